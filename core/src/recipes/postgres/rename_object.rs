//! RENAME of a sequence, type, schema, function, constraint or index that running code names.
//!
//! A function and a domain can have a second name for a while; for the others code has to do without the name before.

use super::ENGINE;
use super::sql::{dollar, object};
use crate::change::{Change, Ident, Name, ObjectKind, ObjectVerb};
use crate::draft::{Draft, Run, StepDraft};
use crate::facts::RunningCode;
use crate::order::Gather;
use crate::recipes::shared::draft::{draft, sentence, undo, verify};
use crate::recipes::shared::{titles, words};
use crate::recipes::{Cx, Recipe, inverse};
use crate::report::PhaseName::{Contract, Expand, Switch};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-rename-object",
    title: "Catalog name changed, with an alias or once no running code says the old one",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let RunningCode::Breaks(what) = &cx.effects.running_code else { return None };
    if let Some(alias) = Alias::of(cx) {
        return Some(draft(&RECIPE, titles::of(cx.change), alias.steps()));
    }
    let advice = advice(cx)?;
    let title = titles::of(cx.change);
    let steps = vec![
        StepDraft::deploy(
            Switch,
            format!("Deploy code that does not say {}", old_name(cx.change)),
            format!("{} {advice}", sentence(what)),
        ),
        StepDraft {
            why: "A catalog entry changes; no row is read.".to_string(),
            undo: back(cx).map_or_else(|| inverse::of(cx), |run| undo(vec![run])),
            gate: "no instance of the old version runs".to_string(),
            ..StepDraft::locked(Contract, title.clone(), vec![own(cx)])
        },
    ];
    Some(draft(&RECIPE, title, steps))
}

fn own(cx: &Cx<'_>) -> Run {
    Run { sql: cx.sql.to_string(), change: cx.change.clone() }
}

fn old_name(change: &Change) -> &str {
    match change {
        Change::RenameConstraint { from, .. } => &from.value,
        Change::RenameIndex { name, .. } | Change::Object { name: Some(name), .. } => &name.object.value,
        _ => "the old name",
    }
}

/// What code can do in place of the name.
fn advice(cx: &Cx<'_>) -> Option<String> {
    Some(match cx.change {
        Change::RenameConstraint { from, .. } => {
            format!("Code that names {from} (ON CONFLICT ON CONSTRAINT, SET CONSTRAINTS, error handling) must not.")
        }
        Change::RenameIndex { name, .. } => format!("Code that names {} must not.", name.object),
        Change::Object { verb: ObjectVerb::Rename, kind, name: Some(name), .. } => match kind {
            ObjectKind::Sequence => "A sequence has no second name. Code leaves the column out of its INSERT, or asks \
                 nextval(pg_get_serial_sequence('table', 'column')); defaults follow by themselves."
                .to_string(),
            ObjectKind::Type => format!(
                "A type has no second name: a domain of the old name would take values, but '…'::{name} = column fails (42883). \
                 Code writes plain literals and untyped parameters; bodies of functions say the name too."
            ),
            ObjectKind::Schema => format!(
                "A schema has no second name. Code says its objects without it, and finds them by ALTER ROLE … SET search_path \
                 with both names, which new connections get: recycle pools. Functions that say {name} in their body or in SET \
                 search_path are replaced in the transaction of the rename. Otherwise move table by table (SET SCHEMA), each \
                 with a view left behind."
            ),
            _ => "Code must work with both names before.".to_string(),
        },
        _ => return None,
    })
}

/// The same rename the other way round.
fn back(cx: &Cx<'_>) -> Option<Run> {
    let Change::Object { verb: ObjectVerb::Rename, kind, name: Some(name), on: None, .. } = cx.change else {
        return None;
    };
    let new = name.sibling(words::new_name(cx.sql)?.value);
    let arguments = arguments(cx.sql);
    let sql = format!(
        "ALTER {} {}{arguments} RENAME TO {}",
        titles::kind_words(*kind),
        cx.name(&new),
        cx.ident(&name.object)
    );
    Some(object(ObjectVerb::Rename, *kind, &new, None, sql))
}

/// `(integer, text)` as written, or nothing.
fn arguments(sql: &str) -> &str {
    let end = words::find_clause(sql, "rename", 0).unwrap_or(0);
    let head = sql.get(..end).unwrap_or_default();
    head.find('(').and_then(|at| head.get(at..)).unwrap_or_default().trim_end()
}

/// What answers to the old name meanwhile.
struct Alias<'a> {
    cx: &'a Cx<'a>,
    kind: ObjectKind,
    old: &'a Name,
    new: Ident,
    back: Run,
}

