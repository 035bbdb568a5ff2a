//! How a request is read back and an outcome is told: rows as lines, one row by its fields.

use super::ask::capitalised;
use super::lookup::listed;
use super::schema::{Field, Kind};
use super::{Form, SHOWN};
use crate::copilot::Copilot;
use crate::copilot::phrases::Meaning;
use crate::copilot::reply::{Card, Reply};
use crate::copilot::state::{Person, Task};
use crate::copilot::words::{money, short};
use crate::crm::error::Reason;
use crate::crm::model::{Contact, Currency};
use crate::crm::operation::definition::Effect;
use crate::crm::operation::{Definition, Operation, Outcome, called};
use crate::nlu::Intent;
use jiff::civil::Date;
use jiff::{Timestamp, Zoned};
use serde_json::Value;
use uuid::Uuid;

/// Facts on a row's line, beside its name.
const FACTS_MAX: usize = 4;
/// Lines of one row's fields.
const LINES_MAX: usize = 24;
/// Fields that say why something was refused or did not go out.
const REASONS: [&str; 2] = ["trouble", "why"];
/// What is of no use to people.
const INTERNAL: [&str; 4] = ["id", "business", "version", "updated_at"];

/// What came of it.
pub(super) fn told(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &Task, outcome: &Outcome) {
    let Some(form) = &task.form else { return };
    let Some(definition) = form.definition() else { return };
    let before = copilot.state.more.take();
    let answer = outcome.to_value().unwrap_or(Value::Null);
    let operation = || ("operation", copilot.title(definition));
    match definition.about.effect {
        Effect::Read if answer.is_array() || answer["items"].is_array() => {
            copilot.show_rows(reply, now, definition, &answer, before);
        }
        Effect::Read if answer.is_null() => copilot.say(reply, Meaning::FormNone, &[operation()]),
        Effect::Read => {
            reply.add(&copilot.title(definition));
            copilot.show_row(reply, now, form, &answer);
        }
        // What leaves the house is said to stand as it does, not to have arrived.
        Effect::Sends | Effect::Costs => {
            copilot.say(reply, Meaning::FormSent, &[operation()]);
            copilot.show_row(reply, now, form, &answer);
        }
        Effect::Write | Effect::Destructive if answer.is_object() => {
            let line = copilot.row_line(now, &answer);
            copilot.say(reply, Meaning::FormDoneWith, &[operation(), ("line", line)]);
        }
        Effect::Write | Effect::Destructive => copilot.say(reply, Meaning::FormDone, &[operation()]),
    }
    if answer.is_object() && reply.step.card.is_none() {
        reply.step.card = Some(Card::of(definition.about.name, std::slice::from_ref(&answer)));
    }
    copilot.remember(now, definition, &answer);
}

impl Copilot {
    fn show_rows(
        &mut self,
        reply: &mut Reply,
        now: &Zoned,
        definition: &'static Definition,
        answer: &Value,
        before: Option<(Intent, Operation)>,
    ) {
        let rows = listed(answer);
        let operation = ("operation", self.title(definition));
        if rows.is_empty() {
            self.say(reply, Meaning::FormNone, &[operation]);
            return;
        }
        self.say(reply, Meaning::FormListed, &[operation, ("count", rows.len().to_string())]);
        reply.list(rows.iter().map(|row| self.row_line(now, row)));
        reply.step.card = Some(Card::of(definition.about.name, rows));
        let people = rows.iter().map(|row| serde_json::from_value::<Contact>(row.clone()));
        if let Ok(people) = people.collect::<Result<Vec<_>, _>>() {
            self.state.listed = people.iter().map(Person::from).collect();
        }
        let next = answer["next"].as_str().and_then(|cursor| after(definition, &before?.1, cursor));
        if let Some(next) = next {
            self.state.more = Some((Intent::Unknown, next));
            self.say(reply, Meaning::ListedMore, &[]);
            if let Some(card) = &mut reply.step.card {
                card.more = true;
            }
        }
    }

    /// A row on one line: what it is called, and a few facts.
    pub(super) fn row_line(&self, now: &Zoned, row: &Value) -> String {
        let Some(fields) = row.as_object() else { return short(&self.plainly(now, "", row, row)) };
        let name = called(row);
        let mut facts: Vec<String> = Vec::new();
        for (key, value) in fields {
            let same = value.as_str().is_some_and(|text| name.as_deref() == Some(text));
            let of_name = matches!(key.as_str(), "first_name" | "last_name" | "created_at");
            if facts.len() == FACTS_MAX || same || of_name || is_internal(key, value) || is_nested(value) {
                continue;
            }
            let told = self.plainly(now, key, value, row);
            facts.push(if value.is_number() && !key.ends_with("_minor") || value.is_boolean() {
                format!("{} {told}", self.book().field(key))
            } else {
                told
            });
        }
        let made = row["created_at"].as_str().filter(|_| facts.is_empty());
        facts.extend(made.map(|made| self.plainly(now, "created_at", &Value::from(made), row)));
        short(&name.into_iter().chain(facts).collect::<Vec<_>>().join(" · "))
    }

