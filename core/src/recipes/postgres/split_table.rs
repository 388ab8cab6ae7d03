//! CREATE TABLE, INSERT … SELECT (or CREATE TABLE … AS), DROP COLUMN: columns moved into a table of their own, both kept in step
//! while code moves.
//!
//! By trigger, a change of a row is carried over at once, a new row when its transaction ends: newer code makes the row of the new table
//! itself, in the same transaction.

use super::ENGINE;
use super::add_foreign_key::{halves, orphans};
use super::copies::Copies;
use super::parts::{add_constraint, constraint, drop_constraint};
use super::sides::Sides;
use super::sql::{Trigger, lock, rights};
use crate::change::{Change, ColumnDef, Constraint, ConstraintKind, DataType, Name};
use crate::draft::{Draft, StepDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::Cx;
use crate::recipes::joint::JointRecipe;
use crate::recipes::shared::names;
use crate::recipes::shared::pairs::Pair;
use crate::recipes::shared::split::{self, Script, Split};
use crate::report::PhaseName::{Contract, Expand};
use crate::request::DualWrite;
use crate::world::World;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "postgres-split-table",
    title: "Columns moved into a table of their own, both kept in step while code moves",
    for_engine: ENGINE,
    starts: split::starts,
    find: |ahead| split::find(ahead, RECIPE.id, plan),
};

/// The steps, or why nothing keeps both right.
fn plan(script: &Script<'_>) -> Result<Draft, &'static str> {
    let split = script.split(alike, |_, column| column.auto_number.is_some())?;
    let (cx, from, to, sparse) = (split.cx, split.from, split.to, split.sparse);
    let by_trigger = cx.world.options.dual_write == DualWrite::Trigger;
    let any = split.any("");
    let late: Vec<Constraint> =
        if by_trigger { Vec::new() } else { split.late_keys().into_iter().map(|key| named(&split, key)).gather() };
    let holds = split.holds().filter(|_| !by_trigger);
    let after = split.after.clone();
    let about_query = script.from_query(&split, ": that plan has a copy made just before the drop", "primary key");
    let both = Copies { cx, from: from.clone(), to: to.clone(), key: split.key, rest: split.rest };
    let all = both.all();
    let mut make = script.make.clone();
    if split.keyless {
        let columns = both.key.iter().map(|pair| pair.to.clone()).gather();
        let key = constraint(to.object.clone(), ConstraintKind::PrimaryKey { columns }, false);
        make.push(add_constraint(&cx, to, Constraint { name: None, ..key }));
    }
    // Under one lock from the start: to ask for more of it later may be a deadlock.
    if !late.is_empty() {
        make.insert(0, lock(&cx, from, "ACCESS EXCLUSIVE"));
    }
    make.push_all(late.iter().filter_map(|key| key.name.as_ref()).map(|name| drop_constraint(&cx, to, name)));
    // Triggers write with the rights of who writes, and so does code.
    make.push(rights(&cx, from, to));
    let (there, back) = match by_trigger {
        true => (vec![there(&both, &split.strict, &any, sparse), gone(&both)], vec![back(&both)]),
        false => (Vec::new(), Vec::new()),
    };
    let agree = both.agree_in(if sparse { &both.rest } else { &all });
    // A trigger misses no write; an instance that was not yet, or no longer, writing both does.
    let (alias, conflict) = match by_trigger {
        true => ("", "ON CONFLICT DO NOTHING".to_string()),
        false => (" AS zz_new", both.conflict(&both.rest, "")),
    };
    let mut checklist = match by_trigger {
        true => vec![
            format!(
                "New code makes the row of {to} in the transaction that makes that of {from}, or by INSERT … ON CONFLICT, and \
                 reads one that is missing as one without values"
            ),
            format!(
                "What writes {from} has the rights to write {to} (and its sequences), and keeps to its constraints: from the \
                 first step on, what {to} refuses fails"
            ),
            format!("No job uses TRUNCATE on {from} or {to} meanwhile: no trigger copies it"),
        ],
        false => vec![
            format!(
                "Code of the first deploy carries a row over behind its own write, in the same transaction: INSERT INTO {} AS zz_new \
                 ({}) SELECT {} FROM {} WHERE … {}",
                cx.name(to),
                both.each(&all, ", ", "\u{2}"),
                both.each(&all, ", ", "\u{1}"),
                cx.name(from),
                both.conflict(&both.rest, "")
            ),
            split::SECOND.to_string(),
            format!(
                "Both delete the row of {to} {} that of {from}, and move it where the key changes",
                if late.is_empty() { "with" } else { "before" }
            ),
        ],
    };
    checklist.push_all(holds);
    if sparse && !by_trigger {
        checklist.push(format!("Where the values go, they delete the row of {to} instead"));
    }
    let mut notes = vec![format!(
        "Defaults, constraints and indexes of the columns are on {to} where the script says so; who has rights on {from} gets \
         them there. What only {to} holds is lost when the first step is undone, and of a row whose key changes in {from} \
         meanwhile."
    )];
    notes.push_all(about_query);
    let sides = Sides {
        cx,
        recipe: RECIPE.id,
        from,
        columns: script.dropped.clone(),
        old: script.old(),
        to,
        new: to.to_string(),
        make,
        unmake: cx.run(Change::drop_table(to.clone())),
        there,
        narrowed: Vec::new(),
        back,
        first: Vec::new(),
        decide: None,
        // Whoever changes a row waits for its batch, and finds the copy then.
        fill: vec![both.fill_where(if sparse { any } else { String::new() }, "SHARE", alias, &conflict)],
        agree,
        lost: None,
        freed: None,
        proved: late
            .iter()
            .flat_map(|key| returned(&Cx { world: World { schema: &after, ..cx.world }, ..cx }, to, key))
            .gather(),
        settle: Vec::new(),
        checklist,
        notes,
    };
    let mut draft = sides.draft();
    let made = draft.steps.iter_mut().find(|step| step.phase == Expand && !late.is_empty());
    made.into_iter().for_each(|step| step.why.push_str(split::LATE));
    Ok(draft)
}

/// As the server calls it, where the script does not.
fn named(split: &Split<'_>, key: &Constraint) -> Constraint {
    let chosen = || split.after.free_constraint_name(split.to, &key.kind, &|_| false);
    Constraint { name: key.name.clone().or_else(chosen), ..key.clone() }
}

/// The foreign key that refuses what older code deletes, once no such code runs.
fn returned(after: &Cx<'_>, to: &Name, key: &Constraint) -> Vec<StepDraft> {
    let ConstraintKind::ForeignKey(foreign) = &key.kind else { return Vec::new() };
    let mut steps = halves(after, Contract, to, key);
    steps.insert(0, orphans(after, Contract, to, foreign));
    steps
}

/// The same values on both sides; whole numbers as a key may be of two sizes.
fn alike(old: &ColumnDef, new: &ColumnDef, key: bool) -> bool {
    let (Some(a), Some(b)) = (&old.data_type, &new.data_type) else { return false };
    let whole = |t: &DataType| t.array == 0 && ["smallint", "integer", "bigint"].contains(&t.base.as_str());
    old.collation == new.collation && (a.same_as(b) || key && whole(a) && whole(b))
}

fn trigger(both: &Copies<'_>, at: &Name, word: &str, [fires, late]: [&'static str; 2], body: String) -> Trigger {
    let name = names::helper_beside(&both.cx, at, &[&both.to.object.value, word]);
    Trigger { name, table: at.clone(), fires, late, body }
}

