//! A wider type for a column, where the server would copy the table: a shadow column, and one ALTER that swaps names.
//!
//! The triggers always write the shadow from the column, by name; the swap exchanges the names, so their text is right
//! before and after it, and old and new code say the same name throughout.

use super::indexes::{self, Carried};
use super::sql::{
    HALF_WAY, LOCK_FAILURE, add_column_after, copy_of, differ, drop_column, is_mariadb, keeping_stamps,
    literal_default, modify, neutral, set_default,
};
use super::sync::{blind_spots, create_trigger, drop_trigger, trigger_name};
use super::{ENGINES, tools};
use crate::change::{Change, ColumnDef, DataType, Expr, Ident, Name, Nullability, Volatility};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::facts::Algorithm;
use crate::order::PushAll;
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{draft, undo_outside, verify};
use crate::recipes::shared::{key, names};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Contract, Expand, Migrate, Switch};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "mysql-change-type",
    title: "Type widened through a shadow column and a swap of names",
    for_engine: ENGINES,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::RedefineColumn { table, column, to, .. } = cx.change else { return None };
    let old = cx.world.schema.column(table, column)?;
    let same_rule = (old.nullability == Nullability::NotNull) == (to.nullability == Nullability::NotNull);
    let plain = |c: &ColumnDef| c.generated.is_none() && c.auto_number.is_none() && c.on_update.is_none();
    if to.name != *column || !same_rule || !plain(old) || !plain(to) {
        return None;
    }
    let fits = Fits::between(old.data_type.as_ref()?, to.data_type.as_ref()?)?;
    let shadow = Ident::new(names::fit(&format!("{}_{column}", names::PREFIX), cx.engine().ident_limit()));
    let carried = indexes::carried(cx, table, column, &shadow);
    let in_key = cx.world.schema.constraints_of_column(table, column);
    let keyed = in_key.iter().any(|c| matches!(c.kind, crate::change::ConstraintKind::ForeignKey(_)));
    let referenced = cx.world.schema.referencing(table).iter().any(|(_, c)| match &c.kind {
        crate::change::ConstraintKind::ForeignKey(key) => key.referenced_columns.contains(column),
        _ => false,
    });
    let too_long_to_index = !carried.names.is_empty() && to.data_type.as_ref().is_none_or(is_too_long_to_index);
    if carried.blocked.is_some() || keyed || referenced || too_long_to_index {
        return None;
    }
    // Where to drop the old column copies the table, as with a FULLTEXT index, the swap gains nothing.
    let drop = Change::DropColumn { table: table.clone(), column: column.clone(), if_exists: false, cascade: false };
    let primary = in_key.iter().any(|c| matches!(c.kind, crate::change::ConstraintKind::PrimaryKey { .. }));
    if !primary && cx.engine().effects(&drop, &cx.world).algorithm == Some(Algorithm::Copy) {
        return None;
    }
    let swap = Swap { cx: *cx, table, column, old, new: to, shadow, fits };
    let mut steps = vec![swap.expand(), swap.triggers(), swap.backfill(), swap.agree()];
    steps.push_all(carried.build.clone());
    steps.push(swap.swap(&carried));
    steps.push(swap.deploy());
    steps.push_all(swap.contract(&carried));
    Some(Draft {
        checklist: vec![
            format!(
                "No INSERT INTO {table} without a column list, no SELECT * read by position (the column order changes)"
            ),
            format!("Code is ready for the wider values of {table}.{column}"),
        ],
        notes: swap.notes(carried.notes),
        ..draft(&RECIPE, format!("Change the type of {table}.{column} to {}", type_text(to)), steps)
    })
}

struct Swap<'a> {
    cx: Cx<'a>,
    table: &'a Name,
    column: &'a Ident,
    old: &'a ColumnDef,
    new: &'a ColumnDef,
    shadow: Ident,
    fits: Fits,
}

