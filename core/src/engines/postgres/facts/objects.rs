//! Types, domains, triggers, sequences, functions, grants and other objects of the catalog.

use super::super::answer::Answer;
use super::super::locks::Mode::{
    AccessExclusive, AccessShare, RowExclusive, Share, ShareRowExclusive, ShareUpdateExclusive,
};
use super::{Facts, foreign, forms};
use crate::change::{Name, ObjectKind, ObjectVerb};
use crate::facts::{Blocking, Undo, WorkKind};
use crate::order::Gather;
use crate::schema::Table;

const CATALOG: &str = "utility.c ProcessUtilitySlow";

/// `CREATE TYPE … AS ENUM`.
pub(super) fn create_enum(name: &Name) -> Answer {
    Answer::observed("typecmds.c DefineEnum").work_blocking(WorkKind::Catalog, name, Blocking::Nobody)
}

/// `ALTER TYPE … ADD VALUE`.
pub(super) fn add_enum_value(facts: Facts<'_>, name: &Name) -> Answer {
    Answer::observed("typecmds.c AlterEnum; pg_enum.c AddEnumLabel")
        .work_blocking(WorkKind::Catalog, name, Blocking::Nobody)
        .undo(Undo::No)
        .remark("the new label cannot be used before the commit (55P04); code that does not know it may fail when it reads it")
        .when(!facts.since(12) && !facts.schema().is_of_transaction(name), Answer::not_in_transaction)
}

/// `ALTER TYPE … RENAME VALUE`.
pub(super) fn rename_enum_value(name: &Name, from: &str) -> Answer {
    Answer::observed("typecmds.c AlterEnum; pg_enum.c RenameEnumLabel")
        .work_blocking(WorkKind::Catalog, name, Blocking::Nobody)
        .breaks(format!("every statement that says '{from}' fails (22P02), and readers meet a label they do not know"))
}

/// `ALTER DOMAIN … ADD / VALIDATE CONSTRAINT`, `SET NOT NULL`: every table that uses the domain is read. No CHECK spares
/// SET NOT NULL its scan (observed 11–18).
pub(super) fn domain_constraint(
    facts: Facts<'_>,
    domain: &Name,
    validate: bool,
    not_valid: bool,
    action: &str,
) -> Answer {
    let answer =
        Answer::observed("typecmds.c AlterDomainAddConstraint, AlterDomainNotNull, validateDomainCheckConstraint");
    if action == "DROP NOT NULL" || action.starts_with("DROP CONSTRAINT") {
        return answer.work_blocking(WorkKind::Catalog, domain, Blocking::Nobody);
    }
    let state = if action.to_ascii_lowercase().starts_with("set not null") { 23502 } else { 23514 };
    let answer = if validate {
        answer
    } else {
        answer.remark(format!("writes of a value that breaks the constraint fail from now on ({state})"))
    };
    if not_valid && !validate {
        return answer.work_blocking(WorkKind::Catalog, domain, Blocking::Nobody);
    }
    let answer = answer
        .may_fail(format!("a stored value that breaks the constraint ({state})"))
        .when(!validate && state == 23514, |a| {
            a.online("ADD CONSTRAINT … NOT VALID; VALIDATE CONSTRAINT still locks the tables SHARE")
        });
    let tables = tables_using(facts, domain);
    if tables.is_empty() {
        return answer.work_blocking(WorkKind::Scan { passes: 1 }, domain, Blocking::Writes).assume(format!(
            "the tables that use domain {domain} are not known; each is locked SHARE and read in full"
        ));
    }
    tables.into_iter().fold(answer, |answer, table| answer.lock(table, Share).scan(table, 1, Share))
}

pub(super) fn tables_using<'a>(facts: Facts<'a>, type_name: &'a Name) -> Vec<&'a Name> {
    facts.schema().tables_of_type(type_name).map(|t| &t.def.name).gather()
}

