//! What a contact is found by while somebody types: the beginnings of names, numbers and addresses, with one slip of the
//! finger forgiven.
//!
//! Each word is kept whole, marked `=`, and once with each of its letters left out, marked `~`. What is typed is looked for
//! as the beginning of these: as it stands among the whole words, and with and without each of its letters among both. A
//! letter too many, too few, wrong, or two that changed places make one word left short meet the other left short
//! (symmetric deletion: Garbe, "1000x faster spelling correction", 2012; here over beginnings, which a deletion keeps).
//! So every search is a handful of ranges of an index, in any database.
//!
//! Two words of a name are kept together as well, in either order, marked `&`, and with the slips of the second, marked `^`:
//! thousands are called Ana, and thousands Silva.
//!
//! Pure: no database here. Invariant: the keys depend on the contact alone, so that old keys can be told from new ones.

use super::reach::{emails, phones};
use crate::crm::model::{Contact, folded};
use crate::phone::E164;
use std::collections::BTreeSet;

/// The longest word kept, in characters: of a longer one, its beginning.
const WORD_MAX: usize = 24;
/// The most words of one name or address.
const WORDS_MAX: usize = 12;
/// The shortest word in which a slip is looked for: shorter ones are near to too many.
const FORGIVEN_MIN: usize = 4;
/// The most words of a search that are heeded.
const ASKED_MAX: usize = 4;
/// The most words of a name that are kept two by two.
const PAIRED_MAX: usize = 4;
/// The ends of numbers people type: without the area, and the last figures.
const ENDINGS: [usize; 2] = [7, 4];
/// Sorts after every continuation of a beginning.
const LAST: char = '\u{10ffff}';

/// The keys of a contact.
pub(super) fn keys(contact: &Contact) -> BTreeSet<String> {
    let whole = spelled(contact).into_iter().chain(dialled(contact));
    let mut keys: BTreeSet<String> = whole.map(|word| format!("={word}")).collect();
    for word in forgiven(contact) {
        keys.extend(shortened(&word).map(|short| format!("~{short}")));
    }
    let name: BTreeSet<String> = words(&contact.full_name()).take(PAIRED_MAX).collect();
    for (one, other) in pairs(&name) {
        keys.insert(format!("&{one} {other}"));
        if is_forgiven(other) {
            keys.extend(shortened(other).map(|short| format!("^{one} {short}")));
        }
    }
    keys
}

/// Every two of these, in either order.
fn pairs(words: &BTreeSet<String>) -> impl Iterator<Item = (&String, &String)> {
    words.iter().flat_map(move |one| words.iter().filter(move |other| *other != one).map(move |other| (one, other)))
}

/// Whether a slip is looked for in a word.
fn is_forgiven(word: &str) -> bool {
    word.chars().count() >= FORGIVEN_MIN
}

/// The words of a contact's name and address.
fn spelled(contact: &Contact) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = words(&contact.full_name()).collect();
    for email in emails(contact) {
        found.insert(clipped(email));
        found.extend(words(email));
    }
    found
}

/// What of a contact's number people dial or remember.
fn dialled(contact: &Contact) -> BTreeSet<String> {
    let forms = |phone| {
        let (all, national) = figures(phone);
        let ending = |length: &usize| Some(national[national.len().checked_sub(*length)?..].to_owned());
        ENDINGS.iter().filter_map(ending).chain([all, national.clone()]).collect::<Vec<_>>()
    };
    phones(contact).flat_map(forms).collect()
}

/// The words in which a slip is forgiven.
fn forgiven(contact: &Contact) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = words(&contact.full_name()).collect();
    for (local, _) in emails(contact).filter_map(|email| email.split_once('@')) {
        found.extend(words(local));
    }
    found.extend(phones(contact).map(|phone| figures(phone).1));
    found.retain(|word| is_forgiven(word));
    found
}

/// What somebody has typed so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    words: Vec<String>,
}

