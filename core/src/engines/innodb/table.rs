//! What of a table decides how its ALTERs run: storage engine, row format, full-text and spatial indexes, partitions, keys.

use crate::change::{ColumnDef, ConstraintKind, Ident, IndexDef, IndexKind, Name, Nullability, TableDef};
use crate::schema::option;
use crate::target::Engine;
use crate::world::World;

/// The properties of one table that the fact tables ask for.
#[derive(Debug, Clone, Default)]
pub(in crate::engines) struct Traits {
    /// The table was given; otherwise all below are the ordinary case.
    pub(in crate::engines) known: bool,
    /// Number of FULLTEXT indexes.
    pub(in crate::engines) fulltext: usize,
    /// It has a SPATIAL index.
    pub(in crate::engines) spatial: bool,
    /// ROW_FORMAT=COMPRESSED.
    pub(in crate::engines) compressed: bool,
    /// ROW_FORMAT=REDUNDANT.
    pub(in crate::engines) redundant: bool,
    /// PARTITION BY.
    pub(in crate::engines) partitioned: bool,
    /// Another storage engine than InnoDB.
    pub(in crate::engines) foreign_engine: bool,
    /// It references another table with CASCADE, SET NULL or SET DEFAULT.
    pub(in crate::engines) cascading: bool,
    /// It has a UNIQUE index besides its primary key.
    pub(in crate::engines) secondary_unique: bool,
    /// It has a primary key.
    pub(in crate::engines) primary_key: bool,
    /// Some character column of it is indexed.
    pub(in crate::engines) indexed_text: bool,
    /// It has a character column.
    pub(in crate::engines) text: bool,
    /// A unique index USING HASH is one (MariaDB); elsewhere it is a B-tree.
    pub(in crate::engines) hashes: bool,
}

impl Traits {
    /// The properties of a table, as far as it was given.
    pub(in crate::engines) fn of(world: &World<'_>, table: &Name) -> Traits {
        let known = world.schema.table(table).map(|t| Traits::of_def(&t.def)).unwrap_or_default();
        Traits { hashes: world.target.engine() == Engine::MariaDb, ..known }
    }

    fn of_def(def: &TableDef) -> Traits {
        let kinds = |kind| def.indexes.iter().filter(|index| index.kind == kind).count();
        let row_format = option(&def.options, "row_format").unwrap_or_default();
        Traits {
            known: def.complete,
            fulltext: kinds(IndexKind::Fulltext),
            spatial: kinds(IndexKind::Spatial) > 0,
            compressed: row_format == "compressed" || option(&def.options, "key_block_size").is_some_and(|n| n != "0"),
            redundant: row_format == "redundant",
            partitioned: def.partition_by.is_some() || option(&def.options, "partition").is_some(),
            foreign_engine: option(&def.options, "engine").is_some_and(|engine| engine != "innodb"),
            cascading: def.constraints.iter().any(cascades),
            secondary_unique: def.indexes.iter().any(|index| index.unique)
                || def.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::Unique { .. })),
            primary_key: primary_key(def).is_some(),
            indexed_text: def.columns.iter().any(|c| c.is_character() && is_indexed(def, &c.name)),
            text: def.columns.iter().any(ColumnDef::is_character),
            hashes: false,
        }
    }
}

fn cascades(constraint: &crate::change::Constraint) -> bool {
    use crate::change::ReferentialAction::{Cascade, SetDefault, SetNull};
    match &constraint.kind {
        ConstraintKind::ForeignKey(key) => {
            [key.on_delete, key.on_update].iter().any(|action| matches!(action, Cascade | SetNull | SetDefault))
        }
        _ => false,
    }
}

/// Column and constraint names are the same in any case.
pub(in crate::engines) fn same(a: &Ident, b: &Ident) -> bool {
    a.value.eq_ignore_ascii_case(&b.value)
}

fn has(columns: &[Ident], column: &Ident) -> bool {
    columns.iter().any(|c| same(c, column))
}

/// A column by name.
pub(in crate::engines) fn column<'d>(def: &'d TableDef, name: &Ident) -> Option<&'d ColumnDef> {
    def.columns.iter().find(|c| same(&c.name, name))
}

/// The columns of the primary key.
pub(in crate::engines) fn primary_key(def: &TableDef) -> Option<&[Ident]> {
    def.constraints.iter().find_map(|constraint| match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } => Some(columns.as_slice()),
        _ => None,
    })
}

/// Is the column part of the primary key?
pub(in crate::engines) fn in_primary_key(def: &TableDef, column: &Ident) -> bool {
    primary_key(def).is_some_and(|columns| has(columns, column))
}