/// From old to new. The values are read from the row as it is when the trigger fires.
fn there(both: &Copies<'_>, strict: &[Pair], any: &str, sparse: bool) -> Trigger {
    let (keys, rest, all) = (&both.key, &both.rest, both.all());
    let (from, to) = (both.cx.name(&both.from), both.cx.name(&both.to));
    let (moved, found) = (both.moved(), both.each(keys, " AND ", "\u{2} = NEW.\u{1}"));
    let emptied = both.each(strict, " OR ", "NEW.\u{1} IS NULL");
    let emptied = match emptied.is_empty() {
        true => emptied,
        false => format!("    DELETE FROM {to} WHERE {found} AND TG_OP = 'UPDATE' AND ({emptied});\n"),
    };
    let made = if sparse { String::new() } else { format!(" OR {moved}") };
    let body = format!(
        "  IF {moved} OR {} THEN
{emptied}    INSERT INTO {to} AS zz_new ({}) SELECT {} FROM {from}
      WHERE {} AND ({any}{made} OR EXISTS (SELECT 1 FROM {to} WHERE {found})){}
      {};
  END IF;
  RETURN NULL;
",
        both.unlike(rest, "OLD.\u{1}", "NEW.\u{1}"),
        both.each(&all, ", ", "\u{2}"),
        both.each(&all, ", ", "\u{1}"),
        both.each(keys, " AND ", "\u{1} = NEW.\u{1}"),
        both.each(strict, "", " AND \u{1} IS NOT NULL"),
        both.conflict(rest, "TG_OP = 'UPDATE' AND "),
    );
    trigger(both, &both.from, "there", ["AFTER UPDATE", "AFTER INSERT"], body)
}

