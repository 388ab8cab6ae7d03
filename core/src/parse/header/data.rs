//! INSERT, REPLACE, UPDATE, DELETE, MERGE, LOAD DATA, also behind WITH.

use super::cursor::Cursor;
use super::indexes::unknown_expr;
use super::{Header, Inside, Part, query};
use crate::change::{Change, Copied, Ident, Name, ReindexScope, RowFilter};
use crate::order::{Gather, PushAll};
use crate::source::{Token, TokenKind};

pub(super) fn read(c: &mut Cursor<'_>) -> Option<Header> {
    let mut parts = Vec::new();
    let with = c.is("WITH");
    if with {
        common_tables(c, &mut parts)?;
    }
    let (form, main) = match c.eat_any(&["INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE", "LOAD DATA", "LOAD XML"]) {
        Some("INSERT") => ("insert", insert(c)?),
        Some("REPLACE") => ("replace", insert(c)?),
        Some("UPDATE") => ("update", update(c)?),
        Some("DELETE") if is_multi_table(c) => {
            parts.push_all(delete_from_several(c)?);
            return Some(Header { form: "delete".to_string(), parts });
        }
        Some("DELETE") => ("delete", delete(c)?),
        Some("MERGE") => ("merge", merge(c)?),
        Some("LOAD DATA") => ("load data", load(c)?),
        Some(_) => ("load xml", load(c)?),
        None if with && ["SELECT", "VALUES", "TABLE"].iter().any(|w| c.is(w)) || c.is_kind(TokenKind::OpenParen) => {
            if parts.is_empty() && with {
                return Some(query::of("select", c));
            }
            if parts.is_empty() {
                return None;
            }
            return Some(Header { form: "with data change".to_string(), parts });
        }
        None => return None,
    };
    parts.push(main);
    Some(Header { form: form.to_string(), parts })
}

/// `WITH [RECURSIVE] a [(…)] AS [[NOT] MATERIALIZED] (…), b AS …`; data changes inside become parts.
fn common_tables(c: &mut Cursor<'_>, parts: &mut Vec<Part>) -> Option<()> {
    c.eat("WITH");
    c.eat("RECURSIVE");
    loop {
        c.ident()?;
        c.parens();
        c.eat("AS").then_some(())?;
        c.eat("NOT");
        c.eat("MATERIALIZED");
        let mut inside = c.parens()?;
        let whole = inside;
        let change = match inside.eat_any(&["INSERT", "UPDATE", "DELETE", "MERGE"]) {
            Some("INSERT") => insert(&mut inside),
            Some("UPDATE") => update(&mut inside),
            Some("DELETE") => delete(&mut inside),
            Some(_) => merge(&mut inside),
            None => None,
        };
        parts.push_all(change.map(|part| Part { span: whole.span(), ..part }));
        // SEARCH and CYCLE clauses.
        while !c.done() && !c.is_kind(TokenKind::Comma) && !starts_main(c) {
            c.skip_one();
        }
        if !c.eat_kind(TokenKind::Comma) {
            return Some(());
        }
    }
}

fn starts_main(c: &Cursor<'_>) -> bool {
    c.is_kind(TokenKind::OpenParen)
        || ["SELECT", "INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE", "VALUES", "TABLE"].iter().any(|w| c.is(w))
}

fn skip_words(c: &mut Cursor<'_>, words: &[&'static str]) {
    while c.eat_any(words).is_some() {}
}

