//! SQLite tables of every kind, made anew: what a plan changes is what it was asked to change, and nothing else.

use lockstep_core::render;
use lockstep_core::report::Report;
use lockstep_core::request::Request;
use lockstep_tests::execute::{Server, back, difference, forward, steps};
use lockstep_tests::servers::Sqlite;
use lockstep_tests::tables::{SqliteCase, sqlite_case};
use proptest::prelude::*;

fn settings() -> ProptestConfig {
    ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn a_rebuild_keeps_everything_else(choices in prop::collection::vec(any::<u8>(), 0..120), old in any::<bool>()) {
        let case = sqlite_case(&choices);
        // 3.31 has neither DROP COLUMN nor anything else of ALTER; 3.52 is the last that cannot set NOT NULL. The SQL of
        // both runs on the newest version.
        let report = plan(&case, if old { "sqlite:3.31" } else { "sqlite:3.52" });
        if let Err(fault) = kept(&case, &report) {
            let text = render::markdown(&report);
            return Err(TestCaseError::fail(format!("{fault}\n{}{}{}\n{text}", case.schema, case.data, case.change)));
        }
    }
}

fn plan(case: &SqliteCase, engine: &str) -> Report {
    lockstep_core::plan(&Request {
        sql: case.change.clone(),
        engine: engine.to_string(),
        schema: Some(case.schema.clone()),
        ..Request::default()
    })
}

fn opened(case: &SqliteCase) -> Sqlite {
    let mut server = Sqlite::open();
    for (what, sql) in [("schema", &case.schema), ("data", &case.data)] {
        server.run(sql).unwrap_or_else(|error| panic!("{what}: {error}\n{}{}", case.schema, case.data));
    }
    server
}

fn kept(case: &SqliteCase, report: &Report) -> Result<(), String> {
    let steps = steps(report);
    let mut server = opened(case);
    let before = State::of(&mut server, case);
    // A drop that only a person can write: the table's key, or something that is computed from the column.
    let by_hand = steps.iter().any(|step| step.title.starts_with("Give the definition"));
    if by_hand {
        return if case.drops { Ok(()) } else { Err("the definition was given".to_string()) };
    }
    if let Err(stopped) = steps.iter().try_for_each(|step| forward(&mut server, step)) {
        // A check before it found rows that are in the way, a value does not fit into the type, or a default that takes
        // the place of NULL breaks a key; then nothing has happened.
        server.reset();
        let by_rows = [" TYPE ", " SET NOT NULL"].iter().any(|change| case.change.contains(change));
        let checked = stopped.contains(": check `") || by_rows;
        same("stopped, but not as before", &before, &State::of(&mut server, case), case)?;
        return if checked { Ok(()) } else { Err(stopped) };
    }
    let after = State::of(&mut server, case);
    only_what_was_asked(case, report, &before, &after)?;
    as_the_server_does_it(case, &after)?;
    if steps.iter().any(|step| step.irreversible.is_some()) {
        return Ok(());
    }
    let mut lossy = false;
    for step in steps.iter().rev() {
        lossy |= back(&mut server, step)?;
    }
    let undone = State::of(&mut server, case);
    match lossy {
        true => no_difference("undone", &before.catalog, &undone.catalog, &[], &[])?,
        false => same("undone, but not as before", &before, &undone, case)?,
    }
    steps.iter().try_for_each(|step| forward(&mut server, step))?;
    no_difference("forward again", &after.catalog, &State::of(&mut server, case).catalog, &[], &[])
}

/// All that can be seen of a database.
struct State {
    catalog: String,
    data: String,
    /// The rows without the column that is changed, with their numbers, and the highest ids.
    others: Vec<Vec<String>>,
    problems: Vec<Vec<String>>,
}

