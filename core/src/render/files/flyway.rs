//! Flyway: `V…__name.sql`, a `.conf` beside what must run outside a transaction, `U…` files to go back.

use super::header;
use super::names::{slugs, version};
use super::units::{Down, Unit, Way};
use super::{Export, Exporter, Placed};
use crate::order::Gather;
use crate::render::script::{Script, comment};

/// Flyway.
pub static EXPORTER: Exporter = Exporter {
    id: "flyway",
    title: "Flyway",
    engines: &[],
    notes: &[
        "Apply: `flyway migrate`; look first: `flyway info`.",
        "Go back: the files in `undo/` run with `flyway undo` in the paid editions only. Otherwise run them by hand, last first, and write what they did as a new `V` file.",
        "PostgreSQL: set `flyway.postgresql.transactional.lock=false`. Flyway otherwise holds its lock in an open transaction, and `CREATE INDEX CONCURRENTLY` waits for that transaction for ever.",
        "After a failed file that runs outside a transaction: clean up by hand, then `flyway repair`, then `flyway migrate`.",
        "A lock timeout for the whole run: `initSql=SET lock_timeout='5s'`.",
    ],
    write,
};

fn write(export: &Export<'_>) -> Vec<Placed> {
    let mut out = Vec::new();
    for ((at, unit), slug) in export.units.iter().enumerate().zip(slugs(&export.units)) {
        let name = format!("{}__{slug}.sql", version(export.options, at));
        let up = format!("{}\n{}\n", comment("--", &header::words(export, unit)), script(export, &unit.up));
        push(&mut out, unit, format!("sql/V{name}"), up, unit.up.transactional);
        let head = comment("--", &format!("Undo step {}: {}", unit.step.id, unit.step.title));
        let (down, transactional) = match &unit.down {
            Down::Sql(way) => (format!("{head}\n{}\n", script(export, way)), way.transactional),
            Down::Nothing(why) => (format!("{head}\n{}\nSELECT 1;\n", comment("--", why)), true),
            Down::Impossible(_) => continue,
        };
        push(&mut out, unit, format!("undo/U{name}"), down, transactional);
    }
    out
}

/// A script, and its settings where they are not the default ones.
fn push(out: &mut Vec<Placed>, unit: &Unit<'_>, path: String, content: String, transactional: bool) {
    let mut settings = String::new();
    if !transactional {
        settings.push_str("executeInTransaction=false\n");
    }
    if content.contains("${") {
        settings.push_str("placeholderReplacement=false\n");
    }
    out.push(header::placed(unit, path.clone(), content, transactional));
    if !settings.is_empty() {
        out.push(header::placed(unit, format!("{path}.conf"), settings, transactional));
    }
}

fn script(export: &Export<'_>, way: &Way<'_>) -> String {
    let statements: Vec<String> = way.all().into_iter().map(str::to_string).gather();
    Script::of(export.report).statements(&statements)
}
