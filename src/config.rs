//! Configuration: the only reader of the environment.
//!
//! Three layers, the later one wins: the embedded `config.default.toml` (which is the manual), a file, the environment.
//! An unknown key is an error that names the nearest known one. What is legal but foolish is a warning, not an error.
//! Read next: `values` for what some keys take, `layers` for how files and variables are read.
//! Invariant: a [`Config`] that exists has passed every check; nothing else in the house reads a variable.

mod layers;
mod values;

pub use values::{ConfigError, Environment, LogFormat, Mail, MailServer, Recogniser};

use crate::seal::Keyring;
use layers::{check_names, coerce, dotenv, parse, set, unknown, without_password};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use toml::{Table, Value};
use values::{bad, mail, optional};

/// The embedded defaults: every key there is.
const DEFAULTS: &str = include_str!("config.default.toml");

/// Environment variables by key, the preferred name first.
const VARIABLES: &[(&str, &[&str])] = &[
    ("env", &["RINGLY_ENV"]),
    ("host", &["HOST"]),
    ("port", &["PORT"]),
    ("public_url", &["PUBLIC_URL", "WEBHOOK_BASE_URL"]),
    ("database_url", &["DATABASE_URL"]),
    ("data_dir", &["DATA_DIR"]),
    ("models", &["RINGLY_MODELS"]),
    ("twilio_account_sid", &["TWILIO_ACCOUNT_SID"]),
    ("twilio_auth_token", &["TWILIO_AUTH_TOKEN"]),
    ("twilio_api", &["TWILIO_API"]),
    ("sending", &["SENDING"]),
    ("smtp_url", &["SMTP_URL"]),
    ("sendgrid_api_key", &["SENDGRID_API_KEY"]),
    ("email_from", &["EMAIL_FROM"]),
    ("webhook_private_networks", &["WEBHOOK_PRIVATE_NETWORKS"]),
    ("access_token", &["ACCESS_TOKEN"]),
    ("encryption_key", &["ENCRYPTION_KEY"]),
    ("requests_unknown", &["REQUESTS_UNKNOWN"]),
    ("requests_known", &["REQUESTS_KNOWN"]),
    ("log_level", &["LOG_LEVEL"]),
    ("log_format", &["LOG_FORMAT"]),
    ("calls_max", &["CALLS_MAX"]),
    ("recogniser", &["RECOGNISER"]),
    ("noise_suppression", &["NOISE_SUPPRESSION"]),
    ("stt_slots", &["STT_SLOTS"]),
    ("tts_slots", &["TTS_SLOTS"]),
    ("call_minutes_max", &["CALL_MINUTES_MAX"]),
    ("drain_seconds", &["DRAIN_SECONDS"]),
    ("journal_days", &["JOURNAL_DAYS"]),
    ("journal_megabytes", &["JOURNAL_MEGABYTES"]),
    ("recording", &["RECORDING"]),
    ("recording_days", &["RECORDING_DAYS"]),
];

/// A file of variables in the working folder; the process's own environment wins over it.
const DOTENV: &str = ".env";

/// Variables of ours that are no keys.
const OTHER_VARIABLES: &[&str] = &["RINGLY_CONFIG", PASSWORD];

/// The password of somebody who is being added: of one command, so no key.
const PASSWORD: &str = "RINGLY_PASSWORD";

/// The password the environment holds for somebody who is being added.
#[expect(clippy::disallowed_methods, reason = "this is its owner")]
pub fn given_password() -> Option<String> {
    std::env::var(PASSWORD).ok().filter(|password| !password.is_empty())
}

/// Only variables with this prefix are surely meant for us, so only they can be misspelt.
const OUR_PREFIX: &str = "RINGLY_";

/// Keys never shown.
const SECRETS: &[&str] = &["twilio_auth_token", "access_token", "encryption_key", "smtp_url", "sendgrid_api_key"];

