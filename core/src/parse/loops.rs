//! `DO` blocks that do nothing but change rows of one table in batches, with a commit after each, or make one change where a
//! condition lets them (PostgreSQL).
//!
//! In: the statement. Out: the change of rows that the loop repeats, or the one change. Everything in the block has to be one
//! of a few known forms; a block with anything else in it stays code that decides at run time.

use super::inside;
use super::{Action, Statement, Step};
use crate::change::{Change, Name, ObjectKind, ObjectVerb, RowFilter};
use crate::order::{Gather, GatherAll, PushAll};
use crate::source::{Dialect, Lexer, Token, TokenKind, has};
use crate::target::{Engine, Target};

/// Functions that change nothing but the session.
#[rustfmt::skip]
const HARMLESS: [&str; 30] = [
    "min", "max", "count", "sum", "coalesce", "greatest", "least", "nullif", "now", "clock_timestamp", "pg_sleep", "set_config",
    "current_setting", "format", "round", "ceil", "floor", "extract", "array_agg", "unnest", "generate_series", "array",
    "cardinality", "array_length", "lower", "upper", "random", "row", "age", "make_interval",
];

/// Words before a parenthesis that call nothing.
#[rustfmt::skip]
const WORDS: [&str; 27] = [
    "in", "any", "all", "and", "or", "not", "exists", "select", "from", "where", "as", "on", "using", "when", "then", "values",
    "over", "by", "lateral", "filter", "distinct", "if", "elsif", "while", "interval", "varchar", "numeric",
];

/// The repeated change; none when the block does anything else.
pub(super) fn repeated(sql: &str, target: Target) -> Option<Change> {
    if target.engine() != Engine::Postgres {
        return None;
    }
    let body = body(sql, target)?;
    let variables = parameters(sql, target);
    let tokens = tokens(body, target);
    let mut reader = Reader { text: body, variables, declaring: false, depth: 0, commits: false, change: None };
    for statement in statements(&tokens) {
        reader.statement(statement)?;
    }
    let change = reader.change.filter(|_| reader.commits)?;
    in_batches(inside::dml(&change, target).ok()?)
}

/// The change of a block that makes one, where a condition or a handler of errors lets it: `IF NOT EXISTS (SELECT …) THEN
/// CREATE TYPE …`, `EXCEPTION WHEN duplicate_object THEN null`. All else in it only reads.
pub(super) fn guarded(sql: &str, target: Target) -> Option<Vec<Change>> {
    // Else there would be nothing in it.
    has(body(sql, target)?, "begin").then_some(())?;
    let body = super::body(sql, target);
    let mut done: Vec<Change> = Vec::new();
    let called = body.called.iter().map(|expression| format!("SELECT {expression}"));
    for step in called.map(|sql| Step { sql, looped: true }).chain(body.steps) {
        let read = super::parse(&step.sql, target);
        let reads = |action: &Action| action.change == Change::reads();
        for statement in read.statements.into_iter().filter(|s| !s.understood || !s.changes.iter().all(reads)) {
            let known = statement.understood && !step.looped && done.is_empty();
            done = statement.changes.into_iter().map(|action| where_none_is(action.change)).gather_all()?;
            known.then_some(())?;
        }
        read.problems.is_empty().then_some(())?;
    }
    done.is_empty().then(|| done.push(Change::reads()));
    Some(done)
}

/// A change that can stand in a block, as one that is made only where what it makes is not there.
fn where_none_is(mut change: Change) -> Option<Change> {
    match &mut change {
        Change::CreateTable(def) => def.if_not_exists = true,
        Change::CreateIndex(index) if !index.concurrently => index.if_not_exists = true,
        Change::AddColumn { if_not_exists, .. } => *if_not_exists = true,
        Change::Object {
            kind:
                ObjectKind::Domain
                | ObjectKind::Extension
                | ObjectKind::Function
                | ObjectKind::Role
                | ObjectKind::Schema
                | ObjectKind::Sequence
                | ObjectKind::Trigger
                | ObjectKind::Type,
            ..
        }
        | Change::DropColumn { .. }
        | Change::DropTable { .. }
        | Change::RenameTable { .. }
        | Change::RenameColumn { .. }
        | Change::ChangeColumnType { .. }
        | Change::SetNotNull { .. }
        | Change::DropNotNull { .. }
        | Change::SetDefault { .. }
        | Change::DropDefault { .. }
        | Change::AddConstraint { .. }
        | Change::DropConstraint { .. }
        | Change::CreateEnum { .. }
        | Change::Insert { .. }
        | Change::Update { .. }
        | Change::Delete { .. } => {}
        _ => return None,
    }
    Some(change)
}

