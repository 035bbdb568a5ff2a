//! What is not a yes, nobody's name and no stage: sentences that were once taken for more than they say.

use super::english;
use super::world::{World, business, now};
use crate::crm::Error;
use crate::crm::model::{Business, Channel, Transaction, TransactionKind};
use crate::id::{BusinessId, OrderId, TransactionId};
use crate::nlu::Language;

fn spanish() -> World {
    World::new(Language::Es).with("Ana Silva", "+13055550142", "ana@example.com").with(
        "Juan Pérez",
        "+13055550111",
        "juan@example.com",
    )
}

#[test]
fn a_yes_may_say_what_it_says_yes_to() {
    for said in ["yes, delete it", "Yes please, remove her", "ok, delete him please"] {
        let mut world = english();
        world.script(&[("delete contact Ana Silva", "Delete Ana Silva"), (said, "✅ Ana Silva is deleted.")]);
    }
    for said in ["sí, bórrala", "sí, elimínala por favor"] {
        let mut world = spanish();
        world.script(&[
            ("elimina el contacto Ana Silva", "¿Elimino a Ana Silva"),
            (said, "ya no está en los contactos"),
        ]);
    }
}

#[test]
fn only_a_sentence_that_says_yes_and_nothing_else_is_one() {
    for (said, whose) in [
        ("John Smith, please", "John Smith"),
        ("yes, but to John Smith", "John Smith"),
        ("ok but John Smith please", "John Smith"),
        ("to John Smith", "John Smith"),
    ] {
        let mut world = english();
        world.script(&[("text Ana Silva: see you at 3", "Text Ana Silva"), (said, &format!("Text {whose}"))]);
        assert!(world.office.messages.is_empty(), "{said}");
    }
    for said in [
        "yes, delete it?",
        "is that the right Ana?",
        "yes?",
        "is that correct",
        "that one has a good number",
        "please",
        "right, the one on Main Street",
    ] {
        let mut world = english();
        world.script(&[("delete contact Ana Silva", "Delete Ana Silva")]);
        world.say(said);
        assert_eq!(world.contacts.len(), 2, "{said} was answered {}", world.said);
        assert!(world.said.contains("Please answer yes or no."), "{said} was answered {}", world.said);
    }
    let mut world = english();
    world.script(&[
        ("book a cleaning for Ana Silva tomorrow at 2pm", "Tuesday, November 24 at 2:00 PM? Yes or no?"),
        ("make it Friday at 3pm, please", "Book cleaning for Ana Silva, Friday, November 27 at 3:00 PM? Yes or no?"),
        ("yes, at 4pm", "Book cleaning for Ana Silva, Friday, November 27 at 4:00 PM? Yes or no?"),
    ]);
    assert!(world.appointments.is_empty());
    let mut world = english();
    world.script(&[("note on Maria Lopez: wants whitening", "Shall I add"), ("is that the right Maria?", "yes or no")]);
    assert_eq!(world.contacts.len(), 2);
}

#[test]
fn a_yes_may_be_said_in_many_ways() {
    for said in [
        "yes",
        "Yes, please!",
        "yep",
        "sure, go ahead",
        "ok",
        "OK thanks",
        "yes that's right",
        "That’s correct.",
        "do it",
        "confirm",
        "oh yes please",
        "sounds good",
        "yes yes",
        "please do",
        "si",
        "y",
        "go for it",
        "yes, send it",
    ] {
        let mut world = english();
        world.script(&[("text Ana Silva: see you at 3", "Yes or no?"), (said, "✅ Sent to Ana Silva.")]);
    }
    for said in [
        "sí",
        "Sí, por favor.",
        "claro",
        "dale",
        "sí, hazlo",
        "está bien, gracias",
        "correcto",
        "de acuerdo",
        "ok",
        "yes",
    ] {
        let mut world = spanish();
        world.script(&[("enviar sms a Ana Silva diciendo Hola", "¿Sí o no?"), (said, "✅ Enviado a Ana Silva.")]);
    }
}

#[test]
fn in_spanish_only_a_yes_is_one_too() {
    for said in ["a Juan, por favor", "sí, pero a Juan Pérez", "Juan Pérez, por favor"] {
        let mut world = spanish();
        world.script(&[
            ("enviar sms a Ana Silva diciendo Hola", "¿Le envío a Ana Silva"),
            (said, "¿Le envío a Juan Pérez"),
        ]);
        assert!(world.office.messages.is_empty(), "{said}");
    }
    for said in ["¿esa es la correcta?", "por favor", "¿está bien así?"] {
        let mut world = spanish();
        world.script(&[("elimina el contacto Ana Silva", "¿Sí o no?"), (said, "Responda sí o no")]);
        assert_eq!(world.contacts.len(), 2);
    }
}

