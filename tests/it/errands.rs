//! What a business sends and has done by the copilot: said, read back, confirmed, carried by who carries it, kept, and told.

use crate::copilot::{opened, script};
use crate::house::{CALLER, House, ask, send};
use crate::imitations::{ACCOUNT, Carrier, PostOffice, Program};
use crate::messages::text;
use reqwest::Method;
use serde_json::{Value, json};

/// A Monday night in New York.
const NIGHT: &str = "2026-11-24T04:00:00Z";
const JOHN: &str = "+13055550111";

/// A house that can send.
struct Sending {
    house: House,
    carrier: Carrier,
    office: PostOffice,
}

impl Sending {
    async fn open(postgres: bool) -> Self {
        let (carrier, office) = (Carrier::start().await, PostOffice::start().await);
        let settings = [
            ("TWILIO_ACCOUNT_SID", ACCOUNT),
            ("TWILIO_API", carrier.base.as_str()),
            ("SMTP_URL", office.url.as_str()),
            ("EMAIL_FROM", "office@example.com"),
        ];
        let house = if postgres { House::on_postgres_with(&settings).await } else { House::with(&settings).await };
        Self { house, carrier, office }
    }

    /// The words of the texts that were handed over, with where they went.
    fn texts(&self) -> Vec<(String, String)> {
        self.carrier.texts().iter().map(|text| (text["To"].clone(), text["Body"].clone())).collect()
    }
}

async fn made(house: &House, path: &str, body: Value) -> Value {
    let (status, row) = send(ask(house, Method::POST, path).json(&body)).await;
    assert_eq!(status, 201, "{row}");
    row["id"].clone()
}

/// Ana, who is the caller, and John.
async fn people(house: &House) -> (Value, Value) {
    let ana = json!({ "first_name": "Ana", "last_name": "Silva", "phone": CALLER, "email": "ana@example.com" });
    let john = json!({ "first_name": "John", "last_name": "Smith", "phone": JOHN, "email": "john@example.com" });
    (made(house, "/api/contacts", ana).await, made(house, "/api/contacts", john).await)
}

/// The messages with somebody, the newest first: the words of each, and how it stands.
async fn kept(house: &House, contact: &Value) -> Vec<(String, String)> {
    let contact = contact.as_str().expect("an id");
    let threads = house.get(&format!("/api/conversations?contact={contact}")).await;
    let Some(thread) = threads["items"][0]["id"].as_str() else { return Vec::new() };
    let messages = house.get(&format!("/api/conversations/{thread}/messages")).await;
    let word = |one: &Value, field: &str| one[field].as_str().expect("a text").to_owned();
    let all = messages["items"].as_array().expect("items").iter();
    all.map(|one| (word(one, "body"), word(one, "delivery"))).collect()
}

fn pairs(of: &[(String, String)]) -> Vec<(&str, &str)> {
    of.iter().map(|(one, other)| (one.as_str(), other.as_str())).collect()
}

/// A text goes out once, only after all its words were read back, to whom it was for in the end.
async fn texts(sending: &Sending, (ana, john): (&Value, &Value)) {
    let house = &sending.house;
    let session = opened(house).await;
    script(
        house,
        &session,
        &[
            (
                "text Ana Silva: running ten minutes late",
                "Text Ana Silva · +13055550142 · ana@example.com: 'running ten minutes late'? Yes or no?",
            ),
            ("no", "I've left everything as it was."),
        ],
    )
    .await;
    assert_eq!((sending.texts(), kept(house, ana).await), (Vec::new(), Vec::new()));
    script(
        house,
        &session,
        &[
            ("text Ana Silva: see you at 3", "'see you at 3'? Yes or no?"),
            ("no, John Smith", "Text John Smith · +13055550111 · john@example.com: 'see you at 3'? Yes or no?"),
            ("yes", "✅ Sent to John Smith."),
            ("send a message to Ana Silva", "What should I write to Ana Silva?"),
            ("call me back, please", "'call me back, please'? Yes or no?"),
            ("yes", "✅ Sent to Ana Silva."),
            ("text her: thanks", "Text Ana Silva"),
            ("yes", "✅ Sent to Ana Silva."),
            ("text Maria Lopez: hello", "I find nobody for \"Maria Lopez\"."),
            ("never mind", "as it was"),
        ],
    )
    .await;
    let sent = [(JOHN, "see you at 3"), (CALLER, "call me back, please"), (CALLER, "thanks")];
    assert_eq!(pairs(&sending.texts()), sent);
    assert_eq!(pairs(&kept(house, john).await), [("see you at 3", "sent")]);
    assert_eq!(pairs(&kept(house, ana).await), [("thanks", "sent"), ("call me back, please", "sent")]);
}

