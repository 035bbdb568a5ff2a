//! What is confirmed first: by a person where the client can ask one, by the model's word elsewhere.

use super::client::{Client, NEWER, OLDER};
use crate::house::House;
use serde_json::{Value, json};

async fn ana(client: &mut Client<'_>) -> Value {
    client.call("create_contact", json!({ "first_name": "Ana", "last_name": "Silva" })).await["outcome"]["id"].clone()
}

async fn is_there(client: &mut Client<'_>, contact: &Value) -> bool {
    let result = client.ask("tools/call", json!({ "name": "get_contact", "arguments": { "contact": contact } })).await;
    result["isError"] != true
}

#[tokio::test]
async fn a_dry_run_says_what_would_come_of_it_and_changes_nothing() {
    let house = House::open().await;
    let mut client = Client::open(&house, NEWER).await;
    let dry = client.call("create_contact", json!({ "first_name": "Ana", "dry_run": true })).await;
    assert_eq!((&dry["performed"], &dry["outcome"]["first_name"]), (&json!(false), &json!("Ana")));
    let listed = client.call("list_contacts", json!({})).await;
    assert_eq!(listed["outcome"]["items"], json!([]));
    let absent = json!({ "contact": "00000000-0000-7000-8000-000000000000", "dry_run": true });
    assert!(client.fails("delete_contact", absent).await.contains("not found"));
}

#[tokio::test]
async fn a_client_that_cannot_ask_is_told_what_would_happen_until_it_says_that_its_user_agreed() {
    let house = House::open().await;
    for revision in [OLDER, NEWER] {
        let mut client = Client::open(&house, revision).await;
        let contact = ana(&mut client).await;
        let told = client.call("delete_contact", json!({ "contact": contact })).await;
        assert_eq!(told["performed"], false);
        assert!(told["note"].as_str().is_some_and(|note| note.contains("confirm: true")), "{told}");
        assert!(is_there(&mut client, &contact).await);
        let done = client.call("delete_contact", json!({ "contact": contact, "confirm": true })).await;
        assert_eq!(done, json!({ "performed": true }));
        assert!(!is_there(&mut client, &contact).await);
    }
}

#[tokio::test]
async fn in_the_older_era_the_user_is_asked_while_the_tool_waits() {
    let house = House::open().await;
    let mut client = Client::able_to(&house, OLDER, json!({ "elicitation": {} })).await;
    let contact = ana(&mut client).await;
    for (reply, performed) in [
        (json!({ "action": "decline" }), false),
        (json!({ "action": "cancel" }), false),
        (json!({ "action": "accept", "content": { "confirm": false } }), false),
        (json!({ "action": "accept", "content": { "confirm": true } }), true),
    ] {
        // The model's own word counts for nothing where the user can be asked.
        let arguments = json!({ "contact": contact, "confirm": true });
        let mut messages = client.send("tools/call", json!({ "name": "delete_contact", "arguments": arguments })).await;
        let asked = messages.next().await.expect("a question");
        assert_eq!(asked["method"], "elicitation/create", "{asked}");
        let question = asked["params"]["message"].as_str().expect("words");
        assert!(question.contains("contact Ana Silva is removed"), "{question}");
        assert_eq!(asked["params"]["requestedSchema"]["properties"]["confirm"]["type"], "boolean");
        client.reply(&asked, reply.clone()).await;
        let answer = messages.last().await;
        assert_eq!(answer["result"]["structuredContent"]["performed"], performed, "{reply}: {answer}");
        assert_eq!(is_there(&mut client, &contact).await, !performed);
    }
}

