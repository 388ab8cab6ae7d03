//! What the server binds to a table itself, not to its name, carried to another table that takes the name: views, triggers,
//! policies and rules, foreign keys that point at it, row security, owner and comments. What cannot be carried is said.

use super::parts::{add_constraint, drop_constraint, half, validate};
use super::sql::regclass;
use super::{add_foreign_key, around, views};
use crate::change::{Change, Constraint, ConstraintKind, Ident, Name, ObjectKind, ObjectVerb, TableDef, TableOption};
use crate::draft::{Run, StepDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::Cx;
use crate::recipes::shared::draft::verify;
use crate::recipes::shared::titles;
use crate::report::PhaseName::{Expand, Switch};
use crate::schema::{Object, View};
use crate::source::first_words;

/// What the script itself says of it.
#[derive(Default)]
pub struct Said<'a> {
    /// Triggers, policies and rules that it makes on the new table.
    pub made: Vec<&'a Name>,
    /// Triggers that it drops.
    pub dropped: Vec<&'a Name>,
    /// Foreign keys that it drops, by table and name.
    pub keys_dropped: Vec<(&'a Name, &'a Ident)>,
    /// Foreign keys to the new table that it adds.
    pub keys_added: Vec<(&'a Name, &'a Constraint)>,
}

/// Everything that is bound to a table.
pub struct Carried<'a> {
    cx: Cx<'a>,
    table: &'a Name,
    /// What is read before what reads it.
    views: Vec<&'a View>,
    /// Triggers, policies and rules.
    objects: Vec<&'a Object>,
    /// Foreign keys of other tables that point at it.
    keys: Vec<(&'a Name, &'a Constraint)>,
    said: Said<'a>,
}

