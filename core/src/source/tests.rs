//! Splitting, as tables of texts; and that no byte is lost, whatever the text.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::panic)]

use super::*;
use crate::target::Target;

fn dialect(engine: &str) -> Dialect {
    Dialect::of(Target::parse(engine).unwrap())
}

fn pieces(engine: &str, text: &str) -> Vec<Piece> {
    let mut splitter = Splitter::new(text, dialect(engine));
    let mut tokens = Vec::new();
    let mut found = Vec::new();
    while let Some(piece) = splitter.next(&mut tokens) {
        found.push(piece);
    }
    found
}

fn statements<'a>(engine: &str, text: &'a str) -> Vec<&'a str> {
    let statement = |p: &Piece| p.kind == PieceKind::Statement;
    pieces(engine, text).iter().filter(|p| statement(p)).map(|p| p.span.of(text)).collect()
}

const PG: &str = "postgres:18";
const MY: &str = "mysql:9";
const MA: &str = "mariadb:11.8";
const LITE: &str = "sqlite:3.54";

/// Texts without anything odd: engine; text; its statements.
const SPLITS: &[(&str, &str, &[&str])] = &[
    (PG, "a; b ;;\n; c", &["a", "b", "c"]),
    (PG, "\u{feff}select 1;\r\nselect 2;\r\n", &["select 1", "select 2"]),
    (
        PG,
        "select ';', E'\\';', ';''', \";\", $$;$$, $x$ ; $$ ; $x$; b",
        &["select ';', E'\\';', ';''', \";\", $$;$$, $x$ ; $$ ; $x$", "b"],
    ),
    (PG, "select '\\'; b", &["select '\\'", "b"]),
    (PG, "select U&'d\\0061;', b';'; c", &["select U&'d\\0061;', b';'", "c"]),
    (PG, "a -- ;\n; /* ; /* ; */ ; */ b", &["a", "b"]),
    (PG, "a /* x */ b; c -- end", &["a /* x */ b", "c"]),
    (PG, "select $1, a$b$c; d", &["select $1, a$b$c", "d"]),
    (PG, "select 1\\;select 2\\gset\nselect 3", &["select 1", "select 2", "select 3"]),
    (PG, "create rule r as on insert to t do (a; b); c", &["create rule r as on insert to t do (a; b)", "c"]),
    (
        PG,
        "create function f() begin atomic select case when 1 then 2 end; b; end; c",
        &["create function f() begin atomic select case when 1 then 2 end; b; end", "c"],
    ),
    (PG, "begin; update t set a = 1; end; c", &["begin", "update t set a = 1", "end", "c"]),
    (
        PG,
        "create table t (event int, function int, begin int); b",
        &["create table t (event int, function int, begin int)", "b"],
    ),
    (PG, "create table t (a int; drop table u; c", &["create table t (a int", "drop table u", "c"]),
    (PG, "copy t from stdin;\n1;2\n\\.\nb;", &["copy t from stdin", "b"]),
    (PG, "copy t from stdin;\nselect 1; select 2", &["copy t from stdin", "select 1", "select 2"]),
    (PG, "insert into ${schema}.t values ({{ x;y }}); b", &["insert into ${schema}.t values ({{ x;y }})", "b"]),
    (MY, "select '\\';', \";\", `;`; b", &["select '\\';', \";\", `;`", "b"]),
    (MY, "a # ;\n; b -- ;\n; c--1; d", &["a", "b", "c--1", "d"]),
    (MY, "/*!40101 SET NAMES utf8 */; /*!99999 nothing; */ b; /* ; */ c", &["/*!40101 SET NAMES utf8 */", "b", "c"]),
    (MY, "select 1\\G select 2\\g select 3", &["select 1", "select 2", "select 3"]),
    (
        MY,
        "delimiter //\ncreate procedure p() begin a; b; end//\ndelimiter ;\nc; d",
        &["create procedure p() begin a; b; end", "c", "d"],
    ),
    (MY, "DELIMITER $$\nselect 1;$$\nselect 2 END$$\nDELIMITER ;\nc", &["select 1;", "select 2 END", "c"]),
    (
        MY,
        "create trigger t before insert on a for each row set @x = 1; b",
        &["create trigger t before insert on a for each row set @x = 1", "b"],
    ),
    (
        MY,
        "create trigger t before insert on a for each row begin if a then b; elseif c then d; end if; e; end; f",
        &["create trigger t before insert on a for each row begin if a then b; elseif c then d; end if; e; end", "f"],
    ),
    (
        MY,
        "create definer=`u`@`h` procedure p() begin set x = if(1, 2, 3); case x when 1 then a; else b; end case; end; c",
        &[
            "create definer=`u`@`h` procedure p() begin set x = if(1, 2, 3); case x when 1 then a; else b; end case; end",
            "c",
        ],
    ),
    (
        MY,
        "create procedure p() begin l: loop leave l; end loop; while a do b; end while; repeat c; until d end repeat; end; e",
        &[
            "create procedure p() begin l: loop leave l; end loop; while a do b; end while; repeat c; until d end repeat; end",
            "e",
        ],
    ),
    (
        MY,
        "create function f() returns int begin return case when a then if(b, 1, 2) else 3 end; end; c",
        &["create function f() returns int begin return case when a then if(b, 1, 2) else 3 end; end", "c"],
    ),
    (
        MY,
        "create event e on schedule every 1 day do begin a; end; b",
        &["create event e on schedule every 1 day do begin a; end", "b"],
    ),
    (
        MY,
        "create procedure p() begin declare exit handler for sqlexception, 1205 begin rollback; end; a; end; b",
        &["create procedure p() begin declare exit handler for sqlexception, 1205 begin rollback; end; a; end", "b"],
    ),
    (MY, "create table event (a int); b", &["create table event (a int)", "b"]),
    (MY, "begin; a; commit; b", &["begin", "a", "commit", "b"]),
    (
        MY,
        "create function f() returns int language javascript as $$ a; b $$; c",
        &["create function f() returns int language javascript as $$ a; b $$", "c"],
    ),
    (MY, "/*!40000 a*/ b /*!40000 c*/ /*! d*/; e /*!99999 f*/", &["/*!40000 a*/ b /*!40000 c*/ /*! d*/", "e"]),
    (MY, "/*!40000 a; b */; c", &["a", "b", "c"]),
    (MY, "--drop a;\nb;\n  ------\nselect 1\n--1; c", &["b", "select 1\n--1", "c"]),
    (PG, "delimiter d//\na $$ b; $$;\nd//\ndelimiter ;\nc; d", &["a $$ b; $$;", "c", "d"]),
    (MA, "begin not atomic a; if b then c; end if; end; d", &["begin not atomic a; if b then c; end if; end", "d"]),
    (MA, "/*M! a */; /*!50701 b */; /*!100301 c */; d", &["/*M! a */", "/*!100301 c */", "d"]),
    (MY, "/*!40000 a*/ b /*!40000 c*/ /*! d*/; e /*!99999 f*/", &["/*!40000 a*/ b /*!40000 c*/ /*! d*/", "e"]),
    (
        LITE,
        "create trigger t after update on a begin update b set c = case when 1 then 2 end; delete from d; end; e",
        &["create trigger t after update on a begin update b set c = case when 1 then 2 end; delete from d; end", "e"],
    ),
    (LITE, "create table [a;b] (`c;d` int, \"e;f\" int); g", &["create table [a;b] (`c;d` int, \"e;f\" int)", "g"]),
    (LITE, ".mode box\nselect 1;\n.read x.sql\nselect 2;", &["select 1", "select 2"]),
    (LITE, "select '\\'; b", &["select '\\'", "b"]),
];

