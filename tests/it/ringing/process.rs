//! The program itself, started, killed, stopped and started again while somebody is on the line.

use crate::house::{ACCESS_TOKEN, BUSINESS, CALLER, TWILIO_TOKEN, eventually, token_of};
use crate::imitations::{ACCOUNT, Carrier};
use crate::phone::Phone;
use reqwest::{Client, RequestBuilder};
use ringlypro::clock::{Clock, SystemClock};
use ringlypro::twilio::signature;
use serde_json::Value;
use sqlx::{Connection, Executor, SqliteConnection};
use std::net::TcpListener;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
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
        Self::start_with(folder, port, &[]).await
    }

    /// The same with these settings.
    async fn start_with(folder: &TempDir, port: u16, more: &[(&str, &str)]) -> Self {
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
        command
            .arg("serve")
            .envs(settings)
            .envs(more.iter().copied())
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .kill_on_drop(true);
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
        let request =
            self.signed(path, [("CallSid", call_sid), ("From", CALLER), ("To", BUSINESS), ("CallStatus", status)]);
        request.send().await.expect("an answer").text().await.expect("a document")
    }

    fn signed(&self, path: &str, fields: [(&str, &str); 4]) -> RequestBuilder {
        let owned = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let signature = signature::sign(TWILIO_TOKEN, &format!("{}{path}", self.base), &owned);
        self.http.post(format!("{}{path}", self.base)).form(&fields).header(signature::HEADER, signature)
    }

    /// Killed while it answers a text of this number: the text is kept, the answer is not.
    async fn killed_while_answering(mut self, store: &mut SqliteConnection, from: &str) {
        let fields = [("MessageSid", from), ("From", from), ("To", BUSINESS), ("Body", "What are your opening hours?")];
        let mut answering = JoinSet::new();
        let request = self.signed("/webhook/twilio/sms", fields);
        answering.spawn(async move { drop(request.send().await) });
        eventually("the text is kept", async || {
            let kept = "SELECT COUNT(*) FROM conversation_messages WHERE direction = 'inbound' AND carrier_id = $1";
            sqlx::query_scalar::<_, i64>(kept).bind(from).fetch_one(&mut *store).await.expect("a count") == 1
        })
        .await;
        self.process.kill().await.expect("killed");
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

/// Whatever goes out is written by nobody: who begins to is at it until they are killed.
const STUCK: &str = "CREATE TRIGGER stuck BEFORE INSERT ON conversation_messages WHEN NEW.direction = 'outbound' BEGIN \
    SELECT COUNT(*) FROM sqlite_master a, sqlite_master b, sqlite_master c, sqlite_master d, sqlite_master e, \
    sqlite_master f WHERE a.rowid + b.rowid + c.rowid + d.rowid + e.rowid + f.rowid < 0; END";
/// Time goes by for what waits.
const LATER: &str = "UPDATE conversation_messages SET due_at = due_at - 120000 WHERE direction = 'inbound'";

#[tokio::test(flavor = "multi_thread")]
async fn a_text_whose_answer_a_crash_cut_off_is_answered_once_by_the_next_or_shown_to_a_person() {
    const LATE: &str = "+13055550143";
    let folder = tempfile::tempdir().expect("a folder");
    let carrier = Carrier::start().await;
    let sends = [("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_API", carrier.base.as_str())];
    let start = async || Gateway::start_with(&folder, free_port(), &sends).await;
    let gateway = start().await;
    let store = format!("sqlite:{}", folder.path().join("ringly.db").display());
    let mut store = SqliteConnection::connect(&store).await.expect("the store");
    store.execute(STUCK).await.expect("stuck from now on");
    gateway.killed_while_answering(&mut store, LATE).await;

    // Half an hour passes before anybody starts it again.
    store.execute("UPDATE conversation_messages SET created_at = created_at - 1800000").await.expect("aged");
    store.execute(LATER).await.expect("aged");
    let gateway = start().await;
    let shown = async || gateway.get("/api/conversations?unanswered=true").await["items"].clone();
    eventually("a person is told", async || !shown().await.as_array().expect("a list").is_empty()).await;
    let late = shown().await[0].clone();
    assert_eq!((&late["last_words"], &late["unread"]), (&"What are your opening hours?".into(), &1.into()), "{late}");
    let path = format!("/api/conversations/{}/messages", late["id"].as_str().expect("an id"));
    let said = gateway.get(&path).await["items"].clone();
    assert!(said[0]["trouble"].as_str().is_some_and(|why| why.contains("not answered")), "{said}");
    gateway.killed_while_answering(&mut store, CALLER).await;

    store.execute("DROP TRIGGER stuck").await.expect("as it was");
    store.execute(LATER).await.expect("two minutes later");
    let mut gateway = start().await;
    eventually("it is answered", async || !carrier.texts().is_empty()).await;
    let waiting = "SELECT COUNT(*) FROM conversation_messages WHERE direction = 'inbound' AND due_at IS NOT NULL";
    eventually("nothing waits any more", async || {
        sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut store).await.expect("a count") == 0
    })
    .await;
    gateway.terminate().await;
    assert!(gateway.exit().await.success());
    let texts = carrier.texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert_eq!(texts[0]["To"], CALLER);
    assert!(texts[0]["Body"].contains("Monday"), "{texts:?}");
    let outbound = "SELECT COUNT(*) FROM conversation_messages WHERE direction = 'outbound'";
    assert_eq!(sqlx::query_scalar::<_, i64>(outbound).fetch_one(&mut store).await.expect("a count"), 1);
}
