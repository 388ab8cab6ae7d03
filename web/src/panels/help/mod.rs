//! What opens over the page: the export, help with the shortcuts, the page of a rule.

use crate::browser::pieces::Piece;
use crate::panels::export::export;
use crate::parts::sources;
use crate::state::Desk;
use crate::state::desk::Dialog;
use crate::text::Html;
use lockstep_protocol::RuleDoc;

const SHORTCUTS: [(&str, &str); 8] = [
    ("?", "This list"),
    ("E", "Export"),
    ("T", "Picture or table"),
    ("J / K", "Next, previous step"),
    ("O", "Open or close all steps"),
    ("I", "Into the editor"),
    ("Ctrl F", "Search in the editor"),
    ("Ctrl Z", "Undo in the editor; Tab leaves it"),
];

/// The content of the dialog: its head, and what it is about.
pub fn dialog(desk: Desk) -> Vec<Piece> {
    let (title, body) = match desk.dialog.get() {
        None => return Vec::new(),
        Some(Dialog::Export) => ("Take the plan away".to_string(), export(desk)),
        Some(Dialog::Help) => ("Help".to_string(), Piece::new("help", help(desk))),
        Some(Dialog::Rule(rule)) => {
            let known = desk.rules.with(|rules| rules.iter().find(|known| known.id == rule).cloned());
            match known {
                Some(known) => (known.title.clone(), Piece::new("rule", fields(&known))),
                None => (rule, Piece::new("rule", Html::of("<p>Its page has not arrived.</p>", &[]))),
            }
        }
    };
    let head = Html::of(
        "<header class='dialog-head'><h2 id='dialog-title'>{}</h2>\
         <form method='dialog'><button class='button small'>Close</button></form></header>",
        &[&title],
    );
    vec![Piece::new("head", head), Piece::frame("body", "<div class='dialog-body' data-inside></div>", vec![body])]
}

fn help(desk: Desk) -> Html {
    let mut html = Html::of(ABOUT, &[]);
    for (keys, what) in SHORTCUTS {
        html.put("<div><dt><kbd>{}</kbd></dt><dd>{}</dd></div>", &[keys, what]);
    }
    let on = desk.liking.with(|liking| liking.shortcuts);
    html.put("</dl><label class='switch'>", &[]).put(
        match on {
            true => "<input type='checkbox' id='shortcuts' data-do='shortcuts' checked>",
            false => "<input type='checkbox' id='shortcuts' data-do='shortcuts'>",
        },
        &[],
    );
    html.put("Single-key shortcuts (never while typing)</label></div>", &[]);
    html
}

const ABOUT: &str = "<div class='words'><p>Paste a schema change. Lockstep says what every statement locks, reads and writes \
    anew, and for how long at your sizes, and gives you a plan that never breaks running code. Everything is computed in \
    this page; nothing you paste leaves it.</p>\
    <p class='hint'>Times are estimates from measured throughput: ranges, not promises. Rehearse on a copy.</p>\
    <h3>Shortcuts</h3><dl class='shortcuts'>";

/// The five fields of a rule.
fn fields(rule: &RuleDoc) -> Html {
    let mut html = Html::of("<div class='words'><dl class='rule'>", &[]);
    for (name, words) in
        [("When", &rule.when), ("Effect", &rule.effect), ("Why", &rule.why), ("Instead", &rule.instead)]
    {
        html.put("<div><dt>{}</dt><dd>{p}</dd></div>", &[name, words]);
    }
    html.put("<div><dt>Sources</dt><dd>", &[]).add(&sources(&rule.sources));
    html.put("</dd></div></dl><p class='hint'><code>{}</code></p></div>", &[&rule.id]);
    html
}
