//! Strong locks on several tables in one transaction.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::Name;
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "several-tables-locked",
    title: "Two tables locked in one transaction",
    when: "A transaction takes a lock that blocks reads on a second table while it still holds one on a first. A view and the tables that it reads, locked in this order, count as one: so do its readers.",
    effect: "Both tables stand still until COMMIT, and a query that uses both in the other order makes a deadlock.",
    why: "Locks are held to COMMIT: while it waits for the second table, traffic on the first one waits too.",
    instead: "One table per transaction, each with a lock timeout.",
    sources: &["PostgreSQL manual: Explicit Locking, Deadlocks"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let used = |lock: &&crate::facts::Lock| lock.blocks_reads && !cx.world.schema.is_new(&lock.object);
    let taken = cx.effects.locks.iter().find(used)?;
    // Who reads a view locks it first, and then its tables: in the same order.
    let above = |held: &Name| {
        let of =
            |(view, below): &(Name, Vec<Name>)| view == held && below.iter().any(|b| cx.same_table(b, &taken.object));
        cx.session.views.iter().any(of)
    };
    let held = cx.session.held.iter().filter(used);
    let held = held.filter(|held| held.object != taken.object).find(|held| !above(&held.object))?;
    let known = cx.session.held.iter().any(|held| held.blocks_reads && held.object == taken.object);
    (!known).then(|| RuleFinding {
        severity: Severity::Warning,
        message: format!(
            "It waits for {} on {} while the transaction already holds {} on {}: traffic on both waits until COMMIT.",
            taken.mode, taken.object, held.mode, held.object
        ),
    })
}
