//! The ledger of what people want to hear: only ever added to.
//!
//! Invariant: the last entry of an address counts, and an address that has none was never asked to stop.

use super::contacts::by_id;
use super::records::{Order, Record, usual_fields};
use super::statement::Bound;
use super::store::{Row, count_of, get, instant_of, parsed, parsed_option, word, word_of};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{Channel, Consent, ConsentWish, Contact, Kind, Page};
use crate::crm::operation::{ListConsents, RecordConsent};
use crate::id::{ConsentEntryId, MessageId};
use crate::phone::E164;

impl Record for Consent {
    const KIND: Kind = Kind::Consent;
    const TABLE: &'static str = "consents";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![
            ("channel", word(&self.channel)?.into()),
            ("address", self.address.as_str().into()),
            ("wish", word(&self.wish)?.into()),
            ("words", self.words.as_str().into()),
            ("source", word(&self.source)?.into()),
            ("message_id", self.message.map(|id| id.to_string()).into()),
        ])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            channel: word_of(row, "channel")?,
            address: get(row, "address")?,
            wish: word_of(row, "wish")?,
            words: get(row, "words")?,
            source: word_of(row, "source")?,
            message: parsed_option(row, "message_id")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Perform for RecordConsent {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Consent, Error> {
        let contact = by_id(within.connection, within.business, self.contact).await?;
        let Some(address) = address(&contact, self.channel) else {
            return Err(Error::Invalid(Reason::NoSuchChannel));
        };
        enter(within, (self.channel, address), self.wish, (self.words.clone(), None)).await
    }
}

impl Perform for ListConsents {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<Consent>, Error> {
        let contact = by_id(within.connection, within.business, self.contact).await?;
        let addresses: Vec<_> = contact.phone.map(String::from).into_iter().chain(contact.email).collect();
        if addresses.is_empty() {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let mut list = within.list::<Consent>();
        list.say(" AND address IN ").bind_all(addresses);
        within.page(list, Order::NEWEST, (self.limit, self.cursor.as_deref())).await
    }
}

/// Where somebody is reached by a channel.
pub(super) fn address(contact: &Contact, channel: Channel) -> Option<String> {
    match channel {
        Channel::Call | Channel::Sms => contact.phone.as_ref().map(E164::to_string),
        Channel::Email => contact.email.clone(),
    }
}

/// Enters what somebody wants, with the evidence.
pub(super) async fn enter(
    within: &mut Within<'_>,
    (channel, address): (Channel, String),
    wish: ConsentWish,
    (words, message): (String, Option<MessageId>),
) -> Result<Consent, Error> {
    let consent = Consent {
        id: ConsentEntryId::fresh(),
        business: within.business,
        channel,
        address,
        wish,
        words,
        source: within.source,
        message,
        version: 1,
        created_at: within.now,
        updated_at: within.now,
    };
    within.insert(consent).await
}

/// Whether an address has asked for no more by a channel.
pub(super) async fn stopped(within: &mut Within<'_>, channel: Channel, address: &str) -> Result<bool, Error> {
    let mut list = within.list::<Consent>();
    list.say(" AND channel = ").bind(word(&channel)?).say(" AND address = ").bind(address);
    list.say(" ORDER BY created_at DESC, id DESC LIMIT ").bind(1_i64);
    let latest = list.fetch_all(within.connection).await?.first().map(Consent::of).transpose()?;
    Ok(latest.is_some_and(|entry| entry.wish == ConsentWish::Stop))
}
