//! Cases as text: a file of `engine | SQL` lines, each followed by what is read from it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop")]

mod agree;
mod hostile;
mod show;

use super::*;
use crate::target::Target;

/// The cases: the family's entry, the file's name, the file.
const FAMILIES: [(&str, &str); 8] = [
    ("table", include_str!("table.txt")),
    ("column", include_str!("column.txt")),
    ("type", include_str!("type.txt")),
    ("expr", include_str!("expr.txt")),
    ("alter", include_str!("alter.txt")),
    ("index", include_str!("index.txt")),
    ("dml", include_str!("dml.txt")),
    ("view", include_str!("view.txt")),
];

fn read(family: &str, sql: &str, target: Target) -> String {
    let table = Name::new("t");
    let result = match family {
        "table" => create_table(sql, target).map(|change| show::changes(&[change])),
        "column" => alter_action(&table, &format!("ADD COLUMN {sql}"), target).map(|changes| show::changes(&changes)),
        "alter" => alter_action(&table, sql, target).map(|changes| show::changes(&changes)),
        "index" => create_index(sql, target).map(|change| show::changes(&[change])),
        "dml" => dml(sql, target).map(|change| show::changes(&[change])),
        "view" => create_view(sql, target).map(|change| show::changes(&[change])),
        "expr" => Ok(show::expr(&expr(sql, target))),
        "type" => Ok(data_type(sql, target).map_or("none".to_string(), |data_type| show::data_type(&data_type))),
        other => panic!("no family {other}"),
    };
    result.unwrap_or_else(|unread| format!("{unread:?}"))
}

/// A case is `engines | SQL` and, below it, indented, what is read. `\n` in the SQL is a line break.
#[test]
fn cases_read_as_written() {
    let rewrite = std::env::var_os("UPDATE_CASES").is_some();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (family, file) in FAMILIES {
        let mut out = String::new();
        let mut lines = file.lines().peekable();
        while let Some(line) = lines.next() {
            let Some((engines, sql)) = line.split_once(" | ").filter(|_| !line.starts_with('#')) else {
                out.push_str(line);
                out.push('\n');
                continue;
            };
            let wanted = lines.next_if(|next| next.starts_with("    ")).unwrap_or("").trim();
            let mut got = Vec::new();
            for engine in engines.split_whitespace() {
                let target = Target::parse(engine).expect("a target");
                got.push(read(family, &sql.replace("\\n", "\n"), target));
                count += 1;
                if got.last().is_none_or(|got| got != wanted) {
                    wrong.push(format!(
                        "{family}, {engine}: {sql}\n  wanted {wanted}\n  got    {}",
                        got.last().unwrap()
                    ));
                }
            }
            out.push_str(&format!("{line}\n    {}\n", got.first().unwrap()));
        }
        if rewrite {
            let path = format!("{}/src/parse/inside/tests/{family}.txt", env!("CARGO_MANIFEST_DIR"));
            std::fs::write(path, out).expect("written");
        }
    }
    assert!(count > 100, "only {count} cases");
    assert!(wrong.is_empty() || rewrite, "{} of {count} cases wrong:\n{}", wrong.len(), wrong.join("\n"));
}
