//! A house that hears and speaks with the real models, and callers for it.

use jiff::Timestamp;
use reqwest::Client;
use ringlypro::app::{Providers, Running, receptionist, start};
use ringlypro::clock::ManualClock;
use ringlypro::config::Config;
use ringlypro::dialogue::Phrases;
use ringlypro::nlu::Grammar;
use ringlypro::phone::E164;
use ringlypro::simulator::lines::Voices;
use ringlypro::simulator::words::{ByEar, ReadingAlong};
use ringlypro::simulator::{CallPlan, CallReport, Network, Noise, Persona, call};
use ringlypro::switchboard::{Speech, journals};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

/// The demo business.
const BUSINESS: &str = "+13055550199";
/// Where it connects people who want a person.
pub(crate) const PERSON: &str = "+13055550110";
const TWILIO_TOKEN: &str = "test-auth-token";
const ACCESS_TOKEN: &str = "test-access-token-of-some-length";
/// A Monday morning in New York, out of the way of clock changes.
const NOW: &str = "2026-11-23T15:00:00Z";

/// Where one process runs all tests (nextest gives each its own and counts them itself), no more than this at once: they
/// run in real time.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// The models of this process.
static SPEECH: OnceCell<Speech> = OnceCell::const_new();

pub(crate) struct House {
    speech: Speech,
    base: String,
    http: Client,
    running: Running,
    folder: TempDir,
    _turn: SemaphorePermit<'static>,
}

/// Where the models are: as the program finds them.
#[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
pub(crate) fn models() -> String {
    let given = std::env::var_os("RINGLY_MODELS").and_then(|folder| folder.into_string().ok());
    given.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/models").to_owned())
}

