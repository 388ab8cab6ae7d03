//! What a DBA runs before, during and after.

use crate::engines::EngineRunbook;
use crate::report::RunbookItem;
use crate::target::Target;

fn sql(title: &str, text: &str, code: &str) -> RunbookItem {
    item(title, text, code, "sql")
}

fn sh(title: &str, text: &str, code: &str) -> RunbookItem {
    item(title, text, code, "sh")
}

fn item(title: &str, text: &str, code: &str, language: &str) -> RunbookItem {
    RunbookItem {
        title: title.to_string(),
        text: text.to_string(),
        code: code.to_string(),
        language: language.to_string(),
    }
}

/// The entries for a version.
pub(super) fn runbook(target: Target) -> EngineRunbook {
    EngineRunbook { before: before(), during: during(target), after: after(target), failure: failure(target) }
}

fn before() -> Vec<RunbookItem> {
    vec![
        sh(
            "Logical backup of the schema and the tables concerned",
            "The schema alone is enough to compare afterwards; add -t for each table whose rows the plan removes or overwrites.",
            "pg_dump --schema-only --file=before-schema.sql \"$DATABASE_URL\"\n\
             pg_dump --format=custom --file=before.dump \"$DATABASE_URL\"",
        ),
        sh(
            "Physical backup for point-in-time recovery",
            "Needed before a step without undo. Note the time when it ends, and check that WAL is archived.",
            "pg_basebackup --pgdata=/backup/base --format=tar --gzip --wal-method=stream --checkpoint=fast --progress",
        ),
        sh(
            "Rehearsal on a staging copy",
            "Run the whole plan, and its rollback, on a copy of the same size; compare the times with the estimate.",
            "createdb staging\npg_restore --dbname=staging --jobs=4 before.dump",
        ),
        sql(
            "Long transactions",
            "Every lock, and every CONCURRENTLY, waits for these. Go on when the list is empty.",
            "SELECT pid, usename, application_name, state, now() - xact_start AS running, left(query, 80) AS query\n\
             FROM pg_stat_activity\n\
             WHERE xact_start < now() - interval '30 seconds' AND pid <> pg_backend_pid()\n\
             ORDER BY xact_start;",
        ),
        sql(
            "Prepared transactions and old snapshots",
            "A forgotten prepared transaction holds its locks for ever.",
            "SELECT gid, prepared, owner, database FROM pg_prepared_xacts ORDER BY prepared;",
        ),
        sql(
            "Timeouts",
            "lock_timeout must be shorter than deadlock_timeout plus what your traffic can bear; the plan sets it per step.",
            "SELECT name, setting, unit FROM pg_settings\n\
             WHERE name IN ('lock_timeout', 'deadlock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout');",
        ),
        sql(
            "Free space",
            "A rewrite or an index build needs the new copy beside the old one, and the same again in WAL.",
            "SELECT relname, pg_size_pretty(pg_table_size(oid)) AS table_size, pg_size_pretty(pg_indexes_size(oid)) AS index_size\n\
             FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)\n\
             ORDER BY pg_total_relation_size(oid) DESC LIMIT 20;",
        ),
    ]
}

fn during(target: Target) -> Vec<RunbookItem> {
    let mut items = vec![
        sql(
            "Blocked sessions and who blocks them",
            "If application sessions pile up behind the migration, cancel the migration first.",
            "SELECT a.pid, pg_blocking_pids(a.pid) AS blocked_by, now() - a.query_start AS waiting, left(a.query, 80) AS query\n\
             FROM pg_stat_activity a\n\
             WHERE cardinality(pg_blocking_pids(a.pid)) > 0\n\
             ORDER BY a.query_start;",
        ),
        sql(
            "Locks on relations",
            "granted = false is a waiting request; everything that conflicts with it queues behind.",
            "SELECT l.pid, l.relation::regclass AS relation, l.mode, l.granted, left(a.query, 60) AS query\n\
             FROM pg_locks l JOIN pg_stat_activity a USING (pid)\n\
             WHERE l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())\n\
               AND l.relation::regclass::text NOT LIKE 'pg\\_%'\n\
             ORDER BY l.granted, l.relation;",
        ),
    ];
    if target.version.at_least(12, 0, 0) {
        items.push(sql(
            "Progress of index builds",
            "Phases that wait for old transactions show them in current_locker_pid.",
            "SELECT pid, relid::regclass, index_relid::regclass, command, phase, lockers_done, lockers_total,\n\
                    current_locker_pid, round(100.0 * blocks_done / nullif(blocks_total, 0), 1) AS blocks_percent,\n\
                    round(100.0 * tuples_done / nullif(tuples_total, 0), 1) AS tuples_percent\n\
             FROM pg_stat_progress_create_index;",
        ));
        items.push(sql(
            "Progress of VACUUM FULL and CLUSTER",
            "ALTER TABLE rewrites are not shown here.",
            "SELECT pid, relid::regclass, command, phase, heap_blks_scanned, heap_blks_total, index_rebuild_count\n\
             FROM pg_stat_progress_cluster;",
        ));
    }
    items.push(sql(
        "Progress of VACUUM",
        "",
        "SELECT pid, relid::regclass, phase, heap_blks_scanned, heap_blks_total, index_vacuum_count\n\
         FROM pg_stat_progress_vacuum;",
    ));
    items.push(sql(
        "Replication lag",
        "Pause the backfill while a replica is behind by more than you accept. A rewrite sends the whole table as WAL.",
        "SELECT application_name, state, sync_state, write_lag, flush_lag, replay_lag,\n\
                pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)) AS behind\n\
         FROM pg_stat_replication;",
    ));
    items.push(sql(
        "Stop a step",
        "Cancel first; terminate only when cancelling does not help. The transaction rolls back.",
        "SELECT pg_cancel_backend(:pid);\nSELECT pg_terminate_backend(:pid);",
    ));
    items
}

