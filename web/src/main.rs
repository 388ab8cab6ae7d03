//! The page: a thin shell over the planner, which runs in a worker of its own.
//!
//! In: what the reader pastes. Out: a report, drawn. Never: knowledge of migrations; that is the core's.

mod text;
mod browser;
mod state;
mod parts;
mod panels;
mod actions;
mod app;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}
