//! Programs of Debian suites other than the machine's, unpacked with every library they need, their own libc included.
//!
//! Needs neither root nor the package database: nothing is installed, and nothing of the machine is used but `apt-get`
//! and `dpkg` to fetch and unpack.

use crate::machine;
use crate::shell::{Done, program, run, which};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
const ARCHIVE: &str = "http://deb.debian.org/debian";

/// Unpacks packages of a suite, and what they depend on, into a folder.
pub fn unpack(suite: &str, packages: &[&str], into: &Path) -> Done {
    if which("apt-get").is_none() || which("dpkg").is_none() {
        return Err(format!("{} can only be fetched where there is apt-get and dpkg", packages.join(", ")));
    }
    if !Path::new(KEYS).is_file() {
        machine::install(
            "the keys of Debian's archive",
            &["debian-archive-keyring"],
            "Install debian-archive-keyring.",
        )?;
    }
    let apt = Apt::new(suite, into.with_extension(format!("apt-{suite}")))?;
    run(apt.command().arg("update"))?;
    run(apt.command().args(["install", "-y", "--no-install-recommends", "--download-only"]).args(packages))?;
    fs::create_dir_all(into).map_err(|error| error.to_string())?;
    for archive in apt.downloaded()? {
        run(program("dpkg").arg("-x").arg(archive).arg(into))?;
    }
    fs::remove_dir_all(&apt.home).map_err(|error| error.to_string())
}

/// A package manager that knows one suite and believes that nothing is installed.
struct Apt {
    home: PathBuf,
}

impl Apt {
    fn new(suite: &str, home: PathBuf) -> Done<Apt> {
        for folder in ["state/lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(home.join(folder)).map_err(|error| error.to_string())?;
        }
        let source = format!("deb [signed-by={KEYS}] {ARCHIVE} {suite} main\n");
        for (file, text) in [("sources.list", source.as_str()), ("status", "")] {
            fs::write(home.join(file), text).map_err(|error| error.to_string())?;
        }
        Ok(Apt { home })
    }

    fn command(&self) -> Command {
        let mut command = program("apt-get");
        command.args([
            "-qq",
            "-o",
            "Dir::Etc::sourceparts=-",
            "-o",
            "Debug::NoLocking=1",
            "-o",
            "APT::Sandbox::User=root",
        ]);
        for (option, path) in [
            ("Dir::Etc::sourcelist", "sources.list"),
            ("Dir::State", "state"),
            ("Dir::State::status", "status"),
            ("Dir::Cache", "cache"),
        ] {
            command.arg("-o").arg(format!("{option}={}", self.home.join(path).display()));
        }
        command
    }

    fn downloaded(&self) -> Done<Vec<PathBuf>> {
        let folder = self.home.join("cache/archives");
        let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let files = entries.flatten().map(|entry| entry.path());
        Ok(files.filter(|path| path.extension().is_some_and(|ending| ending == "deb")).collect())
    }
}

/// The lines of a script that starts a program of an unpacked folder with the loader and the libraries of that folder,
/// so that the machine's libc does not matter. The script lies in the folder; `arguments` may name it as `$here`.
pub fn start_script(binary: &str, arguments: &str) -> String {
    format!(
        "#!/bin/sh\n\
         here=$(cd \"$(dirname \"$0\")\" && pwd)\n\
         for loader in \"$here\"/usr/lib64/ld-linux-x86-64.so.2 \"$here\"/lib64/ld-linux-x86-64.so.2; do\n  \
           [ -e \"$loader\" ] && break\n\
         done\n\
         libraries=\"$here/usr/lib/x86_64-linux-gnu:$here/lib/x86_64-linux-gnu:$here/usr/lib/x86_64-linux-gnu/libproxies\"\n\
         exec \"$loader\" --library-path \"$libraries\" \"$here/{binary}\" {arguments} \"$@\"\n"
    )
}

/// Writes a script that can be run.
pub fn write_script(path: &Path, text: &str) -> Done {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).map_err(|error| error.to_string())
}
