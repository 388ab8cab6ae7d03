//! The tasks of this repository, run by `cargo xtask <task>`. Each sets up what it needs and may be run again at any time.

mod shell;
mod machine;
mod tools;
mod npm;
mod page;
mod http;
mod serve;
mod size;
mod servers;
mod sqlites;
mod frameworks;
mod mysqls;
mod test;
mod bench;
mod screenshots;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask <task>

  serve [--dev] [--port N]   build the page and serve it on 127.0.0.1:8080
                             (--dev: fast unoptimised build, rebuilt on change; reload the page by hand)
  test                       set up what is missing, then run everything
  set-up sqlites|frameworks|mysqls
                             only the SQLite versions, the migration frameworks, or the MySQL and MariaDB servers of the tests
  servers                    set up the eight PostgreSQL servers of the proofs, print LOCKSTEP_POSTGRES
  size                       sizes of the built page, raw and compressed, against their budgets
  bench                      planning 1,000 to 100,000 statements, beside the linter squawk
  bench growth               planning scripts in which much meets one thing, at three sizes
  bench downtime [CHANGE …]  what an application feels on 2,000,000 rows, as written and by the plan (docs/downtime.md)
  screenshots DIR            pictures of the built page in several sizes";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["serve", rest @ ..] => serve::serve(rest),
        ["test"] => test::test(),
        ["set-up", "sqlites"] => sqlites::ensure().map(drop),
        ["set-up", "frameworks"] => frameworks::ensure().map(drop),
        ["set-up", "mysqls"] => mysqls::servers().map(drop),
        ["servers"] => servers::print(),
        ["size"] => size::size(),
        ["bench"] => bench::bench(),
        ["bench", "growth"] => bench::growth(),
        ["bench", "downtime", changes @ ..] => bench::downtime(changes),
        ["screenshots", folder] => screenshots::screenshots(folder),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("not a task: {}\n\n{USAGE}", words.join(" "))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\nerror: {message}");
            ExitCode::FAILURE
        }
    }
}
