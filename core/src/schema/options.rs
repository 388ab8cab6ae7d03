//! What MySQL and MariaDB write behind CREATE TABLE, and what its character set means for columns.

use crate::change::{Charset, ColumnDef, DataType, TableDef};
use crate::order::PushAll;

/// The value of a table option as written after CREATE TABLE, in lower case: `engine`, `row_format`, `charset`.
pub fn option(options: &str, name: &str) -> Option<String> {
    let mut words = options
        .split(|c: char| c.is_whitespace() || matches!(c, '=' | ',' | '(' | ')' | '\'' | '"' | '`'))
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase);
    words.find(|word| word == name)?;
    words.next()
}

/// The character set that a collation is of.
pub fn of_collation(collation: &str) -> String {
    collation.split('_').next().unwrap_or_default().to_string()
}

/// Bytes that a character of the character set takes at most.
pub fn most_bytes_of(charset: &str) -> u32 {
    match charset {
        "utf8mb4" | "utf16" | "utf16le" | "utf32" | "gb18030" => 4,
        "utf8" | "utf8mb3" | "eucjpms" | "ujis" => 3,
        "ucs2" | "gbk" | "gb2312" | "big5" | "sjis" | "cp932" | "euckr" => 2,
        _ => 1,
    }
}

/// The type that holds as many characters once they take more bytes, as the server chooses it when it converts.
fn wider(base: &str) -> &str {
    match base {
        "tinytext" => "text",
        "text" => "mediumtext",
        "mediumtext" => "longtext",
        other => other,
    }
}

impl ColumnDef {
    /// A character column of MySQL.
    pub fn is_character(&self) -> bool {
        self.data_type.as_ref().is_some_and(|data_type| {
            matches!(
                data_type.base.as_str(),
                "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set"
            )
        })
    }
}

impl TableDef {
    /// The default character set that the options say.
    pub fn charset(&self) -> Option<String> {
        let charset = option(&self.options, "charset").or_else(|| match option(&self.options, "set") {
            Some(after) if self.options.to_ascii_lowercase().contains("character set") => Some(after),
            Some(_) | None => None,
        });
        charset.or_else(|| option(&self.options, "collate").map(|collation| of_collation(&collation)))
    }

    /// `CONVERT TO CHARACTER SET`: of the table and of every character column. A TEXT grows with the bytes of its characters.
    pub fn convert_to(&mut self, to: &Charset) {
        let bytes = |charset: Option<&String>| charset.map(|charset| most_bytes_of(charset));
        let (of_table, now) = (self.charset(), bytes(to.charset.as_ref()));
        for column in self.columns.iter_mut().filter(|column| column.is_character()) {
            column.collation = None;
            if let Some(data_type) = &mut column.data_type {
                let own = data_type.charset.take().and_then(|said| said.charset);
                let was = bytes(own.as_ref().or(of_table.as_ref()));
                let base = wider(&data_type.base).to_string();
                if was.is_some() && was < now && data_type.base != base {
                    *data_type = DataType::simple(base);
                }
            }
        }
        self.say_charset(to);
    }

    /// `DEFAULT CHARACTER SET`: of columns to come. Those that follow the table keep what it had, where that is known.
    pub fn set_default_charset(&mut self, to: &Charset) {
        let Some(was) = self.charset() else { return };
        let collation = option(&self.options, "collate");
        for column in self.columns.iter_mut().filter(|c| c.is_character() && c.collation.is_none()) {
            if let Some(data_type) = &mut column.data_type {
                let own = Charset { charset: Some(was.clone()), collation: collation.clone() };
                data_type.charset.get_or_insert(own);
            }
        }
        self.say_charset(to);
    }

    /// Puts a character set in the place of those that the options say; none for `DEFAULT`, which is the database's.
    fn say_charset(&mut self, to: &Charset) {
        let mut kept = without_charset(&self.options);
        let charset = to.charset.as_ref().filter(|charset| !charset.eq_ignore_ascii_case("default"));
        for (word, value) in [("CHARSET", charset), ("COLLATE", to.collation.as_ref())] {
            if let Some(value) = value {
                kept = format!("{kept} {word}={value}");
            }
        }
        self.options = kept.trim().to_string();
    }
}

/// The options as names and values, in lower case; the name is without DEFAULT. Of those that are given twice the first counts.
pub fn table_options(options: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut words = words(options).into_iter().map(bare);
    while let Some(mut name) = words.next() {
        match name.as_str() {
            "default" => continue,
            "character" => (name, _) = ("charset".to_string(), words.next()),
            _ => {}
        }
        let value = words.next().unwrap_or_default();
        if !found.iter().any(|(known, _)| *known == name) {
            found.push((name, value.trim_matches(['\'', '"', '`']).to_string()));
        }
    }
    found
}