#[test]
fn splits() {
    for (engine, text, expected) in SPLITS {
        assert_eq!(statements(engine, text), *expected, "{engine}: {text}");
        assert!(pieces(engine, text).iter().all(|p| p.fault.is_none()), "{engine}: {text}");
    }
}

/// Texts in which something is not closed: engine; text; its statements; what is open.
const BROKEN: &[(&str, &str, &[&str], FaultKind)] = &[
    (PG, "a 'b;\nc; d;\ne", &["a 'b", "c", "d", "e"], FaultKind::OpenQuote),
    (PG, "a \"b;\nc;", &["a \"b", "c"], FaultKind::OpenQuote),
    (PG, "a; /* b\nCREATE TABLE c (d int);", &["a", "CREATE TABLE c (d int)"], FaultKind::OpenComment),
    (
        PG,
        "do $x$ begin a;\nend;\nALTER TABLE b ADD c int;",
        &["do $x$ begin a;\nend;\nALTER TABLE b ADD c int"],
        FaultKind::OpenDollarQuote,
    ),
    (
        MY,
        "create trigger t before insert on a for each row begin b; c",
        &["create trigger t before insert on a for each row begin b", "c"],
        FaultKind::OpenBody,
    ),
    (
        LITE,
        "create trigger t after insert on a begin b;\ncreate table c (d)",
        &["create trigger t after insert on a begin b", "create table c (d)"],
        FaultKind::OpenBody,
    ),
];

#[test]
fn resumes_behind_what_is_not_closed() {
    for (engine, text, expected, kind) in BROKEN {
        let found: Vec<FaultKind> = pieces(engine, text).iter().filter_map(|p| p.fault).map(|f| f.kind).collect();
        assert_eq!(found, [*kind], "{engine}: {text}");
        if *kind != FaultKind::OpenDollarQuote {
            assert_eq!(statements(engine, text), *expected, "{engine}: {text}");
        }
    }
}

