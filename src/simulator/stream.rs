//! The media stream as Twilio runs it: one absolute 20 ms clock, both directions at once, neither waiting for the other.
//!
//! Four things run side by side: the clock (hear, speak, play, mark), the reader, the writer and the caller's mind.
//! They meet in bounded channels, so a gateway that stops reading or writing never stops the clock; a late tick is
//! caught up, as Twilio catches up. A frame is sent when its 20 ms are over, as a real one is.
//!
//! Invariant: both recorded tracks grow by one frame per tick, so a sample's index is its time.

use super::caller::{Asks, ReadyMoment, Trigger};
use super::error::SimulatorError;
use super::mind::{Decision, Mind, Question};
use super::plan::CallPlan;
use super::playout::Playout;
use super::side::Side;
use super::verbs::Connect;
use super::webhook::Door;
use crate::audio::{FRAME_BYTES, FRAME_MS, Pcm, mulaw};
use crate::twilio::media::{self, FromTwilio, ToTwilio};
use crate::twilio::signature;
use futures_util::{SinkExt, Stream, StreamExt};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::Url;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use uuid::Uuid;

/// A gateway takes a stream within this, or Twilio gives up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A gateway that does not take a message for this long is dead.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the gateway may take to close after us.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// Messages that may wait to be sent: ten seconds of frames. A gateway further behind is not reading.
const OUTGOING_MAX: usize = 500;
/// Messages read ahead of the clock, which takes them as they come.
const INCOMING_MAX: usize = 256;
/// Questions to the mind that may wait; a conversation has one at a time.
const QUESTIONS_MAX: usize = 4;

/// Who ended a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// The gateway closed it: Twilio goes on with the document.
    ByGateway,
    /// The caller hung up.
    ByCaller,
    /// The caller had enough.
    TooLong,
    /// It broke at the moment the plan sets: the gateway is told nothing.
    Cut,
    /// It broke.
    Broken,
}

/// What the gateway sent, freed of its text.
enum Incoming {
    Audio(Vec<u8>),
    Mark(String),
    Clear,
    Problem(String),
}

/// Opens a stream and runs it to its end, with the caller's side as earlier streams of the call have left it.
pub(super) async fn run(
    plan: &CallPlan,
    door: &Door,
    base: &Url,
    connect: &Connect,
    side: Option<Side>,
    mind: &mut Mind<'_>,
) -> Result<(Closed, Side), SimulatorError> {
    let mut own = match side {
        Some(side) => side,
        None => Side::new(plan, moments(plan, mind).await?),
    };
    let socket = open(door, base, connect).await?;
    let (mut sink, source) = socket.split();
    let (outgoing, mut to_send) = mpsc::channel::<(Instant, String)>(OUTGOING_MAX);
    let (received, incoming) = mpsc::channel(INCOMING_MAX);
    let (questions, mut asked) = mpsc::channel(QUESTIONS_MAX);
    let (decided, decisions) = mpsc::channel(QUESTIONS_MAX);
    let (closed, mut gateway_closed) = oneshot::channel();

    let stream_sid = format!("MZ{}", Uuid::now_v7().simple());
    own.connect();
    let wire = Wire::new(plan, stream_sid.clone(), outgoing);
    let cut = AtomicBool::new(false);
    let clock = Clock::new(own, wire, questions, &cut).run(plan, door.call_sid(), connect, incoming, decisions);
    let writer = async {
        while let Some((due, text)) = to_send.recv().await {
            sleep_until(due).await;
            if !matches!(timeout(SEND_TIMEOUT, sink.send(Message::text(text))).await, Ok(Ok(()))) {
                return;
            }
        }
        if cut.load(Ordering::Relaxed) {
            return;
        }
        // A gateway that has gone already need not be told.
        let _gone = timeout(CLOSE_TIMEOUT, sink.send(Message::Close(None))).await;
        let _gone = timeout(CLOSE_TIMEOUT, &mut gateway_closed).await;
    };
    let side = async {
        let reader = async {
            read(source, &stream_sid, received).await;
            // Nobody listens any more when the writer has ended first.
            let _late = closed.send(());
        };
        let thinker = async {
            while let Some(question) = asked.recv().await {
                if decided.send(mind.consider(question).await).await.is_err() {
                    return;
                }
            }
        };
        tokio::join!(reader, thinker);
        std::future::pending::<std::convert::Infallible>().await
    };
    tokio::select! {
        (ended, ()) = async { tokio::join!(clock, writer) } => ended,
        never = side => match never {},
    }
}

