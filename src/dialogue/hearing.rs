//! What the person said or pressed, and who deals with it.
//!
//! The order is the policy, and it is the same in every state: what can be said at any time (repeat, hold on, a
//! person), then questions about the business, then the answer to what was asked, then new wishes; whatever is left
//! goes up the ladder of not understanding.

use super::ask::Rung;
use super::flow::find::place_of;
use super::flow::wish::Wish;
use super::phrasing::{Cue, Meaning};
use super::reply::Reply;
use super::state::{Ask, Dialogue, Flow, Purpose};
use super::{Heard, Step, Then};
use crate::nlu::{Entities, Intent, Language, Understanding};
use crate::phone::E164;
use jiff::Zoned;

/// Recognition or understanding below this is asked about before anything is done that cannot be undone.
const DOUBTFUL_BELOW: f32 = 0.45;

/// In a message, only so short a sentence can be a command and not part of it.
const COMMAND_WORDS_MAX: usize = 4;

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
        self.silences = 0;
        if self.over(&mut reply, understanding) {
            return self.finish(reply);
        }
        let misses = self.misses;
        self.dispatch(&mut reply, heard, understanding);
        if self.misses == misses {
            self.misses = 0;
        }
        self.finish(reply)
    }

    /// An operation is under way: nothing else can be started. A release is not waited for.
    fn still_busy(&mut self, reply: &mut Reply<'_>) -> bool {
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
        let courtesies = [Intent::Unknown, Intent::Thanks, Intent::Goodbye, Intent::Yes, Intent::No, Intent::Greeting];
        let transferred = matches!(self.ended, Some(Then::Transfer(_)));
        if transferred || (courtesies.contains(&understanding.intent) && self.setting.channel == super::Channel::Ear) {
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
        let (intent, entities, text) = (understanding.intent, &understanding.entities, understanding.text.as_str());
        if self.ask == Ask::Words && self.words_of_message(reply, intent, text) {
            return;
        }
        self.remember_next(understanding);
        if self.control(reply, intent, doubtful) || self.question(reply, understanding) {
            return;
        }
        if !self.reply_to_question(reply, intent, entities, text, doubtful)
            && !self.start(reply, intent, entities, text)
        {
            self.courtesy(reply, intent);
        }
    }

    /// While a message is taken everything is part of it, but for a few short commands.
    fn words_of_message(&mut self, reply: &mut Reply<'_>, intent: Intent, text: &str) -> bool {
        let commands = [
            Intent::Cancel,
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

    /// A second wish of the same breath waits for its turn.
    fn remember_next(&mut self, understanding: &Understanding) {
        let later =
            understanding.also.iter().find(|(intent, _)| starts_flow(*intent) && *intent != understanding.intent);
        if let Some(next) = later {
            self.next = Some(next.clone());
        }
    }

    /// What can be said at any time.
    fn control(&mut self, reply: &mut Reply<'_>, intent: Intent, doubtful: bool) -> bool {
        match intent {
            Intent::Repeat => reply.step.say.clone_from(&self.said),
            Intent::HoldOn => {
                self.say(reply, Meaning::HoldOn, &[]);
                reply.step.then = Then::Hold;
            }
            Intent::StartOver => {
                self.let_go();
                self.next = None;
                self.say(reply, Meaning::StartOver, &[]);
                self.ask(reply, Ask::Opening);
            }
            Intent::Help => {
                self.say(reply, Meaning::Help, &[]);
                self.put(reply, Rung::Again);
            }
            Intent::TalkToHuman if doubtful && self.ask != Ask::Person => self.offer_person(reply),
            Intent::TalkToHuman => self.to_person(reply),
            Intent::Goodbye if doubtful && self.ask != Ask::Leave => self.ask(reply, Ask::Leave),
            Intent::Goodbye => self.goodbye(reply),
            Intent::SwitchLanguage => {
                self.language = match self.language {
                    Language::En => Language::Es,
                    Language::Es => Language::En,
                };
                self.say(reply, Meaning::LanguageNow, &[]);
                self.put(reply, Rung::Again);
            }
            Intent::Cancel => self.abandon(reply),
            _ => return false,
        }
        if matches!(intent, Intent::Repeat) {
            self.read_back.missed = false;
        }
        true
    }

    /// Questions about the business are answered, and what we wanted to know is asked again.
    fn question(&mut self, reply: &mut Reply<'_>, understanding: &Understanding) -> bool {
        let (text, flow_open) = (understanding.text.as_str(), !matches!(self.flow, Flow::Idle));
        let before = self.ask;
        let answered = self.answer(reply, understanding.intent, &understanding.entities, text);
        for (intent, entities) in understanding.also.iter().take(2) {
            let _ = !answered || self.answer(reply, *intent, entities, text);
        }
        if !answered || self.ask != before {
            return answered;
        }
        match self.next.take() {
            Some((intent, entities)) if !flow_open => {
                self.start(reply, intent, &entities, "");
            }
            next => {
                self.next = next;
                match self.ask {
                    Ask::Opening | Ask::PriceOf => self.ask(reply, Ask::AnythingElse),
                    // The reading back is long, and their yes would come too soon without it.
                    _ => self.put(reply, Rung::Again),
                }
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
                Intent::Yes => {
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
            Ask::Person => self.at_person(reply, intent),
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
            Ask::FindBy => !starts_flow(intent) && self.find_by(reply, entities),
            Ask::Which => self.pick_found(reply, entities),
            Ask::Confirm if !matches!(self.flow, Flow::Booking(_)) => {
                self.at_confirm(reply, intent, entities, text, doubtful)
            }
            Ask::Name | Ask::Phone if matches!(self.flow, Flow::Message(_)) => {
                self.message_fact(reply, intent, entities, text)
            }
            Ask::Service
            | Ask::Day
            | Ask::Slot
            | Ask::Name
            | Ask::Phone
            | Ask::Confirm
            | Ask::WhatToChange
            | Ask::Words => self.in_booking(reply, intent, entities, text, doubtful),
        }
    }

    fn at_opening(&mut self, reply: &mut Reply<'_>, intent: Intent, entities: &Entities, text: &str) -> bool {
        let about_a_visit = entities.service.is_some() || entities.when.is_some();
        // "And a consultation?", "and on Sunday?": the last question, asked of something else.
        let follow_up = match self.last_question {
            Some(Intent::AskPrice) => entities.service.is_some(),
            Some(Intent::AskHours) => entities.when.is_some() && entities.service.is_none(),
            _ => false,
        };
        match (intent, self.last_question) {
            (Intent::Unknown, Some(question)) if follow_up => {
                self.answer(reply, question, entities, text);
                self.ask(reply, Ask::AnythingElse);
                return true;
            }
            _ => {}
        }
        match intent {
            Intent::Unknown | Intent::SelectOption | Intent::Greeting | Intent::Yes if about_a_visit => {
                self.start_booking(reply, entities, text);
                true
            }
            Intent::Greeting | Intent::Yes => {
                self.take_person(entities);
                let said = if intent == Intent::Yes { Meaning::Sure } else { Meaning::Hello };
                self.say(reply, said, &[]);
                self.put(reply, Rung::Again);
                true
            }
            Intent::No => {
                self.ask(reply, Ask::AnythingElse);
                true
            }
            _ => false,
        }
    }

    fn price_asked(&mut self, reply: &mut Reply<'_>, entities: &Entities, text: &str) -> bool {
        let answered = self.answer(reply, Intent::AskPrice, entities, text);
        self.ask(reply, Ask::AnythingElse);
        answered
    }

    fn at_person(&mut self, reply: &mut Reply<'_>, intent: Intent) -> bool {
        match intent {
            Intent::Yes if self.can_transfer() => self.to_person(reply),
            Intent::Yes => self.start_message(reply, &Entities::default()),
            Intent::No => self.back_to_work(reply),
            _ => return false,
        }
        true
    }

    /// On with what was being done, or with nothing.
    fn back_to_work(&mut self, reply: &mut Reply<'_>) {
        self.misses = 0;
        match &self.flow {
            Flow::Booking(_) => self.advance_booking(reply),
            Flow::Message(_) => self.advance_message(reply),
            Flow::Cancelling(_) => self.ask(reply, Ask::Confirm),
            Flow::Finding(_) => self.ask(reply, Ask::FindBy),
            Flow::Idle => self.ask(reply, Ask::AnythingElse),
        }
    }

    /// Yes or no to cancelling, or to leaving a message.
    fn at_confirm(
        &mut self,
        reply: &mut Reply<'_>,
        intent: Intent,
        entities: &Entities,
        text: &str,
        doubtful: bool,
    ) -> bool {
        let cancelling = matches!(self.flow, Flow::Cancelling(_));
        match intent {
            Intent::Yes => self.confirmed(reply, doubtful),
            Intent::CancelAppointment if cancelling => self.confirmed(reply, doubtful),
            Intent::LeaveMessage if !cancelling => self.confirmed(reply, doubtful),
            // "No, my number is…" corrects what goes with the message.
            _ if !cancelling && self.take_person(entities) => self.ask(reply, Ask::Confirm),
            Intent::No => self.denied(reply, text),
            _ => return false,
        }
        true
    }

    /// A name or a number for the message.
    fn message_fact(&mut self, reply: &mut Reply<'_>, intent: Intent, entities: &Entities, text: &str) -> bool {
        if self.person_fact(intent, entities, text) {
            self.advance_message(reply);
            return true;
        }
        false
    }

    /// Takes over a name or number that was asked for; "no" to the number is an answer too.
    fn person_fact(&mut self, intent: Intent, entities: &Entities, text: &str) -> bool {
        if self.take_person(entities) {
            return true;
        }
        if self.ask != Ask::Phone {
            return false;
        }
        let this_number = self.phrases.book(self.language).cues(text).contains(&Cue::ThisNumber);
        if this_number && let Some(caller) = self.setting.caller.clone() {
            self.person.phone = Some(caller);
            return true;
        }
        if intent == Intent::No {
            self.person.no_phone = true;
        }
        intent == Intent::No
    }

    /// Everything said while an appointment is made or moved.
    fn in_booking(
        &mut self,
        reply: &mut Reply<'_>,
        intent: Intent,
        entities: &Entities,
        text: &str,
        doubtful: bool,
    ) -> bool {
        let Flow::Booking(booking) = &self.flow else { return false };
        let is_new = booking.moving.is_none();
        if intent == Intent::CancelAppointment {
            self.abandon(reply);
            return true;
        }
        if intent == Intent::LeaveMessage || intent == Intent::ListAppointments || intent == Intent::OptOut {
            return false;
        }
        let person_changed = is_new && self.person_fact(intent, entities, text);
        let steered = self.ask == Ask::Slot
            && (self.pick_slot(reply, entities)
                || (!person_changed && (self.steer(reply, text) || self.yes_or_no_to_slots(reply, intent, entities))));
        if steered {
            return true;
        }
        let booking_changed = self.take_booking(reply, entities, text);
        if person_changed || booking_changed {
            self.read_back.missed = false;
            self.doubted = false;
            self.advance_booking(reply);
            return true;
        }
        match (self.ask, intent) {
            (Ask::Confirm, Intent::Yes | Intent::BookAppointment | Intent::ConfirmAppointment) => {
                self.confirmed(reply, doubtful);
            }
            (Ask::Confirm, Intent::RescheduleAppointment) if !is_new => self.confirmed(reply, doubtful),
            (Ask::Confirm, Intent::No | Intent::RescheduleAppointment) => self.denied(reply, text),
            (Ask::Confirm | Ask::WhatToChange, _) if self.reopen(reply, text) => {}
            (Ask::WhatToChange, Intent::No) => self.abandon(reply),
            (Ask::Day, _) if self.phrases.book(self.language).cues(text).contains(&Cue::Any) => {
                if let Flow::Booking(booking) = &mut self.flow {
                    booking.wish.soonest = true;
                }
                self.advance_booking(reply);
            }
            (_, Intent::BookAppointment | Intent::CheckAvailability | Intent::RescheduleAppointment) => {
                self.put(reply, Rung::Again);
            }
            _ => return false,
        }
        true
    }

    /// One of the slots offered, by its place, its time or its day.
    fn pick_slot(&mut self, reply: &mut Reply<'_>, entities: &Entities) -> bool {
        let Flow::Booking(booking) = &self.flow else { return false };
        let (offered, zone) = (booking.offered.clone(), reply.now.time_zone());
        let place = entities.option.or(entities.ordinal).and_then(|place| place_of(place, offered.len()));
        if let Some(place) = place {
            self.choose(reply, offered[place]);
            return true;
        }
        if let Some(when) = &entities.when {
            let wish = Wish::of(when, reply.today());
            let mut named = offered.iter().filter(|slot| !wish.is_empty() && wish.fits(**slot, zone));
            if let (Some(slot), None) = (named.next(), named.next()) {
                self.choose(reply, *slot);
                return true;
            }
        }
        false
    }

    /// Yes or no to what was offered, with no more said than that.
    fn yes_or_no_to_slots(&mut self, reply: &mut Reply<'_>, intent: Intent, entities: &Entities) -> bool {
        let Flow::Booking(booking) = &self.flow else { return false };
        if entities.when.is_some() || entities.service.is_some() {
            return false;
        }
        match (intent, booking.offered.clone().as_slice()) {
            (Intent::Yes, [only]) => self.choose(reply, *only),
            (Intent::Yes, _) => self.put(reply, Rung::Again),
            (Intent::No, _) => {
                self.forget_day();
                self.ask = Ask::Day;
                self.put(reply, Rung::Again);
            }
            _ => return false,
        }
        true
    }

    /// A new wish. Says whether `intent` is one.
    pub(super) fn start(&mut self, reply: &mut Reply<'_>, intent: Intent, entities: &Entities, text: &str) -> bool {
        match intent {
            Intent::BookAppointment | Intent::CheckAvailability => self.start_booking(reply, entities, text),
            Intent::RescheduleAppointment => self.start_finding(reply, Purpose::Move, entities),
            Intent::CancelAppointment => self.start_finding(reply, Purpose::Cancel, entities),
            Intent::ListAppointments | Intent::ConfirmAppointment => {
                self.start_finding(reply, Purpose::Tell, entities);
            }
            Intent::LeaveMessage => self.start_message(reply, entities),
            Intent::OptOut => self.start_opt_out(reply),
            _ => return false,
        }
        true
    }

    /// What is left: politeness, what we cannot do, and what was not understood.
    fn courtesy(&mut self, reply: &mut Reply<'_>, intent: Intent) {
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
            Intent::Unknown | Intent::Yes | Intent::No | Intent::SelectOption | Intent::Undo => self.missed(reply),
            _ if matches!(self.flow, Flow::Idle) => {
                self.say(reply, Meaning::NotMine, &[]);
                self.ask(reply, Ask::AnythingElse);
            }
            // In the middle of something, an odd reading is more likely a misheard answer.
            _ => self.missed(reply),
        }
    }

    /// Keys pressed.
    pub(super) fn keys(&mut self, now: &Zoned, keys: &str) -> Step {
        let mut understanding = Understanding {
            text: keys.to_owned(),
            lang: self.language,
            intent: Intent::Unknown,
            confidence: 1.0,
            entities: Entities::default(),
            why: vec!["keypad".to_owned()],
            also: Vec::new(),
        };
        let keys = keys.trim_end_matches('#');
        let number = keys.parse::<i64>().ok().filter(|_| keys.len() <= 2);
        let field = self.expected_field();
        match (self.ask, number) {
            (Ask::Phone | Ask::FindBy, _) if keys.len() > 1 => {
                understanding.entities.phone = E164::parse(keys, &self.setting.business.region).ok();
                if understanding.entities.phone.is_none() {
                    return self.incomplete_number(now);
                }
            }
            (_, Some(0)) => understanding.intent = Intent::TalkToHuman,
            (_, Some(1)) if field == crate::nlu::Field::YesNo => understanding.intent = Intent::Yes,
            (_, Some(2)) if field == crate::nlu::Field::YesNo => understanding.intent = Intent::No,
            (Ask::Slot | Ask::Which, Some(place)) => {
                understanding.intent = Intent::SelectOption;
                understanding.entities.option = Some(place);
            }
            (Ask::Service | Ask::PriceOf, Some(place)) => {
                let services = &self.setting.business.services;
                let service = place_of(place, services.len()).map(|place| services[place].name.clone());
                understanding.entities.service = service;
            }
            _ if keys == "*" => understanding.intent = Intent::Repeat,
            _ => {}
        }
        if self.ask == Ask::Words {
            return self.not_heard(now, false);
        }
        self.understood(now, 1.0, &understanding)
    }

    /// Figures that make no telephone number.
    fn incomplete_number(&mut self, now: &Zoned) -> Step {
        let mut reply = Reply::new(now);
        reply.step.why.push("keypad: no telephone number".to_owned());
        if !self.still_busy(&mut reply) {
            self.say(&mut reply, Meaning::PhoneIncomplete, &[]);
            self.missed_quietly(&mut reply);
        }
        self.finish(reply)
    }

    /// As [`Dialogue::missed`], when what was wrong has been said.
    fn missed_quietly(&mut self, reply: &mut Reply<'_>) {
        if self.misses < 2 {
            self.misses += 1;
            self.put(reply, Rung::Hint);
        } else {
            self.missed(reply);
        }
    }

    /// They said nothing (`silence`), or nothing that could be recognised.
    pub(super) fn not_heard(&mut self, now: &Zoned, silence: bool) -> Step {
        let mut reply = Reply::new(now);
        if self.ended.is_some() {
            return self.finish(reply);
        }
        if self.still_busy(&mut reply) {
            return self.finish(reply);
        }
        reply.step.why.push(if silence { "silence" } else { "unclear" }.to_owned());
        if silence {
            self.nothing_said(&mut reply);
        } else {
            self.silences = 0;
            self.missed(&mut reply);
        }
        self.finish(reply)
    }

    /// What reached us, when no words have to be understood.
    pub(super) fn wordless(&mut self, now: &Zoned, heard: Heard<'_>) -> Step {
        match heard {
            Heard::Digits(keys) => self.keys(now, keys),
            Heard::Silence => self.not_heard(now, true),
            Heard::Unclear | Heard::Words { .. } => self.not_heard(now, false),
        }
    }
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
