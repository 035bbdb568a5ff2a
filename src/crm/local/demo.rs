//! The demo business, so that a fresh machine has somebody to answer for. What it is lies in `models/demo.toml`.

use super::{Embedded, OpenError};
use crate::crm::backend::Directory;
use crate::crm::model::{Business, Hand};

const DEMO: &str = include_str!("../../../models/demo.toml");

/// The demo business as it is written.
pub fn demo_business() -> Result<Business, OpenError> {
    toml::from_str(DEMO).map_err(|error| OpenError::Demo(error.to_string()))
}

/// Adds the demo business if it is not there; one that is there, however changed, is left as it is.
pub async fn seed_demo(embedded: &Embedded) -> Result<Business, OpenError> {
    let demo = demo_business()?;
    let refused = |error: crate::crm::Error| OpenError::Demo(error.to_string());
    if let Some(there) = embedded.business_by_phone(&demo.phone).await.map_err(refused)? {
        return Ok(there);
    }
    match embedded.add(&demo, Hand::house()).await {
        Ok(()) => Ok(demo),
        // Another process was quicker.
        Err(error) => embedded.business_by_phone(&demo.phone).await.map_err(refused)?.ok_or_else(|| refused(error)),
    }
}
