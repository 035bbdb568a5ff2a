//! Numbers in words and figures: cardinals, ordinals, decimals and digits as dictated.
//!
//! Shared by both languages: what differs ("veintiún", "a hundred and one") is in the word lists. All functions take a
//! position and answer with the value and the position after it, or nothing.
//!
//! Read next: [`super::when`], which builds on these.

use crate::nlu::lexicon::{Lexed, Role};
use crate::nlu::token::Kind;

/// Most digits dictated in one go: a card number with spare; a longer run is no number anyone can check.
const DIGITS_MAX: usize = 32;
/// Larger values are not numbers people say; it keeps arithmetic far from overflow.
const VALUE_MAX: f64 = 1e15;

/// A whole number from 0 to 9,999 as dates and times use them: figures or words, never part of a longer number.
pub(crate) fn small(lex: &Lexed<'_>, i: usize) -> Option<(u16, usize)> {
    if let Some((length, value)) = lex.tokens.figures(i) {
        return (length <= 4).then(|| (u16::try_from(value).unwrap_or(0), i + 1));
    }
    let (value, next) = spoken(lex, i)?;
    let whole = u16::try_from(whole(value)?).ok()?;
    (whole <= 9_999).then_some((whole, next))
}

/// A value without a fraction, as an integer.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked: not negative, whole, below 1e15")]
pub(crate) fn whole(value: f64) -> Option<u64> {
    ((0.0..=VALUE_MAX).contains(&value) && value.fract() == 0.0).then_some(value as u64)
}

/// A spoken or written ordinal: "fifth", "twenty-first", "5th", "1ro", "18.º".
pub(crate) fn ordinal(lex: &Lexed<'_>, i: usize) -> Option<(u32, usize)> {
    if let Some((length, value)) = lex.tokens.figures(i) {
        let mut next = i + 1;
        if lex.tokens.is_sign(next, '.') && lex.tokens.glued(next) && is_indicator(lex, next + 1) {
            next += 1;
        }
        let suffixed = is_indicator(lex, next) || (lex.tokens.glued(next) && lex.word(next).roles.has(Role::Ninth));
        return (suffixed && length <= 6).then(|| (u32::try_from(value).unwrap_or(0), next + 1));
    }
    let word = |at: usize| lex.pick(at, |atom| (atom.ordinal > 0).then_some(u32::from(atom.ordinal)));
    if let Some((mut total, mut next)) = word(i) {
        // "décimo quinto", "tricentésimo cuadragésimo séptimo": each fills the zeros of the one before.
        let mut room = room_below(total);
        while let Some((more, after)) = word(next).filter(|(more, _)| *more < room) {
            total += more;
            room = room_below(more);
            next = after;
        }
        return Some((total, next));
    }
    // "one hundred and twenty-fifth": a cardinal, then an ordinal below its last zero.
    let (value, next) = spoken(lex, i)?;
    let mut last = next;
    if lex.tokens.is_sign(last, '-') {
        last += 1;
    }
    if let Some(skipped) = lex.role(last, Role::And) {
        last = skipped;
    }
    let (unit, end) = lex.pick(last, |atom| (atom.ordinal > 0).then_some(u32::from(atom.ordinal)))?;
    let whole = u32::try_from(whole(value)?).ok()?;
    (unit < room_below(whole)).then_some((whole + unit, end))
}

/// The value that a following smaller number must stay below: a hundred leaves 100, twenty leaves 10.
fn room_below(value: u32) -> u32 {
    [1_000_000, 1_000, 100]
        .into_iter()
        .find(|room| value.is_multiple_of(*room))
        .unwrap_or(if value.is_multiple_of(10) && value % 100 >= 10 { 10 } else { 1 })
}

/// The raised letters of Spanish ordinals.
fn is_indicator(lex: &Lexed<'_>, i: usize) -> bool {
    lex.tokens.glued(i) && matches!(lex.tokens.kind(i), Some(Kind::Sign('º' | 'ª' | '°')))
        || lex.tokens.glued(i) && matches!(lex.tokens.folded(i), "º" | "ª")
}

