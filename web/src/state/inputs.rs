//! What the reader gave: texts, engine, sizes, choices. Saved, restored, and turned into a request.

use super::quantity;
use super::sizes::{Size, Sizes};
use lockstep_core::Request;
use lockstep_core::request::Options;
use lockstep_core::target::{Engine, Target};
use lockstep_protocol::ReadSizes;
use serde::{Deserialize, Serialize};

/// Everything that a plan depends on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inputs {
    /// The change.
    pub sql: String,
    /// The current schema.
    pub schema: String,
    /// The schema as it shall be.
    pub wanted: String,
    /// All the rest.
    pub settings: Settings,
}

/// Everything but the texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// `postgres:16`.
    pub engine: String,
    /// The change is what makes the wanted schema of the current one, not the statements typed.
    pub compares: bool,
    /// Sizes typed in, by table.
    pub sizes: Sizes,
    /// Choices.
    pub options: Options,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            engine: "postgres:16".to_string(),
            compares: false,
            sizes: Sizes::default(),
            options: Options::default(),
        }
    }
}

impl Inputs {
    /// The question to the planner. `today` is used for file names only.
    pub fn request(&self, today: &str) -> Request {
        let settings = &self.settings;
        let mut options = settings.options.clone();
        if options.date.is_empty() {
            options.date = today.to_string();
        }
        let schema = |text: &String| Some(text.clone()).filter(|text| !text.trim().is_empty());
        Request {
            sql: if settings.compares { String::new() } else { self.sql.clone() },
            engine: settings.engine.clone(),
            schema: schema(&self.schema),
            target_schema: schema(&self.wanted).filter(|_| settings.compares),
            stats: settings.stats(),
            options,
            ..Request::default()
        }
    }
}

impl Settings {
    /// Engine and version, `postgres:16`; a stored one that is no longer known becomes the default.
    pub fn target_id(&self) -> String {
        Target::parse(&self.engine).map_or_else(|_| Settings::default().engine, Target::id)
    }

    /// The engine alone.
    pub fn engine(&self) -> Engine {
        Target::parse(&self.engine).map_or(Engine::Postgres, Target::engine)
    }

    /// Sizes in a form that the planner reads.
    pub fn stats(&self) -> Option<String> {
        let mut rows: Vec<String> = Vec::new();
        for (table, size) in self.sizes.iter() {
            let cell = |value: Option<String>| value.unwrap_or_default();
            let cells = [
                quoted(table),
                cell(size.rows.map(|n| n.to_string())),
                cell(size.bytes.map(|n| n.to_string())),
                cell(size.index_bytes.map(|n| n.to_string())),
                cell(size.writes_per_s.map(quantity::plain)),
            ];
            rows.push(cells.join(","));
        }
        (!rows.is_empty())
            .then(|| ["table,rows,table_bytes,index_bytes,writes_per_s\n", &rows.join("\n"), "\n"].concat())
    }

    /// Takes sizes that were read from pasted text; says what was taken.
    pub fn take(&mut self, read: &ReadSizes) -> String {
        for size in &read.tables {
            let taken = Size {
                rows: size.rows,
                bytes: size.bytes,
                index_bytes: size.index_bytes,
                writes_per_s: size.writes_per_s,
            };
            self.sizes.set(&size.table, taken);
        }
        if let Some(seconds) = read.longest_transaction_s {
            self.options.longest_transaction_s = seconds;
        }
        if let Some(factor) = read.hardware_factor {
            self.options.hardware_factor = factor;
        }
        match read.tables.len() {
            0 => "No table sizes were found in the text.".to_string(),
            1 => "Read the sizes of 1 table.".to_string(),
            n => ["Read the sizes of ", &n.to_string(), " tables."].concat(),
        }
    }

    /// Takes what was typed for an assumption: `rows users`, `bytes users`, `writes users`, `longest`, `lock`, `batch`.
    /// False when it cannot be read. Nothing typed for a table's figure means that it is not known.
    pub fn take_typed(&mut self, what: &str, text: &str) -> bool {
        let options = &mut self.options;
        let Some((figure, table)) = what.split_once(' ') else {
            let taken = match what {
                "longest" => quantity::seconds(text)
                    .filter(|s| (0.0..=86_400.0).contains(s))
                    .map(|s| options.longest_transaction_s = s),
                "lock" => quantity::milliseconds(text)
                    .filter(|ms| (1..=3_600_000).contains(ms))
                    .map(|ms| options.lock_timeout_ms = ms),
                _ => quantity::rows(text).filter(|n| (1..=1_000_000).contains(n)).map(|n| options.batch_size = n),
            };
            return taken.is_some();
        };
        let nothing = text.trim().is_empty();
        let mut taken = nothing;
        self.set_size(table, |size| match figure {
            "rows" => taken |= put(&mut size.rows, quantity::rows(text), nothing),
            "bytes" => taken |= put(&mut size.bytes, quantity::bytes(text), nothing),
            _ => taken |= put(&mut size.writes_per_s, quantity::rate(text), nothing),
        });
        taken
    }

