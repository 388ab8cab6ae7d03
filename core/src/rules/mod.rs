//! Findings: one file per rule.
//!
//! In: the analysed script. Out: findings with a place. Never: severity as a constant where sizes decide.

mod blocking;
pub mod suppression;
mod rename_breaks_code;
mod drop_column_loses_data;
mod drop_table_loses_data;
mod truncate_loses_data;
mod cascade_takes_along;
mod not_null_without_default;
mod create_index_blocks;
mod reindex_blocks;
mod type_change_rewrites;
mod set_not_null_scans;
mod volatile_default_rewrites;
mod foreign_key_validates;
mod check_validates;
mod unique_builds_index;
mod refresh_view_blocks;
mod table_rewrite_blocks;
mod big_write_in_one_statement;
mod delete_without_where;
mod refused_in_transaction;
mod refused_by_server;
mod implicit_commit;
mod schema_and_data_together;
mod long_work_under_lock;
mod no_lock_timeout;
mod not_understood;
mod foreign_key_without_index;
mod drop_breaks_code;
mod drop_index_blocks;
mod pragma_in_transaction;
mod several_tables_locked;
mod explicit_lock;
mod attach_partition_scans;
mod detach_partition_blocks;
mod enum_value_used_too_early;
mod trigger_stops;
mod row_security_hides_rows;
mod revoke_breaks_code;
mod key_dropped;
mod changes_for_everybody;

use crate::facts::Effects;
use crate::parse::{Action, Script, Statement};
use crate::report::Severity;
use crate::world::World;

/// All that a rule may look at, for one change.
#[derive(Clone, Copy)]
pub struct RuleCx<'a> {
    /// What is known before the statement.
    pub world: World<'a>,
    /// The source text.
    pub text: &'a str,
    /// All statements.
    pub script: &'a Script,
    /// Index of this statement.
    pub index: usize,
    /// This statement.
    pub statement: &'a Statement,
    /// This change.
    pub action: &'a Action,
    /// What it does.
    pub effects: &'a Effects,
    /// What the statements before it set and hold.
    pub session: &'a Session,
    /// Writers wait this long for this statement, seconds (expected).
    pub writes_blocked_s: f64,
    /// The change concerns only what the script itself made.
    pub on_new_objects: bool,
    /// Readers wait this long, seconds (expected).
    pub reads_blocked_s: f64,
}

/// What earlier statements left behind in the session.
#[derive(Debug, Clone, Default)]
pub struct Session {
    /// In a transaction block (explicit, or the whole file).
    pub in_transaction: bool,
    /// A lock timeout is set.
    pub lock_timeout: bool,
    /// A statement timeout is set.
    pub statement_timeout: bool,
    /// Relations on which this transaction already holds a lock that blocks reads or writes.
    pub held: Vec<crate::facts::Lock>,
    /// The transaction has changed the structure.
    pub ddl_in_transaction: bool,
    /// The transaction has changed rows.
    pub dml_in_transaction: bool,
    /// Labels that the transaction added to enums made before it.
    pub new_labels: Vec<String>,
    /// Enums that the transaction made.
    pub new_enums: Vec<crate::change::Name>,
}

/// What a rule reports.
#[derive(Debug, Clone)]
pub struct RuleFinding {
    /// How bad, at these sizes.
    pub severity: Severity,
    /// What happens and for how long.
    pub message: String,
}

/// A rule.
pub struct Rule {
    /// Stable kebab-case id, never renamed, never reused.
    pub id: &'static str,
    /// A few words, the title of its findings.
    pub title: &'static str,
    /// When it is reported.
    pub when: &'static str,
    /// What happens.
    pub effect: &'static str,
    /// Why.
    pub why: &'static str,
    /// What to do instead.
    pub instead: &'static str,
    /// Where that is known from.
    pub sources: &'static [&'static str],
    /// The check, for one change.
    pub check: fn(&RuleCx<'_>) -> Option<RuleFinding>,
}

/// Every rule.
pub static ALL: &[&Rule] = &[
    &rename_breaks_code::RULE,
    &drop_column_loses_data::RULE,
    &drop_table_loses_data::RULE,
    &truncate_loses_data::RULE,
    &cascade_takes_along::RULE,
    &not_null_without_default::RULE,
    &create_index_blocks::RULE,
    &reindex_blocks::RULE,
    &type_change_rewrites::RULE,
    &set_not_null_scans::RULE,
    &volatile_default_rewrites::RULE,
    &foreign_key_validates::RULE,
    &check_validates::RULE,
    &unique_builds_index::RULE,
    &refresh_view_blocks::RULE,
    &table_rewrite_blocks::RULE,
    &big_write_in_one_statement::RULE,
    &delete_without_where::RULE,
    &refused_in_transaction::RULE,
    &refused_by_server::RULE,
    &implicit_commit::RULE,
    &schema_and_data_together::RULE,
    &long_work_under_lock::RULE,
    &no_lock_timeout::RULE,
    &not_understood::RULE,
    &foreign_key_without_index::RULE,
    &drop_breaks_code::RULE,
    &drop_index_blocks::RULE,
    &pragma_in_transaction::RULE,
    &several_tables_locked::RULE,
    &explicit_lock::RULE,
    &attach_partition_scans::RULE,
    &detach_partition_blocks::RULE,
    &enum_value_used_too_early::RULE,
    &trigger_stops::RULE,
    &row_security_hides_rows::RULE,
    &revoke_breaks_code::RULE,
    &key_dropped::RULE,
    &changes_for_everybody::RULE,
];

/// A rule by its id.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id == id)
}

/// Up to three ids that are most like one that does not exist: by the words they share.
pub fn near(id: &str) -> Vec<&'static str> {
    let words: Vec<&str> = id.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() > 2).collect();
    let shared = |known: &str| {
        let alike = |word: &&&str| known.split('-').any(|own| own.starts_with(**word) || word.starts_with(own));
        words.iter().filter(alike).count()
    };
    let mut known: Vec<(usize, &str)> =
        ALL.iter().map(|rule| (shared(rule.id), rule.id)).filter(|(n, _)| *n > 0).collect();
    known.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    known.into_iter().take(3).map(|(_, id)| id).collect()
}
