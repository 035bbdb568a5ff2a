//! Thousands of seeded calls in virtual time, with everything going wrong that can.
//!
//! Callers speak, pause, murmur, type, interrupt and hang up at random; recogniser, voice, CRM and network are slow,
//! fail, lose and reorder. [`World`] checks after every event that the session keeps its promises; what is checked for a
//! whole call is checked here. A failing seed is named, and is all that is needed to see it again.

use super::action::{Action, Ending, Outgoing, Speaker};
use super::event::{Event, RecogniserFailed, Transcript};
use super::journal;
use super::session::{Session, Setup};
use super::testing::{Chance, Faults, Script, World, say};
use super::timing::Timing;
use super::{JobId, Position};
use crate::crm::operation::{FindContact, ReleaseHold};
use crate::crm::{Error, Operation, Outcome};
use crate::dialogue::{Step, Then};
use crate::id::HoldId;
use crate::nlu::Field;
use crate::phone::E164;

/// Calls in one run of the tests.
const CALLS: u64 = 2_000;
/// How many tests share them.
const SHARES: usize = 2;
/// The longest a caller of the simulation stays, in milliseconds.
const CALL_MS_MAX: u64 = 120_000;
/// One call in so many is also written to a journal and replayed from it.
const JOURNAL_EVERY: u64 = 40;

/// Plays a share of the calls; the shares run side by side.
fn share(number: u64) {
    let mut endings = std::collections::BTreeMap::<String, u32>::new();
    for seed in (number..CALLS).step_by(SHARES) {
        let caught = std::panic::catch_unwind(|| one_call(seed));
        let ending = caught.unwrap_or_else(|_| panic!("the call of seed {seed} broke a promise"));
        *endings.entry(ending).or_default() += 1;
    }
    // The simulation is worth something only if it reaches every end.
    for ending in ["CallerLeft", "HungUp", "Transferred"] {
        assert!(endings.get(ending).is_some_and(|calls| *calls > 10), "{endings:?}");
    }
}

#[test]
fn whatever_happens_a_call_keeps_its_promises_first_share() {
    share(0);
}

#[test]
fn whatever_happens_a_call_keeps_its_promises_second_share() {
    share(1);
}

/// Plays one call to its end; how it ended.
fn one_call(seed: u64) -> String {
    let mut chance = Chance(seed);
    let script = Script {
        greeting: wild(&mut Script { chance: Chance(seed ^ 1), ..Script::default() }, ""),
        answer: wild,
        outcome: wild,
        chance: Chance(seed ^ 2),
        ..Script::default()
    };
    let timing = Timing { longest_call_ms: 40_000 + chance.below(60_000), ..Timing::default() };
    let mut world = World::start_with(script.clone(), timing.clone(), faults(&mut chance));
    world.odd_us = chance.below(1_000);
    while world.finished.is_none() && world.at_ms() < CALL_MS_MAX {
        something(&mut world, &mut chance);
    }
    world.give(Event::StreamEnded);
    world.run_ms(20_000);
    check_record(&world);
    check_operations(&world);
    check_replay(&world, script, &timing, seed);
    match world.finished.expect("a call ends") {
        Ending::HungUp => "HungUp",
        Ending::Transferred(_) => "Transferred",
        Ending::CallerLeft => "CallerLeft",
    }
    .to_owned()
}

/// The caller, or the world, does something.
fn something(world: &mut World, chance: &mut Chance) {
    const WORDS: [&str; 8] =
        ["", "yes", "no thanks", "I'd like an appointment for", "my number is 305 555", "Tuesday at ten", "um,", "bye"];
    match chance.below(100) {
        0..35 => world.say(WORDS[chance.pick(WORDS.len())], chance.below(3_000)),
        35..65 => world.run_ms(chance.below(2_500)),
        65..72 => world.run_ms(chance.below(9_000)),
        72..77 => world.murmur(chance.below(1_000) as f32 / 1_000.0, chance.below(2_000)),
        77..82 => world.give(Event::Dtmf(b"0123456789*#xA"[chance.pick(14)] as char)),
        82..86 => world.stall_ms(chance.below(5_000)),
        86..92 => world.faults = faults(chance),
        92..98 => nonsense(world, chance),
        98 if chance.below(4) == 0 => world.give(Event::EndRequested),
        98 if chance.below(4) == 0 => world.give(Event::SayRequested("Ana will be with you.".to_owned())),
        98 if chance.below(4) == 0 => world.give(Event::TransferRequested(somebody())),
        98 if chance.below(3) == 0 => world.give(Event::StreamEnded),
        98 if chance.below(4) == 0 => world.say("I will not stop talking", 30_000),
        _ => world.jump_ms(chance.below(400)),
    }
}

/// Whom a caller is connected to.
fn somebody() -> E164 {
    E164::parse("+13055550142", "US").expect("a number")
}

/// Answers nobody asked for.
fn nonsense(world: &mut World, chance: &mut Chance) {
    let job = JobId(u32::try_from(chance.below(40)).expect("small"));
    let number = chance.below(4);
    let event = match chance.below(8) {
        0 => Event::Mark(format!("{number}:{}:{}", chance.below(6), chance.below(3))),
        1 => Event::Mark("nonsense".to_owned()),
        2 => Event::TurnJudged { job: JobId(u32::MAX), finished: Some(f32::NAN) },
        3 => Event::Heard { job: JobId(u32::MAX), result: Err(RecogniserFailed) },
        4 => Event::Heard { job: JobId(u32::MAX), result: Ok(Transcript::default()) },
        5 => Event::Performed { job: JobId(u32::MAX), result: Ok(Outcome::Released) },
        6 => Event::Voice { until: Position(chance.below(1 << 40)), probability: f32::NAN, level_db: f32::INFINITY },
        _ => Event::Spoken { job, clause: 9, audio: [1; 100].into(), last: chance.below(2) == 0 },
    };
    world.give(event);
}

