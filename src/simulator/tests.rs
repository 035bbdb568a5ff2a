//! The simulator against a small gateway that answers tones with tones, over real sockets.
//!
//! The gateway checks every signature and keeps what it was sent, so each test sees a call from both ends.

use super::persona::{Answer, Moment};
use super::words::{AgentTurn, AgentWords};
use super::{CallPlan, Dialled, Ending, Network, Noise, Persona, SimulatorError, Summary, call, calls};
use crate::audio::mulaw;
use crate::phone::E164;
use crate::twilio::media::{FromTwilio, write_clear, write_mark, write_media};
use crate::twilio::signature;
use crate::twilio::twiml::Document;
use async_trait::async_trait;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinSet;

const TOKEN: &str = "the token";
/// The gateway answers after this much silence.
const ANSWER_AFTER_MS: u64 = 400;

/// How the gateway behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// Greets, answers each line, closes when its last answer has been heard.
    Answers(u32),
    /// Speaks for three seconds, a mark each second, and clears when interrupted.
    Talks,
    /// Sends what Twilio would refuse, then closes.
    Babbles,
    /// Takes no calls.
    Busy,
    /// Hands the call over at once.
    Transfers,
}

#[derive(Debug, Default)]
struct Log {
    parameters: Vec<(String, String)>,
    /// Media timestamps, in the order they came.
    timestamps: Vec<u64>,
    /// The media timestamp each answer was sent at.
    answered_at: Vec<u64>,
    keys: String,
    marks: Vec<String>,
    stopped: bool,
    forms: Vec<(String, Vec<(String, String)>)>,
}

struct Gateway {
    manner: Manner,
    public: Mutex<String>,
    log: Mutex<Log>,
}

struct Running {
    gateway: Arc<Gateway>,
    address: String,
    _server: JoinSet<()>,
}

impl Running {
    async fn start(manner: Manner, public: Option<&str>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let public = Mutex::new(public.unwrap_or(&address).to_owned());
        let gateway = Arc::new(Gateway { manner, public, log: Mutex::default() });
        let router = axum::Router::new()
            .route("/webhook/twilio/voice", post(webhook))
            .route("/webhook/twilio/after", post(webhook))
            .route("/webhook/twilio/status", post(webhook))
            .route("/webhook/twilio/stream", get(stream))
            .with_state(gateway.clone());
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { gateway, address, _server: server }
    }

    fn plan(&self, persona: Persona) -> CallPlan {
        let number = |text| E164::parse(text, "US").unwrap();
        let mut plan = CallPlan::new(
            &self.address,
            "AC1",
            TOKEN,
            number("+13055550142"),
            number("+13055550199"),
            Arc::new(Persona { pause_ms: 500, ..persona }),
        );
        plan.longest = Duration::from_secs(20);
        plan
    }

    fn log(&self) -> std::sync::MutexGuard<'_, Log> {
        self.gateway.log.lock().unwrap()
    }
}

