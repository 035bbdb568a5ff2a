//! Pipelines, opportunities, and what they are worth.

use super::contacts::{create, done, somebody};
use super::undo::undo_last;
use super::*;
use crate::crm::local::pipelines::StageRow;
use crate::crm::model::{Forecast, Opportunity, OpportunityStatus, OpportunityStep, Page, Pipeline, Who};
use crate::crm::operation::{
    CloseOpportunity, CreateOpportunity, CreatePipeline, DeleteOpportunity, DeletePipeline, GetForecast,
    GetOpportunity, GetOpportunityHistory, ListOpportunities, ListPipelines, MoveOpportunity, OpportunityResult,
    OpportunitySort, ReopenOpportunity, StageDraft, UpdateOpportunity, UpdatePipeline,
};
use crate::id::{ContactId, OpportunityId, PipelineId, StageId};
use jiff::civil::date;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn stage(name: &str, probability: u8) -> StageDraft {
    StageDraft { id: None, name: name.to_owned(), probability }
}

pub(super) async fn pipeline(house: &House, name: &str, stages: &[(&str, u8)]) -> Pipeline {
    let stages = stages.iter().map(|(name, probability)| stage(name, *probability)).collect();
    done!(house, CreatePipeline { name: name.to_owned(), stages }, PipelineCreated)
}

pub(super) async fn opportunity(house: &House, new: CreateOpportunity) -> Opportunity {
    done!(house, new, OpportunityCreated)
}

pub(super) fn named(name: &str, value_minor: i64) -> CreateOpportunity {
    CreateOpportunity { name: name.to_owned(), value_minor, ..CreateOpportunity::default() }
}

fn move_to(opportunity: OpportunityId, stage: StageId) -> MoveOpportunity {
    MoveOpportunity { opportunity, version: None, stage }
}

fn close(opportunity: OpportunityId, result: OpportunityResult, reason: &str) -> CloseOpportunity {
    CloseOpportunity { opportunity, version: None, result, reason: reason.to_owned() }
}

async fn history(house: &House, opportunity: OpportunityId) -> Vec<OpportunityStep> {
    let asked = GetOpportunityHistory { opportunity, limit: None, cursor: None };
    let page: Page<OpportunityStep> = done!(house, asked, OpportunityHistory);
    page.items
}

async fn list(house: &House, list: ListOpportunities) -> Vec<String> {
    let page: Page<Opportunity> = done!(house, list, Opportunities);
    page.items.into_iter().map(|one| one.name).collect()
}

/// Time goes by, so that what is written next is later.
fn later(house: &House) {
    house.clock.set(house.clock.now() + SignedDuration::from_secs(1));
}

#[tokio::test]
async fn stages_are_renamed_ordered_added_and_removed_and_ids_stay() {
    let house = House::open().await;
    let made = pipeline(&house, "Sales", &[("New", 10), ("Offer", 50), ("Agreed", 90)]).await;
    assert_eq!(made.version, 1);
    let [new, offer, agreed] = made.stages.as_slice() else { panic!("three stages, not {:?}", made.stages) };
    let keep = |stage: &crate::crm::model::Stage, name: &str| StageDraft {
        id: Some(stage.id),
        name: name.to_owned(),
        probability: stage.probability,
    };
    let stages = vec![keep(agreed, "Agreed"), stage("Met", 20), keep(new, "Lead")];
    let change = UpdatePipeline { pipeline: made.id, version: Some(1), name: None, stages: Some(stages) };
    let changed: Pipeline = done!(house, change.clone(), PipelineUpdated);
    let names: Vec<_> = changed.stages.iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!((names.as_slice(), changed.version), (["Agreed", "Met", "Lead"].as_slice(), 2));
    assert_eq!((changed.stages[0].id, changed.stages[2].id), (agreed.id, new.id));
    assert_eq!(house.perform(change.into()).await, Err(Error::Stale("pipeline")));
    let listed: Vec<Pipeline> = done!(house, ListPipelines {}, Pipelines);
    assert_eq!(listed, std::slice::from_ref(&changed));

    let gone = opportunity_at(&house, offer.id).await;
    assert_eq!(gone, Err(Error::NotFound("stage")), "a stage that was removed");
    let renamed = UpdatePipeline { pipeline: made.id, version: None, name: Some("Deals".to_owned()), stages: None };
    let renamed: Pipeline = done!(house, renamed, PipelineUpdated);
    assert_eq!((renamed.name.as_str(), &renamed.stages), ("Deals", &changed.stages));
}

