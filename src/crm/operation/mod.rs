//! The catalogue: each thing the CRM can do is one typed operation with one typed outcome, in one file here.
//!
//! To add one: its file, and its line in [`operations`]. The compiler then asks the embedded engine how it is performed;
//! every door has it already. Read next: [`definition`] for what is said of an operation.
//!
//! Invariant: an operation's name is its type's in small letters: doors, logs and journals spell it alike.

mod add_contact_tags;
mod add_note;
mod add_to_campaign;
mod add_to_workflow;
mod book_appointment;
mod called;
mod cancel_appointment;
mod cancel_import;
mod close_opportunity;
mod complete_task;
mod configure_reviews;
mod confirm_appointment;
mod connect_social_account;
mod create_campaign;
mod create_contact;
mod create_opportunity;
mod create_order;
mod create_pipeline;
mod create_smart_list;
mod create_social_post;
mod create_task;
mod create_workflow;
mod define_contact_field;
pub mod definition;
mod delete_contact;
mod delete_contacts;
mod delete_note;
mod delete_opportunity;
mod delete_pipeline;
mod delete_smart_list;
mod delete_social_post;
mod delete_task;
mod delete_workflow;
mod disconnect_social_account;
mod erase_contact_history;
mod find_contact;
mod find_duplicates;
mod find_slots;
mod get_action;
mod get_appointment;
mod get_business;
mod get_contact;
mod get_conversation;
mod get_forecast;
mod get_import;
mod get_opportunity;
mod get_opportunity_history;
mod get_order;
mod get_social_post;
mod get_statistics;
mod get_task;
mod given;
mod hold_slots;
mod leave_message;
mod limits;
mod list_actions;
mod list_appointments;
mod list_calendars;
mod list_campaign_members;
mod list_campaigns;
mod list_consents;
mod list_contact_fields;
mod list_contacts;
mod list_conversations;
mod list_enrolments;
mod list_import_problems;
mod list_left_messages;
mod list_messages;
mod list_notes;
mod list_opportunities;
mod list_orders;
mod list_pipelines;
mod list_review_requests;
mod list_smart_list_contacts;
mod list_smart_lists;
mod list_social_accounts;
mod list_social_posts;
mod list_tags;
mod list_tasks;
mod list_transactions;
mod list_webhook_calls;
mod list_workflows;
mod log_call;
mod log_step_in;
mod mark_read;
mod merge_contacts;
mod move_opportunity;
mod preview_import;
mod record_consent;
mod record_transaction;
mod release_hold;
mod remove_contact_field;
mod remove_contact_tags;
mod remove_from_campaign;
mod remove_from_workflow;
mod reopen_opportunity;
mod reopen_task;
mod request;
mod request_review;
mod reschedule_appointment;
mod save_contact;
pub mod search;
mod search_contacts;
mod send_email;
mod send_message;
mod send_sms;
mod smart_list;
mod start_import;
mod tag_contacts;
#[cfg(test)]
mod tests;
mod trigger_webhook;
mod undo_action;
mod undo_import;
mod untag_contacts;
mod update_appointment;
pub mod update_business;
mod update_campaign;
mod update_contact;
mod update_note;
mod update_opportunity;
mod update_pipeline;
mod update_smart_list;
mod update_social_post;
mod update_task;
mod update_workflow;
mod upsert_contact;
mod whom;

