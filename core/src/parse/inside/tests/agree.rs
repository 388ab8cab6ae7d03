//! Where the newest `sqlparser` reads a whole CREATE TABLE too, both must see the same columns, options and constraints.
//! Every expression that it reads, ours must read as a tree too.

use super::*;
use crate::change::{AutoNumber, ColumnDef, ConstraintKind, Nullability};
use crate::target::Engine;
use newest_sqlparser::ast::{ColumnDef as Theirs, ColumnOption, Statement};
use newest_sqlparser::dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use newest_sqlparser::parser::Parser;

fn theirs(column: &Theirs, fold: bool) -> String {
    let has = |wanted: fn(&ColumnOption) -> bool| column.options.iter().any(|option| wanted(&option.option));
    let name = &column.name.value;
    facts(
        &if fold && column.name.quote_style.is_none() { name.to_ascii_lowercase() } else { name.clone() },
        [
            has(|option| matches!(option, ColumnOption::NotNull)),
            has(|option| matches!(option, ColumnOption::Default(_))),
            has(|option| matches!(option, ColumnOption::PrimaryKey { .. })),
            has(|option| matches!(option, ColumnOption::Unique { .. })),
            has(|option| matches!(option, ColumnOption::ForeignKey { .. })),
            has(|option| matches!(option, ColumnOption::Check(..))),
        ],
    )
}

fn ours(column: &ColumnDef) -> String {
    let has = |wanted: fn(&ConstraintKind) -> bool| column.constraints.iter().any(|has| wanted(&has.kind));
    // Identity and MySQL's SERIAL say NOT NULL and UNIQUE without the words.
    let serial =
        column.auto_number == Some(AutoNumber::AutoIncrement) && column.text.to_ascii_uppercase().contains("SERIAL");
    let implied = serial || matches!(column.auto_number, Some(AutoNumber::Identity { .. }));
    facts(
        &column.name.value,
        [
            column.nullability == Nullability::NotNull && !implied,
            column.default.is_some(),
            has(|kind| matches!(kind, ConstraintKind::PrimaryKey { .. })),
            has(|kind| matches!(kind, ConstraintKind::Unique { .. })) && !serial,
            has(|kind| matches!(kind, ConstraintKind::ForeignKey(_))),
            has(|kind| matches!(kind, ConstraintKind::Check { .. })),
        ],
    )
}

fn facts(name: &str, has: [bool; 6]) -> String {
    let words = ["not-null", "default", "pk", "unique", "fk", "check"];
    let said: Vec<&str> = words.into_iter().zip(has).filter(|(_, has)| *has).map(|(word, _)| word).collect();
    format!("{name} {}", said.join(" "))
}

#[test]
fn both_see_the_same_columns() {
    let mut compared = 0;
    let mut wrong = Vec::new();
    let files = [include_str!("table.txt"), include_str!("column.txt")];
    for (line, of_column) in
        files.iter().zip([false, true]).flat_map(|(file, kind)| file.lines().map(move |line| (line, kind)))
    {
        let Some((engines, sql)) = line.split_once(" | ").filter(|_| !line.starts_with(['#', ' '])) else { continue };
        let sql = if of_column { format!("CREATE TABLE t ({sql})") } else { sql.replace("\\n", "\n") };
        for engine in engines.split_whitespace() {
            let target = Target::parse(engine).expect("a target");
            let dialect: &dyn Dialect = match target.engine() {
                Engine::Postgres => &PostgreSqlDialect {},
                Engine::MySql | Engine::MariaDb => &MySqlDialect {},
                Engine::Sqlite => &SQLiteDialect {},
            };
            let Ok(statements) = Parser::parse_sql(dialect, &sql) else { continue };
            let Some(Statement::CreateTable(table)) = statements.first() else { continue };
            let Ok(Change::CreateTable(read)) = create_table(&sql, target) else {
                // A string as a table's name, a type that MySQL has not: it is no validator.
                continue;
            };
            let fold = target.engine() == Engine::Postgres;
            let wanted: Vec<String> = table.columns.iter().map(|column| theirs(column, fold)).collect();
            let got: Vec<String> = read.columns.iter().map(ours).collect();
            // It takes names of a query's columns, and MySQL's LIKE, for columns.
            if read.from_query || read.like.is_some() || !read.complete {
                continue;
            }
            if got != wanted || read.constraints.len() + read.indexes.len() != table.constraints.len() {
                wrong.push(format!("{engine}: {sql}\n  ours   {got:?}\n  theirs {wanted:?}"));
            }
            compared += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 60, "only {compared} compared");
}

/// Expressions that stand in schemas and conditions, beside those of the other files.
const EXPRESSIONS: &str = include_str!("forms.txt");

#[test]
fn what_the_newest_reads_is_read() {
    let mut wrong = Vec::new();
    let mut compared = 0;
    for line in [include_str!("expr.txt"), EXPRESSIONS].into_iter().flat_map(str::lines) {
        let Some((engines, sql)) = line.split_once(" | ").filter(|_| !line.starts_with(['#', ' '])) else { continue };
        for engine in engines.split_whitespace() {
            let target = Target::parse(engine).expect("a target");
            let dialect: &dyn Dialect = match target.engine() {
                Engine::Postgres => &PostgreSqlDialect {},
                Engine::MySql | Engine::MariaDb => &MySqlDialect {},
                Engine::Sqlite => &SQLiteDialect {},
            };
            let mut parser = Parser::new(dialect).try_with_sql(sql).expect("tokens");
            let theirs =
                parser.parse_expr().is_ok() && parser.peek_token().token == newest_sqlparser::tokenizer::Token::EOF;
            let tokens = tokens::tokens(sql, target).expect("tokens");
            let ours = dialect::expr(&Cursor::new(sql, &tokens, target));
            if let (true, Err(why)) = (theirs, ours) {
                wrong.push(format!("{engine}: {sql}: {why:?}"));
            }
            compared += usize::from(theirs);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 150, "only {compared} compared");
}
