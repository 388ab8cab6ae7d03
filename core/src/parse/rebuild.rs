//! Statements that are one change together: a table made anew under its own name.
//!
//! SQLite, in the orders that people and frameworks write:
//! create new, copy, drop old, rename new to old; rename old away, create, copy back, drop;
//! copy out to another table, drop, create, copy back, drop the other one.
//! MySQL and MariaDB: create new, copy, `RENAME TABLE old TO away, new TO old`.
//!
//! Everything between the first and the last of them belongs to the group, and so does the block with foreign keys
//! switched off around it: none of it may run without the rest. What else is done in there becomes a further change of
//! the statement that stands for the group, so that nothing is passed over.

use super::{Action, Statement};
use crate::change::{Change, Copied, Ident, IndexDef, Name, TableDef, TransactionVerb};
use crate::order::{Gather, PushAll};
use crate::target::{Engine, Target};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A table whose rows a statement copies, and which values go where.
pub(super) type Copies = (Name, Copied);

/// A rebuild that was found.
struct Found {
    first: usize,
    last: usize,
    table: Name,
    working_name: Name,
    /// Where the new table is created.
    created: usize,
    /// The other statements of the rebuild itself.
    steps: Vec<usize>,
}

/// A group to be: a range of statements and the rebuilds in it.
struct Range {
    first: usize,
    last: usize,
    rebuilds: Vec<Found>,
}

/// Marks the groups; `copies` gives per statement the table from which it copies.
pub(super) fn recognise(statements: &mut [Statement], copies: &[Option<Copies>], target: Target) {
    let found = match target.engine() {
        Engine::Sqlite => by_drop_and_rename(statements, copies),
        Engine::MySql | Engine::MariaDb => by_swap(statements, copies),
        Engine::Postgres => return,
    };
    if found.is_empty() {
        return;
    }
    let windows = if target.engine() == Engine::Sqlite { windows(statements) } else { Vec::new() };
    for (number, range) in ranges(statements, found, &windows).into_iter().enumerate() {
        mark(statements, copies, range, u32::try_from(number).unwrap_or(u32::MAX));
    }
}

fn key(name: &Name) -> String {
    name.object.value.to_lowercase()
}

/// What has happened so far to each table, by name: the number of the statement.
#[derive(Default)]
struct Seen {
    created: HashMap<String, usize>,
    dropped: HashMap<String, usize>,
    /// Filled: table and source → statement.
    filled: HashMap<(String, String), usize>,
    /// The sources of a table, in order.
    sources: HashMap<String, Vec<String>>,
    /// New name → old name and statement.
    renamed: HashMap<String, (String, usize)>,
    /// Old name → statement.
    renamed_away: HashMap<String, usize>,
}

impl Seen {
    /// Takes note of a statement that completes nothing.
    fn note(&mut self, n: usize, change: &Change, copies_from: Option<&Name>) {
        match change {
            Change::CreateTable(def) => {
                self.created.insert(key(&def.name), n);
                self.fill(n, &def.name, copies_from);
            }
            Change::Insert { table, from_query: true, .. } => self.fill(n, table, copies_from),
            Change::DropTable { tables, .. } => {
                for table in tables {
                    self.dropped.insert(key(table), n);
                }
            }
            Change::RenameTable { table, to } => {
                self.renamed.insert(key(to), (key(table), n));
                self.renamed_away.insert(key(table), n);
            }
            _ => {}
        }
    }

    fn fill(&mut self, n: usize, table: &Name, copies_from: Option<&Name>) {
        if let Some(from) = copies_from {
            self.filled.insert((key(table), key(from)), n);
            self.sources.entry(key(table)).or_default().push(key(from));
        }
    }

    /// Where `table` was created and then filled from `from`.
    fn made_from(&self, table: &str, from: &str) -> Option<(usize, usize)> {
        let created = *self.created.get(table)?;
        let filled = *self.filled.get(&(table.to_string(), from.to_string()))?;
        (created <= filled).then_some((created, filled))
    }

    fn forget(&mut self, names: [&str; 2]) {
        for name in names {
            self.created.remove(name);
            self.dropped.remove(name);
            self.sources.remove(name);
            self.renamed.remove(name);
            self.renamed_away.remove(name);
        }
    }
}

