//! What a conversation knows: who it talks to, what is being done, what was asked last.
//!
//! Invariant: at most one operation is under way (`awaiting`). What is offered is kept for them under the booking's hold,
//! from before it is named until another offer, a choice or the end, unless the calendar cannot hold. A hold belongs to the booking it was made for or is
//! `loose` (to be released as soon as no operation is under way); never both.

use super::converse::Understand;
use super::flow::wish::{Days, Wish};
use super::phrasing::Phrases;
use super::{Clause, Setting, Then};
use crate::crm::Operation;
use crate::crm::model::{Appointment, Business, Hold, Slot};
use crate::id::{HoldId, ServiceId};
use crate::nlu::{Entities, Field, Intent, Language};
use crate::phone::E164;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::VecDeque;
use std::sync::Arc;

/// Wishes of one breath kept for later: who says more at once does not count on all of it.
pub(super) const WISHES_MAX: usize = 4;

/// A conversation.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, not a state of one machine")]
pub struct Dialogue {
    pub(super) setting: Arc<Setting>,
    pub(super) grammar: Arc<dyn Understand>,
    pub(super) phrases: Arc<Phrases>,
    pub(super) language: Language,
    pub(super) person: Person,
    pub(super) flow: Flow,
    pub(super) ask: Ask,
    pub(super) awaiting: Option<Awaiting>,
    /// A hold nobody wants any more.
    pub(super) loose: Option<HoldId>,
    /// Further wishes of the same breath, in the order said, for when this one is done; at most [`WISHES_MAX`].
    pub(super) next: VecDeque<(Intent, Entities)>,
    /// How often in a row nothing was said.
    pub(super) silences: u8,
    /// How often in a row nothing could be made of it.
    pub(super) misses: u8,
    /// Operations given out since the person last spoke: bounds a chain of outcomes that ask for more.
    pub(super) hops: u8,
    /// Chooses among variants.
    pub(super) turn: u32,
    /// Whether we apologised in the last turn.
    pub(super) apologised: bool,
    /// The question about the business answered last, for "and on Sunday?".
    pub(super) last_question: Option<Intent>,
    /// The appointment made or moved last in this conversation, for "cancel it" and "is it booked?".
    pub(super) made: Option<Box<Appointment>>,
    /// What was done last in this conversation, for "undo that".
    pub(super) undoable: Option<Box<Undoable>>,
    /// The appointments found beside the one taken up, for "no, the other one".
    pub(super) beside: Vec<Appointment>,
    /// The service whose price was told last, for "book me that one".
    pub(super) priced: Option<ServiceId>,
    /// What was said last, for "repeat".
    pub(super) said: Vec<Clause>,
    /// Whether an unsure yes was already questioned.
    pub(super) doubted: bool,
    /// They would rather go on with this than speak to a person.
    pub(super) declined: bool,
    /// Nobody answered when they were to be connected: not tried again in this conversation.
    pub(super) nobody_free: bool,
    /// How the reading back went.
    pub(super) read_back: ReadBack,
    /// They speak a language we cannot, and whether that was said.
    pub(super) unspoken: Unspoken,
    /// Set once the last words were said.
    pub(super) ended: Option<Then>,
}

impl Dialogue {
    /// A conversation about to begin.
    pub fn new(setting: Setting, grammar: Arc<dyn Understand>, phrases: Arc<Phrases>) -> Self {
        let contact = setting.contact.as_ref();
        let person = Person {
            name: contact.map(crate::crm::model::Contact::full_name).filter(|name| !name.is_empty()),
            phone: setting.caller.clone().or_else(|| contact.and_then(|contact| contact.phone.clone())),
            no_phone: false,
            corrected: None,
            spelled_back: None,
        };
        Self {
            language: setting.language,
            setting: Arc::new(setting),
            grammar,
            phrases,
            person,
            flow: Flow::Idle,
            ask: Ask::Opening,
            awaiting: None,
            loose: None,
            next: VecDeque::new(),
            silences: 0,
            misses: 0,
            hops: 0,
            turn: 0,
            apologised: false,
            last_question: None,
            made: None,
            undoable: None,
            beside: Vec::new(),
            priced: None,
            said: Vec::new(),
            doubted: false,
            declined: false,
            nobody_free: false,
            read_back: ReadBack::default(),
            unspoken: Unspoken::default(),
            ended: None,
        }
    }
}

