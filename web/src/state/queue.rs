//! Which question is under way. The worker answers one after the other; only the newest plan matters.

/// The state of the line to the planner.
#[derive(Debug, Default, PartialEq)]
pub struct Queue {
    last_id: u32,
    listening: bool,
    /// The plan asked for and not yet answered.
    running: Option<u32>,
    /// The inputs changed since.
    wanted: bool,
}

/// What to do after an event.
#[derive(Debug, PartialEq)]
pub enum Next {
    /// Send the current inputs under this number.
    Send(u32),
    /// Nothing.
    Wait,
}

impl Queue {
    /// The inputs changed.
    pub fn want(&mut self) -> Next {
        self.wanted = true;
        self.next()
    }

    /// The worker listens.
    pub fn ready(&mut self) -> Next {
        self.listening = true;
        self.running = None;
        self.next()
    }

    /// An answer came. True when it is the plan that was waited for.
    pub fn answered(&mut self, id: u32) -> (bool, Next) {
        let ours = self.running == Some(id);
        if ours {
            self.running = None;
        }
        (ours, self.next())
    }

    /// The worker is gone. What made it stop is not sent again until the inputs change.
    pub fn stopped(&mut self) {
        self.listening = false;
        self.running = None;
        self.wanted = false;
    }

    /// Another worker takes over: a plan under way is asked for again when that one listens.
    pub fn handed_over(&mut self) {
        self.listening = false;
        self.wanted |= self.running.take().is_some();
    }

    /// The worker hears what it is sent.
    pub fn is_listening(&self) -> bool {
        self.listening
    }

    /// A number for a question beside the plans.
    pub fn fresh_id(&mut self) -> u32 {
        self.last_id = self.last_id.wrapping_add(1);
        self.last_id
    }

    /// Still waiting for this plan?
    pub fn is_running(&self, id: u32) -> bool {
        self.running == Some(id)
    }

    /// The plan on the page is not the plan of the inputs.
    pub fn is_behind(&self) -> bool {
        self.wanted || self.running.is_some()
    }

    fn next(&mut self) -> Next {
        if !self.listening || !self.wanted || self.running.is_some() {
            return Next::Wait;
        }
        self.wanted = false;
        let id = self.fresh_id();
        self.running = Some(id);
        Next::Send(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_for_the_worker_then_sends_once() {
        let mut queue = Queue::default();
        assert_eq!(queue.want(), Next::Wait);
        assert_eq!(queue.want(), Next::Wait);
        assert_eq!(queue.ready(), Next::Send(1));
        assert!(queue.is_behind());
        assert_eq!(queue.answered(1), (true, Next::Wait));
        assert!(!queue.is_behind());
    }

    #[test]
    fn typing_while_it_plans_asks_once_more() {
        let mut queue = Queue::default();
        queue.ready();
        assert_eq!(queue.want(), Next::Send(1));
        assert_eq!(queue.want(), Next::Wait);
        assert_eq!(queue.want(), Next::Wait);
        assert_eq!(queue.answered(1), (true, Next::Send(2)));
        assert_eq!(queue.answered(2), (true, Next::Wait));
    }

    #[test]
    fn an_export_does_not_answer_a_plan() {
        let mut queue = Queue::default();
        queue.ready();
        queue.want();
        let export = queue.fresh_id();
        assert_eq!(queue.answered(export), (false, Next::Wait));
        assert!(queue.is_running(1));
    }

    #[test]
    fn what_stopped_the_planner_is_not_sent_again() {
        let mut queue = Queue::default();
        queue.ready();
        queue.want();
        queue.stopped();
        assert_eq!(queue.ready(), Next::Wait);
        assert_eq!(queue.want(), Next::Send(2));
    }

    #[test]
    fn another_worker_is_asked_what_the_first_one_was() {
        let mut queue = Queue::default();
        queue.ready();
        assert_eq!(queue.want(), Next::Send(1));
        queue.handed_over();
        assert!(queue.is_behind() && !queue.is_listening());
        assert_eq!(queue.answered(1), (false, Next::Wait));
        assert_eq!(queue.ready(), Next::Send(2));
    }
}