pub use add_contact_tags::AddContactTags;
pub use add_note::AddNote;
pub use add_to_campaign::AddToCampaign;
pub use add_to_workflow::AddToWorkflow;
pub use book_appointment::BookAppointment;
pub use called::called;
pub use cancel_appointment::CancelAppointment;
pub use cancel_import::CancelImport;
pub use close_opportunity::{CloseOpportunity, OpportunityResult};
pub use complete_task::CompleteTask;
pub use configure_reviews::ConfigureReviews;
pub use confirm_appointment::ConfirmAppointment;
pub use connect_social_account::ConnectSocialAccount;
pub use create_campaign::CreateCampaign;
pub use create_contact::CreateContact;
pub use create_opportunity::CreateOpportunity;
pub use create_order::CreateOrder;
pub use create_pipeline::{CreatePipeline, StageDraft};
pub use create_smart_list::CreateSmartList;
pub use create_social_post::CreateSocialPost;
pub use create_task::CreateTask;
pub use create_workflow::CreateWorkflow;
pub use define_contact_field::DefineContactField;
pub use definition::{About, Catalogued, Definition, Entry, Permission, Permissions};
pub use delete_contact::DeleteContact;
pub use delete_contacts::DeleteContacts;
pub use delete_note::DeleteNote;
pub use delete_opportunity::DeleteOpportunity;
pub use delete_pipeline::DeletePipeline;
pub use delete_smart_list::DeleteSmartList;
pub use delete_social_post::DeleteSocialPost;
pub use delete_task::DeleteTask;
pub use delete_workflow::DeleteWorkflow;
pub use disconnect_social_account::DisconnectSocialAccount;
pub use erase_contact_history::{EraseContactHistory, Erased};
pub use find_contact::FindContact;
pub use find_duplicates::{Alike, Duplicate, FindDuplicates};
pub use find_slots::FindSlots;
pub use get_action::GetAction;
pub use get_appointment::GetAppointment;
pub use get_business::GetBusiness;
pub use get_contact::GetContact;
pub use get_conversation::GetConversation;
pub use get_forecast::GetForecast;
pub use get_import::GetImport;
pub use get_opportunity::GetOpportunity;
pub use get_opportunity_history::GetOpportunityHistory;
pub use get_order::GetOrder;
pub use get_social_post::GetSocialPost;
pub use get_statistics::GetStatistics;
pub use get_task::GetTask;
pub use hold_slots::HoldSlots;
pub use leave_message::LeaveMessage;
pub use list_actions::{ActionLine, ListActions};
pub use list_appointments::ListAppointments;
pub use list_calendars::ListCalendars;
pub use list_campaign_members::ListCampaignMembers;
pub use list_campaigns::ListCampaigns;
pub use list_consents::ListConsents;
pub use list_contact_fields::ListContactFields;
pub use list_contacts::{ContactSort, ListContacts, Unknown};
pub use list_conversations::ListConversations;
pub use list_enrolments::ListEnrolments;
pub use list_import_problems::ListImportProblems;
pub use list_left_messages::ListLeftMessages;
pub use list_messages::ListMessages;
pub use list_notes::ListNotes;
pub use list_opportunities::{ListOpportunities, OpportunitySort};
pub use list_orders::ListOrders;
pub use list_pipelines::ListPipelines;
pub use list_review_requests::ListReviewRequests;
pub use list_smart_list_contacts::ListSmartListContacts;
pub use list_smart_lists::ListSmartLists;
pub use list_social_accounts::ListSocialAccounts;
pub use list_social_posts::ListSocialPosts;
pub use list_tags::{ListTags, TagUse};
pub use list_tasks::{ListTasks, TaskState};
pub use list_transactions::ListTransactions;
pub use list_webhook_calls::ListWebhookCalls;
pub use list_workflows::ListWorkflows;
pub use log_call::LogCall;
pub use log_step_in::LogStepIn;
pub use mark_read::MarkRead;
pub use merge_contacts::{MergeContacts, Merged, Part};
pub use move_opportunity::MoveOpportunity;
pub use preview_import::PreviewImport;
pub use record_consent::RecordConsent;
pub use record_transaction::RecordTransaction;
pub use release_hold::ReleaseHold;
pub use remove_contact_field::RemoveContactField;
pub use remove_contact_tags::RemoveContactTags;
pub use remove_from_campaign::RemoveFromCampaign;
pub use remove_from_workflow::RemoveFromWorkflow;
pub use reopen_opportunity::ReopenOpportunity;
pub use reopen_task::ReopenTask;
pub use request::{By, Rehearsal, Request};
pub use request_review::RequestReview;
pub use reschedule_appointment::RescheduleAppointment;
pub use save_contact::SaveContact;
pub use search_contacts::SearchContacts;
pub use send_email::SendEmail;
pub use send_message::SendMessage;
pub use send_sms::SendSms;
pub use smart_list::SmartList;
pub use start_import::StartImport;
pub use tag_contacts::TagContacts;
pub use trigger_webhook::TriggerWebhook;
pub use undo_action::UndoAction;
pub use undo_import::UndoImport;
pub use untag_contacts::UntagContacts;
pub use update_appointment::{AppointmentStanding, UpdateAppointment};
pub use update_business::{ServiceDraft, UpdateBusiness};
pub use update_campaign::UpdateCampaign;
pub use update_contact::UpdateContact;
pub use update_note::UpdateNote;
pub use update_opportunity::UpdateOpportunity;
pub use update_pipeline::UpdatePipeline;
pub use update_smart_list::UpdateSmartList;
pub use update_social_post::UpdateSocialPost;
pub use update_task::UpdateTask;
pub use update_workflow::UpdateWorkflow;
pub use upsert_contact::{UpsertContact, Upserted};
pub use whom::{Counted, Whom};

