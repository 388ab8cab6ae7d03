//! The verdict as a sentence, and its reasons.

use super::analyse::Analysed;
use super::people::list;
use super::timing::Timing;
use crate::order::Gather;
use crate::report::{Coverage, Phase, Risk, TableSize, Traffic, Verdict};
use crate::words;

/// The verdict on the whole change.
pub(super) fn verdict(analysed: &[Analysed<'_>], has_problem: bool) -> (Verdict, Risk) {
    let mut verdict = analysed.iter().map(|a| a.judged.verdict).max().unwrap_or(Verdict::Safe);
    let mut risk = analysed.iter().map(|a| a.judged.risk).max().unwrap_or(Risk::Low);
    if has_problem {
        (verdict, risk) = (Verdict::RequiresApproval, Risk::High);
    }
    (verdict, risk)
}

/// Why the verdict is what it is: one sentence per statement that is not safe, worst first.
pub(super) fn reasons(analysed: &[Analysed<'_>], index: &crate::source::LineIndex<'_>) -> Vec<String> {
    let unsafe_ones: Vec<&Analysed<'_>> = analysed.iter().filter(|a| a.judged.verdict != Verdict::Safe).gather();
    let unsafe_ones = crate::order::by_key(unsafe_ones, |a| (std::cmp::Reverse(a.judged.verdict), a.index));
    unsafe_ones
        .iter()
        .flat_map(|a| {
            let line = index.position(a.statement.span.start).line;
            a.judged.reasons.iter().map(move |reason| format!("Line {line}: {reason}."))
        })
        .gather()
}

/// One or two sentences: deploys, whether queries fail, how long writes wait.
pub(super) fn headline(
    verdict: Verdict,
    analysed: &[Analysed<'_>],
    coverage: Coverage,
    phases: &[Phase],
    deploys: u32,
    timing: &Timing,
    tables: &[TableSize],
) -> String {
    if analysed.is_empty() {
        return "Nothing to plan yet.".to_string();
    }
    let waits = waits(timing, phases, tables);
    let missing = coverage.total.saturating_sub(coverage.understood);
    if missing > 0 {
        let (of, verb) = (words::count(coverage.total.into()), if missing == 1 { "was" } else { "were" });
        return format!(
            "{} of {of} statements {verb} not understood, so a person has to read the change before it runs.",
            capital(&number(missing))
        );
    }
    let irreversible: Vec<&str> =
        phases.iter().flat_map(|p| &p.steps).filter(|s| s.irreversible.is_some()).map(|s| s.id.as_str()).gather();
    match verdict {
        Verdict::Safe => format!("Safe as written, and no query fails. {waits}"),
        Verdict::NeedsMultiStep => format!("{}, and no query ever fails. {waits}", deploys_words(deploys)),
        Verdict::RequiresApproval if irreversible.is_empty() => {
            format!("{}, and a person has to agree first. {waits}", deploys_words(deploys))
        }
        Verdict::RequiresApproval => {
            let steps = if irreversible.len() == 1 { "Step" } else { "Steps" };
            format!(
                "{}. {steps} {} cannot be undone and needs approval. {waits}",
                deploys_words(deploys),
                list(&irreversible, 3)
            )
        }
    }
}

fn deploys_words(deploys: u32) -> String {
    format!("{} {}", capital(&number(deploys)), if deploys == 1 { "deploy" } else { "deploys" })
}

fn waits(timing: &Timing, phases: &[Phase], tables: &[TableSize]) -> String {
    let unknown = phases.iter().flat_map(|p| &p.steps).any(|s| s.effects.writes == Traffic::Unknown);
    let used: Vec<&TableSize> = tables.iter().filter(|t| !t.new).gather();
    let whom = match used.as_slice() {
        [one] => format!("Writes to `{}`", one.name.replace('`', "'")),
        _ => "Writes".to_string(),
    };
    match timing.writes_blocked {
        _ if unknown => "How long traffic waits is not known.".to_string(),
        s if s <= 0.0 => format!("{whom} do not wait."),
        s if s < 1.0 && timing.reads_blocked <= s => format!("{whom} wait under 1 s in total."),
        s => {
            let reads = if timing.reads_blocked >= 1.0 {
                format!(", reads about {}", words::time(timing.reads_blocked))
            } else {
                String::new()
            };
            format!("{whom} wait about {}{reads}.", words::time(s))
        }
    }
}

fn number(n: u32) -> String {
    const SMALL: [&str; 13] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    SMALL.get(n as usize).map_or_else(|| words::count(n.into()), |word| (*word).to_string())
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => format!("{}{}", first.to_ascii_uppercase(), chars.as_str()),
        None => String::new(),
    }
}

/// The plan's title: the caller's, or made from the drafts.
pub(super) fn title(given: &str, analysed: &[Analysed<'_>]) -> String {
    if !given.trim().is_empty() {
        return given.trim().to_string();
    }
    let titles: Vec<&str> =
        analysed.iter().flat_map(|a| &a.drafted.drafts).map(|d| d.title.as_str()).filter(|t| !t.is_empty()).gather();
    match titles.as_slice() {
        [] => "Nothing to change".to_string(),
        [one] => (*one).to_string(),
        [a, b] => format!("{a}; {}", lower(b)),
        [first, rest @ ..] => {
            let first = first.split("; ").next().unwrap_or_default();
            format!("{first}, and {} more changes", rest.len())
        }
    }
}

pub(super) fn lower(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        // Not the first letter of an acronym.
        (Some(a), Some(b)) if b.is_lowercase() || b == ' ' => a.to_lowercase().chain([b]).chain(chars).collect(),
        _ => text.to_string(),
    }
}
