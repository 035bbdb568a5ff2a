//! Businesses, what they offer, and the calendar they book in.

use super::records::Order;
use super::statement::Statement;
use super::store::{
    Connection, Row, away, commit, count_of, flag_of, get, instant, is_conflict, json, json_of, kept, parsed, phone_of,
    word, word_of,
};
use super::{Embedded, Perform, Within};
use crate::crm::Error;
use crate::crm::backend::Directory;
use crate::crm::error::Reason;
use crate::crm::model::{
    Business, Currency, HOUSE, Hand, Hours, Kind, NOTICE_MAX, Page, RecordingNotice, Service, Way,
};
use crate::crm::operation::update_business::{hours, services as offered};
use crate::crm::operation::{GetBusiness, ServiceDraft};
use crate::id::{BusinessId, CalendarId, ServiceId};
use crate::phone::E164;
use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::HashMap;

/// The most businesses a listing returns: one installation answers for few.
const BUSINESSES_MAX: i64 = 1_000;
/// The name of the calendar a new business books in.
const CALENDAR: &str = "main";

/// The business that was added first comes first.
const OLDEST: Order = Order { column: "created_at", text: false, descending: false };

/// A business's columns, as both engines give them: yes and no as numbers.
macro_rules! select_business {
    ($rest:literal) => {
        select_business!("", $rest)
    };
    ($more:literal, $rest:literal) => {
        concat!(
            "SELECT id, name, phone, zone, language, region, agent_name, address, transfer_to, \
             CASE WHEN voice_enabled THEN 1 ELSE 0 END AS voice_enabled, \
             CASE WHEN recording THEN 1 ELSE 0 END AS recording, recording_notice, currency, hours, \
             version",
            $more,
            " FROM businesses ",
            $rest
        )
    };
}

/// What booking needs to know of a business.
pub(super) struct Place {
    pub(super) business: BusinessId,
    pub(super) calendar: CalendarId,
    pub(super) zone_name: String,
    pub(super) zone: TimeZone,
    pub(super) hours: Hours,
}

impl Place {
    pub(super) async fn load(connection: &mut Connection, business: BusinessId) -> Result<Self, Error> {
        let row = sqlx::query(
            "SELECT b.zone, b.hours, c.id AS calendar_id FROM businesses b JOIN calendars c ON c.business_id = b.id \
             WHERE b.id = $1 ORDER BY c.created_at, c.id LIMIT 1",
        )
        .bind(business.to_string())
        .fetch_optional(connection)
        .await
        .map_err(away)?
        .ok_or(Error::NotFound("business"))?;
        let zone_name: String = get(&row, "zone")?;
        Ok(Self {
            business,
            calendar: parsed(&row, "calendar_id")?,
            zone: zone_named(&zone_name)?,
            zone_name,
            hours: json_of(&row, "hours")?,
        })
    }
}

/// A service this business offers.
pub(super) async fn service(
    connection: &mut Connection,
    business: BusinessId,
    id: ServiceId,
) -> Result<Service, Error> {
    let row = service_row(connection, business, id).await?;
    if get::<Option<i64>>(&row, "retired_at")?.is_some() { Err(Error::NotFound("service")) } else { service_of(&row) }
}

/// A service of this business, be it offered no longer: what was booked of it takes the time it takes.
pub(super) async fn service_booked(
    connection: &mut Connection,
    business: BusinessId,
    id: ServiceId,
) -> Result<Service, Error> {
    service_of(&service_row(connection, business, id).await?)
}

async fn service_row(connection: &mut Connection, business: BusinessId, id: ServiceId) -> Result<Row, Error> {
    sqlx::query("SELECT * FROM services WHERE business_id = $1 AND id = $2")
        .bind(business.to_string())
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(away)?
        .ok_or(Error::NotFound("service"))
}

/// What a business counts in.
pub(super) async fn currency(connection: &mut Connection, business: BusinessId) -> Result<Currency, Error> {
    let row = sqlx::query("SELECT currency FROM businesses WHERE id = $1")
        .bind(business.to_string())
        .fetch_optional(connection)
        .await
        .map_err(away)?
        .ok_or(Error::NotFound("business"))?;
    parsed(&row, "currency")
}

