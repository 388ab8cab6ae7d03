//! The pages `docs/rules/<id>.md`: the fields of a rule, its cases, and what Lockstep says of each.

use crate::rule_cases::{self, RuleCase};
use lockstep_core::report::{Severity, StatementReport};
use lockstep_core::rules::{ALL, Rule};
use std::fmt::Write;

/// Every page and the list of them, by file name.
pub fn all() -> Vec<(String, String)> {
    let pages = ALL.iter().map(|rule| (format!("{}.md", rule.id), page(rule)));
    pages.chain([("README.md".to_string(), index()), ("rules.json".to_string(), fields())]).collect()
}

/// The fields of all rules, one rule a line: what the page shows of them.
fn fields() -> String {
    let rows = ALL.iter().map(|rule| {
        let fields = serde_json::json!({
            "id": rule.id, "title": rule.title, "when": rule.when, "effect": rule.effect, "why": rule.why,
            "instead": rule.instead, "sources": rule.sources,
        });
        fields.to_string()
    });
    format!("[\n{}\n]\n", rows.collect::<Vec<_>>().join(",\n"))
}

fn index() -> String {
    let mut rules: Vec<&&Rule> = ALL.iter().collect();
    rules.sort_by_key(|rule| rule.id);
    let rows: String = rules.iter().map(|rule| format!("| [{0}]({0}.md) | {1} |\n", rule.id, rule.title)).collect();
    format!(
        "# Rules\n\n{} rules. How bad a finding is depends on the sizes given: the same statement is a note on a small table and a \
         danger on a large one.\n\nA finding that is accepted is answered in the text, before the statement or at the end of its \
         line:\n\n```sql\n-- lockstep: ignore create-index-blocks because the table is read-only at night\nCREATE INDEX \
         users_email_idx ON users (email);\n```\n\nIt then stays in the report as ignored, with the reason. What a statement does \
         is judged as before: nothing that was not understood becomes safe by a comment. A comment without a reason, of an unknown \
         rule, or that meets no finding, is reported itself.\n\n| Rule | What it says |\n|---|---|\n{rows}",
        ALL.len()
    )
}

fn page(rule: &Rule) -> String {
    let cases = rule_cases::of(rule);
    let part =
        |bad: bool| cases.iter().filter(|case| case.bad == bad).map(|case| example(rule, case)).collect::<String>();
    let sources: String = rule.sources.iter().map(|source| format!("- {source}\n")).collect();
    let instead = match rule.instead.contains('\n') {
        true => rule.instead.lines().map(|line| format!("\n  - {line}")).collect(),
        false => format!(" {}", rule.instead),
    };
    format!(
        "# {}\n\n**{}**\n\n- **When:** {}\n- **Effect:** {}\n- **Why:** {}\n- **Instead:**{}\n\n## Reported\n\n{}## Not \
         reported\n\n{}## Sources\n\n{sources}",
        rule.id,
        rule.title,
        rule.when,
        rule.effect,
        rule.why,
        instead,
        part(true),
        part(false)
    )
}

fn example(rule: &Rule, case: &RuleCase) -> String {
    let request = &case.written.request;
    let mut facts = vec![case.report.engine_title.clone()];
    facts.extend(
        request.rows.iter().map(|(table, rows)| format!("{table} has {} rows", lockstep_core::words::count(*rows))),
    );
    if request.options.in_transaction {
        facts.push("the runner opens a transaction".to_string());
    }
    if !request.options.framework.is_empty() {
        facts.push(format!("the framework is {}", request.options.framework));
    }
    let mut out = format!("{}:\n\n", facts.join("; "));
    if let Some(schema) = &request.schema {
        let _ =
            write!(out, "```sql\n-- The database:\n{}\n-- The change:\n{}\n```\n\n", schema.trim(), request.sql.trim());
    } else {
        let _ = write!(out, "```sql\n{}\n```\n\n", request.sql.trim());
    }
    let _ = writeln!(out, "Verdict: {}.", case.report.verdict.label());
    let said: String = case.report.statements.iter().flat_map(|statement| own(rule, statement)).collect();
    if said.is_empty() { out + "\n" } else { format!("{out}\n{said}\n") }
}

/// What the rule says of a statement.
fn own(rule: &Rule, statement: &StatementReport) -> Vec<String> {
    let findings = statement.findings.iter().filter(|finding| finding.rule == rule.id);
    let line = |severity| match severity {
        Severity::Info => "Note",
        Severity::Warning => "Warning",
        Severity::Danger => "Danger",
    };
    findings.map(|f| format!("> **{}: {}.** {}\n", line(f.severity), f.title, f.message)).collect()
}
