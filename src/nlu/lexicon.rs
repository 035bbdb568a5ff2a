//! What single words and fixed phrases mean: numbers, weekdays, units, and the small words that hold a date together.
//!
//! The words are data (`models/intents/words.*.toml`); this file knows the kinds of meaning, never a word of a language.
//! A word may mean several things at once ("second", "may", "sun"): an [`Atom`] holds them all and the reader decides.
//!
//! Read next: [`super::grammar`] for the loading, [`super::entity::when`] for the reading.

use super::token::{Kind, Tokens};
use std::collections::HashMap;

/// Words by number. Number 0 is every word that no rule and no list mentions.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    numbers: HashMap<Box<str>, u32>,
}

impl Vocabulary {
    /// The number of a folded word, given out on first sight.
    pub(crate) fn intern(&mut self, word: &str) -> u32 {
        if let Some(&number) = self.numbers.get(word) {
            return number;
        }
        let number = u32::try_from(self.numbers.len() + 1).unwrap_or(0);
        self.numbers.insert(word.into(), number);
        number
    }

    /// The number of a folded word; 0 when it is not known.
    pub(crate) fn number(&self, word: &str) -> u32 {
        self.numbers.get(word).copied().unwrap_or(0)
    }

    /// Every known word.
    pub(crate) fn words(&self) -> impl Iterator<Item = (&str, u32)> {
        self.numbers.iter().map(|(word, number)| (&**word, *number))
    }

    /// How many numbers are in use, the unknown word included.
    pub(crate) fn size(&self) -> usize {
        self.numbers.len() + 1
    }
}

