//! Figures that are kept by the day, and forecasts by the month, say what a count of the rows says, whatever was written and in
//! whichever way.

use super::contacts::{create, done, somebody};
use super::imports::bring_in;
use super::sales::{named, opportunity, pipeline};
use super::undo::undo_last;
use super::*;
use crate::crm::local::store::get;
use crate::crm::model::{Duplicates, Statistics};
use crate::crm::operation::{
    AppointmentStanding, CloseOpportunity, CompleteTask, CreateTask, DeleteContact, DeleteOpportunity, DeleteTask,
    EraseContactHistory, GetStatistics, MergeContacts, MoveOpportunity, OpportunityResult, ReopenOpportunity,
    ReopenTask, UndoImport, UpdateAppointment, UpdateOpportunity,
};
use crate::id::{ContactId, OpportunityId, StageId, TaskId};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that counts: as what, when, and what it is worth.
const COUNTED: &str = "SELECT 'calls' AS figure, started_at AS at, CAST(0 AS BIGINT) AS worth FROM calls \
     UNION ALL SELECT 'calls_answered', started_at, 0 FROM calls WHERE status IN ('in-progress', 'completed') \
     UNION ALL SELECT 'appointments_booked', created_at, 0 FROM appointments \
     UNION ALL SELECT 'appointments_cancelled', start_at, 0 FROM appointments WHERE status = 'cancelled' \
     UNION ALL SELECT 'appointments_no_show', start_at, 0 FROM appointments WHERE status = 'no-show' \
     UNION ALL SELECT 'contacts_new', created_at, 0 FROM contacts WHERE deleted_at IS NULL \
     UNION ALL SELECT 'messages', created_at, 0 FROM messages \
     UNION ALL SELECT 'opportunities_won', closed_at, value_minor FROM opportunities WHERE status = 'won' \
     UNION ALL SELECT 'tasks_done', completed_at, 0 FROM tasks WHERE completed_at IS NOT NULL";

/// How many and what they are worth, of each figure and day.
type Kept = BTreeMap<(String, i64), (i64, i64)>;

async fn rows(house: &House, query: &'static str) -> Vec<store::Row> {
    let mut store = house.embedded.store.read().await.expect("a reader");
    sqlx::query(query).fetch_all(&mut *store).await.expect("rows")
}

/// What counts, counted now.
async fn counted(house: &House) -> Vec<(String, Timestamp, i64)> {
    let counted = rows(house, COUNTED).await;
    let read = |row: &store::Row| {
        let at = Timestamp::from_millisecond(get(row, "at").expect("an instant")).expect("an instant");
        (get(row, "figure").expect("a figure"), at, get(row, "worth").expect("its worth"))
    };
    counted.iter().map(read).collect()
}

/// What the database has kept.
async fn kept(house: &House) -> Kept {
    let kept = rows(house, "SELECT * FROM figures WHERE several <> 0 OR worth_minor <> 0").await;
    let number = |row: &store::Row, column| get::<i64>(row, column).expect("a number");
    let read = |row: &store::Row| {
        (
            (get(row, "figure").expect("a figure"), number(row, "day")),
            (number(row, "several"), number(row, "worth_minor")),
        )
    };
    kept.iter().map(read).collect()
}

/// The same of a count of the rows.
fn by_day(counted: &[(String, Timestamp, i64)]) -> Kept {
    counted.iter().fold(Kept::new(), |mut all, (figure, at, worth)| {
        let day = all.entry((figure.clone(), at.as_millisecond() / 86_400_000)).or_default();
        *day = (day.0 + 1, day.1 + worth);
        all
    })
}

/// Draws as a linear congruence does: the same each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("a number") % end.max(1)
    }

    fn of<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        (!of.is_empty()).then(|| of[self.below(of.len())])
    }
}

/// What was made so far, some of it gone again.
#[derive(Default)]
struct Made {
    people: Vec<ContactId>,
    booked: Vec<AppointmentId>,
    opportunities: Vec<OpportunityId>,
    tasks: Vec<TaskId>,
    /// Where opportunities can be.
    stages: Vec<StageId>,
}

