//! `GET /api/calls` (newest first) and `GET /api/calls/{id}` with its turns.

use super::described::Described;
use super::{business, page_of};
use crate::accounts::Caller;
use crate::crm::model::{CallRecord, CallTurn, Recording};
use crate::crm::operation::Permission;
use crate::http::House;
use crate::http::extract::{As, Ask, Named};
use crate::http::problem::Problem;
use crate::id::{BusinessId, CallId};
use crate::storage::Recordings;
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::task::spawn_blocking;

pub(in crate::http) const LIST: Described = Described::get("list_calls", "Lists calls, the newest first.")
    .asks::<Wanted>()
    .gives::<Calls>()
    .needs(Permission::ReadCalls);
pub(in crate::http) const ONE: Described =
    Described::get("get_call", "A call with what was said in it and what can be played of it.")
        .asks::<Whose>()
        .gives::<WholeCall>()
        .needs(Permission::ReadCalls);

/// Which calls.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http) struct Wanted {
    /// Of one's businesses; the first when none is named.
    business: Option<BusinessId>,
    /// Those that began before this.
    before: Option<Timestamp>,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = super::PAGE_MAX))]
    limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    cursor: Option<String>,
}

/// Whose call.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http) struct Whose {
    /// Of one's businesses; the first when none is named.
    business: Option<BusinessId>,
}

/// Calls, the newest first.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Calls {
    calls: Vec<CallRecord>,
    /// The cursor of the next page; none on the last one.
    next: Option<String>,
}

/// A call.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct WholeCall {
    /// Its record.
    call: CallRecord,
    /// What was said, in order.
    turns: Vec<CallTurn>,
    /// What can be played of it.
    recordings: Vec<Playable>,
}

/// A recording, as it is shown.
#[derive(Serialize, JsonSchema)]
struct Playable {
    /// Which part: a stream that broke and came back makes another.
    part: u32,
    /// When it begins on the transcript's clock; none when the file does not say.
    began_ms: Option<u64>,
    length_ms: u64,
    bytes: u64,
}

pub(in crate::http) async fn list(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Ask(wanted): Ask<Wanted>,
) -> Result<Json<Calls>, Problem> {
    let business = business(&house, &caller, wanted.business, Permission::ReadCalls).await?;
    let way = (Some(page_of(wanted.limit)), wanted.cursor.as_deref());
    let page = house.book.calls(business.id, wanted.before, way).await?;
    Ok(Json(Calls { calls: page.items, next: page.next }))
}

pub(in crate::http) async fn one(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Named(id): Named<CallId>,
    Ask(whose): Ask<Whose>,
) -> Result<Json<WholeCall>, Problem> {
    let business = business(&house, &caller, whose.business, Permission::ReadCalls).await?;
    let (call, turns) = house.book.call(business.id, id).await?.ok_or_else(|| Problem::not_found("call"))?;
    let recordings = house.recording_book.recordings(business.id, id).await?;
    let shelf = house.recordings.clone();
    let playable = spawn_blocking(move || {
        let kept = recordings.into_iter().filter(|recording| recording.deleted_at.is_none());
        kept.map(|recording| Playable::of(recording, &shelf)).collect()
    });
    let recordings = playable.await.map_err(|_| Problem::internal())?;
    Ok(Json(WholeCall { call, turns, recordings }))
}

impl Playable {
    /// Only a part after the first has to be asked when it begins.
    fn of(recording: Recording, shelf: &Recordings) -> Self {
        let Recording { part, length_ms, bytes, path, .. } = recording;
        let began_ms = if part == 1 { Some(0) } else { shelf.began_ms(&path).ok().flatten() };
        Self { part, began_ms, length_ms, bytes }
    }
}
