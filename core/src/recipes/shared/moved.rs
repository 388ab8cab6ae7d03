//! ADD COLUMN on one table, UPDATE it from another, DROP COLUMN there: statements that move a column.
//!
//! In: the statements from one on. Out: which column goes where, and by which columns a row of one table is found in the
//! other. Never: tables of which several rows of each belong together.

use super::copied::is_written;
use super::draft::verify;
use super::pairs::{Pair, each};
use super::split::is_index_of;
use super::words;
use crate::change::{Change, ColumnDef, ConstraintKind, Ident, IndexDef, IndexPart, Name, Nullability};
use crate::draft::{Draft, StepDraft};
use crate::order::{Gather, GatherAll, PushAll};
use crate::recipes::Cx;
use crate::recipes::joint::Ahead;
use crate::report::PhaseName::{Expand, Switch};
use crate::report::StepKind;
use crate::schema::Schema;

/// What the statements say together.
pub struct Move<'a> {
    /// Places of the statements.
    pub members: Vec<usize>,
    /// The table that gets the column.
    pub to: &'a Name,
    /// As it is added.
    pub column: &'a ColumnDef,
    /// The table that has it.
    pub from: &'a Name,
    /// The column there.
    pub old: &'a ColumnDef,
    /// By which columns a row of the one table is found in the other; what joins them is `=`, so a NULL finds none.
    pub keys: Vec<Pair>,
    /// It ends NOT NULL.
    pub not_null: bool,
    /// As it is said anew once it is filled.
    pub again: Option<&'a ColumnDef>,
    /// How many rows of one table belong to one of the other.
    pub ratio: Ratio,
}

/// How many rows of one table belong to one of the other.
#[derive(Clone, Copy, PartialEq)]
pub enum Ratio {
    /// One to one.
    One,
    /// Several rows get the value of one.
    Fan,
    /// One row gets the value that several hold.
    Merge,
}

/// Where an UPDATE takes the values of a column from.
pub struct Joined {
    /// The other table.
    pub other: Name,
    /// Its column.
    pub source: Ident,
    /// The joining columns: of the table that is updated, and of the other.
    pub by: Vec<(Ident, Ident)>,
}

