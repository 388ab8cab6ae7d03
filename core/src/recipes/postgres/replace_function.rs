//! DROP FUNCTION and CREATE FUNCTION of one name: in one transaction, with the triggers that run it; beside each other where the
//! arguments differ, for the server takes them for two functions.

use super::ENGINE;
use crate::change::{Change, DataType, Name, ObjectKind, ObjectVerb};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::Gather;
use crate::parse;
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::draft::undo;
use crate::recipes::shared::titles;
use crate::recipes::shared::words::{find_clause, split_commas, split_spaces};
use crate::report::PhaseName::{self, Contract, Expand, Switch};
use crate::target::Target;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "postgres-replace-function",
    title: "Function replaced in one transaction with its triggers, or by one of other arguments beside it",
    for_engine: ENGINE,
    starts: |change| {
        matches!(
            change,
            Change::Object {
                verb: ObjectVerb::Drop,
                kind: ObjectKind::Trigger | ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine,
                ..
            }
        )
    },
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let found = Replaced::from(ahead)?;
    let (kind, name) = (titles::kind_words(found.kind).to_lowercase(), found.name);
    let what = format!("{kind} {name}");
    let checklist = vec![format!("Definition and rights of {what} are saved (pg_dump --schema-only)")];
    let (title, steps) = if found.is_other(ahead.cx.world.target) {
        (format!("Replace {what} by one of other arguments"), found.beside(&what)?)
    } else {
        (format!("Replace {what}"), found.at_once(&what))
    };
    let mut notes = vec![format!("Rights on {what} that the script does not say are lost.")];
    if find_clause(found.drop, "cascade", 0).is_some() {
        notes.push(format!(
            "CASCADE also drops what uses {what}: of that, only what the script makes again is there afterwards."
        ));
    }
    let draft = Draft { recipe: RECIPE.id, title, steps, checklist, notes, as_written: false };
    Some(Joint::of(draft, found.members))
}

/// What the script says of the function.
struct Replaced<'a> {
    cx: Cx<'a>,
    kind: ObjectKind,
    name: &'a Name,
    /// DROP and CREATE, as written.
    drop: &'a str,
    create: &'a str,
    /// Triggers among the statements.
    triggers: bool,
    members: Vec<usize>,
    run: Vec<Run>,
}

