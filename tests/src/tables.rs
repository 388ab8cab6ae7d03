//! SQLite databases that nobody would make, and changes of them that need a rebuild: from a list of numbers, so that a
//! failing one shrinks.

/// A database, and a change of its table.
#[derive(Debug, Clone)]
pub struct SqliteCase {
    /// Tables, indexes, views, triggers.
    pub schema: String,
    /// Rows.
    pub data: String,
    /// One statement.
    pub change: String,
    /// The table that it changes.
    pub table: String,
    /// The column that it is about.
    pub column: String,
    /// It drops the column.
    pub drops: bool,
}

/// The name of the table with all the trouble.
const TABLES: [&str; 6] = ["things", "Order", "two words", "quo\"te", "größe", "it's"];
const COLUMNS: [&str; 8] = ["a", "B", "c d", "select", "e\"f", "ü", "g-h", "note"];

/// Reads choices off a list; zero, the simplest, when the list is at its end.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn below(&mut self, limit: usize) -> usize {
        self.0.next().map_or(0, |n| usize::from(*n) % limit)
    }

    /// Seldom true, and false at the end of the list.
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    fn of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len())]
    }

    /// A name in one of the ways to write it.
    fn quoted(&mut self, name: &str) -> String {
        let plain = name.chars().all(|c| c.is_ascii_alphabetic()) && name != "select" && name != "Order";
        match self.below(4) {
            1 if !name.contains('`') => format!("`{name}`"),
            2 if !name.contains(']') => format!("[{name}]"),
            3 if plain => name.to_string(),
            _ => quote(name),
        }
    }
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

struct Column {
    name: &'static str,
    data_type: &'static str,
    text: String,
    default: Option<&'static str>,
    not_null: bool,
    filled: bool,
}

/// A case from a list of choices.
pub fn sqlite_case(choices: &[u8]) -> SqliteCase {
    let mut pick = Choices(choices.iter());
    let table = TABLES[pick.below(TABLES.len())];
    let key = pick.below(6);
    let strict = pick.one_in(4);
    let count = 2 + pick.below(4);
    let columns: Vec<Column> = COLUMNS.iter().take(count).map(|name| column(&mut pick, name, table, strict)).collect();
    let mut schema = String::from(
        "CREATE TABLE parents (id INTEGER PRIMARY KEY, n INT);\nCREATE TABLE log (id INTEGER PRIMARY KEY, what TEXT);\n",
    );
    schema += &create_table(&mut pick, table, key, strict, &columns);
    let (hanging, children) = others(&mut pick, table, key, &columns);
    schema += &hanging;
    let changed = &columns[pick.below(columns.len())];
    let (change, drops) = change(&mut pick, table, changed, strict);
    SqliteCase {
        schema,
        data: data(&mut pick, table, key, &columns, &children),
        change,
        table: table.to_string(),
        column: changed.name.to_string(),
        drops,
    }
}

fn column(pick: &mut Choices<'_>, name: &'static str, table: &str, strict: bool) -> Column {
    let types: &[&str] = match strict {
        true => &["INT", "TEXT", "REAL", "BLOB", "ANY", "INTEGER"],
        false => &["INT", "TEXT", "REAL", "", "VARCHAR(20)", "NUMERIC(10, 2)", "BLOB", "unsigned big int"],
    };
    let data_type = pick.of(types);
    let own = pick.quoted(name);
    let mut text = format!("{own} {data_type}").trim_end().to_string();
    let default = pick.one_in(3).then(|| if data_type.contains("TEXT") { "'x y'" } else { "7" });
    let not_null = pick.one_in(3);
    if pick.one_in(5) {
        text += " /* a comment; */";
    }
    if let Some(default) = default {
        text += &format!(" DEFAULT {default}");
    }
    if not_null {
        text += pick.of(&[" NOT NULL", " not  null", " CONSTRAINT here NOT NULL", " NOT NULL ON CONFLICT ABORT"]);
    }
    if pick.one_in(4) {
        text += " COLLATE NOCASE";
    }
    if pick.one_in(4) {
        text += " UNIQUE";
    }
    if pick.one_in(4) {
        text += &format!(" CONSTRAINT \"a check\" CHECK ({own} IS NOT 'zzz')");
    }
    if pick.one_in(4) && data_type.starts_with("INT") {
        text += pick.of(&[" REFERENCES parents (id)", " REFERENCES parents ON DELETE SET NULL"]);
    } else if pick.one_in(5) && data_type.starts_with("INT") {
        text += &format!(" REFERENCES {} (id) ON DELETE CASCADE", quote(table));
    }
    let filled = pick.below(2) == 0 || not_null;
    Column { name, data_type, text, default, not_null, filled }
}

