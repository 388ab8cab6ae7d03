//! What the page and the planner's worker say to each other.
//!
//! In: nothing; these are plain serialisable data. Both sides are built together, and [`BUILD`] proves it.

mod packed;

use lockstep_core::report::File;
use lockstep_core::{Report, Request};
use serde::{Deserialize, Serialize};

pub use packed::{Bytes, pack, unpack};

/// Tells builds apart: a page must not talk to a worker that an old cache kept.
pub const BUILD: &str = match option_env!("LOCKSTEP_BUILD") {
    Some(build) => build,
    None => env!("CARGO_PKG_VERSION"),
};

/// A question with a number that its answer repeats.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ask {
    /// Number, rising.
    pub id: u32,
    /// What is asked.
    pub question: Question,
}

/// What can be asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// The plan.
    Plan(Request),
    /// The plan to take away. The planners leave it to a program of its own (`web/js/planner.js`), as reading sizes.
    Export(Export),
    /// The query whose output is pasted as table sizes.
    StatsQuery(String),
    /// Reads pasted table sizes.
    ReadSizes(String),
}

/// A plan to take away.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Export {
    /// What is planned.
    pub request: Request,
    /// As what.
    pub form: Form,
}

/// In what form a plan is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Markdown.
    Markdown,
    /// The report as JSON text.
    Json,
    /// Migration files of `options.framework`, or of the first that speaks the engine.
    Files,
    /// The same files as one zip.
    Zip,
}

/// A message from the worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// It listens. Sent once.
    Ready(Box<Ready>),
    /// An answer.
    Answer(Box<Answer>),
    /// A question that could not be answered; the next one can.
    Failed(Failed),
}

/// Why a question was not answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failed {
    /// Number of the question.
    pub id: u32,
    /// In words, without a full stop.
    pub reason: String,
}

/// What the worker says when it listens.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Ready {
    /// Its [`BUILD`].
    pub build: String,
    /// Ids of the rules that have a page.
    pub rules: Vec<String>,
}

/// A framework.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Framework {
    /// Stable id.
    pub id: String,
    /// Name for people.
    pub title: String,
}

/// A rule's page: five fixed fields. Beside the page of Lockstep, as `rules.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleDoc {
    /// Stable id.
    pub id: String,
    /// A few words.
    pub title: String,
    /// When it is reported.
    pub when: String,
    /// What happens.
    pub effect: String,
    /// Why.
    pub why: String,
    /// What to do instead.
    pub instead: String,
    /// Where that is known from.
    pub sources: Vec<String>,
}

/// An answer, with the number of its question.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    /// Number of the question.
    pub id: u32,
    /// What was asked for: [`Content`], packed.
    pub content: Bytes,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Content {
    /// To [`Question::Plan`], without its files.
    Plan(Box<Report>),
    /// To [`Form::Markdown`], [`Form::Json`] and [`Question::StatsQuery`].
    Text(String),
    /// To [`Form::Files`].
    Files(Files),
    /// To [`Form::Zip`].
    Bytes(Bytes),
    /// To [`Question::ReadSizes`].
    Sizes(ReadSizes),
}

/// Migration files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Files {
    /// The frameworks that speak the engine.
    pub frameworks: Vec<Framework>,
    /// Id of the one that the files are for.
    pub chosen: String,
    /// The files; none when the plan has nothing to run.
    pub files: Vec<File>,
}

/// What was read from pasted table sizes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadSizes {
    /// Table by table.
    pub tables: Vec<Size>,
    /// Longest transaction of the server, seconds.
    pub longest_transaction_s: Option<f64>,
    /// How much slower than the reference machine the server is.
    pub hardware_factor: Option<f64>,
    /// What could not be read, one sentence each.
    pub problems: Vec<String>,
}

/// Sizes of one table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Size {
    /// Name, with its schema where one was given.
    pub table: String,
    /// Rows.
    pub rows: Option<u64>,
    /// Bytes of the table without indexes.
    pub bytes: Option<u64>,
    /// Bytes of its indexes.
    pub index_bytes: Option<u64>,
    /// Writes per second.
    pub writes_per_s: Option<f64>,
}
