//! Migration files run by the frameworks themselves: forward, back where the framework can, forward again; the database is
//! then the one that the plan leaves when it is run step by step.

#[path = "frameworks/projects.rs"]
mod projects;

use lockstep_core::Report;
use lockstep_core::parse::parse;
use lockstep_core::render::files::write;
use lockstep_core::report::File;
use lockstep_core::request::{Options, Request};
use lockstep_core::target::Target;
use lockstep_tests::execute::{Server, difference, forward, steps};
use lockstep_tests::servers::{Pg, PgDatabase, Sqlite, listen};
use projects::{Database, Project};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A table in use, with all that a template language, a parameter or a string could trip over.
const USERS: &str = "
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL, name text);
INSERT INTO users (email, name) SELECT 'u' || n || '@example.org', 'it''s :name %s ${x} #{y} {z} \\n' || n FROM generate_series(1, 300) AS n;
";
/// A column, an index that is built concurrently, a rename in two releases with a fill in batches.
const CHANGES: &str = "
ALTER TABLE users ADD COLUMN phone varchar(60) DEFAULT ':none %s %(x)s ${x} #{y} {z} \\n ''quoted''';
CREATE INDEX users_email_idx ON users (email);
ALTER TABLE users RENAME COLUMN name TO full_name;
";
/// Rows in batches that commit.
const FILL: &str = "UPDATE users SET email = lower(email) || ':x %s' WHERE email NOT LIKE '%:x \\%s';";

/// Tables in which frameworks keep what they applied.
const OWN_TABLES: [&str; 6] = [
    "alembic_version",
    "django_migrations",
    "flyway_schema_history",
    "_prisma_migrations",
    "schema_migrations",
    "ar_internal_metadata",
];

fn planned(sql: &str, schema: &str, engine: &str, framework: &str) -> Report {
    let options = Options {
        framework: framework.to_string(),
        framework_version: "6.1".to_string(),
        date: "2026-01-02".to_string(),
        app: "shop".to_string(),
        batch_size: 70,
        pause_ms: 0,
        ..Options::default()
    };
    let request = Request {
        sql: sql.to_string(),
        engine: engine.to_string(),
        schema: Some(schema.to_string()),
        rows: BTreeMap::from([("users".to_string(), 5_000_000)]),
        options,
        ..Request::default()
    };
    lockstep_core::plan(&request)
}

/// The files of each release, with the paths that they have in a project.
fn releases(report: &Report, framework: &str) -> Vec<Vec<File>> {
    let options = Options {
        framework: framework.to_string(),
        framework_version: "6.1".to_string(),
        date: "2026-01-02".to_string(),
        app: "shop".to_string(),
        ..Options::default()
    };
    let mut releases: BTreeMap<String, Vec<File>> = BTreeMap::new();
    for file in write(report, &options).into_iter().filter(|file| file.path != "MIGRATION.md") {
        let (release, path) = match file.path.split_once('/') {
            Some((release, path)) if release.starts_with("release-") => (release.to_string(), path.to_string()),
            _ => ("release-1".to_string(), file.path.clone()),
        };
        releases.entry(release).or_default().push(File { path, ..file });
    }
    releases.into_values().collect()
}

/// A database and everything that belongs to users in it.
struct State(String);

impl State {
    fn of(server: &mut dyn Server) -> State {
        let ours = |line: &&str| !OWN_TABLES.iter().any(|table| line.contains(table));
        let text = format!("{}{}", server.catalog(), server.data());
        State(text.lines().filter(ours).map(|line| format!("{line}\n")).collect())
    }

    fn must_be(&self, other: &State, when: &str) {
        let lines = difference(&self.0, &other.0, &[], &[]);
        assert!(lines.is_empty(), "{when}:\n    {}", lines.join("\n    "));
    }
}

fn filled(pg: &Pg, name: &str) -> PgDatabase {
    let mut database = PgDatabase::open(pg, name);
    database.run(USERS).expect("the table");
    database
}

/// Migrations of a release: those of its files that the framework counts.
fn count(files: &[File], framework: &str) -> usize {
    let ending = match framework {
        "flyway" => ".sql",
        "prisma" => "/migration.sql",
        "rails" => ".rb",
        "sql" => ".up.sql",
        _ => ".py",
    };
    files.iter().filter(|file| file.path.ends_with(ending) && !file.path.starts_with("undo/")).count()
}

/// Takes a release back: by the framework, or as its note says where it has no way back.
fn take_back(project: &Project, files: &[File], database: &mut PgDatabase, target: Target) {
    match project.framework {
        "flyway" => {
            let undo = files.iter().filter(|file| file.path.starts_with("undo/") && file.path.ends_with(".sql"));
            undo.rev().for_each(|file| by_hand(database, file, target));
            database.run("DELETE FROM flyway_schema_history WHERE type <> 'BASELINE'").expect("its history");
        }
        "prisma" => {
            let mut folders: Vec<&str> =
                files.iter().filter_map(|file| file.path.rsplit_once('/')).map(|p| p.0).collect();
            folders.dedup();
            for folder in folders.into_iter().rev() {
                let down = files.iter().filter(|file| file.path.starts_with(&format!("{folder}/down")));
                for file in down {
                    let path = project.home.path().join(&file.path);
                    project.execute(&path).unwrap_or_else(|error| panic!("{}: {error}", file.path));
                }
            }
            database.run("DELETE FROM _prisma_migrations WHERE migration_name NOT LIKE '0000%'").expect("its history");
        }
        _ => project.down(count(files, project.framework)).unwrap_or_else(|error| panic!("back: {error}")),
    }
}

