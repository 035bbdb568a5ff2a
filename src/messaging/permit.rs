//! The consent gate: whether a message may go out, and the permit without which none does.
//!
//! It is asked at the last moment, with what is known then, and answers for one message to one address. Pure: facts and a
//! time in, a permit or a reason out.
//!
//! Invariant: a [`SendPermit`] can be made here only, cannot be copied, and is used up by what sends with it.
//! Invariant: nobody who asked for no more is written to, whoever asks for it and why.

use crate::crm::error::Reason;
use crate::crm::model::Channel;
use crate::id::MessageId;
use crate::phone::E164;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Texts go out from this hour of theirs on (47 CFR 64.1200(c)(1): not before 8 in the morning).
const QUIET_UNTIL: i8 = 8;
/// And before this one (not after 9 in the evening).
const QUIET_FROM: i8 = 21;
/// Whoever wrote so lately is in a conversation: an answer is no disturbance at any hour.
const IN_CONVERSATION: SignedDuration = SignedDuration::from_hours(1);

/// The leave to send one message to one address.
#[derive(Debug, PartialEq, Eq)]
pub struct SendPermit<To> {
    message: MessageId,
    to: To,
}

impl<To> SendPermit<To> {
    /// Whom it lets write to.
    pub fn to(&self) -> &To {
        &self.to
    }

    /// Which message it is for.
    pub fn message(&self) -> MessageId {
        self.message
    }
}

/// An address of a channel.
pub trait Address {
    /// Which.
    const CHANNEL: Channel;
}

impl Address for E164 {
    const CHANNEL: Channel = Channel::Sms;
}

/// An e-mail address, as contacts have it.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(pub String);

impl std::fmt::Debug for EmailAddress {
    /// Masked: an address is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("•••")
    }
}

impl Address for EmailAddress {
    const CHANNEL: Channel = Channel::Email;
}

/// What the gate asks about a message and whom it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Whether this address has asked for no more on this channel, by the ledger.
    pub stopped: bool,
    /// Whether the business has noted that they do not want to be reached this way.
    pub do_not_disturb: bool,
    /// IANA zone their clock shows.
    pub zone: String,
    /// When they last wrote by this channel.
    pub last_heard: Option<Timestamp>,
}

/// Why a message does not go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The installation sends nothing.
    SwitchedOff,
    /// They asked for no more.
    Stopped,
    /// The business noted it.
    DoNotDisturb,
    /// It is night where they are; from then on it may go out.
    Quiet(Timestamp),
}

impl From<Refusal> for Reason {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::SwitchedOff => Self::SwitchedOff,
            Refusal::Stopped => Self::Stopped,
            Refusal::DoNotDisturb => Self::DoNotDisturb,
            Refusal::Quiet(until) => Self::QuietHours { until: until.to_string() },
        }
    }
}

/// The gate.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    sending: bool,
}

impl Gate {
    /// One that is open, or shut for everything (the kill switch).
    pub fn new(sending: bool) -> Self {
        Self { sending }
    }

    /// Whether anything goes out at all.
    pub fn is_open(self) -> bool {
        self.sending
    }

    /// The permit for one message to one address, or why there is none.
    pub fn admit<To: Address>(
        self,
        message: MessageId,
        to: To,
        facts: &Facts,
        now: Timestamp,
    ) -> Result<SendPermit<To>, Refusal> {
        if !self.sending {
            return Err(Refusal::SwitchedOff);
        }
        if facts.stopped {
            return Err(Refusal::Stopped);
        }
        if facts.do_not_disturb {
            return Err(Refusal::DoNotDisturb);
        }
        let in_conversation = facts.last_heard.is_some_and(|heard| now.duration_since(heard) < IN_CONVERSATION);
        if To::CHANNEL == Channel::Sms
            && !in_conversation
            && let Some(morning) = quiet_until(&facts.zone, now)
        {
            return Err(Refusal::Quiet(morning));
        }
        Ok(SendPermit { message, to })
    }
}

