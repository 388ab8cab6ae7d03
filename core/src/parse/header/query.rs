//! Statements that read: SELECT, EXPLAIN, SHOW and their kin.

use super::cursor::Cursor;
use super::{Header, Inside, Part, routines, touches};
use crate::change::{Change, Name, OpaqueWhy, RowFilter, TableDef};
use crate::order::Gather;
use crate::parse::inside::functions;
use crate::source::{Token, TokenKind};
use crate::target::{Engine, Target};

/// First words of statements that only read: the words; the form.
const READERS: [(&str, &str); 9] = [
    ("SHOW", "show"),
    ("DESCRIBE", "describe"),
    ("DESC", "describe"),
    ("HELP", "help"),
    ("HANDLER", "handler"),
    ("VALUES", "values"),
    ("VALUE", "values"),
    ("TABLE", "table"),
    ("EXPLAIN QUERY PLAN", "explain query plan"),
];

pub(super) fn read(c: &mut Cursor<'_>, target: Target) -> Option<Header> {
    if c.is("SELECT") || c.is_kind(TokenKind::OpenParen) {
        return Some(select(c, target));
    }
    if let Some((_, form)) = READERS.iter().find(|(words, _)| c.is_phrase(words)) {
        return Some(of(form, c));
    }
    // MariaDB runs what it analyses.
    if c.eat("ANALYZE FORMAT") {
        c.eat_op("=");
        c.next();
        let header = routines::explain_analyze(&c.slice(c.taken(), c.tokens().len()));
        return Some(Header { form: "analyze".to_string(), ..header });
    }
    if c.eat("EXPLAIN") {
        let options = c.parens();
        let listed = options.is_some_and(|o| o.has("ANALYZE") && !o.has("ANALYZE FALSE") && !o.has("ANALYZE OFF"));
        if c.eat_any(&["ANALYZE", "ANALYSE"]).is_some() || listed {
            c.eat("VERBOSE");
            return Some(routines::explain_analyze(&c.slice(c.taken(), c.tokens().len())));
        }
        return Some(Header::exact("explain", c, Change::reads()));
    }
    if c.eat("COPY") {
        if c.has("TO PROGRAM") || c.has("FROM PROGRAM") {
            let change = Change::Opaque { form: "copy".to_string(), why: OpaqueWhy::RunsCode, touches: Vec::new() };
            return Some(Header::exact("copy", c, change));
        }
        return copy(c);
    }
    None
}

/// A statement that reads, with a look at the functions it calls.
pub(super) fn of(form: &str, c: &Cursor<'_>) -> Header {
    let calls_functions = calls(c);
    // Inside of parentheses too.
    let words = c.slice(0, c.tokens().len()).words();
    if calls_functions || !LOCKING.iter().any(|clause| words.contains(clause)) {
        return Header::exact(form, c, Change::Query { calls_functions, locks: Vec::new() });
    }
    let locks = touches::read_relations(c).into_iter().map(|table| (table, RowFilter::All)).gather();
    let part = Part::ask(c, Change::Query { calls_functions, locks }, Inside::Dml).good_enough(true);
    Header { form: form.to_string(), parts: vec![part] }
}

/// Clauses that lock the rows that a query reads.
const LOCKING: [&str; 5] = [" for update", " for no key update", " for share", " for key share", " lock in share mode"];

impl Header {
    /// The same, and what the functions do that a query calls, which is run at once (PostgreSQL).
    pub(super) fn with_calls(mut self, query: &Cursor<'_>) -> Header {
        let query = query.slice(query.taken(), query.tokens().len());
        if query.dialect.folds_to_lower && !query.has("WITH NO DATA") && calls(&query) {
            self.parts.push(Part::exact(&query, Change::Query { calls_functions: true, locks: Vec::new() }));
        }
        self
    }
}

/// `SELECT`; PostgreSQL's `SELECT … INTO t` makes a table.
pub(super) fn select(c: &Cursor<'_>, target: Target) -> Header {
    if let Some(setting) = set_config(c) {
        return Header::exact("select", c, setting);
    }
    let mut ahead = *c;
    if !target.engine().is_mysql_family() && ahead.find("INTO") {
        ahead.next();
        let temporary = ahead.eat_any(&["TEMPORARY", "TEMP"]).is_some();
        let unlogged = ahead.eat("UNLOGGED");
        ahead.eat("TABLE");
        if let Some(name) = ahead.name() {
            let mut table = TableDef::new(name);
            table.from_query = true;
            table.reads = touches::read_relations(c);
            table.temporary = temporary;
            table.unlogged = unlogged;
            table.complete = false;
            table.text = c.source().to_string();
            let header = Header::exact("select into", c, Change::CreateTable(Box::new(table)));
            return header.with_calls(c);
        }
    }
    // A file on the server, which a running job may read.
    if target.engine().is_mysql_family() && (c.has("INTO OUTFILE") || c.has("INTO DUMPFILE")) {
        return Header::opaque("select into a file", c, OpaqueWhy::RunsCode);
    }
    of("select", c)
}

