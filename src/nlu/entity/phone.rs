//! Telephone numbers and digits, written or dictated: "(305) 555-0142", "three oh five, double five five…".
//!
//! A run of digits becomes a number of the business's country through [`crate::phone::E164`], the one owner of what a
//! number is. Read next: [`super::number`].

use super::number;
use crate::nlu::grammar::{Book, Mark, Trait};
use crate::nlu::lexicon::{Lexed, Role};
use crate::nlu::token::Kind;
use crate::phone::E164;

/// Fewest digits of a telephone number said without its country: a local number of seven.
const DIGITS_MIN: usize = 7;
/// Fewest digits of the end of a number that are said again to correct it.
const CORRECTED_DIGITS_MIN: usize = 2;
/// Most words between two groups of a number ("uh, and then").
const ASIDES_MAX: usize = 3;
/// E.164 allows fifteen; prefixes such as 011 may stand in front.
const DIGITS_MAX: usize = 18;

/// Digits in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Run {
    /// The digits.
    pub(crate) digits: String,
    /// It started with a plus.
    pub(crate) plus: bool,
    /// First token and the one after the last.
    pub(crate) tokens: (usize, usize),
    /// The digits were spoken one by one, or in groups apart, and not as one number.
    pub(crate) pieces: usize,
    /// Any of it was in words.
    pub(crate) spoken: bool,
    /// The signs between the pieces, in order.
    pub(crate) signs: String,
    /// After each piece: how many digits there are, and the token behind.
    pub(crate) ends: Vec<(usize, usize)>,
}

/// A telephone number found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Phone {
    pub(crate) number: E164,
    pub(crate) tokens: (usize, usize),
}

/// The first telephone number of a sentence. `asked` accepts what otherwise would be too short a hint.
pub(crate) fn find(
    lex: &Lexed<'_>,
    book: &Book,
    region: &str,
    asked: bool,
    free: &dyn Fn(usize) -> bool,
) -> Option<Phone> {
    let mut i = 0;
    while i < lex.tokens.len() {
        if !free(i) {
            i += 1;
            continue;
        }
        // With its "uh" and "then" it may be one number where the figures alone are not.
        let runs = [run_with(lex, i, true), run(lex, i)];
        let best = runs.iter().flatten().find_map(|run| {
            shortened(lex, run).find_map(|run| Some((number_of(lex, book, &run, region, asked)?, run)))
        });
        if let Some((number, run)) = best {
            let (number, end) = corrected(lex, book, &run, region).unwrap_or((number, run.tokens.1));
            return Some(Phone { number, tokens: (run.tokens.0, extension(lex, book, end)) });
        }
        i = runs[1].as_ref().map_or(i, |run| run.tokens.1).max(i + 1);
    }
    None
}

/// "…0142, no wait, 0143": the end of a number said again, or all of it.
fn corrected(lex: &Lexed<'_>, book: &Book, said: &Run, region: &str) -> Option<(E164, usize)> {
    let tokens = lex.tokens;
    let mut at = said.tokens.1;
    let mut corrects = false;
    loop {
        if let Some(next) = book.is_mark(tokens, at, Mark::Correction) {
            corrects = true;
            at = next;
        } else if matches!(tokens.kind(at), Some(Kind::Sign(',' | '.' | '-')))
            || tokens.list.get(at).is_some_and(|token| book.has(token.word, Trait::Filler))
        {
            at += 1;
        } else {
            break;
        }
    }
    let again = run_with(lex, at, true).filter(|_| corrects)?;
    let (_, end) = again.tokens;
    if let Some(number) = number_of(lex, book, &again, region, false) {
        return Some((number, end));
    }
    let kept = said.digits.len().checked_sub(again.digits.len())?;
    // "No, 10 am" corrects something else.
    let ends = matches!(tokens.kind(end), None | Some(Kind::Sign('.' | ',' | '!' | '?')));
    let digits = format!("{}{}", &said.digits[..kept], again.digits);
    let run = Run { digits, ..said.clone() };
    let number =
        number_of(lex, book, &run, region, true).filter(|_| ends && again.digits.len() >= CORRECTED_DIGITS_MIN)?;
    Some((number, end))
}

/// The run of digits at `i`.
pub(crate) fn run(lex: &Lexed<'_>, i: usize) -> Option<Run> {
    run_with(lex, i, false)
}

