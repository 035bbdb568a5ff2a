//! What a conversation is between two messages. Kept as JSON: a field that is added has a default.

use super::form::{Form, Thing};
use super::mentioned::Mentioned;
use crate::crm::model::{
    Appointment, Campaign, Contact, Conversation, Note, Opportunity, Pipeline, Slot, SocialAccount, SocialPost,
    Task as Todo, Workflow,
};
use crate::crm::operation::{ActionLine, Operation};
use crate::id::{ActionId, ContactId};
use crate::nlu::{Field, Intent, Language};
use crate::phone::E164;
use serde::{Deserialize, Serialize};

/// A conversation between two messages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The language they chose; none: the business's.
    pub(super) language: Option<Language>,
    /// Replies given; chooses among variants of a phrase.
    pub(super) turn: u32,
    /// Whom "him" and "her" mean: who was spoken of last.
    pub(super) focus: Option<Person>,
    /// Those listed last, in order, for "the second one".
    pub(super) listed: Vec<Person>,
    /// What goes on.
    pub(super) task: Option<Task>,
    /// What they are to answer.
    pub(super) asked: Option<Asked>,
    /// Further wishes of the same breath.
    pub(super) next: Vec<(Intent, Mentioned)>,
    /// Rows that were made or read and that nothing lists, the last first.
    pub(super) seen: Vec<Seen>,
    /// What would show the next page of the last list.
    pub(super) more: Option<(Intent, Operation)>,
    /// What was understood of the last command and the rules that decided it.
    pub(super) reasons: Vec<String>,
    /// What was said last, to be said again.
    pub(super) said: String,
    /// The operation given out; never there between two messages.
    #[serde(skip)]
    pub(super) awaiting: Option<Awaiting>,
}

/// A command on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Task {
    /// What was asked for.
    pub(super) intent: Intent,
    /// What was mentioned so far.
    pub(super) mentioned: Mentioned,
    /// Whom it is about, once that is known.
    pub(super) whom: Option<Person>,
    /// Who it may be, once searched for.
    pub(super) people: Option<Vec<Contact>>,
    /// Which note, once that is known.
    pub(super) note: Option<Note>,
    /// The notes they have, once read.
    pub(super) notes: Option<Vec<Note>>,
    /// Which appointment, once that is known.
    pub(super) appointment: Option<Appointment>,
    /// The appointments there are, once read.
    pub(super) appointments: Option<Vec<Appointment>>,
    /// The times that are free, once read.
    pub(super) slots: Option<Vec<Slot>>,
    /// The time chosen.
    pub(super) slot: Option<Slot>,
    /// Which task, once that is known.
    pub(super) todo: Option<Todo>,
    /// The tasks that are open, once read.
    pub(super) todos: Option<Vec<Todo>>,
    /// The pipelines there are, once read.
    pub(super) pipelines: Option<Vec<Pipeline>>,
    /// Which opportunity, once that is known.
    pub(super) opportunity: Option<Opportunity>,
    /// Those it may be, once read.
    pub(super) opportunities: Option<Vec<Opportunity>>,
    /// The threads it is about, once read.
    pub(super) conversations: Option<Vec<Conversation>>,
    /// Those who are in them, once read.
    #[serde(default)]
    pub(super) known: Vec<Person>,
    /// The workflows there are, once read.
    pub(super) workflows: Option<Vec<Workflow>>,
    /// The campaigns there are, once read.
    pub(super) campaigns: Option<Vec<Campaign>>,
    /// Where posts can go, once read.
    pub(super) accounts: Option<Vec<SocialAccount>>,
    /// Which post, once that is known.
    pub(super) post: Option<SocialPost>,
    /// The posts there are, once read.
    pub(super) posts: Option<Vec<SocialPost>>,
    /// What they did last, once read.
    pub(super) actions: Option<Vec<ActionLine>>,
    /// The one of them that is to be taken back, and what it changed is called.
    #[serde(default)]
    pub(super) done_to: Option<(ActionId, Option<String>)>,
    /// The request in the making, where no command of its own makes it.
    #[serde(default)]
    pub(super) form: Option<Form>,
}

impl Task {
    pub(super) fn new(intent: Intent, mentioned: Mentioned) -> Self {
        Self {
            intent,
            mentioned,
            whom: None,
            people: None,
            note: None,
            notes: None,
            appointment: None,
            appointments: None,
            slots: None,
            slot: None,
            todo: None,
            todos: None,
            pipelines: None,
            opportunity: None,
            opportunities: None,
            conversations: None,
            known: Vec::new(),
            workflows: None,
            campaigns: None,
            accounts: None,
            post: None,
            posts: None,
            actions: None,
            done_to: None,
            form: None,
        }
    }
}

