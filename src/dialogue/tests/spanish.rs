//! The flows in Spanish, with meanings given directly: what is asked, offered, done and claimed, and in which words.

use super::scripted::{called, cleaning, has, nothing, when};
use super::*;

#[test]
fn a_booking_in_spanish_is_spoken_in_spanish() {
    let mut call = Call::new(Setting { language: Language::Es, caller: None, ..setting() });
    has(&call.last.say[1].ear, &["Le atiende Rachel"]);
    let wish = Entities { when: Some(on(date(2026, 12, 1))), ..cleaning() };
    let said = call.mean(Intent::BookAppointment, wish);
    has(
        &said,
        &["El martes primero de diciembre", "las nueve de la mañana, las doce del mediodía o las dos de la tarde"],
    );
    let said = call.mean_words(Intent::Unknown, nothing(), "¿Más tarde?");
    has(&said, &["las dos y media, las tres o las cuatro de la tarde"]);
    let said = call.mean(Intent::Unknown, when(at(time(15, 30, 0, 0))));
    has(&said, &["l martes primero de diciembre", "las tres y media de la tarde", "nombre"]);
    has(&call.mean(Intent::Unknown, called("Juan Pérez")), &["número"]);
    let said = call.hear(Heard::Digits("3055550123"));
    has(
        &said,
        &[
            "a las tres y media de la tarde,",
            "a nombre de Juan Pérez,",
            "tres cero cinco, cinco cinco cinco, cero uno dos tres",
        ],
    );
    has(&call.mean(Intent::Yes, nothing()), &["queda reservada"]);
    has(
        &call.mean(Intent::AskHours, nothing()),
        &["Abrimos de lunes a viernes de las nueve de la mañana a las cinco de la tarde,"],
    );
    let price = Entities { service: Some("check-up".to_owned()), ..nothing() };
    has(&call.mean(Intent::AskPrice, price), &["ochenta y nueve dólares y cincuenta centavos"]);
}

#[test]
fn moving_and_cancelling_in_spanish_are_confirmed_in_spanish() {
    let mut call = Call::new(Setting { language: Language::Es, contact: Some(ana()), ..setting() });
    has(&call.last.say[0].ear, &["Hola, Ana."]);
    call.crm.add("cleaning", date(2026, 12, 1).at(13, 0, 0, 0), "Ana Silva", "+13055550111");
    has(&call.mean(Intent::RescheduleAppointment, nothing()), &["Tiene una cita de limpieza", "a la una de la tarde"]);
    let said = call.mean(Intent::Unknown, when(on_at(date(2026, 12, 2).at(10, 15, 0, 0))));
    has(&said, &["las diez y cuarto de la mañana", "miércoles dos de diciembre"]);
    let said = call.mean(Intent::SelectOption, Entities { option: Some(1), ..nothing() });
    has(&said, &["del martes primero de diciembre a la una de la tarde", "al miércoles dos de diciembre a las diez"]);
    has(&call.mean(Intent::Yes, nothing()), &["queda cambiada"]);
    has(&call.mean(Intent::CancelAppointment, nothing()), &["cancel"]);
    has(&call.mean(Intent::Yes, nothing()), &["queda cancelada"]);
}

#[test]
fn the_language_is_switched_in_the_middle() {
    let mut call = Call::new(setting());
    call.mean(Intent::BookAppointment, cleaning());
    has(&call.mean(Intent::SwitchLanguage, nothing()), &["hablemos en español", "día"]);
    assert_eq!(call.dialogue.language(), Language::Es);
}
