//! Whatever happens, in whatever order: the conversation keeps its promises.

use super::super::state::{Ask, Flow};
use super::*;
use crate::nlu::Bound;
use proptest::prelude::*;

/// Something that happens, drawn from a few bytes.
#[derive(Clone, Debug)]
enum Happening {
    Said(Box<Understanding>, f32),
    /// Answers what was asked: chance alone seldom gets as far as a booking.
    Answered(u8),
    Keys(String),
    Unclear,
    Silence,
    Interrupted(usize),
    StillWorking,
}

/// How the calendar answers.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Honest,
    Fails(u8),
    Nonsense,
    Late,
}

fn some_when() -> impl Strategy<Value = Option<When>> {
    let day = || (0_i32..100).prop_map(|days| super::super::flow::wish::later(date(2026, 11, 20), days));
    let clock = || (0_i8..24, prop::sample::select(vec![0_i8, 15, 30])).prop_map(|(h, m)| time(h, m, 0, 0));
    prop_oneof![
        4 => Just(None),
        2 => day().prop_map(|day| Some(on(day))),
        2 => clock().prop_map(|time| Some(at(time))),
        2 => (day(), clock()).prop_map(|(day, time)| Some(on_at(day.to_datetime(time)))),
        1 => (prop::option::of(day()), prop::option::of(day())).prop_map(|(start, end)| {
            Some(When { value: WhenValue::Range { start: start.map(Bound::Date), end: end.map(Bound::Date) }, ..on(date(2026, 12, 1)) })
        }),
        1 => (prop::option::of(clock()), prop::option::of(clock())).prop_map(|(start, end)| {
            Some(When { value: WhenValue::Range { start: start.map(Bound::Time), end: end.map(Bound::Time) }, ..on(date(2026, 12, 1)) })
        }),
        1 => Just(Some(When { value: WhenValue::Duration(-1), ..on(date(2026, 12, 1)) })),
    ]
}

fn said() -> impl Strategy<Value = Happening> {
    let intents = vec![
        Intent::BookAppointment,
        Intent::BookAppointment,
        Intent::RescheduleAppointment,
        Intent::CancelAppointment,
        Intent::ListAppointments,
        Intent::CheckAvailability,
        Intent::AskHours,
        Intent::AskAddress,
        Intent::AskServices,
        Intent::AskPrice,
        Intent::AskIdentity,
        Intent::LeaveMessage,
        Intent::TalkToHuman,
        Intent::OptOut,
        Intent::Greeting,
        Intent::Yes,
        Intent::Yes,
        Intent::Yes,
        Intent::Yes,
        Intent::No,
        Intent::Cancel,
        Intent::Undo,
        Intent::StartOver,
        Intent::HoldOn,
        Intent::SwitchLanguage,
        Intent::SelectOption,
        Intent::Repeat,
        Intent::Help,
        Intent::Thanks,
        Intent::Goodbye,
        Intent::Unknown,
        Intent::Unknown,
        Intent::Unknown,
        Intent::SendEmail,
    ];
    let texts = vec![
        "",
        "later",
        "earlier please",
        "another day",
        "anything else",
        "as soon as possible",
        "any of them",
        "the name",
        "the number is wrong",
        "the time",
        "the day",
        "the service",
        "this number",
        "tell her {x} | hello",
    ];
    (
        prop::sample::select(intents),
        some_when(),
        prop::option::of(prop::sample::select(vec!["cleaning", "check-up", "whitening", "nonsense"])),
        prop::option::of(prop::sample::select(vec!["Ana Silva", "Bo", "", "Zoë {|}"])),
        prop::option::of(prop::sample::select(vec!["+13055550111", "+13055550177", "+34612345678"])),
        prop::option::of(-3_i64..6),
        prop::sample::select(texts),
        prop::sample::select(vec![0.2_f32, 0.9, 1.0]),
    )
        .prop_map(|(intent, when, service, name, phone, option, text, confidence)| {
            let entities = Entities {
                when,
                service: service.map(str::to_owned),
                name: name.map(str::to_owned),
                phone: phone.map(number),
                option,
                ..Entities::default()
            };
            Happening::Said(Box::new(meant(intent, entities, text, Language::En)), confidence)
        })
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        8 => said(),
        12 => (0_u8..3).prop_map(Happening::Answered),
        1 => prop::sample::select(vec!["0", "1", "2", "3", "9", "#", "*", "3055550123", "12345", ""]).prop_map(|k| Happening::Keys(k.to_owned())),
        1 => Just(Happening::Unclear),
        1 => Just(Happening::Silence),
        1 => (0_usize..12).prop_map(Happening::Interrupted),
        1 => Just(Happening::StillWorking),
    ]
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![6 => Just(Answer::Honest), 2 => (0_u8..7).prop_map(Answer::Fails), 1 => Just(Answer::Nonsense), 1 => Just(Answer::Late)]
}

