//! The recorder: from a call's tape to a file, in a task of its own.
//!
//! About once a second it takes what has come off the [`super::tape`], puts it on its [`super::tracks`], encodes what can
//! no longer change and writes it, off the async threads. A call knows nothing of it: a full disk or a slow one
//! costs the recording, never the call. What a crash leaves is closed by the shelf at the next start.
//!
//! Invariant: the row in the book is written after the file has its final name.

use super::tape::{PIECES_MAX, Piece, Tape};
use super::tracks::Tracks;
use crate::audio::TELEPHONE_HZ;
use crate::audio::opus::{PACKET_SAMPLES, StereoEncoder, StereoFrame};
use crate::call::CallTime;
use crate::crm::RecordingBook;
use crate::crm::model::{CallRecord, Recording};
use crate::id::{BusinessId, CallId};
use crate::storage::ogg_opus::Head;
use crate::storage::{Kept, Recordings, Taping};
use crate::telemetry::cpu::{self, Stage};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// How often what was recorded is written: a page of the file.
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// How long the end of a call waits for its recording to be closed; it takes milliseconds. Longer, and it is closed behind.
const CLOSE_MAX: Duration = Duration::from_secs(2);
/// Opus counts in 48 kHz.
const GRANULES_PER_SAMPLE: u64 = 48_000 / TELEPHONE_HZ as u64;

/// Records calls.
#[derive(Clone)]
pub struct Recorder {
    shelf: Recordings,
    book: Arc<dyn RecordingBook>,
}

/// A recording under way, seen from its call.
pub(super) struct Reel {
    tape: Tape,
    over: oneshot::Sender<u64>,
    task: JoinHandle<()>,
}

impl Recorder {
    /// Records onto this shelf and into this book.
    pub fn new(shelf: Recordings, book: Arc<dyn RecordingBook>) -> Self {
        Self { shelf, book }
    }

    /// Begins to record a call.
    pub(super) fn begin(&self, call: &CallRecord, tasks: &TaskTracker, span: &tracing::Span) -> (Tape, Reel) {
        let (sender, pieces) = mpsc::channel(PIECES_MAX);
        let (over, ended) = oneshot::channel();
        let tape = Tape::new(Some(sender));
        let (own, business, id, began) = (self.clone(), call.business, call.id, tape.began());
        let work = async move {
            let recordings = own.shelf.clone();
            let open = move || Desk::open(&recordings, business, id, began.get().copied().unwrap_or_default());
            match written(open, pieces, ended).await {
                Ok(Some(kept)) => own.enter(kept).await,
                Ok(None) => {}
                Err(error) => tracing::error!(%error, "the call could not be recorded"),
            }
        };
        let task = tasks.spawn(work.instrument(span.clone()));
        (tape.clone(), Reel { tape, over, task })
    }

    /// Writes down what was kept, as after a crash.
    pub async fn enter(&self, kept: Kept) {
        tracing::info!(length_ms = kept.length_ms, bytes = kept.bytes, "recorded");
        let Kept { business, call, part, path, length_ms, bytes } = kept;
        let recording = Recording { business, call, part, path, length_ms, bytes, deleted_at: None };
        if let Err(error) = self.book.keep_recording(recording).await {
            tracing::error!(%error, "a recording could not be entered in the book");
        }
    }
}

impl Reel {
    /// The call is over: closes the recording.
    pub(super) async fn finish(self) {
        let missed = self.tape.missed();
        if missed > 0 {
            tracing::warn!(missed, "the recorder lagged; these packets are silence in the recording");
        }
        // It may have ended before, for want of a disk.
        let _told = self.over.send(self.tape.now());
        if timeout(CLOSE_MAX, self.task).await.is_err() {
            tracing::warn!("the recording is being closed after the call");
        }
    }
}

/// Writes a recording until its call is over.
async fn written(
    open: impl FnOnce() -> io::Result<Desk> + Send + 'static,
    mut pieces: mpsc::Receiver<Piece>,
    mut ended: oneshot::Receiver<u64>,
) -> io::Result<Option<Kept>> {
    let mut batch = Vec::new();
    // The line has said when it begins before anything comes off its tape.
    let mut over = tokio::select! {
        over = &mut ended => Some(over.ok()),
        first = pieces.recv() => { batch.extend(first); None }
    };
    let mut desk = off_the_clock(open).await?;
    let mut clock = interval(WRITE_EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        while batch.len() < PIECES_MAX
            && let Ok(piece) = pieces.try_recv()
        {
            batch.push(piece);
        }
        let taken = std::mem::take(&mut batch);
        desk = off_the_clock(move || desk.write(taken)).await?;
        if let Some(at) = over {
            return off_the_clock(move || desk.close(at)).await;
        }
        over = tokio::select! {
            over = &mut ended => Some(over.ok()),
            _ = clock.tick() => None,
        };
    }
}

/// Runs what blocks where it may.
async fn off_the_clock<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(move || cpu::spent(Stage::Recording, work))
        .await
        .unwrap_or_else(|_| Err(io::Error::other("the recorder broke")))
}

/// Where a recording is made: tracks in, packets out.
struct Desk {
    tracks: Tracks,
    encoder: StereoEncoder,
    taping: Taping,
}

impl Desk {
    fn open(recordings: &Recordings, business: BusinessId, call: CallId, began: CallTime) -> io::Result<Self> {
        let encoder = StereoEncoder::new().map_err(io::Error::other)?;
        let pre_skip = encoder.lookahead() as u64 * GRANULES_PER_SAMPLE;
        let pre_skip = u16::try_from(pre_skip).unwrap_or(u16::MAX);
        let head = Head { pre_skip, hz: TELEPHONE_HZ, began_ms: Some(began.as_ms()) };
        let taping = recordings.begin(business, call, head)?;
        Ok(Self { tracks: Tracks::default(), encoder, taping })
    }

    fn write(mut self, pieces: Vec<Piece>) -> io::Result<Self> {
        for piece in pieces {
            match piece {
                Piece::Caller { at, position, bytes, length } => self.tracks.caller(at, position, &bytes[..length]),
                Piece::Agent { at, frame } => self.tracks.agent(at, frame.bytes()),
                Piece::Clear { at } => self.tracks.clear(at),
            }
        }
        self.encode()?;
        Ok(self)
    }

    /// Ends the recording at this time, or with the last that came when the call broke.
    fn close(mut self, at: Option<u64>) -> io::Result<Option<Kept>> {
        self.tracks.finish(at.unwrap_or(0));
        self.encode()?;
        let length = self.tracks.length();
        if length == 0 {
            return self.taping.discard().map(|()| None);
        }
        // What the encoder still holds back comes out with silence behind it.
        for _ in 0..self.encoder.lookahead().div_ceil(PACKET_SAMPLES) {
            self.packet(&[0.0; PACKET_SAMPLES * 2])?;
        }
        self.taping.finish(length * GRANULES_PER_SAMPLE).map(Some)
    }

    fn encode(&mut self) -> io::Result<()> {
        while let Some(frame) = self.tracks.next() {
            self.packet(&frame)?;
        }
        Ok(())
    }

    fn packet(&mut self, frame: &StereoFrame) -> io::Result<()> {
        let packet = self.encoder.encode(frame).map_err(io::Error::other)?;
        self.taping.packet(packet.to_vec())
    }
}
