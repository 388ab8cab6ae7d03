//! What is derived from two schemas makes the second of the first on a real server; what it leaves different, it says.

use lockstep_core::report::{Report, Verdict};
use lockstep_core::request::Request;
use lockstep_tests::cases::{Case, cases};
use lockstep_tests::execute::{Server, as_pasted, difference};
use lockstep_tests::servers::{MySql, MySqlDatabase, Pg, PgDatabase, Sqlite};
use lockstep_tests::servers::{mysql_dump, mysql_servers, pg_dump, sqlite_dump};

/// How the schema of a database is written down.
type Dump = fn(&mut dyn Server) -> String;

/// Databases of one server, one after the other.
struct Servers<'a> {
    target: &'a str,
    open: &'a mut dyn FnMut() -> Box<dyn Server>,
    dump: Dump,
}

impl Servers<'_> {
    /// A database with the schema of a case.
    fn of(&mut self, case: &Case) -> Result<Box<dyn Server>, String> {
        let mut server = (self.open)();
        server.run(&case.schema)?;
        Ok(server)
    }

    fn plan(&self, case: &Case, schemas: Option<(&str, &str)>) -> Report {
        let engine = self.target.to_string();
        let pasted = Request { engine, ..case.request.clone() };
        lockstep_core::plan(&match schemas {
            None => pasted,
            Some((old, new)) => {
                Request { sql: String::new(), schema: Some(old.into()), target_schema: Some(new.into()), ..pasted }
            }
        })
    }

    /// What is wrong with the difference between the schema of a case and what its change makes of it, there and back.
    fn faults(&mut self, case: &Case) -> Result<Vec<String>, String> {
        let before = State::of(self.of(case)?.as_mut(), self.dump);
        let changed = |servers: &mut Self| -> Result<Box<dyn Server>, String> {
            let mut server = servers.of(case)?;
            as_pasted(server.as_mut(), &servers.plan(case, None))?;
            Ok(server)
        };
        let after = State::of(changed(self)?.as_mut(), self.dump);
        let there = self.of(case)?;
        let there = self.fault(case, there, &before, &after).map(|fault| format!("{}: {fault}", case.name));
        let back = changed(self)?;
        let back = self.fault(case, back, &after, &before).map(|fault| format!("{}, back: {fault}", case.name));
        Ok(there.into_iter().chain(back).collect())
    }

    fn fault(&self, case: &Case, mut server: Box<dyn Server>, old: &State, new: &State) -> Option<String> {
        let report = self.plan(case, Some((&old.dump, &new.dump)));
        let left = report.diagnostics.iter().filter(|d| d.id == "difference-left");
        let said: Vec<&str> = left.map(|d| d.message.as_str()).collect();
        assert!(said.is_empty() || report.verdict == Verdict::RequiresApproval, "{}: {:?}", case.name, report.verdict);
        let wrong = match as_pasted(server.as_mut(), &report) {
            Err(error) => error,
            Ok(()) => match difference(&plain(&new.catalog), &plain(&server.catalog()), &[], &[]) {
                same if same.is_empty() == said.is_empty() => return None,
                same if same.is_empty() => "nothing differs".to_string(),
                lines => lines.join("\n  "),
            },
        };
        let derived = report.derived_sql.unwrap_or_default();
        Some(format!("{wrong}\n  said: {said:?}\n  derived:\n{derived}"))
    }
}

/// The PostgreSQL whose texts are compared.
const POSTGRES: u32 = 17;

/// A schema as written down, and all that is in it.
struct State {
    dump: String,
    catalog: String,
}

impl State {
    fn of(server: &mut dyn Server, dump: Dump) -> State {
        State { dump: dump(server), catalog: server.catalog() }
    }
}

/// PostgreSQL writes casts of constants anew each time it reads its own text, and rights in the order in which they were given.
fn plain(catalog: &str) -> String {
    let bare = catalog.replace("::character varying", "").replace("::text[]", "").replace("::text", "");
    let lines = bare.lines().map(|line| {
        match line.split_once("acl {").and_then(|(a, rest)| Some((a, rest.split_once('}')?))) {
            Some((before, (rights, behind))) => {
                let mut rights: Vec<&str> = rights.split(',').collect();
                rights.sort_unstable();
                format!("{before}acl {rights:?}{behind}")
            }
            None => line.to_string(),
        }
    });
    lines.map(|line| line.replace(['(', ')'], "") + "\n").collect()
}

fn on(engine: &str, target: &str, dump: Dump, mut open: impl FnMut() -> Box<dyn Server>) {
    let mut servers = Servers { target, open: &mut open, dump };
    // The server refuses the text of the others: there is no schema after them.
    let newer = |case: &Case| engine == "postgres" && case.proof.since > POSTGRES;
    let all = cases(engine).into_iter().filter(|case| !case.proof.refused && !newer(case));
    let faults: Vec<String> = all
        .flat_map(|case| servers.faults(&case).unwrap_or_else(|error| vec![format!("{}: {error}", case.name)]))
        .collect();
    assert!(faults.is_empty(), "{} faults on {target}\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn postgres() {
    let pg = Pg::start(POSTGRES);
    on("postgres", &format!("postgres:{POSTGRES}"), pg_dump, || Box::new(PgDatabase::open(&pg, "differences")));
}

fn on_mysql(line: &str, engine: &str) {
    let name = mysql_servers().into_iter().find(|name| name.starts_with(line)).expect("a server of the list");
    let server = MySql::start(&name, &[]);
    on(engine, &server.target(), mysql_dump, || Box::new(MySqlDatabase::open(&server, "differences")));
}

#[test]
fn mysql() {
    on_mysql("mysql-9", "mysql");
}

#[test]
fn mariadb() {
    on_mysql("mariadb-11.8", "mariadb");
}

#[test]
fn sqlite() {
    on("sqlite", &format!("sqlite:{}", Sqlite::version()), sqlite_dump, || Box::new(Sqlite::open()));
}