impl<'a> Carried<'a> {
    /// What the schema knows of it.
    pub fn of(cx: &Cx<'a>, table: &'a Name, said: Said<'a>) -> Carried<'a> {
        let schema = cx.world.schema;
        let kinds = [ObjectKind::Trigger, ObjectKind::Policy, ObjectKind::Rule];
        Carried {
            cx: *cx,
            table,
            views: views::above(cx, std::slice::from_ref(table)),
            objects: kinds.into_iter().flat_map(|kind| schema.objects_on(kind, table)).gather(),
            keys: schema.referencing(table).into_iter().map(|(child, key)| (&child.def.name, key)).gather(),
            said,
        }
    }

    /// Nothing is bound to the table.
    pub fn is_empty(&self) -> bool {
        self.views.is_empty() && self.objects.is_empty() && self.keys.is_empty() && self.extras().next().is_none()
    }

    /// Why it cannot be carried to this table, and what to do then.
    pub fn refusals(&self, to: &TableDef) -> Vec<String> {
        let views = self.views.iter().filter_map(|view| self.view_refused(view));
        let objects = self.objects.iter().filter(|o| !self.is_said(o)).filter_map(|o| self.object_refused(o));
        let keys = self.new_keys();
        let keys = keys.iter().filter_map(|(child, key)| self.key_refused(child, key, to));
        views.chain(objects).chain(keys).gather()
    }

    fn view_refused(&self, view: &View) -> Option<String> {
        let (name, table) = (&view.name, self.table);
        if view.materialized {
            return Some(format!(
                "materialized view {name} would go on reading the first partition alone: drop it before the rename, and make it \
                 again over {table} afterwards"
            ));
        }
        let lost = view.stale || view.definition.is_empty();
        lost.then(|| {
            format!("the text of view {name} is not known: drop it before the rename, make it again afterwards")
        })
    }

    fn object_refused(&self, o: &Object) -> Option<String> {
        let called = format!("{} {}", titles::kind_words(o.kind).to_lowercase(), o.name.object);
        if o.text.is_empty() {
            return Some(format!(
                "the text of {called} is not known: drop it before the rename, make it again afterwards"
            ));
        }
        let words = first_words(&o.text, self.cx.world.target, usize::MAX).to_ascii_lowercase();
        let has = |wanted: &str| words.contains(wanted);
        if o.kind != ObjectKind::Trigger || !(has(" each row ") || has(" for row ")) {
            return None;
        }
        if has(" referencing ") {
            return Some(format!(
                "{called} reads a transition table row by row, which a partitioned table does not have: make it a trigger FOR EACH STATEMENT"
            ));
        }
        (has(" before ") && !self.cx.world.target.version.at_least(13, 0, 0)).then(|| {
            format!(
                "{called} is BEFORE … FOR EACH ROW, which partitioned tables have from PostgreSQL 13 on: drop it before the rename, and \
                 make it on each partition"
            )
        })
    }

    fn key_refused(&self, child: &Name, key: &Constraint, to: &TableDef) -> Option<String> {
        let schema = self.cx.world.schema;
        let called = format!("foreign key {} of {child}", key.name.as_ref().map_or("", |name| &name.value));
        let ConstraintKind::ForeignKey(foreign) = &key.kind else { return None };
        if !self.cx.world.target.version.at_least(12, 0, 0) {
            return Some(format!(
                "{called} cannot point at a partitioned table before PostgreSQL 12: drop it in the script, and let code do what it did"
            ));
        }
        if schema.same_relation(child, self.table) {
            return Some(format!("{called} points at its own table: drop it in the script, add it again afterwards"));
        }
        if schema.table(child).is_some_and(|child| child.def.partition_by.is_some() || child.def.partition_of.is_some())
        {
            return Some(format!(
                "{called} is that of a partitioned table, which takes no NOT VALID: drop it in the script, add it again afterwards"
            ));
        }
        let columns = add_foreign_key::referenced(&self.cx, foreign);
        let is_key = to.constraints.iter().any(|own| match &own.kind {
            ConstraintKind::PrimaryKey { columns: own } | ConstraintKind::Unique { columns: own, .. } => {
                own.len() == columns.len() && own.iter().all(|column| columns.contains(column))
            }
            _ => false,
        });
        (!is_key).then(|| {
            format!(
                "{called} points at ({}), which is no key of the partitioned {}, whose keys contain the partition columns: add those to \
                 {child} and to the key, or drop it in the script",
                self.cx.idents(&columns),
                self.table
            )
        })
    }

    fn is_said(&self, o: &Object) -> bool {
        self.said.made.iter().chain(&self.said.dropped).any(|name| name.object == o.name.object)
    }

    /// The query that shows what is bound to the table on the server and not known here; `left` is what it would go on
    /// meaning, `more` another part of the query.
    pub fn unknown(&self, left: &str, more: &str) -> StepDraft {
        let (cx, table) = (&self.cx, regclass(&self.cx, self.table));
        let direct = cx.world.schema.views_on(self.table).into_iter().map(|view| &view.name.object.value);
        let objects = self.objects.iter().map(|o| &o.name.object.value);
        let keys = self.keys.iter().filter_map(|(_, key)| key.name.as_ref()).map(|name| &name.value);
        let mut known: Vec<String> = direct.chain(objects).chain(keys).map(|name| cx.engine().literal(name)).gather();
        let secured = self
            .extras()
            .any(|run| matches!(run.change, Change::SetTableOption { option: TableOption::RowSecurity, .. }));
        known.push_all(secured.then(|| "'row security'".to_string()));
        known.push("''".to_string());
        let sql = format!(
            "SELECT count(*) FROM (SELECT tgname FROM pg_trigger WHERE tgrelid = {table} AND NOT tgisinternal \
             UNION ALL SELECT polname FROM pg_policy WHERE polrelid = {table} \
             UNION ALL SELECT rulename FROM pg_rewrite WHERE ev_class = {table} \
             UNION ALL SELECT conname FROM pg_constraint WHERE confrelid = {table} AND conrelid <> {table} \
             UNION ALL SELECT relname FROM pg_class AS c JOIN pg_rewrite AS r ON c.oid = ev_class JOIN pg_depend ON objid = r.oid \
             WHERE refobjid = {table} AND c.oid <> {table} \
             UNION ALL SELECT pubname FROM pg_publication AS p JOIN pg_publication_rel ON prpubid = p.oid WHERE prrelid = {table} \
             UNION ALL SELECT 'row security' FROM pg_class WHERE oid = {table} AND relrowsecurity{more}) AS bound (name) \
             WHERE name NOT IN ({})",
            known.join(", ")
        );
        StepDraft {
            why: format!(
                "Triggers, policies, rules, views, foreign keys and publications are bound to the table, and would go on meaning {left} \
                 alone. Those that the schema given says are made again on the new {}.",
                self.table
            ),
            ..verify(
                Expand,
                format!("Look for what is bound to {} and not in the schema given", self.table),
                sql,
                "0",
                "Leave out the count to see their names. Give the schema with them and plan again; take the table out of a publication \
                 before, and put the new one in afterwards.",
            )
        }
    }

    /// Views go before anything is locked, the order in which readers lock.
    pub fn views_down(&self) -> Vec<Run> {
        views::down(&self.cx, &self.views)
    }

    /// Foreign keys, triggers and rules of the table, under its old name.
    pub fn down(&self) -> Vec<Run> {
        let mut run: Vec<Run> =
            self.keys.iter().filter_map(|(child, key)| Some(self.key_gone(child, key.name.as_ref()?))).gather();
        let goes = |o: &&&Object| {
            o.kind != ObjectKind::Policy && !self.said.dropped.iter().any(|name| name.object == o.name.object)
        };
        run.push_all(self.objects.iter().filter(goes).map(|o| around::dropped(&self.cx, self.table, o)));
        run
    }

    /// All of it on the table that has the name now; foreign keys are not checked yet.
    pub fn up(&self, to: &TableDef) -> Vec<Run> {
        let cx = &self.cx;
        let objects: Vec<&Object> = self.objects.iter().copied().filter(|o| !self.is_said(o)).gather();
        let mut run: Vec<Run> = self.extras().gather();
        run.push_all(around::made(cx, self.table, &objects));
        run.push_all(self.new_keys().iter().map(|(child, key)| half(cx, child, key)));
        run.push_all(views::up(cx, &self.views));
        run.push_all(self.said_of(|change| is_of_part(change, to)));
        run
    }

    /// The foreign keys, checked.
    pub fn validated(&self) -> Vec<StepDraft> {
        let checked = |(child, key): &(&Name, Constraint)| {
            Some(validate(&self.cx, Switch, child, key.name.as_ref()?)).filter(|_| !key.not_valid)
        };
        self.new_keys().iter().filter_map(checked).gather()
    }

    /// The new foreign keys go, for the way back.
    pub fn back_down(&self) -> Vec<Run> {
        let new = self.new_keys();
        new.iter().filter_map(|(child, key)| Some(self.key_gone(child, key.name.as_ref()?))).gather()
    }

    /// All of it as it was, once the table has its name again.
    pub fn back_up(&self) -> Vec<Run> {
        let cx = &self.cx;
        let fire: Vec<&Object> = self.objects.iter().copied().filter(|o| o.kind != ObjectKind::Policy).gather();
        let mut run = around::made(cx, self.table, &fire);
        run.push_all(self.keys.iter().map(|(child, key)| add_constraint(cx, child, (*key).clone())));
        run.push_all(views::up(cx, &self.views));
        run
    }

    /// Tables whose foreign keys point at it.
    pub fn children(&self) -> Vec<&'a Name> {
        let mut all: Vec<&Name> = Vec::new();
        for (child, _) in self.keys.iter().chain(&self.said.keys_added) {
            if !all.contains(child) && !self.cx.world.schema.same_relation(child, self.table) {
                all.push(child);
            }
        }
        all
    }

