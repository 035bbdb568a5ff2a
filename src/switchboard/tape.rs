//! The tape: what the line hears and sends, handed on to be recorded, without ever waiting.
//!
//! The line holds two ends of it, at its ear and at its outlet; they put time-stamped pieces into a bounded channel. When
//! the [`super::recorder`] lags behind, pieces are dropped and counted, and stand as silence in the recording: a call is
//! never disturbed by being recorded.

use crate::audio::TELEPHONE_HZ;
use crate::call::CallTime;
use crate::call::action::{Frame, Outgoing};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Pieces that may wait: twenty seconds of both sides.
pub(super) const PIECES_MAX: usize = 2_048;
/// Bytes of a caller's packet that are handed on in one piece: an ordinary packet.
const PACKET_BYTES: usize = crate::audio::FRAME_BYTES;

/// Something to be recorded. Times are samples at 8 kHz since the answer.
#[derive(Debug)]
pub(super) enum Piece {
    /// Audio of the caller's.
    Caller {
        /// When it came.
        at: u64,
        /// Where it begins on the media clock.
        position: u64,
        /// µ-law; the first `length` bytes.
        bytes: [u8; PACKET_BYTES],
        /// How much of it.
        length: usize,
    },
    /// A frame sent to the caller.
    Agent {
        /// When.
        at: u64,
        /// Which.
        frame: Frame,
    },
    /// The caller's buffer was emptied.
    Clear {
        /// When.
        at: u64,
    },
}

/// One end of a call's tape; none is recorded when there is nobody behind it.
#[derive(Clone, Debug)]
pub(super) struct Tape {
    pieces: Option<mpsc::Sender<Piece>>,
    /// What its times are counted from.
    answered_at: Arc<OnceLock<Instant>>,
    /// When its stream began, on the call's clock.
    began: Arc<OnceLock<CallTime>>,
    missed: Arc<AtomicU32>,
}

impl Tape {
    /// A tape for these pieces.
    pub(super) fn new(pieces: Option<mpsc::Sender<Piece>>) -> Self {
        Self { pieces, answered_at: Arc::default(), began: Arc::default(), missed: Arc::default() }
    }

    /// The same tape; its time is counted from the answer, which is told once.
    pub(super) fn since(&self, answered_at: Instant) -> Self {
        self.answered_at.get_or_init(|| answered_at);
        self.clone()
    }

    /// Says when its stream began, on the call's clock; once, before anything is put on it.
    pub(super) fn begins(&self, at: CallTime) {
        self.began.get_or_init(|| at);
    }

    /// When its stream began, once that was said.
    pub(super) fn began(&self) -> Arc<OnceLock<CallTime>> {
        self.began.clone()
    }

    /// Audio of the caller's, by its position on the media clock (samples at 8 kHz).
    pub(super) fn heard(&self, position: u64, mulaw: &[u8]) {
        if self.pieces.is_none() {
            return;
        }
        let mut position = position;
        let at = self.now();
        let mut rest = mulaw.len() as u64;
        for part in mulaw.chunks(PACKET_BYTES) {
            rest -= part.len() as u64;
            let mut bytes = [0; PACKET_BYTES];
            bytes[..part.len()].copy_from_slice(part);
            // They came together, so all but the last are older than now.
            let at = at.saturating_sub(rest);
            self.put(Piece::Caller { at, position, bytes, length: part.len() });
            position += part.len() as u64;
        }
    }

    /// What is sent to the caller.
    pub(super) fn sent(&self, outgoing: &Outgoing) {
        match outgoing {
            Outgoing::Media(frame) => self.put(Piece::Agent { at: self.now(), frame: frame.clone() }),
            Outgoing::Clear => self.put(Piece::Clear { at: self.now() }),
            Outgoing::Mark(_) => {}
        }
    }

    /// Pieces dropped because the recorder lagged.
    pub(super) fn missed(&self) -> u32 {
        self.missed.load(Ordering::Relaxed)
    }

    fn put(&self, piece: Piece) {
        if let Some(pieces) = &self.pieces
            && pieces.try_send(piece).is_err()
        {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The time since the answer, in samples.
    pub(super) fn now(&self) -> u64 {
        let elapsed = self.answered_at.get().map_or(0, |at| at.elapsed().as_micros());
        u64::try_from(elapsed * u128::from(TELEPHONE_HZ) / 1_000_000).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_recorder_that_lags_costs_pieces_and_no_time() {
        let (sender, mut pieces) = mpsc::channel(3);
        let tape = Tape::new(Some(sender));
        for number in 0..10 {
            tape.heard(number * 160, &[0; 160]);
        }
        assert_eq!(tape.missed(), 7);
        assert_eq!(tape.since(Instant::now()).missed(), 7, "both ends count together");
        let Some(Piece::Caller { position, .. }) = pieces.recv().await else { panic!("no piece") };
        assert_eq!(position, 0, "what was in time is kept");
    }

    #[tokio::test]
    async fn a_long_packet_is_handed_on_whole() {
        let (sender, mut pieces) = mpsc::channel(8);
        let tape = Tape::new(Some(sender));
        tape.heard(1_000, &[7; 400]);
        drop(tape);
        let (mut next, mut last_at) = (1_000, 0);
        while let Some(piece) = pieces.recv().await {
            let Piece::Caller { at, position, length, bytes } = piece else { panic!("{piece:?}") };
            assert_eq!((position, bytes[length - 1]), (next, 7));
            assert!(at >= last_at);
            (next, last_at) = (next + length as u64, at);
        }
        assert_eq!(next, 1_400);
    }
}
