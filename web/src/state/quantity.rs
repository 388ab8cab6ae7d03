//! Numbers as people type them: `12 M`, `12,000,000`, `2.1 GiB`, `500 ms`, `2 min`.

/// Rows: a plain number, with separators, or with k, M, B.
pub fn rows(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let factor = match unit.as_str() {
        "" | "rows" | "row" => 1.0,
        "k" | "thousand" => 1e3,
        "m" | "mio" | "million" => 1e6,
        "b" | "bn" | "g" | "billion" => 1e9,
        _ => return None,
    };
    whole(number * factor)
}

/// Bytes: `2.1 GiB`, `500 MB`; both kinds of unit mean powers of 1,024, as database tools print them.
pub fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let power = match unit.as_str() {
        "" | "b" | "bytes" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        _ => return None,
    };
    whole(number * 1_024_f64.powi(power))
}

/// Writes per second.
pub fn rate(text: &str) -> Option<f64> {
    let (number, unit) = split(text)?;
    match unit.as_str() {
        "" | "/s" | "writes/s" => Some(number),
        "k" | "k/s" => Some(number * 1e3),
        "/min" => Some(number / 60.0),
        _ => None,
    }
}

/// Milliseconds; a bare number is milliseconds.
pub fn milliseconds(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let factor = match unit.as_str() {
        "" | "ms" => 1.0,
        "s" => 1e3,
        "min" | "m" => 60e3,
        _ => return None,
    };
    whole(number * factor)
}

/// Seconds; a bare number is seconds.
pub fn seconds(text: &str) -> Option<f64> {
    let (number, unit) = split(text)?;
    match unit.as_str() {
        "ms" => Some(number / 1e3),
        "" | "s" => Some(number),
        "min" | "m" => Some(number * 60.0),
        "h" => Some(number * 3_600.0),
        _ => None,
    }
}

/// Milliseconds as a person would write them.
pub fn show_milliseconds(ms: u64) -> String {
    match ms {
        0 => "none".to_string(),
        ms if ms % 1_000 == 0 => show_seconds((ms / 1_000) as f64),
        ms => [&ms.to_string(), " ms"].concat(),
    }
}

/// Seconds as a person would write them.
pub fn show_seconds(s: f64) -> String {
    match s {
        s if s >= 180.0 && s % 60.0 == 0.0 => plain(s / 60.0) + " min",
        s => plain(s) + " s",
    }
}

fn whole(number: f64) -> Option<u64> {
    (number.is_finite() && (0.0..=9e15).contains(&number)).then_some(number.round() as u64)
}

/// A number and its unit in lower case. Commas, spaces and underscores between digits are separators.
fn split(text: &str) -> Option<(f64, String)> {
    let text = text.trim().trim_start_matches(['~', '≈']).trim_start();
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',' | '_' | ' ' | '\u{a0}' | '\u{202f}'));
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    Some((decimal(number)?, unit.trim().to_ascii_lowercase()))
}

/// A decimal number with at most one point; separators are skipped. Without exponents and exact to 15 digits, which is
/// what people type; the library's reader would bring tables of 10 kB for the rest.
fn decimal(text: &str) -> Option<f64> {
    let (mut digits, mut value, mut scale, mut point) = (0, 0.0_f64, 1.0_f64, false);
    for c in text.chars() {
        match c.to_digit(10) {
            Some(digit) => {
                digits += 1;
                value = value * 10.0 + f64::from(digit);
                scale *= if point { 10.0 } else { 1.0 };
            }
            None if c == '.' && point => return None,
            None => point |= c == '.',
        }
    }
    (digits > 0).then_some(value / scale)
}

/// A number with up to three decimals, as short as it can be: `180`, `1.5`.
pub fn plain(number: f64) -> String {
    let thousandths = (number * 1e3).round() as i64;
    let mut text = (thousandths / 1_000).to_string();
    let mut rest = (thousandths % 1_000).abs();
    if rest > 0 {
        text.push('.');
        let mut unit = 100;
        while rest > 0 {
            text.push_str(&(rest / unit).to_string());
            rest %= unit;
            unit /= 10;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_as_typed() {
        for (text, expected) in [
            ("12 M", Some(12_000_000)),
            ("12,000,000", Some(12_000_000)),
            ("4.5m", Some(4_500_000)),
            ("~40k rows", None),
            ("40k", Some(40_000)),
            ("1 B", Some(1_000_000_000)),
            ("0", Some(0)),
            ("", None),
            ("many", None),
            ("-3", None),
        ] {
            assert_eq!(rows(text), expected, "{text}");
        }
    }

    #[test]
    fn other_quantities() {
        assert_eq!(bytes("2.1 GiB"), Some(2_254_857_830));
        assert_eq!(bytes("500 MB"), Some(524_288_000));
        assert_eq!(bytes("3 parsecs"), None);
        assert_eq!(rate("180 writes/s"), Some(180.0));
        assert_eq!(milliseconds("2 s"), Some(2_000));
        assert_eq!(milliseconds("500"), Some(500));
        assert_eq!(seconds("5 min"), Some(300.0));
    }

    #[test]
    fn decimals() {
        for (text, expected) in
            [("12.5", Some(12.5)), ("0.001", Some(0.001)), (".5", Some(0.5)), ("1.2.3", None), (".", None)]
        {
            assert_eq!(decimal(text), expected, "{text}");
        }
        for (number, expected) in [(180.0, "180"), (1.5, "1.5"), (0.25, "0.25"), (0.007, "0.007"), (2.0004, "2")] {
            assert_eq!(plain(number), expected);
        }
    }

    #[test]
    fn shown_as_typed() {
        for ms in [1, 500, 2_000, 300_000] {
            assert_eq!(milliseconds(&show_milliseconds(ms)), Some(ms), "{ms}");
        }
        assert_eq!(show_seconds(60.0), "60 s");
    }
}
