//! Callers: what each wants, and what they say to what they hear. Most cooperate; some are only noise.

use crate::chance::Chance;

/// What a caller does when it is their turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    Says(String),
    Presses(&'static str),
    HangsUp,
}

/// An answer by what the agent's words hold; the first that fits counts. Lines are taken in turn, the last stays.
type Rule = (&'static [&'static str], &'static [&'static str]);

/// What anybody answers to, whatever they called for.
const MANNERS: &[Rule] = &[
    (&["anything else", "else i can"], &["No, that's all, thank you. Goodbye."]),
    (&["leave it there"], &["Yes."]),
    (&["did you say yes", "was that a yes", "yes or no"], &["Yes."]),
    (&["leave a message instead", "take a message for you"], &["No thank you."]),
    (&["speak to a person", "put you through to a person"], &["No."]),
    (&["shall i", "is that right", "do you want me to", "shall we"], &["Yes, please."]),
    (&["your name", "what name", "first and last"], &["Jenny Park.", "My name is Jenny Park."]),
    (&["number", "digit"], &["three oh five, five five five, oh one seven six", "The number I'm calling from."]),
    (&["would that work", "does that suit", "work for you"], &["Yes, that works.", "Yes."]),
    (
        &["which suits", "what works best", "either work", "which one would"],
        &["The first one.", "The last one, please."],
    ),
    (&["which one do you mean"], &["The first one."]),
    (&["what should i change", "which part"], &["The time.", "Nothing, book it."]),
    (
        &["day and time", "when would you", "which day", "what day", "give me a day"],
        &["As soon as possible.", "Thursday."],
    ),
    (&["come in for", "should i book", "appointment for", "which service", "one of these"], &["A cleaning."]),
    (&["message", "in your own words"], &["Please tell the doctor that my tooth hurts again."]),
    (&["are you there", "still there"], &["Yes, I'm here."]),
];

/// What they open with.
const WISHES: &[&[&str]] = &[
    &["Hi, I'd like to book a cleaning, please."],
    &["This is Jenny Park. I need a check-up on Thursday at ten thirty in the morning."],
    &["I'd like an appointment for whitening.", "A whitening next Tuesday at two in the afternoon."],
    &["I need to cancel my appointment."],
    &["I'd like to move my appointment.", "Move it to Friday at eleven."],
    &["I'd like to leave a message."],
    &["What are your opening hours?", "How much is a cleaning?", "I want to book a consultation tomorrow at noon."],
    &["I'd like to speak to a person, please."],
];

/// What is thrown in where it does not belong.
const CURVES: &[&str] = &[
    "Actually, make it a consultation.",
    "No, that's wrong.",
    "Friday would be better.",
    "Do you have anything later?",
    "How much is that?",
    "Repeat that, please.",
    "Hold on a second.",
    "Start over.",
    "um",
    "My cat is on the keyboard",
    "Cancel.",
    "yes no maybe",
    "The name is wrong, it's Bo Diaz.",
    "",
    "Can we do it in Spanish?",
    "I said yes",
    "Is it booked now?",
];

/// One caller.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    wish: &'static [&'static str],
    used: Vec<usize>,
    wished: usize,
    /// How often, in a hundred turns, they say something else than what was asked.
    pub(crate) erratic: u64,
    pub(crate) chance: Chance,
}

impl Caller {
    pub(crate) fn new(seed: u64, erratic: u64) -> Self {
        let mut chance = Chance(seed);
        let wish = WISHES[usize::try_from(chance.below(WISHES.len() as u64)).expect("small")];
        Self { wish, used: vec![0; MANNERS.len()], wished: 0, erratic, chance }
    }

    /// Who wants exactly this.
    pub(crate) fn wanting(wish: usize) -> Self {
        Self { wish: WISHES[wish], used: vec![0; MANNERS.len()], wished: 0, erratic: 0, chance: Chance(1) }
    }

    /// Their answer to the agent's words; none: they say nothing.
    pub(crate) fn answer(&mut self, words: &str) -> Option<Does> {
        if self.chance.percent(self.erratic) {
            return match self.chance.below(12) {
                0 => None,
                1 => Some(Does::HangsUp),
                2 => Some(Does::Presses(self.chance.one_of(&["1", "2", "0", "*", "9#", "3055550142", "55"]))),
                _ => Some(Does::Says(self.chance.one_of(CURVES).to_owned())),
            };
        }
        let words = words.to_lowercase();
        if ["how can i help", "how may i", "what can i do"].iter().any(|part| words.contains(part)) {
            let line = self.wish.get(self.wished).or(self.wish.last());
            self.wished += 1;
            return line.map(|line| Does::Says((*line).to_owned()));
        }
        let place = MANNERS.iter().position(|(parts, _)| parts.iter().any(|part| words.contains(part)))?;
        let lines = MANNERS[place].1;
        let line = lines.get(self.used[place]).or(lines.last())?;
        self.used[place] += 1;
        Some(Does::Says((*line).to_owned()))
    }
}
