//! Triggers, routines, grants and other objects with a catalog entry of their own.

use super::alter::Cx;
use super::answer::Answer;
use super::statements::no_such_form;
use crate::change::{Change, Name, ObjectKind, ObjectVerb};
use crate::facts::{Blocking, Certainty, Effects, RunningCode, Undo, WorkKind};
use crate::parse;
use crate::schema::mentions;
use crate::source::{first_words, has};

/// What a change of an object does.
pub(super) fn effects(
    cx: Cx<'_>,
    verb: ObjectVerb,
    kind: ObjectKind,
    name: Option<&Name>,
    on: Option<&Name>,
    text: &str,
) -> Effects {
    let ddl = Answer::ddl(Certainty::Proved, cx.server.evidence());
    if matches!(verb, ObjectVerb::Grant | ObjectVerb::Revoke) {
        let revokes = verb == ObjectVerb::Revoke;
        return ddl
            .when(revokes, |a| a.breaks("statements that need the right fail from now on (error 1142 or 1044)"))
            .done();
    }
    // MariaDB drops the one that is there.
    let drops = matches!(
        kind,
        ObjectKind::Database | ObjectKind::Schema | ObjectKind::Role | ObjectKind::Sequence | ObjectKind::Server
    );
    let verb = if drops && verb == ObjectVerb::Replace { ObjectVerb::Drop } else { verb };
    match kind {
        ObjectKind::Trigger => {
            let known = name.and_then(|name| cx.world.schema.object(ObjectKind::Trigger, name));
            trigger(cx, ddl, verb, name, on.or(known.and_then(|trigger| trigger.on.as_ref())), text)
        }
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine | ObjectKind::Package => {
            routine(cx, ddl, verb, kind, name)
        }
        ObjectKind::Extension => gone(ddl, verb, name, "what the plugin gave is gone").done(),
        ObjectKind::Event => gone(ddl, verb, name, "the event runs no more").done(),
        ObjectKind::Database | ObjectKind::Schema => database(ddl, verb, name),
        ObjectKind::View | ObjectKind::MaterializedView => view(ddl, verb, name),
        ObjectKind::Table | ObjectKind::ForeignTable => unseen(ddl, name),
        ObjectKind::Sequence => sequence(ddl, verb, name),
        ObjectKind::Role => gone(ddl, verb, name, "its sessions end or lose their rights").done(),
        ObjectKind::Index | ObjectKind::Column | ObjectKind::Constraint => unseen(ddl, on.or(name)),
        ObjectKind::Server
        | ObjectKind::Tablespace
        | ObjectKind::Logfile
        | ObjectKind::ResourceGroup
        | ObjectKind::SpatialReferenceSystem
        | ObjectKind::System
        | ObjectKind::Parameter => gone(ddl, verb, name, "what uses it fails").done(),
        ObjectKind::AccessMethod
        | ObjectKind::Aggregate
        | ObjectKind::Cast
        | ObjectKind::Collation
        | ObjectKind::Conversion
        | ObjectKind::DefaultPrivileges
        | ObjectKind::Domain
        | ObjectKind::EventTrigger
        | ObjectKind::ForeignDataWrapper
        | ObjectKind::Language
        | ObjectKind::LargeObject
        | ObjectKind::Operator
        | ObjectKind::OperatorClass
        | ObjectKind::OperatorFamily
        | ObjectKind::Owned
        | ObjectKind::Policy
        | ObjectKind::Publication
        | ObjectKind::Rule
        | ObjectKind::Statistics
        | ObjectKind::Subscription
        | ObjectKind::TextSearch
        | ObjectKind::Transform
        | ObjectKind::Type
        | ObjectKind::UserMapping => no_such_form(cx, "this kind of object", "the application or a table"),
    }
}

/// Waits for every transaction that uses the table, then fires for every write.
fn trigger(cx: Cx<'_>, ddl: Answer, verb: ObjectVerb, name: Option<&Name>, on: Option<&Name>, text: &str) -> Effects {
    let Some(table) = on else {
        return ddl
            .assume("the table of the trigger is not known; its readers and writers wait for a moment")
            .undo(undo(verb))
            .done();
    };
    let answer = ddl.catalog(table).undo(undo(verb));
    let makes = matches!(verb, ObjectVerb::Create | ObjectVerb::Replace);
    let answer = match wrong_row(text, cx).filter(|_| makes) {
        Some(why) => answer.refuse(why.to_string()),
        None => answer,
    };
    match verb {
        _ if makes && writes_itself(cx, table, text) => answer
            .breaks(format!("the trigger changes rows of {table}, for which it runs: each such write fails (error 1442)")),
        ObjectVerb::Drop if name.is_some_and(is_helper) => answer,
        _ if mentions(text, "signal") && !refused_before(cx, name) => {
            answer.breaks(format!("writes to {table} that the trigger refuses fail from now on (error 1644)"))
        }
        ObjectVerb::Create | ObjectVerb::Replace => answer.remark(format!(
            "every write to {table} runs the trigger; when it names a column that does not exist, or its definer is gone, all of them fail (error 1054, 1449)"
        )),
        _ => answer.remark(format!("writes to {table} no longer run the trigger")),
    }
    .done()
}

