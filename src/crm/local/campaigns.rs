//! Campaigns, and who is in them.
//!
//! Invariant: a contact is in a campaign once at most, by a unique key.

use super::contacts::{by_id, refuse_stale};
use super::records::{Order, Record, usual_fields};
use super::statement::Bound;
use super::store::{Row, count_of, get, instant_of, parsed, word, word_of};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{Campaign, CampaignMember, CampaignStatus, Kind, Page};
use crate::crm::operation::{
    AddToCampaign, CreateCampaign, ListCampaignMembers, ListCampaigns, RemoveFromCampaign, UpdateCampaign,
};
use crate::id::{CampaignId, CampaignMemberId, ContactId};

impl Record for Campaign {
    const KIND: Kind = Kind::Campaign;
    const TABLE: &'static str = "campaigns";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![
            ("name", self.name.as_str().into()),
            ("description", self.description.as_str().into()),
            ("status", word(&self.status)?.into()),
        ])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            name: get(row, "name")?,
            description: get(row, "description")?,
            status: word_of(row, "status")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Record for CampaignMember {
    const KIND: Kind = Kind::CampaignMember;
    const TABLE: &'static str = "campaign_members";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![("campaign_id", self.campaign.to_string().into()), ("contact_id", self.contact.to_string().into())])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            campaign: parsed(row, "campaign_id")?,
            contact: parsed(row, "contact_id")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Perform for ListCampaigns {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<Campaign>, Error> {
        let mut list = within.list::<Campaign>();
        if let Some(status) = &self.status {
            list.say(" AND status = ").bind(word(status)?);
        }
        within.page(list, Order::NEWEST, (self.limit, self.cursor.as_deref())).await
    }
}

impl Perform for CreateCampaign {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Campaign, Error> {
        let campaign = Campaign {
            id: CampaignId::fresh(),
            business: within.business,
            name: self.name.clone(),
            description: self.description.clone(),
            status: self.status,
            version: 1,
            created_at: within.now,
            updated_at: within.now,
        };
        within.insert(campaign).await
    }
}

impl Perform for UpdateCampaign {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Campaign, Error> {
        let known: Campaign = within.load(self.campaign).await?;
        refuse_stale(known.version, self.version, "campaign")?;
        let changed = Campaign {
            name: self.name.clone().unwrap_or_else(|| known.name.clone()),
            description: self.description.clone().unwrap_or_else(|| known.description.clone()),
            status: self.status.unwrap_or(known.status),
            ..known.clone()
        };
        within.update(&known, changed).await
    }
}

impl Perform for AddToCampaign {
    async fn perform(&self, within: &mut Within<'_>) -> Result<CampaignMember, Error> {
        let campaign: Campaign = within.load(self.campaign).await?;
        let contact = by_id(within.connection, within.business, self.contact).await?;
        if campaign.status == CampaignStatus::Ended {
            return Err(Error::Invalid(Reason::CampaignOver));
        }
        if let Some(known) = member(within, campaign.id, contact.id).await? {
            return Ok(known);
        }
        let member = CampaignMember {
            id: CampaignMemberId::fresh(),
            business: within.business,
            campaign: campaign.id,
            contact: contact.id,
            version: 1,
            created_at: within.now,
            updated_at: within.now,
        };
        within.insert(member).await
    }
}

impl Perform for RemoveFromCampaign {
    async fn perform(&self, within: &mut Within<'_>) -> Result<(), Error> {
        let campaign: Campaign = within.load(self.campaign).await?;
        let contact = by_id(within.connection, within.business, self.contact).await?;
        let known = member(within, campaign.id, contact.id).await?.ok_or(Error::NotFound("campaign member"))?;
        within.remove(&known).await
    }
}

impl Perform for ListCampaignMembers {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<CampaignMember>, Error> {
        let campaign: Campaign = within.load(self.campaign).await?;
        let mut list = within.list::<CampaignMember>();
        list.say(" AND campaign_id = ").bind(campaign.id.to_string());
        within.page(list, Order::NEWEST, (self.limit, self.cursor.as_deref())).await
    }
}

async fn member(
    within: &mut Within<'_>,
    campaign: CampaignId,
    contact: ContactId,
) -> Result<Option<CampaignMember>, Error> {
    let mut list = within.list::<CampaignMember>();
    list.say(" AND campaign_id = ").bind(campaign.to_string()).say(" AND contact_id = ").bind(contact.to_string());
    list.fetch_all(within.connection).await?.first().map(CampaignMember::of).transpose()
}
