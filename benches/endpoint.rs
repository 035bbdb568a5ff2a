//! Does the agent cut people off, and how long does it keep them waiting?
//! `cargo bench --bench endpoint -- [--smoke] [human] [dictation] [spanish] [words] [curve] [--patience X] [--guess MS]
//! [--list]`
//!
//! Human recordings (`../shared/corpora/speech`) and dictated numbers, addresses and names go down a telephone line
//! through the real ear, voice detector, turn detector, recogniser and session, in virtual time (`rehearsal`). Counted:
//! at how many pauses of 200 ms and more inside a turn the agent began to speak (a *false cut-off*), and how long after
//! the real end of a turn its first frame left. `words` gives the word errors of that whole path beside those of the bare
//! recogniser on the same recordings, whole and at 16 kHz. The first run asks the models and takes minutes; what they said is kept
//! under `target/tmp`, so that later runs with other numbers in `src/call/endpoint.rs` or `--patience` take seconds.
//! Prints figures; asserts none.

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
use rehearsal::dictation::dictations;
use rehearsal::models::Models;
use rehearsal::tables::{head, percent, quantile, row};
use rehearsal::{CallerTrack, Latencies, Rehearsal, sound};
use ringlypro::audio::Pcm;
use ringlypro::call::timing::Timing;
use ringlypro::nlu::{Field, Language};
use ringlypro::simulator::lines::Voices;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

type Failure = Box<dyn std::error::Error>;

/// Silence before the caller speaks.
const BEFORE_MS: u64 = 600;
/// Time for the answer.
const AFTER_MS: u64 = 5_000;
/// A pause of at least this counts.
const PAUSE_MS: u64 = 200;
/// Frames this far apart are two beginnings.
const APART_MS: u64 = 100;
/// The room's noise: 25 dB below speech.
const ROOM_DB: f32 = -45.0;
/// The longest line of a caller's, 30 s at 16 kHz: what is longer is not heard whole.
const LINE_SAMPLES_MAX: usize = 30 * 16_000;
/// The dictated turns.
const DICTATIONS: usize = 100;
const SEED: u64 = 11;

/// One turn to be listened to.
struct Fixture {
    name: String,
    text: String,
    group: String,
    language: Language,
    field: Field,
    voice: Vec<f32>,
}

/// What came of one.
struct Came {
    group: String,
    field: Field,
    /// Pauses inside the turn, and how many of them the agent spoke in.
    pauses: usize,
    cut_off: usize,
    /// From the end of the turn to the answer's first frame; none if it never came.
    delay_ms: Option<u64>,
    /// The words the dialogue was given.
    given: String,
    /// Which recording, and what is said in it.
    name: String,
    text: String,
}

struct Asked {
    sections: Vec<String>,
    timing: Timing,
    smoke: bool,
    list: bool,
}

fn main() -> Result<(), Failure> {
    let asked = asked()?;
    let models = Models::open()?;
    let wants = |name: &str| asked.sections.is_empty() || asked.sections.iter().any(|section| section == name);
    println!("virtual time; {:?}", Latencies::default());
    println!("patience {}, guess after {} ms", asked.timing.patience, asked.timing.guess_ms);
    let mut humans = recordings(Language::En)?;
    let mut dictated = dictated(&models, if asked.smoke { 2 } else { DICTATIONS });
    if asked.smoke {
        humans.retain(|fixture| fixture.voice.len() < 3 * 8_000);
        humans.truncate(2);
        let few: Vec<Fixture> = humans.into_iter().chain(dictated.drain(..)).collect();
        table("smoke: a few turns", &listen(&models, &few, &asked.timing, asked.list));
        return Ok(());
    }
    if wants("human") {
        let came = listen(&models, &humans, &asked.timing, asked.list);
        table("Human recordings, English, by style, expecting what fits it", &came);
        for field in [Field::YesNo, Field::Name, Field::Phone, Field::Words] {
            for fixture in &mut humans {
                fixture.field = field;
            }
            let came = listen(&models, &humans, &asked.timing, false);
            table(&format!("The same, expecting {field:?}"), &came);
        }
        for fixture in &mut humans {
            fixture.field = fitting(&fixture.group);
        }
    }
    if wants("dictation") {
        let came = listen(&models, &dictated, &asked.timing, asked.list);
        table(&format!("{} dictated turns", dictated.len()), &came);
    }
    if wants("spanish") {
        let came = listen(&models, &recordings(Language::Es)?, &asked.timing, asked.list);
        table("Human recordings, Spanish (nearly one voice)", &came);
    }
    if wants("words") {
        words(&models, Language::En, &listen(&models, &humans, &asked.timing, false), asked.list);
        words(&models, Language::Es, &listen(&models, &recordings(Language::Es)?, &asked.timing, false), asked.list);
    }
    if wants("curve") {
        curve(&models, &humans, &dictated, &asked.timing);
    }
    Ok(())
}

