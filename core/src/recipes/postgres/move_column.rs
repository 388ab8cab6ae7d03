//! ADD COLUMN on one table, UPDATE … FROM another, DROP COLUMN there: a column moved, both kept in step while code moves.

use super::sides::Sides;
use super::sql::Trigger;
use super::sync::{default_of, differs, set_default};
use super::{ENGINE, not_null, partitioned};
use crate::change::{Change, ColumnDef, ConstraintKind, Ident, Name, Nullability, Volatility};
use crate::draft::{Draft, StepDraft};
use crate::order::PushAll;
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::copied::{is_written, starts_as_null};
use crate::recipes::shared::draft::verify;
use crate::recipes::shared::moved::{Move, Ratio, by_from, by_hand};
use crate::recipes::shared::pairs::each;
use crate::recipes::shared::{key, names};
use crate::report::PhaseName::{Contract, Migrate};
use crate::request::DualWrite;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "postgres-move-column",
    title: "Column moved to another table, both kept in step while code moves",
    for_engine: ENGINE,
    starts: |change| matches!(change, Change::AddColumn { .. }),
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let cx = ahead.cx;
    let script = Move::read(ahead, by_from)?;
    // The server refuses to drop what rows are put into partitions by.
    if partitioned::is_key(&cx, script.from, &script.old.name) {
        return None;
    }
    let by_trigger = cx.world.options.dual_write == DualWrite::Trigger;
    let members = script.members.clone();
    let moved = Moved { cx, by_trigger, script };
    let draft = match moved.may_follow() && by_trigger && moved.is_numbered() {
        true => undecided(&cx, &moved.script)?,
        false => moved.draft(),
    };
    Some(Joint::of(draft, members))
}

/// Where a row of one table has several of the other, no trigger can say which value is the right one: people decide first.
fn undecided(cx: &Cx<'_>, script: &Move<'_>) -> Option<Draft> {
    let Move { to, from, column, old, keys, .. } = script;
    let (new, old) = (&column.name, &old.name);
    let (why, first) = match script.ratio {
        Ratio::One => return None,
        Ratio::Merge => (
            format!(
                "Many rows of {from} belong to one row of {to}, and nothing says whose value {to}.{new} is to be: what differs is lost \
                 with the drop."
            ),
            format!(
                "SELECT {id} FROM {from} GROUP BY {id} HAVING count(DISTINCT {old}) > 1 OR count({old}) NOT IN (0, count(*)) returns no \
                 rows, or it is decided which value stands, and the rows are made so",
                id = each(cx, keys, ", ", "\u{1}"),
                from = cx.name(from),
                old = cx.ident(old)
            ),
        ),
        Ratio::Fan => (
            format!(
                "Many rows of {to} belong to one row of {from}: once they differ, {from}.{old} cannot hold their values, for old code or \
                 a way back."
            ),
            format!(
                "It is decided that the rows of {to} with one {} keep one value while old code runs, or that old code is gone before \
                 they differ",
                each(cx, keys, ", ", "\u{2}")
            ),
        ),
    };
    Some(by_hand(RECIPE.id, why, Some(first), (&format!("{from}.{old}"), &format!("{to}.{new}"))))
}

/// A column on its way from one table to another.
pub struct Moved<'a> {
    /// What is known.
    pub cx: Cx<'a>,
    by_trigger: bool,
    /// What the statements say.
    pub script: Move<'a>,
}

