//! What is known about the database: the baseline given, and every change applied so far.
//!
//! In: changes, one by one. Out: tables, columns, indexes, dependants. Never: a guess; what was not given is absent.

mod apply;
mod dependants;
mod hash;
mod keys;
mod known;
mod naming;
mod numbered;
mod options;
mod session;
pub mod shape;
mod tables;
mod uses;
mod written;

use crate::change::{Change, ColumnDef, Constraint, ConstraintKind, Ident, IndexDef, Name, Nullability, ObjectKind};
use crate::order::{Gather, Map, Set};
use crate::target::{Engine, Target};
use dependants::Dependants;
use keys::Key;
use numbered::Numbered;
use session::Session;
use std::sync::Arc;
use tables::Tables;

pub use keys::{is_bare_test, mentions, runs, same_ident};
pub use known::{KeptBy, Object, Table, View};
pub use naming::default_constraint_name;
pub use options::{most_bytes_of, of_collation, option, table_options};
pub use written::Extra;

/// Levels of partitions below partitions that are followed; more than anybody makes.
pub const PARTITION_LEVELS: u8 = 6;

/// The modelled database.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    target: Target,
    tables: Tables,
    /// Index → its table, where index names are unique per schema (PostgreSQL, SQLite).
    index_tables: Map<Key, Key>,
    /// Referenced table → tables with a foreign key to it.
    referencing: Map<Key, Set<Key>>,
    /// Parent → partitions.
    partitions: Map<Key, Set<Key>>,
    /// Parent → partitions for what fits no other.
    default_partitions: Map<Key, Set<Key>>,
    /// Tables that inherit from others, by the object name of each of those.
    heirs: Dependants<Key>,
    /// Copies share them until one changes them.
    views: Map<Key, Arc<View>>,
    /// Views that have indexes.
    stored: Set<Key>,
    /// Relation → views that read it.
    readers: Dependants<Key>,
    /// Shared by copies, which seldom change them.
    enums: Arc<Map<Key, Vec<String>>>,
    /// The statement that made a domain, with what was added to it behind it. Shared as enums are.
    domains: Arc<Map<Key, String>>,
    objects: Map<ObjectKey, Arc<Object>>,
    /// Relation → objects that belong to it.
    belongings: Dependants<ObjectKey>,
    /// Triggers that the script has dropped.
    dropped: Map<Key, Arc<Object>>,
    /// Indexes and keys of partitioned tables that the script declared, with what drops them.
    declared: Map<Key, Arc<Change>>,
    /// How many objects were made so far.
    objects_made: usize,
    /// Statements that add to a relation, as written.
    extras: Map<Key, Arc<Vec<Extra>>>,
    /// What the script has set for itself.
    session: Session,
    /// Constraints that the script adds to tables of which nothing else is known.
    loose: Map<Key, Vec<Constraint>>,
    /// Names that tables in use have given up: who takes one over is in use from then on.
    vacated: Set<Key>,
    /// How far the server's names for unnamed things are given out.
    numbered: Numbered,
    /// Relations that were dropped or renamed, of which nothing has the name since.
    gone: Set<Key>,
    /// Something was run that cannot be followed: what is there is not sure any more.
    blurred: bool,
}

/// Triggers, policies and rules have names of their own per relation.
type ObjectKey = (ObjectKind, Key, Option<Key>);