/// Whether rows can be referenced by `id`, which is a whole number, and the key's definition.
fn key_text(key: usize) -> (&'static str, &'static str) {
    match key {
        0 => ("id INTEGER PRIMARY KEY", ""),
        1 => ("id INTEGER PRIMARY KEY AUTOINCREMENT", ""),
        2 => ("id INT UNIQUE", ""),
        3 => ("id INT PRIMARY KEY", ""),
        4 => ("id INT NOT NULL", "PRIMARY KEY (id)"),
        _ => ("id INTEGER PRIMARY KEY DESC", ""),
    }
}

fn create_table(pick: &mut Choices<'_>, table: &str, key: usize, strict: bool, columns: &[Column]) -> String {
    let (id, primary) = key_text(key);
    let mut lines: Vec<String> = vec![id.to_string()];
    lines.extend(columns.iter().map(|c| c.text.clone()));
    let first = quote(columns[0].name);
    if pick.one_in(3) {
        let kind = pick.of(&["VIRTUAL", "STORED"]);
        lines.push(format!("made TEXT GENERATED ALWAYS AS (length({first}) || 'x') {kind}"));
    }
    lines.extend((!primary.is_empty()).then(|| primary.to_string()));
    if pick.one_in(3) {
        lines.push(format!("UNIQUE (id, {first})"));
    }
    if pick.one_in(3) {
        lines.push(format!("CONSTRAINT \"of all\" CHECK (id > 0 AND {first} IS NOT 'nobody')"));
    }
    if pick.one_in(4) {
        lines.push(format!("FOREIGN KEY (id) REFERENCES {} (id)", quote(table)));
    }
    let mut options: Vec<&str> = Vec::new();
    if key >= 3 && pick.one_in(2) {
        options.push("WITHOUT ROWID");
    }
    options.extend(strict.then_some("STRICT"));
    format!("CREATE TABLE {} (\n  {}\n) {};\n", pick.quoted(table), lines.join(",\n  "), options.join(", "))
}

/// What hangs on the table: indexes, triggers, views, tables that reference it.
fn others(pick: &mut Choices<'_>, table: &str, key: usize, columns: &[Column]) -> (String, Vec<String>) {
    let (t, first, last) = (quote(table), quote(columns[0].name), quote(columns[columns.len() - 1].name));
    let mut out = String::new();
    for (n, text) in [
        format!("INDEX by_first ON {t} ({first} DESC, id)"),
        format!("UNIQUE INDEX \"by; last\" ON {t} ({last}, id) WHERE id > 3"),
        format!("INDEX by_expression ON {t} (coalesce({last}, 'none') COLLATE NOCASE)"),
        format!("VIEW seen (number, word) AS SELECT id, {first} FROM {t} WHERE id < 1000"),
        format!("VIEW whole AS SELECT * FROM {t}"),
        format!("TRIGGER made_one AFTER INSERT ON {t} BEGIN INSERT INTO log (what) VALUES ('made; ' || NEW.id); END"),
        format!(
            "TRIGGER \"set one\" BEFORE UPDATE OF {first} ON {t} WHEN NEW.{first} IS NOT OLD.{first} BEGIN SELECT CASE WHEN \
             1 THEN 2 END; END"
        ),
        format!("TRIGGER gone AFTER DELETE ON {t} BEGIN DELETE FROM log WHERE id = OLD.id; END"),
        format!("TRIGGER counted AFTER INSERT ON parents BEGIN INSERT INTO log (what) SELECT count(*) FROM {t}; END"),
    ]
    .iter()
    .enumerate()
    {
        if pick.one_in(2) || n == 5 {
            out += &format!("CREATE {text};\n");
        }
    }
    let mut children = Vec::new();
    for (n, action) in ["CASCADE", "SET NULL", "NO ACTION"].iter().enumerate() {
        if pick.one_in(2) && key <= 4 {
            out += &format!(
                "CREATE TABLE child{n} (id INTEGER PRIMARY KEY, thing INT REFERENCES {t} (id) ON DELETE {action});\n"
            );
            children.push(format!("child{n}"));
        }
    }
    (out, children)
}

