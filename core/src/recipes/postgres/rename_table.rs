//! RENAME of a table or view, SET SCHEMA of a table: the old name stays as a view until code has moved.

use super::ENGINE;
use crate::change::{Change, Name, ObjectKind, ObjectVerb, TableOption};
use crate::draft::{Draft, Run, StepDraft};
use crate::order::Gather;
use crate::recipes::shared::draft::{draft, undo, verify};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Contract, Expand, Switch};

use super::sql::{dollar, grants, object, regclass, whole_word};
use crate::recipes::shared::{titles, words};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-rename-table",
    title: "Table or view renamed, its old name kept as a view until the code has moved",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let (old, new, back) = match cx.change {
        Change::Object { verb: ObjectVerb::Rename, kind, name: Some(view), .. }
            if matches!(kind, ObjectKind::View | ObjectKind::MaterializedView) =>
        {
            let new = view.sibling(words::new_name(cx.sql)?.value);
            let sql =
                format!("ALTER {} {} RENAME TO {}", titles::kind_words(*kind), cx.name(&new), cx.ident(&view.object));
            let back = object(ObjectVerb::Rename, *kind, &new, None, sql);
            (view.clone(), new, back)
        }
        Change::RenameTable { table, to } => {
            let new = Name { schema: to.schema.clone().or_else(|| table.schema.clone()), object: to.object.clone() };
            let unqualified = Name { schema: None, object: table.object.clone() };
            (table.clone(), new.clone(), cx.run(Change::RenameTable { table: new, to: unqualified }))
        }
        Change::SetTableOption { table, option: TableOption::Schema(schema) } => {
            let new = Name { schema: Some(schema.clone()), object: table.object.clone() };
            let home = table.schema.clone().unwrap_or_else(|| crate::change::Ident::new("public"));
            let back = Change::SetTableOption { table: new.clone(), option: TableOption::Schema(home) };
            (table.clone(), new, cx.run(back))
        }
        _ => return None,
    };
    let move_it = Move { cx: *cx, old: &old, new: &new, back };
    Some(Draft {
        checklist: vec![
            format!(
                "No code that still uses {old} needs what a view cannot do: COPY {old}, TRUNCATE {old}, ON CONFLICT ON \
                 CONSTRAINT, GROUP BY its key with other columns, ctid, MERGE before version 17, DDL on {old}"
            ),
            format!("No code asks for pg_get_serial_sequence('{old}', …) (a view has none)"),
        ],
        notes: move_it.notes(),
        ..draft(&RECIPE, titles::of(cx.change), move_it.steps())
    })
}

struct Move<'a> {
    cx: Cx<'a>,
    old: &'a Name,
    new: &'a Name,
    back: Run,
}

