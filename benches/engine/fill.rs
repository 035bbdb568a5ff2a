//! A history of appointments and messages, written past the engine: what years leave behind, in a minute.

use super::people::Draw;
use ringlypro::crm::model::Business;
use ringlypro::id::{AppointmentId, ConversationId, MessageId};
use sqlx::any::AnyPoolOptions;
use sqlx::{Any, Row, Transaction};

/// A day and half an hour, in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000;
const HALF_HOUR: i64 = 30 * 60 * 1_000;
/// How many days the history goes back.
const DAYS: usize = 700;

/// Gives a business's people so many appointments and messages, evenly, unless it has some already.
pub(crate) async fn history(
    database: &str,
    business: &Business,
    (appointments, messages): (usize, usize),
    now: i64,
) -> Result<(), sqlx::Error> {
    let pool = AnyPoolOptions::new().max_connections(1).connect(database).await?;
    let there: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM conversations").fetch_one(&pool).await?;
    if there > 0 {
        return Ok(());
    }
    let id = business.id.to_string();
    let people: Vec<(String, String)> =
        sqlx::query("SELECT id, first_name FROM contacts WHERE business_id = $1 AND deleted_at IS NULL ORDER BY id")
            .bind(&id)
            .fetch_all(&pool)
            .await?
            .iter()
            .map(|row| Ok((row.try_get("id")?, row.try_get("first_name")?)))
            .collect::<Result<_, sqlx::Error>>()?;
    let calendar: String =
        sqlx::query_scalar("SELECT id FROM calendars WHERE business_id = $1").bind(&id).fetch_one(&pool).await?;
    let mut draw = Draw(3);
    let mut transaction = pool.begin().await?;
    for number in 0..appointments {
        let person = &people[number % people.len()];
        let service = &business.services[draw.below(business.services.len())];
        let begins = now - DAY - i64::try_from(draw.below(DAYS * 48)).unwrap_or(0) * HALF_HOUR;
        kept_appointment(&mut transaction, (&id, &calendar, person), (&service.id.to_string(), &service.name), begins)
            .await?;
    }
    let each = messages.div_ceil(people.len());
    for person in &people {
        conversation(&mut transaction, &id, &person.0, each, now - i64::try_from(draw.below(1_000_000)).unwrap_or(0))
            .await?;
    }
    transaction.commit().await?;
    // PostgreSQL looks at its tables by itself, in its time; SQLite is not told to, because the house does not.
    if database.starts_with("postgres") {
        sqlx::query("ANALYZE").execute(&pool).await?;
    }
    pool.close().await;
    Ok(())
}

async fn kept_appointment(
    transaction: &mut Transaction<'_, Any>,
    (business, calendar, person): (&str, &str, &(String, String)),
    (service, name): (&str, &str),
    begins: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO appointments (id, business_id, calendar_id, contact_id, service_id, service_name, customer_name, \
         start_at, end_at, busy_until, zone, status, source, notes, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, 'America/New_York', 'completed', 'voice', '', $8, $8)",
    )
    .bind(AppointmentId::fresh().to_string())
    .bind(business)
    .bind(calendar)
    .bind(&person.0)
    .bind(service)
    .bind(name)
    .bind(&person.1)
    .bind(begins)
    .bind(begins + HALF_HOUR)
    .execute(&mut **transaction)
    .await
    .map(drop)
}

/// A conversation of so many text messages, the last one then.
async fn conversation(
    transaction: &mut Transaction<'_, Any>,
    business: &str,
    contact: &str,
    messages: usize,
    last: i64,
) -> Result<(), sqlx::Error> {
    let conversation = ConversationId::fresh().to_string();
    sqlx::query(
        "INSERT INTO conversations (id, business_id, contact_id, unread, last_medium, last_words, last_at, version, \
         created_at, updated_at) VALUES ($1, $2, $3, 0, 'sms', 'See you then.', $4, 1, $4, $4)",
    )
    .bind(&conversation)
    .bind(business)
    .bind(contact)
    .bind(last)
    .execute(&mut **transaction)
    .await?;
    for number in 0..messages {
        let (direction, delivery) = if number % 2 == 0 { ("inbound", "received") } else { ("outbound", "delivered") };
        sqlx::query(
            "INSERT INTO conversation_messages (id, business_id, conversation_id, contact_id, medium, direction, \
             delivery, body, media, attempts, source, version, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, 'sms', $5, $6, $7, '[]', 0, 'sms', 1, $8, $8)",
        )
        .bind(MessageId::fresh().to_string())
        .bind(business)
        .bind(&conversation)
        .bind(contact)
        .bind(direction)
        .bind(delivery)
        .bind("Could we make it a little later than we said, around half past three?")
        .bind(last - i64::try_from(number).unwrap_or(0) * DAY)
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}