fn failure(which: u8) -> Error {
    match which {
        0 => Error::SlotTaken,
        1 => Error::NotBookable("too soon"),
        2 => Error::NotFound("appointment"),
        3 => Error::Invalid(crate::crm::error::Reason::TaskUntitled),
        4 => Error::Unsupported("that"),
        5 => Error::Unavailable("away".to_owned()),
        _ => Error::Unknown("lost".to_owned()),
    }
}

/// What only a successful outcome may bring about.
fn claims(step: &Step) -> Vec<&'static str> {
    let said: String = step.say.iter().map(|clause| clause.ear.as_str()).collect::<Vec<_>>().join(" ");
    [
        "is booked",
        "is now",
        "is cancelled",
        "message is saved",
        "queda reservada",
        "queda cambiada",
        "queda cancelada",
        "queda guardado",
    ]
    .into_iter()
    .filter(|claim| said.contains(claim))
    .collect()
}

/// An answer to what was asked.
fn fitting(ask: Ask, which: u8) -> (Intent, Entities, &'static str) {
    let nothing = Entities::default;
    let cleaning = || Entities { service: Some("cleaning".to_owned()), ..nothing() };
    let day = Entities { when: Some(on(date(2026, 12, 1))), ..nothing() };
    match (ask, which) {
        (Ask::Opening | Ask::AnythingElse, 0) => (Intent::BookAppointment, cleaning(), ""),
        (Ask::Opening | Ask::AnythingElse, 1) => (Intent::RescheduleAppointment, nothing(), ""),
        (Ask::Opening | Ask::AnythingElse, _) => (Intent::CancelAppointment, nothing(), ""),
        (Ask::Service | Ask::PriceOf, _) => (Intent::Unknown, cleaning(), ""),
        (Ask::Day | Ask::WhatToChange, _) => (Intent::Unknown, day, ""),
        (Ask::Slot | Ask::Which | Ask::WhichDate, _) => {
            (Intent::SelectOption, Entities { option: Some(i64::from(which) + 1), ..nothing() }, "")
        }
        (Ask::Name, _) => (Intent::Unknown, Entities { name: Some("Ana Silva".to_owned()), ..nothing() }, ""),
        (Ask::Phone | Ask::FindBy | Ask::Ending, _) => {
            (Intent::Unknown, Entities { phone: Some(number("+13055550111")), ..nothing() }, "")
        }
        (Ask::Words, _) => (Intent::Unknown, nothing(), "please call me"),
        (Ask::Confirm | Ask::Person | Ask::Leave, _) => (Intent::Yes, nothing(), "yes"),
    }
}

/// A conversation under way, with the operation whose outcome it waits for.
struct World {
    call: Call,
    pending: Option<Operation>,
}

impl World {
    fn new(known: bool, transfer: bool, channel: Channel) -> Self {
        let mut business = business();
        business.transfer_to = business.transfer_to.filter(|_| transfer);
        let contact = known.then(ana);
        let call = Call::new(Setting { business: Arc::new(business), contact, channel, ..setting() });
        let mut world = Self { call, pending: None };
        for (day, hour) in [(1, 9), (1, 15), (8, 10)] {
            world.call.crm.add("cleaning", date(2026, 12, day).at(hour, 0, 0, 0), "Ana Silva", "+13055550111");
        }
        world
    }

    /// Checks a step against the promises, and takes note of its operation.
    fn check(&mut self, step: &Step, earned: &[&str]) {
        for claim in claims(step) {
            assert!(earned.contains(&claim), "{claim:?} was claimed, but not earned: {step:?}");
        }
        for clause in &step.say {
            assert!(!clause.ear.is_empty() && !clause.eye.is_empty(), "an empty clause in {step:?}");
            assert!(!clause.ear.contains(|c: char| c.is_ascii_digit()), "figures for the ear: {clause:?}");
        }
        if let Some(operation) = &step.operation {
            assert!(self.pending.is_none(), "one operation at a time: {operation:?} during {:?}", self.pending);
            self.pending = Some(operation.clone());
        }
        if let (None, Flow::Booking(booking)) = (&self.pending, &self.call.dialogue.flow) {
            let offered = self.call.dialogue.offered();
            assert!(offered.iter().all(|slot| booking.keeps(*slot)), "offered and not kept: {offered:?}");
        }
        self.call.last = step.clone();
    }

