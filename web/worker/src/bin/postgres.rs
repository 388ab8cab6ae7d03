//! The planner for PostgreSQL.

fn main() {
    lockstep_worker::listen();
}
