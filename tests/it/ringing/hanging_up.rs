//! Callers who hang up, in every phase of a call.

use super::house::{House, texts};
use ringlypro::simulator::{CallPlan, Ending, Persona, persona};
use std::sync::Arc;

/// A caller who says all they want, and hangs up at this moment.
fn leaving(moment: &str) -> Arc<Persona> {
    let text = format!(
        "[[persona]]\nname = \"leaving\"\nabout = \"\"\nvoice = \"caller-2\"\n\
         [[persona.rule]]\nwhen = \"help you\"\n\
         say = [\"This is Jenny Park. I need a check-up on Thursday at ten thirty in the morning.\"]\n\
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
        ("in the greeting", "turn = 0\nafter_ms = 800"),
        ("while it listens", "turn = 0\nafter_ms = 5800"),
        ("while they speak", "turn = 0\nafter_ms = 8000"),
        ("while it makes out the words", "line = 0\nafter_ms = 350"),
        ("while it works or begins to answer", "line = 0\nafter_ms = 900"),
        ("while it answers", "turn = 1\nafter_ms = 700"),
    ];
    for pair in moments.chunks_exact(2) {
        let [first, second] = [(pair[0], 140), (pair[1], 141)].map(|((moment, at), number)| {
            eprintln!("hanging up {moment}");
            hang_up(&house, house.plan(leaving(at), number))
        });
        tokio::join!(first, second);
        assert_eq!(house.open_calls(), 0, "the lines are free");
    }
    assert!(house.appointments().await.is_empty(), "nobody said yes");
}