/// PostgreSQL's `SELECT set_config('name', 'value', local)`: a SET in other words.
fn set_config(c: &Cursor<'_>) -> Option<Change> {
    let mut c = *c;
    (c.eat("SELECT") && c.name()?.object.value.eq_ignore_ascii_case("set_config")).then_some(())?;
    let mut inside = c.parens()?;
    let name = inside.string()?;
    inside.eat_kind(TokenKind::Comma);
    let value = inside.string()?;
    inside.eat_kind(TokenKind::Comma);
    let local = inside.is("TRUE");
    c.done().then(|| super::session::setting("set", &name.to_ascii_lowercase(), &value, local))
}

/// `COPY t FROM …` writes, `COPY … TO …` reads.
pub(super) fn copy(c: &mut Cursor<'_>) -> Option<Header> {
    c.eat("BINARY");
    if c.is_kind(TokenKind::OpenParen) {
        return Some(of("copy to", &c.slice(c.taken(), c.tokens().len())));
    }
    let table: Name = c.name()?;
    c.parens();
    if c.is("TO") {
        return Some(Header::exact("copy to", c, Change::reads()));
    }
    c.is("FROM").then(|| {
        Header::exact("copy from", c, Change::Insert { table, from_query: true, rows: None, source: Vec::new() })
    })
}

/// Functions and keywords before a parenthesis that change neither rows nor structure: at most a sequence, a setting of
/// the session or an advisory lock; sorted.
const HARMLESS: [&str; 206] = [
    "abs",
    "age",
    "all",
    "and",
    "any",
    "array",
    "array_agg",
    "array_length",
    "as",
    "ascii",
    "avg",
    "between",
    "bool_and",
    "bool_or",
    "by",
    "cast",
    "ceil",
    "char_length",
    "chr",
    "coalesce",
    "concat",
    "concat_ws",
    "convert",
    "count",
    "cross",
    "cume_dist",
    "curdate",
    "current_database",
    "current_date",
    "current_schema",
    "current_setting",
    "current_timestamp",
    "current_user",
    "currval",
    "database",
    "date",
    "date_add",
    "date_format",
    "date_part",
    "date_sub",
    "date_trunc",
    "datetime",
    "day",
    "decode",
    "dense_rank",
    "distinct",
    "do",
    "else",
    "encode",
    "end",
    "escape",
    "every",
    "except",
    "exists",
    "extract",
    "filter",
    "first_value",
    "floor",
    "format",
    "from",
    "generate_series",
    "get_lock",
    "greatest",
    "group",
    "group_concat",
    "grouping",
    "hashtext",
    "having",
    "hex",
    "hour",
    "if",
    "ifnull",
    "iif",
    "in",
    "initcap",
    "insert",
    "instr",
    "intersect",
    "interval",
    "into",
    "join",
    "json_agg",
    "json_array",
    "json_build_object",
    "json_extract",
    "json_object",
    "jsonb_agg",
    "jsonb_array_elements",
    "jsonb_build_object",
    "jsonb_each",
    "julianday",
    "lag",
    "last_insert_id",
    "last_insert_rowid",
    "lastval",
    "lateral",
    "lead",
    "least",
    "left",
    "length",
    "like",
    "limit",
    "lower",
    "lpad",
    "ltrim",
    "max",
    "md5",
    "min",
    "minute",
    "mod",
    "month",
    "nextval",
    "not",
    "now",
    "nullif",
    "offset",
    "on",
    "or",
    "order",
    "over",
    "pg_advisory_lock",
    "pg_advisory_unlock",
    "pg_advisory_xact_lock",
    "pg_get_serial_sequence",
    "pg_indexes_size",
    "pg_notify",
    "pg_relation_size",
    "pg_size_pretty",
    "pg_sleep",
    "pg_table_size",
    "pg_total_relation_size",
    "pg_try_advisory_lock",
    "pg_try_advisory_xact_lock",
    "pg_typeof",
    "position",
    "power",
    "printf",
    "quote",
    "quote_ident",
    "quote_literal",
    "rand",
    "random",
    "rank",
    "regexp_replace",
    "release_lock",
    "repeat",
    "replace",
    "returning",
    "reverse",
    "right",
    "round",
    "row",
    "row_number",
    "rpad",
    "rtrim",
    "schema",
    "second",
    "select",
    "session_user",
    "set",
    "set_config",
    "setval",
    "sign",
    "sleep",
    "some",
    "split_part",
    "sqrt",
    "starts_with",
    "strftime",
    "string_agg",
    "substr",
    "substring",
    "sum",
    "then",
    "time",
    "timestampdiff",
    "to_char",
    "to_date",
    "to_json",
    "to_jsonb",
    "to_number",
    "to_regclass",
    "to_timestamp",
    "total",
    "translate",
    "trim",
    "trunc",
    "typeof",
    "unhex",
    "union",
    "unix_timestamp",
    "unixepoch",
    "unnest",
    "upper",
    "user",
    "using",
    "utc_timestamp",
    "uuid",
    "values",
    "varchar",
    "version",
    "when",
    "where",
    "with",
    "within",
    "year",
];

