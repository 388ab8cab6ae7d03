//! Shared by the tests.

pub mod asked;
pub mod cases;
pub mod code;
pub mod execute;
pub mod fresh;
pub mod load;
pub mod proof;
pub mod sample;
pub mod servers;
pub mod rule_cases;
pub mod recipe_pages;
pub mod rule_pages;
pub mod steps;
pub mod tables;
pub mod texts;
pub mod writers;
pub mod written;
