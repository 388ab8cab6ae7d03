//! Types of several columns changed together, or one with what stood in its way taken down and put up again by the script:
//! a key and the columns that point at it, a view over the column, its default.

use super::around::Around;
use super::carry::{self, Incoming, Parent};
use super::change_type::{Conversion, free_name, works_with_both};
use super::sql::by_trigger_anyway;
use super::swap_type::{Phases, Swap};
use super::type_around::{self, Freed};
use super::{ENGINE, add_foreign_key, bound, partitioned, views};
use crate::change::{Change, ColumnDef, ConstraintKind, DataType, Expr, Ident, Name, ObjectKind, ObjectVerb};
use crate::draft::{Draft, Run, StepDraft};
use crate::order::{Gather, GatherAll, PushAll};
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::draft::listed;
use crate::request::DualWrite;
use crate::schema::Schema;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "postgres-retype",
    title: "Keys and the columns that point at them retyped as one sequence, with what the script makes again",
    for_engine: ENGINE,
    starts: |change| {
        matches!(
            change,
            Change::ChangeColumnType { .. }
                | Change::DropDefault { .. }
                | Change::DropView { .. }
                | Change::DropConstraint { .. }
                | Change::Object { verb: ObjectVerb::Drop, kind: ObjectKind::Trigger | ObjectKind::Policy, .. }
        )
    },
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let cx = ahead.cx;
    let script = Gathered::from(ahead)?;
    if let Some(draft) = script.at_once(&cx) {
        return Some(Joint::of(draft, script.members));
    }
    if cx.world.options.dual_write != DualWrite::Trigger && !script.holds_together(&cx) {
        return None;
    }
    let conversions: Vec<Conversion> = script.columns.iter().map(|c| c.conversion(&cx)).gather_all()?;
    let mut swaps = Vec::new();
    for (column, conversion) in script.columns.iter().zip(&conversions) {
        swaps.push(script.swap(&cx, column, conversion)?);
    }
    // Whatever the script drops must be put up again by one of the exchanges.
    let covered = |name: &Name| swaps.iter().any(|swap| swap.around.has(name));
    if !script.gone.iter().all(covered) || !script.keys_covered(&cx) || script.share(&cx) {
        return None;
    }
    let draft = by_trigger_anyway(&cx, draft(&cx, &script, &swaps));
    Some(Joint::of(draft, script.members))
}

/// A column whose type changes.
struct Retyped<'a> {
    table: &'a Name,
    column: &'a Ident,
    to: &'a DataType,
    using: Option<&'a Expr>,
    collation: Option<&'a Name>,
    /// As the script says it.
    change: &'a Change,
}

impl Retyped<'_> {
    fn known<'b>(&self, cx: &Cx<'b>) -> Option<&'b ColumnDef> {
        cx.world.schema.column(self.table, self.column).filter(|c| c.generated.is_none())
    }

    fn conversion(&self, cx: &Cx<'_>) -> Option<Conversion> {
        let before = self.known(cx)?.data_type.as_ref()?;
        works_with_both(cx, before, self.to).then(|| Conversion::between(cx, self.column, before, self.to, self.using))
    }
}

/// The statements that belong together.
#[derive(Default)]
struct Gathered<'a> {
    schema: Option<&'a Schema>,
    members: Vec<usize>,
    columns: Vec<Retyped<'a>>,
    /// Views, triggers and policies dropped.
    gone: Vec<Name>,
    /// Made again, in order.
    again: Vec<Run>,
    /// The last word on a default.
    defaults: Vec<(&'a Name, &'a Ident, Option<&'a Expr>)>,
    /// Foreign keys dropped and added.
    dropped: Vec<(&'a Name, &'a Ident)>,
    added: Vec<(&'a Name, &'a crate::change::Constraint)>,
}