/// `CALL` of a procedure that the script makes itself: PostgreSQL's where it is no more than such a loop, one of MySQL where
/// every statement in it is known.
pub(super) fn resolve_calls(statements: &mut [Statement], text: &str, target: Target) {
    let mut known: Vec<(Name, Vec<Change>)> = Vec::new();
    for statement in statements {
        let sql = statement.span.of(text);
        let [action] = statement.changes.as_slice() else { continue };
        match &action.change {
            Change::Object {
                verb: ObjectVerb::Create | ObjectVerb::Replace,
                kind: ObjectKind::Procedure,
                name: Some(name),
                ..
            } => {
                known.retain(|(own, _)| own != name);
                let done = if target.engine().is_mysql_family() {
                    statements_of(sql, target)
                } else {
                    repeated(sql, target).map(|change| vec![change])
                };
                known.push_all(done.map(|changes| (name.clone(), changes)));
            }
            Change::Opaque { form, .. } if form == "call" && statement.transaction.is_none() => {
                let object = called(sql);
                if let Some((_, changes)) =
                    known.iter().find(|(name, _)| name.object.value.eq_ignore_ascii_case(object))
                {
                    let span = action.span;
                    let done = changes.iter().map(|change| Action { change: change.clone(), span });
                    statement.changes = done.gather();
                }
            }
            _ => {}
        }
    }
}

/// The procedure that a CALL names, without its schema.
pub fn called(sql: &str) -> &str {
    let name = sql.split('(').next().unwrap_or_default().split_whitespace().next_back().unwrap_or_default();
    name.rsplit('.').next().unwrap_or_default().trim_matches(['"', '`', ';'])
}

/// What a procedure of MySQL or MariaDB does when it is called; none where a statement of it is not known.
fn statements_of(sql: &str, target: Target) -> Option<Vec<Change>> {
    let body = super::body(sql, target);
    let mut done = Vec::new();
    for step in &body.steps {
        super::unknown_call(&step.sql, target).is_none().then_some(())?;
        let read = super::parse(&step.sql, target);
        for action in read.statements.into_iter().filter(|statement| statement.understood).flat_map(|s| s.changes) {
            match action.change {
                Change::Opaque { .. } | Change::Object { .. } | Change::Query { calls_functions: true, .. } => {
                    return None;
                }
                Change::Query { .. } => {}
                change if step.looped => done.push(looped(change, body.commits)),
                change => done.push(change),
            }
        }
        read.problems.is_empty().then_some(())?;
    }
    (!done.is_empty()).then_some(done)
}

/// One of a loop: as many rows as the table has, in batches where it commits.
fn looped(mut change: Change, commits: bool) -> Change {
    if let Change::Update { filter, .. } | Change::Delete { filter, .. } = &mut change {
        match filter {
            RowFilter::Where { by_value, by_row, repeats, .. } if commits => {
                by_value.append(by_row);
                *repeats = true;
            }
            filter => *filter = RowFilter::All,
        }
    }
    change
}

/// Names of the parameters of a procedure.
fn parameters(sql: &str, target: Target) -> Vec<String> {
    let outer = tokens(sql, target);
    let list = outer.iter().skip_while(|t| t.kind != TokenKind::OpenParen).take_while(|t| t.kind != TokenKind::String);
    let words = list.map(|t| t.of(sql).to_ascii_lowercase()).gather();
    let first = words
        .split(|word| word == "," || word == "(")
        .filter_map(|part| part.iter().find(|word| !matches!(word.as_str(), "in" | "out" | "inout")));
    first.cloned().gather()
}

/// What stands between the dollar quotes, when the block is plpgsql.
pub(super) fn body(sql: &str, target: Target) -> Option<&str> {
    let outer = tokens(sql, target);
    let foreign = outer.iter().any(|t| is_word(*t, sql, "language")) && !sql.to_ascii_lowercase().contains("plpgsql");
    let quoted = outer.iter().find(|t| t.kind == TokenKind::String).map(|t| t.of(sql)).filter(|_| !foreign)?;
    let tag = quoted.get(..quoted.get(1..)?.find('$')? + 2).filter(|tag| tag.starts_with('$'))?;
    quoted.strip_prefix(tag)?.strip_suffix(tag)
}

fn tokens(text: &str, target: Target) -> Vec<Token> {
    let mut lexer = Lexer::new(text, Dialect::of(target));
    std::iter::from_fn(|| lexer.next_token()).filter(|token| token.kind != TokenKind::Comment).gather()
}

fn statements(tokens: &[Token]) -> impl Iterator<Item = &[Token]> {
    tokens.split(|token| token.kind == TokenKind::Semicolon).filter(|statement| !statement.is_empty())
}

fn is_word(token: Token, text: &str, word: &str) -> bool {
    token.kind == TokenKind::Word && token.of(text).eq_ignore_ascii_case(word)
}

