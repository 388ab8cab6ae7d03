//! Rows in batches: a procedure that commits after each, because MySQL has no loop outside a routine.
//!
//! READ COMMITTED, so that a batch locks no gap and no row that it leaves alone; a short lock wait, after which the
//! batch is tried again. Key ranges are written out, because a row constructor in an UPDATE reads the whole table.

use super::sql::{object, seconds};
use crate::change::{Ident, Name, ObjectKind, ObjectVerb};
use crate::draft::{Draft, Run};
use crate::order::Gather;
use crate::recipes::Cx;
use crate::recipes::dialect::Dialect;
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::key::Key;
use crate::recipes::shared::names;
use crate::report::OtherWay;

/// The helper SQL of MySQL and MariaDB.
pub struct MySqlFamily;

impl Dialect for MySqlFamily {
    fn batches(&self, cx: &Cx<'_>, job: &Batches) -> Option<Vec<Run>> {
        let columns = key_columns(job)?;
        let name = procedure_name(cx, job);
        let quoted = cx.name(&name);
        let drop = |sql: String| object(ObjectVerb::Drop, ObjectKind::Procedure, &name, None, sql);
        Some(vec![
            drop(format!("DROP PROCEDURE IF EXISTS {quoted}")),
            object(ObjectVerb::Create, ObjectKind::Procedure, &name, None, procedure(cx, job, &columns, &quoted)),
            Run { sql: format!("CALL {quoted}()"), change: job.change(cx, true) },
            drop(format!("DROP PROCEDURE {quoted}")),
        ])
    }

