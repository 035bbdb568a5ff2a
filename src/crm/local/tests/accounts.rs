//! Users, sessions and keys.

use super::*;
use crate::accounts::{
    Accounts, Caller, Credentials, Device, Error, HouseRole, Membership, NewKey, NewUser, Password, Platform, Role,
};
use crate::crm::model::{Action, Change, HOUSE, Hand, Kind};
use crate::crm::operation::{GetAction, ListActions, Permission, UndoAction};
use crate::id::UserId;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU64, Ordering};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "a password of some length";

fn accounts(house: &House) -> Accounts {
    let minted = AtomicU64::new(0);
    let mint = move || Ok(format!("{:064}", minted.fetch_add(1, Ordering::Relaxed)));
    Accounts::new(Arc::new(house.embedded.clone()), house.clock.clone(), Box::new(mint))
}

fn somebody(email: &str, role: HouseRole, businesses: Vec<Membership>) -> NewUser {
    let (first_name, last_name) = ("Ana".to_owned(), " Silva\n".to_owned());
    NewUser { email: email.to_owned(), password: Password::new(PASSWORD), first_name, last_name, role, businesses }
}

fn with(email: &str, password: &str) -> Credentials {
    Credentials { email: email.to_owned(), password: Password::new(password) }
}

fn owner_of(house: &House) -> Membership {
    Membership { business: house.business.id, role: Role::Owner }
}

fn pass(house: &House, hours: i64) {
    house.clock.set(house.clock.now() + SignedDuration::from_hours(hours));
}

#[tokio::test]
async fn somebody_signs_in_is_known_by_the_token_and_signs_out() {
    let house = House::open().await;
    let accounts = accounts(&house);
    let new = somebody(" Ana@Example.com", HouseRole::User, vec![owner_of(&house)]);
    let user = accounts.add_user(&Caller::owner(), Source::Api, new.clone()).await.expect("added");
    assert_eq!((user.email.as_str(), user.last_name.as_str()), ("ana@example.com", "Silva"));
    assert_eq!(accounts.add_user(&Caller::owner(), Source::Api, new).await, Err(Error::EmailTaken));

    let signed_in = accounts.sign_in(with("ANA@example.com ", PASSWORD), HERE).await.expect("signed in");
    assert_eq!((signed_in.user.id, signed_in.user.last_login_at), (user.id, Some(house.clock.now())));
    let caller = accounts.authenticate(&signed_in.token).await.expect("told").expect("known");
    assert_eq!(caller.signed_in(), Some(user.id));
    assert!(!caller.runs_the_house());
    let by = caller.at(house.business.id).expect("theirs");
    assert!(by.may.hold(Permission::ManageAccess));
    assert_eq!(caller.at(BusinessId::from_u128(1)), None);

    accounts.sign_out(&caller, Source::Api).await.expect("signed out");
    assert_eq!(accounts.authenticate(&signed_in.token).await, Ok(None));
    for stranger in ["", "rp_session_", "rp_live_", "rp_session_x", "anything"] {
        assert_eq!(accounts.authenticate(stranger).await, Ok(None), "{stranger}");
    }
}

#[tokio::test]
async fn who_is_unknown_and_who_mistypes_are_told_the_same() {
    let house = House::open().await;
    let accounts = accounts(&house);
    accounts
        .add_user(&Caller::owner(), Source::Api, somebody("ana@example.com", HouseRole::Admin, vec![]))
        .await
        .expect("added");
    for (email, password) in [("ana@example.com", "wrong"), ("bo@example.com", PASSWORD), ("", ""), ("x\0", PASSWORD)] {
        assert_eq!(accounts.sign_in(with(email, password), HERE).await, Err(Error::Wrong), "{email}");
    }
}

#[tokio::test]
async fn a_session_lasts_while_it_is_used_and_not_for_ever() {
    let house = House::open().await;
    let accounts = accounts(&house);
    accounts
        .add_user(&Caller::owner(), Source::Api, somebody("ana@example.com", HouseRole::Admin, vec![]))
        .await
        .expect("added");
    let token = accounts.sign_in(with("ana@example.com", PASSWORD), HERE).await.expect("signed in").token;
    for day in 0..15 {
        let caller = accounts.authenticate(&token).await.expect("told");
        assert!(caller.is_some_and(|caller| caller.runs_the_house()), "{day}");
        pass(&house, 6 * 24);
    }
    assert_eq!(accounts.authenticate(&token).await, Ok(None), "after ninety days");
    let token = accounts.sign_in(with("ana@example.com", PASSWORD), HERE).await.expect("signed in").token;
    pass(&house, 7 * 24);
    assert_eq!(accounts.authenticate(&token).await, Ok(None), "after a week unused");
}

