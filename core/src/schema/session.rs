//! Settings of the session that change what a statement does: where names are looked for, the time zone, whether keys are
//! checked.

use super::keys::Key;
use crate::change::{SessionSetting, TransactionVerb};

/// What is set now, and what the end of the transaction sets back.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Session {
    now: State,
    /// None where no setting ends with the transaction.
    after: Option<State>,
    /// Enums that the transaction made.
    made: Vec<Key>,
    /// A transaction is open.
    begun: bool,
    /// MySQL: the database that the tables without one are in, once a USE before everything else has named it.
    home: Option<String>,
    /// Something was done before.
    worked: bool,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct State {
    /// The schema in which names without one are looked for; empty for the default.
    path: String,
    /// The clock of UTC; none where it was not set.
    utc: Option<bool>,
    /// MySQL `foreign_key_checks = 0`.
    keys_unchecked: bool,
    /// MySQL READ COMMITTED: what INSERT … SELECT and its kin read is not locked.
    reads_lock_nothing: bool,
    /// MySQL SERIALIZABLE: within a transaction every SELECT locks what it reads.
    reads_lock: bool,
    /// MariaDB `system_versioning_alter_history = KEEP`.
    keeps_history: bool,
    /// MySQL: `sql_mode` without NO_ZERO_DATE.
    zero_dates: bool,
    /// SQLite `analysis_limit`: ANALYZE reads some rows of each index only.
    analyses_some: bool,
}

impl Session {
    /// The schema in which names without one are looked for first; empty for the default.
    pub fn path(&self) -> &str {
        &self.now.path
    }

    /// The database that tables without one are in, where it is known.
    pub fn home(&self) -> Option<&str> {
        self.home.as_deref()
    }

    /// At the start of the script, behind the baseline.
    pub fn again(&self) -> Session {
        Session { home: self.home.clone(), ..Session::default() }
    }

    /// Whether the clock is that of UTC, where it was set.
    pub fn utc(&self) -> Option<bool> {
        self.now.utc
    }

    /// Foreign keys are added without a look at the rows.
    pub fn keys_unchecked(&self) -> bool {
        self.now.keys_unchecked
    }

    /// An enum is made.
    pub fn make(&mut self, name: Key) {
        self.made.push(name);
    }

    /// The enum was made in the transaction that is open now, or since the last one where none is.
    pub fn made(&self, name: &Key) -> bool {
        self.made.contains(name)
    }

    /// What a query reads into a table is not locked (MySQL, READ COMMITTED).
    pub fn reads_lock_nothing(&self) -> bool {
        self.now.reads_lock_nothing
    }

    /// A SELECT within a transaction locks what it reads (MySQL, SERIALIZABLE).
    pub fn reads_lock(&self) -> bool {
        self.now.reads_lock
    }

    /// A system-versioned table may change its shape (MariaDB).
    pub fn keeps_history(&self) -> bool {
        self.now.keeps_history
    }

    /// A date of zeros may be a default (MySQL, `sql_mode` without NO_ZERO_DATE).
    pub fn zero_dates(&self) -> bool {
        self.now.zero_dates
    }

    /// ANALYZE reads some rows of each index only (SQLite, `analysis_limit`).
    pub fn analyses_some(&self) -> bool {
        self.now.analyses_some
    }

    /// A statement on rows outside of a transaction is one itself.
    pub fn statement(&mut self) {
        self.worked = true;
        if !self.begun {
            self.transaction(&TransactionVerb::Commit);
        }
    }

    /// Follows a setting.
    pub fn set(&mut self, setting: &SessionSetting) {
        if setting.verb == "use" {
            self.now.path = setting.name.trim_matches('`').to_string();
            self.home = self.home.take().or_else(|| Some(self.now.path.clone()).filter(|_| !self.worked));
            return;
        }
        let before = self.now.clone();
        let value = Some(&setting.value).filter(|_| setting.verb == "set");
        match setting.name.as_str() {
            "search_path" => self.now.path = value.map(|value| first_schema(value)).unwrap_or_default(),
            "timezone" | "time zone" => self.now.utc = value.and_then(|value| is_utc(value)),
            "transaction" | "transaction_isolation" | "tx_isolation" => {
                let mut value = setting.value.to_ascii_lowercase();
                value.retain(|c| c.is_ascii_alphabetic());
                self.now.reads_lock_nothing =
                    ["readcommitted", "readuncommitted"].iter().any(|level| value.contains(level));
                self.now.reads_lock = value.contains("serializable");
            }
            "system_versioning_alter_history" => {
                self.now.keeps_history = setting.value.to_ascii_lowercase().contains("keep");
            }
            "sql_mode" => {
                let mode = setting.value.to_ascii_lowercase();
                let strict = ["no_zero_date", "traditional", "@", "default"].iter().any(|word| mode.contains(word));
                self.now.zero_dates = !strict || mode.contains("replace");
            }
            "analysis_limit" => self.now.analyses_some = setting.plain().parse::<u32>().is_ok_and(|rows| rows > 0),
            "foreign_key_checks" => self.now.keys_unchecked = setting.is_off(),
            "all" if setting.verb != "set" => self.now = State::default(),
            _ => return,
        }
        self.after = if setting.local { self.after.take().or(Some(before)) } else { None };
    }

    /// Follows the end of a transaction.
    pub fn transaction(&mut self, verb: &TransactionVerb) {
        use TransactionVerb::{Begin, Release, RollbackTo, Savepoint};
        if !matches!(verb, Savepoint(_) | RollbackTo(_) | Release) {
            self.made.clear();
        }
        let ends = !matches!(verb, Begin | Savepoint(_) | RollbackTo(_) | Release);
        self.begun = *verb == Begin || self.begun && !ends;
        if let Some(after) = self.after.take_if(|_| ends) {
            self.now = after;
        }
    }
}

/// A value without quotes, in the case that counts.
fn plain(value: &str) -> String {
    let value = value.trim().trim_end_matches(';').trim();
    match value.strip_prefix(['"', '\'']) {
        Some(quoted) => quoted.trim_end_matches(['"', '\'']).to_string(),
        None => value.to_ascii_lowercase(),
    }
}

/// The first schema of a path that is no stand-in for the default.
fn first_schema(value: &str) -> String {
    let mut entries = value.split(',').map(plain);
    let first = entries.find(|entry| !matches!(entry.as_str(), "$user" | "pg_catalog" | "")).unwrap_or_default();
    if matches!(first.as_str(), "public" | "default") { String::new() } else { first }
}

/// The names of UTC that people use; any other zone is another one.
fn is_utc(value: &str) -> Option<bool> {
    let zone = plain(value).to_ascii_lowercase();
    let unknown = matches!(zone.as_str(), "default" | "local");
    (!unknown).then_some(matches!(zone.as_str(), "utc" | "etc/utc" | "gmt" | "0" | "z" | "zulu"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_schema_counts() {
        for (value, schema) in [
            ("app", "app"),
            ("App, public", "app"),
            ("\"App\", public", "App"),
            ("'app'", "app"),
            ("\"$user\", public", ""),
            ("public, app", ""),
            ("pg_catalog, app", "app"),
            ("''", ""),
            ("DEFAULT", ""),
        ] {
            assert_eq!(first_schema(value), schema, "{value}");
        }
    }

    #[test]
    fn zones_are_utc_or_not() {
        for (value, utc) in
            [("'UTC'", Some(true)), ("gmt", Some(true)), ("'Europe/Paris'", Some(false)), ("DEFAULT", None)]
        {
            assert_eq!(is_utc(value), utc, "{value}");
        }
    }
}
