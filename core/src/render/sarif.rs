//! Findings as SARIF 2.1.0, the subset that code hosts read.

use crate::order::{Gather, PushAll};
use crate::report::{Diagnostic, Finding, Place, Report, Severity, StatementReport, Suppressed, Verdict};
use crate::rules;
use serde::Serialize;

/// Where a line of the change comes from: file and line there.
pub type Locate<'a> = &'a dyn Fn(usize) -> (String, usize);

/// The findings, and a result for every statement that is not safe and has none.
pub fn sarif(report: &Report, locate: Locate<'_>) -> String {
    let comments = report.diagnostics.iter().filter(|d| d.id.contains("suppression"));
    let results = report.statements.iter().flat_map(|s| of_statement(s, locate));
    let results = results.chain(comments.map(|d| of_comment(d, locate))).gather();
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: vec![Run { tool: Tool { driver: driver(report) }, results }],
    };
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: Vec<Run>,
}

#[derive(Serialize)]
struct Run {
    tool: Tool,
    results: Vec<Outcome>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: String,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    short_description: Text,
    full_description: Text,
    help: Text,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    rule_id: String,
    level: &'static str,
    message: Text,
    locations: Vec<Location>,
    partial_fingerprints: Fingerprint,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression>,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    justification: String,
}

#[derive(Serialize)]
struct Fingerprint {
    #[serde(rename = "statement/v1")]
    statement: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
}

/// What a statement gets that is not safe and that no rule speaks about.
const VERDICT_RULE: &str = "unsafe-statement";

fn driver(report: &Report) -> Driver {
    let own = Descriptor {
        id: VERDICT_RULE,
        short_description: text("The statement is not safe as written"),
        full_description: text("It blocks traffic, breaks running code, loses data or cannot be undone."),
        help: text("See the plan for the steps to use instead."),
    };
    let of_rule = |rule: &&rules::Rule| Descriptor {
        id: rule.id,
        short_description: text(rule.title),
        full_description: text(&format!("{} {}", rule.when, rule.effect)),
        help: text(&format!("{} Instead: {}", rule.why, rule.instead)),
    };
    Driver {
        name: "Lockstep",
        version: report.planner_version.clone(),
        rules: rules::ALL.iter().map(of_rule).chain([own]).gather(),
    }
}

fn text(text: &str) -> Text {
    Text { text: text.to_string() }
}

fn of_statement(statement: &StatementReport, locate: Locate<'_>) -> Vec<Outcome> {
    let mut out: Vec<Outcome> = statement.findings.iter().map(|f| of_finding(f, statement, locate)).gather();
    out.push_all(statement.suppressed.iter().map(|Suppressed { finding, reason }| Outcome {
        suppressions: vec![Suppression { kind: "inSource", justification: reason.clone() }],
        ..of_finding(finding, statement, locate)
    }));
    // A reason accepts what is known; what was not understood stays open.
    let answered = statement.suppressed.iter().filter(|_| statement.understood).map(|s| &s.finding);
    let spoken = statement.findings.iter().chain(answered).any(|f| f.severity > Severity::Info);
    if statement.verdict != Verdict::Safe && !spoken {
        let message = format!("{}: {}", statement.verdict.label(), statement.summary);
        let level = if statement.verdict == Verdict::RequiresApproval { "error" } else { "warning" };
        out.push(outcome(VERDICT_RULE, level, message, &statement.span, &statement.sql, locate));
    }
    out
}

fn of_finding(finding: &Finding, statement: &StatementReport, locate: Locate<'_>) -> Outcome {
    let level = match finding.severity {
        Severity::Info => "note",
        Severity::Warning => "warning",
        Severity::Danger => "error",
    };
    let message = format!("{} {} Instead: {}", finding.title, finding.message, finding.instead);
    outcome(&finding.rule, level, message, &finding.span, &statement.sql, locate)
}

/// A comment that was to ignore a finding, and does not.
fn of_comment(problem: &Diagnostic, locate: Locate<'_>) -> Outcome {
    let message = format!("{} {}", problem.message, problem.instead);
    outcome(&problem.id, "warning", message.clone(), &problem.span, &message, locate)
}

fn outcome(
    rule: &str,
    level: &'static str,
    message: String,
    place: &Place,
    same_by: &str,
    locate: Locate<'_>,
) -> Outcome {
    let (uri, line) = locate(place.line);
    let region = Region { start_line: line.max(1), start_column: place.column.max(1) };
    Outcome {
        rule_id: rule.to_string(),
        level,
        message: Text { text: message },
        locations: vec![Location { physical_location: Physical { artifact_location: Artifact { uri }, region } }],
        partial_fingerprints: Fingerprint { statement: format!("{rule}:{:016x}", fingerprint(same_by)) },
        suppressions: Vec::new(),
    }
}

/// FNV-1a over the statement without its white space: the same statement is the same alert wherever it moves.
fn fingerprint(sql: &str) -> u64 {
    let bytes = sql.bytes().filter(|b| !b.is_ascii_whitespace());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
