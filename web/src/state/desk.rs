//! The one store of the page: signals, and what can be done with them.

use super::examples::{self, Example};
use super::export::Exports;
use super::inputs::{Inputs, Settings};
use super::planner::Planner;
use super::texts::{self, LARGE};
use super::{Followed, follow, links, spawn};
use crate::browser::editor::{EditorHandle, rules};
use crate::browser::files::Picked;
use crate::browser::{page, storage};
use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use lockstep_core::Report;
use lockstep_protocol::{Content, Question, RuleDoc};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A pause that is long enough to save.
const SAVE_MS: u32 = 400;

/// Limits of the divider, percent of the width.
pub const SPLIT: (u32, u32) = (22, 60);

/// The tabs of the left pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputTab {
    /// The change.
    Change,
    /// The current schema.
    Schema,
    /// Table sizes.
    Sizes,
}

/// What is typed or pasted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// The statements of the change.
    Change,
    /// The schema as it shall be, in the place of statements.
    Wanted,
    /// The current schema.
    Schema,
}

/// The tabs of a narrow window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// The left pane.
    Change,
    /// The answer.
    Plan,
    /// Taking it away.
    Export,
}

/// What is open over the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialog {
    /// Markdown, JSON, files, print.
    Export,
    /// Shortcuts and what the page is.
    Help,
    /// A rule's page.
    Rule(String),
}

/// Something to tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// One or two sentences.
    pub text: String,
    /// Takes an exchange of inputs back.
    pub undo: Option<Box<Inputs>>,
}

/// How the reader likes the page; kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Liking {
    /// `light`, `dark`, or empty for the system's.
    pub theme: String,
    /// Single-key shortcuts work.
    pub shortcuts: bool,
    /// Share of the width for the left pane, percent.
    pub split: u32,
    /// Table instead of picture.
    pub table: bool,
}

impl Default for Liking {
    fn default() -> Self {
        Liking { theme: String::new(), shortcuts: true, split: 36, table: false }
    }
}

/// The store.
#[derive(Clone, Copy)]
pub struct Desk {
    /// The change.
    pub sql: Followed<String>,
    /// The current schema.
    pub schema: Followed<String>,
    /// The schema as it shall be.
    pub wanted: Followed<String>,
    /// Engine, sizes, choices.
    pub settings: Followed<Settings>,
    /// The line to the planner.
    pub planner: Planner,
    /// Tab of the left pane.
    pub tab: Followed<InputTab>,
    /// Tab of a narrow window.
    pub screen: Followed<Screen>,
    /// The left pane is drawn over the plan (medium widths).
    pub drawer: Followed<bool>,
    /// Steps that are open.
    pub open: Followed<Vec<String>>,
    /// The statement in which the cursor is.
    pub statement: Followed<Option<usize>>,
    /// What is open over the page.
    pub dialog: Followed<Option<Dialog>>,
    /// The pages of the rules, once one was opened.
    pub rules: Followed<Vec<RuleDoc>>,
    /// What is to be told.
    pub notice: Followed<Option<Notice>>,
    /// The browser keeps what was typed.
    pub kept: Followed<bool>,
    /// The assumption that is edited in its chip.
    pub editing: Followed<Option<String>>,
    /// The query whose output is pasted as table sizes.
    pub stats_query: Followed<String>,
    /// What was read from the pasted output.
    pub told: Followed<String>,
    /// The divider is dragged.
    pub dragging: Followed<bool>,
    /// Files are dragged over the input.
    pub dropping: Followed<bool>,
    /// Markdown and files to take away.
    pub exports: Exports,
    /// Everything is unfolded, for paper.
    pub printing: Followed<bool>,
    /// Long lists are drawn to their end.
    pub all: Followed<bool>,
    /// Items of the checklist that are ticked.
    pub ticked: Followed<Vec<String>>,
    /// How the reader likes the page.
    pub liking: Followed<Liking>,
    /// The change's editor.
    pub editor: StoredValue<Option<EditorHandle>, LocalStorage>,
    /// The schema's editor.
    pub schema_editor: StoredValue<Option<EditorHandle>, LocalStorage>,
    /// The wanted schema's editor.
    pub wanted_editor: StoredValue<Option<EditorHandle>, LocalStorage>,
    lit: Followed<Option<usize>>,
    saving: StoredValue<Option<Timeout>, LocalStorage>,
}

