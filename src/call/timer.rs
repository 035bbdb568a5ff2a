//! Every timeout of a call, by name.
//!
//! Invariant: a timer that is not set never fires, and one that fired is no longer set. Knows nothing of what a timer
//! is for (see [`super::session`]).

use super::CallTime;

/// What can become due in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The next frame of the agent's speech has to leave.
    FrameDue,
    /// The clock says the agent's words have been heard, though their mark has not come.
    PlayedOut,
    /// The caller's silence is now long enough for the turn to be over.
    EndOfTurn,
    /// The caller has said nothing for the longest time we wait.
    NoInput,
    /// An operation takes so long that the caller should be told we are still there.
    StillWorking,
    /// An operation has taken too long: reads are given up, writes are reported as uncertain.
    OperationTimeout,
    /// The recogniser has taken too long: the turn counts as unclear.
    RecogniserTimeout,
    /// The voice has taken too long: what it has not made stays unsaid.
    SpeechTimeout,
    /// A sound holds the agent's words: what it is has to be found out.
    Verdict,
    /// The caller has stopped typing digits.
    DtmfPause,
    /// The call has lasted as long as a call may: the agent takes its leave.
    LongestCall,
    /// The last words have had all the time they may have: the call ends now.
    Goodbye,
}

impl Timer {
    /// Every timer, in the order in which those due at once are served.
    const ALL: [Self; 12] = [
        Self::FrameDue,
        Self::PlayedOut,
        Self::EndOfTurn,
        Self::NoInput,
        Self::StillWorking,
        Self::OperationTimeout,
        Self::RecogniserTimeout,
        Self::SpeechTimeout,
        Self::Verdict,
        Self::DtmfPause,
        Self::LongestCall,
        Self::Goodbye,
    ];
}

/// When each timer is due.
#[derive(Clone, Debug, Default)]
pub(super) struct Timers([Option<CallTime>; Timer::ALL.len()]);

impl Timers {
    pub(super) fn set(&mut self, timer: Timer, due: CallTime) {
        self.0[timer as usize] = Some(due);
    }

    pub(super) fn set_or_clear(&mut self, timer: Timer, due: Option<CallTime>) {
        self.0[timer as usize] = due;
    }

    pub(super) fn clear(&mut self, timer: Timer) -> Option<CallTime> {
        self.0[timer as usize].take()
    }

    pub(super) fn clear_all(&mut self) {
        self.0 = [None; Timer::ALL.len()];
    }

    pub(super) fn is_set(&self, timer: Timer) -> bool {
        self.0[timer as usize].is_some()
    }

    /// The earliest time anything is due.
    pub(super) fn next(&self) -> Option<CallTime> {
        self.0.iter().flatten().min().copied()
    }

    /// Takes one timer that is due, the longest overdue first.
    pub(super) fn take_due(&mut self, now: CallTime) -> Option<Timer> {
        let due = |timer: &Timer| self.0[*timer as usize].filter(|due| *due <= now);
        let timer = Timer::ALL.into_iter().filter(|t| due(t).is_some()).min_by_key(due)?;
        self.clear(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_fire_once_the_longest_overdue_first() {
        let mut timers = Timers::default();
        timers.set(Timer::NoInput, CallTime::from_ms(30));
        timers.set(Timer::Goodbye, CallTime::from_ms(10));
        timers.set(Timer::LongestCall, CallTime::from_ms(90));
        assert_eq!(timers.next(), Some(CallTime::from_ms(10)));
        assert_eq!(timers.take_due(CallTime::from_ms(5)), None);
        assert_eq!(timers.take_due(CallTime::from_ms(40)), Some(Timer::Goodbye));
        assert_eq!(timers.take_due(CallTime::from_ms(40)), Some(Timer::NoInput));
        assert_eq!(timers.take_due(CallTime::from_ms(40)), None);
        assert_eq!(timers.next(), Some(CallTime::from_ms(90)));
    }

    #[test]
    fn every_timer_has_its_own_place() {
        for (place, timer) in Timer::ALL.into_iter().enumerate() {
            assert_eq!(timer as usize, place);
        }
    }
}
