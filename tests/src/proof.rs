//! The proof of a plan: forward and back leaves nothing behind, forward to the end is what was pasted.

use crate::cases::Case;
use crate::execute::{Server, as_pasted, back, difference, forward, steps};
use lockstep_core::report::{Report, Step};

/// Proves a case on fresh databases from `open`; the faults in words, none when it holds.
pub fn prove(case: &Case, target: &str, open: &mut dyn FnMut() -> Box<dyn Server>) -> Vec<String> {
    let report = plan(case, target);
    let mut faults = Vec::new();
    if steps(&report).is_empty() {
        faults.push("the plan has no steps".to_string());
    }
    faults.extend(to_the_end(case, &report, open).err());
    faults.extend(there_and_back(case, &report, open).err());
    faults.into_iter().map(|fault| format!("{}: {fault}", case.name)).collect()
}

/// The plan for the server at hand, with batches so small that there are several, and no pauses.
fn plan(case: &Case, target: &str) -> Report {
    let mut request = case.request.clone();
    request.engine = target.to_string();
    request.options.batch_size = request.options.batch_size.min(70);
    request.options.pause_ms = 0;
    lockstep_core::plan(&request)
}

/// The whole plan leaves the same schema and rows as the pasted text.
fn to_the_end(case: &Case, report: &Report, open: &mut dyn FnMut() -> Box<dyn Server>) -> Result<(), String> {
    if case.proof.refused {
        return forward(&mut *filled(case, open)?, &steps(report)).map(drop);
    }
    let mut pasted = filled(case, open)?;
    as_pasted(&mut *pasted, report)?;
    let (schema, rows) = (pasted.catalog(), pasted.data());
    drop(pasted);
    let mut planned = filled(case, open)?;
    forward(&mut *planned, &steps(report))?;
    let proof = &case.proof;
    same("the end is not what was pasted", &difference(&schema, &planned.catalog(), &proof.less, &proof.more))?;
    if proof.other_rows {
        return Ok(());
    }
    same("the rows are not those of the pasted text", &difference(&rows, &planned.data(), &[], &[]))
}

/// Forward up to where there is no way back by SQL, then back: the schema is the one before, and the rows unless the plan
/// says that some are lost.
fn there_and_back(case: &Case, report: &Report, open: &mut dyn FnMut() -> Box<dyn Server>) -> Result<(), String> {
    let steps = steps(report);
    let undoable = steps.iter().take_while(|step| step.irreversible.is_none() && !undone_by_hand(step)).count();
    let mut server = filled(case, open)?;
    let (schema, rows) = (server.catalog(), server.data());
    for reached in 1..=undoable {
        // A step without SQL changes nothing, and going back from it was tried from the one before.
        if steps[reached - 1].sql.is_empty() {
            continue;
        }
        let walked = &steps[..reached];
        forward(&mut *server, walked)?;
        let lossy = back(&mut *server, walked)?;
        let after = format!("undone after step {}, the schema is not the one before", walked[reached - 1].id);
        same(&after, &difference(&schema, &server.catalog(), &[], &[]))?;
        if lossy {
            server = filled(case, open)?;
        } else {
            same("undone, the rows are not those before", &difference(&rows, &server.data(), &[], &[]))?;
        }
    }
    Ok(())
}

/// The plan tells a person what to do instead of giving SQL.
fn undone_by_hand(step: &Step) -> bool {
    let action_only = step.undo.as_ref().is_some_and(|undo| undo.sql.is_empty() && !undo.action.is_empty());
    action_only && !step.sql.is_empty()
}

fn filled(case: &Case, open: &mut dyn FnMut() -> Box<dyn Server>) -> Result<Box<dyn Server>, String> {
    let mut server = open();
    for (file, text) in [("schema.sql", &case.schema), ("data.sql", &case.data)] {
        if !text.trim().is_empty() {
            server.run(text).map_err(|error| format!("{file}: {error}"))?;
        }
    }
    server.reset();
    Ok(server)
}

fn same(what: &str, difference: &[String]) -> Result<(), String> {
    if difference.is_empty() { Ok(()) } else { Err(format!("{what}:\n    {}", difference.join("\n    "))) }
}
