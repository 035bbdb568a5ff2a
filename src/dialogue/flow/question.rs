//! Questions about the business: answered at once, in the middle of anything.

#![expect(clippy::wildcard_enum_match_arm, reason = "of sixty intents a handful are questions about the business")]

use super::super::phrasing::{Cue, Meaning, Said, spoken};
use super::super::reply::Reply;
use super::super::state::{Ask, Dialogue, Flow};
use super::wish::{TimeWish, Wish, later, openings_on};
use crate::crm::model::{Opening, Service};
use crate::nlu::{Entities, Intent, Understanding};
use jiff::civil::{Date, Time};

/// How far ahead the next opening is looked for: the longest holiday anybody asks about.
const NEXT_OPENING_DAYS: i32 = 30;

impl Dialogue {
    /// Answers a question about the business. Says whether `intent` is one.
    pub(in crate::dialogue) fn answer(
        &mut self,
        reply: &mut Reply<'_>,
        intent: Intent,
        entities: &Entities,
        text: &str,
    ) -> bool {
        match intent {
            Intent::AskHours => self.tell_hours(reply, entities, text),
            Intent::AskAddress | Intent::ShowLocation => self.tell_address(reply),
            Intent::AskServices => {
                let services = self.services_told(&self.lexicon().and);
                self.say(reply, Meaning::Services, &[("services", services)]);
            }
            Intent::AskPrice => self.tell_price(reply, entities),
            Intent::AskIdentity => self.say(reply, Meaning::Identity, &[]),
            _ => return false,
        }
        self.last_question = Some(intent);
        true
    }

    fn tell_hours(&self, reply: &mut Reply<'_>, entities: &Entities, text: &str) {
        let hours = &self.setting.business.hours;
        if hours.week.iter().all(Vec::is_empty) {
            return self.say(reply, Meaning::HoursUnknown, &[]);
        }
        let cues = self.phrases.book(self.language).cues(text);
        let wish = entities.when.as_ref().map(|when| Wish::of(when, reply.today()));
        let day = wish.as_ref().and_then(|wish| wish.days).and_then(super::wish::Days::single);
        let time = wish.as_ref().and_then(|wish| match &wish.time {
            Some(TimeWish::At(at, _)) => Some(*at),
            Some(TimeWish::Between(..)) | None => None,
        });
        match (day, time) {
            (Some(day), _) if day == reply.today() && cues.contains(&Cue::Now) => self.tell_now(reply),
            (Some(day), time) => self.tell_day(reply, day, time),
            (None, Some(time)) => self.tell_day(reply, reply.today(), Some(time)),
            (None, None) if cues.contains(&Cue::Now) => self.tell_now(reply),
            (None, None) => {
                let week = spoken::week(self.lexicon(), &hours.week);
                self.say(reply, Meaning::Hours, &[("week", week)]);
            }
        }
    }

    fn tell_day(&self, reply: &mut Reply<'_>, day: Date, time: Option<Time>) {
        let lexicon = self.lexicon();
        let openings = openings_on(&self.setting.business.hours, day);
        let on_day = spoken::on_day(lexicon, day, reply.today());
        if openings.is_empty() {
            self.say(reply, Meaning::ClosedThen, &[("on_day", on_day)]);
            return self.tell_next_opening(reply, later(day, 1));
        }
        let hours = spoken::openings(lexicon, openings);
        match time.filter(|time| !openings.iter().any(|opening| is_open(opening, *time))) {
            Some(time) => {
                let time = spoken::time(lexicon, time);
                self.say(reply, Meaning::ClosedAtTime, &[("on_day", on_day), ("time", time), ("hours", hours)]);
            }
            None => self.say(reply, Meaning::OpenThen, &[("on_day", on_day), ("hours", hours)]),
        }
    }

    fn tell_now(&self, reply: &mut Reply<'_>) {
        let time = reply.now.time();
        let today = openings_on(&self.setting.business.hours, reply.today());
        if let Some(opening) = today.iter().find(|opening| is_open(opening, time)) {
            return self.say(reply, Meaning::OpenNow, &[("time", spoken::time(self.lexicon(), opening.to))]);
        }
        self.say(reply, Meaning::ClosedNow, &[]);
        self.tell_next_opening(reply, reply.today());
    }

