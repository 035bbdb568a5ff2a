//! The browser phone from the outside: its tickets, its socket, and that its calls are calls like any other.

use crate::calls::BOOKING;
use crate::house::{ACCESS_TOKEN, BUSINESS, CALLER, House, eventually};
use crate::phone::{Phone, Socket};
use crate::speech::tone;
use futures_util::{SinkExt, StreamExt};
use ringlypro::browser::{FromBrowser, LastWord, ToBrowser};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// The rate of the test's browser.
const RATE: u32 = 48_000;
/// Samples of 20 ms.
const FRAME: usize = RATE as usize / 50;
/// Louder than this is the agent.
const AUDIBLE: i16 = 1_000;

/// Asks for a line.
async fn ring(house: &House, wanted: Value) -> reqwest::Response {
    let request = house.http.post(format!("{}/api/phone", house.base)).bearer_auth(ACCESS_TOKEN);
    request.json(&wanted).send().await.expect("an answer")
}

/// Opens the socket.
async fn socket(house: &House, token: &str) -> Result<Socket, tokio_tungstenite::tungstenite::Error> {
    let address = format!("{}/api/phone", house.base.replace("http://", "ws://"));
    let mut request = address.into_client_request().expect("a request");
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().expect("a header"));
    Ok(tokio_tungstenite::connect_async(request).await?.0)
}

/// A browser in a call: its microphone in real time, a queue being played, marks.
struct Browser {
    socket: Socket,
    next: Instant,
    frames: u64,
    queue: VecDeque<i16>,
    /// Marks by the number of samples they stand behind.
    marks: VecDeque<(u64, String)>,
    queued: u64,
    played: u64,
    /// Ticks since the agent was last audible.
    quiet: u32,
    clears: u32,
    last_word: Option<LastWord>,
    closed: bool,
}

impl Browser {
    async fn call(house: &House, wanted: Value) -> Self {
        let answer = ring(house, wanted).await;
        assert_eq!(answer.status(), 200);
        let ticket: Value = answer.json().await.expect("JSON");
        Self::start(house, &ticket).await
    }

    async fn start(house: &House, ticket: &Value) -> Self {
        let mut socket = socket(house, ACCESS_TOKEN).await.expect("a socket");
        let text = |name: &str| ticket[name].as_str().expect("text").to_owned();
        let start = FromBrowser::Start { call: text("call"), ticket: text("ticket"), rate: RATE };
        socket.send(Message::text(serde_json::to_string(&start).expect("JSON"))).await.expect("sent");
        Self {
            socket,
            next: Instant::now(),
            frames: 0,
            queue: VecDeque::new(),
            marks: VecDeque::new(),
            queued: 0,
            played: 0,
            quiet: u32::MAX,
            clears: 0,
            last_word: None,
            closed: false,
        }
    }

    /// 20 ms.
    async fn tick(&mut self, line: Option<usize>) {
        self.next += Duration::from_millis(20);
        sleep_until(self.next).await;
        let samples = tone(line, self.frames * FRAME as u64, FRAME, RATE);
        self.frames += 1;
        #[expect(clippy::cast_possible_truncation, reason = "a sine stays within 16 bits")]
        let pcm: Vec<u8> = samples.iter().flat_map(|s| ((s * 32_767.0) as i16).to_le_bytes()).collect();
        // Once the gateway has closed, nobody listens; what it said before is still to be read.
        drop(self.socket.send(Message::binary(pcm)).await);
        while !self.closed {
            match timeout(Duration::ZERO, self.socket.next()).await {
                Err(_) => break,
                Ok(Some(Ok(message))) => self.take(message),
                Ok(None | Some(Err(_))) => self.closed = true,
            }
        }
        let count = FRAME.min(self.queue.len());
        let audible = self.queue.drain(..count).any(|sample| sample.saturating_abs() > AUDIBLE);
        self.played += count as u64;
        self.quiet = if audible { 0 } else { self.quiet.saturating_add(1) };
        while self.marks.front().is_some_and(|(at, _)| *at <= self.played) {
            if let Some((_, name)) = self.marks.pop_front() {
                self.send(&FromBrowser::Mark { name }).await;
            }
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Binary(pcm) => {
                assert_eq!(pcm.len() % 2, 0);
                self.queue.extend(pcm.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])));
                self.queued += pcm.len() as u64 / 2;
            }
            Message::Text(text) => match serde_json::from_str(&text).expect("a message of the protocol") {
                ToBrowser::Mark { name } => self.marks.push_back((self.queued, name)),
                ToBrowser::Clear => {
                    self.clears += 1;
                    self.queue.clear();
                    self.played = self.queued;
                }
                ToBrowser::Ended(word) => self.last_word = Some(word),
            },
            Message::Close(_) => self.closed = true,
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }

    async fn send(&mut self, message: &FromBrowser) {
        let text = serde_json::to_string(message).expect("JSON");
        drop(self.socket.send(Message::text(text)).await);
    }

    async fn say(&mut self, line: usize, ms: u64) {
        for _ in 0..ms / 20 {
            self.tick(Some(line)).await;
        }
    }

    async fn until_audible(&mut self) {
        for _ in 0..500 {
            self.tick(None).await;
            if self.quiet == 0 {
                return;
            }
        }
        panic!("the agent said nothing within ten seconds");
    }

    /// Listens until the agent has spoken and fallen silent, or the call is over.
    async fn listen(&mut self) {
        let mut spoke = false;
        for _ in 0..1_500 {
            self.tick(None).await;
            spoke |= self.quiet == 0;
            if self.closed || (spoke && self.quiet > 15) {
                return;
            }
        }
        panic!("the agent neither finished nor hung up within half a minute");
    }
}

