//! The observations of `tests/fixtures/facts/postgres.tsv`, made again on every real server: locks, new files, scans,
//! refusals in a transaction and outright. `core/tests/facts_postgres.rs` compares what Lockstep says with the same
//! observations, so a fact is never compared with a recording that a server would not confirm.

use lockstep_tests::fresh::root;
use lockstep_tests::on_every_postgres;
use lockstep_tests::servers::{Observer, Pg, Seen};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

on_every_postgres! { observations: every_case_is_as_recorded; }

/// What the cases name and no schema holds.
const CLUSTER: &str = "CREATE ROLE r1;
CREATE ROLE r2;
CREATE FOREIGN DATA WRAPPER f1;
CREATE SERVER s1 FOREIGN DATA WRAPPER f1";

/// A line of the recordings, for one version.
struct Case {
    key: String,
    given: String,
    before: String,
    sql: String,
    locks: BTreeMap<String, String>,
    rewrite: BTreeSet<String>,
    scan: BTreeSet<String>,
    /// `yes`, `no`, or empty when the server refused the statement for another reason.
    transaction: String,
    error: String,
}

fn every_case_is_as_recorded(pg: &Pg) {
    let version = pg.version();
    let cluster = format!("{CLUSTER}{}", access_method(version));
    let (ddl, rows) = (part("postgres.sql", version), part("postgres-rows.sql", version));
    pg.tablespace("ts1");
    let mut observer = Observer::new(pg, &cluster, &ddl, &rows);
    let mut faults = Vec::new();
    let cases = cases(version);
    assert!(cases.len() > 550, "only {} cases", cases.len());
    for case in &cases {
        match observe(&mut observer, case) {
            Ok(seen) => {
                faults.extend(differences(case, &seen).map(|fault| format!("{}: {fault}: {}", case.key, case.sql)))
            }
            Err(error) => faults.push(format!("{}: not run: {error}", case.key)),
        }
    }
    assert!(faults.is_empty(), "PostgreSQL {version}, {} cases:\n{}", cases.len(), faults.join("\n"));
}

fn observe(observer: &mut Observer<'_>, case: &Case) -> Result<Seen, String> {
    let seen = observer.observe(&case.given, &case.before, &case.sql)?;
    // Nothing was recorded beyond the refusal in a transaction: such statements reach beyond the database.
    let beyond = case.locks.is_empty() && case.scan.is_empty() && case.error.is_empty();
    if seen.transaction != Some(false) || beyond {
        return Ok(seen);
    }
    let targets: Vec<String> = case.locks.keys().cloned().collect();
    observer.observe_alone(&case.given, &case.sql, &targets)
}

fn differences(case: &Case, seen: &Seen) -> impl Iterator<Item = String> {
    let mut out = Vec::new();
    if case.error != seen.error {
        out.push(format!("error {:?}, recorded {:?}", seen.error, case.error));
    }
    let transaction = match seen.transaction {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    };
    if case.transaction != transaction {
        out.push(format!("in a transaction {transaction:?}, recorded {:?}", case.transaction));
    }
    // Of indexes only those were recorded that the statement names.
    let named = seen.index_locks.iter().filter(|(name, _)| case.locks.contains_key(*name));
    let locks: BTreeMap<String, String> =
        seen.locks.iter().chain(named).map(|(name, mode)| (name.clone(), mode.to_string())).collect();
    if case.locks != locks {
        out.push(format!("locks {locks:?}, recorded {:?}", case.locks));
    }
    for (what, recorded, found) in [("rewrite", &case.rewrite, &seen.rewrite), ("scan", &case.scan, &seen.scan)] {
        if recorded != found {
            out.push(format!("{what} {found:?}, recorded {recorded:?}"));
        }
    }
    out.into_iter()
}

fn cases(version: u32) -> Vec<Case> {
    let text = file("postgres.tsv");
    let list = |text: &str| -> Vec<String> { text.split(", ").filter(|s| !s.is_empty()).map(str::to_string).collect() };
    let mut out = Vec::new();
    for line in text.lines().skip(1) {
        let field: Vec<&str> = line.split('\t').collect();
        let (low, high) = field[1].split_once('-').expect("a range of versions");
        if !(low.parse().expect("a version")..=high.parse().expect("a version")).contains(&version) {
            continue;
        }
        let lock = |lock: &String| lock.rsplit_once(' ').map(|(name, mode)| (name.to_string(), mode.to_string()));
        out.push(Case {
            key: field[0].to_string(),
            given: field[2].to_string(),
            before: field[3].to_string(),
            sql: field[4].to_string(),
            locks: list(field[5]).iter().filter_map(lock).collect(),
            rewrite: list(field[6]).into_iter().collect(),
            scan: list(field[7]).into_iter().collect(),
            transaction: field[8].to_string(),
            error: field[9].to_string(),
        });
    }
    // Those that need nothing first: they share one database.
    out.sort_by_key(|case| !case.given.is_empty());
    out
}

/// The part of a file for a version.
fn part(name: &str, version: u32) -> String {
    let text = file(name);
    let later = |since: u32| text.find(&format!("-- since {since}")).filter(|_| version < since);
    let end = [12, 18].into_iter().find_map(later).unwrap_or(text.len());
    text[..end].to_string()
}

fn file(name: &str) -> String {
    let path = root().join("tests/fixtures/facts").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn access_method(version: u32) -> &'static str {
    if version < 12 { "" } else { ";\nCREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler" }
}
