//! A SQLite database in memory.

use super::sqlite_library::{Library, SqliteLibrary};
use crate::execute::Server;
use rusqlite::Connection;

/// A database with nothing in it.
pub struct Sqlite {
    library: Box<dyn Library + Send>,
}

impl Sqlite {
    /// Opens an empty database of the SQLite that this crate is built with; foreign keys are enforced, as applications
    /// should have it.
    ///
    /// # Panics
    /// When SQLite cannot open a database in memory.
    pub fn open() -> Sqlite {
        Sqlite::with(Box::new(Connection::open_in_memory().expect("a database in memory")))
    }

    /// The same of another version.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub fn open_with(library: &SqliteLibrary) -> Sqlite {
        Sqlite::with(Box::new(library.open(":memory:")))
    }

    /// The same in a file.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub fn open_file(file: &std::path::Path) -> Sqlite {
        Sqlite::with(Box::new(Connection::open(file).expect("a file")))
    }

    /// The same of another version.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub fn open_file_with(library: &SqliteLibrary, file: &std::path::Path) -> Sqlite {
        Sqlite::with(Box::new(library.open(&file.to_string_lossy())))
    }

    fn with(library: Box<dyn Library + Send>) -> Sqlite {
        library.run("PRAGMA foreign_keys = ON").expect("foreign keys can be enforced");
        Sqlite { library }
    }

    /// The version that this crate is built with: `3.50.2`.
    pub fn version() -> &'static str {
        rusqlite::version()
    }

    fn query(&self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        self.library.rows(sql)
    }

    /// The list of a table's columns: before 3.26 there is only the one without computed columns, which did not exist.
    fn columns(&self) -> &'static str {
        let newer = self.query("SELECT 1 FROM pragma_table_xinfo('sqlite_master') LIMIT 1").is_ok();
        if newer { "pragma_table_xinfo" } else { "(SELECT *, 0 AS hidden FROM pragma_table_info" }
    }

    /// The columns of one table as a relation with `name`, `type`, `notnull`, `dflt_value`, `pk`, `hidden`.
    fn columns_of(&self, table: &str) -> String {
        let list = self.columns();
        let close = if list.starts_with('(') { ")" } else { "" };
        format!("{list}({}){close}", literal(table))
    }

    /// The name by which rows of a table have a number, if they have one that no column hides.
    fn row_number(&self, table: &str) -> Option<&'static str> {
        let free = |name: &&str| {
            let columns = self.query(&format!("SELECT 1 FROM {} WHERE lower(name) = '{name}'", self.columns_of(table)));
            columns.is_ok_and(|found| found.is_empty())
        };
        let name = ["rowid", "_rowid_", "oid"].into_iter().find(free)?;
        self.query(&format!("SELECT {name} FROM {} LIMIT 1", ident(table))).is_ok().then_some(name)
    }

    fn table(&self, name: &str, sql: &str, lines: &mut Vec<String>) {
        let options: Vec<String> = ["WITHOUT ROWID", "STRICT", "AUTOINCREMENT", "VIRTUAL"]
            .iter()
            .filter(|option| outside_parentheses(sql, option))
            .map(|option| option.to_string())
            .collect();
        lines.push(format!("table {name} {}", options.join(" ")));
        let quoted = literal(name);
        let columns = format!(
            "SELECT name, upper(type), \"notnull\", coalesce(dflt_value, ''), pk, hidden FROM {}",
            self.columns_of(name)
        );
        for row in self.query(&columns).expect("columns can be listed") {
            lines.push(format!("column {name}.{}", row.join("|")));
        }
        let keys = format!(
            "SELECT \"table\", group_concat(\"from\" || '>' || coalesce(\"to\", '')), on_update, on_delete \
             FROM pragma_foreign_key_list({quoted}) GROUP BY id"
        );
        for row in self.query(&keys).expect("foreign keys can be listed") {
            lines.push(format!("foreign key {name}: {}", row.join("|")));
        }
        // Indexes without SQL of their own belong to UNIQUE and PRIMARY KEY.
        let unique = format!(
            "SELECT origin, partial, (SELECT group_concat(i.name) FROM pragma_index_info(l.name) AS i) \
             FROM pragma_index_list({quoted}) AS l WHERE origin <> 'c'"
        );
        for row in self.query(&unique).expect("indexes can be listed") {
            lines.push(format!("key {name}: {}", row.join("|")));
        }
        for check in checks(sql) {
            lines.push(format!("check {name}: {check}"));
        }
    }
}

