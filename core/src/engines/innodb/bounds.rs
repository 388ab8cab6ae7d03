//! Partitions as they are defined: their names, and bounds that the servers refuse (seen on MySQL 5.7.22, 8.0.15 and 9.7.4, MariaDB
//! 10.11.18 and 11.8.9). A partitioning that the script has changed is not followed: its text has a question mark.

use crate::change::{Change, ColumnDef, Name, PartitionAction, TableDef};
use crate::engines::written::bracketed;
use crate::order::{Gather, PushAll};
use crate::source::{Dialect, Lexer, TokenKind};
use crate::world::World;

/// Why the partitions of `PARTITION BY …` cannot be made.
pub(in crate::engines) fn of_table(by: &str, world: &World<'_>) -> Option<String> {
    let words = words(by, world);
    refused(&parts(&words))
}

/// Why ADD, DROP and TRUNCATE PARTITION of a statement as written cannot be done.
pub(in crate::engines) fn of_statement(sql: &str, change: &Change, world: &World<'_>) -> Option<String> {
    let Change::Partition { table, action } = change else { return None };
    let by = world.schema.table(table)?.def.partition_by.as_deref().filter(|by| !by.contains('?'))?;
    let (old, new) = (words(by, world), words(sql, world));
    let mut there = parts(&old);
    let at = new.iter().position(|word| is(word, "partition"))?;
    let behind = new.get(at + 1..)?;
    let method = old.iter().take(4).copied().gather().join(" ").to_ascii_lowercase();
    let ranges = method.contains("range") || method.contains("list");
    let says = |wanted: &str| behind.iter().any(|word| is(word, wanted));
    match action {
        PartitionAction::Add if ranges && says("partitions") && !says("values") => {
            Some("each partition has to be defined (error 1492)".to_string())
        }
        PartitionAction::Add if !ranges && says("values") => {
            Some(format!("{table} is partitioned by HASH or KEY, which knows no VALUES (error 1480)"))
        }
        PartitionAction::Coalesce => {
            let count = |words: &[&str]| {
                let at = words.iter().position(|word| is(word, "partitions"))?;
                words.get(at + 1)?.parse::<u32>().ok()
            };
            let fewer: u32 = behind.first()?.parse().ok()?;
            (count(&old)? <= fewer).then(|| format!("{table} would have no partition left (error 1508): DROP TABLE"))
        }
        PartitionAction::Reorganize if method.contains("range") && !method.contains("columns") => {
            let into = behind.iter().position(|word| is(word, "into"))?;
            let last = behind.get(..into)?.last()?;
            let at = there.iter().position(|part| same(part.name, last))?;
            let made = parts(behind);
            let (before, after) = (&there.get(at)?.bound, &made.last()?.bound);
            let outermost = at + 1 == there.len();
            let fits = match (before, after) {
                (Bound::Less(old), Bound::Less(new)) => match (number(old), number(new)) {
                    (Some(old), Some(new)) => new == old || outermost && new > old,
                    _ => true,
                },
                (Bound::Less(_), Bound::Most) => outermost,
                (Bound::Most, Bound::Less(_)) => false,
                _ => true,
            };
            (!fits).then(|| format!("the partitions made of {last} end elsewhere (error 1520)"))
        }
        PartitionAction::Add if !there.is_empty() => {
            there.push_all(parts(behind));
            refused(&there)
        }
        PartitionAction::Drop | PartitionAction::Truncate if !there.is_empty() => {
            let named: Vec<&str> = behind.iter().copied().filter(|word| *word != ",").gather();
            let known = |name: &&str| there.iter().any(|part| same(part.name, name));
            if named.iter().any(|word| is(word, "all") || is(word, "if")) {
                return None;
            }
            let all =
                *action == PartitionAction::Drop && there.iter().all(|part| named.iter().any(|n| same(n, part.name)));
            match named.iter().find(|name| !known(name)) {
                Some(name) => Some(format!("{table} has no partition {name} (error 1507 or 1735)")),
                None => all.then(|| format!("{table} would have no partition left (error 1508): DROP TABLE")),
            }
        }
        _ => None,
    }
}

/// The table of EXCHANGE PARTITION has partitions of its own, or other columns.
pub(in crate::engines) fn exchanged(table: &Name, with: &Name, world: &World<'_>) -> Option<String> {
    let other = &world.schema.table(with)?.def;
    if other.partition_by.is_some() {
        return Some(format!("{with} is partitioned itself (error 1732)"));
    }
    let own = &world.schema.table(table)?.def;
    let whole = |def: &TableDef| def.complete && !def.from_query && def.like.is_none() && !def.columns.is_empty();
    let alike = |(a, b): (&ColumnDef, &ColumnDef)| {
        let base = |column: &ColumnDef| column.data_type.as_ref().map(|of| of.base.clone());
        a.name.value.eq_ignore_ascii_case(&b.name.value) && base(a) == base(b)
    };
    let same = own.columns.len() == other.columns.len() && own.columns.iter().zip(&other.columns).all(alike);
    (whole(own) && whole(other) && !same).then(|| format!("{with} has other columns than {table} (error 1736)"))
}

