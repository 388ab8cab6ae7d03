//! ADD COLUMN … GENERATED ALWAYS AS (…) STORED on a large table: a plain column that a trigger computes, with a check as proof.

use super::parts::{add_not_valid, constraint, constraint_name, validate};
use super::sql::{Trigger, expr, statistics};
use super::{ENGINE, computed, not_null, partitioned};
use crate::change::{Change, ColumnDef, ConstraintKind, Ident, Name, Nullability};
use crate::draft::{Draft, StepDraft};
use crate::order::PushAll;
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{draft, undo};
use crate::recipes::shared::names::fit;
use crate::recipes::shared::{key, names};
use crate::recipes::{Cx, Recipe};
use crate::report::OtherWay;
use crate::report::PhaseName::{Expand, Migrate};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-add-generated",
    title: "Stored generated column as a column that a trigger computes, without a rewrite",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::AddColumn { table, column, .. } = cx.change else { return None };
    let generated = column.generated.as_ref().filter(|g| g.stored)?;
    let table = cx.world.schema.known_name(table);
    let old = partitioned::takes_no_before(cx, table);
    if !column.constraints.is_empty() || old || cx.world.schema.table(table).is_none() {
        return None;
    }
    let value = computed::over_new(cx, table, &generated.expr.text)?;
    let new = New { cx: *cx, table, column, expression: &generated.expr.text };
    Some(Draft {
        checklist: vec![format!(
            "No prepared SELECT * and no COPY {table} FROM without a column list runs on old connections (both fail once a \
             column is added), or connection pools are recycled after the first step"
        )],
        notes: new.notes(),
        ..draft(&RECIPE, format!("Add computed column {table}.{}", column.name), new.steps(value))
    })
}

struct New<'a> {
    cx: Cx<'a>,
    table: &'a Name,
    column: &'a ColumnDef,
    expression: &'a str,
}

impl New<'_> {
    fn name(&self) -> &Ident {
        &self.column.name
    }

    fn steps(&self, value: String) -> Vec<StepDraft> {
        let (cx, table) = (&self.cx, self.table);
        let mut steps = vec![self.expand(value), self.fill()];
        if self.column.nullability == Nullability::NotNull {
            steps.push_all(not_null::prove(cx, Migrate, table, self.name()).steps);
        }
        let name = fit(&format!("{}_{}_computed", table.object, self.name()), cx.engine().ident_limit());
        let condition = format!("{} IS NOT DISTINCT FROM ({})", cx.ident(self.name()), self.expression);
        let kind = ConstraintKind::Check { expr: expr(condition, std::slice::from_ref(self.name())) };
        let proof = constraint(Ident::new(name), kind, true);
        steps.push(add_not_valid(cx, Migrate, table, &proof));
        steps.push(validate(cx, Migrate, table, &constraint_name(cx, table, &proof)));
        steps.push(statistics(cx, Migrate, table, "The server has no statistics on the new column."));
        if let Some(first) = steps.first_mut() {
            first.other_ways = vec![self.in_a_window()];
        }
        steps
    }

    fn expand(&self, value: String) -> StepDraft {
        let cx = &self.cx;
        let column =
            ColumnDef { generated: None, nullability: Nullability::Unsaid, text: String::new(), ..self.column.clone() };
        let trigger = Trigger {
            name: names::helper_beside(cx, self.table, &[&self.name().value, "computed"]),
            table: self.table.clone(),
            fires: "BEFORE INSERT OR UPDATE",
            late: "",
            body: format!("  NEW.{} := {value};\n  RETURN NEW;\n", cx.ident(self.name())),
        };
        let add = Change::AddColumn { table: self.table.clone(), column: Box::new(column), if_not_exists: false };
        let drop = Change::DropColumn {
            table: self.table.clone(),
            column: self.name().clone(),
            if_exists: false,
            cascade: false,
        };
        let mut run = vec![cx.run(add)];
        run.push_all(trigger.create(cx));
        let mut back = trigger.drop(cx);
        back.push(cx.run(drop));
        StepDraft {
            why: "A stored generated column would be computed for every row in a rewrite, while reads and writes wait. The \
                  trigger computes it for every write from now on, whatever code says."
                .to_string(),
            undo: undo(back),
            ..StepDraft::locked(Expand, format!("Add {}.{}, computed by trigger", self.table, self.name()), run)
        }
    }

    fn fill(&self) -> StepDraft {
        let cx = &self.cx;
        let name = cx.ident(self.name());
        let differs = super::sync::differs(self.column.data_type.as_ref(), &name, &format!("({})", self.expression));
        let job = Batches {
            table: self.table.clone(),
            verb: RowVerb::Update { set: format!("{name} = {}", self.expression), columns: vec![self.name().clone()] },
            condition: differs,
            key: key::of(cx, self.table),
        };
        job.step(cx, Migrate, format!("Fill {}.{} for the rows that exist", self.table, self.name()))
    }

    fn in_a_window(&self) -> OtherWay {
        OtherWay {
            tool: "the statement as pasted".to_string(),
            when: "the column has to be a real generated one, and reads and writes can wait for a rewrite of the table"
                .to_string(),
            command: format!("{};", self.cx.sql.trim().trim_end_matches(';')),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![format!(
            "{} does not become a generated column, and cannot be made one later without a rewrite. The difference: a \
             statement that writes it is not refused (428C9) but overruled by the trigger. The check stays as the proof; \
             trigger, check and backfill say the same expression, so change them together.",
            self.name()
        )];
        if self.cx.world.target.version.at_least(18, 0, 0) {
            notes.push(
                "From version 18 on a VIRTUAL generated column is a catalog entry: say VIRTUAL if it is only read, and never \
                 indexed."
                    .to_string(),
            );
        }
        notes.push_all(key::of(&self.cx, self.table).assumption(self.table));
        notes
    }
}
