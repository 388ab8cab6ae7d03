//! ADD … EXCLUDE on a table in use: a copy that has the constraint from the start, filled and kept in step by trigger,
//! takes the name.

use super::add_exclusion::look;
use super::bound::takes_from_sequence;
use super::carry_table::{Carried, Said};
use super::copies::Copies;
use super::parts::{add_constraint, constraint_name};
use super::sql::{by_trigger_anyway, lock, regclass, rights, statistics};
use super::two_tables::{Besides, TwoTables};
use super::{ENGINE, number, partitioned, views};
use crate::change::{
    AutoNumber, Change, ColumnDef, Constraint, ConstraintKind, Ident, IndexDef, Name, ObjectKind, TableDef, TableOption,
};
use crate::draft::{Draft, Run, StepDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::shared::draft::{draft, undo};
use crate::recipes::shared::names::{fit, helper_beside};
use crate::recipes::shared::pairs::Pair;
use crate::recipes::shared::words;
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Expand, Migrate};
use crate::schema::Object;
use crate::source::first_words;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-exclude-by-copy",
    title: "Exclusion constraint on a copy of the table, kept in step, exchanged by names",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::AddConstraint { table, constraint } = cx.change else { return None };
    let wanted = matches!(constraint.kind, ConstraintKind::Exclude) && hindrance(cx, table).is_none();
    let known = &cx.world.schema.table(table).filter(|_| wanted)?.def;
    let of = |what: &str| helper_beside(cx, &known.name, &[what]);
    let both = TwoTables { cx: *cx, old: known.name.clone(), new: of("new"), aside: of("old") };
    let name = constraint_name(cx, &known.name, constraint);
    let wanted = Constraint { name: Some(name), ..(**constraint).clone() };
    by_copy(&ByCopy { cx, known, both, wanted }).map(|draft| by_trigger_anyway(cx, draft))
}

struct ByCopy<'a> {
    cx: &'a Cx<'a>,
    known: &'a TableDef,
    both: TwoTables<'a>,
    wanted: Constraint,
}

fn by_copy(plan: &ByCopy<'_>) -> Option<Draft> {
    let ByCopy { cx, both, wanted, .. } = plan;
    let (table, new, name) = (&both.old, &both.new, wanted.name.as_ref()?);
    let [index, pairs, index_gone] = look(cx, table, wanted)?;
    let carried = Carried::of(cx, table, Said::default());
    let copies = plan.copies()?;
    let bodies = format!(
        " UNION ALL SELECT proname FROM pg_proc AS f JOIN pg_depend AS d ON d.objid = f.oid WHERE d.classid = 'pg_proc'::regclass AND \
         d.refobjid IN ({0}, (SELECT reltype FROM pg_class WHERE oid = {0}))",
        regclass(cx, table)
    );
    let steps = vec![
        carried.unknown("the old table", &bodies),
        index,
        pairs,
        plan.make(),
        plan.keep(&copies, name),
        plan.fill(&copies, name),
        statistics(cx, Migrate, new, "The server has no statistics on the new table."),
        index_gone,
        copies.agree(),
        plan.exchange(&copies, &carried),
        both.release(&copies),
        both.drop_old(),
    ];
    Some(Draft {
        checklist: vec![
            "Running code takes it when a row that excludes another is refused (23P01): copied rows are guarded from the trigger on"
                .to_string(),
            format!(
                "Roles that write {table} may SELECT, INSERT, UPDATE and DELETE all of it: the trigger writes with their rights"
            ),
            format!("No job uses TRUNCATE {table} meanwhile: no trigger copies it"),
        ],
        notes: vec![
            format!(
                "If a window is long enough, ADD CONSTRAINT as pasted needs no copy of {table}, and no disk for one."
            ),
            format!(
                "Rights are copied to the new {table}; what else is said of it, and its views and triggers, as the schema given says them."
            ),
        ],
        ..draft(&RECIPE, format!("Add exclusion constraint {name} to {table}"), steps)
    })
}

