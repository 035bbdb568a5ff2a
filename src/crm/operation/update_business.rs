//! The business changed: what the agent says of it, when it is open, what it offers.
//!
//! The number callers dial is not changed here, because it decides whose calls these are; nor is the currency, because what
//! is kept in amounts is in it. Who works there is a matter of accounts.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::given::given;
use super::limits;
use crate::crm::error::{Error, Reason};
use crate::crm::model::{
    Business, EXCEPTIONS_MAX, HORIZON_DAYS_MAX, Hours, NOTICE_MAX, NOTICE_MINUTES_MAX, OPENINGS_MAX, Opening,
    RecordingNotice, SERVICE_MINUTES_MAX, STEP_MINUTES_MIN, Service, folded,
};
use crate::id::ServiceId;
use crate::language::Language;
use crate::phone::E164;
use jiff::civil::{Date, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Changes what is given of the business and leaves the rest. `hours` are all of them; `services` are all of them in their
/// order: one that is not named is no longer offered, which it can be while nobody has booked it for a time to come. Fails
/// with `Stale` when the business is not at the version that was read. A call that is on the line goes on with what it began
/// with; whatever begins afterwards has the new.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateBusiness {
    /// The version that was read; none: whatever it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The zone its hours are in, as in `America/New_York`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub zone: Option<String>,
    /// The name the agent says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = limits::NAME_MAX))]
    pub name: Option<String>,
    /// The language a call starts in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The country of numbers given without one, by its two letters in ISO 3166, as in `US`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 2))]
    pub region: Option<String>,
    /// The agent's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = limits::NAME_MAX))]
    pub agent_name: Option<String>,
    /// Where to find it, as one says it; nothing: the agent does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = PLACE_MAX))]
    pub address: Option<String>,
    /// Where "a person, please" is connected to; null: a message is taken.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<E164>")]
    pub transfer_to: Option<Option<E164>>,
    /// Whether the agent answers the telephone at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice_enabled: Option<bool>,
    /// Whether its calls are recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<bool>,
    /// What callers are told about being recorded: `none`, `standard`, or the business's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", length(max = NOTICE_MAX))]
    pub recording_notice: Option<RecordingNotice>,
    /// When it is open, and the rules of booking there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// What it offers, in the order it is told in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = SERVICES_MAX))]
    pub services: Option<Vec<ServiceDraft>>,
}

/// Something that can be booked, as it shall be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceDraft {
    /// Which, of those that are there; none is a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ServiceId>,
    /// What people call it.
    #[schemars(length(min = 1, max = limits::NAME_MAX))]
    pub name: String,
    /// Other things people call it.
    #[serde(default)]
    #[schemars(length(max = ALIASES_MAX), inner(length(min = 1, max = limits::NAME_MAX)))]
    pub aliases: Vec<String>,
    /// How many minutes it takes.
    #[schemars(range(min = 1, max = SERVICE_MINUTES_MAX))]
    pub minutes: u32,
    /// Its price in minor units (cents); 0 is free, none is "it depends".
    #[schemars(range(min = 0, max = crate::crm::model::AMOUNT_MAX))]
    pub price_minor: Option<i64>,
    /// Minutes kept free after it.
    #[serde(default)]
    #[schemars(range(max = SERVICE_MINUTES_MAX))]
    pub buffer_minutes: u32,
}

/// The most services one business offers: a caller has to be able to choose.
pub const SERVICES_MAX: usize = 200;
/// The most other names of one service.
pub const ALIASES_MAX: usize = 50;
/// The longest way to say where it is, in characters.
pub const PLACE_MAX: usize = 300;

impl Catalogued for UpdateBusiness {
    type Outcome = Business;

