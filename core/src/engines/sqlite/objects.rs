//! Triggers and views; SQLite has no other objects.

use super::answer::{Answer, not_offered};
use crate::change::{Name, ObjectKind, ObjectVerb};
use crate::facts::{Effects, Undo};
use crate::schema::mentions;
use crate::world::World;

/// What a change of an object does.
pub(super) fn effects(
    verb: ObjectVerb,
    kind: ObjectKind,
    name: Option<&Name>,
    on: Option<&Name>,
    text: &str,
    world: &World<'_>,
) -> Effects {
    match (kind, verb) {
        (ObjectKind::Trigger, ObjectVerb::Create) => {
            let table = on.map(Name::to_string).unwrap_or_else(|| "its table".to_string());
            let answer = Answer::ddl();
            let old = name.and_then(|name| world.schema.dropped_trigger(name));
            let answer = if mentions(text, "raise") && !old.is_some_and(|old| mentions(old, "raise")) {
                answer
                    .breaks(format!("writes to {table} that the trigger refuses or ignores have no effect from now on"))
            } else {
                answer
            };
            answer
                .remark(format!(
                    "every write to {table} runs the trigger; a name in it that does not exist makes them fail"
                ))
                .done()
        }
        (ObjectKind::Trigger, ObjectVerb::Drop) => {
            Answer::ddl().undo(Undo::Unknown).remark("writes no longer run the trigger").done()
        }
        (ObjectKind::View, ObjectVerb::Drop) => {
            let name = name.map(Name::to_string).unwrap_or_default();
            Answer::ddl().breaks(format!("statements that name {name} fail from now on")).done()
        }
        (ObjectKind::Database | ObjectKind::Schema, ObjectVerb::Create | ObjectVerb::Drop) => {
            not_offered("CREATE DATABASE", "a file; ATTACH opens another one")
        }
        _ => not_offered("this kind of object", "the application"),
    }
}
