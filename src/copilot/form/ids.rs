//! Rows that are named instead of given by their id: found among people, or among what the catalogue lists.

use super::lookup::{CONTACT, lookup};
use super::schema::{Field, Kind};
use super::{Form, Thing, ask};
use crate::copilot::Copilot;
use crate::copilot::command::Move;
use crate::copilot::mentioned::Whom;
use crate::copilot::phrases::Meaning;
use crate::copilot::reply::Reply;
use crate::copilot::state::{Choices, Seen, Task, Want};
use crate::crm::model::folded;
use crate::crm::operation::definition::shape;
use crate::crm::operation::{Definition, called};
use jiff::Zoned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Rows remembered because nothing lists them.
const SEEN_MAX: usize = 12;

/// A row that is still to be found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Open {
    /// Where its id goes.
    pub(super) path: Vec<String>,
    /// Whether that takes several.
    many: bool,
    /// What it is.
    pub(super) noun: String,
    /// What was said of it; empty: it is to be chosen.
    words: String,
    /// Whom that means, where it is somebody.
    whom: Option<Whom>,
    /// Whether it is being looked for.
    begun: bool,
}

impl Open {
    /// Any row of a noun.
    pub(super) fn any(field: &Field, noun: &str) -> Self {
        Self::named(field, noun, String::new(), None)
    }

    /// The row these words name.
    pub(super) fn named(field: &Field, noun: &str, words: String, whom: Option<Whom>) -> Self {
        let (path, many) = (field.path.clone(), matches!(field.kind, Kind::List(_)));
        Self { path, many, noun: noun.to_owned(), words, whom, begun: false }
    }
}

impl Form {
    /// The first row that was open is this one.
    fn settle(&mut self, thing: Thing) {
        let open = self.open.remove(0);
        self.rows = None;
        let id = Value::from(thing.id.clone());
        if open.many {
            self.add(&open.path, id);
        } else {
            self.set(&open.path, id);
        }
        self.called.insert(thing.id, thing.name);
    }
}

impl Copilot {
    /// Whether rows of a noun can be put up to choose from.
    pub(super) fn can_choose(&self, noun: &str) -> bool {
        noun != CONTACT && (lookup(noun).is_some() || self.state.seen.iter().any(|seen| seen.noun == noun))
    }

    /// Finds the first row that is open, or says what that takes.
    pub(super) fn settle_first(
        &mut self,
        reply: &mut Reply,
        now: &Zoned,
        task: &mut Task,
        form: &mut Form,
        all: &[Field],
    ) -> Result<(), Move> {
        let Some(open) = form.open.first().cloned() else { return Ok(()) };
        if let Some(thing) = form.picked.take() {
            form.settle(thing);
            return Ok(());
        }
        if let Ok(id) = open.words.parse::<Uuid>() {
            form.settle(Thing { id: id.to_string(), name: open.words });
            return Ok(());
        }
        let found = if open.noun == CONTACT {
            self.somebody(reply, task, form, &open)
        } else {
            self.something(reply, now, task, form, &open)
        };
        found.map_err(|next| {
            // Whose it is is no field of the request.
            let whose = open.noun != CONTACT && matches!(next, Move::Ask(Want::Whom));
            if whose || !matches!(next, Move::Ask(_)) {
                return next;
            }
            let field = all.iter().find(|field| field.path == open.path);
            form.open.remove(0);
            form.asking = Some(open.path.join("."));
            Move::Ask(Want::Field(field.map_or_else(<_>::default, |field| ask::expected(&field.kind))))
        })
    }

    fn somebody(&mut self, reply: &mut Reply, task: &mut Task, form: &mut Form, open: &Open) -> Result<(), Move> {
        Self::begin_with(task, form, open);
        let person = self.whom(reply, task)?;
        form.settle(Thing { id: person.id.to_string(), name: person.line() });
        Ok(())
    }

    /// Whom something before was about is not whom this is about.
    fn begin_with(task: &mut Task, form: &mut Form, open: &Open) {
        if !open.begun {
            (task.whom, task.people) = (None, None);
            task.mentioned.whom.clone_from(&open.whom);
            form.open[0].begun = true;
        }
    }

    fn something(
        &mut self,
        reply: &mut Reply,
        now: &Zoned,
        task: &mut Task,
        form: &mut Form,
        open: &Open,
    ) -> Result<(), Move> {
        let things: Vec<(Option<String>, Thing)> = match (&form.rows, lookup(&open.noun)) {
            (None, Some(lookup)) => {
                let mut whose = None;
                if lookup.somebodys {
                    Self::begin_with(task, form, open);
                    whose = Some(self.whom(reply, task)?.id);
                }
                let look = lookup.operation(now, whose).ok_or(Move::Ask(Want::Words))?;
                return Err(Move::look(look));
            }
            (Some(rows), _) => rows.iter().filter_map(|row| self.thing(now, row)).collect(),
            (None, None) => {
                let seen = self.state.seen.iter().filter(|seen| seen.noun == open.noun);
                seen.map(|seen| (None, seen.thing.clone())).collect()
            }
        };
        let noun = || open.path.last().map(|name| self.book().field(name)).unwrap_or_default();
        if things.is_empty() && lookup(&open.noun).is_some() {
            self.say(reply, Meaning::NoThings, &[("what", noun())]);
            return Err(Move::Answered);
        }
        let wanted = folded(&open.words);
        let exact = things.iter().filter(|(name, _)| name.as_ref().is_some_and(|name| folded(name) == wanted));
        let mut fitting: Vec<&Thing> = exact.map(|(_, thing)| thing).collect();
        if fitting.is_empty() {
            let has =
                |thing: &Thing| wanted.split(' ').all(|word| folded(&thing.name).split(' ').any(|one| one == word));
            fitting = things.iter().map(|(_, thing)| thing).filter(|thing| wanted.is_empty() || has(thing)).collect();
        }
        if let [only] = fitting.as_slice()
            && !wanted.is_empty()
        {
            form.settle((*only).clone());
            return Ok(());
        }
        if fitting.is_empty() {
            self.say(reply, Meaning::NoThingCalled, &[("what", open.words.clone())]);
            fitting = things.iter().map(|(_, thing)| thing).collect();
        }
        if fitting.is_empty() {
            return Err(Move::Ask(Want::Words));
        }
        let all = fitting.into_iter().cloned().collect();
        Err(Move::Choose(Choices::Things(all)))
    }

    /// A row, as it can be meant: by its name, and by the line that is shown of it.
    fn thing(&self, now: &Zoned, row: &Value) -> Option<(Option<String>, Thing)> {
        let id = row["id"].as_str()?.to_owned();
        Some((called(row), Thing { id, name: self.row_line(now, row) }))
    }

    /// Remembers a row that was made or read, by what the schema of its outcome calls it.
    pub(super) fn remember(&mut self, now: &Zoned, definition: &Definition, answer: &Value) {
        let (schema, _) = shape(definition.outcome);
        let Some(title) = schema.get("title").and_then(Value::as_str) else { return };
        let name = title.chars().fold(String::new(), |mut name, letter| {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.extend(letter.to_lowercase());
            name
        });
        for noun in name.split('_') {
            let row = if answer["id"].is_string() { answer } else { &answer[noun] };
            if lookup(noun).is_none()
                && let Some((_, thing)) = self.thing(now, row)
            {
                self.state.seen.retain(|seen| seen.thing.id != thing.id);
                self.state.seen.insert(0, Seen { noun: noun.to_owned(), thing });
            }
        }
        self.state.seen.truncate(SEEN_MAX);
    }
}