    const ABOUT: About = About {
        name: "update_business",
        description: "Changes what is given of how the business is set up and leaves the rest: name, address, zone, \
                      language, opening hours, services and prices, where a person is reached, recording.",
        effect: Effect::Write,
        permission: Permission::Configure,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::patch("/business")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        if *self == (Self { version: self.version, ..Self::default() }) {
            return Err(Error::Invalid(Reason::NothingToChange));
        }
        self.name = self.name.take().map(|text| limits::named("business", &text)).transpose()?;
        self.agent_name = self.agent_name.take().map(|text| limits::named("agent", &text)).transpose()?;
        if let Some(text) = &self.zone {
            // An empty one is none, and no business is nowhere.
            let zone = limits::zone(if text.trim().is_empty() { "none" } else { text })?;
            self.zone = zone;
        }
        self.region = self.region.take().map(|text| region(&text)).transpose()?;
        self.address = self.address.take().map(|text| limits::words("address", &text, PLACE_MAX)).transpose()?;
        if let Some(RecordingNotice::Own(text)) = &self.recording_notice {
            self.recording_notice = Some(limits::words("notice", text, NOTICE_MAX)?.into());
        }
        self.hours.as_ref().map_or(Ok(()), hours)?;
        self.services.as_deref_mut().map_or(Ok(()), services)
    }
}

impl UpdateBusiness {
    /// The business as this makes it. Fails with `NotFound` when a service is named that it does not offer.
    pub fn applied(&self, business: &Business) -> Result<Business, Error> {
        let given = |given: &Option<String>, there: &str| given.clone().unwrap_or_else(|| there.to_owned());
        let offered = |draft: &ServiceDraft| match draft.id {
            None => Ok(draft.service(ServiceId::fresh())),
            Some(id) if business.services.iter().any(|service| service.id == id) => Ok(draft.service(id)),
            Some(_) => Err(Error::NotFound("service")),
        };
        let services = self.services.as_ref().map(|drafts| drafts.iter().map(offered).collect::<Result<_, _>>());
        Ok(Business {
            id: business.id,
            name: given(&self.name, &business.name),
            phone: business.phone.clone(),
            zone: given(&self.zone, &business.zone),
            language: self.language.unwrap_or(business.language),
            region: given(&self.region, &business.region),
            agent_name: given(&self.agent_name, &business.agent_name),
            address: given(&self.address, &business.address),
            transfer_to: self.transfer_to.clone().unwrap_or_else(|| business.transfer_to.clone()),
            voice_enabled: self.voice_enabled.unwrap_or(business.voice_enabled),
            recording: self.recording.unwrap_or(business.recording),
            recording_notice: self.recording_notice.clone().unwrap_or_else(|| business.recording_notice.clone()),
            currency: business.currency,
            hours: self.hours.clone().unwrap_or_else(|| business.hours.clone()),
            services: services.transpose()?.unwrap_or_else(|| business.services.clone()),
            version: business.version,
        })
    }
}

impl ServiceDraft {
    fn service(&self, id: ServiceId) -> Service {
        let Self { id: _, name, aliases, minutes, price_minor, buffer_minutes } = self.clone();
        Service { id, name, aliases, minutes, price_minor, buffer_minutes }
    }
}

impl From<&Service> for ServiceDraft {
    fn from(service: &Service) -> Self {
        let Service { id, name, aliases, minutes, price_minor, buffer_minutes } = service.clone();
        Self { id: Some(id), name, aliases, minutes, price_minor, buffer_minutes }
    }
}

/// A country, in capitals.
fn region(text: &str) -> Result<String, Error> {
    let region = text.trim().to_uppercase();
    if E164::is_region(&region) { Ok(region) } else { Err(Error::Invalid(Reason::NotARegion)) }
}