async fn open(
    door: &Door,
    base: &Url,
    connect: &Connect,
) -> Result<tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>, SimulatorError>
{
    let (url, signed) = door.stream(base, &connect.stream_url)?;
    let refused = |reason: &str| SimulatorError::StreamRefused(reason.to_owned());
    let mut request = url.as_str().into_client_request().map_err(|error| refused(&error.to_string()))?;
    let header = signed.parse().map_err(|_| SimulatorError::Crashed)?;
    request.headers_mut().insert(signature::HEADER, header);
    let limits = WebSocketConfig::default()
        .max_message_size(Some(media::MESSAGE_BYTES_MAX))
        .max_frame_size(Some(media::MESSAGE_BYTES_MAX));
    let connecting = tokio_tungstenite::connect_async_with_config(request, Some(limits), true);
    match timeout(CONNECT_TIMEOUT, connecting).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(error)) => Err(refused(&error.to_string())),
        Err(_) => Err(refused("no answer to the upgrade")),
    }
}

/// The persona's moments with their sounds made: an interruption must not wait for a voice.
async fn moments(plan: &CallPlan, mind: &Mind<'_>) -> Result<Vec<ReadyMoment>, SimulatorError> {
    let mut ready = Vec::new();
    for moment in &plan.persona.moments {
        let trigger = match (moment.turn, moment.line) {
            (Some(turn), _) => Trigger::Turn(turn),
            (None, Some(line)) => Trigger::Line(line),
            (None, None) => continue,
        };
        let after = usize::try_from(moment.after_ms.saturating_mul(8)).unwrap_or(usize::MAX / 2);
        ready.push(ReadyMoment { trigger, after, acts: mind.prepare(&moment.answer).await? });
    }
    Ok(ready)
}

/// Reads until the gateway closes; what it sends that Twilio would refuse becomes a problem.
async fn read(
    mut source: impl Stream<Item = Result<Message, tungstenite::Error>> + Unpin,
    stream_sid: &str,
    received: mpsc::Sender<Incoming>,
) {
    let mut audio = Vec::new();
    while let Some(message) = source.next().await {
        let incoming = match message {
            Ok(Message::Text(text)) => understand(&text, stream_sid, &mut audio),
            Ok(Message::Binary(_)) => Incoming::Problem("a binary message".to_owned()),
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => continue,
            Ok(Message::Close(_)) | Err(_) => return,
        };
        if received.send(incoming).await.is_err() {
            return;
        }
    }
}

fn understand(text: &str, stream_sid: &str, audio: &mut Vec<u8>) -> Incoming {
    let foreign = || Incoming::Problem("a message for another stream".to_owned());
    match ToTwilio::parse(text, audio) {
        Ok(ToTwilio::Media { stream_sid: sid, audio }) if sid == stream_sid => Incoming::Audio(audio.to_vec()),
        Ok(ToTwilio::Mark { stream_sid: sid, name }) if sid == stream_sid => Incoming::Mark(name.into_owned()),
        Ok(ToTwilio::Clear { stream_sid: sid }) if sid == stream_sid => Incoming::Clear,
        Ok(ToTwilio::Media { .. } | ToTwilio::Mark { .. } | ToTwilio::Clear { .. }) => foreign(),
        Err(error) => Incoming::Problem(error.to_string()),
    }
}

/// Twilio's end of the socket: numbers what is sent, and loses and delays it as the plan says.
struct Wire {
    outgoing: mpsc::Sender<(Instant, String)>,
    stream_sid: String,
    sequence: u64,
    chunk: u64,
    random: StdRng,
    jitter_ms_max: u32,
    loss: f64,
    last_due: Option<Instant>,
}

