//! Pictures as numbers: where each bar, label and line goes. Painting is the shell's.
//!
//! In: a report and a width. Out: shapes with words. Never: colours (each shape names its meaning).

use crate::report::{PhaseName, Traffic};

pub mod words;
mod scene;
pub mod data;
pub mod narrow;
pub mod strip;
pub mod wide;
#[cfg(test)]
mod tests;

pub use data::{DataRow, data_rows};
pub use strip::{Strip, strip};

/// A drawing: shapes in painting order, and the same in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Width, CSS pixels.
    pub width: f64,
    /// Height, CSS pixels.
    pub height: f64,
    /// What to paint, first to last.
    pub shapes: Vec<Shape>,
    /// The picture in a few sentences, for those who do not see it.
    pub description: String,
}

/// Something to paint.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Its geometry.
    pub form: Form,
    /// What it says.
    pub meaning: Meaning,
    /// The step it stands for, if it stands for one.
    pub step: Option<String>,
    /// A sentence for the tooltip; empty when the shape says it all.
    pub title: String,
}

/// Geometry in CSS pixels, origin at the top left.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// A rectangle with rounded corners.
    Rect {
        /// Left.
        x: f64,
        /// Top.
        y: f64,
        /// Width.
        w: f64,
        /// Height.
        h: f64,
        /// Corner radius.
        r: f64,
    },
    /// A straight line.
    Line {
        /// Start.
        x1: f64,
        /// Start.
        y1: f64,
        /// End.
        x2: f64,
        /// End.
        y2: f64,
    },
    /// A circle.
    Circle {
        /// Centre.
        x: f64,
        /// Centre.
        y: f64,
        /// Radius.
        r: f64,
    },
    /// One line of text; `y` is its baseline.
    Text {
        /// Where `anchor` puts it.
        x: f64,
        /// Baseline.
        y: f64,
        /// Which end of the text is at `x`.
        anchor: Anchor,
        /// The words.
        text: String,
    },
}

/// Which end of a text is at its `x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Its first letter.
    Start,
    /// Its middle.
    Middle,
    /// Its last letter.
    End,
}

/// What a shape says; the shell gives each its colour *and* its pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// The column of a deploy, tinted by its first phase.
    Phase(PhaseName),
    /// Work while traffic flows.
    Work,
    /// Traffic flows, nothing is run.
    Flows,
    /// A short wait.
    Brief,
    /// Waits for the whole run.
    Waits,
    /// Queries fail.
    Fails,
    /// The moment from which queries fail or wait.
    Strike,
    /// Nobody can say.
    Unknown,
    /// Likely range of a time.
    Range,
    /// Undo is free.
    UndoFree,
    /// Undo costs something or is impossible.
    UndoCosts,
    /// From here on undo is no longer free.
    NoReturn,
    /// Paper under a text.
    Paper,
    /// A step's number.
    Number,
    /// A heading.
    Heading,
    /// An ordinary label.
    Label,
    /// A name from the database.
    Code,
    /// A secondary label.
    Hint,
    /// A label about failing or waiting.
    Alarm,
}

impl Meaning {
    /// A stable word, used as a class name by the shells.
    pub fn id(self) -> &'static str {
        match self {
            Meaning::Phase(PhaseName::Expand) => "phase-expand",
            Meaning::Phase(PhaseName::Migrate) => "phase-migrate",
            Meaning::Phase(PhaseName::Switch) => "phase-switch",
            Meaning::Phase(PhaseName::Contract) => "phase-contract",
            Meaning::Work => "work",
            Meaning::Flows => "flows",
            Meaning::Brief => "brief",
            Meaning::Waits => "waits",
            Meaning::Fails => "fails",
            Meaning::Strike => "strike",
            Meaning::Unknown => "unknown",
            Meaning::Range => "range",
            Meaning::UndoFree => "undo-free",
            Meaning::UndoCosts => "undo-costs",
            Meaning::NoReturn => "no-return",
            Meaning::Paper => "paper",
            Meaning::Number => "number",
            Meaning::Heading => "heading",
            Meaning::Label => "label",
            Meaning::Code => "code",
            Meaning::Hint => "hint",
            Meaning::Alarm => "alarm",
        }
    }

    fn of(traffic: Traffic) -> Meaning {
        match traffic {
            Traffic::Flows => Meaning::Work,
            Traffic::WaitsBriefly => Meaning::Brief,
            Traffic::Waits => Meaning::Waits,
            Traffic::Fails => Meaning::Fails,
            Traffic::Unknown => Meaning::Unknown,
        }
    }
}
