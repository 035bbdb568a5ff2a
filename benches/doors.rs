//! What the doors add to an operation: the same thing asked by REST, and by MCP in both eras.
//!
//! `cargo bench --bench doors -- --asked 1000`. Opens a house with all its doors, and asks in turn, so that whatever slows the
//! machine slows all alike. Prints figures and asserts nothing. Who asks by HTTP is in this process too: its part (writing
//! the request, reading the answer, the socket) is in what is printed. What is taken off is how long the very operation took that
//! was asked for, as the façade logs it: an operation takes longer at one time than at another. Wants the models (`RINGLY_MODELS` or `models/`).

use hdrhistogram::Histogram;
use reqwest::{Method, RequestBuilder};
use ringlypro::app::{Providers, start};
use ringlypro::clock::SystemClock;
use ringlypro::config::Config;
use ringlypro::crm::local::Embedded;
use ringlypro::crm::model::Source;
use ringlypro::crm::operation::CreateContact;
use ringlypro::crm::{Backend, By, Crm, Directory, Operation, Outcome, Request};
use ringlypro::id::{BusinessId, ContactId};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

type Failure = Box<dyn std::error::Error>;

const TOKEN: &str = "bench-access-token-of-some-length";
/// How often each thing is asked by each door, unless `--asked` says otherwise.
const ASKED: usize = 1_000;
/// Contacts there are.
const CONTACTS: usize = 500;
/// The eras of the protocol, and how they are called here.
const ERAS: [(&str, &str); 2] = [("2025-11-25", "MCP 2025-11-25"), ("2026-07-28", "MCP 2026-07-28")];

/// One thing to ask, as each door takes it.
struct Asked {
    tool: &'static str,
    arguments: Value,
    rest: (Method, String, Option<Value>),
}

/// How long the last operation took, as the façade says in the log.
#[derive(Clone, Default)]
struct Itself(Arc<Mutex<Duration>>);

impl Itself {
    fn take(&self) -> Duration {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<S: tracing::Subscriber> Layer<S> for Itself {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Elapsed(Option<f64>);
        impl Visit for Elapsed {
            fn record_f64(&mut self, field: &Field, value: f64) {
                if field.name() == "elapsed_ms" {
                    self.0 = Some(value);
                }
            }

            fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
        }
        let mut elapsed = Elapsed(None);
        event.record(&mut elapsed);
        if let Some(ms) = elapsed.0 {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Duration::from_secs_f64(ms / 1e3);
        }
    }
}

struct Doors {
    itself: Itself,
    crm: Crm,
    business: BusinessId,
    http: reqwest::Client,
    base: String,
    /// The session of the older era.
    session: String,
}

impl Doors {
    async fn perform(&self, operation: Operation) -> Result<Outcome, ringlypro::crm::Error> {
        self.crm.perform(Request::new(self.business, Source::Api, By::owner(), operation)).await
    }

    fn post(&self, era: &str, body: &Value) -> RequestBuilder {
        let post = self.http.post(format!("{}/mcp", self.base)).bearer_auth(TOKEN).json(body);
        let post = post.header("accept", "application/json, text/event-stream").header("mcp-protocol-version", era);
        if era == ERAS[0].0 {
            return if self.session.is_empty() { post } else { post.header("mcp-session-id", &self.session) };
        }
        let name = body["params"]["name"].as_str().unwrap_or_default();
        post.header("mcp-method", body["method"].as_str().unwrap_or_default()).header("mcp-name", name)
    }

    /// Opens the session of the older era.
    async fn begin(&mut self) -> Result<(), Failure> {
        let params = json!({
            "protocolVersion": ERAS[0].0, "capabilities": {}, "clientInfo": { "name": "a bench", "version": "1" },
        });
        let body = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params });
        let answer = self.post(ERAS[0].0, &body).send().await?.error_for_status()?;
        let session = answer.headers().get("mcp-session-id").ok_or("no session")?.to_str()?.to_owned();
        answer.bytes().await?;
        self.session = session;
        let body = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        self.post(ERAS[0].0, &body).send().await?.error_for_status()?;
        Ok(())
    }

    /// How long it took, and how long of that the operation itself.
    async fn by_tool(&self, era: &str, number: usize, asked: &Asked) -> Result<Took, Failure> {
        let mut params = json!({ "name": asked.tool, "arguments": asked.arguments });
        if era != ERAS[0].0 {
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": era, "io.modelcontextprotocol/clientCapabilities": {},
            });
        }
        let body = json!({ "jsonrpc": "2.0", "id": number + 1, "method": "tools/call", "params": params });
        let began = Instant::now();
        let answer = self.post(era, &body).send().await?.error_for_status()?.text().await?;
        let took = began.elapsed();
        if !answer.contains("structuredContent") || answer.contains(r#""isError":true"#) {
            return Err(format!("{}: {answer}", asked.tool).into());
        }
        Ok((took, self.itself.take()))
    }

    async fn by_rest(&self, asked: &Asked) -> Result<Took, Failure> {
        let (method, path, body) = &asked.rest;
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base)).bearer_auth(TOKEN);
        if let Some(body) = body {
            request = request.json(body);
        }
        let began = Instant::now();
        request.send().await?.error_for_status()?.bytes().await?;
        Ok((began.elapsed(), self.itself.take()))
    }

    /// Asks for it by every door, so many times, and prints how long each took and what it added.
    async fn compare(&self, what: &str, times: usize, asked: impl Fn(usize) -> Asked) -> Result<(), Failure> {
        let mut took: [Vec<Took>; 3] = Default::default();
        // The first few find nothing warm.
        for number in 0..times + 20 {
            let asked = asked(number);
            let rest = self.by_rest(&asked).await?;
            let older = self.by_tool(ERAS[0].0, number, &asked).await?;
            let newer = self.by_tool(ERAS[1].0, number, &asked).await?;
            if number >= 20 {
                for (place, time) in [rest, older, newer].into_iter().enumerate() {
                    took[place].push(time);
                }
            }
        }
        println!("\n{what}");
        for (door, took) in ["REST", ERAS[0].1, ERAS[1].1].into_iter().zip(&took) {
            let itself: Vec<_> = took.iter().map(|(_, itself)| *itself).collect();
            let added: Vec<_> = took.iter().map(|(whole, itself)| whole.saturating_sub(*itself)).collect();
            println!(
                "  {door:<15} the operation itself p50 {:.2} ms, p95 {:.2} ms; beyond it p50 {:.2} ms, p95 {:.2} ms",
                at(&itself, 0.5)?,
                at(&itself, 0.95)?,
                at(&added, 0.5)?,
                at(&added, 0.95)?
            );
        }
        Ok(())
    }
}

