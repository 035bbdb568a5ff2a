//! The Media Streams wire format: JSON and base64 to typed messages and back. The only file that knows it.
//!
//! Both directions are read and written here, so that the simulator speaks exactly what the gateway hears:
//! [`FromTwilio`] is what Twilio sends, [`ToTwilio`] what it is sent. Reading borrows from the text and decodes audio
//! into a buffer the caller reuses; writing appends nothing to the heap once its `String` has grown to a frame.
//!
//! It does not know what a mark means, in which order messages should come, or which call a stream belongs to.
//! Invariant: no text makes it panic, and what it accepts is bounded by [`MESSAGE_BYTES_MAX`] and [`AUDIO_BYTES_MAX`].
//! Source: <https://www.twilio.com/docs/voice/media-streams/websocket-messages>.

use super::error::MediaError;
use crate::audio::TELEPHONE_HZ;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Deserializer, de};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// The longest message read. A frame is about 400 bytes, a `start` with full parameters a few thousand; a second of
/// audio (which an agent may send at once) is 11 kB. Sixteen times that and more is nobody's honest message.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// The most audio read from one message *of Twilio's*: one second. It sends 20 ms.
pub const AUDIO_BYTES_MAX: usize = TELEPHONE_HZ as usize;
/// The only encoding there is.
const ENCODING: &str = "audio/x-mulaw";
/// The protocol and version Twilio names in `connected`.
const PROTOCOL: (&str, &str) = ("Call", "1.0.0");

/// A message from Twilio. Closed: matched without `_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromTwilio<'a> {
    /// The first message: the socket is up.
    Connected,
    /// The second: which call this is.
    Start(Start),
    /// 20 ms of the caller.
    Media(Media<'a>),
    /// A key was pressed.
    Dtmf(Dtmf<'a>),
    /// Playback got to a mark, or a clear discarded what was before it.
    Mark(Mark<'a>),
    /// The stream is over.
    Stop(Stop<'a>),
}

/// What a stream is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The message's number in the stream, from 1.
    pub sequence: u64,
    /// The stream's name; every other message must carry it.
    pub stream_sid: String,
    /// The account's.
    pub account_sid: String,
    /// The call's.
    pub call_sid: String,
    /// The `<Parameter>`s of the `TwiML`.
    pub parameters: BTreeMap<String, String>,
}

/// A piece of audio from Twilio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media<'a> {
    /// The message's number in the stream.
    pub sequence: u64,
    /// The stream's name.
    pub stream_sid: Cow<'a, str>,
    /// Whose voice.
    pub track: Track,
    /// The piece's number in its track, from 1.
    pub chunk: u64,
    /// When it was spoken, in milliseconds since the stream began: the media clock.
    pub timestamp_ms: u64,
    /// µ-law, 8 kHz.
    pub audio: &'a [u8],
}

/// A side of the call. `<Connect><Stream>` sends the inbound one only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Track {
    /// The caller.
    Inbound,
    /// Us.
    Outbound,
}

/// A key press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dtmf<'a> {
    /// The message's number in the stream.
    pub sequence: u64,
    /// The stream's name.
    pub stream_sid: Cow<'a, str>,
    /// `0`–`9`, `*`, `#` or `A`–`D`.
    pub digit: char,
}

/// A receipt for a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark<'a> {
    /// The message's number in the stream.
    pub sequence: u64,
    /// The stream's name.
    pub stream_sid: Cow<'a, str>,
    /// The name it was sent under.
    pub name: Cow<'a, str>,
}

/// The end of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop<'a> {
    /// The message's number in the stream.
    pub sequence: u64,
    /// The stream's name.
    pub stream_sid: Cow<'a, str>,
    /// The account's.
    pub account_sid: Cow<'a, str>,
    /// The call's.
    pub call_sid: Cow<'a, str>,
}

/// A message to Twilio. Closed: matched without `_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToTwilio<'a> {
    /// Play this after what is already queued.
    Media {
        /// The stream's name.
        stream_sid: Cow<'a, str>,
        /// µ-law, 8 kHz, without a header.
        audio: &'a [u8],
    },
    /// Answer when playback gets here.
    Mark {
        /// The stream's name.
        stream_sid: Cow<'a, str>,
        /// The name to answer with.
        name: Cow<'a, str>,
    },
    /// Throw away what is queued; every pending mark is answered at once.
    Clear {
        /// The stream's name.
        stream_sid: Cow<'a, str>,
    },
}

