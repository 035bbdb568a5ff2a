//! Sealing what must be kept and must not be read where it lies: AES-256-GCM, bound to the place it is kept in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};

/// A key for one purpose.
pub struct Seal(LessSafeKey);

/// It could not be sealed: the machine has no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing can be sealed: the machine gives no random numbers")]
pub struct NotSealed;

impl Seal {
    /// The key that this secret makes for this purpose; the secret cannot be guessed, so a hash is enough.
    pub fn new(secret: &str, purpose: &str) -> Option<Self> {
        let key = Sha256::digest(format!("ringly {purpose} {secret}"));
        UnboundKey::new(&AES_256_GCM, &key).ok().map(|key| Self(LessSafeKey::new(key)))
    }

    /// Seals a text for a place: base64 of a nonce, of what it became and of what proves it.
    pub fn seal(&self, text: &str, place: &str) -> Result<String, NotSealed> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| NotSealed)?;
        let mut sealed = text.as_bytes().to_vec();
        let (nonce, place) = (Nonce::assume_unique_for_key(nonce), Aad::from(place));
        let written = *nonce.as_ref();
        self.0.seal_in_place_append_tag(nonce, place, &mut sealed).map_err(|_| NotSealed)?;
        Ok(STANDARD_NO_PAD.encode([&written[..], &sealed].concat()))
    }

    /// The text that was sealed for a place; none when it was another's, or sealed with another key, or changed.
    pub fn open(&self, sealed: &str, place: &str) -> Option<String> {
        let sealed = STANDARD_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let text = self.0.open_in_place(nonce, Aad::from(place), &mut sealed).ok()?;
        String::from_utf8(text.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_in_its_place_with_its_key_and_unchanged_only() {
        let seal = |secret, purpose| Seal::new(secret, purpose).expect("a key");
        let ours = seal("secret", "answers");
        let sealed = ours.seal("rp_live_abc", "row 1").expect("sealed");
        assert_eq!(ours.open(&sealed, "row 1").as_deref(), Some("rp_live_abc"));
        assert_ne!(ours.seal("rp_live_abc", "row 1").as_ref(), Ok(&sealed), "no two look alike");
        assert_eq!(ours.open(&sealed, "row 2"), None);
        for other in [seal("another", "answers"), seal("secret", "something else")] {
            assert_eq!(other.open(&sealed, "row 1"), None);
        }
        let mut changed = STANDARD_NO_PAD.decode(&sealed).expect("base64");
        *changed.last_mut().expect("a byte") ^= 1;
        for wrong in [STANDARD_NO_PAD.encode(changed), String::new(), "*".to_owned(), sealed[..8].to_owned()] {
            assert_eq!(ours.open(&wrong, "row 1"), None);
        }
    }
}
