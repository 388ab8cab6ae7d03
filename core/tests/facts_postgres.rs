//! The PostgreSQL fact tables against what real servers did: locks, rewrites, scans, transactions and refusals of every
//! observed case and version (`tests/fixtures/facts/postgres.tsv`), on the database that they were observed on.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use lockstep_core::change::{Change, Maintenance, Name, TableOption};
use lockstep_core::engines;
use lockstep_core::facts::{Effects, RunningCode, Transactional, Work, WorkKind};
use lockstep_core::parse;
use lockstep_core::report::Severity;
use lockstep_core::request::{Options, Request};
use lockstep_core::schema::Schema;
use lockstep_core::target::Target;
use lockstep_core::world::{Sizes, World};
use std::collections::{BTreeMap, BTreeSet};

const CASES: &str = include_str!("../../tests/fixtures/facts/postgres.tsv");
const DATABASE: &str = include_str!("../../tests/fixtures/facts/postgres.sql");

/// Weakest first, with the short words of the data.
const MODES: [(&str, &str); 8] = [
    ("AS", "ACCESS SHARE"),
    ("RS", "ROW SHARE"),
    ("RX", "ROW EXCLUSIVE"),
    ("SUX", "SHARE UPDATE EXCLUSIVE"),
    ("S", "SHARE"),
    ("SRX", "SHARE ROW EXCLUSIVE"),
    ("X", "EXCLUSIVE"),
    ("AX", "ACCESS EXCLUSIVE"),
];

/// One line of the data at one version.
struct Case {
    key: &'static str,
    version: u16,
    given: &'static str,
    before: &'static str,
    sql: &'static str,
    /// Relation and mode.
    locks: BTreeMap<String, usize>,
    rewrite: BTreeSet<String>,
    scan: BTreeSet<String>,
    /// `yes`, `no`, or empty when the server refused the statement.
    transaction: &'static str,
    error: &'static str,
}

fn cases() -> Vec<Case> {
    let list = |text: &'static str| text.split(", ").filter(|s| !s.is_empty());
    let mode = |short: &str| MODES.iter().position(|(s, _)| *s == short).unwrap();
    let mut out = Vec::new();
    for line in CASES.lines().skip(1) {
        let field: Vec<&'static str> = line.split('\t').collect();
        let (low, high) = field[1].split_once('-').unwrap();
        for version in low.parse().unwrap()..=high.parse().unwrap() {
            let lock = |l: &str| l.rsplit_once(' ').map(|(object, short)| (object.to_string(), mode(short))).unwrap();
            out.push(Case {
                key: field[0],
                version,
                given: field[2],
                before: field[3],
                sql: field[4],
                locks: list(field[5]).map(lock).collect(),
                rewrite: list(field[6]).map(str::to_string).collect(),
                scan: list(field[7]).map(str::to_string).collect(),
                transaction: field[8],
                error: field[9],
            });
        }
    }
    out
}

/// The database of a version, before the case.
fn database(version: u16) -> Schema {
    let target = Target::parse(&format!("postgres:{version}")).unwrap();
    let (first, rest) = DATABASE.split_once("-- since 12").unwrap();
    let (second, third) = rest.split_once("-- since 18").unwrap();
    let mut schema = Schema::new(target);
    for (since, sql) in [(11, first), (12, second), (18, third)] {
        if since <= version {
            apply(&mut schema, sql);
        }
    }
    schema
}

fn apply(schema: &mut Schema, sql: &str) {
    for statement in parse::parse(sql, schema.target()).statements {
        let text = || statement.span.of(sql).to_string();
        statement.changes.iter().for_each(|action| schema.apply_written(&action.change, text));
    }
}

/// What we say of one case.
struct Answer {
    changes: Vec<Change>,
    effects: Vec<Effects>,
    schema: Schema,
    /// Tables that the case made and put no row in.
    empty: BTreeSet<String>,
}

