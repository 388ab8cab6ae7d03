//! RENAME COLUMN: a second column kept in step by triggers, the code switched over, the old column dropped.

use super::ENGINES;
use super::indexes::{self, Carried};
use super::sql::{
    HALF_WAY, LOCK_FAILURE, add_column_after, copy_of, differ, drop_column, drop_default, has_expression_default,
    is_text, keeping_stamps, literal_default, modify, modify_after, neutral, object, set_default,
};
use super::sync::{Sync, blind_spots};
use crate::change::{Change, ColumnDef, Expr, Ident, Name, Nullability, ObjectKind, ObjectVerb, Volatility};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::engines::Capability;
use crate::order::PushAll;
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{draft, undo_outside, verify};
use crate::recipes::shared::{key, names};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Contract, Expand, Migrate, Switch};
use crate::report::StepKind;
use crate::request::DualWrite;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "mysql-rename-column",
    title: "Column renamed by expand and contract: both names work until the old one is unused",
    for_engine: ENGINES,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let (table, from, to) = match cx.change {
        Change::RenameColumn { table, from, to } => (table, from, to),
        Change::RedefineColumn { table, column, to, .. } if to.name != *column => (table, column, &to.name),
        _ => return None,
    };
    let column = cx.world.schema.column(table, from);
    let special = |c: &ColumnDef| c.generated.is_some() || c.auto_number.is_some() || c.on_update.is_some();
    let carried = indexes::carried(cx, table, from, to);
    if column.is_some_and(special) || carried.blocked.is_some() {
        return Some(at_once(cx, table, from, to, carried.blocked));
    }
    let rename = Rename::new(cx, table, from, to, column);
    let mut steps = vec![rename.expand()];
    steps.push_all(rename.triggers());
    steps.push_all(rename.write_both());
    steps.push(rename.backfill());
    steps.push(rename.agree());
    steps.push_all(carried.build.clone());
    steps.push(rename.switch());
    steps.push_all(rename.contract(&carried));
    Some(Draft {
        checklist: rename.checklist(),
        notes: rename.notes(carried.notes),
        ..draft(&RECIPE, format!("Rename {table}.{from} to {table}.{to}"), steps)
    })
}

struct Rename<'a> {
    cx: Cx<'a>,
    table: &'a Name,
    from: &'a Ident,
    to: &'a Ident,
    column: Option<&'a ColumnDef>,
    /// What the new column holds while an INSERT leaves it out.
    omitted: String,
    by_trigger: bool,
}

impl<'a> Rename<'a> {
    fn new(cx: &Cx<'a>, table: &'a Name, from: &'a Ident, to: &'a Ident, column: Option<&'a ColumnDef>) -> Self {
        Rename {
            cx: *cx,
            table,
            from,
            to,
            column,
            omitted: omitted(column),
            by_trigger: cx.world.options.dual_write == DualWrite::Trigger,
        }
    }

