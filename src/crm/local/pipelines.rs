//! Pipelines and their stages.
//!
//! Invariant: an opportunity is at a stage that is there: for each stage of a pipeline's row there is a row in `stages`, which
//! opportunities point to, and the database keeps it while any does.

use super::contacts::refuse_stale;
use super::records::{Record, usual_fields};
use super::statement::Bound;
use super::store::{Row, away, count_of, get, instant_of, json, json_of, parsed};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{Kind, Pipeline, Stage};
use crate::crm::operation::{CreatePipeline, DeletePipeline, ListPipelines, StageDraft, UpdatePipeline};
use crate::id::{BusinessId, PipelineId, StageId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The most pipelines of a business: more than anybody looks after.
const PIPELINES_MAX: usize = 50;

impl Record for Pipeline {
    const KIND: Kind = Kind::Pipeline;
    const TABLE: &'static str = "pipelines";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![("name", self.name.as_str().into()), ("stages", json(&self.stages)?.into())])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            name: get(row, "name")?,
            stages: json_of(row, "stages")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

/// That a stage is there. What is said of it stands in its pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StageRow {
    id: StageId,
    business: BusinessId,
    pipeline: PipelineId,
    version: u64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Record for StageRow {
    const KIND: Kind = Kind::Stage;
    const TABLE: &'static str = "stages";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![("pipeline_id", self.pipeline.to_string().into())])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            pipeline: parsed(row, "pipeline_id")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Perform for ListPipelines {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Vec<Pipeline>, Error> {
        all(within).await
    }
}

impl Perform for CreatePipeline {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Pipeline, Error> {
        if all(within).await?.len() >= PIPELINES_MAX {
            return Err(Error::Invalid(Reason::Pipelines { most: PIPELINES_MAX }));
        }
        let pipeline = Pipeline {
            id: PipelineId::fresh(),
            business: within.business,
            name: self.name.clone(),
            stages: self.stages.iter().map(|draft| stage(draft, StageId::fresh())).collect(),
            version: 1,
            created_at: within.now,
            updated_at: within.now,
        };
        let pipeline = within.insert(pipeline).await?;
        for stage in &pipeline.stages {
            within.insert(there(&pipeline, stage.id, within.now)).await?;
        }
        Ok(pipeline)
    }
}

impl Perform for UpdatePipeline {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Pipeline, Error> {
        let known: Pipeline = within.load(self.pipeline).await?;
        refuse_stale(known.version, self.version, "pipeline")?;
        let mut changed = known.clone();
        if let Some(name) = &self.name {
            changed.name.clone_from(name);
        }
        if let Some(drafts) = &self.stages {
            changed.stages.clear();
            for draft in drafts {
                let id = draft.id.unwrap_or_else(StageId::fresh);
                if draft.id.is_some() && known.stage(id).is_none() {
                    return Err(Error::NotFound("stage"));
                }
                changed.stages.push(stage(draft, id));
            }
        }
        for new in changed.stages.iter().filter(|stage| known.stage(stage.id).is_none()) {
            within.insert(there(&known, new.id, within.now)).await?;
        }
        for gone in known.stages.iter().filter(|stage| changed.stage(stage.id).is_none()) {
            remove_stage(within, gone).await?;
        }
        within.update(&known, changed).await
    }
}

impl Perform for DeletePipeline {
    async fn perform(&self, within: &mut Within<'_>) -> Result<(), Error> {
        let known: Pipeline = within.load(self.pipeline).await?;
        refuse_stale(known.version, self.version, "pipeline")?;
        for stage in &known.stages {
            remove_stage(within, stage).await?;
        }
        within.remove(&known).await
    }
}

/// A business's pipelines, in the order they were made in.
pub(super) async fn all(within: &mut Within<'_>) -> Result<Vec<Pipeline>, Error> {
    let mut list = within.list::<Pipeline>();
    list.say(" ORDER BY created_at, id");
    list.fetch_all(within.connection).await?.iter().map(Pipeline::of).collect()
}

/// The pipeline with this stage, and the stage.
pub(super) async fn with_stage(within: &mut Within<'_>, stage: StageId) -> Result<(Pipeline, Stage), Error> {
    let row: StageRow = within.load(stage).await?;
    let pipeline: Pipeline = within.load(row.pipeline).await?;
    let stage = pipeline.stage(stage).cloned().ok_or(Error::NotFound("stage"))?;
    Ok((pipeline, stage))
}

async fn remove_stage(within: &mut Within<'_>, stage: &Stage) -> Result<(), Error> {
    let there: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM opportunities WHERE business_id = $1 AND stage_id = $2")
        .bind(within.business.to_string())
        .bind(stage.id.to_string())
        .fetch_one(&mut *within.connection)
        .await
        .map_err(away)?;
    if there > 0 {
        return Err(Error::Invalid(Reason::StageInUse { stage: stage.name.clone(), there }));
    }
    let row: StageRow = within.load(stage.id).await?;
    within.remove(&row).await
}

fn stage(draft: &StageDraft, id: StageId) -> Stage {
    Stage { id, name: draft.name.clone(), probability: draft.probability }
}

fn there(pipeline: &Pipeline, id: StageId, now: Timestamp) -> StageRow {
    StageRow { id, business: pipeline.business, pipeline: pipeline.id, version: 1, created_at: now, updated_at: now }
}