/// More calls than this want several processes: every call holds buffers and a share of the models.
const CALLS_CEILING: u32 = 1_000;

/// The shortest access token that opens a house in production, in characters.
const ACCESS_TOKEN_MIN: usize = 32;

/// The whole configuration, checked.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
pub struct Config {
    /// Where this runs.
    pub env: Environment,
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The address we are reached by, without a slash at its end.
    pub public_url: Option<String>,
    /// Where the data is kept.
    pub database_url: String,
    /// The folder of this installation.
    pub data_dir: PathBuf,
    /// The folder with the models.
    pub models: PathBuf,
    /// The Twilio account.
    pub twilio_account_sid: Option<String>,
    /// What signs webhooks; none in development means one is made.
    pub twilio_auth_token: Option<String>,
    /// Where Twilio's REST API is.
    pub twilio_api: String,
    /// Whether anything is sent to anybody.
    pub sending: bool,
    /// What mail is sent through.
    pub mail: Option<Mail>,
    /// Whether webhooks may be posted into private networks.
    pub webhook_private_networks: bool,
    /// What the page and the API ask for; none means one is made.
    pub access_token: Option<String>,
    /// The keys that seal secrets, the current one first; none in development means one is made.
    pub encryption_key: Option<String>,
    /// Requests in a quarter of an hour from an address of nobody known; 0: without limit.
    pub requests_unknown: u32,
    /// The same of each user, key and so on.
    pub requests_known: u32,
    /// The log's filter.
    pub log_level: String,
    /// The log's form.
    pub log_format: LogFormat,
    /// The most calls at once.
    pub calls_max: u32,
    /// What hears.
    pub recogniser: Recogniser,
    /// Whether noise is taken out before it hears.
    pub noise_suppression: bool,
    /// Recognitions at once; none means one per core.
    pub stt_slots: Option<u32>,
    /// Threads that make speech.
    pub tts_slots: u32,
    /// The longest call.
    pub call_minutes_max: u32,
    /// How long live calls may go on after a stop was asked for.
    pub drain_seconds: u32,
    /// How long journals of calls are kept.
    pub journal_days: u32,
    /// How much room journals may take together.
    pub journal_megabytes: u32,
    /// Whether calls are recorded at all.
    pub recording: bool,
    /// How long recordings are kept; none: until somebody deletes them.
    pub recording_days: Option<u32>,
    /// What is legal but foolish, in sentences.
    pub warnings: Vec<String>,
    /// The effective values, as written.
    effective: Table,
}

/// The shape of the file once all layers are merged.
#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
struct Raw {
    env: Environment,
    host: String,
    port: u16,
    public_url: String,
    database_url: String,
    data_dir: String,
    models: String,
    twilio_account_sid: String,
    twilio_auth_token: String,
    twilio_api: String,
    sending: bool,
    smtp_url: String,
    sendgrid_api_key: String,
    email_from: String,
    webhook_private_networks: bool,
    access_token: String,
    encryption_key: String,
    requests_unknown: u32,
    requests_known: u32,
    log_level: String,
    log_format: LogFormat,
    calls_max: u32,
    recogniser: Recogniser,
    noise_suppression: bool,
    stt_slots: u32,
    tts_slots: u32,
    call_minutes_max: u32,
    drain_seconds: u32,
    journal_days: u32,
    journal_megabytes: u32,
    recording: bool,
    recording_days: u32,
}

