//! gh-ost and pt-online-schema-change: complete command lines, where they can do the job.

use super::sql::is_mariadb;
use crate::change::{Name, ObjectKind};
use crate::order::Gather;
use crate::recipes::Cx;
use crate::recipes::shared::key::{self, Key};
use crate::report::OtherWay;

/// Both tools for one ALTER of one table; `alter` is what follows `ALTER TABLE t`, without ALGORITHM and LOCK.
pub fn online_change(cx: &Cx<'_>, table: &Name, alter: &str) -> Vec<OtherWay> {
    let schema = cx.world.schema;
    // Both walk along a key; neither can work without one.
    if matches!(key::of(cx, table), Key::Storage) {
        return Vec::new();
    }
    let keys = !schema.referencing(table).is_empty() || !schema.foreign_keys(table).is_empty();
    let triggers = !schema.objects_on(ObjectKind::Trigger, table).is_empty();
    let mut ways = Vec::new();
    if runs_ghost(cx) && !keys && !triggers {
        ways.push(ghost(table, alter));
    }
    if runs_pt(cx) {
        ways.push(pt(cx, table, alter, keys, triggers));
    }
    ways
}

/// gh-ost 1.1.6 reads the binary log with statements that 8.4 no longer has, and stops at MariaDB.
fn runs_ghost(cx: &Cx<'_>) -> bool {
    let v = cx.world.target.version;
    !is_mariadb(cx) && !v.at_least(8, 4, 0) && (!v.at_least(8, 0, 0) || v.at_least(8, 0, 16))
}

/// pt-online-schema-change refuses 8.0.13 to 8.0.15 (MySQL bug 96145).
fn runs_pt(cx: &Cx<'_>) -> bool {
    let v = cx.world.target.version;
    is_mariadb(cx) || !v.at_least(8, 0, 13) || v.at_least(8, 0, 16)
}

fn ghost(table: &Name, alter: &str) -> OtherWay {
    OtherWay {
        tool: "gh-ost".to_string(),
        when: format!(
            "{table} is very large and traffic is heavy: it copies from the binary log without triggers and can be \
             paused. It needs row-based binary logs with full images and a primary key, and no foreign keys and no \
             triggers on the table. When all is copied it keeps both tables in step until you remove the file that \
             ends in .postpone; then it exchanges them, and writes wait about 2 s. Make the file that ends in .panic \
             to end it at once. After a stop drop the tables whose names end in _gho and _ghc; drop the one that ends \
             in _del when nobody misses it. Without --execute it only tries. Undo after its end is the reverse ALTER \
             by gh-ost, never a rename back: the old table lacks every write since."
        ),
        command: format!(
            "gh-ost --host=HOST --port=3306 --user=USER --ask-pass --database={} --table={} --alter={} --allow-on-master \
             --initially-drop-ghost-table --initially-drop-socket-file --chunk-size=1000 \
             --max-load=Threads_running=50 --critical-load=Threads_running=200 --cut-over-lock-timeout-seconds=3 \
             --default-retries=60 --panic-flag-file={} --postpone-cut-over-flag-file={} --execute",
            database(table),
            quoted(&table.object.value),
            quoted(alter),
            flag_file(table, "panic"),
            flag_file(table, "postpone"),
        ),
    }
}

/// A file of its own for each table: two runs must not stop each other.
fn flag_file(table: &Name, word: &str) -> String {
    let plain: String = table.object.value.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("/tmp/gh-ost.{plain}.{word}")
}

fn pt(cx: &Cx<'_>, table: &Name, alter: &str, keys: bool, triggers: bool) -> OtherWay {
    let mut children: Vec<String> =
        cx.world.schema.referencing(table).into_iter().map(|(child, _)| child.def.name.to_string()).gather();
    children.dedup();
    let mut said = String::new();
    if keys || triggers {
        said.push_str(" gh-ost refuses a table with foreign keys or triggers.");
    }
    if keys {
        said.push_str(" Foreign keys come back under names with an underscore in front.");
    }
    if !children.is_empty() {
        said.push_str(&format!(
            " At its end it drops and adds the foreign keys of {}, which copies each while its writes wait: where one is \
             large, drop its foreign key before and add it after, with foreign_key_checks = 0. Not drop_swap: that leaves \
             a moment without the table.",
            children.join(", ")
        ));
    }
    if triggers {
        said.push_str(
            " It makes the triggers again on the new table, and drops the old table because their names are taken: what \
             is kept of it is the backup. The ALTER must leave every column that they name.",
        );
    }
    if triggers && is_mariadb(cx) {
        said.push_str(" A write that meets the exchange may fail with error 1146: it is tried again like a deadlock.");
    }
    let extra = [
        // With --preserve-triggers the old table cannot stay.
        (!triggers).then_some(" --no-drop-old-table"),
        (!children.is_empty()).then_some(" --alter-foreign-keys-method=rebuild_constraints"),
        triggers.then_some(" --preserve-triggers"),
    ];
    let extra: String = extra.into_iter().flatten().collect();
    OtherWay {
        tool: "pt-online-schema-change".to_string(),
        when: format!(
            "{table} is large: it copies in chunks and keeps both tables in step by triggers. It needs a primary or \
             unique key. Writers may meet deadlocks (error 1213) and have to try again.{said} Run it with --dry-run \
             first. Undo after its end is the reverse ALTER by the same tool, never a rename back."
        ),
        command: format!(
            "pt-online-schema-change --alter {} --set-vars lock_wait_timeout=1 \
             --tries create_triggers:30:1,drop_triggers:30:1,swap_tables:30:1,copy_rows:30:1 --chunk-time 0.2 \
             --max-load Threads_running=50 --max-lag 5s{extra} --execute \
             h=HOST,P=3306,u=USER,p=PASSWORD,D={},t={}",
            quoted(alter),
            database(table),
            quoted(&table.object.value)
        ),
    }
}

fn database(table: &Name) -> String {
    table.schema.as_ref().map_or_else(|| "DATABASE".to_string(), |schema| quoted(&schema.value))
}

/// A word for a POSIX shell; a plain one as it is.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_string(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_safe_in_a_shell() {
        assert_eq!(quoted("users"), "users");
        assert_eq!(quoted("a'b; rm"), "'a'\\''b; rm'");
    }
}
