//! How well and how fast the house hears. `cargo bench --bench ears [-- words latency threads voice turn noise glossary figures suppression]`,
//! and `onnx` or `whisper.cpp` for one engine alone (memory is only told apart so: the first engine's stays). `--smoke`
//! runs each model once, in seconds.
//!
//! Prints figures; asserts none. Wants the models (`RINGLY_MODELS` or `models/`) and, for words, the recordings of
//! `../shared/corpora/speech`. Word errors by style on a telephone line and at 16 kHz, time by length of clip, and what
//! the voice and turn detectors cost. CPU time stands beside wall time, so that a busy machine can be told.

use ringlypro::audio::Pcm;
use ringlypro::speech::onnx_whisper::{OnnxWhisper, OnnxWhisperOptions};
use ringlypro::speech::turn_detector::SmartTurn;
use ringlypro::speech::vad::SileroModel;
use ringlypro::speech::whisper::{Whisper, WhisperOptions};
use ringlypro::speech::{Clip, SpeechToText, Transcript, TurnDetector as _, VAD_WINDOW, Vad as _};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

#[path = "ears/figures.rs"]
mod figures;
#[path = "ears/suppression.rs"]
#[expect(clippy::cast_possible_truncation, reason = "a seed")]
mod suppression;
#[path = "../src/speech/testing.rs"]
#[expect(clippy::cast_possible_truncation, reason = "arithmetic on test audio")]
mod testing;

/// Runs of each latency figure.
const ROUNDS: usize = 7;

/// What is asked for on the command line.
fn asked() -> Vec<String> {
    std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect()
}

fn main() {
    let asked = asked();
    let wants =
        |section: &str| asked.iter().all(|name| engine(name).is_some()) || asked.iter().any(|name| name == section);
    println!("cores {:?}", std::thread::available_parallelism());
    if std::env::args().any(|argument| argument == "--smoke") {
        return smoke();
    }
    let sections: [(&str, fn()); 9] = [
        ("voice", voice),
        ("turn", turn),
        ("latency", latency),
        ("threads", threads),
        ("glossary", glossary),
        ("noise", noise),
        ("words", words),
        ("figures", figures_left),
        ("suppression", suppressed),
    ];
    for (name, section) in sections {
        if wants(name) {
            section();
            println!();
        }
    }
}

/// Everything once, in seconds.
fn smoke() {
    voice();
    let model = SmartTurn::load(&testing::models()).expect("the model loads");
    let audio = speech_of(2);
    println!(
        "turn detector, once: {}",
        timed(1, || {
            model.finished(&Pcm(audio.clone())).expect("an answer");
        })
    );
    for engine in engines() {
        let ear = open(engine, 1, 1);
        println!("{engine:?}, once: {}", timed(1, || drop(hear(&*ear, &audio, "en"))));
    }
}

/// The recognisers side by side.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Engine {
    Onnx,
    WhisperCpp,
}

fn engine(name: &str) -> Option<Engine> {
    match name {
        "onnx" => Some(Engine::Onnx),
        "whisper.cpp" => Some(Engine::WhisperCpp),
        _ => None,
    }
}

/// The engines asked for; both when none is.
fn engines() -> Vec<Engine> {
    let named: Vec<Engine> = asked().iter().filter_map(|name| engine(name)).collect();
    if named.is_empty() { vec![Engine::Onnx, Engine::WhisperCpp] } else { named }
}

fn open(engine: Engine, workers: usize, threads: usize) -> Box<dyn SpeechToText> {
    let started = Instant::now();
    let before = resident_mb();
    let models = testing::models();
    let ear: Box<dyn SpeechToText> = match engine {
        Engine::Onnx => {
            Box::new(OnnxWhisper::load(&models, OnnxWhisperOptions { workers, threads }).expect("the models load"))
        }
        Engine::WhisperCpp => {
            let options = WhisperOptions { workers, threads_alone: threads };
            Box::new(Whisper::load(&models, options).expect("the model loads"))
        }
    };
    println!(
        "{engine:?}: {workers} worker(s), {threads} thread(s), ready in {} ms, {} MB more resident",
        started.elapsed().as_millis(),
        resident_mb().saturating_sub(before)
    );
    ear
}

