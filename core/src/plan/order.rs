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

/// For every resource: the last wave in which it is touched, per phase (plus one; 0 is never).
#[derive(Default)]
pub(super) struct Waves {
    /// A whole object, or one column.
    exact: HashMap<Resource, [u32; 4]>,
    /// Anything of an object, columns included.
    any: HashMap<String, [u32; 4]>,
    /// Anything at all.
    all: [u32; 4],
    /// No draft goes before this wave: the one of the last statement that may touch anything.
    floor: u32,
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
                let mark = |marks: &mut [u32; 4]| {
                    if let Some(mark) = marks.get_mut(slot) {
                        *mark = (*mark).max(wave + 1);
                    }
                };
                mark(&mut self.all);
                mark(self.any.entry(resource.object.clone()).or_default());
                mark(self.exact.entry(resource).or_default());
            }
        }
        wave
    }

    /// Not before whoever touched it in the same or an earlier phase, and after whoever touched it in a later phase.
    fn earliest(&self, resource: &Resource, phase: PhaseName) -> u32 {
        let whole = Resource { object: resource.object.clone(), column: None };
        let marks = match &resource.column {
            None => [self.any.get(&resource.object), None],
            Some(_) => [self.exact.get(resource), self.exact.get(&whole)],
        };
        marks.into_iter().flatten().map(|marks| earliest_after(marks, phase)).max().unwrap_or(0)
    }
}

/// The first wave in which a step of this phase comes after everything that is marked.
fn earliest_after(marks: &[u32; 4], phase: PhaseName) -> u32 {
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

/// The footprint of a draft, before its changes are forgotten.
pub(super) fn footprint(draft: &Draft) -> Footprint {
    let mut out = Footprint::default();
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
