//! The little of Twilio's REST API that is needed: changing a call while it is up, and handing over a text.
//!
//! It does not know why. Every attempt and every wait is bounded. A change of a call can be repeated without harm, so what
//! may succeed next time (no answer, 429, 5xx) is tried again; a text cannot, so it is handed over once.
//!
//! Sources: <https://www.twilio.com/docs/voice/api/call-resource#update-a-call-resource>,
//! <https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource>.

use super::error::RestError;
use crate::phone::E164;
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use std::fmt;
use std::time::Duration;

/// Twilio's public API, US1.
pub const PUBLIC_API: &str = "https://api.twilio.com";
/// A caller waits while we try: three attempts within about half a minute at worst, then give up.
const ATTEMPTS_MAX: u32 = 3;
/// Between attempts; Twilio's own advice is to start at half a second.
const RETRY_WAIT: Duration = Duration::from_millis(500);
/// One attempt may take this long.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(8);

/// Twilio's codes for a call that has ended: "not found", "not in progress, cannot redirect".
const OVER_CODES: [u32; 2] = [20_404, 21_220];

/// What to do with a call that is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallUpdate<'a> {
    /// Hang up.
    Complete,
    /// Stop what it does and follow this document.
    Follow(&'a str),
}

/// A text to be sent.
#[derive(Clone, Copy, Debug)]
pub struct NewMessage<'a> {
    /// A number of the account.
    pub from: &'a E164,
    /// The telephone.
    pub to: &'a E164,
    /// The words.
    pub body: &'a str,
    /// Pictures and the like, by address: they make an MMS of it.
    pub media: &'a [String],
    /// Where Twilio tells what becomes of it.
    pub status_callback: Option<&'a str>,
}

/// A client for one account.
#[derive(Clone)]
pub struct RestClient {
    http: reqwest::Client,
    base: String,
    account_sid: String,
    auth_token: String,
}

impl fmt::Debug for RestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestClient").field("base", &self.base).finish_non_exhaustive()
    }
}

impl RestClient {
    /// A client; `base` is [`PUBLIC_API`], or an imitation's address.
    pub fn new(http: reqwest::Client, base: &str, account_sid: String, auth_token: String) -> Self {
        Self { http, base: base.trim_end_matches('/').to_owned(), account_sid, auth_token }
    }

    /// Changes a call that is up.
    pub async fn update_call(&self, call_sid: &str, update: CallUpdate<'_>) -> Result<(), RestError> {
        if !is_sid(call_sid) {
            return Err(RestError::AlreadyOver);
        }
        let mut attempt = 1;
        loop {
            match self.attempt(call_sid, update).await {
                Err(RestError::Unavailable) if attempt < ATTEMPTS_MAX => {
                    attempt += 1;
                    tokio::time::sleep(RETRY_WAIT).await;
                }
                answer => return answer,
            }
        }
    }

    async fn attempt(&self, call_sid: &str, update: CallUpdate<'_>) -> Result<(), RestError> {
        let form = match update {
            CallUpdate::Complete => [("Status", "completed")],
            CallUpdate::Follow(twiml) => [("Twiml", twiml)],
        };
        let response = self
            .http
            .post(format!("{}/2010-04-01/Accounts/{}/Calls/{call_sid}.json", self.base, self.account_sid))
            .basic_auth(&self.account_sid, Some(&self.auth_token))
            .timeout(ATTEMPT_TIMEOUT)
            .form(&form)
            .send()
            .await
            .map_err(|_| RestError::Unavailable)?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(RestError::Unavailable);
        }
        Err(refused(response).await)
    }

    /// Hands over a text, once; returns its SID. [`RestError::Unavailable`]: it was surely not taken.
    pub async fn create_message(&self, message: NewMessage<'_>) -> Result<String, RestError> {
        let mut form = vec![("From", message.from.as_str()), ("To", message.to.as_str()), ("Body", message.body)];
        form.extend(message.media.iter().map(|address| ("MediaUrl", address.as_str())));
        form.extend(message.status_callback.map(|address| ("StatusCallback", address)));
        let response = self
            .http
            .post(format!("{}/2010-04-01/Accounts/{}/Messages.json", self.base, self.account_sid))
            .basic_auth(&self.account_sid, Some(&self.auth_token))
            .timeout(ATTEMPT_TIMEOUT)
            .form(&form)
            .send()
            .await
            .map_err(|error| if error.is_connect() { RestError::Unavailable } else { RestError::Unknown })?;
        let status = response.status();
        if status.is_success() {
            return response.json::<Taken>().await.map(|taken| taken.sid).map_err(|_| RestError::Unknown);
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(RestError::Unavailable);
        }
        if status.is_server_error() {
            return Err(RestError::Unknown);
        }
        Err(refused(response).await)
    }
}

