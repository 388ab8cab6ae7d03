use super::CopyButton;
use crate::browser::editor::highlight;
use crate::state::desk::desk;
use leptos::prelude::*;

/// A statement longer than this is folded.
const FOLD_LINES: usize = 6;
/// That much of it stays in sight.
const FOLD_KEEP: usize = 1;

/// Statements with copy in the corner; long bodies are folded with a count of their lines.
#[component]
pub fn SqlBlock(statements: Vec<String>, #[prop(into)] what: String) -> impl IntoView {
    let desk = desk();
    let engine = desk.settings.with_untracked(|settings| settings.engine.clone());
    let all = statements.iter().map(|statement| terminated(statement)).collect::<Vec<_>>().join("\n");
    let pieces = statements
        .iter()
        .map(|statement| Statement(StatementProps { sql: terminated(statement), engine: engine.clone() }))
        .collect_view();
    view! {
        <div class="sql">
            <CopyButton text=Callback::new(move |()| all.clone()) what=what />
            <pre tabindex="0"><code>{pieces}</code></pre>
        </div>
    }
}

#[component]
fn Statement(sql: String, engine: String) -> impl IntoView {
    let desk = desk();
    let lines = sql.lines().count();
    let open = RwSignal::new(lines <= FOLD_LINES);
    let shown = open.get_untracked();
    let head: String = sql.lines().take(FOLD_KEEP).collect::<Vec<_>>().join("\n");
    let more = lines.saturating_sub(FOLD_KEEP);
    move || match shown || open.get() || desk.printing.get() {
        true => view! { <span class="statement">{tokens(&sql, &engine)}</span> }.into_any(),
        false => view! {
            <span class="statement">
                {tokens(&head, &engine)} " … "
                <button type="button" class="link" on:click=move |_| open.set(true)>
                    {format!("{more} more lines")}
                </button>
            </span>
        }
        .into_any(),
    }
}

fn tokens(sql: &str, engine: &str) -> impl IntoView + use<> {
    highlight(sql, engine)
        .into_iter()
        .map(|(class, text)| match class.is_empty() {
            true => text.into_any(),
            false => view! { <span class=class>{text}</span> }.into_any(),
        })
        .collect_view()
}

fn terminated(statement: &str) -> String {
    let statement = statement.trim_end();
    let last = statement.lines().last().unwrap_or_default().trim_start();
    // A client command (\copy) or a closing comment takes no semicolon.
    match statement.ends_with(';') || statement.starts_with('\\') || last.starts_with("--") {
        true => statement.to_string(),
        false => format!("{statement};"),
    }
}

/// A command line or any other text.
#[component]
pub fn CodeBlock(#[prop(into)] text: String, #[prop(into)] what: String) -> impl IntoView {
    let copied = text.clone();
    view! {
        <div class="sql">
            <CopyButton text=Callback::new(move |()| copied.clone()) what=what />
            <pre tabindex="0"><code>{text}</code></pre>
        </div>
    }
}
