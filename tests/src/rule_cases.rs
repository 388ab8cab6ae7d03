//! Cases of the rules: `tests/fixtures/rules/<id>/bad*.sql` on which the rule reports, `good*.sql` on which it does not.

use crate::fresh::{files_below, root};
use crate::written::{self, Written};
use lockstep_core::plan;
use lockstep_core::report::{Report, Severity, Verdict};
use lockstep_core::rules::Rule;

/// One file.
pub struct RuleCase {
    /// `create-index-blocks/bad-mysql.sql`.
    pub name: String,
    /// It is a `bad` one.
    pub bad: bool,
    /// What is asked.
    pub written: Written,
    /// The answer.
    pub report: Report,
}

/// The files of one rule, the bad ones first.
///
/// # Panics
/// When a file cannot be read.
pub fn of(rule: &Rule) -> Vec<RuleCase> {
    let folder = root().join("tests/fixtures/rules").join(rule.id);
    let cases = files_below(&folder).into_iter().map(|path| {
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let file = path.file_name().map(|name| name.to_string_lossy().to_string()).unwrap_or_default();
        let written = written::read("postgres:16", "", &text);
        let report = plan(&written.request);
        RuleCase { name: format!("{}/{file}", rule.id), bad: file.starts_with("bad"), written, report }
    });
    cases.collect()
}

/// What is wrong with the answer to a case.
pub fn fault(rule: &Rule, case: &RuleCase) -> Option<String> {
    let found: Vec<(&str, Severity)> = findings(&case.report).collect();
    let own = found.iter().filter(|(id, _)| *id == rule.id).map(|(_, severity)| *severity).max();
    let advice = case.written.other.iter().any(|(name, value)| name == "severity" && value == "info");
    let verdict = case.report.verdict;
    let wrong = match (case.bad, own) {
        (true, None) => "it does not report".to_string(),
        (true, Some(severity)) if advice && severity != Severity::Info => format!("it reports as {severity:?}"),
        (true, Some(Severity::Info)) if !advice => "it reports as a note only".to_string(),
        (true, Some(_)) if !advice && verdict == Verdict::Safe => "the change is called safe".to_string(),
        (false, Some(_)) => "it reports".to_string(),
        (false, None) if found.iter().any(|(_, severity)| *severity > Severity::Info) => {
            "another rule is loud".to_string()
        }
        (false, None) if verdict != Verdict::Safe => format!("the verdict is {verdict:?}: {:?}", case.report.reasons),
        _ => return None,
    };
    Some(format!("{}: {wrong}; found {found:?}", case.name))
}

/// All findings, with their severity.
pub fn findings(report: &Report) -> impl Iterator<Item = (&str, Severity)> {
    let all = report.statements.iter().flat_map(|statement| &statement.findings);
    all.map(|finding| (finding.rule.as_ref(), finding.severity))
}
