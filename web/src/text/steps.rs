//! One line about a step, and its time.

use lockstep_core::picture::words::{range, time};
use lockstep_core::report::{Duration, EffectsReport, Step, StepKind, Traffic};

/// The line under a step's title: how it runs and what it locks.
pub fn step_line(step: &Step, lock_timeout: &str) -> String {
    match step.kind {
        StepKind::Deploy | StepKind::Wait | StepKind::Approval => first_sentence(match step.gate.is_empty() {
            true => &step.why,
            false => &step.gate,
        }),
        StepKind::Backfill => "Commits each batch, pauses, resumes after any failure.".to_string(),
        StepKind::Verify => "Reads only; nothing is changed.".to_string(),
        StepKind::Sql => sql_line(step, lock_timeout),
    }
}

fn sql_line(step: &Step, lock_timeout: &str) -> String {
    let run = match (step.transactional, step.sql.len()) {
        (true, _) => "One transaction.",
        (false, 0 | 1) => "Outside a transaction.",
        (false, _) => "Statement by statement.",
    };
    match lock_words(&step.effects) {
        locks if locks.is_empty() => run.to_string(),
        locks if !blocks(&step.effects) => format!("{run} {locks}, traffic flows."),
        locks => match gives_up_after(&step.sql, lock_timeout) {
            Some(limit) => format!("{run} {locks}, gives up after {limit} and retries."),
            None => format!("{run} {locks}."),
        },
    }
}

/// The limit of the lock wait, as far as the step's SQL sets one. MySQL counts whole seconds, so there it may be
/// longer than what was asked for.
fn gives_up_after(sql: &[String], lock_timeout: &str) -> Option<String> {
    let set =
        sql.iter().find(|statement| statement.contains("lock_timeout") || statement.contains("lock_wait_timeout"))?;
    match set.split_once("lock_wait_timeout = ") {
        Some((_, seconds)) => Some(format!("{} s", seconds.trim_end_matches(';').trim())),
        None if set.ends_with("= 0") => None,
        None => Some(lock_timeout.to_string()),
    }
}

fn blocks(effects: &EffectsReport) -> bool {
    effects.locks.iter().any(|lock| lock.blocks_reads || lock.blocks_writes)
}

/// `ACCESS EXCLUSIVE on users`: the strongest lock, with how many more there are.
pub fn lock_words(effects: &EffectsReport) -> String {
    let strength =
        |i: usize| effects.locks.get(i).map_or(0, |l| u8::from(l.blocks_writes) + 2 * u8::from(l.blocks_reads));
    // The first of the strongest: the engine lists the named table before others.
    let strongest = (0..effects.locks.len()).rev().max_by_key(|i| strength(*i));
    let Some(lock) = strongest.and_then(|i| effects.locks.get(i)) else { return String::new() };
    let mut others: Vec<&str> = effects.locks.iter().map(|l| l.object.as_str()).filter(|o| *o != lock.object).collect();
    others.sort_unstable();
    others.dedup();
    match others.len() {
        0 => format!("{} on `{}`", lock.mode, lock.object),
        1 => format!("{} on `{}`, also locks `{}`", lock.mode, lock.object, others.concat()),
        n => format!("{} on `{}`, also locks {n} more", lock.mode, lock.object),
    }
}

/// The two figures at the right of a step: a time and what it is.
pub fn step_time(step: &Step) -> (String, String) {
    match step.kind {
        StepKind::Deploy => ("deploy".to_string(), "no DDL".to_string()),
        StepKind::Wait => ("wait".to_string(), "up to you".to_string()),
        StepKind::Approval => ("approval".to_string(), "by a person".to_string()),
        StepKind::Sql | StepKind::Backfill | StepKind::Verify => {
            let waits = step.effects.reads.max(step.effects.writes);
            work_time(&step.duration, waits)
        }
    }
}

/// Time of work, and its range or that it is a wait.
pub fn work_time(duration: &Duration, waits: Traffic) -> (String, String) {
    if duration.unknown {
        return ("not known".to_string(), String::new());
    }
    let below = match waits {
        Traffic::WaitsBriefly if duration.expected_s < 1.0 => "blocked".to_string(),
        Traffic::Waits | Traffic::Fails if duration.expected_s < 1.0 => "blocked".to_string(),
        _ => range(duration.low_s, duration.high_s),
    };
    (time(duration.expected_s), below)
}

/// Up to and with the first full stop.
fn first_sentence(text: &str) -> String {
    match text.split_once(". ") {
        Some((first, _)) => format!("{first}."),
        None => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lockstep_core::report::LockReport;

    fn lock(object: &str, mode: &str, reads: bool, writes: bool) -> LockReport {
        LockReport { object: object.into(), mode: mode.to_string().into(), blocks_reads: reads, blocks_writes: writes }
    }

    #[test]
    fn names_the_strongest_lock() {
        let mut effects = EffectsReport::default();
        assert_eq!(lock_words(&effects), "");
        effects.locks = vec![lock("orders", "ROW SHARE", false, false), lock("users", "ACCESS EXCLUSIVE", true, true)];
        assert_eq!(lock_words(&effects), "ACCESS EXCLUSIVE on `users`, also locks `orders`");
    }

    #[test]
    fn the_limit_is_that_of_the_sql() {
        let sql = |text: &str| vec![text.to_string()];
        assert_eq!(gives_up_after(&sql("SET LOCAL lock_timeout = '500ms'"), "500 ms").as_deref(), Some("500 ms"));
        assert_eq!(gives_up_after(&sql("SET SESSION lock_wait_timeout = 1"), "500 ms").as_deref(), Some("1 s"));
        assert_eq!(gives_up_after(&sql("SET lock_timeout = 0"), "500 ms"), None);
        assert_eq!(gives_up_after(&sql("DROP TABLE t"), "500 ms"), None);
    }

    #[test]
    fn an_unknown_time_is_said() {
        let duration = Duration { unknown: true, expected_s: 3.0, ..Duration::default() };
        assert_eq!(work_time(&duration, Traffic::Unknown).0, "not known");
    }

    #[test]
    fn the_range_stands_under_the_time() {
        let duration = Duration { low_s: 1_260.0, expected_s: 1_860.0, high_s: 3_000.0, ..Duration::default() };
        assert_eq!(work_time(&duration, Traffic::Flows), ("31 min".into(), "21–50 min".into()));
    }
}