    fn sync(&self) -> Sync<'a> {
        Sync {
            table: self.table,
            from: self.from,
            to: self.to,
            text: is_text(self.column),
            omitted: self.omitted.clone(),
        }
    }

    /// The new column as it is while both live: it must take an INSERT that leaves it out.
    fn expand(&self) -> StepDraft {
        let run = match self.column {
            Some(column) => vec![add_column_after(&self.cx, self.table, self.interim(column), self.from)],
            None => self.add_column_like(),
        };
        StepDraft {
            why: "Old code keeps running: it does not know the column and may leave it out.".to_string(),
            transactional: false,
            undo: undo_outside(vec![drop_column(&self.cx, self.table, self.to)]),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(Expand, format!("Add {}.{}", self.table, self.to), run)
        }
    }

    fn interim(&self, column: &ColumnDef) -> ColumnDef {
        let new = copy_of(column, self.to);
        match self.omitted.as_str() {
            "NULL" => ColumnDef { nullability: Nullability::Null, default: None, ..new },
            value => ColumnDef { default: Some(literal(value)), ..new },
        }
    }

    /// The type read from the server, when the schema was not given.
    fn add_column_like(&self) -> Vec<Run> {
        let cx = &self.cx;
        let name = names::helper_beside(cx, self.table, &[&self.to.value, "add"]);
        let engine = cx.engine();
        let schema = match &self.table.schema {
            Some(schema) => engine.literal(&schema.value),
            None => "DATABASE()".to_string(),
        };
        let head = format!("ALTER TABLE {} ADD COLUMN {} ", cx.name(self.table), cx.ident(self.to));
        let body = format!(
            "CREATE PROCEDURE {}()
BEGIN
  SELECT CONCAT({}, COLUMN_TYPE, IF(CHARACTER_SET_NAME IS NULL, '',
      CONCAT(' CHARACTER SET ', CHARACTER_SET_NAME, ' COLLATE ', COLLATION_NAME)), ' NULL') INTO @zz_sql
    FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = {schema} AND TABLE_NAME = {} AND COLUMN_NAME = {};
  PREPARE zz_statement FROM @zz_sql;
  EXECUTE zz_statement;
  DEALLOCATE PREPARE zz_statement;
END",
            cx.name(&name),
            engine.literal(&head),
            engine.literal(&self.table.object.value),
            engine.literal(&self.from.value)
        );
        let mut unknown = ColumnDef::new(self.to.clone(), crate::change::DataType::simple("text"));
        unknown.data_type = None;
        let change = Change::AddColumn { table: self.table.clone(), column: Box::new(unknown), if_not_exists: false };
        let drop = |sql: String| object(ObjectVerb::Drop, ObjectKind::Procedure, &name, None, sql);
        vec![
            drop(format!("DROP PROCEDURE IF EXISTS {}", cx.name(&name))),
            object(ObjectVerb::Create, ObjectKind::Procedure, &name, None, body),
            Run { sql: format!("CALL {}()", cx.name(&name)), change },
            drop(format!("DROP PROCEDURE {}", cx.name(&name))),
        ]
    }

    fn triggers(&self) -> Option<StepDraft> {
        self.by_trigger.then(|| StepDraft {
            why: "Whichever column is written, the other follows. The UPDATE trigger comes first: a row inserted and \
                  then updated between the two would stay stale. Each waits for open transactions on the table, then \
                  takes milliseconds."
                .to_string(),
            transactional: false,
            undo: undo_outside(self.sync().drop(&self.cx)),
            on_failure: HALF_WAY.to_string(),
            ..StepDraft::sql(
                Expand,
                format!("Keep {} and {} in step by triggers", self.from, self.to),
                self.sync().create(&self.cx),
            )
        })
    }

    fn write_both(&self) -> Option<StepDraft> {
        (!self.by_trigger).then(|| {
            StepDraft::writing(
                format!("both {} and {}", self.from, self.to),
                &self.from.value,
                "Every INSERT and UPDATE sets both columns to the same value. The backfill may start only when no \
                 older instance runs.",
            )
        })
    }

    fn differ(&self) -> String {
        differ(is_text(self.column), &self.cx.ident(self.to), &self.cx.ident(self.from))
    }

    fn backfill(&self) -> StepDraft {
        let cx = &self.cx;
        let set = keeping_stamps(cx, self.table, format!("{} = {}", cx.ident(self.to), cx.ident(self.from)));
        let job = Batches {
            table: self.table.clone(),
            verb: RowVerb::Update { set, columns: vec![self.to.clone()] },
            condition: self.differ(),
            key: key::of(cx, self.table),
        };
        job.step(cx, Migrate, format!("Fill {}.{} for the rows that exist", self.table, self.to))
    }

    fn agree(&self) -> StepDraft {
        verify(
            Migrate,
            format!("Compare {} and {} row by row", self.from, self.to),
            format!("SELECT COUNT(*) FROM {} WHERE {}", self.cx.name(self.table), self.differ()),
            "0",
            match self.by_trigger {
                true => {
                    "Run the backfill again and compare again. If rows keep coming, something writes past the triggers: \
                     a foreign key cascade, a replica that is written to."
                }
                false => {
                    "Run the backfill again and compare again. If rows keep coming, something writes one column only: an \
                     older instance, a job, another application."
                }
            },
        )
    }

    fn switch(&self) -> StepDraft {
        match self.by_trigger {
            true => StepDraft::deploy(
                Switch,
                format!("Deploy code that reads and writes {} only", self.to),
                format!(
                    "The triggers still fill {0} for instances of the old version, and {1} from them.",
                    self.from, self.to
                ),
            ),
            false => StepDraft::deploy(
                Switch,
                format!("Deploy code that reads {} and still writes both", self.to),
                format!("Instances of the version before still read {}.", self.from),
            ),
        }
    }

    fn contract(&self, carried: &Carried) -> Vec<StepDraft> {
        let mut steps = Vec::new();
        steps.push_all(self.let_go());
        match self.by_trigger {
            true => steps.push(self.drop_triggers()),
            false => steps.push(StepDraft::deploy(
                Contract,
                format!("Deploy code that writes {} only", self.to),
                format!("Nothing may name {} once it is dropped.", self.from),
            )),
        }
        steps.push_all(carried.drop.clone());
        steps.push(self.drop_old());
        steps.push_all(
            carried.names.iter().filter_map(|(old, new)| indexes::named_as_before(&self.cx, self.table, new, old)),
        );
        steps.push_all(self.as_it_was());
        steps
    }

    /// Without the trigger, an INSERT of new code would miss a value for the old column (error 1364).
    fn let_go(&self) -> Option<StepDraft> {
        let column = self.column?;
        let demanded = column.nullability == Nullability::NotNull && column.default.is_none();
        if !demanded {
            return None;
        }
        let (run, back) = match neutral(column) {
            Some(value) => {
                (set_default(&self.cx, self.table, self.from, value), drop_default(&self.cx, self.table, self.from))
            }
            None => {
                let known = copy_of(column, self.from);
                let free = ColumnDef { nullability: Nullability::Null, ..known.clone() };
                let run = modify(&self.cx, self.table, free);
                let back = modify_after(&self.cx, self.table, std::slice::from_ref(&run), known);
                (run, back)
            }
        };
        Some(StepDraft {
            why: match self.by_trigger {
                true => format!(
                    "New code leaves {} out. While the trigger fills it that works; without it the INSERT would fail \
                     (error 1364).",
                    self.from
                ),
                false => format!("New code will leave {} out: its INSERT would fail (error 1364).", self.from),
            },
            transactional: false,
            undo: undo_outside(vec![back]),
            on_failure: LOCK_FAILURE.to_string(),
            gate: "no instance of the old version runs".to_string(),
            ..StepDraft::sql(Contract, format!("Let {}.{} be left out", self.table, self.from), vec![run])
        })
    }

    fn drop_triggers(&self) -> StepDraft {
        StepDraft {
            why:
                "From here on only the new column is written. They go before the column that they name: a trigger with \
                  a missing column makes every write fail."
                    .to_string(),
            transactional: false,
            undo: UndoDraft::Sql {
                run: self.sync().create(&self.cx),
                transactional: false,
                lossy: format!("rows written since have no {}: run the backfill in the other direction", self.from),
            },
            on_failure: HALF_WAY.to_string(),
            gate: format!("no instance of the old version runs and nothing has used {} for the soak period", self.from),
            ..StepDraft::sql(Contract, format!("Drop the triggers on {}", self.table), self.sync().drop(&self.cx))
        }
    }

    fn drop_old(&self) -> StepDraft {
        let run = drop_column(&self.cx, self.table, self.from);
        StepDraft {
            why: "Nothing uses it any more.".to_string(),
            transactional: false,
            undo: UndoDraft::Impossible(format!(
                "{0} is dropped. Its values live on in {1}: the way back is this rename in the other direction.",
                self.from, self.to
            )),
            on_failure: LOCK_FAILURE.to_string(),
            gate: format!("nothing has used {} for the soak period", self.from),
            ..StepDraft::sql(Contract, format!("Drop {}.{}", self.table, self.from), vec![run])
        }
    }

    /// The definition that the old column had, where the interim one differs.
    fn as_it_was(&self) -> Option<StepDraft> {
        let column = self.column?;
        let interim = self.interim(column);
        let wanted = copy_of(column, self.to);
        let only_default = interim.nullability == wanted.nullability
            || (interim.nullability == Nullability::Null && wanted.nullability == Nullability::Unsaid);
        let (run, back) = match (only_default, &wanted.default, &interim.default) {
            (true, wanted, interim) if wanted == interim => return None,
            (true, None, Some(value)) => {
                (drop_default(&self.cx, self.table, self.to), set_default(&self.cx, self.table, self.to, &value.text))
            }
            _ => (modify(&self.cx, self.table, wanted.clone()), modify(&self.cx, self.table, interim)),
        };
        Some(StepDraft {
            why: format!("{} gets the NULL rule and the default that {} had.", self.to, self.from),
            transactional: false,
            undo: undo_outside(vec![back]),
            on_failure: LOCK_FAILURE.to_string(),
            gate: format!("all code writes {}", self.to),
            ..StepDraft::sql(Contract, format!("Give {}.{} its final definition", self.table, self.to), vec![run])
        })
    }

    fn checklist(&self) -> Vec<String> {
        vec![
            format!(
                "No job, view, report or replica consumer reads {}.{} any more before it is dropped",
                self.table, self.from
            ),
            format!("No INSERT INTO {} without a column list, no SELECT * read by position", self.table),
        ]
    }

    fn notes(&self, carried: Vec<String>) -> Vec<String> {
        let mut notes = blind_spots(&self.cx, self.table, self.from);
        notes.push_all(key::of(&self.cx, self.table).assumption(self.table));
        match self.column {
            None => notes.push(format!(
                "The definition of {}.{} was not given: its type is read from the server, and NOT NULL, DEFAULT, indexes \
                 and keys are not carried over. Give the schema (mysqldump --no-data) and plan again.",
                self.table, self.from
            )),
            Some(column) if has_expression_default(column) => notes.push(format!(
                "{} has a computed default: until the contract phase an explicit NULL for {} becomes that default.",
                self.from, self.to
            )),
            Some(_) => {}
        }
        notes.push_all(carried);
        if matches!(self.cx.change, Change::RedefineColumn { .. }) {
            notes.push(
                "The pasted CHANGE also gives a new definition. This plan renames with the definition that the column \
                 has; change the definition afterwards, in a plan of its own."
                    .to_string(),
            );
        }
        notes
    }
}

