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
        ("varchar" | "xml", "text") | ("cidr", "inet") | ("oid", "regclass") | ("regclass", "oid") => Storage::Kept,
        ("text" | "xml", "varchar") if unlimited => Storage::Kept,
        ("bit", "varbit") if unlimited => Storage::Reindexed,
        ("integer", "oid" | "regclass") | ("oid" | "regclass", "integer") => Storage::Reindexed,
        ("timestamp", "timestamptz") | ("timestamptz", "timestamp") if unlimited => Storage::KeptInUtc,
        _ => Storage::Rewritten,
    }
}

fn same_base_kept(from: &DataType, to: &DataType) -> bool {
    let (old, new) = (from.args.as_slice(), to.args.as_slice());
    match base(from) {
        "interval" => interval_kept(from, to),
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

/// Nothing is cut off when the last field is at least as fine as before, and so are the digits of its seconds.
fn interval_kept(from: &DataType, to: &DataType) -> bool {
    const FIELDS: [&str; 6] = ["year", "month", "day", "hour", "minute", "second"];
    let last_field = |t: &DataType| {
        let last = t.base.rsplit(' ').next().unwrap_or_default();
        FIELDS.iter().position(|field| *field == last).unwrap_or(FIELDS.len() - 1)
    };
    let (old, new) = (last_field(from), last_field(to));
    old < new || (old == new && (new < FIELDS.len() - 1 || precision_kept(from, to)))
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

/// No implicit or assignment cast exists, so the server wants a USING clause (42804). Types that are not listed are
/// not judged.
pub(super) fn needs_using(from: &DataType, to: &DataType) -> bool {
    let (old, new) = (base(from), base(to));
    let same_shape = from.array.min(1) == to.array.min(1);
    is_listed(old)
        && is_listed(new)
        && !(family(to) == Family::Text || (same_shape && (old == new || is_text(new) || has_cast(old, new))))
}

fn is_text(base: &str) -> bool {
    matches!(base, "varchar" | "text" | "char" | "bpchar" | "name")
}

/// Implicit and assignment casts (pg_cast), casts to text excepted: every type has those.
fn has_cast(from: &str, to: &str) -> bool {
    let targets: &[&str] = match from {
        "smallint" => &["integer", "bigint", "numeric", "real", "double precision", "oid", "regclass"],
        "integer" => &["smallint", "bigint", "numeric", "real", "double precision", "money", "oid", "regclass"],
        "bigint" => &["smallint", "integer", "numeric", "real", "double precision", "money", "oid", "regclass"],
        "numeric" => &["smallint", "integer", "bigint", "real", "double precision", "money"],
        "real" => &["smallint", "integer", "bigint", "numeric", "double precision"],
        "double precision" => &["smallint", "integer", "bigint", "numeric", "real"],
        "money" => &["numeric"],
        "text" | "varchar" => &["regclass"],
        "date" => &["timestamp", "timestamptz"],
        "time" => &["interval", "timetz"],
        "timetz" => &["time"],
        "timestamp" => &["date", "time", "timestamptz"],
        "timestamptz" => &["date", "time", "timestamp", "timetz"],
        "interval" => &["time"],
        "json" => &["jsonb"],
        "jsonb" => &["json"],
        "inet" => &["cidr"],
        "cidr" => &["inet"],
        "bit" => &["varbit"],
        "varbit" => &["bit"],
        "point" => &["box"],
        "oid" => &["integer", "bigint", "regclass"],
        "regclass" => &["integer", "bigint", "oid"],
        _ => &[],
    };
    targets.contains(&to)
}

/// Types whose casts were tried, each with each.
fn is_listed(base: &str) -> bool {
    matches!(
        base,
        "smallint"
            | "integer"
            | "bigint"
            | "numeric"
            | "real"
            | "double precision"
            | "money"
            | "boolean"
            | "varchar"
            | "char"
            | "text"
            | "name"
            | "bytea"
            | "date"
            | "time"
            | "timetz"
            | "timestamp"
            | "timestamptz"
            | "interval"
            | "uuid"
            | "json"
            | "jsonb"
            | "xml"
            | "inet"
            | "cidr"
            | "macaddr"
            | "bit"
            | "varbit"
            | "point"
            | "box"
            | "oid"
            | "regclass"
            | "xid"
            | "tsvector"
            | "int4range"
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn t(text: &str) -> DataType {
        let (element, array) = text.strip_suffix("[]").map_or((text, 0), |element| (element, 1));
        let (base, args) = element.split_once('(').map_or((element, ""), |(b, a)| (b, a.trim_end_matches(')')));
        let args = args.split(',').filter(|a| !a.is_empty()).map(|a| a.trim().parse().unwrap()).collect();
        DataType { args, array, text: text.to_string(), ..DataType::simple(base) }
    }

    #[test]
    fn every_pair_of_types_does_what_a_server_did() {
        const OBSERVED: &str = include_str!("../../../../tests/fixtures/facts/postgres-types.tsv");
        let mut observed: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        for line in OBSERVED.lines().skip(1) {
            let mut fields = line.split('\t');
            observed.insert((fields.next().unwrap(), fields.next().unwrap()), fields.next().unwrap());
        }
        let types: BTreeSet<&str> = observed.keys().map(|(from, _)| *from).collect();
        let mut wrong = Vec::new();
        for from in &types {
            for to in &types {
                let (old, new) = (t(from), t(to));
                let wanted = observed.get(&(from, to)).copied().unwrap_or("refused without USING");
                let got = match storage(&old, &new) {
                    _ if needs_using(&old, &new) => "refused without USING",
                    Storage::Kept => "kept",
                    Storage::Reindexed | Storage::KeptInUtc => "reindexed",
                    Storage::Rewritten => "rewritten",
                };
                if wanted != got {
                    wrong.push(format!("{from} to {to}: server {wanted}, we {got}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), types.len().pow(2), wrong.join("\n"));
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
            ("bit(8)", "varbit", Storage::Reindexed),
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
