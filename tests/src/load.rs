//! A plan run to its end while an application reads and writes: no error reaches it, old and new agree before anything
//! is removed, and how long it waited is told.
//!
//! `load.sql` beside a case says what the application does, in sections: `-- data` fills the tables, `-- code 0` is the
//! application before the plan, `-- code 1` after its first deploy, and so on; where there is no section, code stays as
//! it was. `-- agree` must return 0 before each contract phase. A line is one transaction; `:id` is one of the rows that
//! are there from the start, `:n` a number that nobody else has.

use crate::cases::Case;
use crate::execute::{Server, forward};
use crate::proof::plan;
use lockstep_core::report::{PhaseName, Report, Step, StepKind};
use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// When the application no longer comes forward, something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);
/// A step that did not get its lock is tried again, as the plan says.
const TRIES: usize = 100;
/// What servers say then.
const NOT_NOW: [&str; 2] = ["lock timeout", "database is locked"];

/// Opens a session on the database of the case.
pub type Connect<'a> = dyn Fn() -> Box<dyn Server + Send> + Sync + 'a;

/// Lines by the name of their section.
pub type Sections = BTreeMap<String, Vec<String>>;

/// How an application behaves.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// Sessions at a time.
    pub sessions: u64,
    /// Rows that are there from the start.
    pub rows: u64,
    /// Time from one transaction of a session to its next.
    pub every: Duration,
    /// Requests come whether or not those before were answered: a wait counts for all that queue up behind it.
    pub steady: bool,
    /// Half of the sessions only read and the others only write, so that a read never waits behind a write of its own.
    pub apart: bool,
    /// Transactions between two steps, and while the code of two deploys runs together.
    pub between_steps: u64,
    /// The same around a deploy.
    pub together: u64,
}

/// What an application met.
#[derive(Debug, Default)]
pub struct Met {
    /// How long each transaction that only reads took.
    pub reads: Vec<Duration>,
    /// How long each other took.
    pub writes: Vec<Duration>,
    /// Steps that were tried again because they did not get their lock.
    pub retries: usize,
    /// Transactions that failed, in words.
    pub errors: Vec<String>,
    /// What went wrong with the plan.
    pub fault: Option<String>,
}

/// Cases with a load.
pub fn loaded(cases: Vec<Case>) -> Vec<Case> {
    cases.into_iter().filter(|case| case.folder.join("load.sql").is_file()).collect()
}

/// Runs the plan of a case for a target to its end while writers write.
pub fn under_load(case: &Case, target: &str, connect: &Connect<'_>) -> Met {
    driven(case, &planned(case, target), connect)
}

/// The plan of a case, with batches of which there are several.
pub fn planned(case: &Case, target: &str) -> Report {
    plan(case, target, 500)
}

/// Runs a plan on what a case begins with while writers write.
pub fn driven(case: &Case, report: &Report, connect: &Connect<'_>) -> Met {
    let sections = sections(&fs::read_to_string(case.folder.join("load.sql")).unwrap_or_default());
    let mut server = connect();
    for sql in [&case.schema, &sections.get("data").cloned().unwrap_or_default().join("\n")] {
        if let Err(error) = server.run(sql) {
            return Met { fault: Some(error), ..Met::default() };
        }
    }
    let every = Duration::from_millis(2);
    let habits =
        Habits { sessions: 4, rows: 4000, every, steady: false, apart: false, between_steps: 16, together: 64 };
    Traffic::new(&sections, habits).during(connect, |traffic| traffic.drive(&mut *server, report))
}

/// Reads the sections of a file.
pub fn sections(text: &str) -> Sections {
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

/// An application at work.
pub struct Traffic<'a> {
    sections: &'a Sections,
    habits: Habits,
    /// Deploys that were begun, and those that are complete: between the two, both kinds of code run.
    begun: AtomicUsize,
    complete: AtomicUsize,
    numbers: AtomicU64,
    /// Transactions that ended, by session.
    ended: Vec<AtomicU64>,
    done: AtomicBool,
    retries: AtomicUsize,
    errors: Mutex<Vec<String>>,
}

