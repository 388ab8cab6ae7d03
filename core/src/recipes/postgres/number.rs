//! Moving a serial's or identity's sequence from one column to another.

use super::sql::dollar;
use crate::change::{Change, ColumnOption, Ident, Name};
use crate::draft::Run;
use crate::recipes::Cx;

/// The identity of `from` goes on at the same number on `to`. An identity cannot be moved: it is dropped and made
/// again in one block, with its sequence's name, step, cache and rights; its bounds, where they were set by hand.
pub fn move_identity(cx: &Cx<'_>, table: &Name, from: &Ident, to: &Ident, always: bool) -> [Run; 2] {
    let when = if always { "ALWAYS" } else { "BY DEFAULT" };
    let body = format!(
        "
DECLARE
  zz_sequence text := {sequence};
  zz_next bigint := nextval(zz_sequence);
  zz_old pg_sequence;
  zz_name text;
  zz_bounds text := '';
  zz_rights text[];
  zz_right text;
BEGIN
  SELECT * INTO STRICT zz_old FROM pg_sequence WHERE seqrelid = zz_sequence::regclass;
  SELECT quote_ident(nspname) || '.' || quote_ident(relname) INTO STRICT zz_name
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace WHERE c.oid = zz_old.seqrelid;
  IF zz_old.seqmax NOT IN (32767, 2147483647, 9223372036854775807) THEN
    zz_bounds := format(' MAXVALUE %s', zz_old.seqmax);
  END IF;
  IF zz_old.seqmin NOT IN (1, -32768, -2147483648, -9223372036854775808) THEN
    zz_bounds := zz_bounds || format(' MINVALUE %s', zz_old.seqmin);
  END IF;
  SELECT array_agg(format('GRANT %s ON SEQUENCE %s TO %s', r.privilege_type, zz_name,
      CASE WHEN r.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r.grantee)) END)) INTO zz_rights
    FROM pg_class AS c, aclexplode(c.relacl) AS r WHERE c.oid = zz_old.seqrelid AND r.grantee <> c.relowner;
  ALTER TABLE {t} ALTER COLUMN {a} DROP IDENTITY;
  EXECUTE format('ALTER TABLE %s ALTER COLUMN %I ADD GENERATED {when} AS IDENTITY (SEQUENCE NAME %s INCREMENT %s%s START %s CACHE %s%s)',
    {table}, {column}, zz_name, zz_old.seqincrement, zz_bounds, zz_old.seqstart, zz_old.seqcache,
    CASE WHEN zz_old.seqcycle THEN ' CYCLE' ELSE '' END);
  PERFORM setval(zz_name, zz_next, false);
  FOREACH zz_right IN ARRAY coalesce(zz_rights, ARRAY[]::text[]) LOOP
    EXECUTE zz_right;
  END LOOP;
END
",
        sequence = sequence_of(cx, table, from),
        t = cx.name(table),
        a = cx.ident(from),
        table = cx.engine().literal(&cx.name(table)),
        column = cx.engine().literal(&to.value),
    );
    let change = |column: &Ident, option: ColumnOption| Change::SetColumnOption {
        table: table.clone(),
        column: column.clone(),
        option,
    };
    [
        Run { sql: format!("DO {}", dollar(&body)), change: change(from, ColumnOption::DropIdentity) },
        Run { sql: String::new(), change: change(to, ColumnOption::AddIdentity { always }) },
    ]
}

/// The sequence of a serial column belongs to `to` from now on, and is its default; `retype`: it counts in this type.
pub fn move_serial(cx: &Cx<'_>, table: &Name, from: &Ident, to: &Ident, retype: Option<&str>) -> Run {
    let retyped = match retype {
        Some(data_type) => format!("  EXECUTE format('ALTER SEQUENCE %s AS {data_type}', zz_sequence);\n"),
        None => String::new(),
    };
    let body = format!(
        "
DECLARE
  zz_sequence text := {sequence};
BEGIN
  EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT nextval(%L)', {t}, {b}, zz_sequence);
  EXECUTE format('ALTER SEQUENCE %s OWNED BY %s.%I', zz_sequence, {t}, {b});
  EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', {t}, {a});
{retyped}END
",
        sequence = sequence_of(cx, table, from),
        t = cx.engine().literal(&cx.name(table)),
        a = cx.engine().literal(&from.value),
        b = cx.engine().literal(&to.value),
    );
    let default = super::sql::expr("nextval(…)", &[]);
    let change = Change::SetDefault { table: table.clone(), column: to.clone(), default };
    Run { sql: format!("DO {}", dollar(&body)), change }
}

/// `pg_get_serial_sequence('t', 'c')`: reads the first as SQL, the second as a plain name.
pub fn sequence_of(cx: &Cx<'_>, table: &Name, column: &Ident) -> String {
    format!("pg_get_serial_sequence({}, {})", cx.engine().literal(&cx.name(table)), cx.engine().literal(&column.value))
}
