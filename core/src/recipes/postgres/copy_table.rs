//! CREATE TABLE, INSERT … SELECT, RENAME, RENAME: a table made anew (partitioned, most often), filled while it is in use and
//! exchanged by names.

use super::ENGINE;
use super::copies::Copies;
use super::sql::{by_trigger_anyway, statistics};
use super::two_tables::{Besides, TwoTables};
use crate::change::{Change, Ident, Name, ObjectKind, TableDef};
use crate::draft::{Draft, Run, StepDraft};
use crate::order::{Gather, GatherAll, PushAll};
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::draft::undo;
use crate::recipes::shared::moved::by_select;
use crate::recipes::shared::names;
use crate::recipes::shared::pairs::Pair;
use crate::recipes::shared::split::{about, keys_of, own_runs, unique_of};
use crate::recipes::{Cx, as_written};
use crate::report::PhaseName::{Contract, Expand, Migrate};

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "postgres-copy-table",
    title: "Table made anew beside the old one (partitioned), kept in step, exchanged by names",
    for_engine: ENGINE,
    starts: |change| match change {
        Change::CreateTable(def) => {
            !def.temporary && !def.from_query && (def.partition_by.is_some() || def.like.is_some())
        }
        _ => false,
    },
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let cx = ahead.cx;
    let Change::CreateTable(def) = cx.change else { return None };
    let script = Script::read(ahead, def)?;
    let members = script.members.clone();
    Some(Joint::of(by_trigger_anyway(&cx, script.draft()?), members))
}

struct Script<'a> {
    cx: Cx<'a>,
    def: &'a TableDef,
    old: Name,
    /// What the old table is called in the end; a name of ours where the script drops it.
    aside: Name,
    /// Makes the new table and what belongs to it.
    make: Vec<Run>,
    /// Behind the exchange: names of indexes, owners of sequences; true for those behind the drop.
    after: Vec<(bool, Run)>,
    drops: bool,
    pairs: Vec<(Ident, Ident)>,
    /// Unique keys of the new table.
    keys: Vec<Vec<Ident>>,
    members: Vec<usize>,
}

