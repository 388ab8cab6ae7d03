//! The line to the planner: one worker, restarted when it stops, asked for the newest plan only. Each family of engines has
//! a worker of its own; another one takes over when the engine changes.

use super::Followed;
use super::queue::{Next, Queue};
use crate::browser::page::now_ms;
use crate::browser::worker::PlannerWorker;
use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use lockstep_core::{Report, Request};
use lockstep_protocol::{Ask, BUILD, Content, Message, Question, Ready, unpack};
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
    pub state: Followed<PlannerState>,
    /// What the worker said when it was ready.
    pub ready: Followed<Arc<Ready>>,
    /// The newest plan.
    pub report: Followed<Option<Arc<Report>>>,
    /// The plan on the page is not yet that of the inputs.
    pub behind: Followed<bool>,
    line: StoredValue<Line, LocalStorage>,
    request: &'static (dyn Fn() -> Request + Send + Sync),
    family: &'static (dyn Fn() -> &'static str + Send + Sync),
}

#[derive(Default)]
struct Line {
    queue: Queue,
    worker: Option<PlannerWorker>,
    /// The engines that the worker holds.
    family: &'static str,
    /// Who waits for which answer.
    waiting: Vec<(u32, OnContent)>,
    /// Questions for when the worker listens.
    unsent: Vec<Ask>,
    timeout: Option<Timeout>,
    debounce: Option<Timeout>,
    asked_at: f64,
}

impl Planner {
    /// Starts the worker. `request` makes the question from what the page holds, `family` says what engines it is about.
    pub fn start(
        request: impl Fn() -> Request + Send + Sync + 'static,
        family: impl Fn() -> &'static str + Send + Sync + 'static,
    ) -> Planner {
        let planner = Planner {
            state: Followed::new(PlannerState::Starting),
            ready: Followed::new(Arc::new(Ready::default())),
            report: Followed::new(None),
            behind: Followed::new(true),
            line: StoredValue::new_local(Line::default()),
            request: Box::leak(Box::new(request)),
            family: Box::leak(Box::new(family)),
        };
        planner.start_worker();
        planner
    }

    /// The inputs changed: plan once the reader pauses.
    pub fn changed(self) {
        self.behind.set(true);
        self.fit_worker();
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
        self.act(&mut |line| {
            line.debounce = None;
            line.queue.want()
        });
    }

    /// Asks something beside the plans.
    pub fn ask(self, question: Question, then: impl FnOnce(Result<Content, String>) + 'static) {
        self.ask_boxed(question, Box::new(then));
    }

    fn ask_boxed(self, question: Question, then: OnContent) {
        self.fit_worker();
        let mut failed = None;
        self.line.update_value(|line| {
            let id = line.queue.fresh_id();
            let ask = Ask { id, question };
            let sent = match &line.worker {
                Some(worker) if line.queue.is_listening() => worker.ask(&ask),
                Some(_) => {
                    line.unsent.push(ask);
                    Ok(())
                }
                None => Err("the planner is not running".to_string()),
            };
            match sent {
                Ok(()) => line.waiting.push((id, then)),
                Err(reason) => failed = Some((then, reason)),
            }
        });
        if let Some((then, reason)) = failed {
            then(Err(reason));
        }
    }

    /// Lets the worker of the engine that is chosen now take over, when that is another one.
    fn fit_worker(self) {
        if self.line.with_value(|line| line.family) != (self.family)() {
            self.end_worker("another engine was chosen", Queue::handed_over);
            self.state.set(PlannerState::Starting);
            self.start_worker();
        }
    }

    fn start_worker(self) {
        let family = (self.family)();
        let started =
            PlannerWorker::start(family, move |message| self.hear(message), move |reason| self.stopped(&reason));
        self.line.update_value(|line| line.family = family);
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
                self.act(&mut |line| {
                    let next = line.queue.ready();
                    if let Some(worker) = &line.worker {
                        // What cannot be sent is answered when the worker stops.
                        line.unsent.drain(..).for_each(|ask| drop(worker.ask(&ask)));
                    }
                    next
                });
            }
            Message::Answer(answer) => {
                let content = match unpack::<Content>(&answer.content) {
                    Ok(content) => content,
                    Err(reason) => return self.stopped(reason.words()),
                };
                if let Some(then) = self.waiting_for(answer.id) {
                    return then(Ok(content));
                }
                let mut ours = false;
                self.act(&mut |line| {
                    let (fresh, next) = line.queue.answered(answer.id);
                    ours = fresh;
                    if fresh {
                        line.timeout = None;
                    }
                    next
                });
                if let (true, Content::Plan(report)) = (ours, content) {
                    self.show(*report);
                }
            }
            Message::Failed(failed) => {
                if let Some(then) = self.waiting_for(failed.id) {
                    then(Err(failed.reason));
                }
            }
        }
    }

    /// Who waits for the answer to a question beside the plans.
    fn waiting_for(self, id: u32) -> Option<OnContent> {
        let mut found = None;
        self.line.update_value(|line| {
            let at = line.waiting.iter().position(|(waiting, _)| *waiting == id);
            found = at.map(|at| line.waiting.swap_remove(at).1);
        });
        found
    }

    /// Puts a plan on the page.
    fn show(self, report: Report) {
        self.report.set(Some(Arc::new(report)));
        self.behind.set(self.line.with_value(|line| line.queue.is_behind() || line.debounce.is_some()));
    }

    /// When the newest plan was asked for.
    pub fn asked_at(self) -> f64 {
        self.line.with_value(|line| line.asked_at)
    }

    /// Changes the line, then sends what it asks for.
    fn act(self, change: &mut dyn FnMut(&mut Line) -> Next) {
        let mut next = Next::Wait;
        self.line.update_value(|line| next = change(line));
        let Next::Send(id) = next else { return };
        let request = (self.request)();
        let limit = TIMEOUT_MS + TIMEOUT_MS_PER_MB * (request.sql.len() / 1_048_576) as u32;
        let timeout = Timeout::new(limit, move || {
            if self.line.with_value(|line| line.queue.is_running(id)) {
                self.stopped(&["no answer within ", &(limit / 1_000).to_string(), " s"].concat());
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

    /// The worker can say nothing more: a new one is started.
    fn stopped(self, reason: &str) {
        let listening = self.state.get_untracked() != PlannerState::Starting;
        self.end_worker(reason, Queue::stopped);
        self.state.set(PlannerState::Stopped(reason.to_string()));
        // One that never listened would stop again.
        if listening {
            self.start_worker();
        }
    }

    /// Ends the worker and tells everybody who waits.
    fn end_worker(self, reason: &str, note: fn(&mut Queue)) {
        let mut waiting = Vec::new();
        let mut old = None;
        self.line.update_value(|line| {
            note(&mut line.queue);
            line.timeout = None;
            line.unsent.clear();
            waiting = std::mem::take(&mut line.waiting);
            old = line.worker.take();
        });
        if let Some(old) = old {
            old.end();
            // The closure that is running now may be one of its own: drop it after this turn.
            Timeout::new(0, move || drop(old)).forget();
        }
        for (_, then) in waiting {
            then(Err(reason.to_string()));
        }
    }
}
