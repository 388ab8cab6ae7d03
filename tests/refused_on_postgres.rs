//! What is said to be refused, PostgreSQL refuses, and it takes everything else: the labelled scripts, on every version.

use lockstep_tests::asked::{Excepted, ask};
use lockstep_tests::execute::Server;
use lockstep_tests::on_every_postgres;
use lockstep_tests::servers::{Pg, PgDatabase};

on_every_postgres! { refused: as_said; }

/// Scripts that fail for what is not in them.
const EXCEPTED: Excepted = &[
    ("by its name it is unique, as Prisma and Django name them", "the index is not there"),
    ("another unique index is made behind it", "the index is not there"),
    ("types of extensions are taken to exist", "some are of extensions that do not come with the server"),
    ("rows are read out", "who asks here takes no rows of COPY"),
    ("a trigger can give the value", "it does not"),
];

/// The same, on servers before 12.
const EXCEPTED_BEFORE_12: Excepted =
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
const LEAST: (usize, usize) = (130, 400);

fn as_said(pg: &Pg) {
    for name in TABLESPACES {
        pg.tablespace(name);
    }
    drop(pg.create("shop"));
    drop(pg.create("refused"));
    let mut open = |schema: &str| {
        end_prepared(&mut PgDatabase::join(pg, "refused"))?;
        let mut database = PgDatabase::open(pg, "refused");
        settle(&mut database)?;
        database.run(GIVEN)?;
        if pg.version() >= 12 {
            database.run(METHOD)?;
        }
        database.run(schema)?;
        Ok(Box::new(database) as Box<dyn Server>)
    };
    let (refused, taken) = LEAST;
    let old: Excepted = if pg.version() < 12 { EXCEPTED_BEFORE_12 } else { &[] };
    ask(&format!("postgres:{}", pg.version()), &[EXCEPTED, old].concat(), &mut open).check(refused, taken);
}

/// A database cannot go while transactions in it wait.
fn end_prepared(database: &mut PgDatabase) -> Result<(), String> {
    let waiting = database.rows("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()")?.concat();
    waiting.iter().try_for_each(|name| database.run(&format!("ROLLBACK PREPARED '{name}'")))
}

/// Makes the roles that scripts name, without those that a script left behind.
fn settle(database: &mut PgDatabase) -> Result<(), String> {
    let others = "SELECT rolname FROM pg_roles WHERE rolname <> 'postgres' AND rolname NOT LIKE 'pg\\_%'";
    for role in database.rows(others)?.concat() {
        database.run(&format!("DROP ROLE \"{role}\""))?;
    }
    ROLES.iter().try_for_each(|role| database.run(&format!("CREATE ROLE \"{role}\"")))
}
