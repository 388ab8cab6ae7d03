//! The statements of a step as they are sent: session settings, transaction, lock timeout around them.

use super::analyse::Analysed;
use super::settled::Said;
use crate::change::{Change, SessionSetting};
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
    pub fn of_step(&self, run: Vec<Said>, transactional: bool, blocking: bool) -> Vec<String> {
        if run.is_empty() {
            return Vec::new();
        }
        let wrap = transactional && self.can_wrap(&run) && (run.len() > 1 || blocking);
        let own_timeout = run.iter().any(|r| r.sets_lock_timeout);
        // They stay until the end: no room beside them.
        let around = if wrap { 3 } else { 1 };
        let mut out = Vec::with_capacity(self.settings.len() + run.len() + if blocking { around } else { around - 1 });
        out.extend_from_slice(&self.settings);
        if !wrap && !own_timeout {
            // A time limit around CONCURRENTLY leaves an invalid index or a half-done detach; it waits without blocking.
            let unlimited = run.iter().any(|r| r.patient);
            let limit = if unlimited { 0 } else { self.options.lock_timeout_ms };
            if unlimited || blocking {
                out.extend(self.engine.lock_timeout(self.target, limit, false));
            }
        }
        if wrap {
            out.push("BEGIN".to_string());
            if blocking && !own_timeout {
                out.extend(self.engine.lock_timeout(self.target, self.options.lock_timeout_ms, true));
            }
        }
        out.extend(run.into_iter().map(|r| r.sql));
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

fn is_meaningful(setting: &SessionSetting) -> bool {
    setting.verb == "use" || MEANINGFUL.contains(&setting.name.as_str())
}
