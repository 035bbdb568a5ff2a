//! The gateway's doors as Twilio knocks at them: signed form posts, answered with `TwiML`.
//!
//! Where the gateway believes in a public address that is not the one we reach it by, requests are signed for the
//! public one and sent to the other, exactly as a proxy in front of it would.

use super::error::SimulatorError;
use super::plan::{CallPlan, STATUS_PATH, VOICE_PATH};
use super::verbs::{self, Verb};
use crate::twilio::signature;
use futures_util::StreamExt;
use reqwest::Url;
use std::time::Duration;
use uuid::Uuid;

/// Twilio waits this long for a webhook.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

/// Where a call stands when a webhook is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallState {
    /// Not answered yet.
    Ringing,
    /// In conversation.
    Up,
    /// Over.
    Completed,
}

/// The way into a gateway for one call.
pub(super) struct Door {
    http: reqwest::Client,
    gateway: Url,
    public: Url,
    auth_token: String,
    call: Vec<(String, String)>,
    call_sid: String,
}

/// A document and the address it came from, against which its relative addresses count.
pub(super) struct Answer {
    pub(super) base: Url,
    pub(super) verbs: Vec<Verb>,
}

impl Door {
    pub(super) fn new(plan: &CallPlan) -> Result<Self, SimulatorError> {
        // Whoever comes first installs the same one.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().timeout(ANSWER_TIMEOUT).no_proxy().build();
        let gateway = address(&plan.gateway)?;
        let public = plan.public_url.as_deref().map_or_else(|| Ok(gateway.clone()), address)?;
        let call_sid = format!("CA{}", Uuid::now_v7().simple());
        let call = [
            ("CallSid", call_sid.as_str()),
            ("AccountSid", plan.account_sid.as_str()),
            ("ApiVersion", "2010-04-01"),
            ("Direction", "inbound"),
            ("From", plan.from.as_str()),
            ("Caller", plan.from.as_str()),
            ("To", plan.to.as_str()),
            ("Called", plan.to.as_str()),
            ("CallerCountry", "US"),
            ("ToCountry", "US"),
        ];
        Ok(Self {
            http: http.map_err(|_| SimulatorError::Crashed)?,
            gateway,
            public,
            auth_token: plan.auth_token.clone(),
            call: call.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            call_sid,
        })
    }

    pub(super) fn call_sid(&self) -> &str {
        &self.call_sid
    }

    /// The call comes in.
    pub(super) async fn voice(&self, plan: &CallPlan) -> Result<Answer, SimulatorError> {
        let public = plan.public_url.as_deref().unwrap_or(&plan.gateway);
        let url = address(&crate::twilio::public_address(public, VOICE_PATH))?;
        self.post(url, CallState::Ringing, &[]).await
    }

    /// Asks at an address of a document what to do next.
    pub(super) async fn ask(
        &self,
        base: &Url,
        target: &str,
        state: CallState,
        more: &[(&str, &str)],
    ) -> Result<Answer, SimulatorError> {
        let url = base.join(target).map_err(|_| SimulatorError::BadAddress(target.to_owned()))?;
        self.post(url, state, more).await
    }

    /// Tells the gateway that the call is over. Twilio does not care for the answer, and neither do we.
    pub(super) async fn ended(&self, lasted: Duration) {
        let Ok(url) = address(&crate::twilio::public_address(self.public.as_str(), STATUS_PATH)) else { return };
        let seconds = lasted.as_secs().to_string();
        let more =
            [("CallDuration", seconds.as_str()), ("SequenceNumber", "0"), ("CallbackSource", "call-progress-events")];
        if let Err(error) = self.send(&url, CallState::Completed, &more).await {
            tracing::debug!(%error, "the status callback was not taken");
        }
    }

    /// The address a stream is opened at, and the signature it is opened with.
    pub(super) fn stream(&self, base: &Url, target: &str) -> Result<(Url, String), SimulatorError> {
        let url = base.join(target).map_err(|_| SimulatorError::BadAddress(target.to_owned()))?;
        let signature = signature::sign(&self.auth_token, url.as_str(), &[]);
        Ok((self.reachable(url), signature))
    }

    async fn post(&self, url: Url, state: CallState, more: &[(&str, &str)]) -> Result<Answer, SimulatorError> {
        let response = self.send(&url, state, more).await?;
        let status = response.status();
        if !status.is_success() {
            let hint = match status.as_u16() {
                401 | 403 => " (does the auth token match the gateway's, and the address its PUBLIC_URL?)",
                404 => " (is this a RinglyPro gateway?)",
                _ => "",
            };
            return Err(SimulatorError::Refused { status: status.as_u16(), path: url.path().to_owned(), hint });
        }
        let mut body = Vec::new();
        let mut pieces = response.bytes_stream();
        while let Some(piece) = pieces.next().await {
            body.extend_from_slice(&piece.map_err(|_| SimulatorError::Unreachable(self.gateway.to_string()))?);
            if body.len() > verbs::DOCUMENT_BYTES_MAX {
                break;
            }
        }
        Ok(Answer { verbs: verbs::parse(&String::from_utf8_lossy(&body))?, base: url })
    }

    async fn send(
        &self,
        url: &Url,
        state: CallState,
        more: &[(&str, &str)],
    ) -> Result<reqwest::Response, SimulatorError> {
        let status = match state {
            CallState::Ringing => "ringing",
            CallState::Up => "in-progress",
            CallState::Completed => "completed",
        };
        let mut form = self.call.clone();
        form.push(("CallStatus".to_owned(), status.to_owned()));
        form.extend(more.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())));
        self.http
            .post(self.reachable(url.clone()))
            .header(signature::HEADER, signature::sign(&self.auth_token, url.as_str(), &form))
            .form(&form)
            .send()
            .await
            .map_err(|_| SimulatorError::Unreachable(self.gateway.to_string()))
    }

    /// Where a public address really is: at the gateway, if it is the gateway's.
    fn reachable(&self, mut url: Url) -> Url {
        let same = url.host_str() == self.public.host_str()
            && url.port_or_known_default() == self.public.port_or_known_default();
        if !same || self.public == self.gateway {
            return url;
        }
        let secure = self.gateway.scheme() == "https";
        let scheme = match (url.scheme().starts_with("ws"), secure) {
            (true, true) => "wss",
            (true, false) => "ws",
            (false, true) => "https",
            (false, false) => "http",
        };
        let moved = url.set_scheme(scheme).is_ok()
            && url.set_host(self.gateway.host_str()).is_ok()
            && url.set_port(self.gateway.port()).is_ok();
        debug_assert!(moved, "both are web addresses with a host");
        let own_path = self.public.path().trim_end_matches('/');
        if let Some(rest) = url.path().strip_prefix(own_path).filter(|_| !own_path.is_empty()) {
            let path = format!("{}{rest}", self.gateway.path().trim_end_matches('/'));
            url.set_path(&path);
        }
        url
    }
}

fn address(text: &str) -> Result<Url, SimulatorError> {
    let url = Url::parse(text).map_err(|_| SimulatorError::BadAddress(text.to_owned()))?;
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    if web { Ok(url) } else { Err(SimulatorError::BadAddress(text.to_owned())) }
}
