//! Contacts over REST.

use crate::house::{House, ask, send};
use reqwest::{Method, Response};
use serde_json::{Value, json};

async fn create(house: &House, body: Value) -> Value {
    let (status, made) = send(ask(house, Method::POST, "/api/contacts").json(&body)).await;
    assert_eq!(status, 201, "{made}");
    made
}

fn tag(answer: &Response) -> String {
    answer.headers()["etag"].to_str().expect("text").to_owned()
}

#[tokio::test]
async fn a_contact_lives_its_life_over_rest() {
    live(&House::open().await).await;
}

#[tokio::test]
async fn a_contact_lives_its_life_in_postgresql() {
    live(&House::on_postgres().await).await;
}

async fn live(house: &House) {
    let made =
        create(house, json!({ "first_name": "Ana", "last_name": "Silva", "phone": "(305) 555-0142", "tags": ["VIP"] }))
            .await;
    assert_eq!((&made["phone"], &made["tags"], &made["version"]), (&json!("+13055550142"), &json!(["vip"]), &json!(1)));
    let path = format!("/api/contacts/{}", made["id"].as_str().expect("an id"));
    let read = ask(house, Method::GET, &path).send().await.expect("an answer");
    let first = tag(&read);
    assert_eq!((first.as_str(), read.json::<Value>().await.expect("JSON")), ("\"1\"", made.clone()));

    let change = |tag: &str, body: Value| ask(house, Method::PATCH, &path).header("if-match", tag).json(&body);
    let changed = change(&first, json!({ "email": "Ana@Example.com" })).send().await.expect("an answer");
    assert_eq!((changed.status().as_u16(), tag(&changed).as_str()), (200, "\"2\""));
    let (status, problem) = send(change(&first, json!({ "email": null }))).await;
    assert_eq!((status, &problem["type"]), (412, &json!("stale")), "somebody changed it since");
    let (status, cleared) = send(change("*", json!({ "email": null }))).await;
    assert_eq!((status, &cleared["email"]), (200, &Value::Null));

    let (status, _) =
        send(ask(house, Method::POST, &format!("{path}/tags")).json(&json!({ "tags": ["late", "new"] }))).await;
    assert_eq!(status, 200);
    let (_, untagged) = send(ask(house, Method::DELETE, &format!("{path}/tags?tags=late&tags=vip"))).await;
    assert_eq!(untagged["tags"], json!(["new"]));
    let (status, note) =
        send(ask(house, Method::POST, &format!("{path}/notes")).json(&json!({ "body": "Shy." }))).await;
    assert_eq!((status, &note["body"]), (201, &json!("Shy.")));
    let notes = house.get(&format!("{path}/notes?limit=1")).await;
    assert_eq!(notes["items"], json!([note]));

    let found = house.get("/api/contacts/search?query=silv").await;
    assert_eq!(found[0]["id"], made["id"]);
    let listed = house.get("/api/contacts?tag=new&sort=created&descending=true&limit=1").await;
    assert_eq!((&listed["items"][0]["id"], &listed["next"]), (&made["id"], &Value::Null));
    let known = house.get("/api/contacts/by-phone?phone=%2B13055550142").await;
    assert_eq!(known["id"], made["id"]);

    assert_eq!(send(ask(house, Method::DELETE, &path)).await, (204, Value::Null));
    assert_eq!(send(ask(house, Method::GET, &path)).await.0, 404);
    assert_eq!(send(ask(house, Method::GET, "/api/contacts/by-phone?phone=%2B13055550142")).await, (200, Value::Null));
}