async fn letters(sending: &Sending, (ana, _): (&Value, &Value)) {
    let session = opened(&sending.house).await;
    script(
        &sending.house,
        &session,
        &[
            (
                "email Ana Silva subject Hello body See you on Friday",
                "E-mail Ana Silva · +13055550142 · ana@example.com, subject 'Hello': 'See you on Friday'? Yes or no?",
            ),
            ("yes", "✅ Sent to Ana Silva."),
            ("send an email to John Smith", "What is the e-mail to John Smith about?"),
            ("Your appointment", "What should I write to John Smith?"),
            ("We moved it to Friday.", "subject 'Your appointment': 'We moved it to Friday.'? Yes or no?"),
            ("yes", "✅ Sent to John Smith."),
        ],
    )
    .await;
    let letters = sending.office.letters();
    assert_eq!(letters.len(), 2);
    for (letter, lines) in letters.iter().zip([
        ["RCPT TO:<ana@example.com>", "Subject: Hello", "See you on Friday"],
        ["RCPT TO:<john@example.com>", "Subject: Your appointment", "We moved it to Friday."],
    ]) {
        assert!(lines.iter().all(|line| letter.contains(line)), "{lines:?} in {letter}");
    }
    assert_eq!(kept(&sending.house, ana).await[0], ("See you on Friday".to_owned(), "sent".to_owned()));
}

/// Threads are shown with whose they are, calls that took place elsewhere are written into them.
async fn threads(sending: &Sending) {
    let house = &sending.house;
    let session = opened(house).await;
    script(house, &session, &[("do I have any new messages?", "There are no unread messages.")]).await;
    house.pass(60);
    text(house, "SM50", "When are you open?").await;
    script(
        house,
        &session,
        &[
            ("do I have any new messages?", "Unread, the latest first (1):\n1. Ana Silva, Monday, November 23"),
            ("show messages with Ana Silva", "← Monday, November 23 at 10:01 AM: When are you open?"),
            ("show conversations", "The latest conversations (2):\n1. Ana Silva, Monday, November 23"),
            ("log call with Ana Silva: discussed pricing", "✅ Noted a call to Ana Silva: discussed pricing"),
            ("log a call from John Smith: asked for an invoice", "✅ Noted a call from John Smith"),
            ("log call with John Smith", "What was said in the call with John Smith?"),
            ("left voicemail", "✅ Noted a call to John Smith: left voicemail"),
            ("show messages with John Smith", "1. → Monday, November 23 at 10:01 AM: left voicemail\n2. ← Monday"),
        ],
    )
    .await;
}

/// Whoever is not to be disturbed, has said STOP, or whom the carrier refuses, is not written to, and that is said.
async fn refusals(sending: &Sending, (ana, john): (&Value, &Value)) {
    let house = &sending.house;
    let session = opened(house).await;
    let before = sending.texts().len();
    script(
        house,
        &session,
        &[
            ("update_contact contact: John Smith, do not disturb: sms", "✅ Update contact: John Smith"),
            ("find John Smith", "Do not disturb by: SMS"),
            ("text John Smith: hello", "Yes or no?"),
            (
                "yes",
                "It was written down but not sent: the contact is marked as not to be disturbed by this channel. It is \
                 kept as failed.",
            ),
        ],
    )
    .await;
    text(house, "SM60", "STOP").await;
    script(
        house,
        &session,
        &[
            ("text Ana Silva: hello", "Yes or no?"),
            (
                "yes",
                "It was written down but not sent: they have asked for no more messages: only they can take that back, \
                 by writing START. It is kept as failed.",
            ),
        ],
    )
    .await;
    assert_eq!(sending.texts().len(), before, "neither left the house");
    for contact in [ana, john] {
        assert_eq!(kept(house, contact).await[0], ("hello".to_owned(), "failed".to_owned()));
    }
    text(house, "SM61", "START").await;
    script(
        house,
        &session,
        &[
            ("text Ana Silva: welcome back", "Yes or no?"),
            ("yes", "✅ Sent to Ana Silva."),
            ("text Ana Silva: lost on the way back", "Yes or no?"),
            ("yes", "I don't know whether that worked"),
            ("text Ana Silva: stopped at the carrier", "Yes or no?"),
            ("yes", "not sent: they have told the carrier that they want no messages. It is kept as failed."),
            ("text Ana Silva: hello again", "Yes or no?"),
            ("yes", "not sent: they have asked for no more messages"),
        ],
    )
    .await;
    let stands = kept(house, ana).await;
    let last = [
        ("hello again", "failed"),
        ("stopped at the carrier", "failed"),
        ("lost on the way back", "unconfirmed"),
        ("welcome back", "sent"),
    ];
    assert_eq!(pairs(&stands)[..4], last);
}

