//! Byte ranges, and where they are for a person (line and column) or a browser (UTF-16 units).

/// A half-open byte range in the source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The range `start..end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Span { start, end }
    }

    /// The text of the range; empty when the range does not fit the text.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

/// A place for people and for browsers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Offset in UTF-16 units from the start of the text, as JavaScript counts.
    pub utf16: usize,
}

/// Maps byte offsets to positions. Built once per text; each look-up costs one line, or a part of a long one.
#[derive(Debug, Clone)]
pub struct LineIndex<'a> {
    text: &'a str,
    /// Per line: first byte and UTF-16 offset of that byte.
    lines: Vec<(usize, usize)>,
    /// In long lines that are not ASCII, now and then: byte, UTF-16 offset, characters since the line began.
    marks: Vec<(usize, usize, usize)>,
}

/// Bytes between two marks, at least.
const MARK: usize = 1024;

impl<'a> LineIndex<'a> {
    /// Reads the text once.
    pub fn new(text: &'a str) -> Self {
        let (mut lines, mut marks) = (vec![(0, 0)], Vec::new());
        let (mut byte, mut utf16) = (0, 0);
        for line in text.split_inclusive('\n') {
            if line.len() > MARK && !line.is_ascii() {
                mark(line, byte, utf16, &mut marks);
            }
            byte += line.len();
            utf16 += if line.is_ascii() { line.len() } else { line.encode_utf16().count() };
            if line.ends_with('\n') {
                lines.push((byte, utf16));
            }
        }
        LineIndex { text, lines, marks }
    }

    /// Where a byte offset is; an offset beyond the text means its end,
    /// one inside a character means that character.
    pub fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let after = self.lines.partition_point(|(start, _)| *start <= offset);
        let (start, utf16) = after.checked_sub(1).and_then(|i| self.lines.get(i)).copied().unwrap_or((0, 0));
        let marked = self.marks.partition_point(|(byte, ..)| *byte <= offset);
        let mark = marked.checked_sub(1).and_then(|i| self.marks.get(i)).filter(|(byte, ..)| *byte >= start);
        let (from, utf16, passed) = mark.copied().unwrap_or((start, utf16, 0));
        let before = self.text.get(from..offset).unwrap_or("");
        let (characters, units) = if before.is_ascii() {
            (before.len(), before.len())
        } else {
            (before.chars().count(), before.encode_utf16().count())
        };
        Position { line: after.max(1), column: passed + characters + 1, utf16: utf16 + units }
    }
}

/// Marks places of a line that begins at a byte and a UTF-16 offset.
fn mark(line: &str, start: usize, mut utf16: usize, marks: &mut Vec<(usize, usize, usize)>) {
    let mut next = MARK;
    for (passed, (at, c)) in line.char_indices().enumerate() {
        if at >= next {
            marks.push((start + at, utf16, passed));
            next = at + MARK;
        }
        utf16 += c.len_utf16();
    }
}

#[cfg(test)]
#[allow(clippy::string_slice)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_characters_and_utf16() {
        let index = LineIndex::new("ab\né😀x\n");
        let x = "ab\né😀x\n".find('x').unwrap_or(0);
        assert_eq!(index.position(0), Position { line: 1, column: 1, utf16: 0 });
        assert_eq!(index.position(x), Position { line: 2, column: 3, utf16: 6 });
        assert_eq!(index.position(999), Position { line: 3, column: 1, utf16: 8 });
    }

    #[test]
    fn an_offset_inside_a_character_means_that_character() {
        assert_eq!(LineIndex::new("😀").position(2).column, 1);
    }

    #[test]
    fn a_long_line_counts_like_a_short_one() {
        let text = format!("é\n{}\nx{}", "aé😀".repeat(1000), "ü".repeat(3000));
        let index = LineIndex::new(&text);
        for (at, _) in text.char_indices() {
            let before = &text[..at];
            let wanted = Position {
                line: before.matches('\n').count() + 1,
                column: before.rsplit('\n').next().unwrap_or("").chars().count() + 1,
                utf16: before.encode_utf16().count(),
            };
            assert_eq!(index.position(at), wanted);
        }
    }
}
