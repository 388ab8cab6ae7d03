//! Writing: to standard output, or files into a folder.

use crate::{Refusal, notes};
use lockstep_core::report::File;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Component, Path};

/// Prints text; a reader that stops reading (`| head`) is no error.
pub fn print(text: &str) -> Result<(), Refusal> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
        _ => Ok(()),
    }
}

/// Prints what is written piece by piece.
pub fn stream(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Refusal> {
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
        _ => Ok(()),
    }
}

/// Files one below the other, each under its path.
pub fn tree(files: &[File]) -> String {
    let names: String = files.iter().map(|file| format!("{}\n", file.path)).collect();
    let contents: Vec<String> = files.iter().map(|file| format!("==> {} <==\n{}", file.path, file.content)).collect();
    format!("{names}\n{}", contents.join("\n"))
}

/// Writes files below a folder. Nothing is written when a file exists and may not be written over.
pub fn write_folder(folder: &Path, files: &[File], force: bool) -> Result<(), Refusal> {
    let targets: Vec<_> = files.iter().map(|file| (folder.join(&file.path), file)).collect();
    for (path, file) in &targets {
        let inside = Path::new(&file.path).components().all(|part| matches!(part, Component::Normal(_)));
        if !inside {
            return Err(format!("{}: leads out of the folder", file.path));
        }
        if !force && path.exists() {
            return Err(format!("{} exists; use --force to write over it", path.display()));
        }
    }
    let mut written = String::new();
    for (path, file) in &targets {
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| format!("{}: {error}", parent.display()))?;
        fs::write(path, &file.content).map_err(|error| format!("{}: {error}", path.display()))?;
        written.push_str(&format!("{}\n", path.display()));
    }
    notes::note(&format!("{} files written; start with {}", targets.len(), folder.join("PLAN.md").display()));
    print(&written)
}
