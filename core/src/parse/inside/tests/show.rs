//! Changes as one line each, so that a case can be read and compared.

use crate::change::*;

pub(super) fn changes(changes: &[Change]) -> String {
    changes.iter().map(change).collect::<Vec<_>>().join("; ")
}

fn change(change: &Change) -> String {
    match change {
        Change::CreateTable(def) => table(def),
        Change::AddColumn { column: def, if_not_exists, .. } => {
            format!("add{} {}", flag(*if_not_exists, " if-not-exists"), column(def))
        }
        Change::ChangeColumnType { column, to, using, collation, .. } => format!(
            "type {column} {}{}{}",
            data_type(to),
            option(" collate ", collation.as_ref()),
            using.as_ref().map_or(String::new(), |using| format!(" using {}", expr(using)))
        ),
        Change::RedefineColumn { column: old, to, position, .. } => {
            format!("redefine {old} as {}{}", column(to), position.as_ref().map_or(String::new(), at))
        }
        Change::SetNotNull { column, .. } => format!("set-not-null {column}"),
        Change::DropNotNull { column, .. } => format!("drop-not-null {column}"),
        Change::SetDefault { column, default, .. } => format!("set-default {column} {}", expr(default)),
        Change::DropDefault { column, .. } => format!("drop-default {column}"),
        Change::SetColumnOption { column, option, .. } => format!("option {column} {option:?}"),
        Change::AddConstraint { constraint: def, .. } => format!("add {}", constraint(def)),
        Change::CreateIndex(def) => index(def),
        Change::CreateView { name, replace, materialized, query, reads, .. } => format!(
            "view {name}{}{} reads [{}] query {query}",
            flag(*replace, " replace"),
            flag(*materialized, " materialized"),
            list(reads)
        ),
        Change::Insert { table, from_query, rows, .. } => {
            format!("insert {table}{}{}", flag(*from_query, " query"), option(" rows ", rows.as_ref()))
        }
        Change::Update { table, columns, filter: rows } => {
            format!("update {table} [{}] {}", list(columns), filter(rows))
        }
        Change::Delete { table, filter: rows } => format!("delete {table} {}", filter(rows)),
        other => format!("{other:?}"),
    }
}

fn flag(on: bool, text: &str) -> &str {
    if on { text } else { "" }
}

fn option<T: std::fmt::Display>(before: &str, value: Option<T>) -> String {
    value.map_or(String::new(), |value| format!("{before}{value}"))
}

fn list<T: std::fmt::Display>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn filter(rows: &RowFilter) -> String {
    match rows {
        RowFilter::All => "all".to_string(),
        RowFilter::Where { condition, by_value, by_range, batch, by_row: _, sought: _, repeats: _ } => {
            let held = |word: &str, columns: &[Ident]| match columns {
                [] => String::new(),
                _ => format!(" {word} [{}]", list(columns)),
            };
            format!(
                "where {}{}{}{}",
                expr(condition),
                held("value", by_value),
                held("range", by_range),
                flag(*batch, " batch")
            )
        }
    }
}

pub(super) fn expr(expr: &Expr) -> String {
    format!("{{{}}} {:?} [{}]", expr.text, expr.volatility, list(&expr.columns)).replace('\n', "\\n")
}

pub(super) fn data_type(of: &DataType) -> String {
    let mut text = of.base.clone();
    if !of.args.is_empty() {
        text += &format!("({})", list(&of.args));
    }
    text += flag(of.unsigned, " unsigned");
    text += &"[]".repeat(of.array.into());
    if !of.labels.is_empty() {
        text += &format!(" {:?}", of.labels);
    }
    if let Some(charset) = &of.charset {
        text += &option(" charset ", charset.charset.as_ref());
        text += &option(" collation ", charset.collation.as_ref());
    }
    if of.text != of.base { format!("{text} <{}>", of.text) } else { text }
}

fn at(position: &ColumnPosition) -> String {
    match position {
        ColumnPosition::First => " first".to_string(),
        ColumnPosition::After(column) => format!(" after {column}"),
    }
}

