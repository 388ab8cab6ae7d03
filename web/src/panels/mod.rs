//! The panels, one folder each: a component and its style sheet.

pub mod topbar;
pub mod notices;
pub mod input;
pub mod sizes;
pub mod assumptions;
pub mod verdict;
pub mod picture;
pub mod steps;
pub mod details;
pub mod export;
pub mod help;
pub mod answer;
