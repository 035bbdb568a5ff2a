//! The policy of each flow, with meanings given directly: what is asked, offered, done and claimed.

use super::*;

pub(super) fn nothing() -> Entities {
    Entities::default()
}

pub(super) fn when(when: When) -> Entities {
    Entities { when: Some(when), ..Entities::default() }
}

pub(super) fn called(name: &str) -> Entities {
    Entities { name: Some(name.to_owned()), ..Entities::default() }
}

pub(super) fn cleaning() -> Entities {
    Entities { service: Some("cleaning".to_owned()), ..Entities::default() }
}

#[track_caller]
pub(super) fn has(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part:?} is missing in {said:?}");
    }
}

#[test]
fn an_unknown_caller_is_asked_only_for_what_is_missing() {
    let mut call = Call::new(setting());
    has(&call.last.say[0].ear, &["Thanks for calling Oak Street Dental."]);
    has(&call.mean(Intent::BookAppointment, nothing()), &["What", "?"]);
    has(&call.mean(Intent::Unknown, cleaning()), &["day"]);
    let said = call.mean(Intent::Unknown, when(on(date(2026, 12, 1))));
    has(&said, &["On Tuesday, December first", "nine in the morning, noon or two in the afternoon"]);
    let said = call.mean(Intent::SelectOption, Entities { option: Some(-1), ..nothing() });
    has(&said, &["name"]);
    let said = call.mean(Intent::Unknown, called("Ana Silva"));
    has(&said, &["a cleaning", "on Tuesday, December first at", "for Ana Silva,", "the number you're calling from"]);
    assert_eq!(call.crm.appointments.len(), 0, "nothing before the yes");
    let said = call.mean(Intent::Yes, nothing());
    has(&said, &["Your cleaning is booked", "nything else"]);
    assert_eq!(call.done(), ["find", "hold", "hold", "book"]);
    assert!(call.crm.holds.is_empty(), "the hold is used up");
    call.mean(Intent::No, nothing());
    assert!(call.hung_up());
}

#[test]
fn everything_at_once_is_read_back_at_once() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    has(&call.last.say[0].ear, &["Hi Ana,"]);
    let all = Entities { when: Some(on_at(date(2026, 12, 1).at(15, 30, 0, 0))), ..cleaning() };
    let said = call.mean(Intent::BookAppointment, all);
    has(&said, &["So that's a cleaning,", "three thirty in the afternoon", "for Ana Silva,"]);
    has(&call.mean(Intent::Yes, nothing()), &["is booked"]);
    assert_eq!(call.done(), ["find", "hold", "book"]);
}

#[test]
fn a_correction_at_the_reading_back_keeps_everything_else() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let all = Entities { when: Some(on_at(date(2026, 12, 1).at(15, 0, 0, 0))), ..cleaning() };
    call.mean(Intent::BookAppointment, all);
    let said = call.mean(Intent::No, when(on(date(2026, 12, 3))));
    has(&said, &["a cleaning", "Thursday, December third at three in the afternoon"]);
    let check_up = Entities { service: Some("check-up".to_owned()), ..nothing() };
    has(&call.mean(Intent::BookAppointment, check_up), &["a check-up,", "Thursday, December third at three"]);
    has(&call.mean(Intent::No, called("Anna Silva")), &["for Anna Silva,"]);
    has(&call.mean(Intent::Yes, nothing()), &["Your check-up is booked"]);
    assert_eq!(call.crm.holds.len(), 0);
    assert_eq!(call.crm.appointments.len(), 1);
}

#[test]
fn a_bare_no_asks_what_to_change() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let all = Entities { when: Some(on_at(date(2026, 12, 1).at(15, 0, 0, 0))), ..cleaning() };
    call.mean(Intent::BookAppointment, all);
    has(&call.mean(Intent::No, nothing()), &["hange?"]);
    has(&call.mean_words(Intent::Unknown, nothing(), "the name"), &["name"]);
    has(&call.mean(Intent::Unknown, called("Bo Diaz")), &["for Bo Diaz,"]);
    has(&call.mean_words(Intent::No, nothing(), "no the time is wrong"), &["On Tuesday, December first", "nine"]);
}

