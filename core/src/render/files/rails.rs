//! Rails: a migration class per unit, its statements as quoted heredocs.

use super::header;
use super::names::{camel, slugs, version};
use super::ruby::{execute, string};
use super::units::{Down, Unit, Way};
use super::{Export, Exporter, Placed};
use crate::render::script::comment;

/// Rails.
pub static EXPORTER: Exporter = Exporter {
    id: "rails",
    title: "Rails",
    engines: &[],
    notes: &[
        "Apply: `bin/rails db:migrate`; see: `bin/rails db:migrate:status`. Go back: `bin/rails db:rollback STEP=1`.",
        "The bracket after `ActiveRecord::Migration` must name a version that your Rails knows; give yours as the framework version.",
        "With `schema_format = :ruby`, triggers and functions are missing from `db/schema.rb`; use `config.active_record.schema_format = :sql`.",
    ],
    write,
};

/// In `Migration[…]` when no version is given; every Rails from 7.1 on knows it.
const RAILS: &str = "7.1";

fn write(export: &Export<'_>) -> Vec<Placed> {
    let mut out = Vec::new();
    for ((at, unit), slug) in export.units.iter().enumerate().zip(slugs(&export.units)) {
        let marker = if unit.transactional() { "" } else { "  disable_ddl_transaction!\n\n" };
        let content = format!(
            "# frozen_string_literal: true\n\n{}\nclass {} < ActiveRecord::Migration[{}]\n{marker}  def up\n{}  end\n\n  def down\n{}  end\nend\n",
            comment("#", &header::words(export, unit)),
            camel(&slug),
            rails_version(&export.options.framework_version),
            body(unit, &unit.up),
            down(unit),
        );
        let path = format!("db/migrate/{}_{slug}.rb", version(export.options, at));
        out.push(header::placed(unit, path, content, unit.transactional()));
    }
    out
}

fn rails_version(given: &str) -> String {
    let mut parts = given.split('.').filter(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    match (parts.next(), parts.next()) {
        (Some(major), Some(minor)) => format!("{major}.{minor}"),
        _ => RAILS.to_string(),
    }
}

fn body(unit: &Unit<'_>, way: &Way<'_>) -> String {
    let statements = if unit.transactional() { way.all() } else { way.with_block() };
    statements.iter().map(|sql| execute("    ", sql)).collect()
}

fn down(unit: &Unit<'_>) -> String {
    match &unit.down {
        Down::Sql(way) => body(unit, way),
        Down::Nothing(why) => format!("{}\n", comment("    #", why)),
        Down::Impossible(why) => format!("    raise ActiveRecord::IrreversibleMigration, {}\n", string(why)),
    }
}
