//! Column types: spelling in, canonical name out.
//!
//! In: a place where a type stands. Out: [`DataType`], its aliases resolved within the engine, so that two types of one meaning
//! compare equal: PostgreSQL `decimal(10)` is `numeric(10,0)`, MySQL `integer(11)` is `int`. The servers' own types are few and
//! stand in tables, from PostgreSQL "Data Types", MySQL "Data Types" and "Using Data Types from Other Database Engines", MariaDB
//! "Data Types"; any other name is the user's own type. Never: a changed `text`.

mod mysql;
mod postgres;
mod sqlite;

use super::Unread;
use super::cursor::Cursor;
use super::tokens::Kind;
use crate::change::{AutoNumber, Charset, DataType};
use crate::order::GatherAll;
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
    let mut read = match cursor.target.engine() {
        Engine::Postgres => postgres::read(cursor)?,
        Engine::MySql | Engine::MariaDb => mysql::read(cursor)?,
        Engine::Sqlite => sqlite::read(cursor)?.into(),
    };
    // `serial` is no type: a column of it has a whole number.
    read.data_type.text = match read.auto_number {
        Some(AutoNumber::Serial) => read.data_type.base.clone(),
        _ => start.source_to(cursor).to_string(),
    };
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
        .gather_all();
    if numbers.is_some() {
        *cursor = ahead;
    }
    numbers
}

fn optional_numbers(cursor: &mut Cursor<'_>) -> Vec<u32> {
    numbers(cursor).unwrap_or_default()
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

/// A type by its name: `citext`, `public.mood`, `geometry(Point,4326)`. Modifiers that are not numbers stay in the name.
fn users_own(cursor: &mut Cursor<'_>) -> Result<DataType, Unread> {
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
                if !modifiers.up_to(cursor).remaining().iter().all(|token| is_of_modifiers(token.kind)) {
                    return modifiers.refuse("modifiers of a type");
                }
                base.extend(modifiers.source_to(cursor).split_whitespace());
            }
        }
    }
    Ok(plain(base, args))
}

/// `(Point, 4326)`: words, numbers and strings.
fn is_of_modifiers(kind: Kind) -> bool {
    matches!(kind, Kind::Open | Kind::Word | Kind::Quoted | Kind::Text | Kind::Number | Kind::Comma | Kind::Close)
}

/// Adds a character set or collation to what was said before.
pub(super) fn set_charset(data_type: &mut DataType, charset: Option<String>, collation: Option<String>) {
    let said = data_type.charset.get_or_insert(Charset { charset: None, collation: None });
    said.charset = charset.or(said.charset.take());
    said.collation = collation.or(said.collation.take());
}
