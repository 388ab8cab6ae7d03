//! The batched change as a `DO` block that commits after every batch (PostgreSQL 11 and later).
//!
//! Keyset, never `LIMIT` without a position: each batch is one index range, so the time per batch stays flat.
//! Variables carry a prefix that no column has, because PL/pgSQL resolves both in one name space.

use super::partitioned;
use super::sql::{dollar, no_limits, regclass};
use crate::change::{Ident, ObjectKind};
use crate::draft::Run;
use crate::order::Gather;
use crate::recipes::Cx;
use crate::recipes::dialect::{Dialect, DropForm};
use crate::recipes::shared::batches::Batches;
use crate::recipes::shared::key::Key;

/// Heap pages per batch where there is no key.
const PAGES: u64 = 100;

/// PostgreSQL's helper SQL.
pub struct Postgres;

impl Dialect for Postgres {
    fn batches(&self, cx: &Cx<'_>, job: &Batches) -> Option<Vec<Run>> {
        Some(statements(cx, job))
    }

    fn drop_of(&self, kind: ObjectKind) -> DropForm {
        use ObjectKind::{
            Domain, EventTrigger, Extension, Function, Policy, Procedure, Publication, Role, Routine, Rule, Schema,
            Sequence, Statistics, Trigger, Type,
        };
        match kind {
            Trigger | Policy | Rule => DropForm::OnTable,
            Domain | EventTrigger | Extension | Function | Procedure | Publication | Role | Routine | Schema
            | Sequence | Statistics | Type => DropForm::Named,
            _ => DropForm::ByHand,
        }
    }
}

/// The settings and the block.
fn statements(cx: &Cx<'_>, job: &Batches) -> Vec<Run> {
    let walk = match &job.key {
        Key::Integer(column) | Key::Assumed(column) => integer(cx, job, column),
        Key::Ordered(columns) => ordered(cx, job, columns),
        Key::Storage => pages(cx, job),
    };
    let mut run = no_limits();
    run.push(Run { sql: format!("DO {}", dollar(&walk.block(cx))), change: job.change(cx, true) });
    run
}

/// The parts in which the three walks differ.
struct Walk {
    /// Variables for the position, declared.
    declare: String,
    /// Sets the start and the end.
    start: String,
    /// Sets the end of the next batch.
    next: String,
    /// When there is no next batch.
    done: String,
    /// Goes on behind the batch.
    advance: String,
    /// The statement of one batch.
    change: String,
    /// `up to key %`, and its values.
    progress: (String, String),
}

impl Walk {
    fn block(&self, cx: &Cx<'_>) -> String {
        let pause = seconds(cx.world.options.pause_ms);
        let Walk { declare, start, next, done, advance, change, progress } = self;
        let (progress, values) = progress;
        format!(
            "
DECLARE
{declare}  zz_rows bigint;
  zz_total bigint := 0;
  zz_tries int := 0;
BEGIN
{start}  LOOP
{next}    EXIT WHEN {done};
    PERFORM set_config('lock_timeout', '200ms', true);  -- give way to the application before a deadlock does
    BEGIN
      {change};
      GET DIAGNOSTICS zz_rows = ROW_COUNT;
      zz_tries := 0;
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
      zz_rows := NULL;
      zz_tries := zz_tries + 1;
      IF zz_tries >= 50 THEN RAISE; END IF;
    END;
    COMMIT;
    IF zz_rows IS NULL THEN
      PERFORM pg_sleep(0.1 + random() * 0.4);
      CONTINUE;
    END IF;
    zz_total := zz_total + zz_rows;
    RAISE NOTICE '% rows changed, {progress}', zz_total, {values};
    PERFORM pg_sleep({pause});
{advance}  END LOOP;
END
"
        )
    }
}

