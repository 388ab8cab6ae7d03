//! Which place of the text belongs to which statement, finding and step, both ways.

use lockstep_core::report::{Place, Report, Severity};

/// The statement at a place of the change (UTF-16 units); none where the change was derived: no text of the reader has it.
pub fn statement_at(report: &Report, at: usize) -> Option<usize> {
    if report.derived_sql.is_some() {
        return None;
    }
    report.statements.iter().position(|s| s.span.start_utf16 <= at && at <= s.span.end_utf16)
}

/// The steps that stand for a statement.
pub fn steps_of(report: &Report, statement: usize) -> &[String] {
    report.statements.get(statement).map_or(&[], |statement| &statement.steps)
}

/// Something to show at a place of the change.
#[derive(Debug, Clone, PartialEq)]
pub struct Marked {
    /// Where.
    pub span: Place,
    /// End of its statement, UTF-16 units.
    pub statement_end: usize,
    /// How bad.
    pub severity: Severity,
    /// A few words.
    pub title: String,
    /// What happens.
    pub message: String,
    /// Number of the statement, from 0; none for what belongs to no statement.
    pub statement: Option<usize>,
    /// Id of the rule or diagnostic.
    pub rule: String,
    /// Steps stand for the statement.
    pub planned: bool,
}

/// All findings and diagnostics of one text: `sql`, `schema` or `target_schema`.
pub fn marked(report: &Report, input: &str) -> Vec<Marked> {
    if input == "sql" && report.derived_sql.is_some() {
        return Vec::new();
    }
    let findings = report.statements.iter().enumerate().filter(|_| input == "sql").flat_map(|(i, statement)| {
        statement.findings.iter().map(move |finding| Marked {
            span: finding.span,
            statement_end: statement.span.end_utf16,
            severity: finding.severity,
            title: finding.title.to_string(),
            message: finding.message.clone(),
            statement: Some(i),
            rule: finding.rule.to_string(),
            planned: !statement.steps.is_empty(),
        })
    });
    let diagnostics =
        report.diagnostics.iter().filter(|diagnostic| diagnostic.input == input).map(|diagnostic| Marked {
            span: diagnostic.span,
            statement_end: diagnostic.span.end_utf16,
            severity: diagnostic.severity,
            title: diagnostic.message.clone(),
            message: diagnostic.instead.clone(),
            statement: statement_at(report, diagnostic.span.start_utf16).filter(|_| input == "sql"),
            rule: diagnostic.id.clone(),
            planned: false,
        });
    findings.chain(diagnostics).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        lockstep_core::plan(&lockstep_core::Request {
            sql: "SELECT 1;\n-- é\nALTER TABLE t DROP COLUMN c;\nnonsense here;".into(),
            engine: "postgres:16".into(),
            ..lockstep_core::Request::default()
        })
    }

    #[test]
    fn a_place_belongs_to_its_statement() {
        let report = report();
        for (i, statement) in report.statements.iter().enumerate() {
            assert_eq!(statement_at(&report, statement.span.start_utf16), Some(i));
            assert_eq!(statement_at(&report, statement.span.end_utf16), Some(i));
        }
        assert_eq!(statement_at(&report, 100_000), None);
    }

    #[test]
    fn what_was_derived_is_in_no_text() {
        let report = lockstep_core::plan(&lockstep_core::Request {
            schema: Some("CREATE TABLE t (a int);".into()),
            target_schema: Some("CREATE TABLE t (a bigint); nonsense here;".into()),
            engine: "postgres:16".into(),
            ..lockstep_core::Request::default()
        });
        assert!(report.statements.iter().any(|statement| !statement.findings.is_empty()));
        assert_eq!(marked(&report, "sql"), []);
        assert_eq!(statement_at(&report, 1), None);
        let unread = marked(&report, "target_schema");
        assert!(unread.iter().any(|marked| marked.span.start_utf16 == 27 && marked.statement.is_none()), "{unread:?}");
    }

    #[test]
    fn findings_stay_inside_the_text() {
        let report = report();
        for marked in marked(&report, "sql") {
            assert!(marked.span.start_utf16 <= marked.span.end_utf16 && marked.span.end_utf16 <= 60, "{marked:?}");
        }
        assert!(marked(&report, "schema").iter().all(|marked| marked.statement.is_none()));
    }
}
