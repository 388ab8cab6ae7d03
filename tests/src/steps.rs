//! Steps planned again: every statement that we print is read by us as what the plan says it is.

use lockstep_core::plan;
use lockstep_core::report::{Report, Step, StepKind, Traffic};
use lockstep_core::request::Request;

/// Where a step does more than the plan says of it, or says what we cannot read. `worse_alone`: steps that are only safe as
/// a whole.
pub fn faults(case: &str, request: &Request, worse_alone: &[String]) -> Vec<String> {
    let report = plan(request);
    let mut before = String::new();
    let mut deployed = false;
    let mut faults = Vec::new();
    for step in report.phases.iter().flat_map(|phase| &phase.steps) {
        let name = format!("{}: step {} ({})", case, step.id, step.title);
        let again = replan(request, &before, &step.sql);
        faults.extend(unread(&again).map(|sql| format!("{name}: unread: {sql}")));
        // A block that loops over batches is opaque by design when somebody pastes it; its step says what it does.
        if step.kind != StepKind::Backfill && !worse_alone.contains(&step.id) {
            faults.extend(worse(step, &again, deployed).into_iter().map(|fault| format!("{name}: {fault}")));
        }
        if let Some(undo) = &step.undo {
            let again = replan(request, &format!("{before}{}", script(request, &step.sql)), &undo.sql);
            faults.extend(unread(&again).map(|sql| format!("{name}: undo unread: {sql}")));
        }
        deployed |= step.kind == StepKind::Deploy;
        before += &script(request, &step.sql);
    }
    faults
}

/// Steps that say of themselves that the server refuses them, in a plan that is proved to run.
pub fn said_refused(case: &str, request: &Request) -> Vec<String> {
    let report = plan(request);
    let steps = report.phases.iter().flat_map(|phase| &phase.steps);
    let refused = |step: &Step| {
        let notes = step.effects.notes.iter().filter(|note| note.starts_with("refused: "));
        notes.map(|note| format!("{case}: step {} ({}): {note}", step.id, step.title)).collect::<Vec<_>>()
    };
    steps.flat_map(refused).collect()
}

/// What the statements do, planned again on their own, that their step does not say.
fn worse(step: &Step, again: &Report, deployed: bool) -> Vec<String> {
    let mut faults = Vec::new();
    let read = again.statements.iter().filter(|statement| !is_block(&statement.sql));
    for effects in read.map(|statement| &statement.effects) {
        for (lane, stated, found) in
            [("reads", step.effects.reads, effects.reads), ("writes", step.effects.writes, effects.writes)]
        {
            // What running code feels depends on what is not in the statement: a deploy before it, or the other
            // statements of its transaction, after which the name is there again.
            let by_code = found == Traffic::Fails && (deployed || is_one_of_several(step));
            if found > stated && !by_code {
                faults.push(format!(
                    "{lane} {stated:?} as stated, {found:?} when planned again: {}",
                    step.sql.join("; ")
                ));
            }
        }
        let unsaid = |what: &str, stated: &[String], found: &[String]| {
            // Tables that the step itself makes are empty; temporary ones are gone again at its end.
            let made = |table: &String| again.tables.iter().any(|size| size.new && size.name == *table);
            let new = |table: &String| made(table) || table.starts_with("temp.");
            let missing: Vec<&String> = found.iter().filter(|table| !stated.contains(table) && !new(table)).collect();
            (!missing.is_empty()).then(|| format!("{what} {missing:?} not stated: {}", step.sql.join("; ")))
        };
        faults.extend(unsaid("rewrites", &step.effects.rewrites, &effects.rewrites));
        faults.extend(unsaid("scans", &step.effects.scans, &effects.scans));
        faults.extend(unsaid("index builds", &step.effects.index_builds, &effects.index_builds));
    }
    faults
}

fn is_one_of_several(step: &Step) -> bool {
    let control = ["BEGIN", "COMMIT", "SET ", "PRAGMA "];
    let changes = step.sql.iter().filter(|sql| !control.iter().any(|word| sql.starts_with(word)));
    let swaps = |sql: &String| sql.contains("RENAME") && sql.contains(", ");
    step.sql.iter().any(swaps) || changes.count() > 1
}

/// Opaque by design when somebody pastes it.
fn is_block(sql: &str) -> bool {
    sql.starts_with("DO ") || sql.starts_with("CALL ")
}

fn unread(report: &Report) -> impl Iterator<Item = &str> {
    let unread = report.statements.iter().filter(|statement| !statement.understood && !is_block(&statement.sql));
    unread.map(|statement| statement.sql.as_str())
}

/// Statements planned behind those that ran before; only the new ones are kept.
fn replan(request: &Request, before: &str, sql: &[String]) -> Report {
    let mut report = plan(&Request { sql: format!("{before}{}", script(request, sql)), ..request.clone() });
    report.statements.retain(|statement| statement.span.start >= before.len());
    report
}

/// Statements with an end after each; a MySQL body, with semicolons of its own, gets the client's delimiter.
fn script(request: &Request, sql: &[String]) -> String {
    let mysql = request.engine.starts_with("mysql") || request.engine.starts_with("mariadb");
    let is_body = |sql: &str| sql.starts_with("CREATE PROCEDURE") || sql.starts_with("CREATE TRIGGER");
    let end = |sql: &String| match mysql && is_body(sql) {
        true => format!("DELIMITER //\n{sql}//\nDELIMITER ;\n"),
        false => format!("{sql};\n"),
    };
    sql.iter().map(end).collect()
}
