//! The note that goes with the files: what to run, in which order, and what to do between.

use super::names::placeholder;
use super::{Export, Exporter, Placed, path};
use crate::order::Gather;
use crate::render::markdown::text::{code, inline};
use crate::report::File;

/// `MIGRATION.md`.
pub fn file(exporter: &Exporter, export: &Export<'_>, placed: &[Placed], releases: usize) -> File {
    let mut out = format!("# {}\n\n", inline(&export.report.title));
    out.push_str(&format!("{} files for {}.\n", exporter.title, inline(&export.report.engine_title)));
    if placeholder(export.options) {
        out.push_str("\nNo version and no date was given: the numbers in the names are placeholders. Give one, or rename the files in order.\n");
    }
    if releases > 1 {
        out.push_str("\nEach folder is a release. Put only the files of a release into your migrations folder, apply them, and do what stands between before you add the next.\n");
    }
    for release in 1..=releases {
        out.push_str(&format!("\n## Release {release}\n\n"));
        let units: Vec<_> = export.units.iter().filter(|unit| unit.release == release).gather();
        for unit in &units {
            for before in &unit.before {
                out.push_str(&format!("- First: {}\n", inline(before)));
            }
        }
        for placed in placed.iter().filter(|placed| placed.release == release) {
            let outside = if placed.file.transactional { "" } else { " (outside a transaction)" };
            out.push_str(&format!("- {}{outside}\n", code(&path(placed, releases))));
        }
        for unit in &units {
            for after in &unit.after {
                out.push_str(&format!("- Then: {}\n", inline(after)));
            }
        }
    }
    out.push_str("\n## To know\n\n");
    for note in exporter.notes {
        out.push_str(&format!("- {note}\n"));
    }
    out.push_str("- Let one runner at a time apply the files, not every instance of the application at its start.\n");
    File { path: "MIGRATION.md".to_string(), content: out, transactional: false }
}
