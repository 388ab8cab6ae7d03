//! Python source: any text as a string literal.

/// A literal that means exactly this text: one line in double quotes, several lines in triple quotes.
pub fn string(text: &str) -> String {
    if !text.contains('\n') {
        return format!("\"{}\"", escaped(text, true));
    }
    format!("\"\"\"{}\"\"\"", escaped(text, false))
}

fn escaped(text: &str, one_line: bool) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        let rest = text.get(at + c.len_utf8()..).unwrap_or("");
        match c {
            '\\' => out.push_str("\\\\"),
            // Inside triple quotes one quote is plain, unless it ends the text or another follows.
            '"' if one_line || rest.is_empty() || rest.starts_with('"') => out.push_str("\\\""),
            '\n' => out.push('\n'),
            '\t' if !one_line => out.push('\t'),
            c if c.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_literal_early() {
        for (text, wanted) in [
            ("a", r#""a""#),
            (r#"a"b\c"#, r#""a\"b\\c""#),
            ("a\n\"b\"", "\"\"\"a\n\"b\\\"\"\"\""),
            ("a\n\"\"\"\"b", "\"\"\"a\n\\\"\\\"\\\"\"b\"\"\""),
            ("a\rb\0", r#""a\x0db\x00""#),
        ] {
            assert_eq!(string(text), wanted);
        }
    }
}