/// NEW and OLD where the trigger has none, or must not change it.
fn wrong_row(text: &str, cx: Cx<'_>) -> Option<&'static str> {
    let words = first_words(text, cx.world.target, usize::MAX);
    let (head, body) = words.split_at_checked(words.to_ascii_uppercase().find(" FOR EACH ROW ")?)?;
    let (event, row) = (|event| has(head, event), |row| has(body, row));
    if event(" AFTER ") && row(" SET NEW . ") || row(" SET OLD . ") {
        return Some("NEW is set before the write only, and OLD never (error 1362)");
    }
    (event(" INSERT ") && row(" OLD . ") || event(" DELETE ") && row(" NEW . "))
        .then_some("INSERT has no OLD row, DELETE no NEW (error 1363)")
}

/// A statement of the body writes the table that the trigger is on.
fn writes_itself(cx: Cx<'_>, table: &Name, text: &str) -> bool {
    let steps = parse::body(text, cx.world.target).steps;
    let changes = steps.iter().flat_map(|step| parse::parse(&step.sql, cx.world.target).statements);
    changes.flat_map(|statement| statement.changes).any(|action| match &action.change {
        Change::Insert { table: written, .. }
        | Change::Update { table: written, .. }
        | Change::Delete { table: written, .. } => cx.world.schema.same_relation(written, table),
        _ => false,
    })
}

/// The script has dropped a trigger of this name that refused writes too.
fn refused_before(cx: Cx<'_>, name: Option<&Name>) -> bool {
    name.and_then(|name| cx.world.schema.dropped_trigger(name)).is_some_and(|text| mentions(text, "signal"))
}

/// A routine has a lock of its own, which no table shares.
fn routine(cx: Cx<'_>, ddl: Answer, verb: ObjectVerb, kind: ObjectKind, name: Option<&Name>) -> Effects {
    let new = |name: &Name| cx.world.schema.object(kind, name).is_some_and(|known| known.new);
    if name.is_some_and(|name| is_helper(name) || new(name)) {
        return ddl.done();
    }
    gone(ddl, verb, name, "calls of it fail (error 1305)").done()
}

/// Helpers of a plan carry this prefix; the application knows none of them.
fn is_helper(name: &Name) -> bool {
    name.object.value.starts_with("zz_lockstep")
}

fn database(ddl: Answer, verb: ObjectVerb, name: Option<&Name>) -> Effects {
    let answer = match name {
        Some(name) if verb == ObjectVerb::Drop => ddl.catalog(name),
        Some(_) | None => ddl,
    };
    let answer = gone(answer, verb, name, "all its tables and rows are gone");
    answer.when(verb == ObjectVerb::Drop, |answer| answer.undo(Undo::No)).done()
}

fn view(ddl: Answer, verb: ObjectVerb, name: Option<&Name>) -> Effects {
    let answer = match name {
        Some(name) => ddl.catalog(name),
        None => ddl,
    };
    gone(answer, verb, name, "statements that name it fail (error 1146)").done()
}

/// The verb says that a table changes, not how.
fn unseen(ddl: Answer, table: Option<&Name>) -> Effects {
    let answer = match table {
        Some(table) => ddl.catalog(table).work(WorkKind::Unknown, table, Blocking::ReadsAndWrites),
        None => ddl,
    };
    let mut effects = answer.undo(Undo::Unknown).done();
    effects.certainty = Certainty::Unknown;
    effects.running_code = RunningCode::Unknown;
    effects.assumptions.push("what changes in it could not be read".to_string());
    effects
}

fn sequence(ddl: Answer, verb: ObjectVerb, name: Option<&Name>) -> Effects {
    let answer = match name {
        Some(name) => ddl.catalog(name),
        None => ddl,
    };
    gone(answer, verb, name, "defaults that take their value from it fail (error 1146)").done()
}

fn gone(answer: Answer, verb: ObjectVerb, name: Option<&Name>, what: &str) -> Answer {
    let answer = answer.undo(undo(verb));
    let name = name.map(Name::to_string).unwrap_or_default();
    match verb {
        ObjectVerb::Drop => answer.breaks(format!("{name}: {what} from now on")),
        ObjectVerb::Rename => answer.breaks(format!("{name}: the old name is gone; {what} where it is used")),
        ObjectVerb::Replace | ObjectVerb::Alter => {
            answer.remark("sessions that run now see the new definition at their next call")
        }
        ObjectVerb::Create | ObjectVerb::Comment | ObjectVerb::Grant | ObjectVerb::Revoke => answer,
    }
}

fn undo(verb: ObjectVerb) -> Undo {
    match verb {
        // Its text comes back from a dump, not from the server.
        ObjectVerb::Drop | ObjectVerb::Replace | ObjectVerb::Alter => Undo::Unknown,
        ObjectVerb::Create | ObjectVerb::Rename | ObjectVerb::Comment | ObjectVerb::Grant | ObjectVerb::Revoke => {
            Undo::Lossless
        }
    }
}
