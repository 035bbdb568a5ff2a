//! What a business sends, publishes and has done, and the scripts that are about it.

use super::english;
use super::world::{World, now};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{
    Action, Ai, Campaign, CampaignMember, CampaignStatus, Conversation, ConversationMessage, Delivery, Direction,
    Enrolment, EnrolmentState, Medium, Page, PostStatus, ReviewRequest, SocialAccount, SocialPost, Source, Who,
    Workflow,
};
use crate::crm::operation::{ActionLine, Operation, Outcome};
use crate::id::{
    ActionId, BusinessId, CampaignId, CampaignMemberId, ContactId, ConversationId, EnrolmentId, MessageId,
    ReviewRequestId, SocialAccountId, SocialPostId, UserId, WorkflowId,
};
use crate::nlu::Language;
use jiff::{SignedDuration, Timestamp};

const BUSINESS: BusinessId = BusinessId::from_u128(1);

#[derive(Default)]
pub(super) struct Office {
    pub(super) messages: Vec<ConversationMessage>,
    pub(super) inside: Vec<(String, ContactId)>,
    pub(super) accounts: Vec<SocialAccount>,
    pub(super) posts: Vec<SocialPost>,
    pub(super) actions: Vec<ActionLine>,
    /// Whether there is one campaign and no other.
    pub(super) only_one_campaign: bool,
    /// How the next message stands once it was taken.
    pub(super) stands: Option<(Delivery, Option<Timestamp>)>,
    /// The last operation that was performed here.
    pub(super) last: Option<Operation>,
}

fn page<T>(items: Vec<T>) -> Page<T> {
    Page { items, next: None }
}

impl Office {
    pub(super) fn perform(&mut self, operation: Operation) -> Result<Outcome, Error> {
        self.last = Some(operation.clone());
        if let Operation::SendSms(sms) = operation {
            let message = self.message(sms.contact, Medium::Sms, Direction::Outbound, &sms.body);
            return Ok(Outcome::SmsSent(message));
        }
        if let Operation::SendEmail(email) = operation {
            let message = self.message(email.contact, Medium::Email, Direction::Outbound, &email.body);
            return Ok(Outcome::EmailSent(message));
        }
        if let Operation::LogCall(call) = operation {
            let message = self.message(call.contact, Medium::Voice, call.direction, &call.notes);
            return Ok(Outcome::CallLogged(message));
        }
        if let Operation::RequestReview(asked) = operation {
            return Ok(Outcome::ReviewRequested(ReviewRequest {
                id: ReviewRequestId::from_u128(1),
                business: BUSINESS,
                contact: asked.contact,
                medium: Medium::Sms,
                message: MessageId::from_u128(1),
                version: 1,
                created_at: now().timestamp(),
                updated_at: now().timestamp(),
            }));
        }
        if let Operation::ListConversations(list) = operation {
            let mut threads: Vec<Conversation> = Vec::new();
            for message in self.messages.iter().rev() {
                let unread = u32::from(message.direction == Direction::Inbound && message.medium == Medium::Sms);
                let fits =
                    list.contact.is_none_or(|contact| contact == message.contact) && (!list.unread || unread > 0);
                if fits && !threads.iter().any(|thread| thread.contact == message.contact) {
                    threads.push(thread(message, unread));
                }
            }
            return Ok(Outcome::Conversations(page(threads)));
        }
        if let Operation::ListMessages(list) = operation {
            let of = |message: &&ConversationMessage| message.conversation == list.conversation;
            return Ok(Outcome::Messages(page(self.messages.iter().rev().filter(of).cloned().collect())));
        }
        self.perform_of_outreach(operation)
    }

