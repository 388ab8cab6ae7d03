//! The servers themselves: a catalog must tell apart what differs, or the proofs prove nothing.

use lockstep_tests::execute::Server;
use lockstep_tests::on_every_postgres;
use lockstep_tests::servers::{Ignore, Pg, Sqlite, pg_catalog, pg_data};

on_every_postgres! { catalog: a_postgresql_catalog_tells_apart; }

fn a_postgresql_catalog_tells_apart(pg: &Pg) {
    let base = "CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE TABLE parent (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
        CREATE TABLE t (id serial, \"Full Name\" varchar(40) NOT NULL DEFAULT 'x', m mood, p bigint);
        CREATE INDEX t_p_idx ON t (p);
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE VIEW v AS SELECT p FROM t;";
    let before = pg_catalog(&mut with(pg, base, ""), Ignore::ColumnOrder);
    assert_eq!(before, pg_catalog(&mut with(pg, base, ""), Ignore::ColumnOrder));
    for change in [
        "ALTER TABLE t ALTER COLUMN p TYPE integer USING p::integer",
        "ALTER TABLE t ALTER COLUMN \"Full Name\" TYPE varchar(41)",
        "ALTER TABLE t ALTER COLUMN p SET NOT NULL",
        "ALTER TABLE t ALTER COLUMN \"Full Name\" SET DEFAULT 'y'",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (p > 0) NOT VALID",
        "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (p) REFERENCES parent (id)",
        "DROP INDEX t_p_idx",
        "ALTER INDEX t_p_idx RENAME TO other",
        "ALTER TYPE mood ADD VALUE 'happy' BEFORE 'ok'",
        "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()",
        "COMMENT ON COLUMN t.p IS 'parent'",
        "GRANT SELECT ON t TO PUBLIC",
        "ALTER TABLE t SET (fillfactor = 70)",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "ALTER SEQUENCE t_id_seq OWNED BY NONE",
        "ALTER VIEW v RENAME TO w",
        "CREATE SCHEMA extra",
    ] {
        let change = if change.contains("p TYPE") {
            format!("DROP VIEW v; {change}; CREATE VIEW v AS SELECT p FROM t")
        } else {
            change.into()
        };
        let after = pg_catalog(&mut with(pg, base, &change), Ignore::ColumnOrder);
        assert_ne!(before, after, "{change}");
    }
    let reordered = "ALTER TABLE t DROP COLUMN m; ALTER TABLE t ADD COLUMN m mood";
    assert_eq!(before, pg_catalog(&mut with(pg, base, reordered), Ignore::ColumnOrder));
    let renamed = "ALTER INDEX t_p_idx RENAME TO other";
    assert_eq!(
        pg_catalog(&mut with(pg, base, renamed), Ignore::ChosenNames),
        pg_catalog(&mut with(pg, base, ""), Ignore::ChosenNames)
    );
    let rows = "INSERT INTO t (\"Full Name\") VALUES ('a'), ('b')";
    assert_ne!(pg_data(&mut with(pg, base, rows)), pg_data(&mut with(pg, base, "")));
}

fn with(pg: &Pg, base: &str, change: &str) -> postgres::Client {
    let mut client = pg.create("case");
    client.batch_execute(base).expect("the base");
    client.batch_execute(change).unwrap_or_else(|error| panic!("{change}: {error}"));
    client
}

#[test]
fn a_sqlite_catalog_tells_apart() {
    let base = "CREATE TABLE parent (id INTEGER PRIMARY KEY);
        CREATE TABLE t (id INTEGER PRIMARY KEY, \"full name\" TEXT NOT NULL DEFAULT 'x' CHECK (length(\"full name\") > 0), p INTEGER);
        CREATE INDEX t_p ON t (p);";
    let catalog = |change: &str| {
        let mut database = Sqlite::open();
        database.run(base).expect("the base");
        database.run(change).unwrap_or_else(|error| panic!("{change}: {error}"));
        database.catalog()
    };
    let before = catalog("");
    for change in [
        "ALTER TABLE t ADD COLUMN q TEXT",
        "ALTER TABLE t RENAME COLUMN p TO q",
        "DROP INDEX t_p",
        "CREATE VIEW v AS SELECT 1",
        "ALTER TABLE t RENAME TO u",
        "DROP INDEX t_p; CREATE UNIQUE INDEX t_p ON t (p)",
        "ALTER TABLE t DROP COLUMN \"full name\"; ALTER TABLE t ADD COLUMN \"full name\" TEXT NOT NULL DEFAULT 'x'",
    ] {
        assert_ne!(before, catalog(change), "{change}");
    }
    assert_eq!(before, catalog("CREATE TABLE x (y); DROP TABLE x; DROP INDEX t_p; create index [t_p] on t(\"p\")"));
}
