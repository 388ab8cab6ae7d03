//! Settings, rules and rights that change what running code gets, without a table being touched.

use super::asking::{danger, note};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ColumnOption, Name, ObjectKind, ObjectVerb, PartitionAction, TableOption, lower};
use crate::order::Gather;
use crate::parse::Statement;
use crate::report::Severity;
use crate::schema::mentions;
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "changes-for-everybody",
    title: "Running code gets something else",
    when: "A rule, policy, role, sequence, publication, extension or setting of the whole server is changed under running code, or a trigger refuses what it writes.",
    effect: "Queries go on, but see other rows, have other rights, or get other values from the moment this commits.",
    why: "Nothing of it is bound to a deploy: old and new code get it at once, and no lock or error tells.",
    instead: "Try it with the application's role on a copy, and have someone who knows the setting agree.",
    sources: &["PostgreSQL manual: CREATE RULE; CREATE POLICY; ALTER ROLE; ALTER SEQUENCE; ALTER SYSTEM"],
    check,
};

const REWRITTEN: &str = "Statements on the table are rewritten otherwise from now on.";
const AGAIN: &str = "Numbers that were given out already can come again, and inserts fail on them.";

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let has = |words| cx.statement_says(words);
    let engine = cx.world.target.engine();
    let (mysql, sqlite) = (engine.is_mysql_family(), engine == Engine::Sqlite);
    let message = match &cx.action.change {
        Change::Object {
            verb: ObjectVerb::Alter,
            kind: ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine,
            name: Some(name),
            ..
        } if [" SECURITY ", " SET ", " RESET ", " IMMUTABLE ", " STABLE ", " STRICT "].into_iter().any(has)
            && !has(" SET SCHEMA ") =>
        {
            return note(format!("Whoever calls {name} runs it with other rights or settings from now on."));
        }
        Change::Object {
            verb: ObjectVerb::Replace,
            kind: ObjectKind::Function | ObjectKind::Procedure,
            name: Some(name),
            ..
        } if !cx.world.schema.object(ObjectKind::Function, name).is_some_and(|object| object.new) => {
            return note(format!("Where {name} is there already, whoever calls it runs the new body from now on."));
        }
        Change::SetTableOption { table, option: TableOption::Inherit(_) | TableOption::NoInherit(_) }
            if cx.used(table) =>
        {
            "Queries of the parent read the rows of the table, or no longer do, from now on."
        }
        Change::Object {
            verb: ObjectVerb::Create | ObjectVerb::Replace,
            kind: ObjectKind::Trigger,
            on: Some(table),
            text,
            ..
        } if cx.used(table) && refuses(cx, text) => {
            return danger(format!(
                "Its function does nothing but fail, and so does every statement on {table} that fires it."
            ));
        }
        Change::Object { verb, kind, name, on, .. } => {
            let schema = cx.world.schema;
            let new = name.as_ref().is_some_and(|name| schema.object(*kind, name).is_some_and(|object| object.new))
                || on.as_ref().is_some_and(|table| schema.is_new(table));
            if new {
                return None;
            }
            of_object(*verb, *kind, engine, has)?
        }
        Change::SetTableOption { table, option: TableOption::RowSecurity }
            if has(" DISABLE ROW ") && !cx.world.schema.is_new(table) =>
        {
            "Rows that the policies hid are visible from now on."
        }
        Change::Partition { action: PartitionAction::Exchange { .. }, .. } if mysql && !cx.on_new_objects => {
            "The rows of the partition and those of the table change places at once."
        }
        Change::Session(setting)
            if mysql
                && (setting.name.ends_with("sql_log_bin") && setting.is_off()
                    || setting.name == "skip_replication" && !setting.is_off()) =>
        {
            "Replicas do not get what this session does: they differ from now on."
        }
        Change::Session(setting)
            if setting.name == "session_replication_role" && super::asking::has(&setting.value, "REPLICA") =>
        {
            "Triggers and foreign keys do not fire in this session: rows that break them get in unseen."
        }
        Change::Session(setting) if sqlite && setting.name == "journal_mode" && leaves_wal(&setting.value) => {
            "The file leaves WAL for everybody: from now on readers and the writer wait for each other."
        }
        Change::Session(setting)
            if sqlite && setting.name == "locking_mode" && setting.value.eq_ignore_ascii_case("exclusive") =>
        {
            "This connection keeps the file to itself: every other one gets SQLITE_BUSY until it ends."
        }
        Change::Session(setting) if sqlite && setting.name == "ignore_check_constraints" && setting.is_on() => {
            "CHECK constraints are not looked at in this session: rows that break them get in unseen."
        }
        Change::SetTableOption { table, option: TableOption::Rules } if !cx.world.schema.is_new(table) => REWRITTEN,
        Change::SetColumnOption { table, option: ColumnOption::AlterIdentity, .. }
            if has(" RESTART ") && cx.used(table) =>
        {
            AGAIN
        }
        Change::SetColumnOption { table, option: ColumnOption::AlterIdentity, .. }
            if has(" SET GENERATED ALWAYS ") && cx.used(table) =>
        {
            "INSERTs that give the column a value fail from now on (428C9)."
        }
        Change::SetColumnOption { table, option: ColumnOption::DropExpression, .. } if cx.used(table) => {
            "New rows get no computed value: code that does not write the column leaves NULL in it."
        }
        Change::Query { .. } if has(" SETVAL ") && sets_back(cx) => AGAIN,
        Change::Session(setting) if sqlite && setting.name == "synchronous" && setting.is_off() => {
            "Nothing is flushed to disk: when the machine stops, the file can be left corrupt."
        }
        Change::Session(setting) if sqlite && setting.name == "schema_version" && !setting.value.is_empty() => {
            "Other connections take their idea of the schema for the present one: the file can be left corrupt."
        }
        _ => return None,
    };
    Some(RuleFinding { severity: Severity::Warning, message: message.to_string() })
}

