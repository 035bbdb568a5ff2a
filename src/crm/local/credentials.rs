//! A business's own accounts with those who carry for it (see [`crate::accounts::Vault`]), sealed before they come here.
//!
//! Invariant: an entry of the chain names the account and holds nothing that was sealed.

use super::accounts::unknown_business;
use super::store::{away, commit, get, instant, instant_of, kept, parsed, word, word_of};
use super::{Embedded, Within};
use crate::accounts::{CredentialBook, OwnAccount, SealedAccount, Service};
use crate::crm::Error;
use crate::crm::model::{Hand, Kind};
use crate::id::BusinessId;
use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};

#[async_trait]
impl CredentialBook for Embedded {
    async fn keep_account(&self, account: &SealedAccount, shown: &str, hand: Hand) -> Result<Timestamp, Error> {
        let SealedAccount { business, service, sealed } = account;
        let mut transaction = self.store.write_for(*business).await?;
        let mut within = Within::by(hand, *business, &mut transaction, kept(self.clock.now()));
        let before = within.account(*service).await?;
        sqlx::query(
            "INSERT INTO credentials (business_id, service, account, sealed, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (business_id, service) \
             DO UPDATE SET account = excluded.account, sealed = excluded.sealed, updated_at = excluded.updated_at",
        )
        .bind(business.to_string())
        .bind(word(service)?)
        .bind(shown)
        .bind(sealed)
        .bind(instant(within.now))
        .execute(&mut *within.connection)
        .await
        .map_err(unknown_business)?;
        within.changed(Kind::Credentials, &word(service)?, before.as_ref(), Some(&told(shown)))?;
        within.write_down("set_credentials").await?;
        let since = within.now;
        commit(transaction).await?;
        self.tell();
        Ok(since)
    }

    async fn drop_account(&self, business: BusinessId, service: Service, hand: Hand) -> Result<bool, Error> {
        let mut transaction = self.store.write_for(business).await?;
        let mut within = Within::by(hand, business, &mut transaction, kept(self.clock.now()));
        let Some(before) = within.account(service).await? else { return Ok(false) };
        sqlx::query("DELETE FROM credentials WHERE business_id = $1 AND service = $2")
            .bind(business.to_string())
            .bind(word(&service)?)
            .execute(&mut *within.connection)
            .await
            .map_err(away)?;
        within.changed(Kind::Credentials, &word(&service)?, Some(&before), None)?;
        within.write_down("remove_credentials").await?;
        commit(transaction).await?;
        self.tell();
        Ok(true)
    }

    async fn accounts(&self, business: BusinessId) -> Result<Vec<OwnAccount>, Error> {
        let rows = sqlx::query("SELECT * FROM credentials WHERE business_id = $1 ORDER BY service")
            .bind(business.to_string())
            .fetch_all(&mut *self.store.read().await?)
            .await
            .map_err(away)?;
        let shown = |row| {
            let (service, account) = (word_of(row, "service")?, get(row, "account")?);
            Ok(OwnAccount { service, account, since: instant_of(row, "updated_at")? })
        };
        rows.iter().map(shown).collect()
    }

    async fn sealed_account(&self, business: BusinessId, service: Service) -> Result<Option<String>, Error> {
        sqlx::query_scalar("SELECT sealed FROM credentials WHERE business_id = $1 AND service = $2")
            .bind(business.to_string())
            .bind(word(&service)?)
            .fetch_optional(&mut *self.store.read().await?)
            .await
            .map_err(away)
    }

    async fn sealed_otherwise(&self, key: &str, most: u32) -> Result<Vec<SealedAccount>, Error> {
        let rows = sqlx::query(
            "SELECT business_id, service, sealed FROM credentials WHERE sealed NOT LIKE $1 \
             ORDER BY business_id, service LIMIT $2",
        )
        .bind(format!("{key}.%"))
        .bind(i64::from(most))
        .fetch_all(&mut *self.store.read().await?)
        .await
        .map_err(away)?;
        let sealed = |row| {
            let (business, service) = (parsed(row, "business_id")?, word_of(row, "service")?);
            Ok(SealedAccount { business, service, sealed: get(row, "sealed")? })
        };
        rows.iter().map(sealed).collect()
    }

    async fn seal_anew(&self, before: &SealedAccount, sealed: &str) -> Result<(), Error> {
        let mut transaction = self.store.write_for(before.business).await?;
        sqlx::query("UPDATE credentials SET sealed = $1 WHERE business_id = $2 AND service = $3 AND sealed = $4")
            .bind(sealed)
            .bind(before.business.to_string())
            .bind(word(&before.service)?)
            .bind(&before.sealed)
            .execute(&mut *transaction)
            .await
            .map_err(away)?;
        commit(transaction).await
    }
}

impl Within<'_> {
    /// What is told of an account there is.
    async fn account(&mut self, service: Service) -> Result<Option<Value>, Error> {
        let account: Option<String> =
            sqlx::query_scalar("SELECT account FROM credentials WHERE business_id = $1 AND service = $2")
                .bind(self.business.to_string())
                .bind(word(&service)?)
                .fetch_optional(&mut *self.connection)
                .await
                .map_err(away)?;
        Ok(account.as_deref().map(told))
    }
}

fn told(account: &str) -> Value {
    json!({ "account": account })
}