/// PostgreSQL's: what the names of functions that only compute begin with, those of PostGIS among them.
const COMPUTING: [&str; 14] = [
    "array_",
    "bit_",
    "covar_",
    "json",
    "percentile_",
    "pg_get_",
    "range_",
    "regexp_",
    "regr_",
    "st_",
    "stddev",
    "string_",
    "ts_",
    "var_",
];

/// Other functions and keywords of PostgreSQL that change nothing.
const COMPUTING_TOO: [&str; 15] = [
    "col_description",
    "corr",
    "cube",
    "date_bin",
    "format_type",
    "materialized",
    "mode",
    "nth_value",
    "ntile",
    "obj_description",
    "ordinality",
    "percent_rank",
    "rollup",
    "sets",
    "variance",
];

/// Whether a function is called of which it is not known that it changes nothing.
pub(super) fn calls(c: &Cursor<'_>) -> bool {
    called(c).is_some()
}

/// The first function that is called of which it is not known that it changes nothing.
pub(crate) fn called<'a>(c: &Cursor<'a>) -> Option<&'a str> {
    let tokens = c.tokens();
    let place = tokens.windows(2).enumerate().position(|(at, pair)| match pair {
        [name, paren] if paren.kind == TokenKind::OpenParen => {
            let before = |n: usize| at.checked_sub(n).and_then(|at| tokens.get(at)).copied();
            let lower = name.of(c.text).to_ascii_lowercase();
            match name.kind {
                TokenKind::Word | TokenKind::Quoted if names_columns(c, at) => false,
                TokenKind::Word if c.dialect.hash_comments && functions::comes_with_mysql(&lower) => false,
                TokenKind::Word => !is_harmless(c, &lower, before(1).zip(before(2))),
                TokenKind::Quoted => true,
                _ => false,
            }
        }
        _ => false,
    })?;
    tokens.get(place).map(|token| token.of(c.text))
}

/// Words before the name of a table or of a query with its columns in brackets.
const NAMING: [&str; 9] = ["into", "as", "with", "recursive", "ignore", "insert", "replace", "join", "update"];

/// `(columns) AS (query)`, behind the name of a query of WITH.
fn defines(mut c: Cursor<'_>) -> bool {
    c.parens().is_some() && c.eat("AS") && c.is_kind(TokenKind::OpenParen)
}

/// A name with columns behind it, not a call: `INTO t (a, b)`, `AS v (a, b)`, `WITH q (a, b) AS (…)`.
fn names_columns(c: &Cursor<'_>, at: usize) -> bool {
    if c.dialect.folds_to_lower {
        return names_columns_in_postgres(c, at);
    }
    let tokens = c.tokens();
    let word = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map_or("", |token| token.of(c.text));
    let mut before = at.checked_sub(1);
    if word(before) == "." {
        before = at.checked_sub(3);
    }
    let behind = |naming: &str| word(before).eq_ignore_ascii_case(naming);
    c.dialect.hash_comments && NAMING.into_iter().any(behind)
        || ["with", "recursive"].into_iter().any(behind)
        || behind(",") && defines(c.slice(at + 1, tokens.len()))
}

fn is_harmless(c: &Cursor<'_>, name: &str, before: Option<(Token, Token)>) -> bool {
    let listed = HARMLESS.binary_search(&name).is_ok();
    if !c.dialect.folds_to_lower {
        return listed;
    }
    let own = |schema: Token| {
        ["pg_catalog", "public", "extensions"].iter().any(|own| own.eq_ignore_ascii_case(schema.of(c.text)))
    };
    before.is_none_or(|(dot, schema)| dot.kind != TokenKind::Dot || own(schema))
        && (listed
            || COMPUTING_TOO.contains(&name)
            || COMPUTING.iter().any(|start| name.starts_with(start))
            || crate::parse::inside::is_known_function(Engine::Postgres, name))
}

/// `AS v (a, b)`, `) v (a, b)`, `x::numeric (10, 2)`, `WITH q (a, b) AS (…)`: no call.
fn names_columns_in_postgres(c: &Cursor<'_>, at: usize) -> bool {
    let token = |at: Option<usize>| at.and_then(|at| c.tokens().get(at));
    let Some(before) = token(at.checked_sub(1)) else { return false };
    let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(before.of(c.text)));
    let mut behind = c.slice(at + 1, c.tokens().len());
    let mut names_query = || {
        behind.parens();
        behind.eat("AS") && (behind.is_kind(TokenKind::OpenParen) || behind.is("MATERIALIZED") || behind.is("NOT"))
    };
    let word = token(Some(at)).map_or("", |word| word.of(c.text));
    match before.kind {
        TokenKind::CloseParen => !["over", "filter", "within"].iter().any(|w| w.eq_ignore_ascii_case(word)),
        TokenKind::Comma => c.slice(0, 1).is("WITH") && names_query(),
        _ if is(&["WITH", "RECURSIVE"]) => names_query(),
        _ => is(&["AS", "::"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        assert!(HARMLESS.is_sorted());
    }
}
