//! Running other programs, saying what is done and how long it took.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The outcome of a task; the error is a sentence for a person.
pub type Done<T = ()> = Result<T, String>;

/// The root of the repository.
pub fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map(PathBuf::from).unwrap_or(manifest)
}

/// Says what is done (with how long it takes, where that is worth a word), does it, says how long it took.
pub fn step<T>(title: &str, expectation: &str, work: impl FnOnce() -> Done<T>) -> Done<T> {
    let note = if expectation.is_empty() { String::new() } else { format!(" ({expectation})") };
    println!("▸ {title}{note}");
    let start = Instant::now();
    let outcome = work();
    let seconds = start.elapsed().as_secs_f64();
    match &outcome {
        Ok(_) => println!("✓ {title}: {seconds:.1} s"),
        Err(_) => println!("✗ {title}: {seconds:.1} s"),
    }
    outcome
}

/// A program to be run in the root of the repository.
pub fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root());
    command
}

/// Runs a program to its end with its output shown.
pub fn run(command: &mut Command) -> Done {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{}` ended with {status}", line(command))),
        Err(error) => Err(format!("`{}` did not start: {error}", line(command))),
    }
}

/// Runs a program with its output shown, and keeps the lines of standard output that are wanted.
pub fn run_keeping(command: &mut Command, wanted: impl Fn(&str) -> bool) -> (Done, Vec<String>) {
    let mut kept = Vec::new();
    let child = command.stdout(Stdio::piped()).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => return (Err(format!("`{}` did not start: {error}", line(command))), kept),
    };
    if let Some(stdout) = child.stdout.take() {
        for text in BufReader::new(stdout).lines().map_while(Result::ok) {
            println!("{text}");
            if wanted(&text) {
                kept.push(text);
            }
        }
    }
    let outcome = match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{}` ended with {status}", line(command))),
        Err(error) => Err(format!("`{}` was lost: {error}", line(command))),
    };
    (outcome, kept)
}

/// What a program prints, or none when it is missing or fails.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// The full path of a program on PATH.
pub fn which(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// The first of several programs that is on PATH.
pub fn first_of(names: &[&str]) -> Option<PathBuf> {
    names.iter().find_map(|name| which(name))
}

/// Reads a file, or says which could not be read.
pub fn read(path: &std::path::Path) -> Done<String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
