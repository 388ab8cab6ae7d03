//! The column takes more with it.

use super::asking::{list, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ConstraintKind, Ident};
use crate::order::{Gather, PushAll};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "drop-takes-along",
    title: "The column takes more with it",
    when: "A column is dropped that an index, a constraint or a generated column shares with other columns.",
    effect: "PostgreSQL drops the whole index or constraint without a word, up to 14 also stored generated columns that use it; MySQL and MariaDB take the column out of the index, so that a unique index can refuse rows.",
    why: "They cannot exist without the column.",
    instead: "Build what replaces the index or constraint first; then drop the column.",
    sources: &["PostgreSQL manual: ALTER TABLE, DROP COLUMN", "MySQL manual: ALTER TABLE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::DropColumn { table, column, .. } = &cx.action.change else { return None };
    let schema = cx.world.schema;
    let postgres = cx.world.target.engine() == Engine::Postgres;
    if cx.world.target.engine() == Engine::Sqlite || !cx.used(table) {
        return None;
    }
    let indexes =
        schema.indexes_of_column(table, column).into_iter().filter(|i| i.parts.len() > 1 || i.filter.is_some());
    let mut gone: Vec<&Ident> = indexes.filter_map(|i| i.name.as_ref()).map(|name| &name.object).gather();
    let shared = |kind: &ConstraintKind| match kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => columns.len() > 1,
        ConstraintKind::ForeignKey(key) => key.columns.len() > 1,
        ConstraintKind::Check { expr } => expr.columns.len() > 1,
        ConstraintKind::Exclude => true,
        ConstraintKind::NotNull { .. } => false,
    };
    let is_index =
        |kind: &ConstraintKind| matches!(kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. });
    let constraints = schema.constraints_of_column(table, column).into_iter();
    let constraints = constraints.filter(|c| shared(&c.kind) && (postgres || is_index(&c.kind)));
    gone.push_all(constraints.filter_map(|c| c.name.as_ref()));
    if postgres && !cx.world.target.version.at_least(15, 0, 0) {
        let columns = schema.table(table).map(|t| t.def.columns.as_slice()).unwrap_or_default();
        let made_of = columns
            .iter()
            .filter(|c| c.generated.as_ref().is_some_and(|g| g.expr.columns.iter().any(|used| cx.same(used, column))));
        gone.push_all(made_of.map(|c| &c.name));
    }
    gone.dedup();
    if gone.is_empty() {
        return None;
    }
    let how = if postgres { "goes" } else { "loses a column" };
    warn(format!("{} {how} with {column}, without a word.", list(&gone)))
}
