//! Files of contacts as files: handed in as they are, and the rows that could not be taken, to be mended and handed in again.
//! All else of imports is in the catalogue.

use super::catalogue::idempotency_key;
use super::described::{Answer, Described};
use super::{ask, place, unexpected};
use crate::accounts::Caller;
use crate::crm::model::{ImportPreview, NAME_MAX, RowProblem, Source};
use crate::crm::operation::{GetImport, ListImportProblems, Permission, PreviewImport};
use crate::crm::{Outcome, Request, sheet};
use crate::http::House;
use crate::http::extract::{As, Ask, Given, Named};
use crate::http::problem::Problem;
use crate::id::{BusinessId, ImportId};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

pub(in crate::http) const HAND_IN: Described = Described::post(
    "hand_in_import",
    "Hands in a file of contacts, which is the body, and shows how it is understood.",
)
.asks::<File>()
.heeds(&[("Idempotency-Key", "The same key hands in once: a repeat gets the first preview.")])
.takes_file("text/csv")
.makes::<ImportPreview>()
.needs(Permission::WriteContacts);

/// Which file.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http) struct File {
    /// Of one's businesses; the first when none is named.
    business: Option<BusinessId>,
    /// What it is called.
    #[serde(default)]
    #[schemars(length(max = NAME_MAX))]
    name: String,
}

/// `POST /api/imports/file`: the file is the body, in whatever way it is written down.
pub(in crate::http) async fn hand_in(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Ask(File { business: wanted, name }): Ask<File>,
    headers: HeaderMap,
    Given(body): Given,
) -> Result<(StatusCode, Json<ImportPreview>), Problem> {
    let (business, by) = place(&house, &caller, wanted).await?;
    let text = sheet::decoded(&body).into_owned();
    if text.contains('\0') {
        return Err(Problem::malformed(
            "That is no CSV file: there are NUL characters in it. Save it as CSV, in UTF-8.",
        ));
    }
    let request = Request::new(business.id, Source::Api, by, PreviewImport { name, text });
    let outcome = house.crm.perform(request.once(idempotency_key(&headers)?)).await?;
    let Outcome::ImportPreviewed(preview) = outcome else { return Err(unexpected()) };
    Ok((StatusCode::CREATED, Json(preview)))
}

pub(in crate::http) const ERRORS: Described =
    Described::get("get_import_errors", "The rows of an import that could not be taken, each with the reason, as CSV.")
        .asks::<Whose>()
        .answers(Answer::Other("text/csv"))
        .needs(Permission::ReadContacts);

/// Whose import.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http) struct Whose {
    /// Of one's businesses; the first when none is named.
    business: Option<BusinessId>,
}

/// `GET /api/imports/{import}/errors`: the rows that could not be taken, each with its number and the reason, as CSV.
pub(in crate::http) async fn errors(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Named(import): Named<ImportId>,
    Ask(Whose { business: wanted }): Ask<Whose>,
) -> Result<Response, Problem> {
    let (business, by) = place(&house, &caller, wanted).await?;
    let business = (business.id, by);
    let outcome = ask(&house, business, GetImport { import }).await?;
    let Outcome::ImportGot(known) = outcome else { return Err(unexpected()) };
    let mut text = sheet::table([["row".to_owned(), "reason".to_owned()].into_iter().chain(known.headers).collect()]);
    let mut cursor = None;
    loop {
        let outcome = ask(&house, business, ListImportProblems { import, limit: Some(200), cursor }).await?;
        let Outcome::ImportProblems(page) = outcome else { return Err(unexpected()) };
        let line =
            |RowProblem { row, why, cells }: RowProblem| [row.to_string(), why].into_iter().chain(cells).collect();
        text.push_str(&sheet::table(page.items.into_iter().map(line)));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"errors.csv\"")),
    ];
    Ok((headers, text).into_response())
}
