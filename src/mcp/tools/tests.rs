//! What holds for every tool.

use super::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn names(tools: &[Tool]) -> Vec<&str> {
    tools.iter().map(|tool| &*tool.name).collect()
}

fn whole(tools: &Tools, may: Permissions) -> Vec<Tool> {
    tools.page_of(usize::MAX, may, None).expect("a list").0
}

#[test]
fn a_visitor_is_shown_what_they_may_use_and_nothing_else() {
    let tools = Tools::new(true);
    let everything = whole(&tools, Permissions::all());
    for permission in Permission::ALL {
        let may: Permissions = [permission].into_iter().collect();
        let shown = whole(&tools, may);
        let expected: Vec<_> = tools
            .all
            .iter()
            .filter(|listed| listed.shown && listed.needs.is_none_or(|needs| needs == permission))
            .collect();
        assert_eq!(names(&shown), expected.iter().map(|listed| &*listed.tool.name).collect::<Vec<_>>());
        for tool in &everything {
            let found = tools.find(may, &tool.name).is_some();
            assert_eq!(found, names(&shown).contains(&&*tool.name), "{}: not shown is not found", tool.name);
        }
    }
    let for_anybody = tools.all.iter().filter(|listed| listed.needs.is_none()).count();
    assert_eq!(whole(&tools, Permissions::default()).len(), for_anybody);
}

#[test]
fn pages_lead_from_one_to_the_next_and_hold_each_tool_once() {
    let tools = Tools::new(true);
    let everything = whole(&tools, Permissions::all());
    let mut paged = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let (page, next) = tools.page_of(7, Permissions::all(), cursor.as_deref()).expect("a page");
        assert!(page.len() <= 7 && !page.is_empty());
        paged.extend(page);
        match next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(paged, everything);
    assert_eq!(names(&everything).into_iter().collect::<BTreeSet<_>>().len(), everything.len());
    assert!(tools.page_of(7, Permissions::all(), Some("nonsense")).is_none());
}

#[test]
fn a_list_never_asks_a_model_to_read_too_much() {
    let shown = whole(&Tools::new(true), Permissions::all());
    assert!(shown.len() <= LISTED_MAX + Live::ALL.len() + 2, "{}", shown.len());
    // Beyond the limit the everyday ones are shown, and every name among them is one.
    let short = Tools::listing(0, true);
    let shown = whole(&short, Permissions::all());
    assert!(names(&shown).contains(&"search_catalogue") && names(&shown).contains(&"perform_operation"));
    assert!(names(&shown).contains(&"book_appointment") && !names(&shown).contains(&"define_contact_field"));
    if CATALOGUE.iter().filter(|entry| entry.about.route.is_some()).count() > LISTED_MAX {
        for name in EVERYDAY {
            assert!(CATALOGUE.iter().any(|entry| entry.about.name == *name), "{name} is no operation");
        }
    }
}

#[test]
fn every_tool_is_called_by_a_name_the_protocol_allows_and_takes_what_its_operation_takes() {
    for (definition, tool) in Tools::new(true).operations(Permissions::all()) {
        assert!(
            tool.name.len() <= 128 && tool.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'),
            "{}",
            tool.name
        );
        assert_eq!(tool.input_schema["type"], "object", "{}", tool.name);
        let writes = definition.about.effect != Effect::Read;
        let takes = |name: &str| tool.input_schema["properties"][name].is_object();
        assert_eq!((takes(schema::IDEMPOTENCY_KEY), takes(schema::DRY_RUN)), (writes, writes), "{}", tool.name);
        assert_eq!(takes(schema::CONFIRM), schema::asks(definition), "{}", tool.name);
        let text = Value::Object((*tool.input_schema).clone()).to_string();
        assert!(!text.contains("$ref") || text.contains("$defs"), "{}: what is referred to is there", tool.name);
    }
}

#[test]
fn what_is_not_listed_is_found_by_its_words_the_best_fit_first() {
    let tools = Tools::listing(0, false);
    let search = |query: &str, may| {
        let found = tail::search(&tools, may, &fields(json!({ "query": query })));
        let found = found.structured_content.expect("an object")["operations"].take();
        found
            .as_array()
            .expect("operations")
            .iter()
            .map(|one| one["operation"].as_str().expect("a name").to_owned())
            .collect::<Vec<_>>()
    };
    let first = |query: &str| search(query, Permissions::all()).into_iter().next();
    assert_eq!(first("remove a field of contacts").as_deref(), Some("remove_contact_field"));
    assert_eq!(first("list tags").as_deref(), Some("list_tags"));
    assert_eq!(first("xyzzy"), None);
    let may: Permissions = [Permission::ReadContacts].into_iter().collect();
    assert!(!search("remove a field of contacts", may).contains(&"remove_contact_field".to_owned()));
}

#[test]
fn what_is_performed_by_name_is_what_one_may_ask_for() {
    let tools = Tools::listing(0, false);
    let named = |arguments: Value, may| tail::named(&tools, may, fields(arguments));
    let call = json!({ "operation": "list_tags", "arguments": { "limit": 1 }, "dry_run": true });
    let (definition, arguments) = named(call, Permissions::all()).map_err(|why| panic!("{why}")).expect("found");
    assert_eq!(
        (definition.about.name, Value::Object(arguments)),
        ("list_tags", json!({ "limit": 1, "dry_run": true }))
    );
    let refused = |arguments, may| named(arguments, may).err().expect("refused");
    assert!(refused(json!({}), Permissions::all()).contains("search_catalogue"));
    assert!(refused(json!({ "operation": "save_contact" }), Permissions::all()).contains("save_contact"));
    assert!(refused(json!({ "operation": "list_tags" }), Permissions::reception()).contains("for you"));
    assert!(refused(json!({ "operation": "list_tags", "arguments": 1 }), Permissions::all()).contains("object"));
    assert!(refused(json!({ "operation": "list_tags", "limit": 1 }), Permissions::all()).contains("`limit`"));
}

#[test]
fn titles_are_for_people() {
    assert_eq!((title("book_appointment"), title("")), ("Book appointment".to_owned(), String::new()));
}
