//! What callers came for, and whether they got it.

use super::house::{House, PERSON, texts};
use ringlypro::simulator::{Ending, Persona, persona};
use std::path::PathBuf;
use std::sync::Arc;

/// A caller of this description.
fn described(text: &str) -> Arc<Persona> {
    persona::read(text).expect("a persona").remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_everything_at_once_is_booked_for_just_that_and_hears_so() {
    let house = House::open().await;
    let report = house.call("brisk", 176).await;
    assert_eq!((report.ending, report.reached_goal), (Ending::AgentHungUp, Some(true)), "{report}");
    let booked = house.appointments().await;
    assert_eq!(booked.len(), 1, "{report}");
    assert_eq!(booked[0]["service_name"], "check-up");
    assert_eq!(booked[0]["slot"]["start"], "2026-11-26T15:30:00Z", "Thursday at 10:30 in New York\n{report}");
    assert_eq!((&booked[0]["customer_phone"], &booked[0]["source"]), (&"+13055550176".into(), &"voice".into()));
    assert_eq!(booked[0]["customer_name"], "Jenny Park", "{report}");
    // What is written down was really to be heard.
    let heard = house.heard(&report).await;
    assert!(heard.contains("all set") && heard.contains("booked") && heard.contains("thursday"), "{heard}");
    let record = house.record(&report).await;
    assert_eq!(record["call"]["ending"], "hung-up");
    assert_eq!(booked[0]["call"], record["call"]["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offered_time_is_taken_moved_and_cancelled_by_the_same_caller() {
    let house = House::open().await;
    let report = house.call("booking", 142).await;
    assert_eq!(report.reached_goal, Some(true), "{report}");
    let booked = house.appointments().await;
    assert_eq!((booked.len(), &booked[0]["service_name"]), (1, &"cleaning".into()), "{report}");
    let report = house.call("moving", 142).await;
    assert_eq!(report.reached_goal, Some(true), "{report}");
    let moved = house.appointments().await;
    assert_eq!((moved.len(), &moved[0]["id"]), (1, &booked[0]["id"]), "{report}");
    assert_ne!(moved[0]["slot"], booked[0]["slot"], "{report}");
    let report = house.call("cancelling", 142).await;
    assert_eq!(report.reached_goal, Some(true), "{report}");
    assert!(house.appointments().await.is_empty(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_in_mid_course_is_what_is_booked() {
    let house = House::open().await;
    let report = house.call("correcting", 188).await;
    assert_eq!(report.reached_goal, Some(true), "{report}");
    let booked = house.appointments().await;
    assert_eq!((booked.len(), &booked[0]["service_name"]), (1, &"consultation".into()), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_agent_falls_silent_and_only_what_was_heard_is_kept() {
    let house = House::open().await;
    let report = house.call("interrupting", 161).await;
    assert_eq!(report.reached_goal, Some(true), "{report}");
    let marks = report.marks;
    assert_eq!((report.clears, marks.sent), (2, marks.reached + marks.cleared), "{report}");
    assert!(report.exchanges[0].yield_ms.is_some(), "the agent was talked over: {report}");
    let record = house.record(&report).await;
    let first = &record["turns"][0];
    assert_eq!((&first["who"], &first["cut_off"]), (&"agent".into(), &true.into()), "{record:#}");
    let kept = first["text"].as_str().expect("words");
    assert!(!kept.is_empty() && !kept.contains("help"), "only what was heard is kept: {kept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_number_and_the_yes_can_be_typed() {
    let house = House::open().await;
    let report = house.call("keypad", 155).await;
    assert_eq!(report.reached_goal, Some(true), "{report}");
    let booked = house.appointments().await;
    assert_eq!(booked.len(), 1, "{report}");
    assert_eq!(booked[0]["customer_phone"], "+13055550177", "as typed, not as called from\n{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_person_is_put_through_to_one() {
    let house = House::open().await;
    let report = house.call("person", 133).await;
    assert_eq!(report.ending, Ending::Transferred, "{report}");
    assert_eq!(report.transferred_to.as_deref(), Some(PERSON));
    assert_eq!(house.record(&report).await["call"]["ending"], "transferred");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_kept_as_it_was_said() {
    let house = House::open().await;
    let report = house.call("message", 193).await;
    assert_eq!(report.reached_goal, Some(true), "{report}");
    let record = house.record(&report).await;
    let said = texts(&record, "caller").join(" ").to_lowercase();
    assert!(said.contains("tooth hurts again"), "{said}");
    assert!(texts(&record, "agent").iter().any(|text| text.contains("tooth hurts again")), "it is read back\n{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_nothing_is_asked_twice_and_let_go() {
    let house = House::open().await;
    let report = house.call("silent", 120).await;
    assert_eq!(report.ending, Ending::AgentHungUp, "{report}");
    assert!(report.exchanges.is_empty());
    let record = house.record(&report).await;
    assert!(texts(&record, "caller").is_empty(), "no words are made of noise: {record:#}");
    let said = texts(&record, "agent").join(" ");
    assert!(said.contains("there?") && said.contains("oodbye"), "{said}");
}

/// The recordings of people's voices, where they are.
fn people() -> Option<PathBuf> {
    let corpus = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpora/speech"));
    if !corpus.is_dir() {
        eprintln!("note: ../shared/corpora/speech is not there; this test needs its recordings");
    }
    corpus.is_dir().then_some(corpus)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_and_a_number_said_by_people_are_what_is_booked() {
    let Some(corpus) = people() else { return };
    let house = House::open().await;
    // Nobody recorded the other lines; these are said by a synthetic voice.
    let (day, number) = (corpus.join("g-today.wav"), corpus.join("fsdd-jackson-31.wav"));
    let described = format!(
        "{}\n[[persona]]\nname = \"people\"\nabout = \"\"\nvoice = \"caller-3\"\nlike = \"keypad\"\n\
         [[persona.rule]]\nwhen = \"what day|which day|when would you|day and time\"\nplay = [{day:?}]\n\
         [[persona.rule]]\nwhen = \"best number|(phone|what|which) number|digit by digit\"\nplay = [{number:?}]\n\
         [[persona.rule]]\nwhen = 'number you.re calling from'\nsay = [\"No, the number is wrong.\"]\n\
         [[persona.rule]]\nwhen = 'shall i (book|do)|is that right'\nsay = [\"Yes, please.\"]\ntimes = 3\n",
        include_str!("../../../models/personas.toml")
    );
    let caller = persona::read(&described).expect("personas").pop().expect("the last one");
    let report = house.ring(house.plan(caller, 112)).await;
    assert_eq!(report.reached_goal, Some(true), "{report}");
    let booked = house.appointments().await;
    assert_eq!(booked.len(), 1, "{report}");
    assert_eq!(booked[0]["customer_phone"], "+18015572692", "as the person said it\n{report}");
    let start = booked[0]["slot"]["start"].as_str().expect("a start");
    assert!(start.starts_with("2026-11-23"), "today, as the person said: {start}\n{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn human_voices_are_understood_over_the_telephone() {
    let Some(corpus) = people() else { return };
    let house = House::open().await;
    // They do not talk about dentists, so it is the recogniser's words that are judged, as the house writes them down.
    let clips = [("one-two-three.wav", &["one", "two", "three"][..]), ("jfk.wav", &["fellow", "americans", "country"])];
    let files: Vec<_> = clips.iter().map(|(file, _)| corpus.join(file)).collect();
    let mut plan = house.plan(Arc::new(Persona::playing(&files)), 111);
    plan.words = None;
    let report = house.ring(plan).await;
    let record = house.record(&report).await;
    let said =
        texts(&record, "caller").join(" ").to_lowercase().replace('1', "one").replace('2', "two").replace('3', "three");
    for word in clips.iter().flat_map(|(_, words)| *words) {
        assert!(said.contains(word), "{word} is missing in {said:?}\n{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_answered_in_turn() {
    let house = House::open().await;
    let report = house.call("asking", 177).await;
    let record = house.record(&report).await;
    let said = texts(&record, "agent").join(" ");
    for part in ["We're open", "95", "120 Oak Street"] {
        assert!(said.contains(part), "{part} is missing: {record:#}");
    }
    assert_eq!(report.ending, Ending::AgentHungUp, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_callers_at_once_do_not_get_the_same_time() {
    let house = House::open().await;
    let same_time = |name: &str, voice: &str| {
        described(&format!(
            "[[persona]]\nname = \"{name}\"\nabout = \"\"\nvoice = \"{voice}\"\n\
             [[persona.rule]]\nwhen = \"good ?bye|lovely day\"\ntimes = 9\n\
             [[persona.rule]]\nwhen = \"anything else\"\nsay = [\"No, thank you. Goodbye.\"]\n\
             [[persona.rule]]\nwhen = \"help you\"\nsay = [\"This is {name}. I need a cleaning tomorrow at ten in the morning.\"]\n\
             [[persona.rule]]\nwhen = \"shall i book|is that right\"\nsay = [\"Yes, please.\"]\ntimes = 3\n\
             [[persona.rule]]\nwhen = \"name\"\nsay = [\"{name}.\"]\ntimes = 2\n\
             [[persona.rule]]\nwhen = \"suits|work\"\nsay = [\"The first one, please.\"]\ntimes = 3\n"
        ))
    };
    let one = house.plan(same_time("Peter Brown", "caller-4"), 151);
    let other = house.plan(same_time("Helen Carter", "caller-2"), 152);
    let (one, other) = tokio::join!(house.ring(one), house.ring(other));
    let booked = house.appointments().await;
    assert_eq!(booked.len(), 2, "{one}\n{other}");
    assert_ne!(booked[0]["slot"], booked[1]["slot"]);
    assert_eq!(house.open_calls(), 0);
}