#[test]
fn somebody_of_the_stand_in_s_name_is_not_whom_her_means() {
    let mut world = english().with("Sarah Lee", "+13055550113", "sarah@example.com");
    world.script(&[
        ("find Ana Silva", "Ana Silva\nPhone"),
        ("note on Sarah Lee: prefers mornings", "✅ Noted on Sarah Lee: prefers mornings"),
        ("find Ana Silva", "Ana Silva\nPhone"),
        ("text Sarah Lee: hello", "Text Sarah Lee"),
        ("no, Ana Silva", "Text Ana Silva"),
        ("no, Sarah Lee", "Text Sarah Lee"),
        ("yes", "✅ Sent to Sarah Lee."),
        ("add a note", "Whom is it about?"),
        ("Sarah Lee", "What should the note on Sarah Lee say?"),
        ("likes tea", "✅ Noted on Sarah Lee: likes tea"),
        ("find Ana Silva", "Ana Silva\nPhone"),
        ("tag her as vip", "✅ Tagged Ana Silva: vip."),
        ("remind me to call her tomorrow", "call Ana Silva (due"),
    ]);
    let mut world = english();
    world.script(&[("create contact Sarah Lee 305 555 0113", "✅ Added Sarah Lee · +13055550113.")]);
    let mut world = World::new(Language::En).with("Sarah Lee Jones", "+13055550113", "sarah@example.com");
    world.script(&[("remind me to call Sarah Lee tomorrow", "call Sarah Lee (due")]);
    let mut world = spanish().with("Sara López", "+13055550113", "sara@example.com");
    world.script(&[
        ("busca a Ana Silva", "Ana Silva\n"),
        ("nota para Sara López: prefiere las mañanas", "✅ Anotado sobre Sara López"),
    ]);
}

#[test]
fn a_question_mark_is_no_stage_no_campaign_and_no_task() {
    let mut world = english();
    world.script(&[
        ("create a deal for Ana Silva worth $2500", "✅ Added"),
        ("move deal for Ana Silva to moon stage", "Into which stage?"),
        ("?", "There's no stage \"?\". There's New → Proposal → Negotiation."),
        ("never mind", "as it was"),
        ("add a task: 📞", "✅"),
        ("add a task: order gloves", "✅"),
        ("complete task", "Which task?"),
    ]);
    let mut world = english();
    world.script(&[
        ("add Ana Silva to a campaign", "Which campaign?"),
        ("?", "None is called \"?\""),
        ("summer", "✅ Ana Silva is in the campaign Summer Sale."),
    ]);
}

#[test]
fn a_deal_whose_name_says_lost_is_not_closed_by_its_name() {
    let mut world = english();
    world.script(&[("create contact Lost River", "✅ Added"), ("create a deal for Lost River worth $100", "✅ Added")]);
    world.script(&[
        ("update opportunity value for Lost River to $4000", "✅ Changed: Lost River · $4000"),
        ("update the Lost River deal to $5000", "✅ Changed: Lost River · $5000"),
    ]);
    assert!(!world.done.contains(&"close_opportunity"));
    world.script(&[("move opportunity for Lost River to lost", "✅ Closed: Lost River")]);
}

#[test]
fn appointments_of_yesterday_can_be_listed() {
    let mut world = english();
    world.script(&[("book a cleaning for Ana Silva tomorrow at 2pm", "Yes or no?"), ("yes", "✅ Booked")]);
    world.appointments[0].slot.start = "2026-11-22T15:00:00-05:00".parse().unwrap();
    world.script(&[
        ("show appointments for yesterday", "1. Sunday, November 22 at 3:00 PM: cleaning, Ana Silva"),
        ("show appointments for today", "There are no appointments like that."),
    ]);
}

