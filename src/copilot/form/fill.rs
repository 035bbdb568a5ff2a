//! How the fields of a request are read out of words: named in the message, asked for one by one, or written as JSON.

use super::ids::Open;
use super::lookup::CONTACT;
use super::schema::{Field, Kind, fields};
use super::{Form, ask};
use crate::copilot::Copilot;
use crate::copilot::command::is_command;
use crate::copilot::mentioned::{Mentioned, Whom, minor};
use crate::copilot::phrases::{Book, Cue, Meaning};
use crate::copilot::reading::{Heard, is_weak};
use crate::copilot::reply::Reply;
use crate::copilot::state::Want;
use crate::copilot::wish::Wishes;
use crate::copilot::words::unquoted;
use crate::crm::model::folded;
use crate::crm::operation::Definition;
use crate::nlu;
use crate::phone::E164;
use jiff::civil::{Date, DateTime, Time};
use jiff::{Timestamp, Zoned};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// A field named in a sentence, and what stands behind its name.
struct Named<'a> {
    field: &'a Field,
    value: String,
}

impl Copilot {
    /// Takes what was said beside an operation's name. Answers with the field whose value does not do, if one's does not.
    pub(super) fn take_rest(&mut self, reply: &mut Reply, now: &Zoned, form: &mut Form, rest: &str) -> Option<Field> {
        let all = fields(form.definition()?);
        if let Some(given) = json_object(rest) {
            form.given.extend(given);
            return None;
        }
        let (before, named) = named_in(self.book(), &all, rest);
        if let Some(wrong) = self.take_named(reply, now, form, &named) {
            return Some(wrong);
        }
        let left = trimmed(self.book(), &before);
        if !left.is_empty() && !self.take_unnamed(now, form, &all, &left) {
            self.say(reply, Meaning::LeftOut, &[("words", left)]);
        }
        None
    }

    fn take_named(&mut self, reply: &mut Reply, now: &Zoned, form: &mut Form, named: &[Named]) -> Option<Field> {
        for Named { field, value } in named {
            form.clear(&field.path);
            if !self.fill(now, form, field, value) {
                self.say(reply, Meaning::BadValue, &[("said", value.clone())]);
                return Some((*field).clone());
            }
        }
        None
    }

    /// Words that name no field: what has only one place goes there, else they are the first thing that must be there.
    fn take_unnamed(&mut self, now: &Zoned, form: &mut Form, all: &[Field], words: &str) -> bool {
        let open = |form: &Form, field: &&Field| !field.is_of_the_page() && !form.has(&field.path);
        let strict = |field: &&Field| {
            matches!(
                field.kind,
                Kind::Choice(_) | Kind::Money | Kind::Number { .. } | Kind::Phone | Kind::Day | Kind::Moment
            )
        };
        let needed: Vec<&Field> = all.iter().filter(|field| field.required && open(form, field)).collect();
        for field in needed.iter().copied().filter(strict) {
            if self.is_all_of(now, field, words) && self.fill(now, form, field, words) {
                return true;
            }
        }
        let any_words = |kind: &Kind| matches!(kind, Kind::Text | Kind::Id(_));
        let first = needed
            .iter()
            .copied()
            .find(|field| any_words(&field.kind) || matches!(&field.kind, Kind::List(of) if any_words(of)));
        if let Some(field) = first {
            return self.fill(now, form, field, words);
        }
        let optional: Vec<&Field> = all.iter().filter(|field| !field.required && open(form, field)).collect();
        let is_choice = |field: &&&Field| matches!(field.kind, Kind::Choice(_));
        for field in optional.iter().filter(is_choice) {
            if self.fill(now, form, field, words) {
                return true;
            }
        }
        let is_person = |field: &&&Field| field.kind == Kind::Id(CONTACT.to_owned());
        let person = optional.iter().find(is_person).filter(|_| words.starts_with(char::is_uppercase));
        person.is_some_and(|field| self.fill(now, form, field, words))
    }

    /// Whether a value is all that the words are.
    fn is_all_of(&self, now: &Zoned, field: &Field, words: &str) -> bool {
        if matches!(field.kind, Kind::Day | Kind::Moment) {
            let meant = self.understood(now, words, nlu::Field::Day, self.language());
            return meant.entities.when.is_some_and(|when| folded(&when.text) == folded(words));
        }
        let is_sum = matches!(field.kind, Kind::Money | Kind::Number { .. });
        !is_sum || words.split_whitespace().count() == 1
    }

