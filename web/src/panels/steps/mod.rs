//! The steps, by deploy. A step opens to its SQL, how to see that it worked, how to undo it, what to do when it fails.

use crate::browser::pieces::Piece;
use crate::parts::{Ink, code_block, facts, impact_strip, sql_block};
use crate::state::desk::{step_card_id, step_dom_id};
use crate::text::Html;
use crate::text::steps::{step_line, step_time};
use lockstep_core::Report;
use lockstep_core::report::{Phase, Step, UndoStep};

/// How the steps are shown.
pub struct Steps<'a> {
    /// The plan.
    pub report: &'a Report,
    /// Is a step open?
    pub open: &'a dyn Fn(&str) -> bool,
    /// No more steps than this.
    pub at_most: usize,
    /// These are all that will be drawn: a button shows the rest.
    pub whole: bool,
    /// The lock timeout, as a person would write it.
    pub timeout: &'a str,
    /// Colours of SQL.
    pub ink: Ink<'a>,
}

impl Steps<'_> {
    /// All steps, or as many as are wanted.
    pub fn piece(&self) -> Piece {
        let phases = &self.report.phases;
        let mut left = self.at_most;
        let mut inside: Vec<Piece> = Vec::new();
        for deploy in phases.chunk_by(|a, b| a.deploy == b.deploy) {
            let steps = deploy.iter().flat_map(|phase| &phase.steps).take(left);
            let steps: Vec<Piece> = steps.map(|step| self.step(step)).collect();
            if !steps.is_empty() {
                left -= steps.len();
                let mut piece = head(deploy);
                piece.inside = steps;
                inside.push(piece);
            }
        }
        let total: usize = phases.iter().map(|phase| phase.steps.len()).sum();
        if self.whole && total > self.at_most {
            inside.push(show_all("steps", total));
        }
        Piece::frame("steps", "<section class='steps' aria-label='Steps' data-inside></section>", inside)
    }

    fn step(&self, step: &Step) -> Piece {
        let id = &step.id;
        let dom_id = step_dom_id(id);
        let (time, below) = step_time(step);
        let mut html = Html::of(
            "<li class='step' id='{}' data-statements='{}'><div class='step-head'>\
             <span class='step-number' aria-hidden='true'>{}</span><h3><button type='button' id='{}' class='step-toggle' \
             aria-expanded='false' aria-controls='{}-body' data-do='toggle' data-to='{}'>\
             <span class='visually-hidden'>Step {}: </span>{p}</button></h3><p class='step-line'>{p}</p>",
            &[
                &step_card_id(id),
                &numbers(&step.statements),
                id,
                &dom_id,
                &dom_id,
                id,
                id,
                &step.title,
                &step_line(step, self.timeout),
            ],
        );
        if self.report.point_of_no_return.as_ref() == Some(id) {
            html.put(
                "<p class='no-return'>{}</p>",
                &[match step.irreversible {
                    Some(_) => "No way back: needs approval",
                    None => "Undo is no longer free: needs approval",
                }],
            );
        }
        html.put("<div class='step-impact'>", &[]);
        if !step.sql.is_empty() {
            html.add(&impact_strip(&step.effects, &step.duration));
        }
        html.put(
            "</div><p class='step-time'><b>{}</b><span>{}</span></p><svg class='chevron' viewBox='0 0 10 6' width='10' \
             height='6' aria-hidden='true'><path d='m1 1 4 4 4-4'/></svg></div>\
             <div class='step-slot' id='{}-body' data-inside></div></li>",
            &[&time, &below, &dom_id],
        );
        let open = (self.open)(id);
        let inside = if open { vec![self.body(step)] } else { Vec::new() };
        Piece { inside, expanded: Some(open), ..Piece::new(id.as_str(), html) }
    }

    fn body(&self, step: &Step) -> Piece {
        let what = |of: &str| [of, " of step ", &step.id].concat();
        let mut html = Html::of("<div class='step-body'>", &[]);
        html.put_some("<p class='why'>{p}</p>", &[&step.why]);
        if !step.sql.is_empty() {
            html.add(&sql_block(&step.sql, &what("the SQL"), self.ink));
        }
        html.put("<div class='columns'>", &[]);
        if let Some(check) = &step.check {
            html.put("<div><h4>Worked if</h4><p>This returns <b>{p}</b>:</p>", &[&check.expected]);
            html.add(&sql_block(std::slice::from_ref(&check.sql), &what("the check"), self.ink)).put("</div>", &[]);
        }
        match (&step.irreversible, &step.undo) {
            (Some(why), _) => html.put("<div><h4>No way back</h4><p>{p}</p></div>", &[why]),
            (None, Some(undo)) => html.add(&self.undo(undo, &what("the undo"))),
            (None, None) => html.put("<div><h4>Undo</h4><p>Nothing to undo.</p></div>", &[]),
        };
        html.put_some("<div><h4>If it fails</h4><p>{p}</p></div>", &[&step.on_failure]);
        html.put_some("<div><h4>Go on when</h4><p>{p}</p></div>", &[&step.gate]);
        html.put("</div>", &[]);
        if !step.other_ways.is_empty() {
            html.put("<details><summary>Other ways to run it</summary>", &[]);
            for way in &step.other_ways {
                html.put("<div><h4>{}</h4><p>{p}</p>", &[&way.tool, &way.when]);
                html.add(&code_block(&way.command, &["the ", &way.tool, " command"].concat())).put("</div>", &[]);
            }
            html.put("</details>", &[]);
        }
        if !step.sql.is_empty() {
            html.add(&facts(&step.effects));
        }
        self.stands_for(&mut html, step);
        html.put("</div>", &[]);
        Piece::new("body", html)
    }

    fn undo(&self, undo: &UndoStep, what: &str) -> Html {
        let free = undo.lossy.is_empty() && undo.waits.is_empty();
        let head = if free { "Undo, any time" } else { "Undo, at a price" };
        let mut html = Html::of("<div><h4>{}</h4>", &[head]);
        for words in [&undo.lossy, &undo.waits, &undo.action] {
            html.put_some("<p>{p}</p>", &[words]);
        }
        if !undo.sql.is_empty() {
            html.add(&sql_block(&undo.sql, what, self.ink));
        }
        html.put("</div>", &[]);
        html
    }

    /// The statements as pasted that the step stands for, as links into the editor.
    fn stands_for(&self, html: &mut Html, step: &Step) {
        let statements = step.statements.iter().filter_map(|i| Some((i, self.report.statements.get(*i)?)));
        let mut list = Html::new();
        for (i, statement) in statements {
            list.put(
                "<li><button type='button' class='link' data-do='statement' data-to='{}'>line {}</button> <span>{p}</span></li>",
                &[&i.to_string(), &statement.span.line.to_string(), &statement.summary],
            );
        }
        if list != Html::new() {
            html.put("<div class='stands-for'><h4>Stands for</h4><ul>", &[]).add(&list).put("</ul></div>", &[]);
        }
    }
}