#[test]
fn whom_him_means_is_whose_appointment_task_or_deal_was_spoken_of_last() {
    let mut world = english();
    world.script(&[
        ("book a cleaning for John Smith tomorrow at 3pm", "Yes or no?"),
        ("yes", "✅ Booked"),
        ("remind me to call John Smith on Friday", "✅"),
        ("create a deal for John Smith worth $900", "✅ Added"),
        ("find Ana Silva", "Ana Silva\nPhone"),
        ("confirm the appointment tomorrow at 3pm", "✅ Confirmed: John Smith's cleaning"),
        ("note on him: no-show", "✅ Noted on John Smith: no-show"),
        ("find Ana Silva", "Ana Silva\nPhone"),
        ("mark task 1 as done", "✅ Done"),
        ("note on him: called", "We haven't spoken of anybody yet."),
    ]);
}

#[test]
fn the_second_one_is_no_contact_once_something_else_was_listed() {
    for list in ["show tasks", "show appointments for tomorrow", "show deals"] {
        let mut world = english().with("Ana Souza", "+13055550113", "souza@example.com");
        world.script(&[
            ("remind me to call John Smith on Friday", "✅"),
            ("create a deal for John Smith worth $900", "✅ Added"),
            ("book a cleaning for John Smith tomorrow at 3pm", "Yes or no?"),
            ("yes", "✅ Booked"),
            ("find ana", "I found 2:"),
            (list, "(1):\n1. "),
            ("the second one", "There's nothing to decide just now."),
        ]);
    }
}

#[test]
fn a_booking_is_for_the_very_contact_that_was_found_or_added() {
    let mut world = english().with("", "+13055550113", "nobody@example.com");
    world.script(&[
        ("book a cleaning for Maria Lopez tomorrow at 2pm", "Shall I add Maria Lopez"),
        ("yes", "Book cleaning for Maria Lopez"),
        ("yes", "✅ Booked: cleaning for Maria Lopez"),
        ("book a cleaning for 305 555 0113 tomorrow at 3pm", "Book cleaning for nobody@example.com"),
        ("yes", "✅ Booked: cleaning for +13055550113"),
    ]);
    let whose: Vec<_> = world.appointments.iter().map(|one| one.contact).collect();
    assert_eq!(whose, [world.contacts[3].id, world.contacts[2].id]);
    assert_eq!(world.contacts.len(), 4);
}

#[test]
fn sums_are_in_the_currency_they_are_in_and_refunds_are_called_so() {
    let mut world = World::of(Business { currency: "EUR".parse().unwrap(), ..business(Language::En) });
    let money = |kind, amount_minor| Transaction {
        id: TransactionId::from_u128(1),
        business: BusinessId::from_u128(1),
        order: OrderId::from_u128(1),
        contact: None,
        kind,
        amount_minor,
        currency: "EUR".parse().unwrap(),
        provider: "card".to_owned(),
        reference: None,
        version: 1,
        created_at: now().timestamp(),
        updated_at: now().timestamp(),
    };
    world.transactions = vec![money(TransactionKind::Payment, 9_550), money(TransactionKind::Refund, 2_000)];
    world.script(&[
        ("list payments", "AM · 95.50 EUR\n2. Monday, November 23 at 10:00 AM · 20 EUR given back"),
        ("create contact Ana Silva", "✅"),
        ("create a deal for Ana Silva worth $2500", "✅ Added the opportunity Ana Silva · 2500 EUR · New."),
        ("show services", "95 EUR"),
    ]);
}

#[test]
fn spanish_answers_are_spanish() {
    let mut world = spanish();
    world.script(&[
        ("reserva una limpieza para Ana Silva mañana a las 14:00", "¿Sí o no?"),
        ("sí", "✅ Reservado"),
        (
            "mueve la cita de Ana Silva al viernes a las 15:00",
            "antes el martes 24 de noviembre a las 14:00, ahora el viernes",
        ),
        ("no", "como estaba"),
        ("muestra las estadísticas", "Desde el sábado 24 de octubre hasta el lunes 23 de noviembre:"),
        ("busca a Ana Silva", "Ana Silva\n"),
    ]);
    for (error, words) in [
        (Error::Forbidden("add_note"), "No tiene permiso para eso (añadir una nota)."),
        (Error::NotFound("contact"), "Ya no encuentro eso (el contacto)."),
        (Error::Stale("note"), "alguien lo cambió (la nota)."),
    ] {
        world.fail = Some(error);
        world.script(&[("nota para Ana Silva: hola", words)]);
    }
    world.contacts[0].do_not_disturb = [Channel::Call, Channel::Email, Channel::Sms].into();
    world.script(&[("busca a Ana Silva", "No molestar por: llamada, correo, SMS")]);
}
