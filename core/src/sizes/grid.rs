//! Text laid out in lines to rows of cells, whatever drew the lines.

use crate::order::Gather;
use crate::source::Span;

/// A cell and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub text: String,
    pub span: Span,
}

/// A line of cells.
pub(super) type Row = Vec<Field>;

/// Rows of a text. Rules, footers and empty lines are left out; a record printed line by line (`\x`, `\G`) becomes a
/// header row and a value row.
pub(super) fn read(text: &str) -> Vec<Row> {
    let lines: Vec<(usize, &str)> = lines(text).filter(|(_, line)| !is_rule(line) && !is_footer(line)).gather();
    if lines.iter().any(|(_, line)| is_record_head(line)) {
        return records(&lines);
    }
    let separator = separator(&lines);
    lines.iter().map(|(start, line)| cells(line, *start, separator)).filter(|row| !row.is_empty()).gather()
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        let bare = line.trim_start_matches('\u{feff}');
        (!bare.trim().is_empty()).then_some((start + line.len() - bare.len(), bare))
    })
}

/// `+-----+`, `----+----`, `|---|:--:|`, `═══╪═══`.
fn is_rule(line: &str) -> bool {
    let rule = |c: char| matches!(c, '+' | '-' | '|' | ':' | '=' | ' ' | '\u{2500}'..='\u{257f}');
    line.chars().all(rule) && line.contains(['-', '=', '─', '═'])
}

/// `(3 rows)`, `3 rows in set (0.00 sec)`, `Time: 1.2 ms`, `Query OK`.
fn is_footer(line: &str) -> bool {
    let line = line.trim().to_ascii_lowercase();
    let counted = line.trim_start_matches('(').trim_start_matches(|c: char| c.is_ascii_digit());
    let counted = counted.strip_prefix(" row").unwrap_or("");
    counted == ")"
        || counted == "s)"
        || counted.contains(" in set")
        || line.starts_with("time: ")
        || line.starts_with('#')
}

/// `-[ RECORD 1 ]---`, `*** 1. row ***`.
fn is_record_head(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("-[ RECORD")
        || line.starts_with("─[ RECORD")
        || (line.starts_with("***") && line.contains(". row"))
}

fn records(lines: &[(usize, &str)]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let (mut names, mut values): (Row, Row) = (Vec::new(), Vec::new());
    let mut flush = |names: &mut Row, values: &mut Row| {
        if !names.is_empty() {
            rows.push(std::mem::take(names));
            rows.push(std::mem::take(values));
        }
    };
    for (start, line) in lines {
        if is_record_head(line) {
            flush(&mut names, &mut values);
        } else if let Some((name, value)) = line.split_once(['|', ':']) {
            names.push(field(name, *start));
            values.push(field(value, *start + name.len() + 1));
        }
    }
    flush(&mut names, &mut values);
    rows
}

/// What parts the cells.
#[derive(Clone, Copy, PartialEq)]
enum Separator {
    Char(char),
    Spaces,
}

/// The first of these that a line holds: bars, tabs, semicolons, commas, equals signs, colons; spaces else.
fn separator(lines: &[(usize, &str)]) -> Separator {
    let first = lines.first().map_or("", |(_, line)| line);
    let quoted_away: String = first.split('"').step_by(2).collect();
    let found = ['|', '│', '\t', ';', ',', '='].into_iter().find(|c| quoted_away.contains(*c));
    let colon = || quoted_away.contains(": ").then_some(':');
    found.or_else(colon).map_or(Separator::Spaces, Separator::Char)
}

fn cells(line: &str, start: usize, separator: Separator) -> Row {
    match separator {
        Separator::Spaces => spaced(line, start),
        Separator::Char(mark @ ('|' | '│')) => {
            let mut row = split(line, start, mark);
            // An outer frame gives an empty cell at either end.
            if line.trim_start().starts_with(mark) && !row.is_empty() {
                row.remove(0);
            }
            if line.trim_end().ends_with(mark)
                && row.last().is_some_and(|f| f.text.is_empty())
                && line.trim_start().starts_with(mark)
            {
                row.pop();
            }
            row
        }
        Separator::Char(mark) => split(line, start, mark),
    }
}

/// Cells between marks; a mark in double quotes belongs to its cell, a doubled quote is one.
fn split(line: &str, start: usize, mark: char) -> Row {
    let mut row = Vec::new();
    let (mut from, mut quoted) = (0, false);
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            c if c == mark && !quoted => {
                row.push(field(line.get(from..at).unwrap_or(""), start + from));
                from = at + c.len_utf8();
            }
            _ => {}
        }
    }
    row.push(field(line.get(from..).unwrap_or(""), start + from));
    row
}

fn spaced(line: &str, start: usize) -> Row {
    let name = line.trim_start();
    let begin = start + line.len() - name.len();
    match name.split_once(char::is_whitespace) {
        Some((first, rest)) => vec![field(first, begin), field(rest, begin + first.len() + 1)],
        None => vec![field(name, begin)],
    }
}

fn field(text: &str, start: usize) -> Field {
    let bare = text.trim();
    let begin = start + text.len() - text.trim_start().len();
    let unquoted = bare.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    // Quotes that only protect the cell go; in `"app"."users"` they are part of the name.
    let value = match unquoted {
        Some(inner) if !inner.replace("\"\"", "").contains('"') => inner.replace("\"\"", "\""),
        _ => bare.to_string(),
    };
    Field { text: value, span: Span::new(begin, begin + bare.len()) }
}
