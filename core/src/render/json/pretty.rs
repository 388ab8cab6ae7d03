//! Indented JSON of plain data: structs, lists, texts, numbers, words. The same bytes as `serde_json` writes, sooner: a
//! report of 30 MB is a million short texts, and `serde_json` looks at each byte of them on its own.

use serde::ser::{self, Error as _, Impossible, Serialize};
use std::fmt::{self, Display};
use std::io::{self, Write};

/// So many bytes are handed on at a time.
const CHUNK: usize = 1 << 16;

/// A line end and the indent of the deepest level that a report has, and more. Copied whole and cut: a copy of
/// known length is a few instructions.
const NEXT_LINE: [u8; 33] = *b"\n                                ";

/// A writer of JSON. Dropping it loses what was not yet handed on; see [`Pretty::finish`].
pub(super) struct Pretty<'a> {
    out: &'a mut dyn Write,
    bytes: Vec<u8>,
    depth: usize,
    /// Something stands in the innermost list or object.
    filled: bool,
}

/// Why it could not be written.
#[derive(Debug)]
pub(super) enum Failed {
    /// The writer refused.
    Io(io::Error),
    /// The data is not plain.
    Unfit(String),
}

impl<'a> Pretty<'a> {
    pub fn new(out: &'a mut dyn Write) -> Self {
        Pretty { out, bytes: Vec::with_capacity(2 * CHUNK), depth: 0, filled: false }
    }

    /// Ends the line and hands on the rest.
    pub fn finish(mut self) -> io::Result<()> {
        self.bytes.push(b'\n');
        self.out.write_all(&self.bytes)
    }

    fn text(&mut self, text: &str) -> Result<(), Failed> {
        if !is_plain(text.as_bytes()) {
            return self.by_serde(&text);
        }
        self.bytes.reserve(text.len() + 2);
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.push(b'"');
        Ok(())
    }

    /// Numbers, and texts with something to escape.
    fn by_serde(&mut self, value: &impl Serialize) -> Result<(), Failed> {
        serde_json::to_writer(&mut self.bytes, value).map_err(Failed::custom)
    }

    fn word(&mut self, word: &str) -> Result<(), Failed> {
        self.bytes.extend_from_slice(word.as_bytes());
        Ok(())
    }

    fn open(&mut self, bracket: u8) -> &mut Self {
        self.bytes.push(bracket);
        self.depth += 1;
        self.filled = false;
        self
    }

    fn close(&mut self, bracket: u8) -> Result<(), Failed> {
        self.depth = self.depth.saturating_sub(1);
        if self.filled {
            self.line(false);
        }
        self.filled = true;
        self.bytes.push(bracket);
        if self.bytes.len() >= CHUNK {
            self.out.write_all(&self.bytes).map_err(Failed::Io)?;
            self.bytes.clear();
        }
        Ok(())
    }

    /// To the next item of a list or object.
    fn next(&mut self) {
        self.line(self.filled);
    }

    fn line(&mut self, comma: bool) {
        if comma {
            self.bytes.push(b',');
        }
        let length = self.bytes.len() + 1 + 2 * self.depth;
        self.bytes.extend_from_slice(&NEXT_LINE);
        match 2 * self.depth < NEXT_LINE.len() {
            true => self.bytes.truncate(length),
            false => self.bytes.resize(length, b' '),
        }
    }
}

/// Nothing in it needs a backslash. Looks at eight bytes at a time; the last eight may overlap those before them.
fn is_plain(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    let last = match bytes.last_chunk() {
        Some(last) => u64::from_le_bytes(*last),
        None => rest.iter().fold(u64::from_le_bytes([b' '; 8]), |word, byte| word << 8 | u64::from(*byte)),
    };
    words.iter().fold(special(last), |found, word| found | special(u64::from_le_bytes(*word))) == 0
}

/// Not 0 if one of the eight bytes is a control character, a quote or a backslash.
fn special(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let control = word.wrapping_sub(ONES * b' ' as u64) & !word;
    let equal = |byte: u8| {
        let differs = word ^ (ONES * u64::from(byte));
        differs.wrapping_sub(ONES) & !differs
    };
    (control | equal(b'"') | equal(b'\\')) & HIGH
}

