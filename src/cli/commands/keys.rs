//! `ringlypro keys create|list|revoke|rotate`.

use super::users::{business, written};
use crate::accounts::{ApiKey, Caller, NewKey};
use crate::app::accounts::Book;
use crate::cli::Failure;
use crate::config::Config;
use crate::crm::model::Source;
use crate::crm::operation::Permission;
use crate::id::{ApiKeyId, BusinessId};
use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub(in crate::cli) enum Keys {
    /// Make a key; it is printed this once.
    Create(Create),
    /// List the keys of a business, the newest first.
    List(Whose),
    /// Revoke a key: from now on it opens nothing.
    Revoke(Revoke),
    /// Seal all secrets that are kept with the first key of `ENCRYPTION_KEY`.
    Rotate,
}

#[derive(Args)]
pub(in crate::cli) struct Whose {
    /// The business, by id; the only one there is when none is named.
    #[arg(long)]
    business: Option<BusinessId>,
}

#[derive(Args)]
pub(in crate::cli) struct Create {
    /// What it is for, in words.
    name: String,
    /// What it may do, such as `read_contacts`; several times for several.
    #[arg(long = "scope", required = true, value_parser = scope)]
    scopes: Vec<Permission>,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Args)]
pub(in crate::cli) struct Revoke {
    /// Which, by the id that `keys list` shows.
    key: ApiKeyId,
    #[command(flatten)]
    whose: Whose,
}

pub(in crate::cli) async fn run(config: &Config, keys: Keys) -> Result<(), Failure> {
    let book = Book::open(config).await?;
    let done = perform(&book, keys).await;
    book.close().await;
    done
}

async fn perform(book: &Book, keys: Keys) -> Result<(), Failure> {
    let all = book.businesses().await?;
    let owner = Caller::owner();
    match keys {
        Keys::Create(Create { name, scopes, whose }) => {
            let new = NewKey { name, scopes: scopes.into_iter().collect() };
            let (key, text) =
                book.accounts.create_key(&owner, Source::Console, business(&all, whose.business)?, new).await?;
            show(&key);
            println!("{text}");
        }
        Keys::List(whose) => {
            let business = business(&all, whose.business)?;
            let mut cursor = None;
            loop {
                let page = book.accounts.keys(&owner, business, (None, cursor.as_deref())).await?;
                page.items.iter().for_each(show);
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
        }
        Keys::Revoke(Revoke { key, whose }) => {
            book.accounts.revoke_key(&owner, Source::Console, business(&all, whose.business)?, key).await?;
            println!("revoked  {key}");
        }
        Keys::Rotate => {
            let anew = book.vault.rotate().await?;
            println!(
                "{anew} sealed anew; the older keys can be taken out of ENCRYPTION_KEY once every instance has the new one"
            );
        }
    }
    Ok(())
}

fn show(key: &ApiKey) {
    let state = if key.revoked_at.is_some() { "revoked" } else { "works" };
    let scopes: Vec<_> = key.scopes.iter().map(written).collect();
    let used = key.used_at.map_or("never used".to_owned(), |at| format!("used {at}"));
    println!("{}  {}…  {state}  {used}  {}  {}", key.id, key.start, scopes.join(","), key.name);
}

/// A permission by its name.
fn scope(text: &str) -> Result<Permission, String> {
    let all: Vec<_> = Permission::ALL.iter().map(written).collect();
    serde_json::from_value(text.into()).map_err(|_| format!("one of {}", all.join(", ")))
}
