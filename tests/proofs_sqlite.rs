//! Every SQLite plan of the fixtures, run on a real SQLite: to the end, and back from every step.

use lockstep_tests::cases::cases;
use lockstep_tests::execute::Server;
use lockstep_tests::proof::prove;
use lockstep_tests::servers::Sqlite;

#[test]
fn every_plan_holds_on_a_real_sqlite() {
    let mut faults = Vec::new();
    for case in cases("sqlite") {
        faults.extend(prove(&case, &case.request.engine.clone(), &mut || Box::new(Sqlite::open()) as Box<dyn Server>));
    }
    assert!(faults.is_empty(), "SQLite {}:\n{}", Sqlite::version(), faults.join("\n"));
}
