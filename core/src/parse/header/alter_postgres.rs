//! Actions of ALTER TABLE in PostgreSQL and SQLite.

use super::alter_table::{Found, add_column, add_constraint, drop_column, drop_constraint, rename};
use super::cursor::Cursor;
use super::indexes::unknown_expr;
use super::{Inside, constraints};
use crate::change::{Change, ColumnOption, DataType, Ident, Name, PartitionAction, TableOption};
use crate::order::Gather;
use crate::source::TokenKind;

pub(super) fn read(whole: &Cursor<'_>, table: &Name) -> Option<Found> {
    let mut c = *whole;
    let c = &mut c;
    if let Some((_, form, option)) = OPTIONS.iter().find(|(words, ..)| c.is_phrase(words)) {
        return Found::option(*form, whole, table, option());
    }
    if let Some((form, option)) = named(c) {
        return Found::option(form, whole, table, option);
    }
    match c.eat_any(&["ADD", "DROP", "ALTER", "RENAME", "VALIDATE CONSTRAINT", "ATTACH", "DETACH", "SET", "RESET"]) {
        Some("ADD") if constraints::is_next(c) => add_constraint(whole, c, table),
        Some("ADD") => add_column(whole, c, table),
        Some("DROP") if c.eat("CONSTRAINT") => drop_constraint(whole, c, table),
        Some("DROP") => drop_column(whole, c, table),
        Some("ALTER") if c.is("CONSTRAINT") && c.nth(1).is_some_and(is_name) => alter_constraint(whole, c, table),
        Some("ALTER") => alter_column(whole, c, table),
        Some("RENAME") => rename(whole, c, table),
        Some("VALIDATE CONSTRAINT") => {
            let name = c.ident()?;
            Found::exact("validate constraint", whole, Change::ValidateConstraint { table: table.clone(), name })
        }
        Some("ATTACH") => attach(whole, c, table),
        Some("DETACH") => detach(whole, c, table),
        Some("SET") if c.eat("SCHEMA") => Found::option("set schema", whole, table, TableOption::Schema(c.ident()?)),
        Some("SET") => parameters("set", whole, c, table),
        Some("RESET") => parameters("reset", whole, c, table),
        _ => inherit_or_partition(whole, c, table),
    }
}

fn is_name(token: crate::source::Token) -> bool {
    matches!(token.kind, TokenKind::Word | TokenKind::Quoted)
}

type Make = fn() -> TableOption;

/// Actions without details that matter: the words; the form; the option.
const OPTIONS: [(&str, &str, Make); 21] = [
    ("SET LOGGED", "set logged", || TableOption::Logged),
    ("SET UNLOGGED", "set unlogged", || TableOption::Unlogged),
    ("SET WITHOUT CLUSTER", "set without cluster", || TableOption::ClusterMark),
    ("CLUSTER ON", "cluster on", || TableOption::ClusterMark),
    ("SET WITHOUT OIDS", "set without oids", || TableOption::WithoutOids),
    ("SET WITH OIDS", "set with oids", || TableOption::WithOids),
    ("REPLICA IDENTITY", "replica identity", || TableOption::ReplicaIdentity),
    ("ENABLE ROW LEVEL SECURITY", "enable row level security", || TableOption::RowSecurity),
    ("DISABLE ROW LEVEL SECURITY", "disable row level security", || TableOption::RowSecurity),
    ("FORCE ROW LEVEL SECURITY", "force row level security", || TableOption::RowSecurity),
    ("NO FORCE ROW LEVEL SECURITY", "no force row level security", || TableOption::RowSecurity),
    ("ENABLE TRIGGER", "enable trigger", || TableOption::Triggers),
    ("ENABLE ALWAYS TRIGGER", "enable trigger", || TableOption::Triggers),
    ("ENABLE REPLICA TRIGGER", "enable trigger", || TableOption::Triggers),
    ("DISABLE TRIGGER", "disable trigger", || TableOption::Triggers),
    ("ENABLE RULE", "enable rule", || TableOption::Rules),
    ("ENABLE ALWAYS RULE", "enable rule", || TableOption::Rules),
    ("ENABLE REPLICA RULE", "enable rule", || TableOption::Rules),
    ("DISABLE RULE", "disable rule", || TableOption::Rules),
    ("OF", "of", || TableOption::OfType),
    ("NOT OF", "not of", || TableOption::OfType),
];

type MakeNamed = fn(Option<Ident>) -> TableOption;

