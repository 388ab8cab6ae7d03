//! A primary or unique key replaced by another: both indexes are built before, and one transaction exchanges them.
//!
//! Where foreign keys point at the old one, it stays as a unique key, and they are bound to that one in the same transaction.

use super::parts::{add_constraint, build_index, constraint, constraint_name, drop_constraint, half, validate};
use super::sql::{lock, transaction};
use super::{ENGINE, add_foreign_key, add_unique, partitioned};
use crate::change::{Change, Constraint, ConstraintKind, ForeignKey, Ident, IndexDef, Name, ObjectKind, ObjectVerb};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::draft::{LOCK_FAILURE, undo_outside};
use crate::recipes::shared::names::fit;
use crate::recipes::shared::words::mentions;
use crate::report::PhaseName::Migrate;
use crate::schema::{Extra, Schema};
use crate::world::World;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "postgres-replace-key",
    title: "Primary or unique key replaced by another, a key and its foreign keys there at every moment",
    for_engine: ENGINE,
    starts: |change| matches!(change, Change::DropConstraint { name: Some(_), cascade: false, .. }),
    find,
};

/// What the statements say, in whatever order.
#[derive(Default)]
struct Said<'a> {
    /// The key that goes.
    old: Option<(&'a Name, &'a Ident)>,
    /// It is no primary one, so that another unique key may take its place.
    unique: bool,
    new: Option<&'a Constraint>,
    /// The old key, unique from now on.
    kept: Option<&'a Constraint>,
    /// Foreign keys that go, and those that come.
    gone: Vec<(&'a Name, &'a Ident)>,
    again: Vec<(&'a Name, &'a Constraint)>,
}

impl<'a> Said<'a> {
    /// Takes a change; false where it is none of this.
    fn take(&mut self, cx: &Cx<'_>, change: &'a Change) -> bool {
        let schema = cx.world.schema;
        match change {
            Change::DropConstraint { table, name: Some(name), cascade: false, .. } => {
                let kind = schema.constraint(table, name).map(|c| &c.kind);
                let unique = matches!(kind, Some(ConstraintKind::Unique { .. }));
                match kind {
                    Some(ConstraintKind::ForeignKey(_)) => self.gone.push((table, name)),
                    None | Some(ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. })
                        if self.old.is_none() =>
                    {
                        self.old = Some((table, name));
                        self.unique = unique;
                    }
                    _ => return false,
                }
                true
            }
            Change::AddConstraint { table, constraint } => {
                let own = self.old.is_some_and(|(old, _)| schema.same_relation(old, table));
                let plain = !constraint.not_valid && !constraint.not_enforced && constraint.using_index.is_none();
                match &constraint.kind {
                    ConstraintKind::PrimaryKey { .. } if own && plain && self.new.is_none() => {
                        self.new = Some(constraint)
                    }
                    ConstraintKind::Unique { .. } if own && plain && self.unique && self.new.is_none() => {
                        self.new = Some(constraint)
                    }
                    ConstraintKind::Unique { .. } if own && plain && self.kept.is_none() => {
                        self.kept = Some(constraint)
                    }
                    ConstraintKind::ForeignKey(_) if plain && !self.gone.is_empty() => {
                        self.again.push((table, constraint))
                    }
                    _ => return false,
                }
                true
            }
            _ => false,
        }
    }
}

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let cx = ahead.cx;
    let (mut said, mut members) = (Said::default(), Vec::new());
    for (at, statement) in ahead.statements.iter().enumerate() {
        let changes = &statement.changes;
        if changes.iter().all(|change| matches!(change, Change::Transaction(_) | Change::Session(_))) {
            continue;
        }
        let taken = changes.iter().take_while(|change| said.take(&cx, change)).count();
        match taken == changes.len() {
            true => members.push(at),
            false if taken == 0 => break,
            false => return None,
        }
    }
    let replaced = Replaced::of(cx, &said)?;
    Some(Joint::of(replaced.draft()?, members))
}

