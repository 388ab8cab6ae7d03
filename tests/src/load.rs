//! A plan run to its end while writers write: no error reaches them, old and new agree before anything is removed, and
//! the longest wait is told.
//!
//! `load.sql` beside a case says what they write, in sections: `-- data` fills the tables, `-- code 0` is the
//! application before the plan, `-- code 1` after its first deploy, and so on; where there is no section, code stays as
//! it was. `-- agree` must return 0 before each contract phase. A line is one transaction; `:id` is one of the rows that
//! are there from the start, `:n` a number that nobody else has.

use crate::cases::Case;
use crate::execute::{Server, forward};
use crate::proof::plan;
use lockstep_core::report::{PhaseName, Report, Step, StepKind};
use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const WRITERS: u64 = 4;
/// Rows that are there from the start.
const ROWS: u64 = 4000;
/// Transactions between two steps, and while the code of two deploys runs together.
const BETWEEN_STEPS: u64 = 4 * WRITERS;
const TOGETHER: u64 = 16 * WRITERS;
/// When writers no longer come forward, something is wrong.
const PATIENCE: Duration = Duration::from_secs(20);
/// A step that did not get its lock is tried again, as the plan says.
const TRIES: usize = 30;

/// Opens a session on the database of the case.
pub type Connect<'a> = dyn Fn() -> Box<dyn Server + Send> + Sync + 'a;

/// What writers met.
#[derive(Debug, Default)]
pub struct Met {
    /// Transactions.
    pub written: u64,
    /// The longest of them.
    pub longest: Duration,
    /// Steps that were tried again because they did not get their lock.
    pub retries: usize,
    /// What went wrong, in words.
    pub faults: Vec<String>,
}

/// Cases with a load.
pub fn loaded(cases: Vec<Case>) -> Vec<Case> {
    cases.into_iter().filter(|case| case.folder.join("load.sql").is_file()).collect()
}

/// Runs the plan of a case for a target to its end while writers write.
pub fn under_load(case: &Case, target: &str, connect: &Connect<'_>) -> Met {
    let report = plan(case, target, 500);
    let text = fs::read_to_string(case.folder.join("load.sql")).unwrap_or_default();
    let sections = sections(&text);
    let mut server = connect();
    for sql in [&case.schema, &sections.get("data").cloned().unwrap_or_default().join("\n")] {
        if let Err(error) = server.run(sql) {
            return Met { faults: vec![format!("{}: {error}", case.name)], ..Met::default() };
        }
    }
    let work = Work::new(&sections);
    let met = thread::scope(|scope| {
        let work = &work;
        let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || work.write(connect, writer))).collect();
        let outcome = work.drive(&mut *server, &report);
        work.done.store(true, Ordering::Relaxed);
        let mut met = Met { retries: work.retries.load(Ordering::Relaxed), ..Met::default() };
        met.faults.extend(outcome.err());
        for writer in writers {
            let (written, longest) = writer.join().unwrap_or_default();
            met.written += written;
            met.longest = met.longest.max(longest);
        }
        met
    });
    let mut faults = met.faults.clone();
    faults.extend(work.errors.into_inner().unwrap_or_default());
    Met { faults: faults.into_iter().map(|fault| format!("{}: {fault}", case.name)).collect(), ..met }
}

type Sections = BTreeMap<String, Vec<String>>;

fn sections(text: &str) -> Sections {
    let mut out = Sections::new();
    let mut section = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix("-- ") {
            Some(name) => section = name.to_string(),
            None => out.entry(section.clone()).or_default().push(line.to_string()),
        }
    }
    out
}

/// What the driver of the plan and the writers share.
struct Work<'a> {
    sections: &'a Sections,
    /// Deploys that were begun, and those that are complete: between the two, both kinds of code run.
    begun: AtomicUsize,
    complete: AtomicUsize,
    numbers: AtomicU64,
    done: AtomicBool,
    retries: AtomicUsize,
    errors: Mutex<Vec<String>>,
}

