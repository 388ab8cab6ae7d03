//! ADD COLUMN on one table, UPDATE it from another, DROP COLUMN there: a column moved, both kept in step while code moves.
//!
//! Where the tables have triggers that work on each other, ours would make writes fail: then code writes both sides.

use super::indexes::build;
use super::moved_sync::Synced;
use super::sides::{Sides, let_be_null, looks_at_text};
use super::sql::{
    LOCK_FAILURE, add_column, drop_column, has_expression_default, is_text, keeping_stamps, literal_default,
    set_default,
};
use super::sync::cascades;
use super::{ENGINES, add_column as adding, drop_column as dropping, redefine_column};
use crate::change::{Change, ColumnDef, Expr, Ident, Nullability, Volatility};
use crate::draft::{Draft, Run, StepDraft};
use crate::order::{Gather, GatherAll, PushAll};
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{undo_outside, verify};
use crate::recipes::shared::key;
use crate::recipes::shared::moved::{Move, Ratio, by_join, by_subquery};
use crate::recipes::shared::pairs::Pair;
use crate::report::PhaseName::{Contract, Expand, Migrate, Switch};
use crate::request::DualWrite;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "mysql-move-column",
    title: "Column moved to another table, both kept in step while code moves",
    for_engine: ENGINES,
    starts: |change| matches!(change, Change::AddColumn { .. }),
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let cx = ahead.cx;
    let script = Move::read(ahead, |sql, table| by_join(sql, table).or_else(|| by_subquery(sql, table)))?;
    let (old, new) = (script.old, script.column);
    let added = script.again.unwrap_or(new);
    let same_type = |column: &ColumnDef| {
        let (old, new) = (old.data_type.as_ref(), column.data_type.as_ref());
        old.zip(new).is_some_and(|(old, new)| old.same_but_charset(new))
    };
    let bare = new.default.as_ref().is_none_or(|d| d.text.trim().eq_ignore_ascii_case("null"));
    if !same_type(new) || !same_type(added) || !bare || !super::computed::can_go(&cx, script.from, old) {
        return None;
    }
    let text = text(&cx, &script)?;
    let members = script.members.clone();
    let sync = Synced { cx, script };
    let asked = cx.world.options.dual_write == DualWrite::Trigger;
    let unable = if asked { unable(&sync) } else { None };
    let moved = Moved { cx, script: &sync.script, sync: &sync, text, by_trigger: asked && unable.is_none(), unable };
    Some(Joint::of(moved.draft(), members))
}

/// What a trigger writes fires none that may write the table of the statement (error 1442).
const OTHERS_STAY: &str = "that of the other rows is not changed: the comparisons show where they differ.";

/// Why no triggers keep both right.
fn unable(sync: &Synced<'_>) -> Option<String> {
    let Move { from, to, .. } = sync.script;
    let (old, new) = (sync.script.old_name(), sync.script.new_name());
    let why = if let Some(trigger) = sync.entangled() {
        format!("Trigger {trigger} works on the other table, so triggers of ours would make writes fail (error 1442)")
    } else if has_expression_default(sync.script.old) && sync.may_follow() {
        format!("No trigger tells the default of {old}, which is computed for each row, from a value that was given")
    } else if let Some(value) = sync.stand_in().filter(|_| sync.script.ratio == Ratio::Fan && !sync.comes_first()) {
        format!(
            "Rows of {to} without a row in {from} hold {value} in {new}, and no trigger tells that from a value that was given when \
             the row of {from} comes later"
        )
    } else {
        return None;
    };
    Some(format!("{why}: code writes both sides instead."))
}

/// See [`looks_at_text`].
fn text(cx: &Cx<'_>, script: &Move<'_>) -> Option<Option<StepDraft>> {
    let schema = cx.world.schema;
    let (from, to) = (schema.table(script.from)?, schema.table(script.to)?);
    let key = |pair: &Pair| Some((schema.column(script.from, &pair.from)?, schema.column(script.to, &pair.to)?, true));
    let mut columns = script.keys.iter().map(key).gather_all()?;
    columns.push((script.old, script.again.unwrap_or(script.column), false));
    looks_at_text(cx, [&from.def, &to.def], &columns)
}

