//! ADD COLUMN on one table, UPDATE it from another, DROP COLUMN there: a column moved, both kept in step while code moves.
//!
//! Each trigger writes only rows that are not right yet, which is what ends the loop, whether or not triggers may fire
//! themselves (`recursive_triggers`).

use super::copy_column::can_go;
use super::sides::{Sides, Trigger};
use super::sql::{LOCK_FAILURE, differs, row_number};
use super::{ENGINE, gone};
use crate::change::{Change, ColumnDef, Ident, IndexDef, Name, Nullability};
use crate::draft::{Run, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{undo, verify};
use crate::recipes::shared::moved::{Move, OTHERS_FOLLOW, Ratio, by_from, by_hand, by_subquery};
use crate::recipes::shared::pairs::each;
use crate::recipes::shared::{key, names};
use crate::report::PhaseName::{Expand, Migrate};
use crate::request::DualWrite;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "sqlite-move-column",
    title: "Column moved to another table, both kept in step while code moves",
    for_engine: ENGINE,
    starts: |change| matches!(change, Change::AddColumn { .. }),
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let cx = ahead.cx;
    let script = Move::read(ahead, |sql, table| by_from(sql, table).or_else(|| by_subquery(sql, table)))?;
    let (old, new) = (script.old, script.column);
    let bare = |c: &ColumnDef| c.default.is_none() && c.nullability != Nullability::NotNull;
    let same_type = match (&new.data_type, &old.data_type) {
        (Some(new), Some(old)) => new.same_as(old),
        (new, old) => new.is_none() && old.is_none(),
    };
    let numbered = |name| cx.world.schema.table(name).is_some_and(|t| row_number(&t.def) == Some("rowid"));
    let by_rowid = numbered(script.to) && cx.world.schema.table(script.to).is_some_and(|t| !t.def.strict);
    let by_trigger = cx.world.options.dual_write == DualWrite::Trigger;
    // Triggers write the row that fired them.
    let by_rowid = by_rowid && (!by_trigger || script.ratio == Ratio::Fan || numbered(script.from));
    can_go(&cx, script.from, &old.name)?;
    if !same_type || !bare(old) || !bare(new) || script.not_null || !by_rowid {
        return None;
    }
    let members = script.members.clone();
    let draft = |draft| Some(Joint::of(draft, members));
    let unique = cx.world.schema.indexes_of_column(script.from, &old.name).iter().any(|index| index.unique);
    if by_trigger && unique {
        let sides = (format!("{}.{}", script.from, old.name), format!("{}.{}", script.to, new.name));
        let why = format!(
            "{} has a unique index: OR REPLACE of a statement holds for what triggers write, too, and would delete whole rows of {}.",
            sides.0, script.from
        );
        return draft(by_hand(RECIPE.id, why, None, (&sides.0, &sides.1)));
    }
    let moved = Moved { cx, script: &script };
    let of_the_new = |run: &Run| matches!(&run.change, Change::CreateIndex(index) if index.table == *script.to);
    let made = moved.prepared().into_iter().flat_map(|step| step.run).filter(of_the_new);
    let added: Vec<Run> = moved.added().into_iter().chain(made).gather();
    let undone = |first: Vec<Run>| gone::taken_back(&cx, script.to, &added, first);
    let sides = moved.sides(by_trigger);
    if !gone::is_native(&cx) {
        sides.anew()?;
        undone(Vec::new())?;
    }
    draft(sides.draft(&|first| undone(first).unwrap_or(UndoDraft::Nothing)))
}

/// Stands for the joining column of the table that has the column.
const OLD: &str = "\u{1}";
/// For that of the one that gets it.
const NEW: &str = "\u{2}";

struct Moved<'a> {
    cx: Cx<'a>,
    script: &'a Move<'a>,
}

/// Table and column of one side, and what stands for a joining column of it in the text of a pair.
type Side<'s> = (&'s Name, &'s Ident, &'static str);

impl<'a> Moved<'a> {
    fn trigger(&self, table: &Name, word: &str, body: String) -> Trigger {
        let name = names::helper_beside(&self.cx, table, &[&self.script.column.name.value, word]);
        (name, table.clone(), body)
    }

    /// The joining columns of both tables, each pair in such a text.
    fn by(&self, between: &str, text: &str) -> String {
        each(&self.cx, &self.script.keys, between, text)
    }

