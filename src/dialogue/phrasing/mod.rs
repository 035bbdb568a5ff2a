//! How a meaning becomes words: the phrase books, and the spoken and written forms of what fills them.
//!
//! Language is data: `models/phrases/{en,es}.toml` hold every sentence and every number word; the Rust here only puts
//! them together. It knows nothing of the conversation's state.
//!
//! Invariant: the ear's form holds no figures and no symbols where this module made it; the eye's form is the usual
//! written one.
//!
//! Read next: [`book`] for the phrase books, [`spoken`] for numbers, times, dates, prices and telephone numbers.

pub mod book;
pub mod lexicon;
pub mod meaning;
pub mod spoken;
#[cfg(test)]
mod tests;

pub use book::{Book, Phrases, PhrasesError};
pub use lexicon::{Cue, Lexicon};
pub use meaning::Meaning;

/// A value in its two forms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// To be spoken.
    pub ear: String,
    /// To be read.
    pub eye: String,
    /// Whether it is the same in every call to this business, so that audio with it is worth keeping.
    pub steady: bool,
}

impl Said {
    /// The same words for ear and eye.
    pub fn plain(text: impl Into<String>) -> Self {
        let eye = text.into();
        Self { ear: eye.clone(), eye, steady: false }
    }

    /// Different words for ear and eye.
    pub fn new(ear: impl Into<String>, eye: impl Into<String>) -> Self {
        Self { ear: ear.into(), eye: eye.into(), steady: false }
    }

    /// The same value, marked as steady.
    #[must_use]
    pub fn steadily(self) -> Self {
        Self { steady: true, ..self }
    }
}

/// What fills a phrase: placeholder and value.
pub type Fill = (&'static str, Said);
