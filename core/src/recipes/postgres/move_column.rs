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
use crate::recipes::shared::moved::{Move, by_from};
use crate::recipes::shared::{key, names};
use crate::report::PhaseName::{Expand, Migrate};
use crate::report::StepKind;
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
        key: &script.key,
        id: &script.id,
        not_null: script.not_null,
    };
    Some(Joint { draft: moved.draft(), members: script.members.clone(), even_if_safe: false })
}

/// Where a row of one table has several of the other, no trigger can say which value is the right one: people decide first.
fn undecided(cx: &Cx<'_>, script: &Move<'_>) -> Option<Draft> {
    let Move { to, from, column, old, key, id, .. } = script;
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
                id = cx.ident(id),
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
                cx.ident(key)
            ),
        ),
        _ => return None,
    };
    Some(by_hand(RECIPE.id, why, Some(first), (&format!("{from}.{old}"), &format!("{to}.{new}"))))
}

/// What no trigger can keep right, people do: what is to be decided or made so first, and the steps that lose nothing.
pub fn by_hand(recipe: &'static str, why: String, first: Option<String>, (old, new): (&str, &str)) -> Draft {
    let step = StepDraft {
        kind: StepKind::Approval,
        why,
        transactional: false,
        gate: "the checklist is done, and the script says the steps one by one: what is new first, the drop last"
            .to_string(),
        ..StepDraft::sql(Expand, format!("Decide which values {new} is to have"), Vec::new())
    };
    let mut checklist: Vec<String> = first.into_iter().collect();
    checklist.extend([
        format!("Code writes both {old} and {new}, in one transaction, and is deployed everywhere"),
        "Rows from before are filled in batches and compared, while that code runs".to_string(),
        format!("Code that reads and writes {new} only is deployed; then {old} is dropped, by a script of its own"),
    ]);
    let title = format!("Move {old} to {new}");
    Draft { recipe, title, steps: vec![step], checklist, notes: Vec::new(), as_written: false }
}

struct Moved<'a> {
    cx: Cx<'a>,
    to: &'a Name,
    column: &'a ColumnDef,
    from: &'a Name,
    /// The column as it is called there.
    old: &'a Ident,
    /// Points at `id` of the other table.
    key: &'a Ident,
    id: &'a Ident,
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

    /// `UPDATE other SET column = NEW.column` where it is not so yet, which is what ends the loop.
    fn follow(&self, table: &Name, column: &Ident, by: &Ident, own: &Ident, own_key: &Ident) -> String {
        let cx = &self.cx;
        let (column, value) = (cx.ident(column), format!("NEW.{}", cx.ident(own)));
        format!(
            "  UPDATE {} SET {column} = {value} WHERE {} = NEW.{} AND {};\n  RETURN NULL;\n",
            cx.name(table),
            cx.ident(by),
            cx.ident(own_key),
            self.differ(&column, &value)
        )
    }

    fn there(&self) -> Trigger {
        let body = self.follow(self.to, &self.column.name, self.key, self.old, self.id);
        self.trigger(self.from, "there", "AFTER INSERT OR UPDATE", body)
    }

    /// Old code makes rows without the column.
    fn filled(&self) -> Trigger {
        let (cx, new) = (&self.cx, self.added());
        let body = format!(
            "  IF NEW.{new} IS NULL THEN
    SELECT {} INTO NEW.{new} FROM {} WHERE {} = NEW.{};
  END IF;
  RETURN NEW;
",
            cx.ident(self.old),
            cx.name(self.from),
            cx.ident(self.id),
            cx.ident(self.key)
        );
        self.trigger(self.to, "filled", "BEFORE INSERT", body)
    }

    fn back(&self) -> Trigger {
        let body = self.follow(self.from, self.old, self.id, &self.column.name, self.key);
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
                    cx.ident(self.id),
                    cx.ident(self.old)
                ),
                end: format!(
                    "FOR NO KEY UPDATE) AS zz_from WHERE zz_to.{} = zz_from.{} AND {}",
                    cx.ident(self.key),
                    cx.ident(self.id),
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
                "SELECT count(*) FROM {} AS b JOIN {} AS a ON b.{} = a.{} WHERE {}",
                cx.name(self.to),
                cx.name(self.from),
                cx.ident(self.key),
                cx.ident(self.id),
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
        let request = Request {
            engine: "postgres:16".to_string(),
            sql: "ALTER TABLE b ADD COLUMN c text; UPDATE b SET c = a.c FROM a WHERE a.id = b.k; ALTER TABLE a DROP COLUMN c;"
                .to_string(),
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
}
