//! Users, sessions and keys.

use super::*;
use crate::accounts::{Accounts, Caller, Credentials, Error, HouseRole, Membership, NewKey, NewUser, Password, Role};
use crate::crm::operation::Permission;
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
    let user = accounts.add_user(&Caller::owner(), new.clone()).await.expect("added");
    assert_eq!((user.email.as_str(), user.last_name.as_str()), ("ana@example.com", "Silva"));
    assert_eq!(accounts.add_user(&Caller::owner(), new).await, Err(Error::EmailTaken));

    let signed_in = accounts.sign_in(with("ANA@example.com ", PASSWORD), HERE).await.expect("signed in");
    assert_eq!((signed_in.user.id, signed_in.user.last_login_at), (user.id, Some(house.clock.now())));
    let caller = accounts.authenticate(&signed_in.token).await.expect("told").expect("known");
    assert_eq!(caller.signed_in(), Some(user.id));
    assert!(!caller.runs_the_house());
    let by = caller.at(house.business.id).expect("theirs");
    assert!(by.may.hold(Permission::ManageAccess));
    assert_eq!(caller.at(BusinessId::from_u128(1)), None);

    accounts.sign_out(&caller).await.expect("signed out");
    assert_eq!(accounts.authenticate(&signed_in.token).await, Ok(None));
    for stranger in ["", "rp_session_", "rp_live_", "rp_session_x", "anything"] {
        assert_eq!(accounts.authenticate(stranger).await, Ok(None), "{stranger}");
    }
}

#[tokio::test]
async fn who_is_unknown_and_who_mistypes_are_told_the_same() {
    let house = House::open().await;
    let accounts = accounts(&house);
    accounts.add_user(&Caller::owner(), somebody("ana@example.com", HouseRole::Admin, vec![])).await.expect("added");
    for (email, password) in [("ana@example.com", "wrong"), ("bo@example.com", PASSWORD), ("", ""), ("x\0", PASSWORD)] {
        assert_eq!(accounts.sign_in(with(email, password), HERE).await, Err(Error::Wrong), "{email}");
    }
}

#[tokio::test]
async fn a_session_lasts_while_it_is_used_and_not_for_ever() {
    let house = House::open().await;
    let accounts = accounts(&house);
    accounts.add_user(&Caller::owner(), somebody("ana@example.com", HouseRole::Admin, vec![])).await.expect("added");
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
    let user = accounts.add_user(&owner, new).await.expect("added").id;
    let token = accounts.sign_in(with("ana@example.com", PASSWORD), HERE).await.expect("signed in").token;
    let may = async || {
        let caller = accounts.authenticate(&token).await.expect("told").expect("known");
        caller.at(house.business.id).map(|by| by.may)
    };
    assert_eq!(may().await, Some(Role::Owner.may()));
    let viewer = Membership { role: Role::Viewer, ..owner_of(&house) };
    let changed = accounts.set_member(&owner, user, viewer).await.expect("changed");
    assert_eq!(changed.businesses, [viewer]);
    assert_eq!(may().await, Some(Role::Viewer.may()));
    accounts.remove_member(&owner, user, house.business.id).await.expect("removed");
    assert_eq!(may().await, None);
    assert_eq!(accounts.remove_member(&owner, user, house.business.id).await, Err(Error::NotFound("member")));
    assert_eq!(accounts.set_member(&owner, UserId::fresh(), viewer).await, Err(Error::NotFound("user")));
    let nowhere = Membership { business: BusinessId::from_u128(1), role: Role::Owner };
    let refused = accounts.set_member(&owner, user, nowhere).await;
    assert_eq!(refused, Err(Error::Store(crate::crm::Error::NotFound("business"))));
}

