//! The copilot in scripts: what is said, what is given out, and what comes of it.

mod catalogue;
mod corpus;
mod misread;
mod named;
mod office;
mod refusals;
mod world;

use super::outcome::must_be_confirmed;
use super::*;
use crate::crm::Error;
use crate::crm::model::Contact;
use crate::crm::operation::{AddNote, DeleteContact, GetContact, Operation};
use crate::id::{ContactId, NoteId};
use world::World;

fn english() -> World {
    World::new(Language::En).with("Ana Silva", "+13055550142", "ana@example.com").with(
        "John Smith",
        "+13055550111",
        "john@example.com",
    )
}

#[test]
fn one_who_is_found_is_shown_and_is_whom_her_means_from_then_on() {
    let mut world = english();
    world.script(&[
        ("find Ana Silva", "Ana Silva\nPhone: +13055550142\nE-mail: ana@example.com"),
        ("tag her as vip", "✅ Tagged Ana Silva: vip. Tags now: vip."),
        ("note on Ana: prefers mornings", "✅ Noted on Ana Silva: prefers mornings"),
        ("show her notes", "Notes on Ana Silva (1):\n1. prefers mornings"),
        ("change her phone to 305 555 0199", "✅ Changed. Now: Ana Silva · +13055550199 · ana@example.com."),
        ("show contacts tagged vip", "Contacts (1):\n1. Ana Silva"),
    ]);
    assert_eq!(
        world.done,
        [
            "search_contacts",
            "get_contact",
            "add_contact_tags",
            "search_contacts",
            "add_note",
            "list_notes",
            "update_contact",
            "list_contacts"
        ]
    );
}

#[test]
fn of_several_one_is_chosen_by_number_name_or_telephone() {
    for (choice, whose) in
        [("2", "0112"), ("the first one", "0111"), ("305 555 0112", "0112"), ("the last one", "0112")]
    {
        let mut world = english().with("John Smithers", "+13055550112", "smithers@example.com");
        world.script(&[("add tag late to john", "There are 2 of them. Which one?"), (choice, "✅ Tagged John Smith")]);
        let tagged = world.contacts.iter().find(|one| one.tags.contains("late")).unwrap();
        assert!(tagged.phone.as_ref().unwrap().to_string().ends_with(whose), "{choice}");
    }
    let mut world = english().with("John Smithers", "+13055550112", "smithers@example.com");
    world.script(&[("add tag late to john", "Which one?"), ("Smithers", "✅ Tagged John Smithers: late.")]);
}

#[test]
fn who_is_called_exactly_so_needs_no_choosing() {
    let mut world = english().with("John Smithson", "+13055550112", "son@example.com");
    world.script(&[("add tag late to John Smith", "✅ Tagged John Smith: late.")]);
}

#[test]
fn those_listed_can_be_opened_by_their_place() {
    let mut world = english().with("Ana Souza", "+13055550113", "souza@example.com");
    world.script(&[
        ("find ana", "I found 2:\n1. Ana Silva · +13055550142 · ana@example.com\n2. Ana Souza"),
        ("the second one", "Ana Souza\nPhone: +13055550113"),
        ("add tag new to her", "✅ Tagged Ana Souza: new."),
    ]);
}

#[test]
fn nobody_of_that_name_is_said_and_can_be_added() {
    let mut world = english();
    world.script(&[
        ("note on Maria Lopez: wants whitening", "I find nobody for \"Maria Lopez\". Shall I add Maria Lopez"),
        ("yes", "✅ Added Maria Lopez."),
    ]);
    assert_eq!(world.said.lines().last(), Some("✅ Noted on Maria Lopez: wants whitening"));
    assert_eq!(world.done, ["search_contacts", "create_contact", "add_note"]);
    world.script(&[
        ("delete contact Bob Stone", "I find nobody for \"Bob Stone\". Whom is it about?"),
        ("never mind", "I've left everything as it was."),
    ]);
}

#[test]
fn what_is_missing_is_asked_for_one_at_a_time() {
    let mut world = english();
    world.script(&[
        ("add a note", "Whom is it about?"),
        ("Ana Silva", "What should the note on Ana Silva say?"),
        ("call her back tomorrow", "✅ Noted on Ana Silva: call her back tomorrow"),
        ("add the tag vip", "Whom is it about? Ana Silva? Say yes"),
        ("yes", "✅ Tagged Ana Silva: vip."),
        ("create a contact", "What's their name?"),
        ("Mike Jones", "✅ Added Mike Jones."),
        ("change Mike Jones's email", "What should I change about Mike Jones?"),
        ("mike@example.com", "✅ Changed. Now: Mike Jones · mike@example.com."),
    ]);
}

