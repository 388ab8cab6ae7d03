//! What comes out: the report, a public contract (`schema_version` 1).
//!
//! In: nothing; these are plain serialisable data. Every shell and every renderer reads only this.
//! Fields may be added; renaming or removing one is a new `schema_version`. Readers ignore unknown fields.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Version of the shape below.
pub const SCHEMA_VERSION: u32 = 1;

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// Always [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Version of the planner that made it.
    pub planner_version: String,
    /// What the plan does, one line: `Rename users.name to users.full_name`.
    pub title: String,
    /// `postgres:16`.
    pub engine: String,
    /// `PostgreSQL 16`.
    pub engine_title: String,
    /// The verdict on the change as pasted; says which kind of plan follows.
    pub verdict: Verdict,
    /// The verdict as one or two sentences for a person: deploys, whether queries fail, how long writes wait.
    pub headline: String,
    /// Why the verdict is what it is, one sentence per reason, strongest first.
    pub reasons: Vec<String>,
    /// How much can go wrong with the change as pasted.
    pub risk: Risk,
    /// How many statements were understood.
    pub coverage: Coverage,
    /// Time of the whole plan.
    pub duration: Duration,
    /// What was taken for granted, each with what would change.
    pub assumptions: Vec<Assumption>,
    /// Sizes used, per table of the change.
    pub tables: Vec<TableSize>,
    /// The change exactly as pasted.
    pub statements: Vec<StatementReport>,
    /// The plan.
    pub phases: Vec<Phase>,
    /// Number of deploys of the application that the plan needs.
    pub deploys: u32,
    /// Id of the first step that can no longer be undone for free; none when all can.
    pub point_of_no_return: Option<String>,
    /// Undo per phase, last phase first.
    pub rollback: Vec<Rollback>,
    /// To be ticked before it runs.
    pub checklist: Vec<String>,
    /// What has to go to a person.
    pub escalations: Vec<Escalation>,
    /// Before, during, after, failure.
    pub runbook: Runbook,
    /// Migration files for the framework asked for.
    pub files: Vec<File>,
    /// What could not be read, where, and what was done instead.
    pub diagnostics: Vec<Diagnostic>,
    /// The change as SQL when it was derived from a wanted schema; places of statements are in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived_sql: Option<String>,
}

/// The verdict, in the words of the standard plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything understood; nothing blocks longer than the limit, breaks running code or loses data.
    Safe,
    /// Needs several steps.
    NeedsMultiStep,
    /// Data is lost, it cannot be undone, or a statement was not understood.
    RequiresApproval,
}

impl Verdict {
    /// `Safe`, `Needs multi-step`, `Requires approval`.
    pub fn label(self) -> &'static str {
        match self {
            Verdict::Safe => "Safe",
            Verdict::NeedsMultiStep => "Needs multi-step",
            Verdict::RequiresApproval => "Requires approval",
        }
    }
}

/// How much can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Additive, reversible, short.
    Low,
    /// Needs planning.
    Medium,
    /// Breaks code, loses data, blocks traffic, or is not understood.
    High,
}

/// Statements understood of all that there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Coverage {
    /// Read in full.
    pub understood: u32,
    /// All.
    pub total: u32,
}

/// Seconds, as a range, and how long traffic waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Duration {
    /// Rows of the largest table concerned.
    pub rows: u64,
    /// Rows were given, not assumed.
    pub rows_known: bool,
    /// Low end, seconds.
    pub low_s: f64,
    /// Middle, seconds.
    pub expected_s: f64,
    /// High end, seconds.
    pub high_s: f64,
    /// Writers wait this long in total (expected), seconds; lock waits excluded.
    pub writes_blocked_s: f64,
    /// Readers wait this long in total (expected), seconds; lock waits excluded.
    pub reads_blocked_s: f64,
    /// The time cannot be known (an opaque statement).
    pub unknown: bool,
}

/// Something taken for granted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Assumption {
    /// Stable key: `rows`, `lock_timeout`, `longest_transaction`, `dual_write`, `type`, …
    pub key: String,
    /// What is assumed: `users has 1,000,000 rows`.
    pub text: String,
    /// What would change if it were otherwise.
    pub effect: String,
}

/// A table's size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TableSize {
    /// Name as the user knows it.
    pub name: String,
    /// Rows.
    pub rows: u64,
    /// Rows were given, not assumed.
    pub rows_known: bool,
    /// Table bytes without indexes, given or computed.
    pub bytes: u64,
    /// Writes per second, if given.
    pub writes_per_s: Option<f64>,
    /// Made by this very change, so it is empty.
    pub new: bool,
}

