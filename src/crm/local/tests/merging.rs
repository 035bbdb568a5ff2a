//! Two contacts made one, many changed at once, filters kept.

use super::contacts::{change, create, done, elsewhere, read, somebody, words};
use super::undo::undo_last;
use super::*;
use crate::crm::local::contacts::belongings;
use crate::crm::model::{Channel, FieldKind, Note, Page};
use crate::crm::operation::{
    AddNote, Alike, Counted, CreateContact, CreateSmartList, DefineContactField, DeleteContacts, Duplicate,
    FindDuplicates, ListContacts, ListNotes, ListSmartListContacts, ListSmartLists, MergeContacts, Merged, Part,
    SmartList, TagContacts, UntagContacts, UpdateContact, UpdateSmartList, Whom,
};
use crate::id::ContactId;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

fn merge(keep: ContactId, gone: ContactId) -> MergeContacts {
    MergeContacts { keep, gone, take: BTreeSet::new(), take_fields: BTreeSet::new() }
}

fn these(contacts: &[ContactId]) -> Whom {
    Whom { contacts: contacts.iter().copied().collect(), filter: None }
}

fn fitting(filter: ListContacts) -> Whom {
    Whom { contacts: BTreeSet::new(), filter: Some(filter) }
}

#[tokio::test]
async fn of_two_contacts_one_has_all_that_both_had() {
    let house = House::open().await;
    for key in ["plan", "insurer"] {
        let (key, label) = (key.to_owned(), key.to_owned());
        done!(house, DefineContactField { key, label, kind: FieldKind::Text, choices: Vec::new() }, FieldDefined);
    }
    let fields = |plan: &str| BTreeMap::from([("plan".to_owned(), json!(plan))]);
    let keep = CreateContact { tags: words(&["vip"]), fields: fields("Gold"), ..somebody("Ana", "Silva", None, None) };
    let keep = create(&house, keep).await;
    let booked = house.book(house.booking("cleaning", MONDAY_10, "Anna S")).await.expect("a booking");
    let gone = UpdateContact {
        tags: Some(words(&["late"])),
        email: Some(Some("ana@example.com".to_owned())),
        fields: Some(
            [fields("Silver"), BTreeMap::from([("insurer".to_owned(), json!("Acme"))])].into_iter().flatten().collect(),
        ),
        do_not_disturb: Some(BTreeSet::from([Channel::Sms])),
        ..change(&read(&house, booked.contact).await.expect("who booked"))
    };
    let gone = done!(house, gone, ContactUpdated);
    done!(house, AddNote { contact: gone.id, body: "Tall.".to_owned() }, NoteAdded);
    let merged: Merged = done!(house, merge(keep.id, gone.id), ContactsMerged);
    let one = &merged.contact;
    assert_eq!((one.id, one.full_name().as_str(), merged.moved), (keep.id, "Ana Silva", 2));
    assert_eq!((&one.phone, &one.email), (&gone.phone, &gone.email), "what only one has is kept");
    assert_eq!((&one.tags, &one.do_not_disturb), (&words(&["late", "vip"]), &BTreeSet::from([Channel::Sms])));
    assert_eq!((&one.fields["plan"], &one.fields["insurer"]), (&json!("Gold"), &json!("Acme")));
    assert_eq!(read(&house, gone.id).await, Err(Error::NotFound("contact")));
    let notes: Page<Note> = done!(house, ListNotes { contact: keep.id, limit: None, cursor: None }, Notes);
    assert_eq!(notes.items.len(), 1);
    let coming = house.appointments_of("+13055550123").await;
    assert_eq!(coming.iter().map(|one| (one.id, one.contact)).collect::<Vec<_>>(), [(booked.id, keep.id)]);

    undo_last(&house).await.expect("undone");
    let back = read(&house, gone.id).await.expect("two again");
    assert_eq!((back.phone, back.email, back.tags), (gone.phone.clone(), gone.email.clone(), gone.tags.clone()));
    assert_eq!(house.appointments_of("+13055550123").await[0].contact, gone.id);

    let take = BTreeSet::from([Part::Name, Part::Phone, Part::Email]);
    let take_fields = BTreeSet::from(["plan".to_owned()]);
    let merged: Merged = done!(house, MergeContacts { take, take_fields, ..merge(keep.id, gone.id) }, ContactsMerged);
    assert_eq!((merged.contact.full_name().as_str(), &merged.contact.fields["plan"]), ("Anna S", &json!("Silver")));
}

