//! Code of the application, old and new, as queries beside a case: what must go on working while a plan is run.
//!
//! `old.sql` is the code before the change: it works from the start until the contract phase removes what it needs.
//! `new.sql` is the code after it: it works from just before the deploy that brings it (in a plan without one, from the
//! end of the switch phase, else from the end of the plan). `both.sql` shows that each sees what the other wrote, as long
//! as both work. `between.sql` is code of plans with several deploys: from the first deploy to the first removal for good, or
//! else the last removal.
//!
//! One line is one transaction, rolled back in the end; `; ` parts its statements. When there are several and the last
//! is a SELECT, it must return true. A line that begins with `! ` must be refused.

use crate::cases::Case;
use crate::execute::Server;
use lockstep_core::report::{PhaseName, Report, Step, StepKind};
use std::fs;
use std::path::Path;

/// The code of a case; empty where there is no file.
#[derive(Debug, Clone, Default)]
pub struct Code {
    /// Before the change.
    pub old: Vec<String>,
    /// After it.
    pub new: Vec<String>,
    /// Each sees what the other wrote.
    pub both: Vec<String>,
    /// From the first deploy to the first removal for good.
    pub between: Vec<String>,
}

impl Code {
    /// Reads what is in the folder of a case.
    pub fn read(folder: &Path) -> Code {
        let lines = |name: &str| -> Vec<String> {
            let text = fs::read_to_string(folder.join(name)).unwrap_or_default();
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("--"));
            lines.map(str::to_string).collect()
        };
        Code { old: lines("old.sql"), new: lines("new.sql"), both: lines("both.sql"), between: lines("between.sql") }
    }
}

/// Which code must work after how many steps of a plan.
pub struct Windows<'a> {
    code: &'a Code,
    /// Old code works as long as no more steps than this were run.
    old_until: usize,
    /// New code works when at least this many steps were run.
    new_from: usize,
    between: (usize, usize),
}

impl<'a> Windows<'a> {
    /// The windows of a plan.
    pub fn of(case: &'a Case, report: &Report) -> Windows<'a> {
        let steps: Vec<(PhaseName, &Step)> =
            report.phases.iter().flat_map(|phase| phase.steps.iter().map(move |step| (phase.name, step))).collect();
        let is_deploy = |(_, step): &(PhaseName, &Step)| step.kind == StepKind::Deploy;
        let removes = |(phase, step): &(PhaseName, &Step)| *phase == PhaseName::Contract && changes(step);
        let (first_deploy, last_deploy) = (steps.iter().position(is_deploy), steps.iter().rposition(is_deploy));
        let for_good = |at: &(PhaseName, &Step)| removes(at) && at.1.irreversible.is_some();
        let first_removal = steps.iter().position(removes);
        let last_removal = steps.iter().position(for_good).or_else(|| steps.iter().rposition(removes));
        let switched = steps.iter().rposition(|(phase, _)| *phase == PhaseName::Switch).map(|at| at + 1);
        let old_until = if case.proof.old_until_deploy { first_deploy } else { first_removal };
        Windows {
            code: &case.code,
            old_until: old_until.unwrap_or(steps.len()),
            new_from: last_deploy.or(switched).unwrap_or(steps.len()),
            between: (first_deploy.unwrap_or(steps.len()), last_removal.unwrap_or(steps.len())),
        }
    }

    /// Runs all code that must work now that so many steps were run.
    ///
    /// # Errors
    /// The first query that fails, in the server's words.
    pub fn run(&self, server: &mut dyn Server, done: usize) -> Result<(), String> {
        let (old, new) = (done <= self.old_until, done >= self.new_from);
        let between = (self.between.0..=self.between.1).contains(&done);
        for (whose, wanted, lines) in [
            ("old code", old, &self.code.old),
            ("new code", new, &self.code.new),
            ("old and new code together", old && new, &self.code.both),
            ("code between two deploys", between, &self.code.between),
        ] {
            for line in lines.iter().filter(|_| wanted) {
                transaction(server, line).map_err(|error| format!("{whose} fails: `{line}`: {error}"))?;
            }
        }
        Ok(())
    }
}

/// The step does something to the database.
fn changes(step: &Step) -> bool {
    !step.sql.is_empty() && step.kind != StepKind::Verify
}

fn transaction(server: &mut dyn Server, line: &str) -> Result<(), String> {
    let refused = line.strip_prefix("! ");
    let statements: Vec<&str> = refused.unwrap_or(line).split("; ").map(|sql| sql.trim_end_matches(';')).collect();
    let outcome = server.run("BEGIN").and_then(|()| all(server, &statements));
    server.reset();
    match (refused, outcome) {
        (Some(_), Ok(())) => Err("it is not refused".to_string()),
        (Some(_), Err(_)) => Ok(()),
        (None, outcome) => outcome,
    }
}

fn all(server: &mut dyn Server, statements: &[&str]) -> Result<(), String> {
    let mut rows = Vec::new();
    for sql in statements {
        rows = server.rows(sql)?;
    }
    let asks = statements.len() > 1 && statements.last().is_some_and(|sql| sql.starts_with("SELECT"));
    let yes = matches!(rows.as_slice(), [row] if matches!(row.as_slice(), [cell] if cell == "t" || cell == "1"));
    if asks && !yes { Err(format!("returned {rows:?}, not true")) } else { Ok(()) }
}
