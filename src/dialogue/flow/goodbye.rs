//! Beginnings and endings: the greeting, letting go, a person, goodbye.

use super::super::phrasing::{Meaning, Said, spoken};
use super::super::reply::{Reply, their_words};
use super::super::state::{Ask, Dialogue, Draft, Flow, ReadBack};
use super::super::{Channel, Clause, Then};
use crate::crm::model::RecordingNotice;

impl Dialogue {
    pub(in crate::dialogue) fn greeting(&mut self, reply: &mut Reply<'_>) {
        let first_name = self.setting.contact.as_ref().map(|contact| contact.first_name.trim().to_owned());
        self.ask = Ask::Opening;
        match first_name.filter(|name| !name.is_empty()) {
            Some(name) => self.say(reply, Meaning::GreetKnown, &[("first_name", their_words(&name))]),
            None => self.say(reply, Meaning::Greet, &[]),
        }
        self.tell_of_recording(reply);
    }

    /// Callers who are recorded are told so, where the business wants it: before the question that ends the greeting.
    fn tell_of_recording(&mut self, reply: &mut Reply<'_>) {
        let business = self.setting.business.clone();
        if self.setting.channel != Channel::Ear || !business.recording {
            return;
        }
        let question = reply.step.say.pop();
        match &business.recording_notice {
            RecordingNotice::None => {}
            RecordingNotice::Standard => self.say(reply, Meaning::Recorded, &[]),
            RecordingNotice::Own(text) => {
                reply.step.say.push(Clause { ear: text.clone(), eye: text.clone(), fixed: true });
            }
        }
        reply.step.say.extend(question);
    }

    /// What was being done is dropped; a hold it had becomes loose.
    pub(in crate::dialogue) fn let_go(&mut self) {
        if let Flow::Booking(booking) = &self.flow
            && let Some(hold) = &booking.hold
        {
            self.loose = Some(hold.id);
        }
        self.flow = Flow::Idle;
        self.last_question = None;
        self.doubted = false;
        self.declined = false;
        self.beside.clear();
        self.read_back = ReadBack::default();
    }

    /// Drops what was being done because they want to.
    pub(in crate::dialogue) fn abandon(&mut self, reply: &mut Reply<'_>) {
        let said = match &self.flow {
            Flow::Idle => Meaning::NoProblem,
            Flow::Cancelling(_) => Meaning::Kept,
            Flow::Booking(_) | Flow::Finding(_) | Flow::Message(_) => Meaning::LetGo,
        };
        self.let_go();
        self.next.clear();
        self.say(reply, said, &[]);
        self.ask(reply, Ask::AnythingElse);
    }

    /// This is done: on with what else they wished for, or ask.
    pub(in crate::dialogue) fn done(&mut self, reply: &mut Reply<'_>) {
        self.let_go();
        if !self.go_on(reply) {
            self.ask(reply, Ask::AnythingElse);
        }
    }

    /// The next of what else they wished for in the same breath; of what cannot be done here they are told once.
    /// Says whether one was begun.
    pub(in crate::dialogue) fn go_on(&mut self, reply: &mut Reply<'_>) -> bool {
        let mut told = false;
        while let Some((intent, entities)) = self.next.pop_front() {
            if self.start(reply, intent, &entities, "") {
                return true;
            }
            if !self.answer(reply, intent, &entities, "") && !std::mem::replace(&mut told, true) {
                self.say(reply, Meaning::NotThatToo, &[]);
            }
        }
        false
    }

    /// It cannot be done here: say so, and offer a person or a message.
    pub(in crate::dialogue) fn give_up(&mut self, reply: &mut Reply<'_>, why: Meaning) {
        self.let_go();
        self.next.clear();
        self.awaiting = None;
        self.say(reply, why, &[]);
        self.offer_person(reply);
    }

    /// A person, please.
    pub(in crate::dialogue) fn connect(&mut self, reply: &mut Reply<'_>) {
        let number = self.setting.business.transfer_to.clone().filter(|_| !self.nobody_free);
        match (self.setting.channel, number) {
            (Channel::Ear, Some(number)) => {
                self.say(reply, Meaning::Transfer, &[]);
                self.end(reply, Then::Transfer(number));
            }
            (Channel::Eye, Some(number)) => {
                let phone = spoken::phone(self.lexicon(), &number);
                self.say(reply, Meaning::TransferInText, &[("phone", phone)]);
                self.ask(reply, Ask::AnythingElse);
            }
            (Channel::Ear | Channel::Eye, None) => {
                self.let_go();
                self.say(reply, Meaning::NoPerson, &[]);
                self.flow = Flow::Message(Draft::default());
                self.advance_message(reply);
            }
        }
    }

    pub(in crate::dialogue) fn goodbye(&mut self, reply: &mut Reply<'_>) {
        self.say(reply, Meaning::Goodbye, &[]);
        self.end(reply, Then::HangUp);
    }

    /// The first name of whom we talk to, for the phrases that use it.
    pub(in crate::dialogue) fn known_name(&self) -> Option<Said> {
        self.person.name.as_deref().map(their_words)
    }
}