#[tokio::test]
async fn who_may_be_one_is_found_by_name() {
    let house = House::open().await;
    let ana = create(&house, somebody("José", "Núñez", None, None)).await;
    let same = create(&house, somebody("jose", "nunez", None, None)).await;
    let near = create(&house, somebody("Jose", "Nunes", None, None)).await;
    create(&house, somebody("Bo", "Li", None, None)).await;
    let ids = |found: &[Duplicate]| {
        let group = |one: &Duplicate| (one.alike, one.contacts.iter().map(|one| one.id).collect::<Vec<_>>());
        found.iter().map(group).collect::<Vec<_>>()
    };
    let all: Vec<Duplicate> = done!(house, FindDuplicates::default(), Duplicates).items;
    assert_eq!(ids(&all), [(Alike::SameName, vec![ana.id, same.id])]);
    let asked = FindDuplicates { contact: Some(ana.id), ..FindDuplicates::default() };
    let like: Vec<Duplicate> = done!(house, asked, Duplicates).items;
    assert_eq!(ids(&like), [(Alike::SameName, vec![same.id]), (Alike::SimilarName, vec![near.id])]);

    let bo = create(&house, somebody("BO", "LI", None, None)).await;
    let page = async |cursor| done!(house, FindDuplicates { limit: Some(1), cursor, contact: None }, Duplicates);
    let (first, names) = (page(None).await, [bo.id, ana.id, same.id]);
    assert!(first.items.iter().all(|group| group.contacts.len() == 2 && names.contains(&group.contacts[1].id)));
    let rest = page(first.next).await;
    assert_eq!((ids(&rest.items), rest.next), (ids(&all), None), "by name, each once");
}

#[tokio::test]
async fn many_are_changed_at_once_counted_and_taken_back_at_once() {
    let house = House::open().await;
    let ana = create(&house, CreateContact { tags: words(&["vip"]), ..somebody("Ana", "", None, None) }).await;
    let bo = create(&house, somebody("Bo", "", None, None)).await;
    let cy = create(&house, somebody("Cy", "", None, None)).await;
    let tag = TagContacts { whom: these(&[ana.id, bo.id]), tags: words(&["vip"]) };
    assert_eq!(done!(house, tag, ContactsTagged), Counted { found: 2, changed: 1 });
    let vip = fitting(ListContacts { tag: Some("vip".to_owned()), ..ListContacts::default() });
    let untag = UntagContacts { whom: vip.clone(), tags: words(&["vip"]) };
    assert_eq!(done!(house, untag, ContactsUntagged), Counted { found: 2, changed: 2 });
    undo_last(&house).await.expect("undone");
    assert_eq!(done!(house, DeleteContacts { whom: vip }, ContactsDeleted), Counted { found: 2, changed: 2 });
    assert_eq!(read(&house, bo.id).await, Err(Error::NotFound("contact")));
    let missing = DeleteContacts { whom: these(&[bo.id, cy.id]) };
    assert_eq!(house.perform(missing.into()).await, Err(Error::NotFound("contact")), "all of them or none");
    undo_last(&house).await.expect("undone");
    assert_eq!(read(&house, ana.id).await.map(|one| one.tags), Ok(words(&["vip"])));
}