impl Wire {
    fn new(plan: &CallPlan, stream_sid: String, outgoing: mpsc::Sender<(Instant, String)>) -> Self {
        Self {
            outgoing,
            stream_sid,
            sequence: 0,
            chunk: 0,
            random: StdRng::seed_from_u64(plan.seed),
            jitter_ms_max: plan.network.jitter_ms_max,
            loss: plan.network.loss.clamp(0.0, 1.0),
            last_due: None,
        }
    }

    fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// Sends a message in its order; whether it could be queued.
    fn send(&mut self, message: &FromTwilio<'_>) -> bool {
        let mut text = String::new();
        message.write(&mut text);
        let late = Duration::from_millis(u64::from(self.random.random_range(0..=self.jitter_ms_max)));
        let due = self.last_due.map_or(Instant::now() + late, |last| last.max(Instant::now() + late));
        self.last_due = Some(due);
        self.outgoing.try_send((due, text)).is_ok()
    }

    fn start(&mut self, plan: &CallPlan, call_sid: &str, connect: &Connect) -> bool {
        let start = media::Start {
            sequence: self.next_sequence(),
            stream_sid: self.stream_sid.clone(),
            account_sid: plan.account_sid.clone(),
            call_sid: call_sid.to_owned(),
            parameters: connect.parameters.clone(),
        };
        self.send(&FromTwilio::Connected) && self.send(&FromTwilio::Start(start))
    }

    fn media(&mut self, timestamp_ms: u64, audio: &[u8]) -> bool {
        if self.loss > 0.0 && self.random.random_bool(self.loss) {
            return true;
        }
        let sequence = self.next_sequence();
        self.chunk += 1;
        let (chunk, stream_sid) = (self.chunk, self.stream_sid.clone());
        let track = media::Track::Inbound;
        let media = media::Media { sequence, stream_sid: stream_sid.into(), track, chunk, timestamp_ms, audio };
        self.send(&FromTwilio::Media(media))
    }

    fn mark(&mut self, name: String) -> bool {
        let sequence = self.next_sequence();
        let stream_sid = self.stream_sid.clone().into();
        self.send(&FromTwilio::Mark(media::Mark { sequence, stream_sid, name: name.into() }))
    }

    fn key(&mut self, digit: char) -> bool {
        let sequence = self.next_sequence();
        let stream_sid = self.stream_sid.clone().into();
        self.send(&FromTwilio::Dtmf(media::Dtmf { sequence, stream_sid, digit }))
    }

    fn stop(&mut self, plan: &CallPlan, call_sid: &str) -> bool {
        let sequence = self.next_sequence();
        let (stream_sid, account_sid) = (self.stream_sid.clone().into(), plan.account_sid.clone().into());
        self.send(&FromTwilio::Stop(media::Stop { sequence, stream_sid, account_sid, call_sid: call_sid.into() }))
    }
}

/// The 20 ms clock and all that hangs on it.
struct Clock<'a> {
    side: Side,
    playout: Playout,
    wire: Wire,
    questions: mpsc::Sender<Question>,
    /// The sample this stream began at.
    began: usize,
    /// The frame whose 20 ms are running; sent at the next tick.
    pending: Option<(u64, Vec<u8>)>,
    stuck: bool,
    /// Set when the stream is to break without a word.
    cut: &'a AtomicBool,
}

impl<'a> Clock<'a> {
    fn new(side: Side, wire: Wire, questions: mpsc::Sender<Question>, cut: &'a AtomicBool) -> Self {
        let began = side.agent.len();
        Self { side, playout: Playout::default(), wire, questions, began, pending: None, stuck: false, cut }
    }

