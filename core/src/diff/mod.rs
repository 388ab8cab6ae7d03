//! The DDL between two schemas.
//!
//! In: two schemas as text. Out: the statements that make the second of the first, in an order that works, and what they leave
//! different. Never: a guess at a rename; what is gone here and new there is dropped and made, and that is said.

mod columns;
mod identities;
mod keys;
mod left;
mod options;
mod rebuild;
mod same;
mod side;
mod tables;
mod views;
mod written;

use self::side::Side;
use crate::change::{Change, Name, lower};
use crate::engines::{self, EngineFacts};
use crate::order::{Gather, Map, PushAll, Set};
use crate::parse::Problem;
use crate::target::Target;

/// The difference as SQL.
#[derive(Debug, Clone, Default)]
pub struct Difference {
    /// Statements, each terminated, one below the other.
    pub sql: String,
    /// What could not be read in the old text.
    pub old_problems: Vec<Problem>,
    /// What could not be read in the new text.
    pub new_problems: Vec<Problem>,
    /// What the reader should know: columns that may be renames, rights that go.
    pub notes: Vec<String>,
    /// What the statements leave different.
    pub left: Vec<String>,
}

/// Compares two schemas.
pub fn diff(old_text: &str, new_text: &str, target: Target) -> Difference {
    let (old, new) = (Side::read(old_text, target), Side::read(new_text, target));
    let mut out = Writer::new(target, &old, &new);
    out.all();
    let sql: String = out.statements.iter().map(|sql| terminated(sql, target)).collect();
    let (notes, mut left) = (out.notes, out.left);
    left.push_all(left::different(&old, &sql, &new, target));
    Difference { sql, old_problems: old.script.problems, new_problems: new.script.problems, notes, left }
}

/// Without the algorithm that the printer asks for: which one there is depends on the table, and is for the plan to say.
fn as_asked(sql: String) -> String {
    let is_word = |c: char| c.is_ascii_uppercase() || matches!(c, '=' | ',' | ' ');
    match sql.rsplit_once(", ALGORITHM=") {
        Some((action, clause)) if clause.chars().all(is_word) => action.to_string(),
        _ => sql,
    }
}

/// A statement with its terminator; a body with several statements has another one around it where clients need that.
fn terminated(sql: &str, target: Target) -> String {
    let inside = target.engine().is_mysql_family() && sql.contains(';');
    if inside { format!("DELIMITER ;;\n{sql};;\nDELIMITER ;\n") } else { format!("{sql};\n") }
}

/// Collects the statements.
struct Writer<'a> {
    engine: &'static dyn EngineFacts,
    target: Target,
    old: &'a Side<'a>,
    new: &'a Side<'a>,
    /// Views of the old schema that are dropped, by name: of those that stay, all that belongs to them is made again.
    remade: Vec<Name>,
    /// Triggers, policies and rules that are dropped.
    again: Vec<Name>,
    /// Tables that no ALTER makes of the old ones, because they are partitioned otherwise; their partitions, too.
    aside: Vec<Name>,
    /// Tables that are made anew, so that their triggers go.
    rebuilt: Vec<Name>,
    statements: Vec<String>,
    /// For the end: foreign keys, and what needs columns that come first.
    late: Vec<String>,
    /// Columns that go when nothing needs them any more.
    dropped: Vec<Change>,
    /// Triggers, policies and rules, indexes of views, comments and rights, when all that they need is there.
    last: Vec<String>,
    notes: Vec<String>,
    left: Vec<String>,
}

impl<'a> Writer<'a> {
    fn new(target: Target, old: &'a Side<'a>, new: &'a Side<'a>) -> Self {
        let engine = engines::of(target.engine());
        Writer {
            engine,
            target,
            old,
            new,
            remade: views::remade(old, new),
            again: Vec::new(),
            aside: tables::partitioned_otherwise(old, new),
            rebuilt: Vec::new(),
            statements: Vec::new(),
            late: Vec::new(),
            dropped: Vec::new(),
            last: Vec::new(),
            notes: Vec::new(),
            left: Vec::new(),
        }
    }

