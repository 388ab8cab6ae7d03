//! Which server the plan is for: an engine and its version.
//!
//! In: text such as `postgres:16` or `mysql:8.0.28`. Out: a [`Target`]. Never: knowledge of what an engine does.
//!
//! A build may hold some engines only (cargo features `postgres`, `mysql`, `sqlite`), and this file alone knows which. There
//! is no target of an engine that is not held, so nothing can be answered for it by mistake; and since [`Target::engine`]
//! is a constant where one family is held, the compiler leaves out what is for others.

use crate::order::Gather;
use std::fmt;

/// The four engines, in the order in which they are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Engine {
    /// PostgreSQL 11–18.
    Postgres,
    /// MySQL 5.7–9.x with InnoDB.
    MySql,
    /// MariaDB 10.3–11.8 with InnoDB.
    MariaDb,
    /// SQLite 3.25 and later.
    Sqlite,
}

impl Engine {
    /// Every engine, in the order in which they are offered.
    pub const ALL: [Engine; 4] = [Engine::Postgres, Engine::MySql, Engine::MariaDb, Engine::Sqlite];

    /// The stable id used in requests and reports: `postgres`, `mysql`, `mariadb`, `sqlite`.
    pub fn id(self) -> &'static str {
        match self {
            Engine::Postgres => "postgres",
            Engine::MySql => "mysql",
            Engine::MariaDb => "mariadb",
            Engine::Sqlite => "sqlite",
        }
    }

    /// The product's own spelling: `PostgreSQL`, `MySQL`, `MariaDB`, `SQLite`.
    pub fn title(self) -> &'static str {
        match self {
            Engine::Postgres => "PostgreSQL",
            Engine::MySql => "MySQL",
            Engine::MariaDb => "MariaDB",
            Engine::Sqlite => "SQLite",
        }
    }

    /// The versions offered to choose from, newest first; the first is what a bare engine name means.
    pub fn versions(self) -> &'static [&'static str] {
        match self {
            Engine::Postgres => &["18", "17", "16", "15", "14", "13", "12", "11"],
            Engine::MySql => &["9", "8.4", "8.0", "5.7"],
            Engine::MariaDb => &["11.8", "11.4", "11.2", "10.11", "10.6", "10.5", "10.4", "10.3"],
            Engine::Sqlite => &["3.54", "3.53", "3.50", "3.45", "3.42", "3.37", "3.35", "3.31", "3.26", "3.25"],
        }
    }

    /// The engines that share one dialect, by the id of the first; a build holds all of them or none.
    pub fn family(self) -> &'static str {
        match self {
            Engine::MariaDb => Engine::MySql.id(),
            other => other.id(),
        }
    }

    /// This build holds the engine's facts, SQL and recipes.
    pub const fn is_held(self) -> bool {
        match self {
            Engine::Postgres => cfg!(feature = "postgres"),
            Engine::MySql | Engine::MariaDb => cfg!(feature = "mysql"),
            Engine::Sqlite => cfg!(feature = "sqlite"),
        }
    }

    /// This build holds one of them.
    pub const fn any_held(engines: &[Engine]) -> bool {
        match engines {
            [] => false,
            [first, others @ ..] => first.is_held() || Engine::any_held(others),
        }
    }

    /// MySQL or MariaDB: one SQL dialect family.
    pub fn is_mysql_family(self) -> bool {
        matches!(self, Engine::MySql | Engine::MariaDb)
    }
}

/// A static list of what is made for some engines (`for_engine`), without what this build does not hold: the compiler
/// evaluates it, and what is named by no list is not compiled in.
macro_rules! held {
    ($(#[$doc:meta])* $name:ident: $kind:ty = $every:expr) => {
        $(#[$doc])*
        pub static $name: &[&$kind] = {
            const EVERY: &[&$kind] = $every;
            const HELD: usize = {
                let (mut held, mut left) = (0, EVERY);
                while let [one, others @ ..] = left {
                    held += $crate::target::Engine::any_held(one.for_engine) as usize;
                    left = others;
                }
                held
            };
            #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
            const LIST: [&$kind; HELD] = {
                let (mut list, mut held, mut left) = ([EVERY[0]; HELD], 0, EVERY);
                while let [one, others @ ..] = left {
                    if $crate::target::Engine::any_held(one.for_engine) {
                        list[held] = *one;
                        held += 1;
                    }
                    left = others;
                }
                list
            };
            &LIST
        };
    };
}
pub(crate) use held;

/// A version with up to three parts. A part that was not given is the newest of its line
/// (`mysql:8.0` means the last 8.0 release), stored as [`Version::NEWEST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version {
    /// First part, e.g. 16 or 8.
    pub major: u16,
    /// Second part, or [`Version::NEWEST`].
    pub minor: u16,
    /// Third part, or [`Version::NEWEST`].
    pub patch: u16,
}

impl Version {
    /// Stands for "the newest of this line" where a part was left out.
    pub const NEWEST: u16 = u16::MAX;

    /// A full version.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Version { major, minor, patch }
    }

    /// True when this version is `major.minor.patch` or later.
    pub fn at_least(self, major: u16, minor: u16, patch: u16) -> bool {
        self >= Version::new(major, minor, patch)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.major)?;
        if self.minor != Version::NEWEST {
            write!(out, ".{}", self.minor)?;
            if self.patch != Version::NEWEST {
                write!(out, ".{}", self.patch)?;
            }
        }
        Ok(())
    }
}

