//! DROP COLUMN: code first, then what hangs on the column, then the column.

use super::parts::{drop_constraint, drop_index_online};
use super::sql::{lock, no_limits, regclass, whole_word};
use super::{ENGINE, parts};
use crate::change::{Change, ConstraintKind, Ident, Name, Nullability};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::shared::draft::{draft, undo, undo_outside, verify};
use crate::recipes::shared::{key, names};
use crate::recipes::{Cx, Recipe};
use crate::report::OtherWay;
use crate::report::PhaseName::{Contract, Expand, Switch};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-drop-column",
    title: "Column dropped after the code that used it",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::DropColumn { table, column, .. } = cx.change else { return None };
    let mut steps: Vec<StepDraft> = optional(cx, table, column).into_iter().gather();
    steps.push(StepDraft::deploy(
        Switch,
        format!("Deploy code that neither reads nor writes {table}.{column}"),
        format!(
            "Every statement that names {column} fails once it is gone; so does a prepared SELECT * on a connection \
             opened before. Let the object mapper ignore the column."
        ),
    ));
    steps.push(dependants(cx, table, column));
    steps.push_all(foreign_keys(cx, table, column));
    steps.push_all(shared_indexes(cx, table, column));
    let aside = names::helper(cx, &[&column.value, "dropped"]);
    steps.push(set_aside(cx, table, column, &aside));
    steps.push(drop_step(cx, table, column, &aside));
    Some(Draft {
        checklist: vec![
            format!("No code, job, view, report or replica consumer uses {table}.{column} (unused for over a week)"),
            format!(
                "No positional INSERT INTO {table} and no COPY {table} FROM without a column list (after the drop, \
                 values land in other columns)"
            ),
        ],
        notes: notes(cx, table, column),
        ..draft(&RECIPE, format!("Drop column {table}.{column}"), steps)
    })
}

/// New code does not write the column, so it must not be demanded while old code still runs.
pub fn optional(cx: &Cx<'_>, table: &Name, column: &Ident) -> Option<StepDraft> {
    let known = cx.world.schema.column(table, column);
    let in_key = cx.world.schema.primary_key(table).is_some_and(|key| key.contains(column));
    let demanded = known.is_some_and(|c| {
        c.nullability == Nullability::NotNull && c.default.is_none() && c.auto_number.is_none() && c.generated.is_none()
    });
    (demanded && !in_key).then(|| let_be_null(cx, table, column))
}

/// The same whether or not a default fills it.
pub fn let_be_null(cx: &Cx<'_>, table: &Name, column: &Ident) -> StepDraft {
    let back = Change::SetNotNull { table: table.clone(), column: column.clone(), only: false };
    StepDraft {
        why: format!(
            "Code that no longer writes {column} could not insert rows while it is NOT NULL without a default."
        ),
        undo: UndoDraft::Sql {
            run: vec![cx.run(back)],
            transactional: true,
            lossy: format!("fails while rows with NULL in {column} exist; it reads the whole table"),
        },
        ..StepDraft::locked(
            Expand,
            format!("Let {table}.{column} be NULL"),
            vec![cx.run(Change::DropNotNull { table: table.clone(), column: column.clone() })],
        )
    }
}

/// What the server knows to use the column, and functions whose text names it, which it does not know.
pub fn dependants(cx: &Cx<'_>, table: &Name, column: &Ident) -> StepDraft {
    let (relation, literal) = (regclass(cx, table), cx.engine().literal(&column.value));
    let word = whole_word(cx, &column.value);
    let sql = format!(
        "SELECT DISTINCT coalesce(r.ev_class::regclass::text || ' (view)', pg_describe_object(d.classid, d.objid, \
         d.objsubid)) AS dependant, d.deptype = 'n' AS blocks_the_drop
FROM pg_depend AS d
JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
LEFT JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = {relation} AND a.attname = {literal}
UNION ALL
SELECT 'function ' || oid::regprocedure, false FROM pg_proc
WHERE prosrc ~ {word} AND pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)"
    );
    StepDraft {
        why:
            "The server drops indexes, checks and foreign keys of the column silently, refuses while a view or policy \
              uses it, and knows nothing of functions that name it in their text."
                .to_string(),
        ..verify(
            Contract,
            format!("List what still uses {table}.{column}"),
            sql,
            "only what is meant to go with the column",
            "Recreate such views, policies and functions without the column first.",
        )
    }
}

/// A foreign key locks both tables: it goes alone, the other table locked first.
pub fn foreign_keys(cx: &Cx<'_>, table: &Name, column: &Ident) -> Vec<StepDraft> {
    let constraints = cx.world.schema.constraints_of_column(table, column);
    let keys = constraints.into_iter().filter_map(|c| match (&c.kind, &c.name) {
        (ConstraintKind::ForeignKey(key), Some(name)) => Some((key, name, c)),
        _ => None,
    });
    keys.map(|(key, name, constraint)| {
        let mut run: Vec<Run> = Vec::new();
        if !cx.world.schema.same_relation(&key.references, table) {
            run.push(lock(cx, &key.references, "ACCESS EXCLUSIVE"));
        }
        run.push(drop_constraint(cx, table, name));
        let again = parts::add_not_valid(cx, Contract, table, constraint);
        let mut back = again.run;
        back.push(cx.run(Change::ValidateConstraint { table: table.clone(), name: name.clone() }));
        StepDraft {
            why: format!(
                "It locks {} too. Alone and with that table first, as writers lock, it kills no transaction of the \
                 application.",
                key.references
            ),
            undo: UndoDraft::Sql {
                run: back,
                transactional: false,
                lossy: "fails while rows written since violate it".to_string(),
            },
            ..StepDraft::locked(Contract, format!("Drop foreign key {name} of {table}"), run)
        }
    })
    .gather()
}

