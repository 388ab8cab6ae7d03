//! A privilege goes to everybody.

use super::asking::{has, note, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ObjectVerb};

/// The rule.
pub const RULE: Rule = Rule {
    id: "grant-to-everybody",
    title: "A privilege goes to everybody",
    when: "GRANT … TO PUBLIC on something in use, or all privileges to a role.",
    effect: "Every role, later ones included, gets it; or the role gets more than it uses.",
    why: "PUBLIC is every role there is and will be.",
    instead: "Name the role and the privileges.",
    sources: &["PostgreSQL manual: GRANT"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Object { verb: ObjectVerb::Grant, .. } = &cx.action.change else { return None };
    let (everybody, all) = (has(cx.sql(), " TO PUBLIC"), has(cx.sql(), "GRANT ALL"));
    let writes = all || ["INSERT", "UPDATE", "DELETE", "TRUNCATE", "CREATE"].iter().any(|word| has(cx.sql(), word));
    if everybody && writes && !cx.on_new_objects {
        warn("Every role may write.")
    } else if everybody {
        note("Every role gets this privilege.")
    } else if all {
        note("The role gets every privilege there is.")
    } else {
        None
    }
}
