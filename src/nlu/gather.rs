//! From what was found and captured to the entities of the answer, and how a bare answer to a question is read.
//!
//! Read next: [`super::read`].

use super::entity::{Bound, When, WhenValue, money, number, service, when};
use super::grammar::Mark;
use super::operator;
use super::rank::Candidate;
use super::read::Sentence;
use super::template::Slot;
use super::token::Kind;
use super::{Entities, Field, Intent};
use jiff::Zoned;
use jiff::civil::DateTime;
use jiff::tz::AmbiguousOffset;

/// All entities of a sentence, with those the winning rule captured.
pub(crate) fn entities(sentence: &Sentence<'_>, winner: Option<&Candidate<'_>>, why: &mut Vec<String>) -> Entities {
    let mut entities = Entities {
        email: sentence.email.as_ref().map(|email| email.address.clone()),
        phone: sentence.phone.as_ref().map(|phone| phone.number.clone()),
        service: sentence.service.as_ref().map(|(service, _)| service.clone()),
        ..Entities::default()
    };
    entities.when = when::choose(&sentence.reader, &sentence.times, sentence.corrected_from);
    let moved = winner.is_some_and(|winner| winner.rule.intent == Intent::RescheduleAppointment);
    if moved && matches!(entities.when, Some(When { value: WhenValue::Range { start: Some(_), end: Some(_) }, .. })) {
        let to = when::destination(&sentence.reader, &|i| !sentence.is_cut(i));
        entities.when = to.or(entities.when);
    }
    if let Some(when) = &mut entities.when {
        to_the_zone(sentence.reader.instant, when, why);
    }
    if let Some(When { value: WhenValue::Duration(seconds), .. }) = &entities.when {
        entities.duration_minutes = u32::try_from(seconds / 60).ok().filter(|minutes| *minutes > 0);
    }
    for found in &sentence.times {
        if let WhenValue::Duration(seconds) = found.expression.value {
            entities.duration_minutes =
                entities.duration_minutes.or(u32::try_from(seconds / 60).ok().filter(|minutes| *minutes > 0));
        }
    }
    if let Some(body) = sentence.body {
        entities.body = Some(sentence.lex.tokens.said(body.0, body.1).to_owned());
    }
    entities.amount = money::find(sentence);
    numbers(sentence, &mut entities);
    if let Some((name, _)) = &sentence.introduced {
        why.push("name.introduced".to_owned());
        entities.name = Some(name.clone());
    }
    if let Some(winner) = winner {
        captured(sentence, winner, &mut entities);
        operator::fill(sentence, winner.rule.intent, &mut entities);
        if winner.rule.intent == Intent::SelectOption {
            option(sentence, &mut entities);
        }
    }
    entities
}

/// A time that a night of changed clocks skips is the one as much later; one that it has twice is said to be two.
fn to_the_zone(instant: &Zoned, when: &mut When, why: &mut Vec<String>) {
    let zone = instant.time_zone();
    let mut notes = [None; 2];
    let mut settle = |at: &mut DateTime| {
        let ambiguous = zone.to_ambiguous_zoned(*at);
        match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => {}
            AmbiguousOffset::Fold { .. } => notes[0] = Some("when.twice"),
            AmbiguousOffset::Gap { .. } => {
                notes[1] = Some("when.moved");
                *at = ambiguous.compatible().map_or(*at, |zoned| zoned.datetime());
            }
        }
    };
    match &mut when.value {
        WhenValue::DateTime(at) => settle(at),
        WhenValue::Range { start, end } => {
            for bound in [start, end].into_iter().flatten() {
                if let Bound::DateTime(at) = bound {
                    settle(at);
                }
            }
        }
        WhenValue::Date(_) | WhenValue::Time(_) | WhenValue::Duration(_) => {}
    }
    if notes[0].is_some() && matches!(when.value, WhenValue::DateTime(_)) {
        when.alternatives.insert(0, when.value.clone());
    }
    why.extend(notes.into_iter().flatten().map(str::to_owned));
}

