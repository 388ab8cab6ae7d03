//! SQLite's fact table, asked on real libraries of several versions: what they take and refuse, and for what they go over
//! a whole table.

use lockstep_core::change::Change;
use lockstep_core::engines;
use lockstep_core::facts::{Effects, WorkKind};
use lockstep_core::parse;
use lockstep_core::request::Options;
use lockstep_core::schema::Schema;
use lockstep_core::target::{Engine, Target};
use lockstep_core::world::{Sizes, World};
use lockstep_tests::fresh::root;
use lockstep_tests::servers::{SqliteDatabase, SqliteLibrary};
use std::fs;
use std::path::Path;

/// Every table has more pages than this, and no change of the catalog touches as many.
const MANY_PAGES: u64 = 30;

/// Where we say that a table is gone over and it is not, and why that may stay.
const CAUTIOUS: &[(&str, &str)] = &[
    ("create_index_if_not_exists", "an index that exists is not built again"),
    ("drop_index", "an index of few pages"),
];

/// What a library did with a statement.
struct Seen {
    refused: Option<String>,
    pages: u64,
}

#[test]
fn sqlite_does_what_we_say_in_every_version() {
    let rows = rows();
    assert!(rows.len() > 70);
    let mut wrong = Vec::new();
    for version in SqliteLibrary::VERSIONS {
        let library = SqliteLibrary::load(version);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let base = folder.path().join("base.db");
        fill(&library, &base);
        for (id, statement) in &rows {
            if statement.contains(" gx ") && version == "3.25.2" {
                continue;
            }
            let seen = observe(&library, &base, folder.path(), statement);
            let said = effects(statement, &format!("sqlite:{version}"));
            let refused = said.iter().find_map(|e| e.refused.clone());
            if refused.is_some() != seen.refused.is_some() {
                wrong.push(format!("{id} on {version}: seen {:?}, said {refused:?}: {statement}", seen.refused));
                continue;
            }
            let whole = said.iter().flat_map(|e| &e.work).any(|work| work.kind != WorkKind::Catalog);
            let allowed = whole && CAUTIOUS.iter().any(|(cautious, _)| cautious == id);
            if seen.refused.is_none() && whole != (seen.pages > MANY_PAGES) && !allowed {
                wrong.push(format!("{id} on {version}: {} pages seen, said {whole}: {statement}", seen.pages));
            }
        }
    }
    assert!(wrong.is_empty(), "{} answers differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Case and statement.
fn rows() -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join("tests/fixtures/facts/sqlite.tsv")).expect("the fact table");
    let fields = text.lines().skip(1).filter_map(|line| {
        let mut fields = line.split('\t');
        Some((fields.next()?.to_string(), fields.next()?.to_string()))
    });
    fields.collect()
}

fn schema_text() -> String {
    fs::read_to_string(root().join("tests/fixtures/facts/sqlite.schema.sql")).expect("the schema of the fact table")
}

/// The tables with rows; the one with a computed column is left to the statements that name it, because early versions
/// fail to rename any column in a schema that has one.
fn fill(library: &SqliteLibrary, file: &Path) {
    let database = library.open(&file.to_string_lossy());
    for statement in schema_text().lines().filter(|line| !line.contains(" gx(")) {
        database.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let numbers = "WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 20000)";
    for (table, values) in [
        ("t", "n, n, 'bbbbbbbbbbbbbbbbbbbbbbbb' || n, 'x' || n, n"),
        ("p", "n, n"),
        ("ch", "n, n, n"),
        ("uq", "n, n, n, n"),
        ("wr", "'k' || n, n, n"),
        ("pi", "n, n, n"),
        ("tr", "n, n, n"),
        ("vb", "n, n, n"),
        ("one", "n"),
        ("chx", "n, n, n"),
        ("nn", "n, n"),
    ] {
        database.run(&format!("{numbers} INSERT INTO {table} SELECT {values} FROM s")).expect("rows");
    }
}

/// Runs a statement on a copy: pages read from the file, and frames written to its log.
fn observe(library: &SqliteLibrary, base: &Path, folder: &Path, statement: &str) -> Seen {
    let copy = folder.join("copy.db");
    for name in ["copy.db", "copy.db-wal", "copy.db-shm"] {
        let _ = fs::remove_file(folder.join(name));
    }
    fs::copy(base, &copy).expect("a copy");
    let database = library.open(&copy.to_string_lossy());
    let run = |sql: &str| database.run(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    ["PRAGMA journal_mode = WAL", "PRAGMA wal_autocheckpoint = 0", "PRAGMA synchronous = OFF"]
        .into_iter()
        .for_each(run);
    run("PRAGMA foreign_keys = ON");
    if statement.contains(" gx ") {
        schema_text().lines().filter(|line| line.contains(" gx(")).for_each(run);
    }
    database.rows("SELECT count(*) FROM sqlite_master").expect("the schema");
    database.rows("PRAGMA wal_checkpoint(TRUNCATE)").expect("a checkpoint");
    let before = database.cache_misses();
    let refused = database.run(statement).err();
    let read = database.cache_misses() - before;
    Seen { refused, pages: read.max(written(&database)) }
}

/// Pages in the log.
fn written(database: &SqliteDatabase) -> u64 {
    let said = database.rows("PRAGMA wal_checkpoint(PASSIVE)").expect("a checkpoint").concat();
    said.get(1).and_then(|pages| pages.parse().ok()).unwrap_or(0)
}

/// What we say of a statement.
fn effects(statement: &str, target: &str) -> Vec<Effects> {
    let target = Target::parse(target).expect("a version");
    let mut schema = Schema::new(target);
    for read in &parse::parse(&schema_text(), target).statements {
        read.changes.iter().for_each(|action| schema.apply(&action.change));
    }
    schema.settle();
    let script = parse::parse(statement, target);
    let engine = engines::of(Engine::Sqlite);
    let (sizes, options) = (Sizes::default(), Options::default());
    let changes: Vec<&Change> = script.statements.iter().flat_map(|s| &s.changes).map(|a| &a.change).collect();
    let mut alone = Vec::new();
    for change in &changes {
        alone.push(engine.effects(change, &World { target, schema: &schema, sizes: &sizes, options: &options }));
        schema.apply(change);
    }
    engine.together(&changes, alone, &World { target, schema: &schema, sizes: &sizes, options: &options })
}
