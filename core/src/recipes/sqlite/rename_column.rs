//! RENAME COLUMN: native and instant, but code that says the old name fails from that moment.
//!
//! Where old and new code run side by side, both columns live and AFTER triggers keep them in step: SQLite cannot assign
//! to NEW. That works only when the old column may be NULL, because new code leaves it out.

use super::copy_column::own_triggers;
use super::sql::{LOCK_FAILURE, differs, row_number, trigger};
use super::text::mentions;
use super::{ENGINE, gone};
use crate::change::{Change, ColumnDef, Expr, Ident, IndexDef, IndexPart, Name, Nullability, ObjectVerb};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{draft, undo, verify};
use crate::recipes::shared::{key, names, words};
use crate::recipes::{Cx, Recipe, inverse};
use crate::report::PhaseName::{Contract, Expand, Migrate, Switch};
use crate::report::StepKind;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "sqlite-rename-column",
    title: "Column renamed side by side where old and new code overlap, else at the moment of the deploy",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::RenameColumn { table, from, to } = cx.change else { return None };
    let beside = cx.world.schema.column(table, from).filter(|column| can_live_twice(cx, table, column));
    Some(match beside {
        Some(column) => side_by_side(cx, table, from, to, column),
        None => at_once(cx, table, from, to),
    })
}

fn can_live_twice(cx: &Cx<'_>, table: &Name, column: &ColumnDef) -> bool {
    let schema = cx.world.schema;
    let rowid = schema.table(table).is_some_and(|t| row_number(&t.def) == Some("rowid"));
    let free = column.nullability != Nullability::NotNull && column.default.is_none() && column.generated.is_none();
    free && (gone::is_native(cx) || gone::anew(cx, table, &[], &[&column.name]).is_some())
        && !is_followed(cx, table, &column.name)
        && rowid
        && schema.is_not_null(table, &column.name) == Some(false)
        && schema.constraints_of_column(table, &column.name).is_empty()
}

/// A trigger or view that names it follows a rename; a drop of the old column would leave it broken.
pub fn is_followed(cx: &Cx<'_>, table: &Name, column: &Ident) -> bool {
    let schema = cx.world.schema;
    schema.triggers().any(|trigger| mentions(&trigger.text, column))
        || schema.views_on(table).iter().any(|view| mentions(&view.query, column))
}

fn side_by_side(cx: &Cx<'_>, table: &Name, from: &Ident, to: &Ident, column: &ColumnDef) -> Draft {
    let new = ColumnDef {
        data_type: column.data_type.clone(),
        collation: column.collation.clone(),
        ..ColumnDef::new(to.clone(), crate::change::DataType::simple(""))
    };
    let add = cx.run(Change::AddColumn { table: table.clone(), column: Box::new(new), if_not_exists: false });
    let mut expand = vec![add.clone()];
    expand.push_all(create_triggers(cx, table, from, to));
    let back = gone::taken_back(cx, table, std::slice::from_ref(&add), drop_triggers(cx, table, from));
    let (old_sql, new_sql) = (cx.ident(from), cx.ident(to));
    let job = Batches {
        table: table.clone(),
        verb: RowVerb::Update { set: format!("{new_sql} = {old_sql}"), columns: vec![to.clone()] },
        condition: differs(&new_sql, &old_sql),
        key: key::of(cx, table),
    };
    let mut steps = vec![
        StepDraft {
            why:
                "Old code keeps running: it does not know the column, and the triggers write both whichever is written."
                    .to_string(),
            undo: back.unwrap_or(UndoDraft::Nothing),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(Expand, format!("Add {table}.{to} and keep it in step by triggers"), expand)
        },
        job.step(cx, Migrate, format!("Fill {table}.{to} for the rows that exist")),
        verify(
            Migrate,
            format!("Compare {from} and {to} row by row"),
            format!("SELECT count(*) FROM {} WHERE {}", cx.name(table), differs(&old_sql, &new_sql)),
            "0",
            "Run the fill again and compare again.",
        ),
    ];
    let indexes = indexes(cx, table, from, to);
    let made: Vec<Run> = [add].into_iter().chain(indexes.iter().flat_map(|step| step.run.clone())).gather();
    steps.push_all(indexes);
    steps.push(StepDraft::deploy(
        Switch,
        format!("Deploy code that reads and writes {to} only"),
        format!("The triggers still fill {from} for processes of the old version."),
    ));
    steps.push_all(contract(cx, table, from, to, &made));
    let notes = key::of(cx, table).assumption(table).into_iter().chain(own_triggers(cx, table)).gather();
    Draft { checklist: super::rebuild::checklist(table), notes, ..draft(&RECIPE, title(table, from, to), steps) }
}

