//! When the CRM does not do it: in words that say what to do.

use super::Copilot;
use super::phrases::{Fill, Meaning};
use super::reply::{Reply, Standing};
use super::state::{Awaiting, Purpose};
use crate::crm::Error;
use jiff::Zoned;

impl Copilot {
    /// Says why it did not happen. What can be mended by another answer stays open.
    pub(super) fn trouble(&mut self, reply: &mut Reply, now: &Zoned, awaiting: &Awaiting, error: &Error) {
        let called = |name: &str| self.book().term(name);
        let (meaning, fills): (_, Vec<Fill>) = match error {
            Error::SlotTaken => (Meaning::SlotTaken, Vec::new()),
            Error::NotBookable(why) => (Meaning::NotBookable, vec![("why", called(why))]),
            Error::NotFound(what) => (Meaning::NotFound, vec![("what", called(what))]),
            Error::Invalid(why) => (Meaning::Invalid, vec![("why", self.book().reason(why))]),
            // It was written down, and did not go out.
            Error::NotSent(why) => (Meaning::NotSent, vec![("why", self.book().reason(why))]),
            Error::Forbidden(what) => (Meaning::Forbidden, vec![("what", called(what))]),
            Error::Duplicate { field, .. } if *field == "phone" => (Meaning::DuplicatePhone, Vec::new()),
            Error::Duplicate { .. } => (Meaning::DuplicateEmail, Vec::new()),
            Error::Stale(what) => (Meaning::Stale, vec![("what", called(what))]),
            Error::Unsupported(what) => (Meaning::Unsupported, vec![("what", called(what))]),
            Error::Unavailable(_) => (Meaning::Unavailable, Vec::new()),
            // Its key is of this very operation: it can only have been performed already.
            Error::Unknown(_) | Error::KeyReused => (Meaning::Unknown, Vec::new()),
        };
        self.say(reply, meaning, &fills);
        let taken = matches!(error, Error::SlotTaken) && awaiting.purpose == Purpose::Done;
        if let Some(task) = self.state.task.as_mut().filter(|_| taken) {
            // The next best are offered.
            (task.slots, task.slot, task.mentioned.time) = (None, None, None);
            self.go_on(reply, now);
            return;
        }
        reply.step.standing = Standing::Failed;
        self.state.task = None;
        self.state.next.clear();
    }
}
