//! Scripts in which much meets one thing: many statements on one table, many partitions of one parent, long statements.
//! Whatever looks through all earlier ones at each shows here.

/// A script of a size.
pub struct Hostile {
    /// A few words.
    pub name: &'static str,
    /// `postgres:16`.
    pub engine: &'static str,
    /// So many statements, actions, rows or lines.
    pub write: fn(usize) -> String,
}

const PG: &str = "postgres:16";
const MARIA: &str = "mariadb:11.4";
const LITE: &str = "sqlite:3.45";
const TABLE: &str = "CREATE TABLE t (id bigint PRIMARY KEY, a int, b text);\n";

/// All of them.
pub const ALL: [Hostile; 26] = [
    one("unnamed indexes, one table", PG, |n| after(TABLE, n, |_| "CREATE INDEX ON t (a);".to_string())),
    one("unnamed checks, one table", PG, |n| after(TABLE, n, |i| format!("ALTER TABLE t ADD CHECK (a > {i});"))),
    one("unnamed keys, one table", "mysql:8.0", |n| {
        after(TABLE, n, |_| "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p (id);".to_string())
    }),
    one("named indexes, made and dropped", PG, |n| {
        let made = after(TABLE, n / 2, |i| format!("CREATE INDEX i{i} ON t (a);"));
        after(&made, n / 2, |i| format!("DROP INDEX i{i};"))
    }),
    one("drops of unknown indexes", PG, |n| after("", n, |i| format!("DROP INDEX i{i};"))),
    one("partitions of one table", PG, |n| {
        let parent = "CREATE TABLE t (id bigint, d int) PARTITION BY RANGE (d);\n";
        after(parent, n, |i| format!("CREATE TABLE t{i} PARTITION OF t FOR VALUES FROM ({i}) TO ({});", i + 1))
    }),
    one("heirs of one table", PG, |n| after(TABLE, n, |i| format!("CREATE TABLE h{i} (x int) INHERITS (t);"))),
    one("columns added to one table", PG, |n| after("", n, |i| format!("ALTER TABLE t ADD COLUMN c{i} int;"))),
    one("columns added to a new table", PG, |n| after(TABLE, n, |i| format!("ALTER TABLE t ADD COLUMN c{i} int;"))),
    one("defaults of one column", PG, |n| {
        after(TABLE, n, |i| format!("ALTER TABLE t ALTER COLUMN a SET DEFAULT {i};"))
    }),
    one("types of one table", PG, |n| after("", n, |i| format!("ALTER TABLE t ALTER COLUMN c{i} TYPE bigint;"))),
    one("views of one table", PG, |n| after(TABLE, n, |i| format!("CREATE VIEW v{i} AS SELECT a FROM t;"))),
    one("foreign keys to one table", PG, |n| {
        after(TABLE, n, |i| format!("CREATE TABLE c{i} (id int, t_id bigint REFERENCES t (id));"))
    }),
    one("triggers of one table", PG, |n| {
        after(TABLE, n, |i| format!("CREATE TRIGGER g{i} BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();"))
    }),
    one("one name in many schemas", PG, |n| after("", n, |i| format!("CREATE TABLE s{i}.t (id int);"))),
    one("one transaction", PG, |n| {
        after("BEGIN;\n", n, |i| format!("ALTER TABLE t{i} ADD COLUMN c int;")) + "COMMIT;\n"
    }),
    one("one ALTER of many columns", PG, |n| listed("ALTER TABLE t", n, |i| format!("ADD COLUMN c{i} int"))),
    one("one ALTER of many types", MARIA, |n| listed("ALTER TABLE t", n, |i| format!("MODIFY COLUMN c{i} bigint"))),
    one("one ALTER of many keys", MARIA, |n| {
        listed("ALTER TABLE t", n, |i| format!("ADD FOREIGN KEY (a{i}) REFERENCES p{i} (id)"))
    }),
    one("one INSERT of many rows (×10)", PG, |n| {
        listed("INSERT INTO t (a, b) VALUES", 10 * n, |i| format!("({i}, 'x')"))
    }),
    one("one table of many columns", PG, |n| listed("CREATE TABLE t (id int", n, |i| format!(", c{i} int")) + ");"),
    one("one function of many lines (×10)", PG, |n| {
        let body = after("", 10 * n, |i| format!("  UPDATE t SET a = {i} WHERE b = 'x';"));
        format!("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN\n{body}END $$;\n")
    }),
    one("one CHECK of many values (×10)", PG, |n| {
        listed("ALTER TABLE t ADD CONSTRAINT c CHECK (a IN (0", 10 * n, |i| format!(", {i}")) + "));"
    }),
    one("one line, not ASCII", PG, |n| after("", n, |i| format!("COMMENT ON TABLE t IS 'ä{i}';")).replace('\n', " ")),
    one("rebuilds, one by one", LITE, |n| after("", n / 4, rebuild)),
    one("rebuilds, one block", LITE, |n| {
        after("PRAGMA foreign_keys=OFF;\nBEGIN;\n", n / 4, rebuild) + "COMMIT;\nPRAGMA foreign_keys=ON;\n"
    }),
];

const fn one(name: &'static str, engine: &'static str, write: fn(usize) -> String) -> Hostile {
    Hostile { name, engine, write }
}

/// Lines behind a head.
fn after(head: &str, count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(head.to_string(), |text, i| text + &line(i) + "\n")
}

/// Items of one statement; an item that begins with a comma brings its own.
fn listed(head: &str, count: usize, item: impl Fn(usize) -> String) -> String {
    let items: Vec<String> = (0..count).map(item).collect();
    let between = if items.first().is_some_and(|item| item.starts_with(',')) { "\n" } else { ",\n" };
    format!("{head}\n{}", items.join(between))
}

fn rebuild(i: usize) -> String {
    format!(
        "CREATE TABLE n{i} (id INTEGER PRIMARY KEY, a text);\nINSERT INTO n{i} SELECT id, a FROM t{i};\nDROP TABLE t{i};\n\
         ALTER TABLE n{i} RENAME TO t{i};"
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn scripts_grow_with_their_size() {
        for hostile in super::ALL {
            let (small, large) = ((hostile.write)(100).len(), (hostile.write)(200).len());
            assert!(large > small * 3 / 2 && large < small * 3, "{}: {small} {large}", hostile.name);
        }
    }
}
