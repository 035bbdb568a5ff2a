//! The table: which command each intent leads to.
//!
//! A command is planned anew after everything that is said or found, so that it only ever looks at what is known by then.

use super::Copilot;
use super::family::{
    appointments, business, contacts, figures, history, messages, notes, opportunities, outreach, social, tags, tasks,
};
use super::phrases::Meaning;
use super::state::{Choices, Newcomer, Task, Want};
use crate::crm::operation::{Operation, Outcome};
use crate::nlu::Intent;
use jiff::Zoned;

/// What a command does next.
pub(super) enum Move {
    /// It lacks something.
    Ask(Want),
    /// It is to be chosen.
    Choose(Choices),
    /// Nobody is known whom it is about: they could be added.
    AddThem(Newcomer),
    /// It goes on with what this finds.
    Look(Box<Operation>),
    /// This is what was asked for. The words read it back where it must be confirmed.
    Perform(Box<Operation>, String),
    /// The same, and the words read it back whatever it is.
    Confirm(Box<Operation>, String),
    /// It is answered.
    Answered,
}

impl Move {
    /// It goes on with what this finds.
    pub(super) fn look(operation: Operation) -> Self {
        Self::Look(Box::new(operation))
    }

    /// This is what was asked for, and how it is read back.
    pub(super) fn perform(operation: Operation, read_back: String) -> Self {
        Self::Perform(Box::new(operation), read_back)
    }

    /// This is what is asked for once it was read back, whatever it is.
    pub(super) fn confirm(operation: Operation, read_back: String) -> Self {
        Self::Confirm(Box::new(operation), read_back)
    }
}

/// How a command goes.
pub(super) struct Command {
    /// What it does next, with what is known. It may say something on the way.
    pub(super) plan: fn(&mut Copilot, &mut super::reply::Reply, &Zoned, &mut Task) -> Move,
    /// What is said of its outcome.
    pub(super) told: fn(&mut Copilot, &mut super::reply::Reply, &Zoned, &Task, &Outcome),
    /// The operations it comes to, by name; what it only looks up on its way is not among them.
    pub(super) does: &'static [&'static str],
}

/// What an intent leads to.
pub(super) enum Way {
    /// A command over the catalogue.
    Command(Command),
    /// Words of the conversation itself.
    Talk(Talk),
    /// Not here, in these words.
    Refusal(Meaning),
}

/// What steers the conversation itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Talk {
    Greeting,
    Yes,
    No,
    Drop,
    HoldOn,
    SwitchLanguage,
    Select,
    Repeat,
    Help,
    Thanks,
    Goodbye,
    Unknown,
}

/// The table.
pub(super) fn way(intent: Intent) -> Way {
    use Intent as I;
    let command = match intent {
        I::SearchContacts => contacts::SEARCH,
        I::ListContacts => contacts::LIST,
        I::GetContact => contacts::GET,
        I::CreateContact => contacts::CREATE,
        I::UpdateContact => contacts::UPDATE,
        I::DeleteContact => contacts::DELETE,
        I::AddTags => tags::ADD,
        I::RemoveTags => tags::REMOVE,
        I::AddNote => notes::ADD,
        I::ListNotes => notes::LIST,
        I::UpdateNote => notes::UPDATE,
        I::DeleteNote => notes::DELETE,
        I::BookAppointment => appointments::BOOK,
        I::RescheduleAppointment => appointments::MOVE,
        I::CancelAppointment => appointments::CANCEL,
        I::ListAppointments => appointments::LIST,
        I::CheckAvailability => appointments::FREE,
        I::AskHours => business::HOURS,
        I::AskAddress => business::ADDRESS,
        I::AskServices | I::AskPrice => business::SERVICES,
        I::AskIdentity => business::IDENTITY,
        I::ShowLocation => business::LOCATION,
        I::ListCustomFields => business::FIELDS,
        I::ConfirmAppointment => appointments::CONFIRM,
        I::ListCalendars => appointments::CALENDARS,
        I::ListOpportunities => opportunities::LIST,
        I::CreateOpportunity => opportunities::CREATE,
        I::UpdateOpportunity => opportunities::UPDATE,
        I::MoveOpportunity => opportunities::MOVE,
        I::DeleteOpportunity => opportunities::DELETE,
        I::ListPipelines => opportunities::PIPELINES,
        I::CreateTask => tasks::CREATE,
        I::ListTasks => tasks::LIST,
        I::UpdateTask => tasks::UPDATE,
        I::CompleteTask => tasks::COMPLETE,
        I::DeleteTask => tasks::DELETE,
        I::ShowDashboard => figures::STATISTICS,
        I::GetOrder => figures::ORDER,
        I::ListTransactions => figures::TRANSACTIONS,
        I::ListWorkflows => outreach::WORKFLOWS,
        I::AddToWorkflow => outreach::ENTER_WORKFLOW,
        I::RemoveFromWorkflow => outreach::LEAVE_WORKFLOW,
        I::ListCampaigns => outreach::CAMPAIGNS,
        I::AddToCampaign => outreach::ENTER_CAMPAIGN,
        I::RemoveFromCampaign => outreach::LEAVE_CAMPAIGN,
        I::SendSms => messages::SMS,
        I::SendEmail => messages::EMAIL,
        I::ListConversations => messages::CONVERSATIONS,
        I::ReadMessages => messages::READ,
        I::LogCall => messages::LOG,
        I::RequestReview => messages::REVIEW,
        I::CreateSocialPost => social::CREATE,
        I::ListSocialPosts => social::LIST,
        I::UpdateSocialPost => social::UPDATE,
        I::DeleteSocialPost => social::DELETE,
        I::ListSocialAccounts => social::ACCOUNTS,
        I::Undo => history::UNDO,
        I::PlaceCall => return Way::Refusal(Meaning::NoCalls),
        I::LeaveMessage => return Way::Refusal(Meaning::NotACaller),
        I::TalkToHuman => return Way::Refusal(Meaning::NobodyElse),
        I::OptOut => return Way::Refusal(Meaning::OptOut),
        I::Greeting => return Way::Talk(Talk::Greeting),
        I::Yes => return Way::Talk(Talk::Yes),
        I::No => return Way::Talk(Talk::No),
        I::Cancel | I::StartOver => return Way::Talk(Talk::Drop),
        I::HoldOn => return Way::Talk(Talk::HoldOn),
        I::SwitchLanguage => return Way::Talk(Talk::SwitchLanguage),
        I::SelectOption => return Way::Talk(Talk::Select),
        I::Repeat => return Way::Talk(Talk::Repeat),
        I::Help => return Way::Talk(Talk::Help),
        I::Thanks => return Way::Talk(Talk::Thanks),
        I::Goodbye => return Way::Talk(Talk::Goodbye),
        I::Unknown => return Way::Talk(Talk::Unknown),
    };
    Way::Command(command)
}

/// Whether an intent asks for something of the business, rather than steering the conversation.
pub(super) fn is_command(intent: Intent) -> bool {
    match way(intent) {
        Way::Command(_) | Way::Refusal(_) => true,
        Way::Talk(_) => false,
    }
}
