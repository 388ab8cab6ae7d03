//! INSERT, UPDATE and DELETE of one table that is known, in MySQL, MariaDB and SQLite: its columns, as many values, and values that
//! a column does not take (seen on MySQL 5.7.22, 8.0.15 and 9.7.4, MariaDB 10.11.18 and 11.8.9, SQLite 3.25–3.54).

use super::twice;
use crate::change::{Change, ColumnDef, Expr, Ident, Name, Nullability, ObjectKind, RowFilter, TableDef};
use crate::order::{Gather, GatherAll};
use crate::schema::same_ident;
use crate::source::{Dialect, Lexer, TokenKind, has};
use crate::target::Engine;
use crate::world::World;

/// Words that are looked at where nothing at the end matters: a statement can be megabytes of rows.
const MOST: usize = 2_000;

/// Whether a literal is a value of the column's type.
type Takes = fn(&str, &ColumnDef, &World<'_>) -> bool;

/// Why the server refuses the statement, where its table is known.
pub(in crate::engines) fn refused(sql: &str, change: &Change, world: &World<'_>, takes: Takes) -> Option<String> {
    let (Change::Insert { table, .. } | Change::Update { table, .. } | Change::Delete { table, .. }) = change else {
        return None;
    };
    let def = &world.schema.table(table)?.def;
    let whole = def.complete && !def.columns.is_empty() && !def.from_query && !def.external && def.like.is_none();
    if !whole || world.schema.is_blurred() {
        return None;
    }
    let behind = has(sql, "duplicate") || has(sql, "conflict");
    let mut lexer = Lexer::new(sql, Dialect::of(world.target));
    let tokens = std::iter::from_fn(|| lexer.next_token()).filter(|token| token.kind != TokenKind::Comment);
    let words: Vec<&str> = tokens.take(if behind { usize::MAX } else { MOST }).map(|token| token.of(sql)).gather();
    let mysql = world.target.engine().is_mysql_family();
    let mut one = Written {
        world,
        table,
        def,
        takes,
        mysql,
        // Triggers may give other values.
        lenient: !world.schema.objects_on(ObjectKind::Trigger, table).is_empty(),
        strict: !mysql || !world.schema.takes_zero_dates(),
        twice: behind || ["conflict", "overlaps"].iter().any(|word| has(&def.text, word)),
    };
    let (verb, rest) = words.split_first()?;
    one.twice |= is(verb, "replace");
    match verb.to_ascii_lowercase().as_str() {
        "insert" | "replace" => one.insert(rest),
        "update" => one.update(rest).or_else(|| one.condition(change, rest)),
        "delete" => one.condition(change, rest.get(1..)?),
        _ => None,
    }
}

fn is(word: &str, wanted: &str) -> bool {
    word.eq_ignore_ascii_case(wanted)
}

struct Written<'a> {
    world: &'a World<'a>,
    table: &'a Name,
    def: &'a TableDef,
    takes: Takes,
    mysql: bool,
    /// The server does not mind values that do not fit.
    lenient: bool,
    strict: bool,
    /// Rows with the key of another are passed over, or take its place.
    twice: bool,
}

/// A column of a list; none for a row's number.
type Column<'a> = Option<&'a ColumnDef>;

impl<'a> Written<'a> {
    /// What stands behind words that say how, and behind the name of the table.
    fn behind_name<'w>(&mut self, mut rest: &'w [&'w str]) -> Option<&'w [&'w str]> {
        loop {
            rest = match rest {
                [word, action, behind @ ..] if is(word, "or") => {
                    self.lenient |= is(action, "ignore") || is(action, "replace");
                    behind
                }
                [word, behind @ ..]
                    if ["low_priority", "high_priority", "delayed", "ignore", "into"]
                        .iter()
                        .any(|own| is(word, own)) =>
                {
                    self.lenient |= is(word, "ignore");
                    behind
                }
                _ => break,
            };
        }
        let rest = match rest {
            [_, ".", _, behind @ ..] | [_, behind @ ..] => behind,
            [] => return None,
        };
        Some(match rest {
            [word, _, behind @ ..] if is(word, "as") => behind,
            _ => rest,
        })
    }

    fn insert(&mut self, rest: &[&str]) -> Option<String> {
        let mut rest = self.behind_name(rest)?;
        let mut columns = None;
        if let [open, word, ..] = rest
            && *open == "("
            && !["select", "with", "values", "("].iter().any(|own| is(word, own))
        {
            let (list, behind) = bracketed(rest)?;
            rest = behind;
            let list = if matches!(list.as_slice(), [[]]) { Vec::new() } else { list };
            match self.columns(&list)? {
                Ok(found) => columns = Some(found),
                Err(why) => return Some(why),
            }
        }
        let (word, behind) = rest.split_first()?;
        let updated = || self.updated(rest).or_else(|| self.unmatched(rest));
        if is(word, "set") {
            return self.assigned(behind).or_else(updated);
        }
        let said = columns.as_ref().is_some_and(|columns| !columns.is_empty());
        let listed = if said { columns? } else { self.all()? };
        if is(word, "values") || is(word, "value") {
            return self.rows(&listed, said, behind).or_else(updated);
        }
        let given = self.selected(word, behind)?;
        self.counted(listed.len(), given).or_else(updated)
    }

    /// The columns that an INSERT without a list fills; none where some are not seen.
    fn all(&self) -> Option<Vec<Column<'a>>> {
        let hidden = self.mysql && self.def.columns.iter().any(|own| has(&own.text, "INVISIBLE"));
        let filled = self.def.columns.iter().filter(|own| self.mysql || own.generated.is_none());
        (!hidden).then(|| filled.map(Some).gather())
    }

