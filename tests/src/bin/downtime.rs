//! `cargo xtask bench downtime`: what an application feels while a change runs as it is usually written, and while the
//! plan for it runs, on the newest PostgreSQL with two million rows.

use lockstep_core::report::Report;
use lockstep_core::request::Request;
use lockstep_tests::execute::Server;
use lockstep_tests::fresh::root;
use lockstep_tests::load::{Habits, Met, Sections, Traffic, sections};
use lockstep_tests::servers::{Pg, PgDatabase};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const MAJOR: u32 = 18;
const ROWS: u64 = 2_000_000;
/// Eight sessions, each with fifty requests a second.
const HABITS: Habits = Habits {
    sessions: 8,
    rows: ROWS,
    every: Duration::from_millis(20),
    steady: true,
    apart: true,
    between_steps: 100,
    together: 400,
};
/// Transactions before and after what is measured.
const CALM: u64 = 1200;

/// A change and what was measured.
struct Row {
    title: String,
    naive: Measured,
    plan: Measured,
}

/// What the application felt.
struct Measured {
    met: Met,
    seconds: f64,
}

fn main() {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let folder = root().join("tests/fixtures/downtime");
    let pg = Pg::start_durable(MAJOR);
    println!("{ROWS} rows are made");
    let mut filled = pg.create("filled");
    let schema = fs::read_to_string(folder.join("schema.sql")).expect("schema.sql");
    filled.batch_execute(&schema).expect("the rows");
    drop(filled);

    let mut files: Vec<_> = fs::read_dir(&folder).expect("the changes").flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.file_stem().is_some_and(|stem| stem != "schema"));
    files.sort();
    let calm = calm(&pg, &sections(&fs::read_to_string(&files[0]).expect("a change")));
    println!("{:<46} {}", "nothing changes", felt(&calm));
    keep("00", &format!("| nothing | {} | | | | {:.0} s |", cells(&calm), calm.seconds));
    let mut faults = Vec::new();
    for path in
        files.iter().filter(|path| only.is_empty() || only.iter().any(|word| path.to_string_lossy().contains(word)))
    {
        let row = both(&pg, &schema, &sections(&fs::read_to_string(path).expect("a change")));
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        keep(
            &stem,
            &format!("| {} | {} | {} | {:.0} s |", row.title, cells(&row.naive), cells(&row.plan), row.plan.seconds),
        );
        faults.extend(row.plan.met.fault.map(|fault| format!("{}: {fault}", row.title)));
        let page_path = root().join("docs/downtime.md");
        fs::write(&page_path, page()).expect("docs/downtime.md can be written");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A change as written and by its plan.
fn both(pg: &Pg, schema: &str, parts: &Sections) -> Row {
    let (title, change) = (parts["title"].join(" "), parts["change"].join("\n"));
    let naive = measure(pg, parts, |traffic, server| {
        traffic.let_work(CALM)?;
        server.run(&change)?;
        traffic.let_work(CALM)
    });
    println!("{:<46} {}", format!("{title}, as written"), felt(&naive));
    let report = planned(&change, schema);
    let plan = measure(pg, parts, |traffic, server| {
        traffic.let_work(CALM)?;
        traffic.drive(server, &report)?;
        traffic.let_work(CALM)
    });
    println!("{:<46} {}", format!("{title}, by the plan"), felt(&plan));
    Row { title, naive, plan }
}

/// Where rows of the table are kept: changes can be measured one at a time.
fn kept() -> PathBuf {
    root().join("target/downtime")
}

fn keep(name: &str, row: &str) {
    fs::create_dir_all(kept()).expect("a folder for results");
    fs::write(kept().join(name), row).expect("a result can be written");
}

/// The plan for these rows. Nothing may block for longer than 100 ms: small batches, and short pauses, for there is no
/// replica to wait for.
fn planned(change: &str, schema: &str) -> Report {
    let mut request = Request { sql: change.to_string(), engine: format!("postgres:{MAJOR}"), ..Request::default() };
    let ddl: String = schema.split_inclusive(";\n").filter(|sql| !sql.starts_with("INSERT")).collect();
    request.schema = Some(ddl);
    request.rows = [("orders".to_string(), ROWS), ("customers".to_string(), 100_000)].into();
    request.options.batch_size = 2_000;
    request.options.pause_ms = 20;
    request.options.block_limit_ms = 100;
    lockstep_core::plan(&request)
}

fn calm(pg: &Pg, parts: &Sections) -> Measured {
    measure(pg, parts, |traffic, _| traffic.let_work(4 * CALM))
}

fn measure(
    pg: &Pg,
    parts: &Sections,
    work: impl FnOnce(&Traffic<'_>, &mut dyn Server) -> Result<(), String>,
) -> Measured {
    pg.copy("filled", "measured");
    let mut server = PgDatabase::join(pg, "measured");
    // What was copied is in no cache yet.
    server.run("SELECT count(*) FROM orders; CHECKPOINT").expect("the table is read once");
    let connect = || Box::new(PgDatabase::join(pg, "measured")) as Box<dyn Server + Send>;
    let start = Instant::now();
    let met = Traffic::new(parts, HABITS).during(&connect, |traffic| work(traffic, &mut server));
    Measured { met, seconds: start.elapsed().as_secs_f64() }
}

/// Longest and 99th of a hundred, in milliseconds.
fn waits(took: &[Duration]) -> (f64, f64) {
    let mut sorted = took.to_vec();
    sorted.sort_unstable();
    let at = |share: usize| sorted.get(sorted.len() * share / 1000).or(sorted.last()).copied().unwrap_or_default();
    (at(1000).as_secs_f64() * 1e3, at(990).as_secs_f64() * 1e3)
}

fn felt(measured: &Measured) -> String {
    let Met { reads, writes, retries, errors, fault } = &measured.met;
    let ((longest_read, read), (longest_write, write)) = (waits(reads), waits(writes));
    let fault = fault.as_ref().map(|fault| format!("\n    FAILED: {fault}")).unwrap_or_default();
    let error = errors.first().map(|error| format!("\n    {error}")).unwrap_or_default();
    format!(
        "reads {longest_read:>7.0} ms p99 {read:>6.0}, writes {longest_write:>7.0} ms p99 {write:>6.0}, {} failed, {retries} \
         retries, {:.0} s{fault}{error}",
        errors.len(),
        measured.seconds
    )
}

/// The page of the docs, with the rows that were measured.
fn page() -> String {
    let mut rows: Vec<_> = fs::read_dir(kept()).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    rows.sort();
    let mut lines = vec![INTRODUCTION.trim().to_string(), String::new()];
    lines.push("| change | as written: longest read / write | p99 read / write | failed | the plan: longest read / write | p99 read / write | failed | takes |".into());
    lines.push("|---|--:|--:|--:|--:|--:|--:|--:|".into());
    lines.extend(rows.iter().map(|path| fs::read_to_string(path).unwrap_or_default()));
    lines.push(String::new());
    lines.push(METHOD.trim().to_string());
    lines.join("\n") + "\n"
}

fn cells(measured: &Measured) -> String {
    let ((longest_read, read), (longest_write, write)) = (waits(&measured.met.reads), waits(&measured.met.writes));
    let all = measured.met.reads.len() + measured.met.writes.len();
    let failed = match measured.met.errors.len() {
        0 => "none".to_string(),
        errors => format!("{errors} of {all}"),
    };
    format!("{} / {} | {} / {} | {failed}", words(longest_read), words(longest_write), words(read), words(write))
}

fn words(milliseconds: f64) -> String {
    if milliseconds < 1000.0 { format!("{milliseconds:.0} ms") } else { format!("{:.1} s", milliseconds / 1e3) }
}

const INTRODUCTION: &str = "
# What an application feels

Ten common changes on PostgreSQL 18, on a table of 2,000,000 rows under steady traffic: as they are usually written, and by the plan that
Lockstep makes of them. Made by `cargo xtask bench downtime`; times depend on the machine, so read the columns side by side.
";

const METHOD: &str = "
## How it was measured

- One server with its default settings (durable, autovacuum on) but for 512 MB of shared buffers, on the machine of the application, by Unix socket.
- Eight sessions, each with fifty requests a second over random rows of the whole table: four only read, four only write.
- Requests come whether or not those before were answered, and a wait is counted from when a request was due: a stall counts for everybody
  who queued up behind it, as in production.
- *Longest* is the worst wait of any one request, *p99* is that of one in a hundred, *failed* are requests that got an error: running code
  that the change broke, until the measurement ended (with a change as written, old code stays; nobody deploys in the same second).
- The plan was asked for with a limit of 100 ms: what would block longer is not run as written. It runs all its steps, checks included, with
  the deploys of the application in between, half of the instances at a time. Batches have 2,000 rows and pauses of 20 ms (the default is
  5,000 rows and 100 ms, for the sake of replicas): a writer waits for the batch that holds its row. Where it has to, it tries again for a lock, as its steps say.
- *Nothing* is the same traffic without any change: what the machine itself does to the numbers.
";