impl Moved<'_> {
    /// The new column, for SQL.
    pub fn added(&self) -> String {
        self.cx.ident(&self.script.column.name)
    }

    /// The old one, for SQL.
    pub fn source(&self) -> String {
        self.cx.ident(&self.script.old.name)
    }

    /// A text for each pair of joining columns: `\u{1}` stands for that of the old column's table, `\u{2}` for that of the new
    /// one's.
    pub fn by(&self, between: &str, text: &str) -> String {
        self.script.by(&self.cx, between, text)
    }

    /// Two values of the column differ.
    pub fn differ(&self, a: &str, b: &str) -> String {
        differs(self.script.column.data_type.as_ref(), a, b)
    }

    /// A trigger of the plan on one of the tables.
    pub fn trigger(&self, table: &Name, word: &str, fires: &'static str, body: String) -> Trigger {
        let name = names::helper_beside(&self.cx, table, &[&self.script.column.name.value, word]);
        Trigger { name, table: table.clone(), fires, late: "", body }
    }

    /// The default of the old column.
    pub fn given(&self) -> Option<String> {
        default_of(Some(self.script.old))
    }

    /// The server numbers it, so a row that new code makes would have a number of its own.
    fn is_numbered(&self) -> bool {
        !is_written(self.script.old)
            || self.script.old.default.is_some() && self.given().is_none() && !starts_as_null(self.script.old)
    }

    /// A row of the old column's table may be made, or come to belong to one of the other table, when that is there already.
    pub fn may_follow(&self) -> bool {
        match self.script.ratio {
            Ratio::Fan => false,
            Ratio::Merge => true,
            Ratio::One => !self.points_there(),
        }
    }

    /// A row of the new column's table is there only with one of the other: a foreign key says so.
    fn points_there(&self) -> bool {
        let schema = self.cx.world.schema;
        let own = |column: &Ident| self.script.keys.iter().any(|pair| pair.to == *column);
        schema.table(self.script.to).is_some_and(|known| {
            known.def.constraints.iter().any(|c| match &c.kind {
                ConstraintKind::ForeignKey(key) => {
                    let now = c.deferrable.is_empty() && !c.not_enforced;
                    now && schema.same_relation(&key.references, self.script.from) && key.columns.iter().all(own)
                }
                _ => false,
            })
        })
    }

    /// Old code never leaves a row of the new column's table without a value.
    fn is_always_given(&self) -> bool {
        let not_null = |table: &Name, column: &Ident| self.cx.world.schema.is_not_null(table, column) == Some(true);
        let pointing = self.points_there() && self.script.keys.iter().all(|pair| not_null(self.script.to, &pair.to));
        not_null(self.script.from, &self.script.old.name) && (pointing || self.stand_in().is_some())
    }

    /// From old to new, those of them that do less from the switch on, and from new to old.
    fn triggers(&self) -> [Vec<Trigger>; 3] {
        let mut back = vec![self.returned()];
        back.push_all(self.may_follow().then(|| self.taken(false, true)));
        match self.script.ratio {
            _ if !self.by_trigger => [Vec::new(), Vec::new(), Vec::new()],
            Ratio::One | Ratio::Merge => [vec![self.carried(), self.taken(true, false)], Vec::new(), back],
            Ratio::Fan => [
                vec![self.carried(), self.taken(true, true)],
                vec![self.carried_to_followers(), self.taken(true, false)],
                back,
            ],
        }
    }

    fn draft(&self) -> Draft {
        let (cx, to, from) = (self.cx, self.script.to, self.script.from);
        let (old, new, mut settle) = (self.script.old_name(), self.script.new_name(), Vec::new());
        let mut column =
            ColumnDef { text: String::new(), nullability: Nullability::Unsaid, ..self.script.column.clone() };
        let (table, added) = (to.clone(), column.name.clone());
        let drop_default =
            |table: &Name, column: &Ident| cx.run(Change::DropDefault { table: table.clone(), column: column.clone() });
        let mut make = Vec::new();
        if let Some(default) = self.stand_in() {
            settle.push(set_default(&cx, to, &added, &default));
            // The rows that exist keep it, without a rewrite.
            match column.default.as_ref().map(|d| d.volatility) {
                Some(Volatility::Constant | Volatility::Stable) => make.push(drop_default(to, &added)),
                _ => column.default = None,
            }
        }
        make.insert(0, cx.run(Change::AddColumn { table: to.clone(), column: Box::new(column), if_not_exists: false }));
        let (mut fill, mut proved) = (vec![self.fill()], Vec::new());
        if self.script.not_null {
            match self.by_trigger && !self.is_always_given() {
                true => proved = not_null::prove(&cx, Contract, to, &added).steps,
                false => fill.push_all(not_null::prove(&cx, Migrate, to, &added).steps),
            }
        }
        let freed = self.given().filter(|_| self.by_trigger && self.may_follow());
        let freed = freed
            .map(|d| [drop_default(from, &self.script.old.name), set_default(&cx, from, &self.script.old.name, &d)]);
        let [there, narrowed, back] = self.triggers();
        let (mut checklist, mut notes) = (Vec::new(), Vec::new());
        notes.push(match self.by_trigger {
            true => format!(
                "Values of {from} rows without a row in {to} have no place there: they are gone with {old}. While both \
                 live, a new row of {to} without a value takes that of {from}."
            ),
            false => {
                format!("Values of {from} rows without a row in {to} have no place there: they are gone with {old}.")
            }
        });
        if self.by_trigger {
            checklist.push(format!(
                "Who writes {from} has the rights to read and write {to}, and the other way round: triggers write in their name"
            ));
            for (table, column) in [(from, &old), (to, &new)] {
                checklist.push_all(partitioned::none_made(&cx, table));
                checklist.push_all(partitioned::is_partitioned(&cx, table).then(|| {
                    format!(
                        "No UPDATE changes {column} and puts the row into another partition of {table} at once, and code that \
                         moves rows repeats it after error 40001: triggers see a row that goes and one that comes"
                    )
                }));
            }
            notes.push_all(self.many_notes());
        }
        let sides = Sides {
            cx,
            recipe: RECIPE.id,
            from,
            columns: vec![self.script.old.name.clone()],
            to,
            make,
            unmake: cx.run(Change::DropColumn { table, column: added, if_exists: false, cascade: false }),
            there,
            narrowed,
            back,
            first: self.prepared(),
            decide: self.script.decision(&cx),
            fill,
            agree: self.agree(&new),
            lost: Some(self.homeless()),
            freed,
            proved,
            settle,
            checklist,
            notes,
            old,
            new,
        };
        sides.draft()
    }

    /// The default of the new column, which its rows get with the last step: by NULL the trigger sees that code left it out.
    pub fn stand_in(&self) -> Option<String> {
        default_of(Some(self.script.column)).filter(|_| self.by_trigger)
    }

    fn homeless(&self) -> StepDraft {
        let (cx, from, to) = (&self.cx, self.script.from, self.script.to);
        verify(
            Contract,
            format!("Look for values of {} without a row in {to}", self.script.old_name()),
            format!(
                "SELECT count(*) FROM {} AS a WHERE a.{} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {} AS b WHERE {})",
                cx.name(from),
                self.source(),
                cx.name(to),
                self.by(" AND ", "b.\u{2} = a.\u{1}")
            ),
            "0, or values that may go with the column",
            &format!("Add the rows of {to} for those that are to stay, or keep the values beside the table."),
        )
    }

    /// The row that is read is locked, so that no older value overtakes a newer one.
    fn fill(&self) -> StepDraft {
        let title = format!("Fill {} from {}", self.script.new_name(), self.script.old_name());
        if self.script.ratio == Ratio::Fan {
            return self.fill_fan(title);
        }
        let (cx, column) = (&self.cx, self.added());
        let (own, value) = (format!("zz_to.{column}"), format!("zz_from.{}", self.source()));
        let job = Batches {
            table: self.script.from.clone(),
            verb: RowVerb::CopyInto {
                into: self.script.to.clone(),
                head: format!(
                    "UPDATE {} AS zz_to SET {column} = {value} FROM (SELECT {}, {}",
                    cx.name(self.script.to),
                    self.by(", ", "\u{1}"),
                    self.source()
                ),
                end: format!(
                    "FOR NO KEY UPDATE) AS zz_from WHERE {} AND {}",
                    self.by(" AND ", "zz_to.\u{2} = zz_from.\u{1}"),
                    self.differ(&own, &value)
                ),
            },
            condition: String::new(),
            key: key::of(cx, self.script.from),
        };
        job.step(cx, Migrate, title)
    }

    fn agree(&self, new: &str) -> StepDraft {
        let cx = &self.cx;
        verify(
            Migrate,
            format!("Compare {new} with {}", self.script.old_name()),
            format!(
                "SELECT count(*) FROM {} AS b JOIN {} AS a ON {} WHERE {}",
                cx.name(self.script.to),
                cx.name(self.script.from),
                self.by(" AND ", "b.\u{2} = a.\u{1}"),
                self.differ(&format!("b.{}", self.added()), &format!("a.{}", self.source()))
            ),
            "0",
            "Run the backfill again and compare again.",
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::request::Request;

    /// The titles of the steps, and the checklist.
    fn planned(schema: &str) -> String {
        asked(schema, "a.id = b.k")
    }

    fn asked(schema: &str, by: &str) -> String {
        let request = Request {
            engine: "postgres:16".to_string(),
            sql: format!(
                "ALTER TABLE b ADD COLUMN c text; UPDATE b SET c = a.c FROM a WHERE {by}; ALTER TABLE a DROP COLUMN c;"
            ),
            schema: Some(schema.to_string()),
            ..Request::default()
        };
        let report = crate::plan(&request);
        let steps = report.phases.iter().flat_map(|phase| &phase.steps).map(|step| step.title.clone());
        steps.chain(report.checklist).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn how_many_rows_belong_to_one_decides_how_they_are_kept() {
        let one = planned("CREATE TABLE a (id int PRIMARY KEY, c text); CREATE TABLE b (k int UNIQUE);");
        assert!(one.contains("kept in step by trigger") && !one.contains("Decide"), "{one}");
        let merge = "CREATE TABLE a (n int PRIMARY KEY, id int, c text); CREATE TABLE b (k int PRIMARY KEY);";
        let many_old = planned(merge);
        assert!(many_old.contains("Look for rows of a with one id that differ in c"), "{many_old}");
        assert!(
            many_old.contains("Build index a_id_idx") && many_old.contains("kept in step by trigger"),
            "{many_old}"
        );
        let given = planned(&merge.replace("c text", "c text DEFAULT 'x'"));
        assert!(given.contains("kept in step by trigger") && !given.contains("Decide"), "{given}");
        let given = planned(&merge.replace("c text", "c text DEFAULT nextval('s')"));
        assert!(
            given.contains("Decide which values b.c is to have") && given.contains("HAVING count(DISTINCT"),
            "{given}"
        );
        let many_new =
            planned("CREATE TABLE a (id int PRIMARY KEY, c text); CREATE TABLE b (n int PRIMARY KEY, k int);");
        assert!(many_new.contains("Decide from when on rows of b with one k may differ"), "{many_new}");
        assert!(many_new.contains("Build index b_k_idx") && many_new.contains("kept in step by trigger"), "{many_new}");
        let neither = planned("CREATE TABLE a (n int PRIMARY KEY, id int, c text); CREATE TABLE b (n int, k int);");
        assert!(!neither.contains("trigger"), "{neither}");
    }

    #[test]
    fn a_unique_index_is_a_key() {
        let indexed = |index: &str| {
            planned(&format!(
                "CREATE TABLE a (id int PRIMARY KEY, c text); CREATE TABLE b (n int PRIMARY KEY, k int); CREATE {index};"
            ))
        };
        let several = "Decide from when on rows of b with one k may differ";
        let one = indexed("UNIQUE INDEX i ON b (k)");
        assert!(one.contains("kept in step by trigger") && !one.contains(several), "{one}");
        for index in [
            "INDEX i ON b (k)",
            "UNIQUE INDEX i ON b (k) WHERE n > 7",
            "UNIQUE INDEX i ON b (abs(k))",
            "UNIQUE INDEX i ON b (k, abs(n))",
            "UNIQUE INDEX i ON b (k, n)",
            "UNIQUE INDEX i ON b (k COLLATE \"C\")",
        ] {
            let plan = indexed(index);
            assert!(plan.contains(several), "{index}: {plan}");
        }
    }

    #[test]
    fn a_key_of_several_columns_joins_as_one() {
        let plan = |schema: &str| asked(schema, "(a.id, a.m) = (b.k, b.l)");
        let decide = "Decide which values b.c is to have";
        let a = "CREATE TABLE a (id int, m int, c text, PRIMARY KEY (m, id));";
        let one = plan(&format!("{a} CREATE TABLE b (n int PRIMARY KEY, k int, l int, UNIQUE (k, l));"));
        assert!(!one.contains(decide) && one.contains("kept in step by trigger"), "{one}");
        let part = plan(&format!("{a} CREATE TABLE b (k int PRIMARY KEY, l int);"));
        assert!(!part.contains(decide) && part.contains("kept in step by trigger"), "{part}");
        let many = plan(
            "CREATE TABLE a (id int, m int, n int, c text, UNIQUE (id, m, n)); CREATE TABLE b (k int, l int, UNIQUE (k, l));",
        );
        assert!(
            !many.contains(decide) && many.contains("Look for rows of a with one id, m that differ in c"),
            "{many}"
        );
        let given = plan(
            "CREATE TABLE a (id int, m int, n int, c text DEFAULT nextval('s'), UNIQUE (id, m, n)); CREATE TABLE b (k int, l int, UNIQUE (k, l));",
        );
        assert!(given.contains(decide) && given.contains("SELECT id, m FROM a GROUP BY id, m HAVING"), "{given}");
        let fan = plan(&format!("{a} CREATE TABLE b (n int PRIMARY KEY, k int, l int);"));
        assert!(fan.contains("Decide from when on rows of b with one k, l may differ"), "{fan}");
        assert!(fan.contains("Build index b_k_l_idx"), "{fan}");
    }
}
