//! Whether a date found is the date meant, by the definitions of the corpora.
//!
//! Read next: [`super`].

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use serde_json::Value;

/// Compares what was found with what was expected. `lenient` also takes readings of other conventions.
pub(super) fn is_right(expected: &Value, found: Option<&Value>, reference: Option<DateTime>, lenient: bool) -> bool {
    let kind = expected["kind"].as_str().unwrap_or_default();
    let Some(found) = found else { return kind == "none" };
    if found["kind"] != expected["kind"] {
        return false;
    }
    let fuzzy = expected["fuzzy"].is_string();
    let mut wanted = vec![&expected["value"]];
    wanted.extend(expected["also"].as_array().into_iter().flatten());
    if lenient {
        wanted.extend(expected["alt"].as_array().into_iter().flatten());
    }
    wanted.into_iter().any(|wanted| match kind {
        "range" => range_is_right(wanted, &found["value"], expected["of"] == "date", fuzzy, reference),
        _ => wanted == &found["value"],
    })
}

fn range_is_right(wanted: &Value, found: &Value, of_dates: bool, fuzzy: bool, reference: Option<DateTime>) -> bool {
    if fuzzy {
        let today = reference.map(DateTime::date);
        let moments = |range: &Value| Some((moment(&range["start"], today)?, moment(&range["end"], today)?));
        let (Some(wanted), Some(found)) = (moments(wanted), moments(found)) else { return wanted == found };
        return wanted.0.date() == found.0.date() && wanted.0 < later(found) && found.0 < later(wanted);
    }
    let start = wanted["start"] == found["start"];
    let (Some(wanted), Some(found)) = (wanted["end"].as_str(), found["end"].as_str()) else {
        return start && wanted["end"] == found["end"];
    };
    if of_dates && let (Ok(wanted), Ok(found)) = (wanted.parse::<Date>(), found.parse::<Date>()) {
        let near = [wanted, wanted.saturating_add(1.day()), wanted.saturating_sub(1.day())];
        return start && near.contains(&found);
    }
    start && wanted == found
}

/// The end of a range; one that crosses midnight ends the day after.
fn later((start, end): (DateTime, DateTime)) -> DateTime {
    if end <= start { end.saturating_add(1.day()) } else { end }
}

fn moment(value: &Value, today: Option<Date>) -> Option<DateTime> {
    let text = value.as_str()?;
    if text.len() == 5 {
        let time = text.parse::<jiff::civil::Time>().ok()?;
        return Some(today?.to_datetime(time));
    }
    text.parse::<DateTime>().ok().or_else(|| text.parse::<Date>().ok().map(|date| date.at(0, 0, 0, 0)))
}
