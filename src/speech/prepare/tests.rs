//! What is written, and what is said.

use super::spoken;
use proptest::prelude::*;

#[track_caller]
fn check(language: &str, lines: &[(&str, &str)]) {
    let wrong: Vec<String> = lines
        .iter()
        .map(|(written, said)| (written, said, spoken(written, language)))
        .filter(|(_, said, got)| said != &got)
        .map(|(written, said, got)| format!("\n{written}\n  should be  {said}\n  but was    {got}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

#[test]
fn words_come_through_unchanged() {
    for words in [
        "Oak Street Dental, this is Rachel. How can I help?",
        "I'm sorry, I didn't catch that. Could you say it again?",
        "It's the twenty-first of March at ten thirty AM, right?",
        "I have a cleaning: Tuesday, or Wednesday; which one?",
    ] {
        assert_eq!(spoken(words, "en"), words);
    }
}

#[test]
fn times_are_said_as_people_say_them() {
    check(
        "en",
        &[
            ("At 3:30 PM.", "At three thirty PM."),
            ("at 3:05pm or 9am", "at three oh five PM or nine AM"),
            ("at 10 a.m. tomorrow", "at ten AM tomorrow"),
            ("Come at 10 a.m. We open then.", "Come at ten AM. We open then."),
            ("at 15:45", "at three forty-five PM"),
            ("at 10:00", "at ten o'clock"),
            ("12:00 pm", "twelve PM"),
            ("from 9:00-17:00", "from nine o'clock to five PM"),
            ("9am-5pm", "nine AM to five PM"),
            ("Mon-Fri 9-5", "Monday through Friday nine to five"),
        ],
    );
}

#[test]
fn dates_are_said_as_people_say_them() {
    check(
        "en",
        &[
            ("on March 3", "on March third"),
            ("on Mar. 21st, 2026.", "on March twenty-first, twenty twenty-six."),
            ("on 2026-03-03", "on March third, twenty twenty-six"),
            ("2026-11-22T15:30:00Z", "November twenty-second, twenty twenty-six, three thirty PM"),
            ("on 3/14", "on March fourteenth"),
            ("on 3/14/27", "on March fourteenth, twenty twenty-seven"),
            ("on 3 March", "on March third"),
            ("the 22nd at 2:15 PM", "the twenty-second at two fifteen PM"),
            ("we may 3 times", "we may three times"),
            ("Tues. at 9 AM", "Tuesday at nine AM"),
        ],
    );
}

#[test]
fn money_is_said_as_people_say_it() {
    check(
        "en",
        &[
            ("It's $120.", "It's one hundred twenty dollars."),
            ("$1.50", "one dollar and fifty cents"),
            ("$0.99", "ninety-nine cents"),
            ("$1,250.00 in all", "one thousand two hundred fifty dollars in all"),
            ("$3.2 million", "three point two million dollars"),
            ("$5k", "five thousand dollars"),
            ("$99-$120", "ninety-nine dollars to one hundred twenty dollars"),
            ("20% off, €5", "twenty percent off, five euros"),
        ],
    );
}

#[test]
fn telephone_numbers_are_said_digit_by_digit() {
    check(
        "en",
        &[
            ("Call 555-0142.", "Call five five five, zero one four two."),
            ("(305) 555-0142", "three zero five, five five five, zero one four two"),
            ("+13055550142", "three zero five, five five five, zero one four two"),
            ("+1 305-555-0142", "three zero five, five five five, zero one four two"),
            ("3055550142", "three zero five, five five five, zero one four two"),
            ("305.555.0142 ext. 12", "three zero five, five five five, zero one four two extension one two"),
            ("+44 20 7946 0958", "four four, two zero, seven nine four six, zero nine five eight"),
        ],
    );
}

#[test]
fn addresses_of_the_internet_are_spelled() {
    check(
        "en",
        &[
            ("write to maria.lopez99@gmail.com.", "write to maria dot lopez nine nine, at gmail dot com."),
            ("jk_2@mail.co.uk", "jay kay underscore two, at mail dot see oh dot yoo kay"),
            ("see https://www.oakdental.com/book.", "see oakdental dot com slash book."),
        ],
    );
}

#[test]
fn short_forms_are_said_in_full() {
    check(
        "en",
        &[
            ("Dr. Lee is at 12 Oak Dr.", "Doctor Lee is at twelve Oak Drive."),
            ("Mrs. Patel and Ms. Kim", "Missus Patel and Miz Kim"),
            ("St. Mary is on Main St. near us", "Saint Mary is on Main Street near us"),
            ("Your appt. is approx. 30 min.", "Your appointment is approximately thirty minutes."),
            ("Smith & Sons, Inc.", "Smith and Sons, Incorporated."),
            ("open 24/7", "open twenty-four seven"),
            ("J. Smith, Suite B", "jay Smith, Suite bee"),
            ("the PPO plan and DDS", "the pee pee oh plan and dee dee ess"),
            ("in the U.S. today", "in the yoo ess today"),
            ("OK, THANK YOU", "okay, thank you"),
            ("PLEASE CALL US BACK", "please call us back"),
        ],
    );
}

#[test]
fn numbers_are_read_whole_when_short_and_by_digit_when_long() {
    check(
        "en",
        &[
            ("12 chairs", "twelve chairs"),
            ("1,234,567 people", "one million two hundred thirty-four thousand five hundred sixty-seven people"),
            ("in 1999", "in nineteen ninety-nine"),
            ("zip 33131", "zip three three one three one"),
            ("code 0042", "code zero zero four two"),
            ("3.5 miles", "three point five miles"),
            ("it is -5 outside", "it is minus five outside"),
            ("unit 4B", "unit four bee"),
            ("room A12", "room ay twelve"),
            ("#4", "number four"),
            ("1st, 2nd and 23rd", "first, second and twenty-third"),
            ("½ hour", "one half hour"),
        ],
    );
}

#[test]
fn spanish_is_read_as_spanish() {
    check(
        "es",
        &[
            ("a las 3:30 PM", "a las tres y media de la tarde"),
            ("a la 1:15", "a la una y cuarto"),
            ("a las 21:00", "a las nueve de la noche"),
            ("el 1 de marzo de 2026", "el primero de marzo de dos mil veintiséis"),
            ("el 14/3", "el catorce de marzo"),
            ("cuesta $121", "cuesta ciento veintiún dólares"),
            ("llame al 305-555-0142", "llame al tres cero cinco, cinco cinco cinco, cero uno cuatro dos"),
            ("la Dra. Gómez", "la doctora Gómez"),
            ("30 min", "treinta minutos"),
            ("¿Qué día le conviene?", "Qué día le conviene?"),
            ("el 1.er día, la 2ª vez", "el primer día, la segunda vez"),
            ("ana@correo.es", "ana, arroba correo punto e ese"),
        ],
    );
}

#[test]
fn nothing_to_say_is_nothing() {
    assert_eq!(spoken("", "en"), "");
    assert_eq!(spoken(" *** 🙂 ", "en"), "");
}

fn is_speakable(text: &str) -> bool {
    text.chars().all(|c| c.is_alphabetic() || " .,;:!?'-".contains(c))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_comes_in_only_words_come_out(text in "\\PC{0,80}", code in prop::sample::select(vec!["en", "es", "fr"])) {
        let said = spoken(&text, code);
        prop_assert!(is_speakable(&said), "{said:?}");
    }

    #[test]
    fn figures_and_signs_never_survive(text in "[0-9/:.,$€%@#+() apmkth-]{0,40}", code in prop::sample::select(vec!["en", "es"])) {
        let said = spoken(&text, code);
        prop_assert!(is_speakable(&said), "{said:?}");
        prop_assert_eq!(text.chars().any(|c| c.is_ascii_digit()) && said.is_empty(), false);
    }

    #[test]
    fn the_length_of_what_is_said_is_bounded(text in "[0-9A-Z$%.@ ]{0,60}") {
        prop_assert!(spoken(&text, "en").len() <= 40 * (text.len() + 1));
    }
}
