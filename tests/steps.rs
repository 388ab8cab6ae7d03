//! Every statement that we print is read by us as what the plan says it is: nothing unread, nothing worse than stated.

use lockstep_core::plan;
use lockstep_core::report::{Report, Step, StepKind, Traffic};
use lockstep_core::request::Request;
use lockstep_tests::cases::{Case, cases};

#[test]
fn steps_are_as_safe_as_the_plan_says() {
    let faults: Vec<String> = cases("").iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn faults(case: &Case) -> Vec<String> {
    let report = plan(&case.request);
    let mut before = String::new();
    let mut deployed = false;
    let mut faults = Vec::new();
    for step in report.phases.iter().flat_map(|phase| &phase.steps) {
        let name = format!("{}: step {} ({})", case.name, step.id, step.title);
        let again = replan(&case.request, &before, &step.sql);
        faults.extend(unread(&again).map(|sql| format!("{name}: unread: {sql}")));
        // A block that loops over batches is opaque by design when somebody pastes it; its step says what it does.
        if step.kind != StepKind::Backfill && !case.proof.worse_alone.contains(&step.id) {
            faults.extend(worse(step, &again, deployed).into_iter().map(|fault| format!("{name}: {fault}")));
        }
        if let Some(undo) = &step.undo {
            let again = replan(&case.request, &format!("{before}{}", script(&step.sql)), &undo.sql);
            faults.extend(unread(&again).map(|sql| format!("{name}: undo unread: {sql}")));
        }
        deployed |= step.kind == StepKind::Deploy;
        before += &script(&step.sql);
    }
    faults
}

/// What the statements do, planned again on their own, that their step does not say.
fn worse(step: &Step, again: &Report, deployed: bool) -> Vec<String> {
    let mut faults = Vec::new();
    for effects in again.statements.iter().map(|statement| &statement.effects) {
        for (lane, stated, found) in
            [("reads", step.effects.reads, effects.reads), ("writes", step.effects.writes, effects.writes)]
        {
            // After a deploy no running code uses what is removed; planned on its own, that is not known.
            let by_code = deployed && found == Traffic::Fails;
            if found > stated && !by_code {
                faults.push(format!(
                    "{lane} {stated:?} as stated, {found:?} when planned again: {}",
                    step.sql.join("; ")
                ));
            }
        }
        let unsaid = |what: &str, stated: &[String], found: &[String]| {
            // Tables that the step itself makes are empty.
            let new = |table: &String| again.tables.iter().any(|size| size.new && size.name == *table);
            let missing: Vec<&String> = found.iter().filter(|table| !stated.contains(table) && !new(table)).collect();
            (!missing.is_empty()).then(|| format!("{what} {missing:?} not stated: {}", step.sql.join("; ")))
        };
        faults.extend(unsaid("rewrites", &step.effects.rewrites, &effects.rewrites));
        faults.extend(unsaid("scans", &step.effects.scans, &effects.scans));
        faults.extend(unsaid("index builds", &step.effects.index_builds, &effects.index_builds));
        for lock in effects.locks.iter().filter(|lock| !step.effects.locks.contains(lock)) {
            faults.push(format!("lock {} on {} not stated: {}", lock.mode, lock.object, step.sql.join("; ")));
        }
    }
    faults
}

fn unread(report: &Report) -> impl Iterator<Item = &str> {
    let opaque = |sql: &str| sql.starts_with("DO ") || sql.starts_with("CALL ");
    let unread = report.statements.iter().filter(move |s| !s.understood && !opaque(&s.sql));
    unread.map(|statement| statement.sql.as_str())
}

/// Statements planned behind those that ran before; only the new ones are kept.
fn replan(request: &Request, before: &str, sql: &[String]) -> Report {
    let mut report = plan(&Request { sql: format!("{before}{}", script(sql)), ..request.clone() });
    report.statements.retain(|statement| statement.span.start >= before.len());
    report
}

fn script(sql: &[String]) -> String {
    sql.iter().map(|statement| format!("{statement};\n")).collect()
}
