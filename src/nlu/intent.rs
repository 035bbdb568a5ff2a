//! The closed list of what a person can want.

use serde::{Deserialize, Serialize};

macro_rules! intents {
    ($($name:ident $text:literal)*) => {
        /// What a sentence asks for. The names are a promise: corpora, tests and clients use them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "each name says it")]
        pub enum Intent { $(#[serde(rename = $text)] $name,)* }

        impl Intent {
            /// Every intent, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The public name, such as `book_appointment`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The intent of a public name.
            pub fn named(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

intents! {
    SearchContacts "search_contacts" ListContacts "list_contacts" GetContact "get_contact" CreateContact "create_contact"
    UpdateContact "update_contact" DeleteContact "delete_contact" AddTags "add_tags" RemoveTags "remove_tags"
    ListOpportunities "list_opportunities" CreateOpportunity "create_opportunity" UpdateOpportunity "update_opportunity"
    MoveOpportunity "move_opportunity" DeleteOpportunity "delete_opportunity" ListPipelines "list_pipelines"
    BookAppointment "book_appointment" RescheduleAppointment "reschedule_appointment" CancelAppointment "cancel_appointment"
    ConfirmAppointment "confirm_appointment" ListAppointments "list_appointments" CheckAvailability "check_availability"
    ListCalendars "list_calendars"
    CreateTask "create_task" ListTasks "list_tasks" UpdateTask "update_task" CompleteTask "complete_task" DeleteTask "delete_task"
    AddNote "add_note" ListNotes "list_notes" UpdateNote "update_note" DeleteNote "delete_note"
    ListWorkflows "list_workflows" AddToWorkflow "add_to_workflow" RemoveFromWorkflow "remove_from_workflow"
    ListCampaigns "list_campaigns" AddToCampaign "add_to_campaign" RemoveFromCampaign "remove_from_campaign"
    SendSms "send_sms" SendEmail "send_email" ListConversations "list_conversations" ReadMessages "read_messages"
    CreateSocialPost "create_social_post" ListSocialPosts "list_social_posts" UpdateSocialPost "update_social_post"
    DeleteSocialPost "delete_social_post" ListSocialAccounts "list_social_accounts"
    LogCall "log_call" PlaceCall "place_call" RequestReview "request_review"
    ShowDashboard "show_dashboard" ShowLocation "show_location" ListCustomFields "list_custom_fields" GetOrder "get_order"
    ListTransactions "list_transactions"
    AskHours "ask_hours" AskAddress "ask_address" AskServices "ask_services" AskPrice "ask_price" AskIdentity "ask_identity"
    LeaveMessage "leave_message" TalkToHuman "talk_to_human" OptOut "opt_out"
    Greeting "greeting" Yes "yes" No "no" Cancel "cancel" Undo "undo" StartOver "start_over" HoldOn "hold_on"
    SwitchLanguage "switch_language" SelectOption "select_option" Repeat "repeat" Help "help" Thanks "thanks" Goodbye "goodbye"
    Unknown "unknown"
}
