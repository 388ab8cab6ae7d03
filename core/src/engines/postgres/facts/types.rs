//! ALTER COLUMN … TYPE: what depends on the column, and whether rows are written.

use super::super::answer::Answer;
use super::super::domains::{self, Plain};
use super::super::locks::Mode::AccessExclusive;
use super::super::type_change::{self, Family, Storage};
use super::{Facts, list, same};
use crate::change::{Constraint, ConstraintKind, DataType, Expr, Ident, IndexDef, Name};
use crate::engines::index_cost;
use crate::facts::{Undo, WorkKind};
use crate::source::is_slip;

const SOURCE: &str = "tablecmds.c ATPrepAlterColumnType, ATColumnChangeRequiresRewrite, TryReuseIndex";

/// `ALTER COLUMN … TYPE`.
pub(super) fn change(
    facts: Facts<'_>,
    table: &Name,
    column: &Ident,
    to: &DataType,
    using: Option<&Expr>,
    collation: Option<&Name>,
) -> Answer {
    let from = facts.schema().column(table, column).and_then(|c| c.data_type.as_ref());
    let answer = Answer::observed(SOURCE).lock(table, AccessExclusive).locks(facts.heirs(table), AccessExclusive);
    let answer = refusals(facts, answer, table, column, from, to, using);
    let computed = using.is_some_and(|expr| !is_plain_cast(&expr.text, column, to));
    let (storage, answer) =
        if computed { (Storage::Rewritten, answer) } else { storage(facts, answer, table, column, from, to) };
    let storage = match storage {
        Storage::Kept if collation.is_some() => Storage::Reindexed,
        other => other,
    };
    let answer = match storage {
        Storage::Rewritten | Storage::KeptInUtc => {
            answer.work(WorkKind::Rewrite, table, AccessExclusive).online(
                "a second column of the new type, kept in step by a trigger, filled in batches, and a switch of the application",
            )
        }
        Storage::Kept | Storage::Reindexed => rebuilt(facts, answer, table, column, storage),
    };
    let answer = constraints(facts, answer, table, column, storage);
    // Code sees a domain as the type below it.
    let below = from.filter(|from| from.array == 0).and_then(|from| domains::below(facts.schema(), &from.name()));
    let above = domains::below(facts.schema(), &to.name()).filter(|above| to.array == 0 && !above.bound);
    let seen = above.as_ref().map_or(to, |above| &above.base);
    meaning(answer, table, column, below.as_ref().map(|below| &below.base).or(from), seen, computed)
}

/// What the server will not do.
fn refusals(
    facts: Facts<'_>,
    answer: Answer,
    table: &Name,
    column: &Ident,
    from: Option<&DataType>,
    to: &DataType,
    using: Option<&Expr>,
) -> Answer {
    let views = super::views::readers(facts, table, column);
    let known = facts.table(table);
    let generated = known.and_then(|t| {
        t.def.columns.iter().find(|c| c.generated.as_ref().is_some_and(|g| g.expr.columns.contains(column)))
    });
    let retyped = from.is_none_or(|from| type_change::family(from) != type_change::family(to));
    let bound = known.filter(|_| retyped).and_then(|t| {
        t.def.indexes.iter().filter_map(|i| i.filter.as_ref()).find(|filter| filter.columns.contains(column))
    });
    let has_default = facts.schema().column(table, column).is_some_and(|c| c.default.is_some());
    // A domain over the same type needs no cast, so of a user's types only enums are judged.
    let is_enum = |t: &DataType| facts.schema().enum_labels(&t.name()).is_some();
    let uncastable = from.is_some_and(|from| {
        let from_enum = is_enum(from) && is_built_in(&to.base) && type_change::family(to) != Family::Text;
        let to_enum = is_enum(to) && is_built_in(&from.base);
        type_change::needs_using(from, to)
            || from_enum
            || to_enum
            || (is_enum(from) && is_enum(to) && from.base != to.base)
    });
    answer
        .refuse_if(!views.certain.is_empty(), || {
            format!("{} reads the column; drop it first and make it again afterwards (0A000)", list(views.certain.clone()))
        })
        .assume_if(!views.possible.is_empty(), || {
            format!("{} names {column}, taken to be that of another table; otherwise the server refuses (0A000)", list(views.possible.clone()))
        })
        .assume_if(bound.is_some(), || {
            let filter = bound.map(|filter| filter.text.as_str()).unwrap_or_default();
            format!("the index condition {filter} has a meaning for {}; without one the server refuses (42883)", to.text)
        })
        .refuse_if(generated.is_some(), || {
            format!("generated column {} is computed from {column} (0A000)", generated.map(|c| c.name.value.as_str()).unwrap_or_default())
        })
        .refuse_if(facts.is_partition_key(table, column), || format!("{column} is part of the partition key (42P16)"))
        .refuse_if(uncastable && using.is_none(), || {
            format!("{column} cannot be cast automatically to type {}; the statement needs USING (42804)", to.text)
        })
        .refuse_if(uncastable && has_default, || {
            format!("the default of {column} cannot be cast automatically to type {}; drop it first, set it afterwards (42804)", to.text)
        })
}

