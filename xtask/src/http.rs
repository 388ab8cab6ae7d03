//! A small static file server for the built page, with the headers that a real host should send.

use crate::shell::{Done, read};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

/// A bound port that serves a folder.
pub struct Server {
    listener: TcpListener,
    folder: PathBuf,
}

impl Server {
    /// Binds 127.0.0.1; port 0 takes a free one.
    pub fn bind(folder: PathBuf, port: u16) -> Done<Server> {
        let listener = TcpListener::bind(("127.0.0.1", port))
            .map_err(|error| format!("port {port} of 127.0.0.1 cannot be used ({error}); choose another by --port"))?;
        Ok(Server { listener, folder })
    }

    /// The address to open.
    pub fn url(&self) -> String {
        let port = self.listener.local_addr().map(|address| address.port()).unwrap_or_default();
        format!("http://127.0.0.1:{port}/")
    }

    /// Serves until the process ends.
    pub fn run(self) {
        for stream in self.listener.incoming().flatten() {
            let folder = self.folder.clone();
            // A browser that goes away early is no error worth a word.
            std::thread::spawn(move || answer(stream, &folder).unwrap_or_default());
        }
    }

    /// Serves beside other work until the process ends.
    pub fn run_in_background(self) {
        std::thread::spawn(move || self.run());
    }
}

fn answer(mut stream: TcpStream, folder: &Path) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let mut words = request.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if !matches!(method, "GET" | "HEAD") {
        return stream.write_all(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    let (status, path) = match file(folder, target) {
        Some(path) => ("200 OK", path),
        None => ("404 Not Found", folder.join("404.html")),
    };
    let body = fs::read(&path).unwrap_or_else(|_| b"not found".to_vec());
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {}\r\nContent-Length: {}\r\nContent-Security-Policy: {}\r\n\
         X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n",
        content_type(&path),
        body.len(),
        policy(folder),
    );
    stream.write_all(head.as_bytes())?;
    if method == "GET" {
        stream.write_all(&body)?;
    }
    stream.flush()
}

/// The file for a request target, inside the folder or none.
fn file(folder: &Path, target: &str) -> Option<PathBuf> {
    let target = target.split(['?', '#']).next()?.trim_start_matches('/');
    let plain = Path::new(target).components().all(|part| matches!(part, Component::Normal(_)));
    let path = if target.is_empty() { folder.join("index.html") } else { folder.join(target) };
    let path = if path.is_dir() { path.join("index.html") } else { path };
    (plain && path.is_file()).then_some(path)
}

/// The page's own policy, and what only a header can say.
fn policy(folder: &Path) -> String {
    let page = read(&folder.join("index.html")).unwrap_or_default();
    let own = page
        .split_once("http-equiv=\"Content-Security-Policy\" content=\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(policy, _)| policy.to_string());
    format!("{}; frame-ancestors 'none'", own.unwrap_or_else(|| "default-src 'none'".to_string()))
}

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_leaves_its_folder() {
        let folder = crate::shell::root().join("xtask");
        assert!(file(&folder, "/Cargo.toml?x=1").is_some());
        for target in ["/../Cargo.toml", "//etc/passwd", "/src/../../Cargo.toml", "/nothing"] {
            assert!(file(&folder, target).is_none(), "{target}");
        }
    }
}
