//! The published JSON Schemas are those of the types, and reports keep to them.

use lockstep_core::render::json;
use lockstep_core::{Report, Request, plan};
use lockstep_tests::cases::cases;
use lockstep_tests::{fresh, sample};
use schemars::schema_for;
use serde_json::Value;

fn published(schema: schemars::Schema, file: &str) -> Value {
    let value = schema.to_value();
    let mut text = serde_json::to_string_pretty(&value).unwrap();
    text.push('\n');
    fresh::check(&fresh::root().join("docs").join(file), &text);
    value
}

#[test]
fn schemas_are_fresh_and_reports_keep_to_them() {
    let schema = published(schema_for!(Report), "report.schema.json");
    let validator = jsonschema::validator_for(&schema).unwrap();
    let samples = [sample::rename_column(), sample::add_index_with_trigger(), sample::hostile()];
    for report in samples.into_iter().chain(cases("").iter().map(|case| plan(&case.request))) {
        let value: Value = serde_json::from_str(&json(&report)).unwrap();
        let errors: Vec<String> = validator.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", report.title);
    }
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let validator = jsonschema::validator_for(&schema_for!(Report).to_value()).unwrap();
    let mut value: Value = serde_json::from_str(&json(&sample::rename_column())).unwrap();
    value["verdict"] = "fine".into();
    assert!(!validator.is_valid(&value));
}

#[test]
fn the_request_schema_is_fresh_and_accepts_the_shortest_request() {
    let schema = published(schema_for!(Request), "request.schema.json");
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&serde_json::json!({ "sql": "SELECT 1", "engine": "postgres:16" })));
    assert!(!validator.is_valid(&serde_json::json!({ "sql": 1 })));
}

#[test]
fn a_report_survives_the_way_through_json() {
    let report = sample::rename_column();
    assert_eq!(serde_json::from_str::<Report>(&json(&report)).unwrap(), report);
}
