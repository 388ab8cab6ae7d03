//! Rows changed in batches, each committed: the job, and the step made of it.
//!
//! The job is free of dialect; [`super::super::dialect::Dialect::batches`] writes its SQL.

use super::draft::grouped;
use super::key::Key;
use crate::change::{Change, Expr, Ident, Name, RowFilter, Volatility};
use crate::draft::{Run, StepDraft, UndoDraft};
use crate::recipes::{Cx, dialect};
use crate::report::{PhaseName, StepKind};

/// Tables of at most this many rows are changed by one statement: a batch or two would not be shorter.
const ONE_STATEMENT_ROWS: u64 = 10_000;

/// A change of many rows.
#[derive(Debug, Clone)]
pub struct Batches {
    /// The table.
    pub table: Name,
    /// What happens to each row.
    pub verb: RowVerb,
    /// Which rows still need it, as SQL; empty for all.
    pub condition: String,
    /// The walk.
    pub key: Key,
}

/// What happens to each row.
#[derive(Debug, Clone)]
pub enum RowVerb {
    /// `SET column = expression`, …; the text after SET and the columns assigned.
    Update {
        /// `full_name = name`.
        set: String,
        /// The columns assigned.
        columns: Vec<Ident>,
    },
    /// The row is deleted.
    Delete,
    /// The row is copied into another table, unless it is there.
    CopyInto {
        /// The other table.
        into: Name,
        /// The statement up to FROM.
        head: String,
        /// What locks the rows that are read, and ends the statement; `\u{1}` stands for the rows of the batch once more.
        end: String,
    },
}

impl Batches {
    /// `UPDATE t SET … WHERE …` for the rows of `range` (SQL) that still need it; empty range for all.
    pub fn statement(&self, cx: &Cx<'_>, range: &str) -> String {
        let mut wheres: Vec<String> = Vec::new();
        if !range.is_empty() {
            wheres.push(range.to_string());
        }
        if !self.condition.is_empty() {
            let needs_parentheses = !range.is_empty() && super::words::find_clause(&self.condition, "or", 0).is_some();
            wheres.push(if needs_parentheses { format!("({})", self.condition) } else { self.condition.clone() });
        }
        let filter = if wheres.is_empty() { String::new() } else { format!(" WHERE {}", wheres.join(" AND ")) };
        match &self.verb {
            RowVerb::Update { set, .. } => format!("UPDATE {} SET {set}{filter}", cx.name(&self.table)),
            RowVerb::Delete => format!("DELETE FROM {}{filter}", cx.name(&self.table)),
            // Locked rows: what a writer changes meanwhile, its trigger carries over afterwards.
            RowVerb::CopyInto { head, end, .. } => {
                let within = if range.is_empty() { String::new() } else { format!(" AND {range}") };
                format!("{head} FROM {}{filter} {}", cx.name(&self.table), end.replace('\u{1}', &within))
                    .trim_end()
                    .to_string()
            }
        }
    }

    /// The change that one batch is, for its effects.
    pub fn change(&self, cx: &Cx<'_>, batch: bool) -> Change {
        let condition = Expr { text: self.condition.clone(), volatility: Volatility::Unknown, columns: Vec::new() };
        let filter = match (batch, self.condition.is_empty()) {
            (false, true) => RowFilter::All,
            _ => RowFilter::Where {
                condition,
                by_value: Vec::new(),
                by_range: Vec::new(),
                by_row: Vec::new(),
                batch,
                sought: None,
                repeats: false,
            },
        };
        match &self.verb {
            RowVerb::Update { columns, .. } => {
                Change::Update { table: self.table.clone(), columns: columns.clone(), filter }
            }
            RowVerb::Delete => Change::Delete { table: self.table.clone(), filter },
            RowVerb::CopyInto { into, .. } => Change::Insert {
                table: into.clone(),
                from_query: true,
                rows: Some(cx.rows(&self.table).rows),
                source: Vec::new(),
            },
        }
    }

    /// The step: batches, or one statement when the table is known to be small or the server has no loop.
    pub fn step(&self, cx: &Cx<'_>, phase: PhaseName, title: String) -> StepDraft {
        let rows = cx.rows(&self.table);
        let looped = dialect::of(cx.world.target.engine()).batches(cx, self);
        match looped.filter(|_| !rows.known || rows.rows > ONE_STATEMENT_ROWS) {
            Some(run) => self.looped(cx, phase, title, run),
            None => self.at_once(cx, phase, title),
        }
    }

    fn looped(&self, cx: &Cx<'_>, phase: PhaseName, title: String, run: Vec<Run>) -> StepDraft {
        let options = cx.world.options;
        let (rows, size) = (cx.rows(&self.table).rows, options.batch_size.max(1));
        let title = match self.key {
            // Along storage a batch is a number of pages.
            Key::Storage => title,
            Key::Integer(_) | Key::Ordered(_) | Key::Assumed(_) => {
                format!("{title} ({} batches of {} rows)", grouped(rows.div_ceil(size)), grouped(size))
            }
        };
        StepDraft {
            kind: StepKind::Backfill,
            why: format!(
                "One statement would hold every row's lock to its end and leave one huge transaction. \
                 {} rows at a time along {}, a commit and a pause of {} ms after each, \
                 keep the wait of any writer to about one batch.",
                grouped(size),
                self.key.words(),
                options.pause_ms
            ),
            transactional: false,
            undo: UndoDraft::Nothing,
            on_failure: "Batches that were committed stay. Run it again: rows already right are read, not written. \
                         If writers wait too long, stop it, lower the batch size and run it again."
                .to_string(),
            other_ways: dialect::of(cx.world.target.engine()).other_ways(cx, self),
            ..StepDraft::sql(phase, title, run)
        }
    }

    fn at_once(&self, cx: &Cx<'_>, phase: PhaseName, title: String) -> StepDraft {
        let run = Run { sql: self.statement(cx, ""), change: self.change(cx, false) };
        StepDraft {
            kind: StepKind::Backfill,
            why: self.why_at_once(cx),
            on_failure: "The statement is undone as a whole. Run it again.".to_string(),
            gate: if self.has_no_walk(cx) { format!("traffic on {} is low", self.table) } else { String::new() },
            ..StepDraft::sql(phase, title, vec![run])
        }
    }

    fn why_at_once(&self, cx: &Cx<'_>) -> String {
        match self.is_few(cx) {
            true => format!("{} rows: one statement is as quick as one batch.", grouped(cx.rows(&self.table).rows)),
            false if !self.has_no_walk(cx) => "The server offers no loop that commits between batches.".to_string(),
            false => format!(
                "{} has no key to walk along in batches, so every row stays locked to the end of the statement: give it a \
                 key first, or run this when that can be borne.",
                self.table
            ),
        }
    }

    /// The server has a loop, and the table nothing to go along.
    fn has_no_walk(&self, cx: &Cx<'_>) -> bool {
        self.key == Key::Storage && cx.world.target.engine().is_mysql_family() && !self.is_few(cx)
    }

    fn is_few(&self, cx: &Cx<'_>) -> bool {
        let rows = cx.rows(&self.table);
        rows.known && rows.rows <= ONE_STATEMENT_ROWS
    }
}
