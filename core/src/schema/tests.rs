#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use super::*;
use crate::change::{
    Change, DataType, Expr, ForeignKey, ReferentialAction, SessionSetting, TableDef, TransactionVerb, Volatility,
};

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
fn a_new_table_that_takes_the_place_of_an_old_one_is_in_use() {
    let mut schema = shop();
    schema.settle();
    let (old, aside, new) = (Name::new("orders"), Name::new("orders_old"), Name::new("orders_new"));
    schema.apply(&Change::CreateTable(Box::new(TableDef::new(new.clone()))));
    schema.apply(&Change::RenameTable { table: new.clone(), to: Name::new("orders_next") });
    assert!(schema.is_new(&Name::new("orders_next")));
    schema.apply(&Change::RenameTable { table: old.clone(), to: aside });
    schema.apply(&Change::RenameTable { table: Name::new("orders_next"), to: old.clone() });
    assert!(!schema.is_new(&old));
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

fn unnamed_index() -> IndexDef {
    IndexDef { name: None, ..IndexDef::on(Name::new("i"), Name::new("users"), &[Ident::new("name")]) }
}

#[test]
fn names_that_are_given_out_are_not_tried_again() {
    let mut schema = shop();
    let check = || {
        let expr =
            Expr { text: "name > ''".into(), volatility: Volatility::Constant, columns: vec![Ident::new("name")] };
        constraint(ConstraintKind::Check { expr })
    };
    let (users, count) = (Name::new("users"), |n: usize| if n == 0 { String::new() } else { n.to_string() });
    for n in 0..200 {
        let tried = std::cell::Cell::new(0);
        let index = |schema: &Schema| {
            let taken = |name: &str| {
                tried.set(tried.get() + 1);
                schema.index(&Name::new(name)).is_some()
            };
            schema.free_index_name(&unnamed_index(), &taken)
        };
        assert_eq!(index(&schema), Some(Ident::new(format!("users_name_idx{}", count(n)))));
        let of_users = |schema: &Schema| {
            let taken = |name: &str| {
                tried.set(tried.get() + 1);
                schema.constraint(&users, &Ident::new(name)).is_some()
            };
            schema.free_constraint_name(&users, &check().kind, &taken)
        };
        assert_eq!(of_users(&schema), Some(Ident::new(format!("users_name_check{}", count(n)))));
        assert!(tried.get() <= 20, "{n}: {}", tried.get());
        schema.apply(&Change::CreateIndex(Box::new(unnamed_index())));
        schema.apply(&Change::AddConstraint { table: users.clone(), constraint: Box::new(check()) });
    }
    assert!(schema.index(&Name::new("users_name_idx199")).is_some());
    assert!(schema.constraint(&users, &Ident::new("users_name_check199")).is_some());
}

#[test]
fn a_name_that_becomes_free_is_given_again() {
    let (users, third) = (Name::new("users"), Name::new("users_name_idx3"));
    let twenty = || {
        let mut schema = shop();
        (0..20).for_each(|_| schema.apply(&Change::CreateIndex(Box::new(unnamed_index()))));
        schema
    };
    let next = |schema: &Schema| {
        schema.free_index_name(&unnamed_index(), &|name| schema.table_index(&users, &Name::new(name)).is_some())
    };
    let (name, table) = (third.clone(), Some(users.clone()));
    let gone = [
        Change::DropIndex { name: name.clone(), table, concurrently: false, if_exists: false, cascade: false },
        Change::RenameIndex { name, table: None, to: Ident::new("other") },
    ];
    for change in gone {
        let mut schema = twenty();
        assert_eq!(next(&schema), Some(Ident::new("users_name_idx20")));
        schema.apply(&change);
        assert_eq!(next(&schema), Some(third.object.clone()));
    }
    let mut schema = twenty();
    schema.apply(&Change::drop_table(users.clone()));
    assert_eq!(next(&schema), Some(Ident::new("users_name_idx")));
}

#[test]
fn one_name_in_many_schemas_is_found_in_each() {
    let mut schema = Schema::new(target());
    let (a, b, bare) = (Name::qualified("a", "t"), Name::qualified("b", "t"), Name::new("t"));
    let make =
        |schema: &mut Schema, name: &Name| schema.apply(&Change::CreateTable(Box::new(TableDef::new(name.clone()))));
    let found = |schema: &Schema, name: &Name| schema.table(name).map(|t| t.def.name.clone());
    make(&mut schema, &b);
    assert_eq!(found(&schema, &bare), Some(b.clone()));
    make(&mut schema, &a);
    assert_eq!(found(&schema, &bare), None);
    assert_eq!((found(&schema, &a), found(&schema, &b)), (Some(a.clone()), Some(b)));
    make(&mut schema, &bare);
    assert_eq!(found(&schema, &Name::qualified("c", "t")), None);
    assert!(schema.is_elsewhere(&Name::qualified("c", "t")));
    schema.apply(&Change::drop_table(a.clone()));
    assert_eq!(found(&schema, &a), None);
    let path = |value: &str| {
        let (verb, name, value) = ("set".to_string(), "search_path".to_string(), value.to_string());
        Change::Session(SessionSetting { verb, name, value, local: true })
    };
    schema.apply(&path("b, public"));
    assert_eq!(found(&schema, &bare), Some(Name::qualified("b", "t")));
    schema.apply(&path("c"));
    assert_eq!(found(&schema, &bare), None);
    schema.apply(&Change::Transaction(TransactionVerb::Commit));
    assert_eq!(found(&schema, &bare), Some(bare));
}

#[test]
fn heirs_and_default_partitions_follow_what_is_said() {
    let mut schema = shop();
    let (users, part) = (Name::new("users"), Name::new("part"));
    let names = |tables: Vec<&Table>| tables.into_iter().map(|t| t.def.name.clone()).collect::<Vec<_>>();
    let mut heir = TableDef::new(Name::new("heir"));
    heir.inherits = vec![Name::qualified("public", "users")];
    schema.apply(&Change::CreateTable(Box::new(heir)));
    assert_eq!(names(schema.heirs(&users)), [Name::new("heir")]);
    let option = crate::change::TableOption::NoInherit(Name::qualified("public", "users"));
    schema.apply(&Change::SetTableOption { table: Name::new("heir"), option });
    assert!(schema.heirs(&users).is_empty());

    let mut default = TableDef::new(part.clone());
    (default.partition_of, default.options) = (Some(users.clone()), " DEFAULT".to_string());
    schema.apply(&Change::CreateTable(Box::new(default)));
    assert_eq!(names(schema.default_partition(&users).into_iter().collect()), std::slice::from_ref(&part));
    schema.apply(&Change::drop_table(part));
    assert!(schema.default_partition(&users).is_none());
}
