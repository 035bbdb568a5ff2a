//! Slot search by its properties, over the nights the clocks change.

use super::*;
use jiff::Zoned;
use jiff::civil::{Time, time};
use proptest::prelude::*;

const NEW_YORK: &str = "America/New_York";

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("a zone")
}

fn at(zoned: &str) -> Timestamp {
    zoned.parse::<Zoned>().expect("a zoned time").timestamp()
}

fn daily(from: Time, to: Time, step_minutes: u32) -> Hours {
    Hours {
        week: std::array::from_fn(|_| vec![Opening { from, to }]),
        exceptions: Vec::new(),
        step_minutes,
        notice_minutes: 0,
        horizon_days: 90,
    }
}

/// The starts found between two times, as they are written in the zone.
fn starts(hours: &Hours, zone: &TimeZone, busy: &[Busy], (from, to): (&str, &str), length: u32) -> Vec<String> {
    let wanted = Wanted { from: at(from), to: at(to), minutes: length, buffer_minutes: 0 };
    open_slots(hours, zone, busy, &wanted, at(from))
        .map(|slot| slot.start.to_zoned(zone.clone()).strftime("%d %H:%M%:z").to_string())
        .collect()
}

#[test]
fn times_the_clocks_skip_are_not_offered() {
    let night = ("2027-03-14T00:00[America/New_York]", "2027-03-14T05:00[America/New_York]");
    let found = starts(&daily(time(0, 0, 0, 0), time(5, 0, 0, 0), 60), &zone(NEW_YORK), &[], night, 60);
    assert_eq!(found, ["14 00:00-05:00", "14 01:00-05:00", "14 03:00-04:00", "14 04:00-04:00"]);
}

#[test]
fn an_opening_time_that_is_skipped_becomes_the_first_that_is_not() {
    let night = ("2027-03-14T00:00[America/New_York]", "2027-03-14T06:00[America/New_York]");
    let found = starts(&daily(time(2, 30, 0, 0), time(4, 0, 0, 0), 30), &zone(NEW_YORK), &[], night, 30);
    assert_eq!(found, ["14 03:00-04:00", "14 03:30-04:00"]);
}

#[test]
fn an_hour_that_comes_twice_is_offered_twice() {
    let night = ("2026-11-01T00:00[America/New_York]", "2026-11-01T05:00[America/New_York]");
    let found = starts(&daily(time(0, 0, 0, 0), time(3, 0, 0, 0), 60), &zone(NEW_YORK), &[], night, 60);
    assert_eq!(found, ["01 00:00-04:00", "01 01:00-04:00", "01 01:00-05:00", "01 02:00-05:00"]);
}

#[test]
fn an_evening_reaches_over_midnight() {
    let night = ("2026-11-23T23:00[America/New_York]", "2026-11-24T12:00[America/New_York]");
    let found = starts(&daily(time(22, 0, 0, 0), time(1, 0, 0, 0), 60), &zone(NEW_YORK), &[], night, 60);
    assert_eq!(found, ["23 23:00-05:00", "24 00:00-05:00"]);
    let until_midnight = starts(&daily(time(22, 0, 0, 0), time(0, 0, 0, 0), 60), &zone(NEW_YORK), &[], night, 60);
    assert_eq!(until_midnight, ["23 23:00-05:00"]);
}

#[test]
fn a_day_that_differs_replaces_the_ordinary_one() {
    let mut hours = daily(time(9, 0, 0, 0), time(11, 0, 0, 0), 60);
    let early = Opening { from: time(7, 0, 0, 0), to: time(8, 0, 0, 0) };
    hours.exceptions =
        vec![(jiff::civil::date(2026, 12, 25), Vec::new()), (jiff::civil::date(2026, 12, 24), vec![early])];
    let days = ("2026-12-24T00:00[America/New_York]", "2026-12-27T00:00[America/New_York]");
    let found = starts(&hours, &zone(NEW_YORK), &[], days, 60);
    assert_eq!(found, ["24 07:00-05:00", "26 09:00-05:00", "26 10:00-05:00"]);
}

#[test]
fn years_of_bookings_are_searched_in_passing() {
    let hours = Hours { horizon_days: HORIZON_DAYS_MAX, ..daily(time(0, 0, 0, 0), time(0, 0, 0, 0), 5) };
    let from = at("2026-11-23T00:00[America/New_York]");
    let minute = |count: i64| from.checked_add(SignedDuration::from_mins(count)).expect("in range");
    // Every ten minutes are taken, five by five, so that nothing merges: over a hundred thousand stretches.
    let busy: Vec<_> = (0..105_000).rev().map(|n| Busy { start: minute(n * 10), end: minute(n * 10 + 5) }).collect();
    let wanted = Wanted { from, to: minute(1_049_995), minutes: 10, buffer_minutes: 0 };
    assert_eq!(open_slots(&hours, &zone(NEW_YORK), &busy, &wanted, from).count(), 0);
    assert_eq!(
        open_slots(&hours, &zone(NEW_YORK), &busy, &Wanted { minutes: 5, ..wanted }, from).count(),
        104_999,
        "each gap of five minutes is found"
    );
}

