//! Who may interrupt the agent? `cargo bench --bench barge -- [--smoke] [--list] [--seed N] [--recogniser MS]
//! [--second-look MS] [disturbances] [interruptions] [short]`
//!
//! While the agent speaks, thirty sounds that mean nothing (coughs, "mm-hm"s, noises, its own echo) and some forty real
//! interruptions (human recordings and our voices) come down the line, through the real voice detector, recogniser and
//! session in virtual time (`rehearsal`). Counted: how many of the thirty *derail* the agent (it does not finish what it
//! was saying, or takes the sound for a turn), and for real ones how long it goes on (`yield_ms`) and whether the words
//! arrive; for both how long after falling silent it knows what to do (`verdict_ms`: it goes on, cuts itself off, or stays
//! silent because there are words), and how much the far end hears twice when it goes on (`repeated_ms`), by the way there. With a seed other sounds and other interruptions are drawn than those thresholds were chosen with. Whole calls over a socket are `benches/turn.rs`. Prints figures; asserts none.

#[path = "rehearsal/mod.rs"]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "arithmetic on audio and milliseconds")]
#[allow(
    dead_code,
    clippy::wildcard_enum_match_arm,
    reason = "shared by several benches; unmeasured events are passed over"
)]
mod rehearsal;
#[path = "../src/speech/testing.rs"]
#[allow(dead_code, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "arithmetic on test audio")]
mod testing;

use rehearsal::converse::Expecting;
use rehearsal::dictation::Chance;
use rehearsal::disturbance::{Disturbance, disturbances, drawn, higher_by, levelled};
use rehearsal::models::Models;
use rehearsal::tables::{head, percent, quantile, row};
use rehearsal::{CallerTrack, Echo, Heard, Latencies, Rehearsal, sound};
use ringlypro::call::timing::Timing;
use ringlypro::nlu::{Field, Language};
use ringlypro::simulator::lines::Voices;
use std::collections::BTreeMap;

type Failure = Box<dyn std::error::Error>;

/// What the agent is saying: nine seconds, a clause at a time.
const SPEECH: [&str; 3] = [
    "I have Tuesday at ten thirty in the morning, or Wednesday at two in the afternoon.",
    "On Thursday there is one more, at a quarter past nine.",
    "Which of these would suit you best, or shall I look at next week?",
];
/// When the caller makes the sound: in the middle of the first clause, and of the second.
const MOMENTS_MS: [u64; 2] = [1_800, 6_300];
/// Time for whatever comes of it.
const LENGTH_MS: u64 = 20_000;
/// The room's noise: 25 dB below speech.
const ROOM_DB: f32 = -45.0;
/// An agent that is not heard for so long has fallen silent: no pause inside its speech is as long.
const SILENT_MS: u64 = 500;
/// Longer interruptions are cut here: nobody talks for ten seconds over another.
const INTERRUPTION_MS: usize = 2_500;
/// The aims: a verdict within so much, and so much heard twice at most.
const VERDICT_MS: u64 = 500;
const REPEATED_MS: i64 = 40;
/// `--smoke` takes every so-many-th sound.
const SMOKE_STEP: usize = 8;
/// Ways to the far end, and as much back.
const WAYS_MS: [u64; 4] = [0, 50, 100, 200];
/// Of the human recordings, so many.
const HUMANS: usize = 16;
/// What is said over the agent by our voices.
const WORDS: [&str; 8] = [
    "Wait, not Tuesday, please.",
    "No, I said Wednesday.",
    "The first one, please.",
    "Sorry, can you repeat that?",
    "Stop. I want to cancel my appointment.",
    "Actually, can I speak to a person?",
    "Two in the afternoon is fine.",
    "Hold on, I need a minute.",
];

/// Others, for a set that nothing was chosen with.
const OTHER_WORDS: [&str; 8] = [
    "Excuse me, what about Friday?",
    "The second one works for me.",
    "I can't come on Thursday.",
    "Do you have anything earlier?",
    "No no, that's too late.",
    "How much does that cost?",
    "Let me talk to somebody.",
    "Next week is better.",
];

