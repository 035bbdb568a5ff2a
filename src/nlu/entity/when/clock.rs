//! Times of day: "half past two", "3.30 p.m.", "las ocho menos cuarto de la tarde".
//!
//! Read next: [`super::combine`], which joins them to days.

use super::Reader;
use crate::nlu::entity::number;
use crate::nlu::lexicon::{Part, Role, Unit};

/// A time of day as said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    /// 0 to 23.
    pub(crate) hour: u8,
    /// 0 to 59.
    pub(crate) minute: u8,
    /// Neither half of the day was said, and the hour could be either.
    pub(crate) loose: bool,
    /// Only an hour was said, so that "at three" could still be something else.
    pub(crate) bare: bool,
}

impl Clock {
    fn new(hour: u16, minute: u16) -> Option<Self> {
        if hour > 24 || minute > 59 {
            return None;
        }
        let hour = u8::try_from(hour % 24).unwrap_or(0);
        Some(Self { hour, minute: u8::try_from(minute).unwrap_or(0), loose: (1..=12).contains(&hour), bare: false })
    }

    fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    fn minutes(self) -> i32 {
        i32::from(self.hour) * 60 + i32::from(self.minute)
    }

    /// The same clock face so many minutes later or earlier.
    fn shifted(self, minutes: i32) -> Self {
        let loose = self.loose;
        let at = (self.minutes() + minutes).rem_euclid(24 * 60);
        let mut hour = u8::try_from(at / 60).unwrap_or(0);
        if loose && hour == 0 {
            hour = 12;
        }
        Self { hour, minute: u8::try_from(at % 60).unwrap_or(0), loose, bare: false }
    }

    /// The same time in the morning half of the day.
    pub(crate) fn am(mut self) -> Self {
        if self.hour == 12 && self.loose {
            self.hour = 0;
        }
        self.loose = false;
        self
    }

    /// The same time in the later half of the day.
    pub(crate) fn pm(mut self) -> Self {
        if self.loose && self.hour < 12 {
            self.hour += 12;
        }
        self.loose = false;
        self
    }

    /// The reading a part of the day asks for.
    pub(crate) fn in_part(self, part: Part) -> Self {
        if !self.loose {
            return self;
        }
        match part {
            Part::Am | Part::Morning | Part::MidMorning | Part::Dawn | Part::Breakfast | Part::FirstThing => self.am(),
            Part::Pm
            | Part::Afternoon
            | Part::Evening
            | Part::MidAfternoon
            | Part::Dinner
            | Part::DayEnd
            | Part::AfterWork => self.pm(),
            Part::Noon | Part::Lunch | Part::Work => {
                if self.hour >= 10 {
                    Self { loose: false, ..self }
                } else {
                    self.pm()
                }
            }
            Part::Night | Part::Late | Part::Midnight | Part::LastNight | Part::Tonight => {
                // "two at night" is after midnight, "nine at night" before it, "twelve at night" is midnight.
                if self.hour == 12 || self.hour < 5 { self.am() } else { self.pm() }
            }
        }
    }
}

