//! Text that came from outside, made safe inside Markdown.

use crate::order::Gather;

/// Text inside a paragraph or list item: code spans are kept, everything else means itself. One line.
pub fn inline(text: &str) -> String {
    escape(text, false)
}

/// The same inside a table cell.
pub fn cell(text: &str) -> String {
    escape(text, true)
}

/// A code span that holds any text.
pub fn code(text: &str) -> String {
    let text = one_line(text);
    let ticks = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// A fenced block, its fence longer than any run of backticks inside.
pub fn fence(language: &str, content: &str) -> String {
    let ticks = "`".repeat((longest_run(content) + 1).max(3));
    let language: String = language.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{ticks}{language}\n{}\n{ticks}\n", content.trim_end_matches('\n'))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().gather().join(" ")
}

fn escape(text: &str, in_table: bool) -> String {
    let text = one_line(text);
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text.as_str();
    while let Some(at) = rest.find('`') {
        let (before, from) = rest.split_at(at);
        plain(before, &mut out, in_table);
        match code_span(from) {
            Some((span, after)) => {
                out.push_str(&if in_table { span.replace('|', "\\|") } else { span.to_string() });
                rest = after;
            }
            None => {
                let after = from.trim_start_matches('`');
                out.push_str(&"\\`".repeat(from.len() - after.len()));
                rest = after;
            }
        }
    }
    plain(rest, &mut out, in_table);
    line_start(out)
}

/// A code span at the start of the text, and what follows it.
fn code_span(text: &str) -> Option<(&str, &str)> {
    let width = text.len() - text.trim_start_matches('`').len();
    let mut from = width;
    loop {
        let open = from + text.get(from..)?.find('`')?;
        let run = text.get(open..)?;
        let length = run.len() - run.trim_start_matches('`').len();
        if length == width {
            return text.split_at_checked(open + length);
        }
        from = open + length;
    }
}

fn plain(text: &str, out: &mut String, in_table: bool) {
    let mut before = out.chars().next_back();
    for (at, c) in text.char_indices() {
        let from_here = text.get(at..).unwrap_or("");
        let after = from_here.chars().nth(1);
        let word = |side: Option<char>| side.is_some_and(char::is_alphanumeric);
        match c {
            '<' => out.push_str("&lt;"),
            '&' if is_entity(from_here) => out.push_str("&amp;"),
            '[' | ']' | '*' => out.extend(['\\', c]),
            '_' if is_blank_line(text.get(..at).unwrap_or(""), from_here) => out.push(c),
            '_' if !(word(before) && word(after)) => out.extend(['\\', c]),
            '~' if before == Some('~') || after == Some('~') => out.extend(['\\', c]),
            '\\' if after.is_some_and(|next| next.is_ascii_punctuation()) => out.push_str("\\\\"),
            '|' if in_table => out.push_str("\\|"),
            _ => out.push(c),
        }
        before = Some(c);
    }
}

/// A run of underscores to write on, as in a form: no emphasis can start there.
fn is_blank_line(before: &str, from_here: &str) -> bool {
    let rest = from_here.trim_start_matches('_');
    before.trim_end_matches('_').ends_with(' ') && (rest.is_empty() || rest.starts_with(' '))
}

fn is_entity(text: &str) -> bool {
    let name: String = text.chars().skip(1).take_while(|c| c.is_ascii_alphanumeric() || *c == '#').collect();
    !name.is_empty() && text.get(1 + name.len()..).is_some_and(|rest| rest.starts_with(';'))
}

/// A line that starts like a heading, a list or a quotation means itself.
fn line_start(text: String) -> String {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let numbered =
        digits > 0 && text.get(digits..).is_some_and(|rest| rest.starts_with(". ") || rest.starts_with(") "));
    match text.chars().next() {
        Some('#' | '>' | '=' | '|' | '~' | '_') => format!("\\{text}"),
        Some('-' | '+') if text.get(1..).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '-'])) => {
            format!("\\{text}")
        }
        Some(_) if numbered => {
            let (number, rest) = text.split_at_checked(digits).unwrap_or((&text, ""));
            format!("{number}\\{rest}")
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_means_itself() {
        for (given, wanted) in [
            ("Rename users.name to users.full_name", "Rename users.name to users.full_name"),
            ("<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"),
            ("[x](javascript:1)", "\\[x\\](javascript:1)"),
            ("![x](y)", "!\\[x\\](y)"),
            ("*a* _b_ __c__ ~~d~~", "\\*a\\* \\_b\\_ \\_\\_c\\_\\_ \\~\\~d\\~\\~"),
            ("by: ____ (name)", "by: ____ (name)"),
            ("# a", "\\# a"),
            ("- a", "\\- a"),
            ("1. a", "1\\. a"),
            ("-1 row", "-1 row"),
            ("a\n\n# b", "a # b"),
            ("&lt; & b", "&amp;lt; & b"),
            ("`<b>` and ` alone", "`<b>` and \\` alone"),
            ("``a`b`` c", "``a`b`` c"),
        ] {
            assert_eq!(inline(given), wanted, "{given}");
        }
    }

    #[test]
    fn cells_keep_their_table() {
        assert_eq!(cell("a|b `c|d`"), "a\\|b `c\\|d`");
    }

    #[test]
    fn fences_are_longer_than_what_they_hold() {
        assert_eq!(fence("sql", "SELECT '````';\n"), "`````sql\nSELECT '````';\n`````\n");
        assert_eq!(code("a`b"), "``a`b``");
    }
}
