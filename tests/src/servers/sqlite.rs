//! A SQLite database in memory, of the version that this crate is built with.

use crate::execute::Server;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// A database with nothing in it.
pub struct Sqlite {
    connection: Connection,
}

impl Sqlite {
    /// Opens an empty database; foreign keys are enforced, as applications should have it.
    ///
    /// # Panics
    /// When SQLite cannot open a database in memory.
    pub fn open() -> Sqlite {
        let connection = Connection::open_in_memory().expect("a database in memory");
        connection.execute_batch("PRAGMA foreign_keys = ON").expect("foreign keys can be enforced");
        Sqlite { connection }
    }

    /// The library's version: `3.50.2`.
    pub fn version() -> &'static str {
        rusqlite::version()
    }

    fn query(&self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        let failed = |error: rusqlite::Error| error.to_string();
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let width = statement.column_count();
        let mut rows = statement.query([]).map_err(failed)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let cells = (0..width).map(|i| row.get_ref(i).map(text).map_err(failed));
            found.push(cells.collect::<Result<_, _>>()?);
        }
        Ok(found)
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
            "SELECT name, upper(type), \"notnull\", coalesce(dflt_value, ''), pk, hidden FROM pragma_table_xinfo({quoted})"
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
        self.connection.execute_batch(sql).map_err(|error| error.to_string())
    }

    fn rows(&mut self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        self.query(sql)
    }

    fn reset(&mut self) {
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK").expect("a transaction can be ended");
        }
        self.connection.execute_batch("PRAGMA foreign_keys = ON").expect("foreign keys can be enforced");
    }

    // The schema as text: every table's columns, keys and checks, every index, view and trigger, names in order.
    // Column order is left out, and so is how the SQL was laid out.
    fn catalog(&mut self) -> String {
        let objects = "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema \
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

    // The rows of every table, sorted, columns by name.
    fn data(&mut self) -> String {
        let tables =
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1";
        let mut lines = Vec::new();
        for table in self.query(tables).expect("the schema can be read").concat() {
            let columns =
                format!("SELECT name FROM pragma_table_xinfo({}) WHERE hidden <> 1 ORDER BY 1", literal(&table));
            let names = self.query(&columns).expect("columns can be listed").concat();
            let list: Vec<String> = names.iter().map(|name| ident(name)).collect();
            let query = format!("SELECT {} FROM {}", list.join(", "), ident(&table));
            let mut rows: Vec<String> =
                self.query(&query).expect("rows can be read").iter().map(|row| row.join("|")).collect();
            rows.sort();
            lines.push(format!("{table} ({}): {} rows", names.join("|"), rows.len()));
            lines.extend(rows);
        }
        lines.join("\n") + "\n"
    }
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_string(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        ValueRef::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
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