#[test]
fn a_taken_time_is_answered_with_the_nearest_ones() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    call.crm.add("cleaning", date(2026, 12, 1).at(15, 0, 0, 0), "Somebody", "+13055550100");
    let all = Entities { when: Some(on_at(date(2026, 12, 1).at(15, 0, 0, 0))), ..cleaning() };
    let said = call.mean(Intent::BookAppointment, all);
    has(&said, &["not free", "two thirty or three thirty in the afternoon"]);
    has(&call.mean(Intent::SelectOption, Entities { option: Some(2), ..nothing() }), &["three thirty"]);
}

#[test]
fn later_earlier_and_another_day_steer_the_offer() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let wish = Entities { when: Some(on(date(2026, 12, 1))), ..cleaning() };
    has(&call.mean(Intent::BookAppointment, wish), &["nine"]);
    has(&call.mean_words(Intent::Unknown, nothing(), "anything later?"), &["in the afternoon"]);
    has(&call.mean_words(Intent::Unknown, nothing(), "something earlier"), &["in the morning"]);
    has(&call.mean_words(Intent::Unknown, nothing(), "another day please"), &["day"]);
    has(&call.mean(Intent::Unknown, when(on(date(2026, 12, 2)))), &["Wednesday, December second"]);
}

#[test]
fn a_closed_day_is_named_and_the_next_ones_offered() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let wish = Entities { when: Some(on(date(2026, 11, 29))), ..cleaning() };
    has(&call.mean(Intent::BookAppointment, wish), &["We're closed on Sunday, November twenty-ninth.", "Monday"]);
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let wish = Entities { when: Some(on(date(2026, 11, 20))), ..cleaning() };
    has(&call.mean(Intent::BookAppointment, wish), &["already passed", "day"]);
}

#[test]
fn a_slot_lost_while_deciding_is_told_and_others_offered() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let all = Entities { when: Some(on_at(date(2026, 12, 1).at(15, 0, 0, 0))), ..cleaning() };
    call.mean(Intent::BookAppointment, all);
    call.crm.failing.push_back(("book", Error::SlotTaken));
    let said = call.mean(Intent::Yes, nothing());
    has(&said, &["was just taken", "two thirty or three thirty in the afternoon"]);
    assert!(!said.contains("booked"));
    assert!(call.crm.appointments.is_empty());
}

#[test]
fn what_is_offered_is_kept_until_something_else_is_offered_or_chosen() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let kept = |call: &Call| call.crm.holds.iter().flat_map(|hold| hold.slots.clone()).collect::<Vec<_>>();
    call.mean(Intent::BookAppointment, Entities { when: Some(on(date(2026, 12, 1))), ..cleaning() });
    assert_eq!(call.done(), ["find", "hold"]);
    assert_eq!(kept(&call), call.dialogue.offered());
    assert_eq!(kept(&call).len(), 3);
    has(&call.mean_words(Intent::Unknown, nothing(), "later"), &["two thirty"]);
    assert_eq!(kept(&call), call.dialogue.offered(), "the first offer is let go");
    let second = call.dialogue.offered()[1];
    call.mean(Intent::SelectOption, Entities { option: Some(2), ..nothing() });
    assert_eq!(kept(&call), [second], "of those offered only the one chosen");
    has(&call.mean(Intent::Yes, nothing()), &["is booked"]);
    assert!(kept(&call).is_empty());
}

#[test]
fn what_somebody_else_has_meanwhile_is_not_named_and_something_near_stands_in() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let wish = Entities { when: Some(on(date(2026, 12, 1))), ..cleaning() };
    let understanding = meant(Intent::BookAppointment, wish, "", Language::En);
    let step = call.dialogue.understood(&now(), 0.9, &understanding);
    let found = call.crm.perform(&step.operation.expect("a search"));
    call.crm.add("cleaning", date(2026, 12, 1).at(9, 0, 0, 0), "Somebody", "+13055550100");
    let step = call.dialogue.performed(&now(), found);
    assert!(step.say.is_empty(), "nothing is named before it is kept");
    has(&call.settle(step), &["On Tuesday, December first", "nine thirty in the morning, noon or two"]);
}