fn contract(cx: &Cx<'_>, table: &Name, from: &Ident, to: &Ident, made: &[Run]) -> Vec<StepDraft> {
    let lost =
        format!("{from} is dropped. Its values live on in {to}: the way back is this rename in the other direction.");
    let gate = format!("no process of the old version runs and nothing has used {from} for the soak period");
    let triggers = drop_triggers(cx, table, from);
    if let Some(anew) = gone::anew(cx, table, made, &[from]).filter(|_| !gone::is_native(cx)) {
        let drop = StepDraft {
            why: format!("Nothing uses {from} any more."),
            undo: undo(create_triggers(cx, table, from, to)),
            on_failure: LOCK_FAILURE.to_string(),
            gate,
            ..StepDraft::sql(Contract, format!("Drop the triggers on {table}"), triggers)
        };
        return vec![drop, StepDraft { undo: UndoDraft::Impossible(lost), ..anew }];
    }
    let (indexes, _) = super::drop_column::indexes(cx, table, from);
    vec![StepDraft {
        why: "Nothing uses the old column any more; all of it is one transaction.".to_string(),
        undo: UndoDraft::Impossible(lost),
        on_failure: LOCK_FAILURE.to_string(),
        gate,
        ..StepDraft::sql(
            Contract,
            format!("Drop the triggers, then {table}.{from}"),
            [indexes, triggers, vec![gone::drop(cx, table, from)]].concat(),
        )
    }]
}

/// The indexes of the old column, built on the new one under names of their own.
fn indexes(cx: &Cx<'_>, table: &Name, from: &Ident, to: &Ident) -> Vec<StepDraft> {
    let quoted = cx.ident(to);
    let moved = |text: &str| words::renamed(text, from, &quoted);
    let known = cx.world.schema.indexes_of_column(table, from);
    let named = known.into_iter().filter_map(|index| index.name.as_ref().map(|name| (index, name)));
    named
        .map(|(index, name)| {
            let new = name.sibling(names::carried_over(cx, &name.object.value, table, from, to));
            let part = |part: &IndexPart| IndexPart {
                column: part.column.as_ref().map(|c| if c == from { to.clone() } else { c.clone() }),
                text: moved(&part.text),
            };
            let def = IndexDef {
                name: Some(new.clone()),
                parts: index.parts.iter().map(part).gather(),
                filter: index.filter.as_ref().map(|f| Expr { text: moved(&f.text), ..f.clone() }),
                options: moved(&index.options),
                text: String::new(),
                ..index.clone()
            };
            let drop = Change::DropIndex {
                name: new.clone(),
                table: Some(table.clone()),
                concurrently: false,
                if_exists: false,
                cascade: false,
            };
            StepDraft {
                why: format!(
                    "Queries that say {to} need it as those that said {from}. Writers wait while it is built."
                ),
                undo: undo(vec![cx.run(drop)]),
                on_failure: LOCK_FAILURE.to_string(),
                ..StepDraft::sql(
                    Migrate,
                    format!("Build index {new} on {table}"),
                    vec![cx.run(Change::CreateIndex(Box::new(def)))],
                )
            }
        })
        .gather()
}

fn title(table: &Name, from: &Ident, to: &Ident) -> String {
    format!("Rename {table}.{from} to {table}.{to}")
}

