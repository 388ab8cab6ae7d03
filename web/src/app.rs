//! The workbench: the change on the left, the answer on the right.

use crate::actions;
use crate::browser::page;
use crate::browser::pieces::Piece;
use crate::panels::answer::Answer;
use crate::panels::export::export;
use crate::panels::help::dialog;
use crate::panels::input::Input;
use crate::panels::notices::notices;
use crate::panels::topbar::topbar;
use crate::parts::{DialogFrame, Drawn};
use crate::state::desk::{SPLIT, Screen};
use crate::state::{Desk, follow};
use crate::text::Html;
use leptos::prelude::*;
use lockstep_core::Report;

/// The page.
#[component]
pub fn App() -> impl IntoView {
    let desk = Desk::open();
    provide_context(desk);
    actions::listen_to(desk);
    follow(move || {
        let title = desk.planner.report.with(|report| report.as_deref().map(tab_title));
        page::set_title(&title.unwrap_or("Lockstep".to_string()));
    });
    follow(move || {
        let screen = match desk.screen.get() {
            Screen::Change => "change",
            Screen::Plan => "plan",
            Screen::Export => "export",
        };
        page::note("workbench", "data-screen", screen);
        page::note("workbench", "class", if desk.drawer.get() { "workbench drawer-open" } else { "workbench" });
    });
    view! {
        <Drawn pieces=topbar />
        <main id="workbench" class="workbench">
            <Input />
            <Drawn pieces=divider />
            <section id="plan" class="plan" aria-label="Plan">
                <Drawn pieces=notices />
                <Answer />
                <Drawn pieces=announcer />
            </section>
            <section id="export" class="export-screen" aria-label="Export"><Drawn pieces=export_screen /></section>
        </main>
        <DialogFrame pieces=dialog />
    }
}

fn tab_title(report: &Report) -> String {
    match report.statements.is_empty() {
        true => "Lockstep".to_string(),
        false => [report.verdict.label(), " · ", &report.title, " · Lockstep"].concat(),
    }
}

/// The line between the panes, and what closes the input where it is drawn over the plan.
fn divider(desk: Desk) -> Vec<Piece> {
    let [least, most, now] = [SPLIT.0, SPLIT.1, desk.liking.with(|liking| liking.split)].map(|n| n.to_string());
    let line = Html::of(
        "<div class='divider' id='divider' role='separator' tabindex='0' aria-label='Width of the input' \
         aria-orientation='vertical' aria-controls='input' aria-valuemin='{}' aria-valuemax='{}' aria-valuenow='{}'></div>",
        &[&least, &most, &now],
    );
    let scrim = Html::of("<div class='scrim' data-do='drawer'></div>", &[]);
    vec![Piece::new("divider", line), Piece::new("scrim", scrim)]
}

/// The verdict, and nothing else, for those who do not see it change.
fn announcer(desk: Desk) -> Vec<Piece> {
    let place = "<p class='visually-hidden' role='status' aria-live='polite' data-inside></p>";
    let words = Html::of("<span>{}</span>", &[&announced(desk)]);
    vec![Piece::frame("announcer", place, vec![Piece::new("words", words)])]
}

fn announced(desk: Desk) -> String {
    desk.planner.report.with(|report| {
        let Some(report) = report.as_ref().filter(|report| !report.statements.is_empty()) else { return String::new() };
        let findings: usize = report.statements.iter().map(|statement| statement.findings.len()).sum();
        let counted = match findings {
            0 => "no findings".to_string(),
            1 => "1 finding".to_string(),
            n => [&n.to_string(), " findings"].concat(),
        };
        [report.verdict.label(), ", ", &counted].concat()
    })
}

fn export_screen(desk: Desk) -> Vec<Piece> {
    match desk.screen.get() {
        Screen::Export => vec![export(desk)],
        Screen::Change | Screen::Plan => Vec::new(),
    }
}
