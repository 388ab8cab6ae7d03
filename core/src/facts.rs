//! Words for what an engine does when a change runs.
//!
//! In: nothing; these are types. Out: [`Effects`], the answer of an engine to one change. Never: an engine's name.

use crate::change::Name;

/// What one statement does to the running system. Times are not here: [`Work`] says what has to be done,
/// `estimate` turns it into seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Effects {
    /// Locks it takes, strongest first, the named relation before others.
    pub locks: Vec<Lock>,
    /// Work done while the locks are held (or online, see [`Work::blocking`]).
    pub work: Vec<Work>,
    /// May it run in a transaction block, and does it roll back?
    pub transactional: Transactional,
    /// INSTANT, INPLACE, … where the engine has such words.
    pub algorithm: Option<Algorithm>,
    /// How the same can be done without blocking, if the engine offers it: `CREATE INDEX CONCURRENTLY`, `ALGORITHM=INPLACE, LOCK=NONE`.
    pub online_form: Option<String>,
    /// Can it be undone?
    pub undo: Undo,
    /// Does code that runs now keep working?
    pub running_code: RunningCode,
    /// Can it fail because of rows that exist (a violated constraint, a value that does not convert)?
    pub may_fail_on_data: Option<String>,
    /// The server refuses it as written, and why. Nothing happens then, but the migration stops.
    pub refused: Option<String>,
    /// How sure this answer is.
    pub certainty: Certainty,
    /// What was assumed because it was not given ("the current type of users.name is not known").
    pub assumptions: Vec<String>,
    /// Where each of the above comes from.
    pub evidence: Vec<Evidence>,
}

impl Effects {
    /// A change of the catalog alone, proved: no lock, no work. A start for building answers.
    pub fn none() -> Self {
        Effects {
            locks: Vec::new(),
            work: Vec::new(),
            transactional: Transactional::Yes,
            algorithm: None,
            online_form: None,
            undo: Undo::Lossless,
            running_code: RunningCode::Works,
            may_fail_on_data: None,
            refused: None,
            certainty: Certainty::Documented,
            assumptions: Vec::new(),
            evidence: Vec::new(),
        }
    }

    /// The answer for what cannot be seen into: it may do anything.
    pub fn unknown(reason: &str) -> Self {
        Effects {
            undo: Undo::Unknown,
            running_code: RunningCode::Unknown,
            transactional: Transactional::Unknown,
            certainty: Certainty::Unknown,
            assumptions: vec![reason.to_string()],
            ..Effects::none()
        }
    }
}

/// One lock on one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The relation (or, in SQLite, the database file: object `main`).
    pub object: Name,
    /// The engine's own word: `ACCESS EXCLUSIVE`, `MDL EXCLUSIVE`, `RESERVED`.
    pub mode: &'static str,
    /// Plain SELECT waits.
    pub blocks_reads: bool,
    /// INSERT, UPDATE, DELETE wait.
    pub blocks_writes: bool,
}

/// A piece of work whose time depends on sizes.
#[derive(Debug, Clone, PartialEq)]
pub struct Work {
    /// What is done.
    pub kind: WorkKind,
    /// The table whose rows it goes over.
    pub table: Name,
    /// Are the locks of the statement held while it runs? False for what runs online.
    pub blocking: Blocking,
}

/// Who waits while a piece of work runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Blocking {
    /// Nobody: traffic flows.
    Nobody,
    /// Writers wait, readers do not.
    Writes,
    /// Readers and writers wait.
    ReadsAndWrites,
}

