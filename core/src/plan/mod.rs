//! From analysed statements to phases of steps.
//!
//! In: the script, the schema, what each statement does. Out: the parts of a [`crate::report::Report`].
//! Never: engine names, SQL text of its own (recipes and engines write that).

use crate::report::{Coverage, Duration, Report, Risk, Runbook, SCHEMA_VERSION, Verdict};
use crate::request::Request;

/// Plans a change.
pub fn plan(request: &Request) -> Report {
    Report {
        schema_version: SCHEMA_VERSION,
        planner_version: env!("CARGO_PKG_VERSION").to_string(),
        title: String::new(),
        engine: request.engine.clone(),
        engine_title: String::new(),
        verdict: Verdict::RequiresApproval,
        headline: String::new(),
        reasons: Vec::new(),
        risk: Risk::High,
        coverage: Coverage::default(),
        duration: Duration::default(),
        assumptions: Vec::new(),
        tables: Vec::new(),
        statements: Vec::new(),
        phases: Vec::new(),
        deploys: 0,
        point_of_no_return: None,
        rollback: Vec::new(),
        checklist: Vec::new(),
        escalations: Vec::new(),
        runbook: Runbook::default(),
        files: Vec::new(),
        diagnostics: Vec::new(),
    }
}