/// Services one can tell apart and book.
pub(crate) fn services(services: &mut [ServiceDraft]) -> Result<(), Error> {
    let refuse = |why| Err(Error::Invalid(why));
    if services.len() > SERVICES_MAX {
        return refuse(Reason::Services { most: SERVICES_MAX });
    }
    let (mut names, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for service in services.iter_mut() {
        service.name = limits::named("service", &service.name)?;
        for alias in &mut service.aliases {
            *alias = limits::named("service", alias)?;
        }
        if service.aliases.len() > ALIASES_MAX {
            return refuse(Reason::ServiceNames { most: ALIASES_MAX });
        }
        let lasts = (1..=SERVICE_MINUTES_MAX).contains(&service.minutes);
        if !lasts || service.buffer_minutes > SERVICE_MINUTES_MAX {
            return refuse(Reason::ServiceLength);
        }
        service.price_minor.map_or(Ok(()), |minor| limits::amount("price", minor))?;
        if !names.insert(folded(&service.name)) {
            return refuse(Reason::ServicesAlike { name: service.name.clone() });
        }
        if service.id.is_some_and(|id| !ids.insert(id)) {
            return refuse(Reason::ServiceTwice);
        }
    }
    // What names one service does not name another beside it.
    for service in &*services {
        let own = folded(&service.name);
        if let Some(alias) = service.aliases.iter().find(|alias| folded(alias) != own && names.contains(&folded(alias)))
        {
            return refuse(Reason::ServicesAlike { name: alias.clone() });
        }
    }
    Ok(())
}

/// Hours one can be booked in: on the calendar's grid, none within another.
pub(crate) fn hours(hours: &Hours) -> Result<(), Error> {
    let refuse = |why| Err(Error::Invalid(why));
    if hours.step_minutes < STEP_MINUTES_MIN
        || hours.step_minutes > SERVICE_MINUTES_MAX
        || !hours.step_minutes.is_multiple_of(STEP_MINUTES_MIN)
    {
        return refuse(Reason::BookingStep);
    }
    if hours.horizon_days > HORIZON_DAYS_MAX || hours.notice_minutes > NOTICE_MINUTES_MAX {
        return refuse(Reason::BookingAhead);
    }
    if hours.exceptions.len() > EXCEPTIONS_MAX {
        return refuse(Reason::DaysDiffer { most: EXCEPTIONS_MAX });
    }
    let days: BTreeSet<Date> = hours.exceptions.iter().map(|(day, _)| *day).collect();
    if days.len() < hours.exceptions.len() {
        return refuse(Reason::DayTwice);
    }
    let all = || hours.week.iter().chain(hours.exceptions.iter().map(|(_, openings)| openings));
    if all().any(|openings| openings.len() > OPENINGS_MAX) {
        return refuse(Reason::DayOpenings { most: OPENINGS_MAX });
    }
    if !all().flatten().all(|opening| on_grid(opening.from) && on_grid(opening.to)) {
        return refuse(Reason::HoursOffGrid);
    }
    if all().any(|openings| overlap(openings)) {
        return refuse(Reason::OpeningsOverlap);
    }
    let reaches = |day: usize| stretches(&hours.week[day]).last().map_or(0, |(_, end)| end - DAY_MINUTES);
    let opens = |day: usize| stretches(&hours.week[day]).first().map_or(DAY_MINUTES, |(start, _)| *start);
    if (0..7).any(|day| reaches(day) > opens((day + 1) % 7)) {
        return refuse(Reason::NightOverlaps);
    }
    Ok(())
}

/// The minutes of a day.
const DAY_MINUTES: i64 = 24 * 60;

/// Whether it lies on the calendar's cells.
fn on_grid(time: Time) -> bool {
    u32::from(time.minute().unsigned_abs()).is_multiple_of(STEP_MINUTES_MIN)
        && time.second() == 0
        && time.subsec_nanosecond() == 0
}

/// Openings as minutes since midnight, in order. One that closes at or before its opening time closes the next day.
fn stretches(openings: &[Opening]) -> Vec<(i64, i64)> {
    let minutes = |time: Time| i64::from(time.hour()) * 60 + i64::from(time.minute());
    let mut all: Vec<_> = openings
        .iter()
        .map(|opening| {
            let next_day = if opening.to > opening.from { 0 } else { DAY_MINUTES };
            (minutes(opening.from), minutes(opening.to) + next_day)
        })
        .collect();
    all.sort_unstable();
    all
}

fn overlap(openings: &[Opening]) -> bool {
    stretches(openings).windows(2).any(|two| two[1].0 < two[0].1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    fn draft(name: &str, aliases: &[&str]) -> ServiceDraft {
        let aliases = aliases.iter().map(|&alias| alias.to_owned()).collect();
        ServiceDraft { id: None, name: name.to_owned(), aliases, minutes: 30, price_minor: None, buffer_minutes: 0 }
    }

    fn opening(from: i8, to: i8) -> Opening {
        Opening { from: time(from, 0, 0, 0), to: time(to, 0, 0, 0) }
    }

    fn week(monday: &[Opening], tuesday: &[Opening]) -> Hours {
        let mut hours = Hours { step_minutes: 30, horizon_days: 90, ..Hours::default() };
        (hours.week[0], hours.week[1]) = (monday.to_vec(), tuesday.to_vec());
        hours
    }

    fn why(refused: Result<(), Error>) -> String {
        let Err(Error::Invalid(why)) = refused else { panic!("{refused:?}") };
        why.to_string()
    }

    #[test]
    fn hours_that_lie_within_others_are_refused_and_those_that_touch_are_not() {
        assert_eq!(hours(&week(&[opening(9, 12), opening(12, 17)], &[])), Ok(()));
        assert!(why(hours(&week(&[opening(12, 17), opening(9, 13)], &[]))).contains("overlap"));
        assert_eq!(hours(&week(&[opening(20, 2)], &[opening(2, 5)])), Ok(()), "a night ends where the day begins");
        assert!(why(hours(&week(&[opening(20, 2)], &[opening(1, 5)]))).contains("next day"));
        assert_eq!(hours(&week(&[opening(0, 0)], &[opening(0, 0)])), Ok(()), "round the clock");
        let mut holiday = week(&[opening(9, 17)], &[]);
        let christmas = jiff::civil::date(2026, 12, 24);
        holiday.exceptions = vec![(christmas, vec![]), (christmas, vec![opening(9, 12)])];
        assert!(why(hours(&holiday)).contains("once"));
        let odd = Opening { from: time(9, 1, 0, 0), to: time(17, 0, 0, 0) };
        assert!(why(hours(&week(&[odd], &[]))).contains("five minutes"));
    }

    #[test]
    fn services_of_one_name_are_refused_whatever_its_capitals() {
        assert_eq!(services(&mut [draft("cleaning", &["Cleaning", "polish"]), draft("check-up", &["exam"])]), Ok(()));
        let twice = why(services(&mut [draft("Cleaning", &[]), draft(" cleaning ", &[])]));
        assert!(twice.contains("`cleaning`"), "{twice}");
        let alias = why(services(&mut [draft("cleaning", &[]), draft("check-up", &["CLEANING"])]));
        assert!(alias.contains("`CLEANING`"), "{alias}");
        assert!(why(services(&mut [draft(" ", &[])])).contains("needs a name"));
        assert!(
            why(services(&mut [ServiceDraft { minutes: 0, ..draft("cleaning", &[]) }]))
                .contains("between a minute and a day")
        );
        let dear = ServiceDraft { price_minor: Some(-1), ..draft("cleaning", &[]) };
        assert!(why(services(&mut [dear])).contains("price"));
    }

    #[test]
    fn what_is_given_is_tidied_and_what_no_business_can_be_is_refused() {
        let mut given = UpdateBusiness {
            name: Some("  Oak \n Street ".to_owned()),
            region: Some(" us ".to_owned()),
            ..UpdateBusiness::default()
        };
        given.within_limits().expect("within the limits");
        assert_eq!((given.name.as_deref(), given.region.as_deref()), (Some("Oak Street"), Some("US")));
        let refused = |given: UpdateBusiness| why(given.clone().within_limits());
        assert!(refused(UpdateBusiness { version: Some(3), ..UpdateBusiness::default() }).contains("`name`"));
        for zone in ["", "Mars/Olympus"] {
            let given = UpdateBusiness { zone: Some(zone.to_owned()), ..UpdateBusiness::default() };
            assert!(refused(given).contains("IANA"), "{zone:?}");
        }
        let nowhere = UpdateBusiness { region: Some("XX".to_owned()), ..UpdateBusiness::default() };
        assert!(refused(nowhere).contains("ISO 3166"));
    }
}
