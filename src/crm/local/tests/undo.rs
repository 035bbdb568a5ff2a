//! What was done is taken back.

use super::contacts::{change, create, done, read, somebody, words};
use super::*;
use crate::crm::backend::{Incoming, MessageBook};
use crate::crm::model::{
    Action, Campaign, Channel, FieldKind, Note, Opportunity, Order, Page, Pipeline, SocialAccount, SocialPost, Task,
    Workflow,
};
use crate::crm::operation::definition::{Effect, Undo};
use crate::crm::operation::{
    ActionLine, AddContactTags, AddNote, CATALOGUE, CreateContact, CreateSmartList, DefineContactField, DeleteContact,
    DeleteContacts, DeleteNote, DeleteSmartList, EraseContactHistory, GetAction, LeaveMessage, ListActions,
    ListContacts, ListNotes, MergeContacts, RemoveContactField, RemoveContactTags, SmartList, TagContacts, UndoAction,
    UntagContacts, UpdateContact, UpdateNote, UpdateSmartList, UpsertContact, Whom,
};
use crate::id::{ContactId, ConversationId};
use serde_json::json;
use sqlx::Row as _;
use std::collections::{BTreeMap, BTreeSet};

/// Tables that are no subject of undo: the log itself, what repeats are told, what no operation writes, and what the database
/// counts itself (a day or month of which nothing is left is kept).
const APART: [&str; 10] = [
    "_sqlx_migrations",
    "actions",
    "action_rows",
    "idempotency",
    "businesses",
    "services",
    "calls",
    "turns",
    "figures",
    "forecasts",
];
/// What a row has beside what it says.
const NOT_SAID: [&str; 4] = ["version", "updated_at", "keys_made", "last_activity_at"];
/// Tables whose rows are made anew with the contact or the opportunity they are a part of.
const PARTS: [&str; 5] = ["contact_tags", "contact_values", "contact_keys", "contact_reach", "opportunity_keys"];

/// All rows there are, as they are.
async fn rows(house: &House) -> BTreeMap<String, BTreeSet<String>> {
    let mut store = house.embedded.store.read().await.expect("a reader");
    let tables = if module_path!().contains("on_postgres") {
        "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'public'"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table'"
    };
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut *store).await.expect("tables");
    let mut all = BTreeMap::new();
    for table in tables.into_iter().filter(|table| !APART.contains(&table.as_str())) {
        // A deleted contact's empty row is nobody.
        let living = if table == "contacts" { " WHERE deleted_at IS NULL" } else { "" };
        let found = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM {table}{living}")))
            .fetch_all(&mut *store)
            .await
            .expect("rows");
        let shown = found.iter().map(|row| {
            let said = row.columns().iter().map(sqlx::Column::name).filter(|column| {
                !(NOT_SAID.contains(column) || *column == "created_at" && PARTS.contains(&table.as_str()))
            });
            let cells = said.map(|column| {
                let text = row.try_get::<Option<String>, _>(column);
                let text =
                    text.or_else(|_| row.try_get::<Option<i64>, _>(column).map(|it| it.map(|it| it.to_string())));
                format!("{column}: {:?}", text.unwrap_or_else(|error| panic!("{table}.{column}: {error}")))
            });
            cells.collect::<Vec<_>>().join(", ")
        });
        let shown = shown.collect();
        all.insert(table, shown);
    }
    all
}

pub(super) async fn last(house: &House) -> ActionLine {
    let page: Page<ActionLine> = done!(house, ListActions { limit: Some(1), ..ListActions::default() }, Actions);
    page.items.into_iter().next().expect("something was done")
}

pub(super) async fn undo(house: &House, action: &ActionLine) -> Result<Action, Error> {
    let outcome = house.perform(UndoAction { action: action.id }.into()).await?;
    let Outcome::ActionUndone(action) = outcome else { panic!("an undo, not {outcome:?}") };
    Ok(action)
}

