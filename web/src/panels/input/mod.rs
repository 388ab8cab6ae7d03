//! The left pane: the change, the current schema, table sizes, and what is assumed.

use super::assumptions::assumptions;
use super::sizes::sizes;
use crate::browser::editor::{EditorFinding, EditorHandle, EditorStart, highlight};
use crate::browser::page::{self, after_paint};
use crate::browser::pieces::Piece;
use crate::parts::{Drawn, Ink, sql_block, tabs};
use crate::state::desk::{Desk, InputTab, Text, desk};
use crate::state::{examples, follow, links};
use crate::text::Html;
use leptos::html::Div;
use leptos::prelude::*;
use lockstep_core::report::Severity;

/// The pane.
#[component]
pub fn Input() -> impl IntoView {
    let desk = desk();
    follow(move || {
        for (id, tab) in
            [("panel-change", InputTab::Change), ("panel-schema", InputTab::Schema), ("panel-sizes", InputTab::Sizes)]
        {
            page::set_hidden(id, desk.tab.get() != tab);
        }
        let compares = desk.settings.with(|settings| settings.compares);
        page::set_hidden("text-change", compares);
        page::set_hidden("text-wanted", !compares);
        page::note("input", "class", if desk.dropping.get() { "input dropping" } else { "input" });
    });
    view! {
        <section id="input" class="input" aria-label="Input">
            <Drawn pieces=head />
            <div id="panel-change" role="tabpanel" aria-labelledby="tab-change" class="input-panel">
                <Drawn pieces=given />
                <Editor which=Text::Change id="text-change" />
                <Editor which=Text::Wanted id="text-wanted" />
                <Drawn pieces=below />
            </div>
            <div id="panel-schema" role="tabpanel" aria-labelledby="tab-schema" class="input-panel">
                <Editor which=Text::Schema id="text-schema" />
            </div>
            <div id="panel-sizes" role="tabpanel" aria-labelledby="tab-sizes" class="input-panel">
                <Drawn pieces=sizes />
            </div>
            <Drawn pieces=assumptions />
        </section>
    }
}

fn head(desk: Desk) -> Vec<Piece> {
    let objects = match desk.schema.with(|schema| count_objects(schema)) {
        0 => String::new(),
        1 => "1 object".to_string(),
        n => [&n.to_string(), " objects"].concat(),
    };
    let sizes = desk.planner.report.with(|report| {
        let tables = || report.iter().flat_map(|report| &report.tables).filter(|table| !table.new);
        let known = tables().filter(|table| table.rows_known).count().to_string();
        match tables().count() {
            0 => String::new(),
            n => [&known, " of ", &n.to_string()].concat(),
        }
    });
    let (chosen, open) = match desk.tab.get() {
        InputTab::Change => ("change", ""),
        InputTab::Schema => ("schema", ""),
        InputTab::Sizes => ("sizes", " gone"),
    };
    let list = [
        ("change", "panel-change", "Change", ""),
        ("schema", "panel-schema", "Current schema", &objects),
        ("sizes", "panel-sizes", "Table sizes", &sizes),
    ];
    let open = Html::of(
        "<label class='open-file{}'>Open…<input type='file' multiple accept='.sql,.ddl,.txt,.dump,.psql' \
         class='visually-hidden' data-set='files'></label>",
        &[open],
    );
    let inside = vec![Piece::new("tabs", tabs("tab", "Input", chosen, &list)), Piece::new("open", open)];
    vec![Piece::frame("head", "<div class='input-head' data-inside></div>", inside)]
}

#[component]
fn Editor(which: Text, id: &'static str) -> impl IntoView {
    let desk = desk();
    let place = NodeRef::<Div>::new();
    let (text, handle) = desk.text(which);
    let (label, hint, input) = match which {
        Text::Schema => (
            "Current schema, SQL",
            "Paste the current schema: pg_dump --schema-only, mysqldump --no-data, .schema, or plain CREATE TABLE statements. It makes the plan exact; without it the careful case is shown.",
            "schema",
        ),
        Text::Wanted => (
            "Wanted schema, SQL",
            "Paste the whole schema as it shall be, or drop .sql files here. It is compared with the current schema; what leads from one to the other is the change.",
            "target_schema",
        ),
        Text::Change => ("Change, SQL", "Paste the migration, or drop .sql files here.", "sql"),
    };
    follow(move || {
        let Some(place) = place.get() else { return };
        let engine = desk.settings.with_untracked(|settings| settings.engine.clone());
        let start = EditorStart { text: &text.get_untracked(), engine: &engine, label, hint };
        let on_cursor = move |at| {
            if which == Text::Change {
                desk.cursor(at);
            }
        };
        let on_action = move |name: String, statement, rule: String| desk.act(&name, statement, &rule);
        let editor = EditorHandle::new(&place, start, move |new| text.set(new), on_cursor, on_action);
        handle.set_value(Some(editor));
    });
    follow(move || {
        desk.planner.report.track();
        // Places of a plan that the text has left behind would be wrong; the next plan is under way.
        if !desk.planner.behind.get() {
            // The plan is painted first; until then the old marks move with the text.
            after_paint(move || show_findings(desk, input, handle));
        }
    });
    follow(move || {
        desk.settings.with(|settings| settings.compares);
        if (desk.tab.get() == InputTab::Schema) == (which == Text::Schema) {
            request_animation_frame(move || {
                handle.with_value(|editor| editor.as_ref().map(EditorHandle::refresh));
            });
        }
    });
    view! { <div class="editor" id=id node_ref=place></div> }
}

