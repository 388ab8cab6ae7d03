//! From analysed statements to phases of steps: everything of a report but its files.
//!
//! In: a request. Out: a [`Report`]. Never: engine names, SQL text of its own (recipes and engines write that).

mod analyse;
mod apart;
mod assemble;
mod assumptions;
mod drafting;
mod effects;
pub mod examples;
mod headline;
mod joint;
mod merge;
mod order;
mod people;
mod place;
mod resources;
mod rollback;
mod runbook;
mod session;
mod settled;
mod statements_sql;
mod taken_back;
mod steps;
mod timing;
mod together;
mod undone;
mod verdict;
mod whole;

use crate::change::{Change, Name};
use crate::engines::{self, Capability};
use crate::order::{Gather, PushAll, Set};
use crate::parse::{self, Script};
use crate::report::{
    Coverage, Diagnostic, Finding, Report, Risk, Runbook, SCHEMA_VERSION, Severity, StatementReport, Suppressed,
    TableSize, Verdict,
};
use crate::request::{Compared, Options, Request};
use crate::rules::Ahead;
use crate::rules::suppression::Suppressions;
use crate::schema::Schema;
use crate::sizes;
use crate::source::LineIndex;
use crate::source::markers::opens_transaction;
use crate::target::Target;
use crate::world::{Sizes, World};
use analyse::{Analysed, Analysis, Fixed};
use statements_sql::StatementsSql;

/// Plans a change; `files` stay empty, the renderers fill them.
pub fn plan(request: &Request) -> Report {
    let target = match Target::parse(&request.engine) {
        Ok(target) => target,
        Err(bad) => {
            let words = match bad.not_held {
                true => ("engine-not-held", "No plan: this build does not hold the engine."),
                false => ("unknown-engine", "No plan: the engine is not known."),
            };
            return refused(request, words, "engine", bad.message);
        }
    };
    match &request.target_schema {
        Some(wanted) if request.sql.trim().is_empty() => plan_difference(request, wanted, target),
        _ => plan_sql(request, target),
    }
}

/// Two schemas compared; none in a build that leaves it to its caller.
pub fn compare(request: &Request, target: Target) -> Option<Compared> {
    #[cfg(feature = "differences")]
    {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let found = crate::diff::diff(&text(&request.schema), &text(&request.target_schema), target);
        Some(Compared { sql: found.sql, notes: found.notes, left: found.left })
    }
    #[cfg(not(feature = "differences"))]
    {
        let _ = (request, target);
        None
    }
}

/// Plans what lies between the current and the wanted schema.
fn plan_difference(request: &Request, wanted: &str, target: Target) -> Report {
    let Some(compared) = request.difference.clone().or_else(|| compare(request, target)) else {
        let message = "the two schemas were not compared: the part that does it could not be loaded".to_string();
        return refused(
            request,
            ("comparison-not-held", "No plan: the schemas were not compared."),
            "target_schema",
            message,
        );
    };
    let derived = Request { sql: compared.sql, target_schema: None, ..request.clone() };
    let mut report = plan_sql(&derived, target);
    let index = LineIndex::new(wanted);
    let problems = parse::parse(wanted, target).problems;
    report.diagnostics.push_all(problems.iter().map(|p| place::diagnostic(p, "target_schema", &index)));
    let about = [("schema-difference", &compared.notes), ("difference-left", &compared.left)];
    for (id, note) in about.into_iter().flat_map(|(id, notes)| notes.iter().map(move |note| (id, note))) {
        report.diagnostics.push(Diagnostic {
            severity: Severity::Warning,
            ..place::without_place(
                id,
                "target_schema",
                format!("{note}."),
                "Check it against what you want before you go on.",
            )
        });
    }
    // A plan for a part of the way is no safe one.
    if !compared.left.is_empty() {
        report.verdict = report.verdict.max(Verdict::RequiresApproval);
        report.headline.push_str(" Not all of the difference is planned.");
        report.reasons.push_all(compared.left);
    }
    report.derived_sql = Some(derived.sql);
    report
}

fn plan_sql(request: &Request, target: Target) -> Report {
    let mut diagnostics = Vec::new();
    let baseline = baseline(request, target, &mut diagnostics);
    let sizes = sizes(request, &mut diagnostics);
    let index = LineIndex::new(&request.sql);
    let script = parse::parse(&request.sql, target);
    diagnostics.push_all(script.problems.iter().map(|p| place::diagnostic(p, "sql", &index)));

    let options = options(request, target);
    let suppressions = Suppressions::read(&request.sql, &script);
    let schema_text = request.schema.as_deref().unwrap_or_default();
    let ahead = Ahead::read(&script, &request.sql, schema_text);
    let cx =
        Fixed { target, sizes: &sizes, options: &options, suppressions: &suppressions, schema_text, ahead: &ahead };
    let mut schema = baseline.clone();
    let analysis = analyse::analyse(&request.sql, &script, &mut schema, &cx);
    let used = |at: usize, rule: &str| {
        analysis.statements.get(at).is_some_and(|one| one.suppressed.iter().any(|(found, _)| found.rule == rule))
    };
    let unused = suppressions.unused(used);
    diagnostics.push_all(suppressions.problems.iter().chain(&unused).map(|p| place::diagnostic(p, "sql", &index)));
    let tables = table_sizes(&analysis.statements, &baseline, &schema, &cx);
    // A long script leaves a large schema behind, and the steps need the room.
    drop(schema);
    report(request, &script, &baseline, analysis, tables, diagnostics, &index, &cx)
}