fn insert(c: &mut Cursor<'_>) -> Option<Part> {
    if c.eat("OR") {
        c.next();
    }
    skip_words(c, &["LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE"]);
    c.eat("INTO");
    let table = c.name()?;
    if c.eat("AS") {
        c.ident();
    }
    c.eat("PARTITION");
    // The column list, or a query in parentheses.
    let mut rows = None;
    while !c.done() && rows.is_none() {
        let mut ahead = *c;
        let inside = ahead.parens();
        if inside.is_some_and(|i| i.is("SELECT") || i.is("WITH") || i.is("VALUES")) || is_query(c) {
            let change = Change::Insert { table, from_query: true, rows: None, source: Vec::new() };
            return Some(Part::ask(c, change, Inside::Dml).good_enough(true));
        }
        // SQLite: `INSERT INTO search (search) VALUES ('rebuild')` is a command to a full-text index.
        if c.dialect.bracket_idents
            && ahead.is_phrase("VALUES")
            && inside.is_some_and(|mut i| {
                i.ident().is_some_and(|first| first.value.eq_ignore_ascii_case(&table.object.value))
            })
        {
            let word = ahead.rest().to_ascii_lowercase();
            if word.contains("'delete-all'") {
                return Some(Part::exact(c, Change::Delete { table, filter: RowFilter::All }));
            }
            // A merge of so many pages is little work; of all pages where the number is negative.
            let whole = ["'rebuild'", "'optimize'", "'integrity-check'", "'merge', -", "'merge',-", "'merge=-"];
            if whole.iter().any(|command| word.contains(command)) {
                return Some(Part::exact(
                    c,
                    Change::Reindex { scope: ReindexScope::Any, name: None, concurrently: false },
                ));
            }
        }
        if c.eat_any(&["VALUES", "VALUE"]).is_some() {
            rows = Some(count_rows(c.rest_tokens()).max(1));
        } else if c.eat_any(&["DEFAULT VALUES", "SET"]).is_some() {
            rows = Some(1);
        } else {
            c.skip_one();
        }
    }
    Some(Part::exact(c, Change::Insert { table, from_query: rows.is_none(), rows, source: Vec::new() }))
}

fn is_query(c: &Cursor<'_>) -> bool {
    ["SELECT", "WITH", "TABLE", "EXECUTE"].iter().any(|w| c.is(w))
}

/// Words that leave rows out of a copy, or put others in.
const OTHER_ROWS: [&str; 8] = ["WHERE", "LIMIT", "GROUP BY", "HAVING", "JOIN", "UNION", "INTERSECT", "EXCEPT"];

/// The table whose rows a statement puts into another, all of them, and which of its columns go where.
pub(crate) fn copy_of(c: &Cursor<'_>) -> Option<(Name, Copied)> {
    let mut at = *c;
    let makes = at.is("CREATE");
    if !(makes || at.is("INSERT") || at.is("REPLACE"))
        || at.is_phrase("INSERT OR IGNORE")
        || at.is_phrase("INSERT IGNORE")
    {
        return None;
    }
    let replaces = at.is("REPLACE") || at.is_phrase("INSERT OR REPLACE");
    let mut into = Vec::new();
    while !at.is("SELECT") {
        let mut ahead = at;
        match ahead.parens() {
            Some(inside) if inside.is("SELECT") => at = inside,
            Some(_) if makes => at = ahead,
            Some(_) => into = at.ident_list()?,
            None if at.is("VALUES") => return None,
            None => {
                at.next()?;
            }
        }
    }
    at.next();
    at.eat("ALL");
    let from = at.taken();
    at.find("FROM").then_some(())?;
    let items = at.slice(from, at.taken()).split_commas();
    at.next();
    let name = at.name()?;
    if at.is_kind(TokenKind::Comma) || OTHER_ROWS.iter().any(|words| at.has(words)) {
        return None;
    }
    let values: Vec<Vec<Ident>> = items.into_iter().map(named).gather();
    // What a query makes keeps the names of columns; other names are not followed.
    let plain = values.iter().all(|value| value.len() == 1) && !c.has("DISTINCT");
    (plain || !makes && !c.has("DISTINCT")).then_some((name, Copied { into, values, replaces }))
}

/// What a value is made of: the names in it, without its own; `*` for all columns.
fn named(item: Cursor<'_>) -> Vec<Ident> {
    let mut to = item;
    to.find("AS");
    let value = bare(item.slice(0, to.taken()));
    let star = item.rest_tokens().last().filter(|last| last.of(item.text) == "*");
    if star.is_some() {
        return vec![Ident::new("*")];
    }
    if !stays(value) {
        return Vec::new();
    }
    let mut names: Vec<Ident> = value.tokens().iter().filter_map(|token| value.ident_of(*token)).gather();
    if let [_, _] = value.tokens() {
        names.truncate(1);
    }
    names
}

