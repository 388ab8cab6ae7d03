//! Names of what a plan creates: recognisable, unique, short enough for the server.

use crate::change::{Ident, Name};
use crate::recipes::Cx;

/// First part of every helper's name. `zz` lets our triggers fire after the application's own
/// (servers that order triggers do it by name).
pub const PREFIX: &str = "zz_lockstep";

/// The name of a helper object for these things: `zz_lockstep_users_name`.
pub fn helper(cx: &Cx<'_>, parts: &[&str]) -> Ident {
    let mut text = PREFIX.to_string();
    for part in parts {
        text.push('_');
        text.push_str(part);
    }
    Ident::new(fit(&text, cx.engine().ident_limit()))
}

/// The name of a helper that lives beside `table`, in its schema.
pub fn helper_beside(cx: &Cx<'_>, table: &Name, parts: &[&str]) -> Name {
    let mut all = vec![table.object.value.as_str()];
    all.extend(parts);
    table.sibling(helper(cx, &all).value)
}

/// A name that fits, with a hash of the whole where it had to be cut, so that two long names stay different.
pub fn fit(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_string();
    }
    let hash = format!("_{:08x}", fnv1a(text));
    format!("{}{hash}", cut(text, limit.saturating_sub(hash.len())))
}

/// The longest start of `text` that is no longer than `limit` bytes and ends between characters.
pub fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("")
}

/// The name of what hung on `from` once it hangs on `to`: `users_lower_name_idx` becomes `users_lower_full_name_idx`;
/// a name that does not mention the column gets the new one appended.
pub fn carried_over(cx: &Cx<'_>, name: &str, table: &Name, from: &Ident, to: &Ident) -> String {
    let rest = name.strip_prefix(table.object.value.as_str()).map(|rest| (table.object.value.as_str(), rest));
    let (head, tail) = rest.unwrap_or(("", name));
    let replaced = replace_part(tail, &from.value, &to.value).map(|tail| format!("{head}{tail}"));
    fit(&replaced.unwrap_or_else(|| format!("{name}_{}", to.value)), cx.engine().ident_limit())
}

/// Replaces the first occurrence of `from` that stands between underscores or at an end.
fn replace_part(text: &str, from: &str, to: &str) -> Option<String> {
    if from.is_empty() {
        return None;
    }
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(from).find_map(|(at, _)| {
        let (before, after) = (text.get(..at)?, text.get(at + from.len()..)?);
        let whole = edge(before.chars().next_back()) && edge(after.chars().next());
        whole.then(|| format!("{before}{to}{after}"))
    })
}

/// FNV-1a, 32 bit: stable across versions, unlike the standard library's hasher.
fn fnv1a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_between_characters_and_stay_different() {
        let long = "é".repeat(40);
        let (one, two) = (fit(&format!("{long}1"), 63), fit(&format!("{long}2"), 63));
        assert!(one.len() <= 63 && two.len() <= 63);
        assert_ne!(one, two);
        assert_eq!(fit("short", 63), "short");
    }

    #[test]
    fn only_whole_parts_are_replaced() {
        assert_eq!(replace_part("_lower_name_idx", "name", "full_name").as_deref(), Some("_lower_full_name_idx"));
        assert_eq!(replace_part("_username_idx", "name", "full_name"), None);
    }
}