/// Goes through the block; none of its functions gives an answer for what it does not know.
struct Reader<'a> {
    text: &'a str,
    variables: Vec<String>,
    declaring: bool,
    /// Loops that are open.
    depth: u32,
    /// A loop commits.
    commits: bool,
    /// The one statement that changes rows, variables replaced by a number.
    change: Option<String>,
}

impl Reader<'_> {
    fn is(&self, tokens: &[Token], word: &str) -> bool {
        tokens.first().is_some_and(|token| is_word(*token, self.text, word))
    }

    /// Takes control words from the front, then a simple statement.
    fn statement(&mut self, mut rest: &[Token]) -> Option<()> {
        while let Some((first, behind)) = rest.split_first() {
            let word = first.of(self.text).to_ascii_lowercase();
            rest = match word.as_str() {
                "<" | "<<" => rest.get(rest.iter().position(|t| t.of(self.text).ends_with('>'))? + 1..)?,
                ">" => behind,
                "declare" => {
                    self.declaring = true;
                    behind
                }
                "begin" => {
                    self.declaring = false;
                    behind
                }
                "loop" => {
                    self.depth += 1;
                    behind
                }
                "else" | "exception" => behind,
                "if" | "elsif" | "when" => self.past(rest, "then")?,
                "while" => self.opens_loop(rest)?,
                "for" => {
                    self.variables.push_all(behind.first().map(|name| name.of(self.text).to_ascii_lowercase()));
                    self.opens_loop(rest)?
                }
                "end" => return self.end(behind),
                _ => return self.simple(rest),
            };
        }
        Some(())
    }

    fn opens_loop<'t>(&mut self, rest: &'t [Token]) -> Option<&'t [Token]> {
        self.depth += 1;
        self.past(rest, "loop")
    }

    /// What stands behind a word, when nothing unknown is called before it.
    fn past<'t>(&self, rest: &'t [Token], word: &str) -> Option<&'t [Token]> {
        let at = rest.iter().position(|token| is_word(*token, self.text, word))?;
        self.calls_nothing(rest.get(..at)?)?;
        rest.get(at + 1..)
    }

    fn end(&mut self, behind: &[Token]) -> Option<()> {
        if self.is(behind, "loop") {
            self.depth = self.depth.checked_sub(1)?;
        }
        (behind.len() <= 2).then_some(())
    }

    fn simple(&mut self, tokens: &[Token]) -> Option<()> {
        let word = tokens.first()?.of(self.text).to_ascii_lowercase();
        let into = tokens.iter().any(|token| is_word(*token, self.text, "into"));
        let writes = ["update", "delete"].iter().any(|verb| tokens.iter().any(|t| is_word(*t, self.text, verb)));
        match word.as_str() {
            _ if self.declaring => self.variables.push(word),
            "commit" | "rollback" if tokens.len() == 1 => self.commits |= self.depth > 0,
            "update" | "delete" => return self.changes(tokens),
            "with" if writes => return self.changes(tokens),
            "select" if into => {}
            "perform" | "raise" | "exit" | "continue" | "return" | "null" | "get" => {}
            _ if matches!(tokens.get(1).map(|t| t.of(self.text)), Some(":=" | "=")) => {}
            _ => return None,
        }
        self.calls_nothing(tokens)
    }

    /// The one change of rows, in a loop.
    fn changes(&mut self, tokens: &[Token]) -> Option<()> {
        if self.change.is_some() || self.depth == 0 {
            return None;
        }
        let mut out = String::new();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let text = token.of(self.text);
            let before = at.checked_sub(1).and_then(|at| tokens.get(at)).map(|t| t.kind);
            let behind = tokens.get(at + 1).map(|t| t.kind);
            let named = before != Some(TokenKind::Dot) && self.variables.contains(&text.to_ascii_lowercase());
            match (named, behind) {
                (true, Some(TokenKind::Dot)) => {
                    out.push_str("1 ");
                    at += 3;
                    continue;
                }
                (true, kind) if kind != Some(TokenKind::OpenParen) => out.push_str("1 "),
                _ => {
                    out.push_str(text);
                    if token.kind != TokenKind::Dot && behind != Some(TokenKind::Dot) {
                        out.push(' ');
                    }
                }
            }
            at += 1;
        }
        self.change = Some(out);
        Some(())
    }

    /// Every call is of a function that is known to be harmless, and no SQL is made at run time.
    fn calls_nothing(&self, tokens: &[Token]) -> Option<()> {
        let harmless = |pair: &[Token]| match pair {
            [name, open]
                if open.kind == TokenKind::OpenParen && matches!(name.kind, TokenKind::Word | TokenKind::Quoted) =>
            {
                let name = name.of(self.text).to_ascii_lowercase();
                HARMLESS.contains(&name.as_str()) || WORDS.contains(&name.as_str())
            }
            [first, _] => !is_word(*first, self.text, "execute") && !is_word(*first, self.text, "call"),
            _ => true,
        };
        tokens.windows(2).all(harmless).then_some(())
    }
}

