//! Service tests: the real router, the real store, the real dialogue, over real sockets; only hearing and speaking are
//! scripted, so that a call needs no models and what is said is exact.

mod access;
mod accounts;
mod breaking;
mod calls;
mod catalogue;
mod chat;
mod contacts;
mod copilot;
mod credentials;
mod demo;
mod errands;
mod history;
mod house;
mod imitations;
mod limits;
mod live;
mod mcp;
mod messages;
mod mobile;
mod outreach;
mod phone;
mod privacy;
mod recordings;
mod repeats;
mod ringing;
mod sales;
#[path = "../servers/postgres.rs"]
mod servers;
mod setup;
mod speech;
mod strangers;
mod streams;
mod tenancy;
mod voice_webhook;
mod web_call;