#[allow(clippy::too_many_arguments, reason = "the one place where all parts meet")]
fn report(
    request: &Request,
    script: &Script,
    baseline: &Schema,
    mut analysis: Analysis<'_>,
    tables: Vec<TableSize>,
    diagnostics: Vec<Diagnostic>,
    index: &LineIndex<'_>,
    cx: &Fixed<'_>,
) -> Report {
    let engine = engines::of(cx.target.engine());
    let sql = StatementsSql::new(&request.sql, &analysis.statements, engine, cx.target, cx.options);
    let assembled = assemble::assemble(&mut analysis.statements, &sql);
    let analysed = analysis.statements.as_slice();
    let coverage = coverage(script);
    let refused_text = diagnostics.iter().any(|d| d.input == "sql" && d.severity == Severity::Danger);
    let (verdict, risk) = headline::verdict(analysed, refused_text);
    let schema_given = request.schema.as_ref().is_some_and(|s| !s.trim().is_empty());
    let rows = analysed.iter().map(|a| a.rows).max_by_key(|(rows, _)| *rows).unwrap_or((0, true));
    let phases = assembled.phases;
    Report {
        schema_version: SCHEMA_VERSION,
        planner_version: env!("CARGO_PKG_VERSION").to_string(),
        title: headline::title(&request.options.title, analysed),
        engine: cx.target.id(),
        engine_title: cx.target.title(),
        verdict,
        headline: headline::headline(
            verdict,
            analysed,
            coverage,
            &phases,
            assembled.deploys,
            &assembled.timing,
            &tables,
        ),
        reasons: headline::reasons(analysed, index),
        risk,
        coverage,
        duration: assembled.timing.report(rows.0, rows.1),
        assumptions: assumptions::assumptions(&analysis, &phases, &tables, schema_given, cx),
        deploys: assembled.deploys,
        point_of_no_return: rollback::point_of_no_return(&phases),
        rollback: rollback::rollback(&phases),
        checklist: people::checklist(analysed, &phases, cx),
        escalations: people::escalations(analysed, &phases, &tables, baseline, schema_given),
        runbook: runbook::runbook(analysed, &phases, cx.target),
        statements: statements(&request.sql, analysis.statements, assembled.steps_of, index),
        tables,
        phases,
        files: Vec::new(),
        diagnostics,
        derived_sql: None,
    }
}

/// The schema given, settled.
fn baseline(request: &Request, target: Target, diagnostics: &mut Vec<Diagnostic>) -> Schema {
    let mut schema = Schema::new(target);
    if let Some(text) = &request.schema {
        let script = parse::parse(text, target);
        let index = LineIndex::new(text);
        diagnostics.push_all(script.problems.iter().map(|p| place::diagnostic(p, "schema", &index)));
        for statement in &script.statements {
            drafting::apply(&mut schema, text, statement);
        }
    }
    schema.settle();
    schema
}

fn sizes(request: &Request, diagnostics: &mut Vec<Diagnostic>) -> Sizes {
    let mut known = Sizes { assumed_rows: request.options.assumed_rows, ..Sizes::default() };
    if let Some(text) = &request.stats {
        let (tables, problems) = sizes::read(text);
        known.tables = tables.into_iter().collect();
        let index = LineIndex::new(text);
        diagnostics.push_all(problems.iter().map(|p| place::diagnostic(p, "stats", &index)));
    }
    for (table, rows) in &request.rows {
        let name = match table.split_once('.') {
            Some((schema, object)) => Name::qualified(schema, object),
            None => Name::new(table.as_str()),
        };
        known.tables.change(name, |stats| stats.rows = Some(*rows));
    }
    known
}

/// The caller's choices, and what the pasted statistics say of the server. A longest transaction seen is a lower bound
/// for the longest that there is.
fn options(request: &Request, target: Target) -> Options {
    let mut options = request.options.clone();
    let server = request.stats.as_deref().map(sizes::server).unwrap_or_default();
    options.longest_transaction_s = options.longest_transaction_s.max(server.longest_transaction_s.unwrap_or(0.0));
    if options.hardware_factor == Options::default().hardware_factor {
        options.hardware_factor = server.hardware_factor.unwrap_or(options.hardware_factor);
    }
    let holds = engines::of(target.engine()).can(Capability::TransactionalDdl, target);
    options.in_transaction |= holds && opens_transaction(&request.sql);
    options
}

