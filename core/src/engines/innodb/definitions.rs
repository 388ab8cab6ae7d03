//! Definitions of columns and whole tables that both servers refuse, whatever the rows are.
//!
//! In: a definition. Out: the error that the server gives. Never: what depends on a setting that the script may have changed, but
//! for the dates of zeros.

use super::column::{self, is_utf8mb3};
use super::{references, row_size, table};
use crate::change::{
    AutoNumber, ColumnDef, ConstraintKind, DataType, Expr, Ident, IndexDef, IndexKind, IndexPart, Nullability, TableDef,
};
use crate::engines::written;
use crate::order::{Gather, GatherAll};
use crate::target::Engine;
use crate::world::World;

/// Why the server refuses the definition of a column of this table.
pub(in crate::engines) fn column(def: &TableDef, column: &ColumnDef, world: &World<'_>) -> Option<String> {
    let name = &column.name;
    let mysql = world.target.engine() == Engine::MySql;
    let of_type = column.data_type.as_ref();
    reserved(column, world)
        .or_else(|| of_type.and_then(|of| kind(of, world)))
        .or_else(|| too_long(def, column))
        .map(|why| format!("{name}: {why}"))
        .or_else(|| {
            let default = column.default.as_ref()?;
            if column.generated.is_some() {
                return Some(format!("{name} is computed and takes no default (error 1221 or 1064)"));
            }
            no_default(column, default, world)
        })
        .or_else(|| generated(def, column, mysql))
        .or_else(|| {
            let counts = matches!(column.auto_number, Some(AutoNumber::AutoIncrement)) && !is_number(&of_type?.base);
            counts.then(|| format!("{name} is no number and takes no AUTO_INCREMENT (error 1063)"))
        })
        .or_else(|| {
            column.constraints.iter().find_map(|c| condition(&c.kind, world).or_else(|| beside(column, &c.kind, world)))
        })
        .or_else(|| {
            let said = of_type?.charset.as_ref()?;
            let (set, collation) = (said.charset.as_deref()?, said.collation.as_deref());
            let own = column.collation.as_ref().map(|name| name.object.value.as_str());
            let of = collation.or(own)?.split('_').next().unwrap_or_default();
            let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b) || is_utf8mb3(a) && is_utf8mb3(b) || b == "uca1400";
            (!same(&set.to_ascii_lowercase(), &of.to_ascii_lowercase()))
                .then(|| format!("the collation of {name} is none of {set} (error 1253)"))
        })
}

/// A default that the column does not take.
pub(in crate::engines) fn no_default(column: &ColumnDef, default: &Expr, world: &World<'_>) -> Option<String> {
    let null = column.nullability == Nullability::NotNull && default.text.eq_ignore_ascii_case("null");
    let mysql = world.target.engine() == Engine::MySql;
    (null || !fits(default, column.data_type.as_ref()?, mysql, world))
        .then(|| format!("{} is no default for {} (error 1067)", default.text, column.name))
}

/// Words that are names in quotes only; of MySQL; of MySQL from 8.0.4 on (5.7.22, 8.0.15, 9.7.4, MariaDB 10.11.18 and 11.8.9).
const RESERVED: &str = " order group read range values condition interval desc from to default limit usage match release table left right character when where by use using return signal trigger lines ";
const OF_MYSQL: &str = " option schema ";
const OF_MYSQL_8: &str = " rank groups system lead window function rows empty ";

fn reserved(column: &ColumnDef, world: &World<'_>) -> Option<String> {
    let word = column.text.split_whitespace().next()?;
    let of = |list: &str| list.contains(&format!(" {} ", word.to_ascii_lowercase()));
    let mysql = world.target.engine() == Engine::MySql;
    let taken = of(RESERVED) || mysql && (of(OF_MYSQL) || of(OF_MYSQL_8) && world.target.version.at_least(8, 0, 4));
    taken.then(|| format!("{word} is a word of its own: as a name it needs quotes (error 1064)"))
}

