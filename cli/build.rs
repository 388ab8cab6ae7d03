//! Puts the pages of the rules and recipes (`docs/rules`, `docs/recipes`) into the program, for `lockstep explain`.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let folders = [docs.join("rules"), docs.join("recipes")];
    folders.iter().for_each(|folder| println!("cargo::rerun-if-changed={}", folder.display()));
    let mut table = "&[\n".to_string();
    for entry in folders.iter().flat_map(fs::read_dir).flatten().flatten() {
        let path = entry.path();
        let id = path.file_stem().map(|stem| stem.to_string_lossy().to_string()).unwrap_or_default();
        if path.extension().is_some_and(|extension| extension == "md") && id != "README" {
            let _ = writeln!(table, "    ({id:?}, include_str!({:?})),", path.display().to_string());
        }
    }
    table.push(']');
    let out = env::var_os("OUT_DIR").map(|folder| Path::new(&folder).join("pages.rs"));
    if let Some(out) = out {
        fs::write(out, table).unwrap_or_else(|error| panic!("pages.rs: {error}"));
    }
}
