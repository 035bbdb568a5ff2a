//! How a field is asked for: what it is called, what the catalogue says of it, and what it takes.

use super::lookup::CONTACT;
use super::schema::{Field, Kind, fields};
use crate::copilot::Copilot;
use crate::copilot::phrases::Meaning;
use crate::copilot::reply::Reply;
use crate::copilot::state::Task;
use crate::crm::operation::Definition;
use crate::nlu;

/// How the catalogue says that a request has sums in the smallest unit.
const UNITS: [&str; 2] = [", in minor units (cents)", ", in minor units"];

/// What an answer to the question for such a field is read as.
pub(super) fn expected(kind: &Kind) -> nlu::Field {
    match kind {
        Kind::Text | Kind::List(_) | Kind::Rows(_) | Kind::Group | Kind::Json => nlu::Field::Words,
        Kind::Number { .. } | Kind::Money => nlu::Field::Anything,
        Kind::YesNo => nlu::Field::YesNo,
        Kind::Choice(_) => nlu::Field::Choice,
        Kind::Day | Kind::Moment => nlu::Field::Day,
        Kind::Phone => nlu::Field::Phone,
        Kind::Id(_) => nlu::Field::Name,
    }
}

impl Copilot {
    /// Asks for the field a request lacks.
    pub(in crate::copilot) fn ask_field(&self, reply: &mut Reply, task: &Task) {
        let Some(form) = &task.form else { return };
        let Some(definition) = form.definition() else { return };
        let all = fields(definition);
        let Some(field) = form.asked(&all) else { return };
        self.name_field(reply, definition, &field);
        self.hint(reply, &field, &all);
    }

    /// Asks which row is meant; they are put up behind it.
    pub(in crate::copilot) fn ask_which(&self, reply: &mut Reply, task: &Task) {
        let Some(form) = &task.form else { return };
        let Some(definition) = form.definition() else { return };
        let wanted = form.wanted();
        if let Some(field) = fields(definition).iter().find(|field| Some(field.label()) == wanted) {
            self.name_field(reply, definition, field);
        }
    }

    /// Says of which operation a field is, what it is called, and what the catalogue says of it.
    fn name_field(&self, reply: &mut Reply, definition: &Definition, field: &Field) {
        let fills = [
            ("operation", self.title(definition)),
            ("field", self.book().field(&field.called())),
            ("about", self.told_of(field)),
        ];
        self.say(reply, Meaning::FormAsk, &fills);
    }

    /// Says what a field takes.
    fn hint(&self, reply: &mut Reply, field: &Field, all: &[Field]) {
        let inner = |all: &[Field]| {
            let names: Vec<_> = all.iter().map(|field| self.book().field(&field.called())).collect();
            vec![("fields", names.join(", "))]
        };
        match &field.kind {
            Kind::Text => {}
            Kind::Number { .. } => self.say(reply, Meaning::TakesNumber, &[]),
            Kind::Money => self.say(reply, Meaning::TakesMoney, &[]),
            Kind::YesNo => self.offer_yes_no(reply),
            Kind::Choice(choices) => {
                let names: Vec<_> = choices.iter().map(|one| self.book().term(one)).collect();
                reply.list(names.clone());
                reply.step.suggestions = names;
            }
            Kind::Day => self.say(reply, Meaning::TakesDay, &[]),
            Kind::Moment => self.say(reply, Meaning::TakesMoment, &[]),
            Kind::Phone => self.say(reply, Meaning::TakesPhone, &[]),
            Kind::Id(noun) if noun == CONTACT => match &self.state.focus {
                Some(person) => {
                    reply.step.suggestions = vec![person.name.clone()];
                    self.say(reply, Meaning::AskWhomOr, &[("name", person.name.clone())]);
                }
                None => self.say(reply, Meaning::AskWhom, &[]),
            },
            Kind::Id(_) => self.say(reply, Meaning::TakesId, &[]),
            Kind::List(_) => self.say(reply, Meaning::TakesList, &[]),
            Kind::Rows(fields) => self.say(reply, Meaning::TakesRows, &inner(fields)),
            Kind::Group => {
                let within: Vec<Field> = all
                    .iter()
                    .filter(|one| one.path.starts_with(&field.path) && one.kind != Kind::Group && !one.is_of_the_page())
                    .cloned()
                    .collect();
                self.say(reply, Meaning::TakesGroup, &inner(&within));
            }
            Kind::Json => self.say(reply, Meaning::TakesJson, &[]),
        }
    }

    /// What people call an operation, as a heading.
    pub(super) fn title(&self, definition: &Definition) -> String {
        capitalised(&self.book().term(definition.about.name))
    }

    /// What the catalogue says of a field, in the language spoken where the book has it. A sum is asked for as people say it.
    fn told_of(&self, field: &Field) -> String {
        let about = &field.about;
        match self.book().told(about) {
            Some(told) if field.kind == Kind::Money => UNITS.iter().fold(told, |told, unit| told.replace(unit, "")),
            Some(told) => told,
            None if about.is_empty() => String::new(),
            None => self.worded(Meaning::InEnglish, &[("words", about.clone())]),
        }
    }
}

/// The same, its first letter a capital.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
