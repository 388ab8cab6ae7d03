//! Text of the page that depends on data: sentences and HTML. Plain Rust, tested.

pub mod html;
pub mod steps;

pub use html::Html;
