//! ADD … EXCLUDE: overlaps looked for with an index built concurrently, so that the window cannot end in a refusal.

use super::parts::{add_constraint, build_index, constraint_name, drop_index_online, undo_constraint};
use super::sql::no_limits;
use super::{ENGINE, exclude_by_copy, partitioned};
use crate::change::{Change, Constraint, ConstraintKind, IndexDef, IndexPart, Name};
use crate::draft::{Draft, StepDraft};
use crate::order::Gather;
use crate::recipes::shared::draft::{draft, undo_outside, verify};
use crate::recipes::shared::{names, words};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Expand, Migrate};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-add-exclusion",
    title: "Exclusion constraint in a window that cannot fail: overlaps are looked for before",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::AddConstraint { table, constraint } = cx.change else { return None };
    if !matches!(constraint.kind, ConstraintKind::Exclude) || partitioned::is_partitioned(cx, table) {
        return None;
    }
    let table = cx.world.schema.known_name(table);
    let [build, look, drop] = look(cx, table, constraint)?;
    let name = constraint_name(cx, table, constraint);
    let hindrance = exclude_by_copy::hindrance(cx, table);
    Some(Draft {
        checklist: vec![
            format!("Window of low traffic agreed for: add exclusion constraint {name}"),
            format!("Running code writes no rows of {table} that exclude each other"),
        ],
        notes: hindrance.into_iter().map(|why| format!(
            "Without a window, a copy of {table} that has the constraint would take its place; no such plan is made here: {why}."
        )).gather(),
        ..draft(
            &RECIPE,
            format!("Add exclusion constraint {name} to {table}"),
            vec![build, look, add(cx, table, constraint), drop],
        )
    })
}

/// Builds an index by which rows that exclude each other are found, looks for them, drops the index.
pub fn look(cx: &Cx<'_>, table: &Name, constraint: &Constraint) -> Option<[StepDraft; 3]> {
    let parts = Parts::read(&constraint.text)?;
    let index = parts.index(cx, table)?;
    let helper = index.name.clone()?;
    let mut run = no_limits();
    run.push(drop_index_online(cx, &helper, table));
    Some([
        build_index(cx, Expand, &index),
        StepDraft {
            why: "Such rows make the constraint fail after its whole time. The index makes the look quick.".to_string(),
            ..verify(
                Expand,
                format!("Look for rows of {table} that exclude each other"),
                parts.overlaps(cx, table),
                "0",
                "Repair such rows, deploy code that writes no more of them, look again.",
            )
        },
        StepDraft {
            why: "The constraint has an index of its own.".to_string(),
            transactional: false,
            undo: undo_outside(build_index(cx, Migrate, &index).run),
            on_failure: "Run it again.".to_string(),
            ..StepDraft::sql(Migrate, format!("Drop index {} concurrently", helper.object), run)
        },
    ])
}

fn add(cx: &Cx<'_>, table: &Name, constraint: &Constraint) -> StepDraft {
    let name = constraint_name(cx, table, constraint);
    StepDraft {
        why: "An exclusion constraint has neither NOT VALID nor USING INDEX: every row is probed under the lock, about \
              10,000 rows a second, while reads and writes wait. It will not be refused: no rows exclude each other."
            .to_string(),
        undo: undo_constraint(cx, table, &name, None),
        on_failure: "Cancelled or failed, it undoes itself and traffic goes on; the time was lost. Look for overlapping rows \
                     again, choose a quieter hour."
            .to_string(),
        gate: "traffic is low, no transaction is older than a minute, a trial on a copy of production took an acceptable time"
            .to_string(),
        ..StepDraft::sql(
            Migrate,
            format!("Add exclusion constraint {name} to {table}, in a window"),
            vec![add_constraint(cx, table, Constraint { name: Some(name.clone()), ..constraint.clone() })],
        )
    }
}

/// `EXCLUDE USING method (element WITH operator, …) [WHERE (condition)]`.
struct Parts {
    method: String,
    elements: Vec<(String, String)>,
    condition: Option<String>,
}