impl State {
    fn of(server: &mut Sqlite, case: &SqliteCase) -> State {
        let literal = format!("'{}'", case.table.replace('\'', "''"));
        let names = server
            .rows(&format!("SELECT name FROM pragma_table_xinfo({literal}) ORDER BY name"))
            .expect("the columns")
            .concat();
        let quote = |name: &String| format!("\"{}\"", name.replace('"', "\"\""));
        let computed = |name: &&String| **name != case.column && **name != "made";
        let list: Vec<String> = names.iter().filter(computed).map(quote).collect();
        let number = server.rows(&format!("SELECT rowid FROM {} LIMIT 1", quote(&case.table))).is_ok();
        let number = if number { "rowid, " } else { "" };
        let query = format!("SELECT {number}{} FROM {} ORDER BY 1, 2", list.join(", "), quote(&case.table));
        // The highest ids that were given; there are none without AUTOINCREMENT.
        let counters = server.rows("SELECT name, seq FROM sqlite_sequence ORDER BY name").unwrap_or_default();
        State {
            catalog: server.catalog(),
            data: server.data(),
            others: [server.rows(&query).expect("the rows"), counters].concat(),
            problems: server.rows("PRAGMA integrity_check").expect("a check"),
        }
    }
}

fn same(what: &str, before: &State, after: &State, _case: &SqliteCase) -> Result<(), String> {
    no_difference(what, &before.catalog, &after.catalog, &[], &[])?;
    no_difference(what, &before.data, &after.data, &[], &[])
}

fn no_difference(what: &str, a: &str, b: &str, less: &[String], more: &[String]) -> Result<(), String> {
    let lines = difference(a, b, less, more);
    if lines.is_empty() { Ok(()) } else { Err(format!("{what}:\n    {}", lines.join("\n    "))) }
}

fn only_what_was_asked(case: &SqliteCase, report: &Report, before: &State, after: &State) -> Result<(), String> {
    let SqliteCase { table, column, .. } = case;
    let column_line = vec![format!("column {table}.{column}|")];
    let added = ["check", "foreign key"].map(|kind| format!("{kind} {table}: "));
    let (less, more) = match () {
        () if case.change.contains(" ADD CONSTRAINT ") => (Vec::new(), added.to_vec()),
        () if case.drops => (lost(report, before, after, case)?, Vec::new()),
        () => (column_line.clone(), column_line),
    };
    no_difference("more than what was asked", &before.catalog, &after.catalog, &less, &more)?;
    if before.others != after.others {
        return Err(format!("rows were {:?}, are {:?}", before.others, after.others));
    }
    if before.problems != after.problems {
        return Err(format!("integrity_check says {:?}", after.problems));
    }
    Ok(())
}

/// What the newest SQLite can do by itself, it does to the same end. It keeps a trigger that only assigns a dropped
/// column, and that fails from then on.
fn as_the_server_does_it(case: &SqliteCase, after: &State) -> Result<(), String> {
    let mut native = opened(case);
    if native.run(&case.change).is_err() {
        return Ok(());
    }
    let broken = if case.drops { vec!["trigger ".to_string()] } else { Vec::new() };
    no_difference("not what the server does", &native.catalog(), &after.catalog, &broken, &[])
}

/// Lines that may go with a dropped column: its own, and what names it, of which indexes, triggers and constraints are
/// named in the plan.
fn lost(report: &Report, before: &State, after: &State, case: &SqliteCase) -> Result<Vec<String>, String> {
    let text = render::markdown(report);
    let squeezed = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let (plan, column) = (squeezed(&text), squeezed(&case.column));
    let mut allowed = vec![format!("column {}.{}|", case.table, case.column)];
    for line in before.catalog.lines().filter(|line| !after.catalog.lines().any(|other| other == *line)) {
        let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
        let name = rest.split(" on ").next().unwrap_or_default();
        let named = match kind {
            "index" | "trigger" => plan.contains(&squeezed(name)),
            "key" | "foreign" | "check" => true,
            _ => false,
        };
        if named && squeezed(line).contains(&column) {
            allowed.push(line.to_string());
        }
    }
    Ok(allowed)
}
