//! Views: those that changed, and those in the way of a change, are dropped first and made again at the end.

use super::columns::same_type;
use super::side::Side;
use super::{Writer, in_order, same};
use crate::change::{Change, Name, TableDef};
use crate::order::{Gather, PushAll};
use crate::schema::{View, mentions};
use crate::target::Engine;

fn reads(side: &Side<'_>, view: &View, relation: &Name) -> bool {
    view.reads.iter().any(|read| side.schema.same_relation(read, relation))
}

/// Views of the old schema that go, are other ones now, read one of these, or read a column that goes or gets another type.
pub(super) fn remade(old: &Side<'_>, new: &Side<'_>) -> Vec<Name> {
    let holds = !old.schema.target().engine().is_mysql_family();
    let in_the_way = |view: &View| {
        view.reads.iter().any(|read| match (old.table(read), new.table(read)) {
            (Some(a), Some(b)) => in_the_way(&a.def, &b.def, &view.query),
            (Some(_), None) => true,
            (None, _) => false,
        })
    };
    let other = |view: &View| new.schema.view(&view.name).is_none_or(|now| !same(now, view));
    let mut out: Vec<Name> = Vec::new();
    loop {
        let due = |view: &&View| {
            !out.contains(&view.name)
                && (other(view) || (holds && (in_the_way(view) || out.iter().any(|name| reads(old, view, name)))))
        };
        let more: Vec<Name> = old.schema.views().filter(due).map(|view| view.name.clone()).gather();
        if more.is_empty() {
            return out;
        }
        out.push_all(more);
    }
}

fn same(a: &View, b: &View) -> bool {
    a.materialized == b.materialized && same::text(&a.query, &b.query) && same::text(&a.definition, &b.definition)
}

/// A column of the table that the text names is gone or has another type.
pub(super) fn in_the_way(old: &TableDef, new: &TableDef, text: &str) -> bool {
    old.columns.iter().any(|was| {
        let now = new.columns.iter().find(|now| now.name == was.name);
        let kept = now.is_some_and(|now| same_type(was, now));
        !kept && mentions(text, &was.name.value)
    })
}

impl Writer<'_> {
    pub(super) fn drop_views(&mut self) {
        let old = self.old;
        let views: Vec<&View> =
            self.remade.iter().filter(|name| !self.is_aside(name)).filter_map(|name| old.schema.view(name)).gather();
        let mut ordered = in_order(views, |view| &view.name, |view| view.reads.clone());
        ordered.reverse();
        for view in ordered {
            self.emit(&Change::drop_view(view.name.clone(), view.materialized));
        }
    }

    pub(super) fn create_views(&mut self) {
        let new = self.new;
        let made: Vec<&View> =
            new.schema.views().filter(|v| self.is_fresh(&v.name) && !self.is_aside(&v.name)).gather();
        for view in in_order(made, |view| &view.name, |view| view.reads.clone()) {
            match view.definition.is_empty() {
                false => self.statements.push(view.definition.clone()),
                true => self.emit(&view.create(false)),
            }
            if self.is_remade(&view.name) && self.target.engine() == Engine::Postgres {
                self.note(format!(
                    "view {} is made again: rights on it that the text does not name are gone then",
                    view.name
                ));
            }
        }
    }
}
