//! CREATE TABLE, INSERT … SELECT, DROP COLUMN: statements that move columns into a table of their own.
//!
//! In: the statements from one on. Out: which column goes where, and what makes the new table. Never: values that are computed,
//! or rows that the primary key of the old table does not tell apart in the new one.

use super::copied::is_written;
use super::moved::{Selected, by_hand, by_select};
use super::pairs::{Pair, each};
use super::words;
use crate::change::ReferentialAction::Cascade;
use crate::change::{
    Change, ColumnDef, Constraint, ConstraintKind, ForeignKey, Ident, IndexDef, IndexPart, Name, ObjectKind, TableDef,
    lower,
};
use crate::draft::{Draft, Run};
use crate::order::{Gather, GatherAll, PushAll};
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Joint};
use crate::request::DualWrite;
use crate::schema::Schema;
use crate::target::Engine;

/// Why nothing but people can do it: which rows belong together is not known.
pub const ROWS: &str = "Rows of the new table are not known to be those of the old one by its primary key";
/// The same: a value is not taken as it is.
pub const VALUES: &str =
    "A value is computed, of another type or not taken as it is, a row that has some is left out, or a column stays";

/// Why a foreign key of the new table is made last.
pub const LATE: &str = " Its foreign key would refuse what older code deletes: it comes once no such code runs.";

/// What code does once it reads the new table: to carry rows over would undo what later code writes there only.
pub const SECOND: &str = "Code of the second deploy writes the same values to both tables, and carries nothing over: of what code of \
     the third writes, the old one knows nothing";

/// Whether a statement can be the first of them.
pub fn starts(change: &Change) -> bool {
    match change {
        Change::CreateTable(def) => !def.temporary && (def.from_query || def.complete && def.like.is_none()),
        _ => false,
    }
}

/// The plan of an engine, or what people are to do where it gives a reason why it has none.
pub fn find(
    ahead: &Ahead<'_>,
    recipe: &'static str,
    plan: fn(&Script<'_>) -> Result<Draft, &'static str>,
) -> Option<Joint> {
    let Change::CreateTable(def) = ahead.cx.change else { return None };
    let script = Script::read(ahead, def)?;
    let draft = plan(&script).unwrap_or_else(|why| {
        let so = match ahead.cx.world.options.dual_write {
            DualWrite::Trigger => "no trigger keeps both right",
            DualWrite::Application => "what code that writes both is to write is for people to say",
        };
        let why = format!("{why}: {so}, and what differs is lost with the drop.");
        by_hand(recipe, why, None, (&script.old(), &def.name.to_string()))
    });
    Some(Joint::of(draft, script.members))
}

/// What the statements say together.
pub struct Script<'a> {
    /// What is known before them.
    pub cx: Cx<'a>,
    /// The new table; where a query makes it, with the columns of that.
    pub def: TableDef,
    /// What fills it.
    read: Selected<'a>,
    /// The columns that go.
    pub dropped: Vec<Ident>,
    /// Makes the new table and what belongs to it.
    pub make: Vec<Run>,
    members: Vec<usize>,
}

/// What goes where.
pub struct Split<'a> {
    /// What is known before the statements.
    pub cx: Cx<'a>,
    /// The old table.
    pub from: &'a Name,
    /// The new table.
    pub to: &'a Name,
    /// What is known once the new table is made.
    pub after: Schema,
    /// The primary key of the old table, a unique key of the new one.
    pub key: Vec<Pair>,
    /// The columns that move.
    pub rest: Vec<Pair>,
    /// Those that may not be NULL in the new table.
    pub strict: Vec<Pair>,
    /// Rows without values have none in the new table.
    pub sparse: bool,
    /// The new table is made of a query and has no key.
    pub keyless: bool,
    numbered: fn(&TableDef, &ColumnDef) -> bool,
}

impl<'a> Split<'a> {
    /// The key, then the others.
    pub fn all(&self) -> Vec<Pair> {
        [self.key.as_slice(), &self.rest].concat()
    }

    /// A text for each pair, see [`each`].
    pub fn each(&self, pairs: &[Pair], between: &str, text: &str) -> String {
        each(&self.cx, pairs, between, text)
    }

