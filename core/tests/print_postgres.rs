//! What we print for PostgreSQL says what was meant: printed and read again, a change is the same.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use lockstep_core::change::{Change, Constraint};
use lockstep_core::engines;
use lockstep_core::parse;
use lockstep_core::target::{Engine, Target};
use std::collections::BTreeSet;

const CASES: &str = include_str!("../../tests/fixtures/facts/postgres.tsv");
const DATABASE: &str = include_str!("../../tests/fixtures/facts/postgres.sql");

/// Forgets the source text, so that everything is spelled out anew.
fn without_text(change: &Change) -> Change {
    let forget = |c: &mut Constraint| c.text.clear();
    let mut change = change.clone();
    match &mut change {
        Change::CreateTable(def) => {
            def.text.clear();
            for column in &mut def.columns {
                column.text.clear();
                column.constraints.iter_mut().for_each(forget);
            }
            def.constraints.iter_mut().for_each(forget);
        }
        Change::AddColumn { column, .. } => {
            column.text.clear();
            column.constraints.iter_mut().for_each(forget);
        }
        Change::AddConstraint { constraint, .. } => forget(constraint),
        Change::LockTable { mode, .. } => {
            *mode = if mode.is_empty() { "IN ACCESS EXCLUSIVE MODE".to_string() } else { mode.to_uppercase() };
        }
        Change::CreateIndex(index) => {
            index.text.clear();
            index.parts.iter_mut().filter(|p| p.column.is_some()).for_each(|p| p.text.clear());
        }
        _ => {}
    }
    change
}

fn changes(sql: &str, target: Target) -> Vec<Change> {
    parse::parse(sql, target).statements.into_iter().flat_map(|s| s.changes).map(|a| a.change).collect()
}

#[test]
fn printed_and_read_again_is_the_same() {
    let target = Target::parse("postgres:18").unwrap();
    let engine = engines::of(Engine::Postgres);
    let statements: BTreeSet<&str> = CASES.lines().skip(1).map(|line| line.split('\t').nth(4).unwrap()).collect();
    let mut all: Vec<Change> = changes(DATABASE, target);
    all.extend(statements.iter().flat_map(|sql| changes(sql, target)));
    let mut wrong = Vec::new();
    let mut printed = 0;
    for change in &all {
        for form in [change.clone(), without_text(change)] {
            let Some(sql) = engine.print(&form, target) else { continue };
            printed += 1;
            let again: Vec<Change> = changes(&sql, target);
            if again.iter().map(without_text).collect::<Vec<_>>() != [without_text(&form)] {
                wrong.push(format!("{sql}\n   wanted {:?}\n   read   {again:?}", without_text(&form)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {printed}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(printed > 700, "{printed}");
}
