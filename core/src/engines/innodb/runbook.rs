//! What a DBA runs before, during and after, on either server.

use crate::engines::EngineRunbook;
use crate::order::Gather;
use crate::report::RunbookItem;
use crate::target::Version;

/// MySQL.
pub(in crate::engines) fn mysql(v: Version, row_versions: Option<u32>) -> EngineRunbook {
    let replica = if v.at_least(8, 0, 22) {
        ("SHOW REPLICA STATUS", "Seconds_Behind_Source")
    } else {
        ("SHOW SLAVE STATUS", "Seconds_Behind_Master")
    };
    let locks = if v.at_least(8, 0, 0) { MDL_HOLDERS } else { MDL_HOLDERS_57 };
    EngineRunbook {
        before: vec![
            sh(
                "Back up the tables that change",
                "A consistent dump without locks; for large data use xtrabackup. Restore it once before you need it.",
                "mysqldump --single-transaction --quick --routines --triggers --events --hex-blob DATABASE TABLE > before.sql\nxtrabackup --backup --target-dir=/backup/before",
            ),
            staging(),
            sql("Long transactions", "Every ALTER TABLE waits for them, and everybody behind it.", LONG_TRANSACTIONS),
            sql(
                "Settings that decide",
                "Strict SQL mode must be on for NOT NULL in place; triggers need log_bin_trust_function_creators or the right to create them when the binary log is on.",
                "SELECT @@version, @@sql_mode, @@foreign_key_checks, @@log_bin, @@log_bin_trust_function_creators, @@innodb_online_alter_log_max_size",
            ),
            free_space(),
        ]
        .into_iter()
        .chain(row_versions.map(versions_left))
        .gather(),
        during: vec![
            sql(
                "Who waits for whom",
                "Sessions that wait for a metadata lock, and the one that they wait for. In 5.7 switch the instrument wait/lock/metadata/sql/mdl on first.",
                locks,
            ),
            processes(),
            sql(
                "Progress of the ALTER",
                "Pages done and estimated. Instruments stage/innodb/alter% and consumers events_stages% must be on.",
                "SELECT thread_id, event_name, work_completed, work_estimated, ROUND(100 * work_completed / work_estimated) AS percent\n  FROM performance_schema.events_stages_current WHERE event_name LIKE 'stage/innodb/alter%'",
            ),
            sql(
                "Replication lag",
                &format!("Look at {}. A DDL that takes minutes here takes minutes there, after it.", replica.1),
                replica.0,
            ),
        ],
        after: after(),
        failure: vec![
            sql(
                "Lock wait timeout (error 1205)",
                "Nothing was done. Look who held the metadata lock, wait, run the statement again.",
                LONG_TRANSACTIONS,
            ),
            half_done(),
            sql(
                "Duplicate entry (error 1062) from a rebuild in place",
                "With upserts running the duplicate may not exist. Nothing was done. Run it when they pause, or use gh-ost or pt-online-schema-change.",
                "",
            ),
            stop(),
        ],
    }
}

/// MariaDB.
pub(in crate::engines) fn mariadb(v: Version) -> EngineRunbook {
    let dump = if v.at_least(10, 5, 0) { "mariadb-dump" } else { "mysqldump" };
    let backup = if v.at_least(10, 5, 0) { "mariadb-backup" } else { "mariabackup" };
    EngineRunbook {
        before: vec![
            sh(
                "Back up the tables that change",
                "A consistent dump without locks; for large data use mariadb-backup. Restore it once before you need it.",
                &format!(
                    "{dump} --single-transaction --quick --routines --triggers --events --hex-blob DATABASE TABLE > before.sql\n{backup} --backup --target-dir=/backup/before"
                ),
            ),
            staging(),
            sql("Long transactions", "Every ALTER TABLE waits for them, and everybody behind it.", LONG_TRANSACTIONS),
            sql(
                "Settings that decide",
                "Without strict SQL mode NOT NULL turns NULL into 0 or '' in silence.",
                "SELECT @@version, @@sql_mode, @@foreign_key_checks, @@log_bin, @@log_bin_trust_function_creators, @@innodb_online_alter_log_max_size",
            ),
            free_space(),
        ],
        during: vec![
            sql(
                "Who waits for whom",
                "Metadata locks that are held or waited for; install the plugin once: INSTALL SONAME 'metadata_lock_info'.",
                "SELECT i.thread_id, i.lock_mode, i.lock_type, i.table_schema, i.table_name, p.time, p.state, p.info\n  FROM information_schema.metadata_lock_info AS i JOIN information_schema.processlist AS p ON p.id = i.thread_id\n ORDER BY p.time DESC",
            ),
            processes(),
            sql(
                "Progress of the ALTER",
                "Stage and percent of the stage.",
                "SELECT id, time, stage, max_stage, progress, state, info FROM information_schema.processlist WHERE max_stage > 0",
            ),
            sql(
                "Replication lag",
                "Look at Seconds_Behind_Master. A DDL that takes minutes here takes minutes there, after it.",
                "SHOW ALL SLAVES STATUS",
            ),
        ],
        after: after(),
        failure: vec![
            sql(
                "Lock wait timeout (error 1205)",
                "Nothing was done. Look who held the metadata lock, wait, run the statement again.",
                LONG_TRANSACTIONS,
            ),
            half_done(),
            stop(),
        ],
    }
}