/// A CHECK inside a column that names another, or the counter.
fn beside(own: &ColumnDef, kind: &ConstraintKind, world: &World<'_>) -> Option<String> {
    let ConstraintKind::Check { expr } = kind else { return None };
    let mysql = world.target.engine() == Engine::MySql;
    if mysql && !world.target.version.at_least(8, 0, 16) {
        return None;
    }
    let counts = matches!(own.auto_number, Some(AutoNumber::AutoIncrement));
    if counts && expr.columns.iter().any(|name| table::same(name, &own.name)) {
        return Some(format!("{} is AUTO_INCREMENT, which no CHECK looks at (error 3818 or 1901)", own.name));
    }
    let other = names_of(expr).find(|name| !table::same(name, &own.name)).filter(|_| mysql)?;
    Some(format!("the CHECK of {} names {other}: as one of the table it may (error 3813)", own.name))
}

/// A CHECK whose value may differ from one moment to the next.
pub(in crate::engines) fn condition(kind: &ConstraintKind, world: &World<'_>) -> Option<String> {
    let ConstraintKind::Check { expr } = kind else { return None };
    // Before 8.0.16 MySQL reads it and drops it.
    let read = world.target.engine() != Engine::MySql || world.target.version.at_least(8, 0, 16);
    (read && differs(expr))
        .then(|| "a CHECK takes no function whose value changes, and no query (error 3814, 3815 or 1901)".to_string())
}

/// Why the server refuses a table as it is defined.
pub(in crate::engines) fn table(def: &TableDef, world: &World<'_>) -> Option<String> {
    if !def.complete || def.like.is_some() {
        return None;
    }
    let twice = |names: &[&Ident]| {
        let again = |at: usize, name: &Ident| names.iter().take(at).any(|other| table::same(other, name));
        names.iter().enumerate().find(|(at, name)| again(*at, name)).map(|(_, name)| name.to_string())
    };
    let columns: Vec<&Ident> = def.columns.iter().map(|column| &column.name).gather();
    let keys: Vec<&Ident> = def.indexes.iter().filter_map(|index| Some(&index.name.as_ref()?.object)).gather();
    let inline = def.columns.iter().flat_map(|column| &column.constraints);
    let primary = |kind: &ConstraintKind| matches!(kind, ConstraintKind::PrimaryKey { .. });
    let primaries = inline.chain(&def.constraints).filter(|constraint| primary(&constraint.kind)).count();
    def.columns
        .iter()
        .find_map(|own| column(def, own, world))
        .or_else(|| def.constraints.iter().find_map(|constraint| condition(&constraint.kind, world)))
        .or_else(|| {
            let null = |own: &&ColumnDef| {
                own.nullability == Nullability::Null && own.constraints.iter().any(|own| primary(&own.kind))
            };
            let own = def.columns.iter().find(null).filter(|_| world.target.engine() == Engine::MySql)?;
            Some(format!("{} is a primary key and takes no NULL (error 1171)", own.name))
        })
        .or_else(|| twice(&columns).map(|name| format!("two columns are called {name} (error 1060)")))
        .or_else(|| twice(&keys).map(|name| format!("two indexes are called {name} (error 1061)")))
        .or_else(|| (primaries > 1).then(|| "a table has one primary key (error 1068)".to_string()))
        .or_else(|| keys_of(def, world))
        .or_else(|| too_wide(def, def.columns.iter()))
        .or_else(|| row_size::refused(def, def.columns.iter()))
        .or_else(|| engine_of(def))
        .or_else(|| references::of_table(def, world))
        .or_else(|| {
            let own = def.constraints.iter().find_map(|constraint| unknown_in(def, &constraint.kind, world));
            own.filter(|_| !def.from_query)
        })
}

/// The engines of both servers and their plugins.
const ENGINES: &str = " innodb myisam memory heap csv archive blackhole merge mrg_myisam federated federatedx ndb ndbcluster example aria rocksdb spider connect s3 sphinx oqgraph mroonga columnstore sequence tokudb partition performance_schema cassandra default ";

