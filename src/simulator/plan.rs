//! What a simulated call is to be: whom it calls, who calls, and how bad the connection is.

use super::lines::Voices;
use super::persona::Persona;
use super::words::AgentWords;
use crate::phone::E164;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The most verbs followed in one call: more is a circle.
pub(super) const VERBS_MAX: u32 = 30;
/// Where a number's voice webhook is.
pub const VOICE_PATH: &str = "/webhook/twilio/voice";
/// Where a number's status callback is.
pub const STATUS_PATH: &str = "/webhook/twilio/status";

/// A call to be made.
#[derive(Clone)]
pub struct CallPlan {
    /// Where the gateway listens, as in `http://127.0.0.1:8080`.
    pub gateway: String,
    /// The address the gateway believes to have (`PUBLIC_URL`), which requests are signed for; none: the same.
    pub public_url: Option<String>,
    /// The account the call belongs to.
    pub account_sid: String,
    /// The account's secret: signs every request.
    pub auth_token: String,
    /// The caller's number.
    pub from: E164,
    /// The business's number.
    pub to: E164,
    /// Who calls.
    pub persona: Arc<Persona>,
    /// What the caller's lines are spoken with.
    pub voices: Voices,
    /// How the caller understands the agent; none: the persona's unconditional lines are said in turn.
    pub words: Option<Arc<dyn AgentWords>>,
    /// Noise behind the caller.
    pub noise: Option<Noise>,
    /// The connection.
    pub network: Network,
    /// The streams break so long after they began, the first, the second and so on, without a word to the gateway.
    pub breaks: Vec<Duration>,
    /// What happens when the gateway dials a person.
    pub dialled: Dialled,
    /// The caller hangs up after this long, whatever happens.
    pub longest: Duration,
    /// Decides noise, jitter and loss: the same seed is the same bad line.
    pub seed: u64,
}

impl CallPlan {
    /// A call over a perfect line, five minutes at most.
    pub fn new(
        gateway: &str,
        account_sid: &str,
        auth_token: &str,
        from: E164,
        to: E164,
        persona: Arc<Persona>,
    ) -> Self {
        Self {
            gateway: gateway.to_owned(),
            public_url: None,
            account_sid: account_sid.to_owned(),
            auth_token: auth_token.to_owned(),
            from,
            to,
            persona,
            voices: Voices::default(),
            words: None,
            noise: None,
            network: Network::default(),
            breaks: Vec::new(),
            dialled: Dialled::Answered,
            longest: Duration::from_mins(5),
            seed: 1,
        }
    }

    /// The same call by another caller: call number `n` of a run has its own telephone number and its own bad line.
    #[must_use]
    pub fn nth(&self, n: u16) -> Self {
        const LAST_FOUR: u32 = 10_000;
        let mut other = self.clone();
        other.seed = self.seed.wrapping_add(u64::from(n));
        let text = self.from.as_str();
        // E.164 has seven digits at least, so four may be split off.
        let (start, last) = text.split_at(text.len() - 4);
        let last = last.parse::<u32>().map_or(0, |last| (last + u32::from(n)) % LAST_FOUR);
        if let Ok(number) = E164::try_from(format!("{start}{last:04}")) {
            other.from = number;
        }
        other
    }
}

impl fmt::Debug for CallPlan {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallPlan")
            .field("gateway", &self.gateway)
            .field("persona", &self.persona.name)
            .field("noise", &self.noise)
            .field("network", &self.network)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

/// Background noise: steady, with the falling spectrum of a room or a street.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Speech over noise, in decibels: 20 is a quiet room, 10 a street, 5 hard for anybody.
    pub snr_db: f32,
}

/// How the caller's frames travel.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Network {
    /// Each frame is late by up to this much; they arrive in order, as on one connection.
    pub jitter_ms_max: u32,
    /// The share of frames that never reach Twilio, 0 to 1: a gap in the media timestamps.
    pub loss: f64,
}

/// What becomes of a `<Dial>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialled {
    /// Somebody answers, and the conversation ends well.
    Answered,
    /// Nobody does.
    NoAnswer,
    /// The line is busy.
    Busy,
}

impl Dialled {
    /// As Twilio's `DialCallStatus` spells it.
    pub(super) const fn status(self) -> &'static str {
        match self {
            Self::Answered => "completed",
            Self::NoAnswer => "no-answer",
            Self::Busy => "busy",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CallPlan;
    use crate::phone::E164;
    use crate::simulator::Persona;
    use std::sync::Arc;

    #[test]
    fn callers_of_a_run_have_numbers_and_lines_of_their_own_and_show_no_secret() {
        let number = |text| E164::parse(text, "US").unwrap();
        let (from, to) = (number("+13055559998"), number("+13055550199"));
        let plan = CallPlan::new("http://a", "AC1", "secret", from.clone(), to, Arc::new(Persona::reciting(&[])));
        assert_eq!((plan.nth(0).from, plan.nth(0).seed), (from, 1));
        assert_eq!((plan.nth(3).from, plan.nth(3).seed), (number("+13055550001"), 4));
        assert!(!format!("{plan:?}").contains("secret"));
    }
}
