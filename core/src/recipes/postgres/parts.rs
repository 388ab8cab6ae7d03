//! Steps that several recipes are made of: an index built online, a constraint added in two halves.

use super::sql::{lock, no_limits, regclass};
use crate::change::{Change, Constraint, ConstraintKind, ForeignKey, Ident, IndexDef, Name};
use crate::draft::{Run, StepDraft, UndoDraft};
use crate::order::Gather;
use crate::recipes::Cx;
use crate::recipes::shared::draft::{check, undo, undo_outside};
use crate::recipes::shared::names::fit;
use crate::report::PhaseName;

/// Why a statement that blocks nobody gets no time limit.
pub const NO_LIMITS: &str = "It waits without blocking reads or writes, so it gets no lock timeout: a timeout would leave \
     it half done.";

/// The name of an index, given or the one that the server would choose, in the schema of its table.
pub fn index_name(cx: &Cx<'_>, index: &IndexDef) -> Name {
    let taken = |name: &str| cx.world.schema.index(&index.table.sibling(name)).is_some();
    let name = index.name.clone().unwrap_or_else(|| {
        let own = cx.world.schema.free_index_name(index, &taken).map(|i| i.value);
        Name::new(own.unwrap_or_else(|| fit(&format!("{}_expr_idx", index.table.object), cx.engine().ident_limit())))
    });
    Name { schema: name.schema.or_else(|| index.table.schema.clone()), object: name.object }
}

/// `CREATE INDEX CONCURRENTLY` under a name of its own.
pub fn build_index(cx: &Cx<'_>, phase: PhaseName, index: &IndexDef) -> StepDraft {
    let name = index_name(cx, index);
    let online = IndexDef {
        name: Some(Name { schema: None, object: name.object.clone() }),
        concurrently: true,
        if_not_exists: false,
        text: String::new(),
        ..index.clone()
    };
    let unique = if index.unique { "unique index" } else { "index" };
    let mut run = no_limits();
    run.push(cx.run(Change::CreateIndex(Box::new(online))));
    StepDraft {
        why: format!(
            "Built concurrently: reads and writes go on, at the price of two passes over {} and of waiting for \
             transactions that were open before. {NO_LIMITS}",
            index.table
        ),
        transactional: false,
        check: index_is_valid(cx, &name),
        undo: undo_outside(vec![drop_index_online(cx, &name, &index.table)]),
        on_failure: format!(
            "A failed or cancelled build leaves the index invalid; it may already refuse duplicates and costs every \
             write. Drop it at once (DROP INDEX CONCURRENTLY {}), remove the cause, run the step again. \
             IF NOT EXISTS would report success over the invalid index.",
            cx.name(&name)
        ),
        gate: "the check returns t".to_string(),
        ..StepDraft::sql(phase, format!("Build {unique} {} on {} concurrently", name.object, index.table), run)
    }
}

/// `t` when an index is complete and used.
pub fn index_is_valid(cx: &Cx<'_>, name: &Name) -> Option<crate::report::Check> {
    check(format!("SELECT indisvalid FROM pg_index WHERE indexrelid = {}", regclass(cx, name)), "t")
}

/// `DROP INDEX CONCURRENTLY`.
pub fn drop_index_online(cx: &Cx<'_>, name: &Name, table: &Name) -> Run {
    cx.run(Change::DropIndex {
        name: name.clone(),
        table: Some(table.clone()),
        concurrently: true,
        if_exists: false,
        cascade: false,
    })
}

/// The name of a constraint, given or the one that the server would choose.
pub fn constraint_name(cx: &Cx<'_>, table: &Name, constraint: &Constraint) -> Ident {
    let taken = |name: &str| cx.world.schema.constraint(table, &Ident::new(name)).is_some();
    let given = constraint.name.clone().or_else(|| constraint.using_index.clone());
    given
        .or_else(|| cx.world.schema.free_constraint_name(table, &constraint.kind, &taken))
        .unwrap_or_else(|| Ident::new(fit(&format!("{}_constraint", table.object), cx.engine().ident_limit())))
}

/// A constraint of our own.
pub fn constraint(name: Ident, kind: ConstraintKind, not_valid: bool) -> Constraint {
    Constraint {
        name: Some(name),
        kind,
        not_valid,
        not_enforced: false,
        deferrable: String::new(),
        using_index: None,
        only: false,
        text: String::new(),
    }
}

