//! `ringlypro serve`: an empty place becomes a receptionist.

use super::models::hearing;
use crate::app::{self, Providers};
use crate::cli::Failure;
use crate::config::Config;
use crate::models::{Manifest, Purpose, missing};
use reqwest::Url;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

pub(in crate::cli) async fn run(config: &Config) -> Result<(), Failure> {
    let began = Instant::now();
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    check_models(config)?;
    let providers = Providers::open(config).await?;
    let mut stop = Stop::listen()?;
    let running = app::start(config, providers).await?;
    tracing::info!(ready_ms = began.elapsed().as_millis(), "ready for calls");
    print_welcome(config, &running);
    stop.asked().await;
    let live = running.open_calls();
    eprintln!("Stopping: no new calls; {live} live ones may finish. Ask again and they are ended with a goodbye.");
    let hurry = CancellationToken::new();
    let mut stopping = std::pin::pin!(running.stop_when(hurry.clone()));
    tokio::select! {
        () = &mut stopping => return Ok(()),
        () = stop.asked() => hurry.cancel(),
    }
    eprintln!("Ending the live calls. Ask once more and they are cut.");
    tokio::select! {
        () = stopping => {}
        () = stop.asked() => tracing::warn!("live calls were cut"),
    }
    Ok(())
}

/// Refuses to open without what every call needs; what only some need is said.
fn check_models(config: &Config) -> Result<(), Failure> {
    let manifest = Manifest::built_in()?;
    let absent = |purposes: &[Purpose]| {
        let files: Vec<_> = missing(&manifest, purposes, &config.models).iter().map(|model| &*model.file).collect();
        (!files.is_empty()).then(|| format!("{} in {}", files.join(", "), config.models.display()))
    };
    if let Some(files) = absent(&[Purpose::Core, hearing(config)]) {
        return Err(Failure::Said(format!("models are missing: {files}\nRun `ringlypro models` to fetch them.")));
    }
    if let Some(files) = absent(&[Purpose::Spanish]) {
        tracing::warn!("Spanish is not spoken: {files} is missing; `ringlypro models` fetches it");
    }
    Ok(())
}

fn print_welcome(config: &Config, running: &app::Running) {
    let address = config.local_address(running.address.port());
    let public = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let page = page(&public, &running.secrets.access);
    println!("RinglyPro is ready.");
    println!("  Page       {page}");
    println!("  Health     {public}/health");
    println!("  Webhook    {public}/webhook/twilio/voice   (voice, POST)");
    println!("  Status     {public}/webhook/twilio/status  (status callback, POST)");
    if config.public_url.is_none() {
        println!("Try it:      ringlypro call");
        println!("Real phones: start again with PUBLIC_URL=https://… and TWILIO_AUTH_TOKEN=…");
    }
}

/// The page's address with its token, whatever characters that has.
fn page(public: &str, token: &str) -> String {
    let page = format!("{public}/");
    Url::parse_with_params(&page, [("token", token)]).map_or(page, String::from)
}

/// Listens to Ctrl-C and to what a supervisor sends; none is missed between two.
struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    #[cfg(unix)]
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    #[cfg(unix)]
    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "the same form everywhere")]
    fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn asked(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            // Nobody can ask: it goes on until it is killed.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_address_carries_any_token_whole() {
        for token in ["plain", "a&b#c%20d e+f", "ñ/?="] {
            let printed = page("https://a.example/ringly", token);
            let read = Url::parse(&printed).expect("an address");
            assert_eq!((read.path(), read.fragment()), ("/ringly/", None), "{printed}");
            let pairs: Vec<_> = read.query_pairs().collect();
            assert_eq!(pairs, [("token".into(), token.into())], "{printed}");
        }
    }
}