    /// The foreign keys from columns of the key of the new table to the old one, and whether from all of them.
    pub fn to_old(&self) -> Vec<(&Constraint, &ForeignKey, bool)> {
        let of_key = |name: &Ident| self.key.iter().any(|pair| self.after.same(&pair.to, name));
        let keys = self.after.foreign_keys(self.to).into_iter().filter_map(|c| match &c.kind {
            ConstraintKind::ForeignKey(key) if self.cx.world.schema.same_relation(&key.references, self.from) => {
                Some((c, key, key.columns.len() == self.key.len() && key.columns.iter().all(of_key)))
            }
            _ => None,
        });
        keys.filter(|(_, key, _)| key.columns.iter().any(of_key)).gather()
    }

    /// Those that do not take the row along.
    pub fn late_keys(&self) -> Vec<&Constraint> {
        self.to_old().into_iter().filter(|(_, key, _)| key.on_delete != Cascade).map(|(c, ..)| c).gather()
    }

    /// The others, where they refuse another key: for code that does not know the new table.
    pub fn holds(&self) -> Option<String> {
        let holds = self.to_old().iter().any(|(_, key, _)| key.on_delete == Cascade && key.on_update != Cascade);
        let (from, key) = (self.from, self.each(&self.key, ", ", "\u{1}"));
        holds.then(|| format!("No older code changes {from} ({key}): the foreign key of {} refuses that", self.to))
    }

    /// The row has a value in one of the columns that move.
    pub fn any(&self, row: &str) -> String {
        self.each(&self.rest, " OR ", &format!("{row}\u{1} IS NOT NULL"))
    }

    /// Rows of the new table may clash in another unique key than that of the old one; `covered` says which they cannot, as rows
    /// of the old table would clash, too.
    pub fn clashes(&self, covered: &dyn Fn(&[Ident]) -> bool) -> bool {
        let (schema, Some(new)) = (self.cx.world.schema, self.after.table(self.to)) else { return true };
        let has = |columns: &[Ident], name: &Ident| columns.iter().any(|own| schema.same(own, name));
        let of_constraint = |c: &Constraint| match &c.kind {
            ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => Some(columns.clone()),
            _ => None,
        };
        // What is no plain column is not told.
        let of_index = |index: &IndexDef| {
            let plain = |part: &IndexPart| part.column.clone().filter(|_| !part.text.contains('('));
            index.unique.then(|| index.parts.iter().map(plain).gather_all().unwrap_or_default())
        };
        let mut keys: Vec<Vec<Ident>> = new.def.constraints.iter().filter_map(of_constraint).gather();
        keys.push_all(new.def.indexes.iter().filter_map(of_index));
        let numbered = |name: &Ident| {
            let mut own = new.def.columns.iter().filter(|column| schema.same(&column.name, name));
            own.any(|column| (self.numbered)(&new.def, column))
                && !self.all().iter().any(|pair| schema.same(&pair.to, name))
        };
        keys.iter().any(|columns| {
            let told_apart = self.key.iter().all(|pair| has(columns, &pair.to)) || columns.iter().any(numbered);
            !told_apart && !covered(columns)
        })
    }

    /// Counts the rows in which `b`, the new table, has not the values of `a`, and those of none: in one statement, so that both
    /// tables are read at one moment.
    pub fn apart(&self, differ: &str) -> String {
        let (old, new) = (self.cx.name(self.from), self.cx.name(self.to));
        let by = self.each(&self.key, " AND ", "b.\u{2} = a.\u{1}");
        let first = self.key.first().map_or_else(String::new, |pair| self.cx.ident(&pair.from));
        format!(
            "SELECT (SELECT COUNT(*) FROM {old} AS a LEFT JOIN {new} AS b ON {by} WHERE {differ}) + (SELECT COUNT(*) FROM {new} AS b \
             LEFT JOIN {old} AS a ON {by} WHERE a.{first} IS NULL)"
        )
    }

    /// A column of the old table and the one that follows it.
    pub fn columns(&self, pair: &Pair) -> Option<(&'a ColumnDef, &ColumnDef)> {
        self.cx.world.schema.column(self.from, &pair.from).zip(self.after.column(self.to, &pair.to))
    }
}

