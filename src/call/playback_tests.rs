//! The ledger's rules in examples, and its invariants under whatever can happen to it.

use super::*;
use crate::audio::mulaw;
use proptest::prelude::*;

fn at(ms: u64) -> CallTime {
    CallTime::from_ms(ms)
}

/// A ledger with one utterance of one clause, all of it queued: `ms` of audio.
fn one_clause(text: &str, ms: usize) -> Playback {
    let mut playback = Playback::new(&Timing::default());
    playback.open(0, std::iter::once(text));
    playback.push(0, 0, vec![1_u8; ms * 8].into());
    playback.complete(0, 0);
    playback
}

/// Pumps every time a frame is due until `until`; frames with the time they left at, and marks.
fn run(playback: &mut Playback, from: u64, until: u64) -> (Vec<u64>, Vec<String>) {
    let (mut frames, mut marks) = (Vec::new(), Vec::new());
    for ms in from..until {
        let mut out = Vec::new();
        playback.pump(at(ms), &mut out);
        for action in out {
            match action {
                Action::Send(Outgoing::Media(_)) => frames.push(ms),
                Action::Send(Outgoing::Mark(name)) => marks.push(name),
                other @ (Action::Transcribe { .. }
                | Action::JudgeTurn { .. }
                | Action::Perform { .. }
                | Action::Speak { .. }
                | Action::Abandon(_)
                | Action::Record(_)
                | Action::Finish(_)
                | Action::Send(Outgoing::Clear)) => panic!("{other:?}"),
            }
        }
    }
    (frames, marks)
}

#[test]
fn frames_leave_on_an_absolute_clock_ahead_by_the_lead() {
    let mut playback = one_clause("hello", 1_000);
    let (frames, marks) = run(&mut playback, 500, 2_000);
    assert_eq!(frames.len(), 50);
    let ahead = Timing::default().lead_ms / 20 + 1;
    assert_eq!(frames.iter().filter(|sent| **sent == 500).count() as u64, ahead);
    for (n, sent) in (0..).zip(&frames).skip(usize::try_from(ahead).expect("small")) {
        assert_eq!(*sent, 500 + n * 20 - Timing::default().lead_ms);
    }
    assert_eq!(marks, ["0:0:0"]);
}

#[test]
fn a_late_wake_up_catches_up_and_a_dry_far_end_starts_the_clock_anew() {
    let mut playback = one_clause("hello", 2_000);
    run(&mut playback, 0, 1);
    let mut out = Vec::new();
    playback.pump(at(100), &mut out);
    assert_eq!(out.len(), 5, "what was missed in 100 ms");
    out.clear();
    // All twelve frames were played by 240: at 1,000 the far end has been silent for long.
    playback.pump(at(1_000), &mut out);
    assert_eq!(out.len() as u64, Timing::default().lead_ms / 20 + 1, "no more than the lead again");
}

#[test]
fn the_tail_of_a_clause_is_padded_with_silence() {
    let mut playback = one_clause("hello", 30);
    let mut out = Vec::new();
    playback.pump(at(0), &mut out);
    let Action::Send(Outgoing::Media(last)) = &out[1] else { panic!("{out:?}") };
    assert!(last.bytes()[..80].iter().all(|b| *b == 1) && last.bytes()[80..].iter().all(|b| *b == mulaw::SILENCE));
    assert!(matches!(&out[2], Action::Send(Outgoing::Mark(_))));
}

#[test]
fn chunks_of_any_length_become_the_same_frames() {
    let audio: Vec<u8> = (0..=u8::MAX).cycle().take(1_000).collect();
    let mut bytes = Vec::new();
    let mut playback = Playback::new(&Timing { lead_ms: 10_000, ..Timing::default() });
    playback.open(0, std::iter::once("x"));
    for chunk in audio.chunks(37) {
        playback.push(0, 0, chunk.into());
    }
    playback.complete(0, 0);
    let mut out = Vec::new();
    playback.pump(at(0), &mut out);
    for action in &out {
        if let Action::Send(Outgoing::Media(frame)) = action {
            bytes.extend_from_slice(frame.bytes());
        }
    }
    assert_eq!(bytes[..1_000], audio);
    assert_eq!(bytes.len(), 1_120);
}

#[test]
fn a_mark_after_clear_does_not_count_as_heard() {
    let mut playback = one_clause("hello there my friend", 1_000);
    run(&mut playback, 0, 400);
    let said = playback.clear(at(400));
    // 360 of 1,000 ms were heard: seven letters, so one whole word.
    assert_eq!(said, [Said { utterance: 0, heard: "hello".to_owned(), whole: false, began: Some(at(0)) }]);
    playback.open(1, std::iter::once("again"));
    playback.push(1, 0, vec![1; 8_000].into());
    playback.complete(1, 0);
    run(&mut playback, 400, 420);
    playback.mark(at(421), "0:0:0");
    playback.mark(at(421), "0:1:0");
    assert!(playback.audible(at(421)));
    assert_eq!(playback.clear(at(421))[0].heard, "");
}

