//! `lockstep stats-query`, `rules`, `recipes` and `explain`.

use crate::{Refusal, output};
use lockstep_core::rules::{ALL, near};
use lockstep_core::target::Target;
use lockstep_core::{engines, recipes};
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
    list(ALL.iter().map(|rule| (rule.id, rule.title)).collect())
}

/// Every recipe, one a line.
pub fn recipes() -> Result<ExitCode, Refusal> {
    let single = recipes::ALL.iter().map(|recipe| (recipe.id, recipe.title));
    list(single.chain(recipes::JOINT.iter().map(|recipe| (recipe.id, recipe.title))).collect())
}

fn list(mut named: Vec<(&str, &str)>) -> Result<ExitCode, Refusal> {
    named.sort_unstable();
    let width = named.iter().map(|(id, _)| id.len()).max().unwrap_or(0);
    let lines: String = named.iter().map(|(id, title)| format!("{id:width$}  {title}\n")).collect();
    output::print(&lines)?;
    Ok(ExitCode::SUCCESS)
}

/// The page of each rule and recipe, as in `docs/rules` and `docs/recipes`.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// One rule or recipe in full, with examples and what is said of them.
pub fn explain(id: &str) -> Result<ExitCode, Refusal> {
    let recipe =
        || recipes::ALL.iter().map(|r| r.id).chain(recipes::JOINT.iter().map(|r| r.id)).any(|recipe| recipe == id);
    let known = ALL.iter().any(|rule| rule.id == id) || recipe();
    let Some((_, page)) = PAGES.iter().find(|(own, _)| known && *own == id) else { return Err(unknown(id)) };
    output::print(page)?;
    Ok(ExitCode::SUCCESS)
}

/// Names the rules that are most like what was asked.
fn unknown(id: &str) -> Refusal {
    let near = near(id);
    match near.is_empty() {
        true => format!("no rule or recipe \"{id}\"; `lockstep rules` and `lockstep recipes` list them"),
        false => format!("no rule or recipe \"{id}\"; did you mean {}?", near.join(", ")),
    }
}