fn faults(chance: &mut Chance) -> Faults {
    let rarely = |chance: &mut Chance| chance.below(8) == 0;
    Faults {
        recogniser_ms: if rarely(chance) { chance.below(12_000) } else { 150 + chance.below(500) },
        recogniser_fails: rarely(chance),
        judge_ms: if rarely(chance) { chance.below(5_000) } else { 60 },
        finished: if rarely(chance) { None } else { Some(chance.below(1_000) as f32 / 1_000.0) },
        voice_ms: if rarely(chance) { chance.below(8_000) } else { 30 },
        voice_fails: rarely(chance),
        operation_ms: if rarely(chance) { chance.below(15_000) } else { chance.below(300) },
        operation: match chance.below(4) {
            0 => Err(Error::SlotTaken),
            1 => Err(Error::Unavailable("away".to_owned())),
            _ => Ok(Outcome::Released),
        },
        mark_ms: match chance.below(6) {
            0 => None,
            1 => Some(chance.below(4_000)),
            _ => Some(60 + chance.below(100)),
        },
        window_late_ms: if rarely(chance) { chance.below(200) } else { 0 },
        windows_lost: if rarely(chance) { chance.below(600) } else { 0 },
        doubtful: rarely(chance),
    }
}

/// A conversation that may do anything the contract allows.
fn wild(script: &mut Script, _: &str) -> Step {
    const CLAUSES: [&str; 5] =
        ["All right.", "Let me see", "what I can find for you on that day.", "Anything else?", ""];
    let chance = &mut script.chance;
    let clauses: Vec<_> = (0..chance.below(4)).map(|_| CLAUSES[chance.pick(CLAUSES.len())]).collect();
    let phone = E164::try_from("+13055550100".to_owned()).expect("a number");
    let operation = match chance.below(10) {
        0..2 => Some(Operation::FindContact(FindContact { phone: phone.clone() })),
        2..4 => Some(Operation::ReleaseHold(ReleaseHold { hold: HoldId::from_u128(1) })),
        _ => None,
    };
    let then = match chance.below(40) {
        0..2 => Then::HangUp,
        2 => Then::Transfer(phone),
        3..5 => Then::Hold,
        _ => Then::Listen,
    };
    let fields = [Field::Anything, Field::YesNo, Field::Phone, Field::Name, Field::Email, Field::Words];
    script.field = fields[chance.pick(fields.len())];
    Step { operation, then, ..say(&clauses) }
}

/// Turns are numbered without a gap, in time, and the agent's hold nothing that was not sent.
fn check_record(world: &World) {
    for (number, turn) in (0..).zip(world.turns()) {
        assert_eq!(turn.number, number);
        assert!(turn.began <= turn.ended, "{turn:?}");
        if turn.who == Speaker::Agent {
            assert!(world.frames_between(turn.began.as_ms(), turn.ended.as_ms() + 1) > 0, "{turn:?}");
        } else {
            assert!(!turn.text.is_empty());
        }
    }
    let distinct: std::collections::BTreeSet<_> = world.marks_sent.iter().collect();
    assert_eq!(distinct.len(), world.marks_sent.len(), "a mark is sent once");
    let frames = world.count(|action| matches!(action, Action::Send(Outgoing::Media(_)))) as u64;
    assert!(
        frames * 20 <= world.at_ms() + 20 * Timing::default().lead_ms * (1 + world.clears()),
        "no faster than it plays"
    );
}

/// A write is answered while the call lasts, and never abandoned.
fn check_operations(world: &World) {
    for (at, action) in &world.actions {
        if let Action::Perform { job, operation } = action {
            let abandoned = world.count(|action| *action == Action::Abandon(*job)) > 0;
            assert!(!(abandoned && operation.writes()), "a write cannot be taken back");
            let timeout = Timing::default().operation_ms;
            let ended = world.ended_at().unwrap_or(u64::MAX);
            assert!(world.answered(*job) || abandoned || ended <= at + timeout, "an operation is answered");
        }
    }
    let busy = world.handled() as u64;
    assert!(busy <= 200 * (world.at_ms() / 1_000 + 1) + 10_000, "{busy} events: it spins");
}

/// The same events give the same actions, in memory and from a journal.
fn check_replay(world: &World, script: Script, timing: &Timing, seed: u64) {
    let setup = Setup { converse: script.clone(), answered: World::answered_at(), timing: timing.clone() };
    let (mut session, mut actions) = Session::start(setup);
    for (at, event) in world.events() {
        actions.extend(session.handle(*at, event.clone()));
    }
    assert!(actions.iter().eq(world.actions.iter().map(|(_, action)| action)), "a replay does the same");
    if seed.is_multiple_of(JOURNAL_EVERY) {
        let journal = world.journal();
        let replayed = journal::replay(journal.iter().map(String::as_str), |_| Ok(script));
        assert_eq!(replayed.err(), None);
    }
}
