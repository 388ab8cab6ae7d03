//! Our reading of PostgreSQL against another parser's, over the statements that our own tests list: the same kind of
//! statement, and the same ends of statements when they stand in one file.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::string_slice)]

use lockstep_core::parse::parse;
use lockstep_core::target::Target;
use squawk_syntax::SourceFile;
use squawk_syntax::ast::AstNode;

const FORMS: &str = include_str!("../core/tests-data/forms/postgres.tsv");

/// Where the names differ though the reading is the same: our form begins with the left, theirs is the right.
const OTHER_NAMES: [(&str, &str); 14] = [
    ("rollback", "rollback transaction"),
    ("commit", "commit transaction"),
    ("savepoint", "savepoint create"),
    ("start transaction", "begin"),
    ("select", "compound select"),
    ("with data change", "select"),
    ("set session characteristics", "set transaction"),
    ("create or replace view", "create view"),
    ("create unique index", "create index"),
    ("create default conversion", "create conversion"),
    ("create trusted procedural language", "create language"),
    ("drop procedural language", "drop language"),
    ("security label on", "security label"),
    ("comment on", "comment on"),
];

fn rows() -> Vec<(&'static str, &'static str)> {
    FORMS.lines().map(|row| row.split_once('\t').expect("a tab")).collect()
}

fn kinds(sql: &str) -> Vec<String> {
    let tree = SourceFile::parse(sql).tree();
    tree.stmts().map(|s| format!("{:?}", s.syntax().kind()).to_lowercase().replace('_', " ")).collect()
}

fn same(form: &str, kind: &str) -> bool {
    form.starts_with(kind) || OTHER_NAMES.iter().any(|(ours, theirs)| form.starts_with(ours) && kind == *theirs)
}

#[test]
fn names_the_same_kinds() {
    let differ: Vec<String> = rows()
        .into_iter()
        .filter_map(|(form, sql)| {
            let kinds = kinds(sql);
            let agree = matches!(kinds.as_slice(), [kind] if same(form, kind));
            (!agree).then(|| format!("{form} / {kinds:?}: {sql}"))
        })
        .collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[test]
fn ends_statements_at_the_same_places() {
    let target = Target::parse("postgres:18").expect("a target");
    // It takes statements behind `CREATE SCHEMA s CREATE TABLE …;` for more elements of the schema.
    let fits =
        |sql: &&str| SourceFile::parse(sql).errors().is_empty() && !sql.starts_with("CREATE SCHEMA depot CREATE");
    let clean: Vec<&str> = rows().into_iter().map(|(_, sql)| sql).filter(fits).collect();
    let text: String = clean.iter().map(|sql| format!("{sql};\n")).collect();
    let ours: Vec<(usize, usize)> =
        parse(&text, target).statements.iter().map(|s| (s.span.start, s.span.end)).collect();
    let tree = SourceFile::parse(&text).tree();
    let theirs: Vec<(usize, usize)> = tree
        .stmts()
        .map(|s| s.syntax().text_range())
        .map(|range| (usize::from(range.start()), usize::from(range.end())))
        .collect();
    let trimmed = |(start, end): (usize, usize)| (start, start + text[start..end].trim_end_matches([';', '\n']).len());
    let theirs: Vec<(usize, usize)> = theirs.into_iter().map(trimmed).filter(|(start, end)| start < end).collect();
    assert_eq!(ours, theirs);
}