#[async_trait]
impl Directory for Embedded {
    async fn add(&self, business: &Business, hand: Hand) -> Result<(), Error> {
        check(business, None)?;
        let mut transaction = self.store.write().await?;
        let mut within = Within::by(hand, business.id, &mut transaction, kept(self.clock.now()));
        insert(within.connection, business, within.now).await?;
        within.changed(Kind::Business, &business.id, None, Some(business))?;
        within.write_down("add_business").await?;
        commit(transaction).await?;
        self.tell();
        Ok(())
    }

    async fn business_by_phone(&self, phone: &E164) -> Result<Option<Business>, Error> {
        let mut connection = self.store.read().await?;
        let row = sqlx::query(select_business!("WHERE phone = $1"))
            .bind(phone.as_str())
            .fetch_optional(&mut *connection)
            .await
            .map_err(away)?;
        with_services(&mut connection, row).await
    }

    async fn business(&self, id: BusinessId) -> Result<Option<Business>, Error> {
        by_id(&mut *self.store.read().await?, id).await
    }

    async fn businesses_page(&self, of: Option<&[BusinessId]>, way: Way<'_>) -> Result<Page<Business>, Error> {
        let mut connection = self.store.read().await?;
        let mut list = Statement::new(select_business!(", created_at", "WHERE "));
        match of {
            None => list.say("1 = 1"),
            Some([]) => return Ok(Page { items: Vec::new(), next: None }),
            Some(those) => list.say("id IN ").bind_all(those.iter().map(BusinessId::to_string)),
        };
        let mut within = Within::of_itself(HOUSE, &mut connection, self.clock.now());
        let mut page = within.page_of("businesses", list, OLDEST, way, business_of).await?;
        for business in &mut page.items {
            business.services = services(within.connection, business.id).await?;
        }
        Ok(page)
    }

    async fn businesses(&self) -> Result<Vec<Business>, Error> {
        let mut connection = self.store.read().await?;
        let rows = sqlx::query(select_business!("ORDER BY created_at, id LIMIT $1"))
            .bind(BUSINESSES_MAX)
            .fetch_all(&mut *connection)
            .await
            .map_err(away)?;
        let mut services: HashMap<BusinessId, Vec<Service>> = HashMap::new();
        for row in sqlx::query("SELECT * FROM services WHERE retired_at IS NULL ORDER BY business_id, position")
            .fetch_all(&mut *connection)
            .await
            .map_err(away)?
        {
            services.entry(parsed(&row, "business_id")?).or_default().push(service_of(&row)?);
        }
        rows.iter()
            .map(|row| {
                let mut business = business_of(row)?;
                business.services = services.remove(&business.id).unwrap_or_default();
                Ok(business)
            })
            .collect()
    }
}

impl Perform for GetBusiness {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Business, Error> {
        by_id(within.connection, within.business).await?.ok_or(Error::NotFound("business"))
    }
}

/// The business with this id.
pub(super) async fn by_id(connection: &mut Connection, id: BusinessId) -> Result<Option<Business>, Error> {
    let row = sqlx::query(select_business!("WHERE id = $1"))
        .bind(id.to_string())
        .fetch_optional(&mut *connection)
        .await
        .map_err(away)?;
    with_services(connection, row).await
}

/// Refuses a business whose hours or services could not be booked as they stand. What it was before and still is stays, be it
/// what would be refused today.
pub(super) fn check(business: &Business, before: Option<&Business>) -> Result<(), Error> {
    let refuse = |why| Err(Error::Invalid(why));
    if matches!(&business.recording_notice, RecordingNotice::Own(text) if text.chars().count() > NOTICE_MAX) {
        return refuse(Reason::NoticeTooLong);
    }
    if TimeZone::get(&business.zone).is_err() {
        return refuse(Reason::NotAZone);
    }
    if before.is_none_or(|before| before.hours != business.hours) {
        hours(&business.hours)?;
    }
    if before.is_none_or(|before| before.services != business.services) {
        offered(&mut business.services.iter().map(ServiceDraft::from).collect::<Vec<_>>())?;
    }
    Ok(())
}

