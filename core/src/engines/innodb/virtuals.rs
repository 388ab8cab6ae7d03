//! VIRTUAL columns that come, go or move. The server copies the table (error 1846) where other actions stand beside, and where
//! one that stays gets another place (seen on MySQL 5.7.22, 8.0.15 and 9.7.4, MariaDB 10.11.18 and 11.8.9).

use super::applied::apply;
use super::server::Server;
use super::table;
use super::way::{COPY, INPLACE, Way};
use crate::change::{
    Change, ColumnDef, ColumnPosition, Constraint, ConstraintKind, Ident, IndexDef, IndexKind, Name, TableDef,
};
use crate::facts::{Algorithm, Effects};
use crate::order::Gather;
use crate::target::Engine;
use crate::world::World;

/// What the VIRTUAL columns of the table and of the statement make of it; none where they are in nobody's way.
pub(super) fn way(
    server: &dyn Server,
    table: &Name,
    changes: &[&Change],
    alone: &[Effects],
    world: &World<'_>,
) -> Option<Way> {
    let def = world.schema.table(table).map(|known| &known.def).filter(|def| def.complete);
    let one = Virtuals { changes, def, mariadb: world.target.engine() == Engine::MariaDb };
    if !one.any() {
        return None;
    }
    let anywhere = !one.mariadb && world.target.version.at_least(8, 0, 29);
    if one.beside(alone) || one.moved(anywhere) {
        return Some(Way { lock: server.copy_lock(world.target.version), ..COPY });
    }
    // MySQL drops at once only the last ones.
    (!one.mariadb && one.drops_before_others()).then_some(INPLACE)
}

/// The same for one change that stands alone.
pub(super) fn alone(server: &dyn Server, change: &Change, effects: Effects, world: &World<'_>) -> Effects {
    let (Change::AddColumn { table, .. } | Change::DropColumn { table, .. } | Change::RedefineColumn { table, .. }) =
        change
    else {
        return effects;
    };
    let mut one = [effects];
    if let Some(way) = way(server, table, &[change], &one, world)
        && one.iter().any(|effects| effects.algorithm < Some(way.algorithm))
    {
        apply(way, &[change], &mut one);
    }
    let [effects] = one;
    effects
}

struct Virtuals<'a> {
    changes: &'a [&'a Change],
    def: Option<&'a TableDef>,
    mariadb: bool,
}

fn is_virtual(column: &ColumnDef) -> bool {
    column.generated.as_ref().is_some_and(|generated| !generated.stored)
}

