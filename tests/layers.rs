//! One direction: a module of the core uses only modules that stand before it in `lib.rs`. Only `parse` names the parser.

use lockstep_tests::fresh::{files_below, root};
use std::fs;
use std::path::Path;

#[test]
fn modules_use_only_earlier_ones() {
    let order = modules(&read(&root().join("core/src/lib.rs")));
    assert!(order.len() > 15, "lib.rs was not understood: {order:?}");
    let faults: Vec<String> = sources().iter().flat_map(|(path, text)| back_edges(path, text, &order)).collect();
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn the_parser_has_one_door() {
    let named = |(path, text): &(String, String)| !path.starts_with("parse") && code(text).contains("sqlparser::");
    let faults: Vec<String> = sources().into_iter().filter(named).map(|(path, _)| path).collect();
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn a_back_edge_is_seen() {
    let order: Vec<String> = ["source", "parse", "plan"].map(String::from).to_vec();
    for (path, text, fault) in [
        ("source/mod.rs", "use crate::plan::Step;", true),
        ("source/deep/mod.rs", "fn f() -> crate::parse::Tree {}", true),
        ("source/mod.rs", "use crate::{\n    source::Span,\n    parse::{Tree, plan},\n};", true),
        ("source/deep/leaf.rs", "use super::super::super::plan::Step;", true),
        ("source.rs", "use super::plan::Step;", true),
        ("source/mod.rs", "mod elsewhere; use crate::elsewhere::X;", true),
        ("plan/mod.rs", "use crate::{parse::Tree, source};", false),
        ("source/deep/leaf.rs", "use super::super::Span;", false),
        ("source/mod.rs", "// like crate::plan\n#[cfg(test)]\nmod tests { use crate::plan; }", false),
        ("lib.rs", "use crate::plan;", false),
    ] {
        assert_eq!(!back_edges(path, text, &order).is_empty(), fault, "{path}: {text}");
    }
}

/// `pub mod name;` lines, in order.
fn modules(lib: &str) -> Vec<String> {
    let names = lib.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
    names.map(String::from).collect()
}

/// Uses of later or unlisted modules, as `path uses module`.
fn back_edges(path: &str, text: &str, order: &[String]) -> Vec<String> {
    let own = path.split(['/', '.']).next().unwrap_or_default();
    if own == "lib" {
        return Vec::new();
    }
    let place = |name: &str| order.iter().position(|listed| listed == name);
    let code = code(text);
    let mut used = after(&code, "crate::");
    used.extend(after(&code, &"super::".repeat(depth(path))));
    used.retain(|name| name.chars().next().is_some_and(char::is_lowercase));
    used.retain(|name| match (place(name), place(own)) {
        (Some(used), Some(own)) => used > own,
        _ => true,
    });
    used.into_iter().map(|name| format!("{path} uses {name}")).collect()
}

/// How many `super::` lead from a file to the root of the crate.
fn depth(path: &str) -> usize {
    let folders = path.matches('/').count();
    if path.ends_with("/mod.rs") { folders } else { folders + 1 }
}

/// First names behind every occurrence of a prefix, those in braces included.
fn after(code: &str, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(group_heads(group)),
            None => names.push(head(rest)),
        }
    }
    names.retain(|name| !matches!(name.as_str(), "" | "super" | "self"));
    names
}

/// First names of the entries of a brace group.
fn group_heads(group: &str) -> Vec<String> {
    let (mut depth, mut entry, mut heads) = (0, String::new(), Vec::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(head(std::mem::take(&mut entry).trim())),
            _ if depth == 0 => entry.push(c),
            _ => {}
        }
    }
    heads.push(head(entry.trim()));
    heads
}

fn head(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Without line comments and without what stands behind `#[cfg(test)]`, where tests may look anywhere.
fn code(text: &str) -> String {
    let shipped = text.split("#[cfg(test)]").next().unwrap_or_default();
    shipped.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn sources() -> Vec<(String, String)> {
    let folder = root().join("core/src");
    let rust = files_below(&folder).into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs"));
    rust.map(|path| (relative(&path, &folder), read(&path))).collect()
}

fn relative(path: &Path, folder: &Path) -> String {
    path.strip_prefix(folder).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
