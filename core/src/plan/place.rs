//! Spans of the core as places of the report.

use crate::parse::Problem;
use crate::report::{Diagnostic, Place};
use crate::source::{LineIndex, Span};

/// A span with line, column and UTF-16 offsets.
pub(super) fn place(index: &LineIndex<'_>, span: Span) -> Place {
    let (start, end) = (index.position(span.start), index.position(span.end));
    Place {
        start: span.start,
        end: span.end,
        start_utf16: start.utf16,
        end_utf16: end.utf16,
        line: start.line,
        column: start.column,
    }
}

/// A problem of one of the input texts.
pub(super) fn diagnostic(problem: &Problem, input: &str, index: &LineIndex<'_>) -> Diagnostic {
    Diagnostic {
        id: problem.id.to_string(),
        severity: problem.severity,
        input: input.to_string(),
        message: problem.message.clone(),
        instead: problem.instead.clone(),
        span: place(index, problem.span),
    }
}

/// A problem that has no place in a text.
pub(super) fn without_place(id: &str, input: &str, message: String, instead: &str) -> Diagnostic {
    Diagnostic {
        id: id.to_string(),
        severity: crate::report::Severity::Danger,
        input: input.to_string(),
        message,
        instead: instead.to_string(),
        span: Place::default(),
    }
}
