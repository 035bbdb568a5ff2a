//! What somebody wants who writes a single word: to hear no more of us, or to hear of us again.
//!
//! The words are those that carriers act upon, those the law names, and their Spanish ones. A sentence in which such a word
//! stands is a sentence: "stop by at five" ends nothing. Pure.
//!
//! Sources: 47 CFR 64.1200(a)(10) for "stop, quit, end, revoke, opt out, cancel, unsubscribe"; Twilio's default keywords.

use crate::crm::model::folded;

/// What a message asks of the sender of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// No more.
    Stop,
    /// Again.
    Start,
    /// What is this? The carrier answers it.
    Help,
}

/// Words that end it.
const STOP: &[&str] = &[
    "stop",
    "stopall",
    "stop all",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "revoke",
    "optout",
    "opt out",
    "alto",
    "baja",
    "cancelar",
    "detener",
    "parar",
    "pare",
];
/// Words that begin it again.
const START: &[&str] = &["start", "unstop", "alta", "iniciar"];
/// Words that begin it again for whoever had ended it; for all others they answer a question.
const YES: &[&str] = &["yes", "si"];
/// Words that ask what this is.
const HELP: &[&str] = &["help", "info", "ayuda"];

/// What a message asks, if that is all it says. `stopped`: whether its sender had asked for no more.
pub fn wish(text: &str, stopped: bool) -> Option<Wish> {
    let said = folded(text);
    let among = |words: &[&str]| words.contains(&said.as_str());
    if among(STOP) {
        Some(Wish::Stop)
    } else if among(START) || stopped && among(YES) {
        Some(Wish::Start)
    } else if among(HELP) {
        Some(Wish::Help)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_ends_it_does_so_however_it_is_spelled() {
        for text in ["STOP", " stop. ", "Stop!", "STOPALL", "Opt-Out", "UNSUBSCRIBE", "Pare", "¡ALTO!", "cancelar\n"] {
            assert_eq!(wish(text, false), Some(Wish::Stop), "{text}");
        }
    }

    #[test]
    fn a_sentence_with_such_a_word_is_a_sentence() {
        for text in ["Stop by at five", "cancel my appointment", "Can you end early?", "pare el taxi", ""] {
            assert_eq!(wish(text, false), None, "{text}");
        }
    }

    #[test]
    fn yes_begins_it_again_only_for_whoever_had_ended_it() {
        for text in ["Yes", "sí"] {
            assert_eq!((wish(text, true), wish(text, false)), (Some(Wish::Start), None), "{text}");
        }
        for text in ["START", "unstop", "Alta"] {
            assert_eq!((wish(text, true), wish(text, false)), (Some(Wish::Start), Some(Wish::Start)), "{text}");
        }
    }

    #[test]
    fn help_is_a_wish_of_its_own() {
        assert_eq!(wish("HELP", false), Some(Wish::Help));
        assert_eq!(wish("Ayuda", true), Some(Wish::Help));
    }
}
