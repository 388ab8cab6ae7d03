//! A TCP port in front of a server that listens on a Unix socket: what runs on Java or Node knows nothing else.

use std::io::copy;
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;

/// Passes on whatever comes to a free port of this machine, as long as the process lives; returns the port.
///
/// # Panics
/// When there is no free port.
pub fn listen(socket: &Path) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let socket = socket.to_path_buf();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let socket = socket.clone();
            thread::spawn(move || pass_on(client, socket));
        }
    });
    port
}

/// Both directions until one side closes. A server that is gone is an end of the connection.
fn pass_on(client: TcpStream, socket: PathBuf) -> Option<()> {
    let server = UnixStream::connect(socket).ok()?;
    let (mut from_client, mut to_server) = (client.try_clone().ok()?, server.try_clone().ok()?);
    let there = thread::spawn(move || {
        let _ = copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let (mut from_server, mut to_client) = (server, client);
    let _ = copy(&mut from_server, &mut to_client);
    let _ = to_client.shutdown(Shutdown::Both);
    there.join().ok()
}
