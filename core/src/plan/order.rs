//! Which draft goes into which wave.
//!
//! Within a wave all expand steps run first, then migrate, switch, contract. That changes the order of statements,
//! which is right for independent ones and wrong when one needs what another makes or removes in a later phase.
//! Then it goes into a later wave.

use super::resources::{self, Resource};
use crate::change::{Change, OpaqueWhy, lower};
use crate::draft::Draft;
use crate::order::{Gather, Map, PushAll};
use crate::report::PhaseName;

/// The last wave in which something is touched, per phase (plus one; 0 is never).
type Marks = [u32; 4];

/// What the drafts placed so far touch.
#[derive(Default)]
pub(super) struct Waves {
    /// By name of the object.
    objects: Map<String, Object>,
    /// Anything at all.
    all: Marks,
    /// Rows changed by what stands elsewhere.
    read: Marks,
    /// No draft goes before this wave: the one of the last statement that may touch anything.
    floor: u32,
}

/// Marks of one object.
#[derive(Default)]
struct Object {
    /// Anything of it, columns included.
    any: Marks,
    /// It as a whole.
    whole: Marks,
    columns: Map<String, Marks>,
}

impl Waves {
    /// The wave for a draft, given the drafts placed before it; also places it.
    pub fn place(&mut self, draft: Footprint) -> u32 {
        let Footprint { touched, barrier, reads, takes } = draft;
        let phases = || touched.iter().map(|(phase, _)| *phase);
        let (first, last) = (phases().min(), phases().max().unwrap_or(PhaseName::Expand));
        let pairs = touched.iter().flat_map(|(phase, resources)| resources.iter().map(|r| (*phase, r)));
        let after_known = pairs.map(|(phase, resource)| self.earliest(resource, phase)).max().unwrap_or(0);
        let after_all = if barrier { earliest_after(&self.all, first.unwrap_or(PhaseName::Expand)) } else { 0 };
        let after_reads = takes.iter().map(|phase| earliest_after(&self.read, *phase)).max().unwrap_or(0);
        let wave = after_known.max(after_all).max(after_reads).max(self.floor);
        if barrier {
            self.floor = if last > PhaseName::Expand { wave + 1 } else { wave };
        }
        let mark_phase = |marks: &mut Marks, phase: PhaseName| {
            if let Some(mark) = marks.get_mut(phase as usize) {
                *mark = (*mark).max(wave + 1);
            }
        };
        reads.iter().for_each(|phase| mark_phase(&mut self.read, *phase));
        for (phase, resources) in touched {
            for resource in resources {
                let mark = |marks: &mut Marks| mark_phase(marks, phase);
                mark(&mut self.all);
                self.objects.change(resource.object, |object| {
                    mark(&mut object.any);
                    match resource.column {
                        Some(column) => object.columns.change(column, mark),
                        None => mark(&mut object.whole),
                    }
                });
            }
        }
        wave
    }

    /// Not before whoever touched it in the same or an earlier phase, and after whoever touched it in a later phase.
    fn earliest(&self, resource: &Resource, phase: PhaseName) -> u32 {
        let Some(object) = self.objects.get(&resource.object) else { return 0 };
        let marks = match &resource.column {
            None => [Some(&object.any), None],
            Some(column) => [object.columns.get(column), Some(&object.whole)],
        };
        marks.into_iter().flatten().map(|marks| earliest_after(marks, phase)).max().unwrap_or(0)
    }
}

/// The first wave in which a step of this phase comes after everything that is marked.
fn earliest_after(marks: &Marks, phase: PhaseName) -> u32 {
    let after = |(slot, mark): (usize, &u32)| if slot > phase as usize { *mark } else { mark.saturating_sub(1) };
    marks.iter().enumerate().filter(|(_, mark)| **mark > 0).map(after).max().unwrap_or(0)
}

/// Code whose text does not even name what it works on.
fn may_touch_anything(change: &Change) -> bool {
    matches!(change, Change::Opaque { touches, why, .. } if touches.is_empty() || *why == OpaqueWhy::DynamicSql)
}

/// Rows change by what stands in other columns and tables; in which, the change does not say.
fn reads_elsewhere(change: &Change) -> bool {
    matches!(change, Change::Update { .. } | Change::Delete { .. } | Change::Insert { from_query: true, .. })
}

/// What was read by a name no longer is.
fn takes_away(change: &Change) -> bool {
    matches!(
        change,
        Change::DropColumn { .. }
            | Change::RenameColumn { .. }
            | Change::DropTable { .. }
            | Change::RenameTable { .. }
            | Change::Truncate { .. }
    )
}

/// What a draft touches in which phase.
#[derive(Default)]
pub(super) struct Footprint {
    touched: Vec<(PhaseName, Vec<Resource>)>,
    /// It may touch anything.
    barrier: bool,
    /// Phases in which it changes rows by what stands elsewhere, and those in which it takes away what may be read.
    reads: Vec<PhaseName>,
    takes: Vec<PhaseName>,
}

impl Footprint {
    /// It needs an object that its changes do not name: the procedure that is called.
    pub fn needs(&mut self, object: &str) {
        for (_, resources) in &mut self.touched {
            resources.push(Resource { object: lower(object), column: None });
        }
    }
}

/// The footprint of one change in one phase.
pub(super) fn footprint_of(phase: PhaseName, change: &Change) -> Footprint {
    let phases = |yes: bool| yes.then_some(phase).into_iter().gather();
    Footprint {
        touched: vec![(phase, resources::touched(change))],
        barrier: may_touch_anything(change),
        reads: phases(reads_elsewhere(change)),
        takes: phases(takes_away(change)),
    }
}

/// The footprint of a draft, before its changes are forgotten.
pub(super) fn footprint(draft: &Draft) -> Footprint {
    let mut out = Footprint { touched: Vec::with_capacity(draft.steps.len()), ..Footprint::default() };
    for step in &draft.steps {
        let any = |of: fn(&Change) -> bool| step.run.iter().any(|run| of(&run.change)).then_some(step.phase);
        out.reads.push_all(any(reads_elsewhere));
        out.takes.push_all(any(takes_away));
        out.barrier |= any(may_touch_anything).is_some();
        let resources: Vec<Resource> = step.run.iter().flat_map(|run| resources::touched(&run.change)).gather();
        match out.touched.iter_mut().find(|(phase, _)| *phase == step.phase) {
            Some((_, known)) => known.push_all(resources),
            None => out.touched.push((step.phase, resources)),
        }
    }
    out
}
