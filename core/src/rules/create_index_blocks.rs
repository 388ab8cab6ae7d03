//! An index build that makes writers wait.

use super::blocking::{blocked, sentence};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::facts::WorkKind;

/// The rule.
pub const RULE: Rule = Rule {
    id: "create-index-blocks",
    title: "Building the index blocks writes",
    when: "An index is created on a table in use without the online form.",
    effect: "Writes wait until the index is built.",
    why: "The plain form holds a lock that conflicts with every write for the whole build.",
    instead: "PostgreSQL: CREATE INDEX CONCURRENTLY, outside a transaction.\n\
              MySQL and MariaDB: Say ALGORITHM=INPLACE, LOCK=NONE, so that the server refuses rather than blocks; where it does refuse (FULLTEXT, SPATIAL), gh-ost or pt-online-schema-change.\n\
              SQLite: Nothing builds an index beside writers: build it when nobody writes; in WAL mode readers go on.",
    sources: &["PostgreSQL manual: CREATE INDEX, Building Indexes Concurrently", "MySQL manual: Online DDL Operations"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::CreateIndex(_) = &cx.action.change else { return None };
    let blocked =
        blocked(cx, |work| matches!(work, WorkKind::IndexBuild { .. } | WorkKind::Scan { .. } | WorkKind::Rewrite))?;
    Some(RuleFinding {
        severity: blocked.severity,
        message: format!("{} while the index is built, {}.", sentence(&blocked.who), blocked.how_long),
    })
}