impl<'a> Script<'a> {
    fn read(ahead: &Ahead<'a>, def: &'a TableDef) -> Option<Script<'a>> {
        let (cx, to) = (ahead.cx, &def.name);
        let (at, insert) =
            ahead.statements.iter().enumerate().find(|(n, statement)| match statement.changes.as_slice() {
                [Change::Insert { table, from_query: true, .. }] => table == to,
                _ => *n == 0 && def.fills(),
            })?;
        let read = by_select(insert.sql).filter(|_| cx.world.schema.table(to).is_none())?;
        let first = ahead.statements.first()?.sql;
        let def = if def.from_query { result(&cx, def, &by_select(first)?, first)? } else { def.clone() };
        let to = &def.name;
        let gone = |change: &&Change| match change {
            Change::DropColumn { table, column, .. } if cx.world.schema.same_relation(table, &read.other) => {
                Some(column.clone())
            }
            _ => None,
        };
        let mut dropped: Vec<Ident> = Vec::new();
        for statement in ahead.statements.iter().skip(at + 1) {
            let columns: Vec<Ident> = statement.changes.iter().filter_map(gone).gather();
            if columns.iter().any(|column| words::mentions(insert.sql, column)) {
                dropped.push_all(columns);
            }
        }
        let belongs = |n: usize, change: &Change| match change {
            Change::CreateTable(_) => n == 0,
            // It may need something else of the script.
            Change::Object { kind: ObjectKind::Trigger, .. } => false,
            other => about(other) == Some(to),
        };
        let goes = |n: usize, change: &&Change| match gone(change) {
            Some(column) => n > at && dropped.contains(&column),
            None => is_index_of(cx.world.schema, &read.other, &dropped, change),
        };
        let (mut make, mut members) = (Vec::new(), Vec::new());
        for (n, statement) in ahead.statements.iter().enumerate().filter(|(_, statement)| !statement.changes.is_empty())
        {
            let changes = &statement.changes;
            if n == 0 && def.from_query {
                make.push(cx.run(Change::CreateTable(Box::new(TableDef { from_query: false, ..def.clone() }))));
            } else if changes.iter().all(|change| belongs(n, change)) {
                make.push_all(own_runs(statement.sql, changes).into_iter().map(|run| at_once(&cx, run)));
            } else if n != at && !changes.iter().all(|change| goes(n, change)) {
                continue;
            }
            members.push(n);
        }
        (!dropped.is_empty()).then_some(Script { cx, def, read, dropped, make, members })
    }

    /// `users (bio, avatar)`.
    pub fn old(&self) -> String {
        format!("{} ({})", self.read.other, self.cx.idents(&self.dropped))
    }

    /// What is said of a table that a query makes; `how` the columns without it are dropped, and `key` what it gets of the plan.
    pub fn from_query(&self, split: &Split<'_>, how: &str, key: &str) -> Vec<String> {
        let to = split.to;
        let mut notes = Vec::new();
        if self.def.from_query {
            notes.push(format!(
                "If {to} is only to keep the values and no code is to use it, drop the columns without it{how}."
            ));
        }
        if split.keyless {
            notes.push(format!(
                "The script gives {to} no key; the plan makes ({}) its {key}, by which both are kept the same.",
                split.each(&split.key, ", ", "\u{2}")
            ));
        }
        notes
    }

    /// What goes where, or why no trigger keeps both right. `alike`: values of an old column are taken by a new one as they are;
    /// the third says that it is one of the key. `numbered`: the server gives each row another value where none is said.
    pub fn split(
        &self,
        alike: fn(&ColumnDef, &ColumnDef, bool) -> bool,
        numbered: fn(&TableDef, &ColumnDef) -> bool,
    ) -> Result<Split<'_>, &'static str> {
        let (cx, schema, to) = (self.cx, self.cx.world.schema, &self.def.name);
        let known = schema.table(&self.read.other).ok_or(ROWS)?;
        let from = &known.def.name;
        let mut after = schema.excerpt(std::slice::from_ref(from));
        self.make.iter().for_each(|run| after.apply(&run.change));
        let new = after.table(to).ok_or(ROWS)?;
        let parted = |def: &TableDef| def.partition_by.is_some() || def.partition_of.is_some() || def.external;
        let alone = |def: &TableDef| def.complete && !parted(def) && def.inherits.is_empty();
        if !alone(&known.def) || !alone(&new.def) || !schema.heirs(from).is_empty() {
            return Err(ROWS);
        }
        let (def, new) = (&new.def, &new.def.columns);
        let primary = schema.primary_key(from).unwrap_or_default();
        let (mut key, mut rest) = (Vec::new(), Vec::new());
        for (at, source) in self.read.sources.as_ref().ok_or(VALUES)?.iter().enumerate() {
            let target = match &self.read.targets {
                Some(said) => said.get(at).and_then(|target| after.column(to, target)),
                None => new.get(at),
            };
            let (old, new) = schema.column(from, source).zip(target).ok_or(VALUES)?;
            let kept = primary.iter().any(|own| schema.same(own, source));
            if !(alike(old, new, kept) && (kept || is_written(old))) {
                return Err(VALUES);
            }
            let pairs = if kept { &mut key } else { &mut rest };
            pairs.push(Pair { from: old.name.clone(), to: new.name.clone(), data_type: old.data_type.clone() });
        }
        let mut unique = keys_of(&cx, &self.def, from);
        unique.push_all(self.make.iter().filter_map(|run| unique_of(&run.change)));
        let has = |columns: &[Ident], name: &Ident| columns.iter().any(|own| schema.same(own, name));
        let exact = |columns: &Vec<Ident>| columns.len() == key.len() && key.iter().all(|p| has(columns, &p.to));
        let keyless = !unique.iter().any(exact);
        if key.is_empty() || key.len() != primary.len() || keyless && !(self.def.from_query && unique.is_empty()) {
            return Err(ROWS);
        }
        let demands = |name: &Ident| after.is_not_null(to, name) == Some(true);
        let strict: Vec<Pair> = rest.iter().filter(|pair| demands(&pair.to)).cloned().gather();
        let refused = |pair: &Pair| schema.is_not_null(from, &pair.from) != Some(true);
        let lacking = |column: &ColumnDef| {
            let made = column.default.is_some() || numbered(def, column) || column.generated.is_some();
            !made && demands(&column.name) && !key.iter().chain(&rest).any(|pair| pair.to == column.name)
        };
        let any = each(&cx, &rest, " OR ", "\u{1} IS NOT NULL");
        // SQLite asks for a condition before ON CONFLICT.
        let sparse = !matches!(lower(self.read.filter).as_str(), "" | "true" | "1");
        // Where the only value may not be NULL, a row without it goes.
        let refuses = strict.iter().any(refused) && !(sparse && rest.len() == 1);
        let stays = rest.len() != self.dropped.len() || !rest.iter().all(|pair| has(&self.dropped, &pair.from));
        let left_out = sparse && self.tested(self.read.filter) != self.tested(&any);
        if refuses || stays || left_out || new.iter().any(lacking) {
            return Err(VALUES);
        }
        Ok(Split { cx, from, to, after, key, rest, strict, sparse, keyless, numbered })
    }

    /// The columns of `a IS NOT NULL OR b IS NOT NULL`; something else where it says something else.
    fn tested(&self, condition: &str) -> Vec<String> {
        let quote = |c: char| matches!(c, '(' | ')' | '`' | '"' | '[' | ']');
        let text: String =
            format!("{} or", lower(condition)).chars().filter(|c| !c.is_whitespace() && !quote(*c)).collect();
        let bare = text.replace(&format!("{}.", lower(&self.read.alias.value)), "");
        crate::order::sorted(bare.split("isnotnullor").map(str::to_string).gather())
    }
}

