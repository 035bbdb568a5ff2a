//! Texts that came in, answered: by the same dialogue as on the telephone, through the gate like any other message.
//!
//! A text is kept before it is answered, and waits for its answer from then on ([`MessageBook::receive`]). Whoever crashes in
//! between leaves one that waits: it is answered by the next process, or, where that would be worse than silence, marked as
//! not answered, for a person. That is so when it is old, when it is an answer to a question only the lost process remembers,
//! or when answering it has broken off before.
//!
//! Invariant: a text is answered once: the answer and all that is done for it go by keys made of the text's id.

use super::{ChatError, Chats, IDLE_MINUTES, Sender};
use crate::clock::Clock;
use crate::crm::backend::{CallBook, Directory, Left, MessageBook};
use crate::crm::model::{Ai, Business, ConversationMessage, Medium, Source, Who};
use crate::crm::operation::{Permission, SendMessage};
use crate::crm::{Backend, By, Error, Request};
use crate::id::MessageId;
use crate::phone::E164;
use jiff::SignedDuration;
use std::sync::Arc;

/// A text that has waited for longer is not answered any more: whoever wrote it has called, or given up.
const ANSWERED_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// So often is one left by somebody tried again.
const TRIES_MAX: u32 = 2;
/// The most that are taken up at one look.
const AT_ONE_LOOK: u32 = 100;
/// The longest text that is sent in one piece, in characters.
const TEXT_MAX: usize = 1_600;

/// What answers texts.
pub struct Texts {
    /// The conversations by text.
    pub chats: Arc<Chats>,
    /// What sends the answers.
    pub crm: Arc<dyn Backend>,
    /// Who has which number.
    pub book: Arc<dyn CallBook>,
    /// What came in.
    pub messages: Arc<dyn MessageBook>,
    /// Businesses.
    pub directory: Arc<dyn Directory>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

/// Why a text has no answer.
enum Silence {
    /// It may have one when it is tried again.
    ForNow(&'static str),
    /// A person has to answer it.
    ForGood(String),
}

impl Texts {
    /// Answers a text that was just kept. What goes wrong is in the log, and the text in the inbox, unread.
    pub async fn answer(&self, business: Business, message: &ConversationMessage) {
        let came = self.reply(business, message).await;
        self.note(message, came).await;
    }

    /// Answers what was left by whoever kept it, or says of it that nobody has.
    pub async fn answer_left(&self) -> Result<(), Error> {
        for (business, id) in self.messages.unanswered(AT_ONE_LOOK).await? {
            let Some(left) = self.messages.take_answer(business, id, &key(id, 0)).await? else { continue };
            let business = self.directory.business(business).await?.ok_or(Error::NotFound("business"))?;
            let came = match self.too_late(&left) {
                Some(why) => Err(Silence::ForGood(format!("it was not answered: {why}"))),
                None => self.reply(business, &left.message).await,
            };
            self.note(&left.message, came).await;
        }
        Ok(())
    }

    /// Why silence is better than an answer now.
    fn too_late(&self, left: &Left) -> Option<&'static str> {
        let at = left.message.created_at;
        let idle = SignedDuration::from_mins(IDLE_MINUTES);
        let mid_talk = left.spoken_before.is_some_and(|spoken| at.duration_since(spoken) < idle);
        if left.message.attempts > TRIES_MAX {
            Some("each time it was tried, that broke off")
        } else if self.clock.now().duration_since(at) > ANSWERED_WITHIN {
            Some("the program was not running when it came, or stopped")
        } else if mid_talk && !self.chats.goes_on(left.message.conversation) {
            Some("the program stopped in the middle of the conversation it belongs to")
        } else {
            None
        }
    }

    async fn reply(&self, business: Business, message: &ConversationMessage) -> Result<(), Silence> {
        let Some(from) = message.from.clone().and_then(|from| E164::try_from(from).ok()) else {
            return Err(Silence::ForGood("it was not answered: it comes from no telephone number".to_owned()));
        };
        let contact = self.book.contact_by_phone(business.id, &from).await.ok().flatten();
        let id = business.id;
        let sender = Sender { business: Arc::new(business), source: Source::Sms, phone: Some(from), contact };
        let reply = self.chats.text(&sender, message).await.map_err(|error| match error {
            ChatError::Busy | ChatError::Full => Silence::ForNow("chat"),
            ChatError::Empty | ChatError::TooLong | ChatError::Zone => {
                Silence::ForGood(format!("it was not answered: {error}"))
            }
        })?;
        let by = By { who: Who::House, may: [Permission::SendMessages].into_iter().collect() };
        let letters: Vec<char> = reply.text.chars().collect();
        for (number, part) in letters.chunks(TEXT_MAX).enumerate() {
            let send = SendMessage {
                conversation: message.conversation,
                medium: Medium::Sms,
                subject: None,
                body: part.iter().collect(),
            };
            let request = Request::new(id, Source::Sms, by, send).through(Ai::Receptionist);
            match self.crm.perform(request.once(Some(key(message.id, number)))).await {
                Ok(_) => {}
                // It was answered before, with other words.
                Err(Error::KeyReused) => return Ok(()),
                Err(error @ (Error::Unavailable(_) | Error::Unknown(_))) => return Err(Silence::ForNow(error.kind())),
                Err(error) => return Err(Silence::ForGood(format!("its answer was not sent: {error}"))),
            }
        }
        Ok(())
    }

    /// Writes down what came of it.
    async fn note(&self, message: &ConversationMessage, came: Result<(), Silence>) {
        let why = match came {
            Ok(()) => None,
            Err(Silence::ForNow(kind)) => {
                tracing::warn!(kind, message = %message.id, "a text is not answered yet");
                return;
            }
            Err(Silence::ForGood(why)) => {
                tracing::warn!(message = %message.id, "a text was not answered: a person has to");
                Some(why)
            }
        };
        if let Err(error) = self.messages.answered(message.business, message.id, why).await {
            tracing::error!(%error, message = %message.id, "it could not be written down that a text was answered");
        }
    }
}

/// What an answer is known by, part by part.
fn key(message: MessageId, part: usize) -> String {
    format!("sms:{message}:{part}")
}