/// The key as it is over a new index, for 11, which rebuilds none of a constraint's while it is used.
pub fn rebuilt(cx: &Cx<'_>, table: &Name, name: &Ident) -> Option<Vec<StepDraft>> {
    let schema = cx.world.schema;
    let old = schema.constraint(table, name)?;
    let (columns, _) = add_unique::key_columns(&old.kind)?;
    let points = |key: &ForeignKey| add_foreign_key::referenced(cx, key) == columns;
    let own = schema.referencing(table).into_iter();
    let own = own.filter(|(_, own)| matches!(&own.kind, ConstraintKind::ForeignKey(key) if points(key)));
    let pointing: Vec<Pointing> = own
        .map(|(child, own)| Pointing { table: child.def.name.clone(), before: own.clone(), after: own.clone() })
        .gather();
    // That of a partition belongs to another, and foreign keys of partitioned tables take no NOT VALID.
    let apart = |t: &Name| partitioned::is_partitioned(cx, t) || schema.partition_parent(t).is_some();
    // What marks the index goes with it: without its replica identity a published table takes no UPDATE.
    let extras = schema.extras(table);
    let marks = |extra: &Extra| matches!(extra.change, Change::SetTableOption { .. }) && mentions(&extra.text, name);
    if pointing.iter().map(|p| &p.table).chain([table]).any(apart) || extras.iter().any(marks) {
        return None;
    }
    let comments = extras.iter().filter(|extra| match &extra.change {
        Change::Object { verb: ObjectVerb::Comment, kind, name: Some(own), .. } => {
            matches!(kind, ObjectKind::Constraint | ObjectKind::Index) && own.object == *name
        }
        _ => false,
    });
    let comments = comments.map(|extra| Run { sql: extra.text.clone(), change: extra.change.clone() });
    let new = Constraint { name: Some(name.clone()), ..old.clone() };
    let replaced = Replaced { cx: *cx, table, name, old: Some(old), new, kept: None, pointing };
    let index = replaced.index(&replaced.new, replaced.beside("new"))?;
    let build = build_index(cx, Migrate, &index);
    let checked: Vec<StepDraft> = replaced
        .pointing
        .iter()
        .filter(|p| !p.before.not_valid)
        .map(|p| validate(cx, Migrate, &p.table, &constraint_name(cx, &p.table, &p.after)))
        .gather();
    // The key took it over.
    let drop = Change::DropIndex {
        name: index.name.clone()?,
        table: Some(table.clone()),
        concurrently: true,
        if_exists: true,
        cascade: false,
    };
    let mut steps = vec![StepDraft { undo: undo_outside(vec![cx.run(drop)]), ..build }];
    steps.push(StepDraft {
        why: "The new index exists and is valid, so all of it is entries of the catalog: at every moment there is a key, and new \
              rows are checked."
            .to_string(),
        // Another index over the same rows is as good; foreign keys are checked again.
        undo: match checked.as_slice() {
            [] => UndoDraft::Nothing,
            checked => undo_outside(checked.iter().flat_map(|step| step.run.clone()).gather()),
        },
        on_failure: format!("{LOCK_FAILURE} Where a view groups by the key, it fails (2BP01): take the view down around it."),
        ..StepDraft::sql(
            Migrate,
            format!("Exchange the index of {name} on {table}"),
            replaced.exchange().into_iter().chain(comments).gather(),
        )
    });
    steps.push_all(checked);
    Some(steps)
}

/// A foreign key to the old key: as it is, and as it is afterwards.
struct Pointing {
    table: Name,
    before: Constraint,
    after: Constraint,
}

struct Replaced<'a> {
    cx: Cx<'a>,
    table: &'a Name,
    /// The name of the old key.
    name: &'a Ident,
    old: Option<&'a Constraint>,
    new: Constraint,
    kept: Option<Constraint>,
    pointing: Vec<Pointing>,
}

