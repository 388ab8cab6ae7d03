//! Several ALTER TABLE statements as one.

use crate::change::Name;
use crate::draft::Run;
use crate::engines::{self, EngineFacts};
use crate::order::{Gather, GatherAll};

/// `ALTER TABLE t `.
pub fn head(engine: &dyn EngineFacts, table: &Name) -> String {
    format!("ALTER TABLE {} ", engines::name_sql(engine, table))
}

/// The actions of a printed ALTER TABLE, and the clause behind them that says by which way it runs.
pub fn parts(tail: &str) -> (&str, Option<&str>) {
    match tail.split_once(", ALGORITHM=") {
        Some((actions, way)) => (actions, Some(way)),
        None => (tail, None),
    }
}

/// `ALTER TABLE t a` and `ALTER TABLE t b` as one statement, where all of them are such and run the same way; else as they are.
pub fn join(runs: Vec<Run>, head: &str) -> Vec<Run> {
    let split = |run: &Run| {
        let (actions, way) = parts(run.sql.strip_prefix(head)?);
        Some((actions.to_string(), way.map(str::to_string)))
    };
    let Some(all) = runs.iter().map(split).gather_all() else { return runs };
    let way = all.first().and_then(|(_, way)| way.clone());
    if all.iter().any(|(_, other)| *other != way) {
        return runs;
    }
    let actions: Vec<String> = all.into_iter().map(|(actions, _)| actions).gather();
    let clause = way.map(|way| format!(", ALGORITHM={way}")).unwrap_or_default();
    let mut sql = format!("{head}{}{clause}", actions.join(", "));
    runs.into_iter().map(|run| Run { sql: std::mem::take(&mut sql), ..run }).gather()
}