const TRIGGERS: [&str; 3] = ["old", "new", "insert"];

fn trigger_name(cx: &Cx<'_>, table: &Name, from: &Ident, which: &str) -> Name {
    names::helper_beside(cx, table, &[&from.value, which])
}

fn create_triggers(cx: &Cx<'_>, table: &Name, from: &Ident, to: &Ident) -> Vec<Run> {
    let (t, old, new) = (cx.name(table), cx.ident(from), cx.ident(to));
    let (now_old, now_new) = (format!("NEW.{old}"), format!("NEW.{new}"));
    let old_changed = differs(&now_old, &format!("OLD.{old}"));
    let new_changed = differs(&now_new, &format!("OLD.{new}"));
    let apart = differs(&now_old, &now_new);
    let bodies = [
        format!(
            "AFTER UPDATE OF {old} ON {t}\nWHEN {old_changed} AND NOT ({new_changed})\nBEGIN\n  UPDATE {t} \
             SET {new} = NEW.{old} WHERE rowid = NEW.rowid;\nEND"
        ),
        format!(
            "AFTER UPDATE OF {new} ON {t}\nWHEN {new_changed} AND {apart}\nBEGIN\n  UPDATE \
             {t} SET {old} = NEW.{new} WHERE rowid = NEW.rowid;\nEND"
        ),
        format!(
            "AFTER INSERT ON {t}\nWHEN {apart}\nBEGIN\n  UPDATE {t} SET {new} = coalesce(NEW.{new}, \
             NEW.{old}), {old} = coalesce(NEW.{new}, NEW.{old}) WHERE rowid = NEW.rowid;\nEND"
        ),
    ];
    TRIGGERS
        .iter()
        .zip(bodies)
        .map(|(which, body)| {
            let name = trigger_name(cx, table, from, which);
            let sql = format!("CREATE TRIGGER {} {body}", cx.name(&name));
            trigger(ObjectVerb::Create, &name, table, sql)
        })
        .gather()
}

fn drop_triggers(cx: &Cx<'_>, table: &Name, from: &Ident) -> Vec<Run> {
    TRIGGERS
        .iter()
        .map(|which| {
            let name = trigger_name(cx, table, from, which);
            trigger(ObjectVerb::Drop, &name, table, format!("DROP TRIGGER {}", cx.name(&name)))
        })
        .gather()
}

/// The native rename between stopping the old code and starting the new.
fn at_once(cx: &Cx<'_>, table: &Name, from: &Ident, to: &Ident) -> Draft {
    let stop = StepDraft {
        kind: StepKind::Wait,
        why: format!(
            "The rename takes milliseconds, but code that says {from} fails from then on, and code that says {to} until \
             then. {from} cannot live beside {to} for a while: it may not be NULL, carries a key or a default, a trigger \
             or view names it, or its definition is not known."
        ),
        transactional: false,
        gate: format!("no process that names {table}.{from} runs"),
        ..StepDraft::sql(Switch, format!("Stop the code that uses {table}"), Vec::new())
    };
    let rename = StepDraft {
        why: "Views, triggers, indexes and foreign keys follow the name.".to_string(),
        undo: inverse::of(cx),
        on_failure: format!(
            "{LOCK_FAILURE} An error that names a view or trigger: it names something that does not exist; repair or drop it first."
        ),
        ..StepDraft::sql(
            Switch,
            format!("Rename {table}.{from} to {to}"),
            vec![Run { sql: cx.sql.to_string(), change: cx.change.clone() }],
        )
    };
    let start = StepDraft::deploy(
        Switch,
        format!("Start the code that reads and writes {to}"),
        "A rename back and the previous version undo it.",
    );
    Draft {
        checklist: super::rebuild::checklist(table),
        notes: vec![format!(
            "Old SQL that says \"{from}\" in double quotes does not fail after the rename: SQLite then reads it as the text \
             '{from}'."
        )],
        ..draft(&RECIPE, title(table, from, to), vec![stop, rename, start])
    }
}
