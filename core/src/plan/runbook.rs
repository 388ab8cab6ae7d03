//! The runbook: what the engine says in general, and what this plan needs.

use super::analyse::Analysed;
use super::people::list;
use crate::change::{Change, Constraint, ConstraintKind};
use crate::engines::{self, EngineFacts};
use crate::order::{Gather, Map, PushAll};
use crate::report::{Decision, Phase, Runbook, RunbookItem, StepKind};
use crate::target::Target;

/// Puts the runbook together.
pub(super) fn runbook(analysed: &[Analysed<'_>], phases: &[Phase], target: Target) -> Runbook {
    let engine = engines::of(target.engine());
    let general = engine.runbook(target);
    let mut before = general.before;
    before.push_all(pre_checks(phases));
    let mut after = general.after;
    after.push_all(validations(phases));
    after.push_all(orphans(analysed, engine));
    let mut failure = general.failure;
    failure.push_all(failures(phases));
    Runbook { before, during: general.during, after, failure, decisions: decisions(phases) }
}

fn item(title: &str, text: impl Into<String>, code: impl Into<String>, language: &str) -> RunbookItem {
    RunbookItem { title: title.to_string(), text: text.into(), code: code.into(), language: language.to_string() }
}

/// Verify steps that come before anything runs are pre-checks too.
fn pre_checks(phases: &[Phase]) -> Vec<RunbookItem> {
    let steps = phases.iter().flat_map(|p| &p.steps).filter(|s| s.kind == StepKind::Verify);
    steps
        .filter_map(|step| {
            let check = step.check.as_ref()?;
            let text = format!("Step {}. Expected: {}. {}", step.id, check.expected, step.on_failure);
            Some(item(&step.title, text.trim(), check.sql.clone(), "sql"))
        })
        .take(MOST_CHECKS)
        .gather()
}

/// More than this many checks are not read in a runbook; each step has its own.
const MOST_CHECKS: usize = 40;

fn validations(phases: &[Phase]) -> Vec<RunbookItem> {
    let steps = phases.iter().flat_map(|p| &p.steps).filter(|s| s.kind != StepKind::Verify);
    steps
        .filter_map(|step| {
            let check = step.check.as_ref()?;
            let title = format!("After step {}: {}", step.id, step.title);
            Some(item(&title, format!("Expected: {}", check.expected), check.sql.clone(), "sql"))
        })
        .take(MOST_CHECKS)
        .gather()
}

/// One orphan query per foreign key that the change adds.
fn orphans(analysed: &[Analysed<'_>], engine: &dyn EngineFacts) -> Vec<RunbookItem> {
    let actions = analysed.iter().flat_map(|a| &a.statement.changes);
    actions
        .filter_map(|action| match &action.change {
            Change::AddConstraint { table, constraint } => orphan_query(table, constraint, engine),
            _ => None,
        })
        .take(MOST_CHECKS)
        .gather()
}

fn orphan_query(table: &crate::change::Name, constraint: &Constraint, engine: &dyn EngineFacts) -> Option<RunbookItem> {
    let ConstraintKind::ForeignKey(fk) = &constraint.kind else { return None };
    if fk.columns.is_empty() || fk.columns.len() != fk.referenced_columns.len() {
        return None;
    }
    let child = engines::name_sql(engine, table);
    let parent = engines::name_sql(engine, &fk.references);
    let pairs: Vec<String> = fk
        .columns
        .iter()
        .zip(&fk.referenced_columns)
        .map(|(own, other)| format!("p.{} = c.{}", engine.ident(other), engine.ident(own)))
        .gather();
    let given: Vec<String> = fk.columns.iter().map(|c| format!("c.{} IS NOT NULL", engine.ident(c))).gather();
    let sql = format!(
        "SELECT count(*) FROM {child} AS c WHERE {} AND NOT EXISTS (SELECT 1 FROM {parent} AS p WHERE {})",
        given.join(" AND "),
        pairs.join(" AND ")
    );
    let title = format!("No orphans in {table}");
    Some(item(&title, format!("Rows of {table} whose {} does not exist. Expected: 0", fk.references), sql, "sql"))
}

fn failures(phases: &[Phase]) -> Vec<RunbookItem> {
    let mut items = vec![
        item(
            "A step fails midway",
            "Stop. Do not start the next step. Note the step, the message and the time. A step that runs in one transaction has changed nothing: fix the cause and run it again. For the others see below and the step's own \"If it fails\".",
            "",
            "sql",
        ),
        item(
            "A rollback fails",
            "Stop and keep the state as it is. Write down which steps ran, which undo failed and its message. The old structure stays readable until the contract phase: keep the old code running. If data is damaged, restore the backup beside the live database and copy back what is missing.",
            "",
            "sql",
        ),
        item(
            "Lock timeout",
            "Nothing was changed. Find who holds the lock (see \"During\"), wait until it has ended, then run the step again. After several tries: shorter transaction, quieter hour.",
            "",
            "sql",
        ),
        item(
            "Data validation fails",
            "Stop the migration. The check query names the rows: report them, repair them at their source, run the check again. Never drop a check to get on.",
            "",
            "sql",
        ),
    ];
    items.push_all(step_failures(phases));
    items
}

/// What steps say for themselves, each text once with the steps that say it.
fn step_failures(phases: &[Phase]) -> Vec<RunbookItem> {
    let mut by_text: Map<&str, Vec<&str>> = Map::default();
    let mut order: Vec<&str> = Vec::new();
    for step in phases.iter().flat_map(|p| &p.steps).filter(|s| !s.on_failure.is_empty()) {
        by_text.change(&step.on_failure, |steps| {
            if steps.is_empty() {
                order.push(&step.on_failure);
            }
            steps.push(&step.id);
        });
    }
    order
        .into_iter()
        .take(MOST_CHECKS)
        .filter_map(|text| {
            let steps = by_text.get(&text)?;
            let word = if steps.len() == 1 { "Step" } else { "Steps" };
            Some(item(
                &format!("{word} {} fail{}", list(steps, 6), if steps.len() == 1 { "s" } else { "" }),
                text,
                "",
                "sql",
            ))
        })
        .gather()
}

fn decisions(phases: &[Phase]) -> Vec<Decision> {
    let irreversible = phases.iter().flat_map(|p| &p.steps).find(|s| s.irreversible.is_some());
    let before = irreversible.map_or("at any step".to_string(), |s| format!("before step {}", s.id));
    let row = |situation: &str, action: String| Decision { situation: situation.to_string(), action };
    let mut rows = vec![
        row(
            "A step failed midway",
            "Fix the cause and run the step again, or undo it; never leave it half done".to_string(),
        ),
        row(
            "The step ran, the application is broken",
            format!(
                "{before}: redeploy the previous version, then undo the step; nothing of the old structure is missing"
            ),
        ),
        row(
            "Data was corrupted",
            "Stop all writers of the table, restore from the backup beside the live database, compare, copy back"
                .to_string(),
        ),
        row(
            "Queries became slow",
            "Check that indexes are valid and statistics are fresh (ANALYZE), add what is missing, then investigate"
                .to_string(),
        ),
        row("Replication lag grows", "Pause the backfill; it goes on where it stopped".to_string()),
    ];
    if let Some(step) = irreversible {
        rows.push(row(
            &format!("A fault shows after step {}", step.id),
            "Go forward: repair with a new change; the old data is only in the backup".to_string(),
        ));
    }
    rows
}