/// Why no table is stored so.
pub(in crate::engines) fn engine(name: &str, def: &TableDef) -> Option<String> {
    if !ENGINES.contains(&format!(" {name} ")) {
        return Some(format!("no storage engine is called {name} (error 1286)"));
    }
    let long = def.columns.iter().find(|own| table::is_long(own)).filter(|_| matches!(name, "memory" | "heap"))?;
    Some(format!("{} is a text or JSON, which a table in memory does not hold (error 1163)", long.name))
}

fn engine_of(def: &TableDef) -> Option<String> {
    let name = crate::schema::option(&def.options, "engine")?;
    if name.is_empty() { None } else { engine(&name, def) }
}

/// A CHECK that names a column which the table does not have, or its counter.
pub(in crate::engines) fn unknown_in(def: &TableDef, kind: &ConstraintKind, world: &World<'_>) -> Option<String> {
    let ConstraintKind::Check { expr } = kind else { return None };
    let read = world.target.engine() != Engine::MySql || world.target.version.at_least(8, 0, 16);
    if !read {
        return None;
    }
    let missing = || names_of(expr).find(|name| table::column(def, name).is_none());
    let counts = |name: &&Ident| {
        table::column(def, name).is_some_and(|own| matches!(own.auto_number, Some(AutoNumber::AutoIncrement)))
    };
    let counter = expr.columns.iter().find(counts);
    counter
        .map(|name| format!("{name} is AUTO_INCREMENT, which no CHECK looks at (error 3818 or 1901)"))
        .or_else(|| Some(format!("a CHECK names {}, which the table does not have (error 3820 or 1054)", missing()?)))
}

/// Names that are sure to be those of columns.
fn names_of(expr: &Expr) -> impl Iterator<Item = &Ident> {
    let odd = expr.text.contains(['"', '@']) || crate::source::has(&expr.text, "interval") || has_query(&expr.text);
    let unit = |name: &Ident| UNITS.iter().any(|unit| name.value.to_ascii_lowercase().ends_with(unit));
    expr.columns.iter().filter(move |name| !odd && written::is_plain(name) && !unit(name))
}

/// Words of TIMESTAMPDIFF, EXTRACT and the like.
const UNITS: [&str; 9] = ["microsecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"];

/// Rows that are longer than any storage engine takes, long texts left out: they lie elsewhere.
pub(in crate::engines) fn too_wide<'c>(def: &TableDef, columns: impl Iterator<Item = &'c ColumnDef>) -> Option<String> {
    let width = |own: &ColumnDef| {
        let base = own.data_type.as_ref().map_or("", |of| of.base.as_str());
        let most = column::most_bytes(own, def);
        let length = if base.starts_with("var") { if most > 255 { 2 } else { 1 } } else { 0 };
        let number = match base {
            "tinyint" => 1,
            "smallint" => 2,
            "mediumint" | "date" => 3,
            "int" | "integer" => 4,
            "bigint" => 8,
            _ => 0,
        };
        most.saturating_add(length).saturating_add(number)
    };
    let bytes = columns.filter(|own| own.generated.is_none()).fold(0_u32, |sum, own| sum.saturating_add(width(own)));
    (bytes > 65_535)
        .then(|| "a row takes 65535 bytes at most, in the widest characters of its columns (error 1118)".to_string())
}