/// `ADD CONSTRAINT`.
pub fn add_constraint(cx: &Cx<'_>, table: &Name, constraint: Constraint) -> Run {
    cx.run(Change::AddConstraint { table: table.clone(), constraint: Box::new(constraint) })
}

/// `DROP CONSTRAINT`.
pub fn drop_constraint(cx: &Cx<'_>, table: &Name, name: &Ident) -> Run {
    cx.run(Change::DropConstraint {
        table: table.clone(),
        name: Some(name.clone()),
        kind: None,
        if_exists: false,
        cascade: false,
    })
}

/// First half: `ADD CONSTRAINT … NOT VALID`, which reads no rows. The parent of a foreign key is locked first.
pub fn add_not_valid(cx: &Cx<'_>, phase: PhaseName, table: &Name, wanted: &Constraint) -> StepDraft {
    let name = constraint_name(cx, table, wanted);
    let parent = parent_of(cx, table, &wanted.kind);
    let mut run: Vec<Run> = parent.iter().map(|p| lock(cx, p, "SHARE ROW EXCLUSIVE")).gather();
    run.push(half(cx, table, wanted));
    let order = match &parent {
        Some(parent) => format!(
            " {parent} is locked first, the order in which writers lock, so that no transaction of the application \
             becomes a deadlock victim."
        ),
        None => String::new(),
    };
    StepDraft {
        why: format!("NOT VALID: from now on new rows are checked; rows that exist are not read yet.{order}"),
        check: check(
            format!(
                "SELECT convalidated FROM pg_constraint WHERE conrelid = {} AND conname = {}",
                regclass(cx, table),
                cx.engine().literal(&name.value)
            ),
            "f",
        ),
        undo: undo_constraint(cx, table, &name, parent.as_ref()),
        ..StepDraft::locked(phase, format!("Add constraint {name} to {table} without checking rows"), run)
    }
}

/// The statement of the first half, under its name.
pub fn half(cx: &Cx<'_>, table: &Name, wanted: &Constraint) -> Run {
    let name = constraint_name(cx, table, wanted);
    let half = Constraint { name: Some(name), not_valid: true, text: String::new(), ..wanted.clone() };
    add_constraint(cx, table, half)
}

/// Second half: `VALIDATE CONSTRAINT`, which reads the rows while traffic goes on.
pub fn validate(cx: &Cx<'_>, phase: PhaseName, table: &Name, name: &Ident) -> StepDraft {
    let mut run = no_limits();
    run.push(cx.run(Change::ValidateConstraint { table: table.clone(), name: name.clone() }));
    StepDraft {
        why: "Every row is checked once; reads and writes go on, only other schema changes of the table wait. So it needs \
              no time limit."
            .to_string(),
        transactional: false,
        check: check(
            format!(
                "SELECT convalidated FROM pg_constraint WHERE conrelid = {} AND conname = {}",
                regclass(cx, table),
                cx.engine().literal(&name.value)
            ),
            "t",
        ),
        undo: UndoDraft::Nothing,
        on_failure: "It fails when a row violates the constraint, and changes nothing. The query of the step before \
                     the constraint was added names such rows: repair them and run it again."
            .to_string(),
        gate: "the check returns t".to_string(),
        ..StepDraft::sql(phase, format!("Check the rows of {table} against {name}"), run)
    }
}

/// The other table that a constraint locks.
fn parent_of(cx: &Cx<'_>, table: &Name, kind: &ConstraintKind) -> Option<Name> {
    match kind {
        ConstraintKind::ForeignKey(ForeignKey { references, .. }) => {
            (!cx.world.schema.same_relation(references, table)).then(|| references.clone())
        }
        _ => None,
    }
}

/// Drops a constraint; that of a foreign key takes the parent's lock first.
pub fn undo_constraint(cx: &Cx<'_>, table: &Name, name: &Ident, parent: Option<&Name>) -> UndoDraft {
    let mut run: Vec<Run> = parent.into_iter().map(|p| lock(cx, p, "ACCESS EXCLUSIVE")).gather();
    run.push(drop_constraint(cx, table, name));
    undo(run)
}
