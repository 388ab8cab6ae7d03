//! The labelled scripts on real servers: what is said to be refused is refused, at that statement, and everything else is taken.

use crate::execute::Server;
use crate::fresh::root;
use crate::written::{self, Written};
use lockstep_core::plan;
use lockstep_core::report::{Report, StatementReport};
use lockstep_core::request::Request;

/// Scripts that fail for what is not in them, by their words behind `|`, and why.
pub type Excepted<'a> = &'a [(&'a str, &'a str)];

/// What a build of a server may do without, by its error.
const OPTIONAL: &[&str] = &["no such module: ", "no such function: "];

/// How many scripts were as said, and what is wrong with the others.
#[derive(Default)]
pub struct Asked {
    /// Refused, as said.
    pub refused: usize,
    /// Taken, as said.
    pub taken: usize,
    /// Scripts with what is wrong.
    pub faults: Vec<String>,
}

impl Asked {
    /// # Panics
    /// When a script is not as said, or hardly any was asked.
    pub fn check(&self, refused: usize, taken: usize) {
        let (wrong, all) = (self.faults.len(), self.refused + self.taken + self.faults.len());
        assert!(self.faults.is_empty(), "{wrong} of {all}:\n\n{}", self.faults.join("\n\n"));
        println!("{} refused, {} taken", self.refused, self.taken);
        let seen = self.refused >= refused && self.taken >= taken;
        assert!(seen, "only {} refused, {} taken", self.refused, self.taken);
    }
}

/// Makes a database of this schema.
pub type Open<'s> = &'s mut dyn FnMut(&str) -> Result<Box<dyn Server>, String>;

/// Asks a server of this version (`mysql:8.0.15`).
///
/// # Panics
/// When the scripts cannot be read.
pub fn ask(target: &str, excepted: Excepted<'_>, open: Open<'_>) -> Asked {
    let engine = target.split(':').next().unwrap_or_default();
    let text = labelled(engine);
    let (database, cases) = text.split_once("\n=== ").expect("cases");
    let mut asked = Asked::default();
    for case in cases.split("\n=== ") {
        let (head, body) = case.split_once('\n').unwrap_or((case, ""));
        let Written { request, other } = written::read(engine, database, body);
        let request = Request { engine: target.to_string(), ..request };
        let data = other.into_iter().filter(|(name, _)| name == "data").map(|(_, sql)| sql).collect::<String>();
        if !can_be(&request) {
            continue;
        }
        let except = excepted.iter().find(|(title, _)| head.ends_with(&format!("| {title}")));
        match (run(open, &request, &data), except) {
            (Ok(_), Some((title, why))) => asked.faults.push(format!("{title} is excepted ({why}), and is as said")),
            (Err(_), Some(_)) => {}
            (Err(error), None) if OPTIONAL.iter().any(|optional| error.contains(optional)) => {}
            (Ok(true), None) => asked.refused += 1,
            (Ok(false), None) => asked.taken += 1,
            (Err(fault), None) => asked.faults.push(format!("{case}\n  -> {fault}")),
        }
    }
    asked
}

/// The labelled scripts of an engine: its database, then the cases, each behind a line that begins with `=== `.
///
/// # Panics
/// When they cannot be read.
pub fn labelled(engine: &str) -> String {
    let path = root().join(format!("tests/fixtures/labelled/{engine}.txt"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// There is such a database on this version, as far as the planner knows.
pub fn can_be(request: &Request) -> bool {
    let made =
        |schema: &String| plan(&Request { sql: schema.clone(), engine: request.engine.clone(), ..Request::default() });
    request.schema.as_ref().is_some_and(|schema| !made(schema).statements.iter().any(refuses))
}

/// Rules by which a statement may fail.
const MAY_FAIL: &[&str] = &[
    "refused-in-transaction",
    "name-too-long",
    "key-without-partition-column",
    "not-null-without-default",
    "foreign-key-types-differ",
    "not-in-schema",
    "not-understood",
    "function-not-declared",
    "enum-value-used-too-early",
    "view-columns-change",
    "transaction-out-of-balance",
];

fn has(statement: &StatementReport, rules: &[&str]) -> bool {
    statement.findings.iter().any(|finding| rules.contains(&finding.rule.as_ref()))
}

/// The statement is said to be refused.
pub fn refuses(statement: &StatementReport) -> bool {
    has(statement, &["refused-by-server"])
}

/// Runs the script up to the first statement that is refused, and says whether there was one.
fn run(open: Open<'_>, request: &Request, data: &str) -> Result<bool, String> {
    let report: Report = plan(request);
    let mut server =
        open(request.schema.as_deref().unwrap_or_default()).map_err(|error| format!("the database: {error}"))?;
    server.run(data).map_err(|error| format!("its rows: {error}"))?;
    if request.options.in_transaction {
        server.run("BEGIN")?;
    }
    // Said of the first statement of the rebuild.
    let mut stopped = false;
    // What begins with a backslash is for psql.
    for statement in report.statements.iter().filter(|statement| !statement.sql.starts_with('\\')) {
        stopped |= has(statement, &["rebuild-rename-refused"]);
        // A body is read when it is made, and what it does is said where it is called.
        let body = statement.form == "create procedure" && report.statements.iter().any(refuses);
        let refused = refuses(statement);
        match server.run(&quick(&statement.sql)) {
            Err(_) if refused || stopped || body || has(statement, MAY_FAIL) => return Ok(true),
            Ok(()) if refused => return Err(format!("taken: {}", statement.sql)),
            Err(error) => return Err(format!("{}: {error}", statement.sql)),
            Ok(()) => {}
        }
    }
    Ok(false)
}

/// Nobody has to wait, and files stay with the server.
fn quick(sql: &str) -> String {
    sql.replace("SLEEP(", "SLEEP(0*").replace("sleep(", "sleep(0*").replace("'/tmp/", "'../")
}
