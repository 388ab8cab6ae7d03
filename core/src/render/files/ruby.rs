//! Ruby source: any text as a heredoc or a string literal.

/// `execute` of a statement: a quoted heredoc, in which nothing has a meaning, or an escaped string where a heredoc
/// would change control characters.
pub fn execute(indent: &str, sql: &str) -> String {
    if sql.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return format!("{indent}execute {}\n", string(sql));
    }
    let mark = terminator(sql);
    format!("{indent}execute <<-'{mark}'\n{sql}\n{indent}{mark}\n")
}

/// A literal in double quotes that means exactly this text.
pub fn string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '\\' | '"' | '#' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A word that is no line of the text.
fn terminator(text: &str) -> String {
    let is_line = |mark: &str| text.lines().any(|line| line.trim() == mark);
    let mut mark = "SQL".to_string();
    while is_line(&mark) {
        mark.push('_');
    }
    mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_heredoc_early() {
        assert_eq!(execute("", "a\n  SQL\nb"), "execute <<-'SQL_'\na\n  SQL\nb\nSQL_\n");
        assert_eq!(execute("", "a\r\n#{x}"), "execute \"a\\u{d}\\n\\#{x}\"\n");
    }
}