/// Takes back what was done last.
pub(super) async fn undo_last(house: &House) -> Result<Action, Error> {
    undo(house, &last(house).await).await
}

/// People with everything people have.
struct Stage {
    ana: Contact,
    bo: Contact,
    /// Who has nothing yet.
    cy: Contact,
    note: Note,
    booked: Appointment,
    list: SmartList,
    pipeline: Pipeline,
    spare: Pipeline,
    open: Opportunity,
    closed: Opportunity,
    task: Task,
    done: Task,
    order: Order,
    workflow: Workflow,
    campaign: Campaign,
    account: SocialAccount,
    post: SocialPost,
    conversation: ConversationId,
}

impl Stage {
    async fn set(house: &House) -> Self {
        done!(house, field("plan", "Plan"), FieldDefined);
        let ana = CreateContact {
            tags: words(&["late", "vip"]),
            fields: BTreeMap::from([("plan".to_owned(), json!("Gold"))]),
            do_not_disturb: BTreeSet::from([Channel::Sms]),
            ..somebody("Ana", "Silva", Some("+13055550123"), Some("ana@example.com"))
        };
        let ana = create(house, ana).await;
        let bo = create(house, somebody("Bo", "Li", Some("305 555 0143"), Some("bo@example.com"))).await;
        let cy = create(house, somebody("Cyril", "", None, None)).await;
        let note = done!(house, AddNote { contact: ana.id, body: "Afraid of needles.".to_owned() }, NoteAdded);
        done!(house, AddNote { contact: bo.id, body: "Tall.".to_owned() }, NoteAdded);
        for number in ["+13055550123", "+13055550143"] {
            done!(house, message(number), MessageLeft);
        }
        let booked = house.book(house.booking("cleaning", MONDAY_10, "Ana Silva")).await.expect("a booking");
        let list = CreateSmartList { name: "Late".to_owned(), filter: by_tag("late") };
        let list = done!(house, list, SmartListCreated);
        let stages = json!([{ "name": "New", "probability": 10 }, { "name": "Offered", "probability": 50 }]);
        let pipeline = asked("create_pipeline", json!({ "name": "Sales", "stages": stages }));
        let pipeline: Pipeline = done!(house, pipeline, PipelineCreated);
        let spare = asked("create_pipeline", json!({ "name": "Spare", "stages": [{ "name": "A", "probability": 1 }] }));
        let spare: Pipeline = done!(house, spare, PipelineCreated);
        let stage = pipeline.stages[0].id;
        let opportunity = asked("create_opportunity", json!({ "name": "A smile", "stage": stage, "contact": ana.id }));
        let open: Opportunity = done!(house, opportunity.clone(), OpportunityCreated);
        let closed: Opportunity = done!(house, opportunity, OpportunityCreated);
        let close = asked("close_opportunity", json!({ "opportunity": closed.id, "result": "won" }));
        let closed = done!(house, close, OpportunityClosed);
        let task = asked("create_task", json!({ "title": "Call", "contact": ana.id }));
        let (task, done): (Task, Task) = (done!(house, task.clone(), TaskCreated), done!(house, task, TaskCreated));
        let done = done!(house, asked("complete_task", json!({ "task": done.id })), TaskCompleted);
        let items = json!([{ "name": "Cleaning", "quantity": 1, "unit_minor": 9_000 }]);
        let order = asked("create_order", json!({ "contact": ana.id, "items": items }));
        let order = done!(house, order, OrderCreated);
        let pay = json!({ "order": order.id, "kind": "payment", "amount_minor": 100, "provider": "cash" });
        done!(house, asked("record_transaction", pay), TransactionRecorded);
        let workflow: Workflow = done!(house, asked("create_workflow", json!({ "name": "Recall" })), WorkflowCreated);
        let campaign: Campaign = done!(house, asked("create_campaign", json!({ "name": "Spring" })), CampaignCreated);
        for contact in [ana.id, bo.id] {
            let (workflow, campaign) = (workflow.id, campaign.id);
            let add = asked("add_to_workflow", json!({ "workflow": workflow, "contact": contact }));
            house.perform(add).await.expect("in the workflow");
            let add = asked("add_to_campaign", json!({ "campaign": campaign, "contact": contact }));
            house.perform(add).await.expect("in the campaign");
        }
        let account = json!({ "platform": "facebook", "name": "Oak", "webhook": "https://example.com/post" });
        let account: SocialAccount = done!(house, asked("connect_social_account", account), SocialAccountConnected);
        let later =
            json!({ "text": "Open on Sunday.", "publish_at": house.clock.now() + SignedDuration::from_hours(1) });
        let post: SocialPost = done!(house, asked("create_social_post", later), SocialPostCreated);
        let mut conversation = None;
        for (contact, from) in [(&ana, "+13055550123"), (&bo, "+13055550143")] {
            let incoming = Incoming {
                carrier_id: format!("SM{from}"),
                from: number(from),
                to: house.business.phone.clone(),
                body: "Could we make it later?".to_owned(),
                media: Vec::new(),
                wish: None,
            };
            let kept = house.embedded.receive(house.business.id, incoming).await.expect("kept").expect("new");
            assert_eq!(kept.contact, contact.id);
            conversation.get_or_insert(kept.conversation);
        }
        let conversation = conversation.expect("a conversation");
        let ana = read(house, ana.id).await.expect("there");
        Self {
            ana,
            bo,
            cy,
            note,
            booked,
            list,
            pipeline,
            spare,
            open,
            closed,
            task,
            done,
            order,
            workflow,
            campaign,
            account,
            post,
            conversation,
        }
    }