/// Who is where is kept, shown, and taken back.
async fn outreach(sending: &Sending, (ana, _): (&Value, &Value)) {
    let house = &sending.house;
    let session = opened(house).await;
    script(
        house,
        &session,
        &[
            ("show campaigns", "There are no campaigns yet."),
            ("create a campaign", "Create campaign · name"),
            ("show today's appointments", "Is \"show today's appointments\" the name?"),
            ("no, Summer Sale", "✅ Create campaign: Summer Sale"),
            ("create workflow name: Welcome Series", "✅ Create workflow: Welcome Series"),
            ("show workflows", "Workflows (1):\n1. Welcome Series"),
            ("add Ana Silva to workflow welcome", "✅ Ana Silva waits in the workflow Welcome Series."),
            ("remove Ana Silva from the Welcome Series workflow", "✅ Ana Silva is out of Welcome Series."),
            ("add Ana Silva to campaign Winter", "None is called \"Winter\", or several are. There's Summer Sale."),
            ("summer sale", "✅ Ana Silva is in the campaign Summer Sale."),
        ],
    )
    .await;
    let id = house.get("/api/campaigns").await["items"][0]["id"].as_str().expect("an id").to_owned();
    let members = format!("/api/campaigns/{id}/contacts");
    assert_eq!(house.get(&members).await["items"][0]["contact"], *ana);
    script(
        house,
        &session,
        &[
            ("undo that", "Take back the last thing you did: add to campaign"),
            ("yes", "✅ Taken back: add to campaign."),
            ("remove Ana Silva from campaign Summer Sale", "I can't find that"),
        ],
    )
    .await;
    assert_eq!(house.get(&members).await["items"], json!([]));
}

async fn in_spanish(sending: &Sending, (ana, john): (&Value, &Value)) {
    let house = &sending.house;
    house.pass(60);
    text(house, "SM70", "START").await;
    let session = opened(house).await;
    script(
        house,
        &session,
        &[
            ("busca a Ana Silva", "Teléfono"),
            ("enviar sms a Ana Silva diciendo Nos vemos a las 3", "este mensaje: 'Nos vemos a las 3'? ¿Sí o no?"),
            ("no", "como estaba"),
            ("enviar sms a Ana Silva diciendo Hasta luego", "este mensaje: 'Hasta luego'? ¿Sí o no?"),
            ("sí", "✅ Enviado a Ana Silva."),
            ("correo a Ana Silva asunto Hola cuerpo Hasta pronto", "asunto 'Hola': 'Hasta pronto'? ¿Sí o no?"),
            ("sí", "✅ Enviado a Ana Silva."),
            ("muestra las conversaciones", "Las últimas conversaciones (2):\n1. Ana Silva, el lunes 23 de noviembre"),
            ("registrar llamada con Ana Silva: dejó un recado", "✅ Apuntada una llamada a Ana Silva: dejó un recado"),
            ("enviar sms a John Smith diciendo Hola", "¿Sí o no?"),
            (
                "sí",
                "Quedó apuntado, pero no se envió: el contacto está marcado para no molestarlo por esa vía. Se guarda \
                 como fallido.",
            ),
        ],
    )
    .await;
    assert_eq!(sending.texts().last(), Some(&(CALLER.to_owned(), "Hasta luego".to_owned())));
    assert!(sending.office.letters().last().is_some_and(|letter| letter.contains("Hasta pronto")));
    assert_eq!(kept(house, john).await[0], ("Hola".to_owned(), "failed".to_owned()));
    text(house, "SM71", "no me escriban más").await;
    script(
        house,
        &session,
        &[
            ("enviar sms a Ana Silva diciendo Hola", "¿Sí o no?"),
            (
                "sí",
                "Quedó apuntado, pero no se envió: pidió no recibir más mensajes: solo esa persona puede volver atrás, \
                 escribiendo START. Se guarda como fallido.",
            ),
            ("crea una campaña", "nombre"),
            ("muestra las citas de hoy", "¿Pongo \"muestra las citas de hoy\" como nombre?"),
            ("no, Verano", "✅ Crear una campaña: Verano"),
            ("añadir a Ana Silva a la campaña Verano", "✅ Ana Silva está en la campaña Verano."),
            ("quitar a Ana Silva de la campaña Verano", "✅ Ana Silva ya no está en Verano."),
            ("añadir a Ana Silva al flujo de trabajo Welcome Series", "✅ Ana Silva espera en el flujo de trabajo"),
            ("deshacer", "¿Deshago lo último que hizo: añadir a un flujo de trabajo"),
            ("sí", "✅ Deshecho: añadir a un flujo de trabajo."),
            ("pedir reseña a Ana Silva", "¿Le pido a Ana Silva"),
            ("sí", "Así no funciona: indique antes dónde se escriben las reseñas. No se cambió nada."),
        ],
    )
    .await;
    assert_eq!(kept(house, ana).await[0], ("Hola".to_owned(), "failed".to_owned()));
}