impl Schema {
    /// An empty schema.
    pub fn new(target: Target) -> Self {
        Schema {
            target,
            tables: Tables::default(),
            index_tables: Map::default(),
            referencing: Map::default(),
            partitions: Map::default(),
            default_partitions: Map::default(),
            heirs: Dependants::default(),
            views: Map::default(),
            stored: Set::default(),
            readers: Dependants::default(),
            enums: Arc::default(),
            domains: Arc::default(),
            objects: Map::default(),
            belongings: Dependants::default(),
            dropped: Map::default(),
            declared: Map::default(),
            objects_made: 0,
            extras: Map::default(),
            session: Session::default(),
            loose: Map::default(),
            vacated: Set::default(),
            numbered: Numbered::default(),
            gone: Set::default(),
            blurred: false,
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
        self.session = self.session.again();
        self.dropped = Map::default();
        self.declared = Map::default();
        self.tables.for_each_mut(|table| (table.new, table.filled) = (false, false));
        self.views.values_mut().for_each(|view| Arc::make_mut(view).new = false);
        self.objects.values_mut().for_each(|object| Arc::make_mut(object).new = false);
    }

    /// What drops an index or key that the script declared ON ONLY a partitioned table, and what was attached to it.
    pub fn declared(&self, index: &Name) -> Option<&Change> {
        let key = self.key(index);
        self.declared.get(&key).or_else(|| keys::any_schema(&self.declared, &key)).map(|drop| &**drop)
    }

    /// Foreign keys that are added now are not checked against the rows that exist.
    pub fn keys_are_unchecked(&self) -> bool {
        self.session.keys_unchecked()
    }

    /// What a query reads into a table is not locked (MySQL, READ COMMITTED).
    pub fn reads_lock_nothing(&self) -> bool {
        self.session.reads_lock_nothing()
    }

    /// A SELECT within a transaction locks what it reads (MySQL, SERIALIZABLE).
    pub fn reads_lock(&self) -> bool {
        self.session.reads_lock()
    }

    /// A date of zeros may be a default (MySQL, `sql_mode` without NO_ZERO_DATE).
    pub fn takes_zero_dates(&self) -> bool {
        self.session.zero_dates()
    }

    /// ANALYZE reads some rows of each index only (SQLite, `analysis_limit`).
    pub fn analyses_some(&self) -> bool {
        self.session.analyses_some()
    }

    /// A system-versioned table may change its shape (MariaDB).
    pub fn keeps_history(&self) -> bool {
        self.session.keeps_history()
    }

    /// The text of a trigger of this name that the script has dropped.
    pub fn dropped_trigger(&self, name: &Name) -> Option<&str> {
        self.dropped.get(&self.key(name)).map(|trigger| trigger.text.as_str())
    }

    /// Whether the session's time zone is UTC; none where the script has not set it.
    pub fn in_utc(&self) -> Option<bool> {
        self.session.utc()
    }

    /// The enum was made in the transaction that is open now.
    pub fn is_of_transaction(&self, enum_type: &Name) -> bool {
        self.session.made(&self.key(enum_type))
    }

    /// All tables, by name.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.sorted(|_| true)
    }

    /// Tables for which it holds, by name.
    pub fn tables_where(&self, holds: impl Fn(&Table) -> bool) -> impl Iterator<Item = &Table> {
        self.tables.sorted(holds)
    }

    /// Tables that inherit from a table, by name; a missing schema matches any.
    pub fn heirs(&self, parent: &Name) -> Vec<&Table> {
        let fits = |a: &Option<Ident>, b: &Option<Ident>| a == b || a.is_none() || b.is_none();
        let inherits = |p: &Name| p.object == parent.object && fits(&p.schema, &parent.schema);
        let tables = self.heirs.of(&parent.object.value).filter_map(|key| self.tables.get(key));
        tables.filter(|table| table.def.inherits.iter().any(inherits)).gather()
    }

    /// All views, by name.
    pub fn views(&self) -> impl Iterator<Item = &View> {
        self.views.values().map(|view| &**view)
    }

    /// A table by name. An unqualified name finds the table of the default schema, or else the only one of that
    /// name; a qualified one also finds a table that was declared without a schema.
    pub fn table(&self, name: &Name) -> Option<&Table> {
        self.found(name).map(|(_, table)| table)
    }

    /// The name under which a table is known; the name itself where it is not.
    pub fn known_name<'a>(&'a self, name: &'a Name) -> &'a Name {
        self.table(name).map_or(name, |table| &table.def.name)
    }

