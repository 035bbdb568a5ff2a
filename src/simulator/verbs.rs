//! `TwiML` as Twilio reads it: the verbs a gateway of ours may use, and a refusal for any other.

use super::error::SimulatorError;
use roxmltree::{Document, Node};
use std::collections::BTreeMap;
use std::time::Duration;

/// Something Twilio is told to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// Speak.
    Say(String),
    /// Wait.
    Pause(Duration),
    /// Connect to a media stream, until it closes.
    Connect(Connect),
    /// Call somebody and connect them.
    Dial {
        /// Whom.
        number: String,
        /// Where to ask what next.
        action: Option<String>,
    },
    /// Ask there what to do.
    Redirect(String),
    /// End the call.
    Hangup,
    /// Do not take it.
    Reject,
}

/// A two-way media stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Connect {
    /// Where to.
    pub(super) stream_url: String,
    /// What the stream's `start` carries.
    pub(super) parameters: BTreeMap<String, String>,
    /// Where to ask what next.
    pub(super) action: Option<String>,
}

/// Twilio's limit for a document.
pub(super) const DOCUMENT_BYTES_MAX: usize = 64 * 1024;

/// Reads a document.
pub(super) fn parse(text: &str) -> Result<Vec<Verb>, SimulatorError> {
    if text.len() > DOCUMENT_BYTES_MAX {
        return Err(bad("longer than 64 kB"));
    }
    let document = Document::parse(text).map_err(|error| bad(&error.to_string()))?;
    let root = document.root_element();
    if root.tag_name().name() != "Response" {
        return Err(bad("the root is not <Response>"));
    }
    root.children().filter(Node::is_element).map(verb).collect()
}

fn verb(node: Node<'_, '_>) -> Result<Verb, SimulatorError> {
    let attribute = |name| node.attribute(name).map(str::to_owned);
    match node.tag_name().name() {
        "Say" => Ok(Verb::Say(content(node))),
        "Pause" => {
            let seconds =
                attribute("length").map_or(Ok(1), |text| text.parse()).map_err(|_| bad("a pause's length"))?;
            Ok(Verb::Pause(Duration::from_secs(seconds)))
        }
        "Hangup" => Ok(Verb::Hangup),
        "Reject" => Ok(Verb::Reject),
        "Redirect" => Ok(Verb::Redirect(content(node))),
        "Dial" => {
            let number =
                node.children().find(|child| child.has_tag_name("Number")).map_or_else(|| content(node), content);
            if number.is_empty() {
                return Err(bad("<Dial> names no number"));
            }
            Ok(Verb::Dial { number, action: attribute("action") })
        }
        "Connect" => {
            let stream = node.children().find(|child| child.has_tag_name("Stream"));
            let stream = stream.ok_or_else(|| bad("<Connect> has no <Stream>"))?;
            let stream_url = stream.attribute("url").ok_or_else(|| bad("<Stream> has no url"))?.to_owned();
            if stream_url.contains('?') {
                return Err(bad("Twilio takes no query in a stream's url"));
            }
            let parameters = stream.children().filter(|child| child.has_tag_name("Parameter")).map(|parameter| {
                let part =
                    |name| parameter.attribute(name).map(str::to_owned).ok_or_else(|| bad("a nameless <Parameter>"));
                Ok((part("name")?, part("value")?))
            });
            let parameters = parameters.collect::<Result<_, SimulatorError>>()?;
            Ok(Verb::Connect(Connect { stream_url, parameters, action: attribute("action") }))
        }
        other => Err(bad(&format!("<{other}> is not a verb this simulator knows"))),
    }
}

fn content(node: Node<'_, '_>) -> String {
    node.text().unwrap_or_default().trim().to_owned()
}

fn bad(reason: &str) -> SimulatorError {
    SimulatorError::BadTwiml(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Connect, Verb, parse};
    use crate::phone::E164;
    use crate::twilio::twiml::Document;
    use proptest::prelude::*;
    use std::time::Duration;

    #[test]
    fn our_own_documents_are_understood() {
        let connect = Document::ConnectStream {
            stream_url: "wss://a.example/s",
            after_url: "/after?a=1&b=2",
            parameters: &[("token", "<T>")],
        };
        let expected = Connect {
            stream_url: "wss://a.example/s".into(),
            parameters: [("token".to_owned(), "<T>".to_owned())].into(),
            action: Some("/after?a=1&b=2".into()),
        };
        let redirect = Verb::Redirect("/after?a=1&b=2".into());
        assert_eq!(parse(&connect.render()).unwrap(), [Verb::Connect(expected), redirect]);
        let to = E164::parse("+13055550142", "US").unwrap();
        let dial = Document::Transfer { to: &to, caller_id: None, after_url: "/after" }.render();
        let expected = Verb::Dial { number: "+13055550142".into(), action: Some("/after".into()) };
        assert_eq!(parse(&dial).unwrap(), [expected, Verb::Hangup]);
        let busy = parse(&Document::Overload { language: "en" }.render()).unwrap();
        assert!(matches!(&busy[..], [Verb::Say(text), Verb::Hangup] if text.starts_with("All our lines")));
    }

    #[test]
    fn what_twilio_would_refuse_is_refused() {
        for text in [
            "",
            "<Reply/>",
            "<Response><Dance/></Response>",
            "<Response><Connect/></Response>",
            "<Response><Dial></Dial></Response>",
            r#"<Response><Connect><Stream url="wss://a/b?token=1"/></Connect></Response>"#,
            r#"<Response><Pause length="soon"/></Response>"#,
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        let pause = r#"<Response><Pause length="3"/></Response>"#;
        assert_eq!(parse(pause).unwrap(), [Verb::Pause(Duration::from_secs(3))]);
    }

    proptest! {
        #[test]
        fn no_document_makes_it_panic(text: String) {
            let _ = parse(&text);
        }
    }
}