fn answer(case: &Case, database: &Schema) -> Answer {
    let mut schema = database.clone();
    apply(&mut schema, case.given);
    let made =
        schema.tables().filter(|t| t.new && database.table(&t.def.name).is_none()).map(|t| &t.def.name.object.value);
    let filled = |table: &String| case.given.contains(&format!("insert into {table} "));
    let empty: BTreeSet<String> = made.filter(|table| !filled(table)).cloned().collect();
    schema.settle();
    apply(&mut schema, &format!("BEGIN; {}", case.before));
    let mut sizes = Sizes { assumed_rows: 1000, ..Sizes::default() };
    for table in schema.tables() {
        let rows = if table.def.name.object.value == "e" { 0 } else { 1000 };
        sizes.tables.change(table.def.name.clone(), |own| own.rows = Some(rows));
    }
    let (target, options) = (schema.target(), Options::default());
    let world = World { target, schema: &schema, sizes: &sizes, options: &options };
    // What has no schema is taken to stand in public; the servers made it in one called c.
    let script = parse::parse(&case.sql.replace("schema c ", "schema public "), target);
    let changes: Vec<Change> = script.statements.iter().flat_map(|s| &s.changes).map(|a| a.change.clone()).collect();
    let effects = changes.iter().map(|c| engines::of(target.engine()).effects(c, &world)).collect();
    Answer { changes, effects, schema, empty }
}

impl Answer {
    /// Relations that were there before; locks on indexes and sequences are not compared.
    fn is_relation(&self, object: &str) -> bool {
        let name = Name::new(object);
        (self.schema.table(&name).is_some() && !self.schema.is_new(&name)) || self.schema.view(&name).is_some()
    }

    fn locks(&self) -> BTreeMap<String, usize> {
        let mut out: BTreeMap<String, usize> = BTreeMap::new();
        for lock in self.effects.iter().flat_map(|e| &e.locks) {
            let mode = MODES.iter().position(|(_, word)| *word == lock.mode).unwrap();
            let known = out.entry(lock.object.object.value.clone()).or_default();
            *known = mode.max(*known);
        }
        out.into_iter().filter(|(object, _)| self.is_relation(object)).collect()
    }

    fn tables(&self, counts: impl Fn(&Work) -> Vec<Name>) -> BTreeSet<String> {
        let work = self.effects.iter().flat_map(|e| &e.work);
        let names = work.flat_map(counts).flat_map(|name| self.storage(&name));
        names.filter(|object| self.is_relation(object)).collect()
    }

    /// A partitioned table has no rows of its own.
    fn storage(&self, name: &Name) -> Vec<String> {
        let partitioned = self.schema.table(name).is_some_and(|t| t.def.partition_by.is_some());
        let parts = self.schema.partitions(name);
        if partitioned {
            parts.iter().map(|t| t.def.name.object.value.clone()).collect()
        } else {
            vec![name.object.value.clone()]
        }
    }

    fn rewrites(&self) -> BTreeSet<String> {
        let truncates = self.changes.iter().any(|c| matches!(c, Change::Truncate { .. }));
        let refreshes = self.changes.iter().any(|c| matches!(c, Change::RefreshView { .. }));
        self.tables(|work| match work.kind {
            WorkKind::Rewrite | WorkKind::Compact => vec![work.table.clone()],
            WorkKind::Unlink if truncates => vec![work.table.clone()],
            WorkKind::StoreQuery if refreshes => vec![work.table.clone()],
            _ => Vec::new(),
        })
    }

    /// Why the server refuses it, by what it changes or by its form.
    fn refused(&self, sql: &str) -> Option<String> {
        let target = self.schema.target();
        let by_form = || engines::of(target.engine()).unknown_form(sql, target);
        self.effects.iter().find_map(|e| e.refused.clone()).or_else(by_form)
    }

    /// Says of an error that rows, or what is not known, may lead to it.
    fn names(&self, code: &str) -> bool {
        let by_rows =
            |e: &Effects| e.may_fail_on_data.is_some() && ["22", "23"].iter().any(|class| code.starts_with(class));
        let remark = |e: &Effects| matches!(&e.running_code, RunningCode::Remark(text) if text.contains(code));
        let said = |e: &Effects| e.assumptions.iter().any(|text| text.contains(code)) || remark(e);
        self.effects.iter().any(|e| by_rows(e) || said(e))
    }

    /// A file that moves is copied block by block, which the servers' counters do not count as a scan.
    fn only_moves(&self) -> bool {
        self.changes.iter().all(|change| match change {
            Change::SetTableOption { option, .. } => matches!(option, TableOption::Tablespace(_)),
            Change::Maintain { command, .. } => matches!(command, Maintenance::MoveAll { .. }),
            Change::AlterIndex { action, .. } => action.to_ascii_uppercase().contains("TABLESPACE"),
            _ => false,
        })
    }

