//! Asking for reviews: with the business's own words, and nobody too often.

use super::contacts::by_id;
use super::outbox::{queue_letter, queue_text};
use super::records::{Order, Record, usual_fields};
use super::statement::Bound;
use super::store::{Row, count_of, get, instant_of, parsed, word, word_of};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{Kind, Medium, Page, ReviewRequest, ReviewSettings};
use crate::crm::operation::{ConfigureReviews, ListReviewRequests, RequestReview};
use crate::id::{ContactId, ReviewRequestId, ReviewSettingsId};
use jiff::{SignedDuration, Timestamp};

/// Nobody is asked again for so many days, unless the business decides otherwise.
const COOLDOWN_DAYS: u32 = 90;

impl Record for ReviewSettings {
    const KIND: Kind = Kind::ReviewSettings;
    const TABLE: &'static str = "review_settings";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![
            ("link", self.link.as_str().into()),
            ("words", self.words.as_str().into()),
            ("cooldown_days", i64::from(self.cooldown_days).into()),
        ])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            link: get(row, "link")?,
            words: get(row, "words")?,
            cooldown_days: count_of(row, "cooldown_days")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Record for ReviewRequest {
    const KIND: Kind = Kind::ReviewRequest;
    const TABLE: &'static str = "review_requests";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![
            ("contact_id", self.contact.to_string().into()),
            ("medium", word(&self.medium)?.into()),
            ("message_id", self.message.to_string().into()),
        ])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            contact: parsed(row, "contact_id")?,
            medium: word_of(row, "medium")?,
            message: parsed(row, "message_id")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Perform for ConfigureReviews {
    async fn perform(&self, within: &mut Within<'_>) -> Result<ReviewSettings, Error> {
        let known = settings(within).await?;
        let wanted = ReviewSettings {
            id: known.as_ref().map_or_else(ReviewSettingsId::fresh, |known| known.id),
            business: within.business,
            link: self.link.clone(),
            words: self.words.clone(),
            cooldown_days: self.cooldown_days.unwrap_or(COOLDOWN_DAYS),
            version: known.as_ref().map_or(1, |known| known.version),
            created_at: known.as_ref().map_or(within.now, |known| known.created_at),
            updated_at: known.as_ref().map_or(within.now, |known| known.updated_at),
        };
        match known {
            Some(known) => within.update(&known, wanted).await,
            None => within.insert(wanted).await,
        }
    }
}

impl Perform for RequestReview {
    async fn perform(&self, within: &mut Within<'_>) -> Result<ReviewRequest, Error> {
        let contact = by_id(within.connection, within.business, self.contact).await?;
        let Some(settings) = settings(within).await? else {
            return Err(Error::Invalid(Reason::ReviewsUndecided));
        };
        if let Some(last) = last_asked(within, contact.id).await? {
            let cooldown = SignedDuration::from_hours(24 * i64::from(settings.cooldown_days));
            if within.now.duration_since(last) < cooldown {
                return Err(Error::Invalid(Reason::ReviewTooSoon { days: settings.cooldown_days }));
            }
        }
        let words = settings.words.replace("{link}", &settings.link);
        let medium = self.medium.unwrap_or(if contact.phone.is_some() { Medium::Sms } else { Medium::Email });
        let message = match medium {
            Medium::Sms => queue_text(within, &contact, &words, &[]).await?,
            Medium::Email => {
                let Some(subject) = &self.subject else {
                    return Err(Error::Invalid(Reason::SubjectWanted));
                };
                queue_letter(within, &contact, subject, &words).await?
            }
            Medium::Chat | Medium::Voice => {
                return Err(Error::Invalid(Reason::ReviewMedium));
            }
        };
        let request = ReviewRequest {
            id: ReviewRequestId::fresh(),
            business: within.business,
            contact: contact.id,
            medium,
            message: message.id,
            version: 1,
            created_at: within.now,
            updated_at: within.now,
        };
        within.insert(request).await
    }
}

impl Perform for ListReviewRequests {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<ReviewRequest>, Error> {
        let mut list = within.list::<ReviewRequest>();
        if let Some(contact) = self.contact {
            let contact = by_id(within.connection, within.business, contact).await?;
            list.say(" AND contact_id = ").bind(contact.id.to_string());
        }
        within.page(list, Order::NEWEST, (self.limit, self.cursor.as_deref())).await
    }
}

async fn settings(within: &mut Within<'_>) -> Result<Option<ReviewSettings>, Error> {
    let list = within.list::<ReviewSettings>();
    list.fetch_all(within.connection).await?.first().map(ReviewSettings::of).transpose()
}

/// When a contact was last asked by a message that did not fail.
async fn last_asked(within: &mut Within<'_>, contact: ContactId) -> Result<Option<Timestamp>, Error> {
    let mut list = within.list::<ReviewRequest>();
    list.say(" AND contact_id = ").bind(contact.to_string());
    list.say(
        " AND NOT EXISTS (SELECT 1 FROM conversation_messages WHERE conversation_messages.business_id = \
         review_requests.business_id AND conversation_messages.id = message_id AND delivery = 'failed')",
    );
    list.say(" ORDER BY created_at DESC, id DESC LIMIT ").bind(1_i64);
    list.fetch_all(within.connection).await?.first().map(|row| instant_of(row, "created_at")).transpose()
}