struct Moved<'a> {
    cx: Cx<'a>,
    script: &'a Move<'a>,
    sync: &'a Synced<'a>,
    /// See [`looks_at_text`].
    text: Option<StepDraft>,
    by_trigger: bool,
    /// Why not, although that was asked for.
    unable: Option<String>,
}

impl Moved<'_> {
    fn draft(&self) -> Draft {
        let [there, early, back] = match self.by_trigger {
            true => [self.sync.there(), self.sync.early(), self.sync.back()],
            false => Default::default(),
        };
        let (old, new) = (self.script.old_name(), self.script.new_name());
        let (from, to) = (self.script.from, self.script.to);
        let sides = Sides {
            cx: self.cx,
            recipe: RECIPE.id,
            from,
            columns: vec![self.script.old],
            to,
            made: self.prepared().into_iter().chain([self.expand()]).chain(self.text.clone()).gather(),
            there,
            early,
            emptied: None,
            locks: "The reads lock their rows, so that no older value overtakes a newer one.",
            back,
            fill: vec![self.fill(), self.agree()],
            let_go: self.let_go().into_iter().chain(self.script.decision(&self.cx)).gather(),
            finish: self.finish(),
            lost: format!(
                "The old column is dropped; its values live on in {new}, but for rows of {from} without one in {to}."
            ),
            checklist: self.script.habits(&self.cx, self.by_trigger),
            notes: self.notes(),
            old,
            new,
        };
        sides.draft()
    }

    fn interim(&self) -> ColumnDef {
        ColumnDef { nullability: Nullability::Null, text: String::new(), ..self.script.column.clone() }
    }

    fn expand(&self) -> StepDraft {
        let (cx, to) = (&self.cx, self.script.to);
        StepDraft {
            why: "Old code keeps running: it does not know the column and may leave it out.".to_string(),
            transactional: false,
            undo: undo_outside(vec![drop_column(cx, to, &self.script.column.name)]),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(Expand, format!("Add {}", self.script.new_name()), self.added())
        }
    }

    /// The rows that exist get what the server gives them for NOT NULL without a default: those without a row in the other table
    /// keep it.
    fn added(&self) -> Vec<Run> {
        let (cx, script, interim) = (&self.cx, self.script, self.interim());
        match self.sync.stand_in() {
            Some(value) => {
                let text = value.to_string();
                let default = Some(Expr { text, volatility: Volatility::Constant, columns: Vec::new() });
                vec![
                    add_column(cx, script.to, ColumnDef { default, ..interim }),
                    set_default(cx, script.to, &script.column.name, "NULL"),
                ]
            }
            None => vec![add_column(cx, script.to, interim)],
        }
    }

    /// What is made and looked at first: an index by which the rows of one key are found, and whether they agree.
    fn prepared(&self) -> Vec<StepDraft> {
        let (cx, script) = (&self.cx, self.script);
        let value = cx.ident(&script.old.name);
        let value = if is_text(Some(script.old)) { format!("CAST({value} AS BINARY)") } else { value };
        let index = script.many().and_then(|(table, columns)| key::missing_index(cx, table, &columns));
        let index = index.map(|index| build(cx, Expand, &index));
        index.into_iter().chain(script.agreement(cx, &value)).gather()
    }

    /// Along the side that has several: one row of the other may have more than a batch. Those that are read are locked before
    /// the first is written, and DISTINCT sees to that: the server makes a table of them.
    fn fill_fan(&self) -> StepDraft {
        let (cx, old, new, script) = (&self.cx, self.sync.old_side(), self.sync.new_side(), self.script);
        let (column, from, to) = (cx.ident(new.column), cx.name(old.table), cx.name(new.table));
        // Under names of their own, so that the batch may say the columns of its rows.
        let numbered = |between: &str, text: &dyn Fn(&Pair, usize) -> String| {
            script.keys.iter().enumerate().map(|(n, pair)| text(pair, n)).gather().join(between)
        };
        let job = Batches {
            table: new.table.clone(),
            verb: RowVerb::CopyInto {
                into: new.table.clone(),
                head: format!(
                    "UPDATE {to} AS zz_new JOIN (SELECT DISTINCT {}, {} AS zz_value FROM {from} WHERE ({}) IN (SELECT {}",
                    numbered(", ", &|pair, n| format!("{} AS zz_{n}", cx.ident(&pair.from))),
                    cx.ident(old.column),
                    self.sync.by(", ", "\u{1}"),
                    self.sync.by(", ", "\u{2}"),
                ),
                end: format!(
                    ") LOCK IN SHARE MODE) AS zz_old ON {} SET {} WHERE {}\u{1}",
                    numbered(" AND ", &|pair, n| format!("zz_new.{} = zz_old.zz_{n}", cx.ident(&pair.to))),
                    keeping_stamps(cx, new.table, format!("{column} = zz_value")),
                    self.sync.differ(&column, "zz_value")
                ),
            },
            condition: String::new(),
            key: key::of(cx, new.table),
        };
        job.step(cx, Migrate, format!("Fill {} from {}", script.new_name(), script.old_name()))
    }

    /// Along the old table, whose rows are locked before those of the new one, as writers do.
    fn fill(&self) -> StepDraft {
        if self.script.ratio == Ratio::Fan {
            return self.fill_fan();
        }
        let (cx, old, new) = (&self.cx, self.sync.old_side(), self.sync.new_side());
        let (column, value) = (format!("zz_new.{}", cx.ident(new.column)), format!("zz_old.{}", cx.ident(old.column)));
        let mut read: Vec<Ident> = self.script.keys.iter().map(|pair| pair.from.clone()).gather();
        if !read.contains(old.column) {
            read.push(old.column.clone());
        }
        let job = Batches {
            table: old.table.clone(),
            verb: RowVerb::CopyInto {
                into: new.table.clone(),
                head: format!("UPDATE {} AS zz_new JOIN (SELECT {}", cx.name(new.table), cx.idents(&read)),
                end: format!(
                    "LOCK IN SHARE MODE) AS zz_old ON {} SET {} WHERE {}",
                    self.sync.by(" AND ", "zz_new.\u{2} = zz_old.\u{1}"),
                    keeping_stamps(cx, new.table, format!("{column} = {value}")),
                    self.sync.differ(&column, &value)
                ),
            },
            condition: String::new(),
            key: key::of(cx, old.table),
        };
        job.step(cx, Migrate, format!("Fill {} from {}", self.script.new_name(), self.script.old_name()))
    }

    fn agree(&self) -> StepDraft {
        let (cx, old, new) = (&self.cx, self.sync.old_side(), self.sync.new_side());
        verify(
            Migrate,
            format!("Compare {} with {}", self.script.new_name(), self.script.old_name()),
            format!(
                "SELECT COUNT(*) FROM {} AS b JOIN {} AS a ON {} WHERE {}",
                cx.name(new.table),
                cx.name(old.table),
                self.sync.by(" AND ", "b.\u{2} = a.\u{1}"),
                self.sync.differ(&format!("b.{}", cx.ident(new.column)), &format!("a.{}", cx.ident(old.column)))
            ),
            "0",
            "Run the backfill again and compare again. If rows keep coming, something writes past the triggers: a foreign \
             key cascade, an older instance.",
        )
    }

    fn let_go(&self) -> Option<StepDraft> {
        let (cx, from, old) = (&self.cx, self.script.from, self.script.old);
        // Code that writes both sides leaves the column out only when nothing is carried back.
        match self.script.not_null || !self.by_trigger {
            true => None,
            false => let_be_null(cx, from, &[old], &self.script.new_name()),
        }
        .or_else(|| dropping::optional(cx, from, &old.name).map(|step| StepDraft { phase: Switch, ..step }))
    }

    /// The column ends NOT NULL.
    fn finish(&self) -> Vec<StepDraft> {
        if !self.script.not_null {
            return Vec::new();
        }
        let (cx, to) = (&self.cx, self.script.to);
        let written = self.script.again.unwrap_or(self.script.column);
        let wanted =
            ColumnDef { nullability: Nullability::NotNull, position: None, text: String::new(), ..written.clone() };
        let interim = ColumnDef { position: None, ..self.interim() };
        vec![redefine_column::no_nulls(cx, Contract, to, &wanted.name), adding::not_null(cx, to, &wanted, interim)]
    }

    fn notes(&self) -> Vec<String> {
        let (cx, from, to) = (&self.cx, self.script.from, self.script.to);
        let mut notes = vec![format!(
            "Values of {from} rows without a row in {to} have no place there: they are gone with {}.",
            self.script.old_name()
        )];
        notes.push_all(self.unable.clone());
        if self.by_trigger {
            let old = self.script.old_name();
            let keys = self.sync.by(" or ", "\u{2}");
            notes.push(match self.script.ratio {
                Ratio::One => format!(
                    "While both live, a new row of {to} without a value takes that of {from}, and a row of {to} whose {keys} changes \
                     takes its value along. An UPDATE of {old} in a row without one in {to} locks the gap there to the end of its \
                     transaction (REPEATABLE READ)."
                ),
                Ratio::Fan | Ratio::Merge => {
                    format!("While both live, a new row of {to} without a value takes that of {from}.")
                }
            });
            notes.push_all(self.script.many_notes(&self.cx, OTHERS_STAY));
            let given = literal_default(self.script.old).filter(|_| self.sync.may_follow());
            notes.push_all(given.map(|default| match self.sync.freed() {
                Some(_) => self.script.default_note(),
                None => format!(
                    "From the switch on, a row of {from} that is added without {old}, or with its default {default}, takes the value of \
                     {to} where that has one."
                ),
            }));
            for pair in &self.script.keys {
                notes.push_all([cascades(cx, from, &pair.from), cascades(cx, to, &pair.to)].into_iter().flatten());
            }
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use crate::request::Request;

    fn planned(schema: &str, columns: &str, by: &str) -> String {
        let report = crate::plan(&Request {
            engine: "mysql:8.4".to_string(),
            sql: format!(
                "ALTER TABLE b ADD COLUMN c varchar(20){columns}; UPDATE b JOIN a ON {by} SET b.c = a.c; ALTER TABLE a DROP COLUMN c"
            ),
            schema: Some(schema.to_string()),
            ..Request::default()
        });
        let steps = report.phases.iter().flat_map(|phase| &phase.steps).map(|step| step.title.clone());
        steps
            .chain(report.checklist)
            .chain(report.assumptions.into_iter().map(|a| a.text))
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn a_character_set_that_does_not_take_the_text_is_no_move() {
        let titles = |of_new: &str, column: &str| {
            let tables = format!(
                "CREATE TABLE a (id int PRIMARY KEY, c varchar(20)) CHARSET utf8mb4; CREATE TABLE b (k int PRIMARY KEY){of_new};"
            );
            planned(&tables, column, "a.id = b.k")
        };
        let (look, moved) = ("Look whether b takes text as a does", "Keep b.c in step");
        let same = titles(" CHARSET utf8mb4", "");
        assert!(same.contains(moved) && !same.contains(look), "{same}");
        let said = titles(" CHARSET latin1", " CHARACTER SET utf8mb4");
        assert!(said.contains(moved) && !said.contains(look), "{said}");
        let unsaid = titles("", "");
        assert!(unsaid.contains(moved) && unsaid.contains(look), "{unsaid}");
        let other = titles(" CHARSET latin1", "");
        assert!(!other.contains(moved), "{other}");
    }

    #[test]
    fn how_many_rows_belong_to_one_decides_how_they_are_kept() {
        let (both, kept) = ("Deploy code that writes both a.c and b.c", "Keep b.c in step");
        let one = planned(
            "CREATE TABLE a (id int PRIMARY KEY, c varchar(20)); CREATE TABLE b (k int UNIQUE);",
            "",
            "a.id = b.k",
        );
        assert!(one.contains(kept) && !one.contains("Decide") && !one.contains("Build index"), "{one}");
        assert!(one.contains("old and new are kept in step by a trigger"), "{one}");
        let merge = planned(
            "CREATE TABLE a (n int PRIMARY KEY, id int, c varchar(20)); CREATE TABLE b (k int PRIMARY KEY);",
            "",
            "a.id = b.k",
        );
        assert!(merge.contains(kept) && merge.contains("Look for rows of a with one id that differ in c"), "{merge}");
        assert!(merge.contains("Build index a_id_idx") && !merge.contains("Decide"), "{merge}");
        assert!(merge.contains("that of the other rows is not changed") && merge.contains("by a trigger"), "{merge}");
        let a = "CREATE TABLE a (id int, m int, c varchar(20), PRIMARY KEY (m, id));";
        let by = "a.id = b.k AND a.m = b.l";
        let fan = |more: &str, columns: &str| {
            planned(
                &format!("{a} CREATE TABLE b (n int PRIMARY KEY, k int, l int, KEY of_a (l, k){more});"),
                columns,
                by,
            )
        };
        let nullable = fan("", "");
        let decided = "Decide from when on rows of b with one k, l may differ";
        assert!(nullable.contains(kept) && nullable.contains(decided), "{nullable}");
        assert!(!nullable.contains("Build index"), "{nullable}");
        // What the server gives rows that have none looks like a value that was given.
        let demanded = fan("", " NOT NULL");
        assert!(demanded.contains(both) && demanded.contains("hold '' in b.c, and no trigger tells"), "{demanded}");
        assert!(demanded.contains("the application writes both, old and new"), "{demanded}");
        let pointing = fan(", FOREIGN KEY (k, l) REFERENCES a (id, m)", " NOT NULL");
        assert!(pointing.contains(kept) && !pointing.contains("no trigger tells"), "{pointing}");
        let neither = planned(
            "CREATE TABLE a (n int PRIMARY KEY, id int, c varchar(20)); CREATE TABLE b (k int);",
            "",
            "a.id = b.k",
        );
        assert!(!neither.contains(both) && !neither.contains(kept), "{neither}");
    }

    /// New code leaves the old column out, and what the server gives it then must not go over what was written to the new one.
    #[test]
    fn a_default_that_no_trigger_tells_from_a_value_is_for_code() {
        let with = |default: &str, key: &str| {
            let a = format!("CREATE TABLE a (id int PRIMARY KEY, c varchar(20) DEFAULT {default});");
            planned(&format!("{a} CREATE TABLE b (k int PRIMARY KEY{key});"), "", "a.id = b.k")
        };
        let (by_code, kept) = ("No trigger tells the default of a.c", "Keep b.c in step");
        let literal = with("'x'", "");
        assert!(literal.contains(kept) && literal.contains("its default only where b has no row for it"), "{literal}");
        let computed = with("(uuid())", "");
        assert!(computed.contains(by_code) && !computed.contains(kept), "{computed}");
        let later = with("(uuid())", ", FOREIGN KEY (k) REFERENCES a (id)");
        assert!(later.contains(kept) && !later.contains(by_code), "{later}");
        let none = with("NULL", "");
        assert!(none.contains(kept) && !none.contains("its default"), "{none}");
    }
}
