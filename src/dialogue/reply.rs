//! A reply in the making: meanings become clauses, and what is common to every reply is done once.

use super::flow::wish::civil;
use super::phrasing::{Fill, Meaning, Said, lexicon::Lexicon, spoken};
use super::state::{Awaiting, Dialogue, Job};
use super::{Channel, Clause, Step, Then};
use crate::crm::Operation;
use crate::crm::model::{Appointment, Slot};
use crate::crm::operation::ReleaseHold;
use jiff::Zoned;
use jiff::civil::{Date, Time};

/// A reply in the making.
pub(super) struct Reply<'a> {
    pub(super) now: &'a Zoned,
    pub(super) step: Step,
    /// Clauses at the start that are not said again on "repeat": "are you still there?".
    pub(super) preface: usize,
    /// What was said brought nothing forward, and was not misunderstood either: "what?", "I'm here".
    pub(super) stands_still: bool,
}

impl<'a> Reply<'a> {
    pub(super) fn new(now: &'a Zoned) -> Self {
        Self { now, step: Step::default(), preface: 0, stands_still: false }
    }

    pub(super) fn today(&self) -> Date {
        self.now.date()
    }

    /// A slot's day and time here.
    pub(super) fn civil(&self, slot: Slot) -> (Date, Time) {
        civil(slot, self.now.time_zone())
    }
}

impl Dialogue {
    pub(super) fn lexicon(&self) -> &Lexicon {
        self.phrases.book(self.language).lexicon()
    }

    /// Adds what conveys `meaning`.
    pub(super) fn say(&self, reply: &mut Reply<'_>, meaning: Meaning, fills: &[Fill]) {
        let mut all = fills.to_vec();
        all.push(("business", Said::plain(self.setting.business.name.clone()).steadily()));
        all.push(("agent", Said::plain(self.setting.business.agent_name.clone()).steadily()));
        let book = self.phrases.book(self.language);
        let contrite = self.apologised || reply.step.say.iter().any(|clause| book.apologises(&clause.ear));
        reply.step.say.extend(book.clauses(self.setting.channel, meaning, self.turn, contrite, &all));
    }

    /// Gives out an operation, unless the chain has grown too long: then a person is offered.
    pub(super) fn perform(&mut self, reply: &mut Reply<'_>, job: Job, operation: Operation) {
        /// Longer than any sound course of events: find, hold, lose it, find again, hold.
        const HOPS_MAX: u8 = 12;
        if self.hops >= HOPS_MAX {
            self.give_up(reply, Meaning::Unavailable);
            return;
        }
        self.hops += 1;
        self.awaiting = Some(Awaiting { job, operation: operation.clone(), retried: false });
        reply.step.operation = Some(operation);
    }

    /// The reply, whole: a loose hold goes along, sentences begin with capitals, and it is remembered for "repeat".
    pub(super) fn finish(&mut self, mut reply: Reply<'_>) -> Step {
        if self.awaiting.is_none()
            && reply.step.operation.is_none()
            && let Some(hold) = self.loose.take()
        {
            let operation = Operation::ReleaseHold(ReleaseHold { hold });
            self.awaiting = Some(Awaiting { job: Job::Release, operation: operation.clone(), retried: true });
            reply.step.operation = Some(operation);
        }
        if let Some(then) = &self.ended {
            reply.step.then = then.clone();
        }
        capitalise(&mut reply.step.say);
        if !reply.step.say.is_empty() {
            let book = self.phrases.book(self.language);
            self.apologised = reply.step.say.iter().any(|clause| book.apologises(&clause.ear));
            self.said = reply.step.say.get(reply.preface..).unwrap_or_default().to_vec();
            self.turn = self.turn.wrapping_add(1);
        }
        reply.step
    }

    /// A word in between, which is not what "repeat" means.
    pub(super) fn aside(&mut self, mut reply: Reply<'_>) -> Step {
        capitalise(&mut reply.step.say);
        self.turn = self.turn.wrapping_add(1);
        reply.step
    }

