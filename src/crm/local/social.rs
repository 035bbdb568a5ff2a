//! Social posts and where they go. Publishing one queues a webhook's call for each account.
//!
//! Invariant: a post that is scheduled has a queued call for each of its accounts, and a draft has none.

use super::contacts::refuse_stale;
use super::records::{Order, Record, usual_fields};
use super::statement::Bound;
use super::store::{Row, count_of, damaged, get, instant, instant_of, json, json_of, parsed, word, word_of};
use super::{Perform, Within, webhooks};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{ACCOUNTS_MAX, Delivery, Kind, Page, PostStatus, SocialAccount, SocialPost};
use crate::crm::operation::{
    ConnectSocialAccount, CreateSocialPost, DeleteSocialPost, DisconnectSocialAccount, GetSocialPost,
    ListSocialAccounts, ListSocialPosts, UpdateSocialPost,
};
use crate::id::{SocialAccountId, SocialPostId};
use jiff::Timestamp;
use serde_json::json;

impl Record for SocialAccount {
    const KIND: Kind = Kind::SocialAccount;
    const TABLE: &'static str = "social_accounts";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![
            ("platform", self.platform.as_str().into()),
            ("name", self.name.as_str().into()),
            ("webhook", self.webhook.as_str().into()),
        ])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            platform: get(row, "platform")?,
            name: get(row, "name")?,
            webhook: get(row, "webhook")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Record for SocialPost {
    const KIND: Kind = Kind::SocialPost;
    const TABLE: &'static str = "social_posts";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![
            ("accounts", json(&self.accounts)?.into()),
            ("text", self.text.as_str().into()),
            ("media", json(&self.media)?.into()),
            ("status", word(&self.status)?.into()),
            ("due_at", self.due_at.map(instant).into()),
            ("published_at", self.published_at.map(instant).into()),
            ("trouble", self.trouble.clone().into()),
        ])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        let at = |column: &'static str| {
            let at: Option<i64> = get(row, column)?;
            at.map(Timestamp::from_millisecond).transpose().map_err(|_| damaged(column))
        };
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            accounts: json_of(row, "accounts")?,
            text: get(row, "text")?,
            media: json_of(row, "media")?,
            status: word_of(row, "status")?,
            due_at: at("due_at")?,
            published_at: at("published_at")?,
            trouble: get(row, "trouble")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Perform for ConnectSocialAccount {
    async fn perform(&self, within: &mut Within<'_>) -> Result<SocialAccount, Error> {
        let account = SocialAccount {
            id: SocialAccountId::fresh(),
            business: within.business,
            platform: self.platform.clone(),
            name: self.name.clone(),
            webhook: self.webhook.clone(),
            version: 1,
            created_at: within.now,
            updated_at: within.now,
        };
        within.insert(account).await
    }
}

impl Perform for DisconnectSocialAccount {
    async fn perform(&self, within: &mut Within<'_>) -> Result<(), Error> {
        let known: SocialAccount = within.load(self.account).await?;
        within.remove(&known).await
    }
}

impl Perform for ListSocialAccounts {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<SocialAccount>, Error> {
        let mut list = within.list::<SocialAccount>();
        if let Some(platform) = &self.platform {
            list.say(" AND platform = ").bind(platform.as_str());
        }
        within.page(list, Order::NEWEST, (self.limit, self.cursor.as_deref())).await
    }
}

impl Perform for CreateSocialPost {
    async fn perform(&self, within: &mut Within<'_>) -> Result<SocialPost, Error> {
        let post = SocialPost {
            id: SocialPostId::fresh(),
            business: within.business,
            accounts: self.accounts.clone(),
            text: self.text.clone(),
            media: self.media.clone(),
            status: PostStatus::Draft,
            due_at: None,
            published_at: None,
            trouble: None,
            version: 1,
            created_at: within.now,
            updated_at: within.now,
        };
        let accounts = accounts(within, &post.accounts).await?;
        let due_at = when(within, self.publish_now, self.publish_at)?;
        let post = planned(SocialPost { accounts: accounts.iter().map(|one| one.id).collect(), ..post }, due_at);
        let post = within.insert(post).await?;
        queue(within, &post, &accounts).await?;
        Ok(post)
    }
}

impl Perform for GetSocialPost {
    async fn perform(&self, within: &mut Within<'_>) -> Result<SocialPost, Error> {
        within.load(self.post).await
    }
}

