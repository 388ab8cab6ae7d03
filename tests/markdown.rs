//! The Markdown of the plan: the standard blocks, in order, and nothing that breaks out of them.

use lockstep_core::render::markdown;
use lockstep_tests::{fresh, sample};

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
    for report in [sample::rename_column(), sample::add_index_with_trigger(), sample::hostile()] {
        let text = markdown(&report);
        let wanted = ["MIGRATION PLAN: ", "Safety: ", "Estimated duration: ", "Steps:", "Rollback:", "Checklist:"];
        let found: Vec<&str> =
            text.lines().filter_map(|line| wanted.iter().find(|head| line.starts_with(**head)).copied()).take(6).collect();
        assert_eq!(found, wanted);
        assert!(text.starts_with("MIGRATION PLAN: "));
    }
}

#[test]
fn hostile_text_stays_text() {
    let text = markdown(&sample::hostile());
    let mut fence: Option<String> = None;
    for line in text.lines() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if line == open => fence = None,
            Some(_) => continue,
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => {
                let outside: String = line.split('`').step_by(2).collect();
                assert!(!outside.contains("<img") && !outside.contains("<script"), "{line}");
                assert!(!outside.contains("[x](") || outside.contains("\\[x\\]("), "{line}");
                assert!(!line.starts_with("DROP TABLE"), "{line}");
            }
        }
    }
    assert_eq!(fence, None, "a fence is left open");
}
