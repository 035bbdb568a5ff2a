//! What the person said or pressed, and who deals with it.
//!
//! The order is the policy, and it is the same in every state: what can be said at any time (repeat, hold on, a
//! person), then questions about the business, then the answer to what was asked, then new wishes; whatever is left
//! goes up the ladder of not understanding.

#![expect(clippy::wildcard_enum_match_arm, reason = "of sixty intents each question is answered by a few")]

use super::ask::Rung;
use super::phrasing::{Cue, Meaning};
use super::reply::Reply;
use super::state::{Ask, Dialogue, Flow, Purpose, Unspoken, WISHES_MAX};
use super::{Channel, Step, Then};
use crate::nlu::{Entities, Field, Intent, Understanding, WhenValue};
use jiff::Zoned;

/// Recognition or understanding below this is asked about before anything is done that cannot be undone.
const DOUBTFUL_BELOW: f32 = 0.45;

/// After goodbye, what is not understood and no longer than "you too, have a nice day" is politeness.
const COURTESY_WORDS_MAX: usize = 6;

/// In a message, only so short a sentence can be a command and not part of it.
const COMMAND_WORDS_MAX: usize = 4;

/// The rule for things that are cancelled elsewhere: subscriptions, orders, cards.
const NOT_OURS: &str = "unknown.not-ours";

impl Dialogue {
    /// Words, understood.
    pub(super) fn understood(&mut self, now: &Zoned, heard: f32, understanding: &Understanding) -> Step {
        let mut reply = Reply::new(now);
        reply.step.why.push(understanding.intent.name().to_owned());
        reply.step.why.extend(understanding.why.iter().cloned());
        if self.still_busy(&mut reply) {
            return self.finish(reply);
        }
        self.hops = 0;
        if let Flow::Booking(booking) = &mut self.flow {
            booking.forget_taken();
        }
        let silences = std::mem::take(&mut self.silences);
        if self.unspoken == Unspoken::Due {
            self.unspoken = Unspoken::Told;
            self.say(&mut reply, Meaning::CannotSpeak, &[]);
        }
        if self.over(&mut reply, understanding) {
            return self.finish(reply);
        }
        let (misses, asked) = (self.misses, self.expected_field());
        self.dispatch(&mut reply, heard, understanding);
        reply.step.missed = self.misses > misses;
        let timed =
            understanding.entities.when.as_ref().is_some_and(|when| matches!(when.value, WhenValue::DateTime(_)));
        let answers = match asked {
            Field::Day | Field::Time | Field::Choice => timed,
            Field::Anything => reply.step.then == Then::HangUp,
            _ => false,
        };
        reply.step.whole = !reply.step.missed && answers;
        let wishless = understanding.intent == Intent::Greeting && matches!(self.flow, Flow::Idle);
        reply.step.begins = wishless && asked == Field::Anything && reply.step.then == Then::Listen;
        // Who only says that they are there climbs down no ladder.
        if reply.stands_still {
            self.silences = silences;
        } else if self.misses == misses {
            self.misses = 0;
        }
        self.finish(reply)
    }

    /// An operation is under way: nothing else can be started. A release is not waited for.
    pub(super) fn still_busy(&mut self, reply: &mut Reply<'_>) -> bool {
        if self.awaiting.as_ref().is_some_and(|awaited| awaited.job == super::state::Job::Release) {
            self.awaiting = None;
        }
        if self.awaiting.is_some() {
            self.say(reply, Meaning::OneMoment, &[]);
        }
        self.awaiting.is_some()
    }

    /// After goodbye: a new wish revives the conversation, anything else ends it for good.
    fn over(&mut self, reply: &mut Reply<'_>, understanding: &Understanding) -> bool {
        if self.ended.is_none() {
            return false;
        }
        let courtesies = [Intent::Thanks, Intent::Goodbye, Intent::Yes, Intent::No, Intent::Greeting];
        let transferred = matches!(self.ended, Some(Then::Transfer(_)));
        let short = understanding.text.split_whitespace().count() <= COURTESY_WORDS_MAX;
        let courtesy = courtesies.contains(&understanding.intent) || (understanding.intent == Intent::Unknown && short);
        if transferred || (courtesy && self.setting.channel == Channel::Ear) {
            return true;
        }
        self.ended = None;
        self.misses = 0;
        self.ask = Ask::Opening;
        reply.step.then = Then::Listen;
        false
    }

