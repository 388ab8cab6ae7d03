//! Taking the plan away: Markdown, migration files, JSON, paper. In a dialog on wide screens, in a tab on narrow ones.

use crate::browser::pieces::Piece;
use crate::panels::topbar::option;
use crate::parts::{code_block, copy_button};
use crate::state::Desk;
use crate::state::export::frameworks;
use crate::text::Html;

/// The panel.
pub fn export(desk: Desk) -> Piece {
    let inside = vec![markdown(desk), files(desk), Piece::new("other", Html::of(OTHER, &[]))];
    Piece::frame("export", "<div class='export' data-inside></div>", inside)
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
    let files = desk.exports.files.get();
    let open = desk.exports.open.get().min(files.len().saturating_sub(1));
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
    let mut inside = vec![Piece::new("actions", written_for(desk, files.is_empty()))];
    if let Some(file) = files.get(open) {
        let runs = match (file.path.ends_with(".md"), file.transactional) {
            (true, _) => "",
            (false, true) => "runs in a transaction",
            (false, false) => "runs outside a transaction",
        };
        let mut content = Html::of("<div>", &[]);
        content.put_some("<p class='hint'>{}</p>", &[runs]);
        content.add(&code_block(&file.content, &file.path)).put("</div>", &[]);
        let inside_tree = vec![Piece::new("names", tree), Piece::new("content", content)];
        inside.push(Piece::frame("tree", "<div class='file-tree' data-inside></div>", inside_tree));
    } else {
        inside.push(Piece::new("none", Html::of(NO_FILES, &[])));
    }
    Piece::frame("files", FILES, inside)
}

const FILES: &str = "<section aria-labelledby='export-files'><h2 id='export-files'>Migration files</h2>\
    <div class='files' data-inside></div></section>";

const NO_FILES: &str = "<p class='hint'>The plan has nothing to run, so there are no files.</p>";

fn written_for(desk: Desk, none: bool) -> Html {
    desk.settings.track();
    desk.planner.ready.track();
    let (offered, chosen) = frameworks(desk);
    let mut html = Html::of(
        "<div class='actions'><label class='picker'>Written for <select class='select' id='framework' data-set='framework'>",
        &[],
    );
    for framework in &offered {
        option(&mut html, &framework.id, &framework.title, framework.id == chosen);
    }
    html.put("</select></label>", &[]);
    html.put(
        match none {
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
