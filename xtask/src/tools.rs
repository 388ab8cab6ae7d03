//! The wasm target, Trunk and wasm-bindgen: from PATH, else by `cargo binstall`, else compiled once per machine.

use crate::machine::cache;
use crate::shell::{Done, output, program, read, root, run, step, which};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";
/// The newest Trunk that the pinned Rust compiles.
const TRUNK: &str = "0.21.14";

/// A command line tool at a version.
struct Tool {
    command: &'static str,
    package: &'static str,
    version: String,
    /// Versions that start with this are as good.
    accepted: String,
    install_args: &'static [&'static str],
    /// How long compiling takes, for a person.
    time: &'static str,
}

/// Sets up the tools that build the page; returns the PATH with which they are found.
pub fn ensure() -> Done<OsString> {
    wasm_target()?;
    let bindgen = wasm_bindgen_version()?;
    let tools = [
        Tool {
            command: "trunk",
            package: "trunk",
            version: TRUNK.to_string(),
            accepted: "0.21.".to_string(),
            // Without its own downloads: everything it needs is put on PATH here.
            install_args: &["--no-default-features"],
            time: "once per machine, 6 to 10 minutes on two cores",
        },
        Tool {
            command: "wasm-bindgen",
            package: "wasm-bindgen-cli",
            accepted: bindgen.clone(),
            version: bindgen,
            install_args: &[],
            time: "once per machine, 2 to 5 minutes on two cores",
        },
    ];
    let mut folders = Vec::new();
    for tool in &tools {
        folders.extend(tool.ensure()?);
    }
    folders.push(root().join("node_modules/.bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(folders.into_iter().chain(std::env::split_paths(&path)))
        .map_err(|error| format!("a folder name cannot stand in PATH: {error}"))
}

impl Tool {
    /// The folder to add to PATH; none when it is there already.
    fn ensure(&self) -> Done<Option<PathBuf>> {
        if which(self.command).is_some_and(|path| self.is_right(&path)) {
            return Ok(None);
        }
        let home = cache()?.join(format!("{}-{}", self.package, self.version));
        let program = home.join("bin").join(self.command);
        if !self.is_right(&program) {
            self.fetch(&home).or_else(|_| self.compile(&home))?;
        }
        if self.is_right(&program) {
            Ok(Some(home.join("bin")))
        } else {
            Err(format!("{} {} was installed but does not run", program.display(), self.version))
        }
    }

    fn is_right(&self, path: &Path) -> bool {
        let said = output(Command::new(path).arg("--version")).unwrap_or_default();
        let version = said.split_whitespace().nth(1).unwrap_or_default();
        version == self.version || (self.accepted != self.version && version.starts_with(&self.accepted))
    }

    fn fetch(&self, home: &Path) -> Done {
        if output(Command::new("cargo").args(["binstall", "-V"])).is_none() {
            return Err("cargo binstall is not installed".to_string());
        }
        step(&format!("fetch {} {} by cargo binstall", self.package, self.version), "less than a minute", || {
            let wanted = format!("{}@{}", self.package, self.version);
            let args = ["binstall", "--no-confirm", "--disable-strategies", "compile", "--root"];
            run(program("cargo").args(args).arg(home).arg(wanted))
        })
    }

    fn compile(&self, home: &Path) -> Done {
        step(&format!("compile {} {}", self.package, self.version), self.time, || {
            let install = |locked: &[&str]| {
                let mut command = program("cargo");
                command.args(["install", self.package, "--version", &self.version, "--root"]).arg(home);
                command.args(locked).args(self.install_args);
                // A light profile: the published ones spend most of the time in link-time optimisation of a tool.
                command.env("CARGO_PROFILE_RELEASE_LTO", "off");
                command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
                command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
                command.env_remove("CARGO_TARGET_DIR");
                run(&mut command)
            };
            // The published lock file first; where it names a withdrawn version, the newest dependencies.
            install(&["--locked"]).or_else(|_| install(&[]))
        })
    }
}

fn wasm_target() -> Done {
    let installed = || {
        let libraries = output(program("rustc").args(["--print", "target-libdir", "--target", TARGET]));
        libraries.is_some_and(|folder| Path::new(&folder).is_dir())
    };
    if installed() {
        return Ok(());
    }
    step("add the wasm target", "a few seconds", || run(program("rustup").args(["target", "add", TARGET])))
        .map_err(|error| format!("{error}\nThe Rust target {TARGET} is needed: rustup target add {TARGET}"))
}

/// The version in Cargo.lock: the tool must equal the crate to the last digit.
fn wasm_bindgen_version() -> Done<String> {
    let lock = read(&root().join("Cargo.lock"))?;
    let entry = lock.split("[[package]]").find(|entry| entry.contains("\nname = \"wasm-bindgen\"\n"));
    entry
        .and_then(|entry| entry.split("version = \"").nth(1)?.split('"').next())
        .map(str::to_string)
        .ok_or_else(|| "Cargo.lock does not name wasm-bindgen".to_string())
}

#[cfg(test)]
mod tests {
    #[test]
    fn finds_the_version_that_the_lock_file_names() {
        let version = super::wasm_bindgen_version().unwrap_or_default();
        assert!(version.split('.').count() == 3, "{version}");
    }
}
