//! A faithful Twilio with a caller on the line, for `ringlypro call`, the tests and the measurements.
//!
//! [`call`] does what Twilio does for a real call: a signed webhook, the `TwiML` followed verb by verb, a signed media
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
mod side;
mod sound;
mod stream;
mod verbs;
mod webhook;
pub mod words;

pub use error::SimulatorError;
pub use persona::Persona;
pub use plan::{CallPlan, Dialled, Network, Noise};
pub use report::{CallReport, Ending, Summary};

use mind::Mind;
use plan::VERBS_MAX;
use reqwest::Url;
use side::Side;
use std::time::{Duration, Instant};
use stream::Closed;
use tokio::task::JoinSet;
use verbs::Verb;
use webhook::{Answer, CallState, Door};

/// A pause in `TwiML` is honoured up to this long; documents under test have no reason for more.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// Makes one call and reports it. Fails only where no call came about; how a call went is in the report.
pub async fn call(plan: CallPlan) -> Result<CallReport, SimulatorError> {
    let door = Door::new(&plan)?;
    let report = CallReport::new(door.call_sid(), &plan);
    let asked = Instant::now();
    let first = door.voice(&plan).await?;
    let mind = Mind::new(&plan, door.call_sid());
    let mut followed = Followed { plan: &plan, door: &door, report, verbs: 0, ending: None, side: None, mind };
    followed.report.webhook_ms = milliseconds(asked.elapsed());
    followed.follow_all(first).await?;
    let Followed { mut report, ending, side, mind, .. } = followed;
    if let Some(side) = side {
        report.add_streams(&plan, side.outcome(mind.understood));
    }
    // A document that ends without a verb of its own ends the call, as at Twilio.
    report.end(ending.unwrap_or(Ending::AgentHungUp));
    report.call_ms = milliseconds(asked.elapsed());
    door.ended(asked.elapsed()).await;
    Ok(report)
}

/// A call whose documents are being followed.
struct Followed<'a> {
    plan: &'a CallPlan,
    door: &'a Door,
    report: CallReport,
    verbs: u32,
    /// How the call will have ended, as far as it is known.
    ending: Option<Ending>,
    /// The caller's, once there was a stream.
    side: Option<Side>,
    mind: Mind<'a>,
}

/// Where a verb leads.
enum Next {
    Verb,
    Document(Answer),
    End,
}

impl Followed<'_> {
    async fn follow_all(&mut self, first: Answer) -> Result<(), SimulatorError> {
        let mut document = Some(first);
        while let Some(Answer { base, verbs }) = document.take() {
            for verb in verbs {
                self.verbs += 1;
                if self.verbs > VERBS_MAX {
                    return Err(SimulatorError::TooManyVerbs);
                }
                match self.follow(&base, verb).await? {
                    Next::Verb => {}
                    Next::Document(next) => {
                        document = Some(next);
                        break;
                    }
                    Next::End => return Ok(()),
                }
            }
        }
        Ok(())
    }

    async fn follow(&mut self, base: &Url, verb: Verb) -> Result<Next, SimulatorError> {
        match verb {
            Verb::Say(text) => self.report.said.push(text),
            Verb::Pause(length) => tokio::time::sleep(length.min(PAUSE_MAX)).await,
            Verb::Hangup => {
                self.ending.get_or_insert(Ending::AgentHungUp);
                return Ok(Next::End);
            }
            Verb::Reject => {
                self.ending.get_or_insert(Ending::Refused);
                return Ok(Next::End);
            }
            Verb::Redirect(address) => return self.ask(base, Some(address), &[]).await,
            Verb::Dial { number, action } => {
                self.ending = Some(Ending::Transferred);
                self.report.transferred_to = Some(number);
                return self.ask(base, action, &[("DialCallStatus", self.plan.dialled.status())]).await;
            }
            Verb::Connect(connect) => {
                let side = self.side.take();
                let (closed, side) = stream::run(self.plan, self.door, base, &connect, side, &mut self.mind).await?;
                self.report.streams = side.streams;
                self.side = Some(side);
                self.ending = match closed {
                    Closed::ByGateway | Closed::Cut => None,
                    Closed::ByCaller => Some(Ending::CallerHungUp),
                    Closed::TooLong => Some(Ending::TooLong),
                    Closed::Broken => Some(Ending::StreamBroken),
                };
                return match closed {
                    Closed::ByGateway | Closed::Cut | Closed::Broken => self.ask(base, connect.action, &[]).await,
                    Closed::ByCaller | Closed::TooLong => Ok(Next::End),
                };
            }
        }
        Ok(Next::Verb)
    }

    /// Asks at a verb's address what next; without one the document goes on.
    async fn ask(&self, base: &Url, address: Option<String>, more: &[(&str, &str)]) -> Result<Next, SimulatorError> {
        let Some(address) = address else { return Ok(Next::Verb) };
        self.door.ask(base, &address, CallState::Up, more).await.map(Next::Document)
    }
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
