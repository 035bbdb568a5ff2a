//! The pure path in virtual time: real sessions, real dialogue, real grammar and phrases, and everything around them
//! played by seeded chance. No models, no sockets, no clock: thousands of minutes of telephone in seconds.

mod callers;
mod calls;
mod chance;
mod crm;
mod journals;
mod understanding;
mod world;