impl<'a> Move<'a> {
    /// None where the statements are something else, or several rows of each table belong together. `joined` reads the UPDATE.
    pub fn read(ahead: &Ahead<'a>, joined: impl Fn(&str, &Name) -> Option<Joined>) -> Option<Move<'a>> {
        let cx = ahead.cx;
        let schema = cx.world.schema;
        let Change::AddColumn { table: to, column, .. } = cx.change else { return None };
        let plain = is_written(column) && column.constraints.is_empty();
        let (filled, found) = ahead.statements.iter().enumerate().skip(1).find_map(|(at, statement)| {
            let [Change::Update { table: updated, columns, .. }] = statement.changes.as_slice() else { return None };
            let own = updated == to && matches!(columns.as_slice(), [one] if schema.same(one, &column.name));
            own.then(|| joined(statement.sql, to)).flatten().map(|found| (at, found))
        })?;
        let (dropped, (from, gone)) = ahead.later(|change| match change {
            Change::DropColumn { table, column, .. } if schema.same_relation(table, &found.other) => {
                Some((table, column))
            }
            _ => None,
        })?;
        let demanded = ahead.later(|change| match change {
            Change::SetNotNull { table, column: c, .. } if table == to && schema.same(c, &column.name) => Some(None),
            Change::RedefineColumn { table, column: c, to: again, .. } => {
                let own = table == to && schema.same(c, &column.name) && schema.same(c, &again.name);
                (own && again.nullability == Nullability::NotNull).then_some(Some(&**again))
            }
            _ => None,
        });
        let single = ahead.statements.first()?.changes.len() == 1;
        let pair = |(mine, theirs): &(Ident, Ident)| {
            let (old, new) = (schema.column(from, theirs)?, schema.column(to, mine)?);
            Some(Pair { from: old.name.clone(), to: new.name.clone(), data_type: old.data_type.clone() })
        };
        let keys = found.by.iter().map(pair).gather_all()?;
        let ratio = match (
            one_row(schema, to, |own| keys.iter().any(|pair| schema.same(own, &pair.to)))?,
            one_row(schema, from, |own| keys.iter().any(|pair| schema.same(own, &pair.from)))?,
        ) {
            (true, true) => Ratio::One,
            (false, true) => Ratio::Fan,
            (true, false) => Ratio::Merge,
            (false, false) => return None,
        };
        if !plain || !single || !schema.same(gone, &found.source) || dropped < filled {
            return None;
        }
        let mut members = vec![0, filled, dropped];
        members.push_all(demanded.map(|(at, _)| at));
        let index = |change: &&Change| is_index_of(schema, from, std::slice::from_ref(gone), change);
        let indexes = ahead.statements.iter().enumerate().filter(|(_, statement)| !statement.changes.is_empty());
        members.push_all(indexes.filter(|(_, statement)| statement.changes.iter().all(index)).map(|(at, _)| at));
        Some(Move {
            members,
            to,
            column,
            from,
            old: schema.column(from, gone)?,
            keys,
            not_null: demanded.is_some() || column.nullability == Nullability::NotNull,
            again: demanded.and_then(|(_, again)| again),
            ratio,
        })
    }

    /// `users.bio`.
    pub fn old_name(&self) -> String {
        format!("{}.{}", self.from, self.old.name)
    }

    /// `profiles.bio`.
    pub fn new_name(&self) -> String {
        format!("{}.{}", self.to, self.column.name)
    }

    /// A text for each pair of joining columns, see [`each`].
    pub fn by(&self, cx: &Cx<'_>, between: &str, text: &str) -> String {
        each(cx, &self.keys, between, text)
    }

    /// The table with several rows of one key, and the columns by which they are found.
    pub fn many(&self) -> Option<(&'a Name, Vec<Ident>)> {
        match self.ratio {
            Ratio::One => None,
            Ratio::Fan => Some((self.to, self.keys.iter().map(|pair| pair.to.clone()).gather())),
            Ratio::Merge => Some((self.from, self.keys.iter().map(|pair| pair.from.clone()).gather())),
        }
    }

    /// The look whether the rows of one key agree, where one value takes the place of theirs. `value`: it, as it is compared.
    pub fn agreement(&self, cx: &Cx<'_>, value: &str) -> Option<StepDraft> {
        let (given, by) = (self.by(cx, " AND ", "\u{1} IS NOT NULL"), self.by(cx, ", ", "\u{1}"));
        let sql = format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM {} WHERE {given} GROUP BY {by} HAVING COUNT(DISTINCT {value}) > 1 OR COUNT({value}) \
             NOT IN (0, COUNT(*))) AS zz_apart",
            cx.name(self.from)
        );
        (self.ratio == Ratio::Merge).then(|| agree_first(self.from, &by, (&self.old.name.value, &self.new_name()), sql))
    }

    /// See [`decision`].
    pub fn decision(&self, cx: &Cx<'_>) -> Option<StepDraft> {
        let key = self.by(cx, ", ", "\u{2}");
        (self.ratio == Ratio::Fan).then(|| decision(self.to, &key, (&self.old_name(), &self.new_name())))
    }

    /// What code does where a row of one has several of the other: that writes both, or whose writes triggers carry over.
    pub fn habits(&self, cx: &Cx<'_>, by_trigger: bool) -> Vec<String> {
        let (old, new, from, to) = (self.old_name(), self.new_name(), self.from, self.to);
        let (id, key) = (self.by(cx, ", ", "\u{1}"), self.by(cx, ", ", "\u{2}"));
        match self.ratio {
            Ratio::One => Vec::new(),
            _ if by_trigger => vec![format!(
                "No code uses REPLACE on {from} or {to} meanwhile: to a trigger a row that is made anew is a new one"
            )],
            Ratio::Fan => vec![format!(
                "Code that writes both writes {old} to all rows of {to} with that {key}; a row there that is made, or gets another {key}, \
                 takes its value along with it"
            )],
            Ratio::Merge => vec![format!(
                "Code that writes both writes {new} and {old} of all rows of {from} with that {id}; a row there that is made, or gets \
                 another {id}, takes the value of {new}"
            )],
        }
    }

    /// What becomes of the default of the old column, which is taken away before new code comes.
    pub fn default_note(&self) -> String {
        let (from, to, old) = (self.from, self.to, self.old_name());
        format!(
            "From the switch on, old code that adds a row of {from} without {old}, or with NULL, writes the value of {to}; its default \
             only where {to} has {}.",
            if self.not_null { "none" } else { "no row for it" }
        )
    }

    /// What triggers do where a row of one has several of the other; `others`: what becomes of the other rows when old code writes
    /// one.
    pub fn many_notes(&self, cx: &Cx<'_>, others: &str) -> Vec<String> {
        let (old, new, from, to) = (self.old_name(), self.new_name(), self.from, self.to);
        let (id, key) = (self.by(cx, ", ", "\u{1}"), self.by(cx, ", ", "\u{2}"));
        match self.ratio {
            Ratio::One => Vec::new(),
            Ratio::Fan => vec![
                format!(
                    "A write of {old} is one of all its rows in {to}, and waits for who changes one of them. From the switch on it \
                     reaches those that still hold the value before it: rows to which new code gave their own keep it."
                ),
                format!("A row of {to} that gets another {key} takes the value there, until the switch."),
            ],
            Ratio::Merge => vec![
                format!(
                    "A write of {new} is one of all its rows in {from}. While both live, a row of {from} that is added without a \
                     value, or gets another {id}, takes that of {to}."
                ),
                format!("What old code writes to one row of {from} becomes the value of {to}, and {others}"),
            ],
        }
    }
}

