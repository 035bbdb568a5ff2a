//! One browser's side of a call, translated: its microphone into frames of the telephone, the agent's frames into PCM.
//!
//! Both directions keep their resampler for the whole call, so that frames join without a click; a clear starts the
//! agent's anew, so that nothing of what was thrown away is heard later. Invariants: nothing is passed on before `start`;
//! audio never runs more than [`BURST`] ahead of real time; frames are whole and numbered without a gap.

use super::control::{FromBrowser, ToBrowser};
use crate::audio::resample::Resampler;
use crate::audio::{FRAME_BYTES, FRAME_MS, TELEPHONE_HZ, mulaw};
use crate::twilio::media::{Dtmf, FromTwilio, Mark, Media, Start, Stop, ToTwilio, Track};
use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How far audio may be ahead of the clock: what a stalled network delivers at once was spoken before, so only a clock
/// that runs fast or a sender that does not keep to real time gets here.
const BURST: Duration = Duration::from_secs(2);
/// The account of a stream that comes from no account.
const ACCOUNT: &str = "browser";
/// Bytes of a sample.
const SAMPLE_BYTES: usize = 2;
/// The longest piece of audio taken at once, by rate: 100 ms. A browser sends 20.
const PIECES_A_SECOND: u32 = 10;

/// What goes to the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// A text message.
    Text(String),
    /// PCM, 16 bit, little endian, mono, at the browser's rate.
    Audio(Vec<u8>),
}

/// The translation of one call.
pub struct Adapter {
    ticket_parameter: &'static str,
    /// Who is speaking with us; none before `start`.
    caller: Option<Caller>,
    /// The number of the next message of the media stream.
    sequence: u64,
    /// Messages and pieces of audio that made no sense or came too fast.
    pub nonsense: u64,
    /// Reused: audio of a message to the browser.
    frame: Vec<u8>,
    narrow: Vec<f32>,
    wide: Vec<f32>,
}

/// A browser that has introduced itself.
struct Caller {
    /// The call's name, which is its stream's too.
    call: String,
    rate: Rate,
    since: Duration,
    microphone: Box<dyn Convert>,
    speaker: Box<dyn Convert>,
    /// µ-law that does not fill a frame yet.
    waiting: Vec<u8>,
    /// Frames passed on.
    frames: u64,
}

/// What a browser's audio may run at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rate {
    Hz16000,
    Hz24000,
    Hz44100,
    Hz48000,
}

impl Adapter {
    /// The translation of a call that has not begun; its ticket becomes the stream's parameter of this name.
    pub fn new(ticket_parameter: &'static str) -> Self {
        Self {
            ticket_parameter,
            caller: None,
            sequence: 1,
            nonsense: 0,
            frame: Vec::new(),
            narrow: Vec::new(),
            wide: Vec::new(),
        }
    }

    /// The call the browser says it is; none before `start`.
    pub fn call(&self) -> Option<&str> {
        self.caller.as_ref().map(|caller| caller.call.as_str())
    }

    /// Takes a text message that came at this time.
    pub fn hear_text(&mut self, at: Duration, text: &str, out: &mut VecDeque<String>) {
        let message = FromBrowser::parse(text);
        let sequence = self.sequence;
        let translated = match (message, &self.caller) {
            (Some(FromBrowser::Start { call, ticket, rate }), None) => {
                let Some(rate) = Rate::of(rate) else { return self.complain() };
                self.caller = Some(Caller::new(call.clone(), rate, at));
                Some(introduction(sequence, call, (self.ticket_parameter, ticket)))
            }
            (Some(FromBrowser::Dtmf { digit }), Some(caller)) if is_key(digit) => {
                Some(FromTwilio::Dtmf(Dtmf { sequence, stream_sid: Cow::Borrowed(&caller.call), digit }))
            }
            (Some(FromBrowser::Mark { name }), Some(caller)) => {
                let (stream_sid, name) = (Cow::Borrowed(caller.call.as_str()), Cow::Owned(name));
                Some(FromTwilio::Mark(Mark { sequence, stream_sid, name }))
            }
            (Some(FromBrowser::Stop), Some(caller)) => Some(FromTwilio::Stop(Stop {
                sequence,
                stream_sid: Cow::Borrowed(&caller.call),
                account_sid: ACCOUNT.into(),
                call_sid: Cow::Borrowed(&caller.call),
            })),
            (None | Some(FromBrowser::Start { .. } | FromBrowser::Dtmf { .. }), _)
            | (Some(FromBrowser::Mark { .. } | FromBrowser::Stop), None) => None,
        };
        let Some(translated) = translated else { return self.complain() };
        let mut text = String::new();
        translated.write(&mut text);
        out.push_back(text);
        self.sequence += 1;
    }