fn asked() -> Result<Asked, Failure> {
    let mut asked = Asked { sections: Vec::new(), timing: Timing::default(), smoke: false, list: false };
    asked.timing.no_input_ms = 60_000;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--smoke" => asked.smoke = true,
            "--list" => asked.list = true,
            "--patience" => asked.timing.patience = arguments.next().unwrap_or_default().parse()?,
            "--guess" => asked.timing.guess_ms = arguments.next().unwrap_or_default().parse()?,
            flag if flag.starts_with("--") => {} // what cargo adds
            section => asked.sections.push(section.to_owned()),
        }
    }
    asked.timing.check()?;
    Ok(asked)
}

/// The human recordings of a language; none, with a sentence, where the corpus is not.
fn recordings(language: Language) -> Result<Vec<Fixture>, Failure> {
    let Some(folder) = testing::recordings_folder() else { return Ok(Vec::new()) };
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let voices = Voices::default();
    let mut fixtures = Vec::new();
    for recording in testing::recordings(&folder).into_iter().filter(|recording| recording.lang == language.code()) {
        let line = runtime.block_on(voices.read(&folder.join(&recording.file)))?;
        fixtures.push(Fixture {
            name: recording.file,
            text: recording.text,
            field: fitting(&recording.style),
            group: recording.style,
            language,
            voice: line.audio.0.clone(),
        });
    }
    Ok(fixtures)
}

/// What would have been asked for, to be answered in this style.
fn fitting(style: &str) -> Field {
    if style == "digits" { Field::Phone } else { Field::Anything }
}

fn dictated(models: &Models, count: usize) -> Vec<Fixture> {
    let fixture = |(number, dictation): (usize, rehearsal::dictation::Dictation)| Fixture {
        name: format!("dictation {number}"),
        text: dictation.text,
        group: dictation.kind.to_owned(),
        language: Language::En,
        field: dictation.field,
        voice: dictation.audio,
    };
    dictations(models, count, SEED).into_iter().enumerate().map(fixture).collect()
}

/// Listens to all, as many at once as there are cores.
fn listen(models: &Models, fixtures: &[Fixture], timing: &Timing, list: bool) -> Vec<Came> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (next, came) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(fixture) = fixtures.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let one = listen_to(models, fixture, timing, list);
                    came.lock().expect("no listener panics while it holds this").push(one);
                }
            });
        }
    });
    came.into_inner().expect("no listener panics while it holds this")
}

fn listen_to(models: &Models, fixture: &Fixture, timing: &Timing, list: bool) -> Came {
    let speech: Vec<(u64, u64)> = sound::speech_in(&fixture.voice, PAUSE_MS)
        .into_iter()
        .map(|(from, to)| (from + BEFORE_MS, to + BEFORE_MS))
        .collect();
    let mut voice = vec![0.0; usize::try_from(BEFORE_MS * 8).expect("small")];
    voice.extend(&fixture.voice);
    let length_ms = voice.len() as u64 / 8 + AFTER_MS;
    let track = CallerTrack { voice, length_ms, noise_db: Some(ROOM_DB), echo: None, seed: SEED };
    let converse = Expecting::of(fixture.field, fixture.language);
    let (heard, converse) = Rehearsal::run(models, converse, timing.clone(), Latencies::default(), track);
    let end = speech.last().map_or(BEFORE_MS, |(_, to)| *to);
    let pauses: Vec<(u64, u64)> = speech.windows(2).map(|pair| (pair[0].1, pair[1].0)).collect();
    let began = heard.beginnings(APART_MS);
    let early: Vec<u64> = began.iter().copied().filter(|at| *at < end).collect();
    // A beginning belongs to the pause it follows; one that follows none cut into running speech and counts too.
    let mut cut: Vec<usize> = early.iter().map(|at| pauses.iter().filter(|(from, _)| from <= at).count()).collect();
    cut.dedup();
    let delay_ms = began.iter().find(|at| **at >= end).map(|at| at - end);
    if list && (!cut.is_empty() || delay_ms.is_none()) {
        println!("{} ({}, {:?}): {}", fixture.name, fixture.group, fixture.field, fixture.text);
        for (from, to) in &pauses {
            let spoken = early.iter().any(|at| (*from..to + 300).contains(at));
            let evidence = heard.judged.iter().find(|(at, _)| (*from..to + 200).contains(at));
            let words = heard.recognised.iter().find(|(at, ..)| (*from..to + 200).contains(at)).map(|(.., text)| text);
            let finished = evidence.map_or_else(|| "–".to_owned(), |(_, p)| format!("{p:.2}"));
            println!(
                "  pause {} ms, sounds finished {finished}, {}: {words:?}",
                to - from,
                if spoken { "CUT OFF" } else { "waited" }
            );
        }
        println!("  answered {delay_ms:?} ms after the end; given {:?}", converse.given);
    }
    Came {
        group: fixture.group.clone(),
        field: fixture.field,
        pauses: pauses.len(),
        cut_off: cut.len(),
        delay_ms,
        given: converse.given.iter().filter(|words| !words.starts_with('(')).cloned().collect::<Vec<_>>().join(" "),
        name: fixture.name.clone(),
        text: fixture.text.clone(),
    }
}

