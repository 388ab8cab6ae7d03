//! The forms in which sizes are pasted.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use crate::source::LineIndex;

fn users(text: &str) -> TableStats {
    let (tables, problems) = read(text);
    assert_eq!(problems, [], "{text}");
    let name = tables
        .keys()
        .find(|n| n.object.value == "users")
        .cloned()
        .unwrap_or_else(|| panic!("no users in {text}: {tables:?}"));
    *tables.get(&name).unwrap()
}

#[test]
fn rows_are_read_from_every_form() {
    let forms = [
        r#"{"users": 12000000, "orders": 5}"#,
        r#"{"users": {"rows": "12M"}}"#,
        r#"{"tables": {"public.users": {"rows": 12000000}}, "longest_transaction_s": 30}"#,
        r#"[{"table": "users", "rows": 12000000}, {"table_name": "orders", "rows": 5}]"#,
        "table,rows\nusers,12000000\norders,5\n",
        "\u{feff}table_name;rows\r\nusers;12000000\r\n",
        "table,rows\n\"users\",\"12,000,000\"\n",
        "schema,table,rows\npublic,users,12000000\n",
        "users=12000000\norders=5",
        "users: 12M\norders: 5",
        "users 12M\norders 5",
        "users\t12000000",
        " table_name |   rows   | table_bytes \n------------+----------+-------------\n users      | 12000000 |  2400000000\n orders     |        5 |        8192\n(2 rows)\n",
        "table_name|rows|table_bytes\nusers|12000000|2400000000\norders|5|8192\n(2 rows)\n",
        "┌────────────┬──────────┐\n│ table_name │   rows   │\n├────────────┼──────────┤\n│ users      │ 12000000 │\n└────────────┴──────────┘\n",
        "+------------+------------+-------------+\n| TABLE_NAME | TABLE_ROWS | DATA_LENGTH |\n+------------+------------+-------------+\n| users      |   12000000 |  2400000000 |\n+------------+------------+-------------+\n1 row in set (0.01 sec)\n",
        "| table | rows |\n|---|---:|\n| users | 12,000,000 |\n",
        "-[ RECORD 1 ]--------\ntable_name | users\nrows       | 12000000\n",
        "*************************** 1. row ***************************\nTABLE_NAME: users\nTABLE_ROWS: 12000000\n",
        "schemaname,relname,n_live_tup\napp,users,12000000",
    ];
    for form in forms {
        assert_eq!(users(form).rows, Some(12_000_000), "{form}");
    }
}

#[test]
fn all_numbers_are_read() {
    let text = "table_name,rows,table_bytes,index_bytes,writes_per_s\nusers,12000000,2.1 GiB,830 MB,41.5\n";
    let wanted = TableStats {
        rows: Some(12_000_000),
        table_bytes: Some(2_254_857_830),
        index_bytes: Some(870_318_080),
        writes_per_s: Some(41.5),
    };
    assert_eq!(users(text), wanted);
}

#[test]
fn names_keep_schema_and_case() {
    let (tables, _) = read("table,rows\n\"Users\",1\napp.orders,2\n\"app\".\"Big Table\",3\n`shop`.`items`,4\n");
    let names: Vec<String> = tables.keys().map(Name::to_string).collect();
    assert_eq!(names, ["Users", "app.Big Table", "app.orders", "shop.items"]);
}

#[test]
fn what_cannot_be_read_has_a_place_and_the_rest_counts() {
    let text = "table,rows\nusers,12M\norders,many\n";
    let (tables, problems) = read(text);
    assert_eq!(tables.keys().count(), 1);
    let lines: Vec<usize> = problems.iter().map(|p| LineIndex::new(text).position(p.span.start).line).collect();
    assert_eq!(lines, [3]);
    assert_eq!(problems[0].span.of(text), "many");
    assert_eq!(read("hello").1.len(), 1);
    assert_eq!(read("{\n\"users\": }").1.len(), 1);
    assert_eq!(read("  \n").1, []);
}

#[test]
fn unknown_sizes_are_not_given() {
    let (tables, problems) = read("table,rows\nusers,-1\norders,\n");
    assert_eq!((tables.keys().count(), problems.len()), (0, 1));
}

#[test]
fn the_server_is_read_too() {
    let text = "table_name|rows|longest_transaction_s\nusers|5|12.5\norders|5|12.5\n";
    assert_eq!(server(text).longest_transaction_s, Some(12.5));
    let text = r#"{"users": 5, "hardware_factor": 1.4}"#;
    assert_eq!(server(text).hardware_factor, Some(1.4));
    assert_eq!(read(text).0.keys().count(), 1);
}

#[test]
fn no_text_stops_it() {
    for text in [
        "|",
        "||",
        "+--+",
        "a|",
        "{",
        "[",
        "[1]",
        "\"",
        ",,,",
        "=",
        "\u{feff}",
        "-[ RECORD 1 ]",
        "table|rows\n|",
        "é|5\nrows",
    ] {
        let _ = read(text);
    }
}
