//! The browser: the only place that names its APIs.
//!
//! In: plain data. Out: plain data. Never: what the page is about.

pub mod editor;
pub mod worker;
pub mod storage;
pub mod page;
pub mod files;
pub mod pieces;
