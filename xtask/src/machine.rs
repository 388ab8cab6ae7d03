//! What the machine must have besides Rust: Node, a browser, a PostgreSQL server. Installed by apt where we may.

use crate::shell::{Done, first_of, output, run, step, which};
use std::path::PathBuf;
use std::process::Command;

/// Where tools are kept that are shared by all clones of this repository.
pub fn cache() -> Done<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(std::env::var_os("HOME").ok_or("neither XDG_CACHE_HOME nor HOME is set")?).join(".cache"),
    };
    Ok(base.join("lockstep"))
}

/// Node and npm.
pub fn node() -> Done {
    if which("node").is_some() && which("npm").is_some() {
        return Ok(());
    }
    install("Node", &["nodejs", "npm"], "Install Node 20 or later from nodejs.org.")
}

/// The browser of the end-to-end tests: `$CHROME`, or one on PATH, or Debian's Chromium.
pub fn chromium() -> Done<PathBuf> {
    if let Some(given) = std::env::var_os("CHROME").map(PathBuf::from) {
        return if given.is_file() { Ok(given) } else { Err(format!("$CHROME is not a file: {}", given.display())) };
    }
    let find = || first_of(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]);
    if let Some(found) = find() {
        return Ok(found);
    }
    install("Chromium", &["chromium", "chromium-driver"], "Install Chromium or Chrome, or set CHROME to its path.")?;
    find().ok_or_else(|| "Chromium was installed but is not on PATH".to_string())
}

/// True for the super-user, who may install packages and must not run browsers in their sandbox.
pub fn is_root() -> bool {
    output(Command::new("id").arg("-u")).as_deref() == Some("0")
}

/// Installs Debian packages, or says how a person can.
pub fn install(what: &str, packages: &[&str], by_hand: &str) -> Done {
    let Some(apt) = apt() else {
        return Err(format!(
            "{what} is missing, and packages cannot be installed here (no apt-get, or neither root nor sudo without a \
             password).\n{by_hand}\nOn Debian or Ubuntu: sudo apt-get install {}",
            packages.join(" ")
        ));
    };
    step(&format!("install {what} by apt"), "about a minute", || {
        let install = |apt: &dyn Fn() -> Command| {
            run(apt().args(["install", "-y", "-q", "--no-install-recommends"]).args(packages))
        };
        install(&apt).or_else(|_| {
            run(apt().args(["update", "-q"]))?;
            install(&apt)
        })
    })
    .map_err(|error| format!("{what} could not be installed: {error}\n{by_hand}"))
}

fn apt() -> Option<impl Fn() -> Command> {
    which("apt-get")?;
    let sudo = !is_root();
    if sudo {
        output(Command::new("sudo").args(["-n", "true"]))?;
    }
    Some(move || {
        let mut command = Command::new(if sudo { "sudo" } else { "apt-get" });
        if sudo {
            command.args(["-n", "apt-get"]);
        }
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    })
}
