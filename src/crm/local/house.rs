//! What is done to what belongs to no business: users and their telephones. It is written down like anything else, in a
//! chain of its own that only whoever runs the house is shown.

use super::records::Order;
use super::statement::Statement;
use super::store::{Connection, Row, away, count_of, get, instant, json, word};
use super::{Embedded, Within, actions, statement};
use crate::crm::Error;
use crate::crm::model::{Action, HOUSE, Page, Way};

/// An entry's columns, as those of a business are called.
const ENTRIES: &str = "SELECT id, '00000000-0000-0000-0000-000000000000' AS business_id, number, at, door, who, \
                       CAST(NULL AS TEXT) AS ai, operation, CAST(NULL AS TEXT) AS undoes, CAST(NULL AS TEXT) AS undone_by, \
                       changes, digest, hash FROM house_actions WHERE number > ";
/// What a page of them is sorted by.
const NEWEST: Order = Order { column: "number", text: false, descending: true };

/// The number and the hash of the last entry. Nobody else writes one until the transaction is over.
pub(super) async fn last(connection: &mut Connection) -> Result<Option<(u64, String)>, Error> {
    if !statement::is_sqlite(connection) {
        sqlx::query("LOCK TABLE house_actions IN SHARE ROW EXCLUSIVE MODE")
            .execute(&mut *connection)
            .await
            .map_err(away)?;
    }
    let row = sqlx::query("SELECT number, hash FROM house_actions ORDER BY number DESC LIMIT 1");
    let row = row.fetch_optional(connection).await.map_err(away)?;
    row.map(|row| Ok((count_of(&row, "number")?, get(&row, "hash")?))).transpose()
}

/// Enters what was done.
pub(super) async fn enter(
    connection: &mut Connection,
    action: &Action,
    (changes, digest, hash): (String, String, String),
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO house_actions (id, number, at, door, who, operation, changes, digest, hash, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $3, $3)",
    )
    .bind(action.id.to_string())
    .bind(i64::try_from(action.number).unwrap_or(i64::MAX))
    .bind(instant(action.at))
    .bind(word(&action.door)?)
    .bind(json(&action.who)?)
    .bind(&action.operation)
    .bind(changes)
    .bind(digest)
    .bind(hash)
    .execute(connection)
    .await
    .map(drop)
    .map_err(away)
}

/// The entries after this one, to be checked.
pub(super) async fn after(connection: &mut Connection, number: u64, most: i64) -> Result<Vec<Row>, Error> {
    let mut entries = Statement::new(ENTRIES);
    entries.bind(i64::try_from(number).unwrap_or(i64::MAX)).say(" ORDER BY number LIMIT ").bind(most);
    entries.fetch_all(connection).await
}

impl Embedded {
    /// What was done to the house itself, the newest first.
    pub(super) async fn done_to_the_house(&self, way: Way<'_>) -> Result<Page<Action>, Error> {
        let mut connection = self.store.read().await?;
        let mut entries = Statement::new(ENTRIES);
        entries.bind(0);
        let mut within = Within::of_itself(HOUSE, &mut connection, self.clock.now());
        within.page_of("house_actions", entries, NEWEST, way, actions::action_of).await
    }
}