impl Desk {
    /// Opens with what was kept, or with the first example.
    pub fn open() -> Desk {
        let [first, ..] = examples::ALL;
        let inputs = storage::kept::<Inputs>("inputs").unwrap_or_else(|| first.inputs());
        let sql = Followed::new(inputs.sql);
        let schema = Followed::new(inputs.schema);
        let wanted = Followed::new(inputs.wanted);
        let settings = Followed::new(inputs.settings);
        let now = move || Inputs {
            sql: sql.get_untracked(),
            schema: schema.get_untracked(),
            wanted: wanted.get_untracked(),
            settings: settings.get_untracked(),
        };
        let desk = Desk {
            sql,
            schema,
            wanted,
            settings,
            planner: Planner::start(
                move || now().request(&page::today()),
                move || settings.with_untracked(|settings| settings.engine().family()),
            ),
            tab: Followed::new(InputTab::Change),
            screen: Followed::new(Screen::Plan),
            drawer: Followed::new(false),
            open: Followed::new(only_first()),
            statement: Followed::new(None),
            dialog: Followed::new(None),
            rules: Followed::new(Vec::new()),
            notice: Followed::new(None),
            kept: Followed::new(true),
            editing: Followed::new(None),
            stats_query: Followed::new(String::new()),
            told: Followed::new(String::new()),
            dragging: Followed::new(false),
            dropping: Followed::new(false),
            exports: Exports::new(),
            printing: Followed::new(false),
            all: Followed::new(false),
            ticked: Followed::new(Vec::new()),
            liking: Followed::new(storage::kept("liking").unwrap_or_default()),
            editor: StoredValue::new_local(None),
            schema_editor: StoredValue::new_local(None),
            wanted_editor: StoredValue::new_local(None),
            lit: Followed::new(None),
            saving: StoredValue::new_local(None),
        };
        desk.follow();
        desk
    }

    fn follow(self) {
        self.planner.plan_now();
        let mut started = false;
        follow(move || {
            self.sql.track();
            self.schema.track();
            self.wanted.track();
            self.settings.track();
            if std::mem::replace(&mut started, true) {
                self.planner.changed();
                self.saving.set_value(Some(Timeout::new(SAVE_MS, move || self.save())));
            }
        });
        follow(move || {
            self.liking.with(|liking| {
                page::set_theme(&liking.theme);
                page::set_property("--split", &[&liking.split.to_string(), "%"].concat());
                storage::keep("liking", liking);
            });
        });
        follow(move || {
            let engine = self.settings.with(|settings| settings.engine.clone());
            for editor in [self.editor, self.schema_editor, self.wanted_editor] {
                editor.with_value(|editor| editor.as_ref().map(|editor| editor.set_engine(&engine)));
            }
        });
        follow(move || {
            let engine = self.settings.with(|settings| settings.engine.clone());
            self.planner.ready.track();
            self.planner.ask(Question::StatsQuery(engine), move |answer| {
                if let Ok(Content::Text(query)) = answer {
                    self.stats_query.set(query);
                }
            });
        });
        follow(move || {
            let opened = self.dialog.with(|dialog| matches!(dialog, Some(Dialog::Rule(_))));
            if opened && self.rules.with_untracked(Vec::is_empty) {
                spawn(async move { self.rules.set(rules().await) });
            }
        });
        follow(move || {
            if self.dialog.with(|dialog| *dialog == Some(Dialog::Export)) || self.screen.get() == Screen::Export {
                self.exports.refresh(self);
            }
        });
    }

    /// Moves the divider; the same place is not kept again.
    pub fn set_split(self, percent: u32) {
        let split = percent.clamp(SPLIT.0, SPLIT.1);
        if self.liking.with_untracked(|liking| liking.split != split) {
            self.liking.update(|liking| liking.split = split);
        }
    }

    /// Reads pasted table sizes and says what was found.
    pub fn read_sizes(self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        self.planner.ask(Question::ReadSizes(text.to_string()), move |answer| {
            let read = match answer {
                Ok(Content::Sizes(read)) => read,
                Ok(_) => return,
                Err(reason) => return self.told.set(["The text was not read: ", &reason, "."].concat()),
            };
            let mut told = String::new();
            self.settings.update(|settings| told = settings.take(&read));
            for problem in read.problems.iter().take(3) {
                told = [&told, " ", problem].concat();
            }
            self.told.set(told);
        });
    }

