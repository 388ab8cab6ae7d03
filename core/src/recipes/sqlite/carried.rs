//! What hangs on a table and goes with it when it is dropped: indexes and triggers, to be made again from their text.
//!
//! Views, and triggers of other tables, stay where they are.

use super::shape::Shape;
use super::text::mentions;
use crate::change::{Change, Ident, IndexDef, Name, ObjectKind};
use crate::order::{Gather, PushAll};
use crate::recipes::Cx;

/// Indexes and triggers of a table that is made anew.
#[derive(Debug, Clone, Default)]
pub struct Carried {
    /// CREATE INDEX and CREATE TRIGGER, in the order in which they were made.
    pub statements: Vec<String>,
    /// Their names.
    pub names: Vec<String>,
    /// Names of those that go with a dropped column, or that name one.
    pub lost: Vec<String>,
    /// What a reader has to do about those, in sentences.
    pub notes: Vec<String>,
}

impl Carried {
    /// All that is known to hang on the table; the name of what cannot be made again because its text is not known.
    pub fn of(cx: &Cx<'_>, table: &Name, from: &Shape, to: &Shape) -> Result<Carried, String> {
        let dropped: Vec<&Ident> = from.columns.iter().map(|c| &c.name).filter(|name| !to.has(name)).gather();
        let uses = |text: &str| dropped.iter().copied().find(|column| mentions(text, column));
        let mut carried = Carried::default();
        for index in cx.world.schema.table(table).into_iter().flat_map(|t| &t.def.indexes) {
            let name = index.name.as_ref().map(|name| name.object.value.clone()).unwrap_or_default();
            let text = index_text(cx, index).ok_or_else(|| format!("index {name}"))?;
            match uses(&text) {
                None => carried.keep(name, text),
                Some(column) => carried.lose(name.clone(), format!("Index {name} goes with {column}.")),
            }
        }
        for trigger in cx.world.schema.objects_on(ObjectKind::Trigger, table) {
            let name = trigger.name.object.value.clone();
            let text = trigger.text.trim().trim_end_matches(';').trim_end().to_string();
            match uses(&text) {
                _ if text.is_empty() => return Err(format!("trigger {name}")),
                None => carried.keep(name, text),
                Some(column) => carried.lose(
                    name.clone(),
                    format!(
                        "Trigger {name} names {column}, so it is not made again with {table}: write it without {column} and \
                         create it after the step."
                    ),
                ),
            }
        }
        carried.notes.push_all(dropped.iter().flat_map(|column| broken(cx, table, column)));
        Ok(carried)
    }

    fn keep(&mut self, name: String, text: String) {
        self.names.push(name);
        self.statements.push(text);
    }

    fn lose(&mut self, name: String, note: String) {
        self.lost.push(name);
        self.notes.push(note);
    }
}

/// CREATE INDEX as written; anew where a rename has changed it, unless it has expressions.
fn index_text(cx: &Cx<'_>, index: &IndexDef) -> Option<String> {
    if !index.text.is_empty() {
        return Some(index.text.trim().trim_end_matches(';').trim_end().to_string());
    }
    let plain = index.filter.is_none() && index.parts.iter().all(|part| part.column.is_some());
    let sql = plain.then(|| cx.run(Change::CreateIndex(Box::new(index.clone()))).sql)?;
    (!sql.is_empty()).then_some(sql)
}

/// Views, and triggers elsewhere, that name a column which goes: they stay and fail from then on.
fn broken(cx: &Cx<'_>, table: &Name, column: &Ident) -> Vec<String> {
    let views = cx.world.schema.views_on(table).into_iter().filter(|view| mentions(&view.query, column));
    let mut notes: Vec<String> = views
        .map(|view| {
            format!(
                "View {} names {column}: drop it before, or write it anew after, for it fails from then on and makes every \
                 RENAME fail.",
                view.name
            )
        })
        .gather();
    let elsewhere = cx.world.schema.triggers().filter(|trigger| {
        let own = trigger.on.as_ref().is_some_and(|on| on.object.value.eq_ignore_ascii_case(&table.object.value));
        !own && mentions(&trigger.text, column) && mentions(&trigger.text, &table.object)
    });
    notes.push_all(elsewhere.map(|trigger| {
        let on = trigger.on.as_ref().map(|on| format!(" of {on}")).unwrap_or_default();
        format!("Trigger {}{on} names {table} and {column}: write it anew without {column}.", trigger.name)
    }));
    notes
}
