//! A finished build can be thrown away.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::facts::{Blocking, WorkKind};

/// The rule.
pub const RULE: Rule = Rule {
    id: "build-thrown-away",
    title: "A finished build can be thrown away",
    when: "An index or table is built in place with a short lock_wait_timeout (MySQL, MariaDB).",
    effect: "A transaction that is open at the end makes the exclusive lock time out, and all the work is undone.",
    why: "The metadata lock is needed once more when the build is done.",
    instead: "Look for long transactions before the end comes; give a long build a longer limit, or a tool that swaps tables.",
    sources: &["MySQL manual: Online DDL and Metadata Locks"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    const LONG_S: f64 = 10.0;
    let builds = |kind: &WorkKind| matches!(kind, WorkKind::InplaceRebuild | WorkKind::IndexBuild { .. });
    let work = cx.effects.work.iter().find(|work| builds(&work.kind) && work.blocking == Blocking::Nobody)?;
    let limit = cx.session.timeouts.lock_ms.filter(|_| cx.world.target.engine().is_mysql_family())?;
    let risky = cx.used(&work.table)
        && cx.seconds() > LONG_S
        && (limit as f64) / 1000.0 < cx.world.options.longest_transaction_s;
    if risky { note(format!("A transaction open on {} at its end undoes all of it.", work.table)) } else { None }
}
