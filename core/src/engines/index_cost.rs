//! What an index costs per row, from its method and the types of its columns.
//!
//! In: an index, the schema. Out: [`IndexCost`]. A column whose type is not known costs like text, the dearest.

use crate::change::{ColumnDef, DataType, Ident, IndexDef, IndexKind, Name};
use crate::facts::IndexCost;
use crate::order::Gather;
use crate::schema::Schema;

/// Cost of an index as defined.
pub fn of_index(index: &IndexDef, schema: &Schema) -> IndexCost {
    if index.kind != IndexKind::Plain {
        return IndexCost::Inverted;
    }
    match index.method.as_deref() {
        Some("hash") => return IndexCost::Hash,
        Some("brin") => return IndexCost::Brin,
        Some("gin" | "gist" | "spgist" | "rum" | "bloom" | "hnsw" | "ivfflat") => return IndexCost::Inverted,
        Some(_) | None => {}
    }
    if index.parts.iter().any(|part| part.column.is_none()) {
        return IndexCost::Expression;
    }
    let bytewise = |text: &str| text.contains("\"C\"") || text.contains("\"POSIX\"");
    let costs = index.parts.iter().map(|part| match &part.column {
        Some(_) if bytewise(&part.text) => IndexCost::FixedWidth,
        Some(column) => of_column(&index.table, column, schema),
        None => IndexCost::Expression,
    });
    combine(costs.gather())
}

/// Cost of the index behind a primary key or unique constraint.
pub fn of_columns(table: &Name, columns: &[Ident], schema: &Schema) -> IndexCost {
    combine(columns.iter().map(|column| of_column(table, column, schema)).gather())
}

/// Cost of an index on one column that may not exist yet.
pub fn of_definition(column: &ColumnDef) -> IndexCost {
    if column.auto_number.is_some() {
        return IndexCost::InOrder;
    }
    match &column.data_type {
        Some(data_type) if bytewise_collation(column) && is_text(data_type) => IndexCost::FixedWidth,
        Some(data_type) => of_type(data_type),
        None => IndexCost::Unknown,
    }
}

fn of_column(table: &Name, column: &Ident, schema: &Schema) -> IndexCost {
    schema.column(table, column).map_or(IndexCost::Unknown, of_definition)
}

/// The first column decides most comparisons of a multi-column key; only a lone key can lie in table order.
fn combine(costs: Vec<IndexCost>) -> IndexCost {
    match costs.as_slice() {
        [] => IndexCost::Unknown,
        [one] => *one,
        several if several.contains(&IndexCost::Unknown) => IndexCost::Unknown,
        several if several.contains(&IndexCost::Text) => IndexCost::Text,
        _ => IndexCost::FixedWidth,
    }
}

fn bytewise_collation(column: &ColumnDef) -> bool {
    column.collation.as_ref().is_some_and(|c| matches!(c.object.value.as_str(), "C" | "POSIX"))
}

fn is_text(data_type: &DataType) -> bool {
    of_type(data_type) == IndexCost::Text
}

/// Types with a size known beforehand are compared as numbers or bytes; a type that is not built in counts as text.
fn of_type(data_type: &DataType) -> IndexCost {
    if data_type.array > 0 {
        return IndexCost::Unknown;
    }
    match data_type.base.as_str() {
        "smallint" | "integer" | "bigint" | "int" | "tinyint" | "mediumint" | "boolean" | "bool" | "real" | "float"
        | "double" | "double precision" | "numeric" | "decimal" | "money" | "date" | "time" | "timetz"
        | "timestamp" | "timestamptz" | "datetime" | "year" | "interval" | "uuid" | "oid" | "inet" | "cidr"
        | "macaddr" | "macaddr8" | "bit" | "varbit" | "bytea" | "binary" | "varbinary" | "enum" | "set" | "name"
        | "pg_lsn" | "xid8" => IndexCost::FixedWidth,
        "varchar" | "char" | "text" | "citext" | "bpchar" | "tinytext" | "mediumtext" | "longtext" | "nvarchar"
        | "nchar" | "character" | "character varying" => IndexCost::Text,
        _ => IndexCost::Unknown,
    }
}