/// Waits until the only call's line is free and its end is written down.
async fn over(house: &House) {
    eventually("the line is free", async || house.open_calls() == 0).await;
    eventually("the record is closed", async || !house.last_call().await["call"]["ended_at"].is_null()).await;
}

fn texts(call: &Value, who: &str) -> Vec<String> {
    let turns = call["turns"].as_array().expect("turns").iter();
    turns.filter(|turn| turn["who"] == who).map(|turn| turn["text"].as_str().expect("text").to_owned()).collect()
}

#[tokio::test]
async fn a_call_from_a_browser_is_greeted_heard_answered_and_kept_like_any_other() {
    let house = House::open().await;
    house.script(&["What are your opening hours?"]);
    let mut browser = Browser::call(&house, json!({ "from": "(305) 555-0142" })).await;
    browser.listen().await;
    browser.say(0, 600).await;
    browser.listen().await;
    browser.send(&FromBrowser::Stop).await;
    over(&house).await;
    let call = house.last_call().await;
    let (from, to, ending) = (&call["call"]["from"], &call["call"]["to"], &call["call"]["ending"]);
    assert_eq!((from, to, ending), (&CALLER.into(), &BUSINESS.into(), &"caller-left".into()));
    assert!(call["call"]["call_sid"].as_str().expect("a name").starts_with("browser-"));
    assert_eq!(texts(&call, "caller"), ["What are your opening hours?"]);
    let agent = texts(&call, "agent");
    assert!(agent[0].contains("Oak Street Dental") && agent[1].contains("Monday"), "{agent:?}");
}

#[tokio::test]
async fn talking_over_the_agent_empties_the_browsers_queue_and_only_what_was_heard_is_kept() {
    let house = House::open().await;
    house.script(&["What are your opening hours?", "Where are you?"]);
    let mut browser = Browser::call(&house, json!({})).await;
    browser.listen().await;
    browser.say(0, 600).await;
    browser.until_audible().await;
    for _ in 0..15 {
        browser.tick(None).await;
    }
    assert_eq!(browser.clears, 0);
    browser.say(1, 800).await;
    browser.listen().await;
    assert!(browser.clears > 0);
    browser.send(&FromBrowser::Stop).await;
    over(&house).await;
    let call = house.last_call().await;
    assert_eq!(call["call"]["from"], Value::Null);
    let cut = call["turns"].as_array().expect("turns").iter().find(|turn| turn["cut_off"] == true);
    let heard = cut.and_then(|turn| turn["text"].as_str()).unwrap_or_else(|| panic!("nobody was cut off: {call:#}"));
    assert!(heard.starts_with("We're open") && !heard.contains("Anything else"), "{heard}");
}

#[tokio::test]
async fn keys_are_heard_and_who_wants_a_person_is_told_the_number_that_would_be_rung() {
    let house = House::open().await;
    house.script(&["I'd like to speak to a person, please."]);
    let mut browser = Browser::call(&house, json!({})).await;
    browser.listen().await;
    browser.send(&FromBrowser::Dtmf { digit: '7' }).await;
    browser.listen().await;
    browser.say(0, 600).await;
    for _ in 0..1_000 {
        browser.tick(None).await;
        if browser.closed {
            break;
        }
    }
    assert_eq!(
        browser.last_word,
        Some(LastWord::Transferred { to: "+13055550110".to_owned() }),
        "{:#}",
        house.last_call().await
    );
    let call = house.last_call().await;
    assert_eq!(call["call"]["ending"], "transferred");
    assert_eq!(texts(&call, "caller"), ["7", "I'd like to speak to a person, please."]);
}