    /// An operation of every kind that can be taken back.
    fn operations(&self, house: &House) -> Vec<Operation> {
        let contact = self.ana.id;
        let tags = words(&["late", "new"]);
        let everybody = Whom { filter: Some(ListContacts::default()), ..Whom::default() };
        let (note, list) = (self.note.id, self.list.id);
        vec![
            Operation::SaveContact(SaveContact { draft: draft("Cy", Some("+13055550155")) }),
            Operation::SaveContact(SaveContact { draft: draft("Dee", None) }),
            house.booking("cleaning", TUESDAY_9, "Cy").into(),
            RescheduleAppointment { appointment: self.booked.id, version: None, start: at(MONDAY_11), hold: None }
                .into(),
            CancelAppointment { appointment: self.booked.id, version: None }.into(),
            message("+13055550166").into(),
            somebody("Cy", "", None, None).into(),
            UpdateContact {
                phone: Some(None),
                tags: Some(words(&["new"])),
                fields: Some(BTreeMap::from([("plan".to_owned(), json!(null))])),
                ..change(&self.ana)
            }
            .into(),
            UpsertContact { email: Some("ana@example.com".to_owned()), tags: tags.clone(), ..UpsertContact::default() }
                .into(),
            UpsertContact { email: Some("cy@example.com".to_owned()), ..UpsertContact::default() }.into(),
            DeleteContact { contact, version: None }.into(),
            AddContactTags { contact, tags: tags.clone() }.into(),
            RemoveContactTags { contact, tags: tags.clone() }.into(),
            field("colour", "Colour").into(),
            field("plan", "What they pay").into(),
            RemoveContactField { key: "plan".to_owned() }.into(),
            AddNote { contact, body: "Paid.".to_owned() }.into(),
            UpdateNote { note, version: None, body: "Brave.".to_owned() }.into(),
            DeleteNote { note, version: None }.into(),
            MergeContacts { keep: self.bo.id, gone: contact, take: BTreeSet::new(), take_fields: BTreeSet::new() }
                .into(),
            TagContacts { whom: everybody.clone(), tags: tags.clone() }.into(),
            UntagContacts { whom: everybody.clone(), tags }.into(),
            DeleteContacts { whom: everybody }.into(),
            CreateSmartList { name: "New".to_owned(), filter: by_tag("new") }.into(),
            UpdateSmartList { list, version: None, name: Some("Slow".to_owned()), filter: None }.into(),
            DeleteSmartList { list, version: None }.into(),
            asked("confirm_appointment", json!({ "appointment": self.booked.id })),
            asked("update_appointment", json!({ "appointment": self.booked.id, "notes": "Bring the card." })),
            asked("create_pipeline", json!({ "name": "Second", "stages": [{ "name": "New", "probability": 1 }] })),
            asked("update_pipeline", json!({ "pipeline": self.pipeline.id, "name": "Business" })),
            asked(
                "update_pipeline",
                json!({ "pipeline": self.pipeline.id, "stages": [
                { "id": self.pipeline.stages[0].id, "name": "First", "probability": 5 },
                { "name": "Another", "probability": 70 },
            ] }),
            ),
            asked("delete_pipeline", json!({ "pipeline": self.spare.id })),
            asked("create_opportunity", json!({ "name": "Braces", "contact": contact })),
            asked("update_opportunity", json!({ "opportunity": self.open.id, "contact": null, "value_minor": 5 })),
            asked("move_opportunity", json!({ "opportunity": self.open.id, "stage": self.pipeline.stages[1].id })),
            asked("close_opportunity", json!({ "opportunity": self.open.id, "result": "lost", "reason": "dear" })),
            asked("reopen_opportunity", json!({ "opportunity": self.closed.id })),
            asked("delete_opportunity", json!({ "opportunity": self.closed.id })),
            asked("create_task", json!({ "title": "Write" })),
            asked("update_task", json!({ "task": self.task.id, "title": "Call again" })),
            asked("complete_task", json!({ "task": self.task.id })),
            asked("reopen_task", json!({ "task": self.done.id })),
            asked("delete_task", json!({ "task": self.task.id })),
            asked("create_order", json!({ "items": [{ "name": "Brush", "quantity": 2, "unit_minor": 500 }] })),
            asked(
                "record_transaction",
                json!({
                    "order": self.order.id, "kind": "refund", "amount_minor": 50, "provider": "cash",
                }),
            ),
            asked("mark_read", json!({ "conversation": self.conversation })),
            asked("log_call", json!({ "contact": contact, "direction": "outbound", "notes": "Nobody there." })),
            asked("create_workflow", json!({ "name": "No-show" })),
            asked("update_workflow", json!({ "workflow": self.workflow.id, "name": "Recall in spring" })),
            asked("remove_from_workflow", json!({ "workflow": self.workflow.id, "contact": contact })),
            asked("create_campaign", json!({ "name": "Autumn" })),
            asked("update_campaign", json!({ "campaign": self.campaign.id, "name": "Late spring" })),
            asked("remove_from_campaign", json!({ "campaign": self.campaign.id, "contact": contact })),
            asked("add_to_workflow", json!({ "workflow": self.workflow.id, "contact": self.cy.id })),
            asked("add_to_campaign", json!({ "campaign": self.campaign.id, "contact": self.cy.id })),
            asked("delete_workflow", json!({ "workflow": self.workflow.id })),
            asked(
                "connect_social_account",
                json!({ "platform": "linkedin", "name": "Oak", "webhook": "https://example.com/other" }),
            ),
            asked("create_social_post", json!({ "text": "We have moved." })),
            asked(
                "create_social_post",
                json!({ "text": "Closed today.", "publish_at": house.clock.now() + SignedDuration::from_hours(2) }),
            ),
            asked("update_social_post", json!({ "post": self.post.id, "text": "Open on Saturday." })),
            asked("delete_social_post", json!({ "post": self.post.id })),
            asked("disconnect_social_account", json!({ "account": self.account.id })),
            asked(
                "configure_reviews",
                json!({ "link": "https://example.com/review", "words": "How was it? {link}", "cooldown_days": 30 }),
            ),
        ]
    }
}

