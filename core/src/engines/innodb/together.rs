//! Several actions of one ALTER TABLE: the server runs them once, by the algorithm of the weakest, and holds them to
//! the ALGORITHM and LOCK that the statement asks for.

use super::applied::{altered, apply};
use super::case::Case;
use super::server::{Mix, Server};
use super::table::Traits;
use super::way::{LockClause, Way};
use super::{lacking, refusals, virtuals};
use crate::change::{Change, ConstraintClass, ConstraintKind, IndexDef, IndexKind, IndexPart, TableOption};
use crate::facts::{Algorithm, Blocking, Effects, WorkKind};
use crate::order::Gather;
use crate::world::World;

/// The answers to the actions of one statement, from the answers to each alone.
pub(in crate::engines) fn together(
    server: &dyn Server,
    changes: &[&Change],
    mut alone: Vec<Effects>,
    world: &World<'_>,
) -> Vec<Effects> {
    let hints = Hints::of(changes);
    for (change, effects) in changes.iter().zip(&mut alone) {
        effects.refused.take_if(|why| refusals::made_good(why, change, changes, world));
    }
    if let Some((at, why)) = lacking::key_again(changes)
        && let Some(effects) = alone.get_mut(at)
    {
        effects.refused.get_or_insert(why);
    }
    replace_primary_key(changes, &mut alone);
    keep_index(server, changes, &mut alone, world);
    let ways: Vec<Way> = alone.iter().filter_map(way).gather();
    let table = changes.iter().find_map(|change| altered(change));
    let virtuals = table.and_then(|table| virtuals::way(server, table, changes, &alone, world));
    if ways.len() < 2 && hints.is_empty() && virtuals.is_none() {
        return alone;
    }
    let Some(weakest) = ways.into_iter().reduce(Way::with) else { return alone };
    let mix = Mix::of(changes, &alone);
    let mixed = server.mixed(mix, weakest, world.target.version);
    let natural = virtuals.map_or(mixed, |way| mixed.with(way));
    let refused =
        server.refuses_mix(mix).map(str::to_string).or_else(|| hints.refused(server, natural, mix, changes, world));
    let way = hints.asked(server, natural, changes, world);
    apply(way, changes, &mut alone);
    if let (Some(why), Some(effects)) = (refused, alone.get_mut(hints.at.unwrap_or_default())) {
        effects.refused.get_or_insert(why);
    }
    alone
}

/// Algorithm and lock of an answer; none for what is not ALTER TABLE.
fn way(effects: &Effects) -> Option<Way> {
    let algorithm = effects.algorithm?;
    let lock = match working(effects) {
        _ if algorithm == Algorithm::Instant && effects.online_form.is_none() => LockClause::Exclusive,
        Some(Blocking::ReadsAndWrites) => LockClause::Exclusive,
        Some(Blocking::Writes) => LockClause::Shared,
        Some(Blocking::Nobody) | None => LockClause::None,
    };
    Some(Way { algorithm, lock, sayable: effects.online_form.is_some() || algorithm == Algorithm::Copy })
}

fn working(effects: &Effects) -> Option<Blocking> {
    effects.work.iter().filter(|work| work.kind != WorkKind::Catalog).map(|work| work.blocking).max()
}

/// DROP PRIMARY KEY alone copies; with ADD PRIMARY KEY beside it both are one rebuild in place.
fn replace_primary_key(changes: &[&Change], alone: &mut [Effects]) {
    let drops =
        |change: &Change| matches!(change, Change::DropConstraint { kind: Some(ConstraintClass::PrimaryKey), .. });
    let adds = |change: &Change| match change {
        Change::AddConstraint { constraint, .. } => matches!(constraint.kind, ConstraintKind::PrimaryKey { .. }),
        _ => false,
    };
    let added = changes.iter().position(|change| adds(change)).and_then(|at| alone.get(at)).cloned();
    let (Some(added), Some(at)) = (added, changes.iter().position(|change| drops(change))) else { return };
    if let Some(dropped) = alone.get_mut(at) {
        dropped.algorithm = added.algorithm;
        dropped.online_form = added.online_form.clone();
        dropped.work = added.work.clone();
        dropped.locks = added.locks.clone();
    }
}

