//! ADD COLUMN on one table, UPDATE … FROM another, DROP COLUMN there: a column moved, both kept in step while code moves.

use super::sides::Sides;
use super::sql::Trigger;
use super::sync::differs;
use super::{ENGINE, not_null, partitioned};
use crate::change::{Change, ColumnDef, Ident, Name, Nullability};
use crate::draft::{Draft, StepDraft};
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::verify;
use crate::recipes::shared::moved::{Move, by_from, by_hand};
use crate::recipes::shared::pairs::{Pair, each};
use crate::recipes::shared::{key, names};
use crate::report::PhaseName::Migrate;
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
    let script = Move::of_many(ahead, by_from)?;
    if script.one_each != (true, true) {
        return Some(Joint { draft: undecided(&cx, &script)?, members: script.members.clone(), even_if_safe: false });
    }
    let apart = [script.to, script.from].into_iter().any(|table| partitioned::is_partitioned(&cx, table));
    if apart || cx.world.options.dual_write != DualWrite::Trigger {
        return None;
    }
    let moved = Moved {
        cx,
        to: script.to,
        column: script.column,
        from: script.from,
        old: &script.old.name,
        keys: &script.keys,
        not_null: script.not_null,
    };
    Some(Joint { draft: moved.draft(), members: script.members.clone(), even_if_safe: false })
}