/// A row that goes, or gets another key, takes that of the new table along. Its name comes before those of the server's own
/// triggers (`RI_…`): a foreign key would refuse the change. Before the change, what the way back does to the row would.
fn gone(both: &Copies<'_>) -> Trigger {
    let body = format!(
        "  IF TG_OP = 'DELETE' OR {} THEN
    DELETE FROM {} WHERE {};
  END IF;
  RETURN NULL;
",
        both.moved(),
        both.cx.name(&both.to),
        both.each(&both.key, " AND ", "\u{2} = OLD.\u{1}"),
    );
    let own = trigger(both, &both.from, "gone", ["AFTER DELETE OR UPDATE", ""], body);
    let first = names::fit(&format!("A_{}", own.name.object.value), both.cx.engine().ident_limit());
    Trigger { name: own.name.sibling(first), ..own }
}

/// From new to old; a row that is not there has no values.
fn back(both: &Copies<'_>) -> Trigger {
    let (keys, rest) = (&both.key, &both.rest);
    let body = format!(
        "  UPDATE {} AS zz_old SET {}
    FROM (VALUES ({}), ({})) AS zz_key ({}) LEFT JOIN {} AS zz_new ON {}
    WHERE {} AND ({});
  RETURN NULL;
",
        both.cx.name(&both.from),
        both.each(rest, ", ", "\u{1} = zz_new.\u{2}"),
        both.each(keys, ", ", "OLD.\u{2}"),
        both.each(keys, ", ", "NEW.\u{2}"),
        both.each(keys, ", ", "\u{2}"),
        both.cx.name(&both.to),
        both.each(keys, " AND ", "zz_new.\u{2} = zz_key.\u{2}"),
        both.each(keys, " AND ", "zz_old.\u{1} = zz_key.\u{2}"),
        both.unlike(rest, "zz_old.\u{1}", "zz_new.\u{2}"),
    );
    trigger(both, &both.to, "back", ["AFTER INSERT OR UPDATE OR DELETE", ""], body)
}

#[cfg(test)]
mod tests {
    use crate::request::{DualWrite, Options, Request};

    const A: &str = "CREATE TABLE a (id int PRIMARY KEY, c text, d text NOT NULL);";
    const B: &str = "CREATE TABLE b (k int PRIMARY KEY, c text)";
    const COPY: &str = "INSERT INTO b (k, c) SELECT id, c FROM a";
    const DROP: &str = "ALTER TABLE a DROP COLUMN c";

