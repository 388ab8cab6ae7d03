//! One question in, one answer out. All knowledge is the core's.

use lockstep_core::target::Target;
use lockstep_core::{engines, plan, rules, sizes};
use lockstep_protocol::{Answer, Ask, BUILD, Content, Question, ReadSizes, Ready, Size, pack};

/// What the page must know before the first question.
pub fn ready() -> Ready {
    let rules = rules::CHECKS.iter().map(|rule| rule.id.to_string());
    Ready { build: BUILD.to_string(), rules: rules.collect() }
}

/// Answers one question.
pub fn answer(ask: &Ask) -> Result<Answer, String> {
    let content = match &ask.question {
        // Without files: who wants them asks for them.
        Question::Plan(request) => Content::Plan(Box::new(plan::plan(request))),
        Question::Export(_) => return Err("a planner was asked to write".to_string()),
        Question::StatsQuery(engine) => Content::Text(stats_query(engine)),
        Question::ReadSizes(text) => Content::Sizes(read_sizes(text)),
    };
    let content = pack(&content).map_err(|error| error.to_string())?;
    Ok(Answer { id: ask.id, content })
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
