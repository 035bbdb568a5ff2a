//! The way a sale goes, stage by stage.

use crate::id::{BusinessId, PipelineId, StageId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A pipeline: what opportunities go through, from first to last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pipeline {
    /// Its id.
    pub id: PipelineId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// What people call it.
    pub name: String,
    /// Its stages, in order; at least one.
    pub stages: Vec<Stage>,
    /// Counts the changes, of its stages too.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A stage of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stage {
    /// Its id.
    pub id: StageId,
    /// What people call it.
    pub name: String,
    /// How many of a hundred opportunities that get here are won.
    #[schemars(range(max = 100))]
    pub probability: u8,
}

impl Pipeline {
    /// The stage with this id.
    pub fn stage(&self, id: StageId) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.id == id)
    }
}

impl Stage {
    /// What of a value is to be expected here, to the nearest minor unit.
    pub fn weighted(&self, value_minor: i64) -> i64 {
        let hundredths = i128::from(value_minor) * i128::from(self.probability);
        i64::try_from((hundredths + 50) / 100).unwrap_or(value_minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_to_be_expected_is_the_share_to_half_a_unit(value in 0..i64::MAX, probability in 0..=100_u8) {
            let stage = Stage { id: StageId::from_u128(1), name: String::new(), probability };
            let weighted = stage.weighted(value);
            let apart = i128::from(weighted) * 100 - i128::from(value) * i128::from(probability);
            prop_assert!((0..=value).contains(&weighted) && apart.abs() <= 50);
        }
    }
}