#[tokio::test]
async fn what_is_taken_from_somebody_is_gone_at_once() {
    let house = House::open().await;
    let (accounts, owner) = (accounts(&house), Caller::owner());
    let new = somebody("ana@example.com", HouseRole::User, vec![owner_of(&house)]);
    let user = accounts.add_user(&owner, Source::Api, new).await.expect("added").id;
    let token = accounts.sign_in(with("ana@example.com", PASSWORD), HERE).await.expect("signed in").token;
    let may = async || {
        let caller = accounts.authenticate(&token).await.expect("told").expect("known");
        caller.at(house.business.id).map(|by| by.may)
    };
    assert_eq!(may().await, Some(Role::Owner.may()));
    let viewer = Membership { role: Role::Viewer, ..owner_of(&house) };
    let changed = accounts.set_member(&owner, Source::Api, user, viewer).await.expect("changed");
    assert_eq!(changed.businesses, [viewer]);
    assert_eq!(may().await, Some(Role::Viewer.may()));
    accounts.remove_member(&owner, Source::Api, user, house.business.id).await.expect("removed");
    assert_eq!(may().await, None);
    assert_eq!(
        accounts.remove_member(&owner, Source::Api, user, house.business.id).await,
        Err(Error::NotFound("member"))
    );
    assert_eq!(accounts.set_member(&owner, Source::Api, UserId::fresh(), viewer).await, Err(Error::NotFound("user")));
    let nowhere = Membership { business: BusinessId::from_u128(1), role: Role::Owner };
    let refused = accounts.set_member(&owner, Source::Api, user, nowhere).await;
    assert_eq!(refused, Err(Error::Store(crate::crm::Error::NotFound("business"))));
}

#[tokio::test]
async fn a_key_opens_its_business_for_what_it_was_made_for_until_it_is_revoked() {
    let house = House::open().await;
    let (accounts, owner, business) = (accounts(&house), Caller::owner(), house.business.id);
    let new = |scopes: &[Permission]| NewKey { name: "The shop".to_owned(), scopes: scopes.iter().copied().collect() };
    let (key, text) =
        accounts.create_key(&owner, Source::Api, business, new(&[Permission::ReadContacts])).await.expect("made");
    assert!(text.starts_with(&key.start) && key.start.starts_with("rp_live_"), "{key:?}");
    let caller = accounts.authenticate(&text).await.expect("told").expect("known");
    assert_eq!(caller.at(business).map(|by| by.may), Some([Permission::ReadContacts].into_iter().collect()));
    assert_eq!(caller.only(), Some(business));
    assert_eq!(
        accounts.keys(&owner, business, (None, None)).await.expect("keys").items[0].used_at,
        Some(house.clock.now())
    );

    assert_eq!(accounts.keys(&caller, business, (None, None)).await, Err(Error::Forbidden("managing access")));
    assert_eq!(accounts.keys(&caller, BusinessId::from_u128(1), (None, None)).await, Err(Error::NotFound("business")));
    let (_, manager) =
        accounts.create_key(&owner, Source::Api, business, new(&[Permission::ManageAccess])).await.expect("made");
    let manager = accounts.authenticate(&manager).await.expect("told").expect("known");
    let more = accounts.create_key(&manager, Source::Api, business, new(&[Permission::ReadContacts])).await;
    assert_eq!(more, Err(Error::Forbidden("a key that may more than whoever makes it")));
    assert!(accounts.create_key(&manager, Source::Api, business, new(&[])).await.is_err());

    accounts.revoke_key(&manager, Source::Api, business, key.id).await.expect("revoked");
    assert_eq!(accounts.authenticate(&text).await, Ok(None));
    assert_eq!(accounts.revoke_key(&owner, Source::Api, business, key.id).await, Err(Error::NotFound("key")));
    let revoked: Vec<_> = accounts
        .keys(&owner, business, (None, None))
        .await
        .expect("keys")
        .items
        .iter()
        .map(|key| key.revoked_at)
        .collect();
    assert_eq!(revoked, [None, Some(house.clock.now())]);
}