    /// What a person has to know.
    pub fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self
            .views
            .iter()
            .map(|view| format!("View {} is made again over the new {}.", view.name, self.table))
            .gather();
        if self.objects.iter().any(|o| o.kind == ObjectKind::Trigger) {
            notes.push(format!(
                "A BEFORE trigger on a partitioned {} must not move a row to another partition (0A000).",
                self.table
            ));
        }
        if self.objects.iter().any(|o| o.kind == ObjectKind::Policy) {
            notes.push(format!(
                "Policies hold for statements that name {}; give nobody rights on its partitions, which have none of their own.",
                self.table
            ));
        }
        notes
    }

    /// Owner, comments, row security, and how columns are stored and counted, as written: they name the table.
    fn extras(&self) -> impl Iterator<Item = Run> {
        self.said_of(|change| {
            matches!(
                change,
                Change::SetTableOption { option: TableOption::RowSecurity | TableOption::Owner(_), .. }
                    | Change::SetColumnOption { .. }
                    | Change::Object { verb: ObjectVerb::Comment, kind: ObjectKind::Table | ObjectKind::Column, .. }
            )
        })
    }

    fn said_of(&self, wanted: impl Fn(&Change) -> bool) -> impl Iterator<Item = Run> {
        let all = self.cx.world.schema.extras(self.table).iter().filter(move |extra| wanted(&extra.change));
        all.map(|extra| Run { sql: extra.text.clone(), change: extra.change.clone() })
    }

    /// Foreign keys as they point at the new table.
    fn new_keys(&self) -> Vec<(&'a Name, Constraint)> {
        let dropped = |child: &Name, key: &Constraint| {
            self.said.keys_dropped.iter().any(|(table, name)| *table == child && key.name.as_ref() == Some(*name))
        };
        let kept = self.keys.iter().filter(|(child, key)| !dropped(child, key));
        let all = kept.chain(&self.said.keys_added);
        all.map(|(child, key)| (*child, Constraint { text: String::new(), ..(*key).clone() })).gather()
    }

    fn key_gone(&self, child: &Name, name: &Ident) -> Run {
        drop_constraint(&self.cx, child, name)
    }
}

/// A comment on an index or constraint whose name the new table has now. LIKE chooses other names, and copies comments.
fn is_of_part(change: &Change, to: &TableDef) -> bool {
    let Change::Object { verb: ObjectVerb::Comment, kind, name: Some(Name { object, .. }), .. } = change else {
        return false;
    };
    let constraint = to.constraints.iter().any(|own| own.name.as_ref() == Some(object));
    let index = || to.indexes.iter().any(|own| own.name.as_ref().is_some_and(|name| name.object == *object));
    to.like.is_none()
        && match kind {
            ObjectKind::Constraint => constraint,
            ObjectKind::Index => constraint || index(),
            _ => false,
        }
}