/// For [`Move::many_notes`]: they follow.
pub const OTHERS_FOLLOW: &str =
    "from the switch on that of its other rows; until then the comparisons show where they differ.";

/// Copies that agree before one value takes their place; `value` is what they differ in.
pub fn agree_first(from: &Name, by: &str, (value, new): (&str, &str), sql: String) -> StepDraft {
    StepDraft {
        why: format!(
            "One value of {new} takes the place of those of all rows of {from} with one {by}: where they differ, all but one are lost."
        ),
        ..verify(
            Expand,
            format!("Look for rows of {from} with one {by} that differ in {value}"),
            sql,
            "0",
            &format!(
                "Decide which value stands (that of the newest row, say), write it to all rows of one {by}, and let code write all of \
                 them at a time; then look again. If each row is to keep a value of its own, do not move the column."
            ),
        )
    }
}

/// New code may give rows of one key values that the one old row cannot hold: from when on is for people to decide.
pub fn decision(to: &Name, key: &str, (old, new): (&str, &str)) -> StepDraft {
    StepDraft {
        kind: StepKind::Approval,
        why: format!(
            "{old} holds one value for all rows of {to} with one {key}. Once new code lets them differ, old code and a version that is \
             redeployed read the last value on which they agreed; {new} keeps all."
        ),
        transactional: false,
        gate: "it is decided: new code keeps them alike until the last step, or old code and the way back may read what they last \
               agreed on"
            .to_string(),
        ..StepDraft::sql(Switch, format!("Decide from when on rows of {to} with one {key} may differ"), Vec::new())
    }
}

/// Whether values of the joining columns stand in one row at most: a key or unique index of the table is made of them.
fn one_row(schema: &Schema, table: &Name, joins: impl Fn(&Ident) -> bool) -> Option<bool> {
    let known = schema.table(table).filter(|t| t.def.complete)?;
    let of_key = known.def.constraints.iter().any(|c| match &c.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => {
            !columns.is_empty() && columns.iter().all(&joins)
        }
        _ => false,
    });
    // By another collation than the column's, values that are equal may stand beside each other.
    let plain = |part: &IndexPart| {
        part.column.as_ref().is_some_and(&joins) && words::find_clause(&part.text, "collate", 0).is_none()
    };
    let of_index = |index: &IndexDef| index.unique && index.filter.is_none() && index.parts.iter().all(plain);
    Some(of_key || known.def.indexes.iter().any(of_index))
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
    let mut checklist: Vec<String> = first.into_iter().gather();
    checklist.push_all([
        format!("Code writes both {old} and {new}, in one transaction, and is deployed everywhere"),
        "Rows from before are filled in batches and compared, while that code runs".to_string(),
        format!("Code that reads and writes {new} only is deployed; then {old} is dropped, by a script of its own"),
    ]);
    let title = format!("Move {old} to {new}");
    Draft { recipe, title, steps: vec![step], checklist, notes: Vec::new(), as_written: false }
}

