//! What recipes made of a request, by their ids: for the pages that explain them.

use super::analyse::{self, Fixed};
use super::settled::SaidUndo;
use super::{baseline, options, sizes};
use crate::order::Gather;
use crate::parse;
use crate::report::PhaseName;
use crate::request::Request;
use crate::rules::Ahead;
use crate::rules::suppression::Suppressions;
use crate::target::Target;

/// What one recipe made of one or several statements.
pub struct Example {
    /// Id of the recipe.
    pub recipe: &'static str,
    /// The statements, as written.
    pub sql: String,
    /// In order.
    pub steps: Vec<ExampleStep>,
    /// For the checklist.
    pub checklist: Vec<String>,
    /// What the reader must know.
    pub notes: Vec<String>,
}

/// One step of an example.
pub struct ExampleStep {
    /// Which phase.
    pub phase: PhaseName,
    /// What is done.
    pub title: String,
    /// Why.
    pub why: String,
    /// How it is taken back, in words.
    pub undo: String,
}

/// Drafts of a request in the order of its statements, those left out that run as written. Empty for an engine that is
/// not known.
pub fn of(request: &Request) -> Vec<Example> {
    let Ok(target) = Target::parse(&request.engine) else { return Vec::new() };
    let mut unread = Vec::new();
    let mut schema = baseline(request, target, &mut unread);
    let sizes = sizes(request, &mut unread);
    let script = parse::parse(&request.sql, target);
    let (options, suppressions) = (options(request, target), Suppressions::read(&request.sql, &script));
    let schema_text = request.schema.as_deref().unwrap_or_default();
    let ahead = Ahead::read(&script, &request.sql, schema_text);
    let cx =
        Fixed { target, sizes: &sizes, options: &options, suppressions: &suppressions, schema_text, ahead: &ahead };
    let analysis = analyse::analyse(&request.sql, &script, &mut schema, &cx);
    let text = |at: usize| script.statements.get(at).map_or("", |one| one.span.of(&request.sql).trim());
    let mut found = Vec::new();
    for one in &analysis.statements {
        for draft in one.drafted.drafts.iter().filter(|draft| !draft.as_written) {
            let statements = std::iter::once(&one.index).chain(&draft.also).map(|at| format!("{};\n", text(*at)));
            let steps = draft.steps.iter().map(|settled| ExampleStep {
                phase: settled.step.phase,
                title: settled.step.title.clone(),
                why: settled.step.why.clone(),
                undo: match &settled.undo {
                    SaidUndo::Nothing => "nothing to undo".to_string(),
                    SaidUndo::Sql { lossy, .. } if lossy.is_empty() => "by SQL, nothing is lost".to_string(),
                    SaidUndo::Sql { lossy, .. } => format!("by SQL; lost: {lossy}"),
                    SaidUndo::Action(what) => what.clone(),
                    SaidUndo::Impossible(why) => format!("no way back: {why}"),
                },
            });
            found.push(Example {
                recipe: draft.recipe,
                sql: statements.collect(),
                steps: steps.gather(),
                checklist: draft.checklist.clone(),
                notes: draft.notes.clone(),
            });
        }
    }
    found
}
