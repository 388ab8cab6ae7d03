//! CREATE TABLE, INSERT … SELECT, DROP COLUMN: columns moved into a table of their own, both kept in step while code moves.
//!
//! A trigger that writes the other table fires those that write back, and the server refuses that (error 1442). So those of each
//! table say in a variable of the session when their statement began, and those of the other let be what began then. What a
//! statement that failed leaves there is no time of a later one, nor in the way of its own repetition: each table has its
//! variable. No handler could clear it, as none runs for a deadlock. Nothing is read before it is written: a look at a row that is
//! missing would lock the gap that others insert into.

use super::ENGINES;
use super::computed::can_go;
use super::sides::{Sides, let_be_null, looks_at_text};
use super::sql::{LOCK_FAILURE, differ, is_text_type, keeping_stamps};
use super::sync::{cascades, create_trigger, drop_trigger};
use crate::change::ReferentialAction::Cascade;
use crate::change::{Change, ColumnDef, Constraint, ConstraintKind, ForeignKey, Ident, Name, ReferentialAction};
use crate::draft::{Draft, Run, StepDraft};
use crate::order::{Gather, GatherAll, PushAll};
use crate::recipes::joint::JointRecipe;
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{undo_outside, verify};
use crate::recipes::shared::pairs::{Pair, said};
use crate::recipes::shared::split::{self, Script, Split, VALUES};
use crate::recipes::shared::{key, names};
use crate::report::PhaseName::{Expand, Migrate};
use crate::request::DualWrite;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "mysql-split-table",
    title: "Columns moved into a table of their own, both kept in step while code moves",
    for_engine: ENGINES,
    starts: split::starts,
    find: |ahead| split::find(ahead, RECIPE.id, plan),
};

