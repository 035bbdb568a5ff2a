//! Who answers calls: a session with the dialogue, its journal kept; and how a session is made again from a journal.
//!
//! The journal's first line says what the conversation is rebuilt from ([`About`]), so `ringlypro replay` and the picking up
//! of a broken call need nothing but the file and this program. A journal cannot be replayed by a program that would have
//! done otherwise; then the call is not picked up.

use crate::call::CallTime;
use crate::call::action::Action;
use crate::call::event::Event;
use crate::call::journal::{self, Kept, ReplayError, Replayed};
use crate::call::session::{Session, Setup};
use crate::call::timing::Timing;
use crate::clock::Clock;
use crate::crm::model::{Business, CallRecord, Contact};
use crate::dialogue::{Channel, Dialogue, Phrases, Setting};
use crate::id::CallId;
use crate::nlu::{Grammar, Language};
use crate::phone::E164;
use crate::switchboard::journals::{Journal, Journals};
use crate::switchboard::{Answered, Answering, Machine, NotResumable, PickedUp};
use jiff::Zoned;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// A call is picked up so often at most: a line that keeps breaking is no conversation.
const RESUMES_MAX: u32 = 3;
/// A call that broke longer ago is not picked up: Twilio asks at once, and keeps no caller waiting for so long.
const BREAK_MAX: Duration = Duration::from_mins(2);

/// What a conversation is rebuilt from.
#[derive(Serialize, Deserialize)]
struct About {
    /// The program that answered, for whoever wonders why it does otherwise now.
    version: String,
    call: Option<CallId>,
    business: Business,
    caller: Option<E164>,
    contact: Option<Contact>,
    languages: Vec<Language>,
}

impl About {
    /// `records`: whether this installation does. Nobody is told of a recording that is not made.
    fn of(call: &Answered, records: bool, languages: &[Language]) -> Self {
        let mut business = (*call.business).clone();
        business.recording &= records;
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            call: Some(call.record.id),
            business,
            caller: call.record.from.clone(),
            contact: call.contact.clone(),
            languages: languages.to_vec(),
        }
    }

    fn dialogue(self, grammar: Arc<Grammar>, phrases: Arc<Phrases>) -> Dialogue {
        let setting = Setting {
            language: self.business.language,
            business: Arc::new(self.business),
            channel: Channel::Ear,
            caller: self.caller,
            contact: self.contact,
            call: self.call,
            languages: self.languages,
        };
        Dialogue::new(setting, grammar, phrases)
    }
}

/// Replays a journal's text before the eyes of `watcher`.
pub fn replay(
    text: &str,
    grammar: Arc<Grammar>,
    phrases: Arc<Phrases>,
    watcher: impl FnMut(Replayed<'_>),
) -> Result<Kept<Dialogue>, ReplayError> {
    journal::watch(text.lines(), |about| conversation(about, grammar, phrases), watcher)
}

/// A journal's text as it would be if the same had happened to this program.
pub fn renew(text: &str, grammar: Arc<Grammar>, phrases: Arc<Phrases>) -> Result<String, ReplayError> {
    journal::renew(text.lines(), |about| conversation(about, grammar, phrases))
}

/// The conversation a journal's first line describes, about to begin.
fn conversation(about: &Value, grammar: Arc<Grammar>, phrases: Arc<Phrases>) -> Result<Dialogue, String> {
    let about = About::deserialize(about).map_err(|error| error.to_string())?;
    Ok(about.dialogue(grammar, phrases))
}

/// Answers calls with the dialogue.
pub(super) struct Receptionist {
    pub(super) grammar: Arc<Grammar>,
    pub(super) phrases: Arc<Phrases>,
    pub(super) timing: Timing,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) journals: Journals,
    /// Whether this installation records at all.
    pub(super) records: bool,
    /// The languages there is a voice for.
    pub(super) languages: Vec<Language>,
}

impl Receptionist {
    /// The present, where the business is.
    fn answered_at(&self, call: &Answered) -> Zoned {
        let zone = TimeZone::get(&call.business.zone).unwrap_or_else(|error| {
            tracing::error!(%error, "the business's zone is unknown; its times are read as UTC");
            TimeZone::UTC
        });
        self.clock.now().to_zoned(zone)
    }
}

impl Answering for Receptionist {
    fn answer(&self, call: &Answered) -> (Box<dyn Machine>, Vec<Action>) {
        let about = About::of(call, self.records, &self.languages);
        let described = serde_json::to_value(&about).unwrap_or_default();
        let converse = about.dialogue(self.grammar.clone(), self.phrases.clone());
        let setup = Setup { converse, answered: self.answered_at(call), timing: self.timing.clone() };
        let start = journal::start(&setup, described);
        let (session, first) = Session::start(setup);
        let journal = self.journals.begin(call.record.id, start, first.clone());
        (Box::new(Phone { session, journal, since: CallTime::default() }), first)
    }

    fn rehearse(&self, call: &Answered) -> Vec<Action> {
        let converse =
            About::of(call, self.records, &self.languages).dialogue(self.grammar.clone(), self.phrases.clone());
        Session::start(Setup { converse, answered: self.answered_at(call), timing: self.timing.clone() }).1
    }

    fn pick_up(&self, call: &CallRecord) -> Result<PickedUp, NotResumable> {
        let id = call.id;
        let text = self.journals.read(id).map_err(|error| NotResumable(format!("no journal: {error}")))?;
        let kept = replay(&text, self.grammar.clone(), self.phrases.clone(), |_| {})
            .map_err(|error| NotResumable(terse(&error)))?;
        if let Some(why) = kept.broken {
            return Err(NotResumable(why));
        }
        if kept.resumes >= RESUMES_MAX {
            return Err(NotResumable("it broke too often".to_owned()));
        }
        let (clock, journals) = (self.clock.clone(), self.journals.clone());
        let since = {
            let (clock, answered) = (clock.clone(), kept.answered.timestamp());
            let last = kept.last;
            move || {
                let passed = Duration::try_from(clock.now().duration_since(answered)).unwrap_or_default();
                last.max(CallTime(passed))
            }
        };
        if since().0.saturating_sub(kept.last.0) > BREAK_MAX {
            return Err(NotResumable("it broke too long ago".to_owned()));
        }
        Ok(Box::new(move || {
            let since = since();
            let (session, first) = kept.session.resume(since);
            let journal = journals.begin(id, journal::resumed(since), first.clone());
            (Box::new(Phone { session, journal, since }), first)
        }))
    }
}

/// A replay's error without what was said and done: that belongs in no log.
fn terse(error: &ReplayError) -> String {
    match error {
        ReplayError::Unreadable { line, .. } => format!("line {line} of its journal cannot be read"),
        ReplayError::NoStart => "its journal has no beginning".to_owned(),
        ReplayError::Differs { line, .. } => {
            format!("this program would have done otherwise at line {line} of its journal")
        }
    }
}

/// A session as the line sees it, with its journal. A line counts from its stream's beginning, the session from the answer.
struct Phone {
    session: Session<Dialogue>,
    journal: Journal,
    /// When this stream began.
    since: CallTime,
}

impl Machine for Phone {
    fn handle(&mut self, at: CallTime, event: Event, actions: &mut Vec<Action>) {
        let at = self.since + at.0;
        self.session.handle_into(at, event.clone(), actions);
        self.journal.keep(at, event, actions);
    }

    fn deadline(&self) -> Option<CallTime> {
        self.session.deadline().map(|due| CallTime(due.0.saturating_sub(self.since.0)))
    }

    fn began(&self) -> CallTime {
        self.since
    }
}
