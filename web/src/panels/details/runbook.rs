//! The runbook: before, during, after, failure, and which situation asks for which action.

use crate::browser::pieces::Piece;
use crate::parts::{Ink, code_block, sql_block};
use crate::text::Html;
use lockstep_core::Report;
use lockstep_core::report::{Decision, RunbookItem};

/// The card; its parts are folded.
pub fn runbook(report: &Report, ink: Ink<'_>) -> Option<Piece> {
    let book = &report.runbook;
    let parts = [
        ("Before", &book.before),
        ("During", &book.during),
        ("After", &book.after),
        ("When something fails", &book.failure),
    ];
    let mut inside: Vec<Piece> = parts
        .into_iter()
        .filter(|(_, items)| !items.is_empty())
        .map(|(name, items)| Piece::new(name, part(name, items, ink)))
        .collect();
    if !book.decisions.is_empty() {
        inside.push(Piece::new("decisions", decisions(&book.decisions)));
    }
    let card = "<section class='card detail' aria-labelledby='runbook-head'><h2 id='runbook-head'>Runbook</h2>\
        <div data-inside></div></section>";
    (!inside.is_empty()).then(|| Piece::frame("runbook", card, inside))
}

fn part(name: &str, items: &[RunbookItem], ink: Ink<'_>) -> Html {
    let count = items.len().to_string();
    let mut html =
        Html::of("<details><summary>{} <span class='hint'>{}</span></summary><ul class='rows'>", &[name, &count]);
    for item in items {
        html.put("<li><h3>{p}</h3><p>{p}</p>", &[&item.title, &item.text]);
        let what = ["the commands of ", &item.title].concat();
        match (item.code.is_empty(), item.language.as_str()) {
            (true, _) => {}
            (false, "sql") => {
                html.add(&sql_block(std::slice::from_ref(&item.code), &what, ink));
            }
            (false, _) => {
                html.add(&code_block(&item.code, &what));
            }
        }
        html.put("</li>", &[]);
    }
    html.put("</ul></details>", &[]);
    html
}

fn decisions(list: &[Decision]) -> Html {
    let mut html = Html::of(
        "<details><summary>Go back or go on</summary>\
         <div class='table-scroll' tabindex='0' role='group' aria-label='Go back or go on'><table>\
         <thead><tr><th scope='col'>What is seen</th><th scope='col'>What to do</th></tr></thead><tbody>",
        &[],
    );
    for decision in list {
        html.put("<tr><td>{p}</td><td>{p}</td></tr>", &[&decision.situation, &decision.action]);
    }
    html.put("</tbody></table></div></details>", &[]);
    html
}
