//! One clause's page in the ledger: its audio, how far it is sent, and where its mark is.
//!
//! Invariant: `sent <= queued`. Knows no clock and no other clause.

use super::super::CallTime;
use super::super::action::Frame;
use crate::audio::{FRAME_BYTES, mulaw};
use std::sync::Arc;

/// A clause's page in the ledger.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    pub(super) utterance: u32,
    pub(super) number: usize,
    pub(super) text: String,
    /// Its audio, kept until the clause is over: what was sent and not heard may have to be sent again.
    pub(super) chunks: Vec<Arc<[u8]>>,
    /// The chunk that is sent next, and how many of its bytes are sent.
    pub(super) chunk: usize,
    pub(super) offset: usize,
    /// Bytes queued in all, and bytes of them sent.
    pub(super) queued: usize,
    pub(super) sent: usize,
    pub(super) complete: bool,
    /// Frames heard before it was last held.
    pub(super) heard: u64,
    /// The number of the first frame sent since.
    pub(super) first_frame: u64,
    pub(super) began: Option<CallTime>,
    pub(super) receipt: Receipt,
}

/// Where a clause's mark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Receipt {
    /// Not all of the clause has been sent.
    Unsent,
    /// Sent; the clause's last frame is played out at this time, by the clock.
    Awaited(CallTime),
    /// Heard.
    Come,
}

impl Clause {
    /// The next 160 bytes: cut out of a chunk, or put together across chunks and padded at the clause's end.
    pub(super) fn next_frame(&mut self) -> Frame {
        if let Some(chunk) = self.chunks.get(self.chunk)
            && chunk.len() - self.offset >= FRAME_BYTES
        {
            let frame = Frame::Of { clip: chunk.clone(), start: self.offset };
            self.advance(FRAME_BYTES);
            return frame;
        }
        let mut bytes = Box::new([mulaw::SILENCE; FRAME_BYTES]);
        let mut filled = 0;
        while filled < FRAME_BYTES
            && let Some(chunk) = self.chunks.get(self.chunk)
        {
            let part = (chunk.len() - self.offset).min(FRAME_BYTES - filled);
            bytes[filled..filled + part].copy_from_slice(&chunk[self.offset..self.offset + part]);
            filled += part;
            self.advance(part);
        }
        Frame::Made(bytes)
    }

    /// Takes back what was sent beyond so many frames.
    pub(super) fn go_back_to(&mut self, frames: u64) {
        let bytes = usize::try_from(frames).unwrap_or(usize::MAX).saturating_mul(FRAME_BYTES).min(self.sent);
        (self.heard, self.sent, self.chunk, self.offset) = (frames, 0, 0, 0);
        self.receipt = Receipt::Unsent;
        while self.sent < bytes {
            let left_of_chunk = self.chunks[self.chunk].len() - self.offset;
            self.advance(left_of_chunk.min(bytes - self.sent));
        }
        self.began = self.began.filter(|_| bytes > 0);
    }

    /// Counts bytes of the present chunk as sent.
    fn advance(&mut self, bytes: usize) {
        self.sent += bytes;
        self.offset += bytes;
        debug_assert!(self.sent <= self.queued, "no more is sent than was queued");
        if self.chunks.get(self.chunk).is_some_and(|chunk| self.offset == chunk.len()) {
            self.chunk += 1;
            self.offset = 0;
        }
    }
}