/// "option 2", "the second one", "the last one".
fn option(sentence: &Sentence<'_>, entities: &mut Entities) {
    let tokens = sentence.lex.tokens;
    let last = (0..tokens.len()).any(|i| sentence.book.is_mark(tokens, i, Mark::LastOption).is_some());
    let number = entities.number.and_then(number::whole).filter(|number| (1..=99).contains(number));
    let number = number.and_then(|number| i64::try_from(number).ok());
    entities.option = if last { Some(-1) } else { entities.ordinal.or(number) };
}

/// Numbers, ordinals and digits outside of times, telephone numbers and bodies.
fn numbers(sentence: &Sentence<'_>, entities: &mut Entities) {
    let lex = sentence.lex;
    let mut i = 0;
    while i < lex.tokens.len() {
        let timed = sentence.times.iter().find(|found| found.start <= i && i < found.expression.end);
        if sentence.is_cut(i) || timed.is_some() {
            i = timed.map_or(i + 1, |found| found.expression.end);
            continue;
        }
        if let Some((value, next)) = number::ordinal(lex, i) {
            entities.ordinal = entities.ordinal.or(Some(i64::from(value)));
            i = next;
            continue;
        }
        if let Some((value, next)) = number::value(lex, i, sentence.reader.spanish) {
            entities.number = entities.number.or(Some(value));
            i = next.max(i + 1);
            continue;
        }
        i += 1;
    }
    // "30th" alone is a day of the month and an ordinal.
    let timed = || (0..lex.tokens.len()).filter(|i| !sentence.is_cut(*i)).find_map(|i| number::ordinal(lex, i));
    entities.ordinal = entities.ordinal.or_else(|| timed().map(|(value, _)| i64::from(value)));
    entities.digits =
        super::entity::digits::find(lex, &|i| sentence.is_cut(i) && sentence.body.is_some_and(|body| body.0 <= i));
}

/// What the templates captured, by slot.
fn captured(sentence: &Sentence<'_>, winner: &Candidate<'_>, entities: &mut Entities) {
    let capture = |slot: Slot| winner.captures()[slot as usize];
    let said = |slot: Slot| {
        capture(slot)
            .map(|span| {
                sentence
                    .said(span)
                    .trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '.' | '"' | '?' | '!'))
                    .to_owned()
            })
            .filter(|said| !said.is_empty())
    };
    if let Some(span) = capture(Slot::Name) {
        let (start, end) = sentence.tokens_of(span);
        entities.name = Some(sentence.lex.tokens.said(start, end).to_owned());
    }
    entities.query = said(Slot::Query).or(entities.query.take());
    if winner.rule.intent == Intent::SearchContacts && entities.query.is_none() && capture(Slot::Name).is_some() {
        // A search by words is a query, even when the words are a name.
        entities.query = entities.name.take();
    }
    entities.stage = said(Slot::Stage);
    entities.campaign = said(Slot::Campaign);
    entities.subject = said(Slot::Subject);
    entities.id = said(Slot::Id);
    entities.missing = said(Slot::Missing);
    entities.added = said(Slot::Added);
    if let Some(span) = capture(Slot::Tag) {
        entities.tags = tags(sentence, sentence.tokens_of(span));
    }
    if let Some(body) = said(Slot::Body) {
        entities.body = entities.body.take().or(Some(body));
    }
    entities.body = entities.body.take().or_else(|| said(Slot::Title));
}

/// "vip, lead and hot" is three tags.
fn tags(sentence: &Sentence<'_>, (start, end): (usize, usize)) -> Vec<String> {
    let tokens = sentence.lex.tokens;
    let mut tags = Vec::new();
    let mut from = start;
    for i in start..=end {
        let then = (i < end).then(|| sentence.book.is_mark(tokens, i, Mark::Then)).flatten();
        if i == end || matches!(tokens.kind(i), Some(Kind::Sign(',' | ';' | '"'))) || then.is_some() {
            if i > from {
                tags.push(tokens.said(from, i).to_owned());
            }
            from = then.unwrap_or(i + 1);
        }
    }
    tags
}