    /// Ends the conversation: what follows is `then`, whatever else happens.
    pub(super) fn end(&mut self, reply: &mut Reply<'_>, then: Then) {
        self.let_go();
        self.next.clear();
        reply.step.then = then.clone();
        self.ended = Some(then);
    }

    /// `{a_service}` and `{service}`.
    pub(super) fn service_fills(&self, name: &str) -> Vec<Fill> {
        let said = self.service_said(name);
        vec![("a_service", Said::plain(spoken::with_article(self.lexicon(), &said.ear))), ("service", said)]
    }

    /// A service's name in the language spoken.
    pub(super) fn service_said(&self, name: &str) -> Said {
        Said::plain(spoken::service(self.lexicon(), name))
    }

    /// `{on_date}` and `{time}` of a slot: the date in full, as when reading back.
    pub(super) fn date_fills(&self, reply: &Reply<'_>, slot: Slot) -> Vec<Fill> {
        let (day, time) = reply.civil(slot);
        vec![("on_date", spoken::on_date(self.lexicon(), day)), ("time", spoken::time(self.lexicon(), time))]
    }

    /// `{on_day}` and `{time}` of a slot: the day as one says it in passing.
    pub(super) fn day_fills(&self, reply: &Reply<'_>, slot: Slot) -> Vec<Fill> {
        let (day, time) = reply.civil(slot);
        vec![
            ("on_day", spoken::on_day(self.lexicon(), day, reply.today())),
            ("time", spoken::time(self.lexicon(), time)),
        ]
    }

    /// Everything the phrases say of an appointment.
    pub(super) fn appointment_fills(&self, reply: &Reply<'_>, appointment: &Appointment) -> Vec<Fill> {
        let mut fills = self.service_fills(&appointment.service_name);
        fills.extend(self.date_fills(reply, appointment.slot));
        fills.push(("id", Said::plain(appointment.id.to_string())));
        fills
    }

    /// Options as they are read out, and for who reads them each on a line of its own with its number.
    pub(super) fn listed(&self, told: Said, lines: impl IntoIterator<Item = String>) -> Said {
        if self.setting.channel == Channel::Ear {
            return told;
        }
        let numbered = lines.into_iter().enumerate().map(|(at, line)| format!("{}. {line}\n", at + 1));
        Said::new(told.ear.replace('|', " "), format!("\n{}", numbered.collect::<Vec<_>>().concat()))
    }

    /// The clauses of a meaning as one value, to stand inside another phrase.
    pub(super) fn as_value(&self, meaning: Meaning, fills: &[Fill]) -> Said {
        let book = self.phrases.book(self.language);
        let clauses = book.clauses(self.setting.channel, meaning, 0, false, fills);
        let joined = |form: fn(&Clause) -> &str| clauses.iter().map(form).collect::<Vec<_>>().join(" ");
        Said::new(joined(|clause| &clause.ear), joined(|clause| &clause.eye))
    }
}

/// Words of theirs, made harmless for a phrase: the parting sign is ours.
pub(super) fn their_words(text: &str) -> Said {
    Said::plain(text.replace('|', " "))
}

/// Begins each sentence with a capital.
fn capitalise(clauses: &mut [Clause]) {
    let mut starts = true;
    for clause in clauses {
        if starts {
            clause.ear = capitalised(&clause.ear);
            clause.eye = capitalised(&clause.eye);
        }
        starts = clause.eye.trim_end().ends_with(['.', '?', '!']);
    }
}

fn capitalised(text: &str) -> String {
    let Some((at, letter)) = text.char_indices().find(|(_, c)| c.is_alphanumeric()) else { return text.to_owned() };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..at]);
    out.extend(letter.to_uppercase());
    out.push_str(&text[at + letter.len_utf8()..]);
    out
}
