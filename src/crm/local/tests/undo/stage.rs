//! What undo is tried on: people with everything people have, an operation of every kind, and all rows as they are.

use super::super::contacts::{change, create, done, read, somebody, words};
use super::super::*;
use crate::crm::backend::{Incoming, MessageBook};
use crate::crm::model::{
    Campaign, Channel, FieldKind, Note, Opportunity, Order, Pipeline, SocialAccount, SocialPost, Task, Workflow,
};
use crate::crm::operation::{
    AddContactTags, AddNote, CATALOGUE, CreateContact, CreateSmartList, DefineContactField, DeleteContact,
    DeleteContacts, DeleteNote, DeleteSmartList, LeaveMessage, ListContacts, MergeContacts, RemoveContactField,
    RemoveContactTags, SmartList, TagContacts, UntagContacts, UpdateContact, UpdateNote, UpdateSmartList,
    UpsertContact, Whom,
};
use crate::id::ConversationId;
use serde_json::json;
use sqlx::Row as _;
use std::collections::{BTreeMap, BTreeSet};

/// Tables that are no subject of undo: the log itself, what repeats are told, what no operation writes, and what the database
/// counts itself (a day or month of which nothing is left is kept).
const APART: [&str; 9] = [
    "_sqlx_migrations",
    "actions",
    "action_rows",
    "idempotency",
    "businesses",
    "calls",
    "turns",
    "figures",
    "forecasts",
];
/// What a row has beside what it says.
const NOT_SAID: [&str; 4] = ["version", "updated_at", "keys_made", "last_activity_at"];
/// Tables whose rows are made anew with what they are a part of.
const PARTS: [&str; 6] =
    ["contact_tags", "contact_values", "contact_keys", "contact_reach", "opportunity_keys", "services"];

/// All rows there are, as they are.
pub(super) async fn rows(house: &House) -> BTreeMap<String, BTreeSet<String>> {
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
    // A yes or no of its row is a number in one engine only.
    let setups = house.embedded.businesses().await.expect("businesses").into_iter();
    let setups = setups.map(|setup| format!("{:?}", Business { version: 0, ..setup }));
    all.insert("businesses".to_owned(), setups.collect());
    all
}

/// People with everything people have.
pub(super) struct Stage {
    pub(super) ana: Contact,
    pub(super) bo: Contact,
    /// Who has nothing yet.
    cy: Contact,
    pub(super) note: Note,
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
    pub(super) async fn set(house: &House) -> Self {
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
                answer: false,
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
    pub(super) fn operations(&self, house: &House) -> Vec<Operation> {
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
            other_setup(house),
            asked(
                "configure_reviews",
                json!({ "link": "https://example.com/review", "words": "How was it? {link}", "cooldown_days": 30 }),
            ),
        ]
    }
}

/// The business under another name, elsewhere, with services added, changed and gone.
fn other_setup(house: &House) -> Operation {
    let there = &house.business.services;
    let services = json!([
        { "id": there[1].id, "name": "check-up", "minutes": 45 },
        { "id": there[0].id, "name": "cleaning", "minutes": 30 },
        { "name": "braces", "minutes": 60, "price_minor": 100_000 },
    ]);
    let mut setup = json!({ "name": "Elm Street Dental", "transfer_to": null, "voice_enabled": false, "zone": "UTC" });
    setup["services"] = services;
    asked("update_business", setup)
}

/// An operation as doors read it.
pub(super) fn asked(name: &str, request: serde_json::Value) -> Operation {
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
