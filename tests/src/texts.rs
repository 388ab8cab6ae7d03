//! Text to be planned that nobody would write: fragments of SQL in any order, damaged scripts, arbitrary characters.

use crate::cases::cases;
use proptest::prelude::*;

const FRAGMENTS: &[&str] = &[
    "ALTER TABLE ",
    "CREATE TABLE ",
    "CREATE UNIQUE INDEX CONCURRENTLY ",
    "DROP ",
    "RENAME TO ",
    "ADD COLUMN ",
    "ALTER COLUMN ",
    "TYPE bigint USING ",
    "SET NOT NULL",
    "ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES b (c)",
    "NOT VALID",
    "VALIDATE CONSTRAINT ",
    "INSERT INTO t VALUES ",
    "UPDATE t SET a = ",
    "DELETE FROM ",
    "BEGIN",
    "COMMIT",
    "END",
    "CASE WHEN ",
    "DO $$",
    "$$",
    "$body$",
    "E'\\'",
    "'",
    "''",
    "\"",
    "\"\"",
    "`",
    "[",
    "]",
    "--",
    "/*",
    "*/",
    "/*!50100 ",
    "#",
    "\\copy ",
    "\\.\n",
    "COPY t FROM stdin;\n",
    "DELIMITER $$\n",
    "DELIMITER ;\n",
    ";",
    ";;",
    ",",
    "(",
    ")",
    "((((",
    "))))",
    ".",
    "::",
    "->",
    "1e309",
    "0x",
    "@@x",
    ":=",
    "\0",
    "\u{feff}",
    "é😀",
    "\u{202e}",
    "\r\n",
    "\n",
    " ",
    "\t",
    "users",
    "\"Order \"\"Lines\"\"\"",
    "public.",
    "a",
    "int",
    "enum('a','b')",
    "DEFAULT now()",
    "PRAGMA foreign_keys=OFF",
    "PARTITION BY RANGE (a)",
    "CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW ",
    "CREATE TYPE m AS ENUM ('a')",
    "ALTER TYPE m ADD VALUE 'b'",
    "LOCK TABLE t",
    "SELECT ",
    "1+",
    " AND ",
    " UNION ALL ",
    "NULL",
];

/// Any text: fragments, damaged scripts, arbitrary characters.
pub fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::collection::vec(proptest::sample::select(FRAGMENTS), 0..40).prop_map(|parts| parts.concat()),
        4 => damaged(),
        1 => any::<String>(),
        1 => "\\PC{0,60}",
    ]
}

/// A fixture's script with a piece cut out, doubled, or replaced by a fragment.
fn damaged() -> impl Strategy<Value = String> {
    let scripts: Vec<String> = cases("").into_iter().map(|case| case.request.sql).collect();
    let fragment = proptest::sample::select(FRAGMENTS);
    (proptest::sample::select(scripts), any::<(prop::sample::Index, prop::sample::Index)>(), fragment, 0..4u8).prop_map(
        |(script, (one, two), fragment, how)| {
            let cut = |index: prop::sample::Index| {
                let at = index.index(script.len() + 1);
                (0..=at).rev().find(|i| script.is_char_boundary(*i)).unwrap_or(0)
            };
            let (from, to) = (cut(one).min(cut(two)), cut(one).max(cut(two)));
            let (head, piece, tail) = (&script[..from], &script[from..to], &script[to..]);
            match how {
                0 => format!("{head}{tail}"),
                1 => format!("{head}{piece}{piece}{tail}"),
                2 => format!("{head}{fragment}{tail}"),
                _ => format!("{head}{fragment}{piece}{tail}"),
            }
        },
    )
}