impl Virtuals<'_> {
    fn any(&self) -> bool {
        self.changes.iter().any(|change| self.adds(change))
            || self.def.is_some_and(|def| def.columns.iter().any(is_virtual))
    }

    fn adds(&self, change: &Change) -> bool {
        matches!(change, Change::AddColumn { column, .. } if is_virtual(column))
    }

    fn drops(&self, change: &Change) -> bool {
        let Change::DropColumn { column, .. } = change else { return false };
        self.def.and_then(|def| table::column(def, column)).is_some_and(is_virtual)
    }

    fn is_dropped(&self, name: &Ident) -> bool {
        self.changes.iter().any(|change| match change {
            Change::DropColumn { column, .. } => table::same(column, name),
            _ => false,
        })
    }

    /// One comes or goes, and something else stands beside that the server does not do with it.
    fn beside(&self, alone: &[Effects]) -> bool {
        let (adds, drops) =
            (self.changes.iter().any(|change| self.adds(change)), self.changes.iter().any(|change| self.drops(change)));
        let all = || self.changes.iter().zip(alone).filter(|(_, effects)| effects.algorithm.is_some());
        let is_other = |change: &Change| !self.adds(change) && !self.drops(change) && !self.is_plain_index(change);
        let others: Vec<&Change> = all().map(|(change, _)| *change).filter(|change| is_other(change)).gather();
        if !(adds || drops) || others.is_empty() {
            return false;
        }
        if self.mariadb {
            return others.iter().any(|change| !self.drops_only(change));
        }
        let instant = all().all(|(_, effects)| effects.algorithm == Some(Algorithm::Instant));
        let in_the_way = |change: &&Change| match change {
            Change::AddColumn { .. } => drops,
            Change::RenameColumn { .. } => true,
            Change::RedefineColumn { column, to, .. } => !table::same(column, &to.name),
            _ => false,
        };
        !instant || self.drops_before_others() || others.iter().any(in_the_way)
    }

    /// An ordinary index is built or dropped.
    fn is_plain_index(&self, change: &Change) -> bool {
        let plain = |index: &IndexDef| !index.unique && index.kind == IndexKind::Plain;
        match change {
            Change::CreateIndex(index) => plain(index) && index.parts.iter().all(|part| part.column.is_some()),
            Change::DropIndex { name, .. } => {
                let unique = |constraint: &Constraint| {
                    matches!(constraint.kind, ConstraintKind::Unique { .. })
                        && constraint.name.as_ref().is_none_or(|own| table::same(own, &name.object))
                };
                self.def.is_none_or(|def| {
                    let named = |index: &&IndexDef| table::is_named(index, &name.object);
                    def.indexes.iter().find(named).map_or_else(|| !def.constraints.iter().any(unique), plain)
                })
            }
            _ => false,
        }
    }

    /// An ordinary column goes, and no key or longer index has to be made anew for it.
    fn drops_only(&self, change: &Change) -> bool {
        let (Change::DropColumn { column, .. }, Some(def)) = (change, self.def) else { return false };
        let has = |index: &IndexDef| {
            index.parts.iter().any(|part| part.column.as_ref().is_some_and(|own| table::same(own, column)))
        };
        let anew = def.indexes.iter().any(|index| has(index) && (index.unique || index.parts.len() > 1));
        let key = def.constraints.iter().any(|constraint| match &constraint.kind {
            ConstraintKind::Unique { columns, .. } | ConstraintKind::PrimaryKey { columns } => {
                columns.iter().any(|own| table::same(own, column))
            }
            ConstraintKind::ForeignKey(key) => key.columns.iter().any(|own| table::same(own, column)),
            _ => false,
        });
        !anew && !key
    }

    /// One goes that stands before one that stays.
    fn drops_before_others(&self) -> bool {
        let columns = self.def.iter().flat_map(|def| &def.columns).filter(|column| is_virtual(column));
        let mut gone = columns.map(|column| self.is_dropped(&column.name)).skip_while(|gone| !gone);
        gone.any(|gone| !gone)
    }

    /// One that stays gets another place; `anywhere`: only those matter that come before it.
    fn moved(&self, anywhere: bool) -> bool {
        let Some(def) = self.def else { return false };
        let stays = |column: &&ColumnDef| !self.is_dropped(&column.name) || !self.mariadb && !is_virtual(column);
        let old: Vec<Ident> = def.columns.iter().filter(stays).map(|own| own.name.clone()).gather();
        let new = self.names_after(def);
        let place = |names: &[Ident], name: &Ident| names.iter().position(|own| table::same(own, name));
        let mut kept = def.columns.iter().filter(|own| is_virtual(own) && !self.is_dropped(&own.name));
        if anywhere {
            let added = self.changes.iter().filter_map(|change| match change {
                Change::AddColumn { column, .. } if is_virtual(column) => place(&new, &column.name),
                _ => None,
            });
            let first = added.min();
            return first.is_some_and(|first| kept.any(|own| place(&new, &own.name).is_some_and(|at| at > first)));
        }
        kept.any(|own| place(&new, &own.name).is_some_and(|at| place(&old, &own.name) != Some(at)))
    }

    /// The columns in the order in which the statement leaves them.
    fn names_after(&self, def: &TableDef) -> Vec<Ident> {
        let mut names: Vec<Ident> = def.columns.iter().map(|own| own.name.clone()).gather();
        let put = |names: &mut Vec<Ident>, name: &Ident, position: Option<&ColumnPosition>| {
            names.retain(|own| !table::same(own, name));
            let behind = |other: &Ident| names.iter().position(|own| table::same(own, other)).map(|at| at + 1);
            let at = match position {
                Some(ColumnPosition::First) => Some(0),
                Some(ColumnPosition::After(other)) => behind(other),
                None => None,
            };
            names.insert(at.unwrap_or(names.len()), name.clone());
        };
        for change in self.changes {
            match change {
                Change::AddColumn { column, .. } => put(&mut names, &column.name, column.position.as_ref()),
                Change::RedefineColumn { column, position: Some(position), .. } => {
                    put(&mut names, column, Some(position));
                }
                Change::DropColumn { column, .. } => names.retain(|own| !table::same(own, column)),
                _ => {}
            }
        }
        names
    }
}
