//! Recipes for SQLite: one writer, transactional DDL, and a rebuild written out in full for what ALTER cannot do.
//!
//! In: a change that is not safe as written. Out: a draft. Never: a rebuild that runs with foreign keys on.