/// The answer to what was asked, when the sentence is one; fills the entities it consists of.
pub(crate) fn answer(
    sentence: &Sentence<'_>,
    entities: &mut Entities,
    intent: Intent,
    why: &mut Vec<String>,
) -> Option<Intent> {
    match sentence.expecting.field {
        Field::Name => {
            if entities.name.is_none()
                && matches!(intent, Intent::Unknown | Intent::Greeting | Intent::Yes)
                && let Some(name) = &sentence.answered
            {
                why.push("answer.name".to_owned());
                entities.name = Some(name.clone());
            }
            None
        }
        Field::Choice => choice(sentence, entities, intent, why),
        Field::Words => {
            if entities.body.is_none() {
                entities.body = Some(sentence.lex.tokens.text.trim().to_owned());
            }
            None
        }
        // Asked for a day, "the first" is one, and "morning" greets nobody.
        Field::Day | Field::Time => {
            let misread = matches!(intent, Intent::SelectOption | Intent::Greeting) && entities.when.is_some();
            if misread {
                entities.option = None;
                why.push("answer.when".to_owned());
            }
            misread.then_some(Intent::Unknown)
        }
        Field::Anything | Field::YesNo | Field::Service | Field::Phone | Field::Email => None,
    }
}

/// Which of the options read out: by number, by order, by its words, or by its time.
fn choice(sentence: &Sentence<'_>, entities: &mut Entities, intent: Intent, why: &mut Vec<String>) -> Option<Intent> {
    if !matches!(
        intent,
        Intent::Unknown | Intent::SelectOption | Intent::Yes | Intent::BookAppointment | Intent::RescheduleAppointment
    ) {
        return None;
    }
    let options = &sentence.expecting.options;
    let count = i64::try_from(options.len()).unwrap_or(0);
    let by_words = service::best(sentence.lex, options).map(|(index, _)| i64::try_from(index + 1).unwrap_or(0));
    let tokens = sentence.lex.tokens;
    let last = (0..tokens.len()).any(|i| sentence.book.is_mark(tokens, i, Mark::LastOption).is_some());
    let most = if count == 0 { OPTIONS_MAX } else { count };
    let plain = || {
        let spoken = (0..tokens.len()).find_map(|i| number::small(sentence.lex, i)).map(|(value, _)| i64::from(value));
        spoken.filter(|_| entities.when.is_none())
    };
    let ordered = by_words.or(entities.option).or(last.then_some(-1)).or(entities.ordinal);
    // "two" is the second of two options; "three" of two can only be the one at three o'clock.
    let numbered = ordered.or_else(|| plain().filter(|number| (1..=most).contains(number)));
    let option = numbered
        .or_else(|| by_clock(options, said_face(entities, plain())))
        .filter(|option| *option == -1 || (1..=most).contains(option))?;
    entities.option = Some(option);
    why.push("answer.choice".to_owned());
    Some(Intent::SelectOption)
}

/// The most options anyone reads out; it bounds a number said when we do not know how many there were.
const OPTIONS_MAX: i64 = 9;

/// The clock face said: from a time found, or a bare hour.
fn said_face(entities: &Entities, hour: Option<i64>) -> Option<(i64, i64)> {
    let face = |time: jiff::civil::Time| (i64::from(time.hour()) % 12, i64::from(time.minute()));
    match entities.when.as_ref().map(|when| &when.value) {
        Some(WhenValue::Time(time)) => Some(face(*time)),
        Some(WhenValue::DateTime(at)) => Some(face(at.time())),
        Some(WhenValue::Date(_) | WhenValue::Duration(_) | WhenValue::Range { .. }) => None,
        None => match hour? {
            hour @ 1..=12 => Some((hour % 12, 0)),
            // "Three thirty" is often written "330".
            joined @ 100..=1259 if joined % 100 < 60 && joined % 5 == 0 => Some((joined / 100 % 12, joined % 100)),
            _ => None,
        },
    }
}

/// The only option whose figures show that face ("3 o'clock", "11:30").
fn by_clock(options: &[super::Term], face: Option<(i64, i64)>) -> Option<i64> {
    let face = face?;
    let shows = |term: &super::Term| {
        let figures: Vec<i64> =
            term.name.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
        figures.windows(2).any(|pair| (pair[0] % 12, pair[1]) == face)
            || figures.last().is_some_and(|hour| (hour % 12, 0) == face)
    };
    let mut fitting = options.iter().enumerate().filter(|(_, term)| shows(term));
    let (index, _) = fitting.next()?;
    fitting.next().is_none().then(|| i64::try_from(index + 1).unwrap_or(0))
}