/// A number in words.
pub(crate) fn spoken(lex: &Lexed<'_>, start: usize) -> Option<(f64, usize)> {
    let mut total = 0.0;
    let mut current: f64 = 0.0;
    let mut scale_before = f64::INFINITY;
    let mut at = start;
    let mut said = false;
    // "cero cuatro" is four.
    let mut zero_led = false;
    loop {
        let mut i = at;
        if said && lex.tokens.is_sign(i, '-') && lex.tokens.glued(i) {
            i += 1;
        }
        if said && let Some(next) = lex.role(i, Role::AndNumber) {
            i = next;
        }
        if let Some((scale, next)) = scale(lex, i).filter(|_| i == at || said) {
            if scale < 1_000.0 {
                if current >= 100.0 || (said && current == 0.0) {
                    break;
                }
                current = current.max(1.0) * scale;
            } else {
                // "mil millones": a thousand in front of a million multiplies.
                if scale > scale_before || (said && current == 0.0 && total == 0.0) {
                    if !said || scale <= scale_before {
                        break;
                    }
                    total = (total + current) * scale;
                } else if scale >= scale_before {
                    break;
                } else {
                    total += current.max(1.0) * scale;
                }
                current = 0.0;
                scale_before = scale;
            }
            said = true;
            at = next;
            continue;
        }
        let figures = || {
            let (length, value) = lex.tokens.figures(i).filter(|_| said && i > at)?;
            (length <= 2).then_some((value as f64, i + 1))
        };
        let Some((value, next)) = lex.pick(i, |atom| atom.number.map(f64::from)).or_else(figures) else { break };
        let fits = if !said || zero_led && current == 0.0 && total == 0.0 {
            zero_led = value == 0.0;
            true
        } else if current == 0.0 {
            total > 0.0 && value < 1_000.0
        } else if value >= 100.0 {
            false
        } else if current % 100.0 == 0.0 {
            value > 0.0
        } else {
            let tens = current % 100.0;
            tens >= 20.0 && tens % 10.0 == 0.0 && (1.0..10.0).contains(&value)
        };
        if !fits {
            break;
        }
        current += value;
        said = true;
        at = next;
    }
    let value = total + current;
    (said && value <= VALUE_MAX).then_some((value, at))
}

/// "hundred", "thousand", "million", with a leading "a" when it starts a number.
fn scale(lex: &Lexed<'_>, i: usize) -> Option<(f64, usize)> {
    let after = lex.role(i, Role::A).filter(|next| lex.word(i).number.is_none() || scale_word(lex, *next).is_some());
    after.and_then(|next| scale_word(lex, next)).or_else(|| scale_word(lex, i))
}

fn scale_word(lex: &Lexed<'_>, i: usize) -> Option<(f64, usize)> {
    let scales = [(Role::Hundred, 1e2), (Role::Thousand, 1e3), (Role::Million, 1e6), (Role::Billion, 1e9)];
    scales.into_iter().find_map(|(role, value)| lex.role(i, role).map(|next| (value, next)))
}

/// Any number: figures with their grouping, decimals, "2.33 k", or words with "point five".
pub(crate) fn value(lex: &Lexed<'_>, i: usize, spanish: bool) -> Option<(f64, usize)> {
    let (value, next) =
        if lex.tokens.figures(i).is_some() { written(lex, i, spanish)? } else { decimal_words(lex, i)? };
    let tokens = lex.tokens;
    // "5k", "2,33 k", "3 million".
    let (scaled, next) = match short_scale(lex, next) {
        Some(scale) => (value * scale, next + 1),
        None if tokens.figures(i).is_some() => match scale_word(lex, next) {
            Some((scale, next)) => {
                // "3 hundred and 21".
                let at = lex.role(next, Role::AndNumber).unwrap_or(next);
                let rest = written(lex, at, spanish).filter(|(rest, _)| *rest < scale && *rest >= 0.0);
                rest.map_or((value * scale, next), |(rest, next)| (value * scale + rest, next))
            }
            None => (value, next),
        },
        None => (value, next),
    };
    (scaled.abs() <= VALUE_MAX).then_some((scaled, next))
}

