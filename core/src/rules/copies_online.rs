//! The whole table is copied, online or not.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::facts::Algorithm;
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "copies-online",
    title: "The whole table is copied, online or not",
    when: "MariaDB 11.2 or later does with LOCK=NONE what needs a copy.",
    effect: "Writes go on, but the copy takes the table's size on disk, and replicas wait for its whole time.",
    why: "Since 11.2 a copy can run beside writes, so nothing refuses it.",
    instead: "Say ALGORITHM=NOCOPY to have it refused; plan the copy when it is meant.",
    sources: &["MariaDB manual: Online Schema Change"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let new = cx.world.target.engine() == Engine::MariaDb && cx.world.target.version.at_least(11, 2, 0);
    let copies = cx.effects.algorithm == Some(Algorithm::Copy) && !cx.on_new_objects;
    let asked = || [" LOCK = NONE ", " LOCK NONE ", " ALTER ONLINE "].iter().any(|words| cx.statement_says(words));
    if new && copies && asked() { note("Writes go on while the whole table is copied.") } else { None }
}
