//! The whole catalogue in words: what has no command of its own, asked for at the copilot's door of a real house.

use crate::accounts::key;
use crate::copilot::{opened, post, say, script};
use crate::house::House;
use serde_json::{Value, json};

async fn names(house: &House, path: &str) -> Vec<String> {
    let found = house.get(path).await;
    let rows = found.as_array().or_else(|| found["items"].as_array()).expect("rows");
    rows.iter().filter_map(|row| row["name"].as_str()).map(str::to_owned).collect()
}

/// A pipeline is set up: asked for field by field, a wrong value and a right one, taken back, named at once, deleted.
async fn pipelines(house: &House) {
    let session = opened(house).await;
    script(
        house,
        &session,
        &[
            ("create a pipeline", "Create pipeline · name: What people call it."),
            (
                "Big deals",
                "Create pipeline · stages: Its stages, from first to last: 1 to 30. Each has name, probability",
            ),
            ("New, Won", "\"New, Won\" doesn't fit there."),
            ("New 10, Won 200", "\"New 10, Won 200\" doesn't fit there."),
            ("New 10, Agreed by phone 60, Won 100", "✅ Create pipeline: Big deals · New, Agreed by phone, Won"),
            ("undo that", "Take back the last thing you did: create pipeline"),
            ("yes", "✅ Taken back: create pipeline (Big deals)."),
        ],
    )
    .await;
    assert!(!names(house, "/api/pipelines").await.contains(&"Big deals".to_owned()));
    script(
        house,
        &session,
        &[
            ("create pipeline name: Other, stages: New 10, Won 100", "✅ Create pipeline: Other · New, Won"),
            ("create pipeline name: Side, stages: New 10, Won 100", "✅ Create pipeline: Side · New, Won"),
            ("delete pipeline Side", "Delete pipeline?\n• pipeline: Side · New, Won\nYes or no?"),
            ("no", "I've left everything as it was."),
        ],
    )
    .await;
    assert!(names(house, "/api/pipelines").await.contains(&"Side".to_owned()));
    script(
        house,
        &session,
        &[
            ("delete pipeline Big deals", "None is called \"Big deals\". Delete pipeline · pipeline: Which."),
            ("never mind", "I've left everything as it was."),
            ("delete_pipeline", "Delete pipeline · pipeline: Which.\n1. "),
            ("the moon", "Please give a number from 1 to"),
            ("Side", "Delete pipeline?\n• pipeline: Side"),
            ("yes", "✅ Delete pipeline: done."),
            ("delete pipeline Side", "None is called \"Side\". Delete pipeline · pipeline: Which."),
            ("never mind", "I've left everything as it was."),
        ],
    )
    .await;
    assert!(!names(house, "/api/pipelines").await.contains(&"Side".to_owned()));
}

/// Money is written down: the order is chosen, the sum is said as people say it, everything is read back.
async fn payments(house: &House) {
    let session = opened(house).await;
    script(
        house,
        &session,
        &[
            ("create order items: Teeth cleaning 2 95.50", "✅ Create order: "),
            ("record a transaction", "Record transaction · order: For which order."),
            ("1", "Record transaction · kind: Which way it went."),
            ("a gift", "\"a gift\" doesn't fit there."),
            ("payment", "Record transaction · amount: How much: a payment no more than is owed"),
            ("many", "\"many\" doesn't fit there."),
            ("$50.50", "Record transaction · provider: By which way"),
            ("cash", "• kind: payment\n• amount: $50.50\n• provider: cash\nYes or no?"),
            ("cancel", "I've left everything as it was."),
        ],
    )
    .await;
    assert_eq!(house.get("/api/transactions").await["items"], json!([]));
    script(
        house,
        &session,
        &[
            (
                "record_transaction {\"kind\": \"payment\", \"amount_minor\": 5050, \"provider\": \"cash\"}",
                "For which order",
            ),
            ("1", "• amount: $50.50"),
            ("no, amount: 60", "• amount: $60\n"),
            ("yes", "✅ Record transaction: "),
            ("undo that", "Take back the last thing you did: record transaction"),
            ("yes", "✅ Taken back: record transaction."),
        ],
    )
    .await;
    assert_eq!(house.get("/api/transactions").await["items"], json!([]));
}

