//! People drawn by lot: a few names are common and many rare, as they are among people.

use ringlypro::crm::operation::CreateContact;

const FIRST: &[&str] = &[
    "Ana",
    "James",
    "Mary",
    "José",
    "Robert",
    "Patricia",
    "John",
    "Jennifer",
    "Michael",
    "Linda",
    "David",
    "Elizabeth",
    "William",
    "Barbara",
    "Richard",
    "Susan",
    "Carlos",
    "Jessica",
    "Thomas",
    "Karen",
    "Luis",
    "Sarah",
    "Daniel",
    "Lisa",
    "Matthew",
    "Nancy",
    "Anthony",
    "Sandra",
    "Mark",
    "Ashley",
    "Sofía",
    "Emily",
    "Miguel",
    "Donna",
    "Andrew",
    "Michelle",
];
const SYLLABLES: &[&str] = &[
    "sil", "va", "mar", "ti", "nez", "son", "ber", "gar", "cia", "wil", "li", "ams", "ro", "dri", "guez", "han", "sen",
    "kow", "ski", "per", "ez", "lo", "pe", "tor", "res", "gon", "za", "lin", "den", "brook", "field", "ham", "ley",
    "ton",
];
/// Draws as a linear congruence does: the same people each time.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % end
    }

    /// The first ones often, the last ones seldom.
    fn common_first<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let place = self.below(of.len()).min(self.below(of.len()));
        of[place]
    }
}

/// The person of a number.
pub(crate) fn person(number: usize) -> CreateContact {
    let mut draw = Draw(number as u64 + 1);
    draw.below(2);
    let first = draw.common_first(FIRST);
    let last: String = (0..2 + draw.below(2)).map(|_| draw.common_first(SYLLABLES)).collect();
    CreateContact {
        first_name: first.to_owned(),
        email: Some(format!("{}.{last}{number}@example.com", first.to_lowercase())),
        last_name: last,
        phone: Some(format!("+1305{:07}", 2_000_000 + number)),
        ..CreateContact::default()
    }
}