impl Swap<'_> {
    /// The wider column while it is the shadow: an INSERT leaves it out.
    fn interim(&self) -> ColumnDef {
        let new = copy_of(self.new, &self.shadow);
        let literal =
            |text: &str| Some(Expr { text: text.to_string(), volatility: Volatility::Constant, columns: Vec::new() });
        match (literal_default(self.new), self.new.nullability, neutral(self.new)) {
            (Some(_), _, _) => new,
            (None, Nullability::NotNull, Some(value)) => ColumnDef { default: literal(value), ..new },
            (None, _, _) => ColumnDef { nullability: Nullability::Null, default: None, ..new },
        }
    }

    fn expand(&self) -> StepDraft {
        let alter = self.change_action(self.column, self.new);
        StepDraft {
            why: format!(
                "Changing the type in place copies {} while writes wait. A second column does not, and takes INSERTs \
                 that leave it out.",
                self.table
            ),
            transactional: false,
            undo: undo_outside(vec![drop_column(&self.cx, self.table, &self.shadow)]),
            on_failure: LOCK_FAILURE.to_string(),
            other_ways: tools::online_change(&self.cx, self.table, &alter),
            ..StepDraft::sql(
                Expand,
                format!("Add the shadow column {}.{}", self.table, self.shadow),
                vec![add_column_after(&self.cx, self.table, self.interim(), self.column)],
            )
        }
    }

    fn create_triggers(&self) -> Vec<Run> {
        let (column, shadow) = (self.cx.ident(self.column), self.cx.ident(&self.shadow));
        let value = self.fits.within_old(&format!("NEW.{column}"));
        let body = format!("SET NEW.{shadow} = {value}");
        ["UPDATE", "INSERT"]
            .map(|event| {
                let name = trigger_name(&self.cx, self.table, self.column, event);
                create_trigger(&self.cx, self.table, &name, &format!("BEFORE {event}"), &body)
            })
            .to_vec()
    }

    fn drop_triggers(&self) -> Vec<Run> {
        ["INSERT", "UPDATE"]
            .map(|event| drop_trigger(&self.cx, self.table, &trigger_name(&self.cx, self.table, self.column, event)))
            .to_vec()
    }

    fn triggers(&self) -> StepDraft {
        StepDraft {
            why: "Every write of the column reaches the shadow. The value is kept within the old type, because after \
                  the swap the shadow is the old column. The UPDATE trigger comes first: a row inserted and then \
                  updated between the two would stay stale."
                .to_string(),
            transactional: false,
            undo: undo_outside(self.drop_triggers()),
            on_failure: HALF_WAY.to_string(),
            ..StepDraft::sql(
                Expand,
                format!("Write {} into its shadow by triggers", self.column),
                self.create_triggers(),
            )
        }
    }

    fn differ(&self) -> String {
        differ(self.fits.is_text(), &self.cx.ident(&self.shadow), &self.cx.ident(self.column))
    }

    fn backfill(&self) -> StepDraft {
        let cx = &self.cx;
        let set = keeping_stamps(cx, self.table, format!("{} = {}", cx.ident(&self.shadow), cx.ident(self.column)));
        let job = Batches {
            table: self.table.clone(),
            verb: RowVerb::Update { set, columns: vec![self.shadow.clone()] },
            condition: self.differ(),
            key: key::of(cx, self.table),
        };
        job.step(cx, Migrate, format!("Fill {}.{} for the rows that exist", self.table, self.shadow))
    }

    fn agree(&self) -> StepDraft {
        verify(
            Migrate,
            format!("Compare {} and its shadow row by row", self.column),
            format!("SELECT COUNT(*) FROM {} WHERE {}", self.cx.name(self.table), self.differ()),
            "0",
            "Run the backfill again and compare again.",
        )
    }

    /// Both names exchanged in one statement; the same statement again takes it back.
    fn swap(&self, carried: &Carried) -> StepDraft {
        let forth = self.swap_run(carried, self.old, self.new);
        let back = self.swap_run(carried, self.new, self.old);
        StepDraft {
            why:
                "One statement exchanges the names of both columns and of their indexes: no moment without the column, \
                  no row is touched, and no trigger has to be replaced."
                    .to_string(),
            transactional: false,
            undo: UndoDraft::Sql {
                run: back,
                transactional: false,
                lossy: format!(
                    "values written since that the old type cannot hold are cut to its range (list them before: SELECT * \
                     FROM {} WHERE {})",
                    self.cx.name(self.table),
                    self.differ()
                ),
            },
            on_failure: LOCK_FAILURE.to_string(),
            gate: "the comparison found no difference".to_string(),
            ..StepDraft::sql(Switch, format!("Swap {} and its shadow", self.column), forth)
        }
    }

    /// `from` is the definition that the column has now, `to` that of the shadow.
    fn swap_run(&self, carried: &Carried, from: &ColumnDef, to: &ColumnDef) -> Vec<Run> {
        let (cx, v) = (&self.cx, self.cx.world.target.version);
        let renames = if is_mariadb(cx) { v.at_least(10, 5, 2) } else { v.at_least(8, 0, 0) };
        let (column, shadow) = (cx.ident(self.column), cx.ident(&self.shadow));
        let mut actions = match renames {
            true => vec![format!("RENAME COLUMN {column} TO {shadow}"), format!("RENAME COLUMN {shadow} TO {column}")],
            false => {
                let interim = |name: &Ident, of: &ColumnDef| self.change_action(name, of);
                vec![
                    interim(self.column, &copy_of(&self.kept(from), &self.shadow)),
                    interim(&self.shadow, &copy_of(&self.kept(to), self.column)),
                ]
            }
        };
        if !is_mariadb(cx) || v.at_least(10, 5, 2) {
            for (one, other) in &carried.names {
                actions.push(format!("RENAME INDEX {} TO {}", cx.ident(one), cx.ident(other)));
                actions.push(format!("RENAME INDEX {} TO {}", cx.ident(other), cx.ident(one)));
            }
        }
        let instant = if is_mariadb(cx) { renames } else { v.at_least(8, 0, 29) && carried.names.is_empty() };
        let clause = if instant { "ALGORITHM=INSTANT" } else { "ALGORITHM=INPLACE, LOCK=NONE" };
        let rename = |from: &Ident, to: &Ident| Change::RenameColumn {
            table: self.table.clone(),
            from: from.clone(),
            to: to.clone(),
        };
        vec![
            Run {
                sql: format!("ALTER TABLE {} {}, {clause}", cx.name(self.table), actions.join(", ")),
                change: rename(self.column, &self.shadow),
            },
            Run { sql: String::new(), change: rename(&self.shadow, self.column) },
        ]
    }

    /// The definition in force: the wider column has its interim default.
    fn kept(&self, of: &ColumnDef) -> ColumnDef {
        if of.data_type == self.new.data_type { self.interim() } else { of.clone() }
    }

    /// `CHANGE COLUMN name definition`, for servers without RENAME COLUMN.
    fn change_action(&self, name: &Ident, to: &ColumnDef) -> String {
        let change = Change::RedefineColumn {
            table: self.table.clone(),
            column: name.clone(),
            to: Box::new(to.clone()),
            position: None,
        };
        let printed = self.cx.run(change).sql;
        let head = format!("ALTER TABLE {} ", self.cx.name(self.table));
        let action = printed.strip_prefix(&head).unwrap_or(&printed);
        action.split(", ALGORITHM=").next().unwrap_or(action).to_string()
    }

    fn deploy(&self) -> StepDraft {
        StepDraft::deploy(
            Switch,
            format!("Deploy code that stores the wider values in {}", self.column),
            "Only now: before the swap they would have been refused.",
        )
    }

    fn contract(&self, carried: &Carried) -> Vec<StepDraft> {
        let mut steps = Vec::new();
        steps.push_all(self.let_go());
        steps.push(StepDraft {
            why: format!(
                "From here on the old values in {} are no longer kept up, so the swap cannot be taken back.",
                self.shadow
            ),
            transactional: false,
            undo: UndoDraft::Sql {
                run: self.create_triggers(),
                transactional: false,
                lossy: format!("rows written since have no value in {}: run the backfill again", self.shadow),
            },
            on_failure: HALF_WAY.to_string(),
            gate: "the new type has been in use for the soak period".to_string(),
            ..StepDraft::sql(Contract, format!("Drop the triggers on {}", self.table), self.drop_triggers())
        });
        for (_, second) in &carried.names {
            steps.push(indexes::drop_step(&self.cx, Contract, self.table, second, None));
        }
        steps.push(StepDraft {
            why: format!("It holds what {} held before the swap; nothing uses it.", self.column),
            transactional: false,
            undo: UndoDraft::Impossible(format!(
                "The old column is dropped. Its values live on in {}: the way back is another change of type.",
                self.column
            )),
            on_failure: LOCK_FAILURE.to_string(),
            gate: "nobody wants the old type back".to_string(),
            ..StepDraft::sql(
                Contract,
                format!("Drop the old column, now {}.{}", self.table, self.shadow),
                vec![drop_column(&self.cx, self.table, &self.shadow)],
            )
        });
        steps.push_all(self.as_wanted());
        steps
    }

    /// Without the triggers an INSERT would miss a value for the old column (error 1364).
    fn let_go(&self) -> Option<StepDraft> {
        let demanded = self.old.nullability == Nullability::NotNull && self.old.default.is_none();
        let value = neutral(self.old).filter(|_| demanded)?;
        let change = |default: bool| match default {
            true => set_default(&self.cx, self.table, &self.shadow, value),
            false => super::sql::drop_default(&self.cx, self.table, &self.shadow),
        };
        Some(StepDraft {
            why: format!("Without the triggers an INSERT would miss a value for {} (error 1364).", self.shadow),
            transactional: false,
            undo: undo_outside(vec![change(false)]),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(Contract, format!("Let {}.{} be left out", self.table, self.shadow), vec![change(true)])
        })
    }

    /// The definition that was asked for, where the interim one differs.
    fn as_wanted(&self) -> Option<StepDraft> {
        let interim = self.interim();
        let wanted = copy_of(self.new, self.column);
        let (run, back) = match (interim.nullability == wanted.nullability, &interim.default, &wanted.default) {
            (true, interim, wanted) if interim == wanted => return None,
            (true, Some(value), None) => (
                super::sql::drop_default(&self.cx, self.table, self.column),
                set_default(&self.cx, self.table, self.column, &value.text),
            ),
            (false, ..) if wanted.nullability != Nullability::NotNull => return None,
            _ => (modify(&self.cx, self.table, wanted), modify(&self.cx, self.table, copy_of(&interim, self.column))),
        };
        Some(StepDraft {
            why: "While both columns lived, the column took an INSERT that left it out.".to_string(),
            transactional: false,
            undo: undo_outside(vec![back]),
            on_failure: LOCK_FAILURE.to_string(),
            gate: format!("all code writes {}", self.column),
            ..StepDraft::sql(Contract, format!("Give {}.{} its final definition", self.table, self.column), vec![run])
        })
    }

    fn notes(&self, carried: Vec<String>) -> Vec<String> {
        let mut notes = blind_spots(&self.cx, self.table, self.column);
        notes.push_all(key::of(&self.cx, self.table).assumption(self.table));
        notes.push(format!("{} becomes the last column of {}.", self.column, self.table));
        notes.push_all(carried);
        notes
    }
}

