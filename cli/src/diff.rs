//! `lockstep diff`.

use crate::args::DiffArgs;
use crate::{Refusal, input, notes, output};
use lockstep_core::diff;
use lockstep_core::parse::Problem;
use lockstep_core::source::LineIndex;
use lockstep_core::target::Target;
use std::path::Path;
use std::process::ExitCode;

/// Prints the DDL that makes the second schema of the first.
pub fn run(args: &DiffArgs) -> Result<ExitCode, Refusal> {
    let target = Target::parse(&args.engine).map_err(|bad| format!("--engine: {}", bad.message))?;
    let (old, new) = (input::read(&args.old)?, input::read(&args.new)?);
    let difference = diff::diff(&old, &new, target);
    say(&difference.old_problems, &old, &args.old);
    say(&difference.new_problems, &new, &args.new);
    difference.notes.iter().chain(&difference.left).for_each(|note| notes::warning(note));
    output::print(&difference.sql)?;
    Ok(ExitCode::SUCCESS)
}

fn say(problems: &[Problem], text: &str, path: &Path) {
    let index = LineIndex::new(text);
    for problem in problems {
        let at = index.position(problem.span.start);
        let name = input::name(path);
        notes::warning(&format!("{name}:{}:{}: {} {}", at.line, at.column, problem.message, problem.instead));
    }
}