impl<'a> Gathered<'a> {
    fn from(ahead: &Ahead<'a>) -> Option<Gathered<'a>> {
        let mut found = Gathered { schema: Some(ahead.cx.world.schema), ..Gathered::default() };
        for (at, statement) in ahead.statements.iter().enumerate() {
            let control = |c: &&Change| matches!(c, Change::Transaction(_) | Change::Session(_));
            if statement.changes.iter().all(control) {
                continue;
            }
            let fits = statement.changes.iter().all(|change| found.fits(change));
            if !fits || (statement.changes.len() > 1 && statement.changes.iter().any(|c| is_made(c))) {
                break;
            }
            for change in &statement.changes {
                found.take(change, statement.sql);
            }
            found.members.push(at);
        }
        // What was begun must be ended: nothing of the sequence is left to later statements.
        let made: Vec<Name> = found.again.iter().filter_map(|run| makes(&run.change).cloned()).gather();
        let open = |name: &Name| !found.among(&made, name);
        let whole = !found.gone.iter().any(open) && found.members.len() > 1 && !found.columns.is_empty();
        whole.then_some(found)
    }

    /// No row is written once the views and objects that the script makes again are gone.
    fn at_once(&self, cx: &Cx<'a>) -> Option<Draft> {
        if !self.defaults.is_empty() || !self.dropped.is_empty() || self.gone.is_empty() {
            return None;
        }
        let freed: Vec<Freed<'_>> = self.columns.iter().map(|column| self.freed(cx, column)).gather_all()?;
        let covered = |name: &Name| freed.iter().any(|column| column.around.has(name));
        let titles: Vec<String> = freed.iter().map(|column| format!("{}.{}", column.table, column.column)).gather();
        let types = if let [only] = self.columns.as_slice() {
            format!("the type of {} to {}", listed(&titles), only.to.text)
        } else {
            format!("the types of {}", listed(&titles))
        };
        let draft = type_around::at_once(cx, &freed, RECIPE.id, format!("Change {types}"));
        draft.filter(|_| self.gone.iter().all(covered))
    }

    fn freed<'s>(&'s self, cx: &Cx<'s>, column: &'s Retyped<'a>) -> Option<Freed<'s>> {
        let own = cx.run(column.change.clone());
        Some(Freed { table: column.table, column: column.column, own, around: self.around(cx, column)? })
    }

    /// What is bound to a column, with what the script says of it.
    fn around<'s>(&'s self, cx: &Cx<'s>, column: &'s Retyped<'a>) -> Option<Around<'s>> {
        let around = Around::of(cx, column.table, column.column)?;
        let own: Vec<Run> =
            self.again.iter().filter(|run| about(&run.change).is_some_and(|n| around.has(n))).cloned().gather();
        Some(around.with(&self.gone, own))
    }

    /// More than columns one by one: what stands around them, or keys that point at each other.
    fn holds_together(&self, cx: &Cx<'_>) -> bool {
        let around = !self.gone.is_empty() || !self.defaults.is_empty() || !self.dropped.is_empty();
        around || self.columns.iter().any(|column| self.parent(cx, column).is_some())
    }

    fn own(&self, table: &'a Name) -> &'a Name {
        self.schema.map_or(table, |schema| schema.known_name(table))
    }

    /// A name of the script is one of these.
    fn among(&self, names: &[Name], name: &Name) -> bool {
        self.schema.is_some_and(|schema| names.iter().any(|n| schema.same_relation(n, name)))
    }

    fn retypes(&self, table: &Name, column: &Ident) -> bool {
        self.columns.iter().any(|c| c.table == table && c.column == column)
    }

    /// Can it be a part of the sequence?
    fn fits(&self, change: &'a Change) -> bool {
        match change {
            Change::ChangeColumnType { .. } => true,
            Change::DropDefault { .. } => self.columns.is_empty(),
            Change::SetDefault { table, column, .. } => self.retypes(self.own(table), column),
            Change::DropView { materialized: false, .. } => self.columns.is_empty(),
            Change::CreateView { replace: false, materialized: false, name, .. } => self.among(&self.gone, name),
            Change::Object { verb: ObjectVerb::Drop, kind: ObjectKind::Trigger | ObjectKind::Policy, name, .. } => {
                self.columns.is_empty() && name.is_some()
            }
            Change::Object {
                verb: ObjectVerb::Create,
                kind: ObjectKind::Trigger | ObjectKind::Policy,
                name: Some(name),
                ..
            } => self.among(&self.gone, name),
            Change::Object { verb: ObjectVerb::Grant | ObjectVerb::Comment, on: Some(on), .. } => {
                self.among(&self.gone, on)
            }
            Change::DropConstraint { name: Some(_), cascade: false, .. } => self.columns.is_empty(),
            Change::AddConstraint { table, constraint } => {
                let name = constraint.name.as_ref();
                {
                    let table = self.own(table);
                    self.dropped.iter().any(|(t, n)| *t == table && Some(*n) == name)
                }
            }
            _ => false,
        }
    }

    fn take(&mut self, change: &'a Change, sql: &str) {
        let said = || Run { sql: sql.to_string(), change: change.clone() };
        match change {
            Change::ChangeColumnType { table, column, to, using, collation } => {
                let (using, collation) = (using.as_ref(), collation.as_ref());
                self.columns.push(Retyped { table: self.own(table), column, to, using, collation, change });
            }
            Change::DropDefault { table, column } => self.defaults.push((self.own(table), column, None)),
            Change::SetDefault { table, column, default } => {
                let table = self.own(table);
                self.defaults.retain(|(t, c, _)| (*t, *c) != (table, column));
                self.defaults.push((table, column, Some(default)));
            }
            Change::DropView { names, cascade, .. } => {
                let gone = self.schema.map(|schema| views::gone(schema, names, *cascade));
                self.gone.push_all(gone.into_iter().flatten().cloned());
            }
            Change::Object { verb: ObjectVerb::Drop, name: Some(name), .. } => self.gone.push(name.clone()),
            Change::DropConstraint { table, name: Some(name), .. } => self.dropped.push((self.own(table), name)),
            Change::AddConstraint { table, constraint } => self.added.push((self.own(table), constraint)),
            _ => self.again.push(said()),
        }
    }

    fn swap<'s>(&'s self, cx: &Cx<'s>, column: &'s Retyped<'a>, conversion: &'s Conversion) -> Option<Swap<'s>> {
        let known = column.known(cx)?;
        if partitioned::is_key(cx, column.table, column.column) {
            return None;
        }
        let around = self.around(cx, column)?;
        let said = self.defaults.iter().find(|(t, c, _)| (*t, *c) == (column.table, column.column));
        Some(Swap {
            cx: *cx,
            table: column.table,
            column: column.column,
            known,
            before: known.data_type.as_ref()?,
            to: column.to,
            collation: column.collation,
            conversion,
            around,
            apart: self.moved_along(cx, column),
            parent: self.parent(cx, column),
            default: said.map(|(_, _, default)| default.map(|d| d.text.clone())),
        })
    }

