//! The server behind HTTP: which addresses it answers to, how large a request may be, how many sessions there are.
//!
//! Invariant: a page of another origin gets nothing, by whichever name it reached us. A name can be made to lead to any
//! machine (DNS rebinding), so only names that are ours are answered to; an address in figures leads where it says.

use super::Server;
use rmcp::handler::server::ServerHandler;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use std::net::{IpAddr, SocketAddr};
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
    /// The names it answers to. Where those are more than a list ([`Hosts::any_address`]), whoever mounts it asks here first.
    pub hosts: Hosts,
    sessions: Arc<LocalSessionManager>,
}

impl<S: ServerHandler> OverHttp<S> {
    /// Serves until the token is cancelled; `server` makes what answers one session, or one request where there are none.
    pub fn new(server: impl Fn() -> S + Send + Sync + 'static, address: &Address, closing: CancellationToken) -> Self {
        let sessions = Arc::new(LocalSessionManager::default());
        let hosts = Hosts::of(address);
        let listed = if hosts.any_address { Vec::new() } else { hosts.names.to_vec() };
        // With an empty list the SDK looks at no name: those are looked at before it.
        let config = StreamableHttpServerConfig::default()
            .with_allowed_hosts(listed)
            .with_allowed_origins(origins(address))
            .enforce_origin_validation()
            .with_json_response(true)
            .with_max_request_body_bytes(REQUEST_BYTES_MAX)
            .with_cancellation_token(closing);
        let service = StreamableHttpService::new(move || Ok(server()), sessions.clone(), config);
        Self { service, hosts, sessions }
    }

    /// Whether no further session can be opened.
    pub async fn is_full(&self) -> bool {
        self.sessions.sessions.read().await.len() >= SESSIONS_MAX
    }
}

/// The names a request may be addressed to.
#[derive(Clone, Debug)]
pub struct Hosts {
    names: Arc<[String]>,
    /// Whether an address in figures will do, whichever: we listen at all this machine has, and behind a router or in a
    /// container it has others than it knows.
    pub any_address: bool,
}

impl Hosts {
    /// This machine's own names, the address it listens at, and the name the world knows.
    fn of(address: &Address) -> Self {
        let ip = address.listen.ip();
        let own = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let listens = (!ip.is_unspecified()).then(|| ip.to_string());
        let public = address.public_url.as_deref().and_then(|url| url.parse::<http::Uri>().ok());
        let public = public.and_then(|uri| uri.host().map(bare));
        Self { names: own.into_iter().chain(listens).chain(public).collect(), any_address: ip.is_unspecified() }
    }

    /// Whether a request addressed so (`name` or `name:port`) is addressed to us.
    pub fn are(&self, authority: &str) -> bool {
        let Ok(authority) = authority.parse::<http::uri::Authority>() else { return false };
        let host = bare(authority.host());
        self.names.contains(&host) || self.any_address && host.parse::<IpAddr>().is_ok()
    }
}

/// A host as it is compared: in small letters, an address of version 6 without its brackets.
fn bare(host: &str) -> String {
    host.trim_matches(['[', ']']).to_ascii_lowercase()
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
        assert!(Hosts::of(&at("https://Ring.example/base")).are("ring.example"));
        assert!(!Hosts::of(&at("https://ring.example")).are("example"));
        assert!(origins(&at("https://ring.example/base")).contains(&"https://ring.example:443".to_owned()));
        assert!(origins(&at("http://ring.example:81")).contains(&"http://ring.example:81".to_owned()));
        assert!(origins(&at("https://ring.example")).contains(&"http://127.0.0.1:8080".to_owned()));
    }

    #[test]
    fn who_listens_everywhere_answers_to_every_address_and_to_no_name_but_their_own() {
        let at = |listen: &str| Hosts::of(&Address { listen: listen.parse().expect("an address"), public_url: None });
        for everywhere in [at("0.0.0.0:8080"), at("[::]:8080")] {
            for ours in ["192.168.1.5:8080", "10.0.0.7", "[fd00::1]:8080", "localhost:8080", "LOCALHOST", "127.0.0.1"] {
                assert!(everywhere.are(ours), "{ours}");
            }
            for not_ours in ["rebound.example:8080", "192.168.1.5.rebound.example", "ringly.local", "", "a b"] {
                assert!(!everywhere.are(not_ours), "{not_ours}");
            }
        }
        let one = at("192.168.1.5:8080");
        assert!(one.are("192.168.1.5:8080") && one.are("localhost") && !one.are("192.168.1.6:8080"));
        assert!(!at("127.0.0.1:8080").are("192.168.1.5"));
    }
}
