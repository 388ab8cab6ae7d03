//! Taking the plan away: Markdown, migration files, JSON, paper. In a dialog on wide screens, in a tab on narrow ones.

use crate::browser::pieces::Piece;
use crate::panels::topbar::option;
use crate::parts::{code_block, copy_button};
use crate::state::Desk;
use crate::text::Html;
use lockstep_protocol::Files;

/// The panel.
pub fn export(desk: Desk) -> Piece {
    let inside = vec![failed(desk), markdown(desk), files(desk), Piece::new("other", Html::of(OTHER, &[]))];
    Piece::frame("export", "<div class='export' data-inside></div>", inside)
}

/// Why the newest export was not written.
fn failed(desk: Desk) -> Piece {
    let mut inside = Vec::new();
    desk.exports.failed.with(|reason| {
        if !reason.is_empty() {
            let html = Html::of(
                "<div class='notice notice-problem'><p><strong>Not written.</strong> <span class='hint'>Reason: {}.\
                 </span></p><button type='button' id='write-again' class='button small' data-do='write'>Try again</button></div>",
                &[reason],
            );
            inside.push(Piece::new("reason", html));
        }
    });
    Piece::frame("failed", "<div role='status' data-inside></div>", inside)
}

fn markdown(desk: Desk) -> Piece {
    let mut head = Html::of(
        "<section aria-labelledby='export-markdown'><h2 id='export-markdown'>Markdown</h2>\
         <p class='hint'>For a pull request or a design document: the plan, every step with its SQL, the runbook.</p>\
         <div class='actions'>",
        &[],
    );
    head.add(&copy_button("the plan as Markdown")).put(
        "<button type='button' class='button small' data-do='save' data-to='md'>Download .md</button></div>\
         <div data-inside></div></section>",
        &[],
    );
    let preview = desk
        .exports
        .markdown
        .with(|text| Html::of("<pre class='preview' tabindex='0' aria-label='Markdown preview'>{}</pre>", &[text]));
    Piece { inside: vec![Piece::new("preview", preview)], ..Piece::new("markdown", head) }
}

fn files(desk: Desk) -> Piece {
    let written = desk.exports.files.get();
    let inside = match &written {
        None => vec![Piece::new("none", Html::of("<p class='hint'>Being written…</p>", &[]))],
        Some(written) => written_files(desk, written),
    };
    Piece::frame("files", FILES, inside)
}

const FILES: &str = "<section aria-labelledby='export-files'><h2 id='export-files'>Migration files</h2>\
    <div class='files' data-inside></div></section>";

fn written_files(desk: Desk, written: &Files) -> Vec<Piece> {
    let actions = Piece::new("actions", written_for(written));
    let files = &written.files;
    let open = desk.exports.open.get().min(files.len().saturating_sub(1));
    let Some(file) = files.get(open) else { return vec![actions, Piece::new("none", Html::of(NO_FILES, &[]))] };
    let mut tree = Html::of("<ul>", &[]);
    for (i, file) in files.iter().enumerate() {
        let (folder, name) = file.path.split_at(file.path.rfind('/').map_or(0, |at| at + 1));
        let i_words = i.to_string();
        let pressed = if i == open { "true" } else { "false" };
        tree.put(
            "<li><button type='button' class='file' id='file-{}' aria-pressed='{}' data-do='file' data-to='{}'>\
             <span class='hint'>{}</span>{}</button></li>",
            &[&i_words, pressed, &i_words, folder, name],
        );
    }
    tree.put("</ul>", &[]);
    let runs = match (file.path.ends_with(".md"), file.transactional) {
        (true, _) => "",
        (false, true) => "runs in a transaction",
        (false, false) => "runs outside a transaction",
    };
    let mut content = Html::of("<div>", &[]);
    content.put_some("<p class='hint'>{}</p>", &[runs]);
    content.add(&code_block(&file.content, &file.path)).put("</div>", &[]);
    let inside = vec![Piece::new("names", tree), Piece::new("content", content)];
    vec![actions, Piece::frame("tree", "<div class='file-tree' data-inside></div>", inside)]
}

const NO_FILES: &str = "<p class='hint'>The plan has nothing to run, so there are no files.</p>";

fn written_for(written: &Files) -> Html {
    let mut html = Html::of(
        "<div class='actions'><label class='picker'>Written for <select class='select' id='framework' data-set='framework'>",
        &[],
    );
    for framework in &written.frameworks {
        option(&mut html, &framework.id, &framework.title, framework.id == written.chosen);
    }
    html.put("</select></label>", &[]);
    html.put(
        match written.files.is_empty() {
            true => "<button type='button' class='button small' disabled>Download .zip</button></div>",
            false => {
                "<button type='button' class='button small' data-do='save' data-to='zip'>Download .zip</button></div>"
            }
        },
        &[],
    );
    html
}

const OTHER: &str = "<section aria-labelledby='export-other'><h2 id='export-other'>For tools and for paper</h2>\
    <div class='actions'><button type='button' class='button small' data-do='save' data-to='json'>Download .json</button>\
    <button type='button' class='button small' data-do='print'>Print…</button></div>\
    <p class='hint'>The JSON is a documented format (schema_version 1); the command line prints the same bytes.</p></section>";
