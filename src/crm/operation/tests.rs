//! What holds for every entry of the catalogue.

use super::definition::{Confirmation, Effect, Method, Undo};
use super::*;
use schemars::generate::SchemaSettings;
use std::collections::BTreeSet;

/// The fields of an entry's request.
fn fields(entry: &Definition) -> Vec<String> {
    let mut generator =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).into_generator();
    let schema = (entry.request)(&mut generator).to_value();
    schema["properties"].as_object().into_iter().flatten().map(|(field, _)| field.clone()).collect()
}

#[test]
fn every_entry_has_a_name_and_a_place_of_its_own() {
    let names: BTreeSet<_> = CATALOGUE.iter().map(|entry| entry.about.name).collect();
    assert_eq!(names.len(), CATALOGUE.len());
    let routes: Vec<_> = CATALOGUE.iter().filter_map(|entry| entry.about.route).collect();
    let places: BTreeSet<_> = routes.iter().map(|route| (format!("{:?}", route.method), route.path)).collect();
    assert_eq!(places.len(), routes.len());
}

#[test]
fn every_name_is_the_one_its_type_is_written_with() {
    for entry in CATALOGUE {
        let unknown = serde_json::from_str::<Operation>(&format!(r#"{{"{}": false}}"#, entry.about.name));
        let told = unknown.expect_err("no operation is a lie").to_string();
        assert!(!told.contains("unknown variant"), "{}: {told}", entry.about.name);
    }
}

#[test]
fn every_entry_says_in_one_sentence_what_it_does() {
    for About { name, description, .. } in CATALOGUE.iter().map(|entry| entry.about) {
        assert!(description.ends_with('.') && !description.contains(". "), "{name}: {description}");
        assert!(!description.contains("  "), "{name}: {description}");
    }
}

#[test]
fn what_destroys_sends_or_costs_is_confirmed_and_what_reads_is_not() {
    for About { name, effect, confirmation, undo, .. } in CATALOGUE.iter().map(|entry| entry.about) {
        match effect {
            Effect::Read => assert_eq!((confirmation, undo), (Confirmation::NotNeeded, Undo::NotNeeded), "{name}"),
            Effect::Write => {}
            Effect::Destructive | Effect::Sends | Effect::Costs => {
                assert_eq!(confirmation, Confirmation::Asked, "{name}");
            }
        }
        if let Undo::By(other) = undo {
            assert!(CATALOGUE.iter().any(|entry| entry.about.name == other), "{name} is undone by {other}");
        }
    }
}

#[test]
fn what_reads_is_got_and_every_field_of_a_path_is_one_of_the_request() {
    for entry in CATALOGUE {
        let About { name, effect, route: Some(route), .. } = entry.about else { continue };
        assert_eq!(route.method == Method::Get, effect == Effect::Read, "{name}");
        let fields = fields(entry);
        for field in route.fields() {
            assert!(fields.iter().any(|known| known == field), "{name}: {field} is not among {fields:?}");
        }
    }
}

#[test]
fn what_an_outcome_carries_is_shown_without_its_name() {
    let slots = Outcome::Slots(Vec::new());
    assert_eq!(slots.to_value().expect("JSON"), serde_json::json!([]));
    assert_eq!(Outcome::Released.to_value().expect("JSON"), Value::Null);
    assert_eq!((slots.name(), Outcome::Released.name()), ("Slots", "Released"));
}
