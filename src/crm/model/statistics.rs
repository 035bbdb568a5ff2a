//! How a business did.

use super::Currency;
use jiff::civil;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened in a stretch of days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statistics {
    /// The first day.
    pub from: civil::Date,
    /// The last day.
    pub to: civil::Date,
    /// The zone the days are in: the business's.
    pub zone: String,
    /// Calls that came in.
    pub calls: u64,
    /// Those of them that were answered.
    pub calls_answered: u64,
    /// Appointments that were booked.
    pub appointments_booked: u64,
    /// Appointments of these days that were cancelled.
    pub appointments_cancelled: u64,
    /// Appointments of these days to which nobody came.
    pub appointments_no_show: u64,
    /// People who were not known before.
    pub contacts_new: u64,
    /// Messages that were left.
    pub messages: u64,
    /// Opportunities that were won.
    pub opportunities_won: u64,
    /// What those are worth, in minor units.
    pub won_minor: i64,
    /// What that is in.
    pub currency: Currency,
    /// Tasks that were done.
    pub tasks_done: u64,
}
