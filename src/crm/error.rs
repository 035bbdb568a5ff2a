//! What can go wrong in the CRM: one enum, rendered once at each edge.

/// Why an operation did not happen. When this is returned, nothing was changed, except for [`Error::Unknown`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Somebody else has that time.
    #[error("that time is no longer free")]
    SlotTaken,
    /// The time is outside opening hours, too soon, or too far ahead.
    #[error("that time cannot be booked: {0}")]
    NotBookable(&'static str),
    /// No such row in this business.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The input is wrong; the text says what to do.
    #[error("{0}")]
    Invalid(String),
    /// The backend cannot do this.
    #[error("{0} is not supported by this CRM")]
    Unsupported(&'static str),
    /// The backend is away or too slow; trying again may help. Nothing was changed.
    #[error("the CRM is not answering: {0}")]
    Unavailable(String),
    /// The backend broke in mid-write: whether it happened is not known, so it must not be claimed.
    #[error("the CRM did not say whether it worked: {0}")]
    Unknown(String),
}

impl Error {
    /// Its kind in a word, for logs and metrics: unlike the message it never carries what somebody said.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SlotTaken => "slot_taken",
            Self::NotBookable(_) => "not_bookable",
            Self::NotFound(_) => "not_found",
            Self::Invalid(_) => "invalid",
            Self::Unsupported(_) => "unsupported",
            Self::Unavailable(_) => "unavailable",
            Self::Unknown(_) => "unknown",
        }
    }
}