#[tokio::test]
async fn a_key_opens_its_business_for_what_it_was_made_for_until_it_is_revoked() {
    let house = House::open().await;
    let (accounts, owner, business) = (accounts(&house), Caller::owner(), house.business.id);
    let new = |scopes: &[Permission]| NewKey { name: "The shop".to_owned(), scopes: scopes.iter().copied().collect() };
    let (key, text) = accounts.create_key(&owner, business, new(&[Permission::ReadContacts])).await.expect("made");
    assert!(text.starts_with(&key.start) && key.start.starts_with("rp_live_"), "{key:?}");
    let caller = accounts.authenticate(&text).await.expect("told").expect("known");
    assert_eq!(caller.at(business).map(|by| by.may), Some([Permission::ReadContacts].into_iter().collect()));
    assert_eq!(caller.only(), Some(business));
    assert_eq!(accounts.keys(&owner, business).await.expect("keys")[0].used_at, Some(house.clock.now()));

    assert_eq!(accounts.keys(&caller, business).await, Err(Error::Forbidden("managing access")));
    assert_eq!(accounts.keys(&caller, BusinessId::from_u128(1)).await, Err(Error::NotFound("business")));
    let (_, manager) = accounts.create_key(&owner, business, new(&[Permission::ManageAccess])).await.expect("made");
    let manager = accounts.authenticate(&manager).await.expect("told").expect("known");
    let more = accounts.create_key(&manager, business, new(&[Permission::ReadContacts])).await;
    assert_eq!(more, Err(Error::Forbidden("a key that may more than whoever makes it")));
    assert!(accounts.create_key(&manager, business, new(&[])).await.is_err());

    accounts.revoke_key(&manager, business, key.id).await.expect("revoked");
    assert_eq!(accounts.authenticate(&text).await, Ok(None));
    assert_eq!(accounts.revoke_key(&owner, business, key.id).await, Err(Error::NotFound("key")));
    let revoked: Vec<_> =
        accounts.keys(&owner, business).await.expect("keys").iter().map(|key| key.revoked_at).collect();
    assert_eq!(revoked, [None, Some(house.clock.now())]);
}

#[tokio::test]
async fn only_whoever_runs_the_house_adds_people_and_a_business_sees_its_own() {
    let house = House::open().await;
    let (accounts, owner, business) = (accounts(&house), Caller::owner(), house.business.id);
    let second =
        Business { id: BusinessId::fresh(), phone: number("+13055550111"), services: vec![], ..house.business.clone() };
    house.embedded.add_business(&second).await.expect("added");
    let both = vec![owner_of(&house), Membership { business: second.id, role: Role::Viewer }];
    accounts.add_user(&owner, somebody("ana@example.com", HouseRole::User, both.clone())).await.expect("added");
    accounts.add_user(&owner, somebody("bo@example.com", HouseRole::Admin, vec![])).await.expect("added");
    let token = accounts.sign_in(with("ana@example.com", PASSWORD), HERE).await.expect("signed in").token;
    let ana = accounts.authenticate(&token).await.expect("told").expect("known");

    let users = accounts.users(&owner, None).await.expect("users");
    let emails: Vec<_> = users.iter().map(|user| user.email.as_str()).collect();
    assert_eq!(emails, ["ana@example.com", "bo@example.com"]);
    let mut businesses = users[0].businesses.clone();
    businesses.sort_by_key(|one| one.role);
    assert_eq!(businesses, both.into_iter().rev().collect::<Vec<_>>());
    let seen = accounts.users(&ana, Some(business)).await.expect("users");
    assert_eq!(seen.iter().map(|user| user.businesses.clone()).collect::<Vec<_>>(), [vec![owner_of(&house)]]);
    assert_eq!(accounts.users(&ana, Some(second.id)).await, Err(Error::Forbidden("managing access")));
    assert_eq!(accounts.users(&ana, None).await, Err(Error::Forbidden("running the house")));
    let refused = accounts.add_user(&ana, somebody("cy@example.com", HouseRole::User, vec![])).await;
    assert_eq!(refused, Err(Error::Forbidden("running the house")));
    let short = NewUser { password: Password::new("short"), ..somebody("cy@example.com", HouseRole::User, vec![]) };
    assert!(matches!(accounts.add_user(&owner, short).await, Err(Error::Invalid(_))));
}