/// The change as one that is repeated; none when a repetition is not bounded to a batch.
fn in_batches(change: Change) -> Option<Change> {
    let bounded = |filter: RowFilter| match filter {
        RowFilter::Where { condition, by_value, by_range, batch, .. }
            if batch || !by_value.is_empty() || !by_range.is_empty() =>
        {
            Some(RowFilter::Where {
                condition,
                by_value: Vec::new(),
                by_range,
                by_row: Vec::new(),
                batch: true,
                sought: None,
                repeats: true,
            })
        }
        RowFilter::Where { .. } | RowFilter::All => None,
    };
    match change {
        Change::Update { table, columns, filter } => Some(Change::Update { table, columns, filter: bounded(filter)? }),
        Change::Delete { table, filter } => Some(Change::Delete { table, filter: bounded(filter)? }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYSET: &str = "DO $$ DECLARE lo bigint := 0; hi bigint; BEGIN LOOP \
        SELECT max(id) INTO hi FROM (SELECT id FROM users WHERE id > lo ORDER BY id LIMIT 1000) s; EXIT WHEN hi IS NULL; \
        UPDATE users SET b = a WHERE id > lo AND id <= hi AND b IS NULL; COMMIT; PERFORM pg_sleep(0.1); lo := hi; \
        END LOOP; END $$";

    fn read(sql: &str) -> Option<Change> {
        repeated(sql, Target::parse("postgres:16").ok()?)
    }

    #[test]
    fn loops_over_batches_are_known() {
        let limit = "DO $x$ DECLARE n int; BEGIN <<batches>> LOOP UPDATE users SET b = a WHERE id IN (SELECT id FROM users \
            WHERE b IS NULL LIMIT 500); GET DIAGNOSTICS n = ROW_COUNT; IF n = 0 THEN EXIT; END IF; COMMIT; \
            RAISE NOTICE '% rows', n; END LOOP batches; END; $x$";
        let counted = "DO LANGUAGE plpgsql $$ BEGIN FOR i IN 0..1000 LOOP DELETE FROM logs WHERE id >= i * 1000 AND id < 5; \
            COMMIT; END LOOP; END $$";
        for sql in [KEYSET, limit, counted] {
            let change = read(sql);
            let filter = match &change {
                Some(Change::Update { filter, .. } | Change::Delete { filter, .. }) => Some(filter),
                _ => None,
            };
            assert!(matches!(filter, Some(RowFilter::Where { batch: true, repeats: true, .. })), "{sql}: {change:?}");
        }
    }

    #[test]
    fn a_call_of_such_a_procedure_is_known() {
        let procedure = KEYSET
            .replace("DO $$", "CREATE PROCEDURE fill(batch int) LANGUAGE plpgsql AS $$")
            .replace("LIMIT 1000", "LIMIT batch");
        let known = |sql: &str| {
            let script =
                Target::parse("postgres:16").map(|target| crate::parse::parse(sql, target)).unwrap_or_default();
            script
                .statements
                .last()
                .is_some_and(|s| matches!(s.changes.as_slice(), [a] if matches!(a.change, Change::Update { .. })))
        };
        assert!(known(&format!("{procedure}; CALL public.fill(5000);")));
        assert!(!known(&format!("{procedure}; CALL other(5000);")));
        assert!(!known("CALL fill(5000);"));
    }

    #[test]
    fn a_block_with_anything_else_stays_opaque() {
        for (from, to) in [
            ("COMMIT; ", ""),
            ("PERFORM pg_sleep(0.1)", "PERFORM purge()"),
            ("PERFORM pg_sleep(0.1)", "EXECUTE 'DROP TABLE users'"),
            ("PERFORM pg_sleep(0.1)", "DROP TABLE users"),
            ("PERFORM pg_sleep(0.1)", "INSERT INTO log VALUES (1)"),
            ("PERFORM pg_sleep(0.1)", "UPDATE orders SET a = 1 WHERE id = 5"),
            ("WHERE id > lo AND id <= hi AND b IS NULL", ""),
            ("lo := hi", "lo := purge(hi)"),
            ("EXIT WHEN hi IS NULL", "EXIT WHEN purge(hi)"),
            ("DO $$", "DO LANGUAGE plpython3u $$"),
        ] {
            assert_eq!(read(&KEYSET.replace(from, to)), None, "{to}");
        }
    }
}