/// How long an answer took, and how long of that the operation itself.
type Took = (Duration, Duration);

/// Milliseconds at a quantile.
fn at(times: &[Duration], quantile: f64) -> Result<f64, Failure> {
    let mut histogram = Histogram::<u64>::new_with_bounds(1, 60_000_000, 3)?;
    for time in times {
        histogram.saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }
    Ok(histogram.value_at_quantile(quantile) as f64 / 1e3)
}

#[tokio::main]
async fn main() {
    if let Err(failed) = run().await {
        eprintln!("{failed}");
        std::process::exit(1);
    }
}

async fn run() -> Result<(), Failure> {
    let itself = Itself::default();
    tracing_subscriber::registry().with(itself.clone()).init();
    let smoke = std::env::args().any(|one| one == "--smoke");
    let asked = match std::env::args().skip_while(|one| one != "--asked").nth(1) {
        Some(text) => text.parse()?,
        None if smoke => 5,
        None => ASKED,
    };
    let folder = tempfile::tempdir()?;
    #[expect(clippy::disallowed_methods, reason = "benches have no configuration")]
    let models = std::env::var_os("RINGLY_MODELS").map_or_else(|| PathBuf::from("models"), PathBuf::from);
    let database = format!("sqlite:{}/doors.db", folder.path().display());
    let settings = [
        ("PORT", "0".to_owned()),
        ("DATA_DIR", folder.path().display().to_string()),
        ("DATABASE_URL", database.clone()),
        ("RINGLY_MODELS", models.display().to_string()),
        ("ACCESS_TOKEN", TOKEN.to_owned()),
        ("REQUESTS_KNOWN", "0".to_owned()),
    ];
    let config = Config::from_layers(None, &settings.map(|(name, value)| (name.to_owned(), value)).into())?;
    let running = start(&config, Providers::open(&config).await?).await?;
    let store = Embedded::open(&database, Arc::new(SystemClock)).await?;
    let business = store.businesses().await?.first().ok_or("no business")?.id;
    // Whoever comes first installs the same one.
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut doors = Doors {
        itself,
        crm: Crm::new(Arc::new(store)),
        business,
        http: reqwest::Client::builder().no_proxy().build()?,
        base: format!("http://{}", running.address),
        session: String::new(),
    };
    doors.begin().await?;
    let contacts = people(&doors).await?;
    let whose = |number: usize| contacts[number % contacts.len()];
    doors
        .compare("get_contact", asked, |number| {
            let contact = whose(number);
            Asked {
                tool: "get_contact",
                arguments: json!({ "contact": contact }),
                rest: (Method::GET, format!("/api/contacts/{contact}"), None),
            }
        })
        .await?;
    doors
        .compare("search_contacts, three letters", asked, |_| Asked {
            tool: "search_contacts",
            arguments: json!({ "query": "per", "limit": 20 }),
            rest: (Method::GET, "/api/contacts/search?query=per&limit=20".to_owned(), None),
        })
        .await?;
    doors
        .compare("list_contacts, 50 of them", asked, |_| Asked {
            tool: "list_contacts",
            arguments: json!({ "limit": 50 }),
            rest: (Method::GET, "/api/contacts?limit=50".to_owned(), None),
        })
        .await?;
    doors
        .compare("add_note", asked, |number| {
            let (contact, body) = (whose(number), format!("Wants number {number}."));
            Asked {
                arguments: json!({ "contact": contact, "body": body }),
                rest: (Method::POST, format!("/api/contacts/{contact}/notes"), Some(json!({ "body": body }))),
                tool: "add_note",
            }
        })
        .await?;
    drop(doors);
    running.stop().await;
    Ok(())
}

/// Adds people; who they are.
async fn people(doors: &Doors) -> Result<Vec<ContactId>, Failure> {
    let mut made = Vec::new();
    for number in 0..CONTACTS {
        let new = CreateContact {
            first_name: "Ana".to_owned(),
            last_name: format!("Perez {number}"),
            phone: Some(format!("+1305555{number:04}")),
            email: Some(format!("ana.perez{number}@example.com")),
            ..CreateContact::default()
        };
        if let Outcome::ContactCreated(contact) = doors.perform(new.into()).await? {
            made.push(contact.id);
        }
    }
    Ok(made)
}
