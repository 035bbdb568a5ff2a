//! The demo business with its story.

use crate::servers::Server;
use ringlypro::app::demo::{NoDemo, fill};
use ringlypro::config::Config;
use ringlypro::demo::{DemoError, Tally, Wanted};
use std::collections::BTreeMap;

fn config(folder: &tempfile::TempDir, more: &[(&str, &str)]) -> Config {
    let data = folder.path().to_str().expect("a plain path");
    let all = [&[("DATA_DIR", data)], more].concat();
    let environment: BTreeMap<String, String> =
        all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Config::from_layers(None, &environment).expect("valid settings")
}

const FEW: Wanted = Wanted { contacts: 30, seed: 7 };

#[tokio::test]
async fn the_same_seed_tells_the_same_story_once() {
    let mut told: Vec<Tally> = Vec::new();
    for _ in 0..2 {
        let folder = tempfile::tempdir().expect("a folder");
        let config = config(&folder, &[]);
        told.push(fill(&config, FEW).await.expect("a story"));
        let again = fill(&config, FEW).await;
        assert!(matches!(again, Err(NoDemo::Told(DemoError::NotEmpty))), "{again:?}");
    }
    assert_eq!(told[0], told[1]);
    let Tally { contacts, appointments, messages, calls, notes, tasks, opportunities, orders } = told[0];
    assert_eq!(contacts, 30);
    assert!(
        messages <= contacts
            && appointments > 15
            && calls > 2
            && notes > 5
            && tasks > 2
            && opportunities > 2
            && orders > 2,
        "{:?}",
        told[0]
    );
}

#[tokio::test]
async fn the_story_is_told_in_postgresql_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start();
    let told = fill(&config(&folder, &[("DATABASE_URL", &server.url())]), FEW).await.expect("a story");
    assert_eq!(told.contacts, 30);
}

#[tokio::test]
async fn there_are_no_invented_people_in_production_nor_more_than_there_are_numbers() {
    let folder = tempfile::tempdir().expect("a folder");
    let many = Wanted { contacts: 1_000_000, ..FEW };
    assert!(matches!(fill(&config(&folder, &[]), many).await, Err(NoDemo::Told(DemoError::TooMany))));
    let production = [
        ("RINGLY_ENV", "production"),
        ("PUBLIC_URL", "https://ringly.example.com"),
        ("TWILIO_AUTH_TOKEN", "0123456789abcdef0123456789abcdef"),
        ("ENCRYPTION_KEY", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
        ("ACCESS_TOKEN", "a-token-that-is-long-enough-for-production"),
    ];
    assert!(matches!(fill(&config(&folder, &production), FEW).await, Err(NoDemo::Production)));
}
