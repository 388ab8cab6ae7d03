//! From analysed statements to phases of steps.
//!
//! In: the script, the schema, what each statement does. Out: the parts of a [`crate::report::Report`].
//! Never: engine names, SQL text of its own (recipes and engines write that).