/// The table that `CREATE TABLE … AS` makes, where nothing is said of it but its columns. What else they have of the old ones
/// differs: PostgreSQL takes type and collation, MySQL all but what numbers them, SQLite the affinity.
fn result(cx: &Cx<'_>, def: &TableDef, read: &Selected<'_>, sql: &str) -> Option<TableDef> {
    let head = sql.get(..words::find_clause(sql, "as", 0)?)?;
    let bare = words::split_spaces(head.get(..head.find('(').unwrap_or(head.len()))?);
    if words::split_dot(bare.last()?).last() != Some(&def.name.object) {
        return None;
    }
    let names = read.targets.as_ref().unwrap_or(&read.called);
    let sources = read.sources.as_ref()?;
    let engine = cx.world.target.engine();
    let column = |(name, source): (&Ident, &Ident)| {
        let old = cx.world.schema.column(&read.other, source)?;
        let mut made = ColumnDef::new(name.clone(), old.data_type.clone()?);
        if engine != Engine::Sqlite {
            made.collation = old.collation.clone();
        }
        if engine.is_mysql_family() {
            made.nullability = old.nullability;
        }
        Some(made)
    };
    let columns = names.iter().zip(sources).map(column).gather_all()?;
    let (text, if_not_exists) = match engine {
        Engine::Postgres => (String::new(), false),
        Engine::MySql | Engine::MariaDb | Engine::Sqlite => (without_rows(sql, read.filter)?, def.if_not_exists),
    };
    let made = TableDef { columns, complete: true, text, if_not_exists, ..def.clone() };
    (names.len() == sources.len()).then_some(made)
}

