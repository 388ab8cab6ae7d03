//! Names of relations that become free, and whether what is known is still sure.

use crate::change::{Change, Name, ObjectKind, ObjectVerb, TableOption, TransactionVerb};
use crate::order::{Gather, PushAll, Set};
use crate::schema::{Object, Schema, mentions};
use crate::target::Engine;

/// What was dropped before may be there again.
fn is_taken_back(change: &Change) -> bool {
    matches!(change, Change::Transaction(TransactionVerb::Rollback | TransactionVerb::RollbackTo(_)))
}

impl Schema {
    /// Something was run that may have made, dropped or renamed anything.
    pub fn is_blurred(&self) -> bool {
        self.blurred
    }

    /// It was dropped or renamed, and nothing took its name since.
    pub fn is_gone(&self, relation: &Name) -> bool {
        self.gone.contains(&self.key(relation))
    }

    /// A relation of exactly this name is known; a temporary one is in nobody's way.
    pub fn has_relation(&self, name: &Name) -> bool {
        let key = self.key(name);
        self.tables.get(&key).is_some_and(|table| !table.def.temporary)
            || self.views.contains_key(&key)
            || self.index_tables.contains_key(&key)
            || self.has_object(ObjectKind::Sequence, name, None)
    }

    /// A type, a domain or a relation of exactly this name is known.
    pub fn has_type(&self, name: &Name) -> bool {
        let key = self.key(name);
        self.enums.contains_key(&key)
            || self.domains.contains_key(&key)
            || self.has_object(ObjectKind::Type, name, None)
            || self.tables.get(&key).is_some()
    }

    /// A type, a domain or a relation of this name is known, in whatever schema.
    pub fn may_be_type(&self, name: &Name) -> bool {
        let alike = |object: &&Object| object.name.object == name.object;
        self.has_type(name)
            || self.enum_labels(name).is_some()
            || self.domain(name).is_some()
            || self.view(name).is_some()
            || self.objects_of(ObjectKind::Type).iter().any(alike)
    }

    /// An object of this kind and name is known.
    pub fn has_object(&self, kind: ObjectKind, name: &Name, on: Option<&Name>) -> bool {
        self.objects.contains_key(&self.object_key(kind, name, on))
    }

    pub(super) fn follow_names(&mut self, change: &Change) {
        if self.target.engine() == Engine::Postgres {
            self.blurred |= self.blurs(change);
            self.cascade(change);
        } else if self.blurs(change) || is_taken_back(change) {
            self.gone = Set::default();
        }
        match change {
            Change::DropTable { tables, temporary: false, .. } => {
                let lasting = |name: &&Name| self.table(name).is_none_or(|table| !table.def.temporary);
                let names: Vec<&Name> = tables.iter().filter(lasting).gather();
                names.into_iter().for_each(|name| self.goes(name));
            }
            Change::DropView { names, .. } => names.iter().for_each(|name| self.goes(name)),
            // The names of MySQL's indexes are those of their table.
            Change::DropIndex { .. } | Change::RenameIndex { .. } if self.target.engine().is_mysql_family() => {}
            Change::DropIndex { name, .. } => self.goes(name),
            Change::RenameTable { table, to } => {
                self.goes(table);
                self.comes(&Name { schema: to.schema.clone().or_else(|| table.schema.clone()), ..to.clone() });
            }
            Change::RenameIndex { name, to, .. } => {
                self.goes(name);
                self.comes(&name.sibling(to.value.clone()));
            }
            Change::SetTableOption { table, option: TableOption::Schema(to) } => {
                self.goes(table);
                self.comes(&Name { schema: Some(to.clone()), object: table.object.clone() });
            }
            Change::CreateTable(def) => self.comes(&def.name),
            Change::CreateView { name, .. } => self.comes(name),
            Change::CreateIndex(index) => {
                if let Some(name) = &index.name {
                    self.comes(&index.table.sibling(name.object.value.clone()));
                }
            }
            Change::Object { name: Some(name), .. } => self.comes(name),
            _ => {}
        }
    }

    /// It does more than is followed.
    fn blurs(&self, change: &Change) -> bool {
        use ObjectKind::{Database, Extension, Owned, Schema as Namespace};
        let used = |name: &Name| !self.referencing(name).is_empty();
        match change {
            Change::Opaque { .. } | Change::Query { calls_functions: true, .. } => true,
            Change::Object { verb: ObjectVerb::Drop, kind, text, .. } => {
                matches!(kind, Database | Extension | Owned | Namespace) || text.ends_with(" cascade ")
            }
            Change::DropTable { tables, cascade: true, .. } => tables.iter().any(used),
            Change::DropColumn { table, cascade: true, .. } | Change::DropConstraint { table, cascade: true, .. } => {
                used(table)
            }
            _ => false,
        }
    }

    /// Views over what goes with CASCADE, and those over them.
    fn cascade(&mut self, change: &Change) {
        match change {
            Change::DropTable { tables: names, cascade: true, .. } | Change::DropView { names, cascade: true, .. } => {
                names.iter().for_each(|name| self.views_go(name, |_| true));
            }
            Change::DropColumn { table, column, cascade: true, .. } => {
                self.views_go(table, |query| query.contains('*') || mentions(query, &column.value));
            }
            _ => {}
        }
    }

    fn views_go(&mut self, relation: &Name, uses: impl Fn(&str) -> bool) {
        let over = |schema: &Schema, name: &Name| schema.views_on(name).into_iter().cloned().gather();
        let mut open = over(self, relation);
        open.retain(|view| uses(&view.query));
        while let Some(view) = open.pop() {
            self.goes(&view.name);
            if self.take_view(&self.key(&view.name)).is_some() {
                open.push_all(over(self, &view.name));
            }
        }
    }

    fn goes(&mut self, relation: &Name) {
        let key = self.key(relation);
        self.gone.insert(key);
    }

    fn comes(&mut self, relation: &Name) {
        let key = self.key(relation);
        self.gone.remove(&key);
    }
}
