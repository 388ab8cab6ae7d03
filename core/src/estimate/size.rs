//! What is known of a table's size, and what has to be assumed.

use super::bytes;
use super::constants::bytes::{BLOAT, GB};
use crate::change::{ConstraintKind, Name, TableDef};
use crate::engines::index_cost;
use crate::facts::IndexCost;
use crate::order::Gather;
use crate::schema::Schema;
use crate::target::Engine;
use crate::world::World;
use std::borrow::Cow;

/// The numbers that formulas take.
#[derive(Debug, Clone)]
pub(super) struct Size<'a> {
    /// Rows.
    pub rows: f64,
    /// Rows were given.
    pub rows_known: bool,
    /// Bytes of the table without indexes, in GB.
    pub gb: f64,
    /// Bytes were given.
    pub bytes_known: bool,
    /// Bytes per row.
    pub row_bytes: f64,
    /// Bytes of all indexes in GB, when given.
    pub index_gb: Option<f64>,
    /// Its indexes; few formulas ask for them.
    pub indexes: Indexes<'a>,
    /// Its definition, if it is known.
    pub def: Option<&'a TableDef>,
}

/// Where the costs of a table's indexes come from.
#[derive(Debug, Clone)]
pub(super) enum Indexes<'a> {
    /// Said or assumed.
    Costs(&'a [IndexCost]),
    /// Those of a definition that is known in full.
    Defined(&'a TableDef, &'a Schema),
}

/// Indexes of a table of which nothing is known; assumed.
const ASSUMED_INDEXES: [IndexCost; 3] = [IndexCost::InOrder, IndexCost::FixedWidth, IndexCost::Text];
/// String and binary columns of a table of which nothing is known; assumed.
const ASSUMED_STRINGS: f64 = 3.0;

impl<'a> Size<'a> {
    /// The size of a table.
    pub fn of(table: &Name, world: &World<'a>) -> Size<'a> {
        let engine = world.target.engine();
        let count = world.sizes.rows(world, table);
        let given = world.sizes.given(world, table).copied().unwrap_or_default();
        let def = world.schema.table(table).map(|t| &t.def);
        let rows = count.rows as f64;
        let packed = def.and_then(|def| bytes::per_row(&def.columns, engine)).unwrap_or_else(bytes::unknown_row);
        let (total, bytes_known) = match given.table_bytes {
            Some(total) if count.rows > 0 || total == 0 => (total as f64, true),
            _ => (rows * packed * BLOAT, count.rows == 0),
        };
        Size {
            rows,
            rows_known: count.known,
            gb: total / GB,
            bytes_known,
            row_bytes: if rows > 0.0 { total / rows } else { packed },
            index_gb: given.index_bytes.map(|b| b as f64 / GB),
            indexes: match def.filter(|def| def.complete) {
                Some(def) => Indexes::Defined(def, world.schema),
                None => Indexes::Costs(assumed_indexes(engine)),
            },
            def,
        }
    }

    /// Cost per row of each index, the primary key included (InnoDB: excluded, the table is the primary key).
    pub fn indexes(&self) -> Cow<'a, [IndexCost]> {
        match self.indexes {
            Indexes::Costs(costs) => Cow::Borrowed(costs),
            Indexes::Defined(def, schema) => Cow::Owned(known_indexes(def, schema)),
        }
    }

    /// String and binary columns.
    pub fn strings(&self) -> f64 {
        self.def.map_or(ASSUMED_STRINGS, strings)
    }

    /// Rows for the binary logarithm, which has no value at 0.
    pub fn doublings(&self) -> f64 {
        self.rows.max(2.0).log2()
    }
}

fn assumed_indexes(engine: Engine) -> &'static [IndexCost] {
    match &ASSUMED_INDEXES {
        [_, secondary @ ..] if engine.is_mysql_family() => secondary,
        all => all,
    }
}

fn known_indexes(def: &TableDef, schema: &Schema) -> Vec<IndexCost> {
    let clustered = schema.target().engine().is_mysql_family();
    let plain = def.indexes.iter().map(|index| index_cost::of_index(index, schema));
    let keys = def.constraints.iter().filter_map(|constraint| match &constraint.kind {
        ConstraintKind::PrimaryKey { .. } if clustered => None,
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => {
            Some(index_cost::of_columns(&def.name, columns, schema))
        }
        ConstraintKind::Exclude => Some(IndexCost::Inverted),
        ConstraintKind::Check { .. } | ConstraintKind::ForeignKey(_) | ConstraintKind::NotNull { .. } => None,
    });
    plain.chain(keys).gather()
}

fn strings(def: &TableDef) -> f64 {
    let is_string =
        |base: &str| ["char", "text", "blob", "binary", "json", "enum"].iter().any(|word| base.contains(word));
    def.columns.iter().filter(|c| c.data_type.as_ref().is_none_or(|t| is_string(&t.base))).count() as f64
}
