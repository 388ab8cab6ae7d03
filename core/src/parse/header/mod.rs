//! Names every statement from its tokens alone, and gives its final change where the header says everything.
//!
//! In: the tokens of one statement. Out: a [`Header`]: the form, and for each action a change that is either exact or
//! a conservative stand-in, with the inside to be asked for details. Never: a statement without a form.

pub(crate) mod cursor;
mod kinds;
mod ddl;
mod tables;
mod columns;
mod constraints;
mod alter_table;
mod alter_postgres;
mod alter_mysql;
mod indexes;
mod views;
mod types;
mod routines;
mod security;
mod data;
mod query;
mod session;
mod transactions;
mod maintenance;
mod replication;
mod touches;

pub(in crate::parse) use alter_table::set_only;
pub(crate) use data::copy_of;
pub(crate) use query::called;
pub(crate) use routines::prepared_query;
pub(crate) use session::client;

use crate::change::{Change, Name, ObjectKind, ObjectVerb, OpaqueWhy};
use crate::source::Span;
use crate::target::Target;
use cursor::Cursor;

/// What the header of a statement says.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    /// Stable lower-case words.
    pub form: String,
    /// One per action; never empty.
    pub parts: Vec<Part>,
}

/// One action of a statement.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Where it stands.
    pub span: Span,
    /// What it changes, as far as the header says.
    pub change: Change,
    /// What else it changes: `ADD (a int, b int)`.
    pub others: Vec<Change>,
    /// `change` says all that matters even when the inside cannot be read.
    pub exact: bool,
    /// What to ask for details.
    pub inside: Option<Inside>,
}

/// Which function of `inside` knows more.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Inside {
    /// `inside::create_table`.
    CreateTable,
    /// `inside::create_index`.
    CreateIndex,
    /// `inside::dml`.
    Dml,
    /// A block of code, which may be no more than a loop over batches.
    Block,
    /// `inside::create_view`.
    CreateView,
    /// `inside::alter_action` of this table.
    Action(Name),
    /// `inside::data_type` on this range, then `inside::expr` on the USING range.
    ColumnType { data_type: Span, using: Option<Span> },
    /// `inside::expr` on this range.
    Default { expr: Span },
}

impl Part {
    /// An action that the header reads in full.
    pub fn exact(c: &Cursor<'_>, change: Change) -> Part {
        Part { span: c.span(), change, others: Vec::new(), exact: true, inside: None }
    }

    /// An action whose details are to be asked for.
    pub fn ask(c: &Cursor<'_>, stand_in: Change, inside: Inside) -> Part {
        Part { exact: false, inside: Some(inside), ..Part::exact(c, stand_in) }
    }

    /// The same, when the stand-in is good enough to live with.
    pub fn good_enough(self, exact: bool) -> Part {
        Part { exact, ..self }
    }
}

impl Header {
    /// One action that the header reads in full.
    pub fn exact(form: impl Into<String>, c: &Cursor<'_>, change: Change) -> Header {
        Header { form: form.into(), parts: vec![Part::exact(c, change)] }
    }

    /// An object whose change is one catalog entry.
    pub fn object(
        form: impl Into<String>,
        c: &Cursor<'_>,
        verb: ObjectVerb,
        kind: ObjectKind,
        name: Option<Name>,
        on: Option<Name>,
    ) -> Header {
        Header::exact(form, c, Header::change(c, verb, kind, name, on))
    }

    /// PostgreSQL: what it does depends on the words behind the name; an end of a space tells none from those of nobody.
    pub fn change(c: &Cursor<'_>, verb: ObjectVerb, kind: ObjectKind, name: Option<Name>, on: Option<Name>) -> Change {
        let tells = matches!(verb, ObjectVerb::Alter | ObjectVerb::Rename | ObjectVerb::Drop)
            || matches!(
                kind,
                ObjectKind::Subscription | ObjectKind::Publication | ObjectKind::Policy | ObjectKind::Rule
            );
        let kept = tells && c.dialect.folds_to_lower;
        Change::Object { verb, kind, name, on, text: if kept { c.words() + " " } else { String::new() } }
    }

    /// A known form that cannot be seen into.
    pub fn opaque(form: impl Into<String>, c: &Cursor<'_>, why: OpaqueWhy) -> Header {
        let form = form.into();
        let touches = touches::of(c);
        let change = Change::Opaque { form: form.clone(), why, touches };
        let known = !matches!(why, OpaqueWhy::UnknownStatement | OpaqueWhy::Unreadable);
        let part = Part::exact(c, change).good_enough(known);
        Header { form, parts: vec![part] }
    }
}

/// Reads the header of a statement.
pub(crate) fn read(c: Cursor<'_>, target: Target) -> Header {
    let mut at = c;
    known(&mut at, target).unwrap_or_else(|| unknown(&c))
}

fn known(c: &mut Cursor<'_>, target: Target) -> Option<Header> {
    let start = *c;
    ddl::read(c, target)
        .or_else(|| again(c, start, |c| data::read(c)))
        .or_else(|| again(c, start, |c| query::read(c, target)))
        .or_else(|| again(c, start, transactions::read))
        .or_else(|| again(c, start, |c| session::read(c, target)))
        .or_else(|| again(c, start, security::read))
        .or_else(|| again(c, start, |c| routines::read(c, target)))
        .or_else(|| again(c, start, |c| maintenance::read(c, target)))
        .or_else(|| again(c, start, |c| replication::read(c, target)))
}

fn again<'a>(
    c: &mut Cursor<'a>,
    start: Cursor<'a>,
    read: impl FnOnce(&mut Cursor<'a>) -> Option<Header>,
) -> Option<Header> {
    *c = start;
    read(c)
}

fn unknown(c: &Cursor<'_>) -> Header {
    let why = OpaqueWhy::UnknownStatement;
    let change = Change::Opaque { form: String::new(), why, touches: touches::of(c) };
    Header { form: "unknown".to_string(), parts: vec![Part::exact(c, change).good_enough(false)] }
}
