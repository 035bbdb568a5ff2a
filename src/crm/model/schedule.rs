//! Time that can be booked, is booked, or is held.

use crate::id::{AppointmentId, BusinessId, CalendarId, CallId, ContactId, HoldId, ServiceId};
use crate::phone::E164;
use jiff::{Timestamp, civil};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When a business is open, and the rules of booking there. Civil times in the business's zone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hours {
    /// The ordinary week.
    #[schemars(inner(length(max = OPENINGS_MAX)))]
    pub week: WeekHours,
    /// Days that differ: empty means closed (a holiday).
    #[schemars(length(max = EXCEPTIONS_MAX))]
    pub exceptions: Vec<(civil::Date, Vec<Opening>)>,
    /// Slots begin on multiples of this from the opening.
    #[schemars(range(min = STEP_MINUTES_MIN, max = SERVICE_MINUTES_MAX))]
    pub step_minutes: u32,
    /// The least time between now and a bookable slot.
    #[schemars(range(max = NOTICE_MINUTES_MAX))]
    pub notice_minutes: u32,
    /// How many days ahead can be booked.
    #[schemars(range(max = HORIZON_DAYS_MAX))]
    pub horizon_days: u32,
}

/// How far ahead a business may let people book: bounds the days one search walks through.
pub const HORIZON_DAYS_MAX: u32 = 730;
/// The longest notice a business may ask for: beyond that nothing could be booked.
pub const NOTICE_MINUTES_MAX: u32 = HORIZON_DAYS_MAX * 24 * 60;
/// The finest grid of starts: the store keeps time in cells of this length.
pub const STEP_MINUTES_MIN: u32 = 5;
/// The longest service, and the longest buffer: a day.
pub const SERVICE_MINUTES_MAX: u32 = 24 * 60;
/// The most days that differ from the ordinary week.
pub const EXCEPTIONS_MAX: usize = 1_000;
/// The most stretches of being open on one day.
pub const OPENINGS_MAX: usize = 20;

/// Openings by weekday, Monday first; an empty day is closed.
pub type WeekHours = [Vec<Opening>; 7];

/// One stretch of being open, `from` inclusive, `to` exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Opening {
    /// Opens.
    pub from: civil::Time,
    /// Closes.
    pub to: civil::Time,
}

/// A stretch that is taken (an appointment with its buffer, a hold, a block). Half open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// From.
    pub start: Timestamp,
    /// Until.
    pub end: Timestamp,
}

/// A bookable time: never a dialogue field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Slot {
    /// When the appointment would begin.
    pub start: Timestamp,
    /// When it would end, without buffer.
    pub end: Timestamp,
}

/// Slots kept free for somebody while they decide among them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hold {
    /// The token that books or releases it.
    pub id: HoldId,
    /// What is kept, in order of time.
    pub slots: Vec<Slot>,
    /// When it lapses by itself.
    pub expires_at: Timestamp,
}

impl Hold {
    /// Whether the slot that begins then is kept.
    pub fn keeps(&self, start: Timestamp) -> bool {
        self.slots.iter().any(|slot| slot.start == start)
    }
}

/// Where appointments are booked: a chair, a room, a person. Nobody has two at once in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Calendar {
    /// Its id.
    pub id: CalendarId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An appointment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Appointment {
    /// Its id.
    pub id: AppointmentId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// The calendar it stands in.
    pub calendar: CalendarId,
    /// Who comes.
    pub contact: ContactId,
    /// Their name at booking.
    pub customer_name: String,
    /// Their number at booking.
    pub customer_phone: Option<E164>,
    /// For what.
    pub service: ServiceId,
    /// The service's name at booking.
    pub service_name: String,
    /// When, without buffer.
    pub slot: Slot,
    /// The zone it was agreed in.
    pub zone: String,
    /// Where it stands.
    pub status: AppointmentStatus,
    /// Which door it came by.
    pub source: Source,
    /// The call it was booked in.
    pub call: Option<CallId>,
    /// Free words.
    pub notes: String,
    /// Counts the changes. What was written down before they were counted is at the first.
    #[serde(default = "first")]
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The version of what was never changed.
fn first() -> u64 {
    1
}

/// Where an appointment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each name says it")]
pub enum AppointmentStatus {
    Scheduled,
    Confirmed,
    Completed,
    Cancelled,
    NoShow,
}

/// The door something came in by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each name says it")]
pub enum Source {
    Voice,
    Sms,
    Web,
    Mobile,
    Api,
    Mcp,
    /// The command line on the machine itself.
    Console,
    /// None: the house went on by itself.
    House,
}