impl<'a> Replaced<'a> {
    fn of(cx: Cx<'a>, said: &Said<'a>) -> Option<Replaced<'a>> {
        let schema = cx.world.schema;
        let (table, name) = said.old?;
        let table = schema.known_name(table);
        let old = schema.constraint(table, name);
        let columns = match old.map(|old| &old.kind) {
            Some(ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. }) => columns.clone(),
            _ => Vec::new(),
        };
        let own: Vec<(Name, &Constraint, &ForeignKey)> = schema
            .referencing(table)
            .into_iter()
            .filter_map(|(child, constraint)| match &constraint.kind {
                ConstraintKind::ForeignKey(key) if add_foreign_key::referenced(&cx, key) == columns => {
                    Some((child.def.name.clone(), constraint, key))
                }
                _ => None,
            })
            .gather();
        let apart = own.iter().map(|(child, ..)| child).chain([table]).any(|t| partitioned::is_partitioned(&cx, t));
        let dropped = |child: &Name, constraint: &Constraint| {
            said.gone.iter().any(|(t, n)| schema.same_relation(t, child) && constraint.name.as_ref() == Some(*n))
        };
        let all = own.iter().filter(|(child, constraint, _)| dropped(child, constraint)).count();
        // Others that go have to do with something else.
        if apart || all != said.gone.len() || all != said.again.len() || all > 0 && all != own.len() {
            return None;
        }
        let kept_fits = said.kept.is_none_or(|kept| {
            matches!(&kept.kind, ConstraintKind::Unique { columns: own, .. } if *own == columns && kept.deferrable.is_empty())
        });
        if !kept_fits || all > 0 && said.kept.is_none() {
            return None;
        }
        // Names are free once what has them is gone.
        let mut after = schema.excerpt(&own.iter().map(|(child, ..)| child.clone()).chain([table.clone()]).gather());
        let drop =
            |after: &mut Schema, table: &Name, name: &Ident| after.apply(&drop_constraint(&cx, table, name).change);
        own.iter().for_each(|(child, constraint, _)| {
            constraint.name.iter().for_each(|name| drop(&mut after, child, name));
        });
        drop(&mut after, table, name);
        let later = Cx { world: World { schema: &after, ..cx.world }, ..cx };
        let named = |table: &Name, wanted: &Constraint| Constraint {
            name: Some(constraint_name(&later, table, wanted)),
            text: String::new(),
            ..wanted.clone()
        };
        let unique = ConstraintKind::Unique { columns: columns.clone(), nulls_not_distinct: false };
        let unique = Constraint { name: None, ..constraint(name.clone(), unique, false) };
        let kept = said.kept.or((!own.is_empty()).then_some(&unique)).map(|kept| named(table, kept));
        let mut pointing = Vec::new();
        for (child, before, key) in &own {
            let same = |(table, constraint): &&(&Name, &Constraint)| match &constraint.kind {
                ConstraintKind::ForeignKey(again) => {
                    schema.same_relation(table, child)
                        && schema.same_relation(&again.references, &key.references)
                        && again.columns == key.columns
                        && again.referenced_columns == columns
                }
                _ => false,
            };
            let bound = ForeignKey { referenced_columns: columns.clone(), ..(*key).clone() };
            let bound = Constraint { kind: ConstraintKind::ForeignKey(bound), ..(*before).clone() };
            let again = match all {
                0 => &bound,
                _ => said.again.iter().find(same)?.1,
            };
            pointing.push(Pointing { table: child.clone(), before: (*before).clone(), after: named(child, again) });
        }
        Some(Replaced { cx, table, name, old, new: named(table, said.new?), kept, pointing })
    }

    fn beside(&self, word: &str) -> Ident {
        Ident::new(fit(&format!("{}_{word}", self.name), self.cx.engine().ident_limit()))
    }

    fn index(&self, wanted: &Constraint, name: Ident) -> Option<IndexDef> {
        add_unique::index_for(&self.cx, self.table, &Constraint { name: Some(name), ..wanted.clone() })
    }

    fn draft(&self) -> Option<Draft> {
        let (cx, table) = (&self.cx, self.table);
        let mut steps: Vec<StepDraft> = add_unique::look(cx, table, &self.new).into_iter().gather();
        let mut notes = add_unique::without_nulls(cx, table, &self.new, &mut steps);
        let mut indexes = vec![self.index(&self.new, self.beside("new"))?];
        if let Some(kept) = &self.kept {
            indexes.push(self.index(kept, self.beside("old_unique"))?);
        }
        steps.push_all(indexes.iter().map(|index| build_index(cx, Migrate, index)));
        steps.push(StepDraft {
            why: "The indexes exist and are valid, so all of it is entries of the catalog: at every moment there is a key, and \
                  new rows are checked."
                .to_string(),
            undo: self.back(&indexes),
            ..StepDraft::locked(Migrate, format!("Exchange {} of {table} for the new key", self.name), self.exchange())
        });
        for pointing in &self.pointing {
            let name = constraint_name(cx, &pointing.table, &pointing.after);
            steps.push(validate(cx, Migrate, &pointing.table, &name));
        }
        let mut checklist = vec![format!("No running code writes rows to {table} that the new key refuses")];
        match &self.kept {
            Some(kept) => {
                let (columns, _) = add_unique::key_columns(&kept.kind)?;
                let list = cx.idents(columns);
                checklist.push(format!(
                    "No query or view groups by ({list}) and selects other columns of {table}: only a primary key allows that \
                     (42803; a view makes the exchange fail, 2BP01)"
                ));
                notes.push(format!("({list}) stays unique: ON CONFLICT and foreign keys go on with it."));
            }
            None => checklist.push(format!(
                "No code says ON CONFLICT on the old key of {table}, which nothing keeps unique any more"
            )),
        }
        notes.push(format!(
            "Where {table} is replicated, its subscribers find rows by the new key from the exchange on."
        ));
        let title = format!("Replace key {} of {table}", self.name);
        Some(Draft { recipe: RECIPE.id, title, steps, checklist, notes, as_written: false })
    }

    /// The parent first, as writers lock.
    fn locks(&self) -> Vec<Run> {
        let mut tables = vec![self.table.clone()];
        for pointing in &self.pointing {
            if !tables.contains(&pointing.table) {
                tables.push(pointing.table.clone());
            }
        }
        tables.iter().map(|table| lock(&self.cx, table, "ACCESS EXCLUSIVE")).gather()
    }

    fn over(&self, wanted: &Constraint, index: Ident) -> Run {
        let using = Constraint { using_index: Some(index), text: String::new(), ..wanted.clone() };
        add_constraint(&self.cx, self.table, using)
    }

    fn drop(&self, table: &Name, constraint: &Constraint) -> Run {
        drop_constraint(&self.cx, table, &constraint_name(&self.cx, table, constraint))
    }

    fn exchange(&self) -> Vec<Run> {
        let mut run = self.locks();
        run.push_all(self.pointing.iter().map(|p| self.drop(&p.table, &p.before)));
        run.push(drop_constraint(&self.cx, self.table, self.name));
        run.push(self.over(&self.new, self.beside("new")));
        run.push_all(self.kept.iter().map(|kept| self.over(kept, self.beside("old_unique"))));
        run.push_all(self.pointing.iter().map(|p| half(&self.cx, &p.table, &p.after)));
        run
    }

    fn back(&self, indexes: &[IndexDef]) -> UndoDraft {
        let cx = &self.cx;
        let again = self.old.and_then(|old| Some((old, self.index(old, self.beside("old"))?)));
        let Some((old, index)) = again else {
            return UndoDraft::Action(format!("add the previous {} again, whose columns were not given", self.name));
        };
        let mut run = build_index(cx, Migrate, &index).run;
        let mut back = self.locks();
        back.push_all(self.pointing.iter().map(|p| self.drop(&p.table, &p.after)));
        back.push(self.drop(self.table, &self.new));
        back.push_all(self.kept.iter().map(|kept| self.drop(self.table, kept)));
        back.push(self.over(&Constraint { name: Some(self.name.clone()), ..old.clone() }, self.beside("old")));
        back.push_all(self.pointing.iter().map(|p| half(cx, &p.table, &p.before)));
        run.push_all(transaction(back));
        for pointing in &self.pointing {
            let name = constraint_name(cx, &pointing.table, &pointing.before);
            run.push(cx.run(Change::ValidateConstraint { table: pointing.table.clone(), name }));
        }
        run.push_all(indexes.iter().flat_map(|index| build_index(cx, Migrate, index).run));
        let lossy = match &self.kept {
            Some(_) => String::new(),
            None => format!("fails while rows written since violate the previous {}", self.name),
        };
        UndoDraft::Sql { run, transactional: false, lossy }
    }
}