/// What a role owns: the tables known to be its own, and others that nobody named.
fn owned(facts: Facts<'_>, answer: Answer, role: Option<&Name>) -> Answer {
    let of_role = |table: &&Table| role.is_some_and(|role| table.kept_by.owner.as_ref() == Some(&role.object));
    let tables = facts.schema().tables().filter(of_role).map(|table| &table.def.name);
    answer
        .catalog(&Name::new("every relation of the role"), AccessExclusive)
        .locks(tables, AccessExclusive)
        .assume("which relations the role owns is not known; each is locked to the commit")
}

/// An object whose change is one catalog entry.
pub(super) fn object(
    facts: Facts<'_>,
    verb: ObjectVerb,
    kind: ObjectKind,
    name: Option<&Name>,
    on: Option<&Name>,
    words: &str,
) -> Answer {
    let answer = match verb {
        ObjectVerb::Comment => return comment(kind, name, on, words),
        ObjectVerb::Grant | ObjectVerb::Revoke => return privilege(facts, verb, kind, name.or(on)),
        ObjectVerb::Create | ObjectVerb::Replace => {
            forms::create(kind, words).or_else(|| create(facts, verb, kind, name, on, words))
        }
        ObjectVerb::Alter => forms::alter(facts, kind, name, words).or_else(|| alter(facts, kind, name, on, words)),
        ObjectVerb::Rename => forms::alter(facts, kind, name, words).or_else(|| rename(kind, name, on)),
        ObjectVerb::Drop => drop(facts, kind, name, on.or_else(|| forms::relation(facts, kind, name))),
    };
    let nameless = Name::new("catalog");
    let answer = match answer {
        Some(answer) => answer,
        None => plain(verb, kind).work_blocking(WorkKind::Catalog, name.or(on).unwrap_or(&nameless), Blocking::Nobody),
    };
    forms::dependants(facts, verb, kind, name, words, answer)
}

/// One entry of the catalog and no lock on a relation.
pub(super) fn plain(verb: ObjectVerb, kind: ObjectKind) -> Answer {
    let answer = Answer::observed(CATALOG);
    match verb {
        ObjectVerb::Drop => {
            answer.undo(Undo::Lossy).breaks(format!("everything that uses the {} fails", kind_words(kind)))
        }
        ObjectVerb::Rename => answer.breaks(format!("everything that names the {} fails", kind_words(kind))),
        ObjectVerb::Replace => answer.undo(Undo::Lossless),
        ObjectVerb::Create | ObjectVerb::Alter | ObjectVerb::Comment | ObjectVerb::Grant | ObjectVerb::Revoke => answer,
    }
}

fn kind_words(kind: ObjectKind) -> String {
    let mut out = String::new();
    for c in format!("{kind:?}").chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push(' ');
        }
        out.extend(c.to_lowercase());
    }
    out
}

