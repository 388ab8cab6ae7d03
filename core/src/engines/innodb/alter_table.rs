//! ALTER TABLE on partitions, names and options of the table.

use super::alter::{Cx, alter};
use super::answer::{Answer, Mdl};
use super::case::{self, Case};
use super::statements::no_such_form;
use super::table::Traits;
use crate::change::{Name, PartitionAction, TableOption};
use crate::facts::{Blocking, Certainty, Effects, Undo, WorkKind};

/// Partition clauses.
pub(in crate::engines) fn partition(cx: Cx<'_>, table: &Name, action: &PartitionAction) -> Effects {
    let Some(case) = case::partition(cx.def(table), action) else {
        return no_such_form(cx, "ATTACH, DETACH, SPLIT or MERGE PARTITION", "EXCHANGE or REORGANIZE PARTITION");
    };
    let answer = alter(cx, table, &[case]);
    match action {
        PartitionAction::Drop | PartitionAction::Truncate => answer
            .undo(Undo::No)
            .breaks(format!("the rows of the partition are gone; no trigger of {table} fires for them"))
            .done(),
        PartitionAction::Exchange { with, without_validation: true } => {
            answer.lock(with, Mdl::Exclusive).undo(Undo::Lossy).done()
        }
        // The rows of the table are read while writers of both wait; the exchange itself takes a moment.
        PartitionAction::Exchange { with, without_validation: false } => answer
            .lock(with, Mdl::Exclusive)
            .lock(with, Mdl::SharedNoWrite)
            .work(WorkKind::Scan { passes: 1 }, with, Blocking::Writes)
            .may_fail("rows of the table that belong to another partition (error 1737)")
            .done(),
        PartitionAction::Add if cx.def(table).is_none() => answer
            .assume(format!("{table} is partitioned by RANGE or LIST: on a HASH or KEY table every partition is rebuilt while writers wait"))
            .done(),
        PartitionAction::DiscardOrImport => answer.undo(Undo::No).breaks(unreadable(table)).done(),
        PartitionAction::Convert => {
            answer.breaks(format!("{table} has other rows from now on: those of the partition go or come")).done()
        }
        PartitionAction::Add
        | PartitionAction::Reorganize
        | PartitionAction::Coalesce
        | PartitionAction::PartitionBy(_)
        | PartitionAction::RemovePartitioning
        | PartitionAction::Maintain(_)
        | PartitionAction::Attach { .. }
        | PartitionAction::Detach { .. }
        | PartitionAction::SplitOrMerge => answer.done(),
    }
}

fn unreadable(table: &Name) -> String {
    format!("{table} cannot be read until a tablespace is imported (error 1814)")
}

/// RENAME TO, RENAME TABLE.
pub(in crate::engines) fn rename_table(cx: Cx<'_>, table: &Name, to: &Name) -> Effects {
    alter(cx, table, &[Case::RenameTable])
        .lock(to, Mdl::Exclusive)
        .online(None)
        .breaks(format!("statements and views that name {table} fail from now on (error 1146 or 1356), those that name {to} failed until then"))
        .done()
}

/// Table options.
pub(in crate::engines) fn table_option(cx: Cx<'_>, table: &Name, option: &TableOption) -> Effects {
    let traits = Traits::of(cx.world, table);
    if matches!(option, TableOption::RunHint { .. }) {
        return Answer::ddl(Certainty::Documented, cx.server.evidence()).done();
    }
    let Some(case) = case::table_option(cx.def(table), option, &traits) else {
        return no_such_form(cx, "this table option", "the options of CREATE TABLE");
    };
    let answer = alter(cx, table, &[case]);
    match option {
        TableOption::Engine(engine) if engine != "innodb" => answer
            .undo(Undo::Lossy)
            .breaks(format!("{table} loses transactions and foreign keys: MyISAM and its kind lock the whole table for every write"))
            .done(),
        TableOption::DiscardOrImportTablespace => {
            answer.undo(Undo::No).breaks(unreadable(table)).done()
        }
        TableOption::ConvertCharset(_) => answer
            .when(!traits.known, |answer| answer.assume(format!("character set and indexes of {table} are not known: taken for a conversion that copies the table")))
            .may_fail("text that has no counterpart in the new character set, keys that become too long (error 1071) or equal (error 1062)")
            .remark("comparison and order of text change at once")
            .done(),
        TableOption::DefaultCharset(_) => answer.remark("columns that exist keep their character set; only new ones get it").done(),
        TableOption::SystemVersioning { drop: true } => answer
            .undo(Undo::No)
            .grant("DROP SYSTEM VERSIONING deletes the history of the rows; nothing brings it back")
            .done(),
        TableOption::SystemVersioning { drop: false } => answer.undo(Undo::Lossy).done(),
        _ => answer.done(),
    }
}