#[tokio::test]
async fn what_is_made_is_answered_with_where_it_is_found() {
    let house = House::open().await;
    let made = |answer: &Response| (answer.status().as_u16(), answer.headers().get("location").cloned());
    let upsert = ask(&house, Method::PUT, "/api/contacts").json(&json!({ "email": "ana@example.com" }));
    let again = upsert.try_clone().expect("a copy").send();
    let first = upsert.send().await.expect("an answer");
    let (status, place) = made(&first);
    let place = place.expect("a place").to_str().expect("text").to_owned();
    assert_eq!((status, tag(&first).as_str()), (201, "\"1\""));
    let body: Value = first.json().await.expect("JSON");
    assert_eq!(place, format!("/api/contacts/{}", body["contact"]["id"].as_str().expect("an id")));
    assert_eq!(made(&again.await.expect("an answer")), (200, None));
    assert_eq!(house.get(&place).await, body["contact"]);
    let note = ask(&house, Method::POST, &format!("{place}/notes")).json(&json!({ "body": "Paid." })).send().await;
    assert_eq!(made(&note.expect("an answer")), (201, None), "a note is read in its list only");
}

#[tokio::test]
async fn the_api_is_shown_on_a_page_that_asks_nobody_for_anything() {
    let house = House::open().await;
    let page = house.asked("/api/docs").await.text().await.expect("a page");
    for shown in ["{contact}", "book_appointment", "sign_in", "id=\"type-Contact\"", "read_calls"] {
        assert!(page.contains(shown), "{shown}");
    }
    let links: Vec<_> = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(links.len() > 50 && links.iter().all(|link| link.starts_with(['#', '/'])), "{links:?}");
    assert!(!page.contains("<script") && !page.contains(" src="));
    let style = house.asked("/api/docs.css").await;
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
}