/// An operation as doors read it.
fn asked(name: &str, request: serde_json::Value) -> Operation {
    let entry = CATALOGUE.iter().find(|entry| entry.about.name == name).expect("an operation");
    (entry.read)(request).expect("a request")
}

fn field(key: &str, label: &str) -> DefineContactField {
    DefineContactField { key: key.to_owned(), label: label.to_owned(), kind: FieldKind::Text, choices: Vec::new() }
}

fn message(number: &str) -> LeaveMessage {
    LeaveMessage { from: draft("Somebody", Some(number)), body: "Call me back.".to_owned(), call: None }
}

fn by_tag(tag: &str) -> ListContacts {
    ListContacts { tag: Some(tag.to_owned()), ..ListContacts::default() }
}

#[tokio::test]
async fn whatever_is_done_is_taken_back_and_done_again() {
    let house = House::open().await;
    let stage = Stage::set(&house).await;
    let before = rows(&house).await;
    // An undo is walked with each of them; a hold lasts minutes and is not written down; an import is batches of entries.
    let mut walked = BTreeSet::from(["undo_action", "hold_slots", "start_import"]);
    for operation in stage.operations(&house) {
        walked.insert(operation.name());
        let shown = format!("{operation:?}");
        house.perform(operation).await.unwrap_or_else(|error| panic!("{shown}: {error}"));
        let after = rows(&house).await;
        assert_ne!(after, before, "{shown} does something");
        for expected in [&before, &after, &before] {
            undo_last(&house).await.unwrap_or_else(|error| panic!("{shown}: {error}"));
            assert_eq!(&rows(&house).await, expected, "{shown}");
        }
    }
    let undoable = |undo| matches!(undo, Undo::Restore | Undo::By(_));
    let all = CATALOGUE.iter().filter(|entry| entry.about.effect != Effect::Read && undoable(entry.about.undo));
    let missing: Vec<_> = all.map(|entry| entry.about.name).filter(|name| !walked.contains(name)).collect();
    assert!(missing.is_empty(), "give these an operation in `Stage::operations`: {missing:?}");
}

