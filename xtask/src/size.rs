//! `cargo xtask size`: what a first visit downloads, against budgets.

use crate::page::{Profile, build, dist};
use crate::shell::Done;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Compressed kilobytes (1,000 bytes) that each part may have.
const SHELL_BUDGET_KB: f64 = 250.0;
const WORKER_BUDGET_KB: f64 = 505.0;

/// Files that no first visit reads.
const ON_DEMAND: [&str; 1] = ["rules.json"];

/// What a planner loads when it is asked to, named as the planners are, and when that is.
const BESIDE: [(&str, &str); 2] =
    [("differences", "two schemas are compared"), ("texts", "a plan is taken away, or sizes are pasted")];

/// Sizes of files in bytes.
#[derive(Default, Clone, Copy)]
struct Sizes {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

/// What a part weighs and whether it may.
pub struct Weight {
    /// Everything but the workers.
    pub shell: Done,
    /// The largest of the planners; a visit loads the one that it needs.
    pub worker: Done,
}

/// Builds the page as published and compares its sizes with the budgets.
pub fn size() -> Done {
    build(Profile::Release)?;
    let Weight { shell, worker } = report()?;
    both(shell, worker)
}

/// What is over its budget, in one sentence.
pub fn both(shell: Done, worker: Done) -> Done {
    match (shell, worker) {
        (Err(shell), Err(worker)) => Err(format!("{shell}; {worker}")),
        (shell, worker) => shell.and(worker),
    }
}

/// The same for a page that is already built, part by part.
pub fn report() -> Done<Weight> {
    let mut files = Vec::new();
    collect(&dist(), &mut files)?;
    files.sort();
    let (mut shell, mut workers) = (Sizes::default(), Vec::<(String, Sizes)>::new());
    let (mut on_demand, mut beside) = (Sizes::default(), BESIDE.map(|_| Sizes::default()));
    println!("{:<58} {:>9} {:>9} {:>9}", "file (kB)", "raw", "gzip", "brotli");
    for path in &files {
        let name = path.strip_prefix(dist()).unwrap_or(path).display().to_string();
        let sizes = measure(path)?;
        sizes.print(&name);
        let Some(engines) = worker(&name) else {
            let part = if ON_DEMAND.contains(&name.as_str()) { &mut on_demand } else { &mut shell };
            part.add(sizes);
            continue;
        };
        if let Some(at) = BESIDE.iter().position(|(program, _)| *program == engines) {
            beside[at].add(sizes);
            continue;
        }
        match workers.iter_mut().find(|(known, _)| known == engines) {
            Some((_, worker)) => worker.add(sizes),
            None => workers.push((engines.to_string(), sizes)),
        }
    }
    for ((_, when), sizes) in BESIDE.iter().zip(beside) {
        sizes.print(&format!("= read when {when}"));
    }
    on_demand.print("= read when the page of a rule is opened");
    shell.print("= shell: everything else but the workers");
    for (engines, worker) in &workers {
        worker.print(&format!("= worker: the planner for {engines}"));
    }
    let largest = workers.into_iter().max_by_key(|(_, worker)| worker.brotli).ok_or("the page has no worker")?;
    Ok(Weight {
        shell: judge("shell", shell, SHELL_BUDGET_KB),
        worker: judge(&format!("largest worker ({})", largest.0), largest.1, WORKER_BUDGET_KB),
    })
}

/// The engines of the worker that a file belongs to: `lockstep-worker-mysql_bg.wasm` is of `mysql`.
fn worker(file: &str) -> Option<&str> {
    file.strip_prefix("lockstep-worker-")?.split(['_', '.']).next()
}

fn judge(name: &str, sizes: Sizes, budget: f64) -> Done {
    let brotli = sizes.brotli as f64 / 1e3;
    println!("{name}: {brotli:.1} kB brotli of {budget:.0} kB allowed");
    match brotli > budget {
        true => Err(format!("{name} is over its budget: {brotli:.1} kB brotli, allowed {budget:.0} kB")),
        false => Ok(()),
    }
}

impl Sizes {
    fn add(&mut self, other: Sizes) {
        self.raw += other.raw;
        self.gzip += other.gzip;
        self.brotli += other.brotli;
    }

    fn print(&self, name: &str) {
        let kb = |bytes: usize| bytes as f64 / 1e3;
        println!("{name:<58} {:>9.1} {:>9.1} {:>9.1}", kb(self.raw), kb(self.gzip), kb(self.brotli));
    }
}

fn measure(path: &Path) -> Done<Sizes> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let bytes = fs::read(path).map_err(failed)?;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&bytes).map_err(failed)?;
    let gzip = gzip.finish().map_err(failed)?.len();
    let mut brotli = Vec::new();
    let (quality, window) = (11, 22);
    brotli::CompressorWriter::new(&mut brotli, 1 << 16, quality, window).write_all(&bytes).map_err(failed)?;
    Ok(Sizes { raw: bytes.len(), gzip, brotli: brotli.len() })
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Done {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}
