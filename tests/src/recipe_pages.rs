//! The pages `docs/recipes/<id>.md`: what a recipe is for, and what it makes of the plans of the fixtures.

use crate::cases::{Case, cases};
use crate::fresh::root;
use lockstep_core::plan::examples::{self, Example, ExampleStep};
use lockstep_core::recipes::{ALL, JOINT};
use lockstep_core::target::Engine;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What is written by hand.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    when: String,
    traps: Vec<String>,
}

/// Id, title, engines.
type Recipe = (&'static str, &'static str, &'static [Engine]);

/// Every page and the list of them, by file name.
///
/// # Panics
/// When a recipe has no words, or words are there for none.
pub fn all() -> Vec<(String, String)> {
    let path = root().join("tests/fixtures/recipes.toml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut words: BTreeMap<String, Words> =
        toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let examples: Vec<(Case, Vec<Example>)> = cases("")
        .into_iter()
        .map(|case| {
            let found = examples::of(&case.request);
            (case, found)
        })
        .collect();
    let single = ALL.iter().map(|r| (r.id, r.title, r.for_engine));
    let mut recipes: Vec<Recipe> = single.chain(JOINT.iter().map(|r| (r.id, r.title, r.for_engine))).collect();
    recipes.sort_by_key(|recipe| recipe.0);
    let mut pages = vec![("README.md".to_string(), index(&recipes))];
    for recipe in recipes {
        let said = words.remove(recipe.0).unwrap_or_else(|| panic!("{}: no words in {}", recipe.0, path.display()));
        pages.push((format!("{}.md", recipe.0), page(recipe, &said, &examples)));
    }
    assert!(words.is_empty(), "words for no recipe: {:?}", words.keys());
    pages
}

fn index(recipes: &[Recipe]) -> String {
    let rows: String = recipes.iter().map(|(id, title, _)| format!("| [{id}]({id}.md) | {title} |\n")).collect();
    format!(
        "# Recipes\n\n{} recipes: how a change is done without stopping traffic. A statement that is safe as written is left alone. Each \
         page shows what the recipe makes of a plan of the tests; `lockstep explain <recipe>` prints it.\n\n| Recipe | What it \
         does |\n|---|---|\n{rows}",
        recipes.len()
    )
}

fn page((id, title, engines): Recipe, said: &Words, all: &[(Case, Vec<Example>)]) -> String {
    let mut out =
        format!("# {id}\n\n**{title}**\n\n- **Used when:** {}\n- **For:** {}\n\n", said.when, servers(engines));
    let uses: Vec<(&Case, &Example)> = all
        .iter()
        .flat_map(|(case, found)| {
            found.iter().filter(|example| example.recipe == id).map(move |example| (case, example))
        })
        .collect();
    // What is done where nothing else is asked for.
    let usual = |case: &Case| !case.name.ends_with("_by_application");
    if let Some((case, example)) = uses.iter().max_by_key(|(case, example)| (usual(case), example.steps.len())) {
        let _ = write!(out, "## Steps\n\nOf [{0}](../../tests/fixtures/plans/{0}/plan.md):\n\n", case.name);
        let _ = write!(out, "```sql\n{}```\n\n| Phase | Step | Undo |\n|---|---|---|\n", example.sql);
        out.extend(example.steps.iter().map(row));
        out.push_str("\n## Why\n\n");
        let mut told: Vec<&str> = Vec::new();
        for step in example.steps.iter().filter(|step| !step.why.is_empty()) {
            if !told.contains(&step.why.as_str()) {
                told.push(&step.why);
                let _ = writeln!(out, "- **{}:** {}", plain(&step.title), plain(&step.why));
            }
        }
        list(&mut out, "To be seen to", &example.checklist);
        list(&mut out, "To know", &example.notes);
    }
    list(&mut out, "Traps", &said.traps);
    out.push_str("\n## Proved by\n\n");
    match uses.is_empty() {
        true => out.push_str("No plan of the tests uses it.\n"),
        false => {
            let _ = writeln!(out, "{}\n", proof(engines));
            let mut names: Vec<&str> = uses.iter().map(|(case, _)| case.name.as_str()).collect();
            names.dedup();
            out.extend(names.iter().map(|name| format!("- [{name}](../../tests/fixtures/plans/{name}/plan.md)\n")));
        }
    }
    out
}

fn row(step: &ExampleStep) -> String {
    let phase = format!("{:?}", step.phase).to_lowercase();
    format!("| {phase} | {} | {} |\n", plain(&step.title), plain(&step.undo))
}

/// For a cell of a table.
fn plain(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn list(out: &mut String, title: &str, lines: &[String]) {
    if !lines.is_empty() {
        let _ = write!(out, "\n## {title}\n\n");
        out.extend(lines.iter().map(|line| format!("- {}\n", plain(line))));
    }
}

fn servers(engines: &[Engine]) -> String {
    let words = engines.iter().map(|engine| match engine {
        Engine::Postgres => "PostgreSQL 11 to 18",
        Engine::MySql => "MySQL",
        Engine::MariaDb => "MariaDB",
        Engine::Sqlite => "SQLite",
    });
    words.collect::<Vec<_>>().join(", ")
}

fn proof(engines: &[Engine]) -> &'static str {
    match engines {
        [Engine::Postgres] => {
            "The tests make these plans for each of the servers 11 to 18 that takes them and run them there: to the end, back from \
             every step, and forward again."
        }
        [Engine::Sqlite] => {
            "The tests run these plans on SQLite 3.25 to 3.54: to the end, back from every step, and forward again."
        }
        _ => "The tests run these plans on real servers: to the end, back from every step, and forward again.",
    }
}
