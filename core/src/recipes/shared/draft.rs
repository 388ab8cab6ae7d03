//! Short ways to say drafts and steps.

pub use crate::draft::LOCK_FAILURE;
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::recipes::Recipe;
use crate::report::{Check, PhaseName, StepKind};

/// A draft of a recipe.
pub fn draft(recipe: &Recipe, title: String, steps: Vec<StepDraft>) -> Draft {
    Draft { recipe: recipe.id, title, steps, checklist: Vec::new(), notes: Vec::new(), as_written: false }
}

/// A query that must give what is expected before the plan goes on.
pub fn verify(phase: PhaseName, title: impl Into<String>, sql: String, expected: &str, on_failure: &str) -> StepDraft {
    StepDraft {
        kind: StepKind::Verify,
        transactional: false,
        check: check(sql, expected),
        on_failure: on_failure.to_string(),
        gate: match expected.split(' ').count() {
            1 | 2 => format!("the query returns {expected}"),
            _ => format!("what the query shows is right: {expected}"),
        },
        ..StepDraft::sql(phase, title, Vec::new())
    }
}

/// Words as a sentence: a capital first, a full stop last.
pub fn sentence(words: &str) -> String {
    let words = words.trim().trim_end_matches('.');
    let mut chars = words.chars();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_ascii_uppercase(), chars.as_str()),
        None => String::new(),
    }
}

/// `a, b and c`.
pub fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")),
    }
}

/// Each of them once, in the order in which they came.
pub fn once(items: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(items.len());
    for item in items {
        if !out.contains(&item) {
            out.push(item);
        }
    }
    out
}

/// A query and what it must return.
pub fn check(sql: String, expected: &str) -> Option<Check> {
    Some(Check { sql, expected: expected.to_string() })
}

/// An undo that loses nothing, in one transaction.
pub fn undo(run: Vec<Run>) -> UndoDraft {
    UndoDraft::Sql { run, transactional: true, lossy: String::new() }
}

/// An undo that loses nothing, statement by statement.
pub fn undo_outside(run: Vec<Run>) -> UndoDraft {
    UndoDraft::Sql { run, transactional: false, lossy: String::new() }
}

/// A number with its thousands apart: `12,000,000`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_stand_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_000_000, "12,000,000")] {
            assert_eq!(grouped(number), text);
        }
    }
}
