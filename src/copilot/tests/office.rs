//! What a business sends and has done, as far as it is needed to try how words are taken; what comes of it is shown over the
//! real thing (`tests/it/errands.rs`).

use super::english;
use super::world::now;
use crate::crm::Error;
use crate::crm::model::{
    Action, Ai, Campaign, CampaignMember, CampaignStatus, Change, ConversationMessage, Delivery, Direction, Kind,
    Medium, Page, Source, Who,
};
use crate::crm::operation::{ActionLine, Operation, Outcome};
use crate::id::{ActionId, BusinessId, CampaignId, CampaignMemberId, ContactId, ConversationId, MessageId, UserId};
use jiff::SignedDuration;

const BUSINESS: BusinessId = BusinessId::from_u128(1);

#[derive(Default)]
pub(super) struct Office {
    pub(super) messages: Vec<ConversationMessage>,
    actions: Vec<ActionLine>,
    /// How the next message stands once it was taken.
    stands: Option<Delivery>,
}

fn page<T>(items: Vec<T>) -> Page<T> {
    Page { items, next: None }
}

impl Office {
    pub(super) fn perform(&mut self, operation: Operation) -> Result<Outcome, Error> {
        if let Operation::SendSms(sms) = operation {
            return Ok(Outcome::SmsSent(self.message(sms.contact, &sms.body)));
        }
        if let Operation::ListCampaigns(_) = operation {
            return Ok(Outcome::Campaigns(page(vec![campaign()])));
        }
        if let Operation::AddToCampaign(add) = operation {
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
            return Ok(Outcome::ActionUndone(whole(done)));
        }
        if let Operation::GetAction(wanted) = operation {
            let done = self.actions.iter().find(|action| action.id == wanted.action);
            return Ok(Outcome::ActionGot(whole(done.ok_or(Error::NotFound("action"))?)));
        }
        Err(Error::Unsupported("this"))
    }

    fn message(&mut self, contact: ContactId, body: &str) -> ConversationMessage {
        let message = ConversationMessage {
            id: MessageId::from_u128(600 + self.messages.len() as u128),
            business: BUSINESS,
            conversation: ConversationId::from_u128(1),
            contact,
            medium: Medium::Sms,
            direction: Direction::Outbound,
            delivery: self.stands.take().unwrap_or(Delivery::Sent),
            from: None,
            to: None,
            subject: None,
            body: body.to_owned(),
            media: Vec::new(),
            call: None,
            carrier_id: None,
            due_at: None,
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

/// An action with what it changed: a note has words, and a tag no name of its own.
fn whole(done: &ActionLine) -> Action {
    let note = || Change {
        kind: Kind::Note,
        id: "1".to_owned(),
        before: None,
        after: Some(serde_json::json!({"body": "prefers the morning"})),
    };
    Action {
        id: done.id,
        business: BUSINESS,
        number: done.number,
        at: done.at,
        door: done.door,
        who: done.who,
        ai: done.ai.clone(),
        operation: done.operation.clone(),
        changes: done.operation.ends_with("note").then(|| vec![note()]),
        undoes: done.undoes,
        undone_by: done.undone_by,
    }
}

fn campaign() -> Campaign {
    Campaign {
        id: CampaignId::from_u128(1),
        business: BUSINESS,
        name: "Summer Sale".to_owned(),
        description: String::new(),
        status: CampaignStatus::Active,
        version: 1,
        created_at: now().timestamp(),
        updated_at: now().timestamp(),
    }
}

#[test]
fn what_may_not_have_gone_out_is_not_said_to_have() {
    for (delivery, words) in [(Delivery::Sending, "is on its way"), (Delivery::Unconfirmed, "I don't know whether")] {
        let mut world = english();
        world.office.stands = Some(delivery);
        world.script(&[("text Ana Silva: hello", "Yes or no?"), ("yes", words)]);
        assert!(!world.said.contains('✅'), "{}", world.said);
    }
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
        ("undo", "Take back the last thing you did: add note (prefers the morning), Monday"),
    ]);
    world.office.did(Who::Owner, "delete_note", 1);
    let by_ai = world.office.actions.last_mut().expect("an action");
    by_ai.ai = Some(Ai::Model { client: Some("Clara 2.1".to_owned()) });
    let asked = "Take back the last thing an AI (Clara 2.1) did for you: delete note (prefers the morning), Monday";
    world.script(&[("never mind", "as it was"), ("undo", asked), ("no", "as it was")]);
    world.office.did(Who::Owner, "send_sms", 2);
    world.script(&[("never mind", "as it was"), ("undo that", "The last thing you did is send sms")]);
    assert!(world.said.contains("That can't be taken back."), "{}", world.said);
    assert_eq!(world.done.iter().filter(|name| **name == "undo_action").count(), 1);
}
