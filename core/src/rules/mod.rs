//! Findings: one file per rule.
//!
//! In: the analysed script. Out: findings with a place. Never: severity as a constant where sizes decide.

mod ahead;
mod asking;
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
mod trigger_works_long;
mod row_security_hides_rows;
mod revoke_breaks_code;
mod key_dropped;
mod changes_for_everybody;
mod key_without_partition_column;
mod view_columns_change;
mod json_without_equality;
mod timestamp_without_time_zone;
mod varchar_limit;
mod padded_char;
mod serial_instead_of_identity;
mod small_key;
mod table_without_key;
mod small_sequence;
mod name_chosen_by_server;
mod name_too_long;
mod wide_table;
mod name_with_a_meaning;
mod default_dropped_at_once;
mod null_may_appear;
mod rename_as_drop_and_add;
mod type_narrows;
mod open_sessions_break;
mod drop_takes_along;
mod foreign_key_types_differ;
mod set_null_on_not_null;
mod deferrable_constraint;
mod constraint_not_enforced;
mod changing_check;
mod delete_cascades;
mod validated_in_same_transaction;
mod several_foreign_keys;
mod not_valid_before_backfill;
mod reference_ignored;
mod foreign_key_hangs;
mod foreign_keys_unchecked;
mod redundant_index;
mod wide_index;
mod hash_index;
mod btree_on_document;
mod hidden_invalid_index;
mod concurrent_build_corrupts;
mod index_gap;
mod timeout_around_concurrently;
mod lock_timeout_too_long;
mod lock_order;
mod transaction_out_of_balance;
mod view_in_place_of_table;
mod enum_cannot_shrink;
mod enum_value_without_place;
mod enum_label_removed;
mod enum_reordered;
mod domain_with_constraint;
mod unlogged_table;
mod autovacuum_off;
mod default_partition;
mod replica_identity;
mod owner_changes;
mod grant_to_everybody;
mod extension_needs_rights;
mod definer_without_search_path;
mod function_under_index;
mod view_filled_at_once;
mod system_table_written;
mod table_from_query;
mod not_in_schema;
mod backfill_before_trigger;
mod quadratic_backfill;
mod row_constructor_paging;
mod column_assigned_twice;
mod copied_values_go_stale;
mod insert_by_position;
mod ids_without_setval;
mod trigger_left_broken;
mod trigger_order;
mod rebuild_fails_on_upserts;
mod build_thrown_away;
mod view_after_rename;
mod not_strict;
mod algorithm_not_said;
mod half_applied_file;
mod alters_can_merge;
mod instant_breaks_backup;
mod copies_online;
mod not_null_refuses_rows;
mod rebuild_delays_replicas;
mod values_overwritten;
mod default_evaluated_once;
mod rebuild_deletes_children;
mod rebuild_forgets_counter;
mod rebuild_loses_data;
mod rebuild_rename_refused;

use crate::change::{Ident, Name};
use crate::facts::Effects;
use crate::parse::{Action, Script, Statement};
use crate::report::Severity;
use crate::world::World;

pub use ahead::Ahead;
pub use asking::Said;

/// All that a rule may look at, for one change.
#[derive(Clone, Copy)]
pub struct RuleCx<'a> {
    /// What is known before the statement.
    pub world: World<'a>,
    /// The source text.
    pub text: &'a str,
    /// The schema as given.
    pub schema_text: &'a str,
    /// All statements.
    pub script: &'a Script,
    /// What they make further on.
    pub ahead: &'a Ahead<'a>,
    /// Index of this statement.
    pub index: usize,
    /// This statement.
    pub statement: &'a Statement,
    /// What rules have asked of its words.
    pub said: &'a Said,
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
    /// The script itself has begun a transaction.
    pub begun: bool,
    /// Limits in force now.
    pub timeouts: Timeouts,
    /// Limits that outlive the transaction.
    pub lasting: Timeouts,
    /// Relations on which this transaction already holds a lock that blocks reads or writes.
    pub held: Vec<crate::facts::Lock>,
    /// The transaction has changed the structure.
    pub ddl_in_transaction: bool,
    /// The transaction has changed rows.
    pub dml_in_transaction: bool,
    /// Labels that the transaction added to enums made before it.
    pub new_labels: Vec<String>,
    /// Enums that the transaction made.
    pub new_enums: Vec<Name>,
    /// Constraints that the transaction added NOT VALID.
    pub not_valid: Vec<(Name, Ident)>,
    /// Tables that foreign keys of this transaction refer to.
    pub parents: Vec<Name>,
    /// Foreign keys are switched off.
    pub foreign_keys_off: bool,
    /// SQLite: renames leave views and triggers alone.
    pub legacy_alter_table: bool,
    /// MySQL: `sql_mode` was set without a strict mode.
    pub not_strict: bool,
}

/// Limits of a session, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// How long a lock is waited for.
    pub lock_ms: Option<u64>,
    /// How long a statement may run.
    pub statement_ms: Option<u64>,
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