#[tokio::test]
async fn only_whoever_runs_the_house_adds_people_and_a_business_sees_its_own() {
    let house = House::open().await;
    let (accounts, owner, business) = (accounts(&house), Caller::owner(), house.business.id);
    let second =
        Business { id: BusinessId::fresh(), phone: number("+13055550111"), services: vec![], ..house.business.clone() };
    house.embedded.add(&second, Hand::house()).await.expect("added");
    let both = vec![owner_of(&house), Membership { business: second.id, role: Role::Viewer }];
    accounts
        .add_user(&owner, Source::Api, somebody("ana@example.com", HouseRole::User, both.clone()))
        .await
        .expect("added");
    accounts.add_user(&owner, Source::Api, somebody("bo@example.com", HouseRole::Admin, vec![])).await.expect("added");
    let token = accounts.sign_in(with("ana@example.com", PASSWORD), HERE).await.expect("signed in").token;
    let ana = accounts.authenticate(&token).await.expect("told").expect("known");

    let users = accounts.users(&owner, None, (None, None)).await.expect("users").items;
    let emails: Vec<_> = users.iter().map(|user| user.email.as_str()).collect();
    assert_eq!(emails, ["ana@example.com", "bo@example.com"]);
    let mut businesses = users[0].businesses.clone();
    businesses.sort_by_key(|one| one.role);
    assert_eq!(businesses, both.into_iter().rev().collect::<Vec<_>>());
    let seen = accounts.users(&ana, Some(business), (None, None)).await.expect("users").items;
    assert_eq!(seen.iter().map(|user| user.businesses.clone()).collect::<Vec<_>>(), [vec![owner_of(&house)]]);
    assert_eq!(accounts.users(&ana, Some(second.id), (None, None)).await, Err(Error::Forbidden("managing access")));
    assert_eq!(accounts.users(&ana, None, (None, None)).await, Err(Error::Forbidden("running the house")));
    let refused = accounts.add_user(&ana, Source::Api, somebody("cy@example.com", HouseRole::User, vec![])).await;
    assert_eq!(refused, Err(Error::Forbidden("running the house")));
    let short = NewUser { password: Password::new("short"), ..somebody("cy@example.com", HouseRole::User, vec![]) };
    assert!(matches!(accounts.add_user(&owner, Source::Api, short).await, Err(Error::Invalid(_))));
}

/// What a business's history says of each thing that was done, the oldest first.
async fn told(house: &House, business: BusinessId) -> Vec<Action> {
    let list = house.perform_for(business, ListActions::default().into()).await;
    let Ok(Outcome::Actions(page)) = list else { panic!("no history: {list:?}") };
    let mut told = Vec::new();
    for line in page.items.iter().rev() {
        let got = house.perform_for(business, GetAction { action: line.id }.into()).await;
        let Ok(Outcome::ActionGot(action)) = got else { panic!("no action: {got:?}") };
        told.push(action);
    }
    told
}

/// The last of them: what it is called, whose hand it was, and the one row it changed.
fn last(told: &[Action]) -> (&str, Hand, &Change) {
    let action = told.last().expect("an action");
    let [change] = action.changes.as_deref().expect("changes") else { panic!("one change, not {action:?}") };
    (&action.operation, Hand { who: action.who, door: action.door }, change)
}

/// Whether every chain holds, and that nothing secret stands in any.
async fn is_sound(house: &House, secrets: &[&str]) {
    let chains = house.embedded.verify().await.expect("checked");
    assert!(chains.iter().all(|chain| chain.broken.is_none()), "{chains:?}");
    let mut connection = house.embedded.store.read().await.expect("a reader");
    for table in ["SELECT changes FROM actions", "SELECT changes FROM house_actions"] {
        let rows = sqlx::query(table).fetch_all(&mut *connection).await.expect("entries");
        for row in &rows {
            let changes: String = store::get(row, "changes").expect("changes");
            assert!(secrets.iter().all(|secret| !changes.contains(secret)), "{changes}");
        }
    }
}

#[tokio::test]
async fn a_business_that_is_added_is_the_first_entry_of_its_history() {
    let house = House::open().await;
    let told = told(&house, house.business.id).await;
    let (operation, hand, change) = last(&told);
    assert_eq!((operation, hand, change.kind), ("add_business", Hand::house(), Kind::Business));
    assert_eq!((&change.before, &change.after), (&None, &serde_json::to_value(&house.business).ok()));
    let undo = house.perform_for(house.business.id, UndoAction { action: told[0].id }.into()).await;
    assert!(matches!(undo, Err(crate::crm::Error::Invalid(why)) if why.to_string().contains("cannot be taken back")));
    is_sound(&house, &[]).await;
}

