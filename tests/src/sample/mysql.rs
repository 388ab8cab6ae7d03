//! A trigger, a concurrent index and a procedure on MySQL: bodies with `;`, and no transactional DDL.

use super::build::*;
use lockstep_core::report::*;

/// One deploy, every statement commits.
pub fn add_index_with_trigger() -> Report {
    let mut report = empty("Index orders.note", "mysql:8.0", "MySQL 8.0");
    report.duration = time(2_000_000, 20.0, 45.0, 90.0);
    let index = Step {
        sql: texts(&[
            "SET SESSION lock_wait_timeout = 1",
            "ALTER TABLE orders ADD INDEX (note), ALGORITHM=INPLACE, LOCK=NONE",
        ]),
        effects: lock("MDL EXCLUSIVE", "orders", true, true, "implicit_commit"),
        duration: time(2_000_000, 20.0, 45.0, 90.0),
        undo: undo(&["ALTER TABLE orders DROP INDEX note"], false),
        ..step("1", StepKind::Sql, "add the index in place")
    };
    let trigger = Step {
        sql: texts(&[
            "CREATE TRIGGER orders_note BEFORE INSERT ON orders FOR EACH ROW BEGIN\n  SET NEW.note = TRIM(NEW.note);\nEND",
        ]),
        effects: lock("MDL EXCLUSIVE", "orders", true, true, "implicit_commit"),
        undo: undo(&["DROP TRIGGER orders_note"], false),
        ..step("2", StepKind::Sql, "trim notes as they come in")
    };
    report.phases = vec![Phase {
        name: PhaseName::Expand,
        deploy: 1,
        title: String::new(),
        code: String::new(),
        steps: vec![index, trigger],
    }];
    report.rollback = vec![Rollback {
        phase: PhaseName::Expand,
        deploy: 1,
        title: "take back the trigger and the index".to_string(),
        sql: texts(&["DROP TRIGGER orders_note", "ALTER TABLE orders DROP INDEX note"]),
        lossy: false,
        until: "at any time".to_string(),
    }];
    report.checklist = texts(&["Tested on a production-sized copy"]);
    report
}
