//! The nouns of the CRM. Plain data: no SQL, no vendor's words.

mod business;
mod calls;
mod fields;
mod history;
mod notes;
mod page;
mod people;
mod schedule;

pub use business::{Business, RecordingNotice, Service};
pub use calls::{CallRecord, CallStatus, CallTurn, Recording};
pub use fields::{ContactField, FieldKind};
pub use history::{Action, Change, Kind, Who};
pub use notes::Note;
pub use page::Page;
pub use people::{Channel, Contact, ContactDraft, Message, folded, looks_like_email, same_name};
pub use schedule::{Appointment, AppointmentStatus, Busy, Hold, Hours, Opening, Slot, Source, WeekHours};
