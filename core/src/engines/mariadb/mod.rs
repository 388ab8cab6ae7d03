//! MariaDb: see the tables in this folder.

use super::{Capability, EngineFacts, EngineRunbook, LockWords};
use crate::change::{Change, Ident};
use crate::facts::Effects;
use crate::target::Target;
use crate::world::World;

/// The engine's answers.
#[derive(Debug, Clone, Copy)]
pub struct MariaDb;

impl EngineFacts for MariaDb {
    fn effects(&self, _change: &Change, _world: &World<'_>) -> Effects {
        Effects::unknown("not answered yet")
    }

    fn can(&self, _capability: Capability, _target: Target) -> bool {
        false
    }

    fn ident(&self, ident: &Ident) -> String {
        format!("\"{}\"", ident.value.replace('"', "\"\""))
    }

    fn literal(&self, text: &str) -> String {
        format!("'{}'", text.replace('\'', "''"))
    }

    fn print(&self, _change: &Change, _target: Target) -> Option<String> {
        None
    }

    fn ident_limit(&self) -> usize {
        63
    }

    fn lock_timeout(&self, _ms: u64, _local: bool) -> Vec<String> {
        Vec::new()
    }

    fn lock_words(&self) -> LockWords {
        LockWords { write: "", read: "" }
    }

    fn runbook(&self, _target: Target) -> EngineRunbook {
        EngineRunbook::default()
    }

    fn stats_query(&self, _target: Target) -> String {
        String::new()
    }
}