#[tokio::test]
async fn whoever_is_added_and_what_they_become_is_written_down_where_it_counts() {
    let house = House::open().await;
    let (accounts, owner, business) = (accounts(&house), Caller::owner(), house.business.id);
    let new = somebody("ana@example.com", HouseRole::User, vec![owner_of(&house)]);
    let user = accounts.add_user(&owner, Source::Console, new).await.expect("added");
    let membership = |role: &str| Some(serde_json::json!({ "business": business, "role": role }));
    let told = async || told(&house, business).await;

    let added = told().await;
    let (operation, hand, change) = last(&added);
    assert_eq!((operation, hand), ("add_user", Hand { who: Who::Owner, door: Source::Console }));
    assert_eq!((change.kind, &change.id, &change.before), (Kind::Member, &user.id.to_string(), &None));
    assert_eq!(change.after, membership("owner"));
    let page = accounts.house_actions(&owner, (None, None)).await.expect("the house's history");
    let (operation, hand, change) = last(&page.items);
    assert_eq!((operation, hand), ("add_user", Hand { who: Who::Owner, door: Source::Console }));
    assert_eq!((change.kind, page.items[0].business), (Kind::User, HOUSE));
    assert_eq!(change.after, serde_json::to_value(&user).ok());

    let viewer = Membership { role: Role::Viewer, ..owner_of(&house) };
    accounts.set_member(&owner, Source::Api, user.id, viewer).await.expect("changed");
    let changed = told().await;
    let (operation, _, change) = last(&changed);
    assert_eq!((operation, &change.before, &change.after), ("set_member", &membership("owner"), &membership("viewer")));
    accounts.set_member(&owner, Source::Api, user.id, viewer).await.expect("the same again");
    assert_eq!(told().await, changed, "nothing changed");
    accounts.remove_member(&owner, Source::Api, user.id, business).await.expect("removed");
    let removed = told().await;
    let (operation, _, change) = last(&removed);
    assert_eq!((operation, &change.before, &change.after), ("remove_member", &membership("viewer"), &None));
    let undo = house.perform_for(business, UndoAction { action: removed.last().expect("one").id }.into()).await;
    assert!(matches!(undo, Err(crate::crm::Error::Invalid(_))), "{undo:?}");

    let hash: String = text_of(&house, "SELECT password_hash FROM users").await;
    is_sound(&house, &[PASSWORD, &hash]).await;
}

/// The one text that this finds.
async fn text_of(house: &House, query: &'static str) -> String {
    let mut connection = house.embedded.store.read().await.expect("a reader");
    sqlx::query_scalar(query).fetch_one(&mut *connection).await.expect("a text")
}

#[tokio::test]
async fn a_key_that_is_made_or_revoked_is_written_down_without_the_key() {
    let house = House::open().await;
    let (accounts, owner, business) = (accounts(&house), Caller::owner(), house.business.id);
    let new = NewKey { name: "The shop".to_owned(), scopes: [Permission::ReadContacts].into_iter().collect() };
    let (key, text) = accounts.create_key(&owner, Source::Api, business, new).await.expect("made");
    let hash = text_of(&house, "SELECT token_hash FROM api_keys").await;
    let says = |revoked_at: Option<Timestamp>| {
        Some(serde_json::json!({ "name": "The shop", "scopes": ["read_contacts"], "revoked_at": revoked_at }))
    };
    let made = told(&house, business).await;
    let (operation, hand, change) = last(&made);
    assert_eq!((operation, hand), ("create_key", Hand { who: Who::Owner, door: Source::Api }));
    assert_eq!((change.kind, &change.id), (Kind::ApiKey, &key.id.to_string()));
    assert_eq!((&change.before, &change.after), (&None, &says(None)));
    accounts.revoke_key(&owner, Source::Console, business, key.id).await.expect("revoked");
    let revoked = told(&house, business).await;
    let (operation, hand, change) = last(&revoked);
    assert_eq!((operation, hand.door), ("revoke_key", Source::Console));
    assert_eq!((&change.before, &change.after), (&says(None), &says(Some(house.clock.now()))));

    let by = By { who: Who::Owner, may: [Permission::ReadHistory].into_iter().collect() };
    let get = GetAction { action: revoked.last().expect("one").id };
    let got = house.embedded.perform(Request::new(business, Source::Api, by, get)).await;
    let Ok(Outcome::ActionGot(action)) = got else { panic!("no action: {got:?}") };
    assert_eq!(action.changes, None, "who comes in is shown to whoever manages access");
    is_sound(&house, &[&text, &hash, &key.start]).await;
}