/// The same index dropped and added (to say its type) is no work for a server that sees it.
fn keep_index(server: &dyn Server, changes: &[&Change], alone: &mut [Effects], world: &World<'_>) {
    let added = changes.iter().enumerate().find_map(|(at, change)| match change {
        Change::CreateIndex(new) => Some((at, new)),
        _ => None,
    });
    let Some((at, new)) = added else { return };
    let dropped = changes.iter().position(|change| match change {
        Change::DropIndex { name, table: Some(table), .. } => {
            let named = new.name.as_ref().is_some_and(|own| own.object == name.object);
            named && world.schema.table_index(table, name).is_some_and(|old| is_same(old, new))
        }
        _ => false,
    });
    let way = server.row(Case::SameIndex, &Traits::of(world, &new.table), world.target.version).way;
    if way.algorithm == Algorithm::NoCopy {
        return;
    }
    for at in dropped.into_iter().flat_map(|dropped| [dropped, at]) {
        if let Some(effects) = alone.get_mut(at) {
            effects.algorithm = Some(way.algorithm);
            effects.online_form = way.clause();
            effects.work.retain(|work| work.kind == WorkKind::Catalog);
            effects.may_fail_on_data = None;
        }
    }
}

/// Only the method differs, which InnoDB does not have.
fn is_same(old: &IndexDef, new: &IndexDef) -> bool {
    let part = |part: &IndexPart| (part.column.clone(), part.text.to_ascii_lowercase());
    let parts = |index: &IndexDef| index.parts.iter().map(part).gather();
    let plain = |index: &IndexDef| index.kind == IndexKind::Plain && index.parts.iter().all(|p| p.column.is_some());
    let options = new.options.to_ascii_lowercase();
    let only_method = options.split_whitespace().all(|word| matches!(word, "using" | "btree" | "hash"));
    plain(old)
        && plain(new)
        && old.unique == new.unique
        && parts(old) == parts(new)
        && only_method
        && old.options.trim().is_empty()
}

/// What the statement asks for.
#[derive(Debug, Default)]
struct Hints {
    algorithm: Option<String>,
    lock: Option<String>,
    /// The action that says so.
    at: Option<usize>,
}

impl Hints {
    fn of(changes: &[&Change]) -> Hints {
        let mut hints = Hints::default();
        for (at, change) in changes.iter().enumerate() {
            match change {
                Change::SetTableOption { option: TableOption::RunHint { name, value }, .. } => {
                    hints.note(at, name, value);
                }
                Change::CreateIndex(index) => {
                    for name in ["algorithm", "lock"] {
                        if let Some(value) = crate::schema::option(&index.options, name) {
                            hints.note(at, name, &value);
                        }
                    }
                }
                _ => {}
            }
        }
        hints
    }

    fn note(&mut self, at: usize, name: &str, value: &str) {
        let value = value.to_ascii_uppercase();
        let slot = match name {
            _ if value == "DEFAULT" => return,
            "algorithm" => &mut self.algorithm,
            "lock" => &mut self.lock,
            _ => return,
        };
        *slot = Some(value);
        self.at = Some(at);
    }

    fn is_empty(&self) -> bool {
        self.algorithm.is_none() && self.lock.is_none()
    }

