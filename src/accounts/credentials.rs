//! A business's own accounts with those who carry for it: Twilio, and who sends its mail.
//!
//! They come in and never go out again: only those who carry are handed them. They are kept sealed, each for its own row, with a
//! key of the installation ([`Keyring`]). A business that has none is carried for by the house's.
//!
//! Invariant: what is secret is in no answer, no entry of the chain and no log.

use super::caller::Caller;
use super::register::CredentialBook;
use super::{Error, may};
use crate::crm::model::{Source, looks_like_email};
use crate::crm::operation::Permission;
use crate::id::BusinessId;
use crate::seal::Keyring;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// How many are sealed anew at a time.
const AT_A_TIME: u32 = 100;
/// The longest secret, in bytes.
const SECRET_MAX: usize = 500;
/// Characters of a Twilio account's SID: `AC` and 32 hexadecimal digits.
const SID_CHARS: usize = 34;

/// With whom an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// Calls and texts.
    Twilio,
    /// Mail, by `SendGrid`.
    Mail,
}

/// A Twilio account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TwilioAccount {
    /// Its SID, as in `AC00000000000000000000000000000000`.
    #[schemars(length(min = SID_CHARS, max = SID_CHARS))]
    pub account_sid: String,
    /// What signs its webhooks and opens its API.
    #[schemars(length(min = 1, max = SECRET_MAX))]
    pub auth_token: String,
}

/// An account with who sends mail.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailAccount {
    /// The key of `SendGrid`'s API.
    #[schemars(length(min = 1, max = SECRET_MAX))]
    pub sendgrid_api_key: String,
    /// The address mail comes from.
    pub from: String,
}

/// An account, with what is secret of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CarrierAccount {
    /// Calls and texts.
    Twilio(TwilioAccount),
    /// Mail.
    Mail(MailAccount),
}

/// An account as it is shown: nothing secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OwnAccount {
    /// With whom.
    pub service: Service,
    /// Which: the SID, or the address mail comes from.
    pub account: String,
    /// Since when it is as it is.
    pub since: Timestamp,
}

/// An account as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedAccount {
    /// Whose.
    pub business: BusinessId,
    /// With whom.
    pub service: Service,
    /// What is sealed.
    pub sealed: String,
}

/// The accounts of businesses.
pub struct Vault {
    book: Arc<dyn CredentialBook>,
    keyring: Arc<Keyring>,
}

impl Vault {
    /// Those in a book, sealed with these keys.
    pub fn new(book: Arc<dyn CredentialBook>, keyring: Arc<Keyring>) -> Self {
        Self { book, keyring }
    }

    /// Gives a business an account of its own. Whoever configures the business may.
    pub async fn set(
        &self,
        by: &Caller,
        door: Source,
        business: BusinessId,
        new: CarrierAccount,
    ) -> Result<OwnAccount, Error> {
        may(by, business, Permission::Configure, "configuring the business")?;
        let account = new.checked()?;
        let service = new.service();
        let text =
            serde_json::to_string(&new).map_err(|_| Error::Broken("credentials cannot be written".to_owned()))?;
        let sealed = self.keyring.seal(&text, &place(business, service))?;
        let sealed = SealedAccount { business, service, sealed };
        let since = self.book.keep_account(&sealed, &account, by.hand(door)).await?;
        tracing::info!(%business, ?service, "a business has an account of its own");
        Ok(OwnAccount { service, account, since })
    }

    /// The accounts of a business, without what is secret.
    pub async fn list(&self, by: &Caller, business: BusinessId) -> Result<Vec<OwnAccount>, Error> {
        may(by, business, Permission::Configure, "configuring the business")?;
        Ok(self.book.accounts(business).await?)
    }

