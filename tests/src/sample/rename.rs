//! `ALTER TABLE users RENAME COLUMN name TO full_name` on twelve million rows of PostgreSQL 16.

use super::build::*;
use lockstep_core::report::*;

const ROWS: u64 = 12_000_000;

const FUNCTION: &str = "CREATE FUNCTION zz_lockstep_users_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.full_name IS NULL THEN NEW.full_name := NEW.name;
    ELSIF NEW.full_name IS DISTINCT FROM NEW.name THEN NEW.name := NEW.full_name; END IF;
  ELSIF NEW.full_name IS DISTINCT FROM OLD.full_name THEN
    IF NEW.full_name IS DISTINCT FROM NEW.name THEN NEW.name := NEW.full_name; END IF;
  ELSIF NEW.name IS DISTINCT FROM OLD.name THEN
    NEW.full_name := NEW.name;
  END IF;
  RETURN NEW;
END $$";

const TRIGGER: &str = "CREATE TRIGGER zz_lockstep_users_name BEFORE INSERT OR UPDATE ON users
  FOR EACH ROW EXECUTE FUNCTION zz_lockstep_users_name()";

const BACKFILL: &str = "DO $$
DECLARE
  low bigint := 0;
  high bigint;
BEGIN
  LOOP
    SELECT max(id) INTO high FROM (SELECT id FROM users WHERE id > low ORDER BY id LIMIT 5000) batch;
    EXIT WHEN high IS NULL;
    UPDATE users SET full_name = name WHERE id > low AND id <= high AND full_name IS NULL;
    COMMIT;
    low := high;
    PERFORM pg_sleep(0.1);
  END LOOP;
END $$";

/// The golden example.
pub fn rename_column() -> Report {
    let mut report = empty("Rename users.name to users.full_name", "postgres:16", "PostgreSQL 16");
    report.verdict = Verdict::NeedsMultiStep;
    report.risk = Risk::High;
    report.headline = "Three deploys; no query fails and writes wait for under 1 s in total.".to_string();
    report.reasons = texts(&["Running code that names users.name fails at once when the column is renamed."]);
    report.duration =
        Duration { writes_blocked_s: 0.15, reads_blocked_s: 0.15, ..time(ROWS, 1_560.0, 2_280.0, 3_660.0) };
    report.assumptions = vec![Assumption {
        key: "longest_transaction".to_string(),
        text: "No transaction runs longer than 60 s".to_string(),
        effect: "A longer one makes steps 1, 3b and 5 time out and try again".to_string(),
    }];
    report.tables = vec![TableSize {
        name: "users".to_string(),
        rows: ROWS,
        rows_known: true,
        bytes: 2_254_857_830,
        writes_per_s: Some(180.0),
        new: false,
    }];
    report.statements = vec![pasted()];
    report.phases = vec![expand(), migrate(), switch(), contract()];
    report.deploys = 3;
    report.point_of_no_return = Some("5".to_string());
    report.rollback = rollback();
    report.checklist = texts(&[
        "Tested on a production-sized copy",
        "Rollback rehearsed",
        "Backup taken and its restore checked",
        "No job, view, report or replica consumer reads `users.name`",
        "Approval for the irreversible step 5 by: ____________",
    ]);
    report.escalations = vec![Escalation {
        key: "large_table".to_string(),
        situation: "users has 12,000,000 rows".to_string(),
        action: "Plan the batches with the owner of the database and watch replication lag".to_string(),
    }];
    report.runbook = runbook();
    report
}

fn pasted() -> StatementReport {
    let sql = "ALTER TABLE users RENAME COLUMN name TO full_name";
    let place = Place { start: 0, end: sql.len(), start_utf16: 0, end_utf16: sql.len(), line: 1, column: 1 };
    StatementReport {
        sql: sql.to_string(),
        span: place,
        understood: true,
        summary: "Rename column users.name to full_name".to_string(),
        form: "alter table rename column".to_string(),
        verdict: Verdict::NeedsMultiStep,
        risk: Risk::High,
        effects: EffectsReport {
            reads: Traffic::Fails,
            writes: Traffic::Fails,
            reversible: "yes".into(),
            evidence: texts(&["https://www.postgresql.org/docs/16/sql-altertable.html"]),
            ..lock("ACCESS EXCLUSIVE", "users", true, true, "yes")
        },
        duration: time(ROWS, 0.001, 0.01, 0.05),
        findings: vec![Finding {
            rule: "rename-in-one-step".into(),
            severity: Severity::Danger,
            title: "Running code breaks at once".into(),
            message: "Every query that names users.name fails from the moment this commits.".to_string(),
            instead: "Add the new column, keep both in step, move the code, then drop the old one.".into(),
            span: place,
        }],
        suppressed: Vec::new(),
        steps: texts(&["1", "2", "3a", "3b", "4", "5"]),
    }
}

