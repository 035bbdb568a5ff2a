//! What is too large for the database: recordings of calls, as files in the data folder.
//!
//! [`recordings`] is the shelf: which file belongs to which call, who may read it, what a crash left behind. [`ogg_opus`]
//! is the container they are written in. Knows nothing of calls in progress, of HTTP, or of what is said.

pub mod ogg_opus;
pub mod recordings;

pub use recordings::{Kept, Recordings, Taping};
