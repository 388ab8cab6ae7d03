//! What the plan of an exclusion constraint says of rows that exclude others while a table is copied, on every server.

use lockstep_core::report::StepKind;
use lockstep_tests::cases::cases;
use lockstep_tests::execute::{Server, forward, steps};
use lockstep_tests::on_every_postgres;
use lockstep_tests::servers::{Pg, PgDatabase};

on_every_postgres! { plans: rows_that_exclude_others_are_refused_or_stop_the_copy; }

const AT: &str = "'[2026-06-01, 2026-06-02)'";

fn rows_that_exclude_others_are_refused_or_stop_the_copy(pg: &Pg) {
    let mut all = cases("postgres").into_iter();
    let case = all.find(|case| case.name.ends_with("/add_exclusion")).expect("a fixture");
    let mut request = case.request.clone();
    request.engine = format!("postgres:{}", pg.version());
    request.options.batch_size = 70;
    request.options.pause_ms = 0;
    let report = lockstep_core::plan(&request);
    let mut server = PgDatabase::open(pg, "exclusion");
    let first = format!("INSERT INTO rooms VALUES (1); INSERT INTO bookings (room, during) VALUES (1, {AT})");
    for sql in [&case.schema, &first] {
        server.run(sql).expect("the table");
    }

    let all = steps(&report);
    let copy = all.iter().position(|step| step.kind == StepKind::Backfill).expect("a step that copies");
    let (before, from_copy) = all.split_at(copy);
    before.iter().try_for_each(|step| forward(&mut server, step)).expect("up to the copy");
    let again = format!("INSERT INTO bookings (room, during) VALUES (1, {AT})");
    server.run(&again).expect("what excludes a row that is not copied yet is taken");
    let stopped = forward(&mut server, from_copy[0]).expect_err("the copy stops");
    assert!(stopped.contains("bookings_apart"), "{stopped}");
    assert!(from_copy[0].on_failure.contains("23P01"), "{}", from_copy[0].on_failure);
    // A look shows the pair; nothing was lost; one of it changes.
    let look = before.iter().find(|step| step.title.starts_with("Look for rows")).expect("a look");
    forward(&mut server, look).expect_err("the look finds the pair");
    server.run("UPDATE bookings SET cancelled = true WHERE id = (SELECT max(id) FROM bookings)").expect("a repair");
    forward(&mut server, look).expect("the look finds none");
    forward(&mut server, from_copy[0]).expect("the copy goes on");
    let refused = server.run(&again).expect_err("what excludes a copied row is refused");
    assert!(refused.contains("bookings_apart"), "{refused}");
    server.reset();
    from_copy[1..].iter().try_for_each(|step| forward(&mut server, step)).expect("the rest");
    server.run(&again).expect_err("the constraint is there");
    server.reset();
    let rows = server.rows("SELECT count(*) FROM bookings").expect("the rows");
    assert_eq!(rows, [["2"]]);
}