    fn perform_of_outreach(&mut self, operation: Operation) -> Result<Outcome, Error> {
        if let Operation::ListWorkflows(_) = operation {
            return Ok(Outcome::Workflows(page(vec![workflow(1, "Welcome Series"), workflow(2, "Bienvenida")])));
        }
        if let Operation::ListCampaigns(_) = operation {
            let mut all = vec![campaign(1, "Summer Sale"), campaign(2, "Verano")];
            all.truncate(if self.only_one_campaign { 1 } else { 2 });
            return Ok(Outcome::Campaigns(page(all)));
        }
        if let Operation::AddToWorkflow(add) = operation {
            self.inside.push((add.workflow.to_string(), add.contact));
            return Ok(Outcome::WorkflowEntered(enrolment(add.workflow, add.contact)));
        }
        if let Operation::RemoveFromWorkflow(remove) = operation {
            self.leave(&remove.workflow.to_string(), remove.contact)?;
            return Ok(Outcome::WorkflowLeft(enrolment(remove.workflow, remove.contact)));
        }
        if let Operation::AddToCampaign(add) = operation {
            self.inside.push((add.campaign.to_string(), add.contact));
            return Ok(Outcome::CampaignEntered(CampaignMember {
                id: CampaignMemberId::from_u128(1),
                business: BUSINESS,
                campaign: add.campaign,
                contact: add.contact,
                version: 1,
                created_at: now().timestamp(),
                updated_at: now().timestamp(),
            }));
        }
        if let Operation::RemoveFromCampaign(remove) = operation {
            self.leave(&remove.campaign.to_string(), remove.contact)?;
            return Ok(Outcome::CampaignLeft);
        }
        if let Operation::ListSocialAccounts(_) = operation {
            return Ok(Outcome::SocialAccounts(page(self.accounts.clone())));
        }
        if let Operation::ListSocialPosts(_) = operation {
            return Ok(Outcome::SocialPosts(page(self.posts.clone())));
        }
        if let Operation::CreateSocialPost(new) = operation {
            let status = if new.publish_now { PostStatus::Published } else { PostStatus::Scheduled };
            let post = SocialPost {
                id: SocialPostId::from_u128(700 + self.posts.len() as u128),
                business: BUSINESS,
                accounts: new.accounts,
                text: new.text,
                media: new.media,
                status,
                due_at: new.publish_at,
                published_at: new.publish_now.then(|| now().timestamp()),
                trouble: None,
                version: 1,
                created_at: now().timestamp(),
                updated_at: now().timestamp(),
            };
            self.posts.insert(0, post.clone());
            return Ok(Outcome::SocialPostCreated(post));
        }
        if let Operation::UpdateSocialPost(change) = operation {
            let post = self.posts.iter_mut().find(|post| post.id == change.post).ok_or(Error::NotFound("post"))?;
            post.text = change.text.unwrap_or(post.text.clone());
            post.due_at = change.publish_at.or(post.due_at);
            return Ok(Outcome::SocialPostUpdated(post.clone()));
        }
        if let Operation::DeleteSocialPost(delete) = operation {
            self.posts.retain(|post| post.id != delete.post);
            return Ok(Outcome::SocialPostDeleted);
        }
        self.perform_of_history(operation)
    }

    fn perform_of_history(&mut self, operation: Operation) -> Result<Outcome, Error> {
        if let Operation::ListActions(list) = operation {
            let own = |action: &&ActionLine| list.who.as_deref() == Some("owner") && action.who == Who::Owner;
            return Ok(Outcome::Actions(page(self.actions.iter().rev().filter(own).cloned().collect())));
        }
        if let Operation::UndoAction(undo) = operation {
            let done = self.actions.iter_mut().find(|action| action.id == undo.action);
            let done = done.ok_or(Error::NotFound("action"))?;
            done.undone_by = Some(ActionId::from_u128(999));
            return Ok(Outcome::ActionUndone(Action {
                id: done.id,
                business: BUSINESS,
                number: done.number,
                at: done.at,
                door: done.door,
                who: done.who,
                ai: done.ai.clone(),
                operation: done.operation.clone(),
                changes: None,
                undoes: None,
                undone_by: done.undone_by,
            }));
        }
        Err(Error::Unsupported("this"))
    }

    fn leave(&mut self, what: &str, contact: ContactId) -> Result<(), Error> {
        let place = self.inside.iter().position(|one| *one == (what.to_owned(), contact));
        self.inside.remove(place.ok_or(Error::NotFound("enrolment"))?);
        Ok(())
    }

