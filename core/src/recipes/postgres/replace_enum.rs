//! An enum made anew without a label: the new type beside the old one, its columns swapped, both names exchanged.
//!
//! In scripts: CREATE TYPE new, ALTER COLUMN … TYPE new, DROP TYPE old, ALTER TYPE new RENAME TO old; or the old one renamed
//! aside first.

use super::ENGINE;
use super::around::Around;
use super::change_type::Conversion;
use super::rename_enum_value::columns_of;
use super::sql::by_trigger_anyway;
use super::sql::object;
use super::swap_type::{Phases, Swap};
use super::sync::Convert;
use crate::change::{Change, DataType, Expr, Ident, Name, ObjectKind, ObjectVerb};
use crate::draft::{Draft, Run, StepDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::draft::{listed, verify};
use crate::recipes::shared::names::fit;
use crate::recipes::shared::words;
use crate::report::PhaseName::Expand;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "postgres-replace-enum",
    title: "Enum made anew without a label, its columns swapped, its name kept",
    for_engine: ENGINE,
    starts: |change| {
        matches!(
            change,
            Change::CreateEnum { .. }
                | Change::DropDefault { .. }
                | Change::Object { verb: ObjectVerb::Rename, kind: ObjectKind::Type, .. }
        )
    },
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let cx = ahead.cx;
    let script = Script::read(ahead)?;
    let (members, exchange) = (script.members.clone(), script.exchange(&cx)?);
    Some(Joint::of(by_trigger_anyway(&cx, exchange.draft()?), members))
}

