//! The verdict on a statement as pasted: computed from effects and sizes, never stored.

use super::analyse::Found;
use super::timing::Timing;
use crate::change::{Change, Name, Nullability, ObjectKind, ObjectVerb, PartitionAction};
use crate::engines::{self, Capability};
use crate::facts::{Certainty, Effects, RunningCode, Undo};
use crate::report::{Risk, Severity, Verdict};
use crate::world::{Touched, World};

/// A verdict with its reasons.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub verdict: Verdict,
    pub risk: Risk,
    /// Whole sentences, strongest first.
    pub reasons: Vec<String>,
}

/// Judges one action of a statement. `understood` is the parser's word on the whole statement.
pub(super) fn judge(
    change: &Change,
    effects: &Effects,
    timing: &Timing,
    understood: bool,
    world: &World<'_>,
) -> Judged {
    let mut judged = Judged { verdict: Verdict::Safe, risk: Risk::Low, reasons: Vec::new() };
    let opaque = matches!(change, Change::Opaque { .. });
    if opaque || !understood || effects.certainty == Certainty::Unknown {
        judged.raise(Verdict::RequiresApproval, Risk::High, "what it does could not be told from its text".to_string());
    }
    if destroys_data(change, effects, world) {
        judged.raise(Verdict::RequiresApproval, Risk::High, "data is lost".to_string());
    } else if cannot_be_undone(change, effects, world) {
        judged.raise(Verdict::RequiresApproval, Risk::High, "it cannot be undone".to_string());
    }
    if let Some(refused) = &effects.refused {
        judged.raise(Verdict::NeedsMultiStep, Risk::Medium, format!("the server refuses it as written: {refused}"));
    }
    match &effects.running_code {
        RunningCode::Breaks(what) if !concerns_new_objects(change, world) => {
            judged.raise(Verdict::NeedsMultiStep, Risk::High, format!("running code breaks: {what}"));
        }
        RunningCode::Unknown if !opaque => {
            judged.raise(Verdict::RequiresApproval, Risk::High, "its effect on running code is not known".to_string());
        }
        RunningCode::Breaks(_) | RunningCode::Remark(_) | RunningCode::Works | RunningCode::Unknown => {}
    }
    if refuses_nulls(change, world) {
        let reason = "rows and running code may hold NULL where it is refused from then on".to_string();
        judged.raise(Verdict::NeedsMultiStep, Risk::Medium, reason);
    }
    if avoidable_lock(change, effects, world) {
        let reason = "traffic waits behind its lock, and there is a form that does not block".to_string();
        judged.raise(Verdict::NeedsMultiStep, Risk::Medium, reason);
    }
    let limit = world.options.block_limit_ms as f64 / 1000.0;
    // The high end decides: a table that is read from a slow disk must not come out safe by an average.
    if timing.reads_blocked_high > limit {
        judged.raise(Verdict::NeedsMultiStep, Risk::High, "reads and writes wait longer than the limit".to_string());
    } else if timing.writes_blocked_high > limit {
        judged.raise(Verdict::NeedsMultiStep, Risk::High, "writes wait longer than the limit".to_string());
    } else if timing.blocks_by_unknown_size && !opaque {
        let reason = "traffic waits for as long as the table is large, and its size was not given".to_string();
        judged.raise(Verdict::NeedsMultiStep, Risk::Medium, reason);
    }
    judged
}

impl Judged {
    /// What a rule warns of is not safe, whatever its effects look like on their own: a place in a transaction, say.
    pub(super) fn heed<'a>(&mut self, findings: impl Iterator<Item = &'a Found>) {
        for found in findings {
            let risk = match found.severity {
                Severity::Info => continue,
                Severity::Warning => Risk::Medium,
                Severity::Danger => Risk::High,
            };
            let least =
                if found.rule.ends_with("-loses-data") { Verdict::RequiresApproval } else { Verdict::NeedsMultiStep };
            if self.verdict < least {
                self.raise(least, risk, reason(found.title, &found.message));
            }
            self.risk = self.risk.max(risk);
        }
    }

    fn raise(&mut self, verdict: Verdict, risk: Risk, reason: String) {
        self.verdict = self.verdict.max(verdict);
        self.risk = self.risk.max(risk);
        self.reasons.push(reason);
    }
}