/// What an INSERT that leaves the new column out stores: the old column's own default, a neutral value for a column
/// that must not be NULL, else NULL.
fn omitted(column: Option<&ColumnDef>) -> String {
    let Some(column) = column else { return "NULL".to_string() };
    match (literal_default(column), column.nullability) {
        (Some(value), _) => value,
        (None, Nullability::NotNull) if !has_expression_default(column) => {
            neutral(column).unwrap_or("NULL").to_string()
        }
        (None, _) => "NULL".to_string(),
    }
}

fn literal(text: &str) -> Expr {
    Expr { text: text.to_string(), volatility: Volatility::Constant, columns: Vec::new() }
}

/// The rename in the words that this version has: before RENAME COLUMN it is CHANGE with the whole definition.
fn direct(cx: &Cx<'_>, table: &Name, from: &Ident, to: &Ident) -> Run {
    let known = cx.world.schema.column(table, from);
    match known.filter(|_| !cx.can(Capability::RenameColumn)) {
        Some(column) => {
            let auto_number = column.auto_number.clone();
            let to = ColumnDef { auto_number, ..copy_of(column, to) };
            cx.run(Change::RedefineColumn {
                table: table.clone(),
                column: from.clone(),
                to: Box::new(to),
                position: None,
            })
        }
        None => Run { sql: cx.sql.to_string(), change: cx.change.clone() },
    }
}