    /// Takes the words as the answer to the field that was asked for. False: they are something else. `meant`: they said that
    /// these words are it.
    pub(in crate::copilot) fn form_answered(
        &mut self,
        reply: &mut Reply,
        now: &Zoned,
        heard: &Heard,
        meant: bool,
    ) -> bool {
        let Some(mut form) = self.state.task.as_mut().and_then(|task| task.form.take()) else { return false };
        let Some(definition) = form.definition() else { return false };
        let all = fields(definition);
        let Some(field) = form.asked(&all) else { return false };
        let text = heard.text.trim();
        let (before, named) = named_in(self.book(), &all, text);
        // Where any field would do, the one that is named is meant.
        let any_would_do = !field.required && form.given.is_empty() && form.open.is_empty();
        if any_would_do && let Some(other) = named_alone(self.book(), &all, text).cloned() {
            self.restore(form);
            self.ask_again(reply, &other);
            return true;
        }
        let free = ask::expected(&field.kind) == nlu::Field::Words;
        let wish = is_command(heard.intent()) && !is_weak(&heard.meant);
        let names_any = any_would_do || text.contains([':', '=']) || field.kind == Kind::Group;
        let by_name = before.is_empty() && !named.is_empty() && names_any;
        if field.is_name() && !meant && !by_name && json_object(text).is_none() && self.is_wish(now, text, Wishes::Any)
        {
            self.restore(form);
            let want = Want::Field(ask::expected(&field.kind));
            let called = if field.kind == Kind::Text { field.called() } else { "tag".to_owned() };
            self.ask_whether_meant(reply, want, text, self.book().field(&called));
            return true;
        }
        let mut wrong = None;
        if by_name {
            wrong = self.take_named(reply, now, &mut form, &named);
        } else if let Some(given) = json_object(text).filter(|_| field.kind != Kind::Json) {
            if field.kind == Kind::Group {
                form.set(&field.path, Value::Object(given));
            } else {
                form.given.extend(given);
            }
        } else if field.kind == Kind::Group {
            let within = all.iter().find(|one| one.path.starts_with(&field.path) && matches!(one.kind, Kind::List(_)));
            if !within.is_some_and(|within| self.fill(now, &mut form, within, text)) {
                wrong = Some(field.clone());
            }
        } else if wish && !free && matches!(field.kind, Kind::Id(_)) || !self.fill(now, &mut form, &field, text) {
            // What does not fit, and is a wish of its own, is one.
            if wish {
                self.restore(form);
                return false;
            }
            self.say(reply, Meaning::BadValue, &[("said", text.to_owned())]);
            wrong = Some(field.clone());
        }
        self.restore(form);
        match wrong {
            Some(field) => self.ask_again(reply, &field),
            None => self.go_on(reply, now),
        }
        true
    }

    /// Whether the words are one of the choices of the field that was asked for.
    pub(in crate::copilot) fn is_choice(&self, text: &str) -> bool {
        let form = self.state.task.as_ref().and_then(|task| task.form.as_ref());
        let all = form.and_then(Form::definition).map(fields).unwrap_or_default();
        let field = form.and_then(|form| form.asked(&all));
        field.is_some_and(|field| matches!(&field.kind, Kind::Choice(choices) if self.choice(choices, text).is_some()))
    }

    /// Fields named anew while the whole is read back. False: none is.
    pub(in crate::copilot) fn form_corrected(&mut self, reply: &mut Reply, now: &Zoned, text: &str) -> bool {
        let Some(mut form) = self.state.task.as_mut().and_then(|task| task.form.take()) else { return false };
        let all = form.definition().map(fields).unwrap_or_default();
        let (_, named) = named_in(self.book(), &all, text);
        let wrong = self.take_named(reply, now, &mut form, &named);
        self.restore(form);
        match wrong {
            Some(field) => self.ask_again(reply, &field),
            None if named.is_empty() => return false,
            None => self.go_on(reply, now),
        }
        true
    }

    fn restore(&mut self, form: Form) {
        if let Some(task) = &mut self.state.task {
            task.form = Some(form);
        }
    }