fn create(
    facts: Facts<'_>,
    verb: ObjectVerb,
    kind: ObjectKind,
    name: Option<&Name>,
    on: Option<&Name>,
    words: &str,
) -> Option<Answer> {
    let with = |source: &'static str| Answer::observed(source);
    Some(match (kind, on) {
        (ObjectKind::Trigger, Some(table)) => {
            let answer = with("trigger.c CreateTrigger")
                .catalog(table, ShareRowExclusive)
                .locks(forms::named(facts, words, &["from"]), AccessShare)
                .when(facts.is_partitioned(table), |a| a.locks(facts.heirs(table), ShareRowExclusive));
            if verb == ObjectVerb::Replace { facts.needs(14, "CREATE OR REPLACE TRIGGER", answer) } else { answer }
        }
        (ObjectKind::Rule, Some(table)) => with("rewriteDefine.c DefineQueryRewrite")
            .catalog(table, AccessExclusive)
            .locks(forms::named(facts, words, &["from", "join", "into", "update"]), RowExclusive),
        (ObjectKind::Policy, Some(table)) => with("policy.c CreatePolicy")
            .catalog(table, AccessExclusive)
            .locks(forms::named(facts, words, &["from", "join"]), AccessShare)
            .remark("rows that no policy allows vanish once row security is enabled"),
        (ObjectKind::Statistics, Some(table)) => with("statscmds.c CreateStatistics").catalog(table, ShareUpdateExclusive),
        (ObjectKind::Sequence, Some(table)) => with("sequence.c DefineSequence").catalog(table, AccessShare),
        (ObjectKind::Publication, _) => plain(verb, kind).locks(forms::named(facts, words, &["table"]), ShareUpdateExclusive),
        (ObjectKind::Database | ObjectKind::Tablespace, _) => plain(verb, kind).not_in_transaction(),
        // IMPORT FOREIGN SCHEMA.
        (ObjectKind::ForeignTable, _) => {
            plain(verb, kind).assume("the foreign server gives out its tables; of a wrapper that cannot it is refused (55000)")
        }
        (ObjectKind::Extension, _) => plain(verb, kind)
            .assume(format!("what the script of extension {} does is not known", name.map(Name::to_string).unwrap_or_default())),
        (ObjectKind::Event | ObjectKind::Package | ObjectKind::Logfile | ObjectKind::ResourceGroup, _) => {
            foreign(&format!("CREATE {}", kind_words(kind).to_ascii_uppercase()))
        }
        (ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy, None) => plain(verb, kind)
            .assume("the table is not known; it is locked SHARE ROW EXCLUSIVE by a trigger, ACCESS EXCLUSIVE by a rule or policy"),
        _ => return None,
    })
}

fn alter(facts: Facts<'_>, kind: ObjectKind, name: Option<&Name>, on: Option<&Name>, words: &str) -> Option<Answer> {
    Some(match (kind, on, name) {
        (ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy, Some(table), _) => {
            Answer::observed("policy.c AlterPolicy; trigger.c renametrig")
                .catalog(table, AccessExclusive)
                .locks(forms::named(facts, words, &["from", "join"]), AccessShare)
        }
        (ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::ForeignTable, _, Some(relation)) => {
            Answer::observed("tablecmds.c AlterTableGetLockLevel").catalog(relation, AccessExclusive)
        }
        (ObjectKind::Sequence, _, Some(sequence)) => Answer::observed("sequence.c AlterSequence")
            .catalog(sequence, AccessExclusive)
            .locks(on, AccessShare)
            .assume("OWNER TO, RENAME and SET UNLOGGED lock the sequence ACCESS EXCLUSIVE, other forms SHARE ROW EXCLUSIVE: \
                     nextval waits for either"),
        // The forms that read the tables of the domain are changes of their own.
        (ObjectKind::Domain, _, Some(domain)) => Answer::observed("typecmds.c AlterDomainDefault, AlterDomainDropConstraint")
            .work_blocking(WorkKind::Catalog, domain, Blocking::Nobody),
        (ObjectKind::Publication, _, Some(publication)) => {
            // SET TABLE takes out those that were in it.
            let old = facts.schema().object(kind, publication).filter(|_| words.contains(" set table"));
            let tables = [words, old.map_or("", |old| &old.text)].map(|text| forms::named(facts, text, &["table"]));
            plain(ObjectVerb::Alter, kind).locks(tables.into_iter().flatten(), ShareUpdateExclusive)
        }
        (ObjectKind::Statistics, Some(_), _) => return None,
        (ObjectKind::Owned, ..) => owned(facts, plain(ObjectVerb::Alter, kind), name),
        (ObjectKind::System, _, _) => plain(ObjectVerb::Alter, kind).not_in_transaction(),
        (ObjectKind::Subscription, _, _) => {
            // ADD and DROP PUBLICATION came with 14, and the code of the error changed.
            let (code, forms): (_, &[&str]) = if facts.since(14) {
                ("55000", &[" publication"])
            } else {
                ("42601", &[" refresh publication", " set publication"])
            };
            plain(ObjectVerb::Alter, kind).assume_if(forms.iter().any(|form| words.contains(form)), || {
                format!(
                    "unless it says refresh = false it connects to the publisher, which PostgreSQL 18 refuses in a transaction; of a disabled subscription \
                     it is refused ({code})"
                )
            })
        }
        (ObjectKind::Extension, _, _) => {
            plain(ObjectVerb::Alter, kind).assume("what the update script of the extension does is not known")
        }
        _ => return None,
    })
}