    /// What follows in the other table is written; `rows`: those that it is for.
    fn carried(&self, own: Side<'_>, other: Side<'_>, (word, fires): (&str, &str), rows: &str) -> Trigger {
        let (follows, value) = (self.cx.ident(other.1), format!("NEW.{}", self.cx.ident(own.1)));
        let body = format!(
            "AFTER {fires}\nBEGIN\n  UPDATE {} SET {follows} = {value} WHERE {} AND {}{rows};\nEND",
            self.cx.name(other.0),
            self.by(" AND ", &format!("{} = NEW.{}", other.2, own.2)),
            differs(&follows, &value)
        );
        self.trigger(own.0, word, body)
    }

    /// A row made without the column takes the value of the other side instead.
    fn made(&self, own: Side<'_>) -> String {
        format!("INSERT ON {}\nWHEN NEW.{} IS NOT NULL", self.cx.name(own.0), self.cx.ident(own.1))
    }

    /// The side that is written, and the one that follows.
    fn follow(&self, own: Side<'_>, other: Side<'_>) -> [Trigger; 2] {
        let cx = &self.cx;
        let (table, column, key) = (cx.name(own.0), cx.ident(own.1), own.2);
        let (follows, moved) = (cx.ident(other.1), self.moved(key));
        let changed = differs(&format!("NEW.{column}"), &format!("OLD.{column}"));
        let (mut fires, mut when) = (format!("{column}, {}", self.by(", ", key)), format!("{changed} OR {moved}"));
        let [update, insert] = match (self.script.ratio, key == OLD) {
            (Ratio::One, _) | (Ratio::Merge, false) => Default::default(),
            // Those that hold another value have one of their own.
            (Ratio::Fan, true) => {
                [format!(" AND {follows} COLLATE BINARY IS OLD.{column}"), format!(" AND {follows} IS NULL")]
            }
            (Ratio::Fan, false) => {
                let same = self.by(" AND ", &format!("zz_other.{key} = NEW.{key}"));
                let differ = differs(&format!("zz_other.{column}"), &format!("NEW.{column}"));
                let apart = format!("SELECT 1 FROM {table} AS zz_other WHERE {same} AND {differ}");
                let agreed = format!("\n    AND NOT EXISTS ({apart})");
                [agreed.clone(), agreed]
            }
            // A row more brings the value only where there is none: the others hold another one.
            (Ratio::Merge, true) => {
                (fires, when) = (column, format!("{changed} AND NOT ({moved})"));
                [String::new(), format!(" AND {follows} IS NULL")]
            }
        };
        let fires = format!("UPDATE OF {fires} ON {table}\nWHEN {when}");
        [
            self.carried(own, other, ("update", &fires), &update),
            self.carried(own, other, ("insert", &self.made(own)), &insert),
        ]
    }

    /// The row gets another key.
    fn moved(&self, key: &str) -> String {
        self.by(" OR ", &format!("NEW.{key} IS NOT OLD.{key}"))
    }

    /// The row that fired the trigger takes the value of the other side.
    fn taken(&self, own: Side<'_>, other: Side<'_>, when: &str) -> String {
        let cx = &self.cx;
        format!(
            "UPDATE {} SET {} = (SELECT {} FROM {} WHERE {}) WHERE rowid = NEW.rowid{when};",
            cx.name(own.0),
            cx.ident(own.1),
            cx.ident(other.1),
            cx.name(other.0),
            self.by(" AND ", &format!("{} = NEW.{}", other.2, own.2))
        )
    }

    /// A row made without the column takes the value of the other side.
    fn filled(&self, own: Side<'_>, other: Side<'_>) -> Trigger {
        let (table, column) = (self.cx.name(own.0), self.cx.ident(own.1));
        let body =
            format!("AFTER INSERT ON {table}\nWHEN NEW.{column} IS NULL\nBEGIN\n  {}\nEND", self.taken(own, other, ""));
        self.trigger(own.0, "filled", body)
    }

    /// A row of the many gets another key.
    fn along(&self, own: Side<'_>, word: &str, statements: &[String]) -> Trigger {
        let body = format!(
            "AFTER UPDATE OF {} ON {}\nWHEN ({}) AND {}\nBEGIN\n  {}\nEND",
            self.by(", ", own.2),
            self.cx.name(own.0),
            self.moved(own.2),
            self.by(" AND ", &format!("NEW.{} IS NOT NULL", own.2)),
            statements.join("\n  ")
        );
        self.trigger(own.0, word, body)
    }

