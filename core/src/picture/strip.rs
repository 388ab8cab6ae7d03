//! The impact strip: two lanes, reads and writes, each with what it feels.

use super::words::time;
use crate::order::Gather;
use crate::report::{Duration, EffectsReport, Traffic};

/// Reads above, writes below.
#[derive(Debug, Clone, PartialEq)]
pub struct Strip {
    /// What reads feel.
    pub reads: Lane,
    /// What writes feel.
    pub writes: Lane,
    /// Both as one sentence, for the tooltip and for those who do not see it.
    pub title: String,
}

/// One lane. Positions are shares of the lane's length, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// What traffic feels.
    pub traffic: Traffic,
    /// Where the wait or the failure starts, and how long it is; none when traffic flows throughout.
    pub mark: Option<(f64, f64)>,
    /// In words: `flow`, `wait < 50 ms`, `wait 4 min`, `fail`.
    pub words: String,
}

/// The strip of a statement or a step.
pub fn strip(effects: &EffectsReport, duration: &Duration) -> Strip {
    let reads = lane(effects.reads, duration.reads_blocked_s);
    let writes = lane(effects.writes, duration.writes_blocked_s);
    let mut title = format!("Reads {}, writes {}", reads.words, writes.words);
    let blocking: Vec<String> = effects
        .locks
        .iter()
        .filter(|lock| lock.blocks_reads || lock.blocks_writes)
        .map(|lock| format!("{} on {}", lock.mode, lock.object))
        .gather();
    if !blocking.is_empty() {
        title.push_str(" (");
        title.push_str(&blocking.join(", "));
        title.push(')');
    }
    Strip { reads, writes, title }
}

fn lane(traffic: Traffic, blocked_s: f64) -> Lane {
    let (mark, words) = match traffic {
        Traffic::Flows => (None, "flow".to_string()),
        Traffic::WaitsBriefly => (Some((0.46, 0.06)), format!("wait {}", time(blocked_s))),
        Traffic::Waits => (Some((0.08, 0.84)), format!("wait {}", time(blocked_s))),
        Traffic::Fails => (Some((0.08, 0.92)), "fail until all code is new".to_string()),
        Traffic::Unknown => (Some((0.0, 1.0)), "not known".to_string()),
    };
    Lane { traffic, mark, words }
}
