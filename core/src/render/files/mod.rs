//! Migration files: one exporter per framework.
//!
//! In: a report's phases and their transactional units. Out: [`File`]s. Never: parsing SQL text again.

use crate::report::{File, Report};
use crate::request::Options;

/// A framework's way to write migrations.
pub struct Exporter {
    /// Stable id: `sql`, `flyway`, `alembic`, …
    pub id: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// Engines that the framework speaks (ids), empty for all.
    pub engines: &'static [&'static str],
    /// Writes the files.
    pub write: fn(&Report, &Options) -> Vec<File>,
}

/// Every exporter, in the order in which they are offered.
pub static ALL: &[&Exporter] = &[];

/// The files of the framework asked for; none when no framework was asked for or it is not known.
pub fn write(report: &Report, options: &Options) -> Vec<File> {
    let exporter = ALL.iter().find(|exporter| exporter.id == options.framework);
    exporter.map_or_else(Vec::new, |exporter| (exporter.write)(report, options))
}
