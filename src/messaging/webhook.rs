//! JSON posted to the addresses of programs: automations, social networks' bridges.
//!
//! Addresses come from whoever may use the CRM, and we stand in a network they may not be in. So a name is resolved here,
//! every address it has is looked at, and the connection is made to one of those that were, not to what the name means a
//! moment later. No redirect is followed, no proxy is asked, and both ways are bounded in time and size.
//!
//! Invariant: unless the configuration allows it, nothing is ever sent to an address that is not of the public internet.

use super::SendError;
use crate::crm::error::Reason;
use futures_util::StreamExt;
use reqwest::{Client, Url, redirect};
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// The whole exchange may take so long.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The largest payload, and the most that is read of an answer.
const BYTES_MAX: usize = 1 << 20;
/// The longest address.
const URL_BYTES_MAX: usize = 2_000;

/// Posts JSON.
#[derive(Clone, Copy, Debug)]
pub struct Poster {
    private_networks: bool,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, as far as it was read and is text.
    pub body: String,
}

impl Answer {
    /// Whether it was taken.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Poster {
    /// One that posts to the public internet, and to private networks too if these are allowed.
    pub fn new(private_networks: bool) -> Self {
        Self { private_networks }
    }

    /// Posts a payload to an address. `key` lets who gets it twice know it again.
    pub async fn post(&self, address: &str, key: &str, payload: &Value) -> Result<Answer, SendError> {
        let url = checked(address).map_err(SendError::Refused)?;
        let body = payload.to_string();
        if body.len() > BYTES_MAX {
            return Err(SendError::Refused(Reason::HookPayload { most: BYTES_MAX }));
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        let places = self.places(&url, &host).await?;
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            .resolve_to_addrs(&host, &places)
            .build()
            .map_err(|_| SendError::Refused(Reason::HookConnection))?;
        let request = client.post(url).header("content-type", "application/json").header("idempotency-key", key);
        let response = request
            .body(body)
            .send()
            .await
            .map_err(|error| if error.is_connect() { SendError::Away } else { SendError::Unknown })?;
        let status = response.status().as_u16();
        let mut read = Vec::new();
        let mut chunks = response.bytes_stream();
        // A body that breaks off was still answered: the status counts.
        while let Some(Ok(chunk)) = chunks.next().await {
            read.extend_from_slice(&chunk[..chunk.len().min(BYTES_MAX - read.len())]);
            if read.len() == BYTES_MAX {
                break;
            }
        }
        Ok(Answer { status, body: String::from_utf8_lossy(&read).into_owned() })
    }

    /// Where a name leads to; all of it must be allowed.
    async fn places(&self, url: &Url, host: &str) -> Result<Vec<SocketAddr>, SendError> {
        let port = url.port_or_known_default().unwrap_or(443);
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let found = tokio::time::timeout(TIMEOUT, tokio::net::lookup_host((bare, port))).await;
        let Ok(Ok(found)) = found else { return Err(SendError::Away) };
        let places: Vec<_> = found.collect();
        if places.is_empty() {
            return Err(SendError::Away);
        }
        if !self.private_networks && places.iter().any(|place| !is_public(place.ip())) {
            return Err(SendError::Refused(Reason::HookPrivate));
        }
        Ok(places)
    }
}

/// A web address without a name and password in it; or what is wrong with it.
pub fn checked(address: &str) -> Result<Url, Reason> {
    if address.len() > URL_BYTES_MAX {
        return Err(Reason::HookTooLong);
    }
    let url = Url::parse(address).map_err(|_| Reason::HookAddress)?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(Reason::HookAddress);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Reason::HookPassword);
    }
    Ok(url)
}

