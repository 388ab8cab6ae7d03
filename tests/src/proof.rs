//! The proof of a plan: old and new code work when they have to, forward to the end is what was pasted, back from each
//! step leaves nothing behind, and after all of that the plan still reaches its end.

use crate::cases::{Case, Proof};
use crate::code::Windows;
use crate::execute::{Server, as_pasted, back, difference, forward, steps};
use lockstep_core::report::{Report, Step};

/// So few rows a batch that the rows of a case take several.
const BATCH: u64 = 70;

/// Proves a case on fresh databases from `open`; the faults in words, none when it holds.
pub fn prove(case: &Case, target: &str, open: &mut dyn FnMut() -> Box<dyn Server>) -> Vec<String> {
    let report = plan(case, target, BATCH);
    let walk = Walk { case, windows: Windows::of(case, &report), steps: steps(&report), report: &report };
    let mut faults = Vec::new();
    if walk.steps.is_empty() {
        faults.push("the plan has no steps".to_string());
    }
    match walk.to_the_end(open) {
        Ok(end) => faults.extend(walk.there_and_back(end.as_ref(), open).err()),
        Err(fault) => faults.push(fault),
    }
    faults.into_iter().map(|fault| format!("{}: {fault}", case.name)).collect()
}

/// On a server older than the case needs: it must refuse the schema or the text, or the case belongs on it.
///
/// # Errors
/// When the server takes everything.
pub fn refused(case: &Case, target: &str, open: &mut dyn FnMut() -> Box<dyn Server>) -> Result<(), String> {
    let mut run = || as_pasted(&mut *filled(case, open)?, &plan(case, target, BATCH));
    match run() {
        Err(_) => Ok(()),
        Ok(()) => Err(format!("{}: {target} takes it, although it says `since = {}`", case.name, case.proof.since)),
    }
}

/// The plan for the server at hand, with batches so small that there are several, and no pauses.
pub(crate) fn plan(case: &Case, target: &str, batch: u64) -> Report {
    let mut request = case.request.clone();
    request.engine = target.to_string();
    request.options.batch_size = request.options.batch_size.min(batch);
    request.options.pause_ms = 0;
    lockstep_core::plan(&request)
}

/// Schema and rows as text.
struct State {
    schema: String,
    rows: String,
}

impl State {
    fn of(server: &mut dyn Server) -> State {
        State { schema: server.catalog(), rows: server.data() }
    }
}

struct Walk<'a> {
    case: &'a Case,
    report: &'a Report,
    steps: Vec<&'a Step>,
    windows: Windows<'a>,
}

impl Walk<'_> {
    /// The whole plan leaves the same schema and rows as the pasted text, and no code fails on the way. Returns what the
    /// pasted text leaves; where the server refuses it, what is run instead.
    fn to_the_end(&self, open: &mut dyn FnMut() -> Box<dyn Server>) -> Result<Option<State>, String> {
        let pasted = self.pasted(open)?;
        let mut server = filled(self.case, open)?;
        self.windows.run(&mut *server, 0).map_err(|fault| format!("before the first step {fault}"))?;
        for (at, step) in self.steps.iter().enumerate() {
            self.forward(&mut *server, step)?;
            self.windows.run(&mut *server, at + 1).map_err(|fault| format!("after step {} {fault}", step.id))?;
        }
        if let Some(pasted) = &pasted {
            // Rows are compared where no code ran on the way: what was rolled back still drew numbers from sequences.
            self.has_the_schema(&mut *server, pasted)?;
        }
        Ok(pasted)
    }

    /// What the pasted text leaves, or where the server refuses it what `instead.sql` leaves.
    fn pasted(&self, open: &mut dyn FnMut() -> Box<dyn Server>) -> Result<Option<State>, String> {
        let (refused, instead) = (self.case.proof.refused, &self.case.instead);
        if refused && instead.is_empty() {
            return Ok(None);
        }
        let mut server = filled(self.case, open)?;
        let outcome = as_pasted(&mut *server, self.report);
        if refused {
            if outcome.is_ok() {
                return Err("the server takes it, although it says `refused`".to_string());
            }
            server = filled(self.case, open)?;
            server.run(instead).map_err(|error| format!("instead.sql: {error}"))?;
            server.reset();
        } else {
            outcome?;
        }
        Ok(Some(State::of(&mut *server)))
    }

    /// From each step back to the start, and forward to the end once more. The schema is the one before, and so are the
    /// rows unless the plan says that some are lost; old code works after each step that was undone.
    fn there_and_back(&self, end: Option<&State>, open: &mut dyn FnMut() -> Box<dyn Server>) -> Result<(), String> {
        let mut server = filled(self.case, open)?;
        let start = State::of(&mut *server);
        for reached in 1..=self.undoable() {
            let walked = &self.steps[..reached];
            let last = walked[reached - 1];
            // A step without SQL changes nothing, and going back from it was tried from the one before.
            if last.sql.is_empty() {
                continue;
            }
            walked.iter().try_for_each(|step| self.forward(&mut *server, step))?;
            let mut lossy = false;
            for (at, step) in walked.iter().enumerate().rev() {
                lossy |= back(&mut *server, step)?;
                let went = || format!("back from step {} to before step {}", last.id, step.id);
                self.windows.run(&mut *server, at).map_err(|fault| format!("{}, {fault}", went()))?;
            }
            let undone = format!("undone after step {}, ", last.id);
            let schema = difference(&start.schema, &server.catalog(), &[], &[]);
            same(&format!("{undone}the schema is not the one before"), &schema)?;
            if lossy {
                server = filled(self.case, open)?;
            } else {
                let rows = difference(&start.rows, &server.data(), &[], &[]);
                same(&format!("{undone}the rows are not those before"), &rows)?;
            }
        }
        let again = |fault: String| format!("forward again after going back: {fault}");
        self.steps.iter().try_for_each(|step| self.forward(&mut *server, step)).map_err(again)?;
        let Some(end) = end else { return Ok(()) };
        self.has_the_schema(&mut *server, end).and_then(|()| self.has_the_rows(&mut *server, end)).map_err(again)
    }

    /// A step, after what people do before it.
    fn forward(&self, server: &mut dyn Server, step: &Step) -> Result<(), String> {
        for sql in self.case.proof.by_hand.get(&step.id).into_iter().flatten() {
            server.run(sql).map_err(|error| format!("by hand, `{sql}`: {error}"))?;
        }
        forward(server, step)
    }

    /// Up to where there is no way back by SQL.
    fn undoable(&self) -> usize {
        self.steps.iter().take_while(|step| step.irreversible.is_none() && !undone_by_hand(step)).count()
    }

    fn has_the_schema(&self, server: &mut dyn Server, pasted: &State) -> Result<(), String> {
        let Proof { less, more, .. } = &self.case.proof;
        let planned = server.catalog();
        let planned = server.with_stand_ins(&planned);
        same("the end is not what was pasted", &difference(&pasted.schema, &planned, less, more))
    }

    fn has_the_rows(&self, server: &mut dyn Server, pasted: &State) -> Result<(), String> {
        match self.case.proof.other_rows {
            true => Ok(()),
            false => {
                same("the rows are not those of the pasted text", &difference(&pasted.rows, &server.data(), &[], &[]))
            }
        }
    }
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
