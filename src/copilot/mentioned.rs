//! What a sentence mentioned, as a command takes it: whom it is about apart from what it says of them.

use super::phrases::{Book, Cue};
use crate::crm::model::folded;
use crate::nlu::{Bound, Entities, Intent, WhenValue};
use crate::phone::E164;
use jiff::civil::{Date, DateTime, Time};
use jiff::{Timestamp, ToSpan, Zoned};
use serde::{Deserialize, Serialize};

/// Whom a command is about, as it was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Whom {
    /// "Him", "that contact".
    Them,
    /// By these words.
    Named(String),
    /// By number.
    Phone(E164),
    /// By address.
    Email(String),
}

impl Whom {
    /// What to search for.
    pub(super) fn query(&self) -> String {
        match self {
            Self::Them => String::new(),
            Self::Named(words) => words.clone(),
            Self::Phone(phone) => phone.to_string(),
            Self::Email(email) => email.clone(),
        }
    }
}

/// What was mentioned; a field is there once it was said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Mentioned {
    pub(super) whom: Option<Whom>,
    /// A name somebody is to have.
    pub(super) name: Option<String>,
    /// A number somebody is to have.
    pub(super) phone: Option<E164>,
    /// An address somebody is to have.
    pub(super) email: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) body: Option<String>,
    /// What an e-mail is about.
    pub(super) subject: Option<String>,
    /// The name of a campaign or workflow.
    pub(super) campaign: Option<String>,
    /// A number or id behind a noun: "note 2".
    pub(super) id: Option<String>,
    /// A sum, in the smallest unit.
    pub(super) amount_minor: Option<i64>,
    /// A stage of a pipeline.
    pub(super) stage: Option<String>,
    /// What is to be done, or what a task is found by.
    pub(super) title: Option<String>,
    /// The sentence itself, where small words of it decide.
    pub(super) words: Option<String>,
    /// What somebody lacks.
    pub(super) missing: Option<String>,
    pub(super) service: Option<String>,
    /// From then until before then.
    pub(super) span: Option<(Timestamp, Timestamp)>,
    pub(super) day: Option<Date>,
    pub(super) time: Option<Time>,
}

impl Mentioned {
    /// What a sentence with this intent mentions. `them` is the name that stands in it for "him" or "her", if one does.
    pub(super) fn of(
        intent: Intent,
        entities: &Entities,
        (text, them): (&str, Option<&str>),
        book: &Book,
        now: &Zoned,
    ) -> Self {
        let is_them = |name: &String| them.is_some_and(|them| folded(them) == folded(name));
        let named = entities.name.clone().or_else(|| entities.query.clone());
        let mut named = named.map(|name| if is_them(&name) { Whom::Them } else { Whom::Named(name) });
        let mut mentioned = Self {
            tags: entities.tags.clone(),
            body: entities.body.clone(),
            subject: entities.subject.clone(),
            campaign: entities.campaign.clone(),
            id: entities.id.clone(),
            amount_minor: entities.amount.map(minor),
            stage: entities.stage.clone(),
            missing: entities.missing.clone(),
            service: entities.service.clone(),
            ..Self::default()
        };
        mentioned.take_when(entities, now);
        let (email, phone) = (entities.email.clone(), entities.phone.clone());
        // Words of a message decide nothing.
        let end = mentioned.body.as_ref().and_then(|body| text.rfind(body.as_str()));
        // What a note that is to go says is what it is found by.
        let all = is_about_tasks(intent) || intent == Intent::DeleteNote;
        let own = if all { text } else { &text[..end.unwrap_or(text.len())] };
        mentioned.words = decided_by_words(intent).then(|| own.to_owned());
        if intent == Intent::CreateContact {
            mentioned.name = entities.name.clone().filter(|name| !is_them(name));
            (mentioned.email, mentioned.phone) = (email, phone);
        } else if intent == Intent::UpdateContact {
            // Of an address and a number one says who it is, and the field that is named says which.
            (mentioned.whom, mentioned.email, mentioned.phone) = match (named, email, phone) {
                (Some(whom), email, phone) => (Some(whom), email, phone),
                (None, Some(email), Some(phone)) if book.has(Cue::PhoneField, text) => {
                    (Some(Whom::Email(email)), None, Some(phone))
                }
                (None, Some(email), Some(phone)) => (Some(Whom::Phone(phone)), Some(email), None),
                (None, email, phone) => (None, email, phone),
            };
            mentioned.name = book.new_name(text);
        } else if is_about_tasks(intent) {
            let when = entities.when.as_ref().map(|when| when.text.as_str());
            let said = mentioned.body.take().unwrap_or_else(|| text.to_owned());
            mentioned.title =
                if intent == Intent::CreateTask { book.title(&said, when) } else { entities.query.clone() };
            let named = entities.name.is_some().then_some(named).flatten();
            mentioned.whom = email.map(Whom::Email).or(phone.map(Whom::Phone)).or(named);
        } else {
            if intent == Intent::UpdateNote && mentioned.body.is_none() {
                mentioned.body = book.behind_into(text);
                // Whoever is named in its new words is not whose it is.
                let end = mentioned.body.as_ref().and_then(|body| text.rfind(body.as_str())).unwrap_or(text.len());
                let before = text.get(..end).unwrap_or(text);
                named = named.filter(|whom| folded(before).contains(&folded(&whom.query())));
                mentioned.words = Some(before.to_owned());
            }
            if intent == Intent::UpdateSocialPost && mentioned.body.is_none() {
                // "To Friday at nine" is when, "to have a nice weekend" is what it says.
                let when = entities.when.as_ref().map(|when| folded(&when.text));
                let is_when = |words: &String| when.as_ref().is_some_and(|when| when.ends_with(&folded(words)));
                mentioned.body = book.behind_into(text).filter(|words| !is_when(words));
                if mentioned.body.is_some() {
                    (mentioned.day, mentioned.time, mentioned.span) = (None, None, None);
                }
            }
            mentioned.whom = email.map(Whom::Email).or(phone.map(Whom::Phone)).or(named);
        }
        mentioned
    }