async fn opportunity_at(house: &House, stage: StageId) -> Result<Outcome, Error> {
    house.perform(CreateOpportunity { stage: Some(stage), ..named("Roof", 1) }.into()).await
}

#[tokio::test]
async fn a_stage_or_pipeline_with_opportunities_stays() {
    let house = House::open().await;
    let made = pipeline(&house, "Sales", &[("New", 10), ("Offer", 50)]).await;
    let there = opportunity(&house, named("Roof", 100)).await;
    let offer = made.stages[1].clone();
    let without_new = UpdatePipeline {
        pipeline: made.id,
        version: None,
        name: None,
        stages: Some(vec![StageDraft { id: Some(offer.id), name: offer.name.clone(), probability: 50 }]),
    };
    let refused = house.perform(without_new.clone().into()).await;
    assert!(matches!(&refused, Err(Error::Invalid(why)) if why.to_string().contains("`New`")), "{refused:?}");
    let delete = DeletePipeline { pipeline: made.id, version: None };
    let refused = house.perform(delete.clone().into()).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    done!(house, move_to(there.id, offer.id), OpportunityMoved);
    let changed: Pipeline = done!(house, without_new, PipelineUpdated);
    assert_eq!(changed.stages, [offer]);
    assert_eq!(
        house.perform(DeleteOpportunity { opportunity: there.id, version: None }.into()).await,
        Ok(Outcome::OpportunityDeleted)
    );
    assert_eq!(house.perform(delete.into()).await, Ok(Outcome::PipelineDeleted));
    let left: Vec<Pipeline> = done!(house, ListPipelines {}, Pipelines);
    assert_eq!(left, []);
    let nowhere = house.perform(named("Roof", 1).into()).await;
    assert!(matches!(&nowhere, Err(Error::Invalid(why)) if why.to_string().contains("create_pipeline")), "{nowhere:?}");
}

#[tokio::test]
async fn the_database_itself_keeps_a_stage_that_has_opportunities() {
    let house = House::open().await;
    let made = pipeline(&house, "Sales", &[("New", 10), ("Offer", 50)]).await;
    opportunity(&house, named("Roof", 100)).await;
    let request = Request::new(house.business.id, Source::Api, By::owner(), ListPipelines {});
    let mut transaction = house.embedded.store.write_for(house.business.id).await.expect("a transaction");
    let mut within = Within::of(&request, &mut transaction, house.clock.now());
    let [with, without]: [StageRow; 2] =
        [within.load(made.stages[0].id).await.expect("a row"), within.load(made.stages[1].id).await.expect("a row")];
    assert_eq!(within.remove(&without).await, Ok(()));
    let kept = within.remove(&with).await;
    assert!(matches!(&kept, Err(Error::Invalid(why)) if why.to_string().contains("stage")), "{kept:?}");
}