/// The steps, or why nothing keeps both right.
fn plan(script: &Script<'_>) -> Result<Draft, &'static str> {
    let split = script.split(alike, |_, column| column.auto_number.is_some())?;
    let (cx, from) = (split.cx, split.from);
    let columns = split.rest.iter().filter_map(|pair| split.columns(pair)).map(|(old, _)| old);
    let columns: Vec<&ColumnDef> = columns.filter(|old| can_go(&cx, from, old)).gather();
    if columns.len() != split.rest.len() {
        return Err(VALUES);
    }
    let tables = Tables {
        of_delete: moment(&split, |key| key.on_delete),
        of_update: moment(&split, |key| key.on_update),
        split,
    };
    if tables.split.clashes(&|columns| tables.is_told_apart(columns)) {
        return Err("Rows of the new table may clash in a unique key that the old one does not have");
    }
    let by_trigger = cx.world.options.dual_write == DualWrite::Trigger;
    if by_trigger && tables.past_triggers() {
        return Err("A foreign key changes or deletes rows of the old table by cascade, which fires no trigger");
    }
    let text = tables.text().ok_or(VALUES)?;
    let sides = tables.sides(script, columns, text);
    Ok(if by_trigger { tables.with_triggers(sides) } else { tables.with_code(sides) }.draft())
}

/// Values are taken as they are; whole numbers as a key may be of two sizes. Character sets are looked at with their tables.
fn alike(old: &ColumnDef, new: &ColumnDef, key: bool) -> bool {
    let (Some(a), Some(b)) = (&old.data_type, &new.data_type) else { return false };
    let whole = |base: &str| ["tinyint", "smallint", "mediumint", "int", "bigint"].contains(&base);
    a.same_but_charset(b) || key && whole(&a.base) && whole(&b.base) && a.unsigned == b.unsigned
}

/// When the row of the new table goes with that of the old one: once it has changed, or before, because a foreign key would refuse
/// the change; none where a foreign key takes it along, too.
fn moment(split: &Split<'_>, action: fn(&ForeignKey) -> ReferentialAction) -> Option<&'static str> {
    let mut moment = Some("AFTER");
    for (_, key, whole) in split.to_old() {
        match whole && action(key) == Cascade {
            true => moment = moment.filter(|moment| *moment == "BEFORE"),
            false => return Some("BEFORE"),
        }
    }
    moment
}

/// Both tables, and how the rows of the new one go.
pub struct Tables<'a> {
    /// What goes where.
    pub split: Split<'a>,
    /// See [`moment`], for a row that is deleted.
    pub of_delete: Option<&'static str>,
    /// The same for one whose key changes.
    pub of_update: Option<&'static str>,
}

impl<'a> Tables<'a> {
    /// A unique key of the old table tells rows apart by these columns of the new one.
    fn is_told_apart(&self, columns: &[Ident]) -> bool {
        let (schema, all) = (self.split.cx.world.schema, self.split.all());
        let covers = |own: &Ident| {
            all.iter().any(|pair| schema.same(&pair.from, own) && columns.iter().any(|to| schema.same(to, &pair.to)))
        };
        schema.table(self.split.from).is_some_and(|old| {
            old.def.constraints.iter().any(|c| match &c.kind {
                ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => {
                    columns.iter().all(covers)
                }
                _ => false,
            })
        })
    }

    /// A foreign key of the old table changes what is kept in step, or deletes rows whose copy no key takes along.
    pub fn past_triggers(&self) -> bool {
        let (cx, from) = (&self.split.cx, self.split.from);
        let deletes = cx.world.schema.foreign_keys(from).into_iter().any(|c| match &c.kind {
            ConstraintKind::ForeignKey(key) => key.on_delete == Cascade,
            _ => false,
        });
        deletes && self.of_delete.is_some()
            || self.split.all().iter().any(|pair| cascades(cx, from, &pair.from).is_some())
    }

    /// See [`looks_at_text`].
    fn text(&self) -> Option<Option<StepDraft>> {
        let split = &self.split;
        let (old, new) = (split.cx.world.schema.table(split.from)?, split.after.table(split.to)?);
        let of_key = |pair: &Pair| split.key.iter().any(|own| own.to == pair.to);
        let both = |pair: Pair| split.columns(&pair).map(|(old, new)| (old, new, of_key(&pair)));
        let columns = split.all().into_iter().map(both).gather_all()?;
        looks_at_text(&split.cx, [&old.def, &new.def], &columns)
    }

    /// What does not depend on who writes both.
    fn sides(&self, script: &Script<'_>, columns: Vec<&'a ColumnDef>, text: Option<StepDraft>) -> Sides<'a> {
        let Split { cx, from, to, .. } = self.split;
        let (old, new) = (script.old(), to.to_string());
        let mut make = script.make.clone();
        if self.split.keyless {
            make.push(self.primary_key());
        }
        let mut made = vec![StepDraft {
            why: "Nobody uses it yet.".to_string(),
            transactional: false,
            undo: undo_outside(vec![cx.run(Change::drop_table(to.clone()))]),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(Expand, format!("Add {to}"), make)
        }];
        made.push_all(text);
        Sides {
            cx,
            recipe: RECIPE.id,
            from,
            to,
            made,
            there: Vec::new(),
            early: Vec::new(),
            emptied: None,
            locks: "",
            back: Vec::new(),
            fill: vec![self.fill()],
            let_go: Vec::new(),
            finish: Vec::new(),
            lost: format!("{old} is dropped; its values live on in {to}."),
            checklist: Vec::new(),
            notes: script.from_query(&self.split, ": that plan has a copy made just before the drop", "primary key"),
            columns,
            old,
            new,
        }
    }

    fn with_triggers(&self, mut sides: Sides<'a>) -> Sides<'a> {
        let Split { cx, from, to, rest, .. } = &self.split;
        sides.there = self.there();
        sides.emptied = Some(cx.run(Change::Truncate { tables: vec![(*to).clone()], cascade: false }));
        sides.locks = "A row takes its copy along when it goes or its key changes.";
        sides.back = self.back();
        // A row without values may be missing.
        sides.fill.push(self.agree(rest, "something writes past the triggers: an older instance, IGNORE"));
        sides.let_go.push_all(let_be_null(cx, from, &sides.columns, &sides.new));
        sides.checklist = vec![
            format!(
                "New code makes the row of {to} after that of {from}, by INSERT … ON DUPLICATE KEY UPDATE (a trigger may have made \
                 it already), and reads one that is missing as one without values"
            ),
            format!(
                "What writes {from} keeps to the constraints of {to}: once the triggers are there, what {to} refuses fails"
            ),
            format!("No job uses TRUNCATE on {from} or {to} meanwhile: no trigger copies it"),
        ];
        if self.is_numbered() {
            sides.checklist.push(format!(
                "All code repeats a transaction that ends with error 1467, too: how the server says that a deadlock on the numbers of \
                 {to} ended it"
            ));
        }
        if [self.of_delete, self.of_update].contains(&Some("BEFORE")) {
            sides.checklist.push(format!(
                "No code uses DELETE IGNORE or UPDATE IGNORE on {from} meanwhile: where the server passes over a row, its values in \
                 {to} are gone all the same"
            ));
        }
        sides.notes.push(format!(
            "Defaults, constraints and indexes of the columns are on {to} where the script says so. A row of {from} that is made \
             without values meanwhile has none in {to}. What only {to} holds is lost when the triggers are undone, and of a row \
             whose key changes in {from} meanwhile."
        ));
        sides
    }

    /// What a query makes has none.
    fn primary_key(&self) -> Run {
        let Split { cx, to, key, .. } = &self.split;
        let columns = key.iter().map(|pair| pair.to.clone()).gather();
        let constraint = Box::new(Constraint {
            name: None,
            kind: ConstraintKind::PrimaryKey { columns },
            not_valid: false,
            not_enforced: false,
            deferrable: String::new(),
            using_index: None,
            only: false,
            text: String::new(),
        });
        cx.run(Change::AddConstraint { table: (*to).clone(), constraint })
    }

    // ---- triggers

    fn trigger(&self, table: &Name, word: &str, moment: &str, condition: &str, body: &str) -> (Run, Run) {
        let Split { cx, from, to, .. } = &self.split;
        let other = if table == *from { to } else { from };
        let name = names::helper_beside(cx, table, &[&other.object.value, word]);
        let mark =
            |of: &Name, to: &Name| format!("@{}", cx.ident(&names::helper(cx, &[&of.object.value, &to.object.value])));
        let (own, theirs) = (mark(table, other), mark(other, table));
        let asked = if condition.is_empty() { String::new() } else { format!(" AND ({condition})") };
        let body = format!(
            "BEGIN\n  IF NOT ({theirs} <=> NOW(6)){asked} THEN\n    SET {own} = NOW(6);\n{body}    SET {own} = NULL;\n  END IF;\nEND"
        );
        (create_trigger(cx, table, &name, moment, &body), drop_trigger(cx, table, &name))
    }

    /// One of the pairs differs in two such texts.
    pub fn differ(&self, pairs: &[Pair], a: &str, b: &str) -> String {
        said(&self.split.cx, pairs, " OR ", &|pair| differ(is_text_type(pair.data_type.as_ref()), a, b))
    }

    /// From old to new. Deletes first, and inserts last: a row must not be made that nothing takes along.
    fn there(&self) -> Vec<(Run, Run)> {
        let split = &self.split;
        let Split { cx, from, to, key, rest, strict, .. } = split;
        let new = cx.name(to);
        let gone = format!("DELETE FROM {new} WHERE {};", split.each(key, " AND ", "\u{2} = OLD.\u{1}"));
        let moved = self.differ(key, "NEW.\u{1}", "OLD.\u{1}");
        let mut all = Vec::new();
        // Also beside a key that cascades: REPLACE does not (observed on 9.7).
        let moment = self.of_delete.unwrap_or("AFTER");
        all.push(self.trigger(from, "del", &format!("{moment} DELETE"), "", &format!("    {gone}\n")));
        let before = self.of_update == Some("BEFORE");
        if before {
            all.push(self.trigger(from, "bu", "BEFORE UPDATE", &moved, &format!("    {gone}\n")));
        }
        let mut given = format!("({})", split.any("NEW."));
        if !strict.is_empty() {
            given.push_str(&format!(" AND {}", split.each(strict, " AND ", "NEW.\u{1} IS NOT NULL")));
        }
        let (targets, values) = (split.each(&split.all(), ", ", "\u{2}"), split.each(&split.all(), ", ", "NEW.\u{1}"));
        let insert = format!("INSERT INTO {new} ({targets}) VALUES ({values})");
        let (set, row) = (split.each(rest, ", ", "\u{2} = NEW.\u{1}"), split.each(key, " AND ", "\u{2} = NEW.\u{1}"));
        let emptied = match strict.is_empty() {
            true => format!("UPDATE {new} SET {set} WHERE {row};"),
            false => format!("DELETE FROM {new} WHERE {row};"),
        };
        let first = if before { String::new() } else { format!("    IF {moved} THEN {gone} END IF;\n") };
        let changed = format!("{moved} OR {}", self.differ(rest, "NEW.\u{1}", "OLD.\u{1}"));
        let body = format!(
            "{first}    IF {given} THEN\n      {insert}\n        ON DUPLICATE KEY UPDATE {set};\n    ELSE\n      {emptied}\n    END IF;\n"
        );
        all.push(self.trigger(from, "au", "AFTER UPDATE", &changed, &body));
        all.push(self.trigger(from, "ai", "AFTER INSERT", &given, &format!("    {insert};\n")));
        all
    }

    /// From new to old; a row that is not there has no values.
    fn back(&self) -> Vec<(Run, Run)> {
        let split = &self.split;
        let Split { cx, from, to, key, rest, .. } = split;
        let write = |set: &str, row: &str| {
            let set = keeping_stamps(cx, from, split.each(rest, ", ", set));
            format!("UPDATE {} SET {set} WHERE {};", cx.name(from), split.each(key, " AND ", row))
        };
        let follow = write("\u{1} = NEW.\u{2}", "\u{1} = NEW.\u{2}");
        let empty = write("\u{1} = NULL", "\u{1} = OLD.\u{2}");
        let moved = self.differ(key, "NEW.\u{2}", "OLD.\u{2}");
        let changed = format!("{moved} OR {}", self.differ(rest, "NEW.\u{2}", "OLD.\u{2}"));
        let update = format!("    IF {moved} THEN {empty} END IF;\n    {follow}\n");
        vec![
            self.trigger(to, "ad", "AFTER DELETE", "", &format!("    {empty}\n")),
            self.trigger(to, "au", "AFTER UPDATE", &changed, &update),
            self.trigger(to, "ai", "AFTER INSERT", "", &format!("    {follow}\n")),
        ]
    }

    // ---- rows

    /// The server numbers rows of the new table.
    pub fn is_numbered(&self) -> bool {
        let new = self.split.after.table(self.split.to);
        new.is_some_and(|new| new.def.columns.iter().any(|column| column.auto_number.is_some()))
    }

    /// Whoever changes a row waits for its batch, and finds the copy then. Rows that are there are looked for, once those of the
    /// old table are locked: to IGNORE them makes the server number rows twice while others insert, and leave out the second
    /// (observed on 5.7 and 8.0). A count, because an EXISTS may be read before the rows.
    fn fill(&self) -> StepDraft {
        let split = &self.split;
        let Split { cx, from, to, key, .. } = split;
        let (all, old, new) = (split.all(), cx.name(from), cx.name(to));
        let found = split.each(key, " AND ", &format!("zz_new.\u{2} = {old}.\u{1}"));
        // The lock on the numbers is held to the end of the statement: no row may be waited for behind it, or a writer that has the
        // row locked gets an error (1467). So all rows are read, and locked, before the first is written.
        let buffered = if self.is_numbered() { "SQL_BUFFER_RESULT " } else { "" };
        let missing = format!("(SELECT COUNT(*) FROM {new} AS zz_new WHERE {found} LOCK IN SHARE MODE) = 0");
        let job = Batches {
            table: (*from).clone(),
            verb: RowVerb::CopyInto {
                into: (*to).clone(),
                head: format!(
                    "INSERT INTO {new} ({}) SELECT {buffered}{}",
                    split.each(&all, ", ", "\u{2}"),
                    split.each(&all, ", ", "\u{1}")
                ),
                end: "LOCK IN SHARE MODE".to_string(),
            },
            condition: match split.sparse {
                true => format!("({}) AND {missing}", split.any("")),
                false => missing,
            },
            key: key::of(cx, from),
        };
        job.step(cx, Migrate, format!("Copy the rows of {from} that exist into {to}"))
    }

    /// Every row has the same in these pairs; what it is that writes one side only.
    pub fn agree(&self, pairs: &[Pair], writes: &str) -> StepDraft {
        let Split { from, to, .. } = &self.split;
        verify(
            Migrate,
            format!("Compare {to} with {from} row by row"),
            self.split.apart(&self.differ(pairs, "b.\u{2}", "a.\u{1}")),
            "0",
            &format!(
                "Delete from the copy the rows that differ, run the batches again and compare again. If rows keep coming, {writes}."
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::request::{DualWrite, Options, Request};

    /// The titles of the steps, and their SQL and reasons.
    fn planned(schema: &str, make: &str, dual_write: DualWrite) -> String {
        filled(schema, &format!("{make}; INSERT INTO b (k, c) SELECT id, c FROM a"), dual_write)
    }

    fn filled(schema: &str, make: &str, dual_write: DualWrite) -> String {
        let request = Request {
            options: Options { dual_write, ..Options::default() },
            engine: "mysql:8.4".to_string(),
            sql: format!("{make}; ALTER TABLE a DROP COLUMN c;"),
            schema: Some(schema.to_string()),
            ..Request::default()
        };
        let report = crate::plan(&request);
        let steps = report.phases.iter().flat_map(|phase| &phase.steps);
        steps.map(|step| format!("{}: {} {}", step.title, step.why, step.sql.join(" "))).collect::<Vec<_>>().join("\n")
    }

    const A: &str = "CREATE TABLE a (id int PRIMARY KEY, c varchar(20)) CHARSET utf8mb4;";
    const B: &str = "CREATE TABLE b (k int PRIMARY KEY, c varchar(20)) CHARSET utf8mb4";

    #[test]
    fn a_row_goes_in_the_way_that_its_foreign_key_lets_it() {
        let with = |key: &str| {
            planned(
                A,
                &B.replace(") CHARSET", &format!(", FOREIGN KEY (k) REFERENCES a (id){key}) CHARSET")),
                DualWrite::Trigger,
            )
        };
        let plain = planned(A, B, DualWrite::Trigger);
        for (plan, moments) in [
            (plain, ["AFTER DELETE ON a", "IF NOT (NEW.id <=> OLD.id) THEN DELETE"]),
            (with(""), ["BEFORE DELETE ON a", "BEFORE UPDATE ON a"]),
            (with(" ON DELETE CASCADE"), ["AFTER DELETE ON a", "BEFORE UPDATE ON a"]),
            (with(" ON UPDATE CASCADE"), ["BEFORE DELETE ON a", "IF NOT (NEW.id <=> OLD.id) THEN DELETE"]),
        ] {
            assert!(moments.iter().all(|moment| plan.contains(moment)), "{moments:?}: {plan}");
        }
    }

    #[test]
    fn text_is_looked_at_where_nothing_says_that_it_is_taken() {
        let look = "Look whether b takes text as a does";
        let unsaid = planned(A, "CREATE TABLE b (k int PRIMARY KEY, c varchar(20))", DualWrite::Trigger);
        assert!(unsaid.contains(look) && unsaid.contains("Keep b in step"), "{unsaid}");
        assert!(!planned(A, B, DualWrite::Trigger).contains(look));
    }

    #[test]
    fn what_no_trigger_keeps_right_is_for_people_to_decide() {
        let unique = A.replace("varchar(20)", "varchar(20) UNIQUE");
        let child = |on: &str| {
            format!(
                "CREATE TABLE p (id int PRIMARY KEY); {}",
                A.replace(") CHARSET", &format!(", FOREIGN KEY (id) REFERENCES p (id) {on}) CHARSET"))
            )
        };
        for (schema, make, why) in [
            (A, B.replace("c varchar(20)", "c varchar(20) UNIQUE").as_str(), "may clash"),
            (A, B.replace("c varchar(20)", "c varchar(20), UNIQUE KEY (c(5))").as_str(), "may clash"),
            (A, B.replace("utf8mb4", "latin1").as_str(), "A value is computed"),
            (A, B.replace("varchar(20)", "varchar(10)").as_str(), "A value is computed"),
            (child("ON DELETE CASCADE").as_str(), B, "by cascade"),
            (child("ON UPDATE CASCADE").as_str(), B, "by cascade"),
            (A.replace("c varchar(20)", "c varchar(20), d int AS (length(c))").as_str(), B, "A value is computed"),
        ] {
            let plan = planned(schema, make, DualWrite::Trigger);
            assert!(plan.contains("Decide which values b is to have") && plan.contains(why), "{schema} {make}: {plan}");
            assert!(!plan.contains("CREATE TRIGGER"), "{make}: {plan}");
        }
        let told_apart = planned(&unique, &B.replace("c varchar(20)", "c varchar(20) UNIQUE"), DualWrite::Trigger);
        assert!(told_apart.contains("CREATE TRIGGER"), "{told_apart}");
    }

    #[test]
    fn code_may_write_both() {
        let both = "Deploy code that writes both a (c) and b";
        let plan = planned(A, B, DualWrite::Application);
        assert!(plan.contains(both) && !plan.contains("TRIGGER"), "{plan}");
        let unique = B.replace("c varchar(20)", "c varchar(20) UNIQUE");
        let plan = planned(A, &unique, DualWrite::Application);
        assert!(plan.contains("may clash in a unique key that the old one does not have: what code"), "{plan}");
        assert!(!plan.contains("trigger"), "{plan}");
    }

    #[test]
    fn a_table_made_of_a_query_is_the_same_split() {
        let split = |make: &str| filled(A, make, DualWrite::Trigger);
        for make in [
            "CREATE TABLE b AS SELECT id AS k, c FROM a",
            "CREATE TABLE b AS SELECT id AS k, a.c FROM a WHERE c IS NOT NULL",
        ] {
            let plan = split(make);
            assert!(plan.contains("FROM a WHERE false ALTER TABLE b ADD PRIMARY KEY (k)"), "{make}: {plan}");
            assert!(plan.contains("Keep b in step with a (c)"), "{make}: {plan}");
        }
        let keyed = split("CREATE TABLE b AS SELECT id AS k, c FROM a; ALTER TABLE b ADD UNIQUE KEY u (k)");
        assert!(keyed.contains("Keep b in step with a (c)") && !keyed.contains("PRIMARY KEY"), "{keyed}");
        for make in [
            "CREATE TABLE b ENGINE=InnoDB AS SELECT id, c FROM a",
            "CREATE TABLE b (k int PRIMARY KEY) AS SELECT id AS k, c FROM a",
            "CREATE TABLE b AS SELECT id, c FROM a LIMIT 7",
            "CREATE TEMPORARY TABLE b AS SELECT id, c FROM a",
        ] {
            let plan = split(make);
            assert!(!plan.contains("Keep b in step"), "{make}: {plan}");
        }
    }

    #[test]
    fn a_foreign_key_that_older_code_would_meet_comes_last() {
        let with = |more: &str| {
            let key = format!(", CONSTRAINT b_a FOREIGN KEY (k) REFERENCES a (id){more}) CHARSET");
            planned(A, &B.replace(") CHARSET", &key), DualWrite::Application)
        };
        let late = with("");
        assert!(late.contains("DROP FOREIGN KEY b_a") && late.contains("Add the foreign key from b to a"), "{late}");
        let soon = with(" ON DELETE CASCADE ON UPDATE CASCADE");
        assert!(!soon.contains("DROP FOREIGN KEY") && !soon.contains("Add the foreign key"), "{soon}");
    }
}
