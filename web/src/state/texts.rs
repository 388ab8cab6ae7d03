//! Is it a text that can be planned? Decided before anything is replaced, so that nothing is lost.

/// Above this a plan takes a while; the reader is told.
pub const LARGE: u64 = 5 * 1024 * 1024;
/// Above this nothing is read.
pub const LARGEST: u64 = 50 * 1024 * 1024;

/// What was wrong with a file.
#[derive(Debug, PartialEq)]
pub enum Refusal {
    /// More than [`LARGEST`].
    TooLarge,
    /// NUL bytes, or bytes that no text encoding in use would give.
    NotText,
}

impl Refusal {
    /// For the reader.
    pub fn sentence(&self, name: &str) -> String {
        match self {
            Refusal::TooLarge => {
                format!(
                    "{name} was not read: it is larger than 50 MB. Your text is unchanged; split the file and try again."
                )
            }
            Refusal::NotText => {
                format!(
                    "{name} was not read: it is not a text file. Your text is unchanged; a custom-format dump becomes text with pg_restore -f -."
                )
            }
        }
    }
}

/// The text of a file: UTF-8, or UTF-16 with a byte order mark as Windows tools write it.
pub fn decode(bytes: &[u8]) -> Result<String, Refusal> {
    if bytes.len() as u64 > LARGEST {
        return Err(Refusal::TooLarge);
    }
    let utf16 = |read: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| read([pair[0], pair[1]])).collect();
        String::from_utf16(&units).map_err(|_| Refusal::NotText)
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(u16::from_le_bytes, rest)?,
        [0xfe, 0xff, rest @ ..] => utf16(u16::from_be_bytes, rest)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest)?,
        bytes => utf8(bytes)?,
    };
    match text.contains('\0') {
        true => Err(Refusal::NotText),
        false => Ok(text),
    }
}

/// UTF-8; else Latin-1, in which old dumps are written, unless control characters say that it is no text at all.
fn utf8(bytes: &[u8]) -> Result<String, Refusal> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_string());
    }
    let control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c);
    match bytes.iter().any(control) {
        true => Err(Refusal::NotText),
        false => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        assert_eq!(decode(b"SELECT 1;"), Ok("SELECT 1;".into()));
        assert_eq!(decode(b"\xef\xbb\xbfSELECT 1;"), Ok("SELECT 1;".into()));
        assert_eq!(decode(b"\xff\xfeS\0;\0"), Ok("S;".into()));
        assert_eq!(decode(b"-- gr\xfc\xdfe"), Ok("-- grüße".into()));
    }

    #[test]
    fn no_texts() {
        assert_eq!(decode(b"PGDMP\x01\x0e\0"), Err(Refusal::NotText));
        assert_eq!(decode(b"\x89PNG\r\n\x1a\n"), Err(Refusal::NotText));
        assert_eq!(decode(&vec![b' '; LARGEST as usize + 1]), Err(Refusal::TooLarge));
    }
}