impl Task {
    /// Takes over what was said later; what was found by what it replaces is found anew.
    pub(super) fn correct(&mut self, later: Mentioned) {
        if later.whom.is_some() {
            (self.whom, self.people) = (None, None);
            (self.note, self.notes, self.appointment, self.appointments) = (None, None, None, None);
            (self.opportunity, self.opportunities, self.conversations) = (None, None, None);
        }
        if later.day.is_some() || later.time.is_some() || later.span.is_some() || later.service.is_some() {
            (self.slots, self.slot) = (None, None);
        }
        self.mentioned.correct(later);
    }
}

/// A row that nothing lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Seen {
    /// What it is.
    pub(super) noun: String,
    pub(super) thing: Thing,
}

/// A contact as a conversation remembers it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Person {
    pub(super) id: ContactId,
    /// Their name, or what stands in for it.
    pub(super) name: String,
    pub(super) phone: Option<E164>,
    pub(super) email: Option<String>,
}

impl From<&Contact> for Person {
    fn from(contact: &Contact) -> Self {
        let name = contact.full_name();
        let phone = contact.phone.as_ref().map(ToString::to_string);
        let name = if name.is_empty() { contact.email.clone().or(phone).unwrap_or_default() } else { name };
        Self { id: contact.id, name, phone: contact.phone.clone(), email: contact.email.clone() }
    }
}

impl Person {
    /// Their name with what tells them from a namesake.
    pub(super) fn line(&self) -> String {
        let phone = self.phone.as_ref().map(ToString::to_string);
        let more = [phone, self.email.clone()].into_iter().flatten().filter(|one| *one != self.name);
        std::iter::once(self.name.clone()).chain(more).collect::<Vec<_>>().join(" · ")
    }
}

/// A question put to them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Asked {
    /// Whether this operation is to be performed, which was read back.
    Confirm(Box<Operation>),
    /// Which of these.
    Which(Choices),
    /// Whether somebody unknown is to be added first.
    AddThem(Newcomer),
    /// Something a command lacks.
    Missing(Want),
    /// Whether what was said is the answer to what a command lacks, or a wish of its own.
    AnswerOrWish { want: Want, said: String },
}

impl Asked {
    pub(super) fn field(&self) -> Field {
        match self {
            Self::Confirm(_) | Self::AddThem(_) | Self::AnswerOrWish { .. } => Field::YesNo,
            Self::Which(_) => Field::Choice,
            Self::Missing(want) => want.field(),
        }
    }
}

/// Somebody who could be added.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Newcomer {
    pub(super) name: Option<String>,
    pub(super) phone: Option<E164>,
    pub(super) email: Option<String>,
}

impl Newcomer {
    /// What to call them.
    pub(super) fn label(&self) -> String {
        let phone = || self.phone.as_ref().map(ToString::to_string);
        self.name.clone().or_else(|| self.email.clone()).or_else(phone).unwrap_or_default()
    }
}

/// What can be chosen from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Choices {
    People(Vec<Person>),
    Notes(Vec<Note>),
    Appointments(Vec<Appointment>),
    Slots(Vec<Slot>),
    Tasks(Vec<Todo>),
    Opportunities(Vec<Opportunity>),
    Posts(Vec<SocialPost>),
    /// Rows of whatever a field takes.
    Things(Vec<Thing>),
    /// Operations one may have meant, by name, with what was said.
    Operations {
        said: String,
        all: Vec<String>,
    },
}

/// What a command can lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Want {
    /// Whom it is about.
    Whom,
    /// The name of somebody new.
    Name,
    /// Words to sort by.
    Tags,
    /// The words of a note.
    Words,
    /// What of a contact is to change, and into what.
    Change,
    /// Which service.
    Service,
    /// A day, a time with it is welcome.
    Day,
    /// What is to be done.
    Title,
    /// A sum.
    Amount,
    /// A stage of a pipeline.
    Stage,
    /// The words of a message.
    Message,
    /// What an e-mail is about.
    Subject,
    /// What was said in a call.
    CallNotes,
    /// The words of a post.
    Post,
    /// Which workflow.
    Workflow,
    /// Which campaign.
    Campaign,
    /// A field of a request in the making, read as one of these.
    Field(Field),
}

impl Want {
    /// Whether any words answer it.
    pub(super) fn is_free(self) -> bool {
        self.field() == Field::Words
    }
}

impl Want {
    /// What an answer to it is read as.
    pub(super) fn field(self) -> Field {
        match self {
            Self::Whom | Self::Name => Field::Name,
            Self::Tags
            | Self::Words
            | Self::Title
            | Self::Stage
            | Self::Message
            | Self::Subject
            | Self::CallNotes
            | Self::Post
            | Self::Workflow
            | Self::Campaign => Field::Words,
            Self::Change | Self::Amount => Field::Anything,
            Self::Service => Field::Service,
            Self::Day => Field::Day,
            Self::Field(field) => field,
        }
    }
}

/// An operation given out, and what its outcome is for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Awaiting {
    pub(super) operation: Operation,
    pub(super) purpose: Purpose,
}

/// What an outcome is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The command goes on with what is found.
    Look,
    /// Whom the command is about has been added.
    Newcomer,
    /// It is what was asked for.
    Done,
}