    fn dispatch(&mut self, reply: &mut Reply<'_>, heard: f32, understanding: &Understanding) {
        let doubtful = heard.min(understanding.confidence.max(heard.min(1.0))) < DOUBTFUL_BELOW;
        let sober = self.sobered(understanding);
        let understanding = sober.as_ref().unwrap_or(understanding);
        let timed = self.hour_meant(understanding);
        let understanding = timed.as_ref().unwrap_or(understanding);
        let corrected = self.as_correction(understanding);
        let understanding = corrected.as_ref().unwrap_or(understanding);
        let (intent, entities, text) = (understanding.intent, &understanding.entities, understanding.text.as_str());
        if self.still_there(reply, intent, entities, text) {
            return;
        }
        if self.ask == Ask::Words && self.words_of_message(reply, intent, text) {
            return;
        }
        self.remember_next(understanding);
        if self.takes_another_found(reply, text) {
            return;
        }
        if self.control(reply, intent, text, doubtful) || self.question(reply, understanding) {
            return;
        }
        if self.complains(intent, text) {
            self.say(reply, Meaning::Complaint, &[]);
            return self.offer_person(reply);
        }
        if !self.reply_to_question(reply, intent, entities, text, doubtful)
            && !self.start(reply, intent, entities, text)
        {
            self.left_over(reply, understanding);
        }
    }

    /// A mere opinion about a sentence no rule knows neither ends nor drops anything, and where something to book is
    /// named it does not decide what for.
    fn sobered(&self, understanding: &Understanding) -> Option<Understanding> {
        let is_opinion = understanding.why.iter().any(|why| why.starts_with("opinion"));
        let entities = &understanding.entities;
        let about_a_visit = entities.when.is_some() || entities.service.is_some();
        let sobering = match understanding.intent {
            Intent::CancelAppointment | Intent::RescheduleAppointment => entities.service.is_some(),
            Intent::ListAppointments | Intent::ConfirmAppointment => about_a_visit,
            intent => is_grave(intent) || self.ask == Ask::WhatToChange,
        };
        (is_opinion && sobering).then(|| Understanding { intent: Intent::Unknown, ..understanding.clone() })
    }

    /// "Hold on, make it three" holds nothing: what it says about the appointment in the making is what it means.
    /// Said to times on offer, "later" alone is no farewell; "I'll call back later, bye" is one.
    fn as_correction(&self, understanding: &Understanding) -> Option<Understanding> {
        let entities = &understanding.entities;
        let choosing = matches!(self.ask, Ask::Slot | Ask::WhichDate);
        if understanding.intent == Intent::Goodbye
            && choosing
            && self.phrases.book(self.language).is_cue(&understanding.text, Cue::Later)
        {
            return Some(Understanding { intent: Intent::Unknown, ..understanding.clone() });
        }
        if !matches!(self.flow, Flow::Booking(_)) || (entities.when.is_none() && entities.service.is_none()) {
            return None;
        }
        let instead = || self.phrases.book(self.language).cues(&understanding.text).contains(&Cue::Instead);
        let corrects = match understanding.intent {
            Intent::HoldOn | Intent::Undo | Intent::Help => true,
            Intent::Cancel => instead(),
            _ => false,
        };
        corrects.then(|| Understanding { intent: Intent::Unknown, ..understanding.clone() })
    }

    /// "Yes, I'm here": no answer to anything but to whether they are, so what was asked is asked again. Where words are
    /// awaited a bare yes or hello is no more than that either.
    fn still_there(&mut self, reply: &mut Reply<'_>, intent: Intent, entities: &Entities, text: &str) -> bool {
        /// "Yes, sorry, I'm still here."
        const WORDS_MAX: usize = 6;
        /// "Yes.", "Hello?", "Yes, hello."
        const BARE_WORDS_MAX: usize = 2;
        let count = text.split_whitespace().count();
        let present = count <= WORDS_MAX && self.phrases.book(self.language).cues(text).contains(&Cue::Present);
        let bare = self.ask == Ask::Words
            && count <= BARE_WORDS_MAX
            && matches!(intent, Intent::Yes | Intent::Greeting)
            && self.misses == 0;
        let says_more = entities.when.is_some() || entities.service.is_some() || entities.phone.is_some();
        if (!present && !bare) || says_more {
            return false;
        }
        // A bare yes may be meant as the message once, not for ever.
        self.misses += u8::from(bare);
        reply.stands_still = true;
        self.put(reply, Rung::Again);
        true
    }

    /// While a message is taken everything is part of it, but for a few short commands.
    fn words_of_message(&mut self, reply: &mut Reply<'_>, intent: Intent, text: &str) -> bool {
        let commands = [
            Intent::Cancel,
            Intent::Undo,
            Intent::StartOver,
            Intent::Repeat,
            Intent::HoldOn,
            Intent::TalkToHuman,
            Intent::Help,
            Intent::Goodbye,
        ];
        if commands.contains(&intent) && text.split_whitespace().count() <= COMMAND_WORDS_MAX {
            return false;
        }
        self.message_words(reply, text);
        true
    }

