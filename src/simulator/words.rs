//! How a simulated caller understands the agent: by ear, or by reading along.
//!
//! By ear is the whole truth and costs recognition; reading the gateway's live transcript (`/api/live`) costs nothing
//! and leaves the processor to the gateway, which is what a measurement wants. Neither knows why it is asked.

use super::error::SimulatorError;
use crate::audio::{LISTENING_HZ, Pcm, TELEPHONE_HZ, resample::Resampler};
use crate::speech::{Clip, SpeechToText};
use async_trait::async_trait;
use futures_util::StreamExt;
use serde::Deserialize;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// A turn is written down when its last sound has been played; the transcript may be this much behind.
const WRITTEN_WITHIN: Duration = Duration::from_millis(1_500);
/// The transcript's clock begins with the stream, as the caller's does, give or take.
const CLOCKS_DIFFER_MS: u64 = 500;
/// The most of the live stream kept while looking for the end of an event.
const EVENT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What the agent said until it fell silent.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentTurn {
    /// The call it was said in.
    pub call_sid: String,
    /// Which turn of the agent's it is, from 0: the greeting.
    pub number: u32,
    /// Its last sound, in milliseconds of the call.
    pub ended_ms: u64,
    /// As it was played to the caller.
    pub audio: Pcm<TELEPHONE_HZ>,
    /// ISO 639-1.
    pub language: &'static str,
}

/// Tells the caller the agent's words.
#[async_trait]
pub trait AgentWords: Send + Sync {
    /// The words of a turn; empty when there were none.
    async fn words(&self, turn: AgentTurn) -> Result<String, SimulatorError>;
}

/// Understands by ear: a recogniser on the audio the caller hears.
#[derive(Clone)]
pub struct ByEar(pub Arc<dyn SpeechToText>);

impl fmt::Debug for ByEar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByEar")
    }
}

#[async_trait]
impl AgentWords for ByEar {
    async fn words(&self, turn: AgentTurn) -> Result<String, SimulatorError> {
        let mut listening = Vec::with_capacity(2 * turn.audio.0.len());
        let mut resampler = Resampler::<TELEPHONE_HZ, LISTENING_HZ>::new();
        resampler.push(&turn.audio.0, &mut listening);
        resampler.finish(&mut listening);
        let clip = Clip { audio: Pcm(listening), language: turn.language, glossary: Vec::new(), urgent: true };
        let heard = self.0.transcribe(clip).await.map_err(|error| SimulatorError::Line(error.to_string()))?;
        Ok(heard.text)
    }
}

/// Reads the gateway's live transcript.
#[derive(Clone)]
pub struct ReadingAlong {
    http: reqwest::Client,
    live_url: String,
    access_token: String,
}

impl fmt::Debug for ReadingAlong {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadingAlong").field("live_url", &self.live_url).finish_non_exhaustive()
    }
}

impl ReadingAlong {
    /// Reads at this gateway, with the access token its API asks for.
    pub fn new(gateway: &str, access_token: &str) -> Result<Self, SimulatorError> {
        // Whoever comes first installs the same one.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().map_err(|_| SimulatorError::Crashed)?;
        let live_url = crate::twilio::public_address(gateway, "/api/live");
        Ok(Self { http, live_url, access_token: access_token.to_owned() })
    }

