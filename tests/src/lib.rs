//! Shared by the tests.

pub mod cases;
pub mod code;
pub mod execute;
pub mod fresh;
pub mod load;
pub mod proof;
pub mod sample;
pub mod servers;
pub mod texts;