#[test]
fn deleting_is_read_back_and_done_only_after_a_yes() {
    let mut world = english();
    world.script(&[
        ("note on Ana Silva: one", "✅ Noted"),
        ("note on Ana Silva: two", "✅ Noted"),
        ("delete her", "Delete Ana Silva · +13055550142 · ana@example.com, with their 2 notes?"),
        ("the weather is odd", "Please answer yes or no."),
        ("no", "I've left everything as it was."),
    ]);
    assert_eq!(world.contacts.len(), 2);
    world.script(&[
        ("delete contact Ana Silva", "with their 2 notes? Their appointments stay. Yes or no?"),
        ("yes", "✅ Ana Silva is deleted."),
        ("add tag vip to her", "We haven't spoken of anybody yet."),
    ]);
    assert_eq!(world.contacts.len(), 1);
}

#[test]
fn a_correction_replaces_what_was_wrong_and_is_read_back_again() {
    let mut world = english();
    world.script(&[
        ("delete contact Ana Silva", "Delete Ana Silva"),
        ("no, John Smith", "Delete John Smith"),
        ("yes", "✅ John Smith is deleted."),
    ]);
    let left: Vec<_> = world.contacts.iter().map(Contact::full_name).collect();
    assert_eq!(left, ["Ana Silva"]);
}

#[test]
fn another_wish_leaves_what_was_open_and_says_so() {
    let mut world = english();
    world.script(&[
        ("delete contact Ana Silva", "Yes or no?"),
        ("show contacts", "I've left the other thing.\nContacts (2):"),
        ("yes", "There's nothing to decide just now."),
    ]);
    assert_eq!(world.contacts.len(), 2);
}

#[test]
fn the_notes_of_somebody_are_meant_by_their_number() {
    let mut world = english();
    world.script(&[
        ("note on Ana Silva: older", "✅ Noted"),
        ("note on Ana Silva: newer", "✅ Noted"),
        ("show notes for Ana Silva", "1. newer\n2. older"),
        ("update note 2 to called again", "Whom is it about? Ana Silva?"),
        ("yes", "✅ The note on Ana Silva now says: called again"),
        ("delete note 1", "Whom is it about?"),
        ("Ana Silva", "Delete the note on Ana Silva, \"newer\"? Yes or no?"),
        ("yes", "✅ The note on Ana Silva is deleted."),
        ("delete note 7", "Whom"),
        ("yes", "There's no note of that number on Ana Silva (notes: 1). Which of the notes on Ana Silva?"),
        ("1", "Delete the note on Ana Silva, \"called again\"?"),
    ]);
}

#[test]
fn an_appointment_is_booked_at_a_time_the_calendar_has_moved_and_cancelled() {
    let mut world = english();
    world.script(&[
        (
            "book a cleaning for Ana Silva tomorrow at 2pm",
            "Book cleaning for Ana Silva, Tuesday, November 24 at 2:00 PM? Yes or no?",
        ),
        ("yes", "✅ Booked: cleaning for Ana Silva, Tuesday, November 24 at 2:00 PM."),
        (
            "show appointments for tomorrow",
            "Appointments (1):\n1. Tuesday, November 24 at 2:00 PM: cleaning, Ana Silva",
        ),
        (
            "reschedule appointment for Ana Silva to Friday at 3pm",
            "Move Ana Silva's cleaning from Tuesday, November 24 at 2:00 PM to Friday, November 27 at 3:00 PM?",
        ),
        ("yes", "✅ Moved: Ana Silva's cleaning is now Friday, November 27 at 3:00 PM."),
        ("cancel her appointment", "Cancel Ana Silva's cleaning, Friday, November 27 at 3:00 PM? Yes or no?"),
        ("yes", "✅ Cancelled"),
        ("cancel appointment for Ana Silva", "There are no appointments like that."),
    ]);
}

#[test]
fn a_time_that_is_not_free_is_answered_with_those_that_are() {
    let mut world = english();
    world.script(&[
        (
            "book a cleaning for Ana Silva tomorrow at 8pm",
            "Tuesday, November 24 at 8:00 PM is not free. Which of these times?",
        ),
        ("the last one", "Book cleaning for Ana Silva, Tuesday, November 24 at 4:00 PM?"),
        ("make it Friday", "Which of these times?"),
        ("1", "Book cleaning for Ana Silva, Friday, November 27 at"),
        ("no", "I've left everything as it was."),
        ("what's free on Friday", "For which service?"),
        ("cleaning", "Free for cleaning (8), for example:"),
        ("book an appointment for Ana Silva", "For which service?"),
        ("cleaning", "Which day, and what time?"),
        ("Friday at 10am", "Book cleaning for Ana Silva, Friday, November 27 at 10:00 AM?"),
    ]);
    assert!(world.appointments.is_empty());
}

