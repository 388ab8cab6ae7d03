//! The migration frameworks for which files are written, each from its own registry and at a fixed version.

use crate::machine::{cache, install, node};
use crate::shell::{Done, output, program, run, step, which};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Alembic and Django, with what they need to reach a server.
const PYTHON: [&str; 4] = ["alembic==1.20.1", "SQLAlchemy==2.1.9", "psycopg[binary]==3.3.9", "Django==5.2.19"];
/// Prisma; its engine as WebAssembly, because the native one is in no registry.
const PRISMA: [&str; 4] = [
    "prisma@7.10.1",
    "@prisma/adapter-pg@7.10.1",
    "@prisma/driver-adapter-utils@7.10.1",
    "@prisma/schema-engine-wasm@8.1.0-2.59be4fda12412a79eeb9c2ae727b6aa723593323",
];
/// Flyway's Maven plugin, and the driver.
const FLYWAY: (&str, &str) = ("12.11.0", "42.7.4");
/// Rails as Debian has it (6.1): gems of other versions need a registry of their own.
const RAILS: [&str; 6] = ["ruby", "ruby-activerecord", "ruby-pg", "ruby-sqlite3", "ruby-railties", "rake"];

/// The folder that holds them: `python`, `prisma`, `flyway`; Rails is the system's.
pub fn ensure() -> Done<PathBuf> {
    let folder = cache()?.join("frameworks");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    once(&folder.join("python"), &PYTHON.join(" "), "Alembic and Django from PyPI", "half a minute", python)?;
    once(&folder.join("prisma"), &PRISMA.join(" "), "Prisma from npm", "half a minute", prisma)?;
    once(&folder.join("flyway"), &format!("{} {}", FLYWAY.0, FLYWAY.1), "Flyway from Maven", "half a minute", flyway)?;
    rails()?;
    clients()?;
    Ok(folder)
}

/// Sets up a folder that is not there at this version; it counts when it is whole.
fn once(home: &Path, versions: &str, what: &str, time: &str, set_up: fn(&Path) -> Done) -> Done {
    let stamp = home.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|text| text == versions) {
        return Ok(());
    }
    step(&format!("install {what}"), time, || {
        let _ = fs::remove_dir_all(home);
        fs::create_dir_all(home).map_err(|error| format!("{}: {error}", home.display()))?;
        set_up(home)?;
        fs::write(&stamp, versions).map_err(|error| format!("{}: {error}", stamp.display()))
    })
}

fn python(home: &Path) -> Done {
    run(program("python3").args(["-m", "venv"]).arg(home))?;
    run(Command::new(home.join("bin/pip")).args(["install", "--quiet", "--disable-pip-version-check"]).args(PYTHON))
}

fn prisma(home: &Path) -> Done {
    node()?;
    fs::write(home.join("package.json"), "{\"private\": true}\n").map_err(|error| error.to_string())?;
    let quiet = ["install", "--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts", "--save-exact"];
    run(Command::new("npm").current_dir(home).args(quiet).args(PRISMA))
}

fn flyway(home: &Path) -> Done {
    if which("mvn").is_none() {
        install("Maven", &["maven"], "Install Maven and a Java 17.")?;
    }
    let (version, driver) = FLYWAY;
    let dependency = |group: &str, artifact: &str, version: &str| {
        format!(
            "<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version></dependency>"
        )
    };
    let pom = format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n  <modelVersion>4.0.0</modelVersion>\n  \
         <groupId>local</groupId><artifactId>flyway</artifactId><version>1</version><packaging>pom</packaging>\n  \
         <build><plugins><plugin>\n    <groupId>org.flywaydb</groupId><artifactId>flyway-maven-plugin</artifactId>\
         <version>{version}</version>\n    <dependencies>\n      {}\n      {}\n    </dependencies>\n  \
         </plugin></plugins></build>\n</project>\n",
        dependency("org.flywaydb", "flyway-database-postgresql", version),
        dependency("org.postgresql", "postgresql", driver),
    );
    let file = home.join("pom.xml");
    fs::write(&file, pom).map_err(|error| error.to_string())?;
    // A goal that cannot connect: by then everything has been fetched.
    let mut command = Command::new("mvn");
    command.args(["-B", "-q", "-f"]).arg(&file).arg(format!("-Dmaven.repo.local={}", home.join("m2").display()));
    command.args(["flyway:info", "-Dflyway.url=jdbc:postgresql://127.0.0.1:1/x", "-Dflyway.user=x"]);
    let said = command.output().map_err(|error| format!("mvn did not start: {error}"))?;
    let said = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    if said.contains("Unable to obtain connection") { Ok(()) } else { Err(format!("Flyway did not start:\n{said}")) }
}

/// psql and the sqlite3 shell, which run the plain SQL.
fn clients() -> Done {
    let with_server = || {
        let folders = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        folders.map(|entry| entry.path().join("bin/psql")).find(|path| path.is_file())
    };
    if which("psql").or_else(with_server).is_none() {
        install("psql", &["postgresql-client"], "Install the client of PostgreSQL.")?;
    }
    match which("sqlite3") {
        Some(_) => Ok(()),
        None => install("The sqlite3 shell", &["sqlite3"], "Install the shell of SQLite."),
    }
}

fn rails() -> Done {
    let runs = || {
        output(
            program("ruby").args(["-e", "require 'rails'; require 'active_record'; require 'pg'; require 'sqlite3'"]),
        )
        .is_some()
    };
    if !runs() {
        install("Rails", &RAILS, "Install Ruby with the gems railties, activerecord, pg and sqlite3.")?;
    }
    if runs() { Ok(()) } else { Err("Rails was installed but Ruby does not find it".to_string()) }
}
