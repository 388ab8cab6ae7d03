//! The npm parts: editor, bundler, browser tests. Installed only when the lock file changed.

use crate::machine::node;
use crate::shell::{Done, program, read, root, run, step};

/// Installs exactly what package-lock.json names.
pub fn ensure() -> Done {
    node()?;
    let lock = read(&root().join("package-lock.json"))?;
    let stamp = root().join("node_modules/.installed-lock.json");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    step("install the npm parts", "about 10 seconds", || {
        run(program("npm").args(["ci", "--no-audit", "--no-fund"]))?;
        std::fs::write(&stamp, &lock).map_err(|error| format!("{}: {error}", stamp.display()))
    })
}
