//! Every PostgreSQL plan of the fixtures, made for and run on every real server: to the end, back from every step, and to
//! the end again, with old and new code running after each step.

use lockstep_tests::cases::cases;
use lockstep_tests::execute::Server;
use lockstep_tests::on_every_postgres;
use lockstep_tests::proof::{prove, refused};
use lockstep_tests::servers::{Pg, PgDatabase};

on_every_postgres! { plans: every_plan_holds; }

fn every_plan_holds(pg: &Pg) {
    let target = format!("postgres:{}", pg.version());
    let mut faults = Vec::new();
    let mut open = || Box::new(PgDatabase::open(pg, "proof")) as Box<dyn Server>;
    for case in cases("postgres") {
        if pg.version() < case.proof.since {
            faults.extend(refused(&case, &target, &mut open).err());
        } else {
            faults.extend(prove(&case, &target, &mut open));
        }
    }
    assert!(faults.is_empty(), "PostgreSQL {}:\n{}", pg.version(), faults.join("\n"));
}

#[test]
fn every_case_has_code_that_runs_meanwhile() {
    let bare: Vec<String> = cases("postgres")
        .into_iter()
        .filter(|case| case.code.old.is_empty() || case.code.new.is_empty())
        .map(|case| case.name)
        .collect();
    assert!(bare.is_empty(), "without old.sql or new.sql: {}", bare.join(", "));
}