async fn work(postgres: bool) {
    let sending = Sending::open(postgres).await;
    let (ana, john) = people(&sending.house).await;
    texts(&sending, (&ana, &john)).await;
    letters(&sending, (&ana, &john)).await;
    threads(&sending).await;
    refusals(&sending, (&ana, &john)).await;
    outreach(&sending, (&ana, &john)).await;
    in_spanish(&sending, (&ana, &john)).await;
}

#[tokio::test]
async fn errands_are_run_in_words() {
    work(false).await;
}

#[tokio::test]
async fn errands_are_run_in_words_in_postgresql() {
    work(true).await;
}

#[tokio::test]
async fn at_night_a_text_is_said_to_wait() {
    let carrier = Carrier::start().await;
    let house = House::at(NIGHT, &[("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_API", &carrier.base)]).await;
    let (ana, _) = people(&house).await;
    let session = opened(&house).await;
    script(
        &house,
        &session,
        &[
            ("text Ana Silva: hello", "Yes or no?"),
            ("yes", "The message to Ana Silva waits: it goes out on Tuesday, November 24 at 8:00 AM."),
            ("busca a Ana Silva", "Teléfono"),
            ("enviar sms a Ana Silva diciendo Hola", "¿Sí o no?"),
            ("sí", "El mensaje para Ana Silva espera: sale el martes 24 de noviembre a las 8:00."),
        ],
    )
    .await;
    assert_eq!(carrier.texts().len(), 0);
    assert_eq!(pairs(&kept(&house, &ana).await), [("Hola", "queued"), ("hello", "queued")]);
}

#[tokio::test]
async fn where_nothing_can_be_sent_that_is_said_and_nothing_is_kept() {
    let house = House::open().await;
    let (ana, _) = people(&house).await;
    let session = opened(&house).await;
    script(
        &house,
        &session,
        &[
            ("text Ana Silva: hello", "Yes or no?"),
            ("yes", "This CRM can't do that (sending texts"),
            ("busca a Ana Silva", "Teléfono"),
            ("enviar sms a Ana Silva diciendo Hola", "¿Sí o no?"),
            ("sí", "Este CRM no puede hacer eso (enviar mensajes de texto: hay que poner TWILIO_ACCOUNT_SID"),
        ],
    )
    .await;
    assert!(kept(&house, &ana).await.is_empty());
}

#[tokio::test]
async fn a_review_is_asked_for_once() {
    let sending = Sending::open(false).await;
    let house = &sending.house;
    people(house).await;
    let settings = json!({ "link": "https://reviews.example/oak", "words": "Thank you! {link}" });
    assert_eq!(send(ask(house, Method::PUT, "/api/reviews/settings").json(&settings)).await.0, 200);
    let session = opened(house).await;
    script(
        house,
        &session,
        &[
            ("request a review from John Smith", "Ask John Smith · +13055550111 · john@example.com for a review"),
            ("yes", "The request for a review is on its way to John Smith"),
            ("request a review from John Smith", "Yes or no?"),
            ("yes", "That doesn't work: they were asked in the last"),
            ("pedir reseña a John Smith", "¿Le pido a John Smith"),
            ("sí", "Así no funciona: se les pidió en los últimos"),
        ],
    )
    .await;
    assert_eq!(pairs(&sending.texts()), [(JOHN, "Thank you! https://reviews.example/oak")]);
}

