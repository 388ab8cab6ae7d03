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
mod unique_unchecked;
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
mod function_not_declared;
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
use crate::order::Gather;
use crate::parse::{Action, Script, Statement};
use crate::report::Severity;
use crate::target::Engine;
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
    /// Views among these, each with what it is read from.
    pub views: Vec<(Name, Vec<Name>)>,
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
    /// MySQL: unique keys are not checked.
    pub unique_checks_off: bool,
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
    /// What to do instead; where that depends on the engine, a line for each family, led by its name ([`advice`]).
    pub instead: &'static str,
    /// Where that is known from.
    pub sources: &'static [&'static str],
    /// The check, for one change.
    pub check: fn(&RuleCx<'_>) -> Option<RuleFinding>,
}

/// The engines that a rule is for.
const ANY: &[Engine] = &Engine::ALL;
const POSTGRES: &[Engine] = &[Engine::Postgres];
const MYSQL: &[Engine] = &[Engine::MySql, Engine::MariaDb];
const SQLITE: &[Engine] = &[Engine::Sqlite];
const NOT_POSTGRES: &[Engine] = &[Engine::MySql, Engine::MariaDb, Engine::Sqlite];

/// Every rule, with the engines that it can speak for.
const EVERY: &[(&[Engine], &Rule)] = &[
    (ANY, &rename_breaks_code::RULE),
    (ANY, &drop_column_loses_data::RULE),
    (ANY, &drop_table_loses_data::RULE),
    (ANY, &truncate_loses_data::RULE),
    (ANY, &cascade_takes_along::RULE),
    (ANY, &not_null_without_default::RULE),
    (ANY, &create_index_blocks::RULE),
    (ANY, &reindex_blocks::RULE),
    (ANY, &type_change_rewrites::RULE),
    (ANY, &set_not_null_scans::RULE),
    (ANY, &volatile_default_rewrites::RULE),
    (ANY, &foreign_key_validates::RULE),
    (ANY, &check_validates::RULE),
    (ANY, &unique_builds_index::RULE),
    (ANY, &refresh_view_blocks::RULE),
    (ANY, &table_rewrite_blocks::RULE),
    (ANY, &big_write_in_one_statement::RULE),
    (ANY, &delete_without_where::RULE),
    (ANY, &refused_in_transaction::RULE),
    (ANY, &refused_by_server::RULE),
    (ANY, &implicit_commit::RULE),
    (ANY, &schema_and_data_together::RULE),
    (ANY, &long_work_under_lock::RULE),
    (ANY, &no_lock_timeout::RULE),
    (ANY, &not_understood::RULE),
    (ANY, &foreign_key_without_index::RULE),
    (ANY, &drop_breaks_code::RULE),
    (ANY, &drop_index_blocks::RULE),
    (SQLITE, &pragma_in_transaction::RULE),
    (ANY, &several_tables_locked::RULE),
    (ANY, &explicit_lock::RULE),
    (ANY, &attach_partition_scans::RULE),
    (ANY, &detach_partition_blocks::RULE),
    (ANY, &enum_value_used_too_early::RULE),
    (ANY, &trigger_stops::RULE),
    (ANY, &trigger_works_long::RULE),
    (ANY, &row_security_hides_rows::RULE),
    (ANY, &revoke_breaks_code::RULE),
    (ANY, &key_dropped::RULE),
    (ANY, &changes_for_everybody::RULE),
    (ANY, &key_without_partition_column::RULE),
    (ANY, &view_columns_change::RULE),
    (POSTGRES, &json_without_equality::RULE),
    (POSTGRES, &timestamp_without_time_zone::RULE),
    (POSTGRES, &varchar_limit::RULE),
    (POSTGRES, &padded_char::RULE),
    (ANY, &serial_instead_of_identity::RULE),
    (ANY, &small_key::RULE),
    (ANY, &table_without_key::RULE),
    (ANY, &small_sequence::RULE),
    (ANY, &name_chosen_by_server::RULE),
    (ANY, &name_too_long::RULE),
    (ANY, &wide_table::RULE),
    (ANY, &name_with_a_meaning::RULE),
    (ANY, &default_dropped_at_once::RULE),
    (ANY, &null_may_appear::RULE),
    (ANY, &rename_as_drop_and_add::RULE),
    (ANY, &type_narrows::RULE),
    (POSTGRES, &open_sessions_break::RULE),
    (ANY, &drop_takes_along::RULE),
    (ANY, &foreign_key_types_differ::RULE),
    (ANY, &set_null_on_not_null::RULE),
    (ANY, &deferrable_constraint::RULE),
    (ANY, &constraint_not_enforced::RULE),
    (ANY, &changing_check::RULE),
    (ANY, &delete_cascades::RULE),
    (ANY, &validated_in_same_transaction::RULE),
    (ANY, &several_foreign_keys::RULE),
    (ANY, &not_valid_before_backfill::RULE),
    (MYSQL, &reference_ignored::RULE),
    (MYSQL, &foreign_key_hangs::RULE),
    (NOT_POSTGRES, &foreign_keys_unchecked::RULE),
    (MYSQL, &unique_unchecked::RULE),
    (ANY, &redundant_index::RULE),
    (ANY, &wide_index::RULE),
    (POSTGRES, &hash_index::RULE),
    (POSTGRES, &btree_on_document::RULE),
    (ANY, &hidden_invalid_index::RULE),
    (POSTGRES, &concurrent_build_corrupts::RULE),
    (ANY, &index_gap::RULE),
    (ANY, &timeout_around_concurrently::RULE),
    (ANY, &lock_timeout_too_long::RULE),
    (ANY, &lock_order::RULE),
    (ANY, &transaction_out_of_balance::RULE),
    (POSTGRES, &view_in_place_of_table::RULE),
    (ANY, &enum_cannot_shrink::RULE),
    (ANY, &enum_value_without_place::RULE),
    (ANY, &enum_label_removed::RULE),
    (ANY, &enum_reordered::RULE),
    (ANY, &domain_with_constraint::RULE),
    (ANY, &unlogged_table::RULE),
    (ANY, &autovacuum_off::RULE),
    (ANY, &default_partition::RULE),
    (ANY, &replica_identity::RULE),
    (ANY, &owner_changes::RULE),
    (ANY, &grant_to_everybody::RULE),
    (ANY, &extension_needs_rights::RULE),
    (ANY, &definer_without_search_path::RULE),
    (ANY, &function_under_index::RULE),
    (ANY, &view_filled_at_once::RULE),
    (ANY, &system_table_written::RULE),
    (ANY, &table_from_query::RULE),
    (ANY, &not_in_schema::RULE),
    (ANY, &backfill_before_trigger::RULE),
    (ANY, &quadratic_backfill::RULE),
    (MYSQL, &row_constructor_paging::RULE),
    (ANY, &column_assigned_twice::RULE),
    (ANY, &copied_values_go_stale::RULE),
    (ANY, &insert_by_position::RULE),
    (POSTGRES, &ids_without_setval::RULE),
    (ANY, &trigger_left_broken::RULE),
    (MYSQL, &trigger_order::RULE),
    (MYSQL, &rebuild_fails_on_upserts::RULE),
    (MYSQL, &build_thrown_away::RULE),
    (MYSQL, &view_after_rename::RULE),
    (MYSQL, &not_strict::RULE),
    (MYSQL, &function_not_declared::RULE),
    (MYSQL, &algorithm_not_said::RULE),
    (ANY, &half_applied_file::RULE),
    (ANY, &alters_can_merge::RULE),
    (MYSQL, &instant_breaks_backup::RULE),
    (MYSQL, &copies_online::RULE),
    (ANY, &not_null_refuses_rows::RULE),
    (MYSQL, &rebuild_delays_replicas::RULE),
    (ANY, &values_overwritten::RULE),
    (MYSQL, &default_evaluated_once::RULE),
    (SQLITE, &rebuild_deletes_children::RULE),
    (SQLITE, &rebuild_forgets_counter::RULE),
    (NOT_POSTGRES, &rebuild_loses_data::RULE),
    (SQLITE, &rebuild_rename_refused::RULE),
];

