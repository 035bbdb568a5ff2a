//! The general way: every operation of the catalogue, asked for in words.
//!
//! What has no command of its own is found by its name ([`meant`]), filled in field by field ([`schema`], [`fill`], [`ids`]),
//! read back where that is due, and told from its outcome ([`shown`]). Everything is made of the catalogue: an operation added
//! tomorrow is reached with no line here.
//!
//! Invariant: only what its own input type accepts, within its limits, is given out.

mod ask;
mod fill;
mod ids;
mod lookup;
pub(super) mod meant;
pub(super) mod schema;
mod shown;

use super::Copilot;
use super::command::{Command, Move, Way, is_command, way};
use super::phrases::Meaning;
use super::reading::{Heard, is_weak};
use super::reply::{Reply, Standing};
use super::state::{Asked, Choices, Task, Want};
use crate::crm::Error;
use crate::crm::operation::definition::Effect;
use crate::crm::operation::{CATALOGUE, Definition, Operation, Outcome};
use crate::nlu::Intent;
use ids::Open;
use jiff::Zoned;
use meant::{Found, Meant, by_its_own_name, rest_of};
use schema::{Field, Kind, fields};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Rows shown at once, unless it is said how many.
const SHOWN: usize = 10;

/// Texts of a form that one field may want: by them the field is found that is refused for its form.
const WELL_FORMED: [&str; 4] = ["https://example.com/a", "a@example.com", "a", "a {link}"];

/// How the general way goes.
pub(super) const FORM: Command = Command { plan, told: shown::told, does: &[] };

/// A request in the making.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    /// The operation's name.
    operation: String,
    /// What is known of the request.
    given: Map<String, Value>,
    /// What rows are called whose ids are in it.
    called: BTreeMap<String, String>,
    /// Rows that were named and are still to be found.
    open: Vec<Open>,
    /// What there is of what the first of them may be, once read.
    rows: Option<Vec<Value>>,
    /// What was chosen of it.
    picked: Option<Thing>,
    /// The field asked for.
    pub(super) asking: Option<String>,
}

/// A row one can mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Thing {
    pub(super) id: String,
    /// What it is called.
    pub(super) name: String,
}

impl Form {
    /// What led to an operation that goes on from page to page.
    pub(super) fn of(operation: &Operation) -> Self {
        Self { operation: operation.name().to_owned(), ..Self::default() }
    }

    /// Its operation; none when a newer program kept it, or an older one.
    fn definition(&self) -> Option<&'static Definition> {
        CATALOGUE.iter().find(|entry| entry.about.name == self.operation)
    }

    /// The field that was asked for.
    fn asked(&self, all: &[Field]) -> Option<Field> {
        let asking = self.asking.as_ref()?;
        all.iter().find(|field| field.label() == *asking).cloned()
    }

    /// The first field that must be there and is not.
    fn missing<'a>(&self, all: &'a [Field]) -> Option<&'a Field> {
        all.iter().find(|field| field.required && !field.is_of_the_page() && !self.has(&field.path))
    }

    /// Whether a field is known, or will be once a row is found.
    fn has(&self, path: &[String]) -> bool {
        self.value(path).is_some() || self.open.iter().any(|open| open.path.starts_with(path))
    }

    fn value(&self, path: &[String]) -> Option<&Value> {
        let (last, above) = path.split_last()?;
        above.iter().try_fold(&self.given, |given, name| given.get(name)?.as_object())?.get(last)
    }

    /// Puts a value into its field.
    fn set(&mut self, path: &[String], value: Value) {
        if let Some(place) = self.place(path) {
            *place = value;
        }
    }

    /// Puts one more value into a field that has several.
    fn add(&mut self, path: &[String], value: Value) {
        if let Some(place) = self.place(path) {
            match place {
                Value::Array(all) => all.push(value),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                    *place = Value::Array(vec![value]);
                }
            }
        }
    }

    fn clear(&mut self, path: &[String]) {
        self.open.retain(|open| !open.path.starts_with(path));
        if let Some((last, above)) = path.split_last()
            && let Some(given) =
                above.iter().try_fold(&mut self.given, |given, name| given.get_mut(name)?.as_object_mut())
        {
            given.remove(last);
        }
    }

    fn place(&mut self, path: &[String]) -> Option<&mut Value> {
        let (last, above) = path.split_last()?;
        let mut given = &mut self.given;
        for name in above {
            let inner = given.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
            given = inner.as_object_mut()?;
        }
        Some(given.entry(last.clone()).or_insert(Value::Null))
    }

    /// Takes what was looked up.
    pub(super) fn find(&mut self, outcome: &Outcome) {
        let Some(open) = self.open.first() else { return };
        self.rows = lookup::lookup(&open.noun).map(|lookup| lookup.rows(&open.noun, outcome));
    }

    /// The field whose row is to be chosen.
    pub(super) fn wanted(&self) -> Option<String> {
        self.open.first().map(|open| open.path.join("."))
    }

    /// Takes what was chosen.
    pub(super) fn pick(&mut self, thing: Thing) {
        self.picked = Some(thing);
    }

    /// The request, whole and within its limits, or why not.
    fn request(&self, definition: &Definition, all: &[Field]) -> Result<Operation, Error> {
        let mut given = self.given.clone();
        let pages = all.iter().any(|field| field.label() == "limit");
        if definition.about.effect == Effect::Read && pages && !given.contains_key("limit") {
            given.insert("limit".to_owned(), Value::from(SHOWN));
        }
        let operation = (definition.read)(Value::Object(given))?;
        // What is given out is what was said; the façade tidies it.
        operation.clone().within_limits()?;
        Ok(operation)
    }
}