    fn scans(&self) -> BTreeSet<String> {
        if self.only_moves() {
            return BTreeSet::new();
        }
        self.tables(|work| match &work.kind {
            WorkKind::Scan { .. } | WorkKind::IndexBuild { .. } | WorkKind::Rewrite | WorkKind::Compact => {
                vec![work.table.clone()]
            }
            WorkKind::StoreQuery | WorkKind::RefreshConcurrently => vec![work.table.clone()],
            WorkKind::ForeignKeyScan { parent } => vec![work.table.clone(), parent.clone()],
            _ => Vec::new(),
        })
    }
}

/// A finding of the plan says that the statement fails by this code, for what stands before it in the transaction.
fn found_before(case: &Case) -> bool {
    let request = Request {
        engine: format!("postgres:{}", case.version),
        schema: Some(DATABASE.to_string()),
        sql: format!("BEGIN;\n{};\n{};\nCOMMIT;\n", case.before, case.sql),
        ..Request::default()
    };
    let report = lockstep_core::plan(&request);
    let mut findings = report.statements.iter().flat_map(|statement| &statement.findings);
    findings.any(|finding| finding.severity == Severity::Danger && finding.message.contains(case.error))
}

/// What differs, and how.
///
/// Three rules hold for all cases. An error that rests on rows or on what nobody gave is answered where the answer says
/// that it can come, by its code. The parent of a foreign key may be read or looked up row by row: that is the server's
/// choice. A table whose file is copied block by block, and one without rows, does not show in the counters of scans.
fn differences(case: &Case, database: &Schema) -> Vec<(&'static str, String)> {
    let answer = answer(case, database);
    let mut out = Vec::new();
    if answer.changes.is_empty() || answer.changes.iter().any(|c| matches!(c, Change::Opaque { .. })) {
        return vec![("not understood", String::new())];
    }
    let refused = answer.refused(case.sql);
    let said = !case.error.is_empty() && (answer.names(case.error) || found_before(case));
    if case.error.is_empty() == refused.is_some() && !said {
        out.push(("refused", format!("server {:?}, we {refused:?}", case.error)));
    }
    if case.transaction.is_empty() || !case.error.is_empty() {
        return out;
    }
    let wanted: BTreeMap<String, usize> =
        case.locks.iter().filter(|(object, _)| answer.is_relation(object)).map(|(o, m)| (o.clone(), *m)).collect();
    let words = |locks: &BTreeMap<String, usize>| {
        locks.iter().map(|(object, mode)| format!("{object} {}", MODES[*mode].0)).collect::<Vec<_>>().join(", ")
    };
    let got = answer.locks();
    if wanted != got {
        out.push(("locks", format!("server {}, we {}", words(&wanted), words(&got))));
    }
    let known = |names: &BTreeSet<String>| -> BTreeSet<String> {
        names.iter().filter(|object| answer.is_relation(object)).cloned().collect()
    };
    let (read, mut scanned) = (known(&case.scan), answer.scans());
    let parents = answer.tables(|work| match &work.kind {
        WorkKind::ForeignKeyScan { parent } if *parent != work.table => vec![parent.clone()],
        _ => Vec::new(),
    });
    scanned.retain(|table| read.contains(table) || !(parents.contains(table) || answer.empty.contains(table)));
    for (what, wanted, got) in [("rewrite", known(&case.rewrite), answer.rewrites()), ("scan", read, scanned)] {
        if wanted != got {
            out.push((what, format!("server {wanted:?}, we {got:?}")));
        }
    }
    let outside = answer.effects.iter().any(|e| e.transactional == Transactional::Refused);
    if (case.transaction == "no") != outside {
        out.push(("transaction", format!("server {}, we {}", case.transaction, if outside { "no" } else { "yes" })));
    }
    out
}

#[test]
fn facts_are_what_servers_did() {
    let databases: BTreeMap<u16, Schema> = (11..=18).map(|version| (version, database(version))).collect();
    let mut found: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for case in cases() {
        for (what, how) in differences(&case, &databases[&case.version]) {
            found.entry((case.key, what)).or_default().push(format!("{}: {} {how}", case.version, case.sql));
        }
    }
    assert!(found.is_empty(), "differences: {found:#?}");
}
