//! Names of files: from the plan's words and the version given, never from a clock.

use super::units::Unit;
use crate::request::Options;

/// Words in lower case joined by `_`, starting with a letter, at most `limit` bytes, cut between words.
pub fn slug(text: &str, limit: usize) -> String {
    let lower: String = text.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
    let mut out = String::new();
    for word in lower.split_whitespace() {
        let word: String = word.chars().take(limit).collect();
        if out.is_empty() {
            out = if word.starts_with(|c: char| c.is_ascii_digit()) { format!("step_{word}") } else { word };
        } else if out.len() + 1 + word.len() <= limit {
            out.push('_');
            out.push_str(&word);
        } else {
            break;
        }
    }
    if out.is_empty() { "migration".to_string() } else { out }
}

/// One slug per unit, no two alike: class names are made of them.
pub fn slugs(units: &[Unit<'_>]) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    for unit in units {
        let title = slug(&unit.step.title, 48);
        let mut name = if unit.parts > 1 { format!("{title}_part_{}", unit.part) } else { title };
        if taken.contains(&name) {
            name = format!("{name}_step_{}", slug(&unit.step.id, 12).trim_start_matches("step_"));
        }
        let (mut number, base) = (2, name.clone());
        while taken.contains(&name) {
            name = format!("{base}_{number}");
            number += 1;
        }
        taken.push(name);
    }
    taken
}

/// `add_users_phone` → `AddUsersPhone`.
pub fn camel(slug: &str) -> String {
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| format!("{}{}", first.to_ascii_uppercase(), chars.as_str())).unwrap_or_default()
    };
    slug.split('_').map(capital).collect()
}

/// Version of the file at a place: 14-digit stamps count in seconds, other numbers by one.
pub fn version(options: &Options, at: usize) -> String {
    let given = digits(&options.version);
    let day = digits(&options.date);
    let first = match (given.is_empty(), day.len()) {
        (false, _) => given,
        (true, 8) => format!("{day}000001"),
        (true, _) => "00000000000001".to_string(),
    };
    if first.len() == 14 { later(&first, at as u64) } else { plus(&first, at as u64) }
}

/// No version and no date was given: the numbers are placeholders.
pub fn placeholder(options: &Options) -> bool {
    digits(&options.version).is_empty() && digits(&options.date).len() != 8
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).take(20).collect()
}

/// `20260102235959` and one second: minutes and hours carry; at the end of a day the number simply goes on.
fn later(stamp: &str, seconds: u64) -> String {
    let Some((day, clock)) = stamp.split_at_checked(8) else { return plus(stamp, seconds) };
    let number = clock.parse::<u64>().unwrap_or(0);
    let of_day = number / 10_000 * 3_600 + number / 100 % 100 * 60 + number % 100 + seconds;
    match of_day < 86_400 {
        true => format!("{day}{:02}{:02}{:02}", of_day / 3_600, of_day / 60 % 60, of_day % 60),
        false => plus(stamp, seconds),
    }
}

fn plus(number: &str, more: u64) -> String {
    let width = number.len();
    let sum = number.parse::<u128>().unwrap_or(0) + u128::from(more);
    format!("{sum:0width$}")
}

/// A 12-digit hexadecimal id from content (FNV-1a), as Alembic's own revisions look.
pub fn content_id(parts: &[&str]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{:012x}", hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_safe_names() {
        for (text, wanted) in [
            ("Add users.full_name", "add_users_full"),
            ("3a; DROP", "step_3a_drop"),
            ("größer/../x", "gr_er_x"),
            ("", "migration"),
            ("one two three four", "one_two_three"),
        ] {
            assert_eq!(slug(text, 15), wanted);
        }
        assert_eq!(camel("add_users_2"), "AddUsers2");
    }

    #[test]
    fn versions_count_without_a_clock() {
        let options = |version: &str, date: &str| Options {
            version: version.to_string(),
            date: date.to_string(),
            ..Options::default()
        };
        for (version_given, date, at, wanted) in [
            ("", "2026-01-02", 0, "20260102000001"),
            ("", "2026-01-02", 60, "20260102000101"),
            ("20260102235959", "", 0, "20260102235959"),
            ("20260102115959", "", 1, "20260102120000"),
            ("7", "2026-01-02", 3, "10"),
            ("0041", "", 1, "0042"),
            ("", "", 2, "00000000000003"),
        ] {
            assert_eq!(version(&options(version_given, date), at), wanted);
        }
    }
}
