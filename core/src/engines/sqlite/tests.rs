//! What SQLite was seen to do, statement by statement, against what we say.
//!
//! A row of `fixtures/facts/sqlite.tsv` is a statement and the versions that take it; its last column says whether
//! 3.54.1 read or wrote the whole table.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

use crate::change::Change;
use crate::engines;
use crate::facts::{Effects, WorkKind};
use crate::parse;
use crate::request::Options;
use crate::schema::Schema;
use crate::target::Target;
use crate::world::{Sizes, World};

/// Rows where we say less or more than the library does, and why.
const DIFFERENT: &[(&str, &str)] = &[
    ("create_index_if_not_exists", "an index that exists is not built again"),
    ("dropcol_trigger_uses", "the table of the row is empty"),
];

fn schema(target: Target) -> Schema {
    let mut schema = Schema::new(target);
    for statement in
        &parse::parse(include_str!("../../../../tests/fixtures/facts/sqlite.schema.sql"), target).statements
    {
        statement.changes.iter().for_each(|action| schema.apply(&action.change));
    }
    schema.settle();
    schema
}

fn effects(statement: &str, mut schema: Schema) -> Vec<Effects> {
    let target = schema.target();
    let script = parse::parse(statement, target);
    let engine = engines::of(target.engine());
    let (sizes, options) = (Sizes::default(), Options::default());
    let changes: Vec<&Change> = script.statements.iter().flat_map(|s| &s.changes).map(|a| &a.change).collect();
    let mut alone = Vec::new();
    for change in &changes {
        alone.push(engine.effects(change, &World { target, schema: &schema, sizes: &sizes, options: &options }));
        schema.apply(change);
    }
    engine.together(&changes, alone, &World { target, schema: &schema, sizes: &sizes, options: &options })
}

#[test]
fn sqlite_does_what_we_say() {
    let mut lines = include_str!("../../../../tests/fixtures/facts/sqlite.tsv").lines();
    let head: Vec<&str> = lines.next().expect("a head").split('\t').collect();
    let versions = &head[2..head.len() - 1];
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split('\t').collect()).collect();
    let mut wrong = Vec::new();
    for (at, version) in versions.iter().enumerate() {
        let schema = schema(Target::parse(&format!("sqlite:{version}")).expect("a version of the table"));
        for row in rows.iter().filter(|row| !DIFFERENT.iter().any(|(id, _)| *id == row[0])) {
            let (id, statement, seen) = (row[0], row[1], row[2 + at]);
            let effects = effects(statement, schema.clone());
            let said = if effects.iter().any(|e| e.refused.is_some()) { "refused" } else { "ok" };
            if seen != "-" && said != seen {
                wrong.push(format!("{id} on {version}: seen {seen}, said {said}: {statement}"));
            }
            let whole = effects.iter().flat_map(|e| &e.work).any(|w| w.kind != WorkKind::Catalog);
            if *version == "3.54.1" && row[row.len() - 1] == "yes" && !whole {
                wrong.push(format!("{id}: goes over the table, we say it does not: {statement}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of the rows differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_column_goes_with_its_own_constraints_only() {
    for (table, goes) in [
        ("a INT CHECK (a > 1), b INT", true),
        ("a INT CONSTRAINT own CHECK (a > 1), b INT, CHECK (b > 1)", true),
        ("a INT REFERENCES t (id), b INT", true),
        ("a INT, b INT, CHECK (a > 1)", false),
        ("a INT CHECK (a > 1), b INT, CHECK (id > 0 AND a > 2)", false),
        ("a INT CHECK (a > 1), b INT, CHECK (a > 1)", false),
        ("a INT, b INT, FOREIGN KEY (a) REFERENCES t (id)", false),
        ("a INT REFERENCES t (id), b INT, FOREIGN KEY (a, b) REFERENCES t (id, b)", false),
        ("a INT REFERENCES t (id), b INT, FOREIGN KEY (a) REFERENCES t (id)", false),
    ] {
        let target = Target::parse("sqlite:3.45").expect("a target");
        let mut schema = Schema::new(target);
        let text = format!("CREATE TABLE t (id INTEGER PRIMARY KEY, {table})");
        parse::parse(&text, target).statements[0].changes.iter().for_each(|action| schema.apply(&action.change));
        schema.settle();
        let refused = effects("ALTER TABLE t DROP COLUMN a", schema).iter().any(|effects| effects.refused.is_some());
        assert_eq!(!refused, goes, "{table}");
    }
}
