//! Small parts that panels are made of.

mod badge;
mod chip;
mod copy;
mod dialog;
mod facts;
mod fold;
mod impact;
mod logo;
mod prose;
mod sql;
mod tabs;

pub use badge::Badge;
pub use chip::Chip;
pub use copy::CopyButton;
pub use dialog::DialogFrame;
pub use facts::{Facts, sources};
pub use fold::Fold;
pub use impact::ImpactStrip;
pub use logo::Logo;
pub use prose::Prose;
pub use sql::{CodeBlock, SqlBlock};
pub use tabs::Tabs;
