//! Foreign keys and names of constraints beyond one table: names that are taken in the database, views as parents, computed columns.

use super::table;
use crate::change::{Constraint, ConstraintClass, ConstraintKind, ForeignKey, ReferentialAction, TableDef};
use crate::target::Engine;
use crate::world::World;

/// Why the foreign keys and CHECKs of a new table cannot be made.
pub(super) fn of_table(def: &TableDef, world: &World<'_>) -> Option<String> {
    def.constraints.iter().find_map(|constraint| refused(def, constraint, world))
}

/// Why a foreign key or a CHECK cannot be added to a table.
pub(super) fn refused(def: &TableDef, constraint: &Constraint, world: &World<'_>) -> Option<String> {
    match &constraint.kind {
        ConstraintKind::ForeignKey(key) => {
            let view = world.schema.view(&key.references).is_some() && world.schema.table(&key.references).is_none();
            view.then(|| format!("{} is a view, and no key refers to it (error 1824, 1215 or 1005)", key.references))
                .or_else(|| computed(def, key, world))
                .or_else(|| taken(def, constraint, world))
        }
        ConstraintKind::Check { .. } => taken(def, constraint, world),
        _ => None,
    }
}

/// The names of foreign keys, and those of CHECKs in MySQL, are those of a database.
fn taken(def: &TableDef, constraint: &Constraint, world: &World<'_>) -> Option<String> {
    let name = constraint.name.as_ref()?;
    let class = constraint.kind.class();
    let mysql = world.target.engine() == Engine::MySql;
    let wide = class == ConstraintClass::ForeignKey || mysql && world.target.version.at_least(8, 0, 16);
    let same =
        |own: &Constraint| own.kind.class() == class && own.name.as_ref().is_some_and(|own| table::same(own, name));
    let temporary = |def: &TableDef| def.temporary;
    let holds = |other: &crate::schema::Table| {
        other.def.name.schema == def.name.schema
            && !world.schema.same_relation(&other.def.name, &def.name)
            && !temporary(&other.def)
            && other.def.constraints.iter().any(same)
    };
    let sure = wide && !temporary(def) && !world.schema.is_blurred();
    let other = world.schema.tables_where(holds).next().filter(|_| sure)?;
    Some(format!(
        "{} has a constraint {name} already, and a database has one of that name (error 1826, 3822, 1022 or 1005)",
        other.def.name
    ))
}

/// A key over what is computed does not change it.
fn computed(def: &TableDef, key: &ForeignKey, world: &World<'_>) -> Option<String> {
    use ReferentialAction::{Cascade, SetDefault, SetNull};
    let mysql = world.target.engine() == Engine::MySql;
    let columns = key.columns.iter().filter_map(|name| table::column(def, name));
    let mut computed = columns.filter_map(|own| Some((own, own.generated.as_ref()?)));
    let (own, generated) = computed.next()?;
    let changes =
        matches!(key.on_delete, SetNull | SetDefault) || matches!(key.on_update, SetNull | SetDefault | Cascade);
    (changes || mysql && !generated.stored).then(|| {
        format!("{} is computed: a key neither changes it nor takes a VIRTUAL one (error 3104, 3733 or 1215)", own.name)
    })
}
