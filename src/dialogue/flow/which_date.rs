//! "Next Friday" is two days in two mouths: where it matters which, it is asked.
//!
//! Invariant: asked at most once for one expression, and only between two days that are to come and open.

use super::super::phrasing::{Cue, Meaning, Said, spoken};
use super::super::reply::Reply;
use super::super::state::{Ask, Dialogue, Flow};
use super::wish::{Days, Wish, openings_on};
use crate::nlu::Entities;
use jiff::civil::Date;

impl Dialogue {
    /// Asks which of two days they mean, if their words allow both. Says whether it did.
    pub(super) fn ask_which_date(&mut self, reply: &mut Reply<'_>) -> bool {
        let (hours, today) = (&self.setting.business.hours, reply.today());
        let Flow::Booking(booking) = &mut self.flow else { return false };
        let to_come = |day: &Date| *day >= today && !openings_on(hours, *day).is_empty();
        let meant = booking.wish.days.and_then(Days::single).filter(to_come);
        let (Some(meant), Some(other)) = (meant, booking.wish.other_day.take().filter(to_come)) else { return false };
        booking.either = Some([meant.min(other), meant.max(other)]);
        self.ask(reply, Ask::WhichDate);
        true
    }

    /// The question itself.
    pub(in crate::dialogue) fn put_which_date(&self, reply: &mut Reply<'_>) {
        let Flow::Booking(booking) = &self.flow else { return };
        let Some([first, second]) = booking.either else { return };
        let lexicon = self.lexicon();
        let fills = [
            ("weekday", Said::plain(spoken::weekday(lexicon, first))),
            ("first", spoken::month_day(lexicon, first)),
            ("second", spoken::month_day(lexicon, second)),
        ];
        self.say(reply, Meaning::WhichDate, &fills);
    }

    /// One of the two days. Says whether they named one.
    pub(in crate::dialogue) fn pick_date(&mut self, reply: &mut Reply<'_>, entities: &Entities, text: &str) -> bool {
        let cues = self.phrases.book(self.language).cues(text);
        let Flow::Booking(booking) = &self.flow else { return false };
        let Some(either) = booking.either else { return false };
        let wish = entities.when.as_ref().map(|when| Wish::of(when, reply.today())).unwrap_or_default();
        let named: Vec<Date> =
            either.into_iter().filter(|day| wish.days.is_some_and(|days| days.contains(*day))).collect();
        let place = entities.option.or(entities.ordinal);
        let day = match (named.as_slice(), place) {
            ([day], _) => *day,
            _ if cues.contains(&Cue::Following) || cues.contains(&Cue::Later) => either[1],
            (_, Some(2 | -1)) => either[1],
            (_, Some(1)) => either[0],
            _ if cues.contains(&Cue::Nearer) || cues.contains(&Cue::Earlier) || cues.contains(&Cue::Any) => either[0],
            _ => return false,
        };
        if let Flow::Booking(booking) = &mut self.flow {
            booking.either = None;
            booking.wish.days = Some(Days::one(day));
            booking.wish.time = wish.time.or(booking.wish.time.take());
        }
        self.advance_booking(reply);
        true
    }
}
