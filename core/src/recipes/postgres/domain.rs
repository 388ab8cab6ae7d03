//! ALTER DOMAIN … ADD a constraint or SET NOT NULL: the rows of every table of the domain are read with writers waiting.
//!
//! Observed on 11 to 18: both lock each table SHARE and read it whole, and no CHECK spares SET NOT NULL its scan. So the
//! constraint comes first, NOT VALID, and what is read in the window cannot fail any more.

use super::ENGINE;
use super::sql::{dollar, object};
use crate::change::{Change, Ident, Name, ObjectKind, ObjectVerb};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::Gather;
use crate::recipes::shared::draft::{LOCK_FAILURE, draft, undo, verify};
use crate::recipes::shared::{names, words};
use crate::recipes::{Cx, Recipe, inverse};
use crate::report::PhaseName::{Expand, Migrate};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-domain-constraint",
    title: "Domain constraint added NOT VALID, rows read in a window",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::AlterDomainConstraint { name, validate: false, not_valid: false, action } = cx.change else {
        return None;
    };
    let domain = Domain { cx, name };
    Some(match words::find_clause(action, "check", 0) {
        Some(at) => domain.check(action, action.get(at + "check".len()..).unwrap_or_default()),
        None => domain.not_null(),
    })
}

struct Domain<'a> {
    cx: &'a Cx<'a>,
    name: &'a Name,
}

impl Domain<'_> {
    fn check(&self, action: &str, condition: &str) -> Draft {
        let name = self.name;
        let half = format!("{} NOT VALID", action.trim());
        let undone = match inverse::domain_undo(action) {
            Some(back) => undo(vec![self.alter(&back)]),
            None => UndoDraft::Action(format!("drop the constraint of domain {name} that the server named")),
        };
        let steps = vec![
            self.look(&format!("NOT ({condition})")),
            self.first_half(half, undone),
            StepDraft {
                undo: UndoDraft::Nothing,
                ..self.window(format!("Check the rows of domain {name}, in a window"), vec![self.validate_all()])
            },
        ];
        draft(&RECIPE, format!("Add a constraint to domain {name}"), steps)
    }

    /// SET NOT NULL has no NOT VALID: a CHECK keeps new NULLs out until the scan is done.
    fn not_null(&self) -> Draft {
        let (cx, name) = (self.cx, self.name);
        let helper = cx.ident(&names::helper(cx, &[&name.object.value, "not_null"]));
        let half = format!("ADD CONSTRAINT {helper} CHECK (VALUE IS NOT NULL) NOT VALID");
        let off = format!("DROP CONSTRAINT {helper}");
        let own = Run { sql: cx.sql.to_string(), change: cx.change.clone() };
        let steps = vec![
            self.look("VALUE IS NULL"),
            self.first_half(half.clone(), undo(vec![self.alter(&off)])),
            StepDraft {
                undo: undo(vec![self.add(half), self.alter("DROP NOT NULL")]),
                ..self.window(format!("Set domain {name} NOT NULL, in a window"), vec![own, self.alter(&off)])
            },
        ];
        Draft {
            notes: vec![format!(
                "NOT NULL of a domain holds for every value of the type: a variable of it without a value and a cast of NULL to \
                 it fail too. A NOT NULL on the columns that need it blocks nobody: it can be proved beforehand."
            )],
            ..draft(&RECIPE, format!("Set domain {name} NOT NULL"), steps)
        }
    }

    fn alter(&self, action: &str) -> Run {
        let sql = format!("ALTER DOMAIN {} {action}", self.cx.name(self.name));
        object(ObjectVerb::Alter, ObjectKind::Domain, self.name, None, sql)
    }

    fn add(&self, action: String) -> Run {
        let name = self.name.clone();
        self.cx.run(Change::AlterDomainConstraint { name, validate: false, not_valid: true, action })
    }

    /// Rows against it, where the columns of the domain are known; else the columns.
    fn look(&self, violated: &str) -> StepDraft {
        let (cx, name) = (self.cx, self.name);
        let repair = "Repair the rows first: from the next step on, writing such a value fails.";
        let of_domain = |used: &Name| cx.world.schema.same_relation(used, name);
        let columns: Vec<(&Name, &Ident)> = cx
            .world
            .schema
            .tables_of_type(name)
            .flat_map(|t| t.def.columns.iter().map(move |c| (&t.def.name, c)))
            .filter(|(_, c)| c.data_type.as_ref().is_some_and(|t| of_domain(&t.name())))
            .map(|(table, c)| (table, &c.name))
            .gather();
        let counts = columns.iter().map(|(table, column)| {
            let broken = words::renamed(violated, &Ident::new("value"), &cx.ident(column));
            format!("(SELECT count(*) FROM {} WHERE {broken})", cx.name(table))
        });
        match columns.is_empty() {
            false => {
                let sql = format!("SELECT {}", counts.gather().join(" + "));
                verify(Expand, format!("Count values of domain {name} that break it"), sql, "0", repair)
            }
            true => verify(
                Expand,
                format!("List the columns of domain {name}"),
                format!(
                    "SELECT attrelid::regclass, attname FROM pg_attribute WHERE atttypid = {}::regtype AND attnum > 0",
                    cx.engine().literal(&cx.name(name))
                ),
                "columns whose values are known to satisfy the constraint",
                repair,
            ),
        }
    }

    fn first_half(&self, action: String, undo: UndoDraft) -> StepDraft {
        StepDraft {
            why: "NOT VALID: new values are checked from now on, in running connections too; no table is locked, no row is \
                  read."
                .to_string(),
            undo,
            ..StepDraft::locked(
                Expand,
                format!("Add the constraint to domain {} without checking rows", self.name),
                vec![self.add(action)],
            )
        }
    }

    fn window(&self, title: String, run: Vec<Run>) -> StepDraft {
        StepDraft {
            why: "All tables of the domain are read under SHARE: writers wait meanwhile, readers do not. There is no form \
                  without that wait, and no check spares it: stop before this step if it cannot be borne; new values are checked \
                  all the same."
                .to_string(),
            on_failure: format!("{LOCK_FAILURE} Where a row violates it, nothing is changed: repair the row, run it again."),
            gate: "traffic is low".to_string(),
            ..StepDraft::sql(Migrate, title, run)
        }
    }

    /// Validates whatever of the domain is not valid yet: its name may have been chosen by the server.
    fn validate_all(&self) -> Run {
        let domain = self.cx.engine().literal(&self.cx.name(self.name));
        let body = format!(
            "
DECLARE
  zz_name name;
BEGIN
  FOR zz_name IN SELECT conname FROM pg_constraint WHERE contypid = {domain}::regtype AND NOT convalidated
  LOOP
    EXECUTE format('ALTER DOMAIN %s VALIDATE CONSTRAINT %I', {domain}, zz_name);
  END LOOP;
END
"
        );
        let change = Change::AlterDomainConstraint {
            name: self.name.clone(),
            validate: true,
            not_valid: false,
            action: "VALIDATE CONSTRAINT".to_string(),
        };
        Run { sql: format!("DO {}", dollar(&body)), change }
    }
}
