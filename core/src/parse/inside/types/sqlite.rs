//! SQLite's types: any run of words.

use super::super::Unread;
use super::super::cursor::Cursor;
use super::super::tokens::Kind;
use super::numbers;
use crate::change::DataType;

/// Words that end a type name in SQLite, where any run of words is a type.
#[rustfmt::skip]
const CONSTRAINTS: [&str; 12] = [
    "CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES", "GENERATED", "AS",
    "ON",
];

/// The type that stands here.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<DataType, Unread> {
    let mut words: Vec<String> = Vec::new();
    while !cursor.at_end() && !cursor.is_any(&CONSTRAINTS) {
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