    /// Takes a piece of the microphone that came at this time.
    pub fn hear_audio(&mut self, at: Duration, pcm: &[u8], out: &mut VecDeque<String>) {
        let Some(caller) = &mut self.caller else { return self.complain() };
        if !pcm.len().is_multiple_of(SAMPLE_BYTES) || pcm.len() > caller.rate.piece_bytes_max() || caller.is_ahead(at) {
            return self.complain();
        }
        self.wide.clear();
        let samples = pcm.chunks_exact(SAMPLE_BYTES).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
        self.wide.extend(samples.map(|sample| f32::from(sample) / 32_768.0));
        self.narrow.clear();
        caller.microphone.push(&self.wide, &mut self.narrow);
        mulaw::encode_into(&self.narrow, &mut caller.waiting);
        let mut frames = caller.waiting.chunks_exact(FRAME_BYTES);
        for audio in frames.by_ref() {
            let media = Media {
                sequence: self.sequence,
                stream_sid: Cow::Borrowed(&caller.call),
                track: Track::Inbound,
                chunk: caller.frames + 1,
                timestamp_ms: caller.frames * u64::from(FRAME_MS),
                audio,
            };
            let mut text = String::new();
            FromTwilio::Media(media).write(&mut text);
            out.push_back(text);
            self.sequence += 1;
            caller.frames += 1;
        }
        let rest = frames.remainder().len();
        caller.waiting.drain(..caller.waiting.len() - rest);
    }

    /// Translates a message of ours; none when there is nothing to send.
    pub fn say(&mut self, text: &str) -> Option<Outgoing> {
        let caller = self.caller.as_mut()?;
        match ToTwilio::parse(text, &mut self.frame).ok()? {
            ToTwilio::Media { audio, .. } => {
                self.narrow.clear();
                mulaw::decode_into(audio, &mut self.narrow);
                self.wide.clear();
                caller.speaker.push(&self.narrow, &mut self.wide);
                Some(Outgoing::Audio(self.wide.iter().flat_map(|sample| sixteen_bits(*sample).to_le_bytes()).collect()))
            }
            ToTwilio::Mark { name, .. } => Some(Outgoing::Text(ToBrowser::Mark { name: name.into_owned() }.text())),
            ToTwilio::Clear { .. } => {
                caller.speaker = caller.rate.from_telephone();
                Some(Outgoing::Text(ToBrowser::Clear.text()))
            }
        }
    }

    fn complain(&mut self) {
        self.nonsense = self.nonsense.saturating_add(1);
    }
}

impl Caller {
    fn new(call: String, rate: Rate, since: Duration) -> Self {
        let (microphone, speaker) = (rate.to_telephone(), rate.from_telephone());
        Self { call, rate, since, microphone, speaker, waiting: Vec::with_capacity(FRAME_BYTES), frames: 0 }
    }

    /// Whether it has sent more than can have been spoken.
    fn is_ahead(&self, at: Duration) -> bool {
        let spoken = Duration::from_millis(self.frames.saturating_mul(u64::from(FRAME_MS)));
        spoken > at.saturating_sub(self.since) + BURST
    }
}

/// A stream's rate changed, whichever the rates.
trait Convert: Send {
    fn push(&mut self, samples: &[f32], out: &mut Vec<f32>);
}

impl<const FROM: u32, const TO: u32> Convert for Resampler<FROM, TO> {
    fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        Resampler::push(self, samples, out);
    }
}

impl Rate {
    fn of(hertz: u32) -> Option<Self> {
        [Self::Hz16000, Self::Hz24000, Self::Hz44100, Self::Hz48000].into_iter().find(|rate| rate.hertz() == hertz)
    }

    fn hertz(self) -> u32 {
        match self {
            Self::Hz16000 => 16_000,
            Self::Hz24000 => 24_000,
            Self::Hz44100 => 44_100,
            Self::Hz48000 => 48_000,
        }
    }

    fn piece_bytes_max(self) -> usize {
        (self.hertz() / PIECES_A_SECOND) as usize * SAMPLE_BYTES
    }

    fn to_telephone(self) -> Box<dyn Convert> {
        match self {
            Self::Hz16000 => Box::new(Resampler::<16_000, TELEPHONE_HZ>::new()),
            Self::Hz24000 => Box::new(Resampler::<24_000, TELEPHONE_HZ>::new()),
            Self::Hz44100 => Box::new(Resampler::<44_100, TELEPHONE_HZ>::new()),
            Self::Hz48000 => Box::new(Resampler::<48_000, TELEPHONE_HZ>::new()),
        }
    }

    #[expect(clippy::wrong_self_convention, reason = "it reads as the counterpart of `to_telephone`")]
    fn from_telephone(self) -> Box<dyn Convert> {
        match self {
            Self::Hz16000 => Box::new(Resampler::<TELEPHONE_HZ, 16_000>::new()),
            Self::Hz24000 => Box::new(Resampler::<TELEPHONE_HZ, 24_000>::new()),
            Self::Hz44100 => Box::new(Resampler::<TELEPHONE_HZ, 44_100>::new()),
            Self::Hz48000 => Box::new(Resampler::<TELEPHONE_HZ, 48_000>::new()),
        }
    }
}

/// The message that opens a media stream.
fn introduction(sequence: u64, call: String, (name, ticket): (&str, String)) -> FromTwilio<'static> {
    FromTwilio::Start(Start {
        sequence,
        stream_sid: call.clone(),
        account_sid: ACCOUNT.to_owned(),
        call_sid: call,
        parameters: BTreeMap::from([(name.to_owned(), ticket)]),
    })
}

fn is_key(digit: char) -> bool {
    matches!(digit, '0'..='9' | '*' | '#')
}

/// A sample as 16 bits; what lies outside is clipped.
#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, and NaN becomes 0: both are wanted")]
fn sixteen_bits(sample: f32) -> i16 {
    (sample * 32_768.0).round() as i16
}