/// A word in lower case, without what follows it; a text in quotes as it is.
fn bare(word: &str) -> String {
    let word = word.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '=' | ','));
    if word.starts_with(['\'', '"']) { word.to_string() } else { word.to_lowercase() }
}

/// Options without `[DEFAULT] CHARSET x`, `[DEFAULT] CHARACTER SET x` and `[DEFAULT] COLLATE x`.
fn without_charset(options: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut words = words(options).into_iter();
    while let Some(word) = words.next() {
        let more = match bare(word).as_str() {
            "charset" | "collate" => 1,
            "character" => 2,
            _ => {
                kept.push(word);
                continue;
            }
        };
        kept.pop_if(|before| bare(before) == "default");
        words.by_ref().take(more).for_each(drop);
    }
    kept.concat().trim_end_matches([' ', ',']).to_string()
}

/// Words, each with the blanks, `=` and commas that follow it; a text in quotes is one.
fn words(options: &str) -> Vec<&str> {
    let (mut found, mut start, mut quote, mut after) = (Vec::new(), 0, None, false);
    for (at, c) in options.char_indices() {
        let gap = quote.is_none() && (c.is_whitespace() || matches!(c, '=' | ','));
        if after && !gap {
            found.push_all(options.get(start..at));
            start = at;
        }
        after = gap;
        match quote {
            Some(open) if open == c => quote = None,
            None if matches!(c, '\'' | '"' | '`') => quote = Some(c),
            _ => {}
        }
    }
    found.push_all(options.get(start..).filter(|word| !word.is_empty()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Ident, Name};

    fn table(options: &str) -> TableDef {
        let column = |name: &str, base: &str| ColumnDef::new(Ident::new(name), DataType::simple(base));
        let columns = vec![column("id", "int"), column("name", "varchar")];
        TableDef { columns, options: options.to_string(), ..TableDef::new(Name::new("t")) }
    }

    fn to(charset: &str, collation: Option<&str>) -> Charset {
        Charset { charset: Some(charset.to_string()), collation: collation.map(str::to_string) }
    }

    #[test]
    fn options_are_read_in_any_spelling() {
        let options = "ENGINE=InnoDB DEFAULT CHARSET = latin1 row_format COMPRESSED";
        assert_eq!(option(options, "engine").as_deref(), Some("innodb"));
        assert_eq!(option(options, "charset").as_deref(), Some("latin1"));
        assert_eq!(option(options, "row_format").as_deref(), Some("compressed"));
        assert_eq!(option(options, "key_block_size"), None);
    }

    #[test]
    fn another_charset_takes_the_place_of_every_spelling() {
        for (options, rest) in [
            (
                "ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_bin COMMENT='COLLATE x'",
                "ENGINE=InnoDB COMMENT='COLLATE x'",
            ),
            ("DEFAULT CHARACTER SET latin1, ENGINE = InnoDB", "ENGINE = InnoDB"),
            ("default collate = 'latin1_bin' ROW_FORMAT=DYNAMIC", "ROW_FORMAT=DYNAMIC"),
            ("CHARACTER SET = latin1", ""),
            ("", ""),
        ] {
            let mut table = table(options);
            table.convert_to(&to("utf8mb4", Some("utf8mb4_bin")));
            assert_eq!(table.options, format!("{rest} CHARSET=utf8mb4 COLLATE=utf8mb4_bin").trim(), "{options}");
            assert_eq!(table.charset().as_deref(), Some("utf8mb4"));
        }
    }

    #[test]
    fn names_and_values() {
        let options =
            "ENGINE=InnoDB  default CHARACTER SET latin1, COMMENT = 'A, b=c' ENGINE=MyISAM ROW_FORMAT DEFAULT";
        let found = table_options(options);
        let found: Vec<(&str, &str)> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let wanted = [("engine", "innodb"), ("charset", "latin1"), ("comment", "A, b=c"), ("row_format", "default")];
        assert_eq!(found, wanted);
        assert_eq!(table_options(""), []);
    }

    #[test]
    fn columns_keep_what_the_table_had_unless_they_are_converted() {
        let own =
            |table: &TableDef| table.columns.iter().map(|c| c.data_type.as_ref()?.charset.clone()).collect::<Vec<_>>();
        let mut known = table("CHARSET=latin1");
        known.set_default_charset(&to("utf8mb4", None));
        assert_eq!(own(&known), [None, Some(to("latin1", None))]);
        known.convert_to(&to("utf8mb4", None));
        assert_eq!(own(&known), [None, None]);
        // What it had is not known: what columns have is not either.
        let mut unknown = table("ENGINE=InnoDB");
        unknown.set_default_charset(&to("utf8mb4", None));
        assert_eq!((unknown.options.as_str(), own(&unknown)), ("ENGINE=InnoDB", vec![None, None]));
    }
}
