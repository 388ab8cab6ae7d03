//! How an engine writes quotes, comments and names. Everything that the lexer asks, it asks here.

use crate::target::{Engine, Target};

/// Lexical habits of one engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// `\'` inside quotes is a quote.
    pub backslash_escapes: bool,
    /// `"…"` is a string rather than an identifier.
    pub double_quoted_strings: bool,
    /// `` `…` `` is an identifier.
    pub backtick_idents: bool,
    /// `[…]` is an identifier.
    pub bracket_idents: bool,
    /// A string may stand where an identifier is expected.
    pub strings_as_idents: bool,
    /// `$tag$ … $tag$` anywhere.
    pub dollar_quotes: bool,
    /// `$$ … $$` as the body of a routine, after `AS`.
    pub dollar_bodies: bool,
    /// `E'…'` and `U&'…'`.
    pub escape_strings: bool,
    /// `/* /* */ */`.
    pub nested_comments: bool,
    /// `--` is a comment only before white space.
    pub dash_needs_space: bool,
    /// `#` starts a comment.
    pub hash_comments: bool,
    /// `/*! … */` is read as SQL.
    pub executable_comments: Option<Executable>,
    /// `1abc` is an identifier.
    pub digit_idents: bool,
    /// Names may contain `$`.
    pub dollar_in_names: bool,
    /// `?`, `:name`, `@name` and `$name` are parameters or variables.
    pub sigil_params: bool,
    /// Unquoted names become lower case.
    pub folds_to_lower: bool,
    /// psql: a backslash starts a client command that ends with its line.
    pub backslash_commands: bool,
    /// mysql: `\g` and `\G` end a statement, `DELIMITER` changes what does.
    pub delimiter_command: bool,
    /// sqlite3: a dot at the start of a line starts a client command.
    pub dot_commands: bool,
    /// Routines and triggers have `BEGIN … END` bodies that hold statements.
    pub compound_bodies: bool,
    /// `BEGIN ATOMIC … END` bodies and parenthesised rule bodies.
    pub atomic_bodies: bool,
}

/// Which `/*!nnnnn … */` comments a server reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Executable {
    /// The server's version as `major * 10000 + minor * 100 + patch`.
    pub server: u32,
    /// MariaDB: reads `/*M! … */` and skips what only MySQL 5.7 and later know.
    pub mariadb: bool,
}

impl Executable {
    /// Whether a comment with this version number is read as SQL.
    pub fn reads(self, version: u32) -> bool {
        version <= self.server && !(self.mariadb && (50_700..=99_999).contains(&version))
    }
}

impl Dialect {
    /// The habits of a target.
    pub fn of(target: Target) -> Dialect {
        let mysql = target.engine().is_mysql_family();
        let postgres = target.engine() == Engine::Postgres;
        let sqlite = target.engine() == Engine::Sqlite;
        let part = |n: u16| u32::from(n.min(98));
        let version = target.version;
        let server = u32::from(version.major) * 10_000 + part(version.minor) * 100 + part(version.patch);
        Dialect {
            backslash_escapes: mysql,
            double_quoted_strings: mysql,
            backtick_idents: !postgres,
            bracket_idents: sqlite,
            strings_as_idents: !postgres,
            dollar_quotes: postgres,
            dollar_bodies: target.engine() == Engine::MySql && version.major >= 9,
            escape_strings: postgres,
            nested_comments: postgres,
            dash_needs_space: mysql,
            hash_comments: mysql,
            executable_comments: mysql.then_some(Executable { server, mariadb: target.engine() == Engine::MariaDb }),
            digit_idents: mysql,
            dollar_in_names: true,
            sigil_params: !postgres,
            folds_to_lower: postgres,
            backslash_commands: postgres,
            delimiter_command: mysql,
            dot_commands: sqlite,
            compound_bodies: !postgres,
            atomic_bodies: postgres,
        }
    }
}