#[test]
fn who_names_a_time_that_is_gone_hears_that_it_is_not_free_and_not_that_it_was_taken() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let all = Entities { when: Some(on_at(date(2026, 12, 1).at(15, 0, 0, 0))), ..cleaning() };
    call.crm.failing.extend([("hold", Error::SlotTaken), ("hold", Error::SlotTaken)]);
    let said = call.mean(Intent::BookAppointment, all);
    // Three was lost; the first offer in its place was lost before it could be made.
    assert!(!said.contains("taken"), "{said}");
    has(&said, &["hree in the afternoon on Tuesday", "is not free", "two or four in the afternoon"]);
    assert_eq!(call.done(), ["find", "hold", "find", "hold", "find", "hold"]);
    let said = call.mean(Intent::SelectOption, Entities { option: Some(1), ..nothing() });
    has(&said, &["two in the afternoon", "for Ana Silva"]);
    has(&call.mean(Intent::Yes, nothing()), &["is booked"]);
}

#[test]
fn a_message_cannot_be_taken_back_and_nor_is_the_booking_before_it() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let all = Entities { when: Some(on_at(date(2026, 12, 1).at(15, 0, 0, 0))), ..cleaning() };
    call.mean(Intent::BookAppointment, all);
    call.mean(Intent::Yes, nothing());
    call.mean(Intent::LeaveMessage, nothing());
    call.mean_words(Intent::Unknown, nothing(), "Please call me.");
    has(&call.mean(Intent::Yes, nothing()), &["message is saved"]);
    let said = call.mean(Intent::Undo, nothing());
    has(&said, &["message can't be taken back"]);
    assert_eq!(call.crm.appointments[0].status, AppointmentStatus::Scheduled);
}

#[test]
fn nothing_is_booked_however_often_they_say_yes_over_it() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let all = Entities { when: Some(on_at(date(2026, 12, 1).at(15, 0, 0, 0))), ..cleaning() };
    call.mean(Intent::BookAppointment, all);
    let mut said = String::new();
    for _ in 0..4 {
        call.dialogue.interrupted("So");
        said = call.mean(Intent::Yes, nothing());
        assert!(call.crm.appointments.is_empty(), "{said}");
    }
    has(&said, &["A cleaning on Tuesday, December first at three in the afternoon, yes?"]);
    has(&call.mean(Intent::Yes, nothing()), &["is booked"]);
}

#[test]
fn a_time_is_kept_no_longer_when_another_day_is_wanted() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let all = Entities { when: Some(on_at(date(2026, 12, 1).at(15, 0, 0, 0))), ..cleaning() };
    call.mean(Intent::BookAppointment, all);
    assert_eq!(call.crm.holds.len(), 1);
    has(&call.mean_words(Intent::Unknown, nothing(), "the day is wrong"), &["day"]);
    assert!(call.crm.holds.is_empty());
}

#[test]
fn an_outcome_that_is_not_known_is_not_claimed_and_somebody_is_told() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let all = Entities { when: Some(on_at(date(2026, 12, 1).at(15, 0, 0, 0))), ..cleaning() };
    call.mean(Intent::BookAppointment, all);
    call.crm.failing.push_back(("book", Error::Unknown("gone".to_owned())));
    let said = call.mean(Intent::Yes, nothing());
    has(&said, &["can't be sure", "somebody will confirm"]);
    assert!(!said.contains("is booked"));
    assert_eq!(call.crm.messages.len(), 1);
    has(&call.crm.messages[0].body, &["cleaning", "3:00 PM"]);
}

#[test]
fn an_absent_calendar_is_tried_once_more_and_then_a_person_offered() {
    let mut call = Call::new(setting());
    let away = || Error::Unavailable("away".to_owned());
    call.crm.failing.extend([("find", away()), ("find", away())]);
    let wish = Entities { when: Some(on(date(2026, 12, 1))), ..cleaning() };
    has(&call.mean(Intent::BookAppointment, wish), &["our calendar", "person"]);
    has(&call.mean(Intent::Yes, nothing()), &["put you through"]);
    assert_eq!(call.last.then, Then::Transfer(number("+13055550142")));
}

