//! Files of contacts, brought in batch after batch.

use super::contacts::{change, create, done, elsewhere, read, somebody, words};
use super::undo::{last, undo};
use super::*;
use crate::crm::local::contacts::index;
use crate::crm::model::{Column, Duplicates, FieldKind, Import, ImportPreview, ImportState, Page, RowProblem};
use crate::crm::operation::{
    AddNote, CancelImport, Catalogued, DefineContactField, DeleteContact, GetImport, ListContacts, ListImportProblems,
    PreviewImport, SearchContacts, StartImport, UndoImport, UpdateContact,
};
use crate::id::ImportId;
use std::collections::BTreeSet;
use std::fmt::Write as _;

async fn preview(house: &House, text: &str) -> ImportPreview {
    let mut preview = PreviewImport { name: "people.csv".to_owned(), text: text.to_owned() };
    preview.within_limits().expect("within the limits");
    done!(house, preview, ImportPreviewed)
}

fn start(import: ImportId, duplicates: Duplicates) -> StartImport {
    StartImport { import, columns: None, duplicates, tags: BTreeSet::new() }
}

/// Works until nothing is left to do.
async fn work(house: &House) {
    let mut importer = Importer::new(house.embedded.clone());
    while importer.step().await.expect("a step") {}
}

pub(super) async fn bring_in(house: &House, text: &str, duplicates: Duplicates) -> Import {
    let id = preview(house, text).await.import.id;
    done!(house, start(id, duplicates), ImportStarted);
    work(house).await;
    get(house, id).await
}

async fn get(house: &House, import: ImportId) -> Import {
    done!(house, GetImport { import }, ImportGot)
}

async fn problems(house: &House, import: ImportId) -> Vec<RowProblem> {
    let page: Page<RowProblem> = done!(house, ListImportProblems { import, limit: None, cursor: None }, ImportProblems);
    page.items
}

async fn everybody(house: &House) -> Vec<Contact> {
    let page: Page<Contact> = done!(house, ListContacts::default(), Contacts);
    page.items
}

async fn found(house: &House, query: &str) -> usize {
    let search = SearchContacts { query: query.to_owned(), limit: Some(20) };
    let found: Vec<Contact> = done!(house, search, ContactsFound);
    found.len()
}

/// A file of so many people.
fn many(people: usize) -> String {
    (0..people).fold("Name,Phone,Tags\n".to_owned(), |mut text, number| {
        writeln!(text, "Person Number{number},305555{number:04},a{}", number % 3).expect("a text");
        text
    })
}

/// What the database says everybody is found by, and what it should be.
async fn indexed(house: &House) -> (Vec<(String, String)>, Vec<(String, String)>) {
    let mut connection = house.embedded.store.read().await.expect("a reader");
    let rows = sqlx::query("SELECT key, contact_id FROM contact_keys").fetch_all(&mut *connection).await;
    let text = |row: &store::Row, column| store::get::<String>(row, column).expect("a text");
    let mut stored: Vec<_> =
        rows.expect("keys").iter().map(|row| (text(row, "key"), text(row, "contact_id"))).collect();
    let people = everybody(house).await;
    let due = index::keys_of(&people).into_iter().map(|(key, place)| (key, people[place].id.to_string()));
    let mut due: Vec<_> = due.collect();
    stored.sort();
    due.sort();
    (stored, due)
}

/// Four people brought in who wait to be indexed. Half of their keys are written; then one is renamed, one renamed and named as
/// before, one deleted; then the other half. Returns them as they were read.
async fn half_indexed(house: &House) -> Vec<Contact> {
    let id = preview(house, &many(4)).await.import.id;
    done!(house, start(id, Duplicates::Skip), ImportStarted);
    assert!(Importer::new(house.embedded.clone()).step().await.expect("a step"));
    assert_eq!((found(house, "person").await, everybody(house).await.len()), (0, 4), "nobody is indexed yet");
    let store = &house.embedded.store;
    let (business, mut people) = index::waiting(store).await.expect("read").pop_first().expect("some wait");
    people.sort_by_key(|one| one.phone.clone());
    let keys = index::keys_of(&people);
    let write = async |some| {
        let mut transaction = store.write().await.expect("a writer");
        index::write(&mut transaction, business, &people, some, house.clock.now()).await.expect("written");
        store::commit(transaction).await.expect("kept");
    };
    let (one, other) = keys.split_at(keys.len() / 2);
    write(one).await;
    let name = async |place: usize, name: &str, version| {
        let renamed = UpdateContact { first_name: Some(name.to_owned()), version, ..change(&people[place]) };
        done!(house, renamed, ContactUpdated);
    };
    name(0, "Zoe", Some(1)).await;
    name(1, "Zoe", Some(1)).await;
    name(1, "Person", Some(2)).await;
    house.perform(DeleteContact { contact: people[2].id, version: None }.into()).await.expect("deleted");
    write(other).await;
    people
}

