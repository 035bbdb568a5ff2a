//! `TwiML`: what Twilio is told to do with a call. The documents stand in `twiml/` as templates, with what is spoken in
//! them in every language; this module fills them in and escapes what it fills.
//!
//! It does not decide which document a call deserves. Invariant: every document is well-formed XML for any values.

use crate::phone::E164;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Output, UndefinedBehavior, context};
use std::fmt::{self, Write};
use std::sync::LazyLock;

/// The type a document is served as.
pub const CONTENT_TYPE: &str = "text/xml; charset=utf-8";
/// How long a person's phone rings before a transfer is given up: about five rings.
const DIAL_TIMEOUT_S: u32 = 25;

/// A document. Closed: matched without `_`. `language` is ISO 639-1; one we have no words for is spoken to in English.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document<'a> {
    /// Connect the call to our media stream; when that ends, however it ends, ask `after_url` what next.
    ConnectStream {
        /// Our `wss://` address; Twilio allows it no query.
        stream_url: &'a str,
        /// Where Twilio asks what to do when the stream has ended.
        after_url: &'a str,
        /// Names and values that come back in the stream's `start`.
        parameters: &'a [(&'a str, &'a str)],
    },
    /// Connect the caller to a person.
    Transfer {
        /// The person's number.
        to: &'a E164,
        /// The number to show them; none shows the caller's.
        caller_id: Option<&'a E164>,
        /// Where Twilio asks what to do when that conversation is over or did not come about (`DialCallStatus`).
        after_url: &'a str,
    },
    /// Nobody answered a transfer and the agent cannot go on: say so and hang up.
    NobodyThere {
        /// Spoken language.
        language: &'a str,
    },
    /// Hang up.
    Hangup,
    /// Do nothing: how a text is taken that is answered otherwise, or not.
    Nothing,
    /// All lines are busy: say so and hang up.
    Overload {
        /// Spoken language.
        language: &'a str,
    },
    /// No business answers under this number: say so and hang up.
    UnknownNumber {
        /// Spoken language.
        language: &'a str,
    },
    /// The business has switched its agent off: connect to its number if it has one, else say so and hang up.
    AgentDisabled {
        /// Spoken language.
        language: &'a str,
        /// The business's name.
        business: &'a str,
        /// Where its calls go instead.
        transfer_to: Option<&'a E164>,
    },
    /// Something broke on our side: say sorry, connect to a person if there is one, else hang up.
    Apology {
        /// Spoken language.
        language: &'a str,
        /// Who can take the call instead.
        transfer_to: Option<&'a E164>,
    },
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // minijinja's own escaping is HTML's, which spells every slash of an address `/`: legal, and unreadable.
    environment.set_formatter(|out, _, value| Ok(write_escaped(value.as_str().unwrap_or(&value.to_string()), out)?));
    match SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        Ok(syntax) => environment.set_syntax(syntax),
        Err(error) => unreachable!("the default delimiters are valid: {error}"),
    }
    for (name, source) in SOURCES {
        environment.add_template(name, source).expect("the embedded templates are well-formed: a test renders each");
    }
    environment
});

const SOURCES: [(&str, &str); 9] = [
    ("connect_stream", include_str!("../../twiml/connect_stream.xml")),
    ("transfer", include_str!("../../twiml/transfer.xml")),
    ("nobody_there", include_str!("../../twiml/nobody_there.xml")),
    ("hangup", include_str!("../../twiml/hangup.xml")),
    ("nothing", include_str!("../../twiml/nothing.xml")),
    ("overload", include_str!("../../twiml/overload.xml")),
    ("unknown_number", include_str!("../../twiml/unknown_number.xml")),
    ("agent_disabled", include_str!("../../twiml/agent_disabled.xml")),
    ("apology", include_str!("../../twiml/apology.xml")),
];

impl Document<'_> {
    /// The document as XML.
    pub fn render(&self) -> String {
        match *self {
            Self::ConnectStream { stream_url, after_url, parameters } => {
                let parameters: Vec<_> = parameters.iter().map(|&(name, value)| context! { name, value }).collect();
                fill("connect_stream", &context! { stream_url, after_url, parameters })
            }
            Self::Transfer { to, caller_id, after_url } => {
                let (to, caller_id) = (to.as_str(), caller_id.map(E164::as_str));
                fill("transfer", &context! { to, caller_id, after_url, timeout_s => DIAL_TIMEOUT_S })
            }
            Self::NobodyThere { language } => fill("nobody_there", &context! { language }),
            Self::Hangup => fill("hangup", &context! {}),
            Self::Nothing => fill("nothing", &context! {}),
            Self::Overload { language } => fill("overload", &context! { language }),
            Self::UnknownNumber { language } => fill("unknown_number", &context! { language }),
            Self::AgentDisabled { language, business, transfer_to } => {
                let to = transfer_to.map(E164::as_str);
                fill("agent_disabled", &context! { language, business, to, timeout_s => DIAL_TIMEOUT_S })
            }
            Self::Apology { language, transfer_to } => {
                let to = transfer_to.map(E164::as_str);
                fill("apology", &context! { language, to, timeout_s => DIAL_TIMEOUT_S })
            }
        }
    }
}

fn fill(name: &str, values: &minijinja::Value) -> String {
    TEMPLATES
        .get_template(name)
        .and_then(|template| template.render(values))
        .expect("an embedded template with all its values renders: a test renders each")
}