#[tokio::test]
async fn changes_are_taken_back_one_after_the_other_and_each_once() {
    let house = House::open().await;
    let ana = create(&house, somebody("Ana", "", None, None)).await;
    let mut actions = Vec::new();
    for name in ["Anna", "Anne"] {
        done!(house, UpdateContact { first_name: Some(name.to_owned()), ..change(&ana) }, ContactUpdated);
        actions.push(last(&house).await);
    }
    assert_eq!(undo(&house, &actions[0]).await, Err(Error::Stale("contact")), "it was changed since");
    let undone = undo(&house, &actions[1]).await.expect("undone");
    let undoing = last(&house).await;
    assert_eq!((undone.undone_by, undoing.undoes), (Some(undoing.id), Some(actions[1].id)));
    assert!(matches!(undo(&house, &actions[1]).await, Err(Error::Invalid(_))), "once is enough");
    undo(&house, &actions[0]).await.expect("it is as it was left again");
    assert_eq!(read(&house, ana.id).await.map(|one| (one.first_name, one.version)), Ok(("Ana".to_owned(), 5)));
}

#[tokio::test]
async fn a_time_given_up_is_taken_again_only_if_it_is_free() {
    let house = House::open().await;
    let ana = house.book(house.booking("cleaning", MONDAY_10, "Ana")).await.expect("a booking");
    house.perform(CancelAppointment { appointment: ana.id, version: None }.into()).await.expect("cancelled");
    let cancelling = last(&house).await;
    let bo = house.book(house.booking("cleaning", MONDAY_10, "Bo")).await.expect("the time is free");
    assert_eq!(undo(&house, &cancelling).await, Err(Error::SlotTaken));
    house.perform(CancelAppointment { appointment: bo.id, version: None }.into()).await.expect("cancelled");
    undo(&house, &cancelling).await.expect("free again");
    assert_eq!(house.appointments_of("+13055550123").await, [Appointment { version: 3, ..ana }]);
    assert_eq!(house.book(house.booking("cleaning", MONDAY_10, "Cy")).await, Err(Error::SlotTaken));
}

