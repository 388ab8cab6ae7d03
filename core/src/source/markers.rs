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

#[cfg(test)]
mod tests {
    use super::*;

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
