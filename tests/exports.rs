//! Migration files: kept folders per framework, and source text that no SQL can break.

use lockstep_core::parse::parse;
use lockstep_core::render::files::{ALL, bundle, write};
use lockstep_core::report::File;
use lockstep_core::request::Options;
use lockstep_core::target::Target;
use lockstep_core::{Report, plan};
use lockstep_tests::cases::cases;
use lockstep_tests::{fresh, sample};
use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

fn options(framework: &str) -> Options {
    Options {
        framework: framework.to_string(),
        date: "2026-01-02".to_string(),
        app: "shop".to_string(),
        previous: "0041_previous".to_string(),
        ..Options::default()
    }
}

/// The samples, and every plan of the fixtures.
fn all() -> Vec<(String, Report)> {
    let samples = samples().into_iter().map(|(name, report)| (name.to_string(), report));
    samples.chain(cases("").into_iter().map(|case| (case.name, plan(&case.request)))).collect()
}

fn samples() -> Vec<(&'static str, Report)> {
    vec![
        ("rename", sample::rename_column()),
        ("mysql", sample::add_index_with_trigger()),
        ("hostile", sample::hostile()),
    ]
}

#[test]
fn every_framework_writes_the_kept_files() {
    for exporter in ALL {
        for (case, report) in samples().into_iter().filter(|(case, _)| *case != "hostile") {
            let folder = fresh::root().join("tests/fixtures/exports").join(exporter.id).join(case);
            let files = write(&report, &options(exporter.id));
            let made: Vec<_> = files.into_iter().map(|file| (file.path, file.content)).collect();
            fresh::check_folder(&folder, &made);
        }
    }
}

#[test]
fn ids_are_unique_and_paths_stay_inside() {
    for (at, exporter) in ALL.iter().enumerate() {
        assert!(ALL.iter().skip(at + 1).all(|other| other.id != exporter.id), "{}", exporter.id);
        for (case, report) in all() {
            let files = bundle(&report, &options(exporter.id));
            for (at, file) in files.iter().enumerate() {
                let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
                assert!(file.path.chars().all(plain) && !file.path.contains(".."), "{case}: {}", file.path);
                assert!(!file.path.starts_with('/'), "{case}: {}", file.path);
                assert!(files.iter().skip(at + 1).all(|other| other.path != file.path), "{case}: twice {}", file.path);
            }
        }
    }
}

#[test]
fn what_must_come_later_lies_in_another_release() {
    for exporter in ALL {
        let files = write(&sample::rename_column(), &options(exporter.id));
        for file in files.iter().filter(|file| file.content.contains("DROP COLUMN name") && file.path != "MIGRATION.md")
        {
            assert!(file.path.starts_with("release-2/"), "{}: {}", exporter.id, file.path);
        }
    }
}

#[test]
fn nothing_is_written_without_a_framework() {
    assert_eq!(write(&sample::rename_column(), &Options::default()), Vec::<File>::new());
    assert_eq!(write(&sample::rename_column(), &options("hibernate")), Vec::<File>::new());
    let paths: Vec<_> = bundle(&sample::rename_column(), &Options::default()).into_iter().map(|f| f.path).collect();
    assert_eq!(paths, ["PLAN.md", "plan.json"]);
}

/// Python reads every file that we write for Python, and finds in it exactly the SQL that went in.
#[test]
fn python_files_hold_the_sql_unchanged() {
    const SCRIPT: &str = r#"
import ast, json, re, sys
for framework, source in json.load(sys.stdin):
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if framework == "alembic":
                if re.search(r"(?<![:\w\$\x5c]):([\w\$]+)(?![:\w\$])", text) and "INSERT" in text:
                    sys.exit("taken for a parameter: " + text)
                text = re.sub(r"\x5c(:[\w\$]*)(?![:\w\$])", r"\1", text)
            print(json.dumps(text))
"#;
    for framework in ["alembic", "django"] {
        let reports = all();
        let sources: Vec<(&str, String)> = reports
            .iter()
            .flat_map(|(_, report)| write(report, &options(framework)))
            .filter(|file| file.path.ends_with(".py"))
            .map(|file| (framework, file.content))
            .collect();
        let mut python = Command::new("python3")
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 reads the files that we write for Python");
        let mut pipe = python.stdin.take().unwrap();
        let input = serde_json::to_string(&sources).unwrap();
        let writer = std::thread::spawn(move || pipe.write_all(input.as_bytes()));
        let output = python.wait_with_output().unwrap();
        writer.join().unwrap().unwrap();
        assert!(output.status.success(), "{framework}: a file is not Python");
        let found: BTreeSet<String> =
            String::from_utf8(output.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        for (case, report) in &reports {
            for sql in statements(report) {
                assert!(found.contains(&sql), "{framework}/{case} lost {sql:?}");
            }
        }
    }
}

/// What the files must hold: every statement of every step, but for the transaction that the runner opens.
fn statements(report: &Report) -> Vec<String> {
    let target = Target::parse(&report.engine).unwrap();
    let steps = report.phases.iter().flat_map(|phase| &phase.steps);
    let single = |sql: &String| {
        let parts: Vec<String> = parse(sql, target).statements.iter().map(|s| s.span.of(sql).to_string()).collect();
        if sql.contains(';') && parts.len() > 1 { parts } else { vec![sql.clone()] }
    };
    let block = |sql: &String| ["BEGIN", "COMMIT"].contains(&sql.as_str());
    steps.flat_map(|step| step.sql.iter().flat_map(single)).filter(|sql| !block(sql)).collect()
}

/// Ruby's quoted heredocs have one rule: they end at the first line that is their mark.
#[test]
fn ruby_files_hold_the_sql_unchanged() {
    for (case, report) in all() {
        let files = write(&report, &options("rails"));
        let mut found = Vec::new();
        for file in files.iter().filter(|file| file.path.ends_with(".rb")) {
            let mut lines = file.content.split('\n');
            while let Some(line) = lines.next() {
                if line.trim_start().starts_with('#') {
                    continue;
                }
                if let Some((_, rest)) = line.split_once("<<-'") {
                    let mark = rest.trim_end_matches('\'');
                    let body: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != mark).collect();
                    found.push(body.join("\n"));
                } else if let Some((_, literal)) = line.split_once("execute \"") {
                    found.push(unescaped(literal.strip_suffix('"').unwrap()));
                } else {
                    assert!(!line.contains("INSERT"), "{case}: SQL outside a literal: {line}");
                }
            }
        }
        for sql in statements(&report) {
            assert!(found.contains(&sql), "{case} lost {sql:?}");
        }
    }
}

fn unescaped(literal: &str) -> String {
    let mut out = String::new();
    let mut chars = literal.chars();
    while let Some(c) = chars.next() {
        match (c, (c == '\\').then(|| chars.next()).flatten()) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('u')) => {
                let code: String = chars.by_ref().skip(1).take_while(|c| *c != '}').collect();
                out.extend(char::from_u32(u32::from_str_radix(&code, 16).unwrap()));
            }
            ('\\', Some(other)) => out.push(other),
            ('"' | '#', _) => panic!("{c} is not escaped in {literal}"),
            (c, _) => out.push(c),
        }
    }
    out
}
