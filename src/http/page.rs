//! The page: the files Vite built into `web/dist`, embedded in the binary.

use super::problem::Problem;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::RustEmbed;

/// Empty when the page was not built before the binary.
#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Files;

/// Hashed names never change their content.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// What is shown when there is no page in this binary.
const NOT_BUILT: &str = include_str!("not_built.html");

/// What the locked page signs in with.
const SIGN_IN: &str = include_str!("sign_in.js");

pub(super) async fn sign_in() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, content_type("sign_in.js"))], SIGN_IN)
}

pub(super) async fn index() -> Response {
    file("index.html").unwrap_or_else(|| Html(NOT_BUILT).into_response())
}

/// The page of the copilot.
pub(super) async fn copilot() -> Response {
    file("copilot.html").unwrap_or_else(|| Html(NOT_BUILT).into_response())
}

pub(super) async fn asset(uri: Uri) -> Result<Response, Problem> {
    file(uri.path().trim_start_matches('/')).ok_or_else(|| Problem::not_found("page"))
}

fn file(path: &str) -> Option<Response> {
    let file = Files::get(path)?;
    let mut response = file.data.into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    if path.starts_with("assets/") {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOREVER));
    }
    Some(response)
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" | "webmanifest" => "application/json",
        _ => "application/octet-stream",
    }
}
