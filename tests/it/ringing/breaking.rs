//! A line that breaks in the middle of a booking: the caller who is connected again books all the same.

use super::house::{House, texts};
use ringlypro::simulator::Persona;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_whose_line_breaks_is_finished_on_the_next_one() {
    let house = House::open().await;
    let mut plan = house.plan(Persona::named("booking").expect("a persona"), 171);
    plan.breaks = vec![Duration::from_secs(16)];
    let report = house.ring(plan).await;
    assert_eq!(report.streams, 2, "{report}");
    assert_eq!(report.reached_goal, Some(true), "{report}");
    let record = house.record(&report).await;
    let said = texts(&record, "agent");
    assert_eq!(said.iter().filter(|text| text.contains("cut off")).count(), 1, "{said:#?}");
    let booked = house.appointments().await;
    assert_eq!(booked.iter().filter(|one| one["call"] == record["call"]["id"]).count(), 1, "{booked:#?}");
}
