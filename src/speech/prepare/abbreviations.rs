//! Short forms, titles, initials, and words in capitals.

use super::language::{Language, lower};
use super::{group, pattern, replace};

/// The longest run of capitals taken for an acronym; a longer one is a word said loudly.
const LONGEST_ACRONYM: usize = 5;

/// A text all in capitals is a text, not acronyms.
pub(super) fn shouting(text: &str, _: &Language) -> String {
    let letters = || text.chars().filter(|c| c.is_alphabetic());
    let capitals = letters().filter(|c| c.is_uppercase()).count();
    let words = text.split_whitespace().filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1).count();
    if words >= 3 && capitals * 10 >= letters().count() * 9 {
        text.chars().map(lower).collect()
    } else {
        text.to_owned()
    }
}

/// Short forms that hold figures or signs ("24/7", "w/o"), before figures and signs are read.
pub(super) fn fixed(text: &str, language: &Language) -> String {
    replace(text, pattern!(r"(?i)(^|\s)(24/7|w/o?|[ei]\.\s?[eg]\.?|p\. ?ej\.)"), |found, _| {
        let written = group(found, 2).to_lowercase();
        let known = language
            .abbreviations
            .get(written.as_str())
            .or_else(|| language.abbreviations.get(written.trim_end_matches('.')))?;
        let apart = if written.starts_with('w') { " " } else { "" };
        Some(format!("{}{known}{apart}", group(found, 1)))
    })
}

/// "Dr. Lee" → "Doctor Lee"; "Oak Dr." → "Oak Drive"; "appt." → "appointment"; "J. Smith" → "jay Smith".
pub(super) fn short_forms(text: &str, language: &Language) -> String {
    let text = titles(text, language);
    let text = replace(&text, pattern!(r"(\s)(\p{Lu}\p{Ll}{1,4})\b(\.?)"), |found, rest| {
        let ending = language.endings.get(group(found, 2))?;
        // Without its full stop a short form that is also a name ("Ct", "Sr") needs an end behind it.
        if group(found, 3).is_empty() && rest.trim_start().starts_with(char::is_alphanumeric) {
            return None;
        }
        Some(format!("{}{ending}{}", group(found, 1), stop(group(found, 3), rest)))
    });
    let text = replace(&text, pattern!(r"(?i)\b(\p{L}{2,7})\b(\.?)"), |found, rest| {
        let known = language
            .abbreviations
            .get(group(found, 1))
            .or_else(|| language.abbreviations.get(&group(found, 1).to_lowercase()))?;
        Some(format!("{known}{}", stop(group(found, 2), rest)))
    });
    let days = replace(&text, pattern!(r"\b(\p{Lu}\p{Ll}{1,4})\."), |found, rest| {
        let short = language.dates.short_weekdays.iter().any(|day| day == group(found, 1));
        let day = short.then(|| language.weekday(group(found, 1)))??;
        Some(format!("{day}{}", stop(".", rest)))
    });
    replace(&days, pattern!(r"\b(\p{Lu})\.(\s\p{Lu})"), |found, _| {
        Some(format!("{}{}", language.spell(group(found, 1)), group(found, 2)))
    })
}

fn titles(text: &str, language: &Language) -> String {
    replace(text, pattern!(r"\b(\p{Lu}\p{L}{1,4})(\.?)(\s+)(\p{L}|\d)"), |found, _| {
        let title = language.titles.get(group(found, 1))?;
        let name_follows = group(found, 4).starts_with(char::is_uppercase);
        // "St" and "Dr" after a street's name come with no name behind them.
        (name_follows && !group(found, 2).is_empty()
            || name_follows && group(found, 1) != "St" && group(found, 1) != "Dr")
            .then(|| format!("{title}{}{}", group(found, 3), group(found, 4)))
    })
}

/// The full stop of a short form stays where it ends the sentence too.
fn stop(written: &str, rest: &str) -> &'static str {
    let ends = rest.trim_start().chars().next().is_none_or(char::is_uppercase);
    if !written.is_empty() && ends { "." } else { "" }
}

/// "HVAC" → "aitch vee ay see"; "U.S." → "you ess"; "Suite B" → "Suite bee".
pub(super) fn capitals(text: &str, language: &Language) -> String {
    let text = replace(text, pattern!(r"\b(?:\p{Lu}\.\s?){2,}"), |found, rest| {
        let space = if group(found, 0).ends_with(' ') { " " } else { stop(".", rest) };
        Some(format!("{}{space}", language.spell(group(found, 0))))
    });
    replace(&text, pattern!(r"\b(\p{Lu}+)('?s)?\b"), |found, rest| {
        let (letters, plural) = (group(found, 1), group(found, 2));
        if let Some(known) = language.capitals.get(letters) {
            return Some(format!("{known}{plural}"));
        }
        let count = letters.chars().count();
        let is_pronoun_or_article = count == 1 && (rest.starts_with('\'') || language.is_word_alone(letters));
        if is_pronoun_or_article {
            return None;
        }
        Some(if count > LONGEST_ACRONYM {
            letters.chars().map(lower).chain(plural.chars()).collect()
        } else {
            format!("{}{plural}", language.spell(letters))
        })
    })
}

impl Language {
    /// Whether a capital alone is a word of the language ("I", "A"; in Spanish "A", "E", "O", "U", "Y").
    fn is_word_alone(&self, letter: &str) -> bool {
        match self.rules {
            super::language::Rules::English => matches!(letter, "I" | "A"),
            super::language::Rules::Spanish => matches!(letter, "A" | "E" | "O" | "U" | "Y"),
        }
    }
}
