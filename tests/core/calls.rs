//! Whole calls, by their properties.

use crate::callers::Caller;
use crate::chance::Chance;
use crate::crm::{Crm, Trouble};
use crate::world::{Faults, World, business, dialogue};
use ringlypro::call::action::{Ending, Speaker};
use ringlypro::call::journal;
use ringlypro::call::phase::Phase;
use ringlypro::crm::model::AppointmentStatus;
use std::collections::BTreeMap;

/// Calls in which anything may go wrong.
const CALLS: u64 = 400;
/// One call in so many is also replayed from its journal.
const REPLAY_EVERY: u64 = 20;

fn call(caller: Caller, trouble: Trouble, faults: Faults, seed: u64) -> World {
    let mut crm = Crm::new(business(), seed ^ 7);
    crm.trouble = trouble;
    let mut world = World::answer(caller, crm, faults, seed);
    let journal = world.play().to_vec();
    if seed.is_multiple_of(REPLAY_EVERY) {
        let replayed = journal::replay(journal.iter().map(String::as_str), |_| Ok(dialogue()));
        assert_eq!(replayed.err(), None, "a replay does the same");
    }
    world
}

/// A call in which nothing goes wrong.
fn good_call(wish: usize) -> World {
    call(Caller::wanting(wish), Trouble::default(), Faults::default(), 0)
}

fn words(world: &World) -> String {
    world.said.join(" ").to_lowercase()
}

#[test]
fn a_caller_who_asks_to_book_is_booked_told_so_and_let_go() {
    let world = good_call(0);
    let booked = &world.crm.appointments[1];
    assert_eq!((booked.service_name.as_str(), booked.status), ("cleaning", AppointmentStatus::Scheduled));
    assert_eq!(booked.customer_name, "Jenny Park");
    assert!(words(&world).contains("your cleaning is booked"), "{}", words(&world));
    assert_eq!(world.ending, Some(Ending::HungUp));
    assert!(world.crm.holds.is_empty(), "no time stays held for nobody");
    assert!(world.turns.iter().any(|turn| turn.who == Speaker::Caller && turn.text.contains("cleaning")));
}

#[test]
fn every_wish_comes_to_its_end() {
    for (wish, claim) in [(1, "check-up is booked"), (3, "is cancelled"), (4, "is now"), (5, "message is saved")] {
        let world = good_call(wish);
        assert!(words(&world).contains(claim), "{wish}: {}", words(&world));
        assert_eq!(world.ending, Some(Ending::HungUp), "{wish}");
    }
    let world = good_call(7);
    assert!(matches!(world.ending, Some(Ending::Transferred(_))), "{:?}", world.said);
}

#[test]
fn a_booking_whose_fate_is_unknown_is_never_called_booked() {
    let lost = Trouble { unknown: 100, ..Trouble::default() };
    for wish in [0, 1, 2] {
        let world = call(Caller::wanting(wish), lost, Faults::default(), wish as u64);
        assert!(!words(&world).contains("all set"), "{}", words(&world));
        assert!(world.ending.is_some());
    }
}

#[test]
fn a_calendar_that_is_away_is_owned_up_to_and_the_call_ends() {
    let away = Trouble { unavailable: 100, ..Trouble::default() };
    let world = call(Caller::wanting(0), away, Faults::default(), 1);
    assert!(words(&world).contains("calendar"), "{}", words(&world));
    assert_eq!(world.crm.appointments.len(), 1, "nothing was booked");
}

#[test]
fn an_outcome_that_comes_too_late_is_not_claimed() {
    let faults = Faults { operation_ms: 30_000, ..Faults::default() };
    let world = call(Caller::wanting(1), Trouble::default(), faults, 2);
    assert!(!words(&world).contains("all set"), "{}", words(&world));
    assert!(world.ending.is_some());
}

/// What goes wrong in the call of a seed.
fn misfortune(seed: u64) -> (Caller, Trouble, Faults) {
    let mut chance = Chance(seed);
    let rarely = |chance: &mut Chance, most: u64| if chance.percent(30) { chance.below(most) } else { 0 };
    let trouble = Trouble {
        slot_taken: rarely(&mut chance, 60),
        unavailable: rarely(&mut chance, 60),
        unknown: rarely(&mut chance, 60),
    };
    let faults = Faults {
        recogniser_ms: 150 + rarely(&mut chance, 9_000),
        recogniser_fails: rarely(&mut chance, 40),
        misheard: rarely(&mut chance, 30),
        voice_ms: 30 + rarely(&mut chance, 4_000),
        operation_ms: 20 + rarely(&mut chance, 14_000),
        windows_lost: rarely(&mut chance, 500),
        hang_up: rarely(&mut chance, 5),
        barge_in: rarely(&mut chance, 30),
    };
    let erratic = rarely(&mut chance, 50);
    (Caller::new(seed, erratic), trouble, faults)
}

#[test]
fn whatever_goes_wrong_a_call_claims_nothing_that_did_not_happen_and_ends() {
    let mut endings = BTreeMap::<&str, u32>::new();
    let (mut booked, mut hung_up_in) = (0, std::collections::BTreeSet::new());
    for seed in 0..CALLS {
        let caught = std::panic::catch_unwind(|| {
            let (caller, trouble, faults) = misfortune(seed);
            call(caller, trouble, faults, seed)
        });
        let Ok(world) = caught else { panic!("the call of seed {seed} broke a promise") };
        booked += u32::from(words(&world).contains("all set"));
        let ending = match world.ending {
            Some(Ending::HungUp) => "hung up",
            Some(Ending::Transferred(_)) => "transferred",
            Some(Ending::CallerLeft) => {
                let before = world.phases.iter().rev().find(|phase| **phase != Phase::Over);
                hung_up_in.extend(before.map(|phase| format!("{phase:?}")));
                "caller left"
            }
            None => unreachable!("a call that was played has ended"),
        };
        *endings.entry(ending).or_default() += 1;
    }
    // The simulation is worth something only if it gets everywhere.
    assert!(endings.len() == 3 && endings.values().all(|calls| *calls > 10), "{endings:?}");
    assert!(booked > 20, "{booked} callers heard that they are booked");
    for phase in ["Speaking", "Listening", "Hearing", "Recognising", "Working"] {
        assert!(hung_up_in.contains(phase), "nobody hung up in {phase}: {hung_up_in:?}");
    }
}
