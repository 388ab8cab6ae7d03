//! ALTER DOMAIN … ADD or VALIDATE a constraint: the rows of every table of the domain are read with writers waiting.

use super::ENGINE;
use super::sql::dollar;
use crate::change::Change;
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::recipes::shared::draft::{LOCK_FAILURE, draft, verify};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Expand, Migrate};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-domain-constraint",
    title: "Domain constraint added NOT VALID, validated in a window",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::AlterDomainConstraint { name, validate: false, not_valid: false, action } = cx.change else {
        return None;
    };
    let half = Change::AlterDomainConstraint {
        name: name.clone(),
        validate: false,
        not_valid: true,
        action: format!("{} NOT VALID", action.trim()),
    };
    let steps = vec![
        verify(
            Expand,
            format!("List the tables that use domain {name}"),
            format!(
                "SELECT attrelid::regclass, attname FROM pg_attribute WHERE atttypid = {}::regtype AND attnum > 0",
                cx.engine().literal(&cx.name(name))
            ),
            "tables whose rows are known to satisfy the constraint",
            "Repair the rows first: from the next step on, writing such a value fails.",
        ),
        StepDraft {
            why: "NOT VALID: new values are checked from now on, in running connections too; no row is read."
                .to_string(),
            undo: UndoDraft::Action(format!(
                "drop the constraint again: ALTER DOMAIN {} DROP CONSTRAINT",
                cx.name(name)
            )),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(
                Expand,
                format!("Add the constraint to domain {name} without checking rows"),
                vec![cx.run(half)],
            )
        },
        StepDraft {
            why: "All tables of the domain are read; writers wait meanwhile, readers do not. There is no form without \
                  that wait: leave the constraint NOT VALID if it cannot be borne."
                .to_string(),
            undo: UndoDraft::Nothing,
            on_failure: "A row violates it: repair the row, run it again.".to_string(),
            gate: "traffic is low".to_string(),
            ..StepDraft::sql(Migrate, format!("Check the rows of domain {name}, in a window"), vec![validate_all(cx)])
        },
    ];
    Some(draft(&RECIPE, format!("Add a constraint to domain {name}"), steps))
}

/// Validates whatever of the domain is not valid yet: its name may have been chosen by the server.
fn validate_all(cx: &Cx<'_>) -> Run {
    let Change::AlterDomainConstraint { name, .. } = cx.change else {
        return Run { sql: String::new(), change: cx.change.clone() };
    };
    let domain = cx.name(name);
    let body = format!(
        "
DECLARE
  zz_name name;
BEGIN
  FOR zz_name IN SELECT conname FROM pg_constraint WHERE contypid = {}::regtype AND NOT convalidated
  LOOP
    EXECUTE format('ALTER DOMAIN %s VALIDATE CONSTRAINT %I', {}, zz_name);
  END LOOP;
END
",
        cx.engine().literal(&domain),
        cx.engine().literal(&domain)
    );
    let change = Change::AlterDomainConstraint {
        name: name.clone(),
        validate: true,
        not_valid: false,
        action: "VALIDATE CONSTRAINT".to_string(),
    };
    Run { sql: format!("DO {}", dollar(&body)), change }
}
