//! What cannot be seen into.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Name, ObjectKind, ObjectVerb, OpaqueWhy};
use crate::order::Gather;
use crate::parse;
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "not-understood",
    title: "Not understood",
    when: "A statement runs code, runs SQL made at run time, or could not be read.",
    effect: "It may do anything: what it locks, changes or loses cannot be told from its text.",
    why: "A safe verdict on something unread would be worth nothing.",
    instead: "Read it yourself, try it on a copy, or write the statements out so that they can be judged.",
    sources: &["the limits of this tool"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let message = match &cx.action.change {
        Change::Opaque { why, form, touches } => opaque(*why, form, touches),
        Change::Query { calls_functions: true, .. } => {
            "It calls a function whose effect cannot be told from here.".to_string()
        }
        Change::Session(setting) if reads_otherwise(cx, &setting.name, &setting.value) => {
            "What follows is read by other rules (quotes and backslashes) from here on, which is not followed."
                .to_string()
        }
        Change::Insert { .. }
        | Change::Update { .. }
        | Change::Delete { .. }
        | Change::CreateTable(_)
        | Change::Session(_)
            if cx.statement.form != "call"
                && cx.world.target.engine().is_mysql_family()
                && let Some(name) = parse::unknown_call(cx.sql(), cx.world.target)
                && !matches!(&cx.action.change, Change::CreateTable(def) if !def.from_query) =>
        {
            format!("It calls {name}, whose effect cannot be told from here.")
        }
        Change::Object {
            verb: ObjectVerb::Create | ObjectVerb::Replace,
            kind: ObjectKind::Trigger,
            on: Some(table),
            ..
        } if cx.world.target.engine().is_mysql_family()
            && cx.used(table)
            && let Some(name) = parse::unknown_call(cx.sql(), cx.world.target) =>
        {
            format!("Each row of {table} that is written runs {name}, whose effect cannot be told from here.")
        }
        _ if !cx.statement.understood => format!("This {} could only be read in part.", cx.statement.form),
        _ => return None,
    };
    Some(RuleFinding { severity: Severity::Danger, message })
}

/// `sql_mode` changes how the text behind it is read: NO_BACKSLASH_ESCAPES where that has a backslash, ORACLE.
fn reads_otherwise(cx: &RuleCx<'_>, name: &str, value: &str) -> bool {
    let behind = cx.text.get(cx.statement.span.end..).unwrap_or_default();
    let mode = value.to_ascii_lowercase();
    name == "sql_mode"
        && cx.world.target.engine().is_mysql_family()
        && (mode.contains("no_backslash_escapes") && behind.contains('\\') || mode.contains("oracle"))
}

fn opaque(why: OpaqueWhy, form: &str, touches: &[Name]) -> String {
    let form = if form.is_empty() { "This statement" } else { form };
    let reason = match why {
        OpaqueWhy::RunsCode => "runs code that decides at run time what it does",
        OpaqueWhy::DynamicSql => "runs SQL that is made at run time",
        OpaqueWhy::UnknownStatement => "is not a form that is known",
        OpaqueWhy::Unreadable => "could not be read inside",
        OpaqueWhy::TooDeep => "is nested too deeply, or too long a chain, to be taken apart",
        OpaqueWhy::Template => "holds a template placeholder; paste the SQL that it becomes",
        OpaqueWhy::Unterminated => "is not ended: a quote, comment or block is still open",
    };
    let named: Vec<String> = touches.iter().map(Name::to_string).gather();
    let names = if named.is_empty() { String::new() } else { format!("; its text names {}", named.join(", ")) };
    format!("{form} {reason}{names}.")
}
