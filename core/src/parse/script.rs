//! A script from its pieces: headers, insides, transactions, problems.

use super::header::cursor::Cursor;
use super::header::{self, Header, Inside, Part};
use super::inside::{self, Unread};
use super::{Action, MAX_BYTES, Problem, Script, Statement, guard, loops, rebuild};
use crate::change::{Change, Ident, ObjectKind, ObjectVerb, OpaqueWhy, TransactionVerb};
use crate::order::PushAll;
use crate::report::Severity;
use crate::source::{Dialect, Fault, FaultKind, Piece, PieceKind, Span, Splitter, Token, TokenKind};
use crate::target::{Engine, Target};
use std::borrow::Cow;

/// How many problems are listed.
const MAX_PROBLEMS: usize = 500;

/// Reads a text.
pub(super) fn read(text: &str, target: Target) -> Script {
    let mut script = Script::default();
    if let Some(problem) = refused(text) {
        script.problems.push(problem);
        return script;
    }
    let dialect = Dialect::of(target);
    let mut splitter = Splitter::new(text, dialect);
    let mut tokens = Vec::new();
    let mut reader = Reader {
        text,
        target,
        dialect: &dialect,
        script,
        copies: Vec::new(),
        prepared: Vec::new(),
        transaction: None,
        next: 0,
    };
    let mut down: Option<Span> = None;
    while let Some(piece) = splitter.next(&mut tokens) {
        if piece.down {
            down = Some(down.map_or(piece.span, |d| Span::new(d.start, piece.span.end)));
            continue;
        }
        reader.piece(piece, &tokens);
    }
    if let Some(span) = down {
        reader.report(down_left_out(span));
    }
    let Reader { mut script, copies, .. } = reader;
    script.directives = splitter.take_directives();
    rebuild::recognise(&mut script.statements, &copies, target);
    loops::resolve_calls(&mut script.statements, text, target);
    script
}

/// Text that is not SQL at all, or too long.
fn refused(text: &str) -> Option<Problem> {
    if text.len() > MAX_BYTES {
        return Some(Problem {
            id: "too-long",
            severity: Severity::Danger,
            message: format!(
                "The text has {} MB; at most {} MB are read.",
                text.len() / 1_000_000,
                MAX_BYTES / 1_000_000
            ),
            instead: "Nothing was read. Split the file, and leave out bulk data.".to_string(),
            span: Span::new(0, 0),
        });
    }
    let odd = |byte: &u8| matches!(byte, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f);
    let nul = text.bytes().position(|b| b == 0);
    let many = text.bytes().filter(odd).count() * 20 > text.len();
    let at = nul.or_else(|| many.then(|| text.bytes().position(|b| odd(&b)).unwrap_or(0)))?;
    Some(Problem {
        id: "not-a-text",
        severity: Severity::Danger,
        message: "This is not a text: it has control characters that no SQL file has.".to_string(),
        instead: "Nothing was read. If it is a database dump in a binary format, export it as plain SQL; if it is UTF-16, save it as UTF-8.".to_string(),
        span: Span::new(at, at + 1),
    })
}

fn down_left_out(span: Span) -> Problem {
    Problem {
        id: "down-part-left-out",
        severity: Severity::Info,
        message: "The part of the file that takes the migration back was left out.".to_string(),
        instead: "Only the part that goes forward is planned; paste the other part alone to plan it.".to_string(),
        span,
    }
}

fn more_problems(span: Span) -> Problem {
    Problem {
        id: "more-problems",
        severity: Severity::Danger,
        message: format!("There are more than {MAX_PROBLEMS} problems; those from here on are not listed."),
        instead: "Every statement is planned all the same. Is this SQL for the engine that was chosen?".to_string(),
        span,
    }
}

struct Reader<'a> {
    text: &'a str,
    target: Target,
    dialect: &'a Dialect,
    script: Script,
    /// Per statement: the table from which it copies, and what of it.
    copies: Vec<Option<rebuild::Copies>>,
    /// Queries that were prepared, and only read.
    prepared: Vec<Ident>,
    /// Number of the open transaction.
    transaction: Option<u32>,
    /// Number of the next one.
    next: u32,
}