fn rename(kind: ObjectKind, name: Option<&Name>, on: Option<&Name>) -> Option<Answer> {
    let answer = Answer::observed("tablecmds.c RenameRelation; alter.c ExecRenameStmt");
    Some(match (kind, on, name) {
        (ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy, Some(table), _) => {
            answer.catalog(table, AccessExclusive)
        }
        (
            ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::Sequence | ObjectKind::ForeignTable,
            _,
            Some(relation),
        ) => answer
            .catalog(relation, AccessExclusive)
            .breaks(format!("every statement that names {relation} fails from the moment of the commit")),
        (ObjectKind::Schema, _, Some(schema)) => answer
            .work_blocking(WorkKind::Catalog, schema, Blocking::Nobody)
            .breaks(format!("every statement that says {schema}, and every search_path with it, fails")),
        (ObjectKind::Statistics, ..) => {
            answer.work_blocking(WorkKind::Catalog, name.or(on).unwrap_or(&Name::new("statistics")), Blocking::Nobody)
        }
        _ => return None,
    })
}

fn drop(facts: Facts<'_>, kind: ObjectKind, name: Option<&Name>, on: Option<&Name>) -> Option<Answer> {
    let answer = Answer::observed("dropcmds.c RemoveObjects; dependency.c performMultipleDeletions");
    Some(match (kind, on, name) {
        (ObjectKind::Trigger, Some(table), _) => answer
            .catalog(table, AccessExclusive)
            .when(facts.is_partitioned(table), |a| {
                a.locks(facts.heirs(table), AccessExclusive).remark(
                    "what the trigger keeps in step is not kept from now on; its partitions are locked before the table, so \
                     readers and writers can meet deadlocks: LOCK TABLE it first, in the same transaction",
                )
            })
            .remark("what the trigger keeps in step is not kept from now on"),
        (ObjectKind::Rule, Some(table), _) => answer.catalog(table, AccessExclusive),
        (ObjectKind::Policy, Some(table), _) => {
            answer.catalog(table, AccessExclusive).remark("rows that only this policy allowed vanish for its roles")
        }
        (ObjectKind::Statistics, Some(table), _) if facts.since(12) => answer.catalog(table, ShareUpdateExclusive),
        (ObjectKind::Statistics, ..) => answer
            .work_blocking(WorkKind::Catalog, name.or(on).unwrap_or(&Name::new("statistics")), Blocking::Nobody)
            .assume_if(facts.since(12), || "its table is not known; it is locked SHARE UPDATE EXCLUSIVE".to_string()),
        (ObjectKind::Sequence, _, Some(sequence)) => answer
            .catalog(sequence, AccessExclusive)
            .undo(Undo::Lossy)
            .breaks(format!("every nextval on {sequence} fails")),
        (ObjectKind::Schema, _, Some(schema)) => {
            let inside = inside(facts, schema);
            answer
                .work_blocking(WorkKind::Catalog, schema, Blocking::Nobody)
                .locks(inside, AccessExclusive)
                .undo(Undo::No)
                .breaks(format!("everything in schema {schema} is gone, with CASCADE"))
                .assume("with CASCADE every relation of the schema is locked ACCESS EXCLUSIVE and dropped")
        }
        (ObjectKind::Type | ObjectKind::Domain, _, Some(name)) => {
            let tables = tables_using(facts, name);
            answer
                .work_blocking(WorkKind::Catalog, name, Blocking::Nobody)
                .undo(if tables.is_empty() { Undo::Lossless } else { Undo::No })
                .breaks(format!("everything that uses type {name} fails"))
                .locks(tables.clone(), AccessExclusive)
        }
        (ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine | ObjectKind::Aggregate, ..) => {
            plain(ObjectVerb::Drop, kind)
                .undo(Undo::Lossless)
                .work_blocking(WorkKind::Catalog, name.or(on).unwrap_or(&Name::new("function")), Blocking::Nobody)
                .assume("with CASCADE, tables whose triggers or defaults use it are locked ACCESS EXCLUSIVE")
        }
        (
            ObjectKind::ForeignTable | ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::Table,
            _,
            Some(relation),
        ) => answer.catalog(relation, AccessExclusive).breaks(format!("every statement that names {relation} fails")),
        (ObjectKind::Database | ObjectKind::Tablespace, ..) => {
            plain(ObjectVerb::Drop, kind).undo(Undo::No).not_in_transaction()
        }
        (ObjectKind::Subscription, ..) => {
            let known = name.and_then(|name| facts.schema().object(kind, name));
            let slot = known.and_then(|known| known.text.rsplit_once(" slot_name = "));
            let none = slot.is_some_and(|(_, slot)| slot.starts_with("none "));
            plain(ObjectVerb::Drop, kind).when(!none, |a| {
                a.not_in_transaction().assume("it has a replication slot; without one it may run in a transaction")
            })
        }
        (ObjectKind::Owned, ..) => owned(facts, plain(ObjectVerb::Drop, kind), name)
            .undo(Undo::No)
            .breaks("every statement that names a relation of the role fails, and its rights in this database are gone"),
        (ObjectKind::Extension, ..) => plain(ObjectVerb::Drop, kind)
            .undo(Undo::Lossy)
            .assume("what the extension holds is not known; it goes with it, and where something uses it the server refuses (2BP01)"),
        _ => return None,
    })
}

