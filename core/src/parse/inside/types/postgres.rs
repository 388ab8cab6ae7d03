//! PostgreSQL's types: its grammar's own spellings, their aliases, arrays.

use super::super::Unread;
use super::super::cursor::Cursor;
use super::super::tokens::Kind;
use super::{TypeRead, character, exact_number, length_or_one, optional_numbers, plain, users_own};
use crate::change::{AutoNumber, DataType};

/// The type that stands here.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<TypeRead, Unread> {
    cursor.eat("SETOF");
    if cursor.are(&["pg_catalog"]) && cursor.kind(1) == Some(Kind::Dot) {
        cursor.step();
        cursor.step();
    }
    let mut read = match postgres_own(cursor) {
        Some(read) => read,
        None => users_own(cursor)?.into(),
    };
    loop {
        if cursor.kind(0) == Some(Kind::OpenSquare) {
            cursor.step();
        } else if cursor.eat("ARRAY") {
            if cursor.kind(0) == Some(Kind::OpenSquare) {
                cursor.step();
            }
        } else {
            return Ok(read);
        }
        read.data_type.array = read.data_type.array.saturating_add(1);
    }
}

/// The types that PostgreSQL spells in its own grammar or under several names.
fn postgres_own(cursor: &mut Cursor<'_>) -> Option<TypeRead> {
    let word = cursor.word(0)?.to_ascii_lowercase();
    if cursor.kind(1) == Some(Kind::Dot) {
        return None;
    }
    let mut ahead = *cursor;
    ahead.step();
    let serial = |base: &str| TypeRead {
        data_type: DataType::simple(base),
        auto_number: Some(AutoNumber::Serial),
        mysql_serial: false,
    };
    let read = match word.as_str() {
        "int" | "int4" | "integer" => DataType::simple("integer").into(),
        "int2" | "smallint" => DataType::simple("smallint").into(),
        "int8" | "bigint" => DataType::simple("bigint").into(),
        "serial" | "serial4" => serial("integer"),
        "bigserial" | "serial8" => serial("bigint"),
        "smallserial" | "serial2" => serial("smallint"),
        "float4" | "real" => DataType::simple("real").into(),
        "float8" => DataType::simple("double precision").into(),
        "float" => match optional_numbers(&mut ahead).as_slice() {
            [precision] if *precision <= 24 => DataType::simple("real").into(),
            _ => DataType::simple("double precision").into(),
        },
        "double" if ahead.eat("PRECISION") => DataType::simple("double precision").into(),
        "bool" | "boolean" => DataType::simple("boolean").into(),
        "dec" | "decimal" | "numeric" => exact_number("numeric", optional_numbers(&mut ahead)).into(),
        "varchar" => plain("varchar", optional_numbers(&mut ahead)).into(),
        "bpchar" => match optional_numbers(&mut ahead) {
            length if length.is_empty() => DataType::simple("bpchar").into(),
            length => plain("char", length).into(),
        },
        "character" | "char" | "nchar" => character(&mut ahead).into(),
        "national" if ahead.eat_any(&["CHARACTER", "CHAR"]) => character(&mut ahead).into(),
        "bit" if ahead.eat("VARYING") => plain("varbit", optional_numbers(&mut ahead)).into(),
        "varbit" => plain("varbit", optional_numbers(&mut ahead)).into(),
        "bit" => plain("bit", length_or_one(&mut ahead)).into(),
        "timestamp" | "time" => moment(&word, &mut ahead).into(),
        "timestamptz" | "timetz" => plain(word, optional_numbers(&mut ahead)).into(),
        "interval" => interval(&mut ahead).into(),
        _ => return None,
    };
    *cursor = ahead;
    Some(read)
}

fn moment(word: &str, cursor: &mut Cursor<'_>) -> DataType {
    let precision = optional_numbers(cursor);
    let zoned = cursor.eat_all(&["WITH", "TIME", "ZONE"]);
    if !zoned {
        cursor.eat_all(&["WITHOUT", "TIME", "ZONE"]);
    }
    plain(if zoned { format!("{word}tz") } else { word.to_string() }, precision)
}

/// `interval`, `interval(3)`, `interval day to second(3)`.
fn interval(cursor: &mut Cursor<'_>) -> DataType {
    const FIELDS: [&str; 6] = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"];
    let mut base = "interval".to_string();
    let mut field = |cursor: &mut Cursor<'_>| {
        let word = cursor.word(0).unwrap_or("").to_ascii_lowercase();
        let there = cursor.eat_any(&FIELDS);
        if there {
            base = format!("{base} {word}");
        }
        there
    };
    if field(cursor) && cursor.is("TO") {
        let mut ahead = *cursor;
        ahead.step();
        if field(&mut ahead) {
            *cursor = ahead;
            base = base.replacen(' ', "\u{1}", 1).replacen(' ', " to ", 1).replacen('\u{1}', " ", 1);
        }
    }
    plain(base, optional_numbers(cursor))
}
