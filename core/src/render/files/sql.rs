//! Plain SQL: a file forward and a file back per phase, for the engine's own client. A client runs statement by
//! statement, so the parts of a step stay together.

use super::header;
use super::units::{Down, Unit, Way};
use super::{Export, Exporter, Placed};
use crate::order::Gather;
use crate::render::script::{Script, comment};

/// Plain SQL.
pub static EXPORTER: Exporter = Exporter {
    id: "sql",
    title: "Plain SQL",
    engines: &[],
    notes: &[
        "Run the `.up.sql` files in order with the client of the server, one statement after the other, stopping at the first error: `psql -v ON_ERROR_STOP=1 -f FILE`, `mysql < FILE`, `sqlite3 -bail DATABASE < FILE`. Not as one string (`psql -c`), which is one transaction.",
        "To go back, run the `.down.sql` files in the opposite order.",
    ],
    write,
};

fn write(export: &Export<'_>) -> Vec<Placed> {
    let mut out = Vec::new();
    let same = |a: &Unit<'_>, b: &Unit<'_>| (a.release, a.deploy, a.phase) == (b.release, b.deploy, b.phase);
    for (at, units) in export.units.chunk_by(same).enumerate() {
        let Some(first) = units.first() else { continue };
        let name = format!("{:02}_{}", at + 1, first.phase.label());
        let transactional = |way: fn(&Unit<'_>) -> bool| units.iter().all(way);
        let up: Vec<String> = units.iter().filter(|unit| unit.part == 1).map(|unit| forward(export, unit)).gather();
        let down: Vec<String> =
            units.iter().rev().filter(|unit| unit.part == 1).map(|unit| back(export, unit)).gather();
        out.push(header::placed(
            first,
            format!("{name}.up.sql"),
            up.join("\n"),
            transactional(|unit| unit.up.transactional),
        ));
        out.push(header::placed(
            first,
            format!("{name}.down.sql"),
            down.join("\n"),
            transactional(|unit| !matches!(&unit.down, Down::Sql(way) if !way.transactional)),
        ));
    }
    out
}

fn forward(export: &Export<'_>, unit: &Unit<'_>) -> String {
    let script = match unit.parts {
        1 => script(export, &unit.up),
        _ => Script::of(export.report).statements(&unit.step.sql),
    };
    format!("{}\n{script}\n", comment("--", &header::of_step(export, unit)))
}

fn back(export: &Export<'_>, unit: &Unit<'_>) -> String {
    let head = format!("Undo step {}: {}", unit.step.id, unit.step.title);
    match &unit.down {
        Down::Sql(way) => format!("{}\n{}\n", comment("--", &head), script(export, way)),
        Down::Nothing(why) => format!("{}\n", comment("--", &format!("{head}\n{why}"))),
        Down::Impossible(why) => format!("{}\n", comment("--", &format!("{head}\nNo way back: {why}"))),
    }
}

fn script(export: &Export<'_>, way: &Way<'_>) -> String {
    let statements: Vec<String> = way.with_block().into_iter().map(str::to_string).gather();
    Script::of(export.report).statements(&statements)
}
