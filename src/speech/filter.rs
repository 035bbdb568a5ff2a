//! Which words to believe: what the recogniser writes for noise, in loops, or out of its training, is told from speech.
//!
//! Pure: text and figures in, a verdict out. The phrases are data (`models/hallucinations.toml`).
//! Knows nothing of how the text was decoded; see [`super::whisper`].
//!
//! Invariant: a short answer ("yes", "thank you") that the model heard clearly is always kept.

use flate2::{Compression, write::ZlibEncoder};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::LazyLock;

/// The phrases of all languages.
const PHRASES: &str = include_str!("../../models/hallucinations.toml");
/// Mean log-probability below which nothing is believed. Speech on the telephone has −0.1 to −0.6.
const BELIEVED_LOG_PROBABILITY: f32 = -1.2;
/// Mean log-probability below which a filler phrase is no evidence of speech: short words on a bad line reach −0.7.
const FILLER_LOG_PROBABILITY: f32 = -0.8;
/// No-speech probability above which a filler phrase is no evidence of speech; for longer texts it says nothing.
const FILLER_NO_SPEECH: f32 = 0.6;
/// Whisper's own limit: text that compresses better than this repeats itself.
const COMPRESSION_RATIO_MAX: f32 = 2.4;
/// Shorter texts compress by chance.
const COMPRESSION_BYTES_MIN: usize = 60;
/// The longest phrase looked for in loops, in words.
const LOOP_WORDS_MAX: usize = 8;
/// Words a loop must cover in all before it counts: "no, no, no" is an answer.
const LOOP_COVER_MIN: usize = 9;
/// Times a phrase must follow itself before it counts.
const LOOP_TIMES_MIN: usize = 3;

/// More figures than these are no number anybody tells in one breath …
const FIGURES_MAX: usize = 15;
/// … and the recogniser repeats itself if so many in a row …
const FIGURES_AGAIN: usize = 3;
/// … come so often.
const FIGURES_TIMES_MIN: usize = 3;

/// Letters a second, silence included, at which a text and the same again were not both said: "Ann Lee. Ann Lee." takes two
/// seconds, and words that short come at nine a second.
const TWICE_LETTERS_PER_SECOND: f32 = 12.0;

/// What the decoder knows beside the text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Mean natural log-probability of the text's tokens.
    pub mean_log_probability: f32,
    /// The model's own probability that there is no speech.
    pub no_speech: f32,
    /// The clip's length.
    pub seconds: f32,
    /// Whether decoding was stopped by the token cap.
    pub capped: bool,
}

/// The rule for figures that come again and again, or that the token cap had to stop: only the whole context is sure to bring
/// no more of them.
pub(super) const FIGURES_WITHOUT_END: &str = "figures without end";

/// What to make of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Speech: the text with labels and boilerplate taken out. Never empty.
    Words(String),
    /// No speech; with the rule that said so.
    Noise(&'static str),
    /// Perhaps speech, not to be believed like this: listen again, or give up. With the rule that said so.
    Doubtful(&'static str),
}

/// Judges a decoded text.
pub fn judge(text: &str, language: &str, evidence: &Evidence) -> Verdict {
    let unlabelled = without_labels(text);
    if normal(&unlabelled).is_empty() {
        return Verdict::Noise("labels only");
    }
    let phrases = TABLE.get(language);
    let kept = phrases.map_or_else(|| unlabelled.clone(), |phrases| without_boilerplate(&unlabelled, phrases));
    let plain = normal(&kept);
    if plain.is_empty() {
        return Verdict::Noise("boilerplate");
    }
    let weak = evidence.mean_log_probability < FILLER_LOG_PROBABILITY || evidence.no_speech > FILLER_NO_SPEECH;
    if weak && phrases.is_some_and(|phrases| phrases.weak.contains(&plain)) {
        return Verdict::Noise("filler without evidence");
    }
    if loops(&plain, evidence.capped) {
        return Verdict::Doubtful("a loop");
    }
    if evidence.capped && figures_only(&kept) || figures_come_again(&plain) {
        return Verdict::Doubtful(FIGURES_WITHOUT_END);
    }
    if compression_ratio(&kept) > COMPRESSION_RATIO_MAX {
        return Verdict::Doubtful("repetition");
    }
    if evidence.mean_log_probability < BELIEVED_LOG_PROBABILITY {
        return Verdict::Doubtful("improbable words");
    }
    Verdict::Words(once(&kept, plain.len() as f32 / evidence.seconds).unwrap_or(kept))
}

/// What a recogniser wrote twice and nobody can have said twice in so short a time: half of it.
fn once(text: &str, letters_per_second: f32) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (first, second) = words.split_at(words.len() / 2);
    let (once, again) = (first.join(" "), second.join(" "));
    let doubled = letters_per_second > TWICE_LETTERS_PER_SECOND && normal(&once) == normal(&again);
    (doubled && !normal(&once).split(' ').all(figure)).then_some(once)
}