    /// From old to new, the same as long as only old code writes, and from new to old.
    fn triggers(&self) -> [Vec<Trigger>; 3] {
        let (cx, script) = (&self.cx, self.script);
        let (old, new): (Side<'_>, Side<'_>) =
            ((script.from, &script.old.name, OLD), (script.to, &script.column.name, NEW));
        let (mut there, mut back) = (self.follow(old, new).to_vec(), self.follow(new, old).to_vec());
        there.push(self.filled(new, old));
        let kept = |of: Side<'_>| format!(" AND NEW.{0} COLLATE BINARY IS OLD.{0}", cx.ident(of.1));
        let early = match script.ratio {
            Ratio::One => {
                back.push(self.filled(old, new));
                Vec::new()
            }
            Ratio::Fan => vec![
                self.along(new, "along", &[self.taken(new, old, &kept(new))]),
                self.carried(old, new, ("all", &self.made(old)), ""),
            ],
            Ratio::Merge => {
                let (table, column) = (cx.name(new.0), cx.ident(new.1));
                let found = self.by(" AND ", "\u{2} = NEW.\u{1}");
                let brought = |when: &str| {
                    let value = format!("NEW.{}", cx.ident(old.1));
                    format!(
                        "UPDATE {table} SET {column} = {value} WHERE {found} AND {column} IS NULL AND {value} IS NOT NULL{when};"
                    )
                };
                let there = format!("{} AND EXISTS (SELECT 1 FROM {table} WHERE {found})", kept(old));
                let changed = kept(old).replace(" IS OLD", " IS NOT OLD");
                back.push_all([
                    self.filled(old, new),
                    self.along(old, "along", &[self.taken(old, new, &there), brought(&changed)]),
                ]);
                vec![self.along(old, "brought", &[brought("")])]
            }
        };
        [there, early, back]
    }

    fn added(&self) -> [Run; 1] {
        let column = Box::new(ColumnDef { text: String::new(), ..self.script.column.clone() });
        [self.cx.run(Change::AddColumn { table: self.script.to.clone(), column, if_not_exists: false })]
    }

