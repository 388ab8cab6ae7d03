//! Numbers, times and traffic in words, the same in every output.
//!
//! In: numbers and words of the report. Out: text for people. Never: a decision.

use crate::order::Gather;
use crate::report::{Duration, EffectsReport, LockReport, Traffic};

/// `12,000,000`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 step`, `5 steps`.
pub fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A time in the unit a person would use: `under 1 s`, `40 s`, `31 min`, `5.5 h`, `3 days`.
pub fn time(seconds: f64) -> String {
    match amount(seconds, unit_of(seconds)) {
        None => "under 1 s".to_string(),
        Some((number, unit)) => format!("{number} {unit}"),
    }
}

/// Two ends of a time: `26–61 min`, `40 s–2 min`, `up to 40 s`, `under 1 s`.
pub fn time_range(low: f64, high: f64) -> String {
    let high = high.max(low);
    match (amount(low, unit_of(low)), amount(high, unit_of(high))) {
        (_, None) => "under 1 s".to_string(),
        (None, Some((number, unit))) => format!("up to {number} {unit}"),
        (Some(low), Some(high)) if low == high => format!("{} {}", high.0, high.1),
        (Some((low, low_unit)), Some((high, high_unit))) if low_unit == high_unit => {
            format!("{low}–{high} {high_unit}")
        }
        (Some((low, low_unit)), Some((high, high_unit))) => format!("{low} {low_unit}–{high} {high_unit}"),
    }
}

/// Expected time and range: `about 31 min (26–61 min)`, `under 1 s`, `not known`.
pub fn duration(duration: &Duration) -> String {
    let range = time_range(duration.low_s, duration.high_s);
    let expected = time(duration.expected_s);
    let known = match () {
        () if range == expected => expected,
        () if expected.starts_with("under") => format!("{expected} ({range})"),
        () => format!("about {expected} ({range})"),
    };
    match duration.unknown {
        false => known,
        true if duration.high_s < 1.0 => "not known".to_string(),
        true => format!("not known, at least {known}"),
    }
}

/// How long a lane of traffic stands: `writes blocked for under 1 s in total`, `writes not blocked`.
pub fn blocked(lane: &str, seconds: f64) -> String {
    if seconds > 0.0 { format!("{lane} blocked for {} in total", time(seconds)) } else { format!("{lane} not blocked") }
}

/// Who waits behind a lock: `reads and writes wait`.
pub fn waits(lock: &LockReport) -> &'static str {
    match (lock.blocks_reads, lock.blocks_writes) {
        (true, true) => "reads and writes wait",
        (true, false) => "reads wait",
        (false, true) => "writes wait, reads do not",
        (false, false) => "reads and writes go on",
    }
}

/// What a lane of traffic feels.
pub fn traffic(traffic: Traffic) -> &'static str {
    match traffic {
        Traffic::Flows => "go on",
        Traffic::WaitsBriefly => "wait briefly",
        Traffic::Waits => "wait for the whole run",
        Traffic::Fails => "fail",
        Traffic::Unknown => "not known",
    }
}

/// May it run in a transaction?
pub fn transactional(word: &str) -> &str {
    match word {
        "yes" => "may run in a transaction and rolls back with it",
        "refused" => "refused inside a transaction",
        "implicit_commit" => "commits the open transaction; cannot be rolled back",
        _ => "not known",
    }
}

/// Locks on one line, without markup: `ACCESS EXCLUSIVE on users (reads and writes wait)`.
pub fn locks_line(effects: &EffectsReport) -> String {
    let locks: Vec<String> =
        effects.locks.iter().map(|lock| format!("{} on {} ({})", lock.mode, lock.object, waits(lock))).gather();
    locks.join("; ")
}

#[derive(Clone, Copy, PartialEq)]
enum Unit {
    Under,
    Seconds,
    Minutes,
    Hours,
    Days,
}

fn unit_of(seconds: f64) -> Unit {
    match seconds {
        s if s < 0.95 || s.is_nan() => Unit::Under,
        s if s < 90.0 => Unit::Seconds,
        s if s < 5_400.0 => Unit::Minutes,
        s if s < 172_800.0 => Unit::Hours,
        _ => Unit::Days,
    }
}

fn amount(seconds: f64, unit: Unit) -> Option<(String, &'static str)> {
    let (size, word) = match unit {
        Unit::Under => return None,
        Unit::Seconds => (1.0, "s"),
        Unit::Minutes => (60.0, "min"),
        Unit::Hours => (3_600.0, "h"),
        Unit::Days => (86_400.0, "days"),
    };
    let number = seconds / size;
    let decimals = unit == Unit::Hours && number < 10.0;
    Some((if decimals { tenths(number) } else { count(number.round() as u64) }, word))
}

/// A number that is not negative with one decimal, or none where that is zero.
pub(crate) fn tenths(number: f64) -> String {
    decimal(number, 1)
}

/// A number that is not negative with so many decimals, without zeros at their end. By whole numbers: the library's way of writing
/// floats would be 5 kB of a planner, which is why the release build leaves it out.
pub(crate) fn decimal(number: f64, places: u32) -> String {
    let scale = 10_u64.saturating_pow(places);
    let scaled = (number * scale as f64).round() as u64;
    let text = format!("{}.{:0width$}", scaled / scale, scaled % scale, width = places as usize);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_without_zeros_at_the_end() {
        for (number, text) in [(0.0, "0"), (0.04, "0"), (0.96, "1"), (5.5, "5.5"), (12.34, "12.3"), (9.95, "10")] {
            assert_eq!(tenths(number), text);
        }
        for (number, text) in [(1.375, "1.38"), (0.05, "0.05"), (2.0, "2"), (100.0, "100"), (0.2, "0.2")] {
            assert_eq!(decimal(number, 2), text);
        }
    }

    #[test]
    fn numbers_have_separators() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_000_000, "12,000,000")] {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn times_use_the_unit_a_person_would() {
        for (seconds, text) in [
            (0.0, "under 1 s"),
            (0.4, "under 1 s"),
            (1.0, "1 s"),
            (89.0, "89 s"),
            (90.0, "2 min"),
            (1_860.0, "31 min"),
            (5_400.0, "1.5 h"),
            (7_200.0, "2 h"),
            (400_000.0, "5 days"),
        ] {
            assert_eq!(time(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn ranges_share_a_unit_where_they_can() {
        for (low, high, text) in [
            (0.0, 0.2, "under 1 s"),
            (0.1, 40.0, "up to 40 s"),
            (1_560.0, 3_660.0, "26–61 min"),
            (40.0, 120.0, "40 s–2 min"),
            (30.0, 30.2, "30 s"),
        ] {
            assert_eq!(time_range(low, high), text);
        }
    }

    #[test]
    fn an_unknown_time_is_never_a_number_alone() {
        let unknown = Duration { unknown: true, low_s: 60.0, expected_s: 120.0, high_s: 240.0, ..Duration::default() };
        assert_eq!(duration(&unknown), "not known, at least about 2 min (60 s–4 min)");
        assert_eq!(duration(&Duration { unknown: true, ..Duration::default() }), "not known");
    }
}
