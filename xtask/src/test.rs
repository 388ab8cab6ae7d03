//! `cargo xtask test`: everything, and nothing skipped. Parts go on after a failure; the summary says all of them.

use crate::http::Server;
use crate::page::{self, Profile};
use crate::shell::{Done, program, run, run_keeping, step};
use crate::{frameworks, machine, mysqls, npm, servers, size, sqlites, tools};
use std::ffi::OsString;
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

/// Crates that are compiled for browsers.
const BROWSER: [&str; 4] = ["-p", "lockstep-web", "-p", "lockstep-worker"];
const NATIVE: [&str; 5] = ["--workspace", "--exclude", "lockstep-web", "--exclude", "lockstep-worker"];

/// What the tests need of the machine.
struct Machine {
    chromium: PathBuf,
    /// The eight servers, as a list of folders.
    postgres: OsString,
    /// Holds SQLite in several versions.
    sqlites: PathBuf,
    /// Holds the migration frameworks.
    frameworks: PathBuf,
    /// Holds MySQL and MariaDB in several versions, and the tools that change their tables.
    mysqls: PathBuf,
}

/// One part of the run.
struct Part {
    name: &'static str,
    seconds: f64,
    outcome: Done,
    /// The runner's own closing lines.
    said: Vec<String>,
}

/// Sets up what is missing, then runs everything.
pub fn test() -> Done {
    println!("cargo xtask test: about an hour on a bare machine, 30 to 40 minutes afterwards\n");
    let start = Instant::now();
    let machine = step("set up what is missing", "seconds when nothing is", set_up)?;
    let mut parts = Parts(Vec::new());
    parts.run("format", "", || plain(run(program("cargo").args(["fmt", "--all", "--check"]))));
    parts.run("lint", "1 to 2 minutes the first time", || plain(lint(&["--all-targets"], &NATIVE)));
    parts.run("lint for browsers", "1 to 2 minutes the first time", || {
        plain(lint(&["--target", "wasm32-unknown-unknown"], &BROWSER))
    });
    // Real servers leave much of the processors idle: the page is built beside them.
    thread::scope(|scope| {
        let page = scope.spawn(|| page::build_beside(Profile::Release));
        parts.run("native tests", "about 25 minutes on two cores, most of it on real servers", || {
            cargo_test(&NATIVE, &machine)
        });
        parts.run("tests of the page's crates", "2 minutes the first time", || cargo_test(&BROWSER, &machine));
        parts.run("tests of the build's hooks", "", || plain(run(program("node").args(["--test", "tests/hooks/"]))));
        // Browser tests on yesterday's page would prove nothing.
        if parts.run("the page, built meanwhile", "", || plain(joined(page))) {
            parts.run("size", "", || plain(sizes()));
            parts.run("browser tests", "", || browser_tests(&machine));
        }
    });
    parts.summary(start.elapsed().as_secs_f64())
}

/// Shell and planners must keep their budgets.
fn sizes() -> Done {
    let weight = size::report()?;
    size::both(weight.shell, weight.worker)
}

/// Compiling the tools of the page takes the processors, fetching what the tests need takes the network: at the same time.
fn set_up() -> Done<Machine> {
    machine::node()?;
    thread::scope(|scope| {
        let page = scope.spawn(|| {
            tools::ensure()?;
            npm::ensure()?;
            page::bundle()
        });
        let machine = fetch();
        joined(page)?;
        machine
    })
}

/// What is done for the page beside other work.
fn joined(page: thread::ScopedJoinHandle<'_, Done>) -> Done {
    page.join().unwrap_or_else(|_| Err("what was done for the page stopped".to_string()))
}

/// One after the other: several of them install packages.
fn fetch() -> Done<Machine> {
    Ok(Machine {
        chromium: machine::chromium()?,
        postgres: servers::postgres()?,
        sqlites: sqlites::ensure()?,
        frameworks: frameworks::ensure()?,
        mysqls: mysqls::servers()?,
    })
}

fn lint(arguments: &[&str], crates: &[&str]) -> Done {
    run(program("cargo").arg("clippy").args(arguments).args(crates).args(["--", "-D", "warnings"]))
}

fn cargo_test(crates: &[&str], machine: &Machine) -> (Done, Vec<String>) {
    let mut cargo = program("cargo");
    cargo.args(["test", "--no-fail-fast"]).args(crates).env("LOCKSTEP_POSTGRES", &machine.postgres);
    cargo.env("LOCKSTEP_SQLITES", &machine.sqlites).env("LOCKSTEP_FRAMEWORKS", &machine.frameworks);
    cargo.env("LOCKSTEP_MYSQL_SERVERS", &machine.mysqls);
    run_keeping(&mut cargo, |line| line.starts_with("test result:") && !line.contains(" 0 passed; 0 failed"))
}

fn browser_tests(machine: &Machine) -> (Done, Vec<String>) {
    let server = match Server::bind(page::dist(), 0) {
        Ok(server) => server,
        Err(error) => return (Err(error), Vec::new()),
    };
    let url = server.url();
    server.run_in_background();
    let mut npm = program("npm");
    npm.args(["run", "--silent", "e2e"]).env("CHROME", &machine.chromium).env("LOCKSTEP_URL", url);
    run_keeping(&mut npm, |line| {
        let word = line.split_whitespace().nth(1).unwrap_or_default();
        line.starts_with("  ") && matches!(word, "passed" | "failed" | "skipped" | "flaky")
    })
}

fn plain(outcome: Done) -> (Done, Vec<String>) {
    (outcome, Vec::new())
}

struct Parts(Vec<Part>);

impl Parts {
    /// Runs a part; true when it succeeded.
    fn run(&mut self, name: &'static str, expectation: &str, work: impl FnOnce() -> (Done, Vec<String>)) -> bool {
        let start = Instant::now();
        let mut said = Vec::new();
        println!();
        let outcome = step(name, expectation, || {
            let (outcome, lines) = work();
            said = lines;
            outcome
        });
        let succeeded = outcome.is_ok();
        self.0.push(Part { name, seconds: start.elapsed().as_secs_f64(), outcome, said });
        succeeded
    }

    fn summary(self, seconds: f64) -> Done {
        println!("\n{:<28} {:>8}", "part", "seconds");
        let mut failed = Vec::new();
        for part in &self.0 {
            let verdict = if part.outcome.is_ok() { "ok" } else { "FAILED" };
            println!("{:<28} {:>8.1}  {verdict}", part.name, part.seconds);
            for line in &part.said {
                println!("    {}", line.trim());
            }
            if let Err(error) = &part.outcome {
                println!("    {error}");
                failed.push(part.name);
            }
        }
        println!("{:<28} {seconds:>8.1}  {}", "all", if failed.is_empty() { "ok" } else { "FAILED" });
        if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", "))) }
    }
}
