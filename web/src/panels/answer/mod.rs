//! The answer, put together from the panels' pieces of HTML and drawn so that only what changed is touched.

use crate::browser::editor::highlight;
use crate::browser::page::{self, Marked, after_paint};
use crate::browser::pieces::{Piece, Pieces};
use crate::panels::details;
use crate::panels::picture::picture;
use crate::panels::steps::Steps;
use crate::panels::verdict::verdict;
use crate::parts::Ink;
use crate::state::desk::{Desk, desk, row_id, step_card_id};
use crate::state::quantity::{plain, show_milliseconds};
use crate::state::{Followed, follow};
use crate::text::Html;
use leptos::html::Div;
use leptos::prelude::*;
use lockstep_core::Report;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// Steps that are drawn at once; the rest follows after the first paint.
const FIRST: usize = 16;
/// Steps and statements that are drawn unasked.
const USUAL: usize = 400;
/// What a card takes of the width at its sides.
const CARD: f64 = 34.0;
/// Width of the picture on paper.
const PAPER: f64 = 660.0;

/// The plan; the last one stays, dimmed, while the next is made.
#[component]
pub fn Answer() -> impl IntoView {
    let desk = desk();
    let place = NodeRef::<Div>::new();
    let width = Followed::new(0.0_f64);
    let rest = Followed::new(());
    let busy = Followed::new(true);
    follow(move || {
        if let Some(place) = place.get() {
            page::watch_width(&place, move |now| {
                if width.get_untracked() != now {
                    width.set(now);
                }
            });
        }
    });
    let marks = Rc::new(RefCell::new(Marked::default()));
    let drawn_marks = marks.clone();
    let mut pieces = Pieces::default();
    let mut before: Option<Arc<Report>> = None;
    follow(move || {
        let report = desk.planner.report.get();
        rest.track();
        let Some(place) = place.get() else { return };
        let fresh = match (&report, &before) {
            (Some(report), Some(before)) => !Arc::ptr_eq(report, before),
            (report, _) => report.is_some(),
        };
        let view = View::of(desk, width.get());
        // What is in view first, the rest after the first paint.
        let first = fresh && !view.printing;
        pieces.draw(&place, view.pieces(report.as_deref(), first), first);
        mark(&drawn_marks, report.as_deref(), desk.statement.get_untracked());
        busy.set(first);
        if fresh {
            draw_rest(desk, rest);
        }
        before = report;
    });
    follow(move || {
        mark(&marks, desk.report().as_deref(), desk.statement.get());
    });
    follow(move || {
        let behind = desk.planner.behind.get();
        page::note("answer", "class", if behind { "answer behind" } else { "answer" });
        page::note("answer", "aria-busy", if behind || busy.get() { "true" } else { "false" });
    });
    view! { <div id="answer" class="answer" node_ref=place></div> }
}

/// Has the rest of the plan drawn after what is in view has been painted, and notes on the page how long both took from
/// the question to the picture on the screen.
fn draw_rest(desk: Desk, rest: Followed<()>) {
    let asked_at = desk.planner.asked_at();
    let note = move |name| page::note("plan", name, &plain(page::now_ms() - asked_at));
    after_paint(move || {
        note("data-plan-ms");
        rest.set(());
        after_paint(move || note("data-whole-ms"));
    });
}

/// Marks the steps and the row of the statement in which the cursor is.
fn mark(marked: &Rc<RefCell<Marked>>, report: Option<&Report>, statement: Option<usize>) {
    let known = report.and_then(|report| Some((statement?, report.statements.get(statement?)?)));
    let ids = known.into_iter().flat_map(|(i, statement)| {
        let steps = statement.steps.iter().map(|step| step_card_id(step));
        steps.chain([row_id(i)])
    });
    marked.borrow_mut().mark("marked", ids);
}

/// How the plan is shown. Everything here is followed: a change draws again.
struct View {
    desk: Desk,
    open: Vec<String>,
    printing: bool,
    all: bool,
    table: bool,
    width: f64,
    engine: String,
    timeout: String,
}

impl View {
    fn of(desk: Desk, width: f64) -> View {
        let printing = desk.printing.get();
        let (engine, timeout) = desk
            .settings
            .with_untracked(|settings| (settings.engine.clone(), show_milliseconds(settings.options.lock_timeout_ms)));
        View {
            desk,
            open: desk.open.get(),
            printing,
            all: printing || desk.all.get(),
            table: desk.liking.with(|liking| liking.table) && !printing,
            width: if printing { PAPER } else { width - CARD },
            engine,
            timeout,
        }
    }

    fn is_open(&self, step: &str) -> bool {
        self.printing || self.open.iter().any(|open| open == step)
    }

    /// All pieces, or those that are in view at first.
    fn pieces(&self, report: Option<&Report>, first: bool) -> Vec<Piece> {
        let Some(report) = report else { return vec![Piece::new("starting", Html::of(STARTING, &[]))] };
        if report.statements.is_empty() && report.diagnostics.is_empty() {
            return vec![Piece::new("empty", Html::of(EMPTY, &[]))];
        }
        let first = first && !self.printing;
        let ink = Ink { engine: &self.engine, colour: highlight };
        let limit = if self.all { usize::MAX } else { USUAL };
        let steps = Steps {
            report,
            open: &|step| self.is_open(step),
            at_most: self.reach(report, if first { FIRST } else { limit }),
            whole: !first,
            timeout: &self.timeout,
            ink,
        };
        let mut pieces = vec![verdict(report), picture(report, self.width, self.table), steps.piece()];
        pieces.extend(details::unread(report));
        if first {
            return pieces;
        }
        let ticked = self.desk.ticked.get_untracked();
        let ready = self.desk.planner.ready.get();
        let explained = |rule: &str| ready.rules.iter().any(|known| known == rule);
        pieces.extend(details::escalations(report));
        pieces.extend(details::checklist(report, &|item| ticked.iter().any(|ticked| ticked == item)));
        pieces.extend(details::rollback(report, ink));
        pieces.extend(details::runbook(report, ink));
        pieces.extend(details::statements(report, limit, &explained));
        pieces.extend(details::assumed(report));
        pieces.push(details::made_by(report));
        pieces
    }

    /// So many steps that an open one is among them.
    fn reach(&self, report: &Report, limit: usize) -> usize {
        let steps = report.phases.iter().flat_map(|phase| &phase.steps);
        let last_open = steps.enumerate().filter(|(_, step)| self.open.contains(&step.id)).last();
        limit.max(last_open.map_or(0, |(i, _)| i + 1))
    }
}

const STARTING: &str = "<div class='empty'><h2>The planner is starting</h2><p>You can type already.</p></div>";

const EMPTY: &str = "<div class='empty'><h2>Paste a schema change</h2>\
    <p>CREATE, ALTER, DROP, UPDATE: one migration or several, in order. The plan appears here as you type.</p>\
    <p>Two things make it exact: the current schema, and how large the tables are. Both are optional; what is not given \
    is assumed and said.</p></div>";
