//! The people of the demo, and what is said of them. All of it is made up; the numbers are of the range that is kept for
//! fiction (555-0100 to 555-0199 of any area), and so is the domain of the addresses (RFC 2606).

use super::draw::Draw;

/// The last part of the numbers kept for fiction: from 0100 on, so many.
const LINES: usize = 100;
/// Areas of the United States. The demo business's own, 305, is left out, because callers of tests have its numbers.
const AREAS: &[&str] = &[
    "786", "954", "561", "407", "321", "813", "727", "941", "239", "904", "352", "850", "863", "772", "212", "646",
    "718", "917", "516", "201", "973", "215", "267", "412", "617", "508", "203", "860", "410", "703", "804", "704",
    "919", "803", "404", "770", "912", "205", "615", "901", "502", "513", "614", "216", "313", "312", "773", "414",
    "612", "314",
];

/// How many people there can be.
pub const PEOPLE_MAX: usize = LINES * AREAS.len();

const FIRST_NAMES: &[&str] = &[
    "Ana", "James", "Maria", "Daniel", "Sofia", "Robert", "Elena", "Michael", "Lucia", "David", "Carmen", "William",
    "Isabel", "Thomas", "Rosa", "Kevin", "Patricia", "Andre", "Teresa", "Marcus", "Gloria", "Brian", "Natalia", "Omar",
    "Olivia", "Rafael", "Grace", "Hector", "Emily", "Luis", "Hannah", "Javier", "Chloe", "Diego", "Megan", "Pablo",
    "Laura", "Victor", "Nicole", "Samuel", "Claire", "Ivan", "Julia", "Peter", "Camila", "Aaron", "Beatriz", "Jonah",
    "Valeria", "Noah", "Ines", "Leo", "Amelia", "Felix", "Nora", "Hugo", "Iris", "Mateo", "Ruth", "Simon",
];

const LAST_NAMES: &[&str] = &[
    "Alvarez",
    "Baker",
    "Castillo",
    "Donovan",
    "Espinoza",
    "Foster",
    "Garcia",
    "Hughes",
    "Ibarra",
    "Johnson",
    "Keller",
    "Lopez",
    "Martinez",
    "Nguyen",
    "Ortega",
    "Parker",
    "Quintero",
    "Ramirez",
    "Silva",
    "Thompson",
    "Underwood",
    "Vargas",
    "Walker",
    "Young",
    "Zamora",
    "Bennett",
    "Cortez",
    "Delgado",
    "Ellis",
    "Fuentes",
    "Greene",
    "Herrera",
    "Ingram",
    "Jimenez",
    "Kim",
    "Lawson",
    "Mendez",
    "Norris",
    "Owens",
    "Paredes",
    "Reyes",
    "Santos",
    "Torres",
    "Ulrich",
    "Vega",
    "Whitman",
    "Acosta",
    "Brooks",
    "Chen",
    "Diaz",
    "Evans",
    "Flores",
    "Gibson",
    "Hart",
    "Mora",
    "Navarro",
    "Price",
    "Rivera",
    "Shaw",
    "Tanaka",
];

pub(super) const TAGS: &[&str] = &["vip", "family plan", "insured", "nervous", "spanish", "referral"];

pub(super) const NOTES: &[&str] = &[
    "Prefers mornings, before work.",
    "Nervous about needles: take it slowly.",
    "Insurance card is on file.",
    "Asked about whitening before the wedding in spring.",
    "Allergic to penicillin.",
    "Comes with two children; book them together.",
    "Prefiere que le hablen en español.",
    "Moved here recently, records are on their way.",
    "Likes a reminder the day before.",
    "Parking was a problem last time: mention the lot behind the house.",
];

/// What calls of the office's own were about.
pub(super) const CALLS: &[&str] = &[
    "Asked how they feel after the visit: well.",
    "Reminded them of the next visit; they will come.",
    "The insurance pays for two thirds; told them.",
    "Wanted to know where to park.",
    "Nobody picked up.",
];

pub(super) const MESSAGES: &[&str] = &[
    "Please call me back about my bill.",
    "Can you tell me whether my insurance pays for a crown?",
    "I left my scarf in the waiting room.",
    "Por favor llámenme por la tarde.",
    "My tooth hurts again, please call me.",
];

pub(super) const TASKS: &[&str] =
    &["Call back", "Send the estimate to", "Ask the insurer about", "Follow up with", "Send the X-rays of", "Remind"];

/// What may be sold, and what it is worth in cents.
pub(super) const SALES: &[(&str, i64)] = &[
    ("Whitening package", 45_000),
    ("Implant", 280_000),
    ("Clear aligners", 390_000),
    ("Family plan", 96_000),
    ("Two crowns", 210_000),
    ("Night guard", 38_000),
];

/// What is sold over the counter.
pub(super) const WARES: &[(&str, i64)] = &[("electric toothbrush", 8_900), ("travel kit", 1_200), ("mouthwash", 950)];

pub(super) const REASONS: &[&str] = &["Too expensive.", "Went to somebody nearer.", "Wants to wait until next year."];

/// Somebody.
pub(super) struct Person {
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    pub(super) phone: String,
    pub(super) email: String,
}

/// So many people, each with a number and an address nobody else has.
pub(super) fn people(draw: &mut Draw, count: usize) -> Vec<Person> {
    (0..count)
        .map(|number| {
            let (first_name, last_name) = (*draw.pick(FIRST_NAMES), *draw.pick(LAST_NAMES));
            let (area, line) = (AREAS[number / LINES % AREAS.len()], number % LINES);
            Person {
                first_name,
                last_name,
                phone: format!("+1{area}55501{line:02}"),
                email: format!("{}.{}{number}@example.com", first_name.to_lowercase(), last_name.to_lowercase()),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::E164;
    use std::collections::BTreeSet;

    #[test]
    fn everybody_has_a_number_of_their_own_that_can_be_read() {
        let everybody = people(&mut Draw::new(1), PEOPLE_MAX);
        let numbers: BTreeSet<_> = everybody.iter().map(|one| one.phone.clone()).collect();
        assert_eq!(numbers.len(), PEOPLE_MAX);
        for number in numbers {
            E164::parse(&number, "US").unwrap_or_else(|error| panic!("{number}: {error}"));
        }
    }
}
