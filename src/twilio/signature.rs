//! `X-Twilio-Signature`: the proof that a webhook or a stream came from Twilio.
//!
//! The signature is base64(HMAC-SHA1(auth token, URL + every POST parameter as name and value, sorted)). The URL is the
//! one *Twilio* used, so behind a proxy it is built from the public address (see [`super::public_address`]), never from
//! the request line. It is compared in constant time. Knows nothing of HTTP types.
//!
//! Source: <https://www.twilio.com/docs/usage/security#validating-requests>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::{Choice, ConstantTimeEq};

/// The header's name, in lower case as HTTP/2 and axum spell it.
pub const HEADER: &str = "x-twilio-signature";

/// The signature Twilio would send for a request to `url` with these POST parameters (none for a GET or an upgrade).
pub fn sign(auth_token: &str, url: &str, parameters: &[(String, String)]) -> String {
    BASE64.encode(digest(auth_token, url, &sorted(parameters)))
}

/// Whether `signature` is one Twilio would send for a request to `url` with these POST parameters.
///
/// Twilio is not of one mind about writing the standard port, nor about `wss` and `https` for a stream: each spelling
/// of the same address counts. The number of comparisons depends on the URL alone, never on the signature.
pub fn verify(auth_token: &str, url: &str, parameters: &[(String, String)], signature: &str) -> bool {
    let parameters = sorted(parameters);
    let mut good = Choice::from(0);
    for spelling in spellings(url) {
        let expected = BASE64.encode(digest(auth_token, &spelling, &parameters));
        good |= expected.as_bytes().ct_eq(signature.as_bytes());
    }
    good.into()
}

fn digest(auth_token: &str, url: &str, sorted_parameters: &[(&str, &str)]) -> [u8; 20] {
    let mut mac =
        <Hmac<Sha1> as KeyInit>::new_from_slice(auth_token.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(url.as_bytes());
    for (name, value) in sorted_parameters {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

/// In the order Twilio signs them; a repeated pair counts once, as in its own libraries.
fn sorted(parameters: &[(String, String)]) -> Vec<(&str, &str)> {
    let mut sorted: Vec<_> = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

/// The ways to write one address: scheme of the web or of the socket, standard port left out or written.
fn spellings(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else { return vec![url.to_owned()] };
    let (schemes, standard_port) = match scheme {
        "https" => (&["https"][..], ":443"),
        "http" => (&["http"][..], ":80"),
        "wss" => (&["wss", "https"][..], ":443"),
        "ws" => (&["ws", "http"][..], ":80"),
        _ => return vec![url.to_owned()],
    };
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    let port_at = authority.rfind(':').filter(|at| authority[at + 1..].bytes().all(|b| b.is_ascii_digit()));
    let host = port_at.map_or(authority, |at| &authority[..at]);
    let mut spellings = Vec::with_capacity(2 * schemes.len());
    for scheme in schemes {
        spellings.push(format!("{scheme}://{host}{path}"));
        match port_at {
            Some(_) => spellings.push(format!("{scheme}://{authority}{path}")),
            None => spellings.push(format!("{scheme}://{host}{standard_port}{path}")),
        }
    }
    spellings
}

#[cfg(test)]
mod tests {
    use super::{sign, spellings, verify};
    use proptest::prelude::*;

    const TOKEN: &str = "12345";
    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";

    fn documented_parameters() -> Vec<(String, String)> {
        [
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    #[test]
    fn twilios_published_example_is_reproduced() {
        assert_eq!(sign(TOKEN, URL, &documented_parameters()), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    }

    #[test]
    fn the_order_parameters_arrive_in_does_not_matter() {
        let mut parameters = documented_parameters();
        parameters.reverse();
        assert!(verify(TOKEN, URL, &parameters, "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
    }

    #[test]
    fn a_changed_parameter_token_path_or_signature_is_refused() {
        let parameters = documented_parameters();
        let good = sign(TOKEN, URL, &parameters);
        let mut changed = parameters.clone();
        changed[2].1 = "1235".to_owned();
        assert!(!verify(TOKEN, URL, &changed, &good));
        assert!(!verify("12346", URL, &parameters, &good));
        assert!(!verify(TOKEN, "https://mycompany.com/myapp.php?foo=1&bar=3", &parameters, &good));
        assert!(!verify(TOKEN, URL, &parameters, ""));
        assert!(!verify(TOKEN, URL, &parameters, &good[..good.len() - 1]));
    }

    #[test]
    fn the_standard_port_may_be_written_or_not() {
        let parameters = documented_parameters();
        let with_port = sign(TOKEN, "https://mycompany.com:443/myapp.php?foo=1&bar=2", &parameters);
        assert!(verify(TOKEN, URL, &parameters, &with_port));
        let without = sign(TOKEN, "http://127.0.0.1/voice", &parameters);
        assert!(verify(TOKEN, "http://127.0.0.1:8080/voice", &parameters, &without));
        let other_port = sign(TOKEN, "https://mycompany.com:8443/myapp.php?foo=1&bar=2", &parameters);
        assert!(!verify(TOKEN, URL, &parameters, &other_port));
    }

    #[test]
    fn a_stream_may_be_signed_for_wss_or_https_but_a_webhook_only_for_its_own_scheme() {
        let stream = "wss://mycompany.com/webhook/twilio/stream?x=1";
        for signed in [stream, "https://mycompany.com/webhook/twilio/stream?x=1"] {
            assert!(verify(TOKEN, stream, &[], &sign(TOKEN, signed, &[])));
        }
        assert!(!verify(TOKEN, URL, &[], &sign(TOKEN, &URL.replace("https", "http"), &[])));
    }

    #[test]
    fn spellings_of_an_address_are_few() {
        assert_eq!(spellings("ws://[::1]:80?q=a:1").len(), 4);
        assert_eq!(spellings("no address"), ["no address"]);
    }

    proptest! {
        #[test]
        fn what_is_signed_is_verified(token: String, path in "[a-z/?=&:]{0,30}", pairs: Vec<(String, String)>) {
            let url = format!("https://host.example/{path}");
            prop_assert!(verify(&token, &url, &pairs, &sign(&token, &url, &pairs)));
        }

        #[test]
        fn no_address_makes_it_panic(url: String, signature: String) {
            prop_assert!(!verify(TOKEN, &url, &[], &signature));
        }
    }
}
