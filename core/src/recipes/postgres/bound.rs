//! What the server binds to a column itself, not to its name: it stays with the column through a rename, so it does not
//! come along when another column takes the name.

use crate::change::{AutoNumber, ConstraintKind, Ident, Name, ObjectKind};
use crate::order::{Gather, PushAll};
use crate::recipes::Cx;
use crate::recipes::shared::words;
use crate::schema::{Object, View};

/// Views that read the column, as far as their text tells.
pub fn views<'a>(cx: &Cx<'a>, table: &Name, column: &Ident) -> Vec<&'a View> {
    let reads = |view: &&View| words::mentions(&view.query, column) || view.query.contains('*');
    cx.world.schema.views_on(table).into_iter().filter(reads).gather()
}

/// Objects of a kind that name the column; one whose text is not known may name it.
pub fn objects<'a>(cx: &Cx<'a>, kind: ObjectKind, table: &Name, column: &Ident) -> Vec<&'a Object> {
    let names = |object: &&Object| {
        let own = bound_part(object);
        object.text.is_empty() || words::mentions(own, column)
    };
    cx.world.schema.objects_on(kind, table).into_iter().filter(names).gather()
}

/// The part of a definition that the server binds: of a trigger all but the call of its function.
fn bound_part(object: &Object) -> &str {
    let text = object.text.as_str();
    match object.kind {
        ObjectKind::Trigger => words::find_clause(text, "execute", 0).and_then(|at| text.get(..at)).unwrap_or(text),
        _ => text,
    }
}

/// Generated columns that are computed from the column.
pub fn computed<'a>(cx: &Cx<'a>, table: &Name, column: &Ident) -> Vec<&'a Ident> {
    let columns = cx.world.schema.table(table).map(|t| t.def.columns.as_slice()).unwrap_or_default();
    let uses = columns.iter().filter(|c| c.generated.as_ref().is_some_and(|g| words::mentions(&g.expr.text, column)));
    uses.map(|c| &c.name).gather()
}

/// Publications whose column list names the column.
pub fn publications<'a>(cx: &Cx<'a>, table: &Name, column: &Ident) -> Vec<&'a Object> {
    let names = |p: &&Object| words::mentions(&p.text, &table.object) && words::mentions(&p.text, column);
    cx.world.schema.objects_of(ObjectKind::Publication).into_iter().filter(names).gather()
}

/// Everything bound to the column that cannot be made again for another column without a gap, in words; empty when there
/// is nothing of the kind.
pub fn words_of(cx: &Cx<'_>, table: &Name, column: &Ident) -> Vec<String> {
    let schema = cx.world.schema;
    let mut found: Vec<String> = Vec::new();
    let known = schema.column(table, column);
    if schema.primary_key(table).is_some_and(|key| key.contains(column)) {
        found.push("the primary key".to_string());
    }
    if known.is_some_and(|c| matches!(c.auto_number, Some(AutoNumber::Identity { .. }))) {
        found.push("its identity".to_string());
    }
    if known.is_some_and(|c| matches!(c.auto_number, Some(AutoNumber::Serial)) || takes_from_sequence(c)) {
        found.push("its sequence".to_string());
    }
    for (child, constraint) in schema.referencing(table) {
        if let ConstraintKind::ForeignKey(key) = &constraint.kind
            && super::add_foreign_key::referenced(cx, key).contains(column)
        {
            let name = constraint.name.as_ref().map(|n| format!(" {n}")).unwrap_or_default();
            found.push(format!("foreign key{name} of {}", child.def.name));
        }
    }
    for constraint in schema.constraints_of_column(table, column) {
        if let (ConstraintKind::Exclude, Some(name)) = (&constraint.kind, &constraint.name) {
            found.push(format!("exclusion constraint {name}"));
        }
    }
    found.push_all(
        views(cx, table, column)
            .iter()
            .map(|view| format!("{} {}", if view.materialized { "materialized view" } else { "view" }, view.name)),
    );
    for (kind, word) in [
        (ObjectKind::Trigger, "trigger"),
        (ObjectKind::Policy, "policy"),
        (ObjectKind::Rule, "rule"),
        (ObjectKind::Statistics, "statistics"),
    ] {
        found.push_all(objects(cx, kind, table, column).iter().map(|o| format!("{word} {}", o.name.object)));
    }
    found.push_all(computed(cx, table, column).iter().map(|name| format!("generated column {name}")));
    found.push_all(publications(cx, table, column).iter().map(|p| format!("publication {}", p.name.object)));
    found
}

/// Its default takes numbers from a sequence.
pub fn takes_from_sequence(column: &crate::change::ColumnDef) -> bool {
    column.default.as_ref().is_some_and(|d| d.text.trim().to_ascii_lowercase().starts_with("nextval"))
}
