//! The statements in the body of a trigger or a procedure (MySQL, MariaDB, SQLite) or of a function in plpgsql (PostgreSQL),
//! without the control flow around them.
//!
//! In: the statement that makes it. Out: its statements as text, in order. A local variable becomes a column of `NEW`: a value
//! of one row, like those that a trigger is given. Never: what a statement that is not known does.

use super::loops;
use crate::order::{Gather, PushAll};
use crate::source::{Dialect, Lexer, TokenKind};
use crate::target::{Engine, Target};

/// What a body does.
#[derive(Debug, Default)]
pub struct Body {
    /// Its statements.
    pub steps: Vec<Step>,
    /// Expressions that call something outside of queries, as text: conditions, values, what is raised.
    pub called: Vec<String>,
    /// A loop commits, or each statement commits on its own: no transaction is begun.
    pub commits: bool,
    /// It sleeps in a transaction of its own after it wrote or locked rows.
    pub sleeps: bool,
}

/// One statement of a body.
#[derive(Debug)]
pub struct Step {
    /// As written, for the parser.
    pub sql: String,
    /// It stands in a loop.
    pub looped: bool,
}

/// Reads the body of CREATE TRIGGER or CREATE PROCEDURE; of PostgreSQL that of CREATE FUNCTION.
pub fn body(sql: &str, target: Target) -> Body {
    let sql = match target.engine() {
        Engine::Postgres => loops::body(sql, target).unwrap_or_default(),
        Engine::MySql | Engine::MariaDb | Engine::Sqlite => sql,
    };
    let words = words(sql, target);
    let mut reader = Reader::default();
    let Some(from) = reader.start(&words, target) else { return Body::default() };
    let begins = words.iter().any(|word| is(word, "transaction") || is(word, "autocommit"));
    for statement in words.get(from..).unwrap_or_default().split(|word| *word == ";") {
        reader.statement(statement);
    }
    Body { steps: reader.steps, called: reader.called, commits: reader.commits || !begins, sleeps: reader.sleeps }
}

fn words(sql: &str, target: Target) -> Vec<&str> {
    let mut lexer = Lexer::new(sql, Dialect::of(target));
    let tokens = std::iter::from_fn(|| lexer.next_token()).filter(|token| token.kind != TokenKind::Comment);
    // `label:LOOP`
    let split = |word: &'_ str| match word.strip_prefix(':') {
        Some(name) if name.starts_with(|c: char| c.is_ascii_alphabetic()) => 1,
        _ => 0,
    };
    let parts = tokens.flat_map(|token| {
        let word = token.of(sql);
        let (colon, rest) = word.split_at_checked(split(word)).unwrap_or(("", word));
        [colon, rest]
    });
    parts.filter(|word| !word.is_empty()).gather()
}

fn is(word: &str, wanted: &str) -> bool {
    word.eq_ignore_ascii_case(wanted)
}

fn place(words: &[&str], wanted: &[&str]) -> Option<usize> {
    words.iter().position(|word| wanted.iter().any(|wanted| is(word, wanted)))
}

/// Words with which a statement of a body may begin behind the header or a handler's conditions.
#[rustfmt::skip]
const STARTS: [&str; 19] = [
    "begin", "set", "insert", "update", "delete", "replace", "select", "if", "call", "signal", "resignal", "rollback", "commit",
    "case", "while", "repeat", "loop", "truncate", "alter",
];

/// What begins a statement that does nothing to rows.
#[rustfmt::skip]
const CONTROL: [&str; 19] = [
    "set", "do", "return", "leave", "iterate", "open", "fetch", "close", "signal", "resignal", "get", "start", "rollback",
    "commit", "savepoint", "raise", "assert", "exit", "null",
];

#[derive(Default)]
struct Reader {
    steps: Vec<Step>,
    called: Vec<String>,
    variables: Vec<String>,
    loops: usize,
    commits: bool,
    /// `SET autocommit = 0`: a transaction is always open.
    manual: bool,
    begun: bool,
    wrote: bool,
    sleeps: bool,
}

impl Reader {
    /// Where the body begins; the parameters of a procedure are variables.
    fn start(&mut self, words: &[&str], target: Target) -> Option<usize> {
        if matches!(target.engine(), Engine::Sqlite | Engine::Postgres) {
            let begin = place(words, &["begin"])?;
            words.get(..begin)?.split(|word| *word == ";").for_each(|declared| self.declared(declared));
            return Some(begin);
        }
        let kind = place(words, &["trigger", "procedure"])?;
        if words.get(kind).is_some_and(|word| is(word, "trigger")) {
            let row = words.windows(2).position(|pair| matches!(pair, [a, b] if is(a, "each") && is(b, "row")))? + 2;
            let ordered = words.get(row).is_some_and(|word| is(word, "follows") || is(word, "precedes"));
            return Some(if ordered { row + 2 } else { row });
        }
        let open = kind + words.get(kind..)?.iter().position(|word| *word == "(")?;
        let mut depth = 0;
        let mut close = open;
        for (at, word) in words.iter().enumerate().skip(open) {
            depth += i32::from(*word == "(") - i32::from(*word == ")");
            if depth == 0 {
                close = at;
                break;
            }
        }
        for parameter in words.get(open + 1..close)?.split(|word| *word == ",") {
            let name = parameter.iter().find(|word| !["in", "out", "inout"].iter().any(|mode| is(word, mode)));
            self.variables.push_all(name.map(|name| bare(name)));
        }
        let behind = words.get(close..)?;
        // `SQL SECURITY INVOKER`, `COMMENT 'text'` stand before it.
        place(behind, &STARTS).map(|at| close + at)
    }

