//! A column's type changed under its own name: a shadow column follows it by trigger, then the names are exchanged.
//!
//! For types where old and new code are valid against both.

use super::around::Around;
use super::carry::{self, Carried, Incoming, Parent, Renamed, Replaced, What};
use super::change_type::{Conversion, free_name};
use super::parts::drop_constraint;
use super::sql::{Trigger, lock, object, statistics};
use super::stored_view::{self, Rebuild};
use super::swap_back::Back;
use super::sync::{default_of, differs, set_default};
use super::{extras, number};
use crate::change::{
    AutoNumber, Change, ColumnDef, ConstraintKind, DataType, Ident, Name, Nullability, ObjectKind, ObjectVerb,
};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::engines::Capability;
use crate::order::{Gather, PushAll};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{draft, undo, verify};
use crate::recipes::shared::{key, names};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Contract, Expand, Migrate, Switch};

/// The swap of one column.
pub struct Swap<'a> {
    /// The context.
    pub cx: Cx<'a>,
    /// The table.
    pub table: &'a Name,
    /// The column.
    pub column: &'a Ident,
    /// Its definition.
    pub known: &'a ColumnDef,
    /// Its type.
    pub before: &'a DataType,
    /// The wanted type.
    pub to: &'a DataType,
    /// The collation that the change says; the server takes that of the type where it says none.
    pub collation: Option<&'a Name>,
    /// Values, there and back.
    pub conversion: &'a Conversion,
    /// What is bound to the column.
    pub around: Around<'a>,
    /// Foreign keys that point at the column and move with a column of theirs.
    pub apart: Vec<Incoming>,
    /// The key that foreign keys of the column point at, when it is replaced in the same plan.
    pub parent: Option<Parent<'a>>,
    /// Its default from now on, where the script says another; inside, none for no default.
    pub default: Option<Option<String>>,
}

/// The steps of a swap, by phase.
pub struct Phases {
    /// Expand.
    pub expand: Vec<StepDraft>,
    /// Migrate.
    pub migrate: Vec<StepDraft>,
    /// Switch.
    pub switch: Vec<StepDraft>,
    /// Contract.
    pub contract: Vec<StepDraft>,
    /// The way back from the exchange, the last step of `switch`.
    pub back: Back,
    /// What is not carried, or what the reader must know.
    pub notes: Vec<String>,
}

