//! Opportunities, the way they go, and what they are worth together.
//!
//! Invariant: whatever changes an opportunity's stage or status leaves a step in its history.
//!
//! Read next: [`search`] for how one is found.

mod search;

use super::contacts::{by_id, refuse_stale};
use super::pipelines;
use super::places::currency;
use super::records::{Order, Record, usual_fields};
use super::statement::{Bound, Statement};
use super::store::{
    Row, away, count_of, get, instant, instant_of, instant_option, json, json_of, parsed, parsed_option, word, word_of,
};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{
    Forecast, ForecastRow, Kind, Opportunity, OpportunityStatus, OpportunityStep, Page, Pipeline, Stage, folded,
};
use crate::crm::operation::{
    CloseOpportunity, CreateOpportunity, DeleteOpportunity, GetForecast, GetOpportunity, GetOpportunityHistory,
    MoveOpportunity, ReopenOpportunity, UpdateOpportunity,
};
use crate::id::{BusinessId, OpportunityId, OpportunityStepId, StageId};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};

/// The most steps of one opportunity: they are removed with it in one go.
const STEPS_MAX: i64 = 1_000;
/// What those nobody expects on a day are sorted by: no day comes after it.
const NO_DAY: &str = "9999-12-31";

impl Record for Opportunity {
    const KIND: Kind = Kind::Opportunity;
    const TABLE: &'static str = "opportunities";
    const KEYS: Option<(&'static str, &'static str)> = Some(("opportunity_keys", "opportunity_id"));

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        let expected = self.expected_close.map(|day| day.to_string());
        Ok(vec![
            ("name", self.name.as_str().into()),
            ("sort_name", folded(&self.name).into()),
            ("contact_id", self.contact.map(|contact| contact.to_string()).into()),
            ("pipeline_id", self.pipeline.to_string().into()),
            ("stage_id", self.stage.to_string().into()),
            ("value_minor", self.value_minor.into()),
            ("status", word(&self.status)?.into()),
            ("reason", self.reason.as_str().into()),
            ("expected_order", expected.as_deref().unwrap_or(NO_DAY).into()),
            ("expected_close", expected.into()),
            ("in_stage_since", instant(self.in_stage_since).into()),
            ("closed_at", self.closed_at.map(instant).into()),
        ])
    }

    fn keys(&self) -> BTreeSet<String> {
        search::keys(&self.name)
    }

    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            name: get(row, "name")?,
            contact: parsed_option(row, "contact_id")?,
            pipeline: parsed(row, "pipeline_id")?,
            stage: parsed(row, "stage_id")?,
            value_minor: get(row, "value_minor")?,
            status: word_of(row, "status")?,
            reason: get(row, "reason")?,
            expected_close: parsed_option(row, "expected_close")?,
            in_stage_since: instant_of(row, "in_stage_since")?,
            closed_at: instant_option(row, "closed_at")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Record for OpportunityStep {
    const KIND: Kind = Kind::OpportunityStep;
    const TABLE: &'static str = "opportunity_steps";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn business(&self) -> BusinessId {
        self.business
    }

    fn version(&self) -> u64 {
        1
    }

    fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// What was is not changed.
    fn stamp(&mut self, _version: u64, _updated_at: Timestamp) {}

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![
            ("opportunity_id", self.opportunity.to_string().into()),
            ("from_stage", self.from.map(|stage| stage.to_string()).into()),
            ("from_name", self.from_name.clone().into()),
            ("to_stage", self.to.to_string().into()),
            ("to_name", self.to_name.as_str().into()),
            ("status", word(&self.status)?.into()),
            ("who", json(&self.who)?.into()),
        ])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            opportunity: parsed(row, "opportunity_id")?,
            from: parsed_option(row, "from_stage")?,
            from_name: get(row, "from_name")?,
            to: parsed(row, "to_stage")?,
            to_name: get(row, "to_name")?,
            status: word_of(row, "status")?,
            who: json_of(row, "who")?,
            created_at: instant_of(row, "created_at")?,
        })
    }
}

