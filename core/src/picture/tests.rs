//! Snapshots of the layouts, and what must hold at every width.
//! `LOCKSTEP_BLESS=1` writes the snapshots anew.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::{Form, Picture, data_rows, narrow::narrow, strip, wide::legend, wide::wide};
use crate::report::{Report, Traffic};

fn rename() -> Report {
    serde_json::from_str(include_str!("fixtures/rename.json")).expect("the fixture is a report")
}

/// The same plan written as one statement that blocks, over many tables and steps.
fn crowded(steps: usize) -> Report {
    let mut report = rename();
    let model = report.phases[1].steps[1].clone();
    let table = report.tables[0].clone();
    report.tables = (0..6).map(|i| crate::report::TableSize { name: format!("table_{i}"), ..table.clone() }).collect();
    report.phases[1].steps = (0..steps)
        .map(|i| {
            let mut step = model.clone();
            step.id = (i + 2).to_string();
            step.effects.scans = vec![format!("table_{}", i % 6)];
            step.effects.index_builds.clear();
            step
        })
        .collect();
    report
}

fn dump(picture: &Picture) -> String {
    let mut out = format!("{:.0} × {:.0}\n{}\n", picture.width, picture.height, picture.description);
    for shape in &picture.shapes {
        let step = shape.step.as_deref().map(|step| format!(" [{step}]")).unwrap_or_default();
        let form = match &shape.form {
            Form::Rect { x, y, w, h, r } => format!("rect {x:.1} {y:.1} {w:.1} {h:.1} r{r:.0}"),
            Form::Line { x1, y1, x2, y2 } => format!("line {x1:.1} {y1:.1} {x2:.1} {y2:.1}"),
            Form::Circle { x, y, r } => format!("circle {x:.1} {y:.1} r{r:.0}"),
            Form::Text { x, y, text, .. } => format!("text {x:.1} {y:.1} {text}"),
        };
        out.push_str(&format!("{:<14} {form}{step}\n", shape.meaning.id()));
    }
    out
}

fn same_as_snapshot(name: &str, actual: &str) {
    let path = format!("{}/src/picture/fixtures/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("LOCKSTEP_BLESS").is_some() {
        std::fs::write(&path, actual).expect("the snapshot can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(actual, expected, "{path}");
}

#[test]
fn wide_snapshot() {
    same_as_snapshot("rename-wide", &dump(&wide(&rename(), 834.0)));
}

#[test]
fn narrow_snapshot() {
    same_as_snapshot("rename-narrow", &dump(&narrow(&rename(), 317.0)));
}

#[test]
fn data_snapshot() {
    let rows: Vec<String> = data_rows(&rename())
        .iter()
        .map(|r| [&r.step, &r.deploy, &r.what, &r.time, &r.reads, &r.writes, &r.undo].map(String::as_str).join(" | "))
        .collect();
    same_as_snapshot("rename-data", &(rows.join("\n") + "\n"));
}

#[test]
fn nothing_leaves_the_paper() {
    for report in [rename(), crowded(5), crowded(40), crowded(400)] {
        for width in [280.0, 317.0, 500.0, 834.0, 1_400.0] {
            // Below 500 px the narrow layout is used.
            for picture in [wide(&report, f64::max(width, 500.0)), narrow(&report, width)] {
                for shape in &picture.shapes {
                    let (left, right, top, bottom) = match &shape.form {
                        Form::Rect { x, y, w, h, .. } => (*x, x + w, *y, y + h),
                        Form::Line { x1, y1, x2, y2 } => (x1.min(*x2), x1.max(*x2), y1.min(*y2), y1.max(*y2)),
                        Form::Circle { x, y, r } => (x - r, x + r, y - r, y + r),
                        Form::Text { x, y, .. } => (*x, *x, *y, *y),
                    };
                    let inside =
                        left >= -0.5 && right <= picture.width + 0.5 && top >= -0.5 && bottom <= picture.height + 0.5;
                    assert!(inside, "{width}: {shape:?}");
                }
            }
        }
    }
}

#[test]
fn every_step_is_in_the_picture() {
    let report = rename();
    for picture in [wide(&report, 834.0), narrow(&report, 317.0)] {
        for step in ["1", "2", "3", "4", "5"] {
            assert!(picture.shapes.iter().any(|shape| shape.step.as_deref() == Some(step)), "step {step}");
        }
    }
}

#[test]
fn an_empty_report_has_a_picture() {
    let mut report = rename();
    report.phases.clear();
    report.statements.clear();
    report.tables.clear();
    report.point_of_no_return = None;
    assert!(wide(&report, 834.0).description.starts_with("Nothing was pasted."));
    assert!(narrow(&report, 317.0).height > 0.0);
}

#[test]
fn the_legend_names_what_is_drawn_and_nothing_else() {
    let words: Vec<&str> = legend(&wide(&rename(), 834.0)).into_iter().map(|(_, words)| words).collect();
    assert!(words.contains(&"queries fail"));
    assert!(!words.contains(&"cannot tell"));
}

#[test]
fn what_is_not_known_is_never_drawn_as_flowing() {
    let mut report = rename();
    report.statements[0].understood = false;
    let picture = wide(&report, 834.0);
    assert!(picture.description.contains("cannot tell"));
    let mut effects = report.statements[0].effects.clone();
    effects.writes = Traffic::Unknown;
    assert_eq!(strip(&effects, &report.duration).writes.words, "not known");
}
