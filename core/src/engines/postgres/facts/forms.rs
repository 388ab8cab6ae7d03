//! Forms of ALTER and DROP that a word tells apart, and what depends on the object.
//!
//! `words` are those behind the object's name, in lower case, a space around each; empty for a statement of ours, which
//! drops nothing that is used still.

use super::super::answer::Answer;
use super::super::locks::Mode::{AccessExclusive, ShareUpdateExclusive};
use super::objects::{inside, plain, tables_using};
use super::{Facts, list};
use crate::change::{AutoNumber, Name, ObjectKind, ObjectVerb};
use crate::facts::{Blocking, WorkKind};
use crate::order::{Gather, PushAll};
use crate::schema::Table;
use crate::source::{self, Dialect, Lexer, TokenKind, has};

/// Words of a statement that are looked at.
const MOST: usize = 10_000;

/// CREATE SUBSCRIPTION makes a replication slot on the publisher, unless it says otherwise.
pub(super) fn create(kind: ObjectKind, words: &str) -> Option<Answer> {
    let slotless = ["connect = false", "create_slot = false"].iter().any(|form| words.contains(form));
    (kind == ObjectKind::Subscription).then(|| {
        plain(ObjectVerb::Create, kind)
            .when(!slotless, |a| a.not_in_transaction().remark("it creates a replication slot on the publisher"))
    })
}

/// Known relations behind one of these words, and behind the commas after it, in the text of a statement.
pub(super) fn named<'a>(facts: Facts<'a>, text: &str, behind: &[&str]) -> Vec<&'a Name> {
    let mut lexer = Lexer::new(text, Dialect::of(facts.world.target));
    let tokens = std::iter::from_fn(|| lexer.next_token()).take(MOST);
    let mut found = Vec::new();
    let (mut open, mut schema, mut last) = (false, None, None);
    for word in tokens.filter(|token| token.kind != TokenKind::Comment).map(|token| token.of(text)) {
        let name = Name { schema: schema.take(), ..Name::new(source::named(word)) };
        if open {
            let table = facts.table(&name).map(|t| &t.def.name);
            found.push_all(table.or_else(|| facts.schema().view(&name).map(|v| &v.name)));
        }
        let is = |other: &&str| word.eq_ignore_ascii_case(other);
        open = behind.iter().chain(&[",", ".", "only"]).any(is);
        if word == "." {
            schema = last.take();
        }
        last = Some(name.object);
    }
    found
}

/// The table of an object that a statement names alone.
pub(super) fn relation<'a>(facts: Facts<'a>, kind: ObjectKind, name: Option<&Name>) -> Option<&'a Name> {
    let known = facts.schema().object(kind, name?).filter(|_| kind == ObjectKind::Statistics)?;
    known.on.as_ref()
}

/// The forms of one kind that differ in what they lock.
pub(super) fn alter(facts: Facts<'_>, kind: ObjectKind, name: Option<&Name>, words: &str) -> Option<Answer> {
    let has = |form: &str| words.contains(form);
    match (kind, name) {
        (ObjectKind::Database, _) if has(" set tablespace") => {
            Some(plain(ObjectVerb::Alter, kind).not_in_transaction().remark("every file of the database is copied"))
        }
        (ObjectKind::System, _) if words == " checkpoint " => Some(plain(ObjectVerb::Alter, kind)),
        (ObjectKind::MaterializedView, Some(view)) if has(" set statistics") => {
            Some(Answer::observed("tablecmds.c AlterTableGetLockLevel").catalog(view, ShareUpdateExclusive))
        }
        (ObjectKind::Type, Some(name)) if has(" attribute") => Some(attribute(facts, name, words)),
        _ => None,
    }
}

/// `ALTER TYPE … ATTRIBUTE`: tables OF the type follow with CASCADE only, columns of the type never let a type change.
fn attribute(facts: Facts<'_>, name: &Name, words: &str) -> Answer {
    let typed: Vec<&Name> = facts.schema().tables_made_of(name).map(|t| &t.def.name).gather();
    let columns = tables_using(facts, name);
    let retyped = words.contains(" alter attribute");
    // What no column is of has no values that running code reads.
    let adds = words.contains(" add attribute") && !retyped && !words.contains(" drop attribute") && !cascades(words);
    let unused = !facts.schema().is_empty() && columns.is_empty() && typed.is_empty();
    let answer = Answer::observed("tablecmds.c ATTypedTableRecursion, find_composite_type_dependencies")
        .work_blocking(WorkKind::Catalog, name, Blocking::Nobody)
        .when(!(adds && unused), |a| {
            a.breaks(format!("code that reads values of type {name} by their old attributes fails"))
        })
        .refuse_if(retyped && !columns.is_empty(), || {
            format!("{} has columns of type {name} (0A000)", list(columns.clone()))
        })
        .refuse_if(!typed.is_empty() && !cascades(words), || {
            format!("{} is made OF {name}: it follows with CASCADE only (2BP01)", list(typed.clone()))
        });
    typed.into_iter().fold(answer, |answer, table| {
        let answer = answer.lock(table, AccessExclusive);
        if retyped { answer.work(WorkKind::Rewrite, table, AccessExclusive) } else { answer }
    })
}

fn cascades(words: &str) -> bool {
    words.is_empty() || words.ends_with(" cascade ")
}

/// What a DROP needs CASCADE for, and what that takes along.
pub(super) fn dependants(
    facts: Facts<'_>,
    verb: ObjectVerb,
    kind: ObjectKind,
    name: Option<&Name>,
    words: &str,
    answer: Answer,
) -> Answer {
    let Some(name) = name.filter(|_| verb == ObjectVerb::Drop) else { return answer };
    let users: Vec<&Name> = match kind {
        ObjectKind::Type | ObjectKind::Domain => tables_using(facts, name)
            .into_iter()
            .chain(facts.schema().tables_made_of(name).map(|t| &t.def.name))
            .gather(),
        ObjectKind::Schema => inside(facts, name),
        ObjectKind::Sequence => {
            facts.schema().tables().filter(|table| draws_from(table, name)).map(|table| &table.def.name).gather()
        }
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => {
            let triggers = facts.schema().triggers_that_run(name).into_iter();
            let call = format!("{}(", name.object.value);
            let calls = |text: &str| has(text, &call) && crate::schema::mentions(text, &name.object.value);
            let uses = |table: &&Table| {
                let columns = || table.def.columns.iter().filter_map(|c| c.default.as_ref());
                columns().any(|default| calls(&default.text)) || table.def.constraints.iter().any(|c| calls(&c.text))
            };
            let defaults = facts.schema().tables().filter(uses).map(|table| &table.def.name);
            triggers.filter_map(|t| t.on.as_ref()).chain(defaults).gather()
        }
        _ => return answer,
    };
    answer
        .refuse_if(!users.is_empty() && !cascades(words), || {
            format!("{} uses {name}: without CASCADE the server refuses (2BP01)", list(users.clone()))
        })
        .locks(users, AccessExclusive)
}

/// A default of the table takes its numbers from the sequence.
fn draws_from(table: &Table, sequence: &Name) -> bool {
    table.def.columns.iter().any(|column| {
        let serial = column.auto_number == Some(AutoNumber::Serial)
            && format!("{}_{}_seq", table.def.name.object.value, column.name.value) == sequence.object.value;
        let named = |text: &str| text.contains("nextval") && text.contains(&sequence.object.value);
        serial || column.default.as_ref().is_some_and(|default| named(&default.text))
    })
}