/// People are named, not numbered: two are made one, what they want to hear is noted, many are tagged.
async fn people(house: &House) {
    let session = opened(house).await;
    script(
        house,
        &session,
        &[
            ("create contact Ana Silva 305 555 0142", "✅ Added"),
            ("create contact Anna Silva 305 555 0143", "✅ Added"),
            ("record a consent", "Record consent · contact: Who. Whom is it about? Anna Silva?"),
            ("Ana Silva", "Record consent · channel: By which channel."),
            ("sms", "Record consent · wish: What they want."),
            ("1", "Record consent · words: The evidence"),
            (
                "She said on the phone: no more texts",
                "• contact: Ana Silva · +13055550142\n• channel: sms\n• wish: stop",
            ),
            ("yes", "✅ Record consent:"),
            ("tag contacts", "Tag contacts · whom: Whom."),
            ("Ana Silva, Anna Silva", "Tag contacts · tags: Which."),
            ("gold, silver", "✅ Tag contacts:"),
            ("merge contacts", "Merge contacts · keep: Whose id stays."),
            ("Nobody Atall", "I find nobody for \"Nobody Atall\"."),
            ("Ana Silva", "Merge contacts · gone: Who is no contact of their own afterwards."),
            (
                "Anna Silva",
                "Merge contacts?\n• keep: Ana Silva · +13055550142\n• gone: Anna Silva · +13055550143\nYes or no?",
            ),
            ("yes", "✅ Merge contacts:"),
        ],
    )
    .await;
    let found = house.get("/api/contacts").await;
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1), "{found:#}");
    assert_eq!(found["items"][0]["tags"], json!(["gold", "silver"]));
}

/// What is listed, what may be meant, and what is beyond the limits.
async fn lists(house: &House) {
    let session = opened(house).await;
    script(
        house,
        &session,
        &[
            ("list the webhook calls", "List webhook calls: there's nothing."),
            ("webhooks", "Do you mean one of these?"),
            ("list webhook calls", "List webhook calls: there's nothing."),
            ("define a contact field key: Loyalty, label: Points, kind: number", "a field's key is a small letter"),
            ("loyalty", "✅ Define contact field: Points"),
            ("get forecast", "Get forecast"),
            ("the moon and the stars", "understand"),
        ],
    )
    .await;
    let many = (0..12).map(|number| format!("List {number:02}"));
    for name in many {
        let made = say(house, &session, &format!("create smart list name: {name}, tag: vip")).await;
        assert!(made["text"].as_str().is_some_and(|text| text.contains("✅ Create smart list: ")), "{made:#}");
    }
    let listed = say(house, &session, "list smart lists").await;
    assert!(listed["text"].as_str().is_some_and(|text| text.contains("List smart lists (10):")), "{listed:#}");
    assert_eq!(listed["data"]["card"]["more"], true);
    script(house, &session, &[("more", "List smart lists (2):"), ("more", "There's no more of the last list.")]).await;
}

async fn in_spanish(house: &House) {
    let session = opened(house).await;
    script(
        house,
        &session,
        &[
            ("busca a Ana Silva", ""),
            ("olvídalo", "lo he dejado todo como estaba"),
            ("crea un flujo de trabajo", "Crear un flujo de trabajo · nombre: Cómo se llama."),
            ("Bienvenida", "✅ Crear un flujo de trabajo: Bienvenida"),
            (
                "elimina el flujo de trabajo Bienvenida",
                "¿Eliminar un flujo de trabajo?\n• flujo de trabajo: Bienvenida",
            ),
            ("no", "lo he dejado todo como estaba"),
            ("ver las llamadas de webhook", "Ver las llamadas de webhook: no hay nada."),
            // What only the engine knows is refused in Spanish too.
            ("definir un campo clave: Puntos, etiqueta: Puntos, tipo: número", "la clave de un campo empieza por"),
            ("puntos", "✅ Definir un campo: Puntos"),
            (
                "definir un campo clave: puntos, etiqueta: Puntos, tipo: texto",
                "el tipo de un campo no se puede cambiar",
            ),
        ],
    )
    .await;
}

