//! What the caller has heard.
//!
//! Audio is sent a little ahead of the moment it is played, frame by frame on an absolute clock, with one mark behind
//! each clause. The far end answers a mark when playback reaches it, and at once one that stands behind nothing: so the
//! way there and back is known apart from what waits to be played. This ledger turns frames, marks and the clock into
//! one fact: how much of each utterance was heard.
//!
//! Invariant: `heard <= sent <= queued` for every clause, and what was heard never becomes less.
//! Invariant: after [`Playback::clear`] and [`Playback::hold`], receipts still in flight count as cleared, never as heard.
//! Invariant: without any mark the ledger still comes to an end: the clock is believed after a while.
//! This module does not know how a mark is spelled on the wire, nor who speaks next.

mod clause;

use super::CallTime;
use super::action::{Action, Outgoing};
use super::timing::{Timing, ms};
use crate::audio::{FRAME_BYTES, FRAME_MS};
use clause::{Clause, Receipt};
use std::collections::VecDeque;
use std::sync::Arc;

/// The most audio one clause may have: a minute. More is a fault of the voice and is dropped.
const CLAUSE_BYTES_MAX: usize = 60 * 8_000;
/// The slowest a mark is believed to be: a second; beyond it the receipt is late for other reasons.
const TRANSIT_MAX_MS: u64 = 1_000;
/// A clear takes as long to the far end as the audio did, so what is played when it comes there is what our clock says,
/// less what the far end keeps waiting: a mark's delay without the way there and back. So much is taken for waiting in any
/// case, since a syllable said twice is noticed less than one left out.
const SAID_TWICE_MS: u64 = 20;
/// The way there and back while no mark behind nothing has told.
const WAY_AND_BACK_MS: u64 = 200;
/// How the name of a mark behind nothing begins.
const WAY: &str = "way:";
/// How long a letter takes to say, for telling how far a clause is whose audio is still being made.
const LETTER_MS: u64 = 65;

/// The ledger of one call.
#[derive(Clone, Debug)]
pub(super) struct Playback {
    epoch: u32,
    /// Nothing is sent for now: somebody may be cutting in.
    held: bool,
    clauses: VecDeque<Clause>,
    /// Frames sent in this epoch.
    sent: u64,
    /// Frame `base.1` is played from `base.0` on, at the far end's own pace; none before the first frame.
    base: Option<(CallTime, u64)>,
    /// How long the way there and the receipt's way back take, as the last mark told.
    transit_ms: u64,
    /// The way there and back alone, the shortest that was seen; none while nothing told.
    way_ms: Option<u64>,
    /// Marks sent behind nothing, and when the last one was.
    ways_asked: u32,
    way_asked_at: CallTime,
    /// Frames known to be played before an estimate last changed.
    played_already: u64,
    timing: Timing,
}

/// What became of an utterance.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    /// Which.
    pub(super) utterance: u32,
    /// What was heard of it, in whole words.
    pub(super) heard: String,
    /// Whether that is all of it.
    pub(super) whole: bool,
    /// When its first frame was sent; none when there was none.
    pub(super) began: Option<CallTime>,
}

impl Playback {
    pub(super) fn new(timing: &Timing) -> Self {
        Self {
            epoch: 0,
            held: false,
            clauses: VecDeque::new(),
            sent: 0,
            base: None,
            transit_ms: timing.transit_ms,
            way_ms: None,
            ways_asked: 0,
            way_asked_at: CallTime::default(),
            played_already: 0,
            timing: timing.clone(),
        }
    }