impl ByCopy<'_> {
    fn copies(&self) -> Option<Copies<'_>> {
        let primary = self.cx.world.schema.primary_key(&self.both.old)?;
        let stored = self.known.columns.iter().filter(|c| c.generated.is_none());
        let pair = |c: &ColumnDef| Pair { from: c.name.clone(), to: c.name.clone(), data_type: c.data_type.clone() };
        let (key, rest) = stored.map(pair).partition(|pair: &Pair| primary.contains(&pair.from));
        Some(Copies { cx: *self.cx, from: self.both.old.clone(), to: self.both.new.clone(), key, rest })
    }

    /// Keys and indexes have names of their own until the exchange, and no column is numbered.
    fn make(&self) -> StepDraft {
        let (cx, new, old) = (self.cx, &self.both.new, &self.both.old);
        let (unlogged, options) = (if self.known.unlogged { "UNLOGGED " } else { "" }, &self.known.options);
        let like = format!(
            "CREATE {unlogged}TABLE {} (LIKE {} INCLUDING ALL EXCLUDING IDENTITY EXCLUDING INDEXES) {options}",
            cx.name(new),
            cx.name(old)
        );
        let copied = |c: &&Constraint| matches!(c.kind, ConstraintKind::Check { .. } | ConstraintKind::NotNull { .. });
        let bare = |column: &ColumnDef| ColumnDef { auto_number: None, ..column.clone() };
        let def = TableDef {
            name: new.clone(),
            like: Some(old.clone()),
            columns: self.known.columns.iter().map(bare).gather(),
            constraints: self.known.constraints.iter().filter(copied).cloned().gather(),
            indexes: Vec::new(),
            text: String::new(),
            ..self.known.clone()
        };
        let mut run = vec![
            Run { sql: like.trim_end().to_string(), change: Change::CreateTable(Box::new(def)) },
            rights(cx, old, new),
        ];
        for own in &self.known.constraints {
            match &own.kind {
                ConstraintKind::Check { .. } | ConstraintKind::NotNull { .. } => {}
                ConstraintKind::ForeignKey(key) => {
                    run.push(lock(cx, &key.references, "SHARE ROW EXCLUSIVE"));
                    run.push(add_constraint(cx, new, own.clone()));
                }
                ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. } | ConstraintKind::Exclude => {
                    let name = own.name.as_ref().map(|name| self.called(name, "_new"));
                    run.push(add_constraint(cx, new, Constraint { name, ..own.clone() }));
                }
            }
        }
        run.push(add_constraint(cx, new, self.wanted.clone()));
        for index in &self.known.indexes {
            let name = index.name.as_ref().map(|name| Name { schema: None, object: self.called(&name.object, "_new") });
            let text = String::new();
            let own =
                IndexDef { name, table: new.clone(), concurrently: false, if_not_exists: false, text, ..index.clone() };
            run.push(cx.run(Change::CreateIndex(Box::new(own))));
        }
        StepDraft {
            why: "Nobody uses it yet. It has the constraint while it is empty, which costs nothing.".to_string(),
            undo: undo(vec![cx.run(Change::drop_table(new.clone()))]),
            ..StepDraft::locked(Expand, format!("Make {new}, like {old} and with the constraint"), run)
        }
    }

    fn keep(&self, copies: &Copies<'_>, name: &Ident) -> StepDraft {
        let step = self.both.keep(copies);
        StepDraft {
            why: format!(
                "{} So {name} holds from here on: a write of a row that excludes one that is copied is refused (23P01), as it is for good \
                 once the constraint is there. What excludes a row that is not copied yet is still taken, and stops the copy.",
                step.why
            ),
            gate: "the code that runs takes such a refusal".to_string(),
            ..step
        }
    }

    /// Only the key decides what is there already: DO NOTHING on any conflict would leave out rows that exclude others.
    fn fill(&self, copies: &Copies<'_>, name: &Ident) -> StepDraft {
        let there = format!("ON CONFLICT ({}) DO NOTHING", copies.each(&copies.key, ", ", "\u{2}"));
        let step = copies.fill_where(String::new(), "KEY SHARE", "", &there);
        StepDraft {
            on_failure: format!(
                "{} Where {name} refuses a row (23P01), another that excludes it was written since the look, before it was copied: look \
                 again, change or delete one of the two in {} (the trigger carries that over), run it again.",
                step.on_failure, self.both.old
            ),
            ..step
        }
    }

    fn exchange(&self, copies: &Copies<'_>, carried: &Carried<'_>) -> StepDraft {
        let TwoTables { old, aside, .. } = &self.both;
        let extras = self.cx.world.schema.extras(old).iter().filter(|extra| !is_of_trigger(&extra.change));
        let mut after = self.names("_new", "");
        after.push_all(self.numbers(aside, old));
        after.push_all(extras.map(|extra| Run { sql: extra.text.clone(), change: extra.change.clone() }));
        after.push_all(carried.back_up());
        let forth =
            Besides { first: carried.views_down(), before: [carried.down(), self.names("", "_old")].concat(), after };
        let back = Besides {
            first: carried.views_down(),
            before: [carried.down(), self.numbers(old, aside), self.names("", "_new")].concat(),
            after: [self.names("_old", ""), carried.back_up()].concat(),
        };
        self.both.exchange(copies, forth, back)
    }

    /// Keys and indexes of the table that has the name, called otherwise.
    fn names(&self, from: &str, to: &str) -> Vec<Run> {
        let (cx, table) = (self.cx, &self.both.old);
        let keys = self.known.constraints.iter().filter(|c| has_index(c)).filter_map(|c| c.name.as_ref());
        let keys = keys.map(|name| {
            let (from, to) = (self.called(name, from), self.called(name, to));
            cx.run(Change::RenameConstraint { table: table.clone(), from, to })
        });
        let indexes = self.known.indexes.iter().filter_map(|index| index.name.as_ref());
        let indexes = indexes.map(|name| {
            let (from, to) = (table.sibling(self.called(&name.object, from).value), self.called(&name.object, to));
            cx.run(Change::RenameIndex { name: from, table: Some(table.clone()), to })
        });
        keys.chain(indexes).gather()
    }

    fn called(&self, name: &Ident, end: &str) -> Ident {
        Ident::new(fit(&format!("{name}{end}"), self.cx.engine().ident_limit()))
    }

    /// Sequences go with the name.
    fn numbers(&self, from: &Name, to: &Name) -> Vec<Run> {
        let mut run = Vec::new();
        for column in &self.known.columns {
            let (from, to) = ((from, &column.name), (to, &column.name));
            match &column.auto_number {
                Some(AutoNumber::Identity { always, .. }) => {
                    run.push_all(number::move_identity_to(self.cx, from, to, *always));
                }
                Some(AutoNumber::Serial) => run.push(number::own_sequence(self.cx, from, to)),
                None if takes_from_sequence(column) => run.push(number::own_sequence(self.cx, from, to)),
                None | Some(AutoNumber::AutoIncrement) => {}
            }
        }
        run
    }
}