fn hear(ear: &dyn SpeechToText, audio: &[f32], language: &'static str) -> Transcript {
    hear_with(ear, audio, language, &[])
}

fn hear_with(ear: &dyn SpeechToText, audio: &[f32], language: &'static str, names: &[&str]) -> Transcript {
    let glossary = names.iter().map(|&name| name.to_owned()).collect();
    let clip = Clip { audio: Pcm(audio.to_vec()), language, glossary, urgent: true };
    block_on(ear.transcribe(clip)).expect("a transcript")
}

fn block_on<R>(work: impl Future<Output = R>) -> R {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(work)
}

/// What a run costs: median and worst wall time, mean CPU time.
fn timed(rounds: usize, mut run: impl FnMut()) -> String {
    let cpu = cpu_time();
    let mut walls: Vec<Duration> = (0..rounds)
        .map(|_| {
            let started = Instant::now();
            run();
            started.elapsed()
        })
        .collect();
    walls.sort_unstable();
    let cpu = cpu_time().saturating_sub(cpu).as_secs_f64() * 1e3 / rounds as f64;
    let ms = |wall: Duration| wall.as_secs_f64() * 1e3;
    format!(
        "best {:6.1} ms, median {:6.1}, worst {:6.1}, CPU {cpu:6.1}",
        ms(walls[0]),
        ms(walls[rounds / 2]),
        ms(walls[rounds - 1])
    )
}

fn voice() {
    let model = SileroModel::load(&testing::models()).expect("the model loads");
    let speech = speech_of(8);
    for (name, audio) in
        [("speech", speech), ("noise", testing::noise(8 * 16_000, 0.02, 1)), ("silence", vec![0.0; 8 * 16_000])]
    {
        let windows = audio.as_chunks::<VAD_WINDOW>().0;
        let mut detector = model.listen();
        let mut voiced = 0;
        let started = Instant::now();
        for window in windows {
            voiced += usize::from(detector.speech(window) > 0.5);
        }
        let each = started.elapsed().as_secs_f64() * 1e6 / windows.len() as f64;
        println!("voice detector, {name}: {each:.1} µs a window of 32 ms, {voiced} of {} voiced", windows.len());
    }
}

fn turn() {
    let before = resident_mb();
    let model = SmartTurn::load(&testing::models()).expect("the model loads");
    println!("turn detector: {} MB more resident", resident_mb().saturating_sub(before));
    for seconds in [2, 8] {
        let audio = Pcm(speech_of(seconds));
        let cost = timed(20, || {
            model.finished(&audio).expect("an answer");
        });
        println!("turn detector, {seconds} s of speech: {cost}");
    }
}

fn latency() {
    for threads in [1, 2] {
        let ears: Vec<_> = engines().into_iter().map(|engine| (engine, open(engine, 1, threads))).collect();
        for tenths in [5, 10, 15, 20, 30, 40, 60, 80, 100] {
            let audio = speech_of(11)[..tenths * 1_600].to_vec();
            for (engine, ear) in &ears {
                let cost = timed(ROUNDS, || {
                    hear(ear.as_ref(), &audio, "en");
                });
                println!("{engine:?}, {threads} thread(s), {:4.1} s of speech: {cost}", tenths as f32 / 10.0);
            }
        }
    }
}

/// Several callers at once: what a second thread for a lone job costs the next caller.
fn threads() {
    let audio = speech_of(3);
    for engine in engines() {
        for (workers, threads) in [(2, 1), (2, 2)] {
            let ear = open(engine, workers, threads);
            for callers in [1, 2, 4] {
                let cost = timed(ROUNDS, || {
                    std::thread::scope(|scope| {
                        for caller in 0..callers {
                            let (ear, audio) = (ear.as_ref(), &audio);
                            scope.spawn(move || {
                                // Callers come a little apart, so that the first finds the machine free.
                                std::thread::sleep(Duration::from_millis(30 * caller));
                                hear(ear, audio, "en");
                            });
                        }
                    });
                });
                println!("{engine:?}: all of {callers} caller(s) heard, 3 s of speech each: {cost}");
            }
        }
    }
}

