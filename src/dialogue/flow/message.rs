//! Taking a message: the words as they were said, a name, a number, and read back before it is left.

use super::super::phrasing::{Cue, Meaning};
use super::super::reply::{Reply, their_words};
use super::super::state::{Ask, Dialogue, Draft, Flow, Job};
use crate::crm::Operation;
use crate::crm::model::ContactDraft;
use crate::crm::operation::LeaveMessage;
use crate::nlu::Entities;

/// The longest message kept, in characters: about two minutes of speech.
const MESSAGE_MAX: usize = 2_000;

impl Dialogue {
    pub(in crate::dialogue) fn start_message(&mut self, reply: &mut Reply<'_>, entities: &Entities, text: &str) {
        self.let_go();
        // "I'm running late", "tell him I called": that is itself what the desk must know.
        let is_message = self.phrases.book(self.language).cues(text).contains(&Cue::TellThem);
        let words = entities.body.as_deref().or(is_message.then_some(text));
        self.flow = Flow::Message(Draft { words: words.and_then(kept_words) });
        self.advance_message(reply);
    }

    /// They do not want to be contacted: that is for the business to act on, so it becomes a message.
    pub(in crate::dialogue) fn start_opt_out(&mut self, reply: &mut Reply<'_>) {
        self.let_go();
        let words = self.as_value(Meaning::OptOutWords, &[]).eye;
        self.flow = Flow::Message(Draft { words: Some(words) });
        self.advance_message(reply);
    }

    /// The words of the message, as heard.
    pub(in crate::dialogue) fn message_words(&mut self, reply: &mut Reply<'_>, text: &str) {
        match (kept_words(text), &mut self.flow) {
            (Some(words), Flow::Message(draft)) => {
                draft.words = Some(words);
                self.advance_message(reply);
            }
            _ => self.missed(reply),
        }
    }

    pub(in crate::dialogue) fn advance_message(&mut self, reply: &mut Reply<'_>) {
        let Flow::Message(draft) = &self.flow else { return };
        if draft.words.is_none() {
            self.ask(reply, Ask::Words);
        } else if self.person.name.is_none() {
            self.ask(reply, Ask::Name);
        } else if self.person.phone.is_none() && !self.person.no_phone {
            self.ask(reply, Ask::Phone);
        } else {
            self.ask(reply, Ask::Confirm);
        }
    }

    /// Reads the message back.
    pub(in crate::dialogue) fn read_back_message(&mut self, reply: &mut Reply<'_>, words: &str) {
        self.say(reply, Meaning::ReadBackWords, &[("words", their_words(words.trim_end_matches(['.', '!', '?'])))]);
        self.mark_essential(reply);
        self.say(reply, Meaning::ShallILeave, &[]);
    }

    pub(in crate::dialogue) fn leave_message(&mut self, reply: &mut Reply<'_>) {
        let Flow::Message(Draft { words: Some(body) }) = &self.flow else { return self.advance_message(reply) };
        let operation = LeaveMessage { from: self.contact_draft(), body: body.clone(), call: self.setting.call };
        self.perform(reply, Job::Leave, Operation::LeaveMessage(operation));
    }

    pub(in crate::dialogue) fn contact_draft(&self) -> ContactDraft {
        ContactDraft {
            name: self.person.name.clone().unwrap_or_default(),
            phone: self.person.phone.clone(),
            email: self.setting.contact.as_ref().and_then(|contact| contact.email.clone()),
        }
    }
}

/// The words worth keeping, cut to the longest message.
fn kept_words(text: &str) -> Option<String> {
    let text = text.trim();
    text.chars().any(char::is_alphanumeric).then(|| text.chars().take(MESSAGE_MAX).collect())
}