/// Escapes XML's five special characters, and drops what XML 1.0 cannot hold even escaped.
fn write_escaped(text: &str, out: &mut Output<'_>) -> fmt::Result {
    for character in text.chars() {
        match character {
            '<' => out.write_str("&lt;")?,
            '>' => out.write_str("&gt;")?,
            '&' => out.write_str("&amp;")?,
            '"' => out.write_str("&quot;")?,
            '\'' => out.write_str("&apos;")?,
            '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'.. => out.write_char(character)?,
            '\0'..'\t' | '\u{b}' | '\u{c}' | '\u{e}'..' ' | '\u{fffe}' | '\u{ffff}' => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Document;
    use crate::phone::E164;
    use proptest::prelude::*;

    fn number() -> E164 {
        E164::parse("+13055550142", "US").unwrap()
    }

    #[test]
    fn what_follows_our_stream_is_asked_for_whether_twilio_heeds_the_action_or_not() {
        let document = Document::ConnectStream {
            stream_url: "wss://a.example/webhook/twilio/stream",
            after_url: "https://a.example/webhook/twilio/after?a=1&b=2",
            parameters: &[("token", "T"), ("say", "\"<&>'")],
        };
        insta::assert_snapshot!(document.render(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <Response>
          <Connect action="https://a.example/webhook/twilio/after?a=1&amp;b=2">
            <Stream url="wss://a.example/webhook/twilio/stream">
              <Parameter name="token" value="T"/>
              <Parameter name="say" value="&quot;&lt;&amp;&gt;&apos;"/>
            </Stream>
          </Connect>
          <Redirect method="POST">https://a.example/webhook/twilio/after?a=1&amp;b=2</Redirect>
        </Response>
        "#);
    }

    #[test]
    fn a_transfer_dials_and_asks_what_next() {
        let to = number();
        let document = Document::Transfer { to: &to, caller_id: None, after_url: "/after" };
        insta::assert_snapshot!(document.render(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <Response>
          <Dial timeout="25" action="/after">+13055550142</Dial>
          <Hangup/>
        </Response>
        "#);
        let document = Document::Transfer { to: &to, caller_id: Some(&to), after_url: "/after" };
        assert!(document.render().contains(r#" callerId="+13055550142""#));
    }

    #[test]
    fn every_refusal_is_spoken_and_ends_the_call() {
        insta::assert_snapshot!(Document::Hangup.render(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <Response>
          <Hangup/>
        </Response>
        "#);
        insta::assert_snapshot!(Document::Overload { language: "en" }.render(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <Response>
          <Say language="en-US">All our lines are busy right now. Please call back in a few minutes. Goodbye.</Say>
          <Hangup/>
        </Response>
        "#);
        insta::assert_snapshot!(Document::Overload { language: "es" }.render(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <Response>
          <Say language="es-US">Todas nuestras líneas están ocupadas. Por favor, llame de nuevo en unos minutos. Adiós.</Say>
          <Hangup/>
        </Response>
        "#);
        insta::assert_snapshot!(Document::UnknownNumber { language: "en" }.render(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <Response>
          <Say language="en-US">This number is not in service. Please check the number and call again. Goodbye.</Say>
          <Hangup/>
        </Response>
        "#);
        insta::assert_snapshot!(Document::NobodyThere { language: "en" }.render(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <Response>
          <Say language="en-US">I'm sorry, nobody could take your call. Please call back later. Goodbye.</Say>
          <Hangup/>
        </Response>
        "#);
    }

    #[test]
    fn a_person_takes_the_call_where_there_is_one() {
        let to = number();
        let disabled = |transfer_to| Document::AgentDisabled { language: "en", business: "Smith & Sons", transfer_to };
        insta::assert_snapshot!(disabled(None).render(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <Response>
          <Say language="en-US">Thank you for calling Smith &amp; Sons. We can't take your call right now. Please call back later. Goodbye.</Say>
          <Hangup/>
        </Response>
        "#);
        insta::assert_snapshot!(disabled(Some(&to)).render(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <Response>
          <Dial timeout="25">+13055550142</Dial>
          <Hangup/>
        </Response>
        "#);
        let apology = |transfer_to| Document::Apology { language: "en", transfer_to };
        insta::assert_snapshot!(apology(None).render(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <Response>
          <Say language="en-US">I'm sorry, something went wrong on my side. Please call again. Goodbye.</Say>
          <Hangup/>
        </Response>
        "#);
        insta::assert_snapshot!(apology(Some(&to)).render(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <Response>
          <Say language="en-US">I'm sorry, something went wrong on my side. I'll connect you to a person.</Say>
          <Dial timeout="25">+13055550142</Dial>
          <Hangup/>
        </Response>
        "#);
    }

    #[test]
    fn a_language_without_words_is_spoken_to_in_english() {
        let tongue = Document::Overload { language: "xx" }.render();
        assert_eq!(tongue, Document::Overload { language: "en" }.render());
    }

    proptest! {
        #[test]
        fn no_value_can_break_out_of_its_attribute(value: String) {
            let document = Document::ConnectStream {
                stream_url: "wss://a.example/s", after_url: "https://a.example/after", parameters: &[("n", &value)],
            }.render();
            prop_assert_eq!(document.matches('<').count(), 10);
            prop_assert_eq!(document.matches('"').count(), 4 + 2 * 5);
            prop_assert!(document.chars().all(|c| c >= ' ' || c == '\n' || c == '\t' || c == '\r'));
        }
    }
}