fn config(folder: &TempDir) -> Config {
    let data = folder.path().to_str().expect("a plain path").to_owned();
    let settings = [
        ("PORT", "0"),
        ("DATA_DIR", data.as_str()),
        ("RINGLY_MODELS", &models()),
        ("TWILIO_AUTH_TOKEN", TWILIO_TOKEN),
        ("ACCESS_TOKEN", ACCESS_TOKEN),
        ("DRAIN_SECONDS", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    Config::from_layers(None, &BTreeMap::from(settings)).expect("valid settings")
}

impl House {
    pub(crate) async fn open() -> Self {
        let turn = AT_ONCE.acquire().await.expect("never closed");
        let folder = tempfile::tempdir().expect("a folder");
        let config = config(&folder);
        let speech = SPEECH.get_or_init(|| async {
            let opened = Providers::open(&config).await;
            opened.unwrap_or_else(|error| panic!("{error}: run `make models`, or set RINGLY_MODELS")).speech
        });
        let speech = speech.await.clone();
        let clock = Arc::new(ManualClock::at(NOW.parse::<Timestamp>().expect("a time")));
        let running = start(&config, Providers { speech: speech.clone(), clock }).await.expect("an open house");
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = Client::builder().no_proxy().build().expect("a client");
        let base = format!("http://{}", running.address);
        Self { speech, base, http, running, folder, _turn: turn }
    }

    /// A call to the house over a telephone line: a quiet room, and frames that come a little unevenly.
    pub(crate) fn plan(&self, persona: Arc<Persona>, last_four: u16) -> CallPlan {
        let from = E164::parse(&format!("+1305555{last_four:04}"), "US").expect("a number");
        let to = E164::parse(BUSINESS, "US").expect("a number");
        let mut plan = CallPlan::new(&self.base, "ACtest", TWILIO_TOKEN, from, to, persona);
        plan.voices = Voices::new(self.speech.tts.clone());
        plan.words = Some(Arc::new(ReadingAlong::new(&self.base, ACCESS_TOKEN).expect("a reader")));
        plan.noise = Some(Noise { snr_db: 25.0 });
        plan.network = Network { jitter_ms_max: 30, loss: 0.0 };
        plan
    }

    /// A call by a built-in caller.
    pub(crate) async fn call(&self, persona: &str, last_four: u16) -> CallReport {
        self.ring(self.plan(Persona::named(persona).expect("a persona"), last_four)).await
    }

    /// Makes a call. Whatever it was about, the stream was what Twilio allows, the record is closed and the line free.
    pub(crate) async fn ring(&self, plan: CallPlan) -> CallReport {
        let report = call(plan).await.expect("a call");
        assert!(report.problems.is_empty(), "{:?}\n{report}", report.problems);
        let record = self.record(&report).await;
        assert!(!record["call"]["ended_at"].is_null(), "the record is closed: {record:#}");
        assert_ne!(record["call"]["ending"], "failed", "{record:#}");
        self.replay(&record);
        report
    }

    /// Every call's journal gives the same actions again, without a model.
    fn replay(&self, record: &Value) {
        let id = record["call"]["id"].as_str().expect("an id");
        let journal = journals::read(&self.folder.path().join(format!("journals/{id}.jsonl"))).expect("a journal");
        let grammar = Arc::new(Grammar::embedded().expect("a grammar"));
        let phrases = Arc::new(Phrases::embedded().expect("phrases"));
        if let Err(error) = receptionist::replay(&journal, grammar, phrases, |_| {}) {
            panic!("{error}");
        }
    }

    /// What the house has written down of a call, once it is over.
    pub(crate) async fn record(&self, report: &CallReport) -> Value {
        for _ in 0..500 {
            let calls = self.get("/api/calls").await;
            let calls = calls["calls"].as_array().expect("calls").clone();
            let own = calls.iter().find(|call| call["call_sid"] == report.call_sid.as_str()).expect("the call");
            if !own["ended_at"].is_null() {
                return self.get(&format!("/api/calls/{}", own["id"].as_str().expect("an id"))).await;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the record was never closed:\n{report}");
    }

    pub(crate) async fn appointments(&self) -> Vec<Value> {
        let agenda = self.get("/api/appointments?from=2026-11-23T00:00:00Z&to=2026-12-24T00:00:00Z").await;
        agenda["appointments"].as_array().expect("appointments").clone()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let asked = self.http.get(format!("{}{path}", self.base)).bearer_auth(ACCESS_TOKEN).send().await;
        let answer = asked.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.expect("JSON")
    }

    /// A file of the API.
    pub(crate) async fn bytes(&self, path: &str) -> Vec<u8> {
        let asked = self.http.get(format!("{}{path}", self.base)).bearer_auth(ACCESS_TOKEN).send().await;
        let answer = asked.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer.bytes().await.expect("a file").to_vec()
    }

    pub(crate) fn open_calls(&self) -> usize {
        self.running.open_calls()
    }

    /// What an ear makes of the agent's side of a call.
    pub(crate) async fn heard(&self, report: &CallReport) -> String {
        use ringlypro::simulator::words::{AgentTurn, AgentWords};
        let ear = ByEar(self.speech.stt.clone());
        let mut heard = Vec::new();
        for turn in &report.agent_turns {
            let sample = |ms: u64| usize::try_from(ms * 8).expect("a call is short");
            let (from, to) = (sample(turn.from_ms), sample(turn.to_ms));
            let audio = report.sound.agent[from.saturating_sub(800)..(to + 800).min(report.sound.agent.len())].to_vec();
            let turn = AgentTurn {
                call_sid: report.call_sid.clone(),
                number: turn.number,
                ended_ms: turn.to_ms,
                audio: ringlypro::audio::Pcm(audio),
                language: "en",
            };
            heard.push(ear.words(turn).await.expect("words"));
        }
        heard.join(" ").to_lowercase()
    }
}

/// The texts of one side, as they are kept.
pub(crate) fn texts(record: &Value, who: &str) -> Vec<String> {
    let turns = record["turns"].as_array().expect("turns").iter();
    turns.filter(|turn| turn["who"] == who).filter_map(|turn| turn["text"].as_str().map(str::to_owned)).collect()
}
