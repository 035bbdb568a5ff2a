//! `GET /api/businesses`: who we answer for.

use crate::crm::model::Business;
use crate::http::House;
use crate::http::problem::Problem;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize)]
pub(in crate::http) struct Page {
    businesses: Vec<Business>,
}

pub(in crate::http) async fn list(State(house): State<Arc<House>>) -> Result<Json<Page>, Problem> {
    Ok(Json(Page { businesses: house.directory.businesses().await? }))
}
