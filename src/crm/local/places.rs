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
use crate::crm::calendar::{HORIZON_DAYS_MAX, SERVICE_MINUTES_MAX, STEP_MINUTES_MIN};
use crate::crm::error::Reason;
use crate::crm::model::{Business, Currency, HOUSE, Hand, Hours, Kind, Page, RecordingNotice, Service, Way};
use crate::crm::operation::GetBusiness;
use crate::id::{BusinessId, CalendarId, ServiceId};
use crate::phone::E164;
use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::HashMap;

/// The most businesses a listing returns: one installation answers for few.
const BUSINESSES_MAX: i64 = 1_000;
/// The most services one business offers: a caller has to be able to choose.
const SERVICES_MAX: usize = 200;
/// The most days that differ from the ordinary week.
const EXCEPTIONS_MAX: usize = 1_000;
/// The longest notice of a recording: some fifteen seconds.
const NOTICE_BYTES_MAX: usize = 200;
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
             CASE WHEN recording THEN 1 ELSE 0 END AS recording, recording_notice, currency, hours",
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

/// A service of this business.
pub(super) async fn service(
    connection: &mut Connection,
    business: BusinessId,
    id: ServiceId,
) -> Result<Service, Error> {
    let row = sqlx::query("SELECT * FROM services WHERE business_id = $1 AND id = $2")
        .bind(business.to_string())
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(away)?
        .ok_or(Error::NotFound("service"))?;
    service_of(&row)
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
        check(business)?;
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
        for row in sqlx::query("SELECT * FROM services ORDER BY business_id, position")
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
async fn by_id(connection: &mut Connection, id: BusinessId) -> Result<Option<Business>, Error> {
    let row = sqlx::query(select_business!("WHERE id = $1"))
        .bind(id.to_string())
        .fetch_optional(&mut *connection)
        .await
        .map_err(away)?;
    with_services(connection, row).await
}

/// Refuses a business whose hours or services could not be booked as they stand.
fn check(business: &Business) -> Result<(), Error> {
    let refuse = |why| Err(Error::Invalid(why));
    if matches!(&business.recording_notice, RecordingNotice::Own(text) if text.len() > NOTICE_BYTES_MAX) {
        return refuse(Reason::NoticeTooLong);
    }
    if TimeZone::get(&business.zone).is_err() {
        return refuse(Reason::NotAZone);
    }
    let hours = &business.hours;
    if hours.step_minutes < STEP_MINUTES_MIN || !hours.step_minutes.is_multiple_of(STEP_MINUTES_MIN) {
        return refuse(Reason::BookingStep);
    }
    if hours.horizon_days > HORIZON_DAYS_MAX || hours.exceptions.len() > EXCEPTIONS_MAX {
        return refuse(Reason::BookingAhead);
    }
    let on_cell = |time: jiff::civil::Time| {
        u32::from(time.minute().unsigned_abs()).is_multiple_of(STEP_MINUTES_MIN)
            && time.second() == 0
            && time.subsec_nanosecond() == 0
    };
    let mut openings = hours.week.iter().chain(hours.exceptions.iter().map(|(_, openings)| openings)).flatten();
    if !openings.all(|opening| on_cell(opening.from) && on_cell(opening.to)) {
        return refuse(Reason::HoursOffGrid);
    }
    if business.services.len() > SERVICES_MAX {
        return refuse(Reason::Services);
    }
    let fits = |service: &Service| {
        (1..=SERVICE_MINUTES_MAX).contains(&service.minutes) && service.buffer_minutes <= SERVICE_MINUTES_MAX
    };
    if !business.services.iter().all(fits) {
        return refuse(Reason::ServiceLength);
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
        sqlx::query(
            "INSERT INTO services (id, business_id, position, name, aliases, minutes, price_minor, buffer_minutes, \
             created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        )
        .bind(service.id.to_string())
        .bind(business.id.to_string())
        .bind(position)
        .bind(&service.name)
        .bind(json(&service.aliases)?)
        .bind(i64::from(service.minutes))
        .bind(service.price_minor)
        .bind(i64::from(service.buffer_minutes))
        .bind(instant(now))
        .execute(&mut *connection)
        .await
        .map_err(in_use)?;
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
    let rows = sqlx::query("SELECT * FROM services WHERE business_id = $1 ORDER BY position")
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