fn table(title: &str, came: &[Came]) {
    let mut groups: BTreeMap<(String, String), Vec<&Came>> = BTreeMap::new();
    for one in came {
        groups.entry((one.group.clone(), format!("{:?}", one.field))).or_default().push(one);
        groups.entry(("all".to_owned(), String::new())).or_default().push(one);
    }
    head(
        title,
        &["what", "expecting", "turns", "pauses ≥ 200 ms", "cut off", "%", "wait p50", "wait p95", "never answered"],
    );
    for ((group, field), came) in groups {
        let sums = Sums::of(came.into_iter());
        row([group, field, sums.turns.to_string()].into_iter().chain(sums.cells()));
    }
}

struct Sums {
    turns: usize,
    pauses: usize,
    cut_off: usize,
    waits: Vec<u64>,
}

impl Sums {
    fn of<'a>(came: impl Iterator<Item = &'a Came>) -> Self {
        let mut sums = Self { turns: 0, pauses: 0, cut_off: 0, waits: Vec::new() };
        for one in came {
            sums.turns += 1;
            sums.pauses += one.pauses;
            sums.cut_off += one.cut_off;
            sums.waits.extend(one.delay_ms);
        }
        sums
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.pauses.to_string(),
            self.cut_off.to_string(),
            percent(self.cut_off, self.pauses),
            quantile(&self.waits, 0.5),
            quantile(&self.waits, 0.95),
            (self.turns - self.waits.len()).to_string(),
        ]
    }
}

/// When the recogniser may look for the first time, in the trade-off.
const GUESSES_MS: [u64; 2] = [96, 200];

/// What more or less patience would bring and cost, with an earlier and a later guess.
fn curve(models: &Models, humans: &[Fixture], dictated: &[Fixture], timing: &Timing) {
    let columns =
        ["patience", "guess_ms", "what", "pauses ≥ 200 ms", "cut off", "%", "wait p50", "wait p95", "never answered"];
    head("Trade-off", &columns);
    let patience = [0.5, 0.7, 0.85, 1.0, 1.25, 1.6, 2.0];
    for (patience, guess_ms) in
        patience.into_iter().flat_map(|patience| GUESSES_MS.map(|guess_ms| (patience, guess_ms)))
    {
        let timing = Timing { patience, guess_ms, ..timing.clone() };
        for (name, fixtures) in [("human", humans), ("dictation", dictated)] {
            let sums = Sums::of(listen(models, fixtures, &timing, false).iter());
            row([format!("{patience}"), guess_ms.to_string(), name.to_owned()].into_iter().chain(sums.cells()));
        }
    }
}

/// Word errors of the whole path beside those of the bare recogniser at 16 kHz.
fn words(models: &Models, language: Language, came: &[Came], list: bool) {
    let Some(folder) = testing::recordings_folder() else { return };
    let mut styles: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for one in came {
        let audio = testing::samples(&folder, &one.name);
        if audio.len() > LINE_SAMPLES_MAX {
            println!("{} is longer than a caller's line and left out", one.name);
            continue;
        }
        let (bare, ..) = models.words(Pcm(audio), language, false);
        let (by_path, count) = testing::word_errors(&one.text, &one.given);
        let (by_model, _) = testing::word_errors(&one.text, &bare);
        if list && by_path > 0 {
            println!("  {by_path}/{count} ({by_model} bare) {}: {} | {}", one.name, one.text, one.given);
        }
        for style in [one.group.as_str(), "all"] {
            let sums = styles.entry(style).or_default();
            for (sum, more) in sums.iter_mut().zip([1, count, by_path, by_model]) {
                *sum += more;
            }
        }
    }
    let title = format!("Words by the whole telephone path and by the bare model, {}", language.code());
    head(&title, &["style", "recordings", "words", "errors: whole path", "errors: bare model, 16 kHz"]);
    for (style, [recordings, count, by_path, by_model]) in styles {
        let counts = [recordings, count].map(|count| count.to_string());
        let errors = [by_path, by_model].map(|errors| percent(errors, count));
        row(std::iter::once(style.to_owned()).chain(counts).chain(errors));
    }
}
