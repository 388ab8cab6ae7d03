//! The program as a user runs it.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn lockstep(args: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lockstep"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    // A program that refuses its arguments does not read.
    let _ = pipe.write_all(stdin);
    drop(pipe);
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// An empty folder of this test alone.
fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

const DROP: &[u8] = b"DROP TABLE users;";

#[test]
fn a_plan_goes_to_standard_output_and_nothing_else() {
    let output = lockstep(&["plan", "-", "--engine", "postgres:16"], DROP);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).starts_with("MIGRATION PLAN: "), "{}", out(&output));
    assert!(!out(&output).contains('\x1b') && !err(&output).contains('\x1b'));
}

#[test]
fn json_is_the_answer_of_the_core() {
    let output = lockstep(&["plan", "--format", "json", "--engine", "mysql:8.0"], DROP);
    let request = lockstep_core::Request {
        sql: String::from_utf8(DROP.to_vec()).unwrap(),
        engine: "mysql:8.0".to_string(),
        ..Default::default()
    };
    assert_eq!(out(&output), lockstep_core::render::json(&lockstep_core::plan(&request)));
    let value: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(value["schema_version"], 1);
}

#[test]
fn fail_on_sets_the_status() {
    for (limit, code) in [("approval", 1), ("multi-step", 1)] {
        let output = lockstep(&["plan", "--engine", "postgres:16", "--fail-on", limit], DROP);
        assert_eq!(output.status.code(), Some(code), "{limit}: {}", err(&output));
    }
    let safe = b"CREATE TABLE t (id bigint PRIMARY KEY);";
    let output = lockstep(&["plan", "--engine", "postgres:16", "--fail-on", "multi-step"], safe);
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
}

#[test]
fn usage_and_unreadable_input_end_with_2() {
    let here = folder("unreadable");
    let latin = here.join("latin.sql");
    fs::write(&latin, b"SELECT 1;\n-- gr\xfc\xdfe").unwrap();
    for (args, words) in [
        (vec!["plan", "--engine", "oracle:19"], "unknown engine"),
        (vec!["plan", "--engine", "postgres:16", "--framework", "hibernate"], "known are sql, flyway"),
        (vec!["plan", "--engine", "postgres:16", "/nowhere/x.sql"], "/nowhere/x.sql: "),
        (vec!["plan", "--engine", "postgres:16", latin.to_str().unwrap()], "byte 15 (line 2)"),
        (vec!["plan", "--rows", "users"], "users=12000000"),
        (vec!["plan", "--format", "json", "--out", "x"], "--out writes files"),
        (vec!["explain", "no-such-rule-at-all"], "no rule or recipe"),
        (vec!["frobnicate"], "unrecognized subcommand"),
        (vec!["stats-query", "--engine", "x"], "unknown engine"),
    ] {
        let output = lockstep(&args, b"");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(err(&output).contains(words), "{args:?}: {}", err(&output));
        assert_eq!(out(&output), "", "{args:?}");
    }
}

#[test]
fn several_files_are_one_change_and_keep_their_names() {
    let here = folder("several");
    let (first, second) = (here.join("1.sql"), here.join("2.sql"));
    fs::write(&first, "CREATE TABLE a (id bigint PRIMARY KEY);").unwrap();
    fs::write(&second, "-- a comment\nFROBNICATE TABLE a;").unwrap();
    let files = [first.to_str().unwrap(), second.to_str().unwrap()];
    let output = lockstep(&["plan", files[0], files[1], "--engine", "postgres:16", "--format", "json"], b"");
    let value: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(value["coverage"]["total"], 2, "{}", out(&output));
    assert!(err(&output).contains(&format!("{}:2:1", files[1])), "{}", err(&output));
}

#[test]
fn a_schema_and_rows_are_used() {
    let here = folder("schema");
    let schema = here.join("schema.sql");
    fs::write(&schema, "CREATE TABLE users (id bigint PRIMARY KEY, name text);").unwrap();
    let args = ["plan", "--engine", "postgres:16", "--schema", schema.to_str().unwrap(), "--rows", "users=12M"];
    let output = lockstep(&args, b"ALTER TABLE users ALTER COLUMN name SET NOT NULL;");
    assert!(out(&output).contains("12,000,000"), "{}", out(&output));
}

#[test]
fn files_are_printed_or_written_and_never_written_over() {
    let here = folder("files");
    let sql = b"CREATE TABLE t (id bigint PRIMARY KEY);";
    let common = ["plan", "--engine", "postgres:16", "--framework", "flyway", "--date", "2026-01-02"];
    let printed = lockstep(&[&common[..], &["--format", "files"]].concat(), sql);
    assert!(out(&printed).contains("==> sql/V20260102000001__"), "{}", out(&printed));

    let target = here.join("out");
    let with_out = [&common[..], &["--out", target.to_str().unwrap()]].concat();
    let written = lockstep(&with_out, sql);
    assert_eq!(written.status.code(), Some(0), "{}", err(&written));
    for file in ["PLAN.md", "plan.json", "MIGRATION.md"] {
        assert!(target.join(file).is_file(), "{file}");
    }
    let again = lockstep(&with_out, sql);
    assert_eq!(again.status.code(), Some(2));
    assert!(err(&again).contains("--force"), "{}", err(&again));
    let forced = lockstep(&[&with_out[..], &["--force"]].concat(), sql);
    assert_eq!(forced.status.code(), Some(0), "{}", err(&forced));
}

#[test]
fn the_catalogue_lists_and_explains() {
    let listed = out(&lockstep(&["rules"], b""));
    for line in listed.lines() {
        let id = line.split_whitespace().next().unwrap();
        let output = lockstep(&["explain", id], b"");
        assert_eq!(output.status.code(), Some(0), "{id}");
        assert!(out(&output).contains("Instead:"), "{id}");
    }
    for line in out(&lockstep(&["recipes"], b"")).lines() {
        let id = line.split_whitespace().next().unwrap();
        let output = lockstep(&["explain", id], b"");
        assert_eq!(output.status.code(), Some(0), "{id}");
        assert!(out(&output).contains("Used when:"), "{id}");
    }
    for engine in ["postgres:16", "mysql:8.0", "mariadb:10.11", "sqlite:3.45"] {
        let output = lockstep(&["stats-query", "--engine", engine], b"");
        assert_eq!(output.status.code(), Some(0), "{engine}");
    }
}

#[test]
fn a_reader_that_stops_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lockstep"))
        .args(["plan", "--engine", "postgres:16"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(DROP).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
}
