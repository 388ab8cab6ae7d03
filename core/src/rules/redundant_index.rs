//! Another index does the same.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ConstraintKind, Ident, IndexDef, IndexKind};
use crate::order::{Gather, GatherAll};

/// The rule.
pub const RULE: Rule = Rule {
    id: "redundant-index",
    title: "Another index does the same",
    when: "An index is added whose columns another index of the table begins with, or the reverse.",
    effect: "Every write maintains both, and reads need one.",
    why: "An index serves every leading part of its columns.",
    instead: "Leave the shorter one away, or drop it.",
    sources: &["PostgreSQL manual: Multicolumn Indexes", "MySQL manual: Multiple-Column Indexes"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::CreateIndex(index) = &cx.action.change else { return None };
    let own = plain(index)?;
    let def = &cx.world.schema.table(&index.table)?.def;
    let starts = |long: &[&Ident], short: &[&Ident]| {
        long.len() >= short.len() && long.iter().zip(short).all(|(a, b)| cx.same(a, b))
    };
    let same_method =
        |other: &&IndexDef| other.method.as_deref().unwrap_or("btree") == index.method.as_deref().unwrap_or("btree");
    let itself = |other: &IndexDef| {
        let names = other.name.as_ref().zip(index.name.as_ref());
        other.name == index.name || names.is_some_and(|(other, own)| cx.same_table(other, own))
    };
    let others = def.indexes.iter().filter(same_method).filter(|other| !itself(other));
    let longer = others.clone().find(|other| !index.unique && plain(other).is_some_and(|other| starts(&other, &own)));
    let key = def.constraints.iter().find(|c| match &c.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => {
            !index.unique && starts(&columns.iter().gather(), &own)
        }
        _ => false,
    });
    let shorter = others.clone().find(|other| !other.unique && plain(other).is_some_and(|other| starts(&own, &other)));
    let name =
        |other: &IndexDef| other.name.as_ref().map_or_else(|| "an index".to_string(), |name| name.object.to_string());
    match (longer, key, shorter) {
        (Some(other), _, _) => note(format!("{} begins with the same columns.", name(other))),
        (None, Some(key), _) => {
            let key = key.name.as_ref().map_or_else(|| "A key".to_string(), Ident::to_string);
            note(format!("{key} begins with the same columns."))
        }
        (None, None, Some(other)) => note(format!("With this index, {} is not needed any more.", name(other))),
        (None, None, None) => None,
    }
}

/// The columns of an index that is nothing but columns.
fn plain(index: &IndexDef) -> Option<Vec<&Ident>> {
    let simple = index.filter.is_none() && index.kind == IndexKind::Plain;
    let columns: Option<Vec<&Ident>> = index.parts.iter().map(|part| part.column.as_ref()).gather_all();
    columns.filter(|columns| simple && !columns.is_empty())
}
