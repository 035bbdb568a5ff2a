//! What was done over REST: listed, followed, taken back; files of contacts in and out.

use crate::house::{House, ask, eventually, send};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

async fn post(house: &House, path: &str, body: Value) -> (u16, Value) {
    let answer = ask(house, Method::POST, path).json(&body).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

async fn text(house: &House, path: &str) -> (String, String) {
    let answer = ask(house, Method::GET, path).send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    let kind = answer.headers()["content-type"].to_str().expect("a kind").to_owned();
    (kind, answer.text().await.expect("a body"))
}

/// Events as they come.
struct Events {
    answer: reqwest::Response,
    read: String,
}

impl Events {
    async fn follow(house: &House, after: Option<&str>) -> Self {
        Self::of(ask(house, Method::GET, "/api/events"), after).await
    }

    async fn of(mut asked: RequestBuilder, after: Option<&str>) -> Self {
        if let Some(after) = after {
            asked = asked.header("last-event-id", after);
        }
        let answer = asked.send().await.expect("an answer");
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { answer, read: String::new() }
    }

    /// The next one: its name, its id, what it carries; none at the end.
    async fn next(&mut self) -> Option<(String, String, Value)> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let line =
                    |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
                let told = (line("event:").to_owned(), line("id:").to_owned(), line("data:").to_owned());
                let rest = rest.to_owned();
                self.read = rest;
                if told.0.is_empty() {
                    continue;
                }
                return Some((told.0, told.1, serde_json::from_str(&told.2).expect("JSON")));
            }
            let chunk = self.answer.chunk().await.ok().flatten()?;
            self.read.push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    }
}

#[tokio::test]
async fn what_was_done_is_told_listed_and_taken_back() {
    walk(House::open().await).await;
}

#[tokio::test]
async fn what_was_done_is_told_listed_and_taken_back_in_postgresql() {
    walk(House::on_postgres().await).await;
}

async fn walk(mut house: House) {
    let mut events = Events::follow(&house, None).await;
    assert_eq!(events.next().await, Some(("ready".to_owned(), "1".to_owned(), json!({ "after": 1 }))));
    let (_, ana) = post(&house, "/api/contacts", json!({ "first_name": "Ana", "phone": "305 555 0142" })).await;
    let id = ana["id"].as_str().expect("an id");
    let (event, number, told) = events.next().await.expect("an event");
    assert_eq!((event.as_str(), number.as_str(), &told["operation"]), ("changed", "2", &json!("create_contact")));
    assert_eq!(told["rows"], json!([{ "kind": "contact", "id": id, "version": 1 }]));
    assert!(!told.to_string().contains("Ana") && !told.to_string().contains("0142"), "{told}");

    assert_eq!(
        ask(&house, Method::DELETE, &format!("/api/contacts/{id}")).send().await.expect("an answer").status(),
        204
    );
    let listed = house.get(&format!("/api/actions?concerning={id}&who=owner")).await;
    let deleting = &listed["items"][0];
    assert_eq!(
        (&deleting["operation"], &deleting["number"], &deleting["rows"]),
        (&json!("delete_contact"), &json!(3), &json!(1))
    );
    let path = format!("/api/actions/{}", deleting["id"].as_str().expect("an id"));
    let whole = house.get(&path).await;
    assert_eq!(
        (&whole["changes"][0]["before"]["first_name"], &whole["changes"][0]["after"]),
        (&json!("Ana"), &Value::Null)
    );
    let (status, undone) = post(&house, &format!("{path}/undo"), json!({})).await;
    assert_eq!((status, &undone["id"]), (200, &deleting["id"]), "{undone}");
    assert_eq!(house.get(&format!("/api/contacts/{id}")).await["phone"], "+13055550142");
    let (status, problem) = post(&house, &format!("{path}/undo"), json!({})).await;
    assert_eq!((status, &problem["type"]), (422, &json!("invalid")));

    let mut again = Events::follow(&house, Some("2")).await;
    let mut told = Vec::new();
    for _ in 0..3 {
        let (event, number, carried) = again.next().await.expect("an event");
        told.push((event, number, carried["operation"].clone()));
    }
    let event = |name: &str, number: &str, operation: Value| (name.to_owned(), number.to_owned(), operation);
    let expected = [
        event("ready", "2", Value::Null),
        event("changed", "3", json!("delete_contact")),
        event("changed", "4", json!("undo_action")),
    ];
    assert_eq!(told, expected, "nothing is missed");
    house.stop().await;
    while again.next().await.is_some() {}
}

#[tokio::test]
async fn a_file_is_handed_in_brought_in_and_its_errors_are_a_file() {
    let house = House::open().await;
    let file = b"Nombre;Tel\xe9fono;Notas\nJos\xe9 N\xfa\xf1ez;305 555 0142;x\nBo;12;=1+1\n";
    let handed = ask(&house, Method::POST, "/api/imports/file?name=people.csv").body(file.to_vec());
    let handed = handed.send().await.expect("an answer");
    assert_eq!(handed.status(), 201);
    let preview: Value = handed.json().await.expect("JSON");
    let import = &preview["import"];
    assert_eq!((&import["columns"], &import["name"]), (&json!(["name", "phone", "ignored"]), &json!("people.csv")));
    assert_eq!((&preview["first"][0][0], &preview["problems"][0]["row"]), (&json!("José Núñez"), &json!(3)));
    let path = format!("/api/imports/{}", import["id"].as_str().expect("an id"));
    let (status, started) = post(&house, &format!("{path}/start"), json!({ "tags": ["New"] })).await;
    assert_eq!((status, &started["state"]), (200, &json!("running")), "{started}");
    eventually("the import is done", async || house.get(&path).await["state"] == "done").await;
    let done = house.get(&path).await;
    assert_eq!((&done["created"], &done["refused"], &done["done"]), (&json!(1), &json!(1), &json!(2)));
    assert_eq!(house.get("/api/contacts?tag=new").await["items"][0]["last_name"], "Núñez");
    let (kind, errors) = text(&house, &format!("{path}/errors")).await;
    assert_eq!(kind, "text/csv; charset=utf-8");
    let (header, row) = errors.split_once("\r\n").expect("lines");
    assert_eq!(header, "row,reason,Nombre,Teléfono,Notas");
    assert!(row.starts_with("3,") && row.ends_with(",Bo,12,'=1+1\r\n"), "{row}");
    let (status, undoing) = post(&house, &format!("{path}/undo"), json!({})).await;
    assert_eq!((status, &undoing["state"]), (200, &json!("undoing")));
    eventually("the import is taken back", async || house.get(&path).await["state"] == "undone").await;
    assert_eq!(house.get("/api/contacts").await["items"], json!([]));
}

