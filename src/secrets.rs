//! Tokens of this installation: given by the configuration, else made once and kept in the data folder.
//!
//! Invariant: what is written here can be read by its owner only, and is never logged.

use crate::config::Config;
use crate::seal::Keyring;
use rand::TryRng;
use rand::rngs::SysRng;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// Bytes of a token: 256 bits cannot be guessed.
const TOKEN_BYTES: usize = 32;
/// The file with the access token.
const ACCESS_FILE: &str = "access-token";
/// The file with the token that signs simulated webhooks.
const TWILIO_FILE: &str = "dev-twilio-token";
/// The file with the key that seals.
const KEY_FILE: &str = "encryption-key";

/// The tokens in force.
pub struct Secrets {
    /// What the page and the API ask for.
    pub access: String,
    /// What signs webhooks.
    pub twilio: String,
    /// What seals what is kept.
    pub keyring: Arc<Keyring>,
}

impl Secrets {
    /// Reads or makes them.
    pub fn of(config: &Config) -> io::Result<Self> {
        std::fs::create_dir_all(&config.data_dir)?;
        let kept = |given: &Option<String>, file: &str| match given {
            Some(token) => Ok(token.clone()),
            None => keep(&config.data_dir.join(file)),
        };
        Ok(Self {
            access: kept(&config.access_token, ACCESS_FILE)?,
            twilio: kept(&config.twilio_auth_token, TWILIO_FILE)?,
            keyring: Keyring::parse(&kept(&config.encryption_key, KEY_FILE)?)
                .map(Arc::new)
                .map_err(io::Error::other)?,
        })
    }
}

/// A new unguessable token, in hexadecimal.
pub fn fresh_token() -> io::Result<String> {
    let mut bytes = [0; TOKEN_BYTES];
    SysRng.try_fill_bytes(&mut bytes).map_err(io::Error::other)?;
    Ok(hexadecimal(&bytes))
}

/// Bytes as text.
fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 0xF)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// The token in a file; made when there is none.
fn keep(path: &Path) -> io::Result<String> {
    match std::fs::read_to_string(path) {
        Ok(text) if !text.trim().is_empty() => return Ok(text.trim().to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let token = fresh_token()?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    writeln!(options.open(path)?, "{token}")?;
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_once_and_kept_for_its_owner_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        let token = keep(&path).expect("made");
        assert_eq!(token.len(), 2 * TOKEN_BYTES);
        assert_eq!(keep(&path).expect("kept"), token);
        assert_ne!(fresh_token().expect("another"), token);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).expect("there").permissions().mode();
            assert_eq!(mode & 0o077, 0, "{mode:o}");
        }
    }
}