    /// Further wishes of the same breath wait for their turn.
    fn remember_next(&mut self, understanding: &Understanding) {
        if !understanding.also.is_empty() {
            self.next = understanding.also.iter().take(WISHES_MAX).cloned().collect();
        }
    }

    /// What can be said at any time.
    fn control(&mut self, reply: &mut Reply<'_>, intent: Intent, text: &str, doubtful: bool) -> bool {
        match intent {
            Intent::Repeat => reply.step.say.clone_from(&self.said),
            Intent::HoldOn => {
                self.say(reply, Meaning::HoldOn, &[]);
                reply.step.then = Then::Hold;
            }
            Intent::StartOver => {
                self.let_go();
                self.next.clear();
                self.say(reply, Meaning::StartOver, &[]);
                self.ask(reply, Ask::Opening);
            }
            Intent::Help => {
                self.say(reply, Meaning::Help, &[]);
                self.put(reply, Rung::Again);
            }
            Intent::TalkToHuman if doubtful && self.ask != Ask::Person => self.offer_person(reply),
            Intent::TalkToHuman => self.connect(reply),
            Intent::Goodbye if doubtful && self.ask != Ask::Leave => self.ask(reply, Ask::Leave),
            Intent::Goodbye => self.goodbye(reply),
            Intent::No if !doubtful && self.phrases.book(self.language).cues(text).contains(&Cue::Farewell) => {
                self.goodbye(reply);
            }
            Intent::SwitchLanguage => self.switch_language(reply, text),
            // "Cancel" to "shall I cancel it?" may mean either.
            Intent::Cancel if self.ask == Ask::Confirm && matches!(self.flow, Flow::Cancelling(_)) => {
                self.put(reply, Rung::Hint);
            }
            // Nothing is being done, and something was: "cancel it" is no "never mind".
            Intent::Cancel if self.means_the_one_made(text) => {
                self.start_finding(reply, Purpose::Cancel, &Entities::default(), text);
            }
            Intent::Cancel => self.abandon(reply),
            Intent::Undo => self.undo(reply),
            _ => return false,
        }
        if matches!(intent, Intent::Repeat) {
            self.read_back.missed = false;
            reply.stands_still = true;
        }
        true
    }

    fn means_the_one_made(&self, text: &str) -> bool {
        let says_it = || self.phrases.book(self.language).cues(text).contains(&Cue::It);
        matches!(self.flow, Flow::Idle) && self.made.is_some() && says_it()
    }

    /// Questions about the business are answered, and what we wanted to know is asked again.
    fn question(&mut self, reply: &mut Reply<'_>, understanding: &Understanding) -> bool {
        let (text, flow_open) = (understanding.text.as_str(), !matches!(self.flow, Flow::Idle));
        let before = self.ask;
        if self.asks_about_service(understanding) {
            self.not_known(reply);
            return true;
        }
        let answered = self.tell_duration(reply, understanding)
            || self.answer(reply, understanding.intent, &understanding.entities, text);
        if !answered || self.ask != before {
            return answered;
        }
        if flow_open || !self.go_on(reply) {
            match self.ask {
                Ask::Opening | Ask::PriceOf => self.ask(reply, Ask::AnythingElse),
                // The reading back is long, and their yes would come too soon without it.
                _ => self.put(reply, Rung::Again),
            }
        }
        true
    }

    /// The answer to what was asked. Says whether it was one.
    fn reply_to_question(
        &mut self,
        reply: &mut Reply<'_>,
        intent: Intent,
        entities: &Entities,
        text: &str,
        doubtful: bool,
    ) -> bool {
        match self.ask {
            Ask::Opening => self.at_opening(reply, intent, entities, text),
            Ask::AnythingElse => match intent {
                Intent::Yes if entities.when.is_none() && entities.service.is_none() => {
                    self.ask(reply, Ask::Opening);
                    true
                }
                Intent::No | Intent::Thanks => {
                    self.goodbye(reply);
                    true
                }
                _ => self.at_opening(reply, intent, entities, text),
            },
            Ask::PriceOf => entities.service.is_some() && self.price_asked(reply, entities, text),
            Ask::Person => self.at_person(reply, intent, entities, text),
            Ask::Leave => match intent {
                Intent::Yes => {
                    self.goodbye(reply);
                    true
                }
                Intent::No => {
                    self.back_to_work(reply);
                    true
                }
                _ => false,
            },
            Ask::FindBy | Ask::Ending if starts_flow(intent) => false,
            Ask::FindBy => self.find_by(reply, entities) || self.find_by_name(reply, text),
            Ask::Which => self.pick_found(reply, entities),
            Ask::Ending => self.take_ending(reply, entities),
            Ask::Confirm if !matches!(self.flow, Flow::Booking(_)) => {
                self.at_confirm(reply, intent, entities, text, doubtful)
            }
            Ask::Name | Ask::Phone if matches!(self.flow, Flow::Message(_)) => {
                self.message_fact(reply, intent, entities, text)
            }
            Ask::Service
            | Ask::Day
            | Ask::WhichDate
            | Ask::Slot
            | Ask::Name
            | Ask::Phone
            | Ask::Confirm
            | Ask::WhatToChange
            | Ask::Words => self.in_booking(reply, intent, entities, text, doubtful),
        }
    }

