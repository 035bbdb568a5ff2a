//! Imitations of who carries messages: Twilio's Messages, an SMTP server. They keep what they are given.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Form, Json, Router, routing::post};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// The account of the imitation.
pub(crate) const ACCOUNT: &str = "AC1";

type Kept<T> = Arc<Mutex<Vec<T>>>;

/// Twilio's Messages.
pub(crate) struct Carrier {
    pub(crate) base: String,
    taken: Taken,
    _server: JoinSet<()>,
}

/// What a carrier was given.
#[derive(Clone, Default)]
struct Taken {
    texts: Kept<BTreeMap<String, String>>,
    /// By which account, and what was shown for it.
    accounts: Kept<(String, String)>,
}

impl Carrier {
    pub(crate) async fn start() -> Self {
        let taken = Taken::default();
        let router =
            Router::new().route("/2010-04-01/Accounts/{account}/Messages.json", post(take)).with_state(taken.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.expect("serving") });
        Self { base, taken, _server: server }
    }

    /// What it was given, in order.
    pub(crate) fn texts(&self) -> Vec<BTreeMap<String, String>> {
        self.taken.texts.lock().expect("not poisoned").clone()
    }

    /// By which accounts, and the `Authorization` that was shown.
    pub(crate) fn accounts(&self) -> Vec<(String, String)> {
        self.taken.accounts.lock().expect("not poisoned").clone()
    }
}

/// Takes a text, unless its words say how it is to be refused.
async fn take(
    State(taken): State<Taken>,
    Path(account): Path<String>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let shown = headers["authorization"].to_str().expect("text").to_owned();
    taken.accounts.lock().expect("not poisoned").push((account, shown));
    let mut texts = taken.texts.lock().expect("not poisoned");
    let body = form["Body"].clone();
    texts.push(form);
    if body.contains("stopped at the carrier") {
        return (StatusCode::BAD_REQUEST, Json(json!({ "code": 21_610, "message": "unsubscribed" })));
    }
    if body.contains("lost on the way back") {
        return (StatusCode::BAD_GATEWAY, Json(json!({})));
    }
    (StatusCode::CREATED, Json(json!({ "sid": format!("SM{}", texts.len()), "status": "queued" })))
}

/// A program that takes webhooks.
pub(crate) struct Program {
    pub(crate) base: String,
    payloads: Kept<Value>,
    _server: JoinSet<()>,
}

impl Program {
    pub(crate) async fn start() -> Self {
        let payloads: Kept<Value> = Arc::default();
        let take = async |State(payloads): State<Kept<Value>>, Json(payload): Json<Value>| {
            payloads.lock().expect("not poisoned").push(payload);
            "taken"
        };
        let router = Router::new()
            .route("/hook", post(take))
            .route("/broken", post(async || StatusCode::INTERNAL_SERVER_ERROR))
            .with_state(payloads.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.expect("serving") });
        Self { base, payloads, _server: server }
    }

    /// What it was given, in order.
    pub(crate) fn payloads(&self) -> Vec<Value> {
        self.payloads.lock().expect("not poisoned").clone()
    }
}

/// An SMTP server that takes all there is.
pub(crate) struct PostOffice {
    pub(crate) url: String,
    letters: Kept<String>,
    _server: JoinSet<()>,
}

impl PostOffice {
    pub(crate) async fn start() -> Self {
        let letters: Kept<String> = Arc::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("smtp://{}", listener.local_addr().expect("an address"));
        let mut server = JoinSet::new();
        let kept = letters.clone();
        server.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                serve(socket, &kept).await;
            }
        });
        Self { url, letters, _server: server }
    }

    /// What it was given, in order: envelope and message.
    pub(crate) fn letters(&self) -> Vec<String> {
        self.letters.lock().expect("not poisoned").clone()
    }
}

/// One session of SMTP (RFC 5321), as short as it can be.
async fn serve(socket: TcpStream, letters: &Kept<String>) {
    let mut lines = BufReader::new(socket);
    let mut letter = String::new();
    lines.write_all(b"220 post.example ESMTP\r\n").await.expect("written");
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let answer = match line.get(..4).unwrap_or_default().to_uppercase().as_str() {
            "EHLO" => "250-post.example\r\n250 8BITMIME\r\n",
            "MAIL" | "RCPT" => {
                letter.push_str(&line);
                if line.contains("nobody@") { "550 no such user\r\n" } else { "250 fine\r\n" }
            }
            "DATA" => {
                lines.write_all(b"354 go on\r\n").await.expect("written");
                loop {
                    let mut line = String::new();
                    lines.read_line(&mut line).await.expect("a line");
                    if line == ".\r\n" {
                        break;
                    }
                    letter.push_str(&line);
                }
                letters.lock().expect("not poisoned").push(std::mem::take(&mut letter));
                "250 taken\r\n"
            }
            "QUIT" => "221 goodbye\r\n",
            _ => "250 fine\r\n",
        };
        lines.write_all(answer.as_bytes()).await.expect("written");
    }
}
