//! Column types: spelling in, canonical name out.
//!
//! In: a place where a type stands. Out: [`DataType`], its aliases resolved within the engine, so that two types of one meaning
//! compare equal: PostgreSQL `decimal(10)` is `numeric(10,0)`, MySQL `integer(11)` is `int`. Names of the user's own types are
//! read by `sqlparser`; the servers' own are few and stand in tables, from PostgreSQL "Data Types", MySQL "Data Types" and
//! "Using Data Types from Other Database Engines", MariaDB "Data Types". Never: a changed `text`.

use super::cursor::{Cursor, literal_value};
use super::tokens::Kind;
use super::{Unread, dialect};
use crate::change::{AutoNumber, Charset, DataType};
use crate::target::Engine;

/// A type with what its spelling says about the column besides.
#[derive(Debug)]
pub(super) struct TypeRead {
    /// The type.
    pub(super) data_type: DataType,
    /// `serial` and kin.
    pub(super) auto_number: Option<AutoNumber>,
    /// MySQL's `SERIAL`: not null, unique, counted.
    pub(super) mysql_serial: bool,
}

impl From<DataType> for TypeRead {
    fn from(data_type: DataType) -> Self {
        TypeRead { data_type, auto_number: None, mysql_serial: false }
    }
}

/// Reads the type that stands here.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<TypeRead, Unread> {
    let start = *cursor;
    let mut read = match cursor.target.engine {
        Engine::Postgres => postgres(cursor)?,
        Engine::MySql | Engine::MariaDb => mysql(cursor)?,
        Engine::Sqlite => sqlite(cursor)?.into(),
    };
    read.data_type.text = start.source_to(cursor).to_string();
    Ok(read)
}

fn plain(base: impl Into<String>, args: Vec<u32>) -> DataType {
    DataType { args, ..DataType::simple(base) }
}

/// `(10, 2)`: the numbers; nothing when something else stands in the brackets.
fn numbers(cursor: &mut Cursor<'_>) -> Option<Vec<u32>> {
    let mut ahead = *cursor;
    let inside = ahead.group()?;
    let numbers: Option<Vec<u32>> = inside
        .parts()
        .into_iter()
        .map(|part| if part.remaining().len() == 1 { part.rest().parse().ok() } else { None })
        .collect();
    if numbers.is_some() {
        *cursor = ahead;
    }
    numbers
}

fn optional_numbers(cursor: &mut Cursor<'_>) -> Vec<u32> {
    numbers(cursor).unwrap_or_default()
}

// ---- PostgreSQL