/// Is the column part of any key or index?
pub(in crate::engines) fn is_indexed(def: &TableDef, column: &Ident) -> bool {
    in_primary_key(def, column)
        || def
            .indexes
            .iter()
            .any(|index| index.parts.iter().any(|part| part.column.as_ref().is_some_and(|c| same(c, column))))
        || def.constraints.iter().any(|constraint| match &constraint.kind {
            ConstraintKind::Unique { columns, .. } => has(columns, column),
            ConstraintKind::ForeignKey(key) => has(&key.columns, column),
            _ => false,
        })
        || def.columns.iter().any(|c| {
            c.name == *column
                && c.constraints
                    .iter()
                    .any(|k| matches!(k.kind, ConstraintKind::Unique { .. } | ConstraintKind::ForeignKey(_)))
        })
}

/// Does an expression of a functional index name the column?
pub(in crate::engines) fn in_expression_index(def: &TableDef, column: &Ident) -> bool {
    def.indexes.iter().flat_map(|index| &index.parts).any(|part| part.column.is_none() && names(&part.text, column))
}

/// The foreign key of this table that uses the column, by name.
pub(in crate::engines) fn foreign_key_on<'d>(
    def: &'d TableDef,
    column: &Ident,
) -> Option<&'d crate::change::Constraint> {
    def.constraints.iter().find(|constraint| match &constraint.kind {
        ConstraintKind::ForeignKey(key) => has(&key.columns, column),
        _ => false,
    })
}

/// Generated columns and CHECKs that name the column.
pub(in crate::engines) fn generated_from<'d>(def: &'d TableDef, column: &Ident) -> Option<&'d ColumnDef> {
    def.columns.iter().find(|c| {
        !same(&c.name, column) && c.generated.as_ref().is_some_and(|generated| names(&generated.expr.text, column))
    })
}

/// A CHECK that names the column: its name, when it has one.
pub(in crate::engines) fn check_on<'d>(def: &'d TableDef, column: &Ident) -> Option<&'d crate::change::Constraint> {
    def.constraints.iter().find(|constraint| match &constraint.kind {
        ConstraintKind::Check { expr } => names(&expr.text, column),
        _ => false,
    })
}

/// Does the text of an expression name the column? Case does not matter for column names.
fn names(text: &str, column: &Ident) -> bool {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$')))
        .any(|word| word.eq_ignore_ascii_case(&column.value))
}

/// Is NULL allowed in the column?
pub(in crate::engines) fn is_nullable(def: &TableDef, column: &ColumnDef) -> bool {
    column.nullability != Nullability::NotNull && !in_primary_key(def, &column.name)
}

/// Does a UNIQUE key over these columns serve as the clustered index? It does over NOT NULL columns of a table without a
/// primary key.
pub(in crate::engines) fn clusters(def: &TableDef, columns: &[Ident]) -> bool {
    let not_null = |name: &Ident| column(def, name).is_some_and(|c| !is_nullable(def, c));
    primary_key(def).is_none() && columns.iter().all(not_null)
}

/// Is there a UNIQUE key over NOT NULL columns besides the primary key?
pub(in crate::engines) fn has_spare_key(def: &TableDef) -> bool {
    let not_null = |name: &Ident| column(def, name).is_some_and(|c| c.nullability == Nullability::NotNull);
    let by_constraint = def.constraints.iter().any(|constraint| match &constraint.kind {
        ConstraintKind::Unique { columns, .. } => columns.iter().all(not_null),
        _ => false,
    });
    let by_index = def.indexes.iter().filter(|index| index.unique && index.kind == IndexKind::Plain);
    by_constraint
        || by_index.into_iter().any(|index| {
            index.parts.iter().all(|part| part.column.as_ref().is_some_and(not_null) && !part.text.contains('('))
        })
}

/// Is this the index of that name? One without a name is called after its first column.
pub(in crate::engines) fn is_named(index: &IndexDef, name: &Ident) -> bool {
    match &index.name {
        Some(own) => same(&own.object, name),
        None => index.parts.first().and_then(|part| part.column.as_ref()).is_some_and(|first| same(first, name)),
    }
}

/// TEXT, BLOB, JSON: no default that is no expression (MySQL), no index without a length.
pub(in crate::engines) fn is_long(column: &ColumnDef) -> bool {
    column.data_type.as_ref().is_some_and(|data_type| {
        data_type.base == "json" || data_type.base.ends_with("text") || data_type.base.ends_with("blob")
    })
}