/// The phrases of one language, as in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Phrases {
    never: Vec<String>,
    weak: Vec<String>,
}

static TABLE: LazyLock<BTreeMap<String, Phrases>> =
    LazyLock::new(|| toml::from_str(PHRASES).expect("embedded data, read by a test"));

/// The text without bracketed labels, starred noises and notes. Brackets around figures are part of a phone number.
fn without_labels(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find(['[', '(', '*', '♪', '♫', '{']) {
        let (before, from) = rest.split_at(open);
        kept.push_str(before);
        let mut characters = from.chars();
        let opener = characters.next().unwrap_or('[');
        let inside = characters.as_str();
        let closer = match opener {
            '[' => ']',
            '(' => ')',
            '{' => '}',
            other => other,
        };
        match inside.split_once(closer) {
            Some((label, after)) if opener == '(' && label.chars().any(|c| c.is_ascii_digit()) => {
                kept.push('(');
                kept.push_str(label);
                kept.push(')');
                rest = after;
            }
            Some((_, after)) => rest = after,
            // An unclosed bracket is a label cut off; an unclosed star or note is only itself.
            None if matches!(opener, '[' | '(' | '{') => rest = "",
            None => rest = inside,
        }
    }
    kept.push_str(rest);
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text without the sentences nobody says on the phone.
fn without_boilerplate(text: &str, phrases: &Phrases) -> String {
    let sentences = text.split_inclusive(['.', '!', '?', '…']);
    // "Amara.org" has a full stop inside: the whole text is looked up as well as its sentences.
    if phrases.never.contains(&normal(text)) {
        return String::new();
    }
    let kept: String = sentences.filter(|sentence| !phrases.never.contains(&normal(sentence))).collect();
    kept.trim().to_owned()
}

/// Lower case words with single spaces, letters and figures only.
fn normal(text: &str) -> String {
    let plain: String = text
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            c if c.is_alphanumeric() => Some(c),
            c if c.is_whitespace() || c == ',' => Some(' '),
            _ => None,
        })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether all words are figures.
pub(super) fn figures_only(text: &str) -> bool {
    let plain = normal(text);
    !plain.is_empty() && plain.split(' ').all(figure)
}

/// Whether there are more figures than a number has, and the same again and again, with others between them.
fn figures_come_again(plain: &str) -> bool {
    let figures: Vec<char> = plain.chars().filter(char::is_ascii_digit).collect();
    let times = |group: &[char]| figures.windows(FIGURES_AGAIN).filter(|other| *other == group).count();
    figures.len() > FIGURES_MAX && figures.windows(FIGURES_AGAIN).any(|group| times(group) >= FIGURES_TIMES_MIN)
}

/// Whether a phrase follows itself again and again. Figures are exempt, for people do say "zero zero zero zero", unless
/// the token cap had to stop them.
fn loops(plain: &str, capped: bool) -> bool {
    let words: Vec<&str> = plain.split(' ').collect();
    (1..=LOOP_WORDS_MAX).any(|length| {
        let mut run = length;
        (length..words.len()).any(|at| {
            run = if words[at] == words[at - length] { run + 1 } else { length };
            run >= LOOP_COVER_MIN.max(length * LOOP_TIMES_MIN)
                && (capped || !words[at + 1 - length..=at].iter().all(|w| figure(w)))
        })
    })
}