fn by_drop_and_rename(statements: &[Statement], copies: &[Option<Copies>]) -> Vec<Found> {
    let mut seen = Seen::default();
    let mut found = Vec::new();
    for (n, statement) in statements.iter().enumerate() {
        let Some(change) = statement.changes.first().map(|a| &a.change) else { continue };
        let complete = match change {
            Change::RenameTable { table, to } => renamed_into_place(&seen, n, table, to),
            Change::DropTable { tables, .. } => match tables.as_slice() {
                [table] => copied_back(&seen, n, table),
                _ => None,
            },
            _ => None,
        };
        match complete {
            Some(mut rebuild) => {
                seen.forget([&key(&rebuild.table), &key(&rebuild.working_name)]);
                // As its definition writes it, where that is under the final name.
                if let Some(def) = created(statements, &rebuild).filter(|def| key(&def.name) == key(&rebuild.table)) {
                    rebuild.table = def.name.clone();
                }
                found.push(rebuild);
            }
            None => seen.note(n, change, from(copies, n)),
        }
    }
    found
}

/// `… RENAME new TO old`: new was filled from old, and old is dropped or renamed away by now.
fn renamed_into_place(seen: &Seen, n: usize, working: &Name, table: &Name) -> Option<Found> {
    let (created, filled) = seen.made_from(&key(working), &key(table))?;
    let dropped = seen.dropped.get(&key(table)).copied().filter(|d| *d > filled);
    let away = || seen.renamed_away.get(&key(table)).copied().filter(|r| *r > filled);
    let gone = dropped.or_else(away)?;
    Some(Found {
        first: created,
        last: n,
        table: Name { schema: working.schema.clone(), object: table.object.clone() },
        working_name: working.clone(),
        created,
        steps: vec![filled, gone],
    })
}

/// `DROP old_copy`: the table was made anew and filled from it, after it had been renamed away or copied out to it.
fn copied_back(seen: &Seen, n: usize, other: &Name) -> Option<Found> {
    let other_key = key(other);
    // Renamed away, created anew, filled from there.
    let renamed = || {
        let (table, at) = seen.renamed.get(&other_key)?;
        let (created, filled) = seen.made_from(table, &other_key).filter(|(created, _)| at < created)?;
        Some((table.clone(), created, vec![*at, filled]))
    };
    // Copied out, dropped, created anew, filled from there.
    let copied_out = || {
        seen.sources.get(&other_key)?.iter().find_map(|table| {
            let (created, filled) = seen.made_from(table, &other_key)?;
            let (start, out) = seen.made_from(&other_key, table)?;
            let dropped = seen.dropped.get(table).copied().filter(|d| *d > out && *d < created)?;
            Some((table.clone(), created, vec![start, out, dropped, filled]))
        })
    };
    let (table, created, steps) = renamed().or_else(copied_out)?;
    Some(Found {
        first: steps.first().copied()?,
        last: n,
        table: Name { schema: other.schema.clone(), object: Ident::new(table) },
        working_name: other.clone(),
        created,
        steps,
    })
}

fn by_swap(statements: &[Statement], copies: &[Option<Copies>]) -> Vec<Found> {
    let mut seen = Seen::default();
    let mut found = Vec::new();
    for (n, statement) in statements.iter().enumerate() {
        if let Some(rebuild) = swap(&seen, n, statement) {
            seen.forget([&key(&rebuild.table), &key(&rebuild.working_name)]);
            found.push(rebuild);
            continue;
        }
        if let Some(action) = statement.changes.first() {
            seen.note(n, &action.change, from(copies, n));
        }
    }
    found
}

/// `RENAME TABLE old TO away, new TO old` in one statement.
fn swap(seen: &Seen, n: usize, statement: &Statement) -> Option<Found> {
    let [away, into] = statement.changes.as_slice() else { return None };
    let (Change::RenameTable { table: old, .. }, Change::RenameTable { table: new, to }) = (&away.change, &into.change)
    else {
        return None;
    };
    let (created, filled) = seen.made_from(&key(new), &key(old)).filter(|_| key(old) == key(to))?;
    let (table, working_name) = (old.clone(), new.clone());
    Some(Found { first: created, last: n, table, working_name, created, steps: vec![filled] })
}

/// Where foreign keys are off: from `PRAGMA foreign_keys = off` to the statement that switches them on again.
fn windows(statements: &[Statement]) -> Vec<(usize, usize)> {
    let mut windows = Vec::new();
    let mut open = None;
    for (n, statement) in statements.iter().enumerate() {
        let Some(Action { change: Change::Session(setting), .. }) = statement.changes.first() else { continue };
        if setting.verb != "pragma" || setting.name != "foreign_keys" {
            continue;
        }
        let off = ["off", "0", "false", "no"].iter().any(|word| setting.value.eq_ignore_ascii_case(word));
        match (off, open) {
            (true, None) => open = Some(n),
            (false, Some(start)) => {
                windows.push((start, n));
                open = None;
            }
            _ => {}
        }
    }
    windows
}