impl<'a> Script<'a> {
    fn read(ahead: &Ahead<'a>, def: &'a TableDef) -> Option<Script<'a>> {
        let cx = ahead.cx;
        let new = &def.name;
        let (at, insert) = ahead.statements.iter().enumerate().find(|(_, statement)| {
            matches!(statement.changes.as_slice(), [Change::Insert { table, from_query: true, .. }] if table == new)
        })?;
        let (old, pairs) = copied(&cx, insert.sql)?;
        let mut script = Script {
            cx,
            def,
            aside: names::helper_beside(&cx, &old, &["old"]),
            make: Vec::new(),
            after: Vec::new(),
            drops: false,
            keys: keys_of(&cx, def, &old),
            pairs,
            members: vec![at],
            old,
        };
        let mut family: Vec<&Name> = vec![new];
        let mut placed = false;
        for (n, statement) in ahead.statements.iter().enumerate().filter(|(n, _)| *n != at) {
            let run = || own_runs(statement.sql, &statement.changes);
            let of_family = |table: &Name| family.contains(&table);
            match statement.changes.as_slice() {
                [Change::CreateTable(part)] if n == 0 || part.partition_of.as_ref().is_some_and(of_family) => {
                    family.push(&part.name);
                    script.make.push_all(run());
                }
                [Change::RenameTable { table, to }] if *table == script.old => {
                    script.aside = table.sibling(to.object.value.clone());
                }
                [Change::RenameTable { table, to }] if table == new && to.object == script.old.object => placed = true,
                [Change::DropTable { tables, .. }] if n > at && tables.len() == 1 => {
                    let dropped = tables.first().is_some_and(|t| *t == script.old || *t == script.aside);
                    if !dropped {
                        continue;
                    }
                    script.drops = true;
                }
                changes if !changes.is_empty() && changes.iter().all(|c| about(c).is_some_and(of_family)) => {
                    script.keys.push_all(changes.iter().filter_map(|c| unique_of(c)));
                    script.make.push_all(run());
                }
                [Change::RenameIndex { .. } | Change::RenameConstraint { .. }]
                | [Change::Object { kind: ObjectKind::Sequence, .. }]
                    if placed =>
                {
                    let drops = script.drops;
                    script.after.push_all(run().into_iter().map(|run| (drops, run)));
                }
                _ => continue,
            }
            script.members.push(n);
        }
        script.members = crate::order::sorted(script.members);
        placed.then_some(script)
    }

    fn copies(&self) -> Option<Copies<'a>> {
        let (cx, old) = (self.cx, &self.old);
        let primary = cx.world.schema.primary_key(old)?;
        let pair = |(from, to): &(Ident, Ident)| Pair {
            from: from.clone(),
            to: to.clone(),
            data_type: cx.world.schema.column(old, from).and_then(|c| c.data_type.clone()),
        };
        let pairs: Vec<Pair> = self.pairs.iter().map(pair).gather();
        let new_name = |from: &Ident| pairs.iter().find(|p| p.from == *from).map(|p| p.to.clone());
        let wanted: Vec<Ident> = primary.iter().map(new_name).gather_all()?;
        // Its key has to name rows no more coarsely than the old one.
        let unique = self.keys.iter().find(|columns| wanted.iter().all(|c| columns.contains(c)))?;
        let (key, rest): (Vec<Pair>, Vec<Pair>) = pairs.into_iter().partition(|p| unique.contains(&p.to));
        (key.len() == unique.len()).then(|| Copies { cx, from: old.clone(), to: self.def.name.clone(), key, rest })
    }

    fn draft(&self) -> Option<Draft> {
        let (cx, old, new) = (&self.cx, &self.old, &self.def.name);
        let schema = cx.world.schema;
        let known = schema.table(old)?;
        let numbered =
            known.def.columns.iter().any(|c| matches!(c.auto_number, Some(crate::change::AutoNumber::Identity { .. })));
        let bound = !schema.referencing(old).is_empty() || !schema.views_on(old).is_empty();
        let stands_in = known.def.partition_of.is_some() || known.def.partition_by.is_some() || numbered || bound;
        if !known.def.complete || stands_in {
            return None;
        }
        let copies = self.copies()?;
        let both = TwoTables { cx: *cx, old: old.clone(), new: new.clone(), aside: self.aside.clone() };
        let mut steps = vec![self.make(), both.keep(&copies), copies.fill()];
        steps.push(statistics(cx, Migrate, new, "The server has no statistics on the new table."));
        steps.push(copies.agree());
        steps.push(both.exchange(&copies, Besides::default(), Besides::default()));
        steps.push(both.release(&copies));
        steps.push_all(self.behind(false));
        if self.drops {
            steps.push(both.drop_old());
        }
        steps.push_all(self.behind(true));
        let key: Vec<&str> = copies.key.iter().map(|p| p.to.value.as_str()).gather();
        let partitioned = self.def.partition_by.is_some();
        let mut notes = vec![format!(
            "Rights, comments, triggers, policies and publications of {old} are not copied unless the script says them."
        )];
        if partitioned && schema.primary_key(old).is_some_and(|primary| primary.len() < key.len()) {
            notes.push(format!(
                "The key becomes ({}): ON CONFLICT and foreign keys on less than it are refused then, and rows that differ in the \
                 partition column only are accepted.",
                key.join(", ")
            ));
        }
        let mut checklist = vec![format!("No job uses TRUNCATE {old} meanwhile: no trigger copies it")];
        if partitioned {
            checklist.push(format!(
                "The partitions of {new} take every row that is written from now on (or one is DEFAULT): what none takes fails"
            ));
        }
        let title = match partitioned {
            true => format!("Partition table {old}"),
            false => format!("Make table {old} anew"),
        };
        Some(Draft { recipe: RECIPE.id, title, steps, checklist, notes, as_written: false })
    }

    fn make(&self) -> StepDraft {
        let new = &self.def.name;
        let drop = Change::drop_table(new.clone());
        StepDraft {
            why: "Nobody uses it yet.".to_string(),
            undo: undo(vec![self.cx.run(drop)]),
            ..StepDraft::locked(Expand, format!("Make {new} with its partitions, keys and indexes"), self.make.clone())
        }
    }

    fn behind(&self, drop: bool) -> impl Iterator<Item = StepDraft> {
        self.after.iter().filter(move |(behind, _)| *behind == drop).flat_map(|(_, run)| {
            let cx = Cx { change: &run.change, sql: &run.sql, safe_as_written: true, ..self.cx };
            as_written::draft(&cx).steps.into_iter().map(|step| StepDraft { phase: Contract, ..step })
        })
    }
}

/// `INSERT INTO new [(a, b)] SELECT * | a, b FROM old`: the old table, and which column goes where.
fn copied(cx: &Cx<'_>, sql: &str) -> Option<(Name, Vec<(Ident, Ident)>)> {
    let read = by_select(sql).filter(|read| read.filter.is_empty() && !read.on_conflict)?;
    let known = cx.world.schema.table(&read.other)?;
    let stored = || known.def.columns.iter().filter(|c| c.generated.is_none()).map(|c| c.name.clone()).gather();
    let sources = if read.list == "*" { stored() } else { read.sources? };
    let targets = read.targets.unwrap_or_else(|| sources.clone());
    let whole = sources.len() == targets.len() && sources.iter().all(|s| stored().contains(s));
    whole.then(|| (known.def.name.clone(), sources.into_iter().zip(targets).gather()))
}
