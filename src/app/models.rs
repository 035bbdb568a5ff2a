//! The server for models on its own, without a telephone: the store and nothing else.

use super::chores::bring_in;
use super::outbox::Outbox;
use super::{AppError, REQUESTS_MAX, accounts, sending};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::crm::local::{Embedded, Importer, seed_demo};
use crate::crm::{Backend, By, Crm, Directory};
use crate::id::BusinessId;
use crate::mcp::{Address, Fixtures, OverHttp, Parts, Server, Visitor};
use crate::secrets::Secrets;
use axum::Router;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Speaks with one client on standard input and output until it leaves.
pub async fn converse(config: &Config, wanted: Option<BusinessId>) -> Result<(), AppError> {
    let (server, store, outbox) = open(config, wanted).await?;
    let (shut, tasks) = (CancellationToken::new(), outbox.tasks.clone());
    tasks.spawn(bring_in(Importer::new(store.clone()), shut.clone()));
    tasks.spawn(outbox.run(shut.clone()));
    tasks.close();
    let spoken = server.on_stdio().await;
    shut.cancel();
    if tokio::time::timeout(REQUESTS_MAX, tasks.wait()).await.is_err() {
        tracing::warn!("what was under way was cut off");
    }
    store.close().await;
    spoken.map_err(io("the conversation on standard input and output broke"))
}

/// Lets the official conformance suite examine the server, with its fixtures in front: on this machine only, without a
/// token, until the process is ended.
pub async fn examine(config: &Config, wanted: Option<BusinessId>, port: u16) -> Result<(), AppError> {
    let (server, store, _) = open(config, wanted).await?;
    let listen = SocketAddr::from(([127, 0, 0, 1], port));
    let listener = TcpListener::bind(listen).await.map_err(io("cannot listen"))?;
    let address = Address { listen: listener.local_addr().map_err(io("no address"))?, public_url: None };
    let server = Fixtures::before(server);
    let models = OverHttp::new(move || server.clone(), &address, CancellationToken::new());
    println!("http://{}/mcp", address.listen);
    let broke = axum::serve(listener, Router::new().route_service("/mcp", models.service)).await;
    store.close().await;
    broke.map_err(io("the server broke"))
}

/// The server and its store. Whoever starts a process here is the owner.
async fn open(config: &Config, wanted: Option<BusinessId>) -> Result<(Server, Embedded, Outbox), AppError> {
    // Whoever opened a connection in this process before may have chosen it.
    drop(rustls::crypto::ring::default_provider().install_default());
    let secrets = Secrets::of(config).map_err(io("the data folder cannot be used"))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = Embedded::open(&config.database_url, clock.clone()).await?;
    if !config.is_production() {
        seed_demo(&store).await?;
    }
    let business = match wanted {
        Some(id) => store.business(id).await?,
        None => store.businesses().await?.into_iter().next(),
    };
    let business = business.ok_or(crate::crm::Error::NotFound("business"))?.id;
    let vault = accounts::vault(&store, &secrets).await?;
    let outbox = sending(config, (&store, vault), clock.clone(), TaskTracker::new())?;
    let crm: Arc<dyn Backend> = Arc::new(Crm::new(Arc::new(outbox.clone())));
    let server = Server::new(Parts {
        crm,
        directory: Arc::new(store.clone()),
        book: Arc::new(store.clone()),
        switchboard: None,
        clock,
        secret: secrets.access,
        closing: CancellationToken::new(),
    });
    Ok((server.visited_by(Visitor { business, by: By::owner() }), store, outbox))
}

fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> AppError {
    move |source| AppError::Io { what: what.to_owned(), source }
}