#[tokio::test]
async fn a_telephone_is_written_down_as_it_comes_and_goes_without_its_token() {
    let house = House::open().await;
    let (accounts, owner) = (accounts(&house), Caller::owner());
    let new = somebody("ana@example.com", HouseRole::User, vec![owner_of(&house)]);
    let user = accounts.add_user(&owner, Source::Api, new).await.expect("added").id;
    let session = async || {
        let token = accounts.sign_in(with("ana@example.com", PASSWORD), HERE).await.expect("signed in").token;
        accounts.authenticate(&token).await.expect("told").expect("known")
    };
    let device = |token: &str| Device { platform: Platform::Ios, token: token.to_owned() };
    let said = async || {
        let page = accounts.house_actions(&owner, (None, None)).await.expect("the house's history");
        let action = page.items.into_iter().next().expect("an action");
        let rows = action.changes.expect("changes").into_iter().map(|change| {
            assert_eq!(change.kind, Kind::Device);
            (change.id, change.before.is_some(), change.after.is_some())
        });
        (action.operation, action.who, action.door, rows.collect::<Vec<_>>())
    };
    let by = |operation: &str| (operation.to_owned(), Who::User(user), Source::Mobile);
    let (one, other) = (session().await, session().await);
    let id = |caller: &Caller| caller.session().expect("a session").to_string();

    accounts.set_device(&one, Source::Mobile, device("tell-me-here")).await.expect("set");
    let (operation, who, door, rows) = said().await;
    assert_eq!(((operation, who, door), rows), (by("set_device"), vec![(id(&one), false, true)]));
    accounts.set_device(&other, Source::Mobile, device("tell-me-here")).await.expect("it is the other's now");
    let (operation, who, door, rows) = said().await;
    let moved = vec![(id(&one), true, false), (id(&other), false, true)];
    assert_eq!(((operation, who, door), rows), (by("set_device"), moved));
    accounts.sign_out(&other, Source::Mobile).await.expect("signed out");
    let (operation, who, door, rows) = said().await;
    assert_eq!(((operation, who, door), rows), (by("sign_out"), vec![(id(&other), true, false)]));
    accounts.set_device(&one, Source::Mobile, device("tell-me-here")).await.expect("set");
    pass(&house, 8 * 24);
    session().await;
    let (operation, who, door, rows) = said().await;
    assert_eq!((operation.as_str(), who, door), ("remove_device", Who::House, Source::House));
    assert_eq!(rows, [(id(&one), true, false)], "the session was over");
    is_sound(&house, &["tell-me-here"]).await;
}

#[tokio::test]
async fn an_entry_of_the_house_that_was_altered_is_seen() {
    let house = House::open().await;
    let (accounts, owner) = (accounts(&house), Caller::owner());
    for email in ["ana@example.com", "bo@example.com", "cy@example.com"] {
        accounts.add_user(&owner, Source::Api, somebody(email, HouseRole::User, vec![])).await.expect("added");
    }
    let first = accounts.house_actions(&owner, (Some(2), None)).await.expect("a page");
    let rest = accounts.house_actions(&owner, (Some(2), first.next.as_deref())).await.expect("the rest");
    let numbers = |page: &crate::crm::model::Page<Action>| page.items.iter().map(|one| one.number).collect::<Vec<_>>();
    assert_eq!((numbers(&first), numbers(&rest), &rest.next), (vec![3, 2], vec![1], &None));
    is_sound(&house, &[]).await;
    let mut transaction = house.embedded.store.write().await.expect("a writer");
    sqlx::query("UPDATE house_actions SET door = 'mcp' WHERE number = 2")
        .execute(&mut *transaction)
        .await
        .expect("done");
    store::commit(transaction).await.expect("done");
    let chains = house.embedded.verify().await.expect("checked");
    let house = chains.iter().find(|chain| chain.business == HOUSE).expect("the house's");
    assert_eq!((house.entries, house.broken.map(|(number, _)| number)), (1, Some(2)));
}
