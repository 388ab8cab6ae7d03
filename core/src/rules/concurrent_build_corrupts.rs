//! This server can corrupt the index.

use super::asking::warn;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "concurrent-build-corrupts",
    title: "This server can corrupt the index",
    when: "PostgreSQL 14.0 to 14.3 builds an index concurrently.",
    effect: "Rows can be missing in the finished index: queries do not find them, unique constraints let duplicates in.",
    why: "A bug in these releases lets a build miss rows of HOT chains.",
    instead: "Upgrade to 14.4 or later first; check indexes built before with amcheck.",
    sources: &["PostgreSQL 14.4 release notes"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let builds = match &cx.action.change {
        Change::CreateIndex(index) => index.concurrently,
        Change::Reindex { concurrently, .. } => *concurrently,
        _ => false,
    };
    let version = cx.world.target.version;
    let hit = cx.world.target.engine() == Engine::Postgres && version.major == 14 && version.minor < 4;
    if builds && hit { warn("Rows can be missing in the finished index.") } else { None }
}
