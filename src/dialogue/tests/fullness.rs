//! How much of what somebody wants their words hold: what the call waits by.

use super::*;
use crate::nlu::Grammar;

/// Whether words only begin, and whether nothing can be wanting in them, said after these.
fn fullness(before: &[&str], text: &str) -> (bool, bool) {
    let mut call = Call::with(setting(), Arc::new(Grammar::embedded().expect("a grammar")));
    for text in before {
        call.say(text);
    }
    let step = call.dialogue.hear(&call.now, Heard::Words { text, confidence: 0.9 });
    (step.begins, step.whole)
}

#[test]
fn who_only_greets_has_begun_and_who_says_goodbye_has_said_all() {
    for greeting in ["Hello, this is Peter Novak.", "Hi there.", "Hello?"] {
        assert_eq!(fullness(&[], greeting), (true, false), "{greeting}");
    }
    for wish in ["I'd like to book a cleaning.", "Hello, I need a cleaning on Tuesday at ten.", "What are your hours?"]
    {
        assert_eq!(fullness(&[], wish), (false, false), "{wish}");
    }
    assert_eq!(fullness(&["What are your hours?"], "No, that's all. Thank you, goodbye."), (false, true));
}

#[test]
fn a_day_with_its_time_is_whole_where_it_was_asked_for() {
    assert_eq!(fullness(&["I'd like to book a cleaning."], "Tuesday at ten in the morning."), (false, true));
    assert_eq!(fullness(&["I'd like to book a cleaning."], "Tuesday."), (false, false));
}
