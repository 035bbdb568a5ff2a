//! What somebody has to do.

use super::contacts::{create, done, somebody};
use super::sales::second;
use super::*;
use crate::crm::model::{Page, Task};
use crate::crm::operation::{
    CompleteTask, CreateContact, CreateTask, DeleteTask, GetTask, ListTasks, ReopenTask, TaskState, UpdateContact,
    UpdateTask,
};
use crate::id::{TaskId, UserId};
use serde_json::json;

fn titled(title: &str, due: Option<&str>) -> CreateTask {
    CreateTask { title: title.to_owned(), due: due.map(at), ..CreateTask::default() }
}

/// Somebody who belongs to the house's business.
async fn colleague(house: &House) -> UserId {
    let user = UserId::fresh();
    let mut transaction = house.embedded.store.write().await.expect("a transaction");
    for statement in [
        "INSERT INTO users (id, email, password_hash, first_name, last_name, role, email_verified, created_at, updated_at) \
         VALUES ($1, $1, $2, '', '', 'user', 1, 0, 0)",
        "INSERT INTO members (user_id, business_id, role, created_at, updated_at) VALUES ($1, $2, 'agent', 0, 0)",
    ] {
        sqlx::query(statement)
            .bind(user.to_string())
            .bind(house.business.id.to_string())
            .execute(&mut *transaction)
            .await
            .expect("a row");
    }
    transaction.commit().await.expect("kept");
    user
}

async fn make(house: &House, new: CreateTask) -> Task {
    done!(house, new, TaskCreated)
}

async fn list(house: &House, list: ListTasks) -> Vec<String> {
    let page: Page<Task> = done!(house, list, Tasks);
    page.items.into_iter().map(|task| task.title).collect()
}

#[tokio::test]
async fn what_is_given_to_somebody_is_given_to_who_belongs_to_the_business() {
    let house = House::open().await;
    let (colleague, stranger) = (colleague(&house).await, UserId::fresh());
    let task = CreateTask { assignee: Some(stranger), ..titled("Call Ana", None) };
    assert_eq!(house.perform(task.into()).await, Err(Error::NotFound("user")));
    let task = make(&house, titled("Call Ana", None)).await;
    let given = |owner| CreateContact { owner: Some(owner), ..somebody("Ana", "", None, None) };
    assert_eq!(house.perform(given(stranger).into()).await, Err(Error::NotFound("user")));
    let contact = create(&house, given(colleague)).await;
    assert_eq!(contact.owner, Some(colleague));
    let contact = json!({ "contact": contact.id, "owner": stranger });
    let contact: UpdateContact = serde_json::from_value(contact).expect("one");
    assert_eq!(house.perform(contact.into()).await, Err(Error::NotFound("user")));
    let task = json!({ "task": task.id, "assignee": stranger });
    let task: UpdateTask = serde_json::from_value(task).expect("one");
    assert_eq!(house.perform(task.into()).await, Err(Error::NotFound("user")));
}

#[tokio::test]
async fn a_task_is_made_changed_done_opened_and_thrown_away() {
    let house = House::open().await;
    let contact = create(&house, somebody("Ana", "", None, None)).await.id;
    let assignee = colleague(&house).await;
    let new = CreateTask {
        contact: Some(contact),
        assignee: Some(assignee),
        body: "About the crown.".to_owned(),
        ..titled("Call Ana", Some(TUESDAY_9))
    };
    let task = make(&house, new).await;
    assert_eq!((task.due, task.contact, task.version), (Some(at(TUESDAY_9)), Some(contact), 1));
    let change: UpdateTask =
        serde_json::from_value(json!({ "task": task.id, "version": 1, "title": "Ring Ana", "due": null }))
            .expect("one");
    let changed: Task = done!(house, change.clone(), TaskUpdated);
    assert_eq!((changed.title.as_str(), changed.due, changed.version), ("Ring Ana", None, 2));
    assert_eq!(
        (changed.contact, changed.assignee, changed.body.as_str()),
        (Some(contact), Some(assignee), "About the crown.")
    );
    assert_eq!(house.perform(change.into()).await, Err(Error::Stale("task")));
    let finished: Task = done!(house, CompleteTask { task: task.id, version: Some(2) }, TaskCompleted);
    assert_eq!(finished.completed_at, Some(house.clock.now()));
    house.clock.set(house.clock.now() + SignedDuration::from_secs(9));
    let still: Task = done!(house, CompleteTask { task: task.id, version: None }, TaskCompleted);
    assert_eq!(still, finished, "it was done then, not now");
    let open: Task = done!(house, ReopenTask { task: task.id, version: None }, TaskReopened);
    assert_eq!((open.completed_at, open.version), (None, 4));
    let read: Task = done!(house, GetTask { task: task.id }, TaskGot);
    assert_eq!(read, open);
    assert_eq!(house.perform(DeleteTask { task: task.id, version: Some(3) }.into()).await, Err(Error::Stale("task")));
    assert_eq!(house.perform(DeleteTask { task: task.id, version: Some(4) }.into()).await, Ok(Outcome::TaskDeleted));
    assert_eq!(house.perform(GetTask { task: task.id }.into()).await, Err(Error::NotFound("task")));
}