#[test]
fn an_appointment_is_moved_after_a_yes() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let id = call.crm.add("cleaning", date(2026, 12, 1).at(15, 0, 0, 0), "Ana Silva", "+13055550111");
    has(&call.mean(Intent::RescheduleAppointment, nothing()), &["You have a cleaning", "December first"]);
    let said = call.mean(Intent::Unknown, when(on_at(date(2026, 12, 2).at(10, 0, 0, 0))));
    has(&said, &["from Tuesday, December first at three", "to Wednesday, December second at ten in the morning"]);
    has(&call.mean(Intent::Yes, nothing()), &["Your cleaning is now"]);
    assert_eq!(call.done(), ["list", "find", "hold", "move"]);
    assert_eq!(call.crm.appointments[0].id, id);
}

#[test]
fn one_of_several_is_cancelled_by_its_number() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    call.crm.add("cleaning", date(2026, 12, 1).at(15, 0, 0, 0), "Ana Silva", "+13055550111");
    call.crm.add("check-up", date(2026, 12, 8).at(9, 0, 0, 0), "Ana Silva", "+13055550111");
    has(&call.mean(Intent::CancelAppointment, nothing()), &["number one, cleaning", "number two, check-up"]);
    has(&call.hear(Heard::Digits("2")), &["check-up", "December eighth", "cancel it?"]);
    has(&call.hear(Heard::Digits("1")), &["Your check-up", "is cancelled"]);
    assert_eq!(call.crm.appointments[1].status, AppointmentStatus::Cancelled);
    assert_eq!(call.crm.appointments[0].status, AppointmentStatus::Scheduled);
}

#[test]
fn an_appointment_is_found_by_another_number_or_the_full_name() {
    let mut call = Call::new(setting());
    call.crm.add("cleaning", date(2026, 12, 1).at(15, 0, 0, 0), "Ana Silva", "+13055550177");
    has(&call.mean(Intent::CancelAppointment, nothing()), &["can't find", "full name"]);
    has(&call.mean(Intent::Unknown, called("ana silva")), &["cleaning", "cancel it?"]);
    has(&call.mean(Intent::No, nothing()), &["left it as it is"]);
    assert_eq!(call.crm.appointments[0].status, AppointmentStatus::Scheduled);
}

#[test]
fn a_message_keeps_its_words_and_is_read_back() {
    let mut call = Call::new(setting());
    has(&call.mean(Intent::LeaveMessage, nothing()), &["message"]);
    call.mean_words(Intent::CancelAppointment, nothing(), "Tell Doctor Smith my crown fell out and I can't come.");
    let said = call.mean(Intent::Unknown, called("Bo Diaz"));
    has(&said, &["Tell Doctor Smith my crown fell out and I can't come", "?"]);
    has(&call.mean(Intent::Yes, nothing()), &["message is saved"]);
    assert_eq!(call.crm.messages[0].body, "Tell Doctor Smith my crown fell out and I can't come.");
    assert_eq!(call.crm.messages[0].from_name, "Bo Diaz");
}

#[test]
fn a_question_in_the_middle_is_answered_and_the_flow_goes_on() {
    let mut call = Call::new(setting());
    call.mean(Intent::BookAppointment, cleaning());
    has(&call.mean(Intent::AskPrice, nothing()), &["A cleaning is a hundred and twenty dollars.", "day"]);
    has(&call.mean(Intent::AskAddress, nothing()), &["one twenty Oak Street, Suite four, Miami, Florida", "day"]);
    has(&call.mean(Intent::AskHours, nothing()), &["Monday to Friday from nine in the morning", "Saturday", "day"]);
    let saturday = when(on(date(2026, 11, 28)));
    has(&call.mean(Intent::AskHours, saturday), &["Yes, on Saturday we're open from nine in the morning to one"]);
    has(&call.mean(Intent::Unknown, when(on(date(2026, 12, 1)))), &["Tuesday"]);
}

