//! Reading files: text or a clear refusal, and where a line of the joined text comes from.

use crate::Refusal;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

/// The files of a change, joined.
pub struct Sql {
    /// All of them, one after the other.
    pub text: String,
    /// Per file: its name and the number of lines before it.
    files: Vec<(String, usize)>,
}

impl Sql {
    /// No SQL: the change is derived from a wanted schema.
    pub fn none() -> Sql {
        Sql { text: String::new(), files: Vec::new() }
    }

    /// Reads the files in order; without any, standard input.
    pub fn read(paths: &[PathBuf]) -> Result<Sql, Refusal> {
        let stdin = [PathBuf::from("-")];
        let paths = match paths {
            [] if io::stdin().is_terminal() => {
                return Err("no SQL: name files, or pipe it in (lockstep plan FILE --engine postgres:16)".to_string());
            }
            [] => &stdin,
            paths => paths,
        };
        let mut sql = Sql { text: String::new(), files: Vec::new() };
        for path in paths {
            let text = read(path)?;
            if !sql.text.is_empty() && !sql.text.ends_with('\n') {
                sql.text.push('\n');
            }
            let lines_before = sql.text.bytes().filter(|byte| *byte == b'\n').count();
            sql.files.push((name(path), lines_before));
            sql.text.push_str(&text);
        }
        Ok(sql)
    }

    /// File and line of a line (from 1) of the joined text.
    pub fn place(&self, line: usize) -> (&str, usize) {
        match self.files.iter().rev().find(|(_, before)| *before < line) {
            Some((name, before)) => (name, line - before),
            None => ("-", line),
        }
    }
}

/// Reads one file, or standard input for `-`.
pub fn read(path: &Path) -> Result<String, Refusal> {
    let mut bytes = Vec::new();
    let outcome = match path.as_os_str() == "-" {
        true => io::stdin().lock().read_to_end(&mut bytes),
        false => File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)),
    };
    match outcome {
        Ok(_) => text(bytes).map_err(|why| format!("{}: {why}", name(path))),
        Err(error) => Err(format!("{}: {error}", name(path))),
    }
}

/// How a file is called in messages.
pub fn name(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_string() } else { path.display().to_string() }
}

fn text(mut bytes: Vec<u8>) -> Result<String, Refusal> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err("is UTF-16; convert it first: iconv -f UTF-16 -t UTF-8".to_string());
    }
    if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        format!("is not UTF-8 text at byte {at} (line {line}); convert it first, for example: iconv -f LATIN1 -t UTF-8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_not_text_and_says_where() {
        let refusal = text(b"SELECT 1;\n\xff".to_vec()).unwrap_err();
        assert!(refusal.contains("byte 10 (line 2)"), "{refusal}");
        assert!(text(vec![0xFF, 0xFE, b'a', 0]).unwrap_err().contains("UTF-16"));
        assert_eq!(text(b"\xEF\xBB\xBFa".to_vec()).as_deref(), Ok("a"));
    }

    #[test]
    fn lines_lead_back_to_their_file() {
        let sql = Sql { text: String::new(), files: vec![("a".to_string(), 0), ("b".to_string(), 2)] };
        assert_eq!([1, 2, 3, 9].map(|line| sql.place(line)), [("a", 1), ("a", 2), ("b", 1), ("b", 7)]);
    }
}
