//! RinglyPro answers a business's phone: it hears, understands, acts in the CRM and speaks back.

pub mod audio;
pub mod call;
pub mod chat;
pub mod clock;
pub mod crm;
pub mod dialogue;
pub mod evaluate;
pub mod id;
pub mod nlu;
pub mod phone;
pub mod pii;
pub mod speech;
pub mod understand;
