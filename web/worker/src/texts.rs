//! Texts that go out and in: a plan in the form in which it is taken away, pasted table sizes.

use crate::archive;
use lockstep_core::render::{self, files};
use lockstep_core::report::{File, Report};
use lockstep_core::request::Options;
use lockstep_core::sizes;
use lockstep_protocol::{Bytes, Content, Export, Files, Form, Framework, ReadSizes, Size};

/// Writes a plan that was made of the export's request, without its files.
pub fn write(export: &Export, mut report: Report) -> Content {
    let options = &export.request.options;
    match export.form {
        Form::Markdown => Content::Text(render::markdown(&report)),
        Form::Json => {
            report.files = files::write(&report, options);
            Content::Text(render::json(&report))
        }
        Form::Files => Content::Files(offered(&report, options)),
        Form::Zip => Content::Bytes(Bytes(archive::zip(&offered(&report, options).files))),
    }
}

/// The files for the framework asked for, or for the first that speaks the engine.
fn offered(report: &Report, options: &Options) -> Files {
    let framework = |exporter: &files::Exporter| Framework { id: exporter.id.into(), title: exporter.title.into() };
    let frameworks: Vec<Framework> = files::speaking(report).map(framework).collect();
    let wanted = frameworks.iter().find(|framework| framework.id == options.framework).or(frameworks.first());
    let chosen = wanted.map(|framework| framework.id.clone()).unwrap_or_default();
    let files: Vec<File> = files::write(report, &Options { framework: chosen.clone(), ..options.clone() });
    Files { frameworks, chosen, files }
}

/// Reads pasted table sizes.
pub fn read_sizes(text: &str) -> ReadSizes {
    let (tables, problems) = sizes::read(text);
    let server = sizes::server(text);
    let tables = tables.into_iter().map(|(name, stats)| Size {
        table: name.to_string(),
        rows: stats.rows,
        bytes: stats.table_bytes,
        index_bytes: stats.index_bytes,
        writes_per_s: stats.writes_per_s,
    });
    ReadSizes {
        tables: tables.collect(),
        longest_transaction_s: server.longest_transaction_s,
        hardware_factor: server.hardware_factor,
        problems: problems.into_iter().map(|problem| format!("{}: {}", problem.message, problem.instead)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lockstep_core::{Request, plan};

    fn written(engine: &str, framework: &str, form: Form) -> Content {
        let options = Options { framework: framework.into(), ..Options::default() };
        let sql = "ALTER TABLE t ADD COLUMN a int;".into();
        let request = Request { engine: engine.into(), sql, options, ..Request::default() };
        let report = plan::plan(&request);
        write(&Export { request, form }, report)
    }

    #[test]
    fn a_framework_that_does_not_speak_the_engine_is_another() {
        for (engine, wanted, chosen) in [("mysql:8.0", "flyway", "flyway"), ("mysql:8.0", "nobody", "sql")] {
            let Content::Files(files) = written(engine, wanted, Form::Files) else { panic!("no files") };
            assert_eq!(files.chosen, chosen);
            assert!(files.frameworks.iter().any(|framework| framework.id == chosen) && files.files.len() > 1);
        }
    }

    #[test]
    fn json_is_that_of_the_command_line() {
        let options = Options { framework: "flyway".into(), ..Options::default() };
        let sql = "ALTER TABLE t DROP COLUMN a;".to_string();
        let request = Request { engine: "postgres:16".into(), sql, options, ..Request::default() };
        let whole = lockstep_core::plan(&request);
        assert!(!whole.files.is_empty());
        let written = write(&Export { form: Form::Json, request: request.clone() }, plan::plan(&request));
        assert_eq!(written, Content::Text(render::json(&whole)));
    }
}
