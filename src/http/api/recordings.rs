//! `GET /api/calls/{id}/recording`: the sound of a call, whole or a range of it, so that a player can seek.

use super::business;
use super::described::{Answer, Described};
use crate::accounts::Caller;
use crate::crm::model::Recording;
use crate::crm::operation::Permission;
use crate::http::House;
use crate::http::extract::{As, Ask, Named};
use crate::http::problem::Problem;
use crate::id::{BusinessId, CallId};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::unfold;
use schemars::JsonSchema;
use serde::Deserialize;
use std::io::{self, SeekFrom};
use std::sync::Arc;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

/// Bytes read and sent at once: some fifteen seconds of sound.
const CHUNK_BYTES: u64 = 64 * 1024;
/// What these files are.
const CONTENT_TYPE: &str = "audio/ogg";

pub(in crate::http) const PLAY: Described =
    Described::get("play_recording", "The sound of a call, whole or a range of it: the caller left, the agent right.")
        .asks::<Wanted>()
        .heeds(&[(
            "Range",
            "The range of bytes that is wanted, as in `bytes=0-65535`; the whole when it is not there.",
        )])
        .answers(Answer::File(CONTENT_TYPE))
        .needs(Permission::ReadCalls);

/// Which recording.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http) struct Wanted {
    /// Of one's businesses; the first when none is named.
    business: Option<BusinessId>,
    /// Which part, when a stream broke and came back; the first when none is named.
    part: Option<u32>,
}

/// A stretch of a file, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    from: u64,
    to: u64,
}

pub(in crate::http) async fn play(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Named(id): Named<CallId>,
    Ask(wanted): Ask<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let business = business(&house, &caller, wanted.business, Permission::ReadCalls).await?;
    let recording = find(&house, business.id, id, wanted.part.unwrap_or(1)).await?;
    let (shelf, path) = (house.recordings.clone(), recording.path);
    let opened = tokio::task::spawn_blocking(move || shelf.open(&path)).await.map_err(|_| Problem::internal())?;
    let (file, bytes) = opened.map_err(|error| {
        tracing::warn!(%error, call = %id, "a recording is in the book and not on the shelf");
        Problem::no_recording("The recording's file is missing.")
    })?;
    let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    answer(File::from_std(file), bytes, range(asked, bytes)).await
}

/// The recording, or why there is none.
async fn find(house: &House, business: BusinessId, id: CallId, part: u32) -> Result<Recording, Problem> {
    let (call, _) = house.book.call(business, id).await?.ok_or_else(|| Problem::not_found("call"))?;
    let found = house.recording_book.recordings(business, id).await?;
    match found.into_iter().find(|recording| recording.part == part) {
        Some(recording) if recording.deleted_at.is_none() => Ok(recording),
        Some(_) => Err(Problem::no_recording("The recording was deleted because it had been kept for its time.")),
        None if call.ended_at.is_none() => {
            Err(Problem::no_recording("The call is still going on. It can be played when it is over."))
        }
        None => Err(Problem::no_recording("This call was not recorded.")),
    }
}

async fn answer(mut file: File, bytes: u64, range: Range) -> Result<Response, Problem> {
    let (status, stretch) = match range {
        Range::Whole => (StatusCode::OK, Stretch { from: 0, to: bytes.saturating_sub(1) }),
        Range::Part(stretch) => (StatusCode::PARTIAL_CONTENT, stretch),
        Range::Outside => {
            let mut response = Problem::no_such_range().into_response();
            set(&mut response, header::CONTENT_RANGE, &format!("bytes */{bytes}"));
            return Ok(response);
        }
    };
    let broken = |error: io::Error| {
        tracing::warn!(%error, "a recording cannot be read");
        Problem::internal()
    };
    file.seek(SeekFrom::Start(stretch.from)).await.map_err(broken)?;
    let length = if bytes == 0 { 0 } else { stretch.to - stretch.from + 1 };
    let chunks = unfold((file, length), |(mut file, left)| async move {
        if left == 0 {
            return None;
        }
        let mut chunk = vec![0; usize::try_from(left.min(CHUNK_BYTES)).unwrap_or(0)];
        match file.read_exact(&mut chunk).await {
            Ok(read) => Some((Ok(Bytes::from(chunk)), (file, left - read as u64))),
            Err(error) => Some((Err(error), (file, 0))),
        }
    });
    let mut response = (status, Body::from_stream(chunks)).into_response();
    set(&mut response, header::CONTENT_TYPE, CONTENT_TYPE);
    set(&mut response, header::ACCEPT_RANGES, "bytes");
    set(&mut response, header::CONTENT_LENGTH, &length.to_string());
    if status == StatusCode::PARTIAL_CONTENT {
        set(&mut response, header::CONTENT_RANGE, &format!("bytes {}-{}/{bytes}", stretch.from, stretch.to));
    }
    Ok(response)
}

fn set(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// What a `Range` header asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    /// All of it: no header, one we do not understand, or several ranges (RFC 9110 §14.2 lets us answer with the whole).
    Whole,
    Part(Stretch),
    /// Nothing of the file.
    Outside,
}

fn range(asked: Option<&str>, bytes: u64) -> Range {
    let Some((first, last)) = asked.and_then(|text| text.trim().strip_prefix("bytes=")?.split_once('-')) else {
        return Range::Whole;
    };
    match (number(first), number(last)) {
        (Some(from), Some(to)) if from > to => Range::Whole,
        (Some(from), _) if from >= bytes => Range::Outside,
        (Some(from), Some(to)) => Range::Part(Stretch { from, to: to.min(bytes - 1) }),
        (Some(from), None) if last.trim().is_empty() => Range::Part(Stretch { from, to: bytes - 1 }),
        (None, Some(length)) if first.trim().is_empty() => {
            if length == 0 || bytes == 0 {
                return Range::Outside;
            }
            Range::Part(Stretch { from: bytes.saturating_sub(length), to: bytes - 1 })
        }
        _ => Range::Whole,
    }
}

fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_range_is_read_as_the_standard_says() {
        let part = |from, to| Range::Part(Stretch { from, to });
        for (asked, expected) in [
            ("bytes=0-", part(0, 999)),
            ("bytes=0-99", part(0, 99)),
            ("bytes=990-5000", part(990, 999)),
            ("bytes=-10", part(990, 999)),
            ("bytes=-5000", part(0, 999)),
            ("bytes=1000-", Range::Outside),
            ("bytes=-0", Range::Outside),
            ("bytes=9-3", Range::Whole),
            ("bytes=0-1,5-6", Range::Whole),
            ("bytes=-", Range::Whole),
            ("bytes=a-b", Range::Whole),
            ("items=0-5", Range::Whole),
        ] {
            assert_eq!(range(Some(asked), 1_000), expected, "{asked}");
        }
        assert_eq!(range(None, 1_000), Range::Whole);
        assert_eq!(range(Some("bytes=0-"), 0), Range::Outside);
    }

    proptest! {
        #[test]
        fn no_header_asks_for_what_is_not_there(asked in "(bytes=)?[0-9,x -]{0,24}", bytes in 0u64..5_000) {
            if let Range::Part(Stretch { from, to }) = range(Some(&asked), bytes) {
                prop_assert!(from <= to && to < bytes);
            }
        }
    }
}
