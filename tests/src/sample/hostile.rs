//! Names and literals chosen to break out of every quoting that an output uses.

use super::build::*;
use lockstep_core::report::*;

/// Literals that end each kind of quotation, and words that some tool would replace.
pub const LITERALS: &[&str] = &[
    r#"INSERT INTO t VALUES ('"""')"#,
    r"INSERT INTO t VALUES ('\', '\n', '\')",
    "INSERT INTO t VALUES ('100 %', '%s', '%(x)s', '{0}', '${home}', '#{1+1}')",
    "INSERT INTO t VALUES ('12:30', ':name', ' :name', '\\:name', ':name:', a::int)",
    "INSERT INTO t VALUES ('a\nSQL\nb')",
    "INSERT INTO t VALUES ('ends in quote\"')",
    "INSERT INTO t VALUES ('carriage\r\nreturn', 'tab\t')",
    "INSERT INTO t VALUES ('```', '~~~', '<script>alert(1)</script>')",
    "INSERT INTO t VALUES ('größer', '\u{1f980}') -- the end",
];

/// A plan whose every text is hostile.
pub fn hostile() -> Report {
    let nasty = "Rename `a`|b <img src=x onerror=alert(1)> */ \"\"\" #{x}\nDROP TABLE users; -- [x](javascript:1)";
    let mut report = empty(nasty, "postgres:16", "PostgreSQL 16");
    report.headline = nasty.to_string();
    report.reasons = texts(&[nasty]);
    report.checklist = texts(&[nasty]);
    let one = Step {
        why: nasty.to_string(),
        sql: texts(LITERALS),
        effects: lock("ROW EXCLUSIVE", nasty, false, false, "yes"),
        undo: undo(LITERALS, false),
        on_failure: nasty.to_string(),
        gate: nasty.to_string(),
        other_ways: vec![OtherWay { tool: nasty.to_string(), when: nasty.to_string(), command: "```\nls".to_string() }],
        ..step("1", StepKind::Sql, nasty)
    };
    let two = Step {
        irreversible: Some(nasty.to_string()),
        sql: texts(&["DROP TABLE t"]),
        ..step("2", StepKind::Sql, nasty)
    };
    report.phases = vec![Phase {
        name: PhaseName::Expand,
        deploy: 1,
        title: nasty.to_string(),
        code: nasty.to_string(),
        steps: vec![one, two],
    }];
    report.rollback = vec![Rollback {
        phase: PhaseName::Expand,
        deploy: 1,
        title: nasty.to_string(),
        sql: texts(LITERALS),
        lossy: true,
        until: nasty.to_string(),
    }];
    report
}
