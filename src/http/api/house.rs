//! `/api/house/actions`: what was done to what belongs to no business.

use super::described::Described;
use super::page_of;
use crate::accounts::Caller;
use crate::crm::model::{Action, Page};
use crate::http::House;
use crate::http::extract::{As, Ask};
use crate::http::problem::Problem;
use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

pub(in crate::http) const ACTIONS: Described = Described::get(
    "list_house_actions",
    "Lists what was done to users and their telephones, the newest first. For whoever runs the house.",
)
.asks::<Wanted>()
.gives::<Page<Action>>();

/// Which part of the list.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http) struct Wanted {
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = super::PAGE_MAX))]
    limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    cursor: Option<String>,
}

pub(in crate::http) async fn actions(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Ask(wanted): Ask<Wanted>,
) -> Result<Json<Page<Action>>, Problem> {
    let way = (Some(page_of(wanted.limit)), wanted.cursor.as_deref());
    Ok(Json(house.accounts.house_actions(&caller, way).await?))
}
