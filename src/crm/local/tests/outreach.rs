//! Workflows, campaigns, social posts, reviews and the calls of webhooks.

use super::contacts::{create, done, somebody};
use super::*;
use crate::crm::backend::{Posted, WebhookBook};
use crate::crm::model::{
    CampaignStatus, Delivery, EnrolmentState, Medium, PostStatus, SocialAccount, SocialPost, Workflow,
};
use crate::crm::operation::{
    AddToCampaign, AddToWorkflow, ConfigureReviews, ConnectSocialAccount, CreateCampaign, CreateSocialPost,
    CreateWorkflow, DeleteContact, DeleteSocialPost, DeleteWorkflow, DisconnectSocialAccount, GetSocialPost,
    ListCampaignMembers, ListCampaigns, ListEnrolments, ListReviewRequests, ListSocialAccounts, ListSocialPosts,
    ListWebhookCalls, ListWorkflows, RemoveFromCampaign, RemoveFromWorkflow, RequestReview, TriggerWebhook,
    UpdateCampaign, UpdateSocialPost, UpdateWorkflow,
};
use crate::id::{BusinessId, SocialPostId, WorkflowId};
use serde_json::json;

async fn workflow(house: &House, name: &str) -> Workflow {
    done!(house, CreateWorkflow { name: name.to_owned(), description: String::new() }, WorkflowCreated)
}

fn enrolments(workflow: WorkflowId) -> ListEnrolments {
    ListEnrolments { workflow: Some(workflow), contact: None, limit: None, cursor: None }
}

async fn account(house: &House, name: &str) -> SocialAccount {
    let connect = ConnectSocialAccount {
        platform: "facebook".to_owned(),
        name: name.to_owned(),
        webhook: format!("https://hooks.example/{name}"),
    };
    done!(house, connect, SocialAccountConnected)
}

fn post(text: &str) -> CreateSocialPost {
    CreateSocialPost {
        text: text.to_owned(),
        media: Vec::new(),
        accounts: Vec::new(),
        publish_now: false,
        publish_at: None,
    }
}

fn change(post: SocialPostId) -> UpdateSocialPost {
    UpdateSocialPost {
        post,
        version: None,
        text: None,
        media: None,
        accounts: None,
        publish_now: false,
        publish_at: None,
    }
}

async fn read(house: &House, post: SocialPostId) -> SocialPost {
    done!(house, GetSocialPost { post }, SocialPostGot)
}

#[tokio::test]
async fn a_contact_is_in_a_workflow_once_until_they_are_taken_out() {
    let house = House::open().await;
    let contact = create(&house, somebody("Ana", "", None, None)).await.id;
    let (welcome, birthday) = (workflow(&house, "Welcome").await, workflow(&house, "Birthday").await);
    let list = ListWorkflows { active: Some(true), limit: None, cursor: None };
    assert_eq!(done!(house, list.clone(), Workflows).items, [birthday.clone(), welcome.clone()], "by name");

    let add = AddToWorkflow { workflow: welcome.id, contact, event_start: None };
    let first = done!(house, add.clone(), WorkflowEntered);
    assert_eq!((first.state, first.event_start), (EnrolmentState::Waiting, None));
    assert_eq!(done!(house, add.clone(), WorkflowEntered), first, "as wanted already");
    let event_start = Some(at(TUESDAY_9));
    let moved = done!(house, AddToWorkflow { event_start, ..add.clone() }, WorkflowEntered);
    assert_eq!((moved.id, moved.event_start, moved.version), (first.id, event_start, 2));

    let remove = RemoveFromWorkflow { workflow: welcome.id, contact };
    assert_eq!(done!(house, remove.clone(), WorkflowLeft).state, EnrolmentState::Removed);
    assert_eq!(house.perform(remove.into()).await, Err(Error::NotFound("enrolment")));
    done!(house, add.clone(), WorkflowEntered);
    assert_eq!(done!(house, enrolments(welcome.id), Enrolments).items.len(), 2, "what was is kept");

    let off =
        UpdateWorkflow { workflow: welcome.id, version: Some(1), name: None, description: None, active: Some(false) };
    assert!(!done!(house, off.clone(), WorkflowUpdated).active);
    assert_eq!(house.perform(off.into()).await, Err(Error::Stale("workflow")));
    assert_eq!(done!(house, list, Workflows).items, [birthday]);
    let other = create(&house, somebody("Bo", "", None, None)).await.id;
    let refused = house.perform(AddToWorkflow { contact: other, ..add }.into()).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    house.perform(DeleteWorkflow { workflow: welcome.id, version: None }.into()).await.expect("deleted");
    assert_eq!(house.perform(enrolments(welcome.id).into()).await, Err(Error::NotFound("workflow")));
}