impl<'a> Traffic<'a> {
    /// An application that has not begun.
    pub fn new(sections: &'a Sections, habits: Habits) -> Traffic<'a> {
        Traffic {
            sections,
            habits,
            begun: AtomicUsize::new(0),
            complete: AtomicUsize::new(0),
            // Far beyond the rows that are there.
            numbers: AtomicU64::new(100_000_000),
            ended: (0..habits.sessions).map(|_| AtomicU64::new(0)).collect(),
            done: AtomicBool::new(false),
            retries: AtomicUsize::new(0),
            errors: Mutex::new(Vec::new()),
        }
    }

    /// Lets the application work while something is done.
    pub fn during(self, connect: &Connect<'_>, work: impl FnOnce(&Self) -> Result<(), String>) -> Met {
        let mut met = Met::default();
        thread::scope(|scope| {
            let traffic = &self;
            let number = 0..self.habits.sessions;
            let sessions: Vec<_> = number.map(|number| scope.spawn(move || traffic.session(connect, number))).collect();
            met.fault = work(traffic).err();
            self.done.store(true, Ordering::Relaxed);
            for session in sessions {
                let (reads, writes) = session.join().unwrap_or_default();
                met.reads.extend(reads);
                met.writes.extend(writes);
            }
        });
        met.retries = self.retries.load(Ordering::Relaxed);
        met.errors = self.errors.into_inner().unwrap_or_else(PoisonError::into_inner);
        met
    }

    /// Takes a plan to its end.
    ///
    /// # Errors
    /// When a step or its check fails, or old and new do not agree.
    pub fn drive(&self, server: &mut dyn Server, report: &Report) -> Result<(), String> {
        for phase in &report.phases {
            if phase.name == PhaseName::Contract {
                self.agree(server).map_err(|error| format!("before the contract phase: {error}"))?;
            }
            for step in &phase.steps {
                self.let_work(self.habits.between_steps)?;
                if step.kind == StepKind::Deploy {
                    self.begun.fetch_add(1, Ordering::Relaxed);
                    self.let_work(self.habits.together)?;
                    self.complete.fetch_add(1, Ordering::Relaxed);
                    self.let_end()?;
                    self.let_work(self.habits.together)?;
                }
                self.run(server, step)?;
            }
        }
        self.let_work(self.habits.together)
    }

    /// Waits until the application has done so many transactions more.
    ///
    /// # Errors
    /// When it does not come forward.
    pub fn let_work(&self, transactions: u64) -> Result<(), String> {
        let enough = self.numbers.load(Ordering::Relaxed) + transactions;
        let give_up = Instant::now() + PATIENCE;
        while self.numbers.load(Ordering::Relaxed) < enough {
            if Instant::now() > give_up {
                return Err("the application does not come forward".to_string());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Waits until each session has ended the transaction that it is in: an instance that is replaced ends its work before it
    /// goes.
    fn let_end(&self) -> Result<(), String> {
        let give_up = Instant::now() + PATIENCE;
        for ended in &self.ended {
            let before = ended.load(Ordering::Relaxed);
            while ended.load(Ordering::Relaxed) == before {
                if Instant::now() > give_up {
                    return Err("a session does not come forward".to_string());
                }
                thread::sleep(Duration::from_millis(1));
            }
        }
        Ok(())
    }

    fn run(&self, server: &mut dyn Server, step: &Step) -> Result<(), String> {
        for _ in 0..TRIES {
            match forward(server, step) {
                Err(error) if NOT_NOW.iter().any(|words| error.contains(words)) => {
                    self.retries.fetch_add(1, Ordering::Relaxed);
                    self.let_work(self.habits.between_steps)?;
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

    /// Works until all is done. Returns how long reads and writes took.
    fn session(&self, connect: &Connect<'_>, number: u64) -> (Vec<Duration>, Vec<Duration>) {
        let mut server = connect();
        let (mut reads, mut writes) = (Vec::new(), Vec::new());
        let mut due = Instant::now();
        while !self.done.load(Ordering::Relaxed) {
            let sql = self.next(number, reads.len() + writes.len());
            if !self.habits.steady {
                due = Instant::now();
            }
            let outcome = server.run(&sql);
            let took = due.elapsed();
            if sql.starts_with("SELECT") {
                reads.push(took)
            } else {
                writes.push(took)
            }
            self.ended.iter().skip(usize::try_from(number).unwrap_or_default()).take(1).for_each(|ended| {
                ended.fetch_add(1, Ordering::Relaxed);
            });
            if let Err(error) = outcome {
                let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
                errors.push(format!("`{sql}`: {error}"));
            }
            due += self.habits.every;
            thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        (reads, writes)
    }

    /// The next transaction of a session.
    fn next(&self, session: u64, done: usize) -> String {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        // While a deploy goes on, every second instance has the new code.
        let deployed = if session.is_multiple_of(2) { &self.begun } else { &self.complete };
        let reader = (session / 2).is_multiple_of(2);
        let mine = |line: &&String| !self.habits.apart || reads_only(line) == reader;
        let lines: Vec<&String> = self.code(deployed.load(Ordering::Relaxed)).iter().filter(mine).collect();
        let turn = done + usize::try_from(session).unwrap_or_default();
        let line = lines.get(turn % lines.len().max(1)).map(|line| line.as_str()).unwrap_or_default();
        let id = 1 + number.wrapping_mul(2_654_435_761) % self.habits.rows;
        line.replace(":id", &id.to_string()).replace(":n", &number.to_string())
    }

    /// The code after so many deploys.
    fn code(&self, deploys: usize) -> &[String] {
        let code = (0..=deploys).rev().find_map(|deploy| self.sections.get(&format!("code {deploy}")));
        code.map(Vec::as_slice).unwrap_or_default()
    }
}

fn reads_only(sql: &str) -> bool {
    sql.starts_with("SELECT")
}
