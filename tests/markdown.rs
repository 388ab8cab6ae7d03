//! The Markdown of the plan: the standard blocks, in order, and nothing that breaks out of them.

use lockstep_core::plan;
use lockstep_core::render::markdown;
use lockstep_tests::cases::cases;
use lockstep_tests::{fresh, sample};
use pulldown_cmark::{Event, Options, Parser, Tag};

#[test]
fn the_golden_rename_reads_as_kept() {
    let path = fresh::root().join("tests/fixtures/render/rename.md");
    fresh::check(&path, &markdown(&sample::rename_column()));
}

#[test]
fn mysql_bodies_get_their_delimiter() {
    let path = fresh::root().join("tests/fixtures/render/mysql.md");
    fresh::check(&path, &markdown(&sample::add_index_with_trigger()));
}

#[test]
fn the_standard_blocks_come_first_and_in_order() {
    let samples = [sample::rename_column(), sample::add_index_with_trigger(), sample::hostile()];
    for report in samples.into_iter().chain(cases("").iter().map(|case| plan(&case.request))) {
        let text = markdown(&report);
        let wanted = ["MIGRATION PLAN: ", "Safety: ", "Estimated duration: ", "Steps:", "Rollback:", "Checklist:"];
        let found: Vec<&str> = text
            .lines()
            .filter_map(|line| wanted.iter().find(|head| line.starts_with(**head)).copied())
            .take(6)
            .collect();
        assert_eq!(found, wanted);
        assert!(text.starts_with("MIGRATION PLAN: "));
    }
}

/// What only the manual says of a version must not look like something that was seen on it.
#[test]
fn what_was_not_observed_on_the_version_says_so() {
    let said = |engine: &str, sql: &str| {
        let request = lockstep_core::request::Request {
            sql: sql.to_string(),
            engine: engine.to_string(),
            schema: Some("CREATE TABLE t (id int PRIMARY KEY, a int);".to_string()),
            ..Default::default()
        };
        let report = plan(&request);
        (report.statements[0].effects.certainty.to_string(), lockstep_core::render::json(&report), markdown(&report))
    };
    let add = "ALTER TABLE t ADD COLUMN b int";
    for (engine, sql, certainty, source) in [
        ("mysql:9.7", add, "proved", "observed on MySQL"),
        ("mysql:8.4", add, "documented", "observed on other versions: MySQL"),
        ("mysql:9.7", "ALTER TABLE t ENCRYPTION='Y'", "documented", "manual: "),
        ("mariadb:11.8", add, "proved", "observed on MariaDB"),
        ("mariadb:10.6", add, "documented", "observed on other versions: MariaDB"),
    ] {
        let (found, json, text) = said(engine, sql);
        assert_eq!(found, certainty, "{engine}: {sql}");
        assert!(json.contains(source), "{engine}: {sql}: JSON");
        assert!(text.contains(&format!("- **Certainty:** {certainty} ({source}")), "{engine}: {sql}: Markdown");
    }
}

#[test]
fn hostile_text_stays_text() {
    let text = markdown(&sample::hostile());
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH;
    for event in Parser::new_ext(&text, options) {
        let broken_out = matches!(
            event,
            Event::Html(_)
                | Event::InlineHtml(_)
                | Event::Start(
                    Tag::HtmlBlock | Tag::Link { .. } | Tag::Image { .. } | Tag::Emphasis | Tag::Strikethrough
                )
        );
        assert!(!broken_out, "{event:?}");
    }
    let last = text.trim_end().lines().next_back().unwrap_or("");
    assert!(last.starts_with("Made by Lockstep"), "a fence is left open");
}

#[test]
fn headings_are_only_ours() {
    let text = markdown(&sample::hostile());
    let steps = Parser::new(&text).filter(|event| matches!(event, Event::Start(Tag::Heading { .. }))).count();
    assert_eq!(steps, 8, "why, plan, phase, two steps, rollback, its phase, timeline");
}