/// Actions that name what keeps the table.
const NAMED: [(&str, &str, MakeNamed); 3] = [
    ("OWNER TO", "owner to", TableOption::Owner),
    ("SET TABLESPACE", "set tablespace", TableOption::Tablespace),
    ("SET ACCESS METHOD", "set access method", TableOption::AccessMethod),
];

/// Words that stand for a name.
const STAND_INS: [&str; 4] = ["CURRENT_USER", "CURRENT_ROLE", "SESSION_USER", "DEFAULT"];

/// The option that names what keeps the table, and its form.
pub(super) fn named(c: &Cursor<'_>) -> Option<(&'static str, TableOption)> {
    let (words, form, option) = NAMED.iter().find(|(words, ..)| c.is_phrase(words))?;
    let mut name = *c;
    name.eat(words);
    let is_name = !STAND_INS.iter().any(|word| name.is(word));
    Some((form, option(name.ident().filter(|_| is_name))))
}

/// `SET (a = 1)` / `RESET (a)`.
fn parameters(form: &'static str, whole: &Cursor<'_>, c: &mut Cursor<'_>, table: &Name) -> Option<Found> {
    let names = parameter_names(&c.parens()?);
    Found::option(form, whole, table, TableOption::Parameters(names))
}

fn parameter_names(list: &Cursor<'_>) -> Vec<String> {
    let name = |part: &Cursor<'_>| {
        let mut part = *part;
        part.name().map(|n| n.to_string().to_ascii_lowercase())
    };
    list.split_commas().iter().filter_map(name).gather()
}

fn inherit_or_partition(whole: &Cursor<'_>, c: &mut Cursor<'_>, table: &Name) -> Option<Found> {
    let action = c.eat_any(&["INHERIT", "NO INHERIT", "SPLIT PARTITION", "MERGE PARTITIONS", "OPTIONS"])?;
    match action {
        "INHERIT" => Found::option("inherit", whole, table, TableOption::Inherit(c.name()?)),
        "NO INHERIT" => Found::option("no inherit", whole, table, TableOption::NoInherit(c.name()?)),
        "OPTIONS" => Found::option("options", whole, table, TableOption::Other("options".to_string())),
        "SPLIT PARTITION" => partition("split partition", whole, table, PartitionAction::SplitOrMerge),
        _ => partition("merge partitions", whole, table, PartitionAction::SplitOrMerge),
    }
}

fn partition(form: &'static str, whole: &Cursor<'_>, table: &Name, action: PartitionAction) -> Option<Found> {
    Found::exact(form, whole, Change::Partition { table: table.clone(), action })
}

fn attach(whole: &Cursor<'_>, c: &mut Cursor<'_>, table: &Name) -> Option<Found> {
    c.eat("PARTITION").then_some(())?;
    let name = c.name()?;
    let bound = c.rest_bare();
    partition("attach partition", whole, table, PartitionAction::Attach { partition: name, bound })
}

fn detach(whole: &Cursor<'_>, c: &mut Cursor<'_>, table: &Name) -> Option<Found> {
    c.eat("PARTITION").then_some(())?;
    let name = c.name()?;
    let concurrently = c.eat("CONCURRENTLY");
    let finalize = c.eat("FINALIZE");
    let form = match (concurrently, finalize) {
        (true, _) => "detach partition concurrently",
        (_, true) => "detach partition finalize",
        _ => "detach partition",
    };
    partition(form, whole, table, PartitionAction::Detach { partition: name, concurrently, finalize })
}

/// `ALTER CONSTRAINT name [NOT] DEFERRABLE … | [NOT] ENFORCED | [NO] INHERIT`.
fn alter_constraint(whole: &Cursor<'_>, c: &mut Cursor<'_>, table: &Name) -> Option<Found> {
    c.eat("CONSTRAINT");
    let name = c.ident()?;
    let enforced = match (c.has("NOT ENFORCED"), c.has("ENFORCED")) {
        (true, _) => Some(false),
        (_, true) => Some(true),
        _ => None,
    };
    let (table, no_inherit) = (table.clone(), c.has("NO INHERIT"));
    Found::exact("alter constraint", whole, Change::AlterConstraint { table, name, enforced, no_inherit })
}

/// Words; form; what it means.
type Row<T> = (&'static str, &'static str, fn() -> T);