const LONG_TRANSACTIONS: &str = "SELECT trx_mysql_thread_id AS id, trx_started, TIMESTAMPDIFF(SECOND, trx_started, NOW()) AS seconds, trx_rows_modified, trx_query\n  FROM information_schema.innodb_trx ORDER BY trx_started LIMIT 20";

const MDL_HOLDERS: &str = "SELECT w.object_schema, w.object_name, w.lock_type AS waits_for, wt.processlist_id AS waiting_id, wt.processlist_time AS seconds, wt.processlist_info AS waiting,\n       h.lock_type AS held, ht.processlist_id AS holding_id, ht.processlist_info AS holding\n  FROM performance_schema.metadata_locks AS w\n  JOIN performance_schema.threads AS wt ON wt.thread_id = w.owner_thread_id\n  JOIN performance_schema.metadata_locks AS h ON h.object_schema = w.object_schema AND h.object_name = w.object_name AND h.lock_status = 'GRANTED' AND h.owner_thread_id <> w.owner_thread_id\n  JOIN performance_schema.threads AS ht ON ht.thread_id = h.owner_thread_id\n WHERE w.lock_status = 'PENDING' AND w.object_type = 'TABLE'";

const MDL_HOLDERS_57: &str = "UPDATE performance_schema.setup_instruments SET enabled = 'YES' WHERE name = 'wait/lock/metadata/sql/mdl';\nSELECT object_name, waiting_pid, waiting_query, waiting_query_secs, blocking_pid, blocking_lock_type, sql_kill_blocking_connection FROM sys.schema_table_lock_waits";

fn item(title: &str, text: &str, code: &str, language: &str) -> RunbookItem {
    RunbookItem {
        title: title.to_string(),
        text: text.to_string(),
        code: code.to_string(),
        language: language.to_string(),
    }
}

fn sql(title: &str, text: &str, code: &str) -> RunbookItem {
    item(title, text, code, "sql")
}

fn sh(title: &str, text: &str, code: &str) -> RunbookItem {
    item(title, text, code, "sh")
}

fn staging() -> RunbookItem {
    item(
        "Rehearse on a copy of production size",
        "Same version, same configuration, the binary log on. Run the plan forward, then the rollback, and note the times.",
        "",
        "sh",
    )
}

fn free_space() -> RunbookItem {
    sql(
        "Free space",
        "A rebuild or copy needs the size of table and indexes again, in the data directory, and the same in the binary log of a backfill.",
        "SELECT table_name, ROUND((data_length + index_length) / 1048576) AS megabytes FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 2 DESC LIMIT 20",
    )
}

fn versions_left(limit: u32) -> RunbookItem {
    sql(
        "Row versions",
        &format!(
            "Each INSTANT ADD or DROP COLUMN makes one; with {limit} of them the server refuses the next (error 4092), and nothing is done. Close to that, make the table anew before, while traffic goes on: ALTER TABLE … FORCE, ALGORITHM=INPLACE, LOCK=NONE (OPTIMIZE TABLE does the same)."
        ),
        "SELECT name, total_row_versions FROM information_schema.innodb_tables WHERE total_row_versions > 0 ORDER BY 2 DESC LIMIT 20",
    )
}

fn processes() -> RunbookItem {
    sql(
        "Sessions that run or wait",
        "Many rows with the state \"Waiting for table metadata lock\" mean: stop the DDL, not the application.",
        "SELECT id, user, time, state, LEFT(info, 120) AS info FROM information_schema.processlist WHERE command <> 'Sleep' ORDER BY time DESC",
    )
}

fn after() -> Vec<RunbookItem> {
    vec![
        sql(
            "Statistics and structure",
            "Compare SHOW CREATE TABLE with what the plan promises; ANALYZE after a new index or a large change. CHECK TABLE reads the whole table.",
            "SHOW CREATE TABLE TABLE_NAME;\nANALYZE TABLE TABLE_NAME;\nCHECK TABLE TABLE_NAME",
        ),
        sql(
            "Triggers and views still work",
            "A trigger that names a column which is gone makes every write fail; views tell only when they are read.",
            "SELECT trigger_name, event_object_table, definer FROM information_schema.triggers WHERE trigger_schema = DATABASE();\nSELECT table_name, definer FROM information_schema.views WHERE table_schema = DATABASE()",
        ),
    ]
}

fn half_done() -> RunbookItem {
    sql(
        "A file stopped half-way",
        "Every DDL statement commits on its own. See what is there, then run the rest; errors 1060, 1061, 1091, 1359 and 1360 mean \"already done\" only when the definition is the same.",
        "SHOW CREATE TABLE TABLE_NAME;\nSHOW TRIGGERS LIKE 'TABLE_NAME'",
    )
}

fn stop() -> RunbookItem {
    sql(
        "Stop a statement that hurts",
        "An ALTER that waits ends at once; one that copies rolls back by dropping its copy; nothing is left behind.",
        "KILL QUERY PROCESS_ID",
    )
}