    fn message(&mut self, contact: ContactId, medium: Medium, direction: Direction, body: &str) -> ConversationMessage {
        let (delivery, due_at) = self.stands.take().unwrap_or((Delivery::Sent, None));
        let message = ConversationMessage {
            id: MessageId::from_u128(600 + self.messages.len() as u128),
            business: BUSINESS,
            conversation: ConversationId::from_u128(self.of(contact)),
            contact,
            medium,
            direction,
            delivery,
            from: None,
            to: None,
            subject: None,
            body: body.to_owned(),
            media: Vec::new(),
            call: None,
            carrier_id: None,
            due_at,
            attempts: 0,
            trouble: None,
            source: Source::Web,
            version: 1,
            created_at: now().timestamp(),
            updated_at: now().timestamp(),
        };
        self.messages.push(message.clone());
        message
    }

    /// Where the thread of somebody stands among all.
    fn of(&self, contact: ContactId) -> u128 {
        let known = self.messages.iter().position(|one| one.contact == contact);
        known.unwrap_or(self.messages.len()) as u128
    }

    fn did(&mut self, who: Who, operation: &str, rows: u64) {
        let number = self.actions.len() as u64 + 1;
        self.actions.push(ActionLine {
            id: ActionId::from_u128(u128::from(number)),
            number,
            at: now().timestamp() - SignedDuration::from_hours(1),
            door: Source::Web,
            who,
            ai: None,
            operation: operation.to_owned(),
            rows,
            undoes: None,
            undone_by: None,
        });
    }
}

fn thread(message: &ConversationMessage, unread: u32) -> Conversation {
    Conversation {
        id: message.conversation,
        business: BUSINESS,
        contact: message.contact,
        unread,
        last_medium: message.medium,
        last_words: message.body.clone(),
        last_at: message.created_at,
        version: 1,
        created_at: message.created_at,
        updated_at: message.created_at,
    }
}

fn workflow(number: u128, name: &str) -> Workflow {
    Workflow {
        id: WorkflowId::from_u128(number),
        business: BUSINESS,
        name: name.to_owned(),
        description: String::new(),
        active: true,
        version: 1,
        created_at: now().timestamp(),
        updated_at: now().timestamp(),
    }
}

fn campaign(number: u128, name: &str) -> Campaign {
    Campaign {
        id: CampaignId::from_u128(number),
        business: BUSINESS,
        name: name.to_owned(),
        description: String::new(),
        status: CampaignStatus::Active,
        version: 1,
        created_at: now().timestamp(),
        updated_at: now().timestamp(),
    }
}

fn enrolment(workflow: WorkflowId, contact: ContactId) -> Enrolment {
    Enrolment {
        id: EnrolmentId::from_u128(1),
        business: BUSINESS,
        workflow,
        contact,
        state: EnrolmentState::Waiting,
        event_start: None,
        version: 1,
        created_at: now().timestamp(),
        updated_at: now().timestamp(),
    }
}

fn account(number: u128, platform: &str, name: &str) -> SocialAccount {
    SocialAccount {
        id: SocialAccountId::from_u128(number),
        business: BUSINESS,
        platform: platform.to_owned(),
        name: name.to_owned(),
        webhook: "https://example.com/hook".to_owned(),
        version: 1,
        created_at: now().timestamp(),
        updated_at: now().timestamp(),
    }
}

fn spanish() -> World {
    World::new(Language::Es).with("Ana Silva", "+13055550142", "ana@example.com")
}

#[test]
fn a_text_goes_out_only_once_all_its_words_were_read_back() {
    let mut world = english();
    world.script(&[
        (
            "text Ana Silva: running ten minutes late",
            "Text Ana Silva · +13055550142 · ana@example.com: 'running ten minutes late'? Yes or no?",
        ),
        ("no", "I've left everything as it was."),
    ]);
    assert!(world.office.messages.is_empty());
    world.script(&[
        ("text Ana Silva: see you at 3", "'see you at 3'? Yes or no?"),
        ("no, John Smith", "Text John Smith · +13055550111 · john@example.com: 'see you at 3'? Yes or no?"),
        ("yes", "✅ Sent to John Smith."),
        ("send a message to Ana Silva", "What should I write to Ana Silva?"),
        ("call me back, please", "'call me back, please'? Yes or no?"),
        ("yes", "✅ Sent to Ana Silva."),
        ("text her: thanks", "Text Ana Silva"),
        ("yes", "✅ Sent to Ana Silva."),
    ]);
    let sent: Vec<_> = world.office.messages.iter().map(|one| one.body.as_str()).collect();
    assert_eq!(sent, ["see you at 3", "call me back, please", "thanks"]);
    world.script(&[("text Maria Lopez: hello", "I find nobody for \"Maria Lopez\".")]);
}