#[test]
fn a_mark_tells_that_all_before_it_was_heard_even_if_another_was_lost() {
    let mut playback = Playback::new(&Timing::default());
    playback.open(0, ["one", "two"].into_iter());
    for clause in 0..2 {
        playback.push(0, clause, vec![1; 1_600].into());
    }
    playback.complete(0, 1);
    let (_, marks) = run(&mut playback, 0, 450);
    assert_eq!(marks, ["0:0:0", "0:0:1"]);
    assert_eq!(playback.take_over(at(450)), None);
    playback.mark(at(450), "0:0:1");
    assert_eq!(playback.take_over(at(450)).map(|said| (said.heard, said.whole)), Some(("one two".to_owned(), true)));
}

#[test]
fn without_marks_the_clock_is_believed_after_a_while() {
    let mut playback = one_clause("hello", 400);
    run(&mut playback, 0, 400);
    let over = playback.over_at().expect("all is sent");
    let timing = Timing::default();
    assert_eq!(over, at(400 + timing.transit_ms + timing.mark_patience_ms));
    assert!(playback.audible(at(over.as_ms() - 1)) && !playback.audible(over));
    assert_eq!(playback.take_over(over).map(|said| said.whole), Some(true));
}

#[test]
fn a_late_mark_does_not_take_back_what_was_heard_after_it() {
    let mut playback = Playback::new(&Timing::default());
    playback.open(0, ["one", "two three four five"].into_iter());
    playback.push(0, 0, vec![1; 800].into());
    playback.complete(0, 0);
    playback.push(0, 1, vec![1; 8_000].into());
    playback.complete(0, 1);
    run(&mut playback, 0, 800);
    let before = playback.played(at(800));
    // It says that the way takes 700 ms; but what was believed before stands.
    playback.mark(at(800), "0:0:0");
    assert_eq!(playback.played(at(800)), before);
    assert_eq!(playback.played(at(900)), before);
}

#[test]
fn a_clause_the_voice_could_not_make_is_not_heard_and_holds_nothing_up() {
    let mut playback = Playback::new(&Timing::default());
    playback.open(0, ["one", "two"].into_iter());
    playback.complete(0, 0);
    playback.push(0, 1, vec![1; 1_600].into());
    playback.complete(0, 1);
    let (frames, marks) = run(&mut playback, 0, 300);
    assert_eq!((frames.len(), marks), (10, vec!["0:0:1".to_owned()]));
    playback.mark(at(300), "0:0:1");
    assert_eq!(playback.take_over(at(300)).map(|said| said.heard), Some("two".to_owned()));
}

#[test]
fn names_that_are_no_marks_of_ours_are_ignored() {
    let mut playback = one_clause("hello", 100);
    run(&mut playback, 0, 10);
    for name in ["", ":", "0:0", "0:0:0:0", "a:b:c", "-1:0:0", "0:9:0", "0:0:9", "99999999999:0:0"] {
        playback.mark(at(10), name);
    }
    assert!(playback.audible(at(10)));
}

/// Every byte that leaves until a time.
fn bytes(playback: &mut Playback, from: u64, until: u64) -> Vec<u8> {
    let mut all = Vec::new();
    for ms in from..until {
        let mut out = Vec::new();
        playback.pump(at(ms), &mut out);
        for action in out {
            if let Action::Send(Outgoing::Media(frame)) = action {
                all.extend_from_slice(frame.bytes());
            }
        }
    }
    all
}

#[test]
fn what_was_held_goes_on_where_the_caller_stopped_hearing_it() {
    let audio: Vec<u8> = (0..=250).cycle().take(16_000).collect();
    let mut playback = Playback::new(&Timing::default());
    playback.open(0, ["one two three four", "five six"].into_iter());
    for chunk in audio[..12_000].chunks(700) {
        playback.push(0, 0, chunk.into());
    }
    playback.push(0, 1, audio[12_000..].into());
    playback.complete(0, 1);
    let before = bytes(&mut playback, 0, 500);
    playback.hold(at(500));
    assert!(bytes(&mut playback, 500, 900).is_empty() && !playback.audible(at(600)));
    // 480 ms were heard for certain.
    let heard = 480 * 8;
    assert!(before.len() > heard);
    playback.resume();
    let after = bytes(&mut playback, 900, 3_000);
    assert_eq!(after, audio[heard..]);
    playback.mark(at(3_000), "0:0:1");
    assert!(playback.audible(at(3_000)), "a mark of before counts no more");
    playback.mark(at(3_000), "1:0:1");
    assert_eq!(
        playback.take_over(at(3_000)).map(|said| (said.heard, said.whole, said.began)),
        Some(("one two three four five six".to_owned(), true, Some(at(0))))
    );
}

#[test]
fn what_was_held_and_then_cleared_was_heard_as_far_as_when_it_was_held() {
    let mut playback = one_clause("hello there my friend", 1_000);
    run(&mut playback, 0, 400);
    playback.hold(at(400));
    assert_eq!(playback.clear(at(900))[0].heard, "hello");
}

