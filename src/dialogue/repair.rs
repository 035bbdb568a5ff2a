//! When the CRM does not do what was asked: the truth, in a sentence, and a way on.
//!
//! [`Error::Unavailable`] changed nothing, so it is tried once more. [`Error::Unknown`] may have changed something, so
//! it is neither claimed nor tried again: a note asks somebody to look.

use super::phrasing::{Fill, Meaning};
use super::reply::{Reply, their_words};
use super::state::{Awaiting, Dialogue, Flow, Job};
use crate::crm::operation::LeaveMessage;
use crate::crm::{Error, Operation};

impl Dialogue {
    /// The operation under way did not succeed.
    pub(super) fn failed(&mut self, reply: &mut Reply<'_>, awaited: Awaiting, error: &Error) {
        let job = awaited.job;
        let unknown_read = matches!(error, Error::Unknown(_)) && !awaited.operation.writes();
        if (matches!(error, Error::Unavailable(_)) || unknown_read) && !awaited.retried {
            if !matches!(job, Job::Release | Job::Hold | Job::Secure | Job::Slots) {
                self.say(reply, Meaning::TryAgain, &[]);
            }
            reply.step.operation = Some(awaited.operation.clone());
            self.awaiting = Some(Awaiting { retried: true, ..awaited });
            return;
        }
        match job {
            Job::Release => {}
            Job::Slots | Job::List => self.give_up(reply, trouble(error)),
            Job::Hold => self.hold_failed(reply, error),
            Job::Secure => self.not_secured(reply, error),
            Job::Book | Job::Move | Job::Cancel => self.write_failed(reply, job, error),
            Job::Leave => {
                let said =
                    if matches!(error, Error::Unknown(_)) { Meaning::MessageUnsure } else { Meaning::MessageLost };
                self.say(reply, said, &[]);
                self.done(reply);
            }
            Job::Flag => {
                self.say(reply, Meaning::NotFlagged, &[]);
                self.done(reply);
            }
        }
    }

    fn hold_failed(&mut self, reply: &mut Reply<'_>, error: &Error) {
        match error {
            Error::SlotTaken | Error::NotBookable(_) => self.not_kept(reply, error),
            // A calendar that cannot hold, or does not say whether it did, can still be asked to book.
            Error::Unsupported(_) | Error::Unknown(_) => {
                if let Flow::Booking(booking) = &mut self.flow {
                    booking.unheld = true;
                    booking.hold = None;
                }
                self.slot_kept(reply);
            }
            Error::NotFound(_) => self.give_up(reply, Meaning::Gone),
            Error::Invalid(_)
            | Error::Forbidden(_)
            | Error::Duplicate { .. }
            | Error::Stale(_)
            | Error::KeyReused
            | Error::NotSent(_)
            | Error::Unavailable(_) => self.give_up(reply, trouble(error)),
        }
    }

    fn write_failed(&mut self, reply: &mut Reply<'_>, job: Job, error: &Error) {
        match error {
            Error::SlotTaken if job != Job::Cancel => self.slot_refused(reply, Meaning::SlotTaken),
            Error::NotBookable(_) if job != Job::Cancel => self.slot_refused(reply, Meaning::NotBookable),
            Error::NotFound(_) if job != Job::Book => {
                self.say(reply, Meaning::Gone, &[]);
                self.done(reply);
            }
            Error::Unknown(_) => {
                self.say(reply, Meaning::Unsure, &[]);
                self.flag(reply, job);
            }
            Error::SlotTaken
            | Error::NotBookable(_)
            | Error::NotFound(_)
            | Error::Invalid(_)
            | Error::Forbidden(_)
            | Error::Duplicate { .. }
            | Error::Stale(_)
            | Error::KeyReused
            | Error::NotSent(_)
            | Error::Unsupported(_)
            | Error::Unavailable(_) => self.give_up(reply, trouble(error)),
        }
    }

    /// Leaves a note for the business that somebody should look.
    fn flag(&mut self, reply: &mut Reply<'_>, job: Job) {
        let Some((meaning, fills)) = self.flagged_meaning(reply, job) else {
            self.say(reply, Meaning::NotFlagged, &[]);
            return self.done(reply);
        };
        let what = self.as_value(meaning, &fills).eye;
        let body = self.as_value(Meaning::UnsureNote, &[("what", their_words(&what))]).eye;
        let operation = LeaveMessage { from: self.contact_draft(), body, call: self.setting.call };
        self.perform(reply, Job::Flag, Operation::LeaveMessage(operation));
    }

    fn flagged_meaning(&self, reply: &Reply<'_>, job: Job) -> Option<(Meaning, Vec<Fill>)> {
        match (&self.flow, job) {
            (Flow::Booking(booking), _) => {
                let mut fills = self.service_fills(self.booked_service_name(booking));
                fills.extend(self.date_fills(reply, booking.chosen?));
                Some((if job == Job::Move { Meaning::FlagMove } else { Meaning::FlagBook }, fills))
            }
            (Flow::Cancelling(appointment), _) => {
                Some((Meaning::FlagCancel, self.appointment_fills(reply, appointment)))
            }
            (Flow::Idle | Flow::Finding(_) | Flow::Message(_), _) => None,
        }
    }
}

/// What is said of an error that leaves nothing to be tried.
fn trouble(error: &Error) -> Meaning {
    match error {
        Error::Unavailable(_) | Error::Unknown(_) => Meaning::Unavailable,
        Error::NotFound(_) => Meaning::Gone,
        Error::SlotTaken | Error::NotBookable(_) => Meaning::NotBookable,
        Error::Invalid(_)
        | Error::Forbidden(_)
        | Error::Duplicate { .. }
        | Error::Stale(_)
        | Error::KeyReused
        | Error::NotSent(_)
        | Error::Unsupported(_) => Meaning::Unsupported,
    }
}
