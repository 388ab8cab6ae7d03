#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
use crate::report::{PhaseName, Report, StepKind, Verdict};
use crate::request::{Options, Request};

fn report(engine: &str, schema: &str, sql: &str) -> Report {
    with_rows(engine, schema, sql, &[])
}

fn with_rows(engine: &str, schema: &str, sql: &str, rows: &[(&str, u64)]) -> Report {
    let rows = rows.iter().map(|(table, rows)| (table.to_string(), *rows)).collect();
    let schema = (!schema.is_empty()).then(|| schema.to_string());
    super::plan(&Request { engine: engine.into(), sql: sql.into(), schema, rows, ..Request::default() })
}

const USERS: &str = "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text);";

fn phases(report: &Report) -> Vec<(PhaseName, u32)> {
    report.phases.iter().map(|p| (p.name, p.deploy)).collect()
}

#[test]
fn verdicts_follow_from_effects_and_sizes() {
    use Verdict::{NeedsMultiStep, RequiresApproval, Safe};
    type Case = (&'static str, &'static [(&'static str, u64)], Verdict);
    let cases: &[Case] = &[
        ("ALTER TABLE users ADD COLUMN phone text", &[], Safe),
        ("CREATE INDEX CONCURRENTLY i ON users (email)", &[], Safe),
        ("COMMENT ON TABLE users IS 'people'", &[], Safe),
        ("DROP INDEX CONCURRENTLY i", &[], Safe),
        ("DROP INDEX i", &[("users", 10)], NeedsMultiStep),
        ("CREATE TABLE t (id int); CREATE INDEX i ON t (id); ALTER TABLE t DROP COLUMN id", &[], Safe),
        ("ALTER TABLE users RENAME COLUMN name TO full_name", &[("users", 3)], NeedsMultiStep),
        ("CREATE INDEX i ON users (email)", &[("users", 100_000_000)], NeedsMultiStep),
        ("CREATE INDEX i ON users (email)", &[("users", 1_000)], Safe),
        // The size is not known: it cannot be called safe.
        ("CREATE INDEX i ON users (email)", &[], NeedsMultiStep),
        ("ALTER TABLE users ALTER COLUMN email SET NOT NULL", &[], NeedsMultiStep),
        ("ALTER TABLE users DROP COLUMN email", &[("users", 1)], RequiresApproval),
        ("DELETE FROM users", &[("users", 1)], RequiresApproval),
        ("DO $$ BEGIN PERFORM purge(); END $$", &[], RequiresApproval),
        ("FROBNICATE users", &[], RequiresApproval),
        ("UPDATE users SET email = lower(email)", &[("users", 10)], RequiresApproval),
        ("UPDATE users SET email = 'x' WHERE email IS NULL", &[("users", 10)], Safe),
    ];
    for (sql, rows, wanted) in cases {
        let report = with_rows("postgres:16", USERS, sql, rows);
        assert_eq!(report.verdict, *wanted, "{sql} {rows:?}: {:?}", report.reasons);
    }
}

#[test]
fn a_rename_takes_three_deploys_and_the_drop_is_last() {
    let report = report("postgres:16", USERS, "ALTER TABLE users RENAME COLUMN name TO full_name");
    use PhaseName::{Contract, Expand, Migrate, Switch};
    assert_eq!(phases(&report), [(Expand, 1), (Migrate, 1), (Switch, 2), (Contract, 3)]);
    let last = report.phases.last().unwrap().steps.last().unwrap();
    assert!(last.irreversible.is_some());
    assert_eq!(report.point_of_no_return, Some(last.id.clone()));
}

#[test]
fn what_needs_a_later_phase_comes_in_a_later_wave() {
    let sql = "ALTER TABLE users DROP COLUMN email; ALTER TABLE users ADD COLUMN email text;";
    let report = report("postgres:16", USERS, sql);
    let steps: Vec<&str> =
        report.phases.iter().flat_map(|p| &p.steps).flat_map(|s| &s.sql).map(String::as_str).collect();
    let at = |needle: &str| steps.iter().position(|s| s.to_lowercase().contains(needle)).unwrap();
    assert!(at("drop column") < at("add column email"), "{steps:#?}");
}

#[test]
fn an_opaque_statement_keeps_its_place() {
    let sql = "ALTER TABLE users DROP COLUMN email; DO $$ BEGIN EXECUTE x; END $$; ALTER TABLE users ADD COLUMN a int;";
    let report = report("postgres:16", USERS, sql);
    let steps: Vec<&str> =
        report.phases.iter().flat_map(|p| &p.steps).flat_map(|s| &s.sql).map(String::as_str).collect();
    let at = |needle: &str| steps.iter().position(|s| s.contains(needle)).unwrap();
    assert!(at("DROP COLUMN") < at("DO $$") && at("DO $$") < at("ADD COLUMN a"), "{steps:#?}");
}

#[test]
fn independent_changes_share_their_deploys() {
    let sql = "ALTER TABLE users RENAME COLUMN name TO full_name; ALTER TABLE users RENAME COLUMN email TO mail;";
    let report = report("postgres:16", USERS, sql);
    assert_eq!(report.deploys, 3);
    let deploys = report.phases.iter().flat_map(|p| &p.steps).filter(|s| s.kind == StepKind::Deploy).count();
    assert_eq!(deploys, 1, "one deploy switches both");
}

#[test]
fn statements_of_one_transaction_stay_together() {
    let sql = "BEGIN; ALTER TABLE users ADD COLUMN a int; ALTER TABLE users ADD COLUMN b int; COMMIT;";
    let report = report("postgres:16", USERS, sql);
    let steps: Vec<_> = report.phases.iter().flat_map(|p| &p.steps).collect();
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0].sql.first().map(String::as_str), Some("BEGIN"));
    assert_eq!(steps[0].sql.last().map(String::as_str), Some("COMMIT"));
}

#[test]
fn no_time_limit_around_concurrently() {
    let report = report("postgres:16", USERS, "CREATE INDEX i ON users (email);");
    for step in report.phases.iter().flat_map(|p| &p.steps) {
        let undo = step.undo.iter().flat_map(|u| &u.sql);
        let all: Vec<&str> = step.sql.iter().chain(undo).map(String::as_str).collect();
        if all.iter().any(|s| s.contains("CONCURRENTLY")) {
            assert!(!all.iter().any(|s| s.contains("lock_timeout = '500ms'")), "{all:#?}");
        }
    }
}

#[test]
fn a_lock_that_is_held_makes_later_work_blocked_time() {
    let sql = "BEGIN; ALTER TABLE users ADD COLUMN a int; CREATE TABLE x AS SELECT * FROM users; COMMIT;";
    let report = with_rows("postgres:16", USERS, sql, &[("users", 50_000_000)]);
    let create = report.statements.iter().find(|s| s.sql.starts_with("CREATE TABLE")).unwrap();
    assert!(create.duration.writes_blocked_s > 0.5, "{:?}", create.duration);
    assert_ne!(report.verdict, Verdict::Safe);
}

#[test]
fn drift_is_escalated() {
    let report = report("postgres:16", USERS, "ALTER TABLE users ALTER COLUMN gone SET NOT NULL");
    assert!(report.escalations.iter().any(|e| e.key == "drift" && e.situation.contains("users.gone")));
}

#[test]
fn settings_that_matter_go_with_every_step() {
    let report =
        report("postgres:16", "", "SET search_path = app; SET statement_timeout = 0; ALTER TABLE t ADD COLUMN a int");
    let sql = &report.phases[0].steps[0].sql;
    assert_eq!(sql.first().map(String::as_str), Some("SET search_path = app"));
    assert!(!sql.iter().any(|s| s.contains("statement_timeout")));
}

#[test]
fn each_step_has_the_settings_of_its_statement() {
    let sql = "ALTER TABLE t ADD COLUMN a int; BEGIN; SET LOCAL search_path = app; ALTER TABLE t ADD COLUMN b int; COMMIT;
               SET search_path = web; ALTER TABLE t ADD COLUMN c int; RESET search_path; ALTER TABLE t ADD COLUMN d int;";
    let report = report("postgres:16", "", sql);
    let first: Vec<&str> = report.phases.iter().flat_map(|p| &p.steps).map(|s| s.sql[0].as_str()).collect();
    assert_eq!(
        first,
        ["RESET search_path", "SET SESSION search_path = app", "SET search_path = web", "RESET search_path"]
    );
}

#[test]
fn a_bad_engine_is_a_report_that_says_so() {
    let report = super::plan(&Request { engine: "oracle".into(), sql: "x".into(), ..Request::default() });
    assert_eq!(report.diagnostics.len(), 1);
    assert_eq!(report.verdict, Verdict::RequiresApproval);
}

#[test]
fn a_wanted_schema_becomes_the_change() {
    let wanted = "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text, age int);
        CREATE TABLE teams (id int PRIMARY KEY);";
    let request = Request {
        engine: "postgres:16".into(),
        schema: Some(USERS.into()),
        target_schema: Some(wanted.into()),
        options: Options::default(),
        ..Request::default()
    };
    let report = super::plan(&request);
    let derived = report.derived_sql.unwrap();
    assert!(derived.contains("CREATE TABLE teams") && derived.contains("ADD COLUMN age"), "{derived}");
    assert!(!derived.contains("DROP"), "{derived}");
    assert_eq!(report.verdict, Verdict::Safe, "{:?}", report.reasons);
}

/// The statements between two schemas; none may be left different.
fn derived(engine: &str, old: &str, new: &str) -> String {
    let (engine, schema, target_schema) = (engine.to_string(), Some(old.to_string()), Some(new.to_string()));
    let report = super::plan(&Request { engine, schema, target_schema, ..Request::default() });
    let left: Vec<&str> =
        report.diagnostics.iter().filter(|d| d.id == "difference-left").map(|d| d.message.as_str()).collect();
    assert_eq!(left, Vec::<&str>::new(), "{old} to {new}");
    report.derived_sql.unwrap_or_default()
}

#[test]
fn options_of_tables_are_compared() {
    let table = |columns: &str, options: &str| format!("CREATE TABLE t (id int NOT NULL, {columns}) {options}");
    let old = table("name varchar(60), body text", "ENGINE=InnoDB DEFAULT CHARSET=latin1 ROW_FORMAT=COMPRESSED");
    for (new, wanted) in [
        (table("name varchar(60), body text", ""), ""),
        (table("name varchar(60), body text", "ROW_FORMAT=DYNAMIC"), "ALTER TABLE t ROW_FORMAT=DYNAMIC;\n"),
        (
            table("name varchar(60), body mediumtext", "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"),
            "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\nALTER TABLE t ROW_FORMAT=DEFAULT;\n",
        ),
        (
            table("name varchar(60) CHARACTER SET latin1, body text CHARACTER SET latin1", "DEFAULT CHARSET=utf8mb4"),
            "ALTER TABLE t DEFAULT CHARACTER SET utf8mb4;\n",
        ),
    ] {
        assert_eq!(derived("mysql:8.0", &old, &new), wanted, "{new}");
    }
}

#[test]
fn row_level_security_never_stands_without_its_policies() {
    let plain = "CREATE TABLE t (id int)";
    let secured =
        "CREATE TABLE t (id int); CREATE POLICY p ON t USING (true); ALTER TABLE t ENABLE ROW LEVEL SECURITY;";
    let made = "CREATE POLICY p ON t USING (true);\nALTER TABLE t ENABLE ROW LEVEL SECURITY;\n";
    assert_eq!(derived("postgres:17", plain, secured), made);
    let gone = "ALTER TABLE t DISABLE ROW LEVEL SECURITY;\nDROP POLICY p ON t;\n";
    assert_eq!(derived("postgres:17", secured, plain), gone);
}

#[test]
fn identities_are_made_and_dropped() {
    let (serial, identity) = ("CREATE TABLE t (id serial PRIMARY KEY, n int)", "GENERATED BY DEFAULT AS IDENTITY");
    let new = format!("CREATE TABLE t (id int {identity} PRIMARY KEY, n int)");
    let made = derived("postgres:17", serial, &new);
    assert_eq!(
        made,
        format!("ALTER TABLE t ALTER COLUMN id DROP DEFAULT;\nALTER TABLE t ALTER COLUMN id ADD {identity};\n")
    );
    let gone = derived("postgres:17", &new, "CREATE TABLE t (id int PRIMARY KEY DEFAULT 1, n int)");
    assert_eq!(gone, "ALTER TABLE t ALTER COLUMN id DROP IDENTITY;\nALTER TABLE t ALTER COLUMN id SET DEFAULT 1;\n");
}

#[test]
fn a_backfill_counts_all_its_batches() {
    let sql = "ALTER TABLE users RENAME COLUMN name TO full_name";
    let report = with_rows("postgres:16", USERS, sql, &[("users", 10_000_000)]);
    let backfill = report.phases.iter().flat_map(|p| &p.steps).find(|s| s.kind == StepKind::Backfill).unwrap();
    // 2,000 pauses of 100 ms, and at least 2 µs for each row.
    assert!(backfill.duration.expected_s > 220.0, "{:?}", backfill.duration);
}

#[test]
fn pasted_statistics_say_what_the_server_is_like() {
    let plan = |stats: &str| {
        super::plan(&Request {
            engine: "postgres:16".into(),
            sql: "ALTER TABLE users ADD COLUMN phone text; CREATE INDEX CONCURRENTLY i ON users (email)".into(),
            schema: Some(USERS.into()),
            stats: Some(stats.into()),
            ..Request::default()
        })
    };
    let plain = plan(r#"{"users": 1000000}"#);
    let slow = plan(r#"{"users": 1000000, "hardware_factor": 2}"#);
    assert!((slow.duration.expected_s / plain.duration.expected_s - 2.0).abs() < 0.1);
    let busy = plan(r#"{"users": 1000000, "longest_transaction_s": 900}"#);
    let longest = busy.assumptions.iter().find(|a| a.key == "longest_transaction").unwrap();
    assert!(longest.text.contains("15 min"), "{}", longest.text);
}

#[test]
fn a_partition_is_made_behind_its_parent() {
    let sql = "ALTER TABLE users RENAME TO people; CREATE TABLE users (id bigint) PARTITION BY RANGE (id);
               CREATE TABLE users_1 PARTITION OF users FOR VALUES FROM (1) TO (2);";
    let report = report("postgres:16", USERS, sql);
    let place =
        |words: &str| report.phases.iter().flat_map(|p| &p.steps).position(|s| s.sql.iter().any(|l| l.contains(words)));
    assert!(place("CREATE TABLE users ").unwrap() < place("CREATE TABLE users_1").unwrap());
}

#[test]
fn a_table_is_never_renamed_away_before_what_takes_its_place_has_its_rows() {
    let sql = "BEGIN; ALTER TABLE people RENAME TO people_old; CREATE TABLE people (id bigint) PARTITION BY RANGE (id);
               ALTER TABLE people ATTACH PARTITION people_old FOR VALUES FROM (1) TO (2); COMMIT;";
    let report = report("postgres:16", "", sql);
    let steps = report.phases.iter().flat_map(|p| &p.steps).filter(|s| s.sql.iter().any(|l| l.contains("RENAME TO")));
    assert!(steps.clone().count() > 0);
    for step in steps {
        let made = step.sql.iter().any(|line| line.starts_with("CREATE TABLE"));
        assert_eq!(made, step.sql.iter().any(|line| line.contains("ATTACH")), "{:?}", step.sql);
    }
}

#[test]
fn a_name_is_never_gone_between_two_steps() {
    let rename = "ALTER TABLE users RENAME TO people;";
    let view = "CREATE VIEW users AS SELECT * FROM people;";
    for (in_transaction, sql) in [
        (false, format!("BEGIN; {rename} CREATE INDEX i ON people (email); {view} COMMIT;")),
        (false, format!("BEGIN; {rename} {view} COMMIT;")),
        (true, format!("{rename} {view}")),
        (false, format!("{rename} {view}")),
    ] {
        let options = Options { in_transaction, ..Options::default() };
        let (engine, schema) = ("postgres:16".to_string(), Some(USERS.to_string()));
        let report = super::plan(&Request { engine, schema, sql: sql.clone(), options, ..Request::default() });
        let gone = report.phases.iter().flat_map(|p| &p.steps).find(|step| {
            let says = |words: &str| step.sql.iter().any(|line| line.contains(words));
            says("RENAME TO people") && !says("CREATE VIEW")
        });
        assert_eq!(gone.map(|step| step.sql.clone()), None, "{sql}");
    }
}

#[test]
fn what_is_taken_back_is_no_part_of_a_plan() {
    let sql = "ALTER TABLE users ADD COLUMN mail text; UPDATE users SET mail = email;
               BEGIN; ALTER TABLE users DROP COLUMN email; ROLLBACK;";
    let report = report("postgres:16", USERS, sql);
    let mut steps = report.phases.iter().flat_map(|p| &p.steps).flat_map(|s| &s.sql);
    assert!(!steps.any(|line| line.contains("DROP COLUMN")), "{:?}", report.phases);
    let rules: Vec<&str> = report.statements.iter().flat_map(|s| &s.findings).map(|f| &*f.rule).collect();
    assert!(rules.contains(&"transaction-out-of-balance"), "{rules:?}");
}

#[test]
fn settings_are_in_force_as_long_as_the_server_keeps_them() {
    let first = |engine: &str, before: &str| {
        let report = report(engine, USERS, &format!("{before}; ALTER TABLE users ADD COLUMN mail text;"));
        report.phases[0].steps[0].sql[0].clone()
    };
    let postgres = |before: &str| first("postgres:16", before);
    assert_eq!(postgres("BEGIN; SET LOCAL search_path = app; COMMIT"), "RESET search_path");
    assert_eq!(
        postgres("BEGIN; SET /* now */ LOCAL check_function_bodies = true"),
        "SET /* now */ SESSION check_function_bodies = true"
    );
    assert_eq!(
        postgres("BEGIN; SELECT set_config('search_path', 'true, b', true)"),
        "SELECT set_config('search_path', 'true, b', false)"
    );
    assert_eq!(postgres("SET search_path = app; BEGIN; SET search_path = web; ROLLBACK"), "SET search_path = app");
    assert_eq!(postgres("SET search_path = app; RESET ALL"), "RESET search_path");
    let mysql = "SET LOCAL foreign_key_checks = 0";
    assert_eq!(first("mysql:8.0", &format!("BEGIN; {mysql}; COMMIT")), mysql);
}