#[tokio::test]
async fn a_post_is_read_back_with_where_and_when_it_goes() {
    let program = Program::start().await;
    let house = House::with(&[("WEBHOOK_PRIVATE_NETWORKS", "true")]).await;
    let session = opened(&house).await;
    script(
        &house,
        &session,
        &[
            ("show social accounts", "No social account is connected."),
            ("list social posts", "There are no posts yet."),
            ("post to facebook: We're open today", "No social account is connected."),
        ],
    )
    .await;
    for (platform, name, path) in [("facebook", "Oak Street Page", "hook"), ("linkedin", "Oak Street", "broken")] {
        let webhook = format!("{}/{path}", program.base);
        let account = json!({ "platform": platform, "name": name, "webhook": webhook });
        made(&house, "/api/social/accounts", account).await;
    }
    script(
        &house,
        &session,
        &[
            ("show social accounts", "Social accounts (2):\n"),
            ("post to facebook: We're open today", "Post to Oak Street Page, now: 'We're open today'? Yes or no?"),
            ("yes", "✅ Published: We're open today"),
            ("post now to twitter saying Big sale", "No account of that network is connected. There's"),
            ("post to linkedin: Big sale", "Post to Oak Street, now: 'Big sale'? Yes or no?"),
            ("yes", "It was written down but not sent: the address answered 500. It is kept as failed."),
            (
                "schedule a post for Friday at 9am: Happy weekend!",
                "Post to every connected account, Friday, November 27 at 9:00 AM: 'Happy weekend!'? Yes or no?",
            ),
            ("yes", "✅ Scheduled for Friday, November 27 at 9:00 AM: Happy weekend!"),
            ("schedule a post for today at 8am: Good morning", "That time is past. Which day, and what time?"),
            ("tomorrow at 8am", "Post to every connected account, Tuesday, November 24 at 8:00 AM: 'Good morning'?"),
            ("no", "as it was"),
            ("create social post", "What should the post say?"),
            ("Hello world", "Post to every connected account, now: 'Hello world'? Yes or no?"),
            ("no", "I've left everything as it was."),
            ("list social posts", "Posts (3):\n1. Happy weekend! (Friday, November 27 at 9:00 AM)\n2. Big sale"),
            (
                "update social post 1 to Have a nice weekend",
                "Change the post to 'Have a nice weekend' (Friday, November 27",
            ),
            ("yes", "✅ Scheduled for Friday, November 27 at 9:00 AM: Have a nice weekend"),
            ("reschedule the social post to Saturday at 10am", "Which post?"),
            ("1", "Change the post to 'Have a nice weekend' (Saturday, November 28 at 10:00 AM)? Yes or no?"),
            ("yes", "✅ Scheduled for Saturday, November 28 at 10:00 AM: Have a nice weekend"),
            ("delete social post 5", "There's no post of that number (posts: 3). Which post?"),
            ("3", "Delete the post 'We're open today (Monday, November 23 at 10:00 AM)' here? Where it was published"),
            ("yes", "✅ The post is deleted."),
            ("publicar en linkedin: Estamos abiertos", "¿Publico en Oak Street, ahora: 'Estamos abiertos'? ¿Sí o no?"),
            ("sí", "Quedó apuntado, pero no se envió: la dirección contestó 500. Se guarda como fallido."),
            ("mostrar publicaciones", "Publicaciones (3):"),
            ("borrar publicación 1", "¿Elimino"),
            ("sí", "✅ La publicación está eliminada."),
        ],
    )
    .await;
    let published: Vec<_> = program.payloads().iter().map(|payload| payload["text"].clone()).collect();
    assert_eq!(published, ["We're open today"]);
    let kept = house.get("/api/social/posts").await;
    let texts: Vec<_> = kept["items"].as_array().expect("items").iter().map(|post| post["text"].clone()).collect();
    assert_eq!(texts, ["Have a nice weekend", "Big sale"]);
}
