//! Lockstep's core: what a schema change does to the running system, and a plan that never stops traffic.
//!
//! [`plan`] is the one entry: a [`request::Request`] in, a [`report::Report`] out, never an error for bad SQL.
//! Modules are declared in reading order; a module may use only those before it, and only this file wires them
//! (`tests/layers.rs` holds that).

pub mod order;
pub mod target;
pub mod source;
pub mod change;
pub mod facts;
pub mod request;
pub mod report;
pub mod words;
pub mod parse;
pub mod schema;
pub mod world;
pub mod sizes;
pub mod engines;
#[cfg(feature = "differences")]
pub mod diff;
pub mod estimate;
pub mod draft;
pub mod rules;
pub mod recipes;
pub mod plan;
pub mod picture;
pub mod render;

pub use report::Report;
pub use request::Request;

/// Plans a change. Total: bad input gives diagnostics in the report, never an error.
pub fn plan(request: &Request) -> Report {
    let mut report = plan::plan(request);
    report.files = render::files::write(&report, &request.options);
    report
}