#[tokio::test]
async fn no_line_and_no_agent_are_said_in_words_and_kept() {
    let house = House::with(&[("CALLS_MAX", "1")]).await;
    let _phone = Phone::call(&house, "CA1").await;
    let busy = ring(&house, json!({})).await;
    assert_eq!(busy.status(), 503);
    let problem: Value = busy.json().await.expect("a problem");
    assert_eq!(problem["detail"], "All lines are busy. Call again in a minute.");
    house.switch_agent_off().await;
    let off = ring(&house, json!({})).await;
    assert_eq!(off.status(), 503);
    let problem: Value = off.json().await.expect("a problem");
    assert_eq!(problem["detail"], "The agent is switched off: calls are not answered.");
    let kept = house.get("/api/calls").await;
    let kept: Vec<_> =
        kept["calls"].as_array().expect("calls").iter().map(|call| (&call["status"], &call["ending"])).collect();
    for expected in [("busy", "busy"), ("no-answer", "agent-disabled")] {
        assert!(kept.contains(&(&expected.0.into(), &expected.1.into())), "{expected:?} in {kept:?}");
    }
}

#[tokio::test]
async fn a_number_that_is_none_is_refused_before_a_line_is_taken() {
    let house = House::open().await;
    for (wanted, status) in [
        (json!({ "from": "nobody" }), 422),
        (json!({ "from": 7 }), 422),
        (json!({ "business": "019a0000-0000-7000-8000-00000000ffff" }), 404),
    ] {
        let answer = ring(&house, wanted.clone()).await;
        assert_eq!(answer.status(), status, "{wanted}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    assert_eq!(house.open_calls(), 0);
}

#[tokio::test]
async fn neither_line_nor_socket_is_had_without_the_token() {
    let house = House::open().await;
    let answer = house.http.post(format!("{}/api/phone", house.base)).json(&json!({})).send().await;
    assert_eq!(answer.expect("an answer").status(), 401);
    assert!(socket(&house, "wrong").await.is_err());
    let plain = house.asked("/api/phone").await;
    assert_eq!(plain.headers()["content-type"], "application/problem+json", "no upgrade, no socket");
}

#[tokio::test]
async fn a_ticket_opens_one_call_once() {
    let house = House::open().await;
    let ticket: Value = ring(&house, json!({})).await.json().await.expect("JSON");
    let mut wrong = ticket.clone();
    wrong["ticket"] = "wrong".into();
    let mut stranger = Browser::start(&house, &wrong).await;
    let mut browser = Browser::start(&house, &ticket).await;
    browser.until_audible().await;
    let mut second = Browser::start(&house, &ticket).await;
    for refused in [&mut stranger, &mut second] {
        for _ in 0..100 {
            refused.tick(None).await;
        }
        assert_eq!((refused.closed, &refused.last_word), (true, &Some(LastWord::Refused)));
    }
    assert!(!browser.closed);
    assert_eq!(house.open_calls(), 1);
}

#[tokio::test]
async fn nonsense_from_a_browser_costs_neither_its_call_nor_another() {
    let house = House::open().await;
    let mut other = Phone::call(&house, "CA2").await;
    let mut browser = Browser::call(&house, json!({})).await;
    browser.until_audible().await;
    for text in ["", "{}", "nonsense", r#"{"event":"dtmf","digit":"long"}"#, r#"{"event":"mark","name":"99:99:99"}"#] {
        browser.socket.send(Message::text(text)).await.expect("sent");
    }
    for length in [0, 1, 3, 15_000] {
        browser.socket.send(Message::binary(vec![0xA5; length])).await.expect("sent");
    }
    browser.listen().await;
    other.wait(100).await;
    assert!(!browser.closed && !other.hung_up);
    drop(browser.socket.send(Message::binary(vec![0; 100_000])).await);
    eventually("what is larger than any frame ends that call only", async || house.open_calls() == 1).await;
    other.wait(100).await;
    assert!(!other.hung_up);
}

#[tokio::test]
async fn a_browser_that_vanishes_frees_its_line() {
    let house = House::open().await;
    let mut browser = Browser::call(&house, json!({})).await;
    browser.until_audible().await;
    drop(browser);
    over(&house).await;
    assert_eq!(house.last_call().await["call"]["ending"], "caller-left");
}

#[tokio::test]
async fn whoever_closes_the_page_holds_no_time_any_more() {
    let house = House::open().await;
    house.script(&[BOOKING[0].1]);
    let mut browser = Browser::call(&house, json!({})).await;
    browser.listen().await;
    browser.say(0, 600).await;
    browser.listen().await;
    assert_eq!(house.held().await, 1, "{:#}", house.last_call().await);
    drop(browser);
    over(&house).await;
    eventually("the time is free", async || house.held().await == 0).await;
}
