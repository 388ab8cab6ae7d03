//! What the schema says of a column beside its definition, said again of another column: comment, statistics target,
//! storage, compression, column rights.

use crate::change::{Change, Ident, Name, ObjectKind, ObjectVerb};
use crate::draft::Run;
use crate::order::Gather;
use crate::recipes::Cx;
use crate::recipes::shared::words;

/// Statements that say it of `to`.
pub fn of_column(cx: &Cx<'_>, table: &Name, column: &Ident, to: &Ident) -> Vec<Run> {
    let schema = cx.world.schema;
    let settings = schema.extras_of_column(table, column).into_iter().filter_map(|extra| {
        let sql = match &extra.change {
            Change::SetColumnOption { .. } => setting(cx, table, to, &extra.text),
            _ => comment(cx, table, to, &extra.text),
        }?;
        Some(Run { sql, change: of(&extra.change, to) })
    });
    let rights = schema.extras(table).iter().filter_map(|extra| {
        let Change::Object { verb: ObjectVerb::Grant, .. } = &extra.change else { return None };
        let sql = grant(cx, column, to, &extra.text)?;
        Some(Run { sql, change: extra.change.clone() })
    });
    settings.chain(rights).gather()
}

/// The same change of the other column.
fn of(change: &Change, to: &Ident) -> Change {
    match change {
        Change::SetColumnOption { table, option, .. } => {
            Change::SetColumnOption { table: table.clone(), column: to.clone(), option: option.clone() }
        }
        Change::Object { verb, kind: ObjectKind::Column, on, .. } => Change::Object {
            verb: *verb,
            kind: ObjectKind::Column,
            name: Some(Name { schema: None, object: to.clone() }),
            on: on.clone(),
            text: String::new(),
        },
        other => other.clone(),
    }
}

/// `… ALTER COLUMN name SET …`.
fn setting(cx: &Cx<'_>, table: &Name, to: &Ident, text: &str) -> Option<String> {
    let alter = words::find_clause(text, "alter", "alter".len())?;
    let at = words::find_clause(text, "set", alter).or_else(|| words::find_clause(text, "reset", alter))?;
    Some(format!("ALTER TABLE {} ALTER COLUMN {} {}", cx.name(table), cx.ident(to), text.get(at..)?.trim_end()))
}

/// `COMMENT ON COLUMN table.name IS …`.
fn comment(cx: &Cx<'_>, table: &Name, to: &Ident, text: &str) -> Option<String> {
    let at = words::find_clause(text, "is", 0)?;
    Some(format!("COMMENT ON COLUMN {}.{} {}", cx.name(table), cx.ident(to), text.get(at..)?.trim_end()))
}

/// `GRANT SELECT (a, b), UPDATE (b) ON table TO role`: those of its rights that name the column.
fn grant(cx: &Cx<'_>, column: &Ident, to: &Ident, text: &str) -> Option<String> {
    let start = words::find_clause(text, "grant", 0)? + "grant".len();
    let on = words::find_clause(text, "on", start)?;
    let mut rights = Vec::new();
    for right in text.get(start..on)?.split_inclusive(')') {
        let Some((right, columns)) = right.split_once('(') else { continue };
        let named = columns.trim_end_matches(')').split(',').any(|c| words::stored(c) == *column);
        if named {
            rights.push(format!("{} ({})", right.trim().trim_start_matches(',').trim(), cx.ident(to)));
        }
    }
    (!rights.is_empty())
        .then(|| format!("GRANT {} {}", rights.join(", "), text.get(on..).unwrap_or_default().trim_end()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::facts::Effects;
    use crate::parse::parse;
    use crate::request::Options;
    use crate::schema::Schema;
    use crate::target::Target;
    use crate::world::{Sizes, World};

    #[test]
    fn what_is_said_of_a_column_is_said_of_another() {
        let target = Target::parse("postgres:16").unwrap();
        let text = "CREATE TABLE \"is\" (comment int, b int); COMMENT ON COLUMN public.\"is\".comment IS 'is it?';\
                    ALTER TABLE ONLY \"is\" ALTER COLUMN comment SET STATISTICS 300; ALTER TABLE \"is\" ALTER comment SET STORAGE PLAIN;\
                    GRANT SELECT (b, comment), INSERT(b), UPDATE(comment) ON TABLE \"is\" TO app; GRANT DELETE ON \"is\" TO app;";
        let mut schema = Schema::new(target);
        for statement in parse(text, target).statements {
            let own = statement.span.of(text).to_string();
            statement.changes.iter().for_each(|action| schema.apply_written(&action.change, || own.clone()));
        }
        let (sizes, options, effects) = (Sizes::default(), Options::default(), Effects::none());
        let change = Change::reads();
        let world = World { target, schema: &schema, sizes: &sizes, options: &options };
        let cx = Cx { world, change: &change, effects: &effects, sql: "", safe_as_written: false };
        let said = of_column(&cx, &Name::new("is"), &Ident::new("comment"), &Ident::new("new one"));
        let said: Vec<&str> = said.iter().map(|run| run.sql.as_str()).collect();
        assert_eq!(
            said,
            [
                "COMMENT ON COLUMN \"is\".\"new one\" IS 'is it?'",
                "ALTER TABLE \"is\" ALTER COLUMN \"new one\" SET STATISTICS 300",
                "ALTER TABLE \"is\" ALTER COLUMN \"new one\" SET STORAGE PLAIN",
                "GRANT SELECT (\"new one\"), UPDATE (\"new one\") ON TABLE \"is\" TO app",
            ]
        );
    }
}
