//! What holds for every text: it is planned, its places are right, and the same question gets the same answer.

use lockstep_core::report::{Place, Report};
use lockstep_core::request::Request;
use lockstep_core::target::Engine;
use lockstep_tests::texts::texts;
use proptest::prelude::*;

fn settings() -> ProptestConfig {
    ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn every_text_is_planned(sql in texts(), schema in texts(), stats in texts()) {
        for engine in Engine::ALL {
            let request = Request {
                sql: sql.clone(),
                engine: engine.id().to_string(),
                schema: Some(schema.clone()),
                stats: Some(stats.clone()),
                ..Request::default()
            };
            let report = lockstep_core::plan(&request);
            places_are_right(&sql, &report)?;
            let (first, second) = (json(&report), json(&lockstep_core::plan(&request)));
            prop_assert!(first == second, "the same question got another answer");
        }
    }

    #[test]
    fn every_engine_name_is_answered(engine in "\\PC{0,12}|(postgres|mysql|mariadb|sqlite)[:@ ]?[0-9.x]{0,9}") {
        let report = lockstep_core::plan(&Request { sql: "DROP TABLE t".into(), engine, ..Request::default() });
        prop_assert!(!report.engine.is_empty() || !report.diagnostics.is_empty());
    }
}

fn places_are_right(sql: &str, report: &Report) -> Result<(), TestCaseError> {
    let mut last = 0;
    for statement in &report.statements {
        place_is_right(sql, &statement.span)?;
        prop_assert_eq!(&sql[statement.span.start..statement.span.end], &statement.sql);
        prop_assert!(statement.span.start >= last, "statements are out of order");
        last = statement.span.end;
        for finding in &statement.findings {
            place_is_right(sql, &finding.span)?;
        }
    }
    for diagnostic in report.diagnostics.iter().filter(|diagnostic| diagnostic.input == "sql") {
        place_is_right(sql, &diagnostic.span)?;
    }
    Ok(())
}

/// Inside the text, on character boundaries, and the same in bytes, UTF-16 units, lines and columns.
fn place_is_right(sql: &str, place: &Place) -> Result<(), TestCaseError> {
    prop_assert!(place.start <= place.end && place.end <= sql.len(), "{:?} is outside", place);
    prop_assert!(sql.is_char_boundary(place.start) && sql.is_char_boundary(place.end), "{:?} cuts a character", place);
    let utf16 = |to: usize| sql[..to].encode_utf16().count();
    prop_assert_eq!((place.start_utf16, place.end_utf16), (utf16(place.start), utf16(place.end)));
    let before = &sql[..place.start];
    prop_assert_eq!(place.line, before.matches('\n').count() + 1);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    prop_assert_eq!(place.column, column);
    Ok(())
}

fn json(report: &Report) -> String {
    serde_json::to_string(report).expect("a report is JSON")
}
