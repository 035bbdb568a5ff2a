//! Calls that are on the line now: who is there, what is being said, and stepping in.
//!
//! They are no operations of the CRM, so each says here what one must be allowed; what is done in a call is written into the
//! history all the same. A call is only ever named by its id, and another business's is not found.

use super::operation::not_performed;
use super::{fields, title};
use crate::crm::model::{CallTurn, StepIn};
use crate::crm::operation::{LogStepIn, Permission};
use crate::id::CallId;
use crate::mcp::consent::{About, Consent};
use crate::mcp::error::{broken, refused, said};
use crate::mcp::resources::call_of;
use crate::mcp::server::asked_by;
use crate::mcp::{Server, Visitor};
use crate::phone::E164;
use crate::switchboard::{LiveCall, Switchboard};
use rmcp::model::{CallToolRequestParams, CallToolResponse, CallToolResult, JsonObject, Tool, ToolAnnotations};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};
use std::sync::Arc;

/// The longest sentence said into a call, in characters: half a minute of speech.
const WORDS_MAX: usize = 500;

/// What can be done with live calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Live {
    List,
    ReadTranscript,
    Say,
    Transfer,
    HangUp,
}

impl Live {
    /// All of it, in the order of the list.
    pub(super) const ALL: [Self; 5] = [Self::List, Self::ReadTranscript, Self::Say, Self::Transfer, Self::HangUp];

    fn name(self) -> &'static str {
        match self {
            Self::List => "list_live_calls",
            Self::ReadTranscript => "read_transcript",
            Self::Say => "say",
            Self::Transfer => "transfer",
            Self::HangUp => "hang_up",
        }
    }

    /// What one must be allowed.
    pub(super) fn needs(self) -> Permission {
        match self {
            Self::List | Self::ReadTranscript => Permission::ReadCalls,
            Self::Say | Self::Transfer | Self::HangUp => Permission::StepIn,
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::List => "Lists the calls that are on the line now, with who calls and what was said last.",
            Self::ReadTranscript => "Reads what was said in a call, live or past, turn by turn.",
            Self::Say => {
                "Has the agent say these words to the caller of a live call, in the agent's voice, as soon as neither \
                 side is speaking."
            }
            Self::Transfer => {
                "Connects the caller of a live call to a person: the number given, or the business's own. The agent \
                 says so and leaves. The user confirms it first."
            }
            Self::HangUp => "Ends a live call: the agent says goodbye and hangs up. The user confirms it first.",
        }
    }

    /// The tool.
    pub(super) fn tool(self) -> Tool {
        let call =
            json!({ "type": "string", "format": "uuid", "description": "The call's id, as list_live_calls has it." });
        let confirm = json!({
            "type": "boolean", "default": false,
            "description": "Set it once the user agreed to exactly this, where the client cannot ask them itself.",
        });
        let (properties, required) = match self {
            Self::List => (json!({}), json!([])),
            Self::ReadTranscript => (json!({ "call": call }), json!(["call"])),
            Self::Say => {
                let words = json!({ "type": "string", "minLength": 1, "maxLength": WORDS_MAX });
                (json!({ "call": call, "words": words }), json!(["call", "words"]))
            }
            Self::Transfer => {
                let to = json!({
                    "type": "string",
                    "description": "A number such as +13055550142; none: where the business connects callers to.",
                });
                (json!({ "call": call, "to": to, "confirm": confirm }), json!(["call"]))
            }
            Self::HangUp => (json!({ "call": call, "confirm": confirm }), json!(["call"])),
        };
        let takes = json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false,
        });
        let (reads, ends) = match self {
            Self::List | Self::ReadTranscript => (true, false),
            Self::Say => (false, false),
            Self::Transfer | Self::HangUp => (false, true),
        };
        Tool::new(self.name(), self.description(), Arc::new(fields(takes)))
            .with_title(title(self.name()))
            .with_raw_output_schema(Arc::new(fields(self.answers())))
            .with_annotations(ToolAnnotations::from_raw(
                Some(title(self.name())),
                Some(reads),
                Some(ends),
                Some(reads || ends),
                Some(!reads),
            ))
    }

    fn answers(self) -> Value {
        let turn = json!({
            "type": "object",
            "properties": {
                "number": { "type": "integer" },
                "who": { "type": "string", "enum": ["caller", "agent"] },
                "text": { "type": "string" },
                "began_ms": { "type": "integer", "description": "Since the call was answered." },
            },
            "required": ["number", "who", "text", "began_ms"],
        });
        let text = json!({ "type": "string" });
        let or_none = json!({ "type": ["string", "null"] });
        match self {
            Self::List => json!({
                "type": "object",
                "properties": { "calls": { "type": "array", "items": {
                    "type": "object",
                    "properties": {
                        "id": text, "from": or_none, "to": text, "contact": or_none, "started_at": text,
                        "turns": { "type": "integer" }, "last": { "anyOf": [turn, { "type": "null" }] },
                    },
                    "required": ["id", "from", "to", "contact", "started_at", "turns", "last"],
                } } },
                "required": ["calls"],
            }),
            Self::ReadTranscript => json!({
                "type": "object",
                "properties": {
                    "call": text, "live": { "type": "boolean" }, "turns": { "type": "array", "items": turn },
                },
                "required": ["call", "live", "turns"],
            }),
            Self::Say | Self::Transfer | Self::HangUp => json!({
                "type": "object",
                "properties": { "performed": { "type": "boolean" }, "note": text },
                "required": ["performed"],
            }),
        }
    }
}

