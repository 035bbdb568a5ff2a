//! Spoken and written forms of numbers, times, dates, prices, telephone numbers and addresses. Pure; words come from
//! the [`Lexicon`].

use super::lexicon::plain_words;
use super::{Lexicon, Said};
use crate::crm::model::Opening;
use crate::phone::E164;
use jiff::civil::{Date, Time};

/// The largest number said in words; larger ones are said digit by digit.
const SPOKEN_MAX: u64 = 999_999;

/// A whole number in words.
pub fn number(lexicon: &Lexicon, value: u64) -> String {
    if value > SPOKEN_MAX {
        return digits(lexicon, &value.to_string());
    }
    if value >= 1000 {
        let (thousands, rest) = (value / 1000, value % 1000);
        let head = if thousands == 1 {
            lexicon.numbers.one_thousand.clone()
        } else {
            format!("{} {}", number(lexicon, thousands), lexicon.numbers.thousand)
        };
        return if rest == 0 { head } else { format!("{head} {}", number(lexicon, rest)) };
    }
    if value == 100 {
        return lexicon.numbers.hundred_exact.clone();
    }
    if value > 100 {
        let head = &lexicon.numbers.hundreds[index(value / 100)];
        let rest = value % 100;
        return if rest == 0 {
            head.clone()
        } else {
            format!("{head}{}{}", lexicon.numbers.hundred_joiner, number(lexicon, rest))
        };
    }
    if let Some(word) = lexicon.numbers.small.get(index(value)) {
        return word.clone();
    }
    let tens = &lexicon.numbers.tens[index(value / 10)];
    if value.is_multiple_of(10) {
        tens.clone()
    } else {
        format!("{tens}{}{}", lexicon.numbers.tens_joiner, lexicon.numbers.small[index(value % 10)])
    }
}

/// A number before a noun: Spanish "veintiuno" becomes "veintiún".
fn counted(lexicon: &Lexicon, value: u64) -> String {
    let words = number(lexicon, value);
    for (ending, instead) in &lexicon.numbers.before_noun {
        if let Some(head) = words.strip_suffix(ending.as_str()) {
            return format!("{head}{instead}");
        }
    }
    words
}

/// A count for ear and eye.
pub fn count(lexicon: &Lexicon, value: usize) -> Said {
    let value = u64::try_from(value).unwrap_or(u64::MAX);
    Said::new(number(lexicon, value), value.to_string())
}

/// Figures one by one; anything else is left out.
pub fn digits(lexicon: &Lexicon, text: &str) -> String {
    let words: Vec<&str> = text
        .chars()
        .filter_map(|c| c.to_digit(10))
        .map(|digit| lexicon.numbers.digits[digit as usize].as_str())
        .collect();
    words.join(" ")
}

/// A telephone number: digit by digit, grouped as people group it; one from elsewhere with its country code.
pub fn phone(lexicon: &Lexicon, number: &E164) -> Said {
    let national = number.national();
    let groups: Vec<String> = grouped_digits(&national).iter().map(|group| digits(lexicon, group)).collect();
    let local_figures = grouped_digits(&national).concat();
    let code = if number.as_str().starts_with("+1") {
        None
    } else {
        number.as_str().strip_suffix(local_figures.trim_start_matches('0'))
    };
    let ear = match code {
        None => groups.join(", "),
        Some(code) => format!("{} {}", lexicon.numbers.plus, [vec![digits(lexicon, code)], groups].concat().join(", ")),
    };
    let eye = if code.is_some() { number.as_str().to_owned() } else { national };
    Said::new(ear, eye)
}

/// The runs of figures in a written number, none longer than four: people lose their place in longer ones.
fn grouped_digits(written: &str) -> Vec<String> {
    const GROUP_MAX: usize = 4;
    const GROUP: usize = 3;
    let mut groups = Vec::new();
    for run in written.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()) {
        let mut rest = run;
        while rest.len() > GROUP_MAX {
            let (head, tail) = rest.split_at(GROUP);
            groups.push(head.to_owned());
            rest = tail;
        }
        groups.push(rest.to_owned());
    }
    groups
}

/// A time of day: "three thirty in the afternoon", "3:30 PM".
pub fn time(lexicon: &Lexicon, at: Time) -> Said {
    let ear = match (at.hour(), at.minute()) {
        (12, 0) => lexicon.times.noon.clone(),
        (0, 0) => lexicon.times.midnight.clone(),
        (hour, _) => format!("{} {}", clock(lexicon, at), part(lexicon, hour)),
    };
    Said::new(ear, time_eye(lexicon, at))
}

