//! The catalogue: each thing the CRM can do is one typed operation with one typed outcome, in one file here.
//!
//! To add one: its file, and its line in [`operations`]. The compiler then asks the embedded engine how it is performed;
//! every door has it already. Read next: [`definition`] for what is said of an operation.
//!
//! Invariant: an operation's name is its type's in small letters: doors, logs and journals spell it alike.

mod add_contact_tags;
mod add_note;
mod book_appointment;
mod cancel_appointment;
mod close_opportunity;
mod complete_task;
mod confirm_appointment;
mod create_contact;
mod create_opportunity;
mod create_order;
mod create_pipeline;
mod create_task;
mod define_contact_field;
pub mod definition;
mod delete_contact;
mod delete_note;
mod delete_opportunity;
mod delete_pipeline;
mod delete_task;
mod find_contact;
mod find_slots;
mod get_appointment;
mod get_business;
mod get_contact;
mod get_forecast;
mod get_opportunity;
mod get_opportunity_history;
mod get_order;
mod get_statistics;
mod get_task;
mod given;
mod hold_slots;
mod leave_message;
mod limits;
mod list_appointments;
mod list_calendars;
mod list_contact_fields;
mod list_contacts;
mod list_notes;
mod list_opportunities;
mod list_orders;
mod list_pipelines;
mod list_tags;
mod list_tasks;
mod list_transactions;
mod move_opportunity;
mod record_transaction;
mod release_hold;
mod remove_contact_field;
mod remove_contact_tags;
mod reopen_opportunity;
mod reopen_task;
mod reschedule_appointment;
mod save_contact;
mod search_contacts;
#[cfg(test)]
mod tests;
mod update_appointment;
mod update_contact;
mod update_note;
mod update_opportunity;
mod update_pipeline;
mod update_task;
mod upsert_contact;

pub use add_contact_tags::AddContactTags;
pub use add_note::AddNote;
pub use book_appointment::BookAppointment;
pub use cancel_appointment::CancelAppointment;
pub use close_opportunity::{CloseOpportunity, OpportunityResult};
pub use complete_task::CompleteTask;
pub use confirm_appointment::ConfirmAppointment;
pub use create_contact::CreateContact;
pub use create_opportunity::CreateOpportunity;
pub use create_order::CreateOrder;
pub use create_pipeline::{CreatePipeline, StageDraft};
pub use create_task::CreateTask;
pub use define_contact_field::DefineContactField;
pub use definition::{About, Catalogued, Definition, Entry, Permission, Permissions};
pub use delete_contact::DeleteContact;
pub use delete_note::DeleteNote;
pub use delete_opportunity::DeleteOpportunity;
pub use delete_pipeline::DeletePipeline;
pub use delete_task::DeleteTask;
pub use find_contact::FindContact;
pub use find_slots::FindSlots;
pub use get_appointment::GetAppointment;
pub use get_business::GetBusiness;
pub use get_contact::GetContact;
pub use get_forecast::GetForecast;
pub use get_opportunity::GetOpportunity;
pub use get_opportunity_history::GetOpportunityHistory;
pub use get_order::GetOrder;
pub use get_statistics::GetStatistics;
pub use get_task::GetTask;
pub use hold_slots::HoldSlots;
pub use leave_message::LeaveMessage;
pub use list_appointments::ListAppointments;
pub use list_calendars::ListCalendars;
pub use list_contact_fields::ListContactFields;
pub use list_contacts::{ContactSort, ListContacts, Unknown};
pub use list_notes::ListNotes;
pub use list_opportunities::{ListOpportunities, OpportunitySort};
pub use list_orders::ListOrders;
pub use list_pipelines::ListPipelines;
pub use list_tags::{ListTags, TagUse};
pub use list_tasks::{ListTasks, TaskState};
pub use list_transactions::ListTransactions;
pub use move_opportunity::MoveOpportunity;
pub use record_transaction::RecordTransaction;
pub use release_hold::ReleaseHold;
pub use remove_contact_field::RemoveContactField;
pub use remove_contact_tags::RemoveContactTags;
pub use reopen_opportunity::ReopenOpportunity;
pub use reopen_task::ReopenTask;
pub use reschedule_appointment::RescheduleAppointment;
pub use save_contact::SaveContact;
pub use search_contacts::SearchContacts;
pub use update_appointment::{AppointmentStanding, UpdateAppointment};
pub use update_contact::UpdateContact;
pub use update_note::UpdateNote;
pub use update_opportunity::UpdateOpportunity;
pub use update_pipeline::UpdatePipeline;
pub use update_task::UpdateTask;
pub use upsert_contact::{UpsertContact, Upserted};