/// Whether a word is a figure.
fn figure(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Length over compressed length; 0 for what is too short to tell.
fn compression_ratio(text: &str) -> f32 {
    if text.len() < COMPRESSION_BYTES_MIN {
        return 0.0;
    }
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(text.len()), Compression::default());
    match encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()) {
        Ok(compressed) if !compressed.is_empty() => text.len() as f32 / compressed.len() as f32,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAR: Evidence = Evidence { mean_log_probability: -0.2, no_speech: 0.1, seconds: 2.0, capped: false };
    const WEAK: Evidence = Evidence { mean_log_probability: -0.9, no_speech: 0.3, seconds: 2.0, capped: false };
    const HOPELESS: Evidence = Evidence { mean_log_probability: -1.6, no_speech: 0.3, seconds: 2.0, capped: false };

    fn words(text: &str, language: &str, evidence: &Evidence) -> String {
        match judge(text, language, evidence) {
            Verdict::Words(words) => words,
            other @ (Verdict::Noise(_) | Verdict::Doubtful(_)) => format!("<{other:?}>"),
        }
    }

    #[test]
    fn what_was_written_twice_in_too_short_a_time_was_said_once() {
        let quick = Evidence { seconds: 1.4, ..CLEAR };
        assert_eq!(words("Daniel Kim. Daniel Kim.", "en", &quick), "Daniel Kim.");
        assert_eq!(
            words("Sorry, can you repeat that? Sorry, can you repeat that?", "en", &CLEAR),
            "Sorry, can you repeat that?"
        );
        for said in ["No, no.", "Hello? Hello?", "Daniel Kim. David Kim.", "305305 305305"] {
            assert_eq!(words(said, "en", &quick), said);
        }
        assert_eq!(
            words("Daniel Kim. Daniel Kim.", "en", &CLEAR),
            "Daniel Kim. Daniel Kim.",
            "in two seconds, perhaps"
        );
    }

    #[test]
    fn figures_without_end_are_listened_to_again() {
        for text in [
            "0, 0, 4, 5, 3, 6, 5, 9, 1, 2, 3, 4, 5, 9, 1, 2, 3, 4, 4, 5, 3, 6, 5, 9, 1, 2,",
            "7, 5, 7, 5, 1, 0, 7, 7, 0, 1, 0, 7, 7, 5, 1, 0, 7, 5, 1, 0, 7, 7, 5, 1, 0, 7, 5",
            "923-613-613-513-613-613-6",
        ] {
            assert_eq!(judge(text, "en", &CLEAR), Verdict::Doubtful(FIGURES_WITHOUT_END), "{text}");
        }
        for said in ["305 305 3053", "10001 90210 01803", "0 0 0 0, 1 1 1 1", "4111 1111 1111 112"] {
            assert_eq!(words(said, "en", &CLEAR), said);
        }
    }

    #[test]
    fn short_answers_heard_clearly_are_kept() {
        let en = ["Yes.", "No.", "Thank you.", "Bye.", "Okay.", "You.", "Uh, yes.", "No, no, no, no.", "5.", "Thanks!"];
        let es = ["Sí.", "No.", "Gracias.", "Adiós.", "Muchas gracias.", "Bueno.", "Sí, sí, sí.", "5"];
        for (language, texts) in [("en", &en[..]), ("es", &es[..])] {
            for text in texts {
                assert_eq!(words(text, language, &CLEAR), *text);
            }
        }
    }

    #[test]
    fn yes_and_no_are_kept_even_when_the_line_is_bad() {
        assert_eq!(words("Yes.", "en", &WEAK), "Yes.");
        assert_eq!(words("No.", "en", &WEAK), "No.");
        assert_eq!(words("Sí.", "es", &WEAK), "Sí.");
    }

    #[test]
    fn fillers_without_evidence_are_noise() {
        for (language, text) in
            [("en", "you"), ("en", "Thank you."), ("en", "Bye."), ("es", "Gracias."), ("es", "¡Muchas gracias!")]
        {
            assert_eq!(judge(text, language, &WEAK), Verdict::Noise("filler without evidence"), "{text}");
            let silent = Evidence { no_speech: 0.9, ..CLEAR };
            assert_eq!(judge(text, language, &silent), Verdict::Noise("filler without evidence"), "{text}");
        }
    }

    #[test]
    fn labels_alone_are_noise() {
        for text in
            ["[BLANK_AUDIO]", "(water running)", "*sighs*", "♪", "♪♪", "[MUSIC", "[ Silence ] (beep)", "...", ""]
        {
            assert_eq!(judge(text, "en", &CLEAR), Verdict::Noise("labels only"), "{text:?}");
        }
        assert_eq!(judge("[Música]", "es", &CLEAR), Verdict::Noise("labels only"));
    }

    #[test]
    fn labels_beside_words_are_taken_out() {
        assert_eq!(words("[BLANK_AUDIO] Tuesday at three (coughs).", "en", &CLEAR), "Tuesday at three .");
        assert_eq!(words("*beep* Hello there", "en", &CLEAR), "Hello there");
    }

    #[test]
    fn brackets_around_figures_are_a_phone_number() {
        assert_eq!(words("My number is (305) 555-0199.", "en", &CLEAR), "My number is (305) 555-0199.");
    }

    #[test]
    fn boilerplate_is_dropped_wherever_it_stands() {
        assert_eq!(judge("Thanks for watching!", "en", &CLEAR), Verdict::Noise("boilerplate"));
        assert_eq!(words("I need a cleaning. Thank you for watching.", "en", &CLEAR), "I need a cleaning.");
        let amara = "Subtítulos realizados por la comunidad de Amara.org";
        assert_eq!(judge(amara, "es", &CLEAR), Verdict::Noise("boilerplate"));
    }

    #[test]
    fn loops_are_doubtful() {
        let one = "the ".repeat(20);
        let phrase = "I would like to book ".repeat(6);
        for text in [one.as_str(), phrase.as_str()] {
            assert!(matches!(judge(text, "en", &CLEAR), Verdict::Doubtful(_)), "{text}");
        }
        let es = "una cita ".repeat(8);
        assert!(matches!(judge(&es, "es", &CLEAR), Verdict::Doubtful(_)));
    }

    #[test]
    fn figures_said_again_and_again_are_no_loop() {
        for text in ["0 0 0 0 0 0 0 0 0 0", "My number is 5 5 5, 5 5 5, 5 5 5 5", "1 800 555 5555"] {
            assert_eq!(words(text, "en", &CLEAR), text);
        }
        let capped = Evidence { capped: true, seconds: 1.0, ..CLEAR };
        assert_eq!(judge("0 0 0 0 0 0 0 0 0 0 0 0 0 0", "en", &capped), Verdict::Doubtful("a loop"));
    }

    #[test]
    fn long_ordinary_speech_is_no_repetition() {
        let text = "Hi, I'd like to book an appointment for a cleaning on Tuesday, or if Tuesday is full then on Wednesday, \
                    in the morning if you can, because in the afternoon I have to pick up my daughter from school.";
        assert_eq!(words(text, "en", &CLEAR), text);
    }

    #[test]
    fn words_the_model_itself_does_not_believe_are_doubtful() {
        assert_eq!(judge("A strange bridge of hats", "en", &HOPELESS), Verdict::Doubtful("improbable words"));
    }

    #[test]
    fn every_phrase_of_the_file_is_written_as_it_is_looked_up() {
        for phrases in TABLE.values() {
            for phrase in phrases.never.iter().chain(&phrases.weak) {
                assert_eq!(&normal(phrase), phrase);
            }
        }
        assert!(TABLE.contains_key("en") && TABLE.contains_key("es"));
    }

    #[test]
    fn a_language_without_phrases_is_still_judged_by_form() {
        assert_eq!(judge("[Musik]", "de", &CLEAR), Verdict::Noise("labels only"));
        assert_eq!(words("Guten Tag", "de", &CLEAR), "Guten Tag");
    }
}
