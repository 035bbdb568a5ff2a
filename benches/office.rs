//! The office at size: figures, appointments, opportunities, tasks and orders of a business that has very many.
//!
//! `cargo bench --bench office -- --appointments 200000 --database sqlite:/somewhere/office.db` (or `postgres://…`, an empty
//! database; one that this command filled before is used again). Two years of rows are written straight into the tables,
//! because no calendar has room for so many bookings; all that is measured goes through the catalogue. Prints figures and
//! asserts nothing; each is from asking the engine to its answer, one after the other, and is a floor.

use hdrhistogram::Histogram;
use jiff::civil::date;
use jiff::{Timestamp, ToSpan};
use ringlypro::clock::SystemClock;
use ringlypro::crm::local::{Embedded, seed_demo};
use ringlypro::crm::model::{AppointmentStatus, Business, OpportunityStatus, OrderItem, TransactionKind};
use ringlypro::crm::operation::{
    By, CompleteTask, CreateOpportunity, CreateOrder, CreatePipeline, CreateTask, GetForecast, GetStatistics,
    ListAppointments, ListCalendars, ListOpportunities, ListOrders, ListTasks, MoveOpportunity, OpportunitySort,
    RecordTransaction, StageDraft, TaskState,
};
use ringlypro::crm::{Backend, Crm, Error, Operation, Outcome, Request};
use ringlypro::id::{ContactId, OpportunityId, OrderId, StageId, TaskId};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often each thing is asked, unless `--asked` says otherwise.
const ASKED: usize = 300;
/// Rows of one statement.
const ROWS: i64 = 500;
/// Rows of one transaction: `PostgreSQL` keeps each state of a day's figure until a transaction ends.
const ROWS_TOGETHER: i64 = 20 * ROWS;
/// The last instant of the rows, and how far back they go: two years.
const END_MS: i64 = 1_795_000_000_000;
const SPAN_MS: i64 = 730 * 86_400_000;

/// Draws as a linear congruence does: the same rows each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap_or(0) % end
    }

    fn instant(&mut self) -> i64 {
        END_MS - SPAN_MS + self.below(i64::from(i32::MAX)) * (SPAN_MS / i64::from(i32::MAX))
    }

    fn of<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.below(i64::try_from(of.len()).unwrap_or(1))).unwrap_or(0)]
    }
}

/// The id of a row that was written straight into its table.
fn id(kind: u64, number: i64) -> String {
    format!("019a0000-{kind:04x}-7000-8000-{number:012x}")
}

struct Office {
    crm: Crm,
    business: Business,
    stages: Vec<StageId>,
}

impl Office {
    async fn perform(&self, operation: impl Into<Operation>) -> Result<Outcome, Error> {
        let source = ringlypro::crm::model::Source::Api;
        self.crm.perform(Request::new(self.business.id, source, By::owner(), operation)).await
    }

    /// Asks for each, and prints how long it took.
    async fn measure<T: Into<Operation>>(&self, what: &str, operations: impl Iterator<Item = T>) -> Result<(), Error> {
        let Ok(mut times) = Histogram::<u64>::new_with_bounds(1, 60_000_000, 3) else { return Ok(()) };
        for operation in operations {
            let began = Instant::now();
            self.perform(operation).await?;
            times.saturating_record(micros(began.elapsed()));
        }
        let at = |quantile| times.value_at_quantile(quantile) as f64 / 1e3;
        println!("{what:<40} p50 {:>7.2} ms   p95 {:>7.2} ms   max {:>7.2} ms", at(0.5), at(0.95), at(1.0));
        Ok(())
    }

