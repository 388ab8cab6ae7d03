//! Name of the plan, engine, what leaves the page (nothing), export, theme, help; and the tabs of a narrow window.

use crate::browser::pieces::Piece;
use crate::parts::tabs;
use crate::state::Desk;
use crate::state::desk::Screen;
use crate::text::Html;
use lockstep_core::target::{Engine, Target};

/// The bar on top.
pub fn topbar(desk: Desk) -> Vec<Piece> {
    let drawer = if desk.drawer.get() { "true" } else { "false" };
    let (theme, words) = match desk.liking.with(|liking| liking.theme.clone()).as_str() {
        "light" => ("dark", "Theme: light"),
        "dark" => ("", "Theme: dark"),
        _ => ("light", "Theme: as the system"),
    };
    let inside = vec![
        Piece::new("brand", Html::of(BRAND, &[])),
        Piece::new("title", title(desk)),
        Piece::new("engine", engines(&desk.settings.with(|settings| settings.target_id()))),
        Piece::new(
            "drawer",
            Html::of(
                "<button type='button' id='drawer-button' class='button drawer-button' aria-expanded='{}' \
                 aria-controls='input' data-do='drawer'>Change</button>",
                &[drawer],
            ),
        ),
        Piece::new("promise", Html::of(PROMISE, &[])),
        Piece::new(
            "theme",
            Html::of(
                "<button type='button' id='theme' class='button square theme' aria-label='{}' title='{}' data-do='theme' \
                 data-to='{}'><svg viewBox='0 0 14 14' width='14' height='14' aria-hidden='true'>\
                 <circle cx='7' cy='7' r='5.4' class='theme-ring'/><path d='M7 1.6a5.4 5.4 0 0 1 0 10.8Z'/></svg></button>",
                &[words, words, theme],
            ),
        ),
        Piece::new("buttons", Html::of(EXPORT, &[])),
        Piece::new("help", Html::of(HELP, &[])),
    ];
    let bar = Piece::frame("bar", "<header class='topbar' data-inside></header>", inside);
    vec![bar, Piece::new("screens", screens(desk))]
}

const BRAND: &str = "<h1><a class='brand' href='./' aria-label='Lockstep, start page'>\
    <svg class='logo' viewBox='0 0 22 18' width='22' height='18' aria-hidden='true'>\
    <path class='logo-back' d='M2 11.5h5.5v-4H13v-4h7'/><path class='logo-front' d='M2 16h7.5v-4H15V8h5'/></svg>\
    Lockstep</a></h1>";

const PROMISE: &str = "<p class='promise'><svg viewBox='0 0 14 16' width='12' height='14' aria-hidden='true'>\
    <path d='M7 1.2 12.6 3v4.6c0 3.3-2.3 5.8-5.6 7.2C3.7 13.4 1.4 10.9 1.4 7.6V3Z'/></svg>\
    Runs in this page. Nothing is sent.</p>";

const EXPORT: &str =
    "<button type='button' class='button primary export-button' data-do='open' data-to='export'>Export</button>";

const HELP: &str = "<button type='button' class='button square' aria-label='Help and shortcuts' data-do='open' \
    data-to='help'>?</button>";

fn title(desk: Desk) -> Html {
    let given = desk.settings.with(|settings| settings.options.title.clone());
    let derived = desk.planner.report.with(|report| report.as_ref().map(|report| report.title.clone()));
    let derived = derived.filter(|title| !title.is_empty()).unwrap_or("Untitled plan".to_string());
    let shown = if given.is_empty() { &derived } else { &given };
    Html::of(
        "<input class='plan-title' id='plan-title' type='text' aria-label='Name of the plan' placeholder='{}' title='{}' \
         value='{}' data-set='title'>",
        &[&derived, shown, &given],
    )
}

fn engines(chosen: &str) -> Html {
    let mut html =
        Html::of("<select class='select' id='engine' aria-label='Engine and version' data-set='engine'>", &[]);
    for engine in Engine::ALL {
        html.put("<optgroup label='{}'>", &[engine.title()]);
        let targets = engine.versions().iter().map(|version| [engine.id(), ":", version].concat());
        for target in targets.filter_map(|name| Target::parse(&name).ok()) {
            option(&mut html, &target.id(), &target.title(), target.id() == chosen);
        }
        html.put("</optgroup>", &[]);
    }
    html.put("</select>", &[]);
    html
}

/// A choice of a list.
pub fn option(html: &mut Html, value: &str, words: &str, chosen: bool) {
    let template = match chosen {
        true => "<option value='{}' selected>{}</option>",
        false => "<option value='{}'>{}</option>",
    };
    html.put(template, &[value, words]);
}

fn screens(desk: Desk) -> Html {
    let chosen = match desk.screen.get() {
        Screen::Change => "change",
        Screen::Plan => "plan",
        Screen::Export => "export",
    };
    let list = [("change", "input", "Change", ""), ("plan", "plan", "Plan", ""), ("export", "export", "Export", "")];
    let mut html = Html::of("<nav aria-label='View'>", &[]);
    html.add(&tabs("screen", "View", chosen, &list)).put("</nav>", &[]);
    html
}