impl Reader<'_> {
    fn piece(&mut self, piece: Piece, tokens: &[Token]) {
        if let Some(fault) = piece.fault {
            self.report(fault_problem(fault));
        }
        match piece.kind {
            PieceKind::Nothing => {}
            PieceKind::CopyData { rows } => self.copied(rows),
            PieceKind::Client => {
                let cursor = Cursor::new(self.text, self.dialect, &[]);
                let mut header = header::client(&cursor, piece.span.of(self.text));
                header.parts.iter_mut().for_each(|part| part.span = piece.span);
                self.push(piece.span, header, tokens, true);
            }
            PieceKind::Statement => self.statement(piece, tokens),
        }
    }

    /// Notes a problem, up to a number that somebody might still read.
    fn report(&mut self, problem: Problem) {
        match self.script.problems.len() {
            0..MAX_PROBLEMS => self.script.problems.push(problem),
            MAX_PROBLEMS => self.script.problems.push(more_problems(problem.span)),
            _ => {}
        }
    }

    fn statement(&mut self, piece: Piece, tokens: &[Token]) {
        let cursor = Cursor::new(self.text, self.dialect, tokens);
        let mut header = self.executed(&cursor).unwrap_or_else(|| header::read(cursor, self.target));
        if header.form == "prepare" {
            self.prepared.push_all(header::prepared_query(&cursor, self.target));
        }
        let obstacle = if piece.fault.is_some() {
            Some(OpaqueWhy::Unterminated)
        } else if tokens.iter().any(|t| t.kind == TokenKind::Template) {
            Some(OpaqueWhy::Template)
        } else {
            None
        };
        if let Some(why) = obstacle {
            header = Header { parts: Header::opaque(header.form.clone(), &cursor, why).parts, form: header.form };
            if why == OpaqueWhy::Template {
                self.report(template_problem(piece.span));
            }
        }
        self.push(piece.span, header, tokens, obstacle.is_none());
    }

    /// PostgreSQL's `EXECUTE` of a query that was prepared before.
    fn executed(&self, cursor: &Cursor<'_>) -> Option<Header> {
        let mut at = *cursor;
        let known = !self.prepared.is_empty() && at.eat("EXECUTE") && self.prepared.contains(&at.ident()?);
        known.then(|| Header::exact("execute", cursor, Change::reads()))
    }

    fn push(&mut self, span: Span, header: Header, tokens: &[Token], mut understood: bool) {
        let mut changes = Vec::with_capacity(header.parts.len());
        let cursor = Cursor::new(self.text, self.dialect, tokens);
        let postgres = self.target.engine() == Engine::Postgres;
        let copies = if postgres { None } else { header::copy_of(&cursor) };
        for part in header.parts {
            understood &= self.part(part, &header.form, tokens, &mut changes);
        }
        // One action that takes up all tokens is the whole statement, fences of `/*! … */` included.
        let tokens_end = tokens.last().map(|t| t.end as usize);
        for action in &mut changes {
            if Some(action.span.end) == tokens_end
                && tokens.first().is_some_and(|t| t.start as usize == action.span.start)
            {
                action.span = span;
            }
            keep_text(&mut action.change, span.of(self.text));
        }
        let transaction = self.number(&changes);
        self.script.statements.push(Statement {
            span,
            form: header.form,
            changes,
            understood,
            transaction,
            group: None,
        });
        self.copies.push(copies);
    }

    /// Gives the number of the transaction that a statement stands in, BEGIN and COMMIT included.
    fn number(&mut self, changes: &[Action]) -> Option<u32> {
        let mut within = self.transaction;
        for action in changes {
            match &action.change {
                Change::Transaction(TransactionVerb::Begin) if self.transaction.is_none() => {
                    self.transaction = Some(self.next);
                    self.next += 1;
                    within = within.or(self.transaction);
                }
                Change::Transaction(TransactionVerb::Commit | TransactionVerb::Rollback) => self.transaction = None,
                _ => {}
            }
        }
        within
    }

    /// Adds the changes of one action; false when details are missing that matter.
    fn part(&mut self, part: Part, form: &str, tokens: &[Token], changes: &mut Vec<Action>) -> bool {
        let Some(asked) = &part.inside else {
            if is_unknown(&part.change) {
                self.report(unknown_problem(part.span, form, self.target));
            }
            changes.push(Action { change: part.change, span: part.span });
            return part.exact;
        };
        let within = tokens_within(tokens, part.span);
        let answer =
            if guard::too_deep(within, self.text) { Err(Unread::TooDeep) } else { self.ask(asked, &part, within) };
        match answer {
            Ok(mut details) => {
                if matches!(&part.change, Change::AddConstraint { constraint, .. } if constraint.only) {
                    details.iter_mut().for_each(header::set_only);
                }
                let complete = details.iter().all(is_complete);
                if !complete {
                    let why = Unread::Refused("a column, constraint or option is not known".to_string());
                    self.report(unread_problem(&why, form, part.span));
                }
                changes.push_all(details.into_iter().map(|change| Action { change, span: part.span }));
                complete
            }
            Err(unread) => {
                if is_unknown(&part.change) && unread != Unread::TooDeep {
                    self.report(unknown_problem(part.span, form, self.target));
                } else if !part.exact {
                    self.report(unread_problem(&unread, form, part.span));
                }
                let stand_ins = std::iter::once(stand_in(part.change, unread)).chain(part.others);
                changes.push_all(stand_ins.map(|change| Action { change, span: part.span }));
                part.exact
            }
        }
    }

    fn ask(&self, asked: &Inside, part: &Part, tokens: &[Token]) -> Result<Vec<Change>, Unread> {
        let sql = plain(part.span.of(self.text), part.span.start, tokens);
        let one = |result: Result<Change, Unread>| result.map(|change| vec![change]);
        match asked {
            Inside::CreateTable => one(inside::create_table(&sql, self.target)),
            Inside::CreateIndex => one(inside::create_index(&sql, self.target)),
            Inside::Dml => one(inside::dml(&sql, self.target)),
            Inside::Block => Ok(loops::repeated(&sql, self.target)
                .map(|change| vec![change])
                .or_else(|| loops::guarded(&sql, self.target))
                .unwrap_or_else(|| vec![part.change.clone()])),
            Inside::CreateView => one(inside::create_view(&sql, self.target)),
            Inside::Action(table) => inside::alter_action(table, &sql, self.target),
            Inside::ColumnType { data_type, using } => one(self.column_type(*data_type, *using, part)),
            Inside::Default { expr } => one(self.default(*expr, part)),
        }
    }

    fn column_type(&self, data_type: Span, using: Option<Span>, part: &Part) -> Result<Change, Unread> {
        let written = data_type.of(self.text);
        let read = inside::data_type(written, self.target);
        let read = read.ok_or_else(|| Unread::Refused(format!("\"{written}\" is not a type that can be read")))?;
        let mut change = part.change.clone();
        if let Change::ChangeColumnType { to, using: expr, .. } = &mut change {
            *to = read;
            *expr = using.map(|span| inside::expr(span.of(self.text), self.target));
        }
        Ok(change)
    }

    fn default(&self, expr: Span, part: &Part) -> Result<Change, Unread> {
        let mut change = part.change.clone();
        if let Change::SetDefault { default, .. } = &mut change {
            *default = inside::expr(expr.of(self.text), self.target);
        }
        Ok(change)
    }

    /// Rows that followed `COPY … FROM stdin`.
    fn copied(&mut self, counted: u64) {
        let last = self.script.statements.last_mut().and_then(|s| s.changes.last_mut());
        if let Some(Action { change: Change::Insert { rows, .. }, .. }) = last {
            *rows = Some(counted);
        }
    }
}