/// The same statement, of which no row is taken: the server makes the columns.
fn without_rows(sql: &str, filter: &str) -> Option<String> {
    let sql = sql.trim().trim_end_matches(';').trim_end();
    let all = match filter {
        "" => sql,
        filter => {
            let head = sql.strip_suffix(filter)?.trim_end();
            head.get(..head.len().checked_sub("where".len())?)?.trim_end()
        }
    };
    Some(format!("{all} WHERE false"))
}

/// An index that would go with one of the columns of a table is dropped.
pub fn is_index_of(schema: &Schema, table: &Name, columns: &[Ident], change: &Change) -> bool {
    let Change::DropIndex { name, .. } = change else { return false };
    let mut indexes = columns.iter().flat_map(|column| schema.indexes_of_column(table, column));
    indexes.any(|index| index.name.as_ref().is_some_and(|own| schema.same(&own.object, &name.object)))
}

/// The table is empty, and its step one transaction.
fn at_once(cx: &Cx<'_>, run: Run) -> Run {
    match run.change {
        Change::CreateIndex(mut index) if index.concurrently => {
            index.concurrently = false;
            index.text = String::new();
            cx.run(Change::CreateIndex(index))
        }
        change => Run { change, ..run },
    }
}

/// One statement with several actions: its text once.
pub fn own_runs(sql: &str, changes: &[&Change]) -> Vec<Run> {
    let text = |n: usize| if n == 0 { sql.to_string() } else { String::new() };
    changes.iter().enumerate().map(|(n, change)| Run { sql: text(n), change: (*change).clone() }).gather()
}

/// The table that a statement adds something to.
pub fn about(change: &Change) -> Option<&Name> {
    match change {
        Change::AddConstraint { table, .. } | Change::SetDefault { table, .. } | Change::SetNotNull { table, .. } => {
            Some(table)
        }
        Change::Partition { table, .. } => Some(table),
        Change::CreateIndex(index) => Some(&index.table),
        Change::Object { on: Some(on), .. } => Some(on),
        Change::Object { kind: ObjectKind::Table, name: Some(name), .. } => Some(name),
        _ => None,
    }
}

/// The unique key that a change adds.
pub fn unique_of(change: &Change) -> Option<Vec<Ident>> {
    match change {
        Change::AddConstraint { constraint, .. } if constraint.deferrable.is_empty() => match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => Some(columns.clone()),
            _ => None,
        },
        Change::CreateIndex(index) if index.unique && index.filter.is_none() => {
            index.parts.iter().map(|part| part.column.clone()).collect()
        }
        _ => None,
    }
}

/// Unique keys that the definition says, or that LIKE copies.
pub fn keys_of(cx: &Cx<'_>, def: &TableDef, old: &Name) -> Vec<Vec<Ident>> {
    let own = |c: &Constraint| match &c.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => {
            c.deferrable.is_empty().then(|| columns.clone())
        }
        _ => None,
    };
    let mut keys: Vec<Vec<Ident>> = def.constraints.iter().filter_map(own).gather();
    let inline = def.columns.iter().flat_map(|column| column.constraints.iter().map(move |c| (column, c)));
    keys.push_all(inline.filter(|(_, c)| own(c).is_some()).map(|(column, _)| vec![column.name.clone()]));
    let text = def.text.to_ascii_lowercase();
    let copies_keys = ["including all", "including indexes"].iter().any(|words| text.contains(words));
    if def.like.as_ref().is_some_and(|like| like == old) && copies_keys {
        keys.push_all(cx.world.schema.primary_key(old).map(<[Ident]>::to_vec));
    }
    keys
}
