//! Comments that speak to the planner: `-- lockstep: ignore …`.

/// What such a comment says behind `lockstep:`; none for any other comment.
pub fn directive(comment: &str) -> Option<&str> {
    let words = comment.trim_start_matches(['-', '#', '/', '*', '!', ' ', '\t']);
    let words = words.strip_suffix("*/").unwrap_or(words);
    let head = words.get(.."lockstep:".len())?;
    head.eq_ignore_ascii_case("lockstep:").then(|| words.get(head.len()..).unwrap_or_default().trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_is_said_to_it() {
        for (comment, said) in [
            ("-- lockstep: ignore a because b", Some("ignore a because b")),
            ("--lockstep:ignore a", Some("ignore a")),
            ("# Lockstep: x", Some("x")),
            ("/* lockstep: ignore a\n because b */", Some("ignore a\n because b")),
            ("-- about lockstep: ignore a", None),
            ("-- locksté", None),
            ("--", None),
        ] {
            assert_eq!(directive(comment), said, "{comment}");
        }
    }
}
