//! The composition root: the only file that names concrete providers and puts them together.
//!
//! [`Providers::open`] loads the models, [`start`] opens the store and the doors, [`Running::stop`] lets live calls finish
//! and closes everything. Read next: [`crate::http`] for the doors, [`crate::switchboard`] for calls.

pub mod accounts;
mod announcing;
pub mod audit;
mod carriers;
mod chores;
pub mod demo;
pub mod models;
mod openings;
mod outbox;
pub mod receptionist;
mod recovery;
pub mod schema;
mod serving;

use crate::accounts::Vault;
use crate::call::timing::Timing;
use crate::chat::Chats;
use crate::chat::copilot::Copilots;
use crate::chat::texts::Texts;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Recogniser};
use crate::copilot;
use crate::crm::local::{Embedded, Importer, OpenError, seed_demo};
use crate::crm::{Backend, CallBook, CopilotBook, Crm, Directory, Error, MessageBook, RecordingBook};
use crate::dialogue::Phrases;
use crate::http::access::Access;
use crate::http::limits::Limits;
use crate::http::repeats::Repeats;
use crate::http::{House, router};
use crate::mcp::{Address, OverHttp, Parts as McpParts, Server};
use crate::messaging::Gate;
use crate::messaging::email::SetupError;
use crate::messaging::webhook::Poster;
use crate::nlu::{Grammar, Language};
use crate::phone::E164;
use crate::secrets::{Secrets, fresh_token};
use crate::speech::local::{self, LocalVoice, Resources};
use crate::speech::onnx_whisper::{OnnxWhisper, OnnxWhisperOptions};
use crate::speech::suppression::Suppressing;
use crate::speech::turn_detector::SmartTurn;
use crate::speech::vad::SileroModel;
use crate::speech::whisper::{Whisper, WhisperOptions};
use crate::speech::{SpeechError, SpeechToText};
use crate::storage::Recordings;
use crate::switchboard::journals::{Journals, Retention};
use crate::switchboard::{Parts, Recorder, Speech, Switchboard};
use announcing::Announcing;
use carriers::OwnOrHouse;
use jiff::{SignedDuration, Timestamp};
use outbox::Outbox;
use receptionist::Receptionist;
use serving::{Patience, serve};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, broadcast};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Events a slow watcher may be behind before it is given a new snapshot.
const EVENTS_MAX: usize = 1_024;
/// The folder of journals in the data folder.
const JOURNALS: &str = "journals";
/// How often recordings that are old enough are deleted.
const RECORDINGS_SWEPT_EVERY: Duration = Duration::from_hours(1);
/// How long open requests may take to end once the calls are over.
const REQUESTS_MAX: Duration = Duration::from_secs(5);

