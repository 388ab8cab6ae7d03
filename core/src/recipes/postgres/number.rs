//! Moving a serial's or identity's sequence from one column to another.

use super::sql::{dollar, object};
use crate::change::{Change, ColumnOption, Ident, Name, ObjectKind, ObjectVerb};
use crate::draft::Run;
use crate::order::PushAll;
use crate::recipes::Cx;

/// The identity of `from` goes on at the same number on `to`, a column of the table. An identity cannot be moved: it is dropped and made
/// again in one block, with its sequence's name, step, cache and rights; its bounds, where they were set by hand.
pub fn move_identity(cx: &Cx<'_>, table: &Name, from: &Ident, to: &Ident, always: bool) -> Vec<Run> {
    move_identity_to(cx, (table, from), (table, to), always)
}

/// The same to a column of another table, in the place of an identity that it has.
pub fn move_identity_to(cx: &Cx<'_>, from: (&Name, &Ident), to: (&Name, &Ident), always: bool) -> Vec<Run> {
    let instead = match from.0 == to.0 {
        true => String::new(),
        false => {
            format!("  ALTER TABLE {} ALTER COLUMN {} DROP IDENTITY IF EXISTS;\n", cx.name(to.0), cx.ident(to.1))
        }
    };
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
{instead}  EXECUTE format('ALTER TABLE %s ALTER COLUMN %I ADD GENERATED {when} AS IDENTITY (SEQUENCE NAME %s INCREMENT %s%s START %s CACHE %s%s)',
    {table}, {column}, zz_name, zz_old.seqincrement, zz_bounds, zz_old.seqstart, zz_old.seqcache,
    CASE WHEN zz_old.seqcycle THEN ' CYCLE' ELSE '' END);
  PERFORM setval(zz_name, zz_next, false);
  FOREACH zz_right IN ARRAY coalesce(zz_rights, ARRAY[]::text[]) LOOP
    EXECUTE zz_right;
  END LOOP;
END
",
        sequence = sequence_of(cx, from.0, from.1),
        t = cx.name(from.0),
        a = cx.ident(from.1),
        table = cx.engine().literal(&cx.name(to.0)),
        column = cx.engine().literal(&to.1.value),
    );
    let change = |(table, column): (&Name, &Ident), option: ColumnOption| Change::SetColumnOption {
        table: table.clone(),
        column: column.clone(),
        option,
    };
    let more = |change: Change| Run { sql: String::new(), change };
    let mut run = vec![Run { sql: format!("DO {}", dollar(&body)), change: change(from, ColumnOption::DropIdentity) }];
    run.push_all((from.0 != to.0).then(|| more(change(to, ColumnOption::DropIdentity))));
    run.push(more(change(to, ColumnOption::AddIdentity { always })));
    run
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

/// The sequence that numbers a column belongs to a column of another table from now on: it goes with that one's table.
pub fn own_sequence(cx: &Cx<'_>, from: (&Name, &Ident), to: (&Name, &Ident)) -> Run {
    let body = format!(
        "
DECLARE
  zz_sequence text := {};
BEGIN
  IF zz_sequence IS NOT NULL THEN
    EXECUTE format('ALTER SEQUENCE %s OWNED BY %s.%I', zz_sequence, {}, {});
  END IF;
END
",
        sequence_of(cx, from.0, from.1),
        cx.engine().literal(&cx.name(to.0)),
        cx.engine().literal(&to.1.value)
    );
    of_sequence(from, &body)
}

/// The numbers of a column go on where those of another end, whose sequence is another one.
pub fn go_on(cx: &Cx<'_>, from: (&Name, &Ident), to: (&Name, &Ident)) -> Run {
    let (new, old) = (sequence_of(cx, to.0, to.1), sequence_of(cx, from.0, from.1));
    of_sequence(from, &format!("\nBEGIN\n  PERFORM setval({new}, nextval({old}), false);\nEND\n"))
}

fn of_sequence((table, column): (&Name, &Ident), body: &str) -> Run {
    let name = table.sibling(format!("{}_{column}_seq", table.object));
    object(ObjectVerb::Alter, ObjectKind::Sequence, &name, None, format!("DO {}", dollar(body)))
}

/// `pg_get_serial_sequence('t', 'c')`: reads the first as SQL, the second as a plain name.
pub fn sequence_of(cx: &Cx<'_>, table: &Name, column: &Ident) -> String {
    format!("pg_get_serial_sequence({}, {})", cx.engine().literal(&cx.name(table)), cx.engine().literal(&column.value))
}
