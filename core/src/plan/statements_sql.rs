//! The statements of a step as they are sent: session settings, transaction, lock timeout around them.

use super::analyse::Analysed;
use crate::change::{Change, SessionSetting};
use crate::draft::Run;
use crate::engines::{Capability, EngineFacts};
use crate::request::Options;
use crate::target::Target;

/// How this request's steps are wrapped.
pub(super) struct StatementsSql<'a> {
    engine: &'static dyn EngineFacts,
    target: Target,
    options: &'a Options,
    /// Settings of the pasted text that later statements depend on, as written.
    settings: Vec<String>,
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
        let mut settings: Vec<(String, String)> = Vec::new();
        for one in analysed.iter().filter(|one| one.drafted.control) {
            for action in &one.statement.changes {
                let Change::Session(setting) = &action.change else { continue };
                if is_meaningful(setting) {
                    settings.retain(|(name, _)| *name != setting.name);
                    settings.push((setting.name.clone(), one.statement.span.of(text).to_string()));
                }
            }
        }
        let settings = settings.into_iter().map(|(_, sql)| sql).collect();
        StatementsSql { engine, target, options, settings }
    }

    /// Everything that is sent for a step, in order. `blocking`: it takes a lock that traffic can wait for.
    pub fn of_step(&self, run: &[Run], transactional: bool, blocking: bool) -> Vec<String> {
        let statements: Vec<&Run> = run.iter().filter(|r| !r.sql.trim().is_empty()).collect();
        if statements.is_empty() {
            return Vec::new();
        }
        let wrap = transactional && self.can_wrap(&statements) && (statements.len() > 1 || blocking);
        let own_timeout = statements.iter().any(|r| sets_lock_timeout(&r.change));
        let mut out = self.settings.clone();
        if !wrap && !own_timeout {
            // A time limit around CONCURRENTLY leaves an invalid index or a half-done detach; it waits without blocking.
            let unlimited = statements.iter().any(|r| waits_without_blocking(&r.change));
            let limit = if unlimited { 0 } else { self.options.lock_timeout_ms };
            if unlimited || blocking {
                out.extend(self.engine.lock_timeout(limit, false));
            }
        }
        if wrap {
            out.push("BEGIN".to_string());
            if blocking && !own_timeout {
                out.extend(self.engine.lock_timeout(self.options.lock_timeout_ms, true));
            }
        }
        out.extend(statements.iter().map(|r| r.sql.trim().trim_end_matches(';').to_string()));
        if wrap {
            out.push("COMMIT".to_string());
        }
        out
    }

    /// DDL that rolls back, or rows only.
    fn can_wrap(&self, statements: &[&Run]) -> bool {
        let rows_only = |r: &&Run| {
            matches!(
                r.change,
                Change::Insert { .. } | Change::Update { .. } | Change::Delete { .. } | Change::Query { .. }
            )
        };
        self.engine.can(Capability::TransactionalDdl, self.target) || statements.iter().all(rows_only)
    }
}

fn is_meaningful(setting: &SessionSetting) -> bool {
    setting.verb == "use" || MEANINGFUL.contains(&setting.name.as_str())
}

fn sets_lock_timeout(change: &Change) -> bool {
    matches!(change, Change::Session(s) if matches!(s.name.as_str(), "lock_timeout" | "lock_wait_timeout" | "busy_timeout"))
}

fn waits_without_blocking(change: &Change) -> bool {
    use crate::change::PartitionAction;
    match change {
        Change::CreateIndex(index) => index.concurrently,
        Change::DropIndex { concurrently, .. } | Change::Reindex { concurrently, .. } => *concurrently,
        Change::Partition { action: PartitionAction::Detach { concurrently, .. }, .. } => *concurrently,
        _ => false,
    }
}