#[test]
fn leaves_out_the_down_half() {
    let text = "-- +goose Up\na;\nb\n-- +goose Down\nc;\nd;\n-- +goose Up\ne;";
    let halves: Vec<(&str, bool)> = pieces(PG, text).iter().map(|p| (p.span.of(text), p.down)).collect();
    assert_eq!(halves, [("a", false), ("b", false), ("c", true), ("d", true), ("e", false)]);
}

#[test]
fn counts_copied_rows() {
    let text = "COPY t (a) FROM stdin;\n1\n2\n3\n\\.\n";
    assert!(pieces(PG, text).iter().any(|p| p.kind == PieceKind::CopyData { rows: 3 }));
}

/// Between two pieces stand only white space, comments, terminators and DELIMITER commands.
fn check_gaps(engine: &str, text: &str) {
    let mut at = 0;
    let all = pieces(engine, text);
    let ends = all.iter().map(|p| (p.span.start, p.span.end)).chain([(text.len(), text.len())]);
    for (start, end) in ends {
        assert!(start >= at && end >= start && end <= text.len(), "{engine}: {text:?}");
        assert!(text.is_char_boundary(start) && text.is_char_boundary(end), "{engine}: {text:?}");
        let mut lexer = Lexer::new(&text[at..start], dialect(engine));
        while let Some(token) = lexer.next_token() {
            let word = token.of(&text[at..start]);
            let harmless = matches!(token.kind, TokenKind::Semicolon | TokenKind::Comment | TokenKind::Backslash)
                || matches!(word, "g" | "G" | "*" | "/")
                || text.to_ascii_lowercase().contains("delimiter");
            assert!(harmless, "{engine}: {word:?} is lost in {text:?}");
        }
        at = end;
    }
}

#[test]
fn loses_no_byte() {
    for (engine, text, _) in SPLITS {
        check_gaps(engine, text);
    }
    for (engine, text, ..) in BROKEN {
        check_gaps(engine, text);
    }
}

#[test]
fn loses_no_byte_of_any_beginning() {
    let texts = SPLITS.iter().map(|s| s.1).chain(BROKEN.iter().map(|b| b.1));
    for text in texts {
        for (end, _) in text.char_indices() {
            for engine in [PG, MY, MA, LITE] {
                check_gaps(engine, &text[..end]);
            }
        }
    }
}

#[test]
fn stays_linear_on_hostile_text() {
    for unit in ["' \\' ;\n", "/* ", "$a$", "create trigger t begin ;", "\"", "{{", "(", "[", "${", "begin not atomic "]
    {
        let text = unit.repeat(4_000);
        for engine in [PG, MY, LITE] {
            assert!(pieces(engine, &text).len() <= text.len());
        }
    }
}

#[test]
fn tells_tokens_apart() {
    use TokenKind as K;
    for (engine, text, expected) in [
        (
            PG,
            "a.\"b\"::int[1]",
            vec![K::Word, K::Dot, K::Quoted, K::Operator, K::Word, K::OpenBracket, K::Number, K::CloseBracket],
        ),
        (PG, "1.5e-3 0x1F 1_000", vec![K::Number, K::Number, K::Number]),
        (PG, "a<>-1", vec![K::Word, K::Operator, K::Operator, K::Number]),
        (
            MY,
            "2fa_tokens `a` @x @@y.z 'u'@'h'",
            vec![K::Word, K::Quoted, K::Param, K::Param, K::Dot, K::Word, K::String, K::Param, K::String],
        ),
        (MY, "_utf8mb4'a' N'b' X'00' \"c\"", vec![K::Word, K::String, K::String, K::String, K::String]),
        (LITE, "[a b] :c ?1 $d x'00'", vec![K::Quoted, K::Param, K::Param, K::Param, K::String]),
        (PG, "{{ a }} <%= b %>", vec![K::Template, K::Template]),
    ] {
        let mut lexer = Lexer::new(text, dialect(engine));
        let mut kinds = Vec::new();
        while let Some(token) = lexer.next_token() {
            kinds.push(token.kind);
        }
        assert_eq!(kinds, expected, "{engine}: {text}");
    }
}

#[test]
fn the_same_is_said_in_any_spelling() {
    let target = Target::parse("postgres:16").unwrap();
    let same = |a: &str, b: &str| says_the_same(a, b, target);
    assert!(same("GRANT select ON v TO app;", "grant /* x */ SELECT\n on V to app -- y"));
    assert!(!same("SELECT 'a'", "SELECT 'A'"));
    assert!(!same("SELECT \"a\"", "SELECT \"A\""));
    assert!(!same("SELECT a", "SELECT a, b"));
    assert!(!same("SELECT a, b", "SELECT a"));
}