/// A finding as a reason: `refused inside a transaction: the server refuses this …`.
fn reason(title: &str, message: &str) -> String {
    format!("{}: {}", lower(title), lower(message.trim_end_matches('.')))
}

/// First letter in lower case, unless the word is an abbreviation or a keyword.
fn lower(text: &str) -> String {
    let mut chars = text.chars();
    let second = text.chars().nth(1);
    match chars.next() {
        Some(first) if second.is_some_and(char::is_lowercase) => first.to_lowercase().chain(chars).collect(),
        _ => text.to_string(),
    }
}

/// Objects that the script itself made: nobody uses them yet.
pub(super) fn concerns_new_objects(change: &Change, world: &World<'_>) -> bool {
    let tables = change.relations();
    let new = |name: &Name| world.schema.is_new(name) || world.schema.view(name).is_some_and(|view| view.new);
    !tables.is_empty() && tables.into_iter().all(new)
}

/// A new definition makes a column NOT NULL that may hold NULL: the rows have to be filled, and code to be ready, before.
fn refuses_nulls(change: &Change, world: &World<'_>) -> bool {
    let Change::RedefineColumn { table, column, to, .. } = change else { return false };
    let schema = world.schema;
    let nullable = schema.column(table, column).is_some_and(|old| old.nullability != Nullability::NotNull);
    let in_key = schema.primary_key(table).is_some_and(|key| key.contains(column));
    to.nullability == Nullability::NotNull && nullable && !in_key && !concerns_new_objects(change, world)
}

/// DROP INDEX is short once it has its lock; but it queues for the strongest one, and all traffic behind it.
fn avoidable_lock(change: &Change, effects: &Effects, world: &World<'_>) -> bool {
    match change {
        Change::DropIndex { name, concurrently: false, .. } => {
            let online = engines::of(world.target.engine()).can(Capability::ConcurrentIndex, world.target);
            let new = world.schema.index_with_table(name).is_some_and(|(_, table)| world.schema.is_new(table));
            online && !new
        }
        Change::Partition { table, action: PartitionAction::Detach { .. } } => {
            effects.online_form.is_some() && !world.schema.is_new(table)
        }
        _ => false,
    }
}

fn cannot_be_undone(change: &Change, effects: &Effects, world: &World<'_>) -> bool {
    // A label that nobody uses does no harm; that it stays is said as a note.
    let harmless = matches!(change, Change::AddEnumValue { .. } | Change::DropTable { temporary: true, .. });
    matches!(effects.undo, Undo::No) && !harmless && !concerns_new_objects(change, world)
}

/// Rows or values that exist are gone afterwards.
fn destroys_data(change: &Change, effects: &Effects, world: &World<'_>) -> bool {
    let may = match change {
        Change::DropTable { temporary, .. } => !temporary,
        Change::Truncate { .. } | Change::DropColumn { .. } | Change::Delete { .. } => true,
        // Rows named by their key are few, or one batch of a walk over the table: what is written over is said as a note.
        Change::Update { table, columns, filter } => {
            let by_key = matches!(world.touched(table, filter), Touched::Few | Touched::Batch);
            !by_key && !filter.fills_only_nulls(columns)
        }
        Change::Partition { action, .. } => matches!(action, PartitionAction::Drop | PartitionAction::Truncate),
        Change::Object { verb: ObjectVerb::Drop, kind, .. } => matches!(
            kind,
            ObjectKind::Database
                | ObjectKind::Schema
                | ObjectKind::Sequence
                | ObjectKind::Extension
                | ObjectKind::Owned
                | ObjectKind::LargeObject
                | ObjectKind::ForeignTable
                | ObjectKind::Tablespace
        ),
        Change::ChangeColumnType { .. } | Change::RedefineColumn { .. } => effects.undo == Undo::No,
        _ => false,
    };
    may && !concerns_new_objects(change, world)
}
