//! Recipes for MySQL and MariaDB: every DDL commits, so a step is one statement that states its algorithm and lock.
//!
//! In: a change that is not safe as written. Out: a draft. Never: a table copy that blocks writes without saying so.
