//! The word lists of a language: numbers, days, months, joining words, and the cues that steer a search.

#![expect(missing_docs, reason = "each list is explained beside its words in models/phrases")]

use serde::Deserialize;

/// Small remarks that steer an offer or a correction, which are no intents of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cue {
    /// A later time, please.
    Later,
    /// An earlier time, please.
    Earlier,
    /// The last of that day.
    Latest,
    /// Not that day.
    OtherDay,
    /// What else is there?
    More,
    /// As soon as possible.
    Soonest,
    /// Any of them.
    Any,
    /// The number they call from.
    ThisNumber,
    /// It is the name that is wrong.
    TheName,
    /// It is the number that is wrong.
    TheNumber,
    /// It is the time that is wrong.
    TheTime,
    /// It is the day that is wrong.
    TheDay,
    /// It is the service that is wrong.
    TheService,
    /// They want a new appointment after all.
    NewOne,
    /// They ask about this very moment.
    Now,
    /// The time of day it was before.
    SameTime,
    /// One thing in place of another.
    Instead,
    /// Nothing is wrong after all.
    AsItIs,
    /// It cannot wait.
    Urgent,
    /// They ask something.
    Asking,
    /// They are still there.
    Present,
    /// They are leaving.
    Farewell,
    /// They speak of the appointment they have.
    Existing,
    /// The appointment just made.
    It,
    /// The other of those found.
    TheOther,
    /// The day after the one spoken of.
    DayAfter,
    /// Something went wrong for them.
    Complaint,
    /// Of two days the one that comes first.
    Nearer,
    /// Of two days the one a week later.
    Following,
    /// How long does it take?
    HowLong,
    /// They ask something about a service.
    About,
    /// Somebody is to be told what they say.
    TellThem,
}

/// A cue with the word sequences that give it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CueWords {
    /// Which.
    pub cue: Cue,
    /// Word sequences, lower case, without accents or punctuation.
    pub words: Vec<String>,
}

/// A part of the day, up to an hour.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Hours before this one.
    pub before: i8,
    /// "in the morning".
    pub words: String,
}

/// The word lists of one language. Every list's length is checked when it is loaded.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lexicon {
    pub and: String,
    pub or: String,
    pub article: String,
    pub article_vowel: String,
    pub streets: Vec<(String, String)>,
    pub apologies: Vec<String>,
    pub services: Vec<(String, String)>,
    pub own_words: Vec<String>,
    /// What this language is called, in any language.
    pub called: Vec<String>,
    pub numbers: NumberWords,
    pub money: MoneyWords,
    pub days: DayWords,
    pub times: TimeWords,
    pub opening: OpeningWords,
    pub turns: TurnWords,
    pub names: NameWords,
}

/// Numbers: written and said.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberWords {
    pub digits: Vec<String>,
    pub small: Vec<String>,
    pub tens: Vec<String>,
    pub tens_joiner: String,
    pub hundreds: Vec<String>,
    pub hundred_exact: String,
    pub hundred_joiner: String,
    pub thousand: String,
    pub one_thousand: String,
    pub before_noun: Vec<(String, String)>,
    pub number_sign: String,
    pub plus: String,
}

/// Sums of money.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoneyWords {
    pub unit: (String, String),
    pub cent: (String, String),
    pub amount_eye: String,
}

/// Days: of the week, of the month, and how a date is put together.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayWords {
    pub weekdays: Vec<String>,
    pub months: Vec<String>,
    pub ordinals: Vec<String>,
    pub date: String,
    pub date_eye: String,
    pub on_day: String,
    pub today: String,
    pub tomorrow: String,
}

/// Times of day.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeWords {
    pub hours: Vec<String>,
    pub minute_joiner: String,
    pub minute_small: String,
    pub minutes: Vec<(i8, String)>,
    pub parts: Vec<Part>,
    pub before_time_eye: (String, String),
    pub noon: String,
    pub midnight: String,
    pub twelve_hours: bool,
    pub morning_eye: String,
    pub afternoon_eye: String,
    pub day_parts: Vec<(String, i8, i8)>,
}

/// How opening hours are put together.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningWords {
    pub days_to: String,
    pub open_day: String,
    pub one_day: String,
    pub hours: String,
    pub joiner: String,
}

/// What turns a wish: what rules a day out, what leads to the new one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnWords {
    pub ruled_out_before: Vec<String>,
    pub ruled_out_after: Vec<String>,
    pub toward: Vec<String>,
    /// What a correction may begin with: "make it Thursday".
    pub make_it: Vec<String>,
}

/// Names corrected and spelled.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameWords {
    pub not: String,
    pub with: Vec<String>,
    pub with_two: Vec<String>,
    /// What stands for the name in "it ends in an a".
    pub pronouns: Vec<String>,
    /// Given names of which one letter is often not heard.
    pub given_names: Vec<String>,
    pub letter_names: Vec<(String, char)>,
    pub letters_alike: Vec<String>,
    /// Pairs of letters whose names are misheard for each other.
    pub names_alike: Vec<(char, char)>,
    /// How a sentence begins that refuses what was read back …
    pub refuses: Vec<String>,
    /// … and one that agrees to it.
    pub agrees: Vec<String>,
}

impl Lexicon {
    /// What is wrong with the lists, if anything.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let lists = [
            (self.numbers.digits.len() == 10, "digits wants 10 words"),
            (self.numbers.small.len() >= 20, "small wants the numbers from 0 to at least 19"),
            (self.numbers.tens.len() == 10, "tens wants 10 words"),
            (self.numbers.hundreds.len() == 10, "hundreds wants 10 words"),
            (self.days.weekdays.len() == 7, "weekdays wants 7 words, Monday first"),
            (self.days.months.len() == 12, "months wants 12 words"),
            (self.days.ordinals.len() == 31, "ordinals wants 31 words"),
            (self.times.hours.len() == 12, "hours wants 12 words, twelve first"),
            (self.times.parts.last().is_some_and(|part| part.before >= 24), "the last of parts wants before = 24"),
            (!self.apologies.is_empty(), "apologies wants words"),
        ];
        lists.into_iter().find(|(good, _)| !good).map(|(_, fault)| fault)
    }
}

/// A sentence reduced to lower-case words without accents or punctuation, each between spaces: " no thursday ".
pub fn plain_words(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 2);
    words.push(' ');
    for letter in text.chars().flat_map(char::to_lowercase) {
        let letter = unaccented(letter);
        if letter.is_alphanumeric() {
            words.push(letter);
        } else if letter != '\'' && letter != '’' && !words.ends_with(' ') {
            words.push(' ');
        }
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    words
}

fn unaccented(letter: char) -> char {
    match letter {
        'á' | 'à' | 'ä' => 'a',
        'é' | 'è' | 'ë' => 'e',
        'í' | 'ì' | 'ï' => 'i',
        'ó' | 'ò' | 'ö' => 'o',
        'ú' | 'ù' | 'ü' => 'u',
        'ñ' => 'n',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_punctuation_do_not_hide_a_word() {
        assert_eq!(plain_words("¿Más tarde, por favor?"), " mas tarde por favor ");
        assert_eq!(plain_words("What's LATER?"), " whats later ");
        assert_eq!(plain_words(""), " ");
    }
}