    /// Foreign keys to a column that are moved with a column of their own.
    fn moved_along(&self, cx: &Cx<'_>, column: &Retyped<'_>) -> Vec<Incoming> {
        let along = |key: &Incoming| match &key.constraint.kind {
            ConstraintKind::ForeignKey(own) => own.columns.iter().any(|c| self.retypes(&key.child, c)),
            _ => false,
        };
        carry::incoming(cx, column.table, column.column).into_iter().filter(along).gather()
    }

    /// The retyped key that a column points at.
    fn parent<'s>(&'s self, cx: &Cx<'_>, column: &Retyped<'_>) -> Option<Parent<'s>> {
        let keys = cx.world.schema.foreign_keys(column.table);
        let mut targets = keys.into_iter().filter_map(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey(key) => {
                let referenced = add_foreign_key::referenced(cx, key);
                let target = key.columns.iter().zip(referenced).find(|(own, _)| *own == column.column)?.1;
                self.columns
                    .iter()
                    .find(|c| cx.world.schema.same_relation(c.table, &key.references) && *c.column == target)
            }
            _ => None,
        });
        let to = targets.next()?;
        Some(Parent { table: to.table, from: to.column, to: free_name(cx, to.table, to.column, "new") })
    }

    /// Two of the columns are in one index or constraint: each would be made again with the other one as it is, so they go
    /// one after the other instead.
    fn share(&self, cx: &Cx<'_>) -> bool {
        let schema = cx.world.schema;
        let pairs =
            self.columns.iter().enumerate().flat_map(|(at, a)| self.columns.iter().skip(at + 1).map(move |b| (a, b)));
        let mut together = pairs.filter(|(a, b)| a.table == b.table);
        together.any(|(a, b)| {
            let of_b = schema.indexes_of_column(b.table, b.column);
            let constraints = schema.constraints_of_column(b.table, b.column);
            let statistics = bound::objects(cx, ObjectKind::Statistics, b.table, b.column);
            schema.indexes_of_column(a.table, a.column).iter().any(|index| of_b.contains(index))
                || schema.constraints_of_column(a.table, a.column).iter().any(|c| constraints.contains(c))
                || bound::objects(cx, ObjectKind::Statistics, a.table, a.column).iter().any(|s| statistics.contains(s))
        })
    }

    /// How many retyped keys stand above a column.
    fn depth(&self, cx: &Cx<'_>, column: &Retyped<'_>) -> usize {
        let mut depth = 0;
        let mut at = self.parent(cx, column);
        while let Some(parent) = at.filter(|_| depth < self.columns.len()) {
            depth += 1;
            let above = self.columns.iter().find(|c| c.table == parent.table && c.column == parent.from);
            at = above.and_then(|column| self.parent(cx, column));
        }
        depth
    }

    /// Foreign keys that the script drops come back as they were, over retyped columns.
    fn keys_covered(&self, cx: &Cx<'_>) -> bool {
        self.dropped.iter().all(|(table, name)| {
            let old = cx.world.schema.constraint(table, name);
            let new = self.added.iter().find(|(t, c)| t == table && c.name.as_ref() == Some(name)).map(|(_, c)| *c);
            match (old.map(|c| &c.kind), new.map(|c| &c.kind)) {
                (Some(ConstraintKind::ForeignKey(old)), Some(ConstraintKind::ForeignKey(new))) => {
                    let same = old.columns == new.columns
                        && cx.world.schema.same_relation(&old.references, &new.references)
                        && add_foreign_key::referenced(cx, old) == add_foreign_key::referenced(cx, new)
                        && (old.on_delete, old.on_update) == (new.on_delete, new.on_update);
                    let own = old.columns.iter().any(|c| self.retypes(table, c));
                    let target = add_foreign_key::referenced(cx, old);
                    let parent = cx.world.schema.known_name(&old.references);
                    same && (own || target.iter().any(|c| self.retypes(parent, c)))
                }
                _ => false,
            }
        })
    }
}