/// Interruptions as short as assent.
const SHORT: [&str; 8] =
    ["Wait.", "Stop.", "Hold on.", "No.", "Sorry?", "Okay, stop.", "Mm, wait.", "Yes, but not Friday."];

/// What the agent is, and how fast its models are taken to be.
#[derive(Clone)]
struct Setting {
    timing: Timing,
    latencies: Latencies,
}

fn main() -> Result<(), Failure> {
    let (mut smoke, mut list, mut seed, mut sections) = (false, false, None, Vec::new());
    let timing = Timing { no_input_ms: 60_000, ..Timing::default() };
    let mut setting = Setting { timing, latencies: Latencies::default() };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seed" => seed = Some(arguments.next().ok_or("--seed takes a number")?.parse()?),
            "--recogniser" => {
                setting.latencies.recognise_ms = arguments.next().ok_or("--recogniser takes milliseconds")?.parse()?;
            }
            "--second-look" => {
                setting.timing.second_look_ms = arguments.next().ok_or("--second-look takes milliseconds")?.parse()?;
            }
            "--smoke" => smoke = true,
            "--list" => list = true,
            flag if flag.starts_with("--") => {} // what cargo adds
            section => sections.push(section.to_owned()),
        }
    }
    let wants = |name: &str| sections.is_empty() || sections.iter().any(|section| section == name);
    let models = Models::open()?;
    println!("virtual time; {:?}; a second look at {} ms", setting.latencies, setting.timing.second_look_ms);
    let whole = over_the_agent(&models, &setting, &[], None, 0).0;
    let whole_ms = spoken_ms(&whole);
    println!("the agent undisturbed: {whole_ms} ms of speech");
    if wants("disturbances") {
        let mut all = seed.map_or_else(|| disturbances(&models), |seed| drawn(&models, seed));
        if smoke {
            // One of nearly every kind.
            all = all.into_iter().step_by(SMOKE_STEP).collect();
        }
        disturbed(&models, &setting, &all, whole_ms, list);
    }
    if wants("interruptions") {
        let mut all = interruptions(&models, seed)?;
        if smoke {
            all.truncate(2);
        }
        interrupted(&models, &setting, &all, list);
    }
    if wants("short") {
        let mut all = said_by_our_voices(&models, &SHORT, seed);
        if smoke {
            all.truncate(1);
        }
        interrupted(&models, &setting, &all, list);
    }
    Ok(())
}

/// The agent speaks, and this comes down the line meanwhile.
fn over_the_agent(
    models: &Models,
    setting: &Setting,
    audio: &[f32],
    echo: Option<Echo>,
    moment_ms: u64,
) -> (Heard, Expecting) {
    let mut voice = vec![0.0; usize::try_from(moment_ms * 8).expect("small")];
    voice.extend(audio);
    let track = CallerTrack { voice, length_ms: LENGTH_MS, noise_db: Some(ROOM_DB), echo, seed: moment_ms };
    let greeting = SPEECH.map(str::to_owned).to_vec();
    let converse = Expecting { greeting, ..Expecting::of(Field::Choice, Language::En) };
    Rehearsal::run(models, converse, setting.timing.clone(), setting.latencies, track)
}

/// How long the far end heard the agent speak.
fn spoken_ms(heard: &Heard) -> u64 {
    sound::speech_in(&heard.played, 20).iter().map(|(from, to)| to - from).sum()
}