/// A trigger goes with its table, so whoever makes the table anew needs its text; a domain's says what its values are. No
/// other object's is needed.
fn keep_text(change: &mut Change, statement: &str) {
    if let Change::Object {
        verb: ObjectVerb::Create | ObjectVerb::Replace,
        kind: ObjectKind::Trigger | ObjectKind::Domain,
        text,
        ..
    } = change
    {
        // In a block it stands within the statement.
        if text.is_empty() {
            *text = statement.to_string();
        }
    }
}

/// What stands for an action whose inside could not be read.
fn stand_in(change: Change, unread: Unread) -> Change {
    match change {
        Change::Opaque { form, touches, .. } => {
            let why = if unread == Unread::TooDeep { OpaqueWhy::TooDeep } else { OpaqueWhy::UnknownStatement };
            Change::Opaque { form, why, touches }
        }
        other => other,
    }
}

fn is_unknown(change: &Change) -> bool {
    matches!(change, Change::Opaque { why: OpaqueWhy::UnknownStatement, .. })
}

/// Whether all of it was read: a table keeps what is known when a part of it is not.
fn is_complete(change: &Change) -> bool {
    !matches!(change, Change::CreateTable(table) if !table.complete)
}

/// The tokens of one action.
fn tokens_within(tokens: &[Token], span: Span) -> &[Token] {
    let from = tokens.partition_point(|t| (t.start as usize) < span.start);
    let to = tokens.partition_point(|t| (t.end as usize) <= span.end);
    tokens.get(from..to).unwrap_or_default()
}

