//! Filters of contacts kept under a name.

use super::contacts::refuse_stale;
use super::records::{Order, Record, usual_fields};
use super::statement::Bound;
use super::store::{Row, count_of, get, instant_of, json, json_of, parsed};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{Contact, Kind, Page};
use crate::crm::operation::{
    CreateSmartList, DeleteSmartList, ListContacts, ListSmartListContacts, ListSmartLists, SmartList, UpdateSmartList,
};
use crate::id::SmartListId;

/// The most smart lists of a business: people choose among them.
const LISTS_MAX: i64 = 500;

impl Record for SmartList {
    const KIND: Kind = Kind::SmartList;
    const TABLE: &'static str = "smart_lists";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![("name", self.name.as_str().into()), ("filter", json(&self.filter)?.into())])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            name: get(row, "name")?,
            filter: json_of(row, "filter")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Perform for CreateSmartList {
    async fn perform(&self, within: &mut Within<'_>) -> Result<SmartList, Error> {
        let lists: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM smart_lists WHERE business_id = $1")
            .bind(within.business.to_string())
            .fetch_one(&mut *within.connection)
            .await
            .map_err(super::store::away)?;
        if lists >= LISTS_MAX {
            return Err(Error::Invalid(Reason::SmartLists { most: LISTS_MAX }));
        }
        try_out(within, &self.filter).await?;
        let list = SmartList {
            id: SmartListId::fresh(),
            business: within.business,
            name: self.name.clone(),
            filter: self.filter.clone(),
            version: 1,
            created_at: within.now,
            updated_at: within.now,
        };
        within.insert(list).await
    }
}

impl Perform for UpdateSmartList {
    async fn perform(&self, within: &mut Within<'_>) -> Result<SmartList, Error> {
        let known: SmartList = within.load(self.list).await?;
        refuse_stale(known.version, self.version, "smart list")?;
        let mut list = known.clone();
        if let Some(name) = &self.name {
            list.name.clone_from(name);
        }
        if let Some(filter) = &self.filter {
            try_out(within, filter).await?;
            list.filter = filter.clone();
        }
        within.update(&known, list).await
    }
}

impl Perform for DeleteSmartList {
    async fn perform(&self, within: &mut Within<'_>) -> Result<(), Error> {
        let known: SmartList = within.load(self.list).await?;
        refuse_stale(known.version, self.version, "smart list")?;
        within.remove(&known).await
    }
}

impl Perform for ListSmartLists {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<SmartList>, Error> {
        let order = Order { column: "name", text: true, descending: false };
        within.page(within.list::<SmartList>(), order, (self.limit, self.cursor.as_deref())).await
    }
}

impl Perform for ListSmartListContacts {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<Contact>, Error> {
        let list: SmartList = within.load(self.list).await?;
        ListContacts { limit: self.limit, cursor: self.cursor.clone(), ..list.filter }.perform(within).await
    }
}

/// Refuses a filter that nobody can be listed by.
async fn try_out(within: &mut Within<'_>, filter: &ListContacts) -> Result<(), Error> {
    ListContacts { limit: Some(1), ..filter.clone() }.perform(within).await.map(drop)
}
