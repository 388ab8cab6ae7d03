//! `cargo xtask serve`: the page, built and served.

use crate::http::Server;
use crate::page::{Profile, build, dist, trunk};
use crate::shell::{Done, run};

/// Builds the page and serves it until interrupted.
pub fn serve(arguments: &[&str]) -> Done {
    let (profile, port) = read_arguments(arguments)?;
    // A taken port is said before minutes of building.
    let server = Server::bind(dist(), port)?;
    build(profile)?;
    println!("\nLockstep is served on {} (stop with Ctrl-C)", server.url());
    match profile {
        Profile::Release => server.run(),
        Profile::Dev => {
            server.run_in_background();
            run(&mut trunk("watch", Profile::Dev)?)?;
        }
    }
    Ok(())
}

fn read_arguments(mut arguments: &[&str]) -> Done<(Profile, u16)> {
    let (mut profile, mut port) = (Profile::Release, 8080);
    loop {
        arguments = match arguments {
            [] => return Ok((profile, port)),
            ["--dev", rest @ ..] => {
                profile = Profile::Dev;
                rest
            }
            ["--port", number, rest @ ..] => {
                port = number.parse().map_err(|_| format!("not a port: {number}"))?;
                rest
            }
            [other, ..] => return Err(format!("serve does not know {other}; it knows --dev and --port N")),
        };
    }
}
