//! What can go wrong between Twilio and us.
//!
//! Messages name what was wrong and never carry the content: payloads, numbers and words are personal.

/// A Media Streams message that cannot be used. It costs that message, never the call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// Longer than any message Twilio sends.
    #[error("a message of {0} bytes is longer than Twilio sends")]
    MessageTooLong(usize),
    /// Not JSON, or a field of the wrong type.
    #[error("not a Media Streams message (line {line}, column {column})")]
    Malformed {
        /// Where the reader gave up.
        line: usize,
        /// And in which column.
        column: usize,
    },
    /// An event we do not know. Twilio may add some: skip it.
    #[error("an event of an unknown kind")]
    UnknownEvent,
    /// A field that this event always carries is not there.
    #[error("the field {0} is missing")]
    Missing(&'static str),
    /// The audio is not base64.
    #[error("the audio is not base64")]
    NotBase64,
    /// More audio in one message than is sane.
    #[error("the audio of one message is longer than a second")]
    AudioTooLong,
    /// A stream in a format other than 8 kHz mono µ-law.
    #[error("the stream is not 8 kHz mono µ-law")]
    UnsupportedFormat,
    /// A key no telephone has.
    #[error("the key pressed is none of a telephone")]
    NotAKey,
    /// A track we do not know.
    #[error("the track is neither inbound nor outbound")]
    UnknownTrack,
}

/// A request to Twilio's REST API that did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestError {
    /// The call no longer exists or has ended (20404, 21220): for a hang-up, nothing is left to do.
    #[error("the call is already over")]
    AlreadyOver,
    /// The account's SID or token is wrong (20003, 401).
    #[error("Twilio refused the account's credentials")]
    Unauthorised,
    /// Twilio understood and said no.
    #[error("Twilio refused the request: error {code}")]
    Refused {
        /// Twilio's error code, 0 when there was none.
        code: u32,
        /// The HTTP status.
        status: u16,
    },
    /// No usable answer, after all attempts; what cannot be repeated without harm was surely not taken.
    #[error("Twilio could not be reached")]
    Unavailable,
    /// What cannot be repeated without harm was handed over, and there was no usable answer.
    #[error("Twilio did not say whether it took the request")]
    Unknown,
}
