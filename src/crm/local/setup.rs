//! How a business is set up, changed by whoever runs it.
//!
//! Its services are rows of their own, because appointments point to them, and are read and written with it as one thing, with
//! one version.
//!
//! Invariant: a service that something points to stays as a row, retired, and is retired only while nobody has an appointment
//! to come for it.

use super::contacts::refuse_stale;
use super::places::{by_id, check, insert_service};
use super::store::{away, instant, json, word};
use super::undo::Step;
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{Business, Kind, Service};
use crate::crm::operation::UpdateBusiness;
use crate::phone::E164;

impl Perform for UpdateBusiness {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Business, Error> {
        let known = here(within).await?;
        refuse_stale(known.version, self.version, "business")?;
        let wanted = self.applied(&known)?;
        change(within, &known, wanted).await
    }
}

/// Makes the business what it was.
pub(super) async fn put_back(within: &mut Within<'_>, step: Step<Business>) -> Result<(), Error> {
    let now = here(within).await?;
    step.refuse_other(Some(&now))?;
    let Some(before) = step.before else {
        return Err(Error::Invalid(Reason::BusinessAdded));
    };
    change(within, &now, before).await.map(drop)
}

async fn here(within: &mut Within<'_>) -> Result<Business, Error> {
    by_id(within.connection, within.business).await?.ok_or(Error::NotFound("business"))
}

/// Keeps the business as it is now. Where nothing changes, the version stays.
async fn change(within: &mut Within<'_>, before: &Business, mut after: Business) -> Result<Business, Error> {
    after.version = before.version;
    if *before == after {
        return Ok(after);
    }
    check(&after, Some(before))?;
    after.version = before.version + 1;
    sqlx::query(
        "UPDATE businesses SET name = $2, zone = $3, language = $4, region = $5, agent_name = $6, address = $7, \
         transfer_to = $8, voice_enabled = $9, recording = $10, recording_notice = $11, hours = $12, \
         version = version + 1, updated_at = $13 WHERE id = $1",
    )
    .bind(after.id.to_string())
    .bind(&after.name)
    .bind(&after.zone)
    .bind(word(&after.language)?)
    .bind(&after.region)
    .bind(&after.agent_name)
    .bind(&after.address)
    .bind(after.transfer_to.as_ref().map(E164::as_str))
    .bind(after.voice_enabled)
    .bind(after.recording)
    .bind(String::from(after.recording_notice.clone()))
    .bind(json(&after.hours)?)
    .bind(instant(within.now))
    .execute(&mut *within.connection)
    .await
    .map_err(away)?;
    if before.services != after.services {
        let stays = |service: &&Service| after.services.iter().any(|other| other.id == service.id);
        for gone in before.services.iter().filter(|service| !stays(service)) {
            withdraw(within, gone).await?;
        }
        for (position, service) in (0_i64..).zip(&after.services) {
            offer(within, position, service).await?;
        }
    }
    within.changed(Kind::Business, &after.id, Some(before), Some(&after))?;
    Ok(after)
}

/// Offers a service no longer: its row goes, or stays retired where something was booked or is held of it.
async fn withdraw(within: &mut Within<'_>, service: &Service) -> Result<(), Error> {
    let to_come: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM appointments WHERE business_id = $1 AND service_id = $2 AND end_at > $3 \
         AND status NOT IN ('cancelled', 'completed', 'no-show')",
    )
    .bind(within.business.to_string())
    .bind(service.id.to_string())
    .bind(instant(within.now))
    .fetch_one(&mut *within.connection)
    .await
    .map_err(away)?;
    if to_come > 0 {
        return Err(Error::Invalid(Reason::ServiceBooked { service: service.name.clone(), there: to_come }));
    }
    let pointing: i64 = sqlx::query_scalar(
        "SELECT (SELECT COUNT(*) FROM appointments WHERE business_id = $1 AND service_id = $2) \
         + (SELECT COUNT(*) FROM holds WHERE business_id = $1 AND service_id = $2)",
    )
    .bind(within.business.to_string())
    .bind(service.id.to_string())
    .fetch_one(&mut *within.connection)
    .await
    .map_err(away)?;
    let (of, service) = (within.business.to_string(), service.id.to_string());
    let gone = if pointing == 0 {
        sqlx::query("DELETE FROM services WHERE business_id = $1 AND id = $2").bind(of).bind(service)
    } else {
        sqlx::query("UPDATE services SET retired_at = $3, updated_at = $3 WHERE business_id = $1 AND id = $2")
            .bind(of)
            .bind(service)
            .bind(instant(within.now))
    };
    gone.execute(&mut *within.connection).await.map(drop).map_err(away)
}

/// Offers a service at this place of the list, be it new, changed, or offered again.
async fn offer(within: &mut Within<'_>, position: i64, service: &Service) -> Result<(), Error> {
    let kept = sqlx::query(
        "UPDATE services SET position = $3, name = $4, aliases = $5, minutes = $6, price_minor = $7, \
         buffer_minutes = $8, retired_at = NULL, updated_at = $9 WHERE business_id = $1 AND id = $2",
    )
    .bind(within.business.to_string())
    .bind(service.id.to_string())
    .bind(position)
    .bind(&service.name)
    .bind(json(&service.aliases)?)
    .bind(i64::from(service.minutes))
    .bind(service.price_minor)
    .bind(i64::from(service.buffer_minutes))
    .bind(instant(within.now))
    .execute(&mut *within.connection)
    .await
    .map_err(away)?;
    if kept.rows_affected() > 0 {
        return Ok(());
    }
    insert_service(within.connection, within.business, (position, service), within.now).await
}