#[tokio::test]
async fn who_is_asked_reads_the_words_and_whom_they_go_to() {
    let house = House::with(&[("TWILIO_ACCOUNT_SID", "AC1"), ("TWILIO_API", "http://127.0.0.1:1")]).await;
    let mut client = Client::able_to(&house, OLDER, json!({ "elicitation": {} })).await;
    let new = json!({ "first_name": "Ana", "phone": "+13055550142" });
    let contact = client.call("create_contact", new).await["outcome"]["id"].clone();
    let service = house.get("/api/businesses").await["businesses"][0]["services"][0]["id"].clone();
    let slots = client
        .call(
            "find_slots",
            json!({ "service": service, "limit": 2,
        "from": "2026-11-24T00:00:00Z", "to": "2026-11-26T00:00:00Z" }),
        )
        .await;
    let start = |place: usize| slots["outcome"][place]["start"].clone();
    let booking = json!({ "service": service, "start": start(0), "customer": { "name": "Ana" } });
    let booked = client.ask_agreeing("book_appointment", booking).await.1["outcome"]["id"].clone();
    for (tool, arguments, shown) in [
        ("send_sms", json!({ "contact": contact, "body": "See you at ten." }), ["+13055550142", "See you at ten."]),
        (
            "reschedule_appointment",
            json!({ "appointment": booked, "start": start(1) }),
            [start(0).as_str().expect("a time"), start(1).as_str().expect("a time")],
        ),
    ] {
        let (question, _) = client.ask_agreeing(tool, arguments).await;
        for part in shown {
            assert!(question.contains(part), "{part}: {question}");
        }
    }
}

#[tokio::test]
async fn in_the_newer_era_the_question_is_the_answer_and_the_reply_comes_with_the_next_call() {
    let house = House::open().await;
    let mut client = Client::able_to(&house, NEWER, json!({ "elicitation": { "form": {} } })).await;
    let contact = ana(&mut client).await;
    let call = |more: Value| {
        let mut params = json!({ "name": "delete_contact", "arguments": { "contact": contact } });
        params.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        params
    };
    let asked = client.ask("tools/call", call(json!({}))).await;
    assert_eq!(asked["resultType"], "input_required", "{asked}");
    let question = &asked["inputRequests"]["confirm"];
    assert_eq!(question["method"], "elicitation/create");
    assert!(question["params"]["message"].as_str().is_some_and(|text| text.contains("contact Ana Silva is removed")));

    let reply = |reply: Value| json!({ "inputResponses": { "confirm": reply }, "requestState": asked["requestState"] });
    let declined = client.ask("tools/call", call(reply(json!({ "action": "decline" })))).await;
    assert_eq!(declined["structuredContent"]["performed"], false, "{declined}");
    let agreed = reply(json!({ "action": "accept", "content": { "confirm": true } }));

    // A reply counts for what was asked, and for nothing else.
    let other = ana_too(&mut client).await;
    let mut elsewhere = call(agreed.clone());
    elsewhere["arguments"]["contact"] = other;
    assert_eq!(client.refused("tools/call", elsewhere).await["code"], -32602);
    let mut forged = call(agreed.clone());
    forged["requestState"] = json!("rs1.AAAA.AAAA");
    assert_eq!(client.refused("tools/call", forged).await["code"], -32602);
    assert!(is_there(&mut client, &contact).await);

    let done = client.ask("tools/call", call(agreed)).await;
    assert_eq!(done["structuredContent"], json!({ "performed": true }), "{done}");
    assert!(!is_there(&mut client, &contact).await);
}

async fn ana_too(client: &mut Client<'_>) -> Value {
    client.call("create_contact", json!({ "first_name": "Ana", "last_name": "Costa" })).await["outcome"]["id"].clone()
}

#[tokio::test]
async fn what_was_agreed_to_once_is_performed_once() {
    let house = House::open().await;
    let mut client = Client::able_to(&house, NEWER, json!({ "elicitation": {} })).await;
    let tools = client.tools().await;
    let asks = |tool: &&Value| tool["inputSchema"]["properties"]["confirm"].is_object();
    assert!(tools.iter().filter(asks).count() >= 3, "removing is confirmed");
    let contact = ana(&mut client).await;
    let note = client.call("add_note", json!({ "contact": contact, "body": "Shy." })).await["outcome"]["id"].clone();
    let params = json!({ "name": "delete_note", "arguments": { "note": note } });
    let asked = client.ask("tools/call", params.clone()).await;
    let mut agreed = params;
    agreed["requestState"] = asked["requestState"].clone();
    agreed["inputResponses"] = json!({ "confirm": { "action": "accept", "content": { "confirm": true } } });
    let first = client.ask("tools/call", agreed.clone()).await;
    assert_eq!(first["structuredContent"]["performed"], true, "{first}");
    // A reply that is sent again gets the first outcome: it does not find that the note is gone, nor remove another.
    assert_eq!(client.ask("tools/call", agreed).await, first);
}
