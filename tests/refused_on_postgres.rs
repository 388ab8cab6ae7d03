//! What is said to be refused, PostgreSQL refuses: the labelled scripts, on every version for which the planner says so.

use lockstep_core::plan;
use lockstep_core::report::Report;
use lockstep_core::request::Request;
use lockstep_tests::asked::{can_be, labelled, refuses};
use lockstep_tests::execute::Server;
use lockstep_tests::on_every_postgres;
use lockstep_tests::servers::{Pg, PgDatabase};
use lockstep_tests::written;

on_every_postgres! { refused: as_said; }

/// Fewer than there are on the version with the fewest: the file is read.
const LEAST: usize = 130;

fn as_said(pg: &Pg) {
    let text = labelled("postgres");
    let (database, cases) = text.split_once("\n=== ").expect("cases");
    let mut seen = 0;
    let mut faults = Vec::new();
    for case in cases.split("\n=== ") {
        let body = case.split_once('\n').map_or("", |(_, body)| body);
        let written = written::read("postgres", database, body).request;
        let request = Request { engine: format!("postgres:{}", pg.version()), ..written };
        let report = plan(&request);
        if report.statements.iter().any(refuses) && can_be(&request) {
            match fault(pg, &request, &report) {
                Ok(()) => seen += 1,
                Err(fault) => faults.push(format!("{case}\n  -> {fault}")),
            }
        }
    }
    assert!(faults.is_empty(), "{} of {}:\n\n{}", faults.len(), seen + faults.len(), faults.join("\n\n"));
    println!("{seen} scripts are refused");
    assert!(seen >= LEAST, "only {seen} scripts");
}

/// Runs the script up to the first statement that is said to be refused.
fn fault(pg: &Pg, request: &Request, report: &Report) -> Result<(), String> {
    let mut server = PgDatabase::open(pg, "refused");
    server.run(request.schema.as_deref().unwrap_or_default()).map_err(|error| format!("the database: {error}"))?;
    if request.options.in_transaction {
        server.run("BEGIN")?;
    }
    for statement in &report.statements {
        match (server.run(&statement.sql), refuses(statement)) {
            (Err(_), true) => return Ok(()),
            (Ok(()), true) => return Err(format!("taken: {}", statement.sql)),
            (Err(error), false) => return Err(format!("{}: {error}", statement.sql)),
            (Ok(()), false) => {}
        }
    }
    Err("nothing was refused".to_string())
}