/// "k" behind a number, "m" and "g" only where they cling to it.
fn short_scale(lex: &Lexed<'_>, i: usize) -> Option<f64> {
    let scales = [(Role::ShortThousand, 1e3), (Role::ShortMillion, 1e6), (Role::ShortBillion, 1e9)];
    let has = |role| lex.word(i).roles.has(role) && (role == Role::ShortThousand || lex.tokens.glued(i));
    scales.into_iter().find_map(|(role, scale)| has(role).then_some(scale))
}

/// Figures with separators, read by what is possible: a group of three behind a separator is thousands unless it is
/// the decimal mark of the language and stands alone.
fn written(lex: &Lexed<'_>, i: usize, spanish: bool) -> Option<(f64, usize)> {
    let tokens = lex.tokens;
    let mut text = tokens.folded(i).to_owned();
    let mut marks: Vec<(char, usize)> = Vec::new();
    let mut next = i + 1;
    while marks.len() < 8 {
        let sign = [',', '.', ' '].into_iter().find(|sign| match sign {
            ' ' => {
                tokens.figures(next).is_some_and(|(length, _)| length == 3)
                    && !tokens.glued(next)
                    && text.len() <= 3 + marks.len() * 3
                    && marks.iter().all(|(mark, _)| *mark == ' ')
            }
            sign => {
                tokens.is_sign(next, *sign)
                    && tokens.glued(next)
                    && tokens.glued(next + 1)
                    && tokens.figures(next + 1).is_some()
            }
        });
        let Some(sign) = sign else { break };
        let at = if sign == ' ' { next } else { next + 1 };
        let (length, _) = tokens.figures(at)?;
        marks.push((sign, length));
        text.push_str(if sign == ' ' { "" } else { "|" });
        text.push_str(tokens.folded(at));
        next = at + 1;
    }
    if text.len() > 24 {
        return None;
    }
    let minus_word = i > 0 && lex.role(i - 1, Role::MinusSign).is_some();
    let negative =
        minus_word || i > 0 && tokens.is_sign(i - 1, '-') && tokens.glued(i) && (i < 2 || !tokens.glued(i - 1));
    let last = marks.last().copied();
    let decimal = match last {
        None | Some((' ', _)) => false,
        Some((mark, length)) => {
            let signs = marks.iter().filter(|(other, _)| *other == mark).count();
            let others = marks.iter().any(|(other, _)| *other != mark && *other != ' ');
            let decimal_mark = if spanish { ',' } else { '.' };
            signs == 1 && (others || length != 3 || mark == decimal_mark)
        }
    };
    let number = match (decimal, text.rsplit_once('|')) {
        (true, Some((whole, part))) => format!("{}.{part}", whole.replace('|', "")),
        _ => text.replace('|', ""),
    };
    let mut value: f64 = number.parse().ok()?;
    // ",5" and ".5" with nothing in front.
    let mark =
        i > 0 && (tokens.is_sign(i - 1, ',') || tokens.is_sign(i - 1, '.')) && tokens.glued(i) && !tokens.glued(i - 1);
    if mark && marks.is_empty() {
        value /= 10f64.powi(i32::try_from(number.len()).unwrap_or(9));
    }
    Some((if negative { -value } else { value }, next))
}

/// Words, with "point two five" or "coma cero tres" behind.
fn decimal_words(lex: &Lexed<'_>, i: usize) -> Option<(f64, usize)> {
    let minus = lex.role(i, Role::MinusSign);
    let (whole, next) = spoken(lex, minus.unwrap_or(i))?;
    let sign = if minus.is_some() { -1.0 } else { 1.0 };
    let Some(mut at) = lex.role(next, Role::Point).or_else(|| lex.role(next, Role::Comma)) else {
        return Some((whole * sign, next));
    };
    let mut part = String::new();
    while part.len() < DIGITS_MAX {
        if let Some(((), next)) = lex.pick(at, |atom| (atom.number == Some(0)).then_some(())) {
            part.push('0');
            at = next;
            continue;
        }
        let Some((value, next)) = small(lex, at).filter(|_| lex.tokens.figures(at).is_none()) else { break };
        part.push_str(&value.to_string());
        at = next;
    }
    if part.is_empty() {
        return Some((whole * sign, next));
    }
    let value: f64 = format!("{whole}.{part}").parse().ok()?;
    Some((value * sign, at))
}
