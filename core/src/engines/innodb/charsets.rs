//! Character sets and collations that a server does not have, and collations of another character set (the lists of MySQL 5.7.22,
//! 8.0.15 and 9.7.4, MariaDB 10.11.18 and 11.8.9). Of a collation the words are looked at, not which of them go together.

use super::column::is_utf8mb3;
use crate::change::Change;
use crate::engines::forms::words_of;
use crate::source::has;
use crate::target::{Engine, Target};
use crate::world::World;

const SETS: &str = " armscii8 ascii big5 binary cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 cp932 dec8 eucjpms euckr gb18030 gb2312 gbk geostd8 greek hebrew hp8 keybcs2 koi8r koi8u latin1 latin2 latin5 latin7 macce macroman sjis swe7 tis620 ucs2 ujis utf16 utf16le utf32 utf8 utf8mb3 utf8mb4 default ";
const WORDS: &str = " ai as ci cs ks bin binary default nopad general unicode 520 0900 mysql500 mysql561 bulgarian chinese croatian czech danish english esperanto estonian german1 german2 hungarian icelandic japanese korean latvian lithuanian myanmar persian polish roman romanian sinhala slovak slovenian spanish spanish2 swedish thai w2 tolower turkish ukrainian vietnamese uca1400 general1400 bg bs cs cyrl da de eo es et gl hr hu is ja la latn lt lv mn nb nn pb pl ro ru sk sl sr sv tr trad vi zh ";
/// What came with 8.0.16 or later, by its first word behind `utf8mb4_`.
const LATER: &str = " bg bs gl mn nb nn sr zh ";

fn among(list: &str, word: &str) -> bool {
    list.contains(&format!(" {word} "))
}

/// Why a statement is refused for what it says of characters.
pub(super) fn refused(sql: &str, change: &Change, world: &World<'_>) -> Option<String> {
    if !["charset", "character", "collate", "names"].iter().any(|word| has(sql, word)) {
        return None;
    }
    let target = world.target;
    let words = words_of(sql, target);
    let is = |at: Option<usize>, wanted: &str| {
        at.and_then(|at| words.get(at)).is_some_and(|word| word.eq_ignore_ascii_case(wanted))
    };
    let name = |at: usize| words.get(at).and_then(|word| plain(word));
    // The word is no reserved one: a column may be called so.
    let rows =
        matches!(change, Change::Insert { .. } | Change::Update { .. } | Change::Delete { .. } | Change::Query { .. });
    (0..words.len()).find_map(|at| {
        let (one, two) = (Some(at), at.checked_sub(1));
        let option = !rows && (is(two, ")") || is(two, "default") || is(at.checked_sub(2), "engine"));
        let set = is(one, "set") && is(two, "character")
            || is(one, "charset") && option
            || at == 1 && is(one, "names") && is(two, "set");
        if is(one, "collate") {
            return name(at + 1).and_then(|name| no_collation(&name, target));
        }
        let set = name(at + 1).filter(|_| set)?;
        if !among(SETS, &set) || set == "gb18030" && target.engine() == Engine::MariaDb {
            return Some(format!("{} has no character set {set} (error 1115)", target.title()));
        }
        let next = at + 2 + usize::from(is(Some(at + 2), "default"));
        let collation = name(next + 1).filter(|_| is(Some(next), "collate"))?;
        let of = collation.split('_').next().unwrap_or_default();
        let alike = set == of || is_utf8mb3(&set) && is_utf8mb3(of);
        let free = set == "default" || matches!(of, "default" | "uca1400");
        (among(SETS, of) && !alike && !free).then(|| format!("{collation} is no collation of {set} (error 1253)"))
    })
}

/// A name, in quotes or not, in lower case.
fn plain(word: &str) -> Option<String> {
    let bare = word.trim_matches(['\'', '"', '`']).to_ascii_lowercase();
    (!bare.is_empty() && bare.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')).then_some(bare)
}

fn no_collation(name: &str, target: Target) -> Option<String> {
    let mysql = target.engine() == Engine::MySql;
    let (set, rest) = name.split_once('_').unwrap_or((name, "bin"));
    let parts = || rest.split('_');
    let known = (among(SETS, set) || set == "uca1400")
        && parts().all(|part| among(WORDS, part))
        && !(mysql && parts().any(|part| part == "nopad"));
    let early = !mysql || !target.version.at_least(8, 0, 16);
    let later = mysql && name == "utf8mb4_0900_bin" || parts().next().is_some_and(|part| among(LATER, part));
    (!known || early && later).then(|| format!("{} has no collation {name} (error 1273)", target.title()))
}