/// The run of digits at `i`, with `asides` also over "uh", "and", "then" between its groups.
fn run_with(lex: &Lexed<'_>, i: usize, asides: bool) -> Option<Run> {
    let tokens = lex.tokens;
    let mut run = Run { tokens: (i, i), ..Run::default() };
    let mut at = i;
    while tokens.is_sign(at, '+') || tokens.is_sign(at, '(') {
        run.plus |= tokens.is_sign(at, '+');
        run.signs.push(if tokens.is_sign(at, '+') { '+' } else { '(' });
        at += 1;
    }
    if let Some(next) = lex.role(at, Role::Plus) {
        run.plus = true;
        at = next;
    }
    while run.digits.len() <= DIGITS_MAX {
        let mut piece = at;
        let mut between = String::new();
        // Between two groups: blanks, a dash, a dot, brackets, a comma where the speaker paused.
        while !run.digits.is_empty()
            && let Some(Kind::Sign(sign @ ('-' | '.' | '(' | ')' | '/' | ',' | '~' | '*'))) = tokens.kind(piece)
        {
            between.push(sign);
            piece += 1;
            if between.len() > 3 {
                break;
            }
        }
        if asides && !run.digits.is_empty() {
            let behind = past_asides(lex, piece);
            run.spoken |= behind > piece;
            piece = behind;
        }
        let Some((digits, next)) = piece_of(lex, piece) else { break };
        if run.digits.len() + digits.len() > DIGITS_MAX {
            break;
        }
        run.digits.push_str(&digits);
        run.spoken |= tokens.kind(piece) == Some(Kind::Word);
        run.signs.push_str(&between);
        run.pieces += 1;
        at = next;
        run.tokens.1 = next;
        run.ends.push((run.digits.len(), next));
    }
    (run.digits.len() <= DIGITS_MAX && !run.digits.is_empty()).then_some(run)
}

/// Behind "uh,", "and then" in the middle of a number.
fn past_asides(lex: &Lexed<'_>, i: usize) -> usize {
    let mut at = i;
    for _ in 0..ASIDES_MAX {
        let Some(next) = lex.role(at, Role::Aside) else { break };
        at = if lex.tokens.is_sign(next, ',') { next + 1 } else { next };
    }
    at
}

/// One group: figures, a digit in words, "double five", "eight hundred", "thirty-five".
fn piece_of(lex: &Lexed<'_>, i: usize) -> Option<(String, usize)> {
    let tokens = lex.tokens;
    if let Some((length, _)) = tokens.figures(i) {
        return (length <= DIGITS_MAX).then(|| (tokens.folded(i).to_owned(), i + 1));
    }
    for (role, times) in [(Role::Double, 2), (Role::Triple, 3)] {
        if let Some(next) = lex.role(i, role) {
            let (digit, next) = piece_of(lex, next)?;
            return (digit.len() == 1).then(|| (digit.repeat(times), next));
        }
    }
    if let Some(next) = lex.role(i, Role::Zero) {
        return Some(("0".to_owned(), next));
    }
    // "Seiscientos doce": Spanish has a word for each hundred.
    if lex.pick(i, |atom| atom.number.filter(|value| *value >= 100)).is_some() {
        let (value, next) = number::small(lex, i).filter(|(value, _)| *value < 1_000)?;
        return Some((value.to_string(), next));
    }
    let (value, next) = lex.pick(i, |atom| atom.number.filter(|value| *value < 100))?;
    if value < 10 {
        // "eight hundred", "nine thousand".
        if let Some(next) = lex.role(next, Role::Hundred) {
            return Some((format!("{value}00"), next));
        }
        if let Some(next) = lex.role(next, Role::Thousand) {
            return Some((format!("{value}000"), next));
        }
    }
    if value >= 20 && value % 10 == 0 {
        // "Thirty-four", "treinta y cuatro".
        let unit_at =
            if tokens.is_sign(next, '-') { next + 1 } else { lex.role(next, Role::AndNumber).unwrap_or(next) };
        if let Some((unit, next)) = lex.pick(unit_at, |atom| atom.number.filter(|unit| (1..10).contains(unit))) {
            return Some(((value + unit).to_string(), next));
        }
    }
    Some((value.to_string(), next))
}

