//! The browser phone's wire: PCM and JSON on its side, the media stream's messages on ours.
//!
//! A browser sends its microphone as binary messages (16 bit, little endian, mono, at the rate it named) and everything
//! else as small JSON messages ([`control`]); it is sent the same. [`adapter`] turns that into what Twilio's stream would
//! have said, so that the switchboard serves both alike and knows of one.
//!
//! It knows neither sockets nor calls nor clocks: bytes, texts and a time go in, texts and bytes come out. Invariants: no
//! input makes it panic; what it accepts is bounded by [`MESSAGE_BYTES_MAX`] and by the pace of real time.
//!
//! Read next: `http::web_call` for the door, `web/src/phone` for the other end.

mod adapter;
mod control;

#[cfg(test)]
mod tests;

pub use adapter::{Adapter, Outgoing};
pub use control::{FromBrowser, LastWord, ToBrowser};

/// The longest message a browser may send: 100 ms at 48 kHz is 9,600 bytes; it sends 20 ms.
pub const MESSAGE_BYTES_MAX: usize = 16 * 1024;