impl Dialogue {
    /// Goes on for the business as it is now, be it set up otherwise than when the conversation began.
    pub fn answer_for(&mut self, business: &Arc<Business>) {
        if *self.setting.business != **business {
            self.setting = Arc::new(Setting { business: Arc::clone(business), ..(*self.setting).clone() });
        }
    }

    /// The times on offer at this moment: those just named, while their choice is awaited.
    pub fn offered(&self) -> &[Slot] {
        match (&self.flow, self.ask) {
            (Flow::Booking(booking), Ask::Slot) => &booking.offered,
            (Flow::Idle | Flow::Booking(_) | Flow::Finding(_) | Flow::Cancelling(_) | Flow::Message(_), _) => &[],
        }
    }
}

/// Whether they were told that their language is not spoken here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Unspoken {
    /// There was no need.
    #[default]
    Needless,
    /// It has to be said now.
    Due,
    /// It was said; once is enough.
    Told,
}

/// What was done, as far as it can be taken back.
#[derive(Clone, Debug)]
pub(super) enum Undoable {
    /// This was made.
    Booked(Appointment),
    /// This was moved, from there.
    Moved(Appointment, Slot),
    /// This was cancelled.
    Cancelled(Appointment),
    /// A message was left, and stays.
    Left,
}

/// Who we talk to, as far as we know.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    pub(super) name: Option<String>,
    pub(super) phone: Option<E164>,
    /// They will not give a number.
    pub(super) no_phone: bool,
    /// The part of the name that was corrected, until it has been spelled back.
    pub(super) corrected: Option<String>,
    /// The part of the name that was spelled back last.
    pub(super) spelled_back: Option<String>,
}

/// What is being done.
#[derive(Clone, Debug)]
pub(super) enum Flow {
    /// Nothing yet, or nothing more.
    Idle,
    /// Making or moving an appointment.
    Booking(Box<Booking>),
    /// Looking for an appointment there is.
    Finding(Box<Finding>),
    /// Cancelling this one.
    Cancelling(Box<Appointment>),
    /// Taking a message.
    Message(Draft),
}

/// An appointment in the making.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, not a state of one machine")]
pub(super) struct Booking {
    pub(super) service: Option<ServiceId>,
    /// The appointment being moved; none: a new one.
    pub(super) moving: Option<Appointment>,
    pub(super) wish: Wish,
    /// The two days their words may mean, while it is asked which.
    pub(super) either: Option<[Date; 2]>,
    /// Free slots found, and the days they were looked for on.
    pub(super) found: Option<Found>,
    /// The slots just offered.
    pub(super) offered: Vec<Slot>,
    /// Starts offered since the search.
    pub(super) shown: Vec<Timestamp>,
    /// Starts the calendar has refused: never offered again.
    pub(super) refused: Vec<Timestamp>,
    /// Starts somebody else had a moment ago: left out of what is found until they speak again.
    pub(super) taken: Vec<Timestamp>,
    /// What was found lacks starts that may be free again: the next wish is searched for anew.
    pub(super) stale: bool,
    /// How often a time was gone before it was theirs.
    pub(super) lost: u8,
    /// What is to be offered once it is kept for them.
    pub(super) offering: Option<Offering>,
    pub(super) chosen: Option<Slot>,
    pub(super) hold: Option<Hold>,
    /// The calendar cannot hold: book without.
    pub(super) unheld: bool,
    /// Searches that found nothing.
    pub(super) dry: u8,
    /// It was just said why what they wanted is not what they are about to be offered.
    pub(super) told: bool,
    /// The search was widened beyond the wish.
    pub(super) widened: bool,
    /// Weekdays they cannot come on, Monday first.
    pub(super) avoid: [bool; 7],
    /// They were asked whether to do it as it is.
    pub(super) as_it_is: bool,
    /// They asked for the last time of a day not yet looked at.
    pub(super) latest: bool,
}

impl Booking {
    /// Takes note of what is offered.
    pub(super) fn show(&mut self, slots: Vec<Slot>) {
        self.shown.extend(slots.iter().map(|slot| slot.start));
        self.offered = slots;
        self.dry = 0;
        self.told = false;
    }

    /// Whether a slot is kept for them; a calendar that cannot keep any has nothing to wait for.
    pub(super) fn keeps(&self, slot: Slot) -> bool {
        self.unheld || self.hold.as_ref().is_some_and(|hold| hold.keeps(slot.start))
    }