/// The keys of a new table: on columns that it has, long texts with a length, and one for the counter.
fn keys_of(def: &TableDef, world: &World<'_>) -> Option<String> {
    let mut lists: Vec<(Vec<(Ident, bool)>, bool)> = Vec::new();
    for index in &def.indexes {
        if let Some(why) = parts(def, index, world) {
            return Some(why);
        }
        lists.push((index.parts.iter().filter_map(|part| Some((part.column.clone()?, false))).gather(), false));
    }
    for own in &def.columns {
        for constraint in &own.constraints {
            if matches!(constraint.kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. }) {
                lists.push((
                    vec![(own.name.clone(), true)],
                    matches!(constraint.kind, ConstraintKind::PrimaryKey { .. }),
                ));
            }
        }
    }
    for constraint in &def.constraints {
        let (columns, primary) = match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } => (columns, true),
            ConstraintKind::Unique { columns, .. } => (columns, false),
            _ => continue,
        };
        lists.push((columns.iter().map(|column| (column.clone(), takes_whole(&constraint.text))).gather(), primary));
    }
    for (list, primary) in &lists {
        for (name, whole) in list {
            let Some(own) = table::column(def, name) else {
                // A query gives it.
                let missing = !def.from_query && !def.columns.is_empty() && !period(def, name);
                return missing.then(|| format!("a key names {name}, which the table does not have (error 1072)"));
            };
            if *whole && table::is_long(own) && (*primary || world.target.engine() == Engine::MySql) {
                return Some(needs_length(name));
            }
        }
    }
    let whole = lists.iter().filter(|(list, _)| list.iter().all(|(_, whole)| *whole));
    let mut long = whole.map(|(list, _)| list.iter().map(|(name, _)| name).gather());
    if let Some(why) = long.find_map(|names| too_many_bytes(def, &names, world)) {
        return Some(why);
    }
    let counters: Vec<&ColumnDef> =
        def.columns.iter().filter(|c| matches!(c.auto_number, Some(AutoNumber::AutoIncrement))).gather();
    let led = |counter: &ColumnDef| {
        lists.iter().any(|(list, _)| list.first().is_some_and(|(first, _)| table::same(first, &counter.name)))
    };
    let engine = crate::schema::option(&def.options, "engine").unwrap_or_default();
    let wrong = counters.len() > 1 || counters.iter().any(|counter| !led(counter) && engine != "myisam");
    (wrong && !def.from_query).then(|| COUNTER.to_string())
}

/// No column in the list has the length of a prefix.
pub(in crate::engines) fn takes_whole(text: &str) -> bool {
    text.matches('(').count() < 2
}

/// What a counter needs.
pub(in crate::engines) const COUNTER: &str =
    "there is one AUTO_INCREMENT column, and a key begins with it (error 1075)";

/// The error for a long column without a length in an index.
pub(in crate::engines) fn needs_length(name: &Ident) -> String {
    format!("an index on {name} needs the length of a prefix, on JSON an expression (error 1170 or 3152)")
}

/// A key of whole columns that is longer than a key of InnoDB; MariaDB has other ways.
pub(in crate::engines) fn too_many_bytes(def: &TableDef, names: &[&Ident], world: &World<'_>) -> Option<String> {
    let own = names.iter().filter_map(|name| table::column(def, name));
    let bytes = own.fold(0u32, |sum, own| sum.saturating_add(column::most_bytes(own, def)));
    (bytes > MOST && world.target.engine() == Engine::MySql).then(|| too_long_key(MOST))
}

/// Bytes of a key.
const MOST: u32 = 3_072;

fn too_long_key(most: u32) -> String {
    format!("the key is longer than {most} bytes (error 1071): index the first characters only")
}

/// MariaDB keeps a UNIQUE over a long text, or over more bytes than an index takes, by a hash of these columns.
pub(in crate::engines) fn needs_hash<'n>(def: &TableDef, whole: impl Iterator<Item = &'n Ident>) -> bool {
    let columns: Vec<&ColumnDef> = whole.filter_map(|name| table::column(def, name)).gather();
    let bytes = columns.iter().fold(0u32, |sum, own| sum.saturating_add(column::most_bytes(own, def)));
    bytes > MOST || columns.iter().any(|own| table::is_long(own))
}

