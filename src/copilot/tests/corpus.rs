//! Every sentence of the language data leads somewhere: to an operation that fits its intent, to a question, or to an honest
//! refusal.

use super::world::World;
use crate::copilot::command::{Way, way};
use crate::nlu::{Intent, Language};
use std::collections::BTreeMap;

/// The operations an intent may begin with. A command that is not here only answers.
const FIRST: &[(Intent, &[&str])] = &[
    (Intent::SearchContacts, &["search_contacts", "list_contacts"]),
    (Intent::ListContacts, &["list_contacts"]),
    (Intent::GetContact, &["search_contacts"]),
    (Intent::CreateContact, &["create_contact"]),
    (Intent::UpdateContact, &["search_contacts"]),
    (Intent::DeleteContact, &["search_contacts"]),
    (Intent::AddTags, &["search_contacts"]),
    (Intent::RemoveTags, &["search_contacts"]),
    (Intent::AddNote, &["search_contacts"]),
    (Intent::ListNotes, &["search_contacts"]),
    (Intent::UpdateNote, &["search_contacts"]),
    (Intent::DeleteNote, &["search_contacts"]),
    (Intent::BookAppointment, &["search_contacts"]),
    (Intent::RescheduleAppointment, &["search_contacts", "list_appointments"]),
    (Intent::CancelAppointment, &["search_contacts", "list_appointments"]),
    (Intent::ListAppointments, &["search_contacts", "list_appointments"]),
    (Intent::CheckAvailability, &["find_slots"]),
    (Intent::ConfirmAppointment, &["search_contacts", "list_appointments"]),
    (Intent::ListCalendars, &["list_calendars"]),
    (Intent::CreateTask, &["search_contacts", "create_task"]),
    (Intent::ListTasks, &["search_contacts", "list_tasks"]),
    (Intent::UpdateTask, &["list_tasks"]),
    (Intent::CompleteTask, &["list_tasks"]),
    (Intent::DeleteTask, &["list_tasks"]),
    (Intent::ListPipelines, &["list_pipelines"]),
    (Intent::ListOpportunities, &["list_pipelines"]),
    (Intent::CreateOpportunity, &["search_contacts"]),
    (Intent::UpdateOpportunity, &["list_pipelines"]),
    (Intent::MoveOpportunity, &["list_pipelines"]),
    (Intent::DeleteOpportunity, &["list_pipelines"]),
    (Intent::ShowDashboard, &["get_statistics"]),
    (Intent::GetOrder, &["list_orders"]),
    (Intent::ListTransactions, &["list_transactions"]),
    (Intent::ListCustomFields, &["list_contact_fields"]),
    (Intent::SendSms, &["search_contacts"]),
    (Intent::SendEmail, &["search_contacts"]),
    (Intent::ListConversations, &["search_contacts", "list_conversations"]),
    (Intent::ReadMessages, &["search_contacts", "list_conversations"]),
    (Intent::LogCall, &["search_contacts"]),
    (Intent::RequestReview, &["search_contacts"]),
    (Intent::ListWorkflows, &["list_workflows"]),
    (Intent::AddToWorkflow, &["search_contacts"]),
    (Intent::RemoveFromWorkflow, &["search_contacts"]),
    (Intent::ListCampaigns, &["list_campaigns"]),
    (Intent::AddToCampaign, &["search_contacts"]),
    (Intent::RemoveFromCampaign, &["search_contacts"]),
    (Intent::CreateSocialPost, &["list_social_accounts"]),
    (Intent::ListSocialPosts, &["list_social_posts"]),
    (Intent::UpdateSocialPost, &["list_social_posts"]),
    (Intent::DeleteSocialPost, &["list_social_posts"]),
    (Intent::ListSocialAccounts, &["list_social_accounts"]),
    (Intent::Undo, &["list_actions"]),
];

#[test]
fn every_sentence_of_the_language_data_leads_where_its_intent_leads() {
    let books = [
        (Language::En, include_str!("../../../models/intents/en.tests.toml")),
        (Language::Es, include_str!("../../../models/intents/es.tests.toml")),
    ];
    let mut wrong = Vec::new();
    let mut sentences = 0;
    for (language, text) in books {
        let book: BTreeMap<String, toml::Value> = toml::from_str(text).expect("the tests load");
        for (name, said) in &book {
            let Some(intent) = Intent::named(name) else { continue };
            for text in said.as_array().into_iter().flatten().filter_map(toml::Value::as_str) {
                let mut world = World::new(language);
                let step = world.say(text);
                sentences += 1;
                // What is named here differs from what the language data was tried with, so a few are read otherwise.
                if step.why.first().is_some_and(|read| read == name) {
                    wrong.extend(fault(intent, &world).map(|fault| format!("{language:?} {name}: {text:?}: {fault}")));
                }
            }
        }
    }
    assert!(sentences > 700, "{sentences}");
    assert!(wrong.is_empty(), "{} of {sentences}\n{}", wrong.len(), wrong.join("\n"));
}

fn fault(intent: Intent, world: &World) -> Option<String> {
    let said = &world.said;
    let first = world.given_out.first();
    if said.is_empty() {
        return Some("nothing was said".to_owned());
    }
    match way(intent) {
        Way::Command(_) => {
            let allowed = FIRST.iter().find(|(one, _)| *one == intent).map_or(&[][..], |(_, names)| names);
            first.filter(|first| !allowed.contains(first)).map(|first| format!("it gave out {first}"))
        }
        Way::Refusal(_) | Way::Talk(_) => first.map(|first| format!("it gave out {first}")),
    }
}