impl<'a> Replaced<'a> {
    /// Triggers that go, the function that goes and comes, what is said of it, triggers that come.
    fn from(ahead: &Ahead<'a>) -> Option<Replaced<'a>> {
        let (mut dropped, mut created, mut triggers) = (None, None, false);
        let (mut members, mut run) = (Vec::new(), Vec::new());
        for (at, statement) in ahead.statements.iter().enumerate() {
            let [change] = statement.changes.as_slice() else { break };
            let (verb, kind, name) = match change {
                Change::Transaction(_) | Change::Session(_) => continue,
                Change::Object { verb, kind, name, .. } => (verb, kind, name),
                _ => break,
            };
            let routine = matches!(kind, ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine);
            match (verb, name) {
                (ObjectVerb::Drop, _) if *kind == ObjectKind::Trigger && dropped.is_none() => triggers = true,
                (ObjectVerb::Drop, Some(name)) if routine && dropped.is_none() => {
                    dropped = Some((*kind, name, statement.sql));
                }
                (ObjectVerb::Create | ObjectVerb::Replace, Some(name)) if routine && created.is_none() => {
                    dropped.filter(|(_, old, _)| same_name(old, name))?;
                    created = Some(statement.sql);
                }
                (ObjectVerb::Create, _) if *kind == ObjectKind::Trigger && created.is_some() => triggers = true,
                (ObjectVerb::Grant | ObjectVerb::Revoke | ObjectVerb::Comment | ObjectVerb::Alter, Some(name))
                    if routine && created.is_some() && dropped.is_some_and(|(_, old, _)| same_name(old, name)) => {}
                _ => break,
            }
            members.push(at);
            run.push(Run { sql: statement.sql.to_string(), change: (*change).clone() });
        }
        let (kind, name, drop) = dropped?;
        Some(Replaced { cx: ahead.cx, kind, name, drop, create: created?, triggers, members, run })
    }

    /// The server takes the new one for another function: it has more, fewer or other arguments.
    fn is_other(&self, target: Target) -> bool {
        let Some(old) = inside(self.drop).and_then(|old| types(old, target)) else { return false };
        let Some(new) = inside(self.create).and_then(|new| types(new, target)) else { return false };
        let differ = |(a, b): (&DataType, &DataType)| a.base != b.base || a.array != b.array;
        old.len() != new.len() || old.iter().zip(&new).any(differ)
    }

    fn at_once(&self, what: &str) -> Vec<StepDraft> {
        let unused = of_triggers(self.create);
        let replaced = step(
            if unused { Expand } else { Contract },
            format!("Replace {what}"),
            "In one transaction: calls find the old one or the new one, and no row is written without the triggers.",
            self.run.clone(),
            UndoDraft::Action(format!("run the statements that made {what} before, in one transaction with its DROP")),
        );
        if unused {
            return vec![replaced];
        }
        let deploy = StepDraft::deploy(
            Switch,
            format!("Deploy code that works with {what} as it was and as it will be"),
            "Calls of running code meet the new one from the moment that the transaction commits; what it returns may have \
             another type or other columns.",
        );
        vec![deploy, replaced]
    }

    /// Both are there until no code calls the old one. None where triggers hold it.
    fn beside(&self, what: &str) -> Option<Vec<StepDraft>> {
        let (mut drop, mut create) = (Vec::new(), Vec::new());
        for run in self.run.iter().cloned() {
            match &run.change {
                Change::Object { verb: ObjectVerb::Drop, .. } => drop.push(run),
                _ => create.push(run),
            }
        }
        (!self.triggers).then_some(())?;
        let old = inside(self.drop).map_or_else(|| what.to_string(), |inside| format!("{what}({inside})"));
        let arguments: Vec<&str> = split_commas(inside(self.create)?).into_iter().map(without_default).gather();
        let kind = titles::kind_words(self.kind).to_uppercase();
        let sql = format!("DROP {kind} {}({})", self.cx.name(self.name), arguments.join(", "));
        let back = vec![Run { sql, change: drop.first()?.change.clone() }];
        Some(vec![
            step(
                Expand,
                format!("Create {what} with its new arguments"),
                "With other arguments it is another function: both can be called.",
                create,
                undo(back),
            ),
            StepDraft::deploy(
                Switch,
                format!("Deploy code that no longer calls {old}"),
                "A call fails once it is gone (42883).",
            ),
            step(
                Contract,
                format!("Drop {old}"),
                "",
                drop,
                UndoDraft::Action(format!("run the statement that made {old} before")),
            ),
        ])
    }
}

fn step(phase: PhaseName, title: String, why: &str, run: Vec<Run>, undo: UndoDraft) -> StepDraft {
    let gate = if phase == Contract { "no running code, trigger, view or default needs the old one" } else { "" };
    StepDraft { why: why.to_string(), gate: gate.to_string(), undo, ..StepDraft::locked(phase, title, run) }
}

/// Does CREATE FUNCTION make one that only triggers call?
pub fn of_triggers(create: &str) -> bool {
    const WORD: &str = "returns";
    let returned = find_clause(create, WORD, 0).and_then(|at| create.get(at + WORD.len()..));
    let first = returned.and_then(|rest| rest.split_whitespace().next());
    first.is_some_and(|word| word.eq_ignore_ascii_case("trigger"))
}

fn same_name(a: &Name, b: &Name) -> bool {
    a.object == b.object && (a.schema == b.schema || a.schema.is_none() || b.schema.is_none())
}

/// What stands in the first brackets.
fn inside(sql: &str) -> Option<&str> {
    let open = sql.find('(')?;
    let mut depth = 0;
    for (at, c) in sql.char_indices().skip_while(|(at, _)| *at < open) {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return sql.get(open + 1..at);
        }
    }
    None
}

fn without_default(argument: &str) -> &str {
    let end = [" default ", " DEFAULT ", "="].iter().filter_map(|word| argument.find(word)).min();
    argument.get(..end.unwrap_or(argument.len())).unwrap_or(argument).trim()
}

/// The types that tell functions apart. None where one cannot be read.
fn types(arguments: &str, target: Target) -> Option<Vec<DataType>> {
    let all = split_commas(arguments).into_iter().map(without_default).filter(|argument| !argument.is_empty());
    let mut types: Vec<DataType> = Vec::new();
    for argument in all {
        let words = split_spaces(argument);
        let (mode, rest) = words.split_first()?;
        let rest = match mode.to_ascii_uppercase().as_str() {
            "OUT" => continue,
            "IN" | "INOUT" | "VARIADIC" => rest,
            _ => words.as_slice(),
        };
        let read = |words: &[&str]| parse::inside::data_type(&words.join(" "), target);
        // The type alone, or behind its name.
        types.push(read(rest).or_else(|| read(rest.get(1..)?))?);
    }
    Some(types)
}