fn has_index(constraint: &Constraint) -> bool {
    use ConstraintKind::{Exclude, PrimaryKey, Unique};
    matches!(constraint.kind, PrimaryKey { .. } | Unique { .. } | Exclude)
}

/// It is made again with its trigger.
fn is_of_trigger(change: &Change) -> bool {
    matches!(
        change,
        Change::SetTableOption { option: TableOption::Triggers, .. } | Change::Object { kind: ObjectKind::Trigger, .. }
    )
}

/// Why no copy can take the place of a table, if so.
pub fn hindrance(cx: &Cx<'_>, table: &Name) -> Option<String> {
    let schema = cx.world.schema;
    let Some(known) = schema.table(table).filter(|known| known.def.complete) else {
        return Some(format!("columns and keys of {table}, and what is built on it, are not given"));
    };
    let (def, table) = (&known.def, &known.def.name);
    let tree = partitioned::is_partitioned(cx, table) || def.partition_of.is_some() || def.of_type.is_some();
    if tree || !def.inherits.is_empty() || !schema.heirs(table).is_empty() || def.external || def.temporary {
        return Some(format!("{table} is no table on its own"));
    }
    let own_key = |c: &Constraint| matches!(c.kind, ConstraintKind::PrimaryKey { .. }) && c.deferrable.is_empty();
    if schema.primary_key(table).is_none() || !def.constraints.iter().any(own_key) {
        return Some(format!("{table} has no primary key, checked at once, by which rows are told apart"));
    }
    if let Some((child, _)) = schema.referencing(table).first() {
        return Some(format!("foreign keys of {} point at {table}, and would have to be made anew", child.def.name));
    }
    let odd = |c: &&Constraint| c.not_valid || c.not_enforced || c.name.is_none();
    if def.constraints.iter().any(|c| odd(&c)) || def.indexes.iter().any(|index| index.name.is_none()) {
        return Some("a constraint is not valid, or the name of one or of an index is not given".to_string());
    }
    let built = views::above(cx, std::slice::from_ref(table));
    if let Some(view) = built.iter().find(|view| view.materialized || view.stale || view.definition.is_empty()) {
        return Some(format!("view {} is stored, or its text not given", view.name));
    }
    bound(cx, table)
}

