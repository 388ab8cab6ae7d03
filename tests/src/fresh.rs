//! Files that are kept in the repository and made by the program: compared, or written anew with `UPDATE=1`.

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Compares a kept file with what the program makes now.
///
/// # Panics
/// When they differ and `UPDATE` is not set.
pub fn check(path: &Path, made: &str) {
    if std::env::var_os("UPDATE").is_some() {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        }
        return fs::write(path, made).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
    let kept = fs::read_to_string(path).unwrap_or_default();
    if kept == made {
        return;
    }
    let line = kept.lines().zip(made.lines()).take_while(|(a, b)| a == b).count();
    let (was, now) = (kept.lines().nth(line).unwrap_or("(end)"), made.lines().nth(line).unwrap_or("(end)"));
    panic!("{} is stale at line {}; UPDATE=1 writes it anew\n  kept: {was}\n  made: {now}", path.display(), line + 1);
}

/// Compares a folder with the files that the program makes now; files that are no longer made are reported too.
///
/// # Panics
/// When they differ and `UPDATE` is not set.
pub fn check_folder(folder: &Path, made: &[(String, String)]) {
    for kept in files_below(folder) {
        let known = made.iter().any(|(path, _)| folder.join(path) == kept);
        if known {
            continue;
        }
        match std::env::var_os("UPDATE").is_some() {
            true => fs::remove_file(&kept).unwrap_or_else(|e| panic!("{}: {e}", kept.display())),
            false => panic!("{} is kept but no longer made; UPDATE=1 removes it", kept.display()),
        }
    }
    for (path, content) in made {
        check(&folder.join(path), content);
    }
}

/// Every file below a folder, sorted.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
