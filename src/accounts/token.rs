//! What is shown once and kept as a hash: the tokens of sessions and the keys of programs.
//!
//! Each is 256 random bits behind a word that says what it is, so that a leaked one can be recognised. A plain hash is
//! enough for what cannot be guessed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest, Sha256};

/// How a session's token begins.
pub(super) const SESSION: &str = "rp_session_";
/// How a key begins.
pub(super) const KEY: &str = "rp_live_";
/// How much of a key is kept to tell it from others: its word and 24 of its 256 bits.
pub(super) const START: usize = KEY.len() + 6;

/// What is kept of a token.
pub(super) fn digest(token: &str) -> String {
    STANDARD_NO_PAD.encode(Sha256::digest(token))
}