    /// Takes over what was said later.
    pub(super) fn correct(&mut self, later: Self) {
        fn over<T>(old: &mut Option<T>, new: Option<T>) {
            if new.is_some() {
                *old = new;
            }
        }
        over(&mut self.whom, later.whom);
        over(&mut self.name, later.name);
        over(&mut self.phone, later.phone);
        over(&mut self.email, later.email);
        over(&mut self.body, later.body);
        over(&mut self.subject, later.subject);
        over(&mut self.campaign, later.campaign);
        over(&mut self.id, later.id);
        over(&mut self.amount_minor, later.amount_minor);
        over(&mut self.stage, later.stage);
        over(&mut self.title, later.title);
        self.words = self.words.take().or(later.words);
        over(&mut self.missing, later.missing);
        over(&mut self.service, later.service);
        over(&mut self.span, later.span);
        over(&mut self.day, later.day);
        over(&mut self.time, later.time);
        if !later.tags.is_empty() {
            self.tags = later.tags;
        }
    }

    /// Whether nothing was.
    pub(super) fn is_empty(&self) -> bool {
        Self { words: None, title: None, ..self.clone() } == Self::default()
    }

    pub(super) fn take_when(&mut self, entities: &Entities, now: &Zoned) {
        let Some(when) = &entities.when else { return };
        let instant = |at: DateTime| at.to_zoned(now.time_zone().clone()).ok().map(|zoned| zoned.timestamp());
        let day = |day: Date| Some((instant(day.into())?, instant(day.checked_add(1.day()).ok()?.into())?));
        match &when.value {
            WhenValue::Date(date) => (self.day, self.span) = (Some(*date), day(*date)),
            WhenValue::Time(time) => self.time = Some(*time),
            WhenValue::DateTime(at) => {
                (self.day, self.time, self.span) = (Some(at.date()), Some(at.time()), day(at.date()));
            }
            WhenValue::Duration(_) => {}
            WhenValue::Range { start, end } => {
                let at = |bound: &Bound| match bound {
                    Bound::Date(date) => (*date).into(),
                    Bound::Time(time) => now.date().to_datetime(*time),
                    Bound::DateTime(at) => *at,
                };
                let from = start.as_ref().map_or(Some(Timestamp::MIN), |bound| instant(at(bound)));
                let to = end.as_ref().map_or(Some(Timestamp::MAX), |bound| instant(at(bound)));
                self.span = from.zip(to);
                self.day = start.as_ref().map(|bound| at(bound).date());
            }
        }
    }
}

/// Whether small words of the sentence decide what is done.
fn decided_by_words(intent: Intent) -> bool {
    matches!(
        intent,
        Intent::ListOpportunities
            | Intent::UpdateOpportunity
            | Intent::UpdateTask
            | Intent::CompleteTask
            | Intent::DeleteTask
            | Intent::CreateSocialPost
            | Intent::LogCall
            | Intent::UpdateNote
            | Intent::DeleteNote
    )
}

fn is_about_tasks(intent: Intent) -> bool {
    matches!(
        intent,
        Intent::CreateTask | Intent::ListTasks | Intent::UpdateTask | Intent::CompleteTask | Intent::DeleteTask
    )
}

/// A sum in the smallest unit.
#[expect(clippy::cast_possible_truncation, reason = "a float's cast saturates, and the catalogue bounds sums")]
pub(super) fn minor(amount: f64) -> i64 {
    (amount * 100.0).round() as i64
}