#[tokio::test]
async fn a_contact_is_in_a_campaign_once_and_in_none_that_is_over() {
    let house = House::open().await;
    let contact = create(&house, somebody("Ana", "", None, None)).await.id;
    let new = CreateCampaign { name: "Spring".to_owned(), description: String::new(), status: CampaignStatus::Draft };
    let campaign = done!(house, new, CampaignCreated).id;
    let add = AddToCampaign { campaign, contact };
    let member = done!(house, add.clone(), CampaignEntered);
    assert_eq!(done!(house, add.clone(), CampaignEntered), member);
    let members = ListCampaignMembers { campaign, limit: None, cursor: None };
    assert_eq!(done!(house, members.clone(), CampaignMembers).items, [member]);
    let remove = RemoveFromCampaign { campaign, contact };
    assert_eq!(house.perform(remove.clone().into()).await, Ok(Outcome::CampaignLeft));
    assert_eq!(house.perform(remove.into()).await, Err(Error::NotFound("campaign member")));

    let end =
        UpdateCampaign { campaign, version: None, name: None, description: None, status: Some(CampaignStatus::Ended) };
    let ended = done!(house, end, CampaignUpdated);
    let refused = house.perform(add.into()).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    let list = ListCampaigns { status: Some(CampaignStatus::Ended), limit: None, cursor: None };
    assert_eq!(done!(house, list, Campaigns).items, [ended]);
}

#[tokio::test]
async fn a_post_is_queued_for_each_account_and_published_once_all_have_it() {
    let house = House::open().await;
    let nowhere = house.perform(CreateSocialPost { publish_now: true, ..post("Hello") }.into()).await;
    assert!(matches!(nowhere, Err(Error::Invalid(_))), "{nowhere:?}");
    let (one, two) = (account(&house, "one").await, account(&house, "two").await);
    let accounts = ListSocialAccounts { platform: Some("facebook".to_owned()), limit: None, cursor: None };
    assert_eq!(done!(house, accounts, SocialAccounts).items.len(), 2);

    let draft = done!(house, post("Hello"), SocialPostCreated);
    assert_eq!((draft.status, draft.due_at, &draft.accounts), (PostStatus::Draft, None, &vec![one.id, two.id]));
    let business = house.business.id;
    assert_eq!(WebhookBook::due(&house.embedded, 10).await.expect("a list"), []);
    let later = UpdateSocialPost { publish_at: Some(at(MONDAY_11)), ..change(draft.id) };
    assert_eq!(done!(house, later, SocialPostUpdated).status, PostStatus::Scheduled);
    assert_eq!(WebhookBook::due(&house.embedded, 10).await.expect("a list"), []);
    let reworded = UpdateSocialPost { text: Some("Hello, all".to_owned()), ..change(draft.id) };
    assert_eq!(done!(house, reworded, SocialPostUpdated).due_at, Some(at(MONDAY_11)), "when stays as it was");

    house.clock.set(at(MONDAY_11));
    let due = WebhookBook::due(&house.embedded, 10).await.expect("a list");
    assert_eq!(due.len(), 2);
    let mut urls = Vec::new();
    for (place, (business, call)) in due.into_iter().enumerate() {
        let (first, second) = tokio::join!(
            WebhookBook::take_up(&house.embedded, business, call),
            WebhookBook::take_up(&house.embedded, business, call)
        );
        let (first, second) = (first.expect("an answer"), second.expect("an answer"));
        assert!(first.is_some() != second.is_some(), "one of two has it");
        let taken = first.or(second).expect("one");
        assert_eq!(taken.payload["text"], "Hello, all");
        urls.push(taken.url);
        let answered = Posted::Answered { status: 200, answer: "ok".to_owned(), taken: true };
        WebhookBook::settle(&house.embedded, business, call, answered).await.expect("settled");
        let expected = if place == 0 { PostStatus::Scheduled } else { PostStatus::Published };
        assert_eq!(read(&house, draft.id).await.status, expected);
    }
    urls.sort_unstable();
    assert_eq!(urls, ["https://hooks.example/one", "https://hooks.example/two"]);
    assert_eq!(read(&house, draft.id).await.published_at, Some(house.clock.now()));
    let again = house.perform(change(draft.id).into()).await;
    assert!(matches!(again, Err(Error::Invalid(_))), "{again:?}");
    let calls = ListWebhookCalls { post: Some(draft.id), limit: None, cursor: None };
    assert_eq!(done!(house, calls, WebhookCalls).items.len(), 2);
    assert_eq!(WebhookBook::post(&house.embedded, business, draft.id).await.expect("there").1.len(), 2);
}