/// Relations of a schema. What is named without one is taken to stand in the usual one.
pub(super) fn inside<'a>(facts: Facts<'a>, schema: &Name) -> Vec<&'a Name> {
    let views = facts.schema().views().map(|v| &v.name);
    let relations = facts.schema().tables().map(|t| &t.def.name).chain(views);
    let is_inside = |n: &&Name| n.schema.as_ref().map_or(schema.object.value == "public", |s| *s == schema.object);
    relations.filter(is_inside).gather()
}

fn comment(kind: ObjectKind, name: Option<&Name>, on: Option<&Name>, words: &str) -> Answer {
    let answer = Answer::observed("comment.c CommentObject; objectaddress.c get_object_address")
        .assume_if(!words.is_empty(), || "a label provider is loaded; without one it is refused (22023)".to_string());
    match (kind, on, name) {
        (ObjectKind::Column | ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy, Some(table), _) => {
            answer.catalog(table, ShareUpdateExclusive)
        }
        (ObjectKind::Constraint, Some(table), _) => answer.catalog(table, AccessShare),
        (
            ObjectKind::Table
            | ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::Index
            | ObjectKind::Sequence
            | ObjectKind::ForeignTable,
            _,
            Some(relation),
        )
        | (ObjectKind::Table, Some(relation), None) => answer.catalog(relation, ShareUpdateExclusive),
        _ => answer.work_blocking(WorkKind::Catalog, name.or(on).unwrap_or(&Name::new("catalog")), Blocking::Nobody),
    }
}

fn privilege(facts: Facts<'_>, verb: ObjectVerb, kind: ObjectKind, name: Option<&Name>) -> Answer {
    let answer = Answer::observed("aclchk.c ExecGrant_Relation");
    let nameless = Name::new("catalog");
    let relation = matches!(
        kind,
        ObjectKind::Table | ObjectKind::Column | ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::Sequence
    );
    let answer = match name {
        Some(name) if relation && facts.since(18) => answer.catalog(name, AccessShare),
        Some(name) => answer.work_blocking(WorkKind::Catalog, name, Blocking::Nobody),
        None => answer.work_blocking(WorkKind::Catalog, &nameless, Blocking::Nobody),
    };
    answer
        .when(verb == ObjectVerb::Revoke, |a| a.remark("roles that lose the privilege get errors (42501) from now on"))
}
