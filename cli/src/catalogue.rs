//! `lockstep stats-query`, `rules` and `explain`.

use crate::{Refusal, output};
use lockstep_core::engines;
use lockstep_core::rules::{ALL, Rule, near};
use lockstep_core::target::Target;
use std::process::ExitCode;

/// The query whose output is given back as statistics.
pub fn stats_query(engine: &str) -> Result<ExitCode, Refusal> {
    let target = Target::parse(engine).map_err(|bad| format!("--engine: {}", bad.message))?;
    let query = engines::of(target.engine).stats_query(target);
    output::print(&format!("{}\n", query.trim_end()))?;
    Ok(ExitCode::SUCCESS)
}

/// Every rule, one a line.
pub fn rules() -> Result<ExitCode, Refusal> {
    let width = ALL.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let lines: String = ALL.iter().map(|rule| format!("{:width$}  {}\n", rule.id, rule.title)).collect();
    output::print(&lines)?;
    Ok(ExitCode::SUCCESS)
}

/// One rule in full.
pub fn explain(id: &str) -> Result<ExitCode, Refusal> {
    let Some(rule) = ALL.iter().find(|rule| rule.id == id) else { return Err(unknown(id)) };
    output::print(&text(rule))?;
    Ok(ExitCode::SUCCESS)
}

fn text(rule: &Rule) -> String {
    let sources: String = rule.sources.iter().map(|source| format!("- {source}\n")).collect();
    format!(
        "# {}\n\n{}\n\nWhen: {}\n\nEffect: {}\n\nWhy: {}\n\nInstead: {}\n\nSources:\n{sources}",
        rule.id, rule.title, rule.when, rule.effect, rule.why, rule.instead
    )
}

/// Names the rules that share a word with what was asked.
fn unknown(id: &str) -> Refusal {
    let near = near(id);
    match near.is_empty() {
        true => format!("no rule \"{id}\"; `lockstep rules` lists them"),
        false => format!("no rule \"{id}\"; did you mean {}?", near.join(", ")),
    }
}
