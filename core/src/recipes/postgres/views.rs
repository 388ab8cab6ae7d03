//! Views taken down and put up again around a change that they stand in the way of.

use crate::change::{Change, Name, ObjectKind};
use crate::draft::Run;
use crate::order::{Gather, PushAll};
use crate::recipes::shared::words::find_keyword;
use crate::recipes::{Cx, inverse};
use crate::schema::{Schema, View};

/// Views built on these relations, directly or through other views: what is read comes before what reads it.
pub fn above<'a>(cx: &Cx<'a>, relations: &[Name]) -> Vec<&'a View> {
    let mut chain: Vec<&View> = Vec::new();
    let mut open: Vec<Name> = relations.to_vec();
    while let Some(name) = open.pop() {
        for view in cx.world.schema.views_on(&name) {
            // A view that reads two levels moves behind the deeper one.
            let circular = chain.len() > 10_000;
            if circular || relations.contains(&view.name) {
                continue;
            }
            chain.retain(|known| known.name != view.name);
            chain.push(view);
            open.push(view.name.clone());
        }
        if chain.len() > 10_000 {
            break;
        }
    }
    sorted(cx, chain)
}

/// Views that a DROP VIEW names, as it names them; with CASCADE those over them too, which go before what they read.
pub fn gone<'a>(schema: &'a Schema, names: &'a [Name], cascade: bool) -> Vec<&'a Name> {
    let mut found: Vec<&Name> = names.iter().gather();
    let mut at = 0;
    while let Some(name) = found.get(at).filter(|_| cascade) {
        let over = schema.views_on(name).into_iter().map(|view| &view.name);
        let new: Vec<&Name> = over.filter(|view| !found.contains(view)).gather();
        found.push_all(new);
        at += 1;
    }
    if cascade {
        found.reverse();
    }
    found
}

/// What is read before what reads it.
pub fn sorted<'a>(cx: &Cx<'a>, open: Vec<&'a View>) -> Vec<&'a View> {
    let mut open = crate::order::by_key(open, |view| view.name.clone());
    let mut done: Vec<&View> = Vec::new();
    while !open.is_empty() {
        let reads_open = |view: &&View| {
            let readers = |other: &&View| cx.world.schema.views_on(&other.name).iter().any(|v| v.name == view.name);
            open.iter().filter(|o| o.name != view.name).any(readers)
        };
        let at = open.iter().position(|view| !reads_open(view)).unwrap_or(0);
        done.push(open.remove(at));
    }
    done
}

/// `DROP VIEW` of all, those that read others first.
pub fn down(cx: &Cx<'_>, chain: &[&View]) -> Vec<Run> {
    chain.iter().rev().map(|view| drop(cx, view)).gather()
}

/// All again, with what the schema says of their rights, comments, triggers and rules.
pub fn up(cx: &Cx<'_>, chain: &[&View]) -> Vec<Run> {
    chain.iter().flat_map(|view| std::iter::once(create(cx, view)).chain(extras(cx, &view.name))).gather()
}

/// `DROP [MATERIALIZED] VIEW`.
pub fn drop(cx: &Cx<'_>, view: &View) -> Run {
    cx.run(Change::drop_view(view.name.clone(), view.materialized))
}

/// The view as it was written, options and column list included.
pub fn create(cx: &Cx<'_>, view: &View) -> Run {
    let change = view.create(false);
    match view.definition.is_empty() {
        true => cx.run(change),
        false => Run { sql: view.definition.clone(), change },
    }
}

/// The same in the place of what has its name.
pub fn replace(cx: &Cx<'_>, view: &View) -> Run {
    let run = cx.run(view.create(true));
    match view.definition.is_empty() {
        true => run,
        false => Run { sql: replacing(&view.definition), ..run },
    }
}

/// `CREATE VIEW …` as `CREATE OR REPLACE VIEW …`.
pub fn replacing(text: &str) -> String {
    let text = text.trim_start();
    let view = find_keyword(text, "view").unwrap_or(0);
    let replaces = find_keyword(text, "replace").is_some_and(|at| at < view);
    match text.split_at_checked("CREATE".len()) {
        Some((create, rest)) if !replaces && create.eq_ignore_ascii_case("create") => {
            format!("{create} OR REPLACE{rest}")
        }
        _ => text.to_string(),
    }
}

/// What takes these down and puts them up as they are known, with what is built on them.
pub fn remade(cx: &Cx<'_>, views: Vec<&View>) -> Vec<Run> {
    let names: Vec<Name> = views.iter().map(|view| view.name.clone()).gather();
    let own = sorted(cx, views);
    let chain: Vec<&View> = own.iter().copied().chain(above(cx, &names)).gather();
    down(cx, &chain).into_iter().chain(up(cx, &chain)).gather()
}

/// Rights, comments, triggers, rules and column defaults of a view, as written.
pub fn extras(cx: &Cx<'_>, view: &Name) -> Vec<Run> {
    let schema = cx.world.schema;
    let objects = [ObjectKind::Trigger, ObjectKind::Rule].into_iter().flat_map(|kind| schema.objects_on(kind, view));
    let written = objects.filter(|o| !o.text.is_empty()).map(inverse::made);
    let extras = schema.extras(view).iter().map(|e| Run { sql: e.text.clone(), change: e.change.clone() });
    written.chain(extras).gather()
}
