//! Operations on time.

use crate::crm::model::ContactDraft;
use crate::id::{AppointmentId, CallId, HoldId, ServiceId};
use crate::phone::E164;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Finds bookable times for a service, earliest first.
///
/// Only free, open, bookable times inside `from..to` are returned (notice, horizon, buffers and other people's holds
/// respected).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindSlots {
    /// For what.
    pub service: ServiceId,
    /// Earliest start.
    pub from: Timestamp,
    /// Latest start, exclusive.
    pub to: Timestamp,
    /// At most so many (bounded by [`FindSlots::LIMIT_MAX`]).
    pub limit: usize,
    /// A hold of one's own, whose time counts as free.
    pub own_hold: Option<HoldId>,
    /// An appointment being moved, whose time counts as free.
    pub moving: Option<AppointmentId>,
}

impl FindSlots {
    /// The most slots one search returns.
    pub const LIMIT_MAX: usize = 200;
}

/// Keeps slots free while somebody decides among them: of those wanted the first that are free, so that many who wish for
/// the same are each kept something in one step. Fails with `SlotTaken` when none is free.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoldSlots {
    /// For what.
    pub service: ServiceId,
    /// The slots' starts, the most wanted first, none twice; at least one, at most [`HoldSlots::STARTS_MAX`].
    pub starts: Vec<Timestamp>,
    /// How many of them to keep; at least one.
    pub count: usize,
    /// The hold this one replaces, let go in the same transaction; it stands if this one fails.
    pub instead_of: Option<HoldId>,
    /// An appointment being moved, whose time counts as free.
    pub moving: Option<AppointmentId>,
}

impl HoldSlots {
    /// The most slots one hold chooses from: a day of half hours.
    pub const STARTS_MAX: usize = 24;
}

/// Lets a hold go. Letting go of one that lapsed or was booked is no error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleaseHold {
    /// Which.
    pub hold: HoldId,
}

/// Books. The contact is found or made in the same transaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookAppointment {
    /// For what.
    pub service: ServiceId,
    /// When.
    pub start: Timestamp,
    /// The hold on that time, if there is one: it is used up.
    pub hold: Option<HoldId>,
    /// For whom.
    pub customer: ContactDraft,
    /// Free words.
    pub notes: String,
    /// The call it is booked in.
    pub call: Option<CallId>,
}

/// Moves an appointment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RescheduleAppointment {
    /// Which.
    pub appointment: AppointmentId,
    /// The new start.
    pub start: Timestamp,
    /// The hold on the new time.
    pub hold: Option<HoldId>,
}

/// Cancels an appointment; its time is free again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CancelAppointment {
    /// Which.
    pub appointment: AppointmentId,
}

/// Appointments that are neither cancelled nor over, of one person (by number, or by the name given at booking) or of
/// everybody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListAppointments {
    /// Whose; none is everybody's.
    pub phone: Option<E164>,
    /// Booked under this name, as [`crate::crm::model::same_name`] compares names; none is any.
    pub name: Option<String>,
    /// Starting at or after.
    pub from: Timestamp,
    /// Starting before.
    pub to: Timestamp,
    /// At most so many.
    pub limit: usize,
}