#[tokio::test]
async fn a_post_that_did_not_arrive_everywhere_says_so_and_one_that_waits_can_be_taken_back() {
    let house = House::open().await;
    let one = account(&house, "one").await;
    let failing = done!(house, CreateSocialPost { publish_now: true, ..post("Hello") }, SocialPostCreated);
    let [(business, call)] = WebhookBook::due(&house.embedded, 10).await.expect("a list").try_into().expect("one call");
    WebhookBook::take_up(&house.embedded, business, call).await.expect("an answer").expect("in hand");
    let refused = Posted::Answered { status: 500, answer: String::new(), taken: false };
    let call = WebhookBook::settle(&house.embedded, business, call, refused).await.expect("settled");
    assert_eq!((call.delivery, call.status), (Delivery::Failed, Some(500)));
    let failed = read(&house, failing.id).await;
    assert_eq!((failed.status, failed.trouble), (PostStatus::Failed, Some("the address answered 500".to_owned())));

    let waiting = CreateSocialPost { publish_at: Some(at(TUESDAY_9)), accounts: vec![one.id], ..post("Later") };
    let waiting = done!(house, waiting, SocialPostCreated);
    let delete = DeleteSocialPost { post: waiting.id, version: Some(1) };
    assert_eq!(house.perform(delete.into()).await, Ok(Outcome::SocialPostDeleted));
    house.clock.set(at(TUESDAY_17));
    assert_eq!(WebhookBook::due(&house.embedded, 10).await.expect("a list"), []);
    let list = ListSocialPosts { status: Some(PostStatus::Failed), limit: None, cursor: None };
    assert_eq!(done!(house, list, SocialPosts).items.len(), 1);
    let past = house.perform(CreateSocialPost { publish_at: Some(at(MONDAY_10)), ..post("Before") }.into()).await;
    assert!(matches!(past, Err(Error::Invalid(_))), "{past:?}");
    assert_eq!(
        house.perform(DisconnectSocialAccount { account: one.id }.into()).await,
        Ok(Outcome::SocialAccountDisconnected)
    );
    let gone = house.perform(CreateSocialPost { accounts: vec![one.id], ..post("Nowhere") }.into()).await;
    assert_eq!(gone, Err(Error::NotFound("social account")));
}