fn expand() -> Phase {
    let add = Step {
        why: "Old code keeps working: it neither knows nor needs the new column.".to_string(),
        sql: texts(&[
            "BEGIN",
            "SET LOCAL lock_timeout = '500ms'",
            "ALTER TABLE users ADD COLUMN full_name varchar(200)",
            FUNCTION,
            TRIGGER,
            "COMMIT",
        ]),
        transactional: true,
        effects: lock("ACCESS EXCLUSIVE", "users", true, true, "yes"),
        duration: Duration { writes_blocked_s: 0.05, reads_blocked_s: 0.05, ..time(ROWS, 0.01, 0.05, 0.2) },
        check: Some(Check {
            sql: "SELECT count(*) FROM pg_trigger WHERE tgname = 'zz_lockstep_users_name'".to_string(),
            expected: "1".to_string(),
        }),
        undo: undo(
            &[
                "BEGIN",
                "DROP TRIGGER zz_lockstep_users_name ON users",
                "DROP FUNCTION zz_lockstep_users_name()",
                "ALTER TABLE users DROP COLUMN full_name",
                "COMMIT",
            ],
            true,
        ),
        on_failure: "55P03: nothing happened; wait and run it again.".to_string(),
        gate: "the check returns 1".to_string(),
        ..step("1", StepKind::Sql, "add users.full_name and keep it in step with name by trigger")
    };
    Phase {
        name: PhaseName::Expand,
        deploy: 1,
        title: "the new column beside the old".to_string(),
        code: "old code keeps running".to_string(),
        steps: vec![add],
    }
}

fn migrate() -> Phase {
    let backfill = Step {
        sql: texts(&[BACKFILL]),
        effects: lock("ROW EXCLUSIVE", "users", false, false, "refused"),
        duration: time(ROWS, 1_320.0, 1_860.0, 2_900.0),
        check: Some(Check {
            sql: "SELECT count(*) FROM users WHERE full_name IS DISTINCT FROM name".to_string(),
            expected: "0".to_string(),
        }),
        on_failure: "Run it again: it goes on where it stopped.".to_string(),
        ..step("2", StepKind::Backfill, "backfill 12,000,000 rows in 2,400 batches of 5,000")
    };
    let index = Step {
        sql: texts(&[
            "SET lock_timeout = 0",
            "CREATE INDEX CONCURRENTLY users_lower_full_name_idx ON users (lower(full_name))",
        ]),
        effects: lock("SHARE UPDATE EXCLUSIVE", "users", false, false, "refused"),
        duration: time(ROWS, 25.0, 40.0, 70.0),
        check: Some(Check {
            sql: "SELECT indisvalid FROM pg_index WHERE indexrelid = 'users_lower_full_name_idx'::regclass".to_string(),
            expected: "t".to_string(),
        }),
        undo: undo(&["DROP INDEX CONCURRENTLY users_lower_full_name_idx"], false),
        on_failure: "DROP INDEX CONCURRENTLY users_lower_full_name_idx, then run it again.".to_string(),
        ..step("3a", StepKind::Sql, "build index users_lower_full_name_idx concurrently")
    };
    let not_null = Step {
        sql: texts(&[
            "SET lock_timeout = '500ms'",
            "ALTER TABLE users ADD CONSTRAINT users_full_name_not_null CHECK (full_name IS NOT NULL) NOT VALID",
            "ALTER TABLE users VALIDATE CONSTRAINT users_full_name_not_null",
            "ALTER TABLE users ALTER COLUMN full_name SET NOT NULL",
            "ALTER TABLE users DROP CONSTRAINT users_full_name_not_null",
        ]),
        effects: lock("ACCESS EXCLUSIVE", "users", true, true, "yes"),
        duration: Duration { writes_blocked_s: 0.05, reads_blocked_s: 0.05, ..time(ROWS, 10.0, 20.0, 40.0) },
        undo: undo(
            &[
                "ALTER TABLE users ALTER COLUMN full_name DROP NOT NULL",
                "ALTER TABLE users DROP CONSTRAINT IF EXISTS users_full_name_not_null",
            ],
            false,
        ),
        ..step("3b", StepKind::Sql, "validate NOT NULL on full_name without a blocking scan")
    };
    let verify = Step {
        check: Some(Check {
            sql: "SELECT count(*) FROM users WHERE full_name IS DISTINCT FROM name".to_string(),
            expected: "0".to_string(),
        }),
        ..step("3c", StepKind::Verify, "compare both columns")
    };
    Phase {
        name: PhaseName::Migrate,
        deploy: 1,
        title: "move the rows".to_string(),
        code: "old code keeps running".to_string(),
        steps: vec![backfill, index, not_null, verify],
    }
}

