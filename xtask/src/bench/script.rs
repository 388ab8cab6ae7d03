//! A long, varied, always identical migration script.

use std::fmt::Write;

const NOUNS: [&str; 12] = [
    "account",
    "invoice",
    "payment",
    "shipment",
    "session",
    "product",
    "review",
    "warehouse",
    "message",
    "contract",
    "ticket",
    "address",
];
const COLUMNS: [&str; 10] = [
    "status",
    "external_id",
    "created_by",
    "amount_cents",
    "currency",
    "notes",
    "priority",
    "expires_at",
    "metadata",
    "locale",
];
const TYPES: [&str; 8] =
    ["text", "bigint", "integer", "varchar(120)", "timestamptz", "numeric(12, 2)", "jsonb", "boolean"];

/// `count` statements, about 100 bytes each.
pub fn write(count: usize) -> String {
    let mut out = String::with_capacity(count * 110);
    for n in 0..count {
        if n % 25 == 0 {
            let _ = writeln!(out, "-- migration {}", n / 25 + 1);
        }
        statement(&mut out, n);
        out.push('\n');
    }
    out
}

/// One in twelve makes a table, the others work on tables made before or known to nobody.
fn statement(out: &mut String, n: usize) {
    let table = format!("{}_{}", pick(&NOUNS, n / 12), n / 40);
    let other = format!("{}_{}", pick(&NOUNS, n / 12 + 5), n / 80);
    let column = format!("{}_{}", pick(&COLUMNS, n / 3), n % 17);
    let data_type = pick(&TYPES, n / 5);
    let _ = match n % 12 {
        0 => write!(
            out,
            "CREATE TABLE {table} (\n  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n  {column} {data_type} NOT NULL,\n  \
             owner_id bigint REFERENCES {other} (id) ON DELETE CASCADE,\n  created_at timestamptz NOT NULL DEFAULT now()\n);"
        ),
        1 => write!(out, "ALTER TABLE {table} ADD COLUMN {column} {data_type};"),
        2 => write!(
            out,
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS {table}_{column}_idx ON {table} ({column}, created_at DESC);"
        ),
        3 => write!(
            out,
            "ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_fkey FOREIGN KEY ({column}) REFERENCES {other} (id) NOT VALID;"
        ),
        4 => write!(out, "ALTER TABLE {table} VALIDATE CONSTRAINT {table}_{column}_fkey;"),
        5 => write!(
            out,
            "ALTER TABLE {table}\n  ADD COLUMN {column}_new {data_type},\n  ALTER COLUMN {column} SET NOT NULL,\n  \
             ALTER COLUMN {column} DROP DEFAULT;"
        ),
        6 => write!(
            out,
            "CREATE UNIQUE INDEX {table}_{column}_key ON {table} USING btree (lower({column})) WHERE {column} IS NOT NULL;"
        ),
        7 => write!(out, "ALTER TABLE {table} ALTER COLUMN {column} TYPE {data_type} USING {column}::{data_type};"),
        8 => write!(
            out,
            "ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_check CHECK ({column} IS NULL OR {column} <> '') NOT VALID;"
        ),
        9 => write!(
            out,
            "UPDATE {table} SET {column} = 'it''s new' WHERE {column} IS NULL AND id BETWEEN {n} AND {};",
            n + 5000
        ),
        10 => write!(out, "COMMENT ON COLUMN {table}.{column} IS 'kept for {other}; see ticket {n}';"),
        _ => write!(out, "ALTER TABLE {table} DROP COLUMN IF EXISTS {column};"),
    };
}

fn pick<'a>(words: &[&'a str], n: usize) -> &'a str {
    words.get(n % words.len()).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn ten_thousand_statements_are_about_a_megabyte() {
        let script = super::write(10_000);
        assert_eq!(script.matches(";\n").count(), 10_000);
        assert!((900_000..1_200_000).contains(&script.len()), "{}", script.len());
    }
}
