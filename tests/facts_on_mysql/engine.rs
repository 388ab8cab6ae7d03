//! What the core says of a statement on the fixture's tables.

use lockstep_core::change::Change;
use lockstep_core::engines;
use lockstep_core::facts::{Algorithm, Blocking, Effects, WorkKind};
use lockstep_core::parse;
use lockstep_core::request::Options;
use lockstep_core::schema::Schema;
use lockstep_core::target::Target;
use lockstep_core::world::{Sizes, World};

/// A server's engine with the fixture's tables.
pub struct Engine {
    schema: Schema,
}

impl Engine {
    /// For `mysql:9.7.4`.
    pub fn of(target: &str, tables: &str) -> Engine {
        let target = Target::parse(target).expect("a version that is covered");
        let mut engine = Engine { schema: Schema::new(target) };
        engine.schema = engine.after(tables);
        engine.schema.settle();
        engine
    }

    /// What each action of a statement does after the given ones.
    pub fn effects(&self, given: &str, statement: &str) -> Vec<Effects> {
        let before = self.after(given);
        let target = before.target();
        let script = parse::parse(statement, target);
        let changes: Vec<&Change> = script.statements.iter().flat_map(|s| &s.changes).map(|a| &a.change).collect();
        let engine = engines::of(target.engine());
        let (sizes, options) = (Sizes::default(), Options::default());
        let mut schema = before.clone();
        let mut alone = Vec::new();
        for change in &changes {
            alone.push(engine.effects(change, &World { target, schema: &schema, sizes: &sizes, options: &options }));
            schema.apply(change);
        }
        engine.together(&changes, alone, &World { target, schema: &before, sizes: &sizes, options: &options })
    }

    /// Whether a statement is said to be refused after the given ones: for what it does, or by its form alone.
    pub fn refuses(&self, given: &str, statement: &str) -> bool {
        let target = self.schema.target();
        let form = engines::of(target.engine()).unknown_form(statement, target);
        form.is_some() || self.effects(given, statement).iter().any(|effects| effects.refused.is_some())
    }

    fn after(&self, text: &str) -> Schema {
        let mut schema = self.schema.clone();
        for statement in &parse::parse(text, schema.target()).statements {
            statement.changes.iter().for_each(|action| schema.apply(&action.change));
        }
        schema
    }
}

/// What the core says, in the words of the tables.
pub fn said(effects: &[Effects]) -> String {
    if effects.iter().any(|e| e.refused.is_some()) {
        return "refused".to_string();
    }
    let Some(algorithm) = effects.iter().filter_map(|e| e.algorithm).max() else { return "runs".to_string() };
    let working = effects.iter().flat_map(|e| &e.work).filter(|w| w.kind != WorkKind::Catalog);
    let lock = match working.map(|w| w.blocking).max() {
        None | Some(Blocking::Nobody) => "NONE",
        Some(Blocking::Writes) => "SHARED",
        Some(Blocking::ReadsAndWrites) => "EXCLUSIVE",
    };
    let algorithm = match algorithm {
        Algorithm::Instant => "INSTANT",
        Algorithm::NoCopy => "NOCOPY",
        Algorithm::Inplace => "INPLACE",
        Algorithm::InplaceRebuild => "REBUILD",
        Algorithm::Copy => "COPY",
    };
    format!("{algorithm} {lock}")
}
