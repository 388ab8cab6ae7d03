//! ADD COLUMN, UPDATE … SET it from others, DROP COLUMN those: a rename by copy, a merge or a split, in steps.

use super::drop_column;
use super::replace_column::Replacement;
use super::sql::{Trigger, statistics};
use super::sync::{Sync, differs};
use super::{ENGINE, computed, not_null, partitioned};
use crate::change::{Change, ColumnDef, Ident, Nullability};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::copied::{Filled, Script};
use crate::recipes::shared::draft::{listed, undo, verify};
use crate::recipes::shared::{key, names, words};
use crate::report::PhaseName::{Contract, Expand, Migrate, Switch};
use crate::request::DualWrite;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "postgres-copy-column",
    title: "Columns copied into others and dropped: kept in step while code moves",
    for_engine: ENGINE,
    starts: |change| matches!(change, Change::AddColumn { .. }),
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let cx = ahead.cx;
    let script = Script::read(ahead)?;
    if script.dropped.iter().any(|column| partitioned::is_key(&cx, script.table, column)) {
        return None;
    }
    let members = script.members.clone();
    let draft = script.as_rename(&cx).or_else(|| script.derived(&cx))?;
    Some(Joint::of(draft, members))
}

impl<'a> Script<'a> {
    /// One column copied as it is: both names work until the old one is unused.
    fn as_rename(&self, cx: &Cx<'a>) -> Option<Draft> {
        let ([filled], [from]) = (self.filled.as_slice(), self.dropped.as_slice()) else { return None };
        let known = cx.world.schema.column(self.table, from)?;
        let same_type = known.data_type.as_ref()?.same_as(filled.column.data_type.as_ref()?);
        if words::stored(&filled.value) != **from || !same_type || !filled.column.constraints.is_empty() {
            return None;
        }
        // What the copy leaves behind (indexes, default, keys) is carried over, which the script would lose.
        let to = &filled.column.name;
        let sync = Sync::same_type(self.table, Some(known), from, to);
        let replacement = Replacement {
            cx: *cx,
            table: self.table,
            from,
            to,
            column: Some(known),
            collation: known.collation.as_ref(),
            sync,
            retyped: false,
        };
        let recipe = &super::rename_column::RECIPE;
        let mut draft = replacement.draft(recipe, format!("Move {}.{from} to {to}", self.table));
        draft.recipe = RECIPE.id;
        draft.notes.push(format!(
            "The script copies the values and drops {from}, and with it its indexes, constraints and default; the plan carries \
             them over. Drop those that are not wanted."
        ));
        Some(draft)
    }

    // ---- merge and split

    fn derived(&self, cx: &Cx<'a>) -> Option<Draft> {
        let by_trigger = cx.world.options.dual_write == DualWrite::Trigger;
        let body = if by_trigger { Some(self.body(cx)?) } else { None };
        let derived = Derived { cx: *cx, script: self, body };
        let to: Vec<String> = self.filled.iter().map(|f| f.column.name.to_string()).gather();
        let from: Vec<String> = self.dropped.iter().map(ToString::to_string).gather();
        let mut checklist = vec![
            format!("Code of the switch writes {} and {} in every INSERT and UPDATE", listed(&to), listed(&from)),
            format!(
                "No prepared SELECT * and no COPY {} FROM without a column list runs on old connections, or pools are \
                 recycled after the steps that add or drop a column",
                self.table
            ),
        ];
        let mut notes = Vec::new();
        if by_trigger {
            checklist.push_all(partitioned::none_made(cx, self.table));
            notes.push(format!(
                "There is no way back from {} to {} in general, so the trigger works in one direction, for old code. Code of \
                 the switch writes both; so redeploying the version before it loses nothing.",
                listed(&to),
                listed(&from)
            ));
            notes.push_all(partitioned::is_partitioned(cx, self.table).then(|| {
                format!(
                    "A row that an UPDATE puts into another partition of {} is a new one there: while the trigger is, what of {} is \
                     NULL or its default is computed once more.",
                    self.table,
                    listed(&to)
                )
            }));
        }
        Some(Draft {
            recipe: RECIPE.id,
            title: format!("Make {} of {}.{}", listed(&to), self.table, listed(&from)),
            steps: derived.steps(&to, &from),
            checklist,
            notes,
            as_written: false,
        })
    }

    fn body(&self, cx: &Cx<'_>) -> Option<String> {
        let mut body = String::new();
        for Filled { column, value, .. } in &self.filled {
            let name = cx.ident(&column.name);
            let expression = computed::over_new(cx, self.table, value)?;
            let sources = computed::sources(cx, self.table, value);
            let omitted = match &column.default {
                Some(default) => format!("NEW.{name} IS NULL OR NEW.{name} IS NOT DISTINCT FROM {}", default.text),
                None => format!("NEW.{name} IS NULL"),
            };
            let kept = differs(column.data_type.as_ref(), &format!("NEW.{name}"), &format!("OLD.{name}"));
            body.push_str(&format!(
                "  IF TG_OP = 'INSERT' THEN
    IF {omitted} THEN NEW.{name} := {expression}; END IF;
  ELSIF ({}) AND NOT ({kept}) THEN
    NEW.{name} := {expression};
  END IF;
",
                computed::changed(cx, self.table, &sources)
            ));
        }
        body.push_str("  RETURN NEW;\n");
        Some(body)
    }
}

struct Derived<'a, 'b> {
    cx: Cx<'a>,
    script: &'b Script<'a>,
    /// Of the trigger; none where code writes both.
    body: Option<String>,
}