#[tokio::test]
async fn an_opportunity_goes_its_way_and_every_step_is_kept() {
    let house = House::open().await;
    let made = pipeline(&house, "Sales", &[("New", 10), ("Offer", 50)]).await;
    let contact = create(&house, somebody("Ana", "Silva", None, None)).await.id;
    let wish = CreateOpportunity {
        contact: Some(contact),
        expected_close: Some(date(2026, 12, 24)),
        ..named("Roof", 500_000)
    };
    let new = opportunity(&house, wish).await;
    assert_eq!((new.pipeline, new.stage, new.status), (made.id, made.stages[0].id, OpportunityStatus::Open));
    later(&house);
    let moved: Opportunity = done!(house, move_to(new.id, made.stages[1].id), OpportunityMoved);
    assert_eq!((moved.stage, moved.version, moved.in_stage_since), (made.stages[1].id, 2, house.clock.now()));
    let again: Opportunity = done!(house, move_to(new.id, made.stages[1].id), OpportunityMoved);
    assert_eq!(again, moved, "it is there already");
    later(&house);
    let won: Opportunity = done!(house, close(new.id, OpportunityResult::Won, "Cheapest."), OpportunityClosed);
    assert_eq!((won.status, won.closed_at), (OpportunityStatus::Won, Some(house.clock.now())));
    let otherwise = house.perform(close(new.id, OpportunityResult::Lost, "").into()).await;
    assert!(matches!(otherwise, Err(Error::Invalid(_))), "{otherwise:?}");
    let closed = house.perform(move_to(new.id, made.stages[0].id).into()).await;
    assert!(matches!(closed, Err(Error::Invalid(_))), "{closed:?}");
    later(&house);
    let open: Opportunity =
        done!(house, ReopenOpportunity { opportunity: new.id, version: Some(won.version) }, OpportunityReopened);
    assert_eq!((open.status, open.closed_at, open.reason.as_str()), (OpportunityStatus::Open, None, ""));

    let steps = history(&house, new.id).await;
    let told: Vec<_> = steps.iter().map(|s| (s.from_name.as_deref(), s.to_name.as_str(), s.status, s.who)).collect();
    let who = Who::Caller;
    assert_eq!(
        told,
        [
            (Some("Offer"), "Offer", OpportunityStatus::Open, who),
            (Some("Offer"), "Offer", OpportunityStatus::Won, who),
            (Some("New"), "Offer", OpportunityStatus::Open, who),
            (None, "New", OpportunityStatus::Open, who),
        ],
        "the newest first"
    );
    let change: UpdateOpportunity = serde_json::from_value(
        json!({ "opportunity": new.id, "version": open.version, "value_minor": 7, "contact": null, "expected_close": null }),
    )
    .expect("a change");
    let changed: Opportunity = done!(house, change.clone(), OpportunityUpdated);
    assert_eq!((changed.value_minor, changed.contact, changed.expected_close), (7, None, None));
    assert_eq!(changed.name, "Roof");
    assert_eq!(house.perform(change.into()).await, Err(Error::Stale("opportunity")));
    let read: Opportunity = done!(house, GetOpportunity { opportunity: new.id }, OpportunityGot);
    assert_eq!(read, changed);
    let delete = DeleteOpportunity { opportunity: new.id, version: None };
    assert_eq!(house.perform(delete.clone().into()).await, Ok(Outcome::OpportunityDeleted));
    assert_eq!(house.perform(delete.into()).await, Err(Error::NotFound("opportunity")));
}