    /// What goes first must not need what comes later: views, triggers and foreign keys that go, tables that go and free their
    /// names, new objects, changes table by table, foreign keys, views, triggers, types that nothing needs any more.
    fn all(&mut self) {
        self.drop_views();
        self.row_security(false);
        self.drop_triggers();
        let pairs = self.pairs();
        self.detach_partitions(&pairs);
        self.drop_foreign_keys(&pairs);
        self.drop_tables();
        self.new_objects();
        self.change_tables(pairs);
        let late = std::mem::take(&mut self.late);
        self.statements.push_all(late);
        std::mem::take(&mut self.dropped).iter().for_each(|change| self.emit(change));
        self.create_views();
        let last = std::mem::take(&mut self.last);
        self.statements.push_all(last);
        self.row_security(true);
        self.drop_objects();
    }

    fn emit(&mut self, change: &Change) {
        match self.engine.print(change, self.target) {
            Some(sql) => self.statements.push(as_asked(sql)),
            None => {
                let engine = self.target.title();
                self.leave(format!("{engine} has no single statement for one of the differences; compare by hand"));
            }
        }
    }

    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn leave(&mut self, what: String) {
        if !self.left.contains(&what) {
            self.left.push(what);
        }
    }

    /// The relation has nothing yet: it is made here, or made again.
    fn is_fresh(&self, relation: &Name) -> bool {
        let old = &self.old.schema;
        let known = self.old.table(relation).is_some() || old.view(relation).is_some();
        !known || self.is_remade(relation)
    }

    fn is_aside(&self, relation: &Name) -> bool {
        self.aside.iter().any(|table| table.object == relation.object)
    }

    fn is_remade(&self, relation: &Name) -> bool {
        self.remade.iter().any(|view| self.old.schema.same_relation(view, relation))
    }
}

/// Puts each behind those of the list that it needs, by name; what needs itself in a circle stays where it is.
fn in_order<T>(items: Vec<T>, name: impl Fn(&T) -> &Name, needs: impl Fn(&T) -> Vec<Name>) -> Vec<T> {
    let mut places: Map<String, Vec<usize>> = Map::default();
    for (at, item) in items.iter().enumerate() {
        places.change(lower(&name(item).object.value), |all| all.push(at));
    }
    let place = |name: Name| places.get(&lower(&name.object.value)).cloned().unwrap_or_default();
    let mut open: Vec<usize> = Vec::new();
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); items.len()];
    for (at, item) in items.iter().enumerate() {
        let mut first: Vec<usize> = needs(item).into_iter().flat_map(place).filter(|other| *other != at).gather();
        first.sort_unstable();
        first.dedup();
        open.push(first.len());
        for other in first {
            if let Some(list) = needed_by.get_mut(other) {
                list.push(at);
            }
        }
    }
    let mut left: Set<usize> = Set::default();
    let mut ready: Set<usize> = Set::default();
    for (at, count) in open.iter().enumerate() {
        let _ = if *count == 0 { ready.insert(at) } else { left.insert(at) };
    }
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).gather();
    let mut out = Vec::with_capacity(items.len());
    let first = |set: &Set<usize>| set.iter().next().copied();
    while let Some(at) = first(&ready).or_else(|| first(&left)) {
        ready.remove(&at);
        left.remove(&at);
        out.push_all(items.get_mut(at).and_then(Option::take));
        for next in needed_by.get(at).into_iter().flatten() {
            if let Some(count) = open.get_mut(*next) {
                *count = count.saturating_sub(1);
                if *count == 0 && left.contains(next) {
                    left.remove(next);
                    ready.insert(*next);
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_comes_first() {
        let needs = |name: &Name| match name.object.value.as_str() {
            "a" => vec![Name::new("C"), Name::new("nothing")],
            "b" => vec![Name::new("a"), Name::new("b")],
            "x" => vec![Name::new("y")],
            "y" => vec![Name::new("x")],
            _ => Vec::new(),
        };
        let order = |names: &str| {
            let names = names.chars().map(|c| Name::new(c.to_string())).collect();
            in_order(names, |name| name, needs).iter().map(|name| name.object.value.clone()).collect::<String>()
        };
        assert_eq!(order("bac"), "cab");
        assert_eq!(order("cab"), "cab");
        // In a circle each stays, and nothing is lost.
        assert_eq!(order("xy"), "xy");
        assert_eq!(order("yxa"), "ayx");
    }
}
