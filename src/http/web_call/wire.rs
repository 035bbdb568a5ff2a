//! A browser's socket as the switchboard wants it: text messages of a media stream both ways.
//!
//! The last word (how the call ended) is sent when the switchboard closes its end, because only then it is known. The
//! switchboard bounds how long that may take.

use crate::browser::{Adapter, LastWord, Outgoing, ToBrowser};
use crate::switchboard::TOKEN_PARAMETER;
use axum::extract::ws::{Message, WebSocket};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

/// Tells how the call of this name ended.
type Tell = Box<dyn Fn(Option<&str>) -> LastWord + Send>;

/// The socket.
pub(super) struct BrowserWire {
    socket: WebSocket,
    adapter: Adapter,
    opened_at: Instant,
    /// Translated, not taken yet: the messages of one of the browser's.
    inbox: VecDeque<String>,
    /// Taken once it was told.
    tell: Option<Tell>,
}

impl BrowserWire {
    pub(super) fn new(socket: WebSocket, tell: Tell) -> Self {
        let (adapter, opened_at) = (Adapter::new(TOKEN_PARAMETER), Instant::now());
        Self { socket, adapter, opened_at, inbox: VecDeque::new(), tell: Some(tell) }
    }
}

impl Stream for BrowserWire {
    type Item = String;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<String>> {
        let own = self.get_mut();
        loop {
            if let Some(text) = own.inbox.pop_front() {
                return Poll::Ready(Some(text));
            }
            let at = own.opened_at.elapsed();
            match ready!(own.socket.poll_next_unpin(context)) {
                Some(Ok(Message::Text(text))) => own.adapter.hear_text(at, &text, &mut own.inbox),
                Some(Ok(Message::Binary(pcm))) => own.adapter.hear_audio(at, &pcm, &mut own.inbox),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Poll::Ready(None),
            }
        }
    }
}

impl Sink<String> for BrowserWire {
    type Error = ();

    fn poll_ready(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), ()>> {
        self.get_mut().socket.poll_ready_unpin(context).map_err(drop)
    }

    fn start_send(self: Pin<&mut Self>, text: String) -> Result<(), ()> {
        let own = self.get_mut();
        match own.adapter.say(&text) {
            Some(Outgoing::Text(text)) => own.socket.start_send_unpin(Message::Text(text.into())).map_err(drop),
            Some(Outgoing::Audio(pcm)) => own.socket.start_send_unpin(Message::Binary(pcm.into())).map_err(drop),
            None => Ok(()),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), ()>> {
        self.get_mut().socket.poll_flush_unpin(context).map_err(drop)
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), ()>> {
        let own = self.get_mut();
        if own.tell.is_some() {
            ready!(own.socket.poll_ready_unpin(context)).map_err(drop)?;
        }
        if let Some(tell) = own.tell.take() {
            tracing::debug!(nonsense = own.adapter.nonsense, "a browser's call closes");
            let text = ToBrowser::Ended(tell(own.adapter.call())).text();
            own.socket.start_send_unpin(Message::Text(text.into())).map_err(drop)?;
        }
        ready!(own.socket.poll_close_unpin(context)).map_err(drop)?;
        // Until the browser closes too: a socket dropped with audio unread is reset, and a reset takes the last word along.
        while let Some(Ok(_)) = ready!(own.socket.poll_next_unpin(context)) {}
        Poll::Ready(Ok(()))
    }
}
