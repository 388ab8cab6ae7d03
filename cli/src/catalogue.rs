//! `lockstep stats-query`, `rules` and `explain`.

use crate::{Refusal, output};
use lockstep_core::engines;
use lockstep_core::rules::{ALL, near};
use lockstep_core::target::Target;
use std::process::ExitCode;

/// The query whose output is given back as statistics.
pub fn stats_query(engine: &str) -> Result<ExitCode, Refusal> {
    let target = Target::parse(engine).map_err(|bad| format!("--engine: {}", bad.message))?;
    let query = engines::of(target.engine()).stats_query(target);
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

/// The page of each rule, as in `docs/rules`.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// One rule in full, with examples and what is said of them.
pub fn explain(id: &str) -> Result<ExitCode, Refusal> {
    let known = ALL.iter().any(|rule| rule.id == id);
    let Some((_, page)) = PAGES.iter().find(|(own, _)| known && *own == id) else { return Err(unknown(id)) };
    output::print(page)?;
    Ok(ExitCode::SUCCESS)
}

/// Names the rules that are most like what was asked.
fn unknown(id: &str) -> Refusal {
    let near = near(id);
    match near.is_empty() {
        true => format!("no rule \"{id}\"; `lockstep rules` lists them"),
        false => format!("no rule \"{id}\"; did you mean {}?", near.join(", ")),
    }
}