fn postgres(cursor: &mut Cursor<'_>) -> Result<TypeRead, Unread> {
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

fn length_or_one(cursor: &mut Cursor<'_>) -> Vec<u32> {
    match optional_numbers(cursor) {
        length if length.is_empty() => vec![1],
        length => length,
    }
}

/// `numeric(10)` has scale 0; `numeric` alone has none.
fn exact_number(base: &str, mut args: Vec<u32>) -> DataType {
    if args.len() == 1 {
        args.push(0);
    }
    plain(base, args)
}

fn character(cursor: &mut Cursor<'_>) -> DataType {
    if cursor.eat("VARYING") {
        plain("varchar", optional_numbers(cursor))
    } else {
        plain("char", length_or_one(cursor))
    }
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

/// A type by its name: `citext`, `public.mood`, `geometry(Point,4326)`. Modifiers that are not numbers stay in the name.
fn users_own(cursor: &mut Cursor<'_>) -> Result<DataType, Unread> {
    let start = *cursor;
    let quoted = cursor.kind(0) == Some(Kind::Quoted);
    let name = cursor.want_name("a type")?;
    let internal_char = quoted && name.schema.is_none() && name.object.value == "char";
    let mut base = if internal_char { "\"char\"".to_string() } else { name.to_string() };
    let mut args = Vec::new();
    if cursor.kind(0) == Some(Kind::Open) {
        match numbers(cursor) {
            Some(numbers) => args = numbers,
            None => {
                let modifiers = *cursor;
                cursor.step();
                base.extend(modifiers.source_to(cursor).split_whitespace());
            }
        }
        dialect::data_type(start.source_to(cursor), start.target)?;
    }
    Ok(plain(base, args))
}

// ---- MySQL and MariaDB

fn mysql(cursor: &mut Cursor<'_>) -> Result<TypeRead, Unread> {
    let mut read = match mysql_own(cursor)? {
        Some(read) => read,
        None => users_own(cursor)?.into(),
    };
    while attribute(cursor, &mut read.data_type) {}
    Ok(read)
}

/// Spelling and canonical base; the second table is of types whose number is only a display width.
#[rustfmt::skip]
const MYSQL_ALIASES: [(&str, &str); 20] = [
    ("bool", "tinyint"), ("boolean", "tinyint"), ("int1", "tinyint"), ("int2", "smallint"), ("int3", "mediumint"),
    ("middleint", "mediumint"), ("int4", "int"), ("integer", "int"), ("int8", "bigint"), ("dec", "decimal"), ("fixed",
    "decimal"), ("numeric", "decimal"), ("float4", "float"), ("float8", "double"), ("real", "double"), ("character",
    "char"), ("varcharacter", "varchar"), ("nvarchar", "varchar"), ("nchar", "char"), ("sql_tsi_year", "year"),
];
const MYSQL_INTEGERS: [&str; 6] = ["tinyint", "smallint", "mediumint", "int", "bigint", "year"];

/// Types without aliases and without a rule of their own.
#[rustfmt::skip]
const MYSQL_OTHERS: [&str; 36] = [
    "varchar", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "tinytext", "text", "mediumtext", "longtext",
    "date", "time", "datetime", "timestamp", "json", "geometry", "point", "linestring", "polygon", "multipoint",
    "multilinestring", "multipolygon", "geometrycollection", "geomcollection", "vector", "uuid", "inet4", "inet6",
    "xmltype", "varchar2", "clob", "raw", "number", "curve", "surface", "multicurve",
];

fn mysql_own(cursor: &mut Cursor<'_>) -> Result<Option<TypeRead>, Unread> {
    let Some(word) = cursor.word(0).map(str::to_ascii_lowercase) else { return Ok(None) };
    if cursor.kind(1) == Some(Kind::Dot) {
        return Ok(None);
    }
    cursor.step();
    let national = matches!(word.as_str(), "nchar" | "nvarchar" | "national");
    let base = MYSQL_ALIASES.iter().find(|(alias, _)| *alias == word).map_or(word.as_str(), |(_, base)| base);
    let mut data_type = match base {
        "enum" | "set" => DataType { labels: labels(cursor)?, ..DataType::simple(base) },
        "serial" => {
            let data_type = DataType { unsigned: true, ..DataType::simple("bigint") };
            let auto_number = Some(AutoNumber::AutoIncrement);
            return Ok(Some(TypeRead { data_type, auto_number, mysql_serial: true }));
        }
        "tinyint" if word.starts_with("bool") => plain(base, vec![1]),
        // A width of 1 is how clients tell booleans; other widths are display only.
        "tinyint" => plain(base, optional_numbers(cursor).into_iter().filter(|width| *width == 1).collect()),
        base if MYSQL_INTEGERS.contains(&base) => {
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
        "json" if cursor.target.engine == Engine::MariaDb => DataType::simple("longtext"),
        base if MYSQL_OTHERS.contains(&base) => match numbers(cursor) {
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
    Ok(labels.map(|token| literal_value(inside.source(*token), true)).collect())
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

/// Adds a character set or collation to what was said before.
pub(super) fn set_charset(data_type: &mut DataType, charset: Option<String>, collation: Option<String>) {
    let said = data_type.charset.get_or_insert(Charset { charset: None, collation: None });
    said.charset = charset.or(said.charset.take());
    said.collation = collation.or(said.collation.take());
}

// ---- SQLite

/// Words that end a type name in SQLite, where any run of words is a type.
#[rustfmt::skip]
const SQLITE_CONSTRAINTS: [&str; 12] = [
    "CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES", "GENERATED", "AS",
    "ON",
];

fn sqlite(cursor: &mut Cursor<'_>) -> Result<DataType, Unread> {
    let mut words: Vec<String> = Vec::new();
    while !cursor.at_end() && !cursor.is_any(&SQLITE_CONSTRAINTS) {
        match cursor.ident() {
            Some(word) => words.push(word.value.to_ascii_lowercase()),
            None => break,
        }
    }
    if words.is_empty() {
        return cursor.refuse("a type");
    }
    let mut data_type = DataType::simple(words.join(" "));
    if cursor.kind(0) == Some(Kind::Open) {
        match numbers(cursor) {
            Some(args) => data_type.args = args,
            // `decimal(+10, -5)` and `varchar(max)`: SQLite ignores what stands there.
            None => {
                cursor.step();
            }
        }
    }
    Ok(data_type)
}