#[tokio::test]
async fn a_conflict_tells_which_contact_it_is_with() {
    let house = House::open().await;
    let ana = create(&house, json!({ "first_name": "Ana", "phone": "305 555 0142" })).await;
    let again =
        ask(&house, Method::POST, "/api/contacts").json(&json!({ "first_name": "Bo", "phone": "+1 (305) 555-0142" }));
    let answer = again.send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let mut problem: Value = answer.json().await.expect("JSON");
    assert_eq!(problem["contact"], ana["id"]);
    problem["contact"] = json!("ID");
    insta::assert_json_snapshot!(problem, @r#"
    {
      "contact": "ID",
      "detail": "Another contact has this phone.",
      "field": "phone",
      "status": 409,
      "title": "There already",
      "type": "duplicate"
    }
    "#);
}

#[tokio::test]
async fn a_repeat_under_its_key_happens_once_and_the_key_is_for_nothing_else() {
    repeat(&House::open().await).await;
}

#[tokio::test]
async fn a_repeat_under_its_key_happens_once_and_the_key_is_for_nothing_else_in_postgresql() {
    repeat(&House::on_postgres().await).await;
}

async fn repeat(house: &House) {
    let post =
        |key: &str, body: Value| ask(house, Method::POST, "/api/contacts").header("idempotency-key", key).json(&body);
    let ana = json!({ "first_name": "Ana" });
    let first = send(post("k1", ana.clone())).await;
    assert_eq!(first.0, 201);
    assert_eq!(send(post("k1", ana.clone())).await, first, "the same answer");
    let (status, problem) = send(post("k1", json!({ "first_name": "Bo" }))).await;
    assert_eq!((status, &problem["type"]), (422, &json!("key-reused")));
    assert_ne!(send(post("k2", ana)).await.1["id"], first.1["id"]);
    assert_eq!(house.get("/api/contacts").await["items"].as_array().expect("items").len(), 2);
}

#[tokio::test]
async fn pages_lead_from_one_to_the_next() {
    let house = House::open().await;
    for name in ["Cy", "Ana", "Bo"] {
        create(&house, json!({ "first_name": name })).await;
    }
    let first = house.get("/api/contacts?limit=2").await;
    let next = first["next"].as_str().expect("a cursor");
    let rest = house.get(&format!("/api/contacts?limit=2&cursor={next}")).await;
    let names: Vec<_> = [&first, &rest]
        .iter()
        .flat_map(|page| page["items"].as_array().expect("items"))
        .map(|one| &one["first_name"])
        .collect();
    assert_eq!((json!(names), &rest["next"]), (json!(["Ana", "Bo", "Cy"]), &Value::Null));
}

#[tokio::test]
async fn what_makes_no_sense_is_a_problem_that_says_so() {
    let house = House::open().await;
    let ana = create(&house, json!({ "first_name": "Ana" })).await;
    let path = format!("/api/contacts/{}", ana["id"].as_str().expect("an id"));
    let json = |method, path: &str, body: Value| ask(&house, method, path).json(&body);
    let text = |kind: &str, body: &'static str| {
        ask(&house, Method::POST, "/api/contacts").header("content-type", kind).body(body)
    };
    for (request, status) in [
        (json(Method::POST, "/api/contacts", json!({})), 422),
        (json(Method::POST, "/api/contacts", json!({ "first_name": "Ana", "colour": "blue" })), 422),
        (json(Method::POST, "/api/contacts", json!({ "first_name": 1 })), 422),
        (json(Method::POST, "/api/contacts", json!({ "phone": "12" })), 422),
        (json(Method::POST, "/api/contacts", json!({ "email": "ana@" })), 422),
        (json(Method::POST, "/api/contacts", json!([])), 422),
        (json(Method::POST, "/api/contacts?first_name=Ana", json!({})), 400),
        (json(Method::POST, "/api/contacts?business=1", json!({ "first_name": "Ana" })), 400),
        (json(Method::PATCH, &path, json!({ "contact": ana["id"] })), 422),
        (json(Method::PATCH, &path, json!({ "first_name": "Bo" })).header("if-match", "one"), 400),
        (json(Method::POST, &format!("{path}/tags"), json!({ "tags": ["vip"] })).header("if-match", "\"9\""), 400),
        (json(Method::PUT, "/api/reviews/settings", json!({})).header("if-match", "\"9\""), 400),
        (
            json(Method::POST, "/api/contacts", json!({ "first_name": "Bo" }))
                .header("idempotency-key", "k".repeat(201)),
            422,
        ),
        (text("application/json", "{"), 400),
        (text("text/plain", "{}"), 415),
        (ask(&house, Method::GET, "/api/contacts?limit=many"), 400),
        (ask(&house, Method::GET, "/api/contacts?limit=1&limit=2"), 400),
        (ask(&house, Method::GET, "/api/contacts?sort=colour"), 400),
        (ask(&house, Method::GET, "/api/contacts?colour=blue"), 400),
        (ask(&house, Method::GET, "/api/contacts/nobody"), 400),
        (ask(&house, Method::GET, "/api/contacts/00000000-0000-7000-8000-000000000000"), 404),
        (ask(&house, Method::GET, "/api/contacts?business=00000000-0000-7000-8000-000000000000"), 404),
        (ask(&house, Method::PUT, &path), 405),
    ] {
        let shown = format!("{request:?}");
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{shown}");
        assert_eq!(answer.status(), status, "{shown}: {}", answer.text().await.expect("a problem"));
    }
    let locked = house.http.get(format!("{}/api/contacts", house.base)).send().await.expect("an answer");
    assert_eq!(locked.status(), 401);
}

#[tokio::test]
async fn a_character_no_database_takes_is_refused_with_words() {
    without_nul(&House::open().await).await;
}

#[tokio::test]
async fn a_character_no_database_takes_is_refused_with_words_in_postgresql() {
    without_nul(&House::on_postgres().await).await;
}

