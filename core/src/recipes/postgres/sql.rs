//! SQL that recipes write themselves: blocks, triggers, settings. All names are quoted by the engine.

use super::partitioned;
use crate::change::{
    Change, Expr, Ident, Maintenance, Name, ObjectKind, ObjectVerb, SessionSetting, TransactionVerb, Volatility,
};
use crate::draft::{Draft, Run, StepDraft};
use crate::order::PushAll;
use crate::recipes::Cx;
use crate::recipes::shared::names;
use crate::report::PhaseName;
use crate::request::DualWrite;

/// A body between dollar quotes, with a tag that does not occur in it.
pub fn dollar(body: &str) -> String {
    let tag = (0..).map(|n| if n == 0 { "$$".to_string() } else { format!("$lockstep{n}$") });
    // The `$` appended: a body that ends in one would run into the closing tag.
    let closed = format!("{body}$");
    let tag = tag.take(1_000).find(|tag| !closed.contains(tag.as_str())).unwrap_or_else(|| "$lockstep$".to_string());
    format!("{tag}{body}{tag}")
}

/// `'users'::regclass`, safe for any name.
pub fn regclass(cx: &Cx<'_>, name: &Name) -> String {
    format!("{}::regclass", cx.engine().literal(&cx.name(name)))
}

/// A literal regular expression that matches the name as a whole word.
pub fn whole_word(cx: &Cx<'_>, name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || c == '_';
    let escaped: String = name.chars().flat_map(|c| if plain(c) { vec![c] } else { vec!['\\', c] }).collect();
    // At an edge that is no letter there is no word boundary to ask for.
    let start = if name.starts_with(plain) { "\\m" } else { "" };
    let end = if name.ends_with(plain) { "\\M" } else { "" };
    cx.engine().literal(&format!("{start}{escaped}{end}"))
}

/// An expression of our own.
pub fn expr(text: impl Into<String>, columns: &[Ident]) -> Expr {
    Expr { text: text.into(), volatility: Volatility::Constant, columns: columns.to_vec() }
}

/// `SET name = value` for the session.
pub fn set(name: &str, value: &str) -> Run {
    let setting =
        SessionSetting { verb: "set".to_string(), name: name.to_string(), value: value.to_string(), local: false };
    Run { sql: format!("SET {name} = {value}"), change: Change::Session(setting) }
}

/// No time limits: for statements that wait without blocking anybody, and leave something half done when cut off.
pub fn no_limits() -> Vec<Run> {
    vec![set("lock_timeout", "0"), set("statement_timeout", "0")]
}

/// `LOCK TABLE … IN … MODE`: takes a lock early, in the order in which writers take theirs.
pub fn lock(cx: &Cx<'_>, table: &Name, mode: &str) -> Run {
    Run {
        sql: format!("LOCK TABLE {} IN {mode} MODE", cx.name(table)),
        change: Change::LockTable { tables: vec![table.clone()], mode: mode.to_string() },
    }
}

/// A transaction around statements, for an undo that goes on after it.
pub fn transaction(run: Vec<Run>) -> Vec<Run> {
    let control = |verb: TransactionVerb, sql: &str| Run { sql: sql.to_string(), change: Change::Transaction(verb) };
    let mut all = vec![control(TransactionVerb::Begin, "BEGIN")];
    all.push_all(run);
    all.push(control(TransactionVerb::Commit, "COMMIT"));
    all
}

/// `ANALYZE table`.
pub fn analyze(cx: &Cx<'_>, table: &Name) -> Run {
    Run {
        sql: format!("ANALYZE {}", cx.name(table)),
        change: Change::Maintain { command: Maintenance::Analyze, tables: vec![table.clone()] },
    }
}

/// The step that runs it.
pub fn statistics(cx: &Cx<'_>, phase: PhaseName, table: &Name, why: &str) -> StepDraft {
    StepDraft {
        why: why.to_string(),
        transactional: false,
        on_failure: "Run it again.".to_string(),
        ..StepDraft::sql(phase, format!("Collect statistics of {table}"), vec![analyze(cx, table)])
    }
}

