//! Findings that the text itself answers: `-- lockstep: ignore <rule>[, <rule>] because <reason>`.
//!
//! The comment stands before its statement, inside of it, or at the end of its last line. A finding that is answered does
//! not raise the verdict any more; what a statement does is judged as before, so that nothing unread becomes safe by it.

use super::{find, near};
use crate::change::Change;
use crate::order::{Gather, Map, PushAll};
use crate::parse::{Problem, Script, Statement};
use crate::report::Severity;
use crate::source::Span;
use crate::source::directive::directive;

/// The comments of one text, by statement.
#[derive(Debug, Default)]
pub struct Suppressions {
    by_statement: Map<usize, Vec<Suppression>>,
    /// Comments that have no effect, and why.
    pub problems: Vec<Problem>,
}

#[derive(Debug)]
struct Suppression {
    span: Span,
    rules: Vec<&'static str>,
    reason: String,
}

impl Suppressions {
    /// Reads the comments of a script.
    pub fn read(text: &str, script: &Script) -> Self {
        let mut all = Suppressions::default();
        for span in &script.directives {
            if let Err(problem) = all.add(text, script, *span) {
                all.problems.push(problem);
            }
        }
        all
    }

    /// Why a finding of this rule on this statement is accepted.
    pub fn reason(&self, statement: usize, rule: &str) -> Option<&str> {
        let here = self.by_statement.get(&statement)?;
        here.iter().find(|s| s.rules.contains(&rule)).map(|s| s.reason.as_str())
    }

    /// One problem for each rule that was to be ignored and did not report. `reported`: on that statement, that rule.
    pub fn unused(&self, reported: impl Fn(usize, &str) -> bool) -> Vec<Problem> {
        let all = self.by_statement.iter().flat_map(|(at, here)| here.iter().map(move |s| (*at, s)));
        let rules = all.flat_map(|(at, s)| s.rules.iter().map(move |rule| (at, s.span, *rule)));
        rules.filter(|(at, _, rule)| !reported(*at, rule)).map(|(_, span, rule)| unused(span, rule)).gather()
    }

    fn add(&mut self, text: &str, script: &Script, span: Span) -> Result<(), Problem> {
        let said = directive(span.of(text)).unwrap_or_default();
        let words: Vec<&str> = said.split_whitespace().gather();
        let Some((_, rest)) = words.split_first().filter(|(verb, _)| verb.eq_ignore_ascii_case("ignore")) else {
            return Err(not_understood(span));
        };
        let because = rest.iter().position(|word| word.eq_ignore_ascii_case("because")).unwrap_or(rest.len());
        let (named, reason) = (rest.get(..because).unwrap_or_default(), rest.get(because + 1..).unwrap_or_default());
        if reason.is_empty() {
            return Err(without_reason(span));
        }
        let mut rules = Vec::new();
        for id in named.iter().flat_map(|word| word.split(',')).filter(|id| !id.is_empty()) {
            match find(id) {
                Some(rule) => rules.push(rule.id),
                None => self.problems.push(unknown(span, id)),
            }
        }
        let Some(statement) = statement_of(text, script, span) else {
            self.problems.push_all(rules.iter().map(|rule| unused(span, rule)));
            return Ok(());
        };
        let suppression = Suppression { span, rules, reason: reason.join(" ") };
        self.by_statement.change(statement, |all| all.push(suppression));
        Ok(())
    }
}

/// The statement that a comment stands in, ends, or precedes.
fn statement_of(text: &str, script: &Script, comment: Span) -> Option<usize> {
    let next = script.statements.partition_point(|s| s.span.start <= comment.start);
    let before = next.checked_sub(1).and_then(|at| script.statements.get(at).map(|s| (at, s)));
    let ends = |end: usize| {
        let line_ends =
            text.get(comment.end..).unwrap_or_default().lines().next().unwrap_or_default().trim().is_empty();
        line_ends && !Span::new(end, comment.start).of(text).contains('\n')
    };
    let at = match before {
        Some((at, statement)) if comment.start < statement.span.end || ends(statement.span.end) => at,
        _ => next,
    };
    let statement = script.statements.get(at)?;
    // What is found out about a group is said by the statement that stands for it.
    let stands = |s: &Statement| s.changes.iter().any(|a| matches!(a.change, Change::RebuildTable { .. }));
    let spokesman = script.group(statement).find(|at| script.statements.get(*at).is_some_and(stands));
    Some(spokesman.unwrap_or(at))
}

fn problem(id: &'static str, span: Span, message: String, instead: String) -> Problem {
    Problem { id, severity: Severity::Warning, message, instead, span }
}

const FORM: &str = "Write `lockstep: ignore <rule> because <reason>`.";

fn not_understood(span: Span) -> Problem {
    problem(
        "suppression-not-understood",
        span,
        "This comment asks for something unknown.".to_string(),
        FORM.to_string(),
    )
}

fn without_reason(span: Span) -> Problem {
    let message = "This comment does not say why, so nothing is ignored.".to_string();
    problem("suppression-without-reason", span, message, FORM.to_string())
}

fn unknown(span: Span, id: &str) -> Problem {
    let meant = near(id);
    let instead = match meant.is_empty() {
        true => "Use the id that stands beside the finding.".to_string(),
        false => format!("Did you mean {}?", meant.join(", ")),
    };
    problem("suppression-of-unknown-rule", span, format!("There is no rule {id:?}."), instead)
}

fn unused(span: Span, rule: &str) -> Problem {
    let message = format!("{rule} does not report here, so there is nothing to ignore.");
    problem(
        "unused-suppression",
        span,
        message,
        "Take the comment away, or move it to the statement meant.".to_string(),
    )
}