/// What a glossary of names costs.
fn glossary() {
    let audio = speech_of(3);
    let names =
        ["Nguyen", "Kowalski", "Patel", "deep cleaning", "whitening", "root canal", "Doctor Guilder", "Quilter"];
    for engine in engines() {
        let ear = open(engine, 1, 1);
        for names in [&[][..], &names] {
            let cost = timed(ROUNDS, || {
                hear_with(ear.as_ref(), &audio, "en", names);
            });
            println!("{engine:?}: 3 s of speech with {} names: {cost}", names.len());
        }
    }
}

fn noise() {
    for engine in engines() {
        let ear = open(engine, 1, 1);
        for rms in [0.001, 0.01, 0.05, 0.2] {
            let audio = testing::telephone(&testing::noise(3 * 16_000, rms, 7));
            let mut text = String::new();
            let cost = timed(3, || text = hear(ear.as_ref(), &audio, "en").text);
            println!("{engine:?}: 3 s of noise at {rms}: {cost}, heard {text:?}");
        }
    }
}

/// What taking noise out first is worth.
fn suppressed() {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let ear = open(Engine::Onnx, cores, 1);
    suppression::suppression(&|audio| hear(ear.as_ref(), audio, "en").text);
}

/// Whether the recogniser stops where figures stop.
fn figures_left() {
    for engine in engines() {
        let ear = open(engine, 1, 2);
        figures::figures(&|audio| hear(ear.as_ref(), audio, "en").text);
    }
}

fn words() {
    let Some(folder) = testing::recordings_folder() else { return };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    for engine in engines() {
        let ear = open(engine, cores, 1);
        for (lang, language) in [("en", "en"), ("es", "es")] {
            let cpu = cpu_time();
            let mut by_style: BTreeMap<String, [usize; 3]> = BTreeMap::new();
            for recording in testing::recordings(&folder).iter().filter(|recording| recording.lang == lang) {
                let clean = testing::samples(&folder, &recording.file);
                let by_phone = hear(ear.as_ref(), &testing::telephone(&clean), language).text;
                let by_wire = hear(ear.as_ref(), &clean, language).text;
                let (phone, words) = testing::word_errors(&recording.text, &by_phone);
                let (wire, _) = testing::word_errors(&recording.text, &by_wire);
                if phone > 0 {
                    println!("  {phone}/{words} {}: {} | {by_phone}", recording.file, recording.text);
                }
                for style in [recording.style.as_str(), "all"] {
                    let sums = by_style.entry(style.to_owned()).or_default();
                    for (sum, count) in sums.iter_mut().zip([phone, wire, words]) {
                        *sum += count;
                    }
                }
            }
            for (style, [phone, wire, words]) in by_style {
                let percent = |errors: usize| 100.0 * errors as f32 / words.max(1) as f32;
                println!(
                    "{engine:?}, {lang} {style}: {words} words, errors {:.1} % by telephone, {:.1} % clean",
                    percent(phone),
                    percent(wire)
                );
            }
            println!("{engine:?}, {lang}: {:.1} s of CPU", cpu_time().saturating_sub(cpu).as_secs_f32());
        }
        println!("{engine:?}: {} MB resident", resident_mb());
    }
}

/// Seconds of speech on a telephone line: a recording where there is one, else shaped noise, which costs about the same.
fn speech_of(seconds: usize) -> Vec<f32> {
    let audio = match testing::recordings_folder() {
        Some(folder) => testing::samples(&folder, "jfk.wav"),
        None => testing::noise(11 * 16_000, 0.05, 3),
    };
    testing::telephone(&audio)[..seconds * 16_000].to_vec()
}

/// This process's CPU time, all threads; zero where /proc is not.
fn cpu_time() -> Duration {
    let ticks = std::fs::read_to_string("/proc/self/stat")
        .ok()
        .and_then(|stat| {
            let fields: Vec<u64> =
                stat.rsplit(')').next()?.split_whitespace().skip(11).take(2).filter_map(|f| f.parse().ok()).collect();
            Some(fields.iter().sum::<u64>())
        })
        .unwrap_or(0);
    Duration::from_millis(ticks * 10)
}

/// Resident memory in megabytes; zero where /proc is not.
fn resident_mb() -> u64 {
    std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|statm| statm.split_whitespace().nth(1)?.parse::<u64>().ok())
        .map_or(0, |pages| pages * 4 / 1_024)
}