/// A statement about an object whose change is one catalog entry.
pub fn object(verb: ObjectVerb, kind: ObjectKind, name: &Name, on: Option<&Name>, sql: String) -> Run {
    Run { sql, change: Change::Object { verb, kind, name: Some(name.clone()), on: on.cloned(), text: String::new() } }
}

/// A loop of plpgsql that gives to one relation the rights that others than the owner have to another. `from` is a regclass,
/// `to` a literal, as SQL.
pub fn grants(from: &str, to: &str) -> String {
    format!(
        "  FOR zz_row IN SELECT r.privilege_type, CASE WHEN r.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r.grantee)) END AS grantee
      FROM pg_class AS c, aclexplode(c.relacl) AS r WHERE c.oid = {from} AND r.grantee <> c.relowner AND r.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
  LOOP
    EXECUTE format('GRANT %s ON %s TO %s', zz_row.privilege_type, {to}, zz_row.grantee);
  END LOOP;
"
    )
}

/// The rights of one table, given to another.
pub fn rights(cx: &Cx<'_>, from: &Name, to: &Name) -> Run {
    let grants = grants(&regclass(cx, from), &cx.engine().literal(&cx.name(to)));
    let body = format!("\nDECLARE\n  zz_row record;\nBEGIN\n{grants}END\n");
    object(ObjectVerb::Grant, ObjectKind::Table, to, Some(to), format!("DO {}", dollar(&body)))
}

/// The draft where both sides have one name in turn: no code can be told to write both, so it takes triggers whatever was asked.
pub fn by_trigger_anyway(cx: &Cx<'_>, mut draft: Draft) -> Draft {
    if cx.world.options.dual_write != DualWrite::Trigger {
        draft.notes.push(
            "Code cannot write both here, as both have one name in turn: a trigger keeps them the same, although it was asked that \
             the application does."
                .to_string(),
        );
    }
    draft
}

/// A row trigger and its function, both called `name`.
pub struct Trigger {
    /// Name of the function; the trigger has the same, without schema.
    pub name: Name,
    /// The table.
    pub table: Name,
    /// `BEFORE INSERT OR UPDATE`.
    pub fires: &'static str,
    /// The same function again when the transaction ends: `AFTER INSERT`; empty where it is not needed.
    pub late: &'static str,
    /// Between BEGIN and END, each line ended.
    pub body: String,
}

impl Trigger {
    /// CREATE FUNCTION, CREATE TRIGGER.
    pub fn create(&self, cx: &Cx<'_>) -> Vec<Run> {
        let mut run = vec![self.function(cx, "CREATE", ObjectVerb::Create)];
        for table in self.places(cx) {
            // The locks of the partitions, in the order of everybody else.
            if table != self.table && run.len() == 1 {
                run.push(lock(cx, &self.table, "SHARE ROW EXCLUSIVE"));
            }
            run.push(self.row(cx, &table, false, ["CREATE TRIGGER", self.fires, ""]));
            if !self.late.is_empty() {
                let parts = ["CREATE CONSTRAINT TRIGGER", self.late, " DEFERRABLE INITIALLY DEFERRED"];
                run.push(self.row(cx, &table, true, parts));
            }
        }
        run
    }

    /// The table, or its partitions where the server refuses such a trigger on the partitioned table itself.
    fn places(&self, cx: &Cx<'_>) -> Vec<Name> {
        let apart = self.fires.starts_with("BEFORE") && partitioned::takes_no_before(cx, &self.table);
        let leaves = if apart { partitioned::leaves(cx, &self.table) } else { Vec::new() };
        if leaves.is_empty() { vec![self.table.clone()] } else { leaves }
    }

    fn row(&self, cx: &Cx<'_>, table: &Name, late: bool, [create, fires, when]: [&str; 3]) -> Run {
        let name = self.trigger_name(cx, late);
        let sql = format!(
            "{create} {} {fires} ON {}{when}\n  FOR EACH ROW EXECUTE FUNCTION {}()",
            cx.ident(&name.object),
            cx.name(table),
            cx.name(&self.name)
        );
        object(ObjectVerb::Create, ObjectKind::Trigger, &name, Some(table), sql)
    }

    /// CREATE OR REPLACE FUNCTION alone: another body for the trigger that exists.
    pub fn replace(&self, cx: &Cx<'_>) -> Run {
        self.function(cx, "CREATE OR REPLACE", ObjectVerb::Replace)
    }