impl Config {
    /// Reads the process's environment and the file it or `file` names.
    #[expect(clippy::disallowed_methods, reason = "this is its owner")]
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut environment = match std::fs::read_to_string(DOTENV) {
            Ok(text) => dotenv(&text)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(source) => return Err(ConfigError::Unreadable { path: DOTENV.into(), source }),
        };
        environment.extend(
            std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .filter(|(_, value)| !value.trim().is_empty()),
        );
        let file = file.map(Path::to_owned).or_else(|| set(environment.get("RINGLY_CONFIG")).map(PathBuf::from));
        let text = match &file {
            None => None,
            Some(path) => Some((
                path.display().to_string(),
                std::fs::read_to_string(path)
                    .map_err(|source| ConfigError::Unreadable { path: path.clone(), source })?,
            )),
        };
        Self::from_layers(text.as_ref().map(|(path, text)| (path.as_str(), text.as_str())), &environment)
    }

    /// The configuration of a file's text (with its name) and an environment.
    pub fn from_layers(
        file: Option<(&str, &str)>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let mut values = parse("config.default.toml", DEFAULTS)?;
        if let Some((path, text)) = file {
            for (key, value) in parse(path, text)? {
                if !values.contains_key(&key) {
                    return Err(unknown(&key, path, values.keys().map(String::as_str)));
                }
                values.insert(key, value);
            }
        }
        check_names(environment)?;
        for (key, names) in VARIABLES {
            let Some(text) = names.iter().find_map(|name| set(environment.get(*name))) else { continue };
            let value = coerce(key, text, values.get(*key))?;
            values.insert((*key).to_owned(), value);
        }
        Self::checked(values)
    }

    /// The effective values as TOML, secrets masked.
    pub fn describe(&self) -> String {
        let mut text = String::new();
        for (key, value) in &self.effective {
            let secret = SECRETS.contains(&key.as_str()) && value.as_str() != Some("");
            let shown = if secret { "\"•••\"".to_owned() } else { without_password(&value.to_string()) };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{key} = {shown}");
        }
        text
    }

    /// Where somebody on this machine reaches the server: listening everywhere includes here.
    pub fn local_address(&self, port: u16) -> SocketAddr {
        let ip = self.listen.ip();
        SocketAddr::new(if ip.is_unspecified() { IpAddr::from([127, 0, 0, 1]) } else { ip }, port)
    }

    /// Whether this serves real callers.
    pub fn is_production(&self) -> bool {
        self.env == Environment::Production
    }

    fn checked(effective: Table) -> Result<Self, ConfigError> {
        let raw: Raw = Value::Table(effective.clone()).try_into().map_err(|error: toml::de::Error| {
            ConfigError::Malformed { path: "configuration".into(), message: error.message().to_owned() }
        })?;
        let ip: IpAddr = match raw.host.as_str() {
            "localhost" => IpAddr::from([127, 0, 0, 1]),
            text => text.parse().map_err(|_| bad("host", "no IP address: write one such as 127.0.0.1 or 0.0.0.0"))?,
        };
        let data_dir = PathBuf::from(&raw.data_dir);
        let database_url = match optional(raw.database_url) {
            Some(url) => url,
            None => format!("sqlite://{}", data_dir.join("ringly.db").display()),
        };
        let mut config = Self {
            env: raw.env,
            listen: SocketAddr::new(ip, raw.port),
            public_url: optional(raw.public_url).map(|url| url.trim_end_matches('/').to_owned()),
            database_url,
            data_dir,
            models: PathBuf::from(raw.models),
            twilio_account_sid: optional(raw.twilio_account_sid),
            twilio_auth_token: optional(raw.twilio_auth_token),
            twilio_api: raw.twilio_api,
            sending: raw.sending,
            mail: mail(raw.smtp_url, raw.sendgrid_api_key, raw.email_from)?,
            webhook_private_networks: raw.webhook_private_networks,
            access_token: optional(raw.access_token),
            encryption_key: optional(raw.encryption_key),
            requests_unknown: raw.requests_unknown,
            requests_known: raw.requests_known,
            log_level: raw.log_level,
            log_format: raw.log_format,
            calls_max: raw.calls_max,
            recogniser: raw.recogniser,
            noise_suppression: raw.noise_suppression,
            stt_slots: (raw.stt_slots > 0).then_some(raw.stt_slots),
            tts_slots: raw.tts_slots,
            call_minutes_max: raw.call_minutes_max,
            drain_seconds: raw.drain_seconds,
            journal_days: raw.journal_days,
            journal_megabytes: raw.journal_megabytes,
            recording: raw.recording,
            recording_days: (raw.recording_days > 0).then_some(raw.recording_days),
            warnings: Vec::new(),
            effective,
        };
        config.check_values()?;
        config.check_production()?;
        config.warnings = config.follies();
        Ok(config)
    }

    fn check_values(&self) -> Result<(), ConfigError> {
        if let Some(url) = &self.public_url
            && !(url.starts_with("https://") || url.starts_with("http://"))
        {
            return Err(bad("public_url", "no web address: write it with https://"));
        }
        if !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| self.database_url.starts_with(scheme)) {
            return Err(bad("database_url", "neither an SQLite file (sqlite://file.db) nor PostgreSQL (postgres://…)"));
        }
        if self.encryption_key.as_deref().is_some_and(|keys| Keyring::parse(keys).is_err()) {
            let problem =
                "no key: write 32 bytes in hexadecimal or base64 (openssl rand -hex 32), older keys after commas";
            return Err(bad("encryption_key", problem));
        }
        if !(1..=CALLS_CEILING).contains(&self.calls_max) {
            return Err(bad("calls_max", "out of range: choose 1 to 1000"));
        }
        if !(1..=64).contains(&self.tts_slots) {
            return Err(bad("tts_slots", "out of range: choose 1 to 64"));
        }
        if self.stt_slots.is_some_and(|slots| slots > 64) {
            return Err(bad("stt_slots", "out of range: choose 0 to 64"));
        }
        if !(1..=240).contains(&self.call_minutes_max) {
            return Err(bad("call_minutes_max", "out of range: choose 1 to 240"));
        }
        Ok(())
    }

    fn check_production(&self) -> Result<(), ConfigError> {
        if !self.is_production() {
            return Ok(());
        }
        match &self.public_url {
            None => Err(ConfigError::Contradiction(
                "production needs PUBLIC_URL: webhook signatures are checked against it",
            )),
            Some(url) if !url.starts_with("https://") => {
                Err(ConfigError::Contradiction("production needs an https:// PUBLIC_URL: Twilio streams only to wss"))
            }
            Some(_) if self.twilio_auth_token.is_none() => Err(ConfigError::Contradiction(
                "production needs TWILIO_AUTH_TOKEN (console.twilio.com): without it no webhook can be trusted",
            )),
            Some(_) if self.encryption_key.is_none() => Err(ConfigError::Contradiction(
                "production needs ENCRYPTION_KEY (openssl rand -hex 32), kept where the database is not: it seals secrets",
            )),
            Some(_) if self.access_token.as_deref().is_some_and(|token| token.len() < ACCESS_TOKEN_MIN) => {
                Err(ConfigError::Contradiction("ACCESS_TOKEN can be guessed: give it at least 32 characters, or none"))
            }
            Some(_) => Ok(()),
        }
    }

    fn follies(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if !self.listen.ip().is_loopback() && !self.is_production() {
            warnings.push(format!(
                "listening on {} in development: anybody who reaches this port can try the access token",
                self.listen.ip()
            ));
        }
        if self.access_token.as_deref().is_some_and(|token| token.len() < 16) {
            warnings.push("ACCESS_TOKEN is shorter than 16 characters and can be guessed".to_owned());
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        if self.stt_slots.is_some_and(|slots| slots as usize > 2 * cores) {
            warnings.push(format!("stt_slots is more than twice the {cores} cores: every recognition gets slower"));
        }
        if self.calls_max as usize > 16 * cores {
            warnings.push(format!("calls_max {} is much for {cores} cores with local speech", self.calls_max));
        }
        if self.drain_seconds > 3_600 {
            warnings.push("drain_seconds is over an hour: most supervisors kill sooner".to_owned());
        }
        warnings
    }
}

#[cfg(test)]
mod tests;
