//! What an answer may depend on besides the change: engine, schema, sizes, choices.
//!
//! In: nothing; these are types. Out: [`World`]. Never: a guess that is not marked as one ([`RowCount::known`]).

use crate::change::{Ident, Name, RowFilter};
use crate::order::{Gather, Map};
use crate::request::Options;
use crate::schema::Schema;
use crate::target::{Engine, Target};

/// All that an answer may depend on.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// Engine and version.
    pub target: Target,
    /// What is known of the database *before* the change.
    pub schema: &'a Schema,
    /// Rows and bytes.
    pub sizes: &'a Sizes,
    /// Choices of the caller.
    pub options: &'a Options,
}

/// How many rows an UPDATE or DELETE touches, as far as text and schema tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touched {
    /// Every row.
    All,
    /// Any number of rows.
    Unknown,
    /// One batch of many.
    Batch,
    /// Rows named one by one.
    Few,
}

impl World<'_> {
    /// Few rows are few only by a key: a million orders may have the status that a condition names.
    pub fn touched(&self, table: &Name, filter: &RowFilter) -> Touched {
        if is_bookkeeping(table) {
            return Touched::Few;
        }
        let RowFilter::Where { by_value, by_range, batch, .. } = filter else { return Touched::All };
        let by_key = |column: &Ident| {
            let held: Vec<Ident> = by_value.iter().chain([column]).cloned().gather();
            self.schema.names_rows(table, &held)
        };
        if self.schema.names_rows(table, by_value) {
            Touched::Few
        } else if *batch || by_range.iter().any(by_key) {
            Touched::Batch
        } else {
            Touched::Unknown
        }
    }

    /// A batch that LIMIT cuts off, and no index leads to: InnoDB locks every row that it passes over, READ COMMITTED aside.
    pub fn passes_over(&self, table: &Name, filter: &RowFilter) -> bool {
        let RowFilter::Where { by_value, by_range, sought: Some(sought), .. } = filter else { return false };
        let walks = by_range.iter().any(|column| {
            let held: Vec<Ident> = by_value.iter().chain([column]).cloned().gather();
            self.schema.names_rows(table, &held)
        });
        self.target.engine().is_mysql_family()
            && !self.schema.reads_lock_nothing()
            && !walks
            && !sought.iter().any(|column| self.leads(table, column))
    }

    /// An index begins with the column; of a table that is not known, one that is called like a key has one.
    fn leads(&self, table: &Name, column: &Ident) -> bool {
        let schema = self.schema;
        let first = |key: Option<&Ident>| key.is_some_and(|key| schema.same(key, column));
        let indexes = schema.indexes_of_column(table, column).into_iter();
        first(schema.primary_key(table).and_then(<[Ident]>::first))
            || indexes.map(|index| index.parts.first().and_then(|part| part.column.as_ref())).any(first)
            || schema.table(table).is_none() && column.value.to_ascii_lowercase().ends_with("id")
    }

    /// By an index: few rows, one batch, or those that belong to one row of another table.
    pub fn looks_up(&self, table: &Name, filter: &RowFilter) -> bool {
        let RowFilter::Where { by_value, by_row, .. } = filter else { return false };
        if self.is_part(table, filter) {
            return true;
        }
        let held: Vec<Ident> = by_value.iter().chain(by_row).cloned().gather();
        !by_row.is_empty()
            && (self.schema.names_rows(table, &held) || by_row.iter().any(|column| self.leads(table, column)))
    }

    /// Few rows or a batch, and no others are read for them.
    fn is_part(&self, table: &Name, filter: &RowFilter) -> bool {
        matches!(self.touched(table, filter), Touched::Few | Touched::Batch) && !self.passes_over(table, filter)
    }

    /// The largest table that a query reads as a whole; none where what it reads of one of them is few rows, or a batch.
    pub fn reads_whole<'q>(&self, source: &'q [(Name, RowFilter)]) -> Option<&'q Name> {
        let part = |(table, filter): &(Name, RowFilter)| self.looks_up(table, filter);
        let tables = source.iter().filter(|_| !source.iter().any(part)).map(|(table, _)| table);
        tables.max_by_key(|table| self.sizes.rows(self, table).rows)
    }
}

/// Tables in which migration tools keep what was done: a row or a few.
const BOOKKEEPING: [&str; 9] = [
    "alembic_version",
    "schema_migrations",
    "ar_internal_metadata",
    "django_migrations",
    "flyway_schema_history",
    "_prisma_migrations",
    "goose_db_version",
    "knex_migrations",
    "databasechangelog",
];

/// The table of a migration tool.
pub fn is_bookkeeping(table: &Name) -> bool {
    BOOKKEEPING.iter().any(|name| table.object.value.eq_ignore_ascii_case(name))
}

/// Sizes of tables, given or assumed.
#[derive(Debug, Clone, Default)]
pub struct Sizes {
    /// What was given.
    pub tables: GivenSizes,
    /// Rows assumed for a table that was not given.
    pub assumed_rows: u64,
}

/// What was given, by table: object name, then schema.
#[derive(Debug, Clone, Default)]
pub struct GivenSizes(Map<(Ident, Option<Ident>), TableStats>);

impl GivenSizes {
    /// Changes what is given for exactly this name.
    pub fn change(&mut self, name: Name, change: impl FnOnce(&mut TableStats)) {
        self.0.change((name.object, name.schema), change);
    }

