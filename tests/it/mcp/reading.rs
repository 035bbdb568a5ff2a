//! Resources, completion and prompts.

use super::client::{Client, NEWER, OLDER};
use crate::house::House;
use crate::phone::Phone;
use serde_json::{Value, json};

async fn read(client: &mut Client<'_>, uri: &str) -> String {
    let read = client.ask("resources/read", json!({ "uri": uri })).await;
    assert_eq!(read["contents"][0]["uri"], uri);
    read["contents"][0]["text"].as_str().expect("text").to_owned()
}

#[tokio::test]
async fn a_contact_the_agenda_and_a_call_can_be_read() {
    let house = House::open().await;
    let mut phone = Phone::call(&house, "CA1").await;
    crate::calls::follow(&house, &mut phone, crate::calls::BOOKING).await;
    crate::house::eventually("the call is over", async || house.open_calls() == 0).await;
    for revision in [OLDER, NEWER] {
        let mut client = Client::open(&house, revision).await;
        let templates = client.ask("resources/templates/list", json!({})).await;
        let templates = templates["resourceTemplates"].as_array().expect("templates").clone();
        assert_eq!(templates.len(), 3, "{templates:?}");

        let found = client.call("search_contacts", json!({ "query": "Silva" })).await;
        let ana = found["outcome"][0]["id"].as_str().expect("an id");
        let contact: Value =
            serde_json::from_str(&read(&mut client, &format!("ringly://contacts/{ana}")).await).expect("JSON");
        assert_eq!(contact["contact"]["first_name"], "Ana");

        let calls = house.get("/api/calls").await;
        let call = calls["calls"][0]["id"].as_str().expect("a call").to_owned();
        let transcript = read(&mut client, &format!("ringly://calls/{call}/transcript")).await;
        assert!(transcript.contains("caller: My name is Ana Silva.") && transcript.contains("over"), "{transcript}");

        for nonsense in ["ringly://contacts/1", "ringly://agenda/tomorrow", "file:///etc/passwd"] {
            let refused = client.refused("resources/read", json!({ "uri": nonsense })).await;
            assert_eq!(refused["code"], if revision == NEWER { -32602 } else { -32002 }, "{nonsense}");
        }

        let complete = |named: &str, typed: &str| {
            let uri = format!("ringly://{named}");
            json!({ "ref": { "type": "ref/resource", "uri": uri }, "argument": { "name": "id", "value": typed } })
        };
        let completed = client.ask("completion/complete", complete("contacts/{id}", "silv")).await;
        assert_eq!(completed["completion"]["values"], json!([ana]));
        let completed = client.ask("completion/complete", complete("calls/{id}/transcript", &call[..4])).await;
        assert_eq!(completed["completion"]["values"], json!([call]));

        let prompts = client.ask("prompts/list", json!({})).await;
        let names: Vec<_> = prompts["prompts"].as_array().expect("prompts").iter().map(|one| &one["name"]).collect();
        assert_eq!(json!(names), json!(["daily_brief", "call_follow_up", "pipeline_review"]));
        let follow_up = json!({ "name": "call_follow_up", "arguments": { "call": call } });
        let follow_up = client.ask("prompts/get", follow_up).await;
        let transcript = &follow_up["messages"][1]["content"]["resource"]["text"];
        assert!(transcript.as_str().is_some_and(|text| text.contains("Ana Silva")), "{follow_up}");
        assert_eq!(client.refused("prompts/get", json!({ "name": "daily_briefs" })).await["code"], -32602);
    }
}

#[tokio::test]
async fn the_agenda_is_of_the_day_it_is_where_the_business_is() {
    // Half past eight in the evening in New York is the next day in Greenwich.
    let house = House::at("2026-11-24T01:30:00Z", &[]).await;
    let mut client = Client::open(&house, NEWER).await;
    let agenda: Value = serde_json::from_str(&read(&mut client, "ringly://agenda/today").await).expect("JSON");
    assert_eq!((&agenda["from"], &agenda["to"]), (&json!("2026-11-23T05:00:00Z"), &json!("2026-11-24T05:00:00Z")));
    let brief = client.ask("prompts/get", json!({ "name": "daily_brief" })).await;
    let words = brief["messages"][0]["content"]["text"].as_str().expect("words");
    assert!(words.contains("Monday, 23 November 2026"), "{words}");
}

#[tokio::test]
async fn a_pipeline_is_read_completed_and_reviewed() {
    let house = House::open().await;
    let mut client = Client::open(&house, NEWER).await;
    let stages = json!([{ "name": "New", "probability": 20 }, { "name": "Offer", "probability": 60 }]);
    let made = client.call("create_pipeline", json!({ "name": "Implants", "stages": stages })).await;
    let id = made["outcome"]["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    let uri = format!("ringly://pipelines/{id}");
    let pipeline: Value = serde_json::from_str(&read(&mut client, &uri).await).expect("JSON");
    assert_eq!((&pipeline["pipeline"]["name"], &pipeline["open"]), (&json!("Implants"), &json!([])));
    assert!(pipeline["forecast"].is_object(), "{pipeline}");
    let complete = json!({
        "ref": { "type": "ref/prompt", "name": "pipeline_review" }, "argument": { "name": "pipeline", "value": "impl" },
    });
    assert_eq!(client.ask("completion/complete", complete).await["completion"]["values"], json!([id]));
    let review = client.ask("prompts/get", json!({ "name": "pipeline_review", "arguments": { "pipeline": id } })).await;
    assert!(
        review["messages"][0]["content"]["text"].as_str().is_some_and(|text| text.contains("Implants")),
        "{review}"
    );
    let absent = json!({ "name": "pipeline_review", "arguments": { "pipeline": "nonsense" } });
    assert_eq!(client.refused("prompts/get", absent).await["code"], -32602);
}
