//! How soon the voice speaks, and how it measures up: `cargo bench --bench voice -- [--smoke] [--out DIR] [--voice NAME]
//! [FILE]`.
//!
//! Each line of FILE (or of a built-in list) is spoken once, uncached. Printed: words, milliseconds to the first chunk and
//! to the last, duration, level, peak. With `--out` each line is also written as a WAV, for other ears.

use ringlypro::speech::local::{LocalVoice, Resources};
use ringlypro::speech::voices;
use ringlypro::speech::{SpeechRequest, TextToSpeech};
use std::path::{Path, PathBuf};
use std::time::Instant;

const LINES: &str = "Sure.\nWhat day works for you?\nOak Street Dental, this is Rachel. How can I help?\n\
    I have Tuesday at ten thirty in the morning, or Wednesday at two in the afternoon.\n\
    You're booked for a cleaning on Tuesday, March third, at ten thirty. We'll see you then!\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut out, mut name, mut file, mut lines) = (None, "Rachel".to_owned(), None, usize::MAX);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--out" => out = args.next().map(PathBuf::from),
            "--voice" => name = args.next().unwrap_or_default(),
            "--smoke" => lines = 1,
            "--bench" => {} // what cargo adds
            path => file = Some(PathBuf::from(path)),
        }
    }
    #[expect(clippy::disallowed_methods, reason = "benches have no configuration")]
    let models = std::env::var_os("RINGLY_MODELS").map_or_else(|| PathBuf::from("models"), PathBuf::from);
    let started = Instant::now();
    let voice = LocalVoice::open(&models, Resources { cache_bytes: 0, ..Resources::default() })?;
    println!("opened in {} ms", started.elapsed().as_millis());
    let text = file.map_or_else(|| Ok(LINES.to_owned()), std::fs::read_to_string)?;
    println!("{:>5} {:>8} {:>8} {:>7} {:>7} {:>6}", "words", "first_ms", "all_ms", "long_ms", "rms_db", "peak");
    for (number, line) in text.lines().filter(|line| !line.trim().is_empty()).take(lines).enumerate() {
        measure(&voice, line, &name, out.as_deref(), number)?;
    }
    Ok(())
}

fn measure(
    voice: &LocalVoice,
    line: &str,
    name: &str,
    out: Option<&Path>,
    number: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    let language = voices::voice(name).map_or("en", |voice| voice.language.as_str());
    let request = SpeechRequest { text: line.to_owned(), language, voice: name.to_owned(), keep: false };
    let started = Instant::now();
    let mut chunks = voice.speak(request.clone());
    let (mut first, mut samples) = (None, Vec::new());
    while let Some(chunk) = chunks.blocking_recv() {
        first.get_or_insert_with(|| started.elapsed());
        samples.extend(chunk?.0);
    }
    let all = started.elapsed();
    let power = samples.iter().map(|x| x * x).sum::<f32>() / samples.len().max(1) as f32;
    println!(
        "{:>5} {:>8.1} {:>8.1} {:>7} {:>7.1} {:>6.2} {line}",
        line.split_whitespace().count(),
        first.unwrap_or_default().as_secs_f32() * 1e3,
        all.as_secs_f32() * 1e3,
        samples.len() / 8,
        10.0 * power.max(1e-9).log10(),
        samples.iter().fold(0.0f32, |peak, x| peak.max(x.abs())),
    );
    if let Some(folder) = out {
        std::fs::create_dir_all(folder)?;
        voice.say_to_wav(request, &folder.join(format!("{name}-{number:02}.wav")))?;
    }
    Ok(())
}