/// Why an index cannot be made of its parts.
pub(in crate::engines) fn parts(def: &TableDef, index: &IndexDef, world: &World<'_>) -> Option<String> {
    let mysql = world.target.engine() == Engine::MySql;
    let mut bytes = 0u32;
    if index.kind == IndexKind::Spatial && index.parts.len() > 1 {
        return Some("a SPATIAL index has one column (error 1070)".to_string());
    }
    for (at, part) in index.parts.iter().enumerate() {
        let Some(name) = &part.column else {
            let bare = part.text.trim_start_matches('(').trim_end_matches(')').trim().trim_matches('`');
            if mysql && table::column(def, &Ident::new(bare)).is_some() {
                return Some(format!(
                    "{bare} in brackets is a column, no expression: without them it is taken (error 3762)"
                ));
            }
            continue;
        };
        let before = index.parts.iter().take(at).filter_map(|part| part.column.as_ref());
        if before.into_iter().any(|other| table::same(other, name)) {
            return Some(format!("{name} stands twice in the key (error 1060)"));
        }
        let Some(own) = table::column(def, name) else {
            let missing = def.complete && !def.from_query && !def.columns.is_empty();
            if missing && !period(def, name) {
                return Some(format!("a key names {name}, which the table does not have (error 1072)"));
            }
            continue;
        };
        let base = own.data_type.as_ref().map_or("", |of| of.base.as_str());
        match index.kind {
            IndexKind::Fulltext if !base.is_empty() && (!own.is_character() || matches!(base, "enum" | "set")) => {
                return Some(format!("{name} is no text: it takes no FULLTEXT index (error 1283)"));
            }
            IndexKind::Spatial if own.is_character() || is_number(base) || is_date(base) => {
                return Some(format!("{name} is no geometry: it takes no SPATIAL index (error 1687)"));
            }
            IndexKind::Spatial if own.nullability != Nullability::NotNull && !base.is_empty() => {
                return Some(format!("{name} may be NULL: it takes no SPATIAL index (error 1252)"));
            }
            IndexKind::Fulltext | IndexKind::Spatial => continue,
            IndexKind::Plain => {}
        }
        let prefix = prefix(part);
        if prefix.is_some() && is_number(base) {
            return Some(format!("{name} is no text: it takes no prefix in an index (error 1089)"));
        }
        let length = own.data_type.as_ref().filter(|of| matches!(of.base.as_str(), "char" | "varchar"));
        let longer = |most: &u32| {
            let asked = prefix.and_then(|text| text.split(')').next()?.trim().parse::<u32>().ok());
            asked.is_some_and(|asked| asked > *most)
        };
        if length.and_then(|of| of.args.first()).is_some_and(longer) {
            return Some(format!("the prefix of {name} is longer than the column (error 1089)"));
        }
        if prefix.is_none() && table::is_long(own) && (mysql || base == "json" && index.unique) {
            return Some(needs_length(name));
        }
        bytes = bytes.saturating_add(if prefix.is_some() { 0 } else { column::most_bytes(own, def) });
    }
    let engine = crate::schema::option(&def.options, "engine").unwrap_or_default();
    let most = if engine == "myisam" { 1_000 } else { MOST };
    // MariaDB shortens a column that stands alone.
    let shortened = !mysql && index.parts.len() == 1;
    (bytes > most && !shortened && index.kind == IndexKind::Plain).then(|| too_long_key(most))
}

/// MariaDB: a period stands in a key as if it were a column.
pub(in crate::engines) fn period(def: &TableDef, name: &Ident) -> bool {
    crate::schema::mentions(&def.text, "period") && crate::schema::mentions(&def.text, &name.value)
        || def.columns.is_empty()
}

fn prefix(part: &IndexPart) -> Option<&str> {
    part.text.split_once('(').map(|(_, length)| length)
}

fn is_number(base: &str) -> bool {
    range(base, false).is_some()
        || matches!(base, "decimal" | "numeric" | "float" | "double" | "real" | "bool" | "boolean" | "serial")
}

fn is_date(base: &str) -> bool {
    matches!(base, "date" | "datetime" | "timestamp")
}

/// The numbers that a type of whole numbers holds.
fn range(base: &str, unsigned: bool) -> Option<(i128, i128)> {
    let bits = match base {
        "tinyint" => 8,
        "smallint" => 16,
        "mediumint" => 24,
        "int" | "integer" => 32,
        "bigint" => 64,
        _ => return None,
    };
    Some(if unsigned { (0, (1 << bits) - 1) } else { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) })
}

/// Types by version: the type; the first of MySQL that has it; the first of MariaDB.
const TYPES: [(&str, u16, (u16, u16)); 4] =
    [("uuid", u16::MAX, (10, 7)), ("inet6", u16::MAX, (10, 5)), ("inet4", u16::MAX, (10, 10)), ("vector", 9, (11, 7))];

