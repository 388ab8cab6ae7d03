//! Prisma Migrate: a folder per unit; outside a transaction a file holds exactly one statement.

use super::header;
use super::names::{slugs, version};
use super::units::{Down, Unit, Way};
use super::{Export, Exporter, Placed};
use crate::order::{Gather, PushAll};
use crate::render::script::{Script, comment};

/// Prisma.
pub static EXPORTER: Exporter = Exporter {
    id: "prisma",
    title: "Prisma",
    engines: &[],
    notes: &[
        "Apply: `npx prisma migrate deploy`; see: `npx prisma migrate status`. After a failure: clean up, then `npx prisma migrate resolve --rolled-back NAME`.",
        "Prisma has no way back of its own. Run the `down` files of a folder in order with `npx prisma db execute --file FILE`, the latest folder first, and delete its row in `_prisma_migrations`.",
        "A file with several statements is one transaction on PostgreSQL, so what must run outside one stands alone in its file. A lock timeout for those goes into the environment: `PGOPTIONS='-c lock_timeout=0'`.",
        "Change `schema.prisma` with the files, or `prisma migrate diff --exit-code` reports the difference.",
    ],
    write,
};

fn write(export: &Export<'_>) -> Vec<Placed> {
    let mut out = Vec::new();
    for ((at, unit), slug) in export.units.iter().enumerate().zip(slugs(&export.units)) {
        let folder = format!("prisma/migrations/{}_{slug}", version(export.options, at));
        let (up, left_out) = statements(unit, &unit.up);
        let mut head = comment("--", &header::words(export, unit));
        if !left_out.is_empty() {
            let words = format!(
                "Needs these settings from the connection, a second statement would open a transaction: {}",
                left_out.join("; ")
            );
            head.push_str(&format!("\n{}", comment("--", &words)));
        }
        let up = Script::server().statements(&up);
        out.push(header::placed(
            unit,
            format!("{folder}/migration.sql"),
            format!("{head}\n{up}\n"),
            unit.up.transactional,
        ));
        out.push_all(back(unit, &folder));
    }
    out
}

/// One file back, or one per statement where each has to stand alone.
fn back(unit: &Unit<'_>, folder: &str) -> Vec<Placed> {
    let head = comment("--", &format!("Undo step {}: {}", unit.step.id, unit.step.title));
    let Down::Sql(way) = &unit.down else { return Vec::new() };
    let (statements, _) = statements(unit, way);
    let file = |name: String, sql: &[String]| {
        let content = format!("{head}\n{}\n", Script::server().statements(sql));
        header::placed(unit, format!("{folder}/{name}"), content, way.transactional)
    };
    if way.transactional || statements.len() < 2 {
        return vec![file("down.sql".to_string(), &statements)];
    }
    statements
        .iter()
        .enumerate()
        .map(|(at, sql)| file(format!("down-{}.sql", at + 1), std::slice::from_ref(sql)))
        .gather()
}

/// What the file holds, and the settings that it cannot hold.
fn statements<'a>(unit: &Unit<'_>, way: &Way<'a>) -> (Vec<String>, Vec<&'a str>) {
    let texts = |list: Vec<&str>| list.into_iter().map(str::to_string).gather();
    let commits_anyway = unit.step.effects.transactional == "implicit_commit";
    match way.transactional || commits_anyway || way.run.len() > 1 {
        true => (texts(way.with_block()), Vec::new()),
        false => (texts(way.run.clone()), way.settings.clone()),
    }
}