impl Made {
    /// Does something at random; that some of it is refused does not matter.
    async fn step(&mut self, house: &House, draw: &mut Draw, number: usize) {
        let kind = draw.below(22);
        let operation: Option<Operation> = match kind {
            0 | 1 => {
                self.people.push(create(house, somebody(&format!("Person{number}"), "", None, None)).await.id);
                None
            }
            2 => draw.of(&self.people).map(|contact| DeleteContact { contact, version: None }.into()),
            3 => draw.of(&self.people).zip(draw.of(&self.people)).map(|(keep, gone)| {
                MergeContacts { keep, gone, take: BTreeSet::new(), take_fields: BTreeSet::new() }.into()
            }),
            4 => draw.of(&self.people).map(|contact| EraseContactHistory { contact }.into()),
            5 | 6 => {
                let until = house.clock.now() + SignedDuration::from_hours(24 * 6);
                let slots = house.find(FindSlots { to: until, ..house.find_on("cleaning") }).await;
                if let Some(start) = draw.of(&slots.iter().map(|slot| slot.start).collect::<Vec<_>>()) {
                    let book = BookAppointment { start, ..house.booking("cleaning", MONDAY_10, "Ana") };
                    self.booked.extend(house.book(book).await.map(|appointment| appointment.id));
                }
                None
            }
            7 => draw.of(&self.booked).map(|appointment| CancelAppointment { appointment, version: None }.into()),
            8 => draw.of(&self.booked).map(|appointment| {
                let status = Some(AppointmentStanding::NoShow);
                UpdateAppointment { appointment, version: None, notes: None, status }.into()
            }),
            9 => {
                let from = draft("Bo", Some("+13055550144"));
                Some(LeaveMessage { from, body: "Call me.".to_owned(), call: None }.into())
            }
            10 => {
                let value = i64::try_from(draw.below(5_000)).expect("a number");
                self.opportunities.push(opportunity(house, named("Roof", value)).await.id);
                None
            }
            11 | 12 => draw.of(&self.opportunities).map(|opportunity| {
                let result = if draw.below(3) == 0 { OpportunityResult::Lost } else { OpportunityResult::Won };
                CloseOpportunity { opportunity, version: None, result, reason: String::new() }.into()
            }),
            13 => {
                draw.of(&self.opportunities).map(|opportunity| ReopenOpportunity { opportunity, version: None }.into())
            }
            14 => draw.of(&self.opportunities).map(|opportunity| {
                let day = [None, Some("2026-12-01"), Some("2026-12-30"), Some("2027-01-15")][draw.below(4)];
                let value = draw.below(9_000);
                let value =
                    serde_json::json!({ "opportunity": opportunity, "value_minor": value, "expected_close": day });
                serde_json::from_value::<UpdateOpportunity>(value).expect("a change").into()
            }),
            15 => draw
                .of(&self.opportunities)
                .filter(|_| number.is_multiple_of(2))
                .map(|opportunity| DeleteOpportunity { opportunity, version: None }.into()),
            16 => {
                let task = CreateTask { title: "Call".to_owned(), ..CreateTask::default() };
                self.tasks.push(done!(house, task, TaskCreated).id);
                draw.of(&self.tasks).map(|task| CompleteTask { task, version: None }.into())
            }
            17 => draw.of(&self.tasks).map(|task| match draw.below(2) {
                0 => ReopenTask { task, version: None }.into(),
                _ => DeleteTask { task, version: None }.into(),
            }),
            18 => {
                // What was done last is taken back, or done again, or cannot be.
                drop(undo_last(house).await);
                None
            }
            19 => {
                let call = house.embedded.begin(record(house, number)).await.expect("a record");
                let status = if draw.below(2) == 0 { CallStatus::Completed } else { CallStatus::Busy };
                house.embedded.finish(call, status, "hangup", house.clock.now()).await.expect("closed");
                None
            }
            20 => draw
                .of(&self.opportunities)
                .zip(draw.of(&self.stages))
                .map(|(opportunity, stage)| MoveOpportunity { opportunity, version: None, stage }.into()),
            _ => {
                let file = format!("name,email\nA,a{number}@example.com\nB,b{number}@example.com\nC,a@example.com\n");
                let import = bring_in(house, &file, Duplicates::Update).await.id;
                (draw.below(2) == 0).then(|| UndoImport { import }.into())
            }
        };
        if let Some(operation) = operation {
            drop(house.perform(operation).await);
        }
        let mut importer = Importer::new(house.embedded.clone());
        while importer.step().await.expect("a step") {}
    }
}

fn record(house: &House, number: usize) -> CallRecord {
    CallRecord {
        id: CallId::fresh(),
        business: house.business.id,
        call_sid: format!("CA{number}"),
        from: None,
        to: house.business.phone.clone(),
        contact: None,
        status: CallStatus::InProgress,
        started_at: house.clock.now(),
        ended_at: None,
        ending: None,
    }
}

/// A house in which much happened, over weeks.
async fn busy() -> House {
    let house = House::open().await;
    let mut made = Made::default();
    for name in ["Sales", "Service"] {
        let pipeline = pipeline(&house, name, &[("New", 10), ("Offer", 50)]).await;
        made.stages.extend(pipeline.stages.iter().map(|stage| stage.id));
    }
    let mut draw = Draw(5);
    for number in 0..250 {
        made.step(&house, &mut draw, number).await;
        let hours = i64::try_from(draw.below(7)).expect("a number");
        house.clock.set(house.clock.now() + SignedDuration::from_mins(60 * hours + 7));
    }
    house
}

