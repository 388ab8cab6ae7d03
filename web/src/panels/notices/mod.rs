//! What has to be told: the planner stopped, an example was loaded, a file was refused.

use crate::browser::pieces::Piece;
use crate::state::Desk;
use crate::state::planner::PlannerState;
use crate::text::Html;

/// The notices, above the plan.
pub fn notices(desk: Desk) -> Vec<Piece> {
    let mut inside = Vec::new();
    if let PlannerState::Stopped(reason) = desk.planner.state.get() {
        let html = Html::of(
            "<div class='notice notice-problem' data-testid='stopped'><p><strong>The planner stopped; your text is kept.\
             </strong> It was started again and plans with your next change. <span class='hint'>Reason: {}.</span></p>\
             <button type='button' id='try-again' class='button small' data-do='again'>Try again</button></div>",
            &[&reason],
        );
        inside.push(Piece::new("stopped", html));
    }
    if let Some(notice) = desk.notice.get() {
        let mut html = Html::of("<div class='notice'><p>{}</p>", &[&notice.text]);
        if notice.undo.is_some() {
            html.put("<button type='button' class='button small' data-do='undo'>Undo</button>", &[]);
        }
        html.put("<button type='button' class='button small' data-do='dismiss'>Dismiss</button></div>", &[]);
        inside.push(Piece::new("notice", html));
    }
    vec![Piece::frame("notices", "<div class='notices' role='status' data-inside></div>", inside)]
}
