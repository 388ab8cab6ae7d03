//! Shared by the tests.

pub mod fresh;
pub mod sample;
pub mod servers;
