//! What recipes need of an engine's SQL beyond one statement for one change.
//!
//! In: a job such as "these rows, in batches". Out: statements. Never: when to use them (recipes decide).

use super::shared::batches::Batches;
use super::{Cx, mysql, postgres, sqlite};
use crate::change::{Name, ObjectKind, TableDef};
use crate::draft::{Draft, Run, UndoDraft};
use crate::report::OtherWay;
use crate::target::Engine;

/// Helper SQL of one dialect. The defaults say "cannot", so that a dialect only answers what it can.
pub trait Dialect: Sync {
    /// Statements that change rows batch by batch, each batch committed. None when the server has no loop that
    /// commits: the rows are then changed by one statement, or by a client.
    fn batches(&self, _cx: &Cx<'_>, _job: &Batches) -> Option<Vec<Run>> {
        None
    }

    /// Other ways to run the same batches.
    fn other_ways(&self, _cx: &Cx<'_>, _job: &Batches) -> Vec<OtherWay> {
        Vec::new()
    }

    /// Statements that give a table that was made anew its previous shape again, when that is known.
    fn undo_rebuild(&self, _cx: &Cx<'_>, _table: &Name, _made: &TableDef) -> Option<UndoDraft> {
        None
    }

    /// One draft for changes of one table that make the whole of it anew, so that this is done once. None when they are
    /// not such changes. Each alone is one too.
    fn one_pass(&self, _parts: &[Cx<'_>]) -> Option<Draft> {
        None
    }

    /// How an object of this kind is dropped.
    fn drop_of(&self, kind: ObjectKind) -> DropForm {
        use ObjectKind::{Event, Function, Procedure, Schema, Sequence, Trigger};
        match kind {
            Event | Function | Procedure | Schema | Sequence | Trigger => DropForm::Named,
            _ => DropForm::ByHand,
        }
    }
}

/// How an object is named in its DROP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropForm {
    /// `DROP KIND name`.
    Named,
    /// `DROP KIND name ON table`.
    OnTable,
    /// More is needed than its name.
    ByHand,
}

/// The dialect of an engine.
pub fn of(engine: Engine) -> &'static dyn Dialect {
    match engine {
        Engine::Postgres => &postgres::batches::Postgres,
        Engine::MySql | Engine::MariaDb => &mysql::batches::MySqlFamily,
        Engine::Sqlite => &sqlite::batches::Sqlite,
    }
}
