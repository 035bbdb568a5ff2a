//! `RinglyPro` answers a business's phone: it hears, understands, acts in the CRM and speaks back.

pub mod app;
pub mod audio;
pub mod browser;
pub mod call;
pub mod chat;
pub mod cli;
pub mod clock;
pub mod config;
pub mod crm;
pub mod dialogue;
pub mod evaluate;
pub mod http;
pub mod id;
pub mod language;
pub mod models;
pub mod nlu;
pub mod phone;
pub mod pii;
pub mod secrets;
pub mod simulator;
pub mod speech;
pub mod storage;
pub mod switchboard;
pub mod telemetry;
pub mod twilio;
pub mod understand;
