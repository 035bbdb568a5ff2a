//! Real calls: real audio over a real socket through the real models, with simulated people at the other end.
//!
//! Timing is never asserted here (that is for `benches/turn.rs`); what was said, heard, written and booked is.

mod breaking;
mod hanging_up;
mod house;
mod process;
mod recording;
mod talking;
