//! Money, measures, ordinals and plain numbers.

use super::language::{Language, Rules};
use super::{group, pattern, replace};
use std::fmt::Write;

/// "$120" → "one hundred twenty dollars"; "$1.50" → "one dollar and fifty cents"; "$2 million" → "two million dollars".
pub(super) fn money(text: &str, language: &Language) -> String {
    let pattern = pattern!(concat!(
        r"(?i)([$€£])\s?(\d[\d,]*)(?:\.(\d{1,2}))?(?:\s?(k|thousand|million|billion|mil|millón|millones)\b)?",
        r"|\b(\d[\d,]*)(?:[.,](\d{2}))?\s?([$€£])"
    ));
    replace(text, pattern, |found, _| {
        let after = !group(found, 7).is_empty();
        let (sign, whole, cents) = if after { (7, 5, 6) } else { (1, 2, 3) };
        let names = group(found, sign).chars().next().and_then(|sign| language.currencies.get(&sign))?;
        let (whole, scale) = (plain(group(found, whole))?, group(found, 4));
        let one_digit = group(found, cents).len() == 1;
        let cents = plain(group(found, cents)).map_or(0, |cents| if one_digit { cents * 10 } else { cents });
        if !scale.is_empty() {
            let scale = if scale.eq_ignore_ascii_case("k") { &language.numbers.thousand } else { scale };
            let tenths = if cents == 0 { String::new() } else { fraction(group(found, 3), language) };
            return Some(format!("{}{tenths} {} {}", language.cardinal(whole), scale.to_lowercase(), names[1]));
        }
        let many = |number: u64, one: &str, more: &str| {
            let words = language.before_noun(&language.cardinal(number));
            format!("{words} {}", if number == 1 { one } else { more })
        };
        Some(match (whole, cents) {
            (0, 1..) => many(cents, &names[2], &names[3]),
            (_, 0) => many(whole, &names[0], &names[1]),
            _ => format!(
                "{} {} {}",
                many(whole, &names[0], &names[1]),
                language.joins.and,
                many(cents, &names[2], &names[3])
            ),
        })
    })
}

/// "30 min" → "thirty minutes", "20%" → "twenty percent", "#4" → "number four".
pub(super) fn measures(text: &str, language: &Language) -> String {
    let text =
        replace(text, pattern!(r"#\s?(\d)"), |found, _| Some(format!("{} {}", language.joins.number, group(found, 1))));
    replace(&text, pattern!(r"\b(\d[\d,]*)(\.\d+)?\s?(\p{L}{1,4})\b\.?"), |found, rest| {
        let unit =
            language.units.get(group(found, 3)).or_else(|| language.units.get(&group(found, 3).to_lowercase()))?;
        let number = plain(group(found, 1))?;
        let one = number == 1 && group(found, 2).is_empty();
        let ends = group(found, 0).ends_with('.') && rest.trim_start().chars().next().is_none_or(char::is_uppercase);
        let words =
            format!("{}{}", language.before_noun(&language.cardinal(number)), fraction(group(found, 2), language));
        Some(format!("{words} {}{}", unit[usize::from(!one)], if ends { "." } else { "" }))
    })
}

/// "1st", "22nd"; in Spanish "1º", "3.er", "2ª".
pub(super) fn ordinals(text: &str, language: &Language) -> String {
    let text = replace(text, pattern!(r"(?i)\b(\d{1,9})(?:st|nd|rd|th)\b"), |found, _| {
        plain(group(found, 1)).map(|number| language.ordinal(number))
    });
    replace(&text, pattern!(r"\b(\d{1,9})\.?(º|ª|er\b)"), |found, _| {
        let ordinal = language.ordinal(plain(group(found, 1))?);
        let stem = ordinal.strip_suffix('o');
        Some(match (group(found, 2), stem, language.rules) {
            ("ª", Some(stem), Rules::Spanish) => format!("{stem}a"),
            ("er", Some(stem), Rules::Spanish) => stem.to_owned(),
            _ => ordinal,
        })
    })
}

/// Every figure that is left. Grouped thousands and short numbers are read whole, years in pairs, and what begins with
/// zero or is longer than four figures digit by digit.
pub(super) fn numbers(text: &str, language: &Language) -> String {
    let lettered = pattern!(r"\b(\p{Lu})-?(\d)");
    let text =
        replace(text, lettered, |found, _| Some(format!("{} {}", language.spell(group(found, 1)), group(found, 2))));
    let pattern = pattern!(r"(^|\s)?(-)?(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(\p{L})?");
    replace(&text, pattern, |found, _| {
        let (figures, decimals) = (group(found, 3), group(found, 4));
        let mut words = group(found, 1).to_owned();
        match (group(found, 2).is_empty(), found.get(1).is_some()) {
            (false, true) => words = format!("{words}{} ", language.numbers.minus),
            (false, false) => words.push(' '),
            (true, _) => {}
        }
        words.push_str(&number(figures, decimals.is_empty(), language));
        words.push_str(&fraction(decimals, language));
        if let Some(letter) = found.get(5) {
            let _ = write!(words, " {}", letter.as_str());
        }
        Some(if found.get(1).is_some() { words } else { separated(&words) })
    })
}

/// What follows a letter without a space ("A12", "unit B4") is set apart from it.
fn separated(words: &str) -> String {
    format!(" {}", words.trim_start())
}

fn number(figures: &str, may_be_year: bool, language: &Language) -> String {
    let in_groups = figures.contains(',');
    let leading_zero = figures.len() > 1 && figures.starts_with('0');
    match plain(figures) {
        Some(number) if in_groups => language.cardinal(number),
        Some(year @ 1_100..=2_099) if may_be_year && !leading_zero => language.year(year),
        Some(number) if !leading_zero && figures.len() <= 4 => language.cardinal(number),
        _ => language.digits(figures),
    }
}

/// ".25" → " point two five".
fn fraction(decimals: &str, language: &Language) -> String {
    let figures = decimals.trim_start_matches('.');
    if figures.is_empty() { String::new() } else { format!(" {} {}", language.numbers.point, language.digits(figures)) }
}

/// Figures, with or without commas, as a number; none when they are too many.
fn plain(figures: &str) -> Option<u64> {
    figures.chars().filter(|c| *c != ',').collect::<String>().parse().ok()
}