fn kind(of: &DataType, world: &World<'_>) -> Option<String> {
    let (target, base) = (world.target, of.base.as_str());
    let mysql = target.engine() == Engine::MySql;
    if let Some((name, my, (major, minor))) = TYPES.into_iter().find(|(name, ..)| *name == base) {
        let lacks = if mysql { !target.version.at_least(my, 0, 0) } else { !target.version.at_least(major, minor, 0) };
        return lacks.then(|| format!("{} has no type {name} (error 1064 or 4161)", target.title()));
    }
    let again = |at: usize, label: &String| of.labels.iter().take(at).any(|other| other == label);
    let scaled = matches!(base, "decimal" | "numeric" | "float" | "double");
    match of.args.as_slice() {
        [length] if matches!(base, "char" | "binary") && *length > 255 => {
            Some(format!("{base} holds 255 characters at most (error 1074)"))
        }
        [digits, ..] if matches!(base, "decimal" | "numeric") && *digits > 65 => {
            Some(format!("{base} holds 65 digits at most (error 1426)"))
        }
        [digits, scale] if scaled && digits < scale => {
            Some(format!("{base} has more digits behind the point than digits (error 1427)"))
        }
        [_, scale] if scaled && mysql && *scale > 30 => {
            Some(format!("{base} has 30 digits behind the point at most (error 1425)"))
        }
        [digits] if matches!(base, "time" | "datetime" | "timestamp") && *digits > 6 => {
            Some(format!("{base} has 6 digits behind the second at most (error 1426)"))
        }
        [bits] if base == "bit" && *bits > 64 => Some("bit holds 64 bits at most (error 1439)".to_string()),
        [digits] if range(base, false).is_some() && *digits > 255 => {
            Some(format!("{base} is shown in 255 digits at most (error 1439)"))
        }
        [digits] if base == "year" && *digits != 4 && mysql => Some("year has four digits (error 1818)".to_string()),
        _ if base == "set" && of.labels.iter().any(|label| label.contains(',')) => {
            Some("a label of a SET has no comma (error 1367)".to_string())
        }
        _ if matches!(base, "varchar" | "varbinary") && of.args.is_empty() && of.array == 0 => {
            Some(format!("{base} needs a length (error 1064)"))
        }
        _ => {
            let label = of.labels.iter().enumerate().find(|(at, label)| again(*at, label))?.1;
            Some(format!("the label {label} stands there twice (error 1291)"))
        }
    }
}

fn too_long(def: &TableDef, own: &ColumnDef) -> Option<String> {
    let of = own.data_type.as_ref()?;
    let long = matches!(of.base.as_str(), "varchar" | "varbinary") && column::most_bytes(own, def) > 65_535;
    long.then(|| format!("{} holds 65535 bytes at most (error 1074)", of.base))
}

/// Whether a default is a value of the type, as far as that can be told.
pub(in crate::engines) fn fits(default: &Expr, of: &DataType, mysql: bool, world: &World<'_>) -> bool {
    let text = default.text.trim();
    let lower = text.to_ascii_lowercase();
    let base = of.base.as_str();
    let now = lower.split('(').next().unwrap_or_default().trim_end();
    if matches!(now, "current_timestamp" | "now" | "localtime" | "localtimestamp") {
        let digits: String = lower.chars().filter(char::is_ascii_digit).collect();
        let asked = of.args.first().copied().unwrap_or_default();
        // MariaDB takes any expression.
        return !mysql || matches!(base, "datetime" | "timestamp") && digits.parse().unwrap_or(0) == asked;
    }
    let quoted =
        text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).filter(|text| !text.contains(['\'', '\\']));
    let number_like = text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && !lower.starts_with("0x")
        && !lower.starts_with("0b");
    if quoted.is_none() && !number_like {
        return true;
    }
    let value = quoted.unwrap_or(text);
    let number: Option<f64> = value.trim().parse().ok();
    if let Some((least, most)) = range(base, of.unsigned) {
        let whole: Option<i128> = value.trim().parse().ok();
        return number.is_some() && whole.is_none_or(|whole| (least..=most).contains(&whole));
    }
    match base {
        "decimal" | "numeric" if of.args.len() == 2 => {
            let whole = of.args.first().zip(of.args.get(1)).map(|(digits, scale)| digits.saturating_sub(*scale));
            let most = 10_f64.powi(whole.and_then(|digits| i32::try_from(digits).ok()).unwrap_or(65));
            number.is_some_and(|number| number.abs() < most)
        }
        "decimal" | "numeric" | "float" | "double" => number.is_some(),
        "enum" => quoted.is_none_or(|value| of.labels.iter().any(|label| label.eq_ignore_ascii_case(value.trim_end()))),
        "char" | "varchar" => {
            let most = of.args.first().copied().unwrap_or(if base == "char" { 1 } else { u32::MAX });
            u32::try_from(value.trim_end().chars().count()).is_ok_and(|length| length <= most)
        }
        _ if is_date(base) => {
            let digits: String = value.chars().filter(char::is_ascii_digit).collect();
            let zeros = !digits.is_empty() && digits.chars().all(|digit| digit == '0');
            !digits.is_empty() && (world.schema.takes_zero_dates() || (!zeros || !mysql) && is_in_calendar(value))
        }
        _ => true,
    }
}

