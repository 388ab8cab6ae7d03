//! SQL that recipes write themselves. All names are quoted by the engine.

use crate::change::{
    Change, ColumnDef, ColumnPosition, DataType, Expr, Ident, Name, ObjectKind, ObjectVerb, SessionSetting, Volatility,
};
use crate::draft::Run;
use crate::order::Gather;
use crate::recipes::Cx;
use crate::target::Engine;
use crate::world::World;

/// What to do when a DDL statement could not get its lock.
pub const LOCK_FAILURE: &str = "Error 1205: nothing was done. Wait 1 to 5 seconds and run it again; after about 30 \
     attempts look who holds the metadata lock (runbook, blocking sessions).";

/// What to do when a file of several statements stopped half-way.
pub const HALF_WAY: &str = "Each statement commits by itself. Look what is there (SHOW CREATE TABLE, SHOW TRIGGERS), run \
     the rest; on 1205 wait 1 to 5 seconds and run that statement again.";

/// MariaDB rather than MySQL: only where their SQL differs.
pub fn is_mariadb(cx: &Cx<'_>) -> bool {
    cx.world.target.engine() == Engine::MariaDb
}

/// A change as a statement that states the algorithm and lock which let traffic go on, from what is known of the
/// table before the change: the server then refuses rather than copies.
pub fn online(cx: &Cx<'_>, change: Change) -> Run {
    Run { sql: cx.engine().print_in(&change, &cx.world).unwrap_or_default(), change }
}

/// A column added last, online.
pub fn add_column(cx: &Cx<'_>, table: &Name, column: ColumnDef) -> Run {
    online(cx, Change::AddColumn { table: table.clone(), column: Box::new(column), if_not_exists: false })
}

/// A column beside the one that it will replace, so that the table ends as it began; last where a place of its own
/// would cost a rebuild.
pub fn add_column_after(cx: &Cx<'_>, table: &Name, column: ColumnDef, other: &Ident) -> Run {
    let at = |position: Option<ColumnPosition>| Change::AddColumn {
        table: table.clone(),
        column: Box::new(ColumnDef { position, ..column.clone() }),
        if_not_exists: false,
    };
    let (beside, last) = (at(Some(ColumnPosition::After(other.clone()))), at(None));
    let algorithm = |change: &Change| cx.engine().effects(change, &cx.world).algorithm;
    let free = algorithm(&beside) <= algorithm(&last);
    online(cx, if free { beside } else { last })
}

/// A column dropped, online.
pub fn drop_column(cx: &Cx<'_>, table: &Name, column: &Ident) -> Run {
    let change = Change::DropColumn { table: table.clone(), column: column.clone(), if_exists: false, cascade: false };
    online(cx, change)
}

/// `ALTER COLUMN … SET DEFAULT`.
pub fn set_default(cx: &Cx<'_>, table: &Name, column: &Ident, default: &str) -> Run {
    let default = Expr { text: default.to_string(), volatility: Volatility::Constant, columns: Vec::new() };
    online(cx, Change::SetDefault { table: table.clone(), column: column.clone(), default })
}

/// `ALTER COLUMN … DROP DEFAULT`.
pub fn drop_default(cx: &Cx<'_>, table: &Name, column: &Ident) -> Run {
    online(cx, Change::DropDefault { table: table.clone(), column: column.clone() })
}

/// `MODIFY COLUMN` with the whole definition.
pub fn modify(cx: &Cx<'_>, table: &Name, column: ColumnDef) -> Run {
    let change = Change::RedefineColumn {
        table: table.clone(),
        column: column.name.clone(),
        to: Box::new(column),
        position: None,
    };
    online(cx, change)
}

/// `MODIFY COLUMN`, once other changes of the table have been made.
pub fn modify_after(cx: &Cx<'_>, table: &Name, made: &[Run], column: ColumnDef) -> Run {
    let mut schema = cx.world.schema.excerpt(std::slice::from_ref(table));
    made.iter().for_each(|run| schema.apply(&run.change));
    modify(&Cx { world: World { schema: &schema, ..cx.world }, ..*cx }, table, column)
}

