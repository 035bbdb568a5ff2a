//! Sealing what must be kept and must not be read where it lies: AES-256-GCM (NIST SP 800-38D), bound to the place it is kept
//! in.
//!
//! What is sealed begins with the id of its key, so that keys can be changed: the first of a ring seals, all of them open.
//! A key's id is made of the key: nobody has to name it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};
use std::fmt;

/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// The keys of this installation.
pub struct Keyring {
    current: Key,
    older: Vec<Key>,
}

struct Key {
    id: String,
    key: LessSafeKey,
}

/// Why something could not be sealed or opened; the text says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The keys cannot be read.
    #[error(
        "ENCRYPTION_KEY takes 32 bytes in hexadecimal or base64 (openssl rand -hex 32); older keys follow after commas"
    )]
    Unreadable,
    /// There is no such key.
    #[error("what is kept is sealed with the key {0}, which ENCRYPTION_KEY does not have: add it behind the others")]
    NoKey(String),
    /// It was changed, or lies in another's place.
    #[error("what is kept does not open: it was changed, or belongs elsewhere")]
    Damaged,
    /// There are no random numbers.
    #[error("nothing can be sealed: the machine gives no random numbers")]
    NoRandomness,
}

impl Keyring {
    /// The keys of a text: the one that seals, and after commas older ones that open.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let mut keys = text.split(',').map(|key| Key::parse(key.trim()));
        let current = keys.next().ok_or(SealError::Unreadable)??;
        Ok(Self { current, older: keys.collect::<Result<_, _>>()? })
    }

    /// Seals a text for a place.
    pub fn seal(&self, text: &str, place: &str) -> Result<String, SealError> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| SealError::NoRandomness)?;
        let mut sealed = text.as_bytes().to_vec();
        let once = Nonce::assume_unique_for_key(nonce);
        let done = self.current.key.seal_in_place_append_tag(once, Aad::from(place), &mut sealed);
        done.map_err(|_| SealError::Damaged)?;
        Ok(format!("{}.{}", self.current.id, STANDARD_NO_PAD.encode([&nonce[..], &sealed].concat())))
    }

    /// The text that was sealed for a place.
    pub fn open(&self, sealed: &str, place: &str) -> Result<String, SealError> {
        let (id, sealed) = sealed.split_once('.').ok_or(SealError::Damaged)?;
        let key = std::iter::once(&self.current).chain(&self.older).find(|key| key.id == id);
        let key = key.ok_or_else(|| SealError::NoKey(id.to_owned()))?;
        let sealed = STANDARD_NO_PAD.decode(sealed).map_err(|_| SealError::Damaged)?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Damaged)?;
        let mut sealed = sealed.to_vec();
        let once = Nonce::assume_unique_for_key(*nonce);
        let text = key.key.open_in_place(once, Aad::from(place), &mut sealed).map_err(|_| SealError::Damaged)?;
        String::from_utf8(text.to_vec()).map_err(|_| SealError::Damaged)
    }

    /// The id of the key that seals: what is sealed begins with it and a full stop.
    pub fn current(&self) -> &str {
        &self.current.id
    }
}

impl Key {
    fn parse(text: &str) -> Result<Self, SealError> {
        let bytes = match hexadecimal(text) {
            Some(bytes) => bytes,
            None => STANDARD.decode(text).map_err(|_| SealError::Unreadable)?,
        };
        if bytes.len() != KEY_BYTES {
            return Err(SealError::Unreadable);
        }
        let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| SealError::Unreadable)?;
        let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(&bytes));
        Ok(Self { id: format!("{:08x}", u32::from_be_bytes([a, b, c, d])), key: LessSafeKey::new(key) })
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("current", &self.current.id).finish_non_exhaustive()
    }
}

/// Bytes of a text of hexadecimal digits; none: it is none.
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const OTHER: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    fn ring(text: &str) -> Keyring {
        Keyring::parse(text).expect("keys")
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_with_its_key_and_unchanged_only() {
        let ours = ring(ONE);
        let sealed = ours.seal("a secret", "row 1").expect("sealed");
        assert_eq!(ours.open(&sealed, "row 1").as_deref(), Ok("a secret"));
        assert_ne!(ours.seal("a secret", "row 1").as_ref(), Ok(&sealed), "no two look alike");
        assert!(!sealed.contains("secret"));
        assert_eq!(ours.open(&sealed, "row 2"), Err(SealError::Damaged));
        assert_eq!(ring(OTHER).open(&sealed, "row 1"), Err(SealError::NoKey(ours.current().to_owned())));
        let half = sealed.len() / 2;
        let changed = format!(
            "{}{}{}",
            &sealed[..half],
            if &sealed[half..=half] == "A" { "B" } else { "A" },
            &sealed[half + 1..]
        );
        for wrong in [changed.as_str(), "", "*", &sealed[..12], &format!("{}.", ours.current())] {
            assert_eq!(ours.open(wrong, "row 1"), Err(SealError::Damaged), "{wrong}");
        }
    }

    #[test]
    fn keys_are_changed_by_putting_a_new_one_first() {
        let old = ring(ONE);
        let kept = old.seal("a secret", "row 1").expect("sealed");
        let both = ring(&format!("{OTHER}, {ONE}"));
        assert!(kept.starts_with(old.current()) && !kept.starts_with(both.current()));
        let again = both.seal(&both.open(&kept, "row 1").expect("the old one opens"), "row 1").expect("sealed");
        assert_eq!(ring(OTHER).open(&again, "row 1").as_deref(), Ok("a secret"));
    }

    #[test]
    fn what_is_no_key_is_said_to_be_none() {
        for wrong in ["", "secret", &ONE[..62], &format!("{ONE},"), &format!("{ONE}00"), "AAAA"] {
            assert_eq!(Keyring::parse(wrong).map(|_| ()), Err(SealError::Unreadable), "{wrong}");
        }
        assert!(!format!("{:?}", ring(ONE)).contains("0102"));
    }
}
