//! Runs a plan on a real server, as its reader would: step by step, statement by statement, then back.

use lockstep_core::report::{Check, Report, Step, StepKind};

/// A server with a database in it.
pub trait Server {
    /// Runs one statement, or one block that must be sent whole.
    ///
    /// # Errors
    /// The server's own words.
    fn run(&mut self, sql: &str) -> Result<(), String>;

    /// Rows of a query as text.
    ///
    /// # Errors
    /// The server's own words.
    fn rows(&mut self, sql: &str) -> Result<Vec<Vec<String>>, String>;

    /// A fresh session: each step must bring what it needs.
    fn reset(&mut self);

    /// The schema as text.
    fn catalog(&mut self) -> String;

    /// The rows as text.
    fn data(&mut self) -> String;

    /// A schema as text with what this server cannot do without stopping traffic put as what stands in for it.
    fn with_stand_ins(&self, schema: &str) -> String {
        schema.to_string()
    }
}

/// Steps in order.
pub fn steps(report: &Report) -> Vec<&Step> {
    report.phases.iter().flat_map(|phase| &phase.steps).collect()
}

/// Runs the text as pasted.
///
/// # Errors
/// Which statement failed, in the server's words.
pub fn as_pasted(server: &mut dyn Server, report: &Report) -> Result<(), String> {
    for statement in &report.statements {
        server.run(&statement.sql).map_err(|error| format!("as pasted, `{}`: {error}", statement.sql))?;
    }
    server.reset();
    Ok(())
}

/// Runs a step; one whose check fails has failed.
///
/// # Errors
/// Which step and statement failed, in the server's words.
pub fn forward(server: &mut dyn Server, step: &Step) -> Result<(), String> {
    let failed = |error: String| format!("step {} ({}): {error}", step.id, step.title);
    if !matches!(step.kind, StepKind::Deploy | StepKind::Wait | StepKind::Approval) {
        run_all(server, &step.sql).map_err(failed)?;
    }
    match step.check.as_ref().filter(|check| !check.sql.trim().is_empty()) {
        Some(check) => verify(server, check).map_err(failed),
        None => Ok(()),
    }
}

/// Undoes a step. Says whether anything was lost on the way.
///
/// # Errors
/// Which step and statement failed, in the server's words.
pub fn back(server: &mut dyn Server, step: &Step) -> Result<bool, String> {
    let Some(undo) = &step.undo else { return Ok(false) };
    run_all(server, &undo.sql).map_err(|error| format!("undo of step {} ({}): {error}", step.id, step.title))?;
    Ok(!undo.lossy.is_empty())
}

fn run_all(server: &mut dyn Server, statements: &[String]) -> Result<(), String> {
    for sql in statements {
        if let Err(error) = server.run(sql) {
            server.reset();
            return Err(format!("`{sql}`: {error}"));
        }
    }
    server.reset();
    Ok(())
}

/// Runs a check; compares where what is expected is a value or a number of rows.
fn verify(server: &mut dyn Server, check: &Check) -> Result<(), String> {
    let rows = server.rows(&check.sql).map_err(|error| format!("check `{}`: {error}", check.sql))?;
    let first = rows.first().and_then(|row| row.first()).map(String::as_str);
    let right = match check.expected.as_str() {
        "no rows" | "no row" | "zero rows" => rows.is_empty(),
        "one row" => rows.len() == 1,
        value if !value.contains(' ') => first == Some(value),
        _ => true,
    };
    let found = if rows.len() > 3 { format!("{} rows", rows.len()) } else { format!("{rows:?}") };
    if right { Ok(()) } else { Err(format!("check `{}` returned {found}, expected {}", check.sql, check.expected)) }
}

/// Lines that only one of two texts has, as `- only first` and `+ only second`, those that begin as allowed left out.
pub fn difference(first: &str, second: &str, less: &[String], more: &[String]) -> Vec<String> {
    let (a, b): (Vec<&str>, Vec<&str>) = (first.lines().collect(), second.lines().collect());
    let only = |these: &[&str], those: &[&str], allowed: &[String], mark: &str| -> Vec<String> {
        let missing = these.iter().filter(|line| !those.contains(line));
        let wanted = missing.filter(|line| !allowed.iter().any(|start| line.starts_with(start.as_str())));
        wanted.map(|line| format!("{mark} {line}")).collect()
    };
    let mut lines = shortened(only(&a, &b, less, "-"));
    lines.extend(shortened(only(&b, &a, more, "+")));
    lines
}

/// A few lines are enough to see what is wrong.
fn shortened(mut lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(8);
    if more > 0 {
        lines.truncate(8);
        lines.push(format!("… and {more} lines more"));
    }
    lines
}
