//! Callers who hang up, in every phase of a call.

use super::house::{House, texts};
use ringlypro::simulator::{CallPlan, Ending, Persona, persona};
use std::sync::Arc;

const WISH: &str = "This is Jenny Park. I need a check-up on Thursday at ten thirty in the morning.";

/// A caller who says this, and hangs up at this moment.
fn leaving(says: &str, moment: &str) -> Arc<Persona> {
    let text = format!(
        "[[persona]]\nname = \"leaving\"\nabout = \"\"\nvoice = \"caller-2\"\n\
         [[persona.rule]]\nwhen = \"help you\"\nsay = [\"{says}\"]\n\
         [[persona.moment]]\n{moment}\nhang_up = true\n"
    );
    persona::read(&text).expect("a persona").remove(0)
}

async fn hang_up(house: &House, plan: CallPlan) {
    let report = house.ring(plan).await;
    assert_eq!(report.ending, Ending::CallerHungUp, "{report}");
    let record = house.record(&report).await;
    assert_eq!(record["call"]["ending"], "caller-left", "{record:#}");
    assert!(!texts(&record, "agent").is_empty(), "what was heard is kept: {record:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whenever_a_caller_hangs_up_the_call_is_closed_and_the_line_free() {
    let house = House::open().await;
    let moments = [
        ("in the greeting", WISH, "turn = 0\nafter_ms = 800"),
        ("while it listens", WISH, "turn = 0\nafter_ms = 5800"),
        ("while they speak", WISH, "turn = 0\nafter_ms = 8000"),
        ("while it makes out the words", WISH, "line = 0\nafter_ms = 350"),
        ("while it works or begins to answer", WISH, "line = 0\nafter_ms = 900"),
        ("while it answers", WISH, "turn = 1\nafter_ms = 700"),
        ("while it takes its leave", "No, thank you. Goodbye.", "turn = 1\nafter_ms = 400"),
        ("while it answers a question", "What are your opening hours?", "turn = 1\nafter_ms = 400"),
    ];
    for pair in moments.chunks_exact(2) {
        let [first, second] = [(pair[0], 140), (pair[1], 141)].map(|((moment, says, at), number)| {
            eprintln!("hanging up {moment}");
            hang_up(&house, house.plan(leaving(says, at), number))
        });
        tokio::join!(first, second);
        assert_eq!(house.open_calls(), 0, "the lines are free");
    }
    assert!(house.appointments().await.is_empty(), "nobody said yes");
}