fn show_findings(desk: Desk, input: &str, handle: StoredValue<Option<EditorHandle>, LocalStorage>) {
    let Some(report) = desk.report().filter(|_| !desk.planner.behind.get_untracked()) else { return };
    let ready = desk.planner.ready.get_untracked();
    let findings: Vec<EditorFinding> = links::marked(&report, input)
        .into_iter()
        .map(|marked| EditorFinding {
            from: marked.span.start_utf16,
            to: marked.span.end_utf16,
            statement_to: marked.statement_end,
            severity: match marked.severity {
                Severity::Info => "info",
                Severity::Warning => "warning",
                Severity::Danger => "danger",
            },
            title: marked.title,
            message: marked.message,
            statement: marked.statement.unwrap_or_default(),
            explained: ready.rules.contains(&marked.rule),
            rule: marked.rule,
            planned: marked.planned,
        })
        .collect();
    handle.with_value(|editor| editor.as_ref().map(|editor| editor.set_findings(&findings)));
}

/// As what the change is given.
fn given(desk: Desk) -> Vec<Piece> {
    let compares = desk.settings.with(|settings| settings.compares);
    let pressed = |on: bool| if on { "true" } else { "false" };
    let html = Html::of(
        "<div class='given'><span id='given-as'>Given as</span>\
         <div class='segmented' role='group' aria-labelledby='given-as'>\
         <button type='button' id='given-statements' data-do='given' data-to='statements' aria-pressed='{}'>Statements</button>\
         <button type='button' id='given-wanted' data-do='given' data-to='wanted' aria-pressed='{}'>Wanted schema</button>\
         </div></div>",
        &[pressed(!compares), pressed(compares)],
    );
    vec![Piece::new("given", html)]
}

/// What stands below the text.
fn below(desk: Desk) -> Vec<Piece> {
    match desk.settings.with(|settings| settings.compares) {
        true => derived(desk),
        false => examples(desk),
    }
}

/// The statements that make the wanted schema of the current one.
fn derived(desk: Desk) -> Vec<Piece> {
    let report = desk.planner.report.get();
    let Some(report) = report.filter(|report| report.derived_sql.is_some()) else { return Vec::new() };
    let statements: Vec<String> = report.statements.iter().map(|statement| statement.sql.clone()).collect();
    let mut html =
        Html::of("<section class='derived' aria-labelledby='derived-head'><h2 id='derived-head' tabindex='-1'>", &[]);
    html.put(
        match (statements.is_empty(), desk.schema.with(|schema| schema.trim().is_empty())) {
            (true, _) => "No difference</h2><p class='hint'>Nothing makes the two schemas different, as far as they could be read.</p>",
            (_, true) => "Everything is new</h2><p class='hint'>There is nothing to compare with yet: paste what the server has now under Current schema.</p>",
            _ => "Derived from the two schemas</h2>",
        },
        &[],
    );
    if !statements.is_empty() {
        html.put(
            "<div class='actions'><button type='button' class='button small' data-do='take-derived'>Edit as statements</button></div>",
            &[],
        );
        html.add(&sql_block(&statements, "the derived statements", Ink { engine: &report.engine, colour: highlight }));
    }
    html.put("</section>", &[]);
    vec![Piece::new("derived", html)]
}

/// Cards to start from, while the text is empty or is an example.
fn examples(desk: Desk) -> Vec<Piece> {
    let shown = desk.sql.with(|sql| {
        let untouched = sql.trim().is_empty() || examples::ALL.iter().any(|example| example.is(sql));
        untouched.then(|| examples::ALL.map(|example| example.is(sql)))
    });
    let Some(current) = shown else { return Vec::new() };
    let mut html = Html::of(
        "<section class='examples' aria-labelledby='examples-head'>\
         <h2 id='examples-head'>Start from an example, or paste your own</h2><ul>",
        &[],
    );
    for (example, current) in examples::ALL.iter().zip(current) {
        html.put(
            "<li><button type='button' class='example' id='example-{}' aria-pressed='{}' data-do='example' data-to='{}'>\
             <b>{}</b><span>{}</span></button></li>",
            &[example.id, if current { "true" } else { "false" }, example.id, example.goal, example.title],
        );
    }
    html.put("</ul></section>", &[]);
    vec![Piece::new("examples", html)]
}

/// Objects that a schema defines, as the tab counts them: near enough for a hint, the planner reads them exactly.
fn count_objects(schema: &str) -> usize {
    schema
        .lines()
        .filter(|line| line.trim_start().get(..7).is_some_and(|start| start.eq_ignore_ascii_case("create ")))
        .count()
}

#[cfg(test)]
mod tests {
    #[test]
    fn counts_objects() {
        let schema = "CREATE TABLE a (x int);\n  create index i on a (x);\n-- CREATE nothing\nALTER TABLE a ADD y int;";
        assert_eq!(super::count_objects(schema), 2);
    }
}