/// `UPDATE b SET c = a.c FROM a WHERE b.k = a.id`.
pub fn by_from(sql: &str, table: &Name) -> Option<Joined> {
    let sql = statement(sql);
    let at = |word: &str, from: usize| words::find_clause(sql, word, from);
    let set = at("set", 0)?;
    let from = at("from", set)?;
    let place = at("where", from)?;
    let own = named(sql.get("update".len()..set)?)?;
    let other = named(sql.get(from + "from".len()..place)?)?;
    let (_, value) = sql.get(set + "set".len()..from)?.split_once('=')?;
    joined(&own.1, other, value, sql.get(place + "where".len()..)?, table)
}

/// `UPDATE b JOIN a ON b.k = a.id SET b.c = a.c`, in either order, and `UPDATE b, a SET b.c = a.c WHERE b.k = a.id`.
pub fn by_join(sql: &str, table: &Name) -> Option<Joined> {
    let sql = statement(sql);
    let at = |word: &str| words::find_clause(sql, word, 0);
    let set = at("set")?;
    let (sources, condition, end) = match (at("join"), at("on"), at("where")) {
        (Some(join), Some(on), None) => {
            let left = sql.get("update".len()..join)?.trim_end();
            let left = words::find_clause(left, "inner", 0).and_then(|inner| left.get(..inner)).unwrap_or(left);
            ([left, sql.get(join + "join".len()..on)?], sql.get(on + "on".len()..set)?, sql.len())
        }
        (None, None, Some(place)) => {
            let (left, right) = sql.get("update".len()..set)?.split_once(',')?;
            ([left, right], sql.get(place + "where".len()..)?, place)
        }
        _ => return None,
    };
    let [left, right] = sources.map(named);
    let (left, right) = (left?, right?);
    let (assigned, value) = sql.get(set + "set".len()..end)?.split_once('=')?;
    let [of, _] = <[Ident; 2]>::try_from(words::split_dot(assigned.trim())).ok()?;
    let (own, other) = if of == left.1 { (left, right) } else { (right, left) };
    let fits = of == own.1 && same_name(&own.0, table);
    fits.then(|| joined(&own.1, other, value, condition, table)).flatten()
}

/// `UPDATE b SET c = (SELECT c FROM a WHERE a.id = b.k)`.
pub fn by_subquery(sql: &str, table: &Name) -> Option<Joined> {
    let sql = statement(sql);
    let set = words::find_clause(sql, "set", 0)?;
    let own = named(sql.get("update".len()..set)?)?;
    let (_, value) = sql.get(set + "set".len()..)?.split_once('=')?;
    let query = value.trim().strip_prefix('(')?.strip_suffix(')')?;
    let at = |word: &str| words::find_clause(query, word, 0);
    let (select, from, place) = (at("select")?, at("from")?, at("where")?);
    let other = named(query.get(from + "from".len()..place)?)?;
    let (value, condition) = (query.get(select + "select".len()..from)?, query.get(place + "where".len()..)?);
    found(&own.1, other, value, condition, (table, true))
}

/// `INSERT INTO b (k, c) SELECT id, c FROM a AS x WHERE … ON CONFLICT …`, `CREATE TABLE b (k, c) AS SELECT …`.
pub struct Selected<'a> {
    /// The table that is read.
    pub other: Name,
    /// What it is called there.
    pub alias: Ident,
    /// The columns that are written, where the statement says them.
    pub targets: Option<Vec<Ident>>,
    /// Behind SELECT.
    pub list: &'a str,
    /// The columns that are read; none where one of them is something else than a column.
    pub sources: Option<Vec<Ident>>,
    /// What they are called in the result.
    pub called: Vec<Ident>,
    /// Behind WHERE.
    pub filter: &'a str,
    /// ON CONFLICT is said.
    pub on_conflict: bool,
}

