//! UPDATE and DELETE taken apart by their text.
//!
//! In: one statement. Out: pieces of its text. Never: a form that joins, returns or sorts.

use super::words;
use crate::change::{Ident, RowFilter};

/// What stands after SET and after WHERE; none for forms that join, return or sort.
pub struct Parts<'a> {
    /// Behind SET, or the table of a DELETE.
    pub set: &'a str,
    /// Behind WHERE.
    pub condition: &'a str,
}

impl<'a> Parts<'a> {
    /// Takes the text apart.
    pub fn read(sql: &'a str, update: bool) -> Option<Parts<'a>> {
        let sql = sql.trim().trim_end_matches(';').trim_end();
        let foreign = ["from", "using", "returning", "with", "only", "as"];
        let starts = if update { words::find_clause(sql, "set", 0)? } else { words::find_clause(sql, "from", 0)? };
        let after = starts + if update { "set".len() } else { "from".len() };
        if foreign.iter().any(|word| words::find_clause(sql, word, after).is_some()) {
            return None;
        }
        let place = words::find_clause(sql, "where", after);
        let set = sql.get(after..place.unwrap_or(sql.len()))?.trim();
        let condition = place.and_then(|at| sql.get(at + "where".len()..)).unwrap_or("").trim();
        let head = sql.get(..starts)?;
        // An alias between the table and SET would not be known inside the batches.
        let aliased = if update { head.split_whitespace().count() > 2 } else { set.split_whitespace().count() > 1 };
        (!aliased).then_some(Parts { set, condition })
    }
}

/// `SET a = x, b = y` of an UPDATE of all rows, or of those that are not filled yet.
pub fn assignments(sql: &str, columns: &[Ident], filter: &RowFilter) -> Option<Vec<(Ident, String)>> {
    let parts = Parts::read(sql, true)?;
    let all = match filter {
        RowFilter::All => true,
        RowFilter::Where { .. } => {
            let condition = parts.condition.to_ascii_lowercase();
            columns.iter().any(|c| condition == format!("{} is null", c.value))
        }
    };
    if !all {
        return None;
    }
    let mut found = Vec::new();
    for piece in words::split_commas(parts.set) {
        let (name, value) = piece.split_once('=')?;
        found.push((words::stored(name), value.trim().to_string()));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::Parts;

    #[test]
    fn reads_plain_statements_only() {
        let parts = |sql, update| Parts::read(sql, update).map(|p| (p.set.to_string(), p.condition.to_string()));
        assert_eq!(
            parts("UPDATE t SET a = (SELECT 1 FROM x WHERE y), b = 2 WHERE c = 'where';", true),
            Some(("a = (SELECT 1 FROM x WHERE y), b = 2".to_string(), "c = 'where'".to_string()))
        );
        assert_eq!(parts("DELETE FROM t", false).map(|p| p.1), Some(String::new()));
        for (sql, update) in [
            ("UPDATE t SET a = 1 FROM x WHERE x.id = t.id", true),
            ("UPDATE t AS u SET a = 1", true),
            ("UPDATE t u SET a = 1", true),
            ("DELETE FROM t USING x WHERE x.id = t.id", false),
            ("DELETE FROM t u WHERE u.a", false),
            ("DELETE FROM t WHERE a RETURNING *", false),
        ] {
            assert_eq!(parts(sql, update), None, "{sql}");
        }
    }
}