/// The run, and the shorter ones that end at a blank: a date may follow a number without a pause.
fn shortened<'r>(lex: &'r Lexed<'_>, run: &'r Run) -> impl Iterator<Item = Run> + 'r {
    run.ends.iter().enumerate().rev().filter(|(i, (_, end))| *i + 1 == run.ends.len() || !lex.tokens.glued(*end)).map(
        |(i, (digits, end))| Run {
            digits: run.digits[..*digits].to_owned(),
            tokens: (run.tokens.0, *end),
            pieces: i + 1,
            ends: run.ends[..=i].to_vec(),
            ..run.clone()
        },
    )
}

/// The number a run stands for, when it can be one.
fn number_of(lex: &Lexed<'_>, book: &Book, run: &Run, region: &str, asked: bool) -> Option<E164> {
    let count = run.digits.len();
    if count < DIGITS_MIN || !borders_are_clean(lex, book, run) {
        return None;
    }
    if run.plus {
        // "+31 (0) 6 …": the zero in brackets is for callers at home.
        let digits = match run.ends.as_slice() {
            [(country, _), (zero, _), ..]
                if run.signs.contains("+(") && *zero == *country + 1 && run.digits[*country..*zero] == *"0" =>
            {
                format!("{}{}", &run.digits[..*country], &run.digits[*zero..])
            }
            _ => run.digits.clone(),
        };
        return E164::try_from(format!("+{digits}")).ok();
    }
    if !asked {
        // A date, a price, a bank account: not every long row of figures rings.
        let lengths = lengths(run);
        let local = lengths == [3, 4];
        let enough = if is_nanp(region) {
            count == 10 || count == 11 && run.digits.starts_with('1') || count == 7 && local
        } else {
            count >= DIGITS_MIN
        };
        let date = run.pieces == 3 && lengths[0] <= 2 && lengths[1] <= 2 && matches!(lengths[2], 2 | 4) && !run.spoken;
        let grouped = run.signs.contains(',') && !run.spoken;
        if !enough || date || grouped || run.signs.contains('/') && run.pieces == 3 && count <= 8 {
            return None;
        }
    }
    E164::parse(&run.digits, region).ok()
}

/// How many digits each piece has.
fn lengths(run: &Run) -> Vec<usize> {
    let before = std::iter::once(0).chain(run.ends.iter().map(|(digits, _)| *digits));
    run.ends.iter().zip(before).map(|((digits, _), before)| digits - before).collect()
}

fn is_nanp(region: &str) -> bool {
    matches!(region, "US" | "CA" | "PR" | "DO" | "JM")
}

/// Letters, a decimal point or a currency sign at the border make it something else.
fn borders_are_clean(lex: &Lexed<'_>, book: &Book, run: &Run) -> bool {
    let tokens = lex.tokens;
    let (start, end) = run.tokens;
    let before = start > 0
        && tokens.glued(start)
        && !(run.plus && tokens.kind(start - 1) == Some(Kind::Word))
        && !matches!(tokens.kind(start - 1), Some(Kind::Sign('(' | ':' | ',' | '"' | '\'' | '=' | '[' | '<' | ';')));
    let extension = book.is_mark(tokens, end, Mark::Extension).is_some();
    let after = tokens.glued(end)
        && !extension
        && match tokens.kind(end) {
            Some(Kind::Sign('.' | ',' | '?' | '!' | ')' | ';' | ':' | '"' | '\'' | ']' | '>')) => {
                tokens.glued(end + 1) && tokens.figures(end + 1).is_some()
            }
            None => false,
            Some(_) => true,
        };
    let money = start > 0 && matches!(tokens.kind(start - 1), Some(Kind::Sign('$' | '€' | '£')));
    !(before || after || money)
}

/// The token after "ext. 123", "x 123" behind a number.
fn extension(lex: &Lexed<'_>, book: &Book, end: usize) -> usize {
    let tokens = lex.tokens;
    let at = if tokens.is_sign(end, ',') || tokens.is_sign(end, ';') { end + 1 } else { end };
    let Some(mut next) = book.is_mark(tokens, at, Mark::Extension) else { return end };
    while tokens.is_sign(next, '.')
        || tokens.is_sign(next, ':')
        || tokens.is_sign(next, '#')
        || tokens.is_sign(next, '=')
    {
        next += 1;
    }
    if tokens.figures(next).is_some_and(|(length, _)| length <= 7) { next + 1 } else { end }
}
