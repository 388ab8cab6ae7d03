//! What the servers did when the tables of `fixtures/facts` were written, against what we say: no server is needed.
//!
//! A row is a statement and what each version did with it: algorithm and weakest LOCK, or the error. `runs` is a statement
//! that takes no ALGORITHM clause, `-` was not run.

use crate::engine::{Engine, said};
use crate::fixture::{cases, read};

/// Rows where we say something slower or stronger than the server does, and why.
pub const STRONGER: &[(&str, &str)] =
    &[("page_compressed_on", "INSTANT on 11.8.6 only; 10.11.19 and 11.8.9 rebuild although the manual says INSTANT")];

/// Where the table of an engine and the core differ.
fn faults(engine: &str) -> Vec<String> {
    let file = format!("{engine}.tsv");
    let (text, schema) = (read(&file), read("innodb.schema.sql"));
    let versions = text.lines().next().unwrap_or_default().split('\t').skip(3);
    let mut faults = Vec::new();
    for (at, version) in versions.enumerate() {
        let asked = Engine::of(&format!("{engine}:{version}"), &schema);
        for case in cases(&file).iter().filter(|case| !STRONGER.iter().any(|(id, _)| *id == case.id)) {
            let cell = case.seen.get(at).map_or("-", String::as_str);
            let (said, seen) = (said(&asked.effects(&case.given, &case.statement)), seen(cell));
            if !matches!(cell, "-" | "runs") && said != seen {
                faults.push(format!("{} on {engine} {version}: seen {seen}, said {said}: {}", case.id, case.statement));
            }
        }
    }
    faults
}

/// A metadata lock that keeps everybody out is short when nothing else is done under it.
fn seen(cell: &str) -> String {
    match cell.split_once(' ') {
        Some(("refused", _)) => "refused".to_string(),
        Some((algorithm @ ("INSTANT" | "INPLACE"), "EXCLUSIVE")) => format!("{algorithm} NONE"),
        _ => cell.to_string(),
    }
}

#[test]
fn mysql_did_what_we_say() {
    assert_eq!(faults("mysql"), Vec::<String>::new());
}

#[test]
fn mariadb_did_what_we_say() {
    assert_eq!(faults("mariadb"), Vec::<String>::new());
}
