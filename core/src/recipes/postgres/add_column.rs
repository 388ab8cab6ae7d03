//! ADD COLUMN in a form that rewrites or scans the table: split into an instant part and batches.

use super::parts::constraint_name;
use super::sql::{dollar, expr, lock, object};
use super::sync::set_default;
use super::{ENGINE, add_foreign_key, add_unique, not_null, number, parts};
use crate::change::{
    AutoNumber, Change, ColumnDef, ColumnOption, Constraint, ConstraintKind, DataType, Expr, ForeignKey, Ident, Name,
    Nullability, ObjectKind, ObjectVerb, Volatility,
};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::facts::WorkKind;
use crate::order::{Gather, PushAll};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{draft, undo, verify};
use crate::recipes::shared::{key, names};
use crate::recipes::{Cx, Recipe};
use crate::report::OtherWay;
use crate::report::PhaseName::{Expand, Migrate};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-add-column",
    title: "Column added without a rewrite, filled in batches, then constrained",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::AddColumn { table, column, .. } = cx.change else { return None };
    if column.generated.is_some() || column.data_type.is_none() {
        return None;
    }
    let new = New { cx: *cx, table, column };
    if new.rewrites() {
        return None;
    }
    let filled = match (&column.auto_number, &column.default) {
        (Some(AutoNumber::Serial), _) => new.serial(),
        (Some(AutoNumber::Identity { always, .. }), _) => new.identity(*always),
        (Some(AutoNumber::AutoIncrement), _) => return None,
        (None, Some(default)) if is_volatile(default) => new.volatile(default),
        (None, Some(default)) => new.constant(default),
        (None, None) => new.plain(),
    };
    let mut steps = filled.steps;
    let mut notes = filled.notes;
    for constraint in &column.constraints {
        steps.push_all(new.constrained(constraint, &mut notes));
    }
    Some(Draft {
        checklist: vec![format!(
            "No prepared SELECT * and no COPY {table} FROM without a column list runs on old connections (both fail \
             once a column is added), or connection pools are recycled after the first step"
        )],
        notes,
        ..draft(&RECIPE, format!("Add column {table}.{}", column.name), steps)
    })
}

/// `now()` is evaluated once for all rows; what differs per row, or is not known, needs a rewrite.
fn is_volatile(default: &Expr) -> bool {
    matches!(default.volatility, Volatility::Volatile | Volatility::Unknown)
}

struct New<'a> {
    cx: Cx<'a>,
    table: &'a Name,
    column: &'a ColumnDef,
}

struct Filled {
    steps: Vec<StepDraft>,
    notes: Vec<String>,
}