impl Perform for CreateOpportunity {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Opportunity, Error> {
        if let Some(contact) = self.contact {
            by_id(within.connection, within.business, contact).await?;
        }
        let (pipeline, stage) = self.place(within).await?;
        let opportunity = Opportunity {
            id: OpportunityId::fresh(),
            business: within.business,
            name: self.name.clone(),
            contact: self.contact,
            pipeline: pipeline.id,
            stage: stage.id,
            value_minor: self.value_minor,
            status: OpportunityStatus::Open,
            reason: String::new(),
            expected_close: self.expected_close,
            in_stage_since: within.now,
            closed_at: None,
            version: 1,
            created_at: within.now,
            updated_at: within.now,
        };
        let opportunity = within.insert(opportunity).await?;
        note_step(within, &opportunity, None, &stage).await?;
        Ok(opportunity)
    }
}

impl CreateOpportunity {
    /// Where it shall begin.
    async fn place(&self, within: &mut Within<'_>) -> Result<(Pipeline, Stage), Error> {
        if let Some(stage) = self.stage {
            let (pipeline, stage) = pipelines::with_stage(within, stage).await?;
            return if self.pipeline.is_none_or(|wanted| wanted == pipeline.id) {
                Ok((pipeline, stage))
            } else {
                Err(Error::Invalid(Reason::StageOfAnother))
            };
        }
        let pipeline = match self.pipeline {
            Some(pipeline) => within.load(pipeline).await?,
            None => pipelines::all(within).await?.into_iter().next().ok_or(Error::Invalid(Reason::NoPipeline))?,
        };
        let stage = pipeline.stages.first().cloned().ok_or(Error::NotFound("stage"))?;
        Ok((pipeline, stage))
    }
}

impl Perform for GetOpportunity {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Opportunity, Error> {
        within.load(self.opportunity).await
    }
}

impl Perform for UpdateOpportunity {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Opportunity, Error> {
        let known = read(within, self.opportunity, self.version).await?;
        let mut changed = known.clone();
        if let Some(name) = &self.name {
            changed.name.clone_from(name);
        }
        if let Some(contact) = self.contact {
            if let Some(contact) = contact.filter(|contact| known.contact != Some(*contact)) {
                by_id(within.connection, within.business, contact).await?;
            }
            changed.contact = contact;
        }
        changed.value_minor = self.value_minor.unwrap_or(changed.value_minor);
        changed.expected_close = self.expected_close.unwrap_or(changed.expected_close);
        within.update(&known, changed).await
    }
}

impl Perform for MoveOpportunity {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Opportunity, Error> {
        let known = read(within, self.opportunity, self.version).await?;
        let (pipeline, stage) = pipelines::with_stage(within, self.stage).await?;
        if stage.id == known.stage {
            return Ok(known);
        }
        if known.status != OpportunityStatus::Open {
            return Err(Error::Invalid(Reason::ClosedNotMoved));
        }
        let moved = Opportunity { pipeline: pipeline.id, stage: stage.id, in_stage_since: within.now, ..known.clone() };
        step(within, &known, moved, &stage).await
    }
}

impl Perform for CloseOpportunity {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Opportunity, Error> {
        let known = read(within, self.opportunity, self.version).await?;
        let status = OpportunityStatus::from(self.result);
        if known.status == status && known.reason == self.reason {
            return Ok(known);
        }
        if known.status != OpportunityStatus::Open {
            return Err(Error::Invalid(Reason::ClosedOtherwise));
        }
        let (_, stage) = pipelines::with_stage(within, known.stage).await?;
        let closed = Opportunity { status, reason: self.reason.clone(), closed_at: Some(within.now), ..known.clone() };
        step(within, &known, closed, &stage).await
    }
}

impl Perform for ReopenOpportunity {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Opportunity, Error> {
        let known = read(within, self.opportunity, self.version).await?;
        if known.status == OpportunityStatus::Open {
            return Ok(known);
        }
        let (_, stage) = pipelines::with_stage(within, known.stage).await?;
        let status = OpportunityStatus::Open;
        let open = Opportunity { status, reason: String::new(), closed_at: None, ..known.clone() };
        step(within, &known, open, &stage).await
    }
}

impl Perform for DeleteOpportunity {
    async fn perform(&self, within: &mut Within<'_>) -> Result<(), Error> {
        let known = read(within, self.opportunity, self.version).await?;
        within.remove_those::<OpportunityStep>("opportunity_id", known.id).await?;
        within.remove(&known).await
    }
}