/// A trigger without a condition, whose function in the same script raises an error first of all (PostgreSQL).
fn refuses(cx: &RuleCx<'_>, trigger: &str) -> bool {
    let run = trigger.to_ascii_lowercase().rfind("execute").and_then(|at| trigger.get(at..)).unwrap_or_default();
    let refusing = |statement: &Statement| {
        let runs = statement.changes.iter().any(|action| match &action.change {
            Change::Object { kind: ObjectKind::Function, name: Some(name), .. } => mentions(run, &name.object.value),
            _ => false,
        });
        runs && raises(&statement.span.of(cx.text).to_ascii_lowercase())
    };
    !cx.statement_says(" WHEN ") && cx.script.statements.iter().any(refusing)
}

fn raises(function: &str) -> bool {
    let words: Vec<&str> = function.split_whitespace().gather();
    let begin = words.iter().position(|word| word.ends_with("begin")).and_then(|at| words.get(at + 1..at + 3));
    matches!(begin, Some(["raise", level]) if *level == "exception" || level.starts_with('\''))
        && !words.windows(2).any(|pair| pair == ["exception", "when"])
}

/// `setval` to a number that is written out, of a sequence that is in use: whether it counts back is not known.
fn sets_back(cx: &RuleCx<'_>) -> bool {
    let computed = [" MAX ", " GREATEST ", " LAST_VALUE ", " COUNT "].into_iter().any(|word| cx.statement_says(word));
    // `'kinds_id_seq'`, `'app.kinds_id_seq'`, `pg_get_serial_sequence('kinds', 'id')`
    let named = cx.sql().split('\'').nth(1).unwrap_or_default().to_ascii_lowercase();
    let named = named.rsplit('.').next().unwrap_or_default();
    let schema = cx.world.schema;
    let own = |table: &Name| {
        named.strip_prefix(&*lower(&table.object.value)).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    let new = schema.tables_where(|table| table.new && own(&table.def.name)).next().is_some()
        || schema.objects_of(ObjectKind::Sequence).iter().any(|object| object.new && own(&object.name));
    !computed && !new
}

/// SQLite keeps this mode in the file; without a value it is only asked for.
fn leaves_wal(value: &str) -> bool {
    let mode = value.trim_matches(['=', ' ', '\'', '"']);
    !mode.is_empty() && !mode.eq_ignore_ascii_case("wal")
}

fn of_object(
    verb: ObjectVerb,
    kind: ObjectKind,
    engine: Engine,
    has: impl Fn(&'static str) -> bool,
) -> Option<&'static str> {
    let mysql = engine.is_mysql_family();
    use ObjectKind as K;
    use ObjectVerb as V;
    Some(match (kind, verb) {
        (K::Rule, V::Create | V::Replace | V::Drop | V::Alter) => REWRITTEN,
        (K::Policy, V::Drop | V::Alter) => "Roles see other rows from now on.",
        (K::Policy, V::Create) if has(" AS RESTRICTIVE ") => "Roles see fewer rows from now on.",
        (K::Role, V::Alter) => "Sessions of the role get other rights or settings.",
        (K::System, V::Alter)
            if has(" ALTER SYSTEM ")
                || mysql && [" SET GLOBAL ", " SET PERSIST ", " ALTER INSTANCE "].into_iter().any(&has) =>
        {
            "A setting of the whole server changes."
        }
        (K::System, V::Alter)
            if mysql && [" RESET ", " KILL ", " STOP ", " PURGE ", " CHANGE "].into_iter().any(&has) =>
        {
            "Logs, replication or other sessions of the server are ended."
        }
        (K::System, V::Alter) if mysql && has(" FLUSH ") && (has(" TABLES ") || has(" TABLE ")) => {
            "It waits for all who use the tables now, and whoever comes after waits behind it."
        }
        (K::System, V::Alter) if mysql && says_system_variable(&has) => "A setting of the whole server changes.",
        (K::Schema, V::Alter) if mysql && (has(" COLLATE ") || has(" CHARACTER ")) => {
            "New tables get another character set."
        }
        (K::Database, V::Alter) => "A setting of the whole database changes; SET TABLESPACE also moves all of it.",
        (K::Owned, V::Alter) => "Everything that the role owns gets another owner.",
        (K::Extension, V::Alter) => "The extension's own script runs; what it does cannot be seen from here.",
        (K::Extension, V::Create) if mysql && has(" INSTALL ") => "A plugin is loaded into the server, for everybody.",
        (K::EventTrigger, V::Create | V::Alter) => "Every later schema change runs the trigger's function.",
        (K::Publication, V::Alter) if has(" DROP ") || has(" SET ") => "Subscribers get other tables from now on.",
        (K::Subscription, V::Alter) => "Replication into this database changes.",
        (K::Sequence, V::Alter) if has(" RESTART ") => AGAIN,
        (K::Sequence, V::Alter) if [" INCREMENT ", " MAXVALUE ", " MINVALUE ", " CYCLE "].into_iter().any(&has) => {
            "Running code gets other numbers, or none any more."
        }
        (K::View, V::Alter) if has(" SECURITY_INVOKER ") => {
            "Who reads the view needs rights on its tables, or no longer does, from now on."
        }
        (K::Cast, V::Create) if has(" AS IMPLICIT ") || has(" AS ASSIGNMENT ") => {
            "Expressions of running code may mean something else from now on."
        }
        (K::TextSearch, V::Alter) if has(" MAPPING ") => "Searches find other rows from now on.",
        (K::Sequence, V::Alter) if has(" AS ") && !has(" AS BIGINT ") && !has(" AS INT8 ") => {
            "The sequence can end earlier than the column that it feeds."
        }
        (
            K::View | K::MaterializedView | K::Function | K::Procedure | K::Routine | K::Type | K::Domain | K::Sequence,
            V::Alter,
        ) if has(" SET SCHEMA ") => {
            "Code that names it with its schema, or finds it by the search path, fails from now on."
        }
        _ => return None,
    })
}

/// MySQL's other way to write SET GLOBAL and SET PERSIST.
fn says_system_variable(has: impl Fn(&'static str) -> bool) -> bool {
    const WORDS: [&str; 6] =
        [" @@GLOBAL ", " @@PERSIST ", " @@PERSIST_ONLY ", " , GLOBAL ", " , PERSIST ", " , PERSIST_ONLY "];
    WORDS.into_iter().any(has)
}
