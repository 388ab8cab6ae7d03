//! MySQL's and MariaDB's types: aliases, display widths, character sets, labels.

use super::super::Unread;
use super::super::cursor::{Cursor, literal_value};
use super::super::tokens::Kind;
use super::{
    TypeRead, character, exact_number, length_or_one, numbers, optional_numbers, plain, set_charset, users_own,
};
use crate::change::{AutoNumber, Charset, DataType};
use crate::order::Gather;
use crate::target::Engine;

/// The type that stands here, with its attributes.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<TypeRead, Unread> {
    let mut read = match of_server(cursor)? {
        Some(read) => read,
        None => users_own(cursor)?.into(),
    };
    while attribute(cursor, &mut read.data_type) {}
    Ok(read)
}

/// Spelling and canonical base; the second table is of types whose number is only a display width.
#[rustfmt::skip]
const ALIASES: [(&str, &str); 20] = [
    ("bool", "tinyint"), ("boolean", "tinyint"), ("int1", "tinyint"), ("int2", "smallint"), ("int3", "mediumint"),
    ("middleint", "mediumint"), ("int4", "int"), ("integer", "int"), ("int8", "bigint"), ("dec", "decimal"), ("fixed",
    "decimal"), ("numeric", "decimal"), ("float4", "float"), ("float8", "double"), ("real", "double"), ("character",
    "char"), ("varcharacter", "varchar"), ("nvarchar", "varchar"), ("nchar", "char"), ("sql_tsi_year", "year"),
];
const INTEGERS: [&str; 6] = ["tinyint", "smallint", "mediumint", "int", "bigint", "year"];

/// Types without aliases and without a rule of their own.
#[rustfmt::skip]
const OTHERS: [&str; 36] = [
    "varchar", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "tinytext", "text", "mediumtext", "longtext",
    "date", "time", "datetime", "timestamp", "json", "geometry", "point", "linestring", "polygon", "multipoint",
    "multilinestring", "multipolygon", "geometrycollection", "geomcollection", "vector", "uuid", "inet4", "inet6",
    "xmltype", "varchar2", "clob", "raw", "number", "curve", "surface", "multicurve",
];

fn of_server(cursor: &mut Cursor<'_>) -> Result<Option<TypeRead>, Unread> {
    let Some(word) = cursor.word(0).map(str::to_ascii_lowercase) else { return Ok(None) };
    if cursor.kind(1) == Some(Kind::Dot) {
        return Ok(None);
    }
    cursor.step();
    let national = matches!(word.as_str(), "nchar" | "nvarchar" | "national");
    let base = ALIASES.iter().find(|(alias, _)| *alias == word).map_or(word.as_str(), |(_, base)| base);
    let mut data_type = match base {
        "enum" | "set" => DataType { labels: labels(cursor)?, ..DataType::simple(base) },
        "serial" => {
            let data_type = DataType { unsigned: true, ..DataType::simple("bigint") };
            let auto_number = Some(AutoNumber::AutoIncrement);
            return Ok(Some(TypeRead { data_type, auto_number, mysql_serial: true }));
        }
        "tinyint" if word.starts_with("bool") => plain(base, vec![1]),
        // A width of 1 is how clients tell booleans; other widths are display only.
        "tinyint" => plain(base, optional_numbers(cursor).into_iter().filter(|width| *width == 1).gather()),
        base if INTEGERS.contains(&base) => {
            optional_numbers(cursor);
            DataType::simple(base)
        }
        "decimal" => match optional_numbers(cursor) {
            args if args.is_empty() => plain(base, vec![10, 0]),
            args => exact_number(base, args),
        },
        "float" => match optional_numbers(cursor).as_slice() {
            [bits] if *bits > 24 => DataType::simple("double"),
            [_] | [] => DataType::simple("float"),
            args => plain("float", args.to_vec()),
        },
        "double" => {
            cursor.eat("PRECISION");
            plain(base, optional_numbers(cursor))
        }
        "national" if cursor.eat("VARCHAR") => plain("varchar", optional_numbers(cursor)),
        "national" if cursor.eat_any(&["CHARACTER", "CHAR"]) => character(cursor),
        "char" => character(cursor),
        "binary" | "bit" => plain(base, length_or_one(cursor)),
        "long" if cursor.eat("VARBINARY") => DataType::simple("mediumblob"),
        "long" => {
            if cursor.eat_any(&["CHAR", "CHARACTER"]) {
                cursor.eat("VARYING");
            } else {
                cursor.eat("VARCHAR");
            }
            DataType::simple("mediumtext")
        }
        // MariaDB keeps JSON as LONGTEXT with a check.
        "json" if cursor.target.engine() == Engine::MariaDb => DataType::simple("longtext"),
        base if OTHERS.contains(&base) => match numbers(cursor) {
            Some(args) => plain(base, args),
            None if cursor.kind(0) == Some(Kind::Open) => return cursor.refuse("a length"),
            None => DataType::simple(base),
        },
        // There are no types of the user's own.
        base => return Err(Unread::Refused(format!("expected a type, found {base}"))),
    };
    if national {
        data_type.charset = Some(Charset { charset: Some("utf8mb3".to_string()), collation: None });
    }
    Ok(Some(data_type.into()))
}