    /// Writes the rows: as many appointments as asked for, and of the others in proportion.
    async fn fill(&self, database: &str, appointments: i64) -> Result<(), Box<dyn std::error::Error>> {
        let Outcome::Calendars(calendars) = self.perform(ListCalendars {}).await? else { return Ok(()) };
        let (business, calendar) = (self.business.id, calendars[0].id);
        let service = self.business.services[0].id;
        let contacts = appointments / 2;
        let mut connection = sqlx::AnyConnection::connect(database).await?;
        let mut draw = Draw(1);
        let contact = |draw: &mut Draw| id(1, draw.below(contacts.max(1)));
        insert(
            &mut connection,
            "contacts (id, business_id, first_name, last_name, sort_name, keys_made, created_at, updated_at)",
            contacts,
            |number| {
                let at = draw.instant();
                format!("'{}', '{business}', 'Ana', 'Silva', 'silva ana', 2, {at}, {at}", id(1, number))
            },
        )
        .await?;
        insert(
            &mut connection,
            "appointments (id, business_id, calendar_id, contact_id, service_id, service_name, customer_name, start_at, \
             end_at, busy_until, zone, status, source, notes, created_at, updated_at)",
            appointments,
            |number| {
                let start = draw.instant();
                let (end, made) = (start + 1_800_000, start - draw.below(20 * 86_400_000));
                let status = draw.of(&["completed", "completed", "completed", "completed", "scheduled", "no-show", "cancelled"]);
                format!(
                    "'{}', '{business}', '{calendar}', '{}', '{service}', 'cleaning', 'Ana Silva', {start}, {end}, {end}, \
                     'America/New_York', '{status}', 'voice', '', {made}, {made}",
                    id(2, number),
                    contact(&mut draw),
                )
            },
        )
        .await?;
        insert(
            &mut connection,
            "calls (id, business_id, call_sid, to_phone, status, started_at, ended_at, created_at, updated_at)",
            appointments,
            |number| {
                let (at, status) = (draw.instant(), draw.of(&["completed", "completed", "completed", "busy"]));
                format!("'{0}', '{business}', '{0}', '+13055550199', '{status}', {at}, {at}, {at}, {at}", id(3, number))
            },
        )
        .await?;
        insert(
            &mut connection,
            "messages (id, business_id, from_name, body, source, created_at, updated_at)",
            appointments * 5,
            |number| {
                let at = draw.instant();
                format!("'{}', '{business}', 'Ana', 'Please call me back.', 'voice', {at}, {at}", id(4, number))
            },
        )
        .await?;
        self.fill_sales(&mut connection, appointments / 10, contacts).await?;
        connection.close().await?;
        Ok(())
    }

    async fn fill_sales(
        &self,
        connection: &mut sqlx::AnyConnection,
        rows: i64,
        contacts: i64,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let business = self.business.id;
        let Outcome::Pipelines(pipelines) = self.perform(ringlypro::crm::operation::ListPipelines {}).await? else {
            return Ok(());
        };
        let pipeline = pipelines[0].id;
        let mut draw = Draw(2);
        insert(
            connection,
            "opportunities (id, business_id, name, sort_name, contact_id, pipeline_id, stage_id, value_minor, status, reason, \
             expected_close, expected_order, in_stage_since, closed_at, version, created_at, updated_at)",
            rows,
            |number| {
                let (at, value, contact) = (draw.instant(), draw.below(1_000_000), id(1, draw.below(contacts.max(1))));
                let stage = self.stages[usize::try_from(number).unwrap_or(0) % self.stages.len()];
                let day = format!("2026-{:02}-11", 1 + draw.below(12));
                // Every fourth can be moved.
                let status = if number % 4 == 0 { "open" } else { draw.of(&["open", "won", "lost"]) };
                let closed = if status == "open" { "NULL".to_owned() } else { at.to_string() };
                format!(
                    "'{}', '{business}', 'deal {number}', 'deal {number}', '{contact}', '{pipeline}', '{stage}', {value}, \
                     '{status}', '', '{day}', '{day}', {at}, {closed}, 1, {at}, {at}",
                    id(5, number),
                )
            },
        )
        .await?;
        // What they are found by, in the order of their index.
        let mut keys: Vec<(String, i64)> = (0..rows)
            .flat_map(|number| {
                let name = format!("deal {number}");
                let words: Vec<String> = name.split(' ').map(str::to_owned).collect();
                words.into_iter().flat_map(move |word| {
                    (0..word.len()).map(move |from| (word[from..].to_owned(), number)).collect::<Vec<_>>()
                })
            })
            .collect();
        keys.sort();
        keys.dedup();
        insert(
            connection,
            "opportunity_keys (business_id, key, opportunity_id, created_at, updated_at)",
            i64::try_from(keys.len())?,
            |place| {
                let (key, number) = &keys[usize::try_from(place).unwrap_or(0)];
                format!("'{business}', '{key}', '{}', 0, 0", id(5, *number))
            },
        )
        .await?;
        insert(
            connection,
            "tasks (id, business_id, title, body, due_at, due_order, contact_id, completed_at, version, created_at, updated_at)",
            rows,
            |number| {
                let (at, contact) = (draw.instant(), id(1, draw.below(contacts.max(1))));
                let done = if number % 2 == 0 { "NULL".to_owned() } else { at.to_string() };
                format!("'{}', '{business}', 'Call', '', {at}, {at}, '{contact}', {done}, 1, {at}, {at}", id(6, number))
            },
        )
        .await?;
        insert(
            connection,
            "orders (id, business_id, contact_id, currency, items, total_minor, paid_minor, refunded_minor, status, notes, \
             version, created_at, updated_at)",
            rows,
            |number| {
                let (at, contact) = (draw.instant(), id(1, draw.below(contacts.max(1))));
                format!(
                    "'{}', '{business}', '{contact}', 'USD', '[{{\"name\":\"x\",\"quantity\":1,\"unit_minor\":100}}]', 100, 0, 0, \
                     'unpaid', '', 1, {at}, {at}",
                    id(7, number),
                )
            },
        )
        .await?;
        Ok(())
    }