const EVERY: &[&Rule] = &[
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
    &trigger_works_long::RULE,
    &row_security_hides_rows::RULE,
    &revoke_breaks_code::RULE,
    &key_dropped::RULE,
    &changes_for_everybody::RULE,
    &key_without_partition_column::RULE,
    &view_columns_change::RULE,
    &json_without_equality::RULE,
    &timestamp_without_time_zone::RULE,
    &varchar_limit::RULE,
    &padded_char::RULE,
    &serial_instead_of_identity::RULE,
    &small_key::RULE,
    &table_without_key::RULE,
    &small_sequence::RULE,
    &name_chosen_by_server::RULE,
    &name_too_long::RULE,
    &wide_table::RULE,
    &name_with_a_meaning::RULE,
    &default_dropped_at_once::RULE,
    &null_may_appear::RULE,
    &rename_as_drop_and_add::RULE,
    &type_narrows::RULE,
    &open_sessions_break::RULE,
    &drop_takes_along::RULE,
    &foreign_key_types_differ::RULE,
    &set_null_on_not_null::RULE,
    &deferrable_constraint::RULE,
    &constraint_not_enforced::RULE,
    &changing_check::RULE,
    &delete_cascades::RULE,
    &validated_in_same_transaction::RULE,
    &several_foreign_keys::RULE,
    &not_valid_before_backfill::RULE,
    &reference_ignored::RULE,
    &foreign_key_hangs::RULE,
    &foreign_keys_unchecked::RULE,
    &redundant_index::RULE,
    &wide_index::RULE,
    &hash_index::RULE,
    &btree_on_document::RULE,
    &hidden_invalid_index::RULE,
    &concurrent_build_corrupts::RULE,
    &index_gap::RULE,
    &timeout_around_concurrently::RULE,
    &lock_timeout_too_long::RULE,
    &lock_order::RULE,
    &transaction_out_of_balance::RULE,
    &view_in_place_of_table::RULE,
    &enum_cannot_shrink::RULE,
    &enum_value_without_place::RULE,
    &enum_label_removed::RULE,
    &enum_reordered::RULE,
    &domain_with_constraint::RULE,
    &unlogged_table::RULE,
    &autovacuum_off::RULE,
    &default_partition::RULE,
    &replica_identity::RULE,
    &owner_changes::RULE,
    &grant_to_everybody::RULE,
    &extension_needs_rights::RULE,
    &definer_without_search_path::RULE,
    &function_under_index::RULE,
    &view_filled_at_once::RULE,
    &system_table_written::RULE,
    &table_from_query::RULE,
    &not_in_schema::RULE,
    &backfill_before_trigger::RULE,
    &quadratic_backfill::RULE,
    &row_constructor_paging::RULE,
    &column_assigned_twice::RULE,
    &copied_values_go_stale::RULE,
    &insert_by_position::RULE,
    &ids_without_setval::RULE,
    &trigger_left_broken::RULE,
    &trigger_order::RULE,
    &rebuild_fails_on_upserts::RULE,
    &build_thrown_away::RULE,
    &view_after_rename::RULE,
    &not_strict::RULE,
    &algorithm_not_said::RULE,
    &half_applied_file::RULE,
    &alters_can_merge::RULE,
    &instant_breaks_backup::RULE,
    &copies_online::RULE,
    &not_null_refuses_rows::RULE,
    &rebuild_delays_replicas::RULE,
    &values_overwritten::RULE,
    &default_evaluated_once::RULE,
    &rebuild_deletes_children::RULE,
    &rebuild_forgets_counter::RULE,
    &rebuild_loses_data::RULE,
    &rebuild_rename_refused::RULE,
];

/// Every rule.
pub static ALL: &[&Rule] = EVERY;

/// What of a rule it takes to plan; the words of its page stay out of a program that never shows [`ALL`].
#[derive(Clone, Copy)]
pub struct Check {
    /// As in [`Rule`].
    pub id: &'static str,
    /// As in [`Rule`].
    pub title: &'static str,
    /// As in [`Rule`].
    pub instead: &'static str,
    /// As in [`Rule`].
    pub check: fn(&RuleCx<'_>) -> Option<RuleFinding>,
}

impl Check {
    const fn of(rule: &Rule) -> Check {
        Check { id: rule.id, title: rule.title, instead: rule.instead, check: rule.check }
    }
}

/// Every rule, as far as planning needs it.
#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
pub static CHECKS: [Check; EVERY.len()] = {
    let mut checks = [Check::of(EVERY[0]); EVERY.len()];
    let mut at = 0;
    while at < EVERY.len() {
        checks[at] = Check::of(EVERY[at]);
        at += 1;
    }
    checks
};

/// A rule by its id.
pub fn find(id: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|rule| rule.id == id)
}

/// Up to three ids that share most words with one that does not exist.
pub fn near(id: &str) -> Vec<&'static str> {
    let words: Vec<&str> = id.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() > 2).collect();
    let shared = |known: &str| {
        let alike = |word: &&&str| known.split('-').any(|own| own.starts_with(**word) || word.starts_with(own));
        words.iter().filter(alike).count()
    };
    let known: Vec<(usize, &str)> =
        CHECKS.iter().map(|rule| (shared(rule.id), rule.id)).filter(|(n, _)| *n > 0).collect();
    let known = crate::order::by_key(known, |(n, _)| std::cmp::Reverse(*n));
    let best = known.first().map_or(0, |(n, _)| *n);
    known.into_iter().filter(|(n, _)| *n == best).take(3).map(|(_, id)| id).collect()
}