/// None where more than one table is read, rows are grouped or sorted, or columns are not said plainly.
pub fn by_select(sql: &str) -> Option<Selected<'_>> {
    let sql = statement(sql);
    let at = |word: &str, from: usize| words::find_clause(sql, word, from);
    let select = at("select", 0)?;
    let from = at("from", select)?;
    let conflict = at("on", from);
    let end = conflict.unwrap_or(sql.len());
    let place = at("where", from).filter(|place| *place < end);
    let (other, alias) = named(sql.get(from + "from".len()..place.unwrap_or(end))?)?;
    let list = sql.get(select + "select".len()..from)?.trim();
    let columns = |list: &str| -> Option<(Vec<Ident>, Vec<Ident>)> {
        let column = |item: &&str| {
            let (Name { schema, object }, called) = named(item)?;
            schema.is_none_or(|of| of == alias).then_some((object, called))
        };
        words::split_commas(list).iter().map(column).collect()
    };
    let head = sql.get(..select)?.trim_end();
    let head = words::find_clause(head, "as", head.len().saturating_sub(2))
        .and_then(|at| head.get(..at))
        .unwrap_or(head)
        .trim_end();
    let written = |open: usize| columns(head.get(open + 1..)?.strip_suffix(')')?).map(|(written, _)| written);
    let targets = match head.find('(') {
        Some(open) => Some(written(open)?),
        None => None,
    };
    let (sources, called) = columns(list).map_or_else(Default::default, |(sources, called)| (Some(sources), called));
    Some(Selected {
        targets,
        sources,
        called,
        filter: place.and_then(|place| sql.get(place + "where".len()..end)).unwrap_or("").trim(),
        on_conflict: conflict.is_some(),
        other,
        alias,
        list,
    })
}

fn statement(sql: &str) -> &str {
    sql.trim().trim_end_matches(';').trim_end()
}

/// `b AS x`: the table and what it is called.
fn named(text: &str) -> Option<(Name, Ident)> {
    let mut parts = words::split_spaces(text);
    parts.retain(|word| !word.eq_ignore_ascii_case("as"));
    let name = words::split_dot(parts.first()?);
    let (object, schema) = (name.last()?.clone(), name.iter().rev().nth(1).cloned());
    let alias = parts.get(1).map_or_else(|| object.clone(), |alias| words::stored(alias));
    (parts.len() < 3).then_some((Name { schema, object }, alias))
}

fn joined(own: &Ident, other: (Name, Ident), value: &str, condition: &str, table: &Name) -> Option<Joined> {
    found(own, other, value, condition, (table, false))
}

/// `value` is a column of the other table, and the condition makes columns of each equal. `inner`: a bare name is one of the
/// other table.
fn found(
    own: &Ident,
    other: (Name, Ident),
    value: &str,
    condition: &str,
    (table, inner): (&Name, bool),
) -> Option<Joined> {
    let (other, alias) = other;
    let column = |text: &str| match words::split_dot(text.trim()).as_slice() {
        [of, column] => Some((of.clone(), column.clone())),
        [column] if inner => Some((alias.clone(), column.clone())),
        _ => None,
    };
    let (of, source) = column(value)?;
    let mut equal = Vec::new();
    equalities(condition, &mut equal)?;
    let side = |(left, right): &(&str, &str)| {
        let (left, right) = (column(left)?, column(right)?);
        let (mine, theirs) = if left.0 == *own { (left, right) } else { (right, left) };
        (mine.0 == *own && theirs.0 == alias).then_some((mine.1, theirs.1))
    };
    let by = equal.iter().map(side).gather_all()?;
    (of == alias && other != *table).then_some(Joined { other, source, by })
}

/// The sides of `a = b AND (c = d) AND (e, f) = (g, h)`; none where something else is said.
fn equalities<'s>(condition: &'s str, found: &mut Vec<(&'s str, &'s str)>) -> Option<()> {
    let inside = |text: &'s str| text.trim().strip_prefix('(')?.strip_suffix(')');
    if let Some(and) = words::find_clause(condition, "and", 0) {
        equalities(condition.get(..and)?, found)?;
        return equalities(condition.get(and + "and".len()..)?, found);
    }
    let (left, right) = condition.split_once('=')?;
    match (inside(left), inside(right)) {
        (Some(left), Some(right)) => {
            let (left, right) = (words::split_commas(left), words::split_commas(right));
            found.push_all(left.iter().copied().zip(right.iter().copied()));
            (left.len() == right.len()).then_some(())
        }
        _ => match inside(condition) {
            Some(inner) => equalities(inner, found),
            None => {
                found.push((left, right));
                Some(())
            }
        },
    }
}