fn column(def: &ColumnDef) -> String {
    let mut text = format!("{}", def.name);
    text += &option(" ", def.data_type.as_ref().map(data_type));
    text += match def.nullability {
        Nullability::NotNull => " not-null",
        Nullability::Null => " null",
        Nullability::Unsaid => "",
    };
    text += &option(" default ", def.default.as_ref().map(expr));
    if let Some(generated) = &def.generated {
        text += &format!(" generated{} {}", flag(generated.stored, " stored"), expr(&generated.expr));
    }
    text += &match &def.auto_number {
        None => String::new(),
        Some(AutoNumber::Identity { always, options }) => format!(" identity{}({options})", flag(*always, " always ")),
        Some(AutoNumber::Serial) => " serial".to_string(),
        Some(AutoNumber::AutoIncrement) => " auto-increment".to_string(),
    };
    text += &option(" collate ", def.collation.as_ref());
    text += &option(" comment ", def.comment.as_ref());
    text += &option(" on-update ", def.on_update.as_ref().map(expr));
    text += &def.constraints.iter().map(|def| format!(" ({})", constraint(def))).collect::<String>();
    text += &def.position.as_ref().map_or(String::new(), at);
    text
}

fn constraint(def: &Constraint) -> String {
    let mut text = match &def.kind {
        ConstraintKind::PrimaryKey { columns } => format!("pk[{}]", list(columns)),
        ConstraintKind::Unique { columns, nulls_not_distinct } => {
            format!("unique[{}]{}", list(columns), flag(*nulls_not_distinct, " nulls-not-distinct"))
        }
        ConstraintKind::Check { expr: condition } => format!("check {}", expr(condition)),
        ConstraintKind::ForeignKey(key) => format!(
            "fk[{}] {}[{}]{}{}{}",
            list(&key.columns),
            key.references,
            list(&key.referenced_columns),
            action(" delete:", key.on_delete),
            action(" update:", key.on_update),
            flag(key.match_full, " full")
        ),
        ConstraintKind::Exclude => "exclude".to_string(),
        ConstraintKind::NotNull { column } => format!("not-null {column}"),
    };
    if let Some(name) = &def.name {
        text = format!("{name}: {text}");
    }
    text += flag(def.not_valid, " not-valid");
    text += flag(def.not_enforced, " not-enforced");
    text += &option(" using-index ", def.using_index.as_ref());
    if !def.deferrable.is_empty() {
        text += &format!(" {}", def.deferrable);
    }
    text
}

fn action(before: &str, action: ReferentialAction) -> String {
    if action == ReferentialAction::NoAction { String::new() } else { format!("{before}{action:?}") }
}

fn index(def: &IndexDef) -> String {
    let parts: Vec<String> = def
        .parts
        .iter()
        .map(|part| match &part.column {
            Some(column) if column.value == part.text => part.text.clone(),
            Some(column) => format!("{column}<{}>", part.text),
            None => format!("<{}>", part.text),
        })
        .collect();
    let mut text = format!("index{} on {}[{}]", option(" ", def.name.as_ref()), def.table, parts.join(", "));
    text += flag(def.unique, " unique");
    text += flag(def.nulls_not_distinct, " nulls-not-distinct");
    text += match def.kind {
        IndexKind::Plain => "",
        IndexKind::Fulltext => " fulltext",
        IndexKind::Spatial => " spatial",
    };
    text += &option(" using ", def.method.as_ref());
    if !def.include.is_empty() {
        text += &format!(" include[{}]", list(&def.include));
    }
    text += &option(" where ", def.filter.as_ref().map(expr));
    text += flag(def.concurrently, " concurrently");
    text += flag(def.if_not_exists, " if-not-exists");
    text += flag(def.only, " only");
    if !def.options.is_empty() {
        text += &format!(" options <{}>", def.options);
    }
    text
}

fn table(def: &TableDef) -> String {
    let mut parts: Vec<String> = def.columns.iter().map(column).collect();
    parts.extend(def.constraints.iter().map(constraint));
    parts.extend(def.indexes.iter().map(index));
    let mut text = format!("table {} ({})", def.name, parts.join(", "));
    for (on, word) in [
        (def.if_not_exists, " if-not-exists"),
        (def.temporary, " temporary"),
        (def.unlogged, " unlogged"),
        (def.from_query, " from-query"),
        (def.without_rowid, " without-rowid"),
        (def.strict, " strict"),
        (def.external, " external"),
        (!def.complete, " INCOMPLETE"),
    ] {
        text += flag(on, word);
    }
    text += &option(" like ", def.like.as_ref());
    if !def.inherits.is_empty() {
        text += &format!(" inherits[{}]", list(&def.inherits));
    }
    text += &option(" of ", def.of_type.as_ref());
    text += &option(" partition-of ", def.partition_of.as_ref());
    text += &option(" partition-by <", def.partition_by.as_ref().map(|by| format!("{by}>")));
    if !def.options.is_empty() {
        text += &format!(" options <{}>", def.options);
    }
    text
}
