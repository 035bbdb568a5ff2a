//! The log of actions checked: whether each entry is the one that was written, after the one it was written after.
//!
//! What is found: an entry altered, left out, put in, or put elsewhere. What is not: that the last entries were cut off, unless
//! somebody has kept the number and the hash of a later one; so both are told.

use super::actions::action_of;
use super::history::{BEFORE_THE_FIRST, digest, hash};
use super::statement::Statement;
use super::store::{Connection, Row, away, get, parsed};
use super::{Embedded, house};
use crate::crm::Error;
use crate::crm::model::HOUSE;
use crate::id::BusinessId;

/// How many entries are read at once.
const READ_AT_ONCE: i64 = 500;

/// What came of checking a business's entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Whose; [`HOUSE`] for what is done to the house itself.
    pub business: BusinessId,
    /// What the business is called.
    pub name: String,
    /// How many entries hold, from the first.
    pub entries: u64,
    /// Of how many the changes were erased.
    pub erased: u64,
    /// The hash of the last that holds.
    pub hash: String,
    /// The first that does not, and why.
    pub broken: Option<(u64, &'static str)>,
}

impl Chain {
    /// One of which nothing is checked yet.
    fn of(business: BusinessId, name: String) -> Self {
        Self { business, name, entries: 0, erased: 0, hash: BEFORE_THE_FIRST.to_owned(), broken: None }
    }
}

impl Embedded {
    /// Checks the entries of every business, then those of the house.
    pub async fn verify(&self) -> Result<Vec<Chain>, Error> {
        let mut connection = self.store.read().await?;
        let businesses = sqlx::query("SELECT id, name FROM businesses ORDER BY name, id")
            .fetch_all(&mut *connection)
            .await
            .map_err(away)?;
        let mut chains = Vec::new();
        for row in &businesses {
            chains.push(walk(&mut connection, Chain::of(parsed(row, "id")?, get(row, "name")?)).await?);
        }
        chains.push(walk(&mut connection, Chain::of(HOUSE, "the house".to_owned())).await?);
        Ok(chains)
    }
}

async fn walk(connection: &mut Connection, mut chain: Chain) -> Result<Chain, Error> {
    loop {
        let rows = after(connection, &chain).await?;
        if rows.is_empty() {
            return Ok(chain);
        }
        for row in &rows {
            chain.broken = fault(row, &chain)?.map(|why| (chain.entries + 1, why));
            if chain.broken.is_some() {
                return Ok(chain);
            }
            chain.entries += 1;
            chain.erased += u64::from(get::<Option<&str>>(row, "changes")?.is_none());
            chain.hash = get(row, "hash")?;
        }
    }
}

/// The entries that come next.
async fn after(connection: &mut Connection, chain: &Chain) -> Result<Vec<Row>, Error> {
    if chain.business == HOUSE {
        return house::after(connection, chain.entries, READ_AT_ONCE).await;
    }
    let mut statement = Statement::new("SELECT * FROM actions WHERE business_id = ");
    statement.bind(chain.business.to_string()).say(" AND number > ");
    statement.bind(i64::try_from(chain.entries).unwrap_or(i64::MAX)).say(" ORDER BY number LIMIT ");
    statement.bind(READ_AT_ONCE);
    statement.fetch_all(connection).await
}

/// What is wrong with the entry that comes next, if anything.
fn fault(row: &Row, chain: &Chain) -> Result<Option<&'static str>, Error> {
    let Ok(action) = action_of(row) else { return Ok(Some("it cannot be read")) };
    let stated: String = get(row, "digest")?;
    if action.number != chain.entries + 1 {
        return Ok(Some("it is missing"));
    }
    if get::<Option<&str>>(row, "changes")?.is_some_and(|changes| digest(changes) != stated) {
        return Ok(Some("what it says was changed is not what was written"));
    }
    if hash(&action, &stated, &chain.hash)? != get::<&str>(row, "hash")? {
        return Ok(Some("it is not what was written, or not after the entry before it"));
    }
    Ok(None)
}