    fn planned(schema: &str, make: &str, copy: &str, drop: &str, dual_write: DualWrite) -> String {
        let request = Request {
            options: Options { dual_write, ..Options::default() },
            engine: "postgres:16".to_string(),
            sql: format!("{make}; {copy}; {drop};"),
            schema: Some(schema.to_string()),
            ..Request::default()
        };
        let report = crate::plan(&request);
        let steps =
            report.phases.iter().flat_map(|phase| &phase.steps).map(|step| format!("{} {}", step.title, step.why));
        steps.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_no_trigger_keeps_right_is_for_people_to_decide() {
        let decide = "Decide which values b is to have";
        for (schema, make, copy, drop) in [
            (A, B, COPY, DROP),
            (A, B, "INSERT INTO b SELECT x.id, x.c AS c FROM a AS x", DROP),
            (A, B, "INSERT INTO b (k, c) SELECT id, c FROM a WHERE (a.c IS NOT NULL) ON CONFLICT (k) DO NOTHING", DROP),
            (A, "CREATE TABLE b (k bigint UNIQUE, c text)", COPY, DROP),
            (
                A,
                "CREATE TABLE b (k int, d text NOT NULL, c text, PRIMARY KEY (k))",
                "INSERT INTO b (k, d, c) SELECT id, d, c FROM a WHERE c IS NOT NULL OR d IS NOT NULL",
                "ALTER TABLE a DROP COLUMN c; ALTER TABLE a DROP COLUMN d",
            ),
        ] {
            let plan = planned(schema, make, copy, drop, DualWrite::Trigger);
            assert!(plan.contains("Add b, kept in step by trigger") && !plan.contains(decide), "{copy}: {plan}");
        }
        for (schema, make, copy, drop, why) in [
            ("", B, COPY, DROP, "primary key"),
            ("CREATE TABLE a (id int, c text);", B, COPY, DROP, "primary key"),
            (A, "CREATE TABLE b (k int, c text)", COPY, DROP, "primary key"),
            (A, "CREATE TABLE b (n int, k int, c text, PRIMARY KEY (n, k))", COPY, DROP, "primary key"),
            (A, B, "INSERT INTO b (c) SELECT c FROM a", DROP, "primary key"),
            (A, B, "INSERT INTO b (k, c) SELECT id, lower(c) FROM a", DROP, "A value"),
            (A, B, "INSERT INTO b (k, c) SELECT DISTINCT id, c FROM a", DROP, "A value"),
            (A, "CREATE TABLE b (k int PRIMARY KEY, c varchar(9))", COPY, DROP, "A value"),
            (A, "CREATE TABLE b (k int PRIMARY KEY, c text COLLATE \"C\")", COPY, DROP, "A value"),
            (A, B, "INSERT INTO b (k, c) SELECT id, c FROM a WHERE c <> ''", DROP, "A value"),
            (A, B, "INSERT INTO b (k, c) SELECT id, c FROM a WHERE NOT (a.c IS NOT NULL)", DROP, "A value"),
            (A, B, "INSERT INTO b (k, c) SELECT id, c FROM a WHERE c IS NOT NULL AND id > 7", DROP, "A value"),
            (A, "CREATE TABLE b (k int PRIMARY KEY, c text NOT NULL)", COPY, DROP, "A value"),
            (A, B, COPY, "ALTER TABLE a DROP COLUMN c, DROP COLUMN d", "A value"),
            (
                A,
                "CREATE TABLE b (k int PRIMARY KEY, c text, d text)",
                "INSERT INTO b (k, c, d) SELECT id, c, d FROM a",
                DROP,
                "A value",
            ),
            (
                "CREATE TABLE a (id int PRIMARY KEY, c text, d text) PARTITION BY RANGE (id);",
                B,
                COPY,
                DROP,
                "primary key",
            ),
        ] {
            let plan = planned(schema, make, copy, drop, DualWrite::Trigger);
            assert!(plan.contains(decide) && plan.contains(why), "{schema} {make} {copy}: {plan}");
            assert!(!plan.contains("by trigger"), "{copy}: {plan}");
        }
    }

    #[test]
    fn code_may_write_both() {
        let plan = planned(A, B, COPY, DROP, DualWrite::Application);
        assert!(plan.contains("Deploy code that writes both a (c) and b") && !plan.contains("trigger"), "{plan}");
        let computed = "INSERT INTO b (k, c) SELECT id, lower(c) FROM a";
        let plan = planned(A, B, computed, DROP, DualWrite::Application);
        assert!(plan.contains("Decide which values b is to have"), "{plan}");
        assert!(
            plan.contains("as it is, a row that has some is left out, or a column stays: what code that"),
            "{plan}"
        );
        assert!(!plan.contains("trigger"), "{plan}");
    }

    #[test]
    fn a_table_made_of_a_query_is_the_same_split() {
        let split = |make: &str, more: &str| planned(A, make, more, DROP, DualWrite::Trigger);
        for make in [
            "CREATE TABLE b AS SELECT id AS k, c FROM a",
            "CREATE TABLE IF NOT EXISTS b (k, c) AS SELECT id, x.c FROM a AS x WHERE c IS NOT NULL",
            "CREATE UNLOGGED TABLE b AS SELECT id, c FROM a",
        ] {
            let plan = split(make, "SELECT 1");
            assert!(plan.contains("Add b, kept in step by trigger"), "{make}: {plan}");
        }
        let keyed = split("CREATE TABLE b AS SELECT id AS k, c FROM a", "ALTER TABLE b ADD PRIMARY KEY (k)");
        assert!(keyed.contains("Add b, kept in step by trigger") && !keyed.contains("Add a primary key"), "{keyed}");
        let other = split("CREATE TABLE b AS SELECT id AS k, c FROM a", "ALTER TABLE b ADD UNIQUE (c)");
        assert!(other.contains("Decide which values b is to have"), "{other}");
        for make in [
            "CREATE TABLE b WITH (fillfactor = 70) AS SELECT id, c FROM a",
            "CREATE TABLE b USING heap AS SELECT id, c FROM a",
            "CREATE TABLE b AS SELECT id, c FROM a WITH NO DATA",
            "CREATE TABLE b AS SELECT * FROM a",
            "CREATE TABLE b AS SELECT id, lower(c) AS c FROM a",
            "CREATE TEMP TABLE b AS SELECT id, c FROM a",
        ] {
            let plan = split(make, "SELECT 1");
            assert!(!plan.contains("by trigger"), "{make}: {plan}");
        }
    }
}