const FILE: &str = "\u{feff}First name;Last name;Mobile;E-mail;Insurer;Tags\r\n\
    Ana;Silva;(305) 555-0142;ANA@example.com;Acme;VIP, new\r\n\
    Bo;Li;305 555 0143;;;\r\n\
    ;;;;;lost\r\n\
    Cy;Ek;12;cy@example.com;;\r\n\
    \"Dee\nDee\";Moe;;dee@example.com;;\r\n\
    Ana;Silva;+1 305 555 0142;;;late\r\n";

#[tokio::test]
async fn a_file_is_shown_then_brought_in_and_what_cannot_be_is_named() {
    let house = House::open().await;
    let insurer = ("insurer".to_owned(), "Insurer".to_owned(), FieldKind::Text, Vec::new());
    let (key, label, kind, choices) = insurer;
    done!(house, DefineContactField { key, label, kind, choices }, FieldDefined);
    let shown = preview(&house, FILE).await;
    let field = Column::Field("insurer".to_owned());
    let columns = [Column::FirstName, Column::LastName, Column::Phone, Column::Email, field, Column::Tags];
    assert_eq!((&shown.import.columns[..], shown.import.rows), (&columns[..], 6));
    assert_eq!(shown.first[1], ["Bo", "Li", "305 555 0143", "", "", ""]);
    let named: Vec<u64> = shown.problems.iter().map(|problem| problem.row).collect();
    assert_eq!(named, [4, 5], "as a spreadsheet counts: {:?}", shown.problems);
    assert_eq!(everybody(&house).await, [], "nothing was brought in yet");

    let begin = StartImport { tags: words(&["imported"]), ..start(shown.import.id, Duplicates::Update) };
    assert_eq!(done!(house, begin.clone(), ImportStarted).state, ImportState::Running);
    assert!(matches!(house.perform(begin.into()).await, Err(Error::Invalid(_))), "once is enough");
    work(&house).await;
    let import = get(&house, shown.import.id).await;
    let counts = (import.done, import.created, import.updated, import.skipped, import.refused);
    assert_eq!((import.state, counts), (ImportState::Done, (6, 3, 0, 0, 2)));
    assert_eq!(problems(&house, import.id).await, shown.problems);
    let everybody = everybody(&house).await;
    let ana = everybody.iter().find(|one| one.first_name == "Ana").expect("Ana");
    assert_eq!((ana.phone.clone(), ana.email.as_deref()), (Some(number("+13055550142")), Some("ana@example.com")));
    assert_eq!((&ana.tags, &ana.fields["insurer"]), (&words(&["imported", "late", "new", "vip"]), &"Acme".into()));
    assert!(everybody.iter().any(|one| one.full_name() == "Dee Dee Moe"), "on one line: {everybody:?}");
    for query in ["silva", "5550143", "dee@exa"] {
        assert_eq!(found(&house, query).await, 1, "{query}");
    }
    assert_eq!(house.embedded.verify().await.expect("checked")[0].broken, None);
}

#[tokio::test]
async fn people_changed_while_they_are_indexed_are_found_by_what_they_are_now() {
    let house = House::open().await;
    let people = half_indexed(&house).await;
    let mut transaction = house.embedded.store.write().await.expect("a writer");
    index::mark(&mut transaction, people[0].business, &people, house.clock.now()).await.expect("marked");
    store::commit(transaction).await.expect("kept");
    let (stored, due) = indexed(&house).await;
    assert_eq!(stored, due, "nothing of before, and nothing missing");
    assert!(index::waiting(&house.embedded.store).await.expect("read").is_empty());
    assert_eq!((found(&house, "zoe").await, found(&house, "person").await), (1, 2));
}

