//! What the PostgreSQL engine hands to people, tried on a real server: the statistics query read back, every query of
//! the runbook, names and literals.

use lockstep_core::change::{Ident, Name};
use lockstep_core::engines::{self, EngineFacts};
use lockstep_core::sizes;
use lockstep_core::target::{Engine, Target};
use lockstep_tests::on_every_postgres;
use lockstep_tests::servers::Pg;
use postgres::{Client, SimpleQueryMessage};

on_every_postgres! { handed_to_people: everything; }

fn everything(pg: &Pg) {
    the_statistics_query_is_read_back(pg);
    every_query_of_the_runbook_runs(pg);
    names_and_literals_mean_what_they_say(pg);
}

fn engine() -> &'static dyn EngineFacts {
    engines::of(Engine::Postgres)
}

fn target(pg: &Pg) -> Target {
    Target::parse(&format!("postgres:{}", pg.version())).expect("a version that is covered")
}

/// Rows as psql prints them unaligned.
fn unaligned(client: &mut Client, sql: &str) -> String {
    let mut lines = Vec::new();
    for message in client.simple_query(sql).unwrap_or_else(|error| panic!("{sql}: {error}")) {
        if let SimpleQueryMessage::Row(row) = message {
            if lines.is_empty() {
                lines.push(row.columns().iter().map(|c| c.name().to_string()).collect::<Vec<_>>().join("|"));
            }
            let fields: Vec<&str> = (0..row.len()).map(|at| row.get(at).unwrap_or("")).collect();
            lines.push(fields.join("|"));
        }
    }
    lines.join("\n")
}

fn the_statistics_query_is_read_back(pg: &Pg) {
    let mut client = pg.create("stats");
    client
        .batch_execute(
            "CREATE TABLE users AS SELECT g AS id FROM generate_series(1, 1000) g;
             CREATE TABLE \"Empty One\" (id int);
             CREATE SCHEMA app;
             CREATE TABLE app.items AS SELECT g AS id FROM generate_series(1, 300) g;
             CREATE TABLE parts (k int) PARTITION BY RANGE (k);
             CREATE TABLE parts1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
             CREATE TABLE parts2 PARTITION OF parts FOR VALUES FROM (100) TO (200);
             INSERT INTO parts SELECT g FROM generate_series(0, 149) g;
             ANALYZE;",
        )
        .expect("the tables");
    let text = unaligned(&mut client, &engine().stats_query(target(pg)));
    let (tables, problems) = sizes::read(&text);
    assert_eq!(problems, [], "{text}");
    for (name, rows) in [
        (Name::new("users"), 1000),
        (Name::new("Empty One"), 0),
        (Name::qualified("app", "items"), 300),
        (Name::new("parts"), 150),
        (Name::new("parts1"), 100),
        (Name::new("parts2"), 50),
    ] {
        assert_eq!(tables.get(&name).and_then(|t| t.rows), Some(rows), "{name} in {text}");
    }
    assert!(tables.get(&Name::new("users")).and_then(|t| t.table_bytes).is_some_and(|bytes| bytes > 8192), "{text}");
    assert!(sizes::server(&text).longest_transaction_s.is_some(), "{text}");
}

fn every_query_of_the_runbook_runs(pg: &Pg) {
    let mut client = pg.create("runbook");
    client.batch_execute("CREATE TABLE parent (id int); CREATE TABLE child (parent_id int);").expect("the tables");
    let runbook = engine().runbook(target(pg));
    let items = [runbook.before, runbook.during, runbook.after, runbook.failure].concat();
    let queries: Vec<_> = items.iter().filter(|item| item.language == "sql" && !item.code.is_empty()).collect();
    assert!(queries.len() > 10);
    for item in queries {
        // Where a process is named, there is none.
        let code = item.code.replace(":pid", "0");
        client.simple_query(&code).unwrap_or_else(|error| panic!("{}: {error}\n{code}", item.title));
    }
}

fn names_and_literals_mean_what_they_say(pg: &Pg) {
    let mut client = pg.create("quoting");
    for text in [
        "plain",
        "order",
        "Users",
        "two words",
        "a\"b",
        "it's",
        "back\\slash",
        "größe",
        "user",
        "window",
        "ö'\\\"",
        "1st",
    ] {
        let name = engine().ident(&Ident::new(text));
        let literal = engine().literal(text);
        let sql = format!("CREATE TABLE {name} ({name} int); SELECT relname FROM pg_class WHERE relname = {literal}");
        let found = unaligned(&mut client, &sql);
        assert_eq!(found.lines().nth(1), Some(text), "{sql}");
        for setting in ["on", "off"] {
            let sql = format!("SET standard_conforming_strings = {setting}; SELECT {literal} AS v");
            let found = unaligned(&mut client, &sql);
            assert_eq!(found.lines().nth(1), Some(text), "{sql}");
        }
    }
}