impl Parts {
    fn read(text: &str) -> Option<Parts> {
        let exclude = words::find_clause(text, "exclude", 0)?;
        let open = exclude + text.get(exclude..)?.find('(')?;
        let method = text.get(exclude..open)?.split_whitespace().last()?.to_ascii_lowercase();
        let close = closing(text, open)?;
        let mut elements = Vec::new();
        for piece in words::split_commas(text.get(open + 1..close)?) {
            let with = words::find_clause(piece, "with", 0)?;
            let operator = piece.get(with + "with".len()..)?.trim();
            let plain = !operator.is_empty() && operator.chars().all(|c| "+-*/<>=~!@#%^&|`?".contains(c));
            elements.push((piece.get(..with)?.trim().to_string(), plain.then(|| operator.to_string())?));
        }
        let condition = words::find_clause(text, "where", close).and_then(|at| {
            let open = at + text.get(at..)?.find('(')?;
            Some(text.get(open..=closing(text, open)?)?.to_string())
        });
        Some(Parts { method, elements, condition })
    }

    fn index(&self, cx: &Cx<'_>, table: &Name) -> Option<IndexDef> {
        let parts = self.elements.iter().map(|(text, _)| IndexPart { column: None, text: text.clone() }).gather();
        let helper = names::helper_beside(cx, table, &["overlaps"]);
        let filter = self.condition.as_ref().map(|text| super::sql::expr(text.clone(), &[]));
        (!self.elements.is_empty()).then(|| IndexDef {
            parts,
            method: Some(self.method.clone()),
            filter,
            ..IndexDef::on(helper, table.clone(), &[])
        })
    }

    /// Pairs of rows; each once. Elements are columns, or expressions over them, so they are said of either row by a
    /// sub-select of their own.
    fn overlaps(&self, cx: &Cx<'_>, table: &Name) -> String {
        let list: Vec<String> =
            self.elements.iter().enumerate().map(|(n, (e, _))| format!("{} AS zz_{n}", bare(e))).gather();
        let filter = self.condition.as_ref().map(|c| format!(" WHERE {c}")).unwrap_or_default();
        let rows = format!("(SELECT ctid AS zz_row, {} FROM {}{filter})", list.join(", "), cx.name(table));
        let pairs: Vec<String> =
            self.elements.iter().enumerate().map(|(n, (_, operator))| format!("a.zz_{n} {operator} b.zz_{n}")).gather();
        format!("SELECT count(*) FROM {rows} AS a JOIN {rows} AS b ON a.zz_row < b.zz_row AND {}", pairs.join(" AND "))
    }
}

/// An element without operator class, order and NULLS: a column, a call, or an expression in brackets.
fn bare(element: &str) -> &str {
    let mut quoted = false;
    for (at, c) in element.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => return closing(element, at).and_then(|at| element.get(..=at)).unwrap_or(element),
            c if c.is_whitespace() && !quoted => {
                let (before, rest) = element.split_at(at);
                if !rest.trim_start().starts_with('(') {
                    return before;
                }
            }
            _ => {}
        }
    }
    element
}

/// The bracket that closes the one at this place.
fn closing(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0i32;
    let mut quoted = None;
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at < open) {
        match (quoted, c) {
            (Some(quote), c) if c == quote => quoted = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quoted = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            (None, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn an_element_ends_before_its_operator_class() {
        for (element, wanted) in [
            ("during", "during"),
            ("room gist_int4_ops", "room"),
            ("\"the room\" DESC", "\"the room\""),
            ("int4range(room, room, '[]') range_ops", "int4range(room, room, '[]')"),
            ("lower (\"a (b\") COLLATE \"C\"", "lower (\"a (b\")"),
            ("(room + 1) NULLS FIRST", "(room + 1)"),
            ("public.f(a)", "public.f(a)"),
        ] {
            assert_eq!(bare(element), wanted);
        }
    }
}