    /// Puts what was said into a field, if it does.
    fn fill(&mut self, now: &Zoned, form: &mut Form, field: &Field, text: &str) -> bool {
        let text = text.trim();
        if let Kind::Id(noun) = &field.kind {
            let whom = (noun == CONTACT).then(|| self.whom_said(now, text));
            form.open.push(Open::named(field, noun, text.to_owned(), whom));
            return !text.is_empty();
        }
        if let Kind::List(of) = &field.kind
            && let Kind::Id(noun) = &**of
        {
            let items = self.parted_list(text);
            for item in &items {
                let whom = (noun == CONTACT).then(|| self.whom_said(now, item));
                form.open.push(Open::named(field, noun, item.clone(), whom));
            }
            return !items.is_empty();
        }
        match self.value_of(now, &field.kind, text) {
            Some(value) => {
                form.set(&field.path, value);
                true
            }
            None => false,
        }
    }

    fn whom_said(&mut self, now: &Zoned, text: &str) -> Whom {
        if self.book().is_yes(text) {
            return Whom::Them;
        }
        let heard = self.read(now, text, nlu::Field::Name);
        let entities = &heard.meant.entities;
        let address = entities.email.clone().map(Whom::Email).or_else(|| entities.phone.clone().map(Whom::Phone));
        let name = entities.name.clone().or_else(|| entities.query.clone());
        let them = heard.them && name.as_ref().is_some_and(|name| self.book().is_them(name));
        address.unwrap_or_else(|| if them { Whom::Them } else { Whom::Named(name.unwrap_or_else(|| text.to_owned())) })
    }

    /// What the words are as a value of this kind; none: no such value.
    fn value_of(&self, now: &Zoned, kind: &Kind, text: &str) -> Option<Value> {
        let text = text.trim();
        let meant = || self.understood(now, text, nlu::Field::Day, self.language());
        match kind {
            Kind::Text => (!text.is_empty()).then(|| Value::from(unquoted(text))),
            Kind::Number { whole, least, most } => {
                let entities = || self.understood(now, text, nlu::Field::Anything, self.language()).entities.number;
                let number = plain_number(text).or_else(entities)?;
                let within = least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most);
                (within && (!whole || number.fract() == 0.0)).then(|| number_of(number, *whole))
            }
            Kind::Money => {
                let sum = || {
                    let entities = self.understood(now, text, nlu::Field::Anything, self.language()).entities;
                    entities.amount.or(entities.number)
                };
                plain_number(text).or_else(sum).map(|sum| Value::from(minor(sum)))
            }
            Kind::YesNo => self.yes_or_no(now, text).map(Value::from),
            Kind::Choice(choices) => self.choice(choices, text).map(Value::from),
            Kind::Day => {
                let day = text.parse::<Date>().ok().or_else(|| moment(now, &meant().entities).map(DateTime::date))?;
                Some(Value::from(day.to_string()))
            }
            Kind::Moment => {
                let at = text.parse::<Timestamp>().ok();
                let civil = || text.parse::<DateTime>().ok().or_else(|| moment(now, &meant().entities));
                let local = || civil()?.to_zoned(now.time_zone().clone()).ok().map(|at| at.timestamp());
                at.or_else(local).map(|at| Value::from(at.to_string()))
            }
            Kind::Phone => {
                let said = || self.understood(now, text, nlu::Field::Phone, self.language()).entities.phone;
                let phone = E164::parse(text, &self.business.region).ok().or_else(said)?;
                Some(Value::from(phone.to_string()))
            }
            Kind::Id(_) | Kind::Group => None,
            Kind::List(of) => {
                let items = self.parted_list(text);
                let items = items.iter().map(|item| self.value_of(now, of, item)).collect::<Option<Vec<_>>>()?;
                (!items.is_empty()).then_some(Value::Array(items))
            }
            Kind::Rows(fields) => self.rows_of(now, fields, text),
            Kind::Json => Some(serde_json::from_str(text).unwrap_or_else(|_| Value::from(unquoted(text)))),
        }
    }

    fn yes_or_no(&self, now: &Zoned, text: &str) -> Option<bool> {
        if self.book().is_yes(text) || text.eq_ignore_ascii_case("true") {
            return Some(true);
        }
        let no = self.understood(now, text, nlu::Field::YesNo, self.language()).intent == nlu::Intent::No;
        (no || text.eq_ignore_ascii_case("false")).then_some(false)
    }

    /// The choice of this name, in the catalogue's words or in theirs, or at this place.
    fn choice(&self, choices: &[String], text: &str) -> Option<String> {
        let said = folded(text);
        let is = |choice: &&String| folded(choice) == said || folded(&self.book().term(choice)) == said;
        let at = || choices.get(said.parse::<usize>().ok()?.checked_sub(1)?);
        choices.iter().find(is).or_else(at).cloned()
    }

    /// "New 10, Won 100": rows whose words and numbers stand one behind the other, in the order of their fields.
    fn rows_of(&self, now: &Zoned, fields: &[Field], text: &str) -> Option<Value> {
        if let Ok(rows @ Value::Array(_)) = serde_json::from_str::<Value>(text) {
            return Some(rows);
        }
        let items = text.split([',', ';', '\n']).map(str::trim).filter(|item| !item.is_empty());
        let rows = items.map(|item| self.row_of(now, fields, item)).collect::<Option<Vec<_>>>()?;
        (!rows.is_empty()).then_some(Value::Array(rows))
    }

    fn row_of(&self, now: &Zoned, fields: &[Field], item: &str) -> Option<Value> {
        let mut words: Vec<&str> = item.split_whitespace().collect();
        let is_number = |field: &&Field| matches!(field.kind, Kind::Number { .. } | Kind::Money);
        let mut row = Map::new();
        for field in fields.iter().rev().filter(is_number) {
            let place = words.iter().rposition(|word| plain_number(word).is_some())?;
            let number = self.value_of(now, &field.kind, words[place])?;
            words.truncate(place);
            row.insert(field.label(), number);
        }
        let mut rest = fields.iter().filter(|field| !is_number(field));
        let (only, None) = (rest.next(), rest.next()) else { return None };
        if let Some(only) = only {
            row.insert(only.label(), self.value_of(now, &only.kind, &words.join(" "))?);
        }
        Some(Value::Object(row))
    }
}