#[test]
fn an_e_mail_needs_a_subject_and_words() {
    let mut world = english();
    world.script(&[
        (
            "email Ana Silva subject Hello body See you on Friday",
            "E-mail Ana Silva · +13055550142 · ana@example.com, subject 'Hello': 'See you on Friday'? Yes or no?",
        ),
        ("yes", "✅ Sent to Ana Silva."),
        ("send an email to John Smith", "What is the e-mail to John Smith about?"),
        ("Your appointment", "What should I write to John Smith?"),
        ("We moved it to Friday.", "subject 'Your appointment': 'We moved it to Friday.'? Yes or no?"),
        ("yes", "✅ Sent to John Smith."),
    ]);
}

#[test]
fn what_did_not_go_out_is_not_said_to_have() {
    let mut world = english();
    let morning = now().timestamp() + SignedDuration::from_hours(20);
    world.office.stands = Some((Delivery::Queued, Some(morning)));
    world.script(&[
        ("text Ana Silva: hello", "Yes or no?"),
        ("yes", "The message to Ana Silva waits: it goes out on Tuesday, November 24 at 6:00 AM."),
    ]);
    for (delivery, words) in [(Delivery::Sending, "is on its way"), (Delivery::Unconfirmed, "I don't know whether")] {
        world.office.stands = Some((delivery, None));
        world.script(&[("text Ana Silva: hello", "Yes or no?"), ("yes", words)]);
        assert!(!world.said.contains('✅'), "{}", world.said);
    }
    world.script(&[("text Ana Silva: hello", "Yes or no?")]);
    world.fail = Some(Error::NotSent(Reason::Stopped));
    world.script(&[("yes", "It was written down but not sent: they have asked for no more messages")]);
    assert!(!world.said.contains("Nothing was changed"), "{}", world.said);
}

#[test]
fn threads_are_read_with_whose_they_are() {
    let mut world = english();
    world.script(&[
        ("show conversations", "There are no conversations yet."),
        ("do I have any new messages?", "There are no unread messages."),
        ("show messages with Ana Silva", "There are no messages with Ana Silva."),
        ("text Ana Silva: see you at 3", "Yes or no?"),
        ("yes", "✅ Sent"),
    ]);
    let (ana, john) = (world.contacts[0].id, world.contacts[1].id);
    world.office.message(ana, Medium::Sms, Direction::Inbound, "See you!");
    world.office.message(john, Medium::Sms, Direction::Outbound, "Your invoice");
    world.script(&[
        (
            "show conversations",
            "The latest conversations (2):\n1. John Smith, Monday, November 23 at 10:00 AM: Your invoice\n2. Ana Silva, Monday",
        ),
        ("do I have any new messages?", "Unread, the latest first (1):\n1. Ana Silva, Monday, November 23"),
        (
            "show messages with Ana Silva",
            "Messages with Ana Silva, the newest first (2):\n1. ← Monday, November 23 at 10:00 AM: See you!\n2. → Monday",
        ),
    ]);
}

#[test]
fn calls_are_noted_and_reviews_are_asked_for() {
    let mut world = english();
    world.script(&[
        ("log call with Ana Silva: discussed pricing", "✅ Noted a call to Ana Silva: discussed pricing"),
        ("log a call from John Smith: asked for an invoice", "✅ Noted a call from John Smith: asked for an invoice"),
        ("log call with Ana Silva", "What was said in the call with Ana Silva?"),
        ("left voicemail", "✅ Noted a call to Ana Silva: left voicemail"),
        ("request a review from John Smith", "Ask John Smith · +13055550111 · john@example.com for a review"),
        ("yes", "The request for a review is on its way to John Smith"),
    ]);
    assert_eq!(world.done.iter().filter(|name| **name == "request_review").count(), 1);
}

