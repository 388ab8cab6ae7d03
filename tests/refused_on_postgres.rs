//! What is said to be refused, PostgreSQL refuses, and it takes everything else: the labelled scripts, on every version.

use lockstep_tests::asked::{Excepted, ask, labelled};
use lockstep_tests::execute::Server;
use lockstep_tests::on_every_postgres;
use lockstep_tests::servers::{Pg, PgDatabase};
use lockstep_tests::written;

on_every_postgres! { refused: as_said; }

/// Scripts that fail for what is not in them.
const EXCEPTED: Excepted = &[
    ("types of extensions are taken to exist", "some are of extensions that do not come with the server"),
    ("rows are read out", "who asks here takes no rows of COPY"),
    ("a trigger can give the value", "it does not"),
];

/// The same, on servers before 13.
const EXCEPTED_BEFORE_13: Excepted =
    &[("identity made anew", "it takes the other sequence that the column owns for a second identity")];

/// Roles that scripts name.
const ROLES: &[&str] = &["app", "reporting", "joe", "old_owner", "new_owner", "Old Reports"];

/// What scripts take for granted besides.
const GIVEN: &str = r#"
CREATE SCHEMA legacy;
CREATE SCHEMA sales;
CREATE SCHEMA archive;
CREATE SCHEMA reports;
CREATE EXTENSION pgcrypto;
CREATE EXTENSION btree_gist;
CREATE EXTENSION "uuid-ossp";
CREATE FUNCTION make_token() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;
CREATE TABLE alembic_version (version_num text);
CREATE TABLE "__EFMigrationsHistory" ("MigrationId" text, "ProductVersion" text);
"#;

/// A way to store tables that is not the server's own.
const METHOD: &str = "CREATE ACCESS METHOD columnar TYPE TABLE HANDLER heap_tableam_handler";

/// Tablespaces that scripts name.
const TABLESPACES: &[&str] = &["fast", "slow"];

/// Fewer than are refused and taken on the version with the fewest: the file is read.
const LEAST: (usize, usize) = (170, 490);

fn as_said(pg: &Pg) {
    for name in TABLESPACES {
        pg.tablespace(name);
    }
    drop(pg.create("shop"));
    let usual = usual();
    prepare(pg, &usual).unwrap_or_else(|error| panic!("what scripts take for granted: {error}"));
    let mut open = |schema: &str| {
        end_prepared(pg)?;
        let (from, rest) = schema.strip_prefix(&usual).map_or(("given", schema), |rest| ("usual", rest));
        let mut database = PgDatabase::like(pg, from, "refused");
        settle(&mut database)?;
        database.run(rest)?;
        Ok(Box::new(database) as Box<dyn Server>)
    };
    let (refused, taken) = LEAST;
    let old: Excepted = if pg.version() < 13 { EXCEPTED_BEFORE_13 } else { &[] };
    ask(&format!("postgres:{}", pg.version()), &[EXCEPTED, old].concat(), &mut open).check(refused, taken);
}

/// The database that most scripts are written for, to be made once.
fn usual() -> String {
    let text = labelled("postgres");
    let database = text.split("\n=== ").next().unwrap_or_default();
    written::read("postgres", database, "").request.schema.unwrap_or_default()
}

/// Makes the databases that scripts get copies of.
fn prepare(pg: &Pg, usual: &str) -> Result<(), String> {
    let mut given = PgDatabase::open(pg, "given");
    given.run(GIVEN)?;
    if pg.version() >= 12 {
        given.run(METHOD)?;
    }
    PgDatabase::like(pg, "given", "usual").run(usual)
}

/// A database cannot go while transactions in it wait.
fn end_prepared(pg: &Pg) -> Result<(), String> {
    let waiting = PgDatabase::join(pg, "template1").rows("SELECT gid FROM pg_prepared_xacts")?.concat();
    waiting.iter().try_for_each(|name| PgDatabase::join(pg, "refused").run(&format!("ROLLBACK PREPARED '{name}'")))
}

/// Makes the roles that scripts name, without those that a script left behind.
fn settle(database: &mut PgDatabase) -> Result<(), String> {
    let others = "SELECT rolname FROM pg_roles WHERE rolname <> 'postgres' AND rolname NOT LIKE 'pg\\_%'";
    for role in database.rows(others)?.concat() {
        database.run(&format!("DROP ROLE \"{role}\""))?;
    }
    ROLES.iter().try_for_each(|role| database.run(&format!("CREATE ROLE \"{role}\"")))
}