impl Server for Sqlite {
    fn run(&mut self, sql: &str) -> Result<(), String> {
        self.library.run(sql)
    }

    fn rows(&mut self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        self.query(sql)
    }

    fn reset(&mut self) {
        if self.library.in_transaction() {
            self.library.run("ROLLBACK").expect("a transaction can be ended");
        }
        self.library.run("PRAGMA foreign_keys = ON").expect("foreign keys can be enforced");
    }

    // The schema as text: every table's columns, keys and checks, every index, view and trigger, names in order.
    // Column order is left out, and so is how the SQL was laid out.
    fn catalog(&mut self) -> String {
        let objects = "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master \
                       WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name";
        let mut lines = Vec::new();
        for object in self.query(objects).expect("the schema can be read") {
            let [kind, name, table, sql] = object.as_slice() else { continue };
            if kind == "table" {
                self.table(name, sql, &mut lines);
            } else {
                lines.push(format!("{kind} {name} on {table}: {}", plain(sql)));
            }
        }
        for row in self.query("PRAGMA foreign_key_check").expect("foreign keys can be checked") {
            lines.push(format!("orphan: {}", row.join(" ")));
        }
        lines.sort();
        lines.join("\n") + "\n"
    }

    // The rows of every table, sorted, with their numbers and columns by name; the highest ids that were given.
    fn data(&mut self) -> String {
        let tables =
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1";
        let mut lines = Vec::new();
        for table in self.query(tables).expect("the schema can be read").concat() {
            let columns = format!("SELECT name FROM {} WHERE hidden <> 1 ORDER BY 1", self.columns_of(&table));
            let names = self.query(&columns).expect("columns can be listed").concat();
            let number = self.row_number(&table).map(str::to_string);
            let list: Vec<String> = number.into_iter().chain(names.iter().map(|name| ident(name))).collect();
            let query = format!("SELECT {} FROM {}", list.join(", "), ident(&table));
            let mut rows: Vec<String> =
                self.query(&query).expect("rows can be read").iter().map(|row| row.join("|")).collect();
            rows.sort();
            lines.push(format!("{table} ({}): {} rows", names.join("|"), rows.len()));
            lines.extend(rows);
        }
        // There is none without AUTOINCREMENT.
        let counters = self.query("SELECT name, seq FROM sqlite_sequence ORDER BY name").unwrap_or_default();
        lines.extend(counters.iter().map(|counter| format!("counter {}", counter.join(" "))));
        lines.join("\n") + "\n"
    }
}

/// Lower case without quotes and white space: how a definition was typed does not matter.
fn plain(sql: &str) -> String {
    let kept = sql.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '`' | '[' | ']'));
    kept.collect::<String>().to_lowercase().replace("ifnotexists", "")
}

/// The conditions of CHECK constraints, which no pragma lists.
fn checks(sql: &str) -> Vec<String> {
    let upper = sql.to_ascii_uppercase();
    let mut found = Vec::new();
    for (at, word) in upper.match_indices("CHECK") {
        let rest = sql[at + word.len()..].trim_start();
        if !rest.starts_with('(') {
            continue;
        }
        let mut depth = 0;
        let end = rest.char_indices().find(|(_, c)| {
            depth += i32::from(*c == '(') - i32::from(*c == ')');
            depth == 0
        });
        found.push(plain(&rest[..end.map_or(rest.len(), |(i, _)| i + 1)]));
    }
    found
}

fn outside_parentheses(sql: &str, words: &str) -> bool {
    let upper = sql.to_ascii_uppercase();
    let tail = upper.rsplit(')').next().unwrap_or_default();
    let head = upper.split('(').next().unwrap_or_default();
    match words {
        "AUTOINCREMENT" => upper.contains(words),
        "VIRTUAL" => head.contains(words),
        _ => tail.contains(words),
    }
}

fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
