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

/// Maps byte offsets to positions. Built once per text; each look-up costs one line.
#[derive(Debug, Clone)]
pub struct LineIndex<'a> {
    text: &'a str,
    /// Per line: first byte and UTF-16 offset of that byte.
    lines: Vec<(usize, usize)>,
}

impl<'a> LineIndex<'a> {
    /// Reads the text once.
    pub fn new(text: &'a str) -> Self {
        let mut lines = vec![(0, 0)];
        let (mut byte, mut utf16) = (0, 0);
        for line in text.split_inclusive('\n') {
            byte += line.len();
            utf16 += if line.is_ascii() { line.len() } else { line.encode_utf16().count() };
            if line.ends_with('\n') {
                lines.push((byte, utf16));
            }
        }
        LineIndex { text, lines }
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
        let before = self.text.get(start..offset).unwrap_or("");
        let (characters, units) = if before.is_ascii() {
            (before.len(), before.len())
        } else {
            (before.chars().count(), before.encode_utf16().count())
        };
        Position { line: after.max(1), column: characters + 1, utf16: utf16 + units }
    }
}

#[cfg(test)]
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
}