/// Without brackets around all of it and a plus in front, which change no value (observed on SQLite, text too).
fn bare(mut value: Cursor<'_>) -> Cursor<'_> {
    loop {
        let mut inside = value;
        value = if inside.eat_op("+") {
            inside.slice(1, value.tokens().len())
        } else {
            match inside.parens().filter(|_| inside.done()) {
                Some(group) => group,
                None => return value,
            }
        };
    }
}

/// A column as it is, with another value for NULL, or as another type (of which somebody who knows both has to judge).
fn stays(value: Cursor<'_>) -> bool {
    let calls = value.tokens().iter().any(|token| token.kind == TokenKind::OpenParen);
    let computes = value.tokens().iter().any(|token| token.kind == TokenKind::Operator);
    match value.word().to_ascii_lowercase().as_str() {
        "coalesce" | "ifnull" | "cast" => calls,
        "case" => value.has("IS NULL THEN") && !value.has("OR"),
        _ => !calls && !computes,
    }
}

/// Groups in parentheses up to the first that no comma follows.
fn count_rows(tokens: &[Token]) -> u64 {
    let (mut depth, mut rows) = (0usize, 0);
    for token in tokens {
        match token.kind {
            TokenKind::OpenParen => {
                rows += u64::from(depth == 0);
                depth += 1;
            }
            TokenKind::CloseParen => depth = depth.saturating_sub(1),
            // ON CONFLICT, ON DUPLICATE KEY, RETURNING; `ROW (…)`.
            TokenKind::Word if depth == 0 && token.end - token.start != 3 => break,
            _ => {}
        }
    }
    rows
}

/// Words that end the list of assignments or the condition.
const AFTER_CONDITION: [&str; 3] = ["RETURNING", "ORDER BY", "LIMIT"];

fn update(c: &mut Cursor<'_>) -> Option<Part> {
    if c.eat("OR") {
        c.next();
    }
    skip_words(c, &["LOW_PRIORITY", "IGNORE", "ONLY"]);
    let table = c.name()?;
    // `UPDATE a, b SET` and `UPDATE a JOIN b SET` change whichever table their assignments name.
    let mut ahead = *c;
    let single = !ahead.skip_to(|c| c.is_kind(TokenKind::Comma) || c.is("JOIN") || c.is("SET")) || ahead.is("SET");
    c.find("SET").then_some(())?;
    c.next();
    let from = c.taken();
    c.skip_to(|c| c.is("FROM") || c.is("WHERE") || AFTER_CONDITION.iter().any(|w| c.is_phrase(w)));
    let assignments = c.slice(from, c.taken());
    let columns = assignments.split_commas().into_iter().flat_map(assigned).gather();
    let filter = filter(c);
    let change = Change::Update { table, columns, filter };
    Some(Part::ask(c, change, Inside::Dml).good_enough(single))
}

/// `a = …`, `t.a = …`, `(a, b) = …`.
fn assigned(mut assignment: Cursor<'_>) -> Vec<Ident> {
    if let Some(columns) = assignment.ident_list() {
        return columns;
    }
    assignment.column_name().0.map(|name| name.object).into_iter().gather()
}

/// The condition that comes next, as written; which rows it means is for the inside to say.
fn filter(c: &mut Cursor<'_>) -> RowFilter {
    let limited = c.has("LIMIT");
    if !c.find("WHERE") {
        let condition = unknown_expr("");
        return if limited { unread_filter(condition, true) } else { RowFilter::All };
    }
    c.next();
    let from = c.taken();
    c.skip_to(|c| AFTER_CONDITION.iter().any(|w| c.is_phrase(w)));
    let condition = unknown_expr(c.slice(from, c.taken()).source());
    unread_filter(condition, limited)
}

fn unread_filter(condition: crate::change::Expr, batch: bool) -> RowFilter {
    RowFilter::Where {
        condition,
        by_value: Vec::new(),
        by_range: Vec::new(),
        by_row: Vec::new(),
        batch,
        sought: Some(Vec::new()),
        repeats: false,
    }
}

/// `DELETE a, b FROM …` and `DELETE FROM a, b USING …`, behind DELETE.
fn is_multi_table(c: &Cursor<'_>) -> bool {
    let mut ahead = *c;
    skip_words(&mut ahead, &DELETE_WORDS);
    !c.dialect.folds_to_lower && (!ahead.is("FROM") || ahead.has("USING"))
}

/// One change per table; which rows a join leaves is not known, so all are assumed.
fn delete_from_several(c: &mut Cursor<'_>) -> Option<Vec<Part>> {
    skip_words(c, &DELETE_WORDS);
    let using = c.eat("FROM");
    let mut targets = Vec::new();
    while let Some(name) = c.name() {
        // `a.*` is Access' way to write `a`.
        if c.eat_kind(TokenKind::Dot) {
            c.eat_op("*");
        }
        targets.push(name);
        if !c.eat_kind(TokenKind::Comma) {
            break;
        }
    }
    c.find(if using { "USING" } else { "FROM" }).then_some(())?;
    c.next();
    let sources = *c;
    let part = |name| {
        let table = resolve(&sources, name);
        Part::exact(c, Change::Delete { table, filter: RowFilter::All })
    };
    Some(targets.into_iter().map(part).gather())
}

/// The table behind an alias: `accounts AS a`, `accounts a`.
fn resolve(sources: &Cursor<'_>, alias: Name) -> Name {
    let mut at = *sources;
    // A table stands first, behind a comma, or behind JOIN.
    let mut starts = true;
    while !at.done() {
        let mut ahead = at;
        if starts && let Some(table) = ahead.name() {
            ahead.eat("AS");
            if alias.schema.is_none() && ahead.ident().is_some_and(|i| i == alias.object) {
                return table;
            }
        }
        starts = at.is_kind(TokenKind::Comma) || at.is("JOIN") || at.is("STRAIGHT_JOIN");
        at.next();
    }
    alias
}

const DELETE_WORDS: [&str; 4] = ["LOW_PRIORITY", "QUICK", "IGNORE", "HISTORY"];

fn delete(c: &mut Cursor<'_>) -> Option<Part> {
    skip_words(c, &DELETE_WORDS);
    let single = c.eat("FROM");
    c.eat("ONLY");
    let table = c.name()?;
    let filter = filter(c);
    let single = single && !c.slice(0, c.taken()).has("USING");
    Some(Part::ask(c, Change::Delete { table, filter }, Inside::Dml).good_enough(single))
}

/// `MERGE INTO t USING … WHEN …`: the worst of its branches. Beside rows that are written out, few.
fn merge(c: &mut Cursor<'_>) -> Option<Part> {
    c.eat("INTO");
    c.eat("ONLY");
    let table = c.name()?;
    let mut source = *c;
    let few = source.find("USING") && source.eat("USING") && source.parens().is_some_and(|rows| rows.is("VALUES"));
    let filter = match few && !c.has("BY SOURCE") {
        true => unread_filter(unknown_expr(""), true),
        false => RowFilter::All,
    };
    let change = if c.has("THEN DELETE") {
        Change::Delete { table, filter }
    } else if c.has("THEN UPDATE") {
        Change::Update { table, columns: Vec::new(), filter }
    } else if c.has("THEN INSERT") {
        Change::Insert { table, from_query: !few, rows: None, source: Vec::new() }
    } else {
        Change::reads()
    };
    Some(Part::exact(c, change))
}

/// A query whose WITH changes rows.
pub(super) fn writes(query: &Cursor<'_>) -> bool {
    let (mut ahead, mut parts) = (*query, Vec::new());
    ahead.is("WITH") && (common_tables(&mut ahead, &mut parts).is_none() || !parts.is_empty())
}

fn load(c: &mut Cursor<'_>) -> Option<Part> {
    c.find("INTO TABLE").then_some(())?;
    c.eat("INTO TABLE");
    let table = c.name()?;
    Some(Part::exact(c, Change::Insert { table, from_query: true, rows: None, source: Vec::new() }))
}