use super::error::Error;
use super::model::{
    Action, Appointment, Business, Calendar, Campaign, CampaignMember, Consent, Contact, ContactField, Conversation,
    ConversationMessage, Enrolment, Forecast, Hold, Import, ImportPreview, Message, Note, Opportunity, OpportunityStep,
    Order, Page, Pipeline, ReviewRequest, ReviewSettings, RowProblem, Slot, SocialAccount, SocialPost, Statistics,
    Task, Transaction, WebhookCall, Workflow,
};
use definition::Effect;
use serde::{Deserialize, Serialize};
use serde_json::Value;

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
            ListLeftMessages => LeftMessages(Page<Message>),
            SearchContacts => ContactsFound(Vec<Contact>),
            ListContacts => Contacts(Page<Contact>),
            GetContact => ContactGot(Contact),
            CreateContact => ContactCreated(Contact),
            UpdateContact => ContactUpdated(Contact),
            UpsertContact => ContactUpserted(Upserted),
            DeleteContact => ContactDeleted,
            AddContactTags => ContactTagged(Contact),
            RemoveContactTags => ContactUntagged(Contact),
            ListTags => Tags(Page<TagUse>),
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
            UpdateBusiness => BusinessUpdated(Business),
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
            ListActions => Actions(Page<ActionLine>),
            GetAction => ActionGot(Action),
            UndoAction => ActionUndone(Action),
            EraseContactHistory => HistoryErased(Erased),
            FindDuplicates => Duplicates(Page<Duplicate>),
            MergeContacts => ContactsMerged(Merged),
            TagContacts => ContactsTagged(Counted),
            UntagContacts => ContactsUntagged(Counted),
            DeleteContacts => ContactsDeleted(Counted),
            CreateSmartList => SmartListCreated(SmartList),
            UpdateSmartList => SmartListUpdated(SmartList),
            DeleteSmartList => SmartListDeleted,
            ListSmartLists => SmartLists(Page<SmartList>),
            ListSmartListContacts => SmartListContacts(Page<Contact>),
            PreviewImport => ImportPreviewed(ImportPreview),
            StartImport => ImportStarted(Import),
            GetImport => ImportGot(Import),
            CancelImport => ImportCancelled(Import),
            UndoImport => ImportUndone(Import),
            ListImportProblems => ImportProblems(Page<RowProblem>),
            ListConversations => Conversations(Page<Conversation>),
            GetConversation => ConversationGot(Conversation),
            ListMessages => Messages(Page<ConversationMessage>),
            MarkRead => ConversationRead(Conversation),
            SendSms => SmsSent(ConversationMessage),
            SendEmail => EmailSent(ConversationMessage),
            SendMessage => MessageSent(ConversationMessage),
            LogCall => CallLogged(ConversationMessage),
            LogStepIn => StepInLogged,
            RecordConsent => ConsentRecorded(Consent),
            ListConsents => Consents(Page<Consent>),
            ListWorkflows => Workflows(Page<Workflow>),
            CreateWorkflow => WorkflowCreated(Workflow),
            UpdateWorkflow => WorkflowUpdated(Workflow),
            DeleteWorkflow => WorkflowDeleted,
            AddToWorkflow => WorkflowEntered(Enrolment),
            RemoveFromWorkflow => WorkflowLeft(Enrolment),
            ListEnrolments => Enrolments(Page<Enrolment>),
            ListCampaigns => Campaigns(Page<Campaign>),
            CreateCampaign => CampaignCreated(Campaign),
            UpdateCampaign => CampaignUpdated(Campaign),
            AddToCampaign => CampaignEntered(CampaignMember),
            RemoveFromCampaign => CampaignLeft,
            ListCampaignMembers => CampaignMembers(Page<CampaignMember>),
            ConnectSocialAccount => SocialAccountConnected(SocialAccount),
            DisconnectSocialAccount => SocialAccountDisconnected,
            ListSocialAccounts => SocialAccounts(Page<SocialAccount>),
            CreateSocialPost => SocialPostCreated(SocialPost),
            GetSocialPost => SocialPostGot(SocialPost),
            ListSocialPosts => SocialPosts(Page<SocialPost>),
            UpdateSocialPost => SocialPostUpdated(SocialPost),
            DeleteSocialPost => SocialPostDeleted,
            ConfigureReviews => ReviewsConfigured(ReviewSettings),
            RequestReview => ReviewRequested(ReviewRequest),
            ListReviewRequests => ReviewRequests(Page<ReviewRequest>),
            TriggerWebhook => WebhookTriggered(WebhookCall),
            ListWebhookCalls => WebhookCalls(Page<WebhookCall>),
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
