//! Plans run to their end on a file that others read and write, each from a process or connection of its own: no error
//! reaches them, and old and new agree before anything is removed.
//!
//! The file is in WAL mode and every session has a `busy_timeout`, as the runbook asks for.

use lockstep_core::report::Report;
use lockstep_tests::cases::{Case, cases};
use lockstep_tests::execute::Server;
use lockstep_tests::load::{self, Met, loaded};
use lockstep_tests::servers::{Sqlite, SqliteLibrary};
use std::path::Path;

/// The first version with DROP COLUMN, and one in between.
const VERSIONS: [&str; 2] = ["3.35.4", "3.45.0"];

type Open<'a> = &'a (dyn Fn(&Path) -> Sqlite + Sync);

#[test]
fn the_version_of_this_crate() {
    on(Sqlite::version(), &Sqlite::open_file);
}

#[test]
fn other_versions() {
    for version in VERSIONS {
        // One process a session: they meet in the file only.
        on(version, &|file| Sqlite::open_file_with(&SqliteLibrary::load(version), file));
    }
}

fn on(version: &str, open: Open<'_>) {
    let cases = loaded(cases("sqlite"));
    assert!(cases.len() > 5, "only {} cases with a load", cases.len());
    let faults: Vec<String> = cases.iter().flat_map(|case| faults(case, version, open)).collect();
    assert!(faults.is_empty(), "SQLite {version}:\n{}", faults.join("\n"));
}

fn faults(case: &Case, version: &str, open: Open<'_>) -> Vec<String> {
    let met = meet(case, &load::planned(case, &format!("sqlite:{version}")), open);
    let longest = met.reads.iter().chain(&met.writes).max().copied().unwrap_or_default();
    println!(
        "SQLite {version:<7} {:<30} {:>6} transactions, the longest {:>4} ms",
        case.name,
        met.reads.len() + met.writes.len(),
        longest.as_millis(),
    );
    let errors = met.errors.into_iter().take(3).map(|error| format!("a writer got {error}"));
    met.fault.into_iter().chain(errors).map(|fault| format!("{}: {fault}", case.name)).collect()
}

/// What keeps both sides in step is left out: the comparison must see it.
#[test]
fn without_triggers_old_and_new_do_not_agree() {
    for name in
        ["copy_columns", "move_column", "move_column_from_many", "move_column_to_many", "rename_column_side_by_side"]
    {
        let mut all = loaded(cases("sqlite")).into_iter();
        let case = all.find(|case| case.name.ends_with(name)).expect("the case");
        let mut report = load::planned(&case, &format!("sqlite:{}", Sqlite::version()));
        for step in report.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
            step.sql.retain(|sql| !["CREATE TRIGGER", "DROP TRIGGER"].iter().any(|words| sql.starts_with(words)));
        }
        let fault = meet(&case, &report, &Sqlite::open_file).fault.unwrap_or_default();
        let seen = ["check `", "do not agree"].iter().any(|words| fault.contains(words));
        assert!(seen, "{name}: nothing is found: {fault:?}");
    }
}

fn meet(case: &Case, report: &Report, open: Open<'_>) -> Met {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("load.db");
    let connect = || {
        let mut session = open(&file);
        session.run("PRAGMA busy_timeout = 20000").expect("a session that waits");
        session.run("PRAGMA journal_mode = WAL").expect("a file with a log");
        Box::new(session) as Box<dyn Server + Send>
    };
    load::driven(case, report, &connect)
}