fn integer(cx: &Cx<'_>, job: &Batches, column: &Ident) -> Walk {
    let (table, key, batch) = (cx.name(&job.table), cx.ident(column), cx.world.options.batch_size.max(1));
    let range = format!("{key} > zz_done AND {key} <= zz_next");
    Walk {
        declare:
            "  zz_done bigint;  -- last key done\n  zz_next bigint;  -- last key of this batch\n  zz_last bigint;\n"
                .to_string(),
        start: format!("  SELECT min({key})::bigint - 1, max({key}) INTO zz_done, zz_last FROM {table};\n"),
        next: format!(
            "    SELECT max({key}) INTO zz_next FROM (SELECT {key} FROM {table}\n      \
             WHERE {key} > zz_done AND {key} <= zz_last ORDER BY {key} LIMIT {batch}) AS zz_batch;\n"
        ),
        done: "zz_next IS NULL".to_string(),
        advance: "    zz_done := zz_next;\n".to_string(),
        change: job.statement(cx, &range),
        progress: ("key % of %".to_string(), "zz_next, zz_last".to_string()),
    }
}

/// Batches from `zz_from_…` to `zz_to_…`, both inside; the next one starts at the first key behind.
fn ordered(cx: &Cx<'_>, job: &Batches, columns: &[Ident]) -> Walk {
    let (table, batch) = (cx.name(&job.table), cx.world.options.batch_size.max(1));
    let list = cx.idents(columns);
    let variables = |prefix: &str| (1..=columns.len()).map(|n| format!("{prefix}_{n}")).gather().join(", ");
    let (from, to) = (variables("zz_from"), variables("zz_to"));
    let backwards = columns.iter().map(|c| format!("{} DESC", cx.ident(c))).gather().join(", ");
    let declare = columns.iter().enumerate().map(|(n, column)| {
        let (n, key) = (n + 1, cx.ident(column));
        format!("  zz_from_{n} {table}.{key}%TYPE;\n  zz_to_{n} {table}.{key}%TYPE;\n")
    });
    Walk {
        declare: declare.collect(),
        start: format!("  SELECT {list} INTO {from} FROM {table} ORDER BY {list} LIMIT 1;\n"),
        next: format!(
            "    SELECT {list} INTO {to} FROM (SELECT {list} FROM {table}\n      \
             WHERE ({list}) >= ({from}) ORDER BY {list} LIMIT {batch}) AS zz_batch ORDER BY {backwards} LIMIT 1;\n"
        ),
        done: "NOT FOUND".to_string(),
        advance: format!(
            "    SELECT {list} INTO {from} FROM {table} WHERE ({list}) > ({to}) ORDER BY {list} LIMIT 1;\n    \
             EXIT WHEN NOT FOUND;\n"
        ),
        change: job.statement(cx, &format!("({list}) >= ({from}) AND ({list}) <= ({to})")),
        progress: ("up to key %".to_string(), format!("({to})")),
    }
}

/// Without a key: by pages of the heap. A row that an UPDATE moves behind the position is met by the trigger, or by
/// the next run.
fn pages(cx: &Cx<'_>, job: &Batches) -> Walk {
    let table = regclass(cx, &job.table);
    let range = "ctid >= format('(%s,0)', zz_page)::tid AND ctid < format('(%s,0)', zz_next)::tid";
    let mut walk = Walk {
        declare: "  zz_page bigint := 0;\n  zz_next bigint;\n  zz_pages bigint;\n".to_string(),
        start: format!("  zz_pages := pg_relation_size({table}) / current_setting('block_size')::bigint;\n"),
        next: format!("    zz_next := zz_page + {PAGES};\n"),
        done: "zz_page > zz_pages".to_string(),
        advance: "    zz_page := zz_next;\n".to_string(),
        change: job.statement(cx, range),
        progress: ("page % of %".to_string(), "least(zz_next, zz_pages), zz_pages".to_string()),
    };
    // All partitions abreast: a partitioned table has no pages itself.
    if partitioned::is_partitioned(cx, &job.table) {
        walk.declare.push_str("  zz_step bigint;\n");
        walk.start = format!(
            "  WITH RECURSIVE zz_all AS (SELECT {table}::oid AS oid
      UNION ALL SELECT inhrelid FROM pg_inherits JOIN zz_all ON inhparent = zz_all.oid)
    SELECT max(pg_relation_size(oid)) / current_setting('block_size')::bigint, greatest({PAGES} / count(*), 1)
      INTO zz_pages, zz_step FROM zz_all;\n"
        );
        walk.next = "    zz_next := zz_page + zz_step;\n".to_string();
    }
    walk
}

/// Milliseconds as seconds for pg_sleep.
fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}