    /// One row: each field that says something on a line of its own.
    fn show_row(&self, reply: &mut Reply, now: &Zoned, form: &Form, row: &Value) {
        let Some(fields) = row.as_object() else { return };
        let known = |value: &Value| value.as_str().is_some_and(|id| form.called.contains_key(id));
        let says = |(key, value): &(&String, &Value)| !is_internal(key, value) || known(value);
        for (key, value) in fields.iter().filter(says).take(LINES_MAX) {
            let told = value.as_str().and_then(|id| form.called.get(id)).cloned();
            let value = told.unwrap_or_else(|| self.plainly(now, key, value, row));
            let fills = [("field", capitalised(&self.book().field(key))), ("value", value)];
            reply.step.text.push('\n');
            reply.step.text.push_str(&self.worded(Meaning::LineField, &fills));
        }
    }

    /// A request read back: the operation, and every field.
    pub(super) fn read_back_of(&self, now: &Zoned, form: &Form, definition: &Definition, all: &[Field]) -> String {
        let given = all.iter().filter(|field| field.kind != Kind::Group);
        let lines = given.filter_map(|field| {
            let value = form.value(&field.path).filter(|value| !value.is_null())?;
            let row = Value::Object(form.given.clone());
            let key = field.path.last().map(String::as_str).unwrap_or_default();
            let money = if field.kind == Kind::Money { "sum_minor" } else { key };
            let each = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter();
            let each = each.map(|one| self.named_or_plain(now, form, money, one, &row));
            let told = each.collect::<Vec<_>>().join(", ");
            Some(format!("• {}: {told}", self.book().field(&field.called())))
        });
        let lines = lines.collect::<Vec<_>>().join("\n");
        self.worded(Meaning::FormConfirm, &[("operation", self.title(definition)), ("fields", lines)])
    }

    fn named_or_plain(&self, now: &Zoned, form: &Form, key: &str, value: &Value, row: &Value) -> String {
        let called = value.as_str().and_then(|id| form.called.get(id)).cloned();
        called.unwrap_or_else(|| self.plainly(now, key, value, row))
    }

    /// A value as people read it.
    fn plainly(&self, now: &Zoned, key: &str, value: &Value, row: &Value) -> String {
        match value {
            Value::Null => String::new(),
            Value::Bool(yes) => {
                let [true_word, false_word] = [0, 1].map(|place| self.book().answers().get(place).cloned());
                (if *yes { true_word } else { false_word }).unwrap_or_default().to_lowercase()
            }
            Value::Number(number) => match number.as_i64().filter(|_| key.ends_with("_minor")) {
                Some(minor) => money(minor, currency(row).unwrap_or(self.business.currency)),
                None => number.to_string(),
            },
            Value::String(text) if REASONS.contains(&key) => self.book().reason(&Reason::from(text.clone())),
            Value::String(text) => {
                if let Ok(at) = text.parse::<Timestamp>() {
                    return self.book().moment(at, now.time_zone());
                }
                if let Ok(day) = text.parse::<Date>() {
                    return self.book().date(day);
                }
                let told = self.book().told(text).or_else(|| self.book().told(&text.replace('_', " ")));
                told.unwrap_or_else(|| text.clone())
            }
            Value::Array(all) => {
                let each =
                    all.iter().take(SHOWN).map(|one| called(one).unwrap_or_else(|| self.plainly(now, key, one, row)));
                each.collect::<Vec<_>>().join(", ")
            }
            Value::Object(fields) => {
                let says = fields.iter().filter(|(key, value)| !is_internal(key, value));
                let each = says
                    .map(|(key, inner)| format!("{} {}", self.book().field(key), self.plainly(now, key, inner, value)));
                each.collect::<Vec<_>>().join(", ")
            }
        }
    }
}

/// The same list from a cursor on.
fn after(definition: &Definition, operation: &Operation, cursor: &str) -> Option<Operation> {
    let mut request = serde_json::to_value(operation).ok()?.as_object_mut()?.remove(definition.about.name)?;
    request.as_object_mut()?.insert("cursor".to_owned(), Value::from(cursor));
    (definition.read)(request).ok()
}

/// Whether a field tells people nothing: ids, versions, what is not there.
fn is_internal(key: &str, value: &Value) -> bool {
    let empty = match value {
        Value::Null => true,
        Value::String(text) => text.is_empty() || text.parse::<Uuid>().is_ok(),
        Value::Array(all) => all.is_empty() || all.iter().all(|one| is_internal("", one)),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    empty || INTERNAL.contains(&key)
}

fn is_nested(value: &Value) -> bool {
    value.is_object() || value.as_array().is_some_and(|all| all.iter().any(Value::is_array))
}

fn currency(row: &Value) -> Option<Currency> {
    row["currency"].as_str().and_then(|code| serde_json::from_value(Value::from(code)).ok())
}
