//! The statements of a step as they are sent: session settings, transaction, lock timeout around them.

use super::analyse::Analysed;
use super::settled::Said;
use crate::change::{Change, SessionSetting, TransactionVerb};
use crate::engines::{Capability, EngineFacts};
use crate::order::PushAll;
use crate::request::Options;
use crate::source::{Dialect, Lexer, Token, TokenKind};
use crate::target::Target;

/// How this request's steps are wrapped.
pub(super) struct StatementsSql<'a> {
    engine: &'static dyn EngineFacts,
    target: Target,
    options: &'a Options,
    /// Settings that statements of the pasted text depend on: from which statement on; all that are in force then.
    settings: Vec<(usize, Vec<InForce>)>,
    /// All that are in force anywhere: the name, and what sets it back.
    resets: Vec<(String, String)>,
}

/// A setting of the session.
#[derive(Clone, PartialEq)]
struct InForce {
    name: String,
    sql: String,
    /// To the end of the transaction.
    local: bool,
}

/// Settings that change what later statements mean; time limits and client settings are the plan's business.
const MEANINGFUL: &[&str] = &[
    "search_path",
    "role",
    "session authorization",
    "session_replication_role",
    "default_tablespace",
    "default_table_access_method",
    "check_function_bodies",
    "timezone",
    "time zone",
    "time_zone",
    "sql_mode",
    "foreign_key_checks",
    "unique_checks",
    "names",
    "foreign_keys",
    "legacy_alter_table",
    "recursive_triggers",
];

impl<'a> StatementsSql<'a> {
    /// Reads the settings out of the pasted text.
    pub fn new(
        text: &str,
        analysed: &[Analysed<'_>],
        engine: &'static dyn EngineFacts,
        target: Target,
        options: &'a Options,
    ) -> Self {
        // What changes structure in a transaction changes settings so, too.
        let comes_back = engine.can(Capability::TransactionalDdl, target);
        let mut settings: Vec<(usize, Vec<InForce>)> = Vec::new();
        let (mut now, mut before): (Vec<InForce>, _) = (Vec::new(), Vec::new());
        for one in analysed.iter().filter(|one| one.drafted.control) {
            let sql = one.statement.span.of(text);
            for action in &one.statement.changes {
                match &action.change {
                    Change::Session(setting) => follow(&mut now, setting, sql, target),
                    Change::Transaction(TransactionVerb::Begin) => before = now.clone(),
                    Change::Transaction(TransactionVerb::Rollback) if comes_back => now = std::mem::take(&mut before),
                    Change::Transaction(
                        TransactionVerb::Savepoint(_) | TransactionVerb::RollbackTo(_) | TransactionVerb::Release,
                    ) => {}
                    Change::Transaction(_) => now.retain(|setting| !setting.local),
                    _ => {}
                }
            }
            if settings.last().map_or(&[][..], |(_, last)| last) != now {
                settings.push((one.index, now.clone()));
            }
        }
        let mut resets: Vec<(String, String)> = Vec::new();
        for InForce { name, .. } in settings.iter().flat_map(|(_, now)| now) {
            if let Some(sql) = engine.reset(name).filter(|_| !resets.iter().any(|(known, _)| known == name)) {
                resets.push((name.clone(), sql));
            }
        }
        StatementsSql { engine, target, options, settings, resets }
    }

    /// The runner wraps each file in a transaction.
    pub fn runs_in_transaction(&self) -> bool {
        self.options.in_transaction
    }

    /// Both statements are run with the same settings.
    pub fn alike(&self, a: usize, b: usize) -> bool {
        self.in_force(a) == self.in_force(b)
    }

    fn in_force(&self, statement: usize) -> &[InForce] {
        let before = self.settings.partition_point(|(from, _)| *from < statement);
        before.checked_sub(1).and_then(|last| self.settings.get(last)).map_or(&[], |(_, now)| now)
    }

    /// Everything that is sent for a step that stands for a statement, in order. `blocking`: it takes a lock that traffic
    /// can wait for.
    pub fn of_step(&self, run: Vec<Said>, statement: usize, transactional: bool, blocking: bool) -> Vec<String> {
        if run.is_empty() {
            return Vec::new();
        }
        let wrap = transactional && self.can_wrap(&run) && (run.len() > 1 || blocking);
        let own_timeout = run.iter().any(|r| r.sets_lock_timeout);
        // They stay until the end: no room beside them.
        let around = if wrap { 3 } else { 1 };
        let settings = self.in_force(statement);
        let not_yet = |name: &str| !settings.iter().any(|setting| setting.name == *name);
        let back = || self.resets.iter().filter(|(name, _)| not_yet(name)).map(|(_, sql)| sql);
        let mut out = Vec::with_capacity(
            back().count() + settings.len() + run.len() + if blocking { around } else { around - 1 },
        );
        out.push_all(back().cloned());
        out.push_all(settings.iter().map(|setting| setting.sql.clone()));
        if !wrap && !own_timeout {
            // A time limit around CONCURRENTLY leaves an invalid index or a half-done detach; it waits without blocking.
            let unlimited = run.iter().any(|r| r.patient);
            let limit = if unlimited { 0 } else { self.options.lock_timeout_ms };
            if unlimited || blocking {
                out.push_all(self.engine.lock_timeout(self.target, limit, false));
            }
        }
        if wrap {
            out.push("BEGIN".to_string());
            if blocking && !own_timeout {
                out.push_all(self.engine.lock_timeout(self.target, self.options.lock_timeout_ms, true));
            }
        }
        out.push_all(run.into_iter().map(|r| r.sql));
        if wrap {
            out.push("COMMIT".to_string());
        }
        out
    }

    /// DDL that rolls back, or rows only.
    fn can_wrap(&self, run: &[Said]) -> bool {
        self.engine.can(Capability::TransactionalDdl, self.target) || run.iter().all(|r| r.rows_only)
    }
}

/// Takes in a setting and the statement that sets it.
fn follow(now: &mut Vec<InForce>, setting: &SessionSetting, sql: &str, target: Target) {
    if setting.verb != "set" && setting.name == "all" {
        now.clear();
    } else if is_meaningful(setting) {
        now.retain(|old| old.name != setting.name || (setting.local && !old.local));
        let sql = if setting.local { for_session(sql, target) } else { sql.to_string() };
        now.push(InForce { name: setting.name.clone(), sql, local: setting.local });
    }
}

/// A setting to the end of its transaction as one of the session: a step of the plan is no longer in that transaction.
/// `SET LOCAL x`, `SELECT set_config('x', 'y', true)`.
fn for_session(sql: &str, target: Target) -> String {
    let mut lexer = Lexer::new(sql, Dialect::of(target));
    let words = std::iter::from_fn(|| lexer.next_token()).filter(|token| token.kind == TokenKind::Word);
    let says = |token: &Token, word: &str| token.of(sql).eq_ignore_ascii_case(word);
    let mut words = words.peekable();
    let (from, to) = match words.peek() {
        Some(first) if says(first, "SELECT") => ("TRUE", "false"),
        _ => ("LOCAL", "SESSION"),
    };
    let Some(found) = words.find(|token| says(token, from)) else { return sql.to_string() };
    let piece = |range: std::ops::Range<usize>| sql.get(range).unwrap_or_default();
    [piece(0..found.start as usize), to, piece(found.end as usize..sql.len())].concat()
}

fn is_meaningful(setting: &SessionSetting) -> bool {
    setting.verb == "use" || MEANINGFUL.contains(&setting.name.as_str())
}