#[tokio::test]
async fn more_than_one_action_may_change_are_refused() {
    let house = House::open().await;
    let mut store = house.embedded.store.write().await.expect("a writer");
    for number in 0..=Whom::MAX {
        let values = format!("'{}', '{}', 'N{number}', '', 'n{number}', 1, 1", ContactId::fresh(), house.business.id);
        let insert = format!(
            "INSERT INTO contacts (id, business_id, first_name, last_name, sort_name, created_at, updated_at) VALUES ({values})"
        );
        sqlx::query(sqlx::AssertSqlSafe(insert)).execute(&mut *store).await.expect("a contact");
    }
    store::commit(store).await.expect("kept");
    let all = TagContacts { whom: fitting(ListContacts::default()), tags: words(&["all"]) };
    assert!(matches!(house.perform(all.into()).await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn a_smart_list_is_whoever_fits_it_now() {
    let house = House::open().await;
    let filter = ListContacts { tag: Some("vip".to_owned()), descending: true, ..ListContacts::default() };
    let make = CreateSmartList { name: "Important".to_owned(), filter };
    let list: SmartList = done!(house, make.clone(), SmartListCreated);
    assert!(matches!(house.perform(make.into()).await, Err(Error::Invalid(_))), "the name is taken");
    let who = ListSmartListContacts { list: list.id, limit: Some(1), cursor: None };
    assert_eq!(done!(house, who.clone(), SmartListContacts).items, []);
    for name in ["Ana", "Bo"] {
        create(&house, CreateContact { tags: words(&["vip"]), ..somebody(name, "", None, None) }).await;
    }
    let first: Page<Contact> = done!(house, who.clone(), SmartListContacts);
    let rest = done!(house, ListSmartListContacts { cursor: first.next.clone(), ..who.clone() }, SmartListContacts);
    let names: Vec<_> = [first.items, rest.items].concat().iter().map(Contact::full_name).collect();
    assert_eq!(names, ["Bo", "Ana"], "in its order");
    let update = UpdateSmartList { list: list.id, version: Some(1), name: Some("Vips".to_owned()), filter: None };
    assert_eq!(done!(house, update.clone(), SmartListUpdated).version, 2);
    assert_eq!(house.perform(update.into()).await, Err(Error::Stale("smart list")));
    let wrong = ListContacts { field: Some("colour".to_owned()), ..ListContacts::default() };
    let wrong = UpdateSmartList { list: list.id, version: None, name: None, filter: Some(wrong) };
    assert!(matches!(house.perform(wrong.into()).await, Err(Error::Invalid(_))), "nobody can be listed by it");
    let lists: Page<SmartList> = done!(house, ListSmartLists::default(), SmartLists);
    assert_eq!(lists.items.iter().map(|list| list.name.as_str()).collect::<Vec<_>>(), ["Vips"]);
    let there = elsewhere(house).await;
    assert_eq!(there.perform(who.into()).await, Err(Error::NotFound("smart list")));
    let none: Page<SmartList> = done!(there, ListSmartLists::default(), SmartLists);
    assert_eq!(none.items, []);
}

#[tokio::test]
async fn another_business_s_contacts_are_neither_merged_nor_changed() {
    let house = House::open().await;
    let ana = create(&house, somebody("Ana", "", None, None)).await.id;
    let there = elsewhere(house).await;
    let own = create(&there, somebody("Bo", "", None, None)).await.id;
    let asked: [Operation; 5] = [
        merge(own, ana).into(),
        merge(ana, own).into(),
        FindDuplicates { contact: Some(ana), ..FindDuplicates::default() }.into(),
        TagContacts { whom: these(&[own, ana]), tags: words(&["mine"]) }.into(),
        DeleteContacts { whom: these(&[ana]) }.into(),
    ];
    for operation in asked {
        assert_eq!(there.perform(operation.clone()).await, Err(Error::NotFound("contact")), "{operation:?}");
    }
}

#[tokio::test]
async fn every_table_that_points_to_contacts_is_one_that_is_merged() {
    let house = House::open().await;
    let mut store = house.embedded.store.read().await.expect("a reader");
    let pointing = if module_path!().contains("on_postgres") {
        "SELECT CAST(table_name AS TEXT) FROM information_schema.columns WHERE table_schema = 'public' \
         AND column_name = 'contact_id' ORDER BY table_name"
    } else {
        "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' \
         AND c.name = 'contact_id' ORDER BY m.name"
    };
    let pointing: Vec<String> = sqlx::query_scalar(pointing).fetch_all(&mut *store).await.expect("tables");
    // The contact itself, and the record of calls.
    let own = ["calls", "contact_keys", "contact_reach", "contact_tags", "contact_values"];
    let left: Vec<_> = pointing.iter().filter(|table| !own.contains(&table.as_str())).collect();
    assert_eq!(left, belongings::TABLES.iter().collect::<Vec<_>>());
}
