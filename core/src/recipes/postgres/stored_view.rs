//! A materialized view built anew beside the one that is used, then exchanged by name.

use super::views;
use crate::change::{Change, IndexDef, Name, ObjectKind, ObjectVerb};
use crate::draft::{Run, StepDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::Cx;
use crate::recipes::shared::draft::undo;
use crate::recipes::shared::names::fit;
use crate::report::PhaseName;
use crate::schema::View;

/// The new contents of a stored view.
pub struct Rebuild<'a> {
    /// The context.
    pub cx: Cx<'a>,
    /// The view as it is.
    pub view: &'a View,
    /// Its query from now on.
    pub query: &'a str,
    /// Its indexes from now on.
    pub indexes: &'a [IndexDef],
    /// When.
    pub phase: PhaseName,
    /// Views that are bound to the old one.
    pub around: Around,
}

/// Statements around an exchange.
#[derive(Default)]
pub struct Around {
    /// Views taken down.
    pub down: Vec<Run>,
    /// Views put up again.
    pub up: Vec<Run>,
    /// The same as they were before.
    pub back: Vec<Run>,
}

impl Around {
    /// The views built on a relation, as the schema knows them. None where one of them is stored.
    pub fn of(cx: &Cx<'_>, relation: &Name) -> Option<Around> {
        let chain = views::above(cx, std::slice::from_ref(relation));
        if chain.iter().any(|view| view.materialized) {
            return None;
        }
        let up = views::up(cx, &chain);
        Some(Around { down: views::down(cx, &chain), back: up.clone(), up })
    }
}

impl Rebuild<'_> {
    /// Built beside, exchanged, the old one dropped.
    pub fn all(&self) -> Vec<StepDraft> {
        let mut steps = self.exchanged();
        let old = self.aside();
        let mut back = vec![self.create(&old, &self.view.query)];
        back.push_all(self.view.indexes.iter().map(|index| self.index(index, &old, "old")));
        steps.push(StepDraft {
            why: "Nothing reads it any more.".to_string(),
            undo: undo(back),
            ..StepDraft::locked(self.phase, format!("Drop the old contents ({})", old.object), vec![self.drop(&old)])
        });
        steps
    }

    /// Built beside and exchanged; the old one stays under another name.
    pub fn exchanged(&self) -> Vec<StepDraft> {
        vec![self.build(), self.exchange()]
    }

    /// `DROP MATERIALIZED VIEW` of the old contents.
    pub fn drop_aside(&self) -> Run {
        self.drop(&self.aside())
    }

    /// The name that the old one has after the exchange.
    fn aside(&self) -> Name {
        self.named("old")
    }

    fn named(&self, word: &str) -> Name {
        let own = &self.view.name;
        own.sibling(fit(&format!("{}_{word}", own.object), self.cx.engine().ident_limit()))
    }

    fn create(&self, name: &Name, query: &str) -> Run {
        let unfilled = self.view.definition.to_ascii_lowercase().trim_end().ends_with("with no data");
        self.cx.run(Change::CreateView {
            name: name.clone(),
            replace: false,
            materialized: true,
            query: query.trim_end().to_string(),
            reads: self.view.reads.clone(),
            with_data: !unfilled,
        })
    }

    fn drop(&self, name: &Name) -> Run {
        self.cx.run(Change::drop_view(name.clone(), true))
    }

    fn index(&self, index: &IndexDef, on: &Name, word: &str) -> Run {
        let own = super::parts::index_name(&self.cx, index).object;
        let name = Name::new(fit(&format!("{own}_{word}"), self.cx.engine().ident_limit()));
        self.cx.run(Change::CreateIndex(Box::new(IndexDef {
            name: Some(name),
            table: on.clone(),
            concurrently: false,
            if_not_exists: false,
            text: String::new(),
            ..index.clone()
        })))
    }

    fn build(&self) -> StepDraft {
        let new = self.named("new");
        let mut run = vec![self.create(&new, self.query)];
        run.push_all(self.indexes.iter().map(|index| self.index(index, &new, "new")));
        StepDraft {
            why: format!(
                "It is filled beside {0} while queries go on reading {0} as it is; only its sources are read.",
                self.view.name
            ),
            undo: undo(vec![self.drop(&new)]),
            on_failure: "The transaction is undone as a whole. Run it again.".to_string(),
            ..StepDraft::sql(self.phase, format!("Build {} beside {}", new.object, self.view.name), run)
        }
    }

    fn exchange(&self) -> StepDraft {
        let (own, new, old) = (&self.view.name, self.named("new"), self.named("old"));
        let around = |middle: Vec<Run>, up: &[Run]| {
            let mut run = self.around.down.clone();
            run.push_all(middle);
            run.push_all(up.iter().cloned());
            run
        };
        let mut forth = vec![self.rename(own, &old), self.rename(&new, own)];
        forth.push_all(self.rename_indexes(&self.view.indexes, "", "_old"));
        forth.push_all(self.rename_indexes(self.indexes, "_new", ""));
        forth.push_all(views::extras(&self.cx, own));
        let mut back = self.rename_indexes(self.indexes, "", "_new");
        back.push_all(self.rename_indexes(&self.view.indexes, "_old", ""));
        back.push_all([self.rename(own, &new), self.rename(&old, own)]);
        StepDraft {
            why: "Names are catalog entries: readers wait for a moment and then read the new contents. Views on it are bound \
                  to the old one and are made again in the same transaction."
                .to_string(),
            undo: undo(around(back, &self.around.back)),
            ..StepDraft::locked(self.phase, format!("Exchange {own} for the new contents"), around(forth, &self.around.up))
        }
    }

    fn rename(&self, from: &Name, to: &Name) -> Run {
        let to = self.cx.ident(&to.object);
        let change = Change::Object {
            verb: ObjectVerb::Rename,
            kind: ObjectKind::MaterializedView,
            name: Some(from.clone()),
            on: None,
            text: ["rename to ", &to].concat(),
        };
        Run { sql: format!("ALTER MATERIALIZED VIEW {} RENAME TO {to}", self.cx.name(from)), change }
    }

    fn rename_indexes(&self, indexes: &[IndexDef], from: &str, to: &str) -> Vec<Run> {
        let limit = self.cx.engine().ident_limit();
        let called = |own: &str, word: &str| match word {
            "" => own.to_string(),
            word => fit(&format!("{own}{word}"), limit),
        };
        let rename = |index: &IndexDef| {
            let own = super::parts::index_name(&self.cx, index).object.value;
            let name = self.view.name.sibling(called(&own, from));
            let to = crate::change::Ident::new(called(&own, to));
            self.cx.run(Change::RenameIndex { name, table: None, to })
        };
        indexes.iter().map(rename).gather()
    }

    /// What a person has to know.
    pub fn notes(&self) -> Vec<String> {
        vec![format!(
            "Rights and comments of {} that are not in the schema given are not carried over. Do not refresh it between the \
             build and the exchange: the new one would lack what the refresh brought.",
            self.view.name
        )]
    }
}