/// Column actions without details that matter: the words; the form; the option.
const COLUMN_OPTIONS: [Row<ColumnOption>; 15] = [
    ("ADD GENERATED ALWAYS", "alter column add identity", || ColumnOption::AddIdentity { always: true }),
    ("ADD GENERATED", "alter column add identity", || ColumnOption::AddIdentity { always: false }),
    ("DROP IDENTITY", "alter column drop identity", || ColumnOption::DropIdentity),
    ("DROP EXPRESSION", "alter column drop expression", || ColumnOption::DropExpression),
    ("SET STATISTICS", "alter column set statistics", || ColumnOption::Statistics),
    ("SET STORAGE", "alter column set storage", || ColumnOption::Storage),
    ("SET COMPRESSION", "alter column set compression", || ColumnOption::Compression),
    ("SET GENERATED", "alter column set identity", || ColumnOption::AlterIdentity),
    ("SET INCREMENT", "alter column set identity", || ColumnOption::AlterIdentity),
    ("SET START", "alter column set identity", || ColumnOption::AlterIdentity),
    ("SET CACHE", "alter column set identity", || ColumnOption::AlterIdentity),
    ("SET NO", "alter column set identity", || ColumnOption::AlterIdentity),
    ("RESTART", "alter column set identity", || ColumnOption::AlterIdentity),
    ("SET RESTART", "alter column set identity", || ColumnOption::AlterIdentity),
    ("RESET", "alter column reset", || ColumnOption::Parameters),
];

/// The remaining sequence options of an identity column.
const IDENTITY_WORDS: [&str; 5] = ["MINVALUE", "MAXVALUE", "CYCLE", "SEQUENCE", "OWNED"];

fn alter_column(whole: &Cursor<'_>, c: &mut Cursor<'_>, table: &Name) -> Option<Found> {
    c.eat("COLUMN");
    let column = if c.is_kind(TokenKind::Number) { Ident::new(c.next()?.of(c.text)) } else { c.ident()? };
    let table = table.clone();
    if c.eat("SET DATA TYPE") || c.eat("TYPE") {
        return column_type(whole, c, table, column);
    }
    if let Some((_, form, option)) = COLUMN_OPTIONS.iter().find(|(words, ..)| c.is_phrase(words)) {
        return Found::exact(*form, whole, Change::SetColumnOption { table, column, option: option() });
    }
    match c.eat_any(&[
        "SET DEFAULT",
        "DROP DEFAULT",
        "SET NOT NULL",
        "DROP NOT NULL",
        "SET EXPRESSION AS",
        "SET",
        "OPTIONS",
    ])? {
        "SET DEFAULT" => {
            let inside = Inside::Default { expr: c.rest_span() };
            let default = unknown_expr(c.rest());
            Found::ask("alter column set default", whole, Change::SetDefault { table, column, default }, inside)
        }
        "DROP DEFAULT" => Found::exact("alter column drop default", whole, Change::DropDefault { table, column }),
        "SET NOT NULL" => {
            Found::exact("alter column set not null", whole, Change::SetNotNull { table, column, only: false })
        }
        "DROP NOT NULL" => Found::exact("alter column drop not null", whole, Change::DropNotNull { table, column }),
        "SET EXPRESSION AS" => {
            let option = ColumnOption::SetExpression(unknown_expr(c.rest()));
            Found::exact("alter column set expression", whole, Change::SetColumnOption { table, column, option })
        }
        "OPTIONS" => {
            let option = ColumnOption::Parameters;
            Found::exact("alter column options", whole, Change::SetColumnOption { table, column, option })
        }
        _ if c.is_kind(TokenKind::OpenParen) => {
            let option = ColumnOption::Parameters;
            Found::exact("alter column set", whole, Change::SetColumnOption { table, column, option })
        }
        _ if IDENTITY_WORDS.iter().any(|w| c.is(w)) => {
            let option = ColumnOption::AlterIdentity;
            Found::exact("alter column set identity", whole, Change::SetColumnOption { table, column, option })
        }
        _ => None,
    }
}

/// `TYPE type [COLLATE c] [USING expression]`.
fn column_type(whole: &Cursor<'_>, c: &mut Cursor<'_>, table: Name, column: Ident) -> Option<Found> {
    let from = c.taken();
    c.skip_to(|c| c.is("COLLATE") || c.is("USING"));
    let data_type = c.slice(from, c.taken());
    let collation = if c.eat("COLLATE") { c.name() } else { None };
    let using = c.eat("USING").then(|| c.rest_span());
    let form = if using.is_some() { "alter column type using" } else { "alter column type" };
    let change = Change::ChangeColumnType {
        table,
        column,
        to: DataType::simple(data_type.source()),
        using: using.map(|span| unknown_expr(span.of(whole.text))),
        collation,
    };
    Found::ask(form, whole, change, Inside::ColumnType { data_type: data_type.span(), using })
}