    fn function(&self, cx: &Cx<'_>, create: &str, verb: ObjectVerb) -> Run {
        let body = dollar(&format!("\nBEGIN\n{}END\n", self.body));
        let sql = format!("{create} FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS {body}", cx.name(&self.name));
        object(verb, ObjectKind::Function, &self.name, None, sql)
    }

    /// DROP TRIGGER, DROP FUNCTION.
    ///
    /// DROP TRIGGER on a partitioned table locks its partitions before itself, against the order of everybody else:
    /// so the table is locked first (observed on 18: readers and writers met deadlocks).
    pub fn drop(&self, cx: &Cx<'_>) -> Vec<Run> {
        let mut run = Vec::new();
        if partitioned::is_partitioned(cx, &self.table) {
            run.push(lock(cx, &self.table, "ACCESS EXCLUSIVE"));
        }
        for table in self.places(cx) {
            for late in [false, true] {
                if late && self.late.is_empty() {
                    continue;
                }
                let name = self.trigger_name(cx, late);
                let sql = format!("DROP TRIGGER {} ON {}", cx.ident(&name.object), cx.name(&table));
                run.push(object(ObjectVerb::Drop, ObjectKind::Trigger, &name, Some(&table), sql));
            }
        }
        let sql = format!("DROP FUNCTION {}()", cx.name(&self.name));
        run.push(object(ObjectVerb::Drop, ObjectKind::Function, &self.name, None, sql));
        run
    }

    fn trigger_name(&self, cx: &Cx<'_>, late: bool) -> Name {
        let end = if late { "_late" } else { "" };
        Name::new(names::fit(&format!("{}{end}", self.name.object.value), cx.engine().ident_limit()))
    }
}

#[cfg(test)]
mod tests {
    use super::dollar;
    use crate::request::{DualWrite, Options, Request};

    #[test]
    fn a_body_cannot_end_its_own_quotes() {
        assert_eq!(dollar("x"), "$$x$$");
        assert_eq!(dollar("a $$ b $lockstep1$"), "$lockstep2$a $$ b $lockstep1$$lockstep2$");
        assert_eq!(dollar("ends in $"), "$lockstep1$ends in $$lockstep1$");
    }

    /// What has one name before and after, with others between, is exchanged by trigger whatever was asked, and that is said.
    #[test]
    fn no_code_writes_both_sides_of_one_name() {
        let base = "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE t (id int PRIMARY KEY, m mood); CREATE VIEW v AS SELECT id FROM t;";
        for (sql, by_trigger) in [
            ("DROP VIEW v; ALTER TABLE t ALTER COLUMN id TYPE bigint; CREATE VIEW v AS SELECT id FROM t;", true),
            (
                "CREATE TYPE m2 AS ENUM ('ok'); ALTER TABLE t ALTER COLUMN m TYPE m2 USING m::text::m2; DROP TYPE mood; ALTER TYPE m2 \
                 RENAME TO mood;",
                true,
            ),
            (
                "CREATE TABLE t2 (LIKE t INCLUDING ALL) PARTITION BY HASH (id); CREATE TABLE t3 PARTITION OF t2 FOR VALUES WITH (MODULUS 1, \
                 REMAINDER 0); INSERT INTO t2 SELECT * FROM t; ALTER TABLE t RENAME TO t1; ALTER TABLE t2 RENAME TO t;",
                true,
            ),
            ("ALTER TABLE t ALTER COLUMN id TYPE bigint;", false),
        ] {
            let schema = if sql.contains("VIEW") { base } else { base.split(" CREATE VIEW").next().unwrap_or(base) };
            let report = crate::plan(&Request {
                engine: "postgres:16".to_string(),
                schema: Some(schema.to_string()),
                sql: sql.to_string(),
                options: Options { dual_write: DualWrite::Application, ..Options::default() },
                ..Request::default()
            });
            let plan = format!("{report:?}");
            assert_eq!(plan.contains("CREATE TRIGGER"), by_trigger, "{sql}: {plan}");
            assert_eq!(plan.contains("Code cannot write both here"), by_trigger, "{sql}: {plan}");
        }
    }
}
