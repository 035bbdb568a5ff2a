//! What a configuration takes and refuses.

use super::*;

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn load(file: Option<&str>, pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_layers(file.map(|text| ("ringly.toml", text)), &environment(pairs))
}

#[test]
fn the_defaults_are_valid_and_stay_on_this_machine() {
    let config = load(None, &[]).expect("defaults");
    assert!(config.listen.ip().is_loopback());
    assert_eq!(config.listen.port(), 8080);
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    assert!(config.database_url.starts_with("sqlite://data"));
}

#[test]
fn every_key_has_a_variable_and_every_variable_a_key() {
    let defaults = parse("defaults", DEFAULTS).expect("toml");
    let mut keys: Vec<&str> = defaults.keys().map(String::as_str).collect();
    let mut named: Vec<&str> = VARIABLES.iter().map(|(key, _)| *key).collect();
    keys.sort_unstable();
    named.sort_unstable();
    assert_eq!(keys, named);
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let config = load(Some("port = 1\ncalls_max = 3"), &[("PORT", "2")]).expect("valid");
    assert_eq!((config.listen.port(), config.calls_max), (2, 3));
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    assert_eq!(load(None, &[("PORT", "")]).expect("valid").listen.port(), 8080);
}

#[test]
fn a_dotenv_file_is_read_line_by_line_and_nonsense_in_it_is_named() {
    let read = dotenv("# a comment\n\nPORT=1\nexport HOST = '::1'\nACCESS_TOKEN=\"a=b\"\n").expect("valid");
    assert_eq!(read, environment(&[("PORT", "1"), ("HOST", "::1"), ("ACCESS_TOKEN", "a=b")]));
    assert!(dotenv("PORT=1\nnonsense").expect_err("wrong").to_string().contains("line 2"));
    dotenv(include_str!("../../.env.example")).expect("the example can be copied");
}

#[test]
fn a_misspelt_key_is_named_with_the_nearest_one() {
    let file = load(Some("pubic_url = \"https://x.example\""), &[]).expect_err("unknown");
    assert_eq!(file.to_string(), "unknown key `pubic_url` in ringly.toml; did you mean `public_url`?");
    let variable = load(None, &[("RINGLY_MODLES", "x")]).expect_err("unknown");
    assert!(variable.to_string().contains("did you mean `RINGLY_MODELS`?"), "{variable}");
}

#[test]
fn a_wrong_type_is_an_error_that_names_the_key() {
    assert!(load(None, &[("PORT", "eighty")]).expect_err("bad").to_string().contains("`port`"));
    assert!(load(None, &[("CALLS_MAX", "0")]).expect_err("bad").to_string().contains("`calls_max`"));
}

#[test]
fn production_insists_on_https_and_on_secrets_that_were_given() {
    let key = "00".repeat(32);
    let whole = [
        ("RINGLY_ENV", "production"),
        ("PUBLIC_URL", "https://a.example"),
        ("TWILIO_AUTH_TOKEN", "t"),
        ("ENCRYPTION_KEY", key.as_str()),
    ];
    assert!(load(None, &whole).is_ok());
    for (left_out, _) in &whole[1..] {
        let rest: Vec<_> = whole.iter().copied().filter(|(name, _)| name != left_out).collect();
        let refused = load(None, &rest).expect_err("something is missing").to_string();
        assert!(refused.contains(left_out), "{refused}");
    }
    for wrong in [("PUBLIC_URL", "http://a.example"), ("ENCRYPTION_KEY", "secret"), ("ACCESS_TOKEN", "guess")] {
        let refused = load(None, &[&whole[..], &[wrong]].concat()).expect_err("wrong").to_string();
        assert!(refused.to_lowercase().contains(&wrong.0.to_lowercase()), "{refused}");
        assert!(!refused.contains("secret\"") && !refused.contains("guess\""), "{refused}");
    }
}

#[test]
fn mail_needs_one_server_and_an_address_to_come_from() {
    let from = ("EMAIL_FROM", "office@example.com");
    assert!(load(None, &[from]).expect("valid").mail.is_none());
    let smtp = load(None, &[("SMTP_URL", "smtps://a:b@mail.example"), from]).expect("valid");
    assert!(matches!(smtp.mail, Some(Mail { server: MailServer::Smtp(_), .. })));
    assert!(load(None, &[("SMTP_URL", "smtps://mail.example")]).is_err());
    assert!(load(None, &[("SMTP_URL", "smtps://mail.example"), ("SENDGRID_API_KEY", "SG.x"), from]).is_err());
    assert!(!smtp.describe().contains("a:b"), "{}", smtp.describe());
}

#[test]
fn secrets_are_not_shown() {
    let shown = load(None, &[("ACCESS_TOKEN", "abracadabra-abracadabra")]).expect("valid").describe();
    assert!(!shown.contains("abracadabra"), "{shown}");
    assert!(shown.contains("access_token = \"•••\""), "{shown}");
    for (url, expected) in [
        ("postgres://ana:abracadabra@db.example/ringly", "postgres://ana:•••@db.example/ringly"),
        ("postgres://db.example/ringly?user=ana&password=abracadabra", "•••"),
        ("postgres://ana@db.example/ringly", "postgres://ana@db.example/ringly"),
    ] {
        let shown = load(None, &[("DATABASE_URL", url)]).expect("valid").describe();
        assert!(shown.contains(&format!("database_url = \"{expected}\"")), "{shown}");
    }
}
