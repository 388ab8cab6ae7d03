//! Statements as text that a client can run: terminators, delimiters, comments.

use crate::order::Gather;
use crate::report::Report;
use crate::target::Target;

/// Writes statements for the command-line client of the report's engine.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    /// The client cuts at `;` even inside a routine body, so such statements need `DELIMITER`.
    cuts_bodies: bool,
}

impl Script {
    /// For the engine of a report.
    pub fn of(report: &Report) -> Self {
        let cuts_bodies = Target::parse(&report.engine).is_ok_and(|target| target.engine().is_mysql_family());
        Script { cuts_bodies }
    }

    /// For a driver that sends each text as it is.
    pub fn server() -> Self {
        Script { cuts_bodies: false }
    }

    /// Statements, one below the other, each terminated.
    pub fn statements(self, sql: &[String]) -> String {
        let parts: Vec<String> = sql.iter().map(|statement| self.statement(statement)).gather();
        parts.join("\n")
    }

    /// One statement, terminated.
    pub fn statement(self, sql: &str) -> String {
        let body = bare(sql);
        match self.cuts_bodies && has_body(body) {
            true => {
                let mark = delimiter(body);
                format!("DELIMITER {mark}\n{body}{}{mark}\nDELIMITER ;", line_end(body))
            }
            false => format!("{body}{};", line_end(body)),
        }
    }
}

/// A statement without its terminator and without space around it.
pub fn bare(sql: &str) -> &str {
    let trimmed = sql.trim();
    match trimmed.strip_suffix(';') {
        Some(rest) if !ends_in_comment(trimmed) => rest.trim_end(),
        _ => trimmed,
    }
}

/// Every line behind a comment mark, so that nothing of the text can run.
pub fn comment(mark: &str, text: &str) -> String {
    let lines: Vec<String> = text
        .split(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}', '\0'])
        .map(|line| format!("{mark} {line}").trim_end().to_string())
        .gather();
    lines.join("\n")
}

/// First word in upper case, comments before it left out.
pub fn first_word(sql: &str) -> String {
    let mut rest = sql.trim_start();
    loop {
        let after = match rest {
            _ if rest.starts_with("--") || rest.starts_with('#') => rest.split_once('\n').map(|(_, after)| after),
            _ if rest.starts_with("/*") && !rest.starts_with("/*!") => rest.split_once("*/").map(|(_, after)| after),
            _ => break,
        };
        rest = after.unwrap_or("").trim_start();
    }
    rest.chars().take_while(|c| c.is_ascii_alphabetic()).collect::<String>().to_ascii_uppercase()
}

/// The last line may be a line comment: what is appended then goes on the next line.
fn line_end(body: &str) -> &'static str {
    if ends_in_comment(body) { "\n" } else { "" }
}

fn ends_in_comment(sql: &str) -> bool {
    sql.lines().last().is_some_and(|line| line.contains("--") || line.contains('#'))
}

fn has_body(body: &str) -> bool {
    body.contains(';') && matches!(first_word(body).as_str(), "CREATE" | "ALTER" | "BEGIN")
}

fn delimiter(body: &str) -> &'static str {
    ["//", "$$", ";;", "@@@@"].into_iter().find(|mark| !body.contains(mark)).unwrap_or("@@DELIMITER@@")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Script = Script { cuts_bodies: false };
    const CUTS: Script = Script { cuts_bodies: true };

    #[test]
    fn statements_end_with_one_terminator() {
        for (given, wanted) in [
            ("SELECT 1", "SELECT 1;"),
            ("SELECT 1;\n", "SELECT 1;"),
            ("SELECT 1 -- why", "SELECT 1 -- why\n;"),
            ("SELECT 1 -- why;", "SELECT 1 -- why;\n;"),
        ] {
            assert_eq!(PLAIN.statement(given), wanted);
        }
    }

    #[test]
    fn routine_bodies_get_a_delimiter_where_the_client_cuts() {
        let body = "CREATE TRIGGER t BEFORE INSERT ON u FOR EACH ROW BEGIN SET NEW.a = 1; END";
        assert_eq!(CUTS.statement(body), format!("DELIMITER //\n{body}//\nDELIMITER ;"));
        assert_eq!(PLAIN.statement(body), format!("{body};"));
        assert_eq!(CUTS.statement("UPDATE t SET a = ';'"), "UPDATE t SET a = ';';");
    }

    #[test]
    fn comments_cannot_be_left() {
        assert_eq!(comment("--", "a\nDROP TABLE b\r\n"), "-- a\n-- DROP TABLE b\n--\n--");
    }

    #[test]
    fn the_first_word_is_found_behind_comments() {
        assert_eq!(first_word("-- a\n/* b */ create index"), "CREATE");
        assert_eq!(first_word("-- only"), "");
    }
}