/// Where a row of one table has several of the other, no trigger can say which value is the right one: people decide first.
fn undecided(cx: &Cx<'_>, script: &Move<'_>) -> Option<Draft> {
    let Move { to, from, column, old, keys, .. } = script;
    let (new, old) = (&column.name, &old.name);
    let (why, first) = match script.one_each {
        (true, false) => (
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
        (false, true) => (
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
        _ => return None,
    };
    Some(by_hand(RECIPE.id, why, Some(first), (&format!("{from}.{old}"), &format!("{to}.{new}"))))
}

struct Moved<'a> {
    cx: Cx<'a>,
    to: &'a Name,
    column: &'a ColumnDef,
    from: &'a Name,
    /// The column as it is called there.
    old: &'a Ident,
    /// By which columns a row of the one table is found in the other.
    keys: &'a [Pair],
    not_null: bool,
}

impl Moved<'_> {
    fn added(&self) -> String {
        self.cx.ident(&self.column.name)
    }

    fn differ(&self, a: &str, b: &str) -> String {
        differs(self.column.data_type.as_ref(), a, b)
    }

    fn trigger(&self, table: &Name, word: &str, fires: &'static str, body: String) -> Trigger {
        let name = names::helper_beside(&self.cx, table, &[&self.column.name.value, word]);
        Trigger { name, table: table.clone(), fires, late: "", body }
    }

    /// `UPDATE other SET column = NEW.column` where it is not so yet, which is what ends the loop. `by` says which row.
    fn follow(&self, table: &Name, column: &Ident, own: &Ident, by: &str) -> String {
        let cx = &self.cx;
        let (column, value) = (cx.ident(column), format!("NEW.{}", cx.ident(own)));
        format!(
            "  UPDATE {} SET {column} = {value} WHERE {} AND {};\n  RETURN NULL;\n",
            cx.name(table),
            self.by(by),
            self.differ(&column, &value)
        )
    }

    /// The joining columns of both tables, each pair in such a text.
    fn by(&self, text: &str) -> String {
        each(&self.cx, self.keys, " AND ", text)
    }

    fn there(&self) -> Trigger {
        let body = self.follow(self.to, &self.column.name, self.old, "\u{2} = NEW.\u{1}");
        self.trigger(self.from, "there", "AFTER INSERT OR UPDATE", body)
    }

    /// Old code makes rows without the column.
    fn filled(&self) -> Trigger {
        let (cx, new) = (&self.cx, self.added());
        let body = format!(
            "  IF NEW.{new} IS NULL THEN
    SELECT {} INTO NEW.{new} FROM {} WHERE {};
  END IF;
  RETURN NEW;
",
            cx.ident(self.old),
            cx.name(self.from),
            self.by("\u{1} = NEW.\u{2}")
        );
        self.trigger(self.to, "filled", "BEFORE INSERT", body)
    }

    fn back(&self) -> Trigger {
        let body = self.follow(self.from, self.old, &self.column.name, "\u{1} = NEW.\u{2}");
        self.trigger(self.to, "back", "AFTER INSERT OR UPDATE", body)
    }

    fn draft(&self) -> Draft {
        let (cx, to, from) = (self.cx, self.to, self.from);
        let (old, new) = (format!("{from}.{}", self.old), format!("{to}.{}", self.column.name));
        let column = ColumnDef { text: String::new(), nullability: Nullability::Unsaid, ..self.column.clone() };
        let (table, added) = (to.clone(), column.name.clone());
        let mut fill = vec![self.fill(&new)];
        if self.not_null {
            fill.extend(not_null::prove(&cx, Migrate, to, &self.column.name).steps);
        }
        let sides = Sides {
            cx,
            recipe: RECIPE.id,
            from,
            columns: vec![self.old.clone()],
            to,
            make: vec![cx.run(Change::AddColumn { table: to.clone(), column: Box::new(column), if_not_exists: false })],
            unmake: cx.run(Change::DropColumn { table, column: added, if_exists: false, cascade: false }),
            there: vec![self.there(), self.filled()],
            back: self.back(),
            fill,
            agree: self.agree(&new),
            checklist: Vec::new(),
            notes: vec![format!(
                "Values of {from} rows without a row in {to} have no place there: they are gone with {old}. While both \
                 live, a new row of {to} without a value takes that of {from}."
            )],
            old,
            new,
        };
        sides.draft()
    }

    /// The row that is read is locked, so that no older value overtakes a newer one.
    fn fill(&self, new: &str) -> StepDraft {
        let (cx, column) = (&self.cx, self.added());
        let (own, value) = (format!("zz_to.{column}"), format!("zz_from.{}", cx.ident(self.old)));
        let job = Batches {
            table: self.from.clone(),
            verb: RowVerb::CopyInto {
                into: self.to.clone(),
                head: format!(
                    "UPDATE {} AS zz_to SET {column} = {value} FROM (SELECT {}, {}",
                    cx.name(self.to),
                    each(cx, self.keys, ", ", "\u{1}"),
                    cx.ident(self.old)
                ),
                end: format!(
                    "FOR NO KEY UPDATE) AS zz_from WHERE {} AND {}",
                    self.by("zz_to.\u{2} = zz_from.\u{1}"),
                    self.differ(&own, &value)
                ),
            },
            condition: String::new(),
            key: key::of(cx, self.from),
        };
        job.step(cx, Migrate, format!("Fill {new} from {}.{}", self.from, self.old))
    }

    fn agree(&self, new: &str) -> StepDraft {
        let cx = &self.cx;
        verify(
            Migrate,
            format!("Compare {new} with {}.{}", self.from, self.old),
            format!(
                "SELECT count(*) FROM {} AS b JOIN {} AS a ON {} WHERE {}",
                cx.name(self.to),
                cx.name(self.from),
                self.by("b.\u{2} = a.\u{1}"),
                self.differ(&format!("b.{}", self.added()), &format!("a.{}", cx.ident(self.old)))
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
    fn which_of_several_values_stands_is_for_people_to_decide() {
        let decide = "Decide which values b.c is to have";
        let one = planned("CREATE TABLE a (id int PRIMARY KEY, c text); CREATE TABLE b (k int UNIQUE);");
        assert!(!one.contains(decide) && one.contains("kept in step by trigger"), "{one}");
        let many_old =
            planned("CREATE TABLE a (n int PRIMARY KEY, id int, c text); CREATE TABLE b (k int PRIMARY KEY);");
        assert!(many_old.contains(decide) && many_old.contains("SELECT id FROM a GROUP BY id HAVING"), "{many_old}");
        let many_new =
            planned("CREATE TABLE a (id int PRIMARY KEY, c text); CREATE TABLE b (n int PRIMARY KEY, k int);");
        assert!(many_new.contains(decide) && many_new.contains("rows of b with one k"), "{many_new}");
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
        assert!(many.contains(decide) && many.contains("SELECT id, m FROM a GROUP BY id, m HAVING"), "{many}");
    }
}
