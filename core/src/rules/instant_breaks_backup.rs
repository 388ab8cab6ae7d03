//! XtraBackup cannot read the table.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::facts::Algorithm;
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "instant-breaks-backup",
    title: "XtraBackup cannot read the table",
    when: "MySQL 8.0.29 to 8.0.31 adds or drops a column INSTANT.",
    effect: "Percona XtraBackup before 8.0.30-23 refuses to back the server up.",
    why: "The format of rows after an instant change was new.",
    instead: "Upgrade the backup tool first, or use ALGORITHM=INPLACE.",
    sources: &["Percona XtraBackup release notes"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (Change::AddColumn { .. } | Change::DropColumn { .. }) = &cx.action.change else { return None };
    let version = cx.world.target.version;
    let hit = cx.world.target.engine() == Engine::MySql && version.at_least(8, 0, 29) && !version.at_least(8, 0, 32);
    let instant = cx.effects.algorithm == Some(Algorithm::Instant);
    if hit && instant { note("An older XtraBackup refuses to back this table up.") } else { None }
}