fn type_text(column: &ColumnDef) -> &str {
    column.data_type.as_ref().map_or("", |t| t.text.as_str())
}

/// How a value of the wider type is kept within the old one.
pub(super) enum Fits {
    /// Between these two numbers.
    Between(String, String),
    /// At most so many characters.
    Characters(u32),
}

impl Fits {
    /// Only a wider type of the same family: anything else could make a write of running code fail.
    pub fn between(old: &DataType, new: &DataType) -> Option<Fits> {
        if let (Some(a), Some(b)) = (integer_bytes(old), integer_bytes(new)) {
            let bits = 8 * a;
            let wider = b > a && old.unsigned == new.unsigned;
            let (low, high) = match old.unsigned {
                true => (0_i128, (1_i128 << bits) - 1),
                false => (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1),
            };
            return wider.then(|| Fits::Between(low.to_string(), high.to_string()));
        }
        if let (Some((p, s)), Some((wide_p, wide_s))) = (decimal(old), decimal(new)) {
            let wider = wide_s >= s && wide_p.checked_sub(wide_s)? >= p.checked_sub(s)?;
            return (wider && old.unsigned == new.unsigned).then(|| Fits::decimal(old)).flatten();
        }
        let length = |t: &DataType| match t.base.as_str() {
            "varchar" | "char" => t.args.first().copied(),
            _ => None,
        };
        let same_charset = old.charset == new.charset;
        let (n, wide) = (length(old)?, length(new).or_else(|| is_text_type(new).then_some(u32::MAX))?);
        (wide > n && same_charset).then_some(Fits::Characters(n))
    }

