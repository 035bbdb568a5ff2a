//! Personal data on its way to a log: numbers, addresses, words.
//!
//! `Pii<T>` prints as a mask, so a stray `{:?}` leaks nothing. A leaf.

use std::fmt;

/// A value that must not reach a log. Reading it is explicit (`.0`).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pii<T>(pub T);

impl<T> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

impl<T> fmt::Display for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}
