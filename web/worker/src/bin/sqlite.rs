//! The planner for SQLite.

fn main() {
    lockstep_worker::listen();
}
