//! What is known about the database: the baseline given, and every change applied so far.
//!
//! In: changes, one by one. Out: tables, columns, indexes, dependants. Never: a guess; what was not given is absent.

mod apply;
mod keys;
mod naming;
mod written;

use crate::change::{ColumnDef, Constraint, ConstraintKind, Ident, IndexDef, Name, Nullability, ObjectKind, TableDef};
use crate::target::{Engine, Target};
use keys::Key;
use std::collections::{BTreeMap, BTreeSet};

pub use keys::same_ident;
pub use naming::{default_constraint_name, default_index_name};
pub use written::Extra;

/// The modelled database.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    target: Target,
    tables: BTreeMap<Key, Table>,
    /// Object name → schemas in which a table of that name is known, for unqualified look-ups.
    by_object: BTreeMap<String, BTreeSet<Key>>,
    /// Index → its table, where index names are unique per schema (PostgreSQL, SQLite).
    index_tables: BTreeMap<Key, Key>,
    /// Referenced table → tables with a foreign key to it.
    referencing: BTreeMap<Key, BTreeSet<Key>>,
    /// Parent → partitions.
    partitions: BTreeMap<Key, BTreeSet<Key>>,
    /// Tables that inherit from others.
    heirs: BTreeSet<Key>,
    views: BTreeMap<Key, View>,
    enums: BTreeMap<Key, Vec<String>>,
    objects: BTreeMap<ObjectKey, Object>,
    /// How many objects were made so far.
    objects_made: usize,
    /// Statements that add to a relation, as written.
    extras: BTreeMap<Key, Vec<Extra>>,
    /// Constraints that the script adds to tables of which nothing else is known.
    loose: BTreeMap<Key, Vec<Constraint>>,
}

/// A table as far as it is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its definition. Constraints written inside a column are among `constraints`, with their columns filled in
    /// and the name that the server gives where none was written; columns of the primary key are NOT NULL.
    pub def: TableDef,
    /// Made by the script itself, so nobody uses it yet.
    pub new: bool,
    /// Made by the script and filled from a query, so its row count is not known.
    pub filled: bool,
}

/// A view as far as it is known.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Its name.
    pub name: Name,
    /// MATERIALIZED.
    pub materialized: bool,
    /// The query as written.
    pub query: String,
    /// Relations that it reads.
    pub reads: Vec<Name>,
    /// The whole statement as written, options and column list included; empty when not known.
    pub definition: String,
    /// Made by the script itself.
    pub new: bool,
    /// Indexes (materialized views).
    pub indexes: Vec<IndexDef>,
}

/// Another named object: trigger, sequence, function, policy, …
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Its name.
    pub name: Name,
    /// What it is.
    pub kind: ObjectKind,
    /// The relation that it belongs to.
    pub on: Option<Name>,
    /// The statement that made it, as written; empty when not known.
    pub definition: String,
    /// Made by the script itself.
    pub new: bool,
    /// A CREATE TRIGGER as written; empty for other objects, and once a rename has made the server write it anew.
    pub text: String,
    /// Its place in the order in which objects were made.
    pub order: usize,
}

/// Triggers, policies and rules have names of their own per relation.
type ObjectKey = (ObjectKind, Key, Option<Key>);

impl Schema {
    /// An empty schema.
    pub fn new(target: Target) -> Self {
        Schema {
            target,
            tables: BTreeMap::new(),
            by_object: BTreeMap::new(),
            index_tables: BTreeMap::new(),
            referencing: BTreeMap::new(),
            partitions: BTreeMap::new(),
            heirs: BTreeSet::new(),
            views: BTreeMap::new(),
            enums: BTreeMap::new(),
            objects: BTreeMap::new(),
            objects_made: 0,
            extras: BTreeMap::new(),
            loose: BTreeMap::new(),
        }
    }

    /// The engine that it is for.
    pub fn target(&self) -> Target {
        self.target
    }

