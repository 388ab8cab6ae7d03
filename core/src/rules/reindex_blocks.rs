//! An index rebuild that makes writers wait.

use super::blocking::{blocked, sentence};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::facts::WorkKind;

/// The rule.
pub const RULE: Rule = Rule {
    id: "reindex-blocks",
    title: "Rebuilding the index blocks writes",
    when: "An index is rebuilt without CONCURRENTLY, or moved to another tablespace.",
    effect: "Writes to the table wait until the index is rebuilt, and reads that want this index too.",
    why: "The plain form locks the table against writes and the index against everything.",
    instead: "PostgreSQL: REINDEX … CONCURRENTLY (12 and later); before that, build a second index concurrently and drop the first.\n\
              MySQL and MariaDB: Add a second index in place, then drop the first.\n\
              SQLite: Run it when nobody writes; in WAL mode readers go on.",
    sources: &["PostgreSQL manual: REINDEX"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (Change::Reindex { .. } | Change::AlterIndex { .. }) = &cx.action.change else { return None };
    let rebuilt = |work: &WorkKind| {
        use WorkKind::{IndexBuild, Rewrite, Scan, Unknown};
        matches!(work, IndexBuild { .. } | Scan { .. } | Rewrite | Unknown)
    };
    let blocked = blocked(cx, rebuilt)?;
    Some(RuleFinding {
        severity: blocked.severity,
        message: format!("{} while the index is rebuilt, {}.", sentence(&blocked.who), blocked.how_long),
    })
}
