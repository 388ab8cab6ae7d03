//! What ALTER COLUMN … TYPE does to the stored rows: the list of changes that write nothing.
//!
//! In: two types. Out: [`Storage`]. Never: keep, where that was not observed. Source: tablecmds.c
//! ATColumnChangeRequiresRewrite and the cast functions' planner support; observed on 11–18.

use crate::change::DataType;

/// What happens to rows and to the plain indexes on the column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    /// Rows and indexes stay.
    Kept,
    /// Rows stay, indexes on the column are rebuilt.
    Reindexed,
    /// Rows stay only when the session's time zone is UTC, since PostgreSQL 12; indexes are rebuilt.
    KeptInUtc,
    /// Table and indexes are written anew.
    Rewritten,
}

/// Kinds of values that applications treat alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Text,
    Number,
    LocalTime,
    ZonedTime,
    Day,
    Span,
    Bits,
    Network,
    Json,
    /// Any other built-in type, or a user's own.
    Other,
}

/// The base name without the fields of `interval day to second`.
fn base(data_type: &DataType) -> &str {
    if data_type.base.starts_with("interval ") { "interval" } else { &data_type.base }
}

/// The family of a type.
pub(super) fn family(data_type: &DataType) -> Family {
    if data_type.array > 0 {
        return Family::Other;
    }
    match base(data_type) {
        "varchar" | "text" | "char" | "bpchar" | "citext" | "name" => Family::Text,
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" | "double" | "oid" => {
            Family::Number
        }
        "timestamp" => Family::LocalTime,
        "timestamptz" => Family::ZonedTime,
        "date" => Family::Day,
        "time" | "timetz" | "interval" => Family::Span,
        "bit" | "varbit" => Family::Bits,
        "inet" | "cidr" => Family::Network,
        "json" | "jsonb" => Family::Json,
        _ => Family::Other,
    }
}

/// What the change does to rows that exist.
pub(super) fn storage(from: &DataType, to: &DataType) -> Storage {
    if from.array != to.array {
        return Storage::Rewritten;
    }
    if from.array > 0 {
        let element_kept = from.base == to.base && (from.args == to.args || to.args.is_empty());
        return if element_kept { Storage::Kept } else { Storage::Rewritten };
    }
    if base(from) == base(to) {
        return if same_base_kept(from, to) { Storage::Kept } else { Storage::Rewritten };
    }
    let unlimited = to.args.is_empty();
    match (from.base.as_str(), to.base.as_str()) {
        ("varchar", "text") => Storage::Kept,
        ("text", "varchar") | ("bit", "varbit") if unlimited => Storage::Kept,
        ("cidr", "inet") => Storage::Kept,
        ("oid", "regclass" | "regproc" | "regtype") => Storage::Kept,
        ("oid", "integer") | ("integer", "oid") => Storage::Reindexed,
        ("timestamp", "timestamptz") | ("timestamptz", "timestamp") if precision_kept(from, to) => Storage::KeptInUtc,
        _ => Storage::Rewritten,
    }
}

fn same_base_kept(from: &DataType, to: &DataType) -> bool {
    let (old, new) = (from.args.as_slice(), to.args.as_slice());
    match base(from) {
        "interval" if from.base == to.base && old == new => true,
        "interval" => fields_kept(to) && (new.is_empty() || precision_kept(from, to)),
        _ if old == new => true,
        "varchar" | "varbit" => match (old, new) {
            (_, []) => true,
            ([old], [new]) => new >= old,
            _ => false,
        },
        "numeric" => match (old, new) {
            (_, []) => true,
            ([p], [q]) => q >= p,
            ([p, s], [q, t]) => q >= p && s == t,
            ([p], [q, 0]) | ([p, 0], [q]) => q >= p,
            _ => false,
        },
        "timestamp" | "timestamptz" | "time" | "timetz" => precision_kept(from, to),
        _ => false,
    }
}

/// No precision means 6 digits, the most there are.
fn precision_kept(from: &DataType, to: &DataType) -> bool {
    let digits = |t: &DataType| t.args.first().copied().unwrap_or(6);
    digits(to) >= digits(from)
}

/// `interval year to month` and the like cut values off; up to seconds nothing is cut.
fn fields_kept(to: &DataType) -> bool {
    to.base == "interval" || to.base.ends_with("second")
}