    fn one_pass(&self, parts: &[Cx<'_>]) -> Option<Draft> {
        super::one_pass::draft(parts)
    }

    fn other_ways(&self, cx: &Cx<'_>, job: &Batches) -> Vec<OtherWay> {
        key_columns(job).map(|columns| client_loop(cx, job, &columns)).into_iter().gather()
    }
}

fn key_columns(job: &Batches) -> Option<Vec<Ident>> {
    match &job.key {
        Key::Integer(column) | Key::Assumed(column) => Some(vec![column.clone()]),
        Key::Ordered(columns) => Some(columns.clone()),
        // Without a key the only walk is LIMIT, which reads what is done again and again.
        Key::Storage => None,
    }
}

fn procedure_name(cx: &Cx<'_>, job: &Batches) -> Name {
    let what = match &job.verb {
        RowVerb::Update { columns, .. } => columns.first().map_or("rows", |c| c.value.as_str()),
        RowVerb::Delete => "delete",
        RowVerb::CopyInto { .. } => "copy",
    };
    names::helper_beside(cx, &job.table, &[what])
}

fn procedure(cx: &Cx<'_>, job: &Batches, columns: &[Ident], name: &str) -> String {
    let (table, batch) = (cx.name(&job.table), cx.world.options.batch_size.max(1));
    let list = cx.idents(columns);
    let backwards = columns.iter().map(|c| format!("{} DESC", cx.ident(c))).gather().join(", ");
    let variables = |prefix: &str| (1..=columns.len()).map(|n| format!("{prefix}_{n}")).gather();
    let (from, to, last) = (variables("zz_from"), variables("zz_to"), variables("zz_last"));
    let declared = |n: usize, column: &Ident| {
        format!("  DECLARE zz_from_{n}, zz_to_{n}, zz_last_{n} {};\n", variable_type(cx, &job.table, column))
    };
    let declare: String = columns.iter().zip(1..).map(|(column, n)| declared(n, column)).collect();
    let (from_list, to_list, last_list) = (from.join(", "), to.join(", "), last.join(", "));
    let range = format!("{} AND {}", bound(cx, columns, &from, Side::AtLeast), bound(cx, columns, &to, Side::AtMost));
    format!(
        "CREATE PROCEDURE {name}()
BEGIN
{declare}  DECLARE zz_done, zz_busy, zz_tries INT DEFAULT 0;
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET zz_done = 1;
  DECLARE CONTINUE HANDLER FOR 1205, 1213 BEGIN ROLLBACK; SET zz_busy = 1; END;
  SET SESSION innodb_lock_wait_timeout = 2;
  SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
  SELECT {list} INTO {from_list} FROM {table} ORDER BY {list} LIMIT 1;
  -- Rows that come later are none of its: it would never catch up with steady inserts.
  SELECT {list} INTO {last_list} FROM {table} ORDER BY {backwards} LIMIT 1;
  zz_batches: WHILE zz_done = 0 DO
    SELECT {list} INTO {to_list} FROM (SELECT {list} FROM {table}
      WHERE {from_here} ORDER BY {list} LIMIT {batch}) AS zz_batch ORDER BY {backwards} LIMIT 1;
    IF zz_done = 1 THEN LEAVE zz_batches; END IF;
    SET zz_busy = 0;
    START TRANSACTION;
    {change};
    IF zz_busy = 1 THEN
      SET zz_tries = zz_tries + 1;
      IF zz_tries > 50 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a row of the batch stays locked: find the transaction, call again';
      END IF;
      DO SLEEP(0.5);
      ITERATE zz_batches;
    END IF;
    COMMIT;
    SET zz_tries = 0;
    DO SLEEP({pause});
    SELECT {list} INTO {from_list} FROM {table} WHERE {beyond} AND {within} ORDER BY {list} LIMIT 1;
  END WHILE;
END",
        from_here = bound(cx, columns, &from, Side::AtLeast),
        change = job.statement(cx, &range),
        pause = seconds(cx.world.options.pause_ms),
        beyond = bound(cx, columns, &to, Side::Beyond),
        within = bound(cx, columns, &last, Side::AtMost),
    )
}

/// The type of a key column; its own, so that the server compares in the column's collation.
fn variable_type(cx: &Cx<'_>, table: &Name, column: &Ident) -> String {
    let known = cx.world.schema.column(table, column);
    let Some(data_type) = known.and_then(|c| c.data_type.as_ref()) else { return "BIGINT".to_string() };
    let mut text = data_type.text.clone();
    let collation = known.and_then(|c| c.collation.as_ref()).map(|c| c.object.value.clone());
    let collation = collation.or_else(|| data_type.charset.as_ref().and_then(|c| c.collation.clone()));
    if let Some(collation) = collation.filter(|_| !text.to_ascii_lowercase().contains("collate")) {
        let charset = collation.split('_').next().unwrap_or("").to_string();
        if !text.to_ascii_lowercase().contains("char set") && !text.to_ascii_lowercase().contains("character set") {
            text.push_str(&format!(" CHARACTER SET {charset}"));
        }
        text.push_str(&format!(" COLLATE {collation}"));
    }
    text
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    AtLeast,
    AtMost,
    Beyond,
}

/// `(a, b) >= (x, y)` written out, so that the first column bounds an index range.
fn bound(cx: &Cx<'_>, columns: &[Ident], values: &[String], side: Side) -> String {
    let (strict, closing) = match side {
        Side::AtLeast => (">", ">="),
        Side::AtMost => ("<", "<="),
        Side::Beyond => (">", ">"),
    };
    let mut pairs = columns.iter().zip(values).rev();
    let Some((last, value)) = pairs.next() else { return "TRUE".to_string() };
    let mut inner = format!("{} {closing} {value}", cx.ident(last));
    for (column, value) in pairs {
        let column = cx.ident(column);
        let loose = if strict == ">" { ">=" } else { "<=" };
        inner = format!("{column} {loose} {value} AND ({column} {strict} {value} OR {inner})");
    }
    if columns.len() > 1 { format!("({inner})") } else { inner }
}

/// The same from a client, for servers where routines may not be created.
fn client_loop(cx: &Cx<'_>, job: &Batches, columns: &[Ident]) -> OtherWay {
    let placeholders = |prefix: &str| columns.iter().map(|c| format!(":{prefix}_{}", c.value)).gather();
    let (from, to, last) = (placeholders("from"), placeholders("to"), placeholders("last"));
    let (table, list, batch) = (cx.name(&job.table), cx.idents(columns), cx.world.options.batch_size.max(1));
    let backwards = columns.iter().map(|c| format!("{} DESC", cx.ident(c))).gather().join(", ");
    let range = format!("{} AND {}", bound(cx, columns, &from, Side::AtLeast), bound(cx, columns, &to, Side::AtMost));
    OtherWay {
        tool: "loop in a client".to_string(),
        when: "routines may not be created, or the batches shall watch replication lag. Autocommit on; on error 1205 \
               or 1213 run the same batch again; keep the last :to to go on after a stop."
            .to_string(),
        command: format!(
            "SET SESSION innodb_lock_wait_timeout = 2;\nSET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;\n\
             -- first :from\nSELECT {list} FROM {table} ORDER BY {list} LIMIT 1;\n\
             -- :last, where it ends\nSELECT {list} FROM {table} ORDER BY {backwards} LIMIT 1;\n\
             -- repeat: :to of this batch\nSELECT {list} FROM (SELECT {list} FROM {table} WHERE {here} ORDER BY {list} \
             LIMIT {batch}) AS zz_batch ORDER BY {backwards} LIMIT 1;\n\
             {change};\n-- wait {pause} s, next :from; no row: finished\nSELECT {list} FROM {table} WHERE {beyond} AND \
             {within} ORDER BY {list} LIMIT 1;",
            here = bound(cx, columns, &from, Side::AtLeast),
            change = job.statement(cx, &range),
            pause = seconds(cx.world.options.pause_ms),
            beyond = bound(cx, columns, &to, Side::Beyond),
            within = bound(cx, columns, &last, Side::AtMost),
        ),
    }
}