/// Whether a date that is written `2024-02-30` is one; what is written otherwise may be.
fn is_in_calendar(value: &str) -> bool {
    let date = value.split([' ', 'T']).next().unwrap_or_default();
    let numbers: Option<Vec<u32>> = date.split('-').map(|part| part.parse().ok()).gather_all();
    let Some([year, month, day]) = numbers.as_deref() else { return true };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match *month {
        // Zeros are for a setting to say.
        0 => return true,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => 0,
    };
    *day <= days
}

fn generated(def: &TableDef, own: &ColumnDef, mysql: bool) -> Option<String> {
    let generated = own.generated.as_ref()?;
    if !mysql && own.nullability == Nullability::NotNull {
        return Some(format!("MariaDB takes no NOT NULL on {}, which is computed (error 1064)", own.name));
    }
    let query = has_query(&generated.expr.text);
    if query || differs(&generated.expr) && (mysql || generated.stored) {
        return Some(format!(
            "{} is computed by a function whose value changes, or by a query (error 3763, 3102 or 1901)",
            own.name
        ));
    }
    let itself = names_of(&generated.expr).find(|name| table::same(name, &own.name));
    if itself.is_some() {
        return Some(format!("{} is computed from itself (error 3107 or 1901)", own.name));
    }
    let missing = names_of(&generated.expr).find(|name| table::column(def, name).is_none());
    if let Some(name) = missing.filter(|_| def.complete && !def.from_query && !def.columns.is_empty()) {
        return Some(format!("{} is computed from {name}, which the table does not have (error 1054)", own.name));
    }
    let key = own.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. }));
    if key && (!generated.stored || !mysql) {
        return Some(format!("{} is computed, and no primary key (error 3106, 1064 or 1903)", own.name));
    }
    let counter = def.columns.iter().find(|column| {
        matches!(column.auto_number, Some(AutoNumber::AutoIncrement))
            && generated.expr.columns.iter().any(|used| table::same(used, &column.name))
    });
    let counter = counter.filter(|_| mysql)?;
    Some(format!("{} is computed from {}, which is AUTO_INCREMENT (error 3109)", own.name, counter.name))
}

/// Functions whose value changes.
const CHANGING: [&str; 12] = [
    "now(",
    "current_timestamp",
    "curdate(",
    "current_date",
    "sysdate(",
    "rand(",
    "uuid(",
    "uuid_short(",
    "connection_id(",
    "last_insert_id(",
    "current_user",
    "sleep(",
];

fn differs(expr: &Expr) -> bool {
    let text: String = expr.text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '`' | '.' | '\'');
    let called = |name: &str| {
        text.match_indices(name).any(|(at, _)| {
            let (before, behind) =
                (text.get(..at).unwrap_or_default(), text.get(at + name.len()..).unwrap_or_default());
            !before.ends_with(part) && (name.ends_with('(') || !behind.starts_with(part))
        })
    };
    CHANGING.iter().any(|name| called(name)) || has_query(&expr.text)
}

fn has_query(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.split('(').any(|part| part.trim_start().starts_with("select "))
}
