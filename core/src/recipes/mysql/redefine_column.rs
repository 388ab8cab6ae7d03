//! MODIFY that adds NOT NULL: rows are filled and looked at first, the server is kept from inventing values.

use super::ENGINES;
use super::sql::{copy_of, literal_default, modify, set_session};
use crate::change::{Change, ColumnDef, Ident, Name, Nullability};
use crate::draft::{Draft, Run, StepDraft};
use crate::order::{Gather, GatherAll, PushAll};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{draft, undo_outside, verify};
use crate::recipes::shared::{key, one_alter};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{self, Contract, Expand, Migrate};
use crate::world::World;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "mysql-set-not-null",
    title: "NOT NULL after the rows were filled, in strict mode",
    for_engine: ENGINES,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    several(std::slice::from_ref(cx))
}

/// Columns of one table, all of them made NOT NULL by one rebuild.
pub fn several(parts: &[Cx<'_>]) -> Option<Draft> {
    let first = parts.first()?;
    let all = parts.iter().map(Tightened::of).gather_all()?;
    let table = all.first().map(|one| one.table).filter(|table| all.iter().all(|one| one.table == *table))?;
    let named: Vec<String> = all.iter().map(|one| format!("{table}.{}", one.column)).gather();
    let title = format!("Make {} NOT NULL", named.join(" and "));
    let mut steps = vec![StepDraft::deploy(
        Expand,
        format!("Deploy code that never writes NULL to {}", named.join(" or ")),
        "A NULL written after the rows were looked at makes the change fail, and every one after it an error 1048.",
    )];
    steps.push_all(all.iter().filter_map(|one| fill(&one.cx, table, one.column, one.to)));
    steps.push_all(all.iter().map(|one| no_nulls(&one.cx, Contract, table, one.column)));
    // The way back is another change than the one forward: what it can state is asked of the table as it is then.
    let mut after = first.world.schema.excerpt(std::slice::from_ref(table));
    parts.iter().for_each(|cx| after.apply(cx.change));
    let changed = Cx { world: World { schema: &after, ..first.world }, ..*first };
    let head = one_alter::head(first.engine(), table);
    let forth = all.iter().map(|one| modify(&one.cx, table, one.wanted())).gather();
    let back = all.iter().map(|one| modify(&changed, table, copy_of(one.old, one.column))).gather();
    let definitions: Vec<String> =
        all.iter().map(|one| format!("MODIFY COLUMN {}", definition(&one.cx, table, &one.wanted()))).gather();
    let run = std::iter::once(strict()).chain(one_alter::join(forth, &head)).gather();
    steps.push(StepDraft {
        why: "The table is rebuilt in place while reads and writes go on. Strict mode, because without it the server \
              turns NULL into 0 or an empty string without a word."
            .to_string(),
        transactional: false,
        undo: undo_outside(one_alter::join(back, &head)),
        on_failure: "Error 1138 or 1265: a row is NULL; nothing was done. Fill it, run it again. Error 1062 without a \
                     duplicate: an upsert met the rebuild; pause upserts, run it again."
            .to_string(),
        other_ways: super::tools::online_change(first, table, &definitions.join(", ")),
        ..StepDraft::sql(Contract, title.clone(), run)
    });
    Some(draft(&RECIPE, title, steps))
}

/// A MODIFY that does nothing but add NOT NULL.
struct Tightened<'a> {
    cx: Cx<'a>,
    table: &'a Name,
    column: &'a Ident,
    old: &'a ColumnDef,
    to: &'a ColumnDef,
}

impl<'a> Tightened<'a> {
    fn of(cx: &Cx<'a>) -> Option<Self> {
        let Change::RedefineColumn { table, column, to, .. } = cx.change else { return None };
        let old = cx.world.schema.column(table, column)?;
        let same_type = match (&old.data_type, &to.data_type) {
            (Some(old), Some(new)) => old.same_as(new),
            _ => false,
        };
        let adds = to.nullability == Nullability::NotNull && old.nullability != Nullability::NotNull;
        (to.name == *column && same_type && adds).then_some(Tightened { cx: *cx, table, column, old, to })
    }

    fn wanted(&self) -> ColumnDef {
        ColumnDef { text: String::new(), ..self.to.clone() }
    }
}

/// `name type …`, as MODIFY says it.
fn definition(cx: &Cx<'_>, table: &Name, column: &ColumnDef) -> String {
    let sql = modify(cx, table, column.clone()).sql;
    let after = sql.split_once("MODIFY COLUMN ").map_or(sql.as_str(), |(_, after)| after);
    after.split(", ALGORITHM=").next().unwrap_or(after).to_string()
}

/// With a literal default the value for old rows is known.
fn fill(cx: &Cx<'_>, table: &Name, column: &Ident, to: &ColumnDef) -> Option<StepDraft> {
    let value = literal_default(to)?;
    let quoted = cx.ident(column);
    let job = Batches {
        table: table.clone(),
        verb: RowVerb::Update { set: format!("{quoted} = {value}"), columns: vec![column.clone()] },
        condition: format!("{quoted} IS NULL"),
        key: key::of(cx, table),
    };
    Some(job.step(cx, Migrate, format!("Fill NULLs of {table}.{column} with its default {value}")))
}

/// No row may be NULL any more.
pub fn no_nulls(cx: &Cx<'_>, phase: PhaseName, table: &Name, column: &Ident) -> StepDraft {
    let (t, c) = (cx.name(table), cx.ident(column));
    StepDraft {
        why: format!("One row whose {column} is NULL makes the next step fail after all its work."),
        ..verify(
            phase,
            format!("Look for rows of {table} whose {column} is NULL"),
            format!("SELECT COUNT(*) FROM {t} WHERE {c} IS NULL"),
            "0",
            &format!("Fill them in batches (UPDATE {t} SET {c} = … WHERE {c} IS NULL, by key range), and look again."),
        )
    }
}

/// Strict mode for the session.
pub fn strict() -> Run {
    set_session("sql_mode", "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'")
}
