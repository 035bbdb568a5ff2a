//! Twilio, as it is spoken on the wire and nowhere else.
//!
//! [`media`] is the Media Streams format, [`signature`] proves who sent a webhook, [`twiml`] writes what Twilio is told
//! to do and [`rest`] changes a call that is already up and hands over texts. Everything here is mechanism: it knows nothing of dialogue,
//! calls, businesses or the CRM, and holds no sentence in code (what is spoken by `<Say>` stands in `twiml/`).
//!
//! Read next: [`media`].

pub mod error;
pub mod media;
pub mod rest;
pub mod signature;
pub mod twiml;

#[cfg(test)]
mod media_tests;

/// The address of one of our paths as the outside world (and so Twilio's signature) sees it.
///
/// `public` is `PUBLIC_URL`, with or without a path of its own or a slash at its end; `path_and_query` begins with `/`.
pub fn public_address(public: &str, path_and_query: &str) -> String {
    format!("{}{path_and_query}", public.trim_end_matches('/'))
}

/// The same address for a WebSocket: `https` becomes `wss`, `http` becomes `ws`.
pub fn stream_address(public: &str, path_and_query: &str) -> String {
    let address = public_address(public, path_and_query);
    match address.split_once("://") {
        Some(("https", rest)) => format!("wss://{rest}"),
        Some(("http", rest)) => format!("ws://{rest}"),
        Some(_) | None => address,
    }
}

#[cfg(test)]
mod tests {
    use super::{public_address, stream_address};

    #[test]
    fn addresses_join_without_doubled_slashes_and_keep_a_proxy_path() {
        assert_eq!(public_address("https://a.example/", "/webhook?x=1"), "https://a.example/webhook?x=1");
        assert_eq!(public_address("https://a.example/ringly", "/webhook"), "https://a.example/ringly/webhook");
        assert_eq!(stream_address("https://a.example", "/s"), "wss://a.example/s");
        assert_eq!(stream_address("http://127.0.0.1:8080/", "/s"), "ws://127.0.0.1:8080/s");
    }
}
