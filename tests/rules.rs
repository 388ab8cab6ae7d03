//! Rules: each has cases on which it reports and on which it does not, and a page made of them.

use lockstep_core::report::{Severity, Verdict};
use lockstep_core::request::Request;
use lockstep_core::rules::ALL;
use lockstep_core::{plan, render};
use lockstep_tests::fresh::{self, root};
use lockstep_tests::{rule_cases, rule_pages, steps, written};

#[test]
fn every_rule_reports_what_it_should_and_nothing_else() {
    let mut faults = Vec::new();
    for rule in ALL {
        let cases = rule_cases::of(rule);
        for (bad, word) in [(true, "bad"), (false, "good")] {
            if !cases.iter().any(|case| case.bad == bad) {
                faults.push(format!("{} has no {word}.sql", rule.id));
            }
        }
        faults.extend(cases.iter().filter_map(|case| rule_cases::fault(rule, case)));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn ids_are_kebab_case_and_apart() {
    let mut ids: Vec<&str> = ALL.iter().map(|rule| rule.id).collect();
    ids.sort_unstable();
    let twice: Vec<&[&str]> = ids.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let kebab = |id: &&&str| id.split('-').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase()));
    assert_eq!(ids.iter().filter(|id| !kebab(id)).collect::<Vec<_>>(), Vec::<&&str>::new());
    let folders =
        std::fs::read_dir(root().join("tests/fixtures/rules")).unwrap().flatten().filter(|e| e.path().is_dir());
    let strays: Vec<String> = folders
        .map(|e| e.file_name().to_string_lossy().to_string())
        .filter(|name| !ids.contains(&name.as_str()))
        .collect();
    assert_eq!(strays, Vec::<String>::new(), "folders without a rule");
}

/// A step of a plan is never worse than the plan says: planned again on its own, its statements have no danger left that
/// the step neither states nor asks approval for.
#[test]
fn plans_of_the_bad_cases_have_no_falsely_safe_step() {
    let mut faults = Vec::new();
    for rule in ALL {
        for case in rule_cases::of(rule).iter().filter(|case| case.bad) {
            let other = case.written.other.iter().filter(|(name, _)| name == "worse-alone");
            let worse_alone: Vec<String> = other.flat_map(|(_, ids)| ids.split(' ').map(str::to_string)).collect();
            faults.extend(steps::faults(&case.name, &case.written.request, &worse_alone));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn pages_are_fresh() {
    fresh::check_folder(&root().join("docs/rules"), &rule_pages::all());
}

/// `fixtures/suppressions.txt`: cases `=== title`, the text, and behind `-->` what is ignored and what is said of comments.
#[test]
fn comments_answer_findings() {
    let path = root().join("tests/fixtures/suppressions.txt");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut faults = Vec::new();
    for block in text.split("=== ").skip(1) {
        let (title, body) = block.split_once('\n').unwrap();
        let (sql, expected) = body.split_once("-->\n").unwrap();
        let said = said(&written::read("postgres:16", "", sql).request);
        if said != expected.trim_end() {
            faults.push(format!("{title}\nsaid:\n{said}\nexpected:\n{expected}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn said(request: &Request) -> String {
    let report = plan(request);
    let mut lines = vec![format!("verdict {:?}", report.verdict)];
    for statement in &report.statements {
        let line = statement.span.line;
        for one in &statement.suppressed {
            assert!(!statement.findings.iter().any(|finding| finding.rule == one.finding.rule));
            lines.push(format!("{line} ignored {}: {}", one.finding.rule, one.reason));
        }
        let loud = statement.findings.iter().filter(|finding| finding.severity > Severity::Info);
        lines.extend(loud.map(|finding| format!("{line} open {}", finding.rule)));
    }
    lines.extend(report.diagnostics.iter().map(|d| format!("{} {}: {} {}", d.span.line, d.id, d.message, d.instead)));
    lines.join("\n")
}

#[test]
fn code_hosts_and_readers_see_what_is_ignored() {
    let sql = "-- lockstep: ignore truncate-loses-data because it is a cache\nTRUNCATE cache;\n-- lockstep: ignore x\n";
    let report = plan(&Request { sql: sql.to_string(), engine: "postgres:16".to_string(), ..Request::default() });
    let sarif: serde_json::Value =
        serde_json::from_str(&render::sarif::sarif(&report, &|line| ("a.sql".to_string(), line))).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let one = results.iter().find(|result| result["ruleId"] == "truncate-loses-data").unwrap();
    assert_eq!(one["suppressions"][0]["kind"], "inSource");
    assert_eq!(one["suppressions"][0]["justification"], "it is a cache");
    assert!(results.iter().any(|result| result["ruleId"] == "suppression-without-reason"));
    let markdown = render::markdown(&report);
    assert!(markdown.contains("**Ignored: All rows are gone.** The text says why: it is a cache"), "{markdown}");
    assert!(markdown.contains("## Comments without effect"), "{markdown}");
}

/// `fixtures/rules/coverage.txt`: every check of the field has an answer that a plan of its example really gives.
#[test]
fn every_check_of_the_field_has_its_answer() {
    let text = std::fs::read_to_string(root().join("tests/fixtures/rules/coverage.txt")).unwrap();
    let (mut faults, mut numbers) = (Vec::new(), std::collections::BTreeSet::new());
    for line in text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())) {
        let parts: Vec<&str> = line.splitn(4, '|').map(str::trim).collect();
        let [number, engine, answer, sql] = parts.as_slice() else { panic!("not four parts: {line}") };
        numbers.insert(number.parse::<u32>().unwrap());
        let (kind, what) = answer.split_once(' ').unwrap_or((answer, ""));
        if kind == "none" {
            assert!(sql.is_empty() && what.len() > 3, "{line}");
            continue;
        }
        if let Some(fault) = unanswered(engine, kind, what, &sql.replace("\\n", "\n")) {
            faults.push(format!("{line}\n  -> {fault}"));
        }
    }
    assert_eq!(numbers.into_iter().collect::<Vec<_>>(), (1..=210).collect::<Vec<_>>(), "numbers without a line");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn unanswered(engine: &str, kind: &str, what: &str, sql: &str) -> Option<String> {
    let labelled = root().join(format!("tests/fixtures/labelled/{engine}.txt"));
    let labelled = std::fs::read_to_string(&labelled).unwrap_or_else(|e| panic!("{}: {e}", labelled.display()));
    let database = labelled.split("\n=== ").next().unwrap_or_default();
    let report = plan(&written::read(engine, database, sql).request);
    let found: Vec<(&str, Severity)> = rule_cases::findings(&report).collect();
    let reports =
        |least| what.split(", ").all(|id| found.iter().any(|(own, severity)| *own == id && *severity >= least));
    let steps = || report.phases.iter().flat_map(|phase| &phase.steps).flat_map(|step| &step.sql);
    let effects = || report.statements.iter().map(|statement| serde_json::to_string(&statement.effects).unwrap());
    let answered = match kind {
        "finding" => reports(Severity::Info),
        "loud" => reports(Severity::Warning),
        "safe" => report.verdict == Verdict::Safe && found.iter().all(|(_, severity)| *severity == Severity::Info),
        "effect" => effects().any(|text| text.contains(what)),
        "step" => steps().any(|sql| sql.contains(what)),
        "plan" => render::markdown(&report).contains(what),
        other => panic!("unknown answer {other}"),
    };
    (!answered).then(|| format!("{:?}: {found:?} {:?}", report.verdict, effects().collect::<Vec<_>>()))
}
