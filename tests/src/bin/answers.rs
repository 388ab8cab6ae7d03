//! Every fixture as a question, with the answer that the command line gives, as JSON on standard output. A browser test asks
//! the page's planners the same (`tests/e2e/answers.spec.mjs`).

use lockstep_core::target::Target;
use lockstep_core::{Request, plan, render, rules};
use lockstep_tests::cases::cases;
use lockstep_tests::rule_cases;
use serde::Serialize;

#[derive(Serialize)]
struct Asked {
    name: String,
    /// Whose planner is asked.
    family: &'static str,
    request: Request,
    answer: String,
}

fn main() {
    let plans = cases("").into_iter().flat_map(|case| {
        // The same change as two schemas.
        let wanted = format!("{};\n{}", case.schema.trim_end().trim_end_matches(';'), case.request.sql);
        let name = format!("{}, two schemas", case.name);
        let schemas = Request {
            sql: String::new(),
            schema: Some(case.schema),
            target_schema: Some(wanted),
            ..case.request.clone()
        };
        [(case.name, case.request), (name, schemas)]
    });
    let rules = rules::ALL.iter().flat_map(|rule| rule_cases::of(rule));
    let all: Vec<Asked> = plans.chain(rules.map(|case| (case.name, case.written.request))).map(asked).collect();
    serde_json::to_writer(std::io::stdout().lock(), &all).expect("standard output");
}

fn asked((name, request): (String, Request)) -> Asked {
    let family = Target::parse(&request.engine).expect("an engine").engine().family();
    let answer = render::json::json(&plan(&request));
    Asked { name, family, request, answer }
}
