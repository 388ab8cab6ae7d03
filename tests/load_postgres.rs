//! Plans run to their end on real servers, the oldest and the newest, while writers insert, update and delete.

use lockstep_tests::cases::cases;
use lockstep_tests::execute::Server;
use lockstep_tests::load::{loaded, under_load};
use lockstep_tests::servers::{Pg, PgDatabase};

#[test]
fn writers_feel_nothing_on_postgres_11() {
    writers_feel_nothing(&Pg::start(11));
}

#[test]
fn writers_feel_nothing_on_postgres_18() {
    writers_feel_nothing(&Pg::start(18));
}

fn writers_feel_nothing(pg: &Pg) {
    let target = format!("postgres:{}", pg.version());
    let mut faults = Vec::new();
    let cases = loaded(cases("postgres"));
    assert!(cases.len() > 10, "only {} cases with a load", cases.len());
    for case in cases.iter().filter(|case| pg.version() >= case.proof.since) {
        drop(pg.create("load"));
        let met = under_load(case, &target, &|| Box::new(PgDatabase::join(pg, "load")) as Box<dyn Server + Send>);
        println!(
            "{target} {:<40} {:>6} transactions, the longest {:>4} ms, {} steps tried again",
            case.name,
            met.written,
            met.longest.as_millis(),
            met.retries
        );
        faults.extend(met.faults);
    }
    assert!(faults.is_empty(), "{target}:\n{}", faults.join("\n"));
}