    /// Reads until the turn is written down; what there is by then is in `page`.
    async fn read(&self, turn: &AgentTurn, page: &mut Page) -> Result<(), SimulatorError> {
        let response = self.http.get(&self.live_url).bearer_auth(&self.access_token).send().await;
        let response = response.map_err(|_| SimulatorError::Unreachable(self.live_url.clone()))?;
        let status = response.status();
        if !status.is_success() {
            let hint = " (is the access token right?)";
            return Err(SimulatorError::Refused { status: status.as_u16(), path: "/api/live".to_owned(), hint });
        }
        let mut events = response.bytes_stream();
        let mut unread = Vec::new();
        while let Some(Ok(bytes)) = events.next().await {
            unread.extend_from_slice(&bytes);
            while let Some(end) = unread.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = unread.drain(..end + 2).collect();
                page.take(&String::from_utf8_lossy(&event), &turn.call_sid);
            }
            if page.is_written(turn.ended_ms) || unread.len() > EVENT_BYTES_MAX {
                break;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl AgentWords for ReadingAlong {
    async fn words(&self, turn: AgentTurn) -> Result<String, SimulatorError> {
        let mut page = Page::default();
        match timeout(WRITTEN_WITHIN, self.read(&turn, &mut page)).await {
            // Late or not: what is written down by now is what the caller makes of it.
            Ok(Ok(())) | Err(_) => Ok(page.last_words()),
            Ok(Err(error)) => Err(error),
        }
    }
}

/// One call's transcript, as far as it has been read.
#[derive(Debug, Default)]
struct Page {
    call_id: Option<String>,
    turns: Vec<WrittenTurn>,
}

/// A turn as the gateway writes it down.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct WrittenTurn {
    who: String,
    text: String,
    ended_ms: u64,
}

/// The parts of live events that matter here, of any event.
#[derive(Debug, Deserialize)]
struct LiveEvent {
    #[serde(default)]
    calls: Vec<LiveCall>,
    id: Option<String>,
    turn: Option<WrittenTurn>,
}

#[derive(Debug, Deserialize)]
struct LiveCall {
    call: CallNames,
    #[serde(default)]
    turns: Vec<WrittenTurn>,
}

#[derive(Debug, Deserialize)]
struct CallNames {
    id: String,
    call_sid: String,
}

impl Page {
    fn take(&mut self, event: &str, call_sid: &str) {
        let data: String = event.lines().filter_map(|line| line.strip_prefix("data:")).collect();
        let Ok(event) = serde_json::from_str::<LiveEvent>(&data) else { return };
        if let Some(own) = event.calls.into_iter().find(|live| live.call.call_sid == call_sid) {
            self.call_id = Some(own.call.id);
            self.turns = own.turns;
        }
        if let Some(turn) = event.turn.filter(|_| self.call_id.is_some() && event.id == self.call_id) {
            self.turns.push(turn);
        }
    }

    /// Whether the agent's speech that ended then is there.
    fn is_written(&self, ended_ms: u64) -> bool {
        let agents = self.turns.last().filter(|turn| turn.who == "agent");
        agents.is_some_and(|turn| turn.ended_ms + CLOCKS_DIFFER_MS >= ended_ms)
    }

    /// What the agent has said since the caller's last turn.
    fn last_words(&self) -> String {
        let callers_last = self.turns.iter().rposition(|turn| turn.who != "agent").map_or(0, |at| at + 1);
        let texts: Vec<_> = self.turns[callers_last..].iter().map(|turn| turn.text.as_str()).collect();
        texts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;

    const SNAPSHOT: &str = r#"event: snapshot
data: {"calls":[{"call":{"id":"1","call_sid":"CAother"},"turns":[]},
data: {"call":{"id":"2","call_sid":"CA1"},"turns":[{"who":"agent","text":"Hello.","ended_ms":900},{"who":"caller","text":"Hi.","ended_ms":2000}]}]}

"#;
    const FOREIGN: &str =
        "event: turn\ndata: {\"id\":\"1\",\"turn\":{\"who\":\"agent\",\"text\":\"No!\",\"ended_ms\":9000}}\n\n";
    const FIRST: &str =
        "event: turn\ndata: {\"id\":\"2\",\"turn\":{\"who\":\"agent\",\"text\":\"One moment.\",\"ended_ms\":3000}}\n\n";
    const SECOND: &str =
        "event: turn\ndata: {\"id\":\"2\",\"turn\":{\"who\":\"agent\",\"text\":\"Which day?\",\"ended_ms\":5000}}\n\n";

    fn turn(ended_ms: u64) -> AgentTurn {
        AgentTurn { call_sid: "CA1".into(), number: 1, ended_ms, audio: Pcm(vec![]), language: "en" }
    }

    #[test]
    fn the_words_are_those_since_the_callers_last_turn_and_of_this_call_only() {
        let mut page = Page::default();
        for event in [SNAPSHOT, FOREIGN, ": keep-alive\n\n", FIRST] {
            page.take(event, "CA1");
        }
        assert_eq!(page.last_words(), "One moment.");
        assert!(page.is_written(3_200) && !page.is_written(5_100));
        page.take(SECOND, "CA1");
        assert_eq!(page.last_words(), "One moment. Which day?");
        assert!(page.is_written(5_100));
    }

    #[tokio::test]
    async fn reading_waits_for_the_turn_that_was_heard_and_shows_its_token() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let live = async |headers: axum::http::HeaderMap| {
            if headers.get("authorization").is_none_or(|value| value != "Bearer secret") {
                return axum::http::StatusCode::UNAUTHORIZED.into_response();
            }
            let pieces = futures_util::stream::unfold(0, |n| async move {
                tokio::time::sleep(Duration::from_millis(50)).await;
                let piece = [SNAPSHOT, FOREIGN, FIRST, &SECOND[..20], &SECOND[20..]].get(n).copied()?;
                Some((Ok::<_, std::convert::Infallible>(piece), n + 1))
            });
            axum::body::Body::from_stream(pieces).into_response()
        };
        let mut server = tokio::task::JoinSet::new();
        let router = axum::Router::new().route("/api/live", axum::routing::get(live));
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });

        let reading = ReadingAlong::new(&address, "secret").unwrap();
        assert_eq!(reading.words(turn(5_100)).await.unwrap(), "One moment. Which day?");
        assert_eq!(reading.words(turn(3_000)).await.unwrap(), "One moment.");
        let refused = ReadingAlong::new(&address, "wrong").unwrap().words(turn(0)).await;
        assert!(matches!(refused, Err(SimulatorError::Refused { status: 401, .. })));
    }
}