/// Whether an address is of the public internet.
/// Source: the IANA special-purpose address registries for IPv4 and IPv6.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    // This network; reserved, and broadcast; carriers' shared addresses; protocol assignments; 6to4 relays, which led into
    // IPv6; benchmarks.
    let special =
        matches!((a, b, c), (0 | 240..=255, ..) | (100, 64..=127, _) | (192, 0, 0) | (192, 88, 99) | (198, 18..=19, _));
    !(special
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let segments = address.segments();
    // NAT64 leads to the IPv4 address in its last two segments.
    if segments[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        let [.., a, b, c, d] = address.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    // Global unicast is 2000::/3; of it not: Teredo and other protocols' (2001::/23), documentation (2001:db8::/32, 3fff::/20),
    // 6to4 (2002::/16), which leads to an IPv4 address.
    let protocols = segments[0] == 0x2001 && segments[1] < 0x200;
    let documentation = segments[0] == 0x2001 && segments[1] == 0xdb8 || segments[0] == 0x3fff && segments[1] < 0x1000;
    (0x2000..=0x3fff).contains(&segments[0]) && !protocols && !documentation && segments[0] != 0x2002
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Bytes;
    use axum::http::HeaderMap;
    use axum::response::Redirect;
    use axum::routing::post;
    use axum::{Json, Router};
    use serde_json::json;
    use tokio::task::JoinSet;

    async fn server() -> (String, JoinSet<()>) {
        // Another test may have installed it already.
        drop(rustls::crypto::ring::default_provider().install_default());
        let echo = async |headers: HeaderMap, Json(body): Json<Value>| {
            Json(json!({ "got": body, "key": headers["idempotency-key"].to_str().unwrap() }))
        };
        let router = Router::new()
            .route("/echo", post(echo))
            .route("/away", post(async || Redirect::temporary("/echo")))
            .route("/large", post(async || Bytes::from(vec![b'x'; 2 * BYTES_MAX])));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        (base, server)
    }

    #[test]
    fn what_is_not_of_the_public_internet_is_told_from_what_is() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "::7f00:1",
        ] {
            assert!(!is_public(text.parse().expect("an address")), "{text}");
        }
        for text in [
            "8.8.8.8",
            "100.63.0.1",
            "172.32.0.1",
            "198.20.0.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(text.parse().expect("an address")), "{text}");
        }
    }

    #[test]
    fn only_a_web_address_without_a_password_is_posted_to() {
        for address in
            ["", "example.com", "ftp://example.com", "file:///etc/passwd", "https://", "https://a:b@example.com"]
        {
            assert!(checked(address).is_err(), "{address}");
        }
        assert!(checked("https://example.com/hook?x=1").is_ok());
    }

    #[tokio::test]
    async fn nothing_is_posted_into_a_private_network_however_it_is_spelled() {
        let (base, _server) = server().await;
        let port = base.rsplit(':').next().expect("a port");
        for host in ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"] {
            let address = format!("http://{host}:{port}/echo");
            let posted = Poster::new(false).post(&address, "k", &json!({})).await;
            assert!(matches!(posted, Err(SendError::Refused(_))), "{address}: {posted:?}");
        }
    }

    #[tokio::test]
    async fn what_is_posted_arrives_and_is_answered() {
        let (base, _server) = server().await;
        let posted =
            Poster::new(true).post(&format!("{base}/echo"), "key-1", &json!({ "a": 1 })).await.expect("an answer");
        assert!(posted.is_success());
        assert_eq!(posted.body, r#"{"got":{"a":1},"key":"key-1"}"#);
    }

    #[tokio::test]
    async fn no_redirect_is_followed_and_an_endless_answer_is_cut() {
        let (base, _server) = server().await;
        let poster = Poster::new(true);
        let away = poster.post(&format!("{base}/away"), "k", &json!({})).await.expect("an answer");
        assert_eq!((away.status, away.is_success()), (307, false));
        let large = poster.post(&format!("{base}/large"), "k", &json!({})).await.expect("an answer");
        assert_eq!(large.body.len(), BYTES_MAX);
        let payload = json!("x".repeat(BYTES_MAX));
        assert!(matches!(poster.post(&format!("{base}/echo"), "k", &payload).await, Err(SendError::Refused(_))));
        assert_eq!(poster.post("http://127.0.0.1:1/", "k", &json!({})).await, Err(SendError::Away));
    }
}
