//! The plan in time: a Mermaid Gantt chart, and the same as a table for who cannot see it.

use super::table;
use super::text::fence;
use crate::order::Gather;
use crate::report::{Report, Step, StepKind};
use crate::words;

/// Chart and table.
pub fn section(report: &Report) -> String {
    if report.phases.iter().all(|phase| phase.steps.is_empty()) {
        return String::new();
    }
    format!("## Timeline\n\n{}\n{}", fence("mermaid", &chart(report)), rows(report))
}

/// Bars in seconds, or in minutes when the plan is long; waits for people and deploys are marks without length.
fn chart(report: &Report) -> String {
    let (scale, unit) = if report.duration.expected_s >= 600.0 { (60.0, "min") } else { (1.0, "s") };
    let mut out = format!("gantt\n  title {}\n  dateFormat X\n  axisFormat %s {unit}\n", label(&report.title));
    let mut now = 0_u64;
    for phase in &report.phases {
        out.push_str(&format!("  section Deploy {} {}\n", phase.deploy, phase.name.label()));
        for step in &phase.steps {
            let name = label(&format!("{} {}", step.id, step.title));
            if runs(step) {
                let end = now + ((step.duration.expected_s / scale).round() as u64).max(1);
                out.push_str(&format!("  {name} : {now}, {end}\n"));
                now = end;
            } else {
                out.push_str(&format!("  {name} : milestone, {now}, {now}\n"));
            }
        }
    }
    out
}

fn runs(step: &Step) -> bool {
    matches!(step.kind, StepKind::Sql | StepKind::Backfill)
}

/// Mermaid gives `:`, `;`, `#`, `%` and line ends a meaning; a label has letters, digits and a few marks.
fn label(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '(' | ')') { c } else { ' ' })
        .collect();
    let words: Vec<&str> = clean.split_whitespace().gather();
    words.join(" ").chars().take(70).collect()
}

fn rows(report: &Report) -> String {
    let mut rows = Vec::new();
    for phase in &report.phases {
        for step in &phase.steps {
            let (time, waits) = match runs(step) {
                true => (
                    words::duration(&step.duration),
                    format!(
                        "reads {}, writes {}",
                        words::traffic(step.effects.reads),
                        words::traffic(step.effects.writes)
                    ),
                ),
                false => ("as long as people need".to_string(), "reads go on, writes go on".to_string()),
            };
            let place = format!("{} · {}", phase.deploy, phase.name.label());
            rows.push(vec![step.id.clone(), place, step.title.clone(), time, waits]);
        }
    }
    table(&["Step", "Deploy", "What", "Time", "Meanwhile"], &rows)
}