/// Several times in a row, the part of the day said once for its run: "nine or ten in the morning, or two
/// in the afternoon".
pub fn times(lexicon: &Lexicon, at: &[Time], joiner: &str) -> Said {
    let named = |time: Time| (time.hour() == 12 || time.hour() == 0) && time.minute() == 0;
    // Runs of one part of the day, each said with it once.
    let mut runs: Vec<Vec<Time>> = Vec::new();
    for &time in at {
        match runs.last_mut() {
            Some(run)
                if !named(time)
                    && run.iter().all(|&t| !named(t) && part(lexicon, t.hour()) == part(lexicon, time.hour())) =>
            {
                run.push(time);
            }
            _ => runs.push(vec![time]),
        }
    }
    let told: Vec<String> = runs
        .iter()
        .map(|run| match run.as_slice() {
            [head @ .., last] => {
                let mut words: Vec<String> = head.iter().map(|&time| clock(lexicon, time)).collect();
                words.push(self::time(lexicon, *last).ear);
                joined(&words, joiner)
            }
            [] => String::new(),
        })
        .collect();
    let ear = match told.as_slice() {
        [head @ .., last] if !head.is_empty() && runs.len() < at.len() => {
            format!("{}, {joiner} {last}", head.join(", "))
        }
        _ => joined(&told, joiner),
    };
    let eye: Vec<String> = at.iter().map(|&time| time_eye(lexicon, time)).collect();
    Said::new(ear, joined(&eye, joiner))
}

/// The clock's face without the part of the day.
fn clock(lexicon: &Lexicon, at: Time) -> String {
    let hour = &lexicon.times.hours[usize::from(at.hour().unsigned_abs() % 12)];
    let minute = at.minute();
    if minute == 0 {
        return hour.clone();
    }
    let words = match lexicon.times.minutes.iter().find(|(special, _)| *special == minute) {
        Some((_, word)) => word.clone(),
        None if minute < 10 => {
            format!("{}{}", lexicon.times.minute_small, number(lexicon, u64::from(minute.unsigned_abs())))
        }
        None => number(lexicon, u64::from(minute.unsigned_abs())),
    };
    format!("{hour}{}{words}", lexicon.times.minute_joiner)
}

fn part(lexicon: &Lexicon, hour: i8) -> &str {
    lexicon.times.parts.iter().find(|part| hour < part.before).map_or("", |part| part.words.as_str())
}

fn time_eye(lexicon: &Lexicon, at: Time) -> String {
    let (at_one, otherwise) = &lexicon.times.before_time_eye;
    let before = if at.hour() == 1 { at_one } else { otherwise };
    if !lexicon.times.twelve_hours {
        return format!("{before}{}:{:02}", at.hour(), at.minute());
    }
    let half = if at.hour() < 12 { &lexicon.times.morning_eye } else { &lexicon.times.afternoon_eye };
    let hour = if at.hour() % 12 == 0 { 12 } else { at.hour() % 12 };
    format!("{before}{hour}:{:02} {half}", at.minute())
}

/// A date with its weekday: "Tuesday, December first", "Tuesday, December 1".
pub fn date(lexicon: &Lexicon, day: Date) -> Said {
    let fill = |pattern: &str| {
        pattern
            .replace("{weekday}", weekday(lexicon, day))
            .replace("{month}", &lexicon.days.months[usize::from(day.month().unsigned_abs()) - 1])
            .replace("{ordinal}", &lexicon.days.ordinals[usize::from(day.day().unsigned_abs()) - 1])
            .replace("{day}", &day.day().to_string())
    };
    Said::new(fill(&lexicon.days.date), fill(&lexicon.days.date_eye))
}

/// A date without its weekday, which was said: "December first", "December 1".
pub fn month_day(lexicon: &Lexicon, day: Date) -> Said {
    let said = date(lexicon, day);
    let rest = |text: &str| text.trim_start_matches(weekday(lexicon, day)).trim_start_matches([',', ' ']).to_owned();
    Said::new(rest(&said.ear), rest(&said.eye))
}

/// A full date with what stands before it: "on Tuesday, December first".
pub fn on_date(lexicon: &Lexicon, day: Date) -> Said {
    let date = date(lexicon, day);
    Said::new(lexicon.days.on_day.replace("{weekday}", &date.ear), lexicon.days.on_day.replace("{weekday}", &date.eye))
}