    /// Both name the same relation, with or without the default schema.
    pub fn same_relation(&self, a: &Name, b: &Name) -> bool {
        let key = |name: &Name| self.find(name).unwrap_or_else(|| self.key(name));
        key(a) == key(b)
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
            self.stored
                .iter()
                .filter_map(|key| self.views.get(key))
                .find_map(|view| view.indexes.iter().find(|i| self.index_has_name(i, name)).map(|i| (i, &view.name)))
        })
    }

    /// An index of one table by name.
    pub fn table_index(&self, table: &Name, name: &Name) -> Option<&IndexDef> {
        self.table(table)?.def.indexes.iter().find(|i| self.index_has_name(i, name))
    }

    /// An index by name, of the table where one is said, with its table.
    pub fn index_of(&self, name: &Name, table: Option<&Name>) -> Option<(&IndexDef, &Name)> {
        match table {
            Some(table) => Some((self.table_index(table, name)?, &self.table(table)?.def.name)),
            None => self.index_with_table(name),
        }
    }

    /// The UNIQUE of a table whose index has this name: MySQL calls one without a name after its first column.
    pub fn unique_of_index(&self, table: &Name, index: &Ident) -> Option<&Constraint> {
        let constraints = &self.table(table)?.def.constraints;
        let first = |c: &Constraint| match &c.kind {
            ConstraintKind::Unique { columns, .. } => columns.first().cloned(),
            _ => None,
        };
        let named = |c: &&Constraint| match (first(c), &c.name) {
            (Some(_), Some(own)) => self.same(own, index),
            _ => false,
        };
        let unnamed = |c: &&Constraint| c.name.is_none() && first(c).is_some_and(|own| self.same(&own, index));
        let mysql = self.target.engine().is_mysql_family();
        constraints.iter().find(named).or_else(|| constraints.iter().find(unnamed).filter(|_| mysql))
    }

    /// A constraint of a table by name.
    pub fn constraint(&self, table: &Name, name: &Ident) -> Option<&Constraint> {
        self.table(table)?.def.constraints.iter().find(|c| c.name.as_ref().is_some_and(|n| self.same(n, name)))
    }

    /// Made by the script itself: no traffic. A plain view is but another name, which traffic may use soon.
    pub fn is_new(&self, table: &Name) -> bool {
        self.table(table).map_or_else(|| self.view(table).is_some_and(|v| v.new && v.materialized), |t| t.new)
    }

    /// Made by the script itself, and nothing was put in that cannot be counted: as good as empty.
    pub fn is_empty_table(&self, table: &Name) -> bool {
        self.table(table).is_some_and(|t| t.new && !t.filled)
    }

    /// Foreign keys of other tables (and of itself) that point at a table.
    pub fn referencing(&self, table: &Name) -> Vec<(&Table, &Constraint)> {
        let Some((key, _)) = self.found(table) else { return self.referencing_unknown(table) };
        let Some(children) = self.referencing.get(key) else { return Vec::new() };
        let points_here = |c: &&Constraint| match &c.kind {
            ConstraintKind::ForeignKey(fk) => self.found(&fk.references).is_some_and(|(found, _)| found == key),
            _ => false,
        };
        children
            .iter()
            .filter_map(|child| self.tables.get(child))
            .flat_map(|child| child.def.constraints.iter().filter(points_here).map(move |c| (child, c)))
            .gather()
    }

    fn referencing_unknown(&self, table: &Name) -> Vec<(&Table, &Constraint)> {
        let key = self.key(table);
        let Some(children) = self.referencing.get(&key) else { return Vec::new() };
        children
            .iter()
            .filter_map(|child| self.tables.get(child))
            .flat_map(|child| child.def.constraints.iter().map(move |c| (child, c)))
            .filter(|(_, c)| matches!(&c.kind, ConstraintKind::ForeignKey(fk) if self.key(&fk.references) == key))
            .gather()
    }

    /// Foreign keys of a table.
    pub fn foreign_keys(&self, table: &Name) -> Vec<&Constraint> {
        let Some(table) = self.table(table) else { return Vec::new() };
        table.def.constraints.iter().filter(|c| matches!(c.kind, ConstraintKind::ForeignKey(_))).gather()
    }

    /// A view by name.
    pub fn view(&self, name: &Name) -> Option<&View> {
        if self.views.is_empty() {
            return None;
        }
        let key = self.key(name);
        let view = self.views.get(&key).or_else(|| keys::any_schema(&self.views, &key));
        view.map(|view| &**view)
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
        self.readers.of(&key.object).filter_map(|view| self.views.get(view)).map(|view| &**view).filter(reads).gather()
    }

    /// Labels of an enum type.
    pub fn enum_labels(&self, name: &Name) -> Option<&[String]> {
        let key = self.key(name);
        let found = self.enums.get(&key).or_else(|| keys::any_schema(&self.enums, &key));
        found.map(Vec::as_slice)
    }

    /// Partitions of a table.
    pub fn partitions(&self, parent: &Name) -> Vec<&Table> {
        let children = self.found(parent).and_then(|(key, _)| self.partitions.get(key));
        children.into_iter().flat_map(Set::iter).filter_map(|key| self.tables.get(key)).gather()
    }

    /// The partition for what fits no other.
    pub fn default_partition(&self, parent: &Name) -> Option<&Table> {
        let (key, _) = self.found(parent)?;
        let (all, default) = (self.partitions.get(key)?, self.default_partitions.get(key)?);
        default.iter().filter(|part| all.contains(part)).find_map(|part| self.tables.get(part))
    }

    /// The bounds of a partition that is partitioned itself: tables above it, each with the bound that holds below it.
    pub fn bounds_above(&self, table: &Name) -> Vec<(&Name, &str)> {
        let (mut found, mut below) = (Vec::new(), self.table(table));
        // A table that was said to be above itself ends, too.
        while let Some((known, above)) = below.and_then(|known| known.def.partition_of.as_ref().map(|of| (known, of)))
            && found.len() < 9
        {
            found.push((above, known.def.options.as_str()));
            below = self.table(above);
        }
        found
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
        let known = self.belongings.of(&key.object).filter_map(|object| self.objects.get(object)).map(|o| &**o);
        let found: Vec<&Object> = known.filter(|o| o.kind == kind).filter(belongs).gather();
        crate::order::by_key(found, |object| object.order)
    }

    /// All triggers, by name.
    pub fn triggers(&self) -> impl Iterator<Item = &Object> {
        self.objects.values().map(|object| &**object).filter(|object| object.kind == ObjectKind::Trigger)
    }

    /// All objects of a kind.
    pub fn objects_of(&self, kind: ObjectKind) -> Vec<&Object> {
        self.objects.values().map(|o| &**o).filter(|o| o.kind == kind).gather()
    }

    /// Triggers whose function this is (PostgreSQL).
    pub fn triggers_that_run(&self, function: &Name) -> Vec<&Object> {
        self.triggers().filter(|trigger| runs(&trigger.text, function)).gather()
    }

    /// An object by kind and name; of those that belong to relations, the first of that name.
    pub fn object(&self, kind: ObjectKind, name: &Name) -> Option<&Object> {
        let key = self.key(name);
        let first = (kind, key.clone(), None);
        let found = self.objects.range(first..).next();
        found.filter(|((own, name, _), _)| *own == kind && *name == key).map(|(_, object)| &**object)
    }

    /// The statement that made a domain, with the constraints that it got since behind it; empty where that is not
    /// known, none for what is no known domain.
    pub fn domain(&self, name: &Name) -> Option<&str> {
        let key = self.key(name);
        self.domains.get(&key).or_else(|| keys::any_schema(&self.domains, &key)).map(String::as_str)
    }

    fn object_key(&self, kind: ObjectKind, name: &Name, on: Option<&Name>) -> ObjectKey {
        let per_relation = matches!(kind, ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule)
            && self.target.engine() == Engine::Postgres;
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

    /// Whether a column may hold NULL; none when the table or the column is not known. A partition that says no columns has
    /// those of its parent.
    pub fn is_not_null(&self, table: &Name, column: &Ident) -> Option<bool> {
        let mut known = self.table(table)?;
        for _ in 0..PARTITION_LEVELS {
            match &known.def.partition_of {
                Some(parent) if known.def.columns.is_empty() => known = self.table(parent)?,
                _ => break,
            }
        }
        let found = known.def.columns.iter().find(|c| self.same(&c.name, column));
        found.map(|c| c.nullability == Nullability::NotNull)
    }

    /// Tables with a column of this type or domain, by name.
    pub fn tables_of_type<'a>(&'a self, used: &'a Name) -> impl Iterator<Item = &'a Table> {
        let wanted = self.key(used);
        self.tables_where(move |table| table.def.columns.iter().any(|column| self.is_of_type(column, &wanted)))
    }

    fn is_of_type(&self, column: &ColumnDef, wanted: &Key) -> bool {
        column.data_type.as_ref().is_some_and(|data_type| {
            let own = self.key(&data_type.name());
            own.object == wanted.object
                && (own.schema == wanted.schema || own.schema.is_empty() || wanted.schema.is_empty())
        })
    }

    /// Tables that were made `OF` this type.
    pub fn tables_made_of<'a>(&'a self, used: &'a Name) -> impl Iterator<Item = &'a Table> {
        let wanted = self.key(used);
        self.tables_where(move |table| table.def.of_type.as_ref().is_some_and(|own| self.key(own) == wanted))
    }

    /// Constraints of a table; of one that is not known, those that the script added.
    pub fn constraints(&self, table: &Name) -> &[Constraint] {
        match self.table(table) {
            Some(table) => &table.def.constraints,
            None => self.loose.get(&self.key(table)).map_or(&[], Vec::as_slice),
        }
    }

    /// A copy with only what changes of these tables can touch: the tables, their foreign-key partners, partitions
    /// and views. For trying steps out without copying everything.
    pub fn excerpt(&self, tables: &[Name]) -> Schema {
        let mut part = Schema::new(self.target);
        part.session = self.session.clone();
        let mut wanted: Set<Key> = Set::default();
        for name in tables {
            let Some(key) = self.find(name) else { continue };
            wanted.extend(self.referencing.get(&key).into_iter().flat_map(Set::iter).cloned());
            wanted.extend(self.partitions.get(&key).into_iter().flat_map(Set::iter).cloned());
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
        for key in wanted.iter() {
            if let Some(table) = self.tables.shared(key) {
                part.insert_table(key.clone(), table);
                part.numbered.copy(&self.numbered, key);
            }
        }
        let named = tables.iter().map(|name| self.key(name)).gather();
        part.vacated.extend(named.iter().filter(|key| self.vacated.contains(key)).cloned());
        let readers = wanted.iter().flat_map(|key| self.readers.of(&key.object)).chain(&named);
        let reads = |view: &View| view.reads.iter().any(|r| part.found(r).is_some()) || tables.contains(&view.name);
        let known = readers.filter_map(|key| self.views.get_key_value(key));
        let mut views: Map<Key, Arc<View>> =
            known.filter(|(_, view)| reads(view)).map(|(key, view)| (key.clone(), view.clone())).collect();
        while !views.is_empty() {
            let above: Vec<&View> = views.values().flat_map(|view| self.views_on(&view.name)).gather();
            views.into_iter().for_each(|(key, view)| part.put_view(key, view));
            let above = above.into_iter().map(|view| self.key(&view.name)).filter(|key| !part.views.contains_key(key));
            views = above.filter_map(|key| self.views.get(&key).map(Arc::clone).map(|view| (key, view))).collect();
        }
        part.enums = Arc::clone(&self.enums);
        part.domains = Arc::clone(&self.domains);
        let belongs = |o: &Object| o.on.as_ref().is_some_and(|on| part.found(on).is_some());
        let belongings = wanted.iter().flat_map(|key| self.belongings.of(&key.object));
        let known = belongings.filter_map(|key| self.objects.get_key_value(key)).filter(|(_, object)| belongs(object));
        let first = (ObjectKind::Publication, Key::default(), None);
        let publications = self.objects.range(first..).take_while(|(key, _)| key.0 == ObjectKind::Publication);
        let unattached = publications.filter(|(_, object)| object.on.is_none());
        let objects: Map<&ObjectKey, &Arc<Object>> = known.chain(unattached).collect();
        for (key, object) in objects {
            part.put_object(key.clone(), object.clone());
        }
        let relations = wanted.iter().filter(|key| part.tables.get(key).is_some()).chain(part.views.keys());
        let extras: Vec<_> = relations.filter_map(|key| self.extras.get_key_value(key)).gather();
        part.extras = extras.into_iter().map(|(key, extras)| (key.clone(), extras.clone())).collect();
        part
    }

    /// A `*` was written out when the view was made.
    fn views_go_without(&mut self, relation: &Name, column: &Ident) {
        let reading: Vec<Key> = self.views_on(relation).into_iter().map(|view| self.key(&view.name)).gather();
        for key in reading {
            if let Some(view) = self.views.get_mut(&key).filter(|view| view.query.contains('*')) {
                Arc::make_mut(view).later.push((relation.object.clone(), column.clone()));
            }
        }
    }

    /// A name in what views read was changed: the server keeps their text otherwise.
    fn views_go_stale(&mut self, relation: &Name, name: &Ident) {
        let reading: Vec<Name> = self.views_on(relation).into_iter().map(|view| view.name.clone()).gather();
        for view in reading {
            let key = self.key(&view);
            let known = self.views.get_mut(&key).filter(|view| !view.stale);
            if let Some(view) = known.filter(|view| keys::mentions(&view.query, &name.value)) {
                Arc::make_mut(view).stale = true;
            }
        }
    }

    /// The same column name to this engine.
    pub fn same(&self, a: &Ident, b: &Ident) -> bool {
        same_ident(self.target, a, b)
    }

    fn index_has_name(&self, index: &IndexDef, name: &Name) -> bool {
        index.name.as_ref().is_some_and(|n| self.same(&n.object, &name.object))
    }
}

#[cfg(test)]
mod tests;