    /// Prints, when everything has been unfolded and drawn.
    pub fn print(self) {
        self.dialog.set(None);
        self.printing.set(true);
        Timeout::new(120, move || {
            page::print();
            self.printing.set(false);
        })
        .forget();
    }

    /// All inputs as they are now.
    pub fn inputs(self) -> Inputs {
        Inputs {
            sql: self.sql.get_untracked(),
            schema: self.schema.get_untracked(),
            wanted: self.wanted.get_untracked(),
            settings: self.settings.get_untracked(),
        }
    }

    /// Saves now (also when the page is left).
    pub fn save(self) {
        self.kept.set(storage::keep("inputs", &self.inputs()));
    }

    /// Puts other inputs in place. The texts go through the editors, so that Ctrl+Z takes them back too.
    pub fn replace(self, inputs: Inputs, told: &str) {
        let before = self.inputs();
        self.put(&inputs);
        self.notice.set(Some(Notice { text: told.to_string(), undo: Some(Box::new(before)) }));
    }

    /// Takes an exchange back.
    pub fn put_back(self, inputs: &Inputs) {
        self.put(inputs);
        self.notice.set(None);
    }

    fn put(self, inputs: &Inputs) {
        self.settings.set(inputs.settings.clone());
        self.set_text(Text::Change, &inputs.sql);
        self.set_text(Text::Schema, &inputs.schema);
        self.set_text(Text::Wanted, &inputs.wanted);
        self.open.set(only_first());
    }

    /// Replaces a text; an editor that exists tells the signal itself.
    fn set_text(self, which: Text, text: &str) {
        let (signal, editor) = self.text(which);
        let through = editor.with_value(|editor| editor.as_ref().map(|editor| editor.set_text(text)).is_some());
        if !through {
            signal.set(text.to_string());
        }
    }

    /// A text and its editor.
    pub fn text(self, which: Text) -> (Followed<String>, StoredValue<Option<EditorHandle>, LocalStorage>) {
        match which {
            Text::Change => (self.sql, self.editor),
            Text::Wanted => (self.wanted, self.wanted_editor),
            Text::Schema => (self.schema, self.schema_editor),
        }
    }

    /// The text that the input shows. Follows nothing by itself.
    fn looked_at(self) -> Text {
        let compares = self.settings.with_untracked(|settings| settings.compares);
        match self.tab.get_untracked() {
            InputTab::Schema => Text::Schema,
            InputTab::Change | InputTab::Sizes if compares => Text::Wanted,
            InputTab::Change | InputTab::Sizes => Text::Change,
        }
    }

    /// Takes the statements that were derived of two schemas as the change, to be edited.
    pub fn take_derived(self) {
        let Some(derived) = self.report().and_then(|report| report.derived_sql.clone()) else { return };
        let mut inputs = Inputs { sql: derived, ..self.inputs() };
        inputs.settings.compares = false;
        self.replace(inputs, "The derived statements are the change now; the two schemas are no longer compared.");
    }

    /// Loads an example.
    pub fn load(self, example: Example) {
        let inputs = Inputs { wanted: self.wanted.get_untracked(), ..example.inputs() };
        self.replace(inputs, &["Example loaded: ", example.title, "."].concat());
        self.tab.set(InputTab::Change);
    }

    /// Reads picked or dropped files into a text, in the order of their names.
    pub async fn read_files(self, files: Vec<Picked>) {
        let which = self.looked_at();
        let mut parts = Vec::new();
        let total: u64 = files.iter().map(Picked::bytes).sum();
        for file in &files {
            let bytes = match total > texts::LARGEST {
                true => Err(texts::Refusal::TooLarge.sentence(&file.name())),
                false => file.read().await.map_err(|reason| [&file.name(), " was not read: ", &reason, "."].concat()),
            };
            let text = bytes.and_then(|bytes| texts::decode(&bytes).map_err(|refusal| refusal.sentence(&file.name())));
            match text {
                Ok(text) => parts.push(text),
                Err(reason) => return self.tell(&reason),
            }
        }
        let Some(first) = files.first() else { return };
        let mut inputs = self.inputs();
        match which {
            Text::Schema => inputs.schema = parts.join("\n"),
            Text::Wanted => inputs.wanted = parts.join("\n"),
            Text::Change => inputs.sql = parts.join("\n"),
        }
        let read = match files.len() {
            1 => ["Read ", &first.name()].concat(),
            n => ["Read ", &n.to_string(), " files in the order of their names"].concat(),
        };
        let large = if total > LARGE { ". It is larger than 5 MB: a plan takes a while" } else { "" };
        self.replace(inputs, &[&read, large, "."].concat());
    }