/// The statements, taken apart.
#[derive(Default)]
struct Script<'a> {
    members: Vec<usize>,
    made: Option<(&'a Name, &'a [String])>,
    renamed: Option<(&'a Name, Ident)>,
    dropped: Option<&'a Name>,
    columns: Vec<(&'a Name, &'a Ident, &'a DataType, Option<&'a Expr>)>,
    defaults: Vec<(&'a Name, &'a Ident, Option<&'a Expr>)>,
}

impl<'a> Script<'a> {
    fn read(ahead: &Ahead<'a>) -> Option<Script<'a>> {
        let schema = ahead.cx.world.schema;
        let mut found = Script::default();
        for (at, statement) in ahead.statements.iter().enumerate() {
            for change in &statement.changes {
                match change {
                    Change::Transaction(_) | Change::Session(_) => continue,
                    Change::CreateEnum { name, labels } if found.made.is_none() => found.made = Some((name, labels)),
                    Change::Object { verb: ObjectVerb::Rename, kind: ObjectKind::Type, name: Some(name), .. } => {
                        found.renamed = Some((name, renamed_to(statement.sql)?));
                    }
                    Change::Object { verb: ObjectVerb::Drop, kind: ObjectKind::Type, name: Some(name), .. } => {
                        found.dropped = Some(name);
                    }
                    Change::ChangeColumnType { table, column, to, using, .. } => {
                        found.columns.push((schema.known_name(table), column, to, using.as_ref()));
                    }
                    Change::DropDefault { table, column } => {
                        found.defaults.push((schema.known_name(table), column, None));
                    }
                    Change::SetDefault { table, column, default } => {
                        let table = schema.known_name(table);
                        found.defaults.retain(|(t, c, _)| (*t, *c) != (table, column));
                        found.defaults.push((table, column, Some(default)));
                    }
                    _ => return None,
                }
                found.members.push(at);
            }
            if found.made.is_some() && found.renamed.is_some() && found.dropped.is_some() {
                found.members.dedup();
                return Some(found);
            }
        }
        None
    }

    /// The three names, if this is an exchange of one type for another of its name.
    fn exchange(&self, cx: &Cx<'a>) -> Option<Exchange<'a>> {
        let ((made, labels), (renamed, to), dropped) = (self.made?, self.renamed.as_ref()?, self.dropped?);
        let limit = cx.engine().ident_limit();
        let beside = |name: &Name, word: &str| name.sibling(fit(&format!("{}_{word}", name.object), limit));
        if made != *renamed || dropped.object != *to {
            return None;
        }
        // Either the new type takes the old one's name at the end, or the old one left it at the start.
        let (name, new, old) = match cx.world.schema.enum_labels(dropped) {
            Some(_) => (dropped, made.clone(), beside(dropped, "old")),
            None => (made, beside(made, "new"), dropped.clone()),
        };
        let before = cx.world.schema.enum_labels(name)?;
        let known = columns_of(cx, name);
        let own = |(table, column): &(Name, Ident)| self.columns.iter().any(|(t, c, ..)| *t == table && *c == column);
        let plain = self.columns.iter().all(|(_, column, to, using)| {
            to.name().object == made.object && using.is_none_or(|using| is_cast(&using.text, column))
        });
        let whole = known.len() == self.columns.len() && known.iter().all(own) && !known.is_empty();
        let defaults = self.defaults.iter().map(|(t, c, d)| ((*t).clone(), (*c).clone(), d.map(|d| d.text.clone())));
        (whole && plain).then(|| Exchange {
            cx: *cx,
            name: name.clone(),
            data_type: DataType::simple(cx.name(&new)),
            new,
            old,
            labels: labels.to_vec(),
            before: before.to_vec(),
            columns: self.columns.iter().map(|(table, column, ..)| (*table, *column)).gather(),
            defaults: defaults.gather(),
        })
    }
}

/// `ALTER TYPE a RENAME TO b`.
fn renamed_to(sql: &str) -> Option<Ident> {
    let rename = words::find_clause(sql, "rename", 0)?;
    let to = words::find_clause(sql, "to", rename)?;
    Some(words::stored(sql.get(to + "to".len()..)?))
}

/// `column::text::type`, and nothing else.
fn is_cast(using: &str, column: &Ident) -> bool {
    let bare: String = using.chars().filter(|c| !c.is_whitespace() && *c != '"').collect();
    let rest = bare.strip_prefix(column.value.as_str()).or_else(|| bare.strip_prefix(&format!("({}", column.value)));
    rest.is_some_and(|rest| {
        rest.starts_with("::text") && rest.chars().all(|c| c.is_alphanumeric() || matches!(c, ':' | '_' | '.' | ')'))
    })
}

struct Exchange<'a> {
    cx: Cx<'a>,
    name: Name,
    new: Name,
    old: Name,
    /// The new type, as long as it has its first name.
    data_type: DataType,
    labels: Vec<String>,
    before: Vec<String>,
    columns: Vec<(&'a Name, &'a Ident)>,
    defaults: Vec<(Name, Ident, Option<String>)>,
}

impl Exchange<'_> {
    fn draft(&self) -> Option<Draft> {
        let cx = &self.cx;
        let conversion = self.conversion();
        let mut all: Vec<Phases> = Vec::new();
        for (table, column) in &self.columns {
            let known = cx.world.schema.column(table, column)?;
            let said = self.defaults.iter().find(|(t, c, _)| t == *table && c == *column);
            let swap = Swap {
                cx: *cx,
                table,
                column,
                known,
                before: known.data_type.as_ref()?,
                to: &self.data_type,
                collation: None,
                conversion: &conversion,
                around: Around::of(cx, table, column)?,
                apart: Vec::new(),
                parent: None,
                default: said.map(|(_, _, default)| default.clone()),
            };
            all.push(swap.phases());
        }
        let mut steps = self.before_all();
        steps.push_all(all.iter().flat_map(|p| p.expand.clone()));
        steps.push_all(all.iter().flat_map(|p| p.migrate.clone()));
        let mut contract: Vec<StepDraft> = all.iter().flat_map(|p| p.contract.clone()).gather();
        let mut notes: Vec<String> = all.iter().flat_map(|p| p.notes.clone()).gather();
        steps.push_all(self.exchange(all));
        if let Some(last) = contract.last_mut() {
            let sql = format!("DROP TYPE {}", cx.name(&self.old));
            last.run.push(object(ObjectVerb::Drop, ObjectKind::Type, &self.old, None, sql));
        }
        steps.push_all(contract);
        notes.dedup();
        notes.push(format!(
            "Functions and casts that take {} by type are bound to the old one: make them again in the exchange. What says the \
             name in its text follows.",
            self.name
        ));
        let gone = self.gone();
        let title = match gone.is_empty() {
            true => format!("Replace enum {}", self.name),
            false => format!("Remove {} from enum {}", listed(&gone), self.name),
        };
        Some(Draft {
            recipe: RECIPE.id,
            title,
            steps,
            checklist: vec![format!("No running code writes or expects the labels that {} loses", self.name)],
            notes,
            as_written: false,
        })
    }

    fn gone(&self) -> Vec<String> {
        self.before.iter().filter(|label| !self.labels.contains(label)).cloned().gather()
    }

    fn list(&self, labels: &[String]) -> String {
        labels.iter().map(|label| self.cx.engine().literal(label)).gather().join(", ")
    }

    /// Through text: labels are the same words in both types. Back only those that the old one has.
    fn conversion(&self) -> Conversion {
        let (new, old, labels) = (self.cx.name(&self.new), self.cx.name(&self.old), self.list(&self.before));
        Conversion {
            to_new: Convert::written(|value| format!("CAST(CAST({value} AS text) AS {new})")),
            to_old: Convert::written(|value| {
                format!("CASE WHEN CAST({value} AS text) IN ({labels}) THEN CAST(CAST({value} AS text) AS {old}) END")
            }),
            narrow: self.labels.iter().any(|label| !self.before.contains(label)),
            note: None,
        }
    }

    /// The type, and a look that no row has a label that goes.
    fn before_all(&self) -> Vec<StepDraft> {
        let cx = &self.cx;
        let drop =
            object(ObjectVerb::Drop, ObjectKind::Type, &self.new, None, format!("DROP TYPE {}", cx.name(&self.new)));
        let create = cx.run(Change::CreateEnum { name: self.new.clone(), labels: self.labels.clone() });
        let mut steps = Vec::new();
        let gone = self.gone();
        if !gone.is_empty() {
            steps.push(StepDraft::deploy(
                Expand,
                format!("Deploy code that no longer writes {}", listed(&gone)),
                "From the trigger on, a row with such a label is refused.",
            ));
            for (table, column) in &self.columns {
                let (t, c, list) = (cx.name(table), cx.ident(column), self.list(&gone));
                steps.push(StepDraft {
                    why: "Their new value is a decision: an UPDATE in batches, before going on.".to_string(),
                    ..verify(
                        Expand,
                        format!("Look for rows of {table} with a label that goes"),
                        format!("SELECT count(*) FROM {t} WHERE {c} IN ({list})"),
                        "0",
                        "Give such rows another label in batches, stop the code that writes it, look again.",
                    )
                });
            }
        }
        steps.push(StepDraft {
            why: "Beside the old type; nobody uses it yet.".to_string(),
            undo: crate::recipes::shared::draft::undo(vec![drop]),
            ..StepDraft::sql(Expand, format!("Create enum {}", self.new), vec![create])
        });
        steps
    }

    fn rename(&self, from: &Name, to: &Name) -> Run {
        let sql = format!("ALTER TYPE {} RENAME TO {}", self.cx.name(from), self.cx.ident(&to.object));
        object(ObjectVerb::Rename, ObjectKind::Type, from, None, sql)
    }

    /// All columns and both type names in one transaction: the name can move only once.
    fn exchange(&self, all: Vec<Phases>) -> Vec<StepDraft> {
        let mut steps = Vec::new();
        let mut merged: Option<StepDraft> = None;
        let mut forth = vec![self.rename(&self.name, &self.old), self.rename(&self.new, &self.name)];
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut back = vec![self.rename(&self.name, &self.new), self.rename(&self.old, &self.name)];
        let mut lossy = String::new();
        for mut phases in all {
            let swap = phases.switch.pop();
            steps.push_all(phases.switch);
            if let Some(swap) = swap {
                forth.push_all(swap.run.iter().cloned());
                merged.get_or_insert(swap);
            }
            before.push_all(phases.back.before);
            back.push_all(phases.back.exchange);
            after.push_all(phases.back.after);
            lossy = phases.back.lossy;
        }
        let back = super::swap_back::Back { before, exchange: back, after, lossy };
        steps.push_all(merged.map(|step| StepDraft {
            title: format!("Exchange enum {} for the new one, with its columns", self.name),
            run: forth,
            undo: back.undo(),
            ..step
        }));
        steps
    }
}
