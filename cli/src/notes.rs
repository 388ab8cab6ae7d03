//! What goes to standard error: colour only on a terminal, and never with `NO_COLOR`.

use std::io::{self, IsTerminal};

/// A refusal.
pub fn error(text: &str) {
    line("31", "error", text);
}

/// Something to look at.
pub fn warning(text: &str) {
    line("33", "warning", text);
}

/// Something to know.
pub fn note(text: &str) {
    line("36", "note", text);
}

fn line(colour: &str, label: &str, text: &str) {
    // Standard error that is closed is no reason to stop.
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) || !io::stderr().is_terminal();
    let line = if plain { format!("{label}: {text}\n") } else { format!("\x1b[1;{colour}m{label}:\x1b[0m {text}\n") };
    let _ = io::Write::write_all(&mut io::stderr(), line.as_bytes());
}