impl Server {
    /// Does something with a live call.
    pub(super) async fn live(
        &self,
        visitor: &Visitor,
        context: &RequestContext<RoleServer>,
        called: &CallToolRequestParams,
        what: Live,
        arguments: JsonObject,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(switchboard) = &self.inner.parts.switchboard else { return Err(broken()) };
        if what == Live::List {
            let calls: Vec<_> = live_calls(switchboard, visitor).iter().map(shown).collect();
            return Ok(CallToolResult::structured(json!({ "calls": calls })).into());
        }
        let text =
            |name: &str| arguments.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        let Some(call) = text("call").and_then(|id| id.parse::<CallId>().ok()) else {
            return Ok(said("Give in `call` the id of a call: list_live_calls has those of live ones.").into());
        };
        let step = match what {
            Live::List | Live::ReadTranscript => return self.transcript(visitor, call).await,
            Live::Say => match text("words") {
                Some(words) if words.chars().count() <= WORDS_MAX => StepIn::Say { words: words.to_owned() },
                Some(_) => return Ok(said(format!("`words` takes at most {WORDS_MAX} characters.")).into()),
                None => return Ok(said("Give in `words` what to say.").into()),
            },
            Live::Transfer => match self.number(visitor, text("to")).await {
                Ok(to) => StepIn::Transfer { to },
                Err(refusal) => return Ok(refusal.into()),
            },
            Live::HangUp => StepIn::HangUp,
        };
        let on_the_line = || live_calls(switchboard, visitor).into_iter().find(|live| live.call.id == call);
        let Some(live) = on_the_line() else { return Ok(not_live()) };
        if matches!(what, Live::Transfer | Live::HangUp) {
            let who = live.call.from.as_ref().map_or("an unknown number", E164::as_str);
            let whereto = if let StepIn::Transfer { to } = &step {
                format!(" They are connected to {to}.")
            } else {
                String::new()
            };
            let question = format!("{}? {} The call is from {who}.{whereto}", title(what.name()), what.description());
            let about = About { visitor, request: called };
            let consent = match self.inner.asking.reply(&about)? {
                Some(consent) => consent,
                None => self.inner.asking.ask(context, &about, question).await?,
            };
            match consent {
                Consent::Given(_) => {}
                Consent::Refused(why) => return not_performed(why, None),
                Consent::Asked(question) => return Ok((*question).into()),
                Consent::CannotAsk if arguments.get("confirm") == Some(&Value::Bool(true)) => {}
                Consent::CannotAsk => {
                    let note = "Nothing was done. Ask the user and, once they agreed, call again with confirm: true.";
                    return not_performed(note, None);
                }
            }
        }
        // A person may have thought about it for minutes.
        if on_the_line().is_none() || !switchboard.step_in(call, step.clone()) {
            return Ok(not_live());
        }
        let noted = asked_by(visitor, context, LogStepIn { call, step });
        let told = match self.inner.parts.crm.perform(noted).await {
            Ok(_) => json!({ "performed": true }),
            Err(error) => {
                tracing::error!(%call, %error, what = what.name(), "stepping into a call could not be written down");
                json!({ "performed": true, "note": "It was done, but could not be written into the history." })
            }
        };
        Ok(CallToolResult::structured(told).into())
    }

    async fn transcript(&self, visitor: &Visitor, call: CallId) -> Result<CallToolResponse, ErrorData> {
        match call_of(&self.inner.parts, visitor, call).await {
            Ok((_, turns, live)) => {
                let turns: Vec<_> = turns.iter().map(turn).collect();
                Ok(CallToolResult::structured(json!({ "call": call, "live": live, "turns": turns })).into())
            }
            Err(error) => Ok(refused(&error).into()),
        }
    }

    /// Where a caller is connected to.
    async fn number(&self, visitor: &Visitor, given: Option<&str>) -> Result<E164, CallToolResult> {
        let business = self.inner.parts.directory.business(visitor.business).await.map_err(|error| refused(&error))?;
        let business = business.ok_or_else(|| said("There is no such business."))?;
        match given {
            Some(text) => E164::parse(text, &business.region)
                .map_err(|error| said(format!("`to` is no number ({error}): write it like +13055550142."))),
            None => business
                .transfer_to
                .ok_or_else(|| said("This business has no number callers are connected to: give one in `to`.")),
        }
    }
}

fn not_live() -> CallToolResponse {
    said("No such call is on the line: list_live_calls has those that are.").into()
}

/// A business's calls that are on the line.
fn live_calls(switchboard: &Switchboard, visitor: &Visitor) -> Vec<LiveCall> {
    let (mut calls, _) = switchboard.watch();
    calls.retain(|live| live.call.business == visitor.business);
    calls.sort_by_key(|live| live.call.id);
    calls
}

fn shown(live: &LiveCall) -> Value {
    let call = &live.call;
    json!({
        "id": call.id, "from": call.from, "to": call.to, "contact": call.contact, "started_at": call.started_at,
        "turns": live.turns.len(), "last": live.turns.last().map(turn),
    })
}

fn turn(turn: &CallTurn) -> Value {
    json!({ "number": turn.number, "who": turn.who, "text": turn.text, "began_ms": turn.began_ms })
}
