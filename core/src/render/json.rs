//! The report as JSON: the public contract, `schema_version` 1.

use crate::report::Report;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use std::io::{self, Write};

/// Writes the same bytes as [`json`] without holding them all in memory.
pub fn json_into(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut chunks = Chunks { out, bytes: Vec::with_capacity(2 * CHUNK) };
    write(report, &mut chunks)?;
    chunks.flush()
}

/// The report as indented JSON, its fields in the order of the contract, with a line end.
pub fn json(report: &Report) -> String {
    let mut text = Vec::new();
    // Plain structs, lists and strings always serialise; numbers that are not finite become null.
    let written = write(report, &mut text).is_ok();
    String::from_utf8(text).ok().filter(|_| written).unwrap_or_default()
}

fn write<W: Write>(report: &Report, out: &mut W) -> io::Result<()> {
    report.serialize(&mut Serializer::with_formatter(&mut *out, Indented::default()))?;
    out.write_all(b"\n")
}

/// So many bytes are handed on at a time.
const CHUNK: usize = 1 << 16;

/// Collects the many small writes of a serialiser. [`std::io::BufWriter`] does the same at twice the price: a report of
/// 30 MB is millions of writes of a few bytes.
struct Chunks<'a> {
    out: &'a mut dyn Write,
    bytes: Vec<u8>,
}

impl Write for Chunks<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() < CHUNK { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.bytes)?;
        self.bytes.clear();
        Ok(())
    }
}

/// Two spaces a level, as [`serde_json::ser::PrettyFormatter`] writes it, but a line end and its indent in one write.
#[derive(Default)]
struct Indented {
    depth: usize,
    /// Something stands in the innermost list or object.
    filled: bool,
}

/// A comma, a line end and the indent of the deepest level that a report has, and more.
const NEXT_LINE: &str = ",\n                                ";

impl Indented {
    fn line<W: ?Sized + Write>(&self, out: &mut W, comma: bool) -> io::Result<()> {
        let (from, to) = (usize::from(!comma), 2 + 2 * self.depth);
        match NEXT_LINE.get(from..to) {
            Some(line) => out.write_all(line.as_bytes()),
            None => write!(out, "{}\n{:2$}", if comma { "," } else { "" }, "", 2 * self.depth),
        }
    }

    fn open<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.filled = false;
        out.write_all(bracket)
    }

    fn close<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        if self.filled {
            self.line(out, false)?;
        }
        out.write_all(bracket)
    }
}

impl Formatter for Indented {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.line(out, !first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.line(out, !first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn ours(value: &Value) -> String {
        let mut text = Vec::new();
        let written = value.serialize(&mut Serializer::with_formatter(&mut text, Indented::default()));
        assert!(written.is_ok());
        String::from_utf8(text).unwrap_or_default()
    }

    #[test]
    fn looks_like_everybody_elses() {
        let deep =
            (0..40).fold(
                json!("x"),
                |inside, n| if n % 2 == 0 { json!([inside, {}]) } else { json!({ "k": inside, "n": n }) },
            );
        for value in [json!({}), json!([]), json!({ "a": [], "b": { "c": [1, "é\n\"", null] }, "d": {} }), deep] {
            assert_eq!(Ok(ours(&value)), serde_json::to_string_pretty(&value).map_err(drop));
        }
    }

    #[test]
    fn chunks_arrive_whole_and_in_order() {
        let mut arrived = Vec::new();
        let mut chunks = Chunks { out: &mut arrived, bytes: Vec::new() };
        let parts: Vec<String> = (0..50_000).map(|n| n.to_string()).collect();
        assert!(parts.iter().all(|part| chunks.write_all(part.as_bytes()).is_ok()) && chunks.flush().is_ok());
        assert_eq!(arrived, parts.concat().into_bytes());
    }
}