#[tokio::test]
async fn whoever_is_let_in_no_longer_is_told_of_no_further_change() {
    let house = House::open().await;
    let token = crate::accounts::key(&house, json!(["read_history"])).await;
    let follow = crate::accounts::ask(&house, &token, Method::GET, "/api/events");
    let mut events = Events::of(follow, None).await;
    assert_eq!(events.next().await.expect("an event").0, "ready");
    let path = format!("/api/keys/{}", house.get("/api/keys").await["keys"][0]["id"].as_str().expect("an id"));
    assert_eq!(ask(&house, Method::DELETE, &path).send().await.expect("an answer").status(), 204);
    assert_eq!(events.next().await.expect("an event").2["operation"], "revoke_key");
    house.pass(31);
    assert_eq!(post(&house, "/api/contacts", json!({ "first_name": "Ana" })).await.0, 201);
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn a_large_file_is_taken_as_json_and_other_bodies_are_not() {
    let house = House::open().await;
    let rows = "Ana Silva,305 555 0142,a remark that takes room\n".repeat(5_000);
    let (status, preview) = post(&house, "/api/imports", json!({ "text": format!("name,phone,notes\n{rows}") })).await;
    assert_eq!((status, &preview["import"]["rows"]), (201, &json!(5_000)));
    let (status, _) = post(&house, "/api/contacts", json!({ "first_name": "x".repeat(100_000) })).await;
    assert_eq!(status, 413);
}

#[tokio::test]
async fn a_file_handed_in_again_under_its_key_is_one_import() {
    let house = House::open().await;
    let hand_in = async |file: &'static str| {
        let file = ask(&house, Method::POST, "/api/imports/file").header("idempotency-key", "k1").body(file);
        send(file).await
    };
    let first = hand_in("name\nAna\n").await;
    assert_eq!(first.0, 201);
    assert_eq!(hand_in("name\nAna\n").await, first);
    let (status, problem) = hand_in("name\nBo\n").await;
    assert_eq!((status, &problem["type"]), (422, &json!("key-reused")));
}

#[tokio::test]
async fn contacts_leave_as_a_file_that_can_be_brought_in_again() {
    let house = House::open().await;
    for number in 0..450 {
        let body =
            json!({ "first_name": format!("P{number}"), "tags": [if number % 2 == 0 { "even" } else { "odd" }] });
        assert_eq!(post(&house, "/api/contacts", body).await.0, 201);
    }
    let guarded = json!({ "first_name": "=HYPERLINK(1)", "email": "ana@example.com", "tags": ["even"] });
    assert_eq!(post(&house, "/api/contacts", guarded).await.0, 201);
    let (kind, csv) = text(&house, "/api/contacts/export?format=csv&tag=even").await;
    assert_eq!((kind.as_str(), csv.lines().count()), ("text/csv; charset=utf-8", 227));
    assert!(csv.lines().last().expect("a line").contains(",'=HYPERLINK(1),"), "{csv}");
    let (kind, whole) = text(&house, "/api/contacts/export?format=json").await;
    let whole: Vec<Value> = serde_json::from_str(&whole).expect("JSON");
    assert_eq!((kind.as_str(), whole.len()), ("application/json", 451));
    let (_, none) = text(&house, "/api/contacts/export?format=json&tag=nobody").await;
    assert_eq!(none.trim(), "[]");
    let (status, preview) = post(&house, "/api/imports", json!({ "text": csv })).await;
    assert_eq!((status, &preview["problems"]), (201, &json!([])), "{preview}");
    for (wrong, status) in [("format=xml", 400), ("colour=blue", 400), ("field=nothing", 422)] {
        let answer =
            ask(&house, Method::GET, &format!("/api/contacts/export?{wrong}")).send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{wrong}");
    }
}

#[tokio::test]
async fn the_log_is_checked_from_the_command_line() {
    let house = House::open().await;
    for name in ["Ana", "Bo"] {
        post(&house, "/api/contacts", json!({ "first_name": name })).await;
    }
    let check = async || ringlypro::app::audit::verify(house.database()).await.expect("checked");
    assert_eq!((check().await[0].entries, check().await[0].broken), (3, None));
    let lines = ringlypro::app::audit::list(house.database(), None, 1).await.expect("listed");
    assert_eq!(lines[0].1.iter().map(|line| line.number).collect::<Vec<_>>(), [3]);
    let altered = "UPDATE actions SET operation = 'nothing' WHERE number = 1";
    sqlx::query(altered).execute(&mut house.store().await).await.expect("altered");
    assert_eq!(check().await[0].broken.map(|(entry, _)| entry), Some(1));
}
