//! CREATE TABLE, INSERT … SELECT, DROP COLUMN: columns moved into a table of their own, both kept in step while code moves.
//!
//! Each trigger writes only rows that are not right yet, which is what ends the loop. A statement with OR REPLACE hands that on
//! to what triggers write, and rows that it replaces fire none: so no other key may be in the way.

use super::copy_column::can_go;
use super::sides::{Sides, Trigger};
use super::sql::differs;
use super::{ENGINE, gone, left_out};
use crate::change::ReferentialAction::{Cascade, NoAction};
use crate::change::{Change, ColumnDef, ConstraintKind, Ident, IndexDef, Name, Nullability, TableDef};
use crate::draft::{Draft, StepDraft};
use crate::engines::sqlite::affinity::Affinity;
use crate::order::{Gather, GatherAll, PushAll};
use crate::recipes::joint::JointRecipe;
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{undo, verify};
use crate::recipes::shared::pairs::{Pair, said};
use crate::recipes::shared::split::{self, Script, Split, VALUES};
use crate::recipes::shared::{key, names};
use crate::report::PhaseName::Migrate;
use crate::request::DualWrite;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "sqlite-split-table",
    title: "Columns moved into a table of their own, both kept in step while code moves",
    for_engine: ENGINE,
    starts: split::starts,
    find: |ahead| split::find(ahead, RECIPE.id, plan),
};