    /// Lets an account go: from now on the house's carries.
    pub async fn remove(&self, by: &Caller, door: Source, business: BusinessId, service: Service) -> Result<(), Error> {
        may(by, business, Permission::Configure, "configuring the business")?;
        let removed = self.book.drop_account(business, service, by.hand(door)).await?;
        if removed { Ok(()) } else { Err(Error::NotFound("account")) }
    }

    /// The Twilio account of a business; none: the house's.
    pub async fn twilio(&self, business: BusinessId) -> Result<Option<TwilioAccount>, Error> {
        Ok(match self.open(business, Service::Twilio).await? {
            Some(CarrierAccount::Twilio(account)) => Some(account),
            Some(CarrierAccount::Mail(_)) | None => None,
        })
    }

    /// Who sends the mail of a business; none: the house's.
    pub async fn mail(&self, business: BusinessId) -> Result<Option<MailAccount>, Error> {
        Ok(match self.open(business, Service::Mail).await? {
            Some(CarrierAccount::Mail(account)) => Some(account),
            Some(CarrierAccount::Twilio(_)) | None => None,
        })
    }

    /// Seals everything with the current key; how many were sealed with another.
    pub async fn rotate(&self) -> Result<usize, Error> {
        let mut anew = 0;
        loop {
            let some = self.book.sealed_otherwise(self.keyring.current(), AT_A_TIME).await?;
            if some.is_empty() {
                return Ok(anew);
            }
            for account in some {
                let place = place(account.business, account.service);
                let text = self.keyring.open(&account.sealed, &place)?;
                let sealed = self.keyring.seal(&text, &place)?;
                self.book.seal_anew(&account, &sealed).await?;
                anew += 1;
            }
        }
    }

    /// Whether everything opens that is sealed with another key than the current one; an error says which key is missing.
    pub async fn check(&self) -> Result<(), Error> {
        for account in self.book.sealed_otherwise(self.keyring.current(), u32::MAX).await? {
            self.keyring.open(&account.sealed, &place(account.business, account.service))?;
        }
        Ok(())
    }

    async fn open(&self, business: BusinessId, service: Service) -> Result<Option<CarrierAccount>, Error> {
        let Some(sealed) = self.book.sealed_account(business, service).await? else { return Ok(None) };
        let text = self.keyring.open(&sealed, &place(business, service))?;
        serde_json::from_str(&text).map(Some).map_err(|_| Error::Broken("credentials cannot be read".to_owned()))
    }
}

impl CarrierAccount {
    fn service(&self) -> Service {
        match self {
            Self::Twilio(_) => Service::Twilio,
            Self::Mail(_) => Service::Mail,
        }
    }

    /// Which account it is, for people; an error says what is wrong with it.
    fn checked(&self) -> Result<String, Error> {
        let invalid = |why: &str| Err(Error::Invalid(why.to_owned()));
        let (shown, secret) = match self {
            Self::Twilio(TwilioAccount { account_sid, auth_token }) => {
                let digits = account_sid.strip_prefix("AC").unwrap_or_default();
                if account_sid.len() != SID_CHARS || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return invalid("`account_sid` is AC and 32 hexadecimal digits, as console.twilio.com shows it");
                }
                (account_sid, auth_token)
            }
            Self::Mail(MailAccount { sendgrid_api_key, from }) => {
                if !looks_like_email(from) {
                    return invalid("`from` is an e-mail address, as in office@example.com");
                }
                (from, sendgrid_api_key)
            }
        };
        if secret.is_empty() || secret.len() > SECRET_MAX || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return invalid("a token or key is made of letters, digits and signs, without spaces");
        }
        Ok(shown.clone())
    }
}

impl fmt::Debug for TwilioAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwilioAccount").field("account_sid", &self.account_sid).finish_non_exhaustive()
    }
}

impl fmt::Debug for MailAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailAccount").field("from", &self.from).finish_non_exhaustive()
    }
}

/// Where it is kept, as it is sealed for.
fn place(business: BusinessId, service: Service) -> String {
    format!("credentials {business} {service:?}")
}
