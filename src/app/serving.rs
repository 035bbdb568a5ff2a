//! Serving connections, each within bounds: so long for the head of a request, so long for its body, so large a head. axum's own
//! server knows none of them, and whoever says a byte a minute would hold a connection for ever.
//!
//! Idle connections are closed when the time for a head is up.

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use hyper::body::Frame;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future as _;
use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep};
use tokio_util::sync::CancellationToken;

/// The largest head of a request, in bytes: an address and headers have a few hundred.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// How long to wait when no connection can be taken: another has to end first.
const NO_ROOM: Duration = Duration::from_millis(100);

/// How long a client is waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// From when a request may begin to the end of its head.
    pub head: Duration,
    /// For its whole body.
    pub body: Duration,
}

impl Default for Patience {
    /// For a head, longer than proxies keep a connection they do not use (nginx 60 s): who reuses one while it is closed loses a
    /// request. For a body, what a bad mobile connection needs to send the largest file there is (some 30 MB).
    fn default() -> Self {
        Self { head: Duration::from_secs(75), body: Duration::from_mins(5) }
    }
}

/// Serves until it is shut, and then what was begun.
pub(super) async fn serve(listener: TcpListener, router: Router, patience: Patience, shut: CancellationToken) {
    let body = patience.body;
    let router = router.layer(from_fn(move |request, next| within(body, request, next)));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience.head).max_buf_size(HEAD_BYTES_MAX);
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = open.join_next() => continue,
            () = shut.cancelled() => break,
        };
        let (socket, address) = match accepted {
            Ok(accepted) => accepted,
            // Whoever came has gone again.
            Err(error)
                if error.kind() == ErrorKind::ConnectionAborted || error.kind() == ErrorKind::ConnectionReset =>
            {
                continue;
            }
            Err(error) => {
                tracing::error!(%error, "no connection can be taken");
                sleep(NO_ROOM).await;
                continue;
            }
        };
        // Frames are small and each counts: none waits for another.
        drop(socket.set_nodelay(true));
        let service = TowerToHyperService::new(router.clone().layer(axum::Extension(ConnectInfo(address))));
        let connection = http.serve_connection(TokioIo::new(socket), service).with_upgrades();
        let shut = shut.clone();
        open.spawn(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = shut.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection broke");
            }
        });
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

/// A request whose body is waited for so long.
async fn within(patience: Duration, request: Request, next: Next) -> Response {
    let bounded = |body| Body::new(Bounded { body, deadline: Box::pin(sleep(patience)) });
    next.run(request.map(bounded)).await
}

/// A body that breaks off when its time is up.
struct Bounded {
    body: Body,
    deadline: Pin<Box<Sleep>>,
}

impl HttpBody for Bounded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        ready!(self.deadline.as_mut().poll(cx));
        let late = io::Error::new(ErrorKind::TimedOut, "the body takes too long");
        Poll::Ready(Some(Err(axum::Error::new(late))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::post;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    /// A server that waits a tenth of a second, and what it answers to what is sent and never finished.
    async fn answered(sent: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().route("/", post(async |body: Bytes| body));
        let patience = Patience { head: Duration::from_millis(100), body: Duration::from_millis(100) };
        let shut = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, router, patience, shut.clone()));
        let mut socket = TcpStream::connect(address).await.expect("a connection");
        socket.write_all(sent.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(10), socket.read_to_end(&mut answer)).await;
        read.expect("the connection is closed").expect("read");
        shut.cancel();
        tasks.join_all().await;
        String::from_utf8(answer).expect("text")
    }

    #[tokio::test]
    async fn who_does_not_finish_what_they_began_to_ask_is_not_waited_for() {
        for begun in ["", "P", "POST / HTTP/1.1\r\nhost: a\r\nx-slow: "] {
            assert!(!answered(begun).await.contains("200 OK"), "{begun}");
        }
        let half = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf";
        assert!(answered(half).await.starts_with("HTTP/1.1 400"), "a body that never ends");
        let whole = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nwhole";
        assert!(answered(whole).await.ends_with("\r\n\r\nwhole"));
    }

    #[tokio::test]
    async fn a_head_without_end_is_refused() {
        let head = format!("POST / HTTP/1.1\r\nhost: a\r\nx-long: {}", "a".repeat(2 * HEAD_BYTES_MAX));
        assert!(answered(&head).await.starts_with("HTTP/1.1 431"));
    }
}
