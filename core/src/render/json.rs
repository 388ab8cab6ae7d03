//! The report as JSON: the public contract, `schema_version` 1.

mod pretty;

use crate::report::Report;
use pretty::Pretty;
use serde::Serialize;
use std::io::{self, Write};

/// Writes the same bytes as [`json`] without holding them all in memory.
pub fn json_into(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write(report, out)
}

/// The report as indented JSON, its fields in the order of the contract, with a line end.
pub fn json(report: &Report) -> String {
    let mut text = Vec::new();
    // Plain structs, lists and strings always serialise; numbers that are not finite become null.
    let written = write(report, &mut text).is_ok();
    String::from_utf8(text).ok().filter(|_| written).unwrap_or_default()
}

fn write(data: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut pretty = Pretty::new(out);
    data.serialize(&mut pretty)?;
    pretty.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Request;

    #[derive(Default, Serialize)]
    struct Item {
        text: String,
        word: Option<Word>,
        numbers: (),
        inside: Vec<Item>,
        #[serde(skip_serializing_if = "Option::is_none")]
        left_out: Option<u8>,
        size: f64,
        count: u64,
        yes: bool,
    }

    #[derive(Clone, Copy, Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        OfTwo,
    }

    fn ours(data: &impl Serialize) -> String {
        let mut text = Vec::new();
        assert!(write(data, &mut text).is_ok());
        String::from_utf8(text).unwrap_or_default()
    }

    fn theirs(data: &impl Serialize) -> String {
        serde_json::to_string_pretty(data).unwrap_or_default() + "\n"
    }

    #[test]
    fn looks_like_everybody_elses() {
        let deep = (0..40_u32).fold(Item::default(), |inside, n| {
            let left_out = (n % 2 == 0).then_some(1);
            let size = if n == 7 { f64::NAN } else { 0.1 * f64::from(n).exp() };
            let sibling = Item { word: Some(Word::OfTwo), yes: true, ..Item::default() };
            Item { inside: vec![inside, sibling], left_out, size, count: u64::from(n), ..Item::default() }
        });
        assert_eq!(ours(&deep), theirs(&deep));
    }

    #[test]
    fn escapes_every_character_wherever_it_stands() {
        let characters = (0..=0x2ff).filter_map(char::from_u32).chain("\u{2028}€\u{10ffff}".chars());
        for c in characters {
            for before in 0..18 {
                let texts = vec![format!("{}{c}{}", "a".repeat(before), "z".repeat(18 - before)), "é".repeat(before)];
                assert_eq!(ours(&texts), theirs(&texts));
            }
        }
    }

    #[test]
    fn a_long_report_arrives_whole() {
        let sql = "ALTER TABLE \"a\\b\" ADD COLUMN c int NOT NULL, DROP COLUMN d;\n".repeat(100);
        let report = crate::plan(&Request { sql, engine: "postgres:16".to_string(), ..Request::default() });
        let mut arrived = Vec::new();
        assert!(json_into(&report, &mut arrived).is_ok());
        assert!(arrived.len() > 1 << 17);
        assert_eq!(String::from_utf8(arrived), Ok(theirs(&report)));
    }

    #[test]
    fn a_writer_that_refuses_is_heard() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let texts = vec!["x".repeat(100); 10_000];
        assert_eq!(write(&texts, &mut Full).map_err(|error| error.kind()), Err(io::ErrorKind::StorageFull));
    }
}
