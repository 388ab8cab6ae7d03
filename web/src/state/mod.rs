//! What the page knows. Plain Rust with methods; [`desk`] alone ties it to signals and the browser.

pub mod followed;
pub mod quantity;
pub mod sizes;
pub mod inputs;
pub mod examples;
pub mod texts;
pub mod queue;
pub mod links;
pub mod planner;
pub mod export;
pub mod desk;

pub use desk::Desk;
pub use followed::{Followed, follow, spawn};
