//! `lockstep plan`.

use crate::args::{DualWriteBy, FailOn, Format, PlanArgs};
use crate::input::{self, Sql};
use crate::{Refusal, notes, output, today};
use lockstep_core::render::files;
use lockstep_core::report::{Diagnostic, Report, Severity, Verdict};
use lockstep_core::request::{DualWrite, Options, Request};
use lockstep_core::target::Target;
use std::process::ExitCode;

/// Reads, plans, prints.
pub fn run(args: &PlanArgs) -> Result<ExitCode, Refusal> {
    let format = args.format.unwrap_or(if args.out.is_some() { Format::Files } else { Format::Markdown });
    if args.out.is_some() && format != Format::Files {
        return Err("--out writes files; leave --format away or use --format files".to_string());
    }
    let target = target(args)?;
    let framework = framework(args, format)?;
    let sql = if args.target.is_some() { Sql::none() } else { Sql::read(&args.files)? };
    let request = Request {
        schema: args.schema.as_deref().map(input::read).transpose()?,
        target_schema: args.target.as_deref().map(input::read).transpose()?,
        difference: None,
        stats: args.stats.as_deref().map(input::read).transpose()?,
        rows: args.rows.iter().flat_map(|rows| rows.0.clone()).collect(),
        engine: target.id(),
        options: options(args, framework)?,
        sql: sql.text.clone(),
    };
    let report = lockstep_core::plan(&request);
    for diagnostic in &report.diagnostics {
        say(diagnostic, &sql, args);
    }
    match (format, &args.out) {
        (Format::Files, Some(folder)) => {
            output::write_folder(folder, &files::bundle(&report, &request.options), args.force)?
        }
        (Format::Files, None) => output::print(&output::tree(&report.files))?,
        (Format::Json, _) => output::stream(|out| lockstep_core::render::json_into(&report, out))?,
        (Format::Sarif, _) => {
            let locate = |line: usize| {
                let (file, line) = sql.place(line);
                (file.to_string(), line)
            };
            output::print(&lockstep_core::render::sarif::sarif(&report, &locate))?
        }
        (Format::Markdown, _) => output::print(&lockstep_core::render::markdown(&report))?,
    }
    let status = status(args, &report);
    // The process ends now; taking a large report apart string by string would only delay that.
    std::mem::forget(report);
    Ok(status)
}

fn target(args: &PlanArgs) -> Result<Target, Refusal> {
    match &args.engine {
        Some(engine) => Target::parse(engine).map_err(|bad| format!("--engine: {}", bad.message)),
        None => {
            let target = Target::parse("postgres").map_err(|bad| bad.message)?;
            notes::note(&format!("no --engine given: planned for {}", target.title()));
            Ok(target)
        }
    }
}

fn framework(args: &PlanArgs, format: Format) -> Result<String, Refusal> {
    match &args.framework {
        None if format == Format::Files => Ok("sql".to_string()),
        None => Ok(String::new()),
        Some(name) if files::find(name).is_some() => Ok(name.clone()),
        Some(name) => {
            let known: Vec<&str> = files::ALL.iter().map(|exporter| exporter.id).collect();
            Err(format!("unknown framework \"{name}\"; known are {}", known.join(", ")))
        }
    }
}

fn options(args: &PlanArgs, framework: String) -> Result<Options, Refusal> {
    let default = Options::default();
    let factor = args.hardware_factor.unwrap_or(default.hardware_factor);
    if !(factor.is_finite() && factor > 0.0) {
        return Err("--hardware-factor must be above 0".to_string());
    }
    let date = match &args.date {
        Some(date) => date.clone(),
        None if framework.is_empty() => String::new(),
        None => today::today(),
    };
    Ok(Options {
        title: args.title.clone().unwrap_or_default(),
        framework,
        framework_version: args.framework_version.clone().unwrap_or_default(),
        in_transaction: args.in_transaction,
        batch_size: args.batch_size.unwrap_or(default.batch_size).max(1),
        pause_ms: args.pause.unwrap_or(default.pause_ms),
        lock_timeout_ms: args.lock_timeout.unwrap_or(default.lock_timeout_ms),
        dual_write: match args.dual_write {
            Some(DualWriteBy::Application) => DualWrite::Application,
            Some(DualWriteBy::Trigger) | None => DualWrite::Trigger,
        },
        block_limit_ms: args.block_limit.unwrap_or(default.block_limit_ms),
        assumed_rows: args.assume_rows.unwrap_or(default.assumed_rows),
        longest_transaction_s: args.longest_transaction.map_or(default.longest_transaction_s, |ms| ms as f64 / 1_000.0),
        hardware_factor: factor,
        date,
        version: args.file_version.clone().unwrap_or_default(),
        previous: args.previous.clone().unwrap_or_default(),
        app: args.app.clone().unwrap_or_default(),
    })
}

/// A diagnostic with the file and line that it is about.
fn say(diagnostic: &Diagnostic, sql: &Sql, args: &PlanArgs) {
    let given = |path: &Option<std::path::PathBuf>| path.as_deref().map(input::name).unwrap_or_default();
    let (file, line) = match diagnostic.input.as_str() {
        "sql" => {
            let (file, line) = sql.place(diagnostic.span.line);
            (file.to_string(), line)
        }
        "schema" => (given(&args.schema), diagnostic.span.line),
        "target_schema" => (given(&args.target), diagnostic.span.line),
        "stats" => (given(&args.stats), diagnostic.span.line),
        other => (other.to_string(), 0),
    };
    let place = if line == 0 { file } else { format!("{file}:{line}:{}", diagnostic.span.column) };
    let text = format!("{place}: {} {} ({})", diagnostic.message, diagnostic.instead, diagnostic.id);
    match diagnostic.severity {
        Severity::Info => notes::note(&text),
        Severity::Warning | Severity::Danger => notes::warning(&text),
    }
}

fn status(args: &PlanArgs, report: &Report) -> ExitCode {
    let limit = match args.fail_on {
        None => return ExitCode::SUCCESS,
        Some(FailOn::MultiStep) => Verdict::NeedsMultiStep,
        Some(FailOn::Approval) => Verdict::RequiresApproval,
    };
    if report.verdict < limit {
        return ExitCode::SUCCESS;
    }
    notes::note(&format!("the verdict is \"{}\", which --fail-on does not allow", report.verdict.label()));
    ExitCode::from(1)
}