#[test]
fn silence_climbs_the_ladder_and_ends_politely() {
    let mut call = Call::new(setting());
    call.mean(Intent::BookAppointment, nothing());
    has(&call.hear(Heard::Silence), &["Are you still there?", "cleaning"]);
    has(&call.hear(Heard::Silence), &["Please say one of these"]);
    has(&call.hear(Heard::Silence), &["person"]);
    has(&call.hear(Heard::Silence), &["Goodbye"]);
    assert!(call.hung_up());
}

#[test]
fn what_is_not_understood_climbs_the_ladder_and_never_apologises_twice_running() {
    let mut call = Call::new(setting());
    let first = call.mean_words(Intent::Unknown, nothing(), "blah");
    let second = call.mean_words(Intent::Unknown, nothing(), "blah");
    assert!(!(first.contains("orry") && second.contains("orry")), "{first} / {second}");
    has(&second, &["You can say"]);
    has(&call.hear(Heard::Unclear), &["person"]);
    has(&call.mean_words(Intent::Unknown, nothing(), "blah"), &["Goodbye"]);
    assert!(call.hung_up());
}

#[test]
fn a_yes_over_a_reading_back_not_yet_heard_is_not_taken() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let all = Entities { when: Some(on_at(date(2026, 12, 1).at(15, 0, 0, 0))), ..cleaning() };
    call.mean(Intent::BookAppointment, all);
    call.dialogue.interrupted("So that's a");
    has(&call.mean(Intent::Yes, nothing()), &["a cleaning,", "December first at three"]);
    assert!(call.crm.appointments.is_empty());
    call.dialogue.interrupted("So that's a cleaning, on Tuesday, December 1 at 3:00 PM, for Ana");
    has(&call.mean(Intent::Yes, nothing()), &["is booked"]);
}

#[test]
fn an_unsure_yes_is_asked_about_once() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let all = Entities { when: Some(on_at(date(2026, 12, 1).at(15, 0, 0, 0))), ..cleaning() };
    call.mean(Intent::BookAppointment, all);
    let yes = meant(Intent::Yes, nothing(), "yes", Language::En);
    let step = call.dialogue.understood(&now(), 0.3, &yes);
    has(&call.settle(step), &["yes?"]);
    let step = call.dialogue.understood(&now(), 0.3, &yes);
    has(&call.settle(step), &["is booked"]);
}

#[test]
fn letting_go_releases_the_hold() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let all = Entities { when: Some(on_at(date(2026, 12, 1).at(15, 0, 0, 0))), ..cleaning() };
    call.mean(Intent::BookAppointment, all.clone());
    assert_eq!(call.crm.holds.len(), 1);
    has(&call.mean(Intent::Cancel, nothing()), &["nything else"]);
    assert!(call.crm.holds.is_empty());
    call.mean(Intent::BookAppointment, all);
    call.mean(Intent::Goodbye, nothing());
    assert!(call.crm.holds.is_empty());
    assert!(call.hung_up());
}

#[test]
fn keys_give_a_number_and_zero_a_person() {
    let mut call = Call::new(Setting { caller: None, ..setting() });
    let all = Entities { when: Some(on_at(date(2026, 12, 1).at(15, 0, 0, 0))), ..cleaning() };
    call.mean(Intent::BookAppointment, all);
    has(&call.mean(Intent::Unknown, called("Bo Diaz")), &["number"]);
    has(&call.hear(Heard::Digits("305")), &["doesn't seem complete"]);
    let said = call.hear(Heard::Digits("3055550123#"));
    has(&said, &["the number three oh five, five five five, oh one two three."]);
    call.hear(Heard::Digits("0"));
    assert_eq!(call.last.then, Then::Transfer(number("+13055550142")));
    assert!(call.crm.holds.is_empty());
}

#[test]
fn a_bare_weekday_corrects_within_the_week_spoken_of() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let all = Entities { when: Some(on_at(date(2026, 12, 1).at(15, 0, 0, 0))), ..cleaning() };
    call.mean(Intent::BookAppointment, all);
    let thursday = When { text: "Thursday".to_owned(), ..on(date(2026, 11, 26)) };
    has(&call.mean(Intent::No, when(thursday)), &["Thursday, December third at three"]);
    let next = When { text: "next Friday".to_owned(), ..on(date(2026, 11, 27)) };
    has(&call.mean(Intent::No, when(next)), &["November twenty-seventh at three"]);
}