/// What a piece of work is; each has a formula in `estimate`.
#[derive(Debug, Clone, PartialEq)]
pub enum WorkKind {
    /// Catalog only: milliseconds at any size.
    Catalog,
    /// Every row is read and tested once per unit of `passes` (SET NOT NULL, ADD CHECK, VALIDATE, ATTACH).
    Scan {
        /// How often the table is read.
        passes: u8,
    },
    /// Every row is looked up in `parent`.
    ForeignKeyScan {
        /// The referenced table.
        parent: Name,
    },
    /// An index is built.
    IndexBuild {
        /// What it costs per row.
        key: IndexCost,
        /// The slower, two-pass way that lets writers go on.
        concurrently: bool,
        /// Share of the rows that enter the index, in percent.
        share_percent: u8,
    },
    /// The table and all its indexes are written anew (PostgreSQL rewrite, InnoDB COPY, SQLite rebuild).
    Rewrite,
    /// InnoDB in-place rebuild: the table is written anew while writers go on.
    InplaceRebuild,
    /// VACUUM FULL, CLUSTER, OPTIMIZE.
    Compact,
    /// A query's result is stored (CREATE TABLE AS, matview).
    StoreQuery,
    /// REFRESH … CONCURRENTLY.
    RefreshConcurrently,
    /// Rows are updated.
    Update {
        /// In batches of this many rows; none for one statement.
        batch: Option<u64>,
        /// An updated column is indexed.
        indexed: bool,
        /// Rows touched when the statement says so; none for the whole table.
        rows: Option<u64>,
    },
    /// Rows are deleted.
    Delete {
        /// In batches of this many rows; none for one statement.
        batch: Option<u64>,
        /// Rows touched when the statement says so; none for the whole table.
        rows: Option<u64>,
    },
    /// Rows are inserted from a query or a file.
    InsertRows {
        /// How many, when the text says so.
        rows: Option<u64>,
    },
    /// Storage is freed: DROP TABLE, TRUNCATE, DROP INDEX.
    Unlink,
    /// Dead rows are collected: VACUUM, ANALYZE.
    Vacuum,
    /// Nobody can say.
    Unknown,
}

/// What an index costs per row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IndexCost {
    /// Numbers, dates, uuid, text in collation C.
    FixedWidth,
    /// Text under a linguistic collation.
    Text,
    /// The key already lies in table order (serial primary key).
    InOrder,
    /// `lower(…)` and other expressions.
    Expression,
    /// hash.
    Hash,
    /// GIN, GiST, full text, spatial.
    Inverted,
    /// BRIN.
    Brin,
    /// Column type not known: treated as text.
    Unknown,
}

/// May a statement run in a transaction block?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transactional {
    /// Yes, and it rolls back.
    Yes,
    /// The server refuses it in a transaction block (CONCURRENTLY, VACUUM, …).
    Refused,
    /// It commits what is open before it (all MySQL DDL).
    ImplicitCommit,
    /// Not known.
    Unknown,
}

/// MySQL's and MariaDB's words for how an ALTER runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// Catalog only.
    Instant,
    /// MariaDB: no copy of the clustered index.
    NoCopy,
    /// In place, without a rebuild.
    Inplace,
    /// In place, with a rebuild of the table.
    InplaceRebuild,
    /// Row by row into a new table.
    Copy,
}

/// Can the statement be undone?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Undo {
    /// Yes, and nothing is lost.
    Lossless,
    /// The structure comes back, some data or order does not.
    Lossy,
    /// Data is gone, or the server cannot take it back (an enum label).
    No,
    /// Not known.
    Unknown,
}

/// Does the application that runs now keep working?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunningCode {
    /// Yes.
    Works,
    /// Some forms break, named here (prepared `SELECT *` after ADD COLUMN): a remark, not a reason for several steps.
    Remark(String),
    /// Statements that name the object fail from now on; the sentence says which.
    Breaks(String),
    /// Not known.
    Unknown,
}

/// How sure a fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Certainty {
    /// Observed on a real server of that version line.
    Proved,
    /// Said by the manual.
    Documented,
    /// Depends on something that was not given; the conservative case is shown.
    Assumed,
    /// Not known.
    Unknown,
}

/// Where a fact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// A page of the engine's manual.
    Manual(&'static str),
    /// A function in the engine's source.
    Source(&'static str),
    /// Observed on real servers of these versions.
    Observed(&'static str),
    /// The same, but on other versions than the one asked about.
    ObservedElsewhere(&'static str),
}
