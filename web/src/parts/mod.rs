//! Small parts that panels are made of: functions that give HTML, and components where something changes by itself.

mod badge;
mod chip;
mod copy;
mod dialog;
mod drawn;
mod facts;
mod impact;
mod sql;
mod tabs;

pub use badge::badge;
pub use chip::Chip;
pub use copy::{copy, copy_button};
pub use dialog::DialogFrame;
pub use drawn::Drawn;
pub use facts::{facts, sources};
pub use impact::{impact_strip, pixels};
pub use sql::{Ink, code_block, sql_block};
pub use tabs::tabs;
