//! One question in, one answer out. All knowledge is the core's.

use crate::archive;
use lockstep_core::report::File;
use lockstep_core::target::Target;
use lockstep_core::{Request, engines, render, rules, sizes};
use lockstep_protocol::{Answer, Ask, BUILD, Bytes, Content, Framework, Question, ReadSizes, Ready, Size, pack};

/// What the page must know before the first question.
pub fn ready() -> Ready {
    let frameworks = render::files::ALL.iter().map(|exporter| Framework {
        id: exporter.id.to_string(),
        title: exporter.title.to_string(),
        engines: exporter.engines.iter().map(|engine| engine.to_string()).collect(),
    });
    let rules = rules::CHECKS.iter().map(|rule| rule.id.to_string());
    Ready { build: BUILD.to_string(), frameworks: frameworks.collect(), rules: rules.collect() }
}

/// Answers one question.
pub fn answer(ask: &Ask) -> Result<Answer, String> {
    let content = match &ask.question {
        // Without files: who wants them asks for them.
        Question::Plan(request) => Content::Plan(Box::new(lockstep_core::plan::plan(request))),
        Question::Markdown(request) => Content::Text(render::markdown::markdown(&lockstep_core::plan(request))),
        Question::Json(request) => Content::Text(render::json::json(&lockstep_core::plan(request))),
        Question::Files(request) => Content::Files(files(request)),
        Question::Zip(request) => Content::Bytes(Bytes(archive::zip(&files(request)))),
        Question::StatsQuery(engine) => Content::Text(stats_query(engine)),
        Question::ReadSizes(text) => Content::Sizes(read_sizes(text)),
    };
    let content = pack(&content).map_err(|error| error.to_string())?;
    Ok(Answer { id: ask.id, content })
}

fn files(request: &Request) -> Vec<File> {
    lockstep_core::plan(request).files
}

fn stats_query(engine: &str) -> String {
    match Target::parse(engine) {
        Ok(target) => engines::of(target.engine()).stats_query(target),
        Err(bad) => bad.message,
    }
}

fn read_sizes(text: &str) -> ReadSizes {
    let (tables, problems) = sizes::read(text);
    let server = sizes::server(text);
    let tables = tables.into_iter().map(|(name, stats)| Size {
        table: name.to_string(),
        rows: stats.rows,
        bytes: stats.table_bytes,
        index_bytes: stats.index_bytes,
        writes_per_s: stats.writes_per_s,
    });
    ReadSizes {
        tables: tables.collect(),
        longest_transaction_s: server.longest_transaction_s,
        hardware_factor: server.hardware_factor,
        problems: problems.into_iter().map(|problem| format!("{}: {}", problem.message, problem.instead)).collect(),
    }
}