/// `SET SESSION name = value`.
pub fn set_session(name: &str, value: &str) -> Run {
    let setting =
        SessionSetting { verb: "set".to_string(), name: name.to_string(), value: value.to_string(), local: false };
    Run { sql: format!("SET SESSION {name} = {value}"), change: Change::Session(setting) }
}

/// A statement about a trigger or a procedure.
pub fn object(verb: ObjectVerb, kind: ObjectKind, name: &Name, on: Option<&Name>, sql: String) -> Run {
    Run { sql, change: Change::Object { verb, kind, name: Some(name.clone()), on: on.cloned(), text: String::new() } }
}

/// `NOT (a <=> b)`: text is compared byte by byte, because its collation may call different text equal.
pub fn differ(text: bool, a: &str, b: &str) -> String {
    match text {
        true => format!("NOT (CAST({a} AS BINARY) <=> CAST({b} AS BINARY))"),
        false => format!("NOT ({a} <=> {b})"),
    }
}

/// Does the column hold text? A column that is not known is taken for text: the comparison by bytes is right for all.
pub fn is_text(column: Option<&ColumnDef>) -> bool {
    is_text_type(column.and_then(|c| c.data_type.as_ref()))
}

/// The same for a type.
pub fn is_text_type(data_type: Option<&DataType>) -> bool {
    let Some(data_type) = data_type else { return true };
    let base = data_type.base.as_str();
    base.contains("char") || base.contains("text") || matches!(base, "enum" | "set" | "json")
}

/// The assignment of a backfill, with columns that an UPDATE stamps by itself set to what they are.
pub fn keeping_stamps(cx: &Cx<'_>, table: &Name, assignment: String) -> String {
    let known = cx.world.schema.table(table);
    let stamped = known.into_iter().flat_map(|t| &t.def.columns).filter(|c| c.on_update.is_some());
    let kept = stamped.map(|c| format!("{0} = {0}", cx.ident(&c.name)));
    std::iter::once(assignment).chain(kept).gather().join(", ")
}

/// A literal that an INSERT without the column may store: the type's own zero. None where there is no neutral one.
pub fn neutral(column: &ColumnDef) -> Option<&'static str> {
    let base = column.data_type.as_ref()?.base.as_str();
    match base {
        "char" | "varchar" | "character" | "character varying" | "binary" | "varbinary" => Some("''"),
        "tinyint" | "smallint" | "mediumint" | "int" | "integer" | "bigint" | "decimal" | "numeric" | "float"
        | "double" | "real" | "bool" | "boolean" => Some("0"),
        _ => None,
    }
}

/// The same column under another name: type, collation, nullability, default and comment; keys are carried apart.
pub fn copy_of(column: &ColumnDef, name: &Ident) -> ColumnDef {
    let mut data_type = column.data_type.clone();
    if let Some(data_type) = &mut data_type {
        let said = data_type.text.to_ascii_lowercase();
        if let Some(charset) = data_type
            .charset
            .as_ref()
            .filter(|_| !said.contains("char set") && !said.contains("character set") && !said.contains("charset"))
        {
            if let Some(charset) = &charset.charset {
                data_type.text.push_str(&format!(" CHARACTER SET {charset}"));
            }
            if let Some(collation) = charset.collation.as_ref().filter(|_| !said.contains("collate")) {
                data_type.text.push_str(&format!(" COLLATE {collation}"));
            }
        }
    }
    ColumnDef {
        name: name.clone(),
        data_type,
        constraints: Vec::new(),
        auto_number: None,
        position: None,
        text: String::new(),
        ..column.clone()
    }
}

/// A default that is one literal, the same for every row.
pub fn literal_default(column: &ColumnDef) -> Option<String> {
    let default = column.default.as_ref()?;
    let text = default.text.trim();
    let literal = default.volatility == Volatility::Constant && !text.starts_with('(');
    (literal && !text.eq_ignore_ascii_case("null")).then(|| text.to_string())
}

/// A default that is neither absent, nor NULL, nor a literal.
pub fn has_expression_default(column: &ColumnDef) -> bool {
    column.default.as_ref().is_some_and(|d| !d.text.trim().eq_ignore_ascii_case("null"))
        && literal_default(column).is_none()
}

/// Milliseconds as seconds.
pub fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}
