//! How bad, as a class and in words.

use lockstep_core::report::Severity;

/// The class of a row.
pub fn class(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "severity severity-info",
        Severity::Warning => "severity severity-warning",
        Severity::Danger => "severity severity-danger",
    }
}

/// For those who do not see the colour.
pub fn words(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "Good to know.",
        Severity::Warning => "Look at it.",
        Severity::Danger => "Do not run it like that.",
    }
}
