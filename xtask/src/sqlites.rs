//! SQLite in several versions, as shared libraries: compiled once per machine from the source that the crate
//! `libsqlite3-sys` carries, one of its versions for each of SQLite.

use crate::machine::{cache, install};
use crate::shell::{Done, first_of, output, program, run, step};
use std::fs;
use std::path::{Path, PathBuf};

/// Version of SQLite, and the version of the crate that carries it. The tests name the same versions.
const VERSIONS: [(&str, &str); 6] = [
    ("3.25.2", "0.10.0"),
    ("3.31.1", "0.18.0"),
    ("3.35.4", "0.22.2"),
    ("3.39.2", "0.25.2"),
    ("3.45.0", "0.28.0"),
    ("3.54.1", "0.39.1"),
];

/// The folder that holds `sqlite-VERSION/libsqlite3.usleep.so` of each.
pub fn ensure() -> Done<PathBuf> {
    let folder = cache()?;
    for (version, package) in VERSIONS {
        let library = folder.join(format!("sqlite-{version}")).join("libsqlite3.usleep.so");
        if !library.is_file() {
            step(&format!("compile SQLite {version}"), "once per machine, 15 seconds", || {
                compile(&source(package)?, &library)
            })?;
        }
    }
    Ok(folder)
}

/// `sqlite3.c`, fetched by cargo as a dependency of a crate that is nothing else.
fn source(package: &str) -> Done<PathBuf> {
    let home = cache()?.join("fetched").join(format!("sqlite-of-{package}"));
    let written = |path: PathBuf, text: String| {
        fs::write(&path, text).map_err(|error| format!("{} could not be written: {error}", path.display()))
    };
    fs::create_dir_all(home.join("src")).map_err(|error| format!("{}: {error}", home.display()))?;
    written(home.join("src/lib.rs"), String::new())?;
    written(
        home.join("Cargo.toml"),
        format!(
            "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[dependencies]\n\
             libsqlite3-sys = {{ version = \"={package}\", default-features = false }}\n\n[workspace]\n"
        ),
    )?;
    let manifest = home.join("Cargo.toml");
    run(program("cargo").args(["fetch", "--quiet", "--manifest-path"]).arg(&manifest))?;
    let metadata = output(program("cargo").args(["metadata", "--format-version=1", "--manifest-path"]).arg(&manifest))
        .ok_or("cargo metadata says nothing about the source of SQLite")?;
    let marker = format!("libsqlite3-sys-{package}/Cargo.toml");
    let path =
        metadata.split('"').find(|text| text.ends_with(&marker)).ok_or("cargo did not say where it put SQLite")?;
    let source = Path::new(path).with_file_name("sqlite3").join("sqlite3.c");
    if source.is_file() { Ok(source) } else { Err(format!("there is no {}", source.display())) }
}

fn compile(source: &Path, library: &Path) -> Done {
    let compilers = ["cc", "gcc", "clang"];
    if first_of(&compilers).is_none() {
        install("A C compiler", &["gcc", "libc6-dev"], "Install gcc or clang.")?;
    }
    let compiler = first_of(&compilers).ok_or("a C compiler was installed but is not on PATH")?;
    let folder = library.parent().ok_or("the cache has no folder")?;
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    // Under another name until it is whole.
    let unfinished = library.with_extension(format!("{}", std::process::id()));
    let mut command = std::process::Command::new(compiler);
    command.args(["-O0", "-fPIC", "-shared", "-w", "-DSQLITE_THREADSAFE=0", "-DSQLITE_OMIT_LOAD_EXTENSION"]);
    // Who waits for a lock asks again after milliseconds, as SQLite is built everywhere; else after whole seconds.
    command.args(["-DHAVE_USLEEP=1", "-o"]);
    run(command.arg(&unfinished).arg(source))?;
    fs::rename(&unfinished, library).map_err(|error| format!("{}: {error}", library.display()))
}
