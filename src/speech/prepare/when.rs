//! Times of day, dates and ranges of them.

use super::language::{Language, Rules};
use super::{group, pattern, replace};

/// "a.m.", "P.M." and "p. m." → "AM", "PM"; the full stop stays where it also ends the sentence.
pub(super) fn halves_of_the_day(text: &str, _: &Language) -> String {
    replace(text, pattern!(r"(?i)\b([ap])\.\s?m\."), |found, rest| {
        let ends = rest.trim_start().chars().next().is_none_or(char::is_uppercase);
        Some(format!("{}M{}", group(found, 1).to_uppercase(), if ends { "." } else { "" }))
    })
}

/// "2026-03-03T15:30" → "3/3/2026" as the language writes it, then the time.
pub(super) fn iso_dates(text: &str, language: &Language) -> String {
    let pattern =
        pattern!(r"\b(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z|[+\-]\d{2}:?\d{2})?)?");
    replace(text, pattern, |found, _| {
        let date = date(number(group(found, 2)), number(group(found, 3)), Some(number(group(found, 1))), language)?;
        let time = group(found, 4);
        Some(if time.is_empty() { date } else { format!("{date}, {time}") })
    })
}

/// "9-5" → "9 to 5"; "Mon-Fri" → "Monday through Friday".
pub(super) fn ranges(text: &str, language: &Language) -> String {
    let days = replace(text, pattern!(r"\b(\p{L}{3,9})\.?\s?-\s?(\p{L}{3,9})\b\.?"), |found, _| {
        let (from, to) = (language.weekday(group(found, 1))?, language.weekday(group(found, 2))?);
        Some(format!("{from} {} {to}", language.joins.through))
    });
    let pattern = pattern!(r"(?i)(\d\s?(?:[ap]m)?)\s?[-—]\s?([$€£]?\d)");
    replace(&days, pattern, |found, _| Some(format!("{} {} {}", group(found, 1), language.joins.to, group(found, 2))))
}

/// "3:30 PM" → "three thirty PM"; "15:30" → "three thirty PM"; in Spanish "tres y media de la tarde".
pub(super) fn times(text: &str, language: &Language) -> String {
    let pattern = pattern!(
        r"(?i)\b(\d{1,2})(?:[:.]([0-5]\d)(?::[0-5]\d)?)?\s?([ap])m\b|\b([01]?\d|2[0-4]):([0-5]\d)(?::[0-5]\d)?\b"
    );
    replace(text, pattern, |found, _| {
        if group(found, 3).is_empty() {
            return time(number(group(found, 4)), number(group(found, 5)), None, language);
        }
        let afternoon = group(found, 3).eq_ignore_ascii_case("p");
        time(number(group(found, 1)), number(group(found, 2)), Some(afternoon), language)
    })
}

/// A time in words; `afternoon` as written, none where the clock decides.
fn time(hour: u64, minute: u64, afternoon: Option<bool>, language: &Language) -> Option<String> {
    if hour > 24 || afternoon.is_some() && !(1..=12).contains(&hour) {
        return None;
    }
    let afternoon = afternoon.or(match hour {
        0 | 24 => Some(false),
        13..=23 => Some(true),
        _ => None,
    });
    let shown = if hour.is_multiple_of(12) { 12 } else { hour % 12 };
    Some(match language.rules {
        Rules::English => english_time(shown, minute, afternoon, language),
        Rules::Spanish => spanish_time(shown, minute, afternoon, language),
    })
}

fn english_time(hour: u64, minute: u64, afternoon: Option<bool>, language: &Language) -> String {
    let mut said = language.cardinal(hour);
    match minute {
        0 if afternoon.is_none() => said.push_str(" o'clock"),
        0 => {}
        1..=9 => said = format!("{said} {} {}", language.letters[&'o'], language.cardinal(minute)),
        _ => said = format!("{said} {}", language.cardinal(minute)),
    }
    match afternoon {
        Some(true) => said + " PM",
        Some(false) => said + " AM",
        None => said,
    }
}

