//! Every SQLite plan of the fixtures, run on real SQLites: to the end, and back from every step.

use lockstep_core::request::Request;
use lockstep_tests::cases::{Case, cases};
use lockstep_tests::execute::Server;
use lockstep_tests::proof::prove;
use lockstep_tests::servers::{Sqlite, SqliteLibrary};

#[test]
fn every_plan_holds_on_a_real_sqlite() {
    let mut faults = Vec::new();
    for case in cases("sqlite") {
        faults.extend(prove(&case, &case.request.engine.clone(), &mut || Box::new(Sqlite::open()) as Box<dyn Server>));
    }
    assert!(faults.is_empty(), "SQLite {}:\n{}", Sqlite::version(), faults.join("\n"));
}

/// The plan for each version, on that version. A plan is another one where the version can do more or less.
#[test]
fn every_plan_holds_on_every_version() {
    let mut faults = Vec::new();
    for version in SqliteLibrary::VERSIONS {
        let library = SqliteLibrary::load(version);
        let mut open = || Box::new(Sqlite::open_with(&library)) as Box<dyn Server>;
        let cases: Vec<Case> = cases("sqlite").into_iter().filter(|case| can_read(&library, case)).collect();
        assert!(cases.len() > 20, "SQLite {version} reads the schema of {} cases only", cases.len());
        for mut case in cases {
            // What one version takes as it is pasted, another refuses.
            let taken = takes(&library, &case);
            case.proof.refused |= !taken;
            if stops(&case, version) {
                assert!(!taken, "{version} {}: we say that the server refuses it, and it does not", case.name);
                continue;
            }
            let target = format!("sqlite:{version}");
            if titles(&case, &target) != titles(&case, &case.request.engine) {
                // Another plan, most often without triggers: old and new code do not see what the other writes.
                case.code.both.clear();
            }
            let found = prove(&case, &target, &mut open);
            faults.extend(found.into_iter().map(|fault| format!("{version} {fault}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whether the version has what the case's schema uses (STRICT, computed columns).
fn can_read(library: &SqliteLibrary, case: &Case) -> bool {
    let database = library.open(":memory:");
    database.run(&case.schema).is_ok() && database.run(&case.data).is_ok()
}

/// Whether the plan asks for another statement, because the server refuses this one and nothing stands for it.
fn stops(case: &Case, version: &str) -> bool {
    titles(case, &format!("sqlite:{version}")).iter().any(|title| title.starts_with("Rewrite what the server refuses"))
}

/// The steps of the plan for a version.
fn titles(case: &Case, target: &str) -> Vec<String> {
    let request = Request { engine: target.to_string(), ..case.request.clone() };
    let report = lockstep_core::plan(&request);
    report.phases.into_iter().flat_map(|phase| phase.steps).map(|step| step.title).collect()
}

fn takes(library: &SqliteLibrary, case: &Case) -> bool {
    let database = library.open(":memory:");
    database
        .run(&case.schema)
        .and_then(|()| database.run(&case.data))
        .and_then(|()| database.run(&case.request.sql))
        .is_ok()
}

/// A customer with orders that would go with it, an index, and a trigger.
const SHOP: &str = "
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INT REFERENCES customers (id) ON DELETE CASCADE);
CREATE INDEX customers_name ON customers (name);
";
const TRIGGER: &str = "CREATE TRIGGER kept AFTER DELETE ON customers BEGIN SELECT 1; END;";
const ROWS: &str = "INSERT INTO customers VALUES (1, 'a'), (2, 'b'); INSERT INTO orders VALUES (1, 1), (2, 1), (3, 2);";

/// The statements of the one rebuild in the plan of a shop of which the planner knows the first schema.
fn rebuild(known: &str) -> Vec<String> {
    let request = lockstep_core::request::Request {
        sql: "ALTER TABLE customers ALTER COLUMN name SET DEFAULT 'nobody'".to_string(),
        engine: "sqlite:3.45".to_string(),
        schema: Some(known.to_string()),
        ..Default::default()
    };
    let report = lockstep_core::plan(&request);
    let step = report.phases.iter().flat_map(|phase| &phase.steps).find(|step| step.title == "Make customers anew");
    step.expect("a rebuild").sql.clone()
}

/// What a tool does that has opened a transaction: PRAGMA foreign_keys does nothing, and without the guard the orders
/// would go with the customers, without an error.
#[test]
fn a_runner_that_opened_a_transaction_is_stopped() {
    let steps = rebuild(&format!("{SHOP}{TRIGGER}"));
    for version in SqliteLibrary::VERSIONS {
        let library = SqliteLibrary::load(version);
        let mut shop = Sqlite::open_with(&library);
        shop.run(&format!("{SHOP}{TRIGGER}{ROWS}")).expect("the shop");
        let before = (shop.catalog(), shop.data());
        shop.run("BEGIN").expect("a transaction");
        let own = |sql: &&String| !["BEGIN IMMEDIATE", "COMMIT"].contains(&sql.as_str());
        let error = steps.iter().filter(own).find_map(|sql| shop.run(sql).err()).expect("an error of the guard");
        assert!(error.contains("CHECK constraint failed"), "{version}: {error}");
        shop.reset();
        assert_eq!(before, (shop.catalog(), shop.data()), "{version}");
        // The trap is real: without the guard, the same statements lose every order.
        shop.run("BEGIN").expect("a transaction");
        for sql in steps.iter().filter(own).filter(|sql| !sql.contains("zz_lockstep_guard")) {
            shop.run(sql).unwrap_or_else(|error| panic!("{version}: {sql}: {error}"));
        }
        assert_eq!(shop.rows("SELECT count(*) FROM orders"), Ok(vec![vec!["0".to_string()]]), "{version}");
    }
}

/// The schema that was given is older than the file: what it does not know would be lost.
#[test]
fn a_table_that_is_not_as_it_was_given_is_left_alone() {
    let steps = rebuild(SHOP);
    for extra in [
        TRIGGER,
        "CREATE INDEX more ON customers (id, name);",
        "ALTER TABLE customers ADD COLUMN more INT;",
        "ALTER TABLE customers ADD COLUMN more INT AS (id + 1) VIRTUAL;",
    ] {
        let mut shop = Sqlite::open();
        shop.run(&format!("{SHOP}{ROWS}{extra}")).expect("the shop");
        let before = (shop.catalog(), shop.data());
        let error = steps.iter().find_map(|sql| shop.run(sql).err()).expect("an error of the guard");
        assert!(error.contains("CHECK constraint failed: table_is_as_known"), "{extra}: {error}");
        shop.reset();
        assert_eq!(before, (shop.catalog(), shop.data()), "{extra}");
    }
    let mut shop = Sqlite::open();
    shop.run(&format!("{SHOP}{ROWS}")).expect("the shop");
    steps.iter().for_each(|sql| shop.run(sql).unwrap_or_else(|error| panic!("{sql}: {error}")));
}