    /// Why the server refuses what is asked for; nothing is done then.
    fn refused(
        &self,
        server: &dyn Server,
        way: Way,
        mix: Mix,
        changes: &[&Change],
        world: &World<'_>,
    ) -> Option<String> {
        let asked = self.algorithm.as_deref();
        let needs = word(way.algorithm);
        if let Some(asked) = asked.filter(|asked| !server.knows(asked, world.target.version)) {
            return Some(format!("{} does not know ALGORITHM={asked} (error 1800)", server.title()));
        }
        let possible = match asked {
            Some("INSTANT") => way.algorithm == Algorithm::Instant,
            Some("NOCOPY") => way.algorithm <= Algorithm::NoCopy,
            Some("INPLACE") => way.algorithm != Algorithm::Copy,
            Some(_) | None => true,
        };
        if !possible {
            return Some(format!(
                "ALGORITHM={} is refused: this needs {needs} (error 1845 or 1846); nothing is done",
                asked.unwrap_or_default()
            ));
        }
        let made_anew = self.made_anew(server, way, changes);
        if made_anew && mix.adds_virtual && mix.plain_column {
            return Some(
                "a VIRTUAL column is not added INPLACE beside another column (error 1846); nothing is done".to_string(),
            );
        }
        let lock = self.lock.as_deref()?;
        if asked == Some("INSTANT") && !server.instant_takes_lock() {
            return Some("ALGORITHM=INSTANT takes no LOCK (error 1221)".to_string());
        }
        let asked_lock = clause(lock)?;
        let copies = asked == Some("COPY") && way.algorithm != Algorithm::Copy;
        let weakest = match copies {
            true => server.copy_lock(world.target.version),
            false if made_anew => way.lock.max(rebuild_lock(server, changes, world)),
            false => way.lock,
        };
        (asked_lock < weakest).then(|| {
            format!("LOCK={lock} is refused: this needs LOCK={} (error 1845 or 1846); nothing is done", weakest.word())
        })
    }

    /// INPLACE is asked for where columns would come or go at once: MySQL makes the table anew.
    fn made_anew(&self, server: &dyn Server, way: Way, changes: &[&Change]) -> bool {
        let columns =
            changes.iter().any(|change| matches!(change, Change::AddColumn { .. } | Change::DropColumn { .. }));
        let inplace = self.algorithm.as_deref() == Some("INPLACE");
        columns && inplace && way.algorithm == Algorithm::Instant && !server.instant_takes_lock()
    }

    /// What runs when the server takes it: a slower algorithm or a stronger lock than it needs is granted.
    fn asked(&self, server: &dyn Server, way: Way, changes: &[&Change], world: &World<'_>) -> Way {
        let made_anew = self.made_anew(server, way, changes);
        let mut out = match self.algorithm.as_deref() {
            Some("COPY") if way.algorithm != Algorithm::Copy => {
                Way { algorithm: Algorithm::Copy, lock: server.copy_lock(world.target.version), sayable: true }
            }
            // MySQL takes the word; MariaDB still does it at once.
            Some("INPLACE") if way.algorithm == Algorithm::Instant && !server.instant_takes_lock() => {
                let algorithm = if made_anew { Algorithm::InplaceRebuild } else { Algorithm::Inplace };
                let lock = if made_anew { way.lock.max(rebuild_lock(server, changes, world)) } else { way.lock };
                Way { algorithm, lock, ..way }
            }
            Some(_) | None => way,
        };
        if let Some(lock) = self.lock.as_deref().and_then(clause) {
            out.lock = out.lock.max(lock);
        }
        out
    }
}

/// The lock of a rebuild in place: a table with a SPATIAL or FULLTEXT index takes no writes meanwhile.
fn rebuild_lock(server: &dyn Server, changes: &[&Change], world: &World<'_>) -> LockClause {
    let table = changes.iter().find_map(|change| altered(change));
    let lock = |table| server.row(Case::Rebuild, &Traits::of(world, table), world.target.version).way.lock;
    table.map_or(LockClause::None, lock)
}

fn clause(word: &str) -> Option<LockClause> {
    match word {
        "NONE" => Some(LockClause::None),
        "SHARED" => Some(LockClause::Shared),
        "EXCLUSIVE" => Some(LockClause::Exclusive),
        _ => None,
    }
}

fn word(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Instant => "INSTANT",
        Algorithm::NoCopy => "NOCOPY",
        Algorithm::Inplace | Algorithm::InplaceRebuild => "INPLACE",
        Algorithm::Copy => "COPY",
    }
}