async fn without_nul(house: &House) {
    let ana = create(house, json!({ "first_name": "Ana" })).await;
    let notes = format!("/api/contacts/{}/notes", ana["id"].as_str().expect("an id"));
    let user = json!({ "email": "ana@example.com", "password": "a password of some length", "first_name": "A\u{0}na" });
    for request in [
        ask(house, Method::GET, "/api/contacts?tag=a%00b"),
        ask(house, Method::GET, "/api/contacts/search?query=%00"),
        ask(house, Method::DELETE, "/api/contact-fields/a%00b"),
        ask(house, Method::POST, &notes).json(&json!({ "body": "Shy.\u{0}" })),
        ask(house, Method::POST, "/api/contacts").json(&json!({ "first_name": "Bo", "fields": { "a\u{0}b": "x" } })),
        ask(house, Method::POST, "/api/users").json(&user),
        ask(house, Method::POST, "/api/imports").json(&json!({ "text": "name\nA\u{0}na\n" })),
        ask(house, Method::POST, "/api/imports/file").body("name\nA\0na\n"),
        ask(house, Method::POST, "/api/imports/file?name=%00").body("name\nAna\n"),
    ] {
        let shown = format!("{request:?}");
        let (status, problem) = send(request).await;
        assert_eq!((status, &problem["type"]), (400, &json!("unreadable")), "{shown}: {problem}");
    }
    let spelled = ask(house, Method::POST, &notes).json(&json!({ "body": r"It is written \u0000." }));
    assert_eq!(send(spelled).await.0, 201, "the escape itself is plain text");
}

#[tokio::test]
async fn own_fields_are_defined_and_filled_over_rest() {
    let house = House::open().await;
    let define = ask(&house, Method::PUT, "/api/contact-fields/plan");
    let (status, field) = send(define.json(&json!({ "label": "Plan", "kind": "choice", "choices": ["Gold"] }))).await;
    assert_eq!((status, &field["key"]), (200, &json!("plan")));
    let ana = create(&house, json!({ "first_name": "Ana", "fields": { "plan": "gold" } })).await;
    assert_eq!(ana["fields"], json!({ "plan": "Gold" }));
    let listed = house.get("/api/contacts?field=plan&value=gold").await;
    assert_eq!(listed["items"][0]["id"], ana["id"]);
    assert_eq!(send(ask(&house, Method::DELETE, "/api/contact-fields/plan")).await.0, 204);
    assert_eq!(house.get("/api/contact-fields").await, json!([]));
}

#[tokio::test]
async fn appointments_are_booked_moved_and_cancelled_over_rest() {
    book(&House::open().await).await;
}

#[tokio::test]
async fn appointments_are_booked_moved_and_cancelled_in_postgresql() {
    book(&House::on_postgres().await).await;
}

async fn book(house: &House) {
    let businesses = house.get("/api/businesses").await;
    let service = businesses["businesses"][0]["services"][0]["id"].as_str().expect("a service");
    let day = "from=2026-11-24T00:00:00Z&to=2026-11-25T00:00:00Z";
    let slots = house.get(&format!("/api/slots?service={service}&{day}&limit=2")).await;
    let (first, second) = (&slots[0]["start"], &slots[1]["start"]);
    let book =
        json!({ "service": service, "start": first, "customer": { "name": "Ana Silva", "phone": "+13055550142" } });
    let (status, booked) = send(ask(house, Method::POST, "/api/appointments").json(&book)).await;
    assert_eq!((status, &booked["source"]), (201, &json!("api")), "{booked}");
    let (status, problem) = send(ask(house, Method::POST, "/api/appointments").json(&book)).await;
    assert_eq!((status, &problem["type"]), (409, &json!("slot-taken")));
    let path = format!("/api/appointments/{}", booked["id"].as_str().expect("an id"));
    let (status, moved) =
        send(ask(house, Method::POST, &format!("{path}/reschedule")).json(&json!({ "start": second }))).await;
    assert_eq!((status, &moved["slot"]["start"]), (200, second));
    let upcoming = house.get(&format!("/api/appointments/upcoming?phone=%2B13055550142&{day}&limit=5")).await;
    assert_eq!(upcoming, json!({ "items": [moved], "next": null }));
    let (status, cancelled) = send(ask(house, Method::POST, &format!("{path}/cancel"))).await;
    assert_eq!((status, &cancelled["status"]), (200, &json!("cancelled")));
}

