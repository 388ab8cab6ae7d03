//! The search path of the session: what a name without a schema means.

use crate::change::{SessionSetting, TransactionVerb};

/// The schema in which names without one are looked for; empty for the default.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Path {
    now: String,
    /// After the transaction; none where it does not end with one.
    after: Option<String>,
}

impl Path {
    pub fn schema(&self) -> &str {
        &self.now
    }

    /// Follows a setting of the session.
    pub fn set(&mut self, setting: &SessionSetting) {
        let goes_back = matches!(setting.verb.as_str(), "reset" | "discard") && setting.name == "all";
        if setting.name != "search_path" && !goes_back {
            return;
        }
        let before = std::mem::take(&mut self.now);
        self.after = if setting.local { self.after.take().or(Some(before)) } else { None };
        if setting.verb == "set" {
            self.now = first(&setting.value);
        }
    }

    /// Follows the end of a transaction.
    pub fn transaction(&mut self, verb: TransactionVerb) {
        if !matches!(verb, TransactionVerb::Begin | TransactionVerb::Savepoint) {
            self.now = self.after.take().unwrap_or_else(|| std::mem::take(&mut self.now));
        }
    }
}

/// The first schema of `value` that is no stand-in for the default.
fn first(value: &str) -> String {
    let folded = |entry: &str| match entry.strip_prefix(['"', '\'']) {
        Some(quoted) => quoted.trim_end_matches(['"', '\'']).to_string(),
        None => entry.to_ascii_lowercase(),
    };
    let mut entries = value.split(',').map(|entry| folded(entry.trim().trim_end_matches(';').trim()));
    let first = entries.find(|entry| !matches!(entry.as_str(), "$user" | "pg_catalog" | "")).unwrap_or_default();
    if matches!(first.as_str(), "public" | "default") { String::new() } else { first }
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
            assert_eq!(first(value), schema, "{value}");
        }
    }
}