/// What a statement makes, or adds to.
fn about(change: &Change) -> Option<&Name> {
    match change {
        Change::Object { verb: ObjectVerb::Grant | ObjectVerb::Comment, on, .. } => on.as_ref(),
        other => makes(other),
    }
}

fn makes(change: &Change) -> Option<&Name> {
    match change {
        Change::CreateView { name, .. } => Some(name),
        Change::Object { verb: ObjectVerb::Create, name, .. } => name.as_ref(),
        _ => None,
    }
}

/// Its text is said again as a whole.
fn is_made(change: &Change) -> bool {
    matches!(change, Change::CreateView { .. } | Change::Object { .. })
}

/// Keys first where something is built on them, columns that point at them first where names are exchanged.
fn draft(cx: &Cx<'_>, script: &Gathered<'_>, swaps: &[Swap<'_>]) -> Draft {
    let phases: Vec<(usize, Phases)> =
        script.columns.iter().zip(swaps).map(|(column, swap)| (script.depth(cx, column), swap.phases())).gather();
    let phases = crate::order::by_key(phases, |(depth, _)| *depth);
    let all = |pick: fn(&Phases) -> &Vec<StepDraft>| phases.iter().flat_map(move |(_, p)| pick(p).clone());
    let mut steps: Vec<StepDraft> = all(|p| &p.expand).gather();
    steps.push_all(all(|p| &p.migrate));
    steps.push_all(phases.iter().rev().flat_map(|(_, p)| p.switch.clone()));
    steps.push_all(all(|p| &p.contract));
    let mut notes: Vec<String> = Vec::new();
    for note in phases.iter().flat_map(|(_, p)| &p.notes).chain(swaps.iter().filter_map(|s| s.conversion.note.as_ref()))
    {
        if !notes.contains(note) {
            notes.push(note.clone());
        }
    }
    let titles: Vec<String> = swaps.iter().map(|s| format!("{}.{} to {}", s.table, s.column, s.to.text)).gather();
    Draft {
        recipe: RECIPE.id,
        title: format!("Change the type of {}", listed(&titles)),
        steps,
        checklist: swaps.iter().flat_map(Swap::checklist).gather(),
        notes,
        as_written: false,
    }
}