/// When the quiet hours end, if they are on. A zone nobody knows is read as UTC: the business's was checked when it was kept.
fn quiet_until(zone: &str, now: Timestamp) -> Option<Timestamp> {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let local = now.to_zoned(zone.clone());
    if (QUIET_UNTIL..QUIET_FROM).contains(&local.hour()) {
        return None;
    }
    let day = if local.hour() < QUIET_UNTIL { local.date() } else { local.date().tomorrow().ok()? };
    Some(day.at(QUIET_UNTIL, 0, 0, 0).to_zoned(zone).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Zoned;
    use proptest::prelude::*;

    const NOON: &str = "2026-11-23T12:00[America/New_York]";

    fn at(text: &str) -> Timestamp {
        text.parse::<Zoned>().expect("a time").timestamp()
    }

    fn facts() -> Facts {
        Facts { stopped: false, do_not_disturb: false, zone: "America/New_York".to_owned(), last_heard: None }
    }

    fn text(facts: &Facts, now: Timestamp) -> Result<(), Refusal> {
        let to = E164::parse("+13055550142", "US").expect("a number");
        let permit = Gate::new(true).admit(MessageId::from_u128(1), to.clone(), facts, now)?;
        assert_eq!((permit.to(), permit.message()), (&to, MessageId::from_u128(1)));
        Ok(())
    }

    fn mail(facts: &Facts, now: Timestamp) -> Result<(), Refusal> {
        let to = EmailAddress("ana@example.com".to_owned());
        Gate::new(true).admit(MessageId::from_u128(1), to, facts, now).map(drop)
    }

    #[test]
    fn by_day_whoever_wants_it_is_written_to() {
        assert_eq!(text(&facts(), at(NOON)), Ok(()));
        assert_eq!(mail(&facts(), at(NOON)), Ok(()));
    }

    #[test]
    fn whoever_asked_for_no_more_is_not_written_to_even_in_a_conversation() {
        let facts = Facts { stopped: true, last_heard: Some(at(NOON)), ..facts() };
        assert_eq!(text(&facts, at(NOON)), Err(Refusal::Stopped));
        assert_eq!(mail(&facts, at(NOON)), Err(Refusal::Stopped));
    }

    #[test]
    fn whoever_is_not_to_be_disturbed_is_not() {
        let facts = Facts { do_not_disturb: true, ..facts() };
        assert_eq!(text(&facts, at(NOON)), Err(Refusal::DoNotDisturb));
    }

    #[test]
    fn with_the_switch_off_nothing_goes_out() {
        let to = EmailAddress("ana@example.com".to_owned());
        let permit = Gate::new(false).admit(MessageId::from_u128(1), to, &facts(), at(NOON));
        assert_eq!(permit.err(), Some(Refusal::SwitchedOff));
    }

    #[test]
    fn at_night_a_text_waits_for_the_morning_where_they_are_and_mail_does_not() {
        for (now, morning) in [
            ("2026-11-23T21:00[America/New_York]", "2026-11-24T08:00[America/New_York]"),
            ("2026-11-24T07:59[America/New_York]", "2026-11-24T08:00[America/New_York]"),
            // The night the clocks go back has an hour more.
            ("2026-10-31T23:30[America/New_York]", "2026-11-01T08:00[America/New_York]"),
        ] {
            assert_eq!(text(&facts(), at(now)), Err(Refusal::Quiet(at(morning))), "{now}");
            assert_eq!(mail(&facts(), at(now)), Ok(()));
        }
        let there = Facts { zone: "Asia/Tokyo".to_owned(), ..facts() };
        assert!(matches!(text(&there, at(NOON)), Err(Refusal::Quiet(_))), "noon in New York is night in Tokyo");
    }

    #[test]
    fn whoever_just_wrote_is_answered_at_any_hour() {
        let night = at("2026-11-23T23:00[America/New_York]");
        let wrote =
            |minutes| Facts { last_heard: night.checked_sub(SignedDuration::from_mins(minutes)).ok(), ..facts() };
        assert_eq!(text(&wrote(10), night), Ok(()));
        assert!(matches!(text(&wrote(60), night), Err(Refusal::Quiet(_))));
    }

    proptest! {
        #[test]
        fn what_waits_may_go_out_when_it_said(
            second in 1_700_000_000_i64..1_900_000_000,
            zone in prop::sample::select(vec!["America/New_York", "Pacific/Apia", "Asia/Kathmandu", "Europe/Madrid"]),
        ) {
            let now = Timestamp::from_second(second).expect("an instant");
            let facts = Facts { zone: zone.to_owned(), ..facts() };
            if let Err(refusal) = text(&facts, now) {
                let Refusal::Quiet(morning) = refusal else { panic!("{refusal:?}") };
                prop_assert!(morning > now && morning.duration_since(now) <= SignedDuration::from_hours(12));
                prop_assert_eq!(text(&facts, morning), Ok(()));
            }
        }
    }
}
