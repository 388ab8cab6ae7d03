//! The line to the planner: one worker, restarted when it stops, asked for the newest plan only.

use super::queue::{Next, Queue};
use crate::browser::page::now_ms;
use crate::browser::worker::PlannerWorker;
use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use lockstep_core::{Report, Request};
use lockstep_protocol::{Ask, BUILD, Content, Message, Question, Ready};
use std::collections::HashMap;
use std::sync::Arc;

/// A pause in typing that is long enough to plan.
const DEBOUNCE_MS: u32 = 150;
/// A plan that takes longer has gone wrong; long texts get more.
const TIMEOUT_MS: u32 = 10_000;
const TIMEOUT_MS_PER_MB: u32 = 4_000;

type OnContent = Box<dyn FnOnce(Result<Content, String>)>;

/// What the page shows of it.
#[derive(Debug, Clone, PartialEq)]
pub enum PlannerState {
    /// Its wasm is loading.
    Starting,
    /// It listens.
    Ready,
    /// It stopped on these inputs and was started again.
    Stopped(String),
}

/// The line, as a value that can be copied into every callback.
#[derive(Clone, Copy)]
pub struct Planner {
    /// What the page shows of it.
    pub state: RwSignal<PlannerState>,
    /// What the worker said when it was ready.
    pub ready: RwSignal<Arc<Ready>>,
    /// The newest plan.
    pub report: RwSignal<Option<Arc<Report>>>,
    /// The plan on the page is not yet that of the inputs.
    pub behind: RwSignal<bool>,
    /// From asking to the plan, milliseconds, for measuring.
    pub took_ms: RwSignal<f64>,
    line: StoredValue<Line, LocalStorage>,
    request: Callback<(), Request>,
}

#[derive(Default)]
struct Line {
    queue: Queue,
    worker: Option<PlannerWorker>,
    waiting: HashMap<u32, OnContent>,
    timeout: Option<Timeout>,
    debounce: Option<Timeout>,
    asked_at: f64,
}

impl Planner {
    /// Starts the worker. `request` makes the question from what the page holds.
    pub fn start(request: Callback<(), Request>) -> Planner {
        let planner = Planner {
            state: RwSignal::new(PlannerState::Starting),
            ready: RwSignal::new(Arc::new(Ready::default())),
            report: RwSignal::new(None),
            behind: RwSignal::new(true),
            took_ms: RwSignal::new(0.0),
            line: StoredValue::new_local(Line::default()),
            request,
        };
        planner.start_worker();
        planner
    }

    /// The inputs changed: plan once the reader pauses.
    pub fn changed(self) {
        self.behind.set(true);
        let timeout = Timeout::new(DEBOUNCE_MS, move || self.plan_now());
        self.line.update_value(|line| line.debounce = Some(timeout));
    }

    /// Plans at once.
    pub fn plan_now(self) {
        if matches!(self.state.get_untracked(), PlannerState::Stopped(_)) {
            let gone = self.line.with_value(|line| line.worker.is_none());
            self.state.set(if gone { PlannerState::Starting } else { PlannerState::Ready });
            if gone {
                self.start_worker();
            }
        }
        self.act(|line| {
            line.debounce = None;
            line.queue.want()
        });
    }

    /// Asks something beside the plans.
    pub fn ask(self, question: Question, then: impl FnOnce(Result<Content, String>) + 'static) {
        let mut failed = None;
        self.line.update_value(|line| {
            let id = line.queue.fresh_id();
            let sent = match &line.worker {
                Some(worker) => worker.ask(&Ask { id, question }),
                None => Err("the planner is not running".to_string()),
            };
            match sent {
                Ok(()) => drop(line.waiting.insert(id, Box::new(then))),
                Err(reason) => failed = Some((then, reason)),
            }
        });
        if let Some((then, reason)) = failed {
            then(Err(reason));
        }
    }

    fn start_worker(self) {
        let started = PlannerWorker::start(move |message| self.hear(message), move |reason| self.stopped(&reason));
        match started {
            Ok(worker) => self.line.update_value(|line| line.worker = Some(worker)),
            Err(reason) => self.state.set(PlannerState::Stopped(reason)),
        }
    }

    fn hear(self, message: Message) {
        match message {
            Message::Ready(ready) if ready.build != BUILD => {
                self.state.set(PlannerState::Stopped("it is of another version; reload the page".to_string()));
            }
            Message::Ready(ready) => {
                self.ready.set(Arc::new(*ready));
                if self.state.get_untracked() == PlannerState::Starting {
                    self.state.set(PlannerState::Ready);
                }
                self.act(|line| line.queue.ready());
            }
            Message::Answer(answer) => {
                let mut other = None;
                self.line.update_value(|line| other = line.waiting.remove(&answer.id));
                if let Some(then) = other {
                    return then(Ok(answer.content));
                }
                let mut ours = false;
                self.act(|line| {
                    let (fresh, next) = line.queue.answered(answer.id);
                    ours = fresh;
                    if fresh {
                        line.timeout = None;
                    }
                    next
                });
                if let (true, Content::Plan(report)) = (ours, answer.content) {
                    self.show(*report);
                }
            }
        }
    }

    /// Puts a plan on the page. An equal one is not drawn again: focus and scroll stay where they are.
    fn show(self, report: Report) {
        if self.report.with_untracked(|shown| shown.as_deref() != Some(&report)) {
            self.report.set(Some(Arc::new(report)));
        }
        let (behind, asked_at) =
            self.line.with_value(|line| (line.queue.is_behind() || line.debounce.is_some(), line.asked_at));
        self.behind.set(behind);
        request_animation_frame(move || self.took_ms.set(now_ms() - asked_at));
    }

    /// Changes the line, then sends what it asks for.
    fn act(self, change: impl FnOnce(&mut Line) -> Next) {
        let mut next = Next::Wait;
        self.line.update_value(|line| next = change(line));
        let Next::Send(id) = next else { return };
        let request = self.request.run(());
        let limit = TIMEOUT_MS + TIMEOUT_MS_PER_MB * (request.sql.len() / 1_048_576) as u32;
        let timeout = Timeout::new(limit, move || {
            if self.line.with_value(|line| line.queue.is_running(id)) {
                self.stopped(&format!("no answer within {} s", limit / 1_000));
            }
        });
        let mut sent = Ok(());
        self.line.update_value(|line| {
            line.timeout = Some(timeout);
            line.asked_at = now_ms();
            if let Some(worker) = &line.worker {
                sent = worker.ask(&Ask { id, question: Question::Plan(request) });
            }
        });
        if let Err(reason) = sent {
            self.stopped(&reason);
        }
    }

    /// Ends the worker, tells everybody who waits, starts a new one.
    fn stopped(self, reason: &str) {
        let listening = self.state.get_untracked() != PlannerState::Starting;
        let mut waiting = HashMap::new();
        let mut old = None;
        self.line.update_value(|line| {
            line.queue.stopped();
            line.timeout = None;
            waiting = std::mem::take(&mut line.waiting);
            old = line.worker.take();
        });
        // The closure that is running now belongs to the old worker: drop it after this turn.
        Timeout::new(0, move || drop(old)).forget();
        self.state.set(PlannerState::Stopped(reason.to_string()));
        for then in waiting.into_values() {
            then(Err(reason.to_string()));
        }
        // One that never listened would stop again.
        if listening {
            self.start_worker();
        }
    }
}
