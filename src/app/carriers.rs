//! What carries messages: accounts of the house's, and of their own that businesses have.

use super::AppError;
use super::outbox::{Carriers, Carrying};
use crate::accounts::{self, Vault};
use crate::config::{Config, MailServer};
use crate::crm::Error;
use crate::id::BusinessId;
use crate::messaging::email::{EmailSender, Smtp};
use crate::messaging::sms::SmsSender;
use crate::twilio::rest::RestClient;
use async_trait::async_trait;
use std::sync::Arc;

/// What carries for each business: its own, and where it has none the house's.
pub(super) struct OwnOrHouse {
    house: Carriers,
    vault: Arc<Vault>,
    http: reqwest::Client,
    twilio_api: String,
}

impl OwnOrHouse {
    /// What a configuration sets up, and what is in the vault.
    pub(super) fn of(config: &Config, vault: Arc<Vault>) -> Result<Self, AppError> {
        let (http, twilio_api) = (reqwest::Client::new(), config.twilio_api.clone());
        let texts = |account: &str, token: &str| texts(&http, &twilio_api, account, token);
        let sms = config.twilio_account_sid.as_deref().zip(config.twilio_auth_token.as_deref());
        let sms = sms.map(|(account, token)| texts(account, token));
        let email = match &config.mail {
            Some(mail) => {
                let server = match &mail.server {
                    MailServer::Smtp(url) => Smtp::at(url, &mail.from)?,
                    MailServer::SendGrid(key) => Smtp::sendgrid(key, &mail.from)?,
                };
                Some(Arc::new(server) as Arc<dyn EmailSender>)
            }
            None => None,
        };
        Ok(Self { house: Carriers { sms, email }, vault, http, twilio_api })
    }
}

#[async_trait]
impl Carrying for OwnOrHouse {
    async fn carriers(&self, business: BusinessId) -> Result<Carriers, Error> {
        let mut carriers = self.house.clone();
        if let Some(own) = self.vault.twilio(business).await.map_err(locked)? {
            carriers.sms = Some(texts(&self.http, &self.twilio_api, &own.account_sid, &own.auth_token));
        }
        if let Some(own) = self.vault.mail(business).await.map_err(locked)? {
            let server = Smtp::sendgrid(&own.sendgrid_api_key, &own.from);
            let server = server.map_err(|error| Error::Unavailable(error.to_string()))?;
            carriers.email = Some(Arc::new(server));
        }
        Ok(carriers)
    }
}

fn texts(http: &reqwest::Client, api: &str, account: &str, token: &str) -> Arc<dyn SmsSender> {
    Arc::new(RestClient::new(http.clone(), api, account.to_owned(), token.to_owned()))
}

/// An account of the business's own that cannot be read: nothing is sent by another.
fn locked(error: accounts::Error) -> Error {
    if let accounts::Error::Store(error) = error { error } else { Error::Unavailable(error.to_string()) }
}
