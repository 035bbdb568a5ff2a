//! Personas: what they answer, and that they have an answer.

use super::*;

fn script(text: &str) -> Script {
    Script::new(read(text).unwrap().remove(0))
}

const PICKY: &str = r#"
    [[persona]]
    name = "picky"
    about = "takes the second time offered"
    otherwise = ["Sorry?"]
    impatient = ["Hello?"]
    facts = { name = "Ann" }
    [[persona.rule]]
    when = 'i have .*? or (?P<time>[\d:]+ ?[ap]m)'
    say = ["${time} please, for ${name}.", "I said ${time}."]
    [[persona.rule]]
    when = "goodbye"
    hang_up = true
"#;

#[test]
fn what_is_offered_is_quoted_and_facts_are_filled_in() {
    let mut script = script(PICKY);
    let offer = "Well, I HAVE 9 am or 10:30 am on Monday.";
    assert_eq!(script.answer(offer).say, ["10:30 am please, for Ann."]);
    assert_eq!(script.answer(offer).say, ["I said 10:30 am."]);
    assert_eq!(script.answer(offer).say, ["Sorry?"]);
    assert_eq!(script.answer(offer), Answer::default());
    assert!(script.answer("Thanks, goodbye!").hang_up);
}

/// What the agent can ask a caller, by the keys of its phrase book.
const QUESTIONS: &[&str] = &[
    "opening",
    "opening_again",
    "anything_else",
    "still_there",
    "confirm_goodbye",
    "doubt_yes",
    "yes_no_hint",
    "price_of",
    "ask_service",
    "ask_service_again",
    "ask_service_hint",
    "ask_day",
    "ask_day_again",
    "ask_day_hint",
    "ask_new_time",
    "offer_one",
    "offer_some",
    "offer_near",
    "offer_days",
    "offer_again",
    "offer_hint",
    "which_of_offered",
    "offer_one_again",
    "ask_name",
    "ask_name_again",
    "ask_name_hint",
    "ask_name_message",
    "ask_phone",
    "ask_phone_again",
    "ask_phone_hint",
    "shall_i_book",
    "shall_i_move",
    "shall_i_cancel",
    "what_to_change",
    "what_to_change_hint",
    "book_as_it_is",
    "move_as_it_is",
    "find_by",
    "find_by_again",
    "find_by_hint",
    "which",
    "which_again",
    "which_hint",
    "ask_words",
    "ask_words_again",
    "ask_words_hint",
    "shall_i_leave",
    "offer_person",
    "offer_message",
];

#[test]
fn whoever_books_has_an_answer_to_every_question_the_agent_can_ask() {
    let book: toml::Table = include_str!("../../../models/phrases/en.toml").parse().unwrap();
    let said = |phrase: &toml::Value| phrase.get("ear").unwrap_or(phrase).as_str().unwrap().to_owned();
    let fillings = [
        ("{times}", "nine in the morning or noon"),
        ("{time}", "nine in the morning"),
        ("{on_day}", "on Tuesday"),
        ("{services}", "cleaning or check-up"),
        ("{count}", "two"),
        ("|", " "),
    ];
    let mut deaf = Vec::new();
    for key in QUESTIONS {
        for phrase in book["say"][*key].as_array().unwrap() {
            let options = match *key {
                "which_of_offered" => "tomorrow or on Tuesday",
                "offer_days" | "offer_again" | "offer_hint" => "nine in the morning tomorrow, or noon on Tuesday",
                _ => "number one, cleaning",
            };
            let filled = fillings.iter().fold(said(phrase), |text, (slot, words)| text.replace(slot, words));
            let filled = filled.replace("{options}", options);
            let mut script = Script::new(Persona::named("booking").unwrap());
            let unanswered = script.clone().persona.otherwise.clone();
            let answer = script.answer(&filled);
            if answer.say.iter().any(|line| unanswered.contains(line)) || answer == Answer::default() {
                deaf.push(format!("{key}: {filled}"));
            }
        }
    }
    assert!(deaf.is_empty(), "{deaf:#?}");
}

#[test]
fn who_gets_no_answer_asks_and_then_hangs_up() {
    let mut script = script(PICKY);
    assert_eq!(script.no_answer().say, ["Hello?"]);
    assert!(script.no_answer().hang_up);
}

