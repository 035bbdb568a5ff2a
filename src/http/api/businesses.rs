//! `/api/businesses`: who we answer for.

use super::described::Described;
use super::page_of;
use crate::accounts::{self, Caller};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{Business, Currency, Hours, NAME_MAX, RecordingNotice, Source};
use crate::crm::operation::update_business::{PLACE_MAX, SERVICES_MAX};
use crate::crm::operation::{Catalogued, ServiceDraft, UpdateBusiness};
use crate::http::House;
use crate::http::extract::{As, Ask, Body};
use crate::http::problem::Problem;
use crate::id::BusinessId;
use crate::language::Language;
use crate::phone::E164;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub(in crate::http) const LIST: Described =
    Described::get("list_businesses", "Lists one's businesses, with what they offer and when they are open.")
        .asks::<Wanted>()
        .gives::<Businesses>();

pub(in crate::http) const ADD: Described =
    Described::post("add_business", "Adds a business, with an empty calendar. For whoever runs the house.")
        .takes::<NewBusiness>()
        .makes::<Business>();

/// A business to be added.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewBusiness {
    /// The name the agent says.
    #[schemars(length(min = 1, max = NAME_MAX))]
    name: String,
    /// The number callers dial.
    phone: E164,
    /// IANA zone its hours are in.
    #[schemars(length(min = 1))]
    zone: String,
    /// The language a call starts in.
    #[serde(default)]
    language: Language,
    /// ISO 3166 country of numbers given without one, by its two letters.
    #[schemars(length(min = 2, max = 2))]
    region: String,
    /// The agent's name.
    #[schemars(length(min = 1, max = NAME_MAX))]
    agent_name: String,
    /// Where to find it, as one says it.
    #[serde(default)]
    #[schemars(length(max = PLACE_MAX))]
    address: String,
    /// Where "a person, please" is connected to; none: a message is taken.
    transfer_to: Option<E164>,
    /// What it counts in: it does not change.
    #[serde(default)]
    currency: Currency,
    /// When it is open.
    hours: Hours,
    /// What it offers; a new service has no `id` yet.
    #[serde(default)]
    #[schemars(length(max = SERVICES_MAX))]
    services: Vec<ServiceDraft>,
}

impl NewBusiness {
    /// The business, by the rules it is changed by later.
    fn business(self) -> Result<Business, Error> {
        if self.services.iter().any(|service| service.id.is_some()) {
            return Err(Error::Invalid(Reason::ServiceWithId));
        }
        let bare = Business {
            id: BusinessId::fresh(),
            name: String::new(),
            phone: self.phone,
            zone: String::new(),
            language: self.language,
            region: String::new(),
            agent_name: String::new(),
            address: String::new(),
            transfer_to: self.transfer_to,
            voice_enabled: true,
            recording: true,
            recording_notice: RecordingNotice::default(),
            currency: self.currency,
            hours: Hours::default(),
            services: Vec::new(),
            version: 1,
        };
        let mut setup = UpdateBusiness {
            name: Some(self.name),
            zone: Some(self.zone),
            region: Some(self.region),
            agent_name: Some(self.agent_name),
            address: Some(self.address),
            hours: Some(self.hours),
            services: Some(self.services),
            ..UpdateBusiness::default()
        };
        setup.within_limits()?;
        setup.applied(&bare)
    }
}

/// Which part of the list.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http) struct Wanted {
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = super::PAGE_MAX))]
    limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    cursor: Option<String>,
}

/// Businesses, by when they were added.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Businesses {
    businesses: Vec<Business>,
    /// The cursor of the next page; none on the last one.
    next: Option<String>,
}

pub(in crate::http) async fn list(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Ask(wanted): Ask<Wanted>,
) -> Result<Json<Businesses>, Problem> {
    let way = (Some(page_of(wanted.limit)), wanted.cursor.as_deref());
    let page = house.directory.businesses_page(caller.businesses().as_deref(), way).await?;
    Ok(Json(Businesses { businesses: page.items, next: page.next }))
}

pub(in crate::http) async fn add(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Body(new): Body<NewBusiness>,
) -> Result<(StatusCode, Json<Business>), Problem> {
    if !caller.runs_the_house() {
        return Err(accounts::Error::Forbidden("running the house").into());
    }
    let business = new.business()?;
    house.directory.add(&business, caller.hand(Source::Api)).await?;
    Ok((StatusCode::CREATED, Json(business)))
}
