//! When two definitions say the same.

use crate::change::{ColumnDef, Constraint, ConstraintKind, Expr, IndexDef, Nullability};
use crate::target::Engine;

/// The same SQL but for case, white space, outer parentheses and PostgreSQL's casts of literals.
pub(super) fn text(a: &str, b: &str) -> bool {
    let normal = |text: &str| {
        let text = text.trim().trim_end_matches(';').trim().to_lowercase();
        let bare: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '"' | '`')).collect();
        ["::text", "::charactervarying", "::varchar", "::regclass", "::bpchar"]
            .iter()
            .fold(bare, |t, cast| t.replace(cast, ""))
    };
    a == b || normal(a) == normal(b)
}

fn expr(a: Option<&Expr>, b: Option<&Expr>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => text(&a.text, &b.text),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// No default is the same as NULL.
pub(super) fn default(a: Option<&Expr>, b: Option<&Expr>) -> bool {
    let said = |e: Option<&'_ Expr>| e.is_some_and(|e| !e.text.trim().eq_ignore_ascii_case("null"));
    if said(a) && said(b) { expr(a, b) } else { said(a) == said(b) }
}

pub(super) fn nullability(a: &ColumnDef, b: &ColumnDef) -> bool {
    (a.nullability == Nullability::NotNull) == (b.nullability == Nullability::NotNull)
}

pub(super) fn generated(a: &ColumnDef, b: &ColumnDef) -> bool {
    match (&a.generated, &b.generated) {
        (Some(a), Some(b)) => a.stored == b.stored && text(&a.expr.text, &b.expr.text),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// A collation that is not said is that of the type on PostgreSQL; elsewhere it may be that of the table.
pub(super) fn collation(a: &ColumnDef, b: &ColumnDef, engine: Engine) -> bool {
    match (&a.collation, &b.collation) {
        (Some(a), Some(b)) => a.object == b.object,
        (a, b) => a.is_none() && b.is_none() || engine != Engine::Postgres,
    }
}

/// All but name, type, default and NOT NULL, for which there are statements everywhere.
pub(super) fn rest(a: &ColumnDef, b: &ColumnDef, engine: Engine) -> bool {
    generated(a, b)
        && collation(a, b, engine)
        && a.auto_number == b.auto_number
        && a.comment == b.comment
        && expr(a.on_update.as_ref(), b.on_update.as_ref())
}

/// The same demand, whatever it is called.
pub(super) fn demand(a: &Constraint, b: &Constraint) -> bool {
    let same_kind = match (&a.kind, &b.kind) {
        (ConstraintKind::PrimaryKey { columns: a }, ConstraintKind::PrimaryKey { columns: b }) => a == b,
        (
            ConstraintKind::Unique { columns: a, nulls_not_distinct: x },
            ConstraintKind::Unique { columns: b, nulls_not_distinct: y },
        ) => a == b && x == y,
        (ConstraintKind::ForeignKey(a), ConstraintKind::ForeignKey(b)) => a == b,
        (ConstraintKind::Check { expr: a }, ConstraintKind::Check { expr: b }) => text(&a.text, &b.text),
        (ConstraintKind::NotNull { column: a }, ConstraintKind::NotNull { column: b }) => a == b,
        (ConstraintKind::Exclude, ConstraintKind::Exclude) => text(&a.text, &b.text),
        _ => false,
    };
    same_kind && a.not_valid == b.not_valid && a.not_enforced == b.not_enforced && a.deferrable == b.deferrable
}

/// The same demand under the same name; of primary keys and checks PostgreSQL's names count only.
pub(super) fn constraint(a: &Constraint, b: &Constraint, engine: Engine) -> bool {
    let nameless = matches!(
        a.kind,
        ConstraintKind::PrimaryKey { .. } | ConstraintKind::Check { .. } | ConstraintKind::NotNull { .. }
    );
    demand(a, b) && (a.name == b.name || (nameless && engine != Engine::Postgres))
}

pub(super) fn index(a: &IndexDef, b: &IndexDef) -> bool {
    a.name.as_ref().map(|n| &n.object) == b.name.as_ref().map(|n| &n.object)
        && a.unique == b.unique
        && a.nulls_not_distinct == b.nulls_not_distinct
        && a.kind == b.kind
        && a.method.as_deref().unwrap_or("btree") == b.method.as_deref().unwrap_or("btree")
        && a.parts.len() == b.parts.len()
        && a.parts.iter().zip(&b.parts).all(|(a, b)| a.column == b.column && text(&a.text, &b.text))
        && a.include == b.include
        && text(&a.options, &b.options)
        && expr(a.filter.as_ref(), b.filter.as_ref())
}
