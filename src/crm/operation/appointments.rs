//! Operations on time.

use crate::crm::model::ContactDraft;
use crate::id::{AppointmentId, CallId, HoldId, ServiceId};
use crate::phone::E164;
use jiff::Timestamp;
use serde::Serialize;

/// Finds bookable times for a service, earliest first.
///
/// Only free, open, bookable times inside `from..to` are returned (notice, horizon, buffers and other people's holds
/// respected).
#[derive(Clone, Debug, PartialEq, Serialize)]
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

/// Keeps a slot free while its caller decides. Fails with `SlotTaken` when it is not free.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HoldSlot {
    /// For what.
    pub service: ServiceId,
    /// The slot's start.
    pub start: Timestamp,
    /// The hold this one replaces, let go in the same transaction.
    pub instead_of: Option<HoldId>,
    /// An appointment being moved, whose time counts as free.
    pub moving: Option<AppointmentId>,
}

/// Lets a hold go. Letting go of one that lapsed or was booked is no error.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReleaseHold {
    /// Which.
    pub hold: HoldId,
}

/// Books. The contact is found or made in the same transaction.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RescheduleAppointment {
    /// Which.
    pub appointment: AppointmentId,
    /// The new start.
    pub start: Timestamp,
    /// The hold on the new time.
    pub hold: Option<HoldId>,
}

/// Cancels an appointment; its time is free again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CancelAppointment {
    /// Which.
    pub appointment: AppointmentId,
}

/// Appointments that are neither cancelled nor over, of one person (by number) or of everybody.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListAppointments {
    /// Whose; none is everybody's.
    pub phone: Option<E164>,
    /// Starting at or after.
    pub from: Timestamp,
    /// Starting before.
    pub to: Timestamp,
    /// At most so many.
    pub limit: usize,
}