impl Swap<'_> {
    /// All steps.
    pub fn draft(&self, recipe: &Recipe, title: String) -> Draft {
        let Phases { expand, migrate, switch, contract, notes, back: _ } = self.phases();
        let steps = expand.into_iter().chain(migrate).chain(switch).chain(contract).gather();
        Draft { checklist: self.checklist(), notes, ..draft(recipe, title, steps) }
    }

    /// The steps, phase by phase.
    pub fn phases(&self) -> Phases {
        let shadow = self.shadow();
        let carried = carry::over(&self.cx, &self.replaced(&shadow));
        let mut migrate = vec![self.backfill(&shadow)];
        migrate.push_all(carried.migrate.clone());
        migrate.push(self.statistics());
        migrate.push(self.agree(&shadow));
        let exchanges = carried.contract.iter().cloned();
        let mut switch: Vec<StepDraft> = exchanges.map(|step| StepDraft { phase: Switch, ..step }).gather();
        switch.push(self.swap(&shadow, &carried));
        let mut contract = self.stored_views();
        contract.push(self.contract());
        Phases {
            expand: vec![self.trial(), self.expand(&shadow)],
            migrate,
            switch,
            contract,
            back: self.back(&shadow, &carried),
            notes: self.notes(carried.notes),
        }
    }

    /// The column that follows, then takes the name.
    pub fn shadow(&self) -> Ident {
        free_name(&self.cx, self.table, self.column, "new")
    }

    pub(super) fn replaced<'b>(&'b self, shadow: &'b Ident) -> Replaced<'b> {
        Replaced { table: self.table, from: self.column, to: shadow, apart: &self.apart, parent: self.parent.clone() }
    }

    pub(super) fn aside(&self) -> Ident {
        free_name(&self.cx, self.table, self.column, "old")
    }

    /// Forward while the shadow follows, backward once the names are exchanged.
    fn trigger(&self, target: &Ident, value: String) -> Trigger {
        Trigger {
            name: names::helper_beside(&self.cx, self.table, &[&self.column.value]),
            table: self.table.clone(),
            fires: "BEFORE INSERT OR UPDATE",
            late: "",
            body: format!("  NEW.{} := {value};\n  RETURN NEW;\n", self.cx.ident(target)),
        }
    }

    pub(super) fn forward(&self, shadow: &Ident) -> Trigger {
        self.trigger(shadow, self.conversion.to_new.of(&format!("NEW.{}", self.cx.ident(self.column))))
    }

    fn backward(&self) -> Trigger {
        self.trigger(&self.aside(), self.conversion.to_old.of(&format!("NEW.{}", self.cx.ident(self.column))))
    }

    fn trial(&self) -> StepDraft {
        let (table, column) = (self.cx.name(self.table), self.cx.ident(self.column));
        let converted = self.conversion.to_new.of(&column);
        StepDraft {
            why: "A value that does not convert would make writes fail once the trigger is there.".to_string(),
            ..verify(
                Expand,
                format!("Convert every value of {}.{} once, for trial", self.table, self.column),
                format!("SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND {converted} IS NULL"),
                "0",
                "The error names a value that does not convert: repair such rows and keep such values out by a check \
                 constraint before going on.",
            )
        }
    }

    fn expand(&self, shadow: &Ident) -> StepDraft {
        let cx = &self.cx;
        let new = ColumnDef { collation: self.collation.cloned(), ..ColumnDef::new(shadow.clone(), self.to.clone()) };
        let add = Change::AddColumn { table: self.table.clone(), column: Box::new(new), if_not_exists: false };
        let trigger = self.forward(shadow);
        let mut run = vec![cx.run(add)];
        run.push_all(extras::of_column(cx, self.table, self.column, shadow));
        run.push_all(trigger.create(cx));
        let mut back = trigger.drop(cx);
        back.push(self.drop_column(shadow));
        StepDraft {
            why: "No code writes the shadow column, so the trigger is exact for every write. Code keeps using the column \
                  as it is."
                .to_string(),
            undo: undo(back),
            ..StepDraft::locked(
                Expand,
                format!("Add shadow column {}.{shadow} of type {}, kept in step by trigger", self.table, self.to.text),
                run,
            )
        }
    }

    fn drop_column(&self, column: &Ident) -> Run {
        self.cx.run(Change::DropColumn {
            table: self.table.clone(),
            column: column.clone(),
            if_exists: false,
            cascade: false,
        })
    }

    fn differs(&self, shadow: &Ident) -> String {
        let converted = self.conversion.to_new.of(&self.cx.ident(self.column));
        differs(Some(self.to), &self.cx.ident(shadow), &converted)
    }

    fn backfill(&self, shadow: &Ident) -> StepDraft {
        let (new, old) = (self.cx.ident(shadow), self.cx.ident(self.column));
        let job = Batches {
            table: self.table.clone(),
            verb: RowVerb::Update {
                set: format!("{new} = {}", self.conversion.to_new.of(&old)),
                columns: vec![shadow.clone()],
            },
            condition: self.differs(shadow),
            key: key::of(&self.cx, self.table),
        };
        job.step(&self.cx, Migrate, format!("Fill {}.{shadow} for the rows that exist", self.table))
    }

    fn statistics(&self) -> StepDraft {
        statistics(
            &self.cx,
            Migrate,
            self.table,
            "Without statistics on the shadow column and its indexes the server chooses bad plans after the swap.",
        )
    }

    fn agree(&self, shadow: &Ident) -> StepDraft {
        verify(
            Migrate,
            format!("Compare {} and {shadow} row by row", self.column),
            format!("SELECT count(*) FROM {} WHERE {}", self.cx.name(self.table), self.differs(shadow)),
            "0",
            "Run the backfill again and compare again. If rows keep coming, something writes past the trigger: a \
             disabled trigger, replication, session_replication_role.",
        )
    }

    // ---- the swap

    fn swap(&self, shadow: &Ident, carried: &Carried) -> StepDraft {
        let cx = &self.cx;
        let aside = self.aside();
        let mut run = self.locks(carried);
        run.push_all(self.around.objects_down());
        for renamed in carried.renamed.iter().filter(|r| matches!(r.what, What::ForeignKey(_))) {
            run.push(drop_constraint(cx, self.table, &renamed.old));
        }
        let exchange = carried.primary_key.as_ref().map(|key| key.exchange(cx, self.table, &key.columns));
        let (drop_key, add_key) = exchange.map_or((None, None), |[drop, add]| (Some(drop), Some(add)));
        run.push_all(drop_key);
        run.push(self.rename_column(self.column, &aside));
        run.push(self.rename_column(shadow, self.column));
        run.push_all(add_key);
        run.push_all(carried.renamed.iter().flat_map(|renamed| self.names_forward(renamed)));
        run.push_all(self.defaults_forward(&aside));
        // An identity column cannot be nullable: its numbering goes first.
        run.push_all(self.numbering(&aside, self.column, self.to));
        run.push_all(self.let_null(&aside));
        run.push_all(self.not_null_name(shadow, self.column));
        run.push(self.backward().replace(cx));
        run.push_all(self.around.up());
        StepDraft {
            why: format!(
                "Names are catalog entries, so this takes milliseconds whatever the rows. From now on the trigger fills \
                 {aside} from {}, so the way back stays open. Recycle connection pools right after: prepared statements \
                 that read the column fail once on old connections.",
                self.column
            ),
            undo: self.back(shadow, carried).undo(),
            gate: "code works with both types, no long transaction is open".to_string(),
            ..StepDraft::locked(Switch, format!("Exchange the names of {} and {shadow}", self.column), run)
        }
    }

    /// Views before tables, parents before the table: the order in which traffic locks.
    pub(super) fn locks(&self, carried: &Carried) -> Vec<Run> {
        let cx = &self.cx;
        let mut run: Vec<Run> = self.around.views_down();
        for renamed in &carried.renamed {
            if let What::ForeignKey(constraint) = &renamed.what
                && let ConstraintKind::ForeignKey(key) = &constraint.kind
                && !cx.world.schema.same_relation(&key.references, self.table)
            {
                run.push(lock(cx, &key.references, "ACCESS EXCLUSIVE"));
            }
        }
        run.push(lock(cx, self.table, "ACCESS EXCLUSIVE"));
        run
    }

    pub(super) fn rename_column(&self, from: &Ident, to: &Ident) -> Run {
        self.cx.run(Change::RenameColumn { table: self.table.clone(), from: from.clone(), to: to.clone() })
    }

    fn rename(&self, renamed: &Renamed, from: &Ident, to: &Ident) -> Run {
        let table = self.table.clone();
        self.cx.run(match &renamed.what {
            What::Statistics(name) => {
                let sql = format!(
                    "ALTER STATISTICS {} RENAME TO {}",
                    self.cx.name(&name.sibling(from.value.clone())),
                    self.cx.ident(to)
                );
                return object(ObjectVerb::Rename, ObjectKind::Statistics, name, Some(self.table), sql);
            }
            What::Index => {
                Change::RenameIndex { name: table.sibling(from.value.clone()), table: Some(table), to: to.clone() }
            }
            What::Constraint | What::ForeignKey(_) => {
                Change::RenameConstraint { table, from: from.clone(), to: to.clone() }
            }
        })
    }

    fn set_aside(&self, name: &Ident) -> Ident {
        Ident::new(names::fit(&format!("{name}_old"), self.cx.engine().ident_limit()))
    }

    /// The old one steps aside, the new one takes its name; the old foreign key is gone already.
    fn names_forward(&self, renamed: &Renamed) -> Vec<Run> {
        let take = self.rename(renamed, &renamed.new, &renamed.old);
        match renamed.what {
            What::ForeignKey(_) => vec![take],
            What::Index | What::Constraint | What::Statistics(_) => {
                vec![self.rename(renamed, &renamed.old, &self.set_aside(&renamed.old)), take]
            }
        }
    }

    pub(super) fn names_back(&self, renamed: &Renamed) -> Vec<Run> {
        let give = self.rename(renamed, &renamed.old, &renamed.new);
        match renamed.what {
            What::ForeignKey(_) => vec![give],
            What::Index | What::Constraint | What::Statistics(_) => {
                vec![give, self.rename(renamed, &self.set_aside(&renamed.old), &renamed.old)]
            }
        }
    }

    /// The default goes with the name.
    pub(super) fn defaults(&self, to: &Ident, from: &Ident) -> Vec<Run> {
        let Some(default) = default_of(Some(self.known)) else { return Vec::new() };
        vec![
            set_default(&self.cx, self.table, to, &default),
            self.cx.run(Change::DropDefault { table: self.table.clone(), column: from.clone() }),
        ]
    }

    fn defaults_forward(&self, aside: &Ident) -> Vec<Run> {
        let Some(wanted) = &self.default else { return self.defaults(self.column, aside) };
        let mut run: Vec<Run> = Vec::new();
        run.push_all(wanted.as_ref().map(|default| set_default(&self.cx, self.table, self.column, default)));
        if default_of(Some(self.known)).is_some() {
            run.push(self.cx.run(Change::DropDefault { table: self.table.clone(), column: aside.clone() }));
        }
        run
    }

    pub(super) fn is_not_null(&self) -> bool {
        self.known.nullability == Nullability::NotNull
    }

    /// The old column may miss values that do not fit its type.
    fn let_null(&self, aside: &Ident) -> Option<Run> {
        self.is_not_null()
            .then(|| self.cx.run(Change::DropNotNull { table: self.table.clone(), column: aside.clone() }))
    }

    /// 18 and later name NOT NULL constraints, and a renamed column does not rename them.
    pub(super) fn not_null_name(&self, from: &Ident, to: &Ident) -> Option<Run> {
        let named = self.is_not_null() && self.cx.can(Capability::NotValidNotNull);
        named.then(|| {
            let name = |column: &Ident| {
                let wanted =
                    super::parts::constraint(column.clone(), ConstraintKind::NotNull { column: column.clone() }, false);
                let unnamed = crate::change::Constraint { name: None, ..wanted };
                let free = |_: &str| false;
                crate::schema::default_constraint_name(self.cx.world.target, &self.table.object, &unnamed.kind, &free)
                    .unwrap_or_else(|| column.clone())
            };
            let change = Change::RenameConstraint { table: self.table.clone(), from: name(from), to: name(to) };
            self.cx.run(change)
        })
    }

    /// The sequence goes from one column to the other; a serial's counts in the type of that one.
    pub(super) fn numbering(&self, from: &Ident, to: &Ident, data_type: &DataType) -> Vec<Run> {
        let whole = ["smallint", "integer", "bigint"];
        let both_whole = whole.contains(&self.before.base.as_str()) && whole.contains(&self.to.base.as_str());
        let retype = Some(data_type.base.as_str()).filter(|_| both_whole && self.before.base != self.to.base);
        let serial = || vec![number::move_serial(&self.cx, self.table, from, to, retype)];
        match &self.known.auto_number {
            Some(AutoNumber::Identity { always, .. }) => number::move_identity(&self.cx, self.table, from, to, *always),
            Some(AutoNumber::Serial) => serial(),
            Some(AutoNumber::AutoIncrement) => Vec::new(),
            None => self.is_serial().then(serial).unwrap_or_default(),
        }
    }

    pub(super) fn is_serial(&self) -> bool {
        let default = self.known.default.as_ref().map(|d| d.text.trim().to_ascii_lowercase());
        default.is_some_and(|d| d.starts_with("nextval"))
    }

    pub(super) fn numbered(&self) -> bool {
        self.known.auto_number.is_some() || self.is_serial()
    }

    // ---- the end

    /// Stored views still read the old column: each is built anew beside itself.
    fn stored_views(&self) -> Vec<StepDraft> {
        self.rebuilds().iter().flat_map(Rebuild::exchanged).gather()
    }

    fn rebuilds(&self) -> Vec<Rebuild<'_>> {
        let stored = self.around.stored.iter().copied();
        stored
            .map(|view| Rebuild {
                cx: self.cx,
                view,
                query: &view.query,
                indexes: &view.indexes,
                phase: Contract,
                around: stored_view::Around::of(&self.cx, &view.name).unwrap_or_default(),
            })
            .gather()
    }

    fn contract(&self) -> StepDraft {
        let aside = self.aside();
        let mut run: Vec<Run> = self.rebuilds().iter().map(Rebuild::drop_aside).gather();
        run.push_all(self.backward().drop(&self.cx));
        run.push(self.drop_column(&aside));
        StepDraft {
            why: format!("{aside} only served the way back."),
            undo: UndoDraft::Impossible(format!(
                "The old column is dropped. Its values live on in {}: the way back is a change of type to {}, for values \
                 that fit.",
                self.column, self.before.text
            )),
            gate: "the new type has carried production for the soak period".to_string(),
            ..StepDraft::locked(Contract, format!("Drop the trigger, then {}.{aside}", self.table), run)
        }
    }

    pub fn checklist(&self) -> Vec<String> {
        let (table, column) = (self.table, self.column);
        vec![
            format!(
                "Running code works with {table}.{column} as {} and as {} (parameters, comparisons, overflow in the \
                 application's own types)",
                self.before.text, self.to.text
            ),
            format!(
                "No positional INSERT INTO {table}, no COPY {table} FROM without a column list, no prepared SELECT * on \
                 old connections (the column moves to the end of the table), or pools are recycled after each step that \
                 adds, renames or drops a column"
            ),
        ]
    }

    fn notes(&self, carried: Vec<String>) -> Vec<String> {
        let mut notes: Vec<String> = key::of(&self.cx, self.table).assumption(self.table).into_iter().gather();
        notes.push_all(carried);
        notes.push_all(self.around.notes());
        let left = carry::incoming(&self.cx, self.table, self.column).into_iter();
        for key in left.filter(|key| !self.apart.iter().any(|a| a.child == key.child && a.name == key.name)) {
            notes.push(format!(
                "The columns of foreign key {} of {} keep their type: values that do not fit it cannot be referenced. Change \
                 them in the same script, and the plan moves both as one sequence.",
                key.name, key.child
            ));
        }
        for view in &self.around.stored {
            notes.push(format!(
                "Materialized view {} goes on reading the old column until it is built anew in the contract phase.",
                view.name
            ));
        }
        notes.push(format!(
            "Of comment, rights and statistics target of {}, those are carried over that the schema given says.",
            self.column
        ));
        notes
    }
}