    fn sides(&self, by_trigger: bool) -> Sides<'a> {
        let script = self.script;
        let (from, to) = (script.from, script.to);
        let (old, new) = (script.old_name(), script.new_name());
        let mut notes =
            vec![format!("Values of {from} rows without a row in {to} have no place there: they are gone with {old}.")];
        let [there, early, back] = if by_trigger { self.triggers() } else { Default::default() };
        if by_trigger {
            let keys = self.by(" or ", "\u{2}");
            notes.push(match script.ratio {
                Ratio::One => format!(
                    "While both live, a new row without a value takes that of its counterpart in {from} or {to}, and a row of {to} \
                     whose {keys} changes takes its value along."
                ),
                Ratio::Fan | Ratio::Merge => {
                    format!("While both live, a new row of {to} without a value takes that of {from}.")
                }
            });
            notes.push_all(script.many_notes(&self.cx, OTHERS_FOLLOW));
        }
        Sides {
            cx: self.cx,
            recipe: RECIPE.id,
            from,
            columns: vec![&script.old.name],
            to,
            first: self.prepared(),
            decide: script.decision(&self.cx),
            made: self.added().to_vec(),
            there,
            early,
            back,
            fill: [self.fill(&old, &new), self.agree(&old, &new)],
            checklist: script.habits(&self.cx, by_trigger),
            notes,
            old,
            new,
        }
    }

    /// What is made and looked at first: an index by which the rows of one key are found, and whether they agree.
    fn prepared(&self) -> Vec<StepDraft> {
        let (cx, script) = (&self.cx, self.script);
        let index = script.many().and_then(|(table, columns)| key::missing_index(cx, table, &columns));
        let build = |index: IndexDef| {
            let (table, name) = (index.table.clone(), index.name.clone().unwrap_or_else(|| index.table.clone()));
            let title = format!("Build index {name} on {table}");
            let drop = Change::DropIndex { name, table: None, concurrently: false, if_exists: false, cascade: false };
            StepDraft {
                why: "Rows of one key are found by it. Writers wait while it is built.".to_string(),
                undo: undo(vec![cx.run(drop)]),
                on_failure: LOCK_FAILURE.to_string(),
                ..StepDraft::sql(Expand, title, vec![cx.run(Change::CreateIndex(Box::new(index)))])
            }
        };
        let value = format!("{} COLLATE BINARY", cx.ident(&script.old.name));
        index.map(build).into_iter().chain(script.agreement(cx, &value)).gather()
    }

    fn fill(&self, old: &str, new: &str) -> StepDraft {
        let (cx, script) = (&self.cx, &self.script);
        let (to, column) = (cx.name(script.to), cx.ident(&script.column.name));
        let rows = format!(
            "FROM {} AS zz_old WHERE {}",
            cx.name(script.from),
            self.by(" AND ", &format!("zz_old.\u{1} = {to}.\u{2}"))
        );
        let value = format!("(SELECT zz_old.{} {rows})", cx.ident(&script.old.name));
        let differ = differs(&column, &value);
        // A row that belongs to none of the old table has a value of its own already.
        let there = if script.ratio == Ratio::One { String::new() } else { format!(" AND EXISTS (SELECT 1 {rows})") };
        let job = Batches {
            table: script.to.clone(),
            verb: RowVerb::Update { set: format!("{column} = {value}"), columns: vec![script.column.name.clone()] },
            condition: format!("{differ}{there}"),
            key: key::of(cx, script.to),
        };
        job.step(cx, Migrate, format!("Fill {new} from {old}"))
    }

    fn agree(&self, old: &str, new: &str) -> StepDraft {
        let (cx, script) = (&self.cx, &self.script);
        verify(
            Migrate,
            format!("Compare {new} with {old}"),
            format!(
                "SELECT count(*) FROM {} AS b JOIN {} AS a ON {} WHERE {}",
                cx.name(script.to),
                cx.name(script.from),
                self.by(" AND ", "b.\u{2} = a.\u{1}"),
                differs(&format!("b.{}", cx.ident(&script.column.name)), &format!("a.{}", cx.ident(&script.old.name)))
            ),
            "0",
            "Run the fill again and compare again.",
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::request::{DualWrite, Options, Request};

    fn planned(schema: &str, dual_write: DualWrite) -> String {
        let report = crate::plan(&Request {
            options: Options { dual_write, ..Options::default() },
            engine: "sqlite:3.45".to_string(),
            sql: "ALTER TABLE b ADD COLUMN c TEXT; UPDATE b SET c = (SELECT a.c FROM a WHERE a.id = b.k); ALTER TABLE a DROP COLUMN c"
                .to_string(),
            schema: Some(schema.to_string()),
            ..Request::default()
        });
        let steps = report.phases.iter().flat_map(|phase| &phase.steps);
        steps.map(|step| step.title.clone()).collect::<Vec<_>>().join("\n")
    }

    /// OR REPLACE of the application deletes rows that a trigger meets in a unique index (observed on 3.40).
    #[test]
    fn a_unique_index_of_the_column_is_for_people_where_triggers_write() {
        let decides = |index: &str, dual_write: DualWrite| {
            let tables = "CREATE TABLE a (id INTEGER PRIMARY KEY, c TEXT); CREATE TABLE b (k INTEGER PRIMARY KEY);";
            planned(&format!("{tables} {index}"), dual_write).contains("Decide which values")
        };
        for (index, by_hand) in
            [("", false), ("CREATE INDEX i ON a (c);", false), ("CREATE UNIQUE INDEX i ON a (c);", true)]
        {
            assert_eq!(decides(index, DualWrite::Trigger), by_hand, "{index}");
            assert!(!decides(index, DualWrite::Application), "{index}");
        }
    }

    #[test]
    fn how_many_rows_belong_to_one_decides_how_they_are_kept() {
        let kept = "Add b.c, kept in step by triggers";
        let merge = planned(
            "CREATE TABLE a (n INTEGER PRIMARY KEY, id INT, c TEXT); CREATE TABLE b (k INTEGER PRIMARY KEY);",
            DualWrite::Trigger,
        );
        assert!(merge.contains(kept) && merge.contains("Look for rows of a with one id that differ in c"), "{merge}");
        assert!(merge.contains("Build index a_id_idx") && !merge.contains("Decide"), "{merge}");
        let fan = "CREATE TABLE a (id INTEGER PRIMARY KEY, c TEXT); CREATE TABLE b (n INTEGER PRIMARY KEY, k INT);";
        let whole = planned(&format!("{fan} CREATE INDEX of_a ON b (k, n);"), DualWrite::Trigger);
        assert!(
            whole.contains(kept) && whole.contains("Decide from when on rows of b with one k may differ"),
            "{whole}"
        );
        assert!(!whole.contains("Build index"), "{whole}");
        let part = planned(&format!("{fan} CREATE INDEX of_a ON b (k) WHERE n > 7;"), DualWrite::Trigger);
        assert!(part.contains("Build index b_k_idx"), "{part}");
    }
}
