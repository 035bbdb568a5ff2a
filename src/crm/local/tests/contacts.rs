//! Contacts as those who edit them see them.

use super::*;
use crate::crm::error::Reason;
use crate::crm::model::{Channel, ContactField, FieldKind, Page};
use crate::crm::operation::{
    AddContactTags, ContactSort, CreateContact, DefineContactField, DeleteContact, GetContact, ListContactFields,
    ListContacts, ListTags, RemoveContactField, RemoveContactTags, SearchContacts, TagUse, Unknown, UpdateContact,
    UpsertContact, Upserted,
};
use crate::id::ContactId;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Performs an operation and takes what it carries.
macro_rules! done {
    ($house:expr, $operation:expr, $outcome:ident) => {
        match $house.perform($operation.into()).await {
            Ok(Outcome::$outcome(carried)) => carried,
            other => panic!("{}, not {other:?}", stringify!($outcome)),
        }
    };
}
pub(super) use done;

pub(super) fn somebody(first: &str, last: &str, phone: Option<&str>, email: Option<&str>) -> CreateContact {
    CreateContact {
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        phone: phone.map(str::to_owned),
        email: email.map(str::to_owned),
        ..CreateContact::default()
    }
}

pub(super) async fn create(house: &House, new: CreateContact) -> Contact {
    done!(house, new, ContactCreated)
}

pub(super) fn change(contact: &Contact) -> UpdateContact {
    serde_json::from_value(json!({ "contact": contact.id })).expect("a change of nothing")
}

/// The same house, asked for a second business.
pub(super) async fn elsewhere(house: House) -> House {
    let mut other = house.business.clone();
    (other.id, other.phone) = (BusinessId::fresh(), number("+13055550188"));
    other.services.clear();
    house.embedded.add(&other, Hand::house()).await.expect("a second business");
    House { business: other, ..house }
}