#[test]
fn workflows_and_campaigns_are_meant_by_their_names() {
    let mut world = english();
    world.script(&[
        ("show workflows", "Workflows (2):\n1. Welcome Series\n2. Bienvenida"),
        ("show campaigns", "Campaigns (2):\n1. Summer Sale"),
        ("add Ana Silva to workflow welcome", "✅ Ana Silva waits in the workflow Welcome Series."),
        ("remove Ana Silva from the Welcome Series workflow", "✅ Ana Silva is out of Welcome Series."),
        ("add Ana Silva to campaign Winter", "None is called \"Winter\", or several are. There's Summer Sale, Verano."),
        ("summer sale", "✅ Ana Silva is in the campaign Summer Sale."),
        ("remove Ana Silva from campaign Summer Sale", "✅ Ana Silva is out of Summer Sale."),
        ("remove Ana Silva from campaign Summer Sale", "I can't find that"),
    ]);
    assert!(world.office.inside.is_empty());
}

#[test]
fn a_post_is_read_back_with_where_and_when_it_goes() {
    let mut world = english();
    world.script(&[
        ("show social accounts", "No social account is connected."),
        ("list social posts", "There are no posts yet."),
        ("post to facebook: We're open today", "No social account is connected."),
    ]);
    world.office.accounts = vec![account(1, "facebook", "Oak Street Page"), account(2, "linkedin", "Oak Street")];
    world.script(&[
        ("show social accounts", "Social accounts (2):\n1. facebook: Oak Street Page"),
        ("post to facebook: We're open today", "Post to Oak Street Page, now: 'We're open today'? Yes or no?"),
        ("yes", "✅ Published: We're open today"),
        ("post now to twitter saying Big sale", "No account of that network is connected. There's Oak Street Page"),
        (
            "schedule a post for Friday at 9am: Happy weekend!",
            "Post to every connected account, Friday, November 27 at 9:00 AM: 'Happy weekend!'? Yes or no?",
        ),
        ("yes", "✅ Scheduled for Friday, November 27 at 9:00 AM: Happy weekend!"),
        ("schedule a post for today at 8am: Good morning", "That time is past. Which day, and what time?"),
        ("tomorrow at 8am", "Post to every connected account, Tuesday, November 24 at 8:00 AM: 'Good morning'?"),
        ("no", "as it was"),
        ("create social post", "What should the post say?"),
        ("Hello world", "Post to every connected account, now: 'Hello world'? Yes or no?"),
        ("no", "I've left everything as it was."),
        ("list social posts", "Posts (2):\n1. Happy weekend! (Friday, November 27 at 9:00 AM)\n2. We're open today"),
        ("update social post 1 to Have a nice weekend", "Change the post to 'Have a nice weekend' (Friday, November 27"),
        ("yes", "✅ Scheduled for Friday, November 27 at 9:00 AM: Have a nice weekend"),
        ("reschedule the social post to Saturday at 10am", "Which post?"),
        ("1", "Change the post to 'Have a nice weekend' (Saturday, November 28 at 10:00 AM)? Yes or no?"),
        ("yes", "✅ Scheduled for Saturday, November 28 at 10:00 AM: Have a nice weekend"),
        ("delete social post 5", "There's no post of that number (posts: 2). Which post?"),
        ("2", "Delete the post 'We're open today (Monday, November 23 at 10:00 AM)' here? Where it was published it stays."),
        ("yes", "✅ The post is deleted."),
    ]);
    assert_eq!(world.office.posts.len(), 1);
    assert_eq!(world.office.posts[0].text, "Have a nice weekend");
}

