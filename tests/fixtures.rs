//! The plan of every fixture, as a reader sees it. `UPDATE=1 cargo test -p lockstep-tests --test fixtures` writes them anew.

use lockstep_core::render;
use lockstep_tests::cases::cases;
use lockstep_tests::fresh::{self, check, root};
use lockstep_tests::recipe_pages;
use std::panic::catch_unwind;

#[test]
fn plans_are_as_kept() {
    let mut stale = Vec::new();
    for case in cases("") {
        let plan = render::markdown(&lockstep_core::plan(&case.request));
        let kept = case.folder.join("plan.md");
        if catch_unwind(|| check(&kept, &plan)).is_err() {
            stale.push(case.name);
        }
    }
    assert!(stale.is_empty(), "plans differ from what is kept (see above): {}", stale.join(", "));
}

#[test]
fn each_statement_is_understood() {
    let unread: Vec<String> = cases("")
        .iter()
        .flat_map(|case| {
            let report = lockstep_core::plan(&case.request);
            let unread = report.statements.into_iter().filter(|statement| !statement.understood);
            unread.map(|statement| format!("{}: {}", case.name, statement.sql)).collect::<Vec<_>>()
        })
        .collect();
    assert!(unread.is_empty(), "{}", unread.join("\n"));
}

/// `docs/recipes`: what each recipe makes of these plans.
#[test]
fn pages_of_recipes_are_fresh() {
    fresh::check_folder(&root().join("docs/recipes"), &recipe_pages::all());
}