async fn webhook(
    State(gateway): State<Arc<Gateway>>,
    uri: Uri,
    headers: HeaderMap,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    let public = gateway.public.lock().unwrap().clone();
    let url = crate::twilio::public_address(&public, uri.path());
    let signed = headers.get(signature::HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !signature::verify(TOKEN, &url, &form, signed) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let dialled = form.iter().any(|(name, _)| name == "DialCallStatus");
    gateway.log.lock().unwrap().forms.push((uri.path().to_owned(), form));
    let stream_url = crate::twilio::stream_address(&public, "/webhook/twilio/stream");
    let to = E164::parse("+13055550177", "US").unwrap();
    let document = match (uri.path(), gateway.manner) {
        ("/webhook/twilio/voice", Manner::Busy) => Document::Overload { language: "en" },
        ("/webhook/twilio/voice", _) => Document::ConnectStream {
            stream_url: &stream_url,
            after_url: "/webhook/twilio/after",
            parameters: &[("token", "T1")],
        },
        ("/webhook/twilio/after", Manner::Transfers) if !dialled => {
            Document::Transfer { to: &to, caller_id: None, after_url: "/webhook/twilio/after" }
        }
        _ => Document::Hangup,
    };
    document.render().into_response()
}

async fn stream(State(gateway): State<Arc<Gateway>>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    let url = crate::twilio::stream_address(&gateway.public.lock().unwrap(), "/webhook/twilio/stream");
    let signed = headers.get(signature::HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !signature::verify(TOKEN, &url, &[], signed) {
        return StatusCode::FORBIDDEN.into_response();
    }
    upgrade.on_upgrade(move |socket| Conversation::new(gateway, socket).hold())
}

/// One stream of the gateway's.
struct Conversation {
    gateway: Arc<Gateway>,
    socket: WebSocket,
    stream_sid: String,
    voiced_last_ms: Option<u64>,
    answers: u32,
}

fn tone(milliseconds: usize) -> Vec<u8> {
    (0..milliseconds * 8).map(|n| mulaw::encode((n as f32 * 0.5).sin() * 0.2)).collect()
}

impl Conversation {
    fn new(gateway: Arc<Gateway>, socket: WebSocket) -> Self {
        Self { gateway, socket, stream_sid: String::new(), voiced_last_ms: None, answers: 0 }
    }

    async fn say(&mut self, milliseconds: usize, mark: &str) {
        let mut text = String::new();
        write_media(&self.stream_sid, &tone(milliseconds), &mut text);
        self.send(&text).await;
        write_mark(&self.stream_sid, mark, &mut text);
        self.send(&text).await;
    }

    async fn send(&mut self, text: &str) {
        // The other end may have hung up.
        let _ = self.socket.send(Message::Text(text.into())).await;
    }

    async fn hold(mut self) {
        let mut audio = Vec::new();
        while let Some(Ok(message)) = self.socket.recv().await {
            let Message::Text(text) = message else { continue };
            let gateway = self.gateway.clone();
            match FromTwilio::parse(&text, &mut audio).expect("the simulator speaks as Twilio does") {
                FromTwilio::Connected => {}
                FromTwilio::Start(start) => {
                    self.stream_sid = start.stream_sid;
                    gateway.log.lock().unwrap().parameters = start.parameters.into_iter().collect();
                    self.begin().await;
                }
                FromTwilio::Media(media) => {
                    gateway.log.lock().unwrap().timestamps.push(media.timestamp_ms);
                    let loud = media.audio.iter().any(|byte| mulaw::decode(*byte).abs() > 0.05);
                    self.hear(media.timestamp_ms, loud).await;
                }
                FromTwilio::Dtmf(dtmf) => gateway.log.lock().unwrap().keys.push(dtmf.digit),
                FromTwilio::Mark(mark) => {
                    let last = matches!(gateway.manner, Manner::Answers(n) if mark.name == format!("answer {n}"));
                    gateway.log.lock().unwrap().marks.push(mark.name.into_owned());
                    if last {
                        break;
                    }
                }
                FromTwilio::Stop(_) => gateway.log.lock().unwrap().stopped = true,
            }
            if matches!(gateway.manner, Manner::Transfers | Manner::Babbles) && !self.stream_sid.is_empty() {
                break;
            }
        }
        let _ = self.socket.send(Message::Close(None)).await;
    }

    async fn begin(&mut self) {
        match self.gateway.manner {
            Manner::Answers(_) => self.say(600, "greeting").await,
            Manner::Talks => {
                for second in ["one", "two", "three"] {
                    self.say(1_000, second).await;
                }
            }
            Manner::Babbles => {
                self.send("{}").await;
                self.send(r#"{"event":"clear","streamSid":"MZother"}"#).await;
                self.say(2_000, "unheard").await;
                // Long enough to be read before the close.
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            Manner::Busy | Manner::Transfers => {}
        }
    }

    async fn hear(&mut self, timestamp_ms: u64, loud: bool) {
        if loud {
            if self.gateway.manner == Manner::Talks && self.voiced_last_ms.is_none() {
                let mut text = String::new();
                write_clear(&self.stream_sid, &mut text);
                self.send(&text).await;
            }
            self.voiced_last_ms = Some(timestamp_ms);
        }
        let silent_for = self.voiced_last_ms.map(|last| timestamp_ms - last);
        if matches!(self.gateway.manner, Manner::Answers(_)) && silent_for.is_some_and(|ms| ms >= ANSWER_AFTER_MS) {
            self.voiced_last_ms = None;
            self.answers += 1;
            self.gateway.log.lock().unwrap().answered_at.push(timestamp_ms);
            let mark = format!("answer {}", self.answers);
            self.say(800, &mark).await;
        }
    }
}

/// A folder with a line of 700 ms in it.
fn line() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a line.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for n in 0..5_600_u16 {
        writer.write_sample(if n % 10 < 5 { 6_000_i16 } else { -6_000 }).unwrap();
    }
    writer.finalize().unwrap();
    (folder, path)
}

fn play(file: &std::path::Path) -> Answer {
    Answer { play: vec![file.to_owned()], ..Answer::default() }
}

#[tokio::test]
async fn a_call_is_answered_measured_and_ended() {
    let gateway = Running::start(Manner::Answers(2), None).await;
    let (_folder, file) = line();
    let report = call(gateway.plan(Persona::playing(&[file.clone(), file]))).await.unwrap();
    let log = gateway.log();

    assert_eq!((report.ending, report.unheard_ms), (Ending::AgentHungUp, 0), "{report:?}");
    assert_eq!(log.parameters, [("token".to_owned(), "T1".to_owned())]);
    assert!(report.greeting_ms.unwrap() < 300, "{report:?}");
    assert_eq!(report.exchanges.len(), 2);
    for (exchange, answered_at) in report.exchanges.iter().zip(&log.answered_at) {
        assert_eq!(exchange.line, "a line");
        assert!((exchange.to_ms - exchange.from_ms).abs_diff(700) <= 20, "{exchange:?}");
        // The frame of that timestamp is complete 20 ms later and played within the next tick or, on a busy machine, few.
        let onset = i64::try_from(exchange.to_ms).unwrap() + exchange.reply_ms.unwrap();
        let delay = onset - i64::try_from(*answered_at).unwrap();
        assert!((20..=140).contains(&delay), "{delay} {exchange:?}");
        assert!(exchange.answer_ms.unwrap().abs_diff(800) <= 20, "{exchange:?}");
        assert_eq!((exchange.yield_ms, exchange.gaps_ms.len()), (None, 0));
    }
    assert_eq!(log.marks, ["greeting", "answer 1", "answer 2"]);
    assert_eq!((report.marks.sent, report.marks.reached, report.marks.cleared), (3, 3, 0));
    assert!(report.problems.is_empty(), "{report:?}");
    // Both tracks lie on one clock.
    assert_eq!(report.sound.agent.len(), report.sound.caller.len());

    let (path, form) = log.forms.last().unwrap();
    assert_eq!(path, "/webhook/twilio/status");
    assert!(form.contains(&("CallStatus".into(), "completed".into())));
    assert!(form.iter().any(|(name, value)| name == "CallDuration" && value.parse::<u32>().is_ok()));
}

#[tokio::test]
async fn frames_come_every_20_ms_of_media_time_and_keep_pace_with_the_wall() {
    let gateway = Running::start(Manner::Answers(9), None).await;
    let mut plan = gateway.plan(Persona::reciting(&[]));
    plan.longest = Duration::from_secs(2);
    let began = std::time::Instant::now();
    let report = call(plan).await.unwrap();
    assert_eq!(report.ending, Ending::TooLong);
    assert!(began.elapsed() >= Duration::from_secs(2));
    let log = gateway.log();
    assert!(log.timestamps.len().abs_diff(100) <= 2, "{}", log.timestamps.len());
    assert!(log.timestamps.iter().enumerate().all(|(n, timestamp)| *timestamp == n as u64 * 20));
    assert!(log.stopped);
}

#[tokio::test]
async fn a_clear_silences_the_agent_and_answers_all_marks_at_once() {
    let gateway = Running::start(Manner::Talks, None).await;
    let (_folder, file) = line();
    let mut persona = Persona::reciting(&[]);
    persona.moments = vec![
        Moment { turn: Some(0), line: None, after_ms: 1_200, answer: play(&file) },
        Moment { turn: None, line: Some(0), after_ms: 700, answer: Answer { hang_up: true, ..Answer::default() } },
    ];
    let report = call(gateway.plan(persona)).await.unwrap();
    let log = gateway.log();
    assert_eq!(report.ending, Ending::CallerHungUp);
    assert_eq!(report.exchanges.len(), 1, "{report:?}");
    let barge_in = &report.exchanges[0];
    let began = barge_in.from_ms - report.greeting_ms.unwrap();
    assert!((1_200..1_300).contains(&began), "{began}");
    assert!((20..=160).contains(&barge_in.yield_ms.unwrap()), "{barge_in:?}");
    assert_eq!(barge_in.reply_ms, None);
    assert_eq!(log.marks, ["one", "two", "three"]);
    assert_eq!((report.marks.sent, report.marks.reached, report.marks.cleared, report.clears), (3, 1, 2, 1));
}

#[tokio::test]
async fn a_wrong_token_is_refused_before_anything_begins() {
    let gateway = Running::start(Manner::Answers(1), None).await;
    let mut plan = gateway.plan(Persona::reciting(&[]));
    plan.auth_token = "another".into();
    let refusal = call(plan).await.expect_err("a refusal");
    assert!(matches!(refusal, SimulatorError::Refused { status: 403, .. }), "{refusal:?}");
    assert!(gateway.log().forms.is_empty());
}

#[tokio::test]
async fn an_absent_gateway_is_named() {
    let gateway = Running::start(Manner::Busy, None).await;
    let mut plan = gateway.plan(Persona::reciting(&[]));
    drop(gateway);
    plan.gateway = "http://127.0.0.1:1".into();
    assert!(matches!(call(plan.clone()).await, Err(SimulatorError::Unreachable(_))));
    plan.gateway = "no address".into();
    assert!(matches!(call(plan).await, Err(SimulatorError::BadAddress(_))));
}

#[tokio::test]
async fn a_busy_gateway_is_heard_out_and_counts_as_a_refusal() {
    let gateway = Running::start(Manner::Busy, None).await;
    let report = call(gateway.plan(Persona::reciting(&[]))).await.unwrap();
    assert_eq!(report.ending, Ending::Refused);
    assert!(report.said[0].starts_with("All our lines"), "{report:?}");
}

#[tokio::test]
async fn a_transfer_dials_and_tells_how_it_went() {
    let gateway = Running::start(Manner::Transfers, None).await;
    let mut plan = gateway.plan(Persona::reciting(&[]));
    plan.dialled = Dialled::NoAnswer;
    let report = call(plan).await.unwrap();
    assert_eq!(report.ending, Ending::Transferred);
    assert_eq!(report.transferred_to.as_deref(), Some("+13055550177"));
    let log = gateway.log();
    assert!(log.forms.iter().any(|(_, form)| form.contains(&("DialCallStatus".into(), "no-answer".into()))));
}

#[tokio::test]
async fn what_twilio_would_refuse_is_reported_and_audio_cut_by_a_close_counts_as_unheard() {
    let gateway = Running::start(Manner::Babbles, None).await;
    let report = call(gateway.plan(Persona::reciting(&[]))).await.unwrap();
    assert_eq!(report.problems.len(), 2, "{report:?}");
    assert!(report.problems[1].contains("another stream"));
    assert!(report.unheard_ms > 1_000, "{report:?}");
}

#[tokio::test]
async fn behind_a_proxy_everything_is_signed_for_the_public_address() {
    let public = "https://voice.example.com/ringly";
    let gateway = Running::start(Manner::Answers(1), Some(public)).await;
    let mut plan = gateway.plan(Persona::reciting(&[]));
    // The proxy maps its own path away; so does the simulator in its stead.
    plan.public_url = Some(public.to_owned());
    plan.longest = Duration::from_secs(1);
    let report = call(plan).await.unwrap();
    assert_eq!(report.ending, Ending::TooLong);
    assert!(report.greeting_ms.is_some());
}

#[tokio::test]
async fn keys_reach_the_gateway_in_order() {
    let gateway = Running::start(Manner::Answers(9), None).await;
    let press = Answer { press: "305#".to_owned(), hang_up: true, ..Answer::default() };
    let report = call(gateway.plan(Persona::answering(vec![press]))).await.unwrap();
    assert_eq!(report.ending, Ending::CallerHungUp);
    assert_eq!(gateway.log().keys, "305#");
}

#[tokio::test]
async fn a_bad_network_loses_and_delays_frames_but_never_reorders_them() {
    let gateway = Running::start(Manner::Answers(9), None).await;
    let mut plan = gateway.plan(Persona::reciting(&[]));
    plan.network = Network { jitter_ms_max: 60, loss: 0.2 };
    plan.noise = Some(Noise { snr_db: 20.0 });
    plan.longest = Duration::from_secs(3);
    call(plan).await.unwrap();
    let log = gateway.log();
    assert!((80..=145).contains(&log.timestamps.len()), "{}", log.timestamps.len());
    assert!(log.timestamps.windows(2).all(|pair| pair[0] < pair[1]));
}

/// Knows what the gateway's tones mean.
struct Script(&'static [&'static str]);

#[async_trait]
impl AgentWords for Script {
    async fn words(&self, turn: AgentTurn) -> Result<String, SimulatorError> {
        assert!(turn.audio.0.iter().any(|sample| sample.abs() > 0.1), "the caller is given what was played");
        Ok(self.0.get(turn.number as usize).copied().unwrap_or_default().to_owned())
    }
}

#[tokio::test]
async fn a_persona_answers_what_it_understands() {
    let gateway = Running::start(Manner::Answers(9), None).await;
    let (_folder, file) = line();
    let persona = format!(
        r#"[[persona]]
        name = "p"
        about = "answers"
        goal = "all set"
        [[persona.rule]]
        when = "goodbye"
        hang_up = true
        [[persona.rule]]
        when = "day"
        play = ['{file}']
        [[persona.rule]]
        when = "help"
        play = ['{file}']"#,
        file = file.display()
    );
    let persona = super::persona::read(&persona).unwrap().remove(0);
    let mut plan = gateway.plan((*persona).clone());
    plan.words = Some(Arc::new(Script(&["How can I help?", "Which day?", "All set, goodbye."])));
    let report = call(plan).await.unwrap();
    assert_eq!((report.ending, report.reached_goal), (Ending::CallerHungUp, Some(true)), "{report:?}");
    assert_eq!(report.exchanges.len(), 2);
    let words: Vec<_> = report.agent_turns.iter().map(|turn| turn.words.as_str()).collect();
    assert_eq!(words, ["How can I help?", "Which day?", "All set, goodbye."]);
    let told = report.to_string();
    let parts = ["agent   How can", "caller  a line", "agent   Which day", "agent   All set", "got what they wanted."];
    let places: Vec<_> = parts.iter().map(|part| told.find(part)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{told}");
}

#[tokio::test]
async fn several_calls_are_made_at_once_and_summed_up() {
    let gateway = Running::start(Manner::Answers(1), None).await;
    let (folder, file) = line();
    let mut plans = vec![gateway.plan(Persona::playing(&[file])); 3];
    plans[2].auth_token = "wrong".into();
    let reports = calls(plans, Duration::from_millis(50)).await;
    let summary = Summary::of(&reports);
    assert_eq!((summary.calls, summary.failed, summary.unanswered), (3, 1, 0));
    assert!(summary.to_string().starts_with("3 calls: 1 failed, 0 refused"), "{summary}");
    assert_eq!(summary.reply_ms.unwrap().count, 2);

    let report = reports[0].as_ref().unwrap();
    let (wav, json) = (folder.path().join("call.wav"), folder.path().join("call.json"));
    report.write_wav(&wav).unwrap();
    report.write_json(&json).unwrap();
    let written = hound::WavReader::open(&wav).unwrap();
    assert_eq!((written.spec().channels, written.duration() as usize), (2, report.sound.agent.len()));
    let written: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&json).unwrap()).unwrap();
    assert_eq!(written["ending"], "agent-hung-up");
    assert!(written["exchanges"][0]["reply_ms"].is_i64());
}
