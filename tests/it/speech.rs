//! Hearing and speaking without models.
//!
//! A line of the script is a tone whose pitch is its number, so the recogniser knows which line it hears from the audio
//! alone: a line cut in half or heard twice is still the same line, and silence is no line.

use async_trait::async_trait;
use ringlypro::audio::{LISTENING_HZ, Pcm, TELEPHONE_HZ, mulaw};
use ringlypro::speech::{
    Clip, SpeechError, SpeechRequest, SpeechToText, TextToSpeech, Transcript, TurnDetector, VAD_WINDOW, Vad,
};
use ringlypro::switchboard::Speech;
use std::sync::{Arc, Mutex};
use tokio::sync::{Semaphore, mpsc};

/// Pitch of the first line, and from one line to the next.
const FIRST_HZ: f32 = 300.0;
const STEP_HZ: f32 = 100.0;
/// Louder than this is a voice.
const VOICED: f32 = 0.05;
/// The script's text that breaks the recogniser.
pub(crate) const BREAKS: &str = "(the recogniser breaks)";

/// The line that breaks the voice detector, which runs on the line's own task.
pub(crate) const PANICS: usize = 20;

/// A caller's lines, by number.
pub(crate) type Script = Arc<Mutex<Vec<String>>>;

/// What the ears and the voice were asked for.
#[derive(Default)]
pub(crate) struct Asked {
    /// The names each clip came with.
    pub(crate) glossaries: Mutex<Vec<Vec<String>>>,
    /// The words to be spoken.
    pub(crate) spoken: Mutex<Vec<String>>,
    /// What was to be made ready before anybody asks.
    pub(crate) warmed: Mutex<Vec<SpeechRequest>>,
}

/// What hears by this script and speaks in tones.
pub(crate) fn scripted(script: &Script, asked: &Arc<Asked>) -> Speech {
    Speech {
        stt: Arc::new(Ears(script.clone(), asked.clone())),
        tts: Arc::new(Voice(asked.clone())),
        turn_detector: Arc::new(Decided),
        judging: Arc::new(Semaphore::new(2)),
        vad: Arc::new(|| Box::new(Loudness)),
    }
}

/// A 20 ms frame of a line, or of silence.
pub(crate) fn frame(line: Option<usize>, number: u64) -> [u8; 160] {
    let mut bytes = [mulaw::SILENCE; 160];
    for (byte, sample) in bytes.iter_mut().zip(tone(line, number * 160, 160, TELEPHONE_HZ)) {
        *byte = mulaw::encode(sample);
    }
    bytes
}

/// So many samples of a line (or of silence) from this one on.
pub(crate) fn tone(line: Option<usize>, from: u64, count: usize, rate: u32) -> Vec<f32> {
    let hz = line.map_or(0.0, |line| FIRST_HZ + STEP_HZ * line as f32);
    let second = |index: u64| (from + index) as f32 / rate as f32;
    (0..count as u64).map(|index| 0.5 * (second(index) * hz * std::f32::consts::TAU).sin()).collect()
}

struct Ears(Script, Arc<Asked>);

#[async_trait]
impl SpeechToText for Ears {
    async fn transcribe(&self, clip: Clip) -> Result<Transcript, SpeechError> {
        self.1.glossaries.lock().expect("not poisoned").push(clip.glossary.clone());
        let script = self.0.lock().expect("not poisoned").clone();
        let text = line_of(&clip.audio).and_then(|line| script.get(line).cloned()).unwrap_or_default();
        if text == BREAKS {
            return Err(SpeechError::Failed("as the script says".to_owned()));
        }
        Ok(Transcript { text, confidence: 0.95, ..Transcript::default() })
    }
}

/// The line whose pitch is heard, by counting zero crossings.
fn line_of(audio: &Pcm<LISTENING_HZ>) -> Option<usize> {
    let voiced: Vec<f32> = audio.0.chunks(160).filter(|part| loud(part)).flatten().copied().collect();
    if voiced.len() < 800 {
        return None;
    }
    let line = (pitch(&voiced) - FIRST_HZ) / STEP_HZ;
    (0..=PANICS).min_by(|one, other| (*one as f32 - line).abs().total_cmp(&(*other as f32 - line).abs()))
}

/// Zero crossings a second.
fn pitch(samples: &[f32]) -> f32 {
    let crossings = samples.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
    crossings as f32 * LISTENING_HZ as f32 / samples.len() as f32
}

fn loud(samples: &[f32]) -> bool {
    (samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32).sqrt() > VOICED
}

struct Loudness;

impl Vad for Loudness {
    fn speech(&mut self, window: &[f32; VAD_WINDOW]) -> f32 {
        assert!(!loud(window) || pitch(window) < FIRST_HZ + STEP_HZ * (PANICS as f32 - 2.0), "as the test wants");
        if loud(window) { 0.97 } else { 0.01 }
    }
}

struct Decided;

impl TurnDetector for Decided {
    fn finished(&self, _: &Pcm<LISTENING_HZ>) -> Result<f32, SpeechError> {
        Ok(0.97)
    }
}

/// Speaks 40 ms a word.
struct Voice(Arc<Asked>);

impl TextToSpeech for Voice {
    fn speak(&self, request: SpeechRequest) -> mpsc::Receiver<Result<Pcm<TELEPHONE_HZ>, SpeechError>> {
        self.0.spoken.lock().expect("not poisoned").push(request.text.clone());
        let (chunks, spoken) = mpsc::channel(4);
        let samples = request.text.split_whitespace().count() * 320;
        let tone = (0..samples).map(|n| 0.3 * (n as f32 * 0.3).sin()).collect();
        drop(chunks.try_send(Ok(Pcm(tone))));
        spoken
    }

    fn warm(&self, requests: &[SpeechRequest]) {
        self.0.warmed.lock().expect("not poisoned").extend_from_slice(requests);
    }
}