macro_rules! named {
    ($(#[$doc:meta])* $kind:ident { $($name:ident $text:literal)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $kind { $($name,)* }
        impl $kind {
            /// The meaning with this name in the data.
            pub(crate) fn named(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

named! {
    /// A unit of time.
    Unit { Second "second" Minute "minute" Hour "hour" Day "day" Week "week" Month "month" Year "year" Weekend "weekend"
        Quarter "quarter" Workday "workday" Fortnight "fortnight" Decade "decade" }
}

named! {
    /// A part of the day.
    Part { Morning "morning" Afternoon "afternoon" Evening "evening" Night "night" Dawn "dawn" Noon "noon"
        Midnight "midnight" Lunch "lunch" MidMorning "mid_morning" MidAfternoon "mid_afternoon" Am "am" Pm "pm"
        Tonight "tonight" LastNight "last_night" Breakfast "breakfast" Dinner "dinner" Work "work" Late "late_night"
        FirstThing "first_thing" DayEnd "day_end" AfterWork "after_work" }
}

named! {
    /// What a small word does to the words around it.
    Role { At "at" On "on" In "in" From "from" Until "until" Through "through" Between "between" And "and" After "after"
        Before "before" Since "since" Of "of" The "the" Next "next" Last "last" This "this" Ago "ago" AgoBefore "ago_before"
        FromNow "from_now" Oclock "oclock" Half "half" QuarterHour "quarter_hour" Past "past" ToHour "to_hour"
        Minus "minus" Now "now" Every "every" Begin "begin" Middle "middle" End "end" About "about" Within "within"
        Rest "rest" A "a" Couple "couple" For "for" DayWord "day_word" Early "early" Late "late" AndLater "and_later"
        OrEarlier "or_earlier" Starting "starting" FollowsNext "follows_next" FollowsLast "follows_last" Hundred "hundred"
        Thousand "thousand" Million "million" Billion "billion" Point "point" Comma "comma" Double "double" Triple "triple" Zero "zero"
        AndNumber "and_number" LaterThan "later_than" FollowsNextNext "follows_next_next" Soon "soon" Whole "whole"
        Correct "correct" MinusSign "minus_sign" Third "third" Fraction "fraction" Ish "ish" Last2 "last_but" Leave "leave" Arrive "arrive"
        Dozen "dozen" Month "month_word" Year "year_word" By "by" Noon2 "hour_word" Not "not" Article "article" Few "few"
        Dash "dash" This2 "this_day" Inclusive "inclusive" Season "season" Grand "grand" Ninth "suffix" Or "or" Over "over"
        Booked "booked" Refused "refused" RefusedAfter "refused_after" WorkingWeek "working_week" Aside "aside" Plus "plus"
        Doubtful "doubtful_month" Feminine "feminine" Opening "opens_range" Target "target"
        ShortThousand "short_thousand" ShortMillion "short_million" ShortBillion "short_billion" }
}

impl Role {
    fn bit(self) -> u128 {
        1 << (self as u32)
    }
}

/// A set of roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Roles(u128);

impl Roles {
    /// Whether a role is among them.
    pub(crate) fn has(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }
}

/// All that a word can mean to a reader of numbers and dates.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Atom {
    /// A cardinal number below a hundred, or in Spanish below a thousand.
    pub(crate) number: Option<u16>,
    /// An ordinal; 0 is none.
    pub(crate) ordinal: u16,
    /// 1 is Monday; 0 is none.
    pub(crate) weekday: u8,
    /// 1 is January; 0 is none.
    pub(crate) month: u8,
    /// A unit of time.
    pub(crate) unit: Option<Unit>,
    /// A part of the day.
    pub(crate) part: Option<Part>,
    /// Days from today: "tomorrow" is 1.
    pub(crate) shift: Option<i8>,
    /// A fixed feast, as month times 100 plus day; 0 is none.
    pub(crate) feast: u16,
    /// What it does to its neighbours.
    pub(crate) roles: Roles,
}

impl Atom {
    /// Adds what another entry for the same words says.
    pub(crate) fn merge(&mut self, other: Self) {
        self.number = other.number.or(self.number);
        self.ordinal = other.ordinal.max(self.ordinal);
        self.weekday = other.weekday.max(self.weekday);
        self.month = other.month.max(self.month);
        self.unit = other.unit.or(self.unit);
        self.part = other.part.or(self.part);
        self.shift = other.shift.or(self.shift);
        self.feast = other.feast.max(self.feast);
        self.roles.0 |= other.roles.0;
    }

    /// The meaning that `section.key` of the data stands for.
    pub(crate) fn of(section: &str, key: &str) -> Option<Self> {
        let mut atom = Self::default();
        match section {
            "number" => atom.number = Some(key.parse().ok()?),
            "ordinal" => atom.ordinal = key.parse().ok()?,
            "weekday" => atom.weekday = key.parse().ok().filter(|day| (1..=7).contains(day))?,
            "month" => atom.month = key.parse().ok().filter(|month| (1..=12).contains(month))?,
            "unit" => atom.unit = Some(Unit::named(key)?),
            "part" => atom.part = Some(Part::named(key)?),
            "shift" => atom.shift = Some(key.parse().ok()?),
            "feast" => atom.feast = key.parse().ok()?,
            "role" => atom.roles.0 = Role::named(key)?.bit(),
            _ => return None,
        }
        Some(atom)
    }
}

/// The words and phrases of one language.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    words: Vec<Atom>,
    phrases: HashMap<u32, Vec<(Vec<u32>, Atom)>>,
}

impl Lexicon {
    /// Notes what a word or phrase, given as word numbers, means.
    pub(crate) fn add(&mut self, phrase: &[u32], atom: Atom) {
        match phrase {
            [] => {}
            [word] => {
                let at = *word as usize;
                if self.words.len() <= at {
                    self.words.resize(at + 1, Atom::default());
                }
                self.words[at].merge(atom);
            }
            [first, rest @ ..] => {
                let list = self.phrases.entry(*first).or_default();
                match list.iter_mut().find(|(words, _)| words == rest) {
                    Some((_, known)) => known.merge(atom),
                    None => list.push((rest.to_vec(), atom)),
                }
                // Longest first, so that "day after tomorrow" wins over "day after".
                list.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
            }
        }
    }

    fn word(&self, number: u32) -> Atom {
        self.words.get(number as usize).copied().unwrap_or_default()
    }

    fn phrase(&self, tokens: &Tokens<'_>, at: usize) -> Option<(Atom, usize)> {
        let list = self.phrases.get(&tokens.list[at].word)?;
        list.iter().find_map(|(rest, atom)| {
            let mut next = at + 1;
            for word in rest {
                // "mid-day" is "mid day".
                if tokens.is_sign(next, '-') && tokens.glued(next) {
                    next += 1;
                }
                if tokens.list.get(next).is_none_or(|token| token.word != *word) {
                    return None;
                }
                next += 1;
            }
            Some((*atom, next))
        })
    }
}

/// A sentence with the meanings of its words, ready for the readers of numbers and dates.
#[derive(Debug)]
pub(crate) struct Lexed<'a> {
    /// The words.
    pub(crate) tokens: &'a Tokens<'a>,
    words: Vec<Atom>,
    phrases: Vec<Option<(Atom, usize)>>,
}

impl<'a> Lexed<'a> {
    /// Looks every word up, once.
    pub(crate) fn of(tokens: &'a Tokens<'a>, lexicon: &Lexicon) -> Self {
        let words = tokens.list.iter().map(|token| lexicon.word(token.word)).collect();
        let phrases = (0..tokens.len())
            .map(|i| if tokens.list[i].kind == Kind::Word { lexicon.phrase(tokens, i) } else { None })
            .collect();
        Self { tokens, words, phrases }
    }

    /// The meanings of the one word at `i`.
    pub(crate) fn word(&self, i: usize) -> Atom {
        self.words.get(i).copied().unwrap_or_default()
    }

    /// The meaning of the longest phrase at `i`, and where it ends.
    pub(crate) fn phrase(&self, i: usize) -> Option<(Atom, usize)> {
        self.phrases.get(i).copied().flatten()
    }

    /// The end of the phrase or word at `i`, when it can play `role`.
    pub(crate) fn role(&self, i: usize, role: Role) -> Option<usize> {
        self.pick(i, |atom| atom.roles.has(role).then_some(())).map(|((), next)| next)
    }

    /// The first meaning `wanted` accepts, of the phrase at `i` or else of the word.
    pub(crate) fn pick<T>(&self, i: usize, wanted: impl Fn(&Atom) -> Option<T>) -> Option<(T, usize)> {
        if let Some((atom, next)) = self.phrase(i)
            && let Some(found) = wanted(&atom)
        {
            return Some((found, next));
        }
        let found = wanted(self.words.get(i)?)?;
        Some((found, i + 1))
    }

    /// Skips any number of words that play one of these roles.
    pub(crate) fn skip(&self, mut i: usize, roles: &[Role]) -> usize {
        while let Some(next) = roles.iter().find_map(|role| self.role(i, *role)) {
            i = next;
        }
        i
    }
}