#[tokio::test]
async fn an_agenda_too_long_for_one_answer_says_where_it_goes_on() {
    let house = House::open().await;
    let service = house.get("/api/businesses").await["businesses"][0]["services"][0]["id"].clone();
    let book = json!({ "service": service, "start": "2026-11-24T15:00:00Z", "customer": { "name": "Ana Silva" } });
    let (status, booked) = send(ask(&house, Method::POST, "/api/appointments").json(&book)).await;
    assert_eq!(status, 201, "{booked}");
    let mut store = house.store().await;
    let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info('appointments') ORDER BY cid")
        .fetch_all(&mut store)
        .await
        .expect("columns");
    let values: Vec<_> = columns
        .iter()
        .map(|column| match column.as_str() {
            "id" => "printf('00000000-0000-7000-8000-%012d', i)".to_owned(),
            "start_at" | "end_at" | "busy_until" => format!("{column} + i * 60000"),
            other => other.to_owned(),
        })
        .collect();
    let many = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2100) \
         INSERT INTO appointments ({}) SELECT {} FROM appointments, n",
        columns.join(", "),
        values.join(", ")
    );
    sqlx::query(sqlx::AssertSqlSafe(many)).execute(&mut store).await.expect("many");

    let mut found = std::collections::HashSet::new();
    let asked = "/api/appointments?from=2026-11-24T00:00:00Z&to=2026-12-24T00:00:00Z&limit=200";
    let mut path = asked.to_owned();
    loop {
        let page = house.get(&path).await;
        let appointments = page["appointments"].as_array().expect("appointments").iter();
        found.extend(appointments.map(|one| one["id"].to_string()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("{asked}&cursor={next}");
    }
    assert_eq!(found.len(), 2_101);
}

#[tokio::test]
async fn the_openapi_document_is_what_it_was() {
    let house = House::open().await;
    let mut document = house.get("/api/openapi.json").await;
    document["info"]["version"] = json!("…");
    insta::assert_json_snapshot!("openapi", document);
}

#[tokio::test]
async fn files_are_documented_as_they_are_asked_for_and_answered() {
    let house = House::open().await;
    let paths = house.get("/api/openapi.json").await["paths"].take();
    let names = |operation: &Value, place: &str| -> Vec<String> {
        let all = operation["parameters"].as_array().expect("parameters").iter();
        all.filter(|one| one["in"] == place).map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
    };
    let export = &paths["/api/contacts/export"]["get"];
    let asked = names(export, "query");
    for (name, there) in [("format", true), ("business", true), ("tag", true), ("sort", false), ("limit", false)] {
        assert_eq!(asked.iter().any(|one| one == name), there, "{name}");
    }
    for name in asked {
        let answer = house.asked(&format!("/api/contacts/export?{name}=")).await;
        let problem = answer.text().await.expect("a body");
        assert!(!problem.contains("unknown field"), "{name}: {problem}");
    }
    let answered = &export["responses"]["200"]["content"];
    assert_eq!(
        (&answered["text/csv"]["schema"]["type"], &answered["application/json"]["schema"]["type"]),
        (&json!("string"), &json!("array"))
    );
    let hand_in = &paths["/api/imports/file"]["post"];
    assert!(hand_in["requestBody"]["content"]["text/csv"].is_object(), "{hand_in}");
    assert_eq!(names(hand_in, "header"), ["Idempotency-Key"]);
    assert_eq!(names(&paths["/api/events"]["get"], "header"), ["Last-Event-ID"]);
    assert_eq!(names(&paths["/api/calls/{id}/recording"]["get"], "header"), ["Range"]);
}

#[tokio::test]
async fn every_reference_of_the_openapi_document_leads_somewhere() {
    let house = House::open().await;
    let document = house.get("/api/openapi.json").await;
    let text = document.to_string();
    let references: Vec<_> = text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(references.len() > 50, "{}", references.len());
    for reference in references {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
}
