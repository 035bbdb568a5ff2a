//! A caller's telephone with Twilio in between: 20 ms frames in real time, a playout buffer, marks, clear.

use crate::house::{House, TWILIO_TOKEN, token_of};
use crate::speech::frame;
use futures_util::{SinkExt, StreamExt};
use ringlypro::twilio::media::{Dtmf, FromTwilio, Mark, Media, Start, Stop, ToTwilio, Track};
use ringlypro::twilio::signature;
use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const FRAME: Duration = Duration::from_millis(20);
/// How long a caller waits after the agent has fallen silent.
const PAUSE_TICKS: u32 = 15;

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(crate) struct Phone {
    pub(crate) socket: Socket,
    pub(crate) call_sid: String,
    stream_sid: String,
    sequence: u64,
    /// Frames sent.
    media: u64,
    next: Instant,
    /// Bytes waiting to be played, and marks by the byte they stand after.
    waiting: u64,
    played: u64,
    marks: VecDeque<(u64, String)>,
    /// Ticks since the agent was last audible.
    quiet: u32,
    pub(crate) clears: u32,
    pub(crate) hung_up: bool,
}

/// Opens the stream's socket.
pub(crate) async fn socket(house: &House) -> Socket {
    socket_at(&house.base).await
}

async fn socket_at(base: &str) -> Socket {
    let address = format!("{}/webhook/twilio/stream", base.replace("http://", "ws://"));
    let signature = signature::sign(TWILIO_TOKEN, &address, &[]);
    let mut request = address.into_client_request().expect("a request");
    request.headers_mut().insert(signature::HEADER, signature.parse().expect("a header"));
    connect_async(request).await.expect("a socket").0
}

/// The first two messages of a stream.
pub(crate) async fn introduce(socket: &mut Socket, call_sid: &str, token: &str) {
    let mut text = String::new();
    FromTwilio::Connected.write(&mut text);
    socket.send(Message::text(text.clone())).await.expect("sent");
    let start = Start {
        sequence: 1,
        stream_sid: format!("MZ{call_sid}"),
        account_sid: "ACtest".to_owned(),
        call_sid: call_sid.to_owned(),
        parameters: BTreeMap::from([("token".to_owned(), token.to_owned())]),
    };
    FromTwilio::Start(start).write(&mut text);
    socket.send(Message::text(text)).await.expect("sent");
}

impl Phone {
    /// Rings, and is connected.
    pub(crate) async fn call(house: &House, call_sid: &str) -> Self {
        let token = token_of(&house.ring(call_sid).await);
        Self::connect(house, call_sid, &token).await
    }

    pub(crate) async fn connect(house: &House, call_sid: &str, token: &str) -> Self {
        Self::connect_at(&house.base, call_sid, token).await
    }

    /// The same, to whatever listens there.
    pub(crate) async fn connect_at(base: &str, call_sid: &str, token: &str) -> Self {
        let mut socket = socket_at(base).await;
        introduce(&mut socket, call_sid, token).await;
        Self {
            socket,
            call_sid: call_sid.to_owned(),
            stream_sid: format!("MZ{call_sid}"),
            sequence: 1,
            media: 0,
            next: Instant::now(),
            waiting: 0,
            played: 0,
            marks: VecDeque::new(),
            quiet: 0,
            clears: 0,
            hung_up: false,
        }
    }

    /// Says a line for so long.
    pub(crate) async fn say(&mut self, line: usize, ms: u64) {
        for _ in 0..ms / 20 {
            self.tick(Some(line)).await;
        }
    }

    /// Says nothing for so long.
    pub(crate) async fn wait(&mut self, ms: u64) {
        for _ in 0..ms / 20 {
            self.tick(None).await;
        }
    }

    /// Listens until the agent has spoken and fallen silent, or hung up.
    pub(crate) async fn listen(&mut self) {
        let mut spoke = false;
        for _ in 0..1_500 {
            self.tick(None).await;
            spoke |= self.quiet == 0;
            if self.hung_up || (spoke && self.quiet > PAUSE_TICKS) {
                return;
            }
        }
        panic!("the agent neither finished nor hung up within half a minute");
    }