async fn work(house: &House) {
    pipelines(house).await;
    payments(house).await;
    people(house).await;
    lists(house).await;
    in_spanish(house).await;
}

#[tokio::test]
async fn what_has_no_command_of_its_own_is_done_in_words() {
    work(&House::open().await).await;
}

#[tokio::test]
async fn what_has_no_command_of_its_own_is_done_in_words_in_postgresql() {
    work(&House::on_postgres().await).await;
}

#[tokio::test]
async fn what_one_may_not_do_is_refused_before_anything_is_asked() {
    let house = House::open().await;
    let token = key(&house, json!(["read_contacts"])).await;
    let ask = |path: &str, body: Value| {
        let request = house.http.post(format!("{}{path}", house.base)).bearer_auth(&token).json(&body);
        async move { request.send().await.expect("an answer").json::<Value>().await.expect("JSON") }
    };
    let opened = ask("/api/mcp/copilot/sessions/initialize", json!({ "crmType": "embedded" })).await;
    let reply =
        ask("/api/mcp/copilot/chat", json!({ "sessionId": opened["sessionId"], "message": "create a pipeline" })).await;
    assert_eq!((&reply["status"], &reply["data"]["operation"]), (&json!("failed"), &Value::Null), "{reply:#}");
    let words = "You're not allowed to do that (create pipeline).";
    assert!(reply["text"].as_str().is_some_and(|text| text.contains(words)), "{reply:#}");
}

#[tokio::test]
async fn a_request_half_made_goes_on_after_a_restart() {
    let mut first = House::open().await;
    let session = opened(&first).await;
    script(&first, &session, &[("create a pipeline", "name"), ("Big deals", "stages")]).await;
    let database = first.database.clone();
    let second = House::with(&[("DATABASE_URL", &database)]).await;
    first.stop().await;
    script(&second, &session, &[("New 10, Won 100", "✅ Create pipeline: Big deals")]).await;
    let reply = post(&second, "/api/mcp/copilot/chat", json!({ "sessionId": session, "message": "why" })).await;
    let reply: Value = reply.json().await.expect("JSON");
    assert!(reply["text"].as_str().is_some_and(|text| text.contains("\"create pipeline\"")), "{reply:#}");
}

#[tokio::test]
async fn what_is_made_is_said_with_its_name_and_can_be_taken_back() {
    let house = House::open().await;
    let session = opened(&house).await;
    let (told, undone) = ("✅ ", "✅ Taken back: ");
    script(&house, &session, &[("create pipeline name: Sales, stages: New 10, Won 100", told)]).await;
    for (words, name) in [
        ("create pipeline name: Spring offers, stages: New 10, Won 100", "Spring offers"),
        ("create smart list name: Late payers, tag: late", "Late payers"),
        ("create workflow name: Recall in May", "Recall in May"),
        ("create campaign name: Autumn sale", "Autumn sale"),
        ("create_task title: order gloves", "order gloves"),
        ("create_opportunity name: Braces for Zed", "Braces for Zed"),
        ("create_contact first name: Zed", "Zed"),
        ("define contact field key: plan, label: Plan they pay, kind: text", "Plan they pay"),
        (
            "connect social account platform: facebook, name: Oak Street, webhook: https://example.com/hook",
            "Oak Street",
        ),
    ] {
        script(&house, &session, &[(words, told), ("repeat that", name), ("undo that", "Take back"), ("yes", undone)])
            .await;
    }
    // Said where a name was asked for, a wish becomes one only if that is meant.
    script(
        &house,
        &session,
        &[
            ("create a pipeline", "Create pipeline · name"),
            ("show today's appointments", "Is \"show today's appointments\" the name? Yes or no?"),
            ("no", "I've left the other thing."),
            ("create a pipeline", "Create pipeline · name"),
            ("show today's appointments", "Is \"show today's appointments\" the name? Yes or no?"),
            ("yes", "Create pipeline · stages"),
            ("New 10, Won 100", "✅ Create pipeline: show today's appointments · New, Won"),
            ("undo that", "Take back the last thing you did: create pipeline"),
            ("yes", "✅ Taken back: create pipeline (show today's appointments)."),
        ],
    )
    .await;
    assert!(!names(&house, "/api/pipelines").await.contains(&"show today's appointments".to_owned()));
}