fn coverage(script: &Script) -> Coverage {
    let opaque = |s: &parse::Statement| s.changes.iter().any(|a| matches!(a.change, Change::Opaque { .. }));
    let understood = script.statements.iter().filter(|s| s.understood && !opaque(s)).count();
    Coverage { understood: understood as u32, total: script.statements.len() as u32 }
}

/// Tables of the change, the largest first.
fn table_sizes(analysed: &[Analysed<'_>], baseline: &Schema, schema: &Schema, cx: &Fixed<'_>) -> Vec<TableSize> {
    let mut seen: Set<&Name> = Set::default();
    let mut out = Vec::new();
    let opaque = |change: &Change| matches!(change, Change::Opaque { .. });
    let changes = analysed.iter().flat_map(|a| &a.statement.changes).map(|a| &a.change).filter(|c| !opaque(c));
    for name in changes.flat_map(Change::relations) {
        let name = baseline.table(name).map_or(name, |t| &t.def.name);
        if baseline.view(name).is_some() || schema.view(name).is_some() || !seen.insert(name) {
            continue;
        }
        let new = baseline.table(name).is_none() && schema.table(name).is_some_and(|t| t.new);
        let world = World {
            target: cx.target,
            schema: if new { schema } else { baseline },
            sizes: cx.sizes,
            options: cx.options,
        };
        let rows = cx.sizes.rows(&world, name);
        let given = cx.sizes.given(&world, name);
        out.push(TableSize {
            rows: rows.rows,
            rows_known: rows.known,
            bytes: crate::estimate::table_bytes(name, &world),
            writes_per_s: given.and_then(|t| t.writes_per_s),
            new,
            name: name.to_string(),
        });
    }
    crate::order::by_key(out, |t| std::cmp::Reverse(t.rows))
}

fn statements(
    text: &str,
    analysed: Vec<Analysed<'_>>,
    steps_of: Vec<Vec<String>>,
    index: &LineIndex<'_>,
) -> Vec<StatementReport> {
    analysed.into_iter().zip(steps_of).map(|(one, steps)| statement(text, one, steps, index)).gather()
}

fn statement(text: &str, one: Analysed<'_>, steps: Vec<String>, index: &LineIndex<'_>) -> StatementReport {
    let finding = |found: analyse::Found| Finding {
        rule: found.rule.into(),
        severity: found.severity,
        title: found.title.into(),
        message: found.message,
        instead: found.instead.into(),
        span: place::place(index, found.span),
    };
    let opaque = one.statement.changes.iter().any(|a| matches!(a.change, Change::Opaque { .. }));
    StatementReport {
        sql: one.statement.span.of(text).to_string(),
        span: place::place(index, one.statement.span),
        understood: one.statement.understood && !opaque,
        summary: summary(&one),
        form: one.statement.form.clone(),
        verdict: one.judged.verdict,
        risk: one.judged.risk,
        effects: one.effects,
        duration: one.timing.report(one.rows.0, one.rows.1),
        findings: one.findings.into_iter().map(finding).gather(),
        suppressed: one
            .suppressed
            .into_iter()
            .map(|(found, reason)| Suppressed { finding: finding(found), reason })
            .gather(),
        steps,
    }
}

fn summary(one: &Analysed<'_>) -> String {
    let titles: Vec<&str> = one.drafted.drafts.iter().map(|d| d.title.as_str()).gather();
    match titles.as_slice() {
        [] => one.statement.form.clone(),
        titles => titles.join("; "),
    }
}

/// The answer when the engine is not one that is known.
fn refused(request: &Request, (id, headline): (&str, &str), input: &str, message: String) -> Report {
    let instead = match input {
        "engine" => "Nothing was planned; choose an engine and version. The text is kept.",
        _ => "Nothing was planned; load the page again. The text is kept.",
    };
    let diagnostic = place::without_place(id, input, message.clone(), instead);
    Report {
        schema_version: SCHEMA_VERSION,
        planner_version: env!("CARGO_PKG_VERSION").to_string(),
        title: request.options.title.clone(),
        engine: request.engine.clone(),
        engine_title: String::new(),
        verdict: Verdict::RequiresApproval,
        headline: headline.to_string(),
        reasons: vec![message],
        risk: Risk::High,
        coverage: Coverage::default(),
        duration: crate::report::Duration { unknown: true, ..crate::report::Duration::default() },
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
        diagnostics: vec![diagnostic],
        derived_sql: None,
    }
}

#[cfg(test)]
mod tests;