    /// What a decimal type holds.
    pub fn decimal(of: &DataType) -> Option<Fits> {
        let (p, s) = decimal(of)?;
        let whole = "9".repeat(p.checked_sub(s)? as usize);
        let fraction = if s == 0 { String::new() } else { format!(".{}", "9".repeat(s as usize)) };
        let high = format!("{}{fraction}", if whole.is_empty() { "0" } else { &whole });
        let low = if of.unsigned { "0".to_string() } else { format!("-{high}") };
        Some(Fits::Between(low, high))
    }

    /// The value, cut to what the old type holds.
    pub fn within_old(&self, value: &str) -> String {
        match self {
            Fits::Between(low, high) => format!("LEAST(GREATEST({value}, {low}), {high})"),
            Fits::Characters(n) => format!("LEFT({value}, {n})"),
        }
    }

    fn is_text(&self) -> bool {
        matches!(self, Fits::Characters(_))
    }
}

/// How wide an integer type is.
pub(super) fn integer_bytes(data_type: &DataType) -> Option<u32> {
    Some(match data_type.base.as_str() {
        "tinyint" => 1,
        "smallint" => 2,
        "mediumint" => 3,
        "int" | "integer" => 4,
        "bigint" => 8,
        _ => return None,
    })
}

/// Digits, and digits behind the point.
pub(super) fn decimal(data_type: &DataType) -> Option<(u32, u32)> {
    matches!(data_type.base.as_str(), "decimal" | "numeric").then(|| {
        let arg = |n: usize, default| data_type.args.get(n).copied().unwrap_or(default);
        (arg(0, 10), arg(1, 0))
    })
}