/// Whether a command of its own comes to this operation.
fn has_command(operation: &str) -> bool {
    let does = |intent: &Intent| match way(*intent) {
        Way::Command(command) => command.does.contains(&operation),
        Way::Talk(_) | Way::Refusal(_) => false,
    };
    Intent::ALL.iter().any(does)
}

/// Whether a command does nothing but read.
pub(super) fn only_reads(intent: Intent) -> bool {
    let Way::Command(command) = way(intent) else { return false };
    let reads =
        |name: &&str| CATALOGUE.iter().any(|entry| entry.about.name == *name && entry.about.effect == Effect::Read);
    command.does.iter().all(reads)
}

/// Whether a command does to something else what an operation does.
fn has_verb_of(intent: Intent, operation: &str) -> bool {
    let Way::Command(command) = way(intent) else { return false };
    let verb = |name: &str| name.split('_').next().map(str::to_owned);
    command.does.iter().any(|name| verb(name) == verb(operation))
}

impl Copilot {
    /// The operation a sentence names so that nothing else can be meant: it begins with the name in its own words, or in
    /// others where no rule speaks for anything else. What has a command is that command's.
    pub(super) fn named_outright(&self, heard: &Heard) -> Option<Found> {
        if let Some(found) = by_its_own_name(&heard.text) {
            return Some(found);
        }
        let Meant::One(found) = self.meant(&heard.text) else { return None };
        let name = found.definition.about.name;
        let (intent, ruled) = (heard.intent(), !is_weak(&heard.meant));
        // Who has something made or deleted does not want it listed; who sends a message to somebody writes to them.
        let listed = found.definition.about.effect != Effect::Read && only_reads(intent);
        let guessed = is_command(intent) && !ruled;
        let sends = found.definition.about.effect == Effect::Sends;
        let kin = sends && ruled && !found.rest.is_empty() && has_verb_of(intent, name);
        (!has_command(name) && !kin && (found.plainly || found.whole && (guessed || listed))).then_some(found)
    }

    /// Takes up what a sentence names that means nothing else, or puts up what it may mean. False: it names nothing.
    pub(super) fn take_up_form(&mut self, reply: &mut Reply, now: &Zoned, text: &str) -> bool {
        let mut meant = self.meant(text);
        if matches!(meant, Meant::Nothing) {
            let language = self.state.language;
            self.state.language = Some(self.language().other());
            meant = self.meant(text);
            if !matches!(&meant, Meant::One(found) if found.plainly || found.whole) {
                self.state.language = language;
                return false;
            }
        }
        match meant {
            Meant::Nothing => false,
            Meant::One(found) => {
                self.leave(reply);
                self.begin_form(reply, now, &found);
                true
            }
            Meant::Several(all) => {
                self.leave(reply);
                let all = all.iter().map(|definition| definition.about.name.to_owned()).collect();
                let choices = Choices::Operations { said: text.to_owned(), all };
                self.put_up(reply, now, &choices, &Task::new(Intent::Unknown, <_>::default()));
                self.state.asked = Some(Asked::Which(choices));
                true
            }
        }
    }

    /// Begins what was chosen among what a sentence may have meant.
    pub(super) fn begin_chosen(&mut self, reply: &mut Reply, now: &Zoned, name: &str, said: &str) {
        let Some(definition) = CATALOGUE.iter().find(|entry| entry.about.name == name) else { return };
        let rest = rest_of(self.book(), definition, said);
        self.begin_form(reply, now, &Found { definition, rest, plainly: false, whole: true });
    }

