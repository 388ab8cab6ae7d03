//! A change that the server makes by copying the table while writes wait: an empty table of the new shape is filled in
//! batches beside it, triggers keep it in step, one RENAME exchanges the two.
//!
//! A row that the new shape does not take must not stop the application: the triggers and batches write with IGNORE, and
//! the comparison before the exchange finds what was left out or altered.

use super::ENGINES;
use super::sql::{HALF_WAY, LOCK_FAILURE, is_mariadb, is_text, object};
use super::sync::{create_trigger, drop_trigger};
use super::tools::online_change;
use super::window::worst;
use crate::change::{
    Change, ColumnDef, ConstraintKind, Ident, Name, ObjectKind, ObjectVerb, PartitionAction, SessionSetting, TableDef,
    TableOption,
};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::facts::{Algorithm, Blocking};
use crate::order::{Gather, GatherAll, PushAll};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{draft, undo_outside, verify};
use crate::recipes::shared::key::{self, Key};
use crate::recipes::shared::{names, titles};
use crate::recipes::{Cx, Recipe};
use crate::report::OtherWay;
use crate::report::PhaseName::{Contract, Expand, Migrate, Switch};
use crate::schema::Object;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "mysql-copy-and-swap",
    title: "Table changed in a copy beside it, kept in step by triggers and exchanged by one RENAME",
    for_engine: ENGINES,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    several(std::slice::from_ref(cx))
}

/// Changes of one table in one copy; those beside the first that copies only have to fit in.
pub fn several(parts: &[Cx<'_>]) -> Option<Draft> {
    let cx = parts.first()?;
    let table = parts.iter().find_map(|cx| copied(cx.change))?;
    let copies = |cx: &Cx<'_>| {
        cx.effects.algorithm >= Some(Algorithm::InplaceRebuild) && worst(cx).is_some_and(|b| b != Blocking::Nobody)
    };
    let fits = |cx: &Cx<'_>| copied(cx.change) == Some(table) || fits_in(cx.change) == Some(table);
    if !parts.iter().any(copies) || !parts.iter().all(fits) || parts.iter().any(|cx| cx.effects.refused.is_some()) {
        return None;
    }
    let known = cx
        .world
        .schema
        .table(table)
        .filter(|known| known.def.complete && hindrance(cx, table, &known.def).is_none())?;
    let key = match key::of(cx, table) {
        Key::Integer(column) => vec![column],
        Key::Ordered(columns) => columns,
        Key::Storage | Key::Assumed(_) => return None,
    };
    let swap = Swap {
        cx: *cx,
        changes: parts.iter().map(|cx| cx.change).gather(),
        table,
        new: names::helper_beside(cx, table, &["new"]),
        old: names::helper_beside(cx, table, &["old"]),
        action: actions(parts, table)?,
        columns: known.def.columns.iter().filter(|column| column.generated.is_none()).gather(),
        key,
    };
    Some(swap.draft())
}

/// What a table that is made anew anyway takes along: a column that INSERTs leave out.
fn fits_in(change: &Change) -> Option<&Name> {
    match change {
        Change::AddColumn { table, column, .. } if column.constraints.is_empty() && column.auto_number.is_none() => {
            Some(table)
        }
        Change::SetTableOption { table, option: TableOption::Force | TableOption::RowFormat(_) } => Some(table),
        _ => None,
    }
}

