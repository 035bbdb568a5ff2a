//! What was done, shown and erased; how it is written down is in [`super::history`], how it is taken back in [`super::undo`].

use super::cursor::Cursor;
use super::statement::Statement;
use super::store::{Row, away, count_of, get, instant, instant_of, json, json_of, parsed, parsed_option, word_of};
use super::{Embedded, Perform, Within};
use crate::crm::Error;
use crate::crm::backend::History;
use crate::crm::error::Reason;
use crate::crm::model::{Action, Ai, Change, Happened, Kind, Page, Who};
use crate::crm::operation::{ActionLine, CATALOGUE, EraseContactHistory, Erased, GetAction, ListActions, Permission};
use crate::id::{ActionId, BusinessId};
use async_trait::async_trait;
use tokio::sync::watch;

/// The most actions of one page.
const PAGE_MAX: usize = 200;
/// What a cursor of the list is made for.
const ORDER: &str = "actions";
/// What one asks for to see what no hand did.
const BY_AI: &str = "ai";

impl Perform for ListActions {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<ActionLine>, Error> {
        let limit = self.limit.unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
        let mut list = Statement::new(
            "SELECT a.id, a.number, a.at, a.door, a.who, a.ai, a.operation, a.undoes, a.undone_by, (SELECT COUNT(*) \
             FROM action_rows r WHERE r.business_id = a.business_id AND r.number = a.number) AS changed \
             FROM actions a WHERE a.business_id = ",
        );
        list.bind(within.business.to_string());
        if let Some(row) = &self.concerning {
            list.say(" AND a.number IN (SELECT r.number FROM action_rows r WHERE r.business_id = ");
            list.bind(within.business.to_string()).say(" AND r.row_id = ").bind(row.as_str()).say(")");
        }
        if let Some(who) = &self.who {
            match who.as_str() {
                BY_AI => list.say(" AND a.ai IS NOT NULL"),
                who => list.say(" AND a.who IN ").bind_all(asked(who)?),
            };
        }
        if let Some(operation) = &self.operation {
            list.say(" AND a.operation = ").bind(operation.as_str());
        }
        if let Some(since) = self.since {
            // Entries follow each other in time: from the first of that time on.
            list.say(" AND a.at >= ").bind(instant(since)).say(" AND a.number >= (SELECT b.number FROM actions b");
            list.say(" WHERE b.business_id = ").bind(within.business.to_string()).say(" AND b.at >= ");
            list.bind(instant(since)).say(" ORDER BY b.at, b.number LIMIT 1)");
        }
        if let Some(cursor) = &self.cursor {
            list.say(" AND a.number < ").bind(Cursor::number(&Cursor::read(cursor, ORDER)?.value)?);
        }
        list.say(" ORDER BY a.number DESC LIMIT ").bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
        let rows = list.fetch_all(within.connection).await?;
        let items = rows.iter().map(line_of).collect::<Result<Vec<_>, _>>()?;
        let goes_on = |last: &ActionLine| Cursor { value: last.number.to_string(), id: String::new() }.write(ORDER);
        Ok(Page::cut(items, limit, goes_on))
    }
}

/// Whom an entry may name, as entries write it.
fn asked(who: &str) -> Result<Vec<String>, Error> {
    let whom = match who.to_lowercase().as_str() {
        "caller" => vec![Who::Caller],
        "owner" => vec![Who::Owner],
        "house" => vec![Who::House],
        id => [id.parse().ok().map(Who::User), id.parse().ok().map(Who::Key), id.parse().ok().map(Who::Workflow)]
            .into_iter()
            .flatten()
            .collect(),
    };
    if whom.is_empty() {
        return Err(Error::Invalid(Reason::WhoUnknown));
    }
    whom.iter().map(json).collect()
}

impl Perform for GetAction {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Action, Error> {
        let mut action = within.action_with(self.action).await?;
        let (first, _) = within.first(&action).await?;
        let done = CATALOGUE.iter().find(|entry| entry.about.name == first);
        // What the house does of itself is done with messages and calls.
        let needed = done.map(|done| done.about.permission).or_else(|| permission_beside(&first));
        if !within.may.hold(needed.unwrap_or(Permission::ReadMessages)) {
            action.changes = None;
        }
        Ok(action)
    }
}

