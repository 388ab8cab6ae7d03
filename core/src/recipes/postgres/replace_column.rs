//! One column replaced by another: both kept in step, the code switched over, the old column dropped.

use super::carry::{self, Carried, Replaced};
use super::sql::{Trigger, dollar, regclass, statistics};
use super::sync::{Pattern, Sync, default_of, set_default};
use super::{bound, drop_column, extras, number, partitioned};
use crate::change::{AutoNumber, Change, ColumnDef, Ident, Name, Nullability, ObjectKind};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{draft, undo, verify};
use crate::recipes::shared::key;
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Contract, Expand, Migrate, Switch};
use crate::request::DualWrite;

/// A column on its way from one name (and type) to another, both usable until the old one goes.
pub struct Replacement<'a> {
    /// The context.
    pub cx: Cx<'a>,
    /// The table.
    pub table: &'a Name,
    /// The old column.
    pub from: &'a Ident,
    /// The new column.
    pub to: &'a Ident,
    /// The old column's definition, when known.
    pub column: Option<&'a ColumnDef>,
    /// The collation of the new one, where it is not that of its type.
    pub collation: Option<&'a Name>,
    /// How both are kept in step.
    pub sync: Sync,
    /// The type changes too.
    pub retyped: bool,
}

impl Replacement<'_> {
    /// All steps, in order.
    pub fn draft(&self, recipe: &Recipe, title: String) -> Draft {
        let carried = carry::over(&self.cx, &Replaced::alone(self.table, self.from, self.to));
        let mut steps = self.looks();
        steps.push(self.expand());
        steps.push_all(self.write_both());
        steps.push(self.backfill());
        steps.push_all(carried.migrate.clone());
        steps.push(self.statistics());
        steps.push(self.agree());
        steps.push(self.switch());
        steps.push_all(self.last_deploy());
        steps.push(drop_column::dependants(&self.cx, self.table, self.from));
        steps.push_all(carried.contract.clone());
        steps.push(self.contract(&carried));
        Draft { checklist: self.checklist(), notes: self.notes(carried.notes), ..draft(recipe, title, steps) }
    }

    pub(super) fn by_trigger(&self) -> bool {
        self.cx.world.options.dual_write == DualWrite::Trigger
    }

    /// What must be looked at before anything is changed.
    pub(super) fn looks(&self) -> Vec<StepDraft> {
        let (table, from) = (self.table, self.from);
        let mut steps = Vec::new();
        if self.column.is_none() {
            steps.push(StepDraft {
                why: "The schema was not given, so the plan cannot name what has to be carried over. A default needs \
                      another trigger: give the schema and plan again."
                    .to_string(),
                ..verify(
                    Expand,
                    format!("List what {table}.{from} carries"),
                    self.what_it_carries(),
                    "no rows, or only what is then repeated on the new column",
                    "Give the schema (pg_dump --schema-only) with the change, and plan again.",
                )
            });
        }
        if self.retyped {
            let (value, relation) = (self.cx.ident(from), self.cx.name(table));
            let converted = self.sync.to_new.of(&value);
            steps.push(StepDraft {
                why: "A value that does not convert would make old code's writes fail once the trigger is there."
                    .to_string(),
                ..verify(
                    Expand,
                    format!("Convert every value of {table}.{from} once, for trial"),
                    format!("SELECT count(*) FROM {relation} WHERE {value} IS NOT NULL AND {converted} IS NULL"),
                    "0",
                    "The error names a value that does not convert: repair such rows, and keep such values out by a \
                     check constraint on the old column, before going on.",
                )
            });
        }
        if let Some(sql) = self.sync.sentinel_check(&self.cx).filter(|_| self.by_trigger()) {
            steps.push(StepDraft {
                why: format!(
                    "{from} has a default. While both columns live, the new one gets a default that no code writes, by \
                     which the trigger tells an omitted column from a value."
                ),
                ..verify(
                    Expand,
                    format!("Look for the marker value in {table}.{from}"),
                    sql,
                    "0",
                    "Choose another value that never occurs, in the default and in the trigger.",
                )
            });
        }
        steps
    }

    fn what_it_carries(&self) -> String {
        let (relation, column) = (regclass(&self.cx, self.table), self.cx.engine().literal(&self.from.value));
        format!(
            "SELECT pg_describe_object(d.classid, d.objid, d.objsubid)
FROM pg_depend AS d
JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = {relation} AND a.attname = {column}
UNION ALL
SELECT 'NOT NULL' FROM pg_attribute WHERE attrelid = {relation} AND attname = {column} AND attnotnull"
        )
    }

    /// The new column and the trigger, in one transaction.
    pub(super) fn expand(&self) -> StepDraft {
        let cx = &self.cx;
        let mut run = vec![self.add_column()];
        run.push_all(extras::of_column(cx, self.table, self.from, self.to));
        let mut back = Vec::new();
        if self.by_trigger() {
            run.push_all(self.sync.set_defaults(cx));
            let trigger = self.trigger();
            run.push_all(trigger.create(cx));
            back.push_all(trigger.drop(cx));
            back.push_all(self.sync.undo_defaults(cx));
        }
        back.push(self.drop_column(self.to));
        let kept = if self.by_trigger() { " and keep it in step by trigger" } else { "" };
        StepDraft {
            why: match self.by_trigger() {
                true => {
                    "Old code keeps running: it does not know the column, and the trigger writes both whichever is \
                         written. Its name sorts last, so it fires after the application's own triggers."
                        .to_string()
                }
                false => "Old code keeps running: it does not know the column.".to_string(),
            },
            undo: undo(back),
            ..StepDraft::locked(Expand, format!("Add {}.{}{kept}", self.table, self.to), run)
        }
    }

    /// With the type when it is known, else with the type that the server reads from the old column.
    fn add_column(&self) -> Run {
        self.add_column_as(self.to)
    }

    /// The same under any name.
    pub(super) fn add_column_as(&self, name: &Ident) -> Run {
        let cx = &self.cx;
        let Some(data_type) = self.sync.new_type.clone() else {
            let mut unknown = ColumnDef::new(name.clone(), crate::change::DataType::simple("text"));
            unknown.data_type = None;
            let change =
                Change::AddColumn { table: self.table.clone(), column: Box::new(unknown), if_not_exists: false };
            return Run { sql: self.add_column_like(name), change };
        };
        let new = ColumnDef { collation: self.collation.cloned(), ..ColumnDef::new(name.clone(), data_type) };
        cx.run(Change::AddColumn { table: self.table.clone(), column: Box::new(new), if_not_exists: false })
    }

    fn add_column_like(&self, name: &Ident) -> String {
        let cx = &self.cx;
        let add = format!("ALTER TABLE {} ADD COLUMN {} ", cx.name(self.table), cx.ident(name));
        let body = format!(
            "
DECLARE
  zz_type text;  -- the type of the old column, as the server knows it
BEGIN
  SELECT format_type(atttypid, atttypmod) INTO STRICT zz_type FROM pg_attribute
    WHERE attrelid = {} AND attname = {} AND NOT attisdropped;
  EXECUTE {} || zz_type;
END
",
            regclass(cx, self.table),
            cx.engine().literal(&self.from.value),
            cx.engine().literal(&add)
        );
        format!("DO {}", dollar(&body))
    }

    pub(super) fn drop_column(&self, column: &Ident) -> Run {
        self.cx.run(Change::DropColumn {
            table: self.table.clone(),
            column: column.clone(),
            if_exists: false,
            cascade: false,
        })
    }

    pub(super) fn trigger(&self) -> Trigger {
        self.sync.trigger(&self.cx)
    }

    /// Without a trigger the application keeps the columns in step.
    fn write_both(&self) -> Option<StepDraft> {
        (!self.by_trigger()).then(|| {
            StepDraft::writing(
                format!("both {} and {}", self.from, self.to),
                &self.from.value,
                "Every INSERT and UPDATE sets both columns to the same value. The backfill may start only when no \
                 older instance runs.",
            )
        })
    }

    pub(super) fn backfill(&self) -> StepDraft {
        let cx = &self.cx;
        let (from, to) = (cx.ident(self.from), cx.ident(self.to));
        let job = Batches {
            table: self.table.clone(),
            verb: RowVerb::Update {
                set: format!("{to} = {}", self.sync.to_new.of(&from)),
                columns: vec![self.to.clone()],
            },
            // A trigger misses no write; an instance that was not yet, or no longer, writing both does.
            condition: match self.by_trigger() {
                true => format!("{to} IS NULL AND {from} IS NOT NULL"),
                false => self.sync.new_differs(&to, &self.sync.to_new.of(&from)),
            },
            key: key::of(cx, self.table),
        };
        job.step(cx, Migrate, format!("Fill {}.{} for the rows that exist", self.table, self.to))
    }

    pub(super) fn statistics(&self) -> StepDraft {
        statistics(
            &self.cx,
            Migrate,
            self.table,
            "The server has no statistics on the new column and on expression indexes over it; without them it \
                  chooses bad plans.",
        )
    }

    pub(super) fn agree(&self) -> StepDraft {
        verify(
            Migrate,
            format!("Compare {} and {} row by row", self.from, self.to),
            self.sync.disagreement(&self.cx),
            "0",
            match self.by_trigger() {
                true => {
                    "Run the backfill again and compare again. If rows keep coming, something writes past the trigger: \
                     a disabled trigger, replication, session_replication_role."
                }
                false => {
                    "Run the backfill again and compare again. If rows keep coming, something writes one column only: an \
                     older instance, a job, another application."
                }
            },
        )
    }

    pub(super) fn switch(&self) -> StepDraft {
        let (table, from, to) = (self.table, self.from, self.to);
        match self.by_trigger() {
            true => StepDraft::deploy(
                Switch,
                format!("Deploy code that reads and writes {to} only"),
                format!("The trigger still fills {from} for instances of the old version, and {table}.{to} from them."),
            ),
            false => StepDraft::deploy(
                Switch,
                format!("Deploy code that reads {to} and still writes both"),
                format!("Instances of the version before still read {from}."),
            ),
        }
    }

    /// Application writes: the old column is let go of before it is dropped.
    fn last_deploy(&self) -> Vec<StepDraft> {
        if self.by_trigger() {
            return Vec::new();
        }
        let mut steps = Vec::new();
        if self.column.is_some_and(|c| c.nullability == Nullability::NotNull) {
            let (table, column) = (self.table.clone(), self.from.clone());
            let back = Change::SetNotNull { table: table.clone(), column: column.clone(), only: false };
            steps.push(StepDraft {
                why: format!("Code that no longer writes {} could not insert rows otherwise.", self.from),
                undo: UndoDraft::Sql {
                    run: vec![self.cx.run(back)],
                    transactional: true,
                    lossy: "fails once rows were written without it".to_string(),
                },
                ..StepDraft::locked(
                    Contract,
                    format!("Let {}.{} be NULL", self.table, self.from),
                    vec![self.cx.run(Change::DropNotNull { table, column })],
                )
            });
        }
        steps.push(StepDraft::deploy(
            Contract,
            format!("Deploy code that writes {} only", self.to),
            format!("Nothing may name {} once it is dropped.", self.from),
        ));
        steps
    }

    /// Trigger, defaults and old column in one transaction: between two, an INSERT of new code would fail.
    fn contract(&self, carried: &Carried) -> StepDraft {
        let cx = &self.cx;
        let mut run: Vec<Run> = Vec::new();
        if self.by_trigger() {
            run.push_all(self.trigger().drop(cx));
        }
        run.push_all(self.real_default());
        run.push_all(self.auto_number());
        run.push_all(carried.primary_key.iter().flat_map(|key| {
            let replaced = Replaced::alone(self.table, self.from, self.to);
            key.exchange(cx, self.table, &carry::moved_all(&replaced, &key.columns))
        }));
        run.push(self.drop_column(self.from));
        let what = if self.by_trigger() { "Drop the trigger, then" } else { "Drop" };
        StepDraft {
            why: match self.by_trigger() {
                true => {
                    "In one transaction: between two, new code's INSERT would meet the old column's NOT NULL without \
                         the trigger that fills it."
                        .to_string()
                }
                false => format!("Nobody reads or writes {} any more.", self.from),
            },
            undo: UndoDraft::Impossible(format!(
                "{0} and what hangs on it are dropped. Its values live on in {1}: the way back is this plan in the other \
                 direction.",
                self.from, self.to
            )),
            gate: format!("no instance of the old version runs and nothing has used {} for the soak period", self.from),
            ..StepDraft::locked(Contract, format!("{what} {}.{}", self.table, self.from), run)
        }
    }

    fn real_default(&self) -> Option<Run> {
        let default = default_of(self.column).map(|d| self.sync.to_new.of(&d))?;
        Some(set_default(&self.cx, self.table, self.to, &default))
    }

    fn auto_number(&self) -> Vec<Run> {
        match self.column.and_then(|c| c.auto_number.as_ref()) {
            Some(AutoNumber::Identity { always, .. }) => {
                number::move_identity(&self.cx, self.table, self.from, self.to, *always)
            }
            Some(AutoNumber::Serial) => vec![number::move_serial(&self.cx, self.table, self.from, self.to, None)],
            Some(AutoNumber::AutoIncrement) => Vec::new(),
            None => {
                let nextval = self.column.and_then(|c| c.default.as_ref());
                let serial = nextval.is_some_and(|d| d.text.trim().to_ascii_lowercase().starts_with("nextval"));
                serial.then(|| number::move_serial(&self.cx, self.table, self.from, self.to, None)).into_iter().gather()
            }
        }
    }

    fn checklist(&self) -> Vec<String> {
        let (table, from) = (self.table, self.from);
        let mut lines = vec![
            format!("No job, view, report or replica consumer reads {table}.{from} any more before it is dropped"),
            format!(
                "No prepared SELECT * and no COPY {table} FROM without a column list runs on old connections (both \
                 fail once a column is added or dropped), or connection pools are recycled after the steps that do it"
            ),
        ];
        lines.push_all(self.no_new_partitions());
        lines
    }

    /// A partition made meanwhile would be without the trigger.
    pub(super) fn no_new_partitions(&self) -> Option<String> {
        partitioned::none_made(&self.cx, self.table).filter(|_| self.by_trigger())
    }

    fn notes(&self, carried: Vec<String>) -> Vec<String> {
        let mut notes = Vec::new();
        notes.push_all(key::of(&self.cx, self.table).assumption(self.table));
        if self.column.is_none() {
            let what = match self.retyped {
                true => "the trigger gives it NULL where its type cannot hold a value of the new one",
                false => "its type is read by the first step",
            };
            notes.push(format!(
                "The definition of {}.{} was not given: {what}, and the trigger is right for a column without a default.",
                self.table, self.from
            ));
        }
        notes.push_all(self.sentinel_note());
        if self.column.is_some() {
            notes.push_all(carried);
            notes.push_all(self.bound_notes());
        }
        notes
    }

    /// Where nothing can show that a column was omitted.
    pub(super) fn sentinel_note(&self) -> Option<String> {
        let blind = self.by_trigger() && default_of(self.column).is_some() && self.sync.pattern == Pattern::Plain;
        blind.then(|| {
            format!(
                "{} has a default and its type has no spare value to mark an omitted column: until the contract phase, \
                 new code that inserts NULL explicitly gets the default instead, and SET {} = DEFAULT must not be used.",
                self.from, self.to
            )
        })
    }

    /// What stays bound to the old column.
    fn bound_notes(&self) -> Vec<String> {
        let (cx, table, from, to) = (&self.cx, self.table, self.from, self.to);
        let mut notes = Vec::new();
        for view in bound::views(cx, table, from) {
            notes.push(format!(
                "View {} reads {table}.{from}: make it again over {to} before the contract phase, or the server refuses to \
                 drop the column.",
                view.name
            ));
        }
        for kind in [ObjectKind::Trigger, ObjectKind::Policy, ObjectKind::Rule] {
            for object in bound::objects(cx, kind, table, from) {
                notes.push(format!(
                    "Look at {} {} on {table}: where it names {from}, make it again with {to} before the contract phase.",
                    crate::recipes::shared::titles::kind_words(kind).to_lowercase(),
                    object.name.object
                ));
            }
        }
        notes.push(format!(
            "Of comment, rights and statistics target of {from}, those are repeated on {to} that the schema given says."
        ));
        notes
    }
}
