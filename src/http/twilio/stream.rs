//! `GET /webhook/twilio/stream`: Twilio's media stream. Checked, upgraded, handed to the switchboard.
//!
//! Which call it belongs to is decided by the one-time token inside, not by the address. Whoever has not signed the upgrade
//! (Twilio does) is not let so far: sockets that say nothing would keep callers out.

use super::signed::{header_text, path_of, signed_base, signer};
use crate::http::House;
use crate::http::extract::Named;
use crate::http::problem::Problem;
use crate::id::BusinessId;
use crate::twilio::media::MESSAGE_BYTES_MAX;
use crate::twilio::{signature, stream_address};
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request, State};
use axum::response::Response;
use futures_util::{Sink, SinkExt, Stream, StreamExt, future};
use std::sync::Arc;

/// The stream of a call that came by the house's account.
pub(in crate::http) async fn open(house: State<Arc<House>>, request: Request) -> Result<Response, Problem> {
    accept(house, None, request).await
}

/// The stream of a call that came by an account of the business's own.
pub(in crate::http) async fn open_own(
    house: State<Arc<House>>,
    Named(business): Named<BusinessId>,
    request: Request,
) -> Result<Response, Problem> {
    accept(house, Some(business), request).await
}

async fn accept(
    State(house): State<Arc<House>>,
    business: Option<BusinessId>,
    request: Request,
) -> Result<Response, Problem> {
    let path = path_of(&request);
    let (mut parts, _) = request.into_parts();
    let signature = header_text(&parts.headers, signature::HEADER);
    let (_, token) = signer(&house, business).await?;
    let by = (token.as_str(), &[][..]);
    let base = signature.and_then(|signed| signed_base(&house, &parts.headers, stream_address, &path, by, signed));
    if base.is_none() {
        tracing::warn!("a stream that is not signed, or whose signature does not fit");
        return Err(Problem::not_signed());
    }
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &house)
        .await
        .map_err(|refusal| Problem::unreadable(refusal.status(), refusal.body_text()))?;
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |socket| async move { house.switchboard.serve(wire(socket)).await }))
}

/// Text both ways; whatever else a socket can carry is skipped, and its close is the end.
fn wire(socket: WebSocket) -> impl Stream<Item = Utf8Bytes> + Sink<String, Error = ()> + Unpin + Send {
    socket
        .take_while(|message| future::ready(message.is_ok()))
        .filter_map(|message| {
            future::ready(match message {
                Ok(Message::Text(text)) => Some(text),
                Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Close(_)) | Err(_) => None,
            })
        })
        .sink_map_err(drop)
        .with(|text: String| future::ready(Ok::<_, ()>(Message::Text(text.into()))))
}