fn words<'t>(text: &'t str, world: &World<'_>) -> Vec<&'t str> {
    let mut lexer = Lexer::new(text, Dialect::of(world.target));
    let tokens = std::iter::from_fn(|| lexer.next_token());
    tokens
        .filter(|token| !matches!(token.kind, TokenKind::Comment | TokenKind::Semicolon))
        .map(|token| token.of(text))
        .gather()
}

fn is(word: &str, wanted: &str) -> bool {
    word.eq_ignore_ascii_case(wanted)
}

fn same(a: &str, b: &str) -> bool {
    is(a.trim_matches('`'), b.trim_matches('`'))
}

struct Part<'w> {
    name: &'w str,
    bound: Bound<'w>,
}

enum Bound<'w> {
    Most,
    /// LESS THAN, its one value.
    Less(&'w [&'w str]),
    /// IN, its values.
    In(Vec<&'w [&'w str]>),
    Other,
}

/// The list of partitions in brackets, the first that there is.
fn parts<'w>(words: &'w [&'w str]) -> Vec<Part<'w>> {
    let starts = |two: &[&str]| matches!(two, ["(", word] if is(word, "partition"));
    let list = words.windows(2).position(starts).and_then(|at| bracketed(words.get(at..)?));
    list.map(|(items, _)| items.into_iter().filter_map(part).gather()).unwrap_or_default()
}

fn part<'w>(item: &'w [&'w str]) -> Option<Part<'w>> {
    let [_, name, rest @ ..] = item else { return None };
    let bound = match rest {
        [values, less, than, most, ..]
            if is(values, "values") && is(less, "less") && is(than, "than") && is(most, "maxvalue") =>
        {
            Bound::Most
        }
        [values, less, than, behind @ ..] if is(values, "values") && is(less, "less") && is(than, "than") => {
            match bracketed(behind).map(|(list, _)| list) {
                Some(list) => match list.as_slice() {
                    [[most]] if is(most, "maxvalue") => Bound::Most,
                    [one] => Bound::Less(one),
                    _ => Bound::Other,
                },
                None => Bound::Other,
            }
        }
        [values, within, behind @ ..] if is(values, "values") && is(within, "in") => {
            bracketed(behind).map_or(Bound::Other, |(list, _)| Bound::In(list))
        }
        _ => Bound::Other,
    };
    Some(Part { name, bound })
}

fn refused(parts: &[Part<'_>]) -> Option<String> {
    let twice =
        parts.iter().enumerate().find(|(at, part)| parts.iter().take(*at).any(|other| same(other.name, part.name)));
    if let Some((_, part)) = twice {
        return Some(format!("two partitions are called {} (error 1517)", part.name));
    }
    let mut seen: Vec<&[&str]> = Vec::new();
    let mut last: Option<&[&str]> = None;
    for (at, part) in parts.iter().enumerate() {
        match &part.bound {
            Bound::Most if at + 1 < parts.len() => {
                return Some(format!("nothing comes behind {}, which takes all that is above (error 1481)", part.name));
            }
            Bound::Less(value) => {
                if last.is_some_and(|last| !is_below(last, value)) {
                    return Some(format!(
                        "the bound of {} is not above that of the partition before it (error 1493)",
                        part.name
                    ));
                }
                last = Some(value);
            }
            Bound::In(values) => {
                if let Some(value) =
                    values.iter().find(|value| seen.contains(value) || values.iter().filter(|v| v == value).count() > 1)
                {
                    return Some(format!("{} is a value of two partitions (error 1495)", value.concat()));
                }
                seen.extend(values);
            }
            Bound::Most | Bound::Other => {}
        }
    }
    None
}

fn number(words: &[&str]) -> Option<i128> {
    words.concat().parse().ok()
}

/// Not known to be as high, or higher.
fn is_below(a: &[&str], b: &[&str]) -> bool {
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return a < b;
    }
    // Dates of one spelling, alone or in the same function.
    let date = |word: &str| {
        word.len() > 9 && word.bytes().all(|c| c.is_ascii_digit() || matches!(c, b'\'' | b'-' | b' ' | b':'))
    };
    let pairs = a.iter().zip(b).find(|(a, b)| a != b);
    match pairs {
        None => a.len() != b.len(),
        Some((x, y)) => {
            let alike = a.iter().zip(b).filter(|(a, b)| a != b).count() == 1 && a.len() == b.len();
            !(alike && x.len() == y.len() && date(x) && date(y)) || x < y
        }
    }
}
