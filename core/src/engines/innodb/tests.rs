//! What MySQL and MariaDB were seen to do, statement by statement, against what we say.
//!
//! A row of `fixtures/facts/*.tsv` is a statement and what the servers did with it: algorithm and weakest LOCK, or the
//! error. `runs` is a statement that takes no ALGORITHM clause, `-` was not run.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

use crate::change::Change;
use crate::engines;
use crate::facts::{Algorithm, Blocking, Effects, WorkKind};
use crate::parse;
use crate::request::Options;
use crate::schema::Schema;
use crate::target::Target;
use crate::world::{Sizes, World};

/// Rows where we say something slower or stronger than the server does, and why.
const STRONGER: &[(&str, &str)] = &[
    ("index_type_change", "the same index dropped and added is not recognised as nothing"),
    ("page_compressed_on", "INSTANT on 11.8.6 only; 10.11.19 and 11.8.9 rebuild although the manual says INSTANT"),
];

struct Case<'a> {
    id: &'a str,
    given: &'a str,
    statement: &'a str,
    seen: Vec<(&'a str, &'a str)>,
}

fn cases(table: &str) -> Vec<Case<'_>> {
    let mut lines = table.lines();
    let versions: Vec<&str> = lines.next().unwrap_or_default().split('\t').skip(3).collect();
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let seen = versions.iter().copied().zip(cells.iter().skip(3).copied()).collect();
            Case { id: cells[0], given: cells[1], statement: cells[2], seen }
        })
        .collect()
}

fn schema(target: Target) -> Schema {
    let mut schema = Schema::new(target);
    apply(&mut schema, include_str!("../../../../tests/fixtures/facts/innodb.schema.sql"));
    schema
}

fn apply(schema: &mut Schema, text: &str) {
    for statement in &parse::parse(text, schema.target()).statements {
        statement.changes.iter().for_each(|action| schema.apply(&action.change));
    }
    schema.settle();
}

fn effects(case: &Case<'_>, mut schema: Schema) -> Vec<Effects> {
    let target = schema.target();
    apply(&mut schema, case.given);
    let script = parse::parse(case.statement, target);
    let changes: Vec<&Change> = script.statements.iter().flat_map(|s| &s.changes).map(|a| &a.change).collect();
    let engine = engines::of(target.engine());
    let (sizes, options) = (Sizes::default(), Options::default());
    let before = schema.clone();
    let mut alone = Vec::new();
    for change in &changes {
        alone.push(engine.effects(change, &World { target, schema: &schema, sizes: &sizes, options: &options }));
        schema.apply(change);
    }
    engine.together(&changes, alone, &World { target, schema: &before, sizes: &sizes, options: &options })
}

/// What we say, in the words of the table.
fn said(effects: &[Effects]) -> String {
    if effects.iter().any(|e| e.refused.is_some()) {
        return "refused".to_string();
    }
    let Some(algorithm) = effects.iter().filter_map(|e| e.algorithm).max() else { return "runs".to_string() };
    let working = effects.iter().flat_map(|e| &e.work).filter(|w| w.kind != WorkKind::Catalog);
    let lock = match working.map(|w| w.blocking).max() {
        None | Some(Blocking::Nobody) => "NONE",
        Some(Blocking::Writes) => "SHARED",
        Some(Blocking::ReadsAndWrites) => "EXCLUSIVE",
    };
    let algorithm = match algorithm {
        Algorithm::Instant => "INSTANT",
        Algorithm::NoCopy => "NOCOPY",
        Algorithm::Inplace => "INPLACE",
        Algorithm::InplaceRebuild => "REBUILD",
        Algorithm::Copy => "COPY",
    };
    format!("{algorithm} {lock}")
}

/// A metadata lock that keeps everybody out is short when nothing else is done under it.
fn seen(cell: &str) -> String {
    match cell.split_once(' ') {
        Some(("refused", _)) => "refused".to_string(),
        Some((algorithm @ ("INSTANT" | "INPLACE"), "EXCLUSIVE")) => format!("{algorithm} NONE"),
        _ => cell.to_string(),
    }
}

fn compare(engine: &str, table: &str) {
    let cases = cases(table);
    let mut wrong = Vec::new();
    let versions: Vec<&str> =
        cases.first().expect("a table of cases").seen.iter().map(|(version, _)| *version).collect();
    for (at, version) in versions.iter().enumerate() {
        let schema = schema(Target::parse(&format!("{engine}:{version}")).expect("a version of the table"));
        for case in cases.iter().filter(|case| !STRONGER.iter().any(|(id, _)| *id == case.id)) {
            let cell = case.seen[at].1;
            if matches!(cell, "-" | "runs") {
                continue;
            }
            let (said, seen) = (said(&effects(case, schema.clone())), seen(cell));
            if said != seen {
                wrong.push(format!("{} on {engine} {version}: seen {seen}, said {said}: {}", case.id, case.statement));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of the rows differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn mysql_does_what_we_say() {
    compare("mysql", include_str!("../../../../tests/fixtures/facts/mysql.tsv"));
}

#[test]
fn mariadb_does_what_we_say() {
    compare("mariadb", include_str!("../../../../tests/fixtures/facts/mariadb.tsv"));
}
