//! A faithful Twilio with a caller on the line, for `ringlypro call`, the tests and the measurements.
//!
//! [`call`] does what Twilio does for a real call: a signed webhook, the TwiML followed verb by verb, a signed media
//! stream with 20 ms frames on an absolute clock, a playout buffer that plays the agent in real time, marks echoed when
//! playback reaches them and all at once after a clear, status callbacks. The caller is a [`persona::Persona`], who
//! listens to what is played, waits like a person and speaks. Everything measured is measured on the two audio tracks
//! as the caller hears them, on one sample clock ([`measure`]).
//!
//! It knows the gateway by its public doors only: nothing of dialogue, CRM or the switchboard is imported here, so that
//! a fault of theirs cannot hide in a shared type.
//!
//! Read next: [`stream`] for the clock, [`caller`] for when a person speaks, [`measure`] for the numbers.

mod caller;
pub mod error;
pub mod lines;
pub mod measure;
mod mind;
pub mod persona;
pub mod plan;
mod playout;
pub mod report;
mod sound;
mod stream;
mod verbs;
mod webhook;
pub mod words;

pub use error::SimulatorError;
pub use persona::Persona;
pub use plan::{CallPlan, Dialled, Network, Noise};
pub use report::{CallReport, Ending, Summary};

use plan::VERBS_MAX;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use verbs::Verb;
use webhook::{CallState, Door};

/// A pause in TwiML is honoured up to this long; documents under test have no reason for more.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// Makes one call and reports it. Fails only where no call came about; how a call went is in the report.
pub async fn call(plan: CallPlan) -> Result<CallReport, SimulatorError> {
    let door = Door::new(&plan)?;
    let mut report = CallReport::new(door.call_sid(), &plan);
    let asked = Instant::now();
    let mut next = door.voice(&plan).await?;
    report.webhook_ms = milliseconds(asked.elapsed());
    let mut followed = 0;
    let mut ending = None;
    'documents: loop {
        let (base, verbs) = (next.base, next.verbs);
        for verb in verbs {
            followed += 1;
            if followed > VERBS_MAX {
                return Err(SimulatorError::TooManyVerbs);
            }
            match verb {
                Verb::Say(text) => report.said.push(text),
                Verb::Pause(length) => tokio::time::sleep(length.min(PAUSE_MAX)).await,
                Verb::Hangup => {
                    ending.get_or_insert(Ending::AgentHungUp);
                    break 'documents;
                }
                Verb::Reject => {
                    ending.get_or_insert(Ending::Refused);
                    break 'documents;
                }
                Verb::Redirect(address) => {
                    next = door.ask(&base, &address, CallState::Up, &[]).await?;
                    continue 'documents;
                }
                Verb::Dial { number, action } => {
                    ending = Some(Ending::Transferred);
                    report.transferred_to = Some(number);
                    let Some(action) = action else { continue };
                    let status = [("DialCallStatus", plan.dialled.status())];
                    next = door.ask(&base, &action, CallState::Up, &status).await?;
                    continue 'documents;
                }
                Verb::Connect(connect) => {
                    let outcome = stream::run(&plan, &door, &base, &connect).await?;
                    let how = outcome.closed;
                    report.add_stream(&plan, outcome);
                    match how {
                        stream::Closed::ByGateway => {}
                        stream::Closed::ByCaller => ending = Some(Ending::CallerHungUp),
                        stream::Closed::TooLong => ending = Some(Ending::TooLong),
                        stream::Closed::Broken => ending = Some(Ending::StreamBroken),
                    }
                    if matches!(how, stream::Closed::ByCaller | stream::Closed::TooLong) {
                        break 'documents;
                    }
                    let Some(action) = connect.action else { continue };
                    next = door.ask(&base, &action, CallState::Up, &[]).await?;
                    continue 'documents;
                }
            }
        }
        break;
    }
    // A document that ends without a verb of its own ends the call, as at Twilio.
    report.ending = ending.unwrap_or(Ending::AgentHungUp);
    report.refuse_unless_streamed();
    report.call_ms = milliseconds(asked.elapsed());
    door.ended(asked.elapsed()).await;
    Ok(report)
}

/// Makes several calls at once, each `ramp` after the one before, and reports them all, in the order they began.
pub async fn calls(plans: Vec<CallPlan>, ramp: Duration) -> Vec<Result<CallReport, SimulatorError>> {
    let count = plans.len();
    let mut calls = JoinSet::new();
    for (number, plan) in plans.into_iter().enumerate() {
        let wait = ramp * u32::try_from(number).unwrap_or(u32::MAX);
        calls.spawn(async move {
            tokio::time::sleep(wait).await;
            (number, call(plan).await)
        });
    }
    let mut reports: Vec<_> = (0..count).map(|_| Err(SimulatorError::Crashed)).collect();
    while let Some(done) = calls.join_next().await {
        if let Ok((number, report)) = done {
            reports[number] = report;
        }
    }
    reports
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