/// A day as one says it when it is near: "today", "tomorrow", "on Tuesday", else with its date.
pub fn on_day(lexicon: &Lexicon, day: Date, today: Date) -> Said {
    const WEEKDAY_ALONE_DAYS: i32 = 6;
    match today.until(day).map(|span| span.get_days()) {
        Ok(0) => Said::plain(lexicon.days.today.clone()),
        Ok(1) => Said::plain(lexicon.days.tomorrow.clone()),
        Ok(days) if (2..=WEEKDAY_ALONE_DAYS).contains(&days) => {
            Said::plain(lexicon.days.on_day.replace("{weekday}", weekday(lexicon, day)))
        }
        Ok(_) | Err(_) => on_date(lexicon, day),
    }
}

/// The weekday a text names, when it says nothing else: "Thursday", "on Thursday", "make it Thursday".
pub fn bare_weekday(lexicon: &Lexicon, text: &str) -> Option<usize> {
    let said = plain_words(text);
    let corrected = lexicon.turns.make_it.iter().find_map(|words| said.strip_prefix(plain_words(words).trim_end()));
    let said = corrected.unwrap_or(&said);
    lexicon
        .days
        .weekdays
        .iter()
        .position(|day| said == plain_words(day) || said == plain_words(&lexicon.days.on_day.replace("{weekday}", day)))
}

/// A date's place in the week, Monday first.
pub fn weekday_index(day: Date) -> usize {
    usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())
}

/// The name of a date's weekday.
pub fn weekday(lexicon: &Lexicon, day: Date) -> &str {
    &lexicon.days.weekdays[weekday_index(day)]
}

/// A price in minor units: "a hundred and twenty dollars", "$120".
pub fn money(lexicon: &Lexicon, minor: i64) -> Said {
    let (units, cents) = (minor.unsigned_abs() / 100, minor.unsigned_abs() % 100);
    let noun = |value: u64, words: &(String, String)| if value == 1 { words.0.clone() } else { words.1.clone() };
    let mut ear = format!("{} {}", counted(lexicon, units), noun(units, &lexicon.money.unit));
    let mut figures = units.to_string();
    if cents > 0 {
        ear = format!("{ear} {} {} {}", lexicon.and, counted(lexicon, cents), noun(cents, &lexicon.money.cent));
        figures = format!("{figures}.{cents:02}");
    }
    Said::new(ear, lexicon.money.amount_eye.replace("{amount}", &figures))
}

/// Items in a row: "a, b or c", the last joined by `joiner`.
pub fn list(items: &[Said], joiner: &str) -> Said {
    let ear: Vec<String> = items.iter().map(|item| item.ear.clone()).collect();
    let eye: Vec<String> = items.iter().map(|item| item.eye.clone()).collect();
    Said::new(joined(&ear, joiner), joined(&eye, joiner))
}

/// Long items in a row, a clause each: "nine tomorrow,|or ten on Friday".
pub fn choices(items: &[Said], joiner: &str) -> Said {
    let breath = |form: fn(&Said) -> &str| match items {
        [] => String::new(),
        [one] => form(one).to_owned(),
        [head @ .., last] => {
            format!("{},|{joiner} {}", head.iter().map(form).collect::<Vec<_>>().join(",|"), form(last))
        }
    };
    Said::new(breath(|said| &said.ear), breath(|said| &said.eye))
}

fn joined(items: &[String], joiner: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} {joiner} {last}", head.join(", ")),
    }
}

/// A service with its article: "a cleaning", "an exam"; the bare name where the language has no fixed one.
pub fn with_article(lexicon: &Lexicon, noun: &str) -> String {
    let vowel = noun.chars().next().is_some_and(|c| "aeiouAEIOU".contains(c));
    let article = if vowel { &lexicon.article_vowel } else { &lexicon.article };
    if article.is_empty() { noun.to_owned() } else { format!("{article} {noun}") }
}

/// A service's name in this language, where it is a common one.
pub fn service<'a>(lexicon: &'a Lexicon, name: &'a str) -> &'a str {
    let known = lexicon.services.iter().find(|(foreign, _)| foreign.eq_ignore_ascii_case(name));
    known.map_or(name, |(_, own)| own.as_str())
}

/// The weekdays a text rules out, Monday first: "not Monday", "any day but Friday", "Tuesday doesn't work".
pub fn weekdays_ruled_out(lexicon: &Lexicon, text: &str) -> [bool; 7] {
    let said = plain_words(text);
    let mut out = [false; 7];
    for (day, name) in out.iter_mut().zip(&lexicon.days.weekdays) {
        let name = plain_words(name);
        *day = said.match_indices(&name).any(|(at, _)| {
            let (before, after) = (&said[..=at], &said[at + name.len() - 1..]);
            lexicon.turns.ruled_out_before.iter().any(|words| before.ends_with(&plain_words(words)))
                || lexicon.turns.ruled_out_after.iter().any(|words| after.starts_with(&plain_words(words)))
        });
    }
    out
}

