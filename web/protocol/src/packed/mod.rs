//! Reports on their way from the worker to the page, as bytes: made of objects, a long one would cost more than its plan.
//!
//! The format is private to one build: fields have no names, numbers are as short as they can be. What a report is made
//! of can be packed (booleans, unsigned numbers, floats, texts, lists, options, structs, plain choices), nothing else.

mod bytes;
mod read;
mod write;

pub use bytes::Bytes;

use lockstep_core::Report;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Packs a report.
pub fn pack(report: &Report) -> Result<Bytes, Error> {
    let mut writer = write::Writer(Vec::new());
    report.serialize(&mut writer)?;
    Ok(Bytes(writer.0))
}

/// The report that was packed.
pub fn unpack(bytes: &Bytes) -> Result<Report, Error> {
    let mut reader = read::Reader(&bytes.0);
    let report = Report::deserialize(&mut reader)?;
    if reader.0.is_empty() { Ok(report) } else { Err(Error("something is left over")) }
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
    use lockstep_core::Request;

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
            assert_eq!(unpack(&pack(&report).unwrap()).unwrap(), report);
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
            assert_eq!(Row::deserialize(&mut read::Reader(&writer.0)).unwrap(), row);
        }
    }

    #[test]
    fn bytes_that_are_cut_or_strange_are_an_error() {
        let Bytes(whole) = pack(&report("postgres:16", None, "DROP TABLE t;")).unwrap();
        for end in 0..whole.len() {
            assert!(unpack(&Bytes(whole[..end].to_vec())).is_err(), "{end}");
        }
        assert!(unpack(&Bytes(vec![0xff; 4_000])).is_err());
        assert!(unpack(&Bytes([whole, vec![0]].concat())).is_err());
    }
}