impl<'a> Alias<'a> {
    fn of(cx: &'a Cx<'a>) -> Option<Self> {
        let Change::Object { verb: ObjectVerb::Rename, kind, name: Some(old), .. } = cx.change else { return None };
        // Names and modes of arguments cannot be looked up by regprocedure.
        let inside = arguments(cx.sql).trim_start_matches('(').trim_end_matches(')');
        let two = ["double", "character", "bit", "timestamp", "time"];
        let bare = |argument: &&str| {
            let parts: Vec<&str> = argument.split_whitespace().gather();
            parts.len() < 2 || parts.first().is_some_and(|first| two.contains(first))
        };
        let fits = match kind {
            ObjectKind::Function | ObjectKind::Procedure => words::split_commas(inside).iter().all(bare),
            ObjectKind::Domain => true,
            _ => false,
        };
        fits.then_some(Alias { cx, kind: *kind, old, new: words::new_name(cx.sql)?, back: back(cx)? })
    }

    fn steps(&self) -> Vec<StepDraft> {
        let (old, new) = (self.old, &self.new);
        vec![
            StepDraft {
                why: "In one transaction the object gets its new name and another takes the old one, so no statement of old code \
                      fails. What depends on the object goes with it."
                    .to_string(),
                undo: undo(vec![self.drop(), self.back.clone()]),
                ..StepDraft::locked(
                    Expand,
                    format!("Rename {old} to {new}, let the old name stand for it"),
                    vec![own(self.cx), self.create()],
                )
            },
            StepDraft::deploy(Switch, format!("Deploy code that says {new}"), "Both names work until the last step."),
            verify(
                Contract,
                format!("Look for bodies of functions that say {old}"),
                format!(
                    "SELECT oid::regprocedure FROM pg_proc WHERE prosrc ~ {}",
                    super::sql::whole_word(self.cx, &old.object.value)
                ),
                "no function that still needs the old name",
                "Replace such functions first; the server does not know what their bodies name.",
            ),
            StepDraft {
                why: "It only served old code.".to_string(),
                undo: undo(vec![self.create()]),
                gate: "no instance of the old version runs".to_string(),
                ..StepDraft::locked(Contract, format!("Drop the old name {old}"), vec![self.drop()])
            },
        ]
    }

    fn create(&self) -> Run {
        let (cx, old, new) = (self.cx, self.old, self.old.sibling(self.new.value.clone()));
        let sql = match self.kind {
            ObjectKind::Domain => format!("CREATE DOMAIN {} AS {}", cx.name(old), cx.name(&new)),
            _ => self.copy(&new),
        };
        object(ObjectVerb::Create, self.kind, old, None, sql)
    }

    /// The function once more under its old name, with its rights.
    fn copy(&self, new: &Name) -> String {
        let (cx, arguments) = (self.cx, arguments(self.cx.sql));
        let kind = titles::kind_words(self.kind);
        let found = if arguments.is_empty() { "regproc" } else { "regprocedure" };
        let source = cx.engine().literal(&format!("{}{arguments}", cx.name(new)));
        let target = cx.engine().literal(&format!("{}{arguments}", cx.name(self.old)));
        let plain = |name: &Ident| cx.engine().literal(&name.value);
        let body = format!(
            "
DECLARE
  zz_row record;
BEGIN
  SELECT p.*, p.oid, pg_get_functiondef(p.oid) AS text, format('%I.%I(', n.nspname, p.proname) AS head, format('%I.%I(', n.nspname, {}) AS old
    INTO zz_row FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE p.oid = {source}::{found};
  EXECUTE overlay(zz_row.text PLACING zz_row.old FROM position(zz_row.head IN zz_row.text) FOR length(zz_row.head));
  IF zz_row.proacl IS NOT NULL THEN
    EXECUTE format('REVOKE ALL ON {kind} %s FROM PUBLIC', {target});
    FOR zz_row IN SELECT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS whom FROM aclexplode(zz_row.proacl)
    LOOP
      EXECUTE format('GRANT EXECUTE ON {kind} %s TO %s', {target}, zz_row.whom);
    END LOOP;
  END IF;
END
",
            plain(&self.old.object)
        );
        format!("DO {}", dollar(&body))
    }

    fn drop(&self) -> Run {
        let arguments = arguments(self.cx.sql);
        let sql = format!("DROP {} {}{arguments}", titles::kind_words(self.kind), self.cx.name(self.old));
        object(ObjectVerb::Drop, self.kind, self.old, None, sql)
    }
}