#[test]
fn a_time_that_is_taken_meanwhile_is_not_said_to_be_booked() {
    let mut world = english();
    world.script(&[("book a cleaning for Ana Silva tomorrow at 2pm", "Yes or no?")]);
    world.fail = Some(Error::SlotTaken);
    world.script(&[("yes", "Somebody else has just taken that time.")]);
    assert!(world.said.contains("Which of these times?"), "{}", world.said);
    assert!(!world.said.contains('✅'));
}

#[test]
fn what_is_to_be_done_is_kept_with_its_day_and_about_whom_it_is() {
    let mut world = english();
    world.script(&[
        (
            "remind me to call Ana on Friday",
            "✅ I'll keep it on the list: call Ana (due Friday, November 27 at 9:00 AM). It's about Ana Silva.",
        ),
        (
            "remind me to call her tomorrow at 3pm",
            "call Ana Silva (due Tuesday, November 24 at 3:00 PM). It's about Ana",
        ),
        ("add a task: order gloves", "order gloves."),
        ("reminder", "What is to be done?"),
        ("water the plants", "✅ I'll keep it on the list: water the plants."),
        ("show tasks", "To do (4):\n1. call Ana (due"),
        ("complete task order gloves", "✅ Done: order gloves."),
        ("mark task 1 as done", "✅ Done: call Ana (due"),
        (
            "update task water the plants due Friday",
            "✅ Changed: water the plants (due Friday, November 27 at 9:00 AM).",
        ),
        ("delete task water the plants", "Delete the task \"water the plants (due"),
        ("yes", "✅ The task \"water the plants\" is deleted."),
        ("complete task", "✅ Done: call Ana Silva"),
        ("show tasks", "There's nothing to do on the list."),
    ]);
}

#[test]
fn an_opportunity_goes_through_its_stages_to_its_end() {
    let mut world = english();
    world.script(&[
        ("show the pipeline", "Pipelines (1):\n1. Sales: New → Proposal → Negotiation"),
        ("create a deal for Ana Silva worth $2500", "✅ Added the opportunity Ana Silva · $2500 · New."),
        ("create a deal for John Smith worth $9000", "✅ Added the opportunity John Smith · $9000 · New."),
        ("move deal for Ana Silva to proposal stage", "✅ Changed: Ana Silva · $2500 · Proposal."),
        ("move deal for Ana Silva to moon stage", "There's no stage \"moon\". There's New → Proposal → Negotiation."),
        ("negotiation", "✅ Changed: Ana Silva · $2500 · Negotiation."),
        ("update opportunity value for Ana Silva to 7500", "✅ Changed: Ana Silva · $7500 · Negotiation."),
        ("list opportunities over $8000", "Opportunities (1):\n1. John Smith · $9000 · New"),
        ("deals under $8000", "Opportunities (1):\n1. Ana Silva · $7500 · Negotiation"),
        ("move opportunity for Ana Silva to won", "✅ Closed: Ana Silva · $7500 · Negotiation."),
        ("delete deal for John Smith", "Delete the opportunity John Smith · $9000 · New? Yes or no?"),
        ("yes", "✅ The opportunity John Smith is deleted."),
    ]);
    assert_eq!(world.opportunities.len(), 1);
}

#[test]
fn figures_are_read_and_an_appointment_is_confirmed() {
    let mut world = english();
    world.script(&[
        ("show statistics", "Calls: 12, answered: 11"),
        ("list payments", "There are no payments like that."),
        ("show order 12345", "Orders are named by their id; \"12345\" is none. There are no orders yet."),
        ("book a cleaning for Ana Silva tomorrow at 2pm", "Yes or no?"),
        ("yes", "✅ Booked"),
        ("confirm appointment for Ana Silva", "✅ Confirmed: Ana Silva's cleaning, Tuesday, November 24 at 2:00 PM."),
    ]);
}

#[test]
fn what_does_not_happen_is_said_with_what_to_do() {
    let cases = [
        (Error::Forbidden("add_note"), "You're not allowed to do that (add note)."),
        (Error::Unavailable("x".to_owned()), "Nothing was changed; please try again"),
        (Error::Unknown("x".to_owned()), "I don't know whether that worked"),
        (Error::Duplicate { field: "phone", contact: ContactId::from_u128(1) }, "Another contact has this number."),
    ];
    for (error, words) in cases {
        let mut world = english();
        world.script(&[("find Ana Silva", "Ana Silva")]);
        world.fail = Some(error);
        world.script(&[("note on her: hello", words)]);
        assert!(!world.said.contains('✅'), "{}", world.said);
    }
}

#[test]
fn why_it_was_done_is_told_by_the_rules_that_fired() {
    let mut world = english();
    world.script(&[
        ("why did you do that", "I haven't done anything yet"),
        ("find Ana Silva", "Ana Silva"),
        ("why did you do that?", "I understood \"search contacts\" by these rules: search_contacts.search"),
    ]);
}

