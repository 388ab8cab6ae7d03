//! The longest row of InnoDB within a page of 16 kB, which strict mode asks for (seen on MySQL 5.7.22, 8.0.15 and 9.7.4, MariaDB
//! 10.11.18 and 11.8.9). What may lie on pages of its own is counted as a pointer to it; what is not known, as nothing.

use super::{column, table};
use crate::change::{ColumnDef, Nullability, TableDef};
use crate::schema::{most_bytes_of, option};

/// Half of what is free in an empty page.
const MOST: u32 = 8_126;
/// A value that lies elsewhere: the pointer twice, and its length.
const ELSEWHERE: u32 = 41;

/// Why the server refuses rows of these columns.
pub(super) fn refused<'c>(def: &TableDef, columns: impl Iterator<Item = &'c ColumnDef>) -> Option<String> {
    let said =
        |name: &str, wanted: &[&str]| option(&def.options, name).is_none_or(|own| wanted.contains(&own.as_str()));
    let in_page = said("engine", &["innodb"])
        && said("row_format", &["dynamic", "default"])
        && option(&def.options, "key_block_size").is_none();
    if !in_page {
        return None;
    }
    // Its head, the number of the transaction, and where the row was before.
    let (mut bytes, mut nullable) = (5 + 6 + 7, 0_u32);
    for own in columns.filter(|own| own.generated.as_ref().is_none_or(|generated| generated.stored)) {
        bytes += width(own, def);
        nullable += u32::from(own.nullability != Nullability::NotNull && !table::in_primary_key(def, &own.name));
    }
    (bytes + nullable / 8 >= MOST).then(|| {
        format!("a row takes {MOST} bytes at most in its page (error 1118): make some columns TEXT or VARBINARY")
    })
}

fn width(own: &ColumnDef, def: &TableDef) -> u32 {
    let Some(of) = &own.data_type else { return 0 };
    let most = column::most_bytes(own, def);
    let length = of.args.first().copied().unwrap_or(1);
    match of.base.as_str() {
        "binary" => length,
        // Of characters that take more or fewer bytes the value has a length, as that of a VARCHAR has.
        "char" => match column::text_as(own, def) {
            [Some(set), _] if most_bytes_of(&set) == 1 => length,
            [Some(_), _] => most.saturating_add(1).min(ELSEWHERE),
            [None, _] => 0,
        },
        "varchar" | "varbinary" => most.saturating_add(1).min(ELSEWHERE),
        base if base.ends_with("text") || base.ends_with("blob") || base == "json" => ELSEWHERE,
        "tinyint" | "bool" | "boolean" | "year" => 1,
        "smallint" => 2,
        "mediumint" | "date" | "time" => 3,
        "int" | "integer" | "float" | "timestamp" => 4,
        "datetime" => 5,
        "bigint" | "double" => 8,
        _ => 0,
    }
}
