//! Numbers as a person would say them: times, ranges, rows, bytes. Never false precision.

use crate::words::{tenths, time as plain_time, time_range};

/// A time: `< 50 ms`, `300 ms`, `40 s`, `31 min`, `5 h`, `3 days`.
pub fn time(seconds: f64) -> String {
    match seconds {
        s if s <= 0.05 => "< 50 ms".to_string(),
        s if s < 0.95 => format!("{} ms", (s * 20.0).round() as u64 * 50),
        s => plain_time(s),
    }
}

/// A range: `26–61 min`, `40 s–3 min`, `up to 4 s`; empty below a second.
pub fn range(low: f64, high: f64) -> String {
    if high < 1.0 { String::new() } else { time_range(low, high) }
}

/// Rows for a label: `12 M`, `4.5 M`, `40 k`, `812`.
pub fn count(n: u64) -> String {
    let scaled = |by: f64, word: &str| {
        let value = n as f64 / by;
        match value < 9.95 {
            true => format!("{} {word}", tenths(value)),
            false => format!("{} {word}", value.round() as u64),
        }
    };
    match n {
        0..=9_999 => crate::words::count(n),
        10_000..=999_499 => scaled(1e3, "k"),
        999_500..=999_499_999 => scaled(1e6, "M"),
        _ => scaled(1e9, "B"),
    }
}

/// Bytes: `2.1 GiB`.
pub fn bytes(n: u64) -> String {
    let mut value = n as f64;
    let mut word = "B";
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        if value < 1_000.0 {
            break;
        }
        value /= 1_024.0;
        word = next;
    }
    match value < 10.0 && word != "B" {
        // Always one decimal, as in the Markdown.
        true => {
            let tenths = (value * 10.0).round() as u64;
            format!("{}.{} {word}", tenths / 10, tenths % 10)
        }
        false => format!("{} {word}", value.round() as u64),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn times() {
        for (seconds, word) in [
            (0.0, "< 50 ms"),
            (0.05, "< 50 ms"),
            (0.31, "300 ms"),
            (1.0, "1 s"),
            (40.2, "40 s"),
            (130.0, "2 min"),
            (1_860.0, "31 min"),
            (9_000.0, "2.5 h"),
            (20_000.0, "5.6 h"),
            (300_000.0, "3 days"),
        ] {
            assert_eq!(super::time(seconds), word, "{seconds}");
        }
    }

    #[test]
    fn ranges() {
        for (low, high, word) in [
            (1_560.0, 3_660.0, "26–61 min"),
            (40.0, 190.0, "40 s–3 min"),
            (0.01, 0.2, ""),
            (0.01, 4.0, "up to 4 s"),
            (60.0, 60.0, "60 s"),
        ] {
            assert_eq!(super::range(low, high), word, "{low} {high}");
        }
    }

    #[test]
    fn rows_and_bytes() {
        assert_eq!(super::count(12_000_000), "12 M");
        assert_eq!(super::count(4_500_000), "4.5 M");
        assert_eq!(super::count(999_999), "1 M");
        assert_eq!(super::count(40_000), "40 k");
        assert_eq!(super::count(4_000), "4,000");
        assert_eq!(super::bytes(2_254_857_830), "2.1 GiB");
        assert_eq!(super::bytes(2_147_483_648), "2.0 GiB");
        assert_eq!(super::bytes(812), "812 B");
    }
}
