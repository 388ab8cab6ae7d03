//! Buttons and boxes.

use crate::browser::page::{self, Acted};
use crate::parts::copy;
use crate::state::desk::{Desk, Dialog, InputTab, Screen, Text};
use crate::state::sizes::Size;
use crate::state::{examples, export};
use lockstep_core::request::DualWrite;

/// Does what the clicked element is for.
pub fn on_click(desk: Desk, event: &web_sys::Event) {
    let Some(acted) = Acted::of(event, "data-do") else { return };
    let to = acted.to.as_str();
    match acted.name.as_str() {
        // The plan.
        "toggle" => desk.toggle(to),
        "step" => desk.show_step(to),
        "statement" => to.parse().map(|i| desk.show_statement(i)).unwrap_or_default(),
        "place" => show_place(desk, to),
        "why" => desk.dialog.set(Some(Dialog::Rule(to.to_string()))),
        "more" => page::add_class(&acted.element, ".statement", "whole"),
        "all" => desk.all.set(true),
        "picture" | "table" => desk.liking.update(|liking| liking.table = acted.name == "table"),
        "tick" => tick(desk, &acted),
        "copy" => copy(acted),
        // The frame.
        "tab" => desk.tab.set(tab(to)),
        "screen" => desk.screen.set(screen(to)),
        "drawer" => desk.drawer.update(|open| *open = !*open),
        "theme" => desk.liking.update(|liking| liking.theme = to.to_string()),
        "open" => desk.dialog.set(Some(if to == "help" { Dialog::Help } else { Dialog::Export })),
        "shortcuts" => desk.liking.update(|liking| liking.shortcuts = acted.is_checked()),
        "again" => desk.planner.plan_now(),
        "dismiss" => desk.notice.set(None),
        "undo" => undo(desk),
        // The input.
        "example" => {
            examples::ALL.into_iter().filter(|example| example.id == to).for_each(|example| desk.load(example))
        }
        "given" => desk.settings.update(|settings| settings.compares = to == "wanted"),
        "take-derived" => desk.take_derived(),
        "edit" => desk.editing.set(Some(acted.to)),
        "dual-write" => desk.settings.update(|settings| {
            let choice = &mut settings.options.dual_write;
            *choice = if *choice == DualWrite::Trigger { DualWrite::Application } else { DualWrite::Trigger };
        }),
        "transaction" => desk.settings.update(|s| s.options.in_transaction = !s.options.in_transaction),
        "preset" => preset(desk, to.parse().unwrap_or_default()),
        "forget-sizes" => desk.settings.update(|settings| settings.sizes.clear()),
        // The export.
        "write" => desk.exports.refresh(desk),
        "file" => desk.exports.open.set(to.parse().unwrap_or_default()),
        "save" => export::save(desk, to),
        "print" => desk.print(),
        _ => {}
    }
}

/// `change 12 40`: which text, from where, to where.
fn show_place(desk: Desk, to: &str) {
    let mut words = to.split(' ');
    let text = match words.next() {
        Some("schema") => Text::Schema,
        Some("wanted") => Text::Wanted,
        _ => Text::Change,
    };
    let mut place = words.filter_map(|word| word.parse().ok());
    if let (Some(from), Some(to)) = (place.next(), place.next()) {
        desk.show_place(text, from, to);
    }
}

fn tab(name: &str) -> InputTab {
    match name {
        "schema" => InputTab::Schema,
        "sizes" => InputTab::Sizes,
        _ => InputTab::Change,
    }
}

fn screen(name: &str) -> Screen {
    match name {
        "change" => Screen::Change,
        "export" => Screen::Export,
        _ => Screen::Plan,
    }
}

/// A tick stays when the plan is drawn anew.
fn tick(desk: Desk, acted: &Acted) {
    let on = acted.is_checked();
    desk.ticked.update(|ticked| match on {
        true => ticked.push(acted.to.clone()),
        false => ticked.retain(|item| *item != acted.to),
    });
}

fn undo(desk: Desk) {
    let before = desk.notice.with_untracked(|notice| notice.as_ref().and_then(|notice| notice.undo.clone()));
    if let Some(inputs) = before {
        desk.put_back(&inputs);
    }
}

/// The same number of rows in every table.
fn preset(desk: Desk, rows: u64) {
    let Some(report) = desk.report() else { return };
    desk.settings.update(|settings| {
        for table in report.tables.iter().filter(|table| !table.new) {
            settings.set_size(&table.name, |size| *size = Size { rows: Some(rows), ..Size::default() });
        }
    });
}
