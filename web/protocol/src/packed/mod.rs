//! Answers on their way from the worker to the page, as bytes: made of objects, a long plan would cost more than its making.
//!
//! The format is private to one build: fields have no names, numbers are as short as they can be. What answers are made
//! of can be packed (booleans, unsigned numbers, floats, texts, bytes, lists, options, structs, choices), nothing else.

mod bytes;
mod read;
mod write;

pub use bytes::Bytes;

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;

/// Packs an answer.
pub fn pack<T: Serialize>(answer: &T) -> Result<Bytes, Error> {
    let mut writer = write::Writer(Vec::new());
    answer.serialize(&mut writer)?;
    Ok(Bytes(writer.0))
}

/// The answer that was packed.
pub fn unpack<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Error> {
    let mut reader = read::Reader::new(&bytes.0);
    let answer = T::deserialize(&mut reader)?;
    if reader.is_done() { Ok(answer) } else { Err(Error("bytes of another build")) }
}

/// What went wrong: only ever a fault of the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error(&'static str);

impl Error {
    /// In words.
    pub fn words(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Error {}

impl serde::ser::Error for Error {
    fn custom<T: fmt::Display>(_: T) -> Error {
        Error("a value that cannot be packed")
    }
}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(_: T) -> Error {
        Error("bytes of another build")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Content, Files, ReadSizes, Size};
    use lockstep_core::report::File;
    use lockstep_core::{Report, Request};
    use serde::Deserialize;

    fn report(engine: &str, schema: Option<&str>, sql: &str) -> Report {
        let schema = schema.map(Into::into);
        lockstep_core::plan(&Request { sql: sql.into(), engine: engine.into(), schema, ..Request::default() })
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        let schema = Some("CREATE TABLE t (a int, b text);");
        for report in [
            report("postgres:16", schema, "ALTER TABLE t RENAME COLUMN a TO c; NOT SQL;"),
            report("mysql:8.0", None, "ALTER TABLE t MODIFY COLUMN a BIGINT NOT NULL; UPDATE t SET a = 1;"),
            report("sqlite:3.45", None, ""),
            report("nonsense", Some("CREATE"), "DROP TABLE \"é\";"),
        ] {
            assert_eq!(unpack::<Report>(&pack(&report).unwrap()).unwrap(), report);
        }
    }

    #[test]
    fn every_answer_comes_out_again() {
        let size =
            Size { table: "t".into(), rows: Some(7), bytes: None, index_bytes: Some(0), writes_per_s: Some(1.5) };
        let sizes = ReadSizes { tables: vec![size], longest_transaction_s: Some(9.0), ..ReadSizes::default() };
        let file = File { path: "a.sql".into(), content: "SELECT 1;".into(), transactional: true };
        for content in [
            Content::Plan(Box::new(report("postgres:16", None, "DROP TABLE t;"))),
            Content::Text("é".into()),
            Content::Files(Files { files: vec![file], ..Files::default() }),
            Content::Bytes(Bytes(vec![0, 255])),
            Content::Sizes(sizes),
        ] {
            assert_eq!(unpack::<Content>(&pack(&content).unwrap()).unwrap(), content);
        }
    }

    #[test]
    fn fields_that_are_skipped_keep_their_places() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Row {
            first: u64,
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            middle: Vec<String>,
            last: Option<f64>,
        }
        for middle in [vec![], vec!["x".to_string()]] {
            let row = Row { first: u64::MAX, middle, last: Some(-0.5) };
            let mut writer = write::Writer(Vec::new());
            row.serialize(&mut writer).unwrap();
            assert_eq!(unpack::<Row>(&Bytes(writer.0)).unwrap(), row);
        }
    }

    #[test]
    fn bytes_that_are_cut_or_strange_are_an_error() {
        let Bytes(whole) = pack(&report("postgres:16", None, "DROP TABLE t;")).unwrap();
        for end in 0..whole.len() {
            assert!(unpack::<Report>(&Bytes(whole[..end].to_vec())).is_err(), "{end}");
        }
        assert!(unpack::<Report>(&Bytes(vec![0xff; 4_000])).is_err());
        assert!(unpack::<Report>(&Bytes([whole, vec![0]].concat())).is_err());
    }
}