fn disturbed(models: &Models, setting: &Setting, all: &[Disturbance], whole_ms: u64, list: bool) {
    let mut kinds: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut verdicts = Vec::new();
    for (number, one) in all.iter().enumerate() {
        let moment = MOMENTS_MS[number % MOMENTS_MS.len()];
        let (heard, converse) = over_the_agent(models, setting, &one.audio, one.echo, moment);
        let spoken = spoken_ms(&heard);
        verdicts.extend(heard.verdicts.iter().map(|verdict| verdict.after_ms));
        // A tenth of a second is the grain of a word that was repeated or shortened at the seam.
        let whole = spoken + 100 >= whole_ms;
        let taken = !converse.given.is_empty();
        let derailed = taken || converse.cut_off > 0 || !whole;
        let sums = kinds.entry(one.kind).or_default();
        for (sum, so) in sums.iter_mut().zip([true, derailed, taken, !heard.clears.is_empty()]) {
            *sum += usize::from(so);
        }
        if list {
            let words: Vec<&str> = heard.recognised.iter().map(|(.., text)| text.as_str()).collect();
            let what = if derailed { "DERAILED" } else { "held its course" };
            println!(
                "{}: {what}, spoke {spoken} of {whole_ms} ms, given {:?}, heard {words:?}",
                one.name, converse.given
            );
        }
    }
    head(
        "Sounds over the agent that mean nothing",
        &["sound", "how many", "derailed the agent", "of them taken for a turn", "made it pause"],
    );
    let mut total = [0; 4];
    for (kind, sums) in kinds {
        row(std::iter::once(kind.to_owned()).chain(sums.map(|sum| sum.to_string())));
        total = std::array::from_fn(|n| total[n] + sums[n]);
    }
    row(std::iter::once("all".to_owned()).chain(total.map(|sum| sum.to_string())));
    judged("Sounds over the agent that mean nothing", &verdicts);
    seams(models, setting, all);
}

/// How long after falling silent the agent knew what to do.
fn judged(what: &str, verdicts: &[Option<u64>]) {
    let known: Vec<u64> = verdicts.iter().flatten().copied().collect();
    let soon = known.iter().filter(|ms| **ms <= VERDICT_MS).count();
    let title = format!("{what}: from falling silent to the verdict");
    head(&title, &["silences", "verdict_ms p50", "p95", "max", "within 500 ms", "never"]);
    row([
        verdicts.len().to_string(),
        quantile(&known, 0.5),
        quantile(&known, 0.95),
        quantile(&known, 1.0),
        percent(soon, verdicts.len()),
        (verdicts.len() - known.len()).to_string(),
    ]);
}

/// How much the far end hears twice when the agent goes on, by how far away it is.
fn seams(models: &Models, setting: &Setting, all: &[Disturbance]) {
    let columns = [
        "way there, ms",
        "went on",
        "repeated_ms p50",
        "p95",
        "max",
        "at most 40",
        "left something out",
        "at most, ms",
    ];
    head("Heard twice where the agent goes on", &columns);
    for transit_ms in WAYS_MS {
        let setting = Setting { latencies: Latencies { transit_ms, ..setting.latencies }, ..setting.clone() };
        let seams = |(number, one): (usize, &Disturbance)| {
            over_the_agent(models, &setting, &one.audio, one.echo, MOMENTS_MS[number % MOMENTS_MS.len()]).0.repeated_ms
        };
        let seams: Vec<i64> = all.iter().enumerate().flat_map(seams).collect();
        let twice: Vec<u64> = seams.iter().map(|ms| u64::try_from(*ms).unwrap_or(0)).collect();
        let left_out: Vec<u64> = seams.iter().filter(|ms| **ms < 0).map(|ms| ms.unsigned_abs()).collect();
        row([
            transit_ms.to_string(),
            seams.len().to_string(),
            quantile(&twice, 0.5),
            quantile(&twice, 0.95),
            quantile(&twice, 1.0),
            percent(seams.iter().filter(|ms| **ms <= REPEATED_MS).count(), seams.len()),
            left_out.len().to_string(),
            quantile(&left_out, 1.0),
        ]);
    }
}

/// Somebody who wants to be heard.
struct Interruption {
    who: &'static str,
    text: String,
    audio: Vec<f32>,
}