/// An engine at a version: what every fact is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target {
    engine: Engine,
    /// Its version.
    pub version: Version,
}

/// Why a target could not be read; the sentence says what is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadTarget {
    /// What was given.
    pub given: String,
    /// What is wrong with it and what would be right.
    pub message: String,
    /// The engine is known, but this build does not hold it.
    pub not_held: bool,
}

impl Target {
    /// Reads `engine[:version]`. Aliases: `pg`, `postgresql`, `sqlite3`.
    /// A version outside the supported range is an error that names the range.
    pub fn parse(text: &str) -> Result<Target, BadTarget> {
        let bad = |message: String| BadTarget { given: text.to_string(), message, not_held: false };
        let (name, version) = match text.trim().split_once([':', '@', ' ']) {
            Some((name, version)) => (name.trim().to_ascii_lowercase(), Some(version.trim())),
            None => (text.trim().to_ascii_lowercase(), None),
        };
        let engine = match name.as_str() {
            "postgres" | "postgresql" | "pg" => Engine::Postgres,
            "mysql" => Engine::MySql,
            "mariadb" => Engine::MariaDb,
            "sqlite" | "sqlite3" => Engine::Sqlite,
            _ => {
                return Err(bad(format!(
                    "unknown engine \"{name}\"; use postgres:16, mysql:8.0, mariadb:10.11 or sqlite:3.45"
                )));
            }
        };
        let newest = engine.versions().first().copied().unwrap_or_default();
        let wanted = match version {
            None | Some("") => newest,
            Some(version) => version,
        };
        let version = parse_version(wanted)
            .ok_or_else(|| bad(format!("\"{wanted}\" is not a version; write it like {}:{newest}", engine.id())))?;
        let (lowest, highest) = supported_range(engine);
        if version < lowest || version.major > highest.major {
            return Err(bad(format!(
                "{} {version} is not covered; supported are {} {lowest} to {}",
                engine.title(),
                engine.title(),
                newest
            )));
        }
        match engine.is_held() {
            true => Ok(Target { engine, version }),
            false => Err(BadTarget { not_held: true, ..bad(not_held(engine)) }),
        }
    }

    /// The engine, one that this build holds.
    #[inline(always)]
    pub fn engine(self) -> Engine {
        match self.engine {
            Engine::MySql if Engine::MySql.is_held() => Engine::MySql,
            Engine::MariaDb if Engine::MariaDb.is_held() => Engine::MariaDb,
            Engine::Sqlite if Engine::Sqlite.is_held() => Engine::Sqlite,
            _ if Engine::Postgres.is_held() => Engine::Postgres,
            // No target has an engine that is not held: the first one that is stands here so that the compiler sees it.
            _ if Engine::MySql.is_held() => Engine::MySql,
            _ => Engine::Sqlite,
        }
    }

    /// The id that [`Target::parse`] reads back: `postgres:16`.
    pub fn id(self) -> String {
        format!("{}:{}", self.engine().id(), self.version)
    }

    /// For sentences: `PostgreSQL 16`.
    pub fn title(self) -> String {
        format!("{} {}", self.engine().title(), self.version)
    }
}

fn not_held(engine: Engine) -> String {
    let held: Vec<&str> = Engine::ALL.iter().filter(|engine| engine.is_held()).map(|engine| engine.title()).gather();
    let held = if held.is_empty() { "no engine".to_string() } else { held.join(" and ") };
    format!("this build of Lockstep does not hold {}; it holds {held}", engine.title())
}

fn supported_range(engine: Engine) -> (Version, Version) {
    match engine {
        Engine::Postgres => (Version::new(11, 0, 0), Version::new(18, 0, 0)),
        Engine::MySql => (Version::new(5, 7, 0), Version::new(9, 0, 0)),
        Engine::MariaDb => (Version::new(10, 3, 0), Version::new(11, 0, 0)),
        Engine::Sqlite => (Version::new(3, 25, 0), Version::new(3, 0, 0)),
    }
}

fn parse_version(text: &str) -> Option<Version> {
    let mut parts = text.trim_start_matches('v').split('.');
    let major = parts.next()?.parse().ok()?;
    let mut part = || match parts.next() {
        None => Some(Version::NEWEST),
        Some(digits) => digits.parse::<u16>().ok().filter(|n| *n != Version::NEWEST),
    };
    let (minor, patch) = (part()?, part()?);
    parts.next().is_none().then_some(Version { major, minor, patch })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_engines_and_versions() {
        for (text, id) in [
            ("postgres:16", "postgres:16"),
            ("PG:11", "postgres:11"),
            ("mysql:8.0.28", "mysql:8.0.28"),
            ("mariadb:10.11", "mariadb:10.11"),
            ("sqlite3", "sqlite:3.54"),
        ] {
            assert_eq!(Target::parse(text).map(Target::id), Ok(id.to_string()), "{text}");
        }
    }

    #[test]
    fn a_line_means_its_newest_release() {
        let target = Target::parse("mysql:8.0").map(|t| t.version.at_least(8, 0, 29));
        assert_eq!(target, Ok(true));
    }

    #[test]
    fn refuses_with_a_reason() {
        for text in ["oracle:19", "postgres:10", "postgres:x", "mysql:8.0.1.2", "sqlite:4"] {
            assert!(Target::parse(text).is_err(), "{text}");
        }
    }
}