impl<'a> Work<'a> {
    fn new(sections: &'a Sections) -> Work<'a> {
        Work {
            sections,
            begun: AtomicUsize::new(0),
            complete: AtomicUsize::new(0),
            // Beyond the rows that are there.
            numbers: AtomicU64::new(100_000),
            done: AtomicBool::new(false),
            retries: AtomicUsize::new(0),
            errors: Mutex::new(Vec::new()),
        }
    }

    /// Takes the plan to its end.
    fn drive(&self, server: &mut dyn Server, report: &Report) -> Result<(), String> {
        for phase in &report.phases {
            if phase.name == PhaseName::Contract {
                self.agree(server).map_err(|error| format!("before the contract phase: {error}"))?;
            }
            for step in &phase.steps {
                self.let_write(BETWEEN_STEPS)?;
                if step.kind == StepKind::Deploy {
                    self.begun.fetch_add(1, Ordering::Relaxed);
                    self.let_write(TOGETHER)?;
                    self.complete.fetch_add(1, Ordering::Relaxed);
                    self.let_write(TOGETHER)?;
                }
                self.run(server, step)?;
            }
        }
        self.let_write(TOGETHER)
    }

    /// Waits until writers have written so many transactions more.
    fn let_write(&self, transactions: u64) -> Result<(), String> {
        let enough = self.numbers.load(Ordering::Relaxed) + transactions;
        let give_up = Instant::now() + PATIENCE;
        while self.numbers.load(Ordering::Relaxed) < enough {
            if Instant::now() > give_up {
                return Err("writers do not come forward".to_string());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn run(&self, server: &mut dyn Server, step: &Step) -> Result<(), String> {
        for _ in 0..TRIES {
            match forward(server, step) {
                Err(error) if error.contains("lock timeout") => {
                    self.retries.fetch_add(1, Ordering::Relaxed);
                    self.let_write(BETWEEN_STEPS)?;
                }
                outcome => return outcome,
            }
        }
        Err(format!("step {} ({}) never got its lock", step.id, step.title))
    }

    fn agree(&self, server: &mut dyn Server) -> Result<(), String> {
        for query in self.sections.get("agree").into_iter().flatten() {
            let rows = server.rows(query)?;
            if rows != [["0"]] {
                return Err(format!("old and new do not agree: `{query}` returned {rows:?}"));
            }
        }
        Ok(())
    }

    /// Writes until the plan is done. Returns how many transactions, and the longest.
    fn write(&self, connect: &Connect<'_>, writer: u64) -> (u64, Duration) {
        let mut server = connect();
        let (mut written, mut longest) = (0, Duration::ZERO);
        while !self.done.load(Ordering::Relaxed) {
            let number = self.numbers.fetch_add(1, Ordering::Relaxed);
            // While a deploy goes on, every second instance has the new code.
            let deployed = if writer.is_multiple_of(2) { &self.begun } else { &self.complete };
            let lines = self.code(deployed.load(Ordering::Relaxed));
            let line = &lines[usize::try_from(written + writer).unwrap_or_default() % lines.len()];
            let id = 1 + number.wrapping_mul(2_654_435_761) % ROWS;
            let sql = line.replace(":id", &id.to_string()).replace(":n", &number.to_string());
            let start = Instant::now();
            let outcome = server.run(&sql);
            longest = longest.max(start.elapsed());
            if let Err(error) = outcome {
                let mut errors = self.errors.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                errors.push(format!("a writer got an error: `{sql}`: {error}"));
                return (written, longest);
            }
            written += 1;
            thread::sleep(Duration::from_millis(2));
        }
        (written, longest)
    }

    /// The code after so many deploys.
    fn code(&self, deploys: usize) -> &[String] {
        let codes = (0..=deploys).rev().find_map(|deploy| self.sections.get(&format!("code {deploy}")));
        codes.map(Vec::as_slice).unwrap_or_default()
    }
}