impl Derived<'_, '_> {
    fn steps(&self, to: &[String], from: &[String]) -> Vec<StepDraft> {
        let (cx, table) = (&self.cx, self.script.table);
        let (to, from) = (listed(to), listed(from));
        let mut steps = vec![self.expand(&to)];
        if self.body.is_none() {
            steps.push(StepDraft::writing(
                format!("{to} and {from}"),
                &from,
                format!(
                    "With each write of {from} it writes {to}, computed as the script does; values of its own come with the next \
                     deploy. The backfill may start only when no older instance runs."
                ),
            ));
        }
        steps.push(self.fill(&to));
        for filled in self.script.filled.iter().filter(|f| f.not_null && f.column.nullability != Nullability::NotNull) {
            steps.push_all(not_null::prove(cx, Migrate, table, &filled.column.name).steps);
        }
        steps.push(statistics(cx, Migrate, table, "The server has no statistics on the new columns."));
        steps.push(self.agree(&to, &from));
        steps.push(StepDraft::deploy(
            Switch,
            format!("Deploy code that reads {to} and writes {to} and {from}"),
            match self.body {
                Some(_) => {
                    "Instances of the version before write the old columns only; the trigger keeps the new ones right for them."
                }
                None => "Instances of the version before still read the old columns.",
            },
        ));
        steps.push_all(self.script.dropped.iter().filter_map(|column| {
            drop_column::optional(cx, table, column).map(|step| StepDraft { phase: Contract, ..step })
        }));
        steps.push(StepDraft::deploy(
            Contract,
            format!("Deploy code that uses {to} only"),
            format!("Nothing may name {from} once they are dropped."),
        ));
        steps.push_all(self.script.dropped.iter().map(|column| drop_column::dependants(cx, table, column)));
        steps.push(self.contract(&from));
        steps
    }

    fn trigger(&self) -> Option<Trigger> {
        let first = self.script.filled.first().map_or("copy", |f| f.column.name.value.as_str());
        Some(Trigger {
            name: names::helper_beside(&self.cx, self.script.table, &[first]),
            table: self.script.table.clone(),
            fires: "BEFORE INSERT OR UPDATE",
            late: "",
            body: self.body.clone()?,
        })
    }

    fn drop(&self, column: &Ident) -> Run {
        let table = self.script.table.clone();
        self.cx.run(Change::DropColumn { table, column: column.clone(), if_exists: false, cascade: false })
    }

    fn expand(&self, to: &str) -> StepDraft {
        let (cx, table) = (&self.cx, self.script.table);
        let add = self.script.filled.iter().map(|filled| {
            let column = ColumnDef { text: String::new(), ..filled.column.clone() };
            cx.run(Change::AddColumn { table: table.clone(), column: Box::new(column), if_not_exists: false })
        });
        let mut run: Vec<Run> = add.gather();
        let trigger = self.trigger();
        run.push_all(trigger.iter().flat_map(|trigger| trigger.create(cx)));
        let mut back: Vec<Run> = trigger.iter().flat_map(|trigger| trigger.drop(cx)).gather();
        back.push_all(self.script.filled.iter().map(|filled| self.drop(&filled.column.name)));
        let (why, how) = match trigger {
            Some(_) => (
                "Old code keeps running: the trigger computes the new columns from what it writes, and leaves alone what newer \
                 code writes itself.",
                ", computed by trigger",
            ),
            None => ("Old code keeps running: it does not know what is new.", ""),
        };
        StepDraft {
            why: why.to_string(),
            undo: undo(back),
            ..StepDraft::locked(Expand, format!("Add {to} to {table}{how}"), run)
        }
    }

    fn fill(&self, to: &str) -> StepDraft {
        let (cx, table) = (&self.cx, self.script.table);
        let set = |f: &Filled<'_>| format!("{} = {}", cx.ident(&f.column.name), f.value);
        let filled = &self.script.filled;
        let job = Batches {
            table: table.clone(),
            verb: RowVerb::Update {
                set: filled.iter().map(set).gather().join(", "),
                columns: filled.iter().map(|f| f.column.name.clone()).gather(),
            },
            condition: self.differing(),
            key: key::of(cx, table),
        };
        job.step(cx, Migrate, format!("Fill {to} for the rows that exist"))
    }

    fn differing(&self) -> String {
        let one = |f: &Filled<'_>| {
            differs(f.column.data_type.as_ref(), &self.cx.ident(&f.column.name), &format!("({})", f.value))
        };
        self.script.filled.iter().map(one).gather().join(" OR ")
    }

    fn agree(&self, to: &str, from: &str) -> StepDraft {
        verify(
            Migrate,
            format!("Compare {to} with {from} row by row"),
            format!("SELECT count(*) FROM {} WHERE {}", self.cx.name(self.script.table), self.differing()),
            "0",
            "Run the backfill again and compare again.",
        )
    }

    fn contract(&self, from: &str) -> StepDraft {
        let trigger = self.trigger();
        let mut run: Vec<Run> = trigger.iter().flat_map(|trigger| trigger.drop(&self.cx)).gather();
        run.push_all(self.script.dropped.iter().map(|column| self.drop(column)));
        let (why, first) = match trigger {
            Some(_) => ("No code writes the old columns, so the trigger has nothing to do.", "Drop the trigger, then "),
            None => ("No code uses the old columns.", "Drop "),
        };
        StepDraft {
            why: why.to_string(),
            undo: UndoDraft::Impossible(format!(
                "The values of {from} are gone with the columns; they only come back from a backup or a copy made before."
            )),
            gate: "no instance of an older version runs and nothing has used the old columns for the soak period"
                .to_string(),
            ..StepDraft::locked(Contract, format!("{first}{from} of {}", self.script.table), run)
        }
    }
}