#[test]
fn lines_without_conditions_are_said_in_turn() {
    let mut script = Script::new(Arc::new(Persona::reciting(&["one", "two"])));
    let said: Vec<_> = (0..3).flat_map(|_| script.answer("").say).collect();
    assert_eq!(said, ["one", "two"]);
}

#[test]
fn the_personas_that_come_with_the_program_are_well_formed_and_have_names_of_their_own() {
    let names: std::collections::BTreeSet<_> = Persona::all().iter().map(|persona| &persona.name).collect();
    assert_eq!(names.len(), Persona::all().len());
    assert!(Persona::named("booking").is_some());
    assert!(Persona::named("nobody").is_none());
}

#[test]
fn the_booking_caller_answers_what_a_receptionist_asks() {
    let mut script = Script::new(Persona::named("booking").unwrap());
    for (agent, caller) in [
        ("Thanks for calling Oak Street Dental. How can I help you?", "Hi, I'd like to book a cleaning, please."),
        ("Sure. What would you like to come in for?", "A cleaning, please."),
        ("What day and time would suit you?", "As soon as possible, please."),
        ("One moment, please.", ""),
        ("On Monday I have 9:00 AM, 9:30 AM and 10:00 AM. Which suits you?", "9:00 AM On Monday, please."),
        ("I have 9:30 AM or 11:00 AM tomorrow, or noon on Friday. Which suits you?", "9:30 AM tomorrow, please."),
        ("I have 9:30 AM tomorrow, or noon on Friday. Which one would you like?", "I'll take 9:30 AM tomorrow."),
        ("On Friday, December 4 there's noon or 2:00 PM. What works best?", "I'll take noon On Friday, December 4."),
        ("The nearest are 2:30 PM or 3:30 PM. Would either work?", "2:30 PM, please."),
        ("I have noon on Monday. Does that suit you?", "Yes, that works."),
        ("Great, on Monday at 9:00 AM. What name should I put it under?", "Maria Lopez."),
        ("What's the best number to reach you?", "three oh five, five five five, oh one four two."),
        ("So that's a cleaning, Monday, March 3 at 9:00 AM, for Maria Lopez. Is that right?", "Yes, please."),
        ("Sorry, I didn't catch that. Shall I book it?", "Yes, please."),
        ("You're all set. Is there anything else I can do for you?", "No, that's all. Thank you, goodbye."),
        ("Thank you. Take care, and goodbye!", ""),
        ("The weather is nice.", "Sorry, could you say that again?"),
    ] {
        assert_eq!(script.answer(agent).say.first().map_or("", String::as_str), caller, "{agent}");
    }
}

#[test]
fn a_wrong_description_says_what_is_wrong() {
    for text in [
        "[[persona]]\nname = 'a'",
        "[[persona]]\nname = 'a'\nabout = ''\nlanguage = 'xx'",
        "[[persona]]\nname = 'a'\nabout = ''\npitch = 9.0",
        "[[persona]]\nname = 'a'\nabout = ''\ngoal = '('",
        "[[persona]]\nname = 'a'\nabout = ''\n[[persona.moment]]\nafter_ms = 1",
        "[[persona]]\nname = 'a'\nabout = ''\n[[persona.rule]]\npress = 'x'",
    ] {
        assert!(matches!(read(text), Err(SimulatorError::Persona(_))), "{text}");
    }
}

#[test]
fn a_persona_like_another_has_its_own_rules_first() {
    let text = format!(
        "{PICKY}\n[[persona]]\nname='b'\nabout=''\nlike='picky'\nfacts={{name='Bo'}}\n[[persona.rule]]\nwhen='goodbye'\nsay=['Bye!']"
    );
    let mut script = Script::new(read(&text).unwrap().remove(1));
    assert_eq!(script.answer("goodbye").say, ["Bye!"]);
    assert!(script.answer("goodbye").hang_up);
    assert_eq!(script.answer("I have 9 am or 10 am.").say, ["10 am please, for Bo."]);
    let alone = "[[persona]]\nname='b'\nabout=''\nlike='nobody'";
    assert!(matches!(read(alone), Err(SimulatorError::Persona(_))));
}

#[test]
fn an_unfinished_quotation_is_left_as_it_is() {
    let persona = Persona::reciting(&[]);
    assert_eq!(persona.fill("a ${b", &|_| None), "a b");
    assert_eq!(persona.fill("a ${b}c", &|_| None), "a c");
}