/// As the client of the server runs a file.
fn by_hand(database: &mut PgDatabase, file: &File, target: Target) {
    for statement in parse(&file.content, target).statements {
        let sql = statement.span.of(&file.content);
        database.run(sql).unwrap_or_else(|error| panic!("{}: {sql}: {error}", file.path));
    }
}

fn proves(framework: &'static str) {
    let pg = Pg::start(18);
    let engine = format!("postgres:{}", pg.version());
    let target = Target::parse(&engine).expect("a version");
    let port = listen(&pg.socket());
    let report = planned(CHANGES, USERS, &engine, framework);
    let releases = releases(&report, framework);
    assert_eq!(releases.len(), 2, "an expansion and a contraction");
    // What the plan itself leaves, step by step.
    let mut model = filled(&pg, "model");
    let start = State::of(&mut model);
    steps(&report).iter().try_for_each(|step| forward(&mut model, step)).expect("the plan");
    let end = State::of(&mut model);

    let mut database = filled(&pg, "shop");
    let project = Project::new(framework, Database::Postgres(port, "shop".to_string()));
    let add = |files: &[File]| files.iter().for_each(|file| project.write(&file.path, &file.content));
    let up = || project.up().unwrap_or_else(|error| panic!("forward: {error}"));
    add(&releases[0]);
    up();
    let expanded = State::of(&mut database);
    take_back(&project, &releases[0], &mut database, target);
    start.must_be(&State::of(&mut database), "taken back, it is not as before");
    up();
    expanded.must_be(&State::of(&mut database), "forward again, it is another");
    add(&releases[1]);
    up();
    end.must_be(&State::of(&mut database), "the end is not that of the plan");
    fills_in_batches(&pg, port, &engine, framework);
}

/// Each batch commits on its own, so a file that runs in one transaction would show.
fn fills_in_batches(pg: &Pg, port: u16, engine: &str, framework: &'static str) {
    let report = planned(FILL, USERS, engine, framework);
    let mut database = filled(pg, "fill");
    let project = Project::new(framework, Database::Postgres(port, "fill".to_string()));
    for file in releases(&report, framework).concat() {
        project.write(&file.path, &file.content);
    }
    project.up().unwrap_or_else(|error| panic!("the fill: {error}"));
    let rows = database.rows("SELECT count(*), count(DISTINCT xmin::text) FROM users WHERE email LIKE '%:x \\%s'");
    let rows = rows.expect("a count").concat();
    assert_eq!(rows.first().map(String::as_str), Some("300"), "all rows are filled");
    let transactions: u32 = rows.get(1).and_then(|number| number.parse().ok()).expect("a number");
    assert!(transactions > 3, "{framework} filled 300 rows, 70 at a time, in {transactions} transactions");
}

#[test]
fn psql_runs_what_we_write() {
    proves("sql");
}

#[test]
fn alembic_runs_what_we_write() {
    proves("alembic");
}

#[test]
fn django_runs_what_we_write() {
    proves("django");
}

#[test]
fn flyway_runs_what_we_write() {
    proves("flyway");
}

#[test]
fn prisma_runs_what_we_write() {
    proves("prisma");
}

#[test]
fn rails_runs_what_we_write() {
    proves("rails");
}

/// A parent whose children would go with it if foreign keys were enforced while it is made anew.
const SHOP: &str = "
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INT REFERENCES customers (id) ON DELETE CASCADE);
CREATE TRIGGER customers_kept AFTER DELETE ON customers BEGIN SELECT 'a;b'; END;
INSERT INTO customers VALUES (1, 'it''s :a %s'), (2, 'b');
INSERT INTO orders VALUES (1, 1), (2, 1), (3, 2);
";

#[test]
fn frameworks_on_sqlite_make_a_table_anew_and_keep_its_children() {
    for framework in ["sql", "alembic", "django", "rails"] {
        let sql = "ALTER TABLE customers ALTER COLUMN name SET DEFAULT ':nobody %s'; CREATE INDEX customers_name ON customers (name);";
        let report = planned(sql, SHOP, "sqlite:3.40", framework);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file: PathBuf = folder.path().join("shop.db");
        let mut database = Sqlite::open_file(&file);
        database.run(SHOP).expect("the shop");
        let start = shop(&mut database);
        let project = Project::new(framework, Database::Sqlite(file));
        let files = releases(&report, framework).concat();
        files.iter().for_each(|file| project.write(&file.path, &file.content));
        let made_files = count(&files, framework);
        project.up().unwrap_or_else(|error| panic!("forward: {error}"));
        let orders = database.rows("SELECT count(*) FROM orders");
        assert_eq!(orders, Ok(vec![vec!["3".to_string()]]), "{framework} lost orders");
        let made = shop(&mut database);
        assert!(made.0.contains(":nobody %s"), "{framework}: {}", made.0);
        project.down(made_files).unwrap_or_else(|error| panic!("back: {error}"));
        start.must_be(&shop(&mut database), "taken back, it is not as before");
        project.up().unwrap_or_else(|error| panic!("forward again: {error}"));
        made.must_be(&shop(&mut database), "forward again, it is another");
    }
}

/// The schema, and the rows of the two tables.
fn shop(database: &mut Sqlite) -> State {
    let mut text = database.catalog();
    for table in ["customers", "orders"] {
        let rows = database.rows(&format!("SELECT * FROM {table} ORDER BY id")).expect("rows");
        text += &format!("{table}: {rows:?}\n");
    }
    let ours = |line: &&str| !OWN_TABLES.iter().any(|own| line.contains(own));
    State(text.lines().filter(ours).map(|line| format!("{line}\n")).collect())
}