/// `USING column`, `USING column::type` and `USING CAST(column AS type)` say no more than no USING.
fn is_plain_cast(text: &str, column: &Ident, to: &DataType) -> bool {
    let squeeze = |text: &str| -> String {
        text.chars().filter(|c| !c.is_whitespace() && *c != '"').collect::<String>().to_ascii_lowercase()
    };
    let mut given = squeeze(text);
    while let Some(inner) = given.strip_prefix('(').and_then(|g| g.strip_suffix(')')) {
        given = inner.to_string();
    }
    let (name, wanted) = (squeeze(&column.value), squeeze(&to.text));
    given == name || given == format!("{name}::{wanted}") || given == format!("cast({name}as{wanted})")
}

/// What a type is below the domains in it; none for one that is no known domain.
fn below(facts: Facts<'_>, data_type: &DataType) -> Option<Plain> {
    let scalar = data_type.array == 0 && !is_built_in(&data_type.base);
    if scalar { domains::below(facts.schema(), &data_type.name()) } else { None }
}

/// What happens to the rows, and what had to be assumed for that.
fn storage(
    facts: Facts<'_>,
    answer: Answer,
    table: &Name,
    column: &Ident,
    from: Option<&DataType>,
    to: &DataType,
) -> (Storage, Answer) {
    let Some(from) = from else {
        let safe = type_change::kept_from(to)
            .map(|types| format!("; if it is {types}, no row is written"))
            .unwrap_or_default();
        let text = format!("the current type of {table}.{column} is not known{safe}");
        return (Storage::Rewritten, answer.assume(text));
    };
    let (from_below, to_below) = (below(facts, from), below(facts, to));
    let checked = to_below.as_ref().is_some_and(|domain| domain.bound) && !from.same_as(to);
    if checked {
        // Every value is held against the domain, and all rows are written for that.
        return (Storage::Rewritten, answer);
    }
    let measured = from_below.is_some() && !from.same_as(to);
    let from = from_below.as_ref().map_or(from, |domain| &domain.base);
    let to = to_below.as_ref().map_or(to, |domain| &domain.base);
    let user_type = |t: &DataType| !is_built_in(&t.base) && facts.schema().enum_labels(&t.name()).is_none();
    if !from.same_as(to) && (user_type(from) || user_type(to)) {
        let odd = if user_type(to) { to.name() } else { from.name() };
        let domain = facts.schema().domain(&odd).is_some();
        let what = if domain { "its constraints are not known" } else { "what it is made of is not known" };
        return (
            Storage::Rewritten,
            answer.assume(format!("{odd} is not a built-in type and {what}; for a domain without constraints over the same type no row is written")),
        );
    }
    if measured && !to.args.is_empty() {
        // Of a value of the domain the server does not know the length (seen on 11, 14 and 18).
        return (Storage::Rewritten, answer);
    }
    match type_change::storage(from, to) {
        Storage::KeptInUtc if facts.since(12) && facts.schema().in_utc() == Some(true) => (Storage::Reindexed, answer),
        Storage::KeptInUtc if facts.since(12) && facts.schema().in_utc().is_none() => (
            Storage::KeptInUtc,
            answer.assume("the session's time zone is not known; with SET timezone = 'UTC' no row is written, only indexes on the column are rebuilt"),
        ),
        Storage::KeptInUtc => (Storage::Rewritten, answer),
        other => (other, answer),
    }
}

/// Indexes that are rebuilt although no row is written.
fn rebuilt(facts: Facts<'_>, answer: Answer, table: &Name, column: &Ident, storage: Storage) -> Answer {
    let bound_to_column = |index: &IndexDef| {
        index.filter.as_ref().is_some_and(|f| f.columns.contains(column) || f.text.contains(&column.value))
            || index.parts.iter().any(|p| p.column.is_none() && p.text.contains(&column.value))
    };
    let answer = answer.work(WorkKind::Catalog, table, AccessExclusive).assume_if(facts.table(table).is_none(), || {
        format!("indexes of {table} are not known; expression and partial indexes over {column} are rebuilt")
    });
    let again = |index: &&IndexDef| storage == Storage::Reindexed || bound_to_column(index);
    let indexes = facts.schema().indexes_of_column(table, column).into_iter().filter(again);
    let answer = indexes.fold(answer, |answer, index| {
        answer.build(index_cost::of_index(index, facts.schema()), table, AccessExclusive)
    });
    let keys = facts.schema().constraints_of_column(table, column).into_iter().filter_map(|c| match &c.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => Some(columns),
        ConstraintKind::Check { .. }
        | ConstraintKind::ForeignKey(_)
        | ConstraintKind::Exclude
        | ConstraintKind::NotNull { .. } => None,
    });
    if storage == Storage::Kept {
        return answer;
    }
    keys.fold(answer, |answer, columns| {
        answer.build(index_cost::of_columns(table, columns, facts.schema()), table, AccessExclusive)
    })
}