/// What one needs to be shown what was changed by something that people do and that is no operation of the catalogue.
pub(super) fn permission_beside(name: &str) -> Option<Permission> {
    match name {
        "add_user" | "set_member" | "remove_member" | "create_key" | "revoke_key" => Some(Permission::ManageAccess),
        "add_business" => Some(Permission::Configure),
        _ => None,
    }
}

impl Within<'_> {
    /// The action with this id; another tenant's is not found.
    pub(super) async fn action_with(&mut self, id: ActionId) -> Result<Action, Error> {
        let row = sqlx::query("SELECT * FROM actions WHERE business_id = $1 AND id = $2")
            .bind(self.business.to_string())
            .bind(id.to_string())
            .fetch_optional(&mut *self.connection)
            .await
            .map_err(away)?
            .ok_or(Error::NotFound("action"))?;
        action_of(&row)
    }
}

#[async_trait]
impl History for Embedded {
    async fn happened_after(&self, business: BusinessId, number: u64, limit: u32) -> Result<Vec<Happened>, Error> {
        sqlx::query("SELECT * FROM actions WHERE business_id = $1 AND number > $2 ORDER BY number LIMIT $3")
            .bind(business.to_string())
            .bind(i64::try_from(number).unwrap_or(i64::MAX))
            .bind(i64::from(limit))
            .fetch_all(&mut *self.store.read().await?)
            .await
            .map_err(away)?
            .iter()
            .map(|row| action_of(row).map(Happened::from))
            .collect()
    }

    async fn last_number(&self, business: BusinessId) -> Result<u64, Error> {
        let number: i64 =
            sqlx::query_scalar("SELECT CAST(COALESCE(MAX(number), 0) AS BIGINT) FROM actions WHERE business_id = $1")
                .bind(business.to_string())
                .fetch_one(&mut *self.store.read().await?)
                .await
                .map_err(away)?;
        Ok(u64::try_from(number).unwrap_or_default())
    }

    fn written(&self) -> watch::Receiver<()> {
        self.written.subscribe()
    }
}

impl Perform for EraseContactHistory {
    /// Whatever speaks of a contact has the contact's id in it: the contact itself, notes, appointments, messages.
    async fn perform(&self, within: &mut Within<'_>) -> Result<Erased, Error> {
        let erased = sqlx::query(
            "UPDATE actions SET changes = NULL, updated_at = $3 WHERE business_id = $1 AND changes LIKE $2 RETURNING id",
        )
        .bind(within.business.to_string())
        .bind(format!("%{}%", self.contact))
        .bind(instant(within.now))
        .fetch_all(&mut *within.connection)
        .await
        .map_err(away)?;
        if erased.is_empty() {
            return Err(Error::NotFound("contact's history"));
        }
        // That it was erased is written down too.
        within.changed::<()>(Kind::Contact, &self.contact, None, None)?;
        Ok(Erased { entries: u64::try_from(erased.len()).unwrap_or(u64::MAX) })
    }
}

fn line_of(row: &Row) -> Result<ActionLine, Error> {
    Ok(ActionLine {
        id: parsed(row, "id")?,
        number: count_of(row, "number")?,
        at: instant_of(row, "at")?,
        door: word_of(row, "door")?,
        who: json_of::<Who>(row, "who")?,
        ai: ai_of(row)?,
        operation: get(row, "operation")?,
        rows: count_of(row, "changed")?,
        undoes: parsed_option(row, "undoes")?,
        undone_by: parsed_option(row, "undone_by")?,
    })
}

pub(super) fn ai_of(row: &Row) -> Result<Option<Ai>, Error> {
    let ai = get::<Option<&str>>(row, "ai")?;
    ai.map(serde_json::from_str).transpose().map_err(|_| super::store::damaged("ai"))
}

/// The action of a row.
pub(super) fn action_of(row: &Row) -> Result<Action, Error> {
    let changes = get::<Option<String>>(row, "changes")?;
    let changes = changes.map(|text| serde_json::from_str::<Vec<Change>>(&text));
    Ok(Action {
        id: parsed(row, "id")?,
        business: parsed(row, "business_id")?,
        number: count_of(row, "number")?,
        at: instant_of(row, "at")?,
        door: word_of(row, "door")?,
        who: json_of(row, "who")?,
        ai: ai_of(row)?,
        operation: get(row, "operation")?,
        changes: changes.transpose().map_err(|_| super::store::damaged("changes"))?,
        undoes: parsed_option(row, "undoes")?,
        undone_by: parsed_option(row, "undone_by")?,
    })
}