fn spanish_time(hour: u64, minute: u64, afternoon: Option<bool>, language: &Language) -> String {
    let mut said = if hour == 1 { "una".to_owned() } else { language.cardinal(hour) };
    match minute {
        0 => {}
        15 => said.push_str(" y cuarto"),
        30 => said.push_str(" y media"),
        _ => said = format!("{said} y {}", language.cardinal(minute)),
    }
    match (afternoon, hour) {
        (Some(true), 8..=11) => said + " de la noche",
        (Some(true), _) => said + " de la tarde",
        (Some(false), _) => said + " de la mañana",
        (None, _) => said,
    }
}

/// "March 3", "Mar. 3rd, 2026", "3 March", "3/14", "3 de marzo" → "March third", …
pub(super) fn dates(text: &str, language: &Language) -> String {
    let figures = pattern!(r"\b(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?\b");
    let text = replace(text, figures, |found, _| {
        let (first, second) = (number(group(found, 1)), number(group(found, 2)));
        let year =
            found.get(3).map(|year| number(year.as_str())).map(|year| if year < 100 { 2_000 + year } else { year });
        let written = match language.rules {
            Rules::English => date(first, second, year, language).or_else(|| date(second, first, year, language)),
            Rules::Spanish => date(second, first, year, language).or_else(|| date(first, second, year, language)),
        };
        let fraction = || format!("{} {} {}", language.cardinal(first), language.joins.over, language.cardinal(second));
        Some(written.unwrap_or_else(fraction))
    });
    let first_day = pattern!(r"(?i)\b0?1\s+de\s+(\p{L}+)");
    let month_first = pattern!(r"(?i)\b(\p{L}{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?\b(?:,?\s+(\d{4})\b)?");
    let day_first = pattern!(r"(?i)\b(\d{1,2})\s+(\p{L}{3,10})\b\.?(?:,?\s+(\d{4})\b)?");
    if language.rules == Rules::Spanish {
        return replace(&text, first_day, |found, _| {
            let month = language.month(group(found, 1))?;
            Some(format!("primero de {}", language.dates.months[month - 1]))
        });
    }
    let year = |found: &regex::Captures<'_>| found.get(3).map(|year| number(year.as_str()));
    let text = replace(&text, month_first, |found, _| {
        let month = named_month(group(found, 1), language)?;
        date(month, number(group(found, 2)), year(found), language)
    });
    replace(&text, day_first, |found, _| {
        let month = named_month(group(found, 2), language)?;
        date(month, number(group(found, 1)), year(found), language)
    })
}

/// A month by its name or short name alone: "Mar" is March, "Marvin" is not, and "may" without its capital is a verb.
fn named_month(name: &str, language: &Language) -> Option<u64> {
    let known =
        language.dates.months.iter().chain(&language.dates.short_months).any(|month| month.eq_ignore_ascii_case(name));
    let capital = name.starts_with(char::is_uppercase);
    (known && capital).then(|| language.month(name))?.map(|month| month as u64)
}

/// A date in words; none where there is no such month or day.
fn date(month: u64, day: u64, year: Option<u64>, language: &Language) -> Option<String> {
    let name = usize::try_from(month.checked_sub(1)?).ok().and_then(|at| language.dates.months.get(at))?;
    if !(1..=31).contains(&day) {
        return None;
    }
    Some(match (language.rules, year) {
        (Rules::English, None) => format!("{name} {}", language.ordinal(day)),
        (Rules::English, Some(year)) => format!("{name} {}, {}", language.ordinal(day), language.year(year)),
        (Rules::Spanish, _) => {
            let day = if day == 1 { language.ordinal(1) } else { language.cardinal(day) };
            let year = year.map(|year| format!(" de {}", language.year(year))).unwrap_or_default();
            format!("{day} de {name}{year}")
        }
    })
}

/// Figures as a number; the patterns allow no more than fits.
fn number(figures: &str) -> u64 {
    figures.parse().unwrap_or_default()
}