fn same_name(a: &Name, b: &Name) -> bool {
    a.object.value.eq_ignore_ascii_case(&b.object.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_where_values_come_from() {
        type Read = fn(&str, &Name) -> Option<Joined>;
        let read = |by: Read, sql: &str| {
            by(sql, &Name::new("b")).map(|j| {
                let by: Vec<String> = j.by.iter().map(|(mine, theirs)| format!("{mine} = {theirs}")).collect();
                format!("{}.{} by {}", j.other, j.source, by.join(", "))
            })
        };
        let expected = Some("a.c by k = id".to_string());
        for (by, sql) in [
            (by_from as Read, "UPDATE b SET c = a.c FROM a WHERE b.k = a.id;"),
            (by_from, "UPDATE b AS x SET c = y.C FROM a y WHERE y.id = x.k"),
            (by_from, "UPDATE b /* as */ AS x SET c = y.C FROM a -- z\n y WHERE y.id = x.k"),
            (by_join, "UPDATE b JOIN a ON b.k = a.id SET b.c = a.c"),
            (by_join, "update b as x inner join a as y on y.id = x.k set x.c = y.c;"),
            (by_join, "UPDATE a y JOIN `b` x ON y.id = x.k SET x.c = y.c"),
            (by_join, "UPDATE b, a SET b.c = a.c WHERE b.k = a.id"),
            (by_subquery, "UPDATE b SET c = (SELECT a.c FROM a WHERE a.id = b.k)"),
            (by_subquery, "UPDATE b SET c = (SELECT c FROM a WHERE id = b.k)"),
            (by_from, "UPDATE b SET c = a.c FROM a WHERE (b.k = a.id)"),
        ] {
            assert_eq!(read(by, sql), expected, "{sql}");
        }
        let expected = Some("a.c by k = id, l = m".to_string());
        for (by, sql) in [
            (by_from as Read, "UPDATE b SET c = a.c FROM a WHERE b.k = a.id AND a.m = b.l"),
            (by_from, "UPDATE b SET c = a.c FROM a WHERE ((b.k = a.id) and (a.m = b.l))"),
            (by_from, "UPDATE b SET c = a.c FROM a WHERE (b.k, b.l) = (a.id, a.m)"),
            (by_join, "UPDATE b JOIN a ON b.k = a.id AND b.l = a.m SET b.c = a.c"),
            (by_join, "UPDATE b, a SET b.c = a.c WHERE (b.k, b.l) = (a.id, a.m)"),
            (by_subquery, "UPDATE b SET c = (SELECT c FROM a WHERE id = b.k AND b.l = m)"),
        ] {
            assert_eq!(read(by, sql), expected, "{sql}");
        }
        for (by, sql) in [
            (by_join as Read, "UPDATE b LEFT JOIN a ON b.k = a.id SET b.c = a.c"),
            (by_join, "UPDATE b JOIN a ON b.k = a.id SET b.c = a.c WHERE a.d = 1"),
            (by_join, "UPDATE b JOIN a ON b.k = a.id AND a.d = 1 SET b.c = a.c"),
            (by_join, "UPDATE b JOIN a USING (k) SET b.c = a.c"),
            (by_join, "UPDATE b JOIN a ON b.k = a.id SET b.c = upper(a.c)"),
            (by_join, "UPDATE b JOIN a ON b.k = a.id SET b.c = a.c, b.d = 1"),
            (by_subquery, "UPDATE b SET c = (SELECT max(c) FROM a WHERE a.id = b.k)"),
            (by_subquery, "UPDATE b SET c = (SELECT c FROM a WHERE a.id = b.k AND a.d = 1)"),
            (by_subquery, "UPDATE b SET c = (SELECT c FROM a WHERE a.id = b.k) WHERE d = 1"),
            (by_from, "UPDATE b SET c = a.c FROM a, d WHERE b.k = a.id"),
            (by_from, "UPDATE b SET c = a.c FROM a WHERE b.k = a.id AND b.l IS NOT DISTINCT FROM a.m"),
            (by_from, "UPDATE b SET c = a.c FROM a WHERE b.k = a.id OR b.l = a.m"),
            (by_from, "UPDATE b SET c = a.c FROM a WHERE b.k = a.id AND NOT b.l = a.m"),
            (by_from, "UPDATE b SET c = a.c FROM a WHERE (b.k, b.l) = (a.id, a.m, a.n)"),
            (by_join, "UPDATE b JOIN a ON b.k = a.id AND b.l <=> a.m SET b.c = a.c"),
            (by_join, "UPDATE b JOIN a ON b.k = a.id AND b.l >= a.m SET b.c = a.c"),
            (by_subquery, "UPDATE b SET c = (SELECT c FROM a WHERE id = b.k AND l = m)"),
        ] {
            assert_eq!(read(by, sql), None, "{sql}");
        }
    }
}