fn labels(cursor: &mut Cursor<'_>) -> Result<Vec<String>, Unread> {
    let inside = cursor.want_group("a list of labels")?;
    let labels = inside.remaining().iter().filter(|token| token.kind == Kind::Text);
    Ok(labels.map(|token| literal_value(inside.source(*token), true)).gather())
}

/// `UNSIGNED`, `CHARACTER SET x`, … behind a MySQL type.
fn attribute(cursor: &mut Cursor<'_>, data_type: &mut DataType) -> bool {
    if cursor.eat("UNSIGNED") || cursor.eat("ZEROFILL") {
        data_type.unsigned = true;
        return true;
    }
    if cursor.eat("SIGNED") {
        return true;
    }
    if let Some(collation) = collate(cursor) {
        set_charset(data_type, None, Some(collation));
        return true;
    }
    if let Some(charset) = character_set(cursor) {
        set_charset(data_type, Some(charset), None);
        return true;
    }
    if cursor.eat("BYTE") {
        data_type.base =
            data_type.base.replace("varchar", "varbinary").replace("char", "binary").replace("text", "blob");
        return true;
    }
    if cursor.eat("ASCII") {
        set_charset(data_type, Some("latin1".to_string()), None);
        return true;
    }
    if cursor.eat("UNICODE") {
        set_charset(data_type, Some("ucs2".to_string()), None);
        return true;
    }
    // `BINARY`: the binary collation of whatever character set applies.
    if cursor.eat("BINARY") {
        set_charset(data_type, None, Some("binary".to_string()));
        return true;
    }
    false
}

/// `CHARACTER SET x`, `CHARSET x`, `CHAR SET x`: the character set in lower case.
fn character_set(cursor: &mut Cursor<'_>) -> Option<String> {
    let mut ahead = *cursor;
    let there = ahead.eat("CHARSET") || ahead.eat_all(&["CHARACTER", "SET"]) || ahead.eat_all(&["CHAR", "SET"]);
    ahead.eat_operator("=");
    option_word(cursor, ahead, there)
}

/// `COLLATE x`: the collation in lower case.
fn collate(cursor: &mut Cursor<'_>) -> Option<String> {
    let mut ahead = *cursor;
    let there = ahead.eat("COLLATE");
    ahead.eat_operator("=");
    option_word(cursor, ahead, there)
}

fn option_word<'a>(cursor: &mut Cursor<'a>, mut ahead: Cursor<'a>, there: bool) -> Option<String> {
    let token = ahead.token(0).filter(|_| there)?;
    let word = match token.kind {
        Kind::Text => literal_value(ahead.source(token), true),
        _ => ahead.as_ident(token)?.value,
    };
    ahead.step();
    *cursor = ahead;
    Some(word.to_ascii_lowercase())
}