impl Asked {
    /// The words of a search: a number is one, an address is one.
    pub(super) fn of(query: &str) -> Self {
        let digits: String = query.chars().filter(char::is_ascii_digit).collect();
        let is_number = digits.len() >= 3 && query.chars().all(|c| c.is_ascii_digit() || " +()-./".contains(c));
        if is_number {
            return Self { words: vec![clipped(&digits)] };
        }
        let parts = query.split_whitespace().flat_map(|part| {
            if part.contains('@') { vec![clipped(&part.to_lowercase())] } else { words(part).collect() }
        });
        Self { words: parts.take(ASKED_MAX).collect() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// For each word the ranges of keys that begin with it.
    pub(super) fn exactly(&self) -> Way {
        self.words.iter().map(|word| vec![Range::from('=', word)]).collect()
    }

    /// The same for two words of a name, the first of them whole: of many with one of the words, those with both.
    pub(super) fn paired(&self) -> Vec<Way> {
        let Some(([one, other], rest)) = self.words.split_first_chunk() else { return Vec::new() };
        vec![with_rest(vec![Range::from('&', &format!("{one} {other}"))], rest)]
    }

    /// The same, a slip forgiven in one of the two.
    pub(super) fn paired_forgivingly(&self) -> Vec<Way> {
        let Some(([one, other], rest)) = self.words.split_first_chunk() else { return Vec::new() };
        let ways = [(one, other), (other, one)].into_iter().filter(|(_, slipped)| is_forgiven(slipped));
        ways.map(|(whole, slipped)| with_rest(near(['&', '^'], &format!("{whole} "), slipped), rest)).collect()
    }

    /// The same as [`Self::exactly`], a slip forgiven in one of the words: each way to take it. An address is taken apart for
    /// it; where it is, many others are too.
    pub(super) fn forgivingly(&self) -> Vec<Way> {
        let parts: Vec<String> = self.words.iter().flat_map(|word| words(local(word)).collect::<Vec<_>>()).collect();
        let slips = (0..parts.len()).filter(|place| is_forgiven(&parts[*place]));
        slips
            .map(|slip| {
                let ranges = |(place, word): (usize, &String)| {
                    if place == slip { near(['=', '~'], "", word) } else { vec![Range::from('=', word)] }
                };
                parts.iter().enumerate().map(ranges).collect()
            })
            .collect()
    }

    /// How well a contact fits: none when a word fits nothing of theirs.
    pub(super) fn fit(&self, contact: &Contact) -> Option<u32> {
        let mut whole = spelled(contact);
        // Reading a number takes longer than all the rest.
        if self.words.iter().any(|word| word.starts_with(|c: char| c.is_ascii_digit())) {
            whole.extend(dialled(contact));
        }
        let fit = |word: &str| whole.iter().filter_map(|of| nearness(word, of)).max();
        self.words
            .iter()
            .map(|word| {
                fit(word).or_else(|| words(word).map(|part| fit(&part)).min().flatten().filter(|_| word.contains('@')))
            })
            .sum()
    }
}

/// One way to look for what was typed: for each word the ranges of keys, one of which it is to have.
pub(super) type Way = Vec<Vec<Range>>;

fn with_rest(ranges: Vec<Range>, rest: &[String]) -> Way {
    std::iter::once(ranges).chain(rest.iter().map(|word| vec![Range::from('=', word)])).collect()
}

/// The ranges of keys a slip away from the beginning of a word, which stands behind these letters; how whole ones are marked
/// and short ones.
fn near(marks: [char; 2], before: &str, word: &str) -> Vec<Range> {
    let short: BTreeSet<String> = shortened(word).collect();
    let ranges = short.iter().flat_map(|short| marks.map(|mark| Range::from(mark, &format!("{before}{short}"))));
    std::iter::once(Range::from(marks[1], &format!("{before}{word}"))).chain(ranges).collect()
}

/// A stretch of keys, its end excluded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: String,
    pub(super) to: String,
}

impl Range {
    fn from(mark: char, beginning: &str) -> Self {
        Self { from: format!("{mark}{beginning}"), to: format!("{mark}{beginning}{LAST}") }
    }
}

/// Whole 3, a beginning 2, a beginning with a slip 1.
fn nearness(typed: &str, word: &str) -> Option<u32> {
    if word == typed {
        Some(3)
    } else if word.starts_with(typed) {
        Some(2)
    } else if typed.chars().count() >= FORGIVEN_MIN && begins_nearly(typed, word) {
        Some(1)
    } else {
        None
    }
}

/// Whether a beginning of `word` is `typed` but for one letter too many, too few, wrong, or two that changed places.
fn begins_nearly(typed: &str, word: &str) -> bool {
    let (typed, word): (Vec<char>, Vec<char>) = (typed.chars().collect(), word.chars().collect());
    let same = typed.iter().zip(&word).take_while(|(one, other)| one == other).count();
    let (typed, word) = (&typed[same..], &word[same..]);
    let begins = |rest: &[char], with: &[char]| rest.starts_with(with);
    let (Some(_), Some(_)) = (typed.first(), word.first()) else { return typed.len() <= 1 };
    let swapped = typed.len() > 1 && word.len() > 1 && typed[0] == word[1] && typed[1] == word[0];
    begins(word, &typed[1..])
        || begins(&word[1..], &typed[1..])
        || begins(&word[1..], typed)
        || swapped && begins(&word[2..], &typed[2..])
}

/// Of an address what stands before the `@`, if anything does.
fn local(word: &str) -> &str {
    word.split_once('@').map_or(word, |(local, domain)| if local.is_empty() { domain } else { local })
}

/// The word with each of its letters left out.
fn shortened(word: &str) -> impl Iterator<Item = String> {
    word.char_indices().map(|(at, letter)| format!("{}{}", &word[..at], &word[at + letter.len_utf8()..]))
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let words: Vec<String> = folded(text).split(' ').filter(|word| !word.is_empty()).map(clipped).collect();
    words.into_iter().take(WORDS_MAX)
}

fn clipped(word: &str) -> String {
    word.chars().take(WORD_MAX).collect()
}

/// A number's figures: all of them, and those dialled at home.
fn figures(phone: &E164) -> (String, String) {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    (digits(phone.as_str()), digits(&phone.national()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{BusinessId, ContactId};
    use proptest::prelude::*;

    fn contact(first: &str, last: &str, email: Option<&str>, phone: Option<&str>) -> Contact {
        let now = "2026-11-23T13:00Z".parse().expect("an instant");
        Contact {
            id: ContactId::from_u128(1),
            business: BusinessId::from_u128(1),
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            email: email.map(str::to_owned),
            phone: phone.map(|text| E164::parse(text, "US").expect("a number")),
            tags: BTreeSet::new(),
            fields: std::collections::BTreeMap::new(),
            do_not_disturb: BTreeSet::new(),
            other_phones: BTreeSet::new(),
            other_emails: BTreeSet::new(),
            source: None,
            zone: None,
            owner: None,
            last_activity: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// Whether a search over the keys finds the contact, as the database would.
    fn found(query: &str, contact: &Contact) -> bool {
        let (asked, keys) = (Asked::of(query), keys(contact));
        let within = |ranges: &Vec<Range>| {
            ranges.iter().any(|range| keys.range(range.from.clone()..range.to.clone()).next().is_some())
        };
        let by_keys =
            asked.exactly().iter().all(within) || asked.forgivingly().iter().any(|way| way.iter().all(within));
        // Two words together find nobody whom each of them would not.
        let mut paired = asked.paired().into_iter().chain(asked.paired_forgivingly());
        assert!(by_keys || !paired.any(|way| way.iter().all(within)), "{query}");
        by_keys && asked.fit(contact).is_some()
    }

    #[test]
    fn two_words_of_a_name_are_found_together() {
        let ana = contact("Ana Maria", "Silva", Some("ana@example.com"), None);
        let keys = keys(&ana);
        let by = |way: Way| {
            let has = |range: &Range| keys.range(range.from.clone()..range.to.clone()).any(|key| key.contains(' '));
            way.iter().any(|ranges| ranges.iter().any(has))
        };
        for (query, exactly, nearly) in [
            ("ana si", true, false),
            ("silva an", true, false),
            ("maria silva ana", true, true),
            ("an silva", false, false),
            ("ana sliva", false, true),
            ("naira silva", false, false),
            ("mraia silva", false, true),
            ("silva mra", false, false),
            ("silva mraia ana", false, true),
            ("ana", false, false),
        ] {
            let asked = Asked::of(query);
            let found = (asked.paired().into_iter().any(by), asked.paired_forgivingly().into_iter().any(by));
            assert_eq!(found, (exactly, nearly), "{query}");
        }
    }

    #[test]
    fn people_are_found_as_one_types() {
        let jose = contact("José", "Núñez O'Brien", Some("jose.nunez77@clinic.example"), Some("+13055550142"));
        for query in [
            "j",
            "jos",
            "jose",
            "JOSÉ nu",
            "nunez jose",
            "obrien",
            "jose.nunez77@cl",
            "nunez77",
            "clinic.ex",
            "305555",
            "(305) 555-0142",
            "+1 305 555 0142",
            "13055550142",
            "555-0142",
            "0142",
            "joes nunez",
            "nunes",
            "nuez",
            "nunnez",
            "305 555 0143",
            "305 55 0142",
            "jose.nunex77@clinic",
        ] {
            assert!(found(query, &jose), "{query}");
        }
        for query in ["ana", "nxnxz", "0199", "jose silva", "305 556 0199"] {
            assert!(!found(query, &jose), "{query}");
        }
    }

    #[test]
    fn the_nearer_fits_better() {
        let (ana, longer) = (contact("Ana", "Marin", None, None), contact("Anabel", "Marin", None, None));
        let asked = Asked::of("ana marin");
        assert!(asked.fit(&ana) > asked.fit(&longer));
        assert!(Asked::of("marim").fit(&ana).expect("near") < Asked::of("mari").fit(&ana).expect("a beginning"));
    }

    proptest! {
        #[test]
        fn one_slip_anywhere_is_forgiven(name in "[a-z]{5,12}", at in 0usize..12, slip in 0u8..4, letter in proptest::char::range('a', 'z')) {
            let mut typed: Vec<char> = name.chars().collect();
            let at = at % (typed.len() - 1);
            match slip {
                0 => typed.insert(at, letter),
                1 => drop(typed.remove(at)),
                2 => typed[at] = letter,
                _ => typed.swap(at, at + 1),
            }
            let typed: String = typed.into_iter().collect();
            prop_assert!(found(&typed, &contact(&name, "", None, None)), "{typed} for {name}");
        }

        #[test]
        fn any_beginning_is_found_and_nothing_panics(query in ".{0,40}", name in ".{1,30}", length in 1usize..30) {
            let somebody = contact(&name, "", Some("a@b.example"), None);
            found(&query, &somebody);
            let beginning: String = folded(&name).split(' ').next().unwrap_or_default().chars().take(length).collect();
            prop_assert!(beginning.is_empty() || Asked::of(&beginning).is_empty() || found(&beginning, &somebody), "{beginning}");
        }
    }
}
