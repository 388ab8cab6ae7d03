//! Building the page with Trunk.

use crate::shell::{Done, program, root, run, step};
use crate::{npm, tools};
use std::path::PathBuf;
use std::process::Command;

/// How the page is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Small and fast: what is published.
    Release,
    /// Quick to build.
    Dev,
}

/// The folder of the built page.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// Sets up all that is needed and builds the page.
pub fn build(profile: Profile) -> Done {
    built(trunk("build", profile)?, profile)
}

/// The same beside other work, which goes first.
pub fn build_beside(profile: Profile) -> Done {
    let trunk = trunk("build", profile)?;
    let mut nice = program("nice");
    nice.args(["-n", "10"]).arg(trunk.get_program()).args(trunk.get_args());
    nice.envs(trunk.get_envs().filter_map(|(name, value)| Some((name, value?))));
    built(nice, profile)
}

fn built(mut trunk: Command, profile: Profile) -> Done {
    let expectation = match profile {
        Profile::Release => "seconds when nothing changed, 4 to 8 minutes the first time",
        Profile::Dev => "seconds when nothing changed, 1 to 2 minutes the first time",
    };
    step("build the page", expectation, || run(&mut trunk))
}

/// A Trunk command that finds its tools.
pub fn trunk(verb: &str, profile: Profile) -> Done<Command> {
    let path = tools::ensure()?;
    npm::ensure()?;
    let mut trunk = program("trunk");
    trunk.arg(verb).args(["--offline", "--skip-version-check"]).env("PATH", path);
    if profile == Profile::Release {
        trunk.arg("--release");
    }
    // Trunk reads only `true` and `false` here, and refuses the customary `1`.
    if std::env::var_os("NO_COLOR").is_some() {
        trunk.env("NO_COLOR", "true");
    }
    Ok(trunk)
}

/// Makes the editor's bundle, without which the crate of the page does not compile.
pub fn bundle() -> Done {
    npm::ensure()?;
    run(program("node").arg("web/hooks/bundle.mjs"))
}