/// The text without the fences of `/*! … */`: every byte outside of a token becomes a space, so that places stay.
fn plain<'a>(sql: &'a str, start: usize, tokens: &[Token]) -> Cow<'a, str> {
    if !sql.contains("/*") {
        return Cow::Borrowed(sql);
    }
    let mut out = String::with_capacity(sql.len());
    for token in tokens {
        let from = (token.start as usize).saturating_sub(start);
        while out.len() < from {
            out.push(' ');
        }
        out.push_str(sql.get(from..(token.end as usize).saturating_sub(start)).unwrap_or(""));
    }
    Cow::Owned(out)
}

fn fault_problem(fault: Fault) -> Problem {
    let (id, what) = match fault.kind {
        FaultKind::OpenQuote => ("unterminated-quote", "A quote is opened here and never closed."),
        FaultKind::OpenComment => ("unterminated-comment", "A comment is opened here and never closed."),
        FaultKind::OpenDollarQuote => ("unterminated-quote", "A dollar quote is opened here and never closed."),
        FaultKind::OpenBody => ("unterminated-body", "The body of this statement has a BEGIN without its END."),
    };
    Problem {
        id,
        severity: Severity::Danger,
        message: what.to_string(),
        instead: "It was taken to end where the next statement seems to begin; the statement is planned as unreadable. Close it and try again.".to_string(),
        span: fault.span,
    }
}

fn template_problem(span: Span) -> Problem {
    Problem {
        id: "template-placeholder",
        severity: Severity::Warning,
        message: "A placeholder stands where SQL should be, so what this statement does is not known.".to_string(),
        instead: "It is planned as unreadable. Paste the SQL with its placeholders filled in.".to_string(),
        span,
    }
}

fn unknown_problem(span: Span, form: &str, target: Target) -> Problem {
    let what = if form == "unknown" { "This statement" } else { "A part of this statement" };
    Problem {
        id: "unknown-statement",
        severity: Severity::Warning,
        message: format!("{what} has a form that is not known for {}.", target.engine().title()),
        instead: "It is planned as unreadable: find out what it locks before you run it.".to_string(),
        span,
    }
}

fn unread_problem(unread: &Unread, form: &str, span: Span) -> Problem {
    let (id, message) = match unread {
        Unread::Refused(words) if words.is_empty() => ("unread-details", "Its details could not be read.".to_string()),
        Unread::Refused(words) => ("unread-details", format!("Its details could not be read: {words}.")),
        Unread::TooDeep => {
            ("too-deep", "It is nested too deeply, or has too long a chain of operators, to be read.".to_string())
        }
        Unread::Disagrees(words) => {
            ("unread-details", format!("Its details are not what its first words say: {words}."))
        }
    };
    Problem {
        id,
        severity: Severity::Warning,
        message,
        instead: format!("It is planned as \"{form}\" with its details unknown, so the worst is assumed."),
        span,
    }
}