impl Move<'_> {
    fn steps(&self) -> Vec<StepDraft> {
        let (old, new) = (self.old, self.new);
        let mut steps: Vec<StepDraft> = self.row_security().into_iter().gather();
        steps.push(self.expand());
        steps.push(StepDraft::deploy(
            Switch,
            format!("Deploy code that uses {new}"),
            format!("Old code goes on through the view {old}; reads and writes pass through it to the table."),
        ));
        steps.push(self.unused());
        steps.push(self.contract());
        steps
    }

    /// A plain view reads with its owner's rights and so past row security.
    fn row_security(&self) -> Option<StepDraft> {
        if self.cx.world.target.version.at_least(15, 0, 0) || !self.is_table() {
            return None;
        }
        Some(StepDraft {
            why: "Before version 15 a view reads with the rights of its owner: under row-level security every role \
                  would see every row through it."
                .to_string(),
            ..verify(
                Expand,
                format!("Look whether {} has row-level security", self.old),
                format!("SELECT relrowsecurity FROM pg_class WHERE oid = {}", regclass(&self.cx, self.old)),
                "f",
                "With row-level security this plan must not run: keep the name, or rename in a window together with \
                 the code.",
            )
        })
    }

    fn is_table(&self) -> bool {
        !matches!(self.cx.change, Change::Object { .. }) && self.cx.world.schema.view(self.old).is_none()
    }

    fn expand(&self) -> StepDraft {
        let cx = &self.cx;
        let rename = Run { sql: cx.sql.to_string(), change: cx.change.clone() };
        let drop = self.drop_view();
        StepDraft {
            why:
                "In one transaction the table gets its new name and the old name becomes a view of it, so no statement \
                 of old code ever fails. Indexes, constraints, triggers, rights and foreign keys stay with the table."
                    .to_string(),
            undo: undo(vec![drop, self.back.clone()]),
            ..StepDraft::locked(
                Expand,
                format!("Rename {} to {}, keep the old name as a view", self.old, self.new),
                vec![rename, self.create_view(), self.rights_and_defaults()],
            )
        }
    }

    /// The view: columns by name when they are known, so that a later ADD COLUMN is not half in it.
    fn create_view(&self) -> Run {
        let cx = &self.cx;
        let known = cx.world.schema.table(self.old).filter(|t| t.def.complete && !t.def.columns.is_empty());
        let columns = match known {
            Some(table) => table.def.columns.iter().map(|c| cx.ident(&c.name)).gather().join(", "),
            None => "*".to_string(),
        };
        let query = format!("SELECT {columns} FROM {}", cx.name(self.new));
        let change = Change::CreateView {
            name: self.old.clone(),
            replace: false,
            materialized: false,
            query: query.clone(),
            reads: vec![self.new.clone()],
            with_data: true,
        };
        let option = match cx.world.target.version.at_least(15, 0, 0) {
            true => " WITH (security_invoker = true)",
            false => "",
        };
        Run { sql: format!("CREATE VIEW {}{option} AS {query}", cx.name(self.old)), change }
    }

    /// The rights of the table, and its column defaults (through a view, SET column = DEFAULT would store NULL).
    fn rights_and_defaults(&self) -> Run {
        let cx = &self.cx;
        let (view, table) = (cx.engine().literal(&cx.name(self.old)), regclass(cx, self.new));
        let grants = grants(&table, &view);
        let body = format!(
            "
DECLARE
  zz_row record;
BEGIN
{grants}  FOR zz_row IN SELECT a.attname, pg_get_expr(d.adbin, d.adrelid) AS value
      FROM pg_attrdef AS d JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
      WHERE d.adrelid = {table} AND a.attgenerated = ''
  LOOP
    EXECUTE format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s', {view}, zz_row.attname, zz_row.value);
  END LOOP;
END
"
        );
        let body = match cx.world.target.version.at_least(12, 0, 0) {
            true => body,
            false => body.replace(" AND a.attgenerated = ''", ""),
        };
        object(ObjectVerb::Grant, ObjectKind::View, self.old, Some(self.old), format!("DO {}", dollar(&body)))
    }

    fn drop_view(&self) -> Run {
        self.cx.run(Change::drop_view(self.old.clone(), false))
    }

    fn unused(&self) -> StepDraft {
        let cx = &self.cx;
        verify(
            Contract,
            format!("Look whether {} is still used", self.old),
            format!(
                "SELECT pid, usename, application_name, state, left(query, 100) FROM pg_stat_activity WHERE query ~ {} \
                 AND pid <> pg_backend_pid()",
                whole_word(cx, &self.old.object.value)
            ),
            "no rows, over a week of looks (with pg_stat_statements: no calls that name it)",
            "Find and deploy the code that still uses the old name.",
        )
    }

    fn contract(&self) -> StepDraft {
        let again = vec![self.create_view(), self.rights_and_defaults()];
        StepDraft {
            why: "The view only served old code. No row is touched.".to_string(),
            undo: undo(again),
            gate: "no instance of the old version runs and nothing has used the old name for the soak period"
                .to_string(),
            ..StepDraft::locked(Contract, format!("Drop the view {}", self.old), vec![self.drop_view()])
        }
    }

    fn notes(&self) -> Vec<String> {
        if !self.is_table() {
            return vec![format!(
                "Views over {} follow by themselves. REFRESH and other DDL that says the old name fail: use the new one.",
                self.old
            )];
        }
        let mut notes = vec!["Names of indexes, constraints and sequences keep the old word; rename them later if wanted. Subscribers of \
             logical replication match tables by name: rename there too.".to_string()];
        if self.cx.world.target.version.at_least(15, 0, 0) {
            notes.push(
                "The view runs with the rights of its user (security_invoker): a role with rights on single columns \
                 only needs those rights repeated on the view."
                    .to_string(),
            );
        }
        for view in self.cx.world.schema.views_on(self.old) {
            notes.push(format!("View {} stays bound to the table and needs no change.", view.name));
        }
        notes
    }
}