    /// Listens until the agent is audible.
    pub(crate) async fn until_audible(&mut self) {
        for _ in 0..500 {
            self.tick(None).await;
            if self.quiet == 0 {
                return;
            }
        }
        panic!("the agent said nothing within ten seconds");
    }

    pub(crate) async fn press(&mut self, digit: char) {
        let sequence = self.number();
        let sid = self.stream_sid.clone();
        self.send(&FromTwilio::Dtmf(Dtmf { sequence, stream_sid: Cow::Owned(sid), digit })).await;
    }

    /// Hangs up as Twilio tells it.
    pub(crate) async fn hang_up(mut self) {
        let sequence = self.number();
        let (sid, call_sid) = (self.stream_sid.clone(), self.call_sid.clone());
        let stop = Stop {
            sequence,
            stream_sid: Cow::Owned(sid),
            account_sid: "ACtest".into(),
            call_sid: Cow::Owned(call_sid),
        };
        self.send(&FromTwilio::Stop(stop)).await;
        drop(self.socket.close(None).await);
    }

    /// 20 ms of the call.
    async fn tick(&mut self, line: Option<usize>) {
        // After a stall of this machine the line goes on in real time: audio that is played faster than it
        // can be heard would be over before the agent can fall silent.
        self.next = (self.next + FRAME).max(Instant::now());
        sleep_until(self.next).await;
        let sequence = self.number();
        let audio = frame(line, self.media);
        let sid = self.stream_sid.clone();
        let media = Media {
            sequence,
            stream_sid: Cow::Owned(sid),
            track: Track::Inbound,
            chunk: self.media + 1,
            timestamp_ms: self.media * 20,
            audio: &audio,
        };
        self.send(&FromTwilio::Media(media)).await;
        self.media += 1;
        while !self.hung_up {
            match timeout(Duration::ZERO, self.socket.next()).await {
                Err(_) => break,
                Ok(Some(Ok(Message::Text(text)))) => self.take(&text).await,
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
                Ok(_) => self.hung_up = true,
            }
        }
        self.play().await;
    }

    async fn take(&mut self, text: &str) {
        let mut audio = Vec::new();
        match ToTwilio::parse(text, &mut audio).expect("a message Twilio understands") {
            ToTwilio::Media { stream_sid, audio } => {
                assert_eq!(stream_sid, self.stream_sid);
                assert_eq!(audio.len(), 160, "20 ms a message");
                self.waiting += 160;
            }
            ToTwilio::Mark { name, .. } => self.marks.push_back((self.played + self.waiting, name.into_owned())),
            ToTwilio::Clear { .. } => {
                self.clears += 1;
                self.waiting = 0;
                let marks: Vec<_> = self.marks.drain(..).collect();
                for (_, name) in marks {
                    self.echo(name).await;
                }
            }
        }
    }

    async fn play(&mut self) {
        if self.waiting > 0 {
            self.waiting -= 160;
            self.played += 160;
            self.quiet = 0;
        } else {
            self.quiet += 1;
        }
        while self.marks.front().is_some_and(|(at, _)| *at <= self.played) {
            if let Some((_, name)) = self.marks.pop_front() {
                self.echo(name).await;
            }
        }
    }

    async fn echo(&mut self, name: String) {
        let sequence = self.number();
        let stream_sid = Cow::Owned(self.stream_sid.clone());
        self.send(&FromTwilio::Mark(Mark { sequence, stream_sid, name: Cow::Owned(name) })).await;
    }

    async fn send(&mut self, message: &FromTwilio<'_>) {
        let mut text = String::new();
        message.write(&mut text);
        // Once the gateway has closed, nobody listens.
        self.hung_up |= self.socket.send(Message::text(text)).await.is_err();
    }

    fn number(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }
}