#[tokio::test]
async fn nobody_is_asked_for_a_review_too_often() {
    let house = House::open().await;
    let contact = create(&house, somebody("Ana", "", Some("+13055550142"), None)).await.id;
    let ask = RequestReview { contact, medium: None, subject: None };
    let undecided = house.perform(ask.clone().into()).await;
    assert!(matches!(undecided, Err(Error::Invalid(_))), "{undecided:?}");
    let decide = |cooldown_days| ConfigureReviews {
        link: "https://reviews.example/oak".to_owned(),
        words: "Thank you! {link}".to_owned(),
        cooldown_days,
    };
    assert_eq!(done!(house, decide(None), ReviewsConfigured).cooldown_days, 90);
    let settings = done!(house, decide(Some(30)), ReviewsConfigured);
    assert_eq!((settings.cooldown_days, settings.version), (30, 2));

    let asked = done!(house, ask.clone(), ReviewRequested);
    assert_eq!(asked.medium, Medium::Sms);
    let message = crate::crm::backend::MessageBook::message(&house.embedded, house.business.id, asked.message).await;
    assert_eq!(message.expect("queued").body, "Thank you! https://reviews.example/oak");
    house.clock.set(house.clock.now() + SignedDuration::from_hours(24 * 29));
    let soon = house.perform(ask.clone().into()).await;
    assert!(matches!(soon, Err(Error::Invalid(_))), "{soon:?}");
    house.clock.set(house.clock.now() + SignedDuration::from_hours(24));
    let again = done!(house, ask, ReviewRequested);
    let list = ListReviewRequests { contact: Some(contact), limit: None, cursor: None };
    assert_eq!(done!(house, list, ReviewRequests).items, [again, asked]);
}

#[tokio::test]
async fn a_deleted_contact_is_in_nothing_any_more() {
    let house = House::open().await;
    let contact = create(&house, somebody("Ana", "", None, None)).await.id;
    let welcome = workflow(&house, "Welcome").await.id;
    done!(house, AddToWorkflow { workflow: welcome, contact, event_start: None }, WorkflowEntered);
    let new = CreateCampaign { name: "Spring".to_owned(), description: String::new(), status: CampaignStatus::Active };
    let campaign = done!(house, new, CampaignCreated).id;
    done!(house, AddToCampaign { campaign, contact }, CampaignEntered);
    house.perform(DeleteContact { contact, version: None }.into()).await.expect("deleted");
    assert_eq!(done!(house, enrolments(welcome), Enrolments).items, []);
    let members = ListCampaignMembers { campaign, limit: None, cursor: None };
    assert_eq!(done!(house, members, CampaignMembers).items, []);
}

#[tokio::test]
async fn another_tenant_has_none_of_it() {
    let house = House::open().await;
    let contact = create(&house, somebody("Ana", "", Some("+13055550142"), None)).await.id;
    let welcome = workflow(&house, "Welcome").await.id;
    account(&house, "one").await;
    let written = done!(house, post("Hello"), SocialPostCreated).id;
    let trigger = TriggerWebhook { url: "https://hooks.example/x".to_owned(), payload: json!({ "a": 1 }) };
    let call = done!(house, trigger, WebhookTriggered);
    assert_eq!((call.delivery, &call.payload), (Delivery::Queued, &json!({ "a": 1 })));
    let other = BusinessId::from_u128(7);
    let ask = async |operation: Operation| {
        house.embedded.perform(Request::new(other, Source::Api, By::owner(), operation)).await
    };
    for (operation, what) in [
        (AddToWorkflow { workflow: welcome, contact, event_start: None }.into(), "workflow"),
        (RemoveFromWorkflow { workflow: welcome, contact }.into(), "workflow"),
        (DeleteWorkflow { workflow: welcome, version: None }.into(), "workflow"),
        (enrolments(welcome).into(), "workflow"),
        (GetSocialPost { post: written }.into(), "post"),
        (change(written).into(), "post"),
        (DeleteSocialPost { post: written, version: None }.into(), "post"),
        (RequestReview { contact, medium: None, subject: None }.into(), "contact"),
    ] {
        assert_eq!(ask(operation).await, Err(Error::NotFound(what)));
    }
    assert_eq!(WebhookBook::take_up(&house.embedded, other, call.id).await, Ok(None));
    let calls = ask(ListWebhookCalls { post: None, limit: None, cursor: None }.into()).await.expect("a list");
    assert_eq!(calls.to_value().expect("JSON")["items"], json!([]));
}