/// An index holds 3,072 bytes of a key, four for each character of utf8mb4, and no TEXT without a prefix length.
fn is_too_long_to_index(data_type: &DataType) -> bool {
    is_text_type(data_type)
        || data_type.base == "varchar" && data_type.args.first().is_some_and(|length| *length > 3_072 / 4)
}

fn is_text_type(data_type: &DataType) -> bool {
    matches!(data_type.base.as_str(), "text" | "mediumtext" | "longtext")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data_type(base: &str, args: &[u32], unsigned: bool) -> DataType {
        DataType { args: args.to_vec(), unsigned, ..DataType::simple(base) }
    }

    #[test]
    fn only_wider_types_of_one_family_fit() {
        for (old, new, wanted) in [
            (
                data_type("int", &[], false),
                data_type("bigint", &[], false),
                Some("LEAST(GREATEST(x, -2147483648), 2147483647)"),
            ),
            (data_type("int", &[], true), data_type("bigint", &[], true), Some("LEAST(GREATEST(x, 0), 4294967295)")),
            (data_type("int", &[], true), data_type("bigint", &[], false), None),
            (data_type("bigint", &[], false), data_type("int", &[], false), None),
            (
                data_type("decimal", &[6, 2], false),
                data_type("decimal", &[12, 4], false),
                Some("LEAST(GREATEST(x, -9999.99), 9999.99)"),
            ),
            (data_type("decimal", &[6, 2], false), data_type("decimal", &[7, 4], false), None),
            (data_type("varchar", &[200], false), data_type("varchar", &[300], false), Some("LEFT(x, 200)")),
            (data_type("varchar", &[200], false), data_type("text", &[], false), Some("LEFT(x, 200)")),
            (data_type("varchar", &[20], false), data_type("int", &[], false), None),
        ] {
            assert_eq!(
                Fits::between(&old, &new).map(|f| f.within_old("x")).as_deref(),
                wanted,
                "{} {}",
                old.base,
                new.base
            );
        }
    }
}
