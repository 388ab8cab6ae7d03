//! Requests written as text: SQL with settings in lines that begin with `@ ` (or `-- @ ` where the text is SQL).
//!
//! `@ engine mysql:8.0`, `@ version 12` (of the engine at hand), `@ rows users=12000000`, `@ transaction` (the runner wraps
//! the file), `@ framework rails`, `@ schema DDL;` and `@ also DDL;` (a line of the database), `@ no schema`,
//! `@ data INSERT …;` (rows for real servers).

use lockstep_core::request::Request;

/// A request, and the settings that say nothing about the request.
pub struct Written {
    /// What is asked.
    pub request: Request,
    /// `severity` → `info`, and what else a test may want to know.
    pub other: Vec<(String, String)>,
}

/// Reads the database, and the text with its own settings.
///
/// # Panics
/// When a number of rows cannot be read.
pub fn read(engine: &str, database: &str, body: &str) -> Written {
    let mut written =
        Written { request: Request { engine: engine.to_string(), ..Request::default() }, other: Vec::new() };
    let (mut schema, mut told) = (String::new(), true);
    for (line, own) in database.lines().map(|line| (line, false)).chain(body.lines().map(|line| (line, true))) {
        let bare = line.strip_prefix("-- ").unwrap_or(line);
        let setting = bare.strip_prefix("@ ").map(|setting| setting.split_once(' ').unwrap_or((setting, "")));
        let request = &mut written.request;
        match setting {
            Some(("engine", engine)) => request.engine = engine.to_string(),
            Some(("version", version)) => request.engine = format!("{engine}:{version}"),
            Some(("rows", sizes)) => request.rows.extend(sizes.split_whitespace().map(size)),
            Some(("transaction", _)) => request.options.in_transaction = true,
            Some(("framework", name)) => request.options.framework = name.to_string(),
            Some(("no", _)) => told = false,
            Some(("also" | "schema", ddl)) => schema += &format!("{ddl}\n"),
            Some((name, value)) => written.other.push((name.to_string(), value.to_string())),
            None if own => request.sql += &format!("{line}\n"),
            None => schema += &format!("{line}\n"),
        }
    }
    written.request.schema = (told && !schema.trim().is_empty()).then_some(schema);
    written
}

fn size(text: &str) -> (String, u64) {
    let (table, rows) = text.split_once('=').unwrap_or_else(|| panic!("rows without a number: {text}"));
    (table.to_string(), rows.parse().unwrap_or_else(|error| panic!("{text}: {error}")))
}