#[tokio::test]
async fn people_half_indexed_are_indexed_when_the_database_is_opened() {
    let house = House::open().await;
    half_indexed(&house).await;
    let house = House { embedded: Embedded::open(&house.url, house.clock.clone()).await.expect("open"), ..house };
    let (stored, due) = indexed(&house).await;
    assert_eq!(stored, due, "nothing of before, and nothing missing");
    assert!(index::waiting(&house.embedded.store).await.expect("read").is_empty());
}

#[tokio::test]
async fn people_are_indexed_while_the_next_are_brought_in() {
    let house = House::open().await;
    let id = preview(&house, &many(1_300)).await.import.id;
    done!(house, start(id, Duplicates::Skip), ImportStarted);
    let mut importer = Importer::new(house.embedded.clone()).indexing_each(400);
    while importer.step().await.expect("a step") {}
    assert_eq!(get(&house, id).await.created, 1_300);
    assert!(index::waiting(&house.embedded.store).await.expect("read").is_empty());
    for name in ["number0", "number399", "number800", "number1299"] {
        assert_eq!(found(&house, name).await, 1, "{name}");
    }
}

#[tokio::test]
async fn whoever_a_cancelled_import_brought_in_is_found() {
    let house = House::open().await;
    let id = preview(&house, &many(900)).await.import.id;
    done!(house, start(id, Duplicates::Skip), ImportStarted);
    let mut importer = Importer::new(house.embedded.clone());
    assert!(importer.step().await.expect("a step"));
    done!(house, CancelImport { import: id }, ImportCancelled);
    assert!(!importer.step().await.expect("a rest"), "nothing is left to bring in");
    assert_eq!((everybody(&house).await.len(), found(&house, "number7").await), (200, 11));
    assert_eq!(found(&house, "number399").await, 1, "the last of them");
}

#[tokio::test]
async fn who_is_there_already_stays_is_changed_or_comes_twice() {
    for (duplicates, counts, names) in [
        (Duplicates::Skip, (1, 0, 2), &["Ana", "Bo", "New"][..]),
        (Duplicates::Update, (1, 2, 0), &["Anna", "Boo", "New"]),
        (Duplicates::Create, (3, 0, 0), &["Ana", "Anna", "Bo", "Boo", "New"]),
    ] {
        let house = House::open().await;
        create(&house, somebody("Ana", "", Some("+13055550142"), None)).await;
        create(&house, somebody("Bo", "", None, Some("bo@example.com"))).await;
        let file = "first name,phone,email\nAnna,3055550142,a@example.com\nBoo,,bo@example.com\nNew,,new@example.com\n";
        let import = bring_in(&house, file, duplicates).await;
        assert_eq!((import.created, import.updated, import.skipped), counts, "{duplicates:?}");
        let found: Vec<_> = everybody(&house).await.iter().map(Contact::full_name).collect();
        assert_eq!(found, names, "{duplicates:?}");
    }
}

#[tokio::test]
async fn a_row_of_two_people_is_refused() {
    let house = House::open().await;
    create(&house, somebody("Ana", "", Some("+13055550142"), None)).await;
    create(&house, somebody("Bo", "", None, Some("bo@example.com"))).await;
    let import = bring_in(&house, "name,phone,email\nX,3055550142,bo@example.com\n", Duplicates::Update).await;
    assert_eq!((import.updated, import.refused), (0, 1));
    assert_eq!(problems(&house, import.id).await[0].cells, ["X", "3055550142", "bo@example.com"]);
}

