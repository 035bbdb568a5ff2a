//! A house of its own for a test: a free port, a store in a folder that goes with it, scripted ears.

use crate::servers::Server;
use crate::speech::{Asked, Script, scripted};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Method, RequestBuilder, Response};
use ringlypro::app::{Providers, Running, start};
use ringlypro::clock::{Clock, ManualClock};
use ringlypro::config::Config;
use ringlypro::twilio::signature;
use serde_json::{Value, json};
use sqlx::Connection;
use std::collections::BTreeMap;
use std::sync::Arc;
use tempfile::TempDir;

/// The demo business.
pub(crate) const BUSINESS: &str = "+13055550199";
/// A caller.
pub(crate) const CALLER: &str = "+13055550142";
/// What signs webhooks.
pub(crate) const TWILIO_TOKEN: &str = "test-auth-token";
/// What the page asks for.
pub(crate) const ACCESS_TOKEN: &str = "test-access-token-of-some-length";
/// A Monday morning in New York, out of the way of clock changes.
const NOW: &str = "2026-11-23T15:00:00Z";

pub(crate) struct House {
    pub(crate) base: String,
    pub(crate) http: Client,
    pub(crate) script: Script,
    /// What its ears and its voice were asked for.
    pub(crate) speech: Arc<Asked>,
    /// What time it is there: it stands still until a test moves it.
    clock: Arc<ManualClock>,
    /// What requests are signed for; the base, unless a proxy stands in front.
    pub(crate) public: String,
    running: Option<Running>,
    pub(crate) database: String,
    /// Where its data is, when that is not a file.
    server: Option<Server>,
    folder: TempDir,
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with(&[]).await
    }

    /// A house whose data is in `PostgreSQL`.
    pub(crate) async fn on_postgres() -> Self {
        Self::on_postgres_with(&[]).await
    }

    /// The same with these settings.
    pub(crate) async fn on_postgres_with(settings: &[(&str, &str)]) -> Self {
        let server = Server::start();
        let url = server.url();
        let house = Self::with(&[&[("DATABASE_URL", url.as_str())], settings].concat()).await;
        Self { server: Some(server), ..house }
    }

    /// A house with these settings.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        Self::at(NOW, settings).await
    }

    /// A house with these settings, at another time.
    pub(crate) async fn at(now: &str, settings: &[(&str, &str)]) -> Self {
        crate::privacy::take_notes();
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().to_str().expect("a plain path").to_owned();
        let fixed = [
            ("PORT", "0"),
            ("DATA_DIR", data.as_str()),
            ("TWILIO_AUTH_TOKEN", TWILIO_TOKEN),
            ("ACCESS_TOKEN", ACCESS_TOKEN),
            ("DRAIN_SECONDS", "1"),
            ("REQUESTS_UNKNOWN", "0"),
            ("REQUESTS_KNOWN", "0"),
        ];
        let environment: BTreeMap<String, String> =
            fixed.iter().chain(settings).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let config = Config::from_layers(None, &environment).expect("valid settings");
        let (script, speech) = (Script::default(), Arc::new(Asked::default()));
        let clock = Arc::new(ManualClock::at(now.parse::<Timestamp>().expect("a time")));
        let providers = Providers { speech: scripted(&script, &speech), clock: clock.clone() };
        let running = start(&config, providers).await.expect("an open house");
        // Another test of this process may have chosen it.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        let base = format!("http://{}", running.address);
        let public = config.public_url.clone().unwrap_or_else(|| base.clone());
        let database = config.database_url.clone();
        Self { base, http, script, speech, clock, public, running: Some(running), database, server: None, folder }
    }

    /// Lets time go by.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.set(self.clock.now() + SignedDuration::from_secs(seconds));
    }

    /// What the caller says, by number.
    pub(crate) fn script(&self, lines: &[&str]) {
        *self.script.lock().expect("not poisoned") = lines.iter().map(|line| (*line).to_owned()).collect();
    }

    /// A webhook, signed.
    pub(crate) async fn webhook(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let owned: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let signature = signature::sign(TWILIO_TOKEN, &format!("{}{path}", self.public), &owned);
        let request = self.http.post(format!("{}{path}", self.base)).form(fields);
        request.header(signature::HEADER, signature).send().await.expect("an answer")
    }

    /// The voice webhook of a call; its document.
    pub(crate) async fn ring(&self, call_sid: &str) -> String {
        self.ring_from(call_sid, CALLER, BUSINESS).await
    }

    pub(crate) async fn ring_from(&self, call_sid: &str, from: &str, to: &str) -> String {
        let fields = [("CallSid", call_sid), ("From", from), ("To", to), ("CallStatus", "ringing")];
        let answer = self.webhook("/webhook/twilio/voice", &fields).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/xml; charset=utf-8");
        answer.text().await.expect("a document")
    }

    /// What Twilio is told to do after the stream.
    pub(crate) async fn after(&self, call_sid: &str, more: &[(&str, &str)]) -> String {
        let mut fields = vec![("CallSid", call_sid), ("From", CALLER), ("To", BUSINESS)];
        fields.extend_from_slice(more);
        self.webhook("/webhook/twilio/after", &fields).await.text().await.expect("a document")
    }

    /// A page of the API.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.asked(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.expect("JSON")
    }

    pub(crate) async fn asked(&self, path: &str) -> Response {
        self.http.get(format!("{}{path}", self.base)).bearer_auth(ACCESS_TOKEN).send().await.expect("an answer")
    }

    /// The newest call with its turns.
    pub(crate) async fn last_call(&self) -> Value {
        let calls = self.get("/api/calls").await;
        let id = calls["calls"][0]["id"].as_str().expect("a call").to_owned();
        self.get(&format!("/api/calls/{id}")).await
    }

    /// Switches the demo business's agent off; the number its calls go to instead.
    pub(crate) async fn switch_agent_off(&self) -> String {
        let mut store = self.store().await;
        let off = "UPDATE businesses SET voice_enabled = FALSE RETURNING transfer_to";
        sqlx::query_scalar(off).fetch_one(&mut store).await.expect("switched off")
    }

    /// A second business like the demo one; its id.
    pub(crate) async fn second_business(&self) -> String {
        self.business_called("Second").await
    }

    /// A business like the demo one, of this name; its id.
    pub(crate) async fn business_called(&self, name: &str) -> String {
        let new = self.like_the_demo(name).await;
        let request = self.http.post(format!("{}/api/businesses", self.base)).bearer_auth(ACCESS_TOKEN).json(&new);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 201);
        let made: Value = answer.json().await.expect("JSON");
        made["id"].as_str().expect("an id").to_owned()
    }

    /// What a business like the demo's, and of this name, is added with.
    pub(crate) async fn like_the_demo(&self, name: &str) -> Value {
        let listed = self.get("/api/businesses").await;
        let demo = &listed["businesses"][0];
        let services: Vec<_> = demo["services"]
            .as_array()
            .expect("services")
            .iter()
            .map(|one| json!({ "name": one["name"], "minutes": one["minutes"], "price_minor": one["price_minor"] }))
            .collect();
        json!({ "name": name, "phone": "+13055550111", "zone": demo["zone"], "region": "US",
            "agent_name": "Lina", "hours": demo["hours"], "services": services })
    }

    /// The store, past the house.
    pub(crate) async fn store(&self) -> sqlx::AnyConnection {
        sqlx::AnyConnection::connect(&self.database).await.expect("the store")
    }

    /// How many callers' times are held.
    pub(crate) async fn held(&self) -> i64 {
        let mut store = self.store().await;
        sqlx::query_scalar("SELECT COUNT(*) FROM holds").fetch_one(&mut store).await.expect("a count")
    }

    /// Where its store is.
    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) fn open_calls(&self) -> usize {
        self.running.as_ref().map_or(0, Running::open_calls)
    }

    pub(crate) async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
        drop(self.server.take());
    }
}

/// The stream token of a voice webhook's document.
pub(crate) fn token_of(twiml: &str) -> String {
    let (_, rest) = twiml.split_once(r#"name="token" value=""#).expect("a token");
    rest.split('"').next().expect("its end").to_owned()
}

/// A request on the owner's word.
pub(crate) fn ask(house: &House, method: Method, path: &str) -> RequestBuilder {
    house.http.request(method, format!("{}{path}", house.base)).bearer_auth(ACCESS_TOKEN)
}

/// Sends a request: the status, and the body where there is one.
pub(crate) async fn send(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let text = answer.text().await.expect("a body");
    (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") })
}

/// Waits until something is so; a test that waits for ever fails instead.
pub(crate) async fn eventually(what: &str, mut so: impl AsyncFnMut() -> bool) {
    for _ in 0..500 {
        if so().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("never: {what}");
}