#[tokio::test]
async fn tasks_are_listed_by_when_they_are_due() {
    let house = House::open().await;
    let contact = create(&house, somebody("Ana", "", None, None)).await.id;
    let me = colleague(&house).await;
    make(&house, titled("whenever", None)).await;
    make(&house, titled("tomorrow", Some(TUESDAY_9))).await;
    make(&house, CreateTask { assignee: Some(me), ..titled("today", Some(MONDAY_10)) }).await;
    make(&house, CreateTask { contact: Some(contact), ..titled("late", Some("2026-11-20T09:00[America/New_York]")) })
        .await;
    let old = make(&house, titled("old", Some("2026-11-19T09:00[America/New_York]"))).await;
    done!(house, CompleteTask { task: old.id, version: None }, TaskCompleted);
    let open = ListTasks::default;
    let cases: [(ListTasks, &[&str]); 8] = [
        (open(), &["late", "today", "tomorrow", "whenever"]),
        (ListTasks { state: TaskState::Overdue, ..open() }, &["late"]),
        (ListTasks { state: TaskState::Done, ..open() }, &["old"]),
        (ListTasks { state: TaskState::All, ..open() }, &["old", "late", "today", "tomorrow", "whenever"]),
        (ListTasks { due_before: Some(at(TUESDAY_9)), ..open() }, &["late", "today"]),
        (ListTasks { due_from: Some(at(MONDAY_10)), ..open() }, &["today", "tomorrow"]),
        (ListTasks { contact: Some(contact), ..open() }, &["late"]),
        (ListTasks { assignee: Some(me), ..open() }, &["today"]),
    ];
    for (wanted, titles) in cases {
        assert_eq!(list(&house, wanted.clone()).await, titles, "{wanted:?}");
    }
    let first: Page<Task> = done!(house, ListTasks { limit: Some(3), ..open() }, Tasks);
    let rest: Page<Task> = done!(house, ListTasks { limit: Some(3), cursor: first.next.clone(), ..open() }, Tasks);
    assert_eq!((first.items.len(), rest.items.len(), rest.next), (3, 1, None), "those without a time are reached");
}

#[tokio::test]
async fn another_business_s_tasks_are_not_found() {
    let house = House::open().await;
    let contact = create(&house, somebody("Ana", "", None, None)).await.id;
    let task = make(&house, titled("Call", None)).await.id;
    let other = second(&house).await;
    let change: UpdateTask = serde_json::from_value(json!({ "task": task, "title": "Mine" })).expect("a change");
    let version = None;
    let theirs = colleague(&house).await;
    let elsewhere: [(Operation, &str); 9] = [
        (CreateTask { assignee: Some(theirs), ..titled("Call", None) }.into(), "user"),
        (CreateTask { contact: Some(contact), ..titled("Call", None) }.into(), "contact"),
        (GetTask { task }.into(), "task"),
        (change.into(), "task"),
        (CompleteTask { task, version }.into(), "task"),
        (ReopenTask { task, version }.into(), "task"),
        (DeleteTask { task, version }.into(), "task"),
        (ListTasks { contact: Some(contact), ..ListTasks::default() }.into(), "contact"),
        (GetTask { task: TaskId::fresh() }.into(), "task"),
    ];
    for (operation, noun) in elsewhere {
        let asked = operation.clone();
        assert_eq!(house.perform_for(other, operation).await, Err(Error::NotFound(noun)), "{asked:?}");
    }
    let nothing = house.perform_for(other, ListTasks::default().into()).await;
    assert_eq!(nothing, Ok(Outcome::Tasks(Page { items: Vec::new(), next: None })));
}