    fn happen(&mut self, happening: &Happening) {
        let now = self.call.now.clone();
        // What was truly said may be repeated.
        let said_before = claims(&Step { say: self.call.dialogue.said.clone(), ..Step::default() });
        let dialogue = &mut self.call.dialogue;
        let (step, repeats) = match happening {
            Happening::Said(understanding, heard) => {
                (dialogue.understood(&now, *heard, understanding), understanding.intent == Intent::Repeat)
            }
            Happening::Answered(which) => {
                let (intent, entities, text) = fitting(dialogue.ask, *which);
                let understanding = meant(intent, entities, text, Language::En);
                (dialogue.understood(&now, 1.0, &understanding), false)
            }
            Happening::Keys(keys) => (dialogue.hear(&now, Heard::Digits(keys)), keys == "*"),
            Happening::Unclear => (dialogue.hear(&now, Heard::Unclear), false),
            Happening::Silence => (dialogue.hear(&now, Heard::Silence), false),
            Happening::Interrupted(words) => {
                let said: Vec<String> = dialogue.said.iter().map(|clause| clause.eye.clone()).collect();
                let heard: Vec<&str> = said.iter().flat_map(|clause| clause.split_whitespace()).take(*words).collect();
                return dialogue.interrupted(&heard.join(" "));
            }
            Happening::StillWorking => {
                let step = dialogue.still_working(&now);
                assert!(step.operation.is_none());
                (step, false)
            }
        };
        // A release is not waited for: the conversation may have gone on without its answer.
        if matches!(self.pending, Some(Operation::ReleaseHold(_))) && step.operation.is_some() {
            self.pending = None;
        }
        self.check(&step, if repeats { &said_before } else { &[] });
    }

    /// The calendar answers until nothing is under way; `answers` run out into honest ones.
    fn settle(&mut self, answers: &mut impl Iterator<Item = Answer>) {
        let now = self.call.now.clone();
        for _ in 0..40 {
            let Some(operation) = self.pending.clone() else { return };
            let answer = answers.next().unwrap_or(Answer::Honest);
            let (result, earned) = match answer {
                Answer::Honest => {
                    let result = self.call.crm.perform(&operation);
                    let earned: &[&str] = match &result {
                        Ok(Outcome::Booked(_)) => &["is booked", "queda reservada"],
                        Ok(Outcome::Rescheduled(_)) => &["is now", "queda cambiada"],
                        Ok(Outcome::Cancelled(_)) => &["is cancelled", "queda cancelada"],
                        Ok(Outcome::MessageLeft(_)) => &["message is saved", "queda guardado"],
                        _ => &[],
                    };
                    (result, earned)
                }
                Answer::Fails(which) => (Err(failure(which)), [].as_slice()),
                Answer::Nonsense => (Ok(Outcome::Contact(None)), [].as_slice()),
                Answer::Late => {
                    // They say something before the outcome is in: it must not start anything.
                    let yes = meant(Intent::Yes, Entities::default(), "yes", Language::En);
                    self.happen(&Happening::Said(Box::new(yes), 1.0));
                    if self.pending.as_ref() != Some(&operation) {
                        continue;
                    }
                    (Err(failure(5)), [].as_slice())
                }
            };
            self.pending = None;
            let step = self.call.dialogue.performed(&now, result);
            self.check(&step, earned);
        }
        panic!("an endless chain of operations");
    }

    fn over(&self) -> bool {
        matches!(self.call.last.then, Then::HangUp | Then::Transfer(_))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_claimed_that_did_not_happen_and_every_call_can_end(
        happenings in prop::collection::vec((happening(), answer(), answer()), 1..40),
        known: bool,
        transfer: bool,
        read: bool,
    ) {
        let mut world = World::new(known, transfer, if read { Channel::Eye } else { Channel::Ear });
        for (happening, first, second) in &happenings {
            world.happen(happening);
            world.settle(&mut [*first, *second].into_iter());
        }
        // From anywhere, a caller who says nothing more is let go within a few turns.
        for _ in 0..8 {
            if world.over() {
                break;
            }
            world.happen(&Happening::Silence);
            world.settle(&mut std::iter::empty());
        }
        prop_assert!(world.over(), "still {:?}", world.call.last);
        prop_assert!(world.call.crm.holds.is_empty() || happenings.iter().any(|(_, a, b)| !matches!((a, b), (Answer::Honest, Answer::Honest))),
            "a hold was left behind");
    }

    #[test]
    fn a_caller_nobody_understands_is_let_go_within_a_few_turns(
        happenings in prop::collection::vec((happening(), answer()), 0..12),
    ) {
        let mut world = World::new(false, true, Channel::Ear);
        for (happening, answer) in &happenings {
            world.happen(happening);
            world.settle(&mut std::iter::once(*answer));
        }
        for _ in 0..8 {
            if world.over() {
                break;
            }
            world.happen(&Happening::Unclear);
            world.settle(&mut std::iter::empty());
        }
        prop_assert!(world.over(), "still {:?}", world.call.last);
    }

    #[test]
    fn any_words_are_answered(text in ".{0,60}", keys in "[0-9*#]{0,20}") {
        let mut call = Call::new(setting());
        call.say(&text);
        call.hear(Heard::Digits(&keys));
        call.dialogue.interrupted(&text);
    }
}
