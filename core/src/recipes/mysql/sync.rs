//! Two columns of one table kept in step by triggers while old and new code run.
//!
//! The UPDATE trigger is made first and dropped last: a row inserted and then updated between the two would otherwise
//! stay stale. Text is compared as bytes: a collation may call `ANN` and `ann` equal.

use super::sql::{differ, object};
use crate::change::{Ident, Name, ObjectKind, ObjectVerb};
use crate::draft::Run;
use crate::order::PushAll;
use crate::recipes::Cx;
use crate::recipes::shared::names;

/// The two triggers.
pub struct Sync<'a> {
    /// The table.
    pub table: &'a Name,
    /// The old column.
    pub from: &'a Ident,
    /// The new column.
    pub to: &'a Ident,
    /// Compare as bytes.
    pub text: bool,
    /// What the new column holds when an INSERT leaves it out: a literal, or `NULL`.
    pub omitted: String,
}

impl Sync<'_> {
    /// CREATE TRIGGER, the one for UPDATE first.
    pub fn create(&self, cx: &Cx<'_>) -> Vec<Run> {
        let (from, to) = (cx.ident(self.from), cx.ident(self.to));
        let changed = |column: &str| differ(self.text, &format!("NEW.{column}"), &format!("OLD.{column}"));
        let update = format!(
            "  IF {} THEN SET NEW.{from} = NEW.{to};\n  ELSEIF {} THEN SET NEW.{to} = NEW.{from}; END IF;\n",
            changed(&to),
            changed(&from)
        );
        let given = match self.omitted.as_str() {
            "NULL" => format!("NEW.{to} IS NOT NULL"),
            omitted => differ(self.text, &format!("NEW.{to}"), omitted),
        };
        let insert =
            format!("  IF {given} THEN SET NEW.{from} = NEW.{to};\n  ELSE SET NEW.{to} = NEW.{from}; END IF;\n");
        vec![self.trigger(cx, "UPDATE", &update), self.trigger(cx, "INSERT", &insert)]
    }

    /// DROP TRIGGER, the one for INSERT first.
    pub fn drop(&self, cx: &Cx<'_>) -> Vec<Run> {
        ["INSERT", "UPDATE"].map(|event| drop_trigger(cx, self.table, &self.name(cx, event))).to_vec()
    }

    fn name(&self, cx: &Cx<'_>, event: &str) -> Name {
        trigger_name(cx, self.table, self.from, event)
    }

    fn trigger(&self, cx: &Cx<'_>, event: &str, body: &str) -> Run {
        create_trigger(cx, self.table, &self.name(cx, event), &format!("BEFORE {event}"), &format!("BEGIN\n{body}END"))
    }
}

/// The name of a helper trigger: `zz_lockstep_users_name_bu`.
pub fn trigger_name(cx: &Cx<'_>, table: &Name, column: &Ident, event: &str) -> Name {
    let suffix = if event == "UPDATE" { "bu" } else { "bi" };
    names::helper_beside(cx, table, &[&column.value, suffix])
}

/// `CREATE TRIGGER`; it fires at a moment such as `BEFORE UPDATE`.
pub fn create_trigger(cx: &Cx<'_>, table: &Name, name: &Name, moment: &str, body: &str) -> Run {
    let sql = format!("CREATE TRIGGER {} {moment} ON {} FOR EACH ROW\n{body}", cx.name(name), cx.name(table));
    object(ObjectVerb::Create, ObjectKind::Trigger, name, Some(table), sql)
}

/// `DROP TRIGGER`.
pub fn drop_trigger(cx: &Cx<'_>, table: &Name, name: &Name) -> Run {
    object(ObjectVerb::Drop, ObjectKind::Trigger, name, Some(table), format!("DROP TRIGGER {}", cx.name(name)))
}

/// What triggers do not see, for the notes.
pub fn blind_spots(cx: &Cx<'_>, table: &Name, column: &Ident) -> Vec<String> {
    let mut notes = vec![
        "CREATE TRIGGER needs the TRIGGER right, and with binary logging either SUPER or \
         log_bin_trust_function_creators = 1 (else error 1419): look at SELECT @@log_bin, \
         @@log_bin_trust_function_creators before. Create them as an account that stays: a trigger whose definer is \
         gone makes every write fail (error 1449)."
            .to_string(),
    ];
    notes.push_all(cascades(cx, table, column));
    for trigger in cx.world.schema.objects_on(ObjectKind::Trigger, table) {
        notes.push(format!(
            "{table} has a trigger of its own, {}: ours are made later and so run after it, and it also fires for the rows \
             that a backfill writes. Recreate it before the contract phase if its text names {column}: the server keeps the text, and then every write fails \
             (error 1054).",
            trigger.name
        ));
    }
    notes
}

/// A foreign key that changes the column past every trigger.
pub fn cascades(cx: &Cx<'_>, table: &Name, column: &Ident) -> Option<String> {
    use crate::change::ReferentialAction::{Cascade, SetDefault, SetNull};
    let cascades = cx.world.schema.constraints_of_column(table, column).iter().any(|c| match &c.kind {
        crate::change::ConstraintKind::ForeignKey(key) => {
            matches!(key.on_update, Cascade | SetNull | SetDefault) || matches!(key.on_delete, SetNull | SetDefault)
        }
        _ => false,
    });
    cascades.then(|| {
        format!(
            "A foreign key changes {table}.{column} by cascade, and cascades fire no triggers: compare the columns again \
             right before the switch."
        )
    })
}