/// CHECKs are tested again, foreign keys on the column are made again: both sides are locked, and read unless the
/// values stay as they are.
fn constraints(facts: Facts<'_>, answer: Answer, table: &Name, column: &Ident, storage: Storage) -> Answer {
    let kept = storage == Storage::Kept;
    let rewritten = matches!(storage, Storage::Rewritten | Storage::KeptInUtc);
    let own = facts.schema().constraints_of_column(table, column);
    let answer = own.iter().fold(answer, |answer, constraint| match &constraint.kind {
        ConstraintKind::Check { .. } => {
            let tested = !rewritten && !constraint.not_valid && !constraint.not_enforced;
            answer.scan(table, u8::from(tested), AccessExclusive)
        }
        ConstraintKind::ForeignKey(key) => {
            let mut parents = Vec::new();
            facts.add_with_heirs(&key.references, table, &mut parents);
            let scan = WorkKind::ForeignKeyScan { parent: key.references.clone() };
            answer
                .locks(&parents, AccessExclusive)
                .when(!kept && !constraint.not_valid, |a| a.work(scan, table, AccessExclusive))
        }
        ConstraintKind::PrimaryKey { .. }
        | ConstraintKind::Unique { .. }
        | ConstraintKind::Exclude
        | ConstraintKind::NotNull { .. } => answer,
    });
    let primary = facts.schema().primary_key(table).unwrap_or_default();
    let points_here = |constraint: &Constraint| match &constraint.kind {
        ConstraintKind::ForeignKey(key) if key.referenced_columns.is_empty() => primary.contains(column),
        ConstraintKind::ForeignKey(key) => key.referenced_columns.contains(column),
        ConstraintKind::PrimaryKey { .. }
        | ConstraintKind::Unique { .. }
        | ConstraintKind::Check { .. }
        | ConstraintKind::Exclude
        | ConstraintKind::NotNull { .. } => false,
    };
    let referencing = facts.schema().referencing(table);
    referencing.into_iter().filter(|(_, c)| points_here(c)).fold(answer, |answer, (child, constraint)| {
        let name = &child.def.name;
        let scan = WorkKind::ForeignKeyScan { parent: table.clone() };
        answer
            .lock(name, AccessExclusive)
            .when(!kept && !constraint.not_valid && !same(name, table), |a| a.work(scan, name, AccessExclusive))
    })
}

/// What it means for values and for code.
fn meaning(
    answer: Answer,
    table: &Name,
    column: &Ident,
    from: Option<&DataType>,
    to: &DataType,
    computed: bool,
) -> Answer {
    // Arrays are read as what their elements are.
    let element = |of: &DataType| type_change::family(&DataType { array: 0, ..of.clone() });
    let alike = from.is_some_and(|from| {
        from.array == to.array && (from.same_as(to) || (element(from) == element(to) && element(from) != Family::Other))
    });
    let narrows = from.is_none_or(|from| !from.same_as(to) && type_change::narrows(from, to));
    let answer = answer.undo(if narrows || computed { Undo::Lossy } else { Undo::Lossless });
    let answer = if alike && !computed {
        answer.remark(format!(
            "prepared statements that return {column} fail once: cached plan must not change result type"
        ))
    } else {
        answer.breaks(format!("code that reads or writes {table}.{column} as what it was meets {}", to.text))
    };
    answer.when(narrows || computed, |a| a.may_fail(format!("a value of {column} that does not fit {}", to.text)))
}

/// Types that come with the server, by canonical name.
const BUILT_IN: &str = "smallint integer bigint numeric real money boolean varchar char bpchar text name bytea date time timetz \
    timestamp timestamptz interval uuid json jsonb jsonpath xml inet cidr macaddr macaddr8 bit varbit point line lseg box path \
    polygon circle tsvector tsquery oid regclass regtype regproc regprocedure regrole regnamespace regconfig regdictionary \
    regoper regoperator regcollation xid xid8 cid tid pg_lsn pg_snapshot txid_snapshot refcursor int4range int8range numrange \
    tsrange tstzrange daterange int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange";

/// Comes with the server.
pub(in crate::engines::postgres) fn is_built_in(base: &str) -> bool {
    base.starts_with("interval ")
        || base == "double precision"
        || BUILT_IN.split_ascii_whitespace().any(|known| known == base)
}

/// A type that comes with the server, or with another, of which the name is a slip.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    BUILT_IN.split_ascii_whitespace().chain(FOREIGN.split(' ')).find(|known| known.len() > 5 && is_slip(name, known))
}

/// Types of other products.
pub(super) const FOREIGN: &str = "string datetime datetime2 smalldatetime tinyint mediumint double nvarchar longtext mediumtext \
    tinytext ntext blob longblob mediumblob tinyblob clob nclob binary varbinary uniqueidentifier enum set unsigned number \
    decimal character serial bigserial";