/// Ranges that do not overlap, each with the rebuilds in it, in order.
fn ranges(statements: &[Statement], found: Vec<Found>, windows: &[(usize, usize)]) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::new();
    for rebuild in crate::order::by_key(found, |f| f.first) {
        let (mut first, mut last) = (rebuild.first, rebuild.last);
        let after = windows.partition_point(|(start, _)| *start <= first);
        let window = after.checked_sub(1).and_then(|i| windows.get(i)).filter(|(_, end)| *end >= last);
        if let Some((start, end)) = window {
            (first, last) = (*start, *end);
        } else {
            last = with_indexes(statements, &rebuild, last);
        }
        (first, last) = with_switches(statements, first, last);
        (first, last) = balanced(statements, first, last);
        match ranges.last_mut().filter(|r| first <= r.last) {
            Some(range) => {
                range.first = range.first.min(first);
                range.last = range.last.max(last);
                range.rebuilds.push(rebuild);
            }
            None => ranges.push(Range { first, last, rebuilds: vec![rebuild] }),
        }
    }
    ranges
}

/// The last of the index definitions that directly follow: they were lost with the old table.
fn with_indexes(statements: &[Statement], rebuild: &Found, last: usize) -> usize {
    let follows = |s: &&Statement| match s.changes.first().map(|a| &a.change) {
        Some(Change::CreateIndex(index)) => key(&index.table) == key(&rebuild.table),
        _ => false,
    };
    last + statements.iter().skip(last + 1).take_while(follows).count()
}

/// Takes in the switches that stand close around the range.
fn with_switches(statements: &[Statement], first: usize, last: usize) -> (usize, usize) {
    const NAMES: [&str; 4] = ["foreign_keys", "defer_foreign_keys", "legacy_alter_table", "foreign_key_check"];
    let is_switch = |s: &&Statement| match s.changes.first().map(|a| &a.change) {
        Some(Change::Session(setting)) => setting.verb == "pragma" && NAMES.contains(&setting.name.as_str()),
        _ => false,
    };
    let before = statements.iter().take(first).rev().take_while(is_switch).count();
    let after = statements.iter().skip(last + 1).take_while(is_switch).count();
    (first - before, last + after)
}

/// Takes in the BEGIN and COMMIT around the range, when both stand close; never one without the other.
fn balanced(statements: &[Statement], first: usize, last: usize) -> (usize, usize) {
    let verb = |n: usize| match statements.get(n)?.changes.first().map(|a| &a.change) {
        Some(Change::Transaction(verb)) => Some(verb),
        _ => None,
    };
    let numbers = |n: usize| statements.get(n).and_then(|s| s.transaction);
    let (mut from, mut to) = (first, last);
    if let Some(before) = first.checked_sub(1)
        && verb(before) == Some(&TransactionVerb::Begin)
        && verb(last + 1) == Some(&TransactionVerb::Commit)
    {
        (from, to) = (before, last + 1);
    }
    // A block that was begun inside ends inside, and the other way round.
    if numbers(to).is_some() && numbers(to) != numbers(from) {
        while numbers(to + 1) == numbers(to) {
            to += 1;
        }
    }
    if numbers(from).is_some() && numbers(from) != numbers(to) {
        while from > 0 && numbers(from - 1) == numbers(from) {
            from -= 1;
        }
    }
    (from, to)
}

fn mark(statements: &mut [Statement], copies: &[Option<Copies>], range: Range, number: u32) {
    let Some(carrier) = range.rebuilds.iter().map(|r| r.last).max() else { return };
    let members = statements.get(range.first..=range.last).unwrap_or_default();
    let within = Within::new(members, &range.rebuilds);
    let mut changes = Vec::new();
    for (statement, n) in members.iter().zip(range.first..) {
        if let Some(rebuild) = within.ends.get(&n) {
            let change = change_of(statements, copies, rebuild, &within);
            changes.push(Action { change, span: statement.span });
        } else if !within.steps.contains(&n) {
            let others = statement.changes.iter().filter(|a| !within.is_part(&a.change));
            changes.push_all(others.cloned());
        }
    }
    let members = statements.iter_mut().enumerate().skip(range.first).take(range.last + 1 - range.first);
    for (n, statement) in members {
        statement.group = Some(number);
        if n == carrier {
            statement.changes = std::mem::take(&mut changes);
        }
    }
}

/// What is asked of a range for each statement in it, read once.
struct Within<'s> {
    /// By its last statement.
    ends: BTreeMap<usize, &'s Found>,
    /// The other statements of rebuilds.
    steps: BTreeSet<usize>,
    /// Tables that are made anew.
    tables: BTreeSet<String>,
    /// Their working names.
    working: BTreeSet<String>,
    /// Tables whose columns are altered.
    altered: BTreeSet<String>,
    /// By their table.
    indexes: BTreeMap<String, Vec<&'s IndexDef>>,
}

