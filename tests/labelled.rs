//! Statements with the answer that a database administrator would give: which are safe, and which hazard the others have.
//!
//! One file per engine in `fixtures/labelled`. It begins with the database (`@` lines and DDL); then each case is a line
//! `=== safe`, `=== unsafe rule,…`, `=== approval rule,…` or `=== note rule,…`, then `| why`, its own `@` lines, and its SQL:
//!
//! - `safe`: the verdict is "Safe" and no finding is above "info";
//! - `unsafe`: the verdict is not "Safe", and each of the rules reports above "info";
//! - `approval`: the verdict is "Requires approval", and each of the rules reports above "info";
//! - `note`: the verdict is "Safe", and each of the rules reports, at whatever severity.
//!
//! The settings are those of `lockstep_tests::written`.

use lockstep_core::plan;
use lockstep_core::report::{Severity, Verdict};
use lockstep_core::request::Request;
use lockstep_core::source::{Dialect, Lexer, TokenKind};
use lockstep_core::target::{Engine, Target};
use lockstep_tests::fresh::root;
use lockstep_tests::rule_cases::findings;
use lockstep_tests::written;

#[test]
fn postgres() {
    check("postgres", 150);
}

#[test]
fn mysql() {
    check("mysql", 50);
}

#[test]
fn mariadb() {
    check("mariadb", 25);
}

#[test]
fn sqlite() {
    check("sqlite", 40);
}

/// White space, comments and the case of keywords change nothing of an answer.
#[test]
fn spelling_does_not_matter() {
    let mut faults = Vec::new();
    for engine in Engine::ALL {
        let path = root().join(format!("tests/fixtures/labelled/{}.txt", engine.id()));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut blocks = text.split("\n=== ");
        let database = blocks.next().unwrap_or_default();
        for block in blocks {
            let body = block.split_once('\n').map_or("", |(_, body)| body);
            let request = written::read(engine.id(), database, body).request;
            faults.extend(changed_by_spelling(block, &request));
        }
    }
    assert!(faults.is_empty(), "{}:\n\n{}", faults.len(), faults.join("\n\n"));
}

/// How a word is written.
type Case = fn(&str) -> String;

fn changed_by_spelling(block: &str, request: &Request) -> Option<String> {
    // Client commands, markers and executable comments are made of lines and comments.
    if ["\\", "DELIMITER", "+goose", "migrate:", "/*!", "statement-breakpoint", "$$", "$do$"]
        .iter()
        .any(|word| request.sql.contains(word))
        || request.sql.starts_with('.')
    {
        return None;
    }
    let said = |sql: String| {
        let report = plan(&Request { sql, ..request.clone() });
        let found: Vec<(String, Severity)> =
            findings(&report).map(|(id, severity)| (id.to_string(), severity)).collect();
        (report.verdict, found)
    };
    let expected = said(request.sql.clone());
    let ways: [(&str, Case); 3] =
        [(" /* ; */\n\t", str::to_string), (" ", str::to_lowercase), ("\n-- x\n", str::to_uppercase)];
    ways.into_iter().find_map(|(gap, case)| {
        let sql = respelled(request, gap, case);
        let got = said(sql.clone());
        (got != expected).then(|| format!("{block}\n  as written {expected:?}\n  respelled  {got:?}\n{sql}"))
    })
}

/// The tokens with another gap between them, and unquoted words in another case.
fn respelled(request: &Request, gap: &str, case: Case) -> String {
    let target = Target::parse(&request.engine).unwrap_or_else(|bad| panic!("{}", bad.message));
    let mut lexer = Lexer::new(&request.sql, Dialect::of(target));
    let (mut out, mut end) = (String::new(), None);
    while let Some(token) = lexer.next_token() {
        if token.kind == TokenKind::Comment {
            continue;
        }
        if end.is_some_and(|end| end != token.start) {
            out.push_str(gap);
        }
        let text = token.of(&request.sql);
        out.push_str(&if token.kind == TokenKind::Word { case(text) } else { text.to_string() });
        end = Some(token.end);
    }
    out + "\n"
}

/// Reads a file of cases and compares each with the planner's answer.
fn check(engine: &str, at_least: usize) {
    let path = root().join(format!("tests/fixtures/labelled/{engine}.txt"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut blocks = text.split("\n=== ");
    let database = blocks.next().unwrap_or_default();
    let blocks: Vec<&str> = blocks.collect();
    assert!(blocks.len() >= at_least, "only {} cases for {engine}", blocks.len());
    let faults: Vec<String> = blocks.iter().filter_map(|block| fault(engine, database, block)).collect();
    assert!(faults.is_empty(), "{} of {} cases:\n\n{}", faults.len(), blocks.len(), faults.join("\n\n"));
}

/// What is wrong with the answer to one case.
fn fault(engine: &str, database: &str, block: &str) -> Option<String> {
    let (head, body) = block.split_once('\n').unwrap_or((block, ""));
    let label = head.split('|').next().unwrap_or_default();
    let (label, rules) = label.trim().split_once(' ').unwrap_or((label.trim(), ""));
    let report = plan(&written::read(engine, database, body).request);
    let mut wrong = Vec::new();
    let verdict = report.verdict;
    match label {
        "safe" | "note" if verdict != Verdict::Safe => wrong.push(format!("verdict {verdict:?}: {:?}", report.reasons)),
        "unsafe" if verdict == Verdict::Safe => wrong.push("falsely safe".to_string()),
        "approval" if verdict != Verdict::RequiresApproval => wrong.push(format!("verdict {verdict:?}")),
        "safe" | "note" | "unsafe" | "approval" => {}
        other => wrong.push(format!("unknown label {other}")),
    }
    let least = if label == "note" { Severity::Info } else { Severity::Warning };
    let found: Vec<(&str, Severity)> = findings(&report).collect();
    for rule in rules.split(',').map(str::trim).filter(|rule| !rule.is_empty()) {
        if !found.iter().any(|(id, severity)| *id == rule && *severity >= least) {
            wrong.push(format!("{rule} is missing"));
        }
    }
    if label == "safe" {
        let loud = found.iter().filter(|(_, severity)| *severity > Severity::Info);
        wrong.extend(loud.map(|(id, severity)| format!("{id} is reported as {severity:?}")));
    }
    let all: Vec<String> = found.iter().map(|(id, severity)| format!("{id} {severity:?}")).collect();
    (!wrong.is_empty()).then(|| format!("{block}\n  -> {}\n  found: {}", wrong.join("; "), all.join(", ")))
}