/// The head of a deploy, with an empty list for its steps.
fn head(phases: &[Phase]) -> Piece {
    let mut names: Vec<&str> = Vec::new();
    for phase in phases {
        if !names.contains(&phase.name.label()) {
            names.push(phase.name.label());
        }
    }
    let number = phases.first().map_or(1, |phase| phase.deploy).to_string();
    let code = phases.last().map(|phase| phase.code.as_str()).unwrap_or_default();
    let html = Html::of(
        "<section class='deploy' aria-label='Deploy {}'><header class='deploy-head'><h2>Deploy {}</h2><p>{}</p>\
         <hr aria-hidden='true'><p class='deploy-code'>{p}</p></header><ol class='card step-list' data-inside></ol></section>",
        &[&number, &number, &names.join(" and "), code],
    );
    Piece::new(&["deploy ", &number].concat(), html)
}

/// A button for lists that are too long to be drawn unasked.
pub fn show_all(what: &str, total: usize) -> Piece {
    let html = Html::of(
        "<button type='button' class='button show-all' data-do='all'>Show all {} {}</button>",
        &[&total.to_string(), what],
    );
    Piece::new("all", html)
}

/// Indexes as a list of words.
fn numbers(list: &[usize]) -> String {
    list.iter().map(usize::to_string).collect::<Vec<_>>().join(" ")
}
