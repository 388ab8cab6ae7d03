//! The tools that change a table while it is used, which plans name: run in the proofs with the plans' command lines.

use super::debian;
use crate::machine::install;
use crate::shell::{Done, program, run, step, which};
use std::fs;
use std::path::Path;

const GH_OST: &str = "1.1.6";
const PERCONA_TOOLKIT: &str = "percona-toolkit";

/// Puts `pt-online-schema-change` and `gh-ost` into a folder.
pub fn ensure(home: &Path) -> Done {
    if !home.join(PERCONA_TOOLKIT).join("pt-online-schema-change").is_file() {
        step("fetch pt-online-schema-change", "about 20 seconds", || percona(home))?;
    }
    if !home.join(format!("gh-ost-{GH_OST}")).join("gh-ost").is_file() {
        step("build gh-ost", "1 to 2 minutes", || gh_ost(home))?;
    }
    Ok(())
}

/// A Perl script with a Perl and a database driver of its own.
fn percona(home: &Path) -> Done {
    let new = home.join(format!("new-{PERCONA_TOOLKIT}"));
    let _ = fs::remove_dir_all(&new);
    debian::unpack("bookworm", &[PERCONA_TOOLKIT], &new)?;
    let script = debian::start_script("usr/bin/perl", "\"$here/usr/bin/pt-online-schema-change\"");
    let modules = "for folder in \"$here\"/usr/share/perl5 \"$here\"/usr/lib/x86_64-linux-gnu/perl5/5.* \
                   \"$here\"/usr/lib/x86_64-linux-gnu/perl-base \"$here\"/usr/lib/x86_64-linux-gnu/perl/5.* \
                   \"$here\"/usr/share/perl/5.*; do\n  PERL5LIB=\"$PERL5LIB${PERL5LIB:+:}$folder\"\ndone\n\
                   export PERL5LIB\nexec ";
    debian::write_script(&new.join("pt-online-schema-change"), &script.replacen("exec ", modules, 1))?;
    run(program(&new.join("pt-online-schema-change").to_string_lossy()).arg("--version"))?;
    fs::rename(&new, home.join(PERCONA_TOOLKIT)).map_err(|error| error.to_string())
}

/// Compiled from its module: an empty module that requires it, because `go install` would ask for the list of versions.
fn gh_ost(home: &Path) -> Done {
    if which("go").is_none() {
        install("Go", &["golang-go"], "Install Go from go.dev.")?;
    }
    let new = home.join("new-gh-ost");
    let _ = fs::remove_dir_all(&new);
    fs::create_dir_all(&new).map_err(|error| error.to_string())?;
    let module = format!("module tool\n\ngo 1.17\n\nrequire github.com/github/gh-ost v{GH_OST}\n");
    fs::write(new.join("go.mod"), module).map_err(|error| error.to_string())?;
    run(program("go")
        .current_dir(&new)
        .envs([("GOFLAGS", "-mod=mod"), ("GOTOOLCHAIN", "local"), ("GOWORK", "off"), ("CGO_ENABLED", "0")])
        .args(["build", "-trimpath", "-ldflags", "-s -w", "-o", "gh-ost", "github.com/github/gh-ost/go/cmd/gh-ost"]))?;
    fs::rename(&new, home.join(format!("gh-ost-{GH_OST}"))).map_err(|error| error.to_string())
}
