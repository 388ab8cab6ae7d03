//! Moving a serial's or identity's sequence from one column to another.

use super::sql::dollar;
use crate::change::{Change, ColumnOption, Ident, Name};
use crate::draft::Run;
use crate::recipes::Cx;

/// The identity of `from` goes on at the same number on `to`. An identity cannot be moved: it is dropped and made
/// again in one block.
pub fn move_identity(cx: &Cx<'_>, table: &Name, from: &Ident, to: &Ident, always: bool) -> Run {
    let when = if always { "ALWAYS" } else { "BY DEFAULT" };
    let body = format!(
        "
DECLARE
  zz_next bigint := nextval({old_sequence});
BEGIN
  ALTER TABLE {t} ALTER COLUMN {a} DROP IDENTITY;
  ALTER TABLE {t} ALTER COLUMN {b} ADD GENERATED {when} AS IDENTITY;
  PERFORM setval({new_sequence}, zz_next, false);
END
",
        old_sequence = sequence_of(cx, table, from),
        new_sequence = sequence_of(cx, table, to),
        t = cx.name(table),
        a = cx.ident(from),
        b = cx.ident(to),
    );
    let change = Change::SetColumnOption {
        table: table.clone(),
        column: to.clone(),
        option: ColumnOption::AddIdentity { always },
    };
    Run { sql: format!("DO {}", dollar(&body)), change }
}

/// The sequence of a serial column belongs to `to` from now on, and is its default.
pub fn move_serial(cx: &Cx<'_>, table: &Name, from: &Ident, to: &Ident) -> Run {
    let body = format!(
        "
DECLARE
  zz_sequence text := {sequence};
BEGIN
  EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT nextval(%L)', {t}, {b}, zz_sequence);
  EXECUTE format('ALTER SEQUENCE %s OWNED BY %s.%I', zz_sequence, {t}, {b});
  EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', {t}, {a});
END
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