#[test]
fn the_last_thing_one_did_oneself_is_taken_back_once_it_was_read_back() {
    let mut world = english();
    world.script(&[("undo that", "I find nothing of yours to take back.")]);
    world.office.did(Who::Owner, "add_note", 1);
    world.office.did(Who::Owner, "add_contact_tags", 1);
    world.office.did(Who::Owner, "update_contact", 0);
    world.office.did(Who::User(UserId::from_u128(7)), "delete_contact", 1);
    world.script(&[
        ("undo that", "Take back the last thing you did: add contact tags, Monday, November 23 at 9:00 AM? Yes or no?"),
        ("no", "I've left everything as it was."),
        ("undo", "Take back the last thing you did: add contact tags"),
        ("yes", "✅ Taken back: add contact tags."),
        ("undo", "Take back the last thing you did: add note"),
    ]);
    world.office.did(Who::Owner, "delete_note", 1);
    let by_ai = world.office.actions.last_mut().expect("an action");
    by_ai.ai = Some(Ai::Model { client: Some("Clara 2.1".to_owned()) });
    let asked = "Take back the last thing an AI (Clara 2.1) did for you: delete note, Monday";
    world.script(&[("never mind", "as it was"), ("undo", asked), ("no", "as it was")]);
    world.office.did(Who::Owner, "send_sms", 2);
    world.script(&[("never mind", "as it was"), ("undo that", "The last thing you did is send sms")]);
    assert!(world.said.contains("That can't be taken back."), "{}", world.said);
    assert_eq!(world.done.iter().filter(|name| **name == "undo_action").count(), 1);
}

#[test]
fn the_office_is_run_in_spanish() {
    let mut world = spanish();
    world.office.accounts = vec![account(1, "facebook", "Calle Roble")];
    world.office.did(Who::Owner, "add_note", 1);
    world.script(&[
        ("enviar sms a Ana Silva diciendo Nos vemos a las 3", "este mensaje: 'Nos vemos a las 3'? ¿Sí o no?"),
        ("sí", "✅ Enviado a Ana Silva."),
        ("correo a Ana Silva asunto Hola cuerpo Hasta pronto", "asunto 'Hola': 'Hasta pronto'? ¿Sí o no?"),
        ("sí", "✅ Enviado a Ana Silva."),
        ("muestra las conversaciones", "Las últimas conversaciones (1):\n1. Ana Silva, el lunes 23 de noviembre"),
        ("leer mensajes", "No hay mensajes sin leer."),
        ("registrar llamada con Ana Silva: dejó un recado", "✅ Apuntada una llamada a Ana Silva: dejó un recado"),
        ("pedir reseña a Ana Silva", "¿Le pido a Ana Silva"),
        ("sí", "La petición de reseña para Ana Silva está en camino"),
        ("mostrar flujos de trabajo", "Flujos de trabajo (2):"),
        ("añadir a Ana Silva al flujo de trabajo Bienvenida", "✅ Ana Silva espera en el flujo de trabajo Bienvenida."),
        ("quitar a Ana Silva del flujo de trabajo Bienvenida", "✅ Ana Silva ya no está en Bienvenida."),
        ("mostrar campañas", "Campañas (2):"),
        ("añadir a Ana Silva a la campaña Verano", "✅ Ana Silva está en la campaña Verano."),
        ("quitar a Ana Silva de la campaña Verano", "✅ Ana Silva ya no está en Verano."),
        ("publicar en facebook: Estamos abiertos", "¿Publico en Calle Roble, ahora: 'Estamos abiertos'? ¿Sí o no?"),
        ("sí", "✅ Publicado: Estamos abiertos"),
        ("mostrar publicaciones", "Publicaciones (1):\n1. Estamos abiertos"),
        ("borrar publicación 1", "¿Elimino aquí la publicación 'Estamos abiertos"),
        ("sí", "✅ La publicación está eliminada."),
        ("mostrar cuentas de redes sociales", "Cuentas de redes sociales (1):"),
        ("deshacer", "¿Deshago lo último que hizo: añadir una nota"),
        ("sí", "✅ Deshecho: añadir una nota."),
    ]);
    world.fail = Some(Error::NotSent(Reason::Stopped));
    world.script(&[
        ("enviar sms a Ana Silva diciendo Hola", "¿Sí o no?"),
        ("sí", "Quedó apuntado, pero no se envió: pidió no recibir más mensajes"),
    ]);
}
