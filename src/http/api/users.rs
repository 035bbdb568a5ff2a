//! Who signs in: `/api/users`, and `/api/users/{user}/businesses/{business}` for what they are there.

use super::described::Described;
use super::page_of;
use crate::accounts::{Caller, Membership, NewUser, Role, User};
use crate::crm::model::Source;
use crate::crm::operation::Permission;
use crate::http::House;
use crate::http::extract::{As, Ask, Body, Named};
use crate::http::problem::Problem;
use crate::id::{BusinessId, UserId};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub(in crate::http) const ADD: Described =
    Described::post("add_user", "Adds somebody who signs in. For whoever runs the house.")
        .takes::<NewUser>()
        .makes::<User>()
        .refused_with(&[404, 409]);
pub(in crate::http) const LIST: Described =
    Described::get("list_users", "Lists who signs in: of a business, or everybody for whoever runs the house.")
        .asks::<Wanted>()
        .gives::<Users>()
        .needs(Permission::ManageAccess);
pub(in crate::http) const SET_MEMBER: Described =
    Described::put("set_member", "Makes somebody a member of a business, or gives them another role there.")
        .takes::<NewRole>()
        .gives::<User>();
pub(in crate::http) const REMOVE_MEMBER: Described =
    Described::delete("remove_member", "Ends somebody's belonging to a business.");

/// Whose users.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http) struct Wanted {
    /// A business's; every user when none is named, for whoever runs the house.
    business: Option<BusinessId>,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = super::PAGE_MAX))]
    limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    cursor: Option<String>,
}

/// Users, by e-mail address.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Users {
    users: Vec<User>,
    /// The cursor of the next page; none on the last one.
    next: Option<String>,
}

/// What somebody is to be in a business.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewRole {
    role: Role,
}

pub(in crate::http) async fn add(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Body(new): Body<NewUser>,
) -> Result<(StatusCode, Json<User>), Problem> {
    Ok((StatusCode::CREATED, Json(house.accounts.add_user(&caller, Source::Api, new).await?)))
}

pub(in crate::http) async fn list(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Ask(wanted): Ask<Wanted>,
) -> Result<Json<Users>, Problem> {
    let way = (Some(page_of(wanted.limit)), wanted.cursor.as_deref());
    let page = house.accounts.users(&caller, wanted.business, way).await?;
    Ok(Json(Users { users: page.items, next: page.next }))
}

pub(in crate::http) async fn set_member(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Named((user, business)): Named<(UserId, BusinessId)>,
    Body(becoming): Body<NewRole>,
) -> Result<Json<User>, Problem> {
    let membership = Membership { business, role: becoming.role };
    Ok(Json(house.accounts.set_member(&caller, Source::Api, user, membership).await?))
}

pub(in crate::http) async fn remove_member(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Named((user, business)): Named<(UserId, BusinessId)>,
) -> Result<StatusCode, Problem> {
    house.accounts.remove_member(&caller, Source::Api, user, business).await?;
    Ok(StatusCode::NO_CONTENT)
}
