//! What cannot be seen into.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Name, OpaqueWhy};
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
        _ if !cx.statement.understood => format!("This {} could only be read in part.", cx.statement.form),
        _ => return None,
    };
    Some(RuleFinding { severity: Severity::Danger, message })
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
    let named: Vec<String> = touches.iter().map(Name::to_string).collect();
    let names = if named.is_empty() { String::new() } else { format!("; its text names {}", named.join(", ")) };
    format!("{form} {reason}{names}.")
}