async fn insert(connection: &mut Connection, business: &Business, now: Timestamp) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO businesses (id, name, phone, zone, language, region, agent_name, address, transfer_to, \
         voice_enabled, recording, recording_notice, currency, hours, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)",
    )
    .bind(business.id.to_string())
    .bind(&business.name)
    .bind(business.phone.as_str())
    .bind(&business.zone)
    .bind(word(&business.language)?)
    .bind(&business.region)
    .bind(&business.agent_name)
    .bind(&business.address)
    .bind(business.transfer_to.as_ref().map(E164::as_str))
    .bind(business.voice_enabled)
    .bind(business.recording)
    .bind(String::from(business.recording_notice.clone()))
    .bind(business.currency.code())
    .bind(json(&business.hours)?)
    .bind(instant(now))
    .execute(&mut *connection)
    .await
    .map_err(in_use)?;
    for (position, service) in (0_i64..).zip(&business.services) {
        insert_service(connection, business.id, (position, service), now).await?;
    }
    sqlx::query("INSERT INTO calendars (id, business_id, name, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)")
        .bind(CalendarId::fresh().to_string())
        .bind(business.id.to_string())
        .bind(CALENDAR)
        .bind(instant(now))
        .execute(connection)
        .await
        .map(drop)
        .map_err(away)
}

/// Offers a service that is new, at this place of the list.
pub(super) async fn insert_service(
    connection: &mut Connection,
    business: BusinessId,
    (position, service): (i64, &Service),
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO services (id, business_id, position, name, aliases, minutes, price_minor, buffer_minutes, \
         created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
    )
    .bind(service.id.to_string())
    .bind(business.to_string())
    .bind(position)
    .bind(&service.name)
    .bind(json(&service.aliases)?)
    .bind(i64::from(service.minutes))
    .bind(service.price_minor)
    .bind(i64::from(service.buffer_minutes))
    .bind(instant(now))
    .execute(connection)
    .await
    .map(drop)
    .map_err(in_use)
}

fn in_use(error: sqlx::Error) -> Error {
    if is_conflict(&error) { Error::Invalid(Reason::BusinessTaken) } else { away(error) }
}

async fn with_services(connection: &mut Connection, row: Option<Row>) -> Result<Option<Business>, Error> {
    let Some(row) = row else { return Ok(None) };
    let mut business = business_of(&row)?;
    business.services = services(connection, business.id).await?;
    Ok(Some(business))
}

/// What a business offers.
async fn services(connection: &mut Connection, business: BusinessId) -> Result<Vec<Service>, Error> {
    let rows = sqlx::query("SELECT * FROM services WHERE business_id = $1 AND retired_at IS NULL ORDER BY position")
        .bind(business.to_string())
        .fetch_all(connection)
        .await
        .map_err(away)?;
    rows.iter().map(service_of).collect()
}

/// The business of a row, without its services.
fn business_of(row: &Row) -> Result<Business, Error> {
    Ok(Business {
        id: parsed(row, "id")?,
        name: get(row, "name")?,
        phone: phone_of(row, "phone")?.ok_or_else(|| super::store::damaged("phone"))?,
        zone: get(row, "zone")?,
        language: word_of(row, "language")?,
        region: get(row, "region")?,
        agent_name: get(row, "agent_name")?,
        address: get(row, "address")?,
        transfer_to: phone_of(row, "transfer_to")?,
        voice_enabled: flag_of(row, "voice_enabled")?,
        recording: flag_of(row, "recording")?,
        recording_notice: get::<String>(row, "recording_notice")?.into(),
        currency: parsed(row, "currency")?,
        hours: json_of(row, "hours")?,
        services: Vec::new(),
        version: count_of(row, "version")?,
    })
}

fn service_of(row: &Row) -> Result<Service, Error> {
    Ok(Service {
        id: parsed(row, "id")?,
        name: get(row, "name")?,
        aliases: json_of(row, "aliases")?,
        minutes: count_of(row, "minutes")?,
        price_minor: get(row, "price_minor")?,
        buffer_minutes: count_of(row, "buffer_minutes")?,
    })
}

fn zone_named(name: &str) -> Result<TimeZone, Error> {
    TimeZone::get(name).map_err(|_| super::store::damaged("zone"))
}