    async fn measure_all(&self, asked: usize, rows: i64) -> Result<(), Error> {
        let mut draw = Draw(3);
        let end = Timestamp::from_millisecond(END_MS).unwrap_or(Timestamp::UNIX_EPOCH);
        let last = date(2026, 11, 17);
        for (what, days) in [("figures of 30 days", 30), ("figures of 2 years", 730)] {
            let from = last.checked_sub(days.days()).unwrap_or(last);
            self.measure(what, (0..asked.min(100)).map(|_| GetStatistics { from, to: last })).await?;
        }
        let listing = || ListAppointments {
            from: Timestamp::UNIX_EPOCH,
            to: end,
            limit: 50,
            status: [AppointmentStatus::NoShow].into_iter().collect(),
            ..ListAppointments::default()
        };
        self.measure("appointments to which nobody came", (0..asked).map(|_| listing())).await?;
        let contacts: Vec<ContactId> =
            (0..asked).filter_map(|_| id(1, draw.below((rows * 5).max(1))).parse().ok()).collect();
        let of = |contact: &ContactId| ListAppointments {
            contact: Some(*contact),
            status: [AppointmentStatus::Completed, AppointmentStatus::Scheduled].into_iter().collect(),
            ..listing()
        };
        self.measure("appointments of a contact", contacts.iter().map(of)).await?;
        let all = ListOpportunities::default;
        let sorts =
            [OpportunitySort::Created, OpportunitySort::Value, OpportunitySort::Name, OpportunitySort::Expected];
        for sort in sorts {
            let lists = (0..asked).map(|_| ListOpportunities { sort, status: Some(OpportunityStatus::Open), ..all() });
            self.measure(&format!("open opportunities by {sort:?}"), lists).await?;
        }
        let texts =
            (0..asked.min(50)).map(|_| ListOpportunities { text: Some(format!("deal {}", draw.below(rows))), ..all() });
        self.measure("opportunities by a rare word", texts).await?;
        self.measure("forecast", (0..asked.min(50)).map(|_| GetForecast { pipeline: None })).await?;
        self.measure(
            "tasks overdue",
            (0..asked).map(|_| ListTasks { state: TaskState::Overdue, ..ListTasks::default() }),
        )
        .await?;
        self.measure("orders, the newest", (0..asked).map(|_| ListOrders::default())).await?;
        self.write(asked).await
    }