fn after(target: Target) -> Vec<RunbookItem> {
    let kinds = if target.version.at_least(18, 0, 0) { "'f', 'c', 'n'" } else { "'f', 'c'" };
    vec![
        sql(
            "Invalid indexes",
            "Must be empty. An invalid index costs every write and serves no query: drop it, or build it again.",
            "SELECT i.indexrelid::regclass AS index, i.indrelid::regclass AS \"table\"\n\
             FROM pg_index i WHERE NOT i.indisvalid OR NOT i.indisready;",
        ),
        sql(
            "Constraints that are not validated",
            "Must be empty unless the plan leaves one on purpose.",
            &format!(
                "SELECT conrelid::regclass AS \"table\", conname, contype\n\
                 FROM pg_constraint WHERE NOT convalidated AND contype IN ({kinds});"
            ),
        ),
        sql(
            "Orphaned rows",
            "For each foreign key that was added; must be 0. Put in your tables and columns.",
            "SELECT count(*) FROM child c LEFT JOIN parent p ON p.id = c.parent_id\n\
             WHERE c.parent_id IS NOT NULL AND p.id IS NULL;",
        ),
        sql(
            "Fresh statistics",
            "After a backfill, a rewrite or an index on an expression the planner needs new statistics.",
            "ANALYZE;",
        ),
        sql(
            "Dead rows",
            "A backfill leaves one dead row per row changed; autovacuum takes them, or run VACUUM on the table.",
            "SELECT relname, n_live_tup, n_dead_tup, last_autovacuum FROM pg_stat_user_tables ORDER BY n_dead_tup DESC LIMIT 10;",
        ),
        sql(
            "Replication slots",
            "An inactive slot keeps WAL until the disk is full.",
            "SELECT slot_name, active, pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) AS kept\n\
             FROM pg_replication_slots;",
        ),
    ]
}

fn failure(target: Target) -> Vec<RunbookItem> {
    let mut items = vec![
        sql(
            "Lock timeout (55P03)",
            "Nothing was changed. Look for the session that holds the lock, wait, and run the step again; retry with growing \
             pauses, do not raise the timeout while traffic queues.",
            "",
        ),
        sql(
            "CREATE INDEX CONCURRENTLY failed",
            "It leaves an INVALID index behind. Drop it and start the step again; with duplicates (23505) clean them up first.",
            "SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid;\n\
             -- DROP INDEX CONCURRENTLY index_name;",
        ),
        sql(
            "VALIDATE CONSTRAINT failed (23503, 23514)",
            "The constraint stays NOT VALID and goes on guarding new rows. Find the rows, repair them, validate again. \
             Until then every UPDATE of such a row fails.",
            "",
        ),
        sql(
            "A backfill stopped midway",
            "Rows done stay done; run it again, it goes on with rows that are not filled yet.",
            "",
        ),
        sql(
            "Deadlock (40P01)",
            "The server cancelled one of the two. If it was the step, run it again; if it was traffic, make the batches smaller.",
            "",
        ),
    ];
    if target.version.at_least(12, 0, 0) {
        items.push(sql(
            "REINDEX CONCURRENTLY failed",
            "It leaves an index that ends in _ccnew (drop it) or _ccold (the old one, drop it too).",
            "SELECT indexrelid::regclass FROM pg_index WHERE indexrelid::regclass::text ~ '_cc(new|old)[0-9]*$';",
        ));
    }
    if target.version.at_least(14, 0, 0) {
        items.push(sql(
            "DETACH PARTITION CONCURRENTLY was interrupted",
            "Finish it.",
            "SELECT inhrelid::regclass FROM pg_inherits WHERE inhdetachpending;\n\
             -- ALTER TABLE parent DETACH PARTITION child FINALIZE;",
        ));
    }
    items
}