/// An address: abbreviations in full, house numbers and codes as people say them.
pub fn address(lexicon: &Lexicon, written: &str) -> Said {
    let words: Vec<String> = written.split_whitespace().map(|word| address_word(lexicon, word)).collect();
    Said::new(words.join(" "), written)
}

fn address_word(lexicon: &Lexicon, word: &str) -> String {
    let bare = word.trim_end_matches([',', '.', ';']);
    let comma = if word.contains(',') { "," } else { "" };
    if let Some((_, full)) = lexicon.streets.iter().find(|(short, _)| short.eq_ignore_ascii_case(bare)) {
        return format!("{full}{comma}");
    }
    if let Some(rest) = bare.strip_prefix('#') {
        return format!("{} {}{comma}", lexicon.numbers.number_sign, address_word(lexicon, rest));
    }
    let figures = bare.bytes().take_while(u8::is_ascii_digit).count();
    if figures == 0 {
        return word.trim_end_matches('.').to_owned();
    }
    let (number_part, rest) = bare.split_at(figures);
    if rest.is_empty() || rest.chars().all(|c| c == '-' || c.is_ascii_digit()) {
        return format!("{}{comma}", house_number(lexicon, bare));
    }
    match (rest, number_part.parse::<usize>()) {
        ("st" | "nd" | "rd" | "th", Ok(n)) if (1..=lexicon.days.ordinals.len()).contains(&n) => {
            format!("{}{comma}", lexicon.days.ordinals[n - 1])
        }
        _ => format!("{} {rest}{comma}", house_number(lexicon, number_part)),
    }
}

/// House numbers in pairs ("twelve thirty-four"), longer ones and codes digit by digit.
fn house_number(lexicon: &Lexicon, figures: &str) -> String {
    let value = |text: &str| text.parse::<u64>().ok();
    match figures.len() {
        1 | 2 => value(figures).map_or_else(String::new, |n| number(lexicon, n)),
        3 | 4 if figures.bytes().all(|b| b.is_ascii_digit()) => {
            let (head, tail) = figures.split_at(figures.len() - 2);
            match (value(head), value(tail)) {
                (Some(head), Some(0)) if head % 10 != 0 => number(lexicon, head * 100),
                (Some(head), Some(rest)) if rest >= 10 => {
                    format!("{} {}", number(lexicon, head), number(lexicon, rest))
                }
                (Some(head), Some(1..)) => format!("{} {}", number(lexicon, head), digits(lexicon, tail)),
                _ => digits(lexicon, figures),
            }
        }
        _ => digits(lexicon, figures),
    }
}

/// One day's openings: "from nine in the morning to five in the afternoon".
pub fn openings(lexicon: &Lexicon, openings: &[Opening]) -> Said {
    let one = |opening: &Opening| {
        let (from, to) = (time(lexicon, opening.from), time(lexicon, opening.to));
        Said::new(
            lexicon.opening.hours.replace("{from}", &from.ear).replace("{to}", &to.ear),
            lexicon.opening.hours.replace("{from}", &from.eye).replace("{to}", &to.eye),
        )
    };
    let all: Vec<Said> = openings.iter().map(one).collect();
    list(&all, &lexicon.opening.joiner)
}

/// The ordinary week, equal neighbours put together; one clause a group, parted by `|`.
pub fn week(lexicon: &Lexicon, week: &[Vec<Opening>; 7]) -> Said {
    let mut groups: Vec<Said> = Vec::new();
    let mut first = 0;
    while first < week.len() {
        let mut last = first;
        while last + 1 < week.len() && week[last + 1] == week[first] {
            last += 1;
        }
        if !week[first].is_empty() {
            let days = if last == first {
                lexicon.opening.one_day.replace("{day}", &lexicon.days.weekdays[first])
            } else {
                lexicon
                    .opening
                    .days_to
                    .replace("{first}", &lexicon.days.weekdays[first])
                    .replace("{last}", &lexicon.days.weekdays[last])
            };
            let hours = openings(lexicon, &week[first]);
            let fill = |hours: &str| lexicon.opening.open_day.replace("{days}", &days).replace("{hours}", hours);
            groups.push(Said::new(fill(&hours.ear), fill(&hours.eye)));
        }
        first = last + 1;
    }
    let parted = |form: fn(&Said) -> &str| {
        let texts: Vec<&str> = groups.iter().map(form).collect();
        match texts.as_slice() {
            [] => String::new(),
            [one] => (*one).to_owned(),
            [head @ .., last] => format!("{},|{} {last}", head.join(",|"), lexicon.and),
        }
    };
    Said::new(parted(|said| &said.ear), parted(|said| &said.eye)).steadily()
}

fn index(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