/// Why the house cannot open.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A folder, a file or a port.
    #[error("{what}: {source}")]
    Io {
        /// Which.
        what: String,
        /// Why.
        source: std::io::Error,
    },
    /// The store.
    #[error("the database cannot be opened: {0}")]
    Store(#[from] OpenError),
    /// The store, once open.
    #[error("the database does not work: {0}")]
    Crm(#[from] Error),
    /// A model.
    #[error(transparent)]
    Speech(#[from] SpeechError),
    /// Language data.
    #[error("the language data cannot be read: {0}")]
    Language(String),
    /// What mail is sent through.
    #[error(transparent)]
    Mail(#[from] SetupError),
    /// Secrets that were sealed.
    #[error("secrets in the database cannot be opened: {0}")]
    Sealed(String),
    /// A loader broke.
    #[error("a model's loader broke")]
    Broken,
}

/// What a house is made of that tests replace.
pub struct Providers {
    /// What hears and speaks.
    pub speech: Speech,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

impl Providers {
    /// Loads and warms every model, in parallel.
    pub async fn open(config: &Config) -> Result<Self, AppError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // The numbering plans are read on first use (some 80 ms): not in a caller's time.
        let numbers = spawn_blocking(|| E164::parse("+13055550199", "US"));
        let (stt, tts, vad, turn) = tokio::join!(
            load(config, {
                let workers = config.stt_slots.map_or(cores, |slots| slots as usize);
                let (recogniser, suppressing) = (config.recogniser, config.noise_suppression);
                move |models| {
                    let hears = hears(recogniser, models, workers)?;
                    Ok(if suppressing { Arc::new(Suppressing::new(hears)) } else { hears })
                }
            }),
            load(config, {
                let workers = config.tts_slots as usize;
                move |models| {
                    let voice = LocalVoice::open(models, Resources { workers, ..Resources::default() })?;
                    voice.wake();
                    Ok(voice)
                }
            }),
            load(config, SileroModel::load),
            load(config, SmartTurn::load),
        );
        drop(numbers.await);
        let vad = vad?;
        let speech = Speech {
            stt: stt?,
            tts: Arc::new(tts?),
            turn_detector: Arc::new(turn?),
            judging: Arc::new(Semaphore::new(cores)),
            vad: Arc::new(move || Box::new(vad.listen())),
        };
        Ok(Self { speech, clock: Arc::new(SystemClock) })
    }
}

/// Opens the recogniser that was chosen.
fn hears(recogniser: Recogniser, models: &Path, workers: usize) -> Result<Arc<dyn SpeechToText>, SpeechError> {
    Ok(match recogniser {
        Recogniser::Onnx => {
            Arc::new(OnnxWhisper::load(models, OnnxWhisperOptions { workers, ..OnnxWhisperOptions::default() })?)
        }
        Recogniser::WhisperCpp => {
            Arc::new(Whisper::load(models, WhisperOptions { workers, ..WhisperOptions::default() })?)
        }
    })
}

/// Loads a model off the async threads.
async fn load<T: Send + 'static>(
    config: &Config,
    how: impl FnOnce(&Path) -> Result<T, SpeechError> + Send + 'static,
) -> Result<T, AppError> {
    let models = config.models.clone();
    let loaded = spawn_blocking(move || how(&models)).await;
    Ok(loaded.map_err(|_| AppError::Broken)??)
}

/// An open house.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its tokens.
    pub secrets: Secrets,
    switchboard: Switchboard,
    store: Embedded,
    /// Ends streams to watchers.
    closing: CancellationToken,
    /// Ends the server.
    shut: CancellationToken,
    server: TaskTracker,
    drain: Duration,
}

/// Opens the store and the doors.
pub async fn start(config: &Config, providers: Providers) -> Result<Running, AppError> {
    let io = |what: &str| {
        let what = what.to_owned();
        move |source| AppError::Io { what, source }
    };
    // Whoever opened a connection in this process before may have chosen it.
    drop(rustls::crypto::ring::default_provider().install_default());
    let secrets = Secrets::of(config).map_err(io("the data folder cannot be used"))?;
    let listener = TcpListener::bind(config.listen).await;
    let listener = listener.map_err(io(&format!("cannot listen on {}", config.listen)))?;
    let address = listener.local_addr().map_err(io("no address"))?;
    let store = Embedded::open(&config.database_url, providers.clock.clone()).await?;
    if !config.is_production() {
        seed_demo(&store).await?;
    }
    let retention = Retention {
        age: Duration::from_hours(24 * u64::from(config.journal_days)),
        bytes: u64::from(config.journal_megabytes) << 20,
    };
    let journals = Journals::open(config.data_dir.join(JOURNALS), retention).map_err(io("no folder for journals"))?;
    let language = LanguageData::embedded()?;
    let now = providers.clock.now();
    recovery::close_abandoned(&store, &journals, now, &language.grammar, &language.phrases).await?;
    let closing = CancellationToken::new();
    let shelf = Recordings::new(config.data_dir.join("recordings"));
    let recorder = Recorder::new(shelf.clone(), Arc::new(store.clone()));
    recover(&shelf, &recorder).await?;
    let keeping = Keeping { shelf, book: Arc::new(store.clone()), clock: providers.clock.clone() };
    let (shut, server) = (CancellationToken::new(), TaskTracker::new());
    let vault = accounts::vault(&store, &secrets).await?;
    let outbox = sending(config, (&store, vault.clone()), providers.clock.clone(), server.clone())?;
    let (voice, directory, phrases) = (providers.speech.tts.clone(), store.clone(), language.phrases.clone());
    let parts = (providers, language);
    let reached = (address, closing.clone());
    let engine = (&store, outbox.clone(), journals, vault);
    let house = Arc::new(house(config, parts, engine, &secrets, (recorder, &keeping), reached));
    let (switchboard, chats, copilots) = (house.switchboard.clone(), house.chats.clone(), house.copilots.clone());
    let texts = house.texts.clone();
    server.spawn(serve(listener, router(house), Patience::default(), shut.clone()));
    server.spawn(async move { openings::make_ready(voice.as_ref(), &directory, &phrases).await });
    server.spawn(chores::sweep(chats, copilots, shut.clone()));
    server.spawn(chores::answer_left(texts, shut.clone()));
    server.spawn(chores::bring_in(Importer::new(store.clone()), shut.clone()));
    server.spawn(outbox.run(shut.clone()));
    if let Some(days) = config.recording_days {
        server.spawn(keeping.sweep(days, shut.clone()));
    }
    server.close();
    let drain = Duration::from_secs(config.drain_seconds.into());
    Ok(Running { address, secrets, switchboard, store, closing, shut, server, drain })
}

impl Running {
    /// Takes no more calls, lets the live ones finish, closes.
    pub async fn stop(self) {
        self.stop_when(CancellationToken::new()).await;
    }

    /// The same; once `hurry` is cancelled the live calls are ended with a goodbye.
    pub async fn stop_when(self, hurry: CancellationToken) {
        self.switchboard.drain(self.drain, hurry).await;
        self.closing.cancel();
        self.shut.cancel();
        if tokio::time::timeout(REQUESTS_MAX, self.server.wait()).await.is_err() {
            tracing::warn!("requests were cut off");
        }
        self.store.close().await;
    }

    /// Calls awaited or live.
    pub fn open_calls(&self) -> usize {
        self.switchboard.open_calls()
    }
}

/// What is understood, and in which words it is answered.
struct LanguageData {
    grammar: Arc<Grammar>,
    phrases: Arc<Phrases>,
    copilot: Arc<copilot::Phrases>,
}

impl LanguageData {
    fn embedded() -> Result<Self, AppError> {
        let grammar = Grammar::embedded().map_err(|error| AppError::Language(error.to_string()))?;
        let phrases = Phrases::embedded().map_err(|error| AppError::Language(error.to_string()))?;
        let copilot = copilot::Phrases::embedded().map_err(|error| AppError::Language(error.to_string()))?;
        Ok(Self { grammar: Arc::new(grammar), phrases: Arc::new(phrases), copilot: Arc::new(copilot) })
    }
}

/// Closes the recordings a crash left open.
async fn recover(shelf: &Recordings, recorder: &Recorder) -> Result<(), AppError> {
    let shelf = shelf.clone();
    let found = spawn_blocking(move || shelf.recover()).await.map_err(|_| AppError::Broken)?;
    let found = found.map_err(|source| AppError::Io { what: "the recordings cannot be read".to_owned(), source })?;
    for kept in found {
        tracing::warn!(call = %kept.call, "a recording that a crash left open was closed");
        recorder.enter(kept).await;
    }
    Ok(())
}

/// What it takes to find recordings and to let them go.
struct Keeping {
    shelf: Recordings,
    book: Arc<dyn RecordingBook>,
    clock: Arc<dyn Clock>,
}

impl Keeping {
    /// Deletes recordings older than so many days, until the house closes.
    async fn sweep(self, days: u32, shut: CancellationToken) {
        loop {
            let oldest = self.clock.now().checked_sub(SignedDuration::from_hours(24 * i64::from(days)));
            if let Err(error) = self.delete_made_before(oldest.unwrap_or(Timestamp::MIN)).await {
                tracing::error!(%error, "old recordings could not be deleted");
            }
            if tokio::time::timeout(RECORDINGS_SWEPT_EVERY, shut.cancelled()).await.is_ok() {
                return;
            }
        }
    }

    async fn delete_made_before(&self, oldest: Timestamp) -> Result<(), Error> {
        for recording in self.book.recordings_made_before(oldest).await? {
            let (recordings, path) = (self.shelf.clone(), recording.path.clone());
            let removed = spawn_blocking(move || recordings.remove(&path)).await;
            if !matches!(removed, Ok(Ok(()))) {
                tracing::error!(call = %recording.call, "an old recording could not be deleted");
                continue;
            }
            self.book.recording_deleted(&recording).await?;
            tracing::info!(call = %recording.call, "a recording past its time was deleted");
        }
        Ok(())
    }
}

/// The engine with what its operations send.
fn sending(
    config: &Config,
    (store, vault): (&Embedded, Arc<Vault>),
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
) -> Result<Outbox, AppError> {
    Ok(Outbox {
        engine: Arc::new(store.clone()),
        book: Arc::new(store.clone()),
        gate: Gate::new(config.sending),
        carrying: Arc::new(OwnOrHouse::of(config, vault)?),
        calls: Arc::new(store.clone()),
        poster: Poster::new(config.webhook_private_networks),
        clock,
        public_url: config.public_url.clone(),
        tasks,
    })
}

fn house(
    config: &Config,
    (providers, language): (Providers, LanguageData),
    (store, outbox, journals, vault): (&Embedded, Outbox, Journals, Arc<Vault>),
    secrets: &Secrets,
    (recorder, keeping): (Recorder, &Keeping),
    (listen, closing): (SocketAddr, CancellationToken),
) -> House {
    let Providers { speech, clock } = providers;
    let LanguageData { grammar, phrases, copilot } = language;
    let events = broadcast::Sender::new(EVENTS_MAX);
    let messages: Arc<dyn MessageBook> = Arc::new(store.clone());
    let repeats = Repeats::new(Arc::new(store.clone()), secrets.keyring.clone(), outbox.tasks.clone());
    let crm = Crm::new(Arc::new(outbox));
    let announcing = Announcing { crm, events: events.clone(), voice: speech.tts.clone(), phrases: phrases.clone() };
    let backend: Arc<dyn Backend> = Arc::new(announcing);
    let directory: Arc<dyn Directory> = Arc::new(store.clone());
    let book: Arc<dyn CallBook> = Arc::new(store.clone());
    let chats = Arc::new(Chats::new(backend.clone(), clock.clone(), grammar.clone(), phrases.clone()));
    let texts = Texts {
        chats: chats.clone(),
        crm: backend.clone(),
        book: book.clone(),
        messages: messages.clone(),
        directory: directory.clone(),
        clock: clock.clone(),
    };
    let sessions: Arc<dyn CopilotBook> = Arc::new(store.clone());
    let copilots =
        Copilots::new((backend.clone(), sessions, directory.clone()), clock.clone(), grammar.clone(), copilot);
    let timing = Timing { longest_call_ms: u64::from(config.call_minutes_max) * 60_000, ..Timing::default() };
    let switchboard = Switchboard::new(Parts {
        clock: clock.clone(),
        book: book.clone(),
        backend: backend.clone(),
        speech,
        answering: Arc::new(Receptionist {
            grammar,
            phrases,
            timing,
            clock: clock.clone(),
            records: config.recording,
            languages: Language::ALL.into_iter().filter(|one| local::speaks(&config.models, one.code())).collect(),
            journals,
        }),
        recorder: config.recording.then_some(recorder),
        mint: Box::new(fresh_token),
        calls_max: config.calls_max as usize,
        events,
    });
    let models = Server::new(McpParts {
        crm: backend.clone(),
        directory: directory.clone(),
        book: book.clone(),
        switchboard: Some(switchboard.clone()),
        clock: clock.clone(),
        secret: secrets.access.clone(),
        closing: closing.clone(),
    });
    let reached = Address { listen, public_url: config.public_url.clone() };
    let of_each_session = models.clone();
    let mcp = OverHttp::new(move || of_each_session.anew(), &reached, closing.clone());
    let secure = config.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    House {
        switchboard,
        crm: backend,
        directory,
        book,
        recordings: keeping.shelf.clone(),
        recording_book: keeping.book.clone(),
        history: Arc::new(store.clone()),
        messages,
        chats,
        texts: Arc::new(texts),
        mcp,
        models,
        copilots: Arc::new(copilots),
        clock: clock.clone(),
        accounts: accounts::of(store, clock),
        access: Access::new(secrets.access.clone(), secure),
        limits: Limits::new(config.requests_unknown, config.requests_known),
        repeats,
        vault,
        twilio_auth_token: secrets.twilio.clone(),
        public_url: config.public_url.clone(),
        environment: config.env.name(),
        started: Instant::now(),
        closing,
    }
}