    /// Changes one table's sizes; a table about which nothing is left to say is forgotten.
    pub fn set_size(&mut self, table: &str, change: impl FnOnce(&mut Size)) {
        let mut size = self.sizes.get(table).unwrap_or_default();
        change(&mut size);
        self.sizes.set(table, size);
    }
}

/// Puts a figure in place, or forgets it; one that could not be read changes nothing.
fn put<T>(place: &mut Option<T>, figure: Option<T>, forget: bool) -> bool {
    let read = figure.is_some();
    if read || forget {
        *place = figure;
    }
    read
}

fn quoted(cell: &str) -> String {
    match cell.contains([',', '"', '\n']) {
        true => ["\"", &cell.replace('"', "\"\""), "\""].concat(),
        false => cell.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_change_is_statements_or_a_schema() {
        let text = |word: &str| word.to_string();
        let mut inputs = Inputs { sql: text("a"), schema: text("b"), wanted: text("c"), ..Inputs::default() };
        let asked = |inputs: &Inputs| {
            let request = inputs.request("");
            (request.sql, request.schema, request.target_schema)
        };
        assert_eq!(asked(&inputs), (text("a"), Some(text("b")), None));
        inputs.settings.compares = true;
        assert_eq!(asked(&inputs), (String::new(), Some(text("b")), Some(text("c"))));
        inputs.wanted.clear();
        assert_eq!(asked(&inputs), (String::new(), Some(text("b")), None));
    }

    #[test]
    fn sizes_become_csv() {
        let mut settings = Settings::default();
        assert_eq!(settings.stats(), None);
        settings.set_size("users", |size| size.rows = Some(12_000_000));
        settings.set_size("odd,\"name\"", |size| size.writes_per_s = Some(1.5));
        let expected =
            "table,rows,table_bytes,index_bytes,writes_per_s\n\"odd,\"\"name\"\"\",,,,1.5\nusers,12000000,,,\n";
        assert_eq!(settings.stats().as_deref(), Some(expected));
        settings.set_size("users", |size| size.rows = None);
        settings.set_size("odd,\"name\"", |size| size.writes_per_s = None);
        assert_eq!(settings.stats(), None);
    }

    #[test]
    fn sizes_that_were_read_replace_those_typed() {
        let mut settings = Settings::default();
        settings.set_size("users", |size| size.rows = Some(1));
        let read = lockstep_protocol::Size {
            table: "users".into(),
            rows: Some(7),
            bytes: None,
            index_bytes: Some(9),
            writes_per_s: None,
        };
        let read = ReadSizes { tables: vec![read], longest_transaction_s: Some(900.0), ..ReadSizes::default() };
        assert_eq!(settings.take(&read), "Read the sizes of 1 table.");
        assert_eq!(settings.sizes.get("users").and_then(|size| size.rows), Some(7));
        assert_eq!(settings.options.longest_transaction_s, 900.0);
    }

    #[test]
    fn what_is_typed_is_taken_or_refused() {
        let mut settings = Settings::default();
        assert!(settings.take_typed("rows my table", "12 M"));
        assert!(settings.take_typed("writes my table", "180"));
        assert!(!settings.take_typed("rows my table", "many"));
        let size = settings.sizes.get("my table").unwrap();
        assert_eq!((size.rows, size.writes_per_s), (Some(12_000_000), Some(180.0)));
        assert!(settings.take_typed("rows my table", " "));
        assert!(settings.take_typed("writes my table", ""));
        assert_eq!(settings.sizes, Sizes::default());
        assert!(settings.take_typed("lock", "500 ms"));
        assert_eq!(settings.options.lock_timeout_ms, 500);
        assert!(!settings.take_typed("lock", "2 h") && !settings.take_typed("batch", "0"));
    }

    #[test]
    fn an_empty_schema_is_no_schema() {
        let inputs = Inputs { schema: " \n".into(), ..Inputs::default() };
        let request = inputs.request("2026-01-02");
        assert_eq!(request.schema, None);
        assert_eq!(request.options.date, "2026-01-02");
    }

    #[test]
    fn a_forgotten_engine_is_replaced() {
        let settings = Settings { engine: "oracle:19".into(), ..Settings::default() };
        assert_eq!(settings.target_id(), "postgres:16");
    }
}