#[tokio::test]
async fn an_import_goes_on_after_a_restart_where_it_was_and_takes_each_row_once() {
    let house = House::open().await;
    let id = preview(&house, &many(600)).await.import.id;
    done!(house, start(id, Duplicates::Create), ImportStarted);
    let mut importer = Importer::new(house.embedded.clone());
    assert_eq!(importer.step().await, Ok(true));
    drop(importer);
    let stopped = get(&house, id).await;
    assert!(stopped.state == ImportState::Running && stopped.done > 0 && stopped.done < 600, "{stopped:?}");
    let again = Embedded::open(&house.url, house.clock.clone()).await.expect("open");
    let house = House { embedded: again, ..house };
    work(&house).await;
    let import = get(&house, id).await;
    assert_eq!((import.state, import.done, import.created), (ImportState::Done, 600, 600));
    assert_eq!(found(&house, "number599").await, 1);
    let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM import_files")
        .fetch_one(&mut *house.embedded.store.read().await.expect("a reader"))
        .await
        .expect("a count");
    assert_eq!(left, 0, "the file is not kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_work_at_one_import_take_each_row_once() {
    let house = House::open().await;
    let id = preview(&house, &many(600)).await.import.id;
    done!(house, start(id, Duplicates::Create), ImportStarted);
    tokio::join!(work(&house), work(&house));
    let import = get(&house, id).await;
    assert_eq!((import.state, import.done, import.created), (ImportState::Done, 600, 600));
}

#[tokio::test]
async fn an_import_that_is_cancelled_stops_and_what_it_brought_stays_until_it_is_taken_back() {
    let house = House::open().await;
    let ana = create(&house, somebody("Ana", "", Some("+13055550000"), None)).await;
    let id = preview(&house, &many(600)).await.import.id;
    done!(house, start(id, Duplicates::Update), ImportStarted);
    let mut importer = Importer::new(house.embedded.clone());
    importer.step().await.expect("a step");
    assert!(matches!(house.perform(UndoImport { import: id }.into()).await, Err(Error::Invalid(_))), "cancel it first");
    let cancelled: Import = done!(house, CancelImport { import: id }, ImportCancelled);
    while importer.step().await.expect("a step") {}
    assert_eq!(get(&house, id).await, cancelled, "nothing goes on");
    assert_eq!((cancelled.state, cancelled.updated), (ImportState::Cancelled, 1));
    assert_eq!(read(&house, ana.id).await.map(|one| one.full_name()), Ok("Person Number0".to_owned()));

    let search = SearchContacts { query: "number7".to_owned(), limit: Some(1) };
    let found: Vec<Contact> = done!(house, search, ContactsFound);
    let kept = &found[0];
    done!(house, UpdateContact { first_name: Some("Known".to_owned()), ..change(kept) }, ContactUpdated);
    done!(house, UndoImport { import: id }, ImportUndone);
    work(&house).await;
    let undone = get(&house, id).await;
    assert_eq!((undone.state, undone.undone), (ImportState::Undone, cancelled.created + cancelled.updated - 1));
    let names: Vec<_> = everybody(&house).await.iter().map(Contact::full_name).collect();
    assert_eq!(names, ["Ana", "Known Number7"], "who was changed since stays");
    let (stored, due) = indexed(&house).await;
    assert_eq!(stored, due, "nobody who went is found");
    let taken_back = last(&house).await;
    assert_eq!(taken_back.operation, "undo_import");
    undo(&house, &taken_back).await.expect("that can be taken back too");
}

#[tokio::test]
async fn an_import_taken_back_leaves_nothing_of_people_but_of_those_to_whom_something_belongs() {
    let house = House::open().await;
    let (key, label) = ("insurer".to_owned(), "Insurer".to_owned());
    done!(house, DefineContactField { key, label, kind: FieldKind::Text, choices: Vec::new() }, FieldDefined);
    let file = "first name,phone,email,insurer,tags\nAna,3055550142,,Acme,vip\nBo,,bo@example.com,,new\nCy,,,Acme,\n";
    let import = bring_in(&house, file, Duplicates::Skip).await;
    let here = everybody(&house).await;
    let bo = here.iter().find(|one| one.first_name == "Bo").expect("Bo").id;
    done!(house, AddNote { contact: bo, body: "Tall.".to_owned() }, NoteAdded);
    done!(house, UndoImport { import: import.id }, ImportUndone);
    work(&house).await;
    let (undone, left) = (get(&house, import.id).await, everybody(&house).await);
    assert_eq!((undone.state, undone.undone), (ImportState::Undone, 2));
    assert_eq!(left.iter().map(|one| one.id).collect::<Vec<_>>(), [bo], "who has a note stays");
    let (stored, due) = indexed(&house).await;
    assert_eq!(stored, due, "nobody who went is found");
    let mut store = house.embedded.store.read().await.expect("a reader");
    for (query, expected) in [
        ("SELECT COUNT(*) FROM contact_tags", 1),
        ("SELECT COUNT(*) FROM contact_values", 0),
        ("SELECT COUNT(*) FROM contacts WHERE deleted_at IS NOT NULL AND version = 2", 2),
        ("SELECT COUNT(*) FROM contacts WHERE first_name <> '' OR phone IS NOT NULL OR email IS NOT NULL", 1),
        ("SELECT COUNT(*) FROM contacts WHERE sort_name <> '' OR source IS NOT NULL", 1),
    ] {
        let count: i64 = sqlx::query_scalar(query).fetch_one(&mut *store).await.expect("a count");
        assert_eq!(count, expected, "{query}");
    }
    drop(store);
    // Done again and taken back again, they are who they were.
    undo(&house, &last(&house).await).await.expect("again");
    assert_eq!(everybody(&house).await.iter().map(Contact::full_name).collect::<Vec<_>>(), ["Ana", "Bo", "Cy"]);
    let ana = everybody(&house).await.into_iter().find(|one| one.first_name == "Ana").expect("Ana");
    assert_eq!((&ana.tags, &ana.fields["insurer"]), (&words(&["vip"]), &"Acme".into()));
    assert_eq!(house.embedded.verify().await.expect("checked")[0].broken, None);
}

/// People of a file that is being taken back: they are forgotten, and what they were found by is still there.
async fn forgotten(house: &House) -> Importer {
    let import = bring_in(house, &many(4), Duplicates::Skip).await.id;
    done!(house, UndoImport { import }, ImportUndone);
    let mut importer = Importer::new(house.embedded.clone());
    assert!(importer.step().await.expect("a step"));
    let (stored, due) = indexed(house).await;
    assert!(due.is_empty() && !stored.is_empty(), "{due:?}");
    assert_eq!((found(house, "person").await, everybody(house).await.len()), (0, 0));
    importer
}

#[tokio::test]
async fn who_is_made_again_while_a_file_is_taken_back_is_found_again() {
    let house = House::open().await;
    let mut importer = forgotten(&house).await;
    undo(&house, &last(&house).await).await.expect("taken back");
    let one = everybody(&house).await.swap_remove(0);
    done!(house, UpdateContact { first_name: Some("Zoe".to_owned()), ..change(&one) }, ContactUpdated);
    while importer.step().await.expect("a step") {}
    let (stored, due) = indexed(&house).await;
    assert_eq!(stored, due, "nothing of before, and nothing missing");
    assert_eq!((found(&house, "zoe").await, found(&house, "person").await), (1, 3));
}

#[tokio::test]
async fn what_the_forgotten_were_found_by_is_gone_once_the_database_is_opened_again() {
    let house = House::open().await;
    drop(forgotten(&house).await);
    let house = House { embedded: Embedded::open(&house.url, house.clock.clone()).await.expect("open"), ..house };
    assert_eq!(indexed(&house).await, (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn a_mapping_that_cannot_be_is_refused_before_anything_happens() {
    let house = House::open().await;
    let import = preview(&house, "name,phone\nAna,3055550142\n").await.import.id;
    for columns in [vec![Column::Name], vec![Column::Ignored, Column::Tags], vec![Column::Name, Column::Name]] {
        let wrong = StartImport { columns: Some(columns), ..start(import, Duplicates::Skip) };
        assert!(matches!(house.perform(wrong.into()).await, Err(Error::Invalid(_))));
    }
    assert!(matches!(
        house.perform(PreviewImport { name: String::new(), text: "name\n".to_owned() }.into()).await,
        Err(Error::Invalid(_))
    ));
    assert_eq!(get(&house, import).await.state, ImportState::Previewed);
}

#[tokio::test]
async fn another_business_s_imports_are_not_found() {
    let house = House::open().await;
    let import = preview(&house, "name,phone\nAna,3055550142\n").await.import.id;
    let there = elsewhere(house).await;
    let asked: [Operation; 5] = [
        GetImport { import }.into(),
        start(import, Duplicates::Skip).into(),
        CancelImport { import }.into(),
        UndoImport { import }.into(),
        ListImportProblems { import, limit: None, cursor: None }.into(),
    ];
    for operation in asked {
        assert_eq!(there.perform(operation.clone()).await, Err(Error::NotFound("import")), "{operation:?}");
    }
}
