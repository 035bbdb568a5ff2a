//! `/api/businesses`: who we answer for.

use super::described::Described;
use super::page_of;
use crate::accounts::{self, Caller};
use crate::crm::model::{Business, Currency, Hours, RecordingNotice, Service, Source};
use crate::http::House;
use crate::http::extract::{As, Ask, Body};
use crate::http::problem::Problem;
use crate::id::{BusinessId, ServiceId};
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
    name: String,
    /// The number callers dial.
    phone: E164,
    /// IANA zone its hours are in.
    zone: String,
    /// The language a call starts in.
    #[serde(default)]
    language: Language,
    /// ISO 3166 country of numbers given without one.
    region: String,
    /// The agent's name.
    agent_name: String,
    /// Where to find it, as one says it.
    #[serde(default)]
    address: String,
    /// Where "a person, please" is connected to; none: a message is taken.
    transfer_to: Option<E164>,
    /// What it counts in: it does not change.
    #[serde(default)]
    currency: Currency,
    /// When it is open.
    hours: Hours,
    /// What it offers.
    #[serde(default)]
    services: Vec<NewService>,
}

/// Something that can be booked there.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewService {
    /// Its name.
    name: String,
    /// Other things people call it.
    #[serde(default)]
    aliases: Vec<String>,
    /// How long it takes.
    minutes: u32,
    /// Its price in minor units; 0 is free, none is "depends".
    price_minor: Option<i64>,
    /// Time kept free after it.
    #[serde(default)]
    buffer_minutes: u32,
}

impl From<NewBusiness> for Business {
    fn from(new: NewBusiness) -> Self {
        Self {
            id: BusinessId::fresh(),
            name: new.name,
            phone: new.phone,
            zone: new.zone,
            language: new.language,
            region: new.region,
            agent_name: new.agent_name,
            address: new.address,
            transfer_to: new.transfer_to,
            voice_enabled: true,
            recording: true,
            recording_notice: RecordingNotice::default(),
            currency: new.currency,
            hours: new.hours,
            services: new.services.into_iter().map(Service::from).collect(),
        }
    }
}

impl From<NewService> for Service {
    fn from(new: NewService) -> Self {
        let NewService { name, aliases, minutes, price_minor, buffer_minutes } = new;
        Self { id: ServiceId::fresh(), name, aliases, minutes, price_minor, buffer_minutes }
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
    let business = Business::from(new);
    house.directory.add(&business, caller.hand(Source::Api)).await?;
    Ok((StatusCode::CREATED, Json(business)))
}
