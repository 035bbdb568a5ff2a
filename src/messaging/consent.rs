//! What somebody wants who writes such a word: to hear no more of us, or to hear of us again.
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
const HELP: &[&str] = &["help", "info"];
/// Sentences that end it too: any reasonable way of saying it does (47 CFR 64.1200(a)(10)). Without [`FILLERS`].
const STOP_SENTENCES: &[&str] = &[
    "stop",
    "unsubscribe",
    "opt out",
    "opt out of your messages",
    "stop texting",
    "stop messaging",
    "stop contacting",
    "stop writing",
    "stop sending messages",
    "stop sending texts",
    "stop sending these messages",
    "stop sending these texts",
    "stop messages",
    "stop texts",
    "stop these messages",
    "stop these texts",
    "no messages",
    "no texts",
    "dont text",
    "do not text",
    "dont message",
    "do not message",
    "dont contact",
    "do not contact",
    "remove",
    "remove from your list",
    "take off your list",
    "unsubscribe from your list",
    "no escriban",
    "no escribas",
    "no manden mensajes",
    "no mandes mensajes",
    "no envien mensajes",
    "no quiero mensajes",
    "no quiero recibir mensajes",
    "no mensajes",
    "deja de escribirme",
    "dejen de escribirme",
    "deja de mandarme mensajes",
    "dejen de mandarme mensajes",
    "dejen de enviarme mensajes",
    "deje de escribirme",
    "borrame de la lista",
];
/// Words that change nothing in these.
const FILLERS: &[&str] = &[
    "please", "pls", "kindly", "just", "now", "me", "i", "want", "any", "anymore", "again", "more", "ever", "por",
    "favor", "ya", "mas",
];

/// What a message asks, if that is all it says. `stopped`: whether its sender had asked for no more.
pub fn wish(text: &str, stopped: bool) -> Option<Wish> {
    let said = folded(text);
    let among = |words: &[&str]| words.contains(&said.as_str());
    let bare: Vec<&str> = said.split(' ').filter(|word| !FILLERS.contains(word)).collect();
    let bare = bare.join(" ");
    if among(STOP) || STOP_SENTENCES.contains(&bare.as_str()) {
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
        for text in
            ["Stop by at five", "cancel my appointment", "Can you end early?", "pare el taxi", "", "please", "me", "no"]
        {
            assert_eq!(wish(text, false), None, "{text}");
        }
    }

    #[test]
    fn any_plain_way_of_saying_it_ends_it() {
        for text in [
            "please stop",
            "Stop texting me!",
            "Please stop sending me messages.",
            "Don't text me again",
            "unsubscribe me",
            "Remove me from your list, please",
            "No more texts",
            "Por favor no me escriban más",
            "ya no quiero recibir más mensajes",
            "Dejen de escribirme",
        ] {
            assert_eq!(wish(text, false), Some(Wish::Stop), "{text}");
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
        assert_eq!(wish("Ayuda", true), None, "no carrier answers that: we do");
    }
}