#[test]
fn a_line_held_before_anybody_heard_it_has_not_begun() {
    let mut playback = one_clause("hello", 1_000);
    run(&mut playback, 0, 20);
    playback.hold(at(20));
    assert!(!playback.has_begun(0));
    playback.resume();
    assert_eq!(bytes(&mut playback, 20, 2_000).len(), 8_000);
}

/// What can happen to a ledger.
#[derive(Clone, Debug)]
enum Happening {
    Open(usize),
    Push { clause: usize, bytes: usize },
    Complete(usize),
    Wait(u64),
    Mark { epoch: u32, back: u32, clause: usize },
    Clear,
    Hold,
    Resume,
    TakeOver,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        1 => (1usize..4).prop_map(Happening::Open),
        4 => (0usize..4, 0usize..3_000).prop_map(|(clause, bytes)| Happening::Push { clause, bytes }),
        3 => (0usize..4).prop_map(Happening::Complete),
        6 => (0u64..400).prop_map(Happening::Wait),
        3 => (prop_oneof![4 => Just(0u32), 1 => 1u32..3], prop_oneof![3 => Just(0u32), 1 => 1u32..3], 0usize..4).prop_map(|(epoch, back, clause)| Happening::Mark { epoch, back, clause }),
        1 => Just(Happening::Clear),
        1 => Just(Happening::Hold),
        2 => Just(Happening::Resume),
        2 => Just(Happening::TakeOver),
    ]
}

/// Each clause's frames heard, sent and queued; checked against the invariants.
fn check(playback: &Playback, now: CallTime) -> Vec<(u32, usize, u64)> {
    playback.check();
    let pages = playback.clauses.iter().map(|clause| {
        let heard = playback.frames_heard(clause, now);
        assert!(clause.sent <= clause.queued, "sent <= queued");
        assert!(heard <= clause.sent.div_ceil(FRAME_BYTES) as u64, "heard <= sent");
        assert!(clause.text.starts_with(playback.words_heard(clause, now)), "heard words are the clause's own");
        (clause.utterance, clause.number, heard)
    });
    pages.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn heard_is_at_most_sent_is_at_most_queued_and_never_shrinks(events in prop::collection::vec(happening(), 1..80)) {
        let mut playback = Playback::new(&Timing::default());
        let lead = usize::try_from(Timing::default().lead_ms / 20 + Timing::default().transit_ms / 20 + 2).expect("small") + 50;
        let (mut now, mut utterance, mut frames, mut marks) = (0_u64, 0_u32, 0_usize, Vec::new());
        let mut before: Vec<(u32, usize, u64)> = Vec::new();
        for event in events {
            let mut out = Vec::new();
            match event {
                Happening::Open(clauses) if playback.clauses.len() < 12 => {
                    utterance += 1;
                    playback.open(utterance, ["some words", "and a few more of them", "", "end"].into_iter().take(clauses));
                }
                Happening::Open(_) => {}
                Happening::Push { clause, bytes } => playback.push(utterance, clause, vec![7; bytes].into()),
                Happening::Complete(clause) => playback.complete(utterance, clause),
                Happening::Wait(ms) => now += ms,
                Happening::Mark { epoch, back, clause } => {
                    let epoch = playback.epoch.wrapping_sub(epoch);
                    playback.mark(at(now), &format!("{epoch}:{}:{clause}", utterance.wrapping_sub(back)));
                }
                Happening::Clear => {
                    playback.clear(at(now));
                    prop_assert!(!playback.audible(at(now)) && playback.next_due().is_none());
                }
                Happening::Hold => {
                    playback.hold(at(now));
                    prop_assert!(!playback.audible(at(now)) && playback.next_due().is_none());
                }
                Happening::Resume => playback.resume(),
                Happening::TakeOver => {
                    playback.take_over(at(now));
                }
            }
            playback.pump(at(now), &mut out);
            frames += out.iter().filter(|a| matches!(a, Action::Send(Outgoing::Media(_)))).count();
            marks.extend(out.into_iter().filter_map(|a| if let Action::Send(Outgoing::Mark(m)) = a { Some(m) } else { None }));
            prop_assert!(playback.next_due().is_none_or(|due| due > at(now)), "nothing due is left");
            let after = check(&playback, at(now));
            for (utterance, number, heard) in &before {
                if let Some((_, _, later)) = after.iter().find(|(u, n, _)| (u, n) == (utterance, number)) {
                    prop_assert!(later >= heard, "what was heard never becomes less");
                }
            }
            before = after;
        }
        let distinct: std::collections::BTreeSet<_> = marks.iter().collect();
        prop_assert_eq!(distinct.len(), marks.len(), "one mark per clause");
        prop_assert!(frames <= 80 * 3_000 / FRAME_BYTES + 80 + 80 * lead, "no frame is made up");
        playback.resume();
        // Whatever happened, once all is complete the ledger empties by the clock alone.
        playback.complete(utterance, 9);
        for clause in &mut playback.clauses {
            clause.complete = true;
        }
        run(&mut playback, now, now + 40_000);
        while playback.take_over(at(now + 60_000)).is_some() {}
        prop_assert!(playback.clauses.is_empty());
    }
}
