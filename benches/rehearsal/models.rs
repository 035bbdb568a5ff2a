//! The models of a rehearsal, with what they said before.

use super::cache::{Cache, depends_on};
use ringlypro::audio::{LISTENING_HZ, Pcm, mulaw};
use ringlypro::nlu::Language;
use ringlypro::speech::local::{LocalVoice, Resources};
use ringlypro::speech::onnx_whisper::{OnnxWhisper, OnnxWhisperOptions};
use ringlypro::speech::turn_detector::{self, SmartTurn};
use ringlypro::speech::vad::SileroModel;
use ringlypro::speech::whisper::{Whisper, WhisperOptions};
use ringlypro::speech::{Clip, SpeechError, SpeechRequest, SpeechToText, TurnDetector, Vad};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The names the demo business gives the recogniser where names may come.
const GLOSSARY: [&str; 4] = ["cleaning", "check-up", "consultation", "whitening"];
/// What names every model and its hash.
const MANIFEST: &str = "manifest.toml";
/// Who speaks for the house.
const AGENT: &str = "Rachel";

/// Everything that hears and speaks.
pub(crate) struct Models {
    folder: PathBuf,
    vad: SileroModel,
    turn: SmartTurn,
    voice: LocalVoice,
    engine: Engine,
    recogniser: OnceLock<Box<dyn SpeechToText>>,
    runtime: tokio::runtime::Runtime,
    words: Cache,
    finished: Cache,
    spoken: Mutex<HashMap<String, Arc<[u8]>>>,
}

/// Who recognises: the house's own default, or the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    Onnx,
    WhisperCpp,
}

impl Models {
    /// Opens the models of `RINGLY_MODELS` or `models/`. The recogniser is loaded when it is first needed: the house's
    /// default, or whisper.cpp where the command line says `--whisper.cpp`.
    pub(crate) fn open() -> Result<Self, Box<dyn std::error::Error>> {
        let other = std::env::args().any(|argument| argument == "--whisper.cpp");
        let engine = if other { Engine::WhisperCpp } else { Engine::Onnx };
        #[expect(clippy::disallowed_methods, reason = "benches have no configuration")]
        let folder = std::env::var_os("RINGLY_MODELS")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("models"), PathBuf::from);
        let mut about = depends_on(&folder.join(MANIFEST), &["whisper", "filter", "recogniser"]);
        about.extend(format!("{engine:?}").bytes());
        let words = Cache::open("words", &about)?;
        let finished =
            Cache::open("finished", &depends_on(&folder.join(turn_detector::MODEL), &["turn_detector", "features"]))?;
        Ok(Self {
            vad: SileroModel::load(&folder)?,
            turn: SmartTurn::load(&folder)?,
            voice: LocalVoice::open(&folder, Resources::default())?,
            engine,
            recogniser: OnceLock::new(),
            runtime: tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?,
            words,
            finished,
            spoken: Mutex::default(),
            folder,
        })
    }

    /// A voice detector for one call.
    pub(crate) fn listen(&self) -> Box<dyn Vad> {
        Box::new(self.vad.listen())
    }

    /// The words of a clip, how sure they are, and whether there may be some that are not to be believed.
    pub(crate) fn words(&self, audio: Pcm<LISTENING_HZ>, language: Language, names: bool) -> (String, f32, bool) {
        let language = language.code();
        let glossary = if names { GLOSSARY.map(str::to_owned).to_vec() } else { Vec::new() };
        let with = format!("{language} {} doubts", glossary.join(" "));
        let samples = audio.0.clone();
        let said = self.words.get(&samples, &with, || {
            let recogniser = self.recogniser.get_or_init(|| self.recogniser().expect("the recogniser loads"));
            let clip = Clip { audio, language, glossary, urgent: true };
            match self.runtime.block_on(recogniser.transcribe(clip)) {
                Ok(heard) => format!("{:.3} {} {}", heard.confidence, heard.doubtful, heard.text),
                Err(error) => panic!("recognition failed: {error}"),
            }
        });
        let mut parts = said.splitn(3, ' ');
        let confidence = parts.next().and_then(|part| part.parse().ok()).unwrap_or(0.0);
        let doubtful = parts.next() == Some("true");
        (parts.next().unwrap_or_default().to_owned(), confidence, doubtful)
    }

    /// One thread a job: several calls are rehearsed at once.
    fn recogniser(&self) -> Result<Box<dyn SpeechToText>, SpeechError> {
        Ok(match self.engine {
            Engine::Onnx => {
                let options = OnnxWhisperOptions { threads: 1, ..OnnxWhisperOptions::default() };
                Box::new(OnnxWhisper::load(&self.folder, options)?)
            }
            Engine::WhisperCpp => {
                let options = WhisperOptions { threads_alone: 1, ..WhisperOptions::default() };
                Box::new(Whisper::load(&self.folder, options)?)
            }
        })
    }

    /// The turn detector's probability.
    pub(crate) fn finished(&self, audio: &Pcm<LISTENING_HZ>) -> f32 {
        let said = self.finished.get(&audio.0, "", || {
            self.turn.finished(audio).map_or_else(|error| panic!("judging failed: {error}"), |p| format!("{p:.4}"))
        });
        said.parse().unwrap_or(0.5)
    }

    /// The agent's words as the telephone carries them.
    pub(crate) fn spoken(&self, text: &str, language: Language) -> Arc<[u8]> {
        let mut spoken = self.spoken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = spoken.get(text) {
            return known.clone();
        }
        let samples = self.say(AGENT, text, language);
        let mut bytes = Vec::with_capacity(samples.len());
        mulaw::encode_into(&samples, &mut bytes);
        let bytes: Arc<[u8]> = bytes.into();
        spoken.insert(text.to_owned(), bytes.clone());
        bytes
    }

    /// A text by one of the voices, 8 kHz.
    pub(crate) fn say(&self, voice: &str, text: &str, language: Language) -> Vec<f32> {
        let request =
            SpeechRequest { text: text.to_owned(), language: language.code(), voice: voice.to_owned(), keep: false };
        self.voice.say(request).map(|speech| speech.0).unwrap_or_default()
    }
}
