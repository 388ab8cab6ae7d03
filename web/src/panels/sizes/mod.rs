//! Table sizes: one row per table, presets, and a box for the output of the statistics query.

use crate::browser::editor::highlight;
use crate::browser::pieces::Piece;
use crate::parts::{Ink, sql_block};
use crate::state::Desk;
use crate::state::desk::InputTab;
use crate::state::quantity;
use crate::text::Html;
use lockstep_core::picture::words::bytes;
use lockstep_core::report::TableSize;
use lockstep_core::words;

/// The tab's content.
pub fn sizes(desk: Desk) -> Vec<Piece> {
    if desk.tab.get() != InputTab::Sizes {
        return Vec::new();
    }
    let tables = desk.planner.report.with(|report| report.as_ref().map(|r| r.tables.clone()).unwrap_or_default());
    let mut inside = Vec::new();
    match tables.is_empty() {
        true => inside.push(Piece::new("none", Html::of(NONE, &[]))),
        false => {
            let rows = tables.iter().map(row).collect();
            inside.push(Piece::frame("table", TABLE, rows));
            inside.push(Piece::new("presets", presets()));
        }
    }
    inside.push(paste(desk));
    vec![Piece::frame("sizes", "<div class='sizes' data-inside></div>", inside)]
}

const NONE: &str = "<p class='hint'>The change names no table yet. Its tables appear here.</p>";

const TABLE: &str = "<table class='size-table'><caption class='visually-hidden'>Sizes of the tables of the change</caption>\
    <thead><tr><th scope='col'>Table</th><th scope='col'>Rows</th><th scope='col'>Size</th><th scope='col'>Writes/s</th></tr>\
    </thead><tbody data-inside></tbody></table>";

/// A row; each cell is a piece of its own, so that a plan that comes while one is typed in leaves it alone.
fn row(table: &TableSize) -> Piece {
    let name = &table.name;
    let mut inside = vec![Piece::new("name", Html::of("<th scope='row'><code>{}</code></th>", &[name]))];
    if table.new {
        let empty = "<td colspan='3' class='hint'>made by this change: empty</td>";
        inside.push(Piece::new("new", Html::of(empty, &[])));
    } else {
        let rate = table.writes_per_s.map(quantity::plain).unwrap_or_default();
        inside.push(cell("rows", "rows", name, &words::count(table.rows), table.rows_known));
        inside.push(cell("bytes", "size", name, &bytes(table.bytes), table.bytes > 0 && table.rows_known));
        inside.push(cell("writes", "writes per second", name, &rate, true));
    }
    Piece::frame(&["table ", name].concat(), "<tr data-inside></tr>", inside)
}

/// A figure that can be typed over; what was only assumed is shown as a placeholder.
fn cell(figure: &str, words: &str, table: &str, value: &str, known: bool) -> Piece {
    let (value, hint) = if known { (value, "") } else { ("", value) };
    let html = Html::of(
        "<td><input type='text' class='figure' id='{} of {}' aria-label='{}: {}' placeholder='{}' value='{}' \
         data-set='figure' data-to='{} {}'></td>",
        &[figure, table, table, words, hint, value, figure, table],
    );
    Piece::new(figure, html)
}

fn presets() -> Html {
    let mut html = Html::of("<p class='presets'><span>Try with</span>", &[]);
    for (words, rows) in [("10 k", "10000"), ("1 M", "1000000"), ("100 M", "100000000"), ("1 B", "1000000000")] {
        html.put(
            "<button type='button' class='button small' aria-label='Try with {} rows in every table' data-do='preset' \
             data-to='{}'>{}</button>",
            &[words, rows, words],
        );
    }
    html.put("<button type='button' class='link' data-do='forget-sizes'>Forget all sizes</button></p>", &[]);
    html
}

fn paste(desk: Desk) -> Piece {
    let query = desk.stats_query.get();
    let engine = desk.settings.with(|settings| settings.engine.clone());
    let mut inside = vec![Piece::new("words", Html::of(PASTE_WORDS, &[]))];
    if !query.is_empty() {
        let ink = Ink { engine: &engine, colour: highlight };
        inside.push(Piece::new("query", sql_block(&[query], "the statistics query", ink)));
    }
    inside.push(Piece::new("box", Html::of(PASTE_BOX, &[])));
    let told = Piece::new("words", Html::of("<span>{}</span>", &[&desk.told.get()]));
    let status = "<p class='hint' role='status' data-inside></p>";
    inside.push(Piece::frame("told", status, vec![told]));
    let root = "<section class='paste' aria-labelledby='paste-head' data-inside></section>";
    Piece::frame("paste", root, inside)
}

const PASTE_WORDS: &str = "<div><h2 id='paste-head'>Real sizes from your server</h2>\
    <p class='hint'>Run this on the server; it reads statistics only. Then paste its output below, as psql, mysql or any \
    client prints it. CSV and JSON work too.</p></div>";

const PASTE_BOX: &str = "<textarea aria-label='Output of the statistics query' rows='5' spellcheck='false' \
    placeholder='Paste the output here' data-set='stats'></textarea>";
