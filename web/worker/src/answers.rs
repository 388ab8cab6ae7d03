//! One question in, one answer out. All knowledge is the core's.

use crate::archive;
use lockstep_core::report::File;
use lockstep_core::target::Target;
use lockstep_core::{Request, engines, render, rules};
use lockstep_protocol::{Answer, Ask, BUILD, Content, Framework, Question, Ready, RuleDoc};

/// What the page must know before the first question.
pub fn ready() -> Ready {
    let frameworks = render::files::ALL.iter().map(|exporter| Framework {
        id: exporter.id.to_string(),
        title: exporter.title.to_string(),
        engines: exporter.engines.iter().map(|engine| engine.to_string()).collect(),
    });
    let rules = rules::ALL.iter().map(|rule| RuleDoc {
        id: rule.id.to_string(),
        title: rule.title.to_string(),
        when: rule.when.to_string(),
        effect: rule.effect.to_string(),
        why: rule.why.to_string(),
        instead: rule.instead.to_string(),
        sources: rule.sources.iter().map(|source| source.to_string()).collect(),
    });
    Ready { build: BUILD.to_string(), frameworks: frameworks.collect(), rules: rules.collect() }
}

/// Answers one question.
pub fn answer(ask: &Ask) -> Answer {
    let content = match &ask.question {
        Question::Plan(request) => Content::Plan(Box::new(lockstep_core::plan(request))),
        Question::Markdown(request) => Content::Text(render::markdown::markdown(&lockstep_core::plan(request))),
        Question::Json(request) => Content::Text(render::json::json(&lockstep_core::plan(request))),
        Question::Files(request) => Content::Files(files(request)),
        Question::Zip(request) => Content::Bytes(archive::zip(&files(request))),
        Question::StatsQuery(engine) => Content::Text(stats_query(engine)),
    };
    Answer { id: ask.id, content }
}

fn files(request: &Request) -> Vec<File> {
    lockstep_core::plan(request).files
}

fn stats_query(engine: &str) -> String {
    match Target::parse(engine) {
        Ok(target) => engines::of(target.engine).stats_query(target),
        Err(bad) => bad.message,
    }
}