fn data(pick: &mut Choices<'_>, table: &str, key: usize, columns: &[Column], children: &[String]) -> String {
    let rows = pick.below(20);
    let t = quote(table);
    let names: Vec<String> = columns.iter().map(|c| quote(c.name)).collect();
    let mut out: String = (1..=9).map(|id| format!("INSERT INTO parents VALUES ({id}, 1);\n")).collect();
    for row in 1..=rows {
        let id = row * 3;
        let values: Vec<String> = columns.iter().map(|c| value(c, row, id)).collect();
        out += &format!("INSERT OR IGNORE INTO {t} (id, {}) VALUES ({id}, {});\n", names.join(", "), values.join(", "));
    }
    // The highest id was given once.
    if key == 1 && rows > 1 {
        out += &format!("DELETE FROM {t} WHERE id = {};\n", rows * 3);
    }
    out.extend(children.iter().map(|child| format!("INSERT INTO {child} (thing) SELECT id FROM {t} WHERE id > 6;\n")));
    out
}

fn value(column: &Column, row: usize, id: usize) -> String {
    if !column.filled && !column.not_null && row.is_multiple_of(2) {
        return "NULL".to_string();
    }
    match column.data_type {
        // Its own row's id, or one of the nine parents: whatever it references is there.
        kind if column.text.contains("REFERENCES parents") && kind.starts_with("INT") => (1 + row % 9).to_string(),
        kind if kind.starts_with("INT") => id.to_string(),
        "TEXT" | "VARCHAR(20)" => format!("'text {row}'"),
        "REAL" => format!("{row}.25"),
        "BLOB" => format!("x'0{}'", row % 10),
        _ => format!("{row}"),
    }
}

fn change(pick: &mut Choices<'_>, table: &str, column: &Column, strict: bool) -> (String, bool) {
    let (t, c) = (pick.quoted(table), pick.quoted(column.name));
    let action = match pick.below(8) {
        0 => format!("ALTER COLUMN {c} SET DEFAULT 5"),
        1 if column.default.is_some() => format!("ALTER COLUMN {c} DROP DEFAULT"),
        2 if column.not_null => format!("ALTER COLUMN {c} DROP NOT NULL"),
        2 => format!("ALTER COLUMN {c} SET NOT NULL"),
        3 if strict => format!("ALTER COLUMN {c} TYPE ANY"),
        3 => format!("ALTER COLUMN {c} TYPE {}", pick.of(&["TEXT", "INTEGER", "REAL", "BLOB"])),
        4 => format!("ADD CONSTRAINT fine CHECK ({c} IS NOT 'never' AND id < 100000)"),
        5 => format!("ADD CONSTRAINT \"to parents\" FOREIGN KEY ({c}) REFERENCES parents (id)"),
        6 => return (format!("ALTER TABLE {t} DROP COLUMN {c}"), true),
        _ => format!("ALTER COLUMN {c} SET DEFAULT 'seven'"),
    };
    (format!("ALTER TABLE {t} {action}"), false)
}