fn switch() -> Phase {
    let deploy = Step {
        undo: action("redeploy the previous version of the application"),
        gate: "no old instance runs".to_string(),
        ..step("4", StepKind::Deploy, "application reads and writes full_name only")
    };
    Phase {
        name: PhaseName::Switch,
        deploy: 2,
        title: "the application changes over".to_string(),
        code: "old and new code run side by side".to_string(),
        steps: vec![deploy],
    }
}

fn contract() -> Phase {
    let soak = step("5a", StepKind::Wait, "soak for a week");
    let approval = step("5b", StepKind::Approval, "approve the loss of users.name");
    let drop = Step {
        sql: texts(&[
            "BEGIN",
            "SET LOCAL lock_timeout = '500ms'",
            "DROP TRIGGER zz_lockstep_users_name ON users",
            "DROP FUNCTION zz_lockstep_users_name()",
            "ALTER TABLE users DROP COLUMN name",
            "COMMIT",
        ]),
        transactional: true,
        effects: lock("ACCESS EXCLUSIVE", "users", true, true, "yes"),
        duration: Duration { writes_blocked_s: 0.05, reads_blocked_s: 0.05, ..time(ROWS, 0.01, 0.05, 0.2) },
        irreversible: Some("what only name held is gone; the column can be filled again from full_name".to_string()),
        ..step("5c", StepKind::Sql, "drop the trigger, then users.name")
    };
    Phase {
        name: PhaseName::Contract,
        deploy: 3,
        title: "remove the old column".to_string(),
        code: "new code only".to_string(),
        steps: vec![soak, approval, drop],
    }
}

fn rollback() -> Vec<Rollback> {
    let entry = |phase, deploy, title: &str, sql: &[&str], until: &str| Rollback {
        phase,
        deploy,
        title: title.to_string(),
        sql: texts(sql),
        lossy: false,
        until: until.to_string(),
    };
    vec![
        entry(PhaseName::Switch, 2, "redeploy the previous version", &[], "until step 5c"),
        entry(
            PhaseName::Migrate,
            1,
            "take back the index and NOT NULL",
            &[
                "ALTER TABLE users ALTER COLUMN full_name DROP NOT NULL",
                "DROP INDEX CONCURRENTLY users_lower_full_name_idx",
            ],
            "until step 5c",
        ),
        entry(
            PhaseName::Expand,
            1,
            "take back the column and its trigger",
            &[
                "DROP TRIGGER zz_lockstep_users_name ON users",
                "DROP FUNCTION zz_lockstep_users_name()",
                "ALTER TABLE users DROP COLUMN full_name",
            ],
            "until step 5c",
        ),
    ]
}

fn runbook() -> Runbook {
    Runbook {
        before: vec![item("Backup", "", "pg_dump --format=custom --file=before.dump \"$DATABASE\"", "sh")],
        during: vec![item(
            "Blocked sessions",
            "Rows here wait for a lock.",
            "SELECT pid, pg_blocking_pids(pid) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0",
            "sql",
        )],
        after: vec![item(
            "Invalid indexes",
            "Must be empty.",
            "SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid",
            "sql",
        )],
        failure: vec![item("Lock timeout", "Wait, find the blocker, run the step again.", "", "")],
        decisions: vec![Decision {
            situation: "Application broken after the switch".to_string(),
            action: "Redeploy the previous version; the schema still carries it".to_string(),
        }],
    }
}