/// Every rule.
#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
pub static ALL: [&Rule; EVERY.len()] = {
    let mut rules = [EVERY[0].1; EVERY.len()];
    let mut at = 0;
    while at < EVERY.len() {
        rules[at] = EVERY[at].1;
        at += 1;
    }
    rules
};

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
    /// The engines that it speaks for; it is not asked about others, whatever a build holds.
    pub engines: &'static [Engine],
}

impl Check {
    /// Of a rule for other engines than this build holds, the id only: comments may name it.
    const fn of(engines: &'static [Engine], rule: &Rule) -> Check {
        if Engine::any_held(engines) {
            Check { id: rule.id, title: rule.title, instead: rule.instead, check: rule.check, engines }
        } else {
            Check { id: rule.id, title: "", instead: "", check: nothing, engines }
        }
    }
}

/// What to do instead on one engine: its line of a text that has one for each, or the whole text.
pub fn advice(instead: &'static str, engine: Engine) -> &'static str {
    let lead = match engine {
        Engine::Postgres => "PostgreSQL: ",
        Engine::MySql | Engine::MariaDb => "MySQL and MariaDB: ",
        Engine::Sqlite => "SQLite: ",
    };
    instead.lines().find_map(|line| line.strip_prefix(lead)).unwrap_or(instead)
}

/// Every rule, as far as planning needs it.
#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
pub static CHECKS: [Check; EVERY.len()] = {
    let mut checks = [Check::of(EVERY[0].0, EVERY[0].1); EVERY.len()];
    let mut at = 0;
    while at < EVERY.len() {
        checks[at] = Check::of(EVERY[at].0, EVERY[at].1);
        at += 1;
    }
    checks
};

/// Reports nothing.
fn nothing(_: &RuleCx<'_>) -> Option<RuleFinding> {
    None
}

/// A rule by its id.
pub fn find(id: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|rule| rule.id == id)
}

/// Up to three ids that share most words with one that does not exist.
pub fn near(id: &str) -> Vec<&'static str> {
    let words: Vec<&str> = id.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() > 2).gather();
    let shared = |known: &str| {
        let alike = |word: &&&str| known.split('-').any(|own| own.starts_with(**word) || word.starts_with(own));
        words.iter().filter(alike).count()
    };
    let known: Vec<(usize, &str)> =
        CHECKS.iter().map(|rule| (shared(rule.id), rule.id)).filter(|(n, _)| *n > 0).gather();
    let known = crate::order::by_key(known, |(n, _)| std::cmp::Reverse(*n));
    let best = known.first().map_or(0, |(n, _)| *n);
    known.into_iter().filter(|(n, _)| *n == best).take(3).map(|(_, id)| id).gather()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_that_depends_on_the_engine_is_there_for_each() {
        for rule in ALL {
            let own = Engine::ALL.map(|engine| advice(rule.instead, engine));
            let split = own.iter().any(|text| *text != rule.instead);
            assert!(!split || own.iter().all(|text| *text != rule.instead), "{}: {}", rule.id, rule.instead);
            assert!(own.iter().all(|text| !text.is_empty() && text.lines().count() == 1), "{}", rule.id);
        }
        let split = ALL.iter().filter(|rule| rule.instead.contains('\n')).count();
        assert!(split > 0);
    }
}