/// Where something is in the text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Place {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The same in UTF-16 units, for browsers.
    pub start_utf16: usize,
    /// The same in UTF-16 units, for browsers.
    pub end_utf16: usize,
    /// Line from 1.
    pub line: usize,
    /// Column in characters from 1.
    pub column: usize,
}

/// One statement as pasted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatementReport {
    /// The statement, exactly.
    pub sql: String,
    /// Where it is.
    pub span: Place,
    /// Read in full.
    pub understood: bool,
    /// What it is, in words: `Rename column users.name to full_name`.
    pub summary: String,
    /// Its form, stable words: `alter table rename column`.
    pub form: String,
    /// Verdict on it alone.
    pub verdict: Verdict,
    /// Risk of it alone.
    pub risk: Risk,
    /// What it does to the running system.
    pub effects: EffectsReport,
    /// Time.
    pub duration: Duration,
    /// Findings.
    pub findings: Vec<Finding>,
    /// Findings that a comment of the text answers: `-- lockstep: ignore <rule> because <reason>`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressed: Vec<Suppressed>,
    /// Ids of the plan's steps that stand for it.
    pub steps: Vec<String>,
}

/// What a statement does to the running system.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EffectsReport {
    /// Locks taken.
    pub locks: Vec<LockReport>,
    /// Tables written anew.
    pub rewrites: Vec<String>,
    /// Tables read in full.
    pub scans: Vec<String>,
    /// Tables on which an index is built.
    pub index_builds: Vec<String>,
    /// `yes`, `refused`, `implicit_commit`, `unknown`.
    pub transactional: Cow<'static, str>,
    /// `INSTANT`, `NOCOPY`, `INPLACE`, `INPLACE (rebuild)`, `COPY`, where the engine has such words.
    pub algorithm: Option<String>,
    /// The form that does not block, if there is one.
    pub online_form: Option<String>,
    /// `yes`, `lossy`, `no`, `unknown`.
    pub reversible: Cow<'static, str>,
    /// Who waits for reads.
    pub reads: Traffic,
    /// Who waits for writes.
    pub writes: Traffic,
    /// `proved`, `documented`, `assumed`, `unknown`.
    pub certainty: Cow<'static, str>,
    /// Sources of the facts.
    pub evidence: Vec<String>,
    /// Sentences worth saying: running code, data that can make it fail, a refusal, assumptions.
    pub notes: Vec<String>,
}

/// What a lane of traffic feels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Traffic {
    /// Nothing.
    #[default]
    Flows,
    /// A wait below the limit.
    WaitsBriefly,
    /// Waits for the whole run.
    Waits,
    /// Queries fail.
    Fails,
    /// Not known.
    Unknown,
}

/// A lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LockReport {
    /// The object.
    pub object: String,
    /// The engine's own word.
    pub mode: Cow<'static, str>,
    /// Plain reads wait.
    pub blocks_reads: bool,
    /// Writes wait.
    pub blocks_writes: bool,
}

/// A reason to worry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// Stable kebab-case id.
    pub rule: Cow<'static, str>,
    /// How bad, at these sizes.
    pub severity: Severity,
    /// A few words: `Running code breaks at once`.
    pub title: Cow<'static, str>,
    /// What happens and for how long.
    pub message: String,
    /// What to do instead.
    pub instead: Cow<'static, str>,
    /// Where.
    pub span: Place,
}

/// A finding that a comment of the text answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// Why it is accepted, in the words of the comment.
    pub reason: String,
}

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Look at it.
    Warning,
    /// Do not run it like that.
    Danger,
}

/// A part of the plan with one deploy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Phase {
    /// Expand, migrate, switch, contract.
    pub name: PhaseName,
    /// Number of the deploy, from 1.
    pub deploy: u32,
    /// What happens in it.
    pub title: String,
    /// What the application does meanwhile: `old code keeps running`.
    pub code: String,
    /// Steps in order.
    pub steps: Vec<Step>,
}

/// The four phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PhaseName {
    /// Add what is new beside the old.
    Expand,
    /// Move data, build what is needed, prove it.
    Migrate,
    /// The application changes over.
    Switch,
    /// Remove what is old.
    Contract,
}

impl PhaseName {
    /// Lower-case word.
    pub fn label(self) -> &'static str {
        match self {
            PhaseName::Expand => "expand",
            PhaseName::Migrate => "migrate",
            PhaseName::Switch => "switch",
            PhaseName::Contract => "contract",
        }
    }
}

