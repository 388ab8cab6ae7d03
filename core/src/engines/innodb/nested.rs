//! Queries in brackets that the servers refuse where they stand, and LIMIT beside a join.
//!
//! Only what the words of a statement tell. A query behind FROM or JOIN is stored first, so that nothing in it is refused.

use crate::engines::forms::words_of;
use crate::target::{Engine, Target};

/// Why the server refuses a statement for the place of one of its clauses.
pub(in crate::engines) fn refused(sql: &str, target: Target) -> Option<String> {
    const FIRST: [&str; 5] = ["update", "delete", "insert", "replace", "select"];
    let starts = |word: &&str| sql.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    let first = FIRST.into_iter().find(starts)?;
    let lower =
        ["select", "limit", "order"].iter().any(|word| crate::source::has(sql.get(6..).unwrap_or_default(), word));
    lower.then_some(())?;
    let words = words_of(sql, target);
    let mysql = target.engine() == Engine::MySql;
    // MariaDB reads the table that it writes from 10.3 on, and sorts what it deletes by a join from 11.8 on.
    let joined = joined(&words, first);
    let sorts = match first {
        "update" => mysql,
        "delete" => mysql || !target.version.at_least(11, 8, 0),
        _ => false,
    };
    let mut reader = Reader { levels: vec![Level::default()], written: None };
    if mysql && first != "select" && !joined {
        reader.written = written(&words, first);
    }
    let refused = words.iter().enumerate().find_map(|(at, word)| reader.word(&words, at, word));
    let clause = || {
        let mut depth = 0;
        words.iter().find(|word| {
            depth += i32::from(**word == "(") - i32::from(**word == ")");
            depth == 0 && ["limit", "order"].iter().any(|clause| word.eq_ignore_ascii_case(clause))
        })
    };
    refused.or_else(|| {
        let clause = clause().filter(|_| joined && sorts)?;
        Some(format!("{} takes no {clause} beside a join in {first} (error 1221 or 1064)", target.engine().title()))
    })
}

fn is(word: &str, wanted: &str) -> bool {
    word.eq_ignore_ascii_case(wanted)
}

/// Several tables stand where the written one does: before SET, or around FROM.
fn joined(words: &[&str], first: &str) -> bool {
    let end = |word: &&&str| !is(word, "set") && !is(word, "where") && !is(word, "limit") && !is(word, "order");
    let head = words.iter().take_while(end);
    match first {
        "update" => head.into_iter().any(|word| is(word, "join") || *word == ","),
        "delete" => {
            let named = words.iter().skip(1).find(|word| !MODIFIERS.iter().any(|modifier| is(word, modifier)));
            head.into_iter().any(|word| is(word, "using")) || named.is_some_and(|word| !is(word, "from"))
        }
        _ => false,
    }
}

const MODIFIERS: [&str; 5] = ["low_priority", "quick", "ignore", "high_priority", "delayed"];

/// The one table that the statement writes; none where INSERT takes the rows of a query, which is stored first.
fn written<'a>(words: &[&'a str], first: &str) -> Option<&'a str> {
    let mut at = 1;
    while MODIFIERS.iter().chain(&["into", "from"]).any(|word| words.get(at).is_some_and(|w| is(w, word))) {
        at += 1;
    }
    if words.get(at + 1) == Some(&".") {
        at += 2;
    }
    let mut depth = 0;
    let values = words.iter().find(|word| {
        depth += i32::from(**word == "(") - i32::from(**word == ")");
        depth == 0 && ["values", "value", "set", "select"].iter().any(|known| is(word, known))
    });
    let stored = matches!(first, "insert" | "replace") && values.is_none_or(|word| is(word, "select"));
    words.get(at).map(|name| bare(name)).filter(|_| !stored)
}

fn bare(name: &str) -> &str {
    name.trim_matches('`')
}

/// Brackets that are open.
#[derive(Default)]
struct Level {
    /// A query whose rows are stored before the rest runs.
    stored: bool,
    /// A query behind IN or ANY.
    list: bool,
    /// Tables are named.
    tables: bool,
}

struct Reader<'a> {
    levels: Vec<Level>,
    written: Option<&'a str>,
}

impl Reader<'_> {
    fn word(&mut self, words: &[&str], at: usize, word: &str) -> Option<String> {
        let before = at.checked_sub(1).and_then(|at| words.get(at)).copied().unwrap_or_default();
        let named = is(before, "from") || is(before, "join") || before == "," && self.levels.last()?.tables;
        match word {
            "(" => {
                let query = words.get(at + 1).is_some_and(|next| is(next, "select") || is(next, "with"));
                let stored = self.levels.last()?.stored || query && named;
                let list = query && ["in", "any", "all", "some"].iter().any(|word| is(before, word));
                self.levels.push(Level { stored, list, tables: false });
                return None;
            }
            ")" => {
                if self.levels.len() > 1 {
                    self.levels.pop();
                }
                return None;
            }
            _ => {}
        }
        let inner = self.levels.len() > 1;
        let level = self.levels.last_mut()?;
        if is(word, "from") || is(word, "join") {
            level.tables = true;
        } else if ["where", "group", "having", "order", "limit", "set", "values", "on"].iter().any(|end| is(word, end))
        {
            level.tables = false;
        }
        if level.list && is(word, "limit") {
            return Some("a query behind IN takes no LIMIT (error 1235): put it into brackets behind FROM".to_string());
        }
        let name = if words.get(at + 1) == Some(&".") { words.get(at + 2)? } else { word };
        let read = inner && named && !level.stored && self.written.is_some_and(|table| is(bare(name), table));
        read.then(|| {
            format!("a query in brackets reads {}, which the statement writes (error 1093): put it into brackets behind FROM", bare(name))
        })
    }
}
