//! Worked examples, by what the reader wants to do.

use super::inputs::{Inputs, Settings};
use super::sizes::Size;

/// An example.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Example {
    /// Stable id.
    pub id: &'static str,
    /// The goal: `Rename safely`.
    pub goal: &'static str,
    /// The case, in a few words.
    pub title: &'static str,
    engine: &'static str,
    sql: &'static str,
    schema: &'static str,
    /// Table, rows, bytes, writes per second.
    sizes: &'static [(&'static str, u64, u64, f64)],
}

/// Every example; the first is shown on the first visit.
pub const ALL: [Example; 3] = [
    Example {
        id: "rename",
        goal: "Rename safely",
        title: "A column that running code reads",
        engine: "postgres:16",
        sql: "-- PR 4127: one name field for people and companies\nALTER TABLE users RENAME COLUMN name TO full_name;\n",
        schema: "\
CREATE TABLE users (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email      text NOT NULL UNIQUE,
  name       varchar(200) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX users_lower_name_idx ON users (lower(name));
",
        sizes: &[("users", 12_000_000, 2_254_857_830, 180.0)],
    },
    Example {
        id: "not-null",
        goal: "Add a rule",
        title: "NOT NULL and a foreign key on a big table",
        engine: "postgres:16",
        sql: "\
-- Every order belongs to a customer from now on
ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;
ALTER TABLE orders
  ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id);
CREATE INDEX orders_customer_idx ON orders (customer_id);
",
        schema: "\
CREATE TABLE customers (
  id   bigint PRIMARY KEY,
  name text NOT NULL
);
CREATE TABLE orders (
  id          bigint PRIMARY KEY,
  customer_id bigint,
  total_cents bigint NOT NULL,
  placed_at   timestamptz NOT NULL
);
",
        sizes: &[("orders", 48_000_000, 6_442_450_944, 320.0), ("customers", 3_100_000, 402_653_184, 12.0)],
    },
    Example {
        id: "type",
        goal: "Change a type",
        title: "A counter that runs out of numbers, on MySQL",
        engine: "mysql:8.0",
        sql: "\
-- view_count passes 2^32 in about five weeks
ALTER TABLE posts MODIFY COLUMN view_count BIGINT UNSIGNED NOT NULL DEFAULT 0;
",
        schema: "\
CREATE TABLE posts (
  id         BIGINT NOT NULL AUTO_INCREMENT,
  title      VARCHAR(200) NOT NULL,
  view_count INT UNSIGNED NOT NULL DEFAULT 0,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id),
  KEY posts_created (created_at)
) ENGINE=InnoDB;
",
        sizes: &[("posts", 64_000_000, 25_769_803_776, 900.0)],
    },
];

impl Example {
    /// Is this its text?
    pub fn is(&self, sql: &str) -> bool {
        self.sql == sql
    }

    /// As inputs.
    pub fn inputs(&self) -> Inputs {
        let mut settings = Settings { engine: self.engine.to_string(), ..Settings::default() };
        for (table, rows, bytes, writes) in self.sizes {
            let size = Size { rows: Some(*rows), bytes: Some(*bytes), writes_per_s: Some(*writes), ..Size::default() };
            settings.sizes.set(table, size);
        }
        Inputs { sql: self.sql.to_string(), schema: self.schema.to_string(), wanted: String::new(), settings }
    }
}