pub(super) fn words(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

pub(super) async fn read(house: &House, contact: ContactId) -> Result<Contact, Error> {
    let outcome = house.perform(GetContact { contact }.into()).await?;
    let Outcome::ContactGot(contact) = outcome else { panic!("a contact, not {outcome:?}") };
    Ok(contact)
}

async fn list(house: &House, list: ListContacts) -> Page<Contact> {
    done!(house, list, Contacts)
}

async fn found(house: &House, query: &str) -> Vec<String> {
    let search = SearchContacts { query: query.to_owned(), limit: Some(20) };
    done!(house, search, ContactsFound).iter().map(Contact::full_name).collect()
}

#[tokio::test]
async fn what_is_created_is_read_back_whole() {
    let house = House::open().await;
    let define = DefineContactField {
        key: "insurer".to_owned(),
        label: "Insurer".to_owned(),
        kind: FieldKind::Text,
        choices: Vec::new(),
    };
    done!(house, define, FieldDefined);
    let new = CreateContact {
        tags: words(&["vip", "new patient"]),
        fields: BTreeMap::from([("insurer".to_owned(), json!(" Acme "))]),
        do_not_disturb: BTreeSet::from([Channel::Sms]),
        ..somebody("Ana", "Silva", Some("(305) 555-0142"), Some("ana@example.com"))
    };
    let made = create(&house, new).await;
    assert_eq!(made.phone, Some(number("+13055550142")), "a number of the business's country");
    assert_eq!((made.version, &made.fields["insurer"]), (1, &json!("Acme")));
    assert_eq!(read(&house, made.id).await, Ok(made.clone()));
    let known = house.embedded.contact_by_phone(house.business.id, &number("+13055550142")).await;
    assert_eq!(known, Ok(Some(made)), "voice knows the same contact");
}

#[tokio::test]
async fn a_number_or_address_is_one_contact_s_and_it_is_told_whose() {
    let house = House::open().await;
    let ana = create(&house, somebody("Ana", "", Some("305 555 0142"), None)).await;
    let bo = create(&house, somebody("Bo", "", None, Some("bo@example.com"))).await;
    let phone = Err(Error::Duplicate { field: "phone", contact: ana.id });
    let email = Err(Error::Duplicate { field: "email", contact: bo.id });
    let again = somebody("Cy", "", Some("+1 305 555 0142"), None);
    assert_eq!(house.perform(again.into()).await, phone);
    assert_eq!(house.perform(somebody("Cy", "", None, Some("bo@example.com")).into()).await, email);
    let take = UpdateContact { phone: Some(Some("3055550142".to_owned())), ..change(&bo) };
    assert_eq!(house.perform(take.into()).await, phone);
    let both = UpsertContact {
        phone: Some("305 555 0142".to_owned()),
        email: Some("bo@example.com".to_owned()),
        ..UpsertContact::default()
    };
    assert_eq!(house.perform(both.into()).await, email, "the number is Ana's, the address Bo's");
    assert_eq!(read(&house, ana.id).await, Ok(ana), "nothing was changed");
}

#[tokio::test]
async fn only_what_is_given_changes_and_only_if_it_is_what_was_read() {
    let house = House::open().await;
    let ana = create(&house, somebody("Ana", "Silva", Some("305 555 0142"), Some("ana@example.com"))).await;
    let married = UpdateContact { last_name: Some("Lima".to_owned()), version: Some(1), ..change(&ana) };
    let changed = done!(house, married.clone(), ContactUpdated);
    assert_eq!(
        changed,
        Contact { last_name: "Lima".to_owned(), version: 2, updated_at: changed.updated_at, ..ana.clone() }
    );
    assert_eq!(house.perform(married.into()).await, Err(Error::Stale("contact")), "somebody has read version 1");
    let same = UpdateContact { last_name: Some("Lima".to_owned()), ..change(&ana) };
    assert_eq!(done!(house, same, ContactUpdated).version, 2, "no change is no new version");
    let without = UpdateContact { email: Some(None), phone: Some(None), ..change(&ana) };
    let without = done!(house, without, ContactUpdated);
    assert_eq!((without.email, without.phone, without.version), (None, None, 3));
    let nameless = UpdateContact { first_name: Some(String::new()), last_name: Some(String::new()), ..change(&ana) };
    assert!(matches!(house.perform(nameless.into()).await, Err(Error::Invalid(_))), "nothing would be left");
    create(&house, somebody("Bo", "", Some("305 555 0142"), None)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_person_upserted_by_many_at_once_is_one_contact() {
    let house = Arc::new(House::open().await);
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..20 {
        let house = house.clone();
        writers.spawn(async move {
            let upsert = UpsertContact {
                first_name: Some("Ana".to_owned()),
                phone: Some("305 555 0142".to_owned()),
                tags: words(&[&format!("by {writer}")]),
                ..UpsertContact::default()
            };
            done!(house, upsert, ContactUpserted)
        });
    }
    let outcomes: Vec<Upserted> = writers.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.created).count(), 1);
    let contact = read(&house, outcomes[0].contact.id).await.expect("one contact");
    assert_eq!((contact.tags.len(), contact.version), (20, 20), "everybody's tag is there");
}

#[tokio::test]
async fn a_deleted_contact_is_forgotten_and_its_appointments_are_not() {
    let house = House::open().await;
    let booked = house.book(house.booking("cleaning", MONDAY_10, "Ana Silva")).await.expect("a booking");
    let ana = read(&house, booked.contact).await.expect("who booked");
    done!(house, AddContactTags { contact: ana.id, tags: words(&["vip"]) }, ContactTagged);
    let stale = DeleteContact { contact: ana.id, version: Some(ana.version) };
    assert_eq!(house.perform(stale.into()).await, Err(Error::Stale("contact")));
    let delete = DeleteContact { contact: ana.id, version: None };
    assert_eq!(house.perform(delete.clone().into()).await, Ok(Outcome::ContactDeleted));
    assert_eq!(house.perform(delete.into()).await, Err(Error::NotFound("contact")));
    assert_eq!(read(&house, ana.id).await, Err(Error::NotFound("contact")));
    assert_eq!(list(&house, ListContacts::default()).await.items, []);
    assert_eq!(found(&house, "ana").await, Vec::<String>::new());
    assert_eq!(done!(house, ListTags::default(), Tags).items, []);
    let from = house.clock.now();
    let everybody = ListAppointments { from, to: Timestamp::MAX, limit: 9, ..ListAppointments::default() };
    assert_eq!(done!(house, everybody, Appointments).items, [booked], "whoever comes is expected");
    let again = house.save(draft("Ana Silva", Some("+13055550123"))).await;
    assert_ne!(again.id, ana.id, "who comes back is somebody new");
}

#[tokio::test]
async fn tags_are_added_removed_and_counted() {
    let house = House::open().await;
    let ana = create(&house, somebody("Ana", "", None, None)).await;
    let bo = create(&house, CreateContact { tags: words(&["vip"]), ..somebody("Bo", "", None, None) }).await;
    let tagged = done!(house, AddContactTags { contact: ana.id, tags: words(&["vip", "late"]) }, ContactTagged);
    assert_eq!((&tagged.tags, tagged.version), (&words(&["late", "vip"]), 2));
    let again = done!(house, AddContactTags { contact: ana.id, tags: words(&["vip"]) }, ContactTagged);
    assert_eq!(again, tagged, "what is there is no change");
    let count = |tag: &str, contacts| TagUse { tag: tag.to_owned(), contacts };
    assert_eq!(done!(house, ListTags::default(), Tags).items, [count("late", 1), count("vip", 2)]);
    let first = done!(house, ListTags { limit: Some(1), cursor: None }, Tags);
    let rest = done!(house, ListTags { limit: Some(1), cursor: first.next }, Tags);
    assert_eq!((first.items, rest.items), (vec![count("late", 1)], vec![count("vip", 2)]));
    assert_eq!(rest.next, None);
    done!(house, RemoveContactTags { contact: ana.id, tags: words(&["late", "never"]) }, ContactUntagged);
    assert_eq!(done!(house, ListTags::default(), Tags).items, [count("vip", 2)]);
    let vips = list(&house, ListContacts { tag: Some("vip".to_owned()), ..ListContacts::default() }).await;
    assert_eq!(vips.items.iter().map(|one| one.id).collect::<Vec<_>>(), [ana.id, bo.id]);
}

#[tokio::test]
async fn own_fields_are_typed_listed_searched_by_and_removed() {
    let house = House::open().await;
    let define = |key: &str, kind, choices: &[&str]| DefineContactField {
        key: key.to_owned(),
        label: key.to_uppercase(),
        kind,
        choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
    };
    done!(house, define("plan", FieldKind::Choice, &["Gold", "Silver"]), FieldDefined);
    done!(house, define("visits", FieldKind::Number, &[]), FieldDefined);
    let fields: Vec<ContactField> = done!(house, ListContactFields {}, Fields);
    assert_eq!(fields.iter().map(|field| field.key.as_str()).collect::<Vec<_>>(), ["plan", "visits"]);
    let with = |fields: Value| CreateContact {
        fields: serde_json::from_value(fields).expect("fields"),
        ..somebody("Ana", "", None, None)
    };
    let gold = create(&house, with(json!({ "plan": "gold", "visits": 3 }))).await;
    assert_eq!(gold.fields["plan"], "Gold", "as it is defined");
    for (wrong, why) in [
        (json!({ "plan": "Bronze" }), "`plan` takes one of: Gold, Silver"),
        (json!({ "visits": "many" }), "`visits` takes a number"),
        (json!({ "colour": "blue" }), "there is no field `colour`: define it first"),
    ] {
        assert_eq!(house.perform(with(wrong).into()).await, Err(Error::Invalid(Reason::from(why.to_owned()))));
    }
    let by = |field: &str, value: Option<&str>| ListContacts {
        field: Some(field.to_owned()),
        value: value.map(str::to_owned),
        ..ListContacts::default()
    };
    create(&house, with(json!({ "plan": "Silver" }))).await;
    assert_eq!(list(&house, by("plan", Some("GOLD"))).await.items, std::slice::from_ref(&gold));
    assert_eq!(list(&house, by("visits", Some("3"))).await.items, std::slice::from_ref(&gold));
    assert_eq!(list(&house, by("plan", None)).await.items.len(), 2);
    let clear = UpdateContact {
        fields: Some(BTreeMap::from([("visits".to_owned(), Value::Null), ("plan".to_owned(), json!("Silver"))])),
        ..change(&gold)
    };
    assert_eq!(done!(house, clear, ContactUpdated).fields, BTreeMap::from([("plan".to_owned(), json!("Silver"))]));
    let other = house.perform(define("plan", FieldKind::Text, &[]).into()).await;
    assert!(matches!(other, Err(Error::Invalid(_))), "a kind is for good");
    let remove = RemoveContactField { key: "plan".to_owned() };
    assert_eq!(house.perform(remove.clone().into()).await, Ok(Outcome::FieldRemoved));
    assert_eq!(house.perform(remove.into()).await, Err(Error::NotFound("field")));
    assert_eq!(read(&house, gold.id).await.expect("there").fields, BTreeMap::new());
}

#[tokio::test]
async fn pages_are_whole_and_stable_in_every_order_while_people_come_and_go() {
    let house = House::open().await;
    for (first, last) in [("Ana", "Silva"), ("Bo", "Li"), ("Åsa", "Ek"), ("Cy", "Silva"), ("Dee", ""), ("ana", "silva")]
    {
        create(&house, somebody(first, last, None, None)).await;
        house.clock.set(house.clock.now() + SignedDuration::from_secs(1));
    }
    let names = |page: &Page<Contact>| page.items.iter().map(Contact::full_name).collect::<Vec<_>>();
    for (sort, expected) in [
        (ContactSort::Name, ["Dee", "Åsa Ek", "Bo Li", "Ana Silva", "ana silva", "Cy Silva"]),
        (ContactSort::Created, ["Ana Silva", "Bo Li", "Åsa Ek", "Cy Silva", "Dee", "ana silva"]),
    ] {
        for descending in [false, true] {
            let mut expected = expected.to_vec();
            if descending {
                expected.reverse();
            }
            let page = ListContacts { sort, descending, limit: Some(2), ..ListContacts::default() };
            let (mut all, mut cursor) = (Vec::new(), None);
            loop {
                let found = list(&house, ListContacts { cursor, ..page.clone() }).await;
                all.extend(names(&found));
                cursor = found.next;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(all, expected, "{sort:?} {descending}");
        }
    }
    let first = list(&house, ListContacts { limit: Some(3), ..ListContacts::default() }).await;
    create(&house, somebody("Aa", "Aa", None, None)).await;
    let gone = DeleteContact { contact: first.items[2].id, version: None };
    house.perform(gone.into()).await.expect("deleted");
    let rest = list(&house, ListContacts { cursor: first.next.clone(), ..ListContacts::default() }).await;
    assert_eq!(names(&rest), ["Ana Silva", "ana silva", "Cy Silva"], "none twice, none left out");
    let elsewhere = ListContacts { cursor: first.next, sort: ContactSort::Created, ..ListContacts::default() };
    assert!(matches!(house.perform(elsewhere.into()).await, Err(Error::Invalid(_))));
    let nonsense = ListContacts { cursor: Some("nonsense".to_owned()), ..ListContacts::default() };
    assert!(matches!(house.perform(nonsense.into()).await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn contacts_are_listed_by_what_is_missing_by_time_and_by_channel() {
    let house = House::open().await;
    let ana = create(&house, somebody("Ana", "", Some("305 555 0142"), None)).await;
    house.clock.set(house.clock.now() + SignedDuration::from_hours(1));
    let bo = CreateContact {
        do_not_disturb: BTreeSet::from([Channel::Call]),
        ..somebody("Bo", "", None, Some("b@c.example"))
    };
    let bo = create(&house, bo).await;
    let nobody = create(&house, somebody("", "", Some("305 555 0177"), None)).await;
    let all = ListContacts::default();
    for (wanted, expected) in [
        (ListContacts { without: Some(Unknown::Phone), ..all.clone() }, vec![bo.id]),
        (ListContacts { without: Some(Unknown::Email), ..all.clone() }, vec![nobody.id, ana.id]),
        (ListContacts { without: Some(Unknown::Name), ..all.clone() }, vec![nobody.id]),
        (ListContacts { created_from: Some(bo.created_at), ..all.clone() }, vec![nobody.id, bo.id]),
        (ListContacts { created_before: Some(bo.created_at), ..all.clone() }, vec![ana.id]),
        (ListContacts { updated_from: Some(bo.created_at), ..all.clone() }, vec![nobody.id, bo.id]),
        (ListContacts { do_not_disturb: Some(Channel::Call), ..all.clone() }, vec![bo.id]),
        (ListContacts { do_not_disturb: Some(Channel::Sms), ..all.clone() }, vec![]),
        (ListContacts { tag: Some("none".to_owned()), ..all.clone() }, vec![]),
    ] {
        let page = list(&house, wanted.clone()).await;
        assert_eq!(page.items.iter().map(|one| one.id).collect::<Vec<_>>(), expected, "{wanted:?}");
    }
}

#[tokio::test]
async fn people_are_found_by_what_is_typed_of_them_and_the_likeliest_come_first() {
    let house = House::open().await;
    for (first, last, phone, email) in [
        ("Ana", "Silva", Some("305 555 0142"), Some("ana.silva@example.com")),
        ("Anabel", "Silvestre", Some("305 555 0177"), None),
        ("José", "Núñez", None, Some("jose@clinic.example")),
    ] {
        create(&house, somebody(first, last, phone, email)).await;
    }
    for (query, expected) in [
        ("ana", vec!["Ana Silva", "Anabel Silvestre"]),
        ("ana silva", vec!["Ana Silva"]),
        ("ana silvx", vec!["Ana Silva", "Anabel Silvestre"]),
        ("silv ana", vec!["Ana Silva", "Anabel Silvestre"]),
        ("ana.silva@exa", vec!["Ana Silva"]),
        ("0177", vec!["Anabel Silvestre"]),
        ("(305) 555-01", vec!["Ana Silva", "Anabel Silvestre"]),
        ("nunes", vec!["José Núñez"]),
        ("anabl", vec!["Anabel Silvestre"]),
        ("clinic", vec!["José Núñez"]),
        ("zebra", vec![]),
        ("%", vec![]),
        ("' OR 1=1", vec![]),
    ] {
        assert_eq!(found(&house, query).await, expected, "{query}");
    }
    let ana = list(&house, ListContacts::default()).await.items.into_iter().find(|one| one.first_name == "Ana");
    let renamed = UpdateContact { last_name: Some("Lima".to_owned()), ..change(&ana.expect("Ana")) };
    done!(house, renamed, ContactUpdated);
    assert_eq!(found(&house, "ana lima").await, ["Ana Lima"]);
    assert_eq!(found(&house, "silva").await, ["Ana Lima"], "by her address");
}

#[tokio::test]
async fn contacts_of_before_are_found_once_the_database_was_opened() {
    let house = House::open().await;
    let ana = create(&house, somebody("Ana", "Silva", None, None)).await;
    let mut transaction = house.embedded.store.write().await.expect("a writer");
    for statement in ["DELETE FROM contact_keys", "UPDATE contacts SET keys_made = 0, sort_name = ''"] {
        sqlx::query(statement).execute(&mut *transaction).await.expect("as it was before");
    }
    store::commit(transaction).await.expect("kept");
    assert_eq!(found(&house, "silva").await, Vec::<String>::new());
    let again = House { embedded: Embedded::open(&house.url, house.clock.clone()).await.expect("open"), ..house };
    assert_eq!(found(&again, "silva").await, ["Ana Silva"]);
    assert_eq!(read(&again, ana.id).await.map(|one| one.version), Ok(1), "that was no change of theirs");
}

#[tokio::test]
async fn another_business_s_contacts_are_not_found_by_any_operation() {
    let house = House::open().await;
    let ana =
        create(&house, CreateContact { tags: words(&["vip"]), ..somebody("Ana", "", Some("305 555 0142"), None) })
            .await;
    let there = elsewhere(house).await;
    let (contact, version) = (ana.id, None);
    let asked: [Operation; 7] = [
        GetContact { contact }.into(),
        change(&ana).into(),
        DeleteContact { contact, version }.into(),
        AddContactTags { contact, tags: words(&["mine"]) }.into(),
        RemoveContactTags { contact, tags: words(&["vip"]) }.into(),
        crate::crm::operation::AddNote { contact, body: "mine".to_owned() }.into(),
        crate::crm::operation::ListNotes { contact, limit: None, cursor: None }.into(),
    ];
    for operation in asked {
        assert_eq!(there.perform(operation.clone()).await, Err(Error::NotFound("contact")), "{operation:?}");
    }
    assert_eq!(list(&there, ListContacts::default()).await.items, []);
    assert_eq!(found(&there, "ana").await, Vec::<String>::new());
    assert_eq!(done!(there, ListTags::default(), Tags).items, []);
    let upsert = UpsertContact { phone: Some("305 555 0142".to_owned()), ..UpsertContact::default() };
    assert_ne!(done!(there, upsert, ContactUpserted).contact.id, ana.id, "the same number is another's there");
}

#[tokio::test]
async fn further_numbers_and_addresses_find_the_same_contact_and_are_nobody_else_s() {
    let house = House::open().await;
    let new = CreateContact {
        other_phones: words(&["305 555 0143", "305 555 0142"]),
        other_emails: words(&["ana@work.example"]),
        zone: Some("America/New_York".to_owned()),
        ..somebody("Ana", "Silva", Some("305 555 0142"), Some("ana@example.com"))
    };
    let ana = create(&house, new).await;
    let further = BTreeSet::from([number("+13055550143")]);
    assert_eq!((&ana.other_phones, ana.source.as_deref()), (&further, Some("voice")), "the first is not a further one");
    assert_eq!(read(&house, ana.id).await, Ok(ana.clone()));
    for query in ["5550143", "ana@wo", "silva"] {
        assert_eq!(found(&house, query).await, ["Ana Silva"], "{query}");
    }
    let known = house.embedded.contact_by_phone(house.business.id, &number("+13055550143")).await;
    assert_eq!(known, Ok(Some(ana.clone())), "voice knows who calls");
    let taken = somebody("Bo", "", Some("305 555 0143"), None);
    assert_eq!(house.perform(taken.into()).await, Err(Error::Duplicate { field: "phone", contact: ana.id }));
    let taken = CreateContact { other_emails: words(&["ana@example.com"]), ..somebody("Bo", "", None, None) };
    assert_eq!(house.perform(taken.into()).await, Err(Error::Duplicate { field: "email", contact: ana.id }));
    house.clock.set(house.clock.now() + SignedDuration::from_secs(60));
    let booked = house.book(BookAppointment {
        customer: draft("", Some("+13055550143")),
        ..house.booking("cleaning", MONDAY_10, "")
    });
    assert_eq!(booked.await.map(|booked| booked.contact), Ok(ana.id));
    assert_eq!(house.appointments_of("+13055550143").await.len(), 1);
    let heard_of = read(&house, ana.id).await.expect("Ana");
    assert_eq!((heard_of.version, heard_of.last_activity), (1, Some(house.clock.now())), "that is no change of hers");
    let upsert = UpsertContact { phone: Some("305 555 0143".to_owned()), ..UpsertContact::default() };
    assert_eq!(done!(house, upsert, ContactUpserted).contact.phone, ana.phone, "the first stays the first");
    let without = UpdateContact { other_phones: Some(BTreeSet::new()), zone: Some(None), ..change(&ana) };
    assert_eq!(done!(house, without, ContactUpdated).zone, None);
    create(&house, somebody("Bo", "", Some("305 555 0143"), None)).await;
    let by_source = ListContacts { source: Some("voice".to_owned()), ..ListContacts::default() };
    assert_eq!(list(&house, by_source).await.items.len(), 2);
}
