//! The nouns of the CRM. Plain data: no SQL, no vendor's words.

mod business;
mod calls;
mod people;
mod schedule;

pub use business::{Business, RecordingNotice, Service};
pub use calls::{CallRecord, CallStatus, CallTurn, Recording};
pub use people::{Contact, ContactDraft, Message, same_name};
pub use schedule::{Appointment, AppointmentStatus, Busy, Hold, Hours, Opening, Slot, Source, WeekHours};