/// The steps, or why nothing keeps both right.
fn plan(script: &Script<'_>) -> Result<Draft, &'static str> {
    let split = script.split(alike, is_numbered)?;
    let Split { cx, from, to, .. } = split;
    let by_trigger = cx.world.options.dual_write == DualWrite::Trigger;
    let columns = split.rest.iter().map(|pair| can_go(&cx, from, &pair.from)).gather_all().ok_or(VALUES)?;
    let unique =
        |column: &&ColumnDef| cx.world.schema.indexes_of_column(from, &column.name).iter().any(|index| index.unique);
    if split.clashes(&|_| false) || by_trigger && columns.iter().any(unique) {
        return Err("Rows may clash in a unique key of the columns that move");
    }
    let tables = Tables { split: &split, keys: Keys::of(&split)? };
    // A trigger carries back what is missing as NULL.
    let (first, mut notes) = match by_trigger {
        true => {
            let demanded: Vec<&ColumnDef> =
                columns.iter().filter(|column| column.nullability == Nullability::NotNull).copied().gather();
            left_out::let_be_null(&cx, from, &demanded)
        }
        false => left_out::let_be(&cx, from, &columns),
    }
    .ok_or(VALUES)?;
    notes.push_all(tables.notes(by_trigger));
    notes.push_all(script.from_query(&split, "", "unique key"));
    let mut made = script.make.clone();
    if split.keyless {
        let columns: Vec<Ident> = split.key.iter().map(|pair| pair.to.clone()).gather();
        let words = columns.iter().map(|column| column.value.as_str()).gather().join("_");
        let name = names::fit(&format!("{}_{words}_key", to.object), cx.engine().ident_limit());
        let index = IndexDef { unique: true, ..IndexDef::on(to.sibling(name), to.clone(), &columns) };
        made.push(cx.run(Change::CreateIndex(Box::new(index))));
    }
    let (there, back) = match by_trigger {
        true => (tables.there(), tables.back()),
        false => (tables.along(), Vec::new()),
    };
    let (old, new) = (script.old(), to.to_string());
    let sides = Sides {
        cx,
        recipe: RECIPE.id,
        from,
        columns: columns.iter().map(|column| &column.name).gather(),
        to,
        first,
        decide: None,
        made,
        there,
        early: Vec::new(),
        back,
        fill: [tables.fill(by_trigger), tables.agree(by_trigger)],
        checklist: tables.habits(by_trigger),
        notes,
        old,
        new,
    };
    if !gone::is_native(&cx) && sides.anew().is_none() {
        return Err(VALUES);
    }
    let unmade = cx.run(Change::drop_table(to.clone()));
    Ok(sides.draft(&|mut first| {
        first.push(unmade.clone());
        undo(first)
    }))
}

/// Values are stored as they are; rows are found by the collation of the key.
fn alike(old: &ColumnDef, new: &ColumnDef, key: bool) -> bool {
    let affinity =
        |column: &ColumnDef| Affinity::of(column.data_type.as_ref().map_or("", |data_type| data_type.text.as_str()));
    affinity(old) == affinity(new) && (!key || old.collation == new.collation)
}

/// `INTEGER PRIMARY KEY` is the number of the row.
fn is_numbered(def: &TableDef, column: &ColumnDef) -> bool {
    let sole = |columns: &[Ident]| matches!(columns, [one] if *one == column.name);
    let integer = column.data_type.as_ref().is_some_and(|t| t.text.eq_ignore_ascii_case("integer"));
    let primary =
        def.constraints.iter().any(|c| matches!(&c.kind, ConstraintKind::PrimaryKey { columns } if sole(columns)));
    integer && primary && !def.without_rowid
}

/// What the foreign keys of the new table to the old one do.
struct Keys {
    /// No row of the new table stands before or without one of the old: one that is there when one of the old is made is that of
    /// one that was replaced.
    follow: bool,
    /// A delete of a row that has a copy is refused.
    refuse: bool,
    /// So is a change of its key.
    hold: bool,
}

impl Keys {
    /// None where they do what nothing undoes.
    fn of(split: &Split<'_>) -> Result<Keys, &'static str> {
        let schema = split.cx.world.schema;
        let strict = split.after.table(split.to).is_none_or(|new| new.def.strict);
        let mut found = Keys { follow: false, refuse: false, hold: false };
        for constraint in split.after.foreign_keys(split.to) {
            let ConstraintKind::ForeignKey(key) = &constraint.kind else { continue };
            let of_key = |name: &Ident| split.key.iter().any(|pair| schema.same(&pair.to, name));
            if schema.same_relation(&key.references, split.from) && key.columns.iter().any(of_key) {
                let known = [key.on_delete, key.on_update].iter().all(|action| matches!(action, NoAction | Cascade));
                if !known {
                    return Err("A foreign key to the old table does more than to refuse or to cascade");
                }
                found.follow |= key.columns.iter().all(of_key) && key.columns.len() == split.key.len();
                found.refuse |= key.on_delete == NoAction;
                found.hold |= key.on_update == NoAction;
            }
        }
        if strict { Err(VALUES) } else { Ok(found) }
    }
}

struct Tables<'a> {
    split: &'a Split<'a>,
    keys: Keys,
}

impl Tables<'_> {
    fn habits(&self, by_trigger: bool) -> Vec<String> {
        let split = self.split;
        let Split { cx, from, to, rest, .. } = split;
        if by_trigger {
            return vec![
                format!(
                    "New code makes the row of {to} after that of {from}, by INSERT … ON CONFLICT DO UPDATE (a trigger may have made \
                     it already), and reads one that is missing as one without values"
                ),
                format!(
                    "What writes {from} keeps to the constraints of {to}: from the first step on, what {to} refuses fails"
                ),
                format!(
                    "No INSERT OR REPLACE or UPDATE OR REPLACE removes another row of {from} than the one of that key: no trigger sees it"
                ),
            ];
        }
        let mut list = vec![
            format!(
                "Code of the first deploy carries a row over behind its own write, in the same transaction: INSERT INTO {} ({}) SELECT {} \
                 FROM {} WHERE … ON CONFLICT ({}) DO UPDATE SET {}",
                cx.name(to),
                split.each(&split.all(), ", ", "\u{2}"),
                split.each(&split.all(), ", ", "\u{1}"),
                cx.name(from),
                split.each(&split.key, ", ", "\u{2}"),
                split.each(rest, ", ", "\u{2} = excluded.\u{2}")
            ),
            split::SECOND.to_string(),
            format!("Both delete the row of {to} with that of {from}, and move it where the key changes"),
        ];
        if split.sparse {
            list.push(format!("Where the values go, they delete the row of {to} instead"));
        }
        list
    }

    fn notes(&self, by_trigger: bool) -> Vec<String> {
        let Split { from, to, .. } = self.split;
        let missing = match by_trigger {
            true => format!(" A row of {from} that is made without values meanwhile has none in {to}."),
            false => String::new(),
        };
        let mut notes = vec![format!(
            "Defaults, constraints and indexes of the columns are on {to} where the script says so.{missing} What only {to} holds is \
             lost when the first step is undone, and of a row whose key changes in {from} meanwhile."
        )];
        if !by_trigger && !self.along().is_empty() {
            notes.push(format!(
                "A foreign key of {to} would refuse what older code does to rows of {from}, of whose copies it knows nothing: triggers \
                 take them along."
            ));
        }
        notes
    }

    fn trigger(&self, table: &Name, word: &str, body: String) -> Trigger {
        let Split { cx, from, to, .. } = self.split;
        let other = if table == *from { to } else { from };
        (names::helper_beside(cx, table, &[&other.object.value, word]), table.clone(), body)
    }

    fn differ(&self, pairs: &[Pair], a: &str, b: &str) -> String {
        said(&self.split.cx, pairs, " OR ", &|_| differs(a, b))
    }

    /// A row takes its copy along.
    fn gone(&self) -> Trigger {
        let Split { cx, from, to, key, .. } = self.split;
        let (old, new) = (cx.name(from), cx.name(to));
        let gone = self.split.each(key, " AND ", "\u{2} = OLD.\u{1}");
        self.trigger(from, "delete", format!("AFTER DELETE ON {old}\nBEGIN\n  DELETE FROM {new} WHERE {gone};\nEND"))
    }

    /// What older code does to rows that have a copy, and a foreign key would refuse.
    fn along(&self) -> Vec<Trigger> {
        let split = self.split;
        let Split { cx, from, to, key, .. } = split;
        let mut all: Vec<Trigger> = self.keys.refuse.then(|| self.gone()).into_iter().gather();
        if self.keys.hold {
            let body = format!(
                "AFTER UPDATE OF {} ON {}\nWHEN {}\nBEGIN\n  UPDATE {} SET {} WHERE {};\nEND",
                split.each(key, ", ", "\u{1}"),
                cx.name(from),
                self.differ(key, "NEW.\u{1}", "OLD.\u{1}"),
                cx.name(to),
                split.each(key, ", ", "\u{2} = NEW.\u{1}"),
                split.each(key, " AND ", "\u{2} = OLD.\u{1}"),
            );
            all.push(self.trigger(from, "update", body));
        }
        all
    }

    /// From old to new.
    fn there(&self) -> Vec<Trigger> {
        let split = self.split;
        let Split { cx, from, to, key, rest, strict, .. } = split;
        let (old, new) = (cx.name(from), cx.name(to));
        let all = split.all();
        let mut given = format!("({})", split.any("NEW."));
        if !strict.is_empty() {
            given.push_str(&format!(" AND {}", split.each(strict, " AND ", "NEW.\u{1} IS NOT NULL")));
        }
        let row = split.each(key, " AND ", "\u{2} = NEW.\u{1}");
        let gone = split.each(key, " AND ", "\u{2} = OLD.\u{1}");
        let moved = self.differ(key, "NEW.\u{1}", "OLD.\u{1}");
        let emptied = match strict.is_empty() {
            true => String::new(),
            false => format!("  DELETE FROM {new} WHERE {row} AND NOT ({given});\n"),
        };
        let write = format!(
            "{emptied}  UPDATE {new} SET {} WHERE {row} AND ({});\n  INSERT INTO {new} ({}) SELECT {} WHERE {given} AND NOT EXISTS \
             (SELECT 1 FROM {new} WHERE {row});\nEND",
            split.each(rest, ", ", "\u{2} = NEW.\u{1}"),
            self.differ(rest, "\u{2}", "NEW.\u{1}"),
            split.each(&all, ", ", "\u{2}"),
            split.each(&all, ", ", "NEW.\u{1}"),
        );
        let when = if self.keys.follow { String::new() } else { format!("\nWHEN {given}") };
        vec![
            self.gone(),
            self.trigger(
                from,
                "update",
                format!(
                    "AFTER UPDATE OF {} ON {old}\nWHEN {moved} OR {}\nBEGIN\n  DELETE FROM {new} WHERE {gone} AND ({moved});\n{write}",
                    split.each(&all, ", ", "\u{1}"),
                    self.differ(rest, "NEW.\u{1}", "OLD.\u{1}"),
                ),
            ),
            self.trigger(from, "insert", format!("AFTER INSERT ON {old}{when}\nBEGIN\n{write}")),
        ]
    }

    /// From new to old; a row that is not there has no values.
    fn back(&self) -> Vec<Trigger> {
        let split = self.split;
        let Split { cx, from, to, key, rest, .. } = split;
        let (old, new) = (cx.name(from), cx.name(to));
        let moved = self.differ(key, "NEW.\u{2}", "OLD.\u{2}");
        let empty = format!(
            "  UPDATE {old} SET {} WHERE {} AND ({})",
            split.each(rest, ", ", "\u{1} = NULL"),
            split.each(key, " AND ", "\u{1} = OLD.\u{2}"),
            split.any("")
        );
        let write = format!(
            "  UPDATE {old} SET {} WHERE {} AND ({});\nEND",
            split.each(rest, ", ", "\u{1} = NEW.\u{2}"),
            split.each(key, " AND ", "\u{1} = NEW.\u{2}"),
            self.differ(rest, "\u{1}", "NEW.\u{2}")
        );
        vec![
            self.trigger(to, "delete", format!("AFTER DELETE ON {new}\nBEGIN\n{empty};\nEND")),
            self.trigger(
                to,
                "update",
                format!(
                    "AFTER UPDATE OF {} ON {new}\nWHEN {moved} OR {}\nBEGIN\n{empty} AND ({moved});\n{write}",
                    split.each(&split.all(), ", ", "\u{2}"),
                    self.differ(rest, "NEW.\u{2}", "OLD.\u{2}"),
                ),
            ),
            self.trigger(to, "insert", format!("AFTER INSERT ON {new}\nBEGIN\n{write}")),
        ]
    }

    /// A trigger misses no write; an instance that writes the old table only does.
    fn fill(&self, by_trigger: bool) -> StepDraft {
        let Split { cx, from, to, key, rest, .. } = self.split;
        let all = self.split.all();
        let (verb, end) = match by_trigger {
            true => ("INSERT OR IGNORE INTO", String::new()),
            false => (
                "INSERT INTO",
                format!(
                    "ON CONFLICT ({}) DO UPDATE SET {} WHERE {}",
                    self.split.each(key, ", ", "\u{2}"),
                    self.split.each(rest, ", ", "\u{2} = excluded.\u{2}"),
                    self.differ(rest, "\u{2}", "excluded.\u{2}")
                ),
            ),
        };
        let job = Batches {
            table: (*from).clone(),
            verb: RowVerb::CopyInto {
                into: (*to).clone(),
                head: format!(
                    "{verb} {} ({}) SELECT {}",
                    cx.name(to),
                    self.split.each(&all, ", ", "\u{2}"),
                    self.split.each(&all, ", ", "\u{1}")
                ),
                end,
            },
            condition: match (self.split.sparse, by_trigger) {
                (true, _) => self.split.any(""),
                (false, true) => String::new(),
                // ON CONFLICT would be read as that of a join.
                (false, false) => "true".to_string(),
            },
            key: key::of(cx, from),
        };
        job.step(cx, Migrate, format!("Copy the rows of {from} that exist into {to}"))
    }

    /// Beside triggers, a row without values may be missing.
    fn agree(&self, by_trigger: bool) -> StepDraft {
        let Split { from, to, rest, sparse, .. } = self.split;
        let compared = if by_trigger || *sparse { rest.clone() } else { self.split.all() };
        verify(
            Migrate,
            format!("Compare {to} with {from} row by row"),
            self.split.apart(&self.differ(&compared, "b.\u{2}", "a.\u{1}")),
            "0",
            "Delete from the copy the rows that differ, run the fill again and compare again.",
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::request::{DualWrite, Options, Request};

    fn planned(schema: &str, make: &str) -> String {
        by(DualWrite::Trigger, schema, make)
    }

    fn by(dual_write: DualWrite, schema: &str, make: &str) -> String {
        filled(dual_write, schema, &format!("{make}; INSERT INTO b (k, c) SELECT id, c FROM a"))
    }

    fn filled(dual_write: DualWrite, schema: &str, make: &str) -> String {
        let request = Request {
            options: Options { dual_write, ..Options::default() },
            engine: "sqlite:3.45".to_string(),
            sql: format!("{make}; ALTER TABLE a DROP COLUMN c;"),
            schema: Some(schema.to_string()),
            ..Request::default()
        };
        let report = crate::plan(&request);
        let steps = report.phases.iter().flat_map(|phase| &phase.steps);
        steps.map(|step| format!("{}: {} {}", step.title, step.why, step.sql.join(" "))).collect::<Vec<_>>().join("\n")
    }

    const A: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, c TEXT);";
    const B: &str = "CREATE TABLE b (k INTEGER PRIMARY KEY, c TEXT)";

    #[test]
    fn a_copy_that_is_there_is_that_of_a_replaced_row_where_a_key_says_so() {
        let insert = |plan: &str| plan.split("AFTER INSERT ON a").nth(1).map(|rest| rest.trim().starts_with("WHEN"));
        assert_eq!(insert(&planned(A, B)), Some(true));
        assert_eq!(insert(&planned(A, &B.replace("KEY,", "KEY REFERENCES a,"))), Some(false));
        let beside = planned(
            A,
            "CREATE TABLE b (n INTEGER PRIMARY KEY, k INT NOT NULL UNIQUE REFERENCES a ON DELETE CASCADE, c TEXT)",
        );
        assert_eq!(insert(&beside), Some(false));
    }

    #[test]
    fn what_no_trigger_keeps_right_is_for_people_to_decide() {
        for (schema, make, why) in [
            (A, "CREATE TABLE b (k INTEGER PRIMARY KEY, c TEXT UNIQUE)", "may clash"),
            ("CREATE TABLE a (id INTEGER PRIMARY KEY, c TEXT); CREATE UNIQUE INDEX u ON a (c);", B, "may clash"),
            (A, "CREATE TABLE b (n INT PRIMARY KEY, k INT NOT NULL UNIQUE, c TEXT)", "A value is computed"),
            (A, "CREATE TABLE b (k INTEGER PRIMARY KEY, c TEXT) STRICT", "A value is computed"),
            (A, "CREATE TABLE b (k INTEGER PRIMARY KEY, c INT)", "A value is computed"),
            (
                A,
                "CREATE TABLE b (k INTEGER PRIMARY KEY REFERENCES a ON DELETE RESTRICT, c TEXT)",
                "more than to refuse",
            ),
            (
                "CREATE TABLE a (id TEXT PRIMARY KEY COLLATE NOCASE, c TEXT);",
                "CREATE TABLE b (k TEXT PRIMARY KEY, c TEXT)",
                "A value is computed",
            ),
        ] {
            let plan = planned(schema, make);
            assert!(plan.contains("Decide which values b is to have") && plan.contains(why), "{schema} {make}: {plan}");
            assert!(!plan.contains("CREATE TRIGGER"), "{make}: {plan}");
        }
    }
    #[test]
    fn a_table_made_of_a_query_is_the_same_split() {
        let split = |schema: &str, make: &str| filled(DualWrite::Trigger, schema, make);
        let plan = split(A, "CREATE TABLE b AS SELECT id AS k, c FROM a WHERE c IS NOT NULL");
        assert!(plan.contains("FROM a WHERE false CREATE UNIQUE INDEX b_k_key ON b (k)"), "{plan}");
        assert!(plan.contains("Add b, kept in step by triggers"), "{plan}");
        let keyed = split(A, "CREATE TABLE b AS SELECT id AS k, c FROM a; CREATE UNIQUE INDEX u ON b (k)");
        assert!(keyed.contains("Add b, kept in step by triggers") && !keyed.contains("b_k_key"), "{keyed}");
        // The column of the query has not the collation by which the rows are found.
        let collated = split(
            "CREATE TABLE a (id TEXT PRIMARY KEY COLLATE NOCASE, c TEXT);",
            "CREATE TABLE b AS SELECT id AS k, c FROM a",
        );
        assert!(collated.contains("Decide which values b is to have"), "{collated}");
    }

    #[test]
    fn code_may_write_both() {
        let code = |schema: &str, make: &str| by(DualWrite::Application, schema, make);
        let both = "Deploy code that writes both a (c) and b";
        for schema in [A, &A.replace(")", " NOT NULL DEFAULT '')"), &format!("{A} CREATE UNIQUE INDEX u ON a (c);")] {
            let plan = code(schema, B);
            assert!(plan.contains(both) && !plan.contains("TRIGGER") && !plan.contains("anew"), "{schema}: {plan}");
        }
        let refused = code(A, &B.replace("KEY,", "KEY REFERENCES a,"));
        assert!(refused.contains(both) && refused.contains("AFTER DELETE ON a"), "{refused}");
        assert!(refused.contains("AFTER UPDATE OF id ON a"), "{refused}");
        assert!(!refused.contains("ON b") && refused.contains("Drop the triggers, then a (c)"), "{refused}");
        let taken = code(A, &B.replace("KEY,", "KEY REFERENCES a ON DELETE CASCADE ON UPDATE CASCADE,"));
        assert!(taken.contains(both) && !taken.contains("TRIGGER"), "{taken}");
        let clash = code(A, "CREATE TABLE b (k INTEGER PRIMARY KEY, c TEXT UNIQUE)");
        assert!(clash.contains("of the columns that move: what code that writes both is to write"), "{clash}");
    }
}
