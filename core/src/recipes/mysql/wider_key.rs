//! A wider type for a key that other tables reference: the server refuses it while a foreign key exists, so the keys go
//! first, every table is changed by itself, and the keys come back without a copy.

use super::ENGINES;
use super::add_foreign_key;
use super::sql::{LOCK_FAILURE, modify, online};
use super::tools::online_change;
use crate::change::{Change, ColumnDef, Constraint, ConstraintClass, ConstraintKind, Ident, Name};
use crate::draft::{Draft, Run, StepDraft};
use crate::facts::{Blocking, WorkKind};
use crate::order::{Gather, PushAll};
use crate::recipes::shared::draft::{draft, undo_outside};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Expand, Migrate};
use crate::schema::Schema;
use crate::world::World;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "mysql-wider-key",
    title: "Type of a referenced key widened: foreign keys off, children and parent changed, foreign keys back",
    for_engine: ENGINES,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::RedefineColumn { table, column, to, .. } = cx.change else { return None };
    let parent = cx.world.schema.table(table).filter(|parent| parent.def.complete)?;
    let was = parent.def.columns.iter().find(|own| own.name == *column)?;
    let children = children(cx, table, column)?;
    if children.is_empty() || to.name != *column || !is_wider(was, to) {
        return None;
    }
    // What every later step finds: the tables without the keys between them.
    let mut without = cx.world.schema.clone();
    children.iter().for_each(|child| without.apply(&child.drop_key()));
    let after = Cx { world: World { schema: &without, ..cx.world }, ..*cx };
    let mut steps: Vec<StepDraft> = children.iter().map(|child| child.unlink(cx)).gather();
    for child in &children {
        if let Some(column) = child.wider(to) {
            steps.push(change(&after, &child.table, &child.was, column));
        }
    }
    steps.push(change(&after, table, was, (**to).clone()));
    for child in &children {
        steps.push_all(add_foreign_key::steps(&after, Migrate, &child.table, &child.key));
    }
    Some(Draft {
        checklist: vec![
            format!("Code, jobs and generated clients that hold {table}.{column} take the wider number"),
            format!("Nothing deletes rows of {table}, or counts on a cascade, while the foreign keys are away"),
        ],
        notes: vec![
            format!(
                "Between the first step and the last nobody checks that a row points to a row of {table}: the query at \
                 the end finds what came meanwhile. No way keeps the check all the time, because both types must be \
                 equal."
            ),
            format!("How much room is left: SELECT MAX({0}) FROM {1}", cx.ident(column), cx.name(table)),
        ],
        ..draft(&RECIPE, format!("Widen {table}.{column} and what references it"), steps)
    })
}

/// A table that references the key.
struct Child {
    table: Name,
    /// The foreign key, with its name.
    key: Constraint,
    was: ColumnDef,
}

/// None when one of them cannot be done this way: a key of several columns, a table that is not known, the table itself.
fn children(cx: &Cx<'_>, table: &Name, column: &Ident) -> Option<Vec<Child>> {
    let schema: &Schema = cx.world.schema;
    let mut children = Vec::new();
    for (child, key) in schema.referencing(table) {
        let ConstraintKind::ForeignKey(fk) = &key.kind else { continue };
        let names_it = fk.referenced_columns.is_empty() || fk.referenced_columns.contains(column);
        if !names_it {
            continue;
        }
        let [own] = fk.columns.as_slice() else { return None };
        let was = child.def.columns.iter().find(|c| c.name == *own)?.clone();
        if key.name.is_none() || child.def.name == *table || !child.def.complete {
            return None;
        }
        children.push(Child { table: child.def.name.clone(), key: key.clone(), was });
    }
    Some(children)
}

impl Child {
    fn drop_key(&self) -> Change {
        Change::DropConstraint {
            table: self.table.clone(),
            name: self.key.name.clone(),
            kind: Some(ConstraintClass::ForeignKey),
            if_exists: false,
            cascade: false,
        }
    }