    /// Opens the pages of an utterance, one per clause, in order.
    pub(super) fn open<'a>(&mut self, utterance: u32, texts: impl Iterator<Item = &'a str>) {
        self.clauses.extend(texts.enumerate().map(|(number, text)| Clause {
            utterance,
            number,
            text: text.to_owned(),
            chunks: Vec::new(),
            chunk: 0,
            offset: 0,
            queued: 0,
            sent: 0,
            complete: false,
            heard: 0,
            first_frame: 0,
            began: None,
            receipt: Receipt::Unsent,
        }));
    }

    /// Queues audio of a clause. Audio of a clause that is unknown or complete is dropped.
    pub(super) fn push(&mut self, utterance: u32, number: usize, audio: Arc<[u8]>) {
        if let Some(clause) = self.clause(utterance, number)
            && !clause.complete
            && !audio.is_empty()
            && clause.queued + audio.len() <= CLAUSE_BYTES_MAX
        {
            clause.queued += audio.len();
            clause.chunks.push(audio);
        }
    }

    /// No more audio will come for this clause and those before it in the utterance.
    pub(super) fn complete(&mut self, utterance: u32, number: usize) {
        for clause in self.clauses.iter_mut().filter(|c| c.utterance == utterance && c.number <= number) {
            clause.complete = true;
        }
    }

    /// Sends every frame that is due, with the marks behind them.
    pub(super) fn pump(&mut self, at: CallTime, out: &mut Vec<Action>) {
        self.send_marks(at, out);
        while self.next_due().is_some_and(|due| due <= at) {
            self.keep_clock(at);
            self.send_frame(at, out);
            self.send_marks(at, out);
        }
    }

    /// When the next frame has to be sent; none when nothing is ready.
    pub(super) fn next_due(&self) -> Option<CallTime> {
        self.ready()?;
        match self.base {
            None => Some(CallTime::default()),
            Some(_) => Some(CallTime(self.plays_at(self.sent).0.saturating_sub(ms(self.timing.lead_ms)))),
        }
    }

    /// Asks how long the way there and back is, while nothing waits to be played at the far end.
    pub(super) fn ask_way(&mut self, at: CallTime, out: &mut Vec<Action>) {
        self.ways_asked = self.ways_asked.wrapping_add(1);
        self.way_asked_at = at;
        out.push(Action::Send(Outgoing::Mark(format!("{WAY}{}", self.ways_asked))));
    }

    /// Takes a mark's receipt. Unknown, cleared and unsent marks are ignored.
    pub(super) fn mark(&mut self, at: CallTime, name: &str) {
        if let Some(asked) = name.strip_prefix(WAY) {
            if asked.parse() == Ok(self.ways_asked) {
                self.came_back(at);
            }
            return;
        }
        let Some((epoch, utterance, number)) = parse(name) else { return };
        let place = self.clauses.iter().position(|c| c.utterance == utterance && c.number == number);
        let Some(place) = place.filter(|_| epoch == self.epoch) else { return };
        let Receipt::Awaited(played) = self.clauses[place].receipt else { return };
        // What is believed already stays so, however late this mark says that marks are.
        self.played_already = self.played(at);
        for over in 0..self.clauses.len() {
            if self.is_over(&self.clauses[over], at) {
                self.clauses[over].receipt = Receipt::Come;
            }
        }
        self.transit_ms = at.as_ms().saturating_sub(played.as_ms()).min(TRANSIT_MAX_MS);
        // Marks come in the order they were sent: one that was lost does not hold up the rest.
        for clause in self.clauses.iter_mut().take(place + 1) {
            clause.receipt = Receipt::Come;
        }
    }

    /// A mark behind nothing has come back.
    fn came_back(&mut self, at: CallTime) {
        let took_ms = at.as_ms().saturating_sub(self.way_asked_at.as_ms()).min(TRANSIT_MAX_MS);
        self.played_already = self.played(at);
        if self.way_ms.is_none() {
            self.transit_ms = took_ms;
        }
        self.way_ms = Some(self.way_ms.map_or(took_ms, |way_ms| way_ms.min(took_ms)));
    }

    /// Whether the caller is hearing us: something was sent of an utterance that is not over.
    pub(super) fn audible(&self, at: CallTime) -> bool {
        !self.held && self.clauses.iter().any(|c| !self.is_over(c, at) && self.has_begun(c.utterance))
    }

    /// Whether anything of the utterance has been sent.
    pub(super) fn has_begun(&self, utterance: u32) -> bool {
        self.clauses.iter().any(|c| c.utterance == utterance && c.began.is_some())
    }

    /// Takes the first utterance out of the ledger if it is over: all of it sent, and heard by mark or by clock.
    pub(super) fn take_over(&mut self, at: CallTime) -> Option<Said> {
        let utterance = self.clauses.front()?.utterance;
        let over = self.clauses.iter().filter(|c| c.utterance == utterance).all(|c| self.is_over(c, at));
        over.then(|| self.take(utterance, at))
    }

    /// When the clock alone will say that the first utterance is over; none while some of it is unsent.
    pub(super) fn over_at(&self) -> Option<CallTime> {
        let utterance = self.clauses.front()?.utterance;
        let mut latest = CallTime::default();
        for clause in self.clauses.iter().filter(|c| c.utterance == utterance) {
            match clause.receipt {
                Receipt::Unsent => return None,
                Receipt::Awaited(played) => latest = latest.max(self.believed_from(played)),
                Receipt::Come => {}
            }
        }
        Some(latest)
    }

    /// How much playing time is left of what was sent and queued, by the clock; zero when nothing is.
    pub(super) fn rest_ms(&self, at: CallTime) -> u64 {
        if self.clauses.iter().any(|c| !c.complete) {
            return u64::MAX;
        }
        let unsent: usize = self.clauses.iter().map(|c| (c.queued - c.sent).div_ceil(FRAME_BYTES)).sum();
        let end = self.plays_at(self.sent + unsent as u64);
        (end.as_ms() + self.transit_ms).saturating_sub(at.as_ms())
    }

    /// Forgets utterances from this one on; whether something of them has to be thrown away at the far end.
    pub(super) fn retract(&mut self, from: u32, at: CallTime) -> bool {
        let sent = self.clauses.iter().any(|clause| clause.utterance >= from && clause.began.is_some());
        if sent {
            self.hold(at);
            self.held = false;
        }
        self.clauses.retain(|clause| clause.utterance < from);
        sent
    }

    /// Stops at what the caller has heard: what was sent beyond it has been thrown away at the far end.
    pub(super) fn hold(&mut self, at: CallTime) {
        let heard: Vec<u64> = self.clauses.iter().map(|clause| self.frames_heard(clause, at)).collect();
        for (clause, heard) in self.clauses.iter_mut().zip(heard) {
            if clause.receipt != Receipt::Come {
                clause.go_back_to(heard);
            }
        }
        self.held = true;
        self.begin_epoch();
    }

    /// Goes on from there.
    pub(super) fn resume(&mut self) {
        self.held = false;
    }

    /// Whether it stands still.
    pub(super) fn is_held(&self) -> bool {
        self.held
    }

    /// Whether the last clause of the last utterance is being heard, or has been.
    pub(super) fn in_last_clause(&self) -> bool {
        self.clauses.back().is_none_or(|clause| clause.began.is_some())
    }

    /// Discards whatever the caller has not heard, and tells what they have, utterance by utterance.
    pub(super) fn clear(&mut self, at: CallTime) -> Vec<Said> {
        let mut said = Vec::new();
        while let Some(clause) = self.clauses.front() {
            let utterance = clause.utterance;
            said.push(self.take(utterance, at));
        }
        self.held = false;
        self.begin_epoch();
        said
    }

    fn begin_epoch(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        self.base = None;
        self.sent = 0;
        self.played_already = 0;
    }

    /// What must hold at any time: for tests.
    #[cfg(test)]
    pub(super) fn check(&self) {
        for clause in &self.clauses {
            assert!(clause.sent <= clause.queued, "sent <= queued");
            assert_eq!(clause.sent > 0, clause.began.is_some(), "a clause begins with its first frame");
            let left: usize = clause.chunks[clause.chunk..].iter().map(|chunk| chunk.len()).sum();
            assert_eq!(left - clause.offset, clause.queued - clause.sent, "nothing is lost or made up");
        }
        let places = self.clauses.iter().map(|clause| (clause.utterance, clause.number));
        assert!(places.is_sorted(), "clauses are in order");
    }

    /// The utterances in the ledger, in order.
    #[cfg(test)]
    pub(super) fn utterances(&self) -> Vec<u32> {
        let mut utterances: Vec<_> = self.clauses.iter().map(|clause| clause.utterance).collect();
        utterances.dedup();
        utterances
    }

    fn take(&mut self, utterance: u32, at: CallTime) -> Said {
        let mut said = Said { utterance, heard: String::new(), whole: true, began: None };
        while self.clauses.front().is_some_and(|c| c.utterance == utterance) {
            let Some(clause) = self.clauses.front() else { break };
            let heard = if said.whole { self.words_heard(clause, at) } else { "" };
            if !heard.is_empty() {
                if !said.heard.is_empty() {
                    said.heard.push(' ');
                }
                said.heard.push_str(heard);
            }
            // A clause without audio (the voice failed) was not heard, but neither is it cut off.
            let unsaid = clause.complete && clause.queued == 0;
            said.whole &= unsaid || heard.len() == clause.text.trim().len();
            said.began = said.began.or(clause.began);
            self.clauses.pop_front();
        }
        said
    }

    /// The words of a clause that were heard: proportional, and only whole ones.
    fn words_heard<'a>(&self, clause: &'a Clause, at: CallTime) -> &'a str {
        let text = clause.text.trim();
        let frames = self.frames_heard(clause, at);
        if frames == 0 {
            return "";
        }
        let queued = clause.queued.div_ceil(FRAME_BYTES) as u64;
        let expected = text.chars().count() as u64 * LETTER_MS / u64::from(FRAME_MS);
        let total = if clause.complete { queued } else { queued.max(expected) + 1 };
        if frames >= total {
            return text;
        }
        let letters = text.chars().count() as u64 * frames / total;
        let end =
            text.char_indices().nth(usize::try_from(letters).unwrap_or(usize::MAX)).map_or(text.len(), |(i, _)| i);
        // Between two words the cut stands; inside one, that word was not heard.
        if text[end..].starts_with(char::is_whitespace) {
            return &text[..end];
        }
        text[..end].rfind(char::is_whitespace).map_or("", |space| text[..space].trim_end())
    }

    /// How many of a clause's frames were heard.
    fn frames_heard(&self, clause: &Clause, at: CallTime) -> u64 {
        let sent = clause.sent.div_ceil(FRAME_BYTES) as u64;
        if clause.began.is_none() {
            return 0;
        }
        match clause.receipt {
            Receipt::Come => sent,
            Receipt::Awaited(played) if self.believed_from(played) <= at => sent,
            // Not all of it: its mark would have come.
            Receipt::Awaited(_) | Receipt::Unsent => {
                let since = self.played(at).saturating_sub(clause.first_frame);
                (clause.heard + since).min(sent.saturating_sub(1)).max(clause.heard)
            }
        }
    }

    /// Frames that will have been played out when a clear sent now has come to the far end, by the clock alone.
    fn played(&self, at: CallTime) -> u64 {
        let Some((from, first)) = self.base else { return 0 };
        let way_ms = self.way_ms.unwrap_or(WAY_AND_BACK_MS);
        let kept_waiting = self.transit_ms.min(SAID_TWICE_MS) + self.transit_ms.saturating_sub(way_ms);
        let since = at.as_ms().saturating_sub(from.as_ms() + kept_waiting);
        (first + since / u64::from(FRAME_MS)).min(self.sent).max(self.played_already)
    }

    /// When a frame begins to be played.
    fn plays_at(&self, frame: u64) -> CallTime {
        let Some((from, first)) = self.base else { return CallTime::default() };
        from + ms(frame.saturating_sub(first) * u64::from(FRAME_MS))
    }

    /// From when on the clock is believed without the mark.
    fn believed_from(&self, played: CallTime) -> CallTime {
        played + ms(self.transit_ms + self.timing.mark_patience_ms)
    }

    fn is_over(&self, clause: &Clause, at: CallTime) -> bool {
        match clause.receipt {
            Receipt::Come => true,
            Receipt::Awaited(played) => self.believed_from(played) <= at,
            Receipt::Unsent => false,
        }
    }

    /// The clause whose frame comes next, if enough of it is there. Clauses are sent strictly in order.
    fn ready(&self) -> Option<usize> {
        let place = self.clauses.iter().position(|c| c.receipt == Receipt::Unsent && !self.held)?;
        let clause = &self.clauses[place];
        let waiting = clause.queued - clause.sent.min(clause.queued);
        (waiting >= FRAME_BYTES || (clause.complete && waiting > 0)).then_some(place)
    }

    /// Starts the clock, or starts it anew when the far end has run dry.
    fn keep_clock(&mut self, at: CallTime) {
        if self.base.is_none() || self.plays_at(self.sent) < at {
            self.base = Some((at, self.sent));
        }
    }

    fn send_frame(&mut self, at: CallTime, out: &mut Vec<Action>) {
        let Some(place) = self.ready() else { return };
        let first_frame = self.sent;
        let clause = &mut self.clauses[place];
        clause.began = clause.began.or(Some(at));
        if clause.sent.div_ceil(FRAME_BYTES) as u64 == clause.heard {
            clause.first_frame = first_frame;
        }
        out.push(Action::Send(Outgoing::Media(clause.next_frame())));
        self.sent += 1;
    }

    /// Sends the mark of each clause that is all sent, as far as the order allows.
    fn send_marks(&mut self, at: CallTime, out: &mut Vec<Action>) {
        let end = if self.base.is_some() { self.plays_at(self.sent) } else { at };
        let (epoch, held) = (self.epoch, self.held);
        for clause in self.clauses.iter_mut().skip_while(|c| c.receipt != Receipt::Unsent) {
            if held || !clause.complete || clause.sent < clause.queued {
                break;
            }
            if clause.queued == 0 {
                // Nothing of it was sent, so there is no receipt to wait for.
                clause.receipt = Receipt::Come;
                continue;
            }
            clause.receipt = Receipt::Awaited(end);
            out.push(Action::Send(Outgoing::Mark(format!("{epoch}:{}:{}", clause.utterance, clause.number))));
        }
    }

    fn clause(&mut self, utterance: u32, number: usize) -> Option<&mut Clause> {
        self.clauses.iter_mut().find(|c| c.utterance == utterance && c.number == number)
    }
}

/// The epoch, utterance and clause in a mark's name.
fn parse(name: &str) -> Option<(u32, u32, usize)> {
    let mut parts = name.splitn(3, ':');
    let epoch = parts.next()?.parse().ok()?;
    let utterance = parts.next()?.parse().ok()?;
    let number = parts.next()?.parse().ok()?;
    Some((epoch, utterance, number))
}

#[cfg(test)]
#[path = "playback_tests.rs"]
mod tests;
