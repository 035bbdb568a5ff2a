//! The caller's lines as sound: from files, from the voices given in, or from an espeak-ng that happens to be installed.
//!
//! Whatever they come from, lines end as 8 kHz telephone speech at one level, and are made once per text. At "…" the voice
//! falls silent, as people do who think or dictate. espeak-ng is run as a program for test voices and never linked.

use super::error::SimulatorError;
use super::sound;
use crate::audio::{Pcm, TELEPHONE_HZ};
use crate::speech::{SpeechRequest, TextToSpeech};
use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A voice of espeak-ng is asked for as `espeak:` and its name, as in `espeak:en-us+f3`.
pub const ESPEAK: &str = "espeak:";
/// A line is no speech: 30 seconds.
const LINE_SAMPLES_MAX: usize = 30 * TELEPHONE_HZ as usize;
/// How long a voice is silent at "…", besides the silence at its own edges.
const HESITATION_MS: usize = 350;
/// Lines kept for next time, over all calls: at ten seconds each 20 MB.
const LINES_KEPT_MAX: usize = 64;
/// Rates that speech is recorded at; a file that claims another would be blown up or crushed.
const SAMPLE_RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;
/// espeak-ng speaks a line in a fraction of this.
const ESPEAK_TIMEOUT: Duration = Duration::from_secs(10);

/// A line ready to be spoken.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its words, or the file it came from.
    pub text: String,
    /// Its sound, as the telephone passes it.
    pub audio: Pcm<TELEPHONE_HZ>,
}

/// How one caller sounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Tone {
    /// A voice of the synthesiser, or [`ESPEAK`] and a voice of espeak-ng.
    pub voice: String,
    /// Above 1: higher and quicker, by resampling.
    pub pitch: f64,
    /// ISO 639-1.
    pub language: &'static str,
}

/// What lines are spoken with. Shared by all calls of a run.
#[derive(Clone, Default)]
pub struct Voices {
    synthesiser: Option<Arc<dyn TextToSpeech>>,
    kept: Arc<Mutex<HashMap<String, Arc<Line>>>>,
}

impl fmt::Debug for Voices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Voices").field("synthesiser", &self.synthesiser.is_some()).finish_non_exhaustive()
    }
}

impl Voices {
    /// Voices of this synthesiser.
    pub fn new(synthesiser: Arc<dyn TextToSpeech>) -> Self {
        Self { synthesiser: Some(synthesiser), kept: Arc::default() }
    }

    /// The line of this text.
    pub async fn speak(&self, tone: &Tone, text: &str) -> Result<Arc<Line>, SimulatorError> {
        let key = format!("{} {} {} {text}", tone.voice, tone.pitch, tone.language);
        if let Some(line) = self.lookup(&key) {
            return Ok(line);
        }
        let spoken = match tone.voice.strip_prefix(ESPEAK) {
            Some(voice) => espeak(voice, text).await?,
            None => self.synthesise(tone, text).await?,
        };
        let (pitch, words) = (tone.pitch, text.to_owned());
        let finished = off_the_clock(move || {
            let raised = if (pitch - 1.0).abs() < 1e-3 { spoken } else { sound::resample(&spoken, 1.0 / pitch) };
            over_the_telephone(&words, raised)
        });
        Ok(self.keep(key, finished.await?))
    }

    /// The line in this WAV file.
    pub async fn read(&self, path: &Path) -> Result<Arc<Line>, SimulatorError> {
        let name = path.display().to_string();
        if let Some(line) = self.lookup(&name) {
            return Ok(line);
        }
        let text = path.file_stem().map_or_else(|| name.clone(), |stem| stem.to_string_lossy().into_owned());
        let path = path.to_owned();
        let line = off_the_clock(move || over_the_telephone(&text, read_wav(&path)?));
        Ok(self.keep(name, line.await?))
    }

    async fn synthesise(&self, tone: &Tone, text: &str) -> Result<Vec<f32>, SimulatorError> {
        let synthesiser = self.synthesiser.as_ref().ok_or_else(|| SimulatorError::Line("no voice was given".into()))?;
        let mut samples = Vec::new();
        for part in text.split('…').map(str::trim).filter(|part| !part.is_empty()) {
            if !samples.is_empty() {
                samples.resize(samples.len() + HESITATION_MS * TELEPHONE_HZ as usize / 1_000, 0.0);
            }
            let mut chunks = synthesiser.speak(SpeechRequest {
                text: part.to_owned(),
                language: tone.language,
                voice: tone.voice.clone(),
                keep: false,
            });
            while let Some(chunk) = chunks.recv().await {
                samples.extend(chunk.map_err(|error| SimulatorError::Line(error.to_string()))?.0);
                if samples.len() > LINE_SAMPLES_MAX {
                    return Ok(samples);
                }
            }
        }
        Ok(samples)
    }