impl New<'_> {
    fn name(&self) -> &Ident {
        &self.column.name
    }

    fn demands_value(&self) -> bool {
        let by_key = self.column.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. }));
        self.column.nullability == Nullability::NotNull || by_key
    }

    /// Even without default: its type is a domain with a constraint, which the server checks row by row.
    fn rewrites(&self) -> bool {
        let alone = self.bare(None, Nullability::Unsaid).change;
        let effects = self.cx.engine().effects(&alone, &self.cx.world);
        effects.work.iter().any(|work| work.kind == WorkKind::Rewrite)
    }

    /// ADD COLUMN with nothing but its type.
    fn bare(&self, default: Option<Expr>, nullability: Nullability) -> Run {
        // `serial` is no type: what it stands for is.
        let serial = matches!(self.column.auto_number, Some(AutoNumber::Serial));
        let data_type = self.column.data_type.clone().map(|t| if serial { DataType::simple(t.base) } else { t });
        let column = ColumnDef {
            data_type,
            default,
            nullability,
            auto_number: None,
            constraints: Vec::new(),
            text: String::new(),
            ..self.column.clone()
        };
        self.cx.run(Change::AddColumn { table: self.table.clone(), column: Box::new(column), if_not_exists: false })
    }

    fn drop(&self) -> Run {
        self.cx.run(Change::DropColumn {
            table: self.table.clone(),
            column: self.name().clone(),
            if_exists: false,
            cascade: false,
        })
    }

    fn expand(&self, run: Vec<Run>, back: Vec<Run>, why: &str) -> StepDraft {
        StepDraft {
            why: why.to_string(),
            undo: UndoDraft::Sql {
                run: back,
                transactional: true,
                lossy: format!("values written to {} since", self.name()),
            },
            ..StepDraft::locked(Expand, format!("Add {}.{}", self.table, self.name()), run)
        }
    }

    fn fill(&self, value: &str) -> StepDraft {
        self.job(value).step(&self.cx, Migrate, format!("Fill {}.{} for the rows that exist", self.table, self.name()))
    }

    fn job(&self, value: &str) -> Batches {
        let column = self.cx.ident(self.name());
        Batches {
            table: self.table.clone(),
            verb: RowVerb::Update { set: format!("{column} = {value}"), columns: vec![self.name().clone()] },
            condition: format!("{column} IS NULL"),
            key: key::of(&self.cx, self.table),
        }
    }

    /// NOT NULL, when demanded, after the rows are filled.
    fn prove(&self, steps: &mut Vec<StepDraft>, notes: &mut Vec<String>) {
        let keyed = self.column.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. }));
        let identity = matches!(self.column.auto_number, Some(AutoNumber::Identity { .. }));
        let proved = match keyed || identity {
            true => not_null::demand(&self.cx, Migrate, self.table, self.name()),
            false => not_null::prove(&self.cx, Migrate, self.table, self.name()),
        };
        steps.push_all(proved.steps);
        notes.push_all(proved.note);
    }

    fn assumption(&self) -> Vec<String> {
        key::of(&self.cx, self.table).assumption(self.table).into_iter().gather()
    }

    // ---- the cases

    /// No default: instant when nullable; NOT NULL needs a value for the rows that exist.
    fn plain(&self) -> Filled {
        let mut steps = vec![self.expand(
            vec![self.bare(None, Nullability::Unsaid)],
            vec![self.drop()],
            "A column without default and NOT NULL is a catalog entry.",
        )];
        let mut notes = Vec::new();
        if self.demands_value() {
            steps.push(StepDraft::deploy(
                Expand,
                format!("Deploy code that always writes {}.{}", self.table, self.name()),
                "Rows that older code inserts meanwhile have no value; they count as rows that exist.",
            ));
            steps.push(self.value_wanted());
            self.prove(&mut steps, &mut notes);
            notes.push("NOT NULL without a default says nothing about the value of the rows that exist: it has to be decided. A \
                 constant DEFAULT in the statement would make it one instant step.".to_string());
        }
        Filled { steps, notes }
    }

    /// The value is the user's: a look, and the batches to put it in.
    fn value_wanted(&self) -> StepDraft {
        let (table, column) = (self.cx.name(self.table), self.cx.ident(self.name()));
        let job = self.job("NULL /* the value of rows that exist */");
        let batches = crate::recipes::dialect::of(self.cx.world.target.engine()).batches(&self.cx, &job);
        let command = batches.into_iter().flatten().map(|r| format!("{};", r.sql)).gather().join("\n");
        StepDraft {
            why:
                "Their value is a decision, not a fact of the schema. Put it into the batches offered here, run them, \
                  look again."
                    .to_string(),
            other_ways: vec![OtherWay {
                tool: "batched UPDATE".to_string(),
                when: "replace NULL /* … */ by the value or expression for the rows that exist".to_string(),
                command,
            }],
            ..verify(
                Migrate,
                format!("Fill {}.{} for the rows that exist, then look that none is left", self.table, self.name()),
                format!("SELECT count(*) FROM {table} WHERE {column} IS NULL"),
                "0",
                "Fill the rows that are left; if new ones appear, an older version of the code still runs.",
            )
        }
    }

    /// A constant default: instant, also with NOT NULL.
    fn constant(&self, default: &Expr) -> Filled {
        let nullability = if self.demands_value() { Nullability::NotNull } else { self.column.nullability };
        let step = self.expand(
            vec![self.bare(Some(default.clone()), nullability)],
            vec![self.drop()],
            "The default is evaluated once and kept in the catalog: no row is written.",
        );
        Filled { steps: vec![step], notes: Vec::new() }
    }

    /// A default that differs per row would rewrite the table: set it for new rows only, fill the others in batches.
    fn volatile(&self, default: &Expr) -> Filled {
        let mut steps = vec![
            self.expand(
                vec![
                    self.bare(None, Nullability::Unsaid),
                    set_default(&self.cx, self.table, self.name(), &default.text),
                ],
                vec![self.drop()],
                "In two actions the default applies to new rows only, and nothing is rewritten.",
            ),
            self.fill(&default.text),
        ];
        let mut notes = self.assumption();
        if self.demands_value() {
            self.prove(&mut steps, &mut notes);
        }
        Filled { steps, notes }
    }

    fn serial(&self) -> Filled {
        let cx = &self.cx;
        let sequence = self
            .table
            .sibling(names::fit(&format!("{}_{}_seq", self.table.object, self.name()), cx.engine().ident_limit()));
        let kind = self.column.data_type.as_ref().map_or("bigint", |t| match t.base.as_str() {
            "smallint" => "smallint",
            "integer" => "integer",
            _ => "bigint",
        });
        let owned = format!(
            "CREATE SEQUENCE {} AS {kind} OWNED BY {}.{}",
            cx.name(&sequence),
            cx.name(self.table),
            cx.ident(self.name())
        );
        let next = format!("nextval({})", super::sql::regclass(cx, &sequence));
        let run = vec![
            self.bare(None, Nullability::Unsaid),
            object(ObjectVerb::Create, ObjectKind::Sequence, &sequence, None, owned),
            set_default(cx, self.table, self.name(), &next),
        ];
        let mut steps = vec![
            self.expand(
                run,
                vec![self.drop()],
                "What serial stands for, in three statements: so no row is written under the lock. The sequence goes \
                 with the column.",
            ),
            self.fill(&next),
        ];
        let mut notes = self.assumption();
        self.prove(&mut steps, &mut notes);
        Filled { steps, notes }
    }

    /// An identity cannot be added to rows without a rewrite: a sequence stands in for it until all rows have a value.
    fn identity(&self, always: bool) -> Filled {
        let cx = &self.cx;
        let bridge = names::helper_beside(cx, self.table, &[&self.name().value, "seq"]);
        let next = format!("nextval({})", super::sql::regclass(cx, &bridge));
        let create = object(
            ObjectVerb::Create,
            ObjectKind::Sequence,
            &bridge,
            None,
            format!("CREATE SEQUENCE {}", cx.name(&bridge)),
        );
        let drop = object(
            ObjectVerb::Drop,
            ObjectKind::Sequence,
            &bridge,
            None,
            format!("DROP SEQUENCE {}", cx.name(&bridge)),
        );
        let run = vec![self.bare(None, Nullability::Unsaid), create, set_default(cx, self.table, self.name(), &next)];
        let mut steps = vec![
            self.expand(
                run,
                vec![self.drop(), drop],
                "ADD COLUMN … IDENTITY would rewrite the table. A sequence numbers new rows until the identity takes \
                 over.",
            ),
            self.fill(&next),
        ];
        let mut notes = self.assumption();
        self.prove(&mut steps, &mut notes);
        steps.push(self.take_over(&bridge, always));
        if let Some(AutoNumber::Identity { options, .. }) = &self.column.auto_number
            && !options.trim().is_empty()
        {
            notes.push(format!("Sequence options ({}) have to be set on the identity afterwards.", options.trim()));
        }
        Filled { steps, notes }
    }

    /// The identity goes on where the bridge stands.
    fn take_over(&self, bridge: &Name, always: bool) -> StepDraft {
        let cx = &self.cx;
        let when = if always { "ALWAYS" } else { "BY DEFAULT" };
        let (table, column, sequence) = (cx.name(self.table), cx.ident(self.name()), cx.name(bridge));
        let bridge_class = super::sql::regclass(cx, bridge);
        let own = number::sequence_of(cx, self.table, self.name());
        let forward = format!(
            "
DECLARE
  zz_next bigint := nextval({bridge_class});
BEGIN
  ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT;
  ALTER TABLE {table} ALTER COLUMN {column} ADD GENERATED {when} AS IDENTITY;
  PERFORM setval({own}, zz_next, false);
  DROP SEQUENCE {sequence};
END
"
        );
        let back = format!(
            "
DECLARE
  zz_next bigint := nextval({own});
BEGIN
  ALTER TABLE {table} ALTER COLUMN {column} DROP IDENTITY;
  CREATE SEQUENCE {sequence};
  PERFORM setval({bridge_class}, zz_next, false);
  ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT nextval({bridge_class});
END
"
        );
        let option = |option: ColumnOption| Change::SetColumnOption {
            table: self.table.clone(),
            column: self.name().clone(),
            option,
        };
        let block = |body: &str, change: Change| Run { sql: format!("DO {}", dollar(body)), change };
        StepDraft {
            why: "Every row has a value and NOT NULL is proved, so the identity is a catalog entry. It goes on at the \
                  next number."
                .to_string(),
            undo: undo(vec![
                lock(cx, self.table, "ACCESS EXCLUSIVE"),
                block(&back, option(ColumnOption::DropIdentity)),
            ]),
            ..StepDraft::locked(
                Migrate,
                format!("Make {}.{} an identity", self.table, self.name()),
                vec![
                    lock(cx, self.table, "ACCESS EXCLUSIVE"),
                    self.without_default(),
                    block(&forward, option(ColumnOption::AddIdentity { always })),
                ],
            )
        }
    }

    /// What a block does on its way: no statement of its own.
    fn without_default(&self) -> Run {
        let change = Change::DropDefault { table: self.table.clone(), column: self.name().clone() };
        Run { sql: String::new(), change }
    }

    // ---- inline constraints

    /// An inline constraint would scan, or build an index, under the lock: each in its own online form.
    fn constrained(&self, constraint: &Constraint, notes: &mut Vec<String>) -> Vec<StepDraft> {
        let cx = &self.cx;
        let own = vec![self.name().clone()];
        let table_level =
            |kind: ConstraintKind| Constraint { kind, not_valid: false, text: String::new(), ..constraint.clone() };
        match &constraint.kind {
            ConstraintKind::PrimaryKey { .. } => {
                let wanted = table_level(ConstraintKind::PrimaryKey { columns: own });
                let mut steps = Vec::new();
                let has_value = self.column.default.is_some() || self.column.auto_number.is_some();
                if self.column.nullability != Nullability::NotNull && !has_value {
                    self.prove(&mut steps, notes);
                }
                steps.push_all(add_unique::built_and_taken_over(cx, Migrate, self.table, &wanted));
                steps
            }
            ConstraintKind::Unique { nulls_not_distinct, .. } => {
                let kind = ConstraintKind::Unique { columns: own, nulls_not_distinct: *nulls_not_distinct };
                add_unique::built_and_taken_over(cx, Migrate, self.table, &table_level(kind))
            }
            ConstraintKind::ForeignKey(fk) => {
                let kind = ConstraintKind::ForeignKey(ForeignKey { columns: own, ..fk.clone() });
                add_foreign_key::halves(cx, Migrate, self.table, &table_level(kind))
            }
            ConstraintKind::Check { expr: condition } => {
                let columns = if condition.columns.is_empty() { own } else { condition.columns.clone() };
                let kind = ConstraintKind::Check { expr: expr(condition.text.clone(), &columns) };
                let wanted = table_level(kind);
                let name = constraint_name(cx, self.table, &wanted);
                vec![
                    parts::add_not_valid(cx, Migrate, self.table, &wanted),
                    parts::validate(cx, Migrate, self.table, &name),
                ]
            }
            ConstraintKind::NotNull { .. } | ConstraintKind::Exclude => Vec::new(),
        }
    }
}
