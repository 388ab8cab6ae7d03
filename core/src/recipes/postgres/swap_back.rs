//! The way back from an exchange of column names: in one transaction, with what has to be proved or built before and after.

use super::carry::{self, Carried, Incoming, Replaced, What};
use super::parts::{build_index, drop_constraint, half};
use super::sql::{lock, transaction};
use super::swap_type::Swap;
use super::{not_null, parts};
use crate::change::{Change, Constraint, ConstraintKind, ForeignKey, Ident, IndexDef, Name};
use crate::draft::{Run, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::shared::names::fit;
use crate::report::PhaseName::Switch;

/// The way back in its three parts.
pub struct Back {
    /// What has to be proved or built first.
    pub before: Vec<Run>,
    /// The exchange, in one transaction.
    pub exchange: Vec<Run>,
    /// What has to be proved or built behind it.
    pub after: Vec<Run>,
    /// What is lost.
    pub lossy: String,
}

impl Back {
    /// All of it.
    pub fn undo(self) -> UndoDraft {
        let mut run = self.before;
        run.push_all(transaction(self.exchange));
        run.push_all(self.after);
        UndoDraft::Sql { run, transactional: false, lossy: self.lossy }
    }
}

impl Swap<'_> {
    /// Names back, the old column exact again.
    pub(super) fn back(&self, shadow: &Ident, carried: &Carried) -> Back {
        let aside = self.aside();
        let keyed = carried.primary_key.is_some();
        // A key and an identity need NOT NULL before they come back; else it is proved behind the exchange.
        let first = self.is_not_null() && (keyed || self.numbered());
        let mut before: Vec<Run> = if first { self.proved(&aside) } else { Vec::new() };
        before.push_all(self.keys_before(carried, &aside));
        let mut after: Vec<Run> = Vec::new();
        for renamed in &carried.renamed {
            if let What::ForeignKey(_) = &renamed.what {
                let (table, name) = (self.table.clone(), renamed.old.clone());
                after.push(self.cx.run(Change::ValidateConstraint { table, name }));
            }
        }
        if self.is_not_null() && !first {
            after.push_all(self.proved(self.column));
        }
        after.push_all(self.keys_after(carried, shadow));
        let lossy = match self.conversion.narrow {
            true => format!("values written since that do not fit {}", self.before.text),
            false => String::new(),
        };
        Back { before, exchange: self.exchange_back(shadow, carried, first), after, lossy }
    }

    fn proved(&self, column: &Ident) -> Vec<Run> {
        let steps = not_null::demand(&self.cx, Switch, self.table, column).steps;
        steps.into_iter().flat_map(|step| step.run).gather()
    }

    fn exchange_back(&self, shadow: &Ident, carried: &Carried, proved: bool) -> Vec<Run> {
        let (cx, aside) = (&self.cx, self.aside());
        let mut run = self.locks(carried);
        let incoming = if carried.primary_key.is_some() { self.incoming() } else { Vec::new() };
        let others = incoming.iter().filter(|key| key.child != *self.table);
        run.push_all(others.map(|key| lock(cx, &key.child, "ACCESS EXCLUSIVE")));
        run.push_all(self.around.objects_down());
        for key in &incoming {
            run.push(drop_constraint(cx, &key.child, &key.name));
            run.push(rename(self, &key.child, &named(self, key, "undo"), &key.name));
        }
        let drop_key = carried.primary_key.as_ref().map(|key| drop_constraint(cx, self.table, &key.name));
        run.push_all(drop_key);
        run.push_all(carried.renamed.iter().flat_map(|renamed| self.names_back(renamed)));
        run.push_all(self.not_null_name(self.column, shadow));
        run.push(self.rename_column(self.column, shadow));
        run.push(self.rename_column(&aside, self.column));
        if proved {
            run.push_all(self.not_null_name(&aside, self.column));
        }
        if let Some(key) = &carried.primary_key {
            let again = carry::MovedKey { index: undo_name(self, &key.name), ..key.clone() };
            let [_, add] = again.exchange(cx, self.table, &key.columns);
            run.push(add);
        }
        if self.default.is_some() {
            // What the script said for the new column goes with it.
            run.push(cx.run(Change::DropDefault { table: self.table.clone(), column: shadow.clone() }));
        }
        run.push_all(self.defaults(self.column, shadow));
        run.push_all(self.numbering(shadow, self.column, self.before));
        for renamed in &carried.renamed {
            if let What::ForeignKey(constraint) = &renamed.what {
                let again = Constraint { name: Some(renamed.old.clone()), ..(**constraint).clone() };
                run.push(half(cx, self.table, &again));
            }
        }
        run.push(self.forward(shadow).replace(cx));
        run.push_all(self.around.back());
        run
    }

    /// Foreign keys that point at the column.
    fn incoming(&self) -> Vec<Incoming> {
        carry::incoming(&self.cx, self.table, self.column)
    }

    /// The old column's own unique index, and foreign keys to it: rows stay guarded while the key changes back.
    fn keys_before(&self, carried: &Carried, aside: &Ident) -> Vec<Run> {
        let Some(key) = &carried.primary_key else { return Vec::new() };
        let replaced = Replaced::alone(self.table, self.column, aside);
        let columns = carry::moved_all(&replaced, &key.columns);
        let mut run = build_index(&self.cx, Switch, &unique(self.table, &undo_name(self, &key.name), &columns)).run;
        for incoming in self.incoming() {
            run.push_all(self.guard(&replaced, &incoming, &named(self, &incoming, "undo")));
        }
        run
    }

    /// A foreign key to another column, added and checked.
    fn guard(&self, replaced: &Replaced<'_>, incoming: &Incoming, name: &Ident) -> Vec<Run> {
        let mut again = carry::pointing(&self.cx, replaced, incoming, name);
        if incoming.child == *self.table {
            // Of a key that points at its own table only the target moves back.
            again.kind = match (again.kind, &incoming.constraint.kind) {
                (ConstraintKind::ForeignKey(key), ConstraintKind::ForeignKey(own)) => {
                    ConstraintKind::ForeignKey(ForeignKey { columns: own.columns.clone(), ..key })
                }
                (kind, _) => kind,
            };
        }
        let mut run = Vec::new();
        if incoming.child != *self.table {
            run.push(lock(&self.cx, self.table, "SHARE ROW EXCLUSIVE"));
        }
        run.push(half(&self.cx, &incoming.child, &again));
        let mut run = transaction(run);
        run.push_all(parts::validate(&self.cx, Switch, &incoming.child, name).run);
        run
    }

    /// The state before the exchange: the shadow's unique index, and the foreign keys that point at it.
    fn keys_after(&self, carried: &Carried, shadow: &Ident) -> Vec<Run> {
        let Some(key) = &carried.primary_key else { return Vec::new() };
        let replaced = Replaced::alone(self.table, self.column, shadow);
        let columns = carry::moved_all(&replaced, &key.columns);
        let mut run = build_index(&self.cx, Switch, &unique(self.table, &key.index, &columns)).run;
        for incoming in self.incoming() {
            let beside = named(self, &incoming, "new");
            run.push_all(self.guard(&replaced, &incoming, &beside));
            let mut exchange = Vec::new();
            if incoming.child != *self.table {
                exchange.push(lock(&self.cx, self.table, "ACCESS EXCLUSIVE"));
            }
            exchange.push(drop_constraint(&self.cx, &incoming.child, &incoming.name));
            exchange.push(rename(self, &incoming.child, &beside, &incoming.name));
            run.push_all(transaction(exchange));
        }
        run
    }
}

fn undo_name(swap: &Swap<'_>, name: &Ident) -> Ident {
    Ident::new(fit(&format!("{name}_undo"), swap.cx.engine().ident_limit()))
}

fn named(swap: &Swap<'_>, incoming: &Incoming, word: &str) -> Ident {
    Ident::new(fit(&format!("{}_{word}", incoming.name), swap.cx.engine().ident_limit()))
}

fn unique(table: &Name, name: &Ident, columns: &[Ident]) -> IndexDef {
    IndexDef { unique: true, ..IndexDef::on(table.sibling(name.value.clone()), table.clone(), columns) }
}

fn rename(swap: &Swap<'_>, table: &Name, from: &Ident, to: &Ident) -> Run {
    swap.cx.run(Change::RenameConstraint { table: table.clone(), from: from.clone(), to: to.clone() })
}