/// Something to run or to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Step {
    /// Stable within the plan: `1`, `2`, `3a`.
    pub id: String,
    /// What kind.
    pub kind: StepKind,
    /// Imperative, short.
    pub title: String,
    /// Why it is done this way.
    pub why: String,
    /// What to run, in order; one element is one statement (or one block that must be sent whole).
    pub sql: Vec<String>,
    /// Run `sql` in one transaction (BEGIN and COMMIT are then part of `sql`) or each statement on its own.
    pub transactional: bool,
    /// What it does to the running system, over all its statements.
    pub effects: EffectsReport,
    /// Time.
    pub duration: Duration,
    /// How to see that it worked.
    pub check: Option<Check>,
    /// How to undo this step; none when there is nothing to undo or no way back (see `irreversible`).
    pub undo: Option<UndoStep>,
    /// Why there is no way back, when there is none.
    pub irreversible: Option<String>,
    /// What to do when it fails midway.
    pub on_failure: String,
    /// Other ways to run it: complete command lines of gh-ost, pt-online-schema-change, pg_repack, with when to choose them.
    pub other_ways: Vec<OtherWay>,
    /// Go on when: the condition for the next step.
    pub gate: String,
    /// Statement indexes (0-based, of `statements`) that it stands for.
    pub statements: Vec<usize>,
}

/// What kind of step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Run SQL.
    Sql,
    /// Move rows in batches.
    Backfill,
    /// Deploy the application.
    Deploy,
    /// Look, and go on only if it is right.
    Verify,
    /// Wait for a condition or a soak period.
    Wait,
    /// A person says yes.
    Approval,
}

/// How to see that a step worked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Check {
    /// A query.
    pub sql: String,
    /// What it must return, in words: `0`, `t`, `one row`.
    pub expected: String,
}

/// How to undo a step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UndoStep {
    /// What to run, in order; empty when the undo is an action (redeploy).
    pub sql: Vec<String>,
    /// Run it in one transaction.
    pub transactional: bool,
    /// What is lost; empty when nothing is.
    pub lossy: String,
    /// Who waits while it runs, `reads and writes wait for about 40 s`; empty when nobody waits longer than the limit.
    pub waits: String,
    /// In words, when it is not SQL: `redeploy the previous version`.
    pub action: String,
}

/// Another way to run a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OtherWay {
    /// `gh-ost`, `pt-online-schema-change`, `pg_repack`.
    pub tool: String,
    /// When to choose it.
    pub when: String,
    /// The command line.
    pub command: String,
}

/// Undo of a phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rollback {
    /// Which phase.
    pub phase: PhaseName,
    /// Its deploy.
    pub deploy: u32,
    /// What it brings back.
    pub title: String,
    /// What to run, in order.
    pub sql: Vec<String>,
    /// Something is lost.
    pub lossy: bool,
    /// Until when it is possible: `until step 5`.
    pub until: String,
}

/// What has to go to a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Escalation {
    /// Stable key: `large_table`, `irreversible`, `drift`, `unknown_impact`.
    pub key: String,
    /// The situation.
    pub situation: String,
    /// What to do.
    pub action: String,
}

/// The runbook.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Runbook {
    /// Backup, staging copy, pre-checks.
    pub before: Vec<RunbookItem>,
    /// Locks, blocked sessions, progress, replication lag.
    pub during: Vec<RunbookItem>,
    /// Validation, invalid indexes, orphans.
    pub after: Vec<RunbookItem>,
    /// What to do when something fails.
    pub failure: Vec<RunbookItem>,
    /// The rollback decision matrix: situation → action.
    pub decisions: Vec<Decision>,
}

/// One entry of the runbook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunbookItem {
    /// What it is for.
    pub title: String,
    /// What to know.
    pub text: String,
    /// What to run; empty when it is an action.
    pub code: String,
    /// `sql` or `sh`.
    pub language: String,
}

/// One row of the decision matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Decision {
    /// What is seen.
    pub situation: String,
    /// What to do.
    pub action: String,
}

/// A migration file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct File {
    /// Relative path with `/`.
    pub path: String,
    /// Its text.
    pub content: String,
    /// Runs in a transaction.
    pub transactional: bool,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Diagnostic {
    /// Stable kebab-case id: `unknown-statement`, `unterminated-quote`.
    pub id: String,
    /// How bad.
    pub severity: Severity,
    /// Which text: `sql`, `schema`, `stats`, `engine`, `options`.
    pub input: String,
    /// What is wrong.
    pub message: String,
    /// What was done instead and how to go on.
    pub instead: String,
    /// Where.
    pub span: Place,
}

impl Traffic {
    /// The word for a planned step: code is ready by then, so only waiting counts.
    pub(crate) fn min_when_planned(self, blocked_s: f64, limit_s: f64) -> Traffic {
        match self {
            Traffic::Fails if blocked_s > limit_s => Traffic::Waits,
            Traffic::Fails if blocked_s > 0.0 => Traffic::WaitsBriefly,
            Traffic::Fails => Traffic::Flows,
            other => other,
        }
    }
}