/// Zones whose clocks change by an hour, by half an hour, at midnight, in the southern summer, and not at all.
const ZONES: [&str; 6] =
    [NEW_YORK, "Europe/Madrid", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo", "Asia/Kolkata"];

fn any_opening() -> impl Strategy<Value = Opening> {
    (0..288_i32, 0..288_i32).prop_map(|(from, to)| {
        let of_day = |cell: i32| {
            let minute = cell * 5;
            time(i8::try_from(minute / 60).expect("an hour"), i8::try_from(minute % 60).expect("a minute"), 0, 0)
        };
        Opening { from: of_day(from), to: of_day(to) }
    })
}

fn any_hours() -> impl Strategy<Value = Hours> {
    let week = prop::array::uniform7(prop::collection::vec(any_opening(), 0..3));
    let exceptions = prop::collection::vec(((-2..6_i64), prop::collection::vec(any_opening(), 0..3)), 0..3);
    (week, exceptions, 1..25_u32, 0..600_u32, 0..6_u32).prop_map(|(week, exceptions, step, notice, horizon)| Hours {
        week,
        // Placed around the night looked at by `Night::hours`.
        exceptions: exceptions
            .into_iter()
            .map(|(offset, openings)| {
                let day = jiff::civil::date(2027, 1, 1).checked_add(jiff::Span::new().days(offset + 2)).expect("a day");
                (day, openings)
            })
            .collect(),
        step_minutes: step * 5,
        notice_minutes: notice,
        horizon_days: horizon,
    })
}

/// The hours with their exceptions moved to the days around `night`.
fn around(hours: Hours, night: Date) -> Hours {
    let first = jiff::civil::date(2027, 1, 1);
    let exceptions = hours
        .exceptions
        .into_iter()
        .map(|(day, openings)| {
            let offset = day.duration_since(first);
            (night.checked_add(offset).expect("a day"), openings)
        })
        .collect();
    Hours { exceptions, ..hours }
}

/// The next change of the clocks after `at`, or `at` where there is none.
fn change_after(zone: &TimeZone, at: Timestamp) -> Timestamp {
    zone.following(at).next().map_or(at, |transition| transition.timestamp())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_offered_is_exactly_what_can_be_booked(
        zone_name in prop::sample::select(&ZONES[..]),
        year_start in prop::sample::select(&["2026-01-15T00:00Z", "2026-06-15T00:00Z"][..]),
        hours in any_hours(),
        busy in prop::collection::vec((0..900_i64, 0..60_i64), 0..12),
        (length, buffer) in (1..200_u32, 0..90_u32),
        (now_cell, from_cell, span_cells) in (0..800_i64, 0..800_i64, 0..700_i64),
    ) {
        let zone = zone(zone_name);
        let change = change_after(&zone, year_start.parse().expect("an instant"));
        // Three days around the change, in cells of five minutes, on the clock's own grid.
        let base = Timestamp::from_second((change.as_second() / 300) * 300 - 36 * 3600).expect("in range");
        let cell = |count: i64| base.checked_add(SignedDuration::from_mins(count * 5)).expect("in range");
        let hours = around(hours, zone.to_datetime(base).date());
        let busy: Vec<_> = busy.into_iter().map(|(start, cells)| Busy { start: cell(start), end: cell(start + cells) }).collect();
        let now = cell(now_cell).checked_add(SignedDuration::from_secs(7)).expect("in range");
        let wanted = Wanted { from: cell(from_cell), to: cell(from_cell + span_cells), minutes: length, buffer_minutes: buffer };

        let found: Vec<_> = open_slots(&hours, &zone, &busy, &wanted, now).collect();
        prop_assert!(found.is_sorted_by(|a, b| a.start < b.start), "in order and none twice");
        // The naive search: ask of every cell whether it can be booked, and of every taken stretch whether it is in the way.
        let naive: Vec<_> = (0..span_cells)
            .map(|n| cell(from_cell + n))
            .filter_map(|start| is_bookable(&hours, &zone, length, start, now).ok())
            .filter(|slot| {
                let free_until = slot.end.checked_add(SignedDuration::from_mins(i64::from(buffer))).expect("in range");
                busy.iter().all(|busy| busy.start == busy.end || busy.end <= slot.start || free_until <= busy.start)
            })
            .collect();
        prop_assert_eq!(&found, &naive);
        for slot in &found {
            prop_assert!(slot.start >= after(now, minutes(hours.notice_minutes)), "not before notice");
            prop_assert_eq!(slot.end.duration_since(slot.start), minutes(length), "elapsed time");
            let inside = |(opens, closes): (Timestamp, Timestamp)| opens <= slot.start && slot.end <= closes;
            let date = zone.to_datetime(slot.start).date();
            let eve = date.yesterday().expect("a day");
            let whole = [eve, date].into_iter().flat_map(|date| openings(&hours, &zone, date)).any(inside);
            prop_assert!(whole, "whole inside one opening");
        }
    }
}
