//! Which draft goes into which wave.
//!
//! Within a wave all expand steps run first, then migrate, switch, contract. That changes the order of statements,
//! which is right for independent ones and wrong when one needs what another makes or removes in a later phase.
//! Then it goes into a later wave.

use super::resources::{self, Resource};
use crate::change::{Change, OpaqueWhy};
use crate::draft::Draft;
use crate::report::PhaseName;
use std::collections::HashMap;

/// The last wave in which something is touched, per phase (plus one; 0 is never).
type Marks = [u32; 4];

/// What the drafts placed so far touch.
#[derive(Default)]
pub(super) struct Waves {
    /// By name of the object.
    objects: HashMap<String, Object>,
    /// Anything at all.
    all: Marks,
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
    columns: HashMap<String, Marks>,
}

impl Waves {
    /// The wave for a draft, given the drafts placed before it; also places it.
    pub fn place(&mut self, draft: Footprint) -> u32 {
        let Footprint { touched, barrier } = draft;
        let phases = || touched.iter().map(|(phase, _)| *phase);
        let (first, last) = (phases().min(), phases().max().unwrap_or(PhaseName::Expand));
        let pairs = touched.iter().flat_map(|(phase, resources)| resources.iter().map(|r| (*phase, r)));
        let after_known = pairs.map(|(phase, resource)| self.earliest(resource, phase)).max().unwrap_or(0);
        let after_all = if barrier { earliest_after(&self.all, first.unwrap_or(PhaseName::Expand)) } else { 0 };
        let wave = after_known.max(after_all).max(self.floor);
        if barrier {
            self.floor = if last > PhaseName::Expand { wave + 1 } else { wave };
        }
        for (phase, resources) in touched {
            for resource in resources {
                let slot = phase as usize;
                let mark = |marks: &mut Marks| {
                    if let Some(mark) = marks.get_mut(slot) {
                        *mark = (*mark).max(wave + 1);
                    }
                };
                let object = self.objects.entry(resource.object).or_default();
                mark(&mut self.all);
                mark(&mut object.any);
                match resource.column {
                    Some(column) => mark(object.columns.entry(column).or_default()),
                    None => mark(&mut object.whole),
                }
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

/// What a draft touches in which phase.
#[derive(Default)]
pub(super) struct Footprint {
    touched: Vec<(PhaseName, Vec<Resource>)>,
    /// It may touch anything.
    barrier: bool,
}

/// The footprint of one change in one phase.
pub(super) fn footprint_of(phase: PhaseName, change: &Change) -> Footprint {
    Footprint { touched: vec![(phase, resources::touched(change))], barrier: may_touch_anything(change) }
}

/// The footprint of a draft, before its changes are forgotten.
pub(super) fn footprint(draft: &Draft) -> Footprint {
    let mut out = Footprint { touched: Vec::with_capacity(draft.steps.len()), barrier: false };
    for step in &draft.steps {
        out.barrier |= step.run.iter().any(|run| may_touch_anything(&run.change));
        let resources: Vec<Resource> = step.run.iter().flat_map(|run| resources::touched(&run.change)).collect();
        match out.touched.iter_mut().find(|(phase, _)| *phase == step.phase) {
            Some((_, known)) => known.extend(resources),
            None => out.touched.push((step.phase, resources)),
        }
    }
    out
}