impl Perform for GetOpportunityHistory {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<OpportunityStep>, Error> {
        let opportunity: Opportunity = within.load(self.opportunity).await?;
        let mut list = within.list::<OpportunityStep>();
        list.say(" AND opportunity_id = ").bind(opportunity.id.to_string());
        within.page(list, Order::NEWEST, (self.limit, self.cursor.as_deref())).await
    }
}

impl Perform for GetForecast {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Forecast, Error> {
        let pipelines = match self.pipeline {
            Some(pipeline) => vec![within.load::<Pipeline>(pipeline).await?],
            None => pipelines::all(within).await?,
        };
        // Added up by the database itself as it changes.
        let mut sums =
            Statement::new("SELECT stage_id, NULLIF(month, '') AS month, several, value_minor FROM forecasts");
        sums.say(" WHERE several <> 0 AND business_id = ").bind(within.business.to_string());
        let mut places = HashMap::new();
        for pipeline in &pipelines {
            places
                .extend(pipeline.stages.iter().enumerate().map(|(place, stage)| (stage.id, (place, pipeline, stage))));
        }
        let mut rows = Vec::new();
        for row in &sums.fetch_all(within.connection).await? {
            // A stage of another pipeline than the one asked for.
            let Some((place, pipeline, stage)) = places.get(&parsed::<StageId>(row, "stage_id")?) else { continue };
            rows.push(((&pipeline.name, pipeline.id, *place), forecast_row(row, pipeline, stage)?));
        }
        rows.sort_by(|(one, a), (other, b)| one.cmp(other).then_with(|| months(a).cmp(&months(b))));
        let rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
        Ok(Forecast {
            currency: currency(within.connection, within.business).await?,
            count: rows.iter().map(|row| row.count).sum(),
            value_minor: rows.iter().map(|row| row.value_minor).sum(),
            weighted_minor: rows.iter().map(|row| row.weighted_minor).sum(),
            rows,
        })
    }
}

/// What months are sorted by: none is the last.
fn months(row: &ForecastRow) -> (bool, Option<&str>) {
    (row.month.is_none(), row.month.as_deref())
}

fn forecast_row(row: &Row, pipeline: &Pipeline, stage: &Stage) -> Result<ForecastRow, Error> {
    let value_minor = get(row, "value_minor")?;
    Ok(ForecastRow {
        pipeline: pipeline.id,
        pipeline_name: pipeline.name.clone(),
        stage: stage.id,
        stage_name: stage.name.clone(),
        probability: stage.probability,
        month: get(row, "month")?,
        count: count_of(row, "several")?,
        value_minor,
        weighted_minor: stage.weighted(value_minor),
    })
}

/// An opportunity that is at the version that was read.
async fn read(within: &mut Within<'_>, opportunity: OpportunityId, version: Option<u64>) -> Result<Opportunity, Error> {
    let known: Opportunity = within.load(opportunity).await?;
    refuse_stale(known.version, version, "opportunity")?;
    Ok(known)
}

/// Keeps an opportunity that is a step on, at this stage, and the step.
async fn step(
    within: &mut Within<'_>,
    before: &Opportunity,
    after: Opportunity,
    to: &Stage,
) -> Result<Opportunity, Error> {
    let so_far: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM opportunity_steps WHERE business_id = $1 AND opportunity_id = $2")
            .bind(within.business.to_string())
            .bind(before.id.to_string())
            .fetch_one(&mut *within.connection)
            .await
            .map_err(away)?;
    if so_far >= STEPS_MAX {
        return Err(Error::Invalid(Reason::OpportunitySteps { most: STEPS_MAX }));
    }
    let (_, from) = pipelines::with_stage(within, before.stage).await?;
    let after = within.update(before, after).await?;
    note_step(within, &after, Some(&from), to).await?;
    Ok(after)
}

async fn note_step(
    within: &mut Within<'_>,
    opportunity: &Opportunity,
    from: Option<&Stage>,
    to: &Stage,
) -> Result<(), Error> {
    let step = OpportunityStep {
        id: OpportunityStepId::fresh(),
        business: within.business,
        opportunity: opportunity.id,
        from: from.map(|stage| stage.id),
        from_name: from.map(|stage| stage.name.clone()),
        to: to.id,
        to_name: to.name.clone(),
        status: opportunity.status,
        who: within.who,
        created_at: within.now,
    };
    within.insert(step).await.map(drop)
}
