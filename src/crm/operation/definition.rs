//! What is said of an operation beside its types: its name, what it does to the world, who may ask for it, and where the
//! REST door has it.
//!
//! Doors are generated from this; nothing here knows a door.
//!
//! Invariant: what destroys, sends or costs is confirmed before it is performed on somebody's word.

use super::{Operation, Outcome};
use crate::crm::error::{Error, Reason};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One operation: its request is the type itself.
pub trait Catalogued: Clone + PartialEq + Serialize + DeserializeOwned + JsonSchema {
    /// What comes of it when it succeeds.
    type Outcome: Serialize + JsonSchema;

    /// All that is said of it.
    const ABOUT: About;

    /// Tidies what came in and refuses what is beyond the limits, in words that say what to do. The façade asks for it
    /// before any backend sees the request, whichever door it came by.
    fn within_limits(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// How an operation's outcome becomes one of the closed set. Written by the list of operations, never by hand.
pub trait Entry: Catalogued {
    /// The outcome as the catalogue knows it.
    fn outcome(value: Self::Outcome) -> Outcome;
}

/// What is said of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// Its public name, as doors and logs spell it: the name of its type in small letters.
    pub name: &'static str,
    /// One sentence, for people and for models that choose among operations.
    pub description: &'static str,
    /// What it does to the world.
    pub effect: Effect,
    /// What whoever asks must be allowed.
    pub permission: Permission,
    /// Whether it is confirmed before it is performed on somebody's word.
    pub confirmation: Confirmation,
    /// How it is taken back.
    pub undo: Undo,
    /// Where the REST door has it; none when it is for conversations only.
    pub route: Option<Route>,
}

/// What an operation does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing.
    Read,
    /// It adds or changes something of ours.
    Write,
    /// It removes something.
    Destructive,
    /// Something leaves the house for somebody.
    Sends,
    /// It costs money.
    Costs,
}

/// What one must be allowed to ask for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// What a receptionist does for anybody who calls.
    Reception,
    /// To read what is known of people.
    ReadContacts,
    /// To add to it and change it.
    WriteContacts,
    /// To remove people.
    DeleteContacts,
    /// To read what the office keeps: opportunities, tasks, orders, appointments, figures.
    ReadRecords,
    /// To add to it, change it and remove of it.
    WriteRecords,
    /// To change how the business's CRM is set up.
    Configure,
    /// To read what was said in calls, and to hear it.
    ReadCalls,
    /// To speak into calls that are on the line, to connect them and to end them.
    StepIn,
    /// To say who comes in, and with which keys.
    ManageAccess,
    /// To read what was done, by whom, and what it changed.
    ReadHistory,
    /// To read what was said with people.
    ReadMessages,
    /// To have something sent to people.
    SendMessages,
}

impl Permission {
    /// All there are.
    pub const ALL: [Self; 13] = [
        Self::Reception,
        Self::ReadContacts,
        Self::WriteContacts,
        Self::DeleteContacts,
        Self::ReadRecords,
        Self::WriteRecords,
        Self::Configure,
        Self::ReadCalls,
        Self::StepIn,
        Self::ManageAccess,
        Self::ReadHistory,
        Self::ReadMessages,
        Self::SendMessages,
    ];
}

/// A set of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(u32);

impl Permissions {
    /// Every one.
    pub fn all() -> Self {
        Permission::ALL.into_iter().collect()
    }

    /// What a receptionist does for anybody.
    pub fn reception() -> Self {
        [Permission::Reception].into_iter().collect()
    }

    /// Whether it holds this one.
    pub fn hold(self, permission: Permission) -> bool {
        self.0 & Self::place(permission) != 0
    }

    /// What both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Each of them, in the order of the enum.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |permission| self.hold(*permission))
    }

    fn place(permission: Permission) -> u32 {
        1 << permission as u32
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |held, permission| held | Self::place(permission)))
    }
}

/// Whether an operation is confirmed before it is performed on somebody's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// It is performed at once.
    NotNeeded,
    /// A conversation or a model asks first.
    Asked,
}

/// How an operation is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undo {
    /// It changed nothing, or nothing that lasts.
    NotNeeded,
    /// By the operation of this name.
    By(&'static str),
    /// By putting back what was there before.
    Restore,
    /// Not at all: what left the house, or was put on record, does not come back.
    Never,
}

/// Where the REST door has an operation, below `/api`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// With which method.
    pub method: Method,
    /// At which path; `{name}` stands for the request's field of that name.
    pub path: &'static str,
    /// Whether success is the making of something new.
    pub creates: bool,
    /// Whether its body is a file.
    pub large: bool,
}

/// The methods of REST. What reads takes its request from the query, all else from a JSON body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name says it")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Route {
    /// Reads what is there.
    pub const fn get(path: &'static str) -> Self {
        Self { method: Method::Get, path, creates: false, large: false }
    }

    /// Makes something new.
    pub const fn create(path: &'static str) -> Self {
        Self { method: Method::Post, path, creates: true, large: false }
    }

    /// Does something with what is there.
    pub const fn post(path: &'static str) -> Self {
        Self { method: Method::Post, path, creates: false, large: false }
    }

    /// Makes it so, whatever was there before.
    pub const fn put(path: &'static str) -> Self {
        Self { method: Method::Put, path, creates: false, large: false }
    }

    /// Changes a part.
    pub const fn patch(path: &'static str) -> Self {
        Self { method: Method::Patch, path, creates: false, large: false }
    }

    /// Removes.
    pub const fn delete(path: &'static str) -> Self {
        Self { method: Method::Delete, path, creates: false, large: false }
    }

    /// The same, with a body that is a file.
    #[must_use]
    pub const fn large(self) -> Self {
        Self { large: true, ..self }
    }

    /// The request's fields that stand in the path.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(field, _)| field)
    }
}

/// An entry of the catalogue, without its type.
pub struct Definition {
    /// What is said of it.
    pub about: About,
    /// The JSON Schema of its request.
    pub request: fn(&mut SchemaGenerator) -> Schema,
    /// The JSON Schema of its outcome.
    pub outcome: fn(&mut SchemaGenerator) -> Schema,
    /// Reads its request.
    pub read: fn(Value) -> Result<Operation, Error>,
}

impl Definition {
    /// The entry of an operation.
    pub(super) const fn of<T: Catalogued + Into<Operation>>() -> Self {
        Self {
            about: T::ABOUT,
            request: SchemaGenerator::subschema_for::<T>,
            outcome: SchemaGenerator::subschema_for::<T::Outcome>,
            read: read::<T>,
        }
    }
}

fn read<T: Catalogued + Into<Operation>>(request: Value) -> Result<Operation, Error> {
    serde_json::from_value::<T>(request).map(Into::into).map_err(|error| Error::Invalid(unreadable(error.to_string())))
}

/// Why what was given is no request: what a type of ours says of it, or what its reader does.
fn unreadable(words: String) -> Reason {
    let known = Reason::from(words);
    if let Reason::Told { words } = known { Reason::Unreadable { words } } else { known }
}

/// A type's schema and what it refers to. Everything is written where it stands; only what contains itself is referred to.
pub fn shape(of: fn(&mut SchemaGenerator) -> Schema) -> (Map<String, Value>, Map<String, Value>) {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut generator = settings.into_generator();
    let schema = match of(&mut generator).to_value() {
        Value::Object(schema) => schema,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    };
    (schema, generator.take_definitions(true))
}