impl<'a> FromTwilio<'a> {
    /// Reads a message. `audio` is overwritten with the audio, if the message has any, and can be reused.
    pub fn parse(text: &'a str, audio: &'a mut Vec<u8>) -> Result<Self, MediaError> {
        let wire = read(text)?;
        let sequence = wire.sequence_number.map_or(0, |number| number.0);
        match &*wire.event.0 {
            "connected" => Ok(Self::Connected),
            "start" => start(sequence, wire.start.ok_or(MediaError::Missing("start"))?).map(Self::Start),
            "media" => {
                let media = wire.media.ok_or(MediaError::Missing("media"))?;
                let track = media.track.as_ref().map_or(Ok(Track::Inbound), track)?;
                let chunk = media.chunk.ok_or(MediaError::Missing("media.chunk"))?.0;
                let timestamp_ms = media.timestamp.ok_or(MediaError::Missing("media.timestamp"))?.0;
                let stream_sid = stream_sid(wire.stream_sid)?;
                decode(&media.payload.0, audio, AUDIO_BYTES_MAX)?;
                Ok(Self::Media(Media { sequence, stream_sid, track, chunk, timestamp_ms, audio }))
            }
            "dtmf" => {
                let digit = key(&wire.dtmf.ok_or(MediaError::Missing("dtmf"))?.digit.0)?;
                Ok(Self::Dtmf(Dtmf { sequence, stream_sid: stream_sid(wire.stream_sid)?, digit }))
            }
            "mark" => {
                let name = wire.mark.ok_or(MediaError::Missing("mark"))?.name.0;
                Ok(Self::Mark(Mark { sequence, stream_sid: stream_sid(wire.stream_sid)?, name }))
            }
            "stop" => {
                let stop = wire.stop.ok_or(MediaError::Missing("stop"))?;
                Ok(Self::Stop(Stop {
                    sequence,
                    stream_sid: stream_sid(wire.stream_sid)?,
                    account_sid: stop.account_sid.0,
                    call_sid: stop.call_sid.0,
                }))
            }
            _ => Err(MediaError::UnknownEvent),
        }
    }