/// Each by three voices.
fn said_by_our_voices(models: &Models, words: &[&str], seed: Option<u64>) -> Vec<Interruption> {
    let mut chance = seed.map(Chance);
    let said = words.iter().cycle().take(3 * words.len()).enumerate();
    said.map(|(number, text)| {
        let voice = format!("caller-{}", number % 6 + 1);
        let higher = chance.as_mut().map_or(1.0, |chance| chance.between(85..119) as f32 / 100.0);
        let audio = levelled(higher_by(&models.say(&voice, text, Language::En), higher));
        Interruption { who: "our voices", text: (*text).to_owned(), audio }
    })
    .collect()
}

fn interruptions(models: &Models, seed: Option<u64>) -> Result<Vec<Interruption>, Failure> {
    let mut all = said_by_our_voices(models, if seed.is_some() { &OTHER_WORDS } else { &WORDS }, seed);
    let Some(folder) = testing::recordings_folder() else { return Ok(all) };
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let voices = Voices::default();
    let fits = |recording: &testing::Recording| recording.lang == "en" && recording.style != "digits";
    let recordings: Vec<_> = testing::recordings(&folder).into_iter().filter(fits).collect();
    let apart = (recordings.len() / HUMANS).max(1);
    // The first third is the bench's own set; odd and even seeds take the others.
    let first = seed.map_or(0, |seed| if seed.is_multiple_of(2) { 1 } else { 2 });
    for recording in recordings.into_iter().skip(first).step_by(apart).take(HUMANS) {
        let line = runtime.block_on(voices.read(&folder.join(&recording.file)))?;
        let mut audio = line.audio.0.clone();
        audio.truncate(INTERRUPTION_MS * 8);
        all.push(Interruption { who: "human recordings", text: recording.text, audio });
    }
    Ok(all)
}

fn interrupted(models: &Models, setting: &Setting, all: &[Interruption], list: bool) {
    let mut groups: BTreeMap<&str, (usize, Vec<u64>, usize)> = BTreeMap::new();
    let mut verdicts = Vec::new();
    for (number, one) in all.iter().enumerate() {
        let moment = MOMENTS_MS[number % MOMENTS_MS.len()];
        let (heard, converse) = over_the_agent(models, setting, &one.audio, None, moment);
        verdicts.extend(heard.verdicts.iter().map(|verdict| verdict.after_ms));
        let onset = sound::speech_in(&one.audio, 200).first().map_or(moment, |(from, _)| moment + from);
        let stretches = sound::speech_in(&heard.played, SILENT_MS);
        // What it was saying when it was to be silent; in a pause between two words it was silent already.
        let told = heard.clears.iter().copied().find(|at| *at >= onset).unwrap_or(onset);
        let silent_at = stretches.iter().take_while(|(from, _)| *from <= told).map(|(_, to)| *to).last();
        // It fell silent for the caller's sake if it did so before its speech was over.
        let yields = converse.cut_off > 0 || !heard.clears.is_empty();
        let yielded = silent_at.filter(|_| yields).map(|at| at.saturating_sub(onset));
        for who in [one.who, "all"] {
            let group = groups.entry(who).or_default();
            group.0 += 1;
            group.1.extend(yielded);
            group.2 += usize::from(!converse.given.is_empty());
        }
        if list {
            let words: Vec<&str> = heard.recognised.iter().map(|(.., text)| text.as_str()).collect();
            println!("{}: {yielded:?} ms, given {:?}, heard {words:?}", one.text, converse.given);
        }
    }
    head("Real interruptions", &["who", "how many", "yielded", "yield_ms p50", "p95", "max", "words arrived"]);
    for (who, (count, yields, arrived)) in groups {
        row([
            who.to_owned(),
            count.to_string(),
            percent(yields.len(), count),
            quantile(&yields, 0.5),
            quantile(&yields, 0.95),
            quantile(&yields, 1.0),
            percent(arrived, count),
        ]);
    }
    judged("Real interruptions", &verdicts);
}