/// What stands beside the table and cannot be made again on its copy, or would see each write twice.
fn bound(cx: &Cx<'_>, table: &Name) -> Option<String> {
    let schema = cx.world.schema;
    let other = [ObjectKind::Rule, ObjectKind::Policy, ObjectKind::Statistics];
    let secured = |change: &Change| matches!(change, Change::SetTableOption { option: TableOption::RowSecurity, .. });
    if other.into_iter().any(|kind| !schema.objects_on(kind, table).is_empty())
        || schema.extras(table).iter().any(|extra| secured(&extra.change))
    {
        return Some(format!("{table} has rules, policies or extended statistics"));
    }
    if schema.objects_of(ObjectKind::Publication).iter().any(|p| words::mentions(&p.text, &table.object)) {
        return Some(format!("{table} is published"));
    }
    let before = |o: &&Object| {
        let words = first_words(&o.text, cx.world.target, usize::MAX).to_ascii_lowercase();
        words.contains(" before ")
    };
    let triggers = schema.objects_on(ObjectKind::Trigger, table);
    let after = triggers.iter().find(|o| !before(o));
    after.map(|o| {
        format!(
            "trigger {} is not known to run before a write: what it writes to {table} would be copied first",
            o.name.object
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::request::Request;

    /// Of what the table has, the plan copies all, or keeps the window and says why.
    #[test]
    fn what_cannot_be_copied_keeps_the_window() {
        let table = "CREATE TABLE t (id int PRIMARY KEY, a int4range);";
        let runs = "t FOR EACH ROW EXECUTE FUNCTION f();";
        let cases: &[(&str, &str, &str)] = &[
            ("", "", ""),
            ("", "CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v;", ""),
            ("", &format!("CREATE TRIGGER g BEFORE UPDATE ON {runs}"), ""),
            ("", "ALTER TABLE t SET (fillfactor = 70); ALTER TABLE t REPLICA IDENTITY FULL;", ""),
            ("CREATE TABLE u (a int4range);", "", "are not given"),
            ("CREATE TABLE t (id int UNIQUE, a int4range);", "", "no primary key"),
            ("CREATE TABLE t (id int PRIMARY KEY DEFERRABLE, a int4range);", "", "no primary key"),
            (
                "CREATE TABLE p (id int); CREATE TABLE t (id int PRIMARY KEY, a int4range) INHERITS (p);",
                "",
                "no table on its own",
            ),
            ("", "CREATE TABLE c (t_id int REFERENCES t);", "foreign keys of c"),
            ("", "ALTER TABLE t ADD CONSTRAINT t_up FOREIGN KEY (id) REFERENCES t;", "foreign keys of t"),
            ("", "ALTER TABLE t ADD CONSTRAINT t_ok CHECK (id > 0) NOT VALID;", "not valid"),
            (
                "",
                "CREATE VIEW v AS SELECT a FROM t; CREATE MATERIALIZED VIEW m AS SELECT a FROM v;",
                "view m is stored",
            ),
            ("", &format!("CREATE TRIGGER g AFTER UPDATE ON {runs}"), "trigger g"),
            ("", "ALTER TABLE t ENABLE ROW LEVEL SECURITY;", "policies"),
            ("", "CREATE RULE r AS ON DELETE TO t DO ALSO DELETE FROM s;", "rules"),
            ("", "CREATE STATISTICS t_s ON id, a FROM t;", "statistics"),
            ("", "CREATE PUBLICATION p FOR TABLE t;", "is published"),
        ];
        for (instead, more, words) in cases {
            let own = if instead.is_empty() { table } else { instead };
            let report = crate::plan(&Request {
                engine: "postgres:16".to_string(),
                schema: Some(format!("{own} {more}")),
                sql: "ALTER TABLE t ADD CONSTRAINT t_a EXCLUDE USING gist (a WITH &&)".to_string(),
                ..Request::default()
            });
            let plan = format!("{report:?}");
            assert_eq!(plan.contains("in a window"), !words.is_empty(), "{own} {more}: {plan}");
            assert_eq!(plan.contains("Exchange t for"), words.is_empty(), "{own} {more}");
            assert!(plan.contains(words), "{own} {more}: {plan}");
        }
    }
}
