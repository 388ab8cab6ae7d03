//! A rebuild that lets writes go on, but not those of the replicas.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::estimate;
use crate::facts::{Blocking, WorkKind};
use crate::words;

/// A replica that is this far behind is noticed by whoever reads from it.
const NOTICED_S: f64 = 60.0;

/// The rule.
pub const RULE: Rule = Rule {
    id: "rebuild-delays-replicas",
    title: "Replicas fall behind",
    when: "An online rebuild of a table in use is expected to take longer than a minute (MySQL, MariaDB).",
    effect: "Every replica applies it after its end, for as long again, and shows old rows until then.",
    why: "The statement goes into the binary log when it is done; what was written meanwhile waits behind it.",
    instead: "gh-ost or pt-online-schema-change with a limit on the lag, or a time when nobody reads from replicas.",
    sources: &["MySQL manual: Online DDL Limitations", "MariaDB manual: InnoDB Online DDL Overview"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    if !cx.world.target.engine().is_mysql_family() {
        return None;
    }
    let rebuilds = |kind: &WorkKind| matches!(kind, WorkKind::InplaceRebuild | WorkKind::Rewrite | WorkKind::Compact);
    let mut online = cx.effects.work.iter().filter(|work| work.blocking == Blocking::Nobody && rebuilds(&work.kind));
    let work = online.find(|work| cx.used(&work.table))?;
    let time = estimate::seconds(work, &cx.world);
    (time.expected > NOTICED_S).then(|| {
        let rows = cx.world.sizes.rows(&cx.world, &work.table);
        let assumed = if rows.known { "" } else { ", assumed" };
        note(format!(
            "The rebuild of {} takes about {}, up to {} ({} rows{assumed}), and replicas lag for as long.",
            work.table,
            words::time(time.expected),
            words::time(time.high),
            words::count(rows.rows)
        ))
    })?
}