    /// When it opens next, from a day on.
    pub(in crate::dialogue) fn tell_next_opening(&self, reply: &mut Reply<'_>, from: Date) {
        let hours = &self.setting.business.hours;
        let today = reply.today();
        let next = (0..NEXT_OPENING_DAYS).map(|days| later(from, days)).find_map(|day| {
            let still_to_come = |opening: &&Opening| day > today || opening.from > reply.now.time();
            openings_on(hours, day).iter().find(still_to_come).map(|opening| (day, opening.from))
        });
        if let Some((day, time)) = next {
            let lexicon = self.lexicon();
            let fills = [("on_day", spoken::on_day(lexicon, day, today)), ("time", spoken::time(lexicon, time))];
            self.say(reply, Meaning::OpensNext, &fills);
        }
    }

    fn tell_address(&self, reply: &mut Reply<'_>) {
        let address = self.setting.business.address.trim();
        if address.is_empty() {
            return self.say(reply, Meaning::AddressUnknown, &[]);
        }
        let address = spoken::address(self.lexicon(), address.trim_end_matches('.')).steadily();
        self.say(reply, Meaning::Address, &[("address", address)]);
    }

    /// Says the price of the service named, or of the one being booked, or asks which.
    fn tell_price(&mut self, reply: &mut Reply<'_>, entities: &Entities) {
        match self.service_spoken_of(entities).cloned() {
            Some(service) => {
                self.priced = Some(service.id);
                self.say_price(reply, &service);
            }
            // In the middle of something else the whole list answers; otherwise ask which.
            None if matches!(self.flow, Flow::Idle) && self.setting.business.services.len() > 1 => {
                self.ask(reply, Ask::PriceOf);
            }
            None => {
                for service in self.setting.clone().business.services.iter().take(3) {
                    self.say_price(reply, service);
                }
            }
        }
    }

    fn say_price(&self, reply: &mut Reply<'_>, service: &Service) {
        let mut fills = self.service_fills(&service.name);
        let meaning = match service.price_minor {
            None => Meaning::PriceDepends,
            Some(0) => Meaning::PriceFree,
            Some(minor) => {
                fills.push(("price", spoken::money(self.lexicon(), minor)));
                Meaning::Price
            }
        };
        for fill in &mut fills {
            fill.1.steady = true;
        }
        self.say(reply, meaning, &fills);
    }

    /// How long the service named takes, or the one being booked. Says whether that was asked, and is known.
    pub(in crate::dialogue) fn tell_duration(&self, reply: &mut Reply<'_>, understanding: &Understanding) -> bool {
        let asked = self.phrases.book(self.language).cues(&understanding.text).contains(&Cue::HowLong);
        let service = self.service_spoken_of(&understanding.entities);
        let Some(service) = service.filter(|_| asked && is_guess(understanding)) else { return false };
        let mut fills = self.service_fills(&service.name);
        fills.push(("count", spoken::count(self.lexicon(), usize::try_from(service.minutes).unwrap_or_default())));
        self.say(reply, Meaning::Duration, &fills);
        true
    }

    /// Whether they ask something about a service that only a person can answer: a wish for it would sound otherwise.
    pub(in crate::dialogue) fn asks_about_service(&self, understanding: &Understanding) -> bool {
        let Understanding { text, entities, .. } = understanding;
        let names_one = entities.service.is_some() && entities.when.is_none();
        let cues = self.phrases.book(self.language).cues(text);
        let asks = text.trim_end().ends_with('?') || cues.contains(&Cue::Asking);
        names_one && asks && is_guess(understanding) && cues.contains(&Cue::About) && !cues.contains(&Cue::Urgent)
    }

    /// The service named, or the one being booked.
    fn service_spoken_of(&self, entities: &Entities) -> Option<&Service> {
        let booked = match &self.flow {
            Flow::Booking(booking) => booking.service,
            Flow::Idle | Flow::Finding(_) | Flow::Cancelling(_) | Flow::Message(_) => None,
        };
        let named = entities.service.as_deref().and_then(|name| self.service_named(name));
        named.or_else(|| self.setting.business.services.iter().find(|service| Some(service.id) == booked))
    }

    /// The service of a name as understanding gives it.
    pub(in crate::dialogue) fn service_named(&self, name: &str) -> Option<&Service> {
        self.setting.business.services.iter().find(|service| {
            service.name.eq_ignore_ascii_case(name)
                || service.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
        })
    }

    /// The name to fill in where a phrase wants one.
    pub(in crate::dialogue) fn name_or_nothing(&self) -> Said {
        self.known_name().unwrap_or_default()
    }
}

/// Whether no rule knows what was said.
fn is_guess(understanding: &Understanding) -> bool {
    understanding.intent == Intent::Unknown || understanding.why.iter().any(|why| why.starts_with("opinion"))
}

fn is_open(opening: &Opening, time: Time) -> bool {
    opening.from <= time && time < opening.to
}
