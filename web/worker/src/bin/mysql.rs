//! The planner for MySQL and MariaDB.

fn main() {
    lockstep_worker::listen();
}
