//! `cargo xtask screenshots DIR`: pictures of the built page, for the README and for reviews.

use crate::http::Server;
use crate::machine;
use crate::page::{Profile, build, dist};
use crate::shell::{Done, program, run, step};
use std::path::Path;

/// Builds the page and photographs it.
pub fn screenshots(folder: &str) -> Done {
    let folder = std::path::absolute(Path::new(folder)).map_err(|error| format!("{folder}: {error}"))?;
    let chromium = machine::chromium()?;
    build(Profile::Release)?;
    let server = Server::bind(dist(), 0)?;
    let url = server.url();
    server.run_in_background();
    step("take pictures", "about 10 seconds", || {
        let mut node = program("node");
        node.arg("tests/e2e/screenshots.mjs").arg(&folder).env("CHROME", &chromium).env("LOCKSTEP_URL", &url);
        run(&mut node)
    })
}
