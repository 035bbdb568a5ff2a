//! The socket of one call, seen from the line: text messages in, Twilio's media messages out.
//!
//! Knows nothing of what is said. Invariant: once the socket took too long or broke, nothing more is sent into it.

use super::tape::Tape;
use crate::call::action::Outgoing;
use crate::telemetry::cpu::{self, Stage};
use crate::twilio::media;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use std::ops::Deref;
use std::time::Duration;
use tokio::time::timeout;

/// Twilio sends a frame every 20 ms, silence too: a stream quiet for so long is dead.
pub(super) const QUIET_MAX: Duration = Duration::from_secs(15);
/// How long one send may take before the socket counts as dead.
const SEND_MAX: Duration = Duration::from_secs(5);

/// Text both ways: Twilio's stream, whatever carries it.
pub trait Wire: Stream<Item = Self::Text> + Sink<String, Error = ()> + Unpin + Send + 'static {
    /// A message.
    type Text: Deref<Target = str> + Send;
}

impl<W, T> Wire for W
where
    W: Stream<Item = T> + Sink<String, Error = ()> + Unpin + Send + 'static,
    T: Deref<Target = str> + Send,
{
    type Text = T;
}

/// A stream's socket while its call lasts.
pub(super) struct Outlet<'a, W> {
    wire: &'a mut W,
    stream_sid: &'a str,
    /// Where it is recorded.
    tape: Tape,
    /// It took no more.
    broken: bool,
    /// Something waits to be flushed.
    fed: bool,
    /// Reused: the message being written.
    out: String,
}

impl<'a, W: Wire> Outlet<'a, W> {
    pub(super) fn new(wire: &'a mut W, stream_sid: &'a str, tape: Tape) -> Self {
        Self { wire, stream_sid, tape, broken: false, fed: false, out: String::new() }
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// The next message; none once the other side has closed.
    pub(super) async fn next(&mut self) -> Option<W::Text> {
        self.wire.next().await
    }

    /// Queues a message.
    pub(super) async fn feed(&mut self, outgoing: &Outgoing) {
        if self.broken {
            return;
        }
        cpu::spent(Stage::Media, || match outgoing {
            Outgoing::Media(frame) => media::write_media(self.stream_sid, frame.bytes(), &mut self.out),
            Outgoing::Mark(name) => media::write_mark(self.stream_sid, name, &mut self.out),
            Outgoing::Clear => media::write_clear(self.stream_sid, &mut self.out),
        });
        let taken = timeout(SEND_MAX, self.wire.feed(self.out.clone())).await;
        self.broken = !matches!(taken, Ok(Ok(())));
        self.fed = true;
        if !self.broken {
            self.tape.sent(outgoing);
        }
    }

    /// Sends what is queued.
    pub(super) async fn flush(&mut self) {
        if std::mem::take(&mut self.fed) && !self.broken {
            self.broken = !matches!(timeout(SEND_MAX, self.wire.flush()).await, Ok(Ok(())));
        }
    }
}