    /// A start the calendar does not give: out of everything found, and never offered again.
    pub(super) fn refuse(&mut self, start: Timestamp) {
        self.refused.push(start);
        self.miss(start);
    }

    /// A start somebody else had a moment ago, and may let go of again.
    pub(super) fn lose(&mut self, start: Timestamp) {
        self.taken.push(start);
        self.miss(start);
    }

    /// They speak: what somebody else had before may be free again by now.
    pub(super) fn forget_taken(&mut self) {
        self.stale |= !self.taken.is_empty();
        self.taken.clear();
    }

    /// A start somebody else has at the moment: out of what was found.
    pub(super) fn miss(&mut self, start: Timestamp) {
        if let Some(found) = &mut self.found {
            found.slots = found.slots.iter().copied().filter(|slot| slot.start != start).collect();
        }
    }
}

/// Times about to be offered, and in which words.
#[derive(Clone, Debug)]
pub(super) struct Offering {
    pub(super) slots: Vec<Slot>,
    /// As the nearest to a time of a day that was just named.
    pub(super) near: bool,
    /// What may stand in for one of them that somebody else has.
    pub(super) spare: Vec<Slot>,
}

/// The result of a search.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) days: Days,
    pub(super) slots: Arc<[Slot]>,
}

/// A search for an appointment there is.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) purpose: Purpose,
    /// What they already said about the time (the new one, when moving).
    pub(super) wish: Wish,
    pub(super) service: Option<ServiceId>,
    /// Which of several they already said, counted from 1.
    pub(super) option: Option<i64>,
    /// Looked for under this number,
    pub(super) phone: Option<E164>,
    /// or this full name.
    pub(super) name: Option<String>,
    /// Searches that found nothing.
    pub(super) dry: u8,
    pub(super) found: Vec<Appointment>,
}

impl Finding {
    /// Whether what was found by a name is of several people who bear it.
    pub(super) fn is_of_several_people(&self) -> bool {
        let first = self.found.first().map(|first| &first.customer_phone);
        self.name.is_some() && self.found.iter().any(|other| Some(&other.customer_phone) != first)
    }
}

/// What an appointment is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Move,
    Cancel,
    Tell,
}

/// A message in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) words: Option<String>,
}

/// The question that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    Opening,
    AnythingElse,
    Service,
    PriceOf,
    Day,
    /// One of two days their words may mean.
    WhichDate,
    /// One of the offered slots.
    Slot,
    Name,
    Phone,
    /// The reading back: yes or no.
    Confirm,
    WhatToChange,
    /// The number or name an appointment is under.
    FindBy,
    /// One of the appointments found.
    Which,
    /// The end of the number an appointment is under: several people have the name.
    Ending,
    Words,
    /// A person, or a message when there is none.
    Person,
    /// Whether to end here.
    Leave,
}

impl Ask {
    /// What kind of answer is expected. `one` says that a single slot was offered.
    pub(super) fn field(self, one: bool) -> Field {
        match self {
            Self::Opening | Self::AnythingElse | Self::WhatToChange => Field::Anything,
            Self::Service | Self::PriceOf => Field::Service,
            Self::Day => Field::Day,
            Self::Slot if one => Field::YesNo,
            Self::Slot | Self::Which | Self::WhichDate => Field::Choice,
            Self::Name => Field::Name,
            Self::Phone | Self::FindBy | Self::Ending => Field::Phone,
            Self::Confirm | Self::Person | Self::Leave => Field::YesNo,
            Self::Words => Field::Words,
        }
    }
}

/// An operation under way.
#[derive(Clone, Debug)]
pub(super) struct Awaiting {
    pub(super) job: Job,
    pub(super) operation: Operation,
    /// It was tried once already.
    pub(super) retried: bool,
}

/// What an operation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    Slots,
    Hold,
    /// Keeping times before they are offered.
    Secure,
    Release,
    Book,
    Move,
    Cancel,
    List,
    Leave,
    /// A note to the business that an outcome is not known.
    Flag,
}

/// How far a reading back was heard.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadBack {
    /// What has to be heard before a yes counts: the plain words of the eye's form, from the start of that turn.
    pub(super) essential: String,
    /// They cut in before the essential was said.
    pub(super) missed: bool,
    /// How often it was read again for that reason.
    pub(super) again: u8,
}