    /// A new wish. Says whether `intent` is one.
    pub(super) fn start(&mut self, reply: &mut Reply<'_>, intent: Intent, entities: &Entities, text: &str) -> bool {
        match intent {
            Intent::BookAppointment | Intent::CheckAvailability => self.start_booking(reply, entities, text),
            Intent::RescheduleAppointment => self.start_finding(reply, Purpose::Move, entities, text),
            Intent::CancelAppointment => self.start_finding(reply, Purpose::Cancel, entities, text),
            Intent::ListAppointments | Intent::ConfirmAppointment => {
                self.start_finding(reply, Purpose::Tell, entities, text);
            }
            Intent::LeaveMessage => self.start_message(reply, entities, text),
            Intent::OptOut => self.start_opt_out(reply),
            _ => return false,
        }
        true
    }

    /// Whether they tell of something that went wrong, with nothing else in hand.
    fn complains(&self, intent: Intent, text: &str) -> bool {
        let at_ease = matches!(self.flow, Flow::Idle | Flow::Finding(_)) && self.ask != Ask::Person;
        let wants_more = matches!(intent, Intent::LeaveMessage | Intent::TalkToHuman);
        at_ease && !wants_more && self.phrases.book(self.language).cues(text).contains(&Cue::Complaint)
    }

    /// Nobody's: what is cancelled elsewhere, a number cut short, and then courtesy.
    fn left_over(&mut self, reply: &mut Reply<'_>, understanding: &Understanding) {
        /// Fewer digits are no beginning of a telephone number.
        const DIGITS_MIN: usize = 4;
        let not_ours = understanding.why.first().is_some_and(|why| why == NOT_OURS);
        let digits = understanding.entities.digits.as_deref().unwrap_or_default();
        if not_ours && matches!(self.flow, Flow::Idle) {
            self.say(reply, Meaning::NotMine, &[]);
            self.offer_person(reply);
        } else if matches!(self.ask, Ask::Phone | Ask::FindBy) && digits.len() >= DIGITS_MIN {
            self.number_cut_short(reply);
        } else {
            self.courtesy(reply, understanding.intent, &understanding.text);
        }
    }

    /// What is left: politeness, what we cannot do, and what was not understood.
    fn courtesy(&mut self, reply: &mut Reply<'_>, intent: Intent, text: &str) {
        match intent {
            Intent::Thanks => {
                self.say(reply, Meaning::Welcome, &[]);
                let idle = matches!(self.flow, Flow::Idle);
                if idle { self.ask(reply, Ask::AnythingElse) } else { self.put(reply, Rung::Again) }
            }
            Intent::Greeting => {
                self.say(reply, Meaning::Hello, &[]);
                self.put(reply, Rung::Again);
            }
            // "Did you book it?"
            Intent::Unknown | Intent::Yes | Intent::No if self.means_the_one_made(text) => {
                self.start_finding(reply, Purpose::Tell, &Entities::default(), text);
            }
            Intent::Unknown if self.asks_something(text) => self.not_known(reply),
            Intent::Unknown | Intent::Yes | Intent::No | Intent::SelectOption => self.missed(reply),
            _ if matches!(self.flow, Flow::Idle) => {
                self.say(reply, Meaning::NotMine, &[]);
                self.ask(reply, Ask::AnythingElse);
            }
            _ if self.asks_something(text) => self.not_known(reply),
            // In the middle of something, an odd reading is more likely a misheard answer.
            _ => self.missed(reply),
        }
    }
}

/// Whether an intent ends or drops something, or answers a yes-or-no question.
fn is_grave(intent: Intent) -> bool {
    matches!(
        intent,
        Intent::Goodbye
            | Intent::Cancel
            | Intent::Undo
            | Intent::StartOver
            | Intent::OptOut
            | Intent::Yes
            | Intent::No
            | Intent::HoldOn
            | Intent::SwitchLanguage
            | Intent::SelectOption
            | Intent::Thanks
    )
}

/// Whether an intent begins something that takes several turns.
fn starts_flow(intent: Intent) -> bool {
    matches!(
        intent,
        Intent::BookAppointment
            | Intent::CheckAvailability
            | Intent::RescheduleAppointment
            | Intent::CancelAppointment
            | Intent::ListAppointments
            | Intent::LeaveMessage
    )
}
