//! `cargo xtask bench`: how fast we plan, beside a linter of the field on the same file; `bench downtime`: what an
//! application feels while a change runs on a real server; `bench growth`: scripts in which much meets one thing.

mod hostile;
mod script;

use crate::machine::cache;
use crate::servers;
use crate::shell::{Done, output, program, root, run, step};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SQUAWK: &str = "2.70.0";
const RUNS: usize = 7;

/// One run of a program.
#[derive(Clone, Copy)]
struct Measure {
    seconds: f64,
    peak_mb: f64,
}

/// Plans 10,000 statements beside squawk, then 1,000 to 100,000 alone.
pub fn bench() -> Done {
    let squawk = squawk()?;
    let lockstep = lockstep()?;
    let file = |statements: usize| file(&statements.to_string(), &script::write(statements));
    let plan = |path: &Path| {
        let mut command = Command::new(&lockstep);
        command.args(["plan", "--engine", "postgres:16", "--format", "json"]).arg(path);
        command
    };
    let lint = |path: &Path| {
        let mut command = Command::new(&squawk);
        command.args(["--pg-version", "16.0", "--reporter", "json"]).arg(path);
        command
    };

    let path = file(10_000)?;
    let bytes = fs::metadata(&path).map_err(|error| error.to_string())?.len();
    println!("\n10,000 statements, {:.2} MB, {RUNS} runs in turn, medians", bytes as f64 / 1e6);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(measure(&mut plan(&path))?);
        theirs.push(measure(&mut lint(&path))?);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!("  lockstep plan   {:>8.3} s  {:>7.1} MB peak", ours.seconds, ours.peak_mb);
    println!("  squawk {SQUAWK}   {:>8.3} s  {:>7.1} MB peak", theirs.seconds, theirs.peak_mb);
    println!(
        "  ratio           {:>8.2}    (1 or less is the aim; squawk lints, we plan)",
        ours.seconds / theirs.seconds
    );

    println!("\ngrowth");
    for statements in [1_000, 10_000, 100_000] {
        let path = file(statements)?;
        let measured = (0..3).map(|_| measure(&mut plan(&path))).collect::<Done<Vec<_>>>()?;
        let Measure { seconds, peak_mb } = median(measured);
        let each = seconds * 1e6 / statements as f64;
        println!("  {statements:>7} statements  {seconds:>8.3} s  {each:>6.1} µs each  {peak_mb:>7.1} MB peak");
    }
    Ok(())
}

/// Plans each hostile script at three sizes. A factor of 4 from the first to the last is linear; what a short run spends on
/// its start makes it less.
pub fn growth() -> Done {
    let lockstep = lockstep()?;
    const SIZES: [usize; 3] = [2_000, 4_000, 8_000];
    println!("\n{:<36}{:>9}{:>9}{:>9}   factor", "seconds of", SIZES[0], SIZES[1], SIZES[2]);
    for hostile in hostile::ALL {
        let mut seconds = Vec::new();
        for size in SIZES {
            let path = file("hostile", &(hostile.write)(size))?;
            let mut plan = Command::new(&lockstep);
            plan.args(["plan", "--engine", hostile.engine, "--format", "json"]).arg(&path);
            let runs = (0..3).map(|_| measure(&mut plan)).collect::<Done<Vec<_>>>()?;
            seconds.push(runs.iter().map(|run| run.seconds).fold(f64::INFINITY, f64::min));
        }
        if let [first, middle, last] = seconds.as_slice() {
            println!("{:<36}{first:>9.3}{middle:>9.3}{last:>9.3}{:>9.1}", hostile.name, last / first);
        }
    }
    Ok(())
}

/// The command line, compiled as it is released.
fn lockstep() -> Done<PathBuf> {
    step("compile the command line", "1 to 2 minutes the first time", || {
        run(program("cargo").args(["build", "--release", "-p", "lockstep"]))
    })?;
    Ok(target_folder().join("release/lockstep"))
}

/// Writes a script to plan.
fn file(name: &str, script: &str) -> Done<PathBuf> {
    let folder = target_folder().join("bench");
    let path = folder.join(format!("{name}.sql"));
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    fs::create_dir_all(&folder).map_err(failed)?;
    fs::write(&path, script).map_err(failed)?;
    Ok(path)
}

/// Measures changes as written and by their plans; all of them, or those whose file names contain a word.
pub fn downtime(changes: &[&str]) -> Done {
    let servers = servers::postgres()?;
    step("measure what an application feels", "15 to 25 minutes for all changes on two idle cores", || {
        let mut cargo = program("cargo");
        cargo.args(["run", "--quiet", "-p", "lockstep-tests", "--bin", "downtime", "--"]).args(changes);
        run(cargo.env("LOCKSTEP_POSTGRES", servers))
    })
}

/// Runs a program with its output thrown away. Its exit status is its verdict on the SQL, unless a signal ended it.
fn measure(command: &mut Command) -> Done<Measure> {
    let name = command.get_program().to_string_lossy().into_owned();
    let start = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{name} did not start: {error}"))?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kb = 0;
    let outcome = loop {
        // The kernel forgets the peak when the process ends, so it is read until then.
        peak_kb = peak(&status).unwrap_or(0).max(peak_kb);
        match child.try_wait() {
            Ok(Some(outcome)) => break outcome,
            Ok(None) => std::thread::sleep(Duration::from_micros(500)),
            Err(error) => return Err(format!("{name} was lost: {error}")),
        }
    };
    let seconds = start.elapsed().as_secs_f64();
    match outcome.code() {
        Some(0 | 1) => Ok(Measure { seconds, peak_mb: peak_kb as f64 / 1e3 }),
        _ => Err(format!("{name} ended with {outcome}")),
    }
}

fn peak(status: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Median time, highest memory.
fn median(mut runs: Vec<Measure>) -> Measure {
    runs.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let seconds = runs.get(runs.len() / 2).map(|run| run.seconds).unwrap_or_default();
    Measure { seconds, peak_mb: runs.iter().map(|run| run.peak_mb).fold(0.0, f64::max) }
}

/// The linter, in an environment of its own in the cache folder.
fn squawk() -> Done<PathBuf> {
    let home = cache()?.join(format!("squawk-{SQUAWK}"));
    let program_path = home.join("bin/squawk");
    let said = output(Command::new(&program_path).arg("--version")).unwrap_or_default();
    if !said.contains(SQUAWK) {
        step("install squawk from PyPI", "about 20 seconds", || {
            run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
            let pip = home.join("bin/pip");
            run(Command::new(pip).args(["install", "--quiet", &format!("squawk-cli=={SQUAWK}")]))
        })?;
    }
    Ok(program_path)
}

fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from).unwrap_or_else(|| root().join("target"))
}
