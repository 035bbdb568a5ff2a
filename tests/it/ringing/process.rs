//! The program itself, started, killed, stopped and started again while somebody is on the line.

use crate::house::{ACCESS_TOKEN, BUSINESS, CALLER, TWILIO_TOKEN, eventually, token_of};
use crate::phone::Phone;
use reqwest::Client;
use ringlypro::clock::{Clock, SystemClock};
use ringlypro::twilio::signature;
use serde_json::Value;
use std::net::TcpListener;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_ringlypro");
/// How long the program may take to end by itself once its calls are over.
const EXIT_MAX: Duration = Duration::from_secs(40);

/// A gateway in a process of its own.
struct Gateway {
    process: Child,
    base: String,
    http: Client,
}

impl Gateway {
    /// Starts it; ready for calls when this returns.
    async fn start(folder: &TempDir, port: u16) -> Self {
        let models = super::house::models();
        let settings = [
            ("PORT", port.to_string()),
            ("DATA_DIR", folder.path().display().to_string()),
            ("RINGLY_MODELS", models),
            ("TWILIO_AUTH_TOKEN", TWILIO_TOKEN.to_owned()),
            ("ACCESS_TOKEN", ACCESS_TOKEN.to_owned()),
            ("LOG_LEVEL", "warn".to_owned()),
        ];
        let mut command = Command::new(PROGRAM);
        command.arg("serve").envs(settings).current_dir(folder.path()).stdout(Stdio::null()).kill_on_drop(true);
        let process = command.spawn().expect("started");
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = Client::builder().no_proxy().build().expect("a client");
        let gateway = Self { process, base: format!("http://127.0.0.1:{port}"), http };
        for _ in 0..1_500 {
            if gateway.ready().await == Some(200) {
                return gateway;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it never got ready");
    }

    async fn ready(&self) -> Option<u16> {
        Some(self.http.get(format!("{}/readyz", self.base)).send().await.ok()?.status().as_u16())
    }

    /// A webhook of a call, signed; its document.
    async fn webhook(&self, path: &str, call_sid: &str, status: &str) -> String {
        let fields = [("CallSid", call_sid), ("From", CALLER), ("To", BUSINESS), ("CallStatus", status)];
        let owned = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let signature = signature::sign(TWILIO_TOKEN, &format!("{}{path}", self.base), &owned);
        let request = self.http.post(format!("{}{path}", self.base)).form(&fields).header(signature::HEADER, signature);
        request.send().await.expect("an answer").text().await.expect("a document")
    }

    async fn ring(&self, call_sid: &str) -> String {
        self.webhook("/webhook/twilio/voice", call_sid, "ringing").await
    }

    async fn get(&self, path: &str) -> Value {
        let asked = self.http.get(format!("{}{path}", self.base)).bearer_auth(ACCESS_TOKEN).send().await;
        asked.expect("an answer").json().await.expect("JSON")
    }

    /// The newest call with its turns.
    async fn last_call(&self) -> Value {
        let calls = self.get("/api/calls").await;
        let id = calls["calls"][0]["id"].as_str().expect("a call").to_owned();
        self.get(&format!("/api/calls/{id}")).await
    }

    /// What a supervisor does.
    async fn terminate(&self) {
        let id = self.process.id().expect("it runs").to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().await.expect("kill");
        assert!(told.success());
    }

    async fn exit(&mut self) -> ExitStatus {
        timeout(EXIT_MAX, self.process.wait()).await.expect("it ends").expect("a status")
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}

fn turns(call: &Value) -> Vec<Value> {
    call["turns"].as_array().expect("turns").clone()
}

/// Replays a journal by the command; what it says, if all is as it was.
async fn replay(journal: &Path) -> String {
    let command = Command::new(PROGRAM).arg("replay").arg("--explain").arg(journal).output().await.expect("started");
    let (out, err) = (String::from_utf8_lossy(&command.stdout), String::from_utf8_lossy(&command.stderr));
    assert!(command.status.success(), "{out}{err}");
    out.into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_loses_no_finished_turn_and_its_caller_is_picked_up_by_the_next() {
    let folder = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let mut gateway = Gateway::start(&folder, port).await;
    let mut phone = Phone::connect_at(&gateway.base, "CA1", &token_of(&gateway.ring("CA1").await)).await;
    phone.listen().await;
    eventually("the greeting is kept", async || !turns(&gateway.last_call().await).is_empty()).await;
    let before = gateway.last_call().await;
    assert!(before["call"]["ended_at"].is_null());
    gateway.process.kill().await.expect("killed");
    drop(phone);

    let mut gateway = Gateway::start(&folder, port).await;
    let after = gateway.last_call().await;
    assert_eq!(after["call"]["ending"], "interrupted", "{after:#}");
    assert_eq!(after["call"]["id"], before["call"]["id"]);
    assert_eq!(turns(&after)[..turns(&before).len()], turns(&before)[..]);
    let at = |call: &Value, what: &str| {
        call["call"][what].as_str().expect("a time").parse::<jiff::Timestamp>().expect("one")
    };
    let lasted = at(&after, "ended_at").duration_since(at(&after, "started_at")).as_millis();
    let last_word = turns(&after).last().expect("a turn")["ended_ms"].as_i64().expect("a time");
    assert!(lasted >= i128::from(last_word), "it lasted at least until its last word: {lasted} {last_word}");
    assert!(at(&after, "ended_at") < SystemClock.now(), "and not until somebody looked");

    let twiml = gateway.webhook("/webhook/twilio/after", "CA1", "in-progress").await;
    let mut phone = Phone::connect_at(&gateway.base, "CA1", &token_of(&twiml)).await;
    phone.listen().await;
    phone.hang_up().await;
    eventually("it is closed again", async || gateway.last_call().await["call"]["ending"] == "caller-left").await;
    let whole = gateway.last_call().await;
    assert_eq!(whole["call"]["id"], before["call"]["id"], "one call");
    let last = turns(&whole).last().expect("a turn")["text"].as_str().expect("words").to_owned();
    assert!(last.contains("cut off") && last.contains("help"), "{last}");

    gateway.terminate().await;
    assert!(gateway.exit().await.success());
    let id = whole["call"]["id"].as_str().expect("an id");
    let told = replay(&folder.path().join(format!("journals/{id}.jsonl"))).await;
    assert!(told.contains("the same as then") && told.contains("picked up 1 times"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_a_call_go_on_turns_new_ones_away_and_the_second_one_says_goodbye() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut gateway = Gateway::start(&folder, free_port()).await;
    let mut phone = Phone::connect_at(&gateway.base, "CA1", &token_of(&gateway.ring("CA1").await)).await;
    phone.listen().await;
    gateway.terminate().await;
    eventually("it is not ready any more", async || gateway.ready().await == Some(503)).await;
    let refused = gateway.ring("CA2").await;
    assert!(refused.contains("<Say") && !refused.contains("<Stream"), "{refused}");
    phone.wait(1_000).await;
    assert!(!phone.hung_up, "the live call goes on");
    gateway.terminate().await;
    phone.until_audible().await;
    for _ in 0..300 {
        if phone.hung_up {
            break;
        }
        phone.wait(100).await;
    }
    assert!(phone.hung_up, "the last words were said");
    assert_eq!(gateway.exit().await.code(), Some(0));
}