impl<'s> Within<'s> {
    fn new(members: &'s [Statement], rebuilds: &'s [Found]) -> Self {
        let mut within = Within {
            ends: BTreeMap::new(),
            steps: rebuilds.iter().flat_map(|r| r.steps.iter().copied().chain([r.created])).collect(),
            tables: rebuilds.iter().map(|r| key(&r.table)).collect(),
            working: rebuilds.iter().map(|r| key(&r.working_name)).collect(),
            altered: BTreeSet::new(),
            indexes: BTreeMap::new(),
        };
        for rebuild in rebuilds {
            within.ends.entry(rebuild.last).or_insert(rebuild);
        }
        for change in members.iter().flat_map(|s| &s.changes).map(|a| &a.change) {
            match change {
                Change::AddColumn { table, .. }
                | Change::DropColumn { table, .. }
                | Change::RedefineColumn { table, .. } => {
                    within.altered.insert(key(table));
                }
                Change::CreateIndex(index) => within.indexes.entry(key(&index.table)).or_default().push(index),
                _ => {}
            }
        }
        within
    }

    fn ours(&self, name: &Name) -> bool {
        let key = key(name);
        self.tables.contains(&key) || self.working.contains(&key)
    }

    /// Work of a rebuild itself, or nothing that changes the database.
    fn is_part(&self, change: &Change) -> bool {
        match change {
            Change::Transaction(_) | Change::Session(_) | Change::Query { calls_functions: false, .. } => true,
            Change::CreateIndex(index) => self.ours(&index.table),
            // SQLite's counters of AUTOINCREMENT, carried over by hand.
            Change::Insert { table, .. } | Change::Update { table, .. } | Change::Delete { table, .. }
                if key(table) == "sqlite_sequence" =>
            {
                true
            }
            Change::Insert { table, .. }
            | Change::Update { table, .. }
            | Change::Delete { table, .. }
            | Change::AddColumn { table, .. }
            | Change::DropColumn { table, .. }
            | Change::RenameColumn { table, .. }
            | Change::RedefineColumn { table, .. }
            | Change::AddConstraint { table, .. }
            | Change::DropConstraint { table, .. }
            | Change::SetTableOption { table, .. } => self.working.contains(&key(table)),
            Change::DropIndex { table: Some(table), .. } => self.ours(table),
            _ => false,
        }
    }
}

/// The definition of the new table.
fn created<'a>(statements: &'a [Statement], rebuild: &Found) -> Option<&'a TableDef> {
    match statements.get(rebuild.created)?.changes.first().map(|a| &a.change) {
        Some(Change::CreateTable(def)) => Some(def),
        _ => None,
    }
}

fn change_of(statements: &[Statement], copies: &[Option<Copies>], rebuild: &Found, within: &Within<'_>) -> Change {
    // A working table that is altered before it is used has another shape than its definition says.
    let altered = within.altered.contains(&key(&rebuild.working_name));
    let known =
        created(statements, rebuild).filter(|def| def.complete && def.like.is_none() && !def.from_query && !altered);
    let to = known.map(|def| {
        let mut to = TableDef { name: rebuild.table.clone(), temporary: false, ..def.clone() };
        let indexes = within.indexes.get(&key(&rebuild.table)).into_iter().flatten();
        to.indexes.push_all(indexes.map(|index| (*index).clone()));
        Box::new(to)
    });
    let copied = rebuild.steps.iter().chain([&rebuild.created]).filter_map(|n| {
        let mut copied = copies.get(*n)?.as_ref()?.1.clone();
        if copied.into.is_empty() {
            copied.into = columns_filled(statements, *n);
        }
        Some(copied)
    });
    let (table, working_name) = (rebuild.table.clone(), rebuild.working_name.clone());
    Change::RebuildTable { table, to, working_name, copied: copied.gather() }
}

/// The columns of a table that is filled without naming them, as its definition gives them.
fn columns_filled(statements: &[Statement], n: usize) -> Vec<Ident> {
    let mut before = statements.iter().take(n + 1).rev().filter_map(|s| s.changes.first()).map(|a| &a.change);
    let Some(Change::Insert { table, .. }) = before.next() else { return Vec::new() };
    let made = before.find_map(|change| match change {
        Change::CreateTable(def) if key(&def.name) == key(table) => Some(&def.columns),
        _ => None,
    });
    made.into_iter().flatten().map(|column| column.name.clone()).gather()
}

/// The table from which a statement copies.
fn from(copies: &[Option<Copies>], n: usize) -> Option<&Name> {
    copies.get(n)?.as_ref().map(|(table, _)| table)
}