#[tokio::test]
async fn opportunities_are_found_by_every_filter_and_in_every_order() {
    let house = House::open().await;
    let sales = pipeline(&house, "Sales", &[("New", 10), ("Offer", 50)]).await;
    later(&house);
    let other = pipeline(&house, "Service", &[("New", 10)]).await;
    let ana = create(&house, somebody("Ana", "Núñez", None, None)).await.id;
    let day = |day| Some(date(2026, 12, day));
    let wishes = [
        CreateOpportunity { contact: Some(ana), expected_close: day(9), ..named("Dach", 300) },
        CreateOpportunity { stage: Some(sales.stages[1].id), expected_close: day(1), ..named("Bath", 100) },
        CreateOpportunity { pipeline: Some(other.id), ..named("cellar", 200) },
    ];
    let mut made = Vec::new();
    for wish in wishes {
        made.push(opportunity(&house, wish).await);
        later(&house);
    }
    done!(house, close(made[1].id, OpportunityResult::Lost, ""), OpportunityClosed);
    let all = ListOpportunities::default;
    let cases: [(ListOpportunities, &[&str]); 15] = [
        (all(), &["Dach", "Bath", "cellar"]),
        (ListOpportunities { pipeline: Some(sales.id), ..all() }, &["Dach", "Bath"]),
        (ListOpportunities { stage: Some(sales.stages[1].id), ..all() }, &["Bath"]),
        (ListOpportunities { status: Some(OpportunityStatus::Open), ..all() }, &["Dach", "cellar"]),
        (ListOpportunities { status: Some(OpportunityStatus::Lost), ..all() }, &["Bath"]),
        (ListOpportunities { contact: Some(ana), ..all() }, &["Dach"]),
        (ListOpportunities { value_over: Some(100), ..all() }, &["Dach", "cellar"]),
        (ListOpportunities { value_over: Some(100), value_under: Some(300), ..all() }, &["cellar"]),
        (ListOpportunities { text: Some("CELL".to_owned()), ..all() }, &["cellar"]),
        (ListOpportunities { text: Some("nunez da".to_owned()), ..all() }, &["Dach"]),
        (ListOpportunities { text: Some("%".to_owned()), ..all() }, &["Dach", "Bath", "cellar"]),
        (ListOpportunities { sort: OpportunitySort::Value, ..all() }, &["Bath", "cellar", "Dach"]),
        (ListOpportunities { sort: OpportunitySort::Name, descending: true, ..all() }, &["Dach", "cellar", "Bath"]),
        (ListOpportunities { sort: OpportunitySort::Expected, ..all() }, &["Bath", "Dach", "cellar"]),
        (ListOpportunities { sort: OpportunitySort::Updated, ..all() }, &["Dach", "cellar", "Bath"]),
    ];
    for (wanted, names) in cases {
        assert_eq!(list(&house, wanted.clone()).await, names, "{wanted:?}");
        let mut paged = Vec::new();
        let mut cursor = None;
        loop {
            let page: Page<Opportunity> =
                done!(house, ListOpportunities { limit: Some(1), cursor, ..wanted.clone() }, Opportunities);
            paged.extend(page.items.into_iter().map(|one| one.name));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(paged, names, "page by page: {wanted:?}");
    }
    let page: Page<Opportunity> = done!(house, ListOpportunities { limit: Some(1), ..all() }, Opportunities);
    let other_order = ListOpportunities { cursor: page.next, sort: OpportunitySort::Value, ..all() };
    assert!(matches!(house.perform(other_order.into()).await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn opportunities_are_found_by_what_is_within_their_words_be_they_few_or_many() {
    let house = House::open().await;
    pipeline(&house, "Sales", &[("New", 10)]).await;
    let ana = create(&house, somebody("Ana", "Núñez", None, None)).await.id;
    // More than are few.
    for number in 0..510 {
        opportunity(&house, named(&format!("Dachgarten {number}"), number)).await;
    }
    let long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk";
    let one = opportunity(&house, CreateOpportunity { contact: Some(ana), ..named(long, 1) }).await;
    let with = |text: &str| ListOpportunities { text: Some(text.to_owned()), limit: Some(3), ..Default::default() };
    for (text, names) in [
        ("garten 509", &["Dachgarten 509"][..]),
        ("ARTEN", &["Dachgarten 0", "Dachgarten 1", "Dachgarten 2"]),
        ("50 dach", &["Dachgarten 50", "Dachgarten 150", "Dachgarten 250"]),
        ("gärten 77 arte", &["Dachgarten 77", "Dachgarten 177", "Dachgarten 277"]),
        ("schifffahrts", &[long]),
        ("donaudampfschifffahrtselektrizitätenhaupt", &[long]),
        ("donaudampfschifffahrtselektrizitatenkopf", &[]),
        ("nun schiff", &[long]),
        ("dach nunez", &[]),
        ("nirgends", &[]),
    ] {
        assert_eq!(list(&house, with(text)).await, names, "{text}");
    }
    let rename = json!({ "opportunity": one.id, "name": "Terrasse" });
    done!(house, serde_json::from_value::<UpdateOpportunity>(rename).expect("a change"), OpportunityUpdated);
    assert_eq!((list(&house, with("schiff")).await.len(), list(&house, with("rass")).await.len()), (0, 1));
    house.perform(DeleteOpportunity { opportunity: one.id, version: None }.into()).await.expect("deleted");
    assert_eq!(list(&house, with("rass")).await.len(), 0);
    undo_last(&house).await.expect("taken back");
    assert_eq!(list(&house, with("rass")).await, ["Terrasse"]);
}

#[tokio::test]
async fn a_forecast_weighs_what_is_open_by_stage_and_month() {
    let house = House::open().await;
    let made = pipeline(&house, "Sales", &[("New", 10), ("Offer", 55)]).await;
    let at = |stage: usize, month: Option<i8>, value| CreateOpportunity {
        stage: Some(made.stages[stage].id),
        expected_close: month.map(|month| date(2026, month, 15)),
        ..named("Roof", value)
    };
    for wish in [at(1, Some(12), 101), at(0, None, 5), at(0, Some(12), 1_000), at(0, Some(11), 20), at(0, Some(12), 24)]
    {
        opportunity(&house, wish).await;
    }
    let lost = opportunity(&house, at(0, Some(12), 1_000_000)).await;
    done!(house, close(lost.id, OpportunityResult::Lost, ""), OpportunityClosed);
    let forecast = done!(house, GetForecast { pipeline: None }, ForecastMade);
    let rows: Vec<_> = forecast
        .rows
        .iter()
        .map(|row| (row.stage_name.as_str(), row.month.as_deref(), row.count, row.value_minor, row.weighted_minor))
        .collect();
    assert_eq!(
        rows,
        [
            ("New", Some("2026-11"), 1, 20, 2),
            ("New", Some("2026-12"), 2, 1_024, 102),
            ("New", None, 1, 5, 1),
            ("Offer", Some("2026-12"), 1, 101, 56),
        ]
    );
    assert_eq!((forecast.count, forecast.value_minor, forecast.weighted_minor), (5, 1_150, 161));
    assert_eq!(forecast.currency.code(), "USD");
    assert_eq!(done!(house, GetForecast { pipeline: Some(made.id) }, ForecastMade), forecast);
    let missing = PipelineId::fresh();
    assert_eq!(house.perform(GetForecast { pipeline: Some(missing) }.into()).await, Err(Error::NotFound("pipeline")));
}

/// How many and what they are worth, by stage and month.
type Sums = BTreeMap<(StageId, Option<String>), (u64, i64)>;

async fn forecast(house: &House, pipeline: Option<PipelineId>) -> Sums {
    let forecast: Forecast = done!(house, GetForecast { pipeline }, ForecastMade);
    let sums: Sums =
        forecast.rows.into_iter().map(|row| ((row.stage, row.month), (row.count, row.value_minor))).collect();
    let total = sums.values().fold((0, 0), |(several, value), (more, worth)| (several + more, value + worth));
    assert_eq!((forecast.count, forecast.value_minor), total);
    sums
}

/// The same, of those that are open.
async fn added_up(house: &House, pipeline: Option<PipelineId>) -> Sums {
    let open = ListOpportunities { pipeline, status: Some(OpportunityStatus::Open), ..ListOpportunities::default() };
    let page: Page<Opportunity> = done!(house, open, Opportunities);
    page.items.into_iter().fold(Sums::new(), |mut sums, one| {
        let month = one.expected_close.map(|day| day.to_string()[..7].to_owned());
        let sum = sums.entry((one.stage, month)).or_default();
        *sum = (sum.0 + 1, sum.1 + one.value_minor);
        sums
    })
}

#[tokio::test]
async fn a_forecast_is_what_the_open_opportunities_add_up_to_whatever_is_done_or_taken_back() {
    let house = House::open().await;
    let sales = pipeline(&house, "Sales", &[("New", 10), ("Offer", 55)]).await;
    later(&house);
    let service = pipeline(&house, "Service", &[("Asked", 30)]).await;
    let of = |month, value| CreateOpportunity { expected_close: Some(date(2026, month, 15)), ..named("Roof", value) };
    let one = opportunity(&house, of(11, 100)).await.id;
    let other = opportunity(&house, named("Bath", 40)).await.id;
    let change =
        |change: Value| -> Operation { serde_json::from_value::<UpdateOpportunity>(change).expect("a change").into() };
    let steps: [(&str, Operation); 14] = [
        ("a second of the month", of(11, 7).into()),
        ("moved", move_to(one, sales.stages[1].id).into()),
        ("moved to another pipeline", move_to(other, service.stages[0].id).into()),
        ("worth more", change(json!({ "opportunity": one, "value_minor": 250 }))),
        ("expected later", change(json!({ "opportunity": one, "expected_close": "2027-02-03" }))),
        (
            "expected on another day of that month",
            change(json!({ "opportunity": one, "expected_close": "2027-02-04" })),
        ),
        ("expected on no day", change(json!({ "opportunity": one, "expected_close": null }))),
        ("renamed", change(json!({ "opportunity": one, "name": "Roof and bath" }))),
        ("won", close(one, OpportunityResult::Won, "").into()),
        ("worth more once won", change(json!({ "opportunity": one, "value_minor": 300 }))),
        ("reopened", ReopenOpportunity { opportunity: one, version: None }.into()),
        ("lost", close(other, OpportunityResult::Lost, "").into()),
        ("deleted when lost", DeleteOpportunity { opportunity: other, version: None }.into()),
        ("deleted when open", DeleteOpportunity { opportunity: one, version: None }.into()),
    ];
    let mut before = forecast(&house, None).await;
    for (what, operation) in steps {
        house.perform(operation).await.expect(what);
        let after = added_up(&house, None).await;
        assert_eq!(forecast(&house, None).await, after, "{what}");
        for pipeline in [Some(sales.id), Some(service.id)] {
            assert_eq!(forecast(&house, pipeline).await, added_up(&house, pipeline).await, "{what}, of a pipeline");
        }
        undo_last(&house).await.expect(what);
        assert_eq!(forecast(&house, None).await, before, "{what}, taken back");
        undo_last(&house).await.expect(what);
        assert_eq!(forecast(&house, None).await, after, "{what}, done again");
        before = after;
    }
    let left = ((sales.stages[0].id, Some("2026-11".to_owned())), (1, 7));
    assert_eq!(before, Sums::from([left]));
}

#[tokio::test]
async fn another_business_s_sales_are_not_found() {
    let house = House::open().await;
    let made = pipeline(&house, "Sales", &[("New", 10)]).await;
    let (pipeline, stage) = (made.id, made.stages[0].id);
    let contact = create(&house, somebody("Ana", "", None, None)).await.id;
    let opportunity = opportunity(&house, named("Roof", 1)).await.id;
    let other = second(&house).await;
    let change: UpdateOpportunity =
        serde_json::from_value(json!({ "opportunity": opportunity, "name": "Mine" })).expect("a change");
    let elsewhere: [(Operation, &str); 15] = [
        (UpdatePipeline { pipeline, version: None, name: None, stages: None }.into(), "pipeline"),
        (DeletePipeline { pipeline, version: None }.into(), "pipeline"),
        (CreateOpportunity { pipeline: Some(pipeline), ..named("Roof", 1) }.into(), "pipeline"),
        (CreateOpportunity { stage: Some(stage), ..named("Roof", 1) }.into(), "stage"),
        (CreateOpportunity { contact: Some(contact), ..named("Roof", 1) }.into(), "contact"),
        (GetOpportunity { opportunity }.into(), "opportunity"),
        (change.into(), "opportunity"),
        (move_to(opportunity, stage).into(), "opportunity"),
        (close(opportunity, OpportunityResult::Won, "").into(), "opportunity"),
        (ReopenOpportunity { opportunity, version: None }.into(), "opportunity"),
        (DeleteOpportunity { opportunity, version: None }.into(), "opportunity"),
        (GetOpportunityHistory { opportunity, limit: None, cursor: None }.into(), "opportunity"),
        (ListOpportunities { pipeline: Some(pipeline), ..ListOpportunities::default() }.into(), "pipeline"),
        (ListOpportunities { contact: Some(contact), ..ListOpportunities::default() }.into(), "contact"),
        (GetForecast { pipeline: Some(pipeline) }.into(), "pipeline"),
    ];
    for (operation, noun) in elsewhere {
        let asked = operation.clone();
        assert_eq!(house.perform_for(other, operation).await, Err(Error::NotFound(noun)), "{asked:?}");
    }
    assert_eq!(house.perform_for(other, ListPipelines {}.into()).await, Ok(Outcome::Pipelines(Vec::new())));
    let nothing = house.perform_for(other, ListOpportunities::default().into()).await;
    assert_eq!(nothing, Ok(Outcome::Opportunities(Page { items: Vec::new(), next: None })));
    let mine = pipeline_of(&house, other).await;
    let moved = house.perform_for(other, move_to(mine, stage).into()).await;
    assert_eq!(moved, Err(Error::NotFound("stage")), "one's own opportunity to another's stage");
}

/// A pipeline and an opportunity of a business.
async fn pipeline_of(house: &House, business: BusinessId) -> OpportunityId {
    let made = CreatePipeline { name: "Ours".to_owned(), stages: vec![stage("New", 1)] };
    house.perform_for(business, made.into()).await.expect("a pipeline");
    match house.perform_for(business, named("Roof", 1).into()).await {
        Ok(Outcome::OpportunityCreated(made)) => made.id,
        other => panic!("an opportunity, not {other:?}"),
    }
}

/// A second business in the house.
pub(super) async fn second(house: &House) -> BusinessId {
    let mut other = house.business.clone();
    (other.id, other.phone) = (BusinessId::fresh(), number("+13055550188"));
    for service in &mut other.services {
        service.id = ServiceId::fresh();
    }
    house.embedded.add(&other, Hand::house()).await.expect("a second business");
    other.id
}

#[test]
fn what_is_given_as_null_is_removed_and_what_is_left_out_stays() {
    let change = |json: Value| serde_json::from_value::<UpdateOpportunity>(json).expect("a change");
    let id = OpportunityId::fresh();
    assert_eq!(change(json!({ "opportunity": id })).contact, None::<Option<ContactId>>);
    assert_eq!(change(json!({ "opportunity": id, "contact": null })).contact, Some(None));
}