    /// Nothing is known at all.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.views.is_empty() && self.objects.is_empty() && self.enums.is_empty()
    }

    /// What was applied so far is the baseline: it exists, it has traffic and rows.
    pub fn settle(&mut self) {
        for table in self.tables.values_mut() {
            (table.new, table.filled) = (false, false);
        }
        self.views.values_mut().for_each(|view| view.new = false);
        self.objects.values_mut().for_each(|object| object.new = false);
    }

    /// All tables, by name.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }

    /// Tables that inherit from others, by name.
    pub fn heirs(&self) -> impl Iterator<Item = &Table> {
        let tables = self.heirs.iter().filter_map(|key| self.tables.get(key));
        tables.filter(|table| !table.def.inherits.is_empty())
    }

    /// All views, by name.
    pub fn views(&self) -> impl Iterator<Item = &View> {
        self.views.values()
    }

    /// A table by name. An unqualified name finds the table of the default schema, or else the only one of that
    /// name; a qualified one also finds a table that was declared without a schema.
    pub fn table(&self, name: &Name) -> Option<&Table> {
        self.tables.get(&self.find(name)?)
    }

    /// A column of a known table.
    pub fn column(&self, table: &Name, column: &Ident) -> Option<&ColumnDef> {
        self.table(table)?.def.columns.iter().find(|c| self.same(&c.name, column))
    }

    /// An index by name. Where index names belong to their table (MySQL) the first of that name.
    pub fn index(&self, name: &Name) -> Option<&IndexDef> {
        self.index_with_table(name).map(|(index, _)| index)
    }

    /// An index by name, with the table (or materialized view) that it is on.
    pub fn index_with_table(&self, name: &Name) -> Option<(&IndexDef, &Name)> {
        let key = self.key(name);
        let on_table = self
            .index_tables
            .get(&key)
            .or_else(|| keys::any_schema(&self.index_tables, &key))
            .and_then(|table| self.tables.get(table))
            .and_then(|table| {
                table.def.indexes.iter().find(|i| self.index_has_name(i, name)).map(|i| (i, &table.def.name))
            });
        on_table.or_else(|| {
            self.views
                .values()
                .find_map(|view| view.indexes.iter().find(|i| self.index_has_name(i, name)).map(|i| (i, &view.name)))
        })
    }

    /// An index of one table by name.
    pub fn table_index(&self, table: &Name, name: &Name) -> Option<&IndexDef> {
        self.table(table)?.def.indexes.iter().find(|i| self.index_has_name(i, name))
    }

    /// A constraint of a table by name.
    pub fn constraint(&self, table: &Name, name: &Ident) -> Option<&Constraint> {
        self.table(table)?.def.constraints.iter().find(|c| c.name.as_ref().is_some_and(|n| self.same(n, name)))
    }

    /// A table or view that the script itself made: no traffic.
    pub fn is_new(&self, table: &Name) -> bool {
        match self.table(table) {
            Some(table) => table.new,
            // A plain view is no more than a name for what it reads.
            None => self.view(table).is_some_and(|view| view.new && view.materialized),
        }
    }

    /// Made by the script itself, and nothing was put in that cannot be counted: as good as empty.
    pub fn is_empty_table(&self, table: &Name) -> bool {
        self.table(table).is_some_and(|t| t.new && !t.filled)
    }

    /// Foreign keys of other tables (and of itself) that point at a table.
    pub fn referencing(&self, table: &Name) -> Vec<(&Table, &Constraint)> {
        let Some(key) = self.find(table) else { return self.referencing_unknown(table) };
        let Some(children) = self.referencing.get(&key) else { return Vec::new() };
        let points_here = |c: &&Constraint| match &c.kind {
            ConstraintKind::ForeignKey(fk) => self.find(&fk.references).as_ref() == Some(&key),
            _ => false,
        };
        children
            .iter()
            .filter_map(|child| self.tables.get(child))
            .flat_map(|child| child.def.constraints.iter().filter(points_here).map(move |c| (child, c)))
            .collect()
    }

    fn referencing_unknown(&self, table: &Name) -> Vec<(&Table, &Constraint)> {
        let key = self.key(table);
        let Some(children) = self.referencing.get(&key) else { return Vec::new() };
        children
            .iter()
            .filter_map(|child| self.tables.get(child))
            .flat_map(|child| child.def.constraints.iter().map(move |c| (child, c)))
            .filter(|(_, c)| matches!(&c.kind, ConstraintKind::ForeignKey(fk) if self.key(&fk.references) == key))
            .collect()
    }

    /// Foreign keys of a table.
    pub fn foreign_keys(&self, table: &Name) -> Vec<&Constraint> {
        let Some(table) = self.table(table) else { return Vec::new() };
        table.def.constraints.iter().filter(|c| matches!(c.kind, ConstraintKind::ForeignKey(_))).collect()
    }

    /// A view by name.
    pub fn view(&self, name: &Name) -> Option<&View> {
        let key = self.key(name);
        self.views.get(&key).or_else(|| keys::any_schema(&self.views, &key))
    }

    /// Views that read a relation.
    pub fn views_on(&self, relation: &Name) -> Vec<&View> {
        let key = self.key(relation);
        let reads = |view: &&View| {
            view.reads.iter().any(|read| {
                let read = self.key(read);
                read == key || (read.object == key.object && (read.schema.is_empty() || key.schema.is_empty()))
            })
        };
        self.views.values().filter(reads).collect()
    }

    /// Labels of an enum type.
    pub fn enum_labels(&self, name: &Name) -> Option<&[String]> {
        let key = self.key(name);
        let found = self.enums.get(&key).or_else(|| keys::any_schema(&self.enums, &key));
        found.map(Vec::as_slice)
    }

    /// Partitions of a table.
    pub fn partitions(&self, parent: &Name) -> Vec<&Table> {
        let children = self.find(parent).and_then(|key| self.partitions.get(&key));
        children.into_iter().flatten().filter_map(|key| self.tables.get(key)).collect()
    }

    /// The partitioned table that a table is a partition of.
    pub fn partition_parent(&self, table: &Name) -> Option<&Name> {
        self.table(table)?.def.partition_of.as_ref()
    }

    /// Objects of a kind that belong to a relation, in the order in which they were made: triggers, policies, rules.
    pub fn objects_on(&self, kind: ObjectKind, relation: &Name) -> Vec<&Object> {
        let key = self.find(relation).unwrap_or_else(|| self.key(relation));
        let belongs =
            |o: &&Object| o.on.as_ref().is_some_and(|on| self.find(on).unwrap_or_else(|| self.key(on)) == key);
        let mut found: Vec<&Object> = self.objects.values().filter(|o| o.kind == kind).filter(belongs).collect();
        found.sort_by_key(|object| object.order);
        found
    }

    /// All triggers, by name.
    pub fn triggers(&self) -> impl Iterator<Item = &Object> {
        self.objects.values().filter(|object| object.kind == ObjectKind::Trigger)
    }

    /// All objects of a kind.
    pub fn objects_of(&self, kind: ObjectKind) -> Vec<&Object> {
        self.objects.values().filter(|o| o.kind == kind).collect()
    }

    /// An object by kind and name; of those that belong to relations, the first of that name.
    pub fn object(&self, kind: ObjectKind, name: &Name) -> Option<&Object> {
        let key = self.key(name);
        let first = (kind, key.clone(), None);
        let found = self.objects.range(first..).next();
        found.filter(|((own, name, _), _)| *own == kind && *name == key).map(|(_, object)| object)
    }

    fn object_key(&self, kind: ObjectKind, name: &Name, on: Option<&Name>) -> ObjectKey {
        let per_relation = matches!(kind, ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule)
            && self.target.engine == Engine::Postgres;
        let on = on.filter(|_| per_relation).map(|on| self.find(on).unwrap_or_else(|| self.key(on)));
        (kind, self.key(name), on)
    }

    /// Columns of the primary key.
    pub fn primary_key(&self, table: &Name) -> Option<&[Ident]> {
        self.table(table)?.def.constraints.iter().find_map(|c| match &c.kind {
            ConstraintKind::PrimaryKey { columns } => Some(columns.as_slice()),
            _ => None,
        })
    }

    /// Whether a column may hold NULL; none when the table or the column is not known.
    pub fn is_not_null(&self, table: &Name, column: &Ident) -> Option<bool> {
        self.column(table, column).map(|c| c.nullability == Nullability::NotNull)
    }

    /// Indexes that use a column: as a key part, included, in an expression or in the condition.
    pub fn indexes_of_column(&self, table: &Name, column: &Ident) -> Vec<&IndexDef> {
        let Some(table) = self.table(table) else { return Vec::new() };
        table.def.indexes.iter().filter(|index| self.index_uses(index, column)).collect()
    }

    fn index_uses(&self, index: &IndexDef, column: &Ident) -> bool {
        let part = |p: &crate::change::IndexPart| match &p.column {
            Some(name) => self.same(name, column),
            None => keys::mentions(&p.text, &column.value),
        };
        index.parts.iter().any(part)
            || index.include.iter().any(|name| self.same(name, column))
            || index.filter.as_ref().is_some_and(|f| keys::mentions(&f.text, &column.value))
    }

    /// Constraints that use a column.
    pub fn constraints_of_column(&self, table: &Name, column: &Ident) -> Vec<&Constraint> {
        let Some(table) = self.table(table) else { return Vec::new() };
        table.def.constraints.iter().filter(|c| self.constraint_uses(c, column)).collect()
    }

    fn constraint_uses(&self, constraint: &Constraint, column: &Ident) -> bool {
        let has = |columns: &[Ident]| columns.iter().any(|c| self.same(c, column));
        match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => has(columns),
            ConstraintKind::Check { expr } => has(&expr.columns) || keys::mentions(&expr.text, &column.value),
            ConstraintKind::ForeignKey(fk) => has(&fk.columns),
            ConstraintKind::NotNull { column: name } => self.same(name, column),
            ConstraintKind::Exclude => keys::mentions(&constraint.text, &column.value),
        }
    }

    /// A validated CHECK proves that the column holds no NULL, by the simple form `column IS NOT NULL`.
    pub fn not_null_proved_by_check(&self, table: &Name, column: &Ident) -> bool {
        let proves = |c: &&Constraint| match &c.kind {
            ConstraintKind::Check { expr } => {
                !c.not_valid && !c.not_enforced && keys::is_not_null_test(&expr.text, column)
            }
            _ => false,
        };
        match self.table(table) {
            Some(_) => self.constraints_of_column(table, column).iter().any(proves),
            None => self.loose.get(&self.key(table)).into_iter().flatten().any(|c| proves(&c)),
        }
    }

    /// A copy with only what changes of these tables can touch: the tables, their foreign-key partners, partitions
    /// and views. For trying steps out without copying everything.
    pub fn excerpt(&self, tables: &[Name]) -> Schema {
        let mut part = Schema::new(self.target);
        let mut wanted: BTreeSet<Key> = BTreeSet::new();
        for name in tables {
            let Some(key) = self.find(name) else { continue };
            wanted.extend(self.referencing.get(&key).into_iter().flatten().cloned());
            wanted.extend(self.partitions.get(&key).into_iter().flatten().cloned());
            if let Some(table) = self.tables.get(&key) {
                let partners = table.def.constraints.iter().filter_map(|c| match &c.kind {
                    ConstraintKind::ForeignKey(fk) => self.find(&fk.references),
                    _ => None,
                });
                wanted.extend(partners);
                wanted.extend(table.def.partition_of.as_ref().and_then(|p| self.find(p)));
            }
            wanted.insert(key);
        }
        for key in wanted {
            if let Some(table) = self.tables.get(&key) {
                part.insert_table(key, table.clone());
            }
        }
        let reads = |view: &View| view.reads.iter().any(|r| part.find(r).is_some()) || tables.contains(&view.name);
        let mut views: Vec<_> =
            self.views.iter().filter(|(_, v)| reads(v)).map(|(k, v)| (k.clone(), v.clone())).collect();
        while !views.is_empty() {
            let above = views.iter().flat_map(|(_, view)| self.views_on(&view.name));
            let above: Vec<_> = above.map(|view| (self.key(&view.name), view.clone())).collect();
            part.views.extend(views);
            views = above.into_iter().filter(|(key, _)| !part.views.contains_key(key)).collect();
        }
        part.enums = self.enums.clone();
        let belongs = |o: &&Object| match &o.on {
            Some(on) => part.find(on).is_some(),
            None => o.kind == ObjectKind::Publication,
        };
        let objects: Vec<_> =
            self.objects.iter().filter(|(_, o)| belongs(o)).map(|(k, o)| (k.clone(), o.clone())).collect();
        part.objects.extend(objects);
        let extras: Vec<_> = self
            .extras
            .iter()
            .filter(|(key, _)| part.tables.contains_key(*key) || part.views.contains_key(*key))
            .map(|(key, extras)| (key.clone(), extras.clone()))
            .collect();
        part.extras.extend(extras);
        part
    }

    fn same(&self, a: &Ident, b: &Ident) -> bool {
        same_ident(self.target, a, b)
    }

    fn index_has_name(&self, index: &IndexDef, name: &Name) -> bool {
        index.name.as_ref().is_some_and(|n| self.same(&n.object, &name.object))
    }
}

#[cfg(test)]
mod tests;
