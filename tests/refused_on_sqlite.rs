//! What is said to be refused, SQLite refuses, and it takes everything else: the labelled scripts, on seven versions.

use lockstep_tests::asked::{Excepted, ask};
use lockstep_tests::execute::Server;
use lockstep_tests::servers::{Sqlite, SqliteLibrary};

/// Scripts that fail for what is not in them.
const EXCEPTED: Excepted =
    &[("update of another file", "the file is empty"), ("copy from an attached file", "the file is empty")];

fn as_said(version: &str, open: &dyn Fn() -> Sqlite) {
    let mut open = |schema: &str| {
        let mut database = open();
        database.run(schema)?;
        Ok(Box::new(database) as Box<dyn Server>)
    };
    ask(&format!("sqlite:{version}"), EXCEPTED, &mut open).check(45, 138);
}

/// Scripts make files where they run.
fn leave() {
    std::env::set_current_dir(std::env::temp_dir()).expect("a folder for what scripts attach");
}

#[test]
fn the_bundled_one() {
    leave();
    as_said(Sqlite::version(), &Sqlite::open);
}

#[test]
fn other_versions() {
    leave();
    for version in SqliteLibrary::VERSIONS {
        let library = SqliteLibrary::load(version);
        as_said(version, &|| Sqlite::open_with(&library));
    }
}
