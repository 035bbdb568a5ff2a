//! A business's own accounts with those who carry for it: `/api/credentials`. They are set and never shown.

use super::described::Described;
use super::place;
use crate::accounts::{Caller, CarrierAccount, MailAccount, OwnAccount, Service, TwilioAccount};
use crate::crm::model::Source;
use crate::crm::operation::Permission;
use crate::http::House;
use crate::http::extract::{As, Ask, Body};
use crate::http::problem::Problem;
use crate::id::BusinessId;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub(in crate::http) const LIST: Described =
    Described::get("list_credentials", "Lists the accounts of its own that a business has, without what is secret.")
        .asks::<Wanted>()
        .gives::<Accounts>()
        .needs(Permission::Configure);
pub(in crate::http) const SET_TWILIO: Described = Described::put(
    "set_twilio_credentials",
    "Has calls and texts of a business come and go by a Twilio account of its own.",
)
.asks::<Wanted>()
.takes::<TwilioAccount>()
.gives::<OwnAccount>()
.needs(Permission::Configure);
pub(in crate::http) const SET_MAIL: Described =
    Described::put("set_mail_credentials", "Has the mail of a business go by a SendGrid account of its own.")
        .asks::<Wanted>()
        .takes::<MailAccount>()
        .gives::<OwnAccount>()
        .needs(Permission::Configure);
pub(in crate::http) const REMOVE_TWILIO: Described =
    Described::delete("remove_twilio_credentials", "Has the Twilio account of the installation carry again.")
        .asks::<Wanted>()
        .refused_with(&[404])
        .needs(Permission::Configure);
pub(in crate::http) const REMOVE_MAIL: Described =
    Described::delete("remove_mail_credentials", "Has the mail account of the installation carry again.")
        .asks::<Wanted>()
        .refused_with(&[404])
        .needs(Permission::Configure);

/// Whose accounts.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http) struct Wanted {
    /// Of one's businesses; the first when none is named.
    business: Option<BusinessId>,
}

/// Accounts of a business's own.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Accounts {
    accounts: Vec<OwnAccount>,
}

pub(in crate::http) async fn list(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Ask(wanted): Ask<Wanted>,
) -> Result<Json<Accounts>, Problem> {
    let (business, _) = place(&house, &caller, wanted.business).await?;
    Ok(Json(Accounts { accounts: house.vault.list(&caller, business.id).await? }))
}

pub(in crate::http) async fn set_twilio(
    state: State<Arc<House>>,
    caller: As<Caller>,
    wanted: Ask<Wanted>,
    Body(account): Body<TwilioAccount>,
) -> Result<Json<OwnAccount>, Problem> {
    set(state, caller, wanted, CarrierAccount::Twilio(account)).await
}

pub(in crate::http) async fn set_mail(
    state: State<Arc<House>>,
    caller: As<Caller>,
    wanted: Ask<Wanted>,
    Body(account): Body<MailAccount>,
) -> Result<Json<OwnAccount>, Problem> {
    set(state, caller, wanted, CarrierAccount::Mail(account)).await
}

pub(in crate::http) async fn remove_twilio(
    state: State<Arc<House>>,
    caller: As<Caller>,
    wanted: Ask<Wanted>,
) -> Result<StatusCode, Problem> {
    remove(state, caller, wanted, Service::Twilio).await
}

pub(in crate::http) async fn remove_mail(
    state: State<Arc<House>>,
    caller: As<Caller>,
    wanted: Ask<Wanted>,
) -> Result<StatusCode, Problem> {
    remove(state, caller, wanted, Service::Mail).await
}

async fn set(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Ask(wanted): Ask<Wanted>,
    account: CarrierAccount,
) -> Result<Json<OwnAccount>, Problem> {
    let (business, _) = place(&house, &caller, wanted.business).await?;
    Ok(Json(house.vault.set(&caller, Source::Api, business.id, account).await?))
}

async fn remove(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Ask(wanted): Ask<Wanted>,
    service: Service,
) -> Result<StatusCode, Problem> {
    let (business, _) = place(&house, &caller, wanted.business).await?;
    house.vault.remove(&caller, Source::Api, business.id, service).await?;
    Ok(StatusCode::NO_CONTENT)
}
