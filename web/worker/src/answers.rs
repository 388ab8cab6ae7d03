//! One question in, one answer out. All knowledge is the core's.

use lockstep_core::target::Target;
use lockstep_core::{engines, plan, rules};
use lockstep_protocol::{Answer, Ask, BUILD, Content, Question, Ready, pack};

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
        Question::Export(_) | Question::ReadSizes(_) => return Err("a planner was asked for a text".to_string()),
        Question::StatsQuery(engine) => Content::Text(stats_query(engine)),
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
