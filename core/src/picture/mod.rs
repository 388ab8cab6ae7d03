//! Pictures as numbers: where each bar, label and line goes. Painting is the shell's.
//!
//! In: a report and a width. Out: shapes with words. Never: colours (each shape names its meaning).