/// The part of Twilio's answer to a text we use.
#[derive(Deserialize)]
struct Taken {
    sid: String,
}

/// Why Twilio said no.
async fn refused(response: Response) -> RestError {
    let status = response.status();
    let code = response.json::<Refusal>().await.map_or(0, |refusal| refusal.code);
    refusal(status, code)
}

/// The part of Twilio's error body we use.
#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    code: u32,
}

fn refusal(status: StatusCode, code: u32) -> RestError {
    if OVER_CODES.contains(&code) || status == StatusCode::NOT_FOUND {
        RestError::AlreadyOver
    } else if status == StatusCode::UNAUTHORIZED {
        RestError::Unauthorised
    } else {
        RestError::Refused { code, status: status.as_u16() }
    }
}

/// A SID goes into a path, and comes from outside: letters and digits only, so that it cannot name another resource.
fn is_sid(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::{ATTEMPTS_MAX, CallUpdate, NewMessage, RestClient};
    use crate::phone::E164;
    use crate::twilio::error::RestError;
    use axum::extract::{Path, State};
    use axum::http::{HeaderMap, StatusCode};
    use axum::{Form, Json, Router, routing::post};
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::task::JoinSet;

    /// "AC1" and "secret".
    const BASIC: &str = "Basic QUMxOnNlY3JldA==";

    async fn calls(
        State(attempts): State<Arc<AtomicU32>>,
        Path((account, file)): Path<(String, String)>,
        headers: HeaderMap,
        Form(form): Form<BTreeMap<String, String>>,
    ) -> (StatusCode, Json<serde_json::Value>) {
        let attempt = attempts.fetch_add(1, Ordering::SeqCst) + 1;
        let answer = |status, code: u32| (status, Json(serde_json::json!({ "code": code, "message": "m" })));
        if account != "AC1" || headers.get("authorization").is_none_or(|value| value != BASIC) {
            return answer(StatusCode::UNAUTHORIZED, 20_003);
        }
        match file.as_str() {
            "CAup.json" if form.get("Status").is_some_and(|s| s == "completed") => answer(StatusCode::OK, 0),
            "CAflaky.json" if attempt < ATTEMPTS_MAX => answer(StatusCode::BAD_GATEWAY, 0),
            "CAflaky.json" if form.get("Twiml").is_some_and(|t| t == "<Response/>") => answer(StatusCode::OK, 0),
            "CAbroken.json" => answer(StatusCode::INTERNAL_SERVER_ERROR, 0),
            "CAended.json" => answer(StatusCode::BAD_REQUEST, 21_220),
            "CAbad.json" => answer(StatusCode::BAD_REQUEST, 21_205),
            _ => answer(StatusCode::NOT_FOUND, 20_404),
        }
    }

    async fn messages(
        State(attempts): State<Arc<AtomicU32>>,
        Path(account): Path<String>,
        headers: HeaderMap,
        Form(form): Form<Vec<(String, String)>>,
    ) -> (StatusCode, Json<serde_json::Value>) {
        attempts.fetch_add(1, Ordering::SeqCst);
        let answer = |status, code: u32| (status, Json(serde_json::json!({ "code": code, "message": "m" })));
        if account != "AC1" || headers.get("authorization").is_none_or(|value| value != BASIC) {
            return answer(StatusCode::UNAUTHORIZED, 20_003);
        }
        let body = form.iter().find(|(field, _)| field == "Body").map(|(_, value)| value.as_str());
        match body {
            Some("whole") => {
                let expected: Vec<_> = [("From", "+13055550199"), ("To", "+13055550142"), ("Body", "whole")]
                    .into_iter()
                    .chain([("MediaUrl", "https://a.example/1"), ("MediaUrl", "https://a.example/2")])
                    .chain([("StatusCallback", "https://b.example/status")])
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect();
                assert_eq!(form, expected);
                (StatusCode::CREATED, Json(serde_json::json!({ "sid": "SM1", "status": "queued" })))
            }
            Some("nameless") => answer(StatusCode::CREATED, 0),
            Some("stopped") => answer(StatusCode::BAD_REQUEST, 21_610),
            Some("throttled") => answer(StatusCode::TOO_MANY_REQUESTS, 20_429),
            _ => answer(StatusCode::INTERNAL_SERVER_ERROR, 0),
        }
    }

    struct Imitation {
        base: String,
        attempts: Arc<AtomicU32>,
        _server: JoinSet<()>,
    }

    impl Imitation {
        async fn start() -> Self {
            let attempts = Arc::new(AtomicU32::new(0));
            let router = Router::new()
                .route("/2010-04-01/Accounts/{account}/Calls/{file}", post(calls))
                .route("/2010-04-01/Accounts/{account}/Messages.json", post(messages))
                .with_state(attempts.clone());
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let base = format!("http://{}/", listener.local_addr().unwrap());
            let mut server = JoinSet::new();
            server.spawn(async move { axum::serve(listener, router).await.unwrap() });
            Self { base, attempts, _server: server }
        }

        fn client(&self, token: &str) -> RestClient {
            // Another test may have installed it already.
            let _installed = rustls::crypto::ring::default_provider().install_default();
            RestClient::new(reqwest::Client::new(), &self.base, "AC1".into(), token.into())
        }

        async fn update(&self, token: &str, call: &str, update: CallUpdate<'_>) -> Result<(), RestError> {
            self.client(token).update_call(call, update).await
        }

        async fn text(&self, token: &str, body: &str) -> Result<String, RestError> {
            let number = |text| E164::parse(text, "US").unwrap();
            let (from, to) = (number("+13055550199"), number("+13055550142"));
            let media = ["https://a.example/1".to_owned(), "https://a.example/2".to_owned()];
            let status_callback = Some("https://b.example/status");
            let message = NewMessage { from: &from, to: &to, body, media: &media, status_callback };
            self.client(token).create_message(message).await
        }

        fn attempts(&self) -> u32 {
            self.attempts.load(Ordering::SeqCst)
        }
    }

    #[tokio::test]
    async fn a_call_is_hung_up_in_one_attempt() {
        let twilio = Imitation::start().await;
        assert_eq!(twilio.update("secret", "CAup", CallUpdate::Complete).await, Ok(()));
        assert_eq!(twilio.attempts(), 1);
    }

    #[tokio::test]
    async fn a_server_error_is_tried_again_but_not_for_ever() {
        let twilio = Imitation::start().await;
        assert_eq!(twilio.update("secret", "CAflaky", CallUpdate::Follow("<Response/>")).await, Ok(()));
        assert_eq!(twilio.attempts(), ATTEMPTS_MAX);
        let twilio = Imitation::start().await;
        assert_eq!(twilio.update("secret", "CAbroken", CallUpdate::Complete).await, Err(RestError::Unavailable));
        assert_eq!(twilio.attempts(), ATTEMPTS_MAX);
    }

    #[tokio::test]
    async fn refusals_have_a_reason_and_are_not_repeated() {
        let twilio = Imitation::start().await;
        let complete = CallUpdate::Complete;
        assert_eq!(twilio.update("secret", "CAgone", complete).await, Err(RestError::AlreadyOver));
        assert_eq!(twilio.update("secret", "CAended", complete).await, Err(RestError::AlreadyOver));
        assert_eq!(twilio.update("wrong", "CAup", complete).await, Err(RestError::Unauthorised));
        let refused = RestError::Refused { code: 21_205, status: 400 };
        assert_eq!(twilio.update("secret", "CAbad", complete).await, Err(refused));
        assert_eq!(twilio.attempts(), 4);
    }

    #[tokio::test]
    async fn a_call_name_cannot_reach_another_resource() {
        let twilio = Imitation::start().await;
        let answer = twilio.update("secret", "../Messages", CallUpdate::Complete).await;
        assert_eq!(answer, Err(RestError::AlreadyOver));
        assert_eq!(twilio.attempts(), 0);
    }

    #[tokio::test]
    async fn a_text_is_handed_over_once_whatever_comes_of_it() {
        for (body, outcome) in [
            ("whole", Ok("SM1".to_owned())),
            ("nameless", Err(RestError::Unknown)),
            ("broken", Err(RestError::Unknown)),
            ("throttled", Err(RestError::Unavailable)),
            ("stopped", Err(RestError::Refused { code: 21_610, status: 400 })),
        ] {
            let twilio = Imitation::start().await;
            assert_eq!((twilio.text("secret", body).await, twilio.attempts()), (outcome, 1), "{body}");
        }
        let twilio = Imitation::start().await;
        assert_eq!(twilio.text("wrong", "whole").await, Err(RestError::Unauthorised));
        let nowhere = Imitation { base: "http://127.0.0.1:1".to_owned(), ..twilio };
        assert_eq!(nowhere.text("secret", "whole").await, Err(RestError::Unavailable));
    }
}