/// Indexes that other columns share would go silently: dropped knowingly, and named.
pub fn shared_indexes(cx: &Cx<'_>, table: &Name, column: &Ident) -> Vec<StepDraft> {
    let indexes = cx.world.schema.indexes_of_column(table, column);
    let named = indexes.into_iter().filter_map(|index| {
        let backed = index.name.as_ref().is_some_and(|n| cx.world.schema.constraint(table, &n.object).is_some());
        let partitioned = super::partitioned::is_partitioned(cx, table);
        index.name.clone().filter(|_| !backed && !partitioned).map(|name| (index, name))
    });
    named
        .map(|(index, name)| {
            let name = Name { schema: name.schema.or_else(|| table.schema.clone()), object: name.object };
            let mut run = no_limits();
            run.push(drop_index_online(cx, &name, table));
            let again = parts::build_index(cx, Contract, index);
            let others = index.parts.len() > 1 || !index.include.is_empty();
            StepDraft {
                why: match others {
                    true => format!(
                        "It would go silently with {column}. It also serves other columns: build an index on those \
                         first, concurrently, if a query needs it."
                    ),
                    false => {
                        "Dropped concurrently first, the column's own step has less to do under its lock.".to_string()
                    }
                },
                transactional: false,
                undo: undo_outside(again.run),
                on_failure: "Cut off, it leaves the index invalid but still maintained. Run it again.".to_string(),
                ..StepDraft::sql(Contract, format!("Drop index {} concurrently", name.object), run)
            }
        })
        .gather()
}

/// What the server cannot list says itself: code, reports and functions that were forgotten.
fn set_aside(cx: &Cx<'_>, table: &Name, column: &Ident, aside: &Ident) -> StepDraft {
    let rename = |from: &Ident, to: &Ident| {
        cx.run(Change::RenameColumn { table: table.clone(), from: from.clone(), to: to.clone() })
    };
    StepDraft {
        why: "Forgotten code fails now, while a rename brings everything back at once.".to_string(),
        undo: undo(vec![rename(aside, column)]),
        gate: "code that used the column is gone from every server, job and report".to_string(),
        ..StepDraft::locked(Contract, format!("Rename {table}.{column} aside"), vec![rename(column, aside)])
    }
}

fn drop_step(cx: &Cx<'_>, table: &Name, column: &Ident, aside: &Ident) -> StepDraft {
    let change = Change::DropColumn { table: table.clone(), column: aside.clone(), if_exists: false, cascade: false };
    StepDraft {
        why: "The server marks the column as dropped; rows are not touched.".to_string(),
        undo: UndoDraft::Impossible(format!(
            "The values of {table}.{column} are gone. ADD COLUMN brings back an empty column; the values only come from \
             a backup or from the copy made before."
        )),
        gate: format!("no error names {column} for as long as your rarest job takes to come round"),
        other_ways: vec![keep_copy(cx, table, column, aside)],
        ..StepDraft::locked(Contract, format!("Drop column {table}.{column} (now {aside})"), vec![cx.run(change)])
    }
}

/// The values beside the table, before they go.
fn keep_copy(cx: &Cx<'_>, table: &Name, column: &Ident, aside: &Ident) -> OtherWay {
    let columns: Vec<Ident> = match key::of(cx, table) {
        key::Key::Integer(c) | key::Key::Assumed(c) => vec![c],
        key::Key::Ordered(columns) => columns,
        key::Key::Storage => Vec::new(),
    };
    let others = columns.iter().filter(|own| *own != column).map(|own| format!("{}, ", cx.ident(own)));
    let list = others.collect::<String>() + &format!("{} AS {}", cx.ident(aside), cx.ident(column));
    OtherWay {
        tool: "copy of the values".to_string(),
        when: "the values may be wanted again; run it just before this step, it takes no lock that blocks traffic"
            .to_string(),
        command: format!(
            "CREATE TABLE {} AS SELECT {} FROM {}",
            cx.name(&names::helper_beside(cx, table, &[&column.value])),
            list,
            cx.name(table)
        ),
    }
}

/// What the drop takes along, or is refused for.
pub fn notes(cx: &Cx<'_>, table: &Name, column: &Ident) -> Vec<String> {
    let schema = cx.world.schema;
    let mut notes: Vec<String> = Vec::new();
    for view in schema.views_on(table) {
        if crate::recipes::shared::words::mentions(&view.query, column) {
            notes.push(format!(
                "View {} names {column}: the server refuses to drop the column until the view is recreated without it.",
                view.name
            ));
        }
    }
    for constraint in schema.constraints_of_column(table, column) {
        if let (Some(name), false) = (&constraint.name, matches!(constraint.kind, ConstraintKind::ForeignKey(_))) {
            notes.push(format!("Constraint {name} goes with the column, without a word from the server."));
        }
    }
    if let Change::DropColumn { cascade: true, .. } = cx.change {
        notes.push(
            "CASCADE is left out: it would drop views and other objects that nobody looked at. Name them and drop \
             them in steps of their own."
                .to_string(),
        );
    }
    notes
}