    /// Writes the message over `out`.
    pub fn write(&self, out: &mut String) {
        out.clear();
        match self {
            Self::Connected => {
                let (protocol, version) = PROTOCOL;
                put(out, format_args!(r#"{{"event":"connected","protocol":"{protocol}","version":"{version}"}}"#));
            }
            Self::Start(start) => write_start(start, out),
            Self::Media(media) => {
                let track = match media.track {
                    Track::Inbound => "inbound",
                    Track::Outbound => "outbound",
                };
                put(out, format_args!(r#"{{"event":"media","sequenceNumber":"{}","media":"#, media.sequence));
                put(out, format_args!(r#"{{"track":"{track}","chunk":"{}""#, media.chunk));
                put(out, format_args!(r#","timestamp":"{}","payload":""#, media.timestamp_ms));
                BASE64.encode_string(media.audio, out);
                out.push_str(r#""},"streamSid":"#);
                quote(&media.stream_sid, out);
                out.push('}');
            }
            Self::Dtmf(dtmf) => {
                out.push_str(r#"{"event":"dtmf","streamSid":"#);
                quote(&dtmf.stream_sid, out);
                put(out, format_args!(r#","sequenceNumber":"{}","dtmf":{{"track":"inbound_track""#, dtmf.sequence));
                put(out, format_args!(r#","digit":"{}"}}}}"#, dtmf.digit));
            }
            Self::Mark(mark) => {
                put(out, format_args!(r#"{{"event":"mark","sequenceNumber":"{}","streamSid":"#, mark.sequence));
                quote(&mark.stream_sid, out);
                out.push_str(r#","mark":{"name":"#);
                quote(&mark.name, out);
                out.push_str("}}");
            }
            Self::Stop(stop) => {
                put(out, format_args!(r#"{{"event":"stop","sequenceNumber":"{}","stop":"#, stop.sequence));
                out.push_str(r#"{"accountSid":"#);
                quote(&stop.account_sid, out);
                out.push_str(r#","callSid":"#);
                quote(&stop.call_sid, out);
                out.push_str(r#"},"streamSid":"#);
                quote(&stop.stream_sid, out);
                out.push('}');
            }
        }
    }
}

impl<'a> ToTwilio<'a> {
    /// Reads a message as Twilio would. `audio` is overwritten with the audio, if the message has any.
    pub fn parse(text: &'a str, audio: &'a mut Vec<u8>) -> Result<Self, MediaError> {
        let wire = read(text)?;
        match &*wire.event.0 {
            "media" => {
                let media = wire.media.ok_or(MediaError::Missing("media"))?;
                let stream_sid = stream_sid(wire.stream_sid)?;
                decode(&media.payload.0, audio, MESSAGE_BYTES_MAX)?;
                Ok(Self::Media { stream_sid, audio })
            }
            "mark" => {
                let name = wire.mark.ok_or(MediaError::Missing("mark"))?.name.0;
                Ok(Self::Mark { stream_sid: stream_sid(wire.stream_sid)?, name })
            }
            "clear" => Ok(Self::Clear { stream_sid: stream_sid(wire.stream_sid)? }),
            _ => Err(MediaError::UnknownEvent),
        }
    }

    /// Writes the message over `out`.
    pub fn write(&self, out: &mut String) {
        match self {
            Self::Media { stream_sid, audio } => write_media(stream_sid, audio, out),
            Self::Mark { stream_sid, name } => write_mark(stream_sid, name, out),
            Self::Clear { stream_sid } => write_clear(stream_sid, out),
        }
    }
}

/// Writes audio for Twilio to play over `out`.
pub fn write_media(stream_sid: &str, audio: &[u8], out: &mut String) {
    out.clear();
    out.push_str(r#"{"event":"media","streamSid":"#);
    quote(stream_sid, out);
    out.push_str(r#","media":{"payload":""#);
    BASE64.encode_string(audio, out);
    out.push_str(r#""}}"#);
}

/// Writes a mark for Twilio to answer over `out`.
pub fn write_mark(stream_sid: &str, name: &str, out: &mut String) {
    out.clear();
    out.push_str(r#"{"event":"mark","streamSid":"#);
    quote(stream_sid, out);
    out.push_str(r#","mark":{"name":"#);
    quote(name, out);
    out.push_str("}}");
}

/// Writes the order to throw away what is queued over `out`.
pub fn write_clear(stream_sid: &str, out: &mut String) {
    out.clear();
    out.push_str(r#"{"event":"clear","streamSid":"#);
    quote(stream_sid, out);
    out.push('}');
}

/// Every field any event has, each optional: one pass over the text, nothing copied that has no escapes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    event: Text<'a>,
    sequence_number: Option<Number>,
    #[serde(borrow)]
    stream_sid: Option<Text<'a>>,
    #[serde(borrow)]
    start: Option<WireStart<'a>>,
    #[serde(borrow)]
    media: Option<WireMedia<'a>>,
    #[serde(borrow)]
    dtmf: Option<WireDtmf<'a>>,
    #[serde(borrow)]
    mark: Option<WireMark<'a>>,
    #[serde(borrow)]
    stop: Option<WireStop<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireStart<'a> {
    stream_sid: String,
    account_sid: String,
    call_sid: String,
    #[serde(borrow)]
    media_format: WireFormat<'a>,
    #[serde(default)]
    custom_parameters: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireFormat<'a> {
    #[serde(borrow)]
    encoding: Text<'a>,
    sample_rate: Number,
    channels: Number,
}

#[derive(Deserialize)]
struct WireMedia<'a> {
    #[serde(borrow)]
    track: Option<Text<'a>>,
    chunk: Option<Number>,
    timestamp: Option<Number>,
    #[serde(borrow)]
    payload: Text<'a>,
}

#[derive(Deserialize)]
struct WireDtmf<'a> {
    #[serde(borrow)]
    digit: Text<'a>,
}

#[derive(Deserialize)]
struct WireMark<'a> {
    #[serde(borrow)]
    name: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireStop<'a> {
    #[serde(borrow)]
    account_sid: Text<'a>,
    #[serde(borrow)]
    call_sid: Text<'a>,
}

/// A string borrowed where it has no escapes. A newtype, because serde borrows a `Cow` only where it stands alone.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A whole number; Twilio writes most of its numbers as strings.
struct Number(u64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberVisitor;
        impl de::Visitor<'_> for NumberVisitor {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, perhaps as a string")
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Number, E> {
                Ok(Number(value))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                text.parse().map(Number).map_err(|_| E::custom("not a whole number"))
            }
        }
        deserializer.deserialize_any(NumberVisitor)
    }
}

fn read(text: &str) -> Result<Wire<'_>, MediaError> {
    if text.len() > MESSAGE_BYTES_MAX {
        return Err(MediaError::MessageTooLong(text.len()));
    }
    serde_json::from_str(text).map_err(|error| MediaError::Malformed { line: error.line(), column: error.column() })
}

fn start(sequence: u64, start: WireStart<'_>) -> Result<Start, MediaError> {
    let format = &start.media_format;
    let supported =
        format.encoding.0 == ENCODING && format.sample_rate.0 == u64::from(TELEPHONE_HZ) && format.channels.0 == 1;
    if !supported {
        return Err(MediaError::UnsupportedFormat);
    }
    Ok(Start {
        sequence,
        stream_sid: start.stream_sid,
        account_sid: start.account_sid,
        call_sid: start.call_sid,
        parameters: start.custom_parameters,
    })
}

fn stream_sid(text: Option<Text<'_>>) -> Result<Cow<'_, str>, MediaError> {
    text.map(|text| text.0).ok_or(MediaError::Missing("streamSid"))
}

fn track(text: &Text<'_>) -> Result<Track, MediaError> {
    match &*text.0 {
        "inbound" | "inbound_track" => Ok(Track::Inbound),
        "outbound" | "outbound_track" => Ok(Track::Outbound),
        _ => Err(MediaError::UnknownTrack),
    }
}

fn key(text: &str) -> Result<char, MediaError> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(digit @ ('0'..='9' | '*' | '#' | 'A'..='D')), None) => Ok(digit),
        _ => Err(MediaError::NotAKey),
    }
}

/// Decodes base64 over `audio`. Only the buffer's growth ever allocates.
fn decode(payload: &str, audio: &mut Vec<u8>, bytes_max: usize) -> Result<(), MediaError> {
    audio.clear();
    // The length is known to within the padding before anything is decoded.
    if base64::decoded_len_estimate(payload.len()) > bytes_max + 3 {
        return Err(MediaError::AudioTooLong);
    }
    BASE64.decode_vec(payload, audio).map_err(|_| MediaError::NotBase64)?;
    if audio.len() > bytes_max { Err(MediaError::AudioTooLong) } else { Ok(()) }
}

fn write_start(start: &Start, out: &mut String) {
    put(out, format_args!(r#"{{"event":"start","sequenceNumber":"{}","start":{{"accountSid":"#, start.sequence));
    quote(&start.account_sid, out);
    out.push_str(r#","streamSid":"#);
    quote(&start.stream_sid, out);
    out.push_str(r#","callSid":"#);
    quote(&start.call_sid, out);
    put(out, format_args!(r#","tracks":["inbound"],"mediaFormat":{{"encoding":"{ENCODING}""#));
    put(out, format_args!(r#","sampleRate":{TELEPHONE_HZ},"channels":1}},"customParameters":{{"#));
    for (number, (name, value)) in start.parameters.iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        quote(name, out);
        out.push(':');
        quote(value, out);
    }
    out.push_str(r#"}},"streamSid":"#);
    quote(&start.stream_sid, out);
    out.push('}');
}

/// Appends formatted text. Writing to a `String` cannot fail.
fn put(out: &mut String, text: fmt::Arguments<'_>) {
    let _infallible = out.write_fmt(text);
}

/// Appends a JSON string: RFC 8259 §7 escapes the quote, the backslash and the control characters.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '\\' || c < ' ') {
        out.push_str(&rest[..at]);
        put(out, format_args!("\\u{:04x}", rest.as_bytes()[at]));
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}
