//! Every PostgreSQL plan of the fixtures, run on a real server: to the end, and back from every step.

use lockstep_core::target::Target;
use lockstep_tests::cases::cases;
use lockstep_tests::execute::Server;
use lockstep_tests::proof::prove;
use lockstep_tests::servers::{Pg, PgDatabase};

#[test]
fn every_plan_holds_on_a_real_server() {
    let pg = Pg::start();
    let mut faults = Vec::new();
    for case in cases("postgres") {
        let target = target(&case.request.engine, pg.version());
        faults.extend(prove(&case, &target, &mut || Box::new(PgDatabase::open(&pg, "proof")) as Box<dyn Server>));
    }
    assert!(faults.is_empty(), "PostgreSQL {}:\n{}", pg.version(), faults.join("\n"));
}

/// The case's own version, or that of the server at hand when it is older.
fn target(engine: &str, server: u32) -> String {
    let wanted = Target::parse(engine).expect("an engine").version.major;
    format!("postgres:{}", u32::from(wanted).min(server))
}
