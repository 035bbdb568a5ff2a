//! The server behind HTTP: which addresses it answers to, how large a request may be, how many sessions there are.
//!
//! Invariant: a page of another origin gets nothing, by whichever name it reached us.

use super::Server;
use rmcp::handler::server::ServerHandler;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The largest request: a tool's arguments, such as a list of contacts.
const REQUEST_BYTES_MAX: usize = 1024 * 1024;
/// Sessions of clients of the older era at once. Each is a task and some kilobytes, and ends after five idle minutes.
const SESSIONS_MAX: usize = 500;

/// Where we are reached.
pub struct Address {
    /// Where we listen.
    pub listen: SocketAddr,
    /// The address the world knows us by, if any.
    pub public_url: Option<String>,
}

/// The server as a service of HTTP.
#[derive(Clone)]
pub struct OverHttp<S = Server> {
    /// What answers requests.
    pub service: StreamableHttpService<S, LocalSessionManager>,
    sessions: Arc<LocalSessionManager>,
}

impl<S: ServerHandler + Clone> OverHttp<S> {
    /// Serves until the token is cancelled.
    pub fn new(server: S, address: &Address, closing: CancellationToken) -> Self {
        let sessions = Arc::new(LocalSessionManager::default());
        let config = StreamableHttpServerConfig::default()
            .with_allowed_hosts(hosts(address))
            .with_allowed_origins(origins(address))
            .enforce_origin_validation()
            .with_json_response(true)
            .with_max_request_body_bytes(REQUEST_BYTES_MAX)
            .with_cancellation_token(closing);
        let service = StreamableHttpService::new(move || Ok(server.clone()), sessions.clone(), config);
        Self { service, sessions }
    }

    /// Whether no further session can be opened.
    pub async fn is_full(&self) -> bool {
        self.sessions.sessions.read().await.len() >= SESSIONS_MAX
    }
}

/// The names a request may be addressed to: this machine's own, and the one the world knows.
fn hosts(address: &Address) -> Vec<String> {
    let own = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let listens = (!address.listen.ip().is_unspecified()).then(|| address.listen.ip().to_string());
    let public = address.public_url.as_deref().and_then(|url| url.parse::<http::Uri>().ok());
    let public = public.and_then(|uri| uri.host().map(str::to_owned));
    own.into_iter().chain(listens).chain(public).collect()
}

/// The pages that may ask from a browser: our own.
fn origins(address: &Address) -> Vec<String> {
    let port = address.listen.port();
    let own = ["localhost", "127.0.0.1", "[::1]"].map(|host| format!("http://{host}:{port}"));
    let public = address.public_url.as_deref().and_then(|url| url.parse::<http::Uri>().ok()).and_then(|uri| {
        let scheme = uri.scheme_str()?;
        let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
        Some(format!("{scheme}://{}:{port}", uri.host()?))
    });
    own.into_iter().chain(public).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_is_answered_to_with_its_own_port_only() {
        let at = |public: &str| Address {
            listen: "0.0.0.0:8080".parse().expect("an address"),
            public_url: Some(public.to_owned()),
        };
        assert!(hosts(&at("https://ring.example/base")).contains(&"ring.example".to_owned()));
        assert!(!hosts(&at("https://ring.example")).contains(&"0.0.0.0".to_owned()));
        assert!(origins(&at("https://ring.example/base")).contains(&"https://ring.example:443".to_owned()));
        assert!(origins(&at("http://ring.example:81")).contains(&"http://ring.example:81".to_owned()));
        assert!(origins(&at("https://ring.example")).contains(&"http://127.0.0.1:8080".to_owned()));
    }
}
