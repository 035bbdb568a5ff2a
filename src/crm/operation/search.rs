//! The catalogue searched by words: which operations somebody may mean.
//!
//! Pure and without a language of its own: a door says what an operation is called where it stands, and which other words
//! people use for a word of a name.

use crate::crm::model::folded;

/// A word somebody used, with the words that may stand for it in a name.
pub type Wanted = Vec<String>;

/// How well an operation fits some words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fit {
    /// For each word of the name, the place of the wanted word that is it, if one is.
    pub named: Vec<Option<usize>>,
    /// For each wanted word, whether what is said of the operation has it.
    pub said: Vec<bool>,
}

impl Fit {
    /// How well an operation of this name, of which that is said, fits.
    pub fn of(name: &[String], said: &str, wanted: &[Wanted]) -> Self {
        let said = words(said);
        let is = |word: &String, wanted: &Wanted| wanted.iter().any(|one| alike(word, one));
        let mut named: Vec<Option<usize>> = Vec::with_capacity(name.len());
        for word in name {
            // "List smart lists": each word of a name has one of its own where there is one, its very own first.
            let own = |place: &usize| !named.contains(&Some(*place));
            let fitting: Vec<usize> = (0..wanted.len()).filter(|place| is(word, &wanted[*place])).collect();
            let very = fitting.iter().copied().filter(own).find(|place| wanted[*place].first() == Some(word));
            named.push(very.or_else(|| fitting.iter().copied().find(own)).or(fitting.first().copied()));
        }
        Self { named, said: wanted.iter().map(|wanted| said.iter().any(|word| is(word, wanted))).collect() }
    }

    /// Words of the name count more than words of what is said of it.
    pub fn score(&self, wanted: usize) -> usize {
        let named = (0..wanted).filter(|place| self.names(*place)).count();
        3 * named + self.said.iter().filter(|said| **said).count()
    }

    /// Whether the wanted word at this place is one of the name's.
    pub fn names(&self, place: usize) -> bool {
        self.named.contains(&Some(place))
    }

    /// Whether every word of the name was wanted.
    pub fn is_whole(&self) -> bool {
        !self.named.is_empty() && self.named.iter().all(Option::is_some)
    }
}

/// Whether two words are one but for their ending: "contacts" and "contact", "opportunities" and "opportunity".
pub fn alike(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let stem = short.strip_suffix('y').unwrap_or(short);
    let begins = long.starts_with(short) || stem.len() >= 3 && long.strip_prefix(stem) == Some("ies");
    let more = long.len() - short.len();
    begins && (more == 0 || short.len() >= 3 && more <= 3 && more < short.len())
}

/// The words of a text, in small letters and without accents.
pub fn words(text: &str) -> Vec<String> {
    folded(text).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_itself_in_the_plural_too_and_no_other() {
        for (one, other) in [("contact", "contacts"), ("opportunity", "opportunities"), ("crea", "crear"), ("to", "to")]
        {
            assert!(alike(one, other) && alike(other, one), "{one} {other}");
        }
        for (one, other) in [("to", "tone"), ("call", "calendar"), ("ver", "verano"), ("a", "as")] {
            assert!(!alike(one, other) && !alike(other, one), "{one} {other}");
        }
    }

    #[test]
    fn words_of_the_name_count_more_than_words_of_what_is_said() {
        let wanted: Vec<Wanted> = words("webhook calls").into_iter().map(|word| vec![word]).collect();
        let named = Fit::of(&words("list_webhook_calls"), "Lists what was posted.", &wanted);
        let said = Fit::of(&words("trigger"), "Calls a webhook.", &wanted);
        assert!(named.score(2) > said.score(2) && said.score(2) > 0);
        assert!(!named.is_whole() && named.names(0) && named.names(1));
    }
}