#[test]
fn a_long_list_goes_on_page_by_page() {
    let mut world = english();
    for number in 10..24 {
        world = world.with(
            &format!("Zoe Number{number}"),
            &format!("+130555501{number}"),
            &format!("z{number}@example.com"),
        );
    }
    world.script(&[
        ("show contacts", "There are more: say \"more\"."),
        ("more", "Contacts (6):"),
        ("more", "There's no more of the last list."),
        ("show contacts", "There are more"),
        ("delete contact Ana Silva", "Yes or no?"),
        ("more", "Please answer yes or no."),
    ]);
}

#[test]
fn two_wishes_of_one_breath_are_both_done() {
    let mut world = english();
    world.script(&[("add tag vip to Ana Silva and show contacts without email", "✅ Tagged Ana Silva: vip.")]);
    assert_eq!(world.done.last(), Some(&"list_contacts"));
}

#[test]
fn steering_does_not_do_anything() {
    let mut world = english();
    world.script(&[
        ("hello", "Hi! I look after the records of"),
        ("help", "find John Smith"),
        ("repeat that", "find John Smith"),
        ("thanks", "You're welcome."),
        ("hold on", "Take your time."),
        ("call Ana Silva", "I can't place calls from here."),
        ("what are your opening hours", "Open: Monday 9:00 AM to 5:00 PM"),
        ("never mind", "I've left everything as it was."),
        ("goodbye", "Goodbye!"),
    ]);
    assert!(world.done.is_empty());
}

#[test]
fn it_speaks_spanish_and_finds_out_by_itself() {
    let mut world = english();
    world.script(&[
        ("busca a Ana Silva", "Ana Silva\nTeléfono: +13055550142"),
        ("añade la etiqueta vip a Ana Silva", "✅ Etiquetas para Ana Silva: vip."),
        ("nota para Ana Silva: prefiere las mañanas", "✅ Anotado sobre Ana Silva: prefiere las mañanas"),
        ("muestra sus notas", "Notas sobre Ana Silva (1):"),
        ("elimina el contacto Ana Silva", "¿Elimino a Ana Silva"),
        ("sí", "✅ Ana Silva ya no está en los contactos."),
    ]);
}

#[test]
fn what_it_is_between_two_messages_can_be_written_down_and_read_again() {
    let mut world = english();
    world.script(&[("book a cleaning for Ana Silva tomorrow at 2pm", "Yes or no?")]);
    let written = serde_json::to_string(world.copilot.state()).unwrap();
    let read: State = serde_json::from_str(&written).unwrap();
    assert_eq!(&read, world.copilot.state());
    world.copilot = Copilot::new(
        world.copilot.business.clone(),
        world.copilot.grammar.clone(),
        world.copilot.phrases.clone(),
        world.copilot.by,
        read,
    );
    world.script(&[("yes", "✅ Booked: cleaning for Ana Silva")]);
    let empty: State = serde_json::from_str("{}").unwrap();
    assert_eq!(empty, State::default());
}

#[test]
fn whatever_destroys_or_is_to_be_confirmed_is() {
    let delete: Operation = DeleteContact { contact: ContactId::from_u128(1), version: None }.into();
    let note = crate::crm::operation::DeleteNote { note: NoteId::from_u128(1), version: None };
    assert!(must_be_confirmed(&delete) && must_be_confirmed(&note.into()));
    let add = AddNote { contact: ContactId::from_u128(1), body: String::new() };
    let get = GetContact { contact: ContactId::from_u128(1) };
    assert!(!must_be_confirmed(&add.into()) && !must_be_confirmed(&get.into()));
}

#[test]
fn words_of_a_note_are_nobody_s_pronouns() {
    let phrases = Phrases::embedded().unwrap();
    let book = phrases.book(Language::En);
    let named = |text: &str| pronouns::with_names(book, text, text.find(':').unwrap_or(text.len()));
    assert_eq!(named("tag her, please").as_deref(), Some("tag Sarah Lee, please"));
    assert_eq!(named("show her notes").as_deref(), Some("show Sarah Lee's notes"));
    assert_eq!(named("text that contact: tell him").as_deref(), Some("text Sarah Lee : tell him"));
    assert_eq!(named("show contacts"), None);
}

proptest::proptest! {
    #[test]
    fn no_words_break_it(words in proptest::collection::vec("[a-zA-Z0-9ñá@.,:'? ]{0,30}", 1..5)) {
        let mut world = english();
        for text in words {
            world.say(&text);
            proptest::prop_assert!(!world.said.is_empty(), "{}", text);
        }
        proptest::prop_assert_eq!(world.contacts.len() >= 2, true);
    }
}