/// What follows `ALTER TABLE t` for all of them; partitions come last, without a comma.
fn actions(parts: &[Cx<'_>], table: &Name) -> Option<String> {
    let partitions = |cx: &&Cx<'_>| matches!(cx.change, Change::Partition { .. });
    let others = parts.iter().filter(|cx| !partitions(cx)).map(|cx| action(cx, table)).gather_all()?;
    let last = parts.iter().filter(partitions).map(|cx| action(cx, table)).gather_all()?;
    let all = std::iter::once(others.join(", ")).chain(last).filter(|text| !text.is_empty());
    Some(all.gather().join(" "))
}

/// The table of a change whose copy keeps the rows, their keys and the names of the columns.
fn copied(change: &Change) -> Option<&Name> {
    match change {
        Change::SetTableOption { table, option } => {
            let shape = matches!(option, TableOption::ConvertCharset(_) | TableOption::Engine(_));
            shape.then_some(table)
        }
        Change::Partition { table, action } => {
            use PartitionAction::{Add, Coalesce, PartitionBy, RemovePartitioning, Reorganize};
            matches!(action, Add | Coalesce | PartitionBy(_) | RemovePartitioning | Reorganize).then_some(table)
        }
        Change::RedefineColumn { table, column, to, .. } if to.name == *column => Some(table),
        Change::AddColumn { table, column, .. } if column.generated.is_some() => Some(table),
        Change::AddConstraint { table, constraint } => {
            matches!(constraint.kind, ConstraintKind::Check { .. }).then_some(table)
        }
        _ => None,
    }
}

/// What hangs on the table that a table of another name would not have, in words: foreign keys, triggers that cannot be
/// carried, and on MySQL the names of CHECKs, which are those of the whole schema.
pub fn hindrance(cx: &Cx<'_>, table: &Name, def: &TableDef) -> Option<&'static str> {
    let schema = cx.world.schema;
    let inline = def.columns.iter().flat_map(|column| &column.constraints);
    let checks = def.constraints.iter().chain(inline).any(|c| matches!(c.kind, ConstraintKind::Check { .. }));
    let triggers = schema.objects_on(ObjectKind::Trigger, table);
    let locks = !is_mariadb(cx) && cx.world.target.version.at_least(8, 0, 13);
    if !schema.foreign_keys(table).is_empty() || !schema.referencing(table).is_empty() {
        Some("foreign keys stay with the old table when two tables exchange their names")
    } else if !triggers.is_empty() && !locks {
        Some(
            "its triggers stay with the old table, and only MySQL 8.0.13 and later rename under LOCK TABLES, so that no \
             write can come before they are made again",
        )
    } else if triggers.iter().any(|trigger| trigger.text.is_empty()) {
        Some("the text of a trigger is not known, which has to be made again")
    } else if checks && !is_mariadb(cx) {
        Some("the names of its CHECKs are those of the whole schema, and taken")
    } else if matches!(key::of(cx, table), Key::Storage | Key::Assumed(_)) {
        Some("it has no key to walk along")
    } else {
        None
    }
}

/// Why a change that could be done in a copy of the table is not.
pub fn why_not(cx: &Cx<'_>) -> Option<&'static str> {
    let table = copied(cx.change)?;
    let known = cx.world.schema.table(table).filter(|known| known.def.complete)?;
    hindrance(cx, table, &known.def)
}

/// What follows `ALTER TABLE t` in the change: as the engine prints it, else as it was pasted.
pub fn action(cx: &Cx<'_>, table: &Name) -> Option<String> {
    let printed = cx.run(cx.change.clone()).sql;
    let head = format!("ALTER TABLE {} ", cx.name(table));
    let pasted = || {
        let words = cx.sql.trim().trim_end_matches(';');
        let starts = words.get(..11).is_some_and(|start| start.eq_ignore_ascii_case("alter table"));
        let rest = words.get(11..).filter(|_| starts)?.trim_start();
        let name = [cx.name(table), table.to_string(), format!("`{}`", table.object.value)];
        name.iter().find_map(|name| rest.strip_prefix(name.as_str())?.strip_prefix(char::is_whitespace))
    };
    let action = printed.strip_prefix(&head).or_else(pasted)?;
    Some(action.split(", ALGORITHM=").next().unwrap_or(action).trim().to_string())
}

/// A table and the one that takes its place.
pub struct Swap<'a> {
    /// What is known.
    pub cx: Cx<'a>,
    /// What makes the new shape of a table like the old one.
    pub changes: Vec<&'a Change>,
    /// The table.
    pub table: &'a Name,
    /// The table of the new shape, until the exchange.
    pub new: Name,
    /// The table as it was, after the exchange.
    pub old: Name,
    /// The changes, as what follows `ALTER TABLE t`.
    pub action: String,
    /// Columns that are written: all but the generated ones.
    pub columns: Vec<&'a ColumnDef>,
    /// By which a row is found in both.
    pub key: Vec<Ident>,
}

impl Swap<'_> {
    fn draft(&self) -> Draft {
        let mut steps = vec![self.make(), self.reshape()];
        steps.push_all(self.carried());
        steps.push(self.drop_old());
        self.framed(&RECIPE, titles::of_several(&self.changes), steps)
    }

    /// The rows carried over under writers, and the exchange.
    pub fn carried(&self) -> [StepDraft; 4] {
        [self.triggers(), self.copy(), self.agree(), self.exchange()]
    }

    /// The draft, with what has to be known of such a copy.
    pub fn framed(&self, recipe: &Recipe, title: String, steps: Vec<StepDraft>) -> Draft {
        Draft {
            checklist: vec![
                format!("Free disk of the size of {} and its indexes once more", self.table),
                format!("Code that writes {} tries a deadlock (error 1213) again", self.table),
            ],
            notes: vec![
                format!(
                    "Until the exchange every write to {0} is done twice. Nothing may alter, truncate or load {0} \
                     meanwhile: TRUNCATE fires no trigger.",
                    self.table
                ),
                format!(
                    "If the triggers were dropped and made again, empty {} first: the batches never repair a stale row.",
                    self.new
                ),
                "CREATE TRIGGER needs the TRIGGER right, and with binary logging either SUPER or \
                 log_bin_trust_function_creators = 1 (else error 1419)."
                    .to_string(),
            ],
            ..draft(recipe, title, steps)
        }
    }

    fn make(&self) -> StepDraft {
        let (cx, new) = (&self.cx, &self.new);
        let def = TableDef { like: Some(self.table.clone()), ..TableDef::new(new.clone()) };
        let run = Run {
            sql: format!("CREATE TABLE {} LIKE {}", cx.name(new), cx.name(self.table)),
            change: Change::CreateTable(Box::new(def)),
        };
        StepDraft {
            why: "Empty, with the columns and indexes of the table as it is.".to_string(),
            transactional: false,
            undo: undo_outside(vec![self.drop(new)]),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(Expand, format!("Make a table beside {}", self.table), vec![run])
        }
    }

    fn reshape(&self) -> StepDraft {
        let cx = &self.cx;
        let mut sql = format!("ALTER TABLE {} {}", cx.name(&self.new), self.action);
        let shaped = |change: &&Change| Run { sql: std::mem::take(&mut sql), change: on(change, &self.new) };
        let run = self.changes.iter().map(shaped).gather();
        StepDraft {
            why: "It has no rows yet, so nothing waits and nothing is copied.".to_string(),
            transactional: false,
            // The table goes as a whole with the undo of the step before.
            undo: UndoDraft::Nothing,
            on_failure: LOCK_FAILURE.to_string(),
            other_ways: self.tools(),
            ..StepDraft::sql(Expand, format!("Give {} the new shape", self.new), run)
        }
    }

    fn tools(&self) -> Vec<OtherWay> {
        let mut ways = online_change(&self.cx, self.table, &self.action);
        let only_some = PartitionAction::Reorganize;
        let partial =
            self.changes.iter().any(|c| matches!(c, Change::Partition { action, .. } if *action == only_some));
        if partial {
            ways.push(OtherWay {
                tool: "the server".to_string(),
                when: "the partitions that change hold few rows (a spare last one that is empty): writes wait for as long \
                       as only those are copied. Look first: SELECT partition_name, table_rows FROM \
                       information_schema.partitions."
                    .to_string(),
                command: format!("ALTER TABLE {} {}", self.cx.name(self.table), self.action),
            });
        }
        ways
    }

    /// What makes the triggers on a table, and what drops them. In this order: with the INSERT trigger first, a row deleted
    /// before the others exist would come back.
    fn trigger_runs(&self, table: &Name) -> (Vec<Run>, Vec<Run>) {
        let cx = &self.cx;
        let new = cx.name(&self.new);
        let is = |row: &str| {
            let equal = |column: &Ident| format!("{0} = {row}.{0}", cx.ident(column));
            self.key.iter().map(equal).gather().join(" AND ")
        };
        let values: Vec<String> = self.columns.iter().map(|c| format!("NEW.{}", cx.ident(&c.name))).gather();
        let delete = |row: &str| format!("DELETE FROM {new} WHERE {};", is(row));
        let insert = format!("INSERT IGNORE INTO {new} ({}) VALUES ({});", self.list(), values.join(", "));
        let bodies = [
            ("DELETE", delete("OLD")),
            ("UPDATE", format!("{}\n  {}\n  {insert}", delete("OLD"), delete("NEW"))),
            ("INSERT", format!("{}\n  {insert}", delete("NEW"))),
        ];
        let create = |(event, body): &(&str, String)| {
            let moment = format!("AFTER {event}");
            create_trigger(cx, table, &self.trigger(event), &moment, &format!("BEGIN\n  {body}\nEND"))
        };
        let drop = |(event, _): &(&str, String)| drop_trigger(cx, table, &self.trigger(event));
        (bodies.iter().map(create).gather(), bodies.iter().rev().map(drop).gather())
    }

    fn triggers(&self) -> StepDraft {
        let (create, drop) = self.trigger_runs(self.table);
        StepDraft {
            why: format!(
                "Every write to {} reaches {} in the same transaction. IGNORE, so that a value which the new shape does \
                 not take stops no writer; the comparison below finds it.",
                self.table, self.new
            ),
            transactional: false,
            undo: undo_outside(drop),
            on_failure: HALF_WAY.to_string(),
            ..StepDraft::sql(Expand, format!("Repeat every write to {} in {}", self.table, self.new), create)
        }
    }

    /// Where the old table stays, its triggers do not.
    pub fn drop_triggers(&self) -> StepDraft {
        let (create, drop) = self.trigger_runs(&self.old);
        StepDraft {
            why: format!("They went with {}, which nobody writes: a write there would fail.", self.old),
            transactional: false,
            undo: undo_outside(create),
            on_failure: HALF_WAY.to_string(),
            gate: format!("{} has been right for the soak period", self.table),
            ..StepDraft::sql(Contract, format!("Drop the triggers on {}", self.old), drop)
        }
    }

    fn trigger(&self, event: &str) -> Name {
        let suffix = match event {
            "DELETE" => "ad",
            "UPDATE" => "au",
            _ => "ai",
        };
        names::helper_beside(&self.cx, self.table, &["copy", suffix])
    }

    fn list(&self) -> String {
        self.columns.iter().map(|c| self.cx.ident(&c.name)).gather().join(", ")
    }

    fn copy(&self) -> StepDraft {
        let job = Batches {
            table: self.table.clone(),
            verb: RowVerb::CopyInto {
                into: self.new.clone(),
                head: format!("INSERT IGNORE INTO {} ({1}) SELECT {1}", self.cx.name(&self.new), self.list()),
                end: "LOCK IN SHARE MODE".to_string(),
            },
            condition: String::new(),
            key: key::of(&self.cx, self.table),
        };
        job.step(&self.cx, Migrate, format!("Copy the rows that exist into {}", self.new))
    }

    /// Text is compared letter by letter in one character set, everything else by value.
    fn agree(&self) -> StepDraft {
        let cx = &self.cx;
        let letters = |side: &str, column: &str| format!("CONVERT({side}.{column} USING utf8mb4) COLLATE utf8mb4_bin");
        let same = |column: &&ColumnDef| {
            let name = cx.ident(&column.name);
            match is_text(Some(column)) {
                true => format!("{} <=> {}", letters("a", &name), letters("b", &name)),
                false => format!("a.{name} <=> b.{name}"),
            }
        };
        let joined: Vec<String> = self.key.iter().map(|c| format!("a.{0} = b.{0}", cx.ident(c))).gather();
        let missing = self.key.first().map_or_else(String::new, |c| format!("b.{} IS NULL", cx.ident(c)));
        let sql = format!(
            "SELECT COUNT(*) FROM {} AS a LEFT JOIN {} AS b ON {} WHERE {missing} OR NOT ({})",
            cx.name(self.table),
            cx.name(&self.new),
            joined.join(" AND "),
            self.columns.iter().map(same).gather().join(" AND ")
        );
        verify(
            Migrate,
            format!("Compare {} and {} row by row", self.table, self.new),
            sql,
            "0",
            "Rows that the new shape does not take, or altered: repair them in the table; the trigger carries each repair \
             over. Do not go on before.",
        )
    }

    fn exchange(&self) -> StepDraft {
        let forth = [(self.table, &self.old), (&self.new, self.table)];
        let back = [(self.table, &self.new), (&self.old, self.table)];
        let triggers = self.cx.world.schema.objects_on(ObjectKind::Trigger, self.table);
        let (why, on_failure) = match triggers.is_empty() {
            true => ("", LOCK_FAILURE.to_string()),
            false => (
                " The triggers of the table are made again under the same lock: no write comes in between.",
                format!(
                    "Run it in one session. When the session ends midway its lock is gone: look which names and triggers \
                     are there, run the rest. {LOCK_FAILURE}"
                ),
            ),
        };
        StepDraft {
            why: format!(
                "One atomic statement: there is no moment without the table. The triggers that repeat writes go with the \
                 old one, which nobody writes any more.{why}"
            ),
            transactional: false,
            undo: UndoDraft::Sql {
                run: self.locked(&triggers, &self.old, self.renames(&back)),
                transactional: false,
                lossy: format!(
                    "what was written to {} since the exchange stays in {}: compare, and carry it back by hand",
                    self.table, self.new
                ),
            },
            on_failure,
            gate: "the comparison returned 0 a moment ago".to_string(),
            ..StepDraft::sql(
                Switch,
                format!("Exchange {} and {}", self.table, self.new),
                self.locked(&triggers, &self.new, self.renames(&forth)),
            )
        }
    }

    /// The exchange with the table's own triggers dropped before and made again after it, while nobody can write.
    fn locked(&self, triggers: &[&Object], other: &Name, renames: Vec<Run>) -> Vec<Run> {
        if triggers.is_empty() {
            return renames;
        }
        // What is done under the lock says whom it stops; the lock itself lasts no longer than that.
        let session = |verb: &str, sql: String| {
            let setting = SessionSetting {
                verb: verb.to_string(),
                name: "tables".to_string(),
                value: String::new(),
                local: false,
            };
            Run { sql, change: Change::Session(setting) }
        };
        let (table, other) = (self.cx.name(self.table), self.cx.name(other));
        let about = |verb, trigger: &Object, sql: String| {
            object(verb, ObjectKind::Trigger, &trigger.name, Some(self.table), sql)
        };
        let drop = |t: &&Object| about(ObjectVerb::Drop, t, format!("DROP TRIGGER {}", self.cx.name(&t.name)));
        let make = |t: &&Object| about(ObjectVerb::Create, t, t.text.trim().trim_end_matches(';').to_string());
        let mut run = vec![session("lock", format!("LOCK TABLES {table} WRITE, {other} WRITE"))];
        run.push_all(triggers.iter().map(drop));
        run.push_all(renames);
        run.push_all(triggers.iter().map(make));
        run.push(session("unlock", "UNLOCK TABLES".to_string()));
        run
    }

    /// Several renames in one statement; all of them are changes, the first carries the text.
    fn renames(&self, pairs: &[(&Name, &Name)]) -> Vec<Run> {
        let text: Vec<String> =
            pairs.iter().map(|(from, to)| format!("{} TO {}", self.cx.name(from), self.cx.name(to))).gather();
        let mut sql = format!("RENAME TABLE {}", text.join(", "));
        let change = |from: &Name, to: &Name| Change::RenameTable { table: from.clone(), to: to.clone() };
        pairs.iter().map(|(from, to)| Run { sql: std::mem::take(&mut sql), change: change(from, to) }).gather()
    }

    fn drop(&self, table: &Name) -> Run {
        self.cx.run(Change::drop_table(table.clone()))
    }

    fn drop_old(&self) -> StepDraft {
        StepDraft {
            why: "It still has every row as it was at the exchange; keep it for as long as a fault may show."
                .to_string(),
            transactional: false,
            undo: UndoDraft::Impossible(format!("{} is dropped; the rows are in {}.", self.old, self.table)),
            on_failure: LOCK_FAILURE.to_string(),
            gate: format!("{} has been right for the soak period", self.table),
            ..StepDraft::sql(Contract, format!("Drop {}", self.old), vec![self.drop(&self.old)])
        }
    }
}

/// The same change of another table.
fn on(change: &Change, other: &Name) -> Change {
    let mut change = change.clone();
    match &mut change {
        Change::SetTableOption { table, .. }
        | Change::Partition { table, .. }
        | Change::RedefineColumn { table, .. }
        | Change::AddColumn { table, .. }
        | Change::AddConstraint { table, .. } => *table = other.clone(),
        _ => {}
    }
    change
}
