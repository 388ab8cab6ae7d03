//! Numbers as people and servers write them.

use crate::order::Gather;

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    /// A number that is not negative.
    Number(f64),
    /// Empty, NULL, or -1, with which a server says that it does not know.
    Nothing,
    /// Something else.
    Unreadable,
}

/// A count: `12000000`, `12,000,000`, `12_000_000`, `12M`, `1.2e7`, `~ 3 million`.
pub(super) fn count(text: &str) -> Cell {
    read(text, |unit| match unit {
        "" | "rows" | "row" => Some(1.0),
        "k" | "thousand" => Some(1e3),
        "m" | "mio" | "million" => Some(1e6),
        "b" | "g" | "bn" | "billion" => Some(1e9),
        "t" | "trillion" => Some(1e12),
        _ => None,
    })
}

/// Bytes: `8192`, `8192 bytes`, `830 MB`, `2.1 GiB`. Units are powers of 1,024, as pg_size_pretty prints them.
pub(super) fn bytes(text: &str) -> Cell {
    read(text, |unit| {
        let power = match unit {
            "" | "b" | "byte" | "bytes" => 0,
            "k" | "kb" | "kib" => 1,
            "m" | "mb" | "mib" => 2,
            "g" | "gb" | "gib" => 3,
            "t" | "tb" | "tib" => 4,
            "p" | "pb" | "pib" => 5,
            _ => return None,
        };
        Some(1024f64.powi(power))
    })
}

/// A plain number, with an optional unit of time or rate.
pub(super) fn plain(text: &str) -> Cell {
    read(text, |unit| matches!(unit, "" | "/s" | "per s" | "s" | "tps").then_some(1.0))
}

fn read(text: &str, factor: impl Fn(&str) -> Option<f64>) -> Cell {
    let text = text.trim().trim_matches(['"', '\'', '`']).trim_start_matches(['~', '≈']).trim();
    let lower = text.to_lowercase();
    if matches!(lower.as_str(), "" | "null" | "\\n" | "-" | "n/a" | "unknown" | "?" | "[null]" | "<null>") {
        return Cell::Nothing;
    }
    let is_digit_part =
        |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '_' | '\'' | '’' | '\u{a0}' | '\u{202f}' | ' ');
    let (negative, rest) = match lower.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, lower.strip_prefix('+').unwrap_or(&lower)),
    };
    let end = rest.find(|c: char| !is_digit_part(c)).unwrap_or(rest.len());
    let (mut digits, mut unit) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let mut exponent = 0;
    if let Some((power, after)) = scientific(unit) {
        (exponent, unit) = (power, after);
    }
    digits = digits.trim();
    let Some(number) = separated(digits) else { return Cell::Unreadable };
    match factor(unit.trim()) {
        Some(_) if negative => Cell::Nothing,
        Some(factor) => {
            let value = number * 10f64.powi(exponent) * factor;
            if value.is_finite() && value < 1e18 { Cell::Number(value) } else { Cell::Unreadable }
        }
        None => Cell::Unreadable,
    }
}

/// `e7`, `e+07` in front of the unit.
fn scientific(unit: &str) -> Option<(i32, &str)> {
    let after = unit.strip_prefix('e')?;
    let digits = after.trim_start_matches(['+', '-']);
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let power: i32 = digits.get(..end)?.parse().ok()?;
    let sign = if after.starts_with('-') { -1 } else { 1 };
    (power < 30).then_some((sign * power, digits.get(end..)?))
}

/// Digits with separators of thousands. One comma or dot is a decimal sign unless three digits follow a comma.
fn separated(digits: &str) -> Option<f64> {
    let marks: Vec<char> = digits.chars().filter(|c| !c.is_ascii_digit()).gather();
    let decimal = match marks.as_slice() {
        [] => None,
        ['.'] => Some('.'),
        [','] => {
            let after = digits.rsplit(',').next().map_or(0, str::len);
            (after != 3).then_some(',')
        }
        [.., last @ ('.' | ',')] if marks.iter().filter(|m| *m == last).count() == 1 => Some(*last),
        _ => None,
    };
    let mut plain = String::with_capacity(digits.len());
    for c in digits.chars() {
        match c {
            c if Some(c) == decimal => plain.push('.'),
            c if c.is_ascii_digit() => plain.push(c),
            _ => {}
        }
    }
    from_decimal(&plain)
}

/// Digits with at most one dot. Exact up to 15 digits, and to one in 10^15 beyond; the standard library's exactness for every
/// number there is costs the page a table of 10 kB.
fn from_decimal(plain: &str) -> Option<f64> {
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let mut digits = whole.bytes().chain(fraction.bytes()).map(|digit| u64::from(digit.wrapping_sub(b'0'))).peekable();
    digits.peek()?;
    let mut mantissa = 0u64;
    while let Some(longer) = digits.peek().and_then(|digit| mantissa.checked_mul(10)?.checked_add(*digit)) {
        mantissa = longer;
        digits.next();
    }
    // What no longer fits only counts as places.
    let scale = i32::try_from(digits.count()).ok()?.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let power = 10f64.powi(scale.abs());
    Some(if scale < 0 { mantissa as f64 / power } else { mantissa as f64 * power })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_as_the_standard_library_reads_them() {
        for text in [
            "0",
            "7",
            "0.1",
            "2.1",
            "1234.5678",
            "0.000001",
            "999999999999999",
            "123456789012345678",
            "18446744073709551616",
            "1.",
            ".5",
        ] {
            assert_eq!(from_decimal(text), text.parse().ok(), "{text}");
        }
        let long = "123456789012345678901234567890.12345678901234567890";
        let ratio = from_decimal(long).zip(long.parse::<f64>().ok()).map(|(ours, theirs)| ours / theirs);
        assert!(ratio.is_some_and(|ratio| (ratio - 1.0).abs() < 1e-15), "{ratio:?}");
        assert_eq!((from_decimal(""), from_decimal(".")), (None, None));
    }

    #[test]
    fn counts() {
        for (text, number) in [
            ("12000000", 12e6),
            ("12,000,000", 12e6),
            ("12.000.000", 12e6),
            ("12_000_000", 12e6),
            ("12 000 000", 12e6),
            ("12'000'000", 12e6),
            ("12M", 12e6),
            ("1.5 million", 1.5e6),
            ("~3k", 3e3),
            ("1.2e+07", 1.2e7),
            ("1,200", 1200.0),
            ("1.234.567,8", 1_234_567.8),
            ("1,234,567.8", 1_234_567.8),
            ("0", 0.0),
            ("4 rows", 4.0),
        ] {
            assert_eq!(count(text), Cell::Number(number), "{text}");
        }
        for text in ["", "NULL", "-1", "-", "\\N"] {
            assert_eq!(count(text), Cell::Nothing, "{text}");
        }
        for text in ["many", "12 MB", "12x", "1e99", "M"] {
            assert_eq!(count(text), Cell::Unreadable, "{text}");
        }
    }

    #[test]
    fn sizes() {
        for (text, number) in
            [("8192 bytes", 8192.0), ("16 kB", 16384.0), ("2.5 GiB", 2_684_354_560.0), ("1,024 MB", 1_073_741_824.0)]
        {
            assert_eq!(bytes(text), Cell::Number(number), "{text}");
        }
    }
}