    fn lookup(&self, key: &str) -> Option<Arc<Line>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn keep(&self, key: String, line: Line) -> Arc<Line> {
        let line = Arc::new(line);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < LINES_KEPT_MAX {
            kept.insert(key, line.clone());
        }
        line
    }
}

/// Does work of some milliseconds away from the call's clock, which runs on the same task.
async fn off_the_clock<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SimulatorError> + Send + 'static,
) -> Result<T, SimulatorError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| SimulatorError::Crashed)?
}

/// A clip as it comes out of the telephone: banded, levelled, its silent edges cut.
fn over_the_telephone(text: &str, mut samples: Vec<f32>) -> Result<Line, SimulatorError> {
    samples.truncate(LINE_SAMPLES_MAX);
    sound::band_limit(&mut samples);
    sound::level(&mut samples);
    let edges = (sound::first_voiced(&samples, 0, samples.len()), sound::last_voiced(&samples, 0, samples.len()));
    let (Some(first), Some(last)) = edges else {
        return Err(SimulatorError::Line(format!("nothing is heard in {text:?}")));
    };
    // Quiet consonants lie below the threshold: 60 ms before and after are kept.
    let margin = 6 * sound::WINDOW;
    let (from, to) = (first.saturating_sub(margin), (last + margin).min(samples.len()));
    Ok(Line { text: text.to_owned(), audio: Pcm(samples[from..to].to_vec()) })
}

async fn espeak(voice: &str, text: &str) -> Result<Vec<f32>, SimulatorError> {
    let failed = |reason: &str| SimulatorError::Line(format!("espeak-ng: {reason}"));
    let program = tokio::process::Command::new("espeak-ng")
        .args(["-v", voice, "-s", "155", "--stdout", "--", text])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(ESPEAK_TIMEOUT, program).await.map_err(|_| failed("took too long"))?;
    let output = output.map_err(|_| failed("is not installed"))?;
    if !output.status.success() {
        return Err(failed("does not know this voice"));
    }
    let mut wav = output.stdout;
    mend_streamed_wav(&mut wav);
    off_the_clock(move || decode_wav(hound::WavReader::new(wav.as_slice()), "espeak-ng")).await
}

/// espeak-ng writes to a pipe and so cannot go back to fill in the sizes: fill them in.
fn mend_streamed_wav(wav: &mut [u8]) {
    const HEADER_BYTES: usize = 44;
    let Some(data_bytes) = wav.len().checked_sub(HEADER_BYTES).and_then(|bytes| u32::try_from(bytes).ok()) else {
        return;
    };
    wav[4..8].copy_from_slice(&data_bytes.saturating_add(36).to_le_bytes());
    wav[40..44].copy_from_slice(&data_bytes.to_le_bytes());
}

/// A WAV file as mono samples at 8 kHz.
fn read_wav(path: &Path) -> Result<Vec<f32>, SimulatorError> {
    decode_wav(hound::WavReader::open(path), &path.display().to_string())
}