/// The moment spoken of, in the business's time; a day alone is its beginning.
fn moment(now: &Zoned, entities: &nlu::Entities) -> Option<DateTime> {
    let mut said = Mentioned::default();
    said.take_when(entities, now);
    match (said.day, said.time) {
        (None, None) => None,
        (day, time) => Some(day.unwrap_or(now.date()).to_datetime(time.unwrap_or(Time::midnight()))),
    }
}

/// "25", "25.50", "$25", "10%", "1,200".
fn plain_number(text: &str) -> Option<f64> {
    let bare = text.trim().trim_start_matches(['$', '€']).trim_end_matches(['%', '€', '.']);
    let figures = bare.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-'));
    if !figures || bare.is_empty() {
        return None;
    }
    // "1,200" is twelve hundred, "25,50" is fifty cents more than 25.
    let cents = bare.rsplit_once(',').filter(|(_, cents)| cents.len() < 3 && !bare.contains('.'));
    cents.map_or_else(|| bare.replace(',', ""), |(whole, cents)| format!("{whole}.{cents}")).parse().ok()
}

#[expect(clippy::cast_possible_truncation, reason = "a float's cast saturates, and the catalogue bounds its numbers")]
fn number_of(number: f64, whole: bool) -> Value {
    if whole { Value::from(number as i64) } else { Value::from(number) }
}

/// An object written as JSON, with nothing behind it.
fn json_object(text: &str) -> Option<Map<String, Value>> {
    let begins = text.find('{')?;
    serde_json::from_str(text[begins..].trim()).ok()
}

/// Without the small words it begins and ends with.
fn trimmed(book: &Book, text: &str) -> String {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let small = |word: &str| {
        let word = folded(word);
        word.is_empty()
            || [Cue::Small, Cue::And, Cue::Politeness].into_iter().any(|cue| book.words(cue).contains(&word))
    };
    while words.last().is_some_and(|word| small(word)) {
        words.pop();
    }
    let from = words.iter().position(|word| !small(word)).unwrap_or(words.len());
    words[from..].join(" ").trim_matches(|c: char| matches!(c, ',' | ':' | ';' | '.' | '?')).to_owned()
}

