//! RENAME TABLE: one atomic statement puts a view under the old name, so that both names work.

use super::ENGINES;
use super::sql::LOCK_FAILURE;
use crate::change::{Change, Name, TableDef};
use crate::draft::{Draft, Run, StepDraft};
use crate::order::Gather;
use crate::recipes::shared::draft::{draft, undo_outside};
use crate::recipes::shared::names;
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Contract, Expand, Switch};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "mysql-rename-table",
    title: "Table renamed with a view under its old name",
    for_engine: ENGINES,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::RenameTable { table, to } = cx.change else { return None };
    // A view cannot be moved to another database.
    if to.schema.is_some() && to.schema != table.schema {
        return None;
    }
    let new = Name { schema: table.schema.clone(), object: to.object.clone() };
    let rename = Rename {
        cx: *cx,
        old: table,
        view: names::helper_beside(cx, table, &["view"]),
        placeholder: names::helper_beside(cx, table, &["placeholder"]),
        new,
    };
    let steps = vec![
        rename.make_placeholder(),
        rename.make_view(),
        rename.swap(),
        rename.deploy(),
        rename.drop_view(),
        rename.drop_placeholder(),
    ];
    Some(Draft {
        checklist: vec![
            format!(
                "Grants on {} given to every account that has them on {table} (they stay with the name)",
                rename.new
            ),
            format!("No code alters, truncates or puts triggers on {table} by its old name (a view takes none of it)"),
        ],
        notes: vec![
            format!(
                "The view has the columns that {table} has now: a column added before the contract phase is missing in \
                 it until it is created again."
            ),
            "Foreign keys and triggers follow the table. The definer of the view must be an account that stays."
                .to_string(),
        ],
        ..draft(&RECIPE, format!("Rename table {table} to {}", rename.new), steps)
    })
}

struct Rename<'a> {
    cx: Cx<'a>,
    old: &'a Name,
    new: Name,
    /// What the view is called until the swap.
    view: Name,
    /// Where the placeholder table ends up.
    placeholder: Name,
}

impl Rename<'_> {
    fn make_placeholder(&self) -> StepDraft {
        let (cx, new) = (&self.cx, &self.new);
        let def = TableDef { like: Some(self.old.clone()), ..TableDef::new(new.clone()) };
        let run = Run {
            sql: format!("CREATE TABLE {} LIKE {}", cx.name(new), cx.name(self.old)),
            change: Change::CreateTable(Box::new(def)),
        };
        StepDraft {
            why: "Empty, and only there so that a view on the new name can be made before the table has it."
                .to_string(),
            transactional: false,
            undo: undo_outside(vec![self.drop(new)]),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(Expand, format!("Make a placeholder {new}"), vec![run])
        }
    }

    fn drop(&self, table: &Name) -> Run {
        self.cx.run(Change::drop_table(table.clone()))
    }

    fn create_view(&self, name: &Name) -> Run {
        let query = format!("SELECT * FROM {}", self.cx.name(&self.new));
        Run {
            sql: format!("CREATE VIEW {} AS {query}", self.cx.name(name)),
            change: Change::CreateView {
                name: name.clone(),
                replace: false,
                materialized: false,
                query,
                reads: vec![self.new.clone()],
                with_data: true,
            },
        }
    }

    fn drop_view_run(&self, name: &Name) -> Run {
        let change = Change::drop_view(name.clone(), false);
        Run { sql: format!("DROP VIEW {}", self.cx.name(name)), change }
    }

    fn make_view(&self) -> StepDraft {
        StepDraft {
            why: "It will answer to the old name; for now it has one of its own.".to_string(),
            transactional: false,
            undo: undo_outside(vec![self.drop_view_run(&self.view)]),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(Expand, format!("Make a view of {}", self.new), vec![self.create_view(&self.view)])
        }
    }

    fn swap(&self) -> StepDraft {
        let forth = [(&self.new, &self.placeholder), (self.old, &self.new), (&self.view, self.old)];
        let back = [(self.old, &self.view), (&self.new, self.old), (&self.placeholder, &self.new)];
        StepDraft {
            why:
                "One atomic statement: there is no moment in which either name is missing. Reads and writes by the old \
                  name go through the view."
                    .to_string(),
            transactional: false,
            undo: undo_outside(self.renames(&back)),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(
                Expand,
                format!("Give {} its new name and the view the old one", self.old),
                self.renames(&forth),
            )
        }
    }

    /// Several renames in one statement; all of them are changes, the first carries the text.
    fn renames(&self, pairs: &[(&Name, &Name)]) -> Vec<Run> {
        let text: Vec<String> =
            pairs.iter().map(|(from, to)| format!("{} TO {}", self.cx.name(from), self.cx.name(to))).gather();
        let mut sql = format!("RENAME TABLE {}", text.join(", "));
        pairs
            .iter()
            .map(|(from, to)| Run {
                sql: std::mem::take(&mut sql),
                change: Change::RenameTable { table: (*from).clone(), to: (*to).clone() },
            })
            .gather()
    }

    fn deploy(&self) -> StepDraft {
        StepDraft::deploy(
            Switch,
            format!("Deploy code that says {} only", self.new),
            format!("Instances of the old version still work through the view {}.", self.old),
        )
    }

    fn drop_view(&self) -> StepDraft {
        StepDraft {
            why: "Nothing says the old name any more.".to_string(),
            transactional: false,
            undo: undo_outside(vec![self.create_view(self.old)]),
            on_failure: LOCK_FAILURE.to_string(),
            gate: format!("nothing has used {} for the soak period", self.old),
            ..StepDraft::sql(Contract, format!("Drop the view {}", self.old), vec![self.drop_view_run(self.old)])
        }
    }

    fn drop_placeholder(&self) -> StepDraft {
        let def = TableDef { like: Some(self.new.clone()), ..TableDef::new(self.placeholder.clone()) };
        let again = Run {
            sql: format!("CREATE TABLE {} LIKE {}", self.cx.name(&self.placeholder), self.cx.name(&self.new)),
            change: Change::CreateTable(Box::new(def)),
        };
        StepDraft {
            why: "It was always empty.".to_string(),
            transactional: false,
            undo: undo_outside(vec![again]),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(
                Contract,
                format!("Drop the placeholder {}", self.placeholder.object),
                vec![self.drop(&self.placeholder)],
            )
        }
    }
}