    /// `total int := (SELECT …)` of plpgsql.
    fn declared(&mut self, words: &[&str]) {
        let name = words.iter().find(|word| !is(word, "declare"));
        self.variables.push_all(name.map(|name| bare(name)));
        self.reads(words);
    }

    fn statement<'t>(&mut self, mut rest: &'t [&'t str]) {
        while let Some((first, behind)) = rest.split_first() {
            let is = |wanted| is(first, wanted);
            rest = match behind {
                [colon, body @ ..] if *colon == ":" => body,
                _ if is("begin") || is("else") => behind,
                _ if is("loop") || is("repeat") => {
                    self.loops += 1;
                    behind
                }
                _ if is("while") => {
                    self.loops += 1;
                    self.past(behind, &["do", "loop"])
                }
                _ if is("for") => {
                    self.loops += 1;
                    self.variables.push_all(behind.first().map(|name| bare(name)));
                    self.past(behind, &["do", "loop"])
                }
                _ if ["if", "elseif", "elsif", "when", "exception"].into_iter().any(is) => self.past(behind, &["then"]),
                _ if is("case") => match place(behind, &["when"]) {
                    Some(at) => behind.get(at..).unwrap_or_default(),
                    None => behind,
                },
                _ if is("until") => match place(behind, &["end"]) {
                    Some(at) => {
                        self.reads(behind.get(..at).unwrap_or_default());
                        behind.get(at..).unwrap_or_default()
                    }
                    None => behind,
                },
                _ if is("declare") => self.declare(behind),
                _ if is("end") => {
                    let ends = place(behind, &["loop", "while", "repeat", "for"]) == Some(0);
                    self.loops -= usize::from(ends && self.loops > 0);
                    return;
                }
                _ => return self.simple(first, rest),
            };
        }
    }

    /// What stands behind one of the words; the condition before it may read.
    fn past<'t>(&mut self, rest: &'t [&'t str], words: &[&str]) -> &'t [&'t str] {
        let at = place(rest, words).unwrap_or(rest.len());
        self.reads(rest.get(..at).unwrap_or_default());
        rest.get(at + 1..).unwrap_or_default()
    }

    fn declare<'t>(&mut self, rest: &'t [&'t str]) -> &'t [&'t str] {
        if place(rest, &["handler"]).is_some() {
            let at = place(rest, &STARTS).unwrap_or(rest.len());
            return rest.get(at..).unwrap_or_default();
        }
        if let Some(at) = place(rest, &["cursor"]) {
            return rest.get(at + 2..).unwrap_or_default();
        }
        for name in rest.split(|word| *word == ",") {
            self.variables.push_all(name.first().map(|name| bare(name)));
            if name.len() > 1 {
                break;
            }
        }
        self.reads(rest);
        &[]
    }

    /// An expression, where it has a query in it.
    fn reads(&mut self, expression: &[&str]) {
        if let Some(at) = place(expression, &["select"]) {
            // The query of a loop of plpgsql stands in no brackets.
            let bare = !expression.get(..at).unwrap_or_default().contains(&"(");
            let query = if bare { expression.get(at + 1..).unwrap_or_default() } else { expression };
            let sql = format!("SELECT {}", self.text(query));
            self.steps.push(Step { sql, looped: self.loops > 0 });
        } else if expression.contains(&"(") {
            self.called.push(expression.join(" "));
        }
    }

    fn simple(&mut self, first: &str, statement: &[&str]) {
        self.follow(first, statement);
        if is(first, "perform") {
            let sql = format!("SELECT {}", self.text(statement.get(1..).unwrap_or_default()));
            return self.steps.push(Step { sql, looped: self.loops > 0 });
        }
        if CONTROL.iter().any(|word| is(first, word)) {
            self.commits |= is(first, "commit") && self.loops > 0;
            return self.reads(statement.get(1..).unwrap_or_default());
        }
        let sql = self.text(statement);
        self.steps.push(Step { sql, looped: self.loops > 0 });
    }

    /// What the transaction of the body holds.
    fn follow(&mut self, first: &str, statement: &[&str]) {
        let says = |word: &str| statement.iter().any(|other| is(other, word));
        self.manual |= is(first, "set") && says("autocommit") && says("0");
        if is(first, "start") || is(first, "commit") || is(first, "rollback") {
            (self.begun, self.wrote) = (is(first, "start"), false);
        } else if ["insert", "update", "delete", "replace"].iter().any(|word| is(first, word)) || says("for") {
            self.wrote |= self.begun || self.manual;
        }
        self.sleeps |= self.wrote && says("sleep");
    }

    fn text(&self, words: &[&str]) -> String {
        let mut out = String::new();
        for (at, word) in words.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| words.get(at)).copied().unwrap_or_default();
            let after = words.get(at + 1).copied().unwrap_or_default();
            if before != "." && after != "." && after != "(" && self.variables.contains(&bare(word)) {
                out.push_str("NEW.");
            }
            out.push_str(word);
            if *word != "." && after != "." {
                out.push(' ');
            }
        }
        out
    }
}

/// As names are compared.
fn bare(name: &str) -> String {
    name.trim_matches('`').to_ascii_lowercase()
}
