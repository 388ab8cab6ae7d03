//! Forms that came with a later version of a server, that it no longer has, or that it never had: it answers with an error and
//! does nothing.
//!
//! Only what the words of a statement tell; what a change says is among the facts.

use crate::order::Gather;
use crate::source::{Dialect, Lexer, TokenKind};
use crate::target::Target;

/// How the statement begins; what stands in it; the first version that has it; the first that no longer has it, or 0.
///
/// A word of a form stands for itself in any case; `.` for any name, `()` for brackets with all that is in them, also several with
/// commas between, `'x` for a string that holds `x`, `x*` for a word or string that begins with `x`, `^x` for a word that stands in
/// no brackets. An equals sign is left out of both.
pub(in crate::engines) type Form = (&'static str, &'static str, u32, u32);

/// No version has it.
pub(in crate::engines) const NEVER: u32 = u32::MAX;

/// Tokens that are looked at; a statement can be megabytes of rows.
const MOST: usize = 400;

/// Why the server refuses a statement by its form alone.
pub(in crate::engines) fn refused(sql: &str, target: Target, forms: &[Form]) -> Option<String> {
    let version = target.version;
    let number =
        u32::from(version.major) * 10_000 + u32::from(version.minor.min(99)) * 100 + u32::from(version.patch.min(99));
    let lacks = |form: &&Form| number < form.2 || form.3 != 0 && number >= form.3;
    let mut words = None;
    for form in forms.iter().filter(lacks) {
        let (start, inside, since, gone) = *form;
        // Most statements begin with other words.
        if let (Some(first), Some(c)) = (start.split(' ').next(), sql.chars().next())
            && c.is_ascii_alphabetic()
            && !first.is_empty()
            && !sql.get(..first.len()).is_some_and(|head| head.eq_ignore_ascii_case(first))
        {
            continue;
        }
        let words = words.get_or_insert_with(|| words_of(sql, target));
        if let Some(behind) = matched(words, start, 0)
            && holds(words, inside, behind)
        {
            let form = [start, inside].join(" ").replace(['^', '\'', '*'], "").replace('.', "…");
            let title = target.engine().title();
            return Some(match (since, gone) {
                (NEVER, _) => format!("{title} has no {}", form.trim()),
                (since, _) if number < since => format!("{} came with {title} {}", form.trim(), version_of(since)),
                (_, gone) => format!("{} is gone since {title} {}", form.trim(), version_of(gone)),
            });
        }
    }
    None
}

fn version_of(number: u32) -> String {
    let (major, minor, patch) = (number / 10_000, number / 100 % 100, number % 100);
    if patch == 0 { format!("{major}.{minor}") } else { format!("{major}.{minor}.{patch}") }
}

/// The first tokens; all where something stands behind the rows of an INSERT.
pub(in crate::engines) fn words_of(sql: &str, target: Target) -> Vec<&str> {
    let tail = sql.get(sql.len().saturating_sub(4_000)..).unwrap_or(sql);
    let behind = ["duplicate", "returning"].iter().any(|word| crate::source::has(tail, word));
    let mut lexer = Lexer::new(sql, Dialect::of(target));
    std::iter::from_fn(|| lexer.next_token())
        .filter(|token| token.kind != TokenKind::Comment)
        .map(|token| token.of(sql))
        .filter(|word| *word != "=")
        .take(if behind { usize::MAX } else { MOST })
        .gather()
}

fn holds(words: &[&str], form: &str, from: usize) -> bool {
    form.is_empty() || (from..words.len()).any(|at| matched(words, form, at).is_some())
}

/// The place behind the form, where it stands at this place.
fn matched(words: &[&str], form: &str, mut at: usize) -> Option<usize> {
    for part in form.split(' ').filter(|part| !part.is_empty()) {
        let word = *words.get(at)?;
        let fits = match part.as_bytes() {
            b"." => is_name(word),
            b"()" => {
                at = behind_brackets(words, at)?;
                continue;
            }
            [b'\'', wanted @ ..] => {
                let inside = || word.as_bytes().windows(wanted.len().max(1)).any(|part| part == wanted);
                word.starts_with(['\'', '"']) && (wanted.is_empty() || inside())
            }
            [b'^', wanted @ ..] => word.as_bytes().eq_ignore_ascii_case(wanted) && depth(words, at) == 0,
            [wanted @ .., b'*'] => {
                let bare = word.trim_start_matches(['\'', '"', '`']).as_bytes();
                bare.get(..wanted.len()).is_some_and(|head| head.eq_ignore_ascii_case(wanted))
            }
            wanted => word.as_bytes().eq_ignore_ascii_case(wanted),
        };
        if !fits {
            return None;
        }
        at += 1;
    }
    Some(at)
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '`' | '"' | '['))
}

fn depth(words: &[&str], at: usize) -> i32 {
    words.iter().take(at).map(|word| i32::from(*word == "(") - i32::from(*word == ")")).sum()
}

fn behind_brackets(words: &[&str], mut at: usize) -> Option<usize> {
    let mut open = 0;
    loop {
        match *words.get(at)? {
            "(" => open += 1,
            ")" => open -= 1,
            _ if open == 0 => return None,
            _ => {}
        }
        at += 1;
        if open == 0 {
            match words.get(at..at + 2) {
                Some([",", "("]) => at += 1,
                _ => return Some(at),
            }
        }
    }
}
