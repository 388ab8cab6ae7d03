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

/// Sizes that are given as JSON as the table that planners read; what cannot be read stays as it is, and they say so.
pub fn table_of(stats: &str) -> String {
    let (tables, problems) = sizes::read(stats);
    if !problems.is_empty() {
        return stats.to_string();
    }
    let server = sizes::server(stats);
    let whole = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let decimal = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
    let mut table =
        "table,rows,table_bytes,index_bytes,writes_per_s,longest_transaction_s,hardware_factor\n".to_string();
    for (name, size) in tables {
        let name = name.to_string().replace('"', "\"\"");
        let [rows, bytes, index_bytes] = [size.rows, size.table_bytes, size.index_bytes].map(whole);
        table += &format!("\"{name}\",{rows},{bytes},{index_bytes},{},,\n", decimal(size.writes_per_s));
    }
    let [longest, factor] = [server.longest_transaction_s, server.hardware_factor].map(decimal);
    table + &format!("server,,,,,{longest},{factor}\n")
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
    fn sizes_as_a_table_say_what_they_said_as_json() {
        let json = r#"{"hardware_factor": 1.25, "longest_transaction_s": 0.5, "app.Orders": {"rows": 4e7, "writes_per_s": 1240.5},
                       "odd \"name\"": {"index_bytes": "2 GiB"}, "server": {}}"#;
        let table = table_of(json);
        assert!(table.starts_with("table,") && sizes::read(json).1.is_empty());
        assert_eq!(sizes::read(&table), sizes::read(json));
        assert_eq!(sizes::server(&table), sizes::server(json));
        assert_eq!(table_of("{ not JSON"), "{ not JSON");
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