use super::error::Error;
use super::model::{
    Appointment, Business, Calendar, Change, Contact, ContactField, Forecast, Hold, Message, Note, Opportunity,
    OpportunityStep, Order, Page, Pipeline, Slot, Source, Statistics, Task, Transaction, Who,
};
use crate::id::BusinessId;
use definition::Effect;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// On whose word something is asked for, and what they may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub who: Who,
    /// What they may.
    pub may: Permissions,
}

impl By {
    /// Whoever calls or writes: they get what a receptionist does for anybody.
    pub fn caller() -> Self {
        Self { who: Who::Caller, may: Permissions::reception() }
    }

    /// Whoever holds the token printed at start: they may all.
    pub fn owner() -> Self {
        Self { who: Who::Owner, may: Permissions::all() }
    }
}

/// An operation with whose it is, by which door and on whose word it came, and the key that makes a repeat harmless.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The tenant; a row of another one is "not found".
    pub business: BusinessId,
    /// The door.
    pub source: Source,
    /// On whose word.
    pub by: By,
    /// The same key performs once: a retry gets the first outcome. None for reads.
    pub idempotency_key: Option<String>,
    /// What to do.
    pub operation: Operation,
}

impl Request {
    /// One that has no key.
    pub fn new(business: BusinessId, source: Source, by: By, operation: impl Into<Operation>) -> Self {
        Self { business, source, by, idempotency_key: None, operation: operation.into() }
    }

    /// The same, performed once under this key, if there is one.
    #[must_use]
    pub fn once(self, idempotency_key: Option<String>) -> Self {
        Self { idempotency_key, ..self }
    }
}

/// What would come of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsal {
    /// As if it had happened.
    pub outcome: Outcome,
    /// The rows it would change, in order.
    pub changes: Vec<Change>,
}

/// The list: every operation, what its success is called, and what that carries. Hands itself to the macro named.
macro_rules! operations {
    ($then:ident) => {
        $then! {
            FindContact => Contact(Option<Contact>),
            SaveContact => ContactSaved(Contact),
            FindSlots => Slots(Vec<Slot>),
            HoldSlots => Held(Hold),
            ReleaseHold => Released,
            BookAppointment => Booked(Appointment),
            RescheduleAppointment => Rescheduled(Appointment),
            CancelAppointment => Cancelled(Appointment),
            ListAppointments => Appointments(Page<Appointment>),
            LeaveMessage => MessageLeft(Message),
            SearchContacts => ContactsFound(Vec<Contact>),
            ListContacts => Contacts(Page<Contact>),
            GetContact => ContactGot(Contact),
            CreateContact => ContactCreated(Contact),
            UpdateContact => ContactUpdated(Contact),
            UpsertContact => ContactUpserted(Upserted),
            DeleteContact => ContactDeleted,
            AddContactTags => ContactTagged(Contact),
            RemoveContactTags => ContactUntagged(Contact),
            ListTags => Tags(Vec<TagUse>),
            DefineContactField => FieldDefined(ContactField),
            ListContactFields => Fields(Vec<ContactField>),
            RemoveContactField => FieldRemoved,
            AddNote => NoteAdded(Note),
            ListNotes => Notes(Page<Note>),
            UpdateNote => NoteUpdated(Note),
            DeleteNote => NoteDeleted,
            ListPipelines => Pipelines(Vec<Pipeline>),
            CreatePipeline => PipelineCreated(Pipeline),
            UpdatePipeline => PipelineUpdated(Pipeline),
            DeletePipeline => PipelineDeleted,
            CreateOpportunity => OpportunityCreated(Opportunity),
            GetOpportunity => OpportunityGot(Opportunity),
            UpdateOpportunity => OpportunityUpdated(Opportunity),
            MoveOpportunity => OpportunityMoved(Opportunity),
            CloseOpportunity => OpportunityClosed(Opportunity),
            ReopenOpportunity => OpportunityReopened(Opportunity),
            DeleteOpportunity => OpportunityDeleted,
            ListOpportunities => Opportunities(Page<Opportunity>),
            GetOpportunityHistory => OpportunityHistory(Page<OpportunityStep>),
            GetForecast => ForecastMade(Forecast),
            CreateTask => TaskCreated(Task),
            GetTask => TaskGot(Task),
            UpdateTask => TaskUpdated(Task),
            CompleteTask => TaskCompleted(Task),
            ReopenTask => TaskReopened(Task),
            DeleteTask => TaskDeleted,
            ListTasks => Tasks(Page<Task>),
            GetBusiness => BusinessGot(Business),
            ListCalendars => Calendars(Vec<Calendar>),
            GetAppointment => AppointmentGot(Appointment),
            UpdateAppointment => AppointmentUpdated(Appointment),
            ConfirmAppointment => AppointmentConfirmed(Appointment),
            CreateOrder => OrderCreated(Order),
            GetOrder => OrderGot(Order),
            ListOrders => Orders(Page<Order>),
            RecordTransaction => TransactionRecorded(Transaction),
            ListTransactions => Transactions(Page<Transaction>),
            GetStatistics => StatisticsCounted(Statistics),
        }
    };
}
pub(super) use operations;