    /// Says something.
    pub fn tell(self, text: &str) {
        self.notice.set(Some(Notice { text: text.to_string(), undo: None }));
    }

    /// The newest plan, untracked.
    pub fn report(self) -> Option<Arc<Report>> {
        self.planner.report.get_untracked()
    }

    /// Opens or closes a step.
    pub fn toggle(self, step: &str) {
        self.open.update(|open| match open.iter().position(|known| known == step) {
            Some(at) => drop(open.swap_remove(at)),
            None => open.push(step.to_string()),
        });
    }

    /// Opens a step and brings it into view.
    pub fn show_step(self, step: &str) {
        if !self.open.with_untracked(|open| open.iter().any(|known| known == step)) {
            self.toggle(step);
        }
        self.screen.set(Screen::Plan);
        self.drawer.set(false);
        let id = step_dom_id(step);
        // After the step has been drawn.
        request_animation_frame(move || page::show(&id));
    }

    /// Selects a statement in the editor, or shows where derived ones stand.
    pub fn show_statement(self, statement: usize) {
        let Some(report) = self.report() else { return };
        if report.derived_sql.is_some() {
            self.show_input(InputTab::Change);
            return request_animation_frame(|| page::show("derived-head"));
        }
        let Some(span) = report.statements.get(statement).map(|statement| statement.span) else { return };
        self.show_place(Text::Change, span.start_utf16, span.end_utf16);
    }

    /// Selects a place of a text.
    pub fn show_place(self, which: Text, from: usize, to: usize) {
        self.show_input(if which == Text::Schema { InputTab::Schema } else { InputTab::Change });
        let editor = self.text(which).1;
        request_animation_frame(move || {
            editor.with_value(|editor| editor.as_ref().map(|editor| editor.select(from, to)));
        });
    }

    fn show_input(self, tab: InputTab) {
        self.tab.set(tab);
        self.screen.set(Screen::Change);
        self.drawer.set(true);
    }

    /// Puts the cursor into the text that is looked at.
    pub fn into_editor(self) {
        self.text(self.looked_at()).1.with_value(|editor| editor.as_ref().map(|editor| editor.select(0, 0)));
    }

    /// Marks a statement in the editor while its step is looked at.
    pub fn light(self, statement: Option<usize>) {
        if self.lit.get_untracked() == statement {
            return;
        }
        self.lit.set(statement);
        let report = self.report().filter(|report| report.derived_sql.is_none());
        let span = statement.and_then(|i| report.and_then(|report| report.statements.get(i).map(|s| s.span)));
        let (from, to) = span.map_or((0, 0), |span| (span.start_utf16, span.end_utf16));
        self.editor.with_value(|editor| editor.as_ref().map(|editor| editor.light(from, to)));
    }

    /// The cursor of the change moved.
    pub fn cursor(self, at: usize) {
        let statement = self.report().and_then(|report| links::statement_at(&report, at));
        if self.statement.get_untracked() != statement {
            self.statement.set(statement);
        }
    }

    /// What a message in the editor asked for.
    pub fn act(self, name: &str, statement: usize, rule: &str) {
        match name {
            "plan" => {
                let step = self.report().and_then(|r| links::steps_of(&r, statement).first().cloned());
                if let Some(step) = step {
                    self.show_step(&step);
                }
            }
            "why" => self.dialog.set(Some(Dialog::Rule(rule.to_string()))),
            "too-large" => self.tell(&texts::Refusal::TooLarge.sentence("The text")),
            "large" => {
                self.tell("This is more than 5 MB: a plan takes a while, and the browser may refuse to keep the text.")
            }
            _ => {}
        }
    }
}

fn only_first() -> Vec<String> {
    vec!["1".to_string()]
}

/// The id of a step's heading in the page.
pub fn step_dom_id(step: &str) -> String {
    ["step-", step].concat()
}

/// The id of a step's card.
pub fn step_card_id(step: &str) -> String {
    ["card-", step].concat()
}

/// The id of a statement's row.
pub fn row_id(statement: usize) -> String {
    ["row-", &statement.to_string()].concat()
}

/// The store, from any component.
pub fn desk() -> Desk {
    expect_context()
}
