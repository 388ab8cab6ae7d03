//! Migration files: one exporter per framework.
//!
//! In: a report's phases, cut into units that run as a whole. Out: [`File`]s. Never: a meaning read out of SQL text, a file
//! that a runner could apply before what has to come first (each release has its own folder).

mod units;
mod names;
mod header;
mod readme;
mod python;
mod ruby;
mod sql;
mod flyway;
mod alembic;
mod django;
mod rails;
mod prisma;

use crate::order::PushAll;
use crate::render::{json, markdown};
use crate::report::{File, Report};
use crate::request::Options;
use units::Unit;

/// A framework's way to write migrations.
pub struct Exporter {
    /// Stable id: `sql`, `flyway`, `alembic`, …
    pub id: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// Engines that the framework speaks (ids), empty for all.
    pub engines: &'static [&'static str],
    /// How the files are applied and taken back, and what to look out for; one sentence a line.
    pub notes: &'static [&'static str],
    /// Writes the files for the units, in order; the folder of a release is put before their paths.
    write: fn(&Export<'_>) -> Vec<Placed>,
}

/// Every exporter, in the order in which they are offered.
pub static ALL: &[&Exporter] =
    &[&sql::EXPORTER, &flyway::EXPORTER, &alembic::EXPORTER, &django::EXPORTER, &rails::EXPORTER, &prisma::EXPORTER];

/// What an exporter works from.
struct Export<'a> {
    report: &'a Report,
    options: &'a Options,
    units: Vec<Unit<'a>>,
}

/// A file and the release that it belongs to.
struct Placed {
    release: usize,
    file: File,
}

/// An exporter by its id.
pub fn find(id: &str) -> Option<&'static Exporter> {
    ALL.iter().copied().find(|exporter| exporter.id == id)
}

/// The exporters that speak the engine of a report, in the order in which they are offered.
pub fn speaking(report: &Report) -> impl Iterator<Item = &'static Exporter> {
    let engine = report.engine.split(':').next().unwrap_or("");
    let speaks = move |exporter: &&Exporter| exporter.engines.is_empty() || exporter.engines.contains(&engine);
    ALL.iter().copied().filter(speaks)
}

/// The files for the framework asked for; none when there is none, or when it does not speak the engine.
pub fn write(report: &Report, options: &Options) -> Vec<File> {
    let Some(exporter) = speaking(report).find(|exporter| exporter.id == options.framework) else { return Vec::new() };
    let export = Export { report, options, units: units::cut(report) };
    if export.units.is_empty() {
        return Vec::new();
    }
    let placed = (exporter.write)(&export);
    let releases = export.units.last().map_or(1, |unit| unit.release);
    let mut files: Vec<File> = vec![readme::file(exporter, &export, &placed, releases)];
    files.push_all(placed.into_iter().map(|placed| File { path: path(&placed, releases), ..placed.file }));
    files
}

/// Everything to take away: the plan for people, for programs, and the migration files.
pub fn bundle(report: &Report, options: &Options) -> Vec<File> {
    let document = |path: &str, content: String| File { path: path.to_string(), content, transactional: false };
    let mut files = vec![document("PLAN.md", markdown(report)), document("plan.json", json(report))];
    files.push_all(if report.files.is_empty() { write(report, options) } else { report.files.clone() });
    files
}

/// A folder per release, unless there is only one.
fn path(placed: &Placed, releases: usize) -> String {
    if releases < 2 { placed.file.path.clone() } else { format!("release-{}/{}", placed.release, placed.file.path) }
}
