//! Statements about servers, logs, plugins and replication: named, each with what can be said of it.

use super::Header;
use super::cursor::Cursor;
use crate::change::{Change, ObjectKind, ObjectVerb, OpaqueWhy};
use crate::target::{Engine, Target};

/// What a statement of this family is.
#[derive(Debug, Clone, Copy)]
enum Class {
    /// Changes the server's state, not tables.
    System,
    /// Adds or removes server code.
    Plugin(ObjectVerb),
    /// Stops the server, replaces its data, or runs what cannot be seen.
    Opaque,
}

const POSTGRES: [(&str, Class); 4] = [
    ("CHECKPOINT", Class::System),
    ("LOAD", Class::Opaque),
    ("WAIT FOR LSN", Class::System),
    ("REPACK", Class::Opaque),
];

const MYSQL: [(&str, Class); 35] = [
    ("RESET MASTER", Class::System),
    ("RESET SLAVE", Class::System),
    ("RESET REPLICA", Class::System),
    ("RESET BINARY LOGS", Class::System),
    ("RESET QUERY CACHE", Class::System),
    ("CHANGE REPLICATION SOURCE", Class::System),
    ("CHANGE REPLICATION FILTER", Class::System),
    ("CHANGE MASTER", Class::System),
    ("START REPLICA", Class::System),
    ("STOP REPLICA", Class::System),
    ("START SLAVE", Class::System),
    ("STOP SLAVE", Class::System),
    ("START ALL SLAVES", Class::System),
    ("STOP ALL SLAVES", Class::System),
    ("START ALL REPLICAS", Class::System),
    ("STOP ALL REPLICAS", Class::System),
    ("START GROUP_REPLICATION", Class::System),
    ("STOP GROUP_REPLICATION", Class::System),
    ("PURGE BINARY LOGS", Class::System),
    ("PURGE MASTER LOGS", Class::System),
    ("BACKUP STAGE", Class::System),
    ("BACKUP LOCK", Class::System),
    ("BACKUP UNLOCK", Class::System),
    ("KILL", Class::System),
    ("INSTALL PLUGIN", Class::Plugin(ObjectVerb::Create)),
    ("INSTALL SONAME", Class::Plugin(ObjectVerb::Create)),
    ("INSTALL COMPONENT", Class::Plugin(ObjectVerb::Create)),
    ("UNINSTALL PLUGIN", Class::Plugin(ObjectVerb::Drop)),
    ("UNINSTALL SONAME", Class::Plugin(ObjectVerb::Drop)),
    ("UNINSTALL COMPONENT", Class::Plugin(ObjectVerb::Drop)),
    ("BINLOG", Class::Opaque),
    ("CLONE", Class::Opaque),
    ("RESTART", Class::Opaque),
    ("SHUTDOWN", Class::Opaque),
    ("LOAD", Class::Opaque),
];

pub(super) fn read(c: &mut Cursor<'_>, target: Target) -> Option<Header> {
    let statements: &[(&str, Class)] = match target.engine() {
        Engine::Postgres => &POSTGRES,
        Engine::MySql | Engine::MariaDb => &MYSQL,
        Engine::Sqlite => return None,
    };
    // MariaDB: it is held until BACKUP STAGE END or BACKUP UNLOCK.
    let held = target.engine() == Engine::MariaDb;
    if held && c.is_phrase("BACKUP LOCK") || held && c.is_phrase("BACKUP STAGE") && !c.is_phrase("BACKUP STAGE END") {
        let mode = c.source().to_string();
        let form = if c.is_phrase("BACKUP LOCK") { "backup lock" } else { "backup stage" };
        return Some(Header::exact(form, c, Change::LockTable { tables: Vec::new(), mode }));
    }
    let (words, class) = statements.iter().find(|(words, _)| c.is_phrase(words))?;
    let form = words.to_ascii_lowercase();
    Some(match class {
        Class::System => Header::object(form, c, ObjectVerb::Alter, ObjectKind::System, None, None),
        Class::Plugin(verb) => Header::object(form, c, *verb, ObjectKind::Extension, None, None),
        Class::Opaque => Header::opaque(form, c, OpaqueWhy::RunsCode),
    })
}