impl Perform for ListSocialPosts {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<SocialPost>, Error> {
        let mut list = within.list::<SocialPost>();
        if let Some(status) = &self.status {
            list.say(" AND status = ").bind(word(status)?);
        }
        within.page(list, Order::NEWEST, (self.limit, self.cursor.as_deref())).await
    }
}

impl Perform for UpdateSocialPost {
    async fn perform(&self, within: &mut Within<'_>) -> Result<SocialPost, Error> {
        let known: SocialPost = within.load(self.post).await?;
        refuse_stale(known.version, self.version, "post")?;
        withdraw(within, &known).await?;
        let wanted = self.accounts.as_ref().unwrap_or(&known.accounts);
        let accounts = accounts(within, wanted).await?;
        let due_at = when(within, self.publish_now, self.publish_at)?.or(known.due_at);
        let changed = SocialPost {
            accounts: accounts.iter().map(|one| one.id).collect(),
            text: self.text.clone().unwrap_or_else(|| known.text.clone()),
            media: self.media.clone().unwrap_or_else(|| known.media.clone()),
            ..known.clone()
        };
        let post = within.update(&known, planned(changed, due_at)).await?;
        queue(within, &post, &accounts).await?;
        Ok(post)
    }
}

impl Perform for DeleteSocialPost {
    async fn perform(&self, within: &mut Within<'_>) -> Result<(), Error> {
        let known: SocialPost = within.load(self.post).await?;
        refuse_stale(known.version, self.version, "post")?;
        if matches!(known.status, PostStatus::Draft | PostStatus::Scheduled) {
            withdraw(within, &known).await?;
        }
        within.remove(&known).await
    }
}

/// When a post is published, if that is said.
fn when(within: &Within<'_>, now: bool, at: Option<Timestamp>) -> Result<Option<Timestamp>, Error> {
    match at {
        Some(at) if at < within.now => Err(Error::Invalid(Reason::PostInPast)),
        Some(at) => Ok(Some(at)),
        None => Ok(now.then_some(within.now)),
    }
}

/// A post that is published then, or is a draft.
fn planned(post: SocialPost, due_at: Option<Timestamp>) -> SocialPost {
    let status = if due_at.is_some() { PostStatus::Scheduled } else { PostStatus::Draft };
    SocialPost { status, due_at, ..post }
}

/// The accounts named, each of this business; none named are all there are.
async fn accounts(within: &mut Within<'_>, named: &[SocialAccountId]) -> Result<Vec<SocialAccount>, Error> {
    let mut list = within.list::<SocialAccount>();
    if !named.is_empty() {
        list.say(" AND id IN ").bind_all(named.iter().map(SocialAccountId::to_string));
    }
    list.say(" ORDER BY created_at, id LIMIT ").bind(i64::try_from(ACCOUNTS_MAX + 1).unwrap_or(i64::MAX));
    let found: Vec<_> =
        list.fetch_all(within.connection).await?.iter().map(SocialAccount::of).collect::<Result<_, _>>()?;
    if found.len() > ACCOUNTS_MAX {
        return Err(Error::Invalid(Reason::PostAccounts { most: ACCOUNTS_MAX }));
    }
    if named.iter().any(|id| found.iter().all(|account| account.id != *id)) {
        return Err(Error::NotFound("social account"));
    }
    Ok(found)
}

/// Queues the calls that publish a post, if it is to be published.
async fn queue(within: &mut Within<'_>, post: &SocialPost, accounts: &[SocialAccount]) -> Result<(), Error> {
    let Some(due_at) = post.due_at else { return Ok(()) };
    if accounts.is_empty() {
        return Err(Error::Invalid(Reason::NoAccount));
    }
    for account in accounts {
        let payload = json!({
            "post": post.id,
            "platform": account.platform,
            "account": account.name,
            "text": post.text,
            "media": post.media,
        });
        webhooks::queue(within, (account.webhook.clone(), payload), Some(post.id), due_at).await?;
    }
    Ok(())
}

/// Takes back what would publish a post. What is being published, or was, cannot be taken back.
async fn withdraw(within: &mut Within<'_>, post: &SocialPost) -> Result<(), Error> {
    let calls = webhooks::of_post(within, post.id).await?;
    if calls.iter().any(|call| call.delivery != Delivery::Queued) {
        return Err(Error::Invalid(Reason::PostOut));
    }
    for call in &calls {
        within.remove(call).await?;
    }
    Ok(())
}