    /// Columns by name, or why there is one that is none.
    fn columns(&self, list: &[&[&str]]) -> Option<Result<Vec<Column<'a>>, String>> {
        let mut found: Vec<Column<'a>> = Vec::new();
        for item in list {
            let own = match self.column(named(item)?) {
                Ok(own) => own,
                Err(why) => return Some(Err(why)),
            };
            if let Some(twice) = own.filter(|own| self.mysql && found.contains(&Some(own))) {
                return Some(Err(format!("{} stands there twice (error 1110)", twice.name)));
            }
            found.push(own);
        }
        Some(Ok(found))
    }

    fn column(&self, name: Ident) -> Result<Column<'a>, String> {
        let own = self.def.columns.iter().find(|own| same_ident(self.world.target, &own.name, &name));
        let number = ["rowid", "oid", "_rowid_"].iter().any(|own| is(&name.value, own));
        match own {
            None if self.mysql || !number => {
                Err(format!("{} has no column {name}{}", self.table, self.error(" (error 1054)")))
            }
            own => Ok(own),
        }
    }

    fn error(&self, number: &'static str) -> &'static str {
        if self.mysql { number } else { "" }
    }

    fn counted(&self, wanted: usize, given: usize) -> Option<String> {
        let error = self.error(" (error 1136)");
        (wanted != given).then(|| format!("{given} values for {wanted} columns of {}{error}", self.table))
    }

    fn rows<'w>(&self, columns: &[Column<'a>], said: bool, mut rest: &'w [&'w str]) -> Option<String> {
        let (mut first, mut several, mut rows) = (None, false, Vec::new());
        loop {
            if rest.first().is_some_and(|word| is(word, "row")) {
                rest = rest.get(1..)?;
            }
            let Some((values, behind)) = bracketed(rest) else { break };
            let none = matches!(values.as_slice(), [[]]);
            if !none || said {
                if let Some(why) = self.counted(columns.len(), values.len()) {
                    return Some(why);
                }
            } else {
                first = first.or_else(|| self.left_out(&[]));
            }
            several |= behind.first() == Some(&",");
            for (value, column) in values.iter().zip(columns).filter(|_| !none) {
                first = first.or_else(|| self.value((*column)?, value, several));
            }
            rows.push(values);
            match behind {
                [",", behind @ ..] => rest = behind,
                _ => break,
            }
        }
        first.or_else(|| if said { self.left_out(columns) } else { None }).or_else(|| {
            let own = |column: &Column<'a>, name: &Ident| {
                column.is_some_and(|own| same_ident(self.world.target, &own.name, name))
            };
            let place = |name: &Ident| {
                let at = columns.iter().position(|column| own(column, name))?;
                Some((at, columns.get(at)?.is_some_and(|own| own.auto_number.is_some())))
            };
            let [key, _] = twice::key(self.def, &rows, self.mysql, &place).filter(|_| !self.twice && !self.lenient)?;
            Some(format!("two rows have the same {key}{}", self.error(" (error 1062)")))
        })
    }

    /// A value that the column does not take.
    fn value(&self, column: &ColumnDef, value: &[&str], several: bool) -> Option<String> {
        let name = &column.name;
        let default = matches!(value, [word] if is(word, "default"));
        let null = matches!(value, [word] if is(word, "null"));
        if column.generated.is_some() {
            let given = !(default || null && self.world.target.engine() == Engine::MariaDb);
            return given.then(|| format!("{name} is computed{}", self.error(" (error 3105 or 1906)")));
        }
        if self.lenient {
            return None;
        }
        if default {
            return self.without_default(column);
        }
        if null {
            let refused = self.is_filled(column) && (self.strict || !several);
            return refused.then(|| format!("{name} takes no NULL{}", self.error(" (error 1048)")));
        }
        let text = match value {
            [sign @ ("-" | "+"), number] => format!("{sign}{number}"),
            [literal] => (*literal).to_string(),
            _ => return None,
        };
        (self.strict && !(self.takes)(&text, column, self.world))
            .then(|| format!("{text} is no value for {name} (error 1264, 1265, 1366 or 1406)"))
    }

    /// It is NOT NULL, and the server has nothing of its own to put there.
    fn is_filled(&self, column: &ColumnDef) -> bool {
        let base = column.data_type.as_ref().map_or("", |of| of.base.as_str());
        let numbered = column.auto_number.is_some()
            || base == "timestamp"
            || base == "serial"
            || base == "integer"
                && !self.mysql
                && self.world.schema.primary_key(self.table) == Some(std::slice::from_ref(&column.name))
            || has(&column.text, "CONFLICT");
        // A key of SQLite takes NULL, unless it is told not to.
        let told = self.mysql || self.def.without_rowid || has(&column.text, "NOT NULL");
        column.nullability == Nullability::NotNull && told && !numbered
    }

    fn without_default(&self, column: &ColumnDef) -> Option<String> {
        let base = column.data_type.as_ref().map_or("", |of| of.base.as_str());
        let lacks = self.strict && self.is_filled(column) && column.default.is_none() && column.generated.is_none();
        (lacks && !(self.mysql && (base == "enum" || has(&column.text, "ROW"))))
            .then(|| format!("{} has no default and takes no NULL{}", column.name, self.error(" (error 1364)")))
    }

    /// A column that has to have a value and is not among these.
    fn left_out(&self, columns: &[Column<'a>]) -> Option<String> {
        let mut others = self.def.columns.iter().filter(|own| !self.lenient && !columns.contains(&Some(*own)));
        others.find_map(|own| self.without_default(own))
    }

    /// How many values a query gives; none where that is not seen.
    fn selected(&self, word: &str, rest: &[&str]) -> Option<usize> {
        let columns = |name: &str| {
            let def = &self.world.schema.table(&Name::new(bare(name)))?.def;
            let hidden = def.columns.iter().any(|own| has(&own.text, "INVISIBLE"));
            (def.complete && !def.from_query && !hidden).then_some(def.columns.len())
        };
        match rest {
            [name] if is(word, "table") => return columns(name),
            ["*", from, name] if is(word, "select") && is(from, "from") => return columns(name),
            _ if !is(word, "select") => return None,
            _ => {}
        }
        let (mut depth, mut commas, mut last) = (0_i32, 0, "");
        for word in rest {
            match *word {
                "(" => depth += 1,
                ")" => depth -= 1,
                "," if depth == 0 => commas += 1,
                "*" if depth == 0 && matches!(last, "" | "," | ".") => return None,
                word if depth == 0
                    && ["from", "union", "where", "limit", "order", "on"].iter().any(|end| is(word, end)) =>
                {
                    return Some(commas + 1);
                }
                word if is(word, "distinct") || is(word, "all") => continue,
                _ => {}
            }
            last = word;
        }
        (rest.len() < MOST - 40).then_some(commas + 1)
    }

    /// `ON CONFLICT (columns)` of SQLite without a unique key of these.
    fn unmatched(&self, rest: &[&str]) -> Option<String> {
        let starts = |three: &[&str]| matches!(three, [on, conflict, "("] if is(on, "on") && is(conflict, "conflict"));
        let at = rest.windows(3).position(starts).filter(|_| !self.mysql)?;
        let (items, behind) = bracketed(rest.get(at + 2..)?)?;
        let partial = behind.first().is_some_and(|word| is(word, "where"));
        let name = |item: &[&str]| if item.len() == 1 { named(item) } else { None };
        let columns: Vec<Ident> = items.into_iter().map(name).gather_all()?;
        if let Some(why) = columns.iter().find_map(|name| self.column(name.clone()).err()) {
            return Some(why);
        }
        let plain = !partial && columns.iter().all(|name| self.column(name.clone()).is_ok_and(|own| own.is_some()));
        (plain && !self.world.schema.names_rows(self.table, &columns)).then(|| {
            let list = columns.iter().map(Ident::to_string).gather().join(", ");
            format!("{} has no unique key of ({list})", self.table)
        })
    }

    /// The assignments behind ON DUPLICATE KEY UPDATE, ON CONFLICT … DO UPDATE.
    fn updated(&self, rest: &[&str]) -> Option<String> {
        let wanted: &[&str] = if self.mysql { &["duplicate", "key", "update"] } else { &["do", "update", "set"] };
        let same = |three: &[&str]| three.iter().zip(wanted).all(|(word, wanted)| is(word, wanted));
        let at = rest.windows(3).position(same)?;
        self.parts(rest.get(at + 3..)?).find_map(|part| self.column(named(left(part)?)?).err())
    }

    fn parts<'w>(&self, rest: &'w [&'w str]) -> impl Iterator<Item = &'w [&'w str]> {
        const ENDS: [&str; 7] = ["where", "from", "order", "limit", "returning", "on", "as"];
        let mut depth = 0_i32;
        let mut outside = |word: &str| {
            depth += i32::from(word == "(") - i32::from(word == ")");
            depth == 0
        };
        let mut marks = rest.iter().map(|word| outside(word)).gather().into_iter();
        let end = rest.iter().position(|word| marks.next() == Some(true) && ENDS.iter().any(|end| is(word, end)));
        let list = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        let mut depth = 0_i32;
        list.split(move |word| {
            depth += i32::from(*word == "(") - i32::from(*word == ")");
            depth == 0 && *word == ","
        })
    }

    /// `column = value, …`
    fn assigned(&self, rest: &[&str]) -> Option<String> {
        self.parts(rest).find_map(|part| {
            let own = match self.column(named(left(part)?)?) {
                Ok(own) => own?,
                Err(why) => return Some(why),
            };
            let at = part.iter().position(|word| *word == "=")?;
            self.value(own, part.get(at + 1..)?, self.mysql)
        })
    }

    fn update(&mut self, rest: &[&str]) -> Option<String> {
        let (set, behind) = self.behind_name(rest)?.split_first()?;
        let joined = behind.iter().any(|word| is(word, "from"));
        if is(set, "set") && !joined { self.assigned(behind) } else { None }
    }

    /// A column in WHERE that the table does not have, where no other table is in reach.
    fn condition(&mut self, change: &Change, rest: &[&str]) -> Option<String> {
        let (Change::Update { filter, .. } | Change::Delete { filter, .. }) = change else { return None };
        let RowFilter::Where { condition, .. } = filter else { return None };
        let next = self.behind_name(rest)?.first()?;
        let alone = is(next, "where") || is(next, "set");
        let odd = has(&condition.text, "SELECT") || !self.mysql && condition.text.contains('"');
        let joined = rest.iter().any(|word| is(word, "from") || is(word, "join"));
        if !alone || odd || joined {
            return None;
        }
        condition.columns.iter().filter(|name| is_plain(name)).find_map(|name| self.column(name.clone()).err())
    }
}

/// No word of the server that stands where a column may.
pub(in crate::engines) fn is_plain(name: &Ident) -> bool {
    let lower = name.value.to_ascii_lowercase();
    !["current_", "local", "utc_", "sys", "@", ":", "true", "false", "unknown", "null", "default"]
        .iter()
        .any(|word| lower.starts_with(word))
}

/// What is assigned to.
fn left<'w>(part: &'w [&'w str]) -> Option<&'w [&'w str]> {
    part.get(..part.iter().position(|word| *word == "=")?)
}

/// The column that `a`, `t.a` names.
fn named(words: &[&str]) -> Option<Ident> {
    match words {
        [name] | [_, ".", name] | [_, ".", _, ".", name] if !name.starts_with(['(', '@', '\'']) => {
            Some(Ident::new(bare(name)))
        }
        _ => None,
    }
}

/// A name without its quotes.
fn bare(word: &str) -> String {
    let quote = word.chars().next().filter(|c| matches!(c, '`' | '"' | '['));
    match quote {
        Some('[') => word.trim_start_matches('[').trim_end_matches(']').to_string(),
        Some(quote) => word.trim_matches(quote).replace(&quote.to_string().repeat(2), &quote.to_string()),
        None => word.to_string(),
    }
}

/// What stands between brackets, cut at its commas, and what stands behind them.
pub(in crate::engines) fn bracketed<'w, 's>(words: &'w [&'s str]) -> Option<(Vec<&'w [&'s str]>, &'w [&'s str])> {
    let (mut depth, mut from, mut items) = (0_usize, 1, Vec::new());
    for (at, word) in words.iter().enumerate() {
        match *word {
            "(" | "[" => depth += 1,
            "," if depth == 1 => {
                items.push(words.get(from..at)?);
                from = at + 1;
            }
            ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            items.push(words.get(from..at)?);
            return words.get(at + 1..).filter(|_| at > 0).map(|rest| (items, rest));
        }
    }
    None
}

/// A literal as the default of a column would be written.
pub(in crate::engines) fn literal(text: &str) -> Expr {
    Expr { text: text.to_string(), volatility: crate::change::Volatility::Constant, columns: Vec::new() }
}
