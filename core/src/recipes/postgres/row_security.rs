//! ENABLE ROW LEVEL SECURITY: after the policies of the script, or beside one that hides nothing until there are some.

use super::ENGINE;
use super::sql::{object, regclass};
use crate::change::{Change, Name, ObjectKind, ObjectVerb, TableOption};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Joint, JointRecipe, Pasted};
use crate::recipes::shared::draft::{undo, verify};
use crate::recipes::shared::split::own_runs;
use crate::recipes::shared::{names, words};
use crate::report::PhaseName::{Contract, Expand};

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "postgres-row-security",
    title: "Row-level security switched on while rows stay visible",
    for_engine: ENGINE,
    starts: |change| matches!(change, Change::SetTableOption { option: TableOption::RowSecurity, .. }),
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let cx = ahead.cx;
    let Change::SetTableOption { table, .. } = cx.change else { return None };
    let table = cx.world.schema.known_name(table);
    let known = cx.world.schema.table(table).is_some_and(|known| known.def.complete);
    if !known || !cx.world.schema.objects_on(ObjectKind::Policy, table).is_empty() {
        return None;
    }
    // ENABLE and FORCE, in one statement or in several.
    let switches = |change: &&Change| match change {
        Change::SetTableOption { table: own, option: TableOption::RowSecurity } => {
            cx.world.schema.same_relation(own, table)
        }
        _ => false,
    };
    let says = |sql: &str, word: &str| words::find_keyword(sql, word).is_some();
    let on = |statement: &Pasted<'_>| {
        let off = says(statement.sql, "disable") || says(statement.sql, "no");
        !off && !statement.changes.is_empty() && statement.changes.iter().all(switches)
    };
    let policy = |change: &Change| match change {
        Change::Object { verb: ObjectVerb::Create, kind: ObjectKind::Policy, on: Some(on), .. } => {
            cx.world.schema.same_relation(on, table)
        }
        _ => false,
    };
    let (mut members, mut policies, mut own) =
        (Vec::new(), Vec::new(), RowSecurity { cx, table, on: Vec::new(), off: Vec::new() });
    for (at, statement) in ahead.statements.iter().enumerate() {
        match statement.changes.as_slice() {
            [change] if policy(change) => {
                policies.push(Run { sql: statement.sql.to_string(), change: (*change).clone() })
            }
            changes if on(statement) => {
                own.on.push_all(own_runs(statement.sql, changes));
                for (word, off) in [("force", "NO FORCE"), ("enable", "DISABLE")] {
                    own.off.push_all(says(statement.sql, word).then_some(off));
                }
            }
            _ => continue,
        }
        members.push(at);
    }
    if members.first() != Some(&0) {
        return None;
    }
    let steps = if policies.is_empty() { own.beside_one() } else { own.after(policies) };
    let title = format!("Switch row-level security of {table} on");
    let draft = Draft {
        recipe: RECIPE.id,
        title,
        steps,
        checklist: vec![format!(
            "The application's role was tried: the owner of {table} and superusers see all rows anyway"
        )],
        notes: Vec::new(),
        as_written: false,
    };
    Some(Joint::of(draft, members))
}

struct RowSecurity<'a> {
    cx: Cx<'a>,
    table: &'a Name,
    on: Vec<Run>,
    off: Vec<&'static str>,
}

impl RowSecurity<'_> {
    fn off(&self) -> Vec<Run> {
        let change = Change::SetTableOption { table: self.table.clone(), option: TableOption::RowSecurity };
        let table = self.cx.name(self.table);
        let off = self.off.iter().rev().map(|off| format!("ALTER TABLE {table} {off} ROW LEVEL SECURITY"));
        off.map(|sql| Run { sql, change: change.clone() }).gather()
    }

    /// The policies of the script, then the switch, in one transaction.
    fn after(self, policies: Vec<Run>) -> Vec<StepDraft> {
        let mut back = self.off();
        for run in &policies {
            if let Change::Object { name: Some(name), .. } = &run.change {
                back.push(self.policy(ObjectVerb::Drop, name));
            }
        }
        let mut run = policies;
        run.push_all(self.on);
        vec![StepDraft {
            why: "The policies come first: switched on without one, everyone but the owner would read no row."
                .to_string(),
            undo: undo(back),
            ..StepDraft::locked(Expand, format!("Make the policies of {}, then switch them on", self.table), run)
        }]
    }

    /// A policy that hides nothing, until there are others.
    fn beside_one(self) -> Vec<StepDraft> {
        let (cx, table) = (&self.cx, self.table);
        let name = Name::new(names::helper(cx, &[&table.object.value, "all"]).value);
        let (mut back, mut run) = (self.off(), Vec::new());
        let (make, drop) = (self.policy(ObjectVerb::Create, &name), self.policy(ObjectVerb::Drop, &name));
        back.push(drop.clone());
        run.push(make.clone());
        run.push_all(self.on.iter().cloned());
        let relation = regclass(cx, table);
        let none = verify(
            Expand,
            format!("Look whether {table} has row-level security already"),
            format!(
                "SELECT count(*) FROM pg_class WHERE oid = {relation} AND (relrowsecurity OR relforcerowsecurity OR EXISTS (SELECT 1 \
                 FROM pg_policy WHERE polrelid = {relation}))"
            ),
            "0",
            "This plan must not run: its policy would show rows that are hidden today. Give the schema with its policies and \
             plan again.",
        );
        let switched = StepDraft {
            why: "Switched on without a policy, everyone but the owner would read no row, without an error. One that allows \
                  everything keeps rows visible."
                .to_string(),
            undo: undo(back),
            ..StepDraft::locked(
                Expand,
                format!("Switch row-level security of {table} on, with a policy that hides nothing"),
                run,
            )
        };
        let roles = verify(
            Contract,
            format!("List who has rights on {table}, and the policies"),
            format!(
                "SELECT r.privilege_type, r.grantee::regrole::text AS role FROM pg_class AS c, aclexplode(c.relacl) AS r WHERE c.oid = \
                 {relation} AND r.grantee <> c.relowner UNION ALL SELECT 'policy', polname FROM pg_policy WHERE polrelid = {relation}"
            ),
            "a policy for each role that is to see rows (policies allow together, so they can be made beside the one of the plan)",
            "Make the policies first, and try them as those roles.",
        );
        let narrowed = StepDraft {
            why: format!(
                "From here on a role reads what a policy says, and nothing where none does: as the script has it for {table}."
            ),
            undo: UndoDraft::Sql { run: vec![make], transactional: true, lossy: String::new() },
            gate: "every role that uses the table has its policies, or is meant to see no row".to_string(),
            ..StepDraft::locked(Contract, format!("Drop the policy of {table} that hides nothing"), vec![drop])
        };
        vec![none, switched, roles, narrowed]
    }

    fn policy(&self, verb: ObjectVerb, name: &Name) -> Run {
        let (own, table) = (self.cx.ident(&name.object), self.cx.name(self.table));
        let sql = match verb {
            ObjectVerb::Drop => format!("DROP POLICY {own} ON {table}"),
            _ => format!("CREATE POLICY {own} ON {table} USING (true) WITH CHECK (true)"),
        };
        object(verb, ObjectKind::Policy, name, Some(self.table), sql)
    }
}