impl Reader<'_> {
    /// A time of day at `i`. `bare` admits a plain hour, because the words around ask for a time.
    pub(crate) fn clock(&self, i: usize, bare: bool) -> Option<(Clock, usize)> {
        let about = self.lex.role(i, Role::About).is_some();
        let bare = bare || about && self.lex.tokens.figures(i + 1).is_some_and(|(length, _)| length >= 3);
        let i = self.lex.role(i, Role::About).filter(|next| self.lex.role(*next, Role::At).is_none()).unwrap_or(i);
        let (clock, next) = self.past_or_to(i).or_else(|| self.named_hour(i)).or_else(|| self.hour_minute(i, bare))?;
        Some(self.half_of_day(clock, next))
    }

    /// "noon", "12 midnight", "midday", "mid-morning".
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "four parts of the day are hours, whatever parts there come to be"
    )]
    fn named_hour(&self, i: usize) -> Option<(Clock, usize)> {
        let figure = self.lex.tokens.figures(i).filter(|(_, value)| *value == 12).map_or(i, |_| i + 1);
        let figure = if figure == i && self.lex.word(i).number == Some(12) { i + 1 } else { figure };
        let the = self.lex.role(figure, Role::The).unwrap_or(figure);
        let (hour, next) = self.lex.pick(the, |atom| match atom.part? {
            Part::Noon => Some(12),
            Part::Midnight => Some(0),
            Part::MidMorning => Some(10),
            Part::MidAfternoon => Some(14),
            _ => None,
        })?;
        let next = self.lex.role(next, Role::Ish).unwrap_or(next);
        Some((Clock { hour, minute: 0, loose: false, bare: false }, next))
    }

    /// "half past two", "a quarter to five", "ten minutes to nine", "cuarto para las ocho", "15 to 7".
    fn past_or_to(&self, i: usize) -> Option<(Clock, usize)> {
        let (minutes, after) = self.minutes_before_word(i)?;
        // British "half three" is half past three.
        if let Some(at) = self.lex.role(i, Role::Half).filter(|_| !self.spanish)
            && let Some((hour @ 1..=12, next)) = number::small(self.lex, at)
            && self.lex.word(next).unit.is_none()
            && !self.lex.tokens.is_sign(next, ':')
        {
            return Some((Clock::new(hour, 30)?, next));
        }
        let (sign, hour_at) = if let Some(next) = self.lex.role(after, Role::Past) {
            (1, next)
        } else {
            (-1, self.lex.role(after, Role::ToHour)?)
        };
        let hour_at = self.lex.skip(hour_at, &[Role::At, Role::The]);
        let (hour, next) = self.named_hour(hour_at).or_else(|| self.hour_minute(hour_at, true))?;
        // "from 7 to 9:30" is a range; only a short count of minutes before a plain hour is a clock face.
        let word = self.lex.role(i, Role::QuarterHour).is_some() || self.lex.role(i, Role::Half).is_some();
        let unit = self.lex.word(after - 1).unit == Some(Unit::Minute);
        // Spoken minutes before a spoken hour are a clock face ("ten to eight"); figures need more to tell them from a
        // range ("10 to 11").
        let words = self.lex.tokens.figures(i).is_none() && self.lex.tokens.figures(hour_at).is_none();
        let face = words && minutes % 5 == 0 || minutes > 12 || self.long_half_follows(next);
        if sign < 0
            && !word
            && !unit
            && (minutes < 5 || self.in_range || hour.bare && !face || !hour.bare && hour.loose)
        {
            return None;
        }
        Some((hour.shifted(sign * i32::from(minutes)), next))
    }

    /// Whether a half of the day is said at `i`: it tells "10 to 4 afternoon" from the range "10 to 4".
    fn half_follows(&self, i: usize) -> bool {
        let i = self.lex.skip(i, &[Role::Oclock]);
        let i = self.lex.skip(i, &[Role::In, Role::The, Role::Of]);
        self.lex.word(i).part.is_some()
    }

    /// The same in words: "10 to 11am" is a range even so.
    fn long_half_follows(&self, i: usize) -> bool {
        let at = self.lex.skip(self.lex.skip(i, &[Role::Oclock]), &[Role::In, Role::The, Role::Of]);
        self.lex.word(at).part.is_some_and(|part| !matches!(part, Part::Am | Part::Pm))
    }

    fn minutes_before_word(&self, i: usize) -> Option<(u16, usize)> {
        let start = self.lex.role(i, Role::A).unwrap_or(i);
        if let Some(next) = self.lex.role(start, Role::QuarterHour) {
            return Some((15, next));
        }
        if let Some(next) = self.lex.role(start, Role::Half) {
            return Some((30, next));
        }
        let (minutes, next) = number::small(self.lex, i)?;
        let next = if self.lex.word(next).unit == Some(Unit::Minute) { next + 1 } else { next };
        (1..=59).contains(&minutes).then_some((minutes, next))
    }

    /// "15:30", "3.30", "9 30", "seven thirty five", "tres y media", "ocho menos cuarto", "3 o'clock", "1140".
    fn hour_minute(&self, i: usize, bare: bool) -> Option<(Clock, usize)> {
        let tokens = self.lex.tokens;
        let figures = tokens.figures(i);
        let (hour, next) = number::small(self.lex, i)?;
        if let Some((length, _)) = figures {
            if length >= 3 {
                return self.joined(hour, length, next, bare);
            }
            if let Some(found) = self.separated(hour, next, bare) {
                return Some(found);
            }
            // Part of a date, a sum or a code.
            let sign = |c| {
                tokens.is_sign(next, c)
                    && tokens.glued(next)
                    && tokens.glued(next + 1)
                    && tokens.figures(next + 1).is_some()
            };
            if sign('/') || sign(',') || sign('.') || tokens.is_sign(next, '%') {
                return None;
            }
        }
        if hour > 24 {
            return None;
        }
        let clock = Clock::new(hour, 0)?;
        if let Some((minute, after)) = self.added_minutes(next) {
            return Some((clock.shifted(minute), after));
        }
        if let Some(after) = self.lex.role(next, Role::Oclock) {
            return Some((clock, after));
        }
        if let Some((minute, after)) = self.spoken_minutes(next, figures.is_some(), bare) {
            return Some((Clock::new(hour, minute)?, after));
        }
        if let Some(found) = self.with_hour_word(clock, next, bare) {
            return Some(found);
        }
        let ish = self.lex.role(next, Role::Ish);
        let shown = bare || ish.is_some() || self.half_follows(next) && self.half_is_near(next);
        shown.then(|| (clock.bare(), ish.unwrap_or(next)))
    }

    /// "7 pm", "7 in the morning", "7 de la tarde": a half of the day close behind makes a plain hour a time.
    fn half_is_near(&self, i: usize) -> bool {
        self.half_at(i).is_some()
    }

    /// "15 h", "15 horas", "23 hs": a day has 24 hours, so after "at" this is a time and else a length.
    fn with_hour_word(&self, clock: Clock, next: usize, bare: bool) -> Option<(Clock, usize)> {
        let after = self.lex.role(next, Role::Noon2)?;
        (bare && self.spanish).then_some((Clock { loose: clock.loose && clock.hour < 12, bare: false, ..clock }, after))
    }

    /// "930", "1140", "0900".
    fn joined(&self, value: u16, length: usize, next: usize, bare: bool) -> Option<(Clock, usize)> {
        let (hour, minute) = (value / 100, value % 100);
        if hour > 23 || minute > 59 || length > 4 {
            return None;
        }
        let half = self.half_at(next).is_some();
        // "0900 hours".
        let hours =
            self.lex.role(next, Role::Noon2).filter(|_| length == 4 && (value < 1000 || value.is_multiple_of(100)));
        // "For 530 tomorrow": how recognisers write "five thirty".
        let beside_a_day = minute.is_multiple_of(5) && self.day_follows(next);
        if !half && !bare && hours.is_none() && !beside_a_day {
            return None;
        }
        let next = hours.unwrap_or(next);
        let mut clock = Clock::new(hour, minute)?;
        clock.loose = clock.loose && !(length == 4 && hour < 10);
        Some((clock, next))
    }

    /// Whether a near day is named at `i`: "tomorrow", "on Friday".
    fn day_follows(&self, i: usize) -> bool {
        let atom = self.lex.word(self.lex.skip(i, &[Role::On]));
        atom.shift.is_some() || atom.weekday > 0
    }

    /// "15:30", "3.30", "8: 45", "9.am", "10h30".
    fn separated(&self, hour: u16, next: usize, bare: bool) -> Option<(Clock, usize)> {
        let tokens = self.lex.tokens;
        let colon = tokens.is_sign(next, ':');
        let dot = tokens.is_sign(next, '.') && tokens.glued(next) && tokens.glued(next + 1);
        let letter = tokens.folded(next) == "h" && tokens.glued(next) && tokens.glued(next + 1);
        if !(colon || dot || letter) {
            return None;
        }
        if dot && self.lex.word(next + 1).part.is_some() {
            return Some((Clock::new(hour, 0)?, next + 1));
        }
        let (length, minute) = tokens.figures(next + 1)?;
        if length != 2 {
            return None;
        }
        let mut after = next + 2;
        let more = |sign: char| {
            tokens.is_sign(after, sign)
                && tokens.glued(after)
                && tokens.figures(after + 1).is_some_and(|(length, _)| length <= 4)
        };
        if dot && (more('.') || tokens.is_sign(after, '%') || !self.dotted_time_fits(after, bare)) {
            return None;
        }
        // Seconds are heard and dropped.
        if colon && more(':') {
            after += 2;
        }
        let leading_zero = tokens.folded(next - 1).starts_with('0');
        let mut clock = Clock::new(hour, u16::try_from(minute).ok()?)?;
        clock.loose &= !leading_zero;
        Some((clock, after))
    }

    /// "2.30" is a time when the words ask for one; "2.30" after "costs" is a price.
    fn dotted_time_fits(&self, after: usize, bare: bool) -> bool {
        let unit = self.lex.word(after).unit.is_some() && self.lex.role(after, Role::Noon2).is_none();
        (bare || self.half_at(after).is_some()) && !unit
    }

    /// "thirty five", "oh five", "30" behind an hour.
    fn spoken_minutes(&self, i: usize, hour_in_figures: bool, bare: bool) -> Option<(u16, usize)> {
        let tokens = self.lex.tokens;
        if let Some((length, value)) = tokens.figures(i) {
            let clear = length == 2 && value < 60 && hour_in_figures && !tokens.glued(i);
            let part_of_more = tokens.glued(i + 1)
                && matches!(tokens.kind(i + 1), Some(crate::nlu::token::Kind::Sign('/' | '-' | ':')));
            let counted = self.lex.word(i + 1).unit.is_some()
                || self.lex.word(i + 1).month > 0
                || self.lex.word(i + 1).roles.has(Role::Ninth);
            return (clear && !part_of_more && !counted).then_some((u16::try_from(value).ok()?, i + 1));
        }
        if hour_in_figures {
            return None;
        }
        // "three-thirty"; "nine-ten" is from nine to ten.
        if tokens.is_sign(i, '-') && tokens.glued(i) && tokens.glued(i + 1) {
            let (minute, next) = number::small(self.lex, i + 1).filter(|_| tokens.figures(i + 1).is_none())?;
            return (minute > 12 && minute < 60 && minute.is_multiple_of(5)).then_some((minute, next));
        }
        if let Some(next) = self.lex.role(i, Role::Zero) {
            let (minute, end) = number::small(self.lex, next)?;
            return (minute < 10).then_some((minute, end));
        }
        let (minute, next) = number::small(self.lex, i)?;
        let counted = self.lex.word(next).unit.is_some() || self.lex.word(next).month > 0;
        let plausible = (10..60).contains(&minute) || (bare && (1..10).contains(&minute));
        (plausible && !counted).then_some((minute, next))
    }

    /// "y media", "y cuarto", "menos cuarto", "y cuarenta", "and a half".
    fn added_minutes(&self, i: usize) -> Option<(i32, usize)> {
        if !self.spanish {
            return None;
        }
        let (sign, at) = match self.lex.role(i, Role::AndNumber) {
            Some(next) => (1, next),
            None => (-1, self.lex.role(i, Role::Minus)?),
        };
        let at =
            self.lex.role(at, Role::A).filter(|next| self.lex.role(*next, Role::QuarterHour).is_some()).unwrap_or(at);
        if let Some(next) = self.lex.role(at, Role::QuarterHour) {
            return Some((15 * sign, next));
        }
        if let Some(next) = self.lex.role(at, Role::Half) {
            return Some((30 * sign, next));
        }
        let (minutes, next) = number::small(self.lex, at)?;
        // "lunes a las 3 y 4 de mayo": a date follows, these are no minutes.
        let counted = self.lex.word(self.lex.skip(next, &[Role::Of])).month > 0;
        // "entre las cinco y las diez": there "y" joins two times.
        (minutes < 60 && !counted && !self.in_range && (minutes >= 10 || minutes == 5 || sign < 0))
            .then(|| (i32::from(minutes) * sign, next))
    }

    /// Reads a half or part of the day behind a clock face, and the "menos cuarto" that may follow even that.
    fn half_of_day(&self, clock: Clock, next: usize) -> (Clock, usize) {
        let next = self.lex.role(next, Role::Oclock).unwrap_or(next);
        let next = self.lex.role(next, Role::Ish).unwrap_or(next);
        let Some((part, after)) = self.half_at(next) else { return (clock, next) };
        let clock = if clock.hour > 12 || part == Part::Midnight && clock.hour < 12 {
            Clock { loose: false, ..clock }
        } else {
            let hour_zero = clock.hour == 0 && matches!(part, Part::Pm | Part::Afternoon);
            // "07:00 PM": the half said outright wins over how the hour is written.
            let loose = clock.loose || matches!(part, Part::Am | Part::Pm) && clock.hour > 0;
            Clock { hour: if hour_zero { 12 } else { clock.hour }, loose, ..clock }.in_part(part)
        };
        let clock = Clock { bare: false, ..clock };
        // "las ocho de la noche menos cuarto".
        match self.added_minutes(after).filter(|(minutes, _)| *minutes < 0) {
            Some((minutes, end)) => (clock.shifted(minutes), end),
            None => (clock, after),
        }
    }

    /// "pm", "in the morning", "de la tarde", "at night", "evening" at `i`.
    pub(crate) fn half_at(&self, i: usize) -> Option<(Part, usize)> {
        let i = if self.lex.tokens.is_sign(i, ',') { i + 1 } else { i };
        let at = self.lex.skip(i, &[Role::In, Role::At, Role::The, Role::Of, Role::By]);
        if at == i && self.spanish && self.lex.word(i).shift.is_some() && self.lex.word(i).part == Some(Part::Morning) {
            // "a las tres mañana": with no article before it "mañana" is tomorrow.
            return None;
        }
        if self.spanish && at > i && self.lex.word(at).shift.is_some() && self.lex.role(at - 1, Role::The).is_none() {
            return None;
        }
        let (part, next) = self
            .lex
            .pick(at, |atom| atom.part.filter(|part| !matches!(part, Part::Tonight | Part::LastNight | Part::Work)))?;
        // "el martes a las tres ... la noche del miércoles" keeps its own day: only an article may stand between.
        (at <= i + 3).then_some((part, next))
    }
}