#[tokio::test]
async fn an_undo_that_fails_in_the_middle_changes_nothing() {
    let house = House::open().await;
    let stage = Stage::set(&house).await;
    let everybody = Whom { filter: Some(ListContacts::default()), ..Whom::default() };
    done!(house, DeleteContacts { whom: everybody }, ContactsDeleted);
    let deleting = last(&house).await;
    create(&house, somebody("Cy", "", Some("+13055550123"), None)).await;
    let before = rows(&house).await;
    let refused = undo(&house, &deleting).await;
    assert!(matches!(refused, Err(Error::Duplicate { field: "phone", .. })), "{refused:?}");
    assert_eq!(rows(&house).await, before);
    assert_eq!(read(&house, stage.bo.id).await, Err(Error::NotFound("contact")), "all of it or nothing");
}

#[tokio::test]
async fn what_was_added_stays_once_something_else_points_to_it() {
    let house = House::open().await;
    let stages = json!([{ "name": "New", "probability": 10 }]);
    done!(house, asked("create_pipeline", json!({ "name": "Sales", "stages": stages })), PipelineCreated);
    let adding = last(&house).await;
    done!(house, asked("create_opportunity", json!({ "name": "A smile" })), OpportunityCreated);
    assert!(matches!(undo(&house, &adding).await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn who_was_added_stays_once_something_belongs_to_them() {
    let house = House::open().await;
    let ana = create(&house, somebody("Ana", "", None, None)).await;
    let adding = last(&house).await;
    done!(house, AddNote { contact: ana.id, body: "Paid.".to_owned() }, NoteAdded);
    assert_eq!(undo(&house, &adding).await, Err(Error::Stale("contact")));
}

#[tokio::test]
async fn a_contact_comes_back_whole_with_a_version_nobody_has_read() {
    let house = House::open().await;
    let stage = Stage::set(&house).await;
    let before = read(&house, stage.ana.id).await.expect("there");
    let delete = DeleteContact { contact: stage.ana.id, version: None };
    house.perform(delete.into()).await.expect("deleted");
    undo_last(&house).await.expect("undone");
    let back = read(&house, stage.ana.id).await.expect("there again");
    assert!(back.version > before.version + 1, "{} after {}", back.version, before.version);
    assert_eq!(back, Contact { version: back.version, updated_at: back.updated_at, ..before });
    let notes: Page<Note> = done!(house, ListNotes { contact: stage.ana.id, limit: None, cursor: None }, Notes);
    assert_eq!(notes.items.iter().map(|note| note.body.as_str()).collect::<Vec<_>>(), [stage.note.body.as_str()]);
}

#[tokio::test]
async fn whoever_had_a_removed_field_is_another_contact_than_was_read() {
    let house = House::open().await;
    let stage = Stage::set(&house).await;
    let remove = RemoveContactField { key: "plan".to_owned() };
    house.perform(remove.into()).await.expect("removed");
    let (ana, bo) = (read(&house, stage.ana.id).await.expect("Ana"), read(&house, stage.bo.id).await.expect("Bo"));
    assert_eq!((ana.version, bo.version), (stage.ana.version + 1, stage.bo.version));
    let late = UpdateContact { version: Some(stage.ana.version), first_name: Some("A".to_owned()), ..change(&ana) };
    assert_eq!(house.perform(late.into()).await, Err(Error::Stale("contact")));
}

#[tokio::test]
async fn what_was_done_is_listed_by_what_it_concerns_by_whom_and_since_when() {
    let house = House::open().await;
    let ana = create(&house, somebody("Ana", "", None, None)).await;
    house.clock.set(house.clock.now() + SignedDuration::from_secs(60));
    let since = house.clock.now();
    let bo = create(&house, somebody("Bo", "", None, None)).await;
    done!(house, AddContactTags { contact: ana.id, tags: words(&["vip"]) }, ContactTagged);
    let list = async |wanted: ListActions| {
        let page: Page<ActionLine> = done!(house, wanted, Actions);
        page.items.iter().map(|line| (line.operation.clone(), line.number)).collect::<Vec<_>>()
    };
    let tag = ("add_contact_tags".to_owned(), 4);
    let created = |number| ("create_contact".to_owned(), number);
    let by = |who: &str| ListActions { who: Some(who.to_owned()), ..ListActions::default() };
    let concerning = |id: ContactId| ListActions { concerning: Some(id.to_string()), ..ListActions::default() };
    assert_eq!(list(concerning(ana.id)).await, [tag.clone(), created(2)]);
    assert_eq!(list(concerning(bo.id)).await, [created(3)]);
    assert_eq!(list(ListActions { since: Some(since), ..ListActions::default() }).await, [tag.clone(), created(3)]);
    assert_eq!(list(by("caller")).await.len(), 3);
    assert_eq!(list(by("owner")).await, []);
    assert_eq!(list(ListActions { operation: Some(tag.0.clone()), ..ListActions::default() }).await, [tag]);
    assert!(matches!(house.perform(by("somebody").into()).await, Err(Error::Invalid(_))));
    let first: Page<ActionLine> = done!(house, ListActions { limit: Some(2), ..ListActions::default() }, Actions);
    let rest = [created(2), ("add_business".to_owned(), 1)];
    assert_eq!(list(ListActions { cursor: first.next, ..ListActions::default() }).await, rest);
    let whole: Action = done!(house, GetAction { action: first.items[0].id }, ActionGot);
    assert_eq!((whole.number, whole.changes.map(|changes| changes.len())), (4, Some(1)));
}

#[tokio::test]
async fn who_may_not_do_a_thing_may_not_take_it_back() {
    let house = House::open().await;
    let ana = create(&house, somebody("Ana", "", None, None)).await;
    house.perform(DeleteContact { contact: ana.id, version: None }.into()).await.expect("deleted");
    let action = last(&house).await.id;
    let request = Request::new(house.business.id, Source::Web, crate::crm::By::caller(), UndoAction { action });
    assert_eq!(house.embedded.perform(request).await, Err(Error::Forbidden("delete_contact")));
}

#[tokio::test]
async fn who_may_not_do_a_thing_may_not_do_it_again_by_undoing_its_undo() {
    let house = House::open().await;
    let ana = create(&house, somebody("Ana", "", None, None)).await;
    house.perform(DeleteContact { contact: ana.id, version: None }.into()).await.expect("deleted");
    undo(&house, &last(&house).await).await.expect("undone");
    let action = last(&house).await.id;
    let request = Request::new(house.business.id, Source::Web, crate::crm::By::caller(), UndoAction { action });
    assert_eq!(house.embedded.perform(request).await, Err(Error::Forbidden("delete_contact")));
    assert_eq!(read(&house, ana.id).await.map(|one| one.first_name), Ok("Ana".to_owned()));
}

#[tokio::test]
async fn somebody_made_again_to_whom_something_belongs_stays() {
    let house = House::open().await;
    let ana = create(&house, somebody("Ana", "", None, None)).await;
    for _ in ["taken back", "made again"] {
        undo(&house, &last(&house).await).await.expect("undone");
    }
    let again = last(&house).await;
    house.perform(AddNote { contact: ana.id, body: "Brave.".to_owned() }.into()).await.expect("a note");
    assert_eq!(undo(&house, &again).await, Err(Error::Stale("contact")));
    assert_eq!(read(&house, ana.id).await.map(|one| one.first_name), Ok("Ana".to_owned()));
}

#[tokio::test]
async fn who_may_not_do_a_thing_does_not_read_what_it_changed() {
    let house = House::open().await;
    let secret = json!({ "platform": "linkedin", "name": "Oak", "webhook": "https://example.com/secret" });
    house.perform(asked("connect_social_account", secret)).await.expect("connected");
    let action = last(&house).await.id;
    let may = [crate::crm::operation::Permission::ReadHistory].into_iter().collect();
    let by = crate::crm::By { may, ..crate::crm::By::caller() };
    let request = Request::new(house.business.id, Source::Web, by, GetAction { action });
    let Ok(Outcome::ActionGot(read)) = house.embedded.perform(request).await else { panic!("an action") };
    assert_eq!((read.operation.as_str(), read.changes), ("connect_social_account", None));
}

#[tokio::test]
async fn another_business_s_actions_are_not_found() {
    let house = House::open().await;
    create(&house, somebody("Ana", "", None, None)).await;
    let action = last(&house).await.id;
    let there = super::contacts::elsewhere(house).await;
    assert_eq!(there.perform(GetAction { action }.into()).await, Err(Error::NotFound("action")));
    assert_eq!(there.perform(UndoAction { action }.into()).await, Err(Error::NotFound("action")));
    let none: Page<ActionLine> = done!(there, ListActions::default(), Actions);
    let done: Vec<_> = none.items.iter().map(|line| line.operation.as_str()).collect();
    assert_eq!(done, ["add_business"]);
}

#[tokio::test]
async fn what_is_erased_is_gone_and_the_chain_holds() {
    let house = House::open().await;
    let stage = Stage::set(&house).await;
    done!(house, AddContactTags { contact: stage.bo.id, tags: words(&["tall"]) }, ContactTagged);
    let first = last(&house).await;
    let contact = stage.ana.id;
    house.perform(DeleteContact { contact, version: None }.into()).await.expect("deleted");
    let deleting = last(&house).await;
    let erased = done!(house, EraseContactHistory { contact }, HistoryErased);
    assert!(erased.entries >= 5, "{erased:?}");
    let mut store = house.embedded.store.read().await.expect("a reader");
    let left: Vec<String> = sqlx::query_scalar("SELECT changes FROM actions WHERE changes IS NOT NULL")
        .fetch_all(&mut *store)
        .await
        .expect("entries");
    drop(store);
    assert!(left.iter().all(|changes| !changes.contains("Silva") && !changes.contains("needles")), "{left:?}");
    assert!(matches!(undo(&house, &deleting).await, Err(Error::Invalid(_))), "it cannot come back");
    let chain = &house.embedded.verify().await.expect("checked")[0];
    assert_eq!((chain.broken, chain.erased), (None, erased.entries));
    undo(&house, &first).await.expect("what is not about them stays");
}

#[tokio::test]
async fn an_entry_altered_left_out_or_put_elsewhere_is_named() {
    let house = House::open().await;
    for name in ["Ana", "Bo", "Cy", "Dee"] {
        create(&house, somebody(name, "", None, None)).await;
    }
    let whole = house.embedded.verify().await.expect("checked");
    assert_eq!((whole[0].entries, whole[0].broken), (5, None));
    for (number, meddling) in [
        // Each before the one meddled with already.
        (5, "UPDATE actions SET who = '{\"kind\":\"house\"}' WHERE number = 5"),
        (4, "UPDATE actions SET changes = NULL, digest = '' WHERE number = 4"),
        (3, "UPDATE actions SET changes = REPLACE(changes, 'Bo', 'Al') WHERE number = 3"),
        (2, "UPDATE actions SET ai = '{\"kind\":\"copilot\"}' WHERE number = 2"),
        (1, "DELETE FROM actions WHERE number = 1"),
    ] {
        let mut transaction = house.embedded.store.write().await.expect("a writer");
        sqlx::query(meddling).execute(&mut *transaction).await.expect("meddled with");
        store::commit(transaction).await.expect("kept");
        let found = house.embedded.verify().await.expect("checked");
        assert_eq!(found[0].broken.map(|(entry, _)| entry), Some(number), "{meddling}");
    }
}