    /// Runs until somebody ends the stream. Drops the wire at its end, which lets the writer finish.
    async fn run(
        mut self,
        plan: &CallPlan,
        call_sid: &str,
        connect: &Connect,
        mut incoming: mpsc::Receiver<Incoming>,
        mut decisions: mpsc::Receiver<Result<Decision, SimulatorError>>,
    ) -> Result<(Closed, Side), SimulatorError> {
        let mut good = self.wire.start(plan, call_sid, connect);
        let mut next = Instant::now();
        let last = next + plan.longest;
        let broken_at = plan.breaks.get(self.side.streams - 1).map(|after| next + *after);
        let closed = loop {
            tokio::select! {
                biased;
                () = sleep_until(next) => {
                    if !good || self.stuck {
                        break Closed::Broken;
                    }
                    if next >= last {
                        break Closed::TooLong;
                    }
                    if broken_at.is_some_and(|at| next >= at) {
                        break Closed::Cut;
                    }
                    if self.tick() {
                        break Closed::ByCaller;
                    }
                    next += Duration::from_millis(u64::from(FRAME_MS));
                }
                message = incoming.recv() => match message {
                    Some(message) => good = self.take(message) && good,
                    None => break Closed::ByGateway,
                },
                Some(decision) = decisions.recv() => self.side.caller.decide(decision?),
            }
        };
        match closed {
            Closed::ByCaller | Closed::TooLong => {
                let _queued = self.wire.stop(plan, call_sid);
            }
            Closed::ByGateway => {}
            Closed::Cut => self.cut.store(true, Ordering::Relaxed),
            Closed::Broken => self.problem("the gateway stopped reading".to_owned()),
        }
        self.side.disconnect(closed, self.playout.waiting_ms());
        Ok((closed, self.side))
    }

    /// One message of the gateway's; whether its echoes could be sent.
    fn take(&mut self, message: Incoming) -> bool {
        match message {
            Incoming::Audio(audio) => {
                self.playout.push(&audio);
                if self.playout.overflowed() {
                    self.problem("more audio than Twilio buffers".to_owned());
                }
                true
            }
            Incoming::Mark(name) => {
                self.side.marks.sent += 1;
                self.playout.mark(name);
                true
            }
            Incoming::Clear => {
                self.side.clears += 1;
                let cleared = self.playout.clear();
                self.side.marks.cleared += u32::try_from(cleared.len()).unwrap_or(u32::MAX);
                cleared.into_iter().all(|name| self.wire.mark(name))
            }
            Incoming::Problem(problem) => {
                self.problem(problem);
                true
            }
        }
    }

    /// 20 ms pass; whether the caller hangs up.
    fn tick(&mut self) -> bool {
        if let Some((timestamp_ms, audio)) = self.pending.take() {
            self.stuck |= !self.wire.media(timestamp_ms, &audio);
        }
        let (frame, reached) = self.playout.next_frame();
        for name in reached {
            self.side.marks.reached += 1;
            self.stuck |= !self.wire.mark(name);
        }
        let heard = frame.map(mulaw::decode);
        let tick = self.side.caller.tick(&heard);
        let timestamp_ms = (self.side.agent.len() - self.began) as u64 / 8;
        self.side.agent.extend_from_slice(&heard);
        self.side.caller_clean.extend_from_slice(&tick.spoken);
        let mut spoken = tick.spoken;
        if let Some(noise) = &mut self.side.noise {
            noise.add_to(&mut spoken);
        }
        let mut bytes = Vec::with_capacity(FRAME_BYTES);
        mulaw::encode_into(&spoken, &mut bytes);
        self.side.caller_sent.extend(bytes.iter().map(|byte| mulaw::decode(*byte)));
        self.pending = Some((timestamp_ms, bytes));
        if let Some(key) = tick.press {
            self.stuck |= !self.wire.key(key);
        }
        if let Some(asks) = tick.asks {
            self.ask(asks);
        }
        tick.hang_up
    }

    fn ask(&mut self, asks: Asks) {
        let question = match asks {
            Asks::NoAnswer => Question::NoAnswer,
            Asks::Turn { number, from, to } => Question::Turn {
                number,
                from,
                to,
                audio: Pcm(self.side.agent[from..to.min(self.side.agent.len())].to_vec()),
            },
        };
        if self.questions.try_send(question).is_err() {
            self.problem("the caller cannot think as fast as the agent speaks".to_owned());
        }
    }

    fn problem(&mut self, problem: String) {
        self.side.problem(problem);
    }
}
