//! What the estimates rest on, as chips that are edited in place.

use crate::browser::pieces::Piece;
use crate::parts::Chip;
use crate::state::Desk;
use crate::state::quantity;
use crate::text::Html;
use lockstep_core::picture::words::{bytes, count};
use lockstep_core::report::TableSize;
use lockstep_core::request::DualWrite;
use lockstep_core::words;

/// More tables than this are left to the tab.
const TABLES: usize = 3;

/// The foot of the left pane.
pub fn assumptions(desk: Desk) -> Vec<Piece> {
    let mut inside = vec![Piece::new("head", Html::of(HEAD, &[])), chips(desk)];
    if !desk.kept.get() {
        inside.push(Piece::new("unkept", Html::of(UNKEPT, &[])));
    }
    let root = "<section class='assumptions' aria-labelledby='assumptions-head' data-inside></section>";
    vec![Piece::frame("assumptions", root, inside)]
}

const HEAD: &str = "<header><h2 id='assumptions-head'>Assumed for the estimates</h2>\
    <button type='button' class='link' data-do='tab' data-to='sizes'>Paste real sizes</button></header>";

const UNKEPT: &str = "<p class='unkept'>This browser refuses to keep the text: it is lost when the page is closed.</p>";

fn chips(desk: Desk) -> Piece {
    let editing = desk.editing.get().unwrap_or_default();
    let mut inside = Vec::new();
    let mut chip = |chip: Chip<'_>| inside.push(Piece::new(chip.what, chip.html(editing == chip.what)));
    desk.planner.report.with(|report| {
        let tables = report.iter().flat_map(|report| &report.tables).filter(|table| !table.new);
        tables.take(TABLES).for_each(|table| table_chips(table, &mut chip));
    });
    let options = desk.settings.with(|settings| settings.options.clone());
    let mut plain = |what, name, value: String, after| chip(Chip { what, name, value: &value, after, assumed: false });
    plain("longest", "longest transaction", quantity::show_seconds(options.longest_transaction_s), "");
    plain("lock", "lock timeout", quantity::show_milliseconds(options.lock_timeout_ms), "");
    plain("batch", "batches of", words::count(options.batch_size), " rows");
    let dual_write = match options.dual_write {
        DualWrite::Trigger => "trigger",
        DualWrite::Application => "application",
    };
    let transaction = if options.in_transaction { "one transaction" } else { "no transaction" };
    for (what, name, value) in
        [("dual-write", "dual-write by", dual_write), ("transaction", "each file in", transaction)]
    {
        let html = Html::of(
            "<li class='chip'><button type='button' class='chip-face' id='{}' data-do='{}'>{} <b>{}</b>\
             <span class='visually-hidden'>, change</span></button></li>",
            &[what, what, name, value],
        );
        inside.push(Piece::new(what, html));
    }
    Piece::frame("chips", "<ul class='chips' data-inside></ul>", inside)
}

fn table_chips(table: &TableSize, chip: &mut dyn FnMut(Chip<'_>)) {
    let size = match (table.rows_known, table.bytes) {
        (false, _) => " rows assumed".to_string(),
        (true, 0) => " rows".to_string(),
        (true, n) => [" rows · ", &bytes(n)].concat(),
    };
    chip(Chip {
        what: &["rows ", &table.name].concat(),
        name: &table.name,
        value: &count(table.rows),
        after: &size,
        assumed: !table.rows_known,
    });
    if let Some(rate) = table.writes_per_s {
        let what = ["writes ", &table.name].concat();
        chip(Chip { what: &what, name: "", value: &quantity::plain(rate), after: " writes/s", assumed: false });
    }
}
