#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use super::*;
use crate::change::{Change, DataType, Expr, ForeignKey, ReferentialAction, Volatility};

fn target() -> Target {
    Target::parse("postgres:16").unwrap()
}

fn column(name: &str) -> ColumnDef {
    ColumnDef::new(Ident::new(name), DataType::simple("integer"))
}

fn constraint(kind: ConstraintKind) -> Constraint {
    Constraint {
        name: None,
        kind,
        not_valid: false,
        not_enforced: false,
        deferrable: String::new(),
        using_index: None,
        only: false,
        text: String::new(),
    }
}

fn foreign_key(references: &str) -> Constraint {
    constraint(ConstraintKind::ForeignKey(ForeignKey {
        columns: Vec::new(),
        references: Name::new(references),
        referenced_columns: Vec::new(),
        on_delete: ReferentialAction::NoAction,
        on_update: ReferentialAction::NoAction,
        match_full: false,
    }))
}

/// `users(id primary key, name)` and `orders(id, user_id references users)`.
fn shop() -> Schema {
    let mut schema = Schema::new(target());
    let mut users = TableDef::new(Name::qualified("public", "users"));
    users.columns = vec![column("id"), column("name")];
    users.columns[0].constraints = vec![constraint(ConstraintKind::PrimaryKey { columns: Vec::new() })];
    schema.apply(&Change::CreateTable(Box::new(users)));
    let mut orders = TableDef::new(Name::new("orders"));
    orders.columns = vec![column("id"), column("user_id")];
    orders.columns[1].constraints = vec![foreign_key("users")];
    schema.apply(&Change::CreateTable(Box::new(orders)));
    schema
}

#[test]
fn a_default_schema_is_the_same_name() {
    let schema = shop();
    assert!(schema.table(&Name::new("users")).is_some());
    assert!(schema.table(&Name::qualified("public", "orders")).is_some());
    assert!(schema.table(&Name::qualified("other", "orders")).is_none_or(|t| t.def.name == Name::new("orders")));
}

#[test]
fn inline_constraints_get_columns_and_the_servers_names() {
    let schema = shop();
    assert_eq!(schema.primary_key(&Name::new("users")), Some([Ident::new("id")].as_slice()));
    assert_eq!(schema.is_not_null(&Name::new("users"), &Ident::new("id")), Some(true));
    let keys = schema.foreign_keys(&Name::new("orders"));
    assert_eq!(keys[0].name, Some(Ident::new("orders_user_id_fkey")));
    assert_eq!(schema.referencing(&Name::new("users")).len(), 1);
}

#[test]
fn renaming_a_table_keeps_its_referencing_tables() {
    let mut schema = shop();
    schema.apply(&Change::RenameTable { table: Name::new("users"), to: Name::new("people") });
    assert!(schema.table(&Name::new("users")).is_none());
    let found = schema.referencing(&Name::new("people"));
    assert_eq!(found.len(), 1);
    assert!(matches!(&found[0].1.kind, ConstraintKind::ForeignKey(fk) if fk.references.object == Ident::new("people")));
}

#[test]
fn dropping_a_column_takes_its_constraints_along() {
    let mut schema = shop();
    let change = Change::DropColumn {
        table: Name::new("orders"),
        column: Ident::new("user_id"),
        if_exists: false,
        cascade: false,
    };
    schema.apply(&change);
    assert!(schema.foreign_keys(&Name::new("orders")).is_empty());
    assert!(schema.referencing(&Name::new("users")).is_empty());
}

#[test]
fn renaming_there_and_back_is_the_same_schema() {
    let before = shop();
    let mut schema = before.clone();
    let (a, b) = (Ident::new("user_id"), Ident::new("buyer_id"));
    let orders = Name::new("orders");
    schema.apply(&Change::RenameColumn { table: orders.clone(), from: a.clone(), to: b.clone() });
    assert_ne!(schema, before);
    schema.apply(&Change::RenameColumn { table: orders, from: b, to: a });
    assert_eq!(schema, before);
}

#[test]
fn what_the_script_makes_is_new_until_it_is_the_baseline() {
    let mut schema = shop();
    assert!(schema.is_new(&Name::new("users")));
    schema.settle();
    assert!(!schema.is_new(&Name::new("users")));
}

#[test]
fn a_check_proves_not_null_only_when_valid() {
    let mut schema = shop();
    let (users, name) = (Name::new("users"), Ident::new("name"));
    let expr =
        Expr { text: "(\"name\" IS NOT NULL)".into(), volatility: Volatility::Constant, columns: vec![name.clone()] };
    let mut check = constraint(ConstraintKind::Check { expr });
    (check.not_valid, check.name) = (true, Some(Ident::new("c")));
    schema.apply(&Change::AddConstraint { table: users.clone(), constraint: Box::new(check) });
    assert!(!schema.not_null_proved_by_check(&users, &name));
    schema.apply(&Change::ValidateConstraint { table: users.clone(), name: Ident::new("c") });
    assert!(schema.not_null_proved_by_check(&users, &name));
}

#[test]
fn an_excerpt_holds_the_partners() {
    let part = shop().excerpt(&[Name::new("users")]);
    assert_eq!(part.tables().count(), 2);
    assert_eq!(part.referencing(&Name::new("users")).len(), 1);
}