    fn unlink(&self, cx: &Cx<'_>) -> StepDraft {
        StepDraft {
            why:
                "The server refuses another type while the key exists (error 1832, 1833 or 3780). The index of the key \
                  stays."
                    .to_string(),
            transactional: false,
            undo: undo_outside(add_foreign_key::add(cx, &self.table, &self.key)),
            on_failure: LOCK_FAILURE.to_string(),
            gate: "no code counts on the key: no cascade, no refusal that it handles".to_string(),
            ..StepDraft::sql(
                Expand,
                format!("Drop the foreign key of {}.{}", self.table, self.was.name),
                vec![online(cx, self.drop_key())],
            )
        }
    }

    /// The same column with the new type; none when it has it already.
    fn wider(&self, to: &ColumnDef) -> Option<ColumnDef> {
        let same = self.was.data_type.as_ref().map(|t| &t.base) == to.data_type.as_ref().map(|t| &t.base);
        let column = ColumnDef {
            data_type: to.data_type.clone(),
            constraints: Vec::new(),
            position: None,
            text: String::new(),
            ..self.was.clone()
        };
        (!same).then_some(column)
    }
}

/// MODIFY: a copy while writes wait, unless a tool does it, or the server copies online.
fn change(cx: &Cx<'_>, table: &Name, was: &ColumnDef, to: ColumnDef) -> StepDraft {
    let run =
        modify(cx, table, ColumnDef { position: None, constraints: Vec::new(), text: String::new(), ..to.clone() });
    // The way back starts from the wider column.
    let mut wide = cx.world.schema.clone();
    wide.apply(&run.change);
    let then = Cx { world: World { schema: &wide, ..cx.world }, ..*cx };
    let back = modify(&then, table, ColumnDef { constraints: Vec::new(), text: String::new(), ..was.clone() });
    let effects = cx.engine().effects(&run.change, &cx.world);
    let waits = effects.work.iter().any(|w| w.kind != WorkKind::Catalog && w.blocking != Blocking::Nobody);
    let action = tail(cx, table, &run);
    let other_ways = if waits { online_change(cx, table, &action) } else { Vec::new() };
    let (title, why) = match waits {
        true => (
            format!("Widen {table}.{}, in a window", to.name),
            "The server copies the table, and writes wait for the time stated with this step. A tool below does the same \
             while they go on; both joins and inserts work while the types differ.",
        ),
        false => (
            format!("Widen {table}.{}", to.name),
            "Reads and writes go on; joins and inserts work while the types differ.",
        ),
    };
    StepDraft {
        why: why.to_string(),
        transactional: false,
        undo: undo_outside(vec![back]),
        on_failure: format!("KILL QUERY takes it back; the time was lost. {LOCK_FAILURE}"),
        other_ways,
        gate: if waits { "traffic is low, or a tool is used instead".to_string() } else { String::new() },
        ..StepDraft::sql(Expand, title, vec![run])
    }
}

/// What follows `ALTER TABLE t`, without ALGORITHM and LOCK.
fn tail(cx: &Cx<'_>, table: &Name, run: &Run) -> String {
    let action = run.sql.strip_prefix(&format!("ALTER TABLE {} ", cx.name(table))).unwrap_or(&run.sql);
    action.split(", ALGORITHM=").next().unwrap_or(action).to_string()
}

/// An integer that holds all that the other holds.
fn is_wider(was: &ColumnDef, to: &ColumnDef) -> bool {
    let rank = |column: &ColumnDef| {
        let data_type = column.data_type.as_ref()?;
        let sizes = ["tinyint", "smallint", "mediumint", "int", "bigint"];
        let base = if data_type.base == "integer" { "int" } else { data_type.base.as_str() };
        let unsigned = data_type.text.to_ascii_lowercase().contains("unsigned");
        Some((sizes.iter().position(|size| *size == base)?, unsigned))
    };
    match (rank(was), rank(to)) {
        (Some((before, unsigned)), Some((after, other))) => after > before && unsigned == other,
        _ => false,
    }
}