#[test]
fn words_over_the_goodbye_revive_a_conversation_only_for_a_new_wish() {
    let mut call = Call::new(setting());
    call.mean(Intent::Goodbye, nothing());
    assert_eq!(call.mean(Intent::Thanks, nothing()), "");
    assert!(call.hung_up());
    has(&call.mean(Intent::AskAddress, nothing()), &["We're at"]);
    assert!(!call.hung_up());
}

#[test]
fn a_second_wish_of_one_breath_is_taken_up_after_the_first() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let all = Entities { when: Some(on_at(date(2026, 12, 1).at(15, 0, 0, 0))), ..cleaning() };
    let mut understanding = meant(Intent::BookAppointment, all, "", Language::En);
    understanding.also = vec![(Intent::LeaveMessage, nothing())];
    let step = call.dialogue.understood(&now(), 0.9, &understanding);
    call.settle(step);
    has(&call.mean(Intent::Yes, nothing()), &["is booked", "message"]);
}

#[test]
fn the_last_words_release_the_hold_and_hang_up() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let all = Entities { when: Some(on_at(date(2026, 12, 1).at(15, 0, 0, 0))), ..cleaning() };
    call.mean(Intent::BookAppointment, all);
    let step = call.dialogue.take_leave(&now());
    has(&call.settle(step), &["end the call"]);
    assert!(call.hung_up() && call.crm.holds.is_empty());
}

#[test]
fn cancel_in_answer_to_shall_i_cancel_is_asked_about() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    call.crm.add("cleaning", date(2026, 12, 1).at(15, 0, 0, 0), "Ana Silva", "+13055550111");
    call.mean(Intent::CancelAppointment, nothing());
    has(&call.mean(Intent::Cancel, nothing()), &["yes or no"]);
    assert_eq!(call.crm.appointments[0].status, AppointmentStatus::Scheduled);
    has(&call.mean(Intent::Yes, nothing()), &["is cancelled"]);
}

#[test]
fn the_record_of_a_call_says_what_was_said_with_figures() {
    let written = |call: &Call| call.last.say.iter().map(|c| c.eye.as_str()).collect::<Vec<_>>().join(" ");
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let all = Entities { when: Some(on_at(date(2026, 12, 1).at(14, 30, 0, 0))), ..cleaning() };
    call.mean(Intent::BookAppointment, all);
    has(&written(&call), &["on Tuesday, December 1 at 2:30 PM,", "and the number you're calling from."]);
    call.mean(Intent::Unknown, Entities { phone: Some(number("+13055550142")), ..nothing() });
    has(&written(&call), &["and the number (305) 555-0142."]);
    call.mean(Intent::Yes, nothing());
    let booked = written(&call);
    has(&booked, &["You're all set. Your cleaning is booked on Tuesday, December 1 at 2:30 PM."]);
    assert!(!booked.contains("appointment"), "{booked}");
    call.mean(Intent::AskPrice, cleaning());
    has(&written(&call), &["A cleaning is $120."]);
}

#[test]
fn a_language_that_cannot_be_spoken_is_refused_once_and_understood_all_the_same() {
    let grammar = Arc::new(crate::nlu::Grammar::embedded().expect("a good grammar"));
    let mut call = Call::with(Setting { languages: vec![Language::En], ..setting() }, grammar);
    has(&call.say("Quiero una cita para una limpieza."), &["only speak English", "come in"]);
    let said = call.say("mañana a las diez");
    assert!(!said.contains("only speak English"), "{said}");
    assert_eq!(call.dialogue.language(), Language::En);
    has(&call.mean(Intent::SwitchLanguage, nothing()), &["only speak English"]);
}

#[test]
fn an_opinion_alone_ends_nothing() {
    let mut call = Call::new(setting());
    let mut opinion = meant(Intent::Goodbye, nothing(), "colourless green ideas", Language::En);
    opinion.why = vec!["opinion:green +1.0".to_owned()];
    let step = call.dialogue.understood(&now(), 0.9, &opinion);
    call.settle(step);
    assert!(!call.hung_up());
}