#[tokio::test]
async fn what_is_kept_by_the_day_is_what_a_count_of_the_rows_says() {
    let house = busy().await;
    let counted = counted(&house).await;
    assert_eq!(kept(&house).await, by_day(&counted));
    let zone = TimeZone::get("America/New_York").expect("a zone");
    let first: Date = at(NOW).to_zoned(zone.clone()).date();
    let last = house.clock.now().to_zoned(zone.clone()).date();
    let (mut draw, mut seen) = (Draw(9), BTreeSet::new());
    let days = usize::try_from((last - first).get_days()).expect("days") + 9;
    for _ in 0..60 {
        let from = first + i64::try_from(draw.below(days)).expect("days").days();
        let to = from + i64::try_from(draw.below(days)).expect("days").days();
        let told: Statistics = done!(house, GetStatistics { from, to }, StatisticsCounted);
        let of = |figure: &str| {
            let within = counted.iter().filter(|(name, at, _)| {
                let day = at.to_zoned(zone.clone()).date();
                name == figure && from <= day && day <= to
            });
            within.fold((0_u64, 0_i64), |(several, sum), (_, _, worth)| (several + 1, sum + worth))
        };
        for (figure, several) in [
            ("calls", told.calls),
            ("calls_answered", told.calls_answered),
            ("appointments_booked", told.appointments_booked),
            ("appointments_cancelled", told.appointments_cancelled),
            ("appointments_no_show", told.appointments_no_show),
            ("contacts_new", told.contacts_new),
            ("messages", told.messages),
            ("opportunities_won", told.opportunities_won),
            ("tasks_done", told.tasks_done),
        ] {
            assert_eq!(several, of(figure).0, "{figure} from {from} to {to}");
            seen.extend((several > 0).then_some(figure));
        }
        assert_eq!(told.won_minor, of("opportunities_won").1, "from {from} to {to}");
    }
    assert_eq!(seen.len(), 9, "each of them was counted once at least: {seen:?}");
}

/// How many opportunities are open and what they are worth, by stage and month: as kept, and as counted.
async fn forecasts(house: &House) -> [BTreeSet<(String, String, i64, i64)>; 2] {
    let kept = "SELECT stage_id, month, several, value_minor FROM forecasts WHERE several <> 0 OR value_minor <> 0";
    let counted = "SELECT stage_id, COALESCE(SUBSTR(expected_close, 1, 7), '') AS month, COUNT(*) AS several, \
         CAST(SUM(value_minor) AS BIGINT) AS value_minor FROM opportunities WHERE status = 'open' GROUP BY 1, 2";
    let read = |row: &store::Row| {
        let number = |column| get::<i64>(row, column).expect("a number");
        let text = |column| get::<String>(row, column).expect("a text");
        (text("stage_id"), text("month"), number("several"), number("value_minor"))
    };
    [rows(house, kept).await.iter().map(read).collect(), rows(house, counted).await.iter().map(read).collect()]
}

#[tokio::test]
async fn what_is_kept_by_the_month_is_what_a_count_of_the_rows_says() {
    let [kept, counted] = forecasts(&busy().await).await;
    assert_eq!(kept, counted);
    let months: BTreeSet<&String> = counted.iter().map(|(_, month, _, _)| month).collect();
    assert!(months.len() > 1, "several months: {months:?}");
}

#[tokio::test]
async fn what_was_there_before_figures_and_keys_were_kept_is_in_them() {
    let house = busy().await;
    opportunity(&house, named("Núñez: Dach, groß", 1)).await;
    let keys = async |house: &House| {
        let rows = rows(house, "SELECT key, opportunity_id FROM opportunity_keys").await;
        let text = |row: &store::Row, column| get::<String>(row, column).expect("a text");
        rows.iter().map(|row| (text(row, "key"), text(row, "opportunity_id"))).collect::<BTreeSet<_>>()
    };
    let before = (kept(&house).await, keys(&house).await, forecasts(&house).await);
    assert!(before.1.iter().any(|(key, _)| key == "ach"), "{:?}", before.1);
    house.embedded.close().await;
    while undo(&house.url).await.expect("undone").expect("there was one").version > 14 {}
    let embedded = Embedded::open(&house.url, house.clock.clone()).await.expect("an open database");
    let house = House { embedded, ..house };
    assert_eq!((kept(&house).await, keys(&house).await, forecasts(&house).await), before);
}