    fn get(&self, object: &Ident, schema: Option<&Ident>) -> Option<&TableStats> {
        self.0.get(&(object.clone(), schema.cloned()))
    }

    /// What is given for a name in one schema, when it is in no other.
    fn only(&self, object: &Ident) -> Option<&TableStats> {
        let mut of_name = self.0.range((object.clone(), None)..).take_while(|((own, _), _)| own == object);
        let (_, stats) = of_name.next()?;
        of_name.next().is_none().then_some(stats)
    }
}

impl FromIterator<(Name, TableStats)> for GivenSizes {
    fn from_iter<T: IntoIterator<Item = (Name, TableStats)>>(sizes: T) -> Self {
        let mut given = GivenSizes::default();
        sizes.into_iter().for_each(|(name, stats)| given.change(name, |own| *own = stats));
        given
    }
}

/// What was given for one table.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TableStats {
    /// Rows.
    pub rows: Option<u64>,
    /// Bytes of the table without indexes.
    pub table_bytes: Option<u64>,
    /// Bytes of all its indexes.
    pub index_bytes: Option<u64>,
    /// Writes per second.
    pub writes_per_s: Option<f64>,
}

/// A number of rows and whether it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowCount {
    /// Rows.
    pub rows: u64,
    /// Given rather than assumed.
    pub known: bool,
}

impl Sizes {
    /// What was given for a table; a size given without a schema serves the table of that name in any schema, and
    /// one given for the default schema, or for the only table of that name, serves the unqualified name.
    pub fn table(&self, table: &Name) -> Option<&TableStats> {
        let in_schema = |schema: Option<&Ident>| self.tables.get(&table.object, schema);
        let exact = in_schema(table.schema.as_ref()).or_else(|| in_schema(None));
        exact.or_else(|| match table.schema {
            None => ["public", "main"]
                .iter()
                .find_map(|schema| in_schema(Some(&Ident::new(*schema))))
                .or_else(|| self.tables.only(&table.object)),
            Some(_) => None,
        })
    }

    /// What was given for a table of this database, in any spelling that the engine takes for the same.
    pub fn given(&self, world: &World<'_>, table: &Name) -> Option<&TableStats> {
        let as_known = || self.table(&world.schema.table(table)?.def.name);
        let any_case = || {
            let same = |object: &Ident| object.value.eq_ignore_ascii_case(&table.object.value);
            let fits = world.target.engine() != Engine::Postgres;
            let (object, _) = self.tables.0.keys().filter(|_| fits).find(|(object, _)| same(object))?;
            self.tables.only(object)
        };
        let here = || self.table(table).or_else(as_known).or_else(any_case);
        self.by_full_name(world, table).or_else(|| if world.schema.is_elsewhere(table) { None } else { here() })
    }

    fn by_full_name(&self, world: &World<'_>, table: &Name) -> Option<&TableStats> {
        let schema = table.schema.as_ref()?;
        let same = |a: &Ident, b: &Ident| world.schema.same(a, b);
        let fits = |(object, of): &(Ident, Option<Ident>)| {
            same(object, &table.object) && of.as_ref().is_some_and(|of| same(of, schema))
        };
        let any_case = || self.tables.0.iter().find(|(name, _)| fits(name)).map(|(_, stats)| stats);
        self.tables.get(&table.object, Some(schema)).or_else(any_case)
    }

    /// Rows of a table; a table made by the script has none, unless it was filled from a query.
    pub fn rows(&self, world: &World<'_>, table: &Name) -> RowCount {
        if world.schema.is_empty_table(table) {
            return RowCount { rows: 0, known: true };
        }
        if let Some(rows) = numbers(world, table) {
            return RowCount { rows, known: true };
        }
        match self.given(world, table).and_then(|t| t.rows) {
            // Of a partitioned table the server counts its own rows, which are none.
            Some(0) if !world.schema.partitions(table).is_empty() => self.of_partitions(world, table),
            Some(rows) => {
                let sure = self.by_full_name(world, table).is_some() || !world.schema.may_be_elsewhere(table);
                RowCount { rows, known: sure }
            }
            None => RowCount { rows: self.assumed_rows, known: false },
        }
    }
}

impl Sizes {
    fn of_partitions(&self, world: &World<'_>, table: &Name) -> RowCount {
        let parts = world.schema.partitions(table);
        let own = |name: &Name| self.given(world, name).and_then(|given| given.rows);
        let counted = |name: &Name, rows: u64| rows > 0 || world.schema.partitions(name).is_empty();
        let names = parts.iter().map(|part| &part.def.name);
        let given = names.map(|name| own(name).filter(|rows| counted(name, *rows)));
        match given.sum::<Option<u64>>() {
            Some(rows) => RowCount { rows, known: true },
            None => RowCount { rows: self.assumed_rows, known: false },
        }
    }
}

/// The rows of MariaDB's `seq_1_to_10`, which is no table of anybody.
fn numbers(world: &World<'_>, table: &Name) -> Option<u64> {
    let name = table.object.value.to_ascii_lowercase();
    let (from, rest) =
        name.strip_prefix("seq_").filter(|_| world.target.engine() == Engine::MariaDb)?.split_once("_to_")?;
    let (to, step) = rest.split_once("_step_").unwrap_or((rest, "1"));
    let [from, to, step] = [from, to, step].map(|number| number.parse::<u64>().ok());
    Some((from?.abs_diff(to?) / step?.max(1)).saturating_add(1))
}
