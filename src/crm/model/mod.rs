//! The nouns of the CRM. Plain data: no SQL, no vendor's words.

mod business;
mod calls;
mod conversations;
mod copilot;
mod fields;
mod history;
mod imports;
mod money;
mod notes;
mod opportunities;
mod orders;
mod outreach;
mod page;
mod people;
mod pipelines;
mod schedule;
mod statistics;
mod tasks;

pub use business::{Business, NOTICE_MAX, RecordingNotice, Service};
pub use calls::{CallRecord, CallStatus, CallTurn, Recording, StepIn};
pub use conversations::{Consent, ConsentWish, Conversation, ConversationMessage, Delivery, Direction, Medium};
pub use copilot::CopilotSession;
pub use fields::{ContactField, FieldKind};
pub use history::{Action, Ai, Change, HOUSE, Hand, Happened, Kind, Touched, Who};
pub use imports::{Column, Duplicates, Import, ImportPreview, ImportState, RowProblem};
pub use money::{AMOUNT_MAX, Currency, NoCurrency};
pub use notes::Note;
pub use opportunities::{Forecast, ForecastRow, Opportunity, OpportunityStatus, OpportunityStep};
pub use orders::{Order, OrderItem, OrderStatus, Transaction, TransactionKind, total_of};
pub use outreach::{
    ACCOUNTS_MAX, Campaign, CampaignMember, CampaignStatus, Enrolment, EnrolmentState, PostStatus, ReviewRequest,
    ReviewSettings, SocialAccount, SocialPost, WebhookCall, Workflow,
};
pub use page::{Page, Way};
pub use people::{Channel, Contact, ContactDraft, EMAIL_MAX, Message, NAME_MAX, folded, looks_like_email, same_name};
pub use pipelines::{Pipeline, Stage};
pub use schedule::{
    Appointment, AppointmentStatus, Busy, Calendar, EXCEPTIONS_MAX, HORIZON_DAYS_MAX, Hold, Hours, NOTICE_MINUTES_MAX,
    OPENINGS_MAX, Opening, SERVICE_MINUTES_MAX, STEP_MINUTES_MIN, Slot, Source, WeekHours,
};
pub use statistics::Statistics;
pub use tasks::Task;