    /// Begins what was named, if they may ask for it.
    pub(super) fn begin_form(&mut self, reply: &mut Reply, now: &Zoned, found: &Found) {
        let about = &found.definition.about;
        reply.step.why = vec![about.name.to_owned(), format!("catalogue.{}", about.name)];
        self.state.reasons.clone_from(&reply.step.why);
        self.state.next.clear();
        self.state.more = None;
        if !self.by.may.hold(about.permission) {
            self.say(reply, Meaning::Forbidden, &[("what", self.book().term(about.name))]);
            reply.step.standing = Standing::Failed;
            return;
        }
        let mut form = Form { operation: about.name.to_owned(), ..Form::default() };
        let wrong = self.take_rest(reply, now, &mut form, &found.rest);
        self.state.task = Some(Task { form: Some(form), ..Task::new(Intent::Unknown, <_>::default()) });
        match wrong {
            Some(field) => self.ask_again(reply, &field),
            None => self.go_on(reply, now),
        }
    }

    /// Asks for a field again whose value does not do.
    fn ask_again(&mut self, reply: &mut Reply, field: &Field) {
        let Some(mut task) = self.state.task.take() else { return };
        if let Some(form) = &mut task.form {
            form.asking = Some(field.label());
        }
        self.ask_for(reply, Want::Field(ask::expected(&field.kind)), task);
    }

    /// The next thing a request needs.
    fn next_of(&mut self, reply: &mut Reply, now: &Zoned, task: &mut Task, form: &mut Form) -> Move {
        let Some(definition) = form.definition() else { return Move::Answered };
        let all = fields(definition);
        loop {
            if !form.open.is_empty() {
                match self.settle_first(reply, now, task, form, &all) {
                    Ok(()) => continue,
                    Err(first) => return first,
                }
            }
            let Some(field) = form.missing(&all) else { break };
            if let Kind::Id(noun) = &field.kind
                && self.can_choose(noun)
            {
                form.open.push(Open::any(field, noun));
                continue;
            }
            form.asking = Some(field.label());
            return Move::Ask(Want::Field(ask::expected(&field.kind)));
        }
        match form.request(definition, &all) {
            Ok(operation) => {
                let read_back = self.read_back_of(now, form, definition, &all);
                if definition.about.effect == Effect::Read {
                    self.state.more = Some((Intent::Unknown, operation.clone()));
                }
                Move::perform(operation, read_back)
            }
            Err(error) => self.refuse(reply, form, &all, &error),
        }
    }

    /// Says why a request is none, and asks for the field that is to blame, if one is named.
    fn refuse(&mut self, reply: &mut Reply, form: &mut Form, all: &[Field], error: &Error) -> Move {
        let why = error.to_string();
        let told = if let Error::Invalid(reason) = error { self.book().reason(reason) } else { why.clone() };
        self.say(reply, Meaning::Invalid, &[("why", told)]);
        let mentions = |field: &&Field| {
            let mut words = why.split(|c: char| !c.is_alphanumeric() && c != '_');
            let own = field.path.last().map(String::as_str).unwrap_or_default();
            words.any(|word| word == own || word == field.called())
        };
        let blamed = Self::blamed(form, all, &why).or_else(|| all.iter().find(mentions));
        let Some(field) = blamed else {
            reply.step.standing = Standing::Failed;
            return Move::Answered;
        };
        form.clear(&field.path);
        form.asking = Some(field.label());
        Move::Ask(Want::Field(ask::expected(&field.kind)))
    }

    /// The field that would do with another text; else the one for which another would be refused for something else.
    fn blamed<'a>(form: &Form, all: &'a [Field], why: &str) -> Option<&'a Field> {
        let definition = form.definition()?;
        let texts = || all.iter().filter(|field| field.kind == Kind::Text && form.value(&field.path).is_some());
        let with = |field: &Field, other: &str| {
            let mut form = form.clone();
            form.set(&field.path, Value::from(other));
            form.request(definition, all).map_err(|error| error.to_string())
        };
        let mends = |field: &&Field| WELL_FORMED.iter().any(|other| with(field, other).is_ok());
        let changes =
            |field: &&Field| WELL_FORMED.iter().any(|other| with(field, other).is_err_and(|error| error != why));
        texts().find(mends).or_else(|| texts().find(changes))
    }
}

fn plan(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Move {
    let Some(mut form) = task.form.take() else { return Move::Answered };
    let next = copilot.next_of(reply, now, task, &mut form);
    task.form = Some(form);
    next
}
