//! Columns of one table and what they are called in another.

use crate::change::{DataType, Ident};
use crate::recipes::Cx;

/// A column of one table and what it is called in the other.
#[derive(Debug, Clone)]
pub struct Pair {
    /// In the table that is written, or had it first.
    pub from: Ident,
    /// In the other table.
    pub to: Ident,
    /// Its type, where it is known.
    pub data_type: Option<DataType>,
}

/// A text for each pair: `\u{1}` stands for the column of the first table, `\u{2}` for that of the other.
pub fn each(cx: &Cx<'_>, pairs: &[Pair], between: &str, text: &str) -> String {
    said(cx, pairs, between, &|_| text.to_string())
}

/// The same with a text that depends on the pair.
pub fn said(cx: &Cx<'_>, pairs: &[Pair], between: &str, text: &dyn Fn(&Pair) -> String) -> String {
    let mut all = String::new();
    for pair in pairs {
        if !all.is_empty() {
            all.push_str(between);
        }
        let text = text(pair).replace('\u{1}', &cx.ident(&pair.from));
        all.push_str(&text.replace('\u{2}', &cx.ident(&pair.to)));
    }
    all
}
