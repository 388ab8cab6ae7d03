//! Comments by which migration tools say where "up" ends and "down" begins in one file.

/// Which half of a file begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// What the migration does.
    Up,
    /// What takes it back.
    Down,
}

/// One row a marker: its words in lower case without leading dashes and spaces; which half; its tool.
const MARKERS: [(&str, Half, &str); 16] = [
    ("+goose up", Half::Up, "goose"),
    ("+goose down", Half::Down, "goose"),
    ("+migrate up", Half::Up, "sql-migrate"),
    ("+migrate down", Half::Down, "sql-migrate"),
    ("+micrate up", Half::Up, "micrate"),
    ("+micrate down", Half::Down, "micrate"),
    ("migrate:up", Half::Up, "dbmate"),
    ("migrate:down", Half::Down, "dbmate"),
    ("rambler up", Half::Up, "rambler"),
    ("rambler down", Half::Down, "rambler"),
    ("up migration", Half::Up, "node-pg-migrate"),
    ("down migration", Half::Down, "node-pg-migrate"),
    ("!ups", Half::Up, "Play evolutions"),
    ("!downs", Half::Down, "Play evolutions"),
    ("//@undo", Half::Down, "MyBatis Migrations"),
    ("create above / drop below", Half::Down, "tern"),
];

/// The half that a comment begins, if it is such a marker.
pub fn half(comment: &str) -> Option<Half> {
    let words = comment.trim_start_matches(['-', '#', ' ', '\t', '/', '*']);
    // MyBatis writes `-- //@UNDO`: its slashes were trimmed with the rest.
    let words = words.trim_end_matches(['-', ' ', '\t', '\r', '/', '*']);
    if words.len() > 80 {
        return None;
    }
    let lower = words.to_ascii_lowercase();
    MARKERS.iter().find_map(|(marker, half, _)| {
        let rest = lower.strip_prefix(marker.trim_start_matches('/'))?;
        (rest.is_empty() || rest.starts_with([' ', '\t', ','])).then_some(*half)
    })
}

/// How the marker of a tool that opens a transaction begins; the words that say otherwise, there or anywhere.
const TRANSACTIONS: [(&str, &str); 3] =
    [("+goose up", "+goose no transaction"), ("+migrate up", "notransaction"), ("migrate:up", "transaction:false")];

/// The tool whose markers the text has runs it in a transaction.
pub fn opens_transaction(text: &str) -> bool {
    let comments = || text.lines().filter_map(|line| line.trim_start().strip_prefix("--")).map(str::to_ascii_lowercase);
    TRANSACTIONS.iter().any(|(begins, otherwise)| {
        comments().any(|line| line.trim_start_matches(['-', ' ', '\t']).starts_with(begins))
            && !comments().any(|line| line.contains(otherwise))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_who_opens_a_transaction() {
        for (text, expected) in [
            ("-- +goose Up\nSELECT 1;", true),
            ("-- +goose NO TRANSACTION\n-- +goose Up\nSELECT 1;", false),
            ("-- +migrate Up notransaction", false),
            ("--migrate:up", true),
            ("-- migrate:up transaction:false", false),
            ("-- rambler up", false),
            ("SELECT '-- +goose Up'", false),
        ] {
            assert_eq!(opens_transaction(text), expected, "{text}");
        }
    }

    #[test]
    fn knows_the_markers() {
        for (comment, expected) in [
            ("-- +goose Down", Some(Half::Down)),
            ("--+goose Up", Some(Half::Up)),
            ("-- +goose StatementBegin", None),
            ("-- +migrate Down notransaction", Some(Half::Down)),
            ("-- migrate:up transaction:false", Some(Half::Up)),
            ("-- migrate:down", Some(Half::Down)),
            ("# --- !Downs", Some(Half::Down)),
            ("---- create above / drop below ----", Some(Half::Down)),
            ("-- //@UNDO", Some(Half::Down)),
            ("-- Down Migration", Some(Half::Down)),
            ("-- downs are fun", None),
            ("-- +goose downtown", None),
        ] {
            assert_eq!(half(comment), expected, "{comment}");
        }
    }
}