/// What stands before the first field that is named, and each that is with what stands behind its name: "name: Sales,
/// stages: New 10", or without the colons where there is none.
fn named_in<'a>(book: &Book, all: &'a [Field], text: &str) -> (String, Vec<Named<'a>>) {
    let words = words_of(book, all, text);
    let mut marks: Vec<(usize, usize, &Field, bool)> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        match mark(book, all, &words[at..]) {
            Some((length, field, colon)) => {
                marks.push((at, at + length, field, colon));
                at += length;
            }
            None => at += 1,
        }
    }
    if marks.iter().any(|(.., colon)| *colon) {
        marks.retain(|(.., colon)| *colon);
    }
    let ends = marks.iter().skip(1).map(|(from, ..)| *from).chain([words.len()]);
    let named = marks.iter().zip(ends.collect::<Vec<_>>()).map(|((_, from, field, colon), to)| {
        let value = match words.get(*from..to).unwrap_or_default() {
            // "The name to Oak Dental".
            [into, value @ ..] if !colon && book.words(Cue::Into).contains(&folded(into)) => value,
            value => value,
        };
        Named { field, value: without_joint(book, &value.join(" ")) }
    });
    let named: Vec<_> = named.filter(|named| !named.value.is_empty()).collect();
    let before = marks.first().map_or(words.len(), |(from, ..)| *from);
    (words[..before].join(" "), named)
}

/// A value without the comma or "and" that joins it to the next, and without the stop behind its quotation marks.
fn without_joint(book: &Book, value: &str) -> String {
    let value = value.trim().trim_end_matches([',', ';']).trim();
    let value = value.strip_suffix('.').filter(|quoted| quoted.ends_with(['"', '”'])).unwrap_or(value);
    match value.rsplit_once(' ') {
        Some((before, last)) if book.words(Cue::And).contains(&folded(last)) => before.trim_end_matches(',').to_owned(),
        _ => value.to_owned(),
    }
}

/// The words of a text, a name parted from the value that follows its colon at once.
fn words_of<'t>(book: &Book, all: &[Field], text: &'t str) -> Vec<&'t str> {
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        let colon = word.find([':', '=']).map(|place| place + 1).filter(|place| *place < word.len());
        let is_name = |head: &str| {
            let head = folded(head);
            all.iter().flat_map(|field| names(book, field)).any(|name| name.last().is_some_and(|last| *last == head))
        };
        match colon.map(|place| word.split_at(place)).filter(|(head, _)| is_name(head)) {
            Some((head, tail)) => words.extend([head, tail]),
            None => words.push(word),
        }
    }
    words
}

/// The field whose name is all that is said.
fn named_alone<'a>(book: &Book, all: &'a [Field], text: &str) -> Option<&'a Field> {
    let words: Vec<&str> = text.trim_end_matches(['.', ':', '?']).split_whitespace().collect();
    mark(book, all, &words).filter(|(length, ..)| *length == words.len()).map(|(_, field, _)| field)
}

/// The field these words begin with the name of: how many they are, which, and whether a colon follows.
fn mark<'a>(book: &Book, all: &'a [Field], words: &[&str]) -> Option<(usize, &'a Field, bool)> {
    let begins = |name: &Vec<String>| {
        let said = words.get(..name.len())?;
        let same = said.iter().zip(name).all(|(said, name)| folded(said) == *name);
        let whole = said[..name.len() - 1].iter().all(|word| !word.ends_with([':', '=', ',', ';']));
        (same && whole).then(|| (name.len(), said[name.len() - 1].ends_with([':', '='])))
    };
    let found = all.iter().filter(|field| field.kind != Kind::Group).flat_map(|field| {
        names(book, field)
            .into_iter()
            .filter_map(move |name| begins(&name).map(|(length, colon)| (length, field, colon)))
    });
    // Of fields of one name the one that stands highest is meant.
    found.max_by_key(|(length, field, _)| (*length, std::cmp::Reverse(field.path.len())))
}

/// What a field can be called, in folded words.
fn names(book: &Book, field: &Field) -> Vec<Vec<String>> {
    let own = field.path.last().cloned().unwrap_or_default();
    let whole = field.path.join(" ");
    let names = [book.field(&field.called()), field.called(), own, whole];
    let split = |name: &String| folded(name).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    names.iter().map(split).filter(|name: &Vec<String>| !name.is_empty()).collect()
}

/// Every word an operation's fields are called by.
pub(super) fn field_words(book: &Book, definition: &Definition) -> HashSet<String> {
    fields(definition).iter().flat_map(|field| names(book, field)).flatten().collect()
}
