//! Reading back, and what a yes or a no to it does.
//!
//! Invariant: nothing is booked, moved, cancelled or left before a yes that followed a reading back whose essential
//! part (what and when; for a message, its words) was heard.

use super::ask::Rung;
use super::phrasing::lexicon::plain_words;
use super::phrasing::{Cue, Meaning};
use super::reply::Reply;
use super::state::{Ask, Dialogue, Draft, Flow, ReadBack};

/// How often a reading back that was cut off is read again in full; then only its essential part is asked.
const READ_AGAIN_MAX: u8 = 2;

/// How often in all a yes came over a reading back that was not heard, before a person is offered.
const UNHEARD_MAX: u8 = 5;

impl Dialogue {
    /// Reads back what is about to be done and asks whether to do it.
    pub(super) fn read_back(&mut self, reply: &mut Reply<'_>) {
        match &self.flow {
            Flow::Booking(_) => self.read_back_booking(reply),
            Flow::Cancelling(appointment) => {
                let fills = self.appointment_fills(reply, appointment);
                self.say(reply, Meaning::ReadBackCancel, &fills);
                self.mark_essential(reply);
                self.say(reply, Meaning::ShallICancel, &[]);
            }
            Flow::Message(Draft { words: Some(words) }) => {
                let words = words.clone();
                self.read_back_message(reply, &words);
            }
            Flow::Message(_) | Flow::Finding(_) | Flow::Idle => self.ask(reply, Ask::AnythingElse),
        }
    }

    /// Everything essential has been said by here.
    pub(super) fn mark_essential(&mut self, reply: &Reply<'_>) {
        let essential: Vec<&str> = reply.step.say.iter().map(|clause| clause.eye.as_str()).collect();
        self.read_back.essential = plain_words(&essential.join(" "));
        self.read_back.missed = false;
    }

    /// They cut in after `heard`, in the eye's words.
    pub(super) fn cut_in(&mut self, heard: &str) {
        if self.ask == Ask::Confirm && !plain_words(heard).contains(&self.read_back.essential) {
            self.read_back.missed = true;
        }
    }

    /// Yes, to what was read back.
    pub(super) fn confirmed(&mut self, reply: &mut Reply<'_>, doubtful: bool) {
        if self.read_back.missed {
            return self.read_again(reply);
        }
        if doubtful && !self.doubted {
            self.doubted = true;
            return self.say(reply, Meaning::DoubtYes, &[]);
        }
        self.doubted = false;
        self.read_back = ReadBack::default();
        match &self.flow {
            Flow::Booking(_) => self.commit_booking(reply),
            Flow::Cancelling(_) => self.commit_cancel(reply),
            Flow::Message(_) => self.leave_message(reply),
            Flow::Finding(_) | Flow::Idle => self.ask(reply, Ask::AnythingElse),
        }
    }

    /// Their yes came before what it was a yes to was heard: it is said again, at last as short as it can be.
    fn read_again(&mut self, reply: &mut Reply<'_>) {
        self.read_back.again = self.read_back.again.saturating_add(1);
        if self.read_back.again <= READ_AGAIN_MAX {
            return self.read_back(reply);
        }
        if self.read_back.again > UNHEARD_MAX {
            return self.offer_person(reply);
        }
        let (meaning, fills) = match &self.flow {
            Flow::Booking(booking) => {
                let Some(chosen) = booking.chosen else { return self.advance_booking(reply) };
                let mut fills = self.service_fills(self.booked_service_name(booking));
                fills.extend(self.date_fills(reply, chosen));
                (if booking.moving.is_some() { Meaning::MoveShort } else { Meaning::BookShort }, fills)
            }
            Flow::Cancelling(appointment) => (Meaning::CancelShort, self.appointment_fills(reply, appointment)),
            // The words of a message cannot be said in fewer.
            Flow::Message(_) | Flow::Finding(_) | Flow::Idle => return self.read_back(reply),
        };
        self.say(reply, meaning, &fills);
        self.mark_essential(reply);
    }

    /// No, to what was read back.
    pub(super) fn denied(&mut self, reply: &mut Reply<'_>, text: &str) {
        self.doubted = false;
        match &mut self.flow {
            Flow::Booking(_) => {
                if !self.reopen(reply, text) {
                    self.ask(reply, Ask::WhatToChange);
                }
            }
            Flow::Message(draft) => {
                draft.words = None;
                self.say(reply, Meaning::NoProblem, &[]);
                self.ask = Ask::Words;
                self.put(reply, Rung::Again);
            }
            Flow::Cancelling(_) => self.abandon(reply),
            Flow::Finding(_) | Flow::Idle => self.ask(reply, Ask::AnythingElse),
        }
    }

    /// They name what is wrong ("the name"): ask for that again. Says whether they did.
    pub(super) fn reopen(&mut self, reply: &mut Reply<'_>, text: &str) -> bool {
        let cues = self.phrases.book(self.language).cues(text);
        let Flow::Booking(booking) = &mut self.flow else { return false };
        let is_new = booking.moving.is_none();
        let has = |cue: Cue| cues.contains(&cue);
        if has(Cue::TheName) && is_new {
            self.person.name = None;
        } else if has(Cue::TheNumber) && is_new {
            self.person.phone = None;
            self.person.no_phone = false;
        } else if has(Cue::TheService) && is_new {
            booking.service = None;
            booking.chosen = None;
            booking.found = None;
        } else if has(Cue::TheDay) || has(Cue::OtherDay) {
            self.forget_day();
        } else if has(Cue::TheTime) || has(Cue::More) || has(Cue::Later) || has(Cue::Earlier) {
            booking.wish.time = None;
            booking.chosen = None;
        } else {
            return false;
        }
        self.advance_booking(reply);
        true
    }
}
