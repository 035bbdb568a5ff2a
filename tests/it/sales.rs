//! What the office keeps, over REST: pipelines and opportunities, tasks, orders, figures.

use crate::house::{House, ask, send};
use reqwest::Method;
use serde_json::{Value, json};

async fn create(house: &House, path: &str, body: Value) -> Value {
    let (status, made) = send(ask(house, Method::POST, path).json(&body)).await;
    assert_eq!(status, 201, "{made}");
    made
}

fn id(one: &Value) -> &str {
    one["id"].as_str().expect("an id")
}

#[tokio::test]
async fn a_sale_goes_its_way_over_rest() {
    sell(&House::open().await).await;
}

#[tokio::test]
async fn a_sale_goes_its_way_in_postgresql() {
    sell(&House::on_postgres().await).await;
}

async fn sell(house: &House) {
    let stages = json!([{ "name": "New", "probability": 10 }, { "name": "Offer", "probability": 50 }]);
    let pipeline = create(house, "/api/pipelines", json!({ "name": "Sales", "stages": stages })).await;
    let wish = json!({ "name": "Roof", "value_minor": 500_000, "expected_close": "2026-12-24" });
    let made = create(house, "/api/opportunities", wish).await;
    assert_eq!((&made["status"], &made["stage"]), (&json!("open"), &pipeline["stages"][0]["id"]));
    let path = format!("/api/opportunities/{}", id(&made));
    let onward = json!({ "stage": pipeline["stages"][1]["id"] });
    let (status, moved) = send(ask(house, Method::POST, &format!("{path}/move")).json(&onward)).await;
    assert_eq!((status, &moved["version"]), (200, &json!(2)));
    let change = |tag: &str, body: Value| ask(house, Method::PATCH, &path).header("if-match", tag).json(&body);
    let (status, problem) = send(change("\"1\"", json!({ "name": "Shed" }))).await;
    assert_eq!((status, &problem["type"]), (412, &json!("stale")));
    let (status, changed) = send(change("\"2\"", json!({ "expected_close": null }))).await;
    assert_eq!((status, &changed["expected_close"], &changed["name"]), (200, &Value::Null, &json!("Roof")));
    let listed = house.get("/api/opportunities?value_over=499999&text=roof&sort=value&descending=true").await;
    assert_eq!(listed["items"][0], changed);
    let forecast = house.get("/api/opportunities/forecast").await;
    assert_eq!((&forecast["value_minor"], &forecast["weighted_minor"]), (&json!(500_000), &json!(250_000)));
    let close = json!({ "result": "won", "reason": "Nearest." });
    let (status, won) = send(ask(house, Method::POST, &format!("{path}/close")).json(&close)).await;
    assert_eq!((status, &won["status"]), (200, &json!("won")));
    let history = house.get(&format!("{path}/history")).await;
    assert_eq!((&history["items"][0]["status"], &history["items"][0]["who"]["kind"]), (&json!("won"), &json!("owner")));
    let (status, problem) = send(ask(house, Method::DELETE, &format!("/api/pipelines/{}", id(&pipeline)))).await;
    assert_eq!((status, &problem["type"]), (422, &json!("invalid")), "there is an opportunity in it");
    assert_eq!(send(ask(house, Method::DELETE, &path)).await, (204, Value::Null));
    assert_eq!(send(ask(house, Method::DELETE, &format!("/api/pipelines/{}", id(&pipeline)))).await.0, 204);
}

#[tokio::test]
async fn tasks_orders_and_figures_over_rest() {
    let house = House::open().await;
    let task = create(&house, "/api/tasks", json!({ "title": "Call Ana", "due": "2026-11-23T12:00:00Z" })).await;
    assert_eq!(house.get("/api/tasks?state=overdue").await["items"], json!([task]));
    let done = send(ask(&house, Method::POST, &format!("/api/tasks/{}/complete", id(&task)))).await;
    assert_eq!((done.0, &done.1["completed_at"]), (200, &json!("2026-11-23T15:00:00Z")));

    let items = json!([{ "name": "cleaning", "quantity": 2, "unit_minor": 9_500 }]);
    let (status, problem) =
        send(ask(&house, Method::POST, "/api/orders").json(&json!({ "items": items, "total_minor": 9_500 }))).await;
    assert_eq!((status, &problem["type"]), (422, &json!("invalid")), "it does not add up");
    let order = create(&house, "/api/orders", json!({ "items": items })).await;
    let payment = json!({ "order": id(&order), "kind": "payment", "amount_minor": 19_000, "provider": "cash" });
    let paid = create(&house, "/api/transactions", payment).await;
    assert_eq!(house.get(&format!("/api/transactions?order={}", id(&order))).await["items"], json!([paid]));
    assert_eq!(house.get(&format!("/api/orders/{}", id(&order))).await["status"], json!("paid"));

    let figures = house.get("/api/statistics?from=2026-11-23&to=2026-11-23").await;
    assert_eq!((&figures["tasks_done"], &figures["calls"]), (&json!(1), &json!(0)));
    assert_eq!(house.get("/api/calendars").await.as_array().map(Vec::len), Some(1));
    let unknown = "/api/appointments/019a0000-0000-7000-8000-0000000000ff";
    assert_eq!(send(ask(&house, Method::GET, unknown)).await.0, 404);
    assert_eq!(send(ask(&house, Method::POST, &format!("{unknown}/confirm"))).await.0, 404);
}