/// Keys, generated columns and counters cannot be doubled: the rename itself, with the application stopped for it.
fn at_once(cx: &Cx<'_>, table: &Name, from: &Ident, to: &Ident, blocked: Option<String>) -> Draft {
    let reason = blocked.unwrap_or_else(|| format!("{from} is generated, counted or stamped by the server"));
    let stop = StepDraft {
        kind: StepKind::Wait,
        why: format!(
            "{reason}, so it cannot live twice. The rename takes milliseconds, but from then on code that says {from} \
             fails, and until then code that says {to} does."
        ),
        transactional: false,
        gate: format!("no instance that names {table}.{from} runs"),
        ..StepDraft::sql(Switch, format!("Stop the code that uses {table}"), Vec::new())
    };
    let rename = StepDraft {
        why: "Metadata only.".to_string(),
        transactional: false,
        undo: crate::recipes::inverse::of(cx),
        on_failure: LOCK_FAILURE.to_string(),
        ..StepDraft::sql(Switch, format!("Rename {table}.{from} to {to}"), vec![direct(cx, table, from, to)])
    };
    let start = StepDraft::deploy(
        Switch,
        format!("Start the code that reads and writes {to}"),
        "A rename back and the previous version undo it.",
    );
    Draft {
        checklist: vec![format!("A moment without traffic on {table} agreed")],
        notes: vec![format!(
            "Triggers and views that name {from} keep the old name and fail: recreate them in the same moment."
        )],
        ..draft(&RECIPE, format!("Rename {table}.{from} to {table}.{to}"), vec![stop, rename, start])
    }
}