fn decode_wav<R: std::io::Read>(
    reader: Result<hound::WavReader<R>, hound::Error>,
    name: &str,
) -> Result<Vec<f32>, SimulatorError> {
    let failed = |error: hound::Error| SimulatorError::File { path: name.to_owned(), reason: error.to_string() };
    let mut reader = reader.map_err(failed)?;
    let spec = reader.spec();
    if !SAMPLE_RATES.contains(&spec.sample_rate) || spec.channels == 0 {
        return Err(SimulatorError::File { path: name.to_owned(), reason: "no rate or channels of speech".to_owned() });
    }
    let most = LINE_SAMPLES_MAX * (spec.sample_rate / TELEPHONE_HZ + 1) as usize * usize::from(spec.channels);
    let samples: Result<Vec<f32>, _> = match spec.sample_format {
        hound::SampleFormat::Float => reader.samples::<f32>().take(most).collect(),
        hound::SampleFormat::Int => {
            let scale = 0.5_f32.powi(i32::from(spec.bits_per_sample) - 1);
            reader.samples::<i32>().take(most).map(|sample| sample.map(|s| s as f32 * scale)).collect()
        }
    };
    let samples = samples.map_err(failed)?;
    let channels = usize::from(spec.channels);
    let mono: Vec<f32> = samples.chunks(channels).map(|all| all.iter().sum::<f32>() / channels as f32).collect();
    if spec.sample_rate == TELEPHONE_HZ {
        return Ok(mono);
    }
    Ok(sound::resample(&mono, f64::from(TELEPHONE_HZ) / f64::from(spec.sample_rate)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::SpeechError;
    use tokio::sync::mpsc;

    /// Speaks every text as a tone in the middle of silence; counts how often it is asked.
    struct Whistle(std::sync::atomic::AtomicU32);

    impl TextToSpeech for Whistle {
        fn speak(&self, request: SpeechRequest) -> mpsc::Receiver<Result<Pcm<TELEPHONE_HZ>, SpeechError>> {
            self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let (sender, receiver) = mpsc::channel(3);
            let tone = (0..4_000).map(|n| (n as f32 * 0.8).sin() * 0.05).collect();
            let answer = if request.text == "fail" {
                vec![Err(SpeechError::Busy)]
            } else {
                vec![Ok(Pcm(vec![0.0; 4_000])), Ok(Pcm(tone)), Ok(Pcm(vec![0.0; 4_000]))]
            };
            for chunk in answer {
                sender.try_send(chunk).unwrap();
            }
            receiver
        }
    }

    fn tone(pitch: f64) -> Tone {
        Tone { voice: "caller-1".into(), pitch, language: "en" }
    }

    #[tokio::test]
    async fn a_line_is_trimmed_levelled_and_made_once() {
        let whistle = Arc::new(Whistle(0.into()));
        let voices = Voices::new(whistle.clone());
        let line = voices.speak(&tone(1.0), "hello").await.unwrap();
        assert!(line.audio.0.len().abs_diff(4_000 + 2 * 480) < 160, "{}", line.audio.0.len());
        assert!((crate::audio::gain::speech_level_db(&line.audio.0) - sound::SPEECH_DB).abs() < 2.0);
        voices.speak(&tone(1.0), "hello").await.unwrap();
        assert_eq!(whistle.0.load(std::sync::atomic::Ordering::SeqCst), 1);
        let higher = voices.speak(&tone(1.25), "hello").await.unwrap();
        assert!(higher.audio.0.len() < line.audio.0.len());
    }

    #[tokio::test]
    async fn who_thinks_in_the_middle_of_a_line_is_silent_there() {
        let voices = Voices::new(Arc::new(Whistle(0.into())));
        let line = voices.speak(&tone(1.0), "three oh five… five five five…").await.unwrap();
        // Two tones, and between them the silence at their edges and that of thinking.
        let length = 2 * 4_000 + 2 * 4_000 + 8 * HESITATION_MS + 2 * 480;
        assert!(line.audio.0.len().abs_diff(length) < 160, "{}", line.audio.0.len());
    }

    #[tokio::test]
    async fn a_line_that_cannot_be_made_says_why() {
        let voices = Voices::new(Arc::new(Whistle(0.into())));
        assert!(matches!(voices.speak(&tone(1.0), "fail").await, Err(SimulatorError::Line(_))));
        assert!(matches!(Voices::default().speak(&tone(1.0), "hello").await, Err(SimulatorError::Line(_))));
        assert!(matches!(voices.read(Path::new("no/such.wav")).await, Err(SimulatorError::File { .. })));
    }

    #[tokio::test]
    async fn espeak_speaks_where_it_is_installed_and_is_named_where_it_is_not() {
        let tone = Tone { voice: "espeak:en-us+f3".into(), pitch: 1.0, language: "en" };
        match Voices::default().speak(&tone, "I'd like to book a cleaning, please.").await {
            Ok(line) => assert!((1_000..4_000).contains(&line.audio.duration_ms()), "{}", line.audio.duration_ms()),
            Err(error) => assert!(error.to_string().ends_with("espeak-ng: is not installed"), "{error}"),
        }
    }

    #[tokio::test]
    async fn a_stereo_file_of_another_rate_becomes_an_8_khz_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("line.wav");
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 44_100,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        for n in 0..44_100_u16 {
            let value = if n % 64 < 32 { 6_000_i16 } else { -6_000 };
            writer.write_sample(value).unwrap();
            writer.write_sample(value).unwrap();
        }
        writer.finalize().unwrap();
        let line = Voices::default().read(&path).await.unwrap();
        assert_eq!(line.text, "line");
        assert!(line.audio.0.len().abs_diff(8_000) < 200, "{}", line.audio.0.len());
    }
}
