//! `ringlypro serve`: an empty place becomes a receptionist.

use crate::app::{self, Providers};
use crate::cli::Failure;
use crate::config::Config;
use crate::models::{Manifest, missing};
use std::time::Instant;

pub(in crate::cli) async fn run(config: &Config) -> Result<(), Failure> {
    let began = Instant::now();
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    check_models(config)?;
    let running = app::start(config, Providers::open(config).await?).await?;
    tracing::info!(ready_ms = began.elapsed().as_millis(), "ready for calls");
    print_welcome(config, &running);
    asked_to_stop().await?;
    eprintln!("Stopping: no new calls; {} live ones may finish. Press Ctrl-C again to cut them.", running.open_calls());
    tokio::select! {
        () = running.stop() => Ok(()),
        again = asked_to_stop() => again,
    }
}

fn check_models(config: &Config) -> Result<(), Failure> {
    let manifest = Manifest::built_in()?;
    let absent: Vec<_> = missing(&manifest, &config.models).iter().map(|model| model.file.clone()).collect();
    if absent.is_empty() {
        return Ok(());
    }
    let (folder, files) = (config.models.display(), absent.join(", "));
    Err(Failure::Said(format!("models are missing in {folder}: {files}\nRun `ringlypro models` to fetch them.")))
}

fn print_welcome(config: &Config, running: &app::Running) {
    let address = config.local_address(running.address.port());
    let public = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let page = format!("{public}/?token={}", running.secrets.access);
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

/// Ctrl-C, or what a supervisor sends.
async fn asked_to_stop() -> Result<(), Failure> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}
