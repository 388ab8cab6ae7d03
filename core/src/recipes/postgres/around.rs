//! What the server binds to a column, taken down before an exchange of names and put up again after it: views, and the
//! triggers, policies and rules of the table that name the column.

use super::sql::object;
use super::{bound, views};
use crate::change::{Change, Ident, Name, ObjectKind, ObjectVerb, TableOption};
use crate::draft::Run;
use crate::order::{Gather, PushAll};
use crate::recipes::shared::titles;
use crate::recipes::{Cx, inverse};
use crate::schema::{Extra, Object, View};

/// What has to be made again.
pub struct Around<'a> {
    cx: Cx<'a>,
    table: &'a Name,
    /// Views, what is read before what reads it.
    chain: Vec<&'a View>,
    /// Stored views that read the column.
    pub stored: Vec<&'a View>,
    /// Triggers, policies and rules whose text is known.
    objects: Vec<&'a Object>,
    /// Those whose text is not.
    unknown: Vec<&'a Object>,
    /// What the script itself makes again, in its order; what is not among it goes on as it was.
    again: Vec<Run>,
    /// What the script drops, by its own statements.
    gone: Vec<Name>,
}

impl<'a> Around<'a> {
    /// None where a stored view is built on a view that would have to go.
    pub fn of(cx: &Cx<'a>, table: &'a Name, column: &Ident) -> Option<Around<'a>> {
        let (stored, direct): (Vec<&View>, Vec<&View>) =
            bound::views(cx, table, column).into_iter().partition(|view| view.materialized);
        let names: Vec<Name> = direct.iter().map(|view| view.name.clone()).gather();
        let chain: Vec<&View> = direct.into_iter().chain(views::above(cx, &names)).gather();
        let refill = chain.iter().chain(&stored).any(|view| view.stale)
            || chain.iter().any(|view| view.materialized)
            || stored
                .iter()
                .any(|view| views::above(cx, std::slice::from_ref(&view.name)).iter().any(|above| above.materialized));
        if refill {
            return None;
        }
        let kinds = [ObjectKind::Trigger, ObjectKind::Policy, ObjectKind::Rule];
        let objects = kinds.into_iter().flat_map(|kind| bound::objects(cx, kind, table, column));
        let (objects, unknown) = objects.partition(|object| !object.text.is_empty());
        Some(Around { cx: *cx, table, chain, stored, objects, unknown, again: Vec::new(), gone: Vec::new() })
    }

    /// Views go before the table is locked: the order in which readers lock.
    pub fn views_down(&self) -> Vec<Run> {
        views::down(&self.cx, &self.chain)
    }

    /// Triggers, policies and rules go once it is locked.
    pub fn objects_down(&self) -> Vec<Run> {
        self.objects.iter().map(|o| dropped(&self.cx, self.table, o)).gather()
    }

    /// The same with what the script says of it.
    pub fn with(self, gone: &[Name], again: Vec<Run>) -> Around<'a> {
        let gone = gone.iter().filter(|name| self.has(name)).cloned().gather();
        Around { gone, again, ..self }
    }

    /// Does it take this down and put it up again?
    pub fn has(&self, name: &Name) -> bool {
        let schema = self.cx.world.schema;
        self.chain.iter().any(|view| schema.same_relation(&view.name, name))
            || self.objects.iter().any(|o| o.name.object == name.object)
    }

    /// Everything again: what the script makes as it says, the rest as the schema says it.
    pub fn up(&self) -> Vec<Run> {
        let schema = self.cx.world.schema;
        let kept = |name: &Name| !self.gone.iter().any(|gone| schema.same_relation(gone, name));
        let objects: Vec<&Object> = self.objects.iter().copied().filter(|o| kept(&o.name)).gather();
        let chain: Vec<&View> = self.chain.iter().copied().filter(|view| kept(&view.name)).gather();
        let mut run = made(&self.cx, self.table, &objects);
        run.push_all(self.again.iter().cloned());
        run.push_all(views::up(&self.cx, &chain));
        run
    }

    /// Everything as it was.
    pub fn back(&self) -> Vec<Run> {
        let mut run = made(&self.cx, self.table, &self.objects);
        run.push_all(views::up(&self.cx, &self.chain));
        run
    }

    /// What a person has to know.
    pub fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self
            .chain
            .iter()
            .map(|view| {
                format!(
                    "View {} is made again in the same transaction, with the rights and comments that the schema given says.",
                    view.name
                )
            })
            .gather();
        notes.push_all(self.unknown.iter().map(|o| {
            format!(
                "The text of {} {} was not given: if it names the column, make it again in the same transaction.",
                titles::kind_words(o.kind).to_lowercase(),
                o.name.object
            )
        }));
        notes
    }
}

/// `DROP TRIGGER x ON table`.
pub fn dropped(cx: &Cx<'_>, table: &Name, o: &Object) -> Run {
    let (kind, on) = (titles::kind_words(o.kind), cx.name(table));
    object(ObjectVerb::Drop, o.kind, &o.name, Some(table), format!("DROP {kind} {} ON {on}", cx.ident(&o.name.object)))
}

/// Objects of a table as they were written, each with what the schema says of it.
pub fn made(cx: &Cx<'_>, table: &Name, objects: &[&Object]) -> Vec<Run> {
    let mut run = Vec::new();
    for o in objects {
        run.push(inverse::made(o));
        let about = cx.world.schema.extras(table).iter().filter(|extra| is_about(extra, o));
        run.push_all(about.map(|extra| Run { sql: extra.text.clone(), change: extra.change.clone() }));
    }
    run
}

/// `ENABLE ALWAYS TRIGGER x`, `COMMENT ON POLICY x …`.
fn is_about(extra: &Extra, object: &Object) -> bool {
    match &extra.change {
        Change::SetTableOption { option: TableOption::Triggers, .. } => {
            object.kind == ObjectKind::Trigger
                && crate::recipes::shared::words::mentions(&extra.text, &object.name.object)
        }
        Change::Object { verb: ObjectVerb::Comment, kind, name: Some(name), .. } => {
            *kind == object.kind && name.object == object.name.object
        }
        _ => false,
    }
}