impl Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failed::Io(error) => error.fmt(f),
            Failed::Unfit(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for Failed {}

impl ser::Error for Failed {
    fn custom<T: Display>(why: T) -> Self {
        Failed::Unfit(why.to_string())
    }
}

impl From<Failed> for io::Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Io(error) => error,
            Failed::Unfit(why) => io::Error::other(why),
        }
    }
}

fn unfit<T>() -> Result<T, Failed> {
    Err(Failed::custom("only plain data is written as a report"))
}

impl<'p, 'a> ser::Serializer for &'p mut Pretty<'a> {
    type Ok = ();
    type Error = Failed;
    type SerializeSeq = Self;
    type SerializeStruct = Self;
    type SerializeTuple = Impossible<(), Failed>;
    type SerializeTupleStruct = Impossible<(), Failed>;
    type SerializeTupleVariant = Impossible<(), Failed>;
    type SerializeMap = Impossible<(), Failed>;
    type SerializeStructVariant = Impossible<(), Failed>;

    fn serialize_bool(self, value: bool) -> Result<(), Failed> {
        self.word(if value { "true" } else { "false" })
    }
    fn serialize_i8(self, value: i8) -> Result<(), Failed> {
        self.by_serde(&value)
    }
    fn serialize_i16(self, value: i16) -> Result<(), Failed> {
        self.by_serde(&value)
    }
    fn serialize_i32(self, value: i32) -> Result<(), Failed> {
        self.by_serde(&value)
    }
    fn serialize_i64(self, value: i64) -> Result<(), Failed> {
        self.by_serde(&value)
    }
    fn serialize_u8(self, value: u8) -> Result<(), Failed> {
        self.by_serde(&value)
    }
    fn serialize_u16(self, value: u16) -> Result<(), Failed> {
        self.by_serde(&value)
    }
    fn serialize_u32(self, value: u32) -> Result<(), Failed> {
        self.by_serde(&value)
    }
    fn serialize_u64(self, value: u64) -> Result<(), Failed> {
        self.by_serde(&value)
    }
    fn serialize_f32(self, value: f32) -> Result<(), Failed> {
        self.by_serde(&value)
    }
    fn serialize_f64(self, value: f64) -> Result<(), Failed> {
        // Most times are nothing.
        if value.to_bits() == 0 {
            return self.word("0.0");
        }
        self.by_serde(&value)
    }
    fn serialize_char(self, value: char) -> Result<(), Failed> {
        self.by_serde(&value)
    }
    fn serialize_str(self, value: &str) -> Result<(), Failed> {
        self.text(value)
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<(), Failed> {
        unfit()
    }
    fn serialize_none(self) -> Result<(), Failed> {
        self.word("null")
    }
    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), Failed> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Failed> {
        self.word("null")
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Failed> {
        self.word("null")
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Failed> {
        self.text(variant)
    }
    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Result<(), Failed> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Failed> {
        unfit()
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Failed> {
        Ok(self.open(b'['))
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Failed> {
        unfit()
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Failed> {
        unfit()
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Failed> {
        unfit()
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Failed> {
        unfit()
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Failed> {
        Ok(self.open(b'{'))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Failed> {
        unfit()
    }
}

impl ser::SerializeSeq for &mut Pretty<'_> {
    type Ok = ();
    type Error = Failed;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Failed> {
        self.next();
        value.serialize(&mut **self)?;
        self.filled = true;
        Ok(())
    }

    fn end(self) -> Result<(), Failed> {
        self.close(b']')
    }
}

impl ser::SerializeStruct for &mut Pretty<'_> {
    type Ok = ();
    type Error = Failed;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Result<(), Failed> {
        self.next();
        // Names of fields are words: nothing in them to escape.
        self.bytes.push(b'"');
        self.word(name)?;
        self.word("\": ")?;
        value.serialize(&mut **self)?;
        self.filled = true;
        Ok(())
    }

    fn end(self) -> Result<(), Failed> {
        self.close(b'}')
    }
}
