//! What is meant by its words: one of somebody's notes, and an operation that is named in the middle of a question.

use super::english;
use super::world::{World, now};
use crate::crm::operation::{Operation, UpdateBusiness};
use crate::nlu::Language;

#[test]
fn a_note_is_found_by_its_words_and_the_last_is_the_newest() {
    let mut world = english();
    world.script(&[
        ("note on Ana Silva: prefers street parking", "✅ Noted"),
        ("note on Ana Silva: asked about invoices", "✅ Noted"),
        ("note on Ana Silva: her last visit was in May", "✅ Noted"),
        (
            "change the note about parking on Ana Silva to talk with John Smith",
            "Ana Silva now says: talk with John Smith",
        ),
        ("delete Ana Silva's note about the invoice", "Delete the note on Ana Silva, \"asked about invoices\"?"),
        ("no", "left"),
        ("delete her note about rabbits", "There's no note on Ana Silva about \"rabbits\"."),
        ("the one about invoices", "\"asked about invoices\"?"),
        ("yes", "✅ The note on Ana Silva is deleted."),
        ("delete the last note on Ana Silva", "\"her last visit was in May\"?"),
        ("no", "left"),
        ("delete a note of Ana Silva", "Which of the notes on Ana Silva?"),
        ("the latest", "\"her last visit was in May\"? Yes or no?"),
        ("yes", "✅ The note on Ana Silva is deleted."),
        ("update her last note to call back", "✅ The note on Ana Silva now says: call back"),
    ]);
    let mut world = World::new(Language::Es).with("Ana Silva", "+13055550142", "ana@example.com");
    world.script(&[
        ("nota para Ana Silva: prefiere estacionar en la calle", "✅"),
        ("nota para Ana Silva: pidió una factura", "✅"),
        ("borra la nota de Ana Silva sobre la factura", "\"pidió una factura\""),
        ("no", "como estaba"),
        (
            "cambia la última nota de Ana Silva a: pidió dos facturas",
            "✅ La nota sobre Ana Silva dice ahora: pidió dos facturas",
        ),
    ]);
}

#[test]
fn the_general_way_finds_a_note_by_whose_it_is() {
    let mut world = english();
    world.script(&[
        ("note on Ana Silva: prefers street parking", "✅ Noted"),
        ("note on John Smith: always early", "✅ Noted"),
        ("note on John Smith: pays in cash", "✅ Noted"),
        ("delete_note", "Whom is it about?"),
        ("John Smith", "1. pays in cash"),
        ("2", "always early"),
        ("yes", "✅"),
        ("update_note note: parking, body: walks now", "Whom is it about?"),
        ("Ana Silva", "✅"),
    ]);
    assert_eq!(world.notes.iter().map(|note| note.body.as_str()).collect::<Vec<_>>(), ["pays in cash", "walks now"]);
}

#[test]
fn an_operation_named_in_the_middle_of_a_question_leaves_what_was_open() {
    let (mut english, mut spanish) =
        (english(), World::new(Language::Es).with("Ana Silva", "+13055550142", "ana@example.com"));
    for (open, asks) in [
        ("delete contact Ana Silva", "Delete Ana Silva"),
        ("search contact Zed Nobody", "add"),
        ("delete note", "Whom"),
        ("record a consent", "Whom"),
        ("delete_pipeline", "Sales"),
    ] {
        english.script(&[
            (open, asks),
            ("create a smart list", "I've left the other thing. Create smart list"),
            ("never mind", "I've left everything as it was."),
        ]);
    }
    for (open, asks) in [
        ("elimina el contacto Ana Silva", "¿Elimino a Ana Silva"),
        ("busca el contacto Zed Nadie", "Zed Nadie"),
        ("eliminar una nota", "De quién"),
        ("delete_pipeline", "Sales"),
    ] {
        spanish.script(&[
            (open, asks),
            ("crear un flujo de trabajo", "He dejado lo anterior. Crear un flujo de trabajo"),
            ("olvídalo", "como estaba"),
        ]);
    }
    // What any words answer is answered by these.
    english.script(&[
        ("note on Ana Silva", "What should the note on Ana Silva say?"),
        ("create a smart list", "✅ Noted"),
    ]);
}