    async fn write(&self, asked: usize) -> Result<(), Error> {
        let number = || 0..i64::try_from(asked).unwrap_or(0);
        let create = |number| CreateOpportunity { name: format!("new {number}"), ..CreateOpportunity::default() };
        self.measure("write, an opportunity", number().map(create)).await?;
        let some: Vec<OpportunityId> = number().filter_map(|number| id(5, number * 4).parse().ok()).collect();
        let stage = self.stages[self.stages.len() - 1];
        let moved = |opportunity: &OpportunityId| MoveOpportunity { opportunity: *opportunity, version: None, stage };
        self.measure("write, an opportunity moved", some.iter().take(asked / 4).map(moved)).await?;
        let task = |number| CreateTask { title: format!("Call {number}"), ..CreateTask::default() };
        self.measure("write, a task", number().map(task)).await?;
        let tasks: Vec<TaskId> = number().filter_map(|number| id(6, number * 2).parse().ok()).collect();
        self.measure(
            "write, a task done",
            tasks.iter().take(asked / 4).map(|task| CompleteTask { task: *task, version: None }),
        )
        .await?;
        let items = || vec![OrderItem { name: "cleaning".to_owned(), quantity: 1, unit_minor: 9_500 }];
        self.measure("write, an order", number().map(|_| CreateOrder { items: items(), ..CreateOrder::default() }))
            .await?;
        let orders: Vec<OrderId> = number().filter_map(|number| id(7, number).parse().ok()).collect();
        let payment = |order: &OrderId| RecordTransaction {
            order: *order,
            kind: TransactionKind::Payment,
            amount_minor: 1,
            currency: None,
            provider: "card".to_owned(),
            reference: None,
        };
        self.measure("write, a payment", orders.iter().map(payment)).await
    }
}

/// Writes so many rows.
async fn insert(
    connection: &mut sqlx::AnyConnection,
    into: &str,
    count: i64,
    mut row: impl FnMut(i64) -> String,
) -> Result<(), sqlx::Error> {
    let mut written = 0;
    while written < count {
        if written % ROWS_TOGETHER == 0 {
            connection.execute("BEGIN").await?;
        }
        let mut statement = format!("INSERT INTO {into} VALUES ");
        let until = count.min(written + ROWS);
        for number in written..until {
            let comma = if number == written { "" } else { ", " };
            // Writing to a text does not fail.
            let _ = write!(statement, "{comma}({})", row(number));
        }
        connection.execute(AssertSqlSafe(statement)).await?;
        written = until;
        if written % ROWS_TOGETHER == 0 || written == count {
            connection.execute("COMMIT").await?;
        }
    }
    Ok(())
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// The value after a name on the command line.
fn argument(name: &str) -> Option<String> {
    let mut arguments = std::env::args().skip_while(|one| one != name);
    arguments.nth(1)
}

#[tokio::main]
async fn main() {
    if let Err(failed) = run().await {
        eprintln!("{failed}");
        std::process::exit(1);
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let smoke = std::env::args().any(|one| one == "--smoke");
    let number = |name: &str, whole: usize, few: usize| {
        argument(name).map_or(Ok(if smoke { few } else { whole }), |text| text.parse::<usize>())
    };
    let appointments = i64::try_from(number("--appointments", 20_000, 400)?)?;
    let asked = number("--asked", ASKED, 10)?;
    let folder = tempfile::tempdir()?;
    let database = argument("--database").unwrap_or_else(|| format!("sqlite:{}/office.db", folder.path().display()));
    let embedded = Embedded::open(&database, Arc::new(SystemClock)).await?;
    let business = seed_demo(&embedded).await?;
    let mut office = Office { crm: Crm::new(Arc::new(embedded)), business, stages: Vec::new() };
    let Outcome::Pipelines(mut pipelines) = office.perform(ringlypro::crm::operation::ListPipelines {}).await? else {
        return Ok(());
    };
    let is_new = pipelines.is_empty();
    if is_new {
        let stage = |(name, probability): (&str, u8)| StageDraft { id: None, name: name.to_owned(), probability };
        let stages = [("New", 10), ("Met", 30), ("Offer", 60), ("Agreed", 90)].map(stage).to_vec();
        let Outcome::PipelineCreated(made) =
            office.perform(CreatePipeline { name: "Sales".to_owned(), stages }).await?
        else {
            return Ok(());
        };
        pipelines.push(made);
    }
    office.stages = pipelines[0].stages.iter().map(|stage| stage.id).collect();
    if is_new {
        let began = Instant::now();
        office.fill(&database, appointments).await?;
        println!(
            "{appointments} appointments and what goes with them written in {:.0} s",
            began.elapsed().as_secs_f64()
        );
    }
    Ok(office.measure_all(asked, (appointments / 10).max(1)).await?)
}
