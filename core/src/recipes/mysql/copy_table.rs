//! CREATE new, INSERT … SELECT from the old, RENAME both: the table copied under writers, and exchanged as pasted.
//!
//! As pasted, what is written between the copy and the RENAME is lost.

use super::ENGINES;
use super::copy_swap::{Swap, hindrance};
use super::sql::LOCK_FAILURE;
use crate::change::{Change, ColumnDef, Ident, Name, Nullability, TableDef};
use crate::draft::{Draft, Run, StepDraft};
use crate::order::{Gather, PushAll};
use crate::parse::{self, Statement};
use crate::recipes::shared::draft::undo_outside;
use crate::recipes::shared::key::{self, Key};
use crate::recipes::shared::{titles, words};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::Expand;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "mysql-copy-table",
    title: "Table copied by a script: filled under writers, and exchanged by one RENAME",
    for_engine: ENGINES,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::RebuildTable { table, working_name: new, .. } = cx.change else { return None };
    let script = parse::parse(cx.sql, cx.world.target);
    let [made @ .., filled, exchanged] = script.statements.as_slice() else { return None };
    let old = aside(cx, exchanged, table, new)?;
    let run = shaping(cx, made, new)?;
    let before = cx.world.schema.table(table).map(|t| &t.def).filter(|def| def.complete)?;
    let mut schema = cx.world.schema.excerpt(&[table.clone(), new.clone()]);
    run.iter().for_each(|run| schema.apply(&run.change));
    let after = schema.table(new).map(|t| &t.def).filter(|def| def.complete && def.like.is_none())?;
    let key = match key::of(cx, table) {
        Key::Integer(column) => vec![column],
        Key::Ordered(columns) => columns,
        Key::Storage | Key::Assumed(_) => return None,
    };
    let same_key = schema.primary_key(new).is_some_and(|own| same(cx, own, &key));
    let columns: Vec<&ColumnDef> = before.columns.iter().filter(|column| column.generated.is_none()).gather();
    let free = hindrance(cx, table, before).is_none() && schema.foreign_keys(new).is_empty();
    if !same_key || !free || !copies_all(cx, filled.span.of(cx.sql), &columns, after, table) {
        return None;
    }
    let (changes, action) = (Vec::new(), String::new());
    let swap = Swap { cx: *cx, changes, table, new: new.clone(), old, action, columns, key };
    let mut steps = vec![make(cx, table, new, run)];
    steps.push_all(swap.carried());
    steps.push(swap.drop_triggers());
    let mut draft = swap.framed(&RECIPE, titles::of(cx.change), steps);
    draft.notes.push(format!("{} keeps every row as it was at the exchange; nothing here drops it.", swap.old));
    Some(draft)
}

/// `RENAME TABLE table TO aside, new TO table`: the name that the old table gets.
fn aside(cx: &Cx<'_>, exchanged: &Statement, table: &Name, new: &Name) -> Option<Name> {
    let alone = parse::parse(exchanged.span.of(cx.sql), cx.world.target);
    let [statement] = alone.statements.as_slice() else { return None };
    let [first, second] = statement.changes.as_slice() else { return None };
    match (&first.change, &second.change) {
        (Change::RenameTable { table: from, to: aside }, Change::RenameTable { table: of, to }) => {
            let schema = cx.world.schema;
            let fits = from == table && of == new && schema.same_relation(to, table) && schema.table(aside).is_none();
            fits.then(|| aside.clone())
        }
        _ => None,
    }
}

/// What makes the new table, before it has rows: its CREATE, and what alters nothing but it.
fn shaping(cx: &Cx<'_>, made: &[Statement], new: &Name) -> Option<Vec<Run>> {
    let mut runs = Vec::new();
    for (at, statement) in made.iter().enumerate() {
        let mut sql = statement.span.of(cx.sql).to_string();
        for action in &statement.changes {
            let fits = match &action.change {
                Change::CreateTable(def) => at == 0 && def.name == *new && !def.from_query && !def.temporary,
                Change::AddColumn { table, .. }
                | Change::RedefineColumn { table, .. }
                | Change::SetTableOption { table, .. }
                | Change::AddConstraint { table, .. }
                | Change::Partition { table, .. } => at > 0 && table == new,
                Change::CreateIndex(index) => at > 0 && index.table == *new,
                _ => false,
            };
            if !fits || !statement.understood {
                return None;
            }
            runs.push(Run { sql: std::mem::take(&mut sql), change: action.change.clone() });
        }
    }
    (!runs.is_empty()).then_some(runs)
}

/// `INSERT INTO new (a, b) SELECT a, b FROM table`, of every column that holds a value, each into the one of its name.
fn copies_all(cx: &Cx<'_>, sql: &str, columns: &[&ColumnDef], after: &TableDef, table: &Name) -> bool {
    let sql = sql.trim().trim_end_matches(';').trim_end();
    let at = |word: &str| words::find_clause(sql, word, 0);
    let (Some(into), Some(select), Some(from)) = (at("into"), at("select"), at("from")) else { return false };
    let piece = |from: usize, to: usize| sql.get(from..to).unwrap_or_default().trim();
    let plain = piece(0, into).eq_ignore_ascii_case("insert");
    let source = words::split_dot(piece(from + "from".len(), sql.len()));
    let whole = source.last().is_some_and(|name| name.value.eq_ignore_ascii_case(&table.object.value));
    let all: Vec<Ident> = columns.iter().map(|column| column.name.clone()).gather();
    let selected = match piece(select + "select".len(), from) {
        "*" => Some(all.clone()),
        list => names(list),
    };
    let target = match piece(into + "into".len(), select).split_once('(') {
        Some((_, list)) => names(list.trim_end().trim_end_matches(')')),
        None => Some(after.columns.iter().map(|column| column.name.clone()).gather()),
    };
    let (Some(selected), Some(target)) = (selected, target) else { return false };
    let schema = cx.world.schema;
    let has = |list: &[Ident], name: &Ident| list.iter().any(|other| schema.same(other, name));
    let others = after.columns.iter().filter(|column| !has(&all, &column.name));
    let left_out = |column: &ColumnDef| {
        column.nullability != Nullability::NotNull || column.default.is_some() || column.generated.is_some()
    };
    let kept = all.iter().all(|name| after.columns.iter().any(|c| schema.same(&c.name, name) && c.generated.is_none()));
    let every = all.len() == selected.len() && all.iter().all(|name| has(&selected, name));
    plain && whole && kept && every && same(cx, &selected, &target) && others.into_iter().all(left_out)
}

/// Bare names, separated by commas.
fn names(list: &str) -> Option<Vec<Ident>> {
    let one = |text: &str| match words::split_dot(text.trim()).as_slice() {
        [name] => Some(name.clone()),
        _ => None,
    };
    words::split_commas(list).into_iter().map(one).collect()
}

fn same(cx: &Cx<'_>, a: &[Ident], b: &[Ident]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| cx.world.schema.same(a, b))
}

fn make(cx: &Cx<'_>, table: &Name, new: &Name, run: Vec<Run>) -> StepDraft {
    StepDraft {
        why: "As pasted: it has no rows yet, so nothing waits.".to_string(),
        transactional: false,
        undo: undo_outside(vec![cx.run(Change::drop_table(new.clone()))]),
        on_failure: LOCK_FAILURE.to_string(),
        ..StepDraft::sql(Expand, format!("Make {new} beside {table}"), run)
    }
}