#[test]
fn a_wish_that_is_said_where_a_name_was_asked_for_is_asked_about() {
    let mut world = english();
    world.script(&[
        ("create a pipeline", "Create pipeline · name"),
        ("show today's appointments", "Is \"show today's appointments\" the name? Yes or no?"),
        ("no", "I've left the other thing.\nThere are no appointments like that."),
        ("create a pipeline", "Create pipeline · name"),
        ("delete contact Ana Silva", "Is \"delete contact Ana Silva\" the name?"),
        ("no, Big deals", "Create pipeline · stages"),
        ("never mind", "as it was"),
        ("create a pipeline", "Create pipeline · name"),
        ("create a workflow", "Is \"create a workflow\" the name?"),
        ("yes, that's it", "Create pipeline · stages"),
        ("never mind", "as it was"),
        ("create a pipeline", "Create pipeline · name"),
        ("muestra las citas de hoy", "Is \"muestra las citas de hoy\" the name?"),
        ("Spring", "Create pipeline · stages"),
        ("never mind", "as it was"),
        ("create a pipeline", "Create pipeline · name"),
        ("\"Show today's appointments\"", "Create pipeline · stages"),
        ("never mind", "as it was"),
        ("create a pipeline", "Create pipeline · name"),
        ("name: show today's appointments", "Create pipeline · stages"),
        ("never mind", "as it was"),
        ("add the tag", "Whom is it about?"),
        ("Ana Silva", "Add contact tags · tags"),
        ("show today's appointments", "Is \"show today's appointments\" the tag?"),
        ("never mind", "as it was"),
    ]);
    assert_eq!(world.contacts.len(), 2);
    assert!(world.contacts.iter().all(|one| one.tags.is_empty()));
    let mut spanish = World::new(Language::Es).with("Ana Silva", "+13055550142", "ana@example.com");
    spanish.script(&[
        ("crea un embudo", "Crear un embudo · nombre"),
        ("muestra las citas de hoy", "¿Pongo \"muestra las citas de hoy\" como nombre? ¿Sí o no?"),
        ("no", "He dejado lo anterior.\nNo hay citas así."),
        ("crea un embudo", "Crear un embudo · nombre"),
        ("elimina el contacto Ana Silva", "¿Pongo \"elimina el contacto Ana Silva\" como nombre?"),
        ("sí", "Crear un embudo · etapas"),
    ]);
    assert_eq!(spanish.contacts.len(), 1);
}

#[test]
fn a_wish_that_does_not_fit_what_was_asked_for_is_taken_up() {
    let mut world = english();
    world.script(&[
        ("create a pipeline", "Create pipeline · name"),
        ("Big deals", "Create pipeline · stages"),
        ("New and then Won", "doesn't fit there"),
        ("show today's appointments", "I've left the other thing.\nThere are no appointments like that."),
    ]);
}

#[test]
fn what_may_well_be_a_name_is_one() {
    let (english_names, spanish_names) = (
        [
            "Big deals",
            "Contacts without email",
            "Welcome Series",
            "Summer Sale",
            "Follow up",
            "VIP",
            "Ana Silva",
            "loyalty_points",
        ],
        ["Ventas", "Contactos sin correo", "Citas de la semana", "Bienvenida", "Clientes nuevos", "Ana Silva"],
    );
    for name in english_names {
        let mut world = english();
        world.script(&[("create a pipeline", "name"), (name, "Create pipeline · stages")]);
    }
    for name in spanish_names {
        let mut world = World::new(Language::Es);
        world.script(&[("crea un embudo", "nombre"), (name, "Crear un embudo · etapas")]);
    }
}

#[test]
fn what_is_to_be_done_is_said_as_a_wish_and_is_none() {
    let mut world = english();
    world.script(&[
        ("add a task", "What is to be done?"),
        ("call Ana about the invoice", "✅ I'll keep it on the list: call Ana about the invoice"),
        ("add a task", "What is to be done?"),
        ("show today's appointments", "Is \"show today's appointments\" the title?"),
        ("no", "There are no appointments like that."),
        ("add a task", "What is to be done?"),
        ("“Show today's appointments”", "✅ I'll keep it on the list: Show today's appointments."),
        ("add Ana Silva to a campaign", "Which campaign?"),
        ("show tasks", "I've left the other thing.\nTo do (2):"),
    ]);
}

#[test]
fn where_any_field_would_do_the_one_that_is_named_is_meant() {
    let moved = UpdateBusiness { address: Some("12 Elm Street".to_owned()), ..UpdateBusiness::default() };
    for lines in [
        &["update business", "address", "12 Elm Street"][..],
        &["update business", "Address?", "12 Elm Street"],
        &["update business", "address 12 Elm Street"],
        &["update business address 12 Elm Street"],
    ] {
        let mut copilot = english().copilot;
        let steps: Vec<_> = lines.iter().map(|line| copilot.hear(&now(), line)).collect();
        let (last, before) = steps.split_last().expect("a step");
        assert!(before.iter().all(|step| step.operation.is_none()), "{lines:?}: nothing is changed yet");
        assert_eq!(last.operation, Some(Operation::UpdateBusiness(moved.clone())), "{lines:?}: {}", last.text);
    }
}

#[test]
fn what_is_changed_of_the_business_is_no_contacts() {
    let renamed = UpdateBusiness { name: Some("Oak Dental Care".to_owned()), ..UpdateBusiness::default() };
    let spanish = || World::new(Language::Es).with("Ana Silva", "+13055550142", "ana@example.com");
    for (world, said) in [
        (english(), "change the name of the business to Oak Dental Care"),
        (english(), "change our business name to Oak Dental Care"),
        (english(), "Update the business's name to \"Oak Dental Care\"."),
        (spanish(), "cambia el nombre del negocio a Oak Dental Care"),
    ] {
        let mut copilot = world.copilot;
        let step = copilot.hear(&now(), said);
        assert_eq!(step.operation, Some(Operation::UpdateBusiness(renamed.clone())), "{said}: {}", step.text);
    }
}
