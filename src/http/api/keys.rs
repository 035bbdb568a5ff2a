//! Keys for programs: `/api/keys`.

use super::described::Described;
use super::{page_of, place};
use crate::accounts::{ApiKey, Caller, NewKey};
use crate::crm::model::Source;
use crate::crm::operation::Permission;
use crate::http::House;
use crate::http::extract::{As, Ask, Body, Named};
use crate::http::problem::Problem;
use crate::id::{ApiKeyId, BusinessId};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub(in crate::http) const CREATE: Described =
    Described::post("create_key", "Makes a key for a program; it is shown this once.")
        .asks::<Wanted>()
        .takes::<NewKey>()
        .makes::<KeyMade>()
        .needs(Permission::ManageAccess);
pub(in crate::http) const LIST: Described =
    Described::get("list_keys", "Lists the keys of a business, revoked ones too, the newest first.")
        .asks::<Listed>()
        .gives::<Keys>()
        .needs(Permission::ManageAccess);
pub(in crate::http) const REVOKE: Described =
    Described::delete("revoke_key", "Revokes a key: from now on it opens nothing.")
        .asks::<Wanted>()
        .needs(Permission::ManageAccess);

/// Whose keys.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http) struct Wanted {
    /// Of one's businesses; the first when none is named.
    business: Option<BusinessId>,
}

/// Whose keys, and which part of the list.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http) struct Listed {
    /// Of one's businesses; the first when none is named.
    business: Option<BusinessId>,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = super::PAGE_MAX))]
    limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    cursor: Option<String>,
}

/// Keys, the newest first.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Keys {
    keys: Vec<ApiKey>,
    /// The cursor of the next page; none on the last one.
    next: Option<String>,
}

/// A key that was made.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct KeyMade {
    /// What a program sends as `Authorization: Bearer`. It is shown this once.
    token: String,
    /// What is kept of it.
    key: ApiKey,
}

pub(in crate::http) async fn create(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Ask(wanted): Ask<Wanted>,
    Body(new): Body<NewKey>,
) -> Result<(StatusCode, Json<KeyMade>), Problem> {
    let (business, _) = place(&house, &caller, wanted.business).await?;
    let (key, token) = house.accounts.create_key(&caller, Source::Api, business.id, new).await?;
    Ok((StatusCode::CREATED, Json(KeyMade { token, key })))
}

pub(in crate::http) async fn list(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Ask(wanted): Ask<Listed>,
) -> Result<Json<Keys>, Problem> {
    let (business, _) = place(&house, &caller, wanted.business).await?;
    let way = (Some(page_of(wanted.limit)), wanted.cursor.as_deref());
    let page = house.accounts.keys(&caller, business.id, way).await?;
    Ok(Json(Keys { keys: page.items, next: page.next }))
}

pub(in crate::http) async fn revoke(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Named(key): Named<ApiKeyId>,
    Ask(wanted): Ask<Wanted>,
) -> Result<StatusCode, Problem> {
    let (business, _) = place(&house, &caller, wanted.business).await?;
    house.accounts.revoke_key(&caller, Source::Api, business.id, key).await?;
    Ok(StatusCode::NO_CONTENT)
}
