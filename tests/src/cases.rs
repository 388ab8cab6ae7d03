//! Fixture cases: `tests/fixtures/plans/<engine>/<case>/` with `input.sql`, and what is known beside it.
//!
//! `schema.sql` is the database before, `data.sql` fills it for the proofs, `options.toml` says the rest, `plan.md` is
//! the plan as it should be; `instead.sql` is what a server takes of a text that it refuses; `old.sql`, `new.sql`, `both.sql` and `between.sql` are code that runs meanwhile (see `code`).

use crate::code::Code;
use crate::fresh::root;
use lockstep_core::request::{Options, Request};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One case.
pub struct Case {
    /// `postgres/rename_column`.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What the planner is asked.
    pub request: Request,
    /// The database before, whether or not the planner is told.
    pub schema: String,
    /// Rows.
    pub data: String,
    /// What the server takes in place of a text that it refuses: the plan must end where this ends.
    pub instead: String,
    /// Code of the application that runs meanwhile.
    pub code: Code,
    /// What a proof has to know.
    pub proof: Proof,
}

/// What a proof has to know about a case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Proof {
    /// Beginnings of catalog lines that only the plan leaves behind: an index that the pasted text forgot.
    pub more: Vec<String>,
    /// Beginnings of catalog lines that only the pasted text leaves behind.
    pub less: Vec<String>,
    /// Rows end up different from those of the pasted text (`now()`, `random()`): compare the schema only.
    pub other_rows: bool,
    /// The server refuses the pasted text: the plan is compared with `instead.sql`, or only run where there is none.
    pub refused: bool,
    /// The first major version whose server takes the schema and the pasted text; older ones must refuse them.
    pub since: u32,
    /// What the plan leaves to people or to new code: statements that are run before the step of that number.
    pub by_hand: BTreeMap<String, Vec<String>>,
    /// Old code does not keep to what the plan adds: it has to be gone with the first deploy.
    pub old_until_deploy: bool,
    /// Steps that are only safe as a whole: their statements planned one by one look worse.
    pub worse_alone: Vec<String>,
}

/// `options.toml`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    engine: Option<String>,
    stats: Option<String>,
    rows: BTreeMap<String, u64>,
    options: Options,
    /// The planner is not told the schema.
    hide_schema: bool,
    proof: Proof,
}

/// All cases of the engines whose folder has this name; all engines for an empty name. In order of their names.
///
/// # Panics
/// When a case cannot be read.
pub fn cases(engine: &str) -> Vec<Case> {
    let base = root().join("tests/fixtures/plans");
    let engines = folders(&base).into_iter().filter(|folder| engine.is_empty() || folder.ends_with(engine));
    let all: Vec<Case> = engines.flat_map(|folder| folders(&folder)).map(|folder| read(&base, folder)).collect();
    assert!(!all.is_empty(), "no cases below {}", base.display());
    all
}

fn read(base: &Path, folder: PathBuf) -> Case {
    let file = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    let name = folder.strip_prefix(base).unwrap_or(&folder).to_string_lossy().replace('\\', "/");
    let settings: Settings = toml::from_str(&file("options.toml")).unwrap_or_else(|error| panic!("{name}: {error}"));
    let engine = name.split('/').next().unwrap_or_default().to_string();
    let (schema, sql) = (file("schema.sql"), file("input.sql"));
    assert!(!sql.is_empty(), "{name} has no input.sql");
    let request = Request {
        sql,
        engine: settings.engine.unwrap_or(engine),
        schema: (!settings.hide_schema && !schema.is_empty()).then(|| schema.clone()),
        target_schema: None,
        difference: None,
        stats: settings.stats,
        rows: settings.rows,
        options: settings.options,
    };
    let (data, instead) = (file("data.sql"), file("instead.sql"));
    assert!(instead.is_empty() || settings.proof.refused, "{name}: instead.sql without `refused`");
    let code = Code::read(&folder);
    Case { name, folder, request, schema, data, instead, code, proof: settings.proof }
}

fn folders(base: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(base).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}