/// The types from which a change to `to` writes no row, for a sentence; none when every change writes.
pub(super) fn kept_from(to: &DataType) -> Option<String> {
    if to.array > 0 {
        return None;
    }
    let text = base(to);
    Some(match (text, to.args.as_slice()) {
        ("text", _) => "varchar of any length or text".to_string(),
        ("varchar", []) => "varchar of any length or text".to_string(),
        ("varchar", [n]) => format!("varchar({n}) or shorter"),
        ("numeric", []) => "numeric of any precision".to_string(),
        ("numeric", [p]) => format!("numeric({p}) or fewer digits"),
        ("numeric", [p, s]) => format!("numeric(p,{s}) with p up to {p}"),
        ("varbit", []) => "bit or varbit of any length".to_string(),
        ("varbit", [n]) => format!("varbit({n}) or shorter"),
        ("inet", _) => "cidr or inet".to_string(),
        ("timestamp" | "timestamptz" | "time" | "timetz" | "interval", []) => format!("{text} of any precision"),
        ("timestamp" | "timestamptz" | "time" | "timetz" | "interval", [p, ..]) => {
            format!("{text}({p}) or less precise")
        }
        _ => return None,
    })
}

/// Values that fit before may not fit after, or are rounded.
pub(super) fn narrows(from: &DataType, to: &DataType) -> bool {
    let rank = |t: &DataType| match t.base.as_str() {
        "smallint" => Some(1),
        "integer" => Some(2),
        "bigint" => Some(3),
        "numeric" if t.args.is_empty() => Some(4),
        _ => None,
    };
    match (rank(from), rank(to)) {
        (Some(old), Some(new)) => new < old,
        _ => {
            family(from) != family(to)
                || (storage(from, to) == Storage::Rewritten
                    && !matches!((from.base.as_str(), to.base.as_str()), ("real", "double precision" | "double")))
        }
    }
}

/// No implicit or assignment cast exists, so the server wants a USING clause (42804).
pub(super) fn needs_using(from: &DataType, to: &DataType) -> bool {
    use Family::{Bits, Day, Json, LocalTime, Network, Number, Other, Span, Text, ZonedTime};
    if from.array > 0 || to.array > 0 || from.base == to.base {
        return false;
    }
    match (family(from), family(to)) {
        (_, Text) => false,
        (Text, Number | LocalTime | ZonedTime | Day | Span | Bits | Network | Json | Other) => true,
        (Number, LocalTime | ZonedTime | Day | Span | Network | Json) => true,
        (Number, Other) => matches!(to.base.as_str(), "boolean" | "uuid" | "bytea"),
        (Other, Number) => matches!(from.base.as_str(), "boolean" | "uuid"),
        (LocalTime | ZonedTime | Day | Span | Bits | Network | Json | Number | Other, _) => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn t(text: &str) -> DataType {
        let (base, args) = text.split_once('(').map_or((text, ""), |(b, a)| (b, a.trim_end_matches(')')));
        let args = args.split(',').filter(|a| !a.is_empty()).map(|a| a.trim().parse().unwrap()).collect();
        DataType { args, text: text.to_string(), ..DataType::simple(base) }
    }

    #[test]
    fn writes_rows_only_where_it_was_observed() {
        for (from, to, wanted) in [
            ("varchar(10)", "varchar(20)", Storage::Kept),
            ("varchar(10)", "varchar(8)", Storage::Rewritten),
            ("varchar(10)", "text", Storage::Kept),
            ("text", "varchar", Storage::Kept),
            ("text", "varchar(100)", Storage::Rewritten),
            ("varchar", "varchar(100)", Storage::Rewritten),
            ("numeric(10,2)", "numeric(12,2)", Storage::Kept),
            ("numeric(10,2)", "numeric(12,3)", Storage::Rewritten),
            ("numeric(10,2)", "numeric", Storage::Kept),
            ("numeric", "numeric(20,2)", Storage::Rewritten),
            ("integer", "bigint", Storage::Rewritten),
            ("char(10)", "char(20)", Storage::Rewritten),
            ("char(10)", "text", Storage::Rewritten),
            ("timestamp(3)", "timestamp", Storage::Kept),
            ("timestamp", "timestamp(3)", Storage::Rewritten),
            ("timestamp", "timestamptz", Storage::KeptInUtc),
            ("timestamp", "date", Storage::Rewritten),
            ("interval", "interval(3)", Storage::Rewritten),
            ("interval", "interval(6)", Storage::Kept),
            ("interval", "interval day to second", Storage::Kept),
            ("interval", "interval year to month", Storage::Rewritten),
            ("cidr", "inet", Storage::Kept),
            ("inet", "cidr", Storage::Rewritten),
            ("bit(8)", "varbit", Storage::Kept),
            ("bit(8)", "varbit(16)", Storage::Rewritten),
            ("json", "jsonb", Storage::Rewritten),
            ("oid", "integer", Storage::Reindexed),
        ] {
            assert_eq!(storage(&t(from), &t(to)), wanted, "{from} to {to}");
        }
    }

    #[test]
    fn knows_where_a_using_is_wanted() {
        assert!(needs_using(&t("text"), &t("integer")));
        assert!(needs_using(&t("integer"), &t("boolean")));
        assert!(!needs_using(&t("integer"), &t("text")));
        assert!(!needs_using(&t("timestamp"), &t("date")));
    }
}