/// Makes the closed sets out of the list.
macro_rules! catalogue {
    ($($operation:ident => $outcome:ident $(($payload:ty))?,)*) => {
        /// What can be asked of a CRM.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "each payload type is documented")]
        pub enum Operation {
            $($operation($operation),)*
        }

        /// What came of an operation that succeeded.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "each variant answers the operation it stands beside in the list")]
        pub enum Outcome {
            $($outcome $(($payload))?,)*
        }

        $(
            impl From<$operation> for Operation {
                fn from(operation: $operation) -> Self {
                    Self::$operation(operation)
                }
            }

            impl Entry for $operation {
                fn outcome(value: Self::Outcome) -> Outcome {
                    catalogue!(@wrap value, $outcome $(($payload))?)
                }
            }
        )*

        /// Every operation there is, in the order of the list.
        pub const CATALOGUE: &[Definition] = &[$(Definition::of::<$operation>(),)*];

        impl Operation {
            /// All that is said of it.
            pub fn about(&self) -> &'static About {
                match self {
                    $(Self::$operation(_) => const { &$operation::ABOUT },)*
                }
            }

            /// Tidies what came in and refuses what is beyond the limits.
            pub fn within_limits(&mut self) -> Result<(), Error> {
                match self {
                    $(Self::$operation(operation) => operation.within_limits(),)*
                }
            }
        }

        impl Outcome {
            /// Its name, in words.
            pub fn name(&self) -> &'static str {
                match self {
                    $(catalogue!(@any $outcome $(($payload))?) => stringify!($outcome),)*
                }
            }
        }
    };
    (@wrap $value:ident, $outcome:ident) => {{
        let () = $value;
        Outcome::$outcome
    }};
    (@wrap $value:ident, $outcome:ident ($payload:ty)) => {
        Outcome::$outcome($value)
    };
    (@any $outcome:ident) => {
        Self::$outcome
    };
    (@any $outcome:ident ($payload:ty)) => {
        Self::$outcome(_)
    };
}

operations!(catalogue);

impl Operation {
    /// Its public name, as doors and logs spell it.
    pub fn name(&self) -> &'static str {
        self.about().name
    }

    /// Whether it changes anything (and so must not run on a guess).
    pub fn writes(&self) -> bool {
        self.about().effect != Effect::Read
    }
}

impl Outcome {
    /// What it carries, as doors show it; null when it is only that it happened.
    pub fn to_value(&self) -> serde_json::Result<Value> {
        Ok(match serde_json::to_value(self)? {
            Value::Object(variant) => variant.into_iter().next().map_or(Value::Null, |(_, carried)| carried),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Value::Null,
        })
    }
}
